/* SPDX-License-Identifier: BSD-3-Clause */
#include "plugin/call.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <stdlib.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "plugin/internal.h"

void
ek_call_reset(ek_call *call)
{
  call->retry_after_ns = -1;
  call->has_error = 0;
  call->over = 0;
  call->busy = 0;
  call->error[0] = 0;
  call->reason = NULL;
  call->http = 0;
  call->code[0] = 0;
  call->parked = EK_PARKED_NOT;
  call->requests = call->cache_hits = 0;
}

const char *
ek_escape(const char *s, char *buf, size_t size)
{
  size_t len = strlen(s), at = 0, out = 0;
  /* In slices that ek_show takes whole: it cuts at 80 columns. */
  while (at < len) {
    char piece[256];
    size_t n = len - at < 20 ? len - at : 20;
    while (n > 1 && at + n < len && ((unsigned char)s[at + n] & 0xc0) == 0x80)
      n--;
    ek_show((ek_str){ s + at, n }, piece, sizeof piece);
    size_t wrote = strlen(piece);
    if (out + wrote + 4 > size) {
      memcpy(buf + out, "...", 3);
      out += 3;
      break;
    }
    memcpy(buf + out, piece, wrote);
    out += wrote;
    at += n;
  }
  buf[out] = 0;
  return buf;
}

void
ek_call_note(ek_call *call, int force, const char *fmt, ...)
{
  if (!call)
    return;
  ek_bit_lock(&call->busy);
  if (force || !call->has_error) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(call->error, sizeof call->error, fmt, ap);
    va_end(ap);
    call->has_error = 1;
  }
  ek_bit_unlock(&call->busy);
}

/* ---- what the extensions leave behind ---------------------------------------------- */

ek_scratch *
ek_call_scratch(ek_call *call)
{
  ek_bit_lock(&call->busy);
  if (!call->scratch)
    call->scratch = ek_mem_zero(1, sizeof(ek_scratch));
  ek_bit_unlock(&call->busy);
  return call->scratch;
}

ek_text *
ek_call_keep(ek_call *call)
{
  ek_scratch *s = ek_call_scratch(call);
  ek_kept *k = ek_mem_zero(1, sizeof *k);
  ek_bit_lock(&call->busy);
  k->next = s->kept;
  s->kept = k;
  ek_bit_unlock(&call->busy);
  return &k->text;
}

void
ek_call_extend(ek_call *call, int64_t ns)
{
  int64_t deadline = __atomic_load_n(&call->deadline_ns, __ATOMIC_RELAXED);
  if (deadline != INT64_MAX)
    __atomic_store_n(&call->deadline_ns, deadline < INT64_MAX - ns ? deadline + ns : INT64_MAX, __ATOMIC_RELAXED);
}

int
ek_call_late(const ek_call *call)
{
  return call->deadline_ns != INT64_MAX && ek_monotonic_ns() >= call->deadline_ns;
}

int
ek_call_cancelled(void *arg)
{
  ek_call *call = arg;
  if (call->ops && call->ops->cancelled)
    return call->ops->cancelled(call) != 0;
  return ek_call_late(call);
}

ek_status
ek_call_gate(ek_call *call)
{
  const ek_scratch *s;
  if (!call || !call->instance || call->over)
    return EK_FATAL;
  s = call->scratch;
  if (call->parked != EK_PARKED_NOT)
    return EK_RETRY;
  if (s && s->blocked != EK_OK)
    return s->blocked;
  if (!call->services) {
    ek_call_note(call, 0, "nobody is asked while the configuration is checked");
    return EK_CANCELLED;
  }
  return ek_call_cancelled(call) ? EK_CANCELLED : EK_OK;
}

void
ek_call_block(ek_call *call, ek_status status, const ek_error *e)
{
  ek_scratch *s = ek_call_scratch(call);
  ek_call_note(call, 1, "%s%s%s", e->message, e->help[0] ? "; " : "", e->help);
  s->blocked = status;
}

ek_status
ek_call_fails(ek_call *call, ek_status status, const char *reason, int http, const char *code)
{
  call->reason = reason;
  call->http = http;
  snprintf(call->code, sizeof call->code, "%s", code);
  return status;
}

void
ek_held_free(ek_held *list)
{
  while (list) {
    ek_held *next = list->next;
    ek_picture_unref(list->picture);
    free(list->address);
    free(list);
    list = next;
  }
}

static void
free_kept(ek_kept *list)
{
  while (list) {
    ek_kept *next = list->next;
    ek_text_free(&list->text);
    free(list);
    list = next;
  }
}

/* What was charged without an answer to keep goes to the ledger all the same. If it cannot be written now, it
 * is when the cache is closed, which tells if it could not be then.          */
static void
settle_debts(ek_call *call, const ek_scratch *s)
{
  ek_error e = { 0 };
  size_t i = 0;
  while (i < s->n_owed && !s->owed[i])
    i++;
  if (i == s->n_owed)
    return;
  ek_call_commit(call, NULL, NULL, 0, &e);
}

void
ek_call_end(ek_call *call)
{
  ek_scratch *s = call->scratch;
  call->over = 1;
  if (s)
    settle_debts(call, s);
  ek_call_release_claims(call);
  if (!s)
    return;
  ek_responses_free(s->responses);
  free_kept(s->kept);
  ek_held_free(s->pictures);
  if (s->charged && s->charged == call->charged) {
    call->charged = NULL;
    call->n_charged = 0;
  }
  free(s->charged);
  free(s->owed);
  free(s);
  call->scratch = NULL;
}
