/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <string.h>
#include "base/mem.h"
#include "chain/suite.h"
#include "stage-kit.h"
#include "stage/local/evaluate.h"

enum { USERS = 2000 };

static float base[USERS], arm[USERS];

/* Values between 0 and 1, and differences with the mean and spread asked for. */
static void
draw(uint64_t seed, double mean, double spread)
{
  for (int i = 0; i < USERS; i++) {
    double sum = 0;
    for (int k = 0; k < 12; k++)
      sum += (double)(kit_next(&seed) >> 11) / 9007199254740992.0;
    base[i] = (float)((double)(kit_next(&seed) >> 40) / 16777216.0);
    arm[i] = (float)((double)base[i] + mean + spread * (sum - 6));      /* about normal */
  }
}

START_TEST(interval_of_a_normal_difference)
{
  double difference, low, high, p, mean = 0, square = 0;
  draw(1, 0.02, 0.5);
  for (int i = 0; i < USERS; i++) {
    double d = (double)arm[i] - (double)base[i];
    mean += d / USERS;
    square += d * d / USERS;
  }
  double error = sqrt((square - mean * mean) / USERS);
  ek_bootstrap(base, arm, USERS, 2, &difference, &low, &high, &p);
  ck_assert_double_eq_tol(difference, mean, 1e-12);
  ck_assert_double_eq_tol(low, mean - 1.96 * error, 0.1 * error);
  ck_assert_double_eq_tol(high, mean + 1.96 * error, 0.1 * error);
  ck_assert_double_eq_tol(p, erfc(fabs(mean / error) / sqrt(2)), 0.02);
}
END_TEST

START_TEST(sure_either_way)
{
  double difference, low, high, p;
  draw(2, 0.2, 0.5);
  ek_bootstrap(base, arm, USERS, 1, &difference, &low, &high, &p);
  ck_assert(difference > 0 && low > 0 && high > difference && p == 0);
  ek_bootstrap(arm, base, USERS, 1, &difference, &low, &high, &p);
  ck_assert(difference < 0 && high < 0 && low < difference && p == 0);
}
END_TEST

START_TEST(no_difference_at_all)
{
  double difference = 1, low = 1, high = 1, p = 0;
  draw(3, 0, 1);
  ek_bootstrap(base, base, USERS, 2, &difference, &low, &high, &p);
  ck_assert(difference == 0 && low == 0 && high == 0 && p == 1);
  ek_bootstrap(base, base, 0, 2, &difference, &low, &high, &p);
  ck_assert(difference == 0 && low == 0 && high == 0 && p == 1);
  ek_bootstrap(base, arm, 1, 2, &difference, &low, &high, &p);      /* one user: every resample is it */
  ck_assert(low == high && fabs(low - difference) < 1e-12 && p == 0);
}
END_TEST

/* Two gains and two losses of 0.2 balance in many resamples: 0 counts on both sides. */
START_TEST(exact_balance_counts_twice)
{
  double difference, low, high, p;
  memset(base, 0, sizeof base);
  memset(arm, 0, sizeof arm);
  arm[5] = arm[77] = base[100] = base[1999] = 0.2f;
  ek_bootstrap(base, arm, USERS, 2, &difference, &low, &high, &p);
  ck_assert_double_eq_tol(difference, 0, 1e-15);
  ck_assert_double_eq(p, 1);
  base[1999] = 0;                          /* +1 net: by theory of two Poissons P(2 - 1 <= 0) = 0.396 */
  ek_bootstrap(base, arm, USERS, 2, &difference, &low, &high, &p);
  ck_assert_double_eq_tol(p, 2 * 0.396, 0.03);
}
END_TEST

/* Any number of threads, alone or with others, in a struct or not: the same bits. */
START_TEST(same_draws_for_all)
{
  enum { PAIRS = 11 };
  static ek_user_metrics a[USERS], b[USERS];
  ek_bootstrap_pair pairs[PAIRS], again[PAIRS];
  ek_error e = { 0 };
  uint64_t seed = 9;
  for (int i = 0; i < USERS; i++) {
    b[i] = a[i] = (ek_user_metrics){ .user = (uint32_t)i };
    if (kit_next(&seed) % 3 == 0)
      b[i].mrr_at_25 = b[i].ndcg_at_5 = (float)(kit_next(&seed) % 100) / 100;
    if (kit_next(&seed) % 3 == 0)
      a[i].mrr_at_25 = (float)(kit_next(&seed) % 100) / 100;
    base[i] = a[i].mrr_at_25;
    arm[i] = b[i].mrr_at_25;
  }
  for (unsigned threads = 1; threads < 5; threads++) {
    for (int k = 0; k < PAIRS; k++)
      pairs[k] = (ek_bootstrap_pair){ .base = k % 2 ? &a[0].ndcg_at_5 : &a[0].mrr_at_25,
                                      .arm = k % 2 ? &b[0].ndcg_at_5 : &b[0].mrr_at_25,
                                      .stride = sizeof *a / sizeof(float) };
    ck_assert_int_eq(ek_bootstrap_pairs(pairs, PAIRS, USERS, threads, NULL, &e), 0);
    if (threads == 1)
      memcpy(again, pairs, sizeof pairs);
    for (int k = 0; k < PAIRS; k++) {
      ck_assert(pairs[k].low == again[k].low && pairs[k].high == again[k].high && pairs[k].p == again[k].p);
      ck_assert(pairs[k].low == pairs[k % 2].low && pairs[k].high == pairs[k % 2].high);
      ck_assert(pairs[k].low < pairs[k].difference && pairs[k].difference < pairs[k].high);
    }
  }
}
END_TEST

START_TEST(stops_when_told)
{
  volatile int stop = 1;
  ek_stage_watch watch = { NULL, NULL, &stop };
  ek_error e = { 0 };
  draw(4, 0.1, 1);
  ek_bootstrap_pair pair = { .base = base, .arm = arm, .stride = 1 };
  ck_assert_int_eq(ek_bootstrap_pairs(&pair, 1, USERS, 2, &watch, &e), -1);
  ck_assert_str_eq(e.code, "interrupted");
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { interval_of_a_normal_difference, sure_either_way, no_difference_at_all,
                           exact_balance_counts_twice,
                           same_draws_for_all, stops_when_told, NULL };
  return run_suite("bootstrap", tests);
}
