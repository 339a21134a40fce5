/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit compare: earlier runs on the same interactions, user by user.    */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/pool.h"
#include "command/internal.h"
#include "command/runs.h"
#include "report/compare.h"
#include "report/figures.h"
#include "report/side.h"
#include "stage/local/evaluate.h"

typedef struct comparing {
  const ek_command *cmd;
  const char *metric;
  int fail_if_worse;
  unsigned folds;                  /* 0: those of the runs                      */
  ek_past_run *runs; size_t n;
  ek_train_result result;          /* all in one, arms named as typed           */
} comparing;

/* ---- arguments -------------------------------------------------------------------- */

static int
no_metric(const ek_command *cmd, const char *value)
{
  char shown[128];
  return ek_usage(cmd, "the metrics are precision_at_K, normalized_discounted_cumulative_gain_at_K (K 5, 10, 25) and "
                       "mean_reciprocal_rank_at_25", "no metric '%s' that a single user has",
                  ek_show(ek_cstr(value), shown, sizeof shown)), -1;
}

static int
take_folds(const ek_command *cmd, const ek_arg *row, const char *value)
{
  unsigned *folds = row->to;
  char shown[128];
  int64_t n = 0;
  if (!ek_number_int(ek_cstr(value), &n) || n < 1 || n > 10)
    return ek_usage(cmd, NULL, "--folds is a whole number from 1 to 10, not '%s'",
                    ek_show(ek_cstr(value), shown, sizeof shown)), -1;
  *folds = (unsigned)n;
  return 0;
}

static int
take_metric(const ek_command *cmd, const ek_arg *row, const char *value)
{
  const ek_figure *figure = ek_figure_find(value);
  if (!figure)
    return no_metric(cmd, value);
  *(const char **)row->to = figure->name;
  return 0;
}

static int
take_fail_if(const ek_command *cmd, const ek_arg *row, const char *value)
{
  char shown[128];
  if (strcmp(value, "worse") != 0)
    return ek_usage(cmd, "write --fail-if worse", "--fail-if knows 'worse', not '%s'",
                    ek_show(ek_cstr(value), shown, sizeof shown)), -1;
  *(int *)row->to = 1;
  return 0;
}

/* The runs into typed, which has room for all of them. */
static int
read_args(const ek_command *cmd, int argc, char **argv, comparing *c, char **typed)
{
  ek_paths runs = { .list = typed };
  const ek_arg rows[] = {
    EK_ARG_TAKEN("--folds", take_folds, &c->folds), EK_ARG_TAKEN("--metric", take_metric, &c->metric),
    EK_ARG_TAKEN("--fail-if", take_fail_if, &c->fail_if_worse), EK_ARG_PATH(&runs), EK_ARGS_END
  };
  if (ek_args_read(cmd, argc, argv, rows) < 0)
    return -1;
  c->n = runs.n;
  if (!c->n)
    return ek_usage(cmd, "name output folders: enrichkit compare out-v1 out-v2:image", "which runs?"), -1;
  return 0;
}

/* ---- the same questions to the same users ------------------------------------------- */

static int
refuse(const ek_past_run *a, const ek_past_run *b, const char *help, const char *what, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "not_comparable", "%s and %s cannot be compared: %s", a->typed, b->typed, what);
  return ek_help(e, "%s", help);
}

static int
same_protocol(const ek_past_run *a, const ek_past_run *b, ek_error *e)
{
  if (a->result.facts.digest != b->result.facts.digest)
    return refuse(a, b, "run both on the same interactions, with the same event type and threshold",
                  "they were tested on different interactions", e);
  if (a->result.excluded_seen != b->result.excluded_seen)
    return refuse(a, b, "write the same train.evaluation.exclude_seen in both",
                  "one was free to recommend what a user has seen, the other was not", e);
  if ((a->arm->recipe == EK_RECIPE_COLDSTART) != (b->arm->recipe == EK_RECIPE_COLDSTART))
    return refuse(a, b, "compare an arm of recipe coldstart with another such arm",
                  "recipe coldstart is tested on new items, the others on all", e);
  return 0;
}

