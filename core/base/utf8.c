/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/utf8.h"
#include <string.h>

/* Length of the valid character at p (n > 0 bytes left), or 0; *bad is then the
 * length of the maximal invalid part (Unicode 15, table 3-7 and section 3.9). */
static size_t
char_length(const unsigned char *p, size_t n, size_t *bad)
{
  unsigned char b = p[0], low = 0x80, high = 0xbf;
  size_t len;
  *bad = 1;
  if (b < 0x80)
    return 1;
  if (b < 0xc2 || b > 0xf4)
    return 0;
  if (b < 0xe0)
    len = 2;
  else if (b < 0xf0) {
    len = 3;
    if (b == 0xe0)
      low = 0xa0;
    if (b == 0xed)
      high = 0x9f;
  } else {
    len = 4;
    if (b == 0xf0)
      low = 0x90;
    if (b == 0xf4)
      high = 0x8f;
  }
  for (size_t i = 1; i < len; i++) {
    if (i >= n || p[i] < low || p[i] > high) {
      *bad = i;
      return 0;
    }
    low = 0x80;
    high = 0xbf;
  }
  return len;
}

static size_t
ascii_prefix(const char *p, size_t n)
{
  size_t i = 0;
  uint64_t w;
  for (; n - i >= 8; i += 8) {
    memcpy(&w, p + i, 8);
    if (w & 0x8080808080808080u)
      break;
  }
  while (i < n && (unsigned char)p[i] < 0x80)
    i++;
  return i;
}

int
ek_utf8_valid(ek_str s)
{
  size_t i = 0, bad;
  while (i < s.len) {
    i += ascii_prefix(s.ptr + i, s.len - i);
    if (i >= s.len)
      break;
    size_t n = char_length((const unsigned char *)s.ptr + i, s.len - i, &bad);
    if (!n)
      return 0;
    i += n;
  }
  return 1;
}

size_t
ek_utf8_repair(ek_str s, ek_text *out)
{
  size_t i = 0, from = 0, replaced = 0, bad;
  while (i < s.len) {
    i += ascii_prefix(s.ptr + i, s.len - i);
    if (i >= s.len)
      break;
    size_t n = char_length((const unsigned char *)s.ptr + i, s.len - i, &bad);
    if (n) {
      i += n;
      continue;
    }
    ek_text_add(out, s.ptr + from, i - from);
    ek_text_add(out, "\xef\xbf\xbd", 3);
    replaced++;
    i += bad;
    from = i;
  }
  ek_text_add(out, s.ptr + from, s.len - from);
  return replaced;
}

size_t
ek_utf8_put(uint32_t c, char *buf)
{
  if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
    c = 0xfffd;
  if (c < 0x80) {
    buf[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    buf[0] = (char)(0xc0 | c >> 6);
    buf[1] = (char)(0x80 | (c & 0x3f));
    return 2;
  }
  if (c < 0x10000) {
    buf[0] = (char)(0xe0 | c >> 12);
    buf[1] = (char)(0x80 | (c >> 6 & 0x3f));
    buf[2] = (char)(0x80 | (c & 0x3f));
    return 3;
  }
  buf[0] = (char)(0xf0 | c >> 18);
  buf[1] = (char)(0x80 | (c >> 12 & 0x3f));
  buf[2] = (char)(0x80 | (c >> 6 & 0x3f));
  buf[3] = (char)(0x80 | (c & 0x3f));
  return 4;
}

size_t
ek_utf8_get(ek_str s, uint32_t *c)
{
  const unsigned char *p = (const unsigned char *)s.ptr;
  if (p[0] < 0x80) {
    *c = p[0];
    return 1;
  }
  if (p[0] < 0xe0) {
    *c = (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    return 2;
  }
  if (p[0] < 0xf0) {
    *c = (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    return 3;
  }
  *c = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 | (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
  return 4;
}
