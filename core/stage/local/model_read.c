/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "stage/local/model_inside.h"

static const char *const names[EK_MODEL_SECTIONS] = {
  "item id starts", "item ids", "rows", "row starts", "items", "popular", "candidates", "category starts", "category names",
  "idf", "kinds", "kinds of categories (starts)", "kinds of categories", "parameters", "meta"
};

const char *ek_model_section_name(enum ek_model_section s) { return names[s]; }

static int
fail(const char *path, const char *code, const char *what, const char *help, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, code, "%s", what);
  ek_help(e, "%s", help);
  return ek_at(e, path, 0, 0);
}

#define TRAIN_ANEW "train anew: 'enrichkit train' makes a new version, and the campaign can be pointed to it or to an older one"

int
ek_model_fail_corrupt(const ek_model *m, enum ek_model_section s, const char *what, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "corrupt_model", "the model is corrupt: section '%s': %s", names[s], what);
  ek_help(e, "%s", TRAIN_ANEW);
  return ek_at(e, m->path, 0, 0);
}

/* ---- opening ---- */

static int
check_marks(ek_model *m, ek_error *e)
{
  ek_model_header *h = &m->header;
  char page[EK_MODEL_HEADER];
  if (m->size < sizeof h->magic || memcmp(m->base, EK_MODEL_MAGIC, sizeof h->magic) != 0)
    return fail(m->path, "not_a_model", "this is no model file of enrichkit", TRAIN_ANEW, e);
  if (m->size < EK_MODEL_HEADER)
    return fail(m->path, "corrupt_model", "the model file is truncated: it ends in its header", TRAIN_ANEW, e);
  memcpy(page, m->base, sizeof page);
  memcpy(h, page, sizeof *h);
  if (h->byte_order == __builtin_bswap32(EK_MODEL_BYTE_ORDER))
    return fail(m->path, "byte_order", "the model was written on a machine of the other byte order",
                "models are not carried from one to the other: train here", e);
  if (h->byte_order != EK_MODEL_BYTE_ORDER)
    return fail(m->path, "corrupt_model", "the model is corrupt: its header has no mark of the byte order", TRAIN_ANEW, e);
  if (h->version > EK_MODEL_VERSION || h->version == 0) {
    ek_fail(e, EK_EXIT_REFUSED, "newer_version", "the model has format %u; this enrichkit knows formats up to %u", h->version,
            EK_MODEL_VERSION);
    ek_help(e, "it was written by a newer enrichkit: use that one, or train anew with this one");
    return ek_at(e, m->path, 0, 0);
  }
  uint64_t sum = h->header_sum;
  memset(page + offsetof(ek_model_header, header_sum), 0, sizeof sum);
  double mark = EK_MODEL_FLOAT;
  if (XXH3_64bits(page, sizeof page) != sum)
    return fail(m->path, "corrupt_model", "the model is corrupt: its header does not match its checksum", TRAIN_ANEW, e);
  if (memcmp(&h->float_mark, &mark, sizeof mark) != 0)
    return fail(m->path, "float_format", "the model was written with another format of floating-point numbers",
                "models are not carried between such machines: train here", e);
  return 0;
}

static int
check_size(ek_model *m, ek_error *e)
{
  if (m->header.file_size == m->size)
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "corrupt_model", "the model file %s: it has %llu bytes and should have %llu",
          m->size < m->header.file_size ? "is truncated" : "has been added to", (unsigned long long)m->size,
          (unsigned long long)m->header.file_size);
  ek_help(e, "%s", TRAIN_ANEW);
  return ek_at(e, m->path, 0, 0);
}

