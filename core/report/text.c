/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include "report/sums.h"
#include "report/text_stages.h"

#define LABEL 13u                 /* width of the words at the left             */
#define VALUE 14u                 /* where texts begin in the first block ...    */
#define VALUE_LATE 15u            /* ... and in the second one                   */
#define RIGHT 88u                 /* where the seconds end                       */

/* Width on a terminal where every character takes one column. */
static size_t
columns(const char *s, size_t len)
{
  size_t n = 0;
  for (size_t i = 0; i < len; i++)
    n += ((unsigned char)s[i] & 0xc0) != 0x80;
  return n;
}

/* Blanks up to column `to` of the line that begins at `line`, at least `least`. */
static void
pad(ek_text *out, size_t line, size_t to, size_t least)
{
  size_t at = columns(out->data + line, out->len - line);
  for (size_t n = at + least > to ? least : to - at; n > 0; n--)
    ek_text_char(out, ' ');
}

static size_t
start_line(ek_text *out, const char *label, size_t to)
{
  size_t line = out->len;
  ek_text_cstr(out, label);
  pad(out, line, to, 1);
  return line;
}

static void
right(ek_text *out, uint64_t n, size_t width)
{
  for (size_t d = ek_text_thousands_width(n); d < width; d++)
    ek_text_char(out, ' ');
  ek_text_thousands(out, n);
}

/* " + 4 rejected" */
static void
plus(ek_text *out, uint64_t n, const char *what)
{
  ek_text_cstr(out, " + ");
  ek_text_thousands(out, n);
  ek_text_char(out, ' ');
  ek_text_cstr(out, what);
}

static void
plus_some(ek_text *out, uint64_t n, const char *what)
{
  if (n)
    plus(out, n, what);
}

static void
add_records(ek_text *out, const ek_report *r)
{
  static const char *const labels[EK_RECORD_KINDS] = { "Items", "Interactions", "Users" };
  size_t width = 6;
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    if (r->sets[k].present && ek_text_thousands_width(r->sets[k].stats->in) > width)
      width = ek_text_thousands_width(r->sets[k].stats->in);
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    const ek_stats *s = r->sets[k].stats;
    if (!r->sets[k].present)
      continue;
    start_line(out, labels[k], LABEL);
    right(out, s->in, width);
    ek_text_cstr(out, " read = ");
    ek_text_thousands(out, k == EK_ITEMS ? s->enriched : s->written);
    ek_text_cstr(out, k == EK_ITEMS ? " enriched" : " written");
    if (k == EK_ITEMS) {
      plus(out, s->no_labels, "no labels");
      plus(out, s->skipped, "skipped");
      plus(out, s->rejected, "rejected");
      plus(out, s->duplicates, "duplicates");
    } else {
      plus_some(out, s->rejected, "rejected");
      plus_some(out, s->duplicates, "duplicates");
    }
    plus_some(out, s->not_done, "not done");
    ek_text_char(out, '\n');
  }
}

typedef struct step_column { const char *name; size_t offset; int always; } step_column;   /* -1: no noughts */

static const step_column step_columns[] = {
  { "labels", offsetof(ek_step_stats, labels), 1 },     { "none", offsetof(ek_step_stats, none), 1 },
  { "skipped", offsetof(ek_step_stats, skipped), 1 },   { "failed", offsetof(ek_step_stats, failed), 1 },
  { "not asked", offsetof(ek_step_stats, not_asked), 0 }, { "not done", offsetof(ek_step_stats, not_done), 0 },
  /* Of steps that leave the machine; blank where a step has none. */
  { "calls", offsetof(ek_step_stats, calls), -1 },      { "retries", offsetof(ek_step_stats, retries), -1 },
  { "from the cache", offsetof(ek_step_stats, cache_hits), -1 },
  { "throttled", offsetof(ek_step_stats, throttled), -1 }
};
#define STEP_COLUMNS (sizeof step_columns / sizeof *step_columns)

static uint64_t
step_figure(const ek_step_stats *s, const step_column *c)
{
  uint64_t n;
  memcpy(&n, (const char *)s + c->offset, sizeof n);
  return n;
}

static void
add_figure(ek_text *out, const step_column *c, uint64_t n, size_t width)
{
  if (!n && c->always < 0) {
    for (size_t blanks = 3 + width + 1 + strlen(c->name); blanks; blanks--)
      ek_text_char(out, ' ');
    return;
  }
  ek_text_cstr(out, "   ");
  right(out, n, width);
  ek_text_char(out, ' ');
  ek_text_cstr(out, c->name);
}

/* One line a step, figures under each other; columns that are nothing throughout
 * are left out, but for the four that are always of interest. */
