/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit run: every stage that the file names.
 *
 * Enrich's files are put in place first, with a report that says so, and the stages
 * behind it read them there. At the end the report is written again with what
 * these did. So whatever becomes of a stage, the files before it are whole.  */
#include "config.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/number.h"
#include "command/internal.h"
#include "config/yaml.h"
#include "output/csv.h"
#include "output/files.h"
#include "output/sinks.h"
#include "report/report.h"

enum { RUN_OUT, RUN_UNTIL, RUN_THREADS, RUN_LIMIT, RUN_STRICT, RUN_YES, RUN_NAMED };

typedef struct running {
  const ek_cli *cli;
  const ek_command *cmd;
  const ek_run_args *args;
  ek_settings *settings;
  ek_job job;
  uint64_t limit;
  int strict;
  enum ek_until until;
  int enriched;                    /* the files of enrich are in place         */
  ek_outdir *out;
  ek_outfile *rejects;
  ek_stages stages;
  ek_stats stats[EK_RECORD_KINDS];
  uint64_t rejected;
  ek_report report;
  int64_t start_ns;
} running;

/* ---- arguments ------------------------------------------------------------ */

static int
read_args(const ek_command *cmd, int argc, char **argv, ek_run_args *a)
{
  ek_args args = { .argc = argc, .argv = argv };
  const char *value;
  int flag;
  while ((flag = ek_args_next(&args, cmd, &value)) != -2) {
    switch (flag) {
    case -3: return -1;
    case -1:
      ek_usage(cmd, "name the input with --set catalog.items=PATH", "run takes no argument '%s'", value);
      return -1;
    case RUN_OUT: a->out = value; break;
    case RUN_UNTIL: a->until = value; break;
    case RUN_THREADS:
      if (ek_args_number(cmd, flag, value, 1024, &a->threads) < 0)
        return -1;
      break;
    case RUN_LIMIT:
      if (ek_args_number(cmd, flag, value, INT64_MAX, &a->limit) < 0)
        return -1;
      break;
    case RUN_STRICT: a->strict = 1; break;
    case RUN_YES: a->yes = 1; break;
    default: a->named[a->n_named++] = value; break;
    }
  }
  return 0;
}

static const char *const stage_names[] = { "enrich", "import", "train", "deploy", NULL };

static int
has_stage(const ek_settings *s, int stage)
{
  const int there[] = { 1, s->sections.import, s->sections.train, s->sections.deploy };
  return there[stage];
}

static int
no_section(const ek_command *cmd, const char *typed, int stage)
{
  static const char *const help[] = { NULL, "write   import: {engine: local}", "write   train: {recipe: metadata}",
                                      "write   deploy: {}   (engine personalize)" };
  return ek_usage(cmd, help[stage], "'--until %s': the configuration has no %s: section", typed, typed);
}

/* Until where: as --until says, and never farther than the file. */
int
ek_choose_until(const ek_command *cmd, const char *typed, const ek_settings *s, enum ek_until *until)
{
  *until = EK_UNTIL_ENRICH;
  for (int i = EK_UNTIL_ENRICH; stage_names[i]; i++)
    if (has_stage(s, i))
      *until = (enum ek_until)i;
  if (*until >= EK_UNTIL_TRAIN && !s->catalog.inputs[EK_INTERACTIONS].n)
    *until = EK_UNTIL_IMPORT;
  if (!typed)
    return 0;
  for (int i = EK_UNTIL_ENRICH; stage_names[i]; i++) {
    if (strcmp(typed, stage_names[i]) != 0)
      continue;
    if (!has_stage(s, i))
      return no_section(cmd, typed, i);
    if (i < (int)*until)
      *until = (enum ek_until)i;
    return 0;
  }
  return ek_usage(cmd, "the stages are enrich, import, train, deploy", "there is no stage '%s'", typed);
}

