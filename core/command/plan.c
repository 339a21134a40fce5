/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit plan: what a run would read, ask, pay and write. The chain runs, but for the steps that
 * leave the machine: these tell what they would ask for, as far as the cache knows. Nobody is
 * asked, nothing is written.                                                */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "command/plan.h"

#define USUAL_LATENCY 0.3                  /* seconds of a call to a service that looks at a picture */

/* ---- from counts to money and time ------------------------------------------------------ */

/* How fast the step can ask; *guessed: by its workers, as nothing else bounds it. */
static double
speed(const ek_step_settings *s, int *guessed)
{
  double by_workers = (double)s->workers / USUAL_LATENCY;
  *guessed = !(s->rate.per_second > 0 && s->rate.per_second <= by_workers);
  return *guessed ? by_workers : s->rate.per_second;
}

/* After how many of the calls the budget is used up; 1: before the last. */
static int
reaches(const ek_budget *b, int64_t spent, int64_t cost, uint64_t calls, uint64_t *after)
{
  int64_t left = b->kind == EK_BUDGET_MONEY ? b->money.nano - spent : INT64_MAX;
  if (cost <= left)
    return 0;
  *after = left > 0 ? (uint64_t)((double)calls * ((double)left / (double)cost)) : 0;
  return 1;
}

static void
plan_step(ek_run_plan *p, unsigned i)
{
  const ek_step_settings *s = &p->settings->chain[i];
  const ek_step_stats *t = &p->stats->steps[i];
  ek_planned *o = &p->steps[i];
  o->items = t->items;
  o->with_picture = t->with_picture;
  o->addresses = t->addresses;
  o->unknown = t->unknown;
  o->cache_hits = t->cache_hits;
  o->calls = t->would_call;
  o->cost = t->would_spend_nano;
  if (o->calls)
    o->seconds = (double)o->calls / speed(s, &o->guessed);
  o->reached = reaches(&s->budget, o->spent, o->cost, o->calls, &o->reached_after);
}

/* What earlier runs into the folder spent since the last that ended well. */
static int
read_spent(ek_run_plan *p, unsigned i, ek_error *e)
{
  const ek_services *v = &p->job->services;
  if (!p->job->chain.steps[i].instance->paid || !v->exchange)
    return 0;
  return ek_exchange_spent(v->exchange, v->folder, p->settings->chain[i].name, ek_settings_currency(p->settings, i),
                           &p->steps[i].spent, e);
}

static int
plan_steps(ek_run_plan *p, ek_error *e)
{
  uint64_t calls = 0;
  for (unsigned i = 0; i < p->job->chain.n_steps; i++) {
    if (read_spent(p, i, e) < 0)
      return -1;
    plan_step(p, i);
    p->cost += p->steps[i].cost;
    p->spent += p->steps[i].spent;
    calls += p->steps[i].cost ? p->steps[i].calls : 0;
  }
  p->reached = reaches(&p->settings->run.budget, p->spent, p->cost, calls, &p->reached_after);
  return 0;
}

/* ---- the chain, without asking anybody ---------------------------------------------------- */

static int
run_chain(ek_run_plan *p, uint64_t limit, ek_stats *stats, const char *stage, enum ek_run_end *end, ek_error *e)
{
  ek_engine_spec spec;
  ek_job_spec(p->job, EK_ITEMS, &spec);
  spec.plan = 1;
  spec.limit = limit;
  spec.count_labels = 0;
  spec.stage = stage;
  spec.max_reject_share = 1;         /* to the end: the counts are what is wanted  */
  return ek_job_engine(p->job, &spec, stats, end, e);
}

int
ek_job_would_call(ek_job *j, uint64_t limit, uint64_t *calls, ek_error *e)
{
  ek_stats *stats = ek_mem_zero(1, sizeof *stats);
  ek_run_plan p = { .settings = j->settings, .job = j };
  enum ek_run_end end = EK_END_DONE;
  j->services.planning = 1;
  int failed = run_chain(&p, limit, stats, NULL, &end, e);
  j->services.planning = 0;
  *calls = 0;
  for (unsigned i = 0; i < j->chain.n_steps; i++)
    *calls += stats->steps[i].would_call;
  ek_stats_clear(stats);
  free(stats);
  return failed;
}

/* A step is asked about an item when any arm needs it: once more for the whole chain alone, where
 * that could make a difference.                                             */
static int
plan_arms(ek_run_plan *p, uint64_t limit, enum ek_run_end *end, ek_error *e)
{
  const ek_settings *s = p->settings;
  unsigned n_arms = p->job->chain.n_arms;
  int differs = 0, r = 0;
  for (unsigned i = 0; i < p->job->chain.n_steps; i++)
    differs |= p->job->chain.steps[i].instance->paid && s->chain[i].when != EK_WHEN_ALWAYS;
  for (size_t i = 0; i < s->catalog.inputs[EK_ITEMS].n; i++)
    differs &= strcmp(s->catalog.inputs[EK_ITEMS].list[i], "-") != 0;
  if (n_arms < 2 || !differs)
    return 0;
  ek_stats *whole = ek_mem_zero(1, sizeof *whole);
  p->job->chain.n_arms = 1;
  r = run_chain(p, limit, whole, NULL, end, e);
  p->job->chain.n_arms = n_arms;
  for (unsigned i = 0; r == 0 && i < p->job->chain.n_steps; i++)
    if (p->job->chain.steps[i].instance->paid && p->stats->steps[i].items > whole->steps[i].items)
      p->steps[i].more_for_arms = p->stats->steps[i].items - whole->steps[i].items;
  ek_stats_clear(whole);
  free(whole);
  return r;
}

