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

  /* Under `order`. */
  uint64_t ordinal;                 /* records seen so far                     */
  uint64_t lines; unsigned lines_file;

  /* Under `write`. */
  ek_stats *stats;
  int judged;                       /* record 1,000 has passed                 */

  /* How it ended: the first to say so wins. */
  pthread_mutex_t end_lock;
  enum ek_run_end end; ek_error error;
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
} ek_worker;

/* block.c */
void ek_worker_init(ek_worker *, ek_run *, unsigned index);
void ek_worker_clear(ek_worker *);
void ek_block_parse(ek_worker *);                            /* in parallel     */
void ek_block_order(ek_worker *);                            /* under `order`   */
void ek_block_enrich(ek_worker *, size_t from, size_t to);   /* in parallel     */
int ek_block_commit(ek_worker *);  /* what was enriched last, under `write`: 0, -1 the run ends */
/* steps.c: runs the chain on units[from .. to). */
void ek_steps_run(ek_worker *, size_t from, size_t to);
/* engine.c: the run ends so; no more blocks are taken. e: for FAILED, else NULL. */
void ek_run_end(ek_run *, enum ek_run_end, const ek_error *e);
/* stats.c */
/* More rejects than run.max_rejects allows.                                 */
int ek_stats_too_many(const ek_stats *, const ek_engine_spec *);
void ek_stats_add(ek_stats *into, const ek_stats *from, const ek_engine_spec *);
void ek_stats_zero(ek_stats *, const ek_engine_spec *);      /* what ek_stats_add reads */
void ek_stats_reason(ek_stats *, const char *reason, uint64_t n);

#endif
