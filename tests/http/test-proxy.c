/* SPDX-License-Identifier: BSD-3-Clause */
/* Which requests go through a proxy, and what the guard looks at before. The proxy
 * is a server of ours that says what it was asked for and asks nobody.       */
#include <stdio.h>
#include <string.h>
#include "http/kit.h"
#include "http/resolver.h"

static kit k;
static server *proxy;
static char proxy_url[64];

static void
setup(void)
{
  static const char *const allow[] = { "closed.test", "127.0.0.9", NULL };
  kit_start(&k, allow);
  proxy = server_start();
  snprintf(proxy_url, sizeof proxy_url, "http://127.0.0.1:%u", server_port(proxy));
}

static void
teardown(void)
{
  kit_stop(&k);
  server_stop(proxy);
}

static void
own_proxy(const char *url)
{
  k.options.proxy = url;
  kit_restart(&k);
}

static void
goes_by_proxy(const char *url, unsigned flags)
{
  unsigned before = server_requests(proxy);
  ck_assert_msg(kit_get(&k, url, flags) == EK_HTTP_FAULT_NONE, "%s: %s", url, k.error.message);
  ck_assert_str_eq(kit_body(&k), url);
  ck_assert_uint_eq(server_requests(proxy), before + 1);
}

START_TEST(proxy_of_the_environment)
{
  setenv("http_proxy", proxy_url, 1);
  goes_by_proxy("http://public.test/a", 0);
  goes_by_proxy("http://127.0.0.1:1/trusted", EK_HTTP_TRUSTED);
  /* Not for pictures, not for metadata services. */
  ck_assert_int_eq(kit_get(&k, "/ok", EK_HTTP_PICTURE), EK_HTTP_FAULT_GUARD);
  ck_assert_int_eq(kit_get(&k, "/ok", EK_HTTP_TRUSTED | EK_HTTP_NO_PROXY), EK_HTTP_FAULT_NONE);
  ck_assert_str_eq(kit_body(&k), "hello");
  ck_assert_uint_eq(server_requests(k.server), 1);
  /* Nor for what NO_PROXY names. */
  setenv("NO_PROXY", "example.org,127.0.0.0/8", 1);
  ck_assert_int_eq(kit_get(&k, "/ok", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert_str_eq(kit_body(&k), "hello");
  ck_assert_int_eq(kit_get(&k, "/ok", 0), EK_HTTP_FAULT_GUARD);
  goes_by_proxy("http://public.test/b", 0);
}
END_TEST

START_TEST(variables_in_capitals)
{
  setenv("HTTP_PROXY", proxy_url, 1);
  goes_by_proxy("http://public.test/a", 0);
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  ck_assert_int_eq(kit_get(&k, "http://public.test/a", 0), EK_HTTP_FAULT_CONNECT);
  ck_assert(strstr(k.error.message, "the proxy http://127.0.0.1:1") != NULL);
}
END_TEST

START_TEST(no_proxy_at_all)
{
  setenv("http_proxy", proxy_url, 1);
  own_proxy("none");
  ck_assert_int_eq(kit_get(&k, "/ok", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert_str_eq(kit_body(&k), "hello");
  ck_assert_uint_eq(server_connections(proxy), 0);
}
END_TEST

START_TEST(own_proxy_for_all)
{
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("NO_PROXY", "*", 1);
  own_proxy(proxy_url);
  goes_by_proxy("http://public.test/a.jpg", EK_HTTP_PICTURE);
  goes_by_proxy("http://8.8.8.8/a.jpg", EK_HTTP_PICTURE);
  goes_by_proxy("http://closed.test/a.jpg", EK_HTTP_PICTURE);
  goes_by_proxy("http://127.0.0.9/a.jpg", EK_HTTP_PICTURE);
  goes_by_proxy("http://10.1.2.3/trusted", EK_HTTP_TRUSTED);
  ck_assert_int_eq(kit_get(&k, "/ok", EK_HTTP_TRUSTED | EK_HTTP_NO_PROXY), EK_HTTP_FAULT_NONE);
  ck_assert_str_eq(kit_body(&k), "hello");
  ck_assert_uint_eq(server_connections(k.server), 1);
}
END_TEST

static const char *const refused[] = {
  "http://loop.test/", "http://private.test/", "http://metadata.test/", "http://mapped.test/", "http://both.test/",
  "http://half.test/",
  "http://127.0.0.1/", "http://2130706433/", "http://127.1/", "http://[::1]/", "http://localhost/",
  "http://169.254.169.254/latest/",
  "https://private.test/", "https://127.0.0.1/"
};

START_TEST(inside_is_not_asked_of_a_proxy)
{
  own_proxy(proxy_url);
  ck_assert_msg(kit_get(&k, refused[_i], EK_HTTP_PICTURE) == EK_HTTP_FAULT_GUARD, "%s: %d %s", refused[_i], k.fault,
                k.error.message);
  ck_assert_int_eq(k.answer.sent, 0);
  ck_assert_uint_eq(server_connections(proxy), 0);
}
END_TEST

START_TEST(unknown_names_are_not_asked_of_a_proxy)
{
  own_proxy(proxy_url);
  ck_assert_int_eq(kit_get(&k, "http://nosuch.test/", EK_HTTP_PICTURE), EK_HTTP_FAULT_RESOLVE);
  ck_assert(strstr(k.error.help, "network.allow") != NULL);
  ck_assert_uint_eq(server_connections(proxy), 0);
}
END_TEST

START_TEST(tunnel_that_is_refused)
{
  own_proxy(proxy_url);
  ck_assert_int_eq(kit_get(&k, "https://public.test/", 0), EK_HTTP_FAULT_CONNECT);
  ck_assert_int_eq(k.answer.sent, 0);
  ck_assert(strstr(server_last(proxy), "CONNECT public.test:443") != NULL);
}
END_TEST

START_TEST(password_of_a_proxy_is_not_shown)
{
  own_proxy("http://user:secret@127.0.0.1:1");
  ck_assert_int_eq(kit_get(&k, "http://public.test/", 0), EK_HTTP_FAULT_CONNECT);
  ck_assert_ptr_null(strstr(k.error.message, "secret"));
  own_proxy("http://user:secret@nosuch.test:1");
  ck_assert_int_eq(kit_get(&k, "http://public.test/", 0), EK_HTTP_FAULT_RESOLVE);
  ck_assert_ptr_null(strstr(k.error.message, "secret"));
}
END_TEST

#define ROWS(a) (int)(sizeof a / sizeof *a)

int
main(void)
{
  Suite *s = suite_create("proxy");
  TCase *c = tcase_create("proxy");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, proxy_of_the_environment);
  tcase_add_test(c, variables_in_capitals);
  tcase_add_test(c, no_proxy_at_all);
  tcase_add_test(c, own_proxy_for_all);
  tcase_add_loop_test(c, inside_is_not_asked_of_a_proxy, 0, ROWS(refused));
  tcase_add_test(c, unknown_names_are_not_asked_of_a_proxy);
  tcase_add_test(c, tunnel_that_is_refused);
  tcase_add_test(c, password_of_a_proxy_is_not_shown);
  return run_suite(s, c);
}
