/* SPDX-License-Identifier: BSD-3-Clause */
/* Training: rows shared among threads, kept in memory or handed on in order. */
#include "stage/local/skc.h"
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/mem.h"
#include "base/pool.h"
#include "stage/local/rows.h"
#include "stage/local/share.h"

#define BLOCK 64u                          /* rows                             */
#define WINDOW 8u                          /* blocks a thread may be ahead of the sink */
#define SLICE_MS 50

typedef struct owned { uint64_t *row; uint32_t *col, *count, *by_count; double *weight, *pop; } owned;

/* ---- W in memory --------------------------------------------------------------------- */

/* Each row has a slot of the length that it cannot exceed; the rows are moved together
 * afterwards. So no order among threads and no second copy of W.               */
typedef struct in_memory {
  const ek_training *t;
  const ek_counting *counting;
  ek_row_counter **counters;
  owned *out;
  uint32_t *length;
} in_memory;

static int
wanted(const ek_training *t, uint64_t row)
{
  return !t->rows || t->rows[row];
}

static void
count_rows(void *arg, unsigned thread, uint64_t from, uint64_t to)
{
  in_memory *m = arg;
  if (!m->counters[thread])
    m->counters[thread] = ek_row_counter_new(m->counting);
  for (uint64_t i = from; i < to; i++)
    if (m->out->row[i + 1] > m->out->row[i])
      m->length[i] = ek_row_count(m->counters[thread], (uint32_t)i, !m->t->unsorted, m->out->col + m->out->row[i],
                                  m->out->weight + m->out->row[i]);
}

static void
move_together(owned *o, const uint32_t *length, uint32_t n)
{
  uint64_t at = 0;
  for (uint32_t i = 0; i < n; i++) {
    uint64_t from = o->row[i];
    if (at < from && length[i]) {
      memmove(o->col + at, o->col + from, length[i] * sizeof *o->col);
      memmove(o->weight + at, o->weight + from, length[i] * sizeof *o->weight);
    }
    o->row[i] = at;
    at += length[i];
  }
  o->row[n] = at;
  o->col = ek_mem_resize(o->col, (size_t)(at + 1) * sizeof *o->col);
  o->weight = ek_mem_resize(o->weight, (size_t)(at + 1) * sizeof *o->weight);
}

static int
train_in_memory(const ek_training *t, const ek_counting *c, owned *o, const ek_stage_watch *watch, ek_error *e)
{
  uint32_t n = t->events->items.n;
  unsigned threads = ek_threads_for(t->threads, (n + BLOCK - 1) / BLOCK);
  in_memory m = { .t = t, .counting = c, .out = o };
  o->row = ek_mem_zero((size_t)n + 1, sizeof *o->row);
  for (uint32_t i = 0; i < n; i++)
    o->row[i + 1] = o->row[i] + (wanted(t, i) ? ek_counting_bound(c, i) : 0);
  o->col = ek_mem_alloc((size_t)(o->row[n] + 1) * sizeof *o->col);
  o->weight = ek_mem_alloc((size_t)(o->row[n] + 1) * sizeof *o->weight);
  m.length = ek_mem_zero((size_t)n + 1, sizeof *m.length);
  m.counters = ek_mem_zero(threads, sizeof *m.counters);
  ek_work work = { n, BLOCK, threads, count_rows, &m, t->text, t->share, t->span };
  int r = ek_share(&work, watch, e);
  if (r == 0)
    move_together(o, m.length, n);
  for (unsigned i = 0; i < threads; i++)
    ek_row_counter_free(m.counters[i]);
  free(m.counters);
  free(m.length);
  return r;
}

/* ---- W to a sink ----------------------------------------------------------------------- */

typedef struct block { uint32_t *length, *col; double *weight; int done; } block;

/* Workers fill blocks of rows in a ring; the calling thread hands them on in order. */
typedef struct stream {
  const ek_training *t;
  const ek_counting *counting;
  pthread_mutex_t lock;
  pthread_cond_t filled, emptied;
  block *ring; uint64_t n_ring;
  uint64_t next, handed_on, n_blocks;      /* block numbers                    */
  int stop;
} stream;