static void
add_steps(ek_text *out, const ek_report *r)
{
  const ek_step_stats *stats = r->sets[EK_ITEMS].stats->steps;
  size_t name_width = 0, width[STEP_COLUMNS] = { 0 };
  int shown[STEP_COLUMNS];
  for (size_t c = 0; c < STEP_COLUMNS; c++)
    shown[c] = step_columns[c].always > 0;
  for (unsigned i = 0; i < r->chain->n_steps; i++) {
    size_t n = strlen(r->chain->steps[i].settings->name);
    name_width = n > name_width ? n : name_width;
    for (size_t c = 0; c < STEP_COLUMNS; c++) {
      uint64_t figure = step_figure(&stats[i], &step_columns[c]);
      shown[c] |= figure > 0;
      width[c] = ek_text_thousands_width(figure) > width[c] ? ek_text_thousands_width(figure) : width[c];
    }
  }
  for (unsigned i = 0; i < r->chain->n_steps; i++) {
    size_t line = start_line(out, i ? "" : "Steps", VALUE);
    ek_text_cstr(out, r->chain->steps[i].settings->name);
    pad(out, line, VALUE + name_width, 0);
    for (size_t c = 0; c < STEP_COLUMNS; c++) {
      if (shown[c])
        add_figure(out, &step_columns[c], step_figure(&stats[i], &step_columns[c]), width[c]);
    }
    while (out->data[out->len - 1] == ' ')
      out->len--;
    ek_text_char(out, '\n');
  }
}

/* "Paid  0.061 USD for 61 calls; 12 answers from the cache" */
static void
add_paid(ek_text *out, const ek_report *r)
{
  ek_paid paid = ek_sum_paid(r);
  ek_text_cstr(out, "Paid  ");
  if (paid.nano)
    ek_paid_amount(r, 2, out);
  else
    ek_text_cstr(out, "nothing");
  /* What the account is billed for training and a campaign is not known here. */
  if (r->settings->sections.import && r->settings->import.engine == EK_ENGINE_PERSONALIZE)
    ek_text_cstr(out, " for labels");
  if (paid.calls) {
    ek_text_cstr(out, r->settings->import.engine == EK_ENGINE_PERSONALIZE ? ", " : " for ");
    ek_text_thousands(out, paid.calls);
    ek_text_cstr(out, paid.calls == 1 ? " call" : " calls");
  }
  if (paid.cache_hits) {
    ek_text_cstr(out, "; ");
    ek_text_thousands(out, paid.cache_hits);
    ek_text_cstr(out, paid.cache_hits == 1 ? " answer from the cache" : " answers from the cache");
  }
  ek_text_char(out, '\n');
}

static void
add_cleaned(ek_text *out, const ek_report *r)
{
  ek_sum cleans[EK_CLEANS];
  size_t line = start_line(out, "Cleaned", VALUE), before = out->len;
  ek_sum_cleans(r->sets[EK_ITEMS].stats, cleans);
  ek_sum_sort(cleans, EK_CLEANS);
  for (unsigned i = 0; i < EK_CLEANS && cleans[i].n; i++) {
    if (out->len > before)
      ek_text_cstr(out, ", ");
    ek_text_thousands(out, cleans[i].n);
    ek_text_char(out, ' ');
    ek_text_cstr(out, ek_clean_words(cleans[i].name));
  }
  if (out->len == before)
    ek_text_cstr(out, "nothing");
  pad(out, line, 71, 3);
  add_paid(out, r);
}

/* "not JSON" is plain, but a lie about CSV. */
static int
all_json(const ek_report *r)
{
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    for (size_t i = 0; r->sets[k].present && i < r->sets[k].stats->n_files; i++) {
      enum ek_format f = r->sets[k].stats->files[i].file.format;
      if (f != EK_FORMAT_JSONL && f != EK_FORMAT_JSON && f != EK_FORMAT_AUTO)
        return 0;
    }
  return 1;
}

static const char *
reason_words(const ek_report *r, const char *reason)
{
  static const char *const words[][2] = {
    { "no_id", "without id" },
    { "bad_id", "with an unusable id" },
    { "bad_value", "with an unreadable value" },
    { "duplicate_refused", "duplicate" },
    { "no_asset", "without a picture" },
    { "asset_refused", "with a refused picture" },
    { "asset_failed", "whose picture failed" },
    { "throttled", "throttled" },
    { "service_error", "service error" },
    { "timeout", "timed out" },
    { "crashed", "crashed" },
    { "plugin_error", "plugin error" },
    { "put_refused", "refused by the service" }
  };
  if (strcmp(reason, "bad_record") == 0)
    return all_json(r) ? "not JSON" : "unreadable";
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i][0], reason) == 0)
      return words[i][1];
  return reason;
}

/* The path as it can be pasted: OUT/name. */
static void
add_path(ek_text *out, const ek_report *r, const char *name)
{
  size_t len = strlen(r->out_dir);
  ek_text_add(out, r->out_dir, len);
  if (len && r->out_dir[len - 1] != '/')
    ek_text_char(out, '/');
  ek_text_cstr(out, name);
}

