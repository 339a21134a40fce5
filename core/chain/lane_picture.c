/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool that fetches pictures, so that fetching and asking overlap. How many flights may hold pictures is
 * bounded, which bounds memory: the pool waits until a step has done with some.  */
#include <stdlib.h>
#include "chain/lane_internal.h"

static void
free_held(ek_held *h)
{
  ek_picture_unref(h->picture);
  free(h->address);
  free(h);
}

static void
not_holding(ek_flight *f)
{
  ek_lane *l = f->lane;
  if (!f->holds)
    return;
  f->holds = 0;
  pthread_mutex_lock(&l->lock);
  int awaited = l->wanted.n && l->picture_idle;
  l->holding--;
  pthread_mutex_unlock(&l->lock);
  if (awaited)
    pthread_cond_signal(&l->pictures);
}

void
ek_lane_drop_pictures(ek_flight *f)
{
  while (f->held) {
    ek_held *next = f->held->next;
    free_held(f->held);
    f->held = next;
  }
  not_holding(f);
}

/* Before another try. Those that failed for a moment are fetched again; all of them when the room that they
 * take is wanted by others. */
void
ek_lane_forget_failed(ek_flight *f)
{
  ek_lane *l = f->lane;
  ek_held **at = &f->held;
  if (!f->held)
    return;
  pthread_mutex_lock(&l->lock);
  int crowded = l->wanted.n && l->holding >= l->most_holding;
  pthread_mutex_unlock(&l->lock);
  while (*at) {
    ek_held *h = *at;
    if (crowded || !h->picture || h->picture->state == EK_ASSET_TRANSIENT || h->picture->state == EK_ASSET_CANCELLED) {
      *at = h->next;
      free_held(h);
    } else
      at = &h->next;
  }
  if (!f->held)
    not_holding(f);
}

/* ---- the queue -------------------------------------------------------------------------- */

void
ek_lane_want(ek_flight *f)
{
  ek_lane *l = f->lane;
  pthread_mutex_lock(&l->lock);
  f->home->parks = 1;
  ek_queue_push(f->holds ? &l->wanted_more : &l->wanted, f);
  int awaited = l->picture_idle && (f->holds || l->holding < l->most_holding || ek_lane_ending(l));
  pthread_mutex_unlock(&l->lock);
  if (awaited)
    pthread_cond_signal(&l->pictures);
}

/* The first that may be fetched: who holds one already does not have to wait for room. */
static ek_flight *
next_wanted(ek_lane *l)
{
  ek_flight *f = ek_queue_pull(&l->wanted_more);
  if (!f && (ek_lane_ending(l) || l->holding < l->most_holding))
    f = ek_queue_pull(&l->wanted);
  return f;
}

static ek_flight *
take_wanted(ek_lane *l)
{
  ek_flight *f;
  pthread_mutex_lock(&l->lock);
  while (!(f = next_wanted(l)) && !l->quit) {
    l->picture_idle++;
    pthread_cond_wait(&l->pictures, &l->lock);
    l->picture_idle--;
  }
  if (f && !f->holds) {
    f->holds = 1;
    l->holding++;
  }
  pthread_mutex_unlock(&l->lock);
  return f;
}

/* ---- fetching ----------------------------------------------------------------------------- */

static int
over(void *lane)
{
  return ek_lane_ending(lane);
}

static void
feed_bucket(ek_lane *l, const ek_picture *p)
{
  int64_t now = ek_monotonic_ns();
  if (!l->picture_bucket)
    return;
  if (p->http == 429)
    ek_bucket_throttled(l->picture_bucket, now, p->retry_after_ns);
  else if (p->http)
    ek_bucket_answered(l->picture_bucket, now);
}

static void
fetch_all(ek_lane *l, ek_flight *f)
{
  for (ek_held *h = f->held; h && !ek_lane_ending(l); h = h->next) {
    int64_t waited;
    if (h->picture)
      continue;
    if (l->picture_bucket && ek_lane_gate(l, l->picture_bucket, over, l, &waited) != EK_OK)
      return;
    h->picture = ek_asset_fetch(l->run->spec->services->assets, h->address, f->w->base, over, l);
    feed_bucket(l, h->picture);
  }
}

void
ek_lane_fetch(void *arg, unsigned index)
{
  ek_lane *l = arg;
  ek_flight *f;
  (void)index;
  while ((f = take_wanted(l)) != NULL) {
    if (!ek_lane_ending(l))
      fetch_all(l, f);
    if (ek_lane_ending(l))
      ek_lane_undone(f);
    else
      ek_lane_resume(f);
  }
}
