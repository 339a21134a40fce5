/* SPDX-License-Identifier: BSD-3-Clause */
/* output/sinks.h - the sinks of the chain: rows as CSV, rows as JSON lines, each
 * with labels.jsonl beside them when asked.
 *
 * Streams: one an arm in the order of the arms, arm 0 being the whole chain, then
 * labels.jsonl. Interactions and users have one stream and no labels.
 *
 * JSON lines (`enrich --format jsonl`): one object a row, members named and ordered
 * as the CSV's columns: {"ITEM_ID": "B1", "CATEGORY": ["a", "b"], "PRICE": 5.0}. So
 * enrichkit reads its own output with the default field map. Labels are a list, null
 * is null, numbers and booleans stand bare; nan and infinite values are null.
 *
 * labels.jsonl: configuration.md section 6. Entries come in the order of the merge,
 * then what floor and cleaning removed, in order of emission. A label that `bar`
 * split gives one entry a value; a parent that `merge.parents` put into the list is an
 * entry with the member "parent_of". `name` is the value as cleaned, or as emitted when
 * it was removed before the merge.                                          */
#ifndef EK_OUTPUT_SINKS_H
#define EK_OUTPUT_SINKS_H
#include "output/csv.h"
#include "output/drain.h"
#include "output/sink.h"

typedef struct ek_sink_spec {
  const ek_table *table;
  ek_drain *arms[EK_MAX_ARMS]; unsigned n_arms;   /* >= 1; the drains stay the caller's */
  ek_drain *labels;                 /* labels.jsonl, of arm 0; NULL: none       */
  const char *const *step_names; unsigned n_steps;        /* for labels.jsonl   */
  enum ek_csv_style style; enum ek_quote quote; int header;        /* CSV alone */
} ek_sink_spec;

/* The spec is copied, what it points to is not. CSV headers are written here. Commit
 * tells the drains how many rows they hold.                                 */
ek_sink_target *ek_csv_sink_new(const ek_sink_spec *, ek_error *e);
ek_sink_target *ek_jsonl_sink_new(const ek_sink_spec *);
void ek_sink_free(ek_sink_target *);               /* NULL is fine              */

#endif
