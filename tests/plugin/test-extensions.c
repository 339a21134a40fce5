/* SPDX-License-Identifier: BSD-3-Clause */
/* ek.http/1, ek.cache/1, ek.asset/1, ek.meter/1 and what a step costs, over services that are made up (fake.c). */
#include <check.h>
#include <openssl/sha.h>
#include "plugin/fake.h"
#include "plugin/rig.h"

static ek_module_info own_module = { .module = { .id = "org.enrichkit.test.own", .version = "1" },
                                     .lock = PTHREAD_MUTEX_INITIALIZER };
static const char *const own_reads[] = { "image", NULL };
static const char *const own_meters[] = { "image", "image_properties", NULL };
static const char *const own_prices[] = { "0.001 USD", "0.00075 USD" };
static const char *const own_needs[] = { EK_EXT_HTTP, EK_EXT_CACHE, EK_EXT_ASSET, EK_EXT_METER, NULL };

static ek_status
own_create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  (void)host;
  (void)config;
  (void)call;
  (void)out;
  return EK_OK;
}

static ek_status (*behaviour)(ek_call *, const ek_item *);
static ek_status
own_enrich(ek_inst *inst, ek_call *call, const ek_item *item, ek_sink *sink)
{
  (void)inst;
  (void)sink;
  return behaviour(call, item);
}

static ek_enricher own_enricher;
static ek_plugin own_plugin;
static rig r;
static ek_services *services;
static ek_step_settings settings;
static ek_str images[2];

static const ek_http *http = &ek_http_table;
static const ek_cache *cache = &ek_cache_table;
static const ek_asset *asset = &ek_asset_table;
static const ek_meter *meter = &ek_meter_table;

static void
prepare(void)
{
  own_enricher = (ek_enricher){ EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .id = "own", .summary = "",
                                .flags = EK_ENR_NETWORK | EK_ENR_COSTS_MONEY, .reads = own_reads, .needs = own_needs,
                                .meters = own_meters, .meter_prices = own_prices,
                                .create = own_create, .enrich = own_enrich };
  own_plugin = (ek_plugin){ &own_module, &own_enricher };
  services = fake_services();
  settings = (ek_step_settings){ .cache = -1, .budget = { .kind = EK_BUDGET_MONEY, .money = { 20000000000, "USD" } } };
}

static void
start(void)
{
  ek_error e = { 0 };
  rig_start_step(&r, &own_plugin, NULL, services, &settings);
  ck_assert_msg(r.instance != NULL, "%s", r.findings.n ? r.findings.list[0].message : "no finding");
  ck_assert_msg(rig_bind(&r, NULL, &e) == 0, "%s", e.message);
  r.call.ops = &fake_ops;
  images[0] = ek_cstr("http://img.example/a.jpg");
  images[1] = ek_cstr("  ");
  rig_field(&r, "image", images, 2);
}

static void
set_up(void)
{
  prepare();
  start();
}

static void
tear_down(void)
{
  ek_call_end(&r.call);
  ck_assert_ptr_null(r.call.scratch);
  rig_stop(&r);
}

/* As a lane does between two attempts. */
static void
next_attempt(void)
{
  ek_call_end(&r.call);
  ek_call_reset(&r.call);
}

static ek_status
get_url(const char *url, ek_http_response **out)
{
  static const char *const headers[] = { "Authorization: Bearer hush", NULL };
  ek_http_request q = { .struct_size = sizeof q, .method = "GET", .url = url, .headers = headers };
  return http->perform(&r.call, &q, out);
}

static ek_status
ask_aws(const char *url, ek_http_response **out)
{
  static const char *const headers[] = { "X-Amz-Target: RekognitionService.DetectLabels", NULL };
  ek_http_request q = { .struct_size = sizeof q, .method = "POST", .url = url, .headers = headers, .body = { "{}", 2 },
                        .aws_service = "rekognition", .aws_region = "eu-west-1", .max_response = 1000 };
  return http->perform(&r.call, &q, out);
}

/* ---- http ----------------------------------------------------------------------------- */

START_TEST(http_gives_the_answer)
{
  ek_http_response *a = NULL, *b = NULL;
  ek_str value;
  fake_answer_with(&(fake_answer){ .code = 200, .headers = "content-type: text/plain\nx-empty: \n", .body = "hello" });
  fake_answer_with(&(fake_answer){ .code = 204 });
  ck_assert_int_eq(get_url("https://x.example/y?z=1", &a), EK_OK);
  ck_assert_str_eq(fake_world.url, "https://x.example/y?z=1");
  ck_assert_str_eq(fake_world.headers, "Authorization: Bearer hush\n");
  ck_assert_uint_eq(fake_world.flags, 0);            /* guarded, and no redirect is followed */
  ck_assert_int_eq(http->code(a), 200);
  ck_assert(ek_str_eqc(http->body(a), "hello"));
  ck_assert_int_eq(http->header(a, "Content-Type", &value), 1);
  ck_assert(ek_str_eqc(value, "text/plain"));
  ck_assert_int_eq(http->header(a, "X-None", &value), 0);
  ck_assert_int_eq(http->header(a, NULL, &value), 0);
  ck_assert_int_eq(http->classify(&r.call, a), EK_OK);
  ck_assert_int_eq(get_url("https://x.example/y", &b), EK_OK);
  ck_assert_uint_eq(http->body(b).len, 0);
  ck_assert_ptr_nonnull(http->body(b).ptr);
  http->release(a);
  http->release(NULL);
  ck_assert(ek_str_eqc(http->body(NULL), ""));
  ck_assert_int_eq(http->code(NULL), 0);
  ck_assert_uint_eq(r.call.requests, 2);
  ck_assert_int_eq(fake_world.admitted, 2);
  ck_assert_int_eq(fake_world.replied, 2);
  ck_assert_int_eq(fake_world.kind, EK_REPLY_OK);
}
END_TEST

START_TEST(http_signs_for_aws)
{
  ek_http_response *a;
  fake_answer_with(&(fake_answer){ .code = 200, .body = "{}" });
  ck_assert_int_eq(ask_aws("/a/b?c=d", &a), EK_OK);
  ck_assert_str_eq(fake_world.service, "rekognition");
  ck_assert_str_eq(fake_world.region, "eu-west-1");
  ck_assert_str_eq(fake_world.url, "/a/b?c=d");
  ck_assert_uint_eq(fake_world.max_response, 1000);
  ck_assert_int_eq(ask_aws("https://rekognition.eu-west-1.amazonaws.com", &a), EK_OK);
  ck_assert_str_eq(fake_world.url, "/");
  ck_assert_int_eq(ask_aws("https://rekognition.eu-west-1.amazonaws.com.evil.example/", &a), EK_FATAL);
  ck_assert_msg(strstr(r.call.error, "must give the path alone") != NULL, "%s", r.call.error);
  ck_assert_ptr_null(a);
  ck_assert_uint_eq(r.call.requests, 2);
}
END_TEST

static const struct { fake_answer answer; ek_status status; const char *reason, *why; int64_t retry_s;
                      enum ek_reply kind; }
