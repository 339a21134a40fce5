/* SPDX-License-Identifier: BSD-3-Clause */
/* Types and dimensions by bytes; nothing is read behind the last of them (a copy of just that
 * size, under a sanitizer or valgrind).                                     */
#include <stdint.h>
#include <zlib.h>
#include "asset-test.h"

/* In a block of its own, with no byte to spare. */
static const char *
sniff(const void *bytes, size_t size, ek_media_info *out)
{
  char *copy = malloc(size ? size : 1);
  if (size)
    memcpy(copy, bytes, size);
  const char *fault = ek_media_sniff((ek_str){ size ? copy : NULL, size }, out);
  free(copy);
  return fault;
}

START_TEST(types)
{
#define S(s) s, sizeof s - 1
  static const struct { const char *bytes; size_t size; enum ek_media media; uint32_t width, height; } all[] = {
    { S(""), EK_MEDIA_EMPTY, 0, 0 },
    { S("GIF87a\x0a\x00\x14\x00"), EK_MEDIA_GIF, 10, 20 },
    { S("GIF89a\xff\xff\x01\x02"), EK_MEDIA_GIF, 65535, 0x201 },
    { S("GIF89a"), EK_MEDIA_GIF, 0, 0 },
    { S("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\x30\1\0\x9d\x01\x2a\x40\x41\x80\xc0"), EK_MEDIA_WEBP, 0x140, 0x80 },
    { S("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x3f\xc0\x1f\0\0\0\0\0\0"), EK_MEDIA_WEBP, 64, 128 },
    { S("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\x10\0\0\0\xff\0\0\x3f\1\0"), EK_MEDIA_WEBP, 256, 320 },
    { S("RIFF\0\0\0\0WEBP"), EK_MEDIA_WEBP, 0, 0 },
    { S("RIFF\0\0\0\0WAVE"), EK_MEDIA_UNKNOWN, 0, 0 },
    { S("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\2\0\0\0\xfd\xff\xff\xff"), EK_MEDIA_BMP, 2, 3 },
    { S("BM\x46\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\5\0\6\0\1\0\x18\0"), EK_MEDIA_BMP, 5, 6 },
    { S("BMW 3 series, picture to follow by mail"), EK_MEDIA_TEXT, 0, 0 },
    { S("II*\0\10\0\0\0"), EK_MEDIA_TIFF, 0, 0 },
    { S("MM\0*\0\0\0\10"), EK_MEDIA_TIFF, 0, 0 },
    { S("II+\0"), EK_MEDIA_TIFF, 0, 0 },
    { S("\0\0\0\x1c" "ftypavif\0\0\0\0avifmif1miaf"), EK_MEDIA_AVIF, 0, 0 },
    { S("\0\0\0\x1c" "ftypmif1\0\0\0\0mif1avifmiaf"), EK_MEDIA_AVIF, 0, 0 },
    { S("\0\0\0\x18" "ftypheic\0\0\0\0mif1heic"), EK_MEDIA_UNKNOWN, 0, 0 },
    { S("\xff\xff\xff\xff" "ftypheic\0\0\0\0mif1avif"), EK_MEDIA_AVIF, 0, 0 },
    { S("%PDF-1.7\n"), EK_MEDIA_PDF, 0, 0 },
    { S("<!DOCTYPE html><html>"), EK_MEDIA_HTML, 0, 0 },
    { S("\xef\xbb\xbf\r\n<HTML>"), EK_MEDIA_HTML, 0, 0 },
    { S("<!-- saved from --> <!-- x --><head>"), EK_MEDIA_HTML, 0, 0 },
    { S("<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'>"), EK_MEDIA_HTML, 0, 0 },
    { S("<html><svg></svg></html>"), EK_MEDIA_HTML, 0, 0 },
    { S("<script>location='/'</script>"), EK_MEDIA_HTML, 0, 0 },
    { S("<svg/>"), EK_MEDIA_SVG, 0, 0 },
    { S("<svg:svg xmlns:svg='x'>"), EK_MEDIA_SVG, 0, 0 },
    { S("<?xml version=\"1.0\"?>\n<!-- Inkscape -->\n<svg\n>"), EK_MEDIA_SVG, 0, 0 },
    { S("<!DOCTYPE svg PUBLIC>"), EK_MEDIA_SVG, 0, 0 },
    { S("<svgx>"), EK_MEDIA_TEXT, 0, 0 },
    { S("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"), EK_MEDIA_TEXT, 0, 0 },
    { S("<!-- never closed"), EK_MEDIA_TEXT, 0, 0 },
    { S("<"), EK_MEDIA_TEXT, 0, 0 },
    { S("{\"error\": 404}"), EK_MEDIA_TEXT, 0, 0 },
    { S("Nicht gefunden: T\xc3\xa4schchen"), EK_MEDIA_TEXT, 0, 0 },
    { S("\xff\xfeh\0i\0"), EK_MEDIA_TEXT, 0, 0 },
    { S("   \n"), EK_MEDIA_TEXT, 0, 0 },
    { S("ab\0cd"), EK_MEDIA_UNKNOWN, 0, 0 },
    { S("\xff\xd8"), EK_MEDIA_JPEG, 0, 0 },
    { S("\xff\xd8\xff"), EK_MEDIA_JPEG, 0, 0 },
    { S("\xff\xd8q"), EK_MEDIA_UNKNOWN, 0, 0 },
    { S("\xff"), EK_MEDIA_UNKNOWN, 0, 0 },
    { S("\x89PNG\n\x1a\n"), EK_MEDIA_PNG, 0, 0 },
    { S("\x89PN"), EK_MEDIA_UNKNOWN, 0, 0 },
    { S("\xff\x0a\xfa\x7f"), EK_MEDIA_UNKNOWN, 0, 0 },        /* JPEG XL */
  };
  for (size_t i = 0; i < N(all); i++) {
    ek_media_info info;
    sniff(all[i].bytes, all[i].size, &info);
    ck_assert_msg(info.media == all[i].media && info.width == all[i].width && info.height == all[i].height,
                  "case %zu '%s': %d, %u x %u", i, all[i].bytes, (int)info.media, info.width, info.height);
    for (size_t n = 0; n < all[i].size; n++)             /* no prefix is read past its end */
      sniff(all[i].bytes, n, &info);
  }
}
END_TEST

