# SPDX-License-Identifier: BSD-3-Clause
include tests/stage/store.mk
# The training stage. golden takes its data and numbers from $EK_SHARED, and skips without.
STAGE_KIT = tests/stage/stage-kit.c tests/stage/stage-kit.h
check_PROGRAMS += tests/stage/golden
TESTS += tests/stage/golden
tests_stage_golden_SOURCES = tests/stage/golden.c $(STAGE_KIT)
tests_stage_golden_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/stage
tests_stage_golden_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_stage_golden_SOURCES = dummy.cc
if HAVE_CHECK
check_PROGRAMS += tests/stage/test-data tests/stage/test-skc tests/stage/test-evaluate tests/stage/test-bootstrap tests/stage/test-train
TESTS += tests/stage/test-data tests/stage/test-skc tests/stage/test-evaluate tests/stage/test-bootstrap tests/stage/test-train
tests_stage_test_data_SOURCES = tests/stage/test-data.c $(STAGE_KIT)
tests_stage_test_data_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/stage
tests_stage_test_data_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_stage_test_data_SOURCES = dummy.cc
tests_stage_test_skc_SOURCES = tests/stage/test-skc.c $(STAGE_KIT)
tests_stage_test_skc_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/stage
tests_stage_test_skc_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_stage_test_skc_SOURCES = dummy.cc
tests_stage_test_evaluate_SOURCES = tests/stage/test-evaluate.c $(STAGE_KIT)
tests_stage_test_evaluate_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/stage
tests_stage_test_evaluate_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_stage_test_evaluate_SOURCES = dummy.cc
tests_stage_test_bootstrap_SOURCES = tests/stage/test-bootstrap.c $(STAGE_KIT)
tests_stage_test_bootstrap_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/stage
tests_stage_test_bootstrap_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_stage_test_bootstrap_SOURCES = dummy.cc
tests_stage_test_train_SOURCES = tests/stage/test-train.c $(STAGE_KIT)
tests_stage_test_train_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/stage
tests_stage_test_train_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_stage_test_train_SOURCES = dummy.cc
endif
