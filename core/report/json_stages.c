/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/json_stages.h"
#include <stdio.h>
#include <string.h>
#include "base/number.h"
#include "report/calendar.h"
#include "report/figures.h"
#include "report/side.h"

static const char *
engine_name(const ek_report *r)
{
  return r->engine ? r->engine : "local";
}

int
ek_report_in_cloud(const ek_report *r)
{
  return strcmp(engine_name(r), "personalize") == 0;
}

static void
add_violations(ek_jsonw *w, const ek_import_result *import)
{
  if (!import->n_violations)
    return;
  ek_jsonw_open(w, "violations", '[', 1);
  for (size_t i = 0; i < import->n_violations; i++) {
    const ek_violation *v = &import->violations[i];
    ek_jsonw_open(w, NULL, '{', 0);
    ek_jsonw_text(w, "severity", v->error ? "error" : "warning");
    ek_jsonw_text(w, "code", v->code);
    ek_jsonw_text(w, "file", v->file);
    ek_jsonw_u64(w, "line", v->line);
    ek_jsonw_text(w, "message", v->message);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, ']');
}

/* Of the engine personalize. */
static void
add_place(ek_jsonw *w, const ek_import_job *job)
{
  if (job->dataset_arn)
    ek_jsonw_text(w, "dataset_arn", job->dataset_arn);
  if (job->arn)
    ek_jsonw_text(w, "dataset_import_job_arn", job->arn);
  if (job->location)
    ek_jsonw_text(w, "data_location", job->location);
}

void
ek_report_json_import(ek_jsonw *w, const ek_report *r)
{
  ek_jsonw_open(w, "import", '{', 0);
  ek_jsonw_text(w, "engine", engine_name(r));
  ek_jsonw_text(w, "dataset_group", r->dataset_group ? r->dataset_group : r->settings->name);
  ek_jsonw_text(w, "import_mode", r->import_mode == EK_IMPORT_INCREMENTAL ? "INCREMENTAL" : "FULL");
  ek_jsonw_open(w, "datasets", '[', 0);
  for (size_t i = 0; i < r->import->n_jobs; i++) {
    const ek_import_job *job = &r->import->jobs[i];
    ek_jsonw_open(w, NULL, '{', 0);
    ek_jsonw_text(w, "type", job->type);
    ek_jsonw_text(w, "status", job->status);
    ek_jsonw_u64(w, "rows", job->rows);
    ek_jsonw_u64(w, "errors", job->errors);
    ek_jsonw_u64(w, "warnings", job->warnings);
    add_place(w, job);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, ']');
  add_violations(w, r->import);
  ek_jsonw_close(w, '}');
}

void
ek_report_json_data(ek_jsonw *w, const ek_data_facts *f)
{
  char utc[32], month[EK_MONTH_SIZE];
  ek_jsonw_open(w, "data", '{', 0);
  ek_jsonw_u64(w, "items", f->items);
  ek_jsonw_u64(w, "users", f->users);
  ek_jsonw_u64(w, "interactions", f->interactions);
  ek_jsonw_u64(w, "items_in_catalogue", f->items_in_catalogue);
  snprintf(utc, sizeof utc, "%016llx", (unsigned long long)f->digest);
  ek_jsonw_text(w, "digest", utc);
  ek_jsonw_real(w, "duplicate_rate", f->duplicate_rate);
  ek_jsonw_real(w, "repeat_rate", f->repeat_rate);
  ek_jsonw_real(w, "cold_item_rate", f->cold_item_rate);
  ek_jsonw_real(w, "unknown_item_rate", f->unknown_item_rate);
  ek_jsonw_real(w, "new_item_rate_late", f->new_item_rate_late);
  ek_jsonw_real(w, "new_user_rate_late", f->new_user_rate_late);
  if (f->interactions) {
    ek_number_utc(f->first, utc);
    ek_jsonw_text(w, "first", utc);
    ek_number_utc(f->last, utc);
    ek_jsonw_text(w, "last", utc);
  }
  if (f->n_months) {
    ek_jsonw_open(w, "months", '{', 0);
    ek_jsonw_text(w, "from", ek_month_name(ek_month_of(f->last) - f->n_months + 1, month));
    ek_jsonw_open(w, "interactions", '[', 0);
    for (unsigned i = 0; i < f->n_months; i++)
      ek_jsonw_u64(w, NULL, f->by_month[i]);
    ek_jsonw_close(w, ']');
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, '}');
}

