/* SPDX-License-Identifier: BSD-3-Clause */
/* import and train: what their keys say together, and members of solution_config that are lists. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "config/check.h"
#include "config/yaml.h"

#define CONFIG "train.solution_config."

/* ---- events_config, training_data_config, report.dial ------------------------------------ */

void
ek_make_events(ek_check *c, const ek_node *list)
{
  size_t i = 0;
  if (!ek_check_kind(c, list, EK_NODE_LIST, "it is a list of events"))
    return;
  if (list->n > 1 && !ek_check_cloud(c)) {
    ek_check_error(c, &list->place, "not_local", "keep one of them, or leave it out: then all events count",
                   "'%s' has %zu events; the local engine takes one", ek_text_c(&c->path), list->n);
    return;
  }
  c->s->train.events = ek_mem_zero(list->n + 1, sizeof *c->s->train.events);
  for (const ek_node *n = list->first; n; n = n->next, i++) {
    size_t before = ek_check_enter_element(c, i, NULL);
    if (ek_check_kind(c, n, EK_NODE_MAP, "an event is a map: {event_type: purchase, weight: 1.0}")) {
      ek_event_settings *e = &c->s->train.events[c->s->train.n_events++];
      *e = (ek_event_settings){ .threshold = -HUGE_VAL, .weight = 1, .place = n->place };
      ek_check_map(c, n, CONFIG "events_config[]", e);
      const ek_node *type = ek_node_get(n, "event_type"), *weight = ek_node_get(n, "weight");
      if (!type || ek_node_null(type))
        ek_check_error(c, &n->place, "missing_key", NULL, "an event of events_config has no 'event_type'");
      if (weight && e->weight != 1 && !ek_check_cloud(c))
        ek_check_error(c, &weight->place, "not_local", "write 1.0, or leave it out",
                       "'%s.weight' is %.10g; for the local engine every event weighs 1.0", ek_text_c(&c->path),
                       e->weight);
    }
    ek_check_leave(c, before);
  }
}

static void
check_events(ek_check *c)
{
  ek_settings *s = c->s;
  const ek_node *n = ek_check_find(c, CONFIG "events_config");
  if (!s->train.n_events || !n || !s->train.events[0].event_type)
    return;
  if (s->train.event_type && strcmp(s->train.event_type, s->train.events[0].event_type) != 0)
    ek_check_error(c, &n->key_place, "said_twice", "keep one of them",
                   "events_config and train.event_type name different events");
  if (ek_check_find(c, CONFIG "event_value_threshold") && s->train.events[0].threshold != -HUGE_VAL)
    ek_check_error(c, &n->key_place, "said_twice", "keep one of them",
                   "events_config and solution_config.event_value_threshold both give a threshold");
}

static int
lists(const ek_node *columns, const char *column)
{
  for (const ek_node *n = columns ? columns->first : NULL; n; n = n->next)
    if (n->kind == EK_NODE_SCALAR && strcmp(n->text, column) == 0)
      return 1;
  return 0;
}

/* The engine trains on who, what, when and the labels; so only a choice among these
 * would change anything, and there are better words for that.               */
static void
check_columns(ek_check *c, const char *key, const ek_node *map, int excluded)
{
  const char *label = c->s->output.label_column;
  const ek_node *items = map && map->kind == EK_NODE_MAP ? ek_node_get(map, "Items") : NULL;
  if (!map || map->kind != EK_NODE_MAP)
    return;
  if (items && !ek_node_null(items) && lists(items, label) == excluded)
    ek_check_error(c, &items->place, "not_local", "for a model without labels write   recipe: base",
                   "'train.solution_config.training_data_config.%s' leaves out %s, which is all that the local engine reads of "
                   "Items", key, label);
  else if (map->n)
    ek_findings_warn(c->f, &map->key_place, "no_effect", "leave it out",
                     "'%s' changes nothing: the local engine reads ids, times and %s",
                     key, label);
}

void
ek_make_dataset_columns(ek_check *c, const ek_node *map)
{
  static const char *const kinds[] = { "Interactions", "Items", "Users", NULL };
  char help[64];
  if (!ek_check_kind(c, map, EK_NODE_MAP, "it is a map: {Items: [DESCRIPTION]}"))
    return;
  for (const ek_node *n = map->first; n; n = n->next) {
    size_t before = ek_check_enter(c, n->key), i = 0;
    const char *near = ek_did_you_mean(n->key, kinds);
    if (near)
      snprintf(help, sizeof help, "did you mean '%s'?", near);
    if (strcmp(n->key, kinds[0]) != 0 && strcmp(n->key, kinds[1]) != 0 && strcmp(n->key, kinds[2]) != 0) {
      char shown[160];
      ek_check_error(c, &n->key_place, "unknown_key", near ? help : NULL,
                     "there is no data set '%s'; there are Interactions, Items, Users",
                     ek_show(ek_cstr(n->key), shown, sizeof shown));
    } else if (!ek_node_null(n) && ek_check_kind(c, n, EK_NODE_LIST, "it is a list of columns"))
      for (const ek_node *e = n->first; e; e = e->next, i++) {
        size_t in = ek_check_enter_element(c, i, NULL);
        ek_check_scalar(c, e);
        ek_check_leave(c, in);
      }
    ek_check_leave(c, before);
  }
}

