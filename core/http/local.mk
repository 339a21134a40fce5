# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/http/address.c \
  core/http/exchange.c \
  core/http/faults.c \
  core/http/guard.c \
  core/http/guard.h \
  core/http/http.c \
  core/http/http.h \
  core/http/internal.h \
  core/http/loop.c \
  core/http/proxy.c \
  core/http/receive.c \
  core/http/redirect.c \
  core/http/request.c \
  core/http/tape.c \
  core/http/tape.h \
  core/http/url.c
