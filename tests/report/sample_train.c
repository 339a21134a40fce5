/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/sample.h"
#include <stdio.h>

#define N(a) (sizeof (a) / sizeof *(a))
#define NDCG(k) "normalized_discounted_cumulative_gain_at_" #k
#define C(a, m, b, d, l, h, v) { .against = "base", .arm = a, .metric = m, .users = 19412, .folds = 10, .base = b, \
                                 .difference = d, .low = l, .high = h, .p = (v)[0] == 'n' ? 0.41 : 0.0, .verdict = v }

static ek_dial_point base_dial[] = { { 0, 0.336062, 0.795698, 0.092006 }, { 0.05, 0.382, 0.842, 0.0921 },
                                     { 0.1, 0.426660, 0.874555, 0.091976 }, { 0.2, 0.502, 0.921, 0.0896 } },
  source_dial[] = { { 0, 0.376141, 0.822685, 0.100857 }, { 0.05, 0.396, 0.829, 0.1001 },
                    { 0.1, 0.414416, 0.833579, 0.098651 }, { 0.2, 0.448, 0.842, 0.0942 } },
  keywords_dial[] = { { 0, 0.341, 0.801, 0.0922 }, { 0.05, 0.384, 0.846, 0.0921 }, { 0.1, 0.428, 0.876, 0.0918 },
                      { 0.2, 0.499, 0.92, 0.0894 } },
  random_dial[] = { { 0, 0.352, 0.79, 0.0871 }, { 0.05, 0.379, 0.812, 0.0868 }, { 0.1, 0.402, 0.83, 0.0858 },
                    { 0.2, 0.441, 0.848, 0.0829 } };

#define HYPER(c) { .pair_decay = 5, .back = 0.1, .nfrom = 0.4, .hist_decay = 1.5, .content = c, .window = 20, \
                   .topk = 200, .max_cats = 3, .max_history = 1 }

static ek_arm_result trained[] = {
  { .name = (char *)(uintptr_t)"base", .solution_version = (char *)(uintptr_t)"toys-base/1", .recipe = EK_RECIPE_BASE,
    .hyper = HYPER(0),
    .fold0 = { .precision_at_5 = 0.020042, .precision_at_10 = 0.012721, .precision_at_25 = 0.006791,
               .ndcg_at_5 = 0.069489, .ndcg_at_10 = 0.076703, .ndcg_at_25 = 0.087468, .mrr_at_25 = 0.071447,
               .coverage_at_5 = 0.322459,
               .coverage_at_10 = 0.53, .coverage_at_25 = 0.778598, .test_users = 1926 },
    .mean = { .precision_at_5 = 0.020806, .precision_at_10 = 0.0131, .precision_at_25 = 0.00692, .ndcg_at_5 = 0.073457,
              .ndcg_at_10 = 0.081714, .ndcg_at_25 = 0.092006, .mrr_at_25 = 0.074564, .coverage_at_5 = 0.336062,
              .coverage_at_10 = 0.545, .coverage_at_25 = 0.795698, .test_users = 19412 },
    .dial = base_dial, .n_dial = N(base_dial) },
  { .name = (char *)(uintptr_t)"source", .solution_version = (char *)(uintptr_t)"toys-source/1",
    .recipe = EK_RECIPE_METADATA, .hyper = HYPER(0.4), .informative = 1, .informative_items = 11924, .categories = 634,
    .fold0 = { .precision_at_5 = 0.022534, .precision_at_10 = 0.0142, .precision_at_25 = 0.00751, .ndcg_at_5 = 0.078978,
               .ndcg_at_10 = 0.087902, .ndcg_at_25 = 0.098898, .mrr_at_25 = 0.080374, .coverage_at_5 = 0.370178,
               .coverage_at_10 = 0.58, .coverage_at_25 = 0.813318, .test_users = 1926 },
    .mean = { .precision_at_5 = 0.023060, .precision_at_10 = 0.0146, .precision_at_25 = 0.00766, .ndcg_at_5 = 0.080729,
              .ndcg_at_10 = 0.090049, .ndcg_at_25 = 0.100857, .mrr_at_25 = 0.081433, .coverage_at_5 = 0.376141,
              .coverage_at_10 = 0.595, .coverage_at_25 = 0.822685, .test_users = 19412 },
    .dial = source_dial, .n_dial = N(source_dial) },
  { .name = (char *)(uintptr_t)"keywords", .solution_version = (char *)(uintptr_t)"toys-keywords/1",
    .recipe = EK_RECIPE_METADATA, .hyper = HYPER(0.4), .informative = 0.0418, .informative_items = 498,
    .categories = 12,
    .mean = { .precision_at_5 = 0.020851, .ndcg_at_5 = 0.0736, .ndcg_at_10 = 0.0819, .ndcg_at_25 = 0.0922,
              .mrr_at_25 = 0.0747, .coverage_at_5 = 0.341, .coverage_at_10 = 0.55, .coverage_at_25 = 0.801,
              .test_users = 19412 },
    .dial = keywords_dial, .n_dial = N(keywords_dial) },
  { .name = (char *)(uintptr_t)"random", .solution_version = (char *)(uintptr_t)"toys-random/1",
    .recipe = EK_RECIPE_METADATA, .hyper = HYPER(0.4), .informative = 1, .informative_items = 11924, .categories = 634,
    .mean = { .precision_at_5 = 0.0195, .ndcg_at_5 = 0.0689, .ndcg_at_10 = 0.0767, .ndcg_at_25 = 0.0871,
              .mrr_at_25 = 0.0701, .coverage_at_5 = 0.352, .coverage_at_10 = 0.56, .coverage_at_25 = 0.79,
              .test_users = 19412 },
    .dial = random_dial, .n_dial = N(random_dial) }
};

