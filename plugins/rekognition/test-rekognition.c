/* SPDX-License-Identifier: BSD-3-Clause */
/* The built plugin under the genuine host, whose services are made up (tests/plugin/fake.c). */
#include <check.h>
#include <math.h>
#include <openssl/evp.h>
#include "plugin/fake.h"
#include "plugin/rig.h"

#define N(a) (sizeof(a) / sizeof(a)[0])

static ek_registry *registry;
static ek_services *services;
static ek_step_settings settings;
static ek_str image;
static rig r;

static void
open_registry(void)
{
  static char path[4096];
  const char *top = getenv("top_builddir");
  char *folder = path;
  snprintf(path, sizeof path, "%s/plugins/rekognition/.libs", top ? top : ".");
  registry = ek_registry_scan(&folder, 1, NULL, 0, NULL);
  services = fake_services();
  settings = (ek_step_settings){ .cache = -1, .budget = { .kind = EK_BUDGET_MONEY, .money = { 20000000000, "USD" } } };
  fake_show("http://img.example/a.jpg", EK_MEDIA_JPEG, 640, 480, "picture");
  image = ek_cstr("http://img.example/a.jpg");
}

static void
close_registry(void)
{
  ek_registry_free(registry);
}

static const ek_plugin *
plugin(void)
{
  ek_error e = { 0 };
  const ek_plugin *p = ek_registry_find(registry, "rekognition", &e);
  ck_assert_msg(p != NULL, "%s; %s", e.message, e.help);
  return p;
}

static void
start(const char *options)
{
  ek_error e = { 0 };
  rig_start_step(&r, plugin(), options, services, &settings);
  ck_assert_msg(r.instance != NULL, "%s", r.findings.n ? r.findings.list[0].message : "no finding");
  ck_assert_msg(rig_bind(&r, NULL, &e) == 0, "%s", e.message);
  r.call.ops = &fake_ops;
  rig_field(&r, ek_projection_name(r.projection, 0), &image, 1);
}

static ek_status
enrich(void)
{
  ek_status s = rig_enrich(&r);
  ek_call_end(&r.call);
  ck_assert_int_eq(fake_claims(), 0);
  return s;
}

/* Labels of one item with these options, for whatever is kept or answered. */
static const char *
labels(const char *options)
{
  start(options);
  ek_status s = enrich();
  const char *text = rig_labels(&r);
  ck_assert_msg(s == (*text ? EK_OK : EK_NO_LABELS), "status %d: %s", (int)s, r.call.error);
  rig_stop(&r);
  return text;
}

#define LABEL(name, confidence, parents, category) \
  "{\"Name\":\"" name "\",\"Confidence\":" #confidence ",\"Instances\":[],\"Parents\":[" parents "]," \
  "\"Aliases\":[{\"Name\":\"Alias\"}],\"Categories\":[{\"Name\":\"" category "\"}]}"
#define P(name) "{\"Name\":\"" name "\"}"
static const char chocolate[] =
  "{\"Labels\":["
  LABEL("Food", 99.9, "", "Food and Beverage") "," LABEL("Dessert", 97.5, P("Food") "," P("Sweets"),
    "Food and Beverage") ","
  LABEL("Sweets", 97.5, P("Food"), "Food and Beverage") ","
  LABEL("Chocolate", 91.25, P("Food") "," P("Sweets") "," P("Dessert"), "Food and Beverage") ","
  LABEL("Text", 70, "", "Symbols and Flags") "," LABEL("Page", 60, P("Text"), "Education") ","
  LABEL("Box", 59.99, "", "Materials") "," LABEL("Brown", 12.5, "", "Colors") "],"
  "\"LabelModelVersion\":\"3.0\",\"OrientationCorrection\":null}";

static void
answer(const char *body)
{
  fake_answer_with(&(fake_answer){ .code = 200, .class = EK_AWS_OK, .body = body });
}

/* ---- the request ------------------------------------------------------------------------- */

START_TEST(asks_for_all_that_one_price_buys)
{
  answer(chocolate);
  start(NULL);
  ck_assert_int_eq(enrich(), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "Chocolate|Text");
  ck_assert_str_eq(fake_world.method, "POST");
  ck_assert_str_eq(fake_world.url, "/");
  ck_assert_str_eq(fake_world.service, "rekognition");
  ck_assert_str_eq(fake_world.region, "");
  ck_assert_str_eq(fake_world.headers,
                   "Content-Type: application/x-amz-json-1.1\nX-Amz-Target: RekognitionService.DetectLabels\n");
  ck_assert_str_eq(fake_world.body, "{\"Image\":{\"Bytes\":\"cGljdHVyZQ==\"},\"MaxLabels\":1000,\"MinConfidence\":0}");
  const ek_tag *t = r.sink.first;
  ck_assert(t->confidence == 91.25 / 100);
  ck_assert_str_eq(t->scheme.ptr, "rekognition");
  ck_assert_uint_eq(t->n_parents, 3);
  ck_assert_str_eq(t->parents[0].ptr, "Dessert");    /* nearest first                */
  ck_assert_str_eq(t->parents[1].ptr, "Sweets");
  ck_assert_str_eq(t->parents[2].ptr, "Food");
  ck_assert_int_eq(fake_world.n_spent, 1);
  ck_assert_str_eq(fake_world.spent[0].meter, "image");
  ck_assert_uint_eq(fake_world.spent[0].qty, 1);
  ck_assert_int_eq(fake_world.spent[0].nano, 1000000);
  ck_assert_int_eq(fake_world.spent[0].with_answer, 1);
  ck_assert_uint_eq(fake_world.reserved_qty[0], 1);
  ck_assert_uint_eq(fake_world.reserved_qty[1], 0);
  rig_stop(&r);
}
END_TEST

