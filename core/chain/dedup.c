/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/dedup.h"
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"

/* A hash is cut into three: 6 bits pick the shard, the next 28 are the entry's
 * tag, of which the first are also its home in the shard's table. So a table
 * grows without the ids being read or hashed again.
 *
 * An entry is tag and place of the id: 28 and 36 bits. Place 0 holds no id, so an
 * entry of 0 is free. An id is stored as its length (with one bit for "an ordinal
 * follows"), the ordinal, its bytes; in chunks, so that growing copies nothing. */
#define SHARDS 64u
#define TAG_BITS 28
#define PLACE_BITS 36
#define PLACE_MASK (((uint64_t)1 << PLACE_BITS) - 1)
#define CHUNK_BITS 14
#define CHUNK ((size_t)1 << CHUNK_BITS)
#define FIRST_BITS 4
#define MAX_HEADER (10 + sizeof(uint64_t))

typedef struct shard {
  uint64_t *entries;
  unsigned bits;                 /* of the number of slots; 0: none yet        */
  size_t used;
  char **chunks;                 /* NULL where a long id's chunk goes on       */
  size_t n_chunks, cap_chunks;
  uint64_t at, end;              /* next free place, end of the last chunk      */
} shard;

struct ek_dedup {
  uint64_t seed;
  size_t bytes;
  shard shards[SHARDS];
};

ek_dedup *
ek_dedup_new(void)
{
  ek_dedup *d = ek_mem_zero(1, sizeof *d);
  d->seed = ek_random_bits();
  d->bytes = sizeof *d;
  return d;
}

void
ek_dedup_free(ek_dedup *d)
{
  if (!d)
    return;
  for (size_t s = 0; s < SHARDS; s++) {
    for (size_t i = 0; i < d->shards[s].n_chunks; i++)
      free(d->shards[s].chunks[i]);
    free(d->shards[s].chunks);
    free(d->shards[s].entries);
  }
  free(d);
}

size_t
ek_dedup_bytes(const ek_dedup *d)
{
  return d->bytes;
}

uint64_t
ek_dedup_hash(const ek_dedup *d, ek_str id)
{
  return XXH3_64bits_withSeed(id.ptr, id.len, d->seed);
}

static uint64_t
tag_of(uint64_t hash)
{
  return (hash >> (64 - 6 - TAG_BITS)) & (((uint64_t)1 << TAG_BITS) - 1);
}

static size_t
home(const shard *s, uint64_t tag)
{
  return (size_t)(tag >> (TAG_BITS - s->bits));
}

void
ek_dedup_prefetch(const ek_dedup *d, uint64_t hash)
{
  const shard *s = &d->shards[hash >> 58];
  if (s->bits)
    __builtin_prefetch(&s->entries[home(s, tag_of(hash))]);
}

/* ---- ids in their chunks -------------------------------------------------- */

static const char *
id_at(const shard *s, uint64_t place, ek_str *id, const char **ordinal)
{
  const char *p = s->chunks[place >> CHUNK_BITS] + (place & (CHUNK - 1));
  uint64_t header = 0;
  unsigned shift = 0, b;
  do {
    b = (unsigned char)*p++;
    header |= (uint64_t)(b & 0x7f) << shift;
    shift += 7;
  } while (b & 0x80);
  *ordinal = header & 1 ? p : NULL;
  if (header & 1)
    p += sizeof(uint64_t);
  *id = (ek_str){ p, (size_t)(header >> 1) };
  return p;
}

/* A new chunk of at least size bytes, all in one piece. */
static void
add_chunk(ek_dedup *d, shard *s, size_t size)
{
  size_t n = (size + CHUNK - 1) >> CHUNK_BITS, cap = s->cap_chunks;
  s->chunks = ek_mem_grow(s->chunks, &s->cap_chunks, s->n_chunks + n, sizeof *s->chunks);
  d->bytes += (s->cap_chunks - cap) * sizeof *s->chunks + (n << CHUNK_BITS);
  s->at = (uint64_t)s->n_chunks << CHUNK_BITS;
  s->chunks[s->n_chunks++] = ek_mem_alloc(n << CHUNK_BITS);
  for (size_t i = 1; i < n; i++)
    s->chunks[s->n_chunks++] = NULL;
  s->end = (uint64_t)s->n_chunks << CHUNK_BITS;
  if (!s->at)
    s->at = 1;                   /* place 0 means a free entry                 */
}

