/* SPDX-License-Identifier: BSD-3-Clause */
/* What answers mean: by service, name and code; and what of them reaches a message. */
#include "aws-test.h"
#include "aws/errors.h"
#include "aws/hash.h"
#include "aws/xml.h"
#include "base/date.h"

static void
answer(ek_http_answer *a, int code, const char *headers, const char *body)
{
  *a = (ek_http_answer){ .code = code };
  ek_text_cstr(&a->headers, headers);
  ek_text_cstr(&a->body, body);
}

static ek_aws_error
classify(const char *service, int code, const char *headers, const char *body)
{
  ek_http_answer a;
  ek_aws_error err;
  answer(&a, code, headers, body);
  ek_aws_classify(service, &a, &err);
  ek_http_answer_free(&a);
  return err;
}

#define JSON(name) "{\"__type\":\"" name "\",\"message\":\"m\"}"
#define XML(name) "<?xml version=\"1.0\"?>\n<Error><Code>" name "</Code><Message>m</Message></Error>"
#define STS(name) "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>" name "</Code>" \
  "<Message>m</Message></Error></ErrorResponse>"

static const struct {
  const char *service; int code; const char *body; enum ek_aws_class class; const char *name;
} table[] = {
  { "rekognition", 200, "{}", EK_AWS_OK, "" },
  { "rekognition", 200, JSON("ThrottlingException"), EK_AWS_OK, "" },
  /* one name, two meanings */
  { "rekognition", 400, JSON("LimitExceededException"), EK_AWS_THROTTLED, "LimitExceededException" },
  { "personalize", 400, JSON("LimitExceededException"), EK_AWS_QUOTA, "LimitExceededException" },
  { "personalize-events", 400, JSON("LimitExceededException"), EK_AWS_QUOTA, "LimitExceededException" },
  { "personalize-runtime", 400, JSON("LimitExceededException"), EK_AWS_QUOTA, "LimitExceededException" },
  { NULL, 400, JSON("LimitExceededException"), EK_AWS_THROTTLED, "LimitExceededException" },
  { "rekognition", 400, JSON("ProvisionedThroughputExceededException"), EK_AWS_THROTTLED,
    "ProvisionedThroughputExceededException" },
  { "rekognition", 500, JSON("ThrottlingException"), EK_AWS_THROTTLED, "ThrottlingException" },
  { "rekognition", 500, JSON("InternalServerError"), EK_AWS_TRANSIENT, "InternalServerError" },
  { "rekognition", 400, JSON("ImageTooLargeException"), EK_AWS_BAD_ITEM, "ImageTooLargeException" },
  { "rekognition", 400, JSON("InvalidImageFormatException"), EK_AWS_BAD_ITEM, "InvalidImageFormatException" },
  { "rekognition", 400, JSON("InvalidS3ObjectException"), EK_AWS_BAD_ITEM, "InvalidS3ObjectException" },
  { "rekognition", 400, JSON("InvalidParameterException"), EK_AWS_BAD_REQUEST, "InvalidParameterException" },
  { "rekognition", 400, "{\"__type\":\"ValidationException\",\"message\":\"Value at 'image.bytes' failed to satisfy "
    "constraint\"}",
    EK_AWS_BAD_ITEM, "ValidationException" },
  { "rekognition", 400, "{\"__type\":\"ValidationException\",\"message\":\"Value at 'maxLabels' failed to satisfy "
    "constraint\"}",
    EK_AWS_BAD_REQUEST, "ValidationException" },
  { "rekognition", 413, "", EK_AWS_BAD_ITEM, "" },
  { "personalize", 413, "", EK_AWS_BAD_REQUEST, "" },
  { "rekognition", 400, JSON("ResourceNotReadyException"), EK_AWS_BUSY, "ResourceNotReadyException" },
  { "rekognition", 400, JSON("AccessDeniedException"), EK_AWS_DENIED, "AccessDeniedException" },
  { "rekognition", 400, JSON("ResourceNotFoundException"), EK_AWS_NOT_FOUND, "ResourceNotFoundException" },
  { "personalize", 400, JSON("ResourceInUseException"), EK_AWS_BUSY, "ResourceInUseException" },
  { "personalize", 400, JSON("ResourceAlreadyExistsException"), EK_AWS_EXISTS, "ResourceAlreadyExistsException" },
  { "personalize", 400, JSON("InvalidInputException"), EK_AWS_BAD_REQUEST, "InvalidInputException" },
  { "personalize", 400, "{\"code\":\"TooManyTagsException\"}", EK_AWS_BAD_REQUEST, "TooManyTagsException" },
  { "personalize", 400, "{\"Code\":\"Throttling\",\"Message\":\"m\"}", EK_AWS_THROTTLED, "Throttling" },
  { "personalize", 400, JSON("com.amazonaws.personalize#ResourceInUseException:http://internal/x"), EK_AWS_BUSY,
    "ResourceInUseException" },
  { "personalize", 400, JSON("SomethingNew"), EK_AWS_BAD_REQUEST, "SomethingNew" },
  { "personalize", 503, JSON("SomethingNew"), EK_AWS_TRANSIENT, "SomethingNew" },
  { "rekognition", 400, JSON("ExpiredTokenException"), EK_AWS_EXPIRED, "ExpiredTokenException" },
  { "rekognition", 400, JSON("UnrecognizedClientException"), EK_AWS_DENIED, "UnrecognizedClientException" },
  { "rekognition", 400, JSON("InvalidSignatureException"), EK_AWS_DENIED, "InvalidSignatureException" },
  { "rekognition", 400, "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired: "
    "20150830T123600Z is now earlier than x\"}",
    EK_AWS_SKEWED, "InvalidSignatureException" },
  { "rekognition", 400, "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature not yet current: 2\"}",
    EK_AWS_SKEWED, "InvalidSignatureException" },
  { "s3", 403, XML("RequestTimeTooSkewed"), EK_AWS_SKEWED, "RequestTimeTooSkewed" },
  { "s3", 503, XML("SlowDown"), EK_AWS_THROTTLED, "SlowDown" },
  { "s3", 500, XML("InternalError"), EK_AWS_TRANSIENT, "InternalError" },
  { "s3", 404, XML("NoSuchBucket"), EK_AWS_NOT_FOUND, "NoSuchBucket" },
  { "s3", 404, "", EK_AWS_NOT_FOUND, "" },
  { "s3", 301, XML("PermanentRedirect"), EK_AWS_REDIRECT, "PermanentRedirect" },
  { "s3", 301, "", EK_AWS_REDIRECT, "" },
  { "s3", 400, XML("AuthorizationHeaderMalformed"), EK_AWS_REDIRECT, "AuthorizationHeaderMalformed" },
  { "s3", 409, XML("OperationAborted"), EK_AWS_BUSY, "OperationAborted" },
  { "s3", 409, XML("BucketAlreadyOwnedByYou"), EK_AWS_EXISTS, "BucketAlreadyOwnedByYou" },
  { "s3", 400, XML("ExpiredToken"), EK_AWS_EXPIRED, "ExpiredToken" },
  { "s3", 403, XML("InvalidAccessKeyId"), EK_AWS_DENIED, "InvalidAccessKeyId" },
  { "s3", 400, XML("EntityTooLarge"), EK_AWS_BAD_REQUEST, "EntityTooLarge" },
  { "sts", 400, STS("ExpiredTokenException"), EK_AWS_EXPIRED, "ExpiredTokenException" },
  { "sts", 400, STS("IDPCommunicationError"), EK_AWS_TRANSIENT, "IDPCommunicationError" },
  { "sts", 403, STS("IDPRejectedClaim"), EK_AWS_DENIED, "IDPRejectedClaim" },
  { "sts", 403, STS("AccessDenied"), EK_AWS_DENIED, "AccessDenied" },
  { NULL, 200, "", EK_AWS_OK, "" }, { NULL, 204, "", EK_AWS_OK, "" }, { NULL, 302, "", EK_AWS_REDIRECT, "" },
  { NULL, 400, "", EK_AWS_BAD_REQUEST, "" }, { NULL, 401, "", EK_AWS_DENIED, "" }, { NULL, 403, "", EK_AWS_DENIED, "" },
  { NULL, 408, "", EK_AWS_TRANSIENT, "" }, { NULL, 429, "", EK_AWS_THROTTLED, "" }, { NULL, 500, "",
    EK_AWS_TRANSIENT, "" },
  { NULL, 502, "<html>Bad Gateway</html>", EK_AWS_TRANSIENT, "" }, { NULL, 599, "", EK_AWS_TRANSIENT, "" },
  { NULL, 400, "{", EK_AWS_BAD_REQUEST, "" }, { NULL, 400, "{\"__type\":7}", EK_AWS_BAD_REQUEST, "" },
  { NULL, 400, "\xef\xbb\xbf {\"__type\":\"Throttling\"}", EK_AWS_THROTTLED, "Throttling" },
};

