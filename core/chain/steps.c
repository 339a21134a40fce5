/* SPDX-License-Identifier: BSD-3-Clause */
/* The inline lane: steps that only compute, on the worker that parsed the block. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/mem.h"
#include "chain/internal.h"

static int
run_stopping(ek_call *call)
{
  const ek_worker *w = call->context;
  return atomic_load_explicit(&w->run->stopping, memory_order_relaxed);
}

static int
call_cancelled(ek_call *call)
{
  return run_stopping(call) || (call->deadline_ns != INT64_MAX && ek_monotonic_ns() >= call->deadline_ns);
}

/* In slices, so that a stop is seen within a second without a wake-up a call. */
static ek_status
sleep_interruptible(ek_call *call, int64_t ns)
{
  const int64_t slice = 50000000;
  int64_t until = ek_monotonic_ns() + ns;
  for (;;) {
    int64_t left = until - ek_monotonic_ns();
    if (call_cancelled(call))
      return EK_CANCELLED;
    if (left <= 0)
      return EK_OK;
    struct timespec t = { 0, (long)(left < slice ? left : slice) };
    nanosleep(&t, NULL);
  }
}

static const ek_call_ops call_ops = { .cancelled = call_cancelled, .wait = sleep_interruptible };

static int64_t
coarse_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &t);     /* deadlines need no more than its 4 ms */
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

uint32_t
ek_steps_arms(const ek_chain *chain, unsigned step, const ek_unit *u)
{
  const ek_step_settings *s = chain->steps[step].settings;
  uint32_t mask = 0;
  for (unsigned a = 0; a < chain->n_arms; a++) {
    if (!(chain->arms[a].steps >> step & 1))
      continue;
    if (s->when == EK_WHEN_FEWER) {
      size_t labels = 0;
      for (const ek_tag *t = u->first; t; t = t->next)
        if ((t->arms >> a & 1) && !t->removed)
          labels += t->n_clean;
      if (labels >= s->fewer_than)
        continue;
    }
    mask |= (uint32_t)1 << a;
  }
  return mask;
}

void
ek_steps_take(ek_worker *w, ek_clean_counts *counts, unsigned step, ek_unit *u, uint32_t arms, const ek_sink *sink)
{
  const ek_chain *chain = w->run->spec->chain;
  double floor = chain->steps[step].settings->floor;
  for (ek_tag *t = sink->first; t; t = t->next) {
    t->step = (uint16_t)step;
    t->arms = arms;
    if (t->confidence >= 0 && t->confidence < floor)
      t->removed = EK_RM_FLOOR;
    else
      ek_clean_tag(chain->cleaner, &w->arena, t, counts);
  }
  if (u->last)
    u->last->next = sink->first;
  else
    u->first = sink->first;
  u->last = sink->last;
}

void
ek_steps_fail(ek_worker *w, unsigned step, ek_unit *u, const ek_call *call, const char *reason, unsigned attempts)
{
  const ek_step_settings *s = w->run->spec->chain->steps[step].settings;
  ek_reject_info *r = ek_arena_zero(&w->arena, sizeof *r), **end = &u->reject;
  r->reason = reason;
  r->message = ek_arena_copy(&w->arena, ek_cstr(call->has_error ? call->error : "the plugin gave no reason"));
  r->step = (int)step;
  r->attempts = (int)attempts;
  r->http = call->http;
  if (call->code[0])
    r->code = ek_arena_copy(&w->arena, ek_cstr(call->code));
  while (*end)
    end = &(*end)->next;
  *end = r;
  u->outcomes[step] = EK_OUT_FAILED;
  if (s->on_error != EK_ON_ERROR_CONTINUE)
    u->state = EK_UNIT_REJECTED;
}

/* What AWS says of who asks is for the user to mend, and no item's fault. */
static void
help_of_denial(ek_error *e, const char *code)
{
  if (strstr(code, "AccessDenied"))
    ek_help(e, "'enrichkit policy --caller' prints the least policy for this configuration; aws.profile picks other "
               "credentials");
  else if (strstr(code, "Signature"))
    ek_help(e, "the secret does not fit the key's id, or aws.region not the endpoint: 'enrichkit check' tells where both "
               "come from");
}

void
ek_steps_stop(ek_worker *w, unsigned step, const ek_unit *u, const ek_call *call, const char *code)
{
  char id[128];
  if (w->fatal && w->fatal_unit <= u)
    return;
  w->fatal = 1;
  w->fatal_unit = u;
  ek_fail(&w->error, EK_EXIT_FAILED, code, "step '%s' stopped the run at item '%s': %s",
          w->run->spec->chain->steps[step].settings->name, ek_show(u->id, id, sizeof id),
          call->has_error ? call->error : "the plugin gave no reason");
  help_of_denial(&w->error, call->code);
  ek_at(&w->error, w->block.file->name, w->block.lines + u->span.line, 0);
}

void
ek_steps_late(ek_call *call, const ek_step_settings *s)
{
  if (call->has_error)
    return;
  call->has_error = 1;
  snprintf(call->error, sizeof call->error, "no answer within the time for one call (timeout: %.3g s)",
           (double)s->timeout_ns / 1e9);
}

