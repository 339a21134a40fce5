/* SPDX-License-Identifier: BSD-3-Clause */
/* Solution versions have no name of ours: a lost reply is found by the solution's list, as one that the
 * state does not know and that is not older than the intent.               */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/log.h"
#include "stage/personalize/ensure.h"

#define SEC INT64_C(1000000000)
#define SKEW 300                     /* seconds that the two clocks may differ   */
#define LOOKS 5

static int
is_known(const ek_cloud *c, const char *arn)
{
  ek_thing t;
  for (size_t i = 0; i < ek_state_count(c->state); i++)
    if (ek_state_at(c->state, i, &t) && strcmp(t.kind, "solution_version") == 0 && t.arn && strcmp(t.arn, arn) == 0)
      return 1;
  return 0;
}

/* 1 found, 0 not, -1 e. */
static int
find_lost(ek_cloud *c, const char *solution_arn, int64_t since, char arn[EK_ARN], ek_error *e)
{
  json_t *in = json_pack("{s:s}", "solutionArn", solution_arn), *one;
  json_t *all = ek_pz_list(c, "ListSolutionVersions", in, "solutionVersions", e);
  double newest = 0;
  size_t i;
  int found = 0;
  json_decref(in);
  if (!all)
    return -1;
  json_array_foreach(all, i, one) {
    const char *a = json_string_value(json_object_get(one, "solutionVersionArn"));
    double made = json_number_value(json_object_get(one, "creationDateTime"));
    if (!a || made < (double)(since - SKEW) || made < newest || is_known(c, a))
      continue;
    newest = made;
    snprintf(arn, EK_ARN, "%s", a);
    found = 1;
  }
  json_decref(all);
  return found;
}

/* 1: arn may be used (ACTIVE or on its way). 0: it failed or is gone. -1 e. */
static int
is_usable(ek_cloud *c, const char *arn, ek_error *e)
{
  json_t *in = json_pack("{s:s}", "solutionVersionArn", arn), *out = NULL;
  enum ek_pz r = ek_pz_call(c, "DescribeSolutionVersion", in, &out, e);
  json_decref(in);
  if (r == EK_PZ_NOT_FOUND)
    return 0;
  if (r != EK_PZ_OK)
    return -1;
  const char *s = json_string_value(json_object_get(json_object_get(out, "solutionVersion"), "status"));
  int usable = s && !strstr(s, "FAILED") && !strstr(s, "STOP");
  json_decref(out);
  return usable;
}

static int
create(ek_cloud *c, const char *solution_arn, int64_t since, char arn[EK_ARN], ek_error *e)
{
  const ek_settings *s = c->settings;
  json_t *in = json_pack("{s:s}", "solutionArn", solution_arn), *out = NULL;
  int r = -1;
  if (s->train.training_mode)
    json_object_set_new(in, "trainingMode", json_string("UPDATE"));
  ek_pz_add_tags(s, in);
  for (int look = 0; look < LOOKS && r < 0; look++) {
    enum ek_pz got = ek_pz_call(c, "CreateSolutionVersion", in, &out, e);
    if (got == EK_PZ_OK) {
      const char *a = json_string_value(json_object_get(out, "solutionVersionArn"));
      if (a)
        snprintf(arn, EK_ARN, "%s", a);
      r = a ? 0 : ek_fail(e, EK_EXIT_FAILED, "bad_answer", "personalize:CreateSolutionVersion answered without an ARN");
      json_decref(out);
      break;
    }
    if ((got != EK_PZ_LOST && got != EK_PZ_BUSY) || ek_pz_sleep(c, c->poll_ns ? c->poll_ns : 2 * SEC, e) < 0)
      break;
    int found = got == EK_PZ_LOST ? find_lost(c, solution_arn, since, arn, e) : 0;
    if (found < 0)
      break;
    if (found)
      r = 0;
  }
  json_decref(in);
  return r;
}

int
ek_pz_version(ek_cloud *c, const char *solution_arn, const char *data_digest, char arn[EK_ARN], json_t **description, ek_error *e)
{
  char name[120];
  ek_thing t;
  int there = 0;
  /* One version for a solution and what was imported; a failed one makes room for another. */
  snprintf(name, sizeof name, "%.60s/%.16s", ek_pz_arn_name(solution_arn), data_digest);
  if (ek_state_find(c->state, "solution_version", name, &t)) {
    if (t.arn)
      snprintf(arn, EK_ARN, "%s", t.arn);
    there = t.arn ? 1 : find_lost(c, solution_arn, t.since, arn, e);
    if (there > 0)
      there = is_usable(c, arn, e);
    if (there < 0)
      return -1;
  }
  if (!there) {
    if (ek_state_intend(c->state, "solution_version", name, data_digest, e) < 0 ||
        !ek_state_find(c->state, "solution_version", name, &t) || create(c, solution_arn, t.since, arn, e) < 0)
      return -1;
  }
  if (ek_state_done(c->state, "solution_version", name, arn, EK_OURS, data_digest, e) < 0)
    return -1;
  ek_pz_wait w = { .stage = "train", .what = "solution version", .operation = "DescribeSolutionVersion",
                   .member = "solutionVersionArn", .arn = arn, .path = "solutionVersion.status",
                   .timeout_ns = c->settings->train.timeout_ns };
  return ek_pz_wait_for(c, &w, 1, description, e);
}

int
ek_pz_metrics(ek_cloud *c, const char *version_arn, ek_metrics *m, json_t **all, ek_error *e)
{
  json_t *in = json_pack("{s:s}", "solutionVersionArn", version_arn), *out = NULL;
  enum ek_pz r = ek_pz_call(c, "GetSolutionMetrics", in, &out, e);
  json_decref(in);
  if (r != EK_PZ_OK)
    return -1;
  json_t *o = json_object_get(out, "metrics");
  *m = (ek_metrics){
    .precision_at_5 = json_number_value(json_object_get(o, "precision_at_5")),
    .precision_at_10 = json_number_value(json_object_get(o, "precision_at_10")),
    .precision_at_25 = json_number_value(json_object_get(o, "precision_at_25")),
    .ndcg_at_5 = json_number_value(json_object_get(o, "normalized_discounted_cumulative_gain_at_5")),
    .ndcg_at_10 = json_number_value(json_object_get(o, "normalized_discounted_cumulative_gain_at_10")),
    .ndcg_at_25 = json_number_value(json_object_get(o, "normalized_discounted_cumulative_gain_at_25")),
    .mrr_at_25 = json_number_value(json_object_get(o, "mean_reciprocal_rank_at_25")),
    .coverage_at_25 = json_number_value(json_object_get(o, "coverage")),
  };
  if (all)
    *all = json_incref(o);
  json_decref(out);
  return 0;
}
