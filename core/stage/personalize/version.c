/* SPDX-License-Identifier: BSD-3-Clause */
/* Solution versions have no name of ours: a lost reply is found by the solution's list, as one that the
 * state does not know and that is not older than the intent.               */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "stage/personalize/ensure.h"

#define SEC INT64_C(1000000000)
#define SKEW 300                     /* seconds that the two clocks may differ   */
#define LOSSES 5                     /* of replies in a row                      */

static int
is_known(const ek_cloud *c, const char *arn)
{
  ek_thing t;
  for (size_t i = 0; i < ek_state_count(c->state); i++)
    if (ek_state_at(c->state, i, &t) && strcmp(t.kind, "solution_version") == 0 && t.arn && strcmp(t.arn, arn) == 0)
      return 1;
  return 0;
}

static json_t *
list(ek_cloud *c, const char *solution_arn, ek_error *e)
{
  json_t *in = json_pack("{s:s}", "solutionArn", solution_arn);
  json_t *all = ek_pz_list(c, "ListSolutionVersions", in, "solutionVersions", e);
  json_decref(in);
  return all;
}

/* When the newest one was made, by the service's clock; 0: there is none. */
static int
newest(ek_cloud *c, const char *solution_arn, double *made, ek_error *e)
{
  json_t *all = list(c, solution_arn, e), *one;
  size_t i;
  *made = 0;
  if (!all)
    return -1;
  json_array_foreach(all, i, one) {
    double at = json_number_value(json_object_get(one, "creationDateTime"));
    if (at > *made)
      *made = at;
  }
  json_decref(all);
  return 0;
}

typedef struct lost { ek_cloud *cloud; const char *solution_arn; ek_thing intent; char *arn; } lost;

/* 1 found, 0 not, -1 e. */
static int
find_lost(void *arg, ek_error *e)
{
  const lost *l = arg;
  json_t *all = list(l->cloud, l->solution_arn, e), *one;
  /* Intents of before `after` was kept have but our own clock. */
  double later_than = l->intent.after >= 0 ? l->intent.after : (double)(l->intent.since - SKEW), latest = 0;
  size_t i;
  int found = 0;
  if (!all)
    return -1;
  json_array_foreach(all, i, one) {
    const char *a = json_string_value(json_object_get(one, "solutionVersionArn"));
    double made = json_number_value(json_object_get(one, "creationDateTime"));
    if (!a || made <= later_than || made < latest || is_known(l->cloud, a))
      continue;
    latest = made;
    snprintf(l->arn, EK_ARN, "%s", a);
    found = 1;
  }
  json_decref(all);
  return found;
}

/* 1: arn may be used (ACTIVE or on its way). 0: it failed or is gone. -1 e. */
static int
is_usable(ek_cloud *c, const char *arn, ek_error *e)
{
  json_t *out;
  enum ek_pz r = ek_pz_describe_one(c, "DescribeSolutionVersion", "solutionVersionArn", arn, 0, &out, e);
  if (r == EK_PZ_NOT_FOUND)
    return 0;
  if (r != EK_PZ_OK)
    return -1;
  const char *s = json_string_value(json_object_get(json_object_get(out, "solutionVersion"), "status"));
  int usable = s && !strstr(s, "FAILED") && !strstr(s, "STOP");
  json_decref(out);
  return usable;
}

static json_t *
request_of(const ek_settings *s, const char *solution_arn)
{
  json_t *in = json_pack("{s:s}", "solutionArn", solution_arn);
  if (s->train.training_mode)
    json_object_set_new(in, "trainingMode", json_string("UPDATE"));
  ek_pz_add_tags(s, in);
  return in;
}

/* A second version is a second training, and paid: none is asked for while the first could still be there unseen. */
static int
create(ek_cloud *c, const char *solution_arn, const ek_thing *intent, char arn[EK_ARN], ek_error *e)
{
  const int64_t began = ek_monotonic_ns();
  lost l = { c, solution_arn, *intent, arn };
  json_t *in = request_of(c->settings, solution_arn);
  int r = 0, losses = 0;
  while (r == 0) {
    json_t *out = NULL;
    enum ek_pz got = ek_pz_call(c, "CreateSolutionVersion", in, &out, e);
    if (got == EK_PZ_OK) {
      const char *a = json_string_value(json_object_get(out, "solutionVersionArn"));
      if (a)
        snprintf(arn, EK_ARN, "%s", a);
      r = a ? 1 : ek_fail(e, EK_EXIT_FAILED, "bad_answer", "personalize:CreateSolutionVersion answered without an ARN");
      json_decref(out);
    } else if (got == EK_PZ_LOST && ++losses < LOSSES)
      r = ek_pz_look_again(c, "train", find_lost, &l, e);
    else if (got == EK_PZ_BUSY && ek_monotonic_ns() - began < c->settings->train.timeout_ns)
      r = ek_pz_sleep(c, c->poll_ns ? c->poll_ns : 2 * SEC, e);
    else
      r = -1;
  }
  json_decref(in);
  return r < 0 ? -1 : 0;
}

/* 1: arn is one that the state knows, or that its intent came to, and may be used. 0: there is none. -1: e. */
static int
find(ek_cloud *c, const char *solution_arn, const char *name, char arn[EK_ARN], ek_error *e)
{
  lost l = { .cloud = c, .solution_arn = solution_arn, .arn = arn };
  int there = 1;
  if (!ek_state_find(c->state, "solution_version", name, &l.intent))
    return 0;
  if (l.intent.arn)
    snprintf(arn, EK_ARN, "%s", l.intent.arn);
  else
    there = ek_pz_look_again(c, "train", find_lost, &l, e);
  return there > 0 ? is_usable(c, arn, e) : there;
}

/* What is there already is looked at before the intent is written: what comes of it is newer. */
static int
make(ek_cloud *c, const char *solution_arn, const char *name, const char *data_digest, char arn[EK_ARN], ek_error *e)
{
  double after;
  ek_thing intent;
  return newest(c, solution_arn, &after, e) < 0 ||
         ek_state_intend_after(c->state, "solution_version", name, data_digest, after, e) < 0 ||
         !ek_state_find(c->state, "solution_version", name, &intent) ||
           create(c, solution_arn, &intent, arn, e) < 0 ? -1 : 0;
}

int
ek_pz_version(ek_cloud *c, const char *solution_arn, const char *data_digest, char arn[EK_ARN], json_t **description, ek_error *e)
{
  char name[120];
  /* One version for a solution and what was imported; a failed one makes room for another. */
  snprintf(name, sizeof name, "%.60s/%.16s", ek_pz_arn_name(solution_arn), data_digest);
  int there = find(c, solution_arn, name, arn, e);
  if (there < 0 || (!there && make(c, solution_arn, name, data_digest, arn, e) < 0) ||
      ek_state_done(c->state, "solution_version", name, arn, EK_OURS, data_digest, e) < 0)
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
