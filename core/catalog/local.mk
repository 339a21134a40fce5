# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/catalog/capture.c \
  core/catalog/capture.h \
  core/catalog/convert.c \
  core/catalog/convert.h \
  core/catalog/csv.c \
  core/catalog/csv.h \
  core/catalog/cut.c \
  core/catalog/cut.h \
  core/catalog/detect.c \
  core/catalog/detect.h \
  core/catalog/excerpt.h \
  core/catalog/folder.c \
  core/catalog/folder.h \
  core/catalog/gunzip.c \
  core/catalog/gunzip.h \
  core/catalog/input.c \
  core/catalog/input.h \
  core/catalog/json_shim.cc \
  core/catalog/json_shim.h \
  core/catalog/literal.c \
  core/catalog/literal.h \
  core/catalog/nearby.c \
  core/catalog/nearby.h \
  core/catalog/parser.c \
  core/catalog/parser.h \
  core/catalog/path.c \
  core/catalog/path.h \
  core/catalog/projection.c \
  core/catalog/projection.h \
  core/catalog/projection_internal.h \
  core/catalog/row.c \
  core/catalog/source.c \
  core/catalog/source.h \
  core/catalog/split.c \
  core/catalog/table.c \
  core/catalog/table.h \
  core/catalog/unescape.c \
  core/catalog/unescape.h \
  core/catalog/walk.c \
  core/catalog/walk.h
if HAVE_ISAL
core_libcore_a_SOURCES += core/catalog/gunzip_isal.c
else
core_libcore_a_SOURCES += core/catalog/gunzip_zlib.c
endif