/* An option of the command wins over --set and the file. */
static void
apply_args(const ek_run_args *a, ek_settings *s)
{
  if (a->out)
    ek_settings_set_out(s, a->out);
  if (a->threads)
    s->run.threads = (unsigned)a->threads;
}

/* ---- one data set ----------------------------------------------------------- */

static int
write_reject(void *arg, const char *lines, size_t len, ek_error *e)
{
  running *r = arg;
  return ek_outfile_write(r->rejects, lines, len, e);
}

static int
write_text(running *r, const char *name, ek_text *t, ek_error *e)
{
  ek_outfile *f = ek_outfile_create(r->out, name, 0, e);
  int failed = !f || ek_outfile_write(f, t->data, t->len, e) < 0 || ek_outfile_finish(f, e) < 0;
  ek_text_free(t);
  return failed ? -1 : 0;
}

/* Of the data set's CSV, or of its labels in an arm. */
static int
write_schema(running *r, enum ek_record_kind kind, const char *folder, ek_error *e)
{
  ek_text t = { 0 };
  char name[128];
  ek_avro_schema(&t, &r->job.table[kind], r->settings->output.no_labels);
  snprintf(name, sizeof name, "%s%s.schema.json", folder, ek_kind_nouns[kind]);
  return write_text(r, name, &t, e);
}

static void
csv_name(const running *r, enum ek_record_kind kind, const char *folder, char name[128])
{
  snprintf(name, 128, "%s%s.csv%s", folder, ek_kind_nouns[kind], r->settings->output.gzip ? ".gz" : "");
}

static ek_outfile *
create_csv(running *r, enum ek_record_kind kind, const char *folder, ek_error *e)
{
  char name[128];
  csv_name(r, kind, folder, name);
  return ek_outfile_create(r->out, name, r->settings->output.gzip, e);
}

/* "arms/source/": of an arm of the file. Names of arms are fit for it.       */
static void
arm_folder(const ek_arm *arm, char folder[64])
{
  snprintf(folder, 64, "arms/%s/", arm->name);
}

/* The files of one kind, as drains of the sink: rows of the whole chain, then of each arm. */
typedef struct kind_files {
  ek_outfile *rows[EK_MAX_ARMS], *labels;
  ek_drain *drains[EK_MAX_ARMS], *labels_drain;
  unsigned n;
} kind_files;

static int
open_files(running *r, enum ek_record_kind kind, kind_files *f, ek_error *e)
{
  unsigned n = kind == EK_ITEMS ? r->job.chain.n_arms : 1;
  for (f->n = 0; f->n < n; f->n++) {
    char folder[64] = "";
    if (f->n)
      arm_folder(&r->job.chain.arms[f->n], folder);
    f->rows[f->n] = create_csv(r, kind, folder, e);
    if (!f->rows[f->n])
      return -1;
    f->drains[f->n] = ek_drain_file(f->rows[f->n]);
  }
  if (kind != EK_ITEMS || !r->settings->output.labels)
    return 0;
  f->labels = ek_outfile_create(r->out, "labels.jsonl", 0, e);
  if (!f->labels)
    return -1;
  f->labels_drain = ek_drain_file(f->labels);
  return 0;
}

static int
finish_files(running *r, enum ek_record_kind kind, const kind_files *f, ek_error *e)
{
  for (unsigned i = 0; i < f->n; i++) {
    char folder[64] = "";
    if (i)
      arm_folder(&r->job.chain.arms[i], folder);
    if (ek_outfile_finish(f->rows[i], e) < 0 || write_schema(r, kind, folder, e) < 0)
      return -1;
  }
  return f->labels ? ek_outfile_finish(f->labels, e) : 0;
}

