# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += tests/chain/entity-samples.h tests/chain/suite.h
if HAVE_CHECK
check_PROGRAMS += tests/chain/test-clean tests/chain/test-merge tests/chain/test-dedup tests/chain/test-label-counts
TESTS += tests/chain/test-clean tests/chain/test-merge tests/chain/test-dedup tests/chain/test-label-counts
tests_chain_test_clean_SOURCES = tests/chain/test-clean.c
tests_chain_test_clean_CPPFLAGS = $(TEST_CPPFLAGS)
tests_chain_test_clean_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_chain_test_clean_SOURCES = dummy.cc
tests_chain_test_merge_SOURCES = tests/chain/test-merge.c
tests_chain_test_merge_CPPFLAGS = $(TEST_CPPFLAGS)
tests_chain_test_merge_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_chain_test_merge_SOURCES = dummy.cc
tests_chain_test_dedup_SOURCES = tests/chain/test-dedup.c
tests_chain_test_dedup_CPPFLAGS = $(TEST_CPPFLAGS)
tests_chain_test_dedup_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_chain_test_dedup_SOURCES = dummy.cc
tests_chain_test_label_counts_SOURCES = tests/chain/test-label-counts.c
tests_chain_test_label_counts_CPPFLAGS = $(TEST_CPPFLAGS)
tests_chain_test_label_counts_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_chain_test_label_counts_SOURCES = dummy.cc
endif

if HAVE_CHECK
check_PROGRAMS += tests/chain/test-rate tests/chain/test-money
TESTS += tests/chain/test-rate tests/chain/test-money
tests_chain_test_money_SOURCES = tests/chain/test-money.c
tests_chain_test_money_CPPFLAGS = $(TEST_CPPFLAGS)
tests_chain_test_money_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_chain_test_money_SOURCES = dummy.cc
tests_chain_test_rate_SOURCES = tests/chain/test-rate.c
tests_chain_test_rate_CPPFLAGS = $(TEST_CPPFLAGS)
tests_chain_test_rate_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_chain_test_rate_SOURCES = dummy.cc
endif

# The engine as a whole, with enrichers that live in the test.
if HAVE_CHECK
check_PROGRAMS += tests/chain/test-engine
TESTS += tests/chain/test-engine
tests_chain_test_engine_SOURCES = tests/chain/test-engine.c tests/chain/engine-kit.c tests/chain/engine-kit.h
tests_chain_test_engine_CPPFLAGS = $(TEST_CPPFLAGS)
tests_chain_test_engine_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_chain_test_engine_SOURCES = dummy.cc
endif

if HAVE_CHECK
check_PROGRAMS += tests/chain/test-lane
TESTS += tests/chain/test-lane
tests_chain_test_lane_SOURCES = tests/chain/test-lane.c tests/chain/engine-kit.c tests/chain/engine-kit.h
tests_chain_test_lane_CPPFLAGS = $(TEST_CPPFLAGS)
tests_chain_test_lane_LDADD = $(TEST_LDADD)
# Pictures that the test makes up.
tests_chain_test_lane_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=ek_asset_fetch -Wl,--wrap=ek_picture_unref
nodist_EXTRA_tests_chain_test_lane_SOURCES = dummy.cc
endif

# Whether the generated tables are what the script writes: by hand, for it needs
# python3, which a build and its tests must not.
.PHONY: check-entities
check-entities:
	python3 $(top_srcdir)/tools/make-entities.py | cmp - $(top_srcdir)/core/chain/entities.c
	python3 $(top_srcdir)/tools/make-entities.py --samples | cmp - $(top_srcdir)/tests/chain/entity-samples.h
