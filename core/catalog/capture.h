/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/capture.h - what one record has shown so far at each wanted path.
 *
 * One owner, reused from record to record without being cleared: a stamp tells
 * which record (or object) something belongs to.                             */
#ifndef EK_CATALOG_CAPTURE_H
#define EK_CATALOG_CAPTURE_H
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/mem.h"
#include "catalog/projection_internal.h"

typedef struct ek_capture {
  uint64_t record;               /* found in this record; older: absent            */
  uint8_t kind;                  /* enum ek_kind                                   */
  uint8_t nested;                /* a list inside a list was seen                  */
  size_t n, n_ends;
  size_t closed;                 /* values before the last end                     */
  ek_str *values; size_t cap;
  size_t *ends; size_t cap_ends;
} ek_capture;

typedef struct ek_captures {
  const ek_projection *p;
  ek_capture *list;              /* by capture                                     */
  ek_capture *marks;             /* by ek_trie_node.marks: sizes and kind only     */
  uint64_t *seen;                /* by node: the object in which its key was last met */
  uint64_t record, object;       /* counters                                       */
} ek_captures;

void ek_captures_init(ek_captures *, const ek_projection *);
void ek_captures_clear(ek_captures *);
/* Starts a record: everything is absent. */
static inline void ek_captures_begin(ek_captures *c) { c->record++; }
/* Picks for each slot; arrays go into the arena. */
void ek_captures_resolve(const ek_captures *, ek_arena *, ek_field *fields);
/* The key of node was met in object. A second time: what the first one left below
 * it is forgotten, so that the last of duplicate keys wins. */
void ek_captures_again(ek_captures *, const ek_trie_node *node, int again);

static inline void
ek_captures_key(ek_captures *c, const ek_trie_node *node, uint32_t number, uint64_t object)
{
  if (c->seen[number] == object)
    ek_captures_again(c, node, 1);
  else {
    c->seen[number] = object;
    if (node->marks != EK_NONE)
      ek_captures_again(c, node, 0);
  }
}

/* A value of this kind stands at the path. Under [] all that is found gathers in one
 * list; elsewhere there is one. */
static inline ek_capture *
ek_capture_open(ek_captures *c, const ek_trie_node *node, enum ek_kind kind)
{
  ek_capture *x = &c->list[node->capture];
  if (x->record != c->record) {
    x->record = c->record;
    x->n = x->n_ends = x->closed = 0;
    x->nested = 0;
  }
  x->kind = node->repeats ? EK_KIND_LIST : (uint8_t)kind;
  return x;
}

static inline void
ek_capture_add(ek_capture *x, ek_str value)
{
  if (x->n == x->cap)
    x->values = ek_mem_grow(x->values, &x->cap, x->n + 1, sizeof *x->values);
  x->values[x->n++] = value;
}

/* A path of a list of lists is complete, unless it is empty. */
static inline void
ek_capture_end(ek_capture *x)
{
  if (x->n == x->closed)
    return;
  if (x->n_ends == x->cap_ends)
    x->ends = ek_mem_grow(x->ends, &x->cap_ends, x->n_ends + 1, sizeof *x->ends);
  x->ends[x->n_ends++] = x->closed = x->n;
}

#endif
