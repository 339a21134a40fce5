/* SPDX-License-Identifier: BSD-3-Clause */
/* The best items for a history, touching only what the history leads to: rows of W, item
 * lists of categories, and the head of the popular ones. The same scores as ek_skc_query's,
 * sums in the same order.                                                   */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/model_inside.h"

enum { TOUCHED = 1, SEEN = 2 };

static const ek_query_options nothing;

typedef struct best { ek_scored *list; unsigned n, k; } best;

void
ek_model_sums_free(ek_model_sums *q)
{
  free(q->w);
  free(q->content);
  free(q->state);
  free(q->touched);
}

static void
sums_begin(ek_model *m)
{
  ek_model_sums *q = &m->query;
  size_t n = (size_t)m->header.n_items + 1;
  if (q->w)
    return;
  /* Zero pages that come into being where they are touched. */
  q->w = ek_mem_zero(n, sizeof *q->w);
  q->content = ek_mem_zero(n, sizeof *q->content);
  q->state = ek_mem_zero(n, 1);
}

static void
sums_clear(ek_model_sums *q, const uint32_t *history, size_t n)
{
  for (size_t i = 0; i < q->n; i++)
    q->w[q->touched[i]] = q->content[q->touched[i]] = q->state[q->touched[i]] = 0;
  for (size_t i = 0; i < n; i++)
    q->state[history[i]] = 0;
  q->n = 0;
}

static inline void
touch(ek_model_sums *q, uint32_t item)
{
  if (q->state[item] & TOUCHED)
    return;
  q->state[item] |= TOUCHED;
  if (q->n == q->cap)
    q->touched = ek_mem_grow(q->touched, &q->cap, q->n + 1, sizeof *q->touched);
  q->touched[q->n++] = item;
}

static double
recency(const ek_model *m, size_t n, size_t t)
{
  return t == n - 1 ? 1 : exp(-(double)(n - 1 - t) / m->parameters.hist_decay);
}

static int
add_row(ek_model *m, uint32_t item, double w, ek_error *e)
{
  uint64_t from, to;
  if (ek_model_range(m, EK_MODEL_ROW_STARTS, item, m->header.sections[EK_MODEL_ROWS].size, &from, &to, e) < 0)
    return -1;
  const char *p = ek_model_bytes(m, EK_MODEL_ROWS, from, to - from, e);
  uint64_t n = (to - from) / 12;
  if (!p)
    return -1;
  if (from % 8)
    return ek_model_fail_corrupt(m, EK_MODEL_ROW_STARTS, "a row is no row", e);
  const double *weight = (const double *)(const void *)p;
  const uint32_t *col = (const uint32_t *)(const void *)(weight + n);
  for (uint64_t k = 0; k < n; k++) {
    if (col[k] >= m->header.n_items)
      return ek_model_fail_corrupt(m, EK_MODEL_ROWS, "a neighbour is out of range", e);
    m->query.w[col[k]] += w * weight[k];
    touch(&m->query, col[k]);
  }
  return 0;
}

static const ek_model_entry *
entries(ek_model *m, enum ek_model_section starts, enum ek_model_section data, uint32_t i, uint64_t *n, ek_error *e)
{
  uint64_t from, to;
  if (ek_model_range(m, starts, i, m->header.sections[data].size / sizeof(ek_model_entry), &from, &to, e) < 0)
    return NULL;
  *n = to - from;
  return ek_model_bytes(m, data, from * sizeof(ek_model_entry), *n * sizeof(ek_model_entry), e);
}

typedef struct taste { double *of; uint32_t *list, n; } taste;

/* sum over the history of w_t f_(h_t): a number a category, and those that are not 0 in
 * the order in which they came.                                             */
static int
profile(ek_model *m, const uint32_t *history, size_t n, taste *out, ek_error *e)
{
  for (size_t t = 0; t < n; t++) {
    uint64_t k;
    double w = recency(m, n, t);
    const ek_model_entry *c = entries(m, EK_MODEL_OF_ITEM_STARTS, EK_MODEL_OF_ITEM, history[t], &k, e);
    if (!c)
      return -1;
    for (uint64_t i = 0; i < k; i++) {
      if (c[i].index >= m->header.n_categories)
        return ek_model_fail_corrupt(m, EK_MODEL_OF_ITEM, "a category is out of range", e);
      double before = out->of[c[i].index], by = w * c[i].weight;
      out->of[c[i].index] = before + by;
      if (before == 0 && by != 0 && out->n < m->header.n_categories)
        out->list[out->n++] = c[i].index;
    }
  }
  return 0;
}

static int
add_items(ek_model *m, uint32_t category, double taste_of, ek_error *e)
{
  uint64_t k;
  const ek_model_entry *items = entries(m, EK_MODEL_OF_CATEGORY_STARTS, EK_MODEL_OF_CATEGORY, category, &k, e);
  if (!items)
    return -1;
  for (uint64_t i = 0; i < k; i++) {
    if (items[i].index >= m->header.n_items)
      return ek_model_fail_corrupt(m, EK_MODEL_OF_CATEGORY, "an item is out of range", e);
    m->query.content[items[i].index] += taste_of * items[i].weight;
    touch(&m->query, items[i].index);
  }
  return 0;
}

