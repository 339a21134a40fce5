/* SPDX-License-Identifier: BSD-3-Clause */
/* Which labels there are, and how long their tail is. */
#include <math.h>
#include <stdlib.h>
#include "base/mem.h"
#include "report/html.h"

#define TOP 20u                    /* bars at once; the rest is folded away     */
#define MARKS 160u                 /* of the curve: more would lie on each other */

int
ek_html_has_labels(const ek_report *r)
{
  return r->sets[EK_ITEMS].present && r->sets[EK_ITEMS].stats->labels &&
         ek_label_counts_distinct(r->sets[EK_ITEMS].stats->labels) > 0;
}

static void
add_bars(ek_text *out, const ek_label_count *top, size_t from, size_t to, uint64_t rows)
{
  ek_text_cstr(out, "<table class='bars'><thead class='vh'><tr><th scope='col'>Label</th><th scope='col'>Items</th><th "
               "scope='col'>Share of items</th></tr></thead><tbody>\n");
  for (size_t i = from; i < to; i++) {
    ek_text_cstr(out, "<tr><th scope='row'>");
    ek_html_str(out, top[i].name);
    ek_html_bar(out, (double)top[i].items / (double)top[0].items, NULL);
    ek_text_cstr(out, "</th><td class='n'>");
    ek_text_thousands(out, top[i].items);
    ek_text_cstr(out, "</td><td class='n'>");
    ek_html_share(out, rows ? (double)top[i].items / (double)rows : 0);
    ek_text_cstr(out, "</td></tr>\n");
  }
  ek_text_cstr(out, "</tbody></table>\n");
}

/* Rank and count on logarithmic axes: at all ranks where the count changes it is
 * enough to mark the first and the last, and of these every few per cent. */
static void
add_curve(ek_text *out, const ek_label_count *all, size_t n)
{
  ek_plot p = { .out = out, .id = "tail", .title = "Items by rank of the label",
                .x = { .low = 1, .high = n > 1 ? (double)n : 2, .log = 1 },
                .y = { .low = 0.9, .high = (double)all[0].items * 1.15 + 1, .log = 1 }, .height = 240,
                .x_name = "Rank of the label, most frequent first (logarithmic)", .y_name = "Items (logarithmic)" };
  double step = pow((double)n, 1.0 / MARKS), next = 1;
  size_t last = 0;
  ek_plot_begin(&p, "Both axes are logarithmic. The further right the curve stays at one item, the more labels say "
                    "something about a single item only.");
  for (size_t i = 0; i < n; i++) {
    if ((double)(i + 1) < next && i + 1 < n)
      continue;
    if (i)
      ek_plot_line(&p, (double)(last + 1), (double)all[last].items, (double)(i + 1), (double)all[i].items, "path s1");
    last = i;
    next = (double)(i + 1) * step;
    if (n <= MARKS)
      ek_text_printf(out, "<circle class='dot' cx='%.2f%%' cy='%.1f' r='2.5'/>\n",
                     ek_scale_at(&p.x, (double)(i + 1)), ek_plot_y(&p, (double)all[i].items));
  }
  ek_plot_end(&p);
}

/* How many of the most frequent labels stand on half of what was given. */
static size_t
half_of(const ek_label_count *all, size_t n)
{
  uint64_t sum = 0, part = 0;
  size_t i = 0;
  for (size_t k = 0; k < n; k++)
    sum += all[k].items;
  while (i < n && part * 2 < sum)
    part += all[i++].items;
  return i;
}

static void
add_words(ek_text *out, const ek_stats *s, const ek_label_count *all, size_t n)
{
  size_t singles = ek_label_counts_singletons(s->labels), half = half_of(all, n);
  ek_text_cstr(out, "<p><b>");
  ek_html_count(out, n, "distinct label", "distinct labels");
  ek_text_cstr(out, "</b> on ");
  ek_html_count(out, s->enriched, "item", "items");
  ek_text_cstr(out, " (");
  ek_html_share(out, s->written ? (double)s->enriched / (double)s->written : 0);
  ek_text_cstr(out, " of those written). ");
  ek_text_thousands(out, singles);
  ek_text_cstr(out, " of them (");
  ek_html_share(out, (double)singles / (double)n);
  ek_text_cstr(out, singles == 1 ? ") stands on a single item; " : ") stand on a single item each; ");
  if (half == 1)
    ek_text_cstr(out, "the most frequent one alone is half of all that was given or more.");
  else
    ek_text_printf(out, "the %zu most frequent are half of all that was given.", half);
  if (ek_label_counts_others(s->labels)) {
    ek_text_char(out, ' ');
    ek_html_count(out, ek_label_counts_others(s->labels), "more label is", "more labels are");
    ek_text_cstr(out, " past the limit of what is counted apart.");
  }
  ek_text_cstr(out, "</p>\n");
}

