/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs a fuzz target without libFuzzer over the files that are named, so that its
 * corpus is replayed wherever the program is built.                         */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));   /* few targets have one */

int
main(int argc, char **argv)
{
  if (LLVMFuzzerInitialize)
    LLVMFuzzerInitialize(&argc, &argv);
  for (int i = 1; i < argc; i++) {
    FILE *f = fopen(argv[i], "rbe");
    if (!f || fseek(f, 0, SEEK_END) != 0) {
      perror(argv[i]);
      return 1;
    }
    long size = ftell(f);
    rewind(f);
    /* No byte more than the input, so that a sanitizer sees a read behind it. */
    uint8_t *data = size > 0 ? malloc((size_t)size) : NULL;
    if (size < 0 || (size > 0 && (!data || fread(data, 1, (size_t)size, f) != (size_t)size))) {
      fprintf(stderr, "%s: cannot be read\n", argv[i]);
      return 1;
    }
    fclose(f);
    fprintf(stderr, "%s (%ld bytes)\n", argv[i], size);   /* the last one named is the culprit */
    LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
  }
  return 0;
}
