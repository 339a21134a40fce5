/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit run: every stage that the file names.
 *
 * Enrich's files are put in place first, with a report that says so, and the stages
 * behind it read them there. At the end the report is written again with what
 * these did. So whatever becomes of a stage, the files before it are whole.  */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "command/run.h"

static int
read_args(const ek_command *cmd, int argc, char **argv, ek_run_args *a)
{
  const ek_arg rows[] = {
    EK_ARG_TEXT("--out", &a->out), EK_ARG_TEXT("--until", &a->until), EK_ARG_NUMBER("--threads", &a->threads, 1024),
    EK_ARG_NUMBER("--limit", &a->limit, INT64_MAX), EK_ARG_SWITCH("--strict", &a->strict),
    EK_ARG_SWITCH("--yes", &a->yes), EK_ARG_WORD("--named", &a->named),
    EK_ARG_NONE("name the input with --set catalog.items=PATH"), EK_ARGS_END
  };
  return ek_args_read(cmd, argc, argv, rows);
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

static int
enrich_all(ek_running *r, ek_error *e)
{
  enum ek_run_end end = EK_END_DONE;

  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    if (!r->job.present[k])
      continue;
    if (ek_run_kind(r, (enum ek_record_kind)k, &end, e) < 0 || end == EK_END_STOPPED) {
      ek_log_error(e);
      ek_run_publish_stopped(r, "failed", e->status);
      return e->status;
    }
    if (end == EK_END_BUDGET) {
      ek_say_budget(r->cli, r->cmd, &r->job, &r->stats[k], r->args->retry ? r->args->retry : r->args->out, r->limit);
      ek_run_publish_stopped(r, "stopped_budget", EK_EXIT_STOPPED);
      return EK_EXIT_STOPPED;
    }
    if (end == EK_END_REJECTS) {
      char path[4200];
      snprintf(path, sizeof path, "%s/rejects.jsonl", r->settings->output.dir);
      ek_say_too_many_rejects(&r->job, (enum ek_record_kind)k, &r->stats[k], path);
      ek_run_publish_stopped(r, "stopped_rejects", EK_EXIT_REJECTS);
      return EK_EXIT_REJECTS;
    }
    if (end == EK_END_INTERRUPTED) {
      ek_run_publish_stopped(r, "interrupted", 128 + ek_signal_stop);
      ek_info("interrupted: nothing was published but %s/rejects.jsonl", r->settings->output.dir);
      return 128 + ek_signal_stop;
    }
  }
  /* What the report says was paid for is on disk before the report is. */
  if (ek_job_flush(&r->job, e) < 0) {
    ek_log_error(e);
    ek_run_publish_stopped(r, "failed", e->status);
    return e->status;
  }
  if (ek_run_later_stages(r, e) < 0 || ek_run_publish(r, e) < 0) {
    if (r->enriched)
      return ek_run_publish_failed_stage(r, e);
    ek_log_error(e);
    return e->status;
  }
  ek_run_print_summary(r);
  if (ek_job_settle(&r->job, e) < 0) {
    ek_log_error(e);
    return r->report.exit ? r->report.exit : e->status;
  }
  return r->report.exit;
}

/* Nothing is begun that another run would then keep from its end. */
static int
open_folders(ek_running *r, ek_error *e)
{
  r->out = ek_outdir_open(r->settings->output.dir, e);
  r->stages.settings = r->settings;
  r->stages.out = r->out;
  r->stages.aws = r->job.services.aws;
  return r->out && (r->until == EK_UNTIL_ENRICH || ek_stages_hold(&r->stages, e) == 0) ? 0 : -1;
}

static int
run_job(ek_running *r)
{
  ek_error e = { 0 };
  int status;

  if (ek_run_refuse_early(r, &e) < 0 || open_folders(r, &e) < 0 ||
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
  ek_say_at_end(&e);
  return status ? status : EK_EXIT_FAILED;
}

int
ek_run(const ek_cli *cli, const ek_command *cmd, const ek_run_args *a, ek_loaded *l)
{
  ek_running *r = ek_mem_zero(1, sizeof *r);
  int status;

  apply_args(a, l->settings);
  r->cli = cli;
  r->cmd = cmd;
  r->args = a;
  r->settings = l->settings;
  r->limit = (uint64_t)a->limit;
  r->strict = a->strict;
  r->stages.yes = a->yes;
  r->stages.named = a->named.list;
  r->stages.n_named = a->named.n;
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

  a.named.list = ek_mem_zero((size_t)argc + 1, sizeof *a.named.list);
  if (read_args(cmd, argc, argv, &a) == 0 && (status = ek_cli_load(cli, &l)) == 0) {
    status = ek_run(cli, cmd, &a, &l);
    ek_loaded_free(&l);
  }
  free(a.named.list);
  return status;
}
