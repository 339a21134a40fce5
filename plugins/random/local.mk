# SPDX-License-Identifier: BSD-3-Clause
plugin_LTLIBRARIES += plugins/random/enrichkit-random.la
plugins_random_enrichkit_random_la_SOURCES = plugins/random/random.c
plugins_random_enrichkit_random_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -DPLUGIN_VERSION='"$(PACKAGE_VERSION)"'
plugins_random_enrichkit_random_la_LDFLAGS = $(PLUGIN_LDFLAGS)
dist_man_MANS += plugins/random/enrichkit-random-plugin.7

if HAVE_CHECK
check_PROGRAMS += plugins/random/test-random
TESTS += plugins/random/test-random
plugins_random_test_random_SOURCES = plugins/random/test-random.c tests/chain/plugin-host.c tests/chain/plugin-host.h
plugins_random_test_random_CPPFLAGS = $(TEST_CPPFLAGS)
plugins_random_test_random_LDADD = $(TEST_LDADD)
nodist_EXTRA_plugins_random_test_random_SOURCES = dummy.cc
endif
