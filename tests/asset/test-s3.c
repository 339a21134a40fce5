/* SPDX-License-Identifier: BSD-3-Clause */
/* Pictures in buckets: of a server on 127.0.0.1, and of Amazon's on an empty tape, which tells what
 * would have been asked and asks nobody.                                    */
#include "asset-test.h"
#include "server.h"

#define SECOND INT64_C(1000000000)
static server *web;
static ek_guard *guard;
static ek_http_client *client;
static ek_aws *aws;
static char tape[32];

static void
set_up(void)
{
  ek_error e = { 0 };
  setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 1);
  setenv("AWS_CONFIG_FILE", "/dev/null", 1);
  setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
  setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  static const char *const unset[] = { "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE",
                                       "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
                                       "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT" };
  for (size_t i = 0; i < N(unset); i++)
    unsetenv(unset[i]);
  guard = ek_guard_new(NULL, 0, &e);
  ck_assert_msg(guard != NULL, "%s", e.message);
}

static void
open_client(const char *replay, const char *endpoint)
{
  ek_error e = { 0 };
  ek_http_options o = { .guard = guard, .connect_timeout_ns = 5 * SECOND, .max_redirects = 5, .replay = replay,
                        .user_agent = "enrichkit" };
  client = ek_http_new(&o, &e);
  ck_assert_msg(client != NULL, "%s", e.message);
  ek_aws_options a = { .http = client, .region = "eu-west-1", .endpoint_url = endpoint, .replay = replay != NULL };
  aws = ek_aws_new(&a, &e);
  ck_assert_msg(aws != NULL, "%s", e.message);
}

static void
close_client(void)
{
  ek_aws_free(aws);
  ek_http_free(client);
  ek_guard_free(guard);
}

static ek_picture *
fetch(const char *address)
{
  ek_asset_options o = { .http = client, .aws = aws, .timeout_ns = 20 * SECOND, .max_bytes = 1 << 20,
                         .max_side = 10000 };
  ek_assets *a = ek_assets_new(&o);
  ek_picture *p = ek_asset_fetch(a, address, NULL, NULL, NULL);
  ek_assets_free(a);
  ck_assert_msg(!strstr(p->message, "wJalr"), "%s", p->message);
  return p;
}

static void
expect(const char *address, enum ek_asset_state state, int http, int64_t retry_after, const char *message)
{
  ek_picture *p = fetch(address);
  ck_assert_msg(p->state == state && strstr(p->message, message), "%s: state %d, '%s'", address,
                (int)p->state, p->message);
  ck_assert_msg(p->http == http && p->retry_after_ns == retry_after, "%s: HTTP %d", address, p->http);
  ek_picture_unref(p);
}

START_TEST(own_endpoint)
{
  char url[64];
  web = server_start();
  snprintf(url, sizeof url, "http://127.0.0.1:%u", server_port(web));
  open_client(NULL, url);
  expect("s3://shop-pictures/here.png", EK_ASSET_OK, 200, -1, "");
  ck_assert(strncmp(server_last(web), "GET /shop-pictures/here.png HTTP", 32) == 0);
  ck_assert_ptr_nonnull(strstr(server_last(web), "/eu-west-1/s3/aws4_request"));
  expect("s3://shop-pictures/a b+c/\xc3\xa4.png", EK_ASSET_OK, 200, -1, "");
  expect("s3://shop-pictures/none.png", EK_ASSET_FAILED, 404, -1, "HTTP 404 NoSuchKey from bucket 'shop-pictures'");
  expect("s3://shop-pictures/secret.png", EK_ASSET_FAILED, 403, -1,
         "HTTP 403 AccessDenied from bucket 'shop-pictures'");
  expect("s3://shop-pictures/slow.png", EK_ASSET_TRANSIENT, 503, 3 * SECOND, "HTTP 503 SlowDown");
  unsigned before = server_requests(web);
  expect("s3://elsewhere/here.png", EK_ASSET_OK, 200, -1, "");
  ck_assert_uint_eq(server_requests(web), before + 2);
  close_client();
  server_stop(web);
}
END_TEST

START_TEST(no_address)
{
  static const char *const wrong[] = { "s3://", "s3:///key", "s3://bucket", "s3://bucket/", "s3:bucket/key",
                                       "s3://evil.example#/key", "s3://evil.example:80/key", "s3://me@evil/key",
                                       "s3://buck et/key", "s3://b%2Fc/key", "s3://ab/key", "s3://../key",
                                       "s3://Shop/key", "S3://bucket/key" };
  char url[64];
  web = server_start();
  snprintf(url, sizeof url, "http://127.0.0.1:%u", server_port(web));
  open_client(NULL, url);
  for (size_t i = 0; i < N(wrong); i++)
    expect(wrong[i], EK_ASSET_REFUSED, 0, -1, "");
  ck_assert_uint_eq(server_requests(web), 0);
  close_client();
  server_stop(web);
}
END_TEST

START_TEST(amazons_own)
{
  snprintf(tape, sizeof tape, "/tmp/ek-tape-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(tape));
  open_client(tape, NULL);
  expect("s3://shop-pictures/a/b.png", EK_ASSET_FAILED, 0, -1,
         "https://shop-pictures.s3.eu-west-1.amazonaws.com/a/b.png");
  expect("s3://shop.pictures/a/b.png", EK_ASSET_FAILED, 0, -1,
         "https://s3.eu-west-1.amazonaws.com/shop.pictures/a/b.png");
  close_client();
  ck_assert_int_eq(rmdir(tape), 0);
}
END_TEST

START_TEST(no_credentials)
{
  char url[64];
  web = server_start();
  snprintf(url, sizeof url, "http://127.0.0.1:%u", server_port(web));
  unsetenv("AWS_ACCESS_KEY_ID");
  unsetenv("AWS_SECRET_ACCESS_KEY");
  open_client(NULL, url);
  expect("s3://shop-pictures/here.png", EK_ASSET_FAILED, 0, -1, "redentials");
  ck_assert_uint_eq(server_requests(web), 0);
  close_client();
  server_stop(web);
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { own_endpoint, no_address, amazons_own, no_credentials };
  Suite *s = suite_create("s3");
  TCase *t = tcase_create("s3");
  tcase_add_checked_fixture(t, set_up, NULL);
  for (size_t i = 0; i < N(tests); i++)
    tcase_add_test(t, tests[i]);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