START_TEST(classes)
{
  ek_aws_error err = classify(table[_i].service, table[_i].code, "", table[_i].body);
  ck_assert_msg(err.class == table[_i].class, "%s %d %s: class %d, not %d", table[_i].service, table[_i].code,
                table[_i].body, err.class, table[_i].class);
  ck_assert_str_eq(err.name, table[_i].name);
  ck_assert_int_eq(err.http, table[_i].code);
}
END_TEST

START_TEST(header_names_the_error)
{
  ek_aws_error err = classify("personalize-events", 400, "x-amzn-errortype: ResourceInUseException:http://x/\n"
                              "x-amzn-requestid: 1-2\n", "{\"message\":\"busy\",\"__type\":\"Other\"}");
  ck_assert_str_eq(err.name, "ResourceInUseException");
  ck_assert_int_eq(err.class, EK_AWS_BUSY);
  ck_assert_str_eq(err.message, "busy");
  ck_assert_str_eq(err.request_id, "1-2");
  err = classify("s3", 403, "", "<Error><Code>AccessDenied</Code><Message>a &lt;b&gt; &amp;&#x41;&#66;&no;</Message>"
                 "<RequestId>R1</RequestId></Error>");
  ck_assert_str_eq(err.message, "a <b> &AB&no;");
  ck_assert_str_eq(err.request_id, "R1");
}
END_TEST

