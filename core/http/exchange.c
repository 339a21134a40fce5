/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of an exchange in the client's thread: hops, and the end. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "http/internal.h"

/* Handles are kept: making one costs more than a small exchange. Those of one pool
 * never serve the other, as they remember sessions.                         */
enum { IDLE_HANDLES = 128 };

static CURL *
take_handle(ek_http_pool_state *pool)
{
  CURL *h = pool->n_idle ? pool->idle[--pool->n_idle] : curl_easy_init();
  if (h && pool->share)
    curl_easy_setopt(h, CURLOPT_SHARE, pool->share);
  return h;
}

static void
give_handle(ek_exchange *x)
{
  ek_http_pool_state *pool = x->pool;
  if (x->easy) {
    curl_multi_remove_handle(pool->multi, x->easy);
    if (pool->n_idle < IDLE_HANDLES) {
      curl_easy_reset(x->easy);      /* it points at the stack of a thread that goes on */
      pool->idle = ek_mem_grow(pool->idle, &pool->cap_idle, pool->n_idle + 1, sizeof *pool->idle);
      pool->idle[pool->n_idle++] = x->easy;
    } else
      curl_easy_cleanup(x->easy);
  }
  x->easy = NULL;
  curl_slist_free_all(x->headers);
  x->headers = NULL;
}

static void
unlink_live(ek_exchange *x)
{
  if (!x->live)
    return;
  *(x->before ? &x->before->after : &x->client->live) = x->after;
  if (x->after)
    x->after->before = x->before;
  x->live = 0;
}

static void
end_wait(ek_exchange *x)
{
  if (x->wait_until_ns)
    x->client->waiting--;
  x->wait_until_ns = 0;
}

static void
finish(ek_exchange *x, enum ek_http_fault fault)
{
  give_handle(x);
  end_wait(x);
  unlink_live(x);
  ek_url_free(&x->url);
  ek_url_free(&x->first);
  x->fault = fault;
  sem_post(&x->done);                /* the waiting thread takes x away at once  */
}

static void
forget_hop(ek_exchange *x)
{
  x->sends = 0;
  x->opened = x->too_large = x->headers_too_large = x->skipped = x->has_body = x->encoded = 0;
  x->discarded = 0;
  x->refused = NULL;
  x->out->code = 0;
  ek_text_clear(&x->out->headers);
  ek_text_clear(&x->out->body);
}

/* --- a connection to share ----------------------------------------------------- */

/* Of many calls that begin at once, curl would open a connection for each, as it cannot know yet that the first will be
 * HTTP/2 and do for all. So one goes ahead, and the others wait until it has a connection or failed to get one.
 * CURLOPT_PIPEWAIT is not it: where a host does not answer, fifty calls would try one after the other, each for the
 * whole connect time-out. Here they try all together after WAIT_NS. */
static const int64_t WAIT_NS = 2000000000;

/* Somebody is about to open a connection that this one may share. */
static int
should_wait(const ek_exchange *x)
{
  int opening = 0;
  if (!x->url.https || x->probing)
    return 0;
  for (const ek_exchange *y = x->client->live; y; y = y->after) {
    if (y == x || !y->easy || y->probing || y->pool != x->pool || y->proxy != x->proxy ||
        !ek_url_same_origin(&y->url, &x->url))
      continue;
    if (y->sends)                    /* it has one: shared it is, or it is no HTTP/2  */
      return 0;
    opening = 1;
  }
  return opening;
}

static void
begin(ek_exchange *x)
{
  end_wait(x);
  x->easy = take_handle(x->pool);
  if (!x->easy) {
    finish(x, ek_http_say(x->e, EK_HTTP_FAULT_CONNECT, x->url.text, "curl has no handle"));
    return;
  }
  ek_exchange_set_up(x);
  if (curl_multi_add_handle(x->pool->multi, x->easy) != CURLM_OK)
    finish(x, ek_http_say(x->e, EK_HTTP_FAULT_CONNECT, x->url.text, "curl does not take the request"));
}

void
ek_exchange_end_waits(ek_http_client *c, int64_t now)
{
  ek_exchange *next;
  for (ek_exchange *x = c->live; x; x = next) {
    next = x->after;
    if (!x->wait_until_ns)
      continue;
    if (now >= x->spec->deadline_ns)
      ek_exchange_stop(x, EK_HTTP_FAULT_DEADLINE);
    else if (now >= x->wait_until_ns || !should_wait(x))
      begin(x);
  }
}

void
ek_exchange_start(ek_exchange *x)
{
  ek_http_client *c = x->client;
  if (!x->live) {
    x->live = 1;
    x->before = NULL;
    x->after = c->live;
    if (x->after)
      x->after->before = x;
    c->live = x;
  }
  if (ek_monotonic_ns() >= x->spec->deadline_ns) {
    ek_exchange_stop(x, EK_HTTP_FAULT_DEADLINE);
    return;
  }
  x->trusted = (x->spec->flags & EK_HTTP_TRUSTED) && !x->foreign;
  x->proxy = ek_proxy_for(c->options.proxy, x->spec->flags, &x->url);
  /* A proxy connects where we cannot look: so the addresses are looked at before. */
  x->probing = x->proxy && !x->trusted && !x->probed &&
               !ek_guard_allows_name(c->options.guard, x->url.host, x->url.port);
  x->pool = &c->pools[x->trusted ? EK_POOL_TRUSTED : EK_POOL_GUARDED];
  forget_hop(x);
  if (should_wait(x)) {
    x->wait_until_ns = ek_monotonic_ns() + WAIT_NS;
    c->waiting++;
  } else
    begin(x);
}

void
ek_exchange_stop(ek_exchange *x, enum ek_http_fault fault)
{
  if (fault == EK_HTTP_FAULT_DEADLINE)
    ek_http_say(x->e, fault, x->url.text, "its time was up before it was asked");
  else
    ek_http_say(x->e, fault, x->url.text, "cancelled");
  finish(x, fault);
}

void
ek_exchange_ended(ek_exchange *x, CURLcode rc)
{
  long code = 0;
  int go_on = 0;
  if (x->probing && x->opened && !x->refused && rc == CURLE_COULDNT_CONNECT) {
    x->probed = 1;
    give_handle(x);
    ek_exchange_start(x);
    return;
  }
  if (x->skipped && rc == CURLE_WRITE_ERROR)
    rc = CURLE_OK;                   /* the body of a redirect: nobody reads it   */
  curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &code);
  x->out->code = x->probing ? 0 : (int)code;
  if (rc != CURLE_OK) {
    finish(x, ek_exchange_fault(x, rc));
    return;
  }
  if (ek_exchange_wants_redirect(x, x->out->code))
    go_on = ek_exchange_redirect(x);
  if (go_on <= 0) {
    finish(x, go_on < 0 ? x->fault : EK_HTTP_FAULT_NONE);
    return;
  }
  x->probed = 0;
  give_handle(x);
  ek_exchange_start(x);
}