/* The curve in figures: labels by how many items they stand on. */
static void
add_classes(ek_text *out, const ek_label_count *all, size_t n)
{
  static const char *const heads[] = { "Stands on", "#Labels", "#Share of labels", "#Share of all given", NULL };
  static const struct { uint64_t from, to; const char *name; } classes[] = {
    { 1, 1, "1 item" }, { 2, 5, "2 to 5 items" }, { 6, 20, "6 to 20 items" }, { 21, 100, "21 to 100 items" },
    { 101, 1000, "101 to 1,000 items" }, { 1001, UINT64_MAX, "more than 1,000 items" }
  };
  uint64_t given = 0;
  for (size_t i = 0; i < n; i++)
    given += all[i].items;
  ek_html_table(out, NULL, "Labels by how many items they stand on", heads);
  for (size_t c = 0; c < sizeof classes / sizeof *classes; c++) {
    uint64_t labels = 0, items = 0;
    for (size_t i = 0; i < n; i++)
      if (all[i].items >= classes[c].from && all[i].items <= classes[c].to) {
        labels++;
        items += all[i].items;
      }
    if (!labels)
      continue;
    ek_text_printf(out, "<tr><th scope='row'>%s</th>", classes[c].name);
    ek_html_cell(out, labels);
    ek_text_cstr(out, "<td class='n'>");
    ek_html_share(out, (double)labels / (double)n);
    ek_text_cstr(out, "</td><td class='n'>");
    ek_html_share(out, (double)items / (double)given);
    ek_text_cstr(out, "</td></tr>\n");
  }
  ek_html_table_end(out);
}

static void
add_arms(ek_text *out, const ek_report *r)
{
  static const char *const heads[] = { "Arm", "#Items with labels", "#Without", "#Skipped", "#Labels", "#Filled",
                                       NULL };
  const ek_stats *s = r->sets[EK_ITEMS].stats;
  if (!r->chain || r->chain->n_arms < 2)
    return;
  ek_html_table(out, NULL, "Filled, by arm", heads);
  for (unsigned i = 0; i < r->chain->n_arms; i++) {
    const ek_arm_stats *a = &s->arms[i];
    uint64_t all = a->enriched + a->no_labels + a->skipped;
    ek_text_cstr(out, "<tr><th scope='row'>");
    ek_html_data(out, r->chain->arms[i].name);
    ek_text_cstr(out, "</th>");
    ek_html_cell(out, a->enriched);
    ek_html_cell(out, a->no_labels);
    ek_html_cell(out, a->skipped);
    ek_html_cell(out, a->labels);
    ek_text_cstr(out, "<td class='n'>");
    ek_html_share(out, all ? (double)a->enriched / (double)all : 0);
    ek_text_cstr(out, "</td></tr>\n");
  }
  ek_html_table_end(out);
}

void
ek_html_labels(ek_text *out, const ek_report *r)
{
  if (!ek_html_has_labels(r))
    return;
  const ek_stats *s = r->sets[EK_ITEMS].stats;
  size_t n = ek_label_counts_distinct(s->labels), listed = r->settings->report.top_labels;
  ek_label_count *all = ek_mem_alloc(n * sizeof *all);
  n = ek_label_counts_top(s->labels, all, n);
  listed = listed < n ? listed : n;
  ek_html_section(out, "labels", "Labels");
  add_words(out, s, all, n);
  ek_text_cstr(out, "<div class='pair'>\n<div>\n<h3>Most frequent</h3>\n");
  add_bars(out, all, 0, listed < TOP ? listed : TOP, s->written);
  if (listed > TOP) {
    ek_text_printf(out, "<details><summary>Ranks %u to %zu</summary>\n", TOP + 1, listed);
    add_bars(out, all, TOP, listed, s->written);
    ek_text_cstr(out, "</details>\n");
  }
  ek_text_cstr(out, "</div>\n<div>\n<h3>The long tail</h3>\n");
  add_curve(out, all, n);
  add_classes(out, all, n);
  add_arms(out, r);
  ek_text_cstr(out, "</div>\n</div>\n");
  ek_text_cstr(out, "</section>\n");
  free(all);
}
