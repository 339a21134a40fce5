/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/runs.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "config/value.h"
#include "output/files.h"
#include "report/compare.h"

const char *const ek_run_metrics[EK_RUN_METRICS] = {
  "precision_at_5", "precision_at_10", "precision_at_25", "normalized_discounted_cumulative_gain_at_5",
  "normalized_discounted_cumulative_gain_at_10", "normalized_discounted_cumulative_gain_at_25",
  "mean_reciprocal_rank_at_25"
};

/* ---- which run, which arm ------------------------------------------------------ */

static void
list_arms(const ek_train_result *t, ek_error *e)
{
  ek_text names = { 0 };
  for (size_t i = 0; i < t->n_arms; i++)
    ek_text_printf(&names, "%s%s", i ? ", " : "", t->arms[i].name);
  ek_help(e, "its arms are: %s", ek_text_c(&names));
  ek_text_free(&names);
}

/* The one arm that is neither base nor the yardstick; base when there is none. */
static int
obvious_arm(ek_past_run *r, int any, ek_error *e)
{
  const ek_train_result *t = &r->result;
  char shown[200];
  for (size_t i = 0; i < t->n_arms; i++) {
    int enriched = t->arms[i].recipe != EK_RECIPE_BASE && t->arms[i].recipe != EK_RECIPE_POPULARITY;
    if (enriched && r->arm) {
      r->arm = NULL;
      if (any)
        return 0;
      ek_fail(e, EK_EXIT_REFUSED, "which_arm", "%s has several arms", ek_show(ek_cstr(r->typed), shown, sizeof shown));
      return ek_help(e, "write FOLDER:ARM, for example %s:%s", r->typed, t->arms[i].name);
    }
    if (enriched)
      r->arm = &t->arms[i];
  }
  if (!r->arm)
    r->arm = ek_train_find_arm(t, "base");
  if (r->arm)
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "no_arm", "%s has no arm to compare", ek_show(ek_cstr(r->typed), shown, sizeof shown));
  list_arms(t, e);
  return -1;
}

int
ek_past_run_open(ek_past_run *r, const char *typed, int any, ek_error *e)
{
  /* A folder may have a colon in its name: it comes first.                   */
  const char *colon = access(typed, F_OK) == 0 ? NULL : strrchr(typed, ':');
  char shown[200];
  *r = (ek_past_run){ .typed = typed };
  r->folder = colon ? ek_mem_strndup(typed, (size_t)(colon - typed)) : ek_mem_strdup(typed);
  if (ek_report_load(r->folder, &r->name, &r->result, e) < 0)
    return -1;
  if (!colon)
    return obvious_arm(r, any, e);
  r->arm = ek_train_find_arm(&r->result, colon + 1);
  if (r->arm)
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "no_arm", "the run in %s has no arm '%s'", r->folder,
          ek_show(ek_cstr(colon + 1), shown, sizeof shown));
  list_arms(&r->result, e);
  return -1;
}

/* ---- evaluation.csv --------------------------------------------------------------- */

typedef struct reading { ek_past_run *run; const char *path; uint64_t line; size_t cap; } reading;

static int
bad_line(const reading *r, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "bad_evaluation", "this line is not one of an evaluation");
  ek_help(e, "run again to write it anew");
  return ek_at(e, r->path, r->line, 0);
}

/* The id into ids; returns what is behind it and its comma, or NULL. A quoted id may go
 * over several lines, so the text is that of the whole file.                */
static char *
take_id(reading *r, char *p)
{
  ek_past_run *run = r->run;
  if (*p != '"') {
    char *comma = strpbrk(p, ",\n");
    if (!comma || *comma == '\n')
      return NULL;
    ek_text_add(&run->ids, p, (size_t)(comma - p));
    return comma + 1;
  }
  for (p++; *p; p++) {
    if (*p == '"' && *++p != '"')
      return *p == ',' ? p + 1 : NULL;
    r->line += *p == '\n';
    ek_text_char(&run->ids, *p);
  }
  return NULL;
}

