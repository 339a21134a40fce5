/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/stage.h"
#include <stdlib.h>

void
ek_train_result_clear(ek_train_result *r)
{
  for (size_t a = 0; a < r->n_arms; a++) {
    free(r->arms[a].name);
    free(r->arms[a].solution_version);
    free(r->arms[a].recipe_name);
    free(r->arms[a].arn);
    free(r->arms[a].solution_arn);
    free(r->arms[a].tuned);
    free(r->arms[a].trials);
    free(r->arms[a].dial);
  }
  for (size_t i = 0; i < r->n_warnings; i++)
    free(r->warnings[i]);
  free(r->arms);
  free(r->comparisons);
  free(r->warnings);
  *r = (ek_train_result){ 0 };
}
