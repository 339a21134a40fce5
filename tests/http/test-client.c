/* SPDX-License-Identifier: BSD-3-Clause */
/* Exchanges that go well, and redirects. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "http/kit.h"
#include "http/resolver.h"

static kit k;

static void
setup(void)
{
  static const char *const allow[] = { "127.0.0.1", "closed.test", NULL };
  kit_start(&k, allow);
}

static void
teardown(void)
{
  kit_stop(&k);
}

/* The value of a header in the request that the server saw, or NULL. */
static const char *
seen(const char *name)
{
  static char value[4096];
  const char *last = server_last(k.server), *end = strstr(last, "\r\n\r\n");
  char line[64];
  snprintf(line, sizeof line, "\r\n%s:", name);
  const char *at = strcasestr(last, line);
  if (!at || at >= end)
    return NULL;
  at += strlen(line);
  at += strspn(at, " ");
  size_t n = strcspn(at, "\r");
  snprintf(value, sizeof value, "%.*s", (int)n, at);
  return value;
}

START_TEST(one_get)
{
  ck_assert_int_eq(kit_get(&k, "/hello?q=1#f", 0), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(k.answer.code, 200);
  ck_assert_str_eq(kit_body(&k), "hello");
  ck_assert_str_eq(k.answer.remote, "127.0.0.1");
  ck_assert_int_eq(k.answer.sent, 1);
  ck_assert_uint_eq(k.answer.redirects, 0);
  ck_assert(ek_str_eqc(ek_http_header(&k.answer, "Content-Type"), "text/plain"));
  ck_assert_ptr_null(ek_http_header(&k.answer, "content").ptr);
  ck_assert_ptr_null(ek_http_header(&k.answer, "x-none").ptr);
  ck_assert_str_eq(seen("user-agent"), "enrichkit/test");
  ck_assert(strncmp(server_last(k.server), "GET /hello?q=1 HTTP/1.1\r\n", 25) == 0);
  ck_assert(strstr(seen("accept-encoding"), "gzip") != NULL);
}
END_TEST

START_TEST(headers_are_kept)
{
  ck_assert_int_eq(kit_get(&k, "/echo", 0), EK_HTTP_FAULT_NONE);
  ck_assert(ek_str_eqc(ek_http_header(&k.answer, "x-two"), "two words"));
  ck_assert(ek_str_eqc(ek_http_header(&k.answer, "X-Two-B"), "b"));
  ck_assert(strstr(ek_text_c(&k.answer.headers), "x-two: two words\n") != NULL);
  /* Of an interim answer, none. */
  ck_assert_int_eq(kit_get(&k, "/early", 0), EK_HTTP_FAULT_NONE);
  ck_assert_ptr_null(ek_http_header(&k.answer, "x-early").ptr);
  ck_assert(ek_str_eqc(ek_http_header(&k.answer, "x-final"), "1"));
  ck_assert_int_eq(kit_get(&k, "/chunked/3", 0), EK_HTTP_FAULT_NONE);
  ck_assert_ptr_null(ek_http_header(&k.answer, "x-trailer").ptr);
  ck_assert_uint_eq(k.answer.body.len, 3000);
}
END_TEST

START_TEST(one_post)
{
  static char body[150000];
  memset(body, 'b', sizeof body);
  const char *headers[] = { "Content-Type: application/x-amz-json-1.1", "X-Amz-Target: T.Do", "X-Empty:", "X-Blank:  ",
                            "Content-Length: 3", "Transfer-Encoding: chunked", NULL };
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .method = "POST", .url = server_url(k.server, "/echo"),
                                                           .headers = headers,
                                                           .body = { body, sizeof body } }),
                   EK_HTTP_FAULT_NONE);
  ck_assert_str_eq(seen("content-type"), "application/x-amz-json-1.1");
  ck_assert_str_eq(seen("x-amz-target"), "T.Do");
  ck_assert_str_eq(seen("x-empty"), "");
  ck_assert_str_eq(seen("x-blank"), "");
  ck_assert_str_eq(seen("content-length"), "150000");
  ck_assert_ptr_null(seen("transfer-encoding"));
  ck_assert_ptr_null(seen("expect"));
  const char *echoed = memmem(k.answer.body.data, k.answer.body.len, "\r\n\r\n", 4);
  ck_assert_uint_eq(k.answer.body.len - (size_t)(echoed + 4 - k.answer.body.data), sizeof body);
  ck_assert(memcmp(echoed + 4, body, sizeof body) == 0);
}
END_TEST

