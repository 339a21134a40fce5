/* SPDX-License-Identifier: BSD-3-Clause */
/* config/settings.h - a run's configuration, validated and typed.
 *
 * Made by ek_settings_make() from the tree through the option tables; plugin
 * options stay nodes (their tables are the plugins', plugin/options.h types
 * them). Read-only afterwards: may be shared by all threads.                */
#ifndef EK_CONFIG_SETTINGS_H
#define EK_CONFIG_SETTINGS_H
#include <stddef.h>
#include <stdint.h>
#include "config/findings.h"
#include "config/tree.h"
#include "config/value.h"
#include "base/text.h"

enum ek_format { EK_FORMAT_AUTO, EK_FORMAT_JSONL, EK_FORMAT_JSON, EK_FORMAT_LOOSE, EK_FORMAT_CSV };
enum ek_pick { EK_PICK_NON_EMPTY, EK_PICK_PRESENT };
enum ek_time_unit { EK_TIME_AUTO, EK_TIME_S, EK_TIME_MS };
enum ek_duplicates { EK_DUP_FIRST, EK_DUP_LAST, EK_DUP_ALL, EK_DUP_REFUSE };
enum ek_record_kind { EK_ITEMS, EK_INTERACTIONS, EK_USERS, EK_RECORD_KINDS };

typedef struct ek_paths { char **list; size_t n; const ek_node *node; } ek_paths; /* absolute or "-" */

/* One named field and where to look for it, in order. */
typedef struct ek_field_rule {
  char *name;                    /* "id", "category", "sub"                   */
  char **paths; size_t n_paths;  /* "imageURL", "images[].hi_res", "=review"  */
  ek_place place;
} ek_field_rule;
typedef struct ek_field_rules { ek_field_rule *list; size_t n; } ek_field_rules;

enum ek_column_type { EK_COL_STRING, EK_COL_INT, EK_COL_LONG, EK_COL_FLOAT, EK_COL_DOUBLE,
                      EK_COL_BOOLEAN, EK_COL_TIMESTAMP };
typedef struct ek_column {
  char *name, *field;
  enum ek_column_type type;
  int nullable, categorical, textual;
  ek_place place;
} ek_column;

enum ek_when { EK_WHEN_ALWAYS, EK_WHEN_FEWER };     /* no_labels is "fewer than 1" */
enum ek_on_error { EK_ON_ERROR_REJECT, EK_ON_ERROR_CONTINUE, EK_ON_ERROR_STOP };

enum ek_cache_use { EK_USE_CACHE_READ_WRITE, EK_USE_CACHE_READ, EK_USE_CACHE_NONE };   /* as store/exchange.h */

enum ek_budget_kind { EK_BUDGET_UNSET, EK_BUDGET_NONE, EK_BUDGET_MONEY };
typedef struct ek_budget { enum ek_budget_kind kind; ek_money money; ek_place place; } ek_budget;
typedef struct ek_price { char *meter; ek_money money; ek_place place; } ek_price;
/* per_second 0: no limit. burst 0: one second's worth, at least 1.           */
typedef struct ek_rate { char *name; double per_second; unsigned burst; int adapt; ek_place place; } ek_rate;

typedef struct ek_step_settings {
  char *plugin, *name;
  const ek_node *node, *options; /* options: a map or NULL                    */
  ek_place place;                /* of the plugin's name                      */
  enum ek_when when; unsigned fewer_than;
  enum ek_on_error on_error;
  double floor;
  unsigned batch;                /* 0: what the plugin offers                 */
  int64_t timeout_ns;
  struct { unsigned attempts; int64_t first_delay_ns, max_delay_ns; double max_share; } retry;
  int cache;                     /* as written; -1: by lane (network: true)   */
  unsigned workers; int workers_given; ek_place workers_place;     /* calls in flight, of steps that leave the machine */
  ek_rate rate;                  /* its own, or as of its name in rates; adapt 1 in either case where no limit is set */
  int rate_named;                /* rate.name is a bucket shared with other steps */
  ek_price *prices; size_t n_prices;
  ek_budget budget;
} ek_step_settings;