#define DIAL_MAX 16u

void
ek_make_dial(ek_check *c, const ek_key *k, const ek_node *list)
{
  size_t i = 0;
  if (!ek_check_kind(c, list, EK_NODE_LIST, "it is a list of values of nto: [0, 0.1]"))
    return;
  if (list->n > DIAL_MAX) {
    ek_check_error(c, &list->place, "too_large", NULL, "'%s' has %zu values; at most %u", ek_text_c(&c->path), list->n,
                   DIAL_MAX);
    return;
  }
  c->s->report.dial = ek_mem_zero(list->n ? list->n : 1, sizeof *c->s->report.dial);
  for (const ek_node *n = list->first; n; n = n->next, i++) {
    size_t before = ek_check_enter_element(c, i, NULL);
    double v = 0;
    if (ek_check_scalar(c, n) && ek_check_float(c, k, n, &v))
      c->s->report.dial[c->s->report.n_dial++] = v;
    ek_check_leave(c, before);
  }
}

static void
default_dial(ek_settings *s)
{
  const ek_key *k = ek_keys_find("report.dial");
  s->report.dial = ek_mem_zero(DIAL_MAX, sizeof *s->report.dial);
  for (unsigned i = 0; i < DIAL_MAX; i++) {
    ek_str choice = ek_keys_choice(k->def, i);
    if (!choice.len)
      return;
    s->report.dial[s->report.n_dial++] = strtod(choice.ptr, NULL);
  }
}

/* ---- all together --------------------------------------------------------------------------- */

static void
check_plain_files(ek_check *c)
{
  const ek_node *gzip = ek_check_find(c, "output.gzip");
  if (gzip && c->s->output.gzip && c->s->sections.import)
    ek_check_error(c, &gzip->place, "bad_value", "leave output.gzip out, or leave import and train out",
                   "'output.gzip' is true, and import reads plain CSV files alone");
}

/* 1 when both engines are local. */
static int
check_engines(ek_check *c)
{
  ek_settings *s = c->s;
  /* An engine that is written in one of the sections is meant for both. */
  if (s->train.engine < 0)
    s->train.engine = s->import.engine;
  else if (!ek_check_find(c, "import.engine"))
    s->import.engine = s->train.engine;
  int local = s->import.engine == EK_ENGINE_LOCAL && s->train.engine == EK_ENGINE_LOCAL;
  const ek_node *mode = ek_check_find(c, "train.training_mode"), *deploy = ek_check_find(c, "deploy");
  if (local && s->train.training_mode && mode)
    ek_check_error(c, &mode->place, "bad_value", "write FULL, or leave it out",
                   "'train.training_mode' is UPDATE: the local engine always trains anew");
  if (local && deploy && ek_check_given(deploy))
    ek_check_error(c, &deploy->key_place, "bad_value", "leave it out: 'enrichkit recommend' asks what was trained last",
                   "'deploy' is the engine personalize's, and the engine is local");
  return local;
}

static void
check_coldstart(ek_check *c)
{
  static const char *const keys[] = { "cold_start_max_duration", "cold_start_max_interactions",
                                      "cold_start_relative_from" };
  int has = strcmp(c->s->train.recipe, "coldstart") == 0;
  for (size_t i = 0; i < c->s->n_arms; i++)
    has |= strcmp(c->s->arms[i].recipe, "coldstart") == 0;
  for (size_t i = 0; i < sizeof keys / sizeof *keys && !has; i++) {
    char path[160];
    snprintf(path, sizeof path, CONFIG "feature_transformation_parameters.%s", keys[i]);
    const ek_node *n = ek_check_find(c, path);
    if (n)
      ek_check_error(c, &n->key_place, "bad_value",
                     "use   recipe: coldstart; with a recipe of the service new items are a "
                     "matter of deploy.campaign_config.item_exploration_config",
                     "recipe '%s' has no '%s'", c->s->train.recipe, keys[i]);
  }
}

