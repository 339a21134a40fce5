/* SPDX-License-Identifier: BSD-3-Clause */
/* base/number.h - numbers and times as data: never by locale or time zone.  */
#ifndef EK_BASE_NUMBER_H
#define EK_BASE_NUMBER_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>

#define EK_NUMBER_MAX 40                 /* bytes that any ek_number_* writes, with NUL */

/* The whole text is a decimal number as JSON spells it, also with surrounding
 * blanks, a leading '+' or a bare '.5' (Python's float()); "nan", "inf",
 * "infinity" in any case when special is set. 1 and *out, or 0.            */
int ek_number_double(ek_str s, int special, double *out);
/* Decimal integer, optional sign, within int64. 1 or 0.                     */
int ek_number_int(ek_str s, int64_t *out);
/* Shortest text that reads back as the same double, in Python's repr() form:
 * 5.0, 1e+16, 1e-05, nan, inf, -inf. Returns the length.                    */
size_t ek_number_repr(double d, char *buf);
/* ISO 8601 (date, or date and time with optional fraction and Z or +hh:mm; no
 * zone means UTC) to seconds since the epoch. 1 or 0.                       */
int ek_number_iso8601(ek_str s, int64_t *seconds);
/* "2026-11-24T09:00:00Z"; buf holds at least 32 bytes.                               */
void ek_number_utc(int64_t seconds, char *buf);

#endif
