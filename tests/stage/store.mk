# SPDX-License-Identifier: BSD-3-Clause
# Import, store, models: one program each.
if HAVE_CHECK
check_PROGRAMS += tests/stage/test-avro tests/stage/test-csv-read tests/stage/test-import
TESTS += tests/stage/test-avro tests/stage/test-csv-read tests/stage/test-import
tests_stage_test_avro_SOURCES = tests/stage/test-avro.c
tests_stage_test_avro_CPPFLAGS = $(TEST_CPPFLAGS)
tests_stage_test_avro_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_stage_test_avro_SOURCES = dummy.cc
tests_stage_test_csv_read_SOURCES = tests/stage/test-csv-read.c
tests_stage_test_csv_read_CPPFLAGS = $(TEST_CPPFLAGS)
tests_stage_test_csv_read_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_stage_test_csv_read_SOURCES = dummy.cc
tests_stage_test_import_SOURCES = tests/stage/test-import.c tests/stage/import-kit.c tests/stage/import-kit.h
tests_stage_test_import_CPPFLAGS = $(TEST_CPPFLAGS)
tests_stage_test_import_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_stage_test_import_SOURCES = dummy.cc
check_PROGRAMS += tests/stage/test-model
TESTS += tests/stage/test-model
tests_stage_test_model_SOURCES = tests/stage/test-model.c tests/stage/stage-kit.c tests/stage/stage-kit.h
tests_stage_test_model_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/stage
tests_stage_test_model_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_stage_test_model_SOURCES = dummy.cc
check_PROGRAMS += tests/stage/test-engine
TESTS += tests/stage/test-engine
tests_stage_test_engine_SOURCES = tests/stage/test-engine.c tests/stage/import-kit.c tests/stage/import-kit.h
tests_stage_test_engine_CPPFLAGS = $(TEST_CPPFLAGS)
tests_stage_test_engine_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_stage_test_engine_SOURCES = dummy.cc
endif
