/* SPDX-License-Identifier: BSD-3-Clause */
/* report.json read back: only what `compare` needs, and as far as it is there. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "report/compare.h"
#include "report/figures.h"
#include "report/report.h"

#define REPORT_MAX ((off_t)64 << 20)

static double
number(const json_t *o, const char *name)
{
  return json_number_value(json_object_get(o, name));
}

static uint64_t
whole(const json_t *o, const char *name)
{
  json_int_t n = json_integer_value(json_object_get(o, name));
  return n > 0 ? (uint64_t)n : 0;
}

static const char *
word(const json_t *o, const char *name)
{
  const char *s = json_string_value(json_object_get(o, name));
  return s ? s : "";
}

static void
read_facts(const json_t *o, ek_data_facts *f)
{
  f->items = whole(o, "items");
  f->users = whole(o, "users");
  f->interactions = whole(o, "interactions");
  f->items_in_catalogue = whole(o, "items_in_catalogue");
  f->digest = strtoull(word(o, "digest"), NULL, 16);
  f->duplicate_rate = number(o, "duplicate_rate");
  f->repeat_rate = number(o, "repeat_rate");
  f->cold_item_rate = number(o, "cold_item_rate");
  f->unknown_item_rate = number(o, "unknown_item_rate");
  f->new_item_rate_late = number(o, "new_item_rate_late");
  f->new_user_rate_late = number(o, "new_user_rate_late");
}

static void
read_hyper(const json_t *o, ek_hyper *h)
{
  h->pair_decay = number(o, "pair_decay");
  h->back = number(o, "back");
  h->nfrom = number(o, "nfrom");
  h->nto = number(o, "nto");
  h->hist_decay = number(o, "hist_decay");
  h->content = number(o, "content");
  h->pop_exp = number(o, "pop_exp");
  h->boost = number(o, "boost");
  h->window = (unsigned)whole(o, "window");
  h->topk = (unsigned)whole(o, "topk");
  h->max_cats = (unsigned)whole(o, "max_cats");
  h->min_history = number(o, "min_user_history_length_percentile");
  h->max_history = number(o, "max_user_history_length_percentile");
}

static void
read_metrics(const json_t *o, ek_metrics *m)
{
  for (size_t i = 0; i < EK_FIGURES; i++)
    ek_figure_set(m, &ek_figures[i], number(o, ek_figures[i].name));
  if (!json_object_get(o, "coverage_at_25"))
    m->coverage_at_25 = number(o, "coverage");
  m->test_users = whole(o, "test_users");
}

static void
read_dial(const json_t *list, ek_arm_result *arm)
{
  arm->n_dial = json_array_size(list);
  arm->dial = ek_mem_zero(arm->n_dial + 1, sizeof *arm->dial);
  for (size_t i = 0; i < arm->n_dial; i++) {
    const json_t *o = json_array_get(list, i);
    arm->dial[i] = (ek_dial_point){ .nto = number(o, "nto"), .coverage_at_5 = number(o, "coverage_at_5"),
                                    .coverage_at_25 = number(o, "coverage_at_25"),
                                    .ndcg_at_25 = number(o, ek_headline_figure) };
  }
}

static void
read_trials(const json_t *list, ek_arm_result *arm)
{
  arm->n_trials = json_array_size(list);
  arm->trials = ek_mem_zero(arm->n_trials + 1, sizeof *arm->trials);
  for (size_t i = 0; i < arm->n_trials; i++) {
    const json_t *o = json_array_get(list, i);
    ek_hpo_trial *t = &arm->trials[i];
    snprintf(t->parameter, sizeof t->parameter, "%s", word(o, "parameter"));
    t->value = number(o, "value");
    t->objective = number(o, "objective");
    t->coverage_at_25 = number(o, "coverage_at_25");
    t->accepted = json_is_true(json_object_get(o, "accepted"));
    read_hyper(json_object_get(o, "parameters"), &t->hyper);
  }
}

/* recipe_name is what marks it. */
static void
read_cloud(const json_t *o, ek_arm_result *arm)
{
  arm->recipe_name = ek_mem_strdup(word(o, "recipe"));
  arm->arn = ek_mem_strdup(word(o, "solution_version_arn"));
  arm->solution_arn = ek_mem_strdup(word(o, "solution_arn"));
  arm->training_hours = number(o, "training_hours");
}

static ek_arm_result *
read_arms(const json_t *list, int cloud, size_t *n)
{
  ek_arm_result *arms = ek_mem_zero(json_array_size(list) + 1, sizeof *arms);
  *n = json_array_size(list);
  for (size_t i = 0; i < *n; i++) {
    const json_t *o = json_array_get(list, i);
    ek_arm_result *arm = &arms[i];
    arm->name = ek_mem_strdup(word(o, "name"));
    arm->solution_version = ek_mem_strdup(word(o, "solution_version"));
    if (cloud)
      read_cloud(o, arm);
    if (!ek_recipe_by_name(word(o, "recipe"), &arm->recipe))
      arm->recipe = EK_RECIPE_METADATA;
    arm->informative = number(o, "informative");
    arm->informative_items = whole(o, "informative_items");
    arm->categories = whole(o, "categories");
    read_hyper(json_object_get(o, "parameters"), &arm->hyper);
    read_metrics(json_object_get(o, "metrics"), &arm->mean);
    read_metrics(json_object_get(o, "fold_0"), &arm->fold0);
    read_dial(json_object_get(o, "dial"), arm);
    read_trials(json_object_get(json_object_get(o, "hpo"), "trials"), arm);
  }
  return arms;
}

