/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a service is asked: partitions, variants, and who may say otherwise, in which order. */
#include "aws-test.h"
#include "aws/aws.h"
#include "aws/endpoint.h"

static ek_aws *
make(const char *region, const char *profile, const char *url, ek_error *e)
{
  ek_aws_options o = { .region = region, .profile = profile, .endpoint_url = url };
  return ek_aws_new(&o, e);
}

/* "scheme_host path custom host", or the message. */
static const char *
resolve(const char *service, const char *region, const char *profile, const char *url)
{
  static char out[2400];
  ek_error e = { 0 };
  ek_aws_endpoint at;
  ek_aws *a = make(NULL, profile, url, &e);
  if (!a || ek_aws_resolve(a, service, region, &at, &e))
    snprintf(out, sizeof out, "%s", e.message);
  else {
    char host[700];
    snprintf(host, sizeof host, "://%s", at.host);
    ck_assert_ptr_nonnull(strstr(at.scheme_host, host));
    snprintf(out, sizeof out, "%s%s%s", at.scheme_host, at.path, at.custom ? " custom" : "");
  }
  ek_aws_free(a);
  return out;
}

static const struct { const char *service, *region; int fips, dual; const char *url; } standard[] = {
  { "rekognition", "eu-west-1", 0, 0, "https://rekognition.eu-west-1.amazonaws.com" },
  { "personalize", "us-east-1", 0, 0, "https://personalize.us-east-1.amazonaws.com" },
  { "personalize-events", "us-east-1", 0, 0, "https://personalize-events.us-east-1.amazonaws.com" },
  { "personalize-runtime", "cn-north-1", 0, 0, "https://personalize-runtime.cn-north-1.amazonaws.com.cn" },
  { "s3", "us-east-1", 0, 0, "https://s3.us-east-1.amazonaws.com" }, { "sts", "", 0, 0, "https://sts.amazonaws.com" },
  { "sts", "eu-west-1", 0, 0, "https://sts.eu-west-1.amazonaws.com" },
  { "rekognition", "us-gov-west-1", 0, 0, "https://rekognition.us-gov-west-1.amazonaws.com" },
  { "rekognition", "eusc-de-east-1", 0, 0, "https://rekognition.eusc-de-east-1.amazonaws.eu" },
  { "rekognition", "us-iso-east-1", 0, 0, "https://rekognition.us-iso-east-1.c2s.ic.gov" },
  { "rekognition", "us-isob-east-1", 0, 0, "https://rekognition.us-isob-east-1.sc2s.sgov.gov" },
  { "rekognition", "us-east-1", 1, 0, "https://rekognition-fips.us-east-1.amazonaws.com" },
  { "personalize", "us-east-1", 1, 1, "https://personalize-fips.us-east-1.api.aws" },
  { "rekognition", "us-east-1", 0, 1, "https://rekognition.us-east-1.api.aws" },
  { "s3", "us-east-1", 0, 1, "https://s3.dualstack.us-east-1.amazonaws.com" },
  { "s3", "us-east-1", 1, 1, "https://s3-fips.dualstack.us-east-1.amazonaws.com" },
  { "s3", "cn-north-1", 0, 1, "https://s3.dualstack.cn-north-1.amazonaws.com.cn" },
  { "sts", "us-east-1", 1, 0, "https://sts-fips.us-east-1.amazonaws.com" }, { "sts", "us-gov-west-1", 1, 0,
    "https://sts.us-gov-west-1.amazonaws.com" },
  { "rekognition", "cn-north-1", 0, 1, "https://rekognition.cn-north-1.api.amazonwebservices.com.cn" },
  { "rekognition", "us-iso-east-1", 0, 1, "there are no dual-stack endpoints in us-iso-east-1" },
  { "rekognition", "evil.example/", 0, 0, "'evil.example/' is no AWS region" }, { "rekognition", "a@b", 0, 0,
    "'a@b' is no AWS region" },
  { "rekognition", "-a", 0, 0, "'-a' is no AWS region" }, { "rekognition", "EU-WEST-1", 0, 0,
    "'EU-WEST-1' is no AWS region" },
};

