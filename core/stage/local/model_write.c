/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/replace.h"
#include "stage/local/model.h"
#include "stage/local/model_format.h"
#include "stage/local/model_kinds.h"

#define BUFFER ((size_t)1 << 20)

struct ek_model_writer {
  ek_replace file;
  const ek_events *events;
  ek_model_header header;
  ek_hyper hyper;
  uint8_t *candidates;
  char *buffer; size_t used; uint64_t at;     /* at: of the buffer's end, in the file */
  /* The section that is open, and the block of it that is being summed. */
  XXH3_state_t *sum; uint64_t in_block;
  uint64_t *sums; size_t n_sums, cap_sums;
  uint64_t *row_starts; uint32_t next_row;
};

/* ---- bytes ---- */

static int
flush(ek_model_writer *w, ek_error *e)
{
  if (ek_write_all(w->file.fd, w->buffer, w->used) < 0) {
    ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", w->file.name, "write the model");
    return ek_help(e, "the models that were there are unchanged");
  }
  w->used = 0;
  return 0;
}

static int
put(ek_model_writer *w, const void *data, size_t len, ek_error *e)
{
  const char *p = data;
  while (len) {
    size_t n = BUFFER - w->used < len ? BUFFER - w->used : len;
    memcpy(w->buffer + w->used, p, n);
    w->used += n;
    w->at += n;
    p += n;
    len -= n;
    if (w->used == BUFFER && flush(w, e) < 0)
      return -1;
  }
  return 0;
}

static void
end_block(ek_model_writer *w)
{
  w->sums = ek_mem_grow(w->sums, &w->cap_sums, w->n_sums + 1, sizeof *w->sums);
  w->sums[w->n_sums++] = XXH3_64bits_digest(w->sum);
  XXH3_64bits_reset(w->sum);
  w->in_block = 0;
}

/* Bytes of the open section. */
static int
add(ek_model_writer *w, const void *data, size_t len, ek_error *e)
{
  const char *p = data;
  if (put(w, data, len, e) < 0)
    return -1;
  while (len) {
    size_t n = EK_MODEL_BLOCK - w->in_block < len ? (size_t)(EK_MODEL_BLOCK - w->in_block) : len;
    XXH3_64bits_update(w->sum, p, n);
    w->in_block += n;
    p += n;
    len -= n;
    if (w->in_block == EK_MODEL_BLOCK)
      end_block(w);
  }
  return 0;
}

static int
align(ek_model_writer *w, ek_error *e)
{
  static const char zeros[EK_MODEL_ALIGN];
  return put(w, zeros, (size_t)(-w->at % EK_MODEL_ALIGN), e);
}

static int
open_section(ek_model_writer *w, enum ek_model_section s, ek_error *e)
{
  if (align(w, e) < 0)
    return -1;
  w->header.sections[s].offset = w->at;
  return 0;
}

static void
close_section(ek_model_writer *w, enum ek_model_section s)
{
  w->header.sections[s].size = w->at - w->header.sections[s].offset;
  if (w->in_block)
    end_block(w);
}

static int
section(ek_model_writer *w, enum ek_model_section s, const void *data, size_t len, ek_error *e)
{
  if (open_section(w, s, e) < 0 || add(w, data, len, e) < 0)
    return -1;
  close_section(w, s);
  return 0;
}

/* ---- rows, as they come ---- */

static int
create(ek_model_writer *w, const char *path, ek_error *e)
{
  if (ek_replace_open(&w->file, AT_FDCWD, path, EK_REPLACE_ALONE, 0666) == 0)
    return 0;
  int full = errno == ENOSPC || errno == EDQUOT || errno == EIO;
  return ek_fail_errno(e, full ? EK_EXIT_FAILED : EK_EXIT_REFUSED, full ? "write_failed" : "cannot_create", path,
                       "create the model");
}

