/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/evaluate.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/coldstart.h"
#include "stage/local/rows.h"
#include "stage/local/share.h"

#define FOLDS 10
#define DEPTH 25                           /* the longest list that is looked at */
#define GRAIN 16                           /* test users to a part              */

static const unsigned cuts[3] = { 5, 10, DEPTH };

/* One test user: the history is the first n_history events of the user in fold.events. */
typedef struct test { uint32_t user, n_history; } test;

typedef struct fold {
  const ek_evaluation *ev;
  unsigned number;
  uint8_t *hidden; uint32_t n_candidates;  /* hide_items; else NULL and all items */
  const ek_events *events; ek_events *view;/* as trained and asked with         */
  uint8_t *trains, *rows;                  /* by user; by item: W is asked for   */
  test *tests; uint32_t n_tests;
  double discount[DEPTH], ideal[DEPTH + 1];
  /* a group of arms that share W */
  const ek_skc *model, *yardstick;
  ek_evaluated_arm *arms; size_t n_arms;
  ek_user_metrics *results;                /* [n_arms * n_tests]                */
  struct tester **testers;                 /* by thread                        */
} fold;

typedef struct tester {
  ek_scratch *scratch;
  uint8_t *relevant;                       /* by item                          */
  uint8_t *covered;                        /* [n_arms * items]: bit c: seen in the first cuts[c] */
  ek_scored (*lists)[DEPTH]; ek_scored **out; unsigned *n_out, *length;       /* as asked; by arm */
  const ek_categories **categories; ek_query_options *options; size_t *arm_of;
} tester;

/* ---- who trains, who is tested ----------------------------------------------------- */

static uint64_t
held_out(uint64_t n)
{
  return n / 10 > 1 ? n / 10 : 1;
}

/* How many of the oldest nine tenths are left as history; 0: no test user. */
static uint32_t
test_history(const fold *f, uint32_t user)
{
  const ek_events *all = f->ev->events;
  uint64_t from = all->start[user], n = all->start[user + 1] - from, history = 0, relevant = 0;
  if (n < 2)
    return 0;
  if (!f->hidden)
    return (uint32_t)(n - held_out(n));
  for (uint64_t k = 0; k < n; k++)
    if (k < n - held_out(n))
      history += !f->hidden[all->item[from + k]];
    else
      relevant += f->hidden[all->item[from + k]];
  return relevant ? (uint32_t)history : 0;
}

static void
split_users(fold *f)
{
  const ek_events *all = f->ev->events;
  f->trains = ek_mem_zero((size_t)all->users.n + 1, 1);
  f->rows = ek_mem_zero((size_t)all->items.n + 1, 1);
  f->tests = ek_mem_alloc(((size_t)all->users.n + 1) * sizeof *f->tests);
  for (uint32_t u = 0; u < all->users.n; u++) {
    unsigned number = ek_fold_of(ek_id(&all->users, u));
    if (number != f->number) {
      f->trains[u] = !(f->ev->left_out >> number & 1);
      continue;
    }
    uint32_t n = test_history(f, u);
    f->trains[u] = all->start[u + 1] - all->start[u] < 2;      /* too short to be tested, so they train */
    if (!n)
      continue;
    f->tests[f->n_tests++] = (test){ u, n };
    for (uint32_t k = 0; k < n; k++)
      f->rows[f->events->item[f->events->start[u] + k]] = 1;
  }
}

static void
fold_begin(fold *f, const ek_evaluation *ev, unsigned number)
{
  double sum = 0;
  *f = (fold){ .ev = ev, .number = number, .events = ev->events, .n_candidates = ev->events->items.n };
  for (unsigned i = 0; i < DEPTH; i++) {
    f->discount[i] = 1 / log(i + 2.0);
    sum += f->discount[i];
    f->ideal[i + 1] = sum;
  }
  if (ev->hide_items) {
    f->hidden = ek_cold_hidden(ev->events, number, &f->n_candidates);
    f->events = f->view = ek_events_without(ev->events, f->hidden);
  }
  split_users(f);
}

static void
fold_end(fold *f)
{
  free(f->hidden);
  ek_events_view_free(f->view);
  free(f->trains);
  free(f->rows);
  free(f->tests);
}

/* ---- one test user ------------------------------------------------------------------ */

