# SPDX-License-Identifier: BSD-3-Clause
if HAVE_CHECK
check_PROGRAMS += tests/report/test-report
TESTS += tests/report/test-report
tests_report_test_report_SOURCES = tests/report/test-report.c $(REPORT_SAMPLE)
tests_report_test_report_CPPFLAGS = $(TEST_CPPFLAGS)
tests_report_test_report_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_report_test_report_SOURCES = dummy.cc

check_PROGRAMS += tests/report/test-page
TESTS += tests/report/test-page
tests_report_test_page_SOURCES = tests/report/test-page.c tests/report/page.c tests/report/page.h $(REPORT_SAMPLE)
tests_report_test_page_CPPFLAGS = $(TEST_CPPFLAGS)
tests_report_test_page_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_report_test_page_SOURCES = dummy.cc

check_PROGRAMS += tests/report/test-compare
TESTS += tests/report/test-compare
tests_report_test_compare_SOURCES = tests/report/test-compare.c $(REPORT_SAMPLE)
tests_report_test_compare_CPPFLAGS = $(TEST_CPPFLAGS)
tests_report_test_compare_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_report_test_compare_SOURCES = dummy.cc

# Of the commands: what `plan` and a budget that is reached say.
check_PROGRAMS += tests/report/test-plan
TESTS += tests/report/test-plan
tests_report_test_plan_SOURCES = tests/report/test-plan.c
tests_report_test_plan_CPPFLAGS = $(TEST_CPPFLAGS)
tests_report_test_plan_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_report_test_plan_SOURCES = dummy.cc

REPORT_SAMPLE = tests/report/sample.c tests/report/sample.h tests/report/sample_train.c

# make tests/report/show-page && tests/report/show-page >/tmp/report.html
EXTRA_PROGRAMS += tests/report/show-page
CLEANFILES += tests/report/show-page
tests_report_show_page_SOURCES = tests/report/show-page.c $(REPORT_SAMPLE)
tests_report_show_page_CPPFLAGS = $(TEST_CPPFLAGS)
tests_report_show_page_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_report_show_page_SOURCES = dummy.cc
endif
