/* SPDX-License-Identifier: BSD-3-Clause */
/* The search for hyperparameters: every trial, and why it was not taken. */
#include <stdio.h>
#include "report/html.h"

int
ek_html_has_tuning(const ek_report *r)
{
  for (size_t i = 0; r->train && i < r->train->n_arms; i++)
    if (r->train->arms[i].n_trials)
      return 1;
  return 0;
}

enum fate { KEPT, NOT_BETTER, TOO_NARROW };

/* best: of the trials kept before it. What found more and still was not kept showed
 * too little of the catalogue. */
static enum fate
fate_of(const ek_hpo_trial *t, double best)
{
  return t->accepted ? KEPT : t->objective > best ? TOO_NARROW : NOT_BETTER;
}

static const char *const fate_words[] = { "kept", "not better", "coverage too low" };
static const char *const fate_classes[] = { "kept", "even", "thin" };
#define DISC "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z"
static const char *const fate_shapes[] = { DISC, DISC, "M-4 -4L4 4M-4 4L4 -4" };

static void
add_trial(const ek_plot *p, size_t i, const ek_hpo_trial *t, enum fate fate)
{
  ek_text title = { 0 };
  double x = ek_scale_at(&p->x, (double)(i + 1)), y = ek_plot_y(p, t->objective);
  ek_text_printf(&title, "Trial %zu, ", i + 1);
  ek_html_attr(&title, t->parameter);
  ek_text_printf(&title, " %g: %.4f, coverage@25 %.3f, %s", t->value, t->objective, t->coverage_at_25,
                 fate_words[fate]);
  ek_text_printf(p->out, "<svg class='trial %s' x='%.2f%%' y='%.1f' overflow='visible'><path "
                         "d='%s'><title>%s</title></path></svg>\n", fate_classes[fate], x, y, fate_shapes[fate],
                 ek_text_c(&title));
  ek_text_free(&title);
}

static void
add_plot(ek_text *out, const ek_arm_result *a, size_t index)
{
  char id[32];
  double low = a->trials[0].objective, high = low, best = low;
  for (size_t i = 1; i < a->n_trials; i++) {
    low = a->trials[i].objective < low ? a->trials[i].objective : low;
    high = a->trials[i].objective > high ? a->trials[i].objective : high;
  }
  snprintf(id, sizeof id, "hpo%zu", index);
  ek_plot p = { .out = out, .id = id, .title = "Objective by trial", .y = ek_scale_around(low, high), .height = 200,
                .x = { .low = 0.5, .high = (double)a->n_trials + 0.5 }, .x_name = "Trial", .y_name = "Objective" };
  ek_plot_begin(&p, "One mark a trial in the order of the search, and a line at the best that was kept so far.");
  for (size_t i = 0; i < a->n_trials; i++) {
    double before = best;
    if (a->trials[i].accepted)
      best = a->trials[i].objective;
    if (i)
      ek_plot_line(&p, (double)i, before, (double)i + 1, before, "best");
    if (best > before || best < before)
      ek_plot_line(&p, (double)i + 1, before, (double)i + 1, best, "best");
  }
  best = a->trials[0].objective;
  for (size_t i = 0; i < a->n_trials; i++) {
    add_trial(&p, i, &a->trials[i], fate_of(&a->trials[i], best));
    if (a->trials[i].accepted)
      best = a->trials[i].objective;
  }
  ek_plot_end(&p);
  ek_text_cstr(out, "<ul class='legend' aria-hidden='true'>");
  for (int f = 0; f < 3; f++)
    ek_text_printf(out, "<li><svg width='16' height='16'><svg class='trial %s' x='8' y='8' overflow='visible'><path "
                        "d='%s'/></svg></svg>%s</li>", fate_classes[f], fate_shapes[f], fate_words[f]);
  ek_text_cstr(out, "</ul>\n");
}

static void
add_words(ek_text *out, const ek_arm_result *a)
{
  size_t best = 0, narrow = 0;
  double kept = a->trials[0].objective;
  for (size_t i = 0; i < a->n_trials; i++) {
    narrow += fate_of(&a->trials[i], kept) == TOO_NARROW;
    if (a->trials[i].accepted) {
      best = i;
      kept = a->trials[i].objective;
    }
  }
  const ek_hyper *h = &a->trials[best].hyper;
  ek_text_cstr(out, "<p>");
  ek_html_count(out, a->n_trials, "trial", "trials");
  ek_text_printf(out, " on folds kept out of the comparison. The objective went from %.4f to <b>%.4f</b>",
                 a->trials[0].objective, kept);
  if (a->trials[0].objective > 0) {
    ek_text_cstr(out, " (");
    ek_html_change(out, kept / a->trials[0].objective - 1);
    ek_text_char(out, ')');
  }
  ek_text_printf(out, " with content %g, nto %g, pair_decay %g, back %g, nfrom %g, hist_decay %g, pop_exp %g.",
                 h->content, h->nto, h->pair_decay, h->back, h->nfrom, h->hist_decay, h->pop_exp);
  if (!(h->content > 0))
    ek_text_cstr(out, " <b>Content 0 means that the search found no use for the labels.</b>");
  if (narrow) {
    ek_text_char(out, ' ');
    ek_html_count(out, narrow, "trial", "trials");
    ek_text_cstr(out, " found more, but showed too little of the catalogue (less than 95\xe2\x80\xaf% of the first "
                      "trial's coverage) and did not count.");
  }
  ek_text_cstr(out, "</p>\n");
}

static void
add_table(ek_text *out, const ek_arm_result *a)
{
  static const char *const heads[] = { "#Trial", "Tried", "#Value", "#Objective", "#Coverage@25", "Outcome", NULL };
  double best = a->trials[0].objective;
  ek_text_cstr(out, "<details><summary>All trials of ");
  ek_html_data(out, a->name);
  ek_text_cstr(out, "</summary>\n");
  ek_html_table(out, NULL, "In the order of the search", heads);
  for (size_t i = 0; i < a->n_trials; i++) {
    const ek_hpo_trial *t = &a->trials[i];
    enum fate fate = fate_of(t, best);
    ek_text_printf(out, "<tr><th scope='row' class='n'>%zu</th><td>", i + 1);
    ek_html_data(out, t->parameter);
    ek_text_printf(out, "</td><td class='n'>%g</td><td class='n'>%.6f</td><td class='n'>%.4f</td><td>%s</td></tr>\n",
                   t->value, t->objective, t->coverage_at_25, fate_words[fate]);
    best = t->accepted ? t->objective : best;
  }
  ek_text_cstr(out, "</tbody></table></div></details>\n");
}

void
ek_html_tuning(ek_text *out, const ek_report *r)
{
  if (!ek_html_has_tuning(r))
    return;
  ek_html_section(out, "tuning", "Tuning");
  for (size_t i = 0; i < r->train->n_arms; i++) {
    const ek_arm_result *a = &r->train->arms[i];
    if (!a->n_trials)
      continue;
    ek_text_cstr(out, "<h3>");
    ek_html_data(out, a->name);
    ek_text_cstr(out, "</h3>\n");
    add_words(out, a);
    add_plot(out, a, i);
    add_table(out, a);
  }
  ek_text_cstr(out, "</section>\n");
}