static int
run_engine(running *r, enum ek_record_kind kind, const kind_files *f, enum ek_run_end *end, ek_error *e)
{
  const ek_settings *s = r->settings;
  const char *names[EK_MAX_STEPS];
  ek_engine_spec spec;
  ek_sink_spec sink = { .table = &r->job.table[kind], .n_arms = f->n, .labels = f->labels_drain,
                        .step_names = names, .n_steps = r->job.chain.n_steps, .style = s->output.csv,
                        .quote = s->output.quote, .header = 1 };
  int failed;

  memcpy(sink.arms, f->drains, sizeof sink.arms);
  for (unsigned i = 0; i < r->job.chain.n_steps; i++)
    names[i] = r->job.chain.steps[i].settings->name;
  ek_job_spec(&r->job, kind, &spec);
  spec.sink = ek_csv_sink_new(&sink, e);
  if (!spec.sink)
    return -1;
  spec.limit = r->limit;
  spec.reject = write_reject;
  spec.reject_arg = r;
  failed = ek_engine_run(&spec, &r->stats[kind], end, e);
  if (failed && strcmp(e->code, "call_never_returned") == 0) {
    ek_error kept = { 0 };
    ek_job_flush(&r->job, &kept);
    ek_leave_at_once(e);            /* a thread still holds what we would free */
  }
  ek_sink_free(spec.sink);
  return failed;
}

/* Runs one kind of records through the engine into its files. */
static int
do_kind(running *r, enum ek_record_kind kind, enum ek_run_end *end, ek_error *e)
{
  kind_files f = { 0 };
  int failed = open_files(r, kind, &f, e) < 0 || run_engine(r, kind, &f, end, e) < 0;

  r->rejected += r->stats[kind].rejected + r->stats[kind].kept_failures;
  if (!failed && *end == EK_END_DONE)
    failed = finish_files(r, kind, &f, e) < 0;
  for (unsigned i = 0; i < f.n; i++)
    ek_drain_close(f.drains[i]);
  ek_drain_close(f.labels_drain);
  return failed ? -1 : 0;
}

/* ---- the end ---------------------------------------------------------------- */

static void
measure(running *r)
{
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  r->report.cpu = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
  r->report.wall = (double)(ek_monotonic_ns() - r->start_ns) / 1e9;
  r->report.peak_rss = (uint64_t)u.ru_maxrss * 1024;
}

static int
write_run_yaml(running *r, ek_error *e)
{
  ek_text t = { 0 };
  ek_text_printf(&t, "# enrichkit %s, plugin ABI %u.%u: the configuration as resolved\n", PACKAGE_VERSION, EK_ABI_MAJOR,
                 EK_ABI_MINOR);
  /* For `retry`, which reads these lines: no key stands for them. */
  if (r->limit)
    ek_text_printf(&t, EK_RUN_YAML_LIMIT "%llu\n", (unsigned long long)r->limit);
  ek_text_printf(&t, EK_RUN_YAML_UNTIL "%s\n", stage_names[r->until]);
  for (unsigned i = 0; i < r->job.chain.n_steps; i++) {
    const ek_plugin *p = r->job.chain.steps[i].instance->plugin;
    ek_text_printf(&t, "# step %s: plugin %s %s, sha256 %s\n", r->job.chain.steps[i].settings->name, p->enricher->id,
                   p->module->module.version, p->module->sha256);
  }
  char *typed = r->settings->output.dir, *here = ek_path_cwd();
  r->settings->output.dir = ek_path_resolve(here ? here : "/", typed);
  ek_settings_print(r->settings, ek_job_option_kind, &r->job, &t);
  free(r->settings->output.dir);
  free(here);
  r->settings->output.dir = typed;
  return write_text(r, "run.yaml", &t, e);
}

static const char *
next_of(const running *r)
{
  const ek_settings *s = r->settings;
  if (!s->sections.import)
    return "no import: section, stopping after enrich";
  if (!s->sections.train && r->until == EK_UNTIL_IMPORT)
    return "no train: section, stopping after import";
  return NULL;
}

