/* SPDX-License-Identifier: BSD-3-Clause */
/* http/guard.h - which addresses may be asked at all.
 *
 * URLs come from crawled data, so only public addresses are connected to, judged on
 * the resolved address at connect time (architecture, decision 8), for every hop of a
 * redirect. `network.allow` exempts hosts, addresses, networks and host:port by
 * name. Nothing else turns the guard off: no variable, no build switch.
 * Read-only once made: shared by all threads.                               */
#ifndef EK_HTTP_GUARD_H
#define EK_HTTP_GUARD_H
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include "base/error.h"

typedef struct ek_guard ek_guard;

/* allow: "127.0.0.1", "10.1.0.0/16", "[::1]:8080", "images.shop.internal",
 * "images.shop.internal:8443". NULL and e: one that reads as none of these. */
ek_guard *ek_guard_new(const char *const *allow, size_t n, ek_error *e);
void ek_guard_free(ek_guard *);
/* One entry: 0, or -1 and e. For the configuration's check.                 */
int ek_guard_check_entry(const char *entry, ek_error *e);

/* NULL: may be connected to. Else a static word for what it is: "loopback",
 * "private", "link-local", "metadata service", "multicast", "unspecified",
 * "reserved", "not an internet address". host is as in the URL (may be NULL), port in
 * host order. IPv4 in every IPv6 dress (mapped, compatible, 6to4, NAT64, Teredo)
 * is judged as the IPv4 address too.                                        */
const char *ek_guard_refuses(const ek_guard *, const char *host, uint16_t port, const struct sockaddr *);
/* 1: the host (and port) is allowed by its name, whatever it resolves to.   */
int ek_guard_allows_name(const ek_guard *, const char *host, uint16_t port);

/* A URL as written in data, before anything is asked: NULL, or a static word for
 * why not: "has no host", "is not http or https", "holds a user name or password",
 * "is not a URL", "is too long". No network, no resolver.                     */
const char *ek_guard_url_fault(const char *url);

#endif
