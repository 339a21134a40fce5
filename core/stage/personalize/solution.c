/* SPDX-License-Identifier: BSD-3-Clause */
/* Solutions: a recipe with its configuration. One cannot be changed, so another configuration is
 * another solution, with a number behind the name.                          */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/sha256.h"
#include "stage/personalize/ensure.h"

#define MOST_NUMBERS 1000

/* ---- solutionConfig ---------------------------------------------------------------------- */

static json_t *
number_text(double v)
{
  char buf[40];
  snprintf(buf, sizeof buf, "%.17g", v);
  if (strtod(buf, NULL) == v)
    for (int digits = 1; digits < 17; digits++) {
      char shorter[40];
      snprintf(shorter, sizeof shorter, "%.*g", digits, v);
      if (strtod(shorter, NULL) == v) {
        memcpy(buf, shorter, sizeof buf);
        break;
      }
    }
  return json_string(buf);
}

static json_t *
pairs(const ek_pair *p, size_t n)
{
  json_t *o = json_object();
  for (size_t i = 0; i < n; i++)
    json_object_set_new(o, p[i].name, json_string(p[i].value));
  return o;
}

static json_t *
texts(char *const *list, size_t n)
{
  json_t *a = json_array();
  for (size_t i = 0; i < n; i++)
    json_array_append_new(a, json_string(list[i]));
  return a;
}

static json_t *
range(enum ek_range_kind kind, const ek_range_settings *r)
{
  if (kind == EK_RANGE_INTEGER)
    return json_pack("{s:s, s:i, s:i}", "name", r->name, "minValue", (int)r->int_min, "maxValue", (int)r->int_max);
  if (kind == EK_RANGE_CONTINUOUS)
    return json_pack("{s:s, s:f, s:f}", "name", r->name, "minValue", r->min, "maxValue", r->max);
  return json_pack("{s:s, s:o}", "name", r->name, "values", texts(r->values, r->n_values));
}

/* All three kinds go out together, empty where none is written: the service wants them so. */
static json_t *
ranges(const ek_settings *s)
{
  static const char *const members[EK_RANGE_KINDS] = { "integerHyperParameterRanges", "continuousHyperParameterRanges",
                                                       "categoricalHyperParameterRanges" };
  json_t *o = json_object();
  for (int k = 0; k < EK_RANGE_KINDS; k++) {
    json_t *a = json_array();
    for (size_t i = 0; i < s->train.hpo.n_ranges[k]; i++)
      json_array_append_new(a, range((enum ek_range_kind)k, &s->train.hpo.ranges[k][i]));
    json_object_set_new(o, members[k], a);
  }
  return o;
}

static void
count_text(json_t *o, const char *member, unsigned n)
{
  char buf[20];
  if (!n)
    return;
  snprintf(buf, sizeof buf, "%u", n);
  json_object_set_new(o, member, json_string(buf));
}

static json_t *
hpo(const ek_settings *s)
{
  json_t *o = json_object(), *resources = json_object();
  size_t n = 0;
  for (int k = 0; k < EK_RANGE_KINDS; k++)
    n += s->train.hpo.n_ranges[k];
  count_text(resources, "maxNumberOfTrainingJobs", s->train.hpo.max_jobs);
  count_text(resources, "maxParallelTrainingJobs", s->train.hpo.max_parallel);
  if (s->train.hpo_metric)
    json_object_set_new(o, "hpoObjective", json_pack("{s:s}", "metricName", s->train.hpo_metric));
  if (json_object_size(resources))
    json_object_set(o, "hpoResourceConfig", resources);
  json_decref(resources);
  if (n)
    json_object_set_new(o, "algorithmHyperParameterRanges", ranges(s));
  return o;
}

static json_t *
events(const ek_settings *s)
{
  json_t *list = json_array();
  for (size_t i = 0; i < s->train.n_events; i++) {
    const ek_event_settings *v = &s->train.events[i];
    json_t *one = json_pack("{s:s, s:f}", "eventType", v->event_type, "weight", v->weight);
    if (isfinite(v->threshold))
      json_object_set_new(one, "eventValueThreshold", json_real(v->threshold));
    json_array_append_new(list, one);
  }
  return json_pack("{s:o}", "eventParametersList", list);
}

static json_t *
columns(const ek_columns_of *list, size_t n)
{
  json_t *o = json_object();
  for (size_t i = 0; i < n; i++)
    json_object_set_new(o, list[i].dataset, texts(list[i].columns, list[i].n));
  return o;
}

static void
add_if_any(json_t *o, const char *member, json_t *part)
{
  if (json_object_size(part))
    json_object_set(o, member, part);
  json_decref(part);
}

