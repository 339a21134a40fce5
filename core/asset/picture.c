/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "asset/internal.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/utf8.h"

ek_assets *
ek_assets_new(const ek_asset_options *options)
{
  ek_assets *a = ek_mem_alloc(sizeof *a);
  a->options = *options;
  return a;
}

void
ek_assets_free(ek_assets *a)
{
  free(a);
}

/* ---- what is shared ------------------------------------------------------------- */

/* The picture stands first: a pointer to it is one to this. */
typedef struct counted { ek_picture picture; ek_text bytes; unsigned refs; } counted;

ek_picture *
ek_picture_new(void)
{
  counted *c = ek_mem_zero(1, sizeof *c);
  c->refs = 1;
  c->picture.retry_after_ns = -1;
  return &c->picture;
}

ek_picture *
ek_picture_ref(ek_picture *p)
{
  __atomic_add_fetch(&((counted *)p)->refs, 1, __ATOMIC_RELAXED);
  return p;
}

void
ek_picture_unref(ek_picture *p)
{
  counted *c = (counted *)p;
  if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) != 0)
    return;
  ek_text_free(&c->bytes);
  free(c);
}

ek_picture *
ek_picture_say(ek_picture *p, enum ek_asset_state state, const char *fmt, ...)
{
  va_list ap;
  p->state = state;
  va_start(ap, fmt);
  int n = vsnprintf(p->message, sizeof p->message, fmt, ap);
  va_end(ap);
  size_t len = strlen(p->message);
  if (n >= (int)sizeof p->message)         /* cut: not within a character       */
    while (len && !ek_utf8_valid((ek_str){ p->message, len }))
      p->message[--len] = 0;
  return p;
}

/* ---- judging bytes -------------------------------------------------------------- */

/* What an unwanted type is called, and what to do about it. */
static const char *
name_of(enum ek_media media, const char **advice)
{
  static const char convert[] = "convert it, or name a field with such pictures";
  *advice = convert;
  switch (media) {
  case EK_MEDIA_JPEG: return "JPEG";
  case EK_MEDIA_PNG: return "PNG";
  case EK_MEDIA_WEBP: return "WebP";
  case EK_MEDIA_GIF: return "GIF";
  case EK_MEDIA_SVG: return "SVG";
  case EK_MEDIA_BMP: return "BMP";
  case EK_MEDIA_TIFF: return "TIFF";
  case EK_MEDIA_AVIF: return "AVIF";
  case EK_MEDIA_PDF: return "PDF";
  case EK_MEDIA_HTML: *advice = "give the address of the picture, not of a page with it"; return "a web page (HTML)";
  case EK_MEDIA_TEXT: *advice = "see what is said there in the picture's place"; return "text";
  case EK_MEDIA_EMPTY: *advice = "see whether the source is whole"; return "empty (no bytes)";
  case EK_MEDIA_UNKNOWN: break;
  }
  return "of no known type";
}

static ek_picture *
refuse_type(ek_picture *p, ek_str bytes)
{
  const char *advice, *name = name_of(p->info.media, &advice);
  char begin[32] = "";
  if (p->info.media == EK_MEDIA_UNKNOWN)
    for (size_t i = 0; i < 4 && i < bytes.len; i++)
      snprintf(begin + 3 * i, sizeof begin - 3 * i, " %02x", (unsigned)(unsigned char)bytes.ptr[i]);
  return ek_picture_say(p, EK_ASSET_REFUSED, "is %s%s%s%s, and only JPEG and PNG can be sent; %s", name,
                        *begin ? " (it begins with" : "", begin, *begin ? ")" : "", advice);
}

ek_picture *
ek_picture_too_large(ek_picture *p, uint64_t max_bytes)
{
  ek_text t = { 0 };
  ek_text_thousands(&t, max_bytes);
  ek_picture_say(p, EK_ASSET_REFUSED, "has more than %s bytes; images.max_bytes sets this limit", ek_text_c(&t));
  ek_text_free(&t);
  return p;
}

/* 1: will do. Else the picture says why not. */
static int
will_do(ek_picture *p, ek_str bytes, const ek_asset_options *o)
{
  const char *advice, *fault = ek_media_sniff(bytes, &p->info);
  unsigned side = p->info.width > p->info.height ? p->info.width : p->info.height;
  if (p->info.media != EK_MEDIA_JPEG && p->info.media != EK_MEDIA_PNG)
    refuse_type(p, bytes);
  else if (fault)
    ek_picture_say(p, EK_ASSET_REFUSED, "is a %s that %s; see whether the source is whole",
                   name_of(p->info.media, &advice), fault);
  else if (o->max_side && side > o->max_side)
    ek_picture_say(p, EK_ASSET_REFUSED, "is %u x %u pixels; images.max_side is %u", p->info.width, p->info.height,
                   o->max_side);
  else
    return 1;
  return 0;
}

ek_picture *
ek_picture_judge(ek_picture *p, ek_text *bytes, const ek_asset_options *o)
{
  ek_str s = { bytes->data, bytes->len };
  if (o->max_bytes && s.len > o->max_bytes) {
    ek_picture_too_large(p, o->max_bytes);
  } else if (will_do(p, s, o)) {
    counted *c = (counted *)p;
    c->bytes = *bytes;
    *bytes = (ek_text){ 0 };
    if (c->bytes.cap - c->bytes.len > c->bytes.len / 8) {      /* many of these wait at a time */
      c->bytes.data = ek_mem_resize(c->bytes.data, c->bytes.len);
      c->bytes.cap = c->bytes.len;
    }
    p->bytes = (ek_str){ c->bytes.data, c->bytes.len };
    ek_sha256(p->bytes, p->sha256);
    p->state = EK_ASSET_OK;
    p->message[0] = 0;
  }
  ek_text_free(bytes);
  return p;
}
