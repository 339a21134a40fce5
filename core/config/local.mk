# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/config/findings.h \
  core/config/settings.h \
  core/config/tree.h \
  core/config/value.h
