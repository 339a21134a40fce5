/* SPDX-License-Identifier: BSD-3-Clause */
/* The stages behind enrich: requests made from the settings, progress, and what they
 * have to say.                                                              */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "command/internal.h"
#include "output/csv.h"
#include "stage/personalize/account.h"

#define SHOWN_MAX 20u              /* violations of a data set that are shown    */

static void
show_progress(void *arg, const char *stage, const char *text, double share)
{
  (void)arg;
  ek_progress_text(stage, text, share, 0);
}

static ek_stage_watch
watch(void)
{
  return (ek_stage_watch){ .progress = show_progress, .stop = &ek_signal_stop };
}

static const ek_engine_of_stages *
engine_of(const ek_settings *s)
{
  return ek_in_cloud(s) ? &ek_personalize_engine : &ek_local_engine;
}

/* What the stages of the engine personalize work in; NULL: local. */
static const ek_account *
account_of(const ek_stages *t)
{
  return ek_in_cloud(t->settings) ? &t->access.account : NULL;
}

int
ek_stages_hold(ek_stages *t, ek_error *e)
{
  if (ek_in_cloud(t->settings)) {
    int r = ek_access_open(&t->access, t->settings, t->aws, e);
    t->access.account.named = t->named;
    t->access.account.n_named = t->n_named;
    return r == 0 ? ek_pz_look(&t->access.account, e) : r;
  }
  t->store = ek_outdir_open(t->settings->import.store, e);
  if (t->store)
    return 0;
  if (strcmp(e->code, "locked") == 0)
    ek_help(e, "wait for it to end, or choose another store: --set import.store=DIR");
  return -1;
}

/* ---- import ------------------------------------------------------------------- */

static void
say_violation(const ek_violation *v)
{
  ek_message m = { .level = v->error ? EK_LOG_ERROR : EK_LOG_WARN, .code = v->code, .file = v->file, .line = v->line,
                   .message = v->message };
  ek_log_message(&m);
}

/* The first error is said by whoever reports the failure: with a help, at the end. */
static void
say_violations(const ek_import_result *r, int failed)
{
  uint64_t total = 0;
  size_t shown = 0, first = failed != 0;
  for (size_t i = 0; i < r->n_jobs; i++)
    total += r->jobs[i].errors + r->jobs[i].warnings;
  for (size_t i = 0; i < r->n_violations; i++) {
    if (r->violations[i].error && first) {
      first = 0;
      continue;
    }
    if (shown++ < SHOWN_MAX)
      say_violation(&r->violations[i]);
  }
  total -= (uint64_t)(failed && !first);
  if (total > SHOWN_MAX)
    ek_warn("more_violations", "%llu more errors and warnings like these", (unsigned long long)(total - SHOWN_MAX));
}

static void
finish_import(const ek_import_result *r)
{
  ek_text t = { 0 };
  for (size_t i = 0; i < r->n_jobs; i++) {
    ek_text_printf(&t, "%s%s ", i ? "   " : "", r->jobs[i].type);
    ek_text_thousands(&t, r->jobs[i].rows);
    ek_text_cstr(&t, " ok");
  }
  ek_progress_text("import", ek_text_c(&t), -1, 1);
  ek_text_free(&t);
}

/* Only a person at a terminal is asked. */
static int
agrees(const ek_error *e)
{
  char answer[16] = "";
  if (!isatty(STDIN_FILENO) || !ek_log_is_tty())
    return 0;
  fprintf(stderr, "%s: %s\ndelete the data set and import anew? [y/N] ", e->file, e->message);
  fflush(stderr);
  return fgets(answer, sizeof answer, stdin) && (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0);
}

static int
import(ek_stages *t, const ek_import_request *q, ek_error *e)
{
  ek_stage_watch w = watch();
  *e = (ek_error){ 0 };
  ek_import_result_clear(&t->import);
  t->imported = 1;
  int r = engine_of(t->settings)->import(q, &w, &t->import, e);
  if (r < 0)
    ek_progress_drop();
  return r;
}

