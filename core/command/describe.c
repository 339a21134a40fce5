/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit describe: what there is in the store, and in what state.        */
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "command/internal.h"
#include "config/findings.h"

enum { DESCRIBE_ENGINE, DESCRIBE_OUT, DESCRIBE_VERIFY };

typedef struct describing { const char *kind, *name, *out; int verify, engine; } describing;   /* engine -1: the configuration's */

static const char *const kinds[] = { "group", "schema", "dataset", "import", "solution", "version", "campaign",
                                     "recipe", "tracker", "object", NULL };

int
ek_engine_option(const ek_command *cmd, const char *value)
{
  char shown[128];
  if (strcmp(value, "local") == 0)
    return EK_ENGINE_LOCAL;
  if (strcmp(value, "personalize") == 0)
    return EK_ENGINE_PERSONALIZE;
  ek_usage(cmd, "write --engine local or --engine personalize", "there is no engine '%s'",
           ek_show(ek_cstr(value), shown, sizeof shown));
  return -1;
}

static int
take_argument(const ek_command *cmd, const char *value, describing *d)
{
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
                                                            "campaign, recipe", near);
  return ek_usage(cmd, help, "there is no kind '%s'", ek_show(ek_cstr(value), shown, sizeof shown)), -1;
}

static int
read_args(const ek_command *cmd, int argc, char **argv, describing *d)
{
  ek_args args = { .argc = argc, .argv = argv };
  const char *value;
  int flag;
  while ((flag = ek_args_next(&args, cmd, &value)) != -2)
    switch (flag) {
    case -3: return -1;
    case -1:
      if (take_argument(cmd, value, d) < 0)
        return -1;
      break;
    case DESCRIBE_ENGINE:
      if ((d->engine = ek_engine_option(cmd, value)) < 0)
        return -1;
      break;
    case DESCRIBE_OUT: d->out = value; break;
    default: d->verify = 1;
    }
  return 0;
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

static int
describe(const ek_cli *cli, const describing *d, ek_text *out)
{
  ek_loaded l = { 0 };
  ek_error e = { 0 };
  /* Recipes are the program's: no configuration is asked for a store.        */
  int recipe = d->kind && strcmp(d->kind, "recipe") == 0, status = recipe ? 0 : ek_cli_load(cli, &l);
  if (status)
    return status;
  if (d->out && !recipe)
    ek_settings_set_out(l.settings, d->out);
  int cloud = !recipe && (d->engine < 0 ? ek_in_cloud(l.settings) : d->engine == EK_ENGINE_PERSONALIZE);
  if (cloud ? describe_account(cli, l.settings, d, out, &e) < 0 :
      ek_local_engine.describe(recipe ? "" : l.settings->import.store, recipe ? "" : l.settings->import.dataset_group,
                               d->kind,
                               d->name, d->verify, cli->json, out, &e) < 0) {
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
