/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "command/internal.h"

const char *const ek_kind_nouns[EK_RECORD_KINDS] = { "items", "interactions", "users" };

/* Calls in flight are a matter of the network lane alone. */
static int
check_workers(const ek_step_settings *step, const ek_instance *in, ek_findings *f)
{
  if (!step->workers_given || in->network)
    return 0;
  return ek_findings_error(f, &step->workers_place, "bad_value", "leave it out; 'run.threads' says how many threads compute",
                           "step '%s' does not leave the machine, so it has no 'workers'", step->name);
}

/* Of a check instances know no services: none of them may call. */
static int
make_steps(ek_job *j, unsigned flags, ek_findings *f)
{
  const ek_settings *s = j->settings;
  const ek_services *services = j->served && !(flags & EK_JOB_CHECKS) ? &j->services : NULL;
  int no_create = (flags & EK_JOB_NO_CREATE) != 0;
  int r = 0;

  j->chain.steps = ek_mem_zero(s->n_steps, sizeof *j->chain.steps);
  for (size_t i = 0; i < s->n_steps; i++) {
    const ek_step_settings *step = &s->chain[i];
    ek_error e;
    const ek_plugin *plugin = ek_registry_find(j->registry, step->plugin, &e);
    if (!plugin) {
      r = ek_findings_error(f, &step->place, e.code, e.help[0] ? e.help : NULL, "%s", e.message);
      continue;
    }
    j->chain.steps[i].settings = step;
    j->chain.steps[i].instance = ek_instance_new(plugin, s, (unsigned)i, services, no_create, f);
    if (!j->chain.steps[i].instance || check_workers(step, j->chain.steps[i].instance, f) < 0)
      r = -1;
  }
  j->chain.n_steps = (unsigned)s->n_steps;
  j->chain.cleaner = ek_cleaner_new(&s->clean);
  return r;
}

static int
needs_labels(const ek_instance *in)
{
  const char *const *needs = in ? in->plugin->enricher->needs : NULL;
  for (; needs && *needs; needs++)
    if (strcmp(*needs, EK_EXT_LABELS) == 0)
      return 1;
  return 0;
}

/* A step that reads the labels of earlier steps sees those of the whole chain: in an
 * arm without one of them its answer would be that of another arm.          */
static int
check_arm(const ek_job *j, const ek_arm_settings *arm, ek_findings *f)
{
  const ek_settings *s = j->settings;
  for (size_t i = 0; i < s->n_steps; i++) {
    uint64_t before = ((uint64_t)1 << i) - 1;
    if (!(arm->steps >> i & 1) || (arm->steps & before) == before || !needs_labels(j->chain.steps[i].instance))
      continue;
    return ek_findings_error(f, &arm->place, "arm_lacks_steps", "add the steps before it, or leave it out",
                             "arm '%s': step '%s' reads the labels of the steps before it, so the arm must hold all of these",
                             arm->name, s->chain[i].name);
  }
  return 0;
}

/* Arm 0 is the whole chain; behind it those of the file. */
static int
make_arms(ek_job *j, ek_findings *f)
{
  const ek_settings *s = j->settings;
  int r = 0;
  j->arms = ek_mem_zero(s->n_arms + 1, sizeof *j->arms);
  j->arms[0] = (ek_arm){ .name = "chain", .steps = ~(uint64_t)0, .merge = &s->merge };
  for (size_t i = 0; i < s->n_arms; i++) {
    j->arms[i + 1] = (ek_arm){ .name = s->arms[i].name, .steps = s->arms[i].steps, .merge = &s->arms[i].merge };
    if (check_arm(j, &s->arms[i], f) < 0)
      r = -1;
  }
  j->chain.arms = j->arms;
  j->chain.n_arms = (unsigned)s->n_arms + 1;
  return r;
}

/* Nothing to train on is no reason to keep the labels back; but it is said. */
void
ek_job_warn_stages(const ek_job *j, ek_findings *f)
{
  const ek_settings *s = j->settings;
  const ek_node *train = ek_node_get(ek_conf_root(s->tree), "train");
  if (s->sections.train && !j->present[EK_INTERACTIONS])
    ek_findings_warn(f, train ? &train->key_place : NULL, "no_interactions", "write   catalog: {interactions: FILE}",
                     "nothing will be trained: catalog.interactions names no records");
}

/* The error of a field or column, with the place where it was written. */
static int
place_error(const ek_job *j, const ek_error *e, ek_findings *f)
{
  ek_place p = { .file = e->file[0] ? e->file : ek_conf_file(j->settings->tree), .line = e->line, .column = e->column };
  return ek_findings_error(f, &p, e->code, e->help[0] ? e->help : NULL, "%s", e->message);
}

static int
make_tables(ek_job *j, ek_findings *f)
{
  const ek_settings *s = j->settings;
  int r = 0;
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++) {
    ek_error e = { 0 };
    j->present[kind] = s->catalog.inputs[kind].n > 0;
    j->projection[kind] = ek_projection_new(s->catalog.pick);
    if (ek_table_make(&j->table[kind], (enum ek_record_kind)kind, s, j->projection[kind], &e) < 0)
      r = place_error(j, &e, f);
  }
  for (unsigned i = 0; i < j->chain.n_steps; i++) {
    ek_error e = { 0 };
    if (j->chain.steps[i].instance &&
        ek_instance_bind(j->chain.steps[i].instance, j->projection[EK_ITEMS], &s->catalog.fields[EK_ITEMS], &e) < 0)
      r = place_error(j, &e, f);
  }
  return r;
}

