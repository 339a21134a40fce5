/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/table.h - what a data set's rows are made of: columns, conversions, ids.
 *
 * Table-driven for items, interactions and users alike: fixed columns first, the
 * configured ones after. Judges a record (id rules, readable values) and turns
 * its fields into cells. The label column of items is a place that the chain
 * fills. Read-only while a run goes; shared by all workers.                 */
#ifndef EK_CATALOG_TABLE_H
#define EK_CATALOG_TABLE_H
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "catalog/projection.h"

typedef struct ek_cell { ek_str text; uint8_t null; uint8_t number; } ek_cell;
                                  /* number: text never needs a quote in minimal style */

typedef struct ek_table_column {
  const char *name;              /* "ITEM_ID", "CATEGORY", "PRICE"            */
  enum ek_column_type type;
  int slot;                      /* of the projection; -1: the label column   */
  int nullable, categorical, textual;
  int fixed;                     /* one that is always there                  */
} ek_table_column;

typedef struct ek_table {
  enum ek_record_kind kind;
  ek_table_column *columns; size_t n;
  int id_slot;                   /* items, users: whose uniqueness counts; -1 for interactions */
  int label_column;              /* index in columns; -1: none                */
  enum ek_time_unit time_unit;
  int python_floats;             /* value of EVENT_VALUE as float() reads it: nan, inf allowed
                                  * (notebook mode: a rule ends in "=nan")     */
} ek_table;

/* Builds the table of kind from the settings and adds what it reads to p.
 * Names and counts are checked by Personalize's rules.                      */
int ek_table_make(ek_table *, enum ek_record_kind, const ek_settings *, ek_projection *p, ek_error *e);
void ek_table_clear(ek_table *);

/* Why a record has no row. reason: "no_id", "bad_id", "bad_value" (static). */
typedef struct ek_refusal { const char *reason; char why[200]; } ek_refusal;

/* Judges fields: *id is set (items and users), and cells[0 .. n-1] but the label
 * column's. 0 or -1. An id: a non-empty text of at most 256 characters, or an
 * integer as its decimal text; missing, null, empty: no_id; fractional, boolean,
 * list, object, too long: bad_id. Nullable values that cannot be read become
 * null and are counted in *nulled (one counter a column; may be NULL).      */
int ek_table_row(const ek_table *, const ek_field *fields, ek_arena *arena,
                 ek_str *id, ek_cell *cells, uint64_t *nulled, ek_refusal *why);

#endif
