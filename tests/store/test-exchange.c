/* SPDX-License-Identifier: BSD-3-Clause */
/* What exchange.h promises, in one process: hits and claims, money and answers, modes, age and size,
 * the memo of pictures, files that are not ours, a full disk.                 */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include "store/exchange-kit.h"
#include "store/exchange_internal.h"

START_TEST(asked_once_then_found)
{
  ek_exchange *x = open_as("new/folder/c.db", EK_CACHE_READ_WRITE);
  struct stat st;
  ck_assert_int_eq(stat("new/folder", &st), 0);
  ck_assert_int_eq(st.st_mode & 0777, 0700);
  ck_assert_int_eq(stat("new/folder/c.db", &st), 0);
  ck_assert_int_eq(st.st_mode & 0777, 0600);
  ck_assert_int_eq(get(x, 1, 0), EK_EXCHANGE_MINE);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_BUSY);
  ck_assert_int_eq(get(x, 2, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(put_answer(x, 1, "/out"), 0);
  release(x, 1);                                   /* late: harmless           */
  ck_assert_int_eq(ek_exchange_flush(x, &e), 0);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_HIT);
  ck_assert_int_eq(get(x, 1, 0), EK_EXCHANGE_HIT);
  release(x, 2);
  ck_assert_int_eq(get(x, 2, 1), EK_EXCHANGE_MINE);
  release(x, 2);
  ck_assert_int_eq(spent(x, "/out", "image"), COST);
  closed(x);
  ck_assert_int_eq(ask("new/folder/c.db", "SELECT count(*) FROM claims"), 0);
  x = open_as("new/folder/c.db", EK_CACHE_READ_WRITE);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_HIT);
  ck_assert_int_eq(get(x, 2, 1), EK_EXCHANGE_MINE);
  closed(x);
}
END_TEST

START_TEST(answers_are_seen_soon_without_flush)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  ck_assert_int_eq(put_answer(x, 7, NULL), 0);
  int64_t start = mono();
  while (get(x, 7, 0) != EK_EXCHANGE_HIT)
    ck_assert_int_lt(mono() - start, 2000000000);
  closed(x);
}
END_TEST

START_TEST(values_of_all_kinds)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  static char large[3000000], noise[5000];
  uint64_t h = 1;
  for (size_t i = 0; i < sizeof noise; i++)
    h = h * 6364136223846793005u + 1442695040888963407u, noise[i] = (char)(h >> 56);
  const ek_str values[] = { { NULL, 0 }, { "", 0 }, { "x", 1 }, { "\0\xff\n", 3 }, { large, sizeof large },
                            { noise, sizeof noise } };
  for (size_t i = 0; i < 6; i++) {
    ek_key_digest k = key_of(i);
    ek_text t = { 0 };
    ck_assert_int_eq(ek_exchange_put(x, &k, &values[i], "step", 0, NULL, 0, &e), 0);
    ck_assert_int_eq(ek_exchange_flush(x, &e), 0);
    ek_text_cstr(&t, "before");                    /* appended, not replaced   */
    ck_assert_int_eq(ek_exchange_get(x, &k, 0, &t, &e), EK_EXCHANGE_HIT);
    ck_assert_uint_eq(t.len, values[i].len + 6);
    ck_assert(values[i].len == 0 || memcmp(t.data + 6, values[i].ptr, values[i].len) == 0);
    ek_text_free(&t);
  }
  ck_assert_int_lt(ask("c.db", "SELECT stored FROM answers WHERE size = 3000000"), 30000);
  ck_assert_int_eq(ask("c.db", "SELECT packed FROM answers WHERE size = 5000"), 0);
  closed(x);
}
END_TEST

START_TEST(a_newer_answer_replaces)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  ek_key_digest k = key_of(1);
  ek_text t = { 0 };
  const char *values[] = { "one", "two", "three" };
  for (int i = 0; i < 3; i++) {
    ek_str v = ek_cstr(values[i]);
    ck_assert_int_eq(ek_exchange_put(x, &k, &v, "s", 0, NULL, 0, &e), 0);
  }
  ck_assert_int_eq(ek_exchange_flush(x, &e), 0);
  ck_assert_int_eq(ek_exchange_get(x, &k, 1, &t, &e), EK_EXCHANGE_HIT);
  ck_assert_str_eq(ek_text_c(&t), "three");
  ek_text_free(&t);
  closed(x);
  ck_assert_int_eq(ask("c.db", "SELECT count(*) FROM answers"), 1);
  ck_assert_int_eq(ask("c.db", "SELECT count(*) FROM bodies"), 1);
}
END_TEST

