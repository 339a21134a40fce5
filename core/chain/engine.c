/* SPDX-License-Identifier: BSD-3-Clause */
/* Workers, the thread that waits for them, and the end of a run.            */
#include "chain/engine.h"
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/progress.h"
#include "chain/lane.h"

#define GRACE_MS 10000              /* rule C2: then the host stops waiting for a call */

void
ek_run_end(ek_run *run, enum ek_run_end end, const ek_error *e)
{
  pthread_mutex_lock(&run->end_lock);
  if (!atomic_load(&run->ended)) {
    run->end = end;
    if (e)
      run->error = *e;
    atomic_store(&run->ended, 1);
  }
  pthread_mutex_unlock(&run->end_lock);
  ek_run_stop(run);
}

void
ek_run_stop(ek_run *run)
{
  int_fast64_t never = 0;
  atomic_compare_exchange_strong(&run->stop_ns, &never, ek_monotonic_ns());
  atomic_store(&run->stopping, 1);
  if (run->lane)
    ek_lane_wake(run->lane);
}

void
ek_run_close(ek_run *run, enum ek_run_end end, const ek_error *e)
{
  pthread_mutex_lock(&run->end_lock);
  if (!atomic_load(&run->closing)) {
    if (e)
      run->closing_error = *e;
    atomic_store(&run->closing, (int)end);
  }
  pthread_mutex_unlock(&run->end_lock);
  if (run->lane)
    ek_lane_wake(run->lane);
}

void
ek_run_lost_thread(ek_run *run)
{
  ek_error e;
  ek_fail(&e, EK_EXIT_FAILED, "thread_ended",
          "a plugin ended one of the host's threads (pthread_exit); the run cannot go on");
  ek_help(&e, "a plugin must return from enrich(); see rule T16 in enrichkit-plugin(3)");
  ek_run_end(run, EK_END_FAILED, &e);
  ek_turnstile_throw_open(&run->order);
  ek_turnstile_throw_open(&run->write);
  if (run->lane)
    ek_lane_break(run->lane);
}

/* 1 a block, 0 nothing more. A read error takes its turn behind the good blocks, so
 * that what comes before it is counted and the message does not depend on threads. */
static int
take_block(ek_worker *w, ek_error *e)
{
  ek_run *run = w->run;
  int r = 0;
  pthread_mutex_lock(&run->input_lock);
  if (!atomic_load(&run->stopping) && !atomic_load(&run->closing) && !run->input_ended &&
      !atomic_load(&run->limit_reached)) {
    r = ek_input_next(run->input, &w->block, e);
    run->input_ended = r <= 0;      /* the others finish what they have: nothing is cancelled */
  }
  pthread_mutex_unlock(&run->input_lock);
  return r;
}

static int
finish_block(ek_worker *w)
{
  ek_run *run = w->run;
  size_t split = ek_block_split(w);
  int r;

  ek_block_enrich(w, 0, split);
  if (!ek_turnstile_enter(&run->write, w->block.seq))
    return -1;
  r = ek_block_commit(w);
  if (r == 0 && split < w->n) {
    ek_stats_zero(&w->stats, run->spec);
    ek_block_enrich(w, split, w->n);
    r = ek_block_commit(w);
  }
  if (r < 0)
    ek_turnstile_throw_open(&run->write);
  else
    ek_turnstile_leave(&run->write, w->block.seq);
  return r;
}

static int
prepare_block(ek_worker *w)
{
  ek_run *run = w->run;

  ek_stats_zero(&w->stats, run->spec);
  ek_arena_reset(&w->arena);
  ek_block_parse(w);
  if (!ek_turnstile_enter(&run->order, w->block.seq))
    return -1;
  ek_block_order(w);
  ek_turnstile_leave(&run->order, w->block.seq);
  return 0;
}

static int
work_on_block(ek_worker *w)
{
  if (prepare_block(w) < 0)
    return -1;
  return w->run->collect_last ? 0 : finish_block(w);
}

typedef struct team {
  ek_run *run;
  ek_worker *workers;               /* NULL: blocks are the lane's             */
  struct feeder *feeders;           /* then                                    */
  ek_error read_error;              /* the input gives at most one             */
  ek_block failed;                  /* whose turn it would have been; borrowed */
  atomic_int read_failed;
} team;

/* A plugin that ends the host's thread (pthread_exit) loses its item; the run says so. */
static void
thread_was_ended(void *arg)
{
  ek_run_lost_thread(arg);
}

static void
note_read_error(team *t, const ek_block *failed, const ek_error *e)
{
  t->read_error = *e;
  t->failed = *failed;
  atomic_store(&t->read_failed, 1);
}

static void
work(void *arg, unsigned index)
{
  team *t = arg;
  ek_worker *w = &t->workers[index];
  ek_error e = { 0 };
  int r;

  pthread_cleanup_push(thread_was_ended, t->run);
  while ((r = take_block(w, &e)) > 0)
    if (work_on_block(w) < 0)
      break;
  if (r < 0)
    note_read_error(t, &w->block, &e);
  pthread_cleanup_pop(0);
}

