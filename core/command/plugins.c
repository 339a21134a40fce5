/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit plugins [show NAME]: what is installed, where, refused and why; and one
 * plugin's manual.                                                          */
#include "command/plugins.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "command/internal.h"

enum { PLUGINS_SCHEMA, PLUGINS_MAN };

/* A plugin goes by its id, unless another module's stands before it. */
static void
name_of(const ek_registry *r, size_t i, ek_text *out)
{
  const ek_plugin *p = ek_registry_at(r, i);
  ek_text_clear(out);
  for (size_t k = 0; k < i; k++)
    if (strcmp(ek_registry_at(r, k)->enricher->id, p->enricher->id) == 0) {
      ek_text_printf(out, "%s/", p->module->module.id);
      break;
    }
  ek_text_cstr(out, p->enricher->id);
}

static void
list_text(const ek_registry *r, ek_text *out)
{
  size_t wide = 10;
  ek_text name = { 0 };
  for (size_t i = 0; i < ek_registry_n(r); i++) {
    name_of(r, i, &name);
    wide = name.len > wide ? name.len : wide;
  }
  for (size_t i = 0; i < ek_registry_n(r); i++) {
    const ek_plugin *p = ek_registry_at(r, i);
    name_of(r, i, &name);
    ek_text_printf(out, "%-*s  %-8s %-8s %s\n%*s  %s\n", (int)wide, ek_text_c(&name), p->module->module.version,
                   p->module->bundled ? "bundled" : "", p->enricher->summary, (int)wide, "", p->module->path);
  }
  for (size_t i = 0; i < ek_registry_n_refused(r); i++) {
    const ek_refused *no = ek_registry_refused_at(r, i);
    ek_text_printf(out, "%-*s  %s\n", (int)wide, "refused", no->why);
    if (no->help)
      ek_text_printf(out, "%*s  help: %s\n", (int)wide, "", no->help);
  }
  if (!ek_registry_n(r))
    ek_text_cstr(out, "No plugins were found.\n");
  ek_text_free(&name);
}

static void
list_json(const ek_registry *r, ek_text *out)
{
  ek_text name = { 0 };
  ek_text_cstr(out, "{\"plugins\": [");
  for (size_t i = 0; i < ek_registry_n(r); i++) {
    const ek_plugin *p = ek_registry_at(r, i);
    name_of(r, i, &name);
    ek_text_cstr(out, i ? ",\n  {\"name\": " : "\n  {\"name\": ");
    ek_json_cstr(out, ek_text_c(&name));
    ek_text_cstr(out, ", \"id\": ");
    ek_json_cstr(out, p->enricher->id);
    ek_text_cstr(out, ", \"module\": ");
    ek_json_cstr(out, p->module->module.id);
    ek_text_cstr(out, ", \"version\": ");
    ek_json_cstr(out, p->module->module.version);
    ek_text_printf(out, ", \"abi\": \"%lu.%lu\", \"bundled\": %s, \"summary\": ",
                   (unsigned long)p->module->module.abi_major,
                   (unsigned long)p->module->module.abi_minor, p->module->bundled ? "true" : "false");
    ek_json_cstr(out, p->enricher->summary);
    ek_text_cstr(out, ", \"path\": ");
    ek_json_cstr(out, p->module->path);
    ek_text_printf(out, ", \"sha256\": \"%s\"}", p->module->sha256);
  }
  ek_text_cstr(out, "],\n \"refused\": [");
  for (size_t i = 0; i < ek_registry_n_refused(r); i++) {
    const ek_refused *no = ek_registry_refused_at(r, i);
    ek_text_cstr(out, i ? ",\n  {\"path\": " : "\n  {\"path\": ");
    ek_json_cstr(out, no->path);
    ek_text_printf(out, ", \"code\": \"%s\", \"why\": ", no->code);
    ek_json_cstr(out, no->why);
    ek_text_cstr(out, ", \"help\": ");
    ek_json_cstr(out, no->help);
    ek_text_char(out, '}');
  }
  ek_text_cstr(out, "]}\n");
  ek_text_free(&name);
}