/* What each section must measure; 0 where it is free. */
static uint64_t
size_of(const ek_model_header *h, enum ek_model_section s)
{
  uint64_t items = h->n_items, categories = h->n_categories;
  switch (s) {
  case EK_MODEL_ID_STARTS:
  case EK_MODEL_ROW_STARTS: return (items + 1) * 8;
  case EK_MODEL_ITEMS: return items * sizeof(ek_model_of_item);
  case EK_MODEL_POPULAR: return (uint64_t)h->n_popular * sizeof(ek_model_counted);
  case EK_MODEL_CATEGORY_STARTS:
  case EK_MODEL_OF_CATEGORY_STARTS: return (categories + 1) * 8;
  case EK_MODEL_IDF: return categories * 8;
  case EK_MODEL_PARAMETERS: return sizeof(ek_model_parameters);
  default: return h->sections[s].size;
  }
}

static int
check_table(ek_model *m, ek_error *e)
{
  const ek_model_header *h = &m->header;
  uint64_t end = EK_MODEL_HEADER, blocks = 0;
  int good = h->n_sections == EK_MODEL_SECTIONS && h->n_popular <= h->n_items && h->n_kinds <= h->n_items &&
             h->n_items < UINT32_MAX;
  for (int s = 0; s < EK_MODEL_SECTIONS && good; s++) {
    ek_model_place p = h->sections[s];
    good = p.offset % EK_MODEL_ALIGN == 0 && p.offset >= end && p.offset <= m->size && p.size <= m->size - p.offset &&
           p.size == size_of(h, (enum ek_model_section)s);
    end = p.offset + p.size;
    m->first_block[s] = blocks;
    blocks += (p.size + EK_MODEL_BLOCK - 1) / EK_MODEL_BLOCK;
  }
  m->first_block[EK_MODEL_SECTIONS] = blocks;
  uint64_t candidates = h->sections[EK_MODEL_CANDIDATE].size;
  good = good && (candidates == 0 || candidates == h->n_items) && h->sections[EK_MODEL_KINDS].size % sizeof(ek_model_kind) == 0 &&
         h->sections[EK_MODEL_OF_CATEGORY].size % sizeof(ek_model_entry) == 0 && h->sections[EK_MODEL_ROWS].size % 8 == 0;
  good = good && h->sums.offset >= end && h->sums.offset % EK_MODEL_ALIGN == 0 && h->sums.offset <= m->size &&
         h->sums.size == m->size - h->sums.offset && h->sums.size == blocks * sizeof(uint64_t);
  if (!good)
    return fail(m->path, "corrupt_model", "the model is corrupt: its table of sections does not fit the file", TRAIN_ANEW, e);
  m->sums = (const uint64_t *)(const void *)(m->base + h->sums.offset);
  if (XXH3_64bits(m->sums, (size_t)h->sums.size) != h->sums_sum)
    return fail(m->path, "corrupt_model", "the model is corrupt: its checksums do not match their own", TRAIN_ANEW, e);
  m->checked = ek_mem_zero((size_t)blocks + 1, 1);
  return 0;
}

static int
map_file(ek_model *m, ek_error *e)
{
  struct stat st;
  EK_CLOSE int fd = open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    ek_fail_errno(e, EK_EXIT_REFUSED, errno == ENOENT ? "no_such_file" : "no_permission", m->path, "read the model");
    return ek_help(e, "%s", TRAIN_ANEW);
  }
  if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
    return fail(m->path, "not_a_model", "this is no model file of enrichkit: not a regular file", TRAIN_ANEW, e);
  if (st.st_size == 0)
    return fail(m->path, "not_a_model", "this is no model file of enrichkit: it is empty", TRAIN_ANEW, e);
  void *base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED)
    return ek_fail_errno(e, EK_EXIT_FAILED, "read_failed", m->path, "map the model");
  (void)madvise(base, (size_t)st.st_size, MADV_RANDOM);
  m->base = base;
  m->size = (size_t)st.st_size;
  return 0;
}

