# SPDX-License-Identifier: BSD-3-Clause
# Fuzz targets. Configured with --enable-fuzzers (clang) they are libFuzzer's, for tests/fuzz/run.sh; otherwise driver.c
# runs them over their corpus in "make check".
FUZZ_TARGETS = \
  tests/fuzz/fuzz-aws-error \
  tests/fuzz/fuzz-config \
  tests/fuzz/fuzz-csv \
  tests/fuzz/fuzz-gzip \
  tests/fuzz/fuzz-ini \
  tests/fuzz/fuzz-json-array \
  tests/fuzz/fuzz-jsonl \
  tests/fuzz/fuzz-loose \
  tests/fuzz/fuzz-tape \
  tests/fuzz/fuzz-url
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += tests/fuzz/replay.sh
EXTRA_DIST += tests/fuzz/replay.sh tests/fuzz/run.sh tests/fuzz/corpus \
  tests/fuzz/config.dict tests/fuzz/json.dict tests/fuzz/python.dict tests/fuzz/csv.dict tests/fuzz/gzip.dict \
  tests/fuzz/tape.dict tests/fuzz/url.dict

FUZZ_CPPFLAGS = $(core_libcore_a_CPPFLAGS) -I$(top_srcdir)/tests
FUZZ_KIT = tests/fuzz/kit.c tests/fuzz/kit.h
if !FUZZERS
FUZZ_DRIVER = tests/fuzz/driver.c
endif

tests_fuzz_fuzz_aws_error_SOURCES = tests/fuzz/fuzz-aws-error.c $(FUZZ_KIT) $(FUZZ_DRIVER)
tests_fuzz_fuzz_aws_error_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_aws_error_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_aws_error_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_aws_error_SOURCES = dummy.cc

tests_fuzz_fuzz_ini_SOURCES = tests/fuzz/fuzz-ini.c $(FUZZ_KIT) $(FUZZ_DRIVER)
tests_fuzz_fuzz_ini_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_ini_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ini_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_ini_SOURCES = dummy.cc

tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz-config.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_config_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_config_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_config_SOURCES = dummy.cc

tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz-csv.c $(FUZZ_KIT) $(FUZZ_DRIVER)
tests_fuzz_fuzz_csv_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_csv_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_csv_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_csv_SOURCES = dummy.cc

tests_fuzz_fuzz_gzip_SOURCES = tests/fuzz/fuzz-gzip.c $(FUZZ_KIT) $(FUZZ_DRIVER)
tests_fuzz_fuzz_gzip_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_gzip_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_gzip_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_gzip_SOURCES = dummy.cc

tests_fuzz_fuzz_json_array_SOURCES = tests/fuzz/fuzz-json-array.c $(FUZZ_KIT) $(FUZZ_DRIVER)
tests_fuzz_fuzz_json_array_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_json_array_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_json_array_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_json_array_SOURCES = dummy.cc

tests_fuzz_fuzz_jsonl_SOURCES = tests/fuzz/fuzz-jsonl.c $(FUZZ_KIT) $(FUZZ_DRIVER)
tests_fuzz_fuzz_jsonl_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_jsonl_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_jsonl_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_jsonl_SOURCES = dummy.cc

tests_fuzz_fuzz_loose_SOURCES = tests/fuzz/fuzz-loose.c $(FUZZ_KIT) $(FUZZ_DRIVER)
tests_fuzz_fuzz_loose_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_loose_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_loose_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_loose_SOURCES = dummy.cc

tests_fuzz_fuzz_tape_SOURCES = tests/fuzz/fuzz-tape.c $(FUZZ_KIT) $(FUZZ_DRIVER)
tests_fuzz_fuzz_tape_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_tape_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_tape_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_tape_SOURCES = dummy.cc

tests_fuzz_fuzz_url_SOURCES = tests/fuzz/fuzz-url.c $(FUZZ_KIT) $(FUZZ_DRIVER)
tests_fuzz_fuzz_url_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_url_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_url_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_url_SOURCES = dummy.cc

# The same targets with a bug in the reader, made from its source: they must be found (run.sh).
PLANTED = tests/fuzz/planted-csv.c tests/fuzz/planted-cut.c
FUZZ_PLANTED = tests/fuzz/planted-csv tests/fuzz/planted-json-array
EXTRA_PROGRAMS += $(FUZZ_PLANTED)
CLEANFILES += $(PLANTED) $(FUZZ_PLANTED)
# A quote that ends a row: the byte behind it is looked at.
tests/fuzz/planted-csv.c: $(top_srcdir)/core/catalog/csv.c
	$(AM_V_GEN)$(MKDIR_P) tests/fuzz && $(SED) 's/from == end || //' $(top_srcdir)/core/catalog/csv.c >$@ && ! cmp -s $(top_srcdir)/core/catalog/csv.c $@
# A backslash in a text of an array is nothing special.
tests/fuzz/planted-cut.c: $(top_srcdir)/core/catalog/cut.c
	$(AM_V_GEN)$(MKDIR_P) tests/fuzz && $(SED) 's/s->state = ESCAPE;/s->state = STRING;/' $(top_srcdir)/core/catalog/cut.c >$@ && ! cmp -s $(top_srcdir)/core/catalog/cut.c $@

tests_fuzz_planted_csv_SOURCES = tests/fuzz/fuzz-csv.c $(FUZZ_KIT) $(FUZZ_DRIVER)
nodist_tests_fuzz_planted_csv_SOURCES = tests/fuzz/planted-csv.c
tests_fuzz_planted_csv_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_planted_csv_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_planted_csv_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_planted_csv_SOURCES = dummy.cc

tests_fuzz_planted_json_array_SOURCES = tests/fuzz/fuzz-json-array.c $(FUZZ_KIT) $(FUZZ_DRIVER)
nodist_tests_fuzz_planted_json_array_SOURCES = tests/fuzz/planted-cut.c
tests_fuzz_planted_json_array_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_planted_json_array_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_planted_json_array_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_planted_json_array_SOURCES = dummy.cc

# Tables of modules; what is described of them must be JSON.
check_PROGRAMS += tests/fuzz/fuzz-module
tests_fuzz_fuzz_module_SOURCES = tests/fuzz/fuzz-module.c $(FUZZ_KIT) $(FUZZ_DRIVER)
tests_fuzz_fuzz_module_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_module_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_module_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_module_SOURCES = dummy.cc

# What Amazon Rekognition answers, as its plugin reads it.
check_PROGRAMS += tests/fuzz/fuzz-rekognition
tests_fuzz_fuzz_rekognition_SOURCES = tests/fuzz/fuzz-rekognition.c plugins/rekognition/answer.c plugins/rekognition/rekognition.h \
  $(FUZZ_KIT) $(FUZZ_DRIVER)
tests_fuzz_fuzz_rekognition_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/plugins/rekognition
tests_fuzz_fuzz_rekognition_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_rekognition_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_rekognition_SOURCES = dummy.cc

# What a picture is by its bytes, and what is asked for by its address.
check_PROGRAMS += tests/fuzz/fuzz-picture
EXTRA_DIST += tests/fuzz/picture.dict
tests_fuzz_fuzz_picture_SOURCES = tests/fuzz/fuzz-picture.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_picture_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_picture_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_picture_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_fuzz_fuzz_picture_SOURCES = dummy.cc
