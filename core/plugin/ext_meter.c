/* SPDX-License-Identifier: BSD-3-Clause */
/* ek.meter/1: what a call may cost and did. The lane reserves and books; here the units are
 * checked against those that the plugin declares, and what was used is kept until it
 * is committed together with the answer.                                    */
#include <string.h>
#include "base/mem.h"
#include "plugin/internal.h"

#define MOST_QTY ((uint64_t)1 << 40)     /* so that no price times a quantity overflows by a slip */

/* The plugin's array over all units; the rest 0. NULL: it cannot be taken, and why is noted. */
static uint64_t *
widen(ek_call *call, const char *what, const uint64_t *qty, size_t n, uint64_t *all, size_t most)
{
  const ek_instance *in = call->instance;
  memset(all, 0, most * sizeof *all);
  if ((n && !qty) || n > in->n_meters || in->n_meters > most) {
    ek_call_note(call, 1, "the plugin %s %zu units and declares %zu", what, n, in->n_meters);
    return NULL;
  }
  for (size_t i = 0; i < n; i++) {
    if (qty[i] > MOST_QTY) {
      ek_call_note(call, 1, "the plugin %s %llu of unit '%s'", what, (unsigned long long)qty[i],
                   ek_instance_meter(in, i));
      return NULL;
    }
    all[i] = qty[i];
  }
  return all;
}

static ek_status
reserve(ek_call *call, const uint64_t *qty, size_t n)
{
  uint64_t all[EK_MOST_METERS];
  ek_status s = ek_call_gate(call);
  if (s != EK_OK)
    return s;
  if (call->create)
    ek_call_note(call, 1, "the plugin would spend money in create()");
  if (call->create || !widen(call, "reserves", qty, n, all, EK_MOST_METERS))
    return EK_FATAL;
  if (call->ops && call->ops->reserve)
    s = call->ops->reserve(call, all, call->instance->n_meters);
  return s == EK_OK && call->services->planning ? EK_CANCELLED : s;
}

static void
charge(ek_call *call, const uint64_t *qty, size_t n)
{
  uint64_t all[EK_MOST_METERS];
  ek_error e = { 0 };
  if (!call || !call->instance || call->over || call->create || !call->services || call->services->planning)
    return;
  if (!widen(call, "charges", qty, n, all, EK_MOST_METERS)) {
    ek_fail(&e, EK_EXIT_FAILED, "charge", "%s", call->error);
    ek_call_block(call, EK_FATAL, &e);
    return;
  }
  const size_t n_meters = call->instance->n_meters;
  ek_scratch *s = ek_call_scratch(call);
  ek_bit_lock(&call->busy);
  if (!s->owed) {
    s->owed = ek_mem_zero(n_meters, sizeof *s->owed);
    s->n_owed = n_meters;
  }
  if (!call->charged) {
    call->charged = s->charged = ek_mem_zero(n_meters, sizeof *s->charged);
    call->n_charged = n_meters;
  }
  for (size_t i = 0; i < n_meters; i++) {
    s->owed[i] += all[i];
    if (i < call->n_charged)
      call->charged[i] += all[i];
  }
  ek_bit_unlock(&call->busy);
  if (call->ops && call->ops->charge)
    call->ops->charge(call, all, n_meters);
}

const ek_meter ek_meter_table = { .struct_size = sizeof(ek_meter), .reserve = reserve, .charge = charge };

int
ek_call_commit(ek_call *call, const ek_key_digest *key, const ek_str *value, int64_t ttl_ns, ek_error *e)
{
  const ek_instance *in = call->instance;
  const ek_services *services = call->services;
  ek_scratch *s = ek_call_scratch(call);
  ek_spent spent[EK_MOST_METERS];
  size_t n = 0;
  for (size_t i = 0; i < s->n_owed; i++) {
    uint64_t qty = s->owed[i];
    s->owed[i] = 0;
    if (!qty || !services->folder || !in->paid)
      continue;
    spent[n++] = (ek_spent){ .folder = services->folder, .step = in->step, .meter = ek_instance_meter(in, i),
                             .qty = qty, .nano = in->prices[i] * (int64_t)qty, .currency = in->currency };
  }
  if (!services->exchange || (!n && !value))
    return 0;
  return ek_exchange_put(services->exchange, key, value, in->step, ttl_ns, spent, n, e);
}
