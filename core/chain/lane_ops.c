/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call in the lane may ask: time, money, its turn. Any thread of the plugin. */
#include "chain/lane_internal.h"

/* ---- being stopped, sleeping -------------------------------------------------------- */

/* A stop waits a moment for what may have been paid for, and, when a step has stopped the run, for what
 * came before it in the input: the first failure is the one to tell. */
static int
has_grace(const ek_flight *f)
{
  const ek_run *run = f->lane->run;
  uint64_t fatal = atomic_load_explicit(&f->lane->fatal_seq, memory_order_relaxed);
  int paying = __atomic_load_n(&f->metered, __ATOMIC_RELAXED) && __atomic_load_n(&f->sent, __ATOMIC_RELAXED);
  if (!paying && (!fatal || f->w->block.seq >= fatal))
    return 0;
  int64_t since = atomic_load_explicit(&run->stop_ns, memory_order_relaxed);
  return ek_monotonic_ns() - since < EK_LANE_GRACE_NS;
}

static int
stopped(const ek_flight *f)
{
  return atomic_load_explicit(&f->lane->run->stopping, memory_order_relaxed) && !has_grace(f);
}

static int
over(void *flight)
{
  return stopped(flight);
}

static int64_t
deadline_of(const ek_call *call)
{
  return __atomic_load_n(&call->deadline_ns, __ATOMIC_RELAXED);
}

static int
lane_cancelled(ek_call *call)
{
  int64_t deadline = deadline_of(call);
  return stopped(call->context) || (deadline != INT64_MAX && ek_monotonic_ns() >= deadline);
}

/* 0: slept to the end; -1: over(arg). */
static int
sleep_until(ek_lane *l, int64_t until, int (*is_over)(void *), void *arg)
{
  int r = 0;
  int64_t now;
  pthread_mutex_lock(&l->sleep_lock);
  while ((now = ek_monotonic_ns()) < until) {
    if (is_over(arg)) {
      r = -1;
      break;
    }
    /* While a stop waits for those that are paid for, nobody wakes them when that time is over. */
    int64_t to = ek_lane_ending(l) && until - now > 20000000 ? now + 20000000 : until;
    ek_cond_wait_until(&l->sleep, &l->sleep_lock, to);
  }
  pthread_mutex_unlock(&l->sleep_lock);
  return r;
}

static ek_status
lane_wait(ek_call *call, int64_t ns)
{
  ek_flight *f = call->context;
  int64_t now = ek_monotonic_ns(), deadline = deadline_of(call);
  int64_t until = ns < INT64_MAX - now ? now + ns : INT64_MAX;
  int cut = deadline < until;
  if (sleep_until(f->lane, cut ? deadline : until, over, f) < 0)
    return EK_CANCELLED;
  return cut || stopped(f) ? EK_CANCELLED : EK_OK;
}

/* ---- money --------------------------------------------------------------------------- */

static int64_t
cost(const ek_instance *in, const uint64_t *qty, size_t n)
{
  int64_t sum = 0, part;
  for (size_t i = 0; in->prices && i < n && i < in->n_meters; i++)
    if (qty[i] > INT64_MAX || __builtin_mul_overflow((int64_t)qty[i], in->prices[i], &part) ||
        __builtin_add_overflow(sum, part, &sum))
      return INT64_MAX / 2;
  return sum;
}

static void
budget_reached(ek_run *run, const ek_budget_end *end)
{
  pthread_mutex_lock(&run->end_lock);
  if (!atomic_load(&run->closing) && run->spec->budget_end)
    *run->spec->budget_end = *end;
  pthread_mutex_unlock(&run->end_lock);
  ek_run_close(run, EK_END_BUDGET, NULL);
}

/* What this thread's call has reserved, for all the items that it is made for. */
static int64_t
held_by(const ek_flight *f)
{
  const lane_crew *c = f->crew;
  int64_t sum = __atomic_load_n(&c->whole.reserved, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < c->n; i++)
    sum += c->flights[i] ? __atomic_load_n(&c->flights[i]->reserved, __ATOMIC_RELAXED) : 0;
  return sum;
}

