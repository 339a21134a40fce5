/* SPDX-License-Identifier: BSD-3-Clause */
/* ek.asset/1: the bytes behind a field, fetched once an item and shared by its steps.
 *
 * In a lane that parks, load only says which picture is wanted: the lane's picture pool
 * fetches it and makes the call again. What stood behind an address is remembered across
 * runs, so that a run that is repeated fetches nothing whose answer is kept; not for
 * local files, which are cheap to read and change under the same name.       */
#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "plugin/internal.h"

/* The text of value i. 0: the item has none. */
static int
value_at(const ek_item *item, const char *field, size_t i, ek_str *out)
{
  size_t n;
  const ek_str *values = field ? ek_item_values(item, field, &n) : NULL;
  if (!values || i >= n)
    return 0;
  *out = values[i];
  for (size_t k = 0; k < out->len; k++)
    if ((unsigned char)out->ptr[k] > ' ')
      return 1;
  return 0;                      /* an empty text names no picture             */
}

static int
begins(const char *s, const char *with)
{
  return strncasecmp(s, with, strlen(with)) == 0;
}

static int
is_local(const char *address)
{
  return !begins(address, "http:") && !begins(address, "https:") && !begins(address, "s3:");
}

/* What bytes are remembered under: a local file by its full path. 0: by nothing. */
static int
memory_of(const ek_call *call, const char *address, ek_text *out)
{
  if (!is_local(address)) {
    ek_text_cstr(out, address);
    return 1;
  }
  if (begins(address, "file:"))
    return 0;
  if (address[0] != '/' && !call->base)
    return 0;
  ek_text_cstr(out, "file:");
  if (address[0] != '/')
    ek_text_printf(out, "%s/", call->base);
  ek_text_cstr(out, address);
  return 1;
}

/* The entry of an address; with `make`, it is there afterwards. */
static ek_held *
entry_of(ek_call *call, const char *address, int make)
{
  ek_held **list = call->held ? call->held : &ek_call_scratch(call)->pictures, *h;
  ek_bit_lock(&call->busy);
  for (h = *list; h && strcmp(h->address, address) != 0;)
    h = h->next;
  if (!h && make) {
    h = ek_mem_zero(1, sizeof *h);
    h->address = ek_mem_strdup(address);
    h->next = *list;
    *list = h;
  }
  ek_bit_unlock(&call->busy);
  return h;
}

/* ---- load ---------------------------------------------------------------------------- */

static void
remember(ek_call *call, const char *address, const ek_picture *p)
{
  ek_text key = { 0 };
  ek_error e = { 0 };
  if (call->services->exchange && memory_of(call, address, &key) &&
      ek_exchange_put_picture(call->services->exchange, (ek_str){ key.data, key.len }, p->sha256, p->bytes.len, &e) < 0)
    ek_call_block(call, EK_FATAL, &e);
  ek_text_free(&key);
}

/* Forgets what failed for now, so that the next attempt fetches anew. */
static ek_status
drop(ek_held *h, ek_status status)
{
  ek_picture *p = h->picture;
  h->picture = NULL;
  ek_picture_unref(p);
  return status;
}

static ek_status
give(ek_call *call, ek_held *h, uint64_t max_bytes, ek_str *bytes, ek_str *media_type)
{
  ek_picture *p = h->picture;
  if (p->state != EK_ASSET_OK)
    ek_call_note(call, 1, "%s", p->message[0] ? p->message : "the picture could not be fetched");
  switch (p->state) {
  case EK_ASSET_OK:
    break;
  case EK_ASSET_NONE:
    return EK_SKIPPED;
  case EK_ASSET_REFUSED:
    return ek_call_fails(call, EK_ITEM_ERROR, "asset_refused", p->http, "");
  case EK_ASSET_FAILED:
    return ek_call_fails(call, EK_ITEM_ERROR, "asset_failed", p->http, "");
  case EK_ASSET_TRANSIENT:
    ek_call_fails(call, EK_RETRY, "asset_failed", p->http, "");
    if (p->retry_after_ns >= 0)
      call->retry_after_ns = p->retry_after_ns;
    return drop(h, EK_RETRY);
  case EK_ASSET_CANCELLED:
    return drop(h, ek_call_late(call) ? ek_call_fails(call, EK_RETRY, "timeout", 0, "") : EK_CANCELLED);
  }
  if (max_bytes && p->bytes.len > max_bytes) {
    ek_call_note(call, 1, "the picture has %zu bytes; %llu are the most here", p->bytes.len,
                 (unsigned long long)max_bytes);
    return ek_call_fails(call, EK_ITEM_ERROR, "asset_refused", p->http, "");
  }
  ek_call_scratch(call)->loaded = 1;
  if (bytes)
    *bytes = p->bytes;
  if (media_type)
    *media_type = ek_cstr(ek_media_type(p->info.media));
  return EK_OK;
}

