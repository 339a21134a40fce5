/* SPDX-License-Identifier: BSD-3-Clause */
/* Training and queries against the formulas of training.md written down plainly: dense
 * matrices, all items scored, everything sorted.                            */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "chain/suite.h"
#include "stage-kit.h"
#include "stage/local/coldstart.h"
#include "stage/local/skc.h"

/* ---- the plain model -------------------------------------------------------------- */

typedef struct plain { uint32_t n; double *w; uint32_t *count, max_count; } plain;

static double
cosine(const ek_categories *c, uint32_t a, uint32_t b)
{
  double sum = 0;
  for (uint64_t i = c->row[a]; i < c->row[a + 1]; i++)
    for (uint64_t j = c->row[b]; j < c->row[b + 1]; j++)
      if (c->row_cat[i] == c->row_cat[j])
        sum += c->row_w[i] * c->row_w[j];
  return sum;
}

static const double *sort_by;

static int
by_weight(const void *pa, const void *pb)
{
  uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
  if (sort_by[a] != sort_by[b])
    return sort_by[a] > sort_by[b] ? -1 : 1;
  return (a > b) - (a < b);
}

static void
cut_row(double *row, uint32_t n, unsigned topk)
{
  uint32_t *order = ek_mem_alloc(n * sizeof *order);
  for (uint32_t i = 0; i < n; i++)
    order[i] = i;
  sort_by = row;
  qsort(order, n, sizeof *order, by_weight);
  for (uint32_t i = topk; i < n; i++)
    row[order[i]] = 0;
  free(order);
}

static plain
train_plainly(const ek_events *ev, const uint8_t *mask, const ek_hyper *h, const ek_categories *c)
{
  plain p = { .n = ev->items.n };
  p.w = ek_mem_zero((size_t)p.n * p.n, sizeof *p.w);
  p.count = ek_mem_zero(p.n, sizeof *p.count);
  for (uint32_t u = 0; u < ev->users.n; u++)
    for (uint64_t t = ev->start[u]; (!mask || mask[u]) && t < ev->start[u + 1]; t++) {
      p.count[ev->item[t]]++;
      for (unsigned g = 1; g <= h->window && t + g < ev->start[u + 1]; g++) {
        uint32_t a = ev->item[t], b = ev->item[t + g];
        if (a == b)
          continue;
        p.w[(size_t)a * p.n + b] += exp(-(g - 1.0) / h->pair_decay);
        p.w[(size_t)b * p.n + a] += h->back * exp(-(g - 1.0) / h->pair_decay);
      }
    }
  for (uint32_t a = 0; a < p.n; a++) {
    for (uint32_t b = 0; b < p.n; b++) {
      double *w = &p.w[(size_t)a * p.n + b];
      *w *= pow(fmax(p.count[a], 1), -h->nfrom) * pow(fmax(p.count[b], 1), -h->nto);
      if (h->boost != 0)
        *w *= 1 + h->boost * cosine(c, a, b);
    }
    cut_row(p.w + (size_t)a * p.n, p.n, h->topk ? h->topk : 200);
    if (p.count[a] > p.max_count)
      p.max_count = p.count[a];
  }
  return p;
}

static void
plain_free(plain *p)
{
  free(p->w);
  free(p->count);
}

/* Scores of all items; those that may not be recommended at -1. */
static void
score_plainly(const plain *p, const ek_hyper *h, const ek_categories *c, const uint32_t *history, size_t n,
              const ek_query_options *o, double *score)
{
  for (uint32_t j = 0; j < p->n; j++) {
    double content = 0;
    score[j] = 0;
    for (size_t t = 0; t < n; t++) {
      double recency = exp(-(double)(n - 1 - t) / h->hist_decay);
      score[j] += recency * p->w[(size_t)history[t] * p->n + j];
      if (c)
        content += recency * cosine(c, history[t], j);
    }
    score[j] += o->content * pow(p->count[j] + 1.0, h->pop_exp) * content
      + 1e-9 * p->count[j] / (p->max_count ? p->max_count : 1);
    if (o->candidates && !o->candidates[j])
      score[j] = -1;
  }
  for (size_t t = 0; o->exclude_seen && t < n; t++)
    score[history[t]] = -1;
}

