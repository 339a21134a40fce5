/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/rate.h"
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

/* How the law was found (tests/chain/test-rate.c has the services it is for): what matters is to
 * know the ceiling. A throttled service has just told it, for what it answered in the last second
 * is what it can; so one throttle takes the rate to a little under that and not to 0.7 of
 * it. Only when the next round trip is throttled too was the ceiling another one, and then
 * it goes down fast. From there it climbs as CUBIC does, steeply at first, flat near the old ceiling, and the
 * faster the longer nothing happens above it; but by shares of the ceiling, for 0.4 calls a
 * second (the SDKs' scale) is much for a quota of 5 and little for one of 500.    */
#define SECOND INT64_C(1000000000)
#define GAP (SECOND / 5)                /* a round trip: throttles within it tell of requests sent before */
#define AGAIN (SECOND / 2)              /* this soon after the last cut: the ceiling is lower than thought */
#define CUT 0.95
#define CUT_AGAIN 0.7
#define STEEP 1e-4                      /* of CUBIC: 5 times the old ceiling after 34 s, 1.1 times after 10 */
#define DOUBLES 2.0                     /* s; while the ceiling is not known   */
#define LEAST 0.5                       /* a second; never slower              */
#define FIRST 5.0                       /* a second; at least, when nothing was answered before the first throttle */
#define SPREAD 0.25                     /* s; nobody is sent away for longer, unless the next token is later */
#define LOST (2 * SECOND)               /* who lets a token lie for so long does not come back */
#define QUEUE 4096u                     /* places; more callers than workers there can be */
#define PAUSE_MAX (900 * SECOND)        /* of Retry-After; more is a mistake, or an attack */

#define SLOT (SECOND / 20)
#define SLOTS 20u

enum climb { OPEN, SEARCH, CUBIC, FULL };   /* unlimited; ceiling not known; climbing to it; at the limit */

struct ek_bucket {
  pthread_mutex_t lock;
  double limit, burst;                  /* 0: none                             */
  int adapt;
  enum climb climb;
  double rate, tokens;
  int64_t now, last_cut, pause_until;
  int64_t scarce_since;                 /* since when the rate, not the callers, sets the pace */
  uint64_t first, next;                 /* of the queue; numbers start at 1    */
  int64_t first_ready;                  /* since when there is a token for it  */
  unsigned char left[QUEUE];
  double ceiling, climbed, flat;        /* CUBIC; s since the cut, and from the cut to the ceiling */
  unsigned answered[SLOTS]; int64_t slot;
};

ek_bucket *
ek_bucket_new(const ek_rate *r, int64_t now_ns)
{
  ek_bucket *b = ek_mem_zero(1, sizeof *b);
  pthread_mutex_init(&b->lock, NULL);
  b->limit = r->per_second;
  b->burst = r->burst ? (double)r->burst : fmax(1, r->per_second);
  b->adapt = r->adapt || r->per_second <= 0;
  b->climb = b->limit > 0 ? FULL : OPEN;
  b->rate = b->limit > 0 ? b->limit : 0;
  b->tokens = b->burst;
  b->now = b->pause_until = b->scarce_since = b->first_ready = now_ns;
  b->first = b->next = 1;
  b->last_cut = now_ns - SECOND;
  b->slot = now_ns / SLOT;
  return b;
}

void
ek_bucket_free(ek_bucket *b)
{
  if (!b)
    return;
  pthread_mutex_destroy(&b->lock);
  free(b);
}

/* ---- what was answered in the last second ---- */

static void
slide(ek_bucket *b)
{
  int64_t slot = b->now / SLOT;
  for (unsigned n = 0; b->slot < slot && n < SLOTS; n++)
    b->answered[++b->slot % SLOTS] = 0;
  b->slot = slot;
}

static double
measured(const ek_bucket *b)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < SLOTS; i++)
    sum += b->answered[i];
  return (double)sum * SECOND / (double)((int64_t)(SLOTS - 1) * SLOT + b->now % SLOT + 1);
}

/* ---- time passes ---- */

static double
room(const ek_bucket *b)
{
  /* Below a limit that was given, and where none was, what was not used is not saved up: the service
   * has just shown that it has nothing to spare. A tenth of a second is for callers that wake late. */
  return b->climb == FULL ? b->burst : fmin(fmax(1, b->rate / 10), b->limit > 0 ? b->burst : HUGE_VAL);
}

static void
climb(ek_bucket *b, double s)
{
  /* A rate that nobody uses up proves nothing: it does not grow on, as in the SDKs. */
  int proven = b->rate <= 2 * measured(b) + 1;
  if (b->climb == SEARCH && proven)
    b->rate *= exp2(s / DOUBLES);
  if (b->climb == CUBIC && (proven || b->rate < b->ceiling)) {
    b->climbed += s;
    double way = b->climbed - b->flat;
    b->rate = fmax(LEAST, b->ceiling * (1 + STEEP * way * way * way));
  }
  if (b->limit > 0 && b->climb != FULL && b->rate >= b->limit) {
    b->rate = b->limit;
    b->climb = FULL;
  }
}

static void
advance(ek_bucket *b, int64_t now_ns)
{
  if (now_ns <= b->now)
    return;                             /* another thread read the clock later */
  /* During a pause nothing is saved up, and nothing learnt. */
  int64_t from = b->now < b->pause_until ? b->pause_until : b->now;
  b->now = now_ns;
  slide(b);
  if (b->climb == OPEN || from >= now_ns)
    return;
  double s = (double)(now_ns - from) / SECOND, most;
  climb(b, s);
  b->tokens += s * b->rate;
  most = room(b);
  if (b->tokens >= most) {
    b->tokens = most;
    b->scarce_since = now_ns;
  }
}

