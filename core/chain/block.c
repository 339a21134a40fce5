/* SPDX-License-Identifier: BSD-3-Clause */
/* What happens to one block: parse, order, enrich and format, commit.       */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "chain/internal.h"

void
ek_worker_init(ek_worker *w, ek_run *run, unsigned index)
{
  memset(w, 0, sizeof *w);
  w->run = run;
  w->parser = ek_parser_new(run->spec->projection);
  pthread_mutex_init(&w->lock, NULL);
  w->random = 0x9e3779b97f4a7c15u * (index + 1);
  if (run->spec->count_labels && !run->collect_last && !run->lane)
    w->labels = ek_label_counts_new();
}

void
ek_worker_clear(ek_worker *w)
{
  ek_parser_free(w->parser);
  ek_block_clear(&w->block);
  ek_arena_free(&w->arena);
  for (unsigned i = 0; i < EK_SINK_STREAMS; i++)
    ek_text_free(&w->streams[i]);
  ek_text_free(&w->rejects);
  ek_label_counts_free(w->labels);
  free(w->units);
  free(w->hashes);
  free(w->calls);
  free(w->sinks);
  free(w->items);
  free(w->tail);
  free(w->base);
  pthread_mutex_destroy(&w->lock);
}

/* ---- parse ---------------------------------------------------------------- */

static void
refuse(ek_worker *w, ek_unit *u, const char *reason, const char *why)
{
  ek_reject_info *r = ek_arena_zero(&w->arena, sizeof *r);
  r->reason = reason;
  r->message = ek_arena_copy(&w->arena, ek_cstr(why));
  r->step = -1;
  u->reject = r;
  u->state = EK_UNIT_REJECTED;
}

static ek_unit *
next_unit(ek_worker *w)
{
  if (w->n == w->cap)
    w->units = ek_mem_grow(w->units, &w->cap, w->n + 1, sizeof *w->units);
  ek_unit *u = &w->units[w->n++];
  *u = (ek_unit){ .id = { "", 0 }, .state = EK_UNIT_ALIVE };
  return u;
}

static void
parse_unit(ek_worker *w, ek_unit *u)
{
  const ek_engine_spec *spec = w->run->spec;
  size_t slots = ek_projection_slots(spec->projection);
  ek_field *fields = ek_arena_alloc(&w->arena, slots * sizeof *fields);
  ek_parse_note note = { 0 };
  ek_refusal why;

  u->fields = fields;
  if (ek_parser_record(w->parser, &w->block, &u->span, &w->arena, fields, &note) < 0) {
    w->stats.repaired += note.repaired;
    refuse(w, u, "bad_record", note.why);
    return;
  }
  w->stats.repaired += note.repaired;
  u->cells = ek_arena_alloc(&w->arena, spec->table->n * sizeof *u->cells);
  if (ek_table_row(spec->table, fields, &w->arena, &u->id, u->cells, w->stats.nulled, &why) < 0) {
    refuse(w, u, why.reason, why.why);
    return;
  }
  if (spec->chain && !w->run->collect_last)
    u->outcomes = ek_arena_zero(&w->arena, spec->chain->n_steps + 1u);
}

/* Where values came from: report.json, fields. */
static void
count_paths(ek_worker *w, const ek_unit *u, size_t slots)
{
  for (size_t s = 0; s < slots; s++)
    if (u->fields[s].path >= 0 && u->fields[s].n)
      w->stats.picked[s][u->fields[s].path]++;
}

void
ek_block_parse(ek_worker *w)
{
  size_t at = 0;
  ek_span span;

  w->n = 0;
  w->newlines = 0;
  while (ek_block_record(&w->block, &at, &w->newlines, &span)) {
    ek_unit *u = next_unit(w);
    u->span = span;
    parse_unit(w, u);
  }
  if (w->run->dedup) {
    w->hashes = ek_mem_grow(w->hashes, &w->hash_cap, w->n, sizeof *w->hashes);
    for (size_t i = 0; i < w->n; i++)
      if (w->units[i].state == EK_UNIT_ALIVE)
        w->hashes[i] = ek_dedup_hash(w->run->dedup, w->units[i].id);
  }
}

/* ---- order: line numbers, limit, duplicates -------------------------------- */

static void
count_lines(ek_worker *w)
{
  ek_run *run = w->run;
  if (run->lines_file != w->block.file_index) {
    run->lines_file = w->block.file_index;
    run->lines = 0;
  }
  w->block.lines = run->lines;
  run->lines += w->newlines;
}

static void
apply_limit(ek_worker *w)
{
  ek_run *run = w->run;
  uint64_t limit = run->spec->limit;
  if (!limit)
    return;
  for (size_t i = w->n; i > 0 && run->ordinal + i > limit; i--)
    w->units[i - 1].state = EK_UNIT_BEYOND;
  if (run->ordinal + w->n >= limit)
    atomic_store(&run->limit_reached, 1);
}

