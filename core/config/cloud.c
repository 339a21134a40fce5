/* SPDX-License-Identifier: BSD-3-Clause */
/* What the engine personalize takes: recipes of the service, parameters passed through as
 * they are written, and what its keys say together.                         */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "config/check.h"
#include "config/value.h"

#define CONFIG "train.solution_config."
#define MOST_TEXT 1000u            /* of a parameter's value: the service's limit  */

int
ek_check_cloud(const ek_check *c)
{
  static const char *const keys[] = { "import.engine", "train.engine" };
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    const ek_node *n = ek_check_find(c, keys[i]);
    if (n && n->kind == EK_NODE_SCALAR && strcmp(n->text, "personalize") == 0)
      return 1;
  }
  return 0;
}

int
ek_cloud_name_ok(const char *text)
{
  size_t n = strlen(text);
  if (strncmp(text, "arn:", 4) != 0)
    return ek_value_name(text);
  for (const char *p = text; *p; p++)
    if (*p <= ' ' || *p > '~')
      return 0;
  return n <= 256 && strchr(text, '/') && text[n - 1] != '/';
}

/* ---- texts by name ------------------------------------------------------------------ */

static ek_pair *
pairs_of(ek_check *c, const ek_node *map, size_t *n)
{
  ek_pair *list = ek_mem_zero(map->n + 1, sizeof *list);
  *n = 0;
  for (const ek_node *k = map->first; k; k = k->next) {
    size_t before = ek_check_enter(c, k->key);
    if (!ek_node_null(k) && ek_check_scalar(c, k)) {
      if (strlen(k->text) > MOST_TEXT)
        ek_check_wrong(c, k, NULL, "the service takes at most 1,000 characters");
      list[(*n)++] = (ek_pair){ ek_mem_strdup(k->key), ek_mem_strdup(k->text), k->place };
    }
    ek_check_leave(c, before);
  }
  return list;
}

static void
free_pairs(ek_pair *list, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    free(list[i].name);
    free(list[i].value);
  }
  free(list);
}

void
ek_make_tags(ek_check *c, const ek_node *map)
{
  if (!ek_check_kind(c, map, EK_NODE_MAP, "it is a map of texts: {team: search}"))
    return;
  if (map->n > 50)
    ek_check_error(c, &map->place, "too_large", NULL, "'import.tags' has %zu tags; the service takes 50", map->n);
  c->s->import.tags = pairs_of(c, map, &c->s->import.n_tags);
}

static void
take_parameters(ek_check *c, const char *path, ek_pair **list, size_t *n)
{
  const ek_node *map = ek_check_find(c, path);
  if (!map || map->kind != EK_NODE_MAP)
    return;
  c->path.len = 0;
  ek_text_cstr(&c->path, path);
  *list = pairs_of(c, map, n);
  c->path.len = 0;
}

static void
take_columns(ek_check *c, const char *path, ek_columns_of **out, size_t *n)
{
  const ek_node *map = ek_check_find(c, path);
  if (!map || map->kind != EK_NODE_MAP)
    return;
  *out = ek_mem_zero(map->n + 1, sizeof **out);
  for (const ek_node *k = map->first; k; k = k->next) {
    if (k->kind != EK_NODE_LIST)
      continue;
    ek_columns_of *o = &(*out)[(*n)++];
    *o = (ek_columns_of){ .dataset = ek_mem_strdup(k->key), .columns = ek_mem_zero(k->n + 1, sizeof *o->columns), .place = k->place };
    for (const ek_node *e = k->first; e; e = e->next)
      if (e->kind == EK_NODE_SCALAR && e->text)
        o->columns[o->n++] = ek_mem_strdup(e->text);
  }
}

/* ---- recipes ---------------------------------------------------------------------------- */

static const char *const recipes[] = { "user-personalization", "user-personalization-v2", "personalized-ranking",
  "personalized-ranking-v2", "similar-items", "sims", "popularity-count", "trending-now", "semantic-similarity",
  "next-best-action", "item-affinity", "item-attribute-affinity", NULL };

/* "user-personalization" of "aws-user-personalization"; an ARN has none. */
static const char *
short_name(const char *recipe)
{
  if (strncmp(recipe, "arn:", 4) == 0)
    return NULL;
  return strncmp(recipe, "aws-", 4) == 0 ? recipe + 4 : recipe;
}