START_TEST(standard_endpoints)
{
  if (standard[_i].fips)
    setenv("AWS_USE_FIPS_ENDPOINT", "TRUE", 1);
  if (standard[_i].dual)
    setenv("AWS_USE_DUALSTACK_ENDPOINT", "true", 1);
  ck_assert_str_eq(resolve(standard[_i].service, standard[_i].region, NULL, NULL), standard[_i].url);
}
END_TEST

static const struct { const char *url, *out; } custom[] = {
  { "http://127.0.0.1:4566", "http://127.0.0.1:4566 custom" }, { "http://127.0.0.1:4566/",
    "http://127.0.0.1:4566 custom" },
  { "https://Proxy.Example/aws/", "https://proxy.example/aws custom" }, { "HTTPS://h", "https://h custom" },
  { "https://h:443", "https://h custom" }, { "https://h:80", "https://h:80 custom" }, { "http://h:80/x",
    "http://h/x custom" },
  { "http://[::1]:8080", "http://[::1]:8080 custom" },
  { "127.0.0.1:4566", "aws.endpoint_url is no endpoint: '127.0.0.1:4566' does not begin with https:// or http://" },
  { "ftp://h", "aws.endpoint_url is no endpoint: 'ftp://h' does not begin with https:// or http://" },
  { "http://", "aws.endpoint_url is no endpoint: 'http://' has no host" }, { "http:///x",
    "aws.endpoint_url is no endpoint: 'http:///x' has no host" },
  { "http://[::1", "aws.endpoint_url is no endpoint: 'http://[::1' has no host" },
  { "http://h:0", "aws.endpoint_url is no endpoint: 'http://h:0' has something that is no port after the host" },
  { "http://h:65536", "aws.endpoint_url is no endpoint: 'http://h:65536' has something that is no port after the "
    "host" },
  { "http://h:x", "aws.endpoint_url is no endpoint: 'http://h:x' has something that is no port after the host" },
  { "http://h?x", "aws.endpoint_url is no endpoint: 'http://h?x' has something that is no port after the host" },
  { "http://h/?x", "aws.endpoint_url is no endpoint: 'http://h/?x' has a path that is no path to a service" },
  { "http://user:p@w@h", "aws.endpoint_url is no endpoint: '...@h' holds a user name" },
  { "http://user:pw@h", "aws.endpoint_url is no endpoint: '...@h' holds a user name" },
};

START_TEST(custom_endpoints)
{
  ck_assert_str_eq(resolve("rekognition", "us-east-1", NULL, custom[_i].url), custom[_i].out);
}
END_TEST

/* Each that is added goes before those there were. */
START_TEST(precedence)
{
  write_whole("cfg", "[default]\nendpoint_url = http://profile\nservices = dev\n[services dev]\nrekognition =\n  "
    "endpoint_url = http://services\n"
              "personalize_events =\n  endpoint_url = http://events\n"
              "[profile plain]\nx = 1\n[profile ignoring]\nendpoint_url = "
                "http://no\nignore_configured_endpoint_urls = true\n");
  setenv("AWS_CONFIG_FILE", "cfg", 1);
  ck_assert_str_eq(resolve("rekognition", "us-east-1", "plain", NULL), "https://rekognition.us-east-1.amazonaws.com");
  ck_assert_str_eq(resolve("sts", "us-east-1", NULL, NULL), "http://profile custom");
  ck_assert_str_eq(resolve("rekognition", "us-east-1", NULL, NULL), "http://services custom");
  ck_assert_str_eq(resolve("personalize-events", "us-east-1", NULL, NULL), "http://events custom");
  setenv("AWS_ENDPOINT_URL", "http://all", 1);
  ck_assert_str_eq(resolve("rekognition", "us-east-1", NULL, NULL), "http://all custom");
  setenv("AWS_ENDPOINT_URL_PERSONALIZE_EVENTS", "http://one", 1);
  ck_assert_str_eq(resolve("personalize-events", "us-east-1", NULL, NULL), "http://one custom");
  ck_assert_str_eq(resolve("personalize", "us-east-1", NULL, NULL), "http://all custom");
  ck_assert_str_eq(resolve("personalize-events", "us-east-1", NULL, "http://config"), "http://config custom");
  setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
  ck_assert_str_eq(resolve("rekognition", "us-east-1", NULL, NULL), "https://rekognition.us-east-1.amazonaws.com");
  ck_assert_str_eq(resolve("rekognition", "us-east-1", NULL, "http://config"), "http://config custom");
  unsetenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
  ck_assert_str_eq(resolve("rekognition", "us-east-1", "ignoring", NULL),
    "https://rekognition.us-east-1.amazonaws.com");
  setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
  ck_assert_str_eq(resolve("rekognition", "us-east-1", NULL, NULL),
                   "AWS_ENDPOINT_URL names an endpoint, and AWS_USE_FIPS_ENDPOINT (or the profile) asks for another");
}
END_TEST

