/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"
#include "base/number.h"
#include "report/json_stages.h"
#include "report/sums.h"

static const char *const kind_names[EK_RECORD_KINDS] = { "items", "interactions", "users" };

static void
add_head(ek_jsonw *w, const ek_report *r)
{
  char started[32], abi[32];
  ek_number_utc(r->started, started);
  snprintf(abi, sizeof abi, "%u.%u", EK_ABI_MAJOR, EK_ABI_MINOR);
  ek_jsonw_u64(w, "format", 1);
  ek_jsonw_text(w, "enrichkit", PACKAGE_VERSION);
  ek_jsonw_text(w, "abi", abi);
  ek_jsonw_text(w, "name", r->settings->name);
  ek_jsonw_open(w, "config", '{', 0);
  ek_jsonw_text(w, "file", ek_conf_file(r->settings->tree));
  ek_jsonw_text(w, "sha256", ek_conf_sha256(r->settings->tree));
  ek_jsonw_close(w, '}');
  ek_jsonw_text(w, "status", r->status);
  ek_jsonw_u64(w, "exit", (uint64_t)r->exit);
  ek_jsonw_text(w, "started", started);
  ek_jsonw_open(w, "seconds", '{', 0);
  ek_jsonw_fixed(w, "wall", r->wall, 3);
  ek_jsonw_fixed(w, "cpu", r->cpu, 3);
  ek_jsonw_close(w, '}');
  ek_jsonw_u64(w, "peak_rss_bytes", r->peak_rss);
}

static const char *
format_name(enum ek_format f)
{
  static const char *const names[] = {
    [EK_FORMAT_AUTO] = "none", [EK_FORMAT_JSONL] = "jsonl", [EK_FORMAT_JSON] = "json", [EK_FORMAT_LOOSE] = "loose",
    [EK_FORMAT_CSV] = "csv"
  };
  return names[f];
}

static void
add_files(ek_jsonw *w, const ek_stats *s)
{
  ek_jsonw_open(w, "files", '[', 0);
  for (size_t i = 0; i < s->n_files; i++) {
    const ek_input_file *f = &s->files[i].file;
    ek_jsonw_open(w, NULL, '{', 0);
    ek_jsonw_text(w, "path", f->name);
    ek_jsonw_text(w, "format", format_name(f->format));
    ek_jsonw_bool(w, "gzip", f->gzip);
    ek_jsonw_u64(w, "in", s->files[i].in);
    ek_jsonw_u64(w, "bytes", f->bytes);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, ']');
}

/* What was mended or lost in cells; a clean input has none of it. */
static void
add_repairs(ek_jsonw *w, const ek_report_set *set)
{
  int open = 0;
  if (set->stats->repaired)
    ek_jsonw_u64(w, "repaired", set->stats->repaired);
  for (size_t i = 0; i < set->table->n && i < sizeof set->stats->nulled / sizeof *set->stats->nulled; i++) {
    if (!set->stats->nulled[i])
      continue;
    if (!open)
      ek_jsonw_open(w, "nulled", '{', 0);
    open = 1;
    ek_jsonw_u64(w, set->table->columns[i].name, set->stats->nulled[i]);
  }
  if (open)
    ek_jsonw_close(w, '}');
}

static void
add_items(ek_jsonw *w, const ek_stats *s)
{
  ek_jsonw_u64(w, "enriched", s->enriched);
  ek_jsonw_u64(w, "no_labels", s->no_labels);
  ek_jsonw_u64(w, "skipped", s->skipped);
  ek_jsonw_u64(w, "rejected", s->rejected);
  ek_jsonw_u64(w, "duplicates", s->duplicates);
  ek_jsonw_u64(w, "not_done", s->not_done);
  ek_jsonw_u64(w, "written", s->written);
  ek_jsonw_u64(w, "kept_failures", s->kept_failures);
}

static void
add_plain(ek_jsonw *w, enum ek_record_kind kind, const ek_stats *s)
{
  ek_jsonw_u64(w, "written", s->written);
  ek_jsonw_u64(w, "rejected", s->rejected);
  if (kind == EK_USERS)
    ek_jsonw_u64(w, "duplicates", s->duplicates);
  if (s->not_done)
    ek_jsonw_u64(w, "not_done", s->not_done);
}

