/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/fold.h"
#include <utf8proc.h>
#include "base/utf8.h"

#define MAX_FOLDED 8             /* code points that one becomes: three at most  */
#define MAX_GROWTH 3             /* U+0390, two bytes, becomes three of two bytes */

/* A walk over the folded code points of a text. */
typedef struct fold_walk {
  ek_str left;
  utf8proc_int32_t folded[MAX_FOLDED];
  int at, n;
} fold_walk;

static utf8proc_int32_t
lower_ascii(unsigned char c)
{
  return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

/* -1 at the end. */
static utf8proc_int32_t
next_folded(fold_walk *w)
{
  while (w->at == w->n) {        /* a fold to nothing goes on                  */
    if (!w->left.len)
      return -1;
    unsigned char b = (unsigned char)w->left.ptr[0];
    if (b < 0x80) {
      w->left.ptr++;
      w->left.len--;
      return lower_ascii(b);
    }
    uint32_t c;
    size_t used = ek_utf8_get(w->left, &c);
    int last = 0;
    w->left.ptr += used;
    w->left.len -= used;
    utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)c, w->folded, MAX_FOLDED,
                                                 UTF8PROC_CASEFOLD, &last);
    w->at = 0;
    w->n = (int)n;
    if (n < 0 || n > MAX_FOLDED) {
      w->folded[0] = (utf8proc_int32_t)c;
      w->n = 1;
    }
  }
  return w->folded[w->at++];
}

ek_str
ek_fold(ek_str s, ek_arena *arena)
{
  char *to = ek_arena_alloc(arena, s.len * MAX_GROWTH + 1);
  size_t len = 0;
  for (; len < s.len && (unsigned char)s.ptr[len] < 0x80; len++)
    to[len] = (char)lower_ascii((unsigned char)s.ptr[len]);
  fold_walk w = { .left = { s.ptr + len, s.len - len } };
  utf8proc_int32_t c;
  while ((c = next_folded(&w)) >= 0)
    len += ek_utf8_put((uint32_t)c, to + len);
  return (ek_str){ to, len };
}

int
ek_fold_equal(ek_str a, ek_str b)
{
  size_t i = 0, n = a.len < b.len ? a.len : b.len;
  for (; i < n; i++) {
    unsigned char x = (unsigned char)a.ptr[i], y = (unsigned char)b.ptr[i];
    if ((x | y) >= 0x80)
      break;
    if (x != y && lower_ascii(x) != lower_ascii(y))
      return 0;
  }
  if (i == a.len || i == b.len)
    return a.len == b.len;
  fold_walk v = { .left = { a.ptr + i, a.len - i } }, w = { .left = { b.ptr + i, b.len - i } };
  utf8proc_int32_t c;
  do {
    c = next_folded(&v);
    if (c != next_folded(&w))
      return 0;
  } while (c >= 0);
  return 1;
}

uint64_t
ek_fold_hash(ek_str s)
{
  fold_walk w = { .left = s };
  uint64_t h = 0xcbf29ce484222325u;
  utf8proc_int32_t c;
  while ((c = next_folded(&w)) >= 0)
    h = (h ^ (uint64_t)c) * 0x100000001b3u;
  return h ^ h >> 29;
}
