/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit put-items, put-users, put-events: records into the account as they come, items through the chain. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "command/internal.h"

typedef struct putting {
  const ek_cli *cli;
  const ek_command *cmd;
  enum ek_record_kind kind;
  const char *rejects, *out;
  int strict;
  int64_t limit;
  ek_paths paths;
  ek_drain *drain;
  ek_access access;
  ek_stats stats;
  ek_put_counts counts;
} putting;

static int
read_args(int argc, char **argv, putting *p)
{
  const ek_arg rows[] = {
    EK_ARG_NUMBER("--limit", &p->limit, INT64_MAX), EK_ARG_SWITCH("--strict", &p->strict),
    EK_ARG_TEXT("--rejects", &p->rejects), EK_ARG_TEXT("--out", &p->out), EK_ARG_PATH(&p->paths), EK_ARGS_END
  };
  return ek_args_read(p->cmd, argc, argv, rows);
}

static void
tell(const putting *p, uint64_t rejected)
{
  static const char *const names[EK_RECORD_KINDS] = { "Items", "Events", "Users" };
  ek_text t = { 0 };
  const ek_stats *s = &p->stats;
  if (p->cli->json)
    ek_text_printf(&t, "{\"in\": %llu, \"sent\": %llu, \"rejected\": %llu, \"refused\": %llu, \"not_done\": %llu, "
                   "\"calls\": %llu}\n", (unsigned long long)s->in, (unsigned long long)p->counts.sent,
                   (unsigned long long)rejected, (unsigned long long)p->counts.refused,
                   (unsigned long long)s->not_done, (unsigned long long)p->counts.calls);
  else {
    ek_text_printf(&t, "%-8s ", names[p->kind]);
    ek_text_thousands(&t, s->in);
    ek_text_cstr(&t, " read = ");
    ek_text_thousands(&t, p->counts.sent);
    ek_text_cstr(&t, " sent + ");
    ek_text_thousands(&t, rejected);
    ek_text_cstr(&t, " rejected + ");
    ek_text_thousands(&t, p->counts.refused);
    ek_text_cstr(&t, " refused");
    if (s->in > p->counts.sent + rejected + p->counts.refused) {
      ek_text_cstr(&t, " + ");
      ek_text_thousands(&t, s->in - p->counts.sent - rejected - p->counts.refused);
      ek_text_cstr(&t, " left out");
    }
    ek_text_cstr(&t, "     ");
    ek_text_thousands(&t, p->counts.calls);
    ek_text_cstr(&t, p->counts.calls == 1 ? " call\n" : " calls\n");
  }
  ek_print(&t);
  ek_text_free(&t);
}

static void
make_spec(putting *p, ek_job *j, ek_put *put, ek_engine_spec *spec)
{
  ek_job_spec(j, p->kind, spec);
  if (p->paths.n)
    spec->inputs = &p->paths;
  spec->duplicates = EK_DUP_ALL;   /* a later record of an id is news of it     */
  spec->limit = (uint64_t)p->limit;
  spec->count_labels = 0;
  spec->stage = NULL;
  spec->reject = ek_put_reject;
  spec->reject_arg = put;
  spec->sink = ek_put_sink(put);
  spec->stop = ek_put_stop(put);
}

/* Exit status; what went wrong is said. */
static int
conclude(const putting *p, ek_job *j, enum ek_run_end end, int failed, const ek_error *e)
{
  if (failed) {
    if (ek_signal_stop)
      return 128 + ek_signal_stop;
    ek_log_error(e);
    return e->status;
  }
  if (ek_signal_stop)
    return 128 + ek_signal_stop;
  if (end == EK_END_BUDGET) {
    ek_say_budget(p->cli, p->cmd, j, &p->stats, NULL, (uint64_t)p->limit);
    return EK_EXIT_STOPPED;
  }
  if (end == EK_END_REJECTS) {
    ek_say_too_many_rejects(j, p->kind, &p->stats, p->rejects ? p->rejects : "the lines above");
    return EK_EXIT_REJECTS;
  }
  return p->strict && p->stats.rejected + p->stats.kept_failures + p->counts.refused ? EK_EXIT_REJECTS : EK_EXIT_OK;
}

