/* SPDX-License-Identifier: BSD-3-Clause */
/* What becomes of one attempt: labels, outcome, another try, the end of the run. */
#include <stdio.h>
#include <string.h>
#include "chain/lane_internal.h"

#define CLAIM_NS INT64_C(20000000)      /* somebody else is asking: when to look again */
#define MOST_PICTURES 64u               /* of one item; more is a plugin that never has enough */
#define GONE_AFTER 10u                  /* requests in a row that nobody answered */
#define GONE_NS INT64_C(60000000000)    /* and for so long: the network is gone */
#define SHARE_FROM 20u                  /* calls in a minute before a share of retries means anything */

/* ---- books ---------------------------------------------------------------------------- */

static void
settle_money(ek_flight *f)
{
  ek_lane *l = f->lane;
  if (!f->reserved && !f->charged)
    return;
  ek_purse_settle(l->purse, f->step, f->reserved, f->charged);
  f->reserved = f->charged = 0;
  pthread_mutex_lock(&l->sleep_lock);
  atomic_fetch_add(&l->settlements, 1);
  pthread_cond_broadcast(&l->paid);
  pthread_mutex_unlock(&l->sleep_lock);
}

void
ek_lane_close_call(ek_flight *f, int64_t ns)
{
  ek_lane *l = f->lane;
  ek_step_stats *s = &l->stats[f->step];
  ek_lane_leave_places(f);
  settle_money(f);
  ek_call_end(&f->call);
  pthread_mutex_lock(&l->lock);
  s->ns += (uint64_t)ns;
  s->calls += f->call.requests > f->replies ? f->call.requests : f->replies;
  s->cache_hits += f->call.cache_hits;
  pthread_mutex_unlock(&l->lock);
}

/* Calls and retries of the last minute, by the second. */
static int
too_many_retries(lane_step *s, int64_t now, int retry)
{
  lane_minute *m = &s->minute;
  int64_t second = now / 1000000000;
  uint64_t calls = 0, retries = 0;
  if (second - m->second > EK_LANE_MINUTE)
    m->second = second - EK_LANE_MINUTE;
  while (m->second < second) {
    size_t i = (size_t)(++m->second % EK_LANE_MINUTE);
    m->calls[i] = m->retries[i] = 0;
  }
  m->calls[second % EK_LANE_MINUTE]++;
  if (!retry)
    return 0;
  m->retries[second % EK_LANE_MINUTE]++;
  for (size_t i = 0; i < EK_LANE_MINUTE; i++) {
    calls += m->calls[i];
    retries += m->retries[i];
  }
  if (calls < SHARE_FROM || now - m->slowed < 1000000000 ||
      (double)retries <= s->settings->retry.max_share * (double)calls)
    return 0;
  m->slowed = now;
  return 1;
}

static void
count_try(ek_flight *f, int retry)
{
  ek_lane *l = f->lane;
  lane_step *s = l->steps[f->step];
  int64_t now = ek_monotonic_ns();
  int slow;
  pthread_mutex_lock(&l->lock);
  l->stats[f->step].retries += retry ? 1u : 0u;
  slow = s && (f->sent || f->call.requests) && too_many_retries(s, now, retry);   /* not for a picture's host */
  pthread_mutex_unlock(&l->lock);
  if (slow)
    ek_bucket_slow(s->bucket, now);
}

/* ---- what no retry helps ----------------------------------------------------------------- */

static int
is_credentials(const ek_call *call)
{
  static const char *const codes[] = { "credentials_expired", "ExpiredToken", "ExpiredTokenException",
                                       "UnrecognizedClientException", "InvalidClientTokenId" };
  if (call->reason && strcmp(call->reason, "credentials") == 0)
    return 1;
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    if (strcmp(call->code, codes[i]) == 0)
      return 1;
  return 0;
}

static void
stop_for_credentials(ek_flight *f)
{
  ek_error e;
  ek_fail(&e, EK_EXIT_STOPPED, "credentials", "step '%s': the credentials are not accepted any more: %s",
          f->call.step, f->call.has_error ? f->call.error : f->call.code);
  ek_help(&e, "renew them and run again: what was paid for is kept");
  ek_run_close(f->lane->run, EK_END_STOPPED, &e);
  ek_run_stop(f->lane->run);
}

