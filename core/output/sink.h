/* SPDX-License-Identifier: BSD-3-Clause */
/* output/sink.h - where finished records go. The chain calls it, output/ implements
 * it (CSV, JSON lines); the live commands have one of their own (command/put_sink.c).
 *
 * Two halves, so that formatting runs on all workers and writing keeps input
 * order: format() appends a record's bytes to block-local buffers, on any
 * thread; commit() takes a block's buffers, one block at a time, in order.  */
#ifndef EK_OUTPUT_SINK_H
#define EK_OUTPUT_SINK_H
#include "base/text.h"
#include "plugin/item.h"

typedef struct ek_value {         /* one value of the merged list               */
  ek_str text; const ek_tag *tag; /* whose label it is or whose parent          */
  uint8_t parent;                 /* it is a parent of tag                      */
  uint8_t removed;                /* enum ek_removed: 0 in the cell             */
} ek_value;

typedef struct ek_merged {
  ek_value *values; size_t n;     /* in order, removed ones included, in the arena; not
                                   * those that floor or cleaning took before  */
  size_t n_in;                    /* how many reach the cell                    */
  uint8_t cut_labels, cut_chars;
} ek_merged;

typedef struct ek_arm_cell {      /* what the merge made of a unit in one arm   */
  const ek_str *values; size_t n; /* in the cell                                */
  const ek_merged *merged; /* the whole story, for labels.jsonl; may be NULL */
} ek_arm_cell;

#define EK_SINK_STREAMS 36u       /* one an arm, and a few                      */

typedef struct ek_sink_target ek_sink_target;
struct ek_sink_target {
  unsigned n_streams;
  int needs_story;                /* wants ek_arm_cell.merged                   */
  int needs_origin;               /* wants ek_unit.origin                       */
  /* unit has cells and state ALIVE; arms[0 .. n_arms-1].                      */
  void (*format)(const ek_sink_target *, const ek_unit *unit, const ek_arm_cell *arms,
                 unsigned n_arms, ek_text *streams);
  int (*commit)(ek_sink_target *, const ek_text *streams, uint64_t rows, ek_error *e);
};

#endif
