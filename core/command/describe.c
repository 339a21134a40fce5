/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit describe: what there is in the store, and in what state.        */
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "command/internal.h"
#include "config/findings.h"

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

/* Those of the service, whose hyperparameters are passed on as they are written. */
static void
service_recipes(const char *name, int json, ek_text *out)
{
  int n = 0;
  ek_text_cstr(out, json ? "{\"recipes\": [" : "");
  for (const ek_cloud_recipe *r = ek_cloud_recipes(); r->name; r++) {
    if (name && ek_cloud_recipe_of(name) != r)
      continue;
    if (json)
      ek_text_printf(out, "%s\n  {\"name\": \"%s\", \"engine\": \"personalize\", \"description\": \"%s\"}", n++ ? "," : "", r->name, r->does);
    else
      ek_text_printf(out, "%-24s %s\n", r->name, r->does);
  }
  ek_text_cstr(out, json ? "]}\n" : "Hyperparameters and their ranges are passed on as they are written: see the service's documentation.\n");
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
  if (recipe && (d->engine == EK_ENGINE_PERSONALIZE || (d->engine < 0 && d->name && ek_cloud_recipe_of(d->name)))) {
    if (d->name && !ek_cloud_recipe_of(d->name)) {
      char shown[128];
      ek_fail(&e, EK_EXIT_REFUSED, "not_found", "there is no recipe '%s' of Amazon Personalize that this enrichkit knows",
              ek_show(ek_cstr(d->name), shown, sizeof shown));
      ek_help(&e, "'enrichkit describe recipe --engine personalize' lists them");
      ek_log_error(&e);
      return e.status;
    }
    service_recipes(d->name, cli->json, out);
    return 0;
  }
  int cloud = !recipe && (d->engine < 0 ? ek_in_cloud(l.settings) : d->engine == EK_ENGINE_PERSONALIZE);
  if (cloud ? describe_account(cli, l.settings, d, out, &e) < 0 :
      ek_local_engine.describe(recipe ? "" : l.settings->import.store, recipe ? "" : l.settings->import.dataset_group,
                               d->kind,
                               d->name, d->verify, cli->json, out, &e) < 0) {
    ek_log_error(&e);
    status = e.status;
  }
  else if (recipe && !d->name && !cli->json && d->engine < 0) {
    ek_text_cstr(out, "\nOf Amazon Personalize (engine personalize):\n");
    service_recipes(NULL, 0, out);
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
