/* SPDX-License-Identifier: BSD-3-Clause */
/* config/findings.h - the one list of errors and warnings of a configuration.
 *
 * All findings of a file are shown at once, at most 20 (then "and N more").
 * config/ adds those of keys and values, plugin/ those of plugins and options,
 * command/ those of files. Not thread-safe.                                 */
#ifndef EK_CONFIG_FINDINGS_H
#define EK_CONFIG_FINDINGS_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

/* Where a value stands. file is "chain.yaml", "--set chain[0].floor=2" or "${NAME}";
 * line 0 when it has none. source: that line's text, for the caret.         */
typedef struct ek_place {
  const char *file, *source;
  uint64_t line; uint32_t column, width;
} ek_place;

typedef struct ek_finding {
  int level;                     /* EK_LOG_ERROR or EK_LOG_WARN              */
  const char *code;              /* static                                   */
  ek_place place;
  char *message, *help;          /* owned; help may be NULL                  */
} ek_finding;

typedef struct ek_findings { ek_finding *list; size_t n, cap, errors, warnings; } ek_findings;

void ek_findings_free(ek_findings *);
/* Both copy the texts, not what place points to (the tree owns it). Return -1. */
int ek_findings_error(ek_findings *, const ek_place *, const char *code, const char *help,
                      const char *fmt, ...) __attribute__((format(printf, 5, 6)));
int ek_findings_warn(ek_findings *, const ek_place *, const char *code, const char *help,
                     const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* An error about a secret: its line is not shown, nor the value of a --set. */
int ek_findings_secret(ek_findings *, const ek_place *, const char *code, const char *help,
                       const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Writes them through base/log, in order of file, line, column; at most 20
 * errors. Returns the number of errors.                                     */
size_t ek_findings_show(const ek_findings *);
/* The word in names (NULL-terminated) nearest to word: edit distance at most
 * 2 (and less than the word's length), camelCase against snake_case counting
 * as equal. NULL: none.                                                     */
const char *ek_did_you_mean(const char *word, const char *const *names);

#endif