static tester *
tester_new(const fold *f)
{
  tester *t = ek_mem_zero(1, sizeof *t);
  size_t n = f->n_arms, items = f->ev->events->items.n;
  t->scratch = ek_scratch_new(f->ev->events->items.n);
  t->relevant = ek_mem_zero(items + 1, 1);
  t->covered = ek_mem_zero(n * items + 1, 1);
  t->lists = ek_mem_alloc(n * sizeof *t->lists);
  t->out = ek_mem_alloc(n * sizeof *t->out);
  t->n_out = ek_mem_zero(n, sizeof *t->n_out);
  t->length = ek_mem_zero(n, sizeof *t->length);
  t->categories = ek_mem_alloc(n * sizeof *t->categories);
  t->options = ek_mem_alloc(n * sizeof *t->options);
  t->arm_of = ek_mem_alloc(n * sizeof *t->arm_of);
  return t;
}

static void
tester_free(tester *t)
{
  if (!t)
    return;
  ek_scratch_free(t->scratch);
  free(t->relevant);
  free(t->covered);
  free(t->lists);
  free(t->out);
  free(t->n_out);
  free(t->length);
  free(t->categories);
  free(t->options);
  free(t->arm_of);
  free(t);
}

/* Asks for the arms that are (or are not) the yardstick, in one go. */
static void
ask(const fold *f, tester *t, const test *who, int popularity)
{
  const ek_skc *model = popularity ? f->yardstick : f->model;
  unsigned n = 0;
  for (size_t a = 0; a < f->n_arms; a++)
    if (!f->arms[a].popularity == !popularity) {
      t->options[n] = (ek_query_options){ popularity ? 0 : f->arms[a].content, f->ev->exclude_seen, f->hidden };
      t->categories[n] = popularity ? NULL : f->arms[a].categories;
      t->arm_of[n] = a;
      t->out[n++] = t->lists[a];
    }
  if (!n)
    return;
  ek_skc_query_pair(model, t->categories, t->scratch, f->events->item + f->events->start[who->user], who->n_history,
                    t->options, n, DEPTH, t->out, t->n_out);
  for (unsigned i = 0; i < n; i++)
    t->length[t->arm_of[i]] = t->n_out[i];
}

static ek_user_metrics
measure(const fold *f, const tester *t, const ek_scored *list, unsigned n, uint64_t relevant, uint32_t user)
{
  unsigned hits[3] = { 0 }, at = 0;
  double gain[3], sum = 0, reciprocal = 0;
  for (unsigned c = 0; c < 3; c++) {
    hits[c] = c ? hits[c - 1] : 0;
    for (; at < cuts[c] && at < n; at++)
      if (t->relevant[list[at].item]) {
        hits[c]++;
        sum += f->discount[at];
        if (reciprocal == 0)
          reciprocal = 1.0 / (at + 1);
      }
    gain[c] = sum / f->ideal[relevant < cuts[c] ? relevant : cuts[c]];
  }
  return (ek_user_metrics){
    .precision_at_5 = (float)(hits[0] / 5.0), .precision_at_10 = (float)(hits[1] / 10.0),
    .precision_at_25 = (float)(hits[2] / 25.0), .ndcg_at_5 = (float)gain[0], .ndcg_at_10 = (float)gain[1],
    .ndcg_at_25 = (float)gain[2], .mrr_at_25 = (float)reciprocal, .user = user,
  };
}

static void
cover(tester *t, size_t arm, uint32_t n_items)
{
  uint8_t *covered = t->covered + arm * n_items;
  for (unsigned at = 0; at < t->length[arm]; at++)
    covered[t->lists[arm][at].item] |= (uint8_t)(at < cuts[0] ? 7 : at < cuts[1] ? 6 : 4);
}

static void
test_user(fold *f, tester *t, uint32_t number)
{
  const ek_events *all = f->ev->events;
  const test *who = &f->tests[number];
  uint64_t end = all->start[who->user + 1], held = held_out(end - all->start[who->user]), relevant = 0;
  for (uint64_t k = end - held; k < end; k++)
    if ((!f->hidden || f->hidden[all->item[k]]) && !t->relevant[all->item[k]]) {
      t->relevant[all->item[k]] = 1;
      relevant++;
    }
  ask(f, t, who, 0);
  ask(f, t, who, 1);
  for (size_t a = 0; a < f->n_arms; a++) {
    f->results[a * f->n_tests + number] = measure(f, t, t->lists[a], t->length[a], relevant, who->user);
    cover(t, a, all->items.n);
  }
  for (uint64_t k = end - held; k < end; k++)
    t->relevant[all->item[k]] = 0;
}

