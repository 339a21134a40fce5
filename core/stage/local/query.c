/* SPDX-License-Identifier: BSD-3-Clause */
/* The best items for a history.
 *
 * Only items that the history reaches, through W or through a shared category, need a
 * score of their own. The others have their popularity term alone, so they come in the
 * order of by_count: the first k that may be recommended are all that can matter. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/skc.h"

struct ek_scratch {
  double *w, *c;                             /* by item: sums through W and through categories; 0 between queries */
  uint32_t *in_w, *in_c, n_w, n_c;           /* items where they are not 0       */
  uint8_t *barred;                           /* by item                          */
  double *taste; uint32_t *tastes, n_tastes; /* by category; those not 0         */
  uint32_t cap_taste;
  double *recency; size_t cap_recency;       /* by place in the history          */
};

ek_scratch *
ek_scratch_new(uint32_t n_items)
{
  ek_scratch *x = ek_mem_zero(1, sizeof *x);
  size_t n = (size_t)n_items + 1;
  x->w = ek_mem_zero(n, sizeof *x->w);
  x->c = ek_mem_zero(n, sizeof *x->c);
  x->in_w = ek_mem_alloc(n * sizeof *x->in_w);
  x->in_c = ek_mem_alloc(n * sizeof *x->in_c);
  x->barred = ek_mem_zero(n, 1);
  return x;
}

void
ek_scratch_free(ek_scratch *x)
{
  if (!x)
    return;
  free(x->w);
  free(x->c);
  free(x->in_w);
  free(x->in_c);
  free(x->barred);
  free(x->taste);
  free(x->tastes);
  free(x->recency);
  free(x);
}

/* ---- sums ------------------------------------------------------------------------ */

static void
set_recency(ek_scratch *x, size_t n, double decay)
{
  x->recency = ek_mem_grow(x->recency, &x->cap_recency, n + 1, sizeof *x->recency);
  for (size_t t = 0; t < n; t++)
    x->recency[t] = t == n - 1 ? 1 : exp(-(double)(n - 1 - t) / decay);
}

/* Writes the item into the list in any case and keeps it when it is new: no branch that
 * is hard to foresee. What underflows to 0 stays "not reached".                */
static inline uint32_t
reach(double *sum, uint32_t *list, uint32_t n, uint32_t item, double by)
{
  double before = sum[item];
  list[n] = item;
  sum[item] = before + by;
  return n + ((before == 0) & (by != 0));
}

static void
sum_neighbours(const ek_skc *s, ek_scratch *x, const uint32_t *history, size_t n_history)
{
  uint32_t n = 0;
  for (size_t t = 0; t < n_history; t++) {
    double by = x->recency[t];
    if (history[t] >= s->n_items || by == 0 || !s->row)
      continue;
    uint64_t end = s->row[history[t] + 1];
    if (s->weight)
      for (uint64_t k = s->row[history[t]]; k < end; k++)
        n = reach(x->w, x->in_w, n, s->col[k], by * s->weight[k]);
    else
      for (uint64_t k = s->row[history[t]]; k < end; k++)
        n = reach(x->w, x->in_w, n, s->col[k], by * (double)s->weight_f[k]);
  }
  x->n_w = n;
}

static void
room_for_tastes(ek_scratch *x, uint32_t n)
{
  if (x->taste && n <= x->cap_taste)
    return;
  free(x->taste);
  free(x->tastes);
  x->cap_taste = n;
  x->taste = ek_mem_zero((size_t)n + 1, sizeof *x->taste);
  x->tastes = ek_mem_alloc(((size_t)n + 1) * sizeof *x->tastes);
}

static void
sum_categories(const ek_skc *s, const ek_categories *cats, ek_scratch *x, const uint32_t *history, size_t n_history)
{
  uint32_t n = 0, n_tastes = 0;
  room_for_tastes(x, cats->n);
  for (size_t t = 0; t < n_history; t++) {
    if (history[t] >= s->n_items)
      continue;
    for (uint64_t k = cats->row[history[t]]; k < cats->row[history[t] + 1]; k++)
      n_tastes = reach(x->taste, x->tastes, n_tastes, cats->row_cat[k], x->recency[t] * cats->row_w[k]);
  }
  for (uint32_t i = 0; i < n_tastes; i++) {
    double taste = x->taste[x->tastes[i]];
    for (uint64_t k = cats->col[x->tastes[i]]; k < cats->col[x->tastes[i] + 1]; k++)
      n = reach(x->c, x->in_c, n, cats->col_item[k], taste * cats->col_w[k]);
    x->taste[x->tastes[i]] = 0;
  }
  x->n_c = n;
}

/* ---- the best k ---------------------------------------------------------------------- */

typedef struct best { ek_scored *heap; unsigned n, k; } best;      /* heap: the worst on top */

static inline int
worse(ek_scored a, ek_scored b)
{
  return a.score != b.score ? a.score < b.score : a.item > b.item;
}