answers[] = {
  { { .code = 429 }, EK_RETRY, "throttled", "HTTP 429 from https://x.example/y", -1, EK_REPLY_THROTTLED },
  { { .code = 429, .headers = "retry-after: 7\n" }, EK_RETRY, "throttled", "HTTP 429", 7, EK_REPLY_THROTTLED },
  { { .code = 503, .headers = "date: Tue, 24 Nov 2026 09:00:00 GMT\nretry-after: Tue, 24 Nov 2026 09:01:30 GMT\n" },
    EK_RETRY, "throttled", "HTTP 503", 90, EK_REPLY_THROTTLED },
  { { .code = 503, .headers = "date: Tue, 24 Nov 2026 09:00:00 GMT\nretry-after: Tue, 24 Nov 2026 08:00:00 GMT\n" },
    EK_RETRY, "throttled", "HTTP 503", 0, EK_REPLY_THROTTLED },
  { { .code = 503, .headers = "retry-after: Tue, 24 Nov 9999 08:00:00 GMT\n" }, EK_RETRY, "throttled", "HTTP 503", 3600,
    EK_REPLY_THROTTLED },
  { { .code = 503, .headers = "retry-after: tomorrow\n" }, EK_RETRY, "throttled", "HTTP 503", -1, EK_REPLY_THROTTLED },
  /* The first second there was is a date like any other; one that is none is not guessed at. */
  { { .code = 503, .headers = "date: Thu, 01 Jan 1970 00:00:00 GMT\nretry-after: Thu, 01 Jan 1970 00:00:40 GMT\n" },
    EK_RETRY, "throttled", "HTTP 503", 40, EK_REPLY_THROTTLED },
  { { .code = 503, .headers = "date: Tue, 24 Nov 2026 09:00:00 GMT\nretry-after: Tue, 24 nNo 2026 09:00:30 GMT\n" },
    EK_RETRY, "throttled", "HTTP 503", -1, EK_REPLY_THROTTLED },
  { { .code = 503, .headers = "retry-after: Tue, 24 Foo 2026 08:00:00 GMT\n" }, EK_RETRY, "throttled", "HTTP 503", -1,
    EK_REPLY_THROTTLED },
  { { .code = 503, .headers = "retry-after: 99999999999999999\n" }, EK_RETRY, "throttled", "HTTP 503", 3600,
    EK_REPLY_THROTTLED },
  { { .code = 503, .headers = "retry-after: -5\n" }, EK_RETRY, "throttled", "HTTP 503", 0, EK_REPLY_THROTTLED },
  { { .code = 500 }, EK_RETRY, "service_error", "HTTP 500", -1, EK_REPLY_TRANSIENT },
  { { .code = 408 }, EK_RETRY, "service_error", "HTTP 408", -1, EK_REPLY_TRANSIENT },
  { { .code = 404 }, EK_ITEM_ERROR, "service_error", "HTTP 404", -1, EK_REPLY_OTHER },
  { { .code = 302 }, EK_ITEM_ERROR, "service_error", "HTTP 302", -1, EK_REPLY_OTHER },
};

START_TEST(http_classifies_any_service)
{
  ek_http_response *a;
  fake_answer_with(&answers[_i].answer);
  ck_assert_int_eq(get_url("https://x.example/y?secret=1", &a), EK_OK);
  ck_assert_int_eq(http->classify(&r.call, a), answers[_i].status);
  ck_assert_str_eq(r.call.reason, answers[_i].reason);
  ck_assert_msg(strstr(r.call.error, answers[_i].why) != NULL, "%s", r.call.error);
  ck_assert_ptr_null(strstr(r.call.error, "secret"));
  ck_assert_int_eq(r.call.http, answers[_i].answer.code);
  ck_assert_int_eq(r.call.retry_after_ns, answers[_i].retry_s < 0 ? -1 : answers[_i].retry_s * 1000000000);
  ck_assert_int_eq(fake_world.kind, answers[_i].kind);
  if (answers[_i].kind == EK_REPLY_THROTTLED)        /* known by the time that the rate is told */
    ck_assert_int_eq(fake_world.replied_retry_ns, r.call.retry_after_ns);
}
END_TEST

static const struct { enum ek_aws_class class; ek_status status; const char *reason, *why; enum ek_reply kind; }
  classes[] = {
  { EK_AWS_THROTTLED, EK_RETRY, "throttled", "TheException: it says", EK_REPLY_THROTTLED },
  { EK_AWS_TRANSIENT, EK_RETRY, "service_error", "TheException: it says", EK_REPLY_TRANSIENT },
  { EK_AWS_SKEWED, EK_RETRY, "service_error", "TheException: it says", EK_REPLY_TRANSIENT },
  { EK_AWS_BUSY, EK_RETRY, "service_error", "TheException: it says", EK_REPLY_TRANSIENT },
  { EK_AWS_EXPIRED, EK_FATAL, "service_error",
    "the AWS credentials have expired and could not be refreshed (TheException: it says)", EK_REPLY_OTHER },
  { EK_AWS_DENIED, EK_FATAL, "service_error",
    "AWS refuses the credentials for rekognition:DetectLabels (TheException: it says)", EK_REPLY_OTHER },
  { EK_AWS_QUOTA, EK_FATAL, "service_error", "a quota of the account is reached (TheException: it says)",
    EK_REPLY_OTHER },
  { EK_AWS_BAD_ITEM, EK_ITEM_ERROR, "service_error", "TheException: it says", EK_REPLY_OTHER },
  { EK_AWS_BAD_REQUEST, EK_ITEM_ERROR, "service_error", "TheException: it says", EK_REPLY_OTHER },
  { EK_AWS_NOT_FOUND, EK_ITEM_ERROR, "service_error", "TheException: it says", EK_REPLY_OTHER },
};

START_TEST(http_classifies_aws)
{
  ek_http_response *a;
  fake_answer_with(&(fake_answer){ .code = 400, .class = classes[_i].class, .name = "TheException",
                                   .message = "it says",
                                   .retry_after_ns = 3000000000 });
  ck_assert_int_eq(ask_aws("/", &a), EK_OK);
  ck_assert_int_eq(http->classify(&r.call, a), classes[_i].status);
  ck_assert_str_eq(r.call.reason, classes[_i].reason);
  ck_assert_str_eq(r.call.error, classes[_i].why);
  ck_assert_str_eq(r.call.code, classes[_i].class == EK_AWS_EXPIRED ? "credentials_expired" : "TheException");
  ck_assert_int_eq(r.call.http, 400);
  ck_assert_int_eq(r.call.retry_after_ns, classes[_i].status == EK_RETRY ? 3000000000 : -1);
  ck_assert_int_eq(fake_world.kind, classes[_i].kind);
}
END_TEST

START_TEST(http_access_denied)
{
  ek_http_response *a;
  fake_answer_with(&(fake_answer){ .code = 400, .class = EK_AWS_DENIED, .name = "AccessDeniedException",
                                   .message = "no" });
  ck_assert_int_eq(ask_aws("/", &a), EK_OK);
  ck_assert_int_eq(http->classify(&r.call, a), EK_FATAL);
  ck_assert_str_eq(r.call.error,
    "access denied: the caller may not rekognition:DetectLabels (AccessDeniedException: no)");
}
END_TEST

START_TEST(http_aws_error_without_a_name)
{
  ek_http_response *a;
  fake_answer_with(&(fake_answer){ .code = 502, .class = EK_AWS_TRANSIENT });
  ck_assert_int_eq(ask_aws("/", &a), EK_OK);
  ck_assert_int_eq(http->classify(&r.call, a), EK_RETRY);
  ck_assert_str_eq(r.call.error, "HTTP 502 from rekognition:DetectLabels");
}
END_TEST

static const struct { enum ek_http_fault fault; ek_status status; const char *reason; int replied; } faults[] = {
  { EK_HTTP_FAULT_URL, EK_ITEM_ERROR, "service_error", 0 },
  { EK_HTTP_FAULT_GUARD, EK_ITEM_ERROR, "service_error", 0 },
  { EK_HTTP_FAULT_REDIRECTS, EK_ITEM_ERROR, "service_error", 1 },
  { EK_HTTP_FAULT_TOO_LARGE, EK_ITEM_ERROR, "service_error", 1 },
  { EK_HTTP_FAULT_TAPE, EK_ITEM_ERROR, "service_error", 0 },
  { EK_HTTP_FAULT_DEADLINE, EK_RETRY, "timeout", 1 },
  { EK_HTTP_FAULT_CANCELLED, EK_CANCELLED, NULL, 1 },
  { EK_HTTP_FAULT_RESOLVE, EK_RETRY, "service_error", 1 },
  { EK_HTTP_FAULT_CONNECT, EK_RETRY, "service_error", 1 },
  { EK_HTTP_FAULT_TLS, EK_RETRY, "service_error", 1 },
  { EK_HTTP_FAULT_CERTIFICATE, EK_ITEM_ERROR, "service_error", 1 },
  { EK_HTTP_FAULT_BROKEN, EK_RETRY, "service_error", 1 },
};

