/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/model_kinds.h - items with the same row of categories, for the model's writer. */
#ifndef EK_STAGE_LOCAL_MODEL_KINDS_H
#define EK_STAGE_LOCAL_MODEL_KINDS_H
#include "stage/local/data.h"
#include "stage/local/model_format.h"

typedef struct ek_kinds {
  const ek_categories *categories;
  uint32_t n, longest;             /* kinds; categories of the longest row       */
  uint32_t *of;                    /* by item: kind + 1; 0: it has no category   */
  uint32_t *first;                 /* by kind: an item of it                     */
  uint64_t *start; uint32_t *items;         /* by kind: start[k] .. start[k+1], by count */
  uint32_t *order;                 /* kinds as they lie in the file              */
  uint32_t *place;                 /* by kind: where, in units of 16 bytes       */
  uint64_t *of_category_start; ek_model_entry *of_category;    /* by category, heaviest first */
} ek_kinds;

/* by_count: all items, the most frequent first, ties by index.              */
ek_kinds *ek_kinds_new(const ek_categories *, uint32_t n_items, const uint32_t *by_count);
void ek_kinds_free(ek_kinds *);

#endif
