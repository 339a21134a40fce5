/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses that must not be asked, in every spelling; and servers that mean no good. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "http/hostile.h"
#include "http/kit.h"
#include "http/resolver.h"

static kit k;                        /* its guard allows nothing but what the URL says */

static void
setup(void)
{
  kit_start(&k, NULL);
}

static void
setup_allowed(void)
{
  static const char *const allow[] = { "127.0.0.1", NULL };
  kit_start(&k, allow);
}

static void
teardown(void)
{
  kit_stop(&k);
}

/* --- the guard ------------------------------------------------------------------ */

static void
must_not_be_asked(const char *url)
{
  ck_assert_msg(kit_get(&k, url, EK_HTTP_FOLLOW | EK_HTTP_PICTURE) == EK_HTTP_FAULT_GUARD, "%s: %d %s", url, k.fault,
                k.error.message);
  ck_assert_int_eq(k.answer.sent, 0);
  ck_assert_int_eq(k.answer.code, 0);
  ck_assert(strstr(k.error.help, "network.allow") != NULL);
}

START_TEST(inside_is_not_asked)
{
  char url[256];
  hostile_url(url, sizeof url, hostile_inside[_i], server_port(k.server));
  must_not_be_asked(url);
  ck_assert_uint_eq(server_connections(k.server), 0);
}
END_TEST

START_TEST(no_other_spelling)
{
  char url[256];
  hostile_url(url, sizeof url, hostile_nothing[_i], server_port(k.server));
  kit_get(&k, url, EK_HTTP_FOLLOW | EK_HTTP_PICTURE);
  ck_assert_msg(k.fault == EK_HTTP_FAULT_URL || k.fault == EK_HTTP_FAULT_RESOLVE || k.fault == EK_HTTP_FAULT_GUARD,
                "%s: %d %s", url, k.fault,
                k.error.message);
  ck_assert_int_eq(k.answer.sent, 0);
  ck_assert_uint_eq(server_connections(k.server), 0);
}
END_TEST

/* The first hop is allowed by its name and port; where it leads is not. */
START_TEST(redirects_inside_are_not_followed)
{
  char entry[64], path[300], url[256];
  const char *allow = entry;
  server *outer = server_start();
  snprintf(entry, sizeof entry, "127.0.0.1:%u", server_port(outer));
  ek_guard *g = ek_guard_new(&allow, 1, NULL);
  k.options.guard = g;
  kit_restart(&k);
  hostile_url(url, sizeof url, hostile_inside[_i], server_port(k.server));
  snprintf(path, sizeof path, "/to/302/%s", url);
  ck_assert_msg(kit_get(&k, server_url(outer, path), EK_HTTP_FOLLOW) == EK_HTTP_FAULT_GUARD, "%s: %s", url,
                k.error.message);
  ck_assert_uint_eq(server_requests(outer), 1);
  ck_assert_uint_eq(server_connections(k.server), 0);
  ck_assert_uint_eq(k.answer.redirects, 1);
  /* What answers to a trusted request may not send us inside either. */
  ck_assert_msg(kit_get(&k, server_url(outer, path), EK_HTTP_FOLLOW | EK_HTTP_TRUSTED) == EK_HTTP_FAULT_GUARD, "%s: %s",
                url, k.error.message);
  ck_assert_uint_eq(server_connections(k.server), 0);
  kit_stop(&k);
  ek_guard_free(g);
  server_stop(outer);
  setup();
}
END_TEST

