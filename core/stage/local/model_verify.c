/* SPDX-License-Identifier: BSD-3-Clause */
/* Every byte of a model: the checksums, what is between the sections, and what the
 * numbers say of each other.                                                */
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include "stage/local/model_inside.h"

static int
check_padding(ek_model *m, ek_error *e)
{
  uint64_t at = EK_MODEL_HEADER;
  for (int s = 0; s <= EK_MODEL_SECTIONS; s++) {
    ek_model_place p = s < EK_MODEL_SECTIONS ? m->header.sections[s] : m->header.sums;
    for (; at < p.offset; at++)
      if (m->base[at])
        return ek_model_fail_corrupt(m, (enum ek_model_section)(s < EK_MODEL_SECTIONS ? s : EK_MODEL_META),
                                     "the bytes beside it are not zero", e);
    at = p.offset + p.size;
  }
  return 0;
}

static int
check_starts(ek_model *m, enum ek_model_section s, uint64_t n, uint64_t limit, ek_error *e)
{
  uint64_t from, to, last = 0;
  for (uint64_t i = 0; i < n; i++) {
    if (ek_model_range(m, s, i, limit, &from, &to, e) < 0)
      return -1;
    if (from != last)
      return ek_model_fail_corrupt(m, s, "a range begins elsewhere than the last one ended", e);
    last = to;
  }
  return last == limit ? 0 : ek_model_fail_corrupt(m, s, "the last range does not end where its data end", e);
}

static int
check_entries(ek_model *m, enum ek_model_section s, uint32_t limit, ek_error *e)
{
  uint64_t n = m->header.sections[s].size / sizeof(ek_model_entry);
  const ek_model_entry *p = ek_model_bytes(m, s, 0, n * sizeof *p, e);
  for (uint64_t i = 0; p && i < n; i++)
    if (p[i].index >= limit || p[i].zero || !isfinite(p[i].weight))
      return ek_model_fail_corrupt(m, s, "an entry is out of range", e);
  return p ? 0 : -1;
}

static int
check_counted(ek_model *m, enum ek_model_section s, const ek_model_counted *list, uint64_t n, ek_error *e)
{
  for (uint64_t i = 0; i < n; i++) {
    const ek_model_of_item *item = list[i].item < m->header.n_items ? ek_model_item_at(m, list[i].item, e) : NULL;
    if (!item || item->count != list[i].count)
      return ek_model_fail_corrupt(m, s, "an item is out of range, or counted otherwise elsewhere", e);
    if (i && (list[i].count > list[i - 1].count || (list[i].count == list[i - 1].count && list[i].item <= list[i - 1].item)))
      return ek_model_fail_corrupt(m, s, "items are not in order", e);
  }
  return 0;
}

static int
check_popular(ek_model *m, ek_error *e)
{
  const ek_model_counted *p = ek_model_bytes(m, EK_MODEL_POPULAR, 0, m->header.sections[EK_MODEL_POPULAR].size, e);
  return p ? check_counted(m, EK_MODEL_POPULAR, p, m->header.n_popular, e) : -1;
}

/* One kind, and that its items say the same. Its size, or 0 and e. */
static uint64_t
check_kind(ek_model *m, uint64_t place, ek_error *e)
{
  ek_model_kind_view k;
  if (ek_model_kind_at(m, (uint32_t)place, &k, e) < 0 || check_counted(m, EK_MODEL_KINDS, k.items, k.n_items, e) < 0)
    return 0;
  for (uint32_t i = 0; i < k.n_items; i++)
    if (ek_model_item_at(m, k.items[i].item, e)->kind != place + 1) {
      ek_model_fail_corrupt(m, EK_MODEL_KINDS, "an item is of another kind", e);
      return 0;
    }
  for (uint32_t i = 0; i < k.n_categories; i++)
    if (k.categories[i].index >= m->header.n_categories || k.categories[i].zero || !isfinite(k.categories[i].weight)) {
      ek_model_fail_corrupt(m, EK_MODEL_KINDS, "a category is out of range", e);
      return 0;
    }
  uint64_t size = 1 + k.n_categories + (k.n_items + 1ull) / 2;
  return k.n_categories && k.n_items && k.n_categories <= m->parameters.longest ? size
         : (uint64_t)(ek_model_fail_corrupt(m, EK_MODEL_KINDS, "a kind is empty or too long", e) + 1);
}

