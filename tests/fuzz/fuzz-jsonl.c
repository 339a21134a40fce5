/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON lines: the reader, and each record through both parsers. What jansson takes
 * for an object is one for us, and its title is the same.                   */
#include "fuzz/kit.h"
#include <jansson.h>
#include <string.h>

static int
brackets(ek_str s)
{
  int n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += s.ptr[i] == '{' || s.ptr[i] == '[';
  return n;
}

static void
compare(json_t *theirs, const ek_text *ours)
{
  FUZZ_CHECK(ours->len > 0);
  json_t *title = json_object_get(theirs, "title");
  if (json_is_string(title)) {
    ek_text line = { 0 };
    ek_text_cstr(&line, "title 2 0:<");
    ek_text_add(&line, json_string_value(title), json_string_length(title));
    ek_text_cstr(&line, ">\n");
    FUZZ_CHECK(memmem(ours->data, ours->len, line.data, line.len));
    ek_text_free(&line);
  } else
    FUZZ_CHECK(json_object_get(theirs, "title") || memmem(ours->data, ours->len, "title 0 -1:\n", 12));
}

static void
each(const ek_block *b, const ek_span *s)
{
  ek_str text = { b->data + s->begin, s->end - s->begin };
  ek_text out = { 0 };
  json_t *theirs = brackets(text) < 1000 ? json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, NULL) : NULL;
  fuzz_parse(EK_FORMAT_JSONL, text, &out);
  if (json_is_object(theirs))
    compare(theirs, &out);
  json_decref(theirs);
  ek_text_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_read(data, size, EK_FORMAT_JSONL, each);
  return 0;
}
