/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run leaves in its folder beside the rows: run.yaml and reports, put in place with them. */
#include "config.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "command/run.h"
#include "config/yaml.h"

void
ek_measure(ek_report *report, int64_t start_ns)
{
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  report->cpu = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
  report->wall = (double)(ek_monotonic_ns() - start_ns) / 1e9;
  report->peak_rss = (uint64_t)u.ru_maxrss * 1024;
}

static int
write_run_yaml(ek_running *r, ek_error *e)
{
  ek_text t = { 0 };
  ek_text_printf(&t, "# enrichkit %s, plugin ABI %u.%u: the configuration as resolved\n", PACKAGE_VERSION, EK_ABI_MAJOR,
                 EK_ABI_MINOR);
  /* For `retry`, which reads these lines: no key stands for them. */
  if (r->limit)
    ek_text_printf(&t, EK_RUN_YAML_LIMIT "%llu\n", (unsigned long long)r->limit);
  ek_text_printf(&t, EK_RUN_YAML_UNTIL "%s\n", ek_stage_names[r->until]);
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
  return ek_outdir_put(r->out, "run.yaml", &t, e);
}

static const char *
next_of(const ek_running *r)
{
  const ek_settings *s = r->settings;
  if (!s->sections.import)
    return "no import: section, stopping after enrich";
  if (!s->sections.train && r->until == EK_UNTIL_IMPORT)
    return "no train: section, stopping after import";
  return NULL;
}

static void
make_report(ek_running *r, const char *status, int exit)
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
  ek_stages_tell(&r->stages, p);
  p->next = next_of(r);
  p->warnings = ek_log_warnings(&p->n_warnings);
  ek_measure(&r->report, r->start_ns);
}

/* Files that an earlier run may have left and this one may not write. Those of arms
 * are what is there: their names are the file's choice.                     */
static char **
stale_names(const ek_running *r)
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
commit(ek_running *r, ek_error *e)
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
write_report(ek_running *r, ek_error *e)
{
  ek_text t = { 0 };
  ek_measure(&r->report, r->start_ns);
  ek_report_json(&r->report, &t);
  return ek_outdir_put(r->out, "report.json", &t, e);
}

/* For people: the page, and the text, which names it. */
static int
write_readable(ek_running *r, ek_error *e)
{
  ek_text t = { 0 };
  if (r->settings->report.html) {
    ek_report_html(&r->report, &t);
    if (ek_outdir_put(r->out, "report.html", &t, e) < 0)
      return -1;
  }
  ek_report_text(&r->report, &t);
  return ek_outdir_put(r->out, "report.txt", &t, e);
}

int
ek_run_publish_enriched(ek_running *r, ek_error *e)
{
  if (ek_outfile_finish(r->rejects, e) < 0)
    return -1;
  make_report(r, "enriched", EK_EXIT_OK);
  r->report.whole = 1;
  if (write_run_yaml(r, e) < 0 || write_report(r, e) < 0)
    return -1;
  return commit(r, e);
}

int
ek_run_publish(ek_running *r, ek_error *e)
{
  make_report(r, "done", r->strict && r->rejected ? EK_EXIT_REJECTS : EK_EXIT_OK);
  if (r->until == EK_UNTIL_ENRICH && (ek_outfile_finish(r->rejects, e) < 0 || write_run_yaml(r, e) < 0))
    return -1;
  if (write_readable(r, e) < 0 || write_report(r, e) < 0)
    return -1;
  return r->until == EK_UNTIL_ENRICH ? commit(r, e) : ek_outdir_commit(r->out, NULL, e);
}

int
ek_run_publish_failed_stage(ek_running *r, ek_error *why)
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
  if (write_report(r, &e) < 0 || ek_outdir_commit_only(r->out, report, NULL, &e) < 0)
    ek_debug("report.json still says 'enriched': %s", e.message);       /* as when the disk is full: said already */
  return exit;
}

void
ek_run_publish_stopped(ek_running *r, const char *status, int exit)
{
  static const char *const kept[] = { "rejects.jsonl", "report.json", NULL };
  /* Of an earlier run: they would say that all is well, beside a report.json that does not. */
  static const char *const gone[] = { "report.txt", "report.html", NULL };
  ek_error e;
  ek_text t = { 0 };

  if (!r->out || !r->rejects || ek_outfile_finish(r->rejects, &e) < 0)
    return;
  make_report(r, status, exit);
  ek_report_json(&r->report, &t);
  if (ek_outdir_put(r->out, "report.json", &t, &e) < 0 || ek_outdir_commit_only(r->out, kept, gone, &e) < 0)
    ek_log_error(&e);
}

void
ek_run_print_summary(ek_running *r)
{
  ek_text t = { 0 };
  if (r->cli->json)
    ek_report_json(&r->report, &t);
  else
    ek_report_text(&r->report, &t);
  ek_print(&t);
  ek_text_free(&t);
}
