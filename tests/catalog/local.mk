# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += tests/catalog/reading.h
if HAVE_CHECK
check_PROGRAMS += tests/catalog/test-csv tests/catalog/test-input
TESTS += tests/catalog/test-csv tests/catalog/test-input
tests_catalog_test_csv_SOURCES = tests/catalog/test-csv.c
tests_catalog_test_csv_CPPFLAGS = $(TEST_CPPFLAGS)
tests_catalog_test_csv_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_catalog_test_csv_SOURCES = dummy.cc
tests_catalog_test_input_SOURCES = tests/catalog/test-input.c tests/catalog/reading.h
tests_catalog_test_input_CPPFLAGS = $(TEST_CPPFLAGS)
tests_catalog_test_input_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_catalog_test_input_SOURCES = dummy.cc
endif
