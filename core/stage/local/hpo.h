/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/hpo.h - coordinate search over the parameters of one arm (training.md 3).
 *
 * Trials are tested on the two folds after the final one, which is left out of training
 * too: it is seen once, by whoever evaluates the winner. The first trial is the base run,
 * content = 0; a later one must be better than the best so far, so a tie goes to the
 * earlier trial and "no help" needs no proof. A trial whose coverage_at_25 is below 0.95 of
 * the base run's is recorded and never accepted.
 *
 * Parameters: those of training.md, and bptt (window), hidden_dimension (topk),
 * recency_mask (1: the recency of the start, 0: hist_decay 1e9). max_cats cannot be
 * tuned: categories are prepared before.                                     */
#ifndef EK_STAGE_LOCAL_HPO_H
#define EK_STAGE_LOCAL_HPO_H
#include "stage/local/evaluate.h"

#define EK_HPO_JOBS 40

typedef struct ek_hpo_search {
  const ek_events *events;
  const ek_categories *categories;
  ek_hyper start;
  unsigned fold;                     /* the final one                            */
  int exclude_seen, hide_items;
  unsigned jobs;                     /* 0 or more than EK_HPO_JOBS: EK_HPO_JOBS   */
  const ek_hpo_range *ranges; size_t n_ranges;      /* each replaces the default range of its name */
  const char *objective;             /* a metric's name; NULL: mean of nDCG at 5, 10, 25 */
  unsigned threads;
  const char *text; double share, span;
  ek_hyper best;                     /* out                                      */
  ek_hpo_trial *trials; size_t n_trials, cap_trials;       /* out, the caller frees; accepted: the best so far */
} ek_hpo_search;

/* 0; -1 and e: an unknown parameter or metric, a value out of range, no test users, stopped. */
int ek_hpo_run(ek_hpo_search *, const ek_stage_watch *, ek_error *e);
/* The folds that trials are tested on, as a bit mask. */
uint16_t ek_hpo_folds(unsigned fold);
/* Values that a parameter is tried with unless the request says others; 0: it is not tuned. */
size_t ek_hpo_default_range(const char *name, const double **values);

#endif
