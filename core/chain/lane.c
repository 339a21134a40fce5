/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks through the lane: in at the front, units into the window, out in input order. */
#include "chain/lane.h"
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "chain/lane_internal.h"

int
ek_lane_needed(const ek_chain *chain)
{
  for (unsigned i = 0; i < chain->n_steps; i++)
    if (chain->steps[i].instance->network)
      return 1;
  return 0;
}

uint64_t
ek_lane_settled(const ek_lane *l)
{
  return atomic_load_explicit(&l->settled, memory_order_relaxed);
}

static void
tell(ek_text *out, uint64_t n, const char *one, const char *many)
{
  if (!n)
    return;
  ek_text_cstr(out, out->len ? "  " : "");
  ek_text_thousands(out, n);
  ek_text_printf(out, " %s", n == 1 ? one : many);
}

void
ek_lane_tell(ek_lane *l, ek_text *out)
{
  ek_step_stats sum = { 0 };
  const char *currency = NULL;
  char amount[EK_MONEY_MAX];
  int64_t nano = 0;
  for (unsigned i = l->first; i < l->chain->n_steps; i++) {
    const ek_instance *in = l->chain->steps[i].instance;
    if (!l->steps[i] || !in->paid)
      continue;
    currency = in->currency[0] ? in->currency : currency;      /* of a file it is one */
    nano += ek_purse_spent(l->purse, i, NULL);
  }
  pthread_mutex_lock(&l->lock);
  for (unsigned i = l->first; i < l->chain->n_steps; i++) {
    sum.calls += l->stats[i].calls;
    sum.throttled += l->stats[i].throttled;
    sum.cache_hits += l->stats[i].cache_hits;
  }
  pthread_mutex_unlock(&l->lock);
  if (nano && currency)
    ek_text_printf(out, "%s %s", ek_money_amount(nano, 2, amount), currency);
  tell(out, sum.throttled, "throttled", "throttled");
  tell(out, sum.calls, "call", "calls");
  tell(out, sum.cache_hits, "from the cache", "from the cache");
}

/* ---- block contexts -------------------------------------------------------------------- */

static int
may_take(const ek_lane *l)
{
  return l->n_taken < l->most_blocks && l->bytes < EK_LANE_BYTES;
}

ek_worker *
ek_lane_take(ek_lane *l)
{
  ek_worker *w;
  unsigned number;
  pthread_mutex_lock(&l->lock);
  while (!may_take(l) && !ek_lane_ending(l) && !l->dead)
    pthread_cond_wait(&l->room, &l->lock);
  if (ek_lane_ending(l) || l->dead) {
    pthread_mutex_unlock(&l->lock);
    return NULL;
  }
  number = l->n_taken++;
  w = l->free;
  if (w) {
    l->free = w->next;
    l->n_free--;
  }
  pthread_mutex_unlock(&l->lock);
  if (!w) {
    w = ek_mem_alloc(sizeof *w);
    ek_worker_init(w, l->run, number);
  }
  return w;
}

static void
discard(ek_worker *w)
{
  ek_worker_clear(w);
  free(w);
}

/* Back among the free ones; few are kept, for each has the memory of the largest block that it held. */
void
ek_lane_give_back(ek_lane *l, ek_worker *w)
{
  unsigned keep = l->run->spec->threads + 2;
  w->fatal = 0;
  w->half = 0;
  free(w->tail);
  w->tail = NULL;
  pthread_mutex_lock(&l->lock);
  l->n_taken--;
  if (l->n_free < keep) {
    w->next = l->free;
    l->free = w;
    l->n_free++;
    w = NULL;
  }
  pthread_cond_broadcast(&l->room);
  pthread_mutex_unlock(&l->lock);
  if (w)
    discard(w);
}

/* ---- in ----------------------------------------------------------------------------------- */

/* The steps before the first that leaves the machine, as without a lane. Units that are committed by themselves
 * are counted by themselves. */
