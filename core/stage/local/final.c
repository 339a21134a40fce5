/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/final.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/coldstart.h"
#include "stage/local/metrics.h"
#include "stage/local/model.h"

/* One version on its way. */
typedef struct slot {
  ek_arm_result *arm;
  const ek_categories *categories;
  char *solution, *path;
  unsigned number;
  ek_model_writer *writer;
  enum { TO_DO, BEGUN, DONE } state;
} slot;

typedef struct final {
  ek_group *group;
  const ek_events *events;
  const ek_train_request *request;
  const ek_train_result *result;
  const ek_stage_watch *watch;
  slot *slots; size_t n;
} final;

char *
ek_local_solution_name(const char *prefix, const char *arm, enum ek_recipe recipe)
{
  ek_text t = { 0 };
  ek_text_printf(&t, "%s-%s", prefix, strcmp(arm, "chain") == 0 ? ek_recipe_name(recipe) : arm);
  char *name = ek_mem_strdup(ek_text_c(&t));
  ek_text_free(&t);
  return name;
}

static char *
solution_of(const ek_train_request *q, const ek_arm_result *arm)
{
  for (size_t i = 0; i < q->n_arms; i++)
    if (q->solutions && q->solutions[i] && strcmp(q->arms[i].name, arm->name) == 0)
      return ek_mem_strdup(q->solutions[i]);
  return ek_local_solution_name(q->solution, arm->name, arm->recipe);
}

/* ---- what a version says of itself ---- */

static json_t *
hyper_json(const ek_hyper *h)
{
  return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:f, s:f}", "pair_decay", h->pair_decay, "back",
                   h->back, "nfrom", h->nfrom, "nto", h->nto, "hist_decay", h->hist_decay, "content", h->content, "pop_exp",
                   h->pop_exp, "boost", h->boost, "window", (json_int_t)h->window, "topk", (json_int_t)h->topk, "max_cats",
                   (json_int_t)h->max_cats, "min_user_history_length_percentile", h->min_history,
                   "max_user_history_length_percentile", h->max_history);
}

static json_t *
metrics_json(const ek_metrics *m)
{
  json_t *j = json_object();
  for (size_t i = 0; i < ek_n_all_metrics; i++)
    json_object_set_new(j, ek_all_metrics[i].name, json_real(ek_metric_value(&ek_all_metrics[i], m)));
  json_object_set_new(j, "test_users", json_integer((json_int_t)m->test_users));
  return j;
}

static char *
meta_of(const final *f, const slot *s)
{
  const ek_train_request *q = f->request;
  json_t *j = json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:b, s:o, s:o, s:f, s:I, s:I}", "arm", s->arm->name, "recipe",
                        ek_recipe_name(s->arm->recipe), "label_column", q->label_column ? q->label_column : "",
                        "algorithm_hyper_parameters", hyper_json(&s->arm->hyper), "folds", (json_int_t)f->result->folds,
                        "fold", (json_int_t)q->fold, "exclude_seen", f->result->excluded_seen, "metrics",
                        metrics_json(&s->arm->mean), "metrics_of_fold", metrics_json(&s->arm->fold0), "informative",
                        s->arm->informative, "categories", (json_int_t)s->arm->categories, "trials",
                        (json_int_t)s->arm->n_trials);
  if (q->event_type)
    json_object_set_new(j, "event_type", json_string(q->event_type));
  if (q->event_value_threshold > -1e300)
    json_object_set_new(j, "event_value_threshold", json_real(q->event_value_threshold));
  char *text = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));
  json_decref(j);
  return text;
}

/* ---- rows to all files of one training ---- */

typedef struct fan { slot **slots; size_t n; } fan;

static int
fan_out(void *arg, uint32_t item, const uint32_t *col, const double *weight, uint32_t n, ek_error *e)
{
  const fan *f = arg;
  for (size_t i = 0; i < f->n; i++)
    if (ek_model_row(f->slots[i]->writer, item, col, weight, n, e) < 0)
      return -1;
  return 0;
}

static int
shares_w(const slot *a, const slot *b)
{
  ek_hyper x = a->arm->hyper, y = b->arm->hyper;
  int popular = a->arm->recipe == EK_RECIPE_POPULARITY || b->arm->recipe == EK_RECIPE_POPULARITY;
  return !popular && x.pair_decay == y.pair_decay && x.back == y.back && x.nfrom == y.nfrom && x.nto == y.nto &&
         x.boost == y.boost && x.window == y.window && x.topk == y.topk && x.min_history == y.min_history &&
         x.max_history == y.max_history && (x.boost == 0 || a->categories == b->categories);
}

static int
begin(final *f, slot *s, ek_error *e)
{
  if (ek_group_new_version(f->group, s->solution, &s->number, &s->path, e) < 0)
    return -1;
  s->state = BEGUN;
  s->writer = ek_model_create(s->path, f->events, &s->arm->hyper, e);
  return s->writer ? 0 : -1;
}

