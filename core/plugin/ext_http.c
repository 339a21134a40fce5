/* SPDX-License-Identifier: BSD-3-Clause */
/* ek.http/1: one exchange, guarded or signed, and what its answer means.
 *
 * A request with aws_service goes through core/aws (endpoint, credentials, signature);
 * any other goes to what its URL says, past the address guard, without following
 * redirects. The step's rate is waited for before, and told how it went after; trying
 * again is the chain's. No header's value ever reaches a message.           */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "base/date.h"
#include <xxhash.h>
#include "base/mem.h"
#include "base/number.h"
#include "plugin/internal.h"

#define LEAST_REQUEST (offsetof(ek_http_request, max_response) + sizeof(uint64_t))

struct ek_http_response {
  ek_http_response *next;
  ek_call *call;
  ek_http_answer answer;
  ek_aws_error aws;                  /* of a signed request                      */
  char service[40], action[80];      /* "rekognition", "rekognition:DetectLabels"; "": not AWS */
  char host[200];                    /* for messages                             */
};

/* ---- what the plugin asks for ------------------------------------------------------------ */

/* As this host knows it, and fit to be sent: nothing in it may end a line early. NULL, or what is wrong. */
static const char *
take(const ek_http_request *given, ek_http_request *out)
{
  uint32_t size = given ? given->struct_size : 0;
  if (size < LEAST_REQUEST || size > EK_MOST)
    return "has no struct_size";
  memset(out, 0, sizeof *out);
  memcpy(out, given, size < sizeof *out ? size : sizeof *out);
  if (!out->method || !out->url || (out->body.len && !out->body.ptr))
    return "has no method, no URL, or a body that is NULL";
  if (!out->method[0] || strspn(out->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(out->method))
    return "has a method that is no word in capitals";
  for (const char *p = out->url; *p; p++)
    if ((unsigned char)*p <= ' ' || *p == 0x7f)
      return "has a blank or a control character in its URL";
  for (size_t i = 0; out->headers && out->headers[i]; i++) {
    const char *colon = strchr(out->headers[i], ':');
    if (!colon || colon == out->headers[i])
      return "has a header that is not 'Name: value'";
    for (const char *p = out->headers[i]; *p; p++)
      if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f || (p < colon && *p == ' '))
        return "has a control character in a header";
  }
  if (out->aws_service && !out->aws_service[0])
    out->aws_service = NULL;
  if (out->aws_region && !out->aws_region[0])
    out->aws_region = NULL;
  return NULL;
}

/* "rekognition:DetectLabels" out of "X-Amz-Target: RekognitionService.DetectLabels": for messages. */
static void
name_action(ek_http_response *r, const ek_http_request *req)
{
  static const char target[] = "x-amz-target:";
  snprintf(r->service, sizeof r->service, "%.39s", req->aws_service);
  snprintf(r->action, sizeof r->action, "%s", r->service);
  for (size_t i = 0; req->headers && req->headers[i]; i++) {
    const char *dot = strrchr(req->headers[i], '.');
    if (strncasecmp(req->headers[i], target, sizeof target - 1) == 0 && dot)
      snprintf(r->action, sizeof r->action, "%s:%.38s", r->service, dot + 1);
  }
}

/* The path under the service's endpoint. A whole URL passes where it is that endpoint's. NULL: it is another's. */
static const char *
path_of(ek_call *call, const ek_http_request *req)
{
  ek_aws_endpoint at;
  ek_error e = { 0 };
  if (req->url[0] == '/')
    return req->url;
  if (ek_aws_resolve(call->services->aws, req->aws_service, req->aws_region, &at, &e) == 0) {
    size_t n = strlen(at.scheme_host);
    if (strncmp(req->url, at.scheme_host, n) == 0 && (req->url[n] == '/' || !req->url[n]))
      return req->url[n] ? req->url + n : "/";
  }
  return NULL;
}

/* ---- one exchange ---------------------------------------------------------------------- */

static enum ek_http_fault
exchange_aws(ek_call *call, const ek_http_request *req, const char *url, ek_http_response *r, ek_error *e)
{
  const char *query = strchr(url, '?');
  ek_text path = { 0 };
  ek_text_add(&path, url, query ? (size_t)(query - url) : strlen(url));
  ek_aws_request aws = {
    .service = req->aws_service, .region = req->aws_region, .method = req->method, .path = ek_text_c(&path),
    .query = query ? query + 1 : NULL, .headers = req->headers, .body = req->body, .max_response = req->max_response,
    .deadline_ns = call->deadline_ns, .sign_flags = strcmp(req->aws_service, "s3") == 0 ? EK_SIGV4_S3 : 0,
    .cancelled = ek_call_cancelled, .cancelled_arg = call,
  };
  enum ek_http_fault fault = ek_aws_perform(call->services->aws, &aws, &r->answer, &r->aws, e);
  ek_text_free(&path);
  return fault;
}

