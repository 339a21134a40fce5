/* SPDX-License-Identifier: BSD-3-Clause */
/* Which configuration, and what is wrong with it.                           */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/log.h"
#include "command/internal.h"

/* -c, else $ENRICHKIT_CONFIG, else ./enrichkit.yaml, else the installed default. */
static const char *
choose(const ek_cli *cli, char *buf, size_t size)
{
  if (cli->config)
    return cli->config;
  const char *env = getenv("ENRICHKIT_CONFIG");
  if (env && *env)
    return env;
  if (access("enrichkit.yaml", F_OK) == 0)
    return "enrichkit.yaml";
  snprintf(buf, size, "%s/etc/enrichkit.yaml", ek_installed_datadir());
  ek_info("no configuration was named: using the installed default chain, %s", buf);
  return buf;
}

int
ek_cli_load(const ek_cli *cli, ek_loaded *out)
{
  char buf[4096];
  size_t errors;

  *out = (ek_loaded){ 0 };
  out->tree = ek_conf_load(choose(cli, buf, sizeof buf), &out->findings);
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

void
ek_loaded_free(ek_loaded *l)
{
  ek_settings_free(l->settings);
  ek_conf_free(l->tree);
  ek_findings_free(&l->findings);
  *l = (ek_loaded){ 0 };
}
