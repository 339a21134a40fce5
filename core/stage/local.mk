# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/stage/hyper.c \
  core/stage/result.c \
  core/stage/train_result.c \
  core/stage/stage.h
include core/stage/local/local.mk
include core/stage/personalize/local.mk