/* ---- comparison -------------------------------------------------------------------- */

/* Rows as the plain ones: same neighbours but for ties that rounding may turn, in order. */
static void
check_rows(const ek_skc *s, const plain *p)
{
  for (uint32_t a = 0; a < p->n; a++) {
    const double *row = p->w + (size_t)a * p->n;
    uint64_t kept = 0;
    for (uint32_t b = 0; b < p->n; b++)
      kept += row[b] > 0;
    ck_assert_uint_eq(s->row[a + 1] - s->row[a], kept);
    for (uint64_t k = s->row[a]; k < s->row[a + 1]; k++) {
      ck_assert_uint_ne(s->col[k], a);
      if (row[s->col[k]] > 0)
        ck_assert_double_eq_tol(s->weight[k], row[s->col[k]], 1e-12);
      if (k > s->row[a]) {
        ck_assert(s->weight[k - 1] >= s->weight[k]);
        ck_assert(s->weight[k - 1] > s->weight[k] || s->col[k - 1] < s->col[k]);
      }
    }
  }
}

static void
check_query(const plain *p, const ek_hyper *h, const ek_categories *c, const uint32_t *history, size_t n,
            const ek_query_options *o, const ek_scored *got, unsigned n_got, unsigned k)
{
  double *score = ek_mem_alloc(p->n * sizeof *score);
  uint32_t *order = ek_mem_alloc(p->n * sizeof *order), allowed = 0;
  score_plainly(p, h, c, history, n, o, score);
  for (uint32_t j = 0; j < p->n; j++) {
    order[j] = j;
    allowed += score[j] >= 0;
  }
  sort_by = score;
  qsort(order, p->n, sizeof *order, by_weight);
  ck_assert_uint_eq(n_got, allowed < k ? allowed : k);
  for (unsigned i = 0; i < n_got; i++) {
    ck_assert_double_eq_tol(got[i].score, score[order[i]], 1e-12);
    ck_assert_double_eq_tol(score[got[i].item], score[order[i]], 1e-12);   /* the same but for ties by rounding */
    ck_assert(!i || got[i - 1].score > got[i].score || (got[i - 1].score == got[i].score
                                                        && got[i - 1].item < got[i].item));
  }
  free(score);
  free(order);
}

static int
same(const ek_scored *a, const ek_scored *b, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    if (a[i].item != b[i].item || memcmp(&a[i].score, &b[i].score, sizeof a->score))
      return 0;
  return 1;
}

typedef struct trial { ek_hyper hyper; double content; int exclude_seen, some_candidates, masked; } trial;

static void
check_trial(const kit_set *s, const trial *t, uint64_t seed)
{
  ek_error e = { 0 };
  uint8_t *mask = ek_mem_zero(s->events->users.n, 1), *candidates = ek_mem_zero(s->events->items.n, 1);
  for (uint32_t u = 0; u < s->events->users.n; u++)
    mask[u] = kit_next(&seed) % 4 != 0;
  for (uint32_t i = 0; i < s->events->items.n; i++)
    candidates[i] = kit_next(&seed) % 5 == 0;
  ek_train_mask m = { t->masked ? mask : NULL };
  plain p = train_plainly(s->events, m.users, &t->hyper, s->categories);
  ek_skc *model = ek_skc_train(s->events, m, &t->hyper, s->categories, 2, NULL, NULL, NULL, &e);
  ek_skc full = *model;
  full.by_count = NULL;                    /* as a model file without it: all items looked at */
  check_rows(model, &p);
  ek_scratch *x = ek_scratch_new(p.n);
  ek_query_options o[2] = { { 0, t->exclude_seen, t->some_candidates ? candidates : NULL },
                            { t->content, t->exclude_seen, t->some_candidates ? candidates : NULL } };
  const ek_categories *cats[2] = { NULL, s->categories };
  for (unsigned q = 0; q < 60; q++) {
    uint32_t history[40];
    size_t n = q % 7 ? kit_next(&seed) % 12 : q;
    unsigned k = q % 3 ? 25 : 5, n_out[2];
    if (n > N(history))
      n = N(history);
    for (size_t i = 0; i < n; i++)
      history[i] = (uint32_t)(kit_next(&seed) % p.n);
    ek_scored lists[2][25], alone[25], *out[2] = { lists[0], lists[1] };
    ek_skc_query_pair(model, cats, x, history, n, o, 2, k, out, n_out);
    check_query(&p, &t->hyper, NULL, history, n, &o[0], lists[0], n_out[0], k);
    check_query(&p, &t->hyper, s->categories, history, n, &o[1], lists[1], n_out[1], k);
    ck_assert_uint_eq(ek_skc_query(model, x, history, n, &o[1], k, alone), n_out[1]);
    ck_assert(same(alone, lists[1], n_out[1]));
    ck_assert_uint_eq(ek_skc_query(&full, x, history, n, &o[1], k, alone), n_out[1]);
    ck_assert(same(alone, lists[1], n_out[1]));
  }
  ek_scratch_free(x);
  ek_skc_free(model);
  plain_free(&p);
  free(mask);
  free(candidates);
}

