/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit destroy: what this configuration created in the account, in order of deletion; and then, if wanted, its
 * deletion. Only a typed name or --yes is a yes.                            */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "command/internal.h"
#include "stage/personalize/account.h"
#include "stage/personalize/kinds.h"

typedef struct destroying {
  int yes;
  const char *out;
  ek_words named;
  ek_doomed *list; size_t n;
} destroying;

static int
read_args(const ek_command *cmd, int argc, char **argv, destroying *d)
{
  const ek_arg rows[] = {
    EK_ARG_SWITCH("--yes", &d->yes), EK_ARG_TEXT("--out", &d->out), EK_ARG_WORD("--named", &d->named),
    EK_ARG_NONE("what was there before is named with --named NAME"), EK_ARGS_END
  };
  return ek_args_read(cmd, argc, argv, rows);
}

static const char *
word_of(const ek_doomed *d)
{
  const ek_pz_kind *k = ek_pz_kind_of(d->kind);
  return k ? k->word : d->kind;
}

/* "dataset ITEMS, dataset INTERACTIONS" */
static void
add_holders(const ek_doomed *d, ek_text *t)
{
  char name[200];
  for (size_t i = 0; i < d->n_holders; i++)
    ek_text_printf(t, "%s%s %s", i ? ", " : "", word_of(&d->holders[i]),
                   ek_show(ek_cstr(d->holders[i].name), name, sizeof name));
}

static void
add_text(const ek_doomed *d, ek_text *t)
{
  char name[200];
  ek_text_printf(t, "%-9s %-40s ", word_of(d), ek_show(ek_cstr(d->name), name, sizeof name));
  ek_pz_add_arn(d->arn, t);
  ek_text_char(t, '\n');
  for (size_t i = 0; i < d->n_holders; i++) {
    ek_text_printf(t, "          cannot go: %s %s stays, and needs it   ", word_of(&d->holders[i]),
                   ek_show(ek_cstr(d->holders[i].name), name, sizeof name));
    ek_pz_add_arn(d->holders[i].arn, t);
    ek_text_char(t, '\n');
  }
}

static void
add_json(const ek_doomed *d, ek_text *t)
{
  ek_text_printf(t, "{\"kind\": \"%s\", \"name\": ", word_of(d));
  ek_text_json(t, ek_cstr(d->name));
  ek_text_cstr(t, ", \"arn\": ");
  ek_text_json(t, ek_cstr(d->arn));
  for (size_t i = 0; i < d->n_holders; i++) {
    ek_text_cstr(t, i ? ", " : ", \"stays_for\": [");
    ek_text_json(t, ek_cstr(d->holders[i].arn));
  }
  ek_text_cstr(t, d->n_holders ? "]}" : "}");
}

static void
print_list(const ek_cli *cli, const destroying *d, int deleted)
{
  ek_text t = { 0 };
  if (cli->json)
    ek_text_printf(&t, "{\"deleted\": %s, \"things\": [", deleted ? "true" : "false");
  for (size_t i = 0; i < d->n; i++) {
    if (!cli->json)
      add_text(&d->list[i], &t);
    else {
      ek_text_cstr(&t, i ? ", " : "");
      add_json(&d->list[i], &t);
    }
  }
  if (cli->json)
    ek_text_cstr(&t, "]}\n");
  ek_print(&t);
  ek_text_free(&t);
}

static size_t
count_going(const destroying *d)
{
  size_t n = 0;
  for (size_t i = 0; i < d->n; i++)
    n += d->list[i].n_holders == 0;
  return n;
}

/* What was named has to go: it is refused before anything is deleted. What is ours only stays for now. */
static int
say_held(const destroying *d, ek_error *e)
{
  ek_text who = { 0 }, how = { 0 };
  int r = 0;
  char name[200];
  for (size_t i = 0; i < d->n && r == 0; i++) {
    const ek_doomed *x = &d->list[i];
    if (!x->n_holders)
      continue;
    ek_text_clear(&who);
    ek_text_clear(&how);
    add_holders(x, &who);
    for (size_t k = 0; k < x->n_holders; k++) {
      ek_text_cstr(&how, k ? " --named " : "--named ");
      ek_pz_add_arn(x->holders[k].arn, &how);
    }
    ek_show(ek_cstr(x->name), name, sizeof name);
    if (!x->named) {
      ek_warn("stays", "%s '%s' stays: it cannot go before %s   (%s deletes what was not made here, too)", word_of(x),
              name,
              ek_text_c(&who), ek_text_c(&how));
      continue;
    }
    r = ek_fail(e, EK_EXIT_REFUSED, "in_use", "%s '%s' cannot go before %s; nothing was deleted", word_of(x), name,
                ek_text_c(&who));
    ek_help(e, "name these, too:   %s", ek_text_c(&how));
  }
  ek_text_free(&who);
  ek_text_free(&how);
  return r;
}

