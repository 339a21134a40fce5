/* SPDX-License-Identifier: BSD-3-Clause */
/* The recipes of the local engine, and which hyperparameters each has. */
#include <stdio.h>
#include <string.h>
#include "config/check.h"

static const char *const recipes[] = { "base", "metadata", "coldstart", "popularity", NULL };

int
ek_recipe_known(const char *name)
{
  for (size_t i = 0; recipes[i]; i++)
    if (strcmp(recipes[i], name) == 0)
      return 1;
  return 0;
}

int
ek_recipe_has(const char *recipe, const char *hyper)
{
  static const char *const of_categories[] = { "content", "pop_exp", "boost", "max_cats" };
  if (strcmp(recipe, "popularity") == 0)
    return 0;
  for (size_t i = 0; strcmp(recipe, "base") == 0 && i < sizeof of_categories / sizeof *of_categories; i++)
    if (strcmp(hyper, of_categories[i]) == 0)
      return 0;
  return 1;
}

int
ek_recipes_include(const ek_settings *s, const char *recipe)
{
  int yes = strcmp(s->train.recipe, recipe) == 0;
  for (size_t i = 0; i < s->n_arms; i++)
    yes |= strcmp(s->arms[i].recipe, recipe) == 0;
  return yes;
}

int
ek_recipes_have(const ek_settings *s, const char *hyper)
{
  int has = ek_recipe_has(s->train.recipe, hyper);
  for (size_t i = 0; i < s->n_arms; i++)
    has |= ek_recipe_has(s->arms[i].recipe, hyper);
  return has;
}

/* The service has these, or had them. */
static const char *
local_like(const char *recipe)
{
  static const char *const list[][2] = {
    { "user-personalization", "metadata" }, { "user-personalization-v2", "metadata" },
    { "personalized-ranking", "metadata" },
    { "personalized-ranking-v2", "metadata" }, { "similar-items", "metadata" }, { "sims", "base" },
    { "popularity-count", "popularity" }, { "trending-now", "popularity" }, { "semantic-similarity", "metadata" },
    { "next-best-action", "metadata" }, { "item-affinity", "metadata" }, { "item-attribute-affinity", "metadata" },
  };
  const char *slash = strrchr(recipe, '/'), *name = slash ? slash + 1 : recipe;
  if (strncmp(name, "aws-", 4) == 0)
    name += 4;
  for (size_t i = 0; i < sizeof list / sizeof *list; i++)
    if (strcmp(list[i][0], name) == 0)
      return list[i][1];
  return strncmp(recipe, "arn:", 4) == 0 || strncmp(recipe, "aws-", 4) == 0 ? "metadata" : NULL;
}

static int
is_legacy(const char *recipe)
{
  const char *slash = strrchr(recipe, '/'), *name = slash ? slash + 1 : recipe;
  if (strncmp(name, "aws-", 4) == 0)
    name += 4;
  return strcmp(name, "hrnn") == 0 || strcmp(name, "hrnn-metadata") == 0 || strcmp(name, "hrnn-coldstart") == 0;
}

void
ek_check_recipe(ek_check *c, const ek_node *n, const char *recipe)
{
  char shown[160], help[256];
  if (ek_recipe_known(recipe) || !n)
    return;
  ek_show(ek_cstr(recipe), shown, sizeof shown);
  const char *like = local_like(recipe), *near = ek_did_you_mean(recipe, recipes);
  if (is_legacy(recipe)) {
    snprintf(help, sizeof help, "its successor is 'user-personalization-v2' (uses item metadata), or 'user-personalization' "
             "if you need perform_hpo; engine local has '%s'",
             strstr(recipe, "coldstart") ? "coldstart" : strstr(recipe, "metadata") ? "metadata" : "base");
    ek_check_error(c, &n->place, "bad_recipe", help, "recipe '%s' no longer exists at Amazon Personalize", shown);
  } else if (like) {
    snprintf(help, sizeof help, "here the nearest is '%s'; 'enrichkit describe recipe' tells what there is", like);
    ek_check_error(c, &n->place, "bad_recipe", help, "recipe '%s' is Amazon Personalize's, and the engine is local",
                   shown);
  } else {
    if (near)
      snprintf(help, sizeof help, "did you mean '%s'?", near);
    ek_check_error(c, &n->place, "bad_recipe", near ? help : NULL,
                   "there is no recipe '%s'; it is one of base, metadata, coldstart, popularity", shown);
  }
}
