/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/errors.h"
#include <jansson.h>
#include <stdio.h>
#include <strings.h>
#include "aws/hash.h"
#include "aws/xml.h"
#include "base/cleanup.h"
#include "base/date.h"
#include "base/number.h"

/* An error's body is small; more is no body of AWS, and is not parsed. */
#define MOST_BODY ((size_t)256 << 10)
#define SECOND INT64_C(1000000000)

typedef struct row { const char *name; enum ek_aws_class class; } row;

/* Looked at first. A name ends the search. */
static const row rekognition[] = {
  { "AccessDeniedException", EK_AWS_DENIED },
  { "HumanLoopQuotaExceededException", EK_AWS_QUOTA },
  { "ImageTooLargeException", EK_AWS_BAD_ITEM },
  { "InvalidImageFormatException", EK_AWS_BAD_ITEM },
  { "InvalidS3ObjectException", EK_AWS_BAD_ITEM },
  { "LimitExceededException", EK_AWS_THROTTLED },
  { "ResourceNotReadyException", EK_AWS_BUSY },          /* a model that is not running yet */
  { 0 }
};

static const row personalize[] = {
  { "InvalidInputException", EK_AWS_BAD_REQUEST },
  { "InvalidNextTokenException", EK_AWS_BAD_REQUEST },
  { "LimitExceededException", EK_AWS_QUOTA },            /* "More than 5 resources with PENDING status" */
  { "TooManyTagKeysException", EK_AWS_BAD_REQUEST },
  { "TooManyTagsException", EK_AWS_BAD_REQUEST },
  { 0 }
};

static const row s3[] = {
  { "AuthorizationHeaderMalformed", EK_AWS_REDIRECT },   /* "the region 'us-east-1' is wrong; expecting 'eu-west-1'" */
  { "BadDigest", EK_AWS_TRANSIENT },                     /* damaged on the way       */
  { "BucketAlreadyExists", EK_AWS_EXISTS },
  { "BucketAlreadyOwnedByYou", EK_AWS_EXISTS },
  { "IllegalLocationConstraintException", EK_AWS_REDIRECT },
  { "IncompleteBody", EK_AWS_TRANSIENT },
  { "NoSuchBucket", EK_AWS_NOT_FOUND },
  { "NoSuchKey", EK_AWS_NOT_FOUND },
  { "NoSuchUpload", EK_AWS_NOT_FOUND },
  { "NoSuchVersion", EK_AWS_NOT_FOUND },
  { "OperationAborted", EK_AWS_BUSY },
  { "PermanentRedirect", EK_AWS_REDIRECT },
  { "Redirect", EK_AWS_REDIRECT },
  { "TemporaryRedirect", EK_AWS_REDIRECT },
  { "TooManyBuckets", EK_AWS_QUOTA },
  { "XAmzContentSHA256Mismatch", EK_AWS_TRANSIENT },
  { 0 }
};

static const row sts[] = {
  { "IDPCommunicationError", EK_AWS_TRANSIENT },
  { "IDPRejectedClaim", EK_AWS_DENIED },
  { "InvalidIdentityToken", EK_AWS_DENIED },
  { "MalformedPolicyDocument", EK_AWS_BAD_REQUEST },
  { "PackedPolicyTooLarge", EK_AWS_BAD_REQUEST },
  { "RegionDisabledException", EK_AWS_DENIED },
  { 0 }
};

