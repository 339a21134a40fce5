/* SPDX-License-Identifier: BSD-3-Clause */
/* The stages of a run behind enrich, which read what that put in place.        */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "command/run.h"

/* Of a file that enrich put in place. */
static char *
path_in_out(const ek_running *r, const char *name)
{
  ek_text t = { 0 };
  ek_text_printf(&t, "%s%s%s", r->settings->output.dir,
                 r->settings->output.dir[strlen(r->settings->output.dir) - 1] == '/' ? "" : "/", name);
  char *path = ek_mem_strdup(ek_text_c(&t));
  ek_text_free(&t);
  return path;
}

static int
import_files(ek_running *r, ek_error *e)
{
  char *csv[EK_RECORD_KINDS] = { NULL }, *schema[EK_RECORD_KINDS] = { NULL }, name[128];
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    if (!r->job.present[k])
      continue;
    ek_run_csv_name(r, (enum ek_record_kind)k, "", name);
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
train_files(ek_running *r, ek_error *e)
{
  unsigned n = r->job.chain.n_arms - 1;
  int items = r->job.present[EK_ITEMS];
  char **labels = ek_mem_zero(n + 1, sizeof *labels);
  for (unsigned i = 0; i < n && items; i++) {
    char folder[64], name[128];
    ek_run_arm_folder(&r->job.chain.arms[i + 1], folder);
    ek_run_csv_name(r, EK_ITEMS, folder, name);
    labels[i] = path_in_out(r, name);
  }
  int failed = ek_stages_train(&r->stages, items ? "chain" : NULL, n && items ? labels : NULL, e);
  for (unsigned i = 0; i < n; i++)
    free(labels[i]);
  free(labels);
  return failed;
}

int
ek_run_later_stages(ek_running *r, ek_error *e)
{
  if (r->until == EK_UNTIL_ENRICH)
    return 0;
  if (ek_run_publish_enriched(r, e) < 0)
    return -1;
  r->enriched = 1;
  if (import_files(r, e) < 0 || (r->until >= EK_UNTIL_TRAIN && r->settings->sections.train && train_files(r, e) < 0))
    return -1;
  return r->until >= EK_UNTIL_DEPLOY ? ek_stages_deploy(&r->stages, e) : 0;
}