START_TEST(long_texts)
{
  ek_text t = { 0 };
  ek_media_info info;
  while (t.len < 5000)
    ek_text_cstr(&t, "\xe2\x82\xac");                    /* the window ends within one of these */
  for (size_t shift = 0; shift < 3; shift++) {
    ck_assert_ptr_null(sniff(t.data, t.len, &info));
    ck_assert_int_eq(info.media, EK_MEDIA_TEXT);
    memmove(t.data + 1, t.data, t.len - 1);
    t.data[0] = 'x';
    t.len = t.len / 3 * 3 + shift;
  }
  ek_text_clear(&t);
  while (t.len < 8192)
    ek_text_cstr(&t, "<!-- -->");
  ek_text_cstr(&t, "<svg>");                             /* too late to matter */
  sniff(t.data, t.len, &info);
  ck_assert_int_eq(info.media, EK_MEDIA_TEXT);
  ek_text_free(&t);
}
END_TEST

static const char *
fault_of(const unsigned char *p, size_t size)
{
  ek_media_info info;
  const char *fault = sniff(p, size, &info);
  return fault ? fault : "";
}

/* Every prefix of a whole picture is broken up to its pixels, and will do from there on. */
START_TEST(every_prefix)
{
  const struct { const unsigned char *p; size_t size, pixels; enum ek_media media; } both[] = {
    { tiny_png, tiny_png_size, 8 + 25 + 8, EK_MEDIA_PNG },
    { tiny_jpeg, tiny_jpeg_size, tiny_jpeg_size - 11, EK_MEDIA_JPEG },
  };
  for (size_t b = 0; b < N(both); b++) {
    size_t first = 0;
    for (size_t n = 4; n <= both[b].size; n++) {
      ek_media_info info;
      const char *fault = sniff(both[b].p, n, &info);
      ck_assert_int_eq(info.media, both[b].media);
      if (!fault && !first)
        first = n;
      ck_assert_msg(!fault == (first != 0), "%zu bytes: %s", n, fault ? fault : "will do");
      if (!fault)
        ck_assert(info.width == 2 && info.height == 3);
    }
    ck_assert_msg(first >= both[b].pixels - 8 && first < both[b].size, "%zu", first);
  }
  ck_assert_str_eq(fault_of(tiny_png, 20), "ends before its header");
  ck_assert_str_eq(fault_of(tiny_png, 33), "ends before its picture data");
  ck_assert_str_eq(fault_of(tiny_jpeg, 60), "ends before its frame header");
  ck_assert_str_eq(fault_of(tiny_jpeg, tiny_jpeg_size - 14), "ends before its picture data");
}
END_TEST

