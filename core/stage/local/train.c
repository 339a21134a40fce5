/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/train.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/coldstart.h"
#include "stage/local/hpo.h"
#include "stage/local/metrics.h"

#define FOLDS 10
#define ALL_FOLDS ((1u << FOLDS) - 1)

/* One arm on its way: what it is, and where its numbers go. */
typedef struct arm {
  const ek_categories *categories;
  ek_arm_result *result;
  int tuned, compared;
} arm;

/* Arms that share W: the same parameters but for content, the same protocol. The last of
 * the evaluated is base as a twin at these parameters, unless base itself is among them. */
typedef struct group {
  ek_hyper hyper;
  int hide_items, tuned;
  size_t *members, n;                      /* numbers of arms                  */
  ek_evaluated_arm *evaluated; size_t n_evaluated;
  size_t base;                             /* of the evaluated: what to compare with */
} group;

typedef struct training {
  const ek_events *events;
  const ek_train_request *request;
  const ek_stage_watch *watch;
  ek_train_result *result;
  ek_error *error;
  arm *arms; size_t n_arms;
  group *groups; size_t n_groups;
  uint16_t folds;
  double done, all;                        /* for the progress: folds evaluated */
  ek_text text;
} training;

static void
warn(training *t, const char *fmt, ...)
{
  ek_text text = { 0 };
  va_list ap;
  va_start(ap, fmt);
  ek_text_vprintf(&text, fmt, ap);
  va_end(ap);
  ek_train_result *r = t->result;
  r->warnings = ek_mem_resize(r->warnings, (r->n_warnings + 1) * sizeof *r->warnings);
  r->warnings[r->n_warnings++] = ek_mem_strdup(ek_text_c(&text));
  ek_text_free(&text);
}

/* ---- the arms ------------------------------------------------------------------------ */

static void
add_arm(training *t, const char *name, enum ek_recipe recipe, const ek_categories *categories, int compared)
{
  ek_arm_result *r = &t->result->arms[t->n_arms];
  *r = (ek_arm_result){ .name = ek_mem_strdup(name), .recipe = recipe, .hyper = t->request->hyper };
  if (recipe == EK_RECIPE_BASE || recipe == EK_RECIPE_POPULARITY)
    r->hyper.content = 0;
  else if (categories) {
    r->informative_items = categories->informative;
    r->informative = (double)categories->informative / t->events->items.n;
    r->categories = categories->n;
  }
  t->arms[t->n_arms++] = (arm){ recipe == EK_RECIPE_BASE ? NULL : categories, r, 0, compared };
  t->result->n_arms = t->n_arms;
}

static void
line_up_arms(training *t, const ek_categories *const *categories)
{
  const ek_train_request *q = t->request;
  size_t base = q->n_arms, yardsticks = 0;
  t->result->arms = ek_mem_zero(q->n_arms + 2, sizeof *t->result->arms);
  t->arms = ek_mem_zero(q->n_arms + 2, sizeof *t->arms);
  for (size_t a = q->n_arms; a-- > 0; ) {
    if (q->arms[a].recipe == EK_RECIPE_BASE)
      base = a;
    yardsticks += q->arms[a].recipe == EK_RECIPE_POPULARITY;
  }
  add_arm(t, base < q->n_arms ? q->arms[base].name : "base", EK_RECIPE_BASE, NULL, 0);
  for (size_t a = 0; a < q->n_arms; a++)
    if (a != base)
      add_arm(t, q->arms[a].name, q->arms[a].recipe, categories[a], 1);
  if (!yardsticks)
    add_arm(t, "popularity", EK_RECIPE_POPULARITY, NULL, 0);
}

static void
warn_of_labels(training *t)
{
  for (size_t a = 0; a < t->n_arms; a++) {
    const ek_arm_result *r = t->arms[a].result;
    if (r->recipe != EK_RECIPE_METADATA && r->recipe != EK_RECIPE_COLDSTART)
      continue;
    if (!r->informative_items)
      warn(t, "arm '%s': no item has an informative category (none at all, or the same on nine items of ten): "
           "it cannot differ from base", r->name);
    else if (r->informative < 0.1)
      warn(t, "arm '%s': only %llu of %u items have an informative category: hardly any effect can show", r->name,
           (unsigned long long)r->informative_items, t->events->items.n);
  }
}