START_TEST(http_faults)
{
  ek_http_response *a = (ek_http_response *)&r;
  fake_answer_with(&(fake_answer){ .fault = faults[_i].fault, .message = "img.example: it went wrong" });
  ck_assert_int_eq(get_url("https://x.example/y", &a), faults[_i].status);
  ck_assert_ptr_null(a);
  if (faults[_i].reason) {
    ck_assert_str_eq(r.call.reason, faults[_i].reason);
    ck_assert_str_eq(r.call.error, "img.example: it went wrong");
  } else
    ck_assert_ptr_null(r.call.reason);
  ck_assert_int_eq(fake_world.replied, faults[_i].replied);
  ck_assert_uint_eq(r.call.requests, (unsigned)faults[_i].replied);
  ck_assert_ptr_null(((ek_scratch *)r.call.scratch)->responses);
}
END_TEST

/* The endpoint's certificate is the same for every item. */
START_TEST(http_certificate_of_a_service)
{
  ek_http_response *a;
  fake_answer_with(&(fake_answer){ .fault = EK_HTTP_FAULT_CERTIFICATE, .message = "the certificate has expired" });
  ck_assert_int_eq(ask_aws("/", &a), EK_FATAL);
  ck_assert_ptr_null(a);
  ck_assert_str_eq(r.call.error, "the certificate has expired");
  ck_assert_int_eq(fake_world.kind, EK_REPLY_OTHER);
}
END_TEST

START_TEST(http_cancel_by_the_deadline_is_a_timeout)
{
  ek_http_response *a;
  fake_answer_with(&(fake_answer){ .fault = EK_HTTP_FAULT_CANCELLED, .message = "given up" });
  r.call.deadline_ns = ek_monotonic_ns() + 1000000;
  fake_world.admit_moves_ns = -2000000;              /* over by the time that it is asked */
  ck_assert_int_eq(get_url("https://x.example/y", &a), EK_RETRY);
  ck_assert_str_eq(r.call.reason, "timeout");
}
END_TEST

START_TEST(http_deadline_is_moved_by_the_wait_for_the_rate)
{
  ek_http_response *a;
  fake_answer_with(&(fake_answer){ .code = 200 });
  r.call.deadline_ns = ek_monotonic_ns() + 10000000000;
  int64_t before = r.call.deadline_ns;
  fake_world.admit_moves_ns = 5000000000;
  ck_assert_int_eq(ask_aws("/", &a), EK_OK);
  ck_assert_int_eq(fake_world.deadline_ns, before + 5000000000);
  fake_world.admit_status = EK_CANCELLED;
  ck_assert_int_eq(ask_aws("/", &a), EK_CANCELLED);
  ck_assert_int_eq(fake_world.performed, 1);
}
END_TEST

START_TEST(http_without_credentials)
{
  ek_http_response *a;
  fake_world.credentials_fail = "no_credentials";
  ck_assert_int_eq(ask_aws("/", &a), EK_FATAL);
  ck_assert_str_eq(r.call.error, "no AWS credentials: tried everything; aws configure");
  ck_assert_str_eq(r.call.code, "no_credentials");
  ck_assert_int_eq(fake_world.replied, 0);
}
END_TEST

static const struct { const char *method, *url, *header, *why; } bad_requests[] = {
  { NULL, "/", NULL, "no method" }, { "GET", NULL, NULL, "no URL" }, { "G T", "/", NULL, "no word in capitals" },
  { "", "/", NULL, "no word in capitals" }, { "GET", "https://x/a b", NULL, "blank" },
  { "GET", "https://x/\r\nHost: y", NULL, "control character in its URL" },
  { "GET", "https://x/", "X: a\r\nY: b", "control character in a header" }, { "GET", "https://x/", "nonsense",
    "not 'Name: value'" },
  { "GET", "https://x/", ": x", "not 'Name: value'" }, { "GET", "https://x/", "A b: x",
    "control character in a header" },
};

START_TEST(http_refuses_what_would_break_out)
{
  const char *headers[] = { bad_requests[_i].header, NULL };
  ek_http_request q = { .struct_size = sizeof q, .method = bad_requests[_i].method, .url = bad_requests[_i].url,
                        .headers = headers };
  ek_http_response *a;
  ck_assert_int_eq(http->perform(&r.call, &q, &a), EK_ITEM_ERROR);
  ck_assert_msg(strstr(r.call.error, bad_requests[_i].why) != NULL, "%s", r.call.error);
  ck_assert_int_eq(fake_world.performed, 0);
}
END_TEST

START_TEST(http_reads_no_more_than_the_plugin_has)
{
  ek_http_response *a;
  struct { ek_http_request q; char more[64]; } wide = { .q = { .struct_size = sizeof wide, .method = "GET",
                                                               .url = "https://x/" } };
  fake_answer_with(&(fake_answer){ .code = 200 });
  ck_assert_int_eq(http->perform(&r.call, &wide.q, &a), EK_OK);
  wide.q.struct_size = 8;
  ck_assert_int_eq(http->perform(&r.call, &wide.q, &a), EK_ITEM_ERROR);
  ck_assert_int_eq(http->perform(&r.call, NULL, &a), EK_ITEM_ERROR);
  ck_assert_int_eq(http->perform(&r.call, &wide.q, NULL), EK_ITEM_ERROR);
  ck_assert_int_eq(http->perform(NULL, &wide.q, &a), EK_FATAL);
}
END_TEST

/* ---- cache ------------------------------------------------------------------------------ */

static int
look(const char *key, const char *want)
{
  ek_str value;
  if (!cache->get(&r.call, ek_cstr(key), &value))
    return 0;
  ck_assert_msg(ek_str_eqc(value, want), "%.*s", (int)value.len, value.ptr);
  return 1;
}

START_TEST(cache_keeps_and_finds)
{
  ck_assert_int_eq(look("k", ""), 0);
  ck_assert_int_eq(fake_claims(), 1);
  ck_assert_int_eq(look("k", ""), 0);                /* our own claim keeps nobody waiting */
  cache->put(&r.call, ek_cstr("k"), ek_cstr("value"), 0);
  ck_assert_int_eq(fake_claims(), 0);
  ck_assert_uint_eq(r.call.n_claims, 0);
  ck_assert_int_eq(look("k", "value"), 1);
  ck_assert_int_eq(look("K", "value"), 0);
  cache->put(&r.call, ek_cstr("empty"), (ek_str){ NULL, 0 }, 0);
  ck_assert_int_eq(look("empty", ""), 1);
  ck_assert_uint_eq(r.call.cache_hits, 2);
  next_attempt();
  ck_assert_int_eq(look("k", "value"), 1);
  ck_assert_int_eq(fake_claims(), 0);                /* of "K": given back          */
}
END_TEST

START_TEST(cache_keys_are_the_enrichers_own)
{
  cache->put(&r.call, ek_cstr("k"), ek_cstr("value"), 0);
  own_enricher.id = "other";
  ck_assert_int_eq(look("k", ""), 0);
  own_enricher.id = "own";
  own_module.module.id = "org.enrichkit.test.ow";    /* no two parts may run together */
  own_enricher.id = "nown";
  ck_assert_int_eq(look("k", ""), 0);
  own_module.module.id = "org.enrichkit.test.own";
  own_enricher.id = "own";
  ck_assert_int_eq(look("k", "value"), 1);
}
END_TEST

