# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/store/exchange.h \
  core/store/sqlite.c core/store/sqlite.h