static uint64_t
store(ek_dedup *d, shard *s, ek_str id, int with_ordinal, uint64_t ordinal)
{
  size_t most = id.len + MAX_HEADER;
  if (s->end - s->at < most)
    add_chunk(d, s, most + 1);
  uint64_t place = s->at, header = (uint64_t)id.len << 1 | (with_ordinal != 0);
  /* A long id's chunk is one piece from the place where it began. */
  size_t chunk = (size_t)(place >> CHUNK_BITS);
  char *start = s->chunks[chunk] + (place & (CHUNK - 1)), *p = start;
  for (; header >= 0x80; header >>= 7)
    *p++ = (char)(header | 0x80);
  *p++ = (char)header;
  if (with_ordinal) {
    memcpy(p, &ordinal, sizeof ordinal);
    p += sizeof ordinal;
  }
  if (id.len)
    memcpy(p, id.ptr, id.len);
  s->at += (uint64_t)(p - start) + id.len;
  if (s->at >> CHUNK_BITS != chunk)
    s->at = s->end;              /* what is left of a long id's chunk stays unused */
  return place;
}

/* ---- the table ------------------------------------------------------------ */

/* Slot of the id, or the free one where it belongs. */
static uint64_t *
find(const shard *s, ek_str id, uint64_t tag)
{
  size_t mask = ((size_t)1 << s->bits) - 1;
  for (size_t i = home(s, tag);; i = (i + 1) & mask) {
    uint64_t e = s->entries[i];
    if (!e)
      return &s->entries[i];
    if (e >> PLACE_BITS != tag)
      continue;
    ek_str known;
    const char *ordinal;
    id_at(s, e & PLACE_MASK, &known, &ordinal);
    if (ek_str_eq(known, id))
      return &s->entries[i];
  }
}

static void
grow(ek_dedup *d, shard *s)
{
  shard next = *s;
  next.bits = s->bits ? s->bits + 1 : FIRST_BITS;
  size_t size = (size_t)1 << next.bits, old = s->bits ? (size_t)1 << s->bits : 0;
  next.entries = ek_mem_zero(size, sizeof *next.entries);
  for (size_t i = 0; i < old; i++) {
    uint64_t e = s->entries[i];
    if (!e)
      continue;
    size_t k = home(&next, e >> PLACE_BITS);
    while (next.entries[k])
      k = (k + 1) & (size - 1);
    next.entries[k] = e;
  }
  free(s->entries);
  d->bytes += (size - old) * sizeof *s->entries;
  *s = next;
}

static uint64_t *
slot_for(ek_dedup *d, shard *s, ek_str id, uint64_t tag)
{
  if (!s->bits || s->used >= ((size_t)3 << s->bits) / 4)    /* 2^28 slots: 13 G ids in all */
    grow(d, s);
  return find(s, id, tag);
}

int
ek_dedup_add(ek_dedup *d, ek_str id, uint64_t hash)
{
  shard *s = &d->shards[hash >> 58];
  uint64_t tag = tag_of(hash), *slot = slot_for(d, s, id, tag);
  if (*slot)
    return 0;
  *slot = tag << PLACE_BITS | store(d, s, id, 0, 0);
  s->used++;
  return 1;
}

void
ek_dedup_set_last(ek_dedup *d, ek_str id, uint64_t hash, uint64_t ordinal)
{
  shard *s = &d->shards[hash >> 58];
  uint64_t tag = tag_of(hash), *slot = slot_for(d, s, id, tag);
  if (*slot) {
    ek_str known;
    const char *place;
    id_at(s, *slot & PLACE_MASK, &known, &place);
    if (place) {
      memcpy((char *)(uintptr_t)place, &ordinal, sizeof ordinal);
      return;
    }
  } else
    s->used++;
  *slot = tag << PLACE_BITS | store(d, s, id, 1, ordinal);
}

uint64_t
ek_dedup_last(const ek_dedup *d, ek_str id, uint64_t hash)
{
  const shard *s = &d->shards[hash >> 58];
  uint64_t ordinal = UINT64_MAX;
  if (!s->bits)
    return ordinal;
  uint64_t e = *find(s, id, tag_of(hash));
  if (e) {
    ek_str known;
    const char *place;
    id_at(s, e & PLACE_MASK, &known, &place);
    if (place)
      memcpy(&ordinal, place, sizeof ordinal);
  }
  return ordinal;
}
