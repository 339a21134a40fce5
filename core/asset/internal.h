/* SPDX-License-Identifier: BSD-3-Clause */
/* asset/internal.h - what the files of this room share.                     */
#ifndef EK_ASSET_INTERNAL_H
#define EK_ASSET_INTERNAL_H
#include "asset/asset.h"

struct ek_assets { ek_asset_options options; };

/* What one fetch needs to know. */
typedef struct ek_fetch {
  const ek_asset_options *options;
  const char *address;               /* as ek_asset_address gave it               */
  int64_t deadline_ns;
  int (*cancelled)(void *); void *arg;
} ek_fetch;

/* Length of the "scheme" of "scheme:...", 0: none; whether it is that one.  */
size_t ek_asset_scheme(const char *address);
int ek_asset_scheme_is(const char *address, size_t n, const char *scheme);
ek_picture *ek_picture_new(void);
/* Why there are no bytes. Returns the picture. fmt's arguments are fit to be shown. */
ek_picture *ek_picture_say(ek_picture *, enum ek_asset_state, const char *fmt, ...)
  __attribute__((format(printf, 3, 4)));
ek_picture *ek_picture_too_large(ek_picture *, uint64_t max_bytes);
/* Takes the bytes over if type and size will do, and frees them else. */
ek_picture *ek_picture_judge(ek_picture *, ek_text *bytes, const ek_asset_options *);

/* The bytes of a regular file below base. */
ek_picture *ek_picture_local(const ek_fetch *, const char *base);
/* Opens path below the folder, for reading; never waits. -1 and errno; EXDEV: leads out of it.
 * plain: without the kernel's help; then no symbolic link is followed at all (ELOOP). */
int ek_open_below(int folder, const char *path, int plain);

ek_picture *ek_picture_http(const ek_fetch *);
ek_picture *ek_picture_s3(const ek_fetch *);
/* What a fault of the client, or an answer's code, means for a picture.      */
ek_picture *ek_picture_fault(const ek_fetch *, enum ek_http_fault, const ek_http_answer *, const ek_error *);
ek_picture *ek_picture_refused_code(ek_picture *, const ek_http_answer *, const char *shown_host);

#endif
