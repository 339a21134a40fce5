/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/engine.h - records in, rows out: the block engine (architecture, decisions
 * 0 to 6).
 *
 * Workers take blocks in turn, parse them, decide duplicates in input order, run
 * the chain's steps, clean, merge and format into block-local buffers, and hand
 * these to the sink in input order. So output is byte-identical whatever the
 * number of threads, and memory is bounded by blocks x workers. Interactions and
 * users go the same way without steps.                                      */
#ifndef EK_CHAIN_ENGINE_H
#define EK_CHAIN_ENGINE_H
#include "catalog/input.h"
#include "catalog/table.h"
#include "chain/clean.h"
#include "chain/dedup.h"
#include "chain/merge.h"
#include "output/rejects.h"
#include "output/sink.h"
#include "plugin/instance.h"

typedef struct ek_step { const ek_step_settings *settings; ek_instance *instance; } ek_step;

/* A named subset of the steps. Arm 0 is always the whole chain. */
typedef struct ek_arm { const char *name; uint64_t steps; const ek_merge_settings *merge; } ek_arm;

typedef struct ek_chain {
  ek_step *steps; unsigned n_steps;
  ek_arm *arms; unsigned n_arms;              /* >= 1                           */
  const ek_cleaner *cleaner;
} ek_chain;

#define EK_MAX_METERS 8u
/* Counts by size: bucket i of 2^(i/4) ms, so that a quantile is right to 19 %. */
typedef struct ek_latency { uint64_t n, counts[80]; int64_t max_ns; } ek_latency;
void ek_latency_add(ek_latency *, int64_t ns);
void ek_latency_merge(ek_latency *into, const ek_latency *from);
double ek_latency_ms(const ek_latency *, double quantile);       /* 0.5, 0.95; 0 when empty */

typedef struct ek_step_stats {                /* configuration.md section 6     */
  uint64_t items, labels, none, skipped, failed, not_asked, not_done, retries;
  uint64_t ns;                                /* in the plugin, all threads     */
  /* Of steps that leave the machine. */
  uint64_t calls, cache_hits, throttled;      /* requests sent; answers found   */
  uint64_t units[EK_MAX_METERS];              /* charged in this run, by meter  */
  int64_t spent_nano, before_nano;            /* in this run; by earlier ones of the folder */
  ek_latency latency;                         /* of requests that were answered */
  /* Of a plan. */
  uint64_t with_picture, addresses, unknown;  /* items; distinct addresses; whose bytes are not known */
  uint64_t would_call, would_units[EK_MAX_METERS];
  int64_t would_spend_nano;
} ek_step_stats;

typedef struct ek_arm_stats { uint64_t enriched, no_labels, skipped, labels; } ek_arm_stats;

typedef struct ek_file_stats {                /* one input file                 */
  uint64_t in;                                /* records read from it           */
  ek_input_file file;                         /* as known at the end; texts owned */
} ek_file_stats;

/* One set a run, and inside the engine one a worker and block. */
typedef struct ek_stats {
  uint64_t in, enriched, no_labels, skipped, rejected, duplicates, not_done, written, kept_failures;
  uint64_t repaired;                          /* invalid UTF-8 sequences replaced */
  ek_step_stats steps[EK_MAX_STEPS];
  ek_arm_stats arms[EK_MAX_ARMS];
  ek_clean_counts clean;
  uint64_t cut_by_max_labels, cut_by_max_chars;
  uint64_t picked[64][32];                    /* slot, path: where values came from */
  uint64_t nulled[128];                       /* by column                      */
  ek_file_stats *files; size_t n_files;
  struct { const char *reason; uint64_t n; } reasons[24]; unsigned n_reasons;
  struct ek_label_counts *labels;             /* distinct labels of arm 0; may be NULL */
} ek_stats;

/* Distinct labels with counts, for report.json. Bounded: past 1,000,000 distinct
 * values new ones are counted together.                                     */
typedef struct ek_label_counts ek_label_counts;
ek_label_counts *ek_label_counts_new(void);
void ek_label_counts_free(ek_label_counts *);
void ek_label_counts_clear(ek_label_counts *);              /* for the next block */
/* item: any number that differs from item to item (not UINT64_MAX): a value that
 * an item has twice counts once.                                            */
void ek_label_counts_add(ek_label_counts *, ek_str name, uint64_t item);
/* Adds what another has (a block's, whose items are its own). Merged in input
 * order, the result does not depend on threads.                             */
void ek_label_counts_merge(ek_label_counts *into, const ek_label_counts *from);
size_t ek_label_counts_distinct(const ek_label_counts *);
size_t ek_label_counts_singletons(const ek_label_counts *);
uint64_t ek_label_counts_others(const ek_label_counts *);   /* counted together   */
/* The n most frequent, ties by bytes. Returns how many.                     */
typedef struct ek_label_count { ek_str name; uint64_t items; } ek_label_count;
size_t ek_label_counts_top(const ek_label_counts *, ek_label_count *out, size_t n);

enum ek_run_end {
  EK_END_DONE, EK_END_FAILED, EK_END_REJECTS, EK_END_INTERRUPTED,
  EK_END_BUDGET,                              /* a budget is reached: what is paid for is kept, status 4 */
  EK_END_STOPPED                              /* network gone, credentials expired: the error says; status 4 */
};
/* Why a budget ended a run: message 16 of configuration.md.                 */
typedef struct ek_budget_end { int step; /* -1: run.budget */ int64_t spent_nano, budget_nano; char currency[4]; } ek_budget_end;

typedef struct ek_engine_spec {
  const ek_paths *inputs;
  ek_input_options input;
  const ek_projection *projection;
  const ek_table *table;
  const ek_chain *chain;                      /* NULL: no steps                 */
  enum ek_duplicates duplicates;              /* ignored for interactions       */
  enum ek_no_labels no_labels;
  unsigned threads;
  uint64_t limit;                             /* 0: all                         */
  double max_reject_share; int64_t max_reject_count;  /* share < 0: by count    */
  ek_sink_target *sink;                       /* NULL: judge only               */
  /* Rejects in input order, as JSON lines; called by one thread at a time.
   * NULL: counted only.                                                       */
  int (*reject)(void *arg, const char *lines, size_t len, ek_error *e);
  void *reject_arg;
  int count_labels;
  const char *stage, *noun;                   /* "enrich", "items", for progress; stage NULL: quiet */
  /* Set by a signal handler: 0 go on, 1 stop cleanly. May be NULL.            */
  const volatile int *stop;
  /* Steps that leave the machine (instance->network) go through a window of items in
   * flight, with a pool of workers each (chain/lane.h).                       */
  const ek_services *services;
  unsigned window;                            /* items in flight                */
  const ek_budget *run_budget;                /* NULL: none                     */
  unsigned image_workers; const ek_rate *image_rate;
  ek_budget_end *budget_end;                  /* out, with EK_END_BUDGET; may be NULL */
  int64_t gone_ns;                            /* when nobody has answered for so long the network is gone; 0: a minute */
  int plan;                                   /* nothing is asked: network steps are estimated (would_*) */
} ek_engine_spec;

/* Runs to the end. 0: stats say it all and *end how it ended (DONE, REJECTS,
 * INTERRUPTED, BUDGET with *budget_end, STOPPED with e); -1: e (damaged input, disk full, on_error: stop, EK_FATAL), stats as
 * far as it came. stats must be zeroed; ek_stats_clear frees.               */
int ek_engine_run(const ek_engine_spec *, ek_stats *stats, enum ek_run_end *end, ek_error *e);
void ek_stats_clear(ek_stats *);

#endif
