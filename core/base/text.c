/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"
#include "base/utf8.h"

void
ek_text_free(ek_text *t)
{
  free(t->data);
  *t = (ek_text){ 0 };
}

void
ek_text_reserve_slow(ek_text *t, size_t more)
{
  size_t cap = t->cap;
  t->data = ek_mem_grow(t->data, &cap, t->len + more + 1, 1);
  t->cap = cap;
}

void
ek_text_vprintf(ek_text *t, const char *fmt, va_list ap)
{
  va_list again;
  va_copy(again, ap);
  ek_text_reserve(t, 128);
  int n = vsnprintf(t->data + t->len, t->cap - t->len, fmt, ap);
  if (n > 0 && (size_t)n >= t->cap - t->len) {
    ek_text_reserve(t, (size_t)n + 1);
    vsnprintf(t->data + t->len, t->cap - t->len, fmt, again);
  }
  va_end(again);
  if (n > 0)
    t->len += (size_t)n;
}

void
ek_text_printf(ek_text *t, const char *fmt, ...)
{
  va_list ap;
  va_start(ap, fmt);
  ek_text_vprintf(t, fmt, ap);
  va_end(ap);
}

const char *
ek_text_c(ek_text *t)
{
  ek_text_reserve(t, 1);
  t->data[t->len] = 0;
  return t->data;
}

void
ek_text_u64(ek_text *t, uint64_t n)
{
  char buf[20], *p = buf + sizeof buf;
  do
    *--p = (char)('0' + n % 10);
  while (n /= 10);
  ek_text_add(t, p, (size_t)(buf + sizeof buf - p));
}

void
ek_text_thousands(ek_text *t, uint64_t n)
{
  char buf[27], *p = buf + sizeof buf;
  int digits = 0;
  do {
    if (digits && digits % 3 == 0)
      *--p = ',';
    *--p = (char)('0' + n % 10);
    digits++;
  } while (n /= 10);
  ek_text_add(t, p, (size_t)(buf + sizeof buf - p));
}

size_t
ek_text_thousands_width(uint64_t n)
{
  size_t d = 1;
  while (n /= 10)
    d++;
  return d + (d - 1) / 3;
}

void
ek_text_json(ek_text *t, ek_str s)
{
  static const char hex[] = "0123456789abcdef";
  ek_text_reserve(t, s.len + 2);
  ek_text_char(t, '"');
  size_t done = 0;
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
      continue;
    ek_text_add(t, s.ptr + done, i - done);
    done = i + 1;
    switch (c) {
    case '"': ek_text_add(t, "\\\"", 2); break;
    case '\\': ek_text_add(t, "\\\\", 2); break;
    case '\n': ek_text_add(t, "\\n", 2); break;
    case '\r': ek_text_add(t, "\\r", 2); break;
    case '\t': ek_text_add(t, "\\t", 2); break;
    default: {
      char u[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
      ek_text_add(t, u, sizeof u);
    }
    }
  }
  ek_text_add(t, s.ptr + done, s.len - done);
  ek_text_char(t, '"');
}

/* Characters that move the cursor, hide or reorder what is shown. */
static int
must_escape(uint32_t c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
         (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

const char *
ek_show(ek_str s, char *buf, size_t size)
{
  size_t out = 0, columns = 0, limit = size > 12 ? size - 12 : 0;
  for (size_t i = 0; i < s.len;) {
    uint32_t c = 0;
    size_t left = s.len - i, n;
    char piece[16];
    unsigned char b = (unsigned char)s.ptr[i];
    size_t want = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
    if (want > left || !ek_utf8_valid((ek_str){ s.ptr + i, want })) {
      n = (size_t)snprintf(piece, sizeof piece, "\\x%02x", b);
      want = 1;
    } else {
      want = ek_utf8_get((ek_str){ s.ptr + i, left }, &c);
      if (c == '\n')
        n = (size_t)snprintf(piece, sizeof piece, "\\n");
      else if (must_escape(c))
        n = (size_t)snprintf(piece, sizeof piece, c < 0x80 ? "\\x%02x" : "\\u{%04x}", (unsigned)c);
      else {
        memcpy(piece, s.ptr + i, want);
        n = want;
      }
    }
    if (columns >= 80 || out + n > limit) {
      memcpy(buf + out, "...", 3);
      out += 3;
      break;
    }
    memcpy(buf + out, piece, n);
    out += n;
    columns += n == want ? 1 : n;
    i += want;
  }
  buf[out] = 0;
  return buf;
}
