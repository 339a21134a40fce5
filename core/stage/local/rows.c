/* SPDX-License-Identifier: BSD-3-Clause */
/* A row of C is summed in the order of the places of its item, forward before backward
 * at each: the same order whoever counts it, so the same bits.               */
#include "stage/local/rows.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

#define TOPK 200
#define TOPK_LARGE 50
#define LARGE 100000                       /* items                             */
#define AHEAD 8                            /* places fetched before they are needed */

struct ek_row_counter {
  const ek_counting *of;
  double *sum;                             /* by item; 0 between rows           */
  uint32_t *touched; uint32_t n;
  ek_neighbour *kept;
  double *likeness;                        /* by category: the row of the item, for boost */
};

/* ---- set-up -------------------------------------------------------------------- */

static void
mark_starts(const ek_events *ev, uint64_t *starts)
{
  for (uint32_t u = 0; u < ev->users.n; u++)
    if (ev->start[u] < ev->n)
      starts[ev->start[u] >> 6] |= (uint64_t)1 << (ev->start[u] & 63);
}

static int
trains(const ek_train_mask *mask, uint32_t user)
{
  return !mask->users || mask->users[user];
}

static int
compare_lengths(const void *pa, const void *pb)
{
  const uint64_t *a = pa, *b = pb;
  return (*a > *b) - (*a < *b);
}

/* Leaves out training users whose history is shorter or longer than the percentiles say.
 * Returns the mask that is then in force, or NULL when none is left out.     */
static uint8_t *
bound_history(const ek_events *ev, const ek_train_mask *mask, const ek_hyper *hyper)
{
  if (hyper->min_history <= 0 && hyper->max_history >= 1)
    return NULL;
  uint64_t *lengths = ek_mem_alloc(((size_t)ev->users.n + 1) * sizeof *lengths);
  uint8_t *users = ek_mem_zero((size_t)ev->users.n + 1, 1);
  size_t n = 0;
  for (uint32_t u = 0; u < ev->users.n; u++)
    if (trains(mask, u))
      lengths[n++] = ev->start[u + 1] - ev->start[u];
  qsort(lengths, n, sizeof *lengths, compare_lengths);
  double top = n ? (double)(n - 1) : 0;
  uint64_t low = n && hyper->min_history > 0 ? lengths[(size_t)floor(fmin(hyper->min_history, 1) * top)] : 0;
  uint64_t high = n && hyper->max_history < 1 ? lengths[(size_t)ceil(fmax(hyper->max_history, 0) * top)] : UINT64_MAX;
  for (uint32_t u = 0; u < ev->users.n; u++) {
    uint64_t length = ev->start[u + 1] - ev->start[u];
    users[u] = trains(mask, u) && length >= low && length <= high;
  }
  free(lengths);
  return users;
}

static void
index_items(ek_counting *c, const ek_train_mask *mask)
{
  const ek_events *ev = c->events;
  uint32_t n = ev->items.n;
  c->from = ek_mem_zero((size_t)n + 2, sizeof *c->from);
  c->count = ek_mem_zero((size_t)n + 1, sizeof *c->count);
  for (uint32_t u = 0; u < ev->users.n; u++)
    if (trains(mask, u))
      for (uint64_t k = ev->start[u]; k < ev->start[u + 1]; k++)
        c->count[ev->item[k]]++;
  for (uint32_t i = 0; i < n; i++) {
    c->from[i + 2] = c->from[i + 1] + c->count[i];       /* shifted by one: the fill below moves it back */
    if (c->count[i] > c->max_count)
      c->max_count = c->count[i];
  }
  c->position = ek_mem_alloc(((size_t)c->from[n + 1] + 1) * sizeof *c->position);
  for (uint32_t u = 0; u < ev->users.n; u++)
    if (trains(mask, u))
      for (uint64_t k = ev->start[u]; k < ev->start[u + 1]; k++)
        c->position[c->from[ev->item[k] + 1]++] = (uint32_t)k;
}

static double *
damping(const uint32_t *count, uint32_t n, double exponent)
{
  double *d = ek_mem_alloc(((size_t)n + 1) * sizeof *d);
  for (uint32_t i = 0; i < n; i++)
    d[i] = pow(count[i] ? count[i] : 1, -exponent);
  return d;
}

