/* SPDX-License-Identifier: BSD-3-Clause */
/* The program never calls setlocale(), so strtod and printf use the C locale; the
 * forms accepted are checked here before the library sees them.              */
#include "base/number.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ek_str
trim(ek_str s)
{
  while (s.len && (s.ptr[0] == ' ' || (s.ptr[0] >= '\t' && s.ptr[0] <= '\r'))) {
    s.ptr++;
    s.len--;
  }
  while (s.len && (s.ptr[s.len - 1] == ' ' || (s.ptr[s.len - 1] >= '\t' && s.ptr[s.len - 1] <= '\r')))
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

static int
is_word(ek_str s, const char *word)
{
  size_t n = strlen(word);
  if (s.len != n)
    return 0;
  for (size_t i = 0; i < n; i++)
    if ((s.ptr[i] | 0x20) != word[i])
      return 0;
  return 1;
}

int
ek_number_double(ek_str s, int special, double *out)
{
  char buf[512];
  s = trim(s);
  size_t i = s.len && (s.ptr[0] == '+' || s.ptr[0] == '-') ? 1 : 0;
  ek_str body = { s.ptr + i, s.len - i };
  if (special && (is_word(body, "nan") || is_word(body, "inf") || is_word(body, "infinity"))) {
    double v = is_word(body, "nan") ? (double)NAN : (double)INFINITY;
    *out = i && s.ptr[0] == '-' ? -v : v;
    return 1;
  }
  size_t whole = digits(s, i), end = whole;
  size_t n = whole - i;
  if (end < s.len && s.ptr[end] == '.') {
    size_t fraction = digits(s, end + 1);
    n += fraction - (end + 1);
    end = fraction;
  }
  if (!n)
    return 0;
  if (end < s.len && (s.ptr[end] | 0x20) == 'e') {
    size_t exponent = end + 1;
    if (exponent < s.len && (s.ptr[exponent] == '+' || s.ptr[exponent] == '-'))
      exponent++;
    end = digits(s, exponent);
    if (end == exponent)
      return 0;
  }
  if (end != s.len || s.len >= sizeof buf)
    return 0;
  memcpy(buf, s.ptr, s.len);
  buf[s.len] = 0;
  double v = strtod(buf, NULL);
  if (!special && !isfinite(v))
    return 0;
  *out = v;
  return 1;
}

int
ek_number_int(ek_str s, int64_t *out)
{
  size_t i = s.len && (s.ptr[0] == '+' || s.ptr[0] == '-') ? 1 : 0;
  int negative = i && s.ptr[0] == '-';
  uint64_t v = 0, limit = (uint64_t)INT64_MAX + (negative ? 1u : 0u);
  if (i == s.len || digits(s, i) != s.len)
    return 0;
  for (; i < s.len; i++) {
    unsigned d = (unsigned)(s.ptr[i] - '0');
    if (v > (limit - d) / 10)
      return 0;
    v = v * 10 + d;
  }
  *out = negative ? (int64_t)(0 - v) : (int64_t)v;
  return 1;
}

/* Python's repr: the shortest digits that read back, in fixed form for exponents
 * -4 .. 15, else d.ddde+XX (CPython Objects/floatobject.c, float_repr: format 'r'). */
size_t
ek_number_repr(double d, char *buf)
{
  char tmp[40];
  if (isnan(d))
    return (size_t)snprintf(buf, EK_NUMBER_MAX, "nan");
  if (isinf(d))
    return (size_t)snprintf(buf, EK_NUMBER_MAX, d < 0 ? "-inf" : "inf");
  int precision = 0;
  do
    snprintf(tmp, sizeof tmp, "%.*e", precision, d);
  while (strtod(tmp, NULL) != d && ++precision < 17);
  char *e = strchr(tmp, 'e');
  int exponent = atoi(e + 1);
  *e = 0;
  char *p = buf, *s = tmp;
  if (*s == '-')
    *p++ = *s++;
  char number[24] = "";
  size_t n = 0;
  for (; *s; s++)
    if (*s != '.')
      number[n++] = *s;
  if (exponent >= -4 && exponent < 16) {
    if (exponent < 0) {
      *p++ = '0';
      *p++ = '.';
      for (int i = -1; i > exponent; i--)
        *p++ = '0';
      memcpy(p, number, n);
      p += n;
    } else {
      for (size_t i = 0; i <= (size_t)exponent; i++)
        *p++ = i < n ? number[i] : '0';
      *p++ = '.';
      if (n > (size_t)exponent + 1) {
        memcpy(p, number + exponent + 1, n - (size_t)exponent - 1);
        p += n - (size_t)exponent - 1;
      } else
        *p++ = '0';
    }
    *p = 0;
    return (size_t)(p - buf);
  }
  *p++ = number[0];
  if (n > 1) {
    *p++ = '.';
    memcpy(p, number + 1, n - 1);
    p += n - 1;
  }
  p += snprintf(p, 8, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
  return (size_t)(p - buf);
}

/* Days since 1970-01-01 (Howard Hinnant, days_from_civil). */
static int64_t
days(int64_t y, unsigned m, unsigned d)
{
  y -= m <= 2;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  unsigned yoe = (unsigned)(y - era * 400);
  unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + (int64_t)doe - 719468;
}

/* Exactly n digits at *i. */
static int
field(ek_str s, size_t *i, size_t n, unsigned *out)
{
  unsigned v = 0;
  if (s.len - *i < n)
    return 0;
  for (size_t k = 0; k < n; k++) {
    char c = s.ptr[*i + k];
    if (c < '0' || c > '9')
      return 0;
    v = v * 10 + (unsigned)(c - '0');
  }
  *i += n;
  *out = v;
  return 1;
}

static int
literal(ek_str s, size_t *i, char c)
{
  if (*i >= s.len || s.ptr[*i] != c)
    return 0;
  ++*i;
  return 1;
}

static unsigned
month_days(unsigned y, unsigned m)
{
  static const unsigned char n[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  return n[m - 1] + (unsigned)(m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

int
ek_number_iso8601(ek_str s, int64_t *seconds)
{
  unsigned y, mo, d, h = 0, mi = 0, sec = 0, zh = 0, zm = 0;
  size_t i = 0;
  int sign = 0;

  s = trim(s);
  if (!field(s, &i, 4, &y) || !literal(s, &i, '-') || !field(s, &i, 2, &mo) || !literal(s, &i, '-') ||
      !field(s, &i, 2, &d))
    return 0;
  if (mo < 1 || mo > 12 || d < 1 || d > month_days(y, mo))
    return 0;
  if (i < s.len) {
    if (!literal(s, &i, 'T') && !literal(s, &i, 't') && !literal(s, &i, ' '))
      return 0;
    if (!field(s, &i, 2, &h) || !literal(s, &i, ':') || !field(s, &i, 2, &mi))
      return 0;
    if (literal(s, &i, ':')) {
      if (!field(s, &i, 2, &sec))
        return 0;
      if (literal(s, &i, '.') || literal(s, &i, ',')) {
        size_t end = digits(s, i);
        if (end == i)
          return 0;
        i = end;
      }
    }
    if (!literal(s, &i, 'Z') && !literal(s, &i, 'z') && i < s.len) {
      sign = s.ptr[i] == '+' ? 1 : s.ptr[i] == '-' ? -1 : 0;
      if (!sign)
        return 0;
      i++;
      if (!field(s, &i, 2, &zh))
        return 0;
      literal(s, &i, ':');
      if (!field(s, &i, 2, &zm))
        return 0;
    }
  }
  if (i != s.len || h > 23 || mi > 59 || sec > 60 || zh > 23 || zm > 59)
    return 0;
  *seconds = days((int64_t)y, mo, d) * 86400 + (int64_t)(h * 3600 + mi * 60 + sec) - sign * (int64_t)(zh * 3600 + zm * 60);
  return 1;
}

void
ek_number_utc(int64_t seconds, char *buf)
{
  int64_t day = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400;
  int64_t rest = seconds - day * 86400, z = day + 719468;
  int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  unsigned doe = (unsigned)(z - era * 146097);
  unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  unsigned d = doy - (153 * mp + 2) / 5 + 1, m = mp < 10 ? mp + 3 : mp - 9;
  int64_t y = (int64_t)yoe + era * 400 + (m <= 2);
  snprintf(buf, 32, "%04d-%02u-%02uT%02d:%02d:%02dZ", (int)y, m, d, (int)(rest / 3600), (int)(rest / 60 % 60),
           (int)(rest % 60));
}
