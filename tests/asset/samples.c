/* SPDX-License-Identifier: BSD-3-Clause */
#include "asset-test.h"

/* Grey, 2 pixels wide and 3 high. */
const unsigned char tiny_png[] = {
  0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
  0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x03, 0x08, 0x02, 0x00, 0x00, 0x00, 0x36, 0x88, 0x49,
  0xd6, 0x00, 0x00, 0x00, 0x0e, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x68, 0x00, 0x03, 0x06,
  0x14, 0x0a, 0x00, 0x5e, 0x95, 0x09, 0x01, 0xd6, 0x35, 0x7a, 0xad, 0x00, 0x00, 0x00, 0x00, 0x49,
  0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};
const size_t tiny_png_size = sizeof tiny_png;

const unsigned char tiny_jpeg[] = {
  0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00, 0x01, 0x01, 0x00, 0x00, 0x01,
  0x00, 0x01, 0x00, 0x00, 0xff, 0xdb, 0x00, 0x43, 0x00, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
  0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
  0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
  0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01,
  0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0xff, 0xc0, 0x00, 0x0b, 0x08, 0x00, 0x03,
  0x00, 0x02, 0x01, 0x01, 0x11, 0x00, 0xff, 0xc4, 0x00, 0x14, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,
  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xc4, 0x00, 0x14,
  0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x00, 0x00, 0xff, 0xda, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3f, 0x00, 0x3f, 0xff, 0xd9,
};
const size_t tiny_jpeg_size = sizeof tiny_jpeg;

/* What a picture may not be, as it is said (asset.h: stands behind the noun). */
#define ONLY ", and only JPEG and PNG can be sent; "
#define CONVERT ONLY "convert it, or name a field with such pictures"
#define WHOLE "; see whether the source is whole"
#define UNKNOWN(begin) "is of no known type (it begins with " begin ")" CONVERT

const hostile hostile_files[] = {
  { "1x1.gif", EK_MEDIA_GIF, 1, 1, "is GIF" CONVERT },
  { "1x1.jpg", EK_MEDIA_JPEG, 1, 1, NULL },
  { "1x1.png", EK_MEDIA_PNG, 1, 1, NULL },
  { "anim_frame1.webp", EK_MEDIA_WEBP, 82, 82, "is WebP" CONVERT },
  { "apng_delay.png", EK_MEDIA_PNG, 128, 64, NULL },
  { "badcrc.png", EK_MEDIA_PNG, 0, 0, "is a PNG that has a header with a wrong checksum" WHOLE },
  { "bitflips.jpg", EK_MEDIA_JPEG, 348, 348, NULL },
  { "bomb_12000x12000.png", EK_MEDIA_PNG, 12000, 12000, "is 12000 x 12000 pixels; images.max_side is 10000" },
  { "broken.png", EK_MEDIA_PNG, 0, 0, "is a PNG that has no header" WHOLE },
  { "broken_data_stream.png", EK_MEDIA_PNG, 128, 128, NULL },
  { "broken_exif_dpi.jpg", EK_MEDIA_JPEG, 100, 100, NULL },
  { "decompression_bomb.gif", EK_MEDIA_GIF, 32, 32, "is GIF" CONVERT },
  { "dispose_bgnd.gif", EK_MEDIA_GIF, 100, 100, "is GIF" CONVERT },
  { "empty.jpg", EK_MEDIA_EMPTY, 0, 0, "is empty (no bytes)" ONLY "see whether the source is whole" },
  { "ffd8_only.jpg", EK_MEDIA_JPEG, 0, 0, "is a JPEG that ends before its frame header" WHOLE },
  { "frame_size.mpo", EK_MEDIA_JPEG, 56, 70, NULL },
  { "hopper.gif", EK_MEDIA_GIF, 128, 128, "is GIF" CONVERT },
  { "hopper.webp", EK_MEDIA_WEBP, 128, 128, "is WebP" CONVERT },
  { "hopper_16bit_qtables.jpg", EK_MEDIA_JPEG, 128, 128, NULL },
  { "hopper_gray.jpg", EK_MEDIA_JPEG, 128, 128, NULL },
  { "html404.jpg", EK_MEDIA_HTML, 0, 0,
    "is a web page (HTML)" ONLY "give the address of the picture, not of a page with it" },
  { "icc-after-SOF.jpg", EK_MEDIA_JPEG, 10, 10, NULL },
  { "ihdr_2147483647.png", EK_MEDIA_PNG, 2147483647, 2147483647,
    "is 2147483647 x 2147483647 pixels; images.max_side is 10000" },
  { "invalid-exif.jpg", EK_MEDIA_JPEG, 200, 200, NULL },
  { "leading_garbage.jpg", EK_MEDIA_UNKNOWN, 0, 0, UNKNOWN("0d 0a 0d 0a") },
  { "name with space & %25.jpg", EK_MEDIA_JPEG, 348, 348, NULL },
  { "no_idat.png", EK_MEDIA_PNG, 4, 4, "is a PNG that has no picture data" WHOLE },
  { "orientation_rectangle.jpg", EK_MEDIA_JPEG, 2, 1, NULL },
  { "padded_idat.png", EK_MEDIA_PNG, 256, 10, NULL },
  { "photoshop-200dpi-broken.jpg", EK_MEDIA_JPEG, 200, 200, NULL },
  { "pil_sample_cmyk.jpg", EK_MEDIA_JPEG, 100, 100, NULL },
  { "png_decompression_dos.png", EK_MEDIA_PNG, 1, 1, NULL },
  { "png_named.jpg", EK_MEDIA_PNG, 2, 2, NULL },
  { "sof_0x0.jpg", EK_MEDIA_JPEG, 0, 0, "is a JPEG that claims no size" WHOLE },
  { "sof_65500x65500.jpg", EK_MEDIA_JPEG, 65500, 65500, "is 65500 x 65500 pixels; images.max_side is 10000" },
  { "svg.jpg", EK_MEDIA_SVG, 0, 0, "is SVG" CONVERT },
  { "tRNS_null_1x1.png", EK_MEDIA_PNG, 1, 1, NULL },
  { "text.jpg", EK_MEDIA_TEXT, 0, 0, "is text" ONLY "see what is said there in the picture's place" },
  { "trailing_garbage.jpg", EK_MEDIA_JPEG, 348, 348, NULL },
  { "truncated_20bytes.jpg", EK_MEDIA_JPEG, 0, 0, "is a JPEG that ends before its frame header" WHOLE },
  { "truncated_half.jpg", EK_MEDIA_JPEG, 348, 348, NULL },
  { "truncated_no_eoi.jpg", EK_MEDIA_JPEG, 348, 348, NULL },
  { "two_photos.jpg", EK_MEDIA_JPEG, 348, 348, NULL },
  { "zeros_64k.jpg", EK_MEDIA_UNKNOWN, 0, 0, UNKNOWN("00 00 00 00") },
};
const size_t hostile_count = N(hostile_files);
