/* SPDX-License-Identifier: BSD-3-Clause */
/* command/command.h - the command table and what all commands share.        */
#ifndef EK_COMMAND_COMMAND_H
#define EK_COMMAND_COMMAND_H
#include <stddef.h>
#include "base/error.h"
#include "base/text.h"
#include "config/settings.h"
#include "plugin/registry.h"

/* The common options (configuration.md section 4), parsed; what is left of argv
 * goes to the command.                                                      */
typedef struct ek_cli {
  const char *program;
  const char *config;            /* -c, or NULL                               */
  char **sets; size_t n_sets;    /* --set, in order                           */
  char **plugin_path; size_t n_plugin_path;    /* --plugin-path, as typed      */
  int quiet, verbose, json;
} ek_cli;

typedef struct ek_flag {         /* one option of a command                   */
  const char *name;              /* "--out"                                   */
  const char *value;             /* "DIR", or NULL for a switch               */
  const char *help;
} ek_flag;

typedef struct ek_command {
  const char *name, *arguments, *summary, *example;
  const ek_flag *flags;          /* ends with a NULL name                     */
  int (*run)(const ek_cli *, const struct ek_command *, int argc, char **argv);  /* exit status */
  const char *stage;             /* not in this build: "local", "network" ...; run is NULL */
} ek_command;

extern const ek_command ek_commands[];         /* ends with a NULL name          */

int ek_cmd_run(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_plan(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_retry(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_check(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_enrich(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_sample(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_import(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_train(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_deploy(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_put_items(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_put_users(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_put_events(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_policy(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_destroy(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_compare(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_recommend(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_describe(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_cache(const ek_cli *, const ek_command *, int argc, char **argv);
int ek_cmd_plugins(const ek_cli *, const ek_command *, int argc, char **argv);

/* Where the installed plugins and data are: beside the executable when it was
 * moved as a whole (DESTDIR, a prefix copied elsewhere), else as configured.  */
const char *ek_installed_plugindir(void);
const char *ek_installed_datadir(void);
/* All places of plugins: --plugin-path, the file's plugin_path (settings may be
 * NULL), ENRICHKIT_PLUGIN_PATH, the installed folder.                       */
ek_registry *ek_cli_plugins(const ek_cli *, const ek_settings *);
/* The configuration named by -c, ENRICHKIT_CONFIG, ./enrichkit.yaml or the installed
 * default (said on stderr), with --set applied. NULL after showing the findings. */
typedef struct ek_loaded { ek_conf_tree *tree; ek_settings *settings; ek_findings findings; } ek_loaded;
int ek_cli_load(const ek_cli *, ek_loaded *);  /* 0, or an exit status          */
/* For who needs no chain: where none is named, the defaults and --set alone.  */
int ek_cli_load_named(const ek_cli *, ek_loaded *);
void ek_loaded_free(ek_loaded *);
/* 1: that file's import.engine is personalize. The file may have errors; none is shown. */
int ek_cli_names_cloud(const ek_cli *);

#endif
