/* SPDX-License-Identifier: BSD-3-Clause */
/* Exchanges kept and found again. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"
#include "http/kit.h"
#include "http/tape.h"

static kit k;
static char work[32], folder[48];

static void
setup(void)
{
  static const char *const allow[] = { "127.0.0.1", NULL };
  snprintf(work, sizeof work, "/tmp/ek-tape.XXXXXX");
  if (!mkdtemp(work))
    abort();
  snprintf(folder, sizeof folder, "%s/tape", work);
  kit_start(&k, allow);
}

static void
teardown(void)
{
  char command[128];
  kit_stop(&k);
  snprintf(command, sizeof command, "chmod -R u+rwx '%s'; rm -rf '%s'", work, work);
  if (system(command) != 0)
    abort();
}

static void
record(void)
{
  k.options.record = folder;
  k.options.replay = NULL;
  kit_restart(&k);
}

static void
replay(void)
{
  k.options.record = NULL;
  k.options.replay = folder;
  kit_restart(&k);
}

/* All files of the tape, one behind the other; *n how many. */
static const char *
contents(unsigned *n)
{
  static char text[1 << 20];
  size_t len = 0;
  DIR *d = opendir(folder);
  struct dirent *entry;
  *n = 0;
  while (d && (entry = readdir(d))) {
    char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    FILE *f = entry->d_name[0] == '.' && (entry->d_name[1] == 0 || entry->d_name[1] == '.') ? NULL : fopen(path, "r");
    if (!f)
      continue;
    len += fread(text + len, 1, sizeof text - 1 - len, f);
    fclose(f);
    ++*n;
  }
  closedir(d);
  text[len] = 0;
  return text;
}

/* One of many requests. */
static enum ek_http_fault
ask(const char *path, const char *target, const char *body, unsigned flags)
{
  char line[64];
  const char *headers[] = { "Authorization: AWS4-HMAC-SHA256 Credential=secret-a", "X-Amz-Security-Token: secret-b",
                            "Cookie: secret-c",
                            "X-Amz-Date: 20261124T000000Z", "Content-Type: application/x-amz-json-1.1", line, NULL };
  snprintf(line, sizeof line, "X-Amz-Target: %s", target);
  return kit_perform(&k, (ek_http_request_spec){ .method = "POST", .url = server_url(k.server, path),
                                                 .headers = headers,
                                                 .body = { body, strlen(body) }, .flags = flags });
}

