/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/mem.h"
#include "store/exchange_internal.h"

/* Without a file to keep answers in, ten items with one picture shall still be one call: the last
 * answers of this process stay in memory. Not all of them, for memory does not grow with the catalogue. */
#define MEMO_MOST ((size_t)32 << 20)

struct ek_remembered {
  ek_remembered *next, *newer;
  ek_key_digest key;
  size_t size, stored; int packed;
  char data[];
};

static ek_remembered **
slot_of(const ek_memo *m, const ek_key_digest *key)
{
  uint32_t h;
  memcpy(&h, key->bytes, sizeof h);
  return (ek_remembered **)(uintptr_t)&m->slots[h % EK_MEMO_SLOTS];
}

static void
forget_oldest(ek_memo *m)
{
  ek_remembered *r = m->oldest, **p = slot_of(m, &r->key);
  while (*p != r)
    p = &(*p)->next;
  *p = r->next;
  m->oldest = r->newer;
  if (!m->oldest)
    m->newest = NULL;
  m->bytes -= sizeof *r + r->stored;
  free(r);
}

ek_remembered *
ek_remembered_new(const ek_key_digest *key, ek_str value)
{
  uLongf n = compressBound((uLong)value.len);
  ek_remembered *r = ek_mem_alloc(sizeof *r + n);
  memset(r, 0, sizeof *r);
  r->key = *key;
  r->size = r->stored = value.len;
  if (compress2((Bytef *)r->data, &n, (const Bytef *)value.ptr, (uLong)value.len, 1) == Z_OK && n < value.len) {
    r->packed = 1;
    r->stored = n;
  } else if (value.len) {
    memcpy(r->data, value.ptr, value.len);
  }
  return ek_mem_resize(r, sizeof *r + r->stored);
}

void
ek_memo_add(ek_memo *m, ek_remembered *r)
{
  ek_remembered **slot = slot_of(m, &r->key);
  r->next = *slot;                       /* before an older answer to the same  */
  *slot = r;
  if (m->newest)
    m->newest->newer = r;
  else
    m->oldest = r;
  m->newest = r;
  m->bytes += sizeof *r + r->stored;
  while (m->bytes > MEMO_MOST)
    forget_oldest(m);
}

int
ek_memo_find(const ek_memo *m, const ek_key_digest *key, ek_text *value)
{
  const ek_remembered *r = *slot_of(m, key);
  while (r && memcmp(&r->key, key, sizeof *key) != 0)
    r = r->next;
  if (!r)
    return 0;
  if (r->packed)
    return ek_answer_unpack((ek_str){ r->data, r->stored }, r->size, value) == 0;
  ek_text_add(value, r->data, r->stored);
  return 1;
}

void
ek_memo_clear(ek_memo *m)
{
  while (m->oldest)
    forget_oldest(m);
}
