/* SPDX-License-Identifier: BSD-3-Clause */
#include "config/value.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/number.h"

/* base/number trims blanks, as the readers of records need it. A configuration's
 * value is exactly what stands there.                                       */
static int
starts_and_ends_tight(const char *s)
{
  size_t n = strlen(s);
  return n && (unsigned char)s[0] > ' ' && (unsigned char)s[n - 1] > ' ';
}

int
ek_value_int(const char *s, int64_t *out)
{
  return starts_and_ends_tight(s) && ek_number_int(ek_cstr(s), out);
}

int
ek_value_float(const char *s, double *out)
{
  return starts_and_ends_tight(s) && ek_number_double(ek_cstr(s), 0, out);
}

int
ek_value_bool(const char *s, int *out)
{
  int yes = strcmp(s, "true") == 0;
  if (!yes && strcmp(s, "false") != 0)
    return 0;
  *out = yes;
  return 1;
}

/* Decimal digits at s; returns how many, 0 also when the number does not fit. */
static size_t
digits(const char *s, int64_t *out)
{
  size_t n = strspn(s, "0123456789");
  return n && ek_number_int((ek_str){ s, n }, out) ? n : 0;
}

static int
scaled(int64_t n, int64_t unit, int64_t *out)
{
  int64_t v;
  if (__builtin_mul_overflow(n, unit, &v))
    return 0;
  *out = v;
  return 1;
}

int
ek_value_duration(const char *s, int64_t *ns)
{
  static const struct { const char *name; int64_t ns; } unit[] = {
    { "ms", 1000000 },
    { "s", 1000000000 },
    { "m", 60 * INT64_C(1000000000) },
    { "h", 3600 * INT64_C(1000000000) },
    { "d", 86400 * INT64_C(1000000000) },
  };
  int64_t n = 0;
  size_t used = digits(s, &n);
  if (!used)
    return 0;
  for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
    if (strcmp(s + used, unit[i].name) == 0)
      return scaled(n, unit[i].ns, ns);
  return 0;
}

int
ek_value_size(const char *s, int64_t *bytes)
{
  static const char unit[] = "KMG";
  int64_t n = 0;
  size_t used = digits(s, &n);
  if (!used)
    return 0;
  if (!s[used]) {
    *bytes = n;
    return 1;
  }
  const char *u = strchr(unit, s[used]);
  return u && !s[used + 1] && scaled(n, INT64_C(1) << (10 * (u - unit + 1)), bytes);
}

/* A decimal number without sign or exponent, then the rest in *end. */
static int
plain_decimal(const char *s, double *out, const char **end)
{
  size_t n = strspn(s, "0123456789");
  if (!n)
    return 0;
  if (s[n] == '.') {
    size_t fraction = strspn(s + n + 1, "0123456789");
    if (!fraction)
      return 0;
    n += 1 + fraction;
  }
  *end = s + n;
  return ek_number_double((ek_str){ s, n }, 0, out);
}

int
ek_value_share(const char *s, double *out)
{
  const char *end;
  double v;
  if (!plain_decimal(s, &v, &end) || strcmp(end, "%") != 0 || v > 100)
    return 0;
  *out = v / 100;
  return 1;
}

int
ek_value_rate(const char *s, double *per_second)
{
  const char *end;
  double v;
  if (!plain_decimal(s, &v, &end) || !(v > 0))
    return 0;
  if (strcmp(end, "/m") == 0)
    v /= 60;
  else if (strcmp(end, "/s") != 0)
    return 0;
  *per_second = v;
  return 1;
}

int
ek_value_money(const char *s, ek_money *out)
{
  int64_t whole = 0, nano = 0;
  size_t used = digits(s, &whole);
  if (!used)
    return 0;
  s += used;
  if (*s == '.') {
    size_t n = strspn(s + 1, "0123456789");
    if (!n || n > 9)                       /* finer than a billionth would be rounded: refused */
      return 0;
    for (size_t i = 0; i < 9; i++)
      nano = nano * 10 + (i < n ? s[1 + i] - '0' : 0);
    s += 1 + n;
  }
  if (*s != ' ' || strspn(s + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3 || s[4])
    return 0;
  int64_t total;
  if (!scaled(whole, 1000000000, &total) || __builtin_add_overflow(total, nano, &total))
    return 0;
  out->nano = total;
  memcpy(out->currency, s + 1, 4);
  return 1;
}

const char *
ek_money_amount(int64_t nano, unsigned decimals, char *buf)
{
  uint64_t n = nano < 0 ? 0 - (uint64_t)nano : (uint64_t)nano;
  int len = snprintf(buf, EK_MONEY_MAX, "%s%llu.%09llu", nano < 0 ? "-" : "", (unsigned long long)(n / 1000000000),
                     (unsigned long long)(n % 1000000000));
  for (unsigned left = 9; left > decimals && buf[len - 1] == '0'; left--)
    buf[--len] = 0;
  if (buf[len - 1] == '.')
    buf[--len] = 0;
  return buf;
}

const char *
ek_money_text(ek_money m, char *buf)
{
  ek_money_amount(m.nano, 0, buf);
  size_t len = strlen(buf);
  snprintf(buf + len, EK_MONEY_MAX - len, " %.3s", m.currency);
  return buf;
}

int
ek_value_name(const char *s)
{
  size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
  return n >= 1 && n <= 40 && !s[n];
}
