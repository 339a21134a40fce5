/* SPDX-License-Identifier: BSD-3-Clause */
/* One hop as options of a curl handle, and the callbacks that judge addresses. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "http/internal.h"
#include "base/clock.h"

/* Measured with pictures of 20 to 200 KB and POSTs a third larger: larger buffers cost
 * more in fresh pages than they save in calls.                              */
enum { RECEIVE_BUFFER = 32 << 10, IDLE_SECONDS = 50 };

/* --- what may be sent at all ------------------------------------------------ */

static int
is_token(const char *s, size_t n)
{
  static const char marks[] = "!#$%&'*+-.^_`|~";
  if (n == 0)
    return 0;
  for (size_t i = 0; i < n; i++) {
    char c = s[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(marks, c))))
      return 0;
  }
  return 1;
}

const char *
ek_request_fault(const ek_http_request_spec *spec)
{
  if (!spec->method || !is_token(spec->method, strlen(spec->method)) || strlen(spec->method) > 32)
    return "the method of the request is none";
  for (const char *const *h = spec->headers; h && *h; h++) {
    const char *colon = strchr(*h, ':');
    if (!colon || !is_token(*h, (size_t)(colon - *h)))
      return "a header of the request has no name";
    for (const char *p = colon; *p; p++)
      if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
        return "a header of the request holds a control character";
  }
  return NULL;
}

ek_str
ek_http_spec_header(const char *const *headers, const char *name)
{
  size_t n = strlen(name);
  for (const char *const *h = headers; h && *h; h++)
    if (strncasecmp(*h, name, n) == 0 && (*h)[n] == ':') {
      const char *v = *h + n + 1 + strspn(*h + n + 1, " \t");
      size_t len = strlen(v);
      while (len && (v[len - 1] == ' ' || v[len - 1] == '\t'))
        len--;
      return (ek_str){ v, len };
    }
  return (ek_str){ NULL, 0 };
}

/* --- headers ---------------------------------------------------------------- */

static int
one_of(const char *header, const char *const *names)
{
  size_t n = strcspn(header, ":");
  for (; *names; names++)
    if (strlen(*names) == n && strncasecmp(header, *names, n) == 0)
      return 1;
  return 0;
}

static void
add(ek_exchange *x, const char *line)
{
  struct curl_slist *l = curl_slist_append(x->headers, line);
  if (l)
    x->headers = l;
}

static void
add_headers(ek_exchange *x)
{
  /* curl writes these itself: one who sets them could garble the framing. */
  static const char *const ours[] = { "content-length", "transfer-encoding", "connection", "expect", "te", "upgrade",
                                      NULL };
  /* Another origin than was asked gets what says nothing of who asks. */
  static const char *const harmless[] = { "accept", "accept-language", "accept-encoding", "user-agent", "range", NULL };
  for (const char *const *h = x->spec->headers; h && *h; h++) {
    ek_str name = { *h, strcspn(*h, ":") };
    const char *value = *h + name.len + 1;
    if (one_of(*h, ours) || (x->foreign && !one_of(*h, harmless)))
      continue;
    if (value[strspn(value, " \t")])
      add(x, *h);
    else if (name.len < 200) {       /* "Name:" would tell curl to leave it out   */
      char empty[208];
      snprintf(empty, sizeof empty, "%.*s;", (int)name.len, name.ptr);
      add(x, empty);
    }
  }
  add(x, "Expect:");
  if (!ek_http_spec_header(x->spec->headers, "content-type").ptr)
    add(x, "Content-Type:");
}

/* --- the guard -------------------------------------------------------------- */

static void
note_refused(ek_exchange *x, const char *word, const struct sockaddr *address)
{
  struct sockaddr_storage plain;
  const void *bytes = &plain;
  ek_address_plain(address, &plain);
  x->refused = word;
  snprintf(x->refused_address, sizeof x->refused_address, "?");
  if (plain.ss_family == AF_INET)
    bytes = (const char *)bytes + offsetof(struct sockaddr_in, sin_addr);
  else if (plain.ss_family == AF_INET6)
    bytes = (const char *)bytes + offsetof(struct sockaddr_in6, sin6_addr);
  else
    return;
  inet_ntop(plain.ss_family, bytes, x->refused_address, sizeof x->refused_address);
}

/* curl asks for a socket to this address: the last moment before a connection. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
  ek_exchange *x = arg;
  const char *word;
  (void)purpose;
  if (!x->trusted && (!x->proxy || x->probing)) {
    word = ek_guard_refuses(x->client->options.guard, x->url.host, x->url.port, &a->addr);
    if (word) {
      note_refused(x, word, &a->addr);
      return CURL_SOCKET_BAD;
    }
  }
  x->opened = 1;
  if (x->probing)                    /* the address is all that was wanted       */
    return CURL_SOCKET_BAD;
  return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* About to send, be it on a new connection or on one that was kept. */
