/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit describe: what there is in the store, and in what state.        */
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "command/internal.h"
#include "config/findings.h"
#include "stage/personalize/account.h"

typedef struct describing { const char *kind, *name, *out; int verify, engine; } describing;   /* engine -1: the configuration's */

static const char *const kinds[] = { "group", "schema", "dataset", "import", "solution", "version", "campaign",
                                     "recipe", "tracker", "object", NULL };

static int
take_argument(const ek_command *cmd, const ek_arg *row, const char *value)
{
  describing *d = row->to;
  char shown[128], help[128];
  if (d->name)
    return ek_usage(cmd, NULL, "describe takes a kind and a name, and '%s' besides",
                    ek_show(ek_cstr(value), shown, sizeof shown)), -1;
  if (d->kind) {
    d->name = value;
    return 0;
  }
  d->kind = value;
  for (size_t i = 0; kinds[i]; i++)
    if (strcmp(kinds[i], value) == 0)
      return 0;
  const char *near = ek_did_you_mean(value, kinds);
  snprintf(help, sizeof help, near ? "did you mean '%s'?" : "the kinds are group, schema, dataset, import, solution, version, "
                                                            "campaign, recipe, and of the account tracker and object", near);
  return ek_usage(cmd, help, "there is no kind '%s'", ek_show(ek_cstr(value), shown, sizeof shown)), -1;
}

static int
read_args(const ek_command *cmd, int argc, char **argv, describing *d)
{
  const ek_arg rows[] = {
    EK_ARG_ENGINE("--engine", &d->engine), EK_ARG_TEXT("--out", &d->out), EK_ARG_SWITCH("--verify", &d->verify),
    EK_ARG_TAKEN("", take_argument, d), EK_ARGS_END
  };
  return ek_args_read(cmd, argc, argv, rows);
}

static int
describe_account(const ek_cli *cli, const ek_settings *s, const describing *d, ek_text *out, ek_error *e)
{
  ek_access a;
  int r = ek_access_open(&a, s, NULL, e);
  if (r == 0)
    r = ek_personalize_engine.describe_account(&a.account, d->kind, d->name, cli->json, out, e);
  ek_access_close(&a);
  return r;
}

/* Recipes are the program's: a configuration is asked for no more than whose. */
static int
describe_recipe(const ek_cli *cli, const describing *d, ek_text *out)
{
  ek_error e = { 0 };
  int cloud = d->engine < 0 ? ek_cli_names_cloud(cli) : d->engine == EK_ENGINE_PERSONALIZE;
  if ((cloud ? ek_pz_describe_recipes(d->name, cli->json, out, &e) :
               ek_local_engine.describe("", "", d->kind, d->name, d->verify, cli->json, out, &e)) == 0) {
    if (!cloud && d->engine < 0 && !d->name && !cli->json) {
      ek_text_cstr(out, "\nOf Amazon Personalize (engine personalize):\n");
      return ek_pz_describe_recipes(NULL, 0, out, &e) < 0 ? EK_EXIT_FAILED : EK_EXIT_OK;
    }
    return EK_EXIT_OK;
  }
  ek_error other = { 0 };
  ek_text unused = { 0 };
  if (!cloud && d->engine < 0 && d->name && ek_pz_describe_recipes(d->name, 0, &unused, &other) == 0)
    ek_help(&e, "of Amazon Personalize there is one:   enrichkit describe recipe %s --engine personalize", d->name);
  ek_text_free(&unused);
  ek_log_error(&e);
  return e.status;
}

static int
describe(const ek_cli *cli, const describing *d, ek_text *out)
{
  ek_loaded l = { 0 };
  ek_error e = { 0 };
  if (d->kind && strcmp(d->kind, "recipe") == 0)
    return describe_recipe(cli, d, out);
  int status = ek_cli_load(cli, &l);
  if (status)
    return status;
  if (d->out)
    ek_settings_set_out(l.settings, d->out);
  const ek_settings *s = l.settings;
  int cloud = d->engine < 0 ? ek_in_cloud(s) : d->engine == EK_ENGINE_PERSONALIZE;
  if (cloud ? describe_account(cli, s, d, out, &e) < 0 :
              ek_local_engine.describe(s->import.store, s->import.dataset_group, d->kind, d->name, d->verify,
                                       cli->json, out, &e) < 0) {
    ek_log_error(&e);
    status = e.status;
  }
  ek_loaded_free(&l);
  return status;
}

int
ek_cmd_describe(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  describing d = { .engine = -1 };
  ek_text out = { 0 };
  if (read_args(cmd, argc, argv, &d) < 0)
    return EK_EXIT_REFUSED;
  int status = describe(cli, &d, &out);
  if (status == EK_EXIT_OK)
    ek_print(&out);
  ek_text_free(&out);
  return status;
}