static void
check_duplicate(ek_worker *w, ek_unit *u, uint64_t hash, uint64_t ordinal)
{
  ek_run *run = w->run;
  if (run->collect_last) {
    ek_dedup_set_last(run->dedup, u->id, hash, ordinal);
    return;
  }
  if (run->spec->duplicates == EK_DUP_LAST) {
    if (ek_dedup_last(run->dedup, u->id, hash) != ordinal)
      u->state = EK_UNIT_DUPLICATE;
    return;
  }
  if (ek_dedup_add(run->dedup, u->id, hash))
    return;
  if (run->spec->duplicates == EK_DUP_REFUSE) {
    u->outcomes = NULL;           /* no step saw it, as with the reader's rejects */
    refuse(w, u, "duplicate_refused", "another record with this id came before (catalog.duplicates: refuse)");
  } else
    u->state = EK_UNIT_DUPLICATE;
}

void
ek_block_order(ek_worker *w)
{
  ek_run *run = w->run;
  enum { AHEAD = 16 };

  count_lines(w);
  w->first_ordinal = run->ordinal;
  apply_limit(w);
  if (run->dedup) {
    for (size_t i = 0; i < w->n && i < AHEAD; i++)
      if (w->units[i].state == EK_UNIT_ALIVE)
        ek_dedup_prefetch(run->dedup, w->hashes[i]);
    for (size_t i = 0; i < w->n; i++) {
      if (i + AHEAD < w->n && w->units[i + AHEAD].state == EK_UNIT_ALIVE)
        ek_dedup_prefetch(run->dedup, w->hashes[i + AHEAD]);
      if (w->units[i].state == EK_UNIT_ALIVE)
        check_duplicate(w, &w->units[i], w->hashes[i], run->ordinal + i);
    }
  }
  run->ordinal += w->n;
  atomic_store_explicit(&run->taken, run->ordinal, memory_order_relaxed);
}

void
ek_block_base(ek_worker *w)
{
  const char *path = w->block.file->path, *slash = strrchr(path, '/');
  free(w->base);
  w->base = NULL;
  if (slash)
    w->base = slash == path ? ek_mem_strdup("/") : ek_mem_strndup(path, (size_t)(slash - path));
}

/* ---- enrich: steps, merge, format ------------------------------------------ */

static void
add_reject(ek_worker *w, const ek_unit *u)
{
  const ek_engine_spec *spec = w->run->spec;
  for (const ek_reject_info *r = u->reject; r; r = r->next) {
    const ek_step *step = r->step >= 0 ? &spec->chain->steps[r->step] : NULL;
    size_t len = u->span.end - u->span.begin;
    ek_reject out = { .file = w->block.file->name, .line = w->block.lines + u->span.line,
                      .offset = w->block.offset + u->span.begin, .item = u->id,
                      .step = step ? step->settings->name : NULL,
                      .plugin = step ? step->instance->plugin->enricher->id : NULL,
                      .reason = r->reason, .message = r->message, .code = r->code, .http = r->http,
                      .attempts = r->attempts, .kept = u->state == EK_UNIT_ALIVE };
    if (len <= EK_REJECT_INPUT_MAX && !w->block.overlong)
      out.input = (ek_str){ w->block.data + u->span.begin, len };
    ek_reject_format(&w->rejects, &out);
    ek_stats_reason(&w->stats, r->reason, 1);
    if (out.kept)
      w->stats.kept_failures++;
  }
}

static void
count_outcome(ek_worker *w, const ek_unit *u, unsigned arm, size_t labels)
{
  const ek_chain *chain = w->run->spec->chain;
  ek_arm_stats *s = &w->stats.arms[arm];
  if (labels) {
    s->enriched++;
    s->labels += labels;
    return;
  }
  for (unsigned i = 0; i < chain->n_steps; i++)
    if ((chain->arms[arm].steps >> i & 1) && u->outcomes[i] != EK_OUT_NOT_ASKED && u->outcomes[i] != EK_OUT_SKIPPED) {
      s->no_labels++;
      return;
    }
  s->skipped++;
}

/* The values that reach the cell, side by side as the sink wants them. */
static ek_arm_cell
cell_of(ek_worker *w, const ek_merged *m)
{
  ek_str *values = ek_arena_alloc(&w->arena, m->n_in * sizeof *values);
  size_t n = 0;
  for (size_t i = 0; i < m->n && n < m->n_in; i++)
    if (!m->values[i].removed)
      values[n++] = m->values[i].text;
  return (ek_arm_cell){ .values = values, .n = n, .merged = m };
}