static int
make_plan(ek_run_plan *p, uint64_t limit, enum ek_run_end *end, ek_error *e)
{
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    if (p->job->present[k] && k != EK_ITEMS && ek_count_records(p->job, (enum ek_record_kind)k, limit, &p->counted[k], e) < 0)
      return -1;
  if (!p->job->present[EK_ITEMS])
    return 0;
  if (run_chain(p, limit, p->stats, "plan", end, e) < 0)
    return -1;
  p->counted[EK_ITEMS] = (ek_counted){ .records = p->stats->in, .known = 1 };
  for (size_t i = 0; i < p->stats->n_files; i++)
    p->counted[EK_ITEMS].bytes += p->stats->files[i].file.bytes;
  if (plan_steps(p, e) < 0)
    return -1;
  return *end == EK_END_DONE ? plan_arms(p, limit, end, e) : 0;
}

/* ---- what would be written ------------------------------------------------------------------ */

__attribute__((format(printf, 4, 5))) static void
add_name(char ***names, size_t *n, size_t *cap, const char *fmt, ...)
{
  ek_text t = { 0 };
  va_list ap;
  va_start(ap, fmt);
  ek_text_vprintf(&t, fmt, ap);
  va_end(ap);
  *names = ek_mem_grow(*names, cap, *n + 2, sizeof **names);
  (*names)[(*n)++] = ek_mem_strdup(ek_text_c(&t));
  ek_text_free(&t);
}

char **
ek_plan_files(const ek_run_plan *p)
{
  const ek_settings *s = p->settings;
  const char *gz = s->output.gzip ? ".gz" : "";
  size_t n = 0, cap = 0;
  char **names = ek_mem_grow(NULL, &cap, 2, sizeof *names);
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    if (p->job->present[k])
      add_name(&names, &n, &cap, "%s.csv%s", ek_kind_nouns[k], gz);
  if (p->job->present[EK_ITEMS] && s->output.labels)
    add_name(&names, &n, &cap, "labels.jsonl");
  for (size_t i = 0; p->job->present[EK_ITEMS] && i < s->n_arms; i++)
    add_name(&names, &n, &cap, "arms/%s/items.csv%s", s->arms[i].name, gz);
  names[n] = NULL;
  return names;
}

/* ---- the command ------------------------------------------------------------------------------ */

typedef struct plan_args { const char *out, *until; int64_t limit; } plan_args;

static int
read_args(const ek_command *cmd, int argc, char **argv, plan_args *a)
{
  const ek_arg rows[] = {
    EK_ARG_TEXT("--out", &a->out), EK_ARG_TEXT("--until", &a->until), EK_ARG_NUMBER("--limit", &a->limit, INT64_MAX),
    EK_ARG_NONE("name the input with --set catalog.items=PATH"), EK_ARGS_END
  };
  return ek_args_read(cmd, argc, argv, rows);
}

static int
tell(const ek_cli *cli, const ek_run_plan *p, enum ek_run_end end)
{
  ek_text t = { 0 };
  if (end == EK_END_INTERRUPTED)
    return 128 + ek_signal_stop;
  if (cli->json)
    ek_plan_json(p, &t);
  else
    ek_plan_text(p, &t);
  ek_print(&t);
  ek_text_free(&t);
  return EK_EXIT_OK;
}

static int
plan_job(const ek_cli *cli, ek_run_plan *p, uint64_t limit)
{
  ek_error e = { 0 };
  enum ek_run_end end = EK_END_DONE;
  int status;
  p->stats = ek_mem_zero(1, sizeof *p->stats);
  if (make_plan(p, limit, &end, &e) < 0) {
    ek_log_error(&e);
    status = e.status;
  } else
    status = tell(cli, p, end);
  ek_stats_clear(p->stats);
  free(p->stats);
  return status;
}

/* What a budget should be is what people come to learn here, so none is needed yet. */
static void
let_budgets_open(ek_run_plan *p, ek_settings *s)
{
  for (size_t i = 0; i < s->n_steps; i++)
    if (s->chain[i].budget.kind == EK_BUDGET_UNSET) {
      p->asked_for[i] = 1;
      s->chain[i].budget.kind = EK_BUDGET_NONE;
    }
}

int
ek_cmd_plan(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  plan_args a = { 0 };
  ek_loaded l;
  ek_job job = { 0 };

  if (read_args(cmd, argc, argv, &a) < 0)
    return EK_EXIT_REFUSED;
  int status = ek_cli_load(cli, &l);
  if (status)
    return status;
  if (a.out)
    ek_settings_set_out(l.settings, a.out);
  ek_run_plan *p = ek_mem_zero(1, sizeof *p);
  p->settings = l.settings;
  p->job = &job;
  status = ek_choose_until(cmd, a.until, l.settings, &p->until);
  if (!status) {
    ek_settings_need_input(l.settings, &l.findings);
    let_budgets_open(p, l.settings);
    int made = ek_job_make(&job, cli, l.settings, EK_JOB_PLANS, &l.findings);
    ek_job_refuse_last_of_stdin(&job, &l.findings);
    ek_findings_show(&l.findings);
    status = made < 0 || l.findings.errors ? EK_EXIT_REFUSED : plan_job(cli, p, (uint64_t)a.limit);
    ek_job_clear(&job);
  }
  free(p);
  ek_loaded_free(&l);
  return status;
}
