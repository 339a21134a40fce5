/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/ids.h"
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "base/mem.h"

#define FIRST_SLOTS ((size_t)1 << 12)

static inline uint64_t slot_of(uint64_t hash, uint32_t number) { return (hash >> 32 << 32) | (number + 1); }

static void
grow(ek_intern *t)
{
  size_t size = t->slots ? 2 * (t->mask + 1) : FIRST_SLOTS;
  free(t->slots);
  t->slots = ek_mem_zero(size, sizeof *t->slots);
  t->mask = size - 1;
  for (uint32_t i = 0; i < t->n; i++) {
    ek_str s = ek_intern_at(t, i);
    uint64_t hash = XXH3_64bits(s.ptr, s.len);
    size_t at = hash & t->mask;
    while (t->slots[at])
      at = (at + 1) & t->mask;
    t->slots[at] = slot_of(hash, i);
  }
}

ek_str
ek_intern_at(const ek_intern *t, uint32_t number)
{
  return (ek_str){ t->bytes + t->start[number], (size_t)(t->start[number + 1] - t->start[number]) };
}

static uint32_t
add_new(ek_intern *t, ek_str id)
{
  t->bytes = ek_mem_grow(t->bytes, &t->cap, t->len + id.len + 1, 1);
  t->start = ek_mem_grow(t->start, &t->cap_start, (size_t)t->n + 2, sizeof *t->start);
  if (id.len)
    memcpy(t->bytes + t->len, id.ptr, id.len);
  t->start[t->n] = t->len;
  t->len += id.len;
  t->start[t->n + 1] = t->len;
  return t->n++;
}

uint32_t
ek_intern_add(ek_intern *t, ek_str id, int *is_new)
{
  if (!t->slots || (size_t)t->n * 2 > t->mask)
    grow(t);
  uint64_t hash = XXH3_64bits(id.ptr, id.len);
  size_t at = hash & t->mask;
  for (uint64_t slot; (slot = t->slots[at]) != 0; at = (at + 1) & t->mask) {
    if (slot >> 32 != hash >> 32)
      continue;
    uint32_t number = (uint32_t)slot - 1;
    ek_str there = ek_intern_at(t, number);
    if (there.len == id.len && memcmp(there.ptr, id.ptr, id.len) == 0) {
      if (is_new)
        *is_new = 0;
      return number;
    }
  }
  if (t->n == EK_INTERN_MAX)
    return UINT32_MAX;
  uint32_t number = add_new(t, id);
  t->slots[at] = slot_of(hash, number);
  if (is_new)
    *is_new = 1;
  return number;
}

void
ek_intern_free(ek_intern *t)
{
  free(t->bytes);
  free(t->start);
  free(t->slots);
  *t = (ek_intern){ 0 };
}
