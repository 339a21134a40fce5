/* SPDX-License-Identifier: BSD-3-Clause */
/* What money.h promises: no budget is passed, whatever is under way; runs before this one count. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "chain/money.h"
#include "chain/suite.h"

#define USD INT64_C(1000000000)

static char names[3][8] = { "one", "two", "three" };
static ek_step_settings settings[3] = { { .name = names[0] }, { .name = names[1] }, { .name = names[2] } };
static ek_instance paid = { .paid = 1 }, computes = { .paid = 0 };
static ek_step steps[3] = { { &settings[0], &paid }, { &settings[1], &paid }, { &settings[2], &computes } };
static const ek_chain chain = { .steps = steps, .n_steps = 3 };
static ek_error e;

static ek_budget
budget(int64_t nano, const char *currency)
{
  ek_budget b = { .kind = EK_BUDGET_MONEY, .money = { .nano = nano } };
  memcpy(b.money.currency, currency, 4);
  return b;
}

static ek_purse *
purse(int64_t one, int64_t two, int64_t run, const ek_services *services)
{
  const ek_budget none = { .kind = EK_BUDGET_NONE };
  ek_budget all = run < 0 ? none : budget(run, "USD");
  settings[0].budget = one < 0 ? none : budget(one, "USD");
  settings[1].budget = two < 0 ? none : budget(two, "USD");
  ek_purse *p = ek_purse_new(&chain, run < 0 ? NULL : &all, services, &e);
  ck_assert_msg(p != NULL, "%s", e.message);
  return p;
}

START_TEST(under_way_counts)
{
  ek_purse *p = purse(10, -1, -1, NULL);
  ek_budget_end end = { .step = 9 };
  ck_assert_int_eq(ek_purse_reserve(p, 0, 6, 0, &end), EK_RESERVED);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 4, 0, &end), EK_RESERVED);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 1, 0, &end), EK_RESERVE_WAIT);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 0, 0, &end), EK_RESERVED);           /* what costs nothing is never held */
  ek_purse_settle(p, 0, 6, 2);                                             /* the rest is given back            */
  ck_assert_int_eq(ek_purse_reserve(p, 0, 5, 0, &end), EK_RESERVE_WAIT);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 4, 0, &end), EK_RESERVED);
  ek_purse_settle(p, 0, 4, 4);
  ek_purse_settle(p, 0, 4, 3);
  ck_assert_int_eq(end.step, 0);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 2, 0, &end), EK_RESERVE_SPENT);
  ck_assert_int_eq(end.step, 0);
  ck_assert_int_eq(end.spent_nano, 9);
  ck_assert_int_eq(end.budget_nano, 10);
  ck_assert_str_eq(end.currency, "USD");
  ck_assert_int_eq(ek_purse_reserve(p, 0, 1, 0, NULL), EK_RESERVED);
  int64_t before = 7;
  ck_assert_int_eq(ek_purse_spent(p, 0, &before), 9);
  ck_assert_int_eq(before, 0);
  ek_purse_free(p);
}
END_TEST

START_TEST(nobody_waits_for_himself)
{
  ek_purse *p = purse(10, -1, -1, NULL);
  ek_budget_end end = { .step = 9 };
  ck_assert_int_eq(ek_purse_reserve(p, 0, 6, 0, &end), EK_RESERVED);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 5, 6, &end), EK_RESERVE_SPENT);      /* there is nobody else          */
  ck_assert_int_eq(end.step, 0);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 4, 6, &end), EK_RESERVED);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 4, 6, &end), EK_RESERVE_WAIT);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 4, 10, &end), EK_RESERVE_SPENT);
  ek_purse_free(p);
}
END_TEST

START_TEST(the_run_has_a_budget_too)
{
  ek_purse *p = purse(100, -1, 10, NULL);
  ek_budget_end end = { 0 };
  ck_assert_int_eq(ek_purse_reserve(p, 0, 5, 0, &end), EK_RESERVED);
  ck_assert_int_eq(ek_purse_reserve(p, 1, 5, 0, &end), EK_RESERVED);
  ck_assert_int_eq(ek_purse_reserve(p, 2, 1, 0, &end), EK_RESERVE_WAIT);
  ek_purse_settle(p, 0, 5, 5);
  ek_purse_settle(p, 1, 5, 5);
  ck_assert_int_eq(ek_purse_reserve(p, 1, 1, 0, &end), EK_RESERVE_SPENT);
  ck_assert_int_eq(end.step, -1);
  ck_assert_int_eq(end.spent_nano, 10);
  ck_assert_int_eq(end.budget_nano, 10);
  ek_purse_free(p);
}
END_TEST

/* A step's budget is reached for good although the run's may get something back. */
START_TEST(reached_is_reached)
{
  ek_purse *p = purse(5, -1, 100, NULL);
  ek_budget_end end = { 0 };
  ck_assert_int_eq(ek_purse_reserve(p, 0, 5, 0, &end), EK_RESERVED);
  ek_purse_settle(p, 0, 5, 5);
  ck_assert_int_eq(ek_purse_reserve(p, 1, 95, 0, &end), EK_RESERVED);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 1, 0, &end), EK_RESERVE_SPENT);
  ck_assert_int_eq(end.step, 0);
  ek_purse_free(p);
  p = purse(0, -1, -1, NULL);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 1, 0, &end), EK_RESERVE_SPENT);
  ck_assert_int_eq(ek_purse_reserve(p, 1, INT64_MAX, 0, &end), EK_RESERVED);
  ck_assert_int_eq(ek_purse_reserve(p, 1, INT64_MAX, 0, &end), EK_RESERVED);   /* no wrap, no limit       */
  ek_purse_free(p);
}
END_TEST

