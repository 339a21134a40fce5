/* SPDX-License-Identifier: BSD-3-Clause */
/* Functions that walk take the number of a token and return the number of the first
 * one behind what they walked, or 0 when the grammar is broken: no value begins the
 * record twice, so 0 is never a next token.
 *
 * A text ends at the last quote before the next token, since between them there is
 * nothing but blanks: no text needs to be searched for its end.              */
#include "catalog/walk.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#include "catalog/unescape.h"

#define INLINE static inline __attribute__((always_inline))

static uint32_t value(ek_walk *w, const ek_trie_node *node, uint32_t i, unsigned depth);

INLINE int
is_blank(char c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The first byte of token i; 0 behind the last one, which no grammar takes. */
INLINE unsigned char
token(const ek_walk *w, uint32_t i)
{
  return i < w->n ? (unsigned char)w->text[w->at[i]] : 0;
}

/* Bytes [at, end) of token i without the blanks behind it. */
INLINE ek_str
span(const ek_walk *w, uint32_t i)
{
  const char *begin = w->text + w->at[i], *end = w->text + (i + 1 < w->n ? w->at[i + 1] : w->len);
  while (end > begin + 1 && is_blank(end[-1]))
    end--;
  return (ek_str){ begin, (size_t)(end - begin) };
}

/* Token i is a text: what is between its quotes. */
INLINE ek_str
text_span(const ek_walk *w, uint32_t i)
{
  ek_str s = span(w, i);
  return (ek_str){ s.ptr + 1, s.len >= 2 ? s.len - 2 : 0 };
}

/* Up to 15 bytes behind s are read, and not looked at. */
INLINE int
has_backslash(ek_str s)
{
#if defined(__SSE2__)
  const __m128i backslash = _mm_set1_epi8('\\');
  size_t i = 0;
  for (; i + 16 <= s.len; i += 16)
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(s.ptr + i)), backslash)))
      return 1;
  if (i == s.len)
    return 0;
  int m = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(s.ptr + i)), backslash));
  return (m & ((1 << (s.len - i)) - 1)) != 0;
#else
  return s.len && memchr(s.ptr, '\\', s.len) != NULL;
#endif
}

static const char *
digits(const char *p, const char *end)
{
  while (p < end && *p >= '0' && *p <= '9')
    p++;
  return p;
}

static enum ek_kind
number(const char *p, const char *end)
{
  enum ek_kind kind = EK_KIND_INT;
  const char *begin;
  if (*p == '-')
    p++;
  begin = p;
  p = digits(p, end);
  if (p == begin || (*begin == '0' && p > begin + 1))
    return EK_KIND_ABSENT;
  if (p < end && *p == '.') {
    begin = ++p;
    p = digits(p, end);
    if (p == begin)
      return EK_KIND_ABSENT;
    kind = EK_KIND_FLOAT;
  }
  if (p < end && (*p | 0x20) == 'e') {
    p++;
    if (p < end && (*p == '+' || *p == '-'))
      p++;
    begin = p;
    p = digits(p, end);
    if (p == begin)
      return EK_KIND_ABSENT;
    kind = EK_KIND_FLOAT;
  }
  return p == end ? kind : EK_KIND_ABSENT;
}

#define IS(word) (len == sizeof word - 1 && memcmp(p, word, sizeof word - 1) == 0)

enum ek_kind
ek_walk_scalar(const char *p, size_t len)
{
  switch (*p) {
  case 't': return IS("true") ? EK_KIND_BOOL : EK_KIND_ABSENT;
  case 'f': return IS("false") ? EK_KIND_BOOL : EK_KIND_ABSENT;
  case 'n': return IS("null") ? EK_KIND_NULL : EK_KIND_ABSENT;
  case 'N': return IS("NaN") ? EK_KIND_FLOAT : EK_KIND_ABSENT;
  case 'I': return IS("Infinity") ? EK_KIND_FLOAT : EK_KIND_ABSENT;
  default: return IS("-Infinity") ? EK_KIND_FLOAT : number(p, p + len);
  }
}

INLINE int
good_scalar(const ek_walk *w, uint32_t i)
{
  ek_str s = span(w, i);
  return ek_walk_scalar(s.ptr, s.len) != EK_KIND_ABSENT;
}

/* A key and its colon. */
INLINE int
is_key(const ek_walk *w, uint32_t i, unsigned char c)
{
  return c == '"' && token(w, i + 1) == ':';
}

/* Walks the container whose opening bracket is token i - 1 and whose first byte is
 * open; depth counts the containers around it. */
