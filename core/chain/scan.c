/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/scan.h"
#include <string.h>

#define ONES 0x0101010101010101u
#define HIGH 0x8080808080808080u

/* What a single byte may mean; WIDE begins a character that needs a look. */
enum { CONTROL = EK_SCAN_CONTROL, AMP = EK_SCAN_AMP, LESS = EK_SCAN_LESS, BAR = EK_SCAN_BAR,
       BLANK = EK_SCAN_BLANKS, SPACE = 1 << 6, WIDE = 1 << 7 };
#define X4(v) v, v, v, v
#define X8(v) X4(v), X4(v)
static const unsigned char classes[256] = {
  X8(CONTROL), CONTROL, BLANK, BLANK, BLANK, BLANK, BLANK, CONTROL, CONTROL, X8(CONTROL), X8(CONTROL),
  [' '] = SPACE, ['&'] = AMP, ['<'] = LESS, ['|'] = BAR, [0x7f] = CONTROL,
  [0xc2] = WIDE, [0xe1] = WIDE, [0xe2] = WIDE, [0xe3] = WIDE,
};

/* Length of the white space character (Unicode's White_Space) at p, or 0. */
static size_t
white_space(const char *text, size_t n)
{
  const unsigned char *p = (const unsigned char *)text;
  if (p[0] < 0x80)
    return p[0] == ' ' || (p[0] >= '\t' && p[0] <= '\r');
  if (p[0] == 0xc2)
    return n > 1 && (p[1] == 0x85 || p[1] == 0xa0) ? 2 : 0;
  if (n < 3 || p[0] < 0xe1 || p[0] > 0xe3)
    return 0;
  unsigned rest = (unsigned)p[1] << 8 | p[2];
  int is = p[0] == 0xe1   ? rest == 0x9a80                                         /* 1680        */
           : p[0] == 0xe3 ? rest == 0x8080                                         /* 3000        */
                          : (rest >= 0x8080 && rest <= 0x808a) || rest == 0x80a8 ||  /* 2000-200A, 2028 */
                              rest == 0x80a9 || rest == 0x80af || rest == 0x819f;  /* 2029 202F 205F */
  return is ? 3 : 0;
}

/* Length of the control character (Cc, but white space) at p, or 0. */
static size_t
control_char(const char *text, size_t n)
{
  const unsigned char *p = (const unsigned char *)text;
  if (p[0] < 0x80)
    return (classes[p[0]] & CONTROL) != 0;
  return p[0] == 0xc2 && n > 1 && p[1] < 0xa0 && p[1] != 0x85 ? 2 : 0;
}

static int
full_stop_before(ek_str s)
{
  if (!s.len)
    return 0;
  if (s.ptr[s.len - 1] == '.')
    return 1;
  if (s.len < 3 || (unsigned char)s.ptr[s.len - 1] < 0x80)
    return 0;
  const char *p = s.ptr + s.len - 3;    /* U+3002, U+FF0E, U+FF61                */
  return !memcmp(p, "\xe3\x80\x82", 3) || !memcmp(p, "\xef\xbc\x8e", 3) || !memcmp(p, "\xef\xbd\xa1", 3);
}

/* Byte by byte from `from` on; exact. */
static void
scan_bytes(ek_str s, size_t from, ek_scan *r)
{
  for (size_t i = from; i < s.len; i++) {
    unsigned class = classes[(unsigned char)s.ptr[i]];
    if (class & WIDE) {
      if (white_space(s.ptr + i, s.len - i))
        r->flags |= EK_SCAN_BLANKS;
      else if (control_char(s.ptr + i, s.len - i))
        r->flags |= EK_SCAN_CONTROL;
    } else if (class & SPACE) {
      r->spaces++;
      if (i == 0 || s.ptr[i - 1] == ' ')
        r->flags |= EK_SCAN_BLANKS;
    } else
      r->flags |= class;
  }
}

static uint64_t
has_byte(uint64_t w, unsigned char b)
{
  w ^= ONES * b;
  return (w - ONES) & ~w & HIGH;
}

/* The spaces of a word of ASCII, the high bit of each. */
static uint64_t
spaces_of(uint64_t w)
{
  uint64_t x = w ^ ONES * ' ';
  return ~(((x & ~HIGH) + ~HIGH) | x) & HIGH;
}

/* Anything that needs a closer look than '&' and spaces do. */
static uint64_t
odd_bytes(uint64_t w)
{
  return (w & HIGH) | ((w - ONES * 0x20) & ~w & HIGH) | has_byte(w, '<') | has_byte(w, '|') | has_byte(w, 0x7f);
}

/* Eight bytes at a time while all is plain ASCII; returns where it ended: at the
 * end of a text of eight bytes and more, for the last step goes back as far as it
 * needs.                                                                    */
