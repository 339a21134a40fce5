/* SPDX-License-Identifier: BSD-3-Clause */
/* What is asked, as JSON, by hand: the body is mostly base64, and the same question must
 * always be the same text, since answers are kept under it.                  */
#include "rekognition.h"
#include <stdlib.h>
#include <string.h>

void
rk_add(rk_text *t, const char *bytes, size_t n)
{
  if (t->no_memory)
    return;
  if (t->cap - t->len <= n) {
    size_t cap = t->len + n + 256 + t->cap / 2;
    char *at = realloc(t->at, cap);
    if (!at) {
      t->no_memory = 1;
      return;
    }
    t->at = at;
    t->cap = cap;
  }
  if (n)
    memcpy(t->at + t->len, bytes, n);
  t->len += n;
  t->at[t->len] = 0;
}

void
rk_adds(rk_text *t, const char *text)
{
  rk_add(t, text, strlen(text));
}

static void
add_string(rk_text *t, ek_str s)
{
  rk_adds(t, "\"");
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    char code[8];
    if (c == '"' || c == '\\') {
      code[0] = '\\';
      code[1] = (char)c;
      rk_add(t, code, 2);
    } else if (c < 0x20) {
      snprintf(code, sizeof code, "\\u%04x", c);
      rk_adds(t, code);
    } else
      rk_add(t, s.ptr + i, 1);
  }
  rk_adds(t, "\"");
}

static void
add_number(rk_text *t, const char *name, double value)
{
  char text[64];
  snprintf(text, sizeof text, "\"%s\":%.9g", name, value);
  rk_adds(t, text);
}

/* Whether a member was written; the first needs no comma. */
static int
add_names(rk_text *t, int before, const char *name, rk_names names)
{
  if (!names.n)
    return before;
  rk_adds(t, before ? ",\"" : "\"");
  rk_adds(t, name);
  rk_adds(t, "\":[");
  for (size_t i = 0; i < names.n; i++) {
    if (i)
      rk_adds(t, ",");
    add_string(t, names.list[i]);
  }
  rk_adds(t, "]");
  return 1;
}

static void
add_filters(const rk_options *o, rk_text *t)
{
  if (!(o->include.n + o->exclude.n + o->include_categories.n + o->exclude_categories.n))
    return;
  rk_adds(t, ",\"Settings\":{\"GeneralLabels\":{");
  int n = add_names(t, 0, "LabelInclusionFilters", o->include);
  n = add_names(t, n, "LabelExclusionFilters", o->exclude);
  n = add_names(t, n, "LabelCategoryInclusionFilters", o->include_categories);
  add_names(t, n, "LabelCategoryExclusionFilters", o->exclude_categories);
  rk_adds(t, "}}");
}

/* An answer costs the same whatever it holds, so unless told otherwise all is asked for and chosen from here. */
void
rk_parameters(const rk_options *o, int properties, rk_text *t)
{
  double least = o->exact ? o->min_confidence : 0;
  if (o->arn.len) {
    rk_adds(t, "\"ProjectVersionArn\":");
    add_string(t, o->arn);
    rk_adds(t, ",");
    if (o->exact) {
      add_number(t, "MaxResults", (double)o->max_labels);
      rk_adds(t, ",");
    }
    add_number(t, "MinConfidence", least);
    return;
  }
  add_number(t, "MaxLabels", o->exact ? (double)o->max_labels : 1000);
  rk_adds(t, ",");
  add_number(t, "MinConfidence", least);
  if (properties)
    rk_adds(t, ",\"Features\":[\"GENERAL_LABELS\",\"IMAGE_PROPERTIES\"]");
  if (o->exact)
    add_filters(o, t);
}

const char *
rk_reference(ek_str url, ek_str *bucket, ek_str *key)
{
  if (url.len < 5 || memcmp(url.ptr, "s3://", 5) != 0)
    return "is no s3://bucket/key";
  const char *at = url.ptr + 5, *end = url.ptr + url.len, *slash = memchr(at, '/', (size_t)(end - at));
  if (!slash || slash - at < 3 || slash - at > 255)
    return "has no bucket of 3 to 255 characters";
  if (slash + 1 == end || end - slash > 1025)
    return "has no key of 1 to 1024 bytes";
  *bucket = (ek_str){ at, (size_t)(slash - at) };
  *key = (ek_str){ slash + 1, (size_t)(end - slash - 1) };
  return NULL;
}

static void
add_base64(rk_text *t, ek_str s)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char *p = (const unsigned char *)s.ptr;
  char *to = t->at + t->len;
  size_t i = 0;
  for (; i + 3 <= s.len; i += 3, to += 4) {
    uint32_t v = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];
    to[0] = digits[v >> 18];
    to[1] = digits[v >> 12 & 63];
    to[2] = digits[v >> 6 & 63];
    to[3] = digits[v & 63];
  }
  if (i < s.len) {
    uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < s.len ? (uint32_t)p[i + 1] << 8 : 0);
    *to++ = digits[v >> 18];
    *to++ = digits[v >> 12 & 63];
    *to++ = i + 1 < s.len ? digits[v >> 6 & 63] : '=';
    *to++ = '=';
  }
  t->len = (size_t)(to - t->at);
}

static void
end_body(rk_text *t, const char *parameters)
{
  rk_adds(t, "},");
  rk_adds(t, parameters);
  rk_adds(t, "}");
}

void
rk_body_bytes(rk_text *t, ek_str picture, const char *parameters)
{
  size_t room = (picture.len + 2) / 3 * 4 + strlen(parameters) + 64;
  t->at = malloc(room);
  t->cap = room;
  t->no_memory = !t->at;
  if (t->no_memory)
    return;
  rk_adds(t, "{\"Image\":{\"Bytes\":\"");
  add_base64(t, picture);
  rk_adds(t, "\"");
  end_body(t, parameters);
}

void
rk_body_reference(rk_text *t, ek_str bucket, ek_str key, const char *parameters)
{
  rk_adds(t, "{\"Image\":{\"S3Object\":{\"Bucket\":");
  add_string(t, bucket);
  rk_adds(t, ",\"Name\":");
  add_string(t, key);
  rk_adds(t, "}");
  end_body(t, parameters);
}