int
ek_stages_import(ek_stages *t, char *const csv[EK_RECORD_KINDS], char *const schema[EK_RECORD_KINDS], ek_error *e)
{
  /* Interactions first, as one reads them first.                              */
  static const enum ek_record_kind order[EK_RECORD_KINDS] = { EK_INTERACTIONS, EK_ITEMS, EK_USERS };
  const ek_settings *s = t->settings;
  ek_import_request q = {
    .store = s->import.store, .dataset_group = s->import.dataset_group,
    .mode = s->import.import_mode ? EK_IMPORT_INCREMENTAL : EK_IMPORT_FULL,
    .on_schema_change = (enum ek_schema_change)s->import.on_schema_change, .yes = t->yes,
    .min_interactions = s->import.min_interactions, .account = account_of(t),
  };
  for (int i = 0; i < EK_RECORD_KINDS; i++)
    if (csv[order[i]])
      q.sources[q.n++] = (ek_dataset_source){ order[i], csv[order[i]], schema ? schema[order[i]] : NULL };
  int r = import(t, &q, e);
  if (r < 0 && !q.yes && strcmp(e->code, "schema_change") == 0 && q.on_schema_change == EK_SCHEMA_RECREATE &&
      agrees(e)) {
    q.yes = 1;
    r = import(t, &q, e);
  }
  say_violations(&t->import, r < 0 && strcmp(e->code, "bad_data") == 0);
  if (r == 0)
    finish_import(&t->import);
  return r;
}

/* ---- evaluation.csv: what each test user got ---------------------------------------- */

typedef struct evaluation_file {
  ek_stages *stages;
  const char *arm;                 /* whose file is open                       */
  ek_outfile *file;
  uint64_t rows;
} evaluation_file;

static int
finish_evaluation(evaluation_file *f, ek_error *e)
{
  if (!f->file)
    return 0;
  ek_outfile_rows(f->file, f->rows);
  int r = ek_outfile_finish(f->file, e);
  f->file = NULL;
  return r;
}

static int
begin_evaluation(evaluation_file *f, const char *arm, ek_error *e)
{
  static const char header[] = "USER_ID,FOLD,precision_at_5,precision_at_10,precision_at_25,"
                               "normalized_discounted_cumulative_gain_at_5,normalized_discounted_cumulative_gain_at_10,"
                               "normalized_discounted_cumulative_gain_at_25,mean_reciprocal_rank_at_25\n";
  char name[128];
  if (finish_evaluation(f, e) < 0)
    return -1;
  snprintf(name, sizeof name, "arms/%s/evaluation.csv", arm);
  f->arm = arm;
  f->rows = 0;
  f->file = ek_outfile_create(f->stages->out, name, 0, e);
  return f->file ? ek_outfile_write(f->file, header, sizeof header - 1, e) : -1;
}

static int
write_user(void *arg, const char *arm, const ek_user_result *u, ek_error *e)
{
  evaluation_file *f = arg;
  const float values[] = { u->precision_at_5, u->precision_at_10, u->precision_at_25, u->ndcg_at_5, u->ndcg_at_10,
                           u->ndcg_at_25, u->mrr_at_25 };
  ek_text t = { 0 };
  if ((!f->file || strcmp(f->arm, arm) != 0) && begin_evaluation(f, arm, e) < 0)
    return -1;
  ek_csv_cell(&t, u->user, EK_CSV_RFC4180, EK_QUOTE_MINIMAL);
  ek_text_printf(&t, ",%u", u->fold);
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    ek_text_printf(&t, ",%.9g", (double)values[i]);       /* nine digits bring a float back as it was */
  ek_text_char(&t, '\n');
  f->rows++;
  int r = ek_outfile_write(f->file, t.data, t.len, e);
  ek_text_free(&t);
  return r;
}

/* ---- train ---------------------------------------------------------------------------- */

static ek_hyper
hyper_of(const ek_settings *s)
{
  const ek_hyper_settings *h = &s->train.hyper;
  return (ek_hyper){
    .pair_decay = h->pair_decay, .back = h->back, .nfrom = h->nfrom, .nto = h->nto, .hist_decay = h->hist_decay,
    .content = h->content, .pop_exp = h->pop_exp, .boost = h->boost, .window = h->window, .topk = h->topk,
    .max_cats = h->max_cats, .min_history = s->train.min_history, .max_history = s->train.max_history,
  };
}

