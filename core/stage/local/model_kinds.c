/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/model_kinds.h"
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "base/cleanup.h"
#include "base/mem.h"

static size_t
row_length(const ek_kinds *k, uint32_t item)
{
  return (size_t)(k->categories->row[item + 1] - k->categories->row[item]);
}

static int
same_row(const ek_kinds *k, uint32_t a, uint32_t b)
{
  const ek_categories *c = k->categories;
  size_t n = row_length(k, a);
  return n == row_length(k, b) && memcmp(c->row_cat + c->row[a], c->row_cat + c->row[b], n * sizeof *c->row_cat) == 0 &&
         memcmp(c->row_w + c->row[a], c->row_w + c->row[b], n * sizeof *c->row_w) == 0;
}

static void
find(ek_kinds *k, uint32_t n_items)
{
  const ek_categories *c = k->categories;
  size_t mask = 15;
  while (mask < (size_t)n_items * 2)
    mask = mask * 2 + 1;
  EK_FREE uint32_t *slots = ek_mem_zero(mask + 1, sizeof *slots);
  k->of = ek_mem_zero((size_t)n_items + 1, sizeof *k->of);
  k->first = ek_mem_alloc(((size_t)n_items + 1) * sizeof *k->first);
  for (uint32_t i = 0; i < n_items; i++) {
    size_t n = row_length(k, i);
    if (!n)
      continue;
    size_t at = XXH3_64bits(c->row_cat + c->row[i], n * sizeof *c->row_cat) & mask;
    while (slots[at] && !same_row(k, k->first[slots[at] - 1], i))
      at = (at + 1) & mask;
    if (!slots[at]) {
      k->first[k->n++] = i;
      slots[at] = k->n;
      if (n > k->longest)
        k->longest = (uint32_t)n;
    }
    k->of[i] = slots[at];
  }
}

/* Taken in the order of counts, each kind's items come out in that order. */
static void
list_items(ek_kinds *k, uint32_t n_items, const uint32_t *by_count)
{
  k->start = ek_mem_zero((size_t)k->n + 2, sizeof *k->start);
  k->items = ek_mem_alloc((size_t)n_items * sizeof *k->items + 1);
  for (uint32_t i = 0; i < n_items; i++)
    if (k->of[i])
      k->start[k->of[i] + 1]++;
  for (uint32_t i = 0; i < k->n; i++)
    k->start[i + 2] += k->start[i + 1];
  /* start[of] is where the kind begins, and moves on to where the next one does. */
  for (uint32_t i = 0; i < n_items; i++)
    if (k->of[by_count[i]])
      k->items[k->start[k->of[by_count[i]]]++] = by_count[i];
}

typedef struct ranked { uint32_t heaviest, kind; } ranked;

static int
by_heaviest(const void *a, const void *b)
{
  const ranked *x = a, *y = b;
  if (x->heaviest != y->heaviest)
    return x->heaviest < y->heaviest ? -1 : 1;
  return x->kind < y->kind ? -1 : x->kind > y->kind;
}

static uint32_t
heaviest(const ek_kinds *k, uint32_t kind)
{
  const ek_categories *c = k->categories;
  uint64_t best = c->row[k->first[kind]];
  for (uint64_t r = best + 1; r < c->row[k->first[kind] + 1]; r++)
    if (c->row_w[r] > c->row_w[best])
      best = r;
  return c->row_cat[best];
}

static void
lay_out(ek_kinds *k)
{
  EK_FREE ranked *list = ek_mem_alloc((size_t)k->n * sizeof *list + 1);
  k->order = ek_mem_alloc((size_t)k->n * sizeof *k->order + 1);
  k->place = ek_mem_alloc((size_t)k->n * sizeof *k->place + 1);
  for (uint32_t i = 0; i < k->n; i++)
    list[i] = (ranked){ heaviest(k, i), i };
  qsort(list, k->n, sizeof *list, by_heaviest);
  uint64_t at = 0;
  for (uint32_t i = 0; i < k->n; i++) {
    uint32_t kind = k->order[i] = list[i].kind;
    k->place[kind] = (uint32_t)at;
    at += 1 + row_length(k, k->first[kind]) + (k->start[kind + 1] - k->start[kind] + 1) / 2;
  }
}

static int
by_weight(const void *a, const void *b)
{
  const ek_model_entry *x = a, *y = b;
  if (x->weight != y->weight)
    return x->weight > y->weight ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

static void
list_by_category(ek_kinds *k)
{
  const ek_categories *c = k->categories;
  uint64_t *start = k->of_category_start = ek_mem_zero((size_t)c->n + 2, sizeof *start), total = 0;
  for (uint32_t i = 0; i < k->n; i++)
    for (uint64_t r = c->row[k->first[i]]; r < c->row[k->first[i] + 1]; r++, total++)
      start[c->row_cat[r] + 2]++;
  /* As above: start[c + 1] is where category c begins, and moves on. */
  k->of_category = ek_mem_alloc((size_t)total * sizeof *k->of_category + 1);
  for (uint32_t i = 0; i < c->n; i++)
    start[i + 2] += start[i + 1];
  for (uint32_t i = 0; i < k->n; i++)
    for (uint64_t r = c->row[k->first[i]]; r < c->row[k->first[i] + 1]; r++)
      k->of_category[start[c->row_cat[r] + 1]++] = (ek_model_entry){ k->place[i], 0, c->row_w[r] };
  for (uint32_t i = 0; i < c->n; i++)
    qsort(k->of_category + start[i], (size_t)(start[i + 1] - start[i]), sizeof *k->of_category, by_weight);
}

ek_kinds *
ek_kinds_new(const ek_categories *c, uint32_t n_items, const uint32_t *by_count)
{
  ek_kinds *k = ek_mem_zero(1, sizeof *k);
  k->categories = c;
  find(k, n_items);
  list_items(k, n_items, by_count);
  lay_out(k);
  list_by_category(k);
  return k;
}

void
ek_kinds_free(ek_kinds *k)
{
  free(k->of);
  free(k->first);
  free(k->start);
  free(k->items);
  free(k->order);
  free(k->place);
  free(k->of_category_start);
  free(k->of_category);
  free(k);
}
