/* SPDX-License-Identifier: BSD-3-Clause */
/* The plan for people: the picture of configuration.md section 4.           */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "command/plan.h"
#include "config/yaml.h"

#define LABEL 9u                  /* width of the words at the left             */
#define COUNTED 63u               /* where [counted] stands                     */

static void
blanks(ek_text *out, size_t n)
{
  while (n--)
    ek_text_char(out, ' ');
}

static void
label(ek_text *out, const char *word)
{
  ek_text_printf(out, "%-*s", (int)LABEL, word);
}

/* "1 item", "1,204 items" */
static void
count(ek_text *out, uint64_t n, const char *one, const char *many)
{
  ek_text_thousands(out, n);
  ek_text_printf(out, " %s", n == 1 ? one : many);
}

static void
bytes(ek_text *out, uint64_t n)
{
  static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
  double v = (double)n;
  size_t u = 0;
  while (v >= 999.5 && u + 1 < sizeof units / sizeof *units) {
    v /= 1000;
    u++;
  }
  ek_text_printf(out, u && v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[u]);
}

/* "40 s", "12 min", "3.5 h": upwards, as nobody minds being early. */
static void
span(ek_text *out, double seconds)
{
  if (seconds < 100)
    ek_text_printf(out, "%.0f s", ceil(seconds));
  else if (seconds < 100 * 60)
    ek_text_printf(out, "%.0f min", ceil(seconds / 60));
  else
    ek_text_printf(out, "%.1f h", ceil(seconds / 360) / 10);
}

/* In hundredths from one unit on: more would claim to know. The JSON form is exact. */
static void
money(ek_text *out, int64_t nano, const char *currency)
{
  char buf[EK_MONEY_MAX];
  if (nano >= 1000000000 && nano < INT64_MAX - 5000000)
    nano = (nano + 5000000) / 10000000 * 10000000;
  ek_text_printf(out, "%s %s", ek_money_amount(nano, 2, buf), currency);
}

/* ---- reads ------------------------------------------------------------------------------- */

static void
add_reads(ek_text *out, const ek_run_plan *p)
{
  size_t line = out->len;
  int any = 0;
  label(out, "Reads");
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    const ek_counted *c = &p->counted[k];
    char one[16];
    if (!p->job->present[k])
      continue;
    ek_text_cstr(out, any++ ? "  " : "");
    if (!c->known) {
      ek_text_printf(out, "%s from standard input", ek_kind_nouns[k]);
      continue;
    }
    snprintf(one, sizeof one, "%.*s", (int)strlen(ek_kind_nouns[k]) - 1, ek_kind_nouns[k]);
    count(out, c->records, one, ek_kind_nouns[k]);
    if (k == EK_ITEMS) {
      ek_text_cstr(out, " (");
      bytes(out, c->bytes);
      ek_text_char(out, ')');
    }
  }
  size_t at = out->len - line;
  blanks(out, at + 2 > COUNTED ? 2 : COUNTED - at);
  ek_text_cstr(out, "[counted]\n");
}

static void
add_rejects(ek_text *out, const ek_run_plan *p)
{
  if (!p->stats->rejected)
    return;
  label(out, "Rejects");
  count(out, p->stats->rejected, "item: ", "items: ");
  ek_reasons(p->stats, out);
  ek_text_char(out, '\n');
}

/* ---- steps ---------------------------------------------------------------------------------- */

typedef struct widths { size_t name, figure; } widths;

static widths
measure(const ek_run_plan *p)
{
  widths w = { 0, 0 };
  for (unsigned i = 0; i < p->job->chain.n_steps; i++) {
    const ek_planned *s = &p->steps[i];
    size_t name = strlen(p->settings->chain[i].name), items = ek_text_thousands_width(s->items), calls = ek_text_thousands_width(s->calls);
    w.name = name > w.name ? name : w.name;
    w.figure = items > w.figure ? items : w.figure;
    w.figure = calls > w.figure ? calls : w.figure;
  }
  return w;
}

/* A line below the step's own, its figure under the others. */
static void
below(ek_text *out, const widths *w, uint64_t n)
{
  size_t d = ek_text_thousands_width(n);
  blanks(out, LABEL + w->name + 3 + (d < w->figure ? w->figure - d : 0));
  ek_text_thousands(out, n);
}

static void
add_condition(ek_text *out, const ek_step_settings *s)
{
  if (s->when == EK_WHEN_FEWER && s->fewer_than == 1)
    ek_text_cstr(out, " without labels");
  else if (s->when == EK_WHEN_FEWER)
    ek_text_printf(out, " with fewer than %u labels", s->fewer_than);
}

/* " at 50/s: 12 min, 35.00 USD" */
static void
add_effort(ek_text *out, const ek_run_plan *p, unsigned i)
{
  const ek_step_settings *s = &p->settings->chain[i];
  const ek_planned *o = &p->steps[i];
  if (o->calls && o->guessed)
    ek_text_printf(out, ", %u at a time: about ", s->workers);
  else if (o->calls && s->rate.per_second < 1)
    ek_text_printf(out, " at %.3g/m: ", s->rate.per_second * 60);
  else if (o->calls)
    ek_text_printf(out, " at %.4g/s: ", s->rate.per_second);
  if (o->calls)
    span(out, o->seconds);
  if (p->job->chain.steps[i].instance->paid) {
    ek_text_cstr(out, ", ");
    money(out, o->cost, ek_settings_currency(p->settings, i));
  }
}

