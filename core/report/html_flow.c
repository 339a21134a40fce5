/* SPDX-License-Identifier: BSD-3-Clause */
/* What went in and came out, step by step. */
#include <stdio.h>
#include "report/html.h"
#include "report/sums.h"

#define N(a) (sizeof (a) / sizeof *(a))

static void
begin_stage(ek_text *out, const char *name, int data, const char *note)
{
  ek_text_cstr(out, "<li><div class='stage'><b>");
  if (data)
    ek_html_data(out, name);
  else
    ek_text_cstr(out, name);
  ek_text_printf(out, "</b><span>%s</span></div><div>", note);
}

static void
end_stage(ek_text *out)
{
  ek_text_cstr(out, "</div></li>\n");
}

static void
add_note(ek_text *out, const ek_step *step, const ek_step_stats *s)
{
  ek_html_data(out, step->settings->plugin);
  ek_text_char(out, ' ');
  ek_html_data(out, step->instance->plugin->module->module.version);
  if (s->ns) {
    ek_text_cstr(out, ", ");
    ek_html_seconds(out, (double)s->ns / 1e9);
  }
  if (s->retries) {
    ek_text_cstr(out, ", ");
    ek_html_count(out, s->retries, "retry", "retries");
  }
}

/* What a step that leaves the machine asked, found and paid. */
static void
add_asked(ek_text *out, const ek_report *r, unsigned i)
{
  const ek_step *step = &r->chain->steps[i];
  const ek_step_stats *s = &r->sets[EK_ITEMS].stats->steps[i];
  ek_money m = { .nano = s->spent_nano };
  char buf[EK_MONEY_MAX];
  if (!step->instance->network)
    return;
  ek_text_cstr(out, ", ");
  ek_html_count(out, s->calls, "call", "calls");
  if (s->latency.n)
    ek_text_printf(out, " of %.0f ms (95 %%: %.0f ms)", ek_latency_ms(&s->latency, 0.5), ek_latency_ms(&s->latency, 0.95));
  if (s->cache_hits) {
    ek_text_cstr(out, ", ");
    ek_html_count(out, s->cache_hits, "answer from the cache", "answers from the cache");
  }
  if (s->throttled) {
    ek_text_cstr(out, ", ");
    ek_text_thousands(out, s->throttled);
    ek_text_cstr(out, " throttled");
  }
  if (!step->instance->paid)
    return;
  snprintf(m.currency, sizeof m.currency, "%s", ek_settings_currency(r->settings, i));
  ek_text_printf(out, ", paid %s", s->spent_nano ? ek_money_text(m, buf) : "nothing");
  if (step->settings->budget.kind == EK_BUDGET_MONEY)
    ek_text_printf(out, " of %s", ek_money_text(step->settings->budget.money, buf));
}

static void
add_steps(ek_text *out, const ek_report *r)
{
  const ek_stats *all = r->sets[EK_ITEMS].stats;
  for (unsigned i = 0; r->chain && i < r->chain->n_steps; i++) {
    const ek_step *step = &r->chain->steps[i];
    const ek_step_stats *s = &all->steps[i];
    ek_text note = { 0 };
    add_note(&note, step, s);
    add_asked(&note, r, i);
    begin_stage(out, step->settings->name, 1, ek_text_c(&note));
    ek_text_free(&note);
    const ek_bar_part parts[] = {
      { "labels", "with labels", s->labels }, { "none", "without", s->none },
      { "skipped", "skipped", s->skipped },   { "failed", "failed", s->failed },
      { "rest", "not asked", s->not_asked },  { "stopped", "not done", s->not_done }
    };
    ek_html_stack(out, parts, N(parts), all->in);
    end_stage(out);
  }
}

static void
add_cleaning(ek_text *out, const ek_report *r)
{
  ek_sum sums[EK_CLEANS];
  const ek_stats *s = r->sets[EK_ITEMS].stats;
  unsigned said = 0;
  ek_sum_cleans(s, sums);
  ek_sum_sort(sums, EK_CLEANS);
  begin_stage(out, "Clean and merge", 0, "values changed or dropped");
  ek_text_cstr(out, "<ul class='key'>");
  for (unsigned i = 0; i < EK_CLEANS && sums[i].n; i++, said++) {
    ek_text_cstr(out, "<li><b>");
    ek_text_thousands(out, sums[i].n);
    ek_text_printf(out, "</b> %s</li>", ek_clean_words(sums[i].name));
  }
  if (s->cut_by_max_labels || s->cut_by_max_chars) {
    ek_text_cstr(out, "<li><b>");
    ek_text_thousands(out, s->cut_by_max_labels + s->cut_by_max_chars);
    ek_text_cstr(out, "</b> cut by the limits of a cell</li>");
  } else if (!said)
    ek_text_cstr(out, "<li>nothing</li>");
  ek_text_cstr(out, "</ul>");
  end_stage(out);
}

