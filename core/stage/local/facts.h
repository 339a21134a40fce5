/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/facts.h - what the data are like: filled once, while times are still there. */
#ifndef EK_STAGE_LOCAL_FACTS_H
#define EK_STAGE_LOCAL_FACTS_H
#include "stage/local/data.h"

/* The time of each event, in the order of ek_events: only while building. Seconds from
 * base where all fit 32 bits, else as they are.                              */
typedef struct ek_times { int64_t base; int32_t *near; int64_t *far; } ek_times;
static inline int64_t ek_time_at(const ek_times *t, uint64_t k) { return t->far ? t->far[k] : t->base + t->near[k]; }
static inline void ek_time_set(ek_times *t, uint64_t k, int64_t time)
{ if (t->far) t->far[k] = time; else t->near[k] = (int32_t)(time - t->base); }

void ek_facts_fill(ek_events *, const ek_times *);

#endif