static enum ek_http_fault
exchange_plain(ek_call *call, const ek_http_request *req, ek_http_response *r, ek_error *e)
{
  ek_http_request_spec spec = {
    .method = req->method, .url = req->url, .headers = req->headers, .body = req->body,
    .max_response = req->max_response, .deadline_ns = call->deadline_ns,
    .cancelled = ek_call_cancelled, .cancelled_arg = call,
  };
  ek_http_show_url(req->url, r->host, sizeof r->host);
  return ek_http_perform(call->services->http, &spec, &r->answer, e);
}

static enum ek_reply
kind_of(const ek_http_response *r, enum ek_http_fault fault)
{
  int code = r->answer.code;
  if (fault != EK_HTTP_FAULT_NONE)
    return fault == EK_HTTP_FAULT_CANCELLED || fault == EK_HTTP_FAULT_TOO_LARGE || fault == EK_HTTP_FAULT_REDIRECTS ||
           fault == EK_HTTP_FAULT_CERTIFICATE ? EK_REPLY_OTHER : EK_REPLY_TRANSIENT;
  if (r->service[0])
    switch (r->aws.class) {
    case EK_AWS_OK: return EK_REPLY_OK;
    case EK_AWS_THROTTLED: return EK_REPLY_THROTTLED;
    case EK_AWS_TRANSIENT: case EK_AWS_SKEWED: case EK_AWS_BUSY: return EK_REPLY_TRANSIENT;
    default: return EK_REPLY_OTHER;
    }
  if (code >= 200 && code < 300)
    return EK_REPLY_OK;
  if (code == 429 || code == 503)
    return EK_REPLY_THROTTLED;
  return code == 408 || code >= 500 ? EK_REPLY_TRANSIENT : EK_REPLY_OTHER;
}

/* Seconds, or a date, which is reckoned from the answer's own date where it has one. -1: not told. */
static int64_t
retry_after(const ek_http_answer *a)
{
  ek_str value = ek_http_header(a, "retry-after"), date = ek_http_header(a, "date");
  int64_t seconds, until, now;
  if (!value.ptr)
    return -1;
  if (ek_number_int(value, &seconds))
    ;
  else if (ek_http_date(value, &until))
    seconds = until - (ek_http_date(date, &now) ? now : (int64_t)time(NULL));
  else
    return -1;
  if (seconds < 0)
    seconds = 0;
  return seconds > EK_MOST_RETRY_NS / 1000000000 ? EK_MOST_RETRY_NS : seconds * 1000000000;
}

static int64_t
retry_time(const ek_http_response *r)
{
  return r->service[0] && r->aws.retry_after_ns >= 0 ? r->aws.retry_after_ns : retry_after(&r->answer);
}

static void
tell_retry(ek_call *call, int64_t ns)
{
  if (ns >= 0)
    __atomic_store_n(&call->retry_after_ns, ns < EK_MOST_RETRY_NS ? ns : EK_MOST_RETRY_NS, __ATOMIC_RELAXED);
}

/* Nothing has left the machine with these. */
static int
stayed(enum ek_http_fault fault)
{
  return fault == EK_HTTP_FAULT_URL || fault == EK_HTTP_FAULT_GUARD || fault == EK_HTTP_FAULT_TAPE;
}