static void
run_leading(ek_lane *l, ek_worker *w)
{
  ek_stats *front;
  w->split = ek_block_split(w);
  ek_steps_run(w, 0, l->first, 0, w->split);
  if (w->split == w->n)
    return;
  front = ek_mem_alloc(sizeof *front);
  memcpy(front, &w->stats, sizeof *front);
  ek_stats_zero(&w->stats, l->run->spec);
  ek_steps_run(w, 0, l->first, w->split, w->n);
  w->tail = ek_mem_alloc(sizeof *w->tail);
  memcpy(w->tail, &w->stats, sizeof *w->tail);
  memcpy(&w->stats, front, sizeof *front);
  free(front);
}

/* A place in the window; NULL when the run ends. */
static ek_flight *
board(ek_lane *l)
{
  ek_flight *f = NULL;
  pthread_mutex_lock(&l->lock);
  while (l->in_flight >= l->window && !ek_lane_ending(l))
    pthread_cond_wait(&l->room, &l->lock);
  l->in_flight++;                       /* of one that is not done, too: it lands at once */
  f = l->spare;
  if (f)
    l->spare = f->next;
  pthread_mutex_unlock(&l->lock);
  return f ? f : ek_mem_zero(1, sizeof *f);
}

static void
start_flight(ek_lane *l, ek_worker *w, ek_unit *u, unsigned step, uint32_t arms)
{
  ek_flight *f = board(l);
  *f = (ek_flight){ .lane = l, .w = w, .unit = u, .home = l->steps[l->steps[step] ? step : l->first], .step = step,
                    .arms = arms };
  pthread_mutex_lock(&l->lock);
  w->pending++;
  w->front += (size_t)(u - w->units) < w->split ? 1u : 0u;
  pthread_mutex_unlock(&l->lock);
  if (ek_lane_ending(l))
    ek_lane_undone(f);
  else
    ek_lane_push(f);
}

/* The block, or the front of it, has sent all its units. */
static void
all_sent(ek_lane *l, ek_worker *w, int front)
{
  pthread_mutex_lock(&l->lock);
  w->pending += front ? 1u : 0u;        /* the rest is yet to come               */
  int whole = ek_lane_unit_less(w, front);
  pthread_mutex_unlock(&l->lock);
  if (whole)
    pthread_cond_signal(&l->finish);
}

static void
send_units(ek_lane *l, ek_worker *w)
{
  uint64_t through = 0;
  for (size_t i = 0; i < w->n; i++) {
    ek_unit *u = &w->units[i];
    unsigned step = l->first;
    uint32_t arms;
    through++;
    if (i == w->split)
      all_sent(l, w, 1);
    if (u->state == EK_UNIT_DUPLICATE || u->state == EK_UNIT_BEYOND)
      continue;
    pthread_mutex_lock(&w->lock);
    int asks = ek_lane_next(w, u, &step, &arms);
    pthread_mutex_unlock(&w->lock);
    if (!asks)
      continue;
    through--;
    start_flight(l, w, u, step, arms);
  }
  atomic_fetch_add_explicit(&l->settled, through, memory_order_relaxed);
}

static void
stop_for(ek_lane *l, const ek_worker *w)
{
  uint_fast64_t mine = w->block.seq + 1, first = atomic_load(&l->fatal_seq);
  while ((!first || mine < first) && !atomic_compare_exchange_weak(&l->fatal_seq, &first, mine))
    ;
  ek_run_stop(l->run);
}

static void
enter_block(ek_lane *l, ek_worker *w)
{
  pthread_mutex_lock(&l->lock);
  w->next = NULL;
  w->pending = w->front = 1;
  *l->blocks_end = w;
  l->blocks_end = &w->next;
  l->bytes += w->block.len;
  pthread_mutex_unlock(&l->lock);
}

void
ek_lane_put(ek_lane *l, ek_worker *w)
{
  ek_block_base(w);
  run_leading(l, w);
  if (w->fatal)
    stop_for(l, w);
  if (!ek_turnstile_enter(&l->entry, w->block.seq)) {
    ek_lane_give_back(l, w);
    return;
  }
  enter_block(l, w);
  if (!w->fatal)
    send_units(l, w);
  ek_turnstile_leave(&l->entry, w->block.seq);
  all_sent(l, w, 0);
}

/* ---- out, in input order -------------------------------------------------------------------- */