/* botocore's throttle and transient codes, and what all services say of keys. */
static const row common[] = {
  { "BandwidthLimitExceeded", EK_AWS_THROTTLED },
  { "EC2ThrottledException", EK_AWS_THROTTLED },
  { "LimitExceededException", EK_AWS_THROTTLED },
  { "PriorRequestNotComplete", EK_AWS_THROTTLED },
  { "ProvisionedThroughputExceededException", EK_AWS_THROTTLED },
  { "RequestLimitExceeded", EK_AWS_THROTTLED },
  { "RequestThrottled", EK_AWS_THROTTLED },
  { "RequestThrottledException", EK_AWS_THROTTLED },
  { "SlowDown", EK_AWS_THROTTLED },
  { "ThrottledException", EK_AWS_THROTTLED },
  { "Throttling", EK_AWS_THROTTLED },
  { "ThrottlingException", EK_AWS_THROTTLED },
  { "TooManyRequestsException", EK_AWS_THROTTLED },
  { "TransactionInProgressException", EK_AWS_THROTTLED },

  { "InternalError", EK_AWS_TRANSIENT },
  { "InternalFailure", EK_AWS_TRANSIENT },
  { "InternalServerError", EK_AWS_TRANSIENT },
  { "InternalServerException", EK_AWS_TRANSIENT },
  { "RequestTimeout", EK_AWS_TRANSIENT },
  { "RequestTimeoutException", EK_AWS_TRANSIENT },
  { "ServiceUnavailable", EK_AWS_TRANSIENT },
  { "ServiceUnavailableException", EK_AWS_TRANSIENT },

  { "RequestExpired", EK_AWS_SKEWED },
  { "RequestInTheFuture", EK_AWS_SKEWED },
  { "RequestTimeTooSkewed", EK_AWS_SKEWED },

  { "ExpiredToken", EK_AWS_EXPIRED },
  { "ExpiredTokenException", EK_AWS_EXPIRED },
  { "TokenRefreshRequired", EK_AWS_EXPIRED },

  { "AccessDenied", EK_AWS_DENIED },
  { "AccessDeniedException", EK_AWS_DENIED },
  { "AccountProblem", EK_AWS_DENIED },
  { "AllAccessDisabled", EK_AWS_DENIED },
  { "AuthFailure", EK_AWS_DENIED },
  { "IncompleteSignature", EK_AWS_DENIED },
  { "IncompleteSignatureException", EK_AWS_DENIED },
  { "InvalidAccessKeyId", EK_AWS_DENIED },
  { "InvalidClientTokenId", EK_AWS_DENIED },
  { "InvalidSignatureException", EK_AWS_DENIED },        /* unless signed_too_late */
  { "InvalidToken", EK_AWS_DENIED },
  { "MissingAuthenticationToken", EK_AWS_DENIED },
  { "MissingAuthenticationTokenException", EK_AWS_DENIED },
  { "NotAuthorized", EK_AWS_DENIED },
  { "NotSignedUp", EK_AWS_DENIED },
  { "OptInRequired", EK_AWS_DENIED },
  { "SignatureDoesNotMatch", EK_AWS_DENIED },            /* unless signed_too_late */
  { "SubscriptionRequiredException", EK_AWS_DENIED },
  { "UnauthorizedOperation", EK_AWS_DENIED },
  { "UnrecognizedClientException", EK_AWS_DENIED },

  { "ResourceAlreadyExistsException", EK_AWS_EXISTS },
  { "ResourceInUseException", EK_AWS_BUSY },
  { "ResourceNotFoundException", EK_AWS_NOT_FOUND },
  { "ServiceQuotaExceededException", EK_AWS_QUOTA },
  { "InvalidParameterException", EK_AWS_BAD_REQUEST },
  { "SerializationException", EK_AWS_BAD_REQUEST },
  { "UnknownOperationException", EK_AWS_BAD_REQUEST },
  { "ValidationError", EK_AWS_BAD_REQUEST },
  { "ValidationException", EK_AWS_BAD_REQUEST },
  { 0 }
};

static const row *
table(const char *service)
{
  if (!service)
    return NULL;
  if (!strcmp(service, "rekognition"))
    return rekognition;
  if (!strncmp(service, "personalize", 11))              /* -events and -runtime too */
    return personalize;
  return !strcmp(service, "s3") ? s3 : !strcmp(service, "sts") ? sts : NULL;
}

static int
find(const row *r, const char *name, enum ek_aws_class *class)
{
  for (; r && r->name; r++)
    if (!strcmp(r->name, name)) {
      *class = r->class;
      return 1;
    }
  return 0;
}

static enum ek_aws_class
by_code(int code)
{
  if (code >= 200 && code < 300)
    return EK_AWS_OK;
  if (code >= 300 && code < 400)
    return EK_AWS_REDIRECT;
  switch (code) {
  case 429: return EK_AWS_THROTTLED;
  case 408: return EK_AWS_TRANSIENT;
  case 401: case 403: return EK_AWS_DENIED;
  case 404: return EK_AWS_NOT_FOUND;
  default: return code >= 500 ? EK_AWS_TRANSIENT : EK_AWS_BAD_REQUEST;
  }
}

/* "com.amazon.coral.service#ThrottlingException:http://internal/..." is ThrottlingException. */
static void
cut_name(ek_str s, char *out, size_t size)
{
  const char *p = s.len ? memchr(s.ptr, ':', s.len) : NULL;
  if (p)
    s.len = (size_t)(p - s.ptr);
  if (s.len && (p = memrchr(s.ptr, '#', s.len)) != NULL)
    s = (ek_str){ p + 1, s.len - (size_t)(p + 1 - s.ptr) };
  size_t n = 0;
  for (size_t i = 0; i < s.len && n < size - 1; i++) {
    char c = s.ptr[i];
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("._-", c))
      out[n++] = c;
  }
  out[n] = 0;
}

/* Escaped character by character, so that the cut is ours and not ek_show's. */
static void
show_message(ek_str s, char *out, size_t size)
{
  size_t n = 0;
  for (size_t i = 0; i < s.len;) {
    unsigned char b = (unsigned char)s.ptr[i];
    size_t want = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
    char one[128];
    ek_show((ek_str){ s.ptr + i, want < s.len - i ? want : s.len - i }, one, sizeof one);
    size_t len = strlen(one);
    if (n + len + 4 > size) {
      memcpy(out + n, "...", 3);
      n += 3;
      break;
    }
    memcpy(out + n, one, len);
    n += len;
    i += want;
  }
  out[n] = 0;
}

/* A refused signature comes with the request as the service saw it, session token and
 * all: that part is for nobody's log. */
