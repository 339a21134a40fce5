/* SPDX-License-Identifier: BSD-3-Clause */
/* The signer against the worked examples of the service's documentation, and against rules that
 * no public suite covers. */
#include "aws-test.h"
#include "aws/hash.h"
#include "aws/sigv4.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const ek_aws_keys iam_keys = { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL };
static const ek_aws_keys s3_keys = { "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL };

static const char *const form[] = { "Content-Type: application/x-www-form-urlencoded; charset=utf-8", NULL };
static const char *const range[] = { "Range: bytes=0-9", NULL };
static const char *const stored[] = { "Date: Fri, 24 May 2013 00:00:00 GMT",
  "x-amz-storage-class: REDUCED_REDUNDANCY", NULL };

#define S3 .host = "examplebucket.s3.amazonaws.com", .region = "us-east-1", .service = "s3", .time = 1369353600, \
  .flags = EK_SIGV4_S3
/* "Signature Calculations for the Authorization Header", "Create a signed AWS API request". */
static const struct {
  const char *name; const ek_aws_keys *keys; ek_sigv4_request r; const char *signature;
} documented[] = {
  { "ListUsers", &iam_keys, { .method = "GET", .host = "iam.amazonaws.com", .path = "/", .headers = form,
    .query = "Action=ListUsers&Version=2010-05-08", .region = "us-east-1", .service = "iam", .time = 1440938160 },
    "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7" },
  { "GET object", &s3_keys, { .method = "GET", .path = "/test.txt", .headers = range, S3 },
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
  { "PUT object", &s3_keys, { .method = "PUT", .path = "/test%24file.text", .headers = stored,
    .body = { "Welcome to Amazon S3.", 21 }, S3 },
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
  { "GET lifecycle", &s3_keys, { .method = "GET", .path = "/", .query = "lifecycle", S3 },
    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
  { "list objects", &s3_keys, { .method = "GET", .path = "/", .query = "prefix=J&max-keys=2", S3 },
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
};

START_TEST(documented_examples)
{
  ek_text out = { 0 };
  char end[100];
  ek_sigv4_headers(&documented[_i].r, documented[_i].keys, &out, NULL);
  snprintf(end, sizeof end, "Signature=%s\n", documented[_i].signature);
  ck_assert_msg(strstr(ek_text_c(&out), end) != NULL, "%s: %s", documented[_i].name, ek_text_c(&out));
  ek_text_free(&out);
}
END_TEST

START_TEST(documented_presigned_url)
{
  ek_text out = { 0 };
  ek_sigv4_request r = { .method = "GET", .path = "/test.txt", S3 };
  ek_sigv4_query(&r, &s3_keys, 86400, &out, NULL);
  ck_assert_str_eq(ek_text_c(&out),
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  ek_text_free(&out);
}
END_TEST

/* A canonical request's line (0: method). */
static void
line_is(const ek_sigv4_request *r, int line, const char *expected)
{
  ek_text out = { 0 };
  ek_sigv4_steps steps = { { 0 }, { 0 } };
  ek_sigv4_headers(r, &iam_keys, &out, &steps);
  const char *p = ek_text_c(&steps.canonical);
  for (; line; line--)
    p = strchr(p, '\n') + 1;
  size_t n = strcspn(p, "\n");
  ck_assert_msg(n == strlen(expected) && !memcmp(p, expected, n), "%.*s, not %s", (int)n, p, expected);
  ek_text_free(&out);
  ek_text_free(&steps.canonical);
  ek_text_free(&steps.to_sign);
}

#define PLAIN .method = "GET", .host = "h", .region = "r", .service = "s", .time = 0
static const struct { const char *path; unsigned flags; const char *canonical; } paths[] = {
  { "/", 0, "/" }, { NULL, 0, "/" }, { "", 0, "/" }, { "//", 0, "/" }, { "/a//b/", 0, "/a/b/" },
  { "/a/./b/../c", 0, "/a/c" }, { "/../../a", 0, "/a" }, { "/a/..", 0, "/" }, { "/a/.", 0, "/a" }, { "/a/../", 0, "/" },
  { "/a%20b", 0, "/a%2520b" }, { "/a%2Fb", 0, "/a%252Fb" }, { "/~a_b-c.d", 0, "/~a_b-c.d" }, { "/a:b", 0, "/a%3Ab" },
  { "/a//b/../%20", EK_SIGV4_S3, "/a//b/../%20" }, { "/a//b/../ ", EK_SIGV4_RAW_PATH, "/a//b/../%20" },
};

START_TEST(path_is_canonical)
{
  ek_sigv4_request r = { PLAIN, .path = paths[_i].path, .flags = paths[_i].flags };
  line_is(&r, 1, paths[_i].canonical);
}
END_TEST

static const struct { const char *query, *canonical; } queries[] = {
  { NULL, "" }, { "", "" }, { "a", "a=" }, { "a=", "a=" }, { "&&a=1&&", "a=1" }, { "b=2&a=1", "a=1&b=2" },
  { "a=2&a=1&a", "a=&a=1&a=2" },
  /* by key, then by value: not the whole text ('-' is less than '=') */
  { "a-b=1&a=2", "a=2&a-b=1" }, { "a=b&a=b%20c&a=B", "a=B&a=b&a=b%20c" },
  { "k=a=b", "k=a%3Db" }, { "k=%e1%88%b4", "k=%E1%88%B4" }, { "k=\xe1\x88\xb4", "k=%E1%88%B4" },
  { "k=%7E%2D", "k=~-" }, { "k=a+b", "k=a%2Bb" }, { "k=%", "k=%25" }, { "k=%4", "k=%254" }, { "k=%zz", "k=%25zz" },
  { "k=%C3%A9&J=%C3%A8", "J=%C3%A8&k=%C3%A9" },
};

START_TEST(query_is_canonical)
{
  ek_sigv4_request r = { PLAIN, .path = "/", .query = queries[_i].query };
  line_is(&r, 2, queries[_i].canonical);
}
END_TEST

START_TEST(headers_that_are_signed)
{
  static const char *const headers[] = { "User-Agent: x", "B:  two   words ", "a: 1", "b:3", "Connection: close",
    "Expect:",
    "X-Amzn-Trace-Id: t", "Proxy-Authorization: p", "TE: trailers", "Empty:", "Authorization: old", "Host: other",
    "X-Amz-Date: other", "Content-Type : x/y", NULL };
  ek_sigv4_request r = { PLAIN, .path = "/", .headers = headers };
  line_is(&r, 3, "a:1");
  line_is(&r, 4, "b:two words,3");
  line_is(&r, 5, "content-type:x/y");
  line_is(&r, 6, "empty:");
  line_is(&r, 7, "host:h");
  line_is(&r, 8, "x-amz-date:19700101T000000Z");
  line_is(&r, 10, "a;b;content-type;empty;host;x-amz-date");
  line_is(&r, 11, EMPTY);
}
END_TEST

START_TEST(payloads)
{
  ek_sigv4_request r = { PLAIN, .path = "/", .body = { "abc", 3 } };
  line_is(&r, 7, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  r.body_sha256 = EMPTY;           /* told: not computed                          */
  line_is(&r, 7, EMPTY);
  r.flags = EK_SIGV4_UNSIGNED_PAYLOAD;
  line_is(&r, 4, "x-amz-content-sha256:UNSIGNED-PAYLOAD");
  line_is(&r, 8, "UNSIGNED-PAYLOAD");
}
END_TEST

START_TEST(encoding)
{
  ek_text t = { 0 };
  ek_str s = { "a/b c\0\xff~", 8 };
  ek_aws_encode(&t, s, 0);
  ck_assert_str_eq(ek_text_c(&t), "a%2Fb%20c%00%FF~");
  ek_text_clear(&t);
  ek_aws_encode(&t, s, 1);
  ck_assert_str_eq(ek_text_c(&t), "a/b%20c%00%FF~");
  ek_text_free(&t);
}
END_TEST

/* RFC 4231, cases 1, 2, 6 (a key longer than a block). */
START_TEST(hmac_vectors)
{
  unsigned char key[131], out[EK_SHA256_SIZE];
  char text[65];
  memset(key, 0x0b, 20);
  ek_hmac_sha256(key, 20, ek_aws_str("Hi There"), out);
  ek_hex(out, sizeof out, text);
  ck_assert_str_eq(text, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  ek_hmac_sha256((const unsigned char *)"Jefe", 4, ek_aws_str("what do ya want for nothing?"), out);
  ek_hex(out, sizeof out, text);
  ck_assert_str_eq(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  memset(key, 0xaa, sizeof key);
  ek_hmac_sha256(key, sizeof key, ek_aws_str("Test Using Larger Than Block-Size Key - Hash Key First"), out);
  ek_hex(out, sizeof out, text);
  ck_assert_str_eq(text, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

int
main(void)
{
  Suite *s = suite_create("sigv4");
  TCase *c = tcase_create("rules");
  tcase_add_loop_test(c, documented_examples, 0, COUNT(documented));
  tcase_add_test(c, documented_presigned_url);
  tcase_add_loop_test(c, path_is_canonical, 0, COUNT(paths));
  tcase_add_loop_test(c, query_is_canonical, 0, COUNT(queries));
  tcase_add_test(c, headers_that_are_signed);
  tcase_add_test(c, payloads);
  tcase_add_test(c, encoding);
  tcase_add_test(c, hmac_vectors);
  suite_add_tcase(s, c);
  return run_suite(s);
}
