/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/lane.h - the network lane: items in flight between reader and writer.
 *
 * When a chain has a step that leaves the machine, a block is not worked through by
 * the thread that parsed it. Its units go, in input order, through a bounded window; each
 * step has a queue, a heap of those that wait for another try, and its own pool of
 * workers; pictures have a pool of their own, so fetching and asking overlap. A block that has
 * all its units back is finished (merge, format) and committed in input order. Blocks
 * in flight are bounded by the window and by 64 MiB of input, which is the
 * back-pressure on the reader. A plugin emits into an arena of the thread that called it;
 * labels are taken over and cleaned under the block's lock.
 *
 * A stop cancels calls, but for half a second more it lets those end that may already have been
 * paid for; units that were not done are NOT_DONE, and nothing of what was paid for is
 * lost: the exchange cache has it.                                          */
#ifndef EK_CHAIN_LANE_H
#define EK_CHAIN_LANE_H
#include "chain/internal.h"
#include "chain/money.h"
#include "chain/rate.h"

typedef struct ek_lane ek_lane;
/* 1: the chain has a step that goes through the lane.                       */
int ek_lane_needed(const ek_chain *);
/* Starts all pools and sets run->lane. NULL and e.                          */
ek_lane *ek_lane_new(ek_run *, ek_error *e);
/* Hands over a parsed and ordered block, having run the steps in front of the first that leaves the
 * machine. Blocks while the window is full, and not when the run ends: units that were not begun are
 * NOT_DONE then. The lane owns w until it comes back from ek_lane_take.       */
void ek_lane_put(ek_lane *, ek_worker *w);
/* The next free block context, waiting for one if too many are in flight. NULL: the run ends. */
ek_worker *ek_lane_take(ek_lane *);
/* One that was taken and not put.                                           */
void ek_lane_give_back(ek_lane *, ek_worker *w);
/* No more blocks come. Waits for all in slices of ms: 1 all are committed, 0 not yet. */
int ek_lane_drain(ek_lane *, int ms);
/* The run has been stopped or closed: everybody looks up.                   */
void ek_lane_wake(ek_lane *);
/* Nothing is committed any more: a block may never come.                    */
void ek_lane_break(ek_lane *);
/* Units that are through, of all that were put: for progress.               */
uint64_t ek_lane_settled(const ek_lane *);
/* "1.19 USD  6 throttled  1,204 calls  40 from the cache": for progress.      */
void ek_lane_tell(ek_lane *, ek_text *out);
/* After drain: adds its counters to the run's. After the grace period (abandon): threads are
 * left behind, with all that they use.                                      */
void ek_lane_free(ek_lane *, int abandon);

#endif
