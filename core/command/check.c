/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit check: what run would refuse, found without doing any work.      */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "command/internal.h"
#include "stage/personalize/account.h"

enum { CHECK_STRICT, CHECK_NO_CREATE, CHECK_NO_NETWORK, CHECK_PRINT, CHECK_SCHEMA };

typedef struct checking {
  int flags[5];
  ek_text out, json;
  size_t warnings, errors;
} checking;

static const char *
format_name(enum ek_format f)
{
  static const char *const names[] = { "unknown", "JSON lines", "JSON array", "loose JSON (2014)", "CSV" };
  return names[f];
}

static void
row(checking *c, const char *left, const char *state)
{
  char shown[256];
  ek_text_printf(&c->out, "%-22s %-4s ", ek_show(ek_cstr(left), shown, sizeof shown), state);
  ek_text_printf(&c->json, "%s{\"what\": ", c->json.len ? ", " : "");
  ek_text_json(&c->json, ek_cstr(left));
  ek_text_cstr(&c->json, ", \"state\": ");
  ek_text_json(&c->json, ek_cstr(state));
  ek_text_char(&c->json, '}');
}

static void
check_plugins(checking *c, const ek_job *j)
{
  row(c, "plugins", "ok");
  for (unsigned i = 0; i < j->chain.n_steps; i++) {
    const ek_instance *in = j->chain.steps[i].instance;
    unsigned first = 0;
    while (first < i && j->chain.steps[first].instance->plugin != in->plugin)
      first++;
    if (first == i)
      ek_text_printf(&c->out, "%s%s %s (ABI %u.%u)", i ? ", " : "", in->plugin->enricher->id,
                     in->plugin->module->module.version, in->plugin->module->module.abi_major,
                     in->plugin->module->module.abi_minor);
  }
  ek_text_char(&c->out, '\n');
}

/* "id 100%  category 97%": the share of the first records that have a value. */
static void
shares(checking *c, const ek_job *j, enum ek_record_kind kind, const ek_probe_file *p)
{
  const ek_projection *pr = j->projection[kind];
  for (size_t s = 0; s < ek_projection_slots(pr) && p->records; s++)
    ek_text_printf(&c->out, "%s%s %llu%%", s ? "  " : "   ", ek_projection_name(pr, s),
                   (unsigned long long)(p->with[s] * 100 / p->records));
  if (p->records == EK_PROBE_RECORDS)
    ek_text_printf(&c->out, "  (first %u records)", EK_PROBE_RECORDS);
}

static void
warn_empty(checking *c, const ek_job *j, enum ek_record_kind kind, const ek_probe_file *p)
{
  const ek_settings *s = j->settings;
  for (size_t i = 0; i < s->catalog.n_columns[kind] && p->records; i++) {
    const ek_column *col = &s->catalog.columns[kind][i];
    const ek_projection *pr = j->projection[kind];
    for (size_t k = 0; k < ek_projection_slots(pr); k++) {
      if (strcmp(ek_projection_name(pr, k), col->field) != 0 || p->with[k])
        continue;
      char text[800];
      snprintf(text, sizeof text, "%s is empty in all of the first %llu records (field '%s'; the columns are: %s)",
               col->name, (unsigned long long)p->records, col->field, p->names);
      ek_message m = { .level = EK_LOG_WARN, .code = "empty_column", .file = col->place.file, .line = col->place.line,
                       .column = col->place.column, .message = text };
      ek_log_message(&m);
      c->warnings++;
    }
  }
}

/* A step whose fields no record has will say nothing of any of them. */
static void
warn_unread(checking *c, const ek_job *j, const ek_probe_file *p)
{
  for (unsigned i = 0; i < j->chain.n_steps && p->records; i++) {
    const ek_instance *in = j->chain.steps[i].instance;
    const char *field = NULL;
    uint64_t with = 0;
    for (size_t k = 0; in->slots && k < in->n_declared; k++)
      if (in->slots[k] >= 0 && in->slots[k] < 64) {
        field = field ? field : in->names[k];
        with += p->with[in->slots[k]];
      }
    if (!field || with || !in->network)
      continue;
    char text[800], shown[128];
    snprintf(text, sizeof text, "step '%s' reads the field '%s', which none of the first %llu record%s has%s%s", in->step,
             ek_show(ek_cstr(field), shown, sizeof shown), (unsigned long long)p->records, p->records == 1 ? "" : "s",
             p->names[0] ? "; there is: " : "", p->names);
    ek_message m = { .level = EK_LOG_WARN, .code = "empty_field", .file = p->name, .message = text,
                     .help = "catalog.fields.items tells where a field is: {image: PATH}" };
    ek_log_message(&m);
    c->warnings++;
  }
}

