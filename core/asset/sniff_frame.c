/* SPDX-License-Identifier: BSD-3-Clause */
/* JPEG and PNG from their first byte to the first byte of pixels: what they claim to measure,
 * and whether a decoder would get as far. What the pixels hold is the decoder's affair. */
#include "asset/sniff.h"
#include <string.h>
#include <zlib.h>

#define BROKEN_SEGMENT "has a broken segment"
#define FORGIVEN 1024u             /* bytes: less is no photograph                */
#define NO_PIXELS "has no picture data"
#define ENDS_BEFORE_PIXELS "ends before its picture data"

/* ---- JPEG ----------------------------------------------------------------------- */

static const char no_size[] = "claims no size";

enum { TEM = 0x01, SOF0 = 0xc0, DHT = 0xc4, JPG = 0xc8, DAC = 0xcc, SOF15 = 0xcf, RST0 = 0xd0, RST7 = 0xd7, SOI = 0xd8,
       EOI = 0xd9, SOS = 0xda, APP0 = 0xe0, APP15 = 0xef };

/* The next marker, -1: none. Bytes between segments are passed over, as decoders do. */
static int
next_marker(const uint8_t *p, size_t size, size_t *at)
{
  size_t i = *at;
  for (;;) {
    while (i < size && p[i] != 0xff)
      i++;
    while (i < size && p[i] == 0xff)       /* any number may fill              */
      i++;
    if (i >= size)
      return -1;
    if (p[i] != 0) {
      *at = i + 1;
      return p[i];
    }
  }
}

static int
is_frame(int marker)
{
  return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

/* d: the segment behind its marker; len: as it says itself, all there. */
static const char *
frame(const uint8_t *d, size_t len, ek_media_info *out)
{
  if (len < 8 || len != 8 + 3 * (size_t)d[7] || d[7] == 0)
    return "has a broken frame header";
  out->height = ek_be16(d + 3);
  out->width = ek_be16(d + 5);
  return out->width == 0 || out->height == 0 ? no_size : NULL;
}

static const char *
walk(const uint8_t *p, size_t size, ek_media_info *out)
{
  size_t at = 2;
  int framed = 0, marker;
  while ((marker = next_marker(p, size, &at)) >= 0) {
    if (marker == TEM || (marker >= RST0 && marker <= RST7))
      continue;
    if (marker == SOS || marker == EOI)
      return !framed ? "has no frame header" : marker == EOI ? NO_PIXELS : NULL;
    if (marker == SOI)
      return BROKEN_SEGMENT;
    if (size - at < 2)
      break;
    size_t len = ek_be16(p + at);
    if (len < 2 || (framed && is_frame(marker)))
      return BROKEN_SEGMENT;
    if (len > size - at)
      break;
    if (is_frame(marker)) {
      const char *fault = frame(p + at, len, out);
      if (fault)
        return fault;
      framed = 1;
    }
    at += len;
  }
  return framed ? ENDS_BEFORE_PIXELS : "ends before its frame header";
}

/* A file that begins as a JPEG, a whole first segment included, and is of a photograph's size, but cannot be
 * followed further: decoders differ in what they forgive, and whoever is asked next has the last word. Its
 * size is not told then. Never where a frame header claims no size.         */
static int
is_forgiven(const uint8_t *p, size_t size, const char *fault)
{
  return fault != no_size && size >= FORGIVEN && p[2] == 0xff && p[3] >= APP0 && p[3] <= APP15 && ek_be16(p + 4) >= 8 &&
         ek_be16(p + 4) < size - 4;
}

const char *
ek_sniff_jpeg(const uint8_t *p, size_t size, ek_media_info *out)
{
  out->media = EK_MEDIA_JPEG;
  const char *fault = walk(p, size, out);
  if (!fault || !is_forgiven(p, size, fault))
    return fault;
  out->width = out->height = 0;
  return NULL;
}

/* ---- PNG ------------------------------------------------------------------------ */

enum { SIGNATURE = 8, IHDR_END = SIGNATURE + 4 + 4 + 13 + 4 };

/* d: the 13 bytes of IHDR. */
static const char *
header(const uint8_t *d, ek_media_info *out)
{
  static const uint8_t colours[] = { 1, 0, 1, 1, 1, 0, 1 };
  out->width = ek_be32(d);
  out->height = ek_be32(d + 4);
  if (out->width == 0 || out->height == 0)
    return no_size;
  if (out->width > INT32_MAX || out->height > INT32_MAX || d[8] == 0 || d[8] > 16 || (d[8] & (d[8] - 1)) != 0 ||
      d[9] >= sizeof colours || !colours[d[9]] || d[10] != 0 || d[11] != 0 || d[12] > 1)
    return "has a broken header";
  return NULL;
}

static const char *
find_pixels(const uint8_t *p, size_t size)
{
  for (size_t at = IHDR_END; size - at >= 8;) {
    size_t len = ek_be32(p + at);
    if (memcmp(p + at + 4, "IDAT", 4) == 0)
      return len > INT32_MAX ? BROKEN_SEGMENT : NULL;
    if (memcmp(p + at + 4, "IEND", 4) == 0)
      return NO_PIXELS;
    if (len > INT32_MAX)
      return BROKEN_SEGMENT;
    at += 8;
    if (size - at < len || size - at - len < 4)
      break;
    at += len + 4;
  }
  return ENDS_BEFORE_PIXELS;
}

const char *
ek_sniff_png(const uint8_t *p, size_t size, ek_media_info *out)
{
  static const uint8_t start[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R' };
  size_t known = size < sizeof start ? size : sizeof start;
  out->media = EK_MEDIA_PNG;
  if (memcmp(p, start, known) != 0)
    return "has no header";
  if (size < IHDR_END)
    return "ends before its header";
  /* Decoders refuse a header whose sum is wrong; what it claims is worth nothing then. */
  if (crc32(0, p + SIGNATURE + 4, 4 + 13) != ek_be32(p + IHDR_END - 4))
    return "has a header with a wrong checksum";
  const char *fault = header(p + SIGNATURE + 8, out);
  return fault ? fault : find_pixels(p, size);
}
