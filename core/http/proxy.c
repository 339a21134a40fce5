/* SPDX-License-Identifier: BSD-3-Clause */
/* Which proxy a request goes through. curl could read the variables itself, but
 * would not say whether it found one: and behind a proxy the guard must look at the
 * addresses of the host beforehand.                                         */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "http/internal.h"

static const char *
variable(const char *lower, const char *upper)
{
  const char *v = getenv(lower);
  if (!v || !*v)
    v = getenv(upper);
  return v && *v ? v : NULL;
}

/* "10.0.0.0/8": 1 when the host, an address, is in it. */
static int
in_network(ek_str entry, const char *host)
{
  struct sockaddr_storage a, b;
  const uint8_t *p, *q;
  const char *slash = memchr(entry.ptr, '/', entry.len);
  unsigned bits = 0, most;
  if (!slash || !ek_address_parse((ek_str){ entry.ptr, (size_t)(slash - entry.ptr) }, 0, &a) ||
      !ek_address_parse((ek_str){ host, strlen(host) }, 0, &b) || a.ss_family != b.ss_family)
    return 0;
  most = a.ss_family == AF_INET ? 32 : 128;
  for (const char *d = slash + 1; d < entry.ptr + entry.len; d++) {
    if (*d < '0' || *d > '9' || bits > most)
      return 0;
    bits = bits * 10 + (unsigned)(*d - '0');
  }
  if (bits > most)
    return 0;
  size_t at = most == 32 ? offsetof(struct sockaddr_in, sin_addr) : offsetof(struct sockaddr_in6, sin6_addr);
  p = (const uint8_t *)&a + at;
  q = (const uint8_t *)&b + at;
  return memcmp(p, q, bits / 8) == 0 && (bits % 8 == 0 || (p[bits / 8] ^ q[bits / 8]) >> (8 - bits % 8) == 0);
}

/* "host", ".host" and "host:port" mean the host and all below it, as in curl. */
static int
names_host(ek_str entry, const char *host, uint16_t port)
{
  size_t len = strlen(host);
  struct sockaddr_storage address;
  const char *colon = memrchr(entry.ptr, ':', entry.len);
  if (colon && memchr(entry.ptr, ':', entry.len) == colon) {
    char *end = NULL;
    long n = strtol(colon + 1, &end, 10);
    if (end != entry.ptr + entry.len || n != port)
      return 0;
    entry.len = (size_t)(colon - entry.ptr);
  }
  if (entry.len >= 2 && entry.ptr[0] == '[' && entry.ptr[entry.len - 1] == ']') {
    entry.ptr++;
    entry.len -= 2;
  }
  if (entry.len && entry.ptr[0] == '.') {
    entry.ptr++;
    entry.len--;
  }
  if (entry.len && entry.ptr[entry.len - 1] == '.')
    entry.len--;
  if (entry.len == 0 || entry.len > len || strncasecmp(host + len - entry.len, entry.ptr, entry.len) != 0)
    return 0;
  if (entry.len == len)
    return 1;
  /* An address is below no name. */
  return host[len - entry.len - 1] == '.' && !ek_address_parse((ek_str){ host, len }, 0, &address);
}

int
ek_proxy_exempts(const char *list, const char *host, uint16_t port)
{
  while (list && *list) {
    size_t n;
    list += strspn(list, ", \t");
    n = strcspn(list, ", \t");
    ek_str entry = { list, n };
    if (ek_str_eqc(entry, "*") || in_network(entry, host) || names_host(entry, host, port))
      return 1;
    list += n;
  }
  return 0;
}

const char *
ek_proxy_for(const char *own, unsigned flags, const ek_url *url)
{
  const char *proxy;
  if (flags & EK_HTTP_NO_PROXY)
    return NULL;
  if (own)
    return strcasecmp(own, "none") == 0 || !*own ? NULL : own;
  if (flags & EK_HTTP_PICTURE)
    return NULL;
  proxy = url->https ? variable("https_proxy", "HTTPS_PROXY") : variable("http_proxy", "HTTP_PROXY");
  return proxy && !ek_proxy_exempts(variable("no_proxy", "NO_PROXY"), url->host, url->port) ? proxy : NULL;
}