/* Next block to fill, or n_blocks when there is no more. */
static uint64_t
take_block(stream *s)
{
  pthread_mutex_lock(&s->lock);
  while (!s->stop && s->next < s->n_blocks && s->next >= s->handed_on + s->n_ring)
    pthread_cond_wait(&s->emptied, &s->lock);
  uint64_t b = s->stop || s->next >= s->n_blocks ? s->n_blocks : s->next++;
  pthread_mutex_unlock(&s->lock);
  return b;
}

static void
fill_blocks(void *arg, unsigned thread)
{
  stream *s = arg;
  uint32_t n = s->t->events->items.n, topk = s->counting->hyper.topk;
  ek_row_counter *r = ek_row_counter_new(s->counting);
  (void)thread;
  for (uint64_t b; (b = take_block(s)) < s->n_blocks; ) {
    block *k = &s->ring[b % s->n_ring];
    size_t at = 0;
    if (!k->length) {
      k->length = ek_mem_alloc(BLOCK * sizeof *k->length);
      k->col = ek_mem_alloc(((size_t)BLOCK * topk + 1) * sizeof *k->col);
      k->weight = ek_mem_alloc(((size_t)BLOCK * topk + 1) * sizeof *k->weight);
    }
    for (uint64_t i = b * BLOCK; i < n && i < (b + 1) * BLOCK; i++) {
      uint32_t length = ek_row_count(r, (uint32_t)i, 1, k->col + at, k->weight + at);
      k->length[i % BLOCK] = length;
      at += length;
    }
    pthread_mutex_lock(&s->lock);
    k->done = 1;
    pthread_cond_signal(&s->filled);
    pthread_mutex_unlock(&s->lock);
  }
  ek_row_counter_free(r);
}

/* Waits for a block: 1, or 0 when told to stop. */
static int
await_block(stream *s, block *k, const ek_stage_watch *watch)
{
  int stopped = 0;
  pthread_mutex_lock(&s->lock);
  while (!k->done && !(stopped = ek_stopped(watch))) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += SLICE_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
      until.tv_sec++;
      until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(&s->filled, &s->lock, &until);
  }
  pthread_mutex_unlock(&s->lock);
  return !stopped && !ek_stopped(watch);
}

static int
hand_on(stream *s, uint64_t b, ek_error *e)
{
  block *k = &s->ring[b % s->n_ring];
  uint32_t n = s->t->events->items.n;
  size_t at = 0;
  for (uint64_t i = b * BLOCK; i < n && i < (b + 1) * BLOCK; i++) {
    uint32_t length = k->length[i % BLOCK];
    if (s->t->sink(s->t->sink_arg, (uint32_t)i, k->col + at, k->weight + at, length, e) < 0)
      return -1;
    at += length;
  }
  pthread_mutex_lock(&s->lock);
  k->done = 0;
  s->handed_on++;
  pthread_cond_broadcast(&s->emptied);
  pthread_mutex_unlock(&s->lock);
  return 0;
}

static int
hand_all_on(stream *s, const ek_stage_watch *watch, ek_error *e)
{
  for (uint64_t b = 0; b < s->n_blocks; b++) {
    if (!await_block(s, &s->ring[b % s->n_ring], watch))
      return ek_fail_stopped(e);
    if (hand_on(s, b, e) < 0)
      return -1;
    ek_note(watch, s->t->text, s->t->share + s->t->span * (double)(b + 1) / (double)s->n_blocks);
  }
  return 0;
}

static int
train_to_sink(const ek_training *t, const ek_counting *c, const ek_stage_watch *watch, ek_error *e)
{
  stream s = { .t = t, .counting = c, .n_blocks = ((uint64_t)t->events->items.n + BLOCK - 1) / BLOCK };
  unsigned threads = ek_threads_for(t->threads, s.n_blocks);
  pthread_condattr_t monotonic;
  int r = -1;
  pthread_mutex_init(&s.lock, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&s.filled, &monotonic);
  pthread_cond_init(&s.emptied, NULL);
  pthread_condattr_destroy(&monotonic);
  s.n_ring = (uint64_t)threads * WINDOW;
  s.ring = ek_mem_zero((size_t)s.n_ring, sizeof *s.ring);
  ek_pool *pool = ek_pool_start(threads, fill_blocks, &s, e);
  if (pool) {
    r = hand_all_on(&s, watch, e);
    pthread_mutex_lock(&s.lock);
    s.stop = 1;
    pthread_cond_broadcast(&s.emptied);
    pthread_mutex_unlock(&s.lock);
    ek_pool_join(pool);
  }
  for (uint64_t b = 0; b < s.n_ring; b++) {
    free(s.ring[b].length);
    free(s.ring[b].col);
    free(s.ring[b].weight);
  }
  free(s.ring);
  pthread_cond_destroy(&s.filled);
  pthread_cond_destroy(&s.emptied);
  pthread_mutex_destroy(&s.lock);
  return r;
}

