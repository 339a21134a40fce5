/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/projection_internal.h - what a projection is made of, for the readers.
 *
 * All paths of all slots hang in one trie, so that one walk over a record serves
 * them all. Each distinct path is a capture; captures are numbered in the order of
 * the trie, so those below a node are a range.                               */
#ifndef EK_CATALOG_PROJECTION_INTERNAL_H
#define EK_CATALOG_PROJECTION_INTERNAL_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "catalog/path.h"
#include "catalog/projection.h"

#define EK_SLOTS_MAX 64
#define EK_SLOT_PATHS_MAX 32
#define EK_NONE UINT32_MAX

/* A key in a node's table: its first and last eight bytes and its length decide
 * almost always, so that a key nobody wants costs no memcmp. */
typedef struct ek_trie_key { uint64_t head, tail; const char *text; uint32_t len, node; } ek_trie_key;
typedef struct ek_trie_index { size_t index; uint32_t node; } ek_trie_index;

typedef struct ek_trie_node {
  uint32_t capture;              /* what ends here, or EK_NONE                     */
  uint32_t begin, end;           /* captures here and below                        */
  uint32_t marks;                /* where this node's marks begin, or EK_NONE: nothing
                                  * above repeats, a second key starts afresh      */
  ek_trie_key *keys;             /* open addressing, text NULL: free               */
  uint32_t n_keys, mask;
  uint32_t each;                 /* child for [], or EK_NONE                       */
  ek_trie_index *indexes; uint32_t n_indexes;
  uint8_t repeats;               /* at or below a []: captures gather              */
} ek_trie_node;

typedef struct ek_slot {
  char *name;
  ek_path *paths; size_t n;
  uint32_t *captures;            /* of each path; EK_NONE: a constant              */
} ek_slot;

struct ek_projection {
  enum ek_pick pick;
  ek_slot slots[EK_SLOTS_MAX]; size_t n;
  ek_trie_node *nodes; size_t n_nodes, cap_nodes;      /* nodes[0]: the record     */
  uint32_t n_captures, n_marks;
};

/* Reads eight bytes at p, of which len < 8 count. The others may be anything, but
 * must be readable. */
static inline uint64_t
ek_trie_word(const char *p, size_t len)
{
  uint64_t w;
  memcpy(&w, p, 8);
  if (len >= 8)
    return w;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  return len ? w & ~(UINT64_MAX >> (8 * len)) : 0;
#else
  return w & ~(UINT64_MAX << (8 * len));
#endif
}

static inline uint32_t
ek_trie_hash(uint64_t head, uint64_t tail, size_t len)
{
  uint64_t h = (head ^ (tail << 7) ^ (tail >> 57) ^ (uint64_t)len << 29) * 0x9e3779b97f4a7c15u;
  return (uint32_t)(h >> 40);
}

/* head and tail as ek_trie_word gives them: of the first and, for keys of more than
 * eight bytes, the last eight; tail is 0 else. The child, or EK_NONE. */
static inline uint32_t
ek_trie_find(const ek_trie_node *node, uint64_t head, uint64_t tail, const char *key, size_t len)
{
  for (uint32_t h = ek_trie_hash(head, tail, len);; h++) {
    const ek_trie_key *k = &node->keys[h & node->mask];
    if (!k->text)
      return EK_NONE;
    if (k->head == head && k->tail == tail && k->len == len &&
        (len <= 16 || memcmp(k->text + 8, key + 8, len - 16) == 0))
      return k->node;
  }
}

#endif
