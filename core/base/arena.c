/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/arena.h"
#include <stdlib.h>
#include "base/mem.h"

#define CHUNK_SIZE ((size_t)256 << 10)

struct ek_arena_chunk {
  ek_arena_chunk *next;
  size_t size;                   /* of the memory behind                       */
};

static void
take(ek_arena *a, ek_arena_chunk *c)
{
  c->next = a->head;
  a->head = c;
  a->at = (char *)(c + 1);
  a->end = a->at + c->size;
}

void *
ek_arena_more(ek_arena *a, size_t size)
{
  /* The rest of the current chunk is given up: at most one allocation's worth. */
  if (a->spare && a->spare->size >= size) {
    ek_arena_chunk *c = a->spare;
    a->spare = c->next;
    take(a, c);
  } else {
    size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
    ek_arena_chunk *c = ek_mem_alloc(sizeof *c + room);
    c->size = room;
    take(a, c);
  }
  void *p = a->at;
  a->at += size;
  return p;
}

void
ek_arena_reset(ek_arena *a)
{
  ek_arena_chunk *c = a->head;
  a->head = NULL;
  a->at = a->end = NULL;
  while (c) {
    ek_arena_chunk *next = c->next;
    if (c->size == CHUNK_SIZE) {
      c->next = a->spare;
      a->spare = c;
    } else
      free(c);                   /* a giant record's: not kept                 */
    c = next;
  }
}

void
ek_arena_free(ek_arena *a)
{
  ek_arena_reset(a);
  while (a->spare) {
    ek_arena_chunk *next = a->spare->next;
    free(a->spare);
    a->spare = next;
  }
}
