/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/convert.h"
#include <math.h>
#include <stdio.h>
#include "base/number.h"
#include "base/text.h"
#include "base/utf8.h"

#define MILLISECONDS_FROM 100000000000     /* auto: 12 digits and more               */

static ek_str
trim(ek_str s)
{
  while (s.len && (unsigned char)*s.ptr <= ' ') {
    s.ptr++;
    s.len--;
  }
  while (s.len && (unsigned char)s.ptr[s.len - 1] <= ' ')
    s.len--;
  return s;
}

static size_t
digits(ek_str s, size_t i)
{
  while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
    i++;
  return i;
}

static enum ek_cell_result
bad(const char **what, const char *why)
{
  *what = why;
  return EK_CELL_BAD;
}

static enum ek_cell_result
put_number(ek_arena *a, ek_cell *cell, const char *text, size_t len)
{
  cell->text = ek_arena_copy(a, (ek_str){ text, len });
  cell->number = 1;
  return EK_CELL_OK;
}

/* v, which was read from s: mostly that is how it is written. */
static enum ek_cell_result
put_int(ek_arena *a, ek_cell *cell, ek_str s, int64_t read, int64_t v)
{
  char buf[EK_NUMBER_MAX];
  if (v == read && *s.ptr >= '1' && *s.ptr <= '9' && digits(s, 0) == s.len) {
    *cell = (ek_cell){ s, 0, 1 };
    return EK_CELL_OK;
  }
  return put_number(a, cell, buf, (size_t)snprintf(buf, sizeof buf, "%lld", (long long)v));
}

/* The one value of a field that is to be a number, a time or a truth value. */
static enum ek_cell_result
one(const ek_field *f, ek_str *out, const char **what)
{
  switch (f->kind) {
  case EK_KIND_ABSENT: case EK_KIND_NULL: return EK_CELL_EMPTY;
  case EK_KIND_OBJECT: return bad(what, "it is an object");
  default: break;
  }
  if (f->n > 1)
    return bad(what, "it is a list of several values");
  if (!f->n)
    return EK_CELL_EMPTY;
  *out = trim(f->values[0]);
  return out->len ? EK_CELL_OK : EK_CELL_EMPTY;
}

/* ---- floats ---------------------------------------------------------------- */

/* A currency sign, or a blank of those beside it, at the front (or, when last is set,
 * the end) of s: its length, or 0. */
static size_t
currency(ek_str s, int last)
{
  size_t from = 0;
  uint32_t c;
  if (!s.len)
    return 0;
  if (last)
    for (from = s.len - 1; from && ((unsigned char)s.ptr[from] & 0xc0) == 0x80;)
      from--;
  size_t n = ek_utf8_get((ek_str){ s.ptr + from, s.len - from }, &c);
  int sign = c == '$' || (c >= 0xa2 && c <= 0xa5) || (c >= 0x20a0 && c <= 0x20cf);
  return sign || c == ' ' || c == 0xa0 || c == 0x202f ? n : 0;
}

/* Takes the commas out of 1,234,567.89: groups of three, before the point only. */
static int
drop_thousands(ek_str s, char *buf, size_t size, ek_str *out)
{
  size_t n = 0, group = 0, whole = 0;
  int commas = 0;
  while (whole < s.len && s.ptr[whole] != '.' && (s.ptr[whole] | 0x20) != 'e')
    whole++;
  if (s.len >= size)
    return 0;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    if (c == ',' && i < whole) {
      if ((commas && group != 3) || group > 3 || !group)
        return 0;
      commas = 1;
      group = 0;
      continue;
    }
    if (i < whole && c >= '0' && c <= '9')
      group++;
    buf[n++] = c;
  }
  if (commas && group != 3)
    return 0;
  *out = (ek_str){ buf, n };
  return 1;
}

