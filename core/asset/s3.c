/* SPDX-License-Identifier: BSD-3-Clause */
/* Pictures in a bucket, with the run's own credentials.                     */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "asset/internal.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/text.h"

/* Only one label may stand before the endpoint's host: "a.b." would not match its certificate. */
static int
is_label(const char *bucket)
{
  return strchr(bucket, '.') == NULL;
}

typedef struct object { const char *bucket, *key; char region[40]; } object;

static enum ek_http_fault
get(const ek_fetch *f, const object *o, ek_http_answer *answer, ek_aws_error *err, ek_error *e)
{
  EK_AUTO(ek_text_free) ek_text path = { 0 };
  EK_AUTO(ek_text_free) ek_text prefix = { 0 };
  const char *region = *o->region ? o->region : NULL;
  ek_aws_endpoint endpoint = { .custom = 0 };
  /* Without a region yet, only whether an endpoint is configured is asked here. */
  if (ek_aws_resolve(f->options->aws, "s3", region ? region : "us-east-1", &endpoint, e))
    return EK_HTTP_FAULT_URL;
  int host_style = !endpoint.custom && is_label(o->bucket);
  ek_text_char(&path, '/');
  if (host_style)
    ek_text_printf(&prefix, "%s.", o->bucket);
  else
    ek_text_printf(&path, "%s/", o->bucket);
  ek_aws_encode(&path, (ek_str){ o->key, strlen(o->key) }, 1);
  ek_aws_request request = {
    .service = "s3", .region = region, .method = "GET", .path = ek_text_c(&path),
    .host_prefix = host_style ? ek_text_c(&prefix) : NULL, .max_response = f->options->max_bytes,
    .deadline_ns = f->deadline_ns, .sign_flags = EK_SIGV4_S3, .cancelled = f->cancelled, .cancelled_arg = f->arg,
  };
  return ek_aws_perform(f->options->aws, &request, answer, err, e);
}

/* The bucket is elsewhere, and S3 says where. */
static int
learn_region(object *o, const ek_http_answer *answer)
{
  ek_str s = ek_http_header(answer, "x-amz-bucket-region");
  if (s.len == 0 || s.len >= sizeof o->region || ek_str_eqc(s, o->region))
    return 0;
  for (size_t i = 0; i < s.len; i++)
    if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", s.ptr[i]) || !s.ptr[i])
      return 0;
  memcpy(o->region, s.ptr, s.len);
  o->region[s.len] = 0;
  return 1;
}

static ek_picture *
say_no(const ek_aws_error *err, const char *bucket)
{
  ek_picture *p = ek_picture_new();
  char name[128], shown[128];
  int again = err->class == EK_AWS_THROTTLED || err->class == EK_AWS_TRANSIENT || err->class == EK_AWS_SKEWED;
  p->http = err->http;
  if (again)
    p->retry_after_ns = err->retry_after_ns;
  ek_show(ek_cstr(err->name), name, sizeof name);
  return ek_picture_say(p, again ? EK_ASSET_TRANSIENT : EK_ASSET_FAILED, "HTTP %d%s%s from bucket '%s'", err->http,
                        *name ? " " : "", name, ek_show(ek_cstr(bucket), shown, sizeof shown));
}

static ek_picture *
fetch(const ek_fetch *f, object *o)
{
  ek_http_answer answer = { 0 };
  ek_aws_error err = { .class = EK_AWS_OK };
  ek_error e = { 0 };
  ek_picture *p;
  enum ek_http_fault fault = get(f, o, &answer, &err, &e);
  if (fault == EK_HTTP_FAULT_NONE && (answer.code == 301 || answer.code == 307 || answer.code == 400) &&
      learn_region(o, &answer)) {
    ek_http_answer_free(&answer);
    answer = (ek_http_answer){ 0 };
    fault = get(f, o, &answer, &err, &e);
  }
  if (fault == EK_HTTP_FAULT_URL)          /* credentials or endpoint: the same for every item */
    p = ek_picture_say(ek_picture_new(), EK_ASSET_FAILED, "%s", e.message);
  else if (fault != EK_HTTP_FAULT_NONE)
    p = ek_picture_fault(f, fault, &answer, &e);
  else if (err.class != EK_AWS_OK)
    p = say_no(&err, o->bucket);
  else {
    p = ek_picture_new();
    p->http = answer.code;
    ek_picture_judge(p, &answer.body, f->options);
  }
  ek_http_answer_free(&answer);
  return p;
}

ek_picture *
ek_picture_s3(const ek_fetch *f)
{
  EK_FREE char *buf = ek_mem_alloc(strlen(f->address) + 1);
  object o = { .region = "" };
  ek_error e = { 0 };
  if (!f->options->aws)
    return ek_picture_say(ek_picture_new(), EK_ASSET_REFUSED, "is in a bucket, and this run asks nobody");
  if (ek_s3_split(f->address, buf, &o.bucket, &o.key, &e))
    return ek_picture_say(ek_picture_new(), EK_ASSET_REFUSED, "%s", e.message);
  if (!*o.key)
    return ek_picture_say(ek_picture_new(), EK_ASSET_REFUSED, "names a bucket, and no picture in it");
  return fetch(f, &o);
}
