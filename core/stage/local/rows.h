/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/rows.h - counting one row of W at a time, and how training is set up. */
#ifndef EK_STAGE_LOCAL_ROWS_H
#define EK_STAGE_LOCAL_ROWS_H
#include "stage/local/skc.h"

typedef struct ek_neighbour { double weight; uint32_t item; } ek_neighbour;

/* What all rows need: read-only while they are counted.                     */
typedef struct ek_counting {
  const ek_events *events;
  const ek_categories *categories;         /* for boost; else unused           */
  ek_hyper hyper;                          /* topk as it counts                */
  uint64_t *starts;                        /* one bit an event: the first of its user */
  uint64_t *from; uint32_t *position;      /* by item: places of its training events, ascending */
  uint32_t *count; uint32_t max_count;
  double *forward, *backward;              /* by distance, 1..window           */
  double *from_damp, *to_damp;             /* n_a^-nfrom, n_b^-nto; to_damp NULL: nto is 0 */
} ek_counting;

/* Events of users outside the mask are as if they were not there. */
ek_counting *ek_counting_begin(const ek_events *, ek_train_mask, const ek_hyper *, const ek_categories *);
void ek_counting_free(ek_counting *);
/* No row is longer: so much room is enough for it.                          */
uint32_t ek_counting_bound(const ek_counting *, uint32_t item);

/* One a thread. */
typedef struct ek_row_counter ek_row_counter;
ek_row_counter *ek_row_counter_new(const ek_counting *);
void ek_row_counter_free(ek_row_counter *);
/* The topk largest of row `item`; sorted: largest first, ties by index. Returns how many. */
uint32_t ek_row_count(ek_row_counter *, uint32_t item, int sorted, uint32_t *col, double *weight);

/* Training as the evaluation wants it: `rows` (NULL: all) says which rows will be asked for,
 * the others stay empty; unsorted rows serve a query as well.               */
typedef struct ek_training {
  const ek_events *events;
  ek_train_mask mask;
  const ek_hyper *hyper;
  const ek_categories *categories;
  const uint8_t *rows; int unsorted;
  unsigned threads;
  ek_row_sink sink; void *sink_arg;
  const char *text; double share, span;    /* as in ek_work                    */
} ek_training;
ek_skc *ek_skc_train_as(const ek_training *, const ek_stage_watch *, ek_error *e);

#endif
