/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "store/exchange_internal.h"

/* Keys are SHA-256: any of their bytes are a hash. As many as there are calls in flight, not as
 * there are items.                                                            */
static ek_claim **
slot_of(const ek_claim_set *s, const ek_key_digest *key)
{
  uint32_t h;
  memcpy(&h, key->bytes, sizeof h);
  return (ek_claim **)(uintptr_t)&s->slots[h % EK_CLAIM_SLOTS];
}

ek_claim *
ek_claims_find(const ek_claim_set *s, const ek_key_digest *key)
{
  ek_claim *c = *slot_of(s, key);
  while (c && memcmp(&c->key, key, sizeof *key) != 0)
    c = c->next;
  return c;
}

ek_claim *
ek_claims_add(ek_claim_set *s, const ek_key_digest *key)
{
  ek_claim **slot = slot_of(s, key), *c = ek_mem_zero(1, sizeof *c);
  c->key = *key;
  c->next = *slot;
  *slot = c;
  s->n++;
  return c;
}

void
ek_claims_remove(ek_claim_set *s, const ek_key_digest *key)
{
  for (ek_claim **p = slot_of(s, key), *c; (c = *p); p = &c->next)
    if (memcmp(&c->key, key, sizeof *key) == 0) {
      *p = c->next;
      s->n--;
      s->rows -= c->row ? 1 : 0;
      free(c);
      return;
    }
}

void
ek_claims_clear(ek_claim_set *s)
{
  for (size_t i = 0; i < EK_CLAIM_SLOTS; i++)
    for (ek_claim *c = s->slots[i], *next; c; c = next) {
      next = c->next;
      free(c);
    }
  memset(s, 0, sizeof *s);
}