START_TEST(trusted_is_not_judged)
{
  ck_assert_int_eq(kit_get(&k, "/ok", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(kit_get(&k, "/redirect/2", EK_HTTP_TRUSTED | EK_HTTP_FOLLOW), EK_HTTP_FAULT_NONE);
  /* Its connection, still open, serves no other. */
  ck_assert_uint_eq(server_connections(k.server), 1);
  must_not_be_asked(server_url(k.server, "/ok"));
  ck_assert_uint_eq(server_requests(k.server), 4);
  ck_assert_uint_eq(server_connections(k.server), 1);
}
END_TEST

START_TEST(names_are_allowed_by_name)
{
  char url[64];
  const char *allow[] = { "loop.test", "127.0.0.1:1" };
  ek_guard *g = ek_guard_new(allow, 2, NULL);
  k.options.guard = g;
  kit_restart(&k);
  snprintf(url, sizeof url, "http://loop.test:%u/ok", server_port(k.server));
  ck_assert_int_eq(kit_get(&k, url, 0), EK_HTTP_FAULT_NONE);
  /* The same address and port, open already, by another name. */
  snprintf(url, sizeof url, "http://closed.test:%u/ok", server_port(k.server));
  must_not_be_asked(url);
  must_not_be_asked(server_url(k.server, "/ok"));
  ck_assert_uint_eq(server_requests(k.server), 1);
  kit_stop(&k);
  ek_guard_free(g);
  setup();
}
END_TEST

START_TEST(second_address_may_be_allowed)
{
  char url[64];
  const char *allow[] = { "127.0.0.1" };
  ek_guard *g = ek_guard_new(allow, 1, NULL);
  k.options.guard = g;
  kit_restart(&k);
  snprintf(url, sizeof url, "http://both.test:%u/ok", server_port(k.server));
  ck_assert_int_eq(kit_get(&k, url, 0), EK_HTTP_FAULT_NONE);
  ck_assert_str_eq(k.answer.remote, "127.0.0.1");
  kit_stop(&k);
  ek_guard_free(g);
  setup();
}
END_TEST

/* --- servers --------------------------------------------------------------------- */

static enum ek_http_fault
ask(const char *path, uint64_t max, double seconds)
{
  return kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, path), .max_response = max,
                                                 .flags = EK_HTTP_FOLLOW,
                                                 .deadline_ns = (int64_t)((kit_now() + seconds) * 1e9) });
}

START_TEST(endless_bodies_are_cut_off)
{
  ck_assert_int_eq(ask("/endless", 100000, 20), EK_HTTP_FAULT_TOO_LARGE);
  ck_assert_uint_eq(k.answer.body.len, 100000);
  ck_assert_int_eq(k.answer.code, 200);
  ck_assert(strstr(k.error.message, "100000 bytes") != NULL);
  ck_assert_int_eq(ask("/endless-headers", 100000, 20), EK_HTTP_FAULT_BROKEN);
  ck_assert_uint_le(k.answer.headers.len, 256 << 10);
  /* Said to be too large: not even begun. */
  ck_assert_int_eq(ask("/size/100001", 100000, 20), EK_HTTP_FAULT_TOO_LARGE);
  ck_assert_uint_eq(k.answer.body.len, 0);
}
END_TEST

START_TEST(bombs_are_cut_off)
{
  /* 100 MB of zeros in a tenth of a megabyte. */
  ck_assert_int_eq(ask("/gzip/100000000", 1000000, 60), EK_HTTP_FAULT_TOO_LARGE);
  ck_assert_uint_eq(k.answer.body.len, 1000000);
  ck_assert_uint_le(k.answer.body.cap, 4 << 20);
}
END_TEST

START_TEST(drips_end_at_the_deadline)
{
  /* Deadlines long enough for a busy machine to connect before. */
  ck_assert_int_eq(ask("/drip", 0, 2), EK_HTTP_FAULT_DEADLINE);
  ck_assert(k.seconds >= 1.9 && k.seconds < 15);
  ck_assert_int_eq(k.answer.sent, 1);
  ck_assert_int_eq(ask("/late/60000", 0, 2), EK_HTTP_FAULT_DEADLINE);
  ck_assert(k.seconds < 15);
  ck_assert_int_eq(k.answer.code, 0);
  ck_assert_int_eq(ask("/ok", 0, -1), EK_HTTP_FAULT_DEADLINE);
  ck_assert_int_eq(k.answer.sent, 0);
}
END_TEST

