/* SPDX-License-Identifier: BSD-3-Clause */
/* config/keys.h - the host's option table (configuration.md 2.2), for config/ alone.
 *
 * One row a key. Validation, defaults, "did you mean", --print and the JSON
 * Schema all come from it. Read-only.                                       */
#ifndef EK_CONFIG_KEYS_H
#define EK_CONFIG_KEYS_H
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"

/* The part of the program that a key comes with. */
enum ek_part { EK_PART_FIRST, EK_PART_LOCAL, EK_PART_NETWORK, EK_PART_PERSONALIZE, EK_PART_CLASSIFIERS,
               EK_PART_AUTHORS, EK_PARTS };
extern const char *const ek_part_names[EK_PARTS];
extern const uint8_t ek_part_built[EK_PARTS];   /* the switch: 1 where this build has it */

enum ek_key_type {
  /* one text each, stored as settings.h has it */
  EK_KEY_TEXT, EK_KEY_NAME, EK_KEY_PATH, EK_KEY_FIELD,          /* char *       */
  EK_KEY_NAME_OR_ARN,                                           /* char *: of a thing that may be in an account */
  EK_KEY_INT,                                                   /* unsigned     */
  EK_KEY_BOOL, EK_KEY_ENUM,                                     /* int          */
  EK_KEY_FLOAT, EK_KEY_SHARE,                                   /* double       */
  EK_KEY_DURATION, EK_KEY_SIZE,                                 /* int64_t      */
  EK_KEY_RATE,                                                  /* double a second */
  EK_KEY_MONEY_OR_NONE,                                         /* ek_budget    */
  EK_KEY_TEXTS,
  /* of keys whose part is not built: known, refused when given, never stored   */
  EK_KEY_MAP,
  /* with a function of their own in settings.c, steps.c, fields.c or lists.c   */
  EK_KEY_VERSION, EK_KEY_INPUTS, EK_KEY_DELIMITER, EK_KEY_RULE, EK_KEY_WHEN, EK_KEY_OPTIONS, EK_KEY_CLEAN,
  EK_KEY_ALIASES, EK_KEY_STOP, EK_KEY_REJECTS, EK_KEY_PATHS,
  /* in network.c. RATE_OR_NAME is an ek_rate, PROXY and URL are texts            */
  EK_KEY_RATE_OR_NAME, EK_KEY_MONEY, EK_KEY_ALLOW, EK_KEY_PROXY, EK_KEY_URL,
  /* in cloud.c: a map of texts, ek_pair                                         */
  EK_KEY_PAIRS,
  /* in train.c and arms.c. SAME: another name of the row beside it that choices names; stored there.
   * RECENCY: recency_mask, stored as hist_decay.                               */
  EK_KEY_SAME, EK_KEY_RECENCY, EK_KEY_DATASET_COLUMNS, EK_KEY_DIAL, EK_KEY_STEPS
};

typedef struct ek_key {
  const char *path;              /* "run.threads", "chain[].floor", "arms.*.steps" */
  uint8_t type, part;
  uint8_t required;
  uint16_t at;                   /* 1 + offset in ek_settings, or in the step, column ...; 0: not stored so */
  const char *def;               /* as a user would write it; of a list "a|b"; NULL: none */
  double min, max;               /* of numbers, in the unit of storage; both 0: any */
  const char *choices;           /* "auto|s|ms", in the order of the enum       */
  const char *help;              /* what it does: reads on after the key's name */
} ek_key;

extern const ek_key ek_keys[];
extern const size_t ek_keys_n;

/* The row of a pattern, or NULL. */
const ek_key *ek_keys_find(const char *pattern);
/* 1 when the pattern is a row, or rows lie below it. */
int ek_keys_known(const char *pattern);
/* A part that is not built, when all rows at and below the pattern belong to it;
 * else EK_PART_FIRST.                                                       */
enum ek_part ek_keys_part(const char *pattern);
/* The names directly below a pattern ("": the top), in order, without * and [];
 * ends with NULL. Caller frees the array and each name.                     */
char **ek_keys_below(const char *pattern);
void ek_keys_names_free(char **names);
/* The default of a list by its key ("chain", "catalog.fields.items.id") as YAML: 1,
 * or 0 when it has none.                                                    */
int ek_keys_default_list(const char *key, ek_text *yaml);
/* Choice i of "a|b|c" as text and length; len 0: no such.                   */
ek_str ek_keys_choice(const char *choices, unsigned i);

#endif
