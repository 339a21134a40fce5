/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a file of a tape: an exchange or none, and of its body every byte. */
#include "fuzz/kit.h"
#include <string.h>
#include "http/internal.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  ek_http_answer a = { 0 };
  if (ek_tape_parse((ek_str){ (const char *)data, size }, &a) == 0) {
    FUZZ_CHECK(a.code >= 100 && a.code <= 999);
    FUZZ_CHECK(a.body.len <= size);
    FUZZ_CHECK(a.body.len == 0 || memcmp(a.body.data, data + size - a.body.len, a.body.len) == 0);
    FUZZ_CHECK(a.headers.len == 0 || a.headers.data[a.headers.len - 1] == '\n');
    FUZZ_CHECK(a.headers.len < size);
    ek_http_header(&a, "content-type");
  } else
    FUZZ_CHECK(a.body.len == 0);
  ek_http_answer_free(&a);
  return 0;
}