enum ek_bar { EK_BAR_SPLIT, EK_BAR_REPLACE, EK_BAR_DROP, EK_BAR_KEEP };
typedef struct ek_alias { char *from, *to; } ek_alias;       /* to "": drop      */
typedef struct ek_clean_settings {
  int control, entities, tags, whitespace, sentences, neighbours, case_duplicates;
  enum ek_bar bar;
  unsigned max_length;           /* characters; 0: no limit                   */
  ek_alias *aliases; size_t n_aliases;
  char **stop; size_t n_stop;
} ek_clean_settings;

enum ek_strategy { EK_MERGE_UNION, EK_MERGE_FIRST, EK_MERGE_VOTE, EK_MERGE_CONFIDENCE };
enum ek_parents { EK_PARENTS_NONE, EK_PARENTS_APPEND, EK_PARENTS_ONLY };
typedef struct ek_merge_settings {
  enum ek_strategy strategy; unsigned votes;
  enum ek_parents parents;
  unsigned max_labels, max_chars;                   /* 0: no limit              */
} ek_merge_settings;

enum ek_csv_style { EK_CSV_PERSONALIZE, EK_CSV_RFC4180 };
enum ek_quote { EK_QUOTE_MINIMAL, EK_QUOTE_ALL };
enum ek_no_labels { EK_NO_LABELS_EMPTY, EK_NO_LABELS_DROP, EK_NO_LABELS_REQUIRED };

typedef struct ek_pair { char *name, *value; ek_place place; } ek_pair;
typedef struct ek_columns_of { char *dataset; char **columns; size_t n; ek_place place; } ek_columns_of;   /* "Items" */

/* ---- the stages behind enrich; recipes and hyperparameters by the service's names ---- */

enum ek_engine { EK_ENGINE_LOCAL, EK_ENGINE_PERSONALIZE };
enum ek_exclude_seen { EK_SEEN_AUTO, EK_SEEN_TRUE, EK_SEEN_FALSE };

typedef struct ek_hyper_settings {
  double pair_decay, back, nfrom, nto, hist_decay, content, pop_exp, boost;
  unsigned window, topk, max_cats;
} ek_hyper_settings;

/* One range of the search as written, and the values that are tried. */
typedef struct ek_range_settings {
  char *name;                    /* as written                                */
  const char *hyper;             /* what it stands for: "window" for bptt     */
  unsigned int_min, int_max; double min, max;
  char **values; size_t n_values;                   /* categorical            */
  double *tries; size_t n_tries;
  ek_place place;
} ek_range_settings;
enum ek_range_kind { EK_RANGE_INTEGER, EK_RANGE_CONTINUOUS, EK_RANGE_CATEGORICAL, EK_RANGE_KINDS };
typedef struct ek_event_settings { char *event_type; double threshold, weight; ek_place place; } ek_event_settings;

/* A named subset of the chain's steps. */
typedef struct ek_arm_settings {
  char *name;
  uint64_t steps;                /* bit i: chain[i]                           */
  ek_merge_settings merge;
  char *recipe;                  /* "metadata", ...                           */
  ek_place place;                /* of its steps                              */
} ek_arm_settings;

