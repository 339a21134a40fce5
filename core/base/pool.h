/* SPDX-License-Identifier: BSD-3-Clause */
/* base/pool.h - the only place where threads are made (architecture, decision 13).
 *
 * Workers run with all signals blocked, so that only the thread that waits sees
 * them. A body that returns, or is ended by pthread_exit in foreign code, counts
 * as ended.                                                                 */
#ifndef EK_BASE_POOL_H
#define EK_BASE_POOL_H
#include <stdint.h>
#include "base/error.h"

typedef struct ek_pool ek_pool;

/* Starts n >= 1 threads, each running body(arg, index). NULL and e on failure
 * (none is left running).                                                   */
ek_pool *ek_pool_start(unsigned n, void (*body)(void *arg, unsigned index), void *arg, ek_error *e);
/* Waits up to ms milliseconds for all bodies to end: 1 all ended, 0 not yet.
 * ms < 0: no limit. A signal does not end it: ask in short slices.            */
int ek_pool_wait(ek_pool *, int ms);
/* Joins and frees. All bodies must have ended or be about to.               */
void ek_pool_join(ek_pool *);
/* Leaves threads that will not end behind (a plugin that never returns): the
 * pool's memory stays theirs. The process must end soon after.              */
void ek_pool_abandon(ek_pool *);
/* Processors this process may use (affinity, cgroup quota rounded up), at least 1. */
unsigned ek_pool_processors(void);

#endif
