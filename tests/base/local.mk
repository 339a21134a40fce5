# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += tests/folder.h tests/tap.h
if HAVE_CHECK
check_PROGRAMS += tests/base/test-replace
TESTS += tests/base/test-replace
tests_base_test_replace_SOURCES = tests/base/test-replace.c
tests_base_test_replace_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_test_replace_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_base_test_replace_SOURCES = dummy.cc
endif