START_TEST(asks_exactly)
{
  answer(chocolate);
  labels("{request: exact, max_labels: 7, min_confidence: 62.5, include: ['Tea \"x\"', b], exclude: [c], "
         "include_categories: [d], exclude_categories: [e, f], image_properties: false, region: eu-west-1}");
  ck_assert_str_eq(fake_world.region, "eu-west-1");
  ck_assert_str_eq(fake_world.body,
                   "{\"Image\":{\"Bytes\":\"cGljdHVyZQ==\"},\"MaxLabels\":7,\"MinConfidence\":62.5,"
                   "\"Settings\":{\"GeneralLabels\":{\"LabelInclusionFilters\":[\"Tea \\\"x\\\"\",\"b\"],"
                   "\"LabelExclusionFilters\":[\"c\"],"
                   "\"LabelCategoryInclusionFilters\":[\"d\"],\"LabelCategoryExclusionFilters\":[\"e\",\"f\"]}}}");
  labels("{request: exact, exclude_categories: [e]}");
  ck_assert_str_eq(fake_world.body,
                   "{\"Image\":{\"Bytes\":\"cGljdHVyZQ==\"},\"MaxLabels\":5,\"MinConfidence\":60,"
                   "\"Settings\":{\"GeneralLabels\":{\"LabelCategoryExclusionFilters\":[\"e\"]}}}");
  ck_assert_int_eq(fake_world.performed, 2);
  labels("{request: exact, exclude_categories: [e], emit: both}");       /* chosen here in any case */
  ck_assert_int_eq(fake_world.performed, 2);
  labels("{request: exact, exclude_categories: [e], max_labels: 6}");
  ck_assert_int_eq(fake_world.performed, 3);
}
END_TEST

START_TEST(base64_of_every_length)
{
  for (size_t len = 0; len < 70; len++) {
    char bytes[80], want[120];
    for (size_t i = 0; i < len; i++)
      bytes[i] = (char)(1 + (i * 37 + len * 11) % 255);
    bytes[len] = 0;
    services = fake_services();
    fake_show("http://img.example/a.jpg", EK_MEDIA_PNG, 80, 80, bytes);
    answer("{\"Labels\":[]}");
    labels(NULL);
    EVP_EncodeBlock((unsigned char *)want, (unsigned char *)bytes, (int)len);
    char *end = strchr(fake_world.body + 19, '"');
    *end = 0;
    ck_assert_str_eq(fake_world.body + 19, want);
  }
}
END_TEST

START_TEST(by_reference)
{
  static const struct { const char *url, *why; } bad[] = {
    { "http://img.example/a.jpg", "is no s3://bucket/key" }, { "s3://ab/x", "has no bucket of 3 to 255 characters" },
    { "s3://bucket", "has no bucket" }, { "s3://bucket/", "has no key of 1 to 1024 bytes" }, { "s3:", "is no s3://" },
  };
  image = ek_cstr("s3://my-bucket/a b/\"q\".jpg");
  answer(chocolate);
  ck_assert_str_eq(labels("{source: s3}"), "Chocolate|Text");
  ck_assert_str_eq(fake_world.body,
    "{\"Image\":{\"S3Object\":{\"Bucket\":\"my-bucket\",\"Name\":\"a b/\\\"q\\\".jpg\"}},"
                                    "\"MaxLabels\":1000,\"MinConfidence\":0}");
  ck_assert_int_eq(fake_world.fetched, 0);
  ck_assert_str_eq(labels("{source: s3, max_labels: 1}"), "Food");
  ck_assert_int_eq(fake_world.performed, 1);
  for (size_t i = 0; i < N(bad); i++) {
    image = ek_cstr(bad[i].url);
    start("{source: s3}");
    ck_assert_int_eq(enrich(), EK_ITEM_ERROR);
    ck_assert_msg(strstr(r.call.error, bad[i].why) != NULL, "%s", r.call.error);
    rig_stop(&r);
  }
  image = ek_cstr("");
  start("{source: s3}");
  ck_assert_int_eq(enrich(), EK_SKIPPED);
  rig_stop(&r);
}
END_TEST

#define ARN "arn:aws:rekognition:eu-central-1:111122223333:project/shop/version/v1/1700000000000"

