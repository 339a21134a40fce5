/* SPDX-License-Identifier: BSD-3-Clause */
/* Training and deployment, and the engine's table.                          */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/sha256.h"
#include "stage/personalize/cloud.h"

#define EARLIER 10u                  /* versions that the report shows beside the new one */

/* What the data sets hold, by the newest jobs that the state knows: another import, another version. */
static void
data_digest(const ek_cloud *c, char hex[65])
{
  ek_text all = { 0 };
  ek_thing t;
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    const char *type = ek_pz_type((enum ek_record_kind)k);
    for (size_t i = ek_state_count(c->state); i > 0; i--)
      if (ek_state_at(c->state, i - 1, &t) && strcmp(t.kind, "import_job") == 0 && t.digest &&
          strncmp(t.digest, type, strlen(type)) == 0) {
        ek_text_printf(&all, "%s %s\n", t.digest, t.name);
        break;
      }
  }
  ek_sha256_hex((ek_str){ ek_text_c(&all), all.len }, hex);
  ek_text_free(&all);
}

static char *
text_of(json_t *o)
{
  return json_object_size(o) ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}

/* "shop-metadata/5d2a": solution and version, as people call it. */
static char *
short_name(const char *version_arn)
{
  const char *solution = strstr(version_arn, ":solution/");
  return ek_mem_strdup(solution ? solution + strlen(":solution/") : version_arn);
}

static void
fill(ek_arm_result *a, const char *name, const char *arn, const json_t *version, const ek_metrics *m)
{
  const char *recipe = json_string_value(json_object_get(version, "recipeArn"));
  const char *solution = json_string_value(json_object_get(version, "solutionArn"));
  *a = (ek_arm_result){
    .name = ek_mem_strdup(name), .solution_version = short_name(arn), .arn = ek_mem_strdup(arn),
    .recipe_name = ek_mem_strdup(recipe ? ek_pz_arn_name(recipe) : ""),
    .solution_arn = solution ? ek_mem_strdup(solution) : NULL,
    .training_hours = json_number_value(json_object_get(version, "trainingHours")),
    .made = (int64_t)json_number_value(json_object_get(version, "creationDateTime")),
    .tuned = text_of(json_object_get(json_object_get(version, "tunedHPOParams"), "algorithmHyperParameters")),
    .recipe = EK_RECIPE_METADATA, .hyper = ek_hyper_default(), .fold0 = *m, .mean = *m,
  };
}

/* Versions of before, side by side with the new one. What the account no longer has is passed over; so is what
 * cannot be asked for now: the training is done in any case. */
static void
add_earlier(ek_cloud *c, const char *but, ek_train_result *out)
{
  ek_thing t;
  ek_error ignored = { 0 };
  out->earlier = ek_mem_zero(EARLIER + 1, sizeof *out->earlier);
  for (size_t i = ek_state_count(c->state); i > 0 && out->n_earlier < EARLIER; i--) {
    json_t *d = NULL;
    ek_metrics m;
    if (!ek_state_at(c->state, i - 1, &t) || strcmp(t.kind, "solution_version") != 0 || !t.arn || strcmp(t.arn, but) == 0)
      continue;
    json_t *in = json_pack("{s:s}", "solutionVersionArn", t.arn);
    if (ek_pz_call(c, "DescribeSolutionVersion", in, &d, &ignored) == EK_PZ_OK && ek_pz_metrics(c, t.arn, &m, NULL, &ignored) == 0)
      fill(&out->earlier[out->n_earlier++], "earlier", t.arn, json_object_get(d, "solutionVersion"), &m);
    json_decref(in);
    json_decref(d);
  }
}

/* Training makes no group and no data: they are imported first, or were there before. */
static int
find_data(ek_cloud *c, char group[EK_ARN], ek_error *e)
{
  char set[EK_ARN];
  ek_thing t;
  if (ek_pz_group_there(c, EK_ENSURE_FIND, group, e) < 0)
    return -1;
  return ek_state_find(c->state, "dataset", ek_pz_type(EK_INTERACTIONS), &t) && t.arn ? 0
         : ek_pz_dataset_there(c, group, EK_INTERACTIONS, set, e);
}

static int
check_data(ek_cloud *c, ek_error *e)
{
  char group[EK_ARN];
  return find_data(c, group, e);
}

/* One that the state knows need not be asked for where its solution is there. */
static int
find_group(ek_cloud *c, char group[EK_ARN], ek_error *e)
{
  ek_thing t;
  if (!ek_state_find(c->state, "dataset_group", ek_pz_arn_name(c->settings->import.dataset_group), &t) || !t.arn)
    return find_data(c, group, e);
  snprintf(group, EK_ARN, "%s", t.arn);
  return 0;
}

static int
train(ek_cloud *c, ek_train_result *out, ek_error *e)
{
  char group[EK_ARN], solution[EK_ARN], version[EK_ARN], digest[65];
  json_t *d = NULL;
  ek_metrics m;
  data_digest(c, digest);
  if (find_group(c, group, e) < 0 || ek_pz_solution(c, group, check_data, solution, e) < 0 ||
      ek_pz_version(c, solution, digest, version, &d, e) < 0 || ek_pz_metrics(c, version, &m, NULL, e) < 0) {
    json_decref(d);
    return -1;
  }
  out->arms = ek_mem_zero(1, sizeof *out->arms);
  out->n_arms = out->folds = 1;
  fill(&out->arms[0], "chain", version, json_object_get(d, "solutionVersion"), &m);
  if (!out->arms[0].solution_arn)
    out->arms[0].solution_arn = ek_mem_strdup(solution);
  add_earlier(c, version, out);
  json_decref(d);
  return 0;
}

int
ek_pz_train(const ek_train_request *q, const ek_stage_watch *watch, ek_train_result *out, ek_error *e)
{
  ek_cloud c;
  int r = ek_pz_open(&c, q->account, watch, e);
  if (r == 0)
    r = train(&c, out, e);
  ek_pz_close(&c);
  return r;
}

/* The newest version that the state knows. */
static int
newest_version(const ek_cloud *c, char arn[EK_ARN], ek_error *e)
{
  ek_thing t;
  for (size_t i = ek_state_count(c->state); i > 0; i--)
    if (ek_state_at(c->state, i - 1, &t) && strcmp(t.kind, "solution_version") == 0 && t.arn) {
      snprintf(arn, EK_ARN, "%s", t.arn);
      return 0;
    }
  ek_fail(e, EK_EXIT_REFUSED, "nothing_to_deploy", "no solution version was trained from this output folder");
  return ek_help(e, "train first: enrichkit run --until train, or enrichkit train");
}

int
ek_pz_deploy(const ek_deploy_request *q, const ek_stage_watch *watch, ek_deploy_result *out, ek_error *e)
{
  ek_cloud c;
  char version[EK_ARN], arn[EK_ARN];
  int r = ek_pz_open(&c, q->account, watch, e);
  if (r == 0)
    r = newest_version(&c, version, e);
  if (r == 0)
    r = ek_pz_campaign(&c, version, arn, &out->created, &out->updated, e);
  if (r == 0) {
    out->campaign = ek_mem_strdup(ek_pz_arn_name(arn));
    out->arn = ek_mem_strdup(arn);
    out->version_arn = ek_mem_strdup(version);
    out->status = ek_mem_strdup(EK_STATUS_ACTIVE);
  }
  ek_pz_close(&c);
  return r;
}

const ek_engine_of_stages ek_personalize_engine = {
  .name = "personalize", .import = ek_pz_import, .train = ek_pz_train, .deploy = ek_pz_deploy, .describe = NULL,
  .describe_account = ek_pz_describe
};
