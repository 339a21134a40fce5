/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/stage.h"
#include <string.h>

static const char *const recipe_names[] = {
  [EK_RECIPE_BASE] = "base",
  [EK_RECIPE_METADATA] = "metadata",
  [EK_RECIPE_COLDSTART] = "coldstart",
  [EK_RECIPE_POPULARITY] = "popularity",
};
#define N_RECIPES (sizeof recipe_names / sizeof *recipe_names)

ek_hyper
ek_hyper_default(void)
{
  return (ek_hyper){
    .pair_decay = 5, .back = 0.1, .nfrom = 0.4, .nto = 0, .hist_decay = 1.5, .content = 0.4, .pop_exp = 0, .boost = 0,
    .window = 20, .topk = 0, .max_cats = 3,
    .min_history = 0.0, .max_history = 1.0,
  };
}

const char *
ek_recipe_name(enum ek_recipe recipe)
{
  return (size_t)recipe < N_RECIPES ? recipe_names[recipe] : "";
}

int
ek_recipe_by_name(const char *name, enum ek_recipe *out)
{
  for (size_t i = 0; i < N_RECIPES; i++)
    if (strcmp(recipe_names[i], name) == 0) {
      *out = (enum ek_recipe)i;
      return 1;
    }
  return 0;
}
