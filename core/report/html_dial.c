/* SPDX-License-Identifier: BSD-3-Clause */
/* Accuracy against coverage over nto: never one number (training.md section 5). */
#include <math.h>
#include <stdio.h>
#include "report/html.h"
#include "report/verdict.h"

static int
has_dial(const ek_arm_result *a)
{
  return a->n_dial > 0;
}

int
ek_html_has_dial(const ek_report *r)
{
  for (size_t i = 0; r->train && i < r->train->n_arms; i++)
    if (has_dial(&r->train->arms[i]))
      return 1;
  return 0;
}

static double
coverage(const ek_dial_point *p, int at5)
{
  return at5 ? p->coverage_at_5 : p->coverage_at_25;
}

static void
widen(double v, double *low, double *high)
{
  *low = v < *low ? v : *low;
  *high = v > *high ? v : *high;
}

/* Values of nto beside the marks, above or below, where there is room: the figures are
 * in the table too. */
typedef struct labels { double x[128], y[128]; size_t n; } labels;

static int
is_free(const labels *l, double x, double y)
{
  for (size_t i = 0; i < l->n; i++)
    if (fabs(l->x[i] - x) < 7 && fabs(l->y[i] - y) < 12)
      return 0;
  return 1;
}

static void
add_label(const ek_plot *p, labels *l, double x, double y, double nto)
{
  static const double beside[] = { -9, 18 };
  for (size_t i = 0; i < 2 && l->n < sizeof l->x / sizeof *l->x; i++) {
    if (!is_free(l, x, y + beside[i]))
      continue;
    l->x[l->n] = x;
    l->y[l->n++] = y + beside[i];
    ek_text_printf(p->out, "<text class='point' x='%.2f%%' y='%.1f' text-anchor='middle'>%g</text>\n",
                   x, y + beside[i], nto);
    return;
  }
}

static void
add_arm(const ek_plot *p, const ek_arm_result *a, unsigned series, int at5)
{
  char class[24];
  snprintf(class, sizeof class, "path s%u", ek_colour(series));
  for (size_t d = 1; d < a->n_dial; d++)
    ek_plot_line(p, coverage(&a->dial[d - 1], at5), a->dial[d - 1].ndcg_at_25, coverage(&a->dial[d], at5),
                 a->dial[d].ndcg_at_25, class);
  for (size_t d = 0; d < a->n_dial; d++) {
    ek_text title = { 0 };
    ek_html_attr(&title, a->name);
    ek_text_printf(&title, ", nto %g: coverage %.3f, nDCG@25 %.4f", a->dial[d].nto, coverage(&a->dial[d], at5),
                   a->dial[d].ndcg_at_25);
    ek_plot_mark(p, coverage(&a->dial[d], at5), a->dial[d].ndcg_at_25, series, ek_text_c(&title));
    ek_text_free(&title);
  }
}

static void
add_points(const ek_plot *p, const ek_train_result *t, int at5)
{
  labels l = { .n = 0 };
  for (size_t i = 0; i < t->n_arms; i++)
    add_arm(p, &t->arms[i], (unsigned)i, at5);
  for (size_t i = 0; i < t->n_arms; i++)
    for (size_t d = 0; d < t->arms[i].n_dial; d++) {
      const ek_dial_point *at = &t->arms[i].dial[d];
      add_label(p, &l, ek_scale_at(&p->x, coverage(at, at5)), ek_plot_y(p, at->ndcg_at_25), at->nto);
    }
}

static void
add_plot(ek_text *out, const ek_train_result *t, int at5)
{
  double xl = 2, xh = -1, yl = 2, yh = -1;
  for (size_t i = 0; i < t->n_arms; i++)
    for (size_t d = 0; d < t->arms[i].n_dial; d++) {
      widen(coverage(&t->arms[i].dial[d], at5), &xl, &xh);
      widen(t->arms[i].dial[d].ndcg_at_25, &yl, &yh);
    }
  ek_plot p = { .out = out, .id = at5 ? "dial5" : "dial25", .height = 240, .percent_x = 1,
                .title = at5 ? "nDCG@25 against coverage@5" : "nDCG@25 against coverage@25",
                .x = ek_scale_around(xl, xh), .y = ek_scale_around(yl, yh), .y_name = "nDCG@25",
                .x_name = at5 ? "Coverage@5: share of all items that anybody is shown" : "Coverage@25" };
  ek_plot_begin(&p, "One mark for each arm and value of nto, joined in order of nto. Up finds more, right shows more "
                    "of the catalogue. The table below has the figures.");
  add_points(&p, t, at5);
  ek_plot_end(&p);
}

