/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/merge.h"
#include <stdlib.h>
#include <string.h>
#include "chain/fold.h"
#include "chain/scan.h"

#define FEW 24u                  /* values up to which every pair is compared    */

/* Values by their folded text, to find the equal ones among many. */
typedef struct fold_set { uint32_t *slots; const uint64_t *hashes; size_t mask; } fold_set;

static int
in_arm(const ek_tag *tag, unsigned arm)
{
  return !tag->removed && (tag->arms >> arm & 1u);
}

static size_t
gather(const ek_unit *unit, unsigned arm, ek_arena *arena, ek_value **out)
{
  size_t n = 0, i = 0;
  for (const ek_tag *tag = unit->first; tag; tag = tag->next)
    if (in_arm(tag, arm))
      n += tag->n_clean;
  ek_value *v = *out = ek_arena_alloc(arena, n * sizeof *v);
  for (const ek_tag *tag = unit->first; tag; tag = tag->next)
    if (in_arm(tag, arm))
      for (size_t k = 0; k < tag->n_clean; k++)
        v[i++] = (ek_value){ tag->clean[k], tag, 0, EK_IN };
  return n;
}

static const uint64_t *
fold_hashes(const ek_value *v, size_t n, ek_arena *arena)
{
  uint64_t *h = ek_arena_alloc(arena, n * sizeof *h);
  for (size_t i = 0; i < n; i++)
    h[i] = ek_fold_hash(v[i].text);
  return h;
}

static fold_set
fold_set_make(const ek_value *v, size_t n, ek_arena *arena)
{
  size_t size = 64;
  while (size < n * 2)
    size *= 2;
  return (fold_set){ ek_arena_zero(arena, size * sizeof(uint32_t)), fold_hashes(v, n, arena), size - 1 };
}

/* Index of the value equal to v[i] that was put in before, or i, which then is in. */
static size_t
fold_set_first(fold_set *s, const ek_value *v, size_t i)
{
  size_t at = s->hashes[i] & s->mask;
  for (; s->slots[at]; at = (at + 1) & s->mask) {
    size_t k = s->slots[at] - 1;
    if (s->hashes[k] == s->hashes[i] && ek_fold_equal(v[k].text, v[i].text))
      return k;
  }
  s->slots[at] = (uint32_t)i + 1;
  return i;
}

/* first: the step that comes first in the chain among those with a value. */
static void
choose_first(ek_value *v, size_t n)
{
  unsigned step = UINT16_MAX;
  for (size_t i = 0; i < n; i++)
    if (v[i].tag->step < step)
      step = v[i].tag->step;
  for (size_t i = 0; i < n; i++)
    if (v[i].tag->step != step)
      v[i].removed = EK_RM_MERGE;
}

/* vote: the first of equal values stands for all; the steps that gave it are bits.
 * Its parents are those of the first label among them that has any: kin.       */
static void
choose_vote(ek_value *v, size_t n, unsigned votes, ek_arena *arena, const ek_tag **kin)
{
  fold_set set = fold_set_make(v, n, arena);
  uint64_t *steps = ek_arena_zero(arena, n * sizeof *steps);
  for (size_t i = 0; i < n; i++) {
    size_t k = fold_set_first(&set, v, i);
    steps[k] |= (uint64_t)1 << (v[i].tag->step % EK_MAX_STEPS);
    if (k != i)
      v[i].removed = EK_RM_MERGE;
    if (k == i || !kin[k]->n_parents)
      kin[k] = v[i].tag;
  }
  for (size_t i = 0; i < n; i++)
    if (!v[i].removed && (unsigned)__builtin_popcountll(steps[i]) < votes)
      v[i].removed = EK_RM_MERGE;
}

static int
compare_bytes(ek_str a, ek_str b)
{
  size_t n = a.len < b.len ? a.len : b.len;
  int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
  return order ? order : (a.len > b.len) - (a.len < b.len);
}

