/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/stage.h - the import and training stages: one interface, two engines.
 *
 * The nouns are Amazon Personalize's: a data set group holds data sets (Interactions,
 * Items, Users), each with a schema and filled by import jobs; a solution is a recipe
 * with its parameters, a solution version is a trained one with metrics, a campaign
 * serves one. `local` does the work itself; `personalize` will ask for it and wait.
 * So every call says what to reach, finds what is there already, goes on from it, and
 * may take from milliseconds to hours: it polls `stop` and reports through `progress`.
 * The stages do not know plugins; command/ makes the requests from the settings.
 * One thread calls.                                                         */
#ifndef EK_STAGE_STAGE_H
#define EK_STAGE_STAGE_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/text.h"
#include "config/settings.h"

#define EK_STATUS_ACTIVE "ACTIVE"                  /* the service's spelling   */
#define EK_STATUS_FAILED "CREATE FAILED"

struct ek_aws;

/* What the engine `personalize` needs beside a request; local takes no notice. */
typedef struct ek_account {
  struct ek_aws *aws;
  const ek_settings *settings;
  const char *folder;                              /* output.dir: state.json      */
  const char *const *named; size_t n_named;        /* adopted things that the user named on the command line */
  int64_t poll_ns;                                 /* 0: the engine's choice      */
} ek_account;

typedef struct ek_stage_watch {
  void (*progress)(void *arg, const char *stage, const char *text, double share);  /* share < 0: unknown */
  void *arg;
  const volatile int *stop;                        /* may be NULL              */
} ek_stage_watch;

/* ---- import ---- */

/* A CSV and its Avro schema. schema NULL: guessed from the header, as `import` on
 * CSVs of other tools does.                                                 */
typedef struct ek_dataset_source { enum ek_record_kind kind; char *csv, *schema; } ek_dataset_source;

enum ek_import_mode { EK_IMPORT_FULL, EK_IMPORT_INCREMENTAL };
enum ek_schema_change { EK_SCHEMA_UPDATE, EK_SCHEMA_RECREATE, EK_SCHEMA_STOP };

typedef struct ek_import_request {
  const char *store, *dataset_group;               /* folder; name             */
  ek_dataset_source sources[EK_RECORD_KINDS]; size_t n;
  enum ek_import_mode mode;
  enum ek_schema_change on_schema_change; int yes; /* recreate asks unless yes */
  uint64_t min_interactions;
  const ek_account *account;                       /* personalize               */
} ek_import_request;

/* One violation of a data rule (facts, 3.5). */
typedef struct ek_violation {
  int error;                                       /* else a warning           */
  const char *code;                                /* static                   */
  char *file; uint64_t line; char *message;
} ek_violation;

typedef struct ek_import_job {
  const char *type;                                /* "Interactions", "Items", "Users" */
  const char *status;                              /* EK_STATUS_*              */
  uint64_t rows, errors, warnings;                 /* totals; the list is capped */
  char *arn, *dataset_arn, *location;              /* personalize; else NULL    */
  int unchanged;                                   /* the same file was imported before: nothing was done */
} ek_import_job;

typedef struct ek_import_result {
  ek_import_job jobs[EK_RECORD_KINDS]; size_t n_jobs;
  ek_violation *violations; size_t n_violations;   /* at most 50 a data set, in file order */
} ek_import_result;

/* ---- training ---- */

typedef struct ek_metrics {                        /* of one fold, or a mean of folds */
  double precision_at_5, precision_at_10, precision_at_25;
  double ndcg_at_5, ndcg_at_10, ndcg_at_25;        /* normalized_discounted_cumulative_gain_at_K */
  double mrr_at_25;                                /* mean_reciprocal_rank_at_25 */
  double coverage_at_5, coverage_at_10, coverage_at_25;   /* `coverage` is coverage_at_25 */
  uint64_t test_users;
} ek_metrics;

typedef struct ek_hyper {                          /* training.md section 3    */
  double pair_decay, back, nfrom, nto, hist_decay, content, pop_exp, boost;
  unsigned window, topk, max_cats;                 /* topk 0: 200, or 50 above 100,000 items */
  double min_history, max_history;                 /* user history length percentiles, 0.0 and 0.99 */
} ek_hyper;

enum ek_recipe { EK_RECIPE_BASE, EK_RECIPE_METADATA, EK_RECIPE_COLDSTART, EK_RECIPE_POPULARITY };

typedef struct ek_coldstart { double max_duration_days; unsigned max_interactions; int relative_to_now; } ek_coldstart;

/* One arm: the same interactions, its own labels. labels: an items.csv whose CATEGORY
 * counts instead of the data set's (NULL: the data set's).                  */
typedef struct ek_train_arm { const char *name; enum ek_recipe recipe; const char *labels; } ek_train_arm;

typedef struct ek_hpo_range { const char *name; double *values; size_t n; } ek_hpo_range;

/* What one test user got: kept for a comparison with other runs. A user is in one fold. */
typedef struct ek_user_result {
  ek_str user; unsigned fold;
  float precision_at_5, precision_at_10, precision_at_25, ndcg_at_5, ndcg_at_10, ndcg_at_25, mrr_at_25;
} ek_user_result;