static int
check_kinds(ek_model *m, ek_error *e)
{
  uint64_t n = m->header.sections[EK_MODEL_KINDS].size / sizeof(ek_model_kind), of_kinds = 0, of_items = 0;
  for (uint64_t place = 0, size; place < n; place += size) {
    size = check_kind(m, place, e);
    if (!size)
      return -1;
    ek_model_kind_view k;
    of_items += ek_model_kind_at(m, (uint32_t)place, &k, e) == 0 ? k.n_items : 0;
    of_kinds++;
  }
  for (uint32_t i = 0; i < m->header.n_items; i++) {
    const ek_model_of_item *item = ek_model_item_at(m, i, e);
    if (!item)
      return -1;
    of_items -= item->kind != 0;
  }
  return of_kinds == m->header.n_kinds && of_items == 0
           ? 0 : ek_model_fail_corrupt(m, EK_MODEL_KINDS, "items and kinds do not match", e);
}

static int
check_ids(ek_model *m, ek_error *e)
{
  ek_str last = { "", 0 }, id;
  for (uint32_t i = 0; i < m->header.n_items; i++) {
    if (ek_model_item_id(m, i, &id, e) < 0)
      return -1;
    size_t n = id.len < last.len ? id.len : last.len;
    int c = n ? memcmp(last.ptr, id.ptr, n) : 0;
    if (i && (c > 0 || (c == 0 && last.len >= id.len)))
      return ek_model_fail_corrupt(m, EK_MODEL_ID_BYTES, "the ids are not in order", e);
    last = id;
  }
  return 0;
}

static int
check_rows(ek_model *m, ek_error *e)
{
  uint64_t from, to;
  for (uint32_t i = 0; i < m->header.n_items; i++) {
    if (ek_model_range(m, EK_MODEL_ROW_STARTS, i, m->header.sections[EK_MODEL_ROWS].size, &from, &to, e) < 0)
      return -1;
    const char *p = ek_model_bytes(m, EK_MODEL_ROWS, from, to - from, e);
    uint64_t n = (to - from) / 12;
    if (!p)
      return -1;
    if ((to - from) % 8 || (to - from) - 12 * n > 4)
      return ek_model_fail_corrupt(m, EK_MODEL_ROW_STARTS, "a row is no row", e);
    const double *weight = (const double *)(const void *)p;
    const uint32_t *col = (const uint32_t *)(const void *)(weight + n);
    for (uint64_t k = 0; k < n; k++)
      if (col[k] >= m->header.n_items || !isfinite(weight[k]))
        return ek_model_fail_corrupt(m, EK_MODEL_ROWS, "a neighbour is out of range", e);
  }
  return 0;
}

int
ek_model_verify(ek_model *m, ek_error *e)
{
  const ek_model_header *h = &m->header;
  (void)madvise((void *)(uintptr_t)m->base, m->size, MADV_SEQUENTIAL);
  for (int s = 0; s < EK_MODEL_SECTIONS; s++)
    if (!ek_model_bytes(m, (enum ek_model_section)s, 0, h->sections[s].size, e))
      return -1;
  if (check_padding(m, e) < 0 || check_starts(m, EK_MODEL_ID_STARTS, h->n_items, h->sections[EK_MODEL_ID_BYTES].size, e) < 0 ||
      check_starts(m, EK_MODEL_ROW_STARTS, h->n_items, h->sections[EK_MODEL_ROWS].size, e) < 0 ||
      check_starts(m, EK_MODEL_CATEGORY_STARTS, h->n_categories, h->sections[EK_MODEL_CATEGORY_BYTES].size, e) < 0 ||
      check_starts(m, EK_MODEL_OF_CATEGORY_STARTS, h->n_categories,
                   h->sections[EK_MODEL_OF_CATEGORY].size / sizeof(ek_model_entry), e) < 0)
    return -1;
  return check_ids(m, e) < 0 || check_rows(m, e) < 0 || check_popular(m, e) < 0 || check_kinds(m, e) < 0 ||
         check_entries(m, EK_MODEL_OF_CATEGORY, (uint32_t)(h->sections[EK_MODEL_KINDS].size / sizeof(ek_model_kind)), e) < 0
         ? -1 : 0;
}