/* Two that wait for what the other holds would wait for good: the second gives back what it holds and is called again
 * in a moment. Where that would be to pay twice, the budget ends here.       */
static ek_status
give_way(ek_call *call, ek_lane *l, const ek_budget_end *end)
{
  const ek_flight *f = call->context;
  if (call->parks && !__atomic_load_n(&f->sent, __ATOMIC_RELAXED) && !__atomic_load_n(&f->charged, __ATOMIC_RELAXED)) {
    call->parked = EK_PARKED_CLAIM;
    return EK_RETRY;
  }
  budget_reached(l->run, end);
  return EK_CANCELLED;
}

/* Until some call has given back what it did not use. */
static ek_status
wait_for_money(ek_call *call, ek_lane *l, uint64_t seen, int64_t held, const ek_budget_end *end)
{
  pthread_mutex_lock(&l->sleep_lock);
  if (held && l->holder_waits) {
    pthread_mutex_unlock(&l->sleep_lock);
    return give_way(call, l, end);
  }
  l->holder_waits |= held > 0;
  while (atomic_load(&l->settlements) == seen && !ek_lane_ending(l) && !lane_cancelled(call)) {
    int64_t since = ek_monotonic_ns();
    ek_cond_wait_until(&l->paid, &l->sleep_lock, since + 200000000);
    if (!held)                       /* who holds others up by what it has reserved may not wait for good */
      ek_call_extend(call, ek_monotonic_ns() - since);
  }
  if (held)
    l->holder_waits = 0;
  pthread_mutex_unlock(&l->sleep_lock);
  return lane_cancelled(call) || ek_lane_ending(l) ? EK_CANCELLED : EK_OK;
}

static ek_status
lane_reserve(ek_call *call, const uint64_t *qty, size_t n)
{
  ek_flight *f = call->context;
  ek_lane *l = f->lane;
  int64_t nano = cost(call->instance, qty, n);
  for (;;) {
    ek_budget_end end;
    ek_status status;
    int64_t held = held_by(f);
    uint64_t seen = atomic_load(&l->settlements);
    if (ek_lane_ending(l))
      return EK_CANCELLED;
    switch (ek_purse_reserve(l->purse, f->step, nano, held, &end)) {
    case EK_RESERVED:
      __atomic_add_fetch(&f->reserved, nano, __ATOMIC_RELAXED);
      __atomic_store_n(&f->metered, 1, __ATOMIC_RELAXED);
      return EK_OK;
    case EK_RESERVE_SPENT:
      budget_reached(l->run, &end);
      return EK_CANCELLED;
    case EK_RESERVE_WAIT:
      if ((status = wait_for_money(call, l, seen, held, &end)) != EK_OK)
        return status;
    }
  }
}

static void
lane_charge(ek_call *call, const uint64_t *qty, size_t n)
{
  ek_flight *f = call->context;
  ek_lane *l = f->lane;
  __atomic_add_fetch(&f->charged, cost(call->instance, qty, n), __ATOMIC_RELAXED);
  pthread_mutex_lock(&l->lock);
  for (size_t i = 0; i < n && i < EK_MAX_METERS; i++)
    l->stats[f->step].units[i] += qty[i];
  pthread_mutex_unlock(&l->lock);
}

/* ---- rate ----------------------------------------------------------------------------- */

ek_status
ek_lane_gate(ek_lane *l, ek_bucket *b, int (*is_over)(void *), void *arg, int64_t *waited)
{
  int64_t started = ek_monotonic_ns(), now = started, wait;
  uint64_t turn = 0;
  *waited = 0;
  while ((wait = ek_bucket_take_turn(b, now, &turn)) > 0) {
    int ended = is_over(arg) || sleep_until(l, now + wait, is_over, arg) < 0;
    now = ek_monotonic_ns();
    if (ended) {
      ek_bucket_leave(b, now, &turn);
      return EK_CANCELLED;
    }
  }
  *waited = now - started;
  return EK_OK;
}