ek_counting *
ek_counting_begin(const ek_events *ev, ek_train_mask mask, const ek_hyper *hyper, const ek_categories *categories)
{
  ek_counting *c = ek_mem_zero(1, sizeof *c);
  c->events = ev;
  c->categories = hyper->boost != 0 ? categories : NULL;
  c->hyper = *hyper;
  if (!c->hyper.topk)
    c->hyper.topk = ev->items.n > LARGE ? TOPK_LARGE : TOPK;
  c->starts = ek_mem_zero((size_t)(ev->n >> 6) + 1, sizeof *c->starts);
  mark_starts(ev, c->starts);
  uint8_t *bounded = bound_history(ev, &mask, hyper);
  if (bounded)
    mask.users = bounded;
  index_items(c, &mask);
  free(bounded);
  c->forward = ek_mem_alloc(((size_t)hyper->window + 1) * sizeof *c->forward);
  c->backward = ek_mem_alloc(((size_t)hyper->window + 1) * sizeof *c->backward);
  for (unsigned g = 1; g <= hyper->window; g++) {
    c->forward[g] = g == 1 ? 1 : exp(-(g - 1.0) / hyper->pair_decay);
    c->backward[g] = hyper->back * c->forward[g];
  }
  c->from_damp = damping(c->count, ev->items.n, hyper->nfrom);
  if (hyper->nto != 0)
    c->to_damp = damping(c->count, ev->items.n, hyper->nto);
  return c;
}

void
ek_counting_free(ek_counting *c)
{
  if (!c)
    return;
  free(c->starts);
  free(c->from);
  free(c->position);
  free(c->count);
  free(c->forward);
  free(c->backward);
  free(c->from_damp);
  free(c->to_damp);
  free(c);
}

/* ---- neighbours in a user's sequence ----------------------------------------------- */

/* How many of the next `window` events are the same user's. */
static uint32_t
events_after(const ek_counting *c, uint64_t place)
{
  uint64_t at = place + 1, end = at + c->hyper.window;
  if (end > c->events->n)
    end = c->events->n;
  while (at < end) {
    uint64_t bits = c->starts[at >> 6] >> (at & 63);
    if (bits) {
      at += (unsigned)__builtin_ctzll(bits);
      break;
    }
    at = (at | 63) + 1;
  }
  return (uint32_t)((at < end ? at : end) - place - 1);
}

/* How many of the `window` events before are. */
static uint32_t
events_before(const ek_counting *c, uint64_t place)
{
  uint64_t low = place > c->hyper.window ? place - c->hyper.window : 0, at = place;
  for (;;) {
    uint64_t bits = c->starts[at >> 6] << (63 - (at & 63));
    if (bits) {
      at -= (unsigned)__builtin_clzll(bits);
      break;
    }
    if ((at & ~(uint64_t)63) <= low)
      return (uint32_t)(place - low);
    at = (at & ~(uint64_t)63) - 1;
  }
  return (uint32_t)(place - (at > low ? at : low));
}

uint32_t
ek_counting_bound(const ek_counting *c, uint32_t item)
{
  uint64_t pairs = 0;
  for (uint64_t k = c->from[item]; k < c->from[item + 1] && pairs < c->hyper.topk; k++) {
    pairs += events_after(c, c->position[k]);
    if (c->hyper.back > 0)
      pairs += events_before(c, c->position[k]);
  }
  if (pairs > c->hyper.topk)
    pairs = c->hyper.topk;
  return pairs < c->events->items.n ? (uint32_t)pairs : c->events->items.n - 1;
}

/* ---- one row --------------------------------------------------------------------- */

ek_row_counter *
ek_row_counter_new(const ek_counting *c)
{
  ek_row_counter *r = ek_mem_zero(1, sizeof *r);
  uint32_t n = c->events->items.n;
  r->of = c;
  r->sum = ek_mem_zero((size_t)n + 1, sizeof *r->sum);
  r->touched = ek_mem_alloc(((size_t)n + 1) * sizeof *r->touched);
  r->kept = ek_mem_alloc(((size_t)(c->hyper.topk < n ? c->hyper.topk : n) + 1) * sizeof *r->kept);
  if (c->categories)
    r->likeness = ek_mem_zero((size_t)c->categories->n + 1, sizeof *r->likeness);
  return r;
}

void
ek_row_counter_free(ek_row_counter *r)
{
  if (!r)
    return;
  free(r->sum);
  free(r->touched);
  free(r->kept);
  free(r->likeness);
  free(r);
}