static void
add_hyper(ek_jsonw *w, const char *name, const ek_hyper *h)
{
  ek_jsonw_open(w, name, '{', 0);
  ek_jsonw_real(w, "pair_decay", h->pair_decay);
  ek_jsonw_real(w, "back", h->back);
  ek_jsonw_real(w, "nfrom", h->nfrom);
  ek_jsonw_real(w, "nto", h->nto);
  ek_jsonw_real(w, "hist_decay", h->hist_decay);
  ek_jsonw_real(w, "content", h->content);
  ek_jsonw_real(w, "pop_exp", h->pop_exp);
  ek_jsonw_real(w, "boost", h->boost);
  ek_jsonw_u64(w, "window", h->window);
  ek_jsonw_u64(w, "topk", h->topk);
  ek_jsonw_u64(w, "max_cats", h->max_cats);
  ek_jsonw_real(w, "min_user_history_length_percentile", h->min_history);
  ek_jsonw_real(w, "max_user_history_length_percentile", h->max_history);
  ek_jsonw_close(w, '}');
}

static void
add_hpo(ek_jsonw *w, const ek_arm_result *arm)
{
  if (!arm->n_trials) {
    ek_jsonw_null(w, "hpo");
    return;
  }
  ek_jsonw_open(w, "hpo", '{', 0);
  ek_jsonw_open(w, "trials", '[', 1);
  for (size_t i = 0; i < arm->n_trials; i++) {
    const ek_hpo_trial *t = &arm->trials[i];
    ek_jsonw_open(w, NULL, '{', 0);
    ek_jsonw_text(w, "parameter", t->parameter);
    ek_jsonw_real(w, "value", t->value);
    ek_jsonw_real(w, "objective", t->objective);
    ek_jsonw_real(w, "coverage_at_25", t->coverage_at_25);
    ek_jsonw_bool(w, "accepted", t->accepted);
    add_hyper(w, "parameters", &t->hyper);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, ']');
  ek_jsonw_close(w, '}');
}

static void
add_metrics(ek_jsonw *w, const char *name, const ek_metrics *m)
{
  ek_jsonw_open(w, name, '{', 0);
  for (size_t i = 0; i < EK_FIGURES; i++)
    ek_jsonw_real(w, ek_figures[i].name, ek_figure_get(m, &ek_figures[i]));
  ek_jsonw_real(w, "coverage", m->coverage_at_25);
  ek_jsonw_u64(w, "test_users", m->test_users);
  ek_jsonw_close(w, '}');
}

static void
add_dial(ek_jsonw *w, const ek_arm_result *arm)
{
  if (!arm->n_dial)
    return;
  ek_jsonw_open(w, "dial", '[', 0);
  for (size_t i = 0; i < arm->n_dial; i++) {
    ek_jsonw_open(w, NULL, '{', 0);
    ek_jsonw_real(w, "nto", arm->dial[i].nto);
    ek_jsonw_real(w, "coverage_at_5", arm->dial[i].coverage_at_5);
    ek_jsonw_real(w, "coverage_at_25", arm->dial[i].coverage_at_25);
    ek_jsonw_real(w, ek_headline_figure, arm->dial[i].ndcg_at_25);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, ']');
}

static void
add_cloud_train(ek_jsonw *w, const ek_train_result *t)
{
  ek_jsonw_open(w, "arms", '[', 1);
  for (size_t i = 0; i < t->n_arms; i++)
    ek_side_json(w, t->arms[i].name, &t->arms[i]);
  ek_jsonw_close(w, ']');
  ek_jsonw_open(w, "earlier", '[', 1);
  for (size_t i = 0; i < t->n_earlier; i++)
    ek_side_json(w, t->earlier[i].solution_version, &t->earlier[i]);
  ek_jsonw_close(w, ']');
}