static void
warn_of_few_cold(training *t)
{
  uint32_t *count = ek_mem_zero((size_t)t->events->items.n + 1, sizeof *count), n;
  for (uint64_t k = 0; k < t->events->n; k++)
    count[t->events->item[k]]++;
  free(ek_cold_items(t->events, count, &t->request->coldstart, t->request->now, &n));
  free(count);
  for (size_t a = 0; a < t->n_arms; a++)
    if (t->arms[a].result->recipe == EK_RECIPE_COLDSTART && n < EK_COLD_FEW)
      warn(t, "arm '%s': %u items are cold by cold_start_max_interactions and cold_start_max_duration; "
           "Amazon Personalize asks for %d at least", t->arms[a].result->name, n, EK_COLD_FEW);
}

/* ---- tuning ------------------------------------------------------------------------------ */

static int
is_tuned(const training *t, size_t a)
{
  enum ek_recipe recipe = t->arms[a].result->recipe;
  return t->request->hpo && recipe != EK_RECIPE_BASE && recipe != EK_RECIPE_POPULARITY;
}

static const char *
progress_text(training *t, const char *what)
{
  ek_text_clear(&t->text);
  for (size_t a = 0; a < t->n_arms; a++)
    ek_text_printf(&t->text, "%s%s", a ? ", " : "", t->arms[a].result->name);
  ek_text_printf(&t->text, "  %s", what);
  return ek_text_c(&t->text);
}

static int
tune(training *t, size_t a)
{
  const ek_train_request *q = t->request;
  ek_arm_result *r = t->arms[a].result;
  char what[80];
  snprintf(what, sizeof what, "tuning %.60s", r->name);
  ek_hpo_search s = {
    .events = t->events, .categories = t->arms[a].categories, .start = q->hyper, .fold = q->fold,
    .exclude_seen = t->result->excluded_seen, .hide_items = r->recipe == EK_RECIPE_COLDSTART, .jobs = q->hpo_jobs,
    .ranges = q->ranges, .n_ranges = q->n_ranges, .objective = q->objective, .threads = q->threads,
    .text = progress_text(t, what), .share = t->done / t->all, .span = 2.0 * EK_HPO_JOBS / t->all,
  };
  int failed = ek_hpo_run(&s, t->watch, t->error) < 0;
  t->done += 2.0 * EK_HPO_JOBS;
  if (failed && strcmp(t->error->code, "no_test_users") != 0) {
    free(s.trials);
    return -1;
  }
  r->trials = s.trials;
  r->n_trials = s.n_trials;
  if (failed) {
    warn(t, "arm '%s' was not tuned: %s", r->name, t->error->message);
    *t->error = (ek_error){ 0 };
    return 0;
  }
  r->hyper = s.best;
  t->arms[a].tuned = 1;
  warn(t, "arm '%s' was tuned (%zu trials)%s: it is compared with base at the same parameters, on folds it was not "
       "tuned on", r->name, r->n_trials, r->hyper.content == 0 ? ", and best without labels" : "");
  return 0;
}

/* ---- groups ------------------------------------------------------------------------------- */

static int
shares_w(const ek_hyper *a, const ek_hyper *b)
{
  return a->pair_decay == b->pair_decay && a->back == b->back && a->nfrom == b->nfrom && a->nto == b->nto
    && a->hist_decay == b->hist_decay && a->pop_exp == b->pop_exp && a->boost == b->boost && a->window == b->window
    && a->topk == b->topk && a->min_history == b->min_history && a->max_history == b->max_history;
}

static group *
group_of(training *t, size_t a)
{
  const ek_arm_result *r = t->arms[a].result;
  int hide = r->recipe == EK_RECIPE_COLDSTART;
  for (size_t g = 0; g < t->n_groups; g++)
    if (t->groups[g].hide_items == hide && t->groups[g].tuned == t->arms[a].tuned
        && shares_w(&t->groups[g].hyper, &r->hyper))
      return &t->groups[g];
  group *g = &t->groups[t->n_groups++];
  *g = (group){ .hyper = r->hyper, .hide_items = hide, .tuned = t->arms[a].tuned,
                .members = ek_mem_zero(t->n_arms, sizeof *g->members),
                .evaluated = ek_mem_zero(t->n_arms + 1, sizeof *g->evaluated) };
  return g;
}