static ek_str
without_request(ek_str s)
{
  static const char *const from[] = { "The Canonical String", "The canonical string", "Canonical Request",
    "canonical request", "x-amz-security-token", "X-Amz-Security-Token", "String-to-Sign" };
  for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
    const char *p = s.len ? memmem(s.ptr, s.len, from[i], strlen(from[i])) : NULL;
    if (p)
      s.len = (size_t)(p - s.ptr);
  }
  while (s.len && strchr(" \n\r\t'", s.ptr[s.len - 1]))
    s.len--;
  return s;
}

static ek_str
member(const json_t *j, const char *name)
{
  const json_t *v = json_object_get(j, name);
  return json_is_string(v) ? (ek_str){ json_string_value(v), json_string_length(v) } : (ek_str){ 0 };
}

static void
read_json(ek_str body, ek_aws_error *out)
{
  static const char *const names[] = { "__type", "code", "Code" };
  static const char *const messages[] = { "message", "Message", "errorMessage" };
  json_t *j = json_loadb(body.ptr, body.len, 0, NULL);
  for (size_t i = 0; i < 3 && !out->name[0]; i++)
    cut_name(member(j, names[i]), out->name, sizeof out->name);
  for (size_t i = 0; i < 3 && !out->message[0]; i++)
    show_message(without_request(member(j, messages[i])), out->message, sizeof out->message);
  json_decref(j);
}

static void
read_xml(ek_str body, ek_aws_error *out)
{
  EK_AUTO(ek_text_free) ek_text t = { 0 };
  if (!out->name[0] && ek_xml_value(body, "Code", &t))
    cut_name((ek_str){ t.data, t.len }, out->name, sizeof out->name);
  ek_text_clear(&t);
  if (ek_xml_value(body, "Message", &t))
    show_message(without_request((ek_str){ t.data, t.len }), out->message, sizeof out->message);
  ek_text_clear(&t);
  if (!out->request_id[0] && (ek_xml_value(body, "RequestId", &t) || ek_xml_value(body, "RequestID", &t)))
    cut_name((ek_str){ t.data, t.len }, out->request_id, sizeof out->request_id);
}

static void
read_body(const ek_http_answer *a, ek_aws_error *out)
{
  ek_str body = { a->body.data, a->body.len };
  while (body.len && strchr(" \t\r\n\xef\xbb\xbf", body.ptr[0]))
    body.ptr++, body.len--;
  if (!body.len || body.len > MOST_BODY)
    return;
  if (body.ptr[0] == '{')
    read_json(body, out);
  else if (body.ptr[0] == '<')
    read_xml(body, out);
}

static int64_t
retry_after(const ek_http_answer *a)
{
  int64_t n, date, now;
  if (ek_number_int(ek_http_header(a, "x-amz-retry-after"), &n) && n >= 0 && n <= 3600 * 1000)
    return n * (SECOND / 1000);
  ek_str s = ek_http_header(a, "retry-after");
  if (ek_number_int(s, &n) && n >= 0)
    return (n < 3600 ? n : 3600) * SECOND;
  /* A date is counted from the server's own: our clock may be off. */
  if (ek_http_date(s, &date) && ek_http_date(ek_http_header(a, "date"), &now))
    return (date < now ? 0 : date - now > 3600 ? 3600 : date - now) * SECOND;
  return -1;
}

static int
says(const ek_aws_error *o, const char *words)
{
  return strcasestr(o->message, words) != NULL;
}

/* One name for two things: what the message adds. */
static void
refine(const char *service, ek_aws_error *out)
{
  int signature = !strcmp(out->name, "InvalidSignatureException") || !strcmp(out->name, "SignatureDoesNotMatch");
  if (signature && (says(out, "Signature expired") || says(out, "Signature not yet current")))
    out->class = EK_AWS_SKEWED;
  if (!service || strcmp(service, "rekognition") || out->class != EK_AWS_BAD_REQUEST)
    return;
  /* "Value at 'image.bytes' failed to satisfy constraint", and of the picture's size */
  if (out->http == 413 || says(out, "image.bytes") || says(out, "pixel") || says(out, "image dimension")
      || says(out, "invalid image"))
    out->class = EK_AWS_BAD_ITEM;
}

void
ek_aws_classify(const char *service, const ek_http_answer *a, ek_aws_error *out)
{
  memset(out, 0, sizeof *out);
  out->http = a->code;
  out->retry_after_ns = retry_after(a);
  static const char *const ids[] = { "x-amzn-requestid", "x-amz-request-id" };
  for (size_t i = 0; i < 2 && !out->request_id[0]; i++)
    cut_name(ek_http_header(a, ids[i]), out->request_id, sizeof out->request_id);
  out->class = by_code(a->code);
  if (out->class == EK_AWS_OK)
    return;
  cut_name(ek_http_header(a, "x-amzn-errortype"), out->name, sizeof out->name);
  read_body(a, out);
  if (!find(table(service), out->name, &out->class))
    find(common, out->name, &out->class);
  refine(service, out);
}