static void
test_users(void *arg, unsigned thread, uint64_t from, uint64_t to)
{
  fold *f = arg;
  if (!f->testers[thread])
    f->testers[thread] = tester_new(f);
  for (uint64_t i = from; i < to; i++)
    test_user(f, f->testers[thread], (uint32_t)i);
}

/* ---- sums -------------------------------------------------------------------------------- */

static void
measure_coverage(const fold *f, unsigned threads, size_t arm, ek_metrics *m)
{
  uint32_t n = f->ev->events->items.n;
  uint64_t seen[3] = { 0 };
  for (uint32_t i = 0; i < n; i++) {
    unsigned bits = 0;
    for (unsigned t = 0; t < threads; t++)
      if (f->testers[t])
        bits |= f->testers[t]->covered[arm * n + i];
    for (unsigned c = 0; c < 3; c++)
      seen[c] += bits >> c & 1;
  }
  double all = f->n_candidates ? f->n_candidates : 1;
  m->coverage_at_5 = (double)seen[0] / all;
  m->coverage_at_10 = (double)seen[1] / all;
  m->coverage_at_25 = (double)seen[2] / all;
}

/* In the order of users, so that the sums do not depend on threads. */
static ek_metrics
mean_of_users(const ek_user_metrics *u, uint32_t n)
{
  ek_metrics m = { .test_users = n };
  for (uint32_t i = 0; i < n; i++) {
    m.precision_at_5 += (double)u[i].precision_at_5;
    m.precision_at_10 += (double)u[i].precision_at_10;
    m.precision_at_25 += (double)u[i].precision_at_25;
    m.ndcg_at_5 += (double)u[i].ndcg_at_5;
    m.ndcg_at_10 += (double)u[i].ndcg_at_10;
    m.ndcg_at_25 += (double)u[i].ndcg_at_25;
    m.mrr_at_25 += (double)u[i].mrr_at_25;
  }
  m.precision_at_5 /= n;
  m.precision_at_10 /= n;
  m.precision_at_25 /= n;
  m.ndcg_at_5 /= n;
  m.ndcg_at_10 /= n;
  m.ndcg_at_25 /= n;
  m.mrr_at_25 /= n;
  return m;
}

static void
keep_results(const fold *f, unsigned threads)
{
  for (size_t a = 0; a < f->n_arms; a++) {
    ek_evaluated_arm *arm = &f->arms[a];
    const ek_user_metrics *u = f->results + a * f->n_tests;
    arm->fold[f->number] = mean_of_users(u, f->n_tests);
    measure_coverage(f, threads, a, &arm->fold[f->number]);
    arm->users = ek_mem_grow(arm->users, &arm->cap_users, arm->n_users + f->n_tests, sizeof *arm->users);
    memcpy(arm->users + arm->n_users, u, f->n_tests * sizeof *u);
    arm->n_users += f->n_tests;
  }
}

/* Mean of the folds that had test users; test_users is their sum. */
static ek_metrics
mean_of_folds(const ek_metrics *folds)
{
  ek_metrics m = { 0 };
  unsigned n = 0;
  for (unsigned i = 0; i < FOLDS; i++)
    n += folds[i].test_users > 0;
  for (unsigned i = 0; i < FOLDS; i++) {
    const ek_metrics *f = &folds[i];
    if (!f->test_users)
      continue;
    m.precision_at_5 += f->precision_at_5 / n;
    m.precision_at_10 += f->precision_at_10 / n;
    m.precision_at_25 += f->precision_at_25 / n;
    m.ndcg_at_5 += f->ndcg_at_5 / n;
    m.ndcg_at_10 += f->ndcg_at_10 / n;
    m.ndcg_at_25 += f->ndcg_at_25 / n;
    m.mrr_at_25 += f->mrr_at_25 / n;
    m.coverage_at_5 += f->coverage_at_5 / n;
    m.coverage_at_10 += f->coverage_at_10 / n;
    m.coverage_at_25 += f->coverage_at_25 / n;
    m.test_users += f->test_users;
  }
  return m;
}

