/* SPDX-License-Identifier: BSD-3-Clause */
/* Pictures from the network. Whoever wrote the address chose the server, so the client's guard
 * judges every hop, and what the server says of its answer decides nothing but whether to ask again. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "asset/internal.h"
#include "base/number.h"
#include "base/text.h"

#define SECOND INT64_C(1000000000)
/* Of Retry-After: the catalogue chose the server, which may not hold up the run for hours. */
enum { LONGEST_WAIT_S = 60 };

/* "img.shop.example:8080": never user, password, path or query. */
static const char *
host_of(const char *url, char *buf, size_t size)
{
  const char *host = strstr(url, "://");
  host = host ? host + 3 : url;
  size_t n = strcspn(host, "/?#\\");
  const char *at = memrchr(host, '@', n);
  if (at) {
    n -= (size_t)(at + 1 - host);
    host = at + 1;
  }
  return ek_show((ek_str){ host, n }, buf, size);
}

/* Seconds, or a date. -1: not told, or not to be understood. */
static int64_t
retry_after(const ek_http_answer *answer)
{
  ek_str s = ek_http_header(answer, "retry-after");
  int64_t seconds;
  char date[64];
  if (s.len == 0 || s.len >= sizeof date)
    return -1;
  if (!ek_number_int(s, &seconds)) {
    memcpy(date, s.ptr, s.len);
    date[s.len] = 0;
    time_t then = curl_getdate(date, NULL);
    if (then == -1)
      return -1;
    seconds = (int64_t)then - (int64_t)time(NULL);
  }
  if (seconds > LONGEST_WAIT_S)
    seconds = LONGEST_WAIT_S;
  return seconds < 0 ? 0 : seconds * SECOND;
}

ek_picture *
ek_picture_refused_code(ek_picture *p, const ek_http_answer *answer, const char *shown_host)
{
  int code = answer->code;
  /* 408 and 425 are the two that ask the client to come again. */
  int again = code == 408 || code == 425 || code == 429 || code >= 500;
  p->http = code;
  if (again)
    p->retry_after_ns = retry_after(answer);
  return ek_picture_say(p, again ? EK_ASSET_TRANSIENT : EK_ASSET_FAILED, "HTTP %d from %s", code, shown_host);
}

static ek_picture *
say_late(ek_picture *p, const ek_fetch *f, const char *shown_host)
{
  char seconds[EK_NUMBER_MAX];
  ek_number_repr((double)(f->options->timeout_ns / (SECOND / 1000)) / 1000, seconds);
  return ek_picture_say(p, EK_ASSET_TRANSIENT, "%s did not send it within %s seconds (images.timeout)", shown_host,
                        seconds);
}

ek_picture *
ek_picture_fault(const ek_fetch *f, enum ek_http_fault fault, const ek_http_answer *answer, const ek_error *e)
{
  ek_picture *p = ek_picture_new();
  char host[128];
  enum ek_asset_state state = EK_ASSET_TRANSIENT;
  host_of(f->address, host, sizeof host);
  p->http = answer->code;
  switch (fault) {
  case EK_HTTP_FAULT_CANCELLED: return ek_picture_say(p, EK_ASSET_CANCELLED, "cancelled");
  case EK_HTTP_FAULT_TOO_LARGE:
  case EK_HTTP_FAULT_DEADLINE:
  case EK_HTTP_FAULT_BROKEN:
    if (answer->code >= 400)               /* an error page that never ends is still an error page */
      return ek_picture_refused_code(p, answer, host);
    if (fault == EK_HTTP_FAULT_TOO_LARGE)
      return ek_picture_too_large(p, f->options->max_bytes);
    if (fault == EK_HTTP_FAULT_DEADLINE)
      return say_late(p, f, host);
    break;
  case EK_HTTP_FAULT_URL:
  case EK_HTTP_FAULT_GUARD:
  case EK_HTTP_FAULT_REDIRECTS: state = EK_ASSET_REFUSED; break;
  case EK_HTTP_FAULT_CERTIFICATE:
  case EK_HTTP_FAULT_TAPE: state = EK_ASSET_FAILED; break;
  case EK_HTTP_FAULT_RESOLVE:
  case EK_HTTP_FAULT_CONNECT:
  case EK_HTTP_FAULT_TLS:
  case EK_HTTP_FAULT_NONE: break;
  }
  return ek_picture_say(p, state, "%s%s%s", e->message, *e->help ? "; " : "", e->help);
}

ek_picture *
ek_picture_http(const ek_fetch *f)
{
  /* Servers that choose by this send WebP only to those who name it. */
  static const char *const headers[] = { "Accept: image/jpeg, image/png, */*;q=0.1", NULL };
  ek_http_request_spec spec = {
    .method = "GET", .url = f->address, .headers = headers, .max_response = f->options->max_bytes,
    .deadline_ns = f->deadline_ns, .flags = EK_HTTP_FOLLOW | EK_HTTP_PICTURE,
    .cancelled = f->cancelled, .cancelled_arg = f->arg,
  };
  ek_http_answer answer = { 0 };
  ek_error e = { 0 };
  ek_picture *p;
  if (!f->options->http)
    return ek_picture_say(ek_picture_new(), EK_ASSET_REFUSED, "is on the network, and this run asks nobody");
  enum ek_http_fault fault = ek_http_perform(f->options->http, &spec, &answer, &e);
  if (fault != EK_HTTP_FAULT_NONE) {
    p = ek_picture_fault(f, fault, &answer, &e);
  } else if (answer.code >= 200 && answer.code < 300) {
    p = ek_picture_new();
    p->http = answer.code;
    ek_picture_judge(p, &answer.body, f->options);
  } else {
    char host[128];
    p = ek_picture_refused_code(ek_picture_new(), &answer, host_of(f->address, host, sizeof host));
  }
  ek_http_answer_free(&answer);
  return p;
}