static const struct { const char *service, *variable; } variables[] = {
  { "rekognition", "AWS_ENDPOINT_URL_REKOGNITION" }, { "personalize", "AWS_ENDPOINT_URL_PERSONALIZE" },
  { "personalize-events", "AWS_ENDPOINT_URL_PERSONALIZE_EVENTS" },
  { "personalize-runtime", "AWS_ENDPOINT_URL_PERSONALIZE_RUNTIME" }, { "s3", "AWS_ENDPOINT_URL_S3" },
  { "sts", "AWS_ENDPOINT_URL_STS" },
};

/* Its own variable and nobody else's; "" and "false" are as if they were not there. */
START_TEST(variables_of_each_service)
{
  char says[200];
  setenv(variables[_i].variable, "http://127.0.0.1:4566/x", 1);
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
    ck_assert_int_eq(!strcmp(resolve(variables[i].service, "us-east-1", NULL, NULL), "http://127.0.0.1:4566/x custom"),
                     (int)i == _i);
  setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false", 1);
  ck_assert_str_eq(resolve(variables[_i].service, "us-east-1", NULL, NULL), "http://127.0.0.1:4566/x custom");
  setenv("AWS_USE_DUALSTACK_ENDPOINT", "true", 1);
  snprintf(says, sizeof says,
           "%s names an endpoint, and AWS_USE_DUALSTACK_ENDPOINT (or the profile) asks for another",
           variables[_i].variable);
  ck_assert_str_eq(resolve(variables[_i].service, "us-east-1", NULL, NULL), says);
  setenv("AWS_USE_DUALSTACK_ENDPOINT", "", 1);
  setenv(variables[_i].variable, "127.0.0.1", 1);
  snprintf(says, sizeof says, "%s is no endpoint: '127.0.0.1' does not begin with https:// or http://",
           variables[_i].variable);
  ck_assert_str_eq(resolve(variables[_i].service, "us-east-1", NULL, NULL), says);
  setenv(variables[_i].variable, "", 1);
  ck_assert_ptr_null(strstr(resolve(variables[_i].service, "us-east-1", NULL, NULL), "custom"));
}
END_TEST

/* What a profile may ask for beside an endpoint; the environment goes first. */
START_TEST(variants_of_a_profile)
{
  write_whole("cfg", "[profile fips]\nuse_fips_endpoint = true\n[profile dual]\nuse_dualstack_endpoint = True\n"
              "[profile both]\nuse_fips_endpoint = true\nendpoint_url = http://h\n");
  setenv("AWS_CONFIG_FILE", "cfg", 1);
  ck_assert_str_eq(resolve("rekognition", "us-gov-west-1", "fips", NULL),
                   "https://rekognition-fips.us-gov-west-1.amazonaws.com");
  ck_assert_str_eq(resolve("rekognition", "us-east-1", "dual", NULL), "https://rekognition.us-east-1.api.aws");
  ck_assert_ptr_nonnull(strstr(resolve("rekognition", "us-east-1", "both", NULL),
                               "endpoint_url of profile 'both' names an endpoint"));
  setenv("AWS_USE_FIPS_ENDPOINT", "false", 1);
  ck_assert_str_eq(resolve("rekognition", "us-east-1", "fips", NULL), "https://rekognition.us-east-1.amazonaws.com");
  ck_assert_str_eq(resolve("rekognition", "us-east-1", "both", NULL), "http://h custom");
}
END_TEST