static uint32_t
skip_container(ek_walk *w, uint32_t i, unsigned char open, unsigned depth)
{
  unsigned char stack[EK_NESTING_MAX];
  unsigned level = 0, limit = EK_NESTING_MAX - depth;
  unsigned char c;

enter:
  if (level == limit)
    return 0;
  stack[level++] = open;
  c = token(w, i);
  if (open == '{') {
    if (c == '}')
      goto leave;
  key:
    if (!is_key(w, i, c))
      return 0;
    i += 2;
    c = token(w, i);
  } else if (c == ']')
    goto leave;
element:
  if (c == '{' || c == '[') {
    open = c;
    i++;
    goto enter;
  }
  if (c != '"' && !good_scalar(w, i))
    return 0;
  i++;
after:
  c = token(w, i);
  if (c == ',') {
    c = token(w, ++i);
    if (open == '{')
      goto key;
    goto element;
  }
  if (c != (open == '{' ? '}' : ']'))
    return 0;
leave:
  i++;
  if (--level == 0)
    return i;
  open = stack[level - 1];
  goto after;
}

INLINE uint32_t
skip(ek_walk *w, uint32_t i, unsigned depth)
{
  unsigned char c = token(w, i);
  if (c == '"')
    return i + 1;
  if (c == '{' || c == '[')
    return skip_container(w, i + 1, c, depth);
  return good_scalar(w, i) ? i + 1 : 0;
}

static int
wrong(ek_walk *w, const char *at, const char *what)
{
  w->error = what;
  w->error_at = (size_t)(at - w->text);
  return 0;
}

/* The text of token i, decoded. */
INLINE int
take_text(ek_walk *w, uint32_t i, ek_str *out)
{
  ek_str s = text_span(w, i);
  if (!has_backslash(s)) {
    *out = w->copy ? ek_arena_copy(w->arena, s) : s;
    return 1;
  }
  size_t bad;
  char *to = ek_arena_alloc(w->arena, s.len);
  if (ek_unescape(s, to, &out->len, &w->repaired, &bad) < 0)
    return wrong(w, s.ptr + bad, "a bad escape in a text");
  out->ptr = to;
  return 1;
}

INLINE int
take_scalar(ek_walk *w, ek_str *out, uint32_t i, enum ek_kind *kind)
{
  ek_str s = span(w, i);
  *kind = ek_walk_scalar(s.ptr, s.len);
  if (*kind == EK_KIND_ABSENT)
    return 0;
  *out = w->copy ? ek_arena_copy(w->arena, s) : s;
  return 1;
}

/* A wanted list, behind its bracket: flattened, with its paths when it holds lists. */
static uint32_t
capture_list(ek_walk *w, ek_capture *x, uint32_t i, unsigned depth)
{
  unsigned level = 1;
  unsigned char c = token(w, i);
  ek_str s;
  enum ek_kind kind;

  if (depth + level > EK_NESTING_MAX)
    return 0;
  if (c == ']')
    goto leave;
element:
  switch (c) {
  case '"':
    if (!take_text(w, i, &s))
      return 0;
    ek_capture_add(x, s);
    i++;
    break;
  case '[':
    ek_capture_end(x);
    x->nested = 1;
    if (depth + ++level > EK_NESTING_MAX)
      return 0;
    c = token(w, ++i);
    if (c == ']')
      goto leave;
    goto element;
  case '{':
    i = skip_container(w, i + 1, c, depth + level);
    if (!i)
      return 0;
    break;
  default:
    if (!c || !take_scalar(w, &s, i, &kind))
      return 0;
    if (kind != EK_KIND_NULL)
      ek_capture_add(x, s);
    i++;
  }
after:
  c = token(w, i);
  if (c == ',') {
    c = token(w, ++i);
    goto element;
  }
  if (c != ']')
    return 0;
leave:
  i++;
  if (x->nested)
    ek_capture_end(x);
  if (--level)
    goto after;
  return i;
}

static uint32_t
capture(ek_walk *w, const ek_trie_node *node, uint32_t i, unsigned depth)
{
  unsigned char c = token(w, i);
  ek_capture *x;
  ek_str s;
  enum ek_kind kind;

  if (c == '"') {
    if (!take_text(w, i, &s))
      return 0;
    x = ek_capture_open(w->captures, node, EK_KIND_STRING);
    ek_capture_add(x, s);
    i++;
  } else if (c == '[') {
    x = ek_capture_open(w->captures, node, EK_KIND_LIST);
    i = capture_list(w, x, i + 1, depth);
  } else if (c == '{') {
    x = ek_capture_open(w->captures, node, EK_KIND_OBJECT);
    i = skip_container(w, i + 1, c, depth);
  } else {
    if (!c || !take_scalar(w, &s, i, &kind))
      return 0;
    x = ek_capture_open(w->captures, node, kind);
    if (kind != EK_KIND_NULL)
      ek_capture_add(x, s);
    i++;
  }
  if (node->repeats)
    ek_capture_end(x);
  return i;
}

/* A key with a backslash in it: decoded, then looked up. One that cannot be decoded
 * is no key that anybody asked for. */