static int
read_float(ek_str s, double *v)
{
  char buf[128];
  size_t n;
  int negative = s.len && *s.ptr == '-';
  if (ek_number_double(s, 0, v))
    return 1;
  if (negative) {
    s.ptr++;
    s.len--;
  }
  while ((n = currency(s, 0)) > 0) {
    s.ptr += n;
    s.len -= n;
  }
  while ((n = currency(s, 1)) > 0)
    s.len -= n;
  if (!s.len || (negative && (*s.ptr == '-' || *s.ptr == '+')))
    return 0;
  if (!drop_thousands(s, buf, sizeof buf, &s) || !ek_number_double(s, 0, v))
    return 0;
  if (negative)
    *v = -*v;
  return 1;
}

/* Most numbers of a catalogue are written as Python's repr() would: digits, a point,
 * digits. With at most 15 digits the text is the shortest that reads back as the
 * same double, but for zeros at either end; so no double is needed. 1 when done. */
static int
short_float(ek_str s, ek_arena *a, ek_cell *cell)
{
  size_t point = digits(s, 0), end = s.len;
  if (!point || s.len > 16 || (*s.ptr == '0' && point > 1))
    return 0;
  if (point == s.len) {
    if (s.len > 15)
      return 0;
    char *to = ek_arena_alloc(a, s.len + 2);
    memcpy(to, s.ptr, s.len);
    memcpy(to + s.len, ".0", 2);
    *cell = (ek_cell){ { to, s.len + 2 }, 0, 1 };
    return 1;
  }
  if (s.ptr[point] != '.' || digits(s, point + 1) != s.len || point + 1 == s.len)
    return 0;
  if (*s.ptr == '0' && s.len > 4 && memcmp(s.ptr, "0.000", 5) == 0)
    return 0;
  while (end > point + 2 && s.ptr[end - 1] == '0')
    end--;
  *cell = (ek_cell){ { s.ptr, end }, 0, 1 };
  return 1;
}

static enum ek_cell_result
put_float(ek_arena *a, ek_cell *cell, double v)
{
  char buf[EK_NUMBER_MAX];
  return put_number(a, cell, buf, ek_number_repr(v, buf));
}

/* Python lets a '_' stand between two digits: takes them out. 0: there is one elsewhere. */
static int
drop_underscores(ek_str *s, ek_arena *a)
{
  size_t n = 0;
  if (!memchr(s->ptr, '_', s->len))
    return 1;
  char *to = ek_arena_alloc(a, s->len);
  for (size_t i = 0; i < s->len; i++) {
    if (s->ptr[i] != '_')
      to[n++] = s->ptr[i];
    else if (!i || digits(*s, i - 1) != i || digits(*s, i + 1) == i + 1)
      return 0;
  }
  *s = (ek_str){ to, n };
  return 1;
}

enum ek_cell_result
ek_convert_python_float(const ek_field *f, ek_arena *a, ek_cell *cell, const char **what)
{
  double v;
  *cell = (ek_cell){ 0 };
  switch (f->kind) {
  case EK_KIND_BOOL: return put_float(a, cell, *f->values[0].ptr == 't' ? 1.0 : 0.0);
  case EK_KIND_STRING: case EK_KIND_INT: case EK_KIND_FLOAT: break;
  default: return bad(what, "it is neither a number nor a text");
  }
  ek_str s = f->values[0];
  if (short_float(s, a, cell))
    return EK_CELL_OK;
  if (!drop_underscores(&s, a) || !ek_number_double(s, 1, &v))
    return bad(what, "it is no number");
  if (f->kind == EK_KIND_INT && isinf(v))
    return bad(what, "it is too large");
  return put_float(a, cell, v);
}

/* ---- whole numbers, times, truth ------------------------------------------- */

/* A whole number; of one with a fraction, as Python's int(), what is before the point. */
static int
whole(ek_str s, int fraction, int64_t *out)
{
  double v;
  if (s.len <= 18 && digits(s, 0) == s.len) {        /* nothing can overflow         */
    *out = 0;
    for (size_t i = 0; i < s.len; i++)
      *out = *out * 10 + (s.ptr[i] - '0');
    return s.len > 0;
  }
  if (ek_number_int(s, out))
    return 1;
  if (!ek_number_double(s, 0, &v) || v >= 9.2e18 || v <= -9.2e18 || (!fraction && v != trunc(v)))
    return 0;
  *out = (int64_t)v;
  return 1;
}