static ek_hyper
changed(double back, double nto, double pop_exp, double boost, unsigned topk, unsigned window)
{
  ek_hyper h = ek_hyper_default();
  h.back = back;
  h.nto = nto;
  h.pop_exp = pop_exp;
  h.boost = boost;
  h.topk = topk;
  h.window = window;
  return h;
}

START_TEST(as_the_formulas_say)
{
  const trial trials[] = {
    { ek_hyper_default(), 0.4, 1, 0, 0 },
    { ek_hyper_default(), 0.4, 0, 1, 1 },
    { changed(0, 0.1, 0, 0, 7, 20), 0.3, 1, 0, 1 },
    { changed(1, 0.2, 0.1, 0, 30, 1), 0.5, 1, 1, 1 },
    { changed(0.3, 0, 0.05, 0.5, 12, 70), 0.1, 0, 0, 1 },
    { changed(0.1, 0, 0, 0, 1, 130), 0, 1, 0, 0 },
  };
  for (uint64_t seed = 1; seed < 4; seed++) {
    kit_set s = kit_random(40, 120, 9, 15, seed);
    for (size_t t = 0; t < N(trials); t++)
      check_trial(&s, &trials[t], seed + 100);
    kit_free(&s);
    s = kit_random(6, 300, 60, 4, seed);           /* long histories, many items that nobody has */
    for (size_t t = 0; t < N(trials); t++)
      check_trial(&s, &trials[t], seed + 200);
    kit_free(&s);
  }
}
END_TEST

/* One user, window 2, worked out by hand. */
START_TEST(by_hand)
{
  static const char *const lines[] = { "u a 1", "u b 2", "u c 3", "u a 4", NULL };
  ek_error e = { 0 };
  ek_events *ev = kit_events(lines, NULL);
  ek_hyper h = ek_hyper_default();
  h.window = 2;
  ek_skc *s = ek_skc_train(ev, (ek_train_mask){ NULL }, &h, NULL, 1, NULL, NULL, NULL, &e);
  double near = 1, far = exp(-0.2), damp = pow(2, -0.4);
  ck_assert_uint_eq(s->row[1] - s->row[0], 2);
  ck_assert_uint_eq(s->col[0], 1);         /* a -> b: b is next to the first a, and two before the second */
  ck_assert_double_eq_tol(s->weight[0], damp * (near + 0.1 * far), 1e-15);
  ck_assert_uint_eq(s->col[1], 2);
  ck_assert_double_eq_tol(s->weight[1], damp * (far + 0.1 * near), 1e-15);
  ck_assert_uint_eq(s->count[0], 2);
  ck_assert_uint_eq(s->max_count, 2);
  ck_assert_uint_eq(s->by_count[0], 0);
  ck_assert_uint_eq(s->by_count[1], 1);
  ek_skc_free(s);
  ek_events_free(ev);
}
END_TEST

/* ---- sinks, threads, stops ------------------------------------------------------------ */

typedef struct sunk { const ek_skc *whole; uint32_t next; uint32_t fail_at; } sunk;

