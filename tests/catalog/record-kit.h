/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of records share: a record as a padded block, fields as a text. */
#ifndef EK_TESTS_RECORD_KIT_H
#define EK_TESTS_RECORD_KIT_H
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"
#include "catalog/parser.h"

/* One record as a reader hands it on: exactly EK_BLOCK_PADDING bytes behind it, and
 * nasty ones, so that a walk that runs on is seen. */
typedef struct kit_block { ek_input_file file; ek_block block; ek_span span; } kit_block;

static inline void
kit_block_make(kit_block *k, ek_str record, enum ek_format format)
{
  static const char nasty[] = "\"}],:{[\"";
  *k = (kit_block){ .file = { .format = format, .delimiter = ',' } };
  k->block.file = &k->file;
  k->block.len = record.len;
  k->block.cap = record.len + EK_BLOCK_PADDING;
  k->block.data = ek_mem_alloc(k->block.cap);
  if (record.len)
    memcpy(k->block.data, record.ptr, record.len);
  for (size_t i = 0; i < EK_BLOCK_PADDING; i++)
    k->block.data[record.len + i] = nasty[i % (sizeof nasty - 1)];
  k->span = (ek_span){ 0, record.len, 1 };
}

static inline void
kit_block_clear(kit_block *k)
{
  free(k->block.data);
}

/* "S x", "L a|b @1,2", "-": kind, values, ends. '|' in values is not escaped. */
static inline void
kit_field(ek_text *t, const ek_field *f)
{
  static const char kinds[] = "-NSIFBLO";
  ek_text_char(t, kinds[f->kind]);
  if (f->n)
    ek_text_char(t, ' ');
  for (size_t i = 0; i < f->n; i++) {
    if (i)
      ek_text_char(t, '|');
    ek_text_str(t, f->values[i]);
  }
  for (size_t i = 0; i < f->n_ends; i++)
    ek_text_printf(t, i ? ",%zu" : " @%zu", f->ends[i]);
}

#endif
