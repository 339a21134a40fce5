/* SPDX-License-Identifier: BSD-3-Clause */
/* base/date.h - the dates of HTTP: "Tue, 24 Nov 2026 09:00:00 GMT" (RFC 9110). */
#ifndef EK_BASE_DATE_H
#define EK_BASE_DATE_H
#include <stdint.h>
#include <enrichkit/plugin.h>

/* The preferred form only, which is what services send. 1, or 0.            */
int ek_http_date(ek_str s, int64_t *seconds);

#endif
