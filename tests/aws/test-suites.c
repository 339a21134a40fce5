/* SPDX-License-Identifier: BSD-3-Clause */
/* Every case of both public signing suites: botocore's (header form: canonical request, text to
 * sign, Authorization) and aws-c-auth's (header and query form). They are read from EK_SHARED. */
#include "aws-test.h"
#include <dirent.h>
#include <jansson.h>
#include <sys/stat.h>
#include "aws/sigv4.h"

#define BOTOCORE_CASES 34
#define C_AUTH_CASES 38
#define MOST 64

static char botocore[MOST][512], c_auth[MOST][512];
static int botocore_n, c_auth_n;

static char *
part(const char *dir, const char *name)
{
  char path[1024];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  size_t len = 0;
  char *s = read_whole(path, &len);
  ck_assert_msg(s != NULL, "%s", path);
  while (len && (s[len - 1] == '\n'))
    s[--len] = 0;
  return s;
}

/* A file of the botocore suite is named like its folder. */
static char *
named(const char *dir, const char *ext)
{
  char name[256];
  snprintf(name, sizeof name, "%s.%s", strrchr(dir, '/') + 1, ext);
  return part(dir, name);
}

typedef struct message { char *text, *method, *path, *query, *host; const char *headers[32]; ek_str body; } message;

static int
is(const char *line, const char *name)
{
  return !strncasecmp(line, name, strlen(name)) && line[strlen(name)] == ':';
}

/* "GET /path?query HTTP/1.1", headers (lines that begin with a space go on), an empty line, body. */
static message
parse(char *text)
{
  message m = { .text = text };
  size_t n = 0;
  char *line = text, *end = strstr(text, "\n\n");
  if (end) {
    *end = 0;
    m.body = (ek_str){ end + 2, strlen(end + 2) };
  }
  char *next = strchr(line, '\n');
  *next++ = 0;
  char *version = strstr(line, " HTTP/1.1");
  ck_assert_ptr_nonnull(version);
  *version = 0;
  m.method = line;
  m.path = strchr(line, ' ');
  *m.path++ = 0;
  m.query = strchr(m.path, '?');
  if (m.query)
    *m.query++ = 0;
  while (next) {
    line = next;
    for (next = strchr(line, '\n'); next && next[1] == ' '; next = strchr(next + 1, '\n'))
      ;
    if (next)
      *next++ = 0;
    if (is(line, "Host"))
      m.host = line + 5;
    else if (!is(line, "X-Amz-Date") && !is(line, "X-Amz-Security-Token")) {
      ck_assert_uint_lt(n, 31);
      m.headers[n++] = line;
    }
  }
  ck_assert_ptr_nonnull(m.host);
  return m;
}

