/* SPDX-License-Identifier: BSD-3-Clause */
/* Metrics side by side: what changed, with its interval, and every figure. */
#include <stdio.h>
#include "report/figures.h"
#include "report/html.h"
#include "report/side.h"
#include "report/verdict.h"

int
ek_html_has_measured(const ek_report *r)
{
  return r->train && r->train->n_arms > 0;
}

/* ---- dots and whiskers ---- */

/* All in per cent of what base reaches, so that one axis serves every metric and arm;
 * and never so narrow that noise looks like much. */
#define LEAST 0.02
static int
is_drawn(const ek_comparison *c)
{
  return c->base > 0;
}

static ek_scale
axis_of(const ek_train_result *t)
{
  double low = -LEAST, high = LEAST;
  for (size_t i = 0; i < t->n_comparisons; i++) {
    const ek_comparison *c = &t->comparisons[i];
    if (!is_drawn(c))
      continue;
    low = c->low / c->base < low ? c->low / c->base : low;
    high = c->high / c->base > high ? c->high / c->base : high;
  }
  return ek_scale_around(low, high);
}

static const char *
tone_of(const ek_comparison *c)
{
  return strcmp(c->verdict, "better") == 0 ? "yes" : strcmp(c->verdict, "worse") == 0 ? "no" : "even";
}

static void
add_whisker(ek_text *out, const ek_scale *axis, const ek_comparison *c, const char *title)
{
  double ticks[EK_TICKS], low = ek_scale_at(axis, c->low / c->base), high = ek_scale_at(axis, c->high / c->base),
                          dot = ek_scale_at(axis, c->difference / c->base), zero = ek_scale_at(axis, 0);
  size_t n = ek_scale_ticks(axis, 4, ticks);
  ek_text_cstr(out, "<svg role='img' width='100%' height='34'><title>");
  ek_text_printf(out, "%s: ", title);
  ek_html_change(out, c->difference / c->base);
  ek_text_cstr(out, ", 95\xe2\x80\xaf% interval ");
  ek_html_change(out, c->low / c->base);
  ek_text_cstr(out, " to ");
  ek_html_change(out, c->high / c->base);
  ek_text_cstr(out, "</title>");
  for (size_t i = 0; i < n; i++)
    ek_text_printf(out, "<line class='grid' x1='%.2f%%' x2='%.2f%%' y1='0' y2='34'/>", ek_scale_at(axis, ticks[i]),
                   ek_scale_at(axis, ticks[i]));
  ek_text_printf(out, "<line class='zero' x1='%.2f%%' x2='%.2f%%' y1='0' y2='34'/>", zero, zero);
  ek_text_printf(out, "<g class='w-%s'><line x1='%.2f%%' x2='%.2f%%' y1='17' y2='17'/><line x1='%.2f%%' x2='%.2f%%' "
                      "y1='12' y2='22'/><line x1='%.2f%%' x2='%.2f%%' y1='12' y2='22'/><circle cx='%.2f%%' cy='17' "
                      "r='5'/></g>",
                 tone_of(c), low, high, low, low, high, high, dot);
  ek_text_cstr(out, "</svg>");
}

static void
add_axis(ek_text *out, const ek_scale *axis)
{
  double ticks[EK_TICKS];
  size_t n = ek_scale_ticks(axis, 4, ticks);
  ek_text_cstr(out, "<svg aria-hidden='true' width='100%' height='20'>");
  for (size_t i = 0; i < n; i++) {
    ek_text_printf(out, "<text class='tick' x='%.2f%%' y='14' text-anchor='middle'>", ek_scale_at(axis, ticks[i]));
    ek_html_signed(out, ticks[i] * 100, ek_tick_decimals(ticks, n) > 2 ? ek_tick_decimals(ticks, n) - 2 : 0);
    ek_text_cstr(out, "\xe2\x80\xaf%</text>");
  }
  ek_text_cstr(out, "</svg>");
}