/* Only who fails has one, so only then is it cleared for the next item. */
static void
forget_reason(ek_call *call)
{
  call->reason = NULL;
  call->http = 0;
  call->code[0] = 0;
}

/* Files the outcome of one call. 1: it is to be tried again. */
static int
settle(ek_worker *w, unsigned step, ek_unit *u, uint32_t arms, ek_call *call, ek_sink *sink, ek_status status,
       unsigned attempt)
{
  const ek_step_settings *s = w->run->spec->chain->steps[step].settings;
  const char *reason = call->reason ? call->reason : "plugin_error";
  ek_step_stats *stats = &w->stats.steps[step];

  if (status == EK_OK && !sink->n)
    status = EK_NO_LABELS;
  switch (status) {
  case EK_OK:
    ek_steps_take(w, &w->stats.clean, step, u, arms, sink);
    u->outcomes[step] = EK_OUT_LABELS;
    stats->labels++;
    return 0;
  case EK_NO_LABELS:
    u->outcomes[step] = EK_OUT_NONE;
    stats->none++;
    return 0;
  case EK_SKIPPED:
    u->outcomes[step] = EK_OUT_SKIPPED;
    stats->skipped++;
    return 0;
  case EK_RETRY:
  case EK_CANCELLED:
    if (run_stopping(call)) {
      u->outcomes[step] = EK_OUT_NOT_DONE;
      u->state = EK_UNIT_NOT_DONE;
      stats->not_done++;
      return 0;
    }
    if (attempt < s->retry.attempts) {
      forget_reason(call);
      return 1;
    }
    if (status == EK_CANCELLED) {
      reason = "timeout";
      ek_steps_late(call, s);
    }
    break;
  default:
    break;
  }
  ek_steps_fail(w, step, u, call, reason, attempt);
  forget_reason(call);
  stats->failed++;
  if (status == EK_FATAL)
    ek_steps_stop(w, step, u, call, "plugin_fatal");
  else if (s->on_error == EK_ON_ERROR_STOP)
    ek_steps_stop(w, step, u, call, "step_failed");
  return 0;
}

/* Full jitter (min(max, first * 2^k) times a random share), unless the plugin said when. */
int64_t
ek_steps_delay(uint64_t *random, const ek_step_settings *s, const ek_call *call, unsigned attempt)
{
  if (call->retry_after_ns >= 0)
    return call->retry_after_ns;
  int64_t top = s->retry.first_delay_ns;
  for (unsigned i = 1; i < attempt && top < s->retry.max_delay_ns; i++)
    top *= 2;
  if (top > s->retry.max_delay_ns)
    top = s->retry.max_delay_ns;
  *random = *random * 6364136223846793005u + 1442695040888963407u;
  return (int64_t)((double)top * (double)(*random >> 11) / 9007199254740992.0);
}

static void
prepare(ek_worker *w, unsigned step, const ek_unit *u, ek_call *call, ek_sink *sink, ek_item *item)
{
  const ek_step *s = &w->run->spec->chain->steps[step];
  call->ops = &call_ops;
  call->context = w;
  call->step = s->settings->name;
  call->item = u->id;
  call->create = NULL;
  call->deadline_ns = coarse_ns() + s->settings->timeout_ns;
  call->retry_after_ns = -1;
  call->has_error = 0;
  call->over = 0;
  *sink = (ek_sink){ .arena = &w->arena, .call = call };
  *item = (ek_item){ .unit = u, .instance = s->instance, .arena = &w->arena };
}

/* What does not change from item to item. */
static void
introduce(ek_worker *w, unsigned step, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    w->calls[i].instance = w->run->spec->chain->steps[step].instance;
    w->calls[i].services = w->run->spec->services;
  }
}

/* What extensions keep for a call; most steps use none. */
static void
end_call(ek_call *call)
{
  call->over = 1;
  if (__builtin_expect(call->scratch != NULL, 0))
    ek_call_end(call);
}

static void
one_by_one(ek_worker *w, unsigned step, size_t from, size_t to)
{
  const ek_chain *chain = w->run->spec->chain;
  ek_step_stats *stats = &w->stats.steps[step];
  ek_call *call = &w->calls[0];
  ek_sink *sink = &w->sinks[0];
  ek_item *item = &w->items[0];

  introduce(w, step, 1);
  for (size_t i = from; i < to && !w->fatal; i++) {
    ek_unit *u = &w->units[i];
    if (u->state == EK_UNIT_DUPLICATE || u->state == EK_UNIT_BEYOND)
      continue;
    uint32_t arms = u->state == EK_UNIT_ALIVE ? ek_steps_arms(chain, step, u) : 0;
    if (!arms) {
      if (u->outcomes)
        stats->not_asked++;
      continue;
    }
    stats->items++;
    for (unsigned attempt = 1;; attempt++) {
      prepare(w, step, u, call, sink, item);
      ek_status status = ek_instance_enrich(chain->steps[step].instance, call, item, sink);
      end_call(call);
      if (!settle(w, step, u, arms, call, sink, status, attempt))
        break;
      stats->retries++;
      call->deadline_ns = INT64_MAX;
      sleep_interruptible(call, ek_steps_delay(&w->random, chain->steps[step].settings, call, attempt));
    }
  }
}

