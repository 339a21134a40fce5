/* SPDX-License-Identifier: BSD-3-Clause */
/* A budget is reached: what was spent, what is left to do, and the line that goes on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "command/internal.h"

/* A word of a command line, quoted where a shell would see more in it than a word. */
static void
add_word(ek_text *t, const char *word)
{
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.,:=+@%-";
  size_t n = strlen(word);
  if (n && strspn(word, plain) == n) {
    ek_text_cstr(t, word);
    return;
  }
  ek_text_char(t, '\'');
  for (const char *p = word; *p; p++)
    if (*p == '\'')
      ek_text_cstr(t, "'\\''");
    else
      ek_text_char(t, *p);
  ek_text_char(t, '\'');
}

/* Two significant digits upwards: 36.5 gives 37. */
static int64_t
round_up(int64_t nano)
{
  int64_t unit = 1;
  while (nano / unit >= 100)
    unit *= 10;
  return (nano + unit - 1) / unit * unit;
}

/* Three significant digits: an estimate is no sum. */
static int64_t
about(int64_t nano)
{
  int64_t unit = 1;
  while (nano / unit >= 1000)
    unit *= 10;
  return (nano + unit / 2) / unit * unit;
}

/* Double, or what is needed and a tenth of it to spare, whichever is more. */
static int64_t
higher_budget(int64_t budget, int64_t more)
{
  int64_t need = budget + more + more / 10;
  return need > 2 * budget ? round_up(need) : 2 * budget;
}

/* What the items that are left will cost if they are like those that were done; 0: cannot tell. */
static int64_t
estimate(const ek_stats *s, const ek_budget_end *end, uint64_t to_go)
{
  uint64_t done = s->in - s->not_done;
  int64_t spent = 0;
  for (unsigned i = 0; i < EK_MAX_STEPS; i++)
    if (end->step < 0 || (unsigned)end->step == i)
      spent += s->steps[i].spent_nano;
  return done && spent > 0 ? (int64_t)((double)spent * ((double)to_go / (double)done)) : 0;
}

static uint64_t
calls_of(const ek_stats *s, const ek_budget_end *end)
{
  uint64_t calls = 0;
  for (unsigned i = 0; i < EK_MAX_STEPS; i++)
    if (end->step < 0 || (unsigned)end->step == i)
      calls += s->steps[i].calls;
  return calls;
}

static uint64_t
items_to_go(ek_job *j, const ek_stats *s, uint64_t limit)
{
  ek_counted all = { 0 };
  ek_error e = { 0 };
  uint64_t done = s->in - s->not_done;
  if (ek_count_records(j, EK_ITEMS, limit, &all, &e) < 0 || !all.known || all.records < s->in)
    return s->not_done;
  return all.records - done;
}

static void
add_command(ek_text *t, const ek_cli *cli, const ek_command *cmd, const char *out, const char *key)
{
  ek_text_printf(t, "enrichkit %s", cmd->name);
  if (strcmp(cmd->name, "retry") == 0 && out) {
    ek_text_char(t, ' ');
    add_word(t, out);
  }
  if (cli->config) {
    ek_text_cstr(t, " -c ");
    add_word(t, cli->config);
  }
  for (size_t i = 0; i < cli->n_sets; i++) {
    if (strncmp(cli->sets[i], key, strlen(key)) == 0 && cli->sets[i][strlen(key)] == '=')
      continue;                      /* what comes now takes its place          */
    ek_text_cstr(t, " --set ");
    add_word(t, cli->sets[i]);
  }
  if (strcmp(cmd->name, "run") == 0 && out) {
    ek_text_cstr(t, " --out ");
    add_word(t, out);
  }
}

void
ek_say_budget(const ek_cli *cli, const ek_command *cmd, ek_job *j, const ek_stats *s, const char *out, uint64_t limit)
{
  const ek_budget_end *end = &j->budget_end;
  const char *step = end->step >= 0 && (size_t)end->step < j->settings->n_steps ? j->settings->chain[end->step].name : NULL;
  char spent[EK_MONEY_MAX], money[EK_MONEY_MAX], key[80] = "run.budget";
  ek_money budget = { .nano = end->budget_nano }, higher;
  uint64_t to_go = items_to_go(j, s, limit), calls = calls_of(s, end);
  int64_t more = estimate(s, end, to_go);
  ek_text t = { 0 }, help = { 0 };
  ek_error e = { 0 };

  memcpy(budget.currency, end->currency, sizeof budget.currency);
  higher = budget;
  higher.nano = higher_budget(budget.nano, more);
  ek_text_cstr(&t, "the budget of ");
  if (step)
    ek_text_printf(&t, "step '%s'", step);
  else
    ek_text_cstr(&t, "the run");
  ek_text_printf(&t, " is reached: %s of %s, ", ek_money_amount(end->spent_nano, 2, spent), ek_money_text(budget, money));
  ek_text_thousands(&t, calls);
  ek_text_cstr(&t, calls == 1 ? " call, " : " calls, ");
  ek_text_thousands(&t, to_go);
  ek_text_printf(&t, " item%s to go. What is paid for is kept.", to_go == 1 ? "" : "s");
  ek_fail(&e, EK_EXIT_STOPPED, "budget_reached", "%s", ek_text_c(&t));

  ek_text_cstr(&help, "go on with   ");
  if (step)
    snprintf(key, sizeof key, "chain[%s].budget", step);
  add_command(&help, cli, cmd, out, key);
  ek_text_printf(&help, " --set '%s=%s'", key, ek_money_text(higher, money));
  if (more > 0)
    ek_text_printf(&help, "   (about %s %s more)", ek_money_amount(about(more), 2, money), budget.currency);
  ek_help(&e, "%s", ek_text_c(&help));
  ek_log_error(&e);
  ek_text_free(&t);
  ek_text_free(&help);
}
