/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/figures.h"
#include <string.h>

#define AT(member) offsetof(ek_metrics, member)

const ek_figure ek_figures[EK_FIGURES] = {
  { "precision_at_5", "Precision@5", AT(precision_at_5), 0, 1 },
  { "precision_at_10", "Precision@10", AT(precision_at_10), 0, 0 },
  { "precision_at_25", "Precision@25", AT(precision_at_25), 0, 0 },
  { "normalized_discounted_cumulative_gain_at_5", "nDCG@5", AT(ndcg_at_5), 0, 1 },
  { "normalized_discounted_cumulative_gain_at_10", "nDCG@10", AT(ndcg_at_10), 0, 0 },
  { "normalized_discounted_cumulative_gain_at_25", "nDCG@25", AT(ndcg_at_25), 0, 1 },
  { "mean_reciprocal_rank_at_25", "MRR@25", AT(mrr_at_25), 0, 1 },
  { "coverage_at_5", "Coverage@5", AT(coverage_at_5), 1, 0 },
  { "coverage_at_10", "Coverage@10", AT(coverage_at_10), 1, 0 },
  { "coverage_at_25", "Coverage@25", AT(coverage_at_25), 1, 0 }
};
const char ek_headline_figure[] = "normalized_discounted_cumulative_gain_at_25";

double
ek_figure_get(const ek_metrics *m, const ek_figure *metric)
{
  double d;
  memcpy(&d, (const char *)m + metric->offset, sizeof d);
  return d;
}

void
ek_figure_set(ek_metrics *m, const ek_figure *metric, double d)
{
  memcpy((char *)m + metric->offset, &d, sizeof d);
}

const ek_figure *
ek_figure_find(const char *name)
{
  if (strcmp(name, "coverage") == 0)
    name = "coverage_at_25";
  for (size_t i = 0; i < EK_FIGURES; i++)
    if (strcmp(ek_figures[i].name, name) == 0 || strcmp(ek_figures[i].title, name) == 0)
      return &ek_figures[i];
  return NULL;
}
