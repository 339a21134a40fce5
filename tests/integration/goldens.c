/* SPDX-License-Identifier: BSD-3-Clause */
/* goldens REPORT GOLDEN DATA SETTING: every figure of the golden file that the report of the run has too, within the
 * tolerance: fold 0 and the mean of ten folds of both arms, and the bootstrap's interval. Prints how many were compared. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int compared, wrong;

static const struct { const char *golden, *ours; } names[] = {
  { "precision_at_5", "precision_at_5" },
  { "ndcg_at_5", "normalized_discounted_cumulative_gain_at_5" },
  { "ndcg_at_10", "normalized_discounted_cumulative_gain_at_10" },
  { "ndcg_at_25", "normalized_discounted_cumulative_gain_at_25" },
  { "mrr_at_25", "mean_reciprocal_rank_at_25" },
  { "coverage_at_5", "coverage_at_5" },
  { "coverage_at_25", "coverage_at_25" },
  { "test_users", "test_users" },
};
#define N_NAMES (sizeof names / sizeof *names)

static void
near(const char *what, const char *name, const json_t *is, const json_t *golden, double tolerance)
{
  compared++;
  if (json_is_number(is) && fabs(json_number_value(is) - json_number_value(golden)) <= tolerance)
    return;
  wrong++;
  fprintf(stderr, "%s, %s: %.6f, golden %.6f\n", what, name, json_number_value(is), json_number_value(golden));
}

static const json_t *
element(const json_t *list, const char *key, const char *value)
{
  size_t i;
  const json_t *e;
  json_array_foreach(list, i, e)
  {
    const char *s = json_string_value(json_object_get(e, key));
    if (s && strcmp(s, value) == 0)
      return e;
  }
  return NULL;
}

static void
check_metrics(const char *what, const json_t *ours, const json_t *golden)
{
  for (size_t i = 0; i < N_NAMES; i++)
    if (json_object_get(golden, names[i].golden))
      near(what, names[i].golden, json_object_get(ours, names[i].ours), json_object_get(golden, names[i].golden),
           strcmp(names[i].golden, "test_users") == 0 ? 0 : 2e-4);
}

static void
check_arm(const json_t *report, const char *arm, const json_t *golden)
{
  const json_t *ours = element(json_object_get(json_object_get(report, "train"), "arms"), "name", arm);
  char what[64];
  snprintf(what, sizeof what, "%s, fold 0", arm);
  check_metrics(what, json_object_get(ours, "fold_0"), json_object_get(golden, "fold0"));
  snprintf(what, sizeof what, "%s, ten folds", arm);
  check_metrics(what, json_object_get(ours, "metrics"), json_object_get(golden, "mean10"));
}

static const json_t *
comparison(const json_t *report, const char *metric)
{
  size_t i;
  const json_t *c;
  json_array_foreach(json_object_get(report, "compare"), i, c)
  {
    const char *arm = json_string_value(json_object_get(c, "arm")), *m = json_string_value(json_object_get(c, "metric"));
    if (arm && m && strcmp(arm, "source") == 0 && strcmp(m, metric) == 0)
      return c;
  }
  return NULL;
}

static void
check_bootstrap(const json_t *report, const json_t *golden)
{
  static const char *const figures[][2] = { { "diff", "difference" }, { "lo", "low" }, { "hi", "high" } };
  for (size_t i = 0; i < N_NAMES; i++) {
    const json_t *g = json_object_get(golden, names[i].golden), *c = comparison(report, names[i].ours);
    for (size_t k = 0; g && k < 3; k++)
      near("interval", names[i].golden, json_object_get(c, figures[k][1]), json_object_get(g, figures[k][0]),
           k ? 5e-4 : 2e-4);
  }
}

int
main(int argc, char **argv)
{
  json_error_t why;
  json_t *report = argc == 5 ? json_load_file(argv[1], 0, &why) : NULL, *golden = report ? json_load_file(argv[2], 0, &why) : NULL;
  if (!report || !golden) {
    fprintf(stderr, "goldens REPORT GOLDEN DATA SETTING: %s\n", argc == 5 ? why.text : "four arguments");
    return 2;
  }
  const json_t *g = json_object_get(json_object_get(golden, argv[3]), argv[4]);
  check_arm(report, "base", json_object_get(g, "base (no categories)"));
  check_arm(report, "source", json_object_get(g, "source categories"));
  check_bootstrap(report, json_object_get(g, "paired bootstrap: source categories minus base (no categories)"));
  printf("%d\n", compared);
  json_decref(report);
  json_decref(golden);
  return wrong || !compared;
}
