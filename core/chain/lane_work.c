/* SPDX-License-Identifier: BSD-3-Clause */
/* The threads of one step: they take flights, call the plugin, and send them on. */
#include <stdio.h>
#include "chain/lane_internal.h"

ek_stats *
ek_lane_stats_of(ek_worker *w, const ek_unit *u)
{
  return w->tail && (size_t)(u - w->units) >= w->split ? w->tail : &w->stats;
}

int
ek_lane_next(ek_worker *w, ek_unit *u, unsigned *step, uint32_t *arms)
{
  const ek_chain *chain = w->run->spec->chain;
  ek_stats *stats = ek_lane_stats_of(w, u);
  for (; *step < chain->n_steps; ++*step) {
    *arms = u->state == EK_UNIT_ALIVE ? ek_steps_arms(chain, *step, u) : 0;
    if (*arms)
      return 1;
    if (u->outcomes)
      stats->steps[*step].not_asked++;
  }
  return 0;
}

/* ---- the end of a flight ------------------------------------------------------------- */

static int
is_front(const ek_worker *w, const ek_unit *u)
{
  return (size_t)(u - w->units) < w->split;
}

/* What is left of a block. Under the lane's lock. */
int
ek_lane_unit_less(ek_worker *w, int front)
{
  w->pending--;
  w->front -= front ? 1u : 0u;
  return !w->pending || (front && !w->front);
}

void
ek_lane_land(ek_flight *f)
{
  ek_lane *l = f->lane;
  ek_worker *w = f->w;
  ek_lane_drop_pictures(f);
  atomic_fetch_add_explicit(&l->settled, 1, memory_order_relaxed);
  pthread_mutex_lock(&l->lock);
  f->next = l->spare;
  l->spare = f;
  int room = --l->in_flight == l->low, whole = ek_lane_unit_less(w, is_front(w, f->unit));
  pthread_mutex_unlock(&l->lock);
  if (room)
    pthread_cond_broadcast(&l->room);
  if (whole)
    pthread_cond_signal(&l->finish);
}

void
ek_lane_undone(ek_flight *f)
{
  ek_worker *w = f->w;
  unsigned step = f->step;
  uint32_t arms;
  pthread_mutex_lock(&w->lock);
  ek_step_stats *s = &ek_lane_stats_of(w, f->unit)->steps[step++];
  s->items += f->begun ? 0u : 1u;
  s->not_done++;
  f->unit->outcomes[f->step] = EK_OUT_NOT_DONE;
  f->unit->state = EK_UNIT_NOT_DONE;
  ek_lane_next(w, f->unit, &step, &arms);
  pthread_mutex_unlock(&w->lock);
  ek_lane_land(f);
}

/* ---- one call -------------------------------------------------------------------------- */

static void
begin(ek_flight *f)
{
  f->attempt++;
  if (f->begun)
    return;
  f->begun = 1;
  pthread_mutex_lock(&f->w->lock);
  ek_lane_stats_of(f->w, f->unit)->steps[f->step].items++;
  pthread_mutex_unlock(&f->w->lock);
}

static void
prepare(lane_crew *c, ek_flight *f)
{
  ek_arena *scratch = &c->scratch;
  const ek_step *s = &f->lane->chain->steps[f->step];
  f->call = (ek_call){ .ops = &ek_lane_ops, .context = f, .instance = s->instance,
                       .services = f->lane->run->spec->services, .step = s->settings->name, .item = f->unit->id,
                       .deadline_ns = ek_monotonic_ns() + s->settings->timeout_ns, .retry_after_ns = -1, .parks = 1,
                       .held = f->lane->picture_workers ? &f->held : NULL, .base = f->w->base };
  f->sink = (ek_sink){ .arena = scratch, .call = &f->call };
  f->item = (ek_item){ .unit = f->unit, .instance = s->instance, .arena = scratch };
  f->crew = c;
  f->reserved = f->charged = 0;
  f->metered = f->sent = 0;
  f->replies = 0;
}

/* Sends f where it belongs next. 1: to an inline step, which is this thread's affair. */
static int
send_on(ek_flight *f)
{
  ek_lane *l = f->lane;
  ek_worker *w = f->w;
  unsigned step = f->step + 1;
  uint32_t arms = 0;
  pthread_mutex_lock(&w->lock);
  int asks = ek_lane_next(w, f->unit, &step, &arms);
  pthread_mutex_unlock(&w->lock);
  if (!asks) {
    ek_lane_land(f);
    return 0;
  }
  f->step = step;
  f->arms = arms;
  f->attempt = f->parked = 0;
  f->begun = 0;
  if (!l->steps[step])
    return 1;
  f->home = l->steps[step];
  ek_lane_push(f);
  return 0;
}

/* 1: f goes on in this thread; 0: it is no longer this thread's. */
static int
route(lane_crew *c, ek_flight *f, ek_status status, int64_t ns)
{
  int64_t delay;
  switch (ek_lane_settle(f, status, ns, &c->random, &delay)) {
  case LANE_ON:
    return send_on(f);
  case LANE_PICTURE:
    ek_lane_want(f);
    return 0;
  default:
    ek_lane_delay(f, delay);
    return 0;
  }
}

