/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/data.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/numbering.h"

#define MAX_CATS 3                         /* where the caller asks for 0      */

typedef struct cell { uint64_t from; uint32_t n; } cell;

struct ek_categories_builder {
  const ek_events *events;
  unsigned max_cats;
  ek_numbering values;
  cell *cells;                             /* by item                          */
  uint32_t *pool; size_t n_pool, cap_pool; /* values of the cells, as they came */
};

ek_categories_builder *
ek_categories_begin(const ek_events *ev, unsigned max_cats)
{
  ek_categories_builder *b = ek_mem_zero(1, sizeof *b);
  b->events = ev;
  b->max_cats = max_cats ? max_cats : MAX_CATS;
  b->cells = ek_mem_zero((size_t)ev->items.n + 1, sizeof *b->cells);
  return b;
}

static int
holds(const uint32_t *values, uint32_t n, uint32_t value)
{
  for (uint32_t i = 0; i < n; i++)
    if (values[i] == value)
      return 1;
  return 0;
}

void
ek_categories_add(ek_categories_builder *b, ek_str item, ek_str text)
{
  uint32_t i = ek_ids_find(&b->events->items, item);
  const char *at = text.ptr, *end = at + text.len;
  if (i == UINT32_MAX)
    return;
  cell *c = &b->cells[i];                  /* an item that comes again: its last row counts */
  *c = (cell){ b->n_pool, 0 };
  while (at < end && c->n < b->max_cats) {
    const char *bar = memchr(at, '|', (size_t)(end - at));
    ek_str value = { at, (size_t)((bar ? bar : end) - at) };
    at = bar ? bar + 1 : end;
    if (!value.len)
      continue;
    uint32_t v = ek_numbering_add(&b->values, value);
    if (v == UINT32_MAX || holds(b->pool + c->from, c->n, v))
      continue;
    b->pool = ek_mem_grow(b->pool, &b->cap_pool, b->n_pool + 1, sizeof *b->pool);
    b->pool[b->n_pool++] = v;
    c->n++;
  }
}

/* ---- rule 9 ------------------------------------------------------------------------- */

/* Place of each value among those kept, by bytes; UINT32_MAX: it is on nine items of ten
 * or more and tells nothing. Fills names and idf.                              */
static uint32_t *
keep_values(ek_categories_builder *b, ek_categories *c)
{
  uint32_t n_items = b->events->items.n, n_values = b->values.n;
  uint32_t *df = ek_mem_zero((size_t)n_values + 1, sizeof *df),
    *by_place = ek_mem_zero((size_t)n_values + 1, sizeof *df);
  ek_ids sorted;
  for (uint32_t i = 0; i < n_items; i++)
    for (uint32_t k = 0; k < b->cells[i].n; k++)
      df[b->pool[b->cells[i].from + k]]++;
  uint32_t *rank = ek_numbering_order(&b->values, &sorted);
  for (uint32_t v = 0; v < n_values; v++)
    by_place[rank[v]] = v;
  c->names = ek_mem_alloc(((size_t)n_values + 1) * sizeof *c->names);
  c->idf = ek_mem_alloc(((size_t)n_values + 1) * sizeof *c->idf);
  for (uint32_t p = 0; p < n_values; p++) {
    uint32_t v = by_place[p];
    rank[v] = UINT32_MAX;
    if (!df[v] || (uint64_t)df[v] * 10 >= (uint64_t)n_items * 9)
      continue;
    ek_str name = ek_id(&sorted, p);
    c->names[c->n] = ek_mem_strndup(name.ptr, name.len);
    c->idf[c->n] = log((double)n_items / df[v]);
    rank[v] = c->n++;
  }
  ek_ids_clear(&sorted);
  free(df);
  free(by_place);
  return rank;
}

static int
compare_places(const void *pa, const void *pb)
{
  const uint32_t *a = pa, *b = pb;
  return (*a > *b) - (*a < *b);
}

static void
fill_rows(ek_categories_builder *b, const uint32_t *place, ek_categories *c)
{
  uint32_t n_items = b->events->items.n;
  uint64_t at = 0;
  c->row = ek_mem_zero((size_t)n_items + 1, sizeof *c->row);
  c->row_cat = ek_mem_alloc((b->n_pool + 1) * sizeof *c->row_cat);
  c->row_w = ek_mem_alloc((b->n_pool + 1) * sizeof *c->row_w);
  for (uint32_t i = 0; i < n_items; i++) {
    double square = 0;
    uint64_t from = at;
    for (uint32_t k = 0; k < b->cells[i].n; k++) {
      uint32_t p = place[b->pool[b->cells[i].from + k]];
      if (p != UINT32_MAX)
        c->row_cat[at++] = p;
    }
    qsort(c->row_cat + from, (size_t)(at - from), sizeof *c->row_cat, compare_places);
    for (uint64_t k = from; k < at; k++)
      square += c->idf[c->row_cat[k]] * c->idf[c->row_cat[k]];
    for (uint64_t k = from; k < at; k++)
      c->row_w[k] = c->idf[c->row_cat[k]] / sqrt(square);
    c->informative += at > from;
    c->row[i + 1] = at;
  }
}

static void
fill_columns(ek_categories *c, uint32_t n_items)
{
  uint64_t n = c->row[n_items];
  uint64_t *next = ek_mem_alloc(((size_t)c->n + 1) * sizeof *next);
  c->col = ek_mem_zero((size_t)c->n + 1, sizeof *c->col);
  c->col_item = ek_mem_alloc(((size_t)n + 1) * sizeof *c->col_item);
  c->col_w = ek_mem_alloc(((size_t)n + 1) * sizeof *c->col_w);
  for (uint64_t k = 0; k < n; k++)
    c->col[c->row_cat[k] + 1]++;
  for (uint32_t v = 0; v < c->n; v++)
    c->col[v + 1] += c->col[v];
  memcpy(next, c->col, ((size_t)c->n + 1) * sizeof *next);
  for (uint32_t i = 0; i < n_items; i++)
    for (uint64_t k = c->row[i]; k < c->row[i + 1]; k++) {
      uint64_t at = next[c->row_cat[k]]++;
      c->col_item[at] = i;
      c->col_w[at] = c->row_w[k];
    }
  free(next);
}

ek_categories *
ek_categories_finish(ek_categories_builder *b)
{
  ek_categories *c = ek_mem_zero(1, sizeof *c);
  uint32_t *place = keep_values(b, c);
  fill_rows(b, place, c);
  fill_columns(c, b->events->items.n);
  free(place);
  free(b->cells);
  free(b->pool);
  ek_numbering_free(&b->values);
  free(b);
  return c;
}

void
ek_categories_free(ek_categories *c)
{
  if (!c)
    return;
  for (uint32_t i = 0; i < c->n; i++)
    free(c->names[i]);
  free(c->names);
  free(c->idf);
  free(c->row);
  free(c->row_cat);
  free(c->row_w);
  free(c->col);
  free(c->col_item);
  free(c->col_w);
  free(c);
}
