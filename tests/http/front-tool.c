/* SPDX-License-Identifier: BSD-3-Clause */
/* A front for scripts: front-tool PORT [expired]. Prints its port, the file of its CA and its log, each on a line, and
 * stays until its input ends. Status 77: there is no nghttpx.                 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "http/front.h"

int
main(int argc, char **argv)
{
  if (argc < 2)
    return 2;
  if (!front_program())
    return 77;
  front_prepare();
  front *f = front_start(&(front_options){ .backend = (unsigned)atoi(argv[1]),
                                           .certificate = argc > 2 && strcmp(argv[2], "expired") == 0 ? FRONT_EXPIRED
                                                                                                      : FRONT_GOOD });
  printf("%u\n%s\n%s\n", front_port(f), front_ca(), front_log(f));
  fflush(stdout);
  while (getchar() != EOF)
    continue;
  front_stop(f);
  front_clear();
  return 0;
}