static void
make_report(running *r, const char *status, int exit)
{
  ek_report *p = &r->report;
  p->settings = r->settings;
  p->chain = &r->job.chain;
  p->outdir = r->out;
  p->status = status;
  p->exit = exit;
  p->out_dir = r->settings->output.dir;
  p->retry = r->args->retry != NULL;
  p->retried = r->args->retried;
  p->n_retried = r->args->n_retried;
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    p->sets[k] = (ek_report_set){ .present = r->job.present[k], .stats = &r->stats[k],
                                  .projection = r->job.projection[k],
                                  .table = &r->job.table[k] };
  p->engine = ek_engine_name(r->settings);
  p->dataset_group = r->settings->import.dataset_group;
  p->import_mode = r->settings->import.import_mode ? EK_IMPORT_INCREMENTAL : EK_IMPORT_FULL;
  p->import = r->stages.imported ? &r->stages.import : NULL;
  p->train = r->stages.trained ? &r->stages.train : NULL;
  p->deploy = r->stages.deployed ? &r->stages.deploy : NULL;
  p->next = next_of(r);
  p->warnings = ek_log_warnings(&p->n_warnings);
  measure(r);
}

/* Files that an earlier run may have left and this one may not write. Those of arms
 * are what is there: their names are the file's choice.                     */
static char **
stale_names(const running *r)
{
  static const char *const top[] = { "items.csv", "items.csv.gz", "items.schema.json", "interactions.csv",
    "interactions.csv.gz", "interactions.schema.json", "users.csv", "users.csv.gz", "users.schema.json", "labels.jsonl",
    "report.txt", "report.html", "run.yaml" };
  static const char *const in_arms[] = { "items.csv", "items.csv.gz", "items.schema.json", "evaluation.csv" };
  size_t n = 0, cap = 0, n_top = sizeof top / sizeof *top, n_in = sizeof in_arms / sizeof *in_arms;
  char **names = ek_mem_grow(NULL, &cap, n_top + 1, sizeof *names), path[4200];
  for (size_t i = 0; i < n_top; i++)
    names[n++] = ek_mem_strdup(top[i]);
  snprintf(path, sizeof path, "%s/arms", r->settings->output.dir);
  DIR *dir = opendir(path);
  for (struct dirent *entry; dir && (entry = readdir(dir));)
    for (size_t i = 0; entry->d_name[0] != '.' && i < n_in; i++) {
      snprintf(path, sizeof path, "arms/%s/%s", entry->d_name, in_arms[i]);
      names = ek_mem_grow(names, &cap, n + 2, sizeof *names);
      names[n++] = ek_mem_strdup(path);
    }
  if (dir)
    closedir(dir);
  names[n] = NULL;
  return names;
}

static int
commit(running *r, ek_error *e)
{
  char **stale = stale_names(r);
  int failed = ek_outdir_commit(r->out, (const char *const *)stale, e);
  for (char **name = stale; *name; name++)
    free(*name);
  free(stale);
  return failed;
}

/* report.json is the last file of a set. */
static int
write_report(running *r, ek_error *e)
{
  ek_text t = { 0 };
  measure(r);
  ek_report_json(&r->report, &t);
  return write_text(r, "report.json", &t, e);
}

/* For people: the page, and the text, which names it. */
static int
write_readable(running *r, ek_error *e)
{
  ek_text t = { 0 };
  if (r->settings->report.html) {
    ek_report_html(&r->report, &t);
    if (write_text(r, "report.html", &t, e) < 0)
      return -1;
  }
  ek_report_text(&r->report, &t);
  return write_text(r, "report.txt", &t, e);
}

/* What enrich made, in place before the next stage reads it. */
static int
publish_enriched(running *r, ek_error *e)
{
  if (ek_outfile_finish(r->rejects, e) < 0)
    return -1;
  make_report(r, "enriched", EK_EXIT_OK);
  r->report.whole = 1;
  if (write_run_yaml(r, e) < 0 || write_report(r, e) < 0)
    return -1;
  return commit(r, e);
}

