# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += \
  tests/config/config-test.h \
  tests/data/ten-files.yaml

if HAVE_CHECK
config_tests = \
  tests/config/test-value \
  tests/config/test-tree \
  tests/config/test-set \
  tests/config/test-settings \
  tests/config/test-print \
  tests/config/test-files \
  tests/config/test-findings
check_PROGRAMS += $(config_tests)
TESTS += $(config_tests)

tests_config_test_value_SOURCES = tests/config/test-value.c
tests_config_test_value_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_value_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_config_test_value_SOURCES = dummy.cc

tests_config_test_tree_SOURCES = tests/config/test-tree.c
tests_config_test_tree_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_tree_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_config_test_tree_SOURCES = dummy.cc

tests_config_test_set_SOURCES = tests/config/test-set.c
tests_config_test_set_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_set_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_config_test_set_SOURCES = dummy.cc

tests_config_test_settings_SOURCES = tests/config/test-settings.c
tests_config_test_settings_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_settings_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_config_test_settings_SOURCES = dummy.cc

tests_config_test_print_SOURCES = tests/config/test-print.c
tests_config_test_print_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_print_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_config_test_print_SOURCES = dummy.cc

tests_config_test_files_SOURCES = tests/config/test-files.c
tests_config_test_files_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_files_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_config_test_files_SOURCES = dummy.cc

tests_config_test_findings_SOURCES = tests/config/test-findings.c
tests_config_test_findings_CPPFLAGS = $(TEST_CPPFLAGS)
tests_config_test_findings_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_config_test_findings_SOURCES = dummy.cc
endif
