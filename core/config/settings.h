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
  int cache;                     /* [network] as written or default; -1: by lane */
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
           double max_reject_share; int64_t max_reject_count; } run; /* share < 0: count */
  struct { char **list; size_t n; } plugin_path;
  struct { int import, train, deploy, arms; } sections;   /* written in the file */
  struct { int html; unsigned top_labels; } report;
} ek_settings;

/* Types and checks the whole tree; every error goes to f (reserved keys of a
 * later part of the program too: "comes with the X stage, which this build
 * lacks"). NULL when f holds any error, earlier ones of the tree included;
 * warnings alone do not fail. The tree must outlive the settings.           */
ek_settings *ek_settings_make(const ek_conf_tree *, ek_findings *f);
void ek_settings_free(ek_settings *);

/* At least one of catalog.items and catalog.interactions, which `run` and `check`
 * need and a filter does not. 0, or -1 and a finding.                       */
int ek_settings_need_input(const ek_settings *, ek_findings *f);

/* The whole configuration as resolved, as YAML that reads back as the same
 * settings, in the order of the reference, paths absolute. kind(arg, step, option)
 * tells what a plugin's option is (NULL: all plain): a secret is written as "***",
 * whatever it came from; a path as an absolute one. For `check --print` and run.yaml. */
enum ek_option_kind { EK_OPTION_PLAIN = 0, EK_OPTION_SECRET = 1, EK_OPTION_PATH = 2 };
void ek_settings_print(const ek_settings *, int (*kind)(void *arg, size_t step, const char *option),
                       void *arg, ek_text *out);
/* JSON Schema (2020-12) of the file for editors, from the same tables.      */
void ek_settings_schema(ek_text *out);

#endif
