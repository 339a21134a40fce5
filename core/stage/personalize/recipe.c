/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
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
