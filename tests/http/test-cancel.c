/* SPDX-License-Identifier: BSD-3-Clause */
/* Giving up: at random moments, by many threads, while names are looked up, and by
 * the end of the client.                                                    */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "http/kit.h"
#include "http/resolver.h"

static kit k;

static void
setup(void)
{
  static const char *const allow[] = { "127.0.0.1", "slow.test", NULL };
  kit_start(&k, allow);
}

static void
teardown(void)
{
  kit_stop(&k);
}

/* Gives up from a moment on. */
static int
is_past(void *moment)
{
  return kit_now() >= *(double *)moment;
}

static int
at_once(void *arg)
{
  (void)arg;
  return 1;
}

START_TEST(cancelled_before)
{
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, "/ok"), .cancelled = at_once }),
                   EK_HTTP_FAULT_CANCELLED);
  ck_assert_int_eq(k.answer.sent, 0);
  ck_assert_uint_eq(server_connections(k.server), 0);
}
END_TEST

/* A sanitizer's build takes longer for everything. */
static double
within(double seconds)
{
  return getenv("EK_SANITIZED") ? 3 * seconds : seconds;
}

START_TEST(cancelled_while)
{
  static const char *const paths[] = { "/late/9000", "/drip", "/endless", "/redirect-endless" };
  for (size_t i = 0; i < 4; i++) {
    double moment = kit_now() + 0.5;
    kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, paths[i]), .cancelled = is_past,
                                            .cancelled_arg = &moment,
                                            .max_response = UINT64_C(1) << 40 });
    ck_assert_int_eq(k.fault, EK_HTTP_FAULT_CANCELLED);
    ck_assert_int_eq(k.answer.sent, 1);
    ck_assert_msg(k.seconds < within(1.0), "%s: %f s", paths[i], k.seconds);
  }
  ck_assert_int_eq(kit_get(&k, "/ok", 0), EK_HTTP_FAULT_NONE);
}
END_TEST

/* The resolver takes three seconds: nobody waits for it, nor does anybody else's request. */
START_TEST(cancelled_while_a_name_is_looked_up)
{
  char url[64];
  double moment = kit_now() + 0.1, from;
  snprintf(url, sizeof url, "http://slow.test:%u/", server_port(k.server));
  kit_perform(&k, (ek_http_request_spec){ .url = url, .cancelled = is_past, .cancelled_arg = &moment });
  ck_assert_int_eq(k.fault, EK_HTTP_FAULT_CANCELLED);
  ck_assert_msg(k.seconds < within(0.8), "%f s", k.seconds);
  from = kit_now();
  ck_assert_int_eq(kit_get(&k, "/ok", 0), EK_HTTP_FAULT_NONE);
  ck_assert_msg(kit_now() - from < within(0.8), "%f s", kit_now() - from);
  kit_perform(&k, (ek_http_request_spec){ .url = url, .deadline_ns = (int64_t)((kit_now() + 0.2) * 1e9) });
  ck_assert_int_eq(k.fault, EK_HTTP_FAULT_DEADLINE);
  ck_assert_msg(k.seconds < within(0.8), "%f s", k.seconds);
  from = kit_now();
  ck_assert_int_eq(kit_get(&k, "/ok", 0), EK_HTTP_FAULT_NONE);
  ck_assert_msg(kit_now() - from < within(0.8), "%f s", kit_now() - from);
  sleep(3);                            /* the resolver's threads end before the test does */
}
END_TEST

/* --- storm ------------------------------------------------------------------------ */

enum { THREADS = 50, CANCELS = 1000 };

static atomic_uint all_cancelled;

typedef struct storm { unsigned seed; double worst; long wrong, answered; } storm;