ek_model *
ek_model_open(const char *path, ek_error *e)
{
  ek_model *m = ek_mem_zero(1, sizeof *m);
  const void *p;
  m->path = ek_mem_strdup(path);
  if (map_file(m, e) == 0 && check_marks(m, e) == 0 && check_size(m, e) == 0 && check_table(m, e) == 0 &&
      (p = ek_model_bytes(m, EK_MODEL_PARAMETERS, 0, sizeof m->parameters, e)) != NULL &&
      ek_model_bytes(m, EK_MODEL_META, 0, m->header.sections[EK_MODEL_META].size, e)) {
    memcpy(&m->parameters, p, sizeof m->parameters);
    return m;
  }
  ek_model_close(m);
  return NULL;
}

void
ek_model_close(ek_model *m)
{
  if (!m)
    return;
  if (m->base)
    munmap((void *)(uintptr_t)m->base, m->size);
  ek_model_sums_free(&m->query);
  free(m->checked);
  free(m->path);
  free(m);
}

/* ---- bytes, checked when they are first touched ---- */

static int
check_block(ek_model *m, enum ek_model_section s, uint64_t block, ek_error *e)
{
  ek_model_place p = m->header.sections[s];
  uint64_t from = block * EK_MODEL_BLOCK, len = p.size - from < EK_MODEL_BLOCK ? p.size - from : EK_MODEL_BLOCK;
  const char *data = m->base + p.offset + from;
  if (XXH3_64bits(data, (size_t)len) == m->sums[m->first_block[s] + block]) {
    m->checked[m->first_block[s] + block] = 1;
    return 0;
  }
  ek_fail(e, EK_EXIT_REFUSED, "corrupt_model", "the model is corrupt: block %llu of section '%s' (bytes %llu to %llu of the file) "
          "does not match its checksum", (unsigned long long)block, names[s], (unsigned long long)(p.offset + from),
          (unsigned long long)(p.offset + from + len));
  ek_help(e, "%s", TRAIN_ANEW);
  return ek_at(e, m->path, 0, 0);
}

const void *
ek_model_bytes(ek_model *m, enum ek_model_section s, uint64_t at, uint64_t len, ek_error *e)
{
  ek_model_place p = m->header.sections[s];
  if (at > p.size || len > p.size - at) {
    ek_model_fail_corrupt(m, s, "something points behind its end", e);
    return NULL;
  }
  for (uint64_t b = at / EK_MODEL_BLOCK; len && b <= (at + len - 1) / EK_MODEL_BLOCK; b++)
    if (!m->checked[m->first_block[s] + b] && check_block(m, s, b, e) < 0)
      return NULL;
  return m->base + p.offset + at;
}

void
ek_model_will_need(ek_model *m, enum ek_model_section s, uint64_t at, uint64_t len)
{
  ek_model_place p = m->header.sections[s];
  if (at > p.size || len > p.size - at || !len || m->checked[m->first_block[s] + at / EK_MODEL_BLOCK])
    return;
  uintptr_t from = (uintptr_t)(m->base + p.offset + at), page = from & ~(uintptr_t)4095;
  (void)madvise((void *)page, (size_t)(from + len - page), MADV_WILLNEED);
}

int
ek_model_range(ek_model *m, enum ek_model_section starts, uint64_t i, uint64_t limit, uint64_t *from, uint64_t *to, ek_error *e)
{
  const uint64_t *p = ek_model_bytes(m, starts, i * 8, 16, e);
  if (!p)
    return -1;
  *from = p[0];
  *to = p[1];
  return *from <= *to && *to <= limit ? 0 : ek_model_fail_corrupt(m, starts, "a range is none", e);
}

/* ---- small things ---- */

ek_str
ek_model_meta(const ek_model *m)
{
  ek_model_place p = m->header.sections[EK_MODEL_META];
  return (ek_str){ m->base + p.offset, (size_t)p.size };
}

uint32_t ek_model_n_items(const ek_model *m) { return m->header.n_items; }
uint32_t ek_model_n_categories(const ek_model *m) { return m->header.n_categories; }

