/* SPDX-License-Identifier: BSD-3-Clause */
/* The local engine's hyperparameters: names that stand for another, and the ranges of a search. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "config/check.h"
#include "config/value.h"

#define CONFIG "train.solution_config."
#define PARAMETERS CONFIG "algorithm_hyper_parameters."
#define ALIKE 1e9                  /* hist_decay under which all of a history counts alike */
#define TRIES 5u                   /* values tried of a range                     */

const char *const ek_range_names[EK_RANGE_KINDS] = { "integer", "continuous", "categorical" };

/* ---- hyperparameters ------------------------------------------------------------- */

static const ek_key *
hyper_row(const char *name)
{
  char path[160];
  if (strpbrk(name, ".[]*") || (size_t)snprintf(path, sizeof path, PARAMETERS "%s", name) >= sizeof path)
    return NULL;
  return ek_keys_find(path);
}

/* What a row stands for: window for bptt, hist_decay for recency_mask. */
static const char *
stands_for(const ek_key *k)
{
  return k->type == EK_KEY_SAME ? k->choices : k->type == EK_KEY_RECENCY ? "hist_decay" : k->path + strlen(PARAMETERS);
}

void
ek_make_same(ek_check *c, const ek_key *k, const ek_node *n)
{
  ek_check_store(c, hyper_row(k->choices), n, c->s);
}

void
ek_make_recency(ek_check *c, const ek_node *n)
{
  int mask = 1;
  if (!ek_value_bool(n->text, &mask))
    ek_check_wrong(c, n, NULL, "it is true or false");
  else if (!mask)
    c->s->train.hyper.hist_decay = ALIKE;
}

/* Two names of one parameter, both written. */
static void
check_said_twice(ek_check *c, const ek_key *k)
{
  char path[160];
  const char *name = k->path + strlen(PARAMETERS), *other = stands_for(k);
  snprintf(path, sizeof path, PARAMETERS "%s", other);
  const ek_node *mine = ek_check_find(c, k->path), *theirs = ek_check_find(c, path);
  if (mine && theirs)
    ek_check_error(c, &mine->key_place, "said_twice", "keep one of them", "'%s' and '%s' are the same parameter", name,
                   other);
}

void
ek_check_hyper(ek_check *c)
{
  for (size_t i = 0; i < ek_keys_n; i++) {
    const ek_key *k = &ek_keys[i];
    if (strncmp(k->path, PARAMETERS, strlen(PARAMETERS)) != 0)
      continue;
    const ek_node *n = ek_check_find(c, k->path);
    if (k->type == EK_KEY_SAME || k->type == EK_KEY_RECENCY)
      check_said_twice(c, k);
    if (n && !ek_recipes_have(c->s, stands_for(k)))
      ek_check_error(c, &n->key_place, "bad_value", "'enrichkit describe recipe' tells what each recipe has",
                     "recipe '%s' has no '%s'", c->s->train.recipe, n->key);
  }
}

/* ---- ranges of the search ------------------------------------------------------------ */

static int
refuse_try(ek_check *c, const ek_place *p, const char *name, double v, const ek_key *k)
{
  ek_check_error(c, p, "bad_value", NULL, "'%s' of '%s' is %.10g; '%s' goes from %.10g to %.10g", ek_text_c(&c->path),
                 name, v, name,
                 k->min, k->max);
  return -1;
}

static void
add_try(ek_range_settings *r, double v)
{
  if (!r->n_tries || r->tries[r->n_tries - 1] != v)
    r->tries[r->n_tries++] = v;
}

/* Ends and what lies evenly between them: a search over a grid has no use for more. */
static void
spread(ek_check *c, ek_range_settings *r, const ek_key *k, double min, double max)
{
  if (min > max) {
    ek_check_error(c, &r->place, "bad_value", "swap them", "the range of '%s': min_value is greater than max_value",
                   r->name);
    return;
  }
  if (min < k->min || max > k->max) {
    refuse_try(c, &r->place, r->name, min < k->min ? min : max, k);
    return;
  }
  r->tries = ek_mem_zero(TRIES, sizeof *r->tries);
  for (unsigned i = 0; i < TRIES; i++) {
    double v = min + (max - min) * i / (TRIES - 1);
    add_try(r, k->type == EK_KEY_INT ? floor(v + 0.5) : v);
  }
}