START_TEST(age_and_time_to_live)
{
  ek_exchange_options o = { .path = "c.db", .now = given_time, .max_age_ns = INT64_C(100) * 1000000000 };
  ek_exchange *x = ek_exchange_open(&o, &e);
  ek_str v = ek_cstr("v");
  ek_key_digest old = key_of(1), shorter = key_of(2);
  ck_assert_int_eq(ek_exchange_put(x, &old, &v, "s", 0, NULL, 0, &e), 0);
  ck_assert_int_eq(ek_exchange_put(x, &shorter, &v, "s", 10 * INT64_C(1000000000), NULL, 0, &e), 0);
  ck_assert_int_eq(ek_exchange_flush(x, &e), 0);
  ek_text t = { 0 };
  the_time += 9;
  ck_assert_int_eq(ek_exchange_get(x, &shorter, 0, &t, &e), EK_EXCHANGE_HIT);
  the_time += 2;
  ck_assert_int_eq(ek_exchange_get(x, &shorter, 1, &t, &e), EK_EXCHANGE_MINE);
  ck_assert_int_eq(ek_exchange_get(x, &old, 1, &t, &e), EK_EXCHANGE_HIT);
  the_time += 90;
  ck_assert_int_eq(ek_exchange_get(x, &old, 1, &t, &e), EK_EXCHANGE_MINE);
  /* Asked anew, it counts anew. */
  ck_assert_int_eq(ek_exchange_put(x, &old, &v, "s", 0, NULL, 0, &e), 0);
  ck_assert_int_eq(ek_exchange_flush(x, &e), 0);
  ck_assert_int_eq(ek_exchange_get(x, &old, 1, &t, &e), EK_EXCHANGE_HIT);
  ek_text_free(&t);
  closed(x);
}
END_TEST

START_TEST(modes)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  ck_assert_int_eq(put_answer(x, 1, "/out"), 0);
  closed(x);

  x = open_as("c.db", EK_CACHE_READ);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_HIT);
  ck_assert_int_eq(get(x, 2, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(get(x, 2, 1), EK_EXCHANGE_BUSY);
  ck_assert_int_eq(put_answer(x, 2, "/out"), 0);
  ck_assert_int_eq(get(x, 2, 1), EK_EXCHANGE_HIT);        /* within a run it is asked once */
  ck_assert_int_eq(spent(x, "/out", "image"), 2 * COST);
  closed(x);
  x = open_as("c.db", EK_CACHE_READ);
  ck_assert_int_eq(get(x, 2, 1), EK_EXCHANGE_MINE);       /* but nothing was kept */
  closed(x);

  x = open_as("c.db", EK_CACHE_NONE);
  ck_assert_int_eq(get(x, 1, 0), EK_EXCHANGE_MINE);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_BUSY);
  release(x, 1);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(put_answer(x, 1, "/out"), 0);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_HIT);
  ck_assert_int_eq(get(x, 1, 0), EK_EXCHANGE_HIT);
  closed(x);
  ck_assert_int_eq(ask("c.db", "SELECT count(*) FROM answers"), 1);
  ck_assert_int_eq(ask("c.db", "SELECT nano FROM ledger"), 3 * COST);
}
END_TEST

/* The memory of the modes that keep nothing has an end. */
START_TEST(memory_is_bounded)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_NONE);
  char *noise = malloc(1000000);
  uint64_t h = 1;
  for (size_t i = 0; i < 1000000; i++)
    h = h * 6364136223846793005u + 1442695040888963407u, noise[i] = (char)(h >> 56);
  for (uint64_t n = 0; n < 100; n++) {
    ek_key_digest k = key_of(n);
    ek_str v = { noise, n == 99 ? 0 : 1000000 };
    ck_assert_int_eq(ek_exchange_put(x, &k, &v, "s", 0, NULL, 0, &e), 0);
  }
  unsigned found_now = 0;
  for (uint64_t n = 0; n < 100; n++) {
    ek_key_digest k = key_of(n);
    ek_text t = { 0 };
    enum ek_exchange_found f = ek_exchange_get(x, &k, 0, &t, &e);
    ck_assert(f == (n < 99 - 33 ? EK_EXCHANGE_MINE : EK_EXCHANGE_HIT));
    ck_assert(f != EK_EXCHANGE_HIT || t.len == 0 || (t.len == 1000000 && memcmp(t.data, noise, t.len) == 0));
    found_now += f == EK_EXCHANGE_HIT;
    ek_text_free(&t);
  }
  ck_assert_uint_eq(found_now, 34);
  free(noise);
  closed(x);
}
END_TEST

