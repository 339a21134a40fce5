/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/merge.h - from an item's labels to the values of its cell, for one arm.
 *
 * union, first, vote, confidence; parents; then neighbours and case_duplicates;
 * then max_labels and max_chars (configuration.md 2.2, choices 12).          */
#ifndef EK_CHAIN_MERGE_H
#define EK_CHAIN_MERGE_H
#include "chain/clean.h"

typedef struct ek_value {         /* one value of the merged list               */
  ek_str text; const ek_tag *tag; /* whose label it is or whose parent          */
  uint8_t parent;                 /* it is a parent of tag                      */
  uint8_t removed;                /* enum ek_removed: 0 in the cell             */
} ek_value;

typedef struct ek_merged {
  ek_value *values; size_t n;     /* in order, removed ones included, in the arena; not
                                   * those that floor or cleaning took before  */
  size_t n_in;                    /* how many reach the cell                    */
  uint8_t cut_labels, cut_chars;
} ek_merged;

/* arm: bit number; tags not of this arm are passed over. counts may be NULL (arms
 * other than the whole chain).                                              */
void ek_merge(const ek_merge_settings *, const ek_cleaner *, const ek_unit *, unsigned arm,
              ek_arena *, ek_merged *out, ek_clean_counts *counts);

#endif
