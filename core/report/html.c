/* SPDX-License-Identifier: BSD-3-Clause */
/* The page around the sections: head, verdict, key figures, contents. */
#include "config.h"
#include "base/number.h"
#include "report/calendar.h"
#include "report/figures.h"
#include "report/html.h"
#include "report/side.h"
#include "report/sums.h"
#include "report/verdict.h"

#define VERDICTS 64u

static void
add_head(ek_text *out, const ek_report *r)
{
  ek_text_cstr(out, "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
               "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'; "
               "base-uri 'none'; form-action 'none'\">\n"
               "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
               "<meta name='color-scheme' content='light dark'>\n<meta name='referrer' content='no-referrer'>\n"
               "<meta name='generator' content='enrichkit " PACKAGE_VERSION "'>\n<title>");
  ek_html_attr(out, r->settings->name);
  ek_text_cstr(out, " \xc2\xb7 enrichkit report</title>\n");
  ek_html_style(out);
  ek_text_cstr(out, "</head>\n<body>\n");
}

static void
add_title(ek_text *out, const ek_report *r)
{
  char day[EK_MONTH_SIZE], utc[32];
  ek_number_utc(r->started, utc);
  ek_text_cstr(out, "<header>\n<p class='over'>enrichkit report</p>\n<h1>");
  ek_html_data(out, r->settings->name);
  ek_day_name(r->started, day);
  ek_text_printf(out, "</h1>\n<p class='meta'><time datetime='%s'>%s, %.5s UTC</time>", utc, day, utc + 11);
  ek_text_cstr(out, " \xc2\xb7 enrichkit " PACKAGE_VERSION " \xc2\xb7 took ");
  ek_html_seconds(out, r->wall);
  if (strcmp(r->status, "done") != 0) {
    ek_text_cstr(out, " \xc2\xb7 <b class='badge no'>");
    ek_html_data(out, r->status);
    ek_text_cstr(out, "</b>");
  }
  ek_text_cstr(out, "</p>\n</header>\n");
}

/* ---- the verdict ---- */

static const char *
tone_of(enum ek_helps helps)
{
  static const char *const tones[] = { [EK_HELPS_YES] = "yes", [EK_HELPS_NO] = "no", [EK_HELPS_EVEN] = "even",
                                       [EK_HELPS_UNUSED] = "even" };
  return tones[helps];
}

static void
add_caveat(ek_text *out, ek_text *sentence)
{
  ek_text_cstr(out, "<p class='caveat'>");
  ek_html_data(out, ek_text_c(sentence));
  ek_text_cstr(out, "</p>\n");
}

static void
add_verdict(ek_text *out, const ek_train_result *t, const ek_verdict *v)
{
  const ek_comparison *c = v->comparison;
  double base, arm;
  ek_text few = { 0 }, sentence = { 0 };
  ek_verdict_sentence(v, &sentence);
  ek_text_printf(out, "<div class='answer %s'><p class='say'><b>%s.</b> ", tone_of(v->helps),
                 ek_verdict_answer(v->helps));
  ek_html_data(out, ek_text_c(&sentence));
  ek_text_cstr(out, ".</p>\n<p>nDCG@25 ");
  ek_compared_values(t, c, &base, &arm);
  ek_text_printf(out, "%.4f \xe2\x86\x92 %.4f, ", base, arm);
  if (c->base > 0) {
    ek_html_change(out, c->difference / c->base);
    ek_text_cstr(out, " (95\xe2\x80\xaf% interval ");
    ek_html_change(out, c->low / c->base);
    ek_text_cstr(out, " to ");
    ek_html_change(out, c->high / c->base);
    ek_text_cstr(out, ")");
  } else
    ek_html_signed(out, c->difference, 4);
  ek_text_cstr(out, " over ");
  ek_html_count(out, c->users, "user", "users");
  ek_text_cstr(out, ", ");
  ek_folds_words(c->folds, out);
  ek_text_cstr(out, ".</p>\n");
  if (ek_verdict_few(v->arm, t->facts.items, &few))
    add_caveat(out, &few);
  ek_text_clear(&few);
  if (ek_verdict_tuned(t, c->against, v->arm, &few))
    add_caveat(out, &few);
  ek_text_cstr(out, "</div>\n");
  ek_text_free(&few);
  ek_text_free(&sentence);
}