static unsigned
first_folds(unsigned n)
{
  return (1u << n) - 1;
}

static int
same_folds(comparing *c, ek_past_run *r, ek_error *e)
{
  const ek_past_run *first = &c->runs[0];
  unsigned wanted = c->folds ? first_folds(c->folds) : first->folds;
  if (c->folds && (r->folds & wanted) != wanted) {
    ek_fail(e, EK_EXIT_REFUSED, "not_comparable", "%s was not tested on all of the first %u folds", r->typed, c->folds);
    return ek_help(e, "run it again with --set train.evaluation.folds=%u", c->folds);
  }
  if (r->folds != wanted && !c->folds)
    return refuse(first, r, "compare what both have, as with --folds 1; or run both with train.evaluation.folds: 10",
                  "they were tested on different folds", e);
  ek_past_run_keep(r, wanted);
  return 0;
}

static int
same_users(const ek_past_run *a, const ek_past_run *b, ek_error *e)
{
  int same = a->n == b->n;
  for (size_t i = 0; same && i < a->n; i++)
    same = strcmp(a->ids.data + a->id[i], b->ids.data + b->id[i]) == 0;
  return same ? 0 : refuse(a, b, "run both again with the same enrichkit", "they were tested on different users", e);
}

/* ---- comparing ------------------------------------------------------------------------ */

static double
mean(const float *v, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (double)v[i];
  return n ? sum / (double)n : 0;
}

static unsigned
count_bits(unsigned bits)
{
  unsigned n = 0;
  for (; bits; bits &= bits - 1)
    n++;
  return n;
}

static int
add_pair(comparing *c, const ek_past_run *base, const ek_past_run *run, ek_error *e)
{
  ek_bootstrap_pair pairs[EK_RUN_METRICS] = { 0 };
  const ek_stage_watch watch = { .stop = &ek_signal_stop };
  for (size_t m = 0; m < EK_RUN_METRICS; m++)
    pairs[m] = (ek_bootstrap_pair){ .base = base->values[m], .arm = run->values[m], .stride = 1 };
  if (ek_bootstrap_pairs(pairs, EK_RUN_METRICS, base->n, ek_pool_processors(), &watch, e) < 0)
    return -1;
  for (size_t m = 0; m < EK_RUN_METRICS; m++)
    c->result.comparisons[c->result.n_comparisons++] = (ek_comparison){
      .against = base->typed, .arm = run->typed, .metric = ek_run_metrics[m], .users = base->n,
      .folds = count_bits(base->folds), .base = mean(base->values[m], base->n), .difference = pairs[m].difference,
      .low = pairs[m].low, .high = pairs[m].high, .p = pairs[m].p,
      .verdict = pairs[m].low > 0 ? "better" : pairs[m].high < 0 ? "worse" : "no difference" };
  return 0;
}

/* Borrows what the runs own; only the lists are its own. */
static int
combine(comparing *c, ek_error *e)
{
  ek_train_result *t = &c->result;
  *t = (ek_train_result){ .facts = c->runs[0].result.facts, .excluded_seen = c->runs[0].result.excluded_seen };
  t->arms = ek_mem_zero(c->n, sizeof *t->arms);
  t->comparisons = ek_mem_zero(c->n * EK_RUN_METRICS, sizeof *t->comparisons);
  for (size_t i = 0; i < c->n; i++) {
    ek_past_run *r = &c->runs[i];
    if ((i && same_protocol(&c->runs[0], r, e) < 0) || ek_past_run_users(r, e) < 0 || same_folds(c, r, e) < 0 ||
        (i && same_users(&c->runs[0], r, e) < 0))
      return -1;
    t->arms[t->n_arms] = *r->arm;
    t->arms[t->n_arms++].name = (char *)r->typed;
    if (!r->n)
      return ek_fail(e, EK_EXIT_REFUSED, "no_users", "%s: no user was tested", r->typed);
    if (i && add_pair(c, &c->runs[0], r, e) < 0)
      return -1;
  }
  t->folds = count_bits(c->runs[0].folds);
  return 0;
}