START_TEST(broken_jpegs)
{
  static const struct { const char *bytes; size_t size; const char *fault; } all[] = {
    { S("\xff\xd8\xff\xd9"), "has no frame header" },
    { S("\xff\xd8\xff\xda\0\2"), "has no frame header" },
    { S("\xff\xd8\xff\xff\xff\xff\xff\xff"), "ends before its frame header" },
    { S("\xff\xd8\xff\xe0\0\1zzzz"), "has a broken segment" },
    { S("\xff\xd8\xff\xe0\0\0zzzz"), "has a broken segment" },
    { S("\xff\xd8\xff\xd8\xff\xd9"), "has a broken segment" },
    { S("\xff\xd8\xff\xe0\xff\xffzzzz"), "ends before its frame header" },
    { S("\xff\xd8\xff\xc0\0\2"), "has a broken frame header" },
    { S("\xff\xd8\xff\xc0\0\x0b\x08\0\1\0\1\3\1\x11\0"), "has a broken frame header" },   /* 3 components, 1 there */
    { S("\xff\xd8\xff\xc0\0\x08\x08\0\1\0\1\0"), "has a broken frame header" },
    { S("\xff\xd8\xff\xc0\0\x0b\x08\0\0\0\1\1\1\x11\0"), "claims no size" },
    { S("\xff\xd8\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xd9"), "has no picture data" },
    { S("\xff\xd8\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xc2\0\x0b\x08\0\1\0\1\1\1\x11\0"), "has a broken segment" },
    { S("\xff\xd8\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xda"), "" },
    { S("\xff\xd8\xff\xc2\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xda"), "" },
    { S("\xff\xd8\xff\xff\xff\1\xff\xd0rest\xff\0\xff\xc9\0\x0b\x08\0\1\0\1\1\1\x11\0zz\xff\xda"), "" },
    { S("\xff\xd8\xff\xc4\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xda"), "has no frame header" },   /* DHT is no frame */
    { S("\xff\xd8\xff\xc8\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xda"), "has no frame header" },
    { S("\xff\xd8\xff\xcc\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xda"), "has no frame header" },
  };
  for (size_t i = 0; i < N(all); i++) {
    const char *fault = fault_of((const unsigned char *)all[i].bytes, all[i].size);
    ck_assert_msg(strcmp(fault, all[i].fault) == 0, "case %zu: '%s', not '%s'", i, fault, all[i].fault);
  }
}
END_TEST

/* Any one byte of the header changed: the checksum tells. */
START_TEST(broken_pngs)
{
  unsigned char copy[256];
  ck_assert_uint_le(tiny_png_size, sizeof copy);
  for (size_t i = 0; i < 33; i++) {
    memcpy(copy, tiny_png, tiny_png_size);
    copy[i] ^= 0x20;
    const char *fault = fault_of(copy, tiny_png_size);
    if (i < 4)
      ck_assert_str_eq(fault, "");                       /* no PNG at all */
    else
      ck_assert_str_eq(fault, i < 16 ? "has no header" : "has a header with a wrong checksum");
  }
  memcpy(copy, tiny_png, tiny_png_size);
  copy[33] = 0x80;                                       /* the length of IDAT */
  ck_assert_str_eq(fault_of(copy, tiny_png_size), "has a broken segment");
  memcpy(copy + 33, "\0\0\0\0tEXt\0\0\0\0", 12);
  ck_assert_str_eq(fault_of(copy, 45), "ends before its picture data");
  memcpy(copy + 45, "\0\0\0\0IEND", 8);
  ck_assert_str_eq(fault_of(copy, 53), "has no picture data");
}
END_TEST

