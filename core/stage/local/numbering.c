/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/numbering.h"
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "base/mem.h"
#include "base/random.h"

#define FIRST_BITS 10

/* ---- the table ----------------------------------------------------------------- */

/* Ids are untrusted: a seed of its own keeps a file from choosing the collisions. No
 * result depends on it.                                                       */
static void
start_table(ek_numbering *in)
{
  in->seed = ek_random_bits();
  in->bits = FIRST_BITS;
  in->slots = ek_mem_zero((size_t)1 << in->bits, sizeof *in->slots);
  in->start = ek_mem_grow(NULL, &in->cap, 2, sizeof *in->start);
  in->start[0] = 0;
}

static size_t
home(const ek_numbering *in, uint64_t slot)
{
  return (size_t)(slot >> (64 - in->bits));
}

/* The upper half of the hash is kept in the slot: growing reads no text again. */
static void
grow_table(ek_numbering *in)
{
  uint64_t *old = in->slots;
  size_t n = (size_t)1 << in->bits, mask = 2 * n - 1;
  in->bits++;
  in->slots = ek_mem_zero(2 * n, sizeof *in->slots);
  for (size_t i = 0; i < n; i++) {
    if (!old[i])
      continue;
    size_t at = home(in, old[i]);
    while (in->slots[at])
      at = (at + 1) & mask;
    in->slots[at] = old[i];
  }
  free(old);
}

static uint32_t
append(ek_numbering *in, ek_str s)
{
  if (in->n == EK_IDS_MAX) {
    in->full = 1;
    return UINT32_MAX;
  }
  ek_text_str(&in->bytes, s);
  in->start = ek_mem_grow(in->start, &in->cap, (size_t)in->n + 2, sizeof *in->start);
  in->start[in->n + 1] = in->bytes.len;
  return in->n++;
}

uint32_t
ek_numbering_add(ek_numbering *in, ek_str s)
{
  if (!in->slots)
    start_table(in);
  uint64_t high = XXH3_64bits_withSeed(s.ptr, s.len, in->seed) & ~(uint64_t)UINT32_MAX;
  size_t mask = ((size_t)1 << in->bits) - 1;
  size_t at = home(in, high);
  for (; in->slots[at]; at = (at + 1) & mask) {
    uint32_t number = (uint32_t)in->slots[at] - 1;
    if ((in->slots[at] ^ high) <= UINT32_MAX && ek_str_eq(ek_numbering_text(in, number), s))
      return number;
  }
  uint32_t number = append(in, s);
  if (number == UINT32_MAX)
    return number;
  in->slots[at] = high | (number + 1);
  if (in->bits < 32 && (uint64_t)in->n * 4 > (uint64_t)3 << in->bits)
    grow_table(in);
  return number;
}

void
ek_numbering_free(ek_numbering *in)
{
  free(in->slots);
  free(in->start);
  ek_text_free(&in->bytes);
  *in = (ek_numbering){ 0 };
}

/* ---- order --------------------------------------------------------------------- */

/* Ids of one file mostly begin alike ("user_0000"): what all share is passed over, and
 * the eight bytes after it decide nearly every comparison without touching the text. */
typedef struct sort_key { uint64_t head; uint32_t number; } sort_key;

static int
byte_order(ek_str a, ek_str b)
{
  size_t n = a.len < b.len ? a.len : b.len;
  int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
  return c ? c : (a.len > b.len) - (a.len < b.len);
}

static int
compare_keys(const void *pa, const void *pb, void *in)
{
  const sort_key *a = pa, *b = pb;
  if (a->head != b->head)
    return a->head < b->head ? -1 : 1;
  return byte_order(ek_numbering_text(in, a->number), ek_numbering_text(in, b->number));
}

static size_t
shared_start(const ek_numbering *in)
{
  ek_str first = ek_numbering_text(in, 0);
  size_t shared = first.len;
  for (uint32_t i = 1; i < in->n && shared; i++) {
    ek_str s = ek_numbering_text(in, i);
    size_t k = 0, n = s.len < shared ? s.len : shared;
    while (k < n && s.ptr[k] == first.ptr[k])
      k++;
    shared = k;
  }
  return shared;
}

static uint64_t
head_of(ek_str s, size_t from)
{
  uint64_t head = 0;
  for (size_t i = 0; i < 8; i++)
    head = head << 8 | (from + i < s.len ? (unsigned char)s.ptr[from + i] : 0u);
  return head;
}

static sort_key *
sorted_keys(ek_numbering *in)
{
  sort_key *keys = ek_mem_alloc(((size_t)in->n + 1) * sizeof *keys);
  size_t shared = shared_start(in);
  int sorted = 1;
  for (uint32_t i = 0; i < in->n; i++) {
    keys[i] = (sort_key){ head_of(ek_numbering_text(in, i), shared), i };
    sorted = sorted && (!i || compare_keys(&keys[i - 1], &keys[i], in) < 0);
  }
  if (!sorted)
    qsort_r(keys, in->n, sizeof *keys, compare_keys, in);
  return keys;
}

uint32_t *
ek_numbering_order(ek_numbering *in, ek_ids *out)
{
  uint32_t *rank = ek_mem_alloc(((size_t)in->n + 1) * sizeof *rank);
  free(in->slots);
  in->slots = NULL;
  *out = (ek_ids){ .n = in->n, .bytes = ek_mem_alloc(in->bytes.len + 1),
                   .start = ek_mem_zero((size_t)in->n + 1, sizeof *out->start) };
  sort_key *keys = in->n ? sorted_keys(in) : NULL;
  uint64_t at = 0;
  for (uint32_t i = 0; i < in->n; i++) {
    ek_str s = ek_numbering_text(in, keys[i].number);
    rank[keys[i].number] = i;
    if (s.len)
      memcpy(out->bytes + at, s.ptr, s.len);
    at += s.len;
    out->start[i + 1] = at;
  }
  free(keys);
  ek_numbering_free(in);
  return rank;
}

uint32_t
ek_ids_find(const ek_ids *ids, ek_str id)
{
  uint32_t low = 0, high = ids->n;
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    int c = byte_order(ek_id(ids, mid), id);
    if (c == 0)
      return mid;
    if (c < 0)
      low = mid + 1;
    else
      high = mid;
  }
  return UINT32_MAX;
}

void
ek_ids_clear(ek_ids *ids)
{
  free(ids->bytes);
  free(ids->start);
  *ids = (ek_ids){ 0 };
}

/* ---- folds --------------------------------------------------------------------- */

unsigned
ek_fold_of(ek_str user)
{
  uint64_t h = 0xcbf29ce484222325u;                        /* FNV-1a              */
  for (size_t i = 0; i < user.len; i++)
    h = (h ^ (unsigned char)user.ptr[i]) * 0x100000001b3u;
  h += 0x9e3779b97f4a7c15u;                                /* splitmix64's finish  */
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
  return (unsigned)((h ^ (h >> 31)) % 10);
}
