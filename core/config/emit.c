/* SPDX-License-Identifier: BSD-3-Clause */
#include "config/emit.h"
#include <stdio.h>
#include <string.h>
#include "base/number.h"
#include "base/utf8.h"
#include "config/value.h"

/* ---- texts ------------------------------------------------------------------------- */

int
ek_emit_safe(const char *s)
{
  static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.";
  static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.%<- ";
  size_t n = strlen(s);
  return n && strchr(first, s[0]) && strspn(s, more) == n && s[n - 1] != ' ' && s[n - 1] != '-' &&
         strcmp(s, "---") != 0 && strcmp(s, "...") != 0;
}

/* What other readers of YAML would take for something else than a text. */
static int
looks_typed(const char *s)
{
  static const char *const words[] = { "null", "true", "false", "yes", "no", "on", "off", "y", "n", NULL };
  char low[8] = "";
  size_t n = strlen(s);
  double number;
  if (ek_value_float(s, &number))
    return 1;
  if (n >= sizeof low)
    return 0;
  for (size_t i = 0; i < n; i++)
    low[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i]);
  for (const char *const *w = words; *w; w++)
    if (strcmp(low, *w) == 0)
      return 1;
  return 0;
}

void
ek_emit_quoted(ek_text *out, const char *s, const char *dollar)
{
  ek_str rest = ek_cstr(s);
  ek_text_char(out, '"');
  while (rest.len) {
    uint32_t c;
    size_t n = ek_utf8_get(rest, &c);
    if (c == '"' || c == '\\')
      ek_text_printf(out, "\\%c", (int)c);
    else if (c == '$')
      ek_text_cstr(out, dollar);
    else if (c == '\n')
      ek_text_cstr(out, "\\n");
    else if (c == '\t')
      ek_text_cstr(out, "\\t");
    else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff || (c & 0xfffe) == 0xfffe)
      ek_text_printf(out, c > 0xffff ? "\\U%08X" : "\\u%04X", c);
    else
      ek_text_add(out, rest.ptr, n);
    rest.ptr += n;
    rest.len -= n;
  }
  ek_text_char(out, '"');
}

void
ek_emit_text(ek_text *out, const char *s)
{
  if (ek_emit_safe(s) && !looks_typed(s))
    ek_text_cstr(out, s);
  else
    ek_emit_quoted(out, s, "$$");
}

void
ek_emit_key(ek_text *out, const char *s)
{
  if (ek_emit_safe(s) && !looks_typed(s))
    ek_text_cstr(out, s);
  else
    ek_emit_quoted(out, s, "$");
}

void
ek_emit_list(ek_text *out, char *const *list, size_t n)
{
  ek_text_char(out, '[');
  for (size_t i = 0; i < n; i++) {
    ek_text_cstr(out, i ? ", " : "");
    ek_emit_text(out, list[i]);
  }
  ek_text_char(out, ']');
}

/* ---- numbers ------------------------------------------------------------------------- */

void
ek_emit_duration(ek_text *out, int64_t ns)
{
  static const struct { const char *name; int64_t ms; } unit[] = {
    { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 },
  };
  int64_t ms = ns / 1000000;
  size_t i = 0;
  while (ms % unit[i].ms || (!ms && unit[i].ms != 1000))
    i++;
  ek_text_printf(out, "%lld%s", (long long)(ms / unit[i].ms), unit[i].name);
}

void
ek_emit_size(ek_text *out, int64_t bytes)
{
  static const char unit[] = "\0KMG";
  size_t i = 0;
  while (i < 3 && bytes && bytes % 1024 == 0) {
    bytes /= 1024;
    i++;
  }
  ek_text_printf(out, "%lld%.1s", (long long)bytes, unit + i);
}

void
ek_emit_share(ek_text *out, double v)
{
  char buf[64];
  double back;
  for (int precision = 1; precision <= 17; precision++) {
    snprintf(buf, sizeof buf, "%.*g%%", precision, v * 100);
    if (!strchr(buf, 'e') && ek_value_share(buf, &back) && back == v)
      break;
  }
  if (strchr(buf, 'e'))
    snprintf(buf, sizeof buf, "%.20f%%", v * 100);
  ek_text_cstr(out, buf);
}

void
ek_emit_rate(ek_text *out, double v)
{
  char buf[80];
  double back;
  for (int precision = 1; precision <= 17; precision++)
    for (int minute = 0; minute < 2; minute++) {
      snprintf(buf, sizeof buf, "%.*g/%c", precision, minute ? v * 60 : v, minute ? 'm' : 's');
      if (!strchr(buf, 'e') && ek_value_rate(buf, &back) && back == v) {
        ek_text_cstr(out, buf);
        return;
      }
    }
  snprintf(buf, sizeof buf, "%.30f/s", v);
  ek_text_cstr(out, buf);
}

void
ek_emit_budget(ek_text *out, const ek_budget *b)
{
  char buf[EK_MONEY_MAX];
  ek_text_cstr(out, b->kind == EK_BUDGET_MONEY ? ek_money_text(b->money, buf) : "none");
}

void
ek_emit_number(ek_text *out, double v)
{
  char buf[EK_NUMBER_MAX];
  ek_text_add(out, buf, ek_number_repr(v, buf));
}