START_TEST(a_model_of_ones_own)
{
  answer("{\"CustomLabels\":[{\"Name\":\"Mug\",\"Confidence\":70.5,\"Geometry\":{}},"
         "{\"Name\":\"Mug\",\"Confidence\":99.5},"
         "{\"Name\":\"Cup\",\"Confidence\":99.5},{\"Name\":\"Pot\",\"Confidence\":20}]}");
  start("{project_version_arn: '" ARN "'}");
  ck_assert_int_eq(enrich(), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "Cup|Mug");
  ck_assert_str_eq(r.sink.first->scheme.ptr, "rekognition.custom");
  ck_assert_str_eq(fake_world.region, "eu-central-1");
  ck_assert_ptr_nonnull(strstr(fake_world.headers, "X-Amz-Target: RekognitionService.DetectCustomLabels\n"));
  ck_assert_str_eq(fake_world.body, "{\"Image\":{\"Bytes\":\"cGljdHVyZQ==\"},\"ProjectVersionArn\":\"" ARN
    "\",\"MinConfidence\":0}");
  ck_assert_int_eq(fake_world.n_spent, 0);           /* billed by the hour           */
  rig_stop(&r);
  ck_assert_str_eq(labels("{project_version_arn: '" ARN "', exclude: [Mug], min_confidence: 10}"), "Cup|Pot");
  ck_assert_int_eq(fake_world.performed, 1);
  labels("{project_version_arn: '" ARN "', request: exact, max_labels: 3}");
  ck_assert_str_eq(fake_world.body, "{\"Image\":{\"Bytes\":\"cGljdHVyZQ==\"},\"ProjectVersionArn\":\"" ARN
    "\",\"MaxResults\":3,"
                                    "\"MinConfidence\":60}");
}
END_TEST

/* bare: with a header alone. */
static const struct { const char *name; ek_status status; const char *why; enum ek_aws_class class; int bare; }
refusals[] = {
  { "ResourceNotReadyException", EK_FATAL, "start it with", EK_AWS_BUSY, 0 },
  { "ResourceNotFoundException", EK_FATAL, "there is no such model", EK_AWS_NOT_FOUND, 0 },
  { "ResourceNotReadyException", EK_FATAL, "start it with", EK_AWS_BUSY, 1 },
  { "ResourceNotFoundException", EK_FATAL, "there is no such model", EK_AWS_NOT_FOUND, 1 },
  { "ThrottlingException", EK_RETRY, "ThrottlingException", EK_AWS_THROTTLED, 0 },
  { "InvalidImageFormatException", EK_ITEM_ERROR, "InvalidImageFormatException", EK_AWS_BAD_ITEM, 0 },
};

START_TEST(what_a_model_refuses)
{
  char body[100], header[100];
  snprintf(body, sizeof body, "{\"__type\":\"%s\"}", refusals[_i].name);
  snprintf(header, sizeof header, "x-amzn-errortype: %s:http://internal/\n", refusals[_i].name);
  fake_answer_with(&(fake_answer){ .code = 400, .class = refusals[_i].class, .name = refusals[_i].name,
                                   .headers = refusals[_i].bare ? header : NULL,
                                   .body = refusals[_i].bare ? "" : body });
  start("{project_version_arn: '" ARN "'}");
  ck_assert_int_eq(enrich(), refusals[_i].status);
  ck_assert_msg(strstr(r.call.error, refusals[_i].why) != NULL, "%s", r.call.error);
  ck_assert_int_eq(fake_kept_count() + fake_world.n_spent, 0);
  rig_stop(&r);
}
END_TEST

/* ---- the choice -------------------------------------------------------------------------- */

static const struct { const char *options, *labels; } choices[] = {
  { "{max_labels: 1000, min_confidence: 0}", "Chocolate|Page|Box|Brown" },
  { "{max_labels: 1000, min_confidence: 0, emit: parents}", "Food|Dessert|Sweets|Text" },
  { "{max_labels: 1000, min_confidence: 0, emit: both}", "Food|Dessert|Sweets|Chocolate|Text|Page|Box|Brown" },
  { "{min_confidence: 60, max_labels: 1000, emit: both}", "Food|Dessert|Sweets|Chocolate|Text|Page" },
  { "{min_confidence: 59.99, max_labels: 1000}", "Chocolate|Page|Box" },
  { "{max_labels: 2, emit: both}", "Food|Dessert" },
  { "{max_labels: 2}", "Dessert" },                  /* of those that the service would have given */
  { "{max_labels: 1}", "Food" },
  { "{include: [Text, Box, text], min_confidence: 0}", "Text|Box" },
  { "{exclude: [Chocolate, Text]}", "Dessert|Page" },
  { "{include_categories: [Education, Materials], min_confidence: 0}", "Page|Box" },
  { "{include: [Food], include_categories: [Materials], min_confidence: 0}", "Food|Box" },
  { "{exclude_categories: [Food and Beverage], min_confidence: 0}", "Page|Box|Brown" },
  { "{include: [Food, Text], exclude: [Text]}", "Food" },
  { "{include_categories: [Food and Beverage], exclude: [Chocolate]}", "Dessert" },
  { "{include_categories: [Food and Beverage], exclude_categories: [Food and Beverage]}", "" },
  { "{min_confidence: 100}", "" },
  { "{include: [Alias]}", "" },
};

