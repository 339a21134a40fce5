/* SPDX-License-Identifier: BSD-3-Clause */
/* --until: how far a run or a plan goes.                                    */
#include <string.h>
#include "command/internal.h"

const char *const ek_stage_names[] = { "enrich", "import", "train", "deploy", NULL };

static int
has_stage(const ek_settings *s, int stage)
{
  const int there[] = { 1, s->sections.import, s->sections.train, s->sections.deploy };
  return there[stage];
}

static int
no_section(const ek_command *cmd, const char *typed, int stage)
{
  static const char *const help[] = { NULL, "write   import: {engine: local}", "write   train: {recipe: metadata}",
                                      "write   deploy: {}   (engine personalize)" };
  return ek_usage(cmd, help[stage], "'--until %s': the configuration has no %s: section", typed, typed);
}

/* Until where: as --until says, and never farther than the file. */
int
ek_choose_until(const ek_command *cmd, const char *typed, const ek_settings *s, enum ek_until *until)
{
  *until = EK_UNTIL_ENRICH;
  for (int i = EK_UNTIL_ENRICH; ek_stage_names[i]; i++)
    if (has_stage(s, i))
      *until = (enum ek_until)i;
  if (*until >= EK_UNTIL_TRAIN && !s->catalog.inputs[EK_INTERACTIONS].n)
    *until = EK_UNTIL_IMPORT;
  if (!typed)
    return 0;
  for (int i = EK_UNTIL_ENRICH; ek_stage_names[i]; i++) {
    if (strcmp(typed, ek_stage_names[i]) != 0)
      continue;
    if (!has_stage(s, i))
      return no_section(cmd, typed, i);
    if (i < (int)*until)
      *until = (enum ek_until)i;
    return 0;
  }
  return ek_usage(cmd, "the stages are enrich, import, train, deploy", "there is no stage '%s'", typed);
}
