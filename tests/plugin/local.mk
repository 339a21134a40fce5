# SPDX-License-Identifier: BSD-3-Clause
# Plugins for tests, here and elsewhere: tests/plugin/plugins/.libs/enrichkit-NAME.so. The -rpath makes libtool build
# shared objects of what is never installed.
TEST_PLUGINS = \
  tests/plugin/plugins/enrichkit-batch.la \
  tests/plugin/plugins/enrichkit-failing.la \
  tests/plugin/plugins/enrichkit-labels.la \
  tests/plugin/plugins/enrichkit-overlap.la \
  tests/plugin/plugins/enrichkit-sleepy.la
check_LTLIBRARIES += $(TEST_PLUGINS)
TEST_PLUGIN_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath /nowhere

tests_plugin_plugins_enrichkit_batch_la_SOURCES = tests/plugin/plugins/batch.c tests/plugin/plugins/common.h
tests_plugin_plugins_enrichkit_batch_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
tests_plugin_plugins_enrichkit_batch_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugin_plugins_enrichkit_failing_la_SOURCES = tests/plugin/plugins/failing.c tests/plugin/plugins/common.h
tests_plugin_plugins_enrichkit_failing_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
tests_plugin_plugins_enrichkit_failing_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugin_plugins_enrichkit_labels_la_SOURCES = tests/plugin/plugins/labels.c tests/plugin/plugins/common.h
tests_plugin_plugins_enrichkit_labels_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
tests_plugin_plugins_enrichkit_labels_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugin_plugins_enrichkit_overlap_la_SOURCES = tests/plugin/plugins/overlap.c tests/plugin/plugins/overlap.h tests/plugin/plugins/common.h
tests_plugin_plugins_enrichkit_overlap_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
tests_plugin_plugins_enrichkit_overlap_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
tests_plugin_plugins_enrichkit_sleepy_la_SOURCES = tests/plugin/plugins/sleepy.c tests/plugin/plugins/common.h
tests_plugin_plugins_enrichkit_sleepy_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
tests_plugin_plugins_enrichkit_sleepy_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)

TESTS += tests/plugin/command.sh tests/plugin/trust.sh
EXTRA_DIST += tests/plugin/rig.h tests/plugin/command.sh tests/plugin/trust.sh
check_PROGRAMS += tests/plugin/bench-host
tests_plugin_bench_host_SOURCES = tests/plugin/bench-host.c
tests_plugin_bench_host_CPPFLAGS = $(core_libcore_a_CPPFLAGS) -I$(top_srcdir)/tests
tests_plugin_bench_host_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_plugin_bench_host_SOURCES = dummy.cc
if HAVE_CHECK
PLUGIN_TESTS = tests/plugin/test-check tests/plugin/test-extensions tests/plugin/test-instance tests/plugin/test-options
check_PROGRAMS += $(PLUGIN_TESTS)
TESTS += $(PLUGIN_TESTS)
tests_plugin_test_instance_SOURCES = tests/plugin/test-instance.c
tests_plugin_test_instance_CPPFLAGS = $(TEST_CPPFLAGS)
tests_plugin_test_instance_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_plugin_test_instance_SOURCES = dummy.cc
# fake.c stands in for core/http, core/aws, core/asset and core/store/exchange, whose objects stay in the archive.
tests_plugin_test_extensions_SOURCES = tests/plugin/test-extensions.c tests/plugin/fake.c tests/plugin/fake.h
tests_plugin_test_extensions_CPPFLAGS = $(TEST_CPPFLAGS)
tests_plugin_test_extensions_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_plugin_test_extensions_SOURCES = dummy.cc
tests_plugin_test_check_SOURCES = tests/plugin/test-check.c
tests_plugin_test_check_CPPFLAGS = $(TEST_CPPFLAGS)
tests_plugin_test_check_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_plugin_test_check_SOURCES = dummy.cc
tests_plugin_test_options_SOURCES = tests/plugin/test-options.c
tests_plugin_test_options_CPPFLAGS = $(TEST_CPPFLAGS)
tests_plugin_test_options_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_plugin_test_options_SOURCES = dummy.cc
endif