START_TEST(chooses_as_the_service_would)
{
  answer(chocolate);
  ck_assert_str_eq(labels(NULL), "Chocolate|Text");
  ck_assert_str_eq(labels(choices[_i].options), choices[_i].labels);
  ck_assert_int_eq(fake_world.performed, 1);         /* and asks nobody              */
  ck_assert_int_eq(fake_world.fetched, 1);
  ck_assert_int_eq(fake_world.n_spent, 1);
}
END_TEST

static const char colored[] =
  "{\"Labels\":[" LABEL("Food", 99, "", "Food and Beverage") "],\"ImageProperties\":{\"Quality\":{\"Brightness\":80},"
  "\"DominantColors\":[{\"SimplifiedColor\":\"white\",\"PixelPercent\":90}],\"Foreground\":{\"DominantColors\":["
  "{\"SimplifiedColor\":\"brown\",\"PixelPercent\":30.5},{\"SimplifiedColor\":\"black\",\"PixelPercent\":40},"
  "{\"SimplifiedColor\":\"brown\",\"PixelPercent\":20},{\"SimplifiedColor\":\"\",\"PixelPercent\":20},"
  "{\"SimplifiedColor\":\"red\",\"PixelPercent\":\"x\"}]}}}";

START_TEST(colors)
{
  answer(colored);
  start("{image_properties: true}");
  ck_assert_int_eq(enrich(), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "Food|brown|black");
  ck_assert_str_eq(r.sink.first->next->scheme.ptr, "rekognition.color");
  ck_assert(fabs(r.sink.first->next->confidence - 0.505) < 1e-9);
  ck_assert_ptr_nonnull(strstr(fake_world.body, ",\"Features\":[\"GENERAL_LABELS\",\"IMAGE_PROPERTIES\"]}"));
  ck_assert_int_eq(fake_world.n_spent, 2);
  ck_assert_str_eq(fake_world.spent[1].meter, "image_properties");
  ck_assert_int_eq(fake_world.spent[1].nano, 750000);
  rig_stop(&r);
  ck_assert_str_eq(labels("{image_properties: true, max_labels: 1}"), "Food|brown");
  ck_assert_str_eq(labels(NULL), "Food");            /* paid for already             */
  ck_assert_int_eq(fake_world.performed, 1);
  ck_assert_int_eq(fake_world.n_spent, 2);
}
END_TEST

START_TEST(colors_of_a_picture_without_a_foreground)
{
  answer("{\"Labels\":[],\"ImageProperties\":{\"DominantColors\":["
         "{\"SimplifiedColor\":\"white\",\"PixelPercent\":170}]}}");
  start("{image_properties: true}");
  ck_assert_int_eq(enrich(), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "white");
  ck_assert(r.sink.first->confidence == 1);
  rig_stop(&r);
}
END_TEST

/* ---- what is paid for --------------------------------------------------------------------- */

START_TEST(one_picture_under_two_addresses_is_one_call)
{
  answer(chocolate);
  fake_show("http://img.example/b.jpg", EK_MEDIA_JPEG, 640, 480, "picture");
  labels(NULL);
  image = ek_cstr("http://img.example/b.jpg");
  ck_assert_str_eq(labels(NULL), "Chocolate|Text");
  ck_assert_int_eq(fake_world.fetched, 2);
  ck_assert_int_eq(fake_world.performed, 1);
  ck_assert_str_eq(labels(NULL), "Chocolate|Text");  /* now it is known, and not fetched */
  ck_assert_int_eq(fake_world.fetched, 2);
  labels("{region: eu-west-1}");                     /* the same question, elsewhere */
  ck_assert_int_eq(fake_world.performed, 1);
}
END_TEST

START_TEST(a_picture_that_changed_is_asked_about)
{
  answer(chocolate);
  answer("{\"Labels\":[" LABEL("Cat", 98, "", "Animals and Pets") "]}");
  labels(NULL);
  fake_world.pictures[0].bytes = "another";
  for (int i = 0; i < FAKE_MOST; i++) {              /* the answer was pruned, the digest was not */
    free(fake_world.kept[i].value);
    fake_world.kept[i] = (fake_kept){ 0 };
  }
  ck_assert_str_eq(labels(NULL), "Cat");
  ck_assert_int_eq(fake_kept_count(), 1);
  fake_world.n_known = 0;
  ck_assert_str_eq(labels(NULL), "Cat");             /* under the digest of what was sent */
  ck_assert_int_eq(fake_world.performed, 2);
}
END_TEST