static void
add_row(ek_text *out, const ek_train_result *t, const ek_scale *axis, const ek_comparison *c)
{
  double base, arm;
  const ek_figure *f = ek_figure_find(c->metric);
  const char *title = f ? f->title : c->metric;
  ek_compared_values(t, c, &base, &arm);
  ek_text_printf(out, "<tr><th scope='row'>%s<span class='narrow %s'>%s</span></th><td class='n wide'>%.4f</td><td "
                 "class='n wide'>%.4f</td><td class='field'>", title, tone_of(c), c->verdict, base, arm);
  if (is_drawn(c))
    add_whisker(out, axis, c, title);
  ek_text_cstr(out, "</td><td class='n'><b>");
  ek_html_signed(out, c->difference, 4);
  ek_text_cstr(out, "</b></td><td class='n wide mid'>");
  ek_html_signed(out, c->low, 4);
  ek_text_cstr(out, " to ");
  ek_html_signed(out, c->high, 4);
  ek_text_cstr(out, "</td><td class='n wide mid'>");
  ek_text_printf(out, c->p < 0.001 ? "&lt; 0.001" : "%.3f", c->p);
  ek_text_printf(out, "</td><td class='wide'><span class='badge %s'>%s</span></td></tr>\n", tone_of(c), c->verdict);
}

/* Whether this comparison is the first of its pair. */
static int
begins_pair(const ek_train_result *t, size_t at)
{
  for (size_t i = 0; i < at; i++)
    if (strcmp(t->comparisons[i].arm, t->comparisons[at].arm) == 0 &&
        strcmp(t->comparisons[i].against, t->comparisons[at].against) == 0)
      return 0;
  return 1;
}

static void
add_pair(ek_text *out, const ek_train_result *t, const ek_scale *axis, size_t first)
{
  const ek_comparison *of = &t->comparisons[first];
  ek_text_cstr(out, "<div class='scroll'><table class='whiskers'><caption>");
  ek_html_data(out, of->arm);
  ek_text_cstr(out, " against ");
  ek_html_data(out, of->against);
  ek_text_cstr(out, ", ");
  ek_html_count(out, of->users, "user", "users");
  ek_text_cstr(out, ", ");
  ek_folds_words(of->folds, out);
  ek_text_cstr(out, "</caption>\n<thead><tr><th scope='col'>Metric</th><th scope='col' class='n wide f'>");
  ek_html_data(out, of->against);
  ek_text_cstr(out, "</th><th scope='col' class='n wide f'>");
  ek_html_data(out, of->arm);
  ek_text_cstr(out, "</th><th scope='col' class='field'>Change in % of ");
  ek_html_data(out, of->against);
  ek_text_cstr(out, "</th><th scope='col' class='n d'>Difference</th><th scope='col' class='n wide mid i'>95 % "
                    "interval</th><th scope='col' class='n wide mid p'>p</th><th scope='col' "
                    "class='wide'>Verdict</th></tr></thead>\n<tbody>\n");
  for (size_t i = first; i < t->n_comparisons; i++)
    if (strcmp(t->comparisons[i].arm, of->arm) == 0 && strcmp(t->comparisons[i].against, of->against) == 0)
      add_row(out, t, axis, &t->comparisons[i]);
  ek_text_cstr(out, "</tbody><tfoot><tr><td></td><td class='wide'></td><td class='wide'></td><td class='field'>");
  add_axis(out, axis);
  ek_text_cstr(out, "</td><td></td><td class='wide mid'></td><td class='wide mid'></td><td "
                    "class='wide'></td></tr></tfoot></table></div>\n");
}

/* ---- every figure ---- */

static void
add_arm_heads(ek_text *out, const ek_train_result *t)
{
  for (size_t i = 0; i < t->n_arms; i++) {
    ek_text_cstr(out, "<th scope='col' class='n'>");
    ek_html_data(out, t->arms[i].name);
    ek_text_cstr(out, "</th>");
  }
}