static int
show(const ek_cli *cli, const ek_registry *r, const char *name, const int flags[2], ek_text *out)
{
  ek_error e = { 0 };
  const ek_plugin *p = ek_registry_find(r, name, &e);
  if (!p) {
    ek_log_error(&e);
    return EK_EXIT_REFUSED;
  }
  if (flags[PLUGINS_SCHEMA])
    ek_plugin_schema(p, out);
  else if (flags[PLUGINS_MAN])
    ek_plugin_man(p, out);
  else if (cli->json)
    ek_plugin_json(p, out);
  else
    ek_plugin_manual(p, out);
  return EK_EXIT_OK;
}

/* The file's plugin_path counts too. Without -c a broken file does not stand in the way: this command is how one finds
 * out what to write in it. */
static int
load(const ek_cli *cli, ek_loaded *l)
{
  *l = (ek_loaded){ 0 };
  if (cli->config)
    return ek_cli_load(cli, l);
  const char *env = getenv("ENRICHKIT_CONFIG");
  const char *file = env && *env ? env : access("enrichkit.yaml", F_OK) == 0 ? "enrichkit.yaml" : NULL;
  if (!file)
    return 0;
  l->tree = ek_conf_load(file, &l->findings);
  if (l->tree)
    l->settings = ek_settings_make(l->tree, &l->findings);
  if (!l->settings)
    ek_warn("config_ignored", "%s has errors, so its plugin_path was not looked at ('enrichkit check' tells more)",
            file);
  return 0;
}

static int
take_word(const ek_command *c, const ek_arg *row, const char *value)
{
  ek_words *words = row->to;
  return words->n < 2 ? ek_arg_word(c, row, value) : (ek_usage(c, NULL, "too many arguments: only 'show NAME' can follow"), -1);
}

static int
arguments(const ek_command *c, int argc, char **argv, int flags[2], const char *words[2])
{
  ek_words typed = { .list = words };
  const ek_arg rows[] = {
    EK_ARG_SWITCH("--json-schema", &flags[PLUGINS_SCHEMA]), EK_ARG_SWITCH("--man", &flags[PLUGINS_MAN]),
    EK_ARG_TAKEN("", take_word, &typed), EK_ARGS_END
  };
  if (ek_args_read(c, argc, argv, rows) < 0)
    return EK_EXIT_REFUSED;
  size_t n = typed.n;
  if (n && strcmp(words[0], "show") != 0)
    return ek_usage(c, "to see one plugin: enrichkit plugins show NAME", "unknown argument '%s' of plugins", words[0]);
  if (n == 1)
    return ek_usage(c, "'enrichkit plugins' lists them", "which plugin? write enrichkit plugins show NAME");
  if (!n && (flags[PLUGINS_SCHEMA] || flags[PLUGINS_MAN]))
    return ek_usage(c, "write enrichkit plugins show NAME", "--json-schema and --man are about one plugin");
  if (flags[PLUGINS_SCHEMA] && flags[PLUGINS_MAN])
    return ek_usage(c, NULL, "--json-schema and --man exclude each other");
  return 0;
}

int
ek_cmd_plugins(const ek_cli *cli, const ek_command *c, int argc, char **argv)
{
  int flags[2] = { 0 };
  const char *words[2] = { NULL };
  ek_loaded l;
  int status = arguments(c, argc, argv, flags, words);
  if (status == 0)
    status = load(cli, &l);
  if (status != 0)
    return status;
  ek_registry *r = ek_cli_plugins(cli, l.settings);
  ek_text out = { 0 };
  if (words[1])
    status = show(cli, r, words[1], flags, &out);
  else if (cli->json)
    list_json(r, &out);
  else
    list_text(r, &out);
  ek_print(&out);
  ek_text_free(&out);
  ek_registry_free(r);
  ek_loaded_free(&l);
  return status;
}