START_TEST(cache_claims_are_given_back)
{
  look("a", "");
  look("b", "");
  look("c", "");
  look("d", "");
  look("e", "");                                     /* more than a call can hold   */
  ck_assert_int_eq(fake_claims(), EK_CALL_CLAIMS);
  next_attempt();
  ck_assert_int_eq(fake_claims(), 0);
}
END_TEST

START_TEST(cache_parks_while_another_asks)
{
  ek_http_response *a;
  ek_str bytes, type;
  uint64_t one = 1;
  r.call.parks = 1;
  fake_world.busy = 1;
  ck_assert_int_eq(look("k", ""), 0);
  ck_assert_int_eq(r.call.parked, EK_PARKED_CLAIM);
  ck_assert_int_eq(look("k", ""), 0);
  ck_assert_int_eq(meter->reserve(&r.call, &one, 1), EK_RETRY);
  ck_assert_int_eq(ask_aws("/", &a), EK_RETRY);
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, &bytes, &type), EK_RETRY);
  ck_assert_int_eq(fake_world.performed + fake_world.fetched + fake_world.reserved, 0);
  ck_assert_int_eq(fake_claims(), 0);
  next_attempt();
  ck_assert_int_eq(look("k", ""), 0);
  ck_assert_int_eq(meter->reserve(&r.call, &one, 1), EK_OK);
}
END_TEST

START_TEST(cache_waits_where_nothing_can_be_set_aside)
{
  fake_world.busy = 3;
  ck_assert_int_eq(look("k", ""), 0);
  ck_assert_int_eq(fake_world.looked, 4);
  ck_assert_int_eq(fake_claims(), 1);
  fake_world.busy = 1000;
  fake_world.cancelled = 1;
  ck_assert_int_eq(look("l", ""), 0);
  ck_assert_int_eq(fake_world.looked, 4);            /* cancelled: nothing is looked for */
}
END_TEST

START_TEST(cache_is_off_for_a_step)
{
  r.steps[2].cache = 0;
  look("k", "");
  cache->put(&r.call, ek_cstr("k"), ek_cstr("v"), 0);
  ck_assert_int_eq(fake_world.looked + fake_kept_count() + fake_claims(), 0);
  r.steps[2].cache = 1;
  r.instance->network = 0;
  look("k", "");
  ck_assert_int_eq(fake_world.looked, 1);
  r.steps[2].cache = -1;                             /* of a step that only computes: off */
  look("k", "");
  ck_assert_int_eq(fake_world.looked, 1);
}
END_TEST

static ek_status
look_and_go_on(ek_call *call, const ek_item *item)
{
  uint64_t one = 1;
  ek_str v;
  (void)item;
  cache->get(call, ek_cstr("k"), &v);
  return meter->reserve(call, &one, 1) == EK_FATAL ? EK_NO_LABELS : EK_ITEM_ERROR;
}

START_TEST(a_damaged_cache_ends_the_run)
{
  behaviour = look_and_go_on;
  fake_world.exchange_fails = 1;
  ck_assert_int_eq(rig_enrich(&r), EK_FATAL);        /* whatever the plugin makes of it */
  ck_assert_str_eq(r.call.error, "the cache is damaged");
  ck_assert_int_eq(fake_world.reserved, 0);
}
END_TEST

static ek_status
put_and_be_glad(ek_call *call, const ek_item *item)
{
  (void)item;
  cache->put(call, ek_cstr("k"), ek_cstr("v"), 0);
  return EK_OK;
}

START_TEST(a_full_disk_ends_the_run)
{
  behaviour = put_and_be_glad;
  fake_world.put_fails = 1;
  ck_assert_int_eq(rig_enrich(&r), EK_FATAL);
  ck_assert_str_eq(r.call.error, "the disk is full");
}
END_TEST

/* ---- meter ------------------------------------------------------------------------------- */

START_TEST(money_and_answer_travel_together)
{
  const uint64_t both[] = { 1, 2 }, one[] = { 1 };
  ck_assert_int_eq(meter->reserve(&r.call, both, 2), EK_OK);
  ck_assert_uint_eq(fake_world.reserved_qty[1], 2);
  meter->charge(&r.call, both, 2);
  cache->put(&r.call, ek_cstr("k"), ek_cstr("v"), 0);
  cache->put(&r.call, ek_cstr("also"), ek_cstr("v"), 0);         /* nothing is owed any more */
  ck_assert_int_eq(fake_world.n_spent, 2);
  ck_assert_int_eq(fake_world.spent[0].with_answer, 1);
  ck_assert_str_eq(fake_world.spent[0].meter, "image");
  ck_assert_str_eq(fake_world.spent[0].step, "third");
  ck_assert_str_eq(fake_world.spent[0].folder, "/out");
  ck_assert_str_eq(fake_world.spent[0].currency, "USD");
  ck_assert_int_eq(fake_world.spent[0].nano, 1000000);
  ck_assert_str_eq(fake_world.spent[1].meter, "image_properties");
  ck_assert_int_eq(fake_world.spent[1].nano, 1500000);
  ck_assert_uint_eq(r.call.n_charged, 2);
  ck_assert_uint_eq(r.call.charged[1], 2);
  meter->charge(&r.call, one, 1);                    /* and no answer: at the end    */
  ck_assert_uint_eq(r.call.charged[0], 2);
  next_attempt();
  ck_assert_int_eq(fake_world.n_spent, 3);
  ck_assert_int_eq(fake_world.spent[2].with_answer, 0);
  ck_assert_int_eq(fake_world.spent[2].nano, 1000000);
  ck_assert_ptr_null(r.call.charged);
  ck_assert_uint_eq(fake_world.charged_qty[0], 2);
}
END_TEST

START_TEST(charges_into_the_lanes_memory)
{
  uint64_t lane[2] = { 0, 0 };
  const uint64_t qty[] = { 3, 1 };
  r.call.charged = lane;
  r.call.n_charged = 2;
  meter->charge(&r.call, qty, 2);
  ek_call_end(&r.call);
  ck_assert_uint_eq(lane[0], 3);
  ck_assert_uint_eq(lane[1], 1);
  ck_assert_ptr_eq(r.call.charged, lane);
  ck_assert_int_eq(fake_world.n_spent, 2);
}
END_TEST

START_TEST(reservations_are_checked)
{
  const uint64_t three[] = { 1, 1, 1 }, huge[] = { UINT64_MAX };
  ck_assert_int_eq(meter->reserve(&r.call, three, 3), EK_FATAL);
  ck_assert_str_eq(r.call.error, "the plugin reserves 3 units and declares 2");
  ck_assert_int_eq(meter->reserve(&r.call, huge, 1), EK_FATAL);
  ck_assert_int_eq(meter->reserve(&r.call, NULL, 1), EK_FATAL);
  ck_assert_int_eq(meter->reserve(&r.call, NULL, 0), EK_OK);
  fake_world.reserve_status = EK_CANCELLED;
  ck_assert_int_eq(meter->reserve(&r.call, three, 2), EK_CANCELLED);
  fake_world.reserve_status = EK_OK;
  meter->charge(&r.call, huge, 1);
  ck_assert_int_eq(meter->reserve(&r.call, three, 2), EK_FATAL);   /* who cannot count goes no further */
  ck_assert_uint_eq(fake_world.charged_qty[0], 0);
}
END_TEST

START_TEST(the_claim_of_an_unanswered_charge_is_given_back)
{
  const uint64_t one[] = { 1 };
  look("k", "");
  meter->charge(&r.call, one, 1);
  next_attempt();
  ck_assert_int_eq(fake_claims(), 0);
  ck_assert_int_eq(fake_world.released, 1);
  ck_assert_int_eq(fake_world.n_spent, 1);
}
END_TEST

