/* SPDX-License-Identifier: BSD-3-Clause */
/* A plan: steps that leave the machine are called, and nothing leaves it. What they would reserve is
 * counted, and an answer that is kept counts as one.                          */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "base/mem.h"
#include "chain/internal.h"

struct ek_plan {
  pthread_mutex_t lock;
  struct seen { uint64_t *slots; size_t n, size; } seen[EK_MAX_STEPS];   /* addresses, by hash; 0: free */
};

typedef struct planned_call { ek_worker *w; unsigned step; int asked, picture, repeated; } planned_call;

static int
needs(const ek_instance *in, const char *extension)
{
  const char *const *needs = in->plugin->enricher->needs;
  while (needs && *needs && strcmp(*needs, extension) != 0)
    needs++;
  return needs && *needs;
}

/* Whether the answer for one item will do for another that has the same picture. Where other fields are read too they
 * may be part of the question: rather a call too many in a plan than one too few. */
static int
keeps_answers(const ek_instance *in)
{
  int wanted = in->settings->cache;
  return (wanted < 0 || wanted) && in->n_declared == 1 && (in->keeps || needs(in, EK_EXT_CACHE));
}

struct ek_plan *
ek_plan_new(void)
{
  struct ek_plan *p = ek_mem_zero(1, sizeof *p);
  pthread_mutex_init(&p->lock, NULL);
  return p;
}

void
ek_plan_free(struct ek_plan *p)
{
  if (!p)
    return;
  for (size_t i = 0; i < EK_MAX_STEPS; i++)
    free(p->seen[i].slots);
  pthread_mutex_destroy(&p->lock);
  free(p);
}

static int
insert(struct seen *s, uint64_t hash)
{
  size_t at = (size_t)hash & (s->size - 1);
  while (s->slots[at] && s->slots[at] != hash)
    at = (at + 1) & (s->size - 1);
  if (s->slots[at])
    return 0;
  s->slots[at] = hash;
  s->n++;
  return 1;
}

/* 1: not seen before. */
static int
add_address(struct ek_plan *p, unsigned step, const char *address)
{
  struct seen *s = &p->seen[step];
  uint64_t hash = XXH3_64bits(address, strlen(address));
  hash += hash == 0;
  pthread_mutex_lock(&p->lock);
  if (s->n * 2 >= s->size) {
    struct seen wide = { .size = s->size ? 2 * s->size : 1024 };
    wide.slots = ek_mem_zero(wide.size, sizeof *wide.slots);
    for (size_t i = 0; i < s->size; i++)
      if (s->slots[i])
        insert(&wide, s->slots[i]);
    free(s->slots);
    *s = wide;
  }
  int is_new = insert(s, hash);
  pthread_mutex_unlock(&p->lock);
  return is_new;
}

/* ---- what a planned call may ask ------------------------------------------------------ */

static int
plan_cancelled(ek_call *call)
{
  const planned_call *c = call->context;
  return atomic_load_explicit(&c->w->run->stopping, memory_order_relaxed);
}

static ek_status
plan_wait(ek_call *call, int64_t ns)
{
  (void)ns;
  return plan_cancelled(call) ? EK_CANCELLED : EK_OK;
}

static ek_status
plan_reserve(ek_call *call, const uint64_t *qty, size_t n)
{
  planned_call *c = call->context;
  ek_step_stats *s = &c->w->stats.steps[c->step];
  const ek_instance *in = call->instance;
  if (c->repeated)
    return EK_CANCELLED;
  s->would_call += c->asked ? 0u : 1u;
  c->asked = 1;
  for (size_t i = 0; i < n && i < EK_MAX_METERS; i++) {
    s->would_units[i] += qty[i];
    if (in->prices && i < in->n_meters)
      s->would_spend_nano += (int64_t)((double)qty[i] * (double)in->prices[i]);
  }
  return EK_CANCELLED;
}

static void
plan_charge(ek_call *call, const uint64_t *qty, size_t n)
{
  (void)call;
  (void)qty;
  (void)n;
}