/* A sum of 0 means "not touched": what is too small to count is left out. */
static inline void
add(ek_row_counter *r, uint32_t item, double x)
{
  double before = r->sum[item];
  r->touched[r->n] = item;
  r->n += (before == 0) & (x > 0);
  r->sum[item] = before + x;
}

static void
sum_row(ek_row_counter *r, uint32_t item)
{
  const ek_counting *c = r->of;
  const uint32_t *events = c->events->item;
  uint64_t end = c->from[item + 1];
  int back = c->hyper.back > 0;
  for (uint64_t k = c->from[item]; k < end; k++) {
    uint64_t p = c->position[k];
    if (k + AHEAD < end)
      __builtin_prefetch(&events[c->position[k + AHEAD]]);
    uint32_t n = events_after(c, p);
    for (uint32_t g = 1; g <= n; g++)
      if (events[p + g] != item)
        add(r, events[p + g], c->forward[g]);
    n = back ? events_before(c, p) : 0;
    for (uint32_t g = 1; g <= n; g++)
      if (events[p - g] != item)
        add(r, events[p - g], c->backward[g]);
  }
}

static double
likeness(const ek_row_counter *r, uint32_t item)
{
  const ek_categories *cats = r->of->categories;
  double cosine = 0;
  for (uint64_t k = cats->row[item]; k < cats->row[item + 1]; k++)
    cosine += r->likeness[cats->row_cat[k]] * cats->row_w[k];
  return cosine;
}

static void
set_likeness(ek_row_counter *r, uint32_t item, int on)
{
  const ek_categories *cats = r->of->categories;
  for (uint64_t k = cats->row[item]; k < cats->row[item + 1]; k++)
    r->likeness[cats->row_cat[k]] = on ? cats->row_w[k] : 0;
}

/* ---- the topk of a row ------------------------------------------------------------ */

static inline int
worse(ek_neighbour a, ek_neighbour b)
{
  return a.weight != b.weight ? a.weight < b.weight : a.item > b.item;
}

/* Heap with the worst on top. */
static void
sift(ek_neighbour *heap, uint32_t n, uint32_t at, ek_neighbour x)
{
  for (;;) {
    uint32_t child = 2 * at + 1;
    if (child >= n)
      break;
    if (child + 1 < n && worse(heap[child + 1], heap[child]))
      child++;
    if (!worse(heap[child], x))
      break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = x;
}

static void
make_heap(ek_neighbour *heap, uint32_t n)
{
  for (uint32_t i = n / 2; i-- > 0; )
    sift(heap, n, i, heap[i]);
}

static void
sort_heap(ek_neighbour *heap, uint32_t n)
{
  while (n > 1) {
    ek_neighbour last = heap[--n];
    heap[n] = heap[0];
    sift(heap, n, 0, last);
  }
}

/* Damps the sums and keeps the topk largest; clears the sums. */
static uint32_t
keep_largest(ek_row_counter *r, uint32_t item, int sorted)
{
  const ek_counting *c = r->of;
  uint32_t n = 0, topk = c->hyper.topk;
  for (uint32_t k = 0; k < r->n; k++) {
    ek_neighbour x = { r->sum[r->touched[k]] * c->from_damp[item], r->touched[k] };
    r->sum[x.item] = 0;
    if (c->to_damp)
      x.weight *= c->to_damp[x.item];
    if (c->categories)
      x.weight *= fmax(1 + c->hyper.boost * likeness(r, x.item), 0);
    if (n < topk) {
      r->kept[n++] = x;
      if (n == topk)
        make_heap(r->kept, n);
    } else if (topk && worse(r->kept[0], x)) {
      sift(r->kept, n, 0, x);
    }
  }
  r->n = 0;
  if (sorted) {
    if (n < topk)
      make_heap(r->kept, n);
    sort_heap(r->kept, n);
  }
  return n;
}

uint32_t
ek_row_count(ek_row_counter *r, uint32_t item, int sorted, uint32_t *col, double *weight)
{
  const ek_counting *c = r->of;
  if (c->categories)
    set_likeness(r, item, 1);
  sum_row(r, item);
  uint32_t n = keep_largest(r, item, sorted);
  if (c->categories)
    set_likeness(r, item, 0);
  for (uint32_t k = 0; k < n; k++) {
    col[k] = r->kept[k].item;
    weight[k] = r->kept[k].weight;
  }
  return n;
}
