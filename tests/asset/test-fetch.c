/* SPDX-License-Identifier: BSD-3-Clause */
/* Fetching: schemes, answers, and servers that behave badly. Nothing leaves the loopback. */
#include <time.h>
#include "asset-test.h"
#include "server.h"

#define SECOND INT64_C(1000000000)
static server *web;
static ek_guard *guard;
static ek_http_client *client;
static ek_asset_options options;

static void
set_up(void)
{
  char allow[40];
  const char *list[] = { allow };
  ek_error e = { 0 };
  web = server_start();
  snprintf(allow, sizeof allow, "127.0.0.1:%u", server_port(web));
  guard = ek_guard_new(list, 1, &e);
  ck_assert_msg(guard != NULL, "%s", e.message);
  ek_http_options o = { .guard = guard, .connect_timeout_ns = 5 * SECOND, .max_redirects = 5,
                        .user_agent = "enrichkit" };
  client = ek_http_new(&o, &e);
  ck_assert_msg(client != NULL, "%s", e.message);
  options = (ek_asset_options){ .http = client, .timeout_ns = 20 * SECOND, .max_bytes = 1 << 20, .max_side = 10000 };
}

static void
tear_down(void)
{
  ek_http_free(client);
  ek_guard_free(guard);
  server_stop(web);
}

static double
seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* address: a path of the server, or whole. Every path gets a query that must not be told. */
static ek_picture *
fetch(const char *address, int (*cancelled)(void *), void *arg)
{
  char url[300];
  ek_assets *a = ek_assets_new(&options);
  if (address[0] == '/')
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s?sig=SECRET", server_port(web), address);
  else
    snprintf(url, sizeof url, "%s", address);
  ek_picture *p = ek_asset_fetch(a, url, NULL, cancelled, arg);
  ek_assets_free(a);                                     /* pictures outlive their maker */
  ck_assert_msg(!strstr(p->message, "SECRET"), "%s: %s", address, p->message);
  ck_assert_msg((p->state == EK_ASSET_OK) == (p->message[0] == 0), "%s: %s", address, p->message);
  ck_assert((p->state == EK_ASSET_OK) == (p->bytes.len != 0));
  return p;
}

/* message: what it holds; '@' stands for the server's host and port. */
static void
expect(const char *address, enum ek_asset_state state, int http, const char *message)
{
  char want[300] = "";
  const char *at = strchr(message, '@');
  if (at)
    snprintf(want, sizeof want, "%.*s127.0.0.1:%u%s", (int)(at - message), message, server_port(web), at + 1);
  else
    snprintf(want, sizeof want, "%s", message);
  ek_picture *p = fetch(address, NULL, NULL);
  ck_assert_msg(p->state == state, "%s: state %d, '%s'", address, (int)p->state, p->message);
  ck_assert_msg(strstr(p->message, want) != NULL, "%s: '%s', not '%s'", address, p->message, want);
  ck_assert_msg(p->http == http, "%s: HTTP %d", address, p->http);
  ek_picture_unref(p);
}

START_TEST(pictures)
{
  expect("/ok.png", EK_ASSET_OK, 200, "");               /* though it is said to be a page */
  expect("/ok.jpg", EK_ASSET_OK, 200, "");
  expect("/to-picture", EK_ASSET_OK, 200, "");
  ek_picture *p = fetch("/ok.jpg", NULL, NULL);
  ck_assert(p->bytes.len == tiny_jpeg_size && memcmp(p->bytes.ptr, tiny_jpeg, tiny_jpeg_size) == 0);
  ck_assert(p->info.media == EK_MEDIA_JPEG && p->info.width == 2 && p->info.height == 3);
  ek_picture_unref(p);
  ck_assert_ptr_nonnull(strstr(server_last(web), "\r\nAccept: image/jpeg, image/png"));
  ck_assert_ptr_null(strstr(server_last(web), "webp"));
}
END_TEST

START_TEST(no_pictures)
{
  expect("/gif", EK_ASSET_REFUSED, 200, "is GIF, and only JPEG and PNG can be sent");
  expect("/page", EK_ASSET_REFUSED, 200, "is a web page (HTML), and only JPEG and PNG can be sent");
  expect("/empty", EK_ASSET_REFUSED, 200, "is empty (no bytes)");
  expect("/none", EK_ASSET_REFUSED, 204, "is empty (no bytes)");
}
END_TEST

