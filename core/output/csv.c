/* SPDX-License-Identifier: BSD-3-Clause */
#include "output/csv.h"
#include <string.h>

/* What a byte asks for. One pass over a cell ORs these together; nothing set, as
 * nearly always, means that the bytes are copied as they are.               */
enum { SPLITS = 1,        /* comma, CR, LF: the cell must be quoted            */
       QUOTE = 2,         /* the quote itself: quoted, and escaped or doubled   */
       BACKSLASH = 4 };   /* special to Personalize alone                       */

static const unsigned char classes[256] = {
  [','] = SPLITS, ['\n'] = SPLITS, ['\r'] = SPLITS, ['"'] = QUOTE, ['\\'] = BACKSLASH
};

static unsigned
scan(ek_str s)
{
  const unsigned char *p = (const unsigned char *)s.ptr;
  unsigned seen = 0;
  size_t i = 0;
  for (; s.len - i >= 4; i += 4)
    seen |= (unsigned)(classes[p[i]] | classes[p[i + 1]] | classes[p[i + 2]] | classes[p[i + 3]]);
  for (; i < s.len; i++)
    seen |= classes[p[i]];
  return seen;
}

static unsigned
special(enum ek_csv_style style)
{
  return style == EK_CSV_PERSONALIZE ? SPLITS | QUOTE | BACKSLASH : SPLITS | QUOTE;
}

/* s with each byte of a class in `mark` preceded by `with`; room is reserved. */
static void
escape(ek_text *out, ek_str s, unsigned mark, char with)
{
  ek_text_reserve(out, 2 * s.len);
  for (size_t i = 0; i < s.len; i++) {
    if (classes[(unsigned char)s.ptr[i]] & mark)
      out->data[out->len++] = with;
    out->data[out->len++] = s.ptr[i];
  }
}

/* The inside of a quoted cell. */
static void
inside(ek_text *out, ek_str s, unsigned seen, enum ek_csv_style style)
{
  if (style == EK_CSV_PERSONALIZE && seen & (QUOTE | BACKSLASH))
    escape(out, s, QUOTE | BACKSLASH, '\\');
  else if (style == EK_CSV_RFC4180 && seen & QUOTE)
    escape(out, s, QUOTE, '"');
  else
    ek_text_str(out, s);
}

void
ek_csv_cell(ek_text *out, ek_str s, enum ek_csv_style style, enum ek_quote quote)
{
  unsigned seen = scan(s);
  if (quote == EK_QUOTE_MINIMAL && !(seen & special(style))) {
    ek_text_str(out, s);
    return;
  }
  ek_text_char(out, '"');
  inside(out, s, seen, style);
  ek_text_char(out, '"');
}

void
ek_csv_joined(ek_text *out, const ek_str *values, size_t n, enum ek_csv_style style, enum ek_quote quote)
{
  unsigned seen = 0;
  for (size_t i = 0; i < n; i++)
    seen |= scan(values[i]);
  int quoted = quote == EK_QUOTE_ALL || seen & special(style);
  if (quoted)
    ek_text_char(out, '"');
  for (size_t i = 0; i < n; i++) {
    if (i)
      ek_text_char(out, '|');
    inside(out, values[i], seen, style);
  }
  if (quoted)
    ek_text_char(out, '"');
}

void
ek_csv_header(ek_text *out, const ek_table *t, enum ek_csv_style style, enum ek_quote quote)
{
  for (size_t i = 0; i < t->n; i++) {
    if (i)
      ek_text_char(out, ',');
    ek_csv_cell(out, ek_cstr(t->columns[i].name), style, quote);
  }
  ek_text_char(out, '\n');
}

void
ek_csv_row(ek_text *out, const ek_table *t, const ek_cell *cells, const ek_str *labels, size_t n_labels,
           enum ek_csv_style style, enum ek_quote quote)
{
  for (size_t i = 0; i < t->n; i++) {
    if (i)
      ek_text_char(out, ',');
    if ((int)i == t->label_column) {
      ek_csv_joined(out, labels, n_labels, style, quote);
      continue;
    }
    ek_str s = cells[i].text;
    if (cells[i].null)
      s = (ek_str){ "", 0 };
    /* Numbers and empty cells hold nothing that could ask for a quote. */
    if (quote == EK_QUOTE_MINIMAL && (cells[i].null || cells[i].number))
      ek_text_str(out, s);
    else
      ek_csv_cell(out, s, style, quote);
  }
  ek_text_char(out, '\n');
}