static void
check_recipe(ek_check *c)
{
  const ek_node *n = ek_check_find(c, "train.recipe");
  const char *name = short_name(c->s->train.recipe), *near;
  char shown[160], help[256];
  if (!n || !name)
    return;
  for (size_t i = 0; recipes[i]; i++)
    if (strcmp(recipes[i], name) == 0)
      return;
  ek_show(ek_cstr(c->s->train.recipe), shown, sizeof shown);
  near = ek_did_you_mean(name, recipes);
  if (strncmp(name, "hrnn", 4) == 0)
    ek_check_error(c, &n->place, "bad_recipe", "its successor is 'user-personalization-v2' (uses item metadata), or "
                   "'user-personalization' if you need perform_hpo", "recipe '%s' no longer exists at Amazon Personalize", shown);
  else if (ek_recipe_known(name))
    ek_check_error(c, &n->place, "bad_recipe", "the nearest of the service is 'user-personalization-v2'; 'enrichkit describe "
                   "recipe' tells what there is", "recipe '%s' is the local engine's, and the engine is personalize", shown);
  else {
    if (near)
      snprintf(help, sizeof help, "did you mean '%s'?", near);
    ek_check_error(c, &n->place, "bad_recipe", near ? help : "a recipe that is newer than this enrichkit is given as an ARN: "
                   "arn:aws:personalize:::recipe/aws-NAME", "Amazon Personalize has no recipe '%s' that this enrichkit knows", shown);
  }
}

static void
check_hpo(ek_check *c)
{
  const char *name = short_name(c->s->train.recipe);
  const ek_node *n = ek_check_find(c, "train.perform_hpo"), *config = ek_check_find(c, CONFIG "hpo_config");
  size_t len = name ? strlen(name) : 0;
  if (c->s->train.perform_hpo && n && len > 3 && strcmp(name + len - 3, "-v2") == 0)
    ek_check_error(c, &n->place, "bad_value", "leave it out, or use   recipe: user-personalization",
                   "recipe '%s' tunes itself: it takes no perform_hpo", c->s->train.recipe);
  if (config && !c->s->train.perform_hpo)
    ek_findings_warn(c->f, &config->key_place, "no_effect", "write   perform_hpo: true",
                     "'hpo_config' changes nothing without perform_hpo");
}

/* The recipe that took them is gone; with an ARN they pass. */
static void
check_coldstart(ek_check *c)
{
  const ek_node *map = ek_check_find(c, CONFIG "feature_transformation_parameters");
  if (!map || map->kind != EK_NODE_MAP || !short_name(c->s->train.recipe))
    return;
  for (const ek_node *k = map->first; k; k = k->next)
    if (strncmp(k->key, "cold_start_", 11) == 0 && !ek_node_null(k))
      ek_check_error(c, &k->key_place, "bad_value", "new items are a matter of deploy.campaign_config.item_exploration_config now",
                     "recipe '%s' has no '%s'", c->s->train.recipe, k->key);
}

/* ---- all together --------------------------------------------------------------------------- */

static int
check_agree(ek_check *c)
{
  const ek_settings *s = c->s;
  const ek_node *import = ek_check_find(c, "import.engine"), *train = ek_check_find(c, "train.engine");
  if (s->import.engine == s->train.engine)
    return 0;
  ek_check_error(c, train ? &train->place : import ? &import->place : NULL, "engines_differ",
                 "write the same in both; train.engine may be left out",
                 "'import.engine' is %s and 'train.engine' is %s: what one imports the other cannot train on",
                 s->import.engine ? "personalize" : "local", s->train.engine ? "personalize" : "local");
  return -1;
}

static void
need(ek_check *c, const char *value, const char *key, const char *help)
{
  const ek_node *n = ek_check_find(c, "import");
  char path[64];
  snprintf(path, sizeof path, "import.%s", key);
  const ek_node *given = ek_check_find(c, path);
  if (!value && !(given && given->problem))      /* that its ${} is not set is said already */
    ek_check_error(c, n ? &n->key_place : NULL, "missing_key", help, "engine personalize needs 'import.%s'", key);
}

/* The bucket of BUCKET/PREFIX. */
static int
bucket_ok(const char *s)
{
  size_t n = strcspn(s, "/");
  if (n < 3 || n > 63 || s[0] == '.' || s[0] == '-' || s[n - 1] == '.' || s[n - 1] == '-')
    return 0;
  return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") >= n;
}

/* arn:PARTITION:iam::ACCOUNT:role/NAME */
static int
role_ok(const char *s)
{
  if (strncmp(s, "arn:aws", 7) != 0)
    return 0;
  s += 4 + strcspn(s + 4, ":");
  if (strncmp(s, ":iam::", 6) != 0 || strspn(s + 6, "0123456789") != 12)
    return 0;
  s += 6 + 12;
  return strncmp(s, ":role/", 6) == 0 && s[6] && s[strlen(s) - 1] != '/';
}

