# SPDX-License-Identifier: BSD-3-Clause
TESTS += tests/aws/s3.sh
EXTRA_DIST += tests/aws/s3.sh
check_PROGRAMS += tests/aws/s3-tool
tests_aws_s3_tool_SOURCES = tests/aws/s3-tool.c
tests_aws_s3_tool_CPPFLAGS = $(TEST_CPPFLAGS)
tests_aws_s3_tool_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_aws_s3_tool_SOURCES = dummy.cc
EXTRA_DIST += tests/aws/aws-test.h tests/aws/botocore-sign.py tests/aws/server.h

if HAVE_CHECK
aws_tests = \
  tests/aws/test-suites \
  tests/aws/test-sigv4 \
  tests/aws/test-botocore \
  tests/aws/test-errors \
  tests/aws/test-profile \
  tests/aws/test-endpoint \
  tests/aws/test-credentials \
  tests/aws/test-perform
check_PROGRAMS += $(aws_tests)
TESTS += $(aws_tests)

tests_aws_test_suites_SOURCES = tests/aws/test-suites.c
tests_aws_test_suites_CPPFLAGS = $(TEST_CPPFLAGS)
tests_aws_test_suites_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_aws_test_suites_SOURCES = dummy.cc

tests_aws_test_sigv4_SOURCES = tests/aws/test-sigv4.c
tests_aws_test_sigv4_CPPFLAGS = $(TEST_CPPFLAGS)
tests_aws_test_sigv4_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_aws_test_sigv4_SOURCES = dummy.cc

tests_aws_test_botocore_SOURCES = tests/aws/test-botocore.c
tests_aws_test_botocore_CPPFLAGS = $(TEST_CPPFLAGS)
tests_aws_test_botocore_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_aws_test_botocore_SOURCES = dummy.cc

tests_aws_test_errors_SOURCES = tests/aws/test-errors.c
tests_aws_test_errors_CPPFLAGS = $(TEST_CPPFLAGS)
tests_aws_test_errors_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_aws_test_errors_SOURCES = dummy.cc

tests_aws_test_profile_SOURCES = tests/aws/test-profile.c
tests_aws_test_profile_CPPFLAGS = $(TEST_CPPFLAGS)
tests_aws_test_profile_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_aws_test_profile_SOURCES = dummy.cc

tests_aws_test_endpoint_SOURCES = tests/aws/test-endpoint.c
tests_aws_test_endpoint_CPPFLAGS = $(TEST_CPPFLAGS)
tests_aws_test_endpoint_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_aws_test_endpoint_SOURCES = dummy.cc

tests_aws_test_credentials_SOURCES = tests/aws/test-credentials.c
tests_aws_test_credentials_CPPFLAGS = $(TEST_CPPFLAGS)
tests_aws_test_credentials_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_aws_test_credentials_SOURCES = dummy.cc

tests_aws_test_perform_SOURCES = tests/aws/test-perform.c tests/http/resolver.c tests/http/resolver.h
tests_aws_test_perform_CPPFLAGS = $(TEST_CPPFLAGS)
tests_aws_test_perform_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_aws_test_perform_SOURCES = dummy.cc
endif
