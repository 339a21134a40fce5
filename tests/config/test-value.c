/* SPDX-License-Identifier: BSD-3-Clause */
#include "config-test.h"
#include <math.h>
#include "config/value.h"

static const struct { const char *in; int ok; int64_t out; } ints[] = {
  { "0", 1, 0 }, { "42", 1, 42 }, { "-7", 1, -7 }, { "+7", 1, 7 }, { "007", 1, 7 },
  { "9223372036854775807", 1, INT64_MAX }, { "-9223372036854775808", 1, INT64_MIN },
  { "9223372036854775808", 0, 0 }, { "", 0, 0 }, { "-", 0, 0 }, { "1_000", 0, 0 }, { "1,000", 0, 0 }, { "0x10", 0, 0 },
  { "1e3", 0, 0 }, { "1.0", 0, 0 }, { " 1", 0, 0 }, { "1 ", 0, 0 }, { "1\n", 0, 0 }, { "one", 0, 0 }, { "\xd9\xa1", 0, 0 },
};

START_TEST(int_values)
{
  int64_t v = 99;
  ck_assert_int_eq(ek_value_int(ints[_i].in, &v), ints[_i].ok);
  ck_assert_int_eq(v, ints[_i].ok ? ints[_i].out : 99);
}
END_TEST

static const struct { const char *in; int ok; double out; } floats[] = {
  { "0", 1, 0 }, { "0.25", 1, 0.25 }, { "-1e3", 1, -1000 }, { "1E-2", 1, 0.01 }, { ".5", 1, 0.5 }, { "5.", 1, 5 },
  { "nan", 0, 0 }, { ".nan", 0, 0 }, { ".inf", 0, 0 }, { "inf", 0, 0 }, { "1e999", 0, 0 }, { "", 0, 0 }, { ".", 0, 0 },
  { "1_0.0", 0, 0 }, { "0,5", 0, 0 }, { "0x1p3", 0, 0 }, { " 1", 0, 0 }, { "1 ", 0, 0 }, { "1:30", 0, 0 },
};

START_TEST(float_values)
{
  double v = 99;
  ck_assert_int_eq(ek_value_float(floats[_i].in, &v), floats[_i].ok);
  ck_assert(v == (floats[_i].ok ? floats[_i].out : 99));
}
END_TEST

static const struct { const char *in; int ok, out; } bools[] = {
  { "true", 1, 1 }, { "false", 1, 0 },
  { "True", 0, 0 }, { "TRUE", 0, 0 }, { "yes", 0, 0 }, { "no", 0, 0 }, { "on", 0, 0 }, { "off", 0, 0 },
  { "1", 0, 0 }, { "0", 0, 0 }, { "", 0, 0 }, { "true ", 0, 0 },
};

START_TEST(bool_values)
{
  int v = 99;
  ck_assert_int_eq(ek_value_bool(bools[_i].in, &v), bools[_i].ok);
  ck_assert_int_eq(v, bools[_i].ok ? bools[_i].out : 99);
}
END_TEST

#define SECOND INT64_C(1000000000)
static const struct { const char *in; int ok; int64_t out; } durations[] = {
  { "250ms", 1, SECOND / 4 }, { "30s", 1, 30 * SECOND }, { "5m", 1, 300 * SECOND }, { "2h", 1, 7200 * SECOND },
  { "7d", 1, 86400 * SECOND * 7 }, { "0s", 1, 0 }, { "106751d", 1, 86400 * SECOND * 106751 },
  { "106752d", 0, 0 }, { "99999999999999999999s", 0, 0 }, { "30", 0, 0 }, { "s", 0, 0 }, { "", 0, 0 }, { "1.5s", 0, 0 },
  { "-1s", 0, 0 }, { "+1s", 0, 0 }, { "1 s", 0, 0 }, { "1S", 0, 0 }, { "1w", 0, 0 }, { "1us", 0, 0 }, { "1h30m", 0, 0 }, { "1ss", 0, 0 },
};

START_TEST(duration_values)
{
  int64_t v = 99;
  ck_assert_int_eq(ek_value_duration(durations[_i].in, &v), durations[_i].ok);
  ck_assert_int_eq(v, durations[_i].ok ? durations[_i].out : 99);
}
END_TEST

static const struct { const char *in; int ok; int64_t out; } sizes[] = {
  { "0", 1, 0 }, { "512", 1, 512 }, { "64K", 1, 65536 }, { "15M", 1, 15728640 }, { "10G", 1, INT64_C(10737418240) },
  { "8589934591G", 1, INT64_C(8589934591) << 30 },
  { "8589934592G", 0, 0 }, { "64k", 0, 0 }, { "64KB", 0, 0 }, { "64KiB", 0, 0 }, { "1T", 0, 0 }, { "1.5M", 0, 0 }, { "K", 0, 0 },
  { "", 0, 0 }, { "-1", 0, 0 }, { "1 K", 0, 0 },
};