START_TEST(transient_failures_are_not_kept)
{
  fake_answer_with(&(fake_answer){ .code = 400, .class = EK_AWS_THROTTLED, .name = "ThrottlingException" });
  fake_answer_with(&(fake_answer){ .fault = EK_HTTP_FAULT_BROKEN, .message = "cut off" });
  answer("<html>not JSON");
  answer(chocolate);
  start(NULL);
  ck_assert_int_eq(enrich(), EK_RETRY);
  ck_assert_str_eq(r.call.reason, "throttled");
  ck_assert_int_eq(enrich(), EK_RETRY);
  ck_assert_str_eq(r.call.reason, "service_error");
  ck_assert_int_eq(fake_kept_count() + fake_world.n_spent, 0);
  ck_assert_int_eq(enrich(), EK_RETRY);
  ck_assert_str_eq(r.call.error, "the answer of Rekognition cannot be used: it is no JSON");
  ck_assert_str_eq(r.call.reason, "service_error");
  ck_assert_int_eq(fake_kept_count(), 0);
  ck_assert_int_eq(fake_world.n_spent, 1);           /* paid for all the same        */
  ck_assert_int_eq(enrich(), EK_OK);
  ck_assert_int_eq(fake_world.n_spent, 2);
  rig_stop(&r);
}
END_TEST

START_TEST(a_kept_answer_that_is_damaged_is_asked_for_anew)
{
  answer(chocolate);
  labels(NULL);
  for (int i = 0; i < FAKE_MOST; i++)
    if (fake_world.kept[i].value)
      fake_world.kept[i].len = 10;
  ck_assert_str_eq(labels(NULL), "Chocolate|Text");
  ck_assert_int_eq(fake_world.performed, 2);
  ck_assert_str_eq(labels(NULL), "Chocolate|Text");
  ck_assert_int_eq(fake_world.performed, 2);
}
END_TEST

START_TEST(the_budget_stops_before_anything_is_asked)
{
  fake_world.reserve_status = EK_CANCELLED;
  start(NULL);
  ck_assert_int_eq(enrich(), EK_CANCELLED);
  ck_assert_int_eq(fake_world.performed, 0);
  rig_stop(&r);
}
END_TEST

START_TEST(a_plan_asks_nobody)
{
  answer(chocolate);
  labels(NULL);
  services->planning = 1;
  ck_assert_str_eq(labels("{max_labels: 1}"), "Food");           /* known and kept: free         */
  ck_assert_uint_eq(fake_world.reserved_qty[0], 1);
  image = ek_cstr("http://img.example/c.jpg");
  start("{image_properties: true}");
  ck_assert_int_eq(enrich(), EK_CANCELLED);
  ck_assert_uint_eq(fake_world.reserved_qty[0], 2);
  ck_assert_uint_eq(fake_world.reserved_qty[1], 1);
  ck_assert_int_eq(fake_world.fetched + fake_world.performed, 2);
  rig_stop(&r);
}
END_TEST

START_TEST(parks_for_the_picture)
{
  ek_held *held = NULL;
  answer(chocolate);
  start(NULL);
  r.call.parks = 1;
  r.call.held = &held;
  ck_assert_int_eq(enrich(), EK_RETRY);
  ck_assert_int_eq(r.call.parked, EK_PARKED_PICTURE);
  ck_assert_int_eq(fake_world.performed, 0);
  held->picture = ek_asset_fetch(services->assets, held->address, NULL, NULL, NULL);
  fake_world.busy = 1;
  ck_assert_int_eq(enrich(), EK_RETRY);              /* another item asks about the same picture */
  ck_assert_int_eq(r.call.parked, EK_PARKED_CLAIM);
  ck_assert_int_eq(enrich(), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "Chocolate|Text");
  ck_assert_int_eq(fake_world.fetched, 1);
  ek_held_free(held);
  rig_stop(&r);
}
END_TEST

START_TEST(no_picture_is_skipped)
{
  image = ek_cstr("");
  start(NULL);
  ck_assert_int_eq(enrich(), EK_SKIPPED);
  ck_assert_int_eq(fake_world.reserved, 0);
  rig_stop(&r);
}
END_TEST

/* ---- what is refused for nothing ------------------------------------------------------------ */

static const struct { enum ek_media media; uint32_t width, height; const char *options, *why; } pictures[] = {
  { EK_MEDIA_WEBP, 640, 480, "{}", "the picture is image/webp; Rekognition takes image/jpeg and image/png" },
  { EK_MEDIA_UNKNOWN, 640, 480, "{}", "the picture is of unknown type; Rekognition" },
  { EK_MEDIA_JPEG, 79, 480, "{}", "the picture is 79 x 480 pixels; Rekognition takes 80 to 10000 on each side" },
  { EK_MEDIA_PNG, 480, 10001, "{}", "480 x 10001" },
  { EK_MEDIA_JPEG, 480, 4097, "{project_version_arn: '" ARN "'}", "takes 64 to 4096" },
};