static int
sink(void *arg, uint32_t item, const uint32_t *col, const double *weight, uint32_t n, ek_error *e)
{
  sunk *s = arg;
  ck_assert_uint_eq(item, s->next);
  s->next++;
  if (item == s->fail_at)
    return ek_fail(e, EK_EXIT_FAILED, "disk_full", "no space left");
  ck_assert_uint_eq(n, s->whole->row[item + 1] - s->whole->row[item]);
  ck_assert(!n || memcmp(col, s->whole->col + s->whole->row[item], n * sizeof *col) == 0);
  ck_assert(!n || memcmp(weight, s->whole->weight + s->whole->row[item], n * sizeof *weight) == 0);
  return 0;
}

START_TEST(rows_reach_the_sink_in_order)
{
  ek_error e = { 0 };
  kit_set s = kit_random(500, 3000, 20, 40, 3);
  ek_hyper h = ek_hyper_default();
  ek_skc *whole = ek_skc_train(s.events, (ek_train_mask){ NULL }, &h, s.categories, 1, NULL, NULL, NULL, &e);
  for (unsigned threads = 0; threads < 6; threads++) {
    sunk k = { whole, 0, UINT32_MAX };
    ek_skc *other = ek_skc_train(s.events, (ek_train_mask){ NULL }, &h, s.categories, threads, sink, &k, NULL, &e);
    ck_assert_uint_eq(k.next, s.events->items.n);
    ck_assert_ptr_null(other->row);
    ck_assert_mem_eq(other->count, whole->count, s.events->items.n * sizeof *other->count);
    ek_skc_free(other);
    other = ek_skc_train(s.events, (ek_train_mask){ NULL }, &h, s.categories, threads, NULL, NULL, NULL, &e);
    ck_assert_mem_eq(other->row, whole->row, (s.events->items.n + 1) * sizeof *whole->row);
    ck_assert_mem_eq(other->col, whole->col, whole->row[whole->n_items] * sizeof *whole->col);
    ck_assert_mem_eq(other->weight, whole->weight, whole->row[whole->n_items] * sizeof *whole->weight);
    ek_skc_free(other);
    k = (sunk){ whole, 0, 1500 };
    ck_assert_ptr_null(ek_skc_train(s.events, (ek_train_mask){ NULL }, &h, s.categories, threads, sink, &k, NULL, &e));
    ck_assert_str_eq(e.code, "disk_full");
    ck_assert_uint_eq(k.next, 1501);
  }
  ek_skc_free(whole);
  kit_free(&s);
}
END_TEST

static volatile int stop_now;
static int noted;

static void
stop_soon(void *arg, const char *stage, const char *text, double share)
{
  (void)arg;
  ck_assert_str_eq(stage, "train");
  ck_assert_ptr_nonnull(text);
  ck_assert(share >= 0 && share <= 1);
  noted++;
  stop_now = 1;
}

START_TEST(stops_when_told)
{
  ek_error e = { 0 };
  kit_set s = kit_random(100, 2000, 20, 0, 3);
  ek_hyper h = ek_hyper_default();
  sunk k = { NULL, 0, UINT32_MAX };
  ek_stage_watch watch = { stop_soon, NULL, &stop_now };
  stop_now = 1;
  ck_assert_ptr_null(ek_skc_train(s.events, (ek_train_mask){ NULL }, &h, NULL, 2, NULL, NULL, &watch, &e));
  ck_assert_str_eq(e.code, "interrupted");
  e = (ek_error){ 0 };
  ck_assert_ptr_null(ek_skc_train(s.events, (ek_train_mask){ NULL }, &h, NULL, 2, sink, &k, &watch, &e));
  ck_assert_str_eq(e.code, "interrupted");
  ck_assert_uint_eq(k.next, 0);
  ek_skc *whole = ek_skc_train(s.events, (ek_train_mask){ NULL }, &h, NULL, 2, NULL, NULL, NULL, &e);
  stop_now = noted = 0;
  k = (sunk){ whole, 0, UINT32_MAX };
  ck_assert_ptr_null(ek_skc_train(s.events, (ek_train_mask){ NULL }, &h, NULL, 2, sink, &k, &watch, &e));
  ck_assert_int_eq(noted, 1);              /* stopped after the first block   */
  ck_assert_uint_lt(k.next, s.events->items.n);
  ek_skc_free(whole);
  kit_free(&s);
}
END_TEST

/* ---- edges ----------------------------------------------------------------------------- */