ek_hyper
ek_model_hyper(const ek_model *m)
{
  const ek_model_parameters *p = &m->parameters;
  return (ek_hyper){ .pair_decay = p->pair_decay, .back = p->back, .nfrom = p->nfrom, .nto = p->nto,
                     .hist_decay = p->hist_decay, .content = p->content, .pop_exp = p->pop_exp, .boost = p->boost,
                     .window = p->window, .topk = p->topk, .max_cats = p->max_cats, .min_history = p->min_history,
                     .max_history = p->max_history };
}

static int
text_of(ek_model *m, enum ek_model_section starts, enum ek_model_section bytes, uint32_t i, ek_str *out, ek_error *e)
{
  uint64_t from, to;
  if (ek_model_range(m, starts, i, m->header.sections[bytes].size, &from, &to, e) < 0)
    return -1;
  const char *p = ek_model_bytes(m, bytes, from, to - from, e);
  if (!p)
    return -1;
  *out = (ek_str){ p, (size_t)(to - from) };
  return 0;
}

int
ek_model_item_id(ek_model *m, uint32_t index, ek_str *id, ek_error *e)
{
  return text_of(m, EK_MODEL_ID_STARTS, EK_MODEL_ID_BYTES, index, id, e);
}

static int
compare(ek_str a, ek_str b)
{
  size_t n = a.len < b.len ? a.len : b.len;
  int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
  return c ? c : a.len < b.len ? -1 : a.len > b.len;
}

int
ek_model_item(ek_model *m, ek_str id, uint32_t *index, ek_error *e)
{
  uint32_t from = 0, to = m->header.n_items;
  ek_str at;
  while (from < to) {
    uint32_t middle = from + (to - from) / 2;
    if (ek_model_item_id(m, middle, &at, e) < 0)
      return -1;
    int c = compare(id, at);
    if (c == 0) {
      *index = middle;
      return 1;
    }
    if (c < 0)
      to = middle;
    else
      from = middle + 1;
  }
  return 0;
}

const ek_model_of_item *
ek_model_item_at(ek_model *m, uint32_t item, ek_error *e)
{
  return ek_model_bytes(m, EK_MODEL_ITEMS, (uint64_t)item * sizeof(ek_model_of_item), sizeof(ek_model_of_item), e);
}

int
ek_model_kind_at(ek_model *m, uint32_t place, ek_model_kind_view *out, ek_error *e)
{
  uint64_t at = (uint64_t)place * sizeof(ek_model_kind);
  const ek_model_kind *k = ek_model_bytes(m, EK_MODEL_KINDS, at, sizeof *k, e);
  if (!k)
    return -1;
  *out = (ek_model_kind_view){ .n_categories = k->n_categories, .n_items = k->n_items };
  at += sizeof *k;
  out->categories = ek_model_bytes(m, EK_MODEL_KINDS, at, k->n_categories * sizeof *out->categories, e);
  at += k->n_categories * sizeof *out->categories;
  out->items = out->categories ? ek_model_bytes(m, EK_MODEL_KINDS, at, k->n_items * sizeof *out->items, e) : NULL;
  return out->items ? 0 : -1;
}

int
ek_model_categories_of(ek_model *m, uint32_t index, ek_text *joined, ek_error *e)
{
  const ek_model_of_item *item = ek_model_item_at(m, index, e);
  ek_model_kind_view kind;
  ek_str name;
  if (!item || (item->kind && ek_model_kind_at(m, item->kind - 1, &kind, e) < 0))
    return -1;
  for (uint32_t i = 0; item->kind && i < kind.n_categories; i++) {
    if (text_of(m, EK_MODEL_CATEGORY_STARTS, EK_MODEL_CATEGORY_BYTES, kind.categories[i].index, &name, e) < 0)
      return -1;
    if (i)
      ek_text_char(joined, '|');
    ek_text_str(joined, name);
  }
  return 0;
}
