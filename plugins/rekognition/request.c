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

/* The two digits of every 12 bits: most of what is sent goes through here, and by single digits it takes twice as
 * long. */
#define ROW(a) \
  { a, 'A' }, { a, 'B' }, { a, 'C' }, { a, 'D' }, { a, 'E' }, { a, 'F' }, { a, 'G' }, { a, 'H' }, { a, 'I' }, \
  { a, 'J' }, { a, 'K' }, { a, 'L' }, { a, 'M' }, { a, 'N' }, { a, 'O' }, { a, 'P' }, { a, 'Q' }, { a, 'R' }, \
  { a, 'S' }, { a, 'T' }, { a, 'U' }, { a, 'V' }, { a, 'W' }, { a, 'X' }, { a, 'Y' }, { a, 'Z' }, { a, 'a' }, \
  { a, 'b' }, { a, 'c' }, { a, 'd' }, { a, 'e' }, { a, 'f' }, { a, 'g' }, { a, 'h' }, { a, 'i' }, { a, 'j' }, \
  { a, 'k' }, { a, 'l' }, { a, 'm' }, { a, 'n' }, { a, 'o' }, { a, 'p' }, { a, 'q' }, { a, 'r' }, { a, 's' }, \
  { a, 't' }, { a, 'u' }, { a, 'v' }, { a, 'w' }, { a, 'x' }, { a, 'y' }, { a, 'z' }, { a, '0' }, { a, '1' }, \
  { a, '2' }, { a, '3' }, { a, '4' }, { a, '5' }, { a, '6' }, { a, '7' }, { a, '8' }, { a, '9' }, { a, '+' }, \
  { a, '/' },
static const char pairs[64 * 64][2] = {
  ROW('A') ROW('B') ROW('C') ROW('D') ROW('E') ROW('F') ROW('G') ROW('H') ROW('I') ROW('J') ROW('K') ROW('L')
  ROW('M') ROW('N') ROW('O') ROW('P') ROW('Q') ROW('R') ROW('S') ROW('T') ROW('U') ROW('V') ROW('W') ROW('X')
  ROW('Y') ROW('Z') ROW('a') ROW('b') ROW('c') ROW('d') ROW('e') ROW('f') ROW('g') ROW('h') ROW('i') ROW('j')
  ROW('k') ROW('l') ROW('m') ROW('n') ROW('o') ROW('p') ROW('q') ROW('r') ROW('s') ROW('t') ROW('u') ROW('v')
  ROW('w') ROW('x') ROW('y') ROW('z') ROW('0') ROW('1') ROW('2') ROW('3') ROW('4') ROW('5') ROW('6') ROW('7')
  ROW('8') ROW('9') ROW('+') ROW('/')
};
#undef ROW

/* Of eight that can be read. */
static uint64_t
six_bytes(const unsigned char *p)
{
  uint64_t v;
  memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  v = __builtin_bswap64(v);
#endif
  return v >> 16;
}

static void
add_base64(rk_text *t, ek_str s)
{
  const unsigned char *p = (const unsigned char *)s.ptr;
  char *to = t->at + t->len;
  size_t i = 0;
  for (; i + 8 <= s.len; i += 6, to += 8) {
    uint64_t v = six_bytes(p + i);
    memcpy(to, pairs[v >> 36], 2);
    memcpy(to + 2, pairs[v >> 24 & 4095], 2);
    memcpy(to + 4, pairs[v >> 12 & 4095], 2);
    memcpy(to + 6, pairs[v & 4095], 2);
  }
  for (; i + 3 <= s.len; i += 3, to += 4) {
    uint32_t v = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];
    memcpy(to, pairs[v >> 12], 2);
    memcpy(to + 2, pairs[v & 4095], 2);
  }
  if (i < s.len) {
    uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < s.len ? (uint32_t)p[i + 1] << 8 : 0);
    memcpy(to, pairs[v >> 12], 2);
    to[2] = '=';
    if (i + 1 < s.len)
      to[2] = pairs[v & 4095][0];
    to[3] = '=';
    to += 4;
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