/* The header with these 13 bytes and a checksum that is right. */
static const char *
fault_of_header(const char *bytes)
{
  unsigned char copy[256];
  memcpy(copy, tiny_png, tiny_png_size);
  memcpy(copy + 16, bytes, 13);
  uint32_t sum = (uint32_t)crc32(0, copy + 12, 17);
  for (int i = 0; i < 4; i++)
    copy[29 + i] = (unsigned char)(sum >> (24 - 8 * i) & 0xff);
  return fault_of(copy, tiny_png_size);
}

START_TEST(headers_of_pngs)
{
  static const char broken[] = "has a broken header", none[] = "claims no size";
  static const struct { const char *bytes, *fault; } all[] = {
    { "\0\0\0\1\0\0\0\1\10\2\0\0\0", "" }, { "\0\0\0\1\0\0\0\1\20\6\0\0\1", "" },
    { "\0\0\0\1\0\0\0\1\1\3\0\0\0", "" }, { "\x7f\xff\xff\xff\0\0\0\1\10\0\0\0\0", "" },
    { "\0\0\0\0\0\0\0\1\10\2\0\0\0", none }, { "\0\0\0\1\0\0\0\0\10\2\0\0\0", none },
    { "\x80\0\0\0\0\0\0\1\10\2\0\0\0", broken }, { "\0\0\0\1\xff\0\0\0\10\2\0\0\0", broken },
    { "\0\0\0\1\0\0\0\1\0\2\0\0\0", broken }, { "\0\0\0\1\0\0\0\1\3\2\0\0\0", broken },
    { "\0\0\0\1\0\0\0\1\40\2\0\0\0", broken }, { "\0\0\0\1\0\0\0\1\10\1\0\0\0", broken },
    { "\0\0\0\1\0\0\0\1\10\7\0\0\0", broken }, { "\0\0\0\1\0\0\0\1\10\2\1\0\0", broken },
    { "\0\0\0\1\0\0\0\1\10\2\0\1\0", broken }, { "\0\0\0\1\0\0\0\1\10\2\0\0\2", broken },
  };
  for (size_t i = 0; i < N(all); i++)
    ck_assert_msg(strcmp(fault_of_header(all[i].bytes), all[i].fault) == 0, "case %zu: '%s', not '%s'", i,
                  fault_of_header(all[i].bytes), all[i].fault);
}
END_TEST

/* Chunks before the pixels are stepped over; a file may end at any byte of them. */
START_TEST(chunks_of_pngs)
{
  static const char chunks[] = "\0\0\0\3tEXta\0bsum!\0\0\0\0gAMAsum!\0\0\0\1IDAT";
  unsigned char copy[256];
  memcpy(copy, tiny_png, 33);
  memcpy(copy + 33, chunks, sizeof chunks - 1);
  for (size_t n = 33; n < 33 + sizeof chunks - 1; n++)
    ck_assert_str_eq(fault_of(copy, n), "ends before its picture data");
  ck_assert_str_eq(fault_of(copy, 33 + sizeof chunks - 1), "");
}
END_TEST

START_TEST(media_types)
{
  ck_assert_str_eq(ek_media_type(EK_MEDIA_JPEG), "image/jpeg");
  ck_assert_str_eq(ek_media_type(EK_MEDIA_PNG), "image/png");
  ck_assert_str_eq(ek_media_type(EK_MEDIA_UNKNOWN), "");
  ck_assert_str_eq(ek_media_type((enum ek_media)99), "");
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { types, long_texts, every_prefix, broken_jpegs, broken_pngs, headers_of_pngs,
                           chunks_of_pngs, media_types, NULL };
  return run_suite("sniff", tests);
}
