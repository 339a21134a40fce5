/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/csv.h"
#include <stdio.h>
#include <string.h>

enum { OUTSIDE, INSIDE, QUOTE };           /* QUOTE: a quote inside, end or half of "" */

static int
begins_field(const ek_csv_scan *s, char before)
{
  if (before == '\n' || before == 0)
    return 1;
  return s->delimiter ? before == s->delimiter : strchr(EK_CSV_DELIMITERS, before) != NULL;
}

/* The end of the quoted part that p stands in, behind its closing quote, or end. */
static const char *
skip_quoted(ek_csv_scan *s, const char *p, const char *end)
{
  while (p < end) {
    if (s->quoted == QUOTE) {
      if (*p != '"') {
        s->quoted = OUTSIDE;
        s->last = '"';
        return p;
      }
      s->quoted = INSIDE;
      p++;
      continue;
    }
    const char *q = memchr(p, '"', (size_t)(end - p));
    if (!q)
      return end;
    s->quoted = QUOTE;
    p = q + 1;
  }
  return p;
}

size_t
ek_csv_scan_rows(ek_csv_scan *s, const char *p, size_t n, int first)
{
  const char *at = p, *end = p + n, *found = NULL;
  if (s->quoted)
    at = skip_quoted(s, at, end);
  while (at < end) {
    const char *quote = memchr(at, '"', (size_t)(end - at)), *stop = quote ? quote : end;
    const char *line = first ? memchr(at, '\n', (size_t)(stop - at)) : memrchr(at, '\n', (size_t)(stop - at));
    if (line) {
      found = line;
      if (first) {
        s->last = 0;
        break;
      }
    }
    /* NUL stands for the start of a row in last, but is a plain byte in the text. */
    if (stop > at)
      s->last = stop[-1] ? stop[-1] : 'x';
    if (!quote)
      break;
    at = quote + 1;
    if (begins_field(s, s->last)) {
      s->quoted = INSIDE;
      at = skip_quoted(s, at, end);
    } else
      s->last = '"';
  }
  return found ? (size_t)(found + 1 - p) : 0;
}

/* Unquotes the field that begins at p with a quote, moving it together in place.
 * Returns its end (a delimiter or end); NULL when the quote is not closed.  */
static char *
quoted_cell(char *p, char *end, char delimiter, ek_str *cell)
{
  char *to = p, *from = p + 1;
  cell->ptr = p;
  for (;;) {
    char *q = memchr(from, '"', (size_t)(end - from));
    if (!q)
      return NULL;
    memmove(to, from, (size_t)(q - from));
    to += q - from;
    from = q + 1;
    if (from == end || *from != '"')
      break;
    *to++ = '"';
    from++;
  }
  char *stop = memchr(from, delimiter, (size_t)(end - from));
  if (!stop)
    stop = end;
  memmove(to, from, (size_t)(stop - from));
  cell->len = (size_t)(to - p) + (size_t)(stop - from);
  return stop;
}

int
ek_csv_row_cells(char *row, size_t len, char delimiter, ek_str *cells, size_t max, size_t *n,
                 char *why, size_t why_size)
{
  char *p = row, *end = row + len;
  for (*n = 0;; p++) {
    ek_str cell;
    if (p < end && *p == '"') {
      char *stop = quoted_cell(p, end, delimiter, &cell);
      if (!stop) {
        snprintf(why, why_size, "a quote at byte %zu of the row is not closed", (size_t)(p - row) + 1);
        return -1;
      }
      p = stop;
    } else {
      char *stop = memchr(p, delimiter, (size_t)(end - p));
      cell = (ek_str){ p, stop ? (size_t)(stop - p) : (size_t)(end - p) };
      p = stop ? stop : end;
    }
    if (*n < max)
      cells[*n] = cell;
    ++*n;
    if (p == end)
      break;
  }
  if (*n > max) {
    snprintf(why, why_size, "%zu fields where %zu are expected", *n, max);
    return -1;
  }
  return 0;
}
