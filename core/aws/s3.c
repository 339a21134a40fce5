/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/s3.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "aws/s3_request.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/number.h"

#define TRIES 6u
#define SEC INT64_C(1000000000)
#define CALL_NS (INT64_C(600) * SEC)           /* a part on a slow line          */

static int
stopped(void *arg)
{
  const ek_s3_target *t = arg;
  return t->stop && *t->stop;
}

/* ---- XML, as much of it as S3's answers need --------------------------------------------- */

static void
undo_entities(const char *s, size_t n, ek_text *out)
{
  static const struct { const char *name; char c; } known[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
                                                                  { "&quot;", '"' }, { "&apos;", '\'' }, { "&#34;", '"' } };
  size_t i = 0;
  while (i < n) {
    size_t k, len = 0;
    for (k = 0; s[i] == '&' && k < sizeof known / sizeof *known; k++) {
      len = strlen(known[k].name);
      if (n - i >= len && memcmp(s + i, known[k].name, len) == 0)
        break;
      len = 0;
    }
    ek_text_char(out, len ? known[k].c : s[i]);
    i += len ? len : 1;
  }
}

int
ek_s3_xml(ek_str xml, size_t *at, const char *tag, ek_text *out)
{
  char open[80], close[80];
  snprintf(open, sizeof open, "<%s>", tag);
  snprintf(close, sizeof close, "</%s>", tag);
  if (*at >= xml.len)
    return 0;
  const char *from = memmem(xml.ptr + *at, xml.len - *at, open, strlen(open));
  if (!from)
    return 0;
  from += strlen(open);
  const char *to = memmem(from, xml.len - (size_t)(from - xml.ptr), close, strlen(close));
  if (!to)
    return 0;
  ek_text_clear(out);
  undo_entities(from, (size_t)(to - from), out);
  *at = (size_t)(to - xml.ptr) + strlen(close);
  return 1;
}

/* ---- one request ---------------------------------------------------------------------------- */

static int
interrupted(ek_error *e)
{
  ek_fail(e, EK_EXIT_STOPPED, "interrupted", "interrupted during the upload");
  return ek_help(e, "run the same command again: what was sent is not sent twice");
}

static int
say(const ek_s3_target *t, const char *action, const ek_aws_error *err, ek_error *e)
{
  const char *key = t->key ? t->key : "";
  switch (err->class) {
  case EK_AWS_DENIED:
    if (strcmp(err->name, "AccessDenied") == 0 || err->name[0] == 0) {
      ek_fail(e, EK_EXIT_REFUSED, "access_denied", "access denied: the caller may not %s on bucket '%s'%s%s", action, t->bucket,
              *key ? ", " : "", key);
      return ek_help(e, "the least that would do: {\"Effect\": \"Allow\", \"Action\": \"%s\", \"Resource\": \"arn:aws:s3:::%s%s%s\"}; "
                        "'enrichkit policy --caller' prints all", action, t->bucket, *key ? "/" : "", key);
    }
    ek_fail(e, EK_EXIT_REFUSED, "credentials_refused", "S3 refuses the credentials: %s: %s", err->name, err->message);
    return ek_help(e, "see which they are with 'enrichkit check'; aws.profile picks others");
  case EK_AWS_EXPIRED:
    ek_fail(e, EK_EXIT_STOPPED, "credentials_expired", "the credentials expired and there are no newer ones: %s", err->message);
    return ek_help(e, "get new ones, then run the same command again: what was sent is not sent twice");
  case EK_AWS_NOT_FOUND:
    ek_fail(e, EK_EXIT_REFUSED, "no_bucket", "there is no bucket '%s' (%s)", t->bucket, err->name[0] ? err->name : "HTTP 404");
    return ek_help(e, "import.data_location names it; make it in the region of Amazon Personalize");
  default:
    return ek_fail(e, EK_EXIT_FAILED, "service_refused", "%s on bucket '%s'%s%s: %s%s%s (HTTP %d, request %s)", action, t->bucket,
                   *key ? ", " : "", key, err->name, err->name[0] ? ": " : "", err->message, err->http,
                   err->request_id[0] ? err->request_id : "unknown");
  }
}

static void
make_path(const ek_s3_target *t, int path_style, ek_text *path)
{
  ek_text_char(path, '/');
  if (path_style) {
    ek_aws_encode(path, ek_cstr(t->bucket), 0);
    if (t->key)
      ek_text_char(path, '/');
  }
  if (t->key)
    ek_aws_encode(path, ek_cstr(t->key), 1);
}

static enum ek_http_fault
send_one(ek_s3_target *t, const char *method, const char *query, const char *const *headers, ek_str body,
         ek_http_answer *out, ek_aws_error *err, ek_error *e)
{
  const char *region = t->region[0] ? t->region : ek_aws_region(t->aws, e);
  ek_aws_endpoint at;
  ek_text path = { 0 };
  char prefix[110];
  if (!region || ek_aws_resolve(t->aws, "s3", region, &at, e) < 0)
    return EK_HTTP_FAULT_URL;
  int path_style = at.custom || strchr(t->bucket, '.') != NULL;
  make_path(t, path_style, &path);
  snprintf(prefix, sizeof prefix, "%.100s.", t->bucket);
  ek_aws_request q = { .service = "s3", .region = region, .method = method, .path = ek_text_c(&path), .query = query,
                       .host_prefix = path_style ? NULL : prefix, .headers = headers, .body = body,
                       .max_response = (uint64_t)8 << 20, .deadline_ns = ek_monotonic_ns() + CALL_NS, .sign_flags = EK_SIGV4_S3,
                       .cancelled = stopped, .cancelled_arg = t };
  enum ek_http_fault f = ek_aws_perform(t->aws, &q, out, err, e);
  ek_text_free(&path);
  return f;
}