void
ek_report_json_deploy(ek_jsonw *w, const ek_deploy_result *d)
{
  ek_jsonw_open(w, "deploy", '{', 0);
  ek_jsonw_text(w, "engine", "personalize");
  ek_jsonw_text(w, "campaign", d->campaign);
  ek_jsonw_text(w, "campaign_arn", d->arn);
  ek_jsonw_text(w, "solution_version_arn", d->version_arn);
  ek_jsonw_text(w, "status", d->status);
  ek_jsonw_bool(w, "created", d->created);
  ek_jsonw_bool(w, "updated", d->updated);
  ek_jsonw_close(w, '}');
}

static void
add_arm(ek_jsonw *w, const ek_arm_result *arm)
{
  ek_jsonw_open(w, NULL, '{', 1);
  ek_jsonw_text(w, "name", arm->name);
  ek_jsonw_text(w, "recipe", ek_recipe_name(arm->recipe));
  ek_jsonw_text(w, "solution_version", arm->solution_version);
  add_hpo(w, arm);
  ek_jsonw_real(w, "informative", arm->informative);
  ek_jsonw_u64(w, "informative_items", arm->informative_items);
  ek_jsonw_u64(w, "categories", arm->categories);
  add_hyper(w, "parameters", &arm->hyper);
  add_metrics(w, "metrics", &arm->mean);
  if (arm->fold0.test_users)                     /* another fold may have been asked for */
    add_metrics(w, "fold_0", &arm->fold0);
  add_dial(w, arm);
  ek_jsonw_close(w, '}');
}

void
ek_report_json_arms(ek_jsonw *w, const ek_train_result *t)
{
  ek_jsonw_open(w, "arms", '[', 1);
  for (size_t i = 0; i < t->n_arms; i++)
    add_arm(w, &t->arms[i]);
  ek_jsonw_close(w, ']');
}

void
ek_report_json_comparisons(ek_jsonw *w, const ek_train_result *t)
{
  ek_jsonw_open(w, "compare", '[', 1);
  for (size_t i = 0; i < t->n_comparisons; i++) {
    const ek_comparison *c = &t->comparisons[i];
    ek_jsonw_open(w, NULL, '{', 0);
    ek_jsonw_text(w, "against", c->against);
    ek_jsonw_text(w, "arm", c->arm);
    ek_jsonw_text(w, "metric", c->metric);
    ek_jsonw_u64(w, "users", c->users);
    ek_jsonw_u64(w, "folds", c->folds);
    ek_jsonw_real(w, "base", c->base);
    ek_jsonw_real(w, "difference", c->difference);
    ek_jsonw_real(w, "low", c->low);
    ek_jsonw_real(w, "high", c->high);
    ek_jsonw_real(w, "p", c->p);
    ek_jsonw_text(w, "verdict", c->verdict);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, ']');
}

void
ek_report_json_train(ek_jsonw *w, const ek_report *r)
{
  const ek_train_result *t = r->train;
  ek_jsonw_open(w, "train", '{', 1);
  ek_jsonw_text(w, "engine", engine_name(r));
  if (ek_report_in_cloud(r)) {
    add_cloud_train(w, t);
    ek_jsonw_close(w, '}');
    return;
  }
  ek_jsonw_u64(w, "folds", t->folds);
  ek_jsonw_bool(w, "exclude_seen", t->excluded_seen);
  ek_report_json_data(w, &t->facts);
  ek_report_json_arms(w, t);
  ek_jsonw_open(w, "warnings", '[', 0);
  for (size_t i = 0; i < t->n_warnings; i++)
    ek_jsonw_text(w, NULL, t->warnings[i]);
  ek_jsonw_close(w, ']');
  ek_jsonw_close(w, '}');
  ek_report_json_comparisons(w, t);
}