/* All is well. */
static int
publish(running *r, ek_error *e)
{
  make_report(r, "done", r->strict && r->rejected ? EK_EXIT_REJECTS : EK_EXIT_OK);
  if (r->until == EK_UNTIL_ENRICH && (ek_outfile_finish(r->rejects, e) < 0 || write_run_yaml(r, e) < 0))
    return -1;
  if (write_readable(r, e) < 0 || write_report(r, e) < 0)
    return -1;
  return r->until == EK_UNTIL_ENRICH ? commit(r, e) : ek_outdir_commit(r->out, NULL, e);
}

/* A stage behind enrich failed: only the report is new. Its outputs are enrich's. */
static int
publish_failed_stage(running *r, ek_error *why)
{
  static const char *const report[] = { "report.json", NULL };
  ek_error e = { 0 };
  /* "Refused before any work" is not true any more. */
  int interrupted = ek_signal_stop != 0, failed = why->status == EK_EXIT_REFUSED ? EK_EXIT_FAILED : why->status;
  int exit = interrupted ? 128 + ek_signal_stop : failed;
  if (interrupted)
    ek_info("interrupted: what enrich made is in %s", r->settings->output.dir);
  else {
    ek_log_error(why);
    ek_info("what enrich made is in %s", r->settings->output.dir);
  }
  ek_outdir_drop(r->out);
  make_report(r, interrupted ? "interrupted" : strcmp(why->code, "wait_timeout") == 0 ? "timed_out" : "failed", exit);
  if (write_report(r, &e) < 0 || ek_outdir_commit_only(r->out, report, &e) < 0)
    ek_debug("report.json still says 'enriched': %s", e.message);       /* as when the disk is full: said already */
  return exit;
}

/* The rejects of a stopped run are kept, its CSVs are not. */
static void
publish_stopped(running *r, const char *status, int exit)
{
  static const char *const kept[] = { "rejects.jsonl", "report.json", NULL };
  ek_error e;
  ek_text t = { 0 };

  if (!r->out || !r->rejects || ek_outfile_finish(r->rejects, &e) < 0)
    return;
  make_report(r, status, exit);
  ek_report_json(&r->report, &t);
  if (write_text(r, "report.json", &t, &e) < 0 || ek_outdir_commit_only(r->out, kept, &e) < 0)
    ek_log_error(&e);
}

static void
print_summary(running *r)
{
  ek_text t = { 0 };
  if (r->cli->json)
    ek_report_json(&r->report, &t);
  else
    ek_report_text(&r->report, &t);
  ek_print(&t);
  ek_text_free(&t);
}

/* Paths of the files that enrich put in place; NULL for a kind that is not there. */
static char *
path_in_out(const running *r, const char *name)
{
  ek_text t = { 0 };
  ek_text_printf(&t, "%s%s%s", r->settings->output.dir,
                 r->settings->output.dir[strlen(r->settings->output.dir) - 1] == '/' ? "" : "/", name);
  char *path = ek_mem_strdup(ek_text_c(&t));
  ek_text_free(&t);
  return path;
}

static int
import_files(running *r, ek_error *e)
{
  char *csv[EK_RECORD_KINDS] = { NULL }, *schema[EK_RECORD_KINDS] = { NULL }, name[128];
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    if (!r->job.present[k])
      continue;
    csv_name(r, (enum ek_record_kind)k, "", name);
    csv[k] = path_in_out(r, name);
    snprintf(name, sizeof name, "%s.schema.json", ek_kind_nouns[k]);
    schema[k] = path_in_out(r, name);
  }
  int failed = ek_stages_import(&r->stages, csv, schema, e);
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    free(csv[k]);
    free(schema[k]);
  }
  return failed;
}

static int
train_files(running *r, ek_error *e)
{
  unsigned n = r->job.chain.n_arms - 1;
  int items = r->job.present[EK_ITEMS];
  char **labels = ek_mem_zero(n + 1, sizeof *labels);
  for (unsigned i = 0; i < n && items; i++) {
    char folder[64], name[128];
    arm_folder(&r->job.chain.arms[i + 1], folder);
    csv_name(r, EK_ITEMS, folder, name);
    labels[i] = path_in_out(r, name);
  }
  int failed = ek_stages_train(&r->stages, items ? "chain" : NULL, n && items ? labels : NULL, e);
  for (unsigned i = 0; i < n; i++)
    free(labels[i]);
  free(labels);
  return failed;
}