static void
check_evaluation(ek_check *c)
{
  ek_settings *s = c->s;
  const ek_node *fold = ek_check_find(c, "train.evaluation.fold");
  if (!s->train.evaluation.folds)
    s->train.evaluation.folds = s->n_arms ? 10 : 1;
  if (fold && s->train.evaluation.folds == 10 && !c->f->errors)
    ek_findings_warn(c->f, &fold->key_place, "no_effect", "leave it out, or write   folds: 1",
                     "'train.evaluation.fold' changes nothing: all ten folds are tested");
}

static void
check_hpo(ek_check *c)
{
  const ek_node *n = ek_check_find(c, CONFIG "hpo_config");
  const char *path = "train.solution_config.feature_transformation_parameters.min_user_history_length_percentile";
  if (n && !c->s->train.perform_hpo)
    ek_findings_warn(c->f, &n->key_place, "no_effect", "write   perform_hpo: true",
                     "'hpo_config' changes nothing without perform_hpo");
  if (c->s->train.min_history > c->s->train.max_history && (n = ek_check_find(c, path)))
    ek_check_error(c, &n->place, "bad_value", "swap them",
                   "min_user_history_length_percentile is greater than max_user_history_length_percentile");
}

static char *
joined(const char *a, const char *between, const char *b)
{
  ek_text t = { 0 };
  ek_text_printf(&t, "%s%s%s", a, between, b);
  char *text = ek_mem_strdup(ek_text_c(&t));
  ek_text_free(&t);
  return text;
}

void
ek_settings_set_out(ek_settings *s, const char *dir)
{
  /* As it was typed, for messages; but --out=~/x is not the shell's. */
  int home = dir[0] == '~' && (!dir[1] || dir[1] == '/');
  char *own = home ? ek_path_resolve("/", dir) : ek_mem_strdup(dir);
  free(s->output.dir);
  s->output.dir = own;
  if (s->import.store_given)
    return;
  free(s->import.store);
  s->import.store = joined(own, *own && own[strlen(own) - 1] == '/' ? "" : "/", "store");
}

static void
set_names(ek_settings *s)
{
  s->import.store_given = s->import.store != NULL;
  if (!s->import.store && s->output.dir)
    s->import.store = joined(s->output.dir, s->output.dir[strlen(s->output.dir) - 1] == '/' ? "" : "/", "store");
  if (!s->import.dataset_group)
    s->import.dataset_group = ek_mem_strdup(s->name);
  if (!s->deploy.campaign)
    s->deploy.campaign = ek_mem_strdup(s->name);
  s->train.solution_given = s->train.solution != NULL;
  if (!s->train.solution) {
    const char *slash = strrchr(s->train.recipe, '/');       /* of an ARN */
    s->train.solution = joined(s->name, "-", slash ? slash + 1 : s->train.recipe);
  }
}

void
ek_settle_stages(ek_check *c)
{
  ek_settings *s = c->s;
  const ek_node *columns = ek_check_find(c, CONFIG "training_data_config"), *recipe = ek_check_find(c, "train.recipe");
  int local = check_engines(c);
  if (!s->train.recipe)
    s->train.recipe = ek_mem_strdup(local ? "metadata" : "user-personalization-v2");
  if (local && recipe)
    ek_check_recipe(c, recipe, s->train.recipe);
  ek_make_arms(c);
  if (!s->report.dial)
    default_dial(s);
  check_evaluation(c);
  set_names(s);
  check_plain_files(c);
  if (!local)
    ek_settle_cloud(c);
  if (!local || c->f->errors)
    return;
  ek_check_hyper(c);
  check_coldstart(c);
  check_hpo(c);
  check_events(c);
  if (columns) {
    check_columns(c, "excluded_dataset_columns", ek_node_get(columns, "excluded_dataset_columns"), 1);
    check_columns(c, "included_dataset_columns", ek_node_get(columns, "included_dataset_columns"), 0);
  }
}

void
ek_free_stages(ek_settings *s)
{
  for (int kind = 0; kind < EK_RANGE_KINDS; kind++) {
    for (size_t i = 0; i < s->train.hpo.n_ranges[kind]; i++) {
      ek_range_settings *r = &s->train.hpo.ranges[kind][i];
      for (size_t k = 0; k < r->n_values; k++)
        free(r->values[k]);
      free(r->values);
      free(r->tries);
      free(r->name);
    }
    free(s->train.hpo.ranges[kind]);
  }
  for (size_t i = 0; i < s->train.n_events; i++)
    free(s->train.events[i].event_type);
  free(s->train.events);
  for (size_t i = 0; i < s->n_arms; i++) {
    free(s->arms[i].name);
    free(s->arms[i].recipe);
  }
  free(s->arms);
  free(s->import.dataset_group);
  free(s->import.store);
  free(s->train.recipe);
  free(s->train.solution);
  free(s->train.event_type);
  free(s->report.dial);
}
