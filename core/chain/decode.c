/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/entities.h"
#include <string.h>
#include "base/utf8.h"

#define MAX_NAME 31u             /* CounterClockwiseContourIntegral            */
#define MAX_BARE 6u              /* Aacute, without its semicolon              */

static const ek_entity *
find_name(const char *name, size_t len)
{
  unsigned char c = (unsigned char)name[0];
  if (len < 2 || c >= 128 || !ek_entity_letters[c].n)
    return NULL;
  const ek_entity_letter *letter = &ek_entity_letters[c];
  size_t low = letter->start, high = low + letter->n;
  name++;
  len--;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    const ek_entity *e = &ek_entities[mid];
    int order = memcmp(name, letter->rest + e->at, len < e->len ? len : e->len);
    if (!order) {
      if (len == e->len)
        return e;
      order = len < e->len ? -1 : 1;
    }
    if (order < 0)
      high = mid;
    else
      low = mid + 1;
  }
  return NULL;
}

/* A code point as HTML5 and html.unescape() see a number: may be nothing at all. */
static size_t
put_number(uint32_t n, char *out)
{
  if (n == 0 || n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff))
    return ek_utf8_put(0xfffd, out);
  if (n >= 0x80 && n <= 0x9f)
    return ek_utf8_put(ek_entity_cp1252[n - 0x80], out);
  int nothing = n < 0x09 || n == 0x0b || (n >= 0x0e && n <= 0x1f) || n == 0x7f || (n >= 0xfdd0 && n <= 0xfdef) ||
                (n & 0xfffe) == 0xfffe;
  return nothing ? 0 : ek_utf8_put(n, out);
}

static int
digit_value(char c, uint32_t base)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (base == 16 && c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (base == 16 && c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/* "#8217;" after the ampersand. Returns how much of p it takes, 0 for none. */
static size_t
number_reference(const char *p, size_t n, char *out, size_t *written)
{
  uint32_t base = 10, value = 0;
  size_t i = 1, digits = 0;
  if (n > 1 && (p[1] == 'x' || p[1] == 'X')) {
    base = 16;
    i = 2;
  }
  for (int d; i < n && (d = digit_value(p[i], base)) >= 0; i++, digits++)
    if (value <= 0x10ffff)
      value = value * base + (uint32_t)d;
  if (!digits)
    return 0;
  if (i < n && p[i] == ';')
    i++;
  *written = put_number(value, out);
  return i;
}

static int
ends_name(char c)
{
  return c == '\t' || c == '\n' || c == '\f' || c == ' ' || c == '<' || c == '&' || c == '#' || c == ';';
}

/* "amp;" after the ampersand: the whole name with its semicolon, else the longest
 * of those that are known without one ("notit" is "not" and "it").          */
static size_t
name_reference(const char *p, size_t n, char *out, size_t *written)
{
  const ek_entity *e = NULL;
  size_t run = 0, taken = 0;
  if (n >= 4 && !memcmp(p, "amp;", 4)) {     /* nearly all of them               */
    out[0] = '&';
    *written = 1;
    return 4;
  }
  while (run < n && run <= MAX_NAME && !ends_name(p[run]))
    run++;
  if (run < n && run <= MAX_NAME && p[run] == ';') {
    e = find_name(p, run);
    taken = run + 1;
  }
  for (size_t len = run < MAX_BARE ? run : MAX_BARE; !e && len >= 2; len--) {
    e = find_name(p, len);
    if (e && !e->bare)
      e = NULL;
    taken = len;
  }
  if (!e)
    return 0;
  *written = ek_utf8_put(e->first, out);
  if (e->second)
    *written += ek_utf8_put(e->second, out + *written);
  return taken;
}

/* p[0] is the ampersand. */
static size_t
reference(const char *p, size_t n, char *out, size_t *written)
{
  if (n < 3)
    return 0;
  size_t taken = p[1] == '#' ? number_reference(p + 1, n - 1, out, written)
                             : name_reference(p + 1, n - 1, out, written);
  return taken ? taken + 1 : 0;
}

int
ek_entities_decode(ek_str s, ek_arena *arena, ek_str *out)
{
  char piece[8], *to = NULL;
  size_t at = 0, done = 0, written = 0, len = 0;
  while (at < s.len) {
    const char *amp = memchr(s.ptr + at, '&', s.len - at);
    if (!amp)
      break;
    at = (size_t)(amp - s.ptr);
    size_t taken = reference(amp, s.len - at, piece, &written);
    if (!taken) {
      at++;
      continue;
    }
    if (!to)                     /* the most that grows: five bytes to six     */
      to = ek_arena_alloc(arena, s.len + s.len / 5 + sizeof piece);
    memcpy(to + len, s.ptr + done, at - done);
    len += at - done;
    memcpy(to + len, piece, written);
    len += written;
    at = done = at + taken;
  }
  if (!to)
    return 0;
  memcpy(to + len, s.ptr + done, s.len - done);
  *out = (ek_str){ to, len + (s.len - done) };
  return 1;
}