static int
before_sending(void *arg, char *remote, char *local, int remote_port, int local_port)
{
  ek_exchange *x = arg;
  struct sockaddr_storage address;
  const char *word;
  (void)local;
  (void)remote_port;
  (void)local_port;
  if (!x->trusted && !x->proxy) {
    if (!ek_address_parse((ek_str){ remote, strlen(remote) }, x->url.port, &address))
      address.ss_family = AF_UNSPEC;
    word = ek_guard_refuses(x->client->options.guard, x->url.host, x->url.port, (struct sockaddr *)&address);
    if (word) {
      note_refused(x, word, (struct sockaddr *)&address);
      x->opened = 0;
      return CURL_PREREQFUNC_ABORT;
    }
  }
  if (x->probing)
    return CURL_PREREQFUNC_ABORT;
  /* When a kept connection turns out closed, curl begins anew on another. What may
   * cost money is not sent twice behind the caller's back.                   */
  if (x->sends++ && strcmp(x->spec->method, "GET") != 0 && strcmp(x->spec->method, "HEAD") != 0)
    return CURL_PREREQFUNC_ABORT;
  x->out->sent = 1;
  snprintf(x->out->remote, sizeof x->out->remote, "%s", remote);
  return CURL_PREREQFUNC_OK;
}

/* --- options ---------------------------------------------------------------- */

static void
set_method(ek_exchange *x)
{
  CURL *h = x->easy;
  const char *method = x->spec->method;
  ek_str body = x->spec->body;
  int get = strcmp(method, "GET") == 0, head = strcmp(method, "HEAD") == 0, post = strcmp(method, "POST") == 0;
  if (head)
    curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
  else if (post || body.len) {
    curl_easy_setopt(h, CURLOPT_POST, 1L);
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    curl_easy_setopt(h, CURLOPT_POSTFIELDS, body.len ? body.ptr : "");
    if (!post)
      curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
  } else {
    curl_easy_setopt(h, CURLOPT_HTTPGET, 1L);
    if (!get)
      curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
  }
}

static long
milliseconds(int64_t ns)
{
  int64_t ms = ns / 1000000 + (ns % 1000000 > 0);
  return ms < 1 ? 1 : ms > INT32_MAX ? INT32_MAX : (long)ms;
}

static void
set_times(ek_exchange *x)
{
  int64_t connect = x->spec->connect_timeout_ns;
  if (connect <= 0)
    connect = x->client->options.connect_timeout_ns;
  curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connect > 0 ? connect : 10000000000));
  if (x->spec->deadline_ns != INT64_MAX)
    curl_easy_setopt(x->easy, CURLOPT_TIMEOUT_MS, milliseconds(x->spec->deadline_ns - ek_monotonic_ns()));
}

static void
set_proxy(ek_exchange *x)
{
  CURL *h = x->easy;
  /* Both are always set: else curl reads the environment. */
  curl_easy_setopt(h, CURLOPT_PROXY, x->proxy && !x->probing ? x->proxy : "");
  curl_easy_setopt(h, CURLOPT_NOPROXY, x->proxy && !x->probing ? "" : "*");
  if (x->probing)
    curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);
  if (x->proxy && !x->probing) {
    curl_easy_setopt(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (x->client->options.ca_bundle)
      curl_easy_setopt(h, CURLOPT_PROXY_CAINFO, x->client->options.ca_bundle);
  }
}

void
ek_exchange_set_up(ek_exchange *x)
{
  CURL *h = x->easy;
  const ek_http_options *o = &x->client->options;
  curl_easy_reset(h);
  curl_easy_setopt(h, CURLOPT_PRIVATE, x);
  curl_easy_setopt(h, CURLOPT_URL, x->url.text);
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  if (x->trusted)                    /* what is signed is sent as it is          */
    curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(h, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
  /* Servers close idle connections after a minute or so: not to meet them at it. */
  curl_easy_setopt(h, CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS);
#if LIBCURL_VERSION_NUM >= 0x075700
  /* A handle that is taken away must not wait here for the resolver's thread. */
  curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
#endif
  /* HTTP/2 where TLS offers it: curl's default, but not of every version. */
  curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  if (o->ca_bundle)
    curl_easy_setopt(h, CURLOPT_CAINFO, o->ca_bundle);
  curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(h, CURLOPT_USERAGENT, o->user_agent);
  x->why[0] = 0;
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, x->why);
  curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, ek_exchange_header);
  curl_easy_setopt(h, CURLOPT_HEADERDATA, x);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, ek_exchange_body);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, x);
  curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, x);
  curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, ek_http_close_socket);
  curl_easy_setopt(h, CURLOPT_CLOSESOCKETDATA, x->client);
  curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, before_sending);
  curl_easy_setopt(h, CURLOPT_PREREQDATA, x);
  set_method(x);
  set_times(x);
  set_proxy(x);
  add_headers(x);
  curl_easy_setopt(h, CURLOPT_HTTPHEADER, x->headers);
}