static void
check_location(ek_check *c)
{
  const ek_node *n = ek_check_find(c, "import.data_location");
  const char *s = c->s->import.data_location;
  if (n && s && (strncmp(s, "s3://", 5) != 0 || !bucket_ok(s + 5))) {
    int named = strncmp(s, "s3://", 5) == 0 && s[5] && s[5] != '/';
    ek_text_cstr(&c->path, "import.data_location");
    ek_check_wrong(c, n, named ? "a bucket's name has 3 to 63 small letters, digits, dots and hyphens" : NULL,
                   "it is a bucket and a prefix: s3://BUCKET/PREFIX/");
    c->path.len = 0;
  }
  n = ek_check_find(c, "import.role_arn");
  s = c->s->import.role_arn;
  if (n && s && !role_ok(s)) {
    ek_text_cstr(&c->path, "import.role_arn");
    ek_check_wrong(c, n, strstr(s, ":user/") ? "this is a user's; Amazon Personalize takes a role: 'enrichkit policy --role' prints its policies" : NULL,
                   "it is the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME");
    c->path.len = 0;
  }
}

static void
check_arms(ek_check *c)
{
  const ek_node *arms = ek_check_find(c, "arms");
  if (arms && ek_check_given(arms))
    ek_check_error(c, &arms->key_place, "not_with_personalize", "compare arms with engine local, or make two runs and 'enrichkit compare' them",
                   "arms are the local engine's: each would need a data set group of its own");
}

static void
take_config(ek_check *c)
{
  ek_settings *s = c->s;
  const char *hpo = CONFIG "hpo_config.hpo_resource_config.";
  char path[160];
  take_parameters(c, CONFIG "algorithm_hyper_parameters", &s->train.parameters, &s->train.n_parameters);
  take_parameters(c, CONFIG "feature_transformation_parameters", &s->train.features, &s->train.n_features);
  take_columns(c, CONFIG "training_data_config.excluded_dataset_columns", &s->train.excluded, &s->train.n_excluded);
  take_columns(c, CONFIG "training_data_config.included_dataset_columns", &s->train.included, &s->train.n_included);
  s->train.event_value_threshold_given = ek_check_find(c, CONFIG "event_value_threshold") != NULL;
  /* What is not written is the service's to choose. */
  snprintf(path, sizeof path, "%smax_number_of_training_jobs", hpo);
  if (!ek_check_find(c, path))
    s->train.hpo.max_jobs = 0;
  snprintf(path, sizeof path, "%smax_parallel_training_jobs", hpo);
  if (!ek_check_find(c, path))
    s->train.hpo.max_parallel = 0;
  const ek_node *metric = ek_check_find(c, CONFIG "hpo_config.hpo_objective.metric_name");
  if (metric && metric->kind == EK_NODE_SCALAR)
    s->train.hpo_metric = ek_mem_strdup(metric->text);
}

void
ek_settle_cloud(ek_check *c)
{
  ek_settings *s = c->s;
  if (check_agree(c) < 0)
    return;                        /* what the rest should be is not known       */
  need(c, s->import.data_location, "data_location", "a bucket that the service may read: data_location: \"s3://BUCKET/PREFIX/\"");
  need(c, s->import.role_arn, "role_arn", "the role that the service takes to read it: role_arn: \"arn:aws:iam::ACCOUNT:role/NAME\"; "
       "'enrichkit policy --role' prints what it must be allowed");
  check_location(c);
  check_arms(c);
  if (s->sections.train) {
    check_recipe(c);
    check_hpo(c);
    check_coldstart(c);
  }
  take_config(c);
}

void
ek_free_cloud(ek_settings *s)
{
  ek_columns_of *columns[] = { s->train.excluded, s->train.included };
  size_t n[] = { s->train.n_excluded, s->train.n_included };
  for (int k = 0; k < 2; k++) {
    for (size_t i = 0; i < n[k]; i++) {
      for (size_t j = 0; j < columns[k][i].n; j++)
        free(columns[k][i].columns[j]);
      free(columns[k][i].columns);
      free(columns[k][i].dataset);
    }
    free(columns[k]);
  }
  free_pairs(s->import.tags, s->import.n_tags);
  free_pairs(s->train.parameters, s->train.n_parameters);
  free_pairs(s->train.features, s->train.n_features);
  free(s->train.hpo_metric);
  free(s->import.data_location);
  free(s->import.role_arn);
  free(s->import.kms_key_arn);
  free(s->deploy.campaign);
}
