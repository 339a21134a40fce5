/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/date.h"
#include <stdio.h>
#include <string.h>
#include "base/number.h"

static int
digits(const char *s, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (s[i] < '0' || s[i] > '9')
      return 0;
  return 1;
}

/* Made into ISO 8601, whose reader checks the ranges. */
int
ek_http_date(ek_str s, int64_t *seconds)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (s.len != 29 || memcmp(s.ptr + 3, ", ", 2) || memcmp(s.ptr + 25, " GMT", 4))
    return 0;
  const char *p = s.ptr;
  if (!digits(p + 5, 2) || p[7] != ' ' || p[11] != ' ' || !digits(p + 12, 4) || p[16] != ' ')
    return 0;
  int month = 0;
  while (month < 12 && memcmp(months + 3 * month, p + 8, 3))
    month++;
  if (month == 12)
    return 0;
  char iso[40];
  int n = snprintf(iso, sizeof iso, "%.4s-%02d-%.2sT%.8sZ", p + 12, month + 1, p + 5, p + 17);
  return ek_number_iso8601((ek_str){ iso, (size_t)n }, seconds);
}
