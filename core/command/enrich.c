/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit enrich: the chain as a filter. Rows to standard output or one file, no
 * output folder.                                                            */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "command/internal.h"
#include "output/sinks.h"

typedef struct filter {
  const char *out, *rejects;
  int jsonl, no_header, strict;
  int64_t threads, limit;
  ek_paths paths;
  ek_drain *rows, *reject_drain;
  const ek_cli *cli;
  const ek_command *cmd;
} filter;

static int
take_format(const ek_command *cmd, const ek_arg *row, const char *value)
{
  filter *f = row->to;
  f->jsonl = strcmp(value, "jsonl") == 0;
  if (f->jsonl || strcmp(value, "csv") == 0)
    return 0;
  ek_usage(cmd, "write --format csv or --format jsonl", "there is no format '%s'", value);
  return -1;
}

static int
read_args(const ek_command *cmd, int argc, char **argv, filter *f)
{
  const ek_arg rows[] = {
    EK_ARG_TEXT("-o", &f->out), EK_ARG_TAKEN("--format", take_format, f), EK_ARG_SWITCH("--no-header", &f->no_header),
    EK_ARG_TEXT("--rejects", &f->rejects), EK_ARG_NUMBER("--threads", &f->threads, 1024),
    EK_ARG_NUMBER("--limit", &f->limit, INT64_MAX), EK_ARG_SWITCH("--strict", &f->strict), EK_ARG_PATH(&f->paths),
    EK_ARGS_END
  };
  return ek_args_read(cmd, argc, argv, rows);
}

static int
write_reject(void *arg, const char *lines, size_t len, ek_error *e)
{
  filter *f = arg;
  return ek_drain_write(f->reject_drain, lines, len, e);
}

static int
open_drains(filter *f, ek_error *e)
{
  f->rows = ek_drain_open(f->out, e);
  if (!f->rows)
    return -1;
  f->reject_drain = f->rejects ? ek_drain_open(f->rejects, e) : ek_drain_fd(STDERR_FILENO, "standard error");
  return f->reject_drain ? 0 : -1;
}

/* 0, or an exit status; how it ended is said. */
static int
tell_end(const filter *f, ek_job *j, const ek_stats *stats, enum ek_run_end end)
{
  if (end == EK_END_BUDGET) {
    ek_say_budget(f->cli, f->cmd, j, stats, NULL, (uint64_t)f->limit);
    return EK_EXIT_STOPPED;
  }
  if (end == EK_END_INTERRUPTED)
    return 128 + ek_signal_stop;
  if (end == EK_END_REJECTS) {
    ek_say_too_many_rejects(j, EK_ITEMS, stats, f->rejects ? f->rejects : "the lines above");
    return EK_EXIT_REJECTS;
  }
  return f->strict && stats->rejected + stats->kept_failures ? EK_EXIT_REJECTS : EK_EXIT_OK;
}

static int
run_filter(filter *f, ek_job *j, ek_error *e)
{
  const ek_settings *s = j->settings;
  ek_engine_spec spec;
  ek_stats *stats = ek_mem_zero(1, sizeof *stats);
  enum ek_run_end end = EK_END_DONE;
  ek_sink_spec sink = { .table = &j->table[EK_ITEMS], .arms = { f->rows }, .n_arms = 1, .style = s->output.csv,
                        .quote = s->output.quote, .header = !f->no_header };
  int failed, status;

  ek_job_spec(j, EK_ITEMS, &spec);
  if (f->paths.n)
    spec.inputs = &f->paths;
  if (f->threads)
    spec.threads = (unsigned)f->threads;
  spec.limit = (uint64_t)f->limit;
  spec.count_labels = 0;
  spec.reject = write_reject;
  spec.reject_arg = f;
  /* What is not there is said before the header is. */
  spec.input.quiet = 1;
  ek_input *in = ek_input_open(spec.inputs, &spec.input, e);
  spec.input.quiet = 0;
  if (!in) {
    free(stats);
    return -1;
  }
  ek_input_close(in);
  spec.sink = f->jsonl ? ek_jsonl_sink_new(&sink) : ek_csv_sink_new(&sink, e);
  failed = !spec.sink || ek_job_engine(j, &spec, stats, &end, e) < 0;
  status = failed || end == EK_END_STOPPED ? -1 : tell_end(f, j, stats, end);
  if (!failed && end == EK_END_DONE && (ek_drain_publish(f->rows, e) < 0 || ek_drain_publish(f->reject_drain, e) < 0))
    status = -1;
  ek_sink_free(spec.sink);
  ek_stats_clear(stats);
  free(stats);
  return status;
}

/* The ledger was this process's own. */
static int
end_job(ek_job *j, int status)
{
  ek_error e = { 0 };
  if (ek_job_settle(j, &e) == 0 && ek_job_end(j, &e) == 0)
    return status;
  ek_say_at_end(&e);
  return status ? status : EK_EXIT_FAILED;
}

int
ek_cmd_enrich(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  filter f = { .out = "-", .cli = cli, .cmd = cmd };
  ek_loaded l;
  ek_job job;
  ek_error e = { 0 };
  int status;

  f.paths.list = ek_mem_zero((size_t)argc, sizeof *f.paths.list);
  if (read_args(cmd, argc, argv, &f) < 0) {
    free(f.paths.list);
    return EK_EXIT_REFUSED;
  }
  status = ek_cli_load(cli, &l);
  if (status == 0) {
    int made = ek_job_make(&job, cli, l.settings, EK_JOB_FILTERS, &l.findings);
    if (!f.paths.n && !job.present[EK_ITEMS])
      status = ek_usage(cmd, "name files after the command, or set catalog.items", "there are no items to enrich");
    ek_job_refuse_last_of_stdin(&job, &l.findings);
    ek_findings_show(&l.findings);
    if (made < 0 || l.findings.errors)
      status = EK_EXIT_REFUSED;
    if (status == 0)
      status = open_drains(&f, &e) < 0 ? -1 : run_filter(&f, &job, &e);
    if (status < 0 && strcmp(e.code, "closed_output") == 0)
      status = EK_EXIT_OK;          /* the reader has what it wanted */
    else if (status < 0) {
      ek_log_error(&e);
      status = e.status;
    }
    ek_drain_close(f.rows);
    ek_drain_close(f.reject_drain);
    status = end_job(&job, status);
    ek_job_clear(&job);
    ek_loaded_free(&l);
  }
  free(f.paths.list);
  return status;
}