/* Reads and parses for the lane; blocks are not bound to a thread. */
typedef struct feeder { ek_run *run; ek_worker *in_hand; } feeder;

static void
feeder_was_ended(void *arg)
{
  feeder *f = arg;
  ek_run_lost_thread(f->run);
  if (f->in_hand)
    ek_lane_give_back(f->run->lane, f->in_hand);
}

static void
feed(void *arg, unsigned index)
{
  team *t = arg;
  feeder *f = &t->feeders[index];
  ek_lane *lane = t->run->lane;
  ek_worker *w;
  ek_error e = { 0 };
  int r = 1;

  pthread_cleanup_push(feeder_was_ended, f);
  while (r > 0 && (w = ek_lane_take(lane)) != NULL) {
    f->in_hand = w;
    r = take_block(w, &e);
    if (r < 0)
      note_read_error(t, &w->block, &e);
    if (r > 0 && prepare_block(w) == 0)
      ek_lane_put(lane, w);
    else
      ek_lane_give_back(lane, w);
    f->in_hand = NULL;
  }
  pthread_cleanup_pop(0);
}

/* A block is committed long after it was read, and may be all of the input: what counts is units. */
static void
lane_progress(ek_run *run, ek_progress_state *s)
{
  uint64_t read = atomic_load_explicit(&run->taken, memory_order_relaxed);
  s->done = ek_lane_settled(run->lane);
  if (read)
    s->bytes = (uint64_t)((double)s->bytes * (double)(s->done < read ? s->done : read) / (double)read);
}

static void
show_progress(ek_run *run, int last)
{
  ek_progress_state s = { .stage = run->spec->stage, .noun = run->spec->noun };
  if (!s.stage || run->collect_last)
    return;
  s.done = atomic_load(&run->done);
  s.rejects = atomic_load(&run->rejects);
  ek_input_progress(run->input, &s.bytes, &s.total_bytes);
  ek_text note = { 0 };
  if (run->lane) {
    ek_lane_tell(run->lane, &note);
    s.note = ek_text_c(&note);
  }
  if (run->lane && !last)
    lane_progress(run, &s);
  if (last)
    ek_progress_finish(&s);
  else
    ek_progress_update(&s);
  ek_text_free(&note);
}

/* All threads have come to their end, and all blocks to theirs. In the lane a stop has a second in all. */
static int
all_done(ek_run *run, ek_pool *pool)
{
  int slice = run->lane ? 40 : 100;
  return ek_pool_wait(pool, slice) && (!run->lane || ek_lane_drain(run->lane, slice));
}

/* Waits for the workers. 0, or -1 when they do not come to an end after a stop. */
static int
supervise(ek_run *run, ek_pool *pool)
{
  const volatile int *stop = run->spec->stop;
  int told = 0, interrupted = 0;

  while (!all_done(run, pool)) {
    show_progress(run, 0);
    if (stop && *stop && !told) {
      told = 1;
      ek_run_stop(run);
    }
    /* Who waits for input that does not come would wait for good. */
    if (!interrupted && (atomic_load(&run->stopping) || atomic_load(&run->closing))) {
      interrupted = 1;
      ek_input_interrupt(run->input);
    }
    int64_t since = atomic_load(&run->stop_ns);
    if (since && ek_monotonic_ns() - since >= GRACE_MS * INT64_C(1000000))
      return -1;
  }
  if (stop && *stop)
    ek_run_end(run, EK_END_INTERRUPTED, NULL);
  if (atomic_load(&run->closing))
    ek_run_end(run, (enum ek_run_end)atomic_load(&run->closing), &run->closing_error);
  return 0;
}

static void
copy_files(ek_run *run)
{
  ek_stats *s = run->stats;
  for (size_t i = 0; i < s->n_files; i++) {
    const ek_input_file *f = ek_input_file_at(run->input, i);
    s->files[i].file = *f;
    s->files[i].file.path = ek_mem_strdup(f->path);
    s->files[i].file.name = ek_mem_strdup(f->name);
    s->files[i].file.header = NULL;
    s->files[i].file.n_header = 0;
  }
}

/* The reader counts lines from the block where it failed, and knows nothing of records. All blocks before are
 * committed by now. */
static void
complete_read_error(const ek_run *run, const ek_block *failed, ek_error *e)
{
  if (e->line && failed->file && failed->file_index == run->lines_file)
    e->line += run->lines;
  if (!run->collect_last)
    ek_input_records_read(e, run->stats->in);
}

static void
end_team(team *t, unsigned n)
{
  ek_run *run = t->run;
  /* What is damaged behind the limit does not count, whether a worker came upon it or not. */
  if (atomic_load(&t->read_failed) && !atomic_load(&run->limit_reached) && strcmp(t->read_error.code, "interrupted") != 0) {
    complete_read_error(run, &t->failed, &t->read_error);
    ek_run_end(run, EK_END_FAILED, &t->read_error);
  }
  show_progress(run, 1);
  for (unsigned i = 0; t->workers && i < n; i++) {
    if (run->stats->labels && t->workers[i].labels)
      ek_label_counts_merge(run->stats->labels, t->workers[i].labels);
    ek_worker_clear(&t->workers[i]);
  }
  free(t->workers);
  free(t->feeders);
  free(t);
  if (run->lane) {
    ek_lane *lane = run->lane;
    run->lane = NULL;
    ek_lane_free(lane, 0);
  }
}

