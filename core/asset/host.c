/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is asked, read off the address alone. Uses nothing else of this room. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "asset/internal.h"

static int
is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

size_t
ek_asset_scheme(const char *s)
{
  size_t n = 0;
  if (!is_letter(s[0]))
    return 0;
  while (is_letter(s[n]) || (s[n] >= '0' && s[n] <= '9') || (s[n] && strchr("+-.", s[n])))
    n++;
  return s[n] == ':' ? n : 0;
}

int
ek_asset_scheme_is(const char *s, size_t n, const char *scheme)
{
  return n == strlen(scheme) && strncasecmp(s, scheme, n) == 0;
}

int
ek_asset_host(const char *address, char *out, size_t size)
{
  size_t n = ek_asset_scheme(address), at = 0;
  int bucket = ek_asset_scheme_is(address, n, "s3"), secure = ek_asset_scheme_is(address, n, "https");
  if (!bucket && !secure && !ek_asset_scheme_is(address, n, "http"))
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