/* A number and what ends it; no locale has a say. */
static char *
take_number(char *p, char end, double *out)
{
  size_t len = strcspn(p, ",\n");
  if (p[len] != end)
    return NULL;
  p[len] = 0;
  return ek_value_float(p, out) ? p + len + 1 : NULL;
}

static char *
take_row(reading *r, char *p, ek_error *e)
{
  ek_past_run *run = r->run;
  double number = 0;
  size_t before = run->ids.len, cap = r->cap;
  run->id = ek_mem_grow(run->id, &r->cap, run->n + 1, sizeof *run->id);
  if (r->cap != cap) {
    run->fold = ek_mem_resize(run->fold, r->cap);
    for (size_t m = 0; m < EK_RUN_METRICS; m++)
      run->values[m] = ek_mem_resize(run->values[m], r->cap * sizeof *run->values[m]);
  }
  run->id[run->n] = before;
  p = take_id(r, p);
  ek_text_char(&run->ids, 0);
  p = p ? take_number(p, ',', &number) : NULL;
  if (!p || number < 0 || number > 9) {
    bad_line(r, e);
    return NULL;
  }
  run->fold[run->n] = (unsigned char)number;
  run->folds |= 1u << (unsigned)number;
  for (size_t m = 0; m < EK_RUN_METRICS; m++) {
    p = take_number(p, m + 1 < EK_RUN_METRICS ? ',' : '\n', &number);
    if (!p) {
      bad_line(r, e);
      return NULL;
    }
    run->values[m][run->n] = (float)number;
  }
  run->n++;
  return p;
}

static int
read_all(const char *path, ek_text *out, ek_error *e)
{
  EK_FCLOSE FILE *f = fopen(path, "rbe");
  size_t n;
  if (!f)
    return ek_fail_errno(e, EK_EXIT_REFUSED, "io", path, "open it");
  do {
    ek_text_reserve(out, (size_t)1 << 20);
    n = fread(out->data + out->len, 1, (size_t)1 << 20, f);
    out->len += n;
  } while (n);
  return ferror(f) ? ek_fail_errno(e, EK_EXIT_REFUSED, "io", path, "read it") : 0;
}

int
ek_past_run_users(ek_past_run *r, ek_error *e)
{
  char name[128];
  ek_text text = { 0 };
  reading in = { .run = r, .line = 2 };
  if (snprintf(name, sizeof name, "arms/%s/evaluation.csv", r->arm->name) >= (int)sizeof name)
    return ek_fail(e, EK_EXIT_REFUSED, "no_arm", "the name of the arm is too long");
  EK_FREE char *path = ek_mem_alloc(strlen(r->folder) + sizeof name + 1);
  sprintf(path, "%s/%s", r->folder, name);
  in.path = path;
  if (ek_outdir_verify_file(r->folder, name, e) < 0 || read_all(path, &text, e) < 0) {
    ek_text_free(&text);
    return -1;
  }
  ek_text_c(&text);                /* ends with a NUL */
  char *p = text.len ? strchr(text.data, '\n') : NULL;
  int failed = p ? 0 : bad_line(&in, e);
  for (p = p ? p + 1 : NULL; p && *p; in.line++)
    if (!(p = take_row(&in, p, e)))
      failed = -1;
  ek_text_free(&text);
  return failed;
}

void
ek_past_run_keep(ek_past_run *r, unsigned folds)
{
  size_t n = 0;
  for (size_t i = 0; i < r->n; i++) {
    if (!(folds >> r->fold[i] & 1))
      continue;
    r->id[n] = r->id[i];
    r->fold[n] = r->fold[i];
    for (size_t m = 0; m < EK_RUN_METRICS; m++)
      r->values[m][n] = r->values[m][i];
    n++;
  }
  r->n = n;
  r->folds &= folds;
}

void
ek_past_run_clear(ek_past_run *r)
{
  ek_train_result_clear(&r->result);
  ek_text_free(&r->ids);
  free(r->id);
  free(r->fold);
  for (size_t m = 0; m < EK_RUN_METRICS; m++)
    free(r->values[m]);
  free(r->folder);
  free(r->name);
  *r = (ek_past_run){ 0 };
}
