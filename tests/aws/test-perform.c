/* SPDX-License-Identifier: BSD-3-Clause */
/* One exchange with a service: what is sent verifies, a wrong clock is put right once and for all,
 * expired credentials are fetched anew once. */
#include "server.h"
#include <time.h>
#include "aws/aws.h"
#include "aws/hash.h"
#include "base/number.h"

#define SERVER_TIME INT64_C(1795510800)                   /* 2026-11-24T09:00:00Z */

static client c;
static server s;
static _Atomic int64_t now_value;
static _Atomic int64_t server_now;

static struct { int expired_below, always_skewed, unsure, code; const char *body,
  *headers; _Atomic int generation; } play;

static int64_t
injected(void)
{
  return atomic_load(&now_value);
}

/* The signature of the request as it came, made anew with the keys that its owner has. */
static int
verifies(const received *r, const char *service, const char *region)
{
  static const char *const names[] = { "Content-Type", "X-Amz-Target", "X-Custom" };
  char host[100], date[40], token[100], authorization[800], value[3][200], path[600];
  const char *headers[4] = { NULL };
  int64_t t;
  size_t n = 0;
  header_of(r, "Host", host, sizeof host);
  header_of(r, "X-Amz-Date", date, sizeof date);
  header_of(r, "X-Amz-Security-Token", token, sizeof token);
  header_of(r, "Authorization", authorization, sizeof authorization);
  for (size_t i = 0; i < 3; i++) {
    char one[150];
    if (*header_of(r, names[i], one, sizeof one)) {
      snprintf(value[i], sizeof value[i], "%s: %s", names[i], one);
      headers[n++] = value[i];
    }
  }
  char iso[40];
  snprintf(iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", date, date + 4, date + 6, date + 9, date + 11, date + 13);
  if (!ek_number_iso8601(ek_aws_str(iso), &t))
    return 0;
  snprintf(path, sizeof path, "%s", r->target);
  char *query = strchr(path, '?');
  if (query)
    *query++ = 0;
  ek_aws_keys keys = { "AKID", "secret", *token ? token : NULL };
  ek_sigv4_request q = { .method = r->method, .host = host, .path = path, .query = query, .headers = headers,
    .body = { r->body, r->body_len }, .region = region, .service = service, .time = t };
  char sha256[100];
  if (*header_of(r, "X-Amz-Content-Sha256", sha256, sizeof sha256))
    q.flags = EK_SIGV4_S3;
  ek_text out = { 0 };
  ek_sigv4_headers(&q, &keys, &out, NULL);
  int same = strstr(ek_text_c(&out), authorization) != NULL && *authorization;
  ek_text_free(&out);
  return same;
}

static void
date_header(char *out, size_t size)
{
  static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
  static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
    "Dec" };
  time_t t = (time_t)atomic_load(&server_now);
  struct tm tm;
  gmtime_r(&t, &tm);
  snprintf(out, size, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[(t / 86400) % 7], tm.tm_mday,
    months[tm.tm_mon],
           tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static int
skewed(const received *r)
{
  char date[40], ours[32], compact[32];
  size_t n = 0;
  int64_t t = 0;
  header_of(r, "X-Amz-Date", date, sizeof date);
  for (int64_t d = -300; d <= 300; d++) {                 /* within five minutes     */
    ek_number_utc(atomic_load(&server_now) + d, ours);
    n = 0;
    for (const char *p = ours; *p; p++)
      if (*p != '-' && *p != ':')
        compact[n++] = *p;
    compact[n] = 0;
    if (!strcmp(compact, date))
      t = 1;
  }
  return play.always_skewed || !t;
}

static void
answer(server *me, const received *r, ek_text *out)
{
  char date[100], token[100], body[600];
  (void)me;
  date_header(date, sizeof date);
  if (!strncmp(r->target, "/latest/", 8)) {
    reply(out, 200, "", strstr(r->target, "token") ? "T" : "eu-north-1");
  } else if (!strncmp(r->target, "/container", 10)) {
    snprintf(body, sizeof body,
      "{\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":\"secret\",\"Token\":\"%d\","
      "\"Expiration\":\"2099-01-01T00:00:00Z\"}",
             atomic_fetch_add(&play.generation, 1) + 1);
    reply(out, 200, "", body);
  } else if (play.code) {
    reply(out, play.code, play.headers ? play.headers : "", play.body);
  } else if (*header_of(r, "Authorization", token, sizeof token) && skewed(r)) {
    reply(out, 403, date, play.unsure ? "{\"__type\":\"SignatureDoesNotMatch\",\"message\":\"no match\"}"
          : "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired: x is now earlier than y\"}");
  } else if (atoi(header_of(r, "X-Amz-Security-Token", token, sizeof token)) < play.expired_below) {
    reply(out, 400, date, "{\"__type\":\"ExpiredTokenException\",\"message\":\"The security token included in the "
      "request is expired\"}");
  } else
    reply(out, 200, date, "{\"ok\":1}");
}

static void
setup(void)
{
  atomic_store(&now_value, SERVER_TIME);
  atomic_store(&server_now, SERVER_TIME);
  client_start(&c);
  server_start(&s, answer, NULL);
  setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
}

static void
teardown(void)
{
  client_stop(&c);
  server_stop(&s);
}

static void
use_container(void)
{
  char url[100];
  unsetenv("AWS_ACCESS_KEY_ID");
  unsetenv("AWS_SECRET_ACCESS_KEY");
  snprintf(url, sizeof url, "%s/container", s.url);
  setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
}

static ek_aws *
open_aws(const char *path)
{
  char url[100];
  ek_error e = { 0 };
  snprintf(url, sizeof url, "%s%s", s.url, path);
  ek_aws_options o = { .http = c.http, .region = "eu-west-1", .endpoint_url = url, .now = injected };
  ek_aws *a = ek_aws_new(&o, &e);
  ck_assert_msg(a != NULL, "%s", e.message);
  return a;
}

typedef struct done { enum ek_http_fault fault; ek_http_answer a; ek_aws_error err; ek_error e; } done;

static done
perform(ek_aws *a, const ek_aws_request *r)
{
  done d = { .fault = EK_HTTP_FAULT_NONE };
  d.fault = ek_aws_perform(a, r, &d.a, &d.err, &d.e);
  return d;
}

static const char *const json_headers[] = { "Content-Type: application/x-amz-json-1.1",
  "X-Amz-Target: RekognitionService.DetectLabels",
  "X-Custom:  a   b ", "Authorization: mine", "Host: evil.example", "X-Amz-Date: 1", "User-Agent: me", NULL };
static const ek_aws_request detect = { .service = "rekognition", .method = "POST", .path = "/", .headers = json_headers,
  .body = { "{\"Image\":{}}", 12 }, .deadline_ns = INT64_MAX };

START_TEST(what_is_sent_verifies)
{
  char text[100];
  setenv("AWS_SESSION_TOKEN", "7", 1);
  ek_aws *a = open_aws("");
  done d = perform(a, &detect);
  ck_assert_int_eq(d.fault, EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(d.err.class, EK_AWS_OK);
  ck_assert_str_eq(ek_text_c(&d.a.body), "{\"ok\":1}");
  ck_assert_int_eq(s.requests, 1);
  ck_assert(verifies(&s.last, "rekognition", "eu-west-1"));
  ck_assert_ptr_null(strstr(s.last.text, "mine"));
  ck_assert_ptr_null(strstr(s.last.text, "evil"));
  ck_assert_str_eq(header_of(&s.last, "X-Amz-Date", text, sizeof text), "20261124T090000Z");
  ck_assert_str_eq(header_of(&s.last, "X-Amz-Target", text, sizeof text), "RekognitionService.DetectLabels");
  ck_assert_uint_eq(s.last.body_len, 12);
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

START_TEST(parts_of_the_url)
{
  char text[100];
  ek_aws *a = open_aws("/proxy/");
  ek_aws_request r = { .service = "personalize-events", .region = "us-east-1", .method = "GET",
    .path = "/items/a%20b//c",
    .query = "z=1&a=%20", .deadline_ns = INT64_MAX };
  done d = perform(a, &r);
  ck_assert_int_eq(d.err.class, EK_AWS_OK);
  ck_assert_str_eq(s.last.target, "/proxy/items/a%20b//c?z=1&a=%20");
  ck_assert(verifies(&s.last, "personalize", "us-east-1"));
  ek_http_answer_free(&d.a);
  /* The body is protected by nothing else on plain http: UNSIGNED-PAYLOAD is not sent there. */
  r = (ek_aws_request){ .service = "s3", .method = "PUT", .path = "/bucket/a/../b", .body = { "x", 1 },
    .deadline_ns = INT64_MAX,
    .sign_flags = EK_SIGV4_S3 | EK_SIGV4_UNSIGNED_PAYLOAD };
  d = perform(a, &r);
  ck_assert_int_eq(d.err.class, EK_AWS_OK);
  ck_assert_str_eq(s.last.target, "/proxy/bucket/a/../b");
  ck_assert_uint_eq(strlen(header_of(&s.last, "X-Amz-Content-Sha256", text, sizeof text)), 64);
  ck_assert(verifies(&s.last, "s3", "eu-west-1"));
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

START_TEST(host_prefix)
{
  char text[100], expected[100];
  char url[100];
  ek_error e = { 0 };
  snprintf(url, sizeof url, "http://localhost:%u", s.port);
  ek_aws_options o = { .http = c.http, .region = "eu-west-1", .endpoint_url = url, .now = injected };
  ek_aws *a = ek_aws_new(&o, &e);
  ek_aws_request r = { .service = "s3", .method = "GET", .path = "/", .host_prefix = "bucket.",
    .deadline_ns = INT64_MAX, .sign_flags = EK_SIGV4_S3 };
  done d = perform(a, &r);
  /* Not every resolver knows bucket.localhost; where it does, the name is in what is signed. */
  if (d.fault == EK_HTTP_FAULT_NONE) {
    snprintf(expected, sizeof expected, "bucket.localhost:%u", s.port);
    ck_assert_str_eq(header_of(&s.last, "Host", text, sizeof text), expected);
    ck_assert(verifies(&s.last, "s3", "eu-west-1"));
  } else
    ck_assert_ptr_nonnull(strstr(d.e.message, "bucket.localhost"));
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

static const struct { int64_t off; int unsure; } clocks[] = { { 3600, 0 }, { -3600, 0 }, { 86400, 1 },
  { -86400 * 365, 1 } };

START_TEST(a_wrong_clock)
{
  ek_aws *a = open_aws("");
  atomic_store(&now_value, SERVER_TIME + clocks[_i].off);
  play.unsure = clocks[_i].unsure;
  done d = perform(a, &detect);
  ck_assert_int_eq(d.err.class, EK_AWS_OK);
  ck_assert_int_eq(s.requests, 2);
  ek_http_answer_free(&d.a);
  d = perform(a, &detect);         /* kept                                        */
  ck_assert_int_eq(d.err.class, EK_AWS_OK);
  ck_assert_int_eq(s.requests, 3);
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

START_TEST(a_service_that_cannot_be_pleased)
{
  ek_aws *a = open_aws("");
  play.always_skewed = 1;
  done d = perform(a, &detect);    /* its Date is ours: no use in trying again    */
  ck_assert_int_eq(d.fault, EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(d.err.class, EK_AWS_SKEWED);
  ck_assert_int_eq(s.requests, 1);
  ek_http_answer_free(&d.a);
  atomic_store(&now_value, SERVER_TIME + 3600);
  d = perform(a, &detect);
  ck_assert_int_eq(d.err.class, EK_AWS_SKEWED);
  ck_assert_int_eq(s.requests, 3);
  ek_http_answer_free(&d.a);
  play.always_skewed = 0;
  setenv("AWS_SECRET_ACCESS_KEY", "wrong", 1);
  play.code = 403, play.body = "{\"__type\":\"SignatureDoesNotMatch\",\"message\":\"no\"}";
  d = perform(a, &detect);
  ck_assert_int_eq(d.err.class, EK_AWS_DENIED);
  ck_assert_int_eq(s.requests, 4);
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

START_TEST(expired_credentials)
{
  use_container();
  ek_aws *a = open_aws("");
  play.expired_below = 2;
  done d = perform(a, &detect);    /* container, refused, container, done         */
  ck_assert_msg(d.fault == EK_HTTP_FAULT_NONE, "%s", d.e.message);
  ck_assert_int_eq(d.err.class, EK_AWS_OK);
  ck_assert_int_eq(s.requests, 4);
  ek_http_answer_free(&d.a);
  d = perform(a, &detect);
  ck_assert_int_eq(s.requests, 5);
  ek_http_answer_free(&d.a);
  play.expired_below = 1000;       /* the new ones too                            */
  d = perform(a, &detect);
  ck_assert_int_eq(d.fault, EK_HTTP_FAULT_URL);
  ck_assert_str_eq(d.e.code, "credentials_expired");
  ck_assert_int_eq(d.e.status, EK_EXIT_STOPPED);
  ck_assert_str_eq(d.e.message, "the AWS credentials (container) have expired, says ExpiredTokenException: "
                   "The security token included in the request is expired");
  ck_assert_int_eq(s.requests, 8);
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

START_TEST(skewed_and_expired)
{
  use_container();
  ek_aws *a = open_aws("");
  play.expired_below = 2;
  atomic_store(&now_value, SERVER_TIME - 7200);
  done d = perform(a, &detect);
  ck_assert_int_eq(d.err.class, EK_AWS_OK);
  ck_assert_int_eq(s.requests, 5);
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

START_TEST(keys_that_expired_in_the_environment)
{
  setenv("AWS_SESSION_TOKEN", "1", 1);
  ek_aws *a = open_aws("");
  play.expired_below = 2;
  done d = perform(a, &detect);
  ck_assert_int_eq(d.fault, EK_HTTP_FAULT_URL);
  ck_assert_str_eq(d.e.code, "credentials_expired");
  ck_assert_str_eq(d.e.message, "the AWS credentials (environment) have expired: they cannot be refreshed");
  ck_assert_int_eq(s.requests, 1);
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

START_TEST(no_credentials)
{
  unsetenv("AWS_ACCESS_KEY_ID");
  unsetenv("AWS_SECRET_ACCESS_KEY");
  ek_aws *a = open_aws("");
  done d = perform(a, &detect);
  ck_assert_int_eq(d.fault, EK_HTTP_FAULT_URL);
  ck_assert_str_eq(d.e.code, "no_credentials");
  ck_assert_int_eq(d.e.status, EK_EXIT_REFUSED);
  ck_assert_int_eq(s.requests, 0);
  ek_aws_request r = detect;
  r.unsigned_call = 1;             /* a web identity needs none                   */
  d = perform(a, &r);
  char text[100];
  ck_assert_int_eq(d.err.class, EK_AWS_OK);
  ck_assert_str_eq(header_of(&s.last, "Authorization", text, sizeof text), "");
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

START_TEST(other_answers_are_handed_on)
{
  ek_aws *a = open_aws("");
  play.code = 400;
  play.body = "{\"__type\":\"ProvisionedThroughputExceededException\",\"message\":\"slow\"}";
  play.headers = "Retry-After: 3\r\nx-amzn-RequestId: R-1\r\n";
  done d = perform(a, &detect);
  ck_assert_int_eq(d.fault, EK_HTTP_FAULT_NONE);
  ck_assert_int_eq(d.err.class, EK_AWS_THROTTLED);
  ck_assert_int_eq(d.err.retry_after_ns, INT64_C(3000000000));
  ck_assert_str_eq(d.err.request_id, "R-1");
  ck_assert_int_eq(s.requests, 1);
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

static int
always(void *arg)
{
  (void)arg;
  return 1;
}

START_TEST(faults)
{
  ek_aws *a = open_aws("");
  ek_aws_request r = detect;
  r.cancelled = always;
  done d = perform(a, &r);
  ck_assert_int_eq(d.fault, EK_HTTP_FAULT_CANCELLED);
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
  ek_error e = { 0 };
  ek_aws_options o = { .http = c.http, .region = "eu-west-1", .endpoint_url = "http://127.0.0.1:1", .now = injected };
  a = ek_aws_new(&o, &e);
  d = perform(a, &detect);
  ck_assert_int_eq(d.fault, EK_HTTP_FAULT_CONNECT);
  ck_assert_int_ne(d.e.status, 0);
  ck_assert_int_eq(ek_aws_perform(a, &detect, &d.a, &d.err, NULL), EK_HTTP_FAULT_CONNECT);
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

/* No name but those of tests/http/resolver.c is known here, and none of AWS is among them. */
START_TEST(a_region_without_the_service)
{
  ek_error e = { 0 };
  ek_aws_options o = { .http = c.http, .region = "eu-west-1", .now = injected };
  ek_aws *a = ek_aws_new(&o, &e);
  ek_aws_request r = detect;
  r.region = "eu-wset-1";
  done d = perform(a, &r);
  ck_assert_int_eq(d.fault, EK_HTTP_FAULT_RESOLVE);
  ck_assert_msg(strstr(d.e.message, "the name of") && strstr(d.e.message, "rekognition.eu-wset-1.amazonaws.com"), "%s",
                d.e.message);
  ck_assert_str_eq(d.e.help, "no name server, or no rekognition in region 'eu-wset-1'; the region is set by "
                   "aws.region, a step's option, AWS_REGION or the profile");
  ek_aws_free(a);
  o.endpoint_url = "http://nobody.test";             /* whoever wrote that knows where it is */
  a = ek_aws_new(&o, &e);
  d = perform(a, &r);
  ck_assert_int_eq(d.fault, EK_HTTP_FAULT_RESOLVE);
  ck_assert_str_eq(d.e.help, "");
  ek_aws_free(a);
}
END_TEST

START_TEST(region_of_the_machine)
{
  ek_error e = { 0 };
  unsetenv("AWS_EC2_METADATA_DISABLED");
  setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", s.url, 1);
  ek_aws_options o = { .http = c.http, .endpoint_url = s.url, .now = injected };
  ek_aws *a = ek_aws_new(&o, &e);
  ck_assert_ptr_null(ek_aws_region(a, &e));
  ck_assert_str_eq(e.code, "no_region");
  for (int i = 0; i < 2; i++) {
    done d = perform(a, &detect);
    ck_assert_int_eq(d.err.class, EK_AWS_OK);
    ck_assert(verifies(&s.last, "rekognition", "eu-north-1"));
    ck_assert_int_eq(s.requests, 3 + i);
    ek_http_answer_free(&d.a);
  }
  ek_aws_free(a);
  setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  a = ek_aws_new(&o, &e);
  done d = perform(a, &detect);
  ck_assert_int_eq(d.fault, EK_HTTP_FAULT_URL);
  ck_assert_str_eq(d.e.code, "no_region");
  ek_aws_free(a);
}
END_TEST

START_TEST(a_profile_that_is_not_there)
{
  ek_error e = { 0 };
  ek_aws_options o = { .http = c.http, .profile = "shop" };
  ck_assert_ptr_null(ek_aws_new(&o, &e));
  ck_assert_str_eq(e.message,
    "no AWS credentials: tried AWS_ACCESS_KEY_ID (not looked at, because aws.profile is set), "
                   "~/.aws/credentials (not there), container and instance metadata (not asked)");
  ck_assert_str_eq(e.code, "no_credentials");
  ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  o.profile = NULL;
  setenv("AWS_PROFILE", "shop", 1);          /* but there are keys                */
  ek_aws *a = ek_aws_new(&o, &e);
  ck_assert_ptr_nonnull(a);
  ek_aws_free(a);
  unsetenv("AWS_ACCESS_KEY_ID");
  ck_assert_ptr_null(ek_aws_new(&o, &e));
  o.replay = 1;
  a = ek_aws_new(&o, &e);
  ck_assert_ptr_nonnull(a);
  ek_aws_free(a);
  o = (ek_aws_options){ .http = c.http, .endpoint_url = "localhost" };
  ck_assert_ptr_null(ek_aws_new(&o, &e));
  ck_assert_str_eq(e.code, "bad_endpoint");
}
END_TEST

START_TEST(a_tape_needs_no_credentials)
{
  ek_error e = { 0 };
  char text[100];
  unsetenv("AWS_ACCESS_KEY_ID");
  ek_aws_options o = { .http = c.http, .endpoint_url = s.url, .replay = 1 };
  ek_aws *a = ek_aws_new(&o, &e);
  done d = perform(a, &detect);
  ck_assert_int_eq(d.err.class, EK_AWS_OK);
  ck_assert_str_eq(header_of(&s.last, "Authorization", text, sizeof text), "");
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

/* STS is asked with a wrong clock first: it is put right there, for the services too. */
static void
role_answer(server *me, const received *r, ek_text *out)
{
  if (!strstr(r->body, "AssumeRole") || skewed(r))
    answer(me, r, out);
  else
    reply(out, 200, "", "<C><AccessKeyId>AKID</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
          "<SessionToken>9</SessionToken><Expiration>2026-11-24T10:00:00Z</Expiration></C>");
}

START_TEST(a_role_with_a_wrong_clock)
{
  s.answer = role_answer;
  unsetenv("AWS_ACCESS_KEY_ID");
  unsetenv("AWS_SECRET_ACCESS_KEY");
  write_whole("cfg", "[default]\nrole_arn=arn:aws:iam::111122223333:role/r\nsource_profile=default\n"
              "aws_access_key_id=AKID\naws_secret_access_key=secret\n");
  setenv("AWS_CONFIG_FILE", "cfg", 1);
  atomic_store(&now_value, SERVER_TIME + 86400);
  ek_aws *a = open_aws("");
  done d = perform(a, &detect);
  ck_assert_msg(d.fault == EK_HTTP_FAULT_NONE, "%s", d.e.message);
  ck_assert_int_eq(d.err.class, EK_AWS_OK);
  ck_assert_int_eq(s.requests, 3);           /* refused, role, service            */
  ek_http_answer_free(&d.a);
  d = perform(a, &detect);                   /* and the role is not thought expired */
  ck_assert_int_eq(s.requests, 4);
  ek_http_answer_free(&d.a);
  ek_aws_free(a);
}
END_TEST

static void *
worker(void *arg)
{
  for (int i = 0; i < 10; i++) {
    done d = perform(arg, &detect);
    if (d.fault != EK_HTTP_FAULT_NONE || d.err.class != EK_AWS_OK)
      atomic_fetch_add(&play.generation, 100000);
    ek_http_answer_free(&d.a);
  }
  return NULL;
}

/* Eight threads with a wrong clock and credentials that are refused. */
START_TEST(many_threads)
{
  pthread_t threads[8];
  use_container();
  play.expired_below = 2;
  atomic_store(&now_value, SERVER_TIME + 7200);
  ek_aws *a = open_aws("");
  for (int i = 0; i < 8; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, worker, a), 0);
  for (int i = 0; i < 8; i++)
    pthread_join(threads[i], NULL);
  ck_assert_int_eq(play.generation, 2);      /* two fetches, and no call failed   */
  ek_aws_free(a);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

int
main(void)
{
  Suite *suite = suite_create("perform");
  TCase *t = tcase_create("exchange");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, what_is_sent_verifies);
  tcase_add_test(t, parts_of_the_url);
  tcase_add_test(t, host_prefix);
  tcase_add_loop_test(t, a_wrong_clock, 0, COUNT(clocks));
  tcase_add_test(t, a_service_that_cannot_be_pleased);
  tcase_add_test(t, expired_credentials);
  tcase_add_test(t, skewed_and_expired);
  tcase_add_test(t, keys_that_expired_in_the_environment);
  tcase_add_test(t, no_credentials);
  tcase_add_test(t, other_answers_are_handed_on);
  tcase_add_test(t, faults);
  tcase_add_test(t, a_region_without_the_service);
  tcase_add_test(t, region_of_the_machine);
  tcase_add_test(t, a_profile_that_is_not_there);
  tcase_add_test(t, a_tape_needs_no_credentials);
  tcase_add_test(t, a_role_with_a_wrong_clock);
  tcase_add_test(t, many_threads);
  suite_add_tcase(suite, t);
  return run_suite(suite);
}
