/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/http/resolver.h - names for tests, in place of the system's resolver.
 *
 * The test program's own getaddrinfo is found before libc's: so what the client
 * hears of names is decided here, with nothing in the client that could be set.
 *   loop.test      127.0.0.1          (a name that resolves to the inside)
 *   private.test   10.11.12.13
 *   metadata.test  169.254.169.254
 *   mapped.test    ::ffff:127.0.0.1
 *   both.test      10.11.12.13 and 127.0.0.1
 *   closed.test    127.0.0.1, where an allowed name is wanted
 *   slow.test      127.0.0.1, after three seconds
 *   public.test    8.8.8.8            (never connected to by a test)
 * Numbers are read; no other name is known.                                  */
#ifndef EK_TESTS_HTTP_RESOLVER_H
#define EK_TESTS_HTTP_RESOLVER_H

unsigned resolver_asked(void);               /* names, not numbers, so far         */

#endif
