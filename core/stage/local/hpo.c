/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/hpo.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/metrics.h"

#define FOLDS 10
#define KEPT_COVERAGE 0.95
#define NO_RECENCY 1e9
#define MAX_VALUES 8

/* ---- parameters ------------------------------------------------------------------- */

enum kind { REAL, WHOLE, RECENCY };

typedef struct parameter {
  const char *name;
  enum kind kind;
  size_t at;                               /* in ek_hyper                      */
  double low, high;                        /* what makes sense                 */
  double values[MAX_VALUES]; size_t n;     /* default range                    */
} parameter;

#define AT(member) offsetof(ek_hyper, member)
static const parameter parameters[] = {
  { "content", REAL, AT(content), 0, 100, { 0, 0.1, 0.2, 0.3, 0.5 }, 5 },
  { "pair_decay", REAL, AT(pair_decay), 1e-3, 1e9, { 2, 5, 10 }, 3 },
  { "back", REAL, AT(back), 0, 100, { 0, 0.1, 0.3 }, 3 },
  { "nfrom", REAL, AT(nfrom), 0, 2, { 0.3, 0.4, 0.5, 0.6, 0.7 }, 5 },
  { "nto", REAL, AT(nto), 0, 2, { 0, 0.1, 0.2 }, 3 },
  { "hist_decay", REAL, AT(hist_decay), 1e-3, 1e9, { 1, 1.5, 2, 3 }, 4 },
  { "pop_exp", REAL, AT(pop_exp), 0, 2, { 0, 0.05, 0.1 }, 3 },
  { "boost", REAL, AT(boost), 0, 100, { 0 }, 0 },
  { "window", WHOLE, AT(window), 1, 1000, { 0 }, 0 },
  { "bptt", WHOLE, AT(window), 1, 1000, { 0 }, 0 },
  { "topk", WHOLE, AT(topk), 1, 100000, { 0 }, 0 },
  { "hidden_dimension", WHOLE, AT(topk), 1, 100000, { 0 }, 0 },
  { "recency_mask", RECENCY, AT(hist_decay), 0, 1, { 0 }, 0 },
};
#define N_PARAMETERS (sizeof parameters / sizeof *parameters)

static void
set(ek_hyper *h, const parameter *p, double value, const ek_hyper *start)
{
  char *at = (char *)h + p->at;
  unsigned whole = (unsigned)value;
  if (p->kind == RECENCY) {
    double recency = start->hist_decay < NO_RECENCY ? start->hist_decay : ek_hyper_default().hist_decay;
    value = value != 0 ? recency : NO_RECENCY;
  }
  if (p->kind == WHOLE)
    memcpy(at, &whole, sizeof whole);
  else
    memcpy(at, &value, sizeof value);
}

static const parameter *
find_parameter(const char *name)
{
  for (size_t i = 0; i < N_PARAMETERS; i++)
    if (strcmp(parameters[i].name, name) == 0)
      return &parameters[i];
  return NULL;
}

size_t
ek_hpo_default_range(const char *name, const double **values)
{
  const parameter *p = find_parameter(name);
  *values = p ? p->values : NULL;
  return p ? p->n : 0;
}

static int
check_ranges(const ek_hpo_search *s, ek_error *e)
{
  char shown[128];
  for (size_t i = 0; i < s->n_ranges; i++) {
    const ek_hpo_range *r = &s->ranges[i];
    const parameter *p = find_parameter(r->name);
    if (!p) {
      ek_fail(e, EK_EXIT_REFUSED, "unknown_parameter", "no parameter '%s' to tune",
              ek_show(ek_cstr(r->name), shown, sizeof shown));
      return ek_help(e, "parameters: content, pair_decay, back, nfrom, nto, hist_decay, pop_exp, boost, window (bptt), "
                     "topk (hidden_dimension), recency_mask");
    }
    for (size_t k = 0; k < r->n; k++)
      if (!(r->values[k] >= p->low && r->values[k] <= p->high)
          || (p->kind != REAL && r->values[k] != floor(r->values[k])))
        return ek_fail(e, EK_EXIT_REFUSED, "bad_range", "%g is not a value for parameter '%s' (%s %g to %g)",
                       r->values[k], p->name, p->kind == REAL ? "a number from" : "a whole number from", p->low,
                       p->high);
  }
  if (s->objective && !ek_metric_find(s->objective)) {
    ek_fail(e, EK_EXIT_REFUSED, "unknown_metric", "no metric '%s' to tune for",
            ek_show(ek_cstr(s->objective), shown, sizeof shown));
    return ek_help(e, "metrics: precision_at_5, _10, _25, normalized_discounted_cumulative_gain_at_5, _10, _25, "
                   "mean_reciprocal_rank_at_25, coverage");
  }
  return 0;
}

/* ---- trials -------------------------------------------------------------------------- */