json_t *
ek_pz_solution_config(const ek_settings *s, ek_error *e)
{
  json_t *o = json_object(), *data = json_object();
  (void)e;
  if (s->train.event_value_threshold_given && isfinite(s->train.event_value_threshold))
    json_object_set_new(o, "eventValueThreshold", number_text(s->train.event_value_threshold));
  if (s->train.perform_hpo)
    add_if_any(o, "hpoConfig", hpo(s));
  add_if_any(o, "algorithmHyperParameters", pairs(s->train.parameters, s->train.n_parameters));
  add_if_any(o, "featureTransformationParameters", pairs(s->train.features, s->train.n_features));
  if (s->train.n_events)
    json_object_set_new(o, "eventsConfig", events(s));
  add_if_any(data, "excludedDatasetColumns", columns(s->train.excluded, s->train.n_excluded));
  add_if_any(data, "includedDatasetColumns", columns(s->train.included, s->train.n_included));
  add_if_any(o, "trainingDataConfig", data);
  return o;
}

/* ---- the solution ------------------------------------------------------------------------- */

/* performAutoTraining is always said: the service's default trains, and costs, every week. */
static json_t *
request_of(const ek_settings *s, const char *group_arn, const char *recipe_arn, ek_error *e)
{
  json_t *config = ek_pz_solution_config(s, e);
  if (!config)
    return NULL;
  json_t *in = json_pack("{s:s, s:s, s:b}", "datasetGroupArn", group_arn, "recipeArn", recipe_arn, "performAutoTraining",
                         s->train.perform_auto_training);
  if (s->train.perform_hpo)
    json_object_update_new(in, json_pack("{s:b, s:b}", "performHPO", 1, "performAutoML", 0));
  if (s->train.event_type)
    json_object_set_new(in, "eventType", json_string(s->train.event_type));
  add_if_any(in, "solutionConfig", config);
  ek_pz_add_tags(s, in);
  return in;
}

static void
digest_of(const json_t *in, char digest[65])
{
  EK_FREE char *text = json_dumps(in, JSON_COMPACT | JSON_SORT_KEYS);
  ek_sha256_hex(ek_cstr(text), digest);
}

/* Of one that was there before: it must at least be of the recipe. */
static int
check_adopted(const json_t *d, const char *arn, const char *recipe_arn, ek_error *e)
{
  const char *has = json_string_value(json_object_get(json_object_get(d, "solution"), "recipeArn"));
  if (!has || strcmp(has, recipe_arn) == 0)
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "other_recipe", "solution '%s' was made with recipe '%s', and train.recipe is '%s'",
          ek_pz_arn_name(arn), ek_pz_arn_name(has), ek_pz_arn_name(recipe_arn));
  return ek_help(e, "--set train.solution=NAME makes another solution");
}

static int
ensure(ek_cloud *c, const char *name, json_t *in, const char *digest, const char *group_arn, const char *given,
       int (*before)(ek_cloud *, ek_error *e), char arn[EK_ARN], json_t **description, ek_error *e)
{
  json_t *of_group = json_pack("{s:s}", "datasetGroupArn", group_arn);
  ek_ensure q = { .kind = "solution", .name = name, .digest = digest, .create = "CreateSolution", .in = given ? NULL : in,
                  .arn_member = "solutionArn", .describe = "DescribeSolution", .object = "solution", .list = "ListSolutions",
                  .list_member = "solutions", .list_in = of_group, .name_member = "name", .before = before,
                    .remove = "DeleteSolution",
                  .stage = "train", .what = "solution", .timeout_ns = c->settings->train.timeout_ns };
  int r = ek_pz_ensure(c, &q, arn, NULL, description, e);
  json_decref(of_group);
  return r;
}

int
ek_pz_solution(ek_cloud *c, const char *group_arn, int (*before)(ek_cloud *, ek_error *e), char arn[EK_ARN],
               ek_error *e)
{
  const ek_settings *s = c->settings;
  const char *written = s->train.solution;
  int given = ek_pz_is_arn(written), r = -1;
  char recipe[EK_ARN], digest[65], name[80];
  json_t *in, *d = NULL;
  ek_thing t;

  if (ek_pz_recipe(s->train.recipe, recipe, e) < 0 || !(in = request_of(s, group_arn, recipe, e)))
    return -1;
  digest_of(in, digest);
  for (int i = 1; i < MOST_NUMBERS; i++) {
    snprintf(name, sizeof name, i > 1 ? "%.55s-%d" : "%.63s", given ? ek_pz_arn_name(written) : written, i);
    if (!given && ek_state_find(c->state, "solution", name, &t) && t.digest && strcmp(t.digest, digest) != 0 &&
        t.origin == EK_OURS)
      continue;                      /* ours, with another configuration         */
    json_object_set_new(in, "name", json_string(name));
    if (given)
      snprintf(arn, EK_ARN, "%s", written);
    r = ensure(c, name, in, digest, group_arn, given ? written : NULL, before, arn, &d, e);
    if (r == 0 && ek_state_find(c->state, "solution", name, &t) && t.origin == EK_ADOPTED)
      r = check_adopted(d, arn, recipe, e);
    break;
  }
  json_decref(in);
  json_decref(d);
  return r;
}