static void
add_items(ek_text *out, const ek_report *r)
{
  const ek_stats *s = r->sets[EK_ITEMS].stats;
  const uint64_t kept = s->enriched + s->no_labels + s->skipped;
  const ek_bar_part read[] = {
    { "kept", "items", kept }, { "duplicate", s->duplicates == 1 ? "duplicate" : "duplicates", s->duplicates },
    { "failed", "rejected", s->rejected }, { "stopped", "not done", s->not_done }
  };
  const ek_bar_part done[] = {
    { "labels", "enriched", s->enriched }, { "none", "no labels", s->no_labels }, { "skipped", "skipped", s->skipped }
  };
  ek_text note = { 0 };
  ek_html_count(&note, s->in, "record", "records");
  begin_stage(out, "Items read", 0, ek_text_c(&note));
  ek_html_stack(out, read, N(read), s->in);
  end_stage(out);
  add_steps(out, r);
  add_cleaning(out, r);
  ek_text_clear(&note);
  ek_html_count(&note, s->written, "row", "rows");
  begin_stage(out, "Items written", 0, ek_text_c(&note));
  ek_html_stack(out, done, N(done), s->in);
  end_stage(out);
  ek_text_free(&note);
}

static void
add_plain(ek_text *out, const char *name, const ek_stats *s)
{
  const ek_bar_part parts[] = {
    { "kept", "written", s->written }, { "duplicate", s->duplicates == 1 ? "duplicate" : "duplicates", s->duplicates },
    { "failed", "rejected", s->rejected }, { "stopped", "not done", s->not_done }
  };
  ek_text note = { 0 };
  ek_html_count(&note, s->in, "record", "records");
  begin_stage(out, name, 0, ek_text_c(&note));
  ek_html_stack(out, parts, N(parts), s->in);
  end_stage(out);
  ek_text_free(&note);
}

static void
add_retried(ek_text *out, const ek_report *r)
{
  ek_text_cstr(out, "<p>A retry: the run before had rejected ");
  for (size_t i = 0; i < r->n_retried; i++) {
    ek_text_cstr(out, i ? ", " : "");
    ek_html_count(out, r->retried[i].n, "record", "records");
    ek_text_cstr(out, " (");
    ek_html_data(out, r->retried[i].reason);
    ek_text_char(out, ')');
  }
  ek_text_cstr(out, r->n_retried ? ".</p>\n" : "nothing.</p>\n");
}

static void
add_rejects(ek_text *out, const ek_report *r)
{
  static const char *const heads[] = { "Reason", "#Records", NULL };
  ek_sum reasons[EK_REASONS_MAX];
  unsigned n = ek_sum_reasons(r, reasons);
  if (!n)
    return;
  ek_html_table(out, "slim", "Rejected, by reason (see rejects.jsonl)", heads);
  for (unsigned i = 0; i < n; i++) {
    ek_text_cstr(out, "<tr><th scope='row'>");
    ek_html_data(out, reasons[i].name);
    ek_text_cstr(out, "</th>");
    ek_html_cell(out, reasons[i].n);
    ek_text_cstr(out, "</tr>\n");
  }
  ek_html_table_end(out);
}

void
ek_html_flow(ek_text *out, const ek_report *r)
{
  if (!ek_report_any_set(r))
    return;
  ek_html_section(out, "flow", "What went in and what came out");
  ek_text_cstr(out, "<ol class='flow'>\n");
  if (r->sets[EK_ITEMS].present)
    add_items(out, r);
  if (r->sets[EK_INTERACTIONS].present)
    add_plain(out, "Interactions", r->sets[EK_INTERACTIONS].stats);
  if (r->sets[EK_USERS].present)
    add_plain(out, "Users", r->sets[EK_USERS].stats);
  ek_text_cstr(out, "</ol>\n");
  if (r->retry)
    add_retried(out, r);
  add_rejects(out, r);
  ek_text_cstr(out, "</section>\n");
}
