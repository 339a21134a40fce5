/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/guard.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "base/number.h"
#include "http/internal.h"

/* What one entry of network.allow exempts: a name, or a network (an address is one
 * of its whole length).                                                     */
typedef struct allowed {
  char name[EK_HOST_MAX + 1];        /* "": a network                            */
  struct sockaddr_storage network;
  unsigned bits;
  uint16_t port;                     /* 0: any                                   */
} allowed;

struct ek_guard { allowed *list; size_t n; };

/* --- one entry -------------------------------------------------------------- */

static int
bad_entry(ek_error *e, ek_str entry, const char *why)
{
  char shown[256];
  ek_fail(e, EK_EXIT_REFUSED, "bad_allow", "network.allow: '%s' %s", ek_show(entry, shown, sizeof shown), why);
  return ek_help(e, "write a host (images.shop.internal), an address (127.0.0.1, [::1]), a network (10.1.0.0/16), "
                    "or one of the first two with a port (127.0.0.1:8080)");
}

static int
is_name(ek_str s)
{
  size_t label = 0;
  if (s.len == 0 || s.len > 253)
    return 0;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    int word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (c == '.' ? label == 0 : !word)
      return 0;
    label = c == '.' ? 0 : label + 1;
    if (label > 63)
      return 0;
  }
  return 1;
}

/* Resolvers read 127.1, 0x7f.1 and 2130706433 as addresses: no name ends in a number. */
static int
ends_in_number(ek_str s)
{
  size_t from = s.len;
  while (from > 0 && s.ptr[from - 1] != '.')
    from--;
  s.ptr += from;
  s.len -= from;
  if (s.len > 2 && s.ptr[0] == '0' && (s.ptr[1] == 'x' || s.ptr[1] == 'X'))
    return 1;
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return 0;
  return 1;
}

static int
parse_number(ek_str s, int64_t most, int64_t *out)
{
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return 0;
  return s.len > 0 && s.len <= 5 && ek_number_int(s, out) && *out <= most;
}

/* Bits behind the prefix would be a slip: 10.1.2.3/8. */
static int
has_bits_behind(const allowed *a)
{
  const uint8_t *p;
  size_t n;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
  if (a->network.ss_family == AF_INET) {
    memcpy(&four, &a->network, sizeof four);
    p = (const uint8_t *)&four.sin_addr;
    n = 4;
  } else {
    memcpy(&six, &a->network, sizeof six);
    p = six.sin6_addr.s6_addr;
    n = 16;
  }
  for (size_t i = a->bits; i < n * 8; i++)
    if (p[i / 8] >> (7 - i % 8) & 1)
      return 1;
  return 0;
}

static int
parse_network(ek_str host, ek_str bits, ek_str entry, allowed *out, ek_error *e)
{
  int64_t n = 0;
  if (!ek_address_parse(host, 0, &out->network))
    return bad_entry(e, entry, "is no network: there is no address before the '/'");
  unsigned all = out->network.ss_family == AF_INET ? 32 : 128;
  if (!parse_number(bits, all, &n))
    return bad_entry(e, entry, all == 32 ? "is no network: behind the '/' stands 0 to 32" :
                                           "is no network: behind the '/' stands 0 to 128");
  out->bits = (unsigned)n;
  if (has_bits_behind(out))
    return bad_entry(e, entry, "is no network: the address has bits behind the prefix");
  return 0;
}

static int
parse_host(ek_str host, ek_str entry, allowed *out, ek_error *e)
{
  if (ek_address_parse(host, 0, &out->network)) {
    out->bits = out->network.ss_family == AF_INET ? 32 : 128;
    return 0;
  }
  if (host.len && host.ptr[host.len - 1] == '.')
    host.len--;
  if (!is_name(host))
    return bad_entry(e, entry, "is no host, address or network");
  if (ends_in_number(host))
    return bad_entry(e, entry, "is an address in a spelling that is not read here");
  for (size_t i = 0; i < host.len; i++)
    out->name[i] = (char)(host.ptr[i] >= 'A' && host.ptr[i] <= 'Z' ? host.ptr[i] + 32 : host.ptr[i]);
  out->name[host.len] = 0;
  return 0;
}