static void
form_groups(training *t)
{
  t->groups = ek_mem_zero(t->n_arms, sizeof *t->groups);
  for (size_t a = 0; a < t->n_arms; a++) {
    group *g = group_of(t, a);
    const ek_arm_result *r = t->arms[a].result;
    g->members[g->n] = a;
    g->evaluated[g->n++] = (ek_evaluated_arm){ .name = r->name, .categories = t->arms[a].categories,
                                               .content = r->hyper.content,
                                               .popularity = r->recipe == EK_RECIPE_POPULARITY };
  }
  for (size_t k = 0; k < t->n_groups; k++) {
    group *g = &t->groups[k];
    g->n_evaluated = g->n;
    if (g->members[0] != 0) {              /* base itself is arm 0, so the first of its group */
      g->base = g->n;
      g->evaluated[g->n_evaluated++] = (ek_evaluated_arm){ .name = t->arms[0].result->name };
    }
  }
}

/* ---- evaluation ---------------------------------------------------------------------------- */

/* 0, 1: no user can be tested; -1 and the error. */
static int
evaluate(training *t, const group *g, const ek_hyper *hyper, uint16_t folds, ek_evaluated_arm *arms, size_t n,
         const char *text)
{
  double work = __builtin_popcount(folds);
  ek_evaluation ev = {
    .events = t->events, .hyper = *hyper, .exclude_seen = t->result->excluded_seen, .folds = folds,
    .hide_items = g->hide_items, .threads = t->request->threads, .text = text, .share = t->done / t->all,
    .span = work / t->all, .arms = arms, .n_arms = n,
  };
  int r = ek_evaluate(&ev, t->watch, t->error);
  t->done += work;
  if (r < 0 && strcmp(t->error->code, "no_test_users") == 0)
    return 1;
  return r;
}

static int
evaluate_groups(training *t)
{
  char what[32];
  snprintf(what, sizeof what, t->result->folds == 1 ? "%u fold" : "%u folds", t->result->folds);
  const char *text = progress_text(t, what);
  for (size_t k = 0; k < t->n_groups; k++) {
    group *g = &t->groups[k];
    int r = evaluate(t, g, &g->hyper, t->folds, g->evaluated, g->n_evaluated, text);
    if (r < 0)
      return -1;
    if (r > 0) {
      warn(t, "arm '%s' has no metrics: %s", g->evaluated[0].name, t->error->message);
      *t->error = (ek_error){ 0 };
    }
    for (size_t m = 0; m < g->n; m++) {
      t->arms[g->members[m]].result->fold0 = g->evaluated[m].fold[t->request->fold];
      t->arms[g->members[m]].result->mean = g->evaluated[m].mean;
    }
  }
  return 0;
}

static void
add_dial_point(ek_arm_result *r, size_t n, double nto, const ek_metrics *m)
{
  if (!r->dial)
    r->dial = ek_mem_zero(n, sizeof *r->dial);
  r->dial[r->n_dial++] = (ek_dial_point){ nto, m->coverage_at_5, m->coverage_at_25, m->ndcg_at_25 };
}

/* nto turned through the dial on one fold; where it stands already, nothing is done anew. */
static int
turn_dial(training *t, group *g, const char *text)
{
  const ek_train_request *q = t->request;
  ek_evaluated_arm *arms = ek_mem_zero(g->n, sizeof *arms);
  int r = 0;
  for (size_t m = 0; m < g->n; m++)
    arms[m] = (ek_evaluated_arm){ .name = g->evaluated[m].name, .categories = g->evaluated[m].categories,
                                  .content = g->evaluated[m].content, .popularity = g->evaluated[m].popularity };
  for (size_t d = 0; d < q->n_dial && r == 0; d++) {
    ek_hyper hyper = g->hyper;
    int stands = q->dial[d] == hyper.nto;
    hyper.nto = q->dial[d];
    if (!stands)
      r = evaluate(t, g, &hyper, (uint16_t)(1u << q->fold), arms, g->n, text);
    else
      t->done++;
    for (size_t m = 0; m < g->n && r == 0; m++)
      if (!arms[m].popularity)
        add_dial_point(t->arms[g->members[m]].result, q->n_dial, q->dial[d],
                       stands ? &g->evaluated[m].fold[q->fold] : &arms[m].fold[q->fold]);
  }
  for (size_t m = 0; m < g->n; m++)
    ek_evaluated_arm_clear(&arms[m]);
  free(arms);
  return r < 0 ? -1 : 0;
}