static void
add_rejected(ek_text *out, const ek_report *r)
{
  ek_sum reasons[EK_REASONS_MAX];
  unsigned n = ek_sum_reasons(r, reasons);
  uint64_t total = 0, kept = 0;
  for (unsigned i = 0; i < n; i++)
    total += reasons[i].n;
  if (r->sets[EK_ITEMS].present)
    kept = r->sets[EK_ITEMS].stats->kept_failures;
  start_line(out, "Rejected", VALUE_LATE);
  if (!total) {
    ek_text_cstr(out, "nothing\n");
    return;
  }
  ek_text_thousands(out, total);
  ek_text_cstr(out, total == 1 ? " record: " : " records: ");
  for (unsigned i = 0; i < n; i++) {
    if (i)
      ek_text_cstr(out, ", ");
    ek_text_thousands(out, reasons[i].n);
    ek_text_char(out, ' ');
    ek_text_cstr(out, reason_words(r, reasons[i].name));
  }
  if (kept) {
    ek_text_cstr(out, "; ");
    ek_text_thousands(out, kept);
    ek_text_cstr(out, " kept all the same");
  }
  ek_text_cstr(out, ". See ");
  add_path(out, r, "rejects.jsonl");
  ek_text_char(out, '\n');
}

/* Of a retry: what the run before had rejected. */
static void
add_retried(ek_text *out, const ek_report *r)
{
  uint64_t total = 0;
  for (size_t i = 0; i < r->n_retried; i++)
    total += r->retried[i].n;
  start_line(out, "Retried", VALUE_LATE);
  if (!total) {
    ek_text_cstr(out, "nothing: the run before rejected nothing\n");
    return;
  }
  ek_text_thousands(out, total);
  ek_text_cstr(out, total == 1 ? " record: " : " records: ");
  for (size_t i = 0; i < r->n_retried; i++) {
    ek_text_cstr(out, i ? ", " : "");
    ek_text_thousands(out, r->retried[i].n);
    ek_text_printf(out, " %s", reason_words(r, r->retried[i].reason));
  }
  ek_text_char(out, '\n');
}

/* What a newcomer looks for; schemas, rejects and the like are beside them. */
static int
is_result(const char *name)
{
  size_t len = strlen(name);
  if (strcmp(name, "labels.jsonl") == 0)
    return 1;
  return !strchr(name, '/') &&
         ((len > 4 && strcmp(name + len - 4, ".csv") == 0) || (len > 7 && strcmp(name + len - 7, ".csv.gz") == 0));
}

/* For people, so the page stands for report.json where there is one. */
static const char *
report_name(const ek_report *r)
{
  for (size_t i = 0; r->outdir && i < ek_outdir_n(r->outdir); i++)
    if (strcmp(ek_outdir_at(r->outdir, i)->name, "report.html") == 0)
      return "report.html";
  return "report.json";
}

static void
add_results(ek_text *out, const ek_report *r)
{
  char seconds[32];
  size_t line = start_line(out, "Results", VALUE_LATE);
  int done = strcmp(r->status, "done") == 0, first = 1;
  for (size_t i = 0; done && r->outdir && i < ek_outdir_n(r->outdir); i++) {
    const char *name = ek_outdir_at(r->outdir, i)->name;
    if (!is_result(name))
      continue;
    if (first)
      add_path(out, r, name);
    else {
      ek_text_cstr(out, "  ");
      ek_text_cstr(out, name);
    }
    first = 0;
  }
  if (done) {
    if (first)
      add_path(out, r, report_name(r));
    else
      ek_text_printf(out, "  %s", report_name(r));
  } else
    ek_text_cstr(out, "none: the run was stopped");
  /* Tenths, rounded; hundredths where a tenth would say nothing. */
  uint64_t unit = r->wall < 0.095 ? 100 : 10, parts = (uint64_t)(r->wall * (double)unit + 0.5);
  int n = snprintf(seconds, sizeof seconds, "%llu.%0*llu s", (unsigned long long)(parts / unit), unit == 100 ? 2 : 1,
                   (unsigned long long)(parts % unit));
  pad(out, line, RIGHT - (size_t)n, 3);
  ek_text_cstr(out, seconds);
  ek_text_char(out, '\n');
}

void
ek_report_text(const ek_report *r, ek_text *out)
{
  add_records(out, r);
  if (r->sets[EK_ITEMS].present) {
    add_steps(out, r);
    add_cleaned(out, r);
  }
  if (ek_report_any_set(r))
    ek_text_char(out, '\n');
  ek_report_text_stages(r, out);
  if (r->retry)
    add_retried(out, r);
  if (ek_report_any_set(r))
    add_rejected(out, r);
  add_results(out, r);
  if (r->next) {
    ek_text_cstr(out, r->next);
    ek_text_char(out, '\n');
  }
}