START_TEST(codes)
{
  static const struct { const char *path; int code; enum ek_asset_state state; } all[] = {
    { "/code/400", 400, EK_ASSET_FAILED }, { "/code/403", 403, EK_ASSET_FAILED }, { "/code/404", 404, EK_ASSET_FAILED },
    { "/code/410", 410, EK_ASSET_FAILED }, { "/code/451", 451, EK_ASSET_FAILED }, { "/code/304", 304, EK_ASSET_FAILED },
    { "/code/408", 408, EK_ASSET_TRANSIENT }, { "/code/429", 429, EK_ASSET_TRANSIENT },
    { "/code/500", 500, EK_ASSET_TRANSIENT }, { "/code/502", 502, EK_ASSET_TRANSIENT },
    { "/code/503", 503, EK_ASSET_TRANSIENT }, { "/code/504", 504, EK_ASSET_TRANSIENT },
  };
  for (size_t i = 0; i < N(all); i++) {
    char want[100];
    ek_picture *p = fetch(all[i].path, NULL, NULL);
    snprintf(want, sizeof want, "HTTP %d from 127.0.0.1:%u", all[i].code, server_port(web));
    ck_assert_str_eq(p->message, want);
    ck_assert_msg(p->state == all[i].state && p->http == all[i].code && p->retry_after_ns == -1, "%s", all[i].path);
    ek_picture_unref(p);
  }
  expect("/endless-404", EK_ASSET_FAILED, 404, "HTTP 404 from @");
}
END_TEST

static int64_t
wait_told(const char *path)
{
  ek_picture *p = fetch(path, NULL, NULL);
  int64_t ns = p->retry_after_ns;
  ck_assert_int_eq(p->state, EK_ASSET_TRANSIENT);
  ek_picture_unref(p);
  return ns;
}

START_TEST(when_to_come_again)
{
  int64_t date = wait_told("/retry-date");
  ck_assert(wait_told("/retry-soon") == 7 * SECOND);
  ck_assert(date > 35 * SECOND && date <= 45 * SECOND);
  ck_assert(wait_told("/retry-past") == 0);
  ck_assert(wait_told("/retry-never") == 60 * SECOND);
  ck_assert(wait_told("/retry-rubbish") == -1);
}
END_TEST

START_TEST(addresses_that_must_not_be_asked)
{
  char url[100];
  expect("/to-private", EK_ASSET_REFUSED, 0, "127.0.0.2 is not a public address: loopback");
  ck_assert_uint_eq(server_requests(web), 1);
  expect("/to-file", EK_ASSET_REFUSED, 302, "");
  expect("/to-loop", EK_ASSET_REFUSED, 302, "");
  ck_assert_uint_eq(server_requests(web), 1 + 1 + 6);
  static const char *const urls[] = {
    "http://127.0.0.2:%u/ok.png", "http://[::1]:%u/ok.png", "http://[::ffff:127.0.0.2]:%u/ok.png",
    "http://2130706434:%u/ok.png", "http://0x7f.2:%u/ok.png",
  };
  for (size_t i = 0; i < N(urls); i++) {
    snprintf(url, sizeof url, urls[i], server_port(web));
    expect(url, EK_ASSET_REFUSED, 0, "is not a public address: loopback");
  }
  snprintf(url, sizeof url, "http://127.0.0.2:%u/x", server_port(web));
  expect(url, EK_ASSET_REFUSED, 0, "add '127.0.0.2' to network.allow");
  snprintf(url, sizeof url, "http://me:SECRET@127.0.0.1:%u/ok.png", server_port(web));
  expect(url, EK_ASSET_REFUSED, 0, "holds a user name or password");
  expect("http:///ok.png", EK_ASSET_REFUSED, 0, "has no host");
  expect("http://", EK_ASSET_REFUSED, 0, "has no host");
  expect("http:ok.png", EK_ASSET_REFUSED, 0, "is not a URL");
  ck_assert_uint_eq(server_requests(web), 1 + 1 + 6);
}
END_TEST

START_TEST(other_schemes)
{
  static const char only[] = "only http, https, s3 and files can be fetched";
  expect("file:///etc/passwd", EK_ASSET_REFUSED, 0, "is a file: address; name the file by its path");
  expect("FILE:a.png", EK_ASSET_REFUSED, 0, "is a file: address");
  expect("data:image/png;base64,iVBO", EK_ASSET_REFUSED, 0, only);
  expect("ftp://127.0.0.1/a.png", EK_ASSET_REFUSED, 0, "begins with 'ftp:'; only http");
  expect("gopher://127.0.0.1/", EK_ASSET_REFUSED, 0, only);
  expect("javascript:alert(1)", EK_ASSET_REFUSED, 0, only);
  expect("C:\\pictures\\a.png", EK_ASSET_REFUSED, 0, "(a file of such a name: './C:...')");
  expect("./C:a.png", EK_ASSET_REFUSED, 0, "is no URL");
  expect("a.png", EK_ASSET_REFUSED, 0, "is no URL, and this input has no folder for files to lie in");
  expect("", EK_ASSET_NONE, 0, "names no picture");
  expect("s3://bucket/key", EK_ASSET_REFUSED, 0, "is in a bucket, and this run asks nobody");
  options.http = NULL;
  expect("/ok.png", EK_ASSET_REFUSED, 0, "is on the network, and this run asks nobody");
}
END_TEST

