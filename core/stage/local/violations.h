/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/violations.h - what breaks a data rule, counted in full and listed in part.
 *
 * A list a data set. At most 50 are kept of each severity, so that the first error is
 * there however many warnings come before it; ek_violations_trim leaves 50 in all, in
 * the order of the file.                                                    */
#ifndef EK_STAGE_LOCAL_VIOLATIONS_H
#define EK_STAGE_LOCAL_VIOLATIONS_H
#include "stage/stage.h"

#define EK_VIOLATIONS_MAX 50

typedef struct ek_violations {
  ek_violation *list; size_t n, cap;
  uint64_t errors, warnings;       /* totals                                     */
} ek_violations;

enum ek_severity { EK_WARNING, EK_ERROR };

/* 1 when one more of this severity would be kept: messages that are costly to make are
 * made only then. Counting is ek_violation_add's alone.                     */
int ek_violations_room(const ek_violations *, enum ek_severity);
/* line 0: of the file as a whole.                                           */
void ek_violation_add(ek_violations *, enum ek_severity, const char *code, const char *file, uint64_t line,
                      const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void ek_violations_trim(ek_violations *);
void ek_violations_clear(ek_violations *);

#endif