/* Neither reading nor planning makes a file; the first money does. */
START_TEST(nothing_is_made_without_need)
{
  ek_exchange *x = open_as("d/c.db", EK_CACHE_READ);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(spent(x, "/out", "image"), 0);
  ck_assert_int_eq(ek_exchange_settle(x, "/out", &e), 0);
  release(x, 1);
  closed(x);
  ck_assert_int_ne(access("d", F_OK), 0);
  x = open_as("d/c.db", EK_CACHE_NONE);
  ck_assert_int_eq(put_answer(x, 1, "/out"), 0);
  ck_assert_int_eq(spent(x, "/out", "image"), COST);
  closed(x);
  struct stat st;
  ck_assert_int_eq(stat("d/c.db", &st), 0);
  ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

/* Without a path: once each within the handle, and no file, no ledger, no pictures. */
START_TEST(without_a_file)
{
  ek_exchange *x = open_as(NULL, EK_CACHE_READ_WRITE);
  ek_str url = { "http://x/1.jpg", 14 };
  uint8_t sha256[32] = { 1 };
  ck_assert_int_eq(get(x, 1, 0), EK_EXCHANGE_MINE);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_BUSY);
  ck_assert_int_eq(put_answer(x, 1, "/out"), 0);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_HIT);
  ck_assert_int_eq(spent(x, "/out", "image"), 0);
  ck_assert_int_eq(ek_exchange_put_picture(x, url, sha256, 9, &e), 0);
  ck_assert_int_eq(ek_exchange_picture(x, url, sha256, &e), 0);
  ck_assert_int_eq(ek_exchange_flush(x, &e), 0);
  ck_assert_int_eq(ek_exchange_settle(x, "/out", &e), 0);
  closed(x);
  ck_assert_int_eq(system("test -z \"$(ls -A)\""), 0);
}
END_TEST

START_TEST(no_place_for_it)
{
  FILE *f = fopen("file", "w");
  ck_assert(f && fclose(f) == 0);
  ck_assert_int_eq(ek_exchange_make("file/c.db", &e), -1);
  ck_assert_str_eq(e.message, "cannot make the cache: Not a directory");
  ck_assert_str_eq(e.file, "file/c.db");
  ck_assert_int_eq(ek_exchange_make("file/d/c.db", &e), -1);
  ck_assert_str_eq(e.message, "cannot make the folder of the cache: Not a directory");
  ck_assert_str_eq(e.file, "file/d");
}
END_TEST

START_TEST(read_only_folder)
{
  ek_exchange *x = open_as("d/c.db", EK_CACHE_READ_WRITE);
  ck_assert_int_eq(put_answer(x, 1, "/out"), 0);
  closed(x);
  ck_assert_int_eq(chmod("d/c.db", 0400), 0);
  ck_assert_int_eq(chmod("d", 0500), 0);
  if (access("d", W_OK) == 0)
    return;                                        /* root may write anywhere  */
  x = open_as("d/c.db", EK_CACHE_READ);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_HIT);
  ck_assert_int_eq(get(x, 2, 1), EK_EXCHANGE_MINE);
  release(x, 2);
  closed(x);
  /* But who pays must be able to write it down. */
  x = open_as("d/c.db", EK_CACHE_READ);
  put_answer(x, 2, "/out");
  ck_assert_int_lt(ek_exchange_flush(x, &e), 0);
  ck_assert_int_eq(e.status, EK_EXIT_FAILED);
  ck_assert_ptr_nonnull(strstr(e.message, "paid"));
  ck_assert_int_lt(ek_exchange_close(x, &e), 0);
}
END_TEST

/* ---- money ---- */

START_TEST(ledger_across_runs)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  ek_spent both[] = { { "/a", "one", "image", 2, 2 * COST, "USD" }, { "/a", "two", "call", 1, 5, "USD" } };
  ck_assert_int_eq(ek_exchange_put(x, NULL, NULL, "one", 0, both, 2, &e), 0);
  ck_assert_int_eq(put_answer(x, 1, "/a"), 0);
  ck_assert_int_eq(put_answer(x, 2, "/b"), 0);
  closed(x);
  x = open_as("c.db", EK_CACHE_READ_WRITE);
  ck_assert_int_eq(spent(x, "/a", "one"), 2 * COST);
  ck_assert_int_eq(spent(x, "/a", "two"), 5);
  ck_assert_int_eq(spent(x, "/a", "image"), COST);
  ck_assert_int_eq(spent(x, "/a", NULL), 3 * COST + 5);
  ck_assert_int_eq(spent(x, "/a", "three"), 0);
  ck_assert_int_eq(ek_exchange_put(x, NULL, NULL, "one", 0, both, 1, &e), 0);
  ck_assert_int_eq(spent(x, "/a", "one"), 4 * COST);              /* also what is on its way */
  int64_t nano;
  ck_assert_int_lt(ek_exchange_spent(x, "/a", "one", "EUR", &nano, &e), 0);
  ck_assert_str_eq(e.code, "other_currency");
  ck_assert_ptr_nonnull(strstr(e.message, "USD"));
  ck_assert_ptr_nonnull(strstr(e.message, "EUR"));
  ck_assert_int_eq(ek_exchange_settle(x, "/a", &e), 0);
  ck_assert_int_eq(spent(x, "/a", NULL), 0);
  ck_assert_int_eq(spent(x, "/b", "image"), COST);
  ck_assert_int_eq(ek_exchange_spent(x, "/a", "one", "EUR", &nano, &e), 0);
  closed(x);
  /* What was settled stays so, and the answers stay. */
  x = open_as("c.db", EK_CACHE_READ_WRITE);
  ck_assert_int_eq(spent(x, "/a", NULL), 0);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_HIT);
  closed(x);
}
END_TEST