static uint32_t
find_escaped(ek_walk *w, const ek_trie_node *node, ek_str key)
{
  char *to = ek_arena_alloc(w->arena, key.len + 8);
  size_t len, bad, repaired = 0;
  if (ek_unescape(key, to, &len, &repaired, &bad) < 0)
    return EK_NONE;
  uint64_t head = ek_trie_word(to, len), tail = len > 8 ? ek_trie_word(to + len - 8, 8) : 0;
  return ek_trie_find(node, head, tail, to, len);
}

/* A byte of w that is a backslash has its high bit set in the answer (and perhaps
 * a byte above it, but then there is one below). */
INLINE uint64_t
backslashes(uint64_t w)
{
  w ^= 0x5c5c5c5c5c5c5c5cu;
  return (w - 0x0101010101010101u) & ~w & 0x8080808080808080u;
}

INLINE uint32_t
find(ek_walk *w, const ek_trie_node *node, uint32_t i)
{
  ek_str key = text_span(w, i);
  uint64_t head = ek_trie_word(key.ptr, key.len), tail = key.len > 8 ? ek_trie_word(key.ptr + key.len - 8, 8) : 0;
  if ((backslashes(head) | backslashes(tail)) || (key.len > 16 && has_backslash(key)))
    return find_escaped(w, node, key);
  return ek_trie_find(node, head, tail, key.ptr, key.len);
}

/* Behind its bracket. */
static uint32_t
object(ek_walk *w, const ek_trie_node *node, uint32_t i, unsigned depth)
{
  const ek_projection *p = w->captures->p;
  uint64_t id = ++w->captures->object;
  unsigned char c = token(w, i);

  if (depth + 1 > EK_NESTING_MAX)
    return 0;
  if (c == '}')
    return i + 1;
  for (;;) {
    if (!is_key(w, i, c))
      return 0;
    uint32_t child = find(w, node, i);
    if (child == EK_NONE)
      i = skip(w, i + 2, depth + 1);
    else {
      ek_captures_key(w->captures, &p->nodes[child], child, id);
      i = value(w, &p->nodes[child], i + 2, depth + 1);
    }
    if (!i)
      return 0;
    c = token(w, i++);
    if (c == '}')
      return i;
    if (c != ',')
      return 0;
    c = token(w, i);
  }
}

/* What [] and [k] want of element k, whose first token is i. */
static uint32_t
element(ek_walk *w, const ek_trie_node *node, size_t k, uint32_t i, unsigned depth)
{
  const ek_projection *p = w->captures->p;
  uint32_t end = 0;
  if (node->each != EK_NONE) {
    end = value(w, &p->nodes[node->each], i, depth);
    if (!end)
      return 0;
  }
  for (uint32_t x = 0; x < node->n_indexes; x++)
    if (node->indexes[x].index == k) {
      end = value(w, &p->nodes[node->indexes[x].node], i, depth);
      if (!end)
        return 0;
    }
  return end ? end : skip(w, i, depth);
}

/* Behind its bracket. */
static uint32_t
list(ek_walk *w, const ek_trie_node *node, uint32_t i, unsigned depth)
{
  if (depth + 1 > EK_NESTING_MAX)
    return 0;
  if (token(w, i) == ']')
    return i + 1;
  for (size_t k = 0;; k++) {
    i = element(w, node, k, i, depth + 1);
    if (!i)
      return 0;
    unsigned char c = token(w, i++);
    if (c == ']')
      return i;
    if (c != ',')
      return 0;
  }
}

/* What stands deeper than node. A value that is no list counts as a list of one
 * where the path says [] or [0] (catalogues turn lists of one into their element), but
 * null counts as an empty one. */
static uint32_t
descend(ek_walk *w, const ek_trie_node *node, uint32_t i, unsigned depth)
{
  unsigned char c = token(w, i);
  int wants_elements = node->each != EK_NONE || node->n_indexes;
  uint32_t end = 0;
  if (c == '[')
    return wants_elements ? list(w, node, i + 1, depth) : skip(w, i, depth);
  if (c == '{' && node->n_keys) {
    end = object(w, node, i + 1, depth);
    if (!end)
      return 0;
  }
  if (wants_elements && c != 'n')
    return element(w, node, 0, i, depth);
  return end ? end : skip(w, i, depth);
}

/* A path may end here and others go on: then the value is walked once for each. */
static uint32_t
value(ek_walk *w, const ek_trie_node *node, uint32_t i, unsigned depth)
{
  uint32_t end = 0;
  if (node->capture != EK_NONE) {
    end = capture(w, node, i, depth);
    if (!end)
      return 0;
  }
  if (node->n_keys || node->n_indexes || node->each != EK_NONE)
    return descend(w, node, i, depth);
  return end;
}

int
ek_walk_record(ek_walk *w)
{
  w->repaired = 0;
  w->error = NULL;
  ek_captures_begin(w->captures);
  if (token(w, 0) != '{')
    return -1;
  return object(w, &w->captures->p->nodes[0], 1, 0) == w->n ? 0 : -1;
}
