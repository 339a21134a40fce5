/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/clean.h"
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "base/mem.h"
#include "chain/entities.h"
#include "chain/fold.h"
#include "chain/scan.h"

#define MAX_WORDS 8u             /* of a label; more is a sentence             */

typedef struct table_entry { uint64_t hash; ek_str from, to; } table_entry;
typedef struct table { table_entry *entries; size_t mask, n; } table;

struct ek_cleaner {
  int control, entities, tags, whitespace, sentences, neighbours, case_duplicates;
  enum ek_bar bar;
  size_t max_length;             /* SIZE_MAX: no limit                         */
  size_t max_spaces;             /* in a value that needs no look at its words */
  unsigned care;                 /* ek_scan flags that some step answers to     */
  int active;                    /* some step is on                            */
  table aliases, stop;           /* stop by folded text                        */
  uint64_t stop_first[4];        /* first bytes of folded stop words            */
  ek_arena arena;                /* texts of the tables                        */
};

/* One value on its way; removed is the first step that dropped a part of it. */
typedef struct job {
  const ek_cleaner *cleaner;
  ek_arena *arena;
  ek_clean_counts *counts;       /* may be NULL                                */
  uint8_t removed;
} job;

static table_entry *
table_slot(const table *t, uint64_t hash, ek_str from)
{
  size_t i = hash & t->mask;
  while (t->entries[i].from.ptr && !(t->entries[i].hash == hash && ek_str_eq(t->entries[i].from, from)))
    i = (i + 1) & t->mask;
  return &t->entries[i];
}

static void
table_init(table *t, size_t n)
{
  size_t size = 16;
  while (size < n * 2)
    size *= 2;
  t->entries = n ? ek_mem_zero(size, sizeof *t->entries) : NULL;
  t->mask = size - 1;
}

/* The first of equal keys stays. */
static void
table_put(table *t, ek_str from, ek_str to)
{
  uint64_t hash = XXH3_64bits(from.ptr, from.len);
  table_entry *e = table_slot(t, hash, from);
  if (e->from.ptr)
    return;
  *e = (table_entry){ hash, from, to };
  t->n++;
}

static void
add_aliases(ek_cleaner *c, const ek_clean_settings *s)
{
  table_init(&c->aliases, s->n_aliases);
  for (size_t i = 0; i < s->n_aliases; i++) {
    ek_str from = ek_cstr(s->aliases[i].from), to = ek_cstr(s->aliases[i].to);
    table_put(&c->aliases, ek_arena_copy(&c->arena, from), ek_arena_copy(&c->arena, to));
  }
}

static void
add_stop_words(ek_cleaner *c, const ek_clean_settings *s)
{
  table_init(&c->stop, s->n_stop);
  for (size_t i = 0; i < s->n_stop; i++) {
    ek_str folded = ek_fold(ek_cstr(s->stop[i]), &c->arena);
    if (!folded.len)
      continue;
    unsigned char first = (unsigned char)folded.ptr[0];
    c->stop_first[first / 64] |= (uint64_t)1 << first % 64;
    table_put(&c->stop, folded, (ek_str){ "", 0 });
  }
}

ek_cleaner *
ek_cleaner_new(const ek_clean_settings *s)
{
  ek_cleaner *c = ek_mem_zero(1, sizeof *c);
  c->control = s->control;
  c->entities = s->entities;
  c->tags = s->tags;
  c->whitespace = s->whitespace;
  c->bar = s->bar;
  c->sentences = s->sentences;
  c->neighbours = s->neighbours;
  c->case_duplicates = s->case_duplicates;
  c->max_length = s->max_length ? s->max_length : SIZE_MAX;
  c->max_spaces = c->sentences ? MAX_WORDS - 1 : SIZE_MAX;
  add_aliases(c, s);
  add_stop_words(c, s);
  c->care = (c->control ? EK_SCAN_CONTROL : 0u) | (c->entities ? EK_SCAN_AMP : 0u) | (c->tags ? EK_SCAN_LESS : 0u) |
            (c->whitespace || c->sentences ? EK_SCAN_BLANKS : 0u) | (c->bar != EK_BAR_KEEP ? EK_SCAN_BAR : 0u) |
            (c->sentences ? EK_SCAN_STOP : 0u);
  c->active = c->care || s->max_length || c->aliases.n || c->stop.n;
  return c;
}