START_TEST(recorded_and_replayed)
{
  unsigned n, asked;
  record();
  ck_assert_int_eq(ask("/status/400?X-Amz-Signature=secret-d&a=1", "T.A", "one", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(ask("/echo", "T.A", "two", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(kit_get(&k, "/size/200000", 0), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(kit_get(&k, "/redirect/2", EK_HTTP_FOLLOW), EK_HTTP_FAULT_NONE);
  contents(&n);
  ck_assert_uint_eq(n, 4);
  asked = server_requests(k.server);
  replay();
  ck_assert_int_eq(ask("/status/400?X-Amz-Signature=other&a=1", "T.A", "one", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(k.answer.code, 400);
  ck_assert_str_eq(kit_body(&k), "{}");
  ck_assert(ek_str_eqc(ek_http_header(&k.answer, "content-type"), "application/json"));
  ck_assert(ek_str_eqc(ek_http_header(&k.answer, "retry-after"), "7"));
  ck_assert(ek_str_eqc(ek_http_header(&k.answer, "x-amz-retry-after"), "1500"));
  ck_assert_ptr_null(ek_http_header(&k.answer, "set-cookie").ptr);
  ck_assert_int_eq(ask("/echo", "T.A", "two", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert(strstr(kit_body(&k), "\r\n\r\ntwo") != NULL);
  ck_assert_int_eq(kit_get(&k, "/size/200000", 0), EK_HTTP_FAULT_NONE);
  ck_assert_uint_eq(k.answer.body.len, 200000);
  ck_assert_int_eq(kit_get(&k, "/redirect/2", EK_HTTP_FOLLOW), EK_HTTP_FAULT_NONE);
  ck_assert_str_eq(kit_body(&k), "hello");
  ck_assert_uint_eq(server_requests(k.server), asked);
}
END_TEST

START_TEST(what_was_not_recorded)
{
  record();
  ck_assert_int_eq(ask("/ok", "T.A", "one", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  replay();
  ck_assert_int_eq(ask("/ok", "T.A", "one", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(ask("/ok", "T.B", "one", EK_HTTP_TRUSTED), EK_HTTP_FAULT_TAPE);
  ck_assert_int_eq(ask("/ok", "T.A", "One", EK_HTTP_TRUSTED), EK_HTTP_FAULT_TAPE);
  ck_assert_int_eq(ask("/ok?x", "T.A", "one", EK_HTTP_TRUSTED), EK_HTTP_FAULT_TAPE);
  ck_assert_int_eq(ask("/ok", "T.A", "one", 0), EK_HTTP_FAULT_TAPE);
  ck_assert_int_eq(kit_get(&k, "/ok", EK_HTTP_TRUSTED), EK_HTTP_FAULT_TAPE);
  ck_assert_int_eq(kit_get(&k, "/ok", EK_HTTP_TRUSTED | EK_HTTP_NO_TAPE), EK_HTTP_FAULT_TAPE);
  ck_assert_int_eq(kit_get(&k, "http://u:p@h/", 0), EK_HTTP_FAULT_URL);
  ck_assert(k.error.help[0] == 0);
  ck_assert_uint_eq(server_requests(k.server), 1);
}
END_TEST

START_TEST(host_counts_unless_trusted)
{
  server *other = server_start();
  record();
  ck_assert_int_eq(kit_get(&k, "/a", EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(kit_get(&k, "/b", 0), EK_HTTP_FAULT_NONE);
  replay();
  ck_assert_int_eq(kit_get(&k, server_url(other, "/a"), EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(kit_get(&k, server_url(other, "/b"), 0), EK_HTTP_FAULT_TAPE);
  ck_assert_int_eq(kit_get(&k, server_url(k.server, "/b#part"), 0), EK_HTTP_FAULT_NONE);
  server_stop(other);
}
END_TEST

START_TEST(no_secret_reaches_the_tape)
{
  unsigned n;
  record();
  ck_assert_int_eq(ask("/status/200?X-Amz-Security-Token=secret-d&token=secret-e", "T.A", "body-secret",
                       EK_HTTP_TRUSTED), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(kit_get(&k, "/status/200", EK_HTTP_TRUSTED | EK_HTTP_NO_TAPE), EK_HTTP_FAULT_NONE);
  const char *text = contents(&n);
  ck_assert_uint_eq(n, 1);
  ck_assert_msg(strstr(text, "secret") == NULL, "%s", text);
  ck_assert_ptr_null(strstr(text, "r-1"));
  ck_assert(strstr(text, "POST /status/200\n200\n") != NULL);
}
END_TEST

/* AWS explains a refused signature with the request as it came in. */
START_TEST(what_quotes_the_token_is_not_kept)
{
  static const char *const headers[] = { "X-Amz-Security-Token: secret-b/+=", NULL };
  static const char *const bodies[] = { "{\"message\":\"The Canonical String: x-amz-security-token:secret-b\\/+=\"}",
                                        "<StringToSign>X-Amz-Security-Token=secret-b%2F</StringToSign>",
                                        "the token was secret-b/+=" };
  ek_http_request_spec spec = { .method = "POST", .url = "http://h/", .headers = headers, .flags = EK_HTTP_TRUSTED };
  ek_tape *t = ek_tape_open(folder, 1, &k.error);
  unsigned n;
  for (size_t i = 0; i < 3; i++) {
    ek_http_answer a = { .code = 403 };
    ek_text_cstr(&a.body, bodies[i]);
    ck_assert_int_eq(ek_tape_put(t, &spec, &a, &k.error), 0);
    ek_http_answer_free(&a);
  }
  contents(&n);
  ck_assert_uint_eq(n, 0);
  ek_http_answer plain = { .code = 403 };
  ek_text_cstr(&plain.body, "{\"__type\":\"AccessDeniedException\"}");
  ck_assert_int_eq(ek_tape_put(t, &spec, &plain, &k.error), 0);
  ek_http_answer_free(&plain);
  contents(&n);
  ck_assert_uint_eq(n, 1);
  ek_tape_close(t);
}
END_TEST

static ek_http_answer
made(int code, const char *body)
{
  ek_http_answer a = { .code = code };
  ek_text_cstr(&a.headers, "content-type: text/plain\ncontent-length: 9\n");
  ek_text_cstr(&a.body, body);
  return a;
}

static int
put(ek_tape *t, int code, const char *body)
{
  ek_http_request_spec spec = { .method = "GET", .url = "http://h/x" };
  ek_http_answer a = made(code, body);
  int rc = ek_tape_put(t, &spec, &a, &k.error);
  ek_http_answer_free(&a);
  return rc;
}

static const char *
get(ek_tape *t)
{
  static char text[64];
  ek_http_request_spec spec = { .method = "GET", .url = "http://h/x" };
  ek_http_answer a = { 0 };
  int rc = ek_tape_get(t, &spec, &a, &k.error);
  snprintf(text, sizeof text, "%d %d %s", rc, a.code, ek_text_c(&a.body));
  ek_http_answer_free(&a);
  return text;
}

START_TEST(success_is_not_replaced)
{
  ek_tape *t = ek_tape_open(folder, 1, &k.error);
  unsigned n;
  ck_assert_str_eq(get(t), "0 0 ");
  ck_assert_int_eq(put(t, 429, "slow down"), 0);
  ck_assert_str_eq(get(t), "1 429 slow down");
  ck_assert_int_eq(put(t, 500, "oops"), 0);
  ck_assert_str_eq(get(t), "1 500 oops");
  ck_assert_int_eq(put(t, 200, "yes"), 0);
  ck_assert_int_eq(put(t, 500, "oops"), 0);
  ck_assert_str_eq(get(t), "1 200 yes");
  ck_assert_int_eq(put(t, 201, "new"), 0);
  ck_assert_str_eq(get(t), "1 201 new");
  contents(&n);
  ck_assert_uint_eq(n, 1);
  ek_tape_close(t);
}
END_TEST

static void *
put_many(void *arg)
{
  for (int i = 0; i < 50; i++)
    put(arg, i % 3 ? 500 : 200, i % 3 ? "bad" : "good");
  return NULL;
}

START_TEST(written_by_many)
{
  ek_tape *t = ek_tape_open(folder, 1, &k.error);
  pthread_t threads[8];
  unsigned n;
  for (int i = 0; i < 8; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, put_many, t), 0);
  for (int i = 0; i < 8; i++)
    pthread_join(threads[i], NULL);
  ck_assert_str_eq(get(t), "1 200 good");
  contents(&n);
  ck_assert_uint_eq(n, 1);
  ek_tape_close(t);
}
END_TEST

typedef struct parting { pthread_t asks, frees; enum ek_http_fault fault; atomic_int asked, freed; } parting;

static void *
ask_once(void *arg)
{
  parting *p = arg;
  ek_http_answer a = { 0 };
  ek_error e = { 0 };
  ek_http_request_spec spec = { .method = "GET", .url = server_url(k.server, "/ok"), .deadline_ns = INT64_MAX };
  p->fault = ek_http_perform(k.client, &spec, &a, &e);
  p->asked = 1;
  ek_http_answer_free(&a);
  return NULL;
}

static void *
free_client(void *arg)
{
  ek_http_free(k.client);
  ((parting *)arg)->freed = 1;
  return NULL;
}

/* The answer is here, its exchange is being written: the client and its tape stay until that is done. */
START_TEST(freeing_waits_for_the_tape)
{
  parting p = { 0 };
  unsigned n;
  record();
  int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ck_assert_int_eq(flock(lock, LOCK_EX), 0);
  ck_assert_int_eq(pthread_create(&p.asks, NULL, ask_once, &p), 0);
  for (n = 0; n == 0; usleep(1000))            /* its temporary file is there       */
    contents(&n);
  ck_assert_int_eq(pthread_create(&p.frees, NULL, free_client, &p), 0);
  usleep(300000);
  ck_assert_int_eq(p.freed, 0);
  ck_assert_int_eq(p.asked, 0);
  flock(lock, LOCK_UN);
  pthread_join(p.asks, NULL);
  pthread_join(p.frees, NULL);
  k.client = NULL;
  ck_assert_int_eq(p.fault, EK_HTTP_FAULT_NONE);
  close(lock);
}
END_TEST

START_TEST(damage_is_told)
{
  ek_tape *t = ek_tape_open(folder, 1, &k.error);
  char path[400] = "";
  struct dirent *entry;
  struct stat st;
  ck_assert_int_eq(put(t, 200, "a whole body"), 0);
  DIR *d = opendir(folder);
  while ((entry = readdir(d)))
    if (entry->d_name[0] != '.')
      snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
  closedir(d);
  ck_assert_int_eq(stat(path, &st), 0);
  for (off_t size = st.st_size - 1; size >= 0; size--) {
    ck_assert_int_eq(truncate(path, size), 0);
    ck_assert_msg(strncmp(get(t), "-1 ", 3) == 0, "cut at %ld", (long)size);
  }
  ck_assert_str_eq(k.error.file, path);
  ek_tape_close(t);
  replay();
  ck_assert_int_eq(kit_get(&k, "http://h/x", 0), EK_HTTP_FAULT_TAPE);
}
END_TEST

START_TEST(a_full_disk_loses_no_answer)
{
  struct rlimit small = { 1 << 20, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
  unsigned n;
  size_t warnings = 0;
  signal(SIGXFSZ, SIG_IGN);
  record();
  ek_log_setup(EK_LOG_TEXT, EK_COLOR_NEVER, 1, 0);
  setrlimit(RLIMIT_FSIZE, &small);
  ck_assert_int_eq(kit_get(&k, "/size/2000000", 0), EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(kit_get(&k, "/size/2000001", 0), EK_HTTP_FAULT_NONE);
  setrlimit(RLIMIT_FSIZE, &all);
  ck_assert_uint_eq(k.answer.body.len, 2000001);
  contents(&n);
  ck_assert_uint_eq(n, 0);
  ek_log_warnings(&warnings);
  ck_assert_uint_eq(warnings, 1);
}
END_TEST

START_TEST(folders)
{
  ek_error e = { 0 };
  char path[128];
  ck_assert_ptr_null(ek_tape_open(folder, 0, &e));
  ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  ck_assert_str_eq(e.file, folder);
  snprintf(path, sizeof path, "%s/no/such", work);
  ck_assert_ptr_null(ek_tape_open(path, 1, &e));
  ck_assert_ptr_null(ek_tape_open("/proc/self/status", 1, &e));
  k.options.replay = folder;
  ck_assert_ptr_null(ek_http_new(&k.options, &e));
  k.options.record = folder;
  ck_assert_ptr_null(ek_http_new(&k.options, &e));
}
END_TEST

START_TEST(limits_hold_for_tapes)
{
  record();
  ck_assert_int_eq(kit_get(&k, "/size/5000", 0), EK_HTTP_FAULT_NONE);
  replay();
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, "/size/5000"),
                                                           .max_response = 4999 }), EK_HTTP_FAULT_TOO_LARGE);
  ck_assert_int_eq(kit_perform(&k, (ek_http_request_spec){ .url = server_url(k.server, "/size/5000"),
                                                           .max_response = 5000 }), EK_HTTP_FAULT_NONE);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("tape");
  TCase *c = tcase_create("tape");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, recorded_and_replayed);
  tcase_add_test(c, what_was_not_recorded);
  tcase_add_test(c, host_counts_unless_trusted);
  tcase_add_test(c, no_secret_reaches_the_tape);
  tcase_add_test(c, what_quotes_the_token_is_not_kept);
  tcase_add_test(c, success_is_not_replaced);
  tcase_add_test(c, written_by_many);
  tcase_add_test(c, freeing_waits_for_the_tape);
  tcase_add_test(c, damage_is_told);
  tcase_add_test(c, a_full_disk_loses_no_answer);
  tcase_add_test(c, folders);
  tcase_add_test(c, limits_hold_for_tapes);
  return run_suite(s, c);
}
