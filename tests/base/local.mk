# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += tests/folder.h tests/tap.h
if HAVE_CHECK
check_PROGRAMS += tests/base/test-replace tests/base/test-sha256
TESTS += tests/base/test-replace tests/base/test-sha256
tests_base_test_replace_SOURCES = tests/base/test-replace.c
tests_base_test_replace_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_test_replace_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_base_test_replace_SOURCES = dummy.cc
tests_base_test_sha256_SOURCES = tests/base/test-sha256.c
tests_base_test_sha256_CPPFLAGS = $(TEST_CPPFLAGS)
tests_base_test_sha256_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_base_test_sha256_SOURCES = dummy.cc
endif