START_TEST(size_values)
{
  int64_t v = 99;
  ck_assert_int_eq(ek_value_size(sizes[_i].in, &v), sizes[_i].ok);
  ck_assert_int_eq(v, sizes[_i].ok ? sizes[_i].out : 99);
}
END_TEST

static const struct { const char *in; int ok; double out; } shares[] = {
  { "0%", 1, 0 }, { "10%", 1, 0.1 }, { "100%", 1, 1 }, { "0.5%", 1, 0.005 }, { "33.3%", 1, 0.333 },
  { "101%", 0, 0 }, { "100.1%", 0, 0 }, { "10", 0, 0 }, { "0.1", 0, 0 }, { "%", 0, 0 }, { "", 0, 0 }, { "-1%", 0, 0 },
  { "10 %", 0, 0 }, { "10%%", 0, 0 }, { "1e1%", 0, 0 }, { ".5%", 0, 0 }, { "5.%", 0, 0 },
};

START_TEST(share_values)
{
  double v = 99;
  ck_assert_int_eq(ek_value_share(shares[_i].in, &v), shares[_i].ok);
  ck_assert(fabs(v - (shares[_i].ok ? shares[_i].out : 99)) < 1e-15);
}
END_TEST

static const struct { const char *in; int ok; double out; } rates[] = {
  { "50/s", 1, 50 }, { "120/m", 1, 2 }, { "0.5/s", 1, 0.5 },
  { "0/s", 0, 0 }, { "50", 0, 0 }, { "50/h", 0, 0 }, { "50/", 0, 0 }, { "/s", 0, 0 }, { "-1/s", 0, 0 }, { "50 /s", 0, 0 },
  { "50/s ", 0, 0 }, { "", 0, 0 }, { "50ps", 0, 0 },
};

START_TEST(rate_values)
{
  double v = 99;
  ck_assert_int_eq(ek_value_rate(rates[_i].in, &v), rates[_i].ok);
  ck_assert(fabs(v - (rates[_i].ok ? rates[_i].out : 99)) < 1e-12);
}
END_TEST

static const struct { const char *in; int64_t nano; const char *currency; } moneys[] = {
  { "20 USD", 20000000000, "USD" }, { "0.001 USD", 1000000, "USD" }, { "0.000000001 EUR", 1, "EUR" }, { "0 JPY", 0, "JPY" },
  { "9223372036 USD", INT64_C(9223372036000000000), "USD" },
  { "9223372037 USD", 0, NULL }, { "0.0000000001 USD", 0, NULL }, { "20", 0, NULL }, { "20USD", 0, NULL }, { "20  USD", 0, NULL },
  { "20 usd", 0, NULL }, { "20 US", 0, NULL }, { "20 USDT", 0, NULL }, { "$20", 0, NULL }, { "USD 20", 0, NULL }, { "-1 USD", 0, NULL },
  { "1. USD", 0, NULL }, { ".5 USD", 0, NULL }, { "1,000 USD", 0, NULL }, { "", 0, NULL },
};

START_TEST(money_values)
{
  ek_money v = { 99, "" };
  int ok = moneys[_i].currency != NULL;
  ck_assert_int_eq(ek_value_money(moneys[_i].in, &v), ok);
  ck_assert_int_eq(v.nano, ok ? moneys[_i].nano : 99);
  ck_assert_str_eq(v.currency, ok ? moneys[_i].currency : "");
}
END_TEST

static const struct { const char *in; int ok; } names[] = {
  { "a", 1 }, { "shop-2_B", 1 }, { "0123456789012345678901234567890123456789", 1 },
  { "01234567890123456789012345678901234567890", 0 }, { "", 0 }, { "a b", 0 }, { "a.b", 0 }, { "a/b", 0 }, { "\xc3\xa4", 0 }, { "a\n", 0 },
};

START_TEST(name_values)
{
  ck_assert_int_eq(ek_value_name(names[_i].in), names[_i].ok);
}
END_TEST

#define N(a) (int)(sizeof a / sizeof *a)

int
main(void)
{
  Suite *s = suite_create("config/value");
  TCase *t = tcase_create("types");
  tcase_add_loop_test(t, int_values, 0, N(ints));
  tcase_add_loop_test(t, float_values, 0, N(floats));
  tcase_add_loop_test(t, bool_values, 0, N(bools));
  tcase_add_loop_test(t, duration_values, 0, N(durations));
  tcase_add_loop_test(t, size_values, 0, N(sizes));
  tcase_add_loop_test(t, share_values, 0, N(shares));
  tcase_add_loop_test(t, rate_values, 0, N(rates));
  tcase_add_loop_test(t, money_values, 0, N(moneys));
  tcase_add_loop_test(t, name_values, 0, N(names));
  suite_add_tcase(s, t);
  return run_suite(s);
}
