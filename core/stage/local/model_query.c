/* SPDX-License-Identifier: BSD-3-Clause */
/* The best items for a history, touching only what can be among them.
 *
 * Neighbours of the history in W are all scored. Of the others, items of one kind differ in
 * popularity alone, and kinds come from the lists of the history's categories, the heaviest
 * first: what an item can still reach in a list is bounded by the weights to come, so most
 * of a long list is never looked at. What nothing leads to comes in the order of counts.
 * Scores are those of ek_skc_query bit for bit: the same sums in the same order. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/model_inside.h"

#define CHUNK 2048                 /* entries of a list asked for at a time      */
#define MARGIN (1 + 1e-9)          /* of a bound, for the rounding of what it bounds */

enum { TOUCHED = 1, SEEN = 2 };

typedef struct best { ek_scored *list; unsigned n, k; } best;

/* sum over the history of w_t f_(h_t), by category; 0: not there. */
typedef struct taste { double *of; uint32_t *list, n; } taste;

typedef struct asking {
  ek_model *m;
  const ek_query_options *o;
  taste taste;
  best best;
} asking;

void
ek_model_sums_free(ek_model_sums *q)
{
  free(q->w);
  free(q->state);
  free(q->touched);
  free(q->visited);
  free(q->kinds);
}

static void
sums_begin(ek_model *m)
{
  ek_model_sums *q = &m->query;
  if (q->w)
    return;
  /* Zero pages that come into being where they are touched. */
  q->w = ek_mem_zero((size_t)m->header.n_items + 1, sizeof *q->w);
  q->state = ek_mem_zero((size_t)m->header.n_items + 1, 1);
  q->visited = ek_mem_zero((size_t)(m->header.sections[EK_MODEL_KINDS].size / sizeof(ek_model_kind)) + 1, 1);
}

static void
sums_clear(ek_model_sums *q, const uint32_t *history, size_t n)
{
  for (size_t i = 0; i < q->n; i++)
    q->w[q->touched[i]] = q->state[q->touched[i]] = 0;
  for (size_t i = 0; i < n; i++)
    q->state[history[i]] = 0;
  for (size_t i = 0; i < q->n_kinds; i++)
    q->visited[q->kinds[i]] = 0;
  q->n = q->n_kinds = 0;
}

/* ---- what the history leads to ---- */

