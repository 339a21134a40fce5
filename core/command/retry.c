/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit retry: the run of a folder again, as run.yaml in it says. What was answered comes from
 * the cache, so only what was rejected is asked for anew, and the outputs are replaced as a set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/number.h"
#include "command/internal.h"
#include "config/yaml.h"

#define RUN_YAML_MAX ((size_t)1 << 20)

typedef struct retrying {
  const char *dir;
  char *yaml;                      /* path of its run.yaml                      */
  char until[16];
  ek_run_args args;
  ek_retried *rejects;
} retrying;

static int
take_folder(const ek_command *cmd, const ek_arg *row, const char *value)
{
  const char **dir = row->to;
  if (*dir)
    return ek_usage(cmd, NULL, "retry takes one folder, not '%s' too", value), -1;
  *dir = value;
  return 0;
}

static int
read_args(const ek_cli *cli, const ek_command *cmd, int argc, char **argv, retrying *t)
{
  const ek_arg rows[] = {
    EK_ARG_SWITCH("--strict", &t->args.strict), EK_ARG_TAKEN("", take_folder, &t->dir), EK_ARGS_END
  };
  if (ek_args_read(cmd, argc, argv, rows) < 0)
    return -1;
  if (!t->dir)
    return ek_usage(cmd, "name the output folder of a run", "retry of which run?"), -1;
  if (cli->config)
    return ek_usage(cmd, "leave -c out, or use 'enrichkit run -c'", "retry reads its configuration from the folder, not from '%s'", cli->config), -1;
  return 0;
}

/* ---- what the run before left ----------------------------------------------------------- */

/* A line at the head that begins so: what follows, up to the end of the line. */
static ek_str
head_line(const char *text, const char *begins)
{
  size_t n = strlen(begins);
  for (const char *p = text; *p == '#'; p += strcspn(p, "\n"), p += *p == '\n')
    if (strncmp(p, begins, n) == 0)
      return (ek_str){ p + n, strcspn(p + n, "\n") };
  return (ek_str){ "", 0 };
}

/* --limit and --until of that run, which no key tells. */
static int
read_head(retrying *t, ek_error *e)
{
  EK_FREE char *text = NULL;
  size_t len = 0;
  if (ek_file_slurp(t->yaml, RUN_YAML_MAX, &text, &len, e) < 0) {
    e->status = EK_EXIT_REFUSED;
    ek_at(e, t->yaml, 0, 0);
    return ek_help(e, "no run has ended well in this folder: use 'enrichkit run -c FILE --out %s'", t->dir);
  }
  ek_str limit = head_line(text, EK_RUN_YAML_LIMIT), until = head_line(text, EK_RUN_YAML_UNTIL);
  if (limit.len && (!ek_number_int(limit, &t->args.limit) || t->args.limit < 1))
    t->args.limit = 0;
  if (until.len && until.len < sizeof t->until) {
    memcpy(t->until, until.ptr, until.len);
    t->args.until = t->until;
  }
  return 0;
}

static int
has_stars(const ek_node *n)
{
  if (n->kind == EK_NODE_SCALAR)
    return strcmp(n->text, "***") == 0;
  for (const ek_node *c = n->first; c; c = c->next)
    if (has_stars(c))
      return 1;
  return 0;
}

/* run.yaml holds no secrets: those that came from ${...} as a whole are named there, others are gone. */
static int
check_secrets(const retrying *t, const ek_conf_tree *tree, ek_findings *f)
{
  const ek_node *chain = ek_node_get(ek_conf_root(tree), "chain");
  int r = 0;
  for (const ek_node *step = chain ? chain->first : NULL; step; step = step->next) {
    const ek_node *options = step->kind == EK_NODE_MAP ? ek_node_get(step, "options") : NULL;
    for (const ek_node *o = options ? options->first : NULL; o; o = o->next) {
      char help[400];
      if (!has_stars(o))
        continue;
      snprintf(help, sizeof help, "run again with the file that has it: 'enrichkit run -c FILE --out %.200s'; a secret that is "
               "written as ${NAME} or ${file:PATH} alone is kept as that", t->dir);
      r = ek_findings_error(f, &o->place, "secret_not_kept", help, "the secret '%.80s' was not kept here", o->key);
    }
  }
  return r;
}

static int
check_inputs(const retrying *t, const ek_settings *s, ek_findings *f)
{
  char help[400];
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++)
    for (size_t i = 0; i < s->catalog.inputs[kind].n; i++)
      if (strcmp(s->catalog.inputs[kind].list[i], "-") == 0) {
        snprintf(help, sizeof help, "give them again: 'enrichkit run -c FILE --out %.200s <records'; what was answered comes from "
                 "the cache", t->dir);
        return ek_findings_error(f, s->catalog.inputs[kind].node ? &s->catalog.inputs[kind].node->place : NULL, "stdin_gone", help,
                                 "the %s came from standard input, which is gone", ek_kind_nouns[kind]);
      }
  return 0;
}

/* ---- the run ------------------------------------------------------------------------------- */

static int
load(const ek_cli *cli, retrying *t, ek_loaded *l)
{
  *l = (ek_loaded){ 0 };
  l->tree = ek_conf_load(t->yaml, &l->findings);
  for (size_t i = 0; l->tree && i < cli->n_sets; i++)
    ek_conf_set(l->tree, cli->sets[i], &l->findings);
  if (l->tree && check_secrets(t, l->tree, &l->findings) == 0)
    l->settings = ek_settings_make(l->tree, &l->findings);
  if (l->settings)
    check_inputs(t, l->settings, &l->findings);
  if (!l->findings.errors && l->settings)
    return 0;
  ek_findings_show(&l->findings);
  ek_loaded_free(l);
  return EK_EXIT_REFUSED;
}

static int
retry(const ek_cli *cli, const ek_command *cmd, retrying *t)
{
  ek_error e = { 0 };
  ek_loaded l;
  size_t n = 0;
  if (ek_report_load_rejects(t->dir, &t->rejects, &n, &e) < 0 || read_head(t, &e) < 0) {
    ek_log_error(&e);
    return EK_EXIT_REFUSED;
  }
  int status = load(cli, t, &l);
  if (status)
    return status;
  t->args.retry = t->args.out = t->dir;
  t->args.retried = t->rejects;
  t->args.n_retried = n;
  status = ek_run(cli, cmd, &t->args, &l);
  ek_loaded_free(&l);
  return status;
}

int
ek_cmd_retry(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  retrying t = { 0 };
  ek_text path = { 0 };
  if (read_args(cli, cmd, argc, argv, &t) < 0)
    return EK_EXIT_REFUSED;
  ek_text_printf(&path, "%s%srun.yaml", t.dir, *t.dir && t.dir[strlen(t.dir) - 1] == '/' ? "" : "/");
  t.yaml = ek_mem_strdup(ek_text_c(&path));
  ek_text_free(&path);
  int status = retry(cli, cmd, &t);
  free(t.rejects);
  free(t.yaml);
  return status;
}