static void
add_records(ek_jsonw *w, const ek_report *r)
{
  ek_jsonw_open(w, "records", '{', 1);
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    const ek_report_set *set = &r->sets[k];
    if (!set->present)
      continue;
    ek_jsonw_open(w, kind_names[k], '{', 0);
    ek_jsonw_u64(w, "in", set->stats->in);
    if (k == EK_ITEMS)
      add_items(w, set->stats);
    else
      add_plain(w, (enum ek_record_kind)k, set->stats);
    add_repairs(w, set);
    add_files(w, set->stats);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, '}');
}

/* Where values came from: by field, the paths that gave any. */
static void
add_fields(ek_jsonw *w, const ek_report *r)
{
  ek_jsonw_open(w, "fields", '{', 1);
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    const ek_report_set *set = &r->sets[k];
    if (!set->present)
      continue;
    ek_jsonw_open(w, kind_names[k], '{', 0);
    for (size_t slot = 0; slot < ek_projection_slots(set->projection); slot++) {
      ek_jsonw_open(w, ek_projection_name(set->projection, slot), '{', 0);
      for (size_t path = 0; path < ek_projection_paths(set->projection, slot); path++)
        if (set->stats->picked[slot][path])
          ek_jsonw_u64(w, ek_projection_path(set->projection, slot, path), set->stats->picked[slot][path]);
      ek_jsonw_close(w, '}');
    }
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, '}');
}

static void
add_money(ek_jsonw *w, const char *name, int64_t nano, const char *currency)
{
  ek_money m = { .nano = nano };
  char buf[EK_MONEY_MAX];
  snprintf(m.currency, sizeof m.currency, "%s", currency);
  ek_jsonw_text(w, name, ek_money_text(m, buf));
}

/* Of a step that leaves the machine. Amounts are texts: nothing is rounded. */
static void
add_network(ek_jsonw *w, const ek_report *r, unsigned i)
{
  const ek_step *step = &r->chain->steps[i];
  const ek_step_stats *s = &r->sets[EK_ITEMS].stats->steps[i];
  const char *currency = ek_settings_currency(r->settings, i);
  const ek_budget *b = &step->settings->budget;
  ek_jsonw_u64(w, "calls", s->calls);
  ek_jsonw_u64(w, "cache_hits", s->cache_hits);
  ek_jsonw_u64(w, "retries", s->retries);
  ek_jsonw_u64(w, "throttled", s->throttled);
  if (step->instance->paid) {
    add_money(w, "spent", s->spent_nano, currency);
    if (s->before_nano)
      add_money(w, "spent_before", s->before_nano, currency);
    if (b->kind == EK_BUDGET_MONEY)
      add_money(w, "budget", b->money.nano, b->money.currency);
    else if (b->kind == EK_BUDGET_NONE)
      ek_jsonw_text(w, "budget", "none");
  }
  ek_jsonw_open(w, "latency_ms", '{', 0);
  ek_jsonw_u64(w, "p50", (uint64_t)(ek_latency_ms(&s->latency, 0.5) + 0.5));
  ek_jsonw_u64(w, "p95", (uint64_t)(ek_latency_ms(&s->latency, 0.95) + 0.5));
  ek_jsonw_u64(w, "max", (uint64_t)((double)s->latency.max_ns / 1e6 + 0.5));
  ek_jsonw_close(w, '}');
}

/* All steps together. */
static void
add_spent(ek_jsonw *w, const ek_report *r)
{
  ek_text t = { 0 };
  const ek_budget *b = &r->settings->run.budget;
  if (!ek_sum_paid(r).paid)
    return;
  ek_paid_amount(r, 0, &t);
  ek_jsonw_text(w, "spent", ek_text_c(&t));
  ek_text_free(&t);
  if (b->kind == EK_BUDGET_MONEY)
    add_money(w, "budget", b->money.nano, b->money.currency);
}