/* The first part of the block that is committed in two, while units of the second may still be in flight. */
static int
commit_front(ek_worker *w)
{
  pthread_mutex_lock(&w->lock);
  int fatal = w->fatal, r;
  if (fatal && w->fatal_unit >= w->units + w->split)
    w->fatal = 0;                       /* its time is yet to come                */
  ek_block_format(w, 0, w->split);
  r = ek_block_commit(w);
  w->fatal = fatal;
  pthread_mutex_unlock(&w->lock);
  w->half = 1;
  return r;
}

static int
commit_rest(ek_worker *w)
{
  if (!w->half && w->split < w->n && commit_front(w) < 0)
    return -1;
  if (w->half)
    memcpy(&w->stats, w->tail, sizeof w->stats);
  ek_block_format(w, w->half ? w->split : 0, w->n);
  return ek_block_commit(w);
}

static int
commit(ek_worker *w, int complete)
{
  w->labels = w->run->stats->labels;
  int r = complete ? commit_rest(w) : commit_front(w);
  w->labels = NULL;
  return r;
}

/* Whose turn it is, whole (and then out of the list) or its front; any that is whole, when nothing is committed any
 * more. NULL: nobody's yet. Under the lock. */
static ek_worker *
next_block(ek_lane *l, int *complete)
{
  for (ek_worker **at = &l->blocks; *at; at = &(*at)->next) {
    ek_worker *w = *at;
    *complete = !w->pending;
    if (!l->dead && w->block.seq != l->next_seq)
      continue;
    if (!l->dead && !*complete && !w->front && w->split < w->n && !w->half)
      return w;
    if (!*complete)
      continue;
    *at = w->next;
    if (l->blocks_end == &w->next)
      l->blocks_end = at;
    l->bytes -= w->block.len;
    return w;
  }
  return NULL;
}

/* One block, with the lock given up meanwhile. */
static void
finish_block(ek_lane *l, ek_worker *w, int complete)
{
  int dead = l->dead;
  l->finishing = 1;
  pthread_mutex_unlock(&l->lock);
  if (!dead && commit(w, complete) < 0)
    dead = 1;
  if (complete)
    ek_lane_give_back(l, w);
  pthread_mutex_lock(&l->lock);
  l->finishing = 0;
  l->next_seq += complete ? 1u : 0u;
  l->dead |= dead;
  if (!l->blocks)
    pthread_cond_broadcast(&l->drained);
}

static void
finish(void *arg, unsigned index)
{
  ek_lane *l = arg;
  int complete;
  (void)index;
  pthread_mutex_lock(&l->lock);
  for (;;) {
    ek_worker *w = next_block(l, &complete);
    if (w)
      finish_block(l, w, complete);
    else if (l->quit)
      break;
    else
      pthread_cond_wait(&l->finish, &l->lock);
  }
  pthread_mutex_unlock(&l->lock);
}

int
ek_lane_drain(ek_lane *l, int ms)
{
  int64_t until = ek_monotonic_ns() + (int64_t)ms * 1000000;
  pthread_mutex_lock(&l->lock);
  while ((l->blocks || l->finishing) && ek_monotonic_ns() < until)
    ek_cond_wait_until(&l->drained, &l->lock, until);
  int all = !l->blocks && !l->finishing;
  pthread_mutex_unlock(&l->lock);
  return all;
}

/* ---- start, wake, end ------------------------------------------------------------------------ */

static ek_bucket *
bucket_for(ek_lane *l, const ek_step_settings *s)
{
  for (size_t i = 0; s->rate_named && i < l->n_buckets; i++)
    if (l->buckets[i].name && strcmp(l->buckets[i].name, s->rate.name) == 0)
      return l->buckets[i].bucket;
  ek_bucket *b = ek_bucket_new(&s->rate, ek_monotonic_ns());
  l->buckets[l->n_buckets++] = (lane_bucket){ s->rate_named ? s->rate.name : NULL, b };
  return b;
}

static void
make_crews(lane_step *s)
{
  s->crews = ek_mem_zero(s->threads, sizeof *s->crews);
  for (unsigned i = 0; i < s->threads; i++) {
    lane_crew *c = &s->crews[i];
    c->step = s;
    c->flights = ek_mem_zero(s->batch, sizeof *c->flights);
    c->random = 0x9e3779b97f4a7c15u * (s->index * 1024u + i + 1);
    c->items = ek_mem_zero(s->batch, sizeof *c->items);
    c->sinks = ek_mem_zero(s->batch, sizeof *c->sinks);
    c->calls = ek_mem_zero(s->batch, sizeof *c->calls);
    c->status = ek_mem_zero(s->batch, sizeof *c->status);
  }
}