static ek_status
plan_admit(ek_call *call)
{
  planned_call *c = call->context;
  c->w->stats.steps[c->step].would_call += c->asked || c->repeated ? 0u : 1u;
  c->asked = 1;
  return EK_CANCELLED;
}

static void
plan_planned(ek_call *call, const char *address, int known)
{
  planned_call *c = call->context;
  ek_step_stats *s = &c->w->stats.steps[c->step];
  int is_new = add_address(c->w->run->plan, c->step, address), first = !c->picture;
  s->with_picture += first ? 1u : 0u;
  c->picture = 1;
  /* Another item has the same picture: its answer will be this one's. */
  c->repeated |= first && !is_new && keeps_answers(call->instance);
  if (!is_new)
    return;
  s->addresses++;
  s->unknown += known ? 0u : 1u;
}

static const ek_call_ops plan_ops = { .cancelled = plan_cancelled, .wait = plan_wait, .reserve = plan_reserve,
                                      .charge = plan_charge, .admit = plan_admit, .planned = plan_planned };

/* ---- the step ---------------------------------------------------------------------------- */

static void
file_outcome(ek_worker *w, unsigned step, ek_unit *u, uint32_t arms, ek_call *call, ek_sink *sink, ek_status status)
{
  ek_step_stats *s = &w->stats.steps[step];
  switch (status) {
  case EK_OK:
    ek_steps_take(w, &w->stats.clean, step, u, arms, sink);
    u->outcomes[step] = EK_OUT_LABELS;
    s->labels++;
    break;
  case EK_NO_LABELS:
    u->outcomes[step] = EK_OUT_NONE;
    s->none++;
    break;
  case EK_SKIPPED:
    u->outcomes[step] = EK_OUT_SKIPPED;
    s->skipped++;
    break;
  case EK_RETRY:
  case EK_CANCELLED:                    /* it would be asked; later steps may be too */
    u->outcomes[step] = EK_OUT_NOT_DONE;
    s->not_done++;
    break;
  default:
    ek_steps_fail(w, step, u, call, call->reason ? call->reason : "plugin_error", 1);
    s->failed++;
    if (status == EK_FATAL)
      ek_steps_stop(w, step, u, call, "plugin_fatal");
  }
}

static void
plan_unit(ek_worker *w, unsigned step, ek_unit *u, uint32_t arms)
{
  const ek_step *s = &w->run->spec->chain->steps[step];
  planned_call context = { .w = w, .step = step };
  ek_call call = { .ops = &plan_ops, .context = &context, .instance = s->instance, .services = w->run->spec->services,
                   .step = s->settings->name, .item = u->id, .deadline_ns = INT64_MAX, .retry_after_ns = -1,
                   .base = w->base };
  ek_sink sink = { .arena = &w->arena, .call = &call };
  ek_item item = { .unit = u, .instance = s->instance, .arena = &w->arena };
  w->stats.steps[step].items++;
  ek_status status = ek_instance_enrich(s->instance, &call, &item, &sink);
  /* Who gives up at a picture that is not there yet did not come to its question. */
  if (status == EK_CANCELLED && context.picture && !context.asked && !context.repeated && needs(s->instance, EK_EXT_HTTP))
    w->stats.steps[step].would_call++;
  w->stats.steps[step].cache_hits += context.repeated ? 0 : call.cache_hits;
  ek_call_end(&call);
  file_outcome(w, step, u, arms, &call, &sink, status);
}

void
ek_plan_step(ek_worker *w, unsigned step, size_t from, size_t to)
{
  const ek_chain *chain = w->run->spec->chain;
  ek_block_base(w);
  for (size_t i = from; i < to && !w->fatal; i++) {
    ek_unit *u = &w->units[i];
    if (u->state == EK_UNIT_DUPLICATE || u->state == EK_UNIT_BEYOND)
      continue;
    uint32_t arms = u->state == EK_UNIT_ALIVE ? ek_steps_arms(chain, step, u) : 0;
    if (arms)
      plan_unit(w, step, u, arms);
    else if (u->outcomes)
      w->stats.steps[step].not_asked++;
  }
}
