/* SPDX-License-Identifier: BSD-3-Clause */
/* load-module [-n] FILE...: loads each as the host does; -n: as from a folder named by option. Prints "ok ID", or the
 * refusal and its help. Exits with 2 when one was refused.                                                         */
#include <stdio.h>
#include <string.h>
#include "plugin/internal.h"

int
main(int argc, char **argv)
{
  int status = 0, named = 0;
  for (int i = 1; i < argc; i++) {
    ek_error e = { 0 };
    if (strcmp(argv[i], "-n") == 0) {
      named = 1;
      continue;
    }
    ek_module_info *m = ek_module_load(argv[i], named, &e);
    if (m)
      printf("ok %s\n", m->module.id);
    else {
      printf("%s\n", e.message);
      if (e.help[0])
        printf("help: %s\n", e.help);
      status = e.status;
    }
    ek_module_free(m);
  }
  return status;
}
