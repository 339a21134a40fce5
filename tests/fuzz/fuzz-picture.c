/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a picture, and as the address of one. What passes has dimensions, and more bytes
 * behind it change nothing; an address that was made is made into itself.   */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "asset/asset.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int holds, const char *what)
{
  if (holds)
    return;
  fprintf(stderr, "broken promise: %s\n", what);
  abort();
}

static int
will_do(const uint8_t *data, size_t size, ek_media_info *info)
{
  /* A block of its own, so that a read behind the cut is seen. */
  char *copy = malloc(size + !size);
  must(copy != NULL, "no memory");
  if (size)
    memcpy(copy, data, size);
  const char *fault = ek_media_sniff((ek_str){ copy, size }, info);
  free(copy);
  must(ek_media_type(info->media) != NULL, "a type without a name");
  if (fault || (info->media != EK_MEDIA_JPEG && info->media != EK_MEDIA_PNG))
    return 0;
  must(info->width && info->height, "a picture without a size passes");
  return 1;
}

static void
fuzz_bytes(const uint8_t *data, size_t size)
{
  ek_media_info whole, cut;
  int good = will_do(data, size, &whole);
  for (size_t n = size; n > 0; n /= 2)
    if (will_do(data, n - 1, &cut))
      must(good && cut.media == whole.media && cut.width == whole.width && cut.height == whole.height,
           "more bytes make another picture");
}

static void
fuzz_address(const uint8_t *data, size_t size)
{
  ek_text once = { 0 }, twice = { 0 };
  for (int switches = 0; switches < 4; switches++) {
    ek_asset_options o = { .upgrade_https = switches & 1, .full_size = switches >> 1 };
    ek_assets *a = ek_assets_new(&o);
    ek_asset_address(a, (ek_str){ (const char *)data, size }, &once);
    must(once.len == strlen(ek_text_c(&once)), "an address with a NUL");
    ek_asset_address(a, (ek_str){ once.data, once.len }, &twice);
    must(ek_str_eqc((ek_str){ once.data, once.len }, ek_text_c(&twice)), "an address of an address is another");
    ek_assets_free(a);
  }
  ek_text_free(&once);
  ek_text_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_bytes(data, size);
  fuzz_address(data, size);
  return 0;
}
