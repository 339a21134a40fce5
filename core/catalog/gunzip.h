/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/gunzip.h - gzip streams of any number of members, checked to their end.
 *
 * gunzip.c reads the frame (headers, checksums, lengths, what lies between and
 * behind members) and is the same in every build; only the raw deflate below is
 * ISA-L's or zlib's. For the catalogue room's own use. One owner.           */
#ifndef EK_CATALOG_GUNZIP_H
#define EK_CATALOG_GUNZIP_H
#include <stddef.h>
#include <stdint.h>

/* --- raw deflate: gunzip_isal.c or gunzip_zlib.c ------------------------- */

/* At the end of a stream up to so many bytes of input may be given back, also
 * bytes of an earlier call: they must still stand before *in.               */
#define EK_INFLATE_BACK 8

typedef struct ek_inflate ek_inflate;
enum ek_inflate_result { EK_INFLATE_BAD = -1, EK_INFLATE_MORE = 0, EK_INFLATE_END = 1 };

ek_inflate *ek_inflate_new(void);
void ek_inflate_free(ek_inflate *);
void ek_inflate_reset(ek_inflate *);
/* Goes on as far as input and room allow, and moves both. No progress at all
 * with room left means that more input is needed.                           */
enum ek_inflate_result ek_inflate_run(ek_inflate *, const uint8_t **in, const uint8_t *in_end,
                                      uint8_t **out, uint8_t *out_end);
/* CRC-32 as gzip counts it; starts with 0. */
uint32_t ek_inflate_crc(uint32_t crc, const void *p, size_t n);
const char *ek_inflate_name(void);         /* "ISA-L", "zlib"                 */

/* --- the gzip frame: gunzip.c -------------------------------------------- */

typedef struct ek_gunzip ek_gunzip;
enum ek_gunzip_result {
  EK_GUNZIP_BAD = -1,            /* ek_gunzip_why()                           */
  EK_GUNZIP_MORE = 0,            /* all input is used up, give more           */
  EK_GUNZIP_FULL = 1             /* no room is left in out                    */
};

ek_gunzip *ek_gunzip_new(void);
void ek_gunzip_free(ek_gunzip *);
enum ek_gunzip_result ek_gunzip_run(ek_gunzip *, const uint8_t **in, const uint8_t *in_end,
                                    uint8_t **out, uint8_t *out_end);
/* At the end of the file: 1 when it may end here, 0 when it is cut off.     */
int ek_gunzip_ended(const ek_gunzip *);
const char *ek_gunzip_why(const ek_gunzip *);

#endif
