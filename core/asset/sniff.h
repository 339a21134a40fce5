/* SPDX-License-Identifier: BSD-3-Clause */
/* asset/sniff.h - the parts of ek_media_sniff, one a file. Inside this room.
 *
 * All of them read hostile bytes: none looks past `size`, and none looks at a byte more often
 * than a fixed number of times.                                             */
#ifndef EK_ASSET_SNIFF_H
#define EK_ASSET_SNIFF_H
#include <stddef.h>
#include <stdint.h>
#include "asset/asset.h"

/* Headers as far as the first byte of pixels. NULL, or what is broken.      */
const char *ek_sniff_jpeg(const uint8_t *p, size_t size, ek_media_info *out);
const char *ek_sniff_png(const uint8_t *p, size_t size, ek_media_info *out);
/* SVG, HTML, TEXT or UNKNOWN, by the first few kilobytes.                   */
enum ek_media ek_sniff_words(const uint8_t *p, size_t size);

static inline uint32_t ek_be16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static inline uint32_t ek_be32(const uint8_t *p) { return ek_be16(p) << 16 | ek_be16(p + 2); }
static inline uint32_t ek_le16(const uint8_t *p) { return (uint32_t)p[1] << 8 | p[0]; }
static inline uint32_t ek_le32(const uint8_t *p) { return ek_le16(p + 2) << 16 | ek_le16(p); }

#endif
