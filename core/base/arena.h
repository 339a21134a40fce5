/* SPDX-License-Identifier: BSD-3-Clause */
/* base/arena.h - memory that is given back all at once, a block at a time.
 *
 * One arena a worker: not thread-safe. Zero-initialise: ek_arena a = {0}.
 * Nothing allocated moves; all of it dies with ek_arena_reset().            */
#ifndef EK_BASE_ARENA_H
#define EK_BASE_ARENA_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <enrichkit/plugin.h>

typedef struct ek_arena_chunk ek_arena_chunk;
typedef struct ek_arena {
  char *at, *end; ek_arena_chunk *head, *spare;
  unsigned char busy;              /* plugin/: a plugin may emit from threads of its own */
} ek_arena;

void *ek_arena_more(ek_arena *a, size_t size);   /* slow path: a new chunk      */
void ek_arena_reset(ek_arena *a);                /* keeps a few chunks for reuse */
void ek_arena_free(ek_arena *a);                 /* gives everything back       */

/* 8-byte aligned, not zeroed, never NULL.                                   */
static inline void *ek_arena_alloc(ek_arena *a, size_t size)
{
  size = (size + 7) & ~(size_t)7;
  if ((size_t)(a->end - a->at) < size || !a->at) return ek_arena_more(a, size);
  void *p = a->at; a->at += size; return p;
}
static inline void *ek_arena_zero(ek_arena *a, size_t size)
{ return memset(ek_arena_alloc(a, size), 0, size); }
static inline ek_str ek_arena_copy(ek_arena *a, ek_str s)
{
  char *p = (char *)ek_arena_alloc(a, s.len + 1);
  if (s.len) memcpy(p, s.ptr, s.len);
  p[s.len] = 0;
  ek_str r = { p, s.len }; return r;
}

#endif