START_TEST(pictures_that_will_never_do)
{
  fake_world.pictures[0].media = pictures[_i].media;
  fake_world.pictures[0].width = pictures[_i].width;
  fake_world.pictures[0].height = pictures[_i].height;
  start(pictures[_i].options);
  ck_assert_int_eq(enrich(), EK_ITEM_ERROR);
  ck_assert_msg(strstr(r.call.error, pictures[_i].why) != NULL, "%s", r.call.error);
  ck_assert_str_eq(r.call.reason, "asset_refused");
  ck_assert_int_eq(fake_world.performed + fake_world.n_spent + fake_kept_count(), 0);
  rig_stop(&r);
}
END_TEST

START_TEST(pictures_that_just_do)
{
  static const struct { uint32_t side; const char *options; } edges[] = {
    { 80, "{}" }, { 10000, "{}" }, { 0, "{}" } /* not told */,
    { 64, "{project_version_arn: '" ARN "'}" }, { 4096, "{project_version_arn: '" ARN "'}" },
  };
  for (size_t i = 0; i < N(edges); i++) {
    services = fake_services();
    fake_show("http://img.example/a.jpg", EK_MEDIA_PNG, edges[i].side, edges[i].side, "x");
    answer("{\"Labels\":[],\"CustomLabels\":[]}");
    ck_assert_str_eq(labels(edges[i].options), "");
    ck_assert_int_eq(fake_world.performed, 1);
  }
}
END_TEST

START_TEST(bytes_that_are_too_many)
{
  char *big = malloc(5242882);
  memset(big, 'x', 5242881);
  big[5242881] = 0;
  fake_world.pictures[0].bytes = big;
  answer(chocolate);
  start(NULL);
  ck_assert_int_eq(enrich(), EK_ITEM_ERROR);
  ck_assert_str_eq(r.call.error, "the picture has 5242881 bytes; 5242880 are the most here");
  ck_assert_int_eq(fake_world.performed, 0);
  big[5242880] = 0;
  ck_assert_int_eq(enrich(), EK_OK);
  ck_assert_uint_eq(fake_world.body_len, 19 + 6990508 + 38);
  rig_stop(&r);
  free(big);
}
END_TEST

static const struct { const char *body, *why; ek_status status; } rubbish[] = {
  { "", "it is no JSON", EK_RETRY }, { "null", "it is no JSON", EK_RETRY },
  { "[]", "it has no list of labels", EK_RETRY },
  { "{}", "it has no list of labels", EK_RETRY },
  { "{\"Labels\":null}", "it has no list of labels", EK_RETRY },
  { "{\"Labels\":{}}", "it has no list of labels", EK_RETRY },
  { "{\"Labels\":[1]}", "it has a label without a name", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Name\":7}]}", "a label without a name", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Name\":\"\",\"Confidence\":1}]}", "a label without a name", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Name\":\"x\"}]}", "whose confidence is no per cent", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Name\":\"x\",\"Confidence\":\"99\"}]}", "whose confidence is no per cent", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Name\":\"x\",\"Confidence\":-1}]}", "whose confidence is no per cent", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Name\":\"x\",\"Confidence\":100.1}]}", "whose confidence is no per cent", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Name\":\"x\",\"Confidence\":NaN}]}", "it is no JSON", EK_RETRY },
  { "{\"Labels\":[{\"Name\":\"x\",\"Confidence\":1e999}]}", "it is no JSON", EK_RETRY },
  { "{\"Labels\":[{\"Name\":\"a\\u0000b\",\"Confidence\":99}]}", "it is no JSON", EK_RETRY },
  { "{\"Labels\":[{\"Name\":\"\xff\",\"Confidence\":99}]}", "it is no JSON", EK_RETRY },
  { "{\"Labels\":[{\"Name\":\"x\",\"Confidence\":99,\"Parents\":7}]}", "its 'Parents' is no list", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Name\":\"x\",\"Confidence\":99,\"Parents\":[7]}]}", "a parent without a name", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Confidence\":99,\"Parents\":[]}]}", "a label without a name", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Name\":null,\"Confidence\":99}]}", "a label without a name", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Name\":\"x\",\"Confidence\":Infinity}]}", "it is no JSON", EK_RETRY },
  { "{\"Labels\":[{\"Name\":\"x\",\"Confidence\":\"NaN\"}]}", "whose confidence is no per cent", EK_ITEM_ERROR },
  { "{\"Labels\":[{\"Name\":\"\\ud800\",\"Confidence\":99}]}", "it is no JSON", EK_RETRY },
  { "{\"Labels\":[{\"Name\":\"\xc0\xaf\",\"Confidence\":99}]}", "it is no JSON", EK_RETRY },
  /* Also where the label would not have been chosen: another choice reads the same answer. */
  { "{\"Labels\":[{\"Name\":\"x\",\"Confidence\":1,\"Parents\":[{}]}]}", "a parent without a name", EK_ITEM_ERROR },
  { "{\"Labels\":[]}x", "it is no JSON", EK_RETRY },
};