/* The name, letter by letter: a habitual `y` is not enough. */
static int
agrees(const ek_cli *cli, const ek_settings *s, const destroying *d)
{
  char answer[256] = "";
  if (d->yes)
    return 1;
  if (cli->json || !isatty(STDIN_FILENO) || !ek_log_is_tty()) {
    ek_info("nothing was deleted: --yes deletes all of these");
    return 0;
  }
  fflush(stdout);
  fprintf(stderr, "Delete all %zu of these? Type the name of the configuration, %s, to agree: ", count_going(d),
          s->name);
  fflush(stderr);
  if (fgets(answer, sizeof answer, stdin)) {
    answer[strcspn(answer, "\n")] = 0;
    if (strcmp(answer, s->name) == 0)
      return 1;
  }
  ek_info("nothing was deleted");
  return 0;
}

static void
show_progress(void *arg, const char *stage, const char *text, double share)
{
  (void)arg;
  ek_progress_text(stage, text, share, 0);
}

static int
destroy(const ek_cli *cli, const ek_settings *s, destroying *d, const ek_account *a, ek_error *e)
{
  const ek_stage_watch watch = { .progress = show_progress, .stop = &ek_signal_stop };
  if (ek_pz_doomed(a, &d->list, &d->n, e) < 0)
    return -1;
  if (!d->n && !cli->json) {
    ek_info("this output folder knows of nothing that it created");
    return 0;
  }
  if (!cli->json)
    print_list(cli, d, 0);
  if (say_held(d, e) < 0) {
    if (cli->json)
      print_list(cli, d, 0);
    return -1;
  }
  int yes = count_going(d) && agrees(cli, s, d), r = 0;
  if (yes)
    r = ek_pz_destroy(a, d->list, d->n, &watch, e);
  ek_progress_drop();
  if (cli->json && r == 0)
    print_list(cli, d, yes);
  else if (yes && r == 0)
    ek_info("deleted");
  return r;
}

/* The folder is held: a run that creates while this deletes would leave half of each. */
static int
work(const ek_cli *cli, ek_settings *s, destroying *d)
{
  ek_access access = { 0 };
  ek_error e = { 0 };
  int status = EK_EXIT_OK;
  ek_outdir *out = ek_outdir_open(s->output.dir, &e);
  int r = out ? ek_access_open(&access, s, NULL, &e) : -1;
  access.account.named = d->named.list;
  access.account.n_named = d->named.n;
  if (r == 0)
    r = destroy(cli, s, d, &access.account, &e);
  if (r < 0 && ek_signal_stop) {
    ek_info("interrupted: what is left is deleted by the same command");
    status = 128 + ek_signal_stop;
  } else if (r < 0) {
    ek_log_error(&e);
    status = e.status;
  }
  ek_access_close(&access);
  if (out)
    ek_outdir_close(out);
  return status;
}

int
ek_cmd_destroy(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  destroying d = { .named.list = ek_mem_zero((size_t)argc + 1, sizeof *d.named.list) };
  ek_loaded l;
  int status = EK_EXIT_REFUSED;
  if (read_args(cmd, argc, argv, &d) == 0 && (status = ek_cli_load(cli, &l)) == 0) {
    if (d.out)
      ek_settings_set_out(l.settings, d.out);
    if (ek_in_cloud(l.settings))
      status = work(cli, l.settings, &d);
    else
      status = ek_usage(cmd, "a store of the local engine is a folder: remove it",
                        "the engine of this configuration is local: nothing was created in an account");
    ek_loaded_free(&l);
  }
  ek_pz_doomed_free(d.list, d.n);
  free(d.named.list);
  return status;
}