static void
reserve_batch(ek_worker *w, size_t n)
{
  if (n <= w->batch_cap)
    return;
  free(w->calls);
  free(w->sinks);
  free(w->items);
  w->calls = ek_mem_zero(n, sizeof *w->calls);
  w->sinks = ek_mem_zero(n, sizeof *w->sinks);
  w->items = ek_mem_zero(n, sizeof *w->items);
  w->batch_cap = n;
}

typedef struct pending { ek_unit *unit; uint32_t arms; } pending;

/* One call with many items; those that ask for another try go together again. */
static void
call_batch(ek_worker *w, unsigned step, pending *list, size_t n)
{
  const ek_chain *chain = w->run->spec->chain;
  ek_step_stats *stats = &w->stats.steps[step];
  const ek_item **items = ek_arena_alloc(&w->arena, n * sizeof *items);
  ek_sink **sinks = ek_arena_alloc(&w->arena, n * sizeof *sinks);
  ek_call **calls = ek_arena_alloc(&w->arena, n * sizeof *calls);
  ek_status *status = ek_arena_alloc(&w->arena, n * sizeof *status);

  for (unsigned attempt = 1; n; attempt++) {
    ek_call whole = { 0 };
    ek_sink unused;
    ek_item no_item;
    int64_t delay = 0;
    size_t again = 0;
    for (size_t i = 0; i < n; i++) {
      prepare(w, step, list[i].unit, &w->calls[i], &w->sinks[i], &w->items[i]);
      items[i] = &w->items[i];
      sinks[i] = &w->sinks[i];
      calls[i] = &w->calls[i];
      status[i] = EK_UNSET;
    }
    prepare(w, step, list[0].unit, &whole, &unused, &no_item);
    whole.item = (ek_str){ "", 0 };
    whole.instance = chain->steps[step].instance;
    whole.services = w->run->spec->services;
    ek_batch batch = { .struct_size = sizeof batch, .n = (uint32_t)n, .items = items, .sinks = sinks,
                       .calls = calls, .status = status };
    ek_instance_enrich_batch(chain->steps[step].instance, &whole, &batch);
    end_call(&whole);
    for (size_t i = 0; i < n; i++) {
      ek_call *call = calls[i];
      end_call(call);
      if (!call->has_error && whole.has_error) {
        call->has_error = 1;
        memcpy(call->error, whole.error, sizeof call->error);
      }
      if (call->retry_after_ns < 0)
        call->retry_after_ns = whole.retry_after_ns;
      if (!settle(w, step, list[i].unit, list[i].arms, call, sinks[i], status[i], attempt))
        continue;
      int64_t d = ek_steps_delay(&w->random, chain->steps[step].settings, call, attempt);
      delay = d > delay ? d : delay;
      list[again++] = list[i];
    }
    n = again;
    if (n) {
      stats->retries += n;
      whole.deadline_ns = INT64_MAX;
      sleep_interruptible(&whole, delay);
    }
  }
}

static void
in_batches(ek_worker *w, unsigned step, size_t from, size_t to, size_t batch)
{
  const ek_chain *chain = w->run->spec->chain;
  ek_step_stats *stats = &w->stats.steps[step];
  pending *list = ek_arena_alloc(&w->arena, batch * sizeof *list);
  size_t n = 0;

  reserve_batch(w, batch);
  introduce(w, step, batch);
  for (size_t i = from; i < to && !w->fatal; i++) {
    ek_unit *u = &w->units[i];
    if (u->state == EK_UNIT_DUPLICATE || u->state == EK_UNIT_BEYOND)
      continue;
    uint32_t arms = u->state == EK_UNIT_ALIVE ? ek_steps_arms(chain, step, u) : 0;
    if (!arms) {
      if (u->outcomes)
        stats->not_asked++;
      continue;
    }
    stats->items++;
    list[n++] = (pending){ u, arms };
    if (n == batch) {
      call_batch(w, step, list, n);
      n = 0;
    }
  }
  if (n && !w->fatal)
    call_batch(w, step, list, n);
}

unsigned
ek_steps_batch(const ek_step *s)
{
  unsigned most = s->instance->plugin->enricher->max_batch, batch = s->settings->batch;
  if (!most)
    return 1;
  return !batch || batch > most ? most : batch;
}

void
ek_steps_run(ek_worker *w, unsigned first, unsigned last, size_t from, size_t to)
{
  const ek_chain *chain = w->run->spec->chain;

  reserve_batch(w, 1);
  for (unsigned step = first; step < last && !w->fatal; step++) {
    unsigned batch = ek_steps_batch(&chain->steps[step]);
    int64_t start = ek_monotonic_ns();
    if (w->run->plan && chain->steps[step].instance->network)
      ek_plan_step(w, step, from, to);
    else if (batch > 1)
      in_batches(w, step, from, to, batch);
    else
      one_by_one(w, step, from, to);
    w->stats.steps[step].ns += (uint64_t)(ek_monotonic_ns() - start);
  }
}