static void
add_on_what(ek_text *out, const ek_train_result *t)
{
  ek_text folds = { 0 };
  ek_text_cstr(out, "<p class='on'>On this file and this protocol: ");
  ek_html_count(out, t->facts.items, "item", "items");
  ek_text_cstr(out, ", ");
  ek_html_count(out, t->facts.interactions, "interaction", "interactions");
  ek_text_cstr(out, ", ");
  ek_html_count(out, t->facts.users, "user", "users");
  ek_text_cstr(out, ", all arms on the same split.");
  if (ek_verdict_folds(t->folds, &folds))
    ek_text_printf(out, " %s", ek_text_c(&folds));
  ek_text_cstr(out, "</p>\n");
  ek_text_free(&folds);
}

/* Without a comparison: what was done is all there is to say. */
static void
add_summary(ek_text *out, const ek_report *r)
{
  const ek_stats *s = r->sets[EK_ITEMS].present ? r->sets[EK_ITEMS].stats : NULL;
  int done = strcmp(r->status, "done") == 0;
  ek_text_printf(out, "<section class='verdict' aria-labelledby='v-h'>\n<h2 id='v-h'>%s</h2>\n<div class='answer "
                      "%s'><p class='say'>", done ? "In short" : "Stopped", done ? "even" : "no");
  if (!done)
    ek_text_cstr(out, r->whole ? "<b>This run did not end well.</b> " :
                 "<b>This run did not end well: its files were not published.</b> ");
  if (s) {
    ek_html_count(out, s->enriched, "item has labels", "items have labels");
    if (s->written) {
      ek_text_cstr(out, ", ");
      ek_html_share(out, (double)s->enriched / (double)s->written);
      ek_text_cstr(out, " of those written");
    }
    ek_text_char(out, '.');
  } else
    ek_text_cstr(out, "No items were read.");
  ek_text_cstr(out, "</p>\n");
  if (r->train && r->train->n_arms) {
    const ek_arm_result *a = &r->train->arms[r->train->n_arms - 1];
    ek_text_cstr(out, "<p>Trained ");
    ek_html_data(out, a->solution_version);
    ek_text_printf(out, ": nDCG@25 %.4f, precision@5 %.4f, coverage@25 %.3f.%s</p>\n", a->mean.ndcg_at_25,
                   a->mean.precision_at_5, a->mean.coverage_at_25,
                   ek_report_in_cloud(r) ? "" : " Nothing to compare it with was trained.");
  } else if (!r->train)
    ek_text_cstr(out, "<p>Nothing was trained, so whether the labels help is not known.</p>\n");
  ek_text_cstr(out, "</div>\n</section>\n");
}

static void
add_verdicts(ek_text *out, const ek_report *r)
{
  ek_verdict v[VERDICTS];
  size_t n = r->train ? ek_verdicts(r->train, v, VERDICTS) : 0;
  if (!n) {
    add_summary(out, r);
    return;
  }
  ek_text_cstr(out, "<section class='verdict' aria-labelledby='v-h'>\n<h2 id='v-h'>Does it help?</h2>\n");
  for (size_t i = 0; i < n && i < VERDICTS; i++)
    add_verdict(out, r->train, &v[i]);
  add_on_what(out, r->train);
  ek_text_cstr(out, "</section>\n");
}

/* ---- key figures ---- */

static void
add_count_tile(ek_text *out, const char *name, uint64_t n, const char *note)
{
  ek_text value = { 0 };
  ek_text_thousands(&value, n);
  ek_html_tile(out, name, ek_text_c(&value), note);
  ek_text_free(&value);
}