/* The stages behind enrich. Their files become those of the same run. */
static int
later_stages(running *r, ek_error *e)
{
  if (r->until == EK_UNTIL_ENRICH)
    return 0;
  if (publish_enriched(r, e) < 0)
    return -1;
  r->enriched = 1;
  if (import_files(r, e) < 0 || (r->until >= EK_UNTIL_TRAIN && r->settings->sections.train && train_files(r, e) < 0))
    return -1;
  return r->until >= EK_UNTIL_DEPLOY ? ek_stages_deploy(&r->stages, e) : 0;
}

static int
enrich_all(running *r, ek_error *e)
{
  enum ek_run_end end = EK_END_DONE;

  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    if (!r->job.present[k])
      continue;
    if (do_kind(r, (enum ek_record_kind)k, &end, e) < 0 || end == EK_END_STOPPED) {
      ek_log_error(e);
      publish_stopped(r, "failed", e->status);
      return e->status;
    }
    if (end == EK_END_BUDGET) {
      ek_say_budget(r->cli, r->cmd, &r->job, &r->stats[k], r->args->retry ? r->args->retry : r->args->out, r->limit);
      publish_stopped(r, "stopped_budget", EK_EXIT_STOPPED);
      return EK_EXIT_STOPPED;
    }
    if (end == EK_END_REJECTS) {
      char path[4200];
      snprintf(path, sizeof path, "%s/rejects.jsonl", r->settings->output.dir);
      ek_say_too_many_rejects(&r->job, (enum ek_record_kind)k, &r->stats[k], path);
      publish_stopped(r, "stopped_rejects", EK_EXIT_REJECTS);
      return EK_EXIT_REJECTS;
    }
    if (end == EK_END_INTERRUPTED) {
      publish_stopped(r, "interrupted", 128 + ek_signal_stop);
      ek_info("interrupted: nothing was published but %s/rejects.jsonl", r->settings->output.dir);
      return 128 + ek_signal_stop;
    }
  }
  /* What the report says was paid for is on disk before the report is. */
  if (ek_job_flush(&r->job, e) < 0) {
    ek_log_error(e);
    publish_stopped(r, "failed", e->status);
    return e->status;
  }
  if (later_stages(r, e) < 0 || publish(r, e) < 0) {
    if (r->enriched)
      return publish_failed_stage(r, e);
    ek_log_error(e);
    return e->status;
  }
  print_summary(r);
  if (ek_job_settle(&r->job, e) < 0) {
    ek_log_error(e);
    return r->report.exit ? r->report.exit : e->status;
  }
  return r->report.exit;
}

/* What can be seen before any work: inputs that are not there, no ids at all. */
static int
refuse_early(running *r, ek_error *e)
{
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    size_t n = 0;
    int bad = 0;
    if (!r->job.present[k])
      continue;
    ek_probe_file *list = ek_probe(&r->job, (enum ek_record_kind)k, 1, &n, e);
    if (!list) {
      e->status = EK_EXIT_REFUSED;
      return -1;
    }
    for (size_t i = 0; i < n && !bad; i++)
      /* One small file of several may well hold rejects alone. */
      bad = (list[i].records >= EK_PROBE_RECORDS || n == 1) &&
          ek_probe_no_id(&r->job, (enum ek_record_kind)k, &list[i], e);
    ek_probe_free(list, n);
    if (bad)
      return -1;
  }
  return 0;
}

static int
reads_stdin(const ek_paths *paths)
{
  for (size_t i = 0; i < paths->n; i++)
    if (strcmp(paths->list[i], "-") == 0)
      return 1;
  return 0;
}

/* Without credentials nobody can be asked, which is better known before any work. But where all
 * answers are in the cache nobody is.                                       */
