/* SPDX-License-Identifier: BSD-3-Clause */
/* Judging one record: its ids, and its fields as cells.                      */
#include <stdio.h>
#include "base/text.h"
#include "catalog/convert.h"
#include "catalog/excerpt.h"
#include "catalog/table.h"

#define ID_MAX 256

/* why has room for a name of 40, a reason of 55 and 24 bytes of input in full escapes. */
static int
refuse(ek_refusal *r, const char *reason, const ek_table_column *c, const ek_field *f, const char *what)
{
  char shown[128];
  r->reason = reason;
  if (f && f->n == 1)
    snprintf(r->why, sizeof r->why, "%.40s: %s: '%s%s'", c->name, what,
             ek_show(ek_excerpt(f->values[0], 24), shown, sizeof shown), f->values[0].len > 24 ? "..." : "");
  else
    snprintf(r->why, sizeof r->why, "%.40s: %s", c->name, what);
  return -1;
}

static size_t
characters(ek_str s)
{
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
  return n;
}

static int
judge_id(const ek_table_column *c, const ek_field *f, ek_str *id, ek_refusal *why)
{
  switch (f->kind) {
  case EK_KIND_ABSENT: return refuse(why, "no_id", c, NULL, "the record has none");
  case EK_KIND_NULL: return refuse(why, "no_id", c, NULL, "the id is null");
  case EK_KIND_LIST: return refuse(why, "bad_id", c, NULL, "the id is a list");
  case EK_KIND_OBJECT: return refuse(why, "bad_id", c, NULL, "the id is an object");
  case EK_KIND_BOOL: return refuse(why, "bad_id", c, f, "the id is a truth value");
  case EK_KIND_FLOAT: return refuse(why, "bad_id", c, f, "the id is a number with a fraction or an exponent");
  default: break;
  }
  *id = f->values[0];
  if (!id->len)
    return refuse(why, "no_id", c, NULL, "the id is empty");
  if (id->len > ID_MAX && characters(*id) > ID_MAX)
    return refuse(why, "bad_id", c, f, "the id has more than 256 characters");
  if (memchr(id->ptr, 0, id->len))
    return refuse(why, "bad_id", c, f, "the id holds a NUL character");
  return 0;
}

/* Of the fixed texts of interactions the first two are ids, EVENT_TYPE is none. */
static int
is_id(const ek_table *t, size_t i)
{
  return t->columns[i].fixed && t->columns[i].type == EK_COL_STRING && (t->kind != EK_INTERACTIONS || i < 2);
}

static enum ek_cell_result
convert(const ek_table *t, const ek_table_column *c, const ek_field *f, ek_arena *arena, ek_cell *cell,
        const char **what)
{
  if (c->fixed && c->type == EK_COL_FLOAT && t->python_floats)
    return ek_convert_python_float(f, arena, cell, what);
  if (c->fixed && c->type == EK_COL_STRING && (f->kind == EK_KIND_LIST || f->kind == EK_KIND_OBJECT)) {
    *what = "it is a list or an object";
    return EK_CELL_BAD;
  }
  /* The TIMESTAMP of interactions reads dates unless the unit is said: then it is a number. */
  ek_conversion how = { c->type, t->time_unit, !c->fixed || t->time_unit == EK_TIME_AUTO, c->textual,
                        c->fixed && t->python_floats };
  return ek_convert(&how, f, arena, cell, what);
}

int
ek_table_row(const ek_table *t, const ek_field *fields, ek_arena *arena, ek_str *id, ek_cell *cells, uint64_t *nulled,
             ek_refusal *why)
{
  *id = (ek_str){ "", 0 };
  for (size_t i = 0; i < t->n; i++) {
    const ek_table_column *c = &t->columns[i];
    if (c->slot < 0)
      continue;
    const ek_field *f = &fields[c->slot];
    const char *what = "there is none";
    if (is_id(t, i)) {
      cells[i] = (ek_cell){ 0 };
      if (judge_id(c, f, &cells[i].text, why) < 0)
        return -1;
      if (c->slot == t->id_slot)
        *id = cells[i].text;
      continue;
    }
    enum ek_cell_result r = convert(t, c, f, arena, &cells[i], &what);
    if (r == EK_CELL_OK)
      continue;
    if (!c->nullable)
      return refuse(why, "bad_value", c, r == EK_CELL_BAD ? f : NULL, what);
    cells[i] = (ek_cell){ .text = { "", 0 }, .null = 1 };
    if (r == EK_CELL_BAD && nulled)
      nulled[i]++;
  }
  return 0;
}
