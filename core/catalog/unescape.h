/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/unescape.h - what a JSON text with escapes says. Pure.             */
#ifndef EK_CATALOG_UNESCAPE_H
#define EK_CATALOG_UNESCAPE_H
#include <stddef.h>
#include <enrichkit/plugin.h>

/* Decodes what stands between the quotes into to, which holds s.len bytes; *len is
 * set. A surrogate without its other half becomes U+FFFD and is counted in *repaired.
 * 0; or -1 and *bad, the place of an escape that JSON does not know. */
int ek_unescape(ek_str s, char *to, size_t *len, size_t *repaired, size_t *bad);

#endif
