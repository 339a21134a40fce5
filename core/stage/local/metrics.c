/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/metrics.h"
#include <string.h>

#define PER_USER(name, member, compared) \
  { name, offsetof(ek_metrics, member), offsetof(ek_user_metrics, member), 1, compared }
#define PER_FOLD(name, member) { name, offsetof(ek_metrics, member), 0, 0, 0 }

const ek_metric ek_all_metrics[] = {
  PER_USER("precision_at_5", precision_at_5, 1),
  PER_USER("precision_at_10", precision_at_10, 0),
  PER_USER("precision_at_25", precision_at_25, 0),
  PER_USER("normalized_discounted_cumulative_gain_at_5", ndcg_at_5, 1),
  PER_USER("normalized_discounted_cumulative_gain_at_10", ndcg_at_10, 1),
  PER_USER("normalized_discounted_cumulative_gain_at_25", ndcg_at_25, 1),
  PER_USER("mean_reciprocal_rank_at_25", mrr_at_25, 1),
  PER_FOLD("coverage_at_5", coverage_at_5),
  PER_FOLD("coverage_at_10", coverage_at_10),
  PER_FOLD("coverage_at_25", coverage_at_25),
  PER_FOLD("coverage", coverage_at_25),
};
const size_t ek_n_all_metrics = sizeof ek_all_metrics / sizeof *ek_all_metrics;

_Static_assert(sizeof(ek_user_metrics) % sizeof(float) == 0, "a stride in floats");

const ek_metric *
ek_metric_find(const char *name)
{
  for (size_t i = 0; i < ek_n_all_metrics; i++)
    if (strcmp(ek_all_metrics[i].name, name) == 0)
      return &ek_all_metrics[i];
  return NULL;
}

double
ek_metric_value(const ek_metric *m, const ek_metrics *of)
{
  double v;
  memcpy(&v, (const char *)of + m->of_fold, sizeof v);
  return v;
}