static void
sift(ek_scored *heap, unsigned n, unsigned at, ek_scored s)
{
  for (;;) {
    unsigned child = 2 * at + 1;
    if (child >= n)
      break;
    if (child + 1 < n && worse(heap[child + 1], heap[child]))
      child++;
    if (!worse(heap[child], s))
      break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = s;
}

static inline void
offer(best *b, ek_scored s)
{
  if (b->n == b->k) {
    if (worse(b->heap[0], s))
      sift(b->heap, b->n, 0, s);
    return;
  }
  unsigned at = b->n++;                      /* few: k is 25 or so               */
  while (at && worse(s, b->heap[(at - 1) / 2])) {
    b->heap[at] = b->heap[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  b->heap[at] = s;
}

static void
sort_best(best *b)
{
  for (unsigned n = b->n; n > 1; ) {
    ek_scored last = b->heap[--n];
    b->heap[n] = b->heap[0];
    sift(b->heap, n, 0, last);
  }
}

typedef struct asking {
  const ek_skc *s;
  const ek_query_options *o;
  ek_scratch *x;
  int by_category;
  double unit;                               /* popularity: 1e-9 / max n         */
} asking;

static inline int
allowed(const asking *a, uint32_t item)
{
  return !a->x->barred[item] && (!a->o->candidates || a->o->candidates[item]);
}

static inline double
score_of(const asking *a, uint32_t item)
{
  const ek_skc *s = a->s;
  double score = a->x->w[item];
  if (a->by_category && a->x->c[item] != 0) {
    double content = a->o->content * a->x->c[item];
    if (s->hyper.pop_exp != 0)
      content *= s->pop ? s->pop[item] : pow(s->count[item] + 1.0, s->hyper.pop_exp);
    score += content;
  }
  return score + a->unit * s->count[item];
}

static void
offer_reached(const asking *a, best *b)
{
  const ek_scratch *x = a->x;
  for (uint32_t i = 0; i < x->n_w; i++)
    if (allowed(a, x->in_w[i]))
      offer(b, (ek_scored){ x->in_w[i], score_of(a, x->in_w[i]) });
  if (a->by_category)
    for (uint32_t i = 0; i < x->n_c; i++)
      if (x->w[x->in_c[i]] == 0 && allowed(a, x->in_c[i]))
        offer(b, (ek_scored){ x->in_c[i], score_of(a, x->in_c[i]) });
}

/* By popularity, until the next one cannot be among the best any more. */
static void
offer_unreached(const asking *a, best *b)
{
  const ek_skc *s = a->s;
  const ek_scratch *x = a->x;
  for (uint32_t i = 0; i < s->n_items; i++) {
    uint32_t item = s->by_count ? s->by_count[i] : i;
    ek_scored unreached = { item, a->unit * s->count[item] };
    if (s->by_count && b->n == b->k && !worse(b->heap[0], unreached))
      break;
    if (x->w[item] == 0 && !(a->by_category && x->c[item] != 0) && allowed(a, item))
      offer(b, unreached);
  }
}

static unsigned
ask(const asking *a, const ek_categories *cats, const uint32_t *history, size_t n_history, unsigned k, ek_scored *out)
{
  ek_scratch *x = a->x;
  best b = { out, 0, k };
  if (a->o->exclude_seen)
    for (size_t t = 0; t < n_history; t++)
      if (history[t] < a->s->n_items)
        x->barred[history[t]] = 1;
  if (a->by_category)
    sum_categories(a->s, cats, x, history, n_history);
  if (k) {
    offer_reached(a, &b);
    offer_unreached(a, &b);
    sort_best(&b);
  }
  if (a->by_category)
    for (uint32_t i = 0; i < x->n_c; i++)
      x->c[x->in_c[i]] = 0;
  if (a->o->exclude_seen)
    for (size_t t = 0; t < n_history; t++)
      if (history[t] < a->s->n_items)
        x->barred[history[t]] = 0;
  return b.n;
}

void
ek_skc_query_pair(const ek_skc *s, const ek_categories *const *categories, ek_scratch *x, const uint32_t *history,
                  size_t n_history, const ek_query_options *options, unsigned n, unsigned k, ek_scored *const *out,
                  unsigned *n_out)
{
  set_recency(x, n_history, s->hyper.hist_decay);
  sum_neighbours(s, x, history, n_history);
  for (unsigned i = 0; i < n; i++) {
    const ek_categories *cats = categories ? categories[i] : s->categories;
    asking a = { s, &options[i], x, cats && options[i].content != 0 && cats->n, s->max_count ? 1e-9 / s->max_count : 0 };
    n_out[i] = ask(&a, cats, history, n_history, k, out[i]);
  }
  for (uint32_t i = 0; i < x->n_w; i++)
    x->w[x->in_w[i]] = 0;
}

unsigned
ek_skc_query(const ek_skc *s, ek_scratch *x, const uint32_t *history, size_t n_history, const ek_query_options *options,
             unsigned k, ek_scored *out)
{
  unsigned n = 0;
  ek_skc_query_pair(s, NULL, x, history, n_history, options, 1, k, &out, &n);
  return n;
}