static ek_comparison compared[] = {
  C("source", "precision_at_5", 0.020806, 0.002256, 0.001762, 0.002751, "better"),
  C("source", NDCG(5), 0.073457, 0.007259, 0.005891, 0.008694, "better"),
  C("source", NDCG(10), 0.081714, 0.008335, 0.006931, 0.009701, "better"),
  C("source", NDCG(25), 0.092006, 0.008829, 0.007542, 0.010162, "better"),
  C("source", "mean_reciprocal_rank_at_25", 0.074564, 0.006843, 0.005649, 0.008104, "better"),
  C("keywords", "precision_at_5", 0.020806, 0.000045, -0.00011, 0.00020, "no difference"),
  C("keywords", NDCG(5), 0.073457, 0.000143, -0.0003, 0.0006, "no difference"),
  C("keywords", NDCG(25), 0.092006, 0.000194, -0.0002, 0.0006, "no difference"),
  C("keywords", "mean_reciprocal_rank_at_25", 0.074564, 0.000136, -0.00029, 0.0005, "no difference"),
  C("random", "precision_at_5", 0.020806, -0.001306, -0.001762, -0.00085, "worse"),
  C("random", NDCG(5), 0.073457, -0.004557, -0.0059, -0.0032, "worse"),
  C("random", NDCG(25), 0.092006, -0.004906, -0.0061, -0.0037, "worse"),
  C("random", "mean_reciprocal_rank_at_25", 0.074564, -0.004464, -0.0056, -0.0033, "worse")
};

ek_import_result sample_import;
ek_train_result sample_result;
static ek_hpo_trial trials[28];

static void
fill_facts(ek_data_facts *f)
{
  *f = (ek_data_facts){ .items = 11924, .users = 19412, .interactions = 167597, .items_in_catalogue = 11924,
                        .duplicate_rate = 0, .repeat_rate = 0.0004, .cold_item_rate = 0.012, .unknown_item_rate = 0,
                        .new_item_rate_late = 0.183, .new_user_rate_late = 0.224, .first = 992390400,
                        .last = 1406073600, .digest = 1 };
  f->n_months = 158;
  for (unsigned i = 0; i < f->n_months; i++)
    f->by_month[i] = i * i * i / 700 * (i % 12 == 7 ? 2 : 1) + i % 5;
}

void
sample_train(void)
{
  sample_import = (ek_import_result){ .n_jobs = 2 };
  sample_import.jobs[0] = (ek_import_job){ .type = "Interactions", .status = EK_STATUS_ACTIVE, .rows = 167597 };
  sample_import.jobs[1] = (ek_import_job){ .type = "Items", .status = EK_STATUS_ACTIVE, .rows = 11924 };
  sample_result = (ek_train_result){ .arms = trained, .n_arms = 2, .comparisons = compared, .n_comparisons = 5,
                                     .excluded_seen = 1, .folds = 10 };
  fill_facts(&sample_result.facts);
  report.engine = "local";
  report.dataset_group = "toys";
  report.import = &sample_import;
  report.train = &sample_result;
}

/* Trials of every kind: kept, not better, and better with too little coverage. */
static void
fill_trials(void)
{
  static const char *const names[] = { "nto", "content", "pair_decay", "back", "nfrom", "hist_decay", "pop_exp" };
  static const double steps[] = { 0.1, 0.1, 5, 0.1, 0.1, 0.5, 0.05 };
  double best = 0.0871;
  for (unsigned i = 0; i < N(trials); i++) {
    ek_hpo_trial *t = &trials[i];
    double gain = i % 4 == 0 ? 0.0007 : i % 9 == 5 ? 0.0012 : -0.0004 * (1 + i % 3);
    *t = (ek_hpo_trial){ .value = steps[i / 4] * (i % 4), .hyper = HYPER(0.3), .objective = best + gain,
                         .coverage_at_25 = i % 9 == 5 ? 0.71 : 0.82 - 0.001 * i, .accepted = i % 4 == 0 };
    snprintf(t->parameter, sizeof t->parameter, "%s", names[i / 4]);
    if (t->accepted)
      best = t->objective;
  }
}

void
sample_train_more(void)
{
  static char *warnings[] = { (char *)(uintptr_t)"recipe coldstart: 12 items are cold; the service wants 100" };
  static ek_violation violations[] = {
    { 0, "empty_value", (char *)(uintptr_t)"items.csv", 17, (char *)(uintptr_t)"CATEGORY is empty" },
    { 1, "bad_timestamp", (char *)(uintptr_t)"interactions.csv", 4, (char *)(uintptr_t)"TIMESTAMP 'x' is no time" }
  };
  sample_train();
  fill_trials();
  sample_import.violations = violations;
  sample_import.n_violations = 2;
  sample_import.jobs[1].warnings = 291;
  sample_result.n_arms = N(trained);
  sample_result.n_comparisons = N(compared);
  sample_result.warnings = warnings;
  sample_result.n_warnings = 1;
  trained[1].trials = trials;
  trained[1].n_trials = N(trials);
}
