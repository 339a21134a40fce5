# SPDX-License-Identifier: BSD-3-Clause
include core/stage/local/store.mk
core_libcore_a_SOURCES += \
  core/stage/local/bootstrap.c \
  core/stage/local/categories.c \
  core/stage/local/coldstart.c \
  core/stage/local/coldstart.h \
  core/stage/local/data.c \
  core/stage/local/data.h \
  core/stage/local/evaluate.c \
  core/stage/local/evaluate.h \
  core/stage/local/facts.c \
  core/stage/local/facts.h \
  core/stage/local/hpo.c \
  core/stage/local/hpo.h \
  core/stage/local/metrics.c \
  core/stage/local/metrics.h \
  core/stage/local/numbering.c \
  core/stage/local/numbering.h \
  core/stage/local/query.c \
  core/stage/local/rows.c \
  core/stage/local/rows.h \
  core/stage/local/share.c \
  core/stage/local/share.h \
  core/stage/local/skc.c \
  core/stage/local/skc.h \
  core/stage/local/train.c \
  core/stage/local/train.h
