/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/cut.h"
#include <string.h>

/* Where the walk over an array stands. */
enum {
  FIRST,                         /* behind the opening bracket: an element or the end */
  NEXT,                          /* behind a comma: an element                */
  SCALAR,                        /* in a number or word                       */
  VALUE,                         /* in an object or list                      */
  STRING, ESCAPE,                /* in a text, at whatever depth              */
  AFTER,                         /* behind an element                         */
  DONE                           /* behind the closing bracket                */
};

void
ek_cutter_start(ek_cutter *c, enum ek_format format, char delimiter)
{
  *c = (ek_cutter){ .format = format };
  c->csv.delimiter = delimiter;
}

static int
is_blank(char c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Walks inside an element, from p to behind its last byte (the state is then
 * AFTER) or to end. Brackets are counted, not matched: the parser does that. */
static const char *
walk_element(ek_json_scan *s, const char *p, const char *end)
{
  /* What may matter in a value and in a string; anything else is passed quickly. */
  static const unsigned char in_value[256] = { ['"'] = 1, ['{'] = 1, ['}'] = 1, ['['] = 1, [']'] = 1 };
  static const unsigned char in_string[256] = { ['"'] = 1, ['\\'] = 1 };
  while (p < end) {
    switch (s->state) {
    case VALUE:
      while (p < end && !in_value[(unsigned char)*p])
        p++;
      if (p == end)
        return p;
      if (*p == '"')
        s->state = STRING;
      else if (*p == '{' || *p == '[')
        s->depth++;
      else if (--s->depth == 0) {
        s->state = AFTER;
        return p + 1;
      }
      p++;
      break;
    case STRING:
      while (p < end && !in_string[(unsigned char)*p])
        p++;
      if (p == end)
        return p;
      if (*p == '\\')
        s->state = ESCAPE;
      else {
        s->state = s->depth ? VALUE : AFTER;
        if (!s->depth)
          return p + 1;
      }
      p++;
      break;
    case ESCAPE:
      s->state = STRING;
      p++;
      break;
    default:                     /* SCALAR */
      while (p < end && !is_blank(*p) && *p != ',' && *p != ']')
        p++;
      if (p < end)
        s->state = AFTER;
      return p;
    }
  }
  return p;
}

static void
begin_element(ek_json_scan *s, char c)
{
  s->depth = c == '{' || c == '[';
  s->state = s->depth ? VALUE : c == '"' ? STRING : SCALAR;
}

const char *
ek_json_element_end(const char *p, const char *end)
{
  ek_json_scan s;
  begin_element(&s, *p);
  p = walk_element(&s, s.state == SCALAR ? p : p + 1, end);
  return s.state == AFTER || s.state == SCALAR ? p : NULL;
}

/* One byte between elements. NULL, or what is wrong with it.                */
static const char *
between(ek_json_scan *s, char c)
{
  switch (s->state) {
  case AFTER:
    s->state = c == ',' ? NEXT : DONE;
    return c == ',' || c == ']' ? NULL : "a comma or ']' is missing after an element of the JSON array";
  case DONE:
    return "something follows the end of the JSON array";
  default:
    if (c == ',' || (c == ']' && s->state == NEXT))
      return "an element of the JSON array is missing around a comma";
    if (c == ']')
      s->state = DONE;
    else
      begin_element(s, c);
    return NULL;
  }
}

static int
is_inside(const ek_json_scan *s)
{
  return s->state >= SCALAR && s->state <= ESCAPE;
}

static int
scan_array(ek_cutter *c, const char *data, size_t len, int first)
{
  ek_json_scan *s = &c->json;
  const char *p = data + c->scanned, *end = data + len;
  while (p < end) {
    if (!is_inside(s)) {
      if (is_blank(*p)) {
        p++;
        continue;
      }
      c->why = between(s, *p);
      if (c->why)
        break;
      if (is_inside(s))
        c->begin = (size_t)(p - data);
      if (s->state != SCALAR)
        p++;
      if (!is_inside(s))
        continue;
    }
    p = walk_element(s, p, end);
    if (s->state == AFTER) {
      c->cut = (size_t)(p - data);
      if (first)
        break;
    }
  }
  c->scanned = (size_t)(p - data);
  return c->why ? -1 : 0;
}

size_t
ek_cutter_loose(const ek_cutter *c)
{
  if (c->format != EK_FORMAT_JSON)
    return 0;
  return is_inside(&c->json) ? c->begin : c->scanned;
}

int
ek_cutter_scan(ek_cutter *c, const char *data, size_t len, int first)
{
  if (c->format == EK_FORMAT_JSON)
    return scan_array(c, data, len, first);
  const char *from = data + c->scanned;
  size_t n = len - c->scanned, at = 0;
  if (c->format == EK_FORMAT_CSV)
    at = ek_csv_scan_rows(&c->csv, from, n, first);
  else {
    const char *p = first ? memchr(from, '\n', n) : memrchr(from, '\n', n);
    at = p ? (size_t)(p + 1 - from) : 0;
  }
  if (at)
    c->cut = c->scanned + at;
  c->scanned = at && first ? c->scanned + at : len;
  return 0;
}

void
ek_cutter_drop(ek_cutter *c, size_t n)
{
  c->scanned -= n < c->scanned ? n : c->scanned;
  c->cut -= n < c->cut ? n : c->cut;
  c->begin -= n < c->begin ? n : c->begin;
}

const char *
ek_cutter_end(const ek_cutter *c)
{
  if (c->format != EK_FORMAT_JSON || c->json.state == DONE)
    return NULL;
  return is_inside(&c->json) ? "the JSON array ends in the middle of an element"
                             : "the JSON array has no closing ']'";
}

size_t
ek_count_newlines(const char *p, size_t n)
{
  size_t count = 0;
  const char *end = p + n;
  while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
    count++;
    p++;
  }
  return count;
}
