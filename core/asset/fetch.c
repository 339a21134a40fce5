/* SPDX-License-Identifier: BSD-3-Clause */
/* Who has the bytes: decided by the address's scheme alone. What has none is a file. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "asset/internal.h"
#include "base/clock.h"
#include "base/text.h"

static int64_t
deadline(int64_t timeout_ns)
{
  int64_t now = ek_monotonic_ns();
  return timeout_ns <= 0 || timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
}

static int
is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Length of the "scheme" of "scheme:...", 0: none. */
static size_t
scheme_of(const char *s)
{
  size_t n = 0;
  if (!is_letter(s[0]))
    return 0;
  while (is_letter(s[n]) || (s[n] >= '0' && s[n] <= '9') || (s[n] && strchr("+-.", s[n])))
    n++;
  return s[n] == ':' ? n : 0;
}

static int
is(const char *s, size_t n, const char *scheme)
{
  return n == strlen(scheme) && strncasecmp(s, scheme, n) == 0;
}

int
ek_asset_host(const char *address, char *out, size_t size)
{
  size_t n = scheme_of(address), at = 0;
  int bucket = is(address, n, "s3"), secure = is(address, n, "https");
  if (!bucket && !secure && !is(address, n, "http"))
    return 0;
  const char *host = address + n + 1;
  host += strspn(host, "/");
  const char *end = host + strcspn(host, "/?#\\"), *user = memrchr(host, '@', (size_t)(end - host));
  host = user ? user + 1 : host;
  if (bucket)
    at = (size_t)snprintf(out, size, "s3://");
  for (; host < end && at + 1 < size; host++)
    out[at++] = *host >= 'A' && *host <= 'Z' ? (char)(*host | 0x20) : *host;
  out[at] = 0;
  const char *port = strrchr(out, ':');
  if (!bucket && (!port || strchr(port, ']')))         /* the colons of [::1] are none of a port */
    snprintf(out + at, size - at, ":%d", secure ? 443 : 80);
  return 1;
}

static ek_picture *
refuse_scheme(const char *s, size_t n)
{
  char shown[128];
  ek_picture *p = ek_picture_new();
  if (is(s, n, "file"))
    return ek_picture_say(p, EK_ASSET_REFUSED,
                          "is a file: address; name the file by its path from the catalogue's folder on");
  if (is(s, n, "data"))
    return ek_picture_say(p, EK_ASSET_REFUSED, "is a data: address; only http, https, s3 and files can be fetched");
  ek_show((ek_str){ s, n < 40 ? n : 40 }, shown, sizeof shown);
  return ek_picture_say(p, EK_ASSET_REFUSED, "begins with '%s:'; only http, https, s3 and files can be fetched "
                        "(a file of such a name: './%s:...')", shown, shown);
}

ek_picture *
ek_asset_fetch(ek_assets *a, const char *address, const char *base, int (*cancelled)(void *), void *arg)
{
  ek_fetch f = { &a->options, address, deadline(a->options.timeout_ns), cancelled, arg };
  size_t n = scheme_of(address);
  if (!*address)
    return ek_picture_say(ek_picture_new(), EK_ASSET_NONE, "names no picture");
  if (cancelled && cancelled(arg))
    return ek_picture_say(ek_picture_new(), EK_ASSET_CANCELLED, "cancelled");
  if (n == 0)
    return ek_picture_local(&f, base);
  if (is(address, n, "http") || is(address, n, "https"))
    return ek_picture_http(&f);
  if (is(address, n, "s3"))
    return ek_picture_s3(&f);
  return refuse_scheme(address, n);
}
