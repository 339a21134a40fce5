/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool that fetches pictures, so that fetching and asking overlap. How many flights may hold pictures is
 * bounded, which bounds memory: the pool waits until a step has done with some.  */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
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
  int awaited = (l->wanted.n || l->later.n) && l->picture_idle;
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

static int
has_room(const ek_lane *l)
{
  return ek_lane_ending(l) || l->holding < l->most_holding;
}

static int
is_due(const ek_lane *l, const lane_heap *h)
{
  return h->n && (ek_lane_ending(l) || h->at[0]->due <= ek_monotonic_ns());
}

/* The first that may be fetched: who holds one already does not have to wait for room, nor for anybody who has to;
 * else those would never give up theirs. */
static ek_flight *
next_wanted(ek_lane *l)
{
  if (is_due(l, &l->later_more))
    return ek_heap_take(&l->later_more);
  if (has_room(l) && is_due(l, &l->later))
    return ek_heap_take(&l->later);
  ek_flight *f = ek_queue_pull(&l->wanted_more);
  return f || !has_room(l) ? f : ek_queue_pull(&l->wanted);
}

/* When the first of those that wait for their host may be fetched. INT64_MAX: not before something else happens. */
static int64_t
next_due(const ek_lane *l)
{
  int64_t more = l->later_more.n ? l->later_more.at[0]->due : INT64_MAX;
  int64_t due = l->later.n && has_room(l) ? l->later.at[0]->due : INT64_MAX;
  return more < due ? more : due;
}

/* One thread at most wakes by the clock. */
static void
wait_wanted(ek_lane *l)
{
  int64_t due = next_due(l);
  l->picture_idle++;
  if (due < l->later_due) {
    l->later_due = due;
    ek_cond_wait_until(&l->pictures, &l->lock, due);
    if (l->later_due == due)
      l->later_due = INT64_MAX;
  } else {
    pthread_cond_wait(&l->pictures, &l->lock);
  }
  l->picture_idle--;
}

static ek_flight *
take_wanted(ek_lane *l)
{
  ek_flight *f;
  pthread_mutex_lock(&l->lock);
  while (!(f = next_wanted(l)) && !l->quit)
    wait_wanted(l);
  if (f && !f->holds) {
    f->holds = 1;
    l->holding++;
  }
  int awaited = l->picture_idle && next_due(l) < l->later_due;
  pthread_mutex_unlock(&l->lock);
  if (awaited)
    pthread_cond_signal(&l->pictures);
  return f;
}

/* ---- whose turn it is at a host ---------------------------------------------------------- */

static void
leave_host(ek_flight *f)
{
  ek_lane *l = f->lane;
  if (!f->host)
    return;
  if (f->turn)
    ek_bucket_leave(f->host->bucket, ek_monotonic_ns(), &f->turn);
  ek_hosts_give_back(l->hosts, f->host);
  f->host = NULL;
}

/* For how long to wait until the host may be asked, in ns; 0: now. */
static int64_t
wait_for_host(ek_flight *f, const char *address)
{
  char name[300];
  if (!f->host && ek_asset_host(address, name, sizeof name))
    f->host = ek_hosts_use(f->lane->hosts, name);
  return f->host ? ek_bucket_take_turn(f->host->bucket, ek_monotonic_ns(), &f->turn) : 0;
}

/* While more is to come: at the end of the catalogue those are left whose hosts do not answer anyway. */
static void
watch_network(ek_flight *f, const ek_picture *p)
{
  ek_lane *l = f->lane;
  int lost = p->state == EK_ASSET_TRANSIENT && !p->http;
  if (!f->host || (!lost && !p->http))
    return;
  uint64_t host = XXH3_64bits(f->host->name, strlen(f->host->name));
  pthread_mutex_lock(&l->lock);
  int64_t gone = ek_lane_watch(l, &l->picture_watch, host, !lost);
  if (l->in_flight <= l->low)
    gone = 0;
  pthread_mutex_unlock(&l->lock);
  if (gone)
    ek_lane_gone(l, "pictures", gone, p->message);
}

static void
tell_host(ek_flight *f, const ek_picture *p)
{
  int64_t now = ek_monotonic_ns();
  if (f->host && (p->http == 429 || (p->http == 503 && p->retry_after_ns >= 0)))
    ek_bucket_throttled(f->host->bucket, now, p->retry_after_ns);
  else if (f->host && p->http)
    ek_bucket_answered(f->host->bucket, now);
  watch_network(f, p);
  leave_host(f);
}

/* Aside, so that the thread is free for the pictures of other hosts, and the room too if nothing is held yet. */
static void
put_off(ek_flight *f, int64_t ns)
{
  ek_lane *l = f->lane;
  int some = 0;
  for (const ek_held *h = f->held; h; h = h->next)
    some |= h->picture != NULL;
  if (!some)
    not_holding(f);
  f->due = ek_monotonic_ns() + ns;
  pthread_mutex_lock(&l->lock);
  ek_heap_add(f->holds ? &l->later_more : &l->later, f);
  pthread_mutex_unlock(&l->lock);       /* this thread looks at it next          */
}

/* ---- fetching ----------------------------------------------------------------------------- */

static int
over(void *lane)
{
  return ek_lane_ending(lane);
}

/* 0: it has been put off. */
static int
fetch_all(ek_lane *l, ek_flight *f)
{
  for (ek_held *h = f->held; h && !ek_lane_ending(l); h = h->next) {
    int64_t wait, waited;
    if (h->picture)
      continue;
    if ((wait = wait_for_host(f, h->address)) > 0) {
      put_off(f, wait);
      return 0;
    }
    if (l->picture_bucket && ek_lane_gate(l, l->picture_bucket, over, l, &waited) != EK_OK)
      break;
    h->picture = ek_asset_fetch(l->run->spec->services->assets, h->address, f->w->base, over, l);
    tell_host(f, h->picture);
  }
  leave_host(f);
  return 1;
}

void
ek_lane_fetch(void *arg, unsigned index)
{
  ek_lane *l = arg;
  ek_flight *f;
  (void)index;
  while ((f = take_wanted(l)) != NULL) {
    if (!fetch_all(l, f))
      continue;
    if (ek_lane_ending(l))
      ek_lane_undone(f);
    else
      ek_lane_resume(f);
  }
}