/* ---- asset ------------------------------------------------------------------------------- */

static void
sha256_of(const char *bytes, uint8_t out[32])
{
  SHA256((const unsigned char *)bytes, strlen(bytes), out);
}

START_TEST(asset_is_fetched_once)
{
  uint8_t want[32];
  uint32_t width = 1, height = 2;
  ek_str bytes, type, digest;
  fake_show("http://img.example/a.jpg", EK_MEDIA_JPEG, 640, 480, "picture");
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 0, &digest), EK_NO_LABELS);
  ck_assert_int_eq(asset->dimensions(&r.call, &r.item, "image", 0, &width, &height), 0);
  ck_assert_uint_eq(width, 1);
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 100, &bytes, &type), EK_OK);
  ck_assert(ek_str_eqc(bytes, "picture"));
  ck_assert(ek_str_eqc(type, "image/jpeg"));
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, NULL, NULL), EK_OK);
  ck_assert_int_eq(fake_world.fetched, 1);
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 0, &digest), EK_OK);
  sha256_of("picture", want);
  ck_assert_uint_eq(digest.len, 32);
  ck_assert_mem_eq(digest.ptr, want, 32);
  ck_assert_int_eq(asset->dimensions(&r.call, &r.item, "image", 0, &width, &height), 1);
  ck_assert_uint_eq(width, 640);
  ck_assert_uint_eq(height, 480);
  next_attempt();                                    /* remembered across calls and runs */
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 0, &digest), EK_OK);
  ck_assert_mem_eq(digest.ptr, want, 32);
  ck_assert_int_eq(fake_world.fetched, 1);
}
END_TEST

START_TEST(asset_of_no_value)
{
  ek_str bytes, type;
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 1, 0, &bytes, &type), EK_SKIPPED);   /* blank */
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 2, 0, &bytes, &type), EK_SKIPPED);
  ck_assert_int_eq(asset->load(&r.call, &r.item, "title", 0, 0, &bytes, &type), EK_SKIPPED);
  ck_assert_int_eq(asset->load(&r.call, &r.item, NULL, 0, 0, &bytes, &type), EK_SKIPPED);
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 2, &bytes), EK_SKIPPED);
  ck_assert_int_eq(fake_world.fetched, 0);
}
END_TEST

static const struct { enum ek_asset_state state; ek_status status; const char *reason; } states[] = {
  { EK_ASSET_NONE, EK_SKIPPED, NULL },
  { EK_ASSET_REFUSED, EK_ITEM_ERROR, "asset_refused" },
  { EK_ASSET_FAILED, EK_ITEM_ERROR, "asset_failed" },
  { EK_ASSET_TRANSIENT, EK_RETRY, "asset_failed" },
  { EK_ASSET_CANCELLED, EK_CANCELLED, NULL },
};

START_TEST(asset_states)
{
  ek_str bytes, type, digest;
  fake_world.pictures[0] = (fake_picture){ .address = "http://img.example/a.jpg", .state = states[_i].state,
                                           .message = "HTTP 403 from img.example", .http = 403 };
  fake_world.n_pictures = 1;
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, &bytes, &type), states[_i].status);
  if (states[_i].reason) {
    ck_assert_str_eq(r.call.reason, states[_i].reason);
    ck_assert_int_eq(r.call.http, 403);
  } else
    ck_assert_ptr_null(r.call.reason);
  ck_assert_str_eq(r.call.error, "HTTP 403 from img.example");
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 0, &digest), EK_NO_LABELS);
  ck_assert_int_eq(fake_world.put_pictures, 0);
}
END_TEST

START_TEST(asset_too_large)
{
  ek_str bytes, type;
  fake_show("http://img.example/a.jpg", EK_MEDIA_JPEG, 640, 480, "picture");
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 6, &bytes, &type), EK_ITEM_ERROR);
  ck_assert_str_eq(r.call.error, "the picture has 7 bytes; 6 are the most here");
  ck_assert_str_eq(r.call.reason, "asset_refused");
}
END_TEST

START_TEST(asset_parks_until_the_lane_has_it)
{
  ek_held *held = NULL;
  ek_str bytes, type, digest;
  fake_show("http://img.example/a.jpg", EK_MEDIA_JPEG, 640, 480, "picture");
  r.call.parks = 1;
  r.call.held = &held;
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, &bytes, &type), EK_RETRY);
  ck_assert_int_eq(r.call.parked, EK_PARKED_PICTURE);
  ck_assert_ptr_null(r.call.reason);
  ck_assert_ptr_nonnull(held);
  ck_assert_str_eq(held->address, "http://img.example/a.jpg");
  ck_assert_ptr_null(held->picture);
  ck_assert_int_eq(fake_world.fetched, 0);
  next_attempt();
  held->picture = ek_asset_fetch(services->assets, held->address, NULL, NULL, NULL);
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 0, &digest), EK_OK);
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, &bytes, &type), EK_OK);
  ck_assert(ek_str_eqc(bytes, "picture"));
  ck_assert_ptr_null(held->next);
  next_attempt();
  ck_assert(ek_str_eqc(bytes, "picture"));           /* of the item, not of the call */
  held->picture->state = EK_ASSET_TRANSIENT;
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, &bytes, &type), EK_RETRY);
  ck_assert_int_eq(r.call.parked, EK_PARKED_NOT);    /* counts as an attempt         */
  next_attempt();
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, &bytes, &type), EK_RETRY);
  ck_assert_int_eq(r.call.parked, EK_PARKED_PICTURE);
  ek_held_free(held);
  r.call.held = NULL;
}
END_TEST

START_TEST(local_files_are_read_again)
{
  ek_str bytes, type, digest;
  images[0] = ek_cstr("pictures/a.jpg");
  fake_show("pictures/a.jpg", EK_MEDIA_PNG, 100, 100, "picture");
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, &bytes, &type), EK_OK);
  ck_assert_int_eq(fake_world.put_pictures, 0);      /* relative to nothing          */
  next_attempt();
  r.call.base = "/data";
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, &bytes, &type), EK_OK);
  ck_assert_str_eq(fake_world.known[0].address, "file:/data/pictures/a.jpg");
  next_attempt();
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 0, &digest), EK_NO_LABELS);
  services->planning = 1;                            /* for an estimate it will do   */
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 0, &digest), EK_OK);
  r.call.base = "/other";
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 0, &digest), EK_NO_LABELS);
}
END_TEST

/* ---- planning, checking -------------------------------------------------------------------- */

START_TEST(planning_asks_nobody)
{
  ek_http_response *a;
  ek_str bytes, type;
  const uint64_t both[] = { 1, 1 };
  cache->put(&r.call, ek_cstr("k"), ek_cstr("v"), 0);
  services->planning = 1;
  ck_assert_int_eq(look("k", "v"), 1);
  ck_assert_int_eq(look("l", ""), 0);
  ck_assert_int_eq(fake_claims(), 0);
  ck_assert_int_eq(meter->reserve(&r.call, both, 2), EK_CANCELLED);
  ck_assert_uint_eq(fake_world.reserved_qty[1], 1);  /* the estimate                 */
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, &bytes, &type), EK_CANCELLED);
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 0, &bytes), EK_NO_LABELS);
  ck_assert_int_eq(fake_world.planned, 1);
  ck_assert_int_eq(fake_world.planned_known, 0);
  ck_assert_str_eq(fake_world.planned_address, "http://img.example/a.jpg");
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 1, 0, &bytes, &type), EK_SKIPPED);
  ck_assert_int_eq(get_url("https://x/", &a), EK_CANCELLED);
  ck_assert_int_eq(fake_world.admitted, 1);          /* counted                     */
  meter->charge(&r.call, both, 2);
  cache->put(&r.call, ek_cstr("l"), ek_cstr("v"), 0);
  ck_assert_int_eq(fake_kept_count(), 1);
  ck_assert_int_eq(fake_world.n_spent + fake_world.performed + fake_world.fetched, 0);
}
END_TEST