static void
add_metrics(ek_text *out, const ek_train_result *t, int fold0, const char *caption)
{
  ek_text_printf(out, "<div class='scroll'><table><caption>%s</caption>\n<thead><tr><th scope='col'>Metric</th>",
                 caption);
  add_arm_heads(out, t);
  ek_text_cstr(out, "</tr></thead>\n<tbody>\n");
  for (size_t f = 0; f < EK_FIGURES; f++) {
    ek_text_printf(out, "<tr><th scope='row'>%s</th>", ek_figures[f].title);
    for (size_t i = 0; i < t->n_arms; i++) {
      const ek_metrics *m = fold0 ? &t->arms[i].fold0 : &t->arms[i].mean;
      ek_text_printf(out, m->test_users ? "<td class='n'>%.6f</td>" : "<td class='n'>\xe2\x80\x93</td>",
                     ek_figure_get(m, &ek_figures[f]));
    }
    ek_text_cstr(out, "</tr>\n");
  }
  ek_text_cstr(out, "<tr><th scope='row'>Users tested</th>");
  for (size_t i = 0; i < t->n_arms; i++) {
    ek_text_cstr(out, "<td class='n'>");
    ek_text_thousands(out, fold0 ? t->arms[i].fold0.test_users : t->arms[i].mean.test_users);
    ek_text_cstr(out, "</td>");
  }
  ek_text_cstr(out, "</tr>\n</tbody></table></div>\n");
}

static void
add_all_figures(ek_text *out, const ek_train_result *t)
{
  ek_text caption = { 0 };
  if (t->folds > 1) {
    ek_text_cstr(&caption, "Mean over ");
    ek_folds_words(t->folds, &caption);
  } else
    ek_text_cstr(&caption, "The fold that was tested");
  if (t->n_comparisons)
    ek_text_cstr(out, "<details><summary>All metrics of all arms</summary>\n");
  add_metrics(out, t, 0, ek_text_c(&caption));
  if (t->folds > 1 && t->arms[0].fold0.test_users)
    add_metrics(out, t, 1, "Fold 0 alone");
  if (t->n_comparisons)
    ek_text_cstr(out, "</details>\n");
  ek_text_free(&caption);
}

static void
add_arms(ek_text *out, const ek_train_result *t)
{
  static const char *const heads[] = { "Arm", "Recipe", "Solution version", "#Categories",
                                       "#Items with an informative category", "#Weight of labels", NULL };
  ek_html_table(out, NULL, "What was trained", heads);
  for (size_t i = 0; i < t->n_arms; i++) {
    const ek_arm_result *a = &t->arms[i];
    int labels = a->recipe == EK_RECIPE_METADATA || a->recipe == EK_RECIPE_COLDSTART;
    ek_text_cstr(out, "<tr><th scope='row'>");
    ek_html_data(out, a->name);
    ek_text_printf(out, "</th><td>%s</td><td>", ek_recipe_name(a->recipe));
    ek_html_data(out, a->solution_version);
    if (!labels) {
      ek_text_cstr(out, "</td><td class='n'>\xe2\x80\x93</td><td class='n'>\xe2\x80\x93</td><td "
                        "class='n'>none</td></tr>\n");
      continue;
    }
    ek_text_cstr(out, "</td>");
    ek_html_cell(out, a->categories);
    ek_text_cstr(out, "<td class='n'>");
    ek_text_thousands(out, a->informative_items);
    ek_text_cstr(out, " (");
    ek_html_share(out, a->informative);
    ek_text_printf(out, ")</td><td class='n'>%g</td></tr>\n", a->hyper.content);
  }
  ek_html_table_end(out);
}

void
ek_html_measured(ek_text *out, const ek_report *r)
{
  const ek_train_result *t = r->train;
  if (!ek_html_has_measured(r))
    return;
  if (ek_report_in_cloud(r)) {
    ek_html_versions(out, r);
    return;
  }
  ek_scale axis = axis_of(t);
  ek_html_section(out, "measured", "Metrics side by side");
  if (t->n_comparisons)
    ek_text_cstr(out, "<p>Every arm was trained on the same interactions and asked about the same held-out ones. The "
                      "dot is the measured change; the whisker holds it with 95\xe2\x80\xaf% confidence. Where a "
                      "whisker crosses zero, the data cannot tell the two apart.</p>\n");
  for (size_t i = 0; i < t->n_comparisons; i++)
    if (begins_pair(t, i))
      add_pair(out, t, &axis, i);
  add_arms(out, t);
  add_all_figures(out, t);
  ek_text_cstr(out, "</section>\n");
}