static int
turn_dials(training *t)
{
  const char *text = progress_text(t, "coverage");
  for (size_t g = 0; g < t->n_groups; g++)
    if (t->groups[g].evaluated[0].fold[t->request->fold].test_users && turn_dial(t, &t->groups[g], text) < 0)
      return -1;
  return 0;
}

/* ---- comparison ------------------------------------------------------------------------------ */

/* The users outside the folds that the arm was tuned on. Returns how many there are. */
static size_t
users_outside(const training *t, const ek_evaluated_arm *from, uint16_t out, ek_user_metrics *to)
{
  size_t n = 0;
  for (size_t i = 0; i < from->n_users; i++)
    if (!(out >> ek_fold_of(ek_id(&t->events->users, from->users[i].user)) & 1))
      to[n++] = from->users[i];
  return n;
}

static double
mean_of(const float *values, size_t stride, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (double)values[i * stride];
  return n ? sum / (double)n : 0;
}

static const char *
verdict_of(const ek_bootstrap_pair *p)
{
  return p->low > 0 ? "better" : p->high < 0 ? "worse" : "no difference";
}

/* All metrics of all compared arms of a group, on the same resamples. */
static int
compare_group(training *t, group *g, ek_user_metrics **users, size_t n_users, uint16_t folds)
{
  size_t cap = g->n * ek_n_all_metrics, n = 0;
  ek_bootstrap_pair *pairs = ek_mem_zero(cap + 1, sizeof *pairs);
  ek_comparison *rows = ek_mem_zero(cap + 1, sizeof *rows);
  for (size_t m = 0; m < g->n; m++) {
    if (!t->arms[g->members[m]].compared)
      continue;
    for (size_t i = 0; i < ek_n_all_metrics; i++) {
      const ek_metric *metric = &ek_all_metrics[i];
      if (!metric->compared)
        continue;
      pairs[n] = (ek_bootstrap_pair){ .base = ek_metric_of_users(metric, users[g->base]),
                                      .arm = ek_metric_of_users(metric, users[m]), .stride = EK_USER_STRIDE };
      rows[n] = (ek_comparison){ .against = t->arms[0].result->name, .arm = t->arms[g->members[m]].result->name,
                                 .metric = metric->name, .users = n_users, .folds = (unsigned)__builtin_popcount(folds),
                                 .base = mean_of(pairs[n].base, EK_USER_STRIDE, n_users) };
      n++;
    }
  }
  int r = ek_bootstrap_pairs(pairs, n, n_users, t->request->threads, t->watch, t->error);
  ek_train_result *out = t->result;
  out->comparisons = ek_mem_resize(out->comparisons, (out->n_comparisons + n + 1) * sizeof *out->comparisons);
  for (size_t i = 0; i < n && r == 0; i++) {
    rows[i].difference = pairs[i].difference;
    rows[i].low = pairs[i].low;
    rows[i].high = pairs[i].high;
    rows[i].p = pairs[i].p;
    rows[i].verdict = verdict_of(&pairs[i]);
    out->comparisons[out->n_comparisons++] = rows[i];
  }
  free(pairs);
  free(rows);
  return r;
}

static int
compare_groups(training *t)
{
  for (size_t k = 0; k < t->n_groups; k++) {
    group *g = &t->groups[k];
    uint16_t out = g->tuned ? (uint16_t)(ek_hpo_folds(t->request->fold) & t->folds) : 0;
    ek_user_metrics **users = ek_mem_zero(g->n_evaluated, sizeof *users);
    size_t n_users = 0;
    for (size_t a = 0; a < g->n_evaluated; a++) {
      users[a] = ek_mem_alloc((g->evaluated[a].n_users + 1) * sizeof **users);
      n_users = users_outside(t, &g->evaluated[a], out, users[a]);
    }
    int r = n_users ? compare_group(t, g, users, n_users, (uint16_t)(t->folds & ~out)) : 0;
    for (size_t a = 0; a < g->n_evaluated; a++)
      free(users[a]);
    free(users);
    if (r < 0)
      return -1;
  }
  return 0;
}

