/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/data.h - interactions and categories as the trainer wants them.
 *
 * Ids are interned by hash while they are read, then ordered by bytes: item index
 * 0..n_items-1 and user index 0..n_users-1 (training.md 2.1). A user's events are in
 * order of (time, line). 4 bytes an event, plus users' starts; no file is held whole.
 * Built by one thread, read-only and shared afterwards.                     */
#ifndef EK_STAGE_LOCAL_DATA_H
#define EK_STAGE_LOCAL_DATA_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "stage/stage.h"

typedef struct ek_ids { char *bytes; uint64_t *start; uint32_t n; } ek_ids;   /* id i: bytes[start[i] .. start[i+1]) */
static inline ek_str ek_id(const ek_ids *ids, uint32_t i)
{ ek_str s = { ids->bytes + ids->start[i], (size_t)(ids->start[i + 1] - ids->start[i]) }; return s; }
/* Binary search; UINT32_MAX when it is not there.                           */
uint32_t ek_ids_find(const ek_ids *, ek_str id);

#define EK_NO_TIME INT64_MIN

typedef struct ek_events {
  ek_ids items, users;
  uint64_t n;                       /* events                                   */
  uint32_t *item;                   /* [n], by user, in order of time           */
  uint64_t *start;                  /* [users.n + 1]                            */
  int64_t *first_seen;              /* [items.n]: time of the first event; INT64_MAX: none */
  int64_t *created;                 /* [items.n]: CREATION_TIMESTAMP of Items; EK_NO_TIME: none */
  int64_t newest;                   /* time of the newest event; INT64_MIN: none */
  uint8_t *in_catalogue;            /* [items.n]: stands in Items                */
  ek_data_facts facts;
} ek_events;

typedef struct ek_events_builder ek_events_builder;
ek_events_builder *ek_events_begin(void);
void ek_events_add(ek_events_builder *, ek_str user, ek_str item, int64_t time);   /* in line order */
void ek_events_add_item(ek_events_builder *, ek_str item);      /* of the Items data set */
void ek_events_add_item_created(ek_events_builder *, ek_str item, int64_t created);    /* with CREATION_TIMESTAMP */
/* Frees the builder. NULL and e: no events, more than 2^32-2 ids or events.  */
ek_events *ek_events_finish(ek_events_builder *, ek_error *e);
void ek_events_free(ek_events *);

/* Categories of the items, prepared by rule 9: the first max_cats distinct non-empty
 * values, values on >= 90 % of items dropped, idf_c = ln(N / df_c), rows of unit
 * length. Sparse both ways.                                                 */
typedef struct ek_categories {
  uint32_t n;                       /* values kept                              */
  char **names; double *idf;
  uint64_t *row; uint32_t *row_cat; double *row_w;     /* by item: row[i] .. row[i+1] */
  uint64_t *col; uint32_t *col_item; double *col_w;    /* by category, items ascending */
  uint32_t informative;             /* items with a row                         */
} ek_categories;

typedef struct ek_categories_builder ek_categories_builder;
ek_categories_builder *ek_categories_begin(const ek_events *, unsigned max_cats);
void ek_categories_add(ek_categories_builder *, ek_str item, ek_str cell);   /* "a|b|c"; unknown items are passed over */
ek_categories *ek_categories_finish(ek_categories_builder *);
void ek_categories_free(ek_categories *);

/* fold of a user id: training.md 2.3. 0..9.                                 */
unsigned ek_fold_of(ek_str user);

#endif
