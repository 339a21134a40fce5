/* SPDX-License-Identifier: BSD-3-Clause */
/* ek.cache/1: answers that were paid for, over the exchange cache. A key is private to
 * its enricher. A miss claims the key, so that of all items, threads and processes that want
 * the same answer one asks and the others wait for it; ek_call_end gives back what was
 * claimed and not answered.                                                 */
#include <openssl/evp.h>
#include <string.h>
#include "plugin/internal.h"

#define CLAIM_WAIT_NS 20000000
#define MOST_KEY ((size_t)1 << 24)

static int
in_use(const ek_call *call)
{
  const ek_instance *in = call->instance;
  int wanted = in->settings ? in->settings->cache : -1;
  return call->services && call->services->exchange && (wanted < 0 ? in->network : wanted);
}

static void
add_framed(EVP_MD_CTX *md, ek_str s)
{
  unsigned char n[8];
  for (int i = 0; i < 8; i++)
    n[i] = (unsigned char)((uint64_t)s.len >> (56 - 8 * i));
  EVP_DigestUpdate(md, n, sizeof n);
  if (s.len)
    EVP_DigestUpdate(md, s.ptr, s.len);
}

/* Each part with its length, so that no two keys read alike. */
static int
digest_of(ek_call *call, ek_str key, ek_key_digest *out)
{
  const ek_plugin *p = call->instance->plugin;
  if ((key.len && !key.ptr) || key.len > MOST_KEY) {
    ek_call_note(call, 1, "the plugin's key for the cache is %s", key.ptr ? "longer than 16 MiB" : "NULL");
    return -1;
  }
  EVP_MD_CTX *md = EVP_MD_CTX_new();
  int ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
  if (ok) {
    add_framed(md, ek_cstr(EK_EXT_CACHE));
    add_framed(md, ek_cstr(p->module->module.id));
    add_framed(md, ek_cstr(p->enricher->id));
    add_framed(md, key);
    ok = EVP_DigestFinal_ex(md, out->bytes, NULL) == 1;
  }
  EVP_MD_CTX_free(md);
  return ok ? 0 : -1;
}

/* Whether the call holds a claim; with `forget`, not any more. */
static int
holds(ek_call *call, const ek_key_digest *key, int forget)
{
  int found = 0;
  ek_bit_lock(&call->busy);
  for (unsigned i = 0; i < call->n_claims && !found; i++)
    if (memcmp(&call->claims[i], key, sizeof *key) == 0) {
      found = 1;
      if (forget)
        call->claims[i] = call->claims[--call->n_claims];
    }
  ek_bit_unlock(&call->busy);
  return found;
}

/* More claims than a call can hold go without one: then two may pay, but nothing is lost. */
static void
hold(ek_call *call, const ek_key_digest *key)
{
  ek_bit_lock(&call->busy);
  int room = call->n_claims < EK_CALL_CLAIMS;
  if (room)
    call->claims[call->n_claims++] = *key;
  ek_bit_unlock(&call->busy);
  if (!room)
    ek_exchange_release(call->services->exchange, key);
}

void
ek_call_release_claims(ek_call *call)
{
  while (call->n_claims)
    ek_exchange_release(call->services->exchange, &call->claims[--call->n_claims]);
}

/* Somebody is asking just now. Without a lane that can set the item aside, wait here. 1: look again. */
static int
wait_for_claim(ek_call *call)
{
  if (call->parks) {
    call->parked = EK_PARKED_CLAIM;
    return 0;
  }
  return ek_call_wait(call, CLAIM_WAIT_NS) == EK_OK;
}

static int
look(ek_call *call, const ek_key_digest *key, ek_str *value)
{
  const ek_services *s = call->services;
  ek_text *text = ek_call_keep(call);
  ek_error e = { 0 };
  for (;;) {
    switch (ek_exchange_get(s->exchange, key, !s->planning, text, &e)) {
    case EK_EXCHANGE_HIT:
      call->cache_hits++;
      ek_text_c(text);           /* not NULL when empty                        */
      *value = (ek_str){ text->data ? text->data : "", text->len };
      return 1;
    case EK_EXCHANGE_MINE:
      if (!s->planning)
        hold(call, key);
      return 0;
    case EK_EXCHANGE_BUSY:
      if (!wait_for_claim(call))
        return 0;
      break;
    case EK_EXCHANGE_FAILED:     /* what cannot be remembered is not paid for   */
      ek_call_block(call, EK_FATAL, &e);
      return 0;
    }
  }
}

static int
get(ek_call *call, ek_str key, ek_str *value)
{
  ek_key_digest digest;
  if (ek_call_gate(call) != EK_OK || !value || !in_use(call) || digest_of(call, key, &digest) < 0)
    return 0;
  return holds(call, &digest, 0) ? 0 : look(call, &digest, value);
}

static void
put(ek_call *call, ek_str key, ek_str value, int64_t ttl_ns)
{
  ek_key_digest digest;
  ek_error e = { 0 };
  if (!call || !call->instance || call->over || !in_use(call) || call->services->planning ||
      (value.len && !value.ptr) || digest_of(call, key, &digest) < 0)
    return;
  if (!value.ptr)
    value.ptr = "";
  /* Money and answer in one transaction, which ends the claim. */
  if (ek_call_commit(call, &digest, &value, ttl_ns < 0 ? 0 : ttl_ns, &e) < 0)
    ek_call_block(call, EK_FATAL, &e);
  holds(call, &digest, 1);
}

const ek_cache ek_cache_table = { .struct_size = sizeof(ek_cache), .get = get, .put = put };
