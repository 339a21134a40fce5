# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/asset/asset.h