/* That one host of many is down does not mean that the network is gone, however many in a row it was to be asked. */
int64_t
ek_lane_watch(const ek_lane *l, lane_watch *w, uint64_t host, int answered)
{
  int64_t now = ek_monotonic_ns(), gone_ns = l->run->spec->gone_ns ? l->run->spec->gone_ns : GONE_NS;
  if (!w->known)
    w->host = host;
  w->several |= w->known && host != w->host;
  w->known = 1;
  if (answered) {
    w->failed = 0;
    return 0;
  }
  if (!w->failed++) {
    w->since = now;
    w->failing = host;
    w->failing_several = 0;
  }
  w->failing_several |= host != w->failing;
  return w->failed >= GONE_AFTER && now - w->since >= gone_ns && w->several == w->failing_several ? now - w->since : 0;
}

void
ek_lane_gone(ek_lane *l, const char *what, int64_t ns, const char *why)
{
  ek_error e;
  ek_fail(&e, EK_EXIT_STOPPED, "network_gone", "%s: nobody has answered for %lld s: %s", what,
          (long long)(ns / 1000000000), why);
  ek_help(&e, "run again when the network is back: what was paid for is kept");
  ek_run_close(l->run, EK_END_STOPPED, &e);
  ek_run_stop(l->run);
}

/* Requests that left and that nobody answered, one after the other over a minute. */
static void
watch_network(ek_flight *f, ek_status status)
{
  ek_lane *l = f->lane;
  lane_step *s = l->steps[f->step];
  int answered = f->call.http || status >= 0 || (status != EK_RETRY && status != EK_CANCELLED);
  char what[200];
  if (!s || !(f->sent || f->call.requests))
    return;
  pthread_mutex_lock(&l->lock);
  int64_t gone = ek_lane_watch(l, &s->watch, f->call.asked, answered);
  pthread_mutex_unlock(&l->lock);
  if (!gone)
    return;
  snprintf(what, sizeof what, "step '%s'", f->call.step);
  ek_lane_gone(l, what, gone, f->call.has_error ? f->call.error : "no connection");
}

/* ---- the outcome -------------------------------------------------------------------------- */

static ek_tag *
copy_tag(ek_arena *a, const ek_tag *from)
{
  ek_tag *t = ek_arena_alloc(a, sizeof *t);
  *t = *from;
  t->next = NULL;
  t->name = ek_arena_copy(a, from->name);
  t->scheme = t->ref = (ek_str){ t->name.ptr + t->name.len, 0 };
  if (from->scheme.len)
    t->scheme = ek_arena_copy(a, from->scheme);
  if (from->ref.len)
    t->ref = ek_arena_copy(a, from->ref);
  if (from->n_parents) {
    ek_str *parents = ek_arena_alloc(a, from->n_parents * sizeof *parents);
    for (size_t i = 0; i < from->n_parents; i++)
      parents[i] = ek_arena_copy(a, from->parents[i]);
    t->parents = parents;
  }
  return t;
}

/* From the thread's memory to the block's. Under the block's lock. */
static void
take_labels(ek_flight *f, ek_stats *stats)
{
  ek_sink kept = { .arena = &f->w->arena };
  for (const ek_tag *t = f->sink.first; t; t = t->next) {
    ek_tag *copy = copy_tag(&f->w->arena, t);
    if (kept.last)
      kept.last->next = copy;
    else
      kept.first = copy;
    kept.last = copy;
    kept.n++;
  }
  ek_steps_take(f->w, &stats->clean, f->step, f->unit, f->arms, &kept);
}

/* Others that were not begun are not begun any more; what came before goes on for a moment. */
static void
step_stopped(ek_flight *f)
{
  ek_lane *l = f->lane;
  uint_fast64_t mine = f->w->block.seq + 1, first = atomic_load(&l->fatal_seq);
  while ((!first || mine < first) && !atomic_compare_exchange_weak(&l->fatal_seq, &first, mine))
    ;
  ek_run_stop(l->run);
}

