# SPDX-License-Identifier: BSD-3-Clause
plugin_LTLIBRARIES += plugins/category/enrichkit-category.la
plugins_category_enrichkit_category_la_SOURCES = plugins/category/category.c
plugins_category_enrichkit_category_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) -D_GNU_SOURCE -DPLUGIN_VERSION='"$(PACKAGE_VERSION)"'
plugins_category_enrichkit_category_la_LDFLAGS = $(PLUGIN_LDFLAGS)
dist_man_MANS += plugins/category/enrichkit-category-plugin.7

if HAVE_CHECK
check_PROGRAMS += plugins/category/test-category
TESTS += plugins/category/test-category
plugins_category_test_category_SOURCES = plugins/category/test-category.c tests/chain/plugin-host.c tests/chain/plugin-host.h
plugins_category_test_category_CPPFLAGS = $(TEST_CPPFLAGS)
plugins_category_test_category_LDADD = $(TEST_LDADD)
nodist_EXTRA_plugins_category_test_category_SOURCES = dummy.cc
endif
