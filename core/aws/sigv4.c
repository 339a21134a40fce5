/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/sigv4.h"
#include <stdlib.h>
#include "aws/canonical.h"
#include "aws/hash.h"
#include "aws/secret.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/number.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define UNSIGNED "UNSIGNED-PAYLOAD"

typedef struct signing {
  const ek_sigv4_request *r;
  const ek_aws_keys *keys;
  char stamp[17], day[9];
  char payload[65];
  ek_text scope;                   /* "20150830/us-east-1/service/aws4_request"   */
  ek_text lines, names;            /* canonical headers, their names              */
} signing;

static void
signing_free(signing *s)
{
  ek_text_free(&s->scope);
  ek_secret_text_free(&s->lines);
  ek_text_free(&s->names);
}

static void
signing_begin(signing *s)
{
  char utc[32];
  size_t n = 0;
  ek_number_utc(s->r->time, utc);
  for (const char *p = utc; *p && n < sizeof s->stamp - 1; p++)
    if (*p != '-' && *p != ':')
      s->stamp[n++] = *p;
  s->stamp[n] = 0;
  memcpy(s->day, s->stamp, 8);
  ek_text_printf(&s->scope, "%s/%s/%s/aws4_request", s->day, s->r->region, s->r->service);
}

static void
payload(signing *s, int unsigned_payload)
{
  if (unsigned_payload)
    memcpy(s->payload, UNSIGNED, sizeof UNSIGNED);
  else if (s->r->body_sha256 && strlen(s->r->body_sha256) == 64)
    memcpy(s->payload, s->r->body_sha256, 65);
  else
    ek_sha256_hex(s->r->body, s->payload);
}

static void
signing_key(const signing *s, unsigned char out[EK_SHA256_SIZE])
{
  static const char prefix[] = "AWS4";
  size_t n = strlen(s->keys->secret);
  unsigned char *first = ek_mem_alloc(n + 4);
  memcpy(first, prefix, 4);
  memcpy(first + 4, s->keys->secret, n);
  ek_hmac_sha256(first, n + 4, ek_aws_str(s->day), out);
  OPENSSL_cleanse(first, n + 4);
  free(first);
  ek_hmac_sha256(out, EK_SHA256_SIZE, ek_aws_str(s->r->region), out);
  ek_hmac_sha256(out, EK_SHA256_SIZE, ek_aws_str(s->r->service), out);
  ek_hmac_sha256(out, EK_SHA256_SIZE, ek_aws_str("aws4_request"), out);
}

/* From the parts to the signature. */
static void
signature(signing *s, ek_aws_query *q, ek_sigv4_steps *steps, char out[65])
{
  EK_AUTO(ek_secret_text_free) ek_text canonical = { 0 };
  EK_AUTO(ek_text_free) ek_text to_sign = { 0 };
  ek_text_reserve(&canonical, 512 + s->lines.len + s->names.len + 4 * ek_aws_str(s->r->path).len + 2 * q->pool.len);
  ek_text_printf(&canonical, "%s\n", s->r->method);
  ek_canonical_path(s->r, &canonical);
  ek_text_char(&canonical, '\n');
  ek_aws_query_write(q, &canonical);
  ek_text_char(&canonical, '\n');
  ek_text_add(&canonical, s->lines.data, s->lines.len);
  ek_text_char(&canonical, '\n');
  ek_text_add(&canonical, s->names.data, s->names.len);
  ek_text_char(&canonical, '\n');
  ek_text_cstr(&canonical, s->payload);

  char sum[65];
  ek_sha256_hex((ek_str){ canonical.data, canonical.len }, sum);
  ek_text_printf(&to_sign, ALGORITHM "\n%s\n%s\n%s", s->stamp, ek_text_c(&s->scope), sum);
  unsigned char key[EK_SHA256_SIZE], mac[EK_SHA256_SIZE];
  signing_key(s, key);
  ek_hmac_sha256(key, EK_SHA256_SIZE, (ek_str){ to_sign.data, to_sign.len }, mac);
  OPENSSL_cleanse(key, sizeof key);
  ek_hex(mac, sizeof mac, out);
  if (steps) {
    ek_text_add(&steps->canonical, canonical.data, canonical.len);
    ek_text_add(&steps->to_sign, to_sign.data, to_sign.len);
  }
}

