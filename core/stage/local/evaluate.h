/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/evaluate.h - the protocol of training.md section 2, to the letter.  */
#ifndef EK_STAGE_LOCAL_EVALUATE_H
#define EK_STAGE_LOCAL_EVALUATE_H
#include "stage/local/skc.h"

/* What one test user got: kept for the paired comparison. */
typedef struct ek_user_metrics {
  float precision_at_5, precision_at_10, precision_at_25, ndcg_at_5, ndcg_at_10, ndcg_at_25, mrr_at_25;
  uint32_t user;
} ek_user_metrics;

typedef struct ek_evaluated_arm {
  const char *name;
  const ek_categories *categories;  /* NULL: none                               */
  double content;
  int popularity;                   /* the yardstick: W and categories ignored  */
  ek_metrics fold[10];              /* those of the folds asked for              */
  ek_metrics mean;
  ek_user_metrics *users; size_t n_users, cap_users;    /* over all folds done, by user index */
} ek_evaluated_arm;

typedef struct ek_evaluation {
  const ek_events *events;
  ek_hyper hyper;
  int exclude_seen;                 /* 0 or 1                                   */
  uint16_t folds;                   /* bit mask of test folds                   */
  uint16_t left_out;                /* folds out of training too (HPO: fold 0)   */
  int hide_items;                   /* the cold-start protocol (coldstart.h): candidates are hidden items */
  unsigned threads;
  const char *text; double share, span;       /* of the progress; text NULL: none */
  ek_evaluated_arm *arms; size_t n_arms;      /* the same hyper but for content: W is trained once a fold */
} ek_evaluation;

/* Trains once a fold and tests all arms on it. -1 and e: stopped; no test user at all. */
int ek_evaluate(ek_evaluation *, const ek_stage_watch *, ek_error *e);
void ek_evaluated_arm_clear(ek_evaluated_arm *);
/* 1 when at least 1 % of events repeat an earlier (user, item): exclude_seen auto is then 0. */
int ek_events_repeat(const ek_events *);

/* Paired bootstrap over test users: 10,000 resamples, seeded, the same on any machine and
 * for any number of threads. base, arm: one value a user, in the same order; the difference
 * is arm - base. All pairs see the same resamples. -1 and e: stopped.        */
typedef struct ek_bootstrap_pair {
  const float *base, *arm; size_t stride;     /* in floats: 1 for plain arrays, more for members of structs */
  double difference, low, high, p;            /* mean; 95 % interval; two-sided */
} ek_bootstrap_pair;
int ek_bootstrap_pairs(ek_bootstrap_pair *, size_t n_pairs, size_t n_users, unsigned threads, const ek_stage_watch *,
                       ek_error *e);
void ek_bootstrap(const float *base, const float *arm, size_t n, unsigned threads, double *difference, double *low,
                  double *high, double *p);

#endif
