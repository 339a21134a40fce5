/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/compare.h"
#include <stdio.h>
#include "report/figures.h"
#include "report/json_stages.h"
#include "report/verdict.h"

#define NAME 26u                   /* columns of the names of metrics ...        */
#define BASE 9u                    /* ... and of the figures, at least           */
#define ARM 11u
#define REMARK 30u                 /* from difference to verdict                 */

typedef struct pair { const char *against, *arm; } pair;

/* ---- what is compared with what ---- */

/* The pairs in the order in which they first appear: at is the place to go on from. */
static int
next_pair(const ek_train_result *t, size_t *at, pair *out)
{
  for (; *at < t->n_comparisons; ++*at) {
    const ek_comparison *c = &t->comparisons[*at];
    size_t before = 0;
    while (strcmp(t->comparisons[before].against, c->against) != 0 || strcmp(t->comparisons[before].arm, c->arm) != 0)
      before++;
    if (before == *at) {
      *out = (pair){ c->against, c->arm };
      ++*at;
      return 1;
    }
  }
  return 0;
}

static int
is_shown(const ek_compare *c, const ek_figure *f)
{
  return f && (c->metric ? ek_figure_find(c->metric) == f : f->table);
}

static const ek_comparison *
find_row(const ek_compare *c, const pair *p, const ek_figure *f)
{
  for (size_t i = 0; i < c->result->n_comparisons; i++) {
    const ek_comparison *row = &c->result->comparisons[i];
    if (strcmp(row->against, p->against) == 0 && strcmp(row->arm, p->arm) == 0 && ek_figure_find(row->metric) == f)
      return row;
  }
  return NULL;
}

int
ek_compare_worse(const ek_compare *c)
{
  for (size_t i = 0; i < c->result->n_comparisons; i++)
    if (is_shown(c, ek_figure_find(c->result->comparisons[i].metric)) &&
        strcmp(c->result->comparisons[i].verdict, "worse") == 0)
      return 1;
  return 0;
}

/* ---- the table ---- */

/* "normalized_..._gain_at_25": the ends of a name tell, its middle does not. */
static void
short_name(const char *name, char out[NAME + 1])
{
  const char *gain = strstr(name, "_discounted_cumulative_gain");
  if (gain)
    snprintf(out, NAME + 1, "normalized_...%s", gain + strlen("_discounted_cumulative"));
  else
    snprintf(out, NAME + 1, "%s", name);
}

static size_t
column(const char *name, size_t least)
{
  size_t n = strlen(name) + 2;
  return n > least ? n : least;
}

static void
add_header(const pair *p, ek_text *out)
{
  ek_text_printf(out, "%*s%*s%*s    difference, 95 %% interval\n", (int)NAME, "", (int)column(p->against, BASE),
                 p->against, (int)column(p->arm, ARM), p->arm);
}

/* Two figures under their names. */
static void
add_figures(const pair *p, double base, double arm, int decimals, ek_text *out)
{
  int left = (int)column(p->against, BASE), right = (int)column(p->arm, ARM);
  ek_text_printf(out, "%*.*f%*.*f    ", left, decimals, base, right, decimals, arm);
}

static void
add_row(const ek_train_result *t, const pair *p, const ek_comparison *c, ek_text *out)
{
  char name[NAME + 1];
  double base, arm;
  short_name(c->metric, name);
  ek_compared_values(t, c, &base, &arm);
  ek_text_printf(out, "%-*s", (int)NAME, name);
  add_figures(p, base, arm, 4, out);
  size_t start = out->len;
  ek_signed_fixed(c->difference, 4, out);
  ek_text_cstr(out, "  ");
  ek_signed_fixed(c->low, 4, out);
  ek_text_cstr(out, " .. ");
  ek_signed_fixed(c->high, 4, out);
  ek_text_printf(out, "%*s%s\n", start + REMARK > out->len ? (int)(start + REMARK - out->len) : 3, "", c->verdict);
}

static const ek_dial_point *
dial_at(const ek_arm_result *a, double nto)
{
  for (size_t i = 0; i < a->n_dial; i++)
    if (a->dial[i].nto == nto)
      return &a->dial[i];
  return NULL;
}

