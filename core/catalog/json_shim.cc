// SPDX-License-Identifier: BSD-3-Clause
#include "catalog/json_shim.h"
#include <memory>
#include <new>
#include <simdjson.h>

// Stage 1 is reached through the class that simdjson's own parsers own. It is public
// in the header but in namespace internal, and has been the same since 1.0;
// tests/catalog/test-record.c holds every place it gives against our own tokenizer.
using implementation = simdjson::internal::dom_parser_implementation;

struct ek_json_index {
  std::unique_ptr<implementation> parser;
  size_t capacity;
};

static bool
grow(ek_json_index *x, size_t len)
{
  size_t capacity = x->capacity ? x->capacity : size_t(64) << 10;
  while (capacity < len)
    capacity *= 2;
  // The depth is that of stage 2, which is not used.
  simdjson::error_code error = x->parser
      ? x->parser->set_capacity(capacity)
      : simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, x->parser);
  x->capacity = error ? 0 : capacity;
  return !error;
}

ek_json_index *
ek_json_index_new(void)
{
  return new (std::nothrow) ek_json_index{ nullptr, 0 };
}

void
ek_json_index_free(ek_json_index *x)
{
  delete x;
}

int
ek_json_index_make(ek_json_index *x, const char *text, size_t len, const uint32_t **at, uint32_t *n)
{
  if (!x || !len || len > EK_JSON_INDEX_MAX || (len > x->capacity && !grow(x, len)))
    return EK_JSON_OTHER;
  simdjson::error_code error =
      x->parser->stage1(reinterpret_cast<const uint8_t *>(text), len, simdjson::stage1_mode::regular);
  if (error)
    return error == simdjson::UTF8_ERROR ? EK_JSON_UTF8 : EK_JSON_OTHER;
  *at = x->parser->structural_indexes.get();
  *n = x->parser->n_structural_indexes;
  return EK_JSON_OK;
}
