# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += tests/data/record-cases.tsv
if HAVE_CHECK
CATALOG_TESTS = \
  tests/catalog/test-csv \
  tests/catalog/test-folder \
  tests/catalog/test-genuine \
  tests/catalog/test-gzip \
  tests/catalog/test-input \
  tests/catalog/test-path \
  tests/catalog/test-pipe \
  tests/catalog/test-record \
  tests/catalog/test-table
check_PROGRAMS += $(CATALOG_TESTS)
TESTS += $(CATALOG_TESTS)
tests_catalog_test_csv_SOURCES = tests/catalog/test-csv.c
tests_catalog_test_csv_CPPFLAGS = $(TEST_CPPFLAGS)
tests_catalog_test_csv_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_catalog_test_csv_SOURCES = dummy.cc
tests_catalog_test_folder_SOURCES = tests/catalog/test-folder.c tests/catalog/reading.h
tests_catalog_test_folder_CPPFLAGS = $(TEST_CPPFLAGS)
tests_catalog_test_folder_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_catalog_test_folder_SOURCES = dummy.cc
tests_catalog_test_genuine_SOURCES = tests/catalog/test-genuine.c tests/catalog/record-kit.h
tests_catalog_test_genuine_CPPFLAGS = $(TEST_CPPFLAGS)
tests_catalog_test_genuine_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_catalog_test_genuine_SOURCES = dummy.cc
tests_catalog_test_gzip_SOURCES = tests/catalog/test-gzip.c tests/catalog/reading.h
tests_catalog_test_gzip_CPPFLAGS = $(TEST_CPPFLAGS)
tests_catalog_test_gzip_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_catalog_test_gzip_SOURCES = dummy.cc
tests_catalog_test_input_SOURCES = tests/catalog/test-input.c tests/catalog/reading.h
tests_catalog_test_input_CPPFLAGS = $(TEST_CPPFLAGS)
tests_catalog_test_input_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_catalog_test_input_SOURCES = dummy.cc
tests_catalog_test_path_SOURCES = tests/catalog/test-path.c tests/catalog/record-kit.h
tests_catalog_test_path_CPPFLAGS = $(TEST_CPPFLAGS)
tests_catalog_test_path_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_catalog_test_path_SOURCES = dummy.cc
tests_catalog_test_pipe_SOURCES = tests/catalog/test-pipe.c tests/catalog/reading.h
tests_catalog_test_pipe_CPPFLAGS = $(TEST_CPPFLAGS)
tests_catalog_test_pipe_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_catalog_test_pipe_SOURCES = dummy.cc
tests_catalog_test_record_SOURCES = tests/catalog/test-record.c tests/catalog/record-kit.h
tests_catalog_test_record_CPPFLAGS = $(TEST_CPPFLAGS)
tests_catalog_test_record_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_catalog_test_record_SOURCES = dummy.cc
tests_catalog_test_table_SOURCES = tests/catalog/test-table.c tests/catalog/record-kit.h
tests_catalog_test_table_CPPFLAGS = $(TEST_CPPFLAGS)
tests_catalog_test_table_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_catalog_test_table_SOURCES = dummy.cc
endif