static const char *
objective_of(const ek_settings *s)
{
  static const char *const names[] = {
    NULL, "normalized_discounted_cumulative_gain_at_5", "normalized_discounted_cumulative_gain_at_10",
    "normalized_discounted_cumulative_gain_at_25", "precision_at_5", "precision_at_10", "precision_at_25",
    "mean_reciprocal_rank_at_25"
  };
  return names[s->train.hpo.objective];
}

static ek_hpo_range *
ranges_of(const ek_settings *s, size_t *n)
{
  size_t all = 0;
  for (int kind = 0; kind < EK_RANGE_KINDS; kind++)
    all += s->train.hpo.n_ranges[kind];
  ek_hpo_range *list = ek_mem_zero(all + 1, sizeof *list);
  *n = 0;
  for (int kind = 0; kind < EK_RANGE_KINDS; kind++)
    for (size_t i = 0; i < s->train.hpo.n_ranges[kind]; i++) {
      const ek_range_settings *r = &s->train.hpo.ranges[kind][i];
      list[(*n)++] = (ek_hpo_range){ r->hyper, r->tries, r->n_tries };
    }
  return list;
}

static enum ek_recipe
recipe_of(const char *name)
{
  enum ek_recipe r = EK_RECIPE_METADATA;
  ek_recipe_by_name(name, &r);     /* the configuration knows no others         */
  return r;
}

/* The names of arms' solutions, where the file gives one; they live in t. */
static const char *
solution_of(const ek_settings *s, const char *arm, ek_text *t)
{
  if (!s->train.solution_given)
    return NULL;
  ek_text_printf(t, "%s-%s", s->train.solution, arm);
  return ek_text_c(t);
}

/* Without a data set of items there are no labels to train with. */
static int
has_items(const ek_settings *s)
{
  ek_text unused = { 0 };
  ek_error e = { 0 };
  int has = ek_local_engine.describe(s->import.store, s->import.dataset_group, "dataset", "Items", 0, 0, &unused,
                                     &e) == 0;
  ek_text_free(&unused);
  return has;
}

typedef struct arm_list { ek_train_arm *list; const char **solutions; size_t n; ek_text *names; } arm_list;

static void
add_arm(arm_list *a, const char *name, const char *recipe, const char *labels, const char *solution)
{
  a->solutions[a->n] = solution;
  a->list[a->n++] = (ek_train_arm){ name, recipe_of(recipe), labels };
}

static arm_list
arms_of(const ek_settings *s, const char *whole, char *const *labels)
{
  arm_list a = { .list = ek_mem_zero(s->n_arms + 2, sizeof *a.list),
                 .names = ek_mem_zero(s->n_arms + 1, sizeof *a.names),
                 .solutions = ek_mem_zero(s->n_arms + 2, sizeof *a.solutions) };
  int base_alone = recipe_of(s->train.recipe) == EK_RECIPE_BASE;
  if (ek_in_cloud(s)) {            /* one solution, of the recipe that the file names */
    add_arm(&a, "chain", s->train.recipe, NULL, s->train.solution);
    return a;
  }
  add_arm(&a, "base", "base", NULL, base_alone && !labels ? s->train.solution : NULL);
  for (size_t i = 0; i < s->n_arms && labels; i++)
    add_arm(&a, s->arms[i].name, s->arms[i].recipe, labels[i], solution_of(s, s->arms[i].name, &a.names[i]));
  if (!labels && whole && !base_alone && !has_items(s))
    ek_warn("no_items", "there is no data set of items, so there are no labels: only 'base' is trained");
  else if (!labels && whole && !base_alone)
    add_arm(&a, whole, s->train.recipe, NULL, s->train.solution);
  return a;
}

static void
free_arms(const ek_settings *s, arm_list *a)
{
  for (size_t i = 0; i < s->n_arms; i++)
    ek_text_free(&a->names[i]);
  free(a->names);
  free(a->solutions);
  free(a->list);
}

static void
finish_train(const ek_settings *s, const ek_train_result *r)
{
  ek_text t = { 0 };
  if (ek_in_cloud(s) && r->n_arms) {
    ek_text_printf(&t, "%s " EK_STATUS_ACTIVE, r->arms[0].solution_version);
    ek_progress_text("train", ek_text_c(&t), -1, 1);
    ek_text_free(&t);
    return;
  }
  for (size_t i = 0; i < r->n_arms; i++)
    if (r->arms[i].recipe != EK_RECIPE_POPULARITY)         /* the yardstick is always there */
      ek_text_printf(&t, "%s%s", t.len ? ", " : "", r->arms[i].name);
  ek_text_printf(&t, "  %u fold%s", r->folds, r->folds == 1 ? "" : "s");
  ek_progress_text("train", ek_text_c(&t), 1, 1);
  ek_text_free(&t);
}