START_TEST(hardly_any_data)
{
  static const char *const lines[] = { "u a 1", NULL };
  static const char *const items[] = { "a x", "b x", "c y", NULL };
  ek_error e = { 0 };
  ek_events *ev = kit_events(lines, items);
  ek_categories *c = kit_categories(ev, items, 3);
  ek_hyper h = ek_hyper_default();
  uint8_t nobody[1] = { 0 };
  for (int masked = 0; masked < 2; masked++) {
    ek_skc *s = ek_skc_train(ev, (ek_train_mask){ masked ? nobody : NULL }, &h, c, 4, NULL, NULL, NULL, &e);
    ek_scratch *x = ek_scratch_new(3);
    ek_query_options o = { 0.4, 1, NULL };
    uint32_t history[2] = { 0, 77 };       /* 77: not an item                  */
    ek_scored out[5];
    ck_assert_uint_eq(s->row[3], 0);
    ck_assert_uint_eq(ek_skc_query(s, x, history, 2, &o, 5, out), 2);
    ck_assert_uint_eq(out[0].item, 1);
    ck_assert_double_gt(out[0].score, 0);
    ck_assert_uint_eq(out[1].item, 2);
    ck_assert_double_eq(out[1].score, 0);
    ck_assert_uint_eq(ek_skc_query(s, x, NULL, 0, &o, 5, out), 3);
    ck_assert_uint_eq(out[0].item, 0);
    ck_assert_uint_eq(ek_skc_query(s, x, history, 2, &o, 0, out), 0);
    ek_scratch_free(x);
    ek_skc_free(s);
  }
  ek_categories_free(c);
  ek_events_free(ev);
}
END_TEST

/* Parameters at their ends: numbers stay numbers. */
START_TEST(no_nan_at_the_ends)
{
  kit_set s = kit_random(30, 50, 30, 5, 9);
  ek_error e = { 0 };
  ek_hyper ends[4] = { ek_hyper_default(), ek_hyper_default(), ek_hyper_default(), ek_hyper_default() };
  ends[0].pair_decay = ends[0].hist_decay = 0;
  ends[1].pair_decay = ends[1].hist_decay = 1e9;
  ends[2].pair_decay = ends[2].hist_decay = 1e-3;
  ends[3].window = 0;
  for (size_t i = 0; i < 4; i++) {
    ek_skc *m = ek_skc_train(s.events, (ek_train_mask){ NULL }, &ends[i], s.categories, 1, NULL, NULL, NULL, &e);
    ek_scratch *x = ek_scratch_new(m->n_items);
    ek_query_options o = { 0.4, 1, NULL };
    ek_scored out[25];
    for (uint64_t k = 0; k < m->row[m->n_items]; k++)
      ck_assert(isfinite(m->weight[k]) && m->weight[k] > 0);
    for (uint32_t u = 0; u < s.events->users.n; u++) {
      unsigned n = ek_skc_query(m, x, s.events->item + s.events->start[u], s.events->start[u + 1] - s.events->start[u],
                                &o, 25, out);
      for (unsigned k = 0; k < n; k++)
        ck_assert(isfinite(out[k].score));
    }
    ek_scratch_free(x);
    ek_skc_free(m);
  }
  kit_free(&s);
}
END_TEST

START_TEST(float_weights_of_a_model_file)
{
  kit_set s = kit_random(60, 80, 10, 5, 9);
  ek_error e = { 0 };
  ek_hyper h = ek_hyper_default();
  ek_skc *m = ek_skc_train(s.events, (ek_train_mask){ NULL }, &h, s.categories, 1, NULL, NULL, NULL, &e);
  uint64_t n = m->row[m->n_items];
  float *narrow = ek_mem_alloc((size_t)(n + 1) * sizeof *narrow);
  double *wide = ek_mem_alloc((size_t)(n + 1) * sizeof *wide);
  for (uint64_t k = 0; k < n; k++)
    wide[k] = (double)(narrow[k] = (float)m->weight[k]);
  ek_skc of_floats = *m, of_doubles = *m;
  of_floats.weight = NULL;
  of_floats.weight_f = narrow;
  of_doubles.weight = wide;
  ek_scratch *x = ek_scratch_new(m->n_items);
  ek_query_options o = { 0.4, 1, NULL };
  ek_scored a[25], b[25];
  for (uint32_t u = 0; u < s.events->users.n; u++) {
    const uint32_t *history = s.events->item + s.events->start[u];
    size_t length = (size_t)(s.events->start[u + 1] - s.events->start[u]);
    unsigned n_a = ek_skc_query(&of_floats, x, history, length, &o, 25, a);
    ck_assert_uint_eq(n_a, ek_skc_query(&of_doubles, x, history, length, &o, 25, b));
    ck_assert(same(a, b, n_a));
  }
  ek_scratch_free(x);
  ek_skc_free(m);
  free(narrow);
  free(wide);
  kit_free(&s);
}
END_TEST