typedef struct ranked { ek_value value; size_t at; } ranked;

static int
by_confidence(const void *x, const void *y)
{
  const ranked *a = x, *b = y;
  double c = a->value.tag->confidence, d = b->value.tag->confidence;
  if (c < 0 && d < 0)            /* without one: as they came                   */
    return (a->at > b->at) - (a->at < b->at);
  if (c != d)
    return c > d ? -1 : 1;
  int order = compare_bytes(a->value.text, b->value.text);
  return order ? order : (a->at > b->at) - (a->at < b->at);
}

static void
sort_by_confidence(ek_value *v, size_t n, ek_arena *arena)
{
  ranked *r = ek_arena_alloc(arena, n * sizeof *r);
  for (size_t i = 0; i < n; i++)
    r[i] = (ranked){ v[i], i };
  qsort(r, n, sizeof *r, by_confidence);
  for (size_t i = 0; i < n; i++)
    v[i] = r[i].value;
}

/* Room for what cleaning makes of a parent: each bar, or reference that may be
 * one, can make a value more.                                               */
static size_t
parts_bound(ek_str s)
{
  size_t n = 1;
  for (size_t i = 0; i < s.len; i++)
    n += s.ptr[i] == '|' || s.ptr[i] == '&';
  return n;
}

/* The label whose parents follow v[i]: of a label with several values the last. */
static const ek_tag *
parents_after(const ek_value *v, size_t n, size_t i, const ek_tag *const *kin)
{
  const ek_tag *tag = kin ? kin[i] : v[i].tag;
  if (v[i].removed || !tag->n_parents)
    return NULL;
  for (size_t k = i + 1; v[i].tag->n_clean > 1 && k < n; k++)
    if (v[k].tag == v[i].tag && !v[k].removed)
      return NULL;
  return tag;
}

static size_t
parents_bound(const ek_tag *tag)
{
  size_t n = 0;
  for (size_t p = 0; p < tag->n_parents; p++)
    n += parts_bound(tag->parents[p]);
  return n;
}

static size_t
add_parents(const ek_cleaner *c, const ek_tag *tag, ek_arena *arena, ek_value *to, ek_clean_counts *counts)
{
  size_t n = 0;
  for (size_t p = 0; p < tag->n_parents; p++) {
    size_t max = parts_bound(tag->parents[p]);
    ek_str few[8], *parts = max <= 8 ? few : ek_arena_alloc(arena, max * sizeof *parts);
    uint8_t removed = EK_IN;
    size_t got = ek_clean_value(c, arena, tag->parents[p], parts, max, &removed, counts);
    for (size_t k = 0; k < got; k++)
      to[n++] = (ek_value){ parts[k], tag, 1, EK_IN };
  }
  return n;
}

/* Puts the parents after their labels, or in their place. */
static size_t
expand_parents(enum ek_parents how, const ek_cleaner *c, ek_arena *arena, ek_value **list, size_t n,
               const ek_tag *const *kin, ek_clean_counts *counts)
{
  const ek_tag **tags = ek_arena_alloc(arena, n * sizeof *tags);
  ek_value *v = *list;
  size_t len = 0, room = n;
  for (size_t i = 0; i < n; i++)
    if ((tags[i] = parents_after(v, n, i, kin)))
      room += parents_bound(tags[i]);
  ek_value *to = ek_arena_alloc(arena, room * sizeof *to);
  for (size_t i = 0; i < n; i++) {
    to[len++] = v[i];
    if (!v[i].removed && how == EK_PARENTS_ONLY)
      to[len - 1].removed = EK_RM_MERGE;
    if (tags[i])
      len += add_parents(c, tags[i], arena, to + len, counts);
  }
  *list = to;
  return len;
}

static void
remove_value(ek_value *v, uint8_t why, ek_clean_counts *counts)
{
  v->removed = why;
  if (counts)
    counts->n[why]++;
}