/* What a service says is input: it is escaped, and cut. */
START_TEST(messages_are_shown_safely)
{
  ek_text t = { 0 };
  ek_text_cstr(&t, "{\"__type\":\"A\\u001b[31mB\\n\",\"message\":\"\\u001b[2J\\u202e");
  for (int i = 0; i < 2000; i++)
    ek_text_cstr(&t, "\xc3\xa9");
  ek_text_cstr(&t, "\"}");
  ek_aws_error err = classify(NULL, 400, "", ek_text_c(&t));
  ck_assert_str_eq(err.name, "A31mB");
  ck_assert_ptr_eq(strstr(err.message, "\\x1b[2J\\u{202e}\xc3\xa9"), err.message);
  ck_assert_uint_lt(strlen(err.message), sizeof err.message);
  ck_assert_str_eq(err.message + strlen(err.message) - 5, "\xc3\xa9...");
  ek_text_free(&t);
}
END_TEST

START_TEST(refused_signatures_tell_no_token)
{
  static const char *const bodies[] = {
    "{\"__type\":\"InvalidSignatureException\",\"message\":\"The request signature we calculated does not match.\\n\\n"
    "The Canonical String for this request should have been\\n'POST\\n/"
    "\\n\\nhost:h\\nx-amz-security-token:SECRET\\n'\"}",
    "{\"__type\":\"InvalidSignatureException\",\"message\":\"The request signature we calculated does not match. "
    "canonical request: 'POST\\n/\\nx-amz-security-token:SECRET'\"}",
    "{\"__type\":\"InvalidSignatureException\",\"message\":\"X-Amz-Security-Token=SECRET\"}",
    "<Error><Code>SignatureDoesNotMatch</Code><Message>No match</Message><CanonicalRequest>x-amz-security-token:SECRET"
    "</CanonicalRequest></Error>"
  };
  ek_aws_error err = classify("rekognition", 403, "", bodies[_i]);
  ck_assert_ptr_null(strstr(err.message, "SECRET"));
  ck_assert_int_eq(err.class, EK_AWS_DENIED);
  if (_i < 2)
    ck_assert_str_eq(err.message, "The request signature we calculated does not match.");
}
END_TEST

