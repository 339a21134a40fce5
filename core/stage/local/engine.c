/* SPDX-License-Identifier: BSD-3-Clause */
/* The local engine: imports, trains and describes on this machine.           */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/describe.h"
#include "stage/local/final.h"
#include "stage/local/import.h"
#include "stage/local/train.h"

/* Labels by where they come from: arms often share them. */
typedef struct labels { const char *path; ek_categories *categories; } labels;

typedef struct work {
  ek_group *group;
  ek_events *events;
  labels *labels; size_t n_labels;
  const ek_categories **of_arm;              /* of the request                   */
  const ek_categories **of_result;
  char *verified;                            /* folder of a run                  */
} work;

static int
needs_labels(enum ek_recipe recipe)
{
  return recipe == EK_RECIPE_METADATA || recipe == EK_RECIPE_COLDSTART;
}

static int
same_path(const char *a, const char *b)
{
  return a == b || (a && b && strcmp(a, b) == 0);
}

static int
load_labels(work *w, const ek_train_request *q, const char *path, const ek_categories **out, ek_error *e)
{
  for (size_t i = 0; i < w->n_labels; i++)
    if (same_path(w->labels[i].path, path)) {
      *out = w->labels[i].categories;
      return 0;
    }
  if (path && ek_import_check_set(path, &w->verified, e) < 0)
    return -1;
  ek_categories *c = path ? ek_csv_categories(path, w->events, q->label_column, q->hyper.max_cats, e)
                          : ek_group_categories(w->group, w->events, q->label_column, q->hyper.max_cats, e);
  if (!c)
    return -1;
  w->labels[w->n_labels++] = (labels){ path, c };
  *out = c;
  return 0;
}

static int
load(work *w, const ek_train_request *q, ek_error *e)
{
  w->labels = ek_mem_zero(q->n_arms + 1, sizeof *w->labels);
  w->of_arm = ek_mem_zero(q->n_arms + 1, sizeof *w->of_arm);
  w->group = ek_group_open(q->store, q->dataset_group, EK_GROUP_WRITE, e);
  if (!w->group)
    return -1;
  w->events = ek_group_events(w->group, q->event_type, q->event_value_threshold, e);
  if (!w->events)
    return -1;
  for (size_t i = 0; i < q->n_arms; i++)
    if (needs_labels(q->arms[i].recipe) && load_labels(w, q, q->arms[i].labels, &w->of_arm[i], e) < 0)
      return -1;
  return 0;
}

/* The result has base first and a yardstick last; the rest it takes from the request. */
static void
match_arms(work *w, const ek_train_request *q, const ek_train_result *r)
{
  w->of_result = ek_mem_zero(r->n_arms + 1, sizeof *w->of_result);
  for (size_t i = 0; i < r->n_arms; i++)
    for (size_t k = 0; k < q->n_arms; k++)
      if (strcmp(r->arms[i].name, q->arms[k].name) == 0)
        w->of_result[i] = w->of_arm[k];
}

static void
clear(work *w)
{
  for (size_t i = 0; i < w->n_labels; i++)
    ek_categories_free(w->labels[i].categories);
  ek_events_free(w->events);
  ek_group_close(w->group);
  free(w->labels);
  free(w->of_arm);
  free(w->of_result);
  free(w->verified);
}

static int
check_request(const ek_train_request *q, ek_error *e)
{
  char *name = ek_local_solution_name(q->solution, "popularity", EK_RECIPE_POPULARITY);
  int good = ek_store_name_ok(name);
  char shown[128];
  free(name);
  for (size_t i = 0; i < q->n_arms && good; i++) {
    name = q->solutions && q->solutions[i] ? ek_mem_strdup(q->solutions[i])
                               : ek_local_solution_name(q->solution, q->arms[i].name, q->arms[i].recipe);
    good = ek_store_name_ok(name);
    free(name);
  }
  if (good)
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "bad_name", "'%s' and an arm's name make no name of a solution",
          ek_show(ek_cstr(q->solution), shown, sizeof shown));
  return ek_help(e, "letters, digits, '-' and '_', at most 63 of them with the name of the arm (train.solution, name)");
}

static int
train(const ek_train_request *q, const ek_stage_watch *watch, ek_train_result *out, ek_error *e)
{
  static const ek_stage_watch nobody;
  work w = { 0 };
  if (!watch)
    watch = &nobody;
  *out = (ek_train_result){ 0 };
  int result = check_request(q, e);
  if (result == 0)
    result = load(&w, q, e);
  if (result == 0)
    result = ek_local_train_arms(w.events, w.of_arm, q, watch, out, e);
  if (result == 0) {
    match_arms(&w, q, out);
    result = ek_local_final_models(w.group, w.events, w.of_result, q, watch, out, e);
  }
  clear(&w);
  return result;
}

const ek_engine_of_stages ek_local_engine = {
  .name = "local", .import = ek_local_import, .train = train, .describe = ek_local_describe, .deploy = NULL, .describe_account = NULL
};
