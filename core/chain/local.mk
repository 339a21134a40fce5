# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/chain/block.c \
  core/chain/clean.h \
  core/chain/dedup.h \
  core/chain/engine.c core/chain/engine.h \
  core/chain/internal.h \
  core/chain/merge.h \
  core/chain/stats.c \
  core/chain/steps.c \
  core/chain/turnstile.c
