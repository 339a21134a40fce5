/* SPDX-License-Identifier: BSD-3-Clause */
/* plugin/item.h - the item that travels, with its labels and outcomes
 * (architecture, decision 0), and the small view of it that a plugin gets.
 *
 * Everything is borrowed from one block and its arena while inline. One worker
 * at a time touches a unit.                                                 */
#ifndef EK_PLUGIN_ITEM_H
#define EK_PLUGIN_ITEM_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "base/arena.h"
#include "catalog/parser.h"
#include "catalog/table.h"

#define EK_MAX_ARMS 32u           /* bit 0 is the whole chain                  */
#define EK_MAX_STEPS 64u

enum ek_outcome {                 /* of one step for one item                  */
  EK_OUT_NOT_ASKED,               /* by `when`, or rejected before, or run ended */
  EK_OUT_LABELS, EK_OUT_NONE, EK_OUT_SKIPPED,
  EK_OUT_FAILED,                  /* on_error decides what becomes of the item */
  EK_OUT_NOT_DONE                 /* the run was stopping                      */
};

/* Why a label is not in the cell; 0: it is. The clean steps come in clean's order. */
enum ek_removed {
  EK_IN = 0, EK_RM_CONTROL, EK_RM_ENTITIES, EK_RM_TAGS, EK_RM_WHITESPACE, EK_RM_BAR,
  EK_RM_ALIASES, EK_RM_STOP, EK_RM_MAX_LENGTH, EK_RM_SENTENCES,
  EK_RM_NEIGHBOURS, EK_RM_CASE_DUPLICATES, EK_RM_FLOOR, EK_RM_MERGE, EK_RM_N
};
extern const char *const ek_removed_names[EK_RM_N];     /* "control", ... "merge" */

/* One label as a step emitted it, and what cleaning made of it. */
typedef struct ek_tag ek_tag;
struct ek_tag {
  ek_tag *next;
  ek_str name;                    /* as emitted                                */
  double confidence;              /* 0..1, negative: none                      */
  const ek_str *parents; size_t n_parents;   /* as emitted, nearest first       */
  ek_str scheme, ref;
  const ek_str *clean; size_t n_clean;       /* after cleaning; `bar: split` makes more than one */
  uint32_t arms;                  /* arms in which its step applied            */
  uint16_t step;
  uint8_t removed;                /* enum ek_removed: by floor or cleaning     */
};

typedef struct ek_reject_info {   /* filled where something went wrong          */
  struct ek_reject_info *next;    /* a unit may fail in several steps with `continue` */
  const char *reason;             /* static: "plugin_error", "bad_record", ...  */
  ek_str message;                 /* in the arena                               */
  int step;                       /* -1: the reader                             */
  int attempts, http; ek_str code;
} ek_reject_info;

enum ek_unit_state { EK_UNIT_ALIVE, EK_UNIT_REJECTED, EK_UNIT_DUPLICATE, EK_UNIT_NOT_DONE,
                     EK_UNIT_BEYOND /* --limit: never read, not counted */ };

typedef struct ek_origin_of {     /* where a record stood, for a sink that may have to give it back */
  const char *file; uint64_t line, offset;
  ek_str input;                   /* empty when it is over-long                */
} ek_origin_of;

typedef struct ek_unit {
  ek_str id;
  const ek_field *fields;         /* by slot of the projection                  */
  ek_cell *cells;                 /* by column of the table                     */
  ek_tag *first, *last;           /* labels in order of emission                */
  uint8_t *outcomes;              /* enum ek_outcome, one a step                */
  ek_reject_info *reject;         /* state REJECTED, or a failure that was kept  */
  ek_span span;                   /* in its block                               */
  uint8_t state;                  /* enum ek_unit_state                         */
  const ek_origin_of *origin;     /* while a sink formats that needs it; else NULL */
} ek_unit;

/* The plugin's view. One a worker and step, pointed at one unit after another. */
typedef struct ek_instance ek_instance;      /* plugin/instance.h               */
struct ek_item { const ek_unit *unit; const ek_instance *instance; ek_arena *arena; };

/* Where a call's labels go: appended to the unit only when the call is EK_OK
 * (rule O5), so a sink keeps its own list until then.                       */
struct ek_sink {
  ek_arena *arena;
  ek_call *call;                  /* notes why a label was refused              */
  ek_tag *first, *last; size_t n;
};

#endif