static int
refuse_without_credentials(running *r, ek_error *e)
{
  ek_aws_grant grant = { 0 };
  const char *region;
  uint64_t calls = 0;
  ek_error other = { 0 };
  if (!r->job.present[EK_ITEMS] || !r->job.services.aws || !ek_job_asks_aws(&r->job) || reads_stdin(&r->settings->catalog.inputs[EK_ITEMS]))
    return 0;
  if (ek_job_credentials(&r->job, &grant, &region, e) == 0) {
    ek_aws_grant_clear(&grant);
    return 0;
  }
  return ek_job_would_call(&r->job, r->limit, &calls, &other) == 0 && calls ? -1 : 0;
}

/* Nothing is begun that another run would then keep from its end. */
static int
open_folders(running *r, ek_error *e)
{
  r->out = ek_outdir_open(r->settings->output.dir, e);
  r->stages.settings = r->settings;
  r->stages.out = r->out;
  r->stages.aws = r->job.services.aws;
  return r->out && (r->until == EK_UNTIL_ENRICH || ek_stages_hold(&r->stages, e) == 0) ? 0 : -1;
}

static int
run_job(running *r)
{
  ek_error e = { 0 };
  int status;

  if (refuse_early(r, &e) < 0 || ek_refuse_overwriting(&r->job, &e) < 0 || refuse_without_credentials(r, &e) < 0 ||
      open_folders(r, &e) < 0 ||
      !(r->rejects = ek_outfile_create(r->out, "rejects.jsonl", 0, &e))) {
    ek_log_error(&e);
    status = e.status;
  } else
    status = enrich_all(r, &e);
  ek_stages_clear(&r->stages);
  if (r->out)
    ek_outdir_close(r->out);
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    ek_stats_clear(&r->stats[k]);
  return status;
}

/* Answers that were paid for and could not be kept are a failure, whatever else went well. */
static int
end_job(ek_job *j, int status)
{
  ek_error e = { 0 };
  if (ek_job_end(j, &e) == 0)
    return status;
  ek_log_error(&e);
  return status ? status : EK_EXIT_FAILED;
}

int
ek_run(const ek_cli *cli, const ek_command *cmd, const ek_run_args *a, ek_loaded *l)
{
  running *r = ek_mem_zero(1, sizeof *r);
  int status;

  apply_args(a, l->settings);
  r->cli = cli;
  r->cmd = cmd;
  r->args = a;
  r->settings = l->settings;
  r->limit = (uint64_t)a->limit;
  r->strict = a->strict;
  r->stages.yes = a->yes;
  r->stages.named = a->named;
  r->stages.n_named = a->n_named;
  r->start_ns = ek_monotonic_ns();
  r->report.started = (int64_t)time(NULL);
  status = ek_choose_until(cmd, a->until, r->settings, &r->until);
  if (!status) {
    ek_settings_need_input(l->settings, &l->findings);
    int made = ek_job_make(&r->job, cli, l->settings, 0, &l->findings);
    ek_job_refuse_last_of_stdin(&r->job, &l->findings);
    if (r->until >= EK_UNTIL_IMPORT)
      ek_job_warn_stages(&r->job, &l->findings);
    ek_findings_show(&l->findings);
    status = made < 0 || l->findings.errors ? EK_EXIT_REFUSED : run_job(r);
    status = end_job(&r->job, status);
    ek_job_clear(&r->job);
  }
  free(r);
  return status;
}

int
ek_cmd_run(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  ek_run_args a = { 0 };
  ek_loaded l;
  int status = EK_EXIT_REFUSED;

  a.named = ek_mem_zero((size_t)argc + 1, sizeof *a.named);
  if (read_args(cmd, argc, argv, &a) == 0 && (status = ek_cli_load(cli, &l)) == 0) {
    status = ek_run(cli, cmd, &a, &l);
    ek_loaded_free(&l);
  }
  free(a.named);
  return status;
}
