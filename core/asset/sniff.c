/* SPDX-License-Identifier: BSD-3-Clause */
/* What bytes are, by the bytes. Names and Content-Type are the word of whoever published them. */
#include "asset/sniff.h"
#include <string.h>

const char *
ek_media_type(enum ek_media media)
{
  switch (media) {
  case EK_MEDIA_JPEG: return "image/jpeg";
  case EK_MEDIA_PNG: return "image/png";
  case EK_MEDIA_WEBP: return "image/webp";
  case EK_MEDIA_GIF: return "image/gif";
  case EK_MEDIA_SVG: return "image/svg+xml";
  case EK_MEDIA_HTML: return "text/html";
  case EK_MEDIA_BMP: return "image/bmp";
  case EK_MEDIA_TIFF: return "image/tiff";
  case EK_MEDIA_AVIF: return "image/avif";
  case EK_MEDIA_PDF: return "application/pdf";
  case EK_MEDIA_TEXT: return "text/plain";
  case EK_MEDIA_UNKNOWN:
  case EK_MEDIA_EMPTY: break;
  }
  return "";
}

/* The names of the types below hold a NUL, so their length is told apart from strlen. */
#define BEGINS(p, size, magic) ((size) >= sizeof magic - 1 && memcmp((p), magic, sizeof magic - 1) == 0)

static void
webp(const uint8_t *p, size_t size, ek_media_info *out)
{
  out->media = EK_MEDIA_WEBP;
  if (size < 30)
    return;
  const uint8_t *d = p + 20;               /* what the first chunk holds        */
  if (BEGINS(p + 12, 4, "VP8 ") && BEGINS(d + 3, 3, "\x9d\x01\x2a")) {
    out->width = ek_le16(d + 6) & 0x3fff;
    out->height = ek_le16(d + 8) & 0x3fff;
  } else if (BEGINS(p + 12, 4, "VP8L") && d[0] == 0x2f) {
    uint32_t bits = ek_le32(d + 1);
    out->width = (bits & 0x3fff) + 1;
    out->height = (bits >> 14 & 0x3fff) + 1;
  } else if (BEGINS(p + 12, 4, "VP8X")) {
    out->width = (ek_le32(d + 4) & 0xffffff) + 1;
    out->height = (ek_le32(d + 6) >> 8) + 1;
  }
}

static void
gif(const uint8_t *p, size_t size, ek_media_info *out)
{
  out->media = EK_MEDIA_GIF;
  if (size < 10)
    return;
  out->width = ek_le16(p + 6);
  out->height = ek_le16(p + 8);
}

/* "BM" alone begins many a text: the size of the second header decides. */
static int
bmp(const uint8_t *p, size_t size, ek_media_info *out)
{
  if (!BEGINS(p, size, "BM") || size < 26)
    return 0;
  uint32_t header = ek_le32(p + 14);
  if (header < 12 || header > 124 || ek_le32(p + 6) != 0)
    return 0;
  out->media = EK_MEDIA_BMP;
  out->width = header == 12 ? ek_le16(p + 18) : ek_le32(p + 18);
  out->height = header == 12 ? ek_le16(p + 20) : ek_le32(p + 22);
  if (header != 12 && out->height > INT32_MAX)
    out->height = 0 - out->height;         /* negative: the rows run from the top */
  return 1;
}

/* An ISO base media file whose brands, the main one or a compatible one, say AVIF. */
static int
avif(const uint8_t *p, size_t size)
{
  enum { BRANDS = 16 };
  if (size < 16 || !BEGINS(p + 4, size - 4, "ftyp"))
    return 0;
  size_t end = ek_be32(p);
  if (end > size)
    end = size;
  for (size_t at = 8, n = 0; end >= 4 && at <= end - 4 && n < BRANDS; at += 4, n++)
    if (at != 12 && (BEGINS(p + at, 4, "avif") || BEGINS(p + at, 4, "avis")))
      return 1;
  return 0;
}

static int
tiff(const uint8_t *p, size_t size)
{
  return BEGINS(p, size, "II*\0") || BEGINS(p, size, "MM\0*") || BEGINS(p, size, "II+\0") ||
         BEGINS(p, size, "MM\0+");
}

static void
others(const uint8_t *p, size_t size, ek_media_info *out)
{
  if (BEGINS(p, size, "GIF87a") || BEGINS(p, size, "GIF89a"))
    gif(p, size, out);
  else if (size >= 12 && BEGINS(p, size, "RIFF") && BEGINS(p + 8, 4, "WEBP"))
    webp(p, size, out);
  else if (tiff(p, size))
    out->media = EK_MEDIA_TIFF;
  else if (BEGINS(p, size, "%PDF-"))
    out->media = EK_MEDIA_PDF;
  else if (avif(p, size))
    out->media = EK_MEDIA_AVIF;
  else if (!bmp(p, size, out))
    out->media = ek_sniff_words(p, size);
}

const char *
ek_media_sniff(ek_str bytes, ek_media_info *out)
{
  const uint8_t *p = (const uint8_t *)bytes.ptr;
  size_t size = bytes.len;
  *out = (ek_media_info){ .media = EK_MEDIA_EMPTY };
  if (size == 0)
    return NULL;
  out->media = EK_MEDIA_UNKNOWN;
  if (BEGINS(p, size, "\xff\xd8\xff") || (size == 2 && BEGINS(p, size, "\xff\xd8")))
    return ek_sniff_jpeg(p, size, out);
  if (BEGINS(p, size, "\x89PNG"))
    return ek_sniff_png(p, size, out);
  others(p, size, out);
  return NULL;
}
