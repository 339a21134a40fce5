# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/store/exchange.c core/store/exchange.h \
  core/store/exchange_admin.c \
  core/store/exchange_claims.c \
  core/store/exchange_internal.h \
  core/store/exchange_memo.c \
  core/store/exchange_owner.c \
  core/store/exchange_read.c \
  core/store/exchange_write.c \
  core/store/sqlite.c core/store/sqlite.h