static int
add_content(ek_model *m, const uint32_t *history, size_t n, ek_error *e)
{
  size_t size = (size_t)m->header.n_categories + 1;
  taste t = { ek_mem_zero(size, sizeof *t.of), ek_mem_alloc(size * sizeof *t.list), 0 };
  int result = profile(m, history, n, &t, e);
  for (uint32_t i = 0; i < t.n && result == 0; i++)
    result = add_items(m, t.list[i], t.of[t.list[i]], e);
  free(t.of);
  free(t.list);
  return result;
}

/* Keeps the k best in order; ties by index. */
static void
offer(best *b, uint32_t item, double score)
{
  unsigned i = b->n;
  if (i == b->k) {
    const ek_scored *last = &b->list[i - 1];
    if (score < last->score || (score == last->score && item > last->item))
      return;
    i--;
  } else
    b->n++;
  for (; i > 0 && (b->list[i - 1].score < score || (b->list[i - 1].score == score && b->list[i - 1].item > item)); i--)
    b->list[i] = b->list[i - 1];
  b->list[i] = (ek_scored){ item, score };
}

/* 1, 0, or -1 and e. */
static int
is_candidate(ek_model *m, uint32_t item, const ek_query_options *o, ek_error *e)
{
  if (m->query.state[item] & SEEN || (o->candidates && !o->candidates[item]))
    return 0;
  if (!m->header.sections[EK_MODEL_CANDIDATE].size)
    return 1;
  const uint8_t *p = ek_model_bytes(m, EK_MODEL_CANDIDATE, item, 1, e);
  return p ? *p != 0 : -1;
}

static int
score_of(ek_model *m, uint32_t item, double content, double *score, ek_error *e)
{
  const uint32_t *count = ek_model_bytes(m, EK_MODEL_COUNTS, (uint64_t)item * 4, 4, e);
  const ek_model_sums *q = &m->query;
  if (!count)
    return -1;
  *score = q->w[item];
  if (content != 0 && q->content[item] != 0) {
    double by = content * q->content[item];
    *score += m->parameters.pop_exp == 0 ? by : by * pow((double)*count + 1, m->parameters.pop_exp);
  }
  if (m->parameters.max_count)
    *score += 1e-9 / m->parameters.max_count * *count;
  return 0;
}

static int
offer_touched(ek_model *m, const ek_query_options *o, best *b, ek_error *e)
{
  for (size_t i = 0; i < m->query.n; i++) {
    uint32_t item = m->query.touched[i];
    double score;
    int may = is_candidate(m, item, o, e);
    if (may < 0 || (may && score_of(m, item, o->content, &score, e) < 0))
      return -1;
    if (may)
      offer(b, item, score);
  }
  return 0;
}

/* What nothing led to is known by popularity alone: its k best are at the head. */
static int
offer_popular(ek_model *m, const ek_query_options *o, best *b, ek_error *e)
{
  for (uint32_t i = 0, taken = 0; i < m->header.n_popular && taken < b->k; i++) {
    const uint32_t *item = ek_model_bytes(m, EK_MODEL_POPULAR, (uint64_t)i * 4, 4, e);
    double score;
    if (!item)
      return -1;
    if (*item >= m->header.n_items)
      return ek_model_fail_corrupt(m, EK_MODEL_POPULAR, "an item is out of range", e);
    if (m->query.state[*item] & TOUCHED)
      continue;
    int may = is_candidate(m, *item, o, e);
    if (may < 0 || (may && score_of(m, *item, 0, &score, e) < 0))
      return -1;
    if (may) {
      offer(b, *item, score);
      taken++;
    }
  }
  return 0;
}

static int
recommend(ek_model *m, const uint32_t *history, size_t n, const ek_query_options *o, best *b, ek_error *e)
{
  if (o->exclude_seen)
    for (size_t i = 0; i < n; i++)
      m->query.state[history[i]] |= SEEN;
  for (size_t t = 0; t < n; t++) {
    double w = recency(m, n, t);
    if (w > 0 && add_row(m, history[t], w, e) < 0)
      return -1;
  }
  if (o->content != 0 && add_content(m, history, n, e) < 0)
    return -1;
  return offer_touched(m, o, b, e) < 0 || offer_popular(m, o, b, e) < 0 ? -1 : 0;
}

int
ek_model_recommend(ek_model *m, const uint32_t *history, size_t n, const ek_query_options *options, unsigned k,
                   ek_scored *out, unsigned *n_out, ek_error *e)
{
  ek_query_options own = nothing;
  best b = { out, 0, k };
  *n_out = 0;
  own.content = m->parameters.content;
  for (size_t i = 0; i < n; i++)
    if (history[i] >= m->header.n_items) {
      ek_fail(e, EK_EXIT_FAILED, "bad_item", "item %u is not in the model", history[i]);
      return ek_at(e, m->path, 0, 0);
    }
  if (!k)
    return 0;
  sums_begin(m);
  int result = recommend(m, history, n, options ? options : &own, &b, e);
  sums_clear(&m->query, history, n);
  if (result == 0)
    *n_out = b.n;
  return result;
}
