/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/coldstart.h - new items: which they are, and whether they are found.
 *
 * The evaluation hides items, since real new ones have no events to test with. For test
 * fold f: the items whose id falls into fold f (the hash of users, taken of the item) lose
 * all their events: in training, and in the histories that are asked with. Test users are
 * those of fold f with n >= 2 events who have a hidden item among their newest tenth and at
 * least one event left in the oldest nine tenths. Candidates are the hidden items (with at
 * least one event) alone, relevant are those in the newest tenth; the metrics are those of
 * training.md 2, coverage is the share of the candidates. Over ten folds every item is
 * hidden once. Without labels all candidates tie, and the order of ids decides: what `base`
 * reaches here is chance.                                                    */
#ifndef EK_STAGE_LOCAL_COLDSTART_H
#define EK_STAGE_LOCAL_COLDSTART_H
#include "stage/local/skc.h"

#define EK_COLD_FEW 100               /* the service's least number; a warning here */

/* [items.n] 0/1: cold by the three parameters (training.md 3). count: training events, as
 * ek_skc.count; now: seconds, for relative_to_now. *n: how many.              */
uint8_t *ek_cold_items(const ek_events *, const uint32_t *count, const ek_coldstart *, int64_t now, uint32_t *n);

/* [items.n] 0/1: hidden in this fold. *n: how many. */
uint8_t *ek_cold_hidden(const ek_events *, unsigned fold, uint32_t *n);
/* The same users and items with the hidden items' events left out; ids and facts are those
 * of the original, which must live longer. Free with ek_events_view_free.     */
ek_events *ek_events_without(const ek_events *, const uint8_t *hidden);
void ek_events_view_free(ek_events *);

#endif
