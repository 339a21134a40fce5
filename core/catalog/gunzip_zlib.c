/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>
#include "base/mem.h"
#include "catalog/gunzip.h"

struct ek_inflate { z_stream s; };

static voidpf
zlib_alloc(voidpf opaque, uInt items, uInt size)
{
  (void)opaque;
  return ek_mem_zero(items, size);
}

static void
zlib_free(voidpf opaque, voidpf p)
{
  (void)opaque;
  free(p);
}

ek_inflate *
ek_inflate_new(void)
{
  ek_inflate *z = ek_mem_zero(1, sizeof *z);
  z->s.zalloc = zlib_alloc;
  z->s.zfree = zlib_free;
  /* Raw deflate: the frame is gunzip.c's. Fails only for a zlib of another ABI. */
  if (inflateInit2(&z->s, -15) != Z_OK)
    abort();
  return z;
}

void
ek_inflate_free(ek_inflate *z)
{
  if (z)
    inflateEnd(&z->s);
  free(z);
}

void
ek_inflate_reset(ek_inflate *z)
{
  inflateReset(&z->s);
}

static uInt
fit(size_t n)
{
  return n > UINT_MAX ? UINT_MAX : (uInt)n;
}

enum ek_inflate_result
ek_inflate_run(ek_inflate *z, const uint8_t **in, const uint8_t *in_end, uint8_t **out, uint8_t *out_end)
{
  z->s.next_in = (Bytef *)(uintptr_t)*in;  /* zlib only reads there           */
  z->s.avail_in = fit((size_t)(in_end - *in));
  z->s.next_out = *out;
  z->s.avail_out = fit((size_t)(out_end - *out));
  int r = inflate(&z->s, Z_NO_FLUSH);
  *in = z->s.next_in;
  *out = z->s.next_out;
  if (r == Z_STREAM_END)
    return EK_INFLATE_END;
  return r == Z_OK || r == Z_BUF_ERROR ? EK_INFLATE_MORE : EK_INFLATE_BAD;
}

uint32_t
ek_inflate_crc(uint32_t crc, const void *p, size_t n)
{
  return (uint32_t)crc32_z(crc, p, n);
}

const char *
ek_inflate_name(void)
{
  return "zlib";
}