static size_t
scan_words(ek_str s, ek_scan *r)
{
  size_t i = 0;
  uint64_t amp = 0, twice = 0, w, space;
  for (; s.len - i >= 8; i += 8) {
    memcpy(&w, s.ptr + i, 8);
    if (odd_bytes(w))
      break;
    amp |= has_byte(w, '&');
    space = spaces_of(w);
    r->spaces += (space >> 7) * ONES >> 56;
    twice |= space & (space << 8);
    if (s.ptr[i] == ' ' && (i == 0 || s.ptr[i - 1] == ' '))
      twice = 1;
  }
  if (i && i < s.len && s.len - i < 8) {
    memcpy(&w, s.ptr + s.len - 8, 8);
    if (!odd_bytes(w)) {
      amp |= has_byte(w, '&');
      space = spaces_of(w);
      twice |= space & (space << 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
      space &= UINT64_MAX >> 8 * (8 - (s.len - i));
#else
      space &= UINT64_MAX << 8 * (8 - (s.len - i));      /* not those that were counted   */
#endif
      r->spaces += (space >> 7) * ONES >> 56;
      i = s.len;
    }
  }
  if (amp)
    r->flags |= EK_SCAN_AMP;
  if (twice)
    r->flags |= EK_SCAN_BLANKS;
  return i;
}

/* An ampersand begins a reference only before a letter or '#'. */
static int
may_refer(ek_str s)
{
  const char *p = s.ptr, *end = s.ptr + s.len;
  while ((p = memchr(p, '&', (size_t)(end - p))) != NULL && ++p < end) {
    unsigned char c = (unsigned char)(*p | 0x20);
    if ((c >= 'a' && c <= 'z') || *p == '#')
      return 1;
  }
  return 0;
}

ek_scan
ek_scan_text(ek_str s)
{
  ek_scan r = { 0, 0 };
  if (!s.len)
    return r;
  scan_bytes(s, scan_words(s, &r), &r);
  if (r.flags & EK_SCAN_AMP && !may_refer(s))
    r.flags &= ~(unsigned)EK_SCAN_AMP;
  unsigned char last = (unsigned char)s.ptr[s.len - 1];
  if (last == ' ')
    r.flags |= EK_SCAN_BLANKS;
  else if ((last == '.' || last >= 0x80) && full_stop_before(s))
    r.flags |= EK_SCAN_STOP;
  return r;
}

int
ek_strip_control(ek_str s, ek_arena *arena, ek_str *out)
{
  char *to = NULL;
  size_t len = 0, n;
  for (size_t i = 0; i < s.len; i++) {
    n = control_char(s.ptr + i, s.len - i);
    if (n && !to) {
      to = ek_arena_alloc(arena, s.len);
      memcpy(to, s.ptr, i);
      len = i;
    }
    if (n)
      i += n - 1;
    else if (to)
      to[len++] = s.ptr[i];
  }
  if (!to)
    return 0;
  *out = (ek_str){ to, len };
  return 1;
}

ek_str
ek_trim_blanks(ek_str s)
{
  size_t n;
  while (s.len && (n = white_space(s.ptr, s.len))) {
    s.ptr += n;
    s.len -= n;
  }
  for (;;) {
    if (s.len && white_space(s.ptr + s.len - 1, 1))
      s.len -= 1;
    else if (s.len >= 2 && white_space(s.ptr + s.len - 2, 2) == 2)
      s.len -= 2;
    else if (s.len >= 3 && white_space(s.ptr + s.len - 3, 3) == 3)
      s.len -= 3;
    else
      return s;
  }
}

int
ek_collapse_blanks(ek_str s, ek_arena *arena, ek_str *out)
{
  ek_str t = ek_trim_blanks(s);
  if (!(ek_scan_text(t).flags & EK_SCAN_BLANKS)) {
    *out = t;
    return t.len != s.len;
  }
  char *to = ek_arena_alloc(arena, t.len);
  size_t len = 0;
  for (size_t i = 0; i < t.len;) {
    size_t n = white_space(t.ptr + i, t.len - i);
    if (!n)
      to[len++] = t.ptr[i++];
    else {
      if (to[len - 1] != ' ')    /* t begins with no blank                     */
        to[len++] = ' ';
      i += n;
    }
  }
  *out = (ek_str){ to, len };
  return 1;
}

int
ek_replace_bars(ek_str s, ek_arena *arena, ek_str *out)
{
  if (!s.len || !memchr(s.ptr, '|', s.len))
    return 0;
  char *to = ek_arena_alloc(arena, s.len);
  for (size_t i = 0; i < s.len; i++)
    to[i] = s.ptr[i] == '|' ? '/' : s.ptr[i];
  *out = (ek_str){ to, s.len };
  return 1;
}

size_t
ek_count_chars(ek_str s)
{
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
  return n;
}

size_t
ek_count_words(ek_str s)
{
  size_t words = 0, in_word = 0, n;
  for (size_t i = 0; i < s.len; i += n) {
    n = white_space(s.ptr + i, s.len - i);
    words += !n && !in_word;
    in_word = !n;
    n += !n;
  }
  return words;
}

int
ek_ends_in_stop(ek_str s)
{
  return full_stop_before(ek_trim_blanks(s));
}