static ek_status
asking_create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  const ek_http *h = host->get_extension(host, EK_EXT_HTTP);
  const ek_meter *m = host->get_extension(host, EK_EXT_METER);
  const ek_cache *c = host->get_extension(host, EK_EXT_CACHE);
  ek_http_request q = { .struct_size = sizeof q, .method = "GET", .url = "https://x/" };
  ek_http_response *a = NULL;
  ek_str value;
  const uint64_t one = 1;
  (void)config;
  (void)out;
  ck_assert(host->get_extension(host, EK_EXT_ASSET) != NULL);
  ck_assert(host->get_extension(host, "ek.clock/1") == NULL);
  ek_status s = h->perform(call, &q, &a);
  ck_assert_int_eq(c->get(call, ek_cstr("k"), &value), 0);
  ck_assert_int_ne(m->reserve(call, &one, 1), EK_OK);
  m->charge(call, &one, 1);
  ck_assert_int_eq(s, fake_world.n_answers ? EK_OK : EK_CANCELLED);
  return EK_OK;
}

START_TEST(checking_offers_all_and_asks_nobody)
{
  prepare();
  own_enricher.create = asking_create;
  rig_start_step(&r, &own_plugin, NULL, NULL, &settings);
  ck_assert_msg(r.instance != NULL, "%s", r.findings.n ? r.findings.list[0].message : "no finding");
  ck_assert_int_eq(fake_world.performed, 0);
  rig_stop(&r);
  fake_answer_with(&(fake_answer){ .code = 200 });   /* in a run create() may ask, and not spend */
  rig_start_step(&r, &own_plugin, NULL, services, &settings);
  ck_assert_ptr_nonnull(r.instance);
  ck_assert_int_eq(fake_world.performed, 1);
  ck_assert_int_eq(fake_world.n_spent + fake_claims(), 0);
  rig_stop(&r);
}
END_TEST

START_TEST(what_is_not_there_is_not_offered)
{
  prepare();
  services->http = NULL;
  rig_start_step(&r, &own_plugin, NULL, services, &settings);
  ck_assert_ptr_null(r.instance);
  ck_assert_str_eq(r.findings.list[0].message,
                   "step 'third': plugin 'own' needs 'ek.http/1', which this enrichkit does not offer");
  rig_stop(&r);
  services->planning = 1;
  rig_start_step(&r, &own_plugin, NULL, services, &settings);
  ck_assert_ptr_nonnull(r.instance);
  rig_stop(&r);
}
END_TEST

/* ---- plugins that do not keep to the header ---------------------------------------------------- */

/* Each of these is a refusal, or nothing at all. */
START_TEST(what_is_null_is_refused)
{
  const ek_host *host = &r.instance->host;
  ek_http_response *answer = NULL;
  ek_http_request empty = { .struct_size = sizeof empty };
  ek_label label = { .struct_size = sizeof label, .name = { "x", 1 } };
  uint32_t side = 7;
  uint64_t one = 1;
  size_t n = 7;
  ek_str text = { NULL, 0 };
  fake_show("http://img.example/a.jpg", EK_MEDIA_JPEG, 640, 480, "picture");
  fake_answer_with(&(fake_answer){ .code = 200, .headers = "a: b\n", .body = "x" });

  ck_assert_int_eq(http->perform(NULL, &empty, &answer), EK_FATAL);
  ck_assert_int_eq(http->perform(&r.call, NULL, &answer), EK_ITEM_ERROR);
  ck_assert_int_eq(http->perform(&r.call, &empty, &answer), EK_ITEM_ERROR);
  ck_assert_int_eq(get_url("http://img.example/", NULL), EK_ITEM_ERROR);
  ck_assert_int_eq(fake_world.performed, 0);
  ck_assert_int_eq(http->code(NULL), 0);
  ck_assert_uint_eq(http->body(NULL).len, 0);
  ck_assert_int_eq(http->header(NULL, "a", &text), 0);
  ck_assert_int_eq(http->classify(NULL, NULL), EK_ITEM_ERROR);
  ck_assert_int_eq(http->classify(&r.call, NULL), EK_ITEM_ERROR);
  http->release(NULL);
  ck_assert_int_eq(get_url("http://img.example/", &answer), EK_OK);
  ck_assert_int_eq(http->header(answer, NULL, &text), 0);
  ck_assert_int_eq(http->header(answer, "a", NULL), 0);
  ck_assert_int_eq(http->header(answer, "a", &text), 1);
  ck_assert_int_eq(http->classify(NULL, answer), EK_ITEM_ERROR);

  ck_assert_int_eq(cache->get(NULL, text, &text), 0);
  ck_assert_int_eq(cache->get(&r.call, ek_cstr("k"), NULL), 0);
  ck_assert_int_eq(cache->get(&r.call, (ek_str){ NULL, 5 }, &text), 0);
  ck_assert_int_eq(cache->get(&r.call, (ek_str){ "x", SIZE_MAX }, &text), 0);
  cache->put(NULL, ek_cstr("k"), ek_cstr("v"), 0);
  cache->put(&r.call, ek_cstr("k"), (ek_str){ NULL, 5 }, 0);
  cache->put(&r.call, (ek_str){ NULL, 5 }, ek_cstr("v"), 0);
  cache->put(&r.call, (ek_str){ "x", SIZE_MAX }, ek_cstr("v"), 0);
  ck_assert_int_eq(fake_kept_count(), 0);

  ck_assert_int_eq(asset->load(NULL, &r.item, "image", 0, 0, &text, &text), EK_FATAL);
  ck_assert_int_eq(asset->load(&r.call, NULL, "image", 0, 0, &text, &text), EK_SKIPPED);
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", SIZE_MAX, 0, &text, &text), EK_SKIPPED);
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, UINT64_MAX, NULL, NULL), EK_OK);
  ck_assert_int_eq(asset->digest(NULL, &r.item, "image", 0, &text), EK_FATAL);
  ck_assert_int_eq(asset->digest(&r.call, NULL, "image", 0, &text), EK_SKIPPED);
  ck_assert_int_eq(asset->digest(&r.call, &r.item, NULL, 0, &text), EK_SKIPPED);
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 0, NULL), EK_ITEM_ERROR);
  ck_assert_int_eq(asset->dimensions(NULL, &r.item, "image", 0, &side, &side), 0);
  ck_assert_int_eq(asset->dimensions(&r.call, NULL, "image", 0, &side, &side), 0);
  ck_assert_int_eq(asset->dimensions(&r.call, &r.item, NULL, 0, &side, &side), 0);
  ck_assert_int_eq(asset->dimensions(&r.call, &r.item, "image", 0, NULL, &side), 0);
  ck_assert_int_eq(asset->dimensions(&r.call, &r.item, "image", 0, &side, NULL), 0);
  ck_assert_uint_eq(side, 7);

  ck_assert_int_eq(meter->reserve(NULL, &one, 1), EK_FATAL);
  ck_assert_int_eq(meter->reserve(&r.call, NULL, 1), EK_FATAL);
  ck_assert_int_eq(meter->reserve(&r.call, &one, SIZE_MAX), EK_FATAL);
  ck_assert_int_eq(meter->reserve(&r.call, &(uint64_t){ UINT64_MAX }, 1), EK_FATAL);
  ck_assert_int_eq(fake_world.reserved, 0);
  meter->charge(NULL, &one, 1);

  ck_assert_uint_eq(ek_labels_table.count(NULL), 0);
  ck_assert_int_eq(ek_labels_table.at(NULL, 0, &label, &text), 0);
  ck_assert_int_eq(ek_labels_table.at(&r.item, SIZE_MAX, &label, &text), 0);

  ck_assert_ptr_null(host->get_extension(NULL, EK_EXT_HTTP));
  ck_assert_ptr_null(host->get_extension(host, NULL));
  host->log(NULL, NULL, EK_LOG_ERROR, "x");
  host->log(host, NULL, EK_LOG_ERROR, NULL);
  ck_assert_int_eq(host->opt_str(NULL, NULL, NULL), 0);
  ck_assert_int_eq(host->opt_int(NULL, "x", NULL), 0);
  ck_assert_int_eq(host->opt_float(NULL, "x", NULL), 0);
  ck_assert_ptr_null(host->opt_list(NULL, "x", NULL));
  host->use_field(NULL, "x");
  host->use_field(&r.call, "x");                     /* outside create()              */
  host->add_key(NULL, ek_cstr("x"));
  ck_assert_uint_eq(host->item_id(NULL).len, 0);
  ck_assert_ptr_nonnull(host->item_id(NULL).ptr);
  ck_assert_ptr_null(host->field(NULL, "image", &n));
  ck_assert_uint_eq(n, 0);
  ck_assert_ptr_null(host->field(&r.item, "image", NULL));
  ck_assert_ptr_null(host->field(&r.item, NULL, &n));
  ck_assert_ptr_null(host->field_ends(NULL, "image", &n));
  ck_assert_ptr_null(host->field_ends(&r.item, "image", NULL));
  ck_assert_ptr_null(host->field_names(NULL, &n));
  ck_assert_ptr_null(host->field_names(&r.item, NULL));
  ck_assert_int_eq(host->emit(NULL, &label), EK_ITEM_ERROR);
  ck_assert_int_eq(host->emit(&r.sink, NULL), EK_ITEM_ERROR);
  host->set_error(NULL, "x");
  host->set_error(&r.call, NULL);
  host->set_retry_after(NULL, 1);
  host->set_retry_after(&r.call, INT64_MIN);
  ck_assert_int_eq(r.call.retry_after_ns, 0);
  ck_assert_int_eq(host->cancelled(NULL), 0);
  ck_assert_int_eq(host->time_left_ns(NULL), INT64_MAX);
  ck_assert_int_eq(host->wait(NULL, INT64_MIN), EK_OK);
  meter->charge(&r.call, &one, SIZE_MAX);            /* the last: it ends the call's asking */
  ck_assert_int_eq(meter->reserve(&r.call, &one, 1), EK_FATAL);
}
END_TEST

