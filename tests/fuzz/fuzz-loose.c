/* SPDX-License-Identifier: BSD-3-Clause */
/* The Python literals of 2014: the reader, and the parser with nothing behind the text. */
#include "fuzz/kit.h"

static void
each(const ek_block *b, const ek_span *s)
{
  ek_text out = { 0 };
  fuzz_parse(EK_FORMAT_LOOSE, (ek_str){ b->data + s->begin, s->end - s->begin }, &out);
  ek_text_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_read(data, size, EK_FORMAT_LOOSE, each);
  return 0;
}
