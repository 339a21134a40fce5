# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/chain/clean.h \
  core/chain/dedup.h \
  core/chain/engine.h \
  core/chain/merge.h