/* Only money: the claim is the caller's until it lets go. */
START_TEST(money_alone_keeps_the_claim)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  ek_spent s = { "/a", "one", "image", 1, COST, "USD" };
  ek_key_digest k = key_of(1);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(ek_exchange_put(x, &k, NULL, "one", 0, &s, 1, &e), 0);
  ck_assert_int_eq(ek_exchange_flush(x, &e), 0);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_BUSY);
  release(x, 1);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_MINE);
  closed(x);
}
END_TEST

START_TEST(pictures)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  uint8_t one[32] = { 1 }, two[32] = { 2 }, out[32];
  ek_str url = ek_cstr("https://example.org/a.jpg"), odd = { "a\0b\xff", 4 };
  ck_assert_int_eq(ek_exchange_picture(x, url, out, &e), 0);
  ck_assert_int_eq(ek_exchange_put_picture(x, url, one, 100, &e), 0);
  ck_assert_int_eq(ek_exchange_put_picture(x, odd, one, 100, &e), 0);
  ck_assert_int_eq(ek_exchange_put_picture(x, url, two, 200, &e), 0);
  closed(x);
  x = open_as("c.db", EK_CACHE_READ);
  ck_assert_int_eq(ek_exchange_picture(x, url, out, &e), 1);
  ck_assert_mem_eq(out, two, 32);
  ck_assert_int_eq(ek_exchange_picture(x, odd, out, &e), 1);
  ck_assert_int_eq(ek_exchange_picture(x, (ek_str){ "a", 1 }, out, &e), 0);
  closed(x);
  x = open_as("c.db", EK_CACHE_NONE);
  ck_assert_int_eq(ek_exchange_picture(x, url, out, &e), 0);
  closed(x);
}
END_TEST

/* ---- threads ---- */

#define THREADS 16
#define KEYS 400
static ek_exchange *shared;
static unsigned asked[KEYS], found[KEYS];

static void *
ten_variants(void *arg)
{
  uintptr_t me = (uintptr_t)arg;
  for (unsigned i = 0; i < KEYS; i++) {
    unsigned n = (unsigned)(i + me * 7) % KEYS;
    enum ek_exchange_found f;
    while ((f = get(shared, n, 1)) == EK_EXCHANGE_BUSY)
      nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    if (f == EK_EXCHANGE_HIT) {
      __atomic_fetch_add(&found[n], 1, __ATOMIC_RELAXED);
    } else if (f == EK_EXCHANGE_MINE && (n + me) % 5 == 0) {
      release(shared, n);                          /* failed: another may try  */
    } else if (f == EK_EXCHANGE_MINE) {
      __atomic_fetch_add(&asked[n], 1, __ATOMIC_RELAXED);
      put_answer(shared, n, "/out");
    }
  }
  return NULL;
}

START_TEST(threads_ask_once)
{
  pthread_t threads[THREADS];
  shared = open_as("c.db", EK_CACHE_READ_WRITE);
  for (uintptr_t i = 0; i < THREADS; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, ten_variants, (void *)i), 0);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  for (int i = 0; i < KEYS; i++) {
    ck_assert_uint_eq(asked[i], 1);
    ck_assert_uint_ge(found[i], THREADS / 2);
  }
  ck_assert_int_eq(spent(shared, "/out", "image"), KEYS * COST);
  closed(shared);
  ck_assert_int_eq(ask("c.db", "SELECT count(*) FROM answers"), KEYS);
  ck_assert_int_eq(ask("c.db", "SELECT count(*) FROM claims"), 0);
}
END_TEST

/* ---- claims of others ---- */

