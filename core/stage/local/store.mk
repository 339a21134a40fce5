# SPDX-License-Identifier: BSD-3-Clause
# Import, store, models, and what asks them.
core_libcore_a_SOURCES += \
  core/stage/local/avro.c core/stage/local/avro.h core/stage/local/guess.c \
  core/stage/local/check.c core/stage/local/check.h \
  core/stage/local/csv_read.c core/stage/local/csv_read.h \
  core/stage/local/describe.c core/stage/local/describe.h \
  core/stage/local/engine.c \
  core/stage/local/final.c core/stage/local/final.h \
  core/stage/local/history.c \
  core/stage/local/ids.c core/stage/local/ids.h \
  core/stage/local/import.c core/stage/local/import.h core/stage/local/import_rows.c core/stage/local/import_source.c \
  core/stage/local/load.c \
  core/stage/local/model.h core/stage/local/model_format.h core/stage/local/model_inside.h \
  core/stage/local/model_kinds.c core/stage/local/model_kinds.h \
  core/stage/local/model_query.c core/stage/local/model_read.c core/stage/local/model_verify.c \
  core/stage/local/model_write.c \
  core/stage/local/recipes.c core/stage/local/recipes.h \
  core/stage/local/recommend.c core/stage/local/recommend.h core/stage/local/recommend_batch.c \
  core/stage/local/store.c core/stage/local/store.h core/stage/local/tables.h \
  core/stage/local/version.c \
  core/stage/local/violations.c core/stage/local/violations.h
