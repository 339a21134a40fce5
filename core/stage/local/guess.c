/* SPDX-License-Identifier: BSD-3-Clause */
/* A schema for a CSV that came without one: from its names, and a look at its values. */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/number.h"
#include "stage/local/avro.h"

#define LONG_TEXT 200             /* bytes: longer ones are prose, no categories  */

enum look { INTEGERS = 1, NUMBERS = 2, BOOLEANS = 4 };

static const struct known { const char *name; enum ek_avro_type type; int nullable; } known[] = {
  { "USER_ID", EK_AVRO_STRING, 0 },          { "ITEM_ID", EK_AVRO_STRING, 0 },
  { "TIMESTAMP", EK_AVRO_LONG, 0 },          { "EVENT_TYPE", EK_AVRO_STRING, 1 },
  { "EVENT_VALUE", EK_AVRO_FLOAT, 1 },       { "IMPRESSION", EK_AVRO_STRING, 1 },
  { "RECOMMENDATION_ID", EK_AVRO_STRING, 1 }, { "EVENT_ATTRIBUTION_SOURCE", EK_AVRO_STRING, 1 },
  { "CREATION_TIMESTAMP", EK_AVRO_LONG, 1 },
};

/* What a value could be besides a text. 007 is a text: its zeros would be lost. */
static unsigned
could_be(ek_str s)
{
  int64_t whole;
  double number;
  if (ek_str_eqc(s, "true") || ek_str_eqc(s, "false"))
    return BOOLEANS;
  if (s.len > 1 && s.ptr[0] == '0' && s.ptr[1] != '.')
    return 0;
  if (ek_number_int(s, &whole))
    return INTEGERS | NUMBERS;
  return ek_number_double(s, 0, &number) ? NUMBERS : 0;
}

/* Names that hold categories even where their values look like numbers. */
static int
is_label(const char *name)
{
  size_t n = strlen(name);
  return strncmp(name, "CATEGOR", 7) == 0 || strncmp(name, "GENRE", 5) == 0 || strncmp(name, "LABEL", 5) == 0 ||
         (n > 3 && strcmp(name + n - 3, "_ID") == 0);
}

static void
guess_metadata(ek_avro_field *f, enum ek_record_kind kind, const ek_str *look, size_t n, size_t rows, size_t column)
{
  unsigned all = INTEGERS | NUMBERS | BOOLEANS;
  size_t longest = 0, filled = 0;
  for (size_t r = 0; r < rows; r++) {
    ek_str s = look[r * n + column];
    if (!s.len)
      continue;
    filled++;
    all &= could_be(s);
    if (s.len > longest)
      longest = s.len;
  }
  f->nullable = 1;
  if (filled && all && !is_label(f->name))
    f->type = all & INTEGERS ? EK_AVRO_LONG : all & NUMBERS ? EK_AVRO_DOUBLE : EK_AVRO_BOOLEAN;
  else if (longest <= LONG_TEXT || kind != EK_ITEMS)
    f->categorical = 1;
  else
    f->textual = 1;
}

ek_avro *
ek_avro_guess(enum ek_record_kind kind, const ek_str *header, size_t n, const ek_str *look, size_t rows)
{
  ek_avro *a = ek_mem_zero(1, sizeof *a);
  a->kind = kind;
  a->n = n;
  a->fields = ek_mem_zero(n + 1, sizeof *a->fields);
  for (size_t i = 0; i < n; i++) {
    ek_avro_field *f = &a->fields[i];
    size_t k = 0;
    f->name = ek_mem_strndup(header[i].ptr, header[i].len);
    while (k < sizeof known / sizeof *known && strcmp(known[k].name, f->name) != 0)
      k++;
    if (k < sizeof known / sizeof *known) {
      f->type = known[k].type;
      f->nullable = known[k].nullable;
    } else
      guess_metadata(f, kind, look, n, rows, i);
  }
  return a;
}