static void
add_coverage(const pair *p, double nto, double base, double arm, const char *remark, ek_text *out)
{
  char name[64];
  snprintf(name, sizeof name, "coverage_at_5, nto %g", nto);
  ek_text_printf(out, "%-*s", (int)NAME, name);
  add_figures(p, base, arm, 3, out);
  size_t start = out->len;
  ek_signed_fixed(arm - base, 3, out);
  if (*remark)
    ek_text_printf(out, "%*s%s", (int)(start + REMARK - out->len), "", remark);
  ek_text_char(out, '\n');
}

/* Never one number (training.md section 5): the undamped end of the dial and 0.1, or
 * what comes nearest; without a dial the one setting that was trained. */
static void
add_coverages(const ek_compare *c, const pair *p, ek_text *out)
{
  const ek_arm_result *base = ek_train_find_arm(c->result, p->against), *arm = ek_train_find_arm(c->result, p->arm);
  double low = 0, high = 0;
  const ek_figure *only = c->metric ? ek_figure_find(c->metric) : NULL;
  if (!base || !arm || (only && !only->coverage))
    return;
  if (!arm->n_dial || !base->n_dial) {
    add_coverage(p, arm->hyper.nto, base->mean.coverage_at_5, arm->mean.coverage_at_5, "", out);
    return;
  }
  low = high = arm->dial[0].nto;
  for (size_t i = 0; i < arm->n_dial; i++) {
    low = arm->dial[i].nto < low ? arm->dial[i].nto : low;
    high = arm->dial[i].nto > high ? arm->dial[i].nto : high;
  }
  if (dial_at(arm, 0.1))
    high = 0.1;
  for (int second = 0; second < (high > low ? 2 : 1); second++) {
    double nto = second ? high : low;
    const ek_dial_point *b = dial_at(base, nto), *a = dial_at(arm, nto);
    const char *remark = ek_dial_is_of_one_fold(c->result) ? "on one fold" : "";
    if (a && b)
      add_coverage(p, nto, b->coverage_at_5, a->coverage_at_5, second ? "read the dial, not one number" : remark, out);
  }
}

/* ---- around the table ---- */

static void
add_share(double share, ek_text *out)
{
  ek_text_printf(out, share > 0 && share < 0.1 ? "%.1f %%" : "%.0f %%", share * 100);
}

static void
add_informative(const ek_compare *c, ek_text *out)
{
  const ek_train_result *t = c->result;
  size_t at = 0, n = 0;
  pair p;
  while (next_pair(t, &at, &p))
    n += ek_train_find_arm(t, p.arm) != NULL;
  at = 0;
  for (size_t i = 0; next_pair(t, &at, &p);) {
    const ek_arm_result *arm = ek_train_find_arm(t, p.arm);
    if (!arm)
      continue;
    ek_text_cstr(out, i++ ? ", " : "  Items with an informative category: ");
    if (n > 1)
      ek_text_printf(out, "%s ", arm->name);
    add_share(arm->informative, out);
  }
}

static void
add_title(const ek_compare *c, ek_text *out)
{
  const ek_train_result *t = c->result;
  const ek_comparison *first = t->n_comparisons ? t->comparisons : NULL;
  ek_text_printf(out, "%s: ", c->name);
  ek_text_thousands(out, t->facts.items);
  ek_text_cstr(out, " items, ");
  ek_text_thousands(out, t->facts.interactions);
  ek_text_cstr(out, " interactions, ");
  ek_text_thousands(out, first ? first->users : 0);
  ek_text_cstr(out, " users tested (");
  ek_folds_words(first ? first->folds : t->folds, out);
  ek_text_cstr(out, ").");
  add_informative(c, out);
  ek_text_char(out, '\n');
}

/* "precision_at_5 and mean_reciprocal_rank_at_25": the rows with this verdict. */
static void
add_names(const ek_compare *c, const pair *p, const char *verdict, unsigned n, ek_text *out)
{
  unsigned done = 0;
  for (size_t i = 0; i < EK_FIGURES; i++) {
    const ek_comparison *row = is_shown(c, &ek_figures[i]) ? find_row(c, p, &ek_figures[i]) : NULL;
    if (!row || strcmp(row->verdict, verdict) != 0)
      continue;
    ek_text_cstr(out, done == 0 ? "" : done + 1 == n ? " and " : ", ");
    ek_text_cstr(out, row->metric);
    done++;
  }
}

