# SPDX-License-Identifier: BSD-3-Clause
if HAVE_CHECK
check_PROGRAMS += tests/store/test-sqlite
TESTS += tests/store/test-sqlite
tests_store_test_sqlite_SOURCES = tests/store/test-sqlite.c
tests_store_test_sqlite_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_test_sqlite_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_store_test_sqlite_SOURCES = dummy.cc
endif