int
ek_stages_train(ek_stages *t, const char *whole, char *const *labels, ek_error *e)
{
  static const int seen[] = { [EK_SEEN_AUTO] = -1, [EK_SEEN_TRUE] = 1, [EK_SEEN_FALSE] = 0 };
  const ek_settings *s = t->settings;
  const ek_event_settings *event = s->train.n_events ? &s->train.events[0] : NULL;
  evaluation_file file = { .stages = t };
  ek_stage_watch w = watch();
  ek_train_request q = {
    .store = s->import.store, .dataset_group = s->import.dataset_group,
    .solution = s->name, .label_column = s->output.label_column,
    .hyper = hyper_of(s),
    .coldstart = { s->train.coldstart.max_duration, s->train.coldstart.max_interactions,
                   s->train.coldstart.relative_from == 0 },
    .folds = s->train.evaluation.folds, .fold = s->train.evaluation.folds == 10 ? 0 : s->train.evaluation.fold,
    .exclude_seen = seen[s->train.evaluation.exclude_seen],
    .event_type = event ? event->event_type : s->train.event_type,
    .event_value_threshold = event && event->threshold != -HUGE_VAL ? event->threshold : s->train.event_value_threshold,
    .hpo = s->train.perform_hpo, .hpo_jobs = s->train.hpo.max_jobs, .objective = objective_of(s),
    .dial = s->report.dial, .n_dial = s->report.n_dial, .threads = s->run.threads, .now = (int64_t)time(NULL),
    .user = t->out ? write_user : NULL, .user_arg = &file, .account = account_of(t),
  };
  q.ranges = ranges_of(s, &q.n_ranges);
  arm_list arms = arms_of(s, whole, labels);
  q.arms = arms.list;
  q.n_arms = arms.n;
  q.solutions = arms.solutions;
  *e = (ek_error){ 0 };
  int r = engine_of(s)->train(&q, &w, &t->train, e);
  if (r == 0)
    r = finish_evaluation(&file, e);
  t->trained = r == 0;
  free_arms(s, &arms);
  free(q.ranges);
  if (r < 0)
    ek_progress_drop();
  else
    finish_train(s, &t->train);
  for (size_t i = 0; i < t->train.n_warnings && r == 0; i++)
    ek_warn("train", "%s", t->train.warnings[i]);
  return r;
}

/* ---- deploy --------------------------------------------------------------------------- */

int
ek_stages_deploy(ek_stages *t, ek_error *e)
{
  ek_deploy_request q = { .account = account_of(t) };
  ek_stage_watch w = watch();
  ek_text line = { 0 };
  *e = (ek_error){ 0 };
  ek_deploy_result_clear(&t->deploy);
  if (engine_of(t->settings)->deploy(&q, &w, &t->deploy, e) < 0) {
    ek_progress_drop();
    return -1;
  }
  t->deployed = 1;
  ek_text_printf(&line, "campaign %s %s", t->deploy.campaign,
                 t->deploy.created ? "created" : t->deploy.updated ? "updated" : "is as it should be");
  ek_progress_text("deploy", ek_text_c(&line), -1, 1);
  ek_text_free(&line);
  return 0;
}

void
ek_stages_tell(const ek_stages *t, ek_report *r)
{
  r->engine = ek_engine_name(t->settings);
  r->dataset_group = t->settings->import.dataset_group;
  r->import_mode = t->settings->import.import_mode ? EK_IMPORT_INCREMENTAL : EK_IMPORT_FULL;
  r->import = t->imported ? &t->import : NULL;
  r->train = t->trained ? &t->train : NULL;
  r->deploy = t->deployed ? &t->deploy : NULL;
}

void
ek_stages_clear(ek_stages *t)
{
  ek_import_result_clear(&t->import);
  ek_train_result_clear(&t->train);
  ek_deploy_result_clear(&t->deploy);
  ek_access_close(&t->access);
  ek_outdir_close(t->store);
  *t = (ek_stages){ 0 };
}
