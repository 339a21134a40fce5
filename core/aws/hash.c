/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/hash.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include "aws/sigv4.h"

/* The library looks algorithms up by name, under a lock, each time that it is not given
 * one that was fetched before: so both are fetched once a process and kept. */
static EVP_MD *sha256;
static EVP_MAC *hmac;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void
fetch(void)
{
  sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
  hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  if (!sha256 || !hmac)
    abort();                       /* a libcrypto without SHA-256: nothing can be signed or verified */
}

void
ek_sha256(ek_str s, unsigned char out[EK_SHA256_SIZE])
{
  pthread_once(&fetched, fetch);
  if (EVP_Digest(s.len ? s.ptr : "", s.len, out, NULL, sha256, NULL) != 1)
    abort();
}

void
ek_hmac_sha256(const unsigned char *key, size_t key_len, ek_str s, unsigned char out[EK_SHA256_SIZE])
{
  static char name[] = "SHA256";
  pthread_once(&fetched, fetch);
  EVP_MAC_CTX *c = EVP_MAC_CTX_new(hmac);
  OSSL_PARAM params[] = {
    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_construct_end()
  };
  size_t n = 0;
  if (!c || EVP_MAC_init(c, key, key_len, params) != 1
      || EVP_MAC_update(c, (const unsigned char *)(s.len ? s.ptr : ""), s.len) != 1
      || EVP_MAC_final(c, out, &n, EK_SHA256_SIZE) != 1)
    abort();
  EVP_MAC_CTX_free(c);
}

void
ek_hex(const unsigned char in[EK_SHA256_SIZE], char out[65])
{
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < EK_SHA256_SIZE; i++) {
    out[2 * i] = digits[in[i] >> 4];
    out[2 * i + 1] = digits[in[i] & 15];
  }
  out[64] = 0;
}

void
ek_sha256_hex(ek_str s, char out[65])
{
  unsigned char d[EK_SHA256_SIZE];
  ek_sha256(s, d);
  ek_hex(d, out);
}

static int
unreserved(unsigned char c)
{
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
         || c == '-' || c == '.' || c == '_' || c == '~';
}

void
ek_aws_encode_byte(ek_text *out, unsigned char c)
{
  static const char digits[] = "0123456789ABCDEF";
  if (unreserved(c)) {
    ek_text_char(out, (char)c);
    return;
  }
  char e[3] = { '%', digits[c >> 4], digits[c & 15] };
  ek_text_add(out, e, sizeof e);
}

void
ek_aws_encode(ek_text *out, ek_str s, int keep_slash)
{
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '/' && keep_slash)
      ek_text_char(out, '/');
    else
      ek_aws_encode_byte(out, (unsigned char)s.ptr[i]);
}