static void
add_item_tiles(ek_text *out, const ek_stats *s)
{
  ek_text value = { 0 }, note = { 0 };
  ek_text_cstr(&note, "of ");
  ek_text_thousands(&note, s->in);
  ek_text_cstr(&note, " read");
  add_count_tile(out, "Items written", s->written, ek_text_c(&note));
  ek_html_share(&value, s->written ? (double)s->enriched / (double)s->written : 0);
  ek_text_clear(&note);
  ek_html_count(&note, s->enriched, "item with labels", "items with labels");
  ek_html_tile(out, "Share filled", ek_text_c(&value), ek_text_c(&note));
  if (s->labels) {
    ek_text_clear(&note);
    ek_html_count(&note, ek_label_counts_singletons(s->labels), "on one item only", "on one item only");
    add_count_tile(out, "Distinct labels", ek_label_counts_distinct(s->labels), ek_text_c(&note));
  }
  ek_text_free(&value);
  ek_text_free(&note);
}

static void
add_paid_tile(ek_text *out, const ek_report *r)
{
  ek_paid paid = ek_sum_paid(r);
  ek_text value = { 0 }, note = { 0 };
  if (paid.nano)
    ek_paid_amount(r, 2, &value);
  else
    ek_text_cstr(&value, "nothing");
  ek_html_count(&note, paid.calls, "call", "calls");
  if (paid.cache_hits) {
    ek_text_cstr(&note, ", ");
    ek_text_thousands(&note, paid.cache_hits);
    ek_text_cstr(&note, " from the cache");
  }
  ek_html_tile(out, "Paid", ek_text_c(&value), ek_text_c(&note));
  ek_text_free(&value);
  ek_text_free(&note);
}

static void
add_tiles(ek_text *out, const ek_report *r)
{
  ek_sum reasons[EK_REASONS_MAX];
  uint64_t rejected = 0;
  unsigned n = ek_sum_reasons(r, reasons);
  for (unsigned i = 0; i < n; i++)
    rejected += reasons[i].n;
  if (!ek_report_any_set(r))
    return;
  ek_text_cstr(out, "<dl class='tiles'>\n");
  if (r->sets[EK_ITEMS].present)
    add_item_tiles(out, r->sets[EK_ITEMS].stats);
  if (r->sets[EK_INTERACTIONS].present)
    add_count_tile(out, "Interactions", r->sets[EK_INTERACTIONS].stats->written, "written");
  if (r->sets[EK_USERS].present)
    add_count_tile(out, "Users", r->sets[EK_USERS].stats->written, "written");
  if (ek_sum_paid(r).paid)
    add_paid_tile(out, r);
  add_count_tile(out, "Rejected", rejected, rejected == 1 ? "record" : "records");
  ek_text_cstr(out, "</dl>\n");
}

static void
add_contents(ek_text *out, const ek_report *r)
{
  const struct { int shown; const char *id, *name; } parts[] = {
    { ek_html_has_measured(r), "measured", "Metrics" },
    { ek_html_has_dial(r), "dial", "Coverage" },
    { ek_html_has_tuning(r), "tuning", "Tuning" },
    { ek_report_any_set(r), "flow", "In and out" },
    { ek_html_has_labels(r), "labels", "Labels" },
    { (r->train && !ek_report_in_cloud(r)) || ek_report_any_set(r), "data", "Data" },
    { r->import != NULL, "import", "Import" },
    { r->deploy != NULL, "campaign", "Campaign" },
    { 1, "run", "Run" }
  };
  ek_text_cstr(out, "<nav aria-label='Contents'><ul>\n");
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (parts[i].shown)
      ek_text_printf(out, "<li><a href='#%s'>%s</a></li>\n", parts[i].id, parts[i].name);
  ek_text_cstr(out, "</ul></nav>\n");
}

void
ek_report_html(const ek_report *r, ek_text *out)
{
  add_head(out, r);
  add_title(out, r);
  ek_text_cstr(out, "<main>\n");
  add_verdicts(out, r);
  add_tiles(out, r);
  add_contents(out, r);
  ek_html_measured(out, r);
  ek_html_dial(out, r);
  ek_html_tuning(out, r);
  ek_html_flow(out, r);
  ek_html_labels(out, r);
  ek_html_facts(out, r);
  ek_html_import(out, r);
  ek_html_deploy(out, r);
  ek_html_run(out, r);
  ek_text_cstr(out, "</main>\n<footer><p>One file, nothing else: this page loads nothing and runs no script. The "
                    "same figures for programs are in report.json.</p></footer>\n</body>\n</html>\n");
}