static int
parse_entry(const char *text, allowed *out, ek_error *e)
{
  ek_str entry = { text, strlen(text) }, host = entry;
  const char *slash = strchr(text, '/'), *colon = strrchr(text, ':'), *close = strchr(text, ']');
  int64_t port = 0;
  memset(out, 0, sizeof *out);
  if (slash) {
    host.len = (size_t)(slash - text);
    return parse_network(host, (ek_str){ slash + 1, strlen(slash + 1) }, entry, out, e);
  }
  /* A colon begins a port but within a bare IPv6 address. */
  if (colon && (close ? close < colon : strchr(text, ':') == colon)) {
    host.len = (size_t)(colon - text);
    if (!parse_number((ek_str){ colon + 1, strlen(colon + 1) }, 65535, &port) || port == 0)
      return bad_entry(e, entry, "has no port of 1 to 65535 behind its ':'");
    out->port = (uint16_t)port;
  }
  return parse_host(host, entry, out, e);
}

int
ek_guard_check_entry(const char *entry, ek_error *e)
{
  allowed a;
  return parse_entry(entry, &a, e);
}

/* --- the guard -------------------------------------------------------------- */

ek_guard *
ek_guard_new(const char *const *allow, size_t n, ek_error *e)
{
  ek_guard *g = ek_mem_zero(1, sizeof *g);
  g->list = ek_mem_zero(n, sizeof *g->list);
  for (; g->n < n; g->n++)
    if (parse_entry(allow[g->n], &g->list[g->n], e) < 0) {
      ek_guard_free(g);
      return NULL;
    }
  return g;
}

void
ek_guard_free(ek_guard *g)
{
  if (!g)
    return;
  free(g->list);
  free(g);
}

int
ek_guard_allows_name(const ek_guard *g, const char *host, uint16_t port)
{
  size_t len = host ? strlen(host) : 0;
  if (len && host[len - 1] == '.')
    len--;
  for (size_t i = 0; len && i < g->n; i++) {
    const allowed *a = &g->list[i];
    if (a->name[0] && strlen(a->name) == len && strncasecmp(a->name, host, len) == 0 && (!a->port || a->port == port))
      return 1;
  }
  return 0;
}

static int
within(const allowed *a, const struct sockaddr_storage *s)
{
  const uint8_t *p, *q;
  struct sockaddr_in four[2];
  struct sockaddr_in6 six[2];
  if (a->name[0] || a->network.ss_family != s->ss_family)
    return 0;
  if (s->ss_family == AF_INET) {
    memcpy(&four[0], &a->network, sizeof *four);
    memcpy(&four[1], s, sizeof *four);
    p = (const uint8_t *)&four[0].sin_addr;
    q = (const uint8_t *)&four[1].sin_addr;
  } else {
    memcpy(&six[0], &a->network, sizeof *six);
    memcpy(&six[1], s, sizeof *six);
    p = six[0].sin6_addr.s6_addr;
    q = six[1].sin6_addr.s6_addr;
  }
  unsigned whole = a->bits / 8, rest = a->bits % 8;
  return memcmp(p, q, whole) == 0 && (rest == 0 || (p[whole] ^ q[whole]) >> (8 - rest) == 0);
}

const char *
ek_guard_refuses(const ek_guard *g, const char *host, uint16_t port, const struct sockaddr *address)
{
  struct sockaddr_storage plain;
  const char *word = ek_address_word(address);
  ek_address_plain(address, &plain);
  if (word && plain.ss_family != AF_INET && plain.ss_family != AF_INET6)
    return word;
  if (!word || ek_guard_allows_name(g, host, port))
    return NULL;
  for (size_t i = 0; i < g->n; i++)
    if ((!g->list[i].port || g->list[i].port == port) && within(&g->list[i], &plain))
      return NULL;
  return word;
}

const char *
ek_guard_url_fault(const char *url)
{
  ek_url parsed;
  const char *word = ek_url_parse(url, 0, &parsed);
  ek_url_free(&parsed);
  return word;
}