/* Users outside the percentiles of history length do not train. */
START_TEST(long_and_short_histories_left_out)
{
  static const char *const lines[] = { "u a 1", "v a 1", "v b 2", "w a 1", "w b 2", "w c 3", "x a 1", "x b 2", "x c 3",
                                       "x d 4", NULL };
  ek_error e = { 0 };
  ek_events *ev = kit_events(lines, NULL);
  ek_hyper h = ek_hyper_default();
  h.min_history = 0.34;                    /* lengths 1 2 3 4: at least 2, at most 3 */
  h.max_history = 0.66;
  ek_skc *s = ek_skc_train(ev, (ek_train_mask){ NULL }, &h, NULL, 1, NULL, NULL, NULL, &e);
  ck_assert_uint_eq(s->count[0], 2);
  ck_assert_uint_eq(s->count[1], 2);
  ck_assert_uint_eq(s->count[2], 1);
  ck_assert_uint_eq(s->count[3], 0);
  ek_skc_free(s);
  ek_events_free(ev);
}
END_TEST

/* ---- cold items -------------------------------------------------------------------------- */

START_TEST(cold_by_three_parameters)
{
  enum { DAY = 86400 };
  ek_error e = { 0 };
  ek_events_builder *b = ek_events_begin();
  ek_events_add(b, ek_cstr("u"), ek_cstr("old"), 0);
  ek_events_add(b, ek_cstr("u"), ek_cstr("edge"), 5 * DAY);
  ek_events_add(b, ek_cstr("u"), ek_cstr("young"), 9 * DAY);
  ek_events_add(b, ek_cstr("u"), ek_cstr("busy"), 9 * DAY);
  ek_events_add(b, ek_cstr("v"), ek_cstr("busy"), 10 * DAY);
  ek_events_add_item_created(b, ek_cstr("never-new"), 8 * DAY);
  ek_events_add_item_created(b, ek_cstr("never-old"), 1 * DAY);
  ek_events_add_item(b, ek_cstr("never-undated"));
  ek_events *ev = ek_events_finish(b, &e);
  ek_hyper h = ek_hyper_default();
  ek_skc *s = ek_skc_train(ev, (ek_train_mask){ NULL }, &h, NULL, 1, NULL, NULL, NULL, &e);
  ek_coldstart c = { 5.0, 1, 0 };
  static const struct { const char *id; int latest, now; } items[] = {
    { "old", 0, 0 }, { "edge", 1, 0 }, { "young", 1, 1 }, { "busy", 0, 0 }, { "never-new", 1, 1 },
    { "never-old", 0, 0 },
    { "never-undated", 1, 1 },
  };
  uint32_t n;
  uint8_t *latest = ek_cold_items(ev, s->count, &c, 0, &n);
  ck_assert_uint_eq(n, 4);
  c.relative_to_now = 1;
  uint8_t *now = ek_cold_items(ev, s->count, &c, 11 * DAY, &n);
  ck_assert_uint_eq(n, 3);
  for (size_t i = 0; i < N(items); i++) {
    uint32_t item = ek_ids_find(&ev->items, ek_cstr(items[i].id));
    ck_assert_msg(latest[item] == items[i].latest && now[item] == items[i].now, "%s", items[i].id);
  }
  free(latest);
  free(now);
  ek_skc_free(s);
  ek_events_free(ev);
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { as_the_formulas_say, by_hand, rows_reach_the_sink_in_order, stops_when_told, hardly_any_data,
                           no_nan_at_the_ends, float_weights_of_a_model_file, long_and_short_histories_left_out,
                           cold_by_three_parameters, NULL };
  return run_suite("skc", tests);
}
