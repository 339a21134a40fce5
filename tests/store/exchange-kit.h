/* SPDX-License-Identifier: BSD-3-Clause */
/* store/exchange-kit.h - what the two tests of the exchange cache share: a folder to work in,
 * keys, answers that can be told from damaged ones.                           */
#ifndef TEST_STORE_EXCHANGE_KIT_H
#define TEST_STORE_EXCHANGE_KIT_H
#include <check.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "folder.h"
#include "store/exchange.h"

static ek_error e;
static _Atomic int64_t the_time = 1700000000;       /* the writer reads it too */
static int64_t given_time(void) { return the_time; }

static inline ek_exchange *
open_as(const char *path, enum ek_cache_mode mode)
{
  ek_exchange_options o = { .path = path, .mode = mode, .now = given_time };
  ek_exchange *x = ek_exchange_open(&o, &e);
  ck_assert_msg(x != NULL, "%s: %s", e.file, e.message);
  return x;
}

static inline void
closed(ek_exchange *x)
{
  ck_assert_msg(ek_exchange_close(x, &e) == 0, "%s", e.message);
}

static inline ek_key_digest
key_of(uint64_t n)
{
  ek_key_digest k;
  uint64_t h = (n + 1) * 0x9E3779B97F4A7C15u;
  for (unsigned i = 0; i < 32; i += 8) {
    h ^= h >> 31, h *= 0xBF58476D1CE4E5B9u;
    memcpy(k.bytes + i, &h, 8);
  }
  memcpy(k.bytes + 24, &n, 8);
  return k;
}

/* The answer to n: some kB of JSON that can be packed. */
static inline void
answer_of(uint64_t n, ek_text *t)
{
  ek_text_printf(t, "{\"n\": %llu, \"Labels\": [", (unsigned long long)n);
  for (uint64_t i = 0; i < 20 + n % 30; i++)
    ek_text_printf(t, "{\"Name\": \"Thing %llu\", \"Confidence\": %llu.5, \"Parents\": []}, ",
                   (unsigned long long)(n * i % 977), (unsigned long long)(50 + (n + i) % 50));
  ek_text_cstr(t, "{}]}");
}

#define COST INT64_C(1000000)
static inline int
put_answer(ek_exchange *x, uint64_t n, const char *folder)
{
  ek_text t = { 0 };
  ek_key_digest k = key_of(n);
  ek_spent money = { folder, "image", "image", 1, COST, "USD" };
  answer_of(n, &t);
  ek_str value = { t.data, t.len };
  int r = ek_exchange_put(x, &k, &value, "image", 0, &money, folder ? 1 : 0, &e);
  ek_text_free(&t);
  return r;
}

static inline enum ek_exchange_found
get(ek_exchange *x, uint64_t n, int claim)
{
  ek_text is = { 0 }, should = { 0 };
  ek_key_digest k = key_of(n);
  enum ek_exchange_found f = ek_exchange_get(x, &k, claim, &is, &e);
  if (f == EK_EXCHANGE_HIT) {
    answer_of(n, &should);
    if (is.len != should.len || memcmp(is.data, should.data, is.len) != 0)
      abort();                           /* no ck_assert: also used where no test runs */
  }
  ek_text_free(&is);
  ek_text_free(&should);
  return f;
}

static inline void
release(ek_exchange *x, uint64_t n)
{
  ek_key_digest k = key_of(n);
  ek_exchange_release(x, &k);
}

static inline int64_t
spent(ek_exchange *x, const char *folder, const char *step)
{
  int64_t nano = -1;
  ck_assert_msg(ek_exchange_spent(x, folder, step, "USD", &nano, &e) == 0, "%s", e.message);
  return nano;
}

static inline int64_t
mono(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* One number out of the file, past the wrapper. */
static inline int64_t
ask(const char *path, const char *sql)
{
  sqlite3 *h;
  sqlite3_stmt *s;
  ck_assert_int_eq(sqlite3_open(path, &h), SQLITE_OK);
  sqlite3_busy_timeout(h, 5000);
  ck_assert_msg(sqlite3_prepare_v2(h, sql, -1, &s, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(h));
  int code = sqlite3_step(s);
  int64_t n = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
  ck_assert_msg(code == SQLITE_ROW || code == SQLITE_DONE, "%s", sqlite3_errmsg(h));
  sqlite3_finalize(s);
  sqlite3_close(h);
  return n;
}

static inline int
run_all(Suite *s)
{
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