/* More than was reserved is booked all the same: it is spent. */
START_TEST(charged_more_than_reserved)
{
  ek_purse *p = purse(10, -1, -1, NULL);
  ek_budget_end end = { 0 };
  ck_assert_int_eq(ek_purse_reserve(p, 0, 1, 0, &end), EK_RESERVED);
  ek_purse_settle(p, 0, 1, 12);
  ck_assert_int_eq(ek_purse_reserve(p, 0, 1, 0, &end), EK_RESERVE_SPENT);
  ck_assert_int_eq(end.spent_nano, 12);
  ek_purse_free(p);
}
END_TEST

static void
into(char *folder)
{
  strcpy(folder, "/tmp/ek-money.XXXXXX");
  if (!mkdtemp(folder) || chdir(folder) < 0)
    abort();
}

static void
out_of(const char *folder)
{
  char command[100];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  if (chdir("/") < 0 || system(command) != 0)
    abort();
}

START_TEST(earlier_runs_count)
{
  char folder[32];
  into(folder);
  ek_exchange_options o = { .path = "c.db" };
  ek_exchange *x = ek_exchange_open(&o, &e);
  ck_assert_ptr_nonnull(x);
  ek_services s = { .exchange = x, .folder = "/out" };
  ek_spent rows[] = { { "/out", "one", "image", 3, 3 * USD, "USD" }, { "/out", "gone", "image", 2, 2 * USD, "USD" },
                      { "/other", "one", "image", 50, 50 * USD, "USD" } };
  ck_assert_int_eq(ek_exchange_put(x, NULL, NULL, "one", 0, rows, 3, &e), 0);
  ek_purse *p = purse(4 * USD, -1, -1, &s);
  ek_budget_end end = { 0 };
  int64_t before;
  ck_assert_int_eq(ek_purse_reserve(p, 0, USD + 1, 0, &end), EK_RESERVE_SPENT);
  ck_assert_int_eq(end.spent_nano, 3 * USD);
  ck_assert_int_eq(ek_purse_reserve(p, 0, USD, 0, &end), EK_RESERVED);
  ek_purse_settle(p, 0, USD, USD);
  ck_assert_int_eq(ek_purse_spent(p, 0, &before), USD);
  ck_assert_int_eq(before, 3 * USD);
  ek_purse_free(p);
  /* The run's budget counts what a step spent that has another name by now. */
  p = purse(-1, -1, 6 * USD, &s);
  ck_assert_int_eq(ek_purse_reserve(p, 1, 2 * USD, 0, &end), EK_RESERVE_SPENT);
  ck_assert_int_eq(end.spent_nano, 5 * USD);
  ck_assert_int_eq(end.step, -1);
  ek_purse_free(p);
  /* Another currency is not added up. */
  settings[0].budget = budget(USD, "EUR");
  ck_assert_ptr_null(ek_purse_new(&chain, NULL, &s, &e));
  ck_assert_str_eq(e.code, "other_currency");
  ck_assert_int_eq(ek_exchange_settle(x, "/out", &e), 0);
  p = ek_purse_new(&chain, NULL, &s, &e);
  ck_assert_ptr_nonnull(p);
  ck_assert_int_eq(ek_purse_spent(p, 0, &before), 0);
  ck_assert_int_eq(before, 0);
  ek_purse_free(p);
  ck_assert_int_eq(ek_exchange_close(x, &e), 0);
  out_of(folder);
}
END_TEST

static ek_purse *shared;
static void *
spend(void *arg)
{
  int64_t *mine = arg;
  for (;;)
    switch (ek_purse_reserve(shared, 0, 7, 0, NULL)) {
    case EK_RESERVED:
      *mine += 5;
      ek_purse_settle(shared, 0, 7, 5);
      break;
    case EK_RESERVE_WAIT:
      break;
    case EK_RESERVE_SPENT:
      return NULL;
    }
}

START_TEST(threads_never_pass_it)
{
  pthread_t threads[8];
  int64_t mine[8] = { 0 }, sum = 0;
  shared = purse(10000, -1, -1, NULL);
  for (int i = 0; i < 8; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, spend, &mine[i]), 0);
  for (int i = 0; i < 8; i++) {
    pthread_join(threads[i], NULL);
    sum += mine[i];
  }
  ck_assert_int_eq(sum, ek_purse_spent(shared, 0, NULL));
  ck_assert_int_le(sum, 10000);
  ck_assert_int_gt(sum, 10000 - 7);
  ek_purse_free(shared);
}
END_TEST

int
main(void)
{
  const TTest *const tests[] = { under_way_counts, nobody_waits_for_himself, the_run_has_a_budget_too, reached_is_reached,
                                 charged_more_than_reserved, earlier_runs_count, threads_never_pass_it, NULL };
  return run_suite("money", tests);
}
