/* SPDX-License-Identifier: BSD-3-Clause */
/* asset/asset.h - the bytes behind an image field: http(s), a local file, s3://.
 *
 * Fetched once an item and shared by its steps; the type is sniffed, never believed; size,
 * dimensions and time are bounded before anything is sent on. Thread-safe.  */
#ifndef EK_ASSET_ASSET_H
#define EK_ASSET_ASSET_H
#include <stddef.h>
#include <stdint.h>
#include "aws/aws.h"
#include "base/error.h"
#include "http/http.h"

enum ek_media { EK_MEDIA_UNKNOWN, EK_MEDIA_JPEG, EK_MEDIA_PNG, EK_MEDIA_WEBP, EK_MEDIA_GIF, EK_MEDIA_SVG, EK_MEDIA_HTML,
                EK_MEDIA_BMP, EK_MEDIA_TIFF, EK_MEDIA_AVIF, EK_MEDIA_PDF, EK_MEDIA_TEXT, EK_MEDIA_EMPTY };
const char *ek_media_type(enum ek_media);          /* "image/jpeg"; "" for UNKNOWN */

typedef struct ek_media_info { enum ek_media media; uint32_t width, height; } ek_media_info;   /* 0: not told */
/* By the first bytes; JPEG and PNG with their dimensions (JPEG: walks the segments to
 * the frame header). NULL, or a static word for what is broken, to stand behind "is a PNG that":
 * "ends before its frame header", "has no frame header", "claims no size", "has no picture data"... */
const char *ek_media_sniff(ek_str bytes, ek_media_info *out);

enum ek_asset_state {
  EK_ASSET_OK,
  EK_ASSET_NONE,                     /* the item names no picture (empty text)   */
  EK_ASSET_REFUSED,                  /* by the guard, the type, a limit: will never do */
  EK_ASSET_FAILED,                   /* 404, no such file: asking again is no use */
  EK_ASSET_TRANSIENT,                /* time-out, 5xx, cut off: try again        */
  EK_ASSET_CANCELLED
};

typedef struct ek_picture ek_picture;              /* reference-counted          */
struct ek_picture {
  enum ek_asset_state state;
  ek_str bytes;                      /* OK only; lives with the picture          */
  ek_media_info info;
  uint8_t sha256[32];
  char message[300];                 /* why not; escaped, no query of a URL      */
  int http;                          /* code of the answer, 0: none              */
  int64_t retry_after_ns;            /* -1: not told                             */
};
ek_picture *ek_picture_ref(ek_picture *);
void ek_picture_unref(ek_picture *);               /* NULL is fine               */

typedef struct ek_asset_options {
  ek_http_client *http; ek_aws *aws;
  int64_t timeout_ns; uint64_t max_bytes; unsigned max_side;
  int upgrade_https, full_size;
} ek_asset_options;
typedef struct ek_assets ek_assets;
ek_assets *ek_assets_new(const ek_asset_options *);
void ek_assets_free(ek_assets *);

/* What is asked for when data say `where`: the Amazon thumbnail rule (size tokens such as
 * ._SX38_SY50_CR,0,0,38,50_ stripped on Amazon's picture hosts, old and new), https for
 * hosts known to serve it, a bare host-relative "//host/x" as https. Others as
 * they stand. Also the key under which bytes are remembered. Replaces what out held; "":
 * no picture is named.                                                       */
void ek_asset_address(const ek_assets *, ek_str where, ek_text *out);
/* Who is asked for the bytes behind an address, and may be busy: "img.shop.example:443", or "s3://bucket"; cut where out
 * ends (size: at least 8). Where one host sends on to another, the first. 0: nobody, it is a file. */
int ek_asset_host(const char *address, char *out, size_t size);
/* Blocks. base: folder for relative paths of local files (the catalogue file's), NULL: none
 * are taken. Never NULL.                                                     */
ek_picture *ek_asset_fetch(ek_assets *, const char *address, const char *base, int (*cancelled)(void *), void *arg);

#endif
