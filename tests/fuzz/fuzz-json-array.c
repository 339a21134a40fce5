/* SPDX-License-Identifier: BSD-3-Clause */
/* A JSON array: where its elements are cut. As found out and as told, since what is
 * not an array is an error then. What jansson takes for an array is one for us, with
 * the same elements.                                                        */
#include "fuzz/kit.h"
#include <jansson.h>
#include <string.h>

static json_t *array_;             /* what jansson sees, or NULL                */
static size_t next_;

static void
each(const ek_block *b, const ek_span *s)
{
  ek_text out = { 0 };
  if (array_) {
    json_t *mine = json_loadb(b->data + s->begin, s->end - s->begin, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    FUZZ_CHECK(mine && json_equal(mine, json_array_get(array_, next_)));
    json_decref(mine);
    next_++;
  }
  fuzz_parse(b->file->format, (ek_str){ b->data + s->begin, s->end - s->begin }, &out);
  ek_text_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  array_ = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
  if (!json_is_array(array_)) {
    json_decref(array_);
    array_ = NULL;
  }
  next_ = 0;
  int r = fuzz_read(data, size, EK_FORMAT_JSON, each);
  FUZZ_CHECK(!array_ || (r == 0 && next_ == json_array_size(array_)));
  json_decref(array_);
  array_ = NULL;
  if (size && memchr(data, '[', size))
    fuzz_read(data, size, EK_FORMAT_AUTO, NULL);
  return 0;
}
