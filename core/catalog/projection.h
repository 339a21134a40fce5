/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/projection.h - which fields are taken out of a record, and what was found.
 *
 * A projection is built before a run: one slot a field, each with its paths in
 * order of preference. All readers fill the same shape, in one pass over the
 * record. Read-only while it runs; shared by all workers.                   */
#ifndef EK_CATALOG_PROJECTION_H
#define EK_CATALOG_PROJECTION_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "base/error.h"
#include "config/settings.h"

/* What stood at the path that was picked. */
enum ek_kind { EK_KIND_ABSENT, EK_KIND_NULL, EK_KIND_STRING, EK_KIND_INT, EK_KIND_FLOAT,
               EK_KIND_BOOL, EK_KIND_LIST, EK_KIND_OBJECT };

/* One field of one record. Texts live as long as the block and its arena.
 * values: as ek_host.field promises: texts unescaped; numbers as they stand;
 * true, false; null, absence and objects are no value; lists flattened in order.
 * ends: where the paths of a list of lists end ([["a","b"],["c"]]: 2 3; `x[].y`
 * makes each value a path, or each list that stands there); NULL and 0 for one
 * text or one flat list. Empty paths leave no end. Without any value that is not
 * empty the first path that exists is picked, so that kind tells what it held. */
typedef struct ek_field {
  const ek_str *values; size_t n;
  const size_t *ends; size_t n_ends;
  uint8_t kind;                  /* enum ek_kind                              */
  int8_t path;                   /* which of the slot's paths; -1: none       */
} ek_field;

typedef struct ek_projection ek_projection;

ek_projection *ek_projection_new(enum ek_pick pick);
void ek_projection_free(ek_projection *);
/* A slot for rule (a name of the field map), or for a bare path into the record
 * when rule is NULL; the same name twice gives the same slot. -1 and e when a
 * path cannot be read or there are more than 64 slots or 32 paths in one.   */
int ek_projection_add(ek_projection *, const char *name, const ek_field_rule *rule, ek_error *e);
size_t ek_projection_slots(const ek_projection *);
const char *ek_projection_name(const ek_projection *, size_t slot);
size_t ek_projection_paths(const ek_projection *, size_t slot);
const char *ek_projection_path(const ek_projection *, size_t slot, size_t path);   /* as written */
/* Adds a slot for name: the rule of that name in rules if there is one, else
 * name read as a path.                                                      */
int ek_projection_use(ek_projection *, const ek_field_rules *rules, const char *name, ek_error *e);

#endif
