/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/excerpt.h - the beginning of a text for a message of bounded size.  */
#ifndef EK_CATALOG_EXCERPT_H
#define EK_CATALOG_EXCERPT_H
#include <enrichkit/plugin.h>

/* At most max bytes of s, not ending inside a character; ek_show() makes at most
 * four bytes of each. */
static inline ek_str
ek_excerpt(ek_str s, size_t max)
{
  if (s.len > max)
    for (s.len = max; s.len && ((unsigned char)s.ptr[s.len] & 0xc0) == 0x80;)
      s.len--;
  return s;
}

#endif
