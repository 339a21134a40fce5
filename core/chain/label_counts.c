/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/engine.h"
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "base/mem.h"

#define MAX_DISTINCT 1000000u

typedef struct counted { ek_str name; uint64_t hash, items, last; } counted;

struct ek_label_counts {
  counted *list; size_t n, cap;      /* in order of first appearance             */
  uint32_t *slots; size_t size;      /* index in list + 1; size: a power of two   */
  uint64_t others;
  ek_arena arena;
};

ek_label_counts *
ek_label_counts_new(void)
{
  return ek_mem_zero(1, sizeof(ek_label_counts));
}

void
ek_label_counts_free(ek_label_counts *c)
{
  if (!c)
    return;
  free(c->list);
  free(c->slots);
  ek_arena_free(&c->arena);
  free(c);
}

void
ek_label_counts_clear(ek_label_counts *c)
{
  if (c->n)
    memset(c->slots, 0, c->size * sizeof *c->slots);
  c->n = 0;
  c->others = 0;
  ek_arena_reset(&c->arena);
}

static void
grow(ek_label_counts *c)
{
  free(c->slots);
  c->size = c->size ? c->size * 2 : 256;
  c->slots = ek_mem_zero(c->size, sizeof *c->slots);
  for (size_t i = 0; i < c->n; i++) {
    size_t at = c->list[i].hash & (c->size - 1);
    while (c->slots[at])
      at = (at + 1) & (c->size - 1);
    c->slots[at] = (uint32_t)i + 1;
  }
}

/* The entry of name, made when it is new; NULL when there are too many. */
static counted *
entry(ek_label_counts *c, ek_str name, uint64_t hash)
{
  if (c->n * 2 >= c->size)
    grow(c);
  size_t at = hash & (c->size - 1);
  for (; c->slots[at]; at = (at + 1) & (c->size - 1)) {
    counted *e = &c->list[c->slots[at] - 1];
    if (e->hash == hash && ek_str_eq(e->name, name))
      return e;
  }
  if (c->n >= MAX_DISTINCT)
    return NULL;
  c->list = ek_mem_grow(c->list, &c->cap, c->n + 1, sizeof *c->list);
  c->list[c->n] = (counted){ ek_arena_copy(&c->arena, name), hash, 0, UINT64_MAX };
  c->slots[at] = (uint32_t)++c->n;
  return &c->list[c->n - 1];
}

void
ek_label_counts_add(ek_label_counts *c, ek_str name, uint64_t item)
{
  counted *e = entry(c, name, XXH3_64bits(name.ptr, name.len));
  if (!e)
    c->others++;
  else if (e->last != item) {
    e->last = item;
    e->items++;
  }
}

void
ek_label_counts_merge(ek_label_counts *into, const ek_label_counts *from)
{
  for (size_t i = 0; i < from->n; i++) {
    counted *e = entry(into, from->list[i].name, from->list[i].hash);
    if (e) {
      e->items += from->list[i].items;
      e->last = UINT64_MAX;
    } else
      into->others += from->list[i].items;
  }
  into->others += from->others;
}

size_t
ek_label_counts_distinct(const ek_label_counts *c)
{
  return c->n;
}

size_t
ek_label_counts_singletons(const ek_label_counts *c)
{
  size_t n = 0;
  for (size_t i = 0; i < c->n; i++)
    n += c->list[i].items == 1;
  return n;
}

uint64_t
ek_label_counts_others(const ek_label_counts *c)
{
  return c->others;
}

/* 1 when a comes before b in the report. */
static int
before(const counted *a, const counted *b)
{
  if (a->items != b->items)
    return a->items > b->items;
  size_t n = a->name.len < b->name.len ? a->name.len : b->name.len;
  int order = n ? memcmp(a->name.ptr, b->name.ptr, n) : 0;
  return order ? order < 0 : a->name.len < b->name.len;
}

static int
by_rank(const void *x, const void *y)
{
  const counted *a = *(const counted *const *)x, *b = *(const counted *const *)y;
  return before(a, b) ? -1 : before(b, a);
}

/* Keeps heap[0] the last of the n best: the one that a better one puts out. */
static void
sift_down(const counted **heap, size_t n, size_t i)
{
  for (;;) {
    size_t worst = i;
    for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < n; k++)
      if (before(heap[worst], heap[k]))
        worst = k;
    if (worst == i)
      return;
    const counted *t = heap[i];
    heap[i] = heap[worst];
    heap[worst] = t;
    i = worst;
  }
}

size_t
ek_label_counts_top(const ek_label_counts *c, ek_label_count *out, size_t n)
{
  if (n > c->n)
    n = c->n;
  if (!n)
    return 0;
  const counted **heap = ek_mem_alloc(n * sizeof *heap);
  for (size_t i = 0; i < n; i++)
    heap[i] = &c->list[i];
  for (size_t i = n / 2; i-- > 0;)
    sift_down(heap, n, i);
  for (size_t i = n; i < c->n; i++)
    if (before(&c->list[i], heap[0])) {
      heap[0] = &c->list[i];
      sift_down(heap, n, 0);
    }
  qsort(heap, n, sizeof *heap, by_rank);
  for (size_t i = 0; i < n; i++)
    out[i] = (ek_label_count){ heap[i]->name, heap[i]->items };
  free(heap);
  return n;
}
