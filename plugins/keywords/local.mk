# SPDX-License-Identifier: BSD-3-Clause
plugin_LTLIBRARIES += plugins/keywords/enrichkit-keywords.la
plugins_keywords_enrichkit_keywords_la_SOURCES = plugins/keywords/keywords.c \
  plugins/keywords/rules.c plugins/keywords/rules.h \
  plugins/keywords/words.c plugins/keywords/words.h
plugins_keywords_enrichkit_keywords_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) $(UTF8PROC_CFLAGS) -DPLUGIN_VERSION='"$(PACKAGE_VERSION)"'
plugins_keywords_enrichkit_keywords_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_keywords_enrichkit_keywords_la_LIBADD = $(UTF8PROC_LIBS)
dist_man_MANS += plugins/keywords/enrichkit-keywords-plugin.7

if HAVE_CHECK
check_PROGRAMS += plugins/keywords/test-keywords
TESTS += plugins/keywords/test-keywords
plugins_keywords_test_keywords_SOURCES = plugins/keywords/test-keywords.c tests/chain/plugin-host.c tests/chain/plugin-host.h
plugins_keywords_test_keywords_CPPFLAGS = $(TEST_CPPFLAGS)
plugins_keywords_test_keywords_LDADD = $(TEST_LDADD)
nodist_EXTRA_plugins_keywords_test_keywords_SOURCES = dummy.cc
endif
