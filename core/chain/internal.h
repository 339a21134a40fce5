/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/internal.h - what the files of the engine share, and nobody else.   */
#ifndef EK_CHAIN_INTERNAL_H
#define EK_CHAIN_INTERNAL_H
#include <pthread.h>
#include <stdatomic.h>
#include "chain/engine.h"

/* A place that blocks pass one at a time, in order of their sequence number. */
typedef struct ek_turnstile { pthread_mutex_t lock; pthread_cond_t moved; uint64_t next; int open; } ek_turnstile;

void ek_turnstile_init(ek_turnstile *);
void ek_turnstile_destroy(ek_turnstile *);
/* Waits for seq's turn: 1, or 0 when the turnstile was thrown open.         */
int ek_turnstile_enter(ek_turnstile *, uint64_t seq);
void ek_turnstile_leave(ek_turnstile *, uint64_t seq);
/* The run has ended: nobody's turn comes any more.                          */
void ek_turnstile_throw_open(ek_turnstile *);

typedef struct ek_run {
  const ek_engine_spec *spec;
  ek_input *input;
  ek_dedup *dedup;
  int collect_last;                 /* first pass of `duplicates: last`        */
  pthread_mutex_t input_lock;
  ek_turnstile order, write;        /* duplicates and limit; sink and totals   */
  atomic_int stopping;              /* interrupted or failed: calls are cancelled, no more is taken */
  int input_ended;                  /* under input_lock                        */
  atomic_int limit_reached;         /* set under `order`                       */
  atomic_uint_fast64_t done, rejects;   /* for progress                        */
  atomic_uint_fast64_t taken;           /* records parsed and ordered          */
  struct ek_lane *lane;             /* NULL: all steps are inline              */
  struct ek_plan *plan;             /* of a plan, else NULL                    */
  atomic_int_fast64_t stop_ns;      /* when stopping was set; 0: not yet       */
  atomic_int closing;               /* enum ek_run_end BUDGET or STOPPED: nothing new begins, what runs is finished */

  /* Under `order`. */
  uint64_t ordinal;                 /* records seen so far                     */
  uint64_t lines; unsigned lines_file;

  /* Under `write`. */
  ek_stats *stats;
  int judged;                       /* record 1,000 has passed                 */

  /* How it ended: the first to say so wins. */
  pthread_mutex_t end_lock;
  enum ek_run_end end; ek_error error;
  ek_error closing_error;           /* with closing STOPPED                    */
  atomic_int ended;
} ek_run;

#define EK_JUDGE_AT 1000u           /* run.max_rejects: judged at exactly this record */

typedef struct ek_worker {
  ek_run *run;
  ek_block block;
  ek_parser *parser;
  ek_arena arena;
  ek_unit *units; size_t n, cap;
  uint64_t *hashes; size_t hash_cap;
  ek_text streams[EK_SINK_STREAMS], rejects;
  ek_stats stats;                   /* of the part of the block in hand        */
  ek_label_counts *labels;
  ek_call *calls; ek_sink *sinks; ek_item *items; size_t batch_cap;
  uint64_t random;                  /* jitter only: never decides what is written */
  uint64_t newlines;                /* of the whole block                      */
  uint64_t first_ordinal;           /* of units[0]                             */
  int fatal; ek_error error;        /* a step stopped the run in this block    */
  const ek_unit *fatal_unit;        /* at this unit, the first of the block    */

  /* In the network lane, where a block is not bound to a thread (chain/lane.h). Whoever touches units'
   * results, arena or stats holds lock; a unit's fields may be read without.  */
  pthread_mutex_t lock;
  struct ek_worker *next;           /* of the blocks in flight, or free        */
  size_t pending, front;            /* units in flight, and those of them before split; under the lane's lock */
  size_t split; ek_stats *tail;     /* units[split ..) are committed by themselves: counted in tail */
  int half;                         /* units[.. split) are committed            */
  char *base;                       /* folder of the file, for local pictures; NULL: none */
} ek_worker;

/* block.c */
void ek_worker_init(ek_worker *, ek_run *, unsigned index);
void ek_worker_clear(ek_worker *);
void ek_block_parse(ek_worker *);                            /* in parallel     */
void ek_block_order(ek_worker *);                            /* under `order`   */
void ek_block_base(ek_worker *);         /* sets base                           */
void ek_block_enrich(ek_worker *, size_t from, size_t to);   /* in parallel     */
void ek_block_format(ek_worker *, size_t from, size_t to);   /* its second half: accounts, merge, format */
size_t ek_block_split(const ek_worker *);  /* units that are committed by themselves, for EK_JUDGE_AT; else n */
int ek_block_commit(ek_worker *);  /* what was enriched last, under `write`: 0, -1 the run ends */
/* steps.c: runs steps [first .. last) of the chain on units[from .. to). */
void ek_steps_run(ek_worker *, unsigned first, unsigned last, size_t from, size_t to);
/* Arms whose `when` lets this step look at the unit; bit 0 is the whole chain. */
uint32_t ek_steps_arms(const ek_chain *, unsigned step, const ek_unit *);
/* The labels of a call that was EK_OK become the unit's, cleaned. */
void ek_steps_take(ek_worker *, ek_clean_counts *, unsigned step, ek_unit *, uint32_t arms, const ek_sink *);
/* The step has failed on this unit for good. */
void ek_steps_fail(ek_worker *, unsigned step, ek_unit *, const ek_call *, const char *reason, unsigned attempts);
/* The run cannot go on: the first such unit of the block is what the error tells. */
void ek_steps_stop(ek_worker *, unsigned step, const ek_unit *, const ek_call *, const char *code);
int64_t ek_steps_delay(uint64_t *random, const ek_step_settings *, const ek_call *, unsigned attempt);
/* What EK_CANCELLED means when nobody stopped the run: the deadline. */
void ek_steps_late(ek_call *, const ek_step_settings *);
unsigned ek_steps_batch(const ek_step *);                    /* items a call; 1: enrich() */
/* engine.c: the run ends so; no more blocks are taken. e: for FAILED, else NULL. */
void ek_run_end(ek_run *, enum ek_run_end, const ek_error *e);
void ek_run_stop(ek_run *);       /* calls are cancelled, no more is taken; how it ends is told later */
/* BUDGET or STOPPED (with e): no more is taken or begun, what is under way is finished. The first says so. */
void ek_run_close(ek_run *, enum ek_run_end, const ek_error *e);
/* A plugin has ended one of the host's threads. */
void ek_run_lost_thread(ek_run *);
/* stats.c */
/* More rejects than run.max_rejects allows.                                 */
int ek_stats_too_many(const ek_stats *, const ek_engine_spec *);
void ek_stats_add(ek_stats *into, const ek_stats *from, const ek_engine_spec *);
void ek_stats_zero(ek_stats *, const ek_engine_spec *);      /* what ek_stats_add reads */
void ek_step_stats_add(ek_step_stats *into, const ek_step_stats *from);
void ek_stats_reason(ek_stats *, const char *reason, uint64_t n);
/* lane_plan.c: a step that leaves the machine is not asked, but what it would ask is counted. */
struct ek_plan *ek_plan_new(void);
void ek_plan_free(struct ek_plan *);
void ek_plan_step(ek_worker *, unsigned step, size_t from, size_t to);

#endif
