/* SPDX-License-Identifier: BSD-3-Clause */
#include "plugin/fake.h"
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/mem.h"

fake fake_world;

ek_services *
fake_services(void)
{
  static ek_services s;
  for (int i = 0; i < FAKE_MOST; i++)
    free(fake_world.kept[i].value);
  free(fake_world.body);
  fake_world = (fake){ .admit_status = EK_OK };
  /* None of these is looked into by anybody but the functions below. */
  s = (ek_services){ .http = (ek_http_client *)&fake_world, .aws = (ek_aws *)&fake_world,
                     .assets = (ek_assets *)&fake_world, .exchange = (ek_exchange *)&fake_world, .folder = "/out" };
  return &s;
}

void
fake_answer_with(const fake_answer *a)
{
  fake_world.answers[fake_world.n_answers++] = *a;
}

void
fake_show(const char *address, enum ek_media media, uint32_t width, uint32_t height, const char *bytes)
{
  fake_world.pictures[fake_world.n_pictures++] = (fake_picture){ .address = address, .media = media, .width = width,
                                                                 .height = height, .bytes = bytes };
}

/* ---- core/http ------------------------------------------------------------------ */

static enum ek_http_fault
answer(ek_http_answer *out, ek_aws_error *err, ek_error *e)
{
  fake *w = &fake_world;
  int i = w->performed < w->n_answers ? w->performed : w->n_answers - 1;
  const fake_answer *a = &w->answers[i];
  w->performed++;
  if (w->n_answers == 0) {
    ek_fail(e, EK_EXIT_FAILED, "fake", "the fake has no answer");
    return EK_HTTP_FAULT_CONNECT;
  }
  out->code = a->code;
  if (a->headers)
    ek_text_cstr(&out->headers, a->headers);
  if (a->body)
    ek_text_cstr(&out->body, a->body);
  if (a->fault != EK_HTTP_FAULT_NONE)
    ek_fail(e, EK_EXIT_FAILED, a->name ? a->name : "fake", "%s", a->message ? a->message : "it went wrong");
  if (err) {
    *err = (ek_aws_error){ .class = a->class, .http = a->code,
                           .retry_after_ns = a->retry_after_ns ? a->retry_after_ns : -1 };
    snprintf(err->name, sizeof err->name, "%s", a->name ? a->name : "");
    snprintf(err->message, sizeof err->message, "%s", a->message ? a->message : "");
  }
  return a->fault;
}

static void
note_request(const char *method, const char *url, const char *const *headers, ek_str body)
{
  fake *w = &fake_world;
  snprintf(w->method, sizeof w->method, "%s", method);
  snprintf(w->url, sizeof w->url, "%s", url);
  w->headers[0] = 0;
  for (size_t i = 0; headers && headers[i]; i++)
    snprintf(w->headers + strlen(w->headers), sizeof w->headers - strlen(w->headers), "%s\n", headers[i]);
  free(w->body);
  w->body = ek_mem_strndup(body.ptr ? body.ptr : "", body.len);
  w->body_len = body.len;
}

enum ek_http_fault
ek_http_perform(ek_http_client *c, const ek_http_request_spec *spec, ek_http_answer *out, ek_error *e)
{
  (void)c;
  note_request(spec->method, spec->url, spec->headers, spec->body);
  fake_world.flags = spec->flags;
  fake_world.deadline_ns = spec->deadline_ns;
  fake_world.max_response = spec->max_response;
  fake_world.service[0] = 0;
  return answer(out, NULL, e);
}

ek_str
ek_http_header(const ek_http_answer *a, const char *name)
{
  size_t n = strlen(name);
  const char *at = a->headers.data, *end = at ? at + a->headers.len : NULL;
  for (const char *line; at && at < end; at = line + 1) {
    line = memchr(at, '\n', (size_t)(end - at));
    if ((size_t)(line - at) > n + 1 && strncasecmp(at, name, n) == 0 && at[n] == ':')
      return (ek_str){ at + n + 2, (size_t)(line - at) - n - 2 };
  }
  return (ek_str){ NULL, 0 };
}

void
ek_http_answer_free(ek_http_answer *a)
{
  ek_text_free(&a->headers);
  ek_text_free(&a->body);
}

const char *
ek_http_show_url(const char *url, char *buf, size_t size)
{
  snprintf(buf, size, "%.*s", (int)strcspn(url, "?#"), url);
  return buf;
}

/* ---- core/aws -------------------------------------------------------------------- */

int
ek_aws_resolve(ek_aws *a, const char *service, const char *region, ek_aws_endpoint *out, ek_error *e)
{
  (void)a;
  (void)e;
  memset(out, 0, sizeof *out);
  snprintf(out->scheme_host, sizeof out->scheme_host, "https://%s.%s.amazonaws.com", service,
           region ? region : "us-east-1");
  return 0;
}

