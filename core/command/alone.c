/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit import, enrichkit train: one stage alone, on CSVs that exist; enrichkit deploy.
 *
 * CSVs of other tools are named by options; without any it is what lies in the output
 * folder or, for training, in the store. What is known of the stage goes into the
 * folder's report.json, where all else stays as the run left it.             */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"
#include "command/internal.h"
#include "output/files.h"
#include "report/report.h"

typedef struct alone {
  const ek_cli *cli;
  ek_settings *settings;
  int train, deploy;               /* else import alone                        */
  char *csv[EK_RECORD_KINDS], *schema[EK_RECORD_KINDS];
  int named;                       /* by options                               */
  const char *out_dir;
  ek_words may_go;                 /* --named                                   */
  ek_outdir *out;
  ek_stages stages;
  ek_report report;
  int64_t start_ns;
} alone;

static int
take_csv(const ek_command *cmd, const ek_arg *row, const char *value)
{
  alone *a = row->to;
  (void)cmd;
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    if (strcmp(row->name + 2, ek_kind_nouns[k]) == 0) {
      free(a->csv[k]);
      a->csv[k] = ek_mem_strdup(value);
    }
  a->named = 1;
  return 0;
}

/* Of deploy there is --out alone. */
static int
read_args(const ek_command *cmd, int argc, char **argv, alone *a)
{
  const ek_arg rows[] = {
    EK_ARG_TAKEN("--items", take_csv, a), EK_ARG_TAKEN("--interactions", take_csv, a),
    EK_ARG_TAKEN("--users", take_csv, a), EK_ARG_TEXT("--out", &a->out_dir), EK_ARG_SWITCH("--yes", &a->stages.yes), EK_ARG_WORD("--named", &a->may_go),
    EK_ARG_NONE(a->deploy ? NULL : "name the files with --items, --interactions and --users"), EK_ARGS_END
  };
  if (ek_args_read(cmd, argc, argv, rows) < 0)
    return -1;
  a->stages.named = a->may_go.list;
  a->stages.n_named = a->may_go.n;
  return 0;
}

/* ---- which files ------------------------------------------------------------------ */

