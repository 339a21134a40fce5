/* SPDX-License-Identifier: BSD-3-Clause */
/* config/check.h - walks the tree along the option table; for config/ alone.
 *
 * A pattern is the table's way to write where a key is ("chain[].floor"), the
 * path is this file's ("chain[image].floor", as --set would write it).      */
#ifndef EK_CONFIG_CHECK_H
#define EK_CONFIG_CHECK_H
#include "base/text.h"
#include "config/keys.h"
#include "config/settings.h"

typedef struct ek_check {
  const ek_conf_tree *tree;
  ek_settings *s;
  ek_findings *f;
  ek_text path;
} ek_check;

/* Checks a value at a pattern and stores what the table stores, relative to base
 * (the settings, a step, a column).                                         */
void ek_check_value(ek_check *, const ek_node *, const char *pattern, void *base);
/* The keys of a map, each with ek_check_value. */
void ek_check_map(ek_check *, const ek_node *map, const char *pattern, void *base);
/* Stores the defaults of all rows directly in the struct at base: prefix is "" for
 * the settings, "chain[]." and so on for what is in lists.                  */
void ek_check_defaults(ek_check *, const char *prefix, void *base);

/* Stores one text as its row says. */
void ek_check_store(ek_check *, const ek_key *, const ek_node *, void *base);
/* A number in the row's range: 1 and *out; else 0, and the finding is made.  */
int ek_check_float(ek_check *, const ek_key *, const ek_node *, double *out);

/* Adds to the path; the length before, to go back to. */
size_t ek_check_enter(ek_check *, const char *key);             /* .key          */
size_t ek_check_enter_element(ek_check *, size_t i, const char *name);   /* [i] or [name] */
void ek_check_leave(ek_check *, size_t before);

/* 1: a single text that could be expanded; else 0, and the finding is made. */
int ek_check_scalar(ek_check *, const ek_node *);
/* 1 when of that kind; null is none of them. Else 0 and a finding.          */
int ek_check_kind(ek_check *, const ek_node *, enum ek_node_kind, const char *expected);
/* "'run.threads' is 0; it goes from 1 to 1024": expected is the second half. */
void ek_check_wrong(ek_check *, const ek_node *, const char *help, const char *expected);
/* Something else about the value at the path; fmt is the whole message.     */
void ek_check_error(ek_check *, const ek_place *, const char *code, const char *help, const char *fmt, ...)
  __attribute__((format(printf, 5, 6)));
/* A path-typed text as an absolute path; NULL and a finding for "" and "-". */
char *ek_check_path(ek_check *, const ek_node *);
/* Is anything said at or below the node? Nulls say nothing.                 */
int ek_check_given(const ek_node *);
/* The node at a path of names ("train.evaluation.fold"), or NULL; nulls are none. */
const ek_node *ek_check_find(const ek_check *, const char *path);

/* Of the types with functions of their own. */
void ek_make_inputs(ek_check *, const ek_node *, enum ek_record_kind);
void ek_make_rules(ek_check *, const ek_node *map, enum ek_record_kind);
void ek_make_default_rules(ek_check *);
void ek_make_columns(ek_check *, const ek_node *list, enum ek_record_kind);
void ek_make_steps(ek_check *, const ek_node *list);
void ek_make_default_steps(ek_check *);
void ek_make_when(ek_check *, const ek_node *, ek_step_settings *);
void ek_make_aliases(ek_check *, const ek_node *);
void ek_make_stop(ek_check *, const ek_node *);

/* network.c: rates, prices, budgets, and what the keys of the network stage say together. */
void ek_make_rate(ek_check *, const ek_node *, ek_rate *);
void ek_make_rates(ek_check *, const ek_node *map);
void ek_make_prices(ek_check *, const ek_node *map, ek_step_settings *);
void ek_make_budget(ek_check *, const ek_node *, ek_budget *);
void ek_make_allow(ek_check *, const ek_node *list);
void ek_make_proxy(ek_check *, const ek_node *, char **out);
void ek_make_url(ek_check *, const ek_node *, char **out);
void ek_settle_network(ek_check *);
void ek_free_network(ek_settings *);

/* cloud.c: the engine personalize. */
int ek_check_cloud(const ek_check *);          /* 1: one of the engines is personalize */
/* 1: a name or an ARN as the service takes them.                             */
int ek_cloud_name_ok(const char *text);
void ek_make_tags(ek_check *, const ek_node *map);
void ek_settle_cloud(ek_check *);
void ek_free_cloud(ek_settings *);

/* import, train, arms and report.dial: train.c, arms.c, recipes.c. */
void ek_make_same(ek_check *, const ek_key *, const ek_node *);
void ek_make_recency(ek_check *, const ek_node *);
void ek_make_ranges(ek_check *, const ek_node *list, enum ek_range_kind);
void ek_make_values(ek_check *, const ek_node *list, ek_range_settings *);
void ek_make_events(ek_check *, const ek_node *list);
void ek_make_dataset_columns(ek_check *, const ek_node *map);
void ek_make_dial(ek_check *, const ek_key *, const ek_node *list);
void ek_make_arms(ek_check *);
void ek_make_arm_steps(ek_check *, const ek_node *list, ek_arm_settings *);
/* Defaults that come from other keys, and what the keys say together.       */
void ek_settle_stages(ek_check *);
void ek_free_stages(ek_settings *);
int ek_recipe_known(const char *name);
int ek_recipe_has(const char *recipe, const char *hyper);
/* Of all recipes that would be trained, those of the arms included.          */
int ek_recipes_include(const ek_settings *, const char *recipe);
int ek_recipes_have(const ek_settings *, const char *hyper);
/* A finding where the local engine has no such recipe. n NULL: nothing.     */
void ek_check_recipe(ek_check *, const ek_node *n, const char *recipe);

/* "chain.yaml" for the settings, "step 'image'" and so on: for unknown keys. */
void ek_check_unknown(ek_check *, const ek_node *child, const char *pattern, const ek_step_settings *step);

/* What the parameters of the file say together with its recipes.             */
void ek_check_hyper(ek_check *);
extern const char *const ek_range_names[EK_RANGE_KINDS];
extern const char *const ek_kind_names[EK_RECORD_KINDS];        /* "items", ...  */

#endif
