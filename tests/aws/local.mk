# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += tests/aws/aws-test.h

if HAVE_CHECK
aws_tests = \
  tests/aws/test-suites
check_PROGRAMS += $(aws_tests)
TESTS += $(aws_tests)

tests_aws_test_suites_SOURCES = tests/aws/test-suites.c
tests_aws_test_suites_CPPFLAGS = $(TEST_CPPFLAGS)
tests_aws_test_suites_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_aws_test_suites_SOURCES = dummy.cc
endif