static void
raw(const char *path, const char *sql)
{
  sqlite3 *h;
  ck_assert_int_eq(sqlite3_open(path, &h), SQLITE_OK);
  ck_assert_msg(sqlite3_exec(h, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(h));
  sqlite3_close(h);
}

START_TEST(two_handles_do_not_both_pay)
{
  ek_exchange *a = open_as("c.db", EK_CACHE_READ_WRITE), *b = open_as("c.db", EK_CACHE_READ_WRITE);
  ck_assert_int_eq(get(a, 1, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(get(b, 1, 1), EK_EXCHANGE_BUSY);
  ck_assert_int_eq(put_answer(a, 1, NULL), 0);
  int64_t start = mono();
  while (get(b, 1, 1) != EK_EXCHANGE_HIT)
    ck_assert_int_lt(mono() - start, 2000000000);
  ck_assert_int_eq(get(a, 2, 1), EK_EXCHANGE_MINE);
  release(a, 2);
  enum ek_exchange_found f;
  while ((f = get(b, 2, 1)) == EK_EXCHANGE_BUSY)
    ck_assert_int_lt(mono() - start, 4000000000);
  ck_assert_int_eq(f, EK_EXCHANGE_MINE);
  /* A stepped clock frees nothing that a living process holds, in either direction. */
  the_time += 100000;
  ck_assert_int_eq(get(a, 2, 1), EK_EXCHANGE_BUSY);
  the_time -= 300000;
  ck_assert_int_eq(get(a, 2, 1), EK_EXCHANGE_BUSY);
  /* Closing gives back. */
  closed(b);
  ck_assert_int_eq(get(a, 2, 1), EK_EXCHANGE_MINE);
  closed(a);
}
END_TEST

/* Owners without a lock (a file system that has none): the lease alone tells; and locked ones that are gone. */
START_TEST(leases)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  char sql[512];
  ck_assert_int_eq(get(x, 0, 1), EK_EXCHANGE_MINE);
  for (int i = 1; i < 6; i++) {
    static const struct { int64_t owner, until; } rows[] = { { -5, 30 }, { -5, -1 }, { -5, 121 }, { -5, 119 },
                                                             { 5, 30 } };
    ek_key_digest k = key_of((uint64_t)i);
    ek_text hex = { 0 };
    for (int j = 0; j < 32; j++)
      ek_text_printf(&hex, "%02x", k.bytes[j]);
    snprintf(sql, sizeof sql, "INSERT INTO claims VALUES (x'%s', %lld, %lld)", ek_text_c(&hex),
             (long long)rows[i - 1].owner, (long long)(the_time + rows[i - 1].until));
    ek_text_free(&hex);
    raw("c.db", sql);
  }
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_BUSY);       /* holds              */
  ck_assert_int_eq(get(x, 2, 1), EK_EXCHANGE_MINE);       /* has run out        */
  ck_assert_int_eq(get(x, 3, 1), EK_EXCHANGE_MINE);       /* too far ahead: the clock was set back */
  ck_assert_int_eq(get(x, 4, 1), EK_EXCHANGE_BUSY);
  ck_assert_int_eq(get(x, 5, 1), EK_EXCHANGE_MINE);       /* its process is gone */
  the_time += 61;
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_MINE);
  closed(x);
}
END_TEST

