# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/plugin/call.c core/plugin/call.h \
  core/plugin/check.c \
  core/plugin/ext_asset.c core/plugin/ext_cache.c core/plugin/ext_http.c core/plugin/ext_meter.c \
  core/plugin/host.c \
  core/plugin/instance.c core/plugin/instance.h \
  core/plugin/internal.h \
  core/plugin/item.c core/plugin/item.h \
  core/plugin/labels.c \
  core/plugin/load.c \
  core/plugin/money.c \
  core/plugin/options.c core/plugin/options.h \
  core/plugin/registry.c core/plugin/registry.h \
  core/plugin/services.h \
  core/plugin/trust.c
