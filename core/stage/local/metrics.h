/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/metrics.h - metrics by Personalize's names.                   */
#ifndef EK_STAGE_LOCAL_METRICS_H
#define EK_STAGE_LOCAL_METRICS_H
#include "stage/local/evaluate.h"

typedef struct ek_metric {
  const char *name;                  /* "normalized_discounted_cumulative_gain_at_25" */
  size_t of_fold;                    /* offset of a double in ek_metrics           */
  size_t of_user;                    /* of a float in ek_user_metrics              */
  int per_user;                      /* 0: coverage, which no single user has      */
  int compared;                      /* in the verdict                             */
} ek_metric;
extern const ek_metric ek_all_metrics[];
extern const size_t ek_n_all_metrics;

const ek_metric *ek_metric_find(const char *name);          /* NULL: no such name  */
double ek_metric_value(const ek_metric *, const ek_metrics *);
static inline const float *ek_metric_of_users(const ek_metric *m, const ek_user_metrics *u)
{ return (const float *)(const void *)((const char *)u + m->of_user); }
#define EK_USER_STRIDE (sizeof(ek_user_metrics) / sizeof(float))

#endif
