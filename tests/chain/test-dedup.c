/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "chain/dedup.h"
#include "chain/suite.h"

static ek_str
make_id(char *buf, size_t i)
{
  int n = snprintf(buf, 32, "B%09zu", i);
  return (ek_str){ buf, (size_t)n };
}

START_TEST(each_id_is_new_once)
{
  ek_dedup *d = ek_dedup_new();
  char buf[32];
  for (int round = 0; round < 2; round++)
    for (size_t i = 0; i < 100000; i++) {
      ek_str id = make_id(buf, i);
      uint64_t hash = ek_dedup_hash(d, id);
      ek_dedup_prefetch(d, hash);
      ck_assert_int_eq(ek_dedup_add(d, id, hash), !round);
    }
  ek_dedup_free(d);
}
END_TEST

START_TEST(forty_bytes_an_id)
{
  ek_dedup *d = ek_dedup_new();
  char buf[32];
  size_t worst = 0;
  for (size_t i = 1; i <= 1000000; i++) {
    ek_str id = make_id(buf, i);
    ek_dedup_add(d, id, ek_dedup_hash(d, id));
    if (i >= 200000 && i % 1000 == 0 && ek_dedup_bytes(d) / i > worst)
      worst = ek_dedup_bytes(d) / i;
  }
  ck_assert_uint_le(worst, 40);
  ck_assert_uint_le(ek_dedup_bytes(d), 40 * 1000000);
  ck_assert_uint_ge(ek_dedup_bytes(d), 19 * 1000000);   /* the count is not made up          */
  ek_dedup_free(d);
}
END_TEST

/* The hash is the caller's: here all ids have one of three. */
START_TEST(collisions_drop_nothing)
{
  static const uint64_t hashes[] = { 0, UINT64_MAX, 0x123456789abcdef0u };
  ek_dedup *d = ek_dedup_new();
  char buf[32];
  for (int round = 0; round < 2; round++)
    for (size_t i = 0; i < 2000; i++)
      ck_assert_int_eq(ek_dedup_add(d, make_id(buf, i), hashes[i % N(hashes)]), !round);
  ek_dedup_free(d);
}
END_TEST

/* Equal tags and neighbours at the end of a table, where probing wraps around. */
START_TEST(close_hashes)
{
  ek_dedup *d = ek_dedup_new();
  char buf[32];
  for (int round = 0; round < 2; round++)
    for (size_t i = 0; i < 3000; i++)
      ck_assert_int_eq(ek_dedup_add(d, make_id(buf, i), UINT64_MAX >> 6 << 6 | (UINT64_MAX - i * 7)), !round);
  for (int round = 0; round < 2; round++)
    for (size_t i = 0; i < 3000; i++)
      ck_assert_int_eq(ek_dedup_add(d, make_id(buf, i + 10000), (uint64_t)(0xfffffff - i % 50) << 30), !round);
  ek_dedup_free(d);
}
END_TEST

START_TEST(ids_of_all_lengths)
{
  enum { LONG = 100000 };
  ek_dedup *d = ek_dedup_new();
  char *buf = malloc(LONG);
  memset(buf, 'x', LONG);
  size_t lengths[600], n = 0;
  for (size_t i = 0; i < 580; i++)
    lengths[n++] = i;
  static const size_t more[] = { 1023, 1024, 4096, 16000, 16356, 16360, 16365, 16366, 16370, 16383, 16384, 16385,
                                 32760, 32768, 40000, 65536, LONG - 1 };
  for (size_t i = 0; i < N(more); i++)
    lengths[n++] = more[i];
  for (int round = 0; round < 2; round++)        /* all in one shard              */
    for (size_t i = 0; i < n; i++)
      ck_assert_int_eq(ek_dedup_add(d, (ek_str){ buf, lengths[i] }, lengths[i] * 0x9e3779b97f4a7c15u >> 6), !round);
  buf[LONG - 2] = 'y';                           /* differs near the end only     */
  ck_assert_int_eq(ek_dedup_add(d, (ek_str){ buf, LONG - 1 }, (LONG - 1) * 0x9e3779b97f4a7c15u >> 6), 1);
  ck_assert_int_eq(ek_dedup_add(d, (ek_str){ "\0", 1 }, 1), 1);
  ck_assert_int_eq(ek_dedup_add(d, (ek_str){ "\0", 1 }, 1), 0);
  free(buf);
  ek_dedup_free(d);
}
END_TEST

START_TEST(the_last_ordinal)
{
  ek_dedup *d = ek_dedup_new();
  char buf[32];
  ck_assert_uint_eq(ek_dedup_last(d, ek_cstr("a"), 1), UINT64_MAX);
  for (uint64_t i = 0; i < 300000; i++) {
    ek_str id = make_id(buf, i % 70000);
    ek_dedup_set_last(d, id, ek_dedup_hash(d, id), i);
  }
  for (uint64_t i = 0; i < 70000; i++) {
    ek_str id = make_id(buf, i);
    ck_assert_uint_eq(ek_dedup_last(d, id, ek_dedup_hash(d, id)), i < 20000 ? 280000 + i : 210000 + i);
  }
  ck_assert_uint_eq(ek_dedup_last(d, make_id(buf, 70000), ek_dedup_hash(d, make_id(buf, 70000))), UINT64_MAX);
  ek_dedup_free(d);
}
END_TEST

START_TEST(added_then_given_an_ordinal)
{
  ek_dedup *d = ek_dedup_new();
  ck_assert_int_eq(ek_dedup_add(d, ek_cstr("a"), 5), 1);
  ck_assert_uint_eq(ek_dedup_last(d, ek_cstr("a"), 5), UINT64_MAX);
  ek_dedup_set_last(d, ek_cstr("a"), 5, 7);
  ek_dedup_set_last(d, ek_cstr("b"), 5, 8);
  ck_assert_uint_eq(ek_dedup_last(d, ek_cstr("a"), 5), 7);
  ck_assert_uint_eq(ek_dedup_last(d, ek_cstr("b"), 5), 8);
  ck_assert_int_eq(ek_dedup_add(d, ek_cstr("a"), 5), 0);
  ck_assert_int_eq(ek_dedup_add(d, ek_cstr("b"), 5), 0);
  ek_dedup_free(d);
}
END_TEST

START_TEST(seeds_differ)
{
  ek_dedup *a = ek_dedup_new(), *b = ek_dedup_new();
  ck_assert_uint_ne(ek_dedup_hash(a, ek_cstr("B000000001")), ek_dedup_hash(b, ek_cstr("B000000001")));
  ek_dedup_free(a);
  ek_dedup_free(b);
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { each_id_is_new_once, forty_bytes_an_id, collisions_drop_nothing, close_hashes,
                           ids_of_all_lengths, the_last_ordinal, added_then_given_an_ordinal, seeds_differ, NULL };
  return run_suite("dedup", tests);
}
