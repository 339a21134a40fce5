/* SPDX-License-Identifier: BSD-3-Clause */
/* asset/asset-test.h - what the tests of this room share.                   */
#ifndef TEST_ASSET_H
#define TEST_ASSET_H
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "asset/asset.h"
#include "base/mem.h"
#include "base/text.h"
#include "chain/suite.h"

/* $EK_SHARED/data/images, NULL: not there. */
static inline const char *
shared_images(void)
{
  static char path[4096];
  const char *shared = getenv("EK_SHARED");
  if (!shared || access((snprintf(path, sizeof path, "%s/data/images/hostile", shared), path), R_OK))
    return NULL;
  snprintf(path, sizeof path, "%s/data/images", shared);
  return path;
}

static inline ek_text
slurp(const char *path)
{
  ek_text t = { 0 };
  FILE *f = fopen(path, "rbe");
  ck_assert_msg(f != NULL, "%s", path);
  ek_text_reserve(&t, 1 << 20);
  for (size_t n; (n = fread(t.data + t.len, 1, t.cap - t.len, f)) > 0; ek_text_reserve(&t, 1 << 20))
    t.len += n;
  fclose(f);
  return t;
}

/* One test that says why it did not run. */
static inline int
skip_all(const char *why)
{
  printf("1..0 # SKIP %s\n", why);
  return EXIT_SUCCESS;
}

/* The 44 files of images/hostile and what becomes of each. message: NULL when it passes. */
typedef struct hostile { const char *name; enum ek_media media; uint32_t width, height; const char *message; } hostile;
extern const hostile hostile_files[];
extern const size_t hostile_count;

/* A picture of any size, whole as far as its headers go: 2 x 3 pixels. */
extern const unsigned char tiny_png[];
extern const size_t tiny_png_size;
extern const unsigned char tiny_jpeg[];
extern const size_t tiny_jpeg_size;

#endif