/* ---- one run, or several ----------------------------------------------------------------- */

static int
nothing_to_compare(const ek_past_run *r, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "one_arm", "%s: there is nothing to compare with", r->typed);
  return ek_help(e, "name two runs: enrichkit compare out-v1 out-v2");
}

static void
tell(const comparing *c, const ek_cli *cli, const char *name, const ek_train_result *result)
{
  ek_text page = { 0 };
  ek_text_printf(&page, "%s/report.html", c->runs[0].folder);
  const ek_compare show = { .name = name, .result = result, .metric = c->metric,
                            .see = access(ek_text_c(&page), F_OK) == 0 ? ek_text_c(&page) : NULL };
  ek_text t = { 0 };
  if (cli->json)
    ek_compare_json(&show, &t);
  else
    ek_compare_text(&show, &t);
  ek_print(&t);
  ek_text_free(&t);
  ek_text_free(&page);
}

static int
status_of(const comparing *c, const ek_train_result *result)
{
  const ek_compare judge = { .result = result, .metric = c->metric };
  return c->fail_if_worse && ek_compare_worse(&judge) ? EK_EXIT_REJECTS : EK_EXIT_OK;
}

/* What its own report says: its arms against base, or the one that was named. */
static int
tell_own(const comparing *c, const ek_past_run *r, const ek_cli *cli, ek_error *e)
{
  ek_train_result some = r->result;
  int named = strcmp(r->typed, r->folder) != 0;
  some.comparisons = ek_mem_zero(some.n_comparisons + 1, sizeof *some.comparisons);
  some.n_comparisons = 0;
  for (size_t i = 0; i < r->result.n_comparisons; i++)
    if (!named || strcmp(r->result.comparisons[i].arm, r->arm->name) == 0)
      some.comparisons[some.n_comparisons++] = r->result.comparisons[i];
  int status = some.n_comparisons ? status_of(c, &some) : nothing_to_compare(r, e);
  if (some.n_comparisons)
    tell(c, cli, r->name, &some);
  free(some.comparisons);
  return status;
}

static int
tell_several(comparing *c, const ek_cli *cli, ek_error *e)
{
  int status = combine(c, e);
  if (status == 0) {
    tell(c, cli, c->runs[0].name, &c->result);
    status = status_of(c, &c->result);
  }
  free(c->result.arms);
  free(c->result.comparisons);
  return status;
}

/* FOLDER alone, on fewer folds than it has: its arms as runs of their own, base first. */
static char **
own_arms(const ek_past_run *r, size_t *n)
{
  char **typed = ek_mem_zero(r->result.n_arms + 1, sizeof *typed);
  *n = 0;
  for (size_t i = 0; i < r->result.n_arms; i++) {
    ek_text t = { 0 };
    enum ek_recipe recipe = r->result.arms[i].recipe;
    int named = strcmp(r->typed, r->folder) != 0;
    if (recipe != EK_RECIPE_BASE && (named ? &r->result.arms[i] != r->arm : recipe == EK_RECIPE_POPULARITY))
      continue;
    ek_text_printf(&t, "%s:%s", r->folder, r->result.arms[i].name);
    typed[(*n)++] = ek_mem_strdup(ek_text_c(&t));
    ek_text_free(&t);
  }
  return typed;
}

/* ---- runs of the engine personalize: no user is known by itself ------------------------------ */

static int
any_in_cloud(const comparing *c)
{
  for (size_t i = 0; i < c->n; i++)
    if (c->runs[i].arm && c->runs[i].arm->recipe_name)
      return 1;
  return 0;
}

static int
refuse_statistics(const comparing *c, ek_error *e)
{
  const ek_figure *figure = c->metric ? ek_figure_find(c->metric) : NULL;
  if (c->fail_if_worse || c->folds)
    ek_fail(e, EK_EXIT_REFUSED, "no_statistics", "%s: Amazon Personalize tells means only, not what each user got, so there "
            "is no verdict", c->fail_if_worse ? "--fail-if worse" : "--folds");
  else if (figure && !ek_side_has(figure))
    ek_fail(e, EK_EXIT_REFUSED, "no_statistics", "Amazon Personalize does not tell %s", figure->name);
  else
    return 0;
  return ek_help(e, "leave it out to see the figures side by side; 'enrichkit run' with engine local judges, on the same files");
}

