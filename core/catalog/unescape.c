/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/unescape.h"
#include <stdint.h>
#include <string.h>
#include "base/utf8.h"

/* Four hexadecimal digits at p, or -1. */
static int32_t
hex4(const char *p, const char *end)
{
  int32_t v = 0;
  if (end - p < 4)
    return -1;
  for (int i = 0; i < 4; i++) {
    char c = p[i];
    int d = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
    if (d < 0)
      return -1;
    v = v << 4 | d;
  }
  return v;
}

/* p is behind \u. Returns the place behind what was read, or NULL. */
static const char *
unicode(const char *p, const char *end, uint32_t *c, size_t *repaired)
{
  int32_t high = hex4(p, end), low;
  if (high < 0)
    return NULL;
  p += 4;
  *c = (uint32_t)high;
  if (high < 0xd800 || high > 0xdfff)
    return p;
  if (high < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
    low = hex4(p + 2, end);
    if (low >= 0xdc00 && low <= 0xdfff) {
      *c = 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
      return p + 6;
    }
  }
  ++*repaired;
  *c = 0xfffd;
  return p;
}

int
ek_unescape(ek_str s, char *to, size_t *len, size_t *repaired, size_t *bad)
{
  const char *p = s.ptr, *end = s.ptr + s.len;
  char *out = to;
  while (p < end) {
    const char *next = memchr(p, '\\', (size_t)(end - p));
    size_t run = (size_t)((next ? next : end) - p);
    memcpy(out, p, run);
    out += run;
    if (!next)
      break;
    p = next + 2;
    switch (p <= end ? next[1] : 0) {
    case '"': *out++ = '"'; break;
    case '\\': *out++ = '\\'; break;
    case '/': *out++ = '/'; break;
    case 'b': *out++ = '\b'; break;
    case 'f': *out++ = '\f'; break;
    case 'n': *out++ = '\n'; break;
    case 'r': *out++ = '\r'; break;
    case 't': *out++ = '\t'; break;
    case 'u': {
      uint32_t c;
      p = unicode(p, end, &c, repaired);
      if (p) {
        out += ek_utf8_put(c, out);
        break;
      }
    }
    /* fallthrough */
    default:
      *bad = (size_t)(next - s.ptr);
      return -1;
    }
  }
  *len = (size_t)(out - to);
  return 0;
}