/* Another process writes for long: nobody waits for long, nothing is lost. */
START_TEST(locked_out_for_a_while)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  sqlite3 *h;
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(sqlite3_open("c.db", &h), SQLITE_OK);
  ck_assert_int_eq(sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  ck_assert_int_eq(put_answer(x, 1, "/out"), 0);
  for (int i = 0; i < 6; i++) {
    int64_t start = mono();
    ck_assert_int_eq(get(x, 2, 1), EK_EXCHANGE_BUSY);
    ck_assert_int_lt(mono() - start, 2000000000);
  }
  ck_assert_int_eq(sqlite3_exec(h, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(h);
  ck_assert_int_eq(ek_exchange_flush(x, &e), 0);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_HIT);
  ck_assert_int_eq(get(x, 2, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(spent(x, "/out", "image"), COST);
  closed(x);
}
END_TEST

/* ---- size, prune, show, export ---- */

START_TEST(over_its_size_the_longest_unused_go)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  static char noise[10000];
  uint64_t h = 1;
  for (uint64_t n = 0; n < 300; n++) {
    for (size_t i = 0; i < sizeof noise; i++)
      h = h * 6364136223846793005u + 1442695040888963407u, noise[i] = (char)(h >> 56);
    ek_key_digest k = key_of(n);
    ek_str v = { noise, sizeof noise };
    ck_assert_int_eq(ek_exchange_put(x, &k, &v, "s", 0, NULL, 0, &e), 0);
    ck_assert_int_eq(ek_exchange_flush(x, &e), 0);
    the_time += 10;
  }
  closed(x);
  the_time += 100000;
  ek_exchange_options o = { .path = "c.db", .now = given_time, .max_size = 1000000 };
  x = ek_exchange_open(&o, &e);
  ek_text t = { 0 };
  for (uint64_t n = 0; n < 20; n++) {                     /* the oldest, but used */
    ek_key_digest k = key_of(n);
    ck_assert_int_eq(ek_exchange_get(x, &k, 0, &t, &e), EK_EXCHANGE_HIT);
  }
  closed(x);
  int64_t left = ask("c.db", "SELECT count(*) FROM answers");
  ck_assert_int_ge(left, 60);
  ck_assert_int_le(left, 95);
  ck_assert_int_eq(ask("c.db", "SELECT count(*) FROM bodies"), left);
  x = ek_exchange_open(&o, &e);
  for (uint64_t n = 0; n < 300; n++) {
    ek_key_digest k = key_of(n);
    int should = n < 20 || n >= 300 - ((uint64_t)left - 20);
    ck_assert_int_eq(ek_exchange_get(x, &k, 0, &t, &e), should ? EK_EXCHANGE_HIT : EK_EXCHANGE_MINE);
  }
  ek_text_free(&t);
  closed(x);
}
END_TEST

START_TEST(show_and_prune)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  ek_cache_sizes s;
  ek_str v = ek_cstr("value");
  uint8_t sha[32] = { 0 };
  ck_assert_int_eq(ek_exchange_sizes(x, &s, &e), 0);
  ck_assert_uint_eq(s.answers, 0);
  ck_assert_uint_eq(s.n_steps, 0);
  for (uint64_t n = 0; n < 5000; n++) {
    ek_key_digest k = key_of(n);
    the_time += n == 4000 ? 86400 : 0;
    ck_assert_int_eq(ek_exchange_put(x, &k, &v, n % 2 ? "odd" : "even", 0, NULL, 0, &e), 0);
  }
  ck_assert_int_eq(ek_exchange_put_picture(x, ek_cstr("u"), sha, 1, &e), 0);
  ck_assert_int_eq(get(x, 9999, 1), EK_EXCHANGE_MINE);
  ck_assert_int_eq(ek_exchange_sizes(x, &s, &e), 0);
  ck_assert_uint_eq(s.answers, 5000);
  ck_assert_uint_eq(s.bytes, 25000);
  ck_assert_uint_eq(s.pictures, 1);
  ck_assert_uint_eq(s.claims, 1);
  ck_assert_uint_gt(s.file_bytes, 100000);
  ck_assert_uint_eq(s.n_steps, 2);
  ck_assert_str_eq(s.steps[0].label, "even");
  ck_assert_uint_eq(s.steps[1].answers, 2500);
  ck_assert_int_eq(s.steps[1].newest - s.steps[1].oldest, 86400);
  ek_cache_sizes_clear(&s);
  ck_assert_int_eq(ek_exchange_prune(x, 86400, "odd", &e), 2000);
  ck_assert_int_eq(ek_exchange_prune(x, 86400, NULL, &e), 2000);
  ck_assert_int_eq(ek_exchange_prune(x, 0, "none", &e), 0);
  ck_assert_int_eq(ek_exchange_sizes(x, &s, &e), 0);
  ck_assert_uint_eq(s.pictures, 1);
  ek_cache_sizes_clear(&s);
  ck_assert_int_eq(ek_exchange_prune(x, 0, NULL, &e), 1000);
  ck_assert_int_eq(ek_exchange_sizes(x, &s, &e), 0);
  ck_assert_uint_eq(s.answers, 0);
  ck_assert_uint_eq(s.pictures, 0);
  ck_assert_uint_lt(s.file_bytes, 300000);                /* the room is given back */
  ek_cache_sizes_clear(&s);
  release(x, 9999);
  closed(x);
}
END_TEST

static ek_text exported;
static int
keep_line(void *arg, ek_str json, ek_error *err)
{
  unsigned *n = arg;
  (void)err;
  ek_text_str(&exported, json);
  return ++*n == 99 ? ek_fail(err, EK_EXIT_FAILED, "enough", "enough") : 0;
}

START_TEST(export_tells_all)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  unsigned n = 0;
  const ek_str values[] = { { "plain \"text\"\n\xc3\xa4", 15 }, { "\xff\x00\x01z", 4 }, { "ab\xfe", 3 }, { "", 0 } };
  for (uint64_t i = 0; i < 4; i++) {
    ek_key_digest k = { { 0 } };
    k.bytes[0] = (uint8_t)(i + 0xf0);
    ck_assert_int_eq(ek_exchange_put(x, &k, &values[i], "s", 0, NULL, 0, &e), 0);
  }
  ck_assert_int_eq(ek_exchange_export(x, keep_line, &n, &e), 0);
  ck_assert_uint_eq(n, 4);
#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"
#define LINE(key, rest) "{\"key\": \"" key ZEROS "\", \"step\": \"s\", \"created\": 1700000000, " rest "}\n"
  ck_assert_str_eq(ek_text_c(&exported), LINE("f0", "\"value\": \"plain \\\"text\\\"\\n\xc3\xa4\"")
    LINE("f1", "\"value_base64\": \"/wABeg==\"") LINE("f2", "\"value_base64\": \"YWL+\"")
    LINE("f3", "\"value\": \"\""));
  n = 98;
  ck_assert_int_lt(ek_exchange_export(x, keep_line, &n, &e), 0);
  ck_assert_str_eq(e.code, "enough");
  ek_text_free(&exported);
  closed(x);
}
END_TEST