/* A budget that is reached ends what costs; who has come this far may be brought to the end. */
static int
must_end(const ek_flight *f)
{
  const ek_lane *l = f->lane;
  return l->steps[f->step] ? ek_lane_ending(l) : atomic_load(&l->run->stopping);
}

/* One flight, through the inline steps that follow too. */
static void
carry(lane_crew *c, unsigned i)
{
  ek_flight *f = c->flights[i];
  int goes_on;
  do {
    if (must_end(f)) {
      c->flights[i] = NULL;
      ek_lane_undone(f);
      return;
    }
    begin(f);
    ek_arena_reset(&c->scratch);
    prepare(c, f);
    int64_t start = ek_monotonic_ns();
    ek_status status = ek_instance_enrich(f->lane->chain->steps[f->step].instance, &f->call, &f->item, &f->sink);
    goes_on = route(c, f, status, ek_monotonic_ns() - start);
  } while (goes_on);
  c->flights[i] = NULL;
}

/* ---- many at once ------------------------------------------------------------------------ */

static void
prepare_batch(lane_crew *c, unsigned n)
{
  ek_flight *whole = &c->whole, *first = c->flights[0];
  for (unsigned i = 0; i < n; i++) {
    ek_flight *f = c->flights[i];
    begin(f);
    prepare(c, f);
    c->items[i] = &f->item;
    c->sinks[i] = &f->sink;
    c->calls[i] = &f->call;
    c->status[i] = EK_UNSET;
  }
  *whole = (ek_flight){ .lane = first->lane, .w = first->w, .unit = first->unit, .step = first->step };
  prepare(c, whole);
  whole->call.item = (ek_str){ "", 0 };
  whole->call.parks = 0;                /* many items wait for this one call      */
  whole->call.held = NULL;
}

/* What was said of the whole call goes for items that have no word of their own. */
static void
inherit(ek_call *call, const ek_call *whole)
{
  if (!call->has_error && whole->has_error) {
    call->has_error = 1;
    snprintf(call->error, sizeof call->error, "%s", whole->error);
  }
  if (call->retry_after_ns < 0)
    call->retry_after_ns = whole->retry_after_ns;
  if (!call->requests)
    call->asked = whole->asked;
  if (!call->reason) {
    call->reason = whole->reason;
    call->http = whole->http;
    snprintf(call->code, sizeof call->code, "%s", whole->code);
  }
}

static void
carry_batch(lane_crew *c, unsigned n)
{
  const ek_chain *chain = c->step->lane->chain;
  ek_arena_reset(&c->scratch);
  prepare_batch(c, n);
  ek_batch batch = { .struct_size = sizeof batch, .n = n, .items = c->items, .sinks = c->sinks, .calls = c->calls,
                     .status = c->status };
  int64_t start = ek_monotonic_ns();
  ek_instance_enrich_batch(chain->steps[c->step->index].instance, &c->whole.call, &batch);
  int64_t ns = ek_monotonic_ns() - start;
  for (unsigned i = 0; i < n; i++) {
    ek_flight *f = c->flights[i];
    inherit(&f->call, &c->whole.call);
    if (c->whole.sent)
      f->sent = 1;
  }
  ek_lane_close_call(&c->whole, 0);
  c->whole.lane = NULL;
  unsigned on = 0;
  for (unsigned i = 0; i < n; i++) {
    ek_flight *f = c->flights[i];
    c->flights[i] = NULL;
    if (route(c, f, c->status[i], ns / n))
      c->flights[on++] = f;
  }
  for (unsigned i = 0; i < on; i++)
    carry(c, i);
}

/* ---- the thread ----------------------------------------------------------------------------- */

static void serve_all(lane_crew *);

/* A plugin has ended this thread: what it had in hand is not done. There may be nobody else to send home
 * those that wait for this step, so what is left of the thread does it; it calls no plugin any more. */
static void
thread_was_ended(void *arg)
{
  lane_crew *c = arg;
  ek_run_lost_thread(c->step->lane->run);
  if (c->whole.lane)
    ek_lane_close_call(&c->whole, 0);
  for (unsigned i = 0; i < c->n; i++)
    if (c->flights[i]) {
      ek_lane_close_call(c->flights[i], 0);
      ek_lane_undone(c->flights[i]);
    }
  serve_all(c);
}

static void
serve(lane_crew *c, unsigned n)
{
  lane_step *s = c->step;
  if (s->batch > 1 && c->flights[0]->step == s->index && !ek_lane_ending(s->lane)) {
    carry_batch(c, n);
    return;
  }
  for (unsigned i = 0; i < n; i++)
    carry(c, i);
}

static void
serve_all(lane_crew *c)
{
  while ((c->n = ek_lane_pop(c->step, c->flights, c->step->batch)) > 0)
    serve(c, c->n);
}

void
ek_lane_work(void *arg, unsigned index)
{
  lane_step *s = arg;
  lane_crew *c = &s->crews[index];
  pthread_cleanup_push(thread_was_ended, c);
  serve_all(c);
  pthread_cleanup_pop(0);
}