static void *
cancel_at_random(void *arg)
{
  static const char *const paths[] = { "/late/2000", "/ok", "/drip", "/size/1000000", "/endless", "/redirect/4",
                                       "/late/30" };
  storm *s = arg;
  while (all_cancelled < CANCELS) {
    double moment = kit_now() + (double)(rand_r(&s->seed) % 100000) / 1e6, late;
    const char *path = paths[(unsigned)rand_r(&s->seed) % 7];
    int post = rand_r(&s->seed) % 2;
    ek_http_answer a = { 0 };
    ek_error e = { 0 };
    ek_http_request_spec spec = { .method = post ? "POST" : "GET", .url = server_url(k.server, path),
                                  .deadline_ns = INT64_MAX,
                                  .body = { "x", post ? 1 : 0 },
                                  .flags = EK_HTTP_FOLLOW | (rand_r(&s->seed) % 2 ? EK_HTTP_TRUSTED : 0),
                                  .max_response = 4 << 20, .cancelled = is_past, .cancelled_arg = &moment };
    enum ek_http_fault fault = ek_http_perform(k.client, &spec, &a, &e);
    late = kit_now() - moment;
    if (late > s->worst)
      s->worst = late;
    all_cancelled += fault == EK_HTTP_FAULT_CANCELLED;
    s->answered += fault == EK_HTTP_FAULT_NONE;
    if (fault != EK_HTTP_FAULT_CANCELLED && fault != EK_HTTP_FAULT_NONE && fault != EK_HTTP_FAULT_TOO_LARGE) {
      fprintf(stderr, "%d: %s\n", fault, e.message);
      s->wrong++;
    }
    ek_http_answer_free(&a);
  }
  return NULL;
}

START_TEST(storm_of_cancels)
{
  static storm storms[THREADS];
  pthread_t t[THREADS];
  long answered = 0;
  double worst = 0;
  for (unsigned i = 0; i < THREADS; i++) {
    storms[i] = (storm){ .seed = i + 1 };
    ck_assert_int_eq(pthread_create(&t[i], NULL, cancel_at_random, &storms[i]), 0);
  }
  for (unsigned i = 0; i < THREADS; i++) {
    pthread_join(t[i], NULL);
    ck_assert_int_eq(storms[i].wrong, 0);
    answered += storms[i].answered;
    if (storms[i].worst > worst)
      worst = storms[i].worst;
  }
  ck_assert_msg(worst < 1, "%f s", worst);
  ck_assert_uint_ge(all_cancelled, CANCELS);
  ck_assert_int_gt(answered, 0);
  ck_assert_int_eq(kit_get(&k, "/ok", 0), EK_HTTP_FAULT_NONE);
}
END_TEST

/* --- the end of the client ---------------------------------------------------------- */

static atomic_uint ended;

static void *
wait_long(void *arg)
{
  ek_http_answer a = { 0 };
  ek_error e = { 0 };
  char url[64];
  snprintf(url, sizeof url, "%s", server_url(k.server, "/late/9000"));
  ek_http_request_spec spec = { .method = "GET", .url = url, .deadline_ns = INT64_MAX,
                                .flags = arg ? EK_HTTP_TRUSTED : 0 };
  if (ek_http_perform(k.client, &spec, &a, &e) == EK_HTTP_FAULT_CANCELLED)
    ended++;
  ek_http_answer_free(&a);
  return NULL;
}

START_TEST(free_ends_what_is_in_flight)
{
  pthread_t t[20];
  double from;
  for (size_t i = 0; i < 20; i++)
    ck_assert_int_eq(pthread_create(&t[i], NULL, wait_long, i % 2 ? &k : NULL), 0);
  while (server_requests(k.server) < 20)
    usleep(1000);
  from = kit_now();
  ek_http_free(k.client);
  k.client = NULL;
  ck_assert(kit_now() - from < 1);
  for (int i = 0; i < 20; i++)
    pthread_join(t[i], NULL);
  ck_assert_uint_eq(ended, 20);
  ek_http_free(NULL);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("cancel");
  TCase *c = tcase_create("cancel");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, cancelled_before);
  tcase_add_test(c, cancelled_while);
  tcase_add_test(c, cancelled_while_a_name_is_looked_up);
  tcase_add_test(c, storm_of_cancels);
  tcase_add_test(c, free_ends_what_is_in_flight);
  return run_suite(s, c);
}