static int
never_returned(ek_error *e)
{
  return ek_fail(e, EK_EXIT_FAILED, "call_never_returned",
                 "a plugin did not return within %d s after the run was stopped; its item is not done",
                 GRACE_MS / 1000);
}

static int
uses_lane(const ek_run *run)
{
  return !run->collect_last && !run->plan && run->spec->chain && ek_lane_needed(run->spec->chain);
}

/* One pass over the input. -1: threads are left behind, and all that they use. */
static int
run_pass(ek_run *run, ek_error *e)
{
  unsigned n = run->spec->threads ? run->spec->threads : 1;
  team *t = ek_mem_zero(1, sizeof *t);
  ek_error cannot;
  ek_pool *pool = NULL;

  t->run = run;
  if (uses_lane(run)) {
    t->feeders = ek_mem_zero(n, sizeof *t->feeders);
    for (unsigned i = 0; i < n; i++)
      t->feeders[i].run = run;
    if (ek_lane_new(run, &cannot))
      pool = ek_pool_start(n, feed, t, &cannot);
  } else {
    t->workers = ek_mem_zero(n, sizeof *t->workers);
    for (unsigned i = 0; i < n; i++)
      ek_worker_init(&t->workers[i], run, i);
    pool = ek_pool_start(n, work, t, &cannot);
  }
  if (!pool)
    ek_run_end(run, EK_END_FAILED, &cannot);
  else if (supervise(run, pool) < 0) {
    ek_pool_abandon(pool);
    if (run->lane)
      ek_lane_free(run->lane, 1);
    return never_returned(e);
  } else
    ek_pool_join(pool);
  end_team(t, n);
  return 0;
}

static int
open_input(ek_run *run, ek_error *e)
{
  ek_input_options o = run->spec->input;
  o.quiet |= run->collect_last;     /* the second pass warns                    */
  run->input = ek_input_open(run->spec->inputs, &o, e);
  if (!run->input)
    return -1;
  ek_turnstile_init(&run->order);
  ek_turnstile_init(&run->write);
  atomic_store(&run->stopping, 0);
  atomic_store(&run->stop_ns, 0);
  run->input_ended = 0;
  run->ordinal = run->lines = 0;
  run->lines_file = 0;
  atomic_store(&run->limit_reached, 0);
  return 0;
}

static void
close_input(ek_run *run)
{
  ek_input_close(run->input);
  ek_turnstile_destroy(&run->order);
  ek_turnstile_destroy(&run->write);
}

static int
one_pass(ek_run *run, int collect_last, ek_error *e)
{
  ek_error not_opened;

  run->collect_last = collect_last;
  if (open_input(run, &not_opened) < 0) {
    ek_run_end(run, EK_END_FAILED, &not_opened);
    return 0;
  }
  if (!collect_last) {
    run->stats->n_files = ek_input_n_files(run->input);
    run->stats->files = ek_mem_zero(run->stats->n_files, sizeof *run->stats->files);
  }
  if (run_pass(run, e) < 0)
    return -1;
  if (!collect_last)
    copy_files(run);
  close_input(run);
  return 0;
}

int
ek_engine_run(const ek_engine_spec *spec, ek_stats *stats, enum ek_run_end *end, ek_error *e)
{
  /* On the heap: a plugin that never returns keeps its thread, and the thread this. */
  ek_run *run = ek_mem_zero(1, sizeof *run);
  int r = 0;

  run->spec = spec;
  run->stats = stats;
  pthread_mutex_init(&run->input_lock, NULL);
  pthread_mutex_init(&run->end_lock, NULL);
  if (spec->table->id_slot >= 0 && spec->duplicates != EK_DUP_ALL)
    run->dedup = ek_dedup_new();
  if (spec->count_labels)
    stats->labels = ek_label_counts_new();
  if (run->dedup && spec->duplicates == EK_DUP_LAST)
    r = one_pass(run, 1, e);
  if (spec->plan)
    run->plan = ek_plan_new();
  if (r == 0 && !atomic_load(&run->ended))
    r = one_pass(run, 0, e);
  if (r == 0 && !atomic_load(&run->ended) && ek_stats_too_many(stats, spec))
    ek_run_end(run, EK_END_REJECTS, NULL);
  *end = atomic_load(&run->ended) ? run->end : EK_END_DONE;
  if (r < 0)
    return -1;
  if (*end == EK_END_FAILED || *end == EK_END_STOPPED)
    *e = run->error;
  if (*end == EK_END_FAILED)
    r = -1;
  ek_plan_free(run->plan);
  ek_dedup_free(run->dedup);
  pthread_mutex_destroy(&run->input_lock);
  pthread_mutex_destroy(&run->end_lock);
  free(run);
  return r;
}