static void
not_done(ek_flight *f, ek_step_stats *s)
{
  f->unit->outcomes[f->step] = EK_OUT_NOT_DONE;
  f->unit->state = EK_UNIT_NOT_DONE;
  s->not_done++;
}

/* 1: the run is to stop. Under the block's lock. */
static int
fail(ek_flight *f, ek_step_stats *s, ek_status status, const char *reason)
{
  const ek_step_settings *settings = f->lane->chain->steps[f->step].settings;
  ek_steps_fail(f->w, f->step, f->unit, &f->call, reason, f->attempt);
  s->failed++;
  if (status == EK_FATAL)
    ek_steps_stop(f->w, f->step, f->unit, &f->call, "plugin_fatal");
  else if (settings->on_error == EK_ON_ERROR_STOP)
    ek_steps_stop(f->w, f->step, f->unit, &f->call, "step_failed");
  else
    return 0;
  return 1;
}

static int
file_outcome(ek_flight *f, ek_status status, const char *reason, int ending)
{
  int stop = 0;
  pthread_mutex_lock(&f->w->lock);
  ek_stats *stats = ek_lane_stats_of(f->w, f->unit);
  ek_step_stats *s = &stats->steps[f->step];
  switch (status) {
  case EK_OK:
    take_labels(f, stats);
    f->unit->outcomes[f->step] = EK_OUT_LABELS;
    s->labels++;
    break;
  case EK_NO_LABELS:
    f->unit->outcomes[f->step] = EK_OUT_NONE;
    s->none++;
    break;
  case EK_SKIPPED:
    f->unit->outcomes[f->step] = EK_OUT_SKIPPED;
    s->skipped++;
    break;
  case EK_RETRY:
  case EK_CANCELLED:
    if (ending) {
      not_done(f, s);
      break;
    }
    /* fall through */
  default:
    stop = fail(f, s, status, reason);
    break;
  }
  pthread_mutex_unlock(&f->w->lock);
  return stop;
}

/* The step waits for something that holds no worker. */
static int
is_parked(ek_flight *f, ek_status status)
{
  if (f->call.parked == EK_PARKED_NOT || status == EK_FATAL)
    return 0;
  return f->call.parked == EK_PARKED_CLAIM || f->parked++ < MOST_PICTURES;
}

static const char *
reason_of(ek_flight *f, ek_status status, const ek_step_settings *settings)
{
  if (status == EK_CANCELLED) {
    ek_steps_late(&f->call, settings);
    return "timeout";
  }
  return f->call.reason ? f->call.reason : "plugin_error";
}

enum lane_verdict
ek_lane_settle(ek_flight *f, ek_status status, int64_t ns, uint64_t *random, int64_t *delay)
{
  ek_lane *l = f->lane;
  const ek_step_settings *settings = l->chain->steps[f->step].settings;
  const char *reason = NULL;

  if (is_parked(f, status)) {
    enum ek_parked what = f->call.parked;
    ek_lane_close_call(f, ns);
    f->attempt--;
    *delay = CLAIM_NS;
    return what == EK_PARKED_PICTURE ? LANE_PICTURE : LANE_CLAIM;
  }
  ek_lane_close_call(f, ns);
  if (status == EK_OK && !f->sink.n)
    status = EK_NO_LABELS;
  if (!atomic_load(&l->run->stopping))
    watch_network(f, status);
  if (status < 0 && is_credentials(&f->call)) {
    stop_for_credentials(f);
    status = EK_CANCELLED;
  }
  int wants = status == EK_RETRY || status == EK_CANCELLED, ending = ek_lane_ending(l);
  int again = wants && !ending && f->attempt < settings->retry.attempts;
  count_try(f, again);
  if (again) {
    ek_lane_forget_failed(f);
    f->parked = 0;                      /* its pictures are fetched anew         */
    *delay = ek_steps_delay(random, settings, &f->call, f->attempt);
    return LANE_AGAIN;
  }
  if (status < 0 && !(wants && ending))
    reason = reason_of(f, status, settings);
  if (file_outcome(f, status, reason, ending))
    step_stopped(f);
  return LANE_ON;
}
