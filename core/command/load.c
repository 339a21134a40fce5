/* SPDX-License-Identifier: BSD-3-Clause */
/* Which configuration, and what is wrong with it.                           */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "command/internal.h"

/* -c, else $ENRICHKIT_CONFIG, else ./enrichkit.yaml; NULL: none. */
static const char *
named(const ek_cli *cli)
{
  if (cli->config)
    return cli->config;
  const char *env = getenv("ENRICHKIT_CONFIG");
  if (env && *env)
    return env;
  return access("enrichkit.yaml", F_OK) == 0 ? "enrichkit.yaml" : NULL;
}

/* Or else the installed default. */
static const char *
choose(const ek_cli *cli, char *buf, size_t size)
{
  const char *path = named(cli);
  if (path)
    return path;
  snprintf(buf, size, "%s/etc/enrichkit.yaml", ek_installed_datadir());
  ek_info("no configuration was named: using the installed default chain, %s", buf);
  return buf;
}

static int
load(const ek_cli *cli, const char *path, ek_loaded *out)
{
  size_t errors;

  *out = (ek_loaded){ 0 };
  out->tree = path ? ek_conf_load(path, &out->findings) : ek_conf_parse("(none)", "", 0, &out->findings);
  for (size_t i = 0; out->tree && i < cli->n_sets; i++)
    ek_conf_set(out->tree, cli->sets[i], &out->findings);
  if (out->tree)
    out->settings = ek_settings_make(out->tree, &out->findings);
  errors = out->findings.errors;
  if (errors || !out->settings) {
    ek_findings_show(&out->findings);
    ek_loaded_free(out);
    return EK_EXIT_REFUSED;
  }
  return 0;
}

int
ek_cli_load(const ek_cli *cli, ek_loaded *out)
{
  char buf[4096];
  return load(cli, choose(cli, buf, sizeof buf), out);
}

int
ek_cli_load_named(const ek_cli *cli, ek_loaded *out)
{
  return load(cli, named(cli), out);
}

/* Whether or not anything else in the file is right: who is told to look up a recipe has an error in it. */
int
ek_cli_names_cloud(const ek_cli *cli)
{
  const char *path = named(cli);
  ek_findings unseen = { 0 };
  ek_conf_tree *tree = path && strcmp(path, "-") != 0 ? ek_conf_load(path, &unseen) : NULL;
  const ek_node *n = NULL;
  for (size_t i = 0; tree && i < cli->n_sets; i++)
    ek_conf_set(tree, cli->sets[i], &unseen);
  if (tree && (n = ek_conf_root(tree)) && n->kind == EK_NODE_MAP && (n = ek_node_get(n, "import")) &&
      n->kind == EK_NODE_MAP)
    n = ek_node_get(n, "engine");
  int cloud = n && n->kind == EK_NODE_SCALAR && n->text && strcmp(n->text, "personalize") == 0;
  ek_conf_free(tree);
  ek_findings_free(&unseen);
  return cloud;
}

void
ek_loaded_free(ek_loaded *l)
{
  ek_settings_free(l->settings);
  ek_conf_free(l->tree);
  ek_findings_free(&l->findings);
  *l = (ek_loaded){ 0 };
}