static void
give(ek_worker *w, const ek_unit *u, const ek_arm_cell *cells, unsigned arms)
{
  ek_sink_target *sink = w->run->spec->sink;
  ek_unit told = *u;
  ek_origin_of origin = { .file = w->block.file->name, .line = w->block.lines + u->span.line,
                          .offset = w->block.offset + u->span.begin };
  if (sink->needs_origin) {
    size_t len = u->span.end - u->span.begin;
    if (len <= EK_REJECT_INPUT_MAX && !w->block.overlong)
      origin.input = (ek_str){ w->block.data + u->span.begin, len };
    told.origin = &origin;
    u = &told;
  }
  sink->format(sink, u, cells, arms, w->streams);
}

static void
finish_unit(ek_worker *w, const ek_unit *u, uint64_t ordinal)
{
  const ek_engine_spec *spec = w->run->spec;
  const ek_chain *chain = spec->chain;
  unsigned arms = chain ? chain->n_arms : 0;
  ek_arm_cell cells[EK_MAX_ARMS];

  for (unsigned a = 0; a < arms; a++) {
    ek_merged *m = ek_arena_alloc(&w->arena, sizeof *m);
    ek_merge(chain->arms[a].merge, chain->cleaner, u, a, &w->arena, m, a ? NULL : &w->stats.clean);
    cells[a] = cell_of(w, m);
    count_outcome(w, u, a, cells[a].n);
    if (a == 0) {
      w->stats.cut_by_max_labels += m->cut_labels;
      w->stats.cut_by_max_chars += m->cut_chars;
    }
  }
  if (arms && !cells[0].n && spec->no_labels == EK_NO_LABELS_DROP)
    return;
  w->stats.written++;
  if (w->labels)
    for (size_t i = 0; i < cells[0].n; i++)
      ek_label_counts_add(w->labels, cells[0].values[i], ordinal);
  if (spec->sink)
    give(w, u, cells, arms);
}

void
ek_block_enrich(ek_worker *w, size_t from, size_t to)
{
  const ek_chain *chain = w->run->spec->chain;
  if (chain)
    ek_steps_run(w, 0, chain->n_steps, from, to);
  ek_block_format(w, from, to);
}

/* The block that record 1,000 is in is committed in two parts, so that a run that
 * stops there has counted exactly the first 1,000, whatever the block size. */
size_t
ek_block_split(const ek_worker *w)
{
  if (w->first_ordinal < EK_JUDGE_AT && w->first_ordinal + w->n > EK_JUDGE_AT)
    return (size_t)(EK_JUDGE_AT - w->first_ordinal);
  return w->n;
}

void
ek_block_format(ek_worker *w, size_t from, size_t to)
{
  const ek_engine_spec *spec = w->run->spec;
  size_t slots = ek_projection_slots(spec->projection);

  for (unsigned i = 0; spec->sink && i < spec->sink->n_streams; i++)
    ek_text_clear(&w->streams[i]);
  ek_text_clear(&w->rejects);
  for (size_t i = from; i < to; i++) {
    ek_unit *u = &w->units[i];
    if (u->state == EK_UNIT_BEYOND)
      continue;
    if (w->fatal && u->state == EK_UNIT_ALIVE)
      u->state = EK_UNIT_NOT_DONE;
    w->stats.in++;
    if (u->cells)
      count_paths(w, u, slots);
    if (u->reject)
      add_reject(w, u);
    switch (u->state) {
    case EK_UNIT_ALIVE: finish_unit(w, u, w->first_ordinal + i); break;
    case EK_UNIT_REJECTED: w->stats.rejected++; break;
    case EK_UNIT_DUPLICATE: w->stats.duplicates++; break;
    default: w->stats.not_done++; break;
    }
  }
  w->stats.enriched = w->stats.arms[0].enriched;
  w->stats.no_labels = w->stats.arms[0].no_labels;
  w->stats.skipped = w->stats.arms[0].skipped;
}

/* ---- commit: totals, rejects, rows, in input order -------------------------- */

int
ek_block_commit(ek_worker *w)
{
  ek_run *run = w->run;
  const ek_engine_spec *spec = run->spec;
  ek_stats *total = run->stats;
  ek_error e;

  ek_stats_add(total, &w->stats, spec);
  if (w->block.file_index < total->n_files)
    total->files[w->block.file_index].in += w->stats.in;
  atomic_store_explicit(&run->done, total->in, memory_order_relaxed);
  atomic_store_explicit(&run->rejects, total->rejected, memory_order_relaxed);
  if ((w->rejects.len && spec->reject && spec->reject(spec->reject_arg, w->rejects.data, w->rejects.len, &e) < 0) ||
      (!w->fatal && spec->sink && spec->sink->commit(spec->sink, w->streams, w->stats.written, &e) < 0)) {
    ek_run_end(run, EK_END_FAILED, &e);
    return -1;
  }
  if (w->fatal) {
    ek_run_end(run, EK_END_FAILED, &w->error);
    return -1;
  }
  if (!run->judged && total->in >= EK_JUDGE_AT) {
    run->judged = 1;
    if (ek_stats_too_many(total, spec)) {
      ek_run_end(run, EK_END_REJECTS, NULL);
      return -1;
    }
  }
  return 0;
}