START_TEST(every_method)
{
  static const char *const methods[] = { "PUT", "DELETE", "PATCH", "POST", "OPTIONS" };
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    for (int with_body = 0; with_body < 2; with_body++) {
      char line[32];
      ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .method = methods[i],
                                                               .url = server_url(k.server, "/echo"),
                                                               .body = { "xyz", with_body ? 3 : 0 } }),
                       EK_HTTP_FAULT_NONE);
      snprintf(line, sizeof line, "%s /echo ", methods[i]);
      ck_assert_msg(strncmp(kit_body(&k), line, strlen(line)) == 0, "%s", kit_body(&k));
      ck_assert_int_eq(strcmp(strstr(kit_body(&k), "\r\n\r\n") + 4, with_body ? "xyz" : ""), 0);
      ck_assert_ptr_null(seen("content-type"));
    }
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .method = "HEAD",
                                                           .url = server_url(k.server, "/size/5000") }),
                   EK_HTTP_FAULT_NONE);
  ck_assert_uint_eq(k.answer.body.len, 0);
  ck_assert(ek_str_eqc(ek_http_header(&k.answer, "content-length"), "5000"));
}
END_TEST

START_TEST(bad_requests)
{
  const char *crlf[] = { "X-A: b\r\nX-Evil: 1", NULL }, *nameless[] = { ": b", NULL }, *bare[] = { "X-A", NULL },
      *space[] = { "X A: b", NULL };
  const char *const *lists[] = { crlf, nameless, bare, space };
  static const char *const methods[] = { "", "GET /x HTTP/1.1\r\nX: y", "G T",
                                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
  for (size_t i = 0; i < 4; i++) {
    ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, "/"), .headers = lists[i] }),
                     EK_HTTP_FAULT_URL);
    ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, "/"), .method = methods[i] }),
                     EK_HTTP_FAULT_URL);
  }
  ck_assert_uint_eq(server_connections(k.server), 0);
}
END_TEST

START_TEST(connections_are_kept)
{
  for (int i = 0; i < 20; i++)
    ck_assert_int_eq(kit_get(&k, i % 2 ? "/ok" : "/status/500", 0), EK_HTTP_FAULT_NONE);
  ck_assert_uint_eq(server_connections(k.server), 1);
  /* Another pool for what needs no guard. */
  for (int i = 0; i < 20; i++)
    ck_assert_int_eq(kit_get(&k, "/ok", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert_uint_eq(server_connections(k.server), 2);
  ck_assert_int_eq(kit_get(&k, "/redirect/3", EK_HTTP_FOLLOW), EK_HTTP_FAULT_NONE);
  ck_assert_uint_eq(server_connections(k.server), 2);
}
END_TEST

START_TEST(path_of_trusted_stays)
{
  ck_assert_int_eq(kit_get(&k, "/a/../b//%2fc", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert(strncmp(server_last(k.server), "GET /a/../b//%2fc HTTP", 22) == 0);
  ck_assert_int_eq(kit_get(&k, "/a/../b \xc3\xbc", 0), EK_HTTP_FAULT_NONE);
  ck_assert_msg(strncasecmp(server_last(k.server), "GET /b%20%c3%bc HTTP", 20) == 0, "%s", server_last(k.server));
}
END_TEST

START_TEST(sizes)
{
  ck_assert_int_eq(kit_get(&k, "/size/0", 0), EK_HTTP_FAULT_NONE);
  ck_assert_uint_eq(k.answer.body.len, 0);
  ck_assert_int_eq(kit_get(&k, "/size/3000000", 0), EK_HTTP_FAULT_NONE);
  ck_assert_uint_eq(k.answer.body.len, 3000000);
  ck_assert_int_eq(kit_get(&k, "/gzip/3000000", 0), EK_HTTP_FAULT_NONE);
  ck_assert_uint_eq(k.answer.body.len, 3000000);
  /* Exactly what is allowed passes. */
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, "/size/1000"),
                                                           .max_response = 1000 }), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, "/gzip/1000"),
                                                           .max_response = 1000 }), EK_HTTP_FAULT_NONE);
}
END_TEST

/* --- redirects ---------------------------------------------------------------- */

