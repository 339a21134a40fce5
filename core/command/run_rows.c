/* SPDX-License-Identifier: BSD-3-Clause */
/* One data set of a run: its records through the engine into its files.      */
#include <stdio.h>
#include <string.h>
#include "command/run.h"
#include "output/csv.h"
#include "output/sinks.h"

static int
write_reject(void *arg, const char *lines, size_t len, ek_error *e)
{
  ek_running *r = arg;
  return ek_outfile_write(r->rejects, lines, len, e);
}

/* Of the data set's CSV, or of its labels in an arm. */
static int
write_schema(ek_running *r, enum ek_record_kind kind, const char *folder, ek_error *e)
{
  ek_text t = { 0 };
  char name[128];
  ek_avro_schema(&t, &r->job.table[kind], r->settings->output.no_labels);
  snprintf(name, sizeof name, "%s%s.schema.json", folder, ek_kind_nouns[kind]);
  return ek_outdir_put(r->out, name, &t, e);
}

void
ek_run_csv_name(const ek_running *r, enum ek_record_kind kind, const char *folder, char name[128])
{
  snprintf(name, 128, "%s%s.csv%s", folder, ek_kind_nouns[kind], r->settings->output.gzip ? ".gz" : "");
}

static ek_outfile *
create_csv(ek_running *r, enum ek_record_kind kind, const char *folder, ek_error *e)
{
  char name[128];
  ek_run_csv_name(r, kind, folder, name);
  return ek_outfile_create(r->out, name, r->settings->output.gzip, e);
}

void
ek_run_arm_folder(const ek_arm *arm, char folder[64])
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
open_files(ek_running *r, enum ek_record_kind kind, kind_files *f, ek_error *e)
{
  unsigned n = kind == EK_ITEMS ? r->job.chain.n_arms : 1;
  for (f->n = 0; f->n < n; f->n++) {
    char folder[64] = "";
    if (f->n)
      ek_run_arm_folder(&r->job.chain.arms[f->n], folder);
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
finish_files(ek_running *r, enum ek_record_kind kind, const kind_files *f, ek_error *e)
{
  for (unsigned i = 0; i < f->n; i++) {
    char folder[64] = "";
    if (i)
      ek_run_arm_folder(&r->job.chain.arms[i], folder);
    if (ek_outfile_finish(f->rows[i], e) < 0 || write_schema(r, kind, folder, e) < 0)
      return -1;
  }
  return f->labels ? ek_outfile_finish(f->labels, e) : 0;
}

static int
run_engine(ek_running *r, enum ek_record_kind kind, const kind_files *f, enum ek_run_end *end, ek_error *e)
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
  failed = ek_job_engine(&r->job, &spec, &r->stats[kind], end, e);
  ek_sink_free(spec.sink);
  return failed;
}

int
ek_run_kind(ek_running *r, enum ek_record_kind kind, enum ek_run_end *end, ek_error *e)
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
