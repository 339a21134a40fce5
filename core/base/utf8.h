/* SPDX-License-Identifier: BSD-3-Clause */
/* base/utf8.h - valid UTF-8 and nothing else travels. Thread-safe.          */
#ifndef EK_BASE_UTF8_H
#define EK_BASE_UTF8_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "base/text.h"

/* 1 when s is valid (RFC 3629: no surrogates, no overlong forms). ASCII is
 * passed eight bytes at a time.                                             */
int ek_utf8_valid(ek_str s);
/* Appends s with each maximal invalid part replaced by U+FFFD (Unicode 3.9, as
 * Python's errors="replace"); returns how many were replaced.               */
size_t ek_utf8_repair(ek_str s, ek_text *out);
/* Writes code point c (a surrogate or > 10FFFF gives U+FFFD); returns 1..4. */
size_t ek_utf8_put(uint32_t c, char *buf);
/* Reads the character at s.ptr (s.len > 0, valid): its length, *c its value. */
size_t ek_utf8_get(ek_str s, uint32_t *c);

#endif