enum ek_http_fault
ek_aws_perform(ek_aws *a, const ek_aws_request *req, ek_http_answer *out, ek_aws_error *err, ek_error *e)
{
  (void)a;
  char url[400];
  snprintf(url, sizeof url, "%s%s%s", req->path, req->query ? "?" : "", req->query ? req->query : "");
  note_request(req->method, url, req->headers, req->body);
  snprintf(fake_world.service, sizeof fake_world.service, "%s", req->service);
  snprintf(fake_world.region, sizeof fake_world.region, "%s", req->region ? req->region : "");
  fake_world.deadline_ns = req->deadline_ns;
  fake_world.max_response = req->max_response;
  if (fake_world.credentials_fail) {
    ek_fail(e, EK_EXIT_REFUSED, fake_world.credentials_fail, "no AWS credentials: tried everything");
    ek_help(e, "aws configure");
    return EK_HTTP_FAULT_URL;
  }
  return answer(out, err, e);
}

/* ---- core/asset ------------------------------------------------------------------- */

typedef struct held { ek_picture p; int refs; char *bytes; } held;

ek_picture *
ek_picture_ref(ek_picture *p)
{
  ((held *)p)->refs++;
  return p;
}

void
ek_picture_unref(ek_picture *p)
{
  held *h = (held *)p;
  if (!h || --h->refs)
    return;
  free(h->bytes);
  free(h);
}

const char *
ek_media_type(enum ek_media m)
{
  static const char *const types[] = { "", "image/jpeg", "image/png", "image/webp", "image/gif" };
  return types[m];
}

void
ek_asset_address(const ek_assets *a, ek_str where, ek_text *out)
{
  (void)a;
  ek_text_clear(out);
  ek_text_str(out, where);
}

ek_picture *
ek_asset_fetch(ek_assets *a, const char *address, const char *base, int (*cancelled)(void *), void *arg)
{
  (void)a;
  (void)base;
  held *h = ek_mem_zero(1, sizeof *h);
  h->refs = 1;
  h->p.retry_after_ns = -1;
  fake_world.fetched++;
  if (cancelled && cancelled(arg)) {
    h->p.state = EK_ASSET_CANCELLED;
    return &h->p;
  }
  h->p.state = EK_ASSET_FAILED;
  snprintf(h->p.message, sizeof h->p.message, "no such picture");
  for (int i = 0; i < fake_world.n_pictures; i++) {
    const fake_picture *f = &fake_world.pictures[i];
    if (strcmp(f->address, address) != 0)
      continue;
    const char *bytes = f->bytes ? f->bytes : "";
    h->p.state = f->state;
    h->p.http = f->http;
    snprintf(h->p.message, sizeof h->p.message, "%s", f->message ? f->message : "");
    h->bytes = ek_mem_strdup(bytes);
    h->p.bytes = ek_cstr(h->bytes);
    h->p.info = (ek_media_info){ f->media, f->width, f->height };
    SHA256((const unsigned char *)bytes, strlen(bytes), h->p.sha256);
  }
  return &h->p;
}

/* ---- core/store/exchange ------------------------------------------------------------ */

static fake_kept *
find_kept(const ek_key_digest *key)
{
  for (int i = 0; i < FAKE_MOST; i++)
    if (fake_world.kept[i].used && memcmp(&fake_world.kept[i].key, key, sizeof *key) == 0)
      return &fake_world.kept[i];
  return NULL;
}

static fake_kept *
new_kept(const ek_key_digest *key)
{
  fake_kept *k = fake_world.kept;
  while (k->used)
    k++;
  *k = (fake_kept){ .used = 1, .key = *key };
  return k;
}

enum ek_exchange_found
ek_exchange_get(ek_exchange *x, const ek_key_digest *key, int claim, ek_text *value, ek_error *e)
{
  (void)x;
  fake_kept *k = find_kept(key);
  fake_world.looked++;
  if (fake_world.exchange_fails) {
    ek_fail(e, EK_EXIT_FAILED, "cache", "the cache is damaged");
    return EK_EXCHANGE_FAILED;
  }
  if (fake_world.busy > 0) {
    fake_world.busy--;
    return EK_EXCHANGE_BUSY;
  }
  if (k && k->value) {
    ek_text_add(value, k->value, k->len);
    return EK_EXCHANGE_HIT;
  }
  if (!claim)
    return EK_EXCHANGE_MINE;
  if (k && k->claimed)
    return EK_EXCHANGE_BUSY;
  if (!k)
    k = new_kept(key);
  k->claimed = 1;
  return EK_EXCHANGE_MINE;
}

