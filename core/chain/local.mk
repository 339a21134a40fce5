# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/chain/block.c \
  core/chain/clean.c \
  core/chain/clean.h \
  core/chain/decode.c \
  core/chain/dedup.c \
  core/chain/dedup.h \
  core/chain/engine.c \
  core/chain/engine.h \
  core/chain/entities.c \
  core/chain/entities.h \
  core/chain/fold.c \
  core/chain/fold.h \
  core/chain/internal.h \
  core/chain/label_counts.c \
  core/chain/lane.c \
  core/chain/lane.h \
  core/chain/lane_internal.h \
  core/chain/lane_ops.c \
  core/chain/lane_picture.c \
  core/chain/lane_plan.c \
  core/chain/lane_queue.c \
  core/chain/lane_settle.c \
  core/chain/lane_work.c \
  core/chain/markup.c \
  core/chain/merge.c \
  core/chain/merge.h \
  core/chain/money.c \
  core/chain/money.h \
  core/chain/rate.c \
  core/chain/rate.h \
  core/chain/scan.c \
  core/chain/scan.h \
  core/chain/stats.c \
  core/chain/steps.c \
  core/chain/turnstile.c