static int
is_file(const char *path)
{
  struct stat st;
  return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* "items.schema.json" beside "items.csv": it belongs to it. */
static char *
schema_beside(const char *csv)
{
  size_t len = strlen(csv);
  ek_text t = { 0 };
  if (len > 3 && strcmp(csv + len - 3, ".gz") == 0)
    len -= 3;
  if (len > 4 && strncmp(csv + len - 4, ".csv", 4) == 0)
    len -= 4;
  ek_text_printf(&t, "%.*s.schema.json", (int)len, csv);
  char *path = is_file(ek_text_c(&t)) ? ek_mem_strdup(ek_text_c(&t)) : NULL;
  ek_text_free(&t);
  return path;
}

/* DIR/FOLDER/items.csv, or with .gz; NULL: neither is there. */
static char *
csv_in(const char *dir, const char *folder, const char *noun)
{
  static const char *const ends[] = { ".csv", ".csv.gz" };
  char *path = NULL;
  for (size_t i = 0; i < 2 && !path; i++) {
    ek_text t = { 0 };
    ek_text_printf(&t, "%s%s%s%s%s", dir, *dir && dir[strlen(dir) - 1] == '/' ? "" : "/", folder, noun, ends[i]);
    if (is_file(ek_text_c(&t)))
      path = ek_mem_strdup(ek_text_c(&t));
    ek_text_free(&t);
  }
  return path;
}

static int
find_files(alone *a, ek_error *e)
{
  int any = 0;
  for (int k = 0; k < EK_RECORD_KINDS && !a->named; k++) {
    a->csv[k] = csv_in(a->settings->output.dir, "", ek_kind_nouns[k]);
    any |= a->csv[k] != NULL;
  }
  if (!a->named && !any) {
    ek_fail(e, EK_EXIT_REFUSED, "nothing_to_import", "there are no CSV files in this folder");
    ek_help(e, "name them: --items CSV --interactions CSV; or enrichkit run --out %s", a->settings->output.dir);
    return ek_at(e, a->settings->output.dir, 0, 0);
  }
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    if (a->csv[k])
      a->schema[k] = schema_beside(a->csv[k]);
  return 0;
}

/* ---- the report --------------------------------------------------------------------- */

static void
make_report(alone *a)
{
  ek_report *r = &a->report;
  r->settings = a->settings;
  r->outdir = a->out;
  r->status = "done";
  r->out_dir = a->settings->output.dir;
  ek_measure(r, a->start_ns);
  ek_stages_tell(&a->stages, r);
}

static json_t *
old_report(const alone *a)
{
  json_error_t why;
  EK_FREE char *path = ek_mem_alloc(strlen(a->settings->output.dir) + sizeof "/report.json");
  sprintf(path, "%s/report.json", a->settings->output.dir);
  json_t *report = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
  if (report && json_integer_value(json_object_get(report, "format")) == 1 && json_object_get(report, "records"))
    return report;
  json_decref(report);
  return NULL;
}

static json_t *
find_output(const json_t *outputs, const char *path)
{
  json_t *output;
  size_t i;
  json_array_foreach(outputs, i, output)
  {
    const char *there = json_string_value(json_object_get(output, "path"));
    if (there && strcmp(there, path) == 0)
      return output;
  }
  return NULL;
}

/* What is new in it takes the place of what was. */
static void
take_over(json_t *old, json_t *new)
{
  static const char *const members[] = { "import", "train", "compare", "deploy", "status", "exit" };
  json_t *outputs = json_object_get(old, "outputs"), *output;
  size_t i;
  for (i = 0; i < sizeof members / sizeof *members; i++)
    if (json_object_get(new, members[i]))
      json_object_set(old, members[i], json_object_get(new, members[i]));
  json_array_foreach(json_object_get(new, "outputs"), i, output)
  {
    const char *path = json_string_value(json_object_get(output, "path"));
    json_t *there = path ? find_output(outputs, path) : NULL;
    if (there)
      json_object_update(there, output);
    else
      json_array_append(outputs, output);
  }
}

static int
write_json(alone *a, ek_error *e)
{
  ek_text t = { 0 };
  json_error_t why;
  ek_report_json(&a->report, &t);
  json_t *old = old_report(a), *new = old ? json_loadb(t.data, t.len, 0, &why) : NULL;
  if (old && new) {
    take_over(old, new);
    ek_text_clear(&t);
    char *merged = json_dumps(old, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
    ek_text_printf(&t, "%s\n", merged ? merged : "{}");
    free(merged);
  }
  json_decref(old);
  json_decref(new);
  return ek_outdir_put(a->out, "report.json", &t, e);
}

/* report.txt and report.html of a run tell more than a stage could: they stay. */
static int
write_readable(alone *a, ek_error *e)
{
  json_t *old = old_report(a);
  ek_text t = { 0 };
  int stay = old && !a->stages.trained;
  json_decref(old);
  if (stay)
    return 0;
  if (a->settings->report.html) {
    ek_report_html(&a->report, &t);
    if (ek_outdir_put(a->out, "report.html", &t, e) < 0)
      return -1;
  }
  ek_report_text(&a->report, &t);
  return ek_outdir_put(a->out, "report.txt", &t, e);
}

static int
publish(alone *a, ek_error *e)
{
  make_report(a);
  if (write_readable(a, e) < 0 || write_json(a, e) < 0)
    return -1;
  return ek_outdir_commit(a->out, NULL, e);
}

/* ---- the stages ------------------------------------------------------------------------- */

static void
tell(const alone *a)
{
  ek_text t = { 0 };
  if (a->cli->json) {
    ek_report_json(&a->report, &t);
    ek_print(&t);
    ek_text_free(&t);
    return;
  }
  for (size_t i = 0; a->stages.imported && i < a->stages.import.n_jobs; i++) {
    const ek_import_job *j = &a->stages.import.jobs[i];
    ek_text_printf(&t, "import   %-28s %s   ", j->type, j->status);
    ek_text_thousands(&t, j->rows);
    ek_text_printf(&t, " rows%s\n", j->warnings ? ", with warnings" : "");
  }
  for (size_t i = 0; a->stages.trained && i < a->stages.train.n_arms; i++) {
    const ek_arm_result *arm = &a->stages.train.arms[i];
    if (arm->solution_version)
      ek_text_printf(&t, "train    %-28s ACTIVE   arm %s, recipe %s\n", arm->solution_version, arm->name,
                     arm->recipe_name ? arm->recipe_name : ek_recipe_name(arm->recipe));
  }
  if (a->stages.deployed)
    ek_text_printf(&t, "deploy   %-28s %s\n", a->stages.deploy.campaign, a->stages.deploy.status);
  ek_report_text(&a->report, &t);
  ek_print(&t);
  ek_text_free(&t);
}

static int
import(alone *a, ek_error *e)
{
  return find_files(a, e) < 0 ? -1 : ek_stages_import(&a->stages, a->csv, a->schema, e);
}

/* Labels of the file's arms are in the folder of the run that made them. */
static int
train(alone *a, ek_error *e)
{
  const ek_settings *s = a->settings;
  if (a->named || !s->n_arms)
    return ek_stages_train(&a->stages, a->named ? "items" : "chain", NULL, e);
  char **labels = ek_mem_zero(s->n_arms + 1, sizeof *labels);
  int failed = 0;
  for (size_t i = 0; i < s->n_arms && !failed; i++) {
    char folder[64];
    snprintf(folder, sizeof folder, "arms/%s/", s->arms[i].name);
    labels[i] = csv_in(s->output.dir, folder, "items");
    if (!labels[i]) {
      failed = ek_fail(e, EK_EXIT_REFUSED, "no_labels", "there are no labels of arm '%s': %sitems.csv is missing",
                       s->arms[i].name, folder);
      ek_help(e, "enrichkit run --out %s makes them", s->output.dir);
      ek_at(e, s->output.dir, 0, 0);
    }
  }
  if (!failed)
    failed = ek_outdir_verify(s->output.dir, e);
  if (!failed)
    failed = ek_stages_train(&a->stages, NULL, labels, e);
  for (size_t i = 0; i < s->n_arms; i++)
    free(labels[i]);
  free(labels);
  return failed;
}

static int
work(alone *a)
{
  ek_error e = { 0 };
  a->out = ek_outdir_open(a->settings->output.dir, &e);
  a->stages.settings = a->settings;
  a->stages.out = a->out;
  int failed = !a->out || ek_stages_hold(&a->stages, &e) < 0 ||
               (!a->deploy && (!a->train || a->named) && import(a, &e) < 0) || (a->train && train(a, &e) < 0) ||
               (a->deploy && ek_stages_deploy(&a->stages, &e) < 0) || publish(a, &e) < 0;
  if (!failed) {
    tell(a);
    return EK_EXIT_OK;
  }
  if (ek_signal_stop) {
    ek_info("interrupted");
    return 128 + ek_signal_stop;
  }
  ek_log_error(&e);
  return e.status;
}

static int
no_account(const ek_command *cmd)
{
  return ek_usage(cmd, "leave it out: 'enrichkit recommend' asks what was trained last",
                  "'deploy' is the engine personalize's, and the engine is local");
}

static int
stage_alone(const ek_cli *cli, const ek_command *cmd, int argc, char **argv, int train, int deploy)
{
  alone *a = ek_mem_zero(1, sizeof *a);
  ek_loaded l;
  int status = EK_EXIT_REFUSED;
  a->cli = cli;
  a->train = train;
  a->deploy = deploy;
  a->may_go.list = ek_mem_zero((size_t)argc + 1, sizeof *a->may_go.list);
  a->start_ns = ek_monotonic_ns();
  a->report.started = (int64_t)time(NULL);
  if (read_args(cmd, argc, argv, a) == 0 && (status = ek_cli_load(cli, &l)) == 0) {
    a->settings = l.settings;
    if (a->out_dir)
      ek_settings_set_out(l.settings, a->out_dir);
    ek_findings_show(&l.findings);
    status = deploy && !ek_in_cloud(a->settings) ? no_account(cmd) : work(a);
    ek_stages_clear(&a->stages);
    if (a->out)
      ek_outdir_close(a->out);
    ek_loaded_free(&l);
  }
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    free(a->csv[k]);
    free(a->schema[k]);
  }
  free(a->may_go.list);
  free(a);
  return status;
}

int
ek_cmd_import(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  return stage_alone(cli, cmd, argc, argv, 0, 0);
}

int
ek_cmd_train(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  return stage_alone(cli, cmd, argc, argv, 1, 0);
}

int
ek_cmd_deploy(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  return stage_alone(cli, cmd, argc, argv, 0, 1);
}