int
ek_job_make(ek_job *j, const ek_cli *cli, const ek_settings *s, unsigned flags, ek_findings *f)
{
  *j = (ek_job){ .settings = s };
  j->registry = ek_cli_plugins(cli, s);
  int services = ek_job_serve(j, flags, f);
  /* Where these cannot be had, that is the one error to tell. */
  int steps = make_steps(j, services < 0 ? flags | EK_JOB_CHECKS : flags, f);
  int arms = make_arms(j, f);
  int tables = make_tables(j, f);
  return services < 0 || steps < 0 || arms < 0 || tables < 0 ? -1 : 0;
}

int
ek_job_option_kind(void *job, size_t step, const char *option)
{
  const ek_job *j = job;
  if (step >= j->chain.n_steps || !j->chain.steps[step].instance)
    return EK_OPTION_SECRET;        /* of an unknown plugin: show nothing that could be one */
  const ek_enricher *e = j->chain.steps[step].instance->plugin->enricher;
  if (ek_options_secret(e, option))
    return EK_OPTION_SECRET;
  for (uint32_t i = 0; i < e->n_options; i++)
    if (strcmp(e->options[i].name, option) == 0 && e->options[i].type == EK_OPT_PATH)
      return EK_OPTION_PATH;
  return EK_OPTION_PLAIN;
}

/* `duplicates: last` reads twice. */
void
ek_job_refuse_last_of_stdin(const ek_job *j, ek_findings *f)
{
  const ek_settings *s = j->settings;
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++)
    for (size_t i = 0; i < s->catalog.inputs[kind].n; i++)
      if (kind != EK_INTERACTIONS && s->catalog.duplicates == EK_DUP_LAST &&
          strcmp(s->catalog.inputs[kind].list[i], "-") == 0)
        ek_findings_error(f, s->catalog.inputs[kind].node ? &s->catalog.inputs[kind].node->place : NULL, "last_of_stdin",
                          "write the input to a file, or use duplicates: first",
                          "catalog.duplicates: last reads the input twice; standard input can be read once");
}

int
ek_job_end(ek_job *j, ek_error *e)
{
  for (unsigned i = 0; i < j->chain.n_steps; i++) {
    if (j->chain.steps[i].instance)
      ek_instance_free(j->chain.steps[i].instance);
    j->chain.steps[i].instance = NULL;
  }
  return ek_job_unserve(j, e);
}

void
ek_say_at_end(const ek_error *e)
{
  if (!strstr(e->message, EK_EXCHANGE_LOST) || !ek_log_said(EK_EXCHANGE_LOST))
    ek_log_error(e);
}

void
ek_job_clear(ek_job *j)
{
  ek_error e = { 0 };
  if (ek_job_end(j, &e) < 0)
    ek_say_at_end(&e);
  free(j->chain.steps);
  free(j->arms);
  ek_cleaner_free((ek_cleaner *)j->chain.cleaner);
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++) {
    ek_table_clear(&j->table[kind]);
    ek_projection_free(j->projection[kind]);
  }
  ek_registry_free(j->registry);
  *j = (ek_job){ 0 };
}

void
ek_job_spec(ek_job *j, enum ek_record_kind kind, ek_engine_spec *out)
{
  const ek_settings *s = j->settings;
  *out = (ek_engine_spec){
    .inputs = &s->catalog.inputs[kind],
    .input = { .format = s->catalog.format, .delimiter = s->catalog.delimiter },
    .projection = j->projection[kind],
    .table = &j->table[kind],
    .chain = kind == EK_ITEMS ? &j->chain : NULL,
    .duplicates = s->catalog.duplicates,
    .no_labels = s->output.no_labels,
    .threads = s->run.threads,
    .max_reject_share = s->run.max_reject_share,
    .max_reject_count = s->run.max_reject_count,
    .count_labels = kind == EK_ITEMS,
    .stage = "enrich",
    .noun = ek_kind_nouns[kind],
    .stop = &ek_signal_stop,
    .services = j->served ? &j->services : NULL,
    .window = s->run.window,
    .run_budget = s->run.budget.kind == EK_BUDGET_MONEY ? &s->run.budget : NULL,
    .image_workers = s->images.workers,
    .image_rate = &s->images.rate,
    .budget_end = &j->budget_end,
  };
}

int
ek_job_engine(ek_job *j, const ek_engine_spec *spec, ek_stats *stats, enum ek_run_end *end, ek_error *e)
{
  int failed = ek_engine_run(spec, stats, end, e);
  if (failed && strcmp(e->code, "call_never_returned") == 0) {
    ek_error kept = { 0 };
    ek_job_flush(j, &kept);
    ek_leave_at_once(e);            /* a thread still holds what we would free */
  }
  return failed;
}
