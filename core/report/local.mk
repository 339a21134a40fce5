# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/report/json.c \
  core/report/jsonw.c core/report/jsonw.h \
  core/report/report.h \
  core/report/sums.c core/report/sums.h \
  core/report/text.c
