/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/sha256.h"
#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"

#define READ_AT_ONCE ((size_t)256 << 10)

/* The library looks algorithms up by name, under a lock, each time that it is not given one
 * that was fetched before: so it is fetched once a process and kept.          */
static EVP_MD *sha256;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void
fetch(void)
{
  sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
  if (!sha256)
    abort();
}

void
ek_sha256(ek_str s, unsigned char out[EK_SHA256_SIZE])
{
  pthread_once(&fetched, fetch);
  if (EVP_Digest(s.len ? s.ptr : "", s.len, out, NULL, sha256, NULL) != 1)
    abort();
}

void
ek_sha256_hex(ek_str s, char out[65])
{
  unsigned char d[EK_SHA256_SIZE];
  ek_sha256(s, d);
  ek_hex(d, sizeof d, out);
}

int
ek_sha256_file(int fd, char out[65])
{
  unsigned char d[EK_SHA256_SIZE];
  EK_FREE char *buffer = ek_mem_alloc(READ_AT_ONCE);
  pthread_once(&fetched, fetch);
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  int ok = ctx && EVP_DigestInit_ex(ctx, sha256, NULL) == 1;
  ssize_t n = 1;
  for (off_t at = 0; ok && n; at += n > 0 ? n : 0) {
    n = pread(fd, buffer, READ_AT_ONCE, at);
    if (n < 0 && errno != EINTR)
      break;
    ok = n <= 0 || EVP_DigestUpdate(ctx, buffer, (size_t)n) == 1;
  }
  int kept = errno;
  if (!ok || (n == 0 && EVP_DigestFinal_ex(ctx, d, NULL) != 1))
    abort();
  EVP_MD_CTX_free(ctx);
  errno = kept;
  if (n < 0)
    return -1;
  ek_hex(d, sizeof d, out);
  return 0;
}

void
ek_hex(const void *bytes, size_t n, char *out)
{
  static const char digits[] = "0123456789abcdef";
  const unsigned char *p = bytes;
  for (size_t i = 0; i < n; i++) {
    *out++ = digits[p[i] >> 4];
    *out++ = digits[p[i] & 15];
  }
  *out = 0;
}