/* ---- files that will not do ---- */

static void
refused(enum ek_cache_mode mode, const char *code)
{
  ek_exchange_options o = { .path = "c.db", .mode = mode };
  ek_error err = { 0 };
  ck_assert_ptr_null(ek_exchange_open(&o, &err));
  ck_assert_str_eq(err.code, code);
  ck_assert_ptr_nonnull(strstr(err.message, "cache"));
  ck_assert_str_eq(err.file, "c.db");
  ck_assert_uint_gt(strlen(err.help), 0);
}

START_TEST(other_files)
{
  raw("c.db", "CREATE TABLE t (a)");
  refused(EK_CACHE_READ_WRITE, "not_a_store");
  refused(EK_CACHE_READ, "not_a_store");
  ck_assert_int_eq(unlink("c.db"), 0);
  closed(open_as("c.db", EK_CACHE_READ_WRITE));
  raw("c.db", "PRAGMA user_version = 99");
  refused(EK_CACHE_READ_WRITE, "newer_version");
  refused(EK_CACHE_READ, "newer_version");
  ck_assert_int_eq(unlink("c.db"), 0);
  FILE *f = fopen("c.db", "w");
  for (int i = 0; i < 1000; i++)
    fputs("this is no database\n", f);
  fclose(f);
  refused(EK_CACHE_READ_WRITE, "not_a_store");
  refused(EK_CACHE_NONE, "not_a_store");
}
END_TEST

START_TEST(damage_is_named)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  for (uint64_t n = 0; n < 200; n++)
    ck_assert_int_eq(put_answer(x, n, NULL), 0);
  closed(x);
  struct stat st;
  ck_assert_int_eq(stat("c.db", &st), 0);
  FILE *f = fopen("c.db", "r+");
  for (long at = 8192; at < st.st_size - 4096; at += 4096)
    fseek(f, at, SEEK_SET), fputs("garbage, garbage, garbage", f);
  fclose(f);
  refused(EK_CACHE_READ_WRITE, "damaged");
}
END_TEST

/* A value that does not unpack is said to be damaged, and not given out. */
START_TEST(a_damaged_value_is_no_answer)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  ck_assert_int_eq(put_answer(x, 1, NULL), 0);
  closed(x);
  raw("c.db", "UPDATE bodies SET value = substr(value, 1, 100)");
  x = open_as("c.db", EK_CACHE_READ_WRITE);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_FAILED);
  ck_assert_str_eq(e.code, "damaged");
  unsigned n = 0;
  ck_assert_int_lt(ek_exchange_export(x, keep_line, &n, &e), 0);
  closed(x);
}
END_TEST

/* ---- a full disk ---- */

static void
limit(rlim_t bytes)
{
  struct rlimit r = { bytes, RLIM_INFINITY };
  signal(SIGXFSZ, SIG_IGN);
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static ek_exchange *
filled(uint64_t *n)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  limit(200000);
  for (*n = 0; *n < 10000 && put_answer(x, *n, "/out") == 0; ++*n)
    ck_assert_int_ge(ek_exchange_flush(x, &e), -1);
  ck_assert_uint_gt(*n, 10);
  ck_assert_uint_lt(*n, 10000);
  ck_assert_int_eq(e.status, EK_EXIT_FAILED);
  ck_assert_str_eq(e.code, "write_failed");
  ck_assert_str_eq(e.file, "c.db");
  ck_assert_ptr_nonnull(strstr(e.message, "paid for"));
  ck_assert_ptr_nonnull(strstr(e.help, "run again"));
  ck_assert_int_eq(get(x, 20000, 1), EK_EXCHANGE_FAILED);          /* nothing more is asked */
  ck_assert_int_eq(get(x, 0, 1), EK_EXCHANGE_HIT);                 /* what is there is there */
  return x;
}

static void
all_is_whole(uint64_t least, uint64_t most)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  uint64_t there = 0;
  for (uint64_t i = 0; i < most + 10; i++)
    there += get(x, i, 0) == EK_EXCHANGE_HIT;
  ck_assert_uint_ge(there, least);
  ck_assert_uint_le(there, most);
  ck_assert_int_eq(spent(x, "/out", "image"), (int64_t)there * COST);
  ck_assert_int_eq(put_answer(x, 50000, "/out"), 0);
  closed(x);
}

START_TEST(full_disk)
{
  uint64_t n;
  ek_exchange *x = filled(&n);
  ck_assert_int_lt(ek_exchange_close(x, &e), 0);
  ck_assert_str_eq(e.code, "write_failed");
  limit(RLIM_INFINITY);
  all_is_whole(n - 2, n + 1);
}
END_TEST