static enum ek_cell_result
to_int(ek_str s, int64_t low, int64_t high, ek_arena *a, ek_cell *cell, const char **what)
{
  int64_t v;
  if (!whole(s, 0, &v))
    return bad(what, "it is no whole number");
  if (v < low || v > high)
    return bad(what, "it is out of range");
  return put_int(a, cell, s, v, v);
}

static enum ek_cell_result
to_timestamp(const ek_conversion *c, ek_str s, ek_arena *a, ek_cell *cell, const char **what)
{
  int64_t v;
  if (whole(s, 1, &v)) {
    int64_t read = v, size = v < 0 ? -(v + 1) : v;
    if (c->time_unit == EK_TIME_MS || (c->time_unit == EK_TIME_AUTO && size >= MILLISECONDS_FROM))
      v = v / 1000 - (v % 1000 < 0);
    return put_int(a, cell, s, read, v);
  }
  if (c->iso && ek_number_iso8601(s, &v))
    return put_int(a, cell, s, v, v);
  return bad(what, c->iso ? "it is neither a number nor an ISO 8601 date"
                          : "it is no number of seconds or milliseconds");
}

static int
is_word(ek_str s, const char *word)
{
  for (size_t i = 0; i < s.len; i++)
    if ((s.ptr[i] | 0x20) != word[i] || !word[i])
      return 0;
  return !word[s.len];
}

static enum ek_cell_result
to_boolean(ek_str s, ek_cell *cell, const char **what)
{
  int yes = is_word(s, "true") || ek_str_eqc(s, "1");
  if (!yes && !is_word(s, "false") && !ek_str_eqc(s, "0"))
    return bad(what, "it is neither true nor false");
  cell->text = ek_cstr(yes ? "true" : "false");
  cell->number = 1;
  return EK_CELL_OK;
}

/* ---- texts ----------------------------------------------------------------- */

static enum ek_cell_result
to_string(const ek_conversion *c, const ek_field *f, ek_arena *a, ek_cell *cell, const char **what)
{
  size_t len = 0, n = 0;
  const ek_str *last = NULL;
  if (f->kind == EK_KIND_OBJECT)
    return bad(what, "it is an object");
  for (size_t i = 0; i < f->n; i++)
    if (f->values[i].len) {
      last = &f->values[i];
      len += last->len + 1;
      n++;
    }
  if (!n)
    return EK_CELL_EMPTY;
  if (n == 1) {
    cell->text = *last;
    return EK_CELL_OK;
  }
  char *to = ek_arena_alloc(a, len), *p = to;
  for (size_t i = 0; i < f->n; i++)
    if (f->values[i].len) {
      if (p != to)
        *p++ = c->textual ? ' ' : '|';
      memcpy(p, f->values[i].ptr, f->values[i].len);
      p += f->values[i].len;
    }
  cell->text = (ek_str){ to, (size_t)(p - to) };
  return EK_CELL_OK;
}

enum ek_cell_result
ek_convert(const ek_conversion *c, const ek_field *f, ek_arena *a, ek_cell *cell, const char **what)
{
  ek_str s;
  double v;
  *cell = (ek_cell){ 0 };
  if (c->type == EK_COL_STRING)
    return to_string(c, f, a, cell, what);
  enum ek_cell_result r = one(f, &s, what);
  if (r != EK_CELL_OK)
    return r;
  if (c->python && f->kind == EK_KIND_BOOL)
    s = ek_cstr(*s.ptr == 't' ? "1" : "0");
  if (c->python && !drop_underscores(&s, a))
    return bad(what, "it is no number");
  switch (c->type) {
  case EK_COL_INT: return to_int(s, INT32_MIN, INT32_MAX, a, cell, what);
  case EK_COL_LONG: return to_int(s, INT64_MIN, INT64_MAX, a, cell, what);
  case EK_COL_TIMESTAMP: return to_timestamp(c, s, a, cell, what);
  case EK_COL_BOOLEAN: return to_boolean(s, cell, what);
  default:
    if (short_float(s, a, cell))
      return EK_CELL_OK;
    return read_float(s, &v) ? put_float(a, cell, v) : bad(what, "it is no number");
  }
}
