# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/output/commit.c \
  core/output/csv.c core/output/csv.h \
  core/output/drain.c core/output/drain.h \
  core/output/files.c core/output/files.h core/output/files_inside.h \
  core/output/folder.c \
  core/output/rejects.c core/output/rejects.h \
  core/output/schema.c \
  core/output/sink.h \
  core/output/sinks.c core/output/sinks.h \
  core/output/story.c core/output/story.h \
  core/output/target.c \
  core/output/verify.c