static int
finish(final *f, slot *s, const ek_skc *trained, ek_error *e)
{
  ek_skc m = *trained;
  ek_text version = { 0 };
  char *meta = meta_of(f, s);
  m.categories = s->categories;
  if (s->arm->recipe == EK_RECIPE_COLDSTART) {
    uint32_t n;
    uint8_t *cold = ek_cold_items(f->events, m.count, &f->request->coldstart, f->request->now, &n);
    ek_model_candidates(s->writer, cold);
    free(cold);
  }
  ek_model_writer *w = s->writer;
  s->writer = NULL;
  int result = ek_model_finish(w, &m, ek_cstr(meta), e);
  if (result == 0)
    result = ek_group_finish_version(f->group, s->solution, s->number, ek_recipe_name(s->arm->recipe), ek_cstr(meta), e);
  free(meta);
  if (result < 0)
    return -1;
  s->state = DONE;
  ek_text_printf(&version, "%s/%u", s->solution, s->number);
  s->arm->solution_version = ek_mem_strdup(ek_text_c(&version));
  ek_text_free(&version);
  return 0;
}

/* Popularity needs no W: counting is all. */
static int
finish_popular(final *f, slot *s, ek_error *e)
{
  uint32_t *count = ek_mem_zero((size_t)f->events->items.n + 1, sizeof *count), max = 0;
  for (uint64_t i = 0; i < f->events->n; i++)
    if (++count[f->events->item[i]] > max)
      max = count[f->events->item[i]];
  ek_skc m = { .n_items = f->events->items.n, .count = count, .max_count = max, .hyper = s->arm->hyper };
  int result = finish(f, s, &m, e);
  free(count);
  return result;
}

static int
train_group(final *f, slot **members, size_t n, ek_error *e)
{
  static const ek_train_mask everybody;
  fan to = { members, n };
  for (size_t i = 0; i < n; i++)
    if (begin(f, members[i], e) < 0)
      return -1;
  if (members[0]->arm->recipe == EK_RECIPE_POPULARITY)
    return finish_popular(f, members[0], e);
  ek_skc *m = ek_skc_train(f->events, everybody, &members[0]->arm->hyper, members[0]->categories, f->request->threads,
                           fan_out, &to, f->watch, e);
  int result = m ? 0 : -1;
  for (size_t i = 0; i < n && result == 0; i++)
    result = finish(f, members[i], m, e);
  ek_skc_free(m);
  return result;
}

static int
train_all(final *f, ek_error *e)
{
  slot **members = ek_mem_zero(f->n + 1, sizeof *members);
  int result = 0;
  for (size_t i = 0; i < f->n && result == 0; i++) {
    size_t n = 0;
    if (f->slots[i].state != TO_DO)
      continue;
    members[n++] = &f->slots[i];
    for (size_t j = i + 1; j < f->n; j++)
      if (f->slots[j].state == TO_DO && shares_w(&f->slots[i], &f->slots[j]))
        members[n++] = &f->slots[j];
    result = train_group(f, members, n, e);
  }
  free(members);
  return result;
}

/* ---- the campaign ---- */

/* The last arm with labels, else base: what somebody wants who asks without a name. */
static const slot *
to_serve(const final *f)
{
  const slot *s = &f->slots[0];
  for (size_t i = 1; i < f->n; i++)
    if (f->slots[i].arm->recipe == EK_RECIPE_METADATA)
      s = &f->slots[i];
  return s;
}

/* Whoever pointed the campaign to another solution meant it. */
static int
point_campaign(final *f, ek_error *e)
{
  ek_error none = { 0 };
  const char *name = f->request->solution;
  const slot *s = to_serve(f);
  if (!ek_store_name_ok(name) || !f->n)
    return 0;
  char *served = ek_group_campaign(f->group, name, &none);
  for (size_t i = 0; served && i < f->n; i++) {
    size_t len = strlen(f->slots[i].solution);
    if (strncmp(served, f->slots[i].solution, len) == 0 && served[len] == '/')
      s = &f->slots[i];
  }
  int moved = !served || (strncmp(served, s->solution, strlen(s->solution)) == 0 && served[strlen(s->solution)] == '/');
  free(served);
  return moved ? ek_group_set_campaign(f->group, name, s->arm->solution_version, e) : 0;
}

static void
clear(final *f)
{
  for (size_t i = 0; i < f->n; i++) {
    slot *s = &f->slots[i];
    ek_error ignored;
    ek_model_abandon(s->writer);
    if (s->state == BEGUN)
      (void)ek_group_fail_version(f->group, s->solution, s->number, &ignored);
    free(s->solution);
    free(s->path);
  }
  free(f->slots);
}

int
ek_local_final_models(ek_group *g, const ek_events *events, const ek_categories *const *categories,
                      const ek_train_request *request, const ek_stage_watch *watch, ek_train_result *result, ek_error *e)
{
  final f = { .group = g, .events = events, .request = request, .result = result, .watch = watch };
  f.slots = ek_mem_zero(result->n_arms + 1, sizeof *f.slots);
  f.n = result->n_arms;
  for (size_t i = 0; i < f.n; i++)
    f.slots[i] = (slot){ .arm = &result->arms[i], .categories = categories[i],
                         .solution = solution_of(request, &result->arms[i]) };
  int status = train_all(&f, e);
  if (status == 0)
    status = point_campaign(&f, e);
  clear(&f);
  return status;
}