/* The arm's own copy of a name, which lives as long as the result. */
static const char *
arm_name(const ek_train_result *t, const char *name)
{
  const ek_arm_result *arm = ek_train_find_arm(t, name);
  return arm ? arm->name : NULL;
}

static const char *
verdict_word(const char *word)
{
  static const char *const words[] = { "better", "worse", "no difference" };
  for (size_t i = 0; i < 2; i++)
    if (strcmp(words[i], word) == 0)
      return words[i];
  return words[2];
}

/* Metrics of a later version, and arms that are not there, are passed over. */
static void
read_comparisons(const json_t *list, ek_train_result *out)
{
  out->comparisons = ek_mem_zero(json_array_size(list) + 1, sizeof *out->comparisons);
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *o = json_array_get(list, i);
    const ek_figure *metric = ek_figure_find(word(o, "metric"));
    ek_comparison c = { .against = arm_name(out, word(o, "against")), .arm = arm_name(out, word(o, "arm")),
                        .metric = metric ? metric->name : NULL, .users = whole(o, "users"),
                        .folds = (unsigned)whole(o, "folds"), .base = number(o, "base"),
                        .difference = number(o, "difference"), .low = number(o, "low"), .high = number(o, "high"),
                        .p = number(o, "p"), .verdict = verdict_word(word(o, "verdict")) };
    if (c.against && c.arm && c.metric)
      out->comparisons[out->n_comparisons++] = c;
  }
}

static json_t *
read_file(const char *path, const char *dir, ek_error *e)
{
  struct stat st;
  json_error_t why;
  EK_FCLOSE FILE *f = fopen(path, "rbe");
  if (!f && errno == ENOENT) {
    ek_fail(e, EK_EXIT_REFUSED, "no_report", "no report.json in this folder: no run has ended well here");
    ek_help(e, "run 'enrichkit run --out %s' first", dir);
    ek_at(e, dir, 0, 0);
    return NULL;
  }
  if (!f) {
    ek_fail_errno(e, EK_EXIT_REFUSED, "io", path, "read the report");
    return NULL;
  }
  json_t *report = fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= REPORT_MAX ?
                     json_loadf(f, JSON_REJECT_DUPLICATES, &why) : NULL;
  if (json_integer_value(json_object_get(report, "format")) == 1)
    return report;
  json_decref(report);
  ek_fail(e, EK_EXIT_REFUSED, "bad_report", "this is no report of format 1");
  ek_help(e, "run again to write it anew");
  ek_at(e, path, 0, 0);
  return NULL;
}

int
ek_report_load(const char *dir, char **name, ek_train_result *out, ek_error *e)
{
  EK_FREE char *path = ek_mem_alloc(strlen(dir) + sizeof "/report.json");
  sprintf(path, "%s/report.json", dir);
  json_t *report = read_file(path, dir, e);
  *out = (ek_train_result){ 0 };
  if (!report)
    return -1;
  const json_t *train = json_object_get(report, "train");
  if (!json_is_object(train)) {
    json_decref(report);
    ek_fail(e, EK_EXIT_REFUSED, "no_train", "this run did not train");
    ek_help(e, "add a train: section to its configuration and run it again");
    return ek_at(e, path, 0, 0);
  }
  out->folds = (unsigned)whole(train, "folds");
  out->excluded_seen = json_is_true(json_object_get(train, "exclude_seen"));
  read_facts(json_object_get(train, "data"), &out->facts);
  int cloud = strcmp(word(train, "engine"), "personalize") == 0;
  out->arms = read_arms(json_object_get(train, "arms"), cloud, &out->n_arms);
  out->earlier = read_arms(json_object_get(train, "earlier"), cloud, &out->n_earlier);
  read_comparisons(json_object_get(report, "compare"), out);
  if (name)
    *name = ek_mem_strdup(word(report, "name"));
  json_decref(report);
  return 0;
}

/* run.yaml is of the same run as the report only when the report lists it. */
static int
lists_run_yaml(const json_t *report)
{
  const json_t *outputs = json_object_get(report, "outputs");
  for (size_t i = 0; i < json_array_size(outputs); i++)
    if (strcmp(word(json_array_get(outputs, i), "path"), "run.yaml") == 0)
      return 1;
  return 0;
}

int
ek_report_load_rejects(const char *dir, ek_retried **out, size_t *n, ek_error *e)
{
  EK_FREE char *path = ek_mem_alloc(strlen(dir) + sizeof "/report.json");
  sprintf(path, "%s/report.json", dir);
  json_t *report = read_file(path, dir, e), *reasons;
  const char *reason;
  json_t *count;
  char shown[128];
  *out = NULL;
  *n = 0;
  if (!report)
    return -1;
  if (!lists_run_yaml(report)) {
    ek_fail(e, EK_EXIT_REFUSED, "not_done", "the last run into this folder did not end well (%s), so there is nothing to complete",
            ek_show(ek_cstr(word(report, "status")), shown, sizeof shown));
    json_decref(report);
    ek_help(e, "run it again with its configuration: what was answered comes from the cache");
    return ek_at(e, path, 0, 0);
  }
  reasons = json_object_get(json_object_get(report, "rejects"), "by_reason");
  *out = ek_mem_zero(json_object_size(reasons) + 1, sizeof **out);
  json_object_foreach(reasons, reason, count) {
    ek_retried *r = &(*out)[(*n)++];
    snprintf(r->reason, sizeof r->reason, "%s", reason);
    r->n = json_integer_value(count) > 0 ? (uint64_t)json_integer_value(count) : 0;
  }
  json_decref(report);
  return 0;
}
