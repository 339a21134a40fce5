/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/canonical.h"
#include <stdlib.h>
#include "aws/hash.h"
#include "aws/secret.h"
#include "base/cleanup.h"
#include "base/mem.h"

/* ---- path ---- */

/* Dot segments go, and repeated slashes with them (botocore's remove_dot_segments). */
static void
normalise(ek_str path, ek_text *out)
{
  size_t i = 0;
  while (i < path.len) {
    size_t from = i;
    while (i < path.len && path.ptr[i] != '/')
      i++;
    ek_str part = { path.ptr + from, i - from };
    i++;
    if (ek_str_eqc(part, "..")) {
      while (out->len && out->data[--out->len] != '/')
        ;
    } else if (part.len && !ek_str_eqc(part, ".")) {
      ek_text_char(out, '/');
      ek_text_str(out, part);
    }
  }
  if (!out->len || (path.len && path.ptr[path.len - 1] == '/'))
    ek_text_char(out, '/');
}

void
ek_canonical_path(const ek_sigv4_request *r, ek_text *out)
{
  ek_str path = ek_aws_str(r->path && *r->path ? r->path : "/");
  if (r->flags & EK_SIGV4_S3) {
    ek_text_str(out, path);
    return;
  }
  if (r->flags & EK_SIGV4_RAW_PATH) {
    ek_aws_encode(out, path, 1);
    return;
  }
  EK_AUTO(ek_text_free) ek_text clean = { 0 };
  normalise(path, &clean);
  ek_aws_encode(out, (ek_str){ clean.data, clean.len }, 1);
}

/* ---- query ---- */

void
ek_aws_query_free(ek_aws_query *q)
{
  ek_secret_text_free(&q->pool);   /* of a presigned request it holds the token    */
  free(q->pairs);
}

