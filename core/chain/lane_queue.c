/* SPDX-License-Identifier: BSD-3-Clause */
/* Who waits for a step: first those whose time has come, then those that have their picture, then
 * the others in input order.                                                */
#include <stdlib.h>
#include <time.h>
#include "base/mem.h"
#include "chain/lane_internal.h"

#define FILL_NS INT64_C(3000000)        /* a batch waits no longer for more items */

void
ek_cond_init(pthread_cond_t *c)
{
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(c, &attr);
  pthread_condattr_destroy(&attr);
}

void
ek_cond_wait_until(pthread_cond_t *c, pthread_mutex_t *lock, int64_t ns)
{
  struct timespec t = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
  pthread_cond_timedwait(c, lock, &t);
}

void
ek_queue_push(lane_queue *q, ek_flight *f)
{
  f->next = NULL;
  if (q->last)
    q->last->next = f;
  else
    q->first = f;
  q->last = f;
  q->n++;
}

ek_flight *
ek_queue_pull(lane_queue *q)
{
  ek_flight *f = q->first;
  if (!f)
    return NULL;
  q->first = f->next;
  if (!q->first)
    q->last = NULL;
  q->n--;
  return f;
}

/* ---- the heap of those that wait for their time --------------------------------- */

void
ek_heap_add(lane_heap *h, ek_flight *f)
{
  h->at = ek_mem_grow(h->at, &h->cap, h->n + 1, sizeof *h->at);
  size_t i = h->n++;
  for (; i > 0 && h->at[(i - 1) / 2]->due > f->due; i = (i - 1) / 2)
    h->at[i] = h->at[(i - 1) / 2];
  h->at[i] = f;
}

ek_flight *
ek_heap_take(lane_heap *h)
{
  ek_flight *top = h->at[0], *f = h->at[--h->n];
  size_t i = 0, n = h->n;
  for (;;) {
    size_t child = 2 * i + 1;
    if (child >= n)
      break;
    if (child + 1 < n && h->at[child + 1]->due < h->at[child]->due)
      child++;
    if (h->at[child]->due >= f->due)
      break;
    h->at[i] = h->at[child];
    i = child;
  }
  if (n)
    h->at[i] = f;
  return top;
}

/* ---- in ---------------------------------------------------------------------------- */

/* Who is to be woken for one flight: the one at the timer only if no other is idle. The signal is given when the
 * lock is free again, else the one who wakes would only wait for it. */
static pthread_cond_t *
whom_to_call(lane_step *s)
{
  if (s->idle)
    return &s->ready;
  return s->timed ? &s->timer : NULL;
}

static void
unlock_and_call(ek_lane *l, pthread_cond_t *c)
{
  pthread_mutex_unlock(&l->lock);
  if (c)
    pthread_cond_signal(c);
}

void
ek_lane_push(ek_flight *f)
{
  ek_lane *l = f->lane;
  lane_step *s = f->home;
  pthread_mutex_lock(&l->lock);
  ek_queue_push(&s->fresh, f);
  unlock_and_call(l, whom_to_call(s));
}

void
ek_lane_resume(ek_flight *f)
{
  ek_lane *l = f->lane;
  lane_step *s = f->home;
  pthread_mutex_lock(&l->lock);
  ek_queue_push(&s->resumed, f);
  unlock_and_call(l, whom_to_call(s));
}

void
ek_lane_delay(ek_flight *f, int64_t ns)
{
  ek_lane *l = f->lane;
  lane_step *s = f->home;
  int64_t now = ek_monotonic_ns();
  f->due = ns < INT64_MAX - now ? now + ns : INT64_MAX;
  pthread_mutex_lock(&l->lock);
  ek_heap_add(&s->heap, f);
  pthread_cond_t *c = s->timed ? &s->timer : &s->ready;
  unlock_and_call(l, s->heap.at[0] == f ? c : NULL);
}

/* ---- out --------------------------------------------------------------------------- */

/* Pictures must not run out while all workers ask: one that is not begun yet is quickly looked at, and
 * its picture is on the way. */
static int
pictures_run_low(const lane_step *s)
{
  return s->parks && s->fresh.n && s->lane->wanted.n < s->lane->picture_workers;
}

static ek_flight *
next_ready(lane_step *s)
{
  if (s->heap.n && (ek_lane_ending(s->lane) || s->heap.at[0]->due <= ek_monotonic_ns()))
    return ek_heap_take(&s->heap);
  if (s->resumed.n && !pictures_run_low(s))
    return ek_queue_pull(&s->resumed);
  return ek_queue_pull(&s->fresh);
}

static void
wait_ready(lane_step *s)
{
  ek_lane *l = s->lane;
  if (s->heap.n && !s->timed) {
    s->timed = 1;
    ek_cond_wait_until(&s->timer, &l->lock, s->heap.at[0]->due);
    s->timed = 0;
  } else {
    s->idle++;
    pthread_cond_wait(&s->ready, &l->lock);
    s->idle--;
  }
}

/* Flights of an inline step behind this one are not for its batch. */
static int
fits_batch(const lane_step *s, const ek_flight *f)
{
  return f->step == s->index;
}

static unsigned
fill(lane_step *s, ek_flight **out, unsigned n, unsigned most)
{
  ek_lane *l = s->lane;
  int64_t until = ek_monotonic_ns() + FILL_NS;
  while (n < most) {
    ek_flight *f = next_ready(s);
    if (f) {
      out[n++] = f;
      if (!fits_batch(s, f)) {          /* it goes on by itself, in front */
        out[n - 1] = out[0];
        out[0] = f;
        return n;
      }
      continue;
    }
    if (ek_lane_ending(l) || l->quit || ek_monotonic_ns() >= until)
      break;
    s->idle++;
    ek_cond_wait_until(&s->ready, &l->lock, until);
    s->idle--;
  }
  return n;
}

unsigned
ek_lane_pop(lane_step *s, ek_flight **out, unsigned most)
{
  ek_lane *l = s->lane;
  unsigned n = 0;
  pthread_mutex_lock(&l->lock);
  while (!(out[0] = next_ready(s)) && !l->quit)
    wait_ready(s);
  if (out[0])
    n = 1;
  if (n && most > 1 && fits_batch(s, out[0]))
    n = fill(s, out, 1, most);
  /* Somebody must wait for the heap. */
  unlock_and_call(l, s->heap.n && !s->timed && s->idle ? &s->ready : NULL);
  return n;
}
