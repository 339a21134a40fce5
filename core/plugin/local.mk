# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/plugin/call.h \
  core/plugin/instance.h \
  core/plugin/item.h \
  core/plugin/options.h \
  core/plugin/registry.h
