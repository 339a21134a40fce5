/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/hash.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include "aws/sigv4.h"

/* Fetched once a process, as in base/sha256.c. */
static EVP_MAC *hmac;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void
fetch(void)
{
  hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  if (!hmac)
    abort();                       /* nothing can be signed                 */
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