void
ek_cleaner_free(ek_cleaner *c)
{
  if (!c)
    return;
  free(c->aliases.entries);
  free(c->stop.entries);
  ek_arena_free(&c->arena);
  free(c);
}

int
ek_clean_neighbours(const ek_cleaner *c)
{
  return c->neighbours;
}

int
ek_clean_case_duplicates(const ek_cleaner *c)
{
  return c->case_duplicates;
}

static void
count(job *j, unsigned step)
{
  if (j->counts)
    j->counts->n[step]++;
}

static size_t
drop(job *j, unsigned step)
{
  count(j, step);
  if (!j->removed)
    j->removed = (uint8_t)step;
  return 0;
}

static int
is_stop_word(job *j, ek_str v)
{
  const ek_cleaner *c = j->cleaner;
  if (!c->stop.n || !v.len)
    return 0;
  unsigned char first = (unsigned char)v.ptr[0];
  if (first < 0x80) {            /* most labels end here                        */
    if (first >= 'A' && first <= 'Z')
      first = (unsigned char)(first + 32);
    if (!(c->stop_first[first / 64] >> first % 64 & 1))
      return 0;
  }
  ek_str folded = ek_fold(v, j->arena);
  return table_slot(&c->stop, XXH3_64bits(folded.ptr, folded.len), folded)->from.ptr != NULL;
}

/* aliases, stop, max_length, sentences: 1 when *v stays. */
static size_t
judge(job *j, ek_str *v, ek_scan scan)
{
  const ek_cleaner *c = j->cleaner;
  if (c->aliases.n) {
    const table_entry *e = table_slot(&c->aliases, XXH3_64bits(v->ptr, v->len), *v);
    if (e->from.ptr && !ek_str_eq(e->to, *v)) {
      if (!e->to.len)
        return drop(j, EK_RM_ALIASES);
      count(j, EK_RM_ALIASES);
      *v = e->to;
      scan = ek_scan_text(*v);
    }
  }
  if (is_stop_word(j, *v))
    return drop(j, EK_RM_STOP);
  if (v->len > c->max_length && ek_count_chars(*v) > c->max_length)
    return drop(j, EK_RM_MAX_LENGTH);
  if (c->sentences && (scan.spaces > c->max_spaces || scan.flags & (EK_SCAN_STOP | EK_SCAN_BLANKS)) &&
      (ek_ends_in_stop(*v) || ek_count_words(*v) > MAX_WORDS))
    return drop(j, EK_RM_SENTENCES);
  return 1;
}

/* Runs a step on *v; 0 when it left nothing. */
static int
apply(job *j, int (*step)(ek_str, ek_arena *, ek_str *), unsigned name, ek_str *v, ek_scan *scan)
{
  if (!step(*v, j->arena, v))
    return 1;
  if (!v->len) {
    drop(j, name);
    return 0;
  }
  count(j, name);
  *scan = ek_scan_text(*v);
  return 1;
}

/* control, entities, tags, whitespace. */
static int
clean_text(job *j, ek_str *v, ek_scan *scan)
{
  const ek_cleaner *c = j->cleaner;
  if (c->control && scan->flags & EK_SCAN_CONTROL && !apply(j, ek_strip_control, EK_RM_CONTROL, v, scan))
    return 0;
  if (c->entities && scan->flags & EK_SCAN_AMP) {
    if (!apply(j, ek_entities_decode, EK_RM_ENTITIES, v, scan))
      return 0;
    if (c->control && scan->flags & EK_SCAN_CONTROL) {    /* &#x81; is one again */
      ek_strip_control(*v, j->arena, v);
      *scan = ek_scan_text(*v);
      if (!v->len)
        return (int)drop(j, EK_RM_CONTROL);
    }
  }
  if (c->tags && scan->flags & EK_SCAN_LESS && !apply(j, ek_strip_markup, EK_RM_TAGS, v, scan))
    return 0;
  return !(c->whitespace && scan->flags & EK_SCAN_BLANKS) ||
         apply(j, ek_collapse_blanks, EK_RM_WHITESPACE, v, scan);
}