static int
begin(ek_model_writer *w, const char *path, ek_error *e)
{
  static const char zeros[EK_MODEL_HEADER];
  const ek_ids *ids = &w->events->items;
  if (create(w, path, e) < 0 || put(w, zeros, sizeof zeros, e) < 0 ||
      section(w, EK_MODEL_ID_STARTS, ids->start, ((size_t)ids->n + 1) * sizeof *ids->start, e) < 0 ||
      section(w, EK_MODEL_ID_BYTES, ids->bytes, (size_t)ids->start[ids->n], e) < 0)
    return -1;
  return open_section(w, EK_MODEL_ROWS, e);
}

ek_model_writer *
ek_model_create(const char *path, const ek_events *events, const ek_hyper *hyper, ek_error *e)
{
  ek_model_writer *w = ek_mem_zero(1, sizeof *w);
  w->events = events;
  w->hyper = *hyper;
  w->buffer = ek_mem_alloc(BUFFER);
  w->sum = XXH3_createState();
  if (!w->sum)
    abort();
  XXH3_64bits_reset(w->sum);
  w->header.n_items = events->items.n;
  w->row_starts = ek_mem_zero((size_t)events->items.n + 1, sizeof *w->row_starts);
  if (begin(w, path, e) == 0)
    return w;
  ek_model_abandon(w);
  return NULL;
}

/* Rows that were passed over are empty. */
static void
start_row(ek_model_writer *w, uint32_t item)
{
  uint64_t at = w->at - w->header.sections[EK_MODEL_ROWS].offset;
  while (w->next_row <= item)
    w->row_starts[w->next_row++] = at;
}

int
ek_model_row(void *writer, uint32_t item, const uint32_t *col, const double *weight, uint32_t n, ek_error *e)
{
  static const uint32_t zero;
  ek_model_writer *w = writer;
  if (item < w->next_row || item >= w->header.n_items) {
    ek_fail(e, EK_EXIT_FAILED, "bad_row", "row %u of the model comes out of order", item);
    return ek_at(e, w->file.name, 0, 0);
  }
  start_row(w, item);
  if (add(w, weight, n * sizeof *weight, e) < 0 || add(w, col, n * sizeof *col, e) < 0)
    return -1;
  return n % 2 ? add(w, &zero, sizeof zero, e) : 0;
}

void
ek_model_candidates(ek_model_writer *w, const uint8_t *candidates)
{
  size_t n = w->header.n_items;
  w->candidates = ek_mem_alloc(n + 1);
  for (size_t i = 0; i < n; i++)
    w->candidates[i] = candidates[i] != 0;
}

/* ---- the rest ---- */