START_TEST(redirects_are_followed)
{
  ck_assert_int_eq(kit_get(&k, "/redirect/5", EK_HTTP_FOLLOW), EK_HTTP_FAULT_NONE);
  ck_assert_uint_eq(k.answer.redirects, 5);
  ck_assert_str_eq(kit_body(&k), "hello");
  ck_assert_ptr_null(ek_http_header(&k.answer, "location").ptr);
  ck_assert(strncmp(server_last(k.server), "GET /ok?a=1 HTTP", 16) == 0);
  ck_assert_int_eq(kit_get(&k, "/redirect/6", EK_HTTP_FOLLOW), EK_HTTP_FAULT_REDIRECTS);
  ck_assert_int_eq(kit_get(&k, "/redirect/1", 0), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(k.answer.code, 302);
  ck_assert_str_eq(kit_body(&k), "gone");
}
END_TEST

START_TEST(redirect_of_head_and_post)
{
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .method = "HEAD", .url = server_url(k.server, "/redirect/2"),
                                                           .flags = EK_HTTP_FOLLOW }),
                   EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(k.answer.code, 200);
  ck_assert(strncmp(server_last(k.server), "HEAD /ok", 8) == 0);
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .method = "POST", .url = server_url(k.server, "/redirect/2"),
                                                           .flags = EK_HTTP_FOLLOW,
                                                           .body = { "x", 1 } }),
                   EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(k.answer.code, 302);
  /* Nor is the body of a GET handed on. */
  server *other = server_start();
  char path[128];
  snprintf(path, sizeof path, "/to/302/%s", server_url(other, "/ok"));
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, path), .flags = EK_HTTP_FOLLOW,
                                                           .body = { "secret", 6 } }), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(k.answer.code, 302);
  ck_assert_uint_eq(server_connections(other), 0);
  server_stop(other);
}
END_TEST

START_TEST(redirect_codes)
{
  static const struct { int code, followed; } codes[] = { { 300, 0 }, { 301, 1 }, { 302, 1 }, { 303, 1 }, { 304, 0 },
                                                          { 305, 0 }, { 307, 1 }, { 308, 1 }, { 201, 0 } };
  char path[64];
  snprintf(path, sizeof path, "/to/%d//ok", codes[_i].code);
  ck_assert_int_eq(kit_get(&k, path, EK_HTTP_FOLLOW), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(k.answer.code, codes[_i].followed ? 200 : codes[_i].code);
}
END_TEST

static const char *const bad_locations[] = {
  "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://user:secret@127.0.0.1/", "//u@127.0.0.1/",
  "http:///x", "data:,x",
  "http://127.0.0.1:99999/"
};

START_TEST(bad_location)
{
  char path[128];
  snprintf(path, sizeof path, "/to/302/%s", bad_locations[_i]);
  ck_assert_int_eq(kit_get(&k, path, EK_HTTP_FOLLOW), EK_HTTP_FAULT_REDIRECTS);
  ck_assert_uint_eq(server_requests(k.server), 1);
}
END_TEST

START_TEST(location_is_shown_without_secrets)
{
  ck_assert_int_eq(kit_get(&k, "/away", EK_HTTP_FOLLOW), EK_HTTP_FAULT_REDIRECTS);
  ck_assert_ptr_null(strstr(k.error.message, "secret"));
  ck_assert(strstr(k.error.message, "user name or password") != NULL);
}
END_TEST

START_TEST(endless_redirect_body)
{
  ck_assert_int_eq(kit_get(&k, "/redirect-endless", EK_HTTP_FOLLOW), EK_HTTP_FAULT_NONE);
  ck_assert_str_eq(kit_body(&k), "hello");
}
END_TEST

START_TEST(secrets_stay_with_their_origin)
{
  const char *headers[] = { "Authorization: secret-a", "Cookie: secret-b", "X-Amz-Security-Token: secret-c",
                            "X-Api-Key: secret-d",
                            "Accept: image/*", NULL };
  char path[128];
  server *other = server_start();
  snprintf(path, sizeof path, "/to/302/%s", server_url(other, "/ok"));
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, path), .headers = headers,
                                                           .flags = EK_HTTP_FOLLOW }),
                   EK_HTTP_FAULT_NONE);
  ck_assert_uint_eq(server_requests(other), 1);
  ck_assert(strstr(server_last(k.server), "secret-a") != NULL);
  ck_assert_ptr_null(strstr(server_last(other), "secret"));
  ck_assert(strstr(server_last(other), "Accept: image/*") != NULL);
  /* Nor when it leads back. */
  snprintf(path, sizeof path, "/to/302/%s%s", server_url(other, "/to/302/"), server_url(k.server, "/end"));
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, path), .headers = headers,
                                                           .flags = EK_HTTP_FOLLOW }),
                   EK_HTTP_FAULT_NONE);
  ck_assert(strncmp(server_last(k.server), "GET /end ", 9) == 0);
  ck_assert_ptr_null(strstr(server_last(k.server), "secret"));
  /* On the same origin they go along. */
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, "/redirect/2"),
                                                           .headers = headers, .flags = EK_HTTP_FOLLOW }),
                   EK_HTTP_FAULT_NONE);
  ck_assert(strstr(server_last(k.server), "secret-a") != NULL);
  server_stop(other);
}
END_TEST

