# SPDX-License-Identifier: BSD-3-Clause
# The shared folder's pictures ($EK_SHARED/data/images) are used where they are there.
if HAVE_CHECK
ASSET_KIT = tests/asset/asset-test.h tests/asset/samples.c
ASSET_WEB = tests/asset/server.c tests/asset/server.h
ASSET_TESTS = tests/asset/test-address tests/asset/test-fetch tests/asset/test-local tests/asset/test-s3 \
  tests/asset/test-shared tests/asset/test-sniff
check_PROGRAMS += $(ASSET_TESTS)
TESTS += $(ASSET_TESTS)
ASSET_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/asset
tests_asset_test_address_SOURCES = tests/asset/test-address.c $(ASSET_KIT)
tests_asset_test_address_CPPFLAGS = $(ASSET_CPPFLAGS)
tests_asset_test_address_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_asset_test_address_SOURCES = dummy.cc
tests_asset_test_local_SOURCES = tests/asset/test-local.c $(ASSET_KIT)
tests_asset_test_local_CPPFLAGS = $(ASSET_CPPFLAGS)
tests_asset_test_local_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_asset_test_local_SOURCES = dummy.cc
tests_asset_test_shared_SOURCES = tests/asset/test-shared.c $(ASSET_KIT)
tests_asset_test_shared_CPPFLAGS = $(ASSET_CPPFLAGS)
tests_asset_test_shared_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_asset_test_shared_SOURCES = dummy.cc
tests_asset_test_sniff_SOURCES = tests/asset/test-sniff.c $(ASSET_KIT)
tests_asset_test_sniff_CPPFLAGS = $(ASSET_CPPFLAGS)
tests_asset_test_sniff_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_asset_test_sniff_SOURCES = dummy.cc
tests_asset_test_fetch_SOURCES = tests/asset/test-fetch.c $(ASSET_KIT) $(ASSET_WEB)
tests_asset_test_fetch_CPPFLAGS = $(ASSET_CPPFLAGS)
tests_asset_test_fetch_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_asset_test_fetch_SOURCES = dummy.cc
tests_asset_test_s3_SOURCES = tests/asset/test-s3.c $(ASSET_KIT) $(ASSET_WEB)
tests_asset_test_s3_CPPFLAGS = $(ASSET_CPPFLAGS)
tests_asset_test_s3_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_asset_test_s3_SOURCES = dummy.cc
endif