/* Once a call: by the digest where the plugin asks for it first, which knows more. */
static void
tell_plan(ek_call *call, const char *address, int known)
{
  ek_scratch *s = ek_call_scratch(call);
  if (!s->planned && call->ops && call->ops->planned)
    call->ops->planned(call, address, known);
  s->planned = 1;
}

static ek_status
load(ek_call *call, const ek_item *item, const char *field, size_t i, uint64_t max_bytes, ek_str *bytes,
     ek_str *media_type)
{
  ek_text address = { 0 };
  ek_status status = ek_call_gate(call);
  ek_str where;
  if (status != EK_OK)
    return status;
  if (!value_at(item, field, i, &where))
    return EK_SKIPPED;
  if (!call->services->assets)
    return EK_CANCELLED;
  ek_asset_address(call->services->assets, where, &address);
  if (!address.len || call->services->planning) {
    if (address.len)
      tell_plan(call, ek_text_c(&address), 0);
    status = address.len ? EK_CANCELLED : EK_SKIPPED;
    ek_text_free(&address);
    return status;
  }
  ek_held *h = entry_of(call, ek_text_c(&address), 1);
  if (!h->picture && call->parks && call->held) {
    call->parked = EK_PARKED_PICTURE;
    status = EK_RETRY;
  } else {
    if (!h->picture)
      h->picture = ek_asset_fetch(call->services->assets, h->address, call->base, ek_call_cancelled, call);
    if (h->picture->state == EK_ASSET_OK)
      remember(call, h->address, h->picture);
    status = give(call, h, max_bytes, bytes, media_type);
  }
  ek_text_free(&address);
  return status;
}

/* ---- digest, dimensions --------------------------------------------------------------- */

/* The picture that this call has in hand, or NULL. */
static const ek_picture *
in_hand(ek_call *call, const char *address)
{
  ek_held *h = entry_of(call, address, 0);
  return h && h->picture && h->picture->state == EK_ASSET_OK ? h->picture : NULL;
}

static ek_status
lend(ek_call *call, const uint8_t sha256[32], ek_str *out)
{
  ek_text *t = ek_call_keep(call);
  ek_text_add(t, sha256, 32);
  *out = (ek_str){ t->data, 32 };
  return EK_OK;
}

static ek_status
from_memory(ek_call *call, const char *address, ek_str *out)
{
  const ek_services *s = call->services;
  ek_text key = { 0 };
  ek_error e = { 0 };
  uint8_t sha256[32];
  int known = 0;
  /* A local file may have changed: it is read again, but for an estimate the memory will do. */
  if (s->exchange && (s->planning || !is_local(address)) && memory_of(call, address, &key))
    known = ek_exchange_picture(s->exchange, (ek_str){ key.data, key.len }, sha256, &e);
  ek_text_free(&key);
  return known == 1 ? lend(call, sha256, out) : EK_NO_LABELS;
}

static ek_status
digest(ek_call *call, const ek_item *item, const char *field, size_t i, ek_str *sha256)
{
  ek_text address = { 0 };
  ek_status status = ek_call_gate(call);
  ek_str where;
  if (status != EK_OK)
    return status;
  if (!sha256) {
    ek_call_note(call, 1, "the plugin asks for a digest and has no place for it");
    return ek_call_fails(call, EK_ITEM_ERROR, NULL, 0, "");
  }
  if (!value_at(item, field, i, &where))
    return EK_SKIPPED;
  if (!call->services->assets)
    return EK_NO_LABELS;
  ek_asset_address(call->services->assets, where, &address);
  const ek_picture *p = in_hand(call, ek_text_c(&address));
  status = !address.len ? EK_SKIPPED
           : p ? lend(call, p->sha256, sha256)
               : from_memory(call, ek_text_c(&address), sha256);
  if (call->services->planning && status != EK_SKIPPED)
    tell_plan(call, ek_text_c(&address), status == EK_OK);
  ek_text_free(&address);
  return status;
}

static int
dimensions(ek_call *call, const ek_item *item, const char *field, size_t i, uint32_t *width, uint32_t *height)
{
  ek_text address = { 0 };
  ek_str where;
  if (!call || call->over || !width || !height || !call->services || !call->services->assets
      || !value_at(item, field, i, &where))
    return 0;
  ek_asset_address(call->services->assets, where, &address);
  const ek_picture *p = in_hand(call, ek_text_c(&address));
  int told = p && p->info.width && p->info.height;
  if (told) {
    *width = p->info.width;
    *height = p->info.height;
  }
  ek_text_free(&address);
  return told;
}

const ek_asset ek_asset_table = { .struct_size = sizeof(ek_asset), .load = load, .digest = digest,
                                  .dimensions = dimensions };