void
ek_exchange_release(ek_exchange *x, const ek_key_digest *key)
{
  (void)x;
  fake_kept *k = find_kept(key);
  fake_world.released++;
  if (k)
    k->claimed = 0;
}

int
ek_exchange_put(ek_exchange *x, const ek_key_digest *key, const ek_str *value, const char *label, int64_t ttl_ns,
                const ek_spent *spent, size_t n_spent, ek_error *e)
{
  (void)x;
  (void)ttl_ns;
  if (fake_world.put_fails)
    return ek_fail(e, EK_EXIT_FAILED, "cache", "the disk is full");
  fake_kept *k = key ? find_kept(key) : NULL;
  if (value) {
    if (!k)
      k = new_kept(key);
    free(k->value);
    k->value = ek_mem_strndup(value->ptr, value->len);
    k->len = value->len;
  }
  if (k && value)
    k->claimed = 0;
  for (size_t i = 0; i < n_spent; i++) {
    fake_spent *s = &fake_world.spent[fake_world.n_spent++];
    snprintf(s->step, sizeof s->step, "%s", strcmp(label, spent[i].step) == 0 ? label : "label and step differ");
    snprintf(s->meter, sizeof s->meter, "%s", spent[i].meter);
    snprintf(s->folder, sizeof s->folder, "%s", spent[i].folder);
    memcpy(s->currency, spent[i].currency, sizeof s->currency);
    s->qty = spent[i].qty;
    s->nano = spent[i].nano;
    s->with_answer = value != NULL;
  }
  return 0;
}

int
ek_exchange_picture(ek_exchange *x, ek_str url, uint8_t sha256[32], ek_error *e)
{
  (void)x;
  (void)e;
  for (int i = 0; i < fake_world.n_known; i++)
    if (ek_str_eqc(url, fake_world.known[i].address)) {
      memcpy(sha256, fake_world.known[i].sha256, 32);
      return 1;
    }
  return 0;
}

int
ek_exchange_put_picture(ek_exchange *x, ek_str url, const uint8_t sha256[32], uint64_t size, ek_error *e)
{
  (void)x;
  (void)e;
  int i = 0;
  while (i < fake_world.n_known && !ek_str_eqc(url, fake_world.known[i].address))
    i++;
  if (i == fake_world.n_known)
    fake_world.n_known++;
  snprintf(fake_world.known[i].address, sizeof fake_world.known[i].address, "%.*s", (int)url.len, url.ptr);
  memcpy(fake_world.known[i].sha256, sha256, 32);
  fake_world.known[i].size = size;
  fake_world.put_pictures++;
  return 0;
}

int
fake_kept_count(void)
{
  int n = 0;
  for (int i = 0; i < FAKE_MOST; i++)
    n += fake_world.kept[i].value != NULL;
  return n;
}

int
fake_claims(void)
{
  int n = 0;
  for (int i = 0; i < FAKE_MOST; i++)
    n += fake_world.kept[i].claimed;
  return n;
}

/* ---- the lane ------------------------------------------------------------------------- */

static int
ops_cancelled(ek_call *call)
{
  return fake_world.cancelled || ek_call_late(call);
}

static ek_status
ops_wait(ek_call *call, int64_t ns)
{
  (void)ns;
  return ops_cancelled(call) ? EK_CANCELLED : EK_OK;
}

static ek_status
ops_reserve(ek_call *call, const uint64_t *qty, size_t n)
{
  (void)call;
  fake_world.reserved++;
  for (size_t i = 0; i < n; i++)
    fake_world.reserved_qty[i] += qty[i];
  return fake_world.reserve_status;
}

static void
ops_charge(ek_call *call, const uint64_t *qty, size_t n)
{
  (void)call;
  for (size_t i = 0; i < n; i++)
    fake_world.charged_qty[i] += qty[i];
}

static ek_status
ops_admit(ek_call *call)
{
  fake_world.admitted++;
  if (call->deadline_ns != INT64_MAX)
    call->deadline_ns += fake_world.admit_moves_ns;
  return fake_world.admit_status;
}

static void
ops_replied(ek_call *call, enum ek_reply kind, int64_t ns)
{
  (void)ns;
  fake_world.replied++;
  fake_world.replied_retry_ns = call->retry_after_ns;
  fake_world.kind = kind;
}

static void
ops_planned(ek_call *call, const char *address, int known)
{
  (void)call;
  fake_world.planned++;
  fake_world.planned_known = known;
  snprintf(fake_world.planned_address, sizeof fake_world.planned_address, "%s", address);
}

const ek_call_ops fake_ops = { .cancelled = ops_cancelled, .wait = ops_wait, .reserve = ops_reserve,
                               .charge = ops_charge,
                               .admit = ops_admit, .replied = ops_replied, .planned = ops_planned };
