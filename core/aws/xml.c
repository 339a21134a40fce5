/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/xml.h"
#include <stdio.h>
#include "base/utf8.h"

static int
number(ek_str s, uint32_t *out)
{
  uint32_t c = 0, base = 10;
  size_t i = 0;
  if (s.len && (s.ptr[0] == 'x' || s.ptr[0] == 'X'))
    base = 16, i = 1;
  if (i == s.len || s.len > 8)
    return 0;
  for (; i < s.len; i++) {
    char d = s.ptr[i];
    uint32_t v = d >= '0' && d <= '9' ? (uint32_t)(d - '0') : d >= 'a' && d <= 'f' ? (uint32_t)(d - 'a') + 10
                 : d >= 'A' && d <= 'F' ? (uint32_t)(d - 'A') + 10 : 99;
    if (v >= base)
      return 0;
    c = c * base + v;
  }
  *out = c;
  return 1;
}

/* "&amp;" at s: its length, or 0 when it is none that we know. */
static size_t
entity(ek_str s, ek_text *out)
{
  static const struct { const char *name; char c; } known[] = {
    { "lt", '<' }, { "gt", '>' }, { "amp", '&' }, { "quot", '"' }, { "apos", '\'' }
  };
  const char *semicolon = memchr(s.ptr, ';', s.len < 12 ? s.len : 12);
  if (!semicolon)
    return 0;
  ek_str name = { s.ptr + 1, (size_t)(semicolon - s.ptr) - 1 };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (ek_str_eqc(name, known[i].name)) {
      ek_text_char(out, known[i].c);
      return name.len + 2;
    }
  uint32_t c = 0;
  if (name.len < 2 || name.ptr[0] != '#' || !number((ek_str){ name.ptr + 1, name.len - 1 }, &c))
    return 0;
  char buf[4];
  ek_text_add(out, buf, ek_utf8_put(c, buf));
  return name.len + 2;
}

static void
resolve(ek_str s, ek_text *out)
{
  for (size_t i = 0; i < s.len;) {
    size_t n = s.ptr[i] == '&' ? entity((ek_str){ s.ptr + i, s.len - i }, out) : 0;
    if (!n)
      ek_text_char(out, s.ptr[i]);
    i += n ? n : 1;
  }
}

int
ek_xml_value(ek_str xml, const char *name, ek_text *out)
{
  char open[80], close[80];
  int no = snprintf(open, sizeof open, "<%s>", name), nc = snprintf(close, sizeof close, "</%s>", name);
  const char *from = xml.len ? memmem(xml.ptr, xml.len, open, (size_t)no) : NULL;
  if (!from)
    return 0;
  from += no;
  const char *to = memmem(from, xml.len - (size_t)(from - xml.ptr), close, (size_t)nc);
  if (!to)
    return 0;
  ek_text_reserve(out, (size_t)(to - from));      /* it may be a secret: no copies on the way */
  resolve((ek_str){ from, (size_t)(to - from) }, out);
  return 1;
}