typedef struct ek_train_request {
  const char *store, *dataset_group, *solution;    /* solution: prefix of the arms' solutions */
  const char *label_column;                        /* "CATEGORY"               */
  ek_train_arm *arms; size_t n_arms;
  const char *const *solutions;                    /* [n_arms]: names where not made of prefix and arm; may be NULL */
  ek_hyper hyper; ek_coldstart coldstart;
  unsigned folds, fold;                            /* 1: only `fold`; 10: all, and a verdict */
  int exclude_seen;                                /* -1 auto, 0, 1            */
  const char *event_type; double event_value_threshold;   /* NULL, -HUGE_VAL: all */
  int hpo; unsigned hpo_jobs; ek_hpo_range *ranges; size_t n_ranges; const char *objective;
  double *dial; size_t n_dial;                     /* values of nto for coverage */
  unsigned threads;
  int64_t now;                                     /* seconds; for currentTime */
  /* Called behind the evaluation, arm by arm as in the result, users in order of their
   * ids (bytes). -1 and e: what was called failed, and so does the training. NULL: nobody asks. */
  int (*user)(void *arg, const char *arm, const ek_user_result *, ek_error *e);
  void *user_arg;
  const ek_account *account;                       /* personalize               */
} ek_train_request;

typedef struct ek_hpo_trial { char parameter[32]; double value; ek_hyper hyper; double objective, coverage_at_25; int accepted; } ek_hpo_trial;
typedef struct ek_dial_point { double nto, coverage_at_5, coverage_at_25, ndcg_at_25; } ek_dial_point;

typedef struct ek_arm_result {
  char *name, *solution_version;                   /* "both-metadata/1"        */
  char *recipe_name;                               /* of the service; NULL: by recipe */
  char *arn, *solution_arn; double training_hours; /* personalize               */
  int64_t made;                                    /* seconds; personalize      */
  char *tuned;                                     /* JSON object of tuned hyperparameters, or NULL */
  enum ek_recipe recipe;
  ek_hyper hyper;                                  /* as trained               */
  ek_metrics fold0, mean;                          /* mean: of the folds asked for */
  double informative;                              /* share of items with an informative category */
  uint64_t informative_items, categories;
  ek_hpo_trial *trials; size_t n_trials;           /* 0: no HPO                */
  ek_dial_point *dial; size_t n_dial;
} ek_arm_result;

/* training.md 2.8; the metric is named as in report.json. */
typedef struct ek_comparison {
  const char *against, *arm, *metric;
  uint64_t users; unsigned folds;
  double base, difference, low, high, p;
  const char *verdict;                             /* "better", "worse", "no difference" */
} ek_comparison;

/* What the data are like, for the report (issue: data diagnostics). */
typedef struct ek_data_facts {
  uint64_t items, users, interactions, items_in_catalogue;
  double duplicate_rate, repeat_rate;              /* same (user,item,time); same (user,item) again */
  double cold_item_rate;                           /* items of the catalogue without interaction */
  double unknown_item_rate;                        /* interactions with items not in the catalogue */
  double new_item_rate_late, new_user_rate_late;   /* of the newest tenth: with items / users never seen before */
  int64_t first, last;                             /* seconds                  */
  uint64_t by_month[240]; unsigned n_months;       /* interactions a month, the newest 240 */
  uint64_t digest;                                 /* equal: the same users with the same items in the same order */
} ek_data_facts;

typedef struct ek_train_result {
  ek_arm_result *arms; size_t n_arms;
  ek_arm_result *earlier; size_t n_earlier;        /* personalize: versions that were trained before from this folder, newest first */
  ek_comparison *comparisons; size_t n_comparisons;
  ek_data_facts facts;
  int excluded_seen;                               /* what auto came to        */
  unsigned folds;
  char **warnings; size_t n_warnings;
} ek_train_result;

/* ---- deployment (personalize) ---- */

typedef struct ek_deploy_request { const ek_account *account; } ek_deploy_request;
typedef struct ek_deploy_result { char *campaign, *arn, *version_arn, *status; int created, updated; } ek_deploy_result;

typedef struct ek_engine_of_stages {
  const char *name;                                /* "local"                  */
  /* 0, or -1 and e. A refused import (violations that are errors) is -1 with code
   * "bad_data" and the list in the result; nothing was changed.              */
  int (*import)(const ek_import_request *, const ek_stage_watch *, ek_import_result *, ek_error *e);
  int (*train)(const ek_train_request *, const ek_stage_watch *, ek_train_result *, ek_error *e);
  int (*deploy)(const ek_deploy_request *, const ek_stage_watch *, ek_deploy_result *, ek_error *e);   /* NULL: local */
  /* kind: "dataset", "schema", "import", "solution", "version", "campaign", "recipe", or NULL
   * for all; name may be NULL; verify: checks every byte. Appends text, or JSON. */
  int (*describe)(const char *store, const char *group, const char *kind, const char *name, int verify, int json,
                  ek_text *out, ek_error *e);
  /* The account's view beside ours; NULL: local.                              */
  int (*describe_account)(const ek_account *, const char *kind, const char *name, int json, ek_text *out, ek_error *e);
} ek_engine_of_stages;

extern const ek_engine_of_stages ek_local_engine, ek_personalize_engine;

void ek_import_result_clear(ek_import_result *);
void ek_train_result_clear(ek_train_result *);
/* The arm of that name, or NULL.                                            */
const ek_arm_result *ek_train_find_arm(const ek_train_result *, const char *name);
void ek_deploy_result_clear(ek_deploy_result *);
ek_hyper ek_hyper_default(void);
const char *ek_recipe_name(enum ek_recipe);
int ek_recipe_by_name(const char *name, enum ek_recipe *out);    /* 1, or 0     */

#endif