/* Beyond one for each request that may be under way: only where requests are counted here. */
static unsigned
threads_to_prepare(const lane_step *s)
{
  const ek_enricher *en = s->instance->plugin->enricher;
  int asks = 0;
  for (size_t i = 0; en->needs && en->needs[i]; i++)
    asks |= strcmp(en->needs[i], EK_EXT_HTTP) == 0;
  return asks && en->thread_model == EK_THREAD_PARALLEL ? 1 + s->workers / 8 : 0;
}

static void
make_step(ek_lane *l, unsigned index)
{
  const ek_step *from = &l->chain->steps[index];
  lane_step *s = ek_mem_zero(1, sizeof *s);
  s->lane = l;
  s->index = index;
  s->settings = from->settings;
  s->instance = from->instance;
  s->bucket = bucket_for(l, s->settings);
  s->batch = ek_steps_batch(from);
  s->workers = s->settings->workers ? s->settings->workers : 1;
  /* One call at a time: more threads would only wait for each other, and for their deadlines. */
  if (from->instance->plugin->enricher->thread_model != EK_THREAD_PARALLEL)
    s->workers = 1;
  if (s->workers > l->window)
    s->workers = l->window;
  s->threads = s->workers + threads_to_prepare(s);
  ek_cond_init(&s->ready);
  ek_cond_init(&s->place);
  ek_cond_init(&s->timer);
  make_crews(s);
  l->steps[index] = s;
}

static void
make_steps(ek_lane *l)
{
  unsigned workers = 0;
  l->buckets = ek_mem_zero(l->chain->n_steps, sizeof *l->buckets);
  for (unsigned i = l->chain->n_steps; i-- > 0;)
    if (l->chain->steps[i].instance->network) {
      l->first = i;
      make_step(l, i);
      workers += l->steps[i]->threads;
    }
  /* Fetched, in a call, and some in between so that nobody waits for the other. */
  l->most_holding = l->picture_workers + workers + (workers > 32 ? workers / 2 : 16);
}

static int
start_pools(ek_lane *l, ek_error *e)
{
  l->finisher = ek_pool_start(1, finish, l, e);
  if (!l->finisher)
    return -1;
  for (unsigned i = 0; i < l->chain->n_steps; i++)
    if (l->steps[i] && !(l->steps[i]->pool = ek_pool_start(l->steps[i]->threads, ek_lane_work, l->steps[i], e)))
      return -1;
  if (l->picture_workers && !(l->picture_pool = ek_pool_start(l->picture_workers, ek_lane_fetch, l, e)))
    return -1;
  return 0;
}

static void
init_locks(ek_lane *l)
{
  pthread_mutex_init(&l->lock, NULL);
  pthread_mutex_init(&l->sleep_lock, NULL);
  ek_cond_init(&l->room);
  ek_cond_init(&l->finish);
  ek_cond_init(&l->drained);
  ek_cond_init(&l->pictures);
  ek_cond_init(&l->sleep);
  ek_cond_init(&l->paid);
  ek_turnstile_init(&l->entry);
}

ek_lane *
ek_lane_new(ek_run *run, ek_error *e)
{
  const ek_engine_spec *spec = run->spec;
  ek_lane *l = ek_mem_zero(1, sizeof *l);
  l->run = run;
  l->chain = spec->chain;
  l->window = spec->window ? spec->window : 1000;
  l->low = l->window - 1 - l->window / 16;
  l->most_blocks = (spec->threads ? spec->threads : 1) + EK_LANE_BLOCKS;
  l->blocks_end = &l->blocks;
  init_locks(l);
  if (spec->services && spec->services->assets)
    l->picture_workers = spec->image_workers ? spec->image_workers : 1;
  l->hosts = ek_hosts_new();
  l->later_due = INT64_MAX;
  if (l->picture_workers && spec->image_rate && spec->image_rate->per_second > 0) {
    ek_rate all = *spec->image_rate;
    all.adapt = 0;                      /* that one host is busy does not slow down the others */
    l->picture_bucket = ek_bucket_new(&all, ek_monotonic_ns());
  }
  make_steps(l);
  run->lane = l;
  l->purse = ek_purse_new(l->chain, spec->run_budget, spec->services, e);
  return l->purse && start_pools(l, e) == 0 ? l : NULL;
}

