/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "chain/internal.h"

static void
add(uint64_t *into, const uint64_t *from, size_t n)
{
  for (size_t i = 0; i < n; i++)
    into[i] += from[i];
}

void
ek_stats_reason(ek_stats *s, const char *reason, uint64_t n)
{
  for (unsigned i = 0; i < s->n_reasons; i++)
    if (strcmp(s->reasons[i].reason, reason) == 0) {
      s->reasons[i].n += n;
      return;
    }
  if (s->n_reasons < sizeof s->reasons / sizeof s->reasons[0]) {
    s->reasons[s->n_reasons].reason = reason;
    s->reasons[s->n_reasons++].n = n;
  }
}

/* The counters from `in` to `repaired` stand side by side. */
#define N_TOTALS ((offsetof(ek_stats, repaired) - offsetof(ek_stats, in)) / sizeof(uint64_t) + 1)
_Static_assert(sizeof(ek_step_stats) % sizeof(uint64_t) == 0 && sizeof(ek_arm_stats) % sizeof(uint64_t) == 0,
               "step and arm counters are plain uint64_t");

void
ek_step_stats_add(ek_step_stats *into, const ek_step_stats *from)
{
  int64_t max_ns = into->latency.max_ns;
  add(&into->items, &from->items, sizeof(ek_step_stats) / sizeof(uint64_t));
  into->latency.max_ns = from->latency.max_ns > max_ns ? from->latency.max_ns : max_ns;
}

void
ek_stats_add(ek_stats *into, const ek_stats *from, const ek_engine_spec *spec)
{
  size_t slots = ek_projection_slots(spec->projection);
  unsigned steps = spec->chain ? spec->chain->n_steps : 0, arms = spec->chain ? spec->chain->n_arms : 1;

  add(&into->in, &from->in, N_TOTALS);
  for (unsigned i = 0; i < steps; i++)
    ek_step_stats_add(&into->steps[i], &from->steps[i]);
  add(&into->arms[0].enriched, &from->arms[0].enriched, arms * sizeof(ek_arm_stats) / sizeof(uint64_t));
  add(into->clean.n, from->clean.n, EK_RM_N);
  into->cut_by_max_labels += from->cut_by_max_labels;
  into->cut_by_max_chars += from->cut_by_max_chars;
  for (size_t i = 0; i < slots; i++)
    add(into->picked[i], from->picked[i], ek_projection_paths(spec->projection, i));
  add(into->nulled, from->nulled, spec->table->n);
  for (unsigned i = 0; i < from->n_reasons; i++)
    ek_stats_reason(into, from->reasons[i].reason, from->reasons[i].n);
}

void
ek_stats_zero(ek_stats *s, const ek_engine_spec *spec)
{
  size_t slots = ek_projection_slots(spec->projection);

  memset(&s->in, 0, N_TOTALS * sizeof(uint64_t));
  memset(s->steps, 0, (spec->chain ? spec->chain->n_steps : 0) * sizeof s->steps[0]);
  memset(s->arms, 0, (spec->chain ? spec->chain->n_arms : 1) * sizeof s->arms[0]);
  memset(&s->clean, 0, sizeof s->clean);
  s->cut_by_max_labels = s->cut_by_max_chars = 0;
  memset(s->picked, 0, slots * sizeof s->picked[0]);
  memset(s->nulled, 0, spec->table->n * sizeof s->nulled[0]);
  s->n_reasons = 0;
}

int
ek_stats_too_many(const ek_stats *s, const ek_engine_spec *spec)
{
  if (spec->max_reject_share >= 0)
    return s->in && (double)s->rejected > spec->max_reject_share * (double)s->in;
  return (int64_t)s->rejected > spec->max_reject_count;
}

void
ek_stats_clear(ek_stats *s)
{
  for (size_t i = 0; i < s->n_files; i++) {
    free(s->files[i].file.path);
    free(s->files[i].file.name);
  }
  free(s->files);
  ek_label_counts_free(s->labels);
  memset(s, 0, sizeof *s);
}

/* ---- latency ---------------------------------------------------------------- */

void
ek_latency_add(ek_latency *l, int64_t ns)
{
  double ms = (double)(ns > 0 ? ns : 0) / 1e6;
  int bucket = ms > 1 ? (int)(4 * log2(ms)) + 1 : 0;
  int most = (int)(sizeof l->counts / sizeof *l->counts) - 1;
  l->n++;
  l->counts[bucket < most ? bucket : most]++;
  if (ns > l->max_ns)
    l->max_ns = ns;
}

void
ek_latency_merge(ek_latency *into, const ek_latency *from)
{
  into->n += from->n;
  for (size_t i = 0; i < sizeof into->counts / sizeof *into->counts; i++)
    into->counts[i] += from->counts[i];
  if (from->max_ns > into->max_ns)
    into->max_ns = from->max_ns;
}

double
ek_latency_ms(const ek_latency *l, double quantile)
{
  double max = (double)l->max_ns / 1e6;
  uint64_t seen = 0;
  if (!l->n)
    return 0;
  for (size_t i = 0; i < sizeof l->counts / sizeof *l->counts; i++) {
    seen += l->counts[i];
    if ((double)seen >= quantile * (double)l->n) {
      double top = exp2((double)i / 4);
      return top < max ? top : max;
    }
  }
  return max;
}
