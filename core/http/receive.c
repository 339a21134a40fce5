/* SPDX-License-Identifier: BSD-3-Clause */
/* Headers and body as they come in. Both are bounded: by us, because a server may
 * send for ever and a few bytes may unpack to many.                         */
#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "base/number.h"
#include "http/internal.h"

enum { HEADERS_MAX = 256 << 10, HINT_MAX = 1 << 20, DISCARD_MAX = 64 << 10 };

uint64_t
ek_exchange_limit(const ek_exchange *x)
{
  return x->spec->max_response ? x->spec->max_response : 16u << 20;
}

static ek_str
trim(const char *p, size_t n)
{
  while (n && (*p == ' ' || *p == '\t')) {
    p++;
    n--;
  }
  while (n && (p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\r' || p[n - 1] == '\n'))
    n--;
  return (ek_str){ p, n };
}

static int
name_is(ek_str name, const char *lower)
{
  return name.len == strlen(lower) && strncasecmp(name.ptr, lower, name.len) == 0;
}

/* To the byte, as a text does not that expects to grow: what is too much would be given back in pieces that fit
 * nothing, and a hundred pictures are here at a time. */
static void
reserve(ek_text *t, size_t n)
{
  if (t->cap > n)
    return;
  t->data = ek_mem_resize(t->data, n + 1);
  t->cap = n + 1;
}

/* 0: too large to begin with. */
static int
take_hint(ek_exchange *x, ek_str value)
{
  int64_t n = 0;
  uint64_t limit = ek_exchange_limit(x);
  if (x->encoded || !ek_number_int(value, &n) || n <= 0)
    return 1;
  if ((uint64_t)n > limit) {
    x->too_large = 1;
    return 0;
  }
  reserve(&x->out->body, n > HINT_MAX ? HINT_MAX : (size_t)n);
  return 1;
}

static void
add_header(ek_text *t, ek_str name, ek_str value)
{
  for (size_t i = 0; i < name.len; i++)
    ek_text_char(t, (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] + 32 : name.ptr[i]));
  ek_text_add(t, ": ", 2);
  for (size_t i = 0; i < value.len; i++)
    ek_text_char(t, (unsigned char)value.ptr[i] < 0x20 ? ' ' : value.ptr[i]);
  ek_text_char(t, '\n');
}

size_t
ek_exchange_header(char *p, size_t size, size_t n, void *arg)
{
  ek_exchange *x = arg;
  ek_http_answer *out = x->out;
  const char *colon;
  n *= size;
  if (x->has_body)                   /* trailers: what stands behind a body says nothing of it */
    return n;
  if (n > 5 && strncasecmp(p, "HTTP/", 5) == 0) {
    ek_text_clear(&out->headers);    /* of an interim answer                     */
    x->encoded = 0;
    return n;
  }
  colon = memchr(p, ':', n);
  if (!colon || colon == p || *p == ' ' || *p == '\t')
    return n;
  if (out->headers.len + n > HEADERS_MAX) {
    x->headers_too_large = 1;
    return 0;
  }
  ek_str name = trim(p, (size_t)(colon - p)), value = trim(colon + 1, n - (size_t)(colon - p) - 1);
  add_header(&out->headers, name, value);
  if (name_is(name, "content-encoding") && !name_is(value, "identity"))
    x->encoded = 1;
  return n;
}

/* The first bytes of a body: all headers are here. */
static int
begin_body(ek_exchange *x)
{
  long code = 0;
  x->has_body = 1;
  curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &code);
  x->skipped = ek_exchange_wants_redirect(x, (int)code);
  if (x->skipped)
    return 1;
  return take_hint(x, ek_http_header(x->out, "content-length"));
}

size_t
ek_exchange_body(char *p, size_t size, size_t n, void *arg)
{
  ek_exchange *x = arg;
  n *= size;
  if (!x->has_body && !begin_body(x))
    return 0;
  if (x->skipped) {
    /* Read to its end, so that the connection can be used again, if that is near. */
    x->discarded += n;
    return x->discarded > DISCARD_MAX ? 0 : n;
  }
  if (n > ek_exchange_limit(x) - x->out->body.len) {
    ek_text_add(&x->out->body, p, (size_t)(ek_exchange_limit(x) - x->out->body.len));
    x->too_large = 1;
    return 0;
  }
  ek_text_add(&x->out->body, p, n);
  return n;
}
