/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/jsonw.h"
#include <math.h>
#include <stdio.h>
#include "base/utf8.h"

static void
begin(ek_jsonw *w, const char *name)
{
  if (w->some[w->depth])
    ek_text_char(w->out, ',');
  if (w->wide[w->depth]) {
    ek_text_char(w->out, '\n');
    for (unsigned i = 0; i < w->depth; i++)
      ek_text_char(w->out, ' ');
  } else if (w->some[w->depth])
    ek_text_char(w->out, ' ');
  w->some[w->depth] = 1;
  if (name) {
    ek_text_json(w->out, ek_cstr(name));
    ek_text_cstr(w->out, ": ");
  }
}

void
ek_jsonw_open(ek_jsonw *w, const char *name, char bracket, int wide)
{
  if (w->depth)
    begin(w, name);
  ek_text_char(w->out, bracket);
  w->depth++;
  w->some[w->depth] = 0;
  w->wide[w->depth] = (unsigned char)wide;
}

void
ek_jsonw_close(ek_jsonw *w, char bracket)
{
  w->depth--;
  ek_text_char(w->out, bracket);
}

void
ek_jsonw_str(ek_jsonw *w, const char *name, ek_str s)
{
  begin(w, name);
  if (ek_utf8_valid(s)) {
    ek_text_json(w->out, s);
    return;
  }
  ek_text mended = { 0 };
  ek_utf8_repair(s, &mended);
  ek_text_json(w->out, (ek_str){ mended.data, mended.len });
  ek_text_free(&mended);
}

void
ek_jsonw_text(ek_jsonw *w, const char *name, const char *s)
{
  ek_jsonw_str(w, name, ek_cstr(s ? s : ""));
}

void
ek_jsonw_u64(ek_jsonw *w, const char *name, uint64_t n)
{
  begin(w, name);
  ek_text_u64(w->out, n);
}

void
ek_jsonw_bool(ek_jsonw *w, const char *name, int b)
{
  begin(w, name);
  ek_text_cstr(w->out, b ? "true" : "false");
}

void
ek_jsonw_fixed(ek_jsonw *w, const char *name, double d, unsigned decimals)
{
  uint64_t scale = 1, n;
  begin(w, name);
  for (unsigned i = 0; i < decimals; i++)
    scale *= 10;
  if (!(d > 0))
    d = 0;
  if (d > 1e12)
    d = 1e12;
  n = (uint64_t)(d * (double)scale + 0.5);
  ek_text_u64(w->out, n / scale);
  ek_text_char(w->out, '.');
  do {
    n %= scale;
    scale /= 10;
    ek_text_char(w->out, (char)('0' + n / scale));
  } while (n % scale);
}

void
ek_jsonw_real(ek_jsonw *w, const char *name, double d)
{
  char text[400];
  if (!isfinite(d)) {
    ek_jsonw_null(w, name);
    return;
  }
  int n = snprintf(text, sizeof text, "%.8f", fabs(d));
  for (int spare = 2; spare > 0 && text[n - 1] == '0'; spare--)
    n--;
  begin(w, name);
  if (d < 0 && strspn(text, "0.") < (size_t)n)
    ek_text_char(w->out, '-');
  ek_text_add(w->out, text, (size_t)n);
}

void
ek_jsonw_null(ek_jsonw *w, const char *name)
{
  begin(w, name);
  ek_text_cstr(w->out, "null");
}
