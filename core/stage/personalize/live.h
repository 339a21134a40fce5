/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/personalize/live.h - PutItems, PutUsers, PutEvents: records into the account as they come.
 *
 * Batches of at most max_batch (10), within the published sizes (facts, 3.3) and `rate` calls a second; a batch
 * goes when it is full or max_wait after its first record. What is refused is given back with its reason; when
 * one record spoils a batch it is found by halving. Throttles and transient faults are tried again.
 * Any thread may add; one at a time.                                        */
#ifndef EK_STAGE_PERSONALIZE_LIVE_H
#define EK_STAGE_PERSONALIZE_LIVE_H
#include "stage/stage.h"

typedef struct ek_live ek_live;
typedef struct ek_column_value { const char *name; ek_str value; int is_null; enum ek_column_type type; } ek_column_value;
typedef struct ek_live_record {
  ek_str id;                         /* item or user; of an event: the user       */
  const ek_column_value *columns; size_t n;    /* schema names and values, as in the CSV; null: absent */
  uint64_t tag;                      /* the caller's                             */
} ek_live_record;
enum ek_live_kind { EK_LIVE_ITEMS, EK_LIVE_USERS, EK_LIVE_EVENTS };
/* refused: called from add, tick or close, with the record's tag and why. NULL and e: no data set, no event
 * tracker (events need its trackingId: found by the group, or made).        */
ek_live *ek_live_open(const ek_account *, enum ek_live_kind, void (*refused)(void *arg, uint64_t tag, const char *why, int http,
                      const char *code), void *arg, ek_error *e);
int ek_live_add(ek_live *, const ek_live_record *, ek_error *e);      /* copies; may send     */
int ek_live_tick(ek_live *, ek_error *e);                             /* sends what has waited long enough */
int ek_live_close(ek_live *, uint64_t *sent, uint64_t *calls, ek_error *e);    /* sends the rest; frees */

#endif