/* What each user got, for whoever wants to compare another run with this one. */
static int
give_users(training *t, size_t a)
{
  const ek_train_request *q = t->request;
  for (size_t k = 0; k < t->n_groups; k++)
    for (size_t m = 0; m < t->groups[k].n; m++) {
      const ek_evaluated_arm *from = &t->groups[k].evaluated[m];
      if (t->groups[k].members[m] != a)
        continue;
      for (size_t i = 0; i < from->n_users; i++) {
        const ek_user_metrics *u = &from->users[i];
        ek_str id = ek_id(&t->events->users, u->user);
        ek_user_result r = { .user = id, .fold = ek_fold_of(id), .precision_at_5 = u->precision_at_5,
                             .precision_at_10 = u->precision_at_10, .precision_at_25 = u->precision_at_25,
                             .ndcg_at_5 = u->ndcg_at_5, .ndcg_at_10 = u->ndcg_at_10, .ndcg_at_25 = u->ndcg_at_25,
                             .mrr_at_25 = u->mrr_at_25 };
        if (q->user(q->user_arg, t->arms[a].result->name, &r, t->error) < 0)
          return -1;
      }
    }
  return 0;
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static uint16_t
test_folds(const ek_train_request *q)
{
  unsigned folds = 0, n = q->folds < 1 ? 1 : q->folds > FOLDS ? FOLDS : q->folds;
  for (unsigned i = 0; i < n; i++)
    folds |= 1u << (q->fold + i) % FOLDS;
  return (uint16_t)(folds & ALL_FOLDS);
}

static int
check_request(const ek_train_request *q, ek_error *e)
{
  if (q->fold < FOLDS)
    return 0;
  return ek_fail(e, EK_EXIT_REFUSED, "bad_fold", "there is no fold %u: users fall into folds 0 to %d", q->fold,
                 FOLDS - 1);
}

static int
run(training *t)
{
  for (size_t a = 0; a < t->n_arms; a++)
    if (is_tuned(t, a) && tune(t, a) < 0)
      return -1;
  form_groups(t);
  t->all = t->done + (double)t->n_groups * (t->result->folds + (double)t->request->n_dial);
  if (evaluate_groups(t) < 0 || turn_dials(t) < 0)
    return -1;
  if (compare_groups(t) < 0)
    return -1;
  for (size_t a = 0; a < t->n_arms && t->request->user; a++)
    if (give_users(t, a) < 0)
      return -1;
  return 0;
}

int
ek_local_train_arms(const ek_events *events, const ek_categories *const *arm_categories, const ek_train_request *q,
                    const ek_stage_watch *watch, ek_train_result *result, ek_error *e)
{
  ek_error own = { 0 };
  training t = { .events = events, .request = q, .watch = watch, .result = result, .error = e ? e : &own };
  *result = (ek_train_result){ 0 };
  *t.error = (ek_error){ 0 };
  if (check_request(q, t.error) < 0)
    return -1;
  t.folds = test_folds(q);
  result->folds = (unsigned)__builtin_popcount(t.folds);
  result->facts = events->facts;
  result->excluded_seen = q->exclude_seen < 0 ? !ek_events_repeat(events) : q->exclude_seen != 0;
  line_up_arms(&t, arm_categories);
  warn_of_labels(&t);
  warn_of_few_cold(&t);
  for (size_t a = 0; a < t.n_arms; a++)
    t.all += is_tuned(&t, a) ? 2.0 * EK_HPO_JOBS + result->folds + (double)q->n_dial : 0;
  t.all += result->folds + (double)q->n_dial;
  int r = run(&t);
  for (size_t g = 0; g < t.n_groups; g++) {
    for (size_t a = 0; a < t.groups[g].n_evaluated; a++)
      ek_evaluated_arm_clear(&t.groups[g].evaluated[a]);
    free(t.groups[g].members);
    free(t.groups[g].evaluated);
  }
  free(t.groups);
  free(t.arms);
  ek_text_free(&t.text);
  return r;
}