/* "the record is no object" of a CSV that is said to be JSON: not one record would pass. */
static void
tell_unreadable(checking *c, const ek_job *j, const ek_probe_file *p)
{
  ek_error e;
  ek_fail(&e, EK_EXIT_REFUSED, "bad_record", "none of the first %llu record%s can be read as %s: %s",
          (unsigned long long)p->records, p->records == 1 ? "" : "s", format_name(p->format), p->first_bad);
  if (j->settings->catalog.format != EK_FORMAT_AUTO)
    ek_help(&e, "leave catalog.format out: the format is found by the content");
  ek_at(&e, p->name, p->first_bad_line, 0);
  ek_log_error(&e);
  c->errors++;
}

static void
check_file(checking *c, const ek_job *j, enum ek_record_kind kind, const ek_probe_file *p)
{
  ek_error e;
  if (ek_probe_no_id(j, kind, p, &e)) {
    ek_log_error(&e);
    c->errors++;
    return;
  }
  if (p->is_damaged) {
    ek_log_error(&p->damage);
    c->errors++;
    return;
  }
  if (p->records && p->bad == p->records) {
    tell_unreadable(c, j, p);
    return;
  }
  row(c, p->name, "ok");
  ek_text_cstr(&c->out, format_name(p->format));
  if (p->format == EK_FORMAT_CSV)
    ek_text_printf(&c->out, ", '%s', %zu columns", p->delimiter == '\t' ? "tab" : (char[]){ p->delimiter, 0 }, p->n_header);
  if (p->gzip)
    ek_text_cstr(&c->out, ", gzip");
  shares(c, j, kind, p);
  ek_text_char(&c->out, '\n');
  if (p->bad) {
    ek_message m = { .level = EK_LOG_WARN, .code = "bad_record", .file = p->name, .line = p->first_bad_line,
                     .message = p->first_bad };
    ek_log_message(&m);
    c->warnings++;
  }
  if (!p->records && p->format != EK_FORMAT_AUTO) {
    ek_warn("no_records", "%s holds no records", p->name);
    c->warnings++;
  }
  warn_empty(c, j, kind, p);
  if (kind == EK_ITEMS)
    warn_unread(c, j, p);
}

static void
check_inputs(checking *c, const ek_job *j)
{
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++) {
    size_t n = 0;
    ek_error e;
    if (!j->present[kind])
      continue;
    ek_probe_file *list = ek_probe(j, (enum ek_record_kind)kind, 0, &n, &e);
    if (!list) {
      ek_log_error(&e);
      c->errors++;
      continue;
    }
    for (size_t i = 0; i < n; i++)
      check_file(c, j, (enum ek_record_kind)kind, &list[i]);
    ek_probe_free(list, n);
  }
}

/* Where a plugin asks AWS: are there credentials, and whose? A tape needs none. */
static void
check_credentials(checking *c, ek_job *j)
{
  ek_aws_grant grant = { 0 };
  ek_error e = { 0 };
  const char *region;
  if (!ek_job_asks_aws(j))
    return;
  if (!j->services.aws) {
    row(c, "credentials", "--");
    ek_text_cstr(&c->out, "not looked for (--no-network)\n");
    return;
  }
  if (ek_job_credentials(j, &grant, &region, &e) < 0) {
    ek_log_error(&e);
    c->errors++;
    return;
  }
  row(c, "credentials", "ok");
  ek_text_printf(&c->out, "from %s, region %s\n", grant.source, region);
  ek_aws_grant_clear(&grant);
}

/* Whoever names a cache beside a tape may think that it is filled, or asked. */
static void
tell_unused_cache(checking *c, const ek_job *j)
{
  const char *env = getenv("ENRICHKIT_CACHE");
  const ek_node *path = ek_conf_at(j->settings->tree, "cache.path");
  int named = path && !ek_node_null(path);
  if (!named && (!env || !*env))
    return;
  row(c, "cache", "-");
  ek_text_printf(&c->out, "%s is not used: network.replay answers, and its answers are not kept\n",
                 named ? "cache.path" : "ENRICHKIT_CACHE");
}

/* A run that cannot keep what it pays for does not begin. */
static void
check_cache(checking *c, const ek_job *j)
{
  ek_error e = { 0 };
  int network = 0;
  for (unsigned i = 0; i < j->chain.n_steps; i++)
    network |= j->chain.steps[i].instance->network;
  if (network && j->settings->network.replay) {
    tell_unused_cache(c, j);
    return;
  }
  if (!network || j->settings->cache.mode != EK_USE_CACHE_READ_WRITE || ek_exchange_usable(j->settings->cache.path, &e) == 0)
    return;
  ek_help(&e, EK_OTHER_CACHE);
  ek_log_error(&e);
  c->errors++;
}

