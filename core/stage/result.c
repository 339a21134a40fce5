/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include "stage/stage.h"

void
ek_import_result_clear(ek_import_result *r)
{
  for (size_t i = 0; i < r->n_violations; i++) {
    free(r->violations[i].file);
    free(r->violations[i].message);
  }
  free(r->violations);
  for (size_t i = 0; i < r->n_jobs; i++) {
    free(r->jobs[i].arn);
    free(r->jobs[i].dataset_arn);
    free(r->jobs[i].location);
  }
  *r = (ek_import_result){ 0 };
}

void
ek_deploy_result_clear(ek_deploy_result *r)
{
  free(r->campaign);
  free(r->arn);
  free(r->version_arn);
  free(r->status);
  *r = (ek_deploy_result){ 0 };
}
