/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/gunzip.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"

enum { F_HCRC = 2, F_EXTRA = 4, F_NAME = 8, F_COMMENT = 16, F_RESERVED = 0xe0 };

/* What the next byte belongs to. */
enum place { HEADER, EXTRA_LENGTH, EXTRA, NAME, COMMENT, HEADER_CRC, BODY, TRAILER, BETWEEN, ZEROS };

struct ek_gunzip {
  ek_inflate *z;
  enum place at;
  unsigned flags, left;          /* left: bytes of EXTRA to come              */
  unsigned n;                    /* bytes of the current part in part[]       */
  uint8_t part[10];
  uint32_t header_crc, crc, size;
  uint64_t members, used;        /* whole members; bytes of input taken       */
  uint64_t member_at;            /* where the current one begins              */
  char why[160];
};

ek_gunzip *
ek_gunzip_new(void)
{
  ek_gunzip *g = ek_mem_zero(1, sizeof *g);
  g->z = ek_inflate_new();
  return g;
}

void
ek_gunzip_free(ek_gunzip *g)
{
  if (!g)
    return;
  ek_inflate_free(g->z);
  free(g);
}

const char *
ek_gunzip_why(const ek_gunzip *g)
{
  return g->why;
}

int
ek_gunzip_ended(const ek_gunzip *g)
{
  return g->at == BETWEEN || g->at == ZEROS;
}

static int
bad(ek_gunzip *g, const char *what)
{
  snprintf(g->why, sizeof g->why, "%s (member %llu, which begins at byte %llu of the file)", what,
           (unsigned long long)g->members + 1, (unsigned long long)g->member_at);
  return -1;
}

static uint32_t
le32(const uint8_t *p)
{
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void
start_member(ek_gunzip *g)
{
  g->at = HEADER;
  g->n = 0;
  g->header_crc = g->crc = g->size = 0;
  g->member_at = g->used;
  ek_inflate_reset(g->z);
}

/* The parts of a header that follow the one that just ended, in their order. */
static void
next_part(ek_gunzip *g)
{
  g->n = 0;
  if (g->at < EXTRA_LENGTH && (g->flags & F_EXTRA))
    g->at = EXTRA_LENGTH;
  else if (g->at < NAME && (g->flags & F_NAME))
    g->at = NAME;
  else if (g->at < COMMENT && (g->flags & F_COMMENT))
    g->at = COMMENT;
  else if (g->at < HEADER_CRC && (g->flags & F_HCRC))
    g->at = HEADER_CRC;
  else
    g->at = BODY;
}

static int
fixed_header(ek_gunzip *g, uint8_t c)
{
  g->part[g->n++] = c;
  if (g->n == 1 && c != 0x1f)
    return bad(g, "no gzip header");
  if (g->n == 2 && c != 0x8b)
    return bad(g, "no gzip header");
  if (g->n == 3 && c != 8)
    return bad(g, "a method of compression that gzip does not define");
  if (g->n == 4 && (c & F_RESERVED))
    return bad(g, "a header with flags that gzip does not define");
  if (g->n == 10) {
    g->flags = g->part[3];
    next_part(g);
  }
  return 0;
}

/* One byte of a header. A header is short: no need for more than a byte at a time. */
static int
header_byte(ek_gunzip *g, uint8_t c)
{
  if (g->at != HEADER_CRC)
    g->header_crc = ek_inflate_crc(g->header_crc, &c, 1);
  switch (g->at) {
  case EXTRA_LENGTH:
    g->part[g->n++] = c;
    if (g->n == 2) {
      g->left = g->part[0] | (unsigned)g->part[1] << 8;
      if (g->left)
        g->at = EXTRA;
      else
        next_part(g);
    }
    return 0;
  case EXTRA:
    if (!--g->left)
      next_part(g);
    return 0;
  case NAME: case COMMENT:
    if (!c)
      next_part(g);
    return 0;
  case HEADER_CRC:
    g->part[g->n++] = c;
    if (g->n == 2) {
      if ((g->part[0] | (unsigned)g->part[1] << 8) != (g->header_crc & 0xffff))
        return bad(g, "a wrong checksum of the header");
      next_part(g);
    }
    return 0;
  default:
    return fixed_header(g, c);
  }
}

static int
trailer_byte(ek_gunzip *g, uint8_t c)
{
  g->part[g->n++] = c;
  if (g->n < 8)
    return 0;
  if (le32(g->part) != g->crc)
    return bad(g, "a wrong checksum: the text is not what was compressed");
  if (le32(g->part + 4) != g->size)
    return bad(g, "a wrong length: the text is not what was compressed");
  g->members++;
  g->at = BETWEEN;
  return 0;
}

/* After a member: another one, or zeros to the end, as tapes and gzip have it. */
static int
between_byte(ek_gunzip *g, uint8_t c)
{
  if (c == 0) {
    g->at = ZEROS;
    return 0;
  }
  if (g->at == BETWEEN && c == 0x1f) {
    g->used--;
    start_member(g);
    g->used++;
    return header_byte(g, c);
  }
  snprintf(g->why, sizeof g->why, "something that is not gzip follows the compressed text, at byte %llu of the file",
           (unsigned long long)(g->used - 1));
  return -1;
}

/* -1, 0: no progress without more input, 1: go on. */
static int
body(ek_gunzip *g, const uint8_t **in, const uint8_t *in_end, uint8_t **out, uint8_t *out_end)
{
  const uint8_t *in_was = *in;
  uint8_t *out_was = *out;
  enum ek_inflate_result r = ek_inflate_run(g->z, in, in_end, out, out_end);
  size_t made = (size_t)(*out - out_was);
  g->used += (uint64_t)(*in - in_was);     /* may go back: unsigned arithmetic does that too */
  g->crc = ek_inflate_crc(g->crc, out_was, made);
  g->size += (uint32_t)made;
  if (r == EK_INFLATE_BAD)
    return bad(g, "invalid compressed data");
  if (r == EK_INFLATE_END) {
    g->at = TRAILER;
    g->n = 0;
    return 1;
  }
  return made || *in != in_was;
}

enum ek_gunzip_result
ek_gunzip_run(ek_gunzip *g, const uint8_t **in, const uint8_t *in_end, uint8_t **out, uint8_t *out_end)
{
  while (!g->why[0]) {                     /* a damaged stream stays one      */
    int r;
    if (g->at == BODY) {
      if (*out == out_end)
        return EK_GUNZIP_FULL;
      r = body(g, in, in_end, out, out_end);
      if (r == 0)
        return EK_GUNZIP_MORE;
    } else {
      if (*in == in_end)
        return EK_GUNZIP_MORE;
      uint8_t c = *(*in)++;
      g->used++;
      r = g->at == TRAILER ? trailer_byte(g, c) : g->at >= BETWEEN ? between_byte(g, c) : header_byte(g, c);
    }
    if (r < 0)
      break;
  }
  return EK_GUNZIP_BAD;
}