static int
nibble(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The service decodes what it gets and encodes it anew: so do we, and "%e1", raw
 * UTF-8 and "%E1" come to the same. */
static void
recode(ek_text *out, ek_str s)
{
  for (size_t i = 0; i < s.len; i++) {
    int hi = s.ptr[i] == '%' && s.len - i > 2 ? nibble(s.ptr[i + 1]) : -1, lo = hi >= 0 ? nibble(s.ptr[i + 2]) : -1;
    ek_aws_encode_byte(out, lo >= 0 ? (unsigned char)((unsigned)hi << 4 | (unsigned)lo) : (unsigned char)s.ptr[i]);
    i += lo >= 0 ? 2 : 0;
  }
}

static ek_aws_query_pair *
add_pair(ek_aws_query *q)
{
  q->pairs = ek_mem_grow(q->pairs, &q->cap, q->n + 1, sizeof *q->pairs);
  return &q->pairs[q->n++];
}

void
ek_aws_query_read(ek_aws_query *q, ek_str s)
{
  for (size_t i = 0; i < s.len; i++) {
    size_t from = i;
    while (i < s.len && s.ptr[i] != '&')
      i++;
    if (i == from)
      continue;
    const char *eq = memchr(s.ptr + from, '=', i - from);
    size_t key_len = eq ? (size_t)(eq - s.ptr) - from : i - from;
    ek_aws_query_pair *p = add_pair(q);
    p->key = q->pool.len;
    recode(&q->pool, (ek_str){ s.ptr + from, key_len });
    p->value = q->pool.len;
    if (eq)
      recode(&q->pool, (ek_str){ eq + 1, i - from - key_len - 1 });
    p->end = q->pool.len;
  }
}

void
ek_aws_query_add(ek_aws_query *q, const char *key, ek_str value)
{
  ek_aws_query_pair *p = add_pair(q);
  p->key = q->pool.len;
  ek_text_cstr(&q->pool, key);
  p->value = q->pool.len;
  ek_aws_encode(&q->pool, value, 0);
  p->end = q->pool.len;
}

static int
compare(const char *a, size_t na, const char *b, size_t nb)
{
  int c = memcmp(a, b, na < nb ? na : nb);
  return c ? c : (na > nb) - (na < nb);
}

static int
by_key(const void *pa, const void *pb, void *arg)
{
  const ek_aws_query_pair *a = pa, *b = pb;
  const char *pool = arg;
  int c = compare(pool + a->key, a->value - a->key, pool + b->key, b->value - b->key);
  return c ? c : compare(pool + a->value, a->end - a->value, pool + b->value, b->end - b->value);
}

void
ek_aws_query_write(ek_aws_query *q, ek_text *out)
{
  if (!q->n)
    return;
  qsort_r(q->pairs, q->n, sizeof *q->pairs, by_key, q->pool.data);
  for (size_t i = 0; i < q->n; i++) {
    const ek_aws_query_pair *p = &q->pairs[i];
    if (i)
      ek_text_char(out, '&');
    ek_text_add(out, q->pool.data + p->key, p->value - p->key);
    ek_text_char(out, '=');
    ek_text_add(out, q->pool.data + p->value, p->end - p->value);
  }
}

/* ---- headers ---- */

void
ek_aws_heads_free(ek_aws_heads *h)
{
  free(h->at);
}

static int
fold(char c)
{
  return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : (unsigned char)c;
}

static int
name_order(ek_str a, ek_str b)
{
  for (size_t i = 0; i < a.len && i < b.len; i++)
    if (fold(a.ptr[i]) != fold(b.ptr[i]))
      return fold(a.ptr[i]) - fold(b.ptr[i]);
  return (a.len > b.len) - (a.len < b.len);
}

static int
by_name(const void *pa, const void *pb)
{
  const ek_aws_head *a = pa, *b = pb;
  int c = name_order(a->name, b->name);
  return c ? c : (a->order > b->order) - (a->order < b->order);
}

/* Not signed: what proxies change on the way, and what is added here. */
static int
left_out(ek_str name)
{
  static const char *const names[] = { "authorization", "connection", "expect", "host", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade", "user-agent", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token",
    "x-amzn-trace-id" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (name_order(name, ek_aws_str(names[i])) == 0)
      return 1;
  return name.len >= 6 && name_order((ek_str){ name.ptr, 6 }, ek_aws_str("proxy-")) == 0;
}

void
ek_aws_heads_add(ek_aws_heads *h, const char *name, const char *value)
{
  h->at[h->n] = (ek_aws_head){ ek_aws_str(name), ek_aws_str(value), h->n };
  h->n++;
}

/* Room for those of the request and four of our own. */
void
ek_aws_heads_read(ek_aws_heads *h, const char *const *lines)
{
  size_t n = 0;
  while (lines && lines[n])
    n++;
  h->at = ek_mem_alloc((n + 4) * sizeof *h->at);
  for (size_t i = 0; i < n; i++) {
    const char *colon = strchr(lines[i], ':');
    ek_str name = { lines[i], colon ? (size_t)(colon - lines[i]) : strlen(lines[i]) };
    while (name.len && (name.ptr[name.len - 1] == ' ' || name.ptr[name.len - 1] == '\t'))
      name.len--;
    if (name.len && !left_out(name)) {
      h->at[h->n] = (ek_aws_head){ name, ek_aws_str(colon ? colon + 1 : ""), h->n };
      h->n++;
    }
  }
}

static int
blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without outer blanks, inner ones as one space, also inside quotes and where lines were folded. */
static void
trimmed(ek_text *out, ek_str s)
{
  size_t i = 0;
  int first = 1;
  while (i < s.len) {
    while (i < s.len && blank(s.ptr[i]))
      i++;
    size_t from = i;
    while (i < s.len && !blank(s.ptr[i]))
      i++;
    if (i > from && !first)
      ek_text_char(out, ' ');
    if (i > from)
      first = 0;
    ek_text_add(out, s.ptr + from, i - from);
  }
}

static void
lower(ek_text *out, ek_str s)
{
  for (size_t i = 0; i < s.len; i++)
    ek_text_char(out, (char)fold(s.ptr[i]));
}

void
ek_aws_heads_write(ek_aws_heads *h, ek_text *lines, ek_text *names)
{
  qsort(h->at, h->n, sizeof *h->at, by_name);
  for (size_t i = 0; i < h->n; i++) {
    int again = i && name_order(h->at[i].name, h->at[i - 1].name) == 0;
    if (again) {
      lines->len--;                /* the newline: values of one name stand on one line */
      ek_text_char(lines, ',');
    } else {
      if (i)
        ek_text_char(names, ';');
      lower(names, h->at[i].name);
      lower(lines, h->at[i].name);
      ek_text_char(lines, ':');
    }
    trimmed(lines, h->at[i].value);
    ek_text_char(lines, '\n');
  }
}
