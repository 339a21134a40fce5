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
#include "stage/local/model.h"
#include "stage/local/model_format.h"

#define BUFFER ((size_t)1 << 20)

struct ek_model_writer {
  char *path, *temp;
  int fd;
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
  for (size_t done = 0; done < w->used;) {
    ssize_t n = write(w->fd, w->buffer + done, w->used - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", w->path, "write the model");
      return ek_help(e, "the models that were there are unchanged");
    }
    done += (size_t)n;
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
create_temp(ek_model_writer *w, ek_error *e)
{
  const char *slash = strrchr(w->path, '/');
  size_t folder = slash ? (size_t)(slash - w->path) + 1 : 0, size = strlen(w->path) + 8;
  w->temp = ek_mem_alloc(size);
  snprintf(w->temp, size, "%.*s.%s.new", (int)folder, w->path, w->path + folder);
  w->fd = open(w->temp, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (w->fd >= 0)
    return 0;
  int full = errno == ENOSPC || errno == EDQUOT || errno == EIO;
  return ek_fail_errno(e, full ? EK_EXIT_FAILED : EK_EXIT_REFUSED, full ? "write_failed" : "cannot_create", w->path,
                       "create the model");
}

static int
begin(ek_model_writer *w, ek_error *e)
{
  static const char zeros[EK_MODEL_HEADER];
  const ek_ids *ids = &w->events->items;
  if (create_temp(w, e) < 0 || put(w, zeros, sizeof zeros, e) < 0 ||
      section(w, EK_MODEL_ID_STARTS, ids->start, ((size_t)ids->n + 1) * sizeof *ids->start, e) < 0 ||
      section(w, EK_MODEL_ID_BYTES, ids->bytes, (size_t)ids->start[ids->n], e) < 0)
    return -1;
  return open_section(w, EK_MODEL_ROWS, e);
}

ek_model_writer *
ek_model_create(const char *path, const ek_events *events, const ek_hyper *hyper, ek_error *e)
{
  ek_model_writer *w = ek_mem_zero(1, sizeof *w);
  w->path = ek_mem_strdup(path);
  w->events = events;
  w->hyper = *hyper;
  w->fd = -1;
  w->buffer = ek_mem_alloc(BUFFER);
  w->sum = XXH3_createState();
  if (!w->sum)
    abort();
  XXH3_64bits_reset(w->sum);
  w->header.n_items = events->items.n;
  w->row_starts = ek_mem_zero((size_t)events->items.n + 1, sizeof *w->row_starts);
  if (begin(w, e) == 0)
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
    return ek_at(e, w->path, 0, 0);
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
by_count(const void *a, const void *b)
{
  /* count in the upper half, its complement so that the largest comes first */
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static int
write_popular(ek_model_writer *w, const ek_skc *m, ek_error *e)
{
  uint32_t items = w->header.n_items, n = 0;
  EK_FREE uint64_t *keys = ek_mem_alloc((size_t)items * sizeof *keys + 1);
  EK_FREE uint32_t *popular = ek_mem_alloc((size_t)items * sizeof *popular + 1);
  for (uint32_t i = 0; i < items; i++)
    if (!w->candidates || w->candidates[i])
      keys[n++] = (uint64_t)(UINT32_MAX - m->count[i]) << 32 | i;
  qsort(keys, n, sizeof *keys, by_count);
  for (uint32_t i = 0; i < n; i++)
    popular[i] = (uint32_t)keys[i];
  w->header.n_popular = n;
  if (section(w, EK_MODEL_COUNTS, m->count, (size_t)items * sizeof *m->count, e) < 0 ||
      section(w, EK_MODEL_POPULAR, popular, (size_t)n * sizeof *popular, e) < 0)
    return -1;
  return section(w, EK_MODEL_CANDIDATE, w->candidates, w->candidates ? items : 0, e);
}

static int
write_entries(ek_model_writer *w, enum ek_model_section s, const uint32_t *index, const double *weight, uint64_t n, ek_error *e)
{
  if (open_section(w, s, e) < 0)
    return -1;
  for (uint64_t i = 0; i < n; i++) {
    ek_model_entry entry = { index[i], 0, weight[i] };
    if (add(w, &entry, sizeof entry, e) < 0)
      return -1;
  }
  close_section(w, s);
  return 0;
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
write_categories(ek_model_writer *w, const ek_categories *c, ek_error *e)
{
  uint32_t items = w->header.n_items;
  w->header.n_categories = c->n;
  if (write_names(w, c, e) < 0 ||
      section(w, EK_MODEL_OF_ITEM_STARTS, c->row, ((size_t)items + 1) * sizeof *c->row, e) < 0 ||
      write_entries(w, EK_MODEL_OF_ITEM, c->row_cat, c->row_w, c->row[items], e) < 0 ||
      section(w, EK_MODEL_OF_CATEGORY_STARTS, c->col, ((size_t)c->n + 1) * sizeof *c->col, e) < 0)
    return -1;
  return write_entries(w, EK_MODEL_OF_CATEGORY, c->col_item, c->col_w, c->col[c->n], e);
}

static int
write_parameters(ek_model_writer *w, const ek_skc *m, ek_error *e)
{
  const ek_hyper *h = &w->hyper;
  ek_model_parameters p = { h->pair_decay, h->back, h->nfrom, h->nto, h->hist_decay, h->content, h->pop_exp, h->boost,
                            h->min_history, h->max_history, h->window, h->topk, h->max_cats, m->max_count };
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
  if (pwrite(w->fd, page, sizeof page, 0) != (ssize_t)sizeof page)
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", w->path, "write the model");
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
sync_folder(const char *path, ek_error *e)
{
  const char *slash = strrchr(path, '/');
  EK_FREE char *folder = slash ? ek_mem_strndup(path, (size_t)(slash - path) + (slash == path)) : ek_mem_strdup(".");
  EK_CLOSE int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP))
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", folder, "sync the folder");
  return 0;
}

static int
publish(ek_model_writer *w, ek_error *e)
{
  if (fsync(w->fd) < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", w->path, "sync the model");
  /* What reads well now was written well; afterwards only blocks that are used are read. */
  ek_model *m = ek_model_open(w->temp, e);
  int good = m && ek_model_verify(m, e) == 0;
  ek_model_close(m);
  if (!good)
    return -1;
  if (rename(w->temp, w->path) < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", w->path, "name the model");
  free(w->temp);
  w->temp = NULL;
  return sync_folder(w->path, e);
}

static int
finish(ek_model_writer *w, const ek_skc *m, ek_str meta, ek_error *e)
{
  uint64_t zero = 0;
  EK_FREE uint64_t *no_rows = NULL;
  ek_categories empty = { .col = &zero };
  const ek_categories *c = m->categories;
  if (w->header.n_items)
    start_row(w, w->header.n_items - 1);
  w->row_starts[w->header.n_items] = w->at - w->header.sections[EK_MODEL_ROWS].offset;
  close_section(w, EK_MODEL_ROWS);
  if (!c) {
    empty.row = no_rows = ek_mem_zero((size_t)w->header.n_items + 1, sizeof *no_rows);
    c = &empty;
  }
  if (section(w, EK_MODEL_ROW_STARTS, w->row_starts, ((size_t)w->header.n_items + 1) * sizeof *w->row_starts, e) < 0 ||
      write_popular(w, m, e) < 0 || write_categories(w, c, e) < 0 || write_parameters(w, m, e) < 0 ||
      section(w, EK_MODEL_META, meta.ptr, meta.len, e) < 0 || write_sums(w, e) < 0 || flush(w, e) < 0 ||
      write_header(w, e) < 0)
    return -1;
  return publish(w, e);
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
  if (w->fd >= 0)
    close(w->fd);
  if (w->temp)
    (void)unlink(w->temp);
  XXH3_freeState(w->sum);
  free(w->candidates);
  free(w->row_starts);
  free(w->sums);
  free(w->buffer);
  free(w->temp);
  free(w->path);
  free(w);
}