void
ek_sigv4_headers(const ek_sigv4_request *r, const ek_aws_keys *keys, ek_text *out, ek_sigv4_steps *steps)
{
  EK_AUTO(signing_free) signing s = { .r = r, .keys = keys };
  EK_AUTO(ek_aws_query_free) ek_aws_query q = { 0 };
  EK_AUTO(ek_aws_heads_free) ek_aws_heads h = { 0 };
  const char *token = keys->token && *keys->token ? keys->token : NULL;
  int body_header = (r->flags & (EK_SIGV4_S3 | EK_SIGV4_BODY_HEADER | EK_SIGV4_UNSIGNED_PAYLOAD)) != 0;
  signing_begin(&s);
  payload(&s, (r->flags & EK_SIGV4_UNSIGNED_PAYLOAD) != 0);
  ek_aws_query_read(&q, ek_aws_str(r->query));
  ek_aws_heads_read(&h, r->headers);
  ek_aws_heads_add(&h, "host", r->host);
  ek_aws_heads_add(&h, "x-amz-date", s.stamp);
  if (token && !(r->flags & EK_SIGV4_TOKEN_AFTER))
    ek_aws_heads_add(&h, "x-amz-security-token", token);
  if (body_header)
    ek_aws_heads_add(&h, "x-amz-content-sha256", s.payload);
  ek_text_reserve(&s.lines, 1024 + (token ? strlen(token) : 0));
  ek_aws_heads_write(&h, &s.lines, &s.names);

  char signed_with[65];
  signature(&s, &q, steps, signed_with);
  ek_text_reserve(out, 512 + s.names.len + s.scope.len + (token ? strlen(token) : 0));
  ek_text_printf(out, "X-Amz-Date: %s\n", s.stamp);
  if (token) {
    ek_text_cstr(out, "X-Amz-Security-Token: ");
    ek_text_cstr(out, token);
    ek_text_char(out, '\n');
  }
  if (body_header)
    ek_text_printf(out, "X-Amz-Content-Sha256: %s\n", s.payload);
  ek_text_printf(out, "Authorization: " ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s\n",
                 keys->id, ek_text_c(&s.scope), ek_text_c(&s.names), signed_with);
}

void
ek_sigv4_query(const ek_sigv4_request *r, const ek_aws_keys *keys, unsigned expires_s, ek_text *out,
               ek_sigv4_steps *steps)
{
  EK_AUTO(signing_free) signing s = { .r = r, .keys = keys };
  EK_AUTO(ek_aws_query_free) ek_aws_query q = { 0 };
  EK_AUTO(ek_aws_heads_free) ek_aws_heads h = { 0 };
  EK_AUTO(ek_text_free) ek_text credential = { 0 };
  EK_AUTO(ek_text_free) ek_text expires = { 0 };
  const char *token = keys->token && *keys->token ? keys->token : NULL;
  signing_begin(&s);
  /* Whoever uses the URL has the body, not we: S3 takes no digest in this form. */
  payload(&s, (r->flags & (EK_SIGV4_UNSIGNED_PAYLOAD | EK_SIGV4_S3)) != 0);
  ek_aws_heads_read(&h, r->headers);
  ek_aws_heads_add(&h, "host", r->host);
  ek_aws_heads_write(&h, &s.lines, &s.names);

  ek_text_printf(&credential, "%s/%s", keys->id, ek_text_c(&s.scope));
  ek_text_u64(&expires, expires_s);
  size_t most = ek_aws_str(token).len + s.names.len + credential.len + ek_aws_str(r->query).len;
  ek_text_reserve(&q.pool, 1024 + 3 * most);
  ek_aws_query_read(&q, ek_aws_str(r->query));
  ek_aws_query_add(&q, "X-Amz-Algorithm", ek_aws_str(ALGORITHM));
  ek_aws_query_add(&q, "X-Amz-Credential", (ek_str){ credential.data, credential.len });
  ek_aws_query_add(&q, "X-Amz-Date", ek_aws_str(s.stamp));
  ek_aws_query_add(&q, "X-Amz-Expires", (ek_str){ expires.data, expires.len });
  ek_aws_query_add(&q, "X-Amz-SignedHeaders", (ek_str){ s.names.data, s.names.len });
  if (token && !(r->flags & EK_SIGV4_TOKEN_AFTER))
    ek_aws_query_add(&q, "X-Amz-Security-Token", ek_aws_str(token));

  char signed_with[65];
  signature(&s, &q, steps, signed_with);
  ek_text_reserve(out, 256 + 2 * q.pool.len + (token ? 3 * strlen(token) : 0));
  ek_aws_query_write(&q, out);
  if (token && (r->flags & EK_SIGV4_TOKEN_AFTER)) {
    ek_text_cstr(out, "&X-Amz-Security-Token=");
    ek_aws_encode(out, ek_aws_str(token), 0);
  }
  ek_text_printf(out, "&X-Amz-Signature=%s", signed_with);
}
