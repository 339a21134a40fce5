# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/stage/personalize/account.h \
  core/stage/personalize/call.h \
  core/stage/personalize/live.h \
  core/stage/personalize/resources.h \
  core/stage/personalize/state.h
