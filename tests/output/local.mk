# SPDX-License-Identifier: BSD-3-Clause
# killshim.so is for LD_PRELOAD: crash.sh here, and whole runs in tests/integration.
check_LTLIBRARIES += tests/output/killshim.la
tests_output_killshim_la_SOURCES = tests/output/killshim.c
tests_output_killshim_la_CFLAGS = $(EK_CFLAGS)
tests_output_killshim_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere

check_PROGRAMS += tests/output/write-set
tests_output_write_set_SOURCES = tests/output/write-set.c
tests_output_write_set_CPPFLAGS = $(core_libcore_a_CPPFLAGS)
tests_output_write_set_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_output_write_set_SOURCES = dummy.cc

dist_check_SCRIPTS += tests/output/crash.sh
TESTS += tests/output/crash.sh

if HAVE_CHECK
check_PROGRAMS += tests/output/test-csv tests/output/test-files tests/output/test-lines
TESTS += tests/output/test-csv tests/output/test-files tests/output/test-lines
tests_output_test_csv_SOURCES = tests/output/test-csv.c
tests_output_test_csv_CPPFLAGS = $(TEST_CPPFLAGS)
tests_output_test_csv_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_output_test_csv_SOURCES = dummy.cc
tests_output_test_files_SOURCES = tests/output/test-files.c
tests_output_test_files_CPPFLAGS = $(TEST_CPPFLAGS)
tests_output_test_files_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_output_test_files_SOURCES = dummy.cc
tests_output_test_lines_SOURCES = tests/output/test-lines.c
tests_output_test_lines_CPPFLAGS = $(TEST_CPPFLAGS)
tests_output_test_lines_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_output_test_lines_SOURCES = dummy.cc
endif
