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
  *r = (ek_import_result){ 0 };
}
