/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/facts.h"
#include <stdlib.h>
#include <xxhash.h>
#include "base/mem.h"

#define MONTHS (sizeof ((ek_data_facts *)0)->by_month / sizeof *((ek_data_facts *)0)->by_month)
#define DAY 86400

static double
rate(uint64_t part, uint64_t whole)
{
  return whole ? (double)part / (double)whole : 0;
}

/* Per item the place + 1 of its last event so far: within the user's own events it is a
 * repeat. Places only grow, so nothing is cleared from user to user.          */
static void
count_repeats(ek_events *ev, const ek_times *times)
{
  uint64_t *last = ek_mem_zero((size_t)ev->items.n + 1, sizeof *last);
  uint64_t repeats = 0, duplicates = 0;
  for (uint32_t u = 0; u < ev->users.n; u++)
    for (uint64_t k = ev->start[u]; k < ev->start[u + 1]; k++) {
      uint64_t before = last[ev->item[k]];
      if (before > ev->start[u]) {
        repeats++;
        duplicates += ek_time_at(times, before - 1) == ek_time_at(times, k);
      }
      last[ev->item[k]] = k + 1;
    }
  free(last);
  ev->facts.repeat_rate = rate(repeats, ev->n);
  ev->facts.duplicate_rate = rate(duplicates, ev->n);
}

static void
count_cold(ek_events *ev)
{
  uint64_t catalogue = 0, cold = 0, unknown = 0;
  for (uint32_t i = 0; i < ev->items.n; i++) {
    catalogue += ev->in_catalogue[i];
    cold += ev->in_catalogue[i] && ev->first_seen[i] == INT64_MAX;
  }
  for (uint64_t k = 0; k < ev->n; k++)
    unknown += !ev->in_catalogue[ev->item[k]];
  ev->facts.items_in_catalogue = catalogue;
  ev->facts.cold_item_rate = rate(cold, catalogue);
  ev->facts.unknown_item_rate = rate(unknown, ev->n);
}

/* ---- the newest tenth -------------------------------------------------------------- */

/* Times as unsigned, in the same order. */
static uint64_t
ordered(int64_t t)
{
  return (uint64_t)t ^ ((uint64_t)1 << 63);
}

/* The time of the event with `rank` earlier ones, 16 bits at a time: no copy of the times,
 * four passes.                                                                 */
static int64_t
time_of_rank(const ek_times *times, uint64_t n, uint64_t rank)
{
  uint64_t *count = ek_mem_alloc(65536 * sizeof *count), known = 0;
  for (unsigned shift = 64; shift; ) {
    shift -= 16;
    for (size_t i = 0; i < 65536; i++)
      count[i] = 0;
    for (uint64_t k = 0; k < n; k++) {
      uint64_t t = ordered(ek_time_at(times, k)) ^ known;
      if (shift == 48 || t >> (shift + 16) == 0)
        count[(t >> shift) & 0xffff]++;
    }
    uint64_t digit = 0;
    while (rank >= count[digit])
      rank -= count[digit++];
    known |= digit << shift;
  }
  free(count);
  return (int64_t)(known ^ ((uint64_t)1 << 63));
}

/* What came after the oldest nine tenths. Days tie: where the border runs through a tie,
 * the tie counts as old, so that "never seen before" means on an earlier day.  */
static void
count_late(ek_events *ev, const ek_times *times)
{
  uint64_t late = 0, new_items = 0, new_users = 0, old = ev->n - ev->n / 10;
  int64_t border = time_of_rank(times, ev->n, old - 1);
  for (uint32_t u = 0; u < ev->users.n; u++) {
    if (ev->start[u] == ev->start[u + 1])
      continue;
    int new_user = ek_time_at(times, ev->start[u]) > border;
    for (uint64_t k = ev->start[u]; k < ev->start[u + 1]; k++)
      if (ek_time_at(times, k) > border) {
        late++;
        new_users += (unsigned)new_user;
        new_items += ev->first_seen[ev->item[k]] > border;
      }
  }
  ev->facts.new_item_rate_late = rate(new_items, late);
  ev->facts.new_user_rate_late = rate(new_users, late);
}

/* ---- months ------------------------------------------------------------------------ */

/* Months since March of year 0, UTC (proleptic Gregorian). */
static int64_t
month_of(int64_t seconds)
{
  int64_t day = seconds / DAY - (seconds % DAY < 0) + 719468;
  int64_t era = (day >= 0 ? day : day - 146096) / 146097;
  int64_t in_era = day - era * 146097;
  int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
  int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
  return (era * 400 + year) * 12 + (5 * in_year + 2) / 153;
}

static void
count_months(ek_events *ev, const ek_times *times)
{
  ek_data_facts *f = &ev->facts;
  int64_t newest = month_of(f->last), oldest = month_of(f->first);
  f->n_months = newest - oldest < (int64_t)MONTHS ? (unsigned)(newest - oldest + 1) : (unsigned)MONTHS;
  oldest = newest - f->n_months + 1;
  for (uint64_t k = 0; k < ev->n; k++) {
    int64_t month = month_of(ek_time_at(times, k));
    if (month >= oldest)
      f->by_month[month - oldest]++;
  }
}

/* ---- the digest -------------------------------------------------------------------- */

static uint64_t
mix(uint64_t h, uint64_t v)
{
  h = (h ^ v) * 0x9e3779b97f4a7c15u;
  return h ^ h >> 32;
}

static uint64_t
hash_of(const ek_ids *ids, uint32_t i)
{
  ek_str id = ek_id(ids, i);
  return XXH3_64bits(id.ptr, id.len);
}

/* Who used what, in which order. Not the times themselves, nor the catalogue: what a
 * comparison needs is that the same users were asked the same questions.     */
static uint64_t
digest(const ek_events *ev)
{
  uint64_t h = ev->n, *item = ek_mem_alloc(((size_t)ev->items.n + 1) * sizeof *item);
  for (uint32_t i = 0; i < ev->items.n; i++)
    item[i] = hash_of(&ev->items, i);
  for (uint32_t u = 0; u < ev->users.n; u++) {
    h = mix(h, hash_of(&ev->users, u));
    for (uint64_t k = ev->start[u]; k < ev->start[u + 1]; k++)
      h = mix(h, item[ev->item[k]]);
  }
  free(item);
  return h;
}

void
ek_facts_fill(ek_events *ev, const ek_times *times)
{
  ek_data_facts *f = &ev->facts;
  f->items = ev->items.n;
  f->users = ev->users.n;
  f->interactions = ev->n;
  f->last = ev->newest;
  f->first = INT64_MAX;
  for (uint32_t i = 0; i < ev->items.n; i++)
    if (ev->first_seen[i] < f->first)
      f->first = ev->first_seen[i];
  count_repeats(ev, times);
  count_cold(ev);
  count_late(ev, times);
  count_months(ev, times);
  f->digest = digest(ev);
}