static void
add_steps(ek_jsonw *w, const ek_report *r)
{
  ek_jsonw_open(w, "steps", '[', 1);
  for (unsigned i = 0; i < r->chain->n_steps; i++) {
    const ek_step *step = &r->chain->steps[i];
    const ek_step_stats *s = &r->sets[EK_ITEMS].stats->steps[i];
    ek_jsonw_open(w, NULL, '{', 0);
    ek_jsonw_text(w, "name", step->settings->name);
    ek_jsonw_text(w, "plugin", step->settings->plugin);
    ek_jsonw_text(w, "version", step->instance->plugin->module->module.version);
    ek_jsonw_u64(w, "items", s->items);
    ek_jsonw_u64(w, "labels", s->labels);
    ek_jsonw_u64(w, "none", s->none);
    ek_jsonw_u64(w, "skipped", s->skipped);
    ek_jsonw_u64(w, "failed", s->failed);
    ek_jsonw_u64(w, "not_asked", s->not_asked);
    if (s->not_done)
      ek_jsonw_u64(w, "not_done", s->not_done);
    if (step->instance->network)
      add_network(w, r, i);
    else if (s->retries)
      ek_jsonw_u64(w, "retries", s->retries);
    ek_jsonw_fixed(w, "seconds", (double)s->ns / 1e9, 6);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, ']');
}

static const char *
strategy_name(enum ek_strategy s)
{
  static const char *const names[] = { [EK_MERGE_UNION] = "union", [EK_MERGE_FIRST] = "first", [EK_MERGE_VOTE] = "vote",
                                       [EK_MERGE_CONFIDENCE] = "confidence" };
  return names[s];
}

static void
add_clean_and_merge(ek_jsonw *w, const ek_report *r)
{
  const ek_stats *s = r->sets[EK_ITEMS].stats;
  ek_sum cleans[EK_CLEANS];
  ek_sum_cleans(s, cleans);
  ek_jsonw_open(w, "clean", '{', 0);
  for (unsigned i = 0; i < EK_CLEANS; i++)
    ek_jsonw_u64(w, cleans[i].name, cleans[i].n);
  ek_jsonw_close(w, '}');
  ek_jsonw_open(w, "merge", '{', 0);
  ek_jsonw_text(w, "strategy", strategy_name(r->settings->merge.strategy));
  ek_jsonw_u64(w, "cut_by_max_labels", s->cut_by_max_labels);
  ek_jsonw_u64(w, "cut_by_max_chars", s->cut_by_max_chars);
  ek_jsonw_close(w, '}');
}

static void
add_labels(ek_jsonw *w, const ek_report *r)
{
  const ek_stats *s = r->sets[EK_ITEMS].stats;
  size_t max = r->settings->report.top_labels;
  if (!s->labels)
    return;
  if (max > ek_label_counts_distinct(s->labels))
    max = ek_label_counts_distinct(s->labels);
  ek_label_count *top = ek_mem_zero(max ? max : 1, sizeof *top);
  size_t n = ek_label_counts_top(s->labels, top, max);
  ek_jsonw_open(w, "labels", '{', 0);
  ek_jsonw_u64(w, "distinct", ek_label_counts_distinct(s->labels));
  ek_jsonw_fixed(w, "filled", s->written ? (double)s->enriched / (double)s->written : 0, 3);
  ek_jsonw_open(w, "top", '[', 0);
  for (size_t i = 0; i < n; i++) {
    ek_jsonw_open(w, NULL, '{', 0);
    ek_jsonw_str(w, "name", top[i].name);
    ek_jsonw_u64(w, "items", top[i].items);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, ']');
  ek_jsonw_u64(w, "singletons", ek_label_counts_singletons(s->labels));
  if (ek_label_counts_others(s->labels))          /* past the limit of distinct values */
    ek_jsonw_u64(w, "others", ek_label_counts_others(s->labels));
  ek_jsonw_close(w, '}');
  free(top);
}

