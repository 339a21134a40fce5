# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/stage/personalize/account.h \
  core/stage/personalize/call.c \
  core/stage/personalize/call.h \
  core/stage/personalize/campaign.c \
  core/stage/personalize/cloud.c \
  core/stage/personalize/cloud.h \
  core/stage/personalize/dataset.c \
  core/stage/personalize/describe.c \
  core/stage/personalize/destroy.c \
  core/stage/personalize/engine.c \
  core/stage/personalize/ensure.c \
  core/stage/personalize/ensure.h \
  core/stage/personalize/group.c \
  core/stage/personalize/holders.c \
  core/stage/personalize/import.c \
  core/stage/personalize/import_job.c \
  core/stage/personalize/kinds.c \
  core/stage/personalize/kinds.h \
  core/stage/personalize/live.c \
  core/stage/personalize/live.h \
  core/stage/personalize/policy.c \
  core/stage/personalize/recipe.c \
  core/stage/personalize/resources.h \
  core/stage/personalize/rules.c \
  core/stage/personalize/runtime.c \
  core/stage/personalize/schema.c \
  core/stage/personalize/solution.c \
  core/stage/personalize/state.c \
  core/stage/personalize/state.h \
  core/stage/personalize/version.c \
  core/stage/personalize/wait.c