/* A plugin's own thread that goes on when its call has returned. */
START_TEST(a_call_that_has_returned_is_refused)
{
  const ek_host *host = &r.instance->host;
  ek_http_response *answer = NULL;
  ek_label label = { .struct_size = sizeof label, .name = { "x", 1 } };
  uint32_t side = 7;
  uint64_t one = 1;
  ek_str text;
  fake_show("http://img.example/a.jpg", EK_MEDIA_JPEG, 640, 480, "picture");
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, &text, &text), EK_OK);
  ek_call_end(&r.call);
  ck_assert_int_eq(http->perform(&r.call, &(ek_http_request){ .struct_size = sizeof(ek_http_request) }, &answer),
                   EK_FATAL);
  ck_assert_int_eq(cache->get(&r.call, ek_cstr("k"), &text), 0);
  cache->put(&r.call, ek_cstr("k"), ek_cstr("v"), 0);
  ck_assert_int_eq(asset->load(&r.call, &r.item, "image", 0, 0, &text, &text), EK_FATAL);
  ck_assert_int_eq(asset->digest(&r.call, &r.item, "image", 0, &text), EK_FATAL);
  ck_assert_int_eq(asset->dimensions(&r.call, &r.item, "image", 0, &side, &side), 0);
  ck_assert_int_eq(meter->reserve(&r.call, &one, 1), EK_FATAL);
  meter->charge(&r.call, &one, 1);
  host->log(host, &r.call, EK_LOG_ERROR, "too late");
  host->use_field(&r.call, "x");
  host->set_error(&r.call, "too late");
  host->set_retry_after(&r.call, 5);
  ck_assert_int_eq(host->emit(&r.sink, &label), EK_ITEM_ERROR);
  ck_assert_int_eq(host->cancelled(&r.call), 1);
  ck_assert_int_eq(host->wait(&r.call, INT64_MAX), EK_CANCELLED);
  ck_assert_int_eq(fake_kept_count() + fake_claims() + fake_world.n_spent + fake_world.performed, 0);
  ck_assert_int_eq(fake_world.fetched, 1);
  ck_assert_uint_eq(r.sink.n, 0);
  ck_assert_int_eq(r.call.has_error, 0);
  ck_assert_int_eq(r.call.retry_after_ns, -1);
  ck_assert_ptr_null(r.call.scratch);
}
END_TEST

static ek_status
odd_create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  ek_str text = { NULL, 0 };
  uint32_t side;
  size_t n = 7;
  (void)config;
  (void)out;
  /* There is no item yet. */
  ck_assert_int_eq(asset->load(call, NULL, "image", 0, 0, &text, &text), services ? EK_SKIPPED : EK_CANCELLED);
  ck_assert_int_eq(asset->digest(call, NULL, "image", 0, &text), services ? EK_SKIPPED : EK_CANCELLED);
  ck_assert_int_eq(asset->dimensions(call, NULL, "image", 0, &side, &side), 0);
  ck_assert_ptr_null(host->field(NULL, "image", &n));
  ck_assert_int_eq(host->emit(NULL, NULL), EK_ITEM_ERROR);
  ck_assert_int_eq(cache->get(call, ek_cstr("k"), &text), 0);
  host->add_key(call, (ek_str){ NULL, 0 });
  return EK_OK;
}

START_TEST(create_asks_for_what_items_have)
{
  prepare();
  own_enricher.create = odd_create;
  if (_i)
    services = NULL;
  rig_start_step(&r, &own_plugin, NULL, services, &settings);
  ck_assert_msg(r.instance != NULL, "%s", r.findings.n ? r.findings.list[0].message : "no finding");
  ck_assert_int_eq(fake_claims(), 0);
  rig_stop(&r);
}
END_TEST

/* ---- reasons ---------------------------------------------------------------------------------- */

static ek_status
load_and_refuse(ek_call *call, const ek_item *item)
{
  ek_str bytes, type;
  ck_assert_int_eq(asset->load(call, item, "image", 0, 0, &bytes, &type), EK_OK);
  return EK_ITEM_ERROR;
}
static ek_status
ask_and_doubt(ek_call *call, const ek_item *item)
{
  ek_http_response *a;
  (void)call;
  (void)item;
  ck_assert_int_eq(ask_aws("/", &a), EK_OK);
  return EK_RETRY;
}
static ek_status
just_fail(ek_call *call, const ek_item *item)
{
  (void)call;
  (void)item;
  return EK_ITEM_ERROR;
}

START_TEST(reasons_of_the_plugins_own_judgement)
{
  fake_show("http://img.example/a.jpg", EK_MEDIA_JPEG, 640, 480, "picture");
  fake_answer_with(&(fake_answer){ .code = 200, .body = "rubbish" });
  behaviour = load_and_refuse;
  ck_assert_int_eq(rig_enrich(&r), EK_ITEM_ERROR);
  ck_assert_str_eq(r.call.reason, "asset_refused");
  ek_call_end(&r.call);
  behaviour = ask_and_doubt;
  ck_assert_int_eq(rig_enrich(&r), EK_RETRY);
  ck_assert_str_eq(r.call.reason, "service_error");
  ek_call_end(&r.call);
  behaviour = just_fail;
  ck_assert_int_eq(rig_enrich(&r), EK_ITEM_ERROR);
  ck_assert_ptr_null(r.call.reason);
}
END_TEST