static void
remove_neighbours(ek_value *v, size_t n, ek_clean_counts *counts)
{
  const ek_value *before = NULL;
  for (size_t i = 0; i < n; i++) {
    if (v[i].removed)
      continue;
    if (before && ek_str_eq(before->text, v[i].text))
      remove_value(&v[i], EK_RM_NEIGHBOURS, counts);
    else
      before = &v[i];
  }
}

/* 0 when a and b cannot be equal but for case, by their first bytes: cheap, and
 * nearly always enough. Beyond ASCII a fold may change any byte.            */
static int
may_equal(ek_str a, ek_str b)
{
  unsigned x = a.len ? (unsigned char)a.ptr[0] : 0, y = b.len ? (unsigned char)b.ptr[0] : 0;
  return (x | y) >= 0x80 || !((x ^ y) & ~0x20u);
}

static void
remove_case_duplicates(ek_value *v, size_t n, ek_arena *arena, ek_clean_counts *counts)
{
  if (n <= FEW) {
    for (size_t i = 1; i < n; i++)
      for (size_t k = 0; !v[i].removed && k < i; k++)
        if (!v[k].removed && may_equal(v[k].text, v[i].text) && ek_fold_equal(v[k].text, v[i].text))
          remove_value(&v[i], EK_RM_CASE_DUPLICATES, counts);
    return;
  }
  fold_set set = fold_set_make(v, n, arena);
  for (size_t i = 0; i < n; i++)
    if (!v[i].removed && fold_set_first(&set, v, i) != i)
      remove_value(&v[i], EK_RM_CASE_DUPLICATES, counts);
}

/* The limit of characters, or 0 when the bytes of all values are within it. */
static size_t
chars_limit(const ek_merge_settings *s, const ek_merged *m)
{
  size_t bytes = 0;
  for (size_t i = 0; s->max_chars && i < m->n; i++)
    bytes += m->values[i].text.len + 1;
  return bytes > s->max_chars ? s->max_chars : 0;
}

/* max_labels and max_chars: once a value does not fit, none after it is in. */
static void
cut(const ek_merge_settings *s, ek_merged *m)
{
  size_t kept = 0, chars = 0, limit = chars_limit(s, m);
  for (size_t i = 0; i < m->n; i++) {
    ek_value *v = &m->values[i];
    if (v->removed)
      continue;
    if (!m->cut_chars && !m->cut_labels) {
      if (s->max_labels && kept == s->max_labels)
        m->cut_labels = 1;
      else if (limit && (chars += (kept > 0) + ek_count_chars(v->text)) > limit)
        m->cut_chars = 1;
      else {
        kept++;
        continue;
      }
    }
    v->removed = EK_RM_MERGE;
  }
  m->n_in = kept;
}

void
ek_merge(const ek_merge_settings *s, const ek_cleaner *c, const ek_unit *unit, unsigned arm, ek_arena *arena,
         ek_merged *out, ek_clean_counts *counts)
{
  *out = (ek_merged){ 0 };
  const ek_tag **kin = NULL;
  size_t n = gather(unit, arm, arena, &out->values);
  if (s->strategy == EK_MERGE_FIRST)
    choose_first(out->values, n);
  else if (s->strategy == EK_MERGE_VOTE)
    choose_vote(out->values, n, s->votes, arena, kin = ek_arena_alloc(arena, n * sizeof *kin));
  else if (s->strategy == EK_MERGE_CONFIDENCE)
    sort_by_confidence(out->values, n, arena);
  if (s->parents != EK_PARENTS_NONE)
    n = expand_parents(s->parents, c, arena, &out->values, n, kin, counts);
  out->n = n;
  if (ek_clean_neighbours(c))
    remove_neighbours(out->values, n, counts);
  if (ek_clean_case_duplicates(c))
    remove_case_duplicates(out->values, n, arena, counts);
  cut(s, out);
}