static int
pause_before(const ek_s3_target *t, unsigned attempt, int64_t told)
{
  int64_t top = SEC / 5, until;
  for (unsigned i = 1; i < attempt && top < 20 * SEC; i++)
    top *= 2;
  until = ek_monotonic_ns() + (told >= 0 ? told : (int64_t)((double)top * (double)((uint64_t)ek_monotonic_ns() * 2654435761u % 1000000) / 1e6));
  while (ek_monotonic_ns() < until) {
    if (t->stop && *t->stop)
      return -1;
    nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
  }
  return 0;
}

/* 1: asked elsewhere from now on. */
static int
follow_region(ek_s3_target *t, const ek_http_answer *a)
{
  ek_str region = ek_http_header(a, "x-amz-bucket-region");
  if (!region.ptr || !region.len || region.len >= sizeof t->region || t->region[0])
    return 0;
  snprintf(t->region, sizeof t->region, "%.*s", (int)region.len, region.ptr);
  return 1;
}

int
ek_s3_ask(ek_s3_target *t, const char *method, const char *query, const char *const *headers, ek_str body, const char *action,
          int *found, ek_http_answer *out, ek_error *e)
{
  if (found)
    *found = 1;
  for (unsigned i = 1;; i++) {
    ek_aws_error err = { 0 };
    int64_t told = -1;
    enum ek_http_fault f = send_one(t, method, query, headers, body, out, &err, e);
    if (f == EK_HTTP_FAULT_CANCELLED)
      return interrupted(e);
    if (f == EK_HTTP_FAULT_NONE) {
      if (err.class == EK_AWS_OK)
        return 0;
      if ((err.class == EK_AWS_REDIRECT || err.http == 400) && follow_region(t, out)) {
        ek_http_answer_free(out);
        *out = (ek_http_answer){ 0 };
        continue;
      }
      if (err.class == EK_AWS_NOT_FOUND && found && strcmp(err.name, "NoSuchBucket") != 0) {
        *found = 0;
        return 0;
      }
      say(t, action, &err, e);
      if (err.class != EK_AWS_THROTTLED && err.class != EK_AWS_TRANSIENT)
        return -1;
      e->status = EK_EXIT_STOPPED;
      told = err.retry_after_ns;
    } else if (f != EK_HTTP_FAULT_RESOLVE && f != EK_HTTP_FAULT_CONNECT && f != EK_HTTP_FAULT_BROKEN && f != EK_HTTP_FAULT_DEADLINE)
      return -1;
    else
      e->status = EK_EXIT_STOPPED;
    ek_debug("%s: try %u failed: %s", action, i, e->message);
    ek_http_answer_free(out);
    *out = (ek_http_answer){ 0 };
    if (i == TRIES)
      return -1;
    if (pause_before(t, i, told) < 0)
      return interrupted(e);
  }
}

/* ---- what is there ---------------------------------------------------------------------------- */

int
ek_s3_head(ek_aws *aws, const char *bucket, const char *key, uint64_t *size, char sha256[65], ek_error *e)
{
  ek_s3_target t = { .aws = aws, .bucket = bucket, .key = key };
  ek_http_answer a = { 0 };
  int found, r = ek_s3_ask(&t, "HEAD", NULL, NULL, (ek_str){ "", 0 }, "s3:GetObject", &found, &a, e);
  *size = 0;
  sha256[0] = 0;
  if (r == 0 && found) {
    ek_str len = ek_http_header(&a, "content-length"), meta = ek_http_header(&a, "x-amz-meta-sha256");
    int64_t n = 0;
    if (len.ptr && ek_number_int(len, &n) && n >= 0)
      *size = (uint64_t)n;
    if (meta.ptr && meta.len == 64) {
      memcpy(sha256, meta.ptr, 64);
      sha256[64] = 0;
    }
  }
  ek_http_answer_free(&a);
  return r < 0 ? -1 : found;
}

int
ek_s3_bucket_region(ek_aws *aws, const char *bucket, char *out, size_t size, ek_error *e)
{
  ek_s3_target t = { .aws = aws, .bucket = bucket };
  ek_http_answer a = { 0 };
  ek_aws_error err = { 0 };
  const char *ours = ek_aws_region(aws, e);
  enum ek_http_fault f = ours ? send_one(&t, "HEAD", NULL, NULL, (ek_str){ "", 0 }, &a, &err, e) : EK_HTTP_FAULT_URL;
  ek_str region = f == EK_HTTP_FAULT_NONE ? ek_http_header(&a, "x-amz-bucket-region") : (ek_str){ NULL, 0 };
  int r = f == EK_HTTP_FAULT_NONE ? 0 : -1;
  out[0] = 0;
  if (r == 0 && a.code == 404) {
    ek_fail(e, EK_EXIT_REFUSED, "no_bucket", "there is no bucket '%s' (HTTP 404)", bucket);
    r = ek_help(e, "import.data_location names it; make it in the region of Amazon Personalize");
  }
  if (region.ptr && region.len && region.len < size)
    snprintf(out, size, "%.*s", (int)region.len, region.ptr);
  ek_http_answer_free(&a);
  return r;
}

int
ek_s3_delete(ek_aws *aws, const char *bucket, const char *key, ek_error *e)
{
  ek_s3_target t = { .aws = aws, .bucket = bucket, .key = key };
  ek_http_answer a = { 0 };
  int found, r = ek_s3_ask(&t, "DELETE", NULL, NULL, (ek_str){ "", 0 }, "s3:DeleteObject", &found, &a, e);
  ek_http_answer_free(&a);
  return r;
}
