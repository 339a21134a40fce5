/* SPDX-License-Identifier: BSD-3-Clause */
/* verify-outdir DIR - what a later stage asks before it takes the files of a run.
 * Status 0: they belong together; 1, and why.                               */
#include <stdio.h>
#include "base/error.h"
#include "base/log.h"
#include "output/files.h"

int
main(int argc, char **argv)
{
  ek_error e = { 0 };
  if (argc != 2) {
    fputs("usage: verify-outdir DIR\n", stderr);
    return 99;
  }
  if (ek_outdir_verify(argv[1], &e) == 0)
    return 0;
  fprintf(stderr, "%s: %s\n", e.file, e.message);
  return 1;
}