/* A budget that is reached lets those go on that have reserved, and nobody else; a stop nobody. */
static int
may_not_leave(void *flight)
{
  const ek_flight *f = flight;
  if (atomic_load_explicit(&f->lane->run->stopping, memory_order_relaxed))
    return stopped(f);
  return ek_lane_ending(f->lane) && !__atomic_load_n(&f->metered, __ATOMIC_RELAXED);
}

/* ---- places ---------------------------------------------------------------------------- */

static ek_status
take_place(ek_flight *f, lane_step *s)
{
  ek_lane *l = f->lane;
  ek_status status = EK_OK;
  pthread_mutex_lock(&l->lock);
  while (s->asking >= s->workers && status == EK_OK) {
    if (may_not_leave(f))
      status = EK_CANCELLED;
    else if (ek_lane_ending(l))       /* as above: nobody wakes us at the end of the grace */
      ek_cond_wait_until(&s->place, &l->lock, ek_monotonic_ns() + 20000000);
    else
      pthread_cond_wait(&s->place, &l->lock);
  }
  if (status == EK_OK) {
    s->asking++;
    f->asking++;
  }
  pthread_mutex_unlock(&l->lock);
  return status;
}

/* Under the lane's lock; who is told of it is woken when that is given up. */
static int
leave_places(ek_flight *f, lane_step *s, unsigned n)
{
  if (n > f->asking)
    n = f->asking;
  f->asking -= n;
  s->asking -= n;
  return n > 0;
}

void
ek_lane_leave_places(ek_flight *f)
{
  ek_lane *l = f->lane;
  lane_step *s = l->steps[f->step];
  if (!s)
    return;
  pthread_mutex_lock(&l->lock);
  int left = leave_places(f, s, f->asking);
  pthread_mutex_unlock(&l->lock);
  if (left)
    pthread_cond_broadcast(&s->place);
}

static ek_status
lane_admit(ek_call *call)
{
  ek_flight *f = call->context;
  lane_step *s = f->lane->steps[f->step];
  int64_t started = ek_monotonic_ns(), waited;
  if (may_not_leave(f))
    return EK_CANCELLED;
  if (s) {
    if (take_place(f, s) != EK_OK || ek_lane_gate(f->lane, s->bucket, may_not_leave, f, &waited) != EK_OK)
      return EK_CANCELLED;           /* the call ends, and its place with it     */
    ek_call_extend(call, ek_monotonic_ns() - started);
  }
  __atomic_store_n(&f->sent, 1, __ATOMIC_RELAXED);
  return EK_OK;
}

static void
lane_replied(ek_call *call, enum ek_reply kind, int64_t ns)
{
  ek_flight *f = call->context;
  ek_lane *l = f->lane;
  lane_step *s = l->steps[f->step];
  int64_t now = ek_monotonic_ns();
  int cut_off = kind == EK_REPLY_OTHER && lane_cancelled(call);    /* it was not answered, we hung up */
  if (s && !cut_off && (kind == EK_REPLY_OK || kind == EK_REPLY_OTHER))
    ek_bucket_answered(s->bucket, now);
  if (s && kind == EK_REPLY_THROTTLED)
    ek_bucket_throttled(s->bucket, now, __atomic_load_n(&call->retry_after_ns, __ATOMIC_RELAXED));
  pthread_mutex_lock(&l->lock);
  int left = s && leave_places(f, s, 1);
  f->replies++;
  if (kind == EK_REPLY_THROTTLED)
    l->stats[f->step].throttled++;
  if (kind != EK_REPLY_TRANSIENT && !cut_off && ns >= 0)
    ek_latency_add(&l->stats[f->step].latency, ns);
  pthread_mutex_unlock(&l->lock);
  if (left)
    pthread_cond_signal(&s->place);
}

const ek_call_ops ek_lane_ops = { .cancelled = lane_cancelled, .wait = lane_wait, .reserve = lane_reserve,
                                  .charge = lane_charge, .admit = lane_admit, .replied = lane_replied };
