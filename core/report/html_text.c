/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include "base/utf8.h"
#include "report/html.h"
#include "report/verdict.h"

#define LABEL_MAX 160u             /* characters; a longer text is cut          */

/* What has no shape of its own, but hides or turns what stands around it. The joiners
 * U+200C and U+200D stay: Persian, Indic scripts and emoji need them. */
static int
is_treacherous(uint32_t c)
{
  static const struct { uint32_t first, last; } ranges[] = {
    { 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },     { 0x61c, 0x61c },   { 0x180e, 0x180e },
    { 0x200b, 0x200b }, { 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
    { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f }
  };
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    if (c >= ranges[i].first && c <= ranges[i].last)
      return 1;
  return 0;
}

static void
add_character(ek_text *out, const char *bytes, size_t len, uint32_t c, int attribute)
{
  if (is_treacherous(c))
    ek_text_printf(out, attribute ? "U+%04X" : "<span class='cp'>U+%04X</span>", (unsigned)c);
  else if (c == '&')
    ek_text_cstr(out, "&amp;");
  else if (c == '<')
    ek_text_cstr(out, "&lt;");
  else if (c == '>')
    ek_text_cstr(out, "&gt;");
  else if (c == '"')
    ek_text_cstr(out, "&quot;");
  else if (c == '\'')
    ek_text_cstr(out, "&#39;");
  else
    ek_text_add(out, bytes, len);
}

static void
escape(ek_text *out, ek_str s, int attribute)
{
  ek_text mended = { 0 };
  if (!ek_utf8_valid(s)) {
    ek_utf8_repair(s, &mended);
    s = (ek_str){ mended.data, mended.len };
  }
  for (size_t n = 0; s.len > 0; n++) {
    uint32_t c;
    if (n == LABEL_MAX) {
      ek_text_cstr(out, "\xe2\x80\xa6");         /* an ellipsis                 */
      break;
    }
    size_t len = ek_utf8_get(s, &c);
    add_character(out, s.ptr, len, c, attribute);
    s.ptr += len;
    s.len -= len;
  }
  ek_text_free(&mended);
}

void
ek_html_str(ek_text *out, ek_str s)
{
  ek_text_cstr(out, "<bdi>");
  escape(out, s, 0);
  ek_text_cstr(out, "</bdi>");
}

void
ek_html_data(ek_text *out, const char *s)
{
  ek_str text = { s ? s : "", s ? strlen(s) : 0 };
  ek_html_str(out, text);
}

void
ek_html_attr(ek_text *out, const char *s)
{
  ek_str text = { s ? s : "", s ? strlen(s) : 0 };
  escape(out, text, 1);
}

void
ek_html_count(ek_text *out, uint64_t n, const char *one, const char *many)
{
  ek_text_thousands(out, n);
  ek_text_printf(out, " %s", n == 1 ? one : many);
}

/* A narrow space that does not break stands before the sign. */
#define PERCENT "\xe2\x80\xaf%"

void
ek_html_share(ek_text *out, double share)
{
  if (!isfinite(share))
    ek_text_cstr(out, "\xe2\x80\x93");           /* a dash                      */
  else if (share > 0 && share < 0.0005)
    ek_text_cstr(out, "&lt;0.1" PERCENT);
  else if (share < 1 && share >= 0.9995)
    ek_text_cstr(out, "&gt;99.9" PERCENT);
  else
    ek_text_printf(out, share == 0 || share == 1 ? "%.0f\xe2\x80\xaf%%" : "%.1f\xe2\x80\xaf%%", share * 100);
}

void
ek_html_signed(ek_text *out, double d, unsigned decimals)
{
  ek_text plain = { 0 };
  ek_signed_fixed(d, decimals, &plain);
  const char *text = ek_text_c(&plain);
  if (*text == '-') {
    ek_text_cstr(out, "\xe2\x88\x92");
    text++;
  }
  ek_text_cstr(out, text);
  ek_text_free(&plain);
}

void
ek_html_change(ek_text *out, double share)
{
  ek_html_signed(out, share * 100, 1);
  ek_text_cstr(out, PERCENT);
}

void
ek_html_bytes(ek_text *out, uint64_t n)
{
  static const char *const units[] = { "kB", "MB", "GB", "TB" };
  double d = (double)n;
  if (n < 1000) {
    ek_html_count(out, n, "byte", "bytes");
    return;
  }
  size_t unit = 0;
  for (d /= 1000; d >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++)
    d /= 1000;
  ek_text_printf(out, d < 9.95 ? "%.1f %s" : "%.0f %s", d, units[unit]);
}

void
ek_html_seconds(ek_text *out, double s)
{
  if (s < 0.0095)
    ek_text_printf(out, "%.1f ms", s * 1000);
  else if (s < 60)
    ek_text_printf(out, s < 0.95 ? "%.2f s" : "%.1f s", s);
  else if (s < 3600)
    ek_text_printf(out, "%d min %d s", (int)s / 60, (int)s % 60);
  else
    ek_text_printf(out, "%.0f h %d min", floor(s / 3600), (int)fmod(s, 3600) / 60);
}
