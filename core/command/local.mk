# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/command/access.c \
  core/command/alone.c \
  core/command/args.c core/command/args.h \
  core/command/budget.c \
  core/command/cache.c \
  core/command/check.c \
  core/command/command.h \
  core/command/compare.c \
  core/command/count.c \
  core/command/describe.c \
  core/command/destroy.c \
  core/command/enrich.c \
  core/command/internal.h \
  core/command/job.c \
  core/command/load.c \
  core/command/overwrite.c \
  core/command/places.c \
  core/command/plan.c \
  core/command/plan_cloud.c \
  core/command/plan_json.c \
  core/command/plan_text.c core/command/plan.h \
  core/command/policy.c \
  core/command/plugins.c core/command/plugins.h \
  core/command/plugins_json.c \
  core/command/plugins_text.c \
  core/command/probe.c \
  core/command/put.c \
  core/command/put_sink.c \
  core/command/recommend.c \
  core/command/recommend_batch.c \
  core/command/recommend_cloud.c \
  core/command/rejects.c \
  core/command/retry.c \
  core/command/run.c core/command/run.h \
  core/command/run_early.c \
  core/command/run_publish.c \
  core/command/run_rows.c \
  core/command/run_stages.c \
  core/command/runs.c core/command/runs.h \
  core/command/sample.c \
  core/command/services.c \
  core/command/signals.c \
  core/command/stages.c \
  core/command/until.c