START_TEST(answers_that_are_none)
{
  answer(rubbish[_i].body);
  start(NULL);
  ck_assert_int_eq(enrich(), rubbish[_i].status);
  ck_assert_msg(strstr(r.call.error, rubbish[_i].why) != NULL, "%s", r.call.error);
  ck_assert_str_eq(r.call.reason, "service_error");
  ck_assert_int_eq(fake_kept_count(), 0);
  ck_assert_int_eq(fake_world.n_spent, 1);           /* paid for all the same        */
  ck_assert_uint_eq(r.sink.n, 0);
  rig_stop(&r);
}
END_TEST

START_TEST(answers_that_are_huge)
{
  ek_text many = { 0 }, deep = { 0 }, parents = { 0 };
  ek_text_cstr(&many, "{\"Labels\":[");
  for (int i = 0; i < 10001; i++)
    ek_text_printf(&many, "%s{\"Name\":\"%d\",\"Confidence\":99}", i ? "," : "", i);
  ek_text_cstr(&many, "]}");
  for (int i = 0; i < 100000; i++)
    ek_text_char(&deep, '[');
  ek_text_cstr(&parents, "{\"Labels\":[{\"Name\":\"x\",\"Confidence\":99,\"Parents\":[");
  for (int i = 0; i < 10000; i++)
    ek_text_printf(&parents, "%s{\"Name\":\"%d\"}", i ? "," : "", i);
  ek_text_cstr(&parents, "]}]}");
  answer(ek_text_c(&many));
  answer(ek_text_c(&parents));
  answer(ek_text_c(&deep));
  start(NULL);
  ck_assert_int_eq(enrich(), EK_ITEM_ERROR);
  ck_assert_msg(strstr(r.call.error, "it has too many labels") != NULL, "%s", r.call.error);
  ck_assert_int_eq(enrich(), EK_ITEM_ERROR);
  ck_assert_msg(strstr(r.call.error, "a label with too many parents") != NULL, "%s", r.call.error);
  ck_assert_int_eq(enrich(), EK_RETRY);
  ck_assert_msg(strstr(r.call.error, "it is no JSON") != NULL, "%s", r.call.error);
  rig_stop(&r);
  ek_text_free(&many);
  ek_text_free(&deep);
  ek_text_free(&parents);
}
END_TEST

/* A little above 100 is what the service does; twice the same name and a circle of parents is not. */
START_TEST(answers_that_are_odd)
{
  answer("{\"Labels\":[" LABEL("A", 100.00001, P("B"), "x") "," LABEL("B", 90, P("A"), "x") "," 
         LABEL("A", 95, "", "x") ","
         LABEL("C", 80, P("C"), "x") "]}");
  start(NULL);
  ck_assert_int_eq(enrich(), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "C");
  rig_stop(&r);
  start("{emit: both}");
  ck_assert_int_eq(enrich(), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "A|B|C");
  ck_assert(r.sink.first->confidence == 1);
  rig_stop(&r);
}
END_TEST

/* Names that mean something to a file of categories travel as they are: the writer of the file knows what to do. */
START_TEST(names_that_are_odd)
{
  answer("{\"Labels\":[" LABEL("A|B", 99, P("C|D"), "x") "," LABEL("C|D", 98, "", "x") ","
         LABEL("two\\nlines\\u0007\\u2028", 97, P("x") "," P("x"), "x") "," LABEL(" ", 96, "", "x") "]}");
  start("{emit: both}");
  ck_assert_int_eq(enrich(), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "A|B|C|D|two\nlines\a\xe2\x80\xa8| ");
  ck_assert_uint_eq(r.sink.n, 4);
  ck_assert_uint_eq(r.sink.first->n_parents, 1);
  rig_stop(&r);
}
END_TEST

static const struct { const char *properties, *labels, *why; } properties[] = {
  { "", NULL, "it has no image properties" },
  { ",\"ImageProperties\":null", NULL, "it has no image properties" },
  { ",\"ImageProperties\":[]", NULL, "it has no image properties" },
  { ",\"ImageProperties\":{}", "Food", NULL },
  { ",\"ImageProperties\":{\"DominantColors\":7,\"Foreground\":[]}", "Food", NULL },
  { ",\"ImageProperties\":{\"DominantColors\":[7,null,{},{\"SimplifiedColor\":\"red\"},"
    "{\"SimplifiedColor\":\"red\",\"PixelPercent\":-1},{\"SimplifiedColor\":7,\"PixelPercent\":5},"
    "{\"SimplifiedColor\":\"blue\",\"PixelPercent\":1e308},{\"SimplifiedColor\":\"Food\",\"PixelPercent\":0}]}",
    "Food|blue|Food", NULL },
};

START_TEST(image_properties_that_are_odd)
{
  char body[1000];
  snprintf(body, sizeof body, "{\"Labels\":[%s]%s}", LABEL("Food", 99, "", "x"), properties[_i].properties);
  answer(body);
  start("{image_properties: true}");
  ck_assert_int_eq(enrich(), properties[_i].labels ? EK_OK : EK_ITEM_ERROR);
  if (properties[_i].why)
    ck_assert_msg(strstr(r.call.error, properties[_i].why) != NULL, "%s", r.call.error);
  ck_assert_str_eq(rig_labels(&r), properties[_i].labels ? properties[_i].labels : "");
  for (const ek_tag *t = r.sink.first; t; t = t->next)
    ck_assert(t->confidence >= 0 && t->confidence <= 1);
  rig_stop(&r);
}
END_TEST