/* ---- what a step costs --------------------------------------------------------------------------- */

static const char *
finding(void)
{
  rig_start_step(&r, &own_plugin, NULL, services, &settings);
  return r.instance ? "none" : r.findings.list[0].message;
}

START_TEST(prices_of_a_step)
{
  ek_price price = { .meter = (char *)"image", .money = { 800000, "USD" } };
  prepare();
  settings.prices = &price;
  settings.n_prices = 1;
  ck_assert_str_eq(finding(), "none");
  ck_assert_int_eq(r.instance->paid, 1);
  ck_assert_int_eq(r.instance->network, 1);
  ck_assert_uint_eq(r.instance->n_meters, 2);
  ck_assert_int_eq(r.instance->prices[0], 800000);   /* the configuration's wins      */
  ck_assert_int_eq(r.instance->prices[1], 750000);
  ck_assert_str_eq(r.instance->currency, "USD");
  ck_assert_str_eq(ek_instance_meter(r.instance, 1), "image_properties");
  rig_stop(&r);
  price.meter = (char *)"imagee";
  ck_assert_str_eq(finding(), "step 'third': 'imagee' is no unit of plugin 'own'");
  ck_assert_str_eq(r.findings.list[0].help, "did you mean 'image'? Its units: image, image_properties");
  rig_stop(&r);
  price.meter = (char *)"token";
  ck_assert_str_eq(finding(), "step 'third': 'token' is no unit of plugin 'own'");
  ck_assert_str_eq(r.findings.list[0].help, "its units: image, image_properties");
  rig_stop(&r);
  price = (ek_price){ .meter = (char *)"image", .money = { 800000, "EUR" } };
  ck_assert_str_eq(finding(), "step 'third': the price of 'image' is 0.0008 EUR, and the step has its budget in USD");
  rig_stop(&r);
}
END_TEST

/* Not once for each unit that the plugin publishes a price of: the mend is the same. */
START_TEST(another_currency_is_said_once)
{
  prepare();
  settings.budget = (ek_budget){ .kind = EK_BUDGET_MONEY, .money = { 1000000000, "EUR" } };
  ck_assert_str_eq(finding(),
                   "step 'third': the published price of 'image' is 0.001 USD, and the step has its budget in EUR");
  ck_assert_uint_eq(r.findings.errors, 1);
  rig_stop(&r);
}
END_TEST

START_TEST(a_paid_step_needs_a_budget)
{
  prepare();
  settings.budget.kind = EK_BUDGET_UNSET;
  ck_assert_str_eq(finding(), "step 'third' costs money (0.001 USD a call) and has no budget");
  ck_assert_str_eq(r.findings.list[0].help, "add 'budget: 20 USD', or 'budget: none' to pay without limit. 'enrichkit "
                                            "plan' tells how much it would be");
  rig_stop(&r);
  settings.budget.kind = EK_BUDGET_NONE;
  ck_assert_str_eq(finding(), "none");
  ck_assert_int_eq(r.instance->prices[0], 1000000);
  ck_assert_str_eq(r.instance->currency, "USD");
  rig_stop(&r);
  static const char *const tokens[] = { "input_token", NULL };
  own_enricher.meters = tokens;
  own_enricher.meter_prices = NULL;
  ck_assert_str_eq(finding(), "none");               /* no price, no limit            */
  rig_stop(&r);
  settings.budget = (ek_budget){ .kind = EK_BUDGET_MONEY, .money = { 1, "USD" } };
  ck_assert_str_eq(finding(), "step 'third' has a budget, and its unit 'input_token' has no price");
  rig_stop(&r);
  settings.budget.kind = EK_BUDGET_UNSET;
  ck_assert_str_eq(finding(), "step 'third' costs money and has no budget");
  rig_stop(&r);
  own_enricher.flags = 0;                            /* and costs nothing then        */
  ck_assert_str_eq(finding(), "none");
  ck_assert_int_eq(r.instance->paid, 0);
  ck_assert_int_eq(r.instance->network, 1);          /* by its needs                  */
  rig_stop(&r);
  own_enricher.needs = NULL;
  own_enricher.meters = NULL;
  ck_assert_str_eq(finding(), "none");
  ck_assert_int_eq(r.instance->network, 0);
  ck_assert_str_eq(ek_instance_meter(r.instance, 0), "call");
  rig_stop(&r);
  ek_price price = { .meter = (char *)"call", .money = { 5000000000, "EUR" } };
  settings.prices = &price;                          /* a server of one's own, that has its price */
  settings.n_prices = 1;
  ck_assert_str_eq(finding(), "step 'third' costs money (5 EUR a call) and has no budget");
  rig_stop(&r);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("extensions");
  TCase *t = tcase_create("extensions"), *own = tcase_create("steps");
  tcase_add_checked_fixture(t, set_up, tear_down);
  tcase_add_test(t, http_gives_the_answer);
  tcase_add_test(t, http_signs_for_aws);
  tcase_add_loop_test(t, http_classifies_any_service, 0, (int)(sizeof answers / sizeof *answers));
  tcase_add_loop_test(t, http_classifies_aws, 0, (int)(sizeof classes / sizeof *classes));
  tcase_add_test(t, http_access_denied);
  tcase_add_test(t, http_aws_error_without_a_name);
  tcase_add_loop_test(t, http_faults, 0, (int)(sizeof faults / sizeof *faults));
  tcase_add_test(t, http_certificate_of_a_service);
  tcase_add_test(t, http_cancel_by_the_deadline_is_a_timeout);
  tcase_add_test(t, http_deadline_is_moved_by_the_wait_for_the_rate);
  tcase_add_test(t, http_without_credentials);
  tcase_add_loop_test(t, http_refuses_what_would_break_out, 0, (int)(sizeof bad_requests / sizeof *bad_requests));
  tcase_add_test(t, http_reads_no_more_than_the_plugin_has);
  tcase_add_test(t, cache_keeps_and_finds);
  tcase_add_test(t, cache_keys_are_the_enrichers_own);
  tcase_add_test(t, cache_claims_are_given_back);
  tcase_add_test(t, cache_parks_while_another_asks);
  tcase_add_test(t, cache_waits_where_nothing_can_be_set_aside);
  tcase_add_test(t, cache_is_off_for_a_step);
  tcase_add_test(t, a_damaged_cache_ends_the_run);
  tcase_add_test(t, a_full_disk_ends_the_run);
  tcase_add_test(t, money_and_answer_travel_together);
  tcase_add_test(t, charges_into_the_lanes_memory);
  tcase_add_test(t, reservations_are_checked);
  tcase_add_test(t, the_claim_of_an_unanswered_charge_is_given_back);
  tcase_add_test(t, asset_is_fetched_once);
  tcase_add_test(t, asset_of_no_value);
  tcase_add_loop_test(t, asset_states, 0, (int)(sizeof states / sizeof *states));
  tcase_add_test(t, asset_too_large);
  tcase_add_test(t, asset_parks_until_the_lane_has_it);
  tcase_add_test(t, local_files_are_read_again);
  tcase_add_test(t, planning_asks_nobody);
  tcase_add_test(t, reasons_of_the_plugins_own_judgement);
  tcase_add_test(t, what_is_null_is_refused);
  tcase_add_test(t, a_call_that_has_returned_is_refused);
  tcase_add_loop_test(own, create_asks_for_what_items_have, 0, 2);
  tcase_add_test(own, checking_offers_all_and_asks_nobody);
  tcase_add_test(own, what_is_not_there_is_not_offered);
  tcase_add_test(own, prices_of_a_step);
  tcase_add_test(own, a_paid_step_needs_a_budget);
  tcase_add_test(own, another_currency_is_said_once);
  suite_add_tcase(s, t);
  suite_add_tcase(s, own);
  SRunner *runner = srunner_create(s);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? 1 : 0;
}
