# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/report/calendar.c core/report/calendar.h \
  core/report/compare.c core/report/compare.h \
  core/report/figures.c core/report/figures.h \
  core/report/html.c core/report/html.h \
  core/report/html_cloud.c \
  core/report/html_dial.c \
  core/report/html_facts.c \
  core/report/html_flow.c \
  core/report/html_labels.c \
  core/report/html_measured.c \
  core/report/html_parts.c \
  core/report/html_plot.c \
  core/report/html_run.c \
  core/report/html_style.c \
  core/report/html_text.c \
  core/report/html_tuning.c \
  core/report/json.c \
  core/report/json_stages.c core/report/json_stages.h \
  core/report/jsonw.c core/report/jsonw.h \
  core/report/load.c \
  core/report/report.h \
  core/report/side.c core/report/side.h \
  core/report/sums.c core/report/sums.h \
  core/report/text.c \
  core/report/text_stages.c core/report/text_stages.h \
  core/report/verdict.c core/report/verdict.h