void
ek_compare_verdict(const ek_compare *c, const char *against, const char *arm, ek_text *out)
{
  pair p = { against, arm };
  unsigned better = 0, worse = 0, rows = 0;
  for (size_t i = 0; i < EK_FIGURES; i++) {
    const ek_comparison *row = is_shown(c, &ek_figures[i]) ? find_row(c, &p, &ek_figures[i]) : NULL;
    rows += row != NULL;
    better += row && strcmp(row->verdict, "better") == 0;
    worse += row && strcmp(row->verdict, "worse") == 0;
  }
  if (!rows)
    ek_text_printf(out, "%s and %s have no interval to compare", arm, against);
  else if (!better && !worse)
    ek_text_printf(out, "%s and %s cannot be told apart on relevance", arm, against);
  else if (better == rows || worse == rows)
    ek_text_printf(out, "%s is %s than %s on relevance", arm, better ? "better" : "worse", against);
  else {
    ek_text_printf(out, "%s ", arm);
    if (better) {
      ek_text_printf(out, "is better than %s on ", against);
      add_names(c, &p, "better", better, out);
    }
    if (worse) {
      ek_text_printf(out, better ? ", worse on " : "is worse than %s on ", against);
      add_names(c, &p, "worse", worse, out);
    }
    if (better + worse < rows)
      ek_text_cstr(out, ", the same within the interval on the rest");
  }
}

static void
add_end(const ek_compare *c, ek_text *out)
{
  ek_text words = { 0 };
  size_t at = 0;
  pair p;
  while (next_pair(c->result, &at, &p)) {
    const ek_arm_result *arm = ek_train_find_arm(c->result, p.arm);
    ek_text_cstr(out, "Verdict: ");
    ek_compare_verdict(c, p.against, p.arm, out);
    ek_text_cstr(out, ", on this file and this protocol.");
    if (at >= c->result->n_comparisons || !next_pair(c->result, &(size_t){ at }, &(pair){ 0 }))
      ek_text_printf(out, " Coverage depends on nto: see %s.", c->see ? c->see : "report.html");
    ek_text_char(out, '\n');
    ek_text_clear(&words);
    if (arm && ek_arm_is_unweighted(arm))
      ek_text_printf(out, "         The labels of %s have no weight (content 0): what differs is not theirs.\n", p.arm);
    if (ek_verdict_tuned(c->result, p.against, arm, &words))
      ek_text_printf(out, "         %s\n", ek_text_c(&words));
    ek_text_clear(&words);
    if (ek_verdict_few(arm, c->result->facts.items, &words))
      ek_text_printf(out, "         %s\n", ek_text_c(&words));
  }
  ek_text_clear(&words);
  if (ek_verdict_folds(c->result->n_comparisons ? c->result->comparisons[0].folds : c->result->folds, &words))
    ek_text_printf(out, "%s\n", ek_text_c(&words));
  ek_text_free(&words);
}

void
ek_compare_text(const ek_compare *c, ek_text *out)
{
  size_t at = 0;
  pair p;
  add_title(c, out);
  while (next_pair(c->result, &at, &p)) {
    add_header(&p, out);
    for (size_t i = 0; i < EK_FIGURES; i++) {
      const ek_comparison *row = is_shown(c, &ek_figures[i]) ? find_row(c, &p, &ek_figures[i]) : NULL;
      if (row)
        add_row(c->result, &p, row, out);
    }
    add_coverages(c, &p, out);
  }
  add_end(c, out);
}

void
ek_compare_json(const ek_compare *c, ek_text *out)
{
  ek_text words = { 0 };
  ek_jsonw w = { .out = out };
  size_t at = 0;
  pair p;
  ek_jsonw_open(&w, NULL, '{', 1);
  ek_jsonw_text(&w, "name", c->name);
  ek_report_json_data(&w, &c->result->facts);
  ek_report_json_arms(&w, c->result);
  ek_report_json_comparisons(&w, c->result);
  ek_jsonw_open(&w, "verdicts", '[', 0);
  while (next_pair(c->result, &at, &p)) {
    ek_text_clear(&words);
    ek_compare_verdict(c, p.against, p.arm, &words);
    ek_jsonw_str(&w, NULL, (ek_str){ words.data, words.len });
  }
  ek_jsonw_close(&w, ']');
  ek_jsonw_close(&w, '}');
  ek_text_char(out, '\n');
  ek_text_free(&words);
}
