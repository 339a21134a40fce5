# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/base/arena.c core/base/arena.h \
  core/base/cleanup.h \
  core/base/clock.h \
  core/base/date.c core/base/date.h \
  core/base/error.c core/base/error.h \
  core/base/log.c core/base/log.h \
  core/base/mem.c core/base/mem.h \
  core/base/number.c core/base/number.h \
  core/base/pool.c core/base/pool.h \
  core/base/progress.h \
  core/base/random.c core/base/random.h \
  core/base/replace.c core/base/replace.h \
  core/base/sha256.c core/base/sha256.h \
  core/base/text.c core/base/text.h \
  core/base/utf8.c core/base/utf8.h