static ek_status
fails_without_answer(ek_call *call, const ek_http_response *r, enum ek_http_fault fault, const ek_error *e)
{
  if (fault == EK_HTTP_FAULT_CANCELLED && ek_call_late(call))
    fault = EK_HTTP_FAULT_DEADLINE;                  /* cancelled() is 1 then too */
  if (fault != EK_HTTP_FAULT_CANCELLED)
    ek_call_note(call, 1, "%s%s%s", e->message, e->help[0] ? "; " : "", e->help);
  switch (fault) {
  case EK_HTTP_FAULT_CANCELLED:
    return EK_CANCELLED;
  case EK_HTTP_FAULT_DEADLINE:
    return ek_call_fails(call, EK_RETRY, "timeout", 0, "");
  case EK_HTTP_FAULT_URL:
    if (r->service[0])                               /* no credentials, no region: nobody can be asked */
      return ek_call_fails(call, EK_FATAL, "service_error", 0, e->code ? e->code : "");
    return ek_call_fails(call, EK_ITEM_ERROR, "service_error", 0, "");
  case EK_HTTP_FAULT_CERTIFICATE:                    /* of the one endpoint that all items go to */
    return r->service[0] ? ek_call_fails(call, EK_FATAL, "service_error", 0, e->code ? e->code : "")
                         : ek_call_fails(call, EK_ITEM_ERROR, "service_error", 0, "");
  case EK_HTTP_FAULT_GUARD: case EK_HTTP_FAULT_REDIRECTS: case EK_HTTP_FAULT_TOO_LARGE: case EK_HTTP_FAULT_TAPE:
    return ek_call_fails(call, EK_ITEM_ERROR, "service_error", r->answer.code, "");
  default:
    return ek_call_fails(call, EK_RETRY, "service_error", r->answer.code, "");
  }
}

static void
unlink_response(ek_http_response *r)
{
  ek_call *call = r->call;
  ek_scratch *s = ek_call_scratch(call);
  ek_bit_lock(&call->busy);
  for (ek_http_response **at = &s->responses; *at; at = &(*at)->next)
    if (*at == r) {
      *at = r->next;
      break;
    }
  ek_bit_unlock(&call->busy);
  r->next = NULL;
}

static uint64_t
asked(const ek_http_request *req)
{
  char host[300] = "";
  if (!req->aws_service)
    ek_asset_host(req->url, host, sizeof host);
  return XXH3_64bits(host, strlen(host));
}

static ek_status
exchange(ek_call *call, const ek_http_request *req, const char *path, ek_http_response *r)
{
  ek_error e = { 0 };
  int64_t started = ek_monotonic_ns();
  enum ek_http_fault fault = path ? exchange_aws(call, req, path, r, &e) : exchange_plain(call, req, r, &e);
  if (!stayed(fault)) {
    ek_bit_lock(&call->busy);
    call->requests++;
    call->asked = asked(req);
    ek_bit_unlock(&call->busy);
    enum ek_reply kind = kind_of(r, fault);
    if (kind == EK_REPLY_THROTTLED)                  /* the rate wants to know for how long */
      tell_retry(call, retry_time(r));
    if (call->ops && call->ops->replied)
      call->ops->replied(call, kind, ek_monotonic_ns() - started);
  }
  return fault == EK_HTTP_FAULT_NONE ? EK_OK : fails_without_answer(call, r, fault, &e);
}

static ek_status
perform(ek_call *call, const ek_http_request *given, ek_http_response **out)
{
  ek_http_request req;
  const char *path = NULL, *fault;
  ek_status status = ek_call_gate(call);
  if (status != EK_OK)
    return status;
  if (!out || (fault = take(given, &req)) != NULL) {
    ek_call_note(call, 1, "the plugin's request %s", out ? fault : "has no place for an answer");
    return ek_call_fails(call, EK_ITEM_ERROR, NULL, 0, "");
  }
  *out = NULL;
  const ek_services *s = call->services;
  if (s->planning && call->ops && call->ops->admit)
    call->ops->admit(call);                          /* which counts it            */
  if (s->planning || !s->http || (req.aws_service && !s->aws))
    return EK_CANCELLED;
  if (req.aws_service && (path = path_of(call, &req)) == NULL) {
    ek_call_note(call, 1, "the plugin asks AWS at a URL that is not the endpoint of '%s': it must give the path alone",
                 req.aws_service);
    return EK_FATAL;
  }
  if (call->ops && call->ops->admit && (status = call->ops->admit(call)) != EK_OK)
    return status;
  ek_http_response *r = ek_mem_zero(1, sizeof *r);
  ek_scratch *scratch = ek_call_scratch(call);
  r->call = call;
  if (req.aws_service)
    name_action(r, &req);
  ek_bit_lock(&call->busy);
  r->next = scratch->responses;
  scratch->responses = r;
  ek_bit_unlock(&call->busy);
  status = exchange(call, &req, path, r);
  if (status != EK_OK) {
    unlink_response(r);
    ek_responses_free(r);
    return status;
  }
  *out = r;
  return EK_OK;
}

/* ---- the answer --------------------------------------------------------------------------- */

static int32_t
code(const ek_http_response *r)
{
  return r ? r->answer.code : 0;
}

static ek_str
body(const ek_http_response *r)
{
  return r && r->answer.body.data ? (ek_str){ r->answer.body.data, r->answer.body.len } : (ek_str){ "", 0 };
}

