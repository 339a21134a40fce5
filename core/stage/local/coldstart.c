/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/coldstart.h"
#include <math.h>
#include <stdlib.h>
#include "base/mem.h"

#define DAY 86400.0

uint8_t *
ek_cold_items(const ek_events *ev, const uint32_t *count, const ek_coldstart *c, int64_t now, uint32_t *n)
{
  uint8_t *cold = ek_mem_zero((size_t)ev->items.n + 1, 1);
  double reference = (double)(c->relative_to_now ? now : ev->newest), oldest = reference - c->max_duration_days * DAY;
  *n = 0;
  for (uint32_t i = 0; i < ev->items.n; i++) {
    int64_t since = ev->first_seen[i] != INT64_MAX ? ev->first_seen[i] : ev->created[i];
    cold[i] = count[i] <= c->max_interactions && (since == EK_NO_TIME || (double)since >= oldest);
    *n += cold[i];
  }
  return cold;
}

uint8_t *
ek_cold_hidden(const ek_events *ev, unsigned fold, uint32_t *n)
{
  uint8_t *hidden = ek_mem_zero((size_t)ev->items.n + 1, 1);
  *n = 0;
  for (uint32_t i = 0; i < ev->items.n; i++) {
    hidden[i] = ev->first_seen[i] != INT64_MAX && ek_fold_of(ek_id(&ev->items, i)) == fold;
    *n += hidden[i];
  }
  return hidden;
}

ek_events *
ek_events_without(const ek_events *ev, const uint8_t *hidden)
{
  ek_events *v = ek_mem_alloc(sizeof *v);
  *v = *ev;
  v->start = ek_mem_alloc(((size_t)ev->users.n + 1) * sizeof *v->start);
  v->item = ek_mem_alloc(((size_t)ev->n + 1) * sizeof *v->item);
  v->n = 0;
  for (uint32_t u = 0; u < ev->users.n; u++) {
    v->start[u] = v->n;
    for (uint64_t k = ev->start[u]; k < ev->start[u + 1]; k++)
      if (!hidden[ev->item[k]])
        v->item[v->n++] = ev->item[k];
  }
  v->start[ev->users.n] = v->n;
  return v;
}

void
ek_events_view_free(ek_events *v)
{
  if (!v)
    return;
  free(v->start);
  free(v->item);
  free(v);
}