/* ---- the queue: the numbers first <= n < next wait, or have left ---- */

static void
drop_left(ek_bucket *b)
{
  while (b->first < b->next && b->left[b->first % QUEUE]) {
    b->left[b->first % QUEUE] = 0;
    b->first++;
  }
  b->first_ready = b->now;
}

static void
leave(ek_bucket *b, uint64_t *turn)
{
  if (turn && *turn >= b->first && *turn < b->next) {
    b->left[*turn % QUEUE] = 1;
    if (*turn == b->first)
      drop_left(b);
  }
  if (turn)
    *turn = 0;
}

static unsigned
waiting_before(const ek_bucket *b, uint64_t turn)
{
  unsigned n = 0;
  for (uint64_t i = b->first; i < turn; i++)
    n += !b->left[i % QUEUE];
  return n;
}

/* How many come before. turn NULL: who has no place in the queue. */
static unsigned
place(ek_bucket *b, uint64_t *turn)
{
  if (b->tokens < 1)
    b->first_ready = b->now;
  /* A caller that never comes back must not hold up the others for good. */
  if (b->first < b->next && (!turn || *turn != b->first) && b->now - b->first_ready > LOST) {
    b->left[b->first % QUEUE] = 1;
    drop_left(b);
  }
  if (!turn)
    return waiting_before(b, b->next);
  if (*turn < b->first || *turn >= b->next)
    *turn = b->next - b->first < QUEUE ? b->next++ : 0;
  return waiting_before(b, *turn ? *turn : b->next);
}

int64_t
ek_bucket_take_turn(ek_bucket *b, int64_t now_ns, uint64_t *turn)
{
  int64_t wait = 0;
  pthread_mutex_lock(&b->lock);
  advance(b, now_ns);
  if (b->climb == OPEN && b->pause_until <= b->now) {
    leave(b, turn);
    pthread_mutex_unlock(&b->lock);
    return 0;
  }
  unsigned before = place(b, turn);
  if (b->pause_until > b->now) {
    wait = b->pause_until - b->now;
  } else if (b->tokens >= before + 1) {
    b->tokens -= 1;
    leave(b, turn);
  } else {
    /* Each in its turn and not all at the next token, so that of 50 callers 49 do not wake for nothing; but
     * soon enough to see that the rate has changed.                           */
    double own = (before + 1 - b->tokens) / b->rate, next = fmax(0, 1 - b->tokens) / b->rate;
    wait = (int64_t)ceil(fmin(own, fmax(SPREAD, next)) * SECOND) + 1;
  }
  pthread_mutex_unlock(&b->lock);
  return wait;
}

void
ek_bucket_leave(ek_bucket *b, int64_t now_ns, uint64_t *turn)
{
  pthread_mutex_lock(&b->lock);
  advance(b, now_ns);
  leave(b, turn);
  pthread_mutex_unlock(&b->lock);
}

int64_t
ek_bucket_take(ek_bucket *b, int64_t now_ns)
{
  return ek_bucket_take_turn(b, now_ns, NULL);
}

void
ek_bucket_answered(ek_bucket *b, int64_t now_ns)
{
  pthread_mutex_lock(&b->lock);
  advance(b, now_ns);
  b->answered[b->slot % SLOTS]++;
  pthread_mutex_unlock(&b->lock);
}

/* ---- throttled ---- */

static void
cut(ek_bucket *b)
{
  if (!b->adapt || b->now - b->last_cut < GAP)
    return;
  int again = b->now - b->last_cut < AGAIN;
  double answered = measured(b);
  if (b->climb == OPEN) {
    /* In the first second this is too little rather than too much, hence the search. */
    b->climb = SEARCH;
    b->rate = fmax(FIRST, CUT * answered);
  } else {
    /* Where callers were scarce, answers were too, and tell nothing of the service. */
    double ceiling = b->now - b->scarce_since >= SECOND ? fmin(b->rate, answered + 1) : b->rate;
    b->climb = CUBIC;
    b->ceiling = fmax(LEAST, ceiling);
    b->rate = fmax(LEAST, b->ceiling * (again ? CUT_AGAIN : CUT));
    b->climbed = 0;
    b->flat = cbrt((1 - b->rate / b->ceiling) / STEEP);
  }
  if (b->limit > 0 && b->rate > b->limit)
    b->rate = b->limit;
  b->tokens = 0;
  b->scarce_since = b->last_cut = b->now;
}

void
ek_bucket_throttled(ek_bucket *b, int64_t now_ns, int64_t retry_after_ns)
{
  pthread_mutex_lock(&b->lock);
  advance(b, now_ns);
  cut(b);
  if (retry_after_ns > PAUSE_MAX)
    retry_after_ns = PAUSE_MAX;
  if (retry_after_ns > 0 && b->now + retry_after_ns > b->pause_until)
    b->scarce_since = b->pause_until = b->now + retry_after_ns;
  pthread_mutex_unlock(&b->lock);
}

void
ek_bucket_slow(ek_bucket *b, int64_t now_ns)
{
  ek_bucket_throttled(b, now_ns, -1);
}

double
ek_bucket_rate(const ek_bucket *shared)
{
  ek_bucket *b = (ek_bucket *)(uintptr_t)shared;      /* its lock is not part of what const promises */
  pthread_mutex_lock(&b->lock);
  double rate = b->climb == OPEN ? 0 : b->rate;
  pthread_mutex_unlock(&b->lock);
  return rate;
}
