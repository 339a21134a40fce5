/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/merge.h - from an item's labels to the values of its cell, for one arm.
 *
 * union, first, vote, confidence; parents; then neighbours and case_duplicates;
 * then max_labels and max_chars (configuration.md 2.2, choices 12).          */
#ifndef EK_CHAIN_MERGE_H
#define EK_CHAIN_MERGE_H
#include "chain/clean.h"
#include "output/sink.h"

/* arm: bit number; tags not of this arm are passed over. counts may be NULL (arms
 * other than the whole chain).                                              */
void ek_merge(const ek_merge_settings *, const ek_cleaner *, const ek_unit *, unsigned arm,
              ek_arena *, ek_merged *out, ek_clean_counts *counts);

#endif
