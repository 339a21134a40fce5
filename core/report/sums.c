/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/sums.h"
#include <stdlib.h>
#include <string.h>

static int
by_count(const void *a, const void *b)
{
  const ek_sum *x = a, *y = b;
  if (x->n != y->n)
    return x->n < y->n ? 1 : -1;
  return strcmp(x->name, y->name);
}

void
ek_sum_sort(ek_sum *list, size_t n)
{
  qsort(list, n, sizeof *list, by_count);
}

static unsigned
add_reason(ek_sum *list, unsigned n, const char *reason, uint64_t count)
{
  for (unsigned i = 0; i < n; i++)
    if (strcmp(list[i].name, reason) == 0) {
      list[i].n += count;
      return n;
    }
  list[n] = (ek_sum){ reason, count };
  return n + 1;
}

unsigned
ek_sum_reasons(const ek_report *r, ek_sum out[EK_REASONS_MAX])
{
  unsigned n = 0;
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    const ek_stats *s = r->sets[k].stats;
    for (unsigned i = 0; r->sets[k].present && i < s->n_reasons && n < EK_REASONS_MAX; i++)
      n = add_reason(out, n, s->reasons[i].reason, s->reasons[i].n);
  }
  ek_sum_sort(out, n);
  return n;
}

void
ek_sum_cleans(const ek_stats *s, ek_sum out[EK_CLEANS])
{
  static const struct { const char *name; enum ek_removed step; } order[EK_CLEANS] = {
    { "entities", EK_RM_ENTITIES },     { "tags", EK_RM_TAGS },
    { "whitespace", EK_RM_WHITESPACE }, { "control", EK_RM_CONTROL },
    { "bar", EK_RM_BAR },               { "aliases", EK_RM_ALIASES },
    { "stop", EK_RM_STOP },             { "max_length", EK_RM_MAX_LENGTH },
    { "sentences", EK_RM_SENTENCES },   { "neighbours", EK_RM_NEIGHBOURS },
    { "case_duplicates", EK_RM_CASE_DUPLICATES }
  };
  for (unsigned i = 0; i < EK_CLEANS; i++)
    out[i] = (ek_sum){ order[i].name, s->clean.n[order[i].step] };
}

ek_paid
ek_sum_paid(const ek_report *r)
{
  ek_paid sum = { 0 };
  for (unsigned i = 0; r->sets[EK_ITEMS].present && r->chain && i < r->chain->n_steps; i++) {
    const ek_step_stats *s = &r->sets[EK_ITEMS].stats->steps[i];
    if (!r->chain->steps[i].instance->network)
      continue;
    sum.network = 1;
    sum.paid |= r->chain->steps[i].instance->paid;
    sum.calls += s->calls;
    sum.cache_hits += s->cache_hits;
    sum.nano += s->spent_nano;
  }
  return sum;
}

/* 1: an earlier paid step is in the same currency, so its sum holds this one. */
static int
is_told(const ek_report *r, unsigned step, const char *currency)
{
  for (unsigned i = 0; i < step; i++)
    if (r->chain->steps[i].instance->paid && strcmp(ek_settings_currency(r->settings, i), currency) == 0)
      return 1;
  return 0;
}

void
ek_paid_amount(const ek_report *r, unsigned decimals, ek_text *out)
{
  char buf[EK_MONEY_MAX];
  int any = 0;
  for (unsigned i = 0; i < r->chain->n_steps; i++) {
    const char *currency = ek_settings_currency(r->settings, i);
    int64_t nano = 0;
    if (!r->chain->steps[i].instance->paid || is_told(r, i, currency))
      continue;
    for (unsigned k = i; k < r->chain->n_steps; k++)
      if (r->chain->steps[k].instance->paid && strcmp(ek_settings_currency(r->settings, k), currency) == 0)
        nano += r->sets[EK_ITEMS].stats->steps[k].spent_nano;
    ek_text_printf(out, "%s%s %s", any++ ? ", " : "", ek_money_amount(nano, decimals, buf), currency);
  }
}

int
ek_report_any_set(const ek_report *r)
{
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    if (r->sets[k].present)
      return 1;
  return 0;
}

const char *
ek_clean_words(const char *step)
{
  static const char *const words[][2] = {
    { "tags", "markup" },           { "whitespace", "blanks" },   { "control", "control characters" },
    { "bar", "bars" },              { "stop", "stop words" },     { "max_length", "too long" },
    { "neighbours", "equal neighbours" }, { "case_duplicates", "equal but for case" }
  };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i][0], step) == 0)
      return words[i][1];
  return step;
}
