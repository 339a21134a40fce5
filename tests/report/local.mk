# SPDX-License-Identifier: BSD-3-Clause
if HAVE_CHECK
check_PROGRAMS += tests/report/test-report
TESTS += tests/report/test-report
tests_report_test_report_SOURCES = tests/report/test-report.c
tests_report_test_report_CPPFLAGS = $(TEST_CPPFLAGS)
tests_report_test_report_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_report_test_report_SOURCES = dummy.cc
endif