/* The value of a header in a list of "Name: value" lines; NULL: none. */
static char *
value_of(const char *lines, const char *name)
{
  for (const char *p = lines; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
    if (is(p, name)) {
      p += strlen(name) + 1;
      p += strspn(p, " ");
      return ek_mem_strndup(p, strcspn(p, "\n"));
    }
  return NULL;
}

static ek_sigv4_request
request_of(const message *m)
{
  return (ek_sigv4_request){ .method = m->method, .host = m->host, .path = m->path, .query = m->query,
    .headers = m->headers,
    .body = m->body, .region = "us-east-1", .service = "service", .time = 1440938160 };
}

static void
steps_free(ek_sigv4_steps *s)
{
  ek_text_free(&s->canonical);
  ek_text_free(&s->to_sign);
}

START_TEST(botocore_case)
{
  const char *dir = botocore[_i];
  char *creq = named(dir, "creq"), *sts = named(dir, "sts"), *authz = named(dir, "authz"), *sreq = named(dir, "sreq");
  message m = parse(named(dir, "req"));
  char *token = value_of(sreq, "X-Amz-Security-Token");
  ek_aws_keys keys = { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token };
  ek_sigv4_request r = request_of(&m);
  if (token && !strstr(creq, "x-amz-security-token"))
    r.flags |= EK_SIGV4_TOKEN_AFTER;
  ek_text out = { 0 };
  ek_sigv4_steps steps = { { 0 }, { 0 } };
  ek_sigv4_headers(&r, &keys, &out, &steps);
  char *got = value_of(ek_text_c(&out), "Authorization"), *date = value_of(ek_text_c(&out), "X-Amz-Date");
  char *sent = value_of(ek_text_c(&out), "X-Amz-Security-Token");
  ck_assert_str_eq(ek_text_c(&steps.canonical), creq);
  ck_assert_str_eq(ek_text_c(&steps.to_sign), sts);
  ck_assert_str_eq(got, authz);
  ck_assert_str_eq(date, "20150830T123600Z");
  ck_assert_pstr_eq(sent, token);
  free(creq), free(sts), free(authz), free(sreq), free(m.text), free(token), free(got), free(date), free(sent);
  steps_free(&steps);
  ek_text_free(&out);
}
END_TEST

/* Each X-Amz-... parameter of the query that the suite signed is in ours. */
static void
same_parameters(char *expected, ek_text *got)
{
  ek_text all = { 0 };
  int n = 0;
  ek_text_printf(&all, "&%s&", ek_text_c(got));
  for (char *save = NULL, *p = strtok_r(expected, "&", &save); p; p = strtok_r(NULL, "&", &save))
    if (!strncmp(p, "X-Amz-", 6)) {
      char *piece = ek_mem_alloc(strlen(p) + 3);
      snprintf(piece, strlen(p) + 3, "&%s&", p);
      ck_assert_msg(strstr(ek_text_c(&all), piece) != NULL, "%s in %s", piece, ek_text_c(&all));
      free(piece);
      n++;
    }
  ck_assert_int_ge(n, 6);
  ek_text_free(&all);
}

static void
header_form(const char *dir, ek_sigv4_request r, const ek_aws_keys *keys, int sign_body)
{
  char *creq = part(dir, "header-canonical-request.txt"), *sts = part(dir, "header-string-to-sign.txt");
  char *sig = part(dir, "header-signature.txt"), *whole = part(dir, "header-signed-request.txt");
  ek_text out = { 0 };
  ek_sigv4_steps steps = { { 0 }, { 0 } };
  if (sign_body)
    r.flags |= EK_SIGV4_BODY_HEADER;
  ek_sigv4_headers(&r, keys, &out, &steps);
  ck_assert_str_eq(ek_text_c(&steps.canonical), creq);
  ck_assert_str_eq(ek_text_c(&steps.to_sign), sts);
  static const char *const sent[] = { "Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256" };
  for (size_t i = 0; i < 4; i++) {
    char *got = value_of(ek_text_c(&out), sent[i]), *expected = value_of(whole, sent[i]);
    ck_assert_pstr_eq(got, expected);
    if (i == 0)
      ck_assert_ptr_nonnull(strstr(got, sig));
    free(got), free(expected);
  }
  free(creq), free(sts), free(sig), free(whole);
  steps_free(&steps);
  ek_text_free(&out);
}

static void
query_form(const char *dir, const ek_sigv4_request *r, const ek_aws_keys *keys)
{
  char *creq = part(dir, "query-canonical-request.txt"), *sts = part(dir, "query-string-to-sign.txt");
  char *sig = part(dir, "query-signature.txt");
  message whole = parse(part(dir, "query-signed-request.txt"));
  ek_text out = { 0 };
  ek_sigv4_steps steps = { { 0 }, { 0 } };
  ek_sigv4_query(r, keys, 3600, &out, &steps);
  ck_assert_str_eq(ek_text_c(&steps.canonical), creq);
  ck_assert_str_eq(ek_text_c(&steps.to_sign), sts);
  ck_assert_ptr_nonnull(strstr(ek_text_c(&out), sig));
  same_parameters(whole.query, &out);
  free(creq), free(sts), free(sig), free(whole.text);
  steps_free(&steps);
  ek_text_free(&out);
}

/* Even: header form of a case; odd: its query form. */
START_TEST(c_auth_case)
{
  const char *dir = c_auth[_i / 2];
  char *context = part(dir, "context.json");
  json_t *j = json_loads(context, 0, NULL);
  ck_assert_ptr_nonnull(j);
  const json_t *c = json_object_get(j, "credentials");
  ek_aws_keys keys = { json_string_value(json_object_get(c, "access_key_id")),
    json_string_value(json_object_get(c, "secret_access_key")), json_string_value(json_object_get(c, "token")) };
  message m = parse(part(dir, "request.txt"));
  ek_sigv4_request r = request_of(&m);
  r.region = json_string_value(json_object_get(j, "region"));
  r.service = json_string_value(json_object_get(j, "service"));
  ck_assert_str_eq(json_string_value(json_object_get(j, "timestamp")), "2015-08-30T12:36:00Z");
  if (json_is_false(json_object_get(j, "normalize")))
    r.flags |= EK_SIGV4_RAW_PATH;
  if (json_is_true(json_object_get(j, "omit_session_token")))
    r.flags |= EK_SIGV4_TOKEN_AFTER;
  if (_i % 2)
    query_form(dir, &r, &keys);
  else
    header_form(dir, r, &keys, json_is_true(json_object_get(j, "sign_body")));
  json_decref(j);
  free(context), free(m.text);
}
END_TEST

START_TEST(all_cases_are_there)
{
  ck_assert_int_eq(botocore_n, BOTOCORE_CASES);
  ck_assert_int_eq(c_auth_n, C_AUTH_CASES);
}
END_TEST

static int
by_text(const void *a, const void *b)
{
  return strcmp(a, b);
}

/* Folders that hold a file whose name ends so, one level deep or two. */
static void
collect(const char *dir, const char *ends, char (*out)[512], int *n, int depth)
{
  DIR *d = opendir(dir);
  for (struct dirent *f; d && (f = readdir(d));) {
    char path[512];
    struct stat st;
    size_t len = strlen(f->d_name);
    if (f->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", dir,
      f->d_name) >= (int)sizeof path || stat(path, &st))
      continue;
    if (S_ISDIR(st.st_mode) && depth)
      collect(path, ends, out, n, depth - 1);
    else if (len > strlen(ends) && !strcmp(f->d_name + len - strlen(ends), ends) && *n < MOST)
      strcpy(out[(*n)++], dir);
  }
  if (d)
    closedir(d);
}

int
main(void)
{
  const char *shared = getenv("EK_SHARED");
  char path[400];
  snprintf(path, sizeof path, "%s/sigv4/botocore", shared ? shared : "");
  collect(path, ".req", botocore, &botocore_n, 2);
  snprintf(path, sizeof path, "%s/sigv4/c-auth", shared ? shared : "");
  collect(path, "xt.json", c_auth, &c_auth_n, 1);
  if (!botocore_n && !c_auth_n) {
    printf("1..0 # SKIP no signing suites in %s (set EK_SHARED)\n", path);
    return 0;
  }
  qsort(botocore, (size_t)botocore_n, sizeof *botocore, by_text);
  qsort(c_auth, (size_t)c_auth_n, sizeof *c_auth, by_text);
  Suite *s = suite_create("signing suites");
  TCase *c = tcase_create("cases");
  tcase_add_test(c, all_cases_are_there);
  tcase_add_loop_test(c, botocore_case, 0, botocore_n);
  tcase_add_loop_test(c, c_auth_case, 0, 2 * c_auth_n);
  suite_add_tcase(s, c);
  return run_suite(s);
}
