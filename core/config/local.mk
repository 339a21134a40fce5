# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/config/arms.c \
  core/config/check.c \
  core/config/check.h \
  core/config/check_store.c \
  core/config/cloud.c \
  core/config/emit.c \
  core/config/emit.h \
  core/config/expand.c \
  core/config/fields.c \
  core/config/findings.c \
  core/config/findings.h \
  core/config/hyper.c \
  core/config/keys.c \
  core/config/keys.h \
  core/config/lists.c \
  core/config/network.c \
  core/config/print.c \
  core/config/print.h \
  core/config/print_node.c \
  core/config/print_row.c \
  core/config/recipes.c \
  core/config/schema.c \
  core/config/set.c \
  core/config/settings.c \
  core/config/settings.h \
  core/config/steps.c \
  core/config/train.c \
  core/config/tree.c \
  core/config/tree.h \
  core/config/value.c \
  core/config/value.h \
  core/config/yaml.c \
  core/config/yaml.h
