/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/clean.h - what becomes of one label before it counts.
 *
 * Fixed order: control, entities, tags, whitespace, bar, aliases, stop,
 * max_length, sentences (a value at a time, right after its step); then
 * neighbours and case_duplicates on the merged list (merge.h). Compiled once,
 * read-only, shared; counters are the caller's, one set a worker (NULL: none). A
 * step that splits a value counts it once; what is dropped counts for the step
 * that left nothing of it.                                                  */
#ifndef EK_CHAIN_CLEAN_H
#define EK_CHAIN_CLEAN_H
#include "config/settings.h"
#include "plugin/item.h"

typedef struct ek_cleaner ek_cleaner;
typedef struct ek_clean_counts { uint64_t n[EK_RM_N]; } ek_clean_counts;  /* values changed or dropped, by step */

ek_cleaner *ek_cleaner_new(const ek_clean_settings *);
void ek_cleaner_free(ek_cleaner *);
/* Sets tag->clean, n_clean and, when nothing is left, removed. A value that
 * needs no change costs one pass over its bytes and no allocation.          */
void ek_clean_tag(const ek_cleaner *, ek_arena *, ek_tag *, ek_clean_counts *);
/* One value (a parent): writes what is left of it to out (room for max values, the
 * rest is passed over: bars and ampersands of in, and one more, are room enough);
 * returns how many. *removed says which step dropped it when none is left.   */
size_t ek_clean_value(const ek_cleaner *, ek_arena *, ek_str in, ek_str *out, size_t max,
                      uint8_t *removed, ek_clean_counts *);
int ek_clean_neighbours(const ek_cleaner *);
int ek_clean_case_duplicates(const ek_cleaner *);

#endif
