/* SPDX-License-Identifier: BSD-3-Clause */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "stage/personalize/account.h"
#include "stage/personalize/resources.h"

int
ek_pz_recipe(const char *written, char arn[EK_ARN], ek_error *e)
{
  const char *name = written;
  char shown[160];
  if (strncmp(written, "arn:", 4) == 0) {
    if (strlen(written) >= EK_ARN)
      return ek_fail(e, EK_EXIT_REFUSED, "bad_recipe", "train.recipe is longer than an ARN can be");
    snprintf(arn, EK_ARN, "%s", written);
    return 0;
  }
  if (strncmp(name, "aws-", 4) == 0)
    name += 4;
  if (strlen(name) > 200)
    return ek_fail(e, EK_EXIT_REFUSED, "bad_recipe", "there is no recipe '%s'", ek_show(ek_cstr(written), shown, sizeof shown));
  snprintf(arn, EK_ARN, "arn:aws:personalize:::recipe/aws-%s", name);
  return 0;
}

/* ---- what there is: enrichkit describe recipe ------------------------------------------------- */

#define AS_WRITTEN "perform_hpo, solution_config and campaign_config go out as written"
#define TUNES_ITSELF "perform_hpo is refused: it tunes itself; solution_config and campaign_config go out as written"
#define ASK_USER "recommend --user"
#define ASK_ITEMS "recommend --items"
#define ASK_RANKING "not by recommend: GetPersonalizedRanking is another question"
#define ASK_SEGMENTS "not by recommend: user segments are batch jobs of the service"

typedef struct recipe { const char *name, *what, *passed, *asked; } recipe;

/* facts, 3.6; the configuration knows the same names (config/cloud.c). */
static const recipe recipes[] = {
  { "user-personalization-v2",
    "items for a user; transformer, up to 5 million items, item metadata; new items get little exploration",
    TUNES_ITSELF, ASK_USER },
  { "user-personalization",
    "items for a user; item and user metadata, texts; new items are explored, and taken up every two hours",
    "perform_hpo over hidden_dimension 32..256, bptt 2..32, recency_mask; campaign_config.item_exploration_config: "
    "exploration_weight (0.3), exploration_item_age_cut_off (30 days)", ASK_USER },
  { "personalized-ranking-v2", "a given list in the order for a user; transformer, up to 5 million items",
    TUNES_ITSELF, ASK_RANKING },
  { "personalized-ranking", "a given list in the order for a user", AS_WRITTEN, ASK_RANKING },
  { "similar-items", "items like an item, by use and item metadata", AS_WRITTEN, ASK_ITEMS },
  { "sims", "items used with an item; no metadata", AS_WRITTEN, ASK_ITEMS },
  { "popularity-count", "what is used most; the yardstick for the metrics of others", AS_WRITTEN, ASK_USER },
  { "trending-now", "what gains most at the moment", AS_WRITTEN, ASK_USER },
  { "semantic-similarity",
    "items that mean the same; wants a name of the item (itemName) and a textual column in the schema of items",
    AS_WRITTEN, ASK_ITEMS },
  { "next-best-action", "actions for a user; wants data sets of actions, which enrichkit does not import", AS_WRITTEN,
    "not by recommend: GetActionRecommendations is another question" },
  { "item-affinity", "users for items", AS_WRITTEN, ASK_SEGMENTS },
  { "item-attribute-affinity", "users for attributes of items", AS_WRITTEN, ASK_SEGMENTS },
};
#define N_RECIPES (sizeof recipes / sizeof *recipes)

static const char *const always =
  "Each: recipeArn, datasetGroupArn, performAutoTraining false unless train.perform_auto_training, eventType if "
  "train.event_type.\nA recipe that is not listed is given as an ARN. The service's own view: aws personalize "
  "list-recipes\n";

static const recipe *
find_recipe(const char *name)
{
  for (size_t i = 0; i < N_RECIPES; i++)
    if (strcmp(recipes[i].name, strncmp(name, "aws-", 4) == 0 ? name + 4 : name) == 0)
      return &recipes[i];
  return NULL;
}

static void
add_json(json_t *list, const recipe *r)
{
  ek_text arn = { 0 };
  ek_text_printf(&arn, "arn:aws:personalize:::recipe/aws-%s", r->name);
  json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", r->name, "arn", ek_text_c(&arn), "what",
                                        r->what, "passed",
                                        r->passed, "asked", r->asked));
  ek_text_free(&arn);
}

int
ek_pz_describe_recipes(const char *name, int json, ek_text *out, ek_error *e)
{
  const recipe *only = name ? find_recipe(name) : NULL;
  json_t *list = json_array();
  char shown[128];
  if (name && !only) {
    json_decref(list);
    ek_fail(e, EK_EXIT_REFUSED, "no_such_thing", "Amazon Personalize has no recipe '%s' that this enrichkit knows",
            ek_show(ek_cstr(name), shown, sizeof shown));
    return ek_help(e, "'enrichkit describe recipe --engine personalize' lists them; a newer one is given as an ARN");
  }
  for (size_t i = 0; i < N_RECIPES; i++) {
    const recipe *r = &recipes[i];
    if (only && r != only)
      continue;
    if (json)
      add_json(list, r);
    else
      ek_text_printf(out, "%-24s %s\n%-24s passed: %s\n%-24s asked: %s\n", r->name, r->what, "", r->passed, "",
                     r->asked);
  }
  if (json) {
    json_t *all = json_pack("{s:O}", "recipes", list);
    char *text = json_dumps(all, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    ek_text_printf(out, "%s\n", text);
    free(text);
    json_decref(all);
  } else
    ek_text_cstr(out, always);
  json_decref(list);
  return 0;
}