static void
take_values(ek_check *c, ek_range_settings *r, const ek_key *k, const ek_key *target)
{
  r->tries = ek_mem_zero(r->n_values ? r->n_values : 1, sizeof *r->tries);
  for (size_t i = 0; i < r->n_values; i++) {
    char shown[160];
    double v = 0;
    int64_t whole;
    int mask = 1, fit;
    if (k->type == EK_KEY_RECENCY) {
      fit = ek_value_bool(r->values[i], &mask);
      v = mask ? strtod(target->def, NULL) : ALIKE;
    } else if (target->type == EK_KEY_INT) {
      fit = ek_value_int(r->values[i], &whole);
      v = fit ? (double)whole : 0;
    } else
      fit = ek_value_float(r->values[i], &v);
    if (!fit)
      ek_check_error(c, &r->place, "bad_value", NULL, "'%s' is no value of '%s'",
                     ek_show(ek_cstr(r->values[i]), shown, sizeof shown), r->name);
    else if (v < target->min || v > target->max)
      refuse_try(c, &r->place, r->name, v, target);
    else
      add_try(r, v);
  }
}

/* Of the service: it knows its parameters. */
static void
check_range(ek_check *c, const ek_range_settings *r, enum ek_range_kind kind)
{
  if ((kind == EK_RANGE_INTEGER && r->int_min > r->int_max) || (kind == EK_RANGE_CONTINUOUS && r->min > r->max))
    ek_check_error(c, &r->place, "bad_value", "swap them", "the range of '%s': min_value is greater than max_value", r->name);
}

static void
resolve_range(ek_check *c, ek_range_settings *r, enum ek_range_kind kind)
{
  char shown[160];
  const ek_key *k = hyper_row(r->name), *target = k ? hyper_row(stands_for(k)) : NULL;
  if (!target) {
    ek_check_error(c, &r->place, "bad_value", "'enrichkit describe recipe' tells what there is",
                   "there is no hyperparameter '%s'", ek_show(ek_cstr(r->name), shown, sizeof shown));
    return;
  }
  r->hyper = stands_for(k);
  if (kind == EK_RANGE_CATEGORICAL)
    take_values(c, r, k, target);
  else if (k->type == EK_KEY_RECENCY || (target->type == EK_KEY_INT) != (kind == EK_RANGE_INTEGER))
    ek_check_error(c, &r->place, "bad_value", NULL, "'%s' is %s: its range stands under '%s'", r->name,
                   k->type == EK_KEY_RECENCY ? "true or false" : target->type == EK_KEY_INT ? "a whole number" : "a number",
                   k->type == EK_KEY_RECENCY ? "categorical" : target->type == EK_KEY_INT ? "integer" : "continuous");
  else
    spread(c, r, target, kind == EK_RANGE_INTEGER ? (double)r->int_min : r->min,
           kind == EK_RANGE_INTEGER ? (double)r->int_max : r->max);
}

void
ek_make_values(ek_check *c, const ek_node *list, ek_range_settings *r)
{
  size_t i = 0;
  if (!ek_check_kind(c, list, EK_NODE_LIST, "it is a list of values"))
    return;
  if (!list->n)
    ek_check_wrong(c, list, NULL, "it needs at least one value");
  r->values = ek_mem_zero(list->n + 1, sizeof *r->values);
  for (const ek_node *n = list->first; n; n = n->next, i++) {
    size_t before = ek_check_enter_element(c, i, NULL);
    if (ek_check_scalar(c, n))
      r->values[r->n_values++] = ek_mem_strdup(n->text);
    ek_check_leave(c, before);
  }
}

void
ek_make_ranges(ek_check *c, const ek_node *list, enum ek_range_kind kind)
{
  static const char *const needs[][4] = {
    { "name", "min_value", "max_value", NULL }, { "name", "min_value", "max_value", NULL }, { "name", "values", NULL }
  };
  char pattern[160];
  size_t i = 0;
  if (!ek_check_kind(c, list, EK_NODE_LIST, "it is a list of ranges"))
    return;
  snprintf(pattern, sizeof pattern, CONFIG "hpo_config.algorithm_hyper_parameter_ranges.%s[]", ek_range_names[kind]);
  c->s->train.hpo.ranges[kind] = ek_mem_zero(list->n ? list->n : 1, sizeof(ek_range_settings));
  for (const ek_node *n = list->first; n; n = n->next, i++) {
    size_t before = ek_check_enter_element(c, i, NULL), errors = c->f->errors;
    if (ek_check_kind(c, n, EK_NODE_MAP, "a range is a map: {name: content, min_value: 0, max_value: 0.5}")) {
      ek_range_settings *r = &c->s->train.hpo.ranges[kind][c->s->train.hpo.n_ranges[kind]++];
      r->place = n->place;
      ek_check_map(c, n, pattern, r);
      for (const char *const *need = needs[kind]; *need; need++) {
        const ek_node *there = ek_node_get(n, *need);
        if (!there || ek_node_null(there))
          ek_check_error(c, &n->place, "missing_key", NULL, "a range of '%s' has no '%s'", ek_range_names[kind], *need);
      }
      if (c->f->errors == errors && ek_check_cloud(c))
        check_range(c, r, kind);
      else if (c->f->errors == errors)
        resolve_range(c, r, kind);
    }
    ek_check_leave(c, before);
  }
}