static double
recency(const ek_model *m, size_t n, size_t t)
{
  return t == n - 1 ? 1 : exp(-(double)(n - 1 - t) / m->parameters.hist_decay);
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

static int
add_tastes(asking *a, uint32_t item, double w, ek_error *e)
{
  taste *t = &a->taste;
  ek_model_kind_view k;
  const ek_model_of_item *of = ek_model_item_at(a->m, item, e);
  if (!of || (of->kind && ek_model_kind_at(a->m, of->kind - 1, &k, e) < 0))
    return -1;
  for (uint32_t i = 0; of->kind && i < k.n_categories; i++) {
    uint32_t category = k.categories[i].index;
    if (category >= a->m->header.n_categories)
      return ek_model_fail_corrupt(a->m, EK_MODEL_KINDS, "a category is out of range", e);
    double before = t->of[category], by = w * k.categories[i].weight;
    t->of[category] = before + by;
    if (before == 0 && by != 0 && t->n < a->m->header.n_categories)
      t->list[t->n++] = category;
  }
  return 0;
}

static int
follow(asking *a, const uint32_t *history, size_t n, ek_error *e)
{
  ek_model *m = a->m;
  int by_category = a->o->content > 0 && m->header.n_categories;
  size_t size = by_category ? (size_t)m->header.n_categories + 1 : 0;
  if (by_category) {
    a->taste.of = ek_mem_zero(size, sizeof *a->taste.of);
    a->taste.list = ek_mem_alloc(size * sizeof *a->taste.list);
  }
  for (size_t t = 0; t < n; t++) {
    double w = recency(m, n, t);
    if (a->o->exclude_seen)
      m->query.state[history[t]] |= SEEN;
    if ((w > 0 && add_row(m, history[t], w, e) < 0) || (by_category && add_tastes(a, history[t], w, e) < 0))
      return -1;
  }
  return 0;
}

/* ---- scores ---- */

/* <sum_t w_t f_(h_t), f_j> for the items j of a kind. */
static int
content_of(const asking *a, const ek_model_kind_view *k, double *out, ek_error *e)
{
  *out = 0;
  for (uint32_t i = 0; i < k->n_categories; i++) {
    if (k->categories[i].index >= a->m->header.n_categories)
      return ek_model_fail_corrupt(a->m, EK_MODEL_KINDS, "a category is out of range", e);
    *out += a->taste.of[k->categories[i].index] * k->categories[i].weight;
  }
  return 0;
}

static double
score_of(const asking *a, uint32_t item, uint32_t count, double content)
{
  const ek_model_parameters *p = &a->m->parameters;
  double score = a->m->query.w[item];
  if (content != 0) {
    double by = a->o->content * content;
    score += p->pop_exp == 0 ? by : by * pow(count + 1.0, p->pop_exp);
  }
  return p->max_count ? score + 1e-9 / p->max_count * count : score;
}

/* ---- the best ---- */

/* Keeps the k best in order; ties by index. 0: it is not among them. */
static int
offer(best *b, uint32_t item, double score)
{
  unsigned i = b->n;
  if (i == b->k) {
    const ek_scored *last = &b->list[i - 1];
    if (score < last->score || (score == last->score && item > last->item))
      return 0;
    i--;
  } else
    b->n++;
  for (; i > 0 && (b->list[i - 1].score < score || (b->list[i - 1].score == score && b->list[i - 1].item > item)); i--)
    b->list[i] = b->list[i - 1];
  b->list[i] = (ek_scored){ item, score };
  return 1;
}

static int
is_full(const best *b, double bound)
{
  return b->n == b->k && bound < b->list[b->n - 1].score;
}

/* 1, 0, or -1 and e. */
static int
is_candidate(const asking *a, uint32_t item, ek_error *e)
{
  if (a->m->query.state[item] & SEEN || (a->o->candidates && !a->o->candidates[item]))
    return 0;
  if (!a->m->header.sections[EK_MODEL_CANDIDATE].size)
    return 1;
  const uint8_t *p = ek_model_bytes(a->m, EK_MODEL_CANDIDATE, item, 1, e);
  return p ? *p != 0 : -1;
}

static int
offer_one(asking *a, uint32_t item, ek_error *e)
{
  const ek_model_of_item *of = ek_model_item_at(a->m, item, e);
  ek_model_kind_view k;
  double content = 0;
  if (!of)
    return -1;
  if (a->taste.n && of->kind && (ek_model_kind_at(a->m, of->kind - 1, &k, e) < 0 || content_of(a, &k, &content, e) < 0))
    return -1;
  offer(&a->best, item, score_of(a, item, of->count, content));
  return 0;
}

/* They lie all over the file: the system is told of all before the first is needed. */
static int
offer_touched(asking *a, ek_error *e)
{
  const ek_model_sums *q = &a->m->query;
  for (size_t i = 0; i < q->n; i++)
    ek_model_will_need(a->m, EK_MODEL_ITEMS, (uint64_t)q->touched[i] * sizeof(ek_model_of_item), sizeof(ek_model_of_item));
  for (size_t i = 0; i < q->n && a->taste.n; i++) {
    const ek_model_of_item *of = ek_model_item_at(a->m, q->touched[i], e);
    if (!of)
      return -1;
    if (of->kind)
      ek_model_will_need(a->m, EK_MODEL_KINDS, (of->kind - 1) * sizeof(ek_model_kind), sizeof(ek_model_kind));
  }
  for (size_t i = 0; i < q->n; i++) {
    int may = is_candidate(a, q->touched[i], e);
    if (may < 0 || (may && offer_one(a, q->touched[i], e) < 0))
      return -1;
  }
  return 0;
}

/* 1 when it was not yet. */
static int
visit(ek_model_sums *q, uint32_t kind)
{
  if (q->visited[kind])
    return 0;
  q->visited[kind] = 1;
  if (q->n_kinds == q->cap_kinds)
    q->kinds = ek_mem_grow(q->kinds, &q->cap_kinds, q->n_kinds + 1, sizeof *q->kinds);
  q->kinds[q->n_kinds++] = kind;
  return 1;
}

/* The items of a kind by count, until one is not good enough: then no later one is. */
static int
offer_kind(asking *a, uint32_t place, ek_error *e)
{
  ek_model_kind_view k;
  double content;
  if (ek_model_kind_at(a->m, place, &k, e) < 0)
    return -1;
  if (!visit(&a->m->query, place))
    return 0;
  if (content_of(a, &k, &content, e) < 0)
    return -1;
  for (uint32_t i = 0; i < k.n_items; i++) {
    uint32_t item = k.items[i].item;
    if (item >= a->m->header.n_items)
      return ek_model_fail_corrupt(a->m, EK_MODEL_KINDS, "an item is out of range", e);
    if (a->m->query.state[item] & TOUCHED)
      continue;
    int may = is_candidate(a, item, e);
    if (may < 0)
      return -1;
    if (may && !offer(&a->best, item, score_of(a, item, k.items[i].count, content)) && a->m->parameters.pop_exp >= 0)
      break;
  }
  return 0;
}

/* ---- lists of categories, heaviest first ---- */

typedef struct heavy {
  uint32_t category;
  double taste, bound;             /* most that the category brings to an item   */
  /* Most that the categories behind it bring: as many as an item can have; and by their
   * length, since rows are of unit length.                                    */
  double rest, length;
  uint64_t from, to;
} heavy;

static int
by_bound(const void *x, const void *y)
{
  const heavy *a = x, *b = y;
  if (a->bound != b->bound)
    return a->bound > b->bound ? -1 : 1;
  return a->category < b->category ? -1 : a->category > b->category;
}

static int
weigh(const asking *a, uint32_t category, heavy *out, ek_error *e)
{
  ek_model *m = a->m;
  uint64_t limit = m->header.sections[EK_MODEL_OF_CATEGORY].size / sizeof(ek_model_entry);
  *out = (heavy){ .category = category, .taste = a->taste.of[category] };
  if (ek_model_range(m, EK_MODEL_OF_CATEGORY_STARTS, category, limit, &out->from, &out->to, e) < 0)
    return -1;
  if (out->from == out->to)
    return 0;
  const ek_model_entry *first = ek_model_bytes(m, EK_MODEL_OF_CATEGORY, out->from * sizeof *first, sizeof *first, e);
  if (!first)
    return -1;
  out->bound = out->taste * first->weight;
  return 0;
}

static double
bound_of(const heavy *h, double weight)
{
  double others = h->length * sqrt(fmax(1 - weight * weight, 0) + 1e-12);
  return h->taste * weight + fmin(h->rest, others);
}

/* scale: of content to score. */
static int
offer_list(asking *a, const heavy *h, double scale, ek_error *e)
{
  for (uint64_t at = h->from; at < h->to; at += CHUNK) {
    uint64_t n = h->to - at < CHUNK ? h->to - at : CHUNK;
    const ek_model_entry *p = ek_model_bytes(a->m, EK_MODEL_OF_CATEGORY, at * sizeof *p, n * sizeof *p, e);
    if (!p)
      return -1;
    for (uint64_t i = 0; i < n; i++) {
      /* The first bound falls along the list, so nothing comes after it; the other may not. */
      if (is_full(&a->best, (h->taste * p[i].weight + h->rest) * scale + 1e-9 * MARGIN))
        return 0;
      if (!is_full(&a->best, bound_of(h, p[i].weight) * scale + 1e-9 * MARGIN) && offer_kind(a, p[i].index, e) < 0)
        return -1;
    }
  }
  return 0;
}

static void
bound_rests(heavy *list, uint32_t n, uint32_t longest)
{
  double squares = 0;
  for (uint32_t i = n; i-- > 0;) {
    list[i].length = sqrt(squares);
    squares += list[i].taste * list[i].taste;
    for (uint32_t k = i + 1; k < n && k - i < longest; k++)
      list[i].rest += list[k].bound;
  }
}

static int
offer_kinds(asking *a, ek_error *e)
{
  const ek_model_parameters *p = &a->m->parameters;
  double pop = p->pop_exp > 0 ? pow(p->max_count + 1.0, p->pop_exp) : 1, scale = a->o->content * pop * MARGIN;
  heavy *list = ek_mem_zero((size_t)a->taste.n + 1, sizeof *list);
  int result = 0;
  for (uint32_t i = 0; i < a->taste.n && result == 0; i++)
    result = weigh(a, a->taste.list[i], &list[i], e);
  qsort(list, a->taste.n, sizeof *list, by_bound);
  bound_rests(list, a->taste.n, p->longest);
  for (uint32_t i = 0; i < a->taste.n && result == 0; i++) {
    if (is_full(&a->best, (list[i].bound + list[i].rest) * scale + 1e-9 * MARGIN))
      break;
    result = offer_list(a, &list[i], scale, e);
  }
  free(list);
  return result;
}

/* What nothing led to is known by its count alone. An item of a kind that was passed over
 * is offered below its worth here, and its worth was not enough; one of a kind that was
 * looked at had its turn.                                                   */
static int
offer_popular(asking *a, ek_error *e)
{
  ek_model *m = a->m;
  const ek_model_sums *q = &m->query;
  for (uint32_t i = 0; i < m->header.n_popular; i++) {
    const ek_model_counted *p = ek_model_bytes(m, EK_MODEL_POPULAR, (uint64_t)i * sizeof *p, sizeof *p, e);
    if (!p)
      return -1;
    if (p->item >= m->header.n_items)
      return ek_model_fail_corrupt(m, EK_MODEL_POPULAR, "an item is out of range", e);
    if (q->state[p->item] & TOUCHED)
      continue;
    double score = score_of(a, p->item, p->count, 0);
    if (is_full(&a->best, score))
      break;
    const ek_model_of_item *of = q->n_kinds ? ek_model_item_at(m, p->item, e) : NULL;
    if (q->n_kinds && !of)
      return -1;
    if (of && of->kind && of->kind <= m->header.sections[EK_MODEL_KINDS].size / sizeof(ek_model_kind) && q->visited[of->kind - 1])
      continue;
    int may = is_candidate(a, p->item, e);
    if (may < 0)
      return -1;
    if (may && !offer(&a->best, p->item, score))
      break;
  }
  return 0;
}

static int
recommend(asking *a, const uint32_t *history, size_t n, ek_error *e)
{
  if (follow(a, history, n, e) < 0 || offer_touched(a, e) < 0 || (a->taste.n && offer_kinds(a, e) < 0))
    return -1;
  return offer_popular(a, e);
}

int
ek_model_recommend(ek_model *m, const uint32_t *history, size_t n, const ek_query_options *options, unsigned k,
                   ek_scored *out, unsigned *n_out, ek_error *e)
{
  const ek_query_options own = { .content = m->parameters.content };
  asking a = { .m = m, .o = options ? options : &own, .best = { out, 0, k } };
  *n_out = 0;
  for (size_t i = 0; i < n; i++)
    if (history[i] >= m->header.n_items) {
      ek_fail(e, EK_EXIT_FAILED, "bad_item", "item %u is not in the model", history[i]);
      return ek_at(e, m->path, 0, 0);
    }
  if (!k)
    return 0;
  sums_begin(m);
  int result = recommend(&a, history, n, e);
  sums_clear(&m->query, history, n);
  free(a.taste.of);
  free(a.taste.list);
  if (result == 0)
    *n_out = a.best.n;
  return result;
}
