/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/stage.h"
#include <stdlib.h>
#include <string.h>

static void
free_arms(ek_arm_result *arms, size_t n)
{
  for (size_t a = 0; a < n; a++) {
    free(arms[a].name);
    free(arms[a].solution_version);
    free(arms[a].recipe_name);
    free(arms[a].arn);
    free(arms[a].solution_arn);
    free(arms[a].tuned);
    free(arms[a].trials);
    free(arms[a].dial);
  }
  free(arms);
}

void
ek_train_result_clear(ek_train_result *r)
{
  free_arms(r->arms, r->n_arms);
  free_arms(r->earlier, r->n_earlier);
  for (size_t i = 0; i < r->n_warnings; i++)
    free(r->warnings[i]);
  free(r->comparisons);
  free(r->warnings);
  *r = (ek_train_result){ 0 };
}

const ek_arm_result *
ek_train_find_arm(const ek_train_result *r, const char *name)
{
  for (size_t i = 0; i < r->n_arms; i++)
    if (strcmp(r->arms[i].name, name) == 0)
      return &r->arms[i];
  return NULL;
}