static int
ascending(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

/* All items by count, largest first, ties by index. */
static uint32_t *
order_by_count(const ek_model_writer *w, const ek_skc *m)
{
  uint32_t n = w->header.n_items;
  uint32_t *order = ek_mem_alloc((size_t)n * sizeof *order + 1);
  if (m->by_count) {
    memcpy(order, m->by_count, (size_t)n * sizeof *order);
    return order;
  }
  EK_FREE uint64_t *keys = ek_mem_alloc((size_t)n * sizeof *keys + 1);
  for (uint32_t i = 0; i < n; i++)
    keys[i] = (uint64_t)(UINT32_MAX - m->count[i]) << 32 | i;
  qsort(keys, n, sizeof *keys, ascending);
  for (uint32_t i = 0; i < n; i++)
    order[i] = (uint32_t)keys[i];
  return order;
}

static int
write_popular(ek_model_writer *w, const ek_skc *m, const uint32_t *order, ek_error *e)
{
  if (open_section(w, EK_MODEL_POPULAR, e) < 0)
    return -1;
  for (uint32_t i = 0; i < w->header.n_items; i++) {
    ek_model_counted c = { order[i], m->count[order[i]] };
    if (w->candidates && !w->candidates[order[i]])
      continue;
    w->header.n_popular++;
    if (add(w, &c, sizeof c, e) < 0)
      return -1;
  }
  close_section(w, EK_MODEL_POPULAR);
  return section(w, EK_MODEL_CANDIDATE, w->candidates, w->candidates ? w->header.n_items : 0, e);
}

static int
write_names(ek_model_writer *w, const ek_categories *c, ek_error *e)
{
  uint64_t at = 0;
  if (open_section(w, EK_MODEL_CATEGORY_STARTS, e) < 0)
    return -1;
  for (uint32_t i = 0; i <= c->n; i++) {
    if (add(w, &at, sizeof at, e) < 0)
      return -1;
    at += i < c->n ? strlen(c->names[i]) : 0;
  }
  close_section(w, EK_MODEL_CATEGORY_STARTS);
  if (open_section(w, EK_MODEL_CATEGORY_BYTES, e) < 0)
    return -1;
  for (uint32_t i = 0; i < c->n; i++)
    if (add(w, c->names[i], strlen(c->names[i]), e) < 0)
      return -1;
  close_section(w, EK_MODEL_CATEGORY_BYTES);
  return section(w, EK_MODEL_IDF, c->idf, (size_t)c->n * sizeof *c->idf, e);
}

static int
write_items(ek_model_writer *w, const ek_skc *m, const ek_kinds *k, ek_error *e)
{
  if (open_section(w, EK_MODEL_ITEMS, e) < 0)
    return -1;
  for (uint32_t i = 0; i < w->header.n_items; i++) {
    ek_model_of_item item = { m->count[i], k->of[i] ? k->place[k->of[i] - 1] + 1 : 0 };
    if (add(w, &item, sizeof item, e) < 0)
      return -1;
  }
  close_section(w, EK_MODEL_ITEMS);
  return 0;
}

static int
write_kind(ek_model_writer *w, const ek_skc *m, const ek_kinds *k, uint32_t kind, ek_error *e)
{
  static const ek_model_counted none;
  const ek_categories *c = k->categories;
  uint64_t from = c->row[k->first[kind]], to = c->row[k->first[kind] + 1];
  ek_model_kind head = { (uint32_t)(to - from), (uint32_t)(k->start[kind + 1] - k->start[kind]), 0 };
  if (add(w, &head, sizeof head, e) < 0)
    return -1;
  for (; from < to; from++) {
    ek_model_entry entry = { c->row_cat[from], 0, c->row_w[from] };
    if (add(w, &entry, sizeof entry, e) < 0)
      return -1;
  }
  for (uint64_t i = k->start[kind]; i < k->start[kind + 1]; i++) {
    ek_model_counted item = { k->items[i], m->count[k->items[i]] };
    if (add(w, &item, sizeof item, e) < 0)
      return -1;
  }
  return head.n_items % 2 ? add(w, &none, sizeof none, e) : 0;
}

static int
write_kinds(ek_model_writer *w, const ek_skc *m, const ek_kinds *k, ek_error *e)
{
  if (open_section(w, EK_MODEL_KINDS, e) < 0)
    return -1;
  for (uint32_t i = 0; i < k->n; i++)
    if (write_kind(w, m, k, k->order[i], e) < 0)
      return -1;
  close_section(w, EK_MODEL_KINDS);
  if (section(w, EK_MODEL_OF_CATEGORY_STARTS, k->of_category_start, ((size_t)k->categories->n + 1) * sizeof(uint64_t), e) < 0)
    return -1;
  return section(w, EK_MODEL_OF_CATEGORY, k->of_category,
                 (size_t)k->of_category_start[k->categories->n] * sizeof *k->of_category, e);
}

static int
write_parameters(ek_model_writer *w, const ek_skc *m, const ek_kinds *k, ek_error *e)
{
  const ek_hyper *h = &w->hyper;
  ek_model_parameters p = { h->pair_decay, h->back, h->nfrom, h->nto, h->hist_decay, h->content, h->pop_exp, h->boost,
                            h->min_history, h->max_history, h->window, h->topk, h->max_cats, m->max_count, k->longest, 0 };
  return section(w, EK_MODEL_PARAMETERS, &p, sizeof p, e);
}

static int
write_header(ek_model_writer *w, ek_error *e)
{
  char page[EK_MODEL_HEADER] = { 0 };
  ek_model_header *h = &w->header;
  memcpy(h->magic, EK_MODEL_MAGIC, sizeof h->magic);
  h->version = EK_MODEL_VERSION;
  h->byte_order = EK_MODEL_BYTE_ORDER;
  h->float_mark = EK_MODEL_FLOAT;
  h->n_sections = EK_MODEL_SECTIONS;
  h->file_size = w->at;
  h->header_sum = 0;
  memcpy(page, h, sizeof *h);
  h->header_sum = XXH3_64bits(page, sizeof page);
  memcpy(page, h, sizeof *h);
  if (pwrite(w->file.fd, page, sizeof page, 0) != (ssize_t)sizeof page)
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", w->file.name, "write the model");
  return 0;
}

static int
write_sums(ek_model_writer *w, ek_error *e)
{
  if (align(w, e) < 0)
    return -1;
  w->header.sums = (ek_model_place){ w->at, w->n_sums * sizeof *w->sums };
  w->header.sums_sum = XXH3_64bits(w->sums, w->n_sums * sizeof *w->sums);
  return put(w, w->sums, w->n_sums * sizeof *w->sums, e);
}

static int
publish(ek_model_writer *w, ek_error *e)
{
  if (ek_replace_sync(&w->file) < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", w->file.name, "sync the model");
  /* What reads well now was written well; afterwards only blocks that are used are read. */
  ek_model *m = ek_model_open(w->file.beside, e);
  int good = m && ek_model_verify(m, e) == 0;
  ek_model_close(m);
  if (!good)
    return -1;
  if (ek_replace_rename(&w->file) < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", w->file.name, "name the model");
  if (ek_replace_sync_folder(&w->file) < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", w->file.name, "sync the folder");
  return 0;
}

static int
write_rest(ek_model_writer *w, const ek_skc *m, const ek_kinds *k, const uint32_t *order, ek_str meta, ek_error *e)
{
  w->header.n_categories = k->categories->n;
  w->header.n_kinds = k->n;
  if (section(w, EK_MODEL_ROW_STARTS, w->row_starts, ((size_t)w->header.n_items + 1) * sizeof *w->row_starts, e) < 0 ||
      write_items(w, m, k, e) < 0 || write_popular(w, m, order, e) < 0 || write_names(w, k->categories, e) < 0 ||
      write_kinds(w, m, k, e) < 0 || write_parameters(w, m, k, e) < 0 ||
      section(w, EK_MODEL_META, meta.ptr, meta.len, e) < 0 || write_sums(w, e) < 0 || flush(w, e) < 0)
    return -1;
  return write_header(w, e);
}

static int
finish(ek_model_writer *w, const ek_skc *m, ek_str meta, ek_error *e)
{
  uint32_t items = w->header.n_items;
  EK_FREE uint64_t *no_rows = NULL;
  EK_FREE uint32_t *order = order_by_count(w, m);
  ek_categories none = { 0 };
  const ek_categories *c = m->categories;
  if (items)
    start_row(w, items - 1);
  w->row_starts[items] = w->at - w->header.sections[EK_MODEL_ROWS].offset;
  close_section(w, EK_MODEL_ROWS);
  if (!c) {
    none.row = no_rows = ek_mem_zero((size_t)items + 1, sizeof *no_rows);
    c = &none;
  }
  ek_kinds *k = ek_kinds_new(c, items, order);
  int result = write_rest(w, m, k, order, meta, e);
  ek_kinds_free(k);
  return result < 0 ? -1 : publish(w, e);
}

int
ek_model_finish(ek_model_writer *w, const ek_skc *m, ek_str meta, ek_error *e)
{
  int result = finish(w, m, meta, e);
  ek_model_abandon(w);
  return result;
}

void
ek_model_abandon(ek_model_writer *w)
{
  if (!w)
    return;
  ek_replace_drop(&w->file);
  XXH3_freeState(w->sum);
  free(w->candidates);
  free(w->row_starts);
  free(w->sums);
  free(w->buffer);
  free(w);
}