static int
tell_side_by_side(const comparing *c, const ek_cli *cli, ek_error *e)
{
  static const char why[] = "Amazon Personalize tells means only, not what each user got: no intervals, no verdict";
  const ek_train_result *only = c->n == 1 ? &c->runs[0].result : NULL;
  size_t n = 0;
  ek_side_row *rows = ek_mem_zero(c->n + (only ? only->n_earlier : 0) + 1, sizeof *rows);
  ek_text t = { 0 };
  if (refuse_statistics(c, e) < 0) {
    free(rows);
    return -1;
  }
  for (size_t i = 0; i < c->n; i++)
    rows[n++] = (ek_side_row){ c->runs[i].typed, c->runs[i].arm };
  for (size_t i = 0; only && i < only->n_earlier; i++)       /* versions of the same folder */
    rows[n++] = (ek_side_row){ only->earlier[i].name, &only->earlier[i] };
  if (cli->json) {
    ek_jsonw w = { .out = &t };
    ek_jsonw_open(&w, NULL, '{', 1);
    ek_jsonw_open(&w, "arms", '[', 1);
    for (size_t i = 0; i < n; i++)
      ek_side_json(&w, rows[i].name, rows[i].arm);
    ek_jsonw_close(&w, ']');
    ek_jsonw_null(&w, "compare");
    ek_jsonw_text(&w, "why", why);
    ek_jsonw_close(&w, '}');
    ek_text_char(&t, '\n');
  } else {
    ek_side_text(rows, n, c->metric ? ek_figure_find(c->metric) : NULL, 0, &t);
    ek_text_printf(&t, "%s.\n", why);
  }
  ek_print(&t);
  ek_text_free(&t);
  free(rows);
  return EK_EXIT_OK;
}

static int
compare_named(comparing *c, const ek_cli *cli, char *const *typed, size_t n, ek_error *e)
{
  int status = 0;
  c->runs = ek_mem_zero(n + 1, sizeof *c->runs);
  for (c->n = 0; c->n < n && status == 0; c->n++)
    status = ek_past_run_open(&c->runs[c->n], typed[c->n], n == 1, e);
  if (status == 0 && any_in_cloud(c))
    status = tell_side_by_side(c, cli, e);
  else if (status == 0 && c->metric && ek_figure_find(c->metric)->coverage)
    status = no_metric(c->cmd, c->metric) < 0 ? EK_EXIT_REFUSED : 0;
  else if (status == 0 && n > 1)
    status = tell_several(c, cli, e);
  else if (status == 0 && c->folds && c->folds != c->runs[0].result.folds) {
    comparing own = { .metric = c->metric, .fail_if_worse = c->fail_if_worse, .folds = c->folds };
    size_t n_own;
    char **arms = own_arms(&c->runs[0], &n_own);
    status = n_own > 1 ? compare_named(&own, cli, arms, n_own, e) : nothing_to_compare(&c->runs[0], e);
    for (size_t i = 0; i < n_own; i++)
      free(arms[i]);
    free(arms);
  } else if (status == 0)
    status = tell_own(c, &c->runs[0], cli, e);
  for (size_t i = 0; i < c->n; i++)
    ek_past_run_clear(&c->runs[i]);
  free(c->runs);
  return status;
}

int
ek_cmd_compare(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  comparing c = { .cmd = cmd };
  ek_error e = { 0 };
  char **typed = ek_mem_zero((size_t)argc, sizeof *typed);
  int status = read_args(cmd, argc, argv, &c, typed) < 0 ? EK_EXIT_REFUSED : compare_named(&c, cli, typed, c.n, &e);
  if (status < 0) {
    ek_log_error(&e);
    status = ek_signal_stop ? 128 + ek_signal_stop : e.status;
  }
  free(typed);
  return status;
}