/* ---- folds -------------------------------------------------------------------------------- */

typedef struct stretch { double share, span; } stretch;      /* of the progress */

/* One training, and all arms of the group tested on it. */
static int
run_group(fold *f, ek_evaluated_arm *arms, size_t n_arms, stretch s, const ek_stage_watch *watch, ek_error *e)
{
  const ek_evaluation *ev = f->ev;
  unsigned threads = ek_threads_for(ev->threads, (f->n_tests + GRAIN - 1) / GRAIN);
  ek_training t = { .events = f->events, .mask = { f->trains }, .hyper = &ev->hyper, .categories = arms[0].categories,
                    .rows = f->rows, .unsorted = 1, .threads = ev->threads, .text = ev->text,
                    .share = s.share, .span = s.span / 2 };
  ek_skc *model = ek_skc_train_as(&t, watch, e);
  if (!model)
    return -1;
  ek_skc yardstick = *model;
  yardstick.row = NULL;
  f->model = model;
  f->yardstick = &yardstick;
  f->arms = arms;
  f->n_arms = n_arms;
  f->results = ek_mem_alloc((n_arms * f->n_tests + 1) * sizeof *f->results);
  f->testers = ek_mem_zero(threads, sizeof *f->testers);
  ek_work work = { f->n_tests, GRAIN, threads, test_users, f, ev->text, s.share + s.span / 2, s.span / 2 };
  int r = ek_share(&work, watch, e);
  if (r == 0)
    keep_results(f, threads);
  for (unsigned i = 0; i < threads; i++)
    tester_free(f->testers[i]);
  free(f->testers);
  free(f->results);
  ek_skc_free(model);
  return r;
}

/* W does not depend on the arm unless boost weighs it by the arm's categories. */
static int
run_fold(ek_evaluation *ev, unsigned number, stretch s, const ek_stage_watch *watch, ek_error *e)
{
  fold f;
  size_t group = ev->hyper.boost != 0 ? 1 : ev->n_arms;
  int r = 0;
  fold_begin(&f, ev, number);
  if (f.n_tests)
    for (size_t a = 0; a < ev->n_arms && r == 0; a += group)
      r = run_group(&f, ev->arms + a, group, s, watch, e);
  fold_end(&f);
  return r;
}

static int
compare_users(const void *pa, const void *pb)
{
  const ek_user_metrics *a = pa, *b = pb;
  return (a->user > b->user) - (a->user < b->user);
}

int
ek_evaluate(ek_evaluation *ev, const ek_stage_watch *watch, ek_error *e)
{
  unsigned n = (unsigned)__builtin_popcount(ev->folds & ((1u << FOLDS) - 1)), done = 0;
  double span = ev->span > 0 ? ev->span : 1;
  if (!ev->n_arms)
    return 0;
  for (size_t a = 0; a < ev->n_arms; a++) {
    memset(ev->arms[a].fold, 0, sizeof ev->arms[a].fold);
    ev->arms[a].n_users = 0;
  }
  for (unsigned number = 0; number < FOLDS; number++) {
    if (!(ev->folds >> number & 1))
      continue;
    stretch s = { ev->share + span * done / n, span / n };
    done++;
    if (run_fold(ev, number, s, watch, e) < 0)
      return -1;
  }
  for (size_t a = 0; a < ev->n_arms; a++) {
    if (ev->arms[a].n_users)
      qsort(ev->arms[a].users, ev->arms[a].n_users, sizeof *ev->arms[a].users, compare_users);
    ev->arms[a].mean = mean_of_folds(ev->arms[a].fold);
  }
  if (ev->arms[0].n_users)
    return 0;
  ek_fail(e, EK_EXIT_FAILED, "no_test_users", ev->hide_items
          ? "no user can be tested: nobody in the test folds has a hidden item among the newest tenth of the events"
          : "no user can be tested: nobody in the test folds has two interactions or more");
  return ek_help(e, "import more interactions, or test on all ten folds (train.evaluation.folds: 10)");
}

void
ek_evaluated_arm_clear(ek_evaluated_arm *arm)
{
  free(arm->users);
  arm->users = NULL;
  arm->n_users = arm->cap_users = 0;
}