/* Arm 0 is the whole chain, whose figures stand in `records`. */
static void
add_arms(ek_jsonw *w, const ek_report *r)
{
  if (r->chain->n_arms < 2)
    return;
  ek_jsonw_open(w, "arms", '[', 1);
  for (unsigned i = 1; i < r->chain->n_arms; i++) {
    const ek_arm_stats *s = &r->sets[EK_ITEMS].stats->arms[i];
    ek_jsonw_open(w, NULL, '{', 0);
    ek_jsonw_text(w, "name", r->chain->arms[i].name);
    ek_jsonw_u64(w, "enriched", s->enriched);
    ek_jsonw_u64(w, "no_labels", s->no_labels);
    ek_jsonw_u64(w, "skipped", s->skipped);
    ek_jsonw_u64(w, "labels", s->labels);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, ']');
}

static void
add_rejects(ek_jsonw *w, const ek_report *r)
{
  ek_sum reasons[EK_REASONS_MAX];
  unsigned n = ek_sum_reasons(r, reasons);
  uint64_t total = 0;
  for (unsigned i = 0; i < n; i++)
    total += reasons[i].n;
  ek_jsonw_open(w, "rejects", '{', 0);
  ek_jsonw_u64(w, "total", total);
  ek_jsonw_open(w, "by_reason", '{', 0);
  for (unsigned i = 0; i < n; i++)
    ek_jsonw_u64(w, reasons[i].name, reasons[i].n);
  ek_jsonw_close(w, '}');
  ek_jsonw_close(w, '}');
}

/* What the run before had rejected, which this one tried again. */
static void
add_retried(ek_jsonw *w, const ek_report *r)
{
  uint64_t total = 0;
  for (size_t i = 0; i < r->n_retried; i++)
    total += r->retried[i].n;
  ek_jsonw_open(w, "retried", '{', 0);
  ek_jsonw_u64(w, "total", total);
  ek_jsonw_open(w, "by_reason", '{', 0);
  for (size_t i = 0; i < r->n_retried; i++)
    ek_jsonw_u64(w, r->retried[i].reason, r->retried[i].n);
  ek_jsonw_close(w, '}');
  ek_jsonw_close(w, '}');
}

/* Of a run that was not done the rejects alone are published. An earlier report of the
 * same run is what this one takes the place of.                             */
static int
is_published(const ek_report *r, const ek_outfile_info *f)
{
  if (strcmp(f->name, "report.json") == 0)
    return 0;
  return r->whole || strcmp(r->status, "done") == 0 || strcmp(f->name, "rejects.jsonl") == 0;
}

static void
add_outputs(ek_jsonw *w, const ek_report *r)
{
  ek_jsonw_open(w, "outputs", '[', 1);
  for (size_t i = 0; r->outdir && i < ek_outdir_n(r->outdir); i++) {
    const ek_outfile_info *f = ek_outdir_at(r->outdir, i);
    if (!is_published(r, f))
      continue;
    ek_jsonw_open(w, NULL, '{', 0);
    ek_jsonw_text(w, "path", f->name);
    if (f->rows != EK_NO_ROWS)
      ek_jsonw_u64(w, "rows", f->rows);
    ek_jsonw_u64(w, "bytes", f->bytes);
    ek_jsonw_text(w, "sha256", f->sha256);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, ']');
  ek_jsonw_open(w, "warnings", '[', 0);
  for (size_t i = 0; i < r->n_warnings; i++)
    ek_jsonw_text(w, NULL, r->warnings[i]);
  ek_jsonw_close(w, ']');
}

void
ek_report_json(const ek_report *r, ek_text *out)
{
  ek_jsonw w = { .out = out };
  ek_jsonw_open(&w, NULL, '{', 1);
  add_head(&w, r);
  if (ek_report_any_set(r)) {
    add_records(&w, r);
    add_fields(&w, r);
  }
  if (r->sets[EK_ITEMS].present) {
    add_steps(&w, r);
    add_spent(&w, r);
    add_clean_and_merge(&w, r);
    add_labels(&w, r);
    add_arms(&w, r);
  }
  if (ek_report_any_set(r))
    add_rejects(&w, r);
  if (r->retry)
    add_retried(&w, r);
  if (r->import)
    ek_report_json_import(&w, r);
  if (r->train)
    ek_report_json_train(&w, r);
  if (r->deploy)
    ek_report_json_deploy(&w, r->deploy);
  add_outputs(&w, r);
  ek_jsonw_close(&w, '}');
  ek_text_char(out, '\n');
}