static const char *
region(const char *configured, const char *profile)
{
  static char out[1200];
  ek_error e = { 0 };
  ek_aws *a = make(configured, profile, NULL, &e);
  const char *r = a ? ek_aws_region(a, &e) : NULL;
  snprintf(out, sizeof out, "%s", r ? r : e.message);
  ek_aws_free(a);
  return out;
}

START_TEST(regions)
{
  ck_assert_str_eq(region(NULL, NULL),
    "no AWS region: tried aws.region, AWS_REGION, AWS_DEFAULT_REGION and the profile");
  write_whole("cfg", "[default]\nregion = p1\n[profile shop]\nregion = p2\n");
  setenv("AWS_CONFIG_FILE", "cfg", 1);
  ck_assert_str_eq(region(NULL, NULL), "p1");
  ck_assert_str_eq(region(NULL, "shop"), "p2");
  setenv("AWS_PROFILE", "shop", 1);
  ck_assert_str_eq(region(NULL, NULL), "p2");
  setenv("AWS_DEFAULT_PROFILE", "default", 1);
  ck_assert_str_eq(region(NULL, NULL), "p1");
  setenv("AWS_DEFAULT_REGION", "e2", 1);
  ck_assert_str_eq(region(NULL, NULL), "e2");
  setenv("AWS_REGION", "e1", 1);
  ck_assert_str_eq(region(NULL, NULL), "e1");
  ck_assert_str_eq(region("c", NULL), "c");
}
END_TEST

static const struct { const char *url, *bucket, *key; } split[] = {
  { "s3://bucket/key/with spaces", "bucket", "key/with spaces" }, { "s3://bucket", "bucket", "" }, { "s3://bucket/",
    "bucket", "" },
  { "s3://my.bucket-1//a//b", "my.bucket-1", "/a//b" }, { "s3://bucket/k?x#y", "bucket", "k?x#y" },
  { "http://bucket/key", NULL, "'http://bucket/key' does not begin with s3://" }, { "s3://", NULL,
    "'s3://' has no bucket's name (3 to 63 of a-z 0-9 . -)" },
  { "s3://ab/k", NULL, "'s3://ab/k' has no bucket's name (3 to 63 of a-z 0-9 . -)" }, { "s3://Bucket/k", NULL,
    "'s3://Bucket/k' has no bucket's name (3 to 63 of a-z 0-9 . -)" },
  { "s3://-ab/k", NULL, "'s3://-ab/k' has no bucket's name (3 to 63 of a-z 0-9 . -)" }, { "s3://abc./k", NULL,
    "'s3://abc./k' has no bucket's name (3 to 63 of a-z 0-9 . -)" },
};

START_TEST(s3_urls)
{
  char buf[100];
  const char *bucket = NULL, *key = NULL;
  ek_error e = { 0 };
  int bad = ek_s3_split(split[_i].url, buf, &bucket, &key, &e);
  ck_assert_int_eq(bad, split[_i].bucket ? 0 : -1);
  if (bad) {
    ck_assert_str_eq(e.message, split[_i].key);
    return;
  }
  ck_assert_str_eq(bucket, split[_i].bucket);
  ck_assert_str_eq(key, split[_i].key);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

int
main(void)
{
  Suite *s = suite_create("endpoint");
  TCase *c = tcase_create("where");
  tcase_add_loop_test(c, standard_endpoints, 0, COUNT(standard));
  tcase_add_loop_test(c, custom_endpoints, 0, COUNT(custom));
  tcase_add_test(c, precedence);
  tcase_add_loop_test(c, variables_of_each_service, 0, (int)(sizeof variables / sizeof *variables));
  tcase_add_test(c, variants_of_a_profile);
  tcase_add_test(c, regions);
  tcase_add_loop_test(c, s3_urls, 0, COUNT(split));
  suite_add_tcase(s, c);
  return run_suite(s);
}