/* Room again before the end: nothing at all is lost. */
START_TEST(full_disk_that_is_cleared)
{
  uint64_t n;
  ek_exchange *x = filled(&n);
  limit(RLIM_INFINITY);
  closed(x);
  all_is_whole(n + 1, n + 1);
}
END_TEST

/* The writer has failed at what nobody waited for: who waits for the same answer is told, not sent round for ever. */
START_TEST(full_disk_while_others_wait)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  static char large[400000];
  ek_key_digest k = key_of(1);
  uint64_t h = 1;
  for (size_t i = 0; i < sizeof large; i++)
    h = h * 6364136223846793005u + 1442695040888963407u, large[i] = (char)(h >> 56);
  ck_assert_int_eq(get(x, 1, 1), EK_EXCHANGE_MINE);
  limit(200000);
  ck_assert_int_eq(ek_exchange_put(x, &k, &(ek_str){ large, sizeof large }, "look", 0, NULL, 0, &e), 0);
  int64_t start = mono();
  enum ek_exchange_found got;
  while ((got = get(x, 1, 1)) == EK_EXCHANGE_BUSY && mono() - start < 5000000000)
    nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
  ck_assert_int_eq(got, EK_EXCHANGE_FAILED);
  ck_assert_str_eq(e.code, "write_failed");
  limit(RLIM_INFINITY);
  closed(x);
}
END_TEST

/* A claim that could not be written leaves nothing behind that is to be written: settling does not wait for it. */
START_TEST(full_disk_before_anything_was_paid)
{
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  uint64_t n = 0;
  ck_assert_int_eq(ek_exchange_flush(x, &e), 0);
  limit(4096);
  while (n < 1000 && get(x, n, 1) == EK_EXCHANGE_MINE)
    n++;
  ck_assert_uint_lt(n, 1000);
  ck_assert_int_eq(get(x, n, 1), EK_EXCHANGE_FAILED);
  ck_assert_int_eq(ek_exchange_settle(x, "/out", &e), 0);          /* nothing was spent: nothing to write */
  limit(RLIM_INFINITY);
  closed(x);
}
END_TEST

/* ---- cost: by hand, EK_MEASURE=1 ---- */

static double
cpu(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint64_t done_so_far;
static void *
pay(void *arg)
{
  ek_exchange *x = arg;
  for (int i = 0; i < 50; i++) {
    uint64_t n = __atomic_fetch_add(&done_so_far, 1, __ATOMIC_RELAXED);
    ck_assert_int_eq(get(x, n, 1), EK_EXCHANGE_MINE);
    nanosleep(&(struct timespec){ .tv_nsec = 150000000 }, NULL);
    put_answer(x, n, "/out");
  }
  return NULL;
}

START_TEST(cost)
{
  if (!getenv("EK_MEASURE"))
    return;
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  pthread_t threads[50];
  double start = cpu();
  int64_t clock = mono();
  for (int i = 0; i < 50; i++)
    pthread_create(&threads[i], NULL, pay, x);
  for (int i = 0; i < 50; i++)
    pthread_join(threads[i], NULL);
  double used = cpu() - start;
  printf("# %llu claims and puts in %.2f s: %.3f ms CPU each\n", (unsigned long long)done_so_far,
         (double)(mono() - clock) / 1e9, used / (double)done_so_far);
  start = cpu();
  clock = mono();
  for (uint64_t i = 0; i < done_so_far; i++)
    ck_assert_int_eq(get(x, i, 1), EK_EXCHANGE_HIT);
  printf("# hits: %.4f ms CPU each (with making and comparing the answer)\n", (cpu() - start) / (double)done_so_far);
  closed(x);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("exchange");
  TCase *t = tcase_create("exchange");
  const TTest *const tests[] = {
    asked_once_then_found, answers_are_seen_soon_without_flush, values_of_all_kinds, a_newer_answer_replaces,
    age_and_time_to_live, modes, memory_is_bounded, nothing_is_made_without_need, without_a_file, no_place_for_it,
    read_only_folder, ledger_across_runs,
    money_alone_keeps_the_claim, pictures, threads_ask_once, two_handles_do_not_both_pay, leases,
    locked_out_for_a_while,
    over_its_size_the_longest_unused_go, show_and_prune, export_tells_all, other_files,
    damage_is_named, a_damaged_value_is_no_answer, full_disk, full_disk_that_is_cleared, full_disk_while_others_wait,
    full_disk_before_anything_was_paid, cost,
  };
  tcase_add_checked_fixture(t, enter_folder, leave_folder);
  tcase_set_timeout(t, 120);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
    tcase_add_test(t, tests[i]);
  suite_add_tcase(s, t);
  return run_all(s);
}
