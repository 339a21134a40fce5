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

enum { DESTROY_YES, DESTROY_NAMED, DESTROY_OUT };

typedef struct destroying {
  int yes;
  const char *out;
  const char **named; size_t n_named;
  ek_doomed *list; size_t n;
} destroying;

static int
read_args(const ek_command *cmd, int argc, char **argv, destroying *d)
{
  ek_args args = { .argc = argc, .argv = argv };
  const char *value;
  char shown[128];
  int flag;
  while ((flag = ek_args_next(&args, cmd, &value)) != -2)
    switch (flag) {
    case -3: return -1;
    case -1:
      return ek_usage(cmd, "what was there before is named with --named NAME", "destroy takes no argument '%s'",
                      ek_show(ek_cstr(value), shown, sizeof shown)), -1;
    case DESTROY_YES: d->yes = 1; break;
    case DESTROY_OUT: d->out = value; break;
    default: d->named[d->n_named++] = value;
    }
  return 0;
}

static const char *
word_of(const ek_doomed *d)
{
  const ek_pz_kind *k = ek_pz_kind_of(d->kind);
  return k ? k->word : d->kind;
}

static void
print_list(const ek_cli *cli, const destroying *d, int deleted)
{
  ek_text t = { 0 };
  char name[200];
  if (cli->json)
    ek_text_printf(&t, "{\"deleted\": %s, \"things\": [", deleted ? "true" : "false");
  for (size_t i = 0; i < d->n; i++) {
    const ek_doomed *x = &d->list[i];
    if (!cli->json) {
      ek_text_printf(&t, "%-9s %-40s ", word_of(x), ek_show(ek_cstr(x->name), name, sizeof name));
      ek_pz_add_arn(x->arn, &t);
      ek_text_char(&t, '\n');
      continue;
    }
    ek_text_printf(&t, "%s{\"kind\": \"%s\", \"name\": ", i ? ", " : "", word_of(x));
    ek_text_json(&t, ek_cstr(x->name));
    ek_text_cstr(&t, ", \"arn\": ");
    ek_text_json(&t, ek_cstr(x->arn));
    ek_text_char(&t, '}');
  }
  if (cli->json)
    ek_text_cstr(&t, "]}\n");
  ek_print(&t);
  ek_text_free(&t);
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
  fprintf(stderr, "Delete all %zu of these? Type the name of the configuration, %s, to agree: ", d->n, s->name);
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
  int yes = d->n && agrees(cli, s, d), r = 0;
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
  access.account.named = d->named;
  access.account.n_named = d->n_named;
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
  destroying d = { .named = ek_mem_zero((size_t)argc + 1, sizeof *d.named) };
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
  free(d.named);
  return status;
}
