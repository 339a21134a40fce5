# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/http/guard.h \
  core/http/http.h \
  core/http/tape.h