START_TEST(broken_answers)
{
  static const char *const paths[] = { "/cut", "/silent", "/garbage" };
  for (size_t i = 0; i < 3; i++) {
    ck_assert_msg(ask(paths[i], 0, 10) == EK_HTTP_FAULT_BROKEN, "%s: %d %s", paths[i], k.fault, k.error.message);
    ck_assert_int_eq(k.answer.sent, 1);
  }
  ck_assert_int_eq(ask("/cut", 0, 10), EK_HTTP_FAULT_BROKEN);
  ck_assert_int_eq(k.answer.code, 200);
  ck_assert_str_eq(kit_body(&k), "only this");
  ck_assert_int_eq(ask("/ok", 0, 10), EK_HTTP_FAULT_NONE);
}
END_TEST

START_TEST(a_post_is_sent_once)
{
  /* The kept connection is closed when it is used again: a GET is asked anew, a POST may have been done. */
  ck_assert_int_eq(ask("/once", 0, 10), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(ask("/once", 0, 10), EK_HTTP_FAULT_NONE);
  ck_assert_uint_eq(server_requests(k.server), 3);
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .method = "POST", .url = server_url(k.server, "/once"),
                                                           .body = { "x", 1 } }),
                   EK_HTTP_FAULT_BROKEN);
  ck_assert_int_eq(k.answer.sent, 1);
  ck_assert_uint_eq(server_requests(k.server), 4);
}
END_TEST

START_TEST(no_connection)
{
  char url[64];
  server *gone = server_start();
  unsigned port = server_port(gone);
  server_stop(gone);
  snprintf(url, sizeof url, "http://127.0.0.1:%u/p?secret=1", port);
  ck_assert_int_eq(kit_get(&k, url, 0), EK_HTTP_FAULT_CONNECT);
  ck_assert_int_eq(k.answer.sent, 0);
  ck_assert(strstr(k.error.message, "connection refused") != NULL);
  ck_assert(strstr(k.error.message, "127.0.0.1:") != NULL);
  ck_assert_ptr_null(strstr(k.error.message, "secret"));
  ck_assert_int_eq(kit_get(&k, "http://nosuch.test/", 0), EK_HTTP_FAULT_RESOLVE);
  ck_assert(strstr(k.error.message, "nosuch.test") != NULL);
  snprintf(url, sizeof url, "https://127.0.0.1:%u/ok", server_port(k.server));
  ck_assert_int_eq(kit_get(&k, url, 0), EK_HTTP_FAULT_TLS);
  ck_assert_int_eq(k.answer.sent, 0);
}
END_TEST

#define ROWS(a) (int)(sizeof a / sizeof *a)

int
main(void)
{
  Suite *s = suite_create("hostile");
  TCase *c = tcase_create("guard"), *d = tcase_create("servers");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_loop_test(c, inside_is_not_asked, 0, ROWS(hostile_inside));
  tcase_add_loop_test(c, no_other_spelling, 0, ROWS(hostile_nothing));
  tcase_add_loop_test(c, redirects_inside_are_not_followed, 0, ROWS(hostile_inside));
  tcase_add_test(c, trusted_is_not_judged);
  tcase_add_test(c, names_are_allowed_by_name);
  tcase_add_test(c, second_address_may_be_allowed);
  suite_add_tcase(s, c);
  tcase_add_checked_fixture(d, setup_allowed, teardown);
  tcase_add_test(d, endless_bodies_are_cut_off);
  tcase_add_test(d, bombs_are_cut_off);
  tcase_add_test(d, drips_end_at_the_deadline);
  tcase_add_test(d, broken_answers);
  tcase_add_test(d, a_post_is_sent_once);
  tcase_add_test(d, no_connection);
  return run_suite(s, d);
}