/* ---- options ------------------------------------------------------------------------------- */

static const struct { const char *options, *why; } bad_options[] = {
  { "{min_confidence: 600}", "option 'min_confidence' of rekognition is 600; it goes from 0 to 100 (per cent)" },
  { "{max_labels: 0}", "option 'max_labels' of rekognition is 0" },
  { "{emit: leafs}", "option 'emit' of rekognition is 'leafs'" },
  { "{include: [123456789012345678901234567890123456789012345678901]}", "at most 100 names of 1 to 50 characters" },
  { "{exclude: ['']}", "at most 100 names of 1 to 50 characters" },
  { "{region: 'eu-west-1.evil.example/'}", "region is no region's name" },
  { "{region: EU}", "region is no region's name" },
  { "{region: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}", "region is longer" },
  { "{project_version_arn: shop}", "project_version_arn is no name of a model's version" },
  { "{project_version_arn: 'arn:aws:s3:us-east-1:1:x'}", "project_version_arn is no name of a model's version" },
  { "{project_version_arn: 'arn:aws:rekognition::1:x'}", "project_version_arn is no name of a model's version" },
  { "{project_version_arn: '" ARN "', region: us-east-1}", "name different regions" },
  { "{project_version_arn: '" ARN "', image_properties: true}", "tells no image properties" },
  { "{project_version_arn: '" ARN "', include_categories: [Food]}", "have no categories" },
};

START_TEST(options_that_are_refused)
{
  rig_start_step(&r, plugin(), bad_options[_i].options, services, &settings);
  ck_assert_ptr_null(r.instance);
  ck_assert_msg(strstr(r.findings.list[0].message, bad_options[_i].why) != NULL, "%s", r.findings.list[0].message);
  rig_stop(&r);
}
END_TEST

START_TEST(options_and_table)
{
  const ek_enricher *en = plugin()->enricher;
  ck_assert_uint_eq(en->flags, EK_ENR_NETWORK | EK_ENR_COSTS_MONEY);
  ck_assert_str_eq(en->meter_prices[1], "0.00075 USD");
  rig_start_step(&r, plugin(), "{field: picture, project_version_arn: '" ARN "', region: eu-central-1}", NULL,
    &settings);
  ck_assert_ptr_nonnull(r.instance);                 /* enrichkit check: nobody is asked */
  ck_assert_int_eq(r.instance->network, 1);
  ck_assert_int_eq(r.instance->paid, 1);
  rig_stop(&r);
  settings.budget.kind = EK_BUDGET_UNSET;
  rig_start_step(&r, plugin(), NULL, NULL, &settings);
  ck_assert_str_eq(r.findings.list[0].message, "step 'third' costs money (0.001 USD a call) and has no budget");
  rig_stop(&r);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("rekognition");
  TCase *t = tcase_create("rekognition");
  tcase_set_timeout(t, 60);
  tcase_add_checked_fixture(t, open_registry, close_registry);
  tcase_add_test(t, asks_for_all_that_one_price_buys);
  tcase_add_test(t, asks_exactly);
  tcase_add_test(t, base64_of_every_length);
  tcase_add_test(t, by_reference);
  tcase_add_test(t, a_model_of_ones_own);
  tcase_add_loop_test(t, what_a_model_refuses, 0, N(refusals));
  tcase_add_loop_test(t, chooses_as_the_service_would, 0, N(choices));
  tcase_add_test(t, colors);
  tcase_add_test(t, colors_of_a_picture_without_a_foreground);
  tcase_add_test(t, one_picture_under_two_addresses_is_one_call);
  tcase_add_test(t, a_picture_that_changed_is_asked_about);
  tcase_add_test(t, transient_failures_are_not_kept);
  tcase_add_test(t, a_kept_answer_that_is_damaged_is_asked_for_anew);
  tcase_add_test(t, the_budget_stops_before_anything_is_asked);
  tcase_add_test(t, a_plan_asks_nobody);
  tcase_add_test(t, parks_for_the_picture);
  tcase_add_test(t, no_picture_is_skipped);
  tcase_add_loop_test(t, pictures_that_will_never_do, 0, N(pictures));
  tcase_add_test(t, pictures_that_just_do);
  tcase_add_test(t, bytes_that_are_too_many);
  tcase_add_loop_test(t, answers_that_are_none, 0, N(rubbish));
  tcase_add_test(t, answers_that_are_huge);
  tcase_add_test(t, answers_that_are_odd);
  tcase_add_test(t, names_that_are_odd);
  tcase_add_loop_test(t, image_properties_that_are_odd, 0, N(properties));
  tcase_add_loop_test(t, options_that_are_refused, 0, N(bad_options));
  tcase_add_test(t, options_and_table);
  suite_add_tcase(s, t);
  SRunner *runner = srunner_create(s);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? 1 : 0;
}
