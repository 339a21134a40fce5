/* SPDX-License-Identifier: BSD-3-Clause */
/* Redirects are followed by us, one hop after the other: each is judged as if it had
 * been written in the data, and secrets stay with the origin they were for.    */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "http/internal.h"

int
ek_exchange_wants_redirect(const ek_exchange *x, int code)
{
  const char *method = x->spec->method;
  /* A body was for whom it was written, as a POST is. */
  if (!(x->spec->flags & EK_HTTP_FOLLOW) || x->spec->body.len ||
      (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0))
    return 0;
  if (code != 301 && code != 302 && code != 303 && code != 307 && code != 308)
    return 0;
  return ek_http_header(x->out, "location").len > 0;
}

static enum ek_http_fault
say_no(ek_exchange *x, const char *why)
{
  return ek_http_say(x->e, EK_HTTP_FAULT_REDIRECTS, x->url.text, "%s", why);
}

int
ek_exchange_redirect(ek_exchange *x)
{
  ek_url next;
  const char *word;
  char shown[256];
  ek_str location = ek_http_header(x->out, "location");
  if (x->out->redirects >= x->client->options.max_redirects) {
    x->fault = ek_http_say(x->e, EK_HTTP_FAULT_REDIRECTS, x->url.text, "more than %u redirects",
                           x->client->options.max_redirects);
    return -1;
  }
  word = ek_url_join(&x->url, location, &next);
  if (word) {
    char *text = ek_mem_strndup(location.ptr, location.len);
    ek_http_show_url(text, shown, sizeof shown);
    free(text);
    x->fault = ek_http_say(x->e, EK_HTTP_FAULT_REDIRECTS, x->url.text, "redirects to '%s', which %s", shown, word);
  } else if (x->trusted && x->url.https && !next.https)
    x->fault = say_no(x, "redirects from https to http");
  if (x->fault) {
    ek_url_free(&next);
    return -1;
  }
  if (x->out->redirects++ == 0)
    x->first = x->url;               /* its owner from now on                    */
  else
    ek_url_free(&x->url);
  x->url = next;
  /* Once away, always away: who sends us back may have chosen the path. */
  if (!ek_url_same_origin(&x->first, &x->url))
    x->foreign = 1;
  return 1;
}
