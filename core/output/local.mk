# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/output/csv.h \
  core/output/files.h \
  core/output/rejects.h \
  core/output/sink.h
