/* SPDX-License-Identifier: BSD-3-Clause */
/* The plan for programs. Amounts are texts, so that nothing is rounded.     */
#include <stdlib.h>
#include "command/plan.h"
#include "report/jsonw.h"

static void
amount(ek_jsonw *w, const char *name, int64_t nano, const char *currency)
{
  char number[EK_MONEY_MAX];
  ek_text t = { 0 };
  ek_text_printf(&t, "%s %s", ek_money_amount(nano, 0, number), currency);
  ek_jsonw_text(w, name, ek_text_c(&t));
  ek_text_free(&t);
}

static void
add_budget(ek_jsonw *w, const ek_budget *b, int reached, uint64_t after)
{
  if (b->kind == EK_BUDGET_UNSET)
    return;
  if (b->kind == EK_BUDGET_NONE)
    ek_jsonw_text(w, "budget", "none");
  else
    amount(w, "budget", b->money.nano, b->money.currency);
  ek_jsonw_bool(w, "budget_reached", reached);
  if (reached)
    ek_jsonw_u64(w, "budget_reached_after_calls", after);
}

static void
add_step(ek_jsonw *w, const ek_run_plan *p, unsigned i)
{
  const ek_step *step = &p->job->chain.steps[i];
  const ek_planned *o = &p->steps[i];
  const char *currency = ek_settings_currency(p->settings, i);
  ek_jsonw_open(w, NULL, '{', 0);
  ek_jsonw_text(w, "name", step->settings->name);
  ek_jsonw_text(w, "plugin", step->settings->plugin);
  ek_jsonw_bool(w, "network", step->instance->network);
  ek_jsonw_u64(w, "items", o->items);
  if (step->instance->network) {
    ek_jsonw_u64(w, "with_picture", o->with_picture);
    ek_jsonw_u64(w, "addresses", o->addresses);
    ek_jsonw_u64(w, "unknown_pictures", o->unknown);
    ek_jsonw_u64(w, "cache_hits", o->cache_hits);
    ek_jsonw_u64(w, "calls", o->calls);
    ek_jsonw_fixed(w, "seconds", o->seconds, 1);
    ek_jsonw_bool(w, "seconds_guessed", o->guessed);
  }
  if (step->instance->paid) {
    amount(w, "cost", o->cost, currency);
    amount(w, "spent", o->spent, currency);
    if (p->asked_for[i])
      ek_jsonw_null(w, "budget");
    else
      add_budget(w, &step->settings->budget, o->reached, o->reached_after);
  }
  if (o->more_for_arms)
    ek_jsonw_u64(w, "items_for_arms_alone", o->more_for_arms);
  ek_jsonw_close(w, '}');
}

static void
add_reads(ek_jsonw *w, const ek_run_plan *p)
{
  ek_jsonw_open(w, "reads", '{', 0);
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    if (!p->job->present[k])
      continue;
    ek_jsonw_open(w, ek_kind_nouns[k], '{', 0);
    if (p->counted[k].known) {
      ek_jsonw_u64(w, "in", p->counted[k].records);
      ek_jsonw_u64(w, "bytes", p->counted[k].bytes);
    } else {
      ek_jsonw_null(w, "in");
      ek_jsonw_null(w, "bytes");
    }
    if (k == EK_ITEMS)
      ek_jsonw_u64(w, "rejected", p->stats->rejected);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, '}');
}

static void
add_writes(ek_jsonw *w, const ek_run_plan *p)
{
  char **files = ek_plan_files(p);
  ek_jsonw_open(w, "writes", '{', 0);
  ek_jsonw_text(w, "folder", p->settings->output.dir);
  ek_jsonw_open(w, "files", '[', 0);
  for (char **f = files; *f; f++) {
    ek_jsonw_text(w, NULL, *f);
    free(*f);
  }
  free(files);
  ek_jsonw_close(w, ']');
  ek_jsonw_close(w, '}');
  if (p->until >= EK_UNTIL_IMPORT)
    ek_jsonw_text(w, "imports", ek_engine_name(p->settings));
  if (p->until >= EK_UNTIL_TRAIN && p->settings->sections.train)
    ek_jsonw_text(w, "trains", p->settings->train.recipe);
  ek_plan_cloud_json(p, w);
}

void
ek_plan_json(const ek_run_plan *p, ek_text *out)
{
  ek_jsonw w = { .out = out };
  int paid = 0;
  ek_jsonw_open(&w, NULL, '{', 1);
  ek_jsonw_u64(&w, "format", 1);
  ek_jsonw_text(&w, "name", p->settings->name);
  add_reads(&w, p);
  ek_jsonw_open(&w, "steps", '[', 1);
  for (unsigned i = 0; p->job->present[EK_ITEMS] && i < p->job->chain.n_steps; i++) {
    paid |= p->job->chain.steps[i].instance->paid;
    add_step(&w, p, i);
  }
  ek_jsonw_close(&w, ']');
  if (paid && p->settings->run.budget.kind == EK_BUDGET_MONEY) {
    ek_jsonw_open(&w, "run", '{', 0);
    amount(&w, "cost", p->cost, p->settings->run.budget.money.currency);
    add_budget(&w, &p->settings->run.budget, p->reached, p->reached_after);
    ek_jsonw_close(&w, '}');
  }
  add_writes(&w, p);
  ek_jsonw_close(&w, '}');
  ek_text_char(out, '\n');
}
