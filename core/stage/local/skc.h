/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/skc.h - the model: decayed, directed co-occurrence between items plus
 * similarity of categories (training.md section 3, to the letter).
 *
 * Training is counting: row by row through an inverted index, in parallel, every sum
 * in a fixed order, so the thread count changes nothing. Scores in double.  */
#ifndef EK_STAGE_LOCAL_SKC_H
#define EK_STAGE_LOCAL_SKC_H
#include "stage/local/data.h"

/* Who trains: 1 bit a user, or all (NULL).                                  */
typedef struct ek_train_mask { const uint8_t *users; /* [n_users] 0/1 */ } ek_train_mask;

/* W in rows: neighbours of row i are col[row[i] .. row[i+1]), largest first, ties by
 * index. In memory, or mapped from a model file.                            */
typedef struct ek_skc {
  uint32_t n_items;
  const uint64_t *row; const uint32_t *col; const float *weight_f; const double *weight;  /* one of the two is set */
  const uint32_t *count;            /* [n_items]: n_j, training events          */
  uint32_t max_count;
  const uint32_t *by_count;         /* [n_items]: items by count, largest first, then by index: what a query
                                     * falls back on without a look at all items. NULL: it looks at all */
  const double *pop;                /* [n_items]: (n_j + 1)^pop_exp; NULL: worked out as needed */
  const ek_categories *categories;  /* NULL: none                               */
  ek_hyper hyper;
  void *owned;                      /* what ek_skc_free gives back              */
} ek_skc;

/* A row as it is finished, in order of rows (the model file's writer).       */
typedef int (*ek_row_sink)(void *arg, uint32_t item, const uint32_t *col, const double *weight, uint32_t n, ek_error *e);

/* NULL and e: stopped, or the sink failed. sink NULL: W is kept in memory; else the
 * result has no W and memory is bounded by one row a thread.                */
ek_skc *ek_skc_train(const ek_events *, ek_train_mask, const ek_hyper *, const ek_categories *, unsigned threads,
                     ek_row_sink sink, void *arg, const ek_stage_watch *, ek_error *e);
void ek_skc_free(ek_skc *);

/* One query at a time; scratch is one a thread.                             */
typedef struct ek_scratch ek_scratch;
ek_scratch *ek_scratch_new(uint32_t n_items);
void ek_scratch_free(ek_scratch *);
typedef struct ek_scored { uint32_t item; double score; } ek_scored;
typedef struct ek_query_options {
  double content;                   /* 0 for base; below 0 counts as 0           */
  int exclude_seen;
  const uint8_t *candidates;        /* [n_items] 0/1; NULL: all                 */
} ek_query_options;
/* The k best items for a history (oldest first), by score, ties by index. Returns how
 * many there are.                                                           */
unsigned ek_skc_query(const ek_skc *, ek_scratch *, const uint32_t *history, size_t n_history,
                      const ek_query_options *, unsigned k, ek_scored *out);
/* Two option sets at once (base and metadata share the same W sums): the same results as
 * two calls, at less than twice the cost.                                   */
void ek_skc_query_pair(const ek_skc *, const ek_categories *const *categories, ek_scratch *, const uint32_t *history,
                       size_t n_history, const ek_query_options *, unsigned n, unsigned k, ek_scored *const *out,
                       unsigned *n_out);

#endif
