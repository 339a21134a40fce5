/* SPDX-License-Identifier: BSD-3-Clause */
/* The best items for a history, without a score for every item:
 *
 * - Items that the history reaches through W are scored, all of them.
 * - Categories of the history are gone through from the weightiest on. Rows of categories
 *   have unit length, so by Cauchy and Schwarz what an item can get from the categories not
 *   yet gone through is at most the length of the rest of the taste. Items whose bound is
 *   below the worst of the best k so far are passed over, and so is the rest in the end.
 * - The others have their popularity term alone, so they come in the order of by_count: the
 *   first k that may be recommended are all that can matter.
 * A score is always summed in the same order, so this gives what scoring all would give. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/skc.h"

#define SLACK 1e-9                           /* of bounds: rounding never passes over an item */

struct ek_scratch {
  double *w;                                 /* by item: sum through W; 0 between queries */
  uint32_t *in_w, n_w;                       /* items where it is not 0          */
  uint8_t *barred;                           /* by item                          */
  double *taste; uint32_t *place;            /* by category: its weight, 0 between queries; its place in tastes */
  uint32_t *tastes, n_tastes;                /* categories of the history, weightiest first */
  double *rest;                              /* by place: length of the taste from there on */
  uint32_t cap_taste;
  double *recency; size_t cap_recency;       /* by place in the history          */
};

ek_scratch *
ek_scratch_new(uint32_t n_items)
{
  ek_scratch *x = ek_mem_zero(1, sizeof *x);
  size_t n = (size_t)n_items + 1;
  x->w = ek_mem_zero(n, sizeof *x->w);
  x->in_w = ek_mem_alloc(n * sizeof *x->in_w);
  x->barred = ek_mem_zero(n, 1);
  return x;
}

void
ek_scratch_free(ek_scratch *x)
{
  if (!x)
    return;
  free(x->w);
  free(x->in_w);
  free(x->barred);
  free(x->taste);
  free(x->place);
  free(x->tastes);
  free(x->rest);
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
  free(x->place);
  free(x->tastes);
  free(x->rest);
  x->cap_taste = n;
  x->taste = ek_mem_zero((size_t)n + 1, sizeof *x->taste);
  x->place = ek_mem_alloc(((size_t)n + 1) * sizeof *x->place);
  x->tastes = ek_mem_alloc(((size_t)n + 1) * sizeof *x->tastes);
  x->rest = ek_mem_alloc(((size_t)n + 2) * sizeof *x->rest);
}

static int
compare_tastes(const void *pa, const void *pb, void *arg)
{
  const double *taste = arg;
  uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
  if (taste[a] != taste[b])
    return taste[a] > taste[b] ? -1 : 1;
  return (a > b) - (a < b);
}

static void
sum_tastes(const ek_skc *s, const ek_categories *cats, ek_scratch *x, const uint32_t *history, size_t n_history)
{
  uint32_t n = 0;
  double squares = 0;
  room_for_tastes(x, cats->n);
  for (size_t t = 0; t < n_history; t++)
    if (history[t] < s->n_items)
      for (uint64_t k = cats->row[history[t]]; k < cats->row[history[t] + 1]; k++)
        n = reach(x->taste, x->tastes, n, cats->row_cat[k], x->recency[t] * cats->row_w[k]);
  x->n_tastes = n;
  if (n)
    qsort_r(x->tastes, n, sizeof *x->tastes, compare_tastes, x->taste);
  x->rest[n] = 0;
  for (uint32_t i = n; i-- > 0; ) {
    squares += x->taste[x->tastes[i]] * x->taste[x->tastes[i]];
    x->rest[i] = sqrt(squares);
    x->place[x->tastes[i]] = i;
  }
}

static void
clear_tastes(ek_scratch *x)
{
  for (uint32_t i = 0; i < x->n_tastes; i++)
    x->taste[x->tastes[i]] = 0;
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
  const ek_categories *cats;                 /* NULL: categories do not count    */
  double unit;                               /* popularity: 1e-9 / max n         */
  double scale, top;                         /* most that content * pop, and popularity, can be */
} asking;

static inline int
allowed(const asking *a, uint32_t item)
{
  return !a->x->barred[item] && (!a->o->candidates || a->o->candidates[item]);
}

/* What an item has in common with the taste. */
static inline double
likeness(const asking *a, uint32_t item)
{
  const ek_categories *c = a->cats;
  double sum = 0;
  for (uint64_t k = c->row[item]; k < c->row[item + 1]; k++)
    sum += a->x->taste[c->row_cat[k]] * c->row_w[k];
  return sum;
}