uint16_t
ek_hpo_folds(unsigned fold)
{
  return (uint16_t)(1u << (fold + 1) % FOLDS | 1u << (fold + 2) % FOLDS);
}

static double
objective_of(const ek_hpo_search *s, const ek_metrics *m)
{
  if (s->objective)
    return ek_metric_value(ek_metric_find(s->objective), m);
  return (m->ndcg_at_5 + m->ndcg_at_10 + m->ndcg_at_25) / 3;
}

typedef struct search {
  ek_hpo_search *out;
  double best, least_coverage;             /* objective so far; of an accepted trial */
  unsigned jobs;
  const ek_stage_watch *watch;
} search;

static int
tried(const ek_hpo_search *s, const ek_hyper *h)
{
  for (size_t i = 0; i < s->n_trials; i++) {
    const ek_hyper *t = &s->trials[i].hyper;
    if (t->pair_decay == h->pair_decay && t->back == h->back && t->nfrom == h->nfrom && t->nto == h->nto
        && t->hist_decay == h->hist_decay && t->content == h->content && t->pop_exp == h->pop_exp
        && t->boost == h->boost
        && t->window == h->window && t->topk == h->topk)
      return 1;
  }
  return 0;
}

/* 1: the best so far; 0: not; -1 and e. Does nothing once the jobs are used up. */
static int
run_trial(search *s, const parameter *p, double value, const ek_hyper *hyper, ek_error *e)
{
  ek_hpo_search *o = s->out;
  if (o->n_trials >= s->jobs || tried(o, hyper))
    return 0;
  ek_evaluated_arm arm = { .name = "trial", .categories = o->categories, .content = hyper->content };
  ek_evaluation ev = {
    .events = o->events, .hyper = *hyper, .exclude_seen = o->exclude_seen, .folds = ek_hpo_folds(o->fold),
    .left_out = (uint16_t)(1u << o->fold), .hide_items = o->hide_items, .threads = o->threads, .text = o->text,
    .share = o->share + o->span * (double)o->n_trials / s->jobs, .span = o->span / s->jobs, .arms = &arm, .n_arms = 1,
  };
  int r = ek_evaluate(&ev, s->watch, e);
  ek_evaluated_arm_clear(&arm);
  if (r < 0)
    return -1;
  ek_hpo_trial t = { .value = value, .hyper = *hyper, .objective = objective_of(o, &arm.mean),
                     .coverage_at_25 = arm.mean.coverage_at_25 };
  snprintf(t.parameter, sizeof t.parameter, "%s", p->name);
  if (!o->n_trials)
    s->least_coverage = KEPT_COVERAGE * t.coverage_at_25;
  t.accepted = t.coverage_at_25 >= s->least_coverage && (!o->n_trials || t.objective > s->best);
  if (t.accepted) {
    s->best = t.objective;
    o->best = *hyper;
  }
  o->trials = ek_mem_grow(o->trials, &o->cap_trials, o->n_trials + 1, sizeof *o->trials);
  o->trials[o->n_trials++] = t;
  return t.accepted;
}

/* All values of one parameter, the others as in the best trial before. 1: something better. */
static int
sweep(search *s, const parameter *p, ek_error *e)
{
  const ek_hpo_search *o = s->out;
  const double *values = p->values;
  size_t n = p->n;
  ek_hyper from = o->best;
  int better = 0;
  for (size_t i = 0; i < o->n_ranges; i++)
    if (strcmp(o->ranges[i].name, p->name) == 0) {
      values = o->ranges[i].values;
      n = o->ranges[i].n;
    }
  if (strcmp(p->name, "pop_exp") == 0 && from.content == 0)
    return 0;                              /* it weighs the content alone      */
  for (size_t k = 0; k < n; k++) {
    ek_hyper h = from;
    set(&h, p, values[k], &o->start);
    int r = run_trial(s, p, values[k], &h, e);
    if (r < 0)
      return -1;
    better |= r;
  }
  return better;
}

int
ek_hpo_run(ek_hpo_search *o, const ek_stage_watch *watch, ek_error *e)
{
  search s = { .out = o, .jobs = o->jobs && o->jobs < EK_HPO_JOBS ? o->jobs : EK_HPO_JOBS, .watch = watch };
  const parameter *content = find_parameter("content");
  ek_hyper base = o->start;
  int better = 1;
  o->n_trials = 0;
  o->best = o->start;
  if (check_ranges(o, e) < 0)
    return -1;
  base.content = 0;
  if (run_trial(&s, content, 0, &base, e) < 0 || run_trial(&s, content, o->start.content, &o->start, e) < 0)
    return -1;
  if (s.jobs == 1)
    o->best = o->start;                    /* one trial alone is no choice     */
  while (better && o->n_trials < s.jobs) {
    better = 0;
    for (size_t i = 0; i < N_PARAMETERS; i++) {
      int r = sweep(&s, &parameters[i], e);
      if (r < 0)
        return -1;
      better |= r;
    }
  }
  return 0;
}