START_TEST(cookies_are_not_kept)
{
  ck_assert_int_eq(kit_get(&k, "/status/200", 0), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(kit_get(&k, "/ok", 0), EK_HTTP_FAULT_NONE);
  ck_assert_ptr_null(seen("cookie"));
}
END_TEST

/* --- many at once --------------------------------------------------------------- */

static void *
many(void *arg)
{
  long bad = 0;
  (void)arg;
  for (int i = 0; i < 5; i++) {
    ek_http_answer a = { 0 };
    ek_error e = { 0 };
    int post = i % 2;
    ek_http_request_spec spec = { .method = post ? "POST" : "GET",
                                  .url = server_url(k.server, post ? "/late/20" : "/size/100000"),
                                  .deadline_ns = INT64_MAX, .body = { "b", post ? 1 : 0 },
                                      .flags = post ? EK_HTTP_TRUSTED : 0 };
    if (ek_http_perform(k.client, &spec, &a, &e) != EK_HTTP_FAULT_NONE || a.code != 200 ||
        a.body.len != (post ? 4 : 100000))
      bad++;
    ek_http_answer_free(&a);
  }
  return (void *)bad;
}

START_TEST(hundred_threads)
{
  pthread_t t[100];
  void *bad;
  long sum = 0;
  for (int i = 0; i < 100; i++)
    ck_assert_int_eq(pthread_create(&t[i], NULL, many, NULL), 0);
  for (int i = 0; i < 100; i++) {
    pthread_join(t[i], &bad);
    sum += (long)bad;
  }
  ck_assert_int_eq(sum, 0);
  ck_assert_uint_eq(server_requests(k.server), 500);
  ck_assert_uint_le(server_connections(k.server), 200);
}
END_TEST

static unsigned
descriptors(void)
{
  unsigned n = 0;
  DIR *d = opendir("/proc/self/fd");
  while (d && readdir(d))
    n++;
  closedir(d);
  return n;
}

START_TEST(nothing_is_left_open)
{
  unsigned before;
  kit_restart(&k);
  before = descriptors();
  for (int i = 0; i < 5; i++) {
    kit_get(&k, "/ok", 0);
    kit_get(&k, "/ok", EK_HTTP_TRUSTED);
    kit_get(&k, "/cut", 0);
    kit_restart(&k);
  }
  /* The server's threads close their ends a little later. */
  for (int i = 0; i < 200 && descriptors() != before; i++)
    usleep(10000);
  ck_assert_uint_eq(descriptors(), before);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("client");
  TCase *c = tcase_create("client");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, one_get);
  tcase_add_test(c, headers_are_kept);
  tcase_add_test(c, one_post);
  tcase_add_test(c, every_method);
  tcase_add_test(c, bad_requests);
  tcase_add_test(c, connections_are_kept);
  tcase_add_test(c, path_of_trusted_stays);
  tcase_add_test(c, sizes);
  tcase_add_test(c, redirects_are_followed);
  tcase_add_test(c, redirect_of_head_and_post);
  tcase_add_loop_test(c, redirect_codes, 0, 9);
  tcase_add_loop_test(c, bad_location, 0, (int)(sizeof bad_locations / sizeof *bad_locations));
  tcase_add_test(c, location_is_shown_without_secrets);
  tcase_add_test(c, endless_redirect_body);
  tcase_add_test(c, secrets_stay_with_their_origin);
  tcase_add_test(c, cookies_are_not_kept);
  tcase_add_test(c, hundred_threads);
  tcase_add_test(c, nothing_is_left_open);
  return run_suite(s, c);
}
