/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/calendar.h"
#include <stdio.h>

typedef struct date { int64_t year; int month, day; } date;      /* month 1..12     */

/* Proleptic Gregorian, by eras of 400 years that begin in March. */
static date
date_of(int64_t seconds)
{
  int64_t days = seconds / 86400 - (seconds % 86400 < 0) + 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097, in_era = days - era * 146097;
  int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
  int64_t in_year = in_era - (365 * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;
  date d = { .year = year + era * 400 + (month >= 10), .month = (int)(month < 10 ? month + 3 : month - 9),
             .day = (int)(in_year - (153 * month + 2) / 5 + 1) };
  return d;
}

int64_t
ek_month_of(int64_t seconds)
{
  date d = date_of(seconds);
  return d.year * 12 + d.month - 1;
}

const char *
ek_month_name(int64_t month, char buf[EK_MONTH_SIZE])
{
  int64_t in_year = (month % 12 + 12) % 12;
  snprintf(buf, EK_MONTH_SIZE, "%04lld-%02d", (long long)((month - in_year) / 12), (int)in_year + 1);
  return buf;
}

const char *
ek_day_name(int64_t seconds, char buf[EK_MONTH_SIZE])
{
  static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July", "August",
                                        "September", "October", "November", "December" };
  date d = date_of(seconds);
  snprintf(buf, EK_MONTH_SIZE, "%d %s %lld", d.day, months[d.month - 1], (long long)d.year);
  return buf;
}
