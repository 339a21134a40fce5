/* SPDX-License-Identifier: BSD-3-Clause */
/* base/text.h - a growable byte buffer, and text made fit to be shown.
 *
 * Not thread-safe: one owner. Zero-initialise: ek_text t = {0}.             */
#ifndef EK_BASE_TEXT_H
#define EK_BASE_TEXT_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <enrichkit/plugin.h>          /* ek_str */

typedef struct ek_text { char *data; size_t len, cap; } ek_text;

void ek_text_free(ek_text *t);                   /* and zeroes it; usable with EK_AUTO */
void ek_text_reserve_slow(ek_text *t, size_t more);
/* Room for more bytes (one extra for a NUL); data may move.                 */
static inline void ek_text_reserve(ek_text *t, size_t more)
{ if (t->cap - t->len <= more) ek_text_reserve_slow(t, more); }
static inline void ek_text_clear(ek_text *t) { t->len = 0; }
static inline void ek_text_add(ek_text *t, const void *p, size_t n)
{ ek_text_reserve(t, n); if (n) memcpy(t->data + t->len, p, n); t->len += n; }
static inline void ek_text_char(ek_text *t, char c)
{ ek_text_reserve(t, 1); t->data[t->len++] = c; }
static inline void ek_text_str(ek_text *t, ek_str s) { ek_text_add(t, s.ptr, s.len); }
static inline void ek_text_cstr(ek_text *t, const char *s) { ek_text_add(t, s, strlen(s)); }
void ek_text_printf(ek_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ek_text_vprintf(ek_text *t, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* NUL-terminated view, valid until the next change ("" when empty).         */
const char *ek_text_c(ek_text *t);
void ek_text_u64(ek_text *t, uint64_t n);        /* decimal                            */
void ek_text_thousands(ek_text *t, uint64_t n);  /* 12,000                             */
size_t ek_text_thousands_width(uint64_t n);      /* how wide that is: 6                */
/* A JSON string with its quotes; input is valid UTF-8.                      */
void ek_text_json(ek_text *t, ek_str s);

/* Input text for a message: control, bidirectional-override and invalid bytes
 * escaped as \xNN or \u{NNNN}, cut at about 80 columns with "..." at a
 * character's boundary. Writes into buf (at least 128 bytes) and returns it. */
const char *ek_show(ek_str s, char *buf, size_t size);

static inline int ek_str_eq(ek_str a, ek_str b)
{ return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0); }
static inline int ek_str_eqc(ek_str a, const char *b)
{ size_t n = strlen(b); return a.len == n && (n == 0 || memcmp(a.ptr, b, n) == 0); }

#endif
