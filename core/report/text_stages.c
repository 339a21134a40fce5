/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/text_stages.h"
#include "report/figures.h"
#include "report/side.h"
#include "report/verdict.h"

#define VERDICTS 64u

static void
begin(ek_text *out, const char *label)
{
  ek_text_printf(out, "%-15s", label);
}

static void
count(ek_text *out, uint64_t n, const char *one, const char *many)
{
  ek_text_thousands(out, n);
  ek_text_char(out, ' ');
  ek_text_cstr(out, n == 1 ? one : many);
}

/* The rows are the same as those that were written, so the line is needed only when
 * nothing follows or something was found. */
static void
add_imported(ek_text *out, const ek_report *r)
{
  uint64_t errors = 0, warnings = 0;
  for (size_t i = 0; i < r->import->n_jobs; i++) {
    errors += r->import->jobs[i].errors;
    warnings += r->import->jobs[i].warnings;
  }
  if (r->train && !errors && !warnings)
    return;
  begin(out, "Imported");
  for (size_t i = 0; i < r->import->n_jobs; i++) {
    const ek_import_job *job = &r->import->jobs[i];
    ek_text_cstr(out, i ? ", " : "");
    ek_text_cstr(out, job->type);
    ek_text_char(out, ' ');
    ek_text_thousands(out, job->rows);
    if (strcmp(job->status, EK_STATUS_ACTIVE) != 0)
      ek_text_printf(out, " (%s)", job->status);
  }
  if (errors || warnings)
    ek_text_cstr(out, "; ");
  if (errors)
    count(out, errors, "error", "errors");
  if (errors && warnings)
    ek_text_cstr(out, ", ");
  if (warnings)
    count(out, warnings, "warning", "warnings");
  ek_text_char(out, '\n');
}

/* Figures of their own, for want of something to compare them with. */
static void
add_trained(ek_text *out, const ek_train_result *t)
{
  for (size_t i = 0; i < t->n_arms; i++) {
    const ek_arm_result *arm = &t->arms[i];
    begin(out, i ? "" : "Trained");
    ek_text_printf(out, "%s: nDCG@25 %.4f, precision@5 %.4f, coverage@25 %.3f, ", arm->solution_version,
                   arm->mean.ndcg_at_25, arm->mean.precision_at_5, arm->mean.coverage_at_25);
    ek_folds_words(t->folds, out);
    ek_text_char(out, '\n');
  }
}

/* The service's own figures, and beside them those of earlier versions. */
static void
add_versions(ek_text *out, const ek_train_result *t)
{
  ek_side_row rows[16];
  size_t n = 0;
  for (size_t i = 0; i < t->n_arms && n < 16; i++) {
    begin(out, i ? "" : "Trained");
    ek_text_printf(out, "%s, recipe %s", t->arms[i].solution_version, t->arms[i].recipe_name);
    if (t->arms[i].training_hours > 0)
      ek_text_printf(out, ", %.2f hours of training", t->arms[i].training_hours);
    ek_text_char(out, '\n');
    rows[n++] = (ek_side_row){ t->arms[i].solution_version, &t->arms[i] };
  }
  for (size_t i = 0; i < t->n_earlier && n < 16; i++)
    rows[n++] = (ek_side_row){ t->earlier[i].solution_version, &t->earlier[i] };
  ek_side_text(rows, n, NULL, 15, out);
}

static void
add_deployed(ek_text *out, const ek_deploy_result *d)
{
  begin(out, "Campaign");
  ek_text_printf(out, "%s %s\n", d->campaign, d->created ? "was created" : d->updated ? "was updated" : "was as it should be");
}

static void
add_line(ek_text *out, const ek_text *sentence)
{
  begin(out, "");
  ek_text_add(out, sentence->data, sentence->len);
  ek_text_char(out, '\n');
}

static void
add_verdicts(ek_text *out, const ek_train_result *t, const ek_verdict *v, size_t n)
{
  ek_text sentence = { 0 };
  for (size_t i = 0; i < n; i++) {
    begin(out, i ? "" : "Does it help?");
    ek_text_printf(out, "%s: ", ek_verdict_answer(v[i].helps));
    ek_verdict_sentence(&v[i], out);
    ek_text_cstr(out, " (");
    ek_verdict_figures(&v[i], out);
    ek_text_cstr(out, ").\n");
    ek_text_clear(&sentence);
    if (ek_verdict_few(v[i].arm, t->facts.items, &sentence))
      add_line(out, &sentence);
    ek_text_clear(&sentence);
    if (ek_verdict_tuned(t, v[i].comparison->against, v[i].arm, &sentence))
      add_line(out, &sentence);
  }
  ek_text_clear(&sentence);
  if (ek_verdict_folds(t->folds, &sentence))
    add_line(out, &sentence);
  ek_text_free(&sentence);
}

void
ek_report_text_stages(const ek_report *r, ek_text *out)
{
  ek_verdict v[VERDICTS];
  if (r->import)
    add_imported(out, r);
  if (r->train && ek_report_in_cloud(r))
    add_versions(out, r->train);
  if (r->deploy)
    add_deployed(out, r->deploy);
  if (!r->train || ek_report_in_cloud(r))
    return;
  size_t n = ek_verdicts(r->train, v, VERDICTS);
  if (n)
    add_verdicts(out, r->train, v, n < VERDICTS ? n : VERDICTS);
  else
    add_trained(out, r->train);
}
