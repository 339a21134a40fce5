/* SPDX-License-Identifier: BSD-3-Clause */
/* base/progress.h - the lines of progress on stderr, drawn on a terminal only.
 *
 *   enrich   2,004 items   100% |####################|  412,000/s  4 rejects
 *   enrich   1,204 items    34% |###       |  48/s  1 min left  1.19 USD  6 throttled
 * Cut at the terminal's width, so that it stays one line.
 * Redrawn at most ten times a second; none under --quiet, --log-format json or
 * where stderr is no terminal. One thread at a time calls (the engine's waiting
 * thread).                                                                  */
#ifndef EK_BASE_PROGRESS_H
#define EK_BASE_PROGRESS_H
#include <stdint.h>

typedef struct ek_progress_state {
  const char *stage, *noun;          /* "enrich", "items"                         */
  uint64_t done, rejects;            /* records so far                            */
  uint64_t bytes, total_bytes;       /* of the input; total 0: unknown            */
  const char *note;                  /* behind all else: what was asked and paid; NULL: nothing */
} ek_progress_state;

void ek_progress_update(const ek_progress_state *s);   /* draws when it is time     */
void ek_progress_finish(const ek_progress_state *s);   /* draws the last state, newline */

/* The same line for work that is not counted in records:
 *   train    base, source  10 folds  100%
 * share < 0: unknown. last: it stays, and the next line begins.             */
void ek_progress_text(const char *stage, const char *text, double share, int last);
/* Wipes a line that will not be finished.                                   */
void ek_progress_drop(void);

#endif
