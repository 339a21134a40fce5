/* SPDX-License-Identifier: BSD-3-Clause */
/* The same request, keys and clock give the same signature here and in botocore (Debian's
 * python3-botocore, which is asked through botocore-sign.py). */
#include "aws-test.h"
#include <jansson.h>
#include <sys/wait.h>
#include "aws/sigv4.h"

#define REQUESTS 200

static json_t *requests[REQUESTS];
static int n_requests;

static const char *
text(const json_t *j, const char *name)
{
  return json_string_value(json_object_get(j, name));
}

static char *
unhex(const char *s, size_t *len)
{
  *len = strlen(s) / 2;
  char *out = ek_mem_alloc(*len + 1);
  for (size_t i = 0; i < *len; i++) {
    char two[3] = { s[2 * i], s[2 * i + 1], 0 };
    out[i] = (char)strtol(two, NULL, 16);
  }
  return out;
}

START_TEST(same_signature)
{
  const json_t *j = requests[_i];
  const char *headers[16] = { NULL };
  size_t n = json_array_size(json_object_get(j, "headers")), len = 0;
  ck_assert_uint_lt(n, 16);
  for (size_t i = 0; i < n; i++)
    headers[i] = json_string_value(json_array_get(json_object_get(j, "headers"), i));
  char *body = unhex(text(j, "body"), &len);
  ek_aws_keys keys = { text(j, "id"), text(j, "secret"), text(j, "token") };
  ek_sigv4_request r = { .method = text(j, "method"), .host = text(j, "host"), .path = text(j, "path"),
    .query = text(j, "query"), .headers = headers, .body = { body, len }, .region = text(j, "region"),
    .service = text(j, "service"), .time = json_integer_value(json_object_get(j, "time")),
    .flags = json_is_true(json_object_get(j, "s3")) ? EK_SIGV4_S3 : 0 };
  ek_text out = { 0 };
  ek_sigv4_steps steps = { { 0 }, { 0 } };
  if (json_is_true(json_object_get(j, "presign"))) {
    ek_sigv4_query(&r, &keys, 3600, &out, &steps);
    ck_assert_msg(!strcmp(ek_text_c(&out) + out.len - 64, text(j, "signature")), "%s", ek_text_c(&steps.canonical));
  } else {
    ek_sigv4_headers(&r, &keys, &out, &steps);
    const char *a = strstr(ek_text_c(&out), "Authorization: ");
    size_t whole = strlen(text(j, "authorization"));
    ck_assert_ptr_nonnull(a);
    a += sizeof "Authorization: " - 1;
    ck_assert_msg(strlen(a) == whole + 1 && !memcmp(a, text(j, "authorization"), whole), "%s\n%s",
                  ek_text_c(&steps.canonical), text(j, "authorization"));
  }
  ek_text_free(&out);
  ek_text_free(&steps.canonical);
  ek_text_free(&steps.to_sign);
  free(body);
}
END_TEST

START_TEST(all_requests_are_there)
{
  ck_assert_int_eq(n_requests, REQUESTS);
}
END_TEST

int
main(void)
{
  const char *src = getenv("top_srcdir");
  char command[1200], *line = NULL;
  size_t cap = 0;
  snprintf(command, sizeof command, "/usr/bin/python3 '%s/tests/aws/botocore-sign.py' 20261124 %d 2>/dev/null",
           src ? src : ".", REQUESTS);
  FILE *p = access("/usr/bin/python3", X_OK) == 0 ? popen(command, "r") : NULL;
  while (p && n_requests < REQUESTS && getline(&line, &cap, p) > 0)
    if ((requests[n_requests] = json_loads(line, 0, NULL)) != NULL)
      n_requests++;
  free(line);
  int status = p ? pclose(p) : -1;
  if (!p || (WIFEXITED(status) && WEXITSTATUS(status) == 77)) {
    const char *ci = getenv("ENRICHKIT_CI");
    if (ci && *ci) {
      printf("1..1\nnot ok 1 - no /usr/bin/python3 with botocore\n");
      return 1;
    }
    printf("1..0 # SKIP no /usr/bin/python3 with botocore\n");
    return 0;
  }
  Suite *s = suite_create("botocore");
  TCase *c = tcase_create("same signature");
  tcase_add_test(c, all_requests_are_there);
  tcase_add_loop_test(c, same_signature, 0, n_requests);
  suite_add_tcase(s, c);
  int failed = run_suite(s);
  for (int i = 0; i < n_requests; i++)
    json_decref(requests[i]);
  return failed;
}