static void
add_table(ek_text *out, const ek_train_result *t)
{
  static const char *const heads[] = { "Arm", "#nto", "#nDCG@25", "#Coverage@5", "#Coverage@25", NULL };
  ek_text_cstr(out, "<details><summary>The dial in figures</summary>\n");
  ek_html_table(out, NULL, "By arm and nto", heads);
  for (size_t i = 0; i < t->n_arms; i++)
    for (size_t d = 0; d < t->arms[i].n_dial; d++) {
      const ek_dial_point *p = &t->arms[i].dial[d];
      ek_text_cstr(out, "<tr><th scope='row'>");
      ek_html_data(out, t->arms[i].name);
      ek_text_printf(out, "</th><td class='n'>%g</td><td class='n'>%.4f</td><td class='n'>%.4f</td><td "
                          "class='n'>%.4f</td></tr>\n", p->nto, p->ndcg_at_25, p->coverage_at_5, p->coverage_at_25);
    }
  ek_text_cstr(out, "</tbody></table></div></details>\n");
}

static const ek_dial_point *
point_at(const ek_arm_result *a, double nto)
{
  for (size_t d = 0; d < a->n_dial; d++)
    if (a->dial[d].nto == nto)
      return &a->dial[d];
  return NULL;
}

/* How much more of the catalogue an arm shows than the first one, all along the dial:
 * where the signs differ, no single figure would be honest. */
static void
add_differences(ek_text *out, const ek_train_result *t)
{
  const ek_arm_result *base = &t->arms[0];
  size_t others = 0;
  for (size_t i = 1; i < t->n_arms; i++)
    others += has_dial(&t->arms[i]) != 0;
  if (!others || !has_dial(base))
    return;
  ek_text_cstr(out, "<div class='scroll'><table class='slim'><caption>Coverage@5 less that of ");
  ek_html_data(out, base->name);
  ek_text_cstr(out, ", in points</caption>\n<thead><tr><th scope='col'>Arm</th>");
  for (size_t d = 0; d < base->n_dial; d++)
    ek_text_printf(out, "<th scope='col' class='n'>nto %g</th>", base->dial[d].nto);
  ek_text_cstr(out, "</tr></thead>\n<tbody>\n");
  for (size_t i = 1; i < t->n_arms; i++) {
    if (!has_dial(&t->arms[i]))
      continue;
    ek_text_cstr(out, "<tr><th scope='row'>");
    ek_html_data(out, t->arms[i].name);
    ek_text_cstr(out, "</th>");
    for (size_t d = 0; d < base->n_dial; d++) {
      const ek_dial_point *p = point_at(&t->arms[i], base->dial[d].nto);
      ek_text_cstr(out, "<td class='n'>");
      if (p)
        ek_html_signed(out, (p->coverage_at_5 - base->dial[d].coverage_at_5) * 100, 1);
      ek_text_cstr(out, "</td>");
    }
    ek_text_cstr(out, "</tr>\n");
  }
  ek_html_table_end(out);
}

void
ek_html_dial(ek_text *out, const ek_report *r)
{
  if (!ek_html_has_dial(r))
    return;
  ek_html_section(out, "dial", "Accuracy and coverage");
  ek_text_cstr(out, "<p>How much of the catalogue people get to see depends on <code>nto</code>, which damps popular "
                    "items, more than on labels. So there is no one figure for coverage: read the dial. Each mark is "
                    "one value of nto; up finds more, right shows more.");
  if (ek_dial_is_of_one_fold(r->train))
    ek_text_cstr(out, " The dial was turned on one fold.");
  ek_text_cstr(out, "</p>\n");
  ek_html_legend(out, r->train, has_dial);
  ek_text_cstr(out, "<div class='pair'>\n");
  add_plot(out, r->train, 1);
  add_plot(out, r->train, 0);
  ek_text_cstr(out, "</div>\n");
  add_differences(out, r->train);
  add_table(out, r->train);
  ek_text_cstr(out, "</section>\n");
}
