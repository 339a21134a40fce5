/* SPDX-License-Identifier: BSD-3-Clause */
/* gzip. An even first byte: the rest is the file as it is. An odd one: the rest is
 * text that is packed here, in members with all kinds of headers, and then perhaps
 * cut off or changed at one place: what comes out is that text, or an error.  */
#include "fuzz/kit.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "catalog/source.h"

/* How the packing goes, taken from the front of the input. */
typedef struct plan {
  uint8_t kind, flags, members, level, zeros, step;
  uint16_t place, change;
} plan;

static void
pack(ek_text *out, const uint8_t *text, size_t n, int level, unsigned flags)
{
  static Bytef extra[] = "extra", name[] = "name", comment[] = "comment";
  z_stream z = { 0 };
  gz_header h = { .extra = flags & 1 ? extra : NULL, .extra_len = 5, .name = flags & 2 ? name : NULL,
                  .comment = flags & 4 ? comment : NULL, .hcrc = flags >> 3 & 1, .os = 3 };
  FUZZ_CHECK(deflateInit2(&z, level % 10, Z_DEFLATED, 31, 8, (int)(flags >> 4) % 5) == Z_OK);
  FUZZ_CHECK(deflateSetHeader(&z, &h) == Z_OK);
  uLong bound = deflateBound(&z, n) + 64;
  ek_text_reserve(out, bound);
  z.next_in = (Bytef *)(uintptr_t)text;
  z.avail_in = (uInt)n;
  z.next_out = (Bytef *)out->data + out->len;
  z.avail_out = (uInt)bound;
  FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out->len += z.total_out;
  deflateEnd(&z);
}

static size_t
header_length(unsigned flags)
{
  return 10u + (flags & 1 ? 2u + 5u : 0u) + (flags & 2 ? 5u : 0u) + (flags & 4 ? 8u : 0u) + (flags & 8 ? 2u : 0u);
}

/* All that comes out, in portions of step bytes. 0 or -1. */
static int
unpack(const char *path, size_t step, ek_text *out)
{
  static int wake[2] = { -1, -1 };
  ek_error e = { 0 };
  ssize_t n;
  if (wake[0] < 0)
    FUZZ_CHECK(pipe(wake) == 0);
  ek_source *s = ek_source_open(path, "fuzz", wake[0], &e);
  FUZZ_CHECK(s);
  do {
    ek_text_reserve(out, step);
    n = ek_source_read(s, out->data + out->len, step, -1, &e);
    FUZZ_CHECK(n <= (ssize_t)step && n != EK_SOURCE_IDLE);
    if (n > 0)
      out->len += (size_t)n;
  } while (n > 0 && out->len < 64 << 20);
  if (n < 0) {
    FUZZ_CHECK(e.code && e.message[0]);
    FUZZ_CHECK(ek_source_read(s, out->data, 1, -1, &e) == EK_SOURCE_BAD);      /* and so it stays */
  }
  ek_source_close(s);
  return n < 0 ? -1 : 0;
}

static void
as_it_is(const uint8_t *data, size_t size, size_t step)
{
  const char *path = fuzz_file(data, size);
  ek_text a = { 0 }, b = { 0 };
  int r = unpack(path, 1 << 16, &a), q = unpack(path, step, &b);
  FUZZ_CHECK(r == q);
  FUZZ_CHECK(r != 0 || ek_str_eq((ek_str){ a.data, a.len }, (ek_str){ b.data, b.len }));
  ek_text_free(&a);
  ek_text_free(&b);
}

static void
packed(const plan *p, const uint8_t *text, size_t n)
{
  ek_text z = { 0 }, got = { 0 };
  size_t members = 1u + p->members % 5, at[6] = { 0 };
  for (size_t i = 0; i < members; i++) {
    size_t from = n * i / members, to = n * (i + 1) / members;
    pack(&z, text + from, to - from, p->level + (int)i, p->flags + (unsigned)i);
    at[i + 1] = z.len;
  }
  for (unsigned i = 0; i < p->zeros % 4u; i++)
    ek_text_char(&z, 0);
  size_t place = p->place % z.len, len = z.len, want = n;
  int cut = (p->kind & 6) == 2, changed = (p->kind & 6) == 4 && p->change & 0xff;
  int whole = !cut && !changed;
  if (cut) {
    len = place;
    for (size_t i = 0; i <= members; i++)
      if (len == at[i] || (i == members && len >= at[i])) {
        whole = 1;
        want = n * i / members;
      }
  }
  /* A header whose length is changed can swallow a whole member unseen: gzip's limit, not ours. */
  int header = 0;
  for (size_t i = 0; i < members; i++)
    header |= place >= at[i] && place < at[i] + header_length(p->flags + (unsigned)i);
  if (changed)
    z.data[place] = (char)(z.data[place] ^ p->change);
  int r = unpack(fuzz_file(z.data, len), 1 + p->step, &got);
  /* Of its first byte alone it cannot be told that it is gzip. */
  if (len >= 2 && !(changed && header)) {
    FUZZ_CHECK(!whole || r == 0);
    FUZZ_CHECK(!cut || whole || r == -1);
    FUZZ_CHECK(r != 0 || (got.len == want && (!want || memcmp(got.data, text, want) == 0)));
  }
  ek_text_free(&z);
  ek_text_free(&got);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  plan p;
  if (size < sizeof p)
    return 0;
  memcpy(&p, data, sizeof p);
  data += sizeof p;
  size -= sizeof p;
  if (p.kind & 1)
    packed(&p, data, size);
  else
    as_it_is(data, size, 1 + p.step);
  return 0;
}