/* Splits v at its bars, judging each part; values are written from *out on. */
static size_t
split(job *j, ek_str v, ek_str *out, size_t max)
{
  size_t n = 0, parts = 0;
  count(j, EK_RM_BAR);
  for (const char *p = v.ptr, *end = v.ptr + v.len; p <= end;) {
    const char *bar = p < end ? memchr(p, '|', (size_t)(end - p)) : NULL;
    ek_str part = ek_trim_blanks((ek_str){ p, (size_t)((bar ? bar : end) - p) });
    p = bar ? bar + 1 : end + 1;
    if (!part.len)
      continue;
    parts++;
    if (judge(j, &part, ek_scan_text(part)) && n < max)
      out[n++] = part;
  }
  if (!parts)
    j->removed = EK_RM_BAR;
  return n;
}

/* After clean_text: bar and what follows. *one is the value when there is one at
 * most; split values go to a list of their own.                             */
static size_t
clean_rest(job *j, ek_str *one, ek_scan scan, ek_str **list)
{
  *list = one;
  if (scan.flags & EK_SCAN_BAR) {
    switch (j->cleaner->bar) {
    case EK_BAR_SPLIT: {
      size_t parts = 1;
      for (size_t i = 0; i < one->len; i++)
        parts += one->ptr[i] == '|';
      *list = ek_arena_alloc(j->arena, parts * sizeof **list);
      return split(j, *one, *list, parts);
    }
    case EK_BAR_DROP:
      return drop(j, EK_RM_BAR);
    case EK_BAR_REPLACE:
      apply(j, ek_replace_bars, EK_RM_BAR, one, &scan);
      break;
    case EK_BAR_KEEP:
      break;
    }
  }
  return judge(j, one, scan);
}

/* 1 when nothing applies to v, by one look at its bytes. */
static int
is_clean(const ek_cleaner *c, ek_str v, ek_scan *scan)
{
  *scan = ek_scan_text(v);
  return !(scan->flags & c->care) && scan->spaces <= c->max_spaces && v.len <= c->max_length && !c->aliases.n &&
         !c->stop.n;
}

void
ek_clean_tag(const ek_cleaner *c, ek_arena *arena, ek_tag *tag, ek_clean_counts *counts)
{
  ek_scan scan;
  tag->clean = &tag->name;
  tag->n_clean = 1;
  if (!c->active || is_clean(c, tag->name, &scan))
    return;
  job j = { c, arena, counts, EK_IN };
  ek_str one = tag->name, *list = &one;
  tag->n_clean = clean_text(&j, &one, &scan) ? clean_rest(&j, &one, scan, &list) : 0;
  if (!tag->n_clean)
    tag->removed = j.removed;
  else if (list != &one)
    tag->clean = list;
  else if (one.ptr != tag->name.ptr || one.len != tag->name.len) {
    ek_str *changed = ek_arena_alloc(arena, sizeof *changed);
    *changed = one;
    tag->clean = changed;
  }
}

size_t
ek_clean_value(const ek_cleaner *c, ek_arena *arena, ek_str in, ek_str *out, size_t max, uint8_t *removed,
               ek_clean_counts *counts)
{
  ek_scan scan;
  job j = { c, arena, counts, EK_IN };
  ek_str one = in, *list = &one;
  size_t n = 1;
  if (!in.len) {
    *removed = EK_RM_WHITESPACE;
    return 0;
  }
  if (c->active && !is_clean(c, in, &scan))
    n = clean_text(&j, &one, &scan) ? clean_rest(&j, &one, scan, &list) : 0;
  if (!n)
    *removed = j.removed;
  if (n > max)
    n = max;
  if (n)
    memcpy(out, list, n * sizeof *out);
  return n;
}
