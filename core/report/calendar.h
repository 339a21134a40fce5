/* SPDX-License-Identifier: BSD-3-Clause */
/* report/calendar.h - months in UTC, as the diagnostics count them.         */
#ifndef EK_REPORT_CALENDAR_H
#define EK_REPORT_CALENDAR_H
#include <stdint.h>

#define EK_MONTH_SIZE 32u
/* Months since January of year 0.                                           */
int64_t ek_month_of(int64_t seconds);
/* "2014-07"; returns buf.                                                   */
const char *ek_month_name(int64_t month, char buf[EK_MONTH_SIZE]);
/* "3 May 2014"; returns buf.                                                */
const char *ek_day_name(int64_t seconds, char buf[EK_MONTH_SIZE]);

#endif
