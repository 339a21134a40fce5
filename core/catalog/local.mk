# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/catalog/input.h \
  core/catalog/parser.h \
  core/catalog/path.h \
  core/catalog/projection.h \
  core/catalog/table.h
