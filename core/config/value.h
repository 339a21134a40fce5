/* SPDX-License-Identifier: BSD-3-Clause */
/* config/value.h - the types of values, for host keys and plugin options alike.
 *
 * Each reads the whole text: 1 and *out, or 0. No locale, no surprise: `1_000`
 * is no integer, `yes` no boolean. Pure functions, thread-safe.             */
#ifndef EK_CONFIG_VALUE_H
#define EK_CONFIG_VALUE_H
#include <stddef.h>
#include <stdint.h>

int ek_value_int(const char *s, int64_t *out);
int ek_value_float(const char *s, double *out);           /* finite                  */
int ek_value_bool(const char *s, int *out);               /* true, false             */
int ek_value_duration(const char *s, int64_t *ns);        /* 250ms 30s 5m 2h 7d      */
int ek_value_size(const char *s, int64_t *bytes);         /* 512 64K 15M 10G, powers of 1024 */
int ek_value_share(const char *s, double *out);           /* 10% -> 0.1              */
int ek_value_rate(const char *s, double *per_second);     /* 50/s 100/m              */
typedef struct ek_money { int64_t nano; char currency[4]; } ek_money;    /* 1e-9 of it: nothing is rounded */
int ek_value_money(const char *s, ek_money *out);         /* 20 USD, 0.001 USD       */
#define EK_MONEY_MAX 32
/* An amount without its currency, exact, with at least so many decimals: "0.061", "20.00". buf
 * holds EK_MONEY_MAX bytes and is returned.                                  */
const char *ek_money_amount(int64_t nano, unsigned decimals, char *buf);
/* The shortest text that reads back as the same: "20 USD", "0.061 USD".     */
const char *ek_money_text(ek_money, char *buf);
int ek_value_name(const char *s);                         /* letters digits - _, 1..40 */

#endif
