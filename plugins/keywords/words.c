/* SPDX-License-Identifier: BSD-3-Clause */
#include "words.h"
#include <string.h>
#include <utf8proc.h>

/* What a byte is in a word: itself folded, or one of these. */
enum { BREAK = 0, MARK = 1, WIDE = 2 };   /* MARK: '<' or '&'; WIDE: not ASCII   */
#define LETTER(c) [c] = c, [c - 32] = c
#define WIDE8 WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE, WIDE
#define WIDE32 WIDE8, WIDE8, WIDE8, WIDE8
static const unsigned char classes[256] = {
  ['<'] = MARK, ['&'] = MARK,
  ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7',
  ['8'] = '8', ['9'] = '9',
  LETTER('a'), LETTER('b'), LETTER('c'), LETTER('d'), LETTER('e'), LETTER('f'), LETTER('g'), LETTER('h'),
  LETTER('i'), LETTER('j'), LETTER('k'), LETTER('l'), LETTER('m'), LETTER('n'), LETTER('o'), LETTER('p'),
  LETTER('q'), LETTER('r'), LETTER('s'), LETTER('t'), LETTER('u'), LETTER('v'), LETTER('w'), LETTER('x'),
  LETTER('y'), LETTER('z'),
  [0x80] = WIDE32, WIDE32, WIDE32, WIDE32,
};

static uint64_t
mix(uint64_t h, uint64_t w)
{
  h = (h ^ w) * 0x9e3779b97f4a7c15u;
  return h ^ h >> 32;
}

/* A word's hash: its bytes by eights, the first of each the lowest. */
static uint64_t
hash_word(const char *p, size_t n)
{
  uint64_t h = 0, eight = 0;
  for (size_t i = 0; i < n; i++) {
    if (i && i % 8 == 0) {
      h = mix(h, eight);
      eight = 0;
    }
    eight |= (uint64_t)(unsigned char)p[i] << 8 * (i % 8);
  }
  return mix(mix(h, eight), n);
}

void
kw_words_start(kw_words *w, ek_str text, int exact, int plain)
{
  w->at = (const unsigned char *)text.ptr;
  w->end = w->at + text.len;
  w->exact = exact;
  w->plain = plain;
  w->len = 0;
}

static int
is_ascii_alnum(unsigned char c)
{
  return classes[c] > WIDE;
}

/* At '<' or '&': passes over a tag, or a reference such as &amp;, or the character. */
static void
skip_mark(kw_words *w)
{
  const unsigned char *p = w->at + 1;
  w->at = p;
  if (w->plain || p >= w->end)
    return;
  if (p[-1] == '<') {
    int tag = classes[*p] >= 'a' || *p == '/' || *p == '!' || *p == '?';
    const void *close = tag ? memchr(p, '>', (size_t)(w->end - p)) : NULL;
    if (tag)                     /* an unclosed one reaches to the end         */
      w->at = close ? (const unsigned char *)close + 1 : w->end;
    return;
  }
  if (*p == '#')
    p++;
  const unsigned char *name = p;
  while (p < w->end && p - name < 32 && is_ascii_alnum(*p))
    p++;
  if (p > name && p < w->end && *p == ';')
    w->at = p + 1;
}

/* How a character that is not ASCII takes part. */
enum part { PART_NONE, PART_LETTER, PART_MARK, PART_ALONE, PART_INVISIBLE };

static enum part
part_of(utf8proc_int32_t c)
{
  if ((c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) ||
      (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff))
    return PART_ALONE;
  if (c == 0xad || c == 0x200c || c == 0x200d)   /* soft hyphen, joiners          */
    return PART_INVISIBLE;
  switch (utf8proc_category(c)) {
  case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM:
  case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO:
    return PART_LETTER;
  case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ME:
    return PART_MARK;
  default:
    return PART_NONE;
  }
}

static void
add_wide(kw_words *w, utf8proc_int32_t c)
{
  utf8proc_int32_t folded[8] = { c };
  int boundary = 0;
  utf8proc_ssize_t n = 1;
  w->ascii = 0;
  if (!w->exact)
    n = utf8proc_decompose_char(c, folded, 8, UTF8PROC_CASEFOLD, &boundary);
  for (utf8proc_ssize_t i = 0; i < n && i < 8; i++)
    if (w->len <= KW_MAX_WORD)   /* the last one may reach into the room behind  */
      w->len += (size_t)utf8proc_encode_char(folded[i], (utf8proc_uint8_t *)w->word + w->len);
}

/* Takes the wide character at w->at; 0 when the word ends (before or after it). */
static int
take_wide(kw_words *w)
{
  utf8proc_int32_t c;
  utf8proc_ssize_t n = utf8proc_iterate(w->at, w->end - w->at, &c);
  enum part part = n > 0 ? part_of(c) : PART_NONE;
  if (part == PART_ALONE && w->len)
    return 0;
  w->at += n > 0 ? n : 1;
  switch (part) {
  case PART_LETTER:
    add_wide(w, c);
    return 1;
  case PART_MARK:
    if (w->len)
      add_wide(w, c);
    return 1;
  case PART_ALONE:
    add_wide(w, c);
    return 0;
  case PART_INVISIBLE:
    return 1;
  case PART_NONE:
    break;
  }
  return !w->len;
}

/* A run of ASCII letters and digits, the first at w->at. The hash is made on the
 * way, as hash_word() does: reading back what was just stored would stall.    */
static void
take_ascii(kw_words *w)
{
  const unsigned char *p = w->at, *end = w->end;      /* local: the stores may alias w */
  size_t len = w->len, from = len;
  uint64_t h = 0, eight = 0;
  int exact = w->exact;
  for (unsigned class; p < end && (class = classes[*p]) > WIDE; p++) {
    unsigned char c = (unsigned char)(exact ? *p : class);
    if (len > KW_MAX_WORD)
      continue;
    if (len % 8 == 0 && len) {
      h = mix(h, eight);
      eight = 0;
    }
    eight |= (uint64_t)c << 8 * (len % 8);
    w->word[len++] = (char)c;
  }
  w->at = p;
  w->len = len;
  w->hash = mix(mix(h, eight), len);
  w->ascii = from == 0;
}

static void
skip_breaks(kw_words *w)
{
  const unsigned char *p = w->at;
  while (p < w->end && classes[*p] == BREAK)
    p++;
  w->at = p;
}

int
kw_words_next(kw_words *w)
{
  w->len = 0;
  w->ascii = 0;
  skip_breaks(w);
  while (w->at < w->end) {
    unsigned class = classes[*w->at];
    if (class > WIDE)
      take_ascii(w);
    else if (class == WIDE) {
      if (!take_wide(w))
        break;
    } else if (w->len)
      break;
    else if (class == MARK)
      skip_mark(w);
    else
      skip_breaks(w);
  }
  if (!w->len)
    return 0;
  if (!w->ascii && w->len <= KW_MAX_WORD)
    w->hash = hash_word(w->word, w->len);
  return 1;
}