static double
score_of(const asking *a, uint32_t item)
{
  const ek_skc *s = a->s;
  double score = a->x->w[item], like = a->cats ? likeness(a, item) : 0;
  if (like != 0) {
    double content = a->o->content * like;
    if (s->hyper.pop_exp != 0)
      content *= s->pop ? s->pop[item] : pow(s->count[item] + 1.0, s->hyper.pop_exp);
    score += content;
  }
  return score + a->unit * s->count[item];
}

/* An item that cannot score more than this need not be scored. */
static inline double
threshold(const best *b)
{
  return b->n == b->k ? b->heap[0].score * (b->heap[0].score > 0 ? 1 - SLACK : 1 + SLACK) : -HUGE_VAL;
}

static void
offer_neighbours(const asking *a, best *b)
{
  const ek_scratch *x = a->x;
  double more = a->cats ? a->scale * x->rest[0] + a->top : a->top;
  for (uint32_t i = 0; i < x->n_w; i++) {
    uint32_t item = x->in_w[i];
    if (x->w[item] + more >= threshold(b) && allowed(a, item))
      offer(b, (ek_scored){ item, score_of(a, item) });
  }
}

/* Whether the item was met in a category before this place: then it has been judged. */
static inline int
met_before(const asking *a, uint32_t item, uint32_t place)
{
  const ek_categories *c = a->cats;
  for (uint64_t k = c->row[item]; k < c->row[item + 1]; k++)
    if (a->x->taste[c->row_cat[k]] != 0 && a->x->place[c->row_cat[k]] < place)
      return 1;
  return 0;
}

static void
offer_category(const asking *a, best *b, uint32_t place)
{
  const ek_categories *c = a->cats;
  const ek_scratch *x = a->x;
  uint32_t category = x->tastes[place];
  double taste = x->taste[category], rest = x->rest[place + 1], least = (threshold(b) - a->top) / a->scale;
  for (uint64_t k = c->col[category]; k < c->col[category + 1]; k++) {
    double share = taste * c->col_w[k];
    if (share + rest < least || share + rest * sqrt(fmax(1 - c->col_w[k] * c->col_w[k], 0) + SLACK * SLACK) < least)
      continue;
    uint32_t item = c->col_item[k];
    if (x->w[item] != 0 || !allowed(a, item) || met_before(a, item, place))
      continue;
    offer(b, (ek_scored){ item, score_of(a, item) });
    least = (threshold(b) - a->top) / a->scale;
  }
}

static void
offer_alike(const asking *a, best *b)
{
  for (uint32_t place = 0; place < a->x->n_tastes; place++) {
    if (a->scale * a->x->rest[place] + a->top < threshold(b))
      break;
    offer_category(a, b, place);
  }
}

/* By popularity, until the next one cannot be among the best any more. */
static void
offer_others(const asking *a, best *b)
{
  const ek_skc *s = a->s;
  for (uint32_t i = 0; i < s->n_items; i++) {
    uint32_t item = s->by_count ? s->by_count[i] : i;
    ek_scored popular = { item, a->unit * s->count[item] };
    if (b->n == b->k && !worse(b->heap[0], popular)) {
      if (s->by_count)
        break;
    } else if (a->x->w[item] == 0 && allowed(a, item) && !(a->cats && likeness(a, item) != 0)) {
      offer(b, popular);
    }
  }
}

static void
bar(const asking *a, const uint32_t *history, size_t n, uint8_t value)
{
  for (size_t t = 0; a->o->exclude_seen && t < n; t++)
    if (history[t] < a->s->n_items)
      a->x->barred[history[t]] = value;
}

static unsigned
ask(const ek_skc *s, ek_scratch *x, const ek_categories *cats, const uint32_t *history, size_t n_history,
    const ek_query_options *o, unsigned k, ek_scored *out)
{
  best b = { out, 0, k };
  asking a = { .s = s, .o = o, .x = x, .cats = cats && cats->n && o->content > 0 ? cats : NULL,
               .unit = s->max_count ? 1e-9 / s->max_count : 0, .top = s->max_count ? 1e-9 : 0 };
  a.scale = o->content * (s->hyper.pop_exp != 0 ? pow(s->max_count + 1.0, fmax(s->hyper.pop_exp, 0)) : 1);
  if (!k)
    return 0;
  bar(&a, history, n_history, 1);
  if (a.cats)
    sum_tastes(s, cats, x, history, n_history);
  offer_neighbours(&a, &b);
  if (a.cats)
    offer_alike(&a, &b);
  offer_others(&a, &b);
  if (a.cats)
    clear_tastes(x);
  bar(&a, history, n_history, 0);
  sort_best(&b);
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
    n_out[i] = ask(s, x, cats, history, n_history, &options[i], k, out[i]);
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