/* Of the engine personalize: is the bucket there, and where Personalize is asked? */
static void
check_account(checking *c, const ek_job *j)
{
  ek_account a = { .aws = j->services.aws, .settings = j->settings, .folder = j->settings->output.dir };
  ek_error e = { 0 };
  if (!ek_in_cloud(j->settings) || !a.aws || j->settings->network.replay || c->errors)
    return;
  if (ek_pz_look(&a, &e) < 0) {
    ek_log_error(&e);
    c->errors++;
    return;
  }
  row(c, "account", "ok");
  ek_text_printf(&c->out, "uploads to %s\n", j->settings->import.data_location);
}

static void
check_outputs(checking *c, const ek_job *j)
{
  ek_error e;
  if (c->errors || ek_refuse_overwriting(j, &e) == 0)
    return;
  ek_log_error(&e);
  c->errors++;
}

/* "2 steps, 4 extra columns" */
static void
tell_sizes(checking *c, const ek_settings *s)
{
  size_t columns = 0;
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++)
    columns += s->catalog.n_columns[kind];
  ek_text_printf(&c->out, "%zu step%s", s->n_steps, s->n_steps == 1 ? "" : "s");
  if (columns)
    ek_text_printf(&c->out, ", %zu extra column%s", columns, columns == 1 ? "" : "s");
  ek_text_char(&c->out, '\n');
}

static void
print_settings(ek_job *j)
{
  ek_text t = { 0 };
  ek_settings_print(j->settings, ek_job_option_kind, j, &t);
  ek_print(&t);
  ek_text_free(&t);
}

static int
conclude(checking *c, const ek_cli *cli, size_t earlier_warnings)
{
  size_t warnings = c->warnings + earlier_warnings, said;
  ek_log_warnings(&said);              /* those of plugins among them            */
  if (said > warnings)
    warnings = said;
  int failed = c->errors || (c->flags[CHECK_STRICT] && warnings);
  if (cli->json)
    printf("{\"ok\": %s, \"errors\": %zu, \"warnings\": %zu, \"checked\": [%s]}\n", failed ? "false" : "true", c->errors,
           warnings, ek_text_c(&c->json));
  else {
    ek_print(&c->out);
    if (!c->errors && warnings)
      printf("%s, %zu warning%s\n", failed ? "not ok under --strict" : "ok", warnings, warnings == 1 ? "" : "s");
    else if (!c->errors)
      printf("ok\n");
  }
  return failed ? EK_EXIT_REFUSED : EK_EXIT_OK;
}

int
ek_cmd_check(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  checking c = { 0 };
  const ek_arg rows[] = {
    EK_ARG_SWITCH("--strict", &c.flags[CHECK_STRICT]), EK_ARG_SWITCH("--no-create", &c.flags[CHECK_NO_CREATE]),
    EK_ARG_SWITCH("--no-network", &c.flags[CHECK_NO_NETWORK]), EK_ARG_SWITCH("--print", &c.flags[CHECK_PRINT]),
    EK_ARG_SWITCH("--schema", &c.flags[CHECK_SCHEMA]), EK_ARG_NONE("the configuration is named with -c"), EK_ARGS_END
  };
  ek_loaded l;
  ek_job job;
  int status;

  if (ek_args_read(cmd, argc, argv, rows) < 0)
    return EK_EXIT_REFUSED;
  if (c.flags[CHECK_SCHEMA]) {
    ek_settings_schema(&c.out);
    ek_print(&c.out);
    ek_text_free(&c.out);
    return EK_EXIT_OK;
  }
  status = ek_cli_load(cli, &l);
  if (status)
    return status;
  ek_settings_need_input(l.settings, &l.findings);
  unsigned how = EK_JOB_CHECKS | (c.flags[CHECK_NO_CREATE] ? EK_JOB_NO_CREATE : 0) |
                 (c.flags[CHECK_NO_NETWORK] || c.flags[CHECK_PRINT] ? EK_JOB_OFFLINE : 0);
  int made = ek_job_make(&job, cli, l.settings, how, &l.findings);
  ek_job_refuse_last_of_stdin(&job, &l.findings);
  ek_job_warn_stages(&job, &l.findings);
  if (made < 0 || l.findings.errors) {
    ek_findings_show(&l.findings);
    status = EK_EXIT_REFUSED;
  } else if (c.flags[CHECK_PRINT]) {
    ek_findings_show(&l.findings);
    print_settings(&job);
    status = EK_EXIT_OK;
  } else {
    ek_findings_show(&l.findings);
    row(&c, ek_conf_file(l.tree), "ok");
    tell_sizes(&c, l.settings);
    check_plugins(&c, &job);
    check_credentials(&c, &job);
    check_cache(&c, &job);
    check_account(&c, &job);
    check_inputs(&c, &job);
    check_outputs(&c, &job);
    status = conclude(&c, cli, l.findings.warnings);
  }
  ek_text_free(&c.out);
  ek_text_free(&c.json);
  ek_job_clear(&job);
  ek_loaded_free(&l);
  return status;
}