static const struct { const char *headers; int64_t ns; } waits[] = {
  { "", -1 }, { "retry-after: 7\n", INT64_C(7000000000) }, { "retry-after: 0\n", 0 }, { "retry-after: -1\n", -1 },
  { "retry-after: soon\n", -1 }, { "retry-after: 99999999\n", INT64_C(3600000000000) },
  { "x-amz-retry-after: 250\nretry-after: 7\n", INT64_C(250000000) },
  { "date: Tue, 24 Nov 2026 09:00:00 GMT\nretry-after: Tue, 24 Nov 2026 09:00:30 GMT\n", INT64_C(30000000000) },
  { "date: Tue, 24 Nov 2026 09:01:00 GMT\nretry-after: Tue, 24 Nov 2026 09:00:30 GMT\n", 0 },
  { "retry-after: Tue, 24 Nov 2026 09:00:30 GMT\n", -1 },
};

START_TEST(retry_after)
{
  ck_assert_int_eq(classify(NULL, 503, waits[_i].headers, "").retry_after_ns, waits[_i].ns);
}
END_TEST

static const struct { const char *text; int ok; int64_t seconds; } dates[] = {
  { "Thu, 01 Jan 1970 00:00:00 GMT", 1, 0 }, { "Tue, 24 Nov 2026 09:00:00 GMT", 1, 1795510800 },
  { "Sun, 06 Nov 1994 08:49:37 GMT", 1, 784111777 }, { "Thu, 29 Feb 2024 23:59:59 GMT", 1, 1709251199 },
  { "", 0, 0 }, { "Tue, 24 Nov 2026 09:00:00 UTC", 0, 0 }, { "Tue, 24 Now 2026 09:00:00 GMT", 0, 0 },
  { "Tue, 31 Feb 2026 09:00:00 GMT", 0, 0 }, { "Tue, 24 Nov 2026 25:00:00 GMT", 0, 0 },
    { "Tue, 24-Nov-2026 09:00:00 GMT", 0, 0 },
  { "Tue, 24 Nov 2026 09:00:0x GMT", 0, 0 }, { "Tue, 24 Nov 20\0" "6 09:00:00 GMT", 0, 0 },
};

START_TEST(http_dates)
{
  int64_t t = 0;
  ck_assert_int_eq(ek_http_date((ek_str){ dates[_i].text, _i == 11 ? 29 : strlen(dates[_i].text) }, &t), dates[_i].ok);
  ck_assert_int_eq(t, dates[_i].seconds);
}
END_TEST

START_TEST(xml_values)
{
  ek_text t = { 0 };
  ck_assert_int_eq(ek_xml_value(ek_aws_str("<A><B>x</B><B>y</B></A>"), "B", &t), 1);
  ck_assert_str_eq(ek_text_c(&t), "x");
  ck_assert_int_eq(ek_xml_value(ek_aws_str("<B>x"), "B", &t), 0);
  ck_assert_int_eq(ek_xml_value(ek_aws_str(""), "B", &t), 0);
  ck_assert_int_eq(ek_xml_value((ek_str){ NULL, 0 }, "B", &t), 0);
  ek_text_clear(&t);
  ck_assert_int_eq(ek_xml_value(ek_aws_str("<B>&#x110000;&#xD800;&#;&#x;&</B>"), "B", &t), 1);
  ck_assert_str_eq(ek_text_c(&t), "\xef\xbf\xbd\xef\xbf\xbd&#;&#x;&");
  ek_text_free(&t);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

int
main(void)
{
  Suite *s = suite_create("errors");
  TCase *c = tcase_create("classify");
  tcase_add_loop_test(c, classes, 0, COUNT(table));
  tcase_add_test(c, header_names_the_error);
  tcase_add_test(c, messages_are_shown_safely);
  tcase_add_loop_test(c, refused_signatures_tell_no_token, 0, 4);
  tcase_add_loop_test(c, retry_after, 0, COUNT(waits));
  tcase_add_loop_test(c, http_dates, 0, COUNT(dates));
  tcase_add_test(c, xml_values);
  suite_add_tcase(s, c);
  return run_suite(s);
}
