/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/walk.h - one pass over a JSON record whose token places are known.
 *
 * The places come from simdjson (json_shim.h) or from the slow parser (literal.h).
 * The walk checks the whole grammar, skipped values included (but for the escapes
 * in their texts), and captures what the projection wants. It never reads outside
 * text, but for up to 16 readable bytes behind its end.                      */
#ifndef EK_CATALOG_WALK_H
#define EK_CATALOG_WALK_H
#include "base/arena.h"
#include "catalog/capture.h"

#define EK_NESTING_MAX 1024

typedef struct ek_walk {
  const char *text; size_t len;
  const uint32_t *at; uint32_t n;/* where tokens begin                             */
  ek_captures *captures;
  ek_arena *arena;
  int copy;                      /* text dies before the fields: copy all values   */
  size_t repaired;               /* lone surrogates replaced                       */
  const char *error;             /* why a wanted value cannot be taken, or NULL    */
  size_t error_at;               /* and where                                      */
} ek_walk;

/* 0: the record is an object, whole, and its wanted values are in captures. -1: error
 * is set when it is a wanted value's fault; else the grammar is broken and the slow
 * parser tells where. */
int ek_walk_record(ek_walk *w);

/* What a scalar token is (JSON's numbers and words, and NaN, Infinity, -Infinity),
 * or EK_KIND_ABSENT. */
enum ek_kind ek_walk_scalar(const char *p, size_t len);

#endif