static int
put(putting *p, ek_job *j)
{
  ek_engine_spec spec;
  ek_error e = { 0 }, last = { 0 };
  enum ek_run_end end = EK_END_DONE;
  ek_put *to = ek_put_new(&p->access.account, &j->table[p->kind], p->drain, &e);
  if (!to) {
    ek_log_error(&e);
    return e.status;
  }
  make_spec(p, j, to, &spec);
  int failed = ek_job_engine(j, &spec, &p->stats, &end, &e) < 0;
  failed = failed || end == EK_END_STOPPED;
  if (ek_put_close(to, &p->counts, &last) < 0 && !failed) {
    e = last;
    failed = 1;
  }
  if (ek_drain_publish(p->drain, &last) < 0 && !failed) {
    e = last;
    failed = 1;
  }
  tell(p, p->stats.rejected);
  return conclude(p, j, end, failed, &e);
}

static int
open_all(putting *p, const ek_job *j, ek_error *e)
{
  p->drain = p->rejects ? ek_drain_open(p->rejects, e) : ek_drain_fd(STDERR_FILENO, "standard error");
  return p->drain && ek_access_open(&p->access, j->settings, j->services.aws, e) == 0 ? 0 : -1;
}

static int
work(putting *p, ek_loaded *l)
{
  ek_settings *s = l->settings;
  ek_job job;
  ek_error e = { 0 };
  size_t steps = s->n_steps;
  int status = 0;
  if (!ek_in_cloud(s))
    return ek_usage(p->cmd, "write   import: {engine: personalize, data_location: \"s3://BUCKET/PREFIX/\", role_arn: ARN}",
                    "%s sends to Amazon Personalize, and the engine of this configuration is local", p->cmd->name);
  if (p->kind != EK_ITEMS)
    s->n_steps = 0;                /* they go through no step: no plugin is started */
  int made = ek_job_make(&job, p->cli, s, EK_JOB_FILTERS, &l->findings);
  if (!p->paths.n && !job.present[p->kind]) {
    static const char *const keys[EK_RECORD_KINDS] = { "items", "interactions", "users" };
    char help[128];
    snprintf(help, sizeof help, "name files after the command, - for standard input, or set catalog.%s", keys[p->kind]);
    status = ek_usage(p->cmd, help, "there is nothing to send");
  }
  ek_findings_show(&l->findings);
  if (made < 0 || l->findings.errors)
    status = EK_EXIT_REFUSED;
  if (!status && open_all(p, &job, &e) < 0) {
    ek_log_error(&e);
    status = e.status;
  } else if (!status)
    status = put(p, &job);
  ek_drain_close(p->drain);
  ek_access_close(&p->access);
  if ((ek_job_settle(&job, &e) < 0 || ek_job_end(&job, &e) < 0) && !status) {
    ek_log_error(&e);
    status = EK_EXIT_FAILED;
  }
  ek_job_clear(&job);
  s->n_steps = steps;
  ek_stats_clear(&p->stats);
  return status;
}

static int
put_kind(const ek_cli *cli, const ek_command *cmd, int argc, char **argv, enum ek_record_kind kind)
{
  putting *p = ek_mem_zero(1, sizeof *p);
  ek_loaded l;
  int status = EK_EXIT_REFUSED;
  *p = (putting){ .cli = cli, .cmd = cmd, .kind = kind };
  p->paths.list = ek_mem_zero((size_t)argc, sizeof *p->paths.list);
  if (read_args(argc, argv, p) == 0 && (status = ek_cli_load(cli, &l)) == 0) {
    if (p->out)
      ek_settings_set_out(l.settings, p->out);
    status = work(p, &l);
    ek_loaded_free(&l);
  }
  free(p->paths.list);
  free(p);
  return status;
}

int
ek_cmd_put_items(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  return put_kind(cli, cmd, argc, argv, EK_ITEMS);
}

int
ek_cmd_put_users(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  return put_kind(cli, cmd, argc, argv, EK_USERS);
}

int
ek_cmd_put_events(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  return put_kind(cli, cmd, argc, argv, EK_INTERACTIONS);
}
