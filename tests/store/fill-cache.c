/* SPDX-License-Identifier: BSD-3-Clause */
/* fill-cache FILE STEP SECONDS N: puts N answers of a step into a cache, as of a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "store/exchange.h"

static int64_t when;
static int64_t then(void) { return when; }

int
main(int argc, char **argv)
{
  ek_error e = { 0 };
  if (argc != 5)
    return 2;
  when = strtoll(argv[3], NULL, 10);
  ek_exchange_options o = { .path = argv[1], .now = then };
  ek_exchange *x = ek_exchange_open(&o, &e);
  for (long i = 0; x && i < strtol(argv[4], NULL, 10); i++) {
    ek_key_digest k = { { 0 } };
    char value[100];
    snprintf(value, sizeof value, "answer %ld of %s", i, argv[2]);
    snprintf((char *)k.bytes, sizeof k.bytes, "%ld %lld %.8s", i, (long long)when, argv[2]);
    ek_str v = ek_cstr(value);
    if (ek_exchange_put(x, &k, &v, argv[2], 0, NULL, 0, &e) < 0)
      break;
  }
  if (x)
    ek_exchange_close(x, &e);
  if (e.status)
    fprintf(stderr, "%s: %s\n", e.file, e.message);
  return e.status;
}