START_TEST(too_much)
{
  double from = seconds();
  expect("/endless", EK_ASSET_REFUSED, 200, "has more than 1,048,576 bytes; images.max_bytes sets this limit");
  expect("/bomb", EK_ASSET_REFUSED, 200, "has more than 1,048,576 bytes");
  ck_assert_double_lt(seconds() - from, 5);
  options.max_bytes = tiny_png_size;
  expect("/ok.png", EK_ASSET_OK, 200, "");
  options.max_bytes--;
  expect("/ok.png", EK_ASSET_REFUSED, 200, "has more than");
}
END_TEST

START_TEST(too_late)
{
  double from = seconds();
  options.timeout_ns = SECOND / 2;
  expect("/drip", EK_ASSET_TRANSIENT, 200, "@ did not send it within 0.5 seconds (images.timeout)");
  expect("/hang", EK_ASSET_TRANSIENT, 0, "@ did not send it within 0.5 seconds");
  ck_assert_double_lt(seconds() - from, 2.5);
}
END_TEST

START_TEST(cut_off)
{
  char url[100];
  expect("/cut-short", EK_ASSET_TRANSIENT, 200, "the answer was cut off");
  expect("/cut-chunk", EK_ASSET_TRANSIENT, 200, "");
  expect("/close", EK_ASSET_TRANSIENT, 0, "closed without an answer");
  expect("/rubbish", EK_ASSET_TRANSIENT, 0, "");
  snprintf(url, sizeof url, "https://127.0.0.1:%u/ok.png", server_port(web));
  expect(url, EK_ASSET_TRANSIENT, 0, "no trusted TLS connection");
}
END_TEST

/* Nobody listens any more at an address that may be asked. */
START_TEST(nobody_there)
{
  char url[100], allow[40];
  const char *list[] = { allow };
  ek_error e = { 0 };
  server *gone = server_start();
  uint16_t port = server_port(gone);
  server_stop(gone);
  snprintf(allow, sizeof allow, "127.0.0.1:%u", port);
  ek_guard *other = ek_guard_new(list, 1, &e);
  ek_http_options o = { .guard = other, .connect_timeout_ns = SECOND, .max_redirects = 5, .user_agent = "enrichkit" };
  options.http = ek_http_new(&o, &e);
  snprintf(url, sizeof url, "http://%s/a.png", allow);
  expect(url, EK_ASSET_TRANSIENT, 0, "connection refused");
  ek_http_free(options.http);
  ek_guard_free(other);
}
END_TEST

static int
after_a_while(void *arg)
{
  return seconds() > *(double *)arg;
}

START_TEST(given_up)
{
  static const char *const paths[] = { "/hang", "/drip" };
  for (size_t i = 0; i < N(paths); i++) {
    double when = seconds() + 0.2;
    ek_picture *p = fetch(paths[i], after_a_while, &when);
    ck_assert_msg(p->state == EK_ASSET_CANCELLED, "%s: %s", paths[i], p->message);
    ck_assert_double_lt(seconds() - when, 0.8);
    ek_picture_unref(p);
  }
  unsigned before = server_requests(web);
  double past = 0;
  ek_picture *p = fetch("/ok.png", after_a_while, &past);
  ck_assert_int_eq(p->state, EK_ASSET_CANCELLED);
  ck_assert_uint_eq(server_requests(web), before);
  ek_picture_unref(p);
}
END_TEST

int
main(void)
{
  const TTest *const tests[] = { pictures, no_pictures, codes, when_to_come_again, addresses_that_must_not_be_asked,
                                 other_schemes, too_much, too_late, cut_off, nobody_there, given_up };
  Suite *s = suite_create("fetch");
  TCase *t = tcase_create("fetch");
  tcase_add_checked_fixture(t, set_up, tear_down);
  for (size_t i = 0; i < N(tests); i++)
    tcase_add_test(t, tests[i]);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
