/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/verdict.h"
#include <math.h>
#include <stdio.h>
#include "report/figures.h"

#define FEW 0.2                    /* share of items below which an effect has no room */

int
ek_arm_is_unweighted(const ek_arm_result *arm)
{
  return (arm->recipe == EK_RECIPE_METADATA || arm->recipe == EK_RECIPE_COLDSTART) && !(arm->hyper.content > 0);
}

/* Labels without weight cannot be what made a difference, better or worse. */
static enum ek_helps
judge(const ek_comparison *c, const ek_arm_result *arm)
{
  if (arm && ek_arm_is_unweighted(arm))
    return EK_HELPS_UNUSED;
  if (strcmp(c->verdict, "better") == 0)
    return EK_HELPS_YES;
  return strcmp(c->verdict, "worse") == 0 ? EK_HELPS_NO : EK_HELPS_EVEN;
}

size_t
ek_verdicts(const ek_train_result *t, ek_verdict *out, size_t max)
{
  size_t n = 0;
  for (size_t i = 0; i < t->n_comparisons; i++) {
    const ek_comparison *c = &t->comparisons[i];
    const ek_arm_result *arm = ek_train_find_arm(t, c->arm);
    if (strcmp(c->metric, ek_headline_figure) != 0 || (arm && arm->recipe == EK_RECIPE_POPULARITY))
      continue;
    if (out && n < max)
      out[n] = (ek_verdict){ .comparison = c, .arm = arm, .helps = judge(c, arm) };
    n++;
  }
  return n;
}

void
ek_compared_values(const ek_train_result *t, const ek_comparison *c, double *base, double *arm)
{
  const ek_arm_result *a = ek_train_find_arm(t, c->arm), *b = ek_train_find_arm(t, c->against);
  const ek_figure *f = ek_figure_find(c->metric);
  *base = c->base;
  *arm = c->base + c->difference;
  if (a && b && f && a->mean.test_users == c->users && b->mean.test_users == c->users) {
    *base = ek_figure_get(&b->mean, f);
    *arm = ek_figure_get(&a->mean, f);
  }
}

int
ek_dial_is_of_one_fold(const ek_train_result *t)
{
  for (size_t i = 0; t->folds > 1 && i < t->n_arms; i++) {
    const ek_arm_result *a = &t->arms[i];
    for (size_t d = 0; d < a->n_dial; d++)
      if (a->dial[d].nto == a->hyper.nto)
        return fabs(a->dial[d].coverage_at_5 - a->mean.coverage_at_5) > 1e-9;
  }
  return 0;
}

const char *
ek_verdict_answer(enum ek_helps helps)
{
  static const char *const answers[] = {
    [EK_HELPS_YES] = "Yes", [EK_HELPS_NO] = "No", [EK_HELPS_EVEN] = "No difference", [EK_HELPS_UNUSED] = "No help"
  };
  return answers[helps];
}

void
ek_verdict_sentence(const ek_verdict *v, ek_text *out)
{
  const char *arm = v->comparison->arm, *against = v->comparison->against;
  if (v->helps == EK_HELPS_UNUSED)
    ek_text_printf(out, "the labels of %s have no weight (content 0), so a difference from %s is not theirs", arm,
                   against);
  else if (v->helps == EK_HELPS_EVEN)
    ek_text_printf(out, "%s and %s cannot be told apart", arm, against);
  else
    ek_text_printf(out, "%s finds %s than %s", arm, v->helps == EK_HELPS_YES ? "more" : "less", against);
}

void
ek_signed_fixed(double d, unsigned decimals, ek_text *out)
{
  char plain[64];
  int n = snprintf(plain, sizeof plain, "%.*f", (int)decimals, fabs(d));
  if (strspn(plain, "0.") < (size_t)n)
    ek_text_char(out, d < 0 ? '-' : '+');
  ek_text_cstr(out, plain);
}

void
ek_signed_percent(double share, ek_text *out)
{
  ek_signed_fixed(share * 100, 1, out);
  ek_text_cstr(out, " %");
}

static void
add_amount(ek_text *out, double d, double base)
{
  if (base > 0)
    ek_signed_percent(d / base, out);
  else
    ek_signed_fixed(d, 4, out);
}

void
ek_verdict_figures(const ek_verdict *v, ek_text *out)
{
  const ek_comparison *c = v->comparison;
  const ek_figure *metric = ek_figure_find(c->metric);
  ek_text_printf(out, "%s ", metric ? metric->title : c->metric);
  add_amount(out, c->difference, c->base);
  ek_text_cstr(out, ", 95 % interval ");
  add_amount(out, c->low, c->base);
  ek_text_cstr(out, " to ");
  add_amount(out, c->high, c->base);
  ek_text_cstr(out, ", ");
  ek_text_thousands(out, c->users);
  ek_text_cstr(out, c->users == 1 ? " user" : " users");
}

int
ek_verdict_few(const ek_arm_result *arm, uint64_t items, ek_text *out)
{
  if (!arm || !items || arm->informative >= FEW || arm->recipe == EK_RECIPE_BASE || arm->recipe == EK_RECIPE_POPULARITY)
    return 0;
  if (!arm->informative_items) {
    ek_text_printf(out, "No item has an informative category in %s, so its labels can show no effect here.", arm->name);
    return 1;
  }
  ek_text_cstr(out, "Only ");
  ek_text_thousands(out, arm->informative_items);
  ek_text_cstr(out, " of ");
  ek_text_thousands(out, items);
  ek_text_printf(out, " items (%.1f %%) have an informative category in %s, so its labels can show little effect here.",
                 arm->informative * 100, arm->name);
  return 1;
}

int
ek_verdict_tuned(const ek_train_result *t, const char *against, const ek_arm_result *arm, ek_text *out)
{
  const ek_arm_result *base = ek_train_find_arm(t, against);
  if (!arm || !base || !arm->n_trials || base->n_trials)
    return 0;
  ek_text_printf(out, "%s was tuned and %s was not, so a part of the difference may come from tuning.",
                      arm->name, base->name);
  return 1;
}

void
ek_folds_words(unsigned folds, ek_text *out)
{
  static const char *const words[] = { "no",  "one", "two",   "three", "four", "five",
                                       "six", "seven", "eight", "nine", "ten" };
  if (folds < sizeof words / sizeof *words)
    ek_text_cstr(out, words[folds]);
  else
    ek_text_u64(out, folds);
  ek_text_cstr(out, folds == 1 ? " fold" : " folds");
}

int
ek_verdict_folds(unsigned folds, ek_text *out)
{
  if (folds == 0 || folds >= 10)
    return 0;
  ek_text_cstr(out, "This is ");
  ek_folds_words(folds, out);
  ek_text_cstr(out, " of ten: train.evaluation.folds: 10 tests every user once.");
  return 1;
}