static int
header(const ek_http_response *r, const char *name, ek_str *out)
{
  ek_str value = r && name && out ? ek_http_header(&r->answer, name) : (ek_str){ NULL, 0 };
  if (!value.ptr)
    return 0;
  *out = value;
  return 1;
}

void
ek_responses_free(ek_http_response *list)
{
  while (list) {
    ek_http_response *next = list->next;
    ek_http_answer_free(&list->answer);
    free(list);
    list = next;
  }
}

static void
release(ek_http_response *r)
{
  if (!r)
    return;
  unlink_response(r);
  ek_responses_free(r);
}

/* ---- what it means ------------------------------------------------------------------------ */

static ek_status
classify_plain(ek_call *call, const ek_http_response *r)
{
  int http = r->answer.code;
  enum ek_reply kind = kind_of(r, EK_HTTP_FAULT_NONE);
  if (kind == EK_REPLY_OK)
    return EK_OK;
  ek_call_note(call, 1, "HTTP %d from %s", http, r->host);
  if (kind == EK_REPLY_OTHER)
    return ek_call_fails(call, EK_ITEM_ERROR, "service_error", http, "");
  tell_retry(call, retry_time(r));
  return ek_call_fails(call, EK_RETRY, kind == EK_REPLY_THROTTLED ? "throttled" : "service_error", http, "");
}

/* "ThrottlingException: Slow down", or the code alone. */
static void
note_aws(ek_call *call, const ek_http_response *r, const char *before)
{
  const ek_aws_error *a = &r->aws;
  if (a->name[0])
    ek_call_note(call, 1, "%s%s%s%s", before, a->name, a->message[0] ? ": " : "", a->message);
  else
    ek_call_note(call, 1, "%sHTTP %d from %s%s%s", before, r->answer.code, r->action, a->message[0] ? ": " : "",
                 a->message);
}

/* Known to the service, and without the permission; others of the class are not known to it. */
static int
is_denial(const char *name)
{
  return !name[0] || strstr(name, "AccessDenied") || strstr(name, "NotAuthorized") || strstr(name, "Unauthorized");
}

static ek_status
classify_aws(ek_call *call, const ek_http_response *r)
{
  const ek_aws_error *a = &r->aws;
  int http = r->answer.code;
  char before[200] = "";
  if (a->class == EK_AWS_OK)
    return EK_OK;
  if (a->class == EK_AWS_DENIED && is_denial(a->name))
    snprintf(before, sizeof before, "access denied: the caller may not %s (", r->action);
  else if (a->class == EK_AWS_DENIED)
    snprintf(before, sizeof before, "AWS refuses the credentials for %s (", r->action);
  else if (a->class == EK_AWS_EXPIRED)
    snprintf(before, sizeof before, "the AWS credentials have expired and could not be refreshed (");
  else if (a->class == EK_AWS_QUOTA)
    snprintf(before, sizeof before, "a quota of the account is reached (");
  note_aws(call, r, before);
  if (before[0]) {
    ek_bit_lock(&call->busy);
    size_t n = strlen(call->error);
    if (n + 2 > sizeof call->error)
      n = sizeof call->error - 2;
    memcpy(call->error + n, ")", 2);
    ek_bit_unlock(&call->busy);
  }
  switch (a->class) {
  case EK_AWS_THROTTLED:
    tell_retry(call, retry_time(r));
    return ek_call_fails(call, EK_RETRY, "throttled", http, a->name);
  case EK_AWS_TRANSIENT: case EK_AWS_SKEWED: case EK_AWS_BUSY:
    tell_retry(call, retry_time(r));
    return ek_call_fails(call, EK_RETRY, "service_error", http, a->name);
  case EK_AWS_DENIED: case EK_AWS_QUOTA:
    return ek_call_fails(call, EK_FATAL, "service_error", http, a->name);
  case EK_AWS_EXPIRED:
    return ek_call_fails(call, EK_FATAL, "service_error", http, "credentials_expired");
  default:
    return ek_call_fails(call, EK_ITEM_ERROR, "service_error", http, a->name);
  }
}

static ek_status
classify(ek_call *call, const ek_http_response *r)
{
  if (!call || !r || call->over)
    return EK_ITEM_ERROR;
  return r->service[0] ? classify_aws(call, r) : classify_plain(call, r);
}

const ek_http ek_http_table = { .struct_size = sizeof(ek_http), .perform = perform, .code = code, .body = body,
                                .header = header, .release = release, .classify = classify };