static void
add_network(ek_text *out, const ek_run_plan *p, unsigned i, const widths *w)
{
  const ek_planned *o = &p->steps[i];
  if (ek_needs(p->job->chain.steps[i].instance->plugin, EK_EXT_ASSET)) {
    ek_text_cstr(out, ", ");
    ek_text_thousands(out, o->with_picture);
    ek_text_cstr(out, " with a picture, ");
    count(out, o->addresses, "distinct URL", "distinct URLs");
  }
  ek_text_char(out, '\n');
  if (o->cache_hits) {
    below(out, w, o->cache_hits);
    ek_text_cstr(out, " in the cache (free) -> ");
    ek_text_thousands(out, o->calls);
  } else
    below(out, w, o->calls);
  ek_text_cstr(out, o->calls == 1 ? " call" : " calls");
  add_effort(out, p, i);
  ek_text_char(out, '\n');
  if (o->unknown) {
    below(out, w, o->unknown);
    ek_text_cstr(out, o->unknown == 1 ? " of the pictures is not known yet: if it equals another, it costs nothing\n"
                                      : " of the pictures are not known yet: those that equal others cost nothing\n");
  }
  if (o->more_for_arms) {
    below(out, w, o->more_for_arms);
    ek_text_printf(out, " of the items for the arms alone: the whole chain would not ask about %s\n",
                   o->more_for_arms == 1 ? "it" : "them");
  }
}

static void
add_steps(ek_text *out, const ek_run_plan *p)
{
  widths w = measure(p);
  for (unsigned i = 0; i < p->job->chain.n_steps; i++) {
    const ek_step *step = &p->job->chain.steps[i];
    const ek_planned *o = &p->steps[i];
    label(out, "Step");
    ek_text_printf(out, "%-*s   ", (int)w.name, step->settings->name);
    blanks(out, w.figure - ek_text_thousands_width(o->items));
    count(out, o->items, "item", "items");
    add_condition(out, step->settings);
    if (step->instance->network)
      add_network(out, p, i, &w);
    else
      ek_text_cstr(out, "     no calls\n");
  }
}

/* ---- money ------------------------------------------------------------------------------------ */

static void
add_budget(ek_text *out, const char *of, const ek_budget *b, int64_t spent, int reached, uint64_t after)
{
  char buf[EK_MONEY_MAX];
  label(out, "Budget");
  ek_text_cstr(out, of);
  if (b->kind == EK_BUDGET_NONE) {
    ek_text_cstr(out, "none: the run pays whatever it takes.\n");
    return;
  }
  ek_text_cstr(out, ek_money_text(b->money, buf));
  if (spent) {
    ek_text_cstr(out, ", of which ");
    money(out, spent, b->money.currency);
    ek_text_cstr(out, " are spent,");
  }
  if (!reached) {
    ek_text_cstr(out, " is enough.\n");
    return;
  }
  ek_text_cstr(out, " is reached after about ");
  count(out, after, "call", "calls");
  ek_text_cstr(out, ": the run would stop there and go on with a higher budget.\n");
}

/* What it would cost, upwards to a whole unit. */
static void
suggest(ek_text *out, const ek_planned *o, const char *currency)
{
  ek_text_printf(out, "%lld %s", (long long)(o->cost / 1000000000 + (o->cost % 1000000000 || !o->cost)), currency);
}

static void
add_budgets(ek_text *out, const ek_run_plan *p)
{
  unsigned paid = 0;
  for (unsigned i = 0; i < p->job->chain.n_steps; i++)
    paid += p->job->chain.steps[i].instance->paid != 0;
  for (unsigned i = 0; i < p->job->chain.n_steps; i++) {
    const ek_step *step = &p->job->chain.steps[i];
    const ek_planned *o = &p->steps[i];
    char of[64] = "";
    if (!step->instance->paid)
      continue;
    if (p->asked_for[i]) {
      label(out, "Budget");
      ek_text_printf(out, "none is set: a run wants   budget: ");
      suggest(out, o, ek_settings_currency(p->settings, i));
      ek_text_printf(out, "   in step '%s', or   budget: none\n", step->settings->name);
      continue;
    }
    if (paid > 1)
      snprintf(of, sizeof of, "of %.48s: ", step->settings->name);
    add_budget(out, of, &step->settings->budget, o->spent, o->reached, o->reached_after);
  }
  if (paid && p->settings->run.budget.kind == EK_BUDGET_MONEY)
    add_budget(out, "of the run: ", &p->settings->run.budget, p->spent, p->reached, p->reached_after);
}

/* ---- writes ------------------------------------------------------------------------------------- */

static void
add_writes(ek_text *out, const ek_run_plan *p)
{
  char *here = ek_path_cwd(), shown[256], **files = ek_plan_files(p);
  const char *dir = ek_shorter_path(p->settings->output.dir, here);
  label(out, "Writes");
  ek_text_printf(out, "%s%s: ", ek_show(ek_cstr(dir), shown, sizeof shown), *dir && dir[strlen(dir) - 1] == '/' ? "" : "/");
  for (char **f = files; *f; f++) {
    ek_text_printf(out, "%s%s", f == files ? "" : ", ", *f);
    free(*f);
  }
  free(files);
  free(here);
  if (p->until >= EK_UNTIL_IMPORT)
    ek_text_printf(out, "     Imports %s", ek_engine_name(p->settings));
  if (p->until >= EK_UNTIL_TRAIN && p->settings->sections.train)
    ek_text_printf(out, "   Trains %s", p->settings->train.recipe);
  if (p->until >= EK_UNTIL_DEPLOY)
    ek_text_cstr(out, "   Deploys");
  ek_text_char(out, '\n');
  ek_plan_cloud_text(p, out);
  ek_text_cstr(out, "Nothing was asked, changed or paid.\n");
}

void
ek_plan_text(const ek_run_plan *p, ek_text *out)
{
  add_reads(out, p);
  if (p->job->present[EK_ITEMS]) {
    add_rejects(out, p);
    add_steps(out, p);
    add_budgets(out, p);
  }
  add_writes(out, p);
}
