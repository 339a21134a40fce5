/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes report.html of the sample run to standard output, to be looked at in a
 * browser: show-page [plain|train|more]. Not installed, and no test.        */
#include <stdio.h>
#include <string.h>
#include "report/sample.h"

int
main(int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "more";
  sample_setup();
  sample_labels(214);
  if (strcmp(what, "train") == 0)
    sample_train();
  else if (strcmp(what, "more") == 0)
    sample_train_more();
  fputs(sample_html(), stdout);
  sample_teardown();
  return 0;
}
