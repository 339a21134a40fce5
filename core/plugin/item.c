/* SPDX-License-Identifier: BSD-3-Clause */
#include "plugin/item.h"

const char *const ek_removed_names[EK_RM_N] = {
  [EK_IN] = "", [EK_RM_CONTROL] = "control", [EK_RM_ENTITIES] = "entities", [EK_RM_TAGS] = "tags",
  [EK_RM_WHITESPACE] = "whitespace", [EK_RM_BAR] = "bar", [EK_RM_ALIASES] = "aliases", [EK_RM_STOP] = "stop",
  [EK_RM_MAX_LENGTH] = "max_length", [EK_RM_SENTENCES] = "sentences", [EK_RM_NEIGHBOURS] = "neighbours",
  [EK_RM_CASE_DUPLICATES] = "case_duplicates", [EK_RM_FLOOR] = "floor", [EK_RM_MERGE] = "merge",
};