void
ek_lane_wake(ek_lane *l)
{
  pthread_mutex_lock(&l->lock);
  pthread_cond_broadcast(&l->room);
  pthread_cond_broadcast(&l->finish);
  pthread_cond_broadcast(&l->pictures);
  for (unsigned i = 0; i < l->chain->n_steps; i++)
    if (l->steps[i]) {
      pthread_cond_broadcast(&l->steps[i]->ready);
      pthread_cond_broadcast(&l->steps[i]->timer);
      pthread_cond_broadcast(&l->steps[i]->place);
    }
  pthread_mutex_unlock(&l->lock);
  pthread_mutex_lock(&l->sleep_lock);
  pthread_cond_broadcast(&l->sleep);
  pthread_cond_broadcast(&l->paid);
  pthread_mutex_unlock(&l->sleep_lock);
}

void
ek_lane_break(ek_lane *l)
{
  pthread_mutex_lock(&l->lock);
  l->dead = 1;
  pthread_mutex_unlock(&l->lock);
  ek_turnstile_throw_open(&l->entry);
  ek_lane_wake(l);
}

static void
add_stats(ek_lane *l)
{
  ek_stats *total = l->run->stats;
  for (unsigned i = 0; i < l->chain->n_steps; i++) {
    ek_step_stats_add(&total->steps[i], &l->stats[i]);
    if (l->steps[i] && l->purse)
      total->steps[i].spent_nano = ek_purse_spent(l->purse, i, &total->steps[i].before_nano);
  }
}

static void
free_step(lane_step *s)
{
  for (unsigned i = 0; i < s->threads; i++) {
    lane_crew *c = &s->crews[i];
    ek_arena_free(&c->scratch);
    free(c->flights);
    free(c->items);
    free(c->sinks);
    free(c->calls);
    free(c->status);
  }
  pthread_cond_destroy(&s->ready);
  pthread_cond_destroy(&s->timer);
  pthread_cond_destroy(&s->place);
  free(s->crews);
  free(s->heap.at);
  free(s);
}

static void
free_memory(ek_lane *l)
{
  pthread_cond_t *conds[] = { &l->room, &l->finish, &l->drained, &l->pictures, &l->sleep, &l->paid };
  for (unsigned i = 0; i < l->chain->n_steps; i++)
    if (l->steps[i])
      free_step(l->steps[i]);
  while (l->free) {
    ek_worker *next = l->free->next;
    discard(l->free);
    l->free = next;
  }
  while (l->spare) {
    ek_flight *next = l->spare->next;
    free(l->spare);
    l->spare = next;
  }
  for (size_t i = 0; i < l->n_buckets; i++)
    ek_bucket_free(l->buckets[i].bucket);
  free(l->buckets);
  ek_bucket_free(l->picture_bucket);
  ek_hosts_free(l->hosts);
  free(l->later.at);
  free(l->later_more.at);
  ek_purse_free(l->purse);
  for (size_t i = 0; i < sizeof conds / sizeof *conds; i++)
    pthread_cond_destroy(conds[i]);
  ek_turnstile_destroy(&l->entry);
  pthread_mutex_destroy(&l->lock);
  pthread_mutex_destroy(&l->sleep_lock);
  free(l);
}

void
ek_lane_free(ek_lane *l, int abandon)
{
  void (*end)(ek_pool *) = abandon ? ek_pool_abandon : ek_pool_join;
  pthread_mutex_lock(&l->lock);
  l->quit = 1;
  pthread_mutex_unlock(&l->lock);
  ek_lane_wake(l);
  for (unsigned i = 0; i < l->chain->n_steps; i++)
    if (l->steps[i] && l->steps[i]->pool)
      end(l->steps[i]->pool);
  if (l->picture_pool)
    end(l->picture_pool);
  if (l->finisher)
    end(l->finisher);
  if (abandon)
    return;
  add_stats(l);
  free_memory(l);
}
