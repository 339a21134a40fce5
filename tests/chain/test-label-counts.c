/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "chain/engine.h"
#include "chain/suite.h"

static ek_str
make_name(char *buf, size_t i)
{
  int n = snprintf(buf, 32, "label %zu", i);
  return (ek_str){ buf, (size_t)n };
}

START_TEST(counts_items_not_values)
{
  ek_label_counts *c = ek_label_counts_new();
  ek_label_count top[4];
  ck_assert_uint_eq(ek_label_counts_top(c, top, 4), 0);
  ek_label_counts_add(c, ek_cstr("Gift Cards"), 0);
  ek_label_counts_add(c, ek_cstr("Gift Cards"), 0);
  ek_label_counts_add(c, ek_cstr("Gift Cards"), 1);
  ek_label_counts_add(c, ek_cstr("Tea"), 1);
  ck_assert_uint_eq(ek_label_counts_distinct(c), 2);
  ck_assert_uint_eq(ek_label_counts_singletons(c), 1);
  ck_assert_uint_eq(ek_label_counts_top(c, top, 4), 2);
  ck_assert(ek_str_eqc(top[0].name, "Gift Cards"));
  ck_assert_uint_eq(top[0].items, 2);
  ck_assert_uint_eq(top[1].items, 1);
  ek_label_counts_free(c);
}
END_TEST

START_TEST(top_with_ties_by_bytes)
{
  static const char *const names[] = { "b", "a", "B", "aa", "c" };
  ek_label_counts *c = ek_label_counts_new();
  char buf[32];
  uint64_t item = 0;
  for (size_t i = 0; i < 5000; i++)
    ek_label_counts_add(c, make_name(buf, i), item++);
  for (size_t i = 0; i < N(names); i++)
    for (int k = 0; k < (i == 4 ? 3 : 2); k++)
      ek_label_counts_add(c, ek_cstr(names[i]), item++);
  ek_label_count top[6];
  ck_assert_uint_eq(ek_label_counts_top(c, top, 6), 6);
  static const char *const want[] = { "c", "B", "a", "aa", "b", "label 0" };
  for (size_t i = 0; i < 6; i++)
    ck_assert(ek_str_eqc(top[i].name, want[i]));
  ck_assert_uint_eq(ek_label_counts_top(c, top, 1), 1);
  ck_assert(ek_str_eqc(top[0].name, "c"));
  ck_assert_uint_eq(ek_label_counts_singletons(c), 5000);
  ek_label_counts_free(c);
}
END_TEST

START_TEST(blocks_merge)
{
  ek_label_counts *all = ek_label_counts_new(), *block = ek_label_counts_new();
  for (int k = 0; k < 3; k++) {
    ek_label_counts_clear(block);
    ek_label_counts_add(block, ek_cstr("Tea"), 0);
    ek_label_counts_add(block, ek_cstr("Tea"), 0);
    ek_label_counts_add(block, k == 1 ? ek_cstr("Jam") : ek_cstr("Cup"), 1);
    ek_label_counts_merge(all, block);
  }
  ek_label_count top[3];
  ck_assert_uint_eq(ek_label_counts_top(all, top, 3), 3);
  ck_assert(ek_str_eqc(top[0].name, "Tea") && top[0].items == 3);
  ck_assert(ek_str_eqc(top[1].name, "Cup") && top[1].items == 2);
  ck_assert(ek_str_eqc(top[2].name, "Jam") && top[2].items == 1);
  ek_label_counts_free(block);
  ek_label_counts_free(all);
}
END_TEST

START_TEST(bounded)
{
  ek_label_counts *c = ek_label_counts_new();
  char buf[32];
  for (size_t i = 0; i < 1000100; i++)
    ek_label_counts_add(c, make_name(buf, i), i);
  ek_label_counts_add(c, make_name(buf, 5), 2000000);      /* known ones go on           */
  ck_assert_uint_eq(ek_label_counts_distinct(c), 1000000);
  ck_assert_uint_eq(ek_label_counts_others(c), 100);
  ck_assert_uint_eq(ek_label_counts_singletons(c), 999999);
  ek_label_count top[1];
  ck_assert_uint_eq(ek_label_counts_top(c, top, 1), 1);
  ck_assert(ek_str_eqc(top[0].name, "label 5"));
  ek_label_counts_free(c);
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { counts_items_not_values, top_with_ties_by_bytes, blocks_merge, bounded, NULL };
  return run_suite("label counts", tests);
}