typedef struct ek_settings {
  const ek_conf_tree *tree;
  int version; char *name;
  struct {
    ek_paths inputs[EK_RECORD_KINDS];
    enum ek_format format; char delimiter;          /* 0: auto                 */
    enum ek_pick pick; enum ek_time_unit time_unit; enum ek_duplicates duplicates;
    ek_field_rules fields[EK_RECORD_KINDS];         /* defaults merged in      */
    ek_column *columns[EK_RECORD_KINDS]; size_t n_columns[EK_RECORD_KINDS];
  } catalog;
  ek_step_settings *chain; size_t n_steps;
  ek_clean_settings clean;
  ek_merge_settings merge;
  struct { char *dir, *label_column; enum ek_csv_style csv; enum ek_quote quote;
           int gzip; enum ek_no_labels no_labels; int labels; } output;
  struct { unsigned threads;                        /* >= 1                    */
           double max_reject_share; int64_t max_reject_count;      /* share < 0: count */
           unsigned window; ek_budget budget; } run;
  ek_rate *rates; size_t n_rates;
  struct { unsigned workers; ek_rate rate; int64_t timeout_ns, max_bytes; unsigned max_side;
           int upgrade_https, full_size; } images;
  struct { char **allow; size_t n_allow; char *proxy, *ca_bundle; int64_t connect_timeout_ns; unsigned max_redirects;
           char *record, *replay; } network;
  struct { char *path; int64_t max_size, max_age_ns; int mode; } cache;   /* path resolved: ENRICHKIT_CACHE, XDG_CACHE_HOME, HOME */
  struct { char *region, *profile, *endpoint_url; } aws;
  struct { char **list; size_t n; } plugin_path;
  struct { int import, train, deploy, arms; } sections;   /* written in the file; import with train too */
  struct { int engine; char *dataset_group, *store; int store_given, import_mode, on_schema_change;
           unsigned min_interactions;
           /* personalize */
           char *data_location, *role_arn, *kms_key_arn; int64_t timeout_ns;
           ek_pair *tags; size_t n_tags; } import;
  struct {
    int engine, perform_hpo, training_mode;
    char *recipe, *solution, *event_type;           /* event_type NULL: all    */
    int solution_given;
    double event_value_threshold;                   /* -HUGE_VAL: all          */
    struct { unsigned folds, fold; int exclude_seen; } evaluation;
    ek_hyper_settings hyper;
    double min_history, max_history;                /* percentiles, 0..1       */
    struct { double max_duration; unsigned max_interactions; int relative_from; } coldstart;   /* days; 0 currentTime */
    struct { int objective; unsigned max_jobs, max_parallel;
             ek_range_settings *ranges[EK_RANGE_KINDS]; size_t n_ranges[EK_RANGE_KINDS]; } hpo;
    ek_event_settings *events; size_t n_events;     /* local takes at most one */
    /* personalize: what the API takes, as written, typed and checked by config/cloud.c */
    int perform_auto_training; int64_t timeout_ns;
    ek_pair *parameters, *features; size_t n_parameters, n_features;   /* algorithm_hyper_parameters, feature_transformation_parameters */
    int event_value_threshold_given, objective_given;
    char *hpo_metric;
    ek_columns_of *excluded, *included; size_t n_excluded, n_included; /* training_data_config */
  } train;
  struct { char *campaign; int campaign_given; unsigned min_provisioned_tps; int canary; int64_t timeout_ns;
           double exploration_weight, exploration_item_age_cut_off;     /* < 0: not given */
           int enable_metadata; } deploy;
  struct { unsigned max_batch; int64_t max_wait_ns; double rate; } live;
  ek_arm_settings *arms; size_t n_arms;
  struct { int html; unsigned top_labels; double *dial; size_t n_dial; } report;
} ek_settings;

/* Types and checks the whole tree; every error goes to f (reserved keys of a
 * later part of the program too: "comes with the X stage, which this build
 * lacks"). NULL when f holds any error, earlier ones of the tree included;
 * warnings alone do not fail. The tree must outlive the settings.           */
ek_settings *ek_settings_make(const ek_conf_tree *, ek_findings *f);
void ek_settings_free(ek_settings *);

/* Another output folder (an option of a command), and the store in it unless
 * import.store was given.                                                   */
void ek_settings_set_out(ek_settings *, const char *dir);

/* What the amounts of a step are in: its budget's currency, the run's, its prices', else USD. */
const char *ek_settings_currency(const ek_settings *, size_t step);

/* At least one of catalog.items and catalog.interactions, which `run` and `check`
 * need and a filter does not. 0, or -1 and a finding.                       */
int ek_settings_need_input(const ek_settings *, ek_findings *f);

/* The whole configuration as resolved, as YAML that reads back as the same
 * settings, in the order of the reference, paths absolute. kind(arg, step, option)
 * tells what a plugin's option is (NULL: all plain): a secret is written as the
 * ${NAME} or ${file:PATH} that it came from, else as "***"; a path as an absolute one. For `check --print` and run.yaml. */
enum ek_option_kind { EK_OPTION_PLAIN = 0, EK_OPTION_SECRET = 1, EK_OPTION_PATH = 2 };
void ek_settings_print(const ek_settings *, int (*kind)(void *arg, size_t step, const char *option),
                       void *arg, ek_text *out);
/* JSON Schema (2020-12) of the file for editors, from the same tables.      */
void ek_settings_schema(ek_text *out);

#endif