/* ---- the model -------------------------------------------------------------------------- */

/* Items by count, largest first, ties by index: two passes of a radix sort, each stable. */
static uint32_t *
order_by_count(const uint32_t *count, uint32_t n)
{
  uint32_t *to = ek_mem_alloc(((size_t)n + 1) * sizeof *to), *from = ek_mem_alloc(((size_t)n + 1) * sizeof *from);
  size_t *place = ek_mem_alloc(65536 * sizeof *place);
  for (uint32_t i = 0; i < n; i++)
    from[i] = i;
  for (unsigned shift = 0; shift < 32; shift += 16) {
    size_t at = 0;
    memset(place, 0, 65536 * sizeof *place);
    for (uint32_t i = 0; i < n; i++)
      place[(count[i] >> shift) & 0xffff]++;
    for (size_t d = 65536; d-- > 0; ) {
      size_t here = place[d];
      place[d] = at;
      at += here;
    }
    for (uint32_t i = 0; i < n; i++)
      to[place[(count[from[i]] >> shift) & 0xffff]++] = from[i];
    uint32_t *swap = to;
    to = from;
    from = swap;
  }
  free(to);
  free(place);
  return from;
}

static double *
popularity_factor(const uint32_t *count, uint32_t n, double exponent)
{
  double *pop = ek_mem_alloc(((size_t)n + 1) * sizeof *pop);
  for (uint32_t i = 0; i < n; i++)
    pop[i] = pow(count[i] + 1.0, exponent);
  return pop;
}

ek_skc *
ek_skc_train_as(const ek_training *t, const ek_stage_watch *watch, ek_error *e)
{
  ek_counting *c = ek_counting_begin(t->events, t->mask, t->hyper, t->categories);
  owned *o = ek_mem_zero(1, sizeof *o);
  ek_skc *s = ek_mem_zero(1, sizeof *s);
  uint32_t n = t->events->items.n;
  s->owned = o;
  s->n_items = n;
  s->hyper = c->hyper;
  s->categories = t->categories;
  s->max_count = c->max_count;
  int r = t->sink ? train_to_sink(t, c, watch, e) : train_in_memory(t, c, o, watch, e);
  s->count = o->count = c->count;
  c->count = NULL;
  ek_counting_free(c);
  if (r < 0) {
    ek_skc_free(s);
    return NULL;
  }
  s->by_count = o->by_count = order_by_count(o->count, n);
  if (t->hyper->pop_exp != 0)
    s->pop = o->pop = popularity_factor(o->count, n, t->hyper->pop_exp);
  s->row = o->row;
  s->col = o->col;
  s->weight = o->weight;
  return s;
}

ek_skc *
ek_skc_train(const ek_events *ev, ek_train_mask mask, const ek_hyper *hyper, const ek_categories *categories,
             unsigned threads, ek_row_sink sink, void *arg, const ek_stage_watch *watch, ek_error *e)
{
  ek_training t = { .events = ev, .mask = mask, .hyper = hyper, .categories = categories, .threads = threads,
                    .sink = sink, .sink_arg = arg, .text = "training", .share = 0, .span = 1 };
  return ek_skc_train_as(&t, watch, e);
}

void
ek_skc_free(ek_skc *s)
{
  if (!s)
    return;
  owned *o = s->owned;
  if (o) {
    free(o->row);
    free(o->col);
    free(o->count);
    free(o->by_count);
    free(o->weight);
    free(o->pop);
    free(o);
  }
  free(s);
}
