/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/literal.h"
#include <stdio.h>
#include <stdlib.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#include "base/mem.h"
#include "base/utf8.h"
#include "catalog/excerpt.h"
#include "catalog/walk.h"

/* What may come next. OR_CLOSE: also the closing bracket. */
enum state { VALUE, VALUE_OR_CLOSE, KEY, KEY_OR_CLOSE, COLON, AFTER };

typedef struct frame { char open; uint8_t comma; uint32_t count; size_t token; } frame;

typedef struct reader {
  const char *begin, *at, *end;
  ek_literal *out;
  int python;
  frame *stack; unsigned depth;
  char *why; size_t why_size;
} reader;

static int
refuse(reader *r, const char *at, const char *what)
{
  char shown[128];
  size_t place = (size_t)(at - r->begin) + 1, left = (size_t)(r->end - at);
  if (left)
    snprintf(r->why, r->why_size, "%s at byte %zu, before: %s", what, place,
             ek_show(ek_excerpt((ek_str){ at, left }, 20), shown, sizeof shown));
  else
    snprintf(r->why, r->why_size, "%s at byte %zu, where the record ends", what, place);
  return -1;
}

static void
place(reader *r)
{
  ek_literal *o = r->out;
  o->at = ek_mem_grow(o->at, &o->cap, o->n + 1, sizeof *o->at);
  o->at[o->n++] = (uint32_t)o->text.len;
}

static void
put_token(reader *r, char c)
{
  place(r);
  ek_text_char(&r->out->text, c);
}

/* ---- texts ----------------------------------------------------------------- */

static void
put_char(reader *r, uint32_t c)
{
  char buf[8];
  ek_text *t = &r->out->text;
  if (c >= 0xd800 && c <= 0xdfff)
    ek_text_printf(t, "\\u%04x", (unsigned)c);       /* the walk joins pairs       */
  else if (c == '"' || c == '\\') {
    ek_text_char(t, '\\');
    ek_text_char(t, (char)c);
  } else if (c < 0x20)
    ek_text_printf(t, "\\u%04x", (unsigned)c);
  else
    ek_text_add(t, buf, ek_utf8_put(c, buf));
}

static int
hex(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* n hexadecimal digits at r->at + 2, behind a backslash and a letter. */
static int
hex_escape(reader *r, int n)
{
  uint32_t v = 0;
  for (int i = 0; i < n; i++) {
    int d = r->end - r->at > 2 + i ? hex(r->at[2 + i]) : -1;
    if (d < 0)
      return refuse(r, r->at, "a broken escape");
    v = v << 4 | (uint32_t)d;
  }
  if (v > 0x10ffff)
    return refuse(r, r->at, "no such character");
  put_char(r, v);
  r->at += 2 + n;
  return 0;
}

static void
octal_escape(reader *r)
{
  uint32_t v = 0;
  r->at++;
  for (int i = 0; i < 3 && r->at < r->end && *r->at >= '0' && *r->at <= '7'; i++)
    v = v * 8 + (uint32_t)(*r->at++ - '0');
  put_char(r, v);
}

/* \N{name}: the table of names is larger than this program, so the character is lost
 * but marked; Python's repr never writes one. */
static int
named_escape(reader *r)
{
  const char *p = r->at + 2;
  while (p < r->end && *p != '}' && *p != '\'' && *p != '"' && *p != '\n')
    p++;
  if (r->end - r->at < 4 || r->at[2] != '{' || p == r->end || *p != '}')
    return refuse(r, r->at, "a broken escape");
  put_char(r, 0xd800);
  r->at = p + 1;
  return 0;
}

static int
python_escape(reader *r)
{
  static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
  char c = r->end - r->at > 1 ? r->at[1] : 0;
  const char *known = c ? strchr(from, c) : NULL;
  if (known) {
    put_char(r, (unsigned char)to[known - from]);
    r->at += 2;
    return 0;
  }
  switch (c) {
  case '\n': r->at += 2; return 0;
  case 'x': return hex_escape(r, 2);
  case 'u': return hex_escape(r, 4);
  case 'U': return hex_escape(r, 8);
  case 'N': return named_escape(r);
  default:
    if (c >= '0' && c <= '7')
      octal_escape(r);
    else {
      put_char(r, '\\');         /* as Python: an unknown escape is no escape      */
      r->at++;
    }
    return 0;
  }
}

/* At a character that does not stand for itself. */
static int
special(reader *r, int raw)
{
  unsigned char c = (unsigned char)*r->at;
  if (c == 0 || c == '\n')
    return refuse(r, r->at, c ? "a line end in a text" : "a NUL byte in a text");
  if (c == '\\' && (r->end - r->at < 2 || (unsigned char)r->at[1] < 0x20) && (raw || !r->python))
    return refuse(r, r->at, "a broken escape");
  if (c == '\\' && !r->python) {
    ek_text_add(&r->out->text, r->at, 2);
    r->at += 2;
    return 0;
  }
  if (c == '\\' && !raw)
    return python_escape(r);
  put_char(r, c);
  r->at++;
  if (c == '\\' && strchr("\\'\"", *r->at))          /* raw: \' stays both, and no end */
    put_char(r, (unsigned char)*r->at++);
  return 0;
}

/* The first byte from p on that does not simply stand for itself. */
static const char *
plain_run(const char *p, const char *end, char quote)
{
#if defined(__SSE2__)
  const __m128i close = _mm_set1_epi8(quote), backslash = _mm_set1_epi8('\\'), escaped = _mm_set1_epi8('"');
  const __m128i control = _mm_set1_epi8(0x1f);
  for (; end - p >= 16; p += 16) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, close), _mm_cmpeq_epi8(v, backslash)),
                               _mm_or_si128(_mm_cmpeq_epi8(v, escaped), _mm_cmpeq_epi8(_mm_min_epu8(v, control), v)));
    unsigned mask = (unsigned)_mm_movemask_epi8(hit);
    if (mask)
      return p + __builtin_ctz(mask);
  }
#endif
  while (p < end && *p != quote && *p != '\\' && *p != '"' && (unsigned char)*p >= 0x20)
    p++;
  return p;
}

/* What is between quotes; r->at is at the opening one. */
static int
quoted(reader *r, int raw)
{
  const char *open = r->at;
  char quote = *r->at++;
  for (;;) {
    const char *from = r->at;
    r->at = plain_run(from, r->end, quote);
    ek_text_add(&r->out->text, from, (size_t)(r->at - from));
    if (r->at < r->end && *r->at == quote) {
      r->at++;
      return 0;
    }
    if (r->at == r->end || (*r->at == '\\' && r->end - r->at == 1)) {
      r->at = r->end;
      return refuse(r, open, "a text that is never closed");
    }
    if (special(r, raw) < 0)
      return -1;
  }
}

/* Those of JSON are copied, so that a place in what is written is one in the record. */
static void
blanks(reader *r)
{
  const char *from = r->at;
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
    r->at++;
  if (!r->python)
    ek_text_add(&r->out->text, from, (size_t)(r->at - from));
}

/* A letter that may stand before a quote. */
static int
is_prefix(char c)
{
  c |= 0x20;
  return c == 'u' || c == 'b' || c == 'r';
}

/* At a text, perhaps with a prefix: its length up to the quote, or -1. */
static int
prefix(const reader *r, int *raw)
{
  int n = 0;
  *raw = 0;
  if (r->python)
    for (; n < 2 && r->end - r->at > n && is_prefix(r->at[n]); n++)
      *raw |= (r->at[n] | 0x20) == 'r';
  if (r->end - r->at > n && (r->at[n] == '"' || (r->python && r->at[n] == '\'')))
    return n;
  return -1;
}

/* Texts side by side are one in Python. */
static int
text(reader *r, int raw, int n)
{
  put_token(r, '"');
  do {
    r->at += n;
    if (quoted(r, raw) < 0)
      return -1;
    if (!r->python)
      break;
    blanks(r);
    n = prefix(r, &raw);
  } while (n >= 0);
  ek_text_char(&r->out->text, '"');
  return 0;
}

/* ---- scalars --------------------------------------------------------------- */

/* 0x1f, 0o17, 0b11: written in decimal. 1 when it is one. */
static int
based_integer(reader *r, const char *p, size_t len)
{
  uint64_t v = 0;
  unsigned base;
  if (len < 3 || p[0] != '0')
    return 0;
  switch (p[1] | 0x20) {
  case 'x': base = 16; break;
  case 'o': base = 8; break;
  case 'b': base = 2; break;
  default: return 0;
  }
  for (size_t i = 2; i < len; i++) {
    int d = hex(p[i]);
    if (d < 0 || (unsigned)d >= base || v > (UINT64_MAX - (unsigned)d) / base)
      return 0;
    v = v * base + (unsigned)d;
  }
  ek_text_u64(&r->out->text, v);
  return 1;
}

/* A Python number that JSON spells otherwise: 1. .5 +1 1_000 10L. Written as JSON does;
 * the caller judges. */
static void
python_number(reader *r, const char *p, size_t len)
{
  ek_text *t = &r->out->text;
  for (size_t i = 0; i < len; i++) {
    int before = i && p[i - 1] >= '0' && p[i - 1] <= '9', after = i + 1 < len && p[i + 1] >= '0' && p[i + 1] <= '9';
    if (p[i] == '_' && before && after)
      continue;
    if (i + 1 == len && before && (p[i] | 0x20) == 'l')
      continue;
    if (p[i] == '.' && !before)
      ek_text_char(t, '0');
    ek_text_char(t, p[i]);
    if (p[i] == '.' && !after)
      ek_text_char(t, '0');
  }
}

static const char *
python_word(ek_str s)
{
  static const char *const words[][2] = { { "True", "true" }, { "False", "false" }, { "None", "null" },
                                          { "nan", "NaN" }, { "inf", "Infinity" } };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (ek_str_eqc(s, words[i][0]))
      return words[i][1];
  return NULL;
}

static int
scalar(reader *r)
{
  const char *begin = r->at, *p = begin;
  ek_text *t = &r->out->text;
  while (p < r->end && *p && !strchr(" \t\r\n,:[]{}()\"'", *p))
    p++;
  if (p == begin)
    return refuse(r, begin, "expected a value");
  ek_str s = { begin, (size_t)(p - begin) };
  place(r);
  size_t from = t->len;
  if (!r->python || ek_walk_scalar(s.ptr, s.len) != EK_KIND_ABSENT)
    ek_text_str(t, s);
  else {
    if (*s.ptr == '-' || *s.ptr == '+') {
      if (*s.ptr == '-')
        ek_text_char(t, '-');
      s.ptr++;
      s.len--;
    }
    const char *word = python_word(s);
    if (word)
      ek_text_cstr(t, word);
    else if (!based_integer(r, s.ptr, s.len))
      python_number(r, s.ptr, s.len);
  }
  if (t->len == from || ek_walk_scalar(t->data + from, t->len - from) == EK_KIND_ABSENT)
    return refuse(r, begin, "neither a number nor a known word");
  r->at = p;
  return 0;
}

/* ---- structure ------------------------------------------------------------- */

static frame *
top(reader *r)
{
  return &r->stack[r->depth - 1];
}

static int
enter(reader *r, char open)
{
  if (r->depth == EK_NESTING_MAX)
    return refuse(r, r->at, "nested deeper than 1,024 levels");
  r->stack[r->depth++] = (frame){ open, 0, 0, r->out->n };
  put_token(r, open == '(' ? '[' : open);
  r->at++;
  return 0;
}

/* (x) is x and no tuple: its bracket becomes a blank, and no token. */
static void
drop_parenthesis(reader *r, const frame *f)
{
  ek_literal *o = r->out;
  o->text.data[o->at[f->token]] = ' ';
  memmove(o->at + f->token, o->at + f->token + 1, (o->n - f->token - 1) * sizeof *o->at);
  o->n--;
}

static void
leave(reader *r)
{
  frame *f = top(r);
  if (f->open == '(' && f->count == 1 && !f->comma)
    drop_parenthesis(r, f);
  else
    put_token(r, f->open == '{' ? '}' : ']');
  r->depth--;
  r->at++;
}

static int
closes(const reader *r, char c)
{
  char open = r->stack[r->depth - 1].open;
  return (open == '{' && c == '}') || (open == '[' && c == ']') || (open == '(' && c == ')');
}

/* A comma is written when what it parts from the last comes, so that one before a
 * closing bracket leaves no trace. */
static void
begin_member(reader *r)
{
  frame *f = top(r);
  if (f->count++)
    put_token(r, ',');
}

/* Python's keys may be numbers and words: they become texts. */
static int
scalar_key(reader *r)
{
  ek_literal *o = r->out;
  if (!r->python)
    return refuse(r, r->at, "expected a key in double quotes");
  size_t n = o->n;
  if (scalar(r) < 0)
    return -1;
  ek_text *t = &o->text;
  size_t from = o->at[n], len = t->len - from;
  ek_text_reserve(t, 2);
  memmove(t->data + from + 1, t->data + from, len);
  t->data[from] = '"';
  t->data[from + 1 + len] = '"';
  t->len += 2;
  return 0;
}

static int
read_key(reader *r, enum state *state)
{
  int raw, n = prefix(r, &raw);
  begin_member(r);
  *state = COLON;
  return n >= 0 ? text(r, raw, n) : scalar_key(r);
}

static int
read_value(reader *r, enum state *state)
{
  int raw, n;
  char c = *r->at;
  if (top(r)->open != '{')
    begin_member(r);
  if (c == '{' || c == '[' || (c == '(' && r->python)) {
    *state = c == '{' ? KEY_OR_CLOSE : VALUE_OR_CLOSE;
    return enter(r, c);
  }
  *state = AFTER;
  n = prefix(r, &raw);
  return n >= 0 ? text(r, raw, n) : scalar(r);
}

static int
read_after(reader *r, enum state *state)
{
  char c = *r->at, open = top(r)->open;
  if (c == ',') {
    r->at++;
    top(r)->comma = 1;
    *state = open == '{' ? (r->python ? KEY_OR_CLOSE : KEY) : (r->python ? VALUE_OR_CLOSE : VALUE);
    return 0;
  }
  if (!closes(r, c))
    return refuse(r, r->at, open == '{' ? "expected ',' or '}'"
                            : open == '[' ? "expected ',' or ']'" : "expected ',' or ')'");
  leave(r);
  return 0;
}

static int
step(reader *r, enum state *state)
{
  if (r->at == r->end)
    return refuse(r, r->at, "a bracket is not closed");
  if ((*state == VALUE_OR_CLOSE || *state == KEY_OR_CLOSE) && closes(r, *r->at)) {
    leave(r);
    *state = AFTER;
    return 0;
  }
  switch (*state) {
  case KEY: case KEY_OR_CLOSE: return read_key(r, state);
  case VALUE: case VALUE_OR_CLOSE: return read_value(r, state);
  case AFTER: return read_after(r, state);
  case COLON: break;
  }
  if (*r->at != ':')
    return refuse(r, r->at, "expected ':'");
  put_token(r, ':');
  r->at++;
  *state = VALUE;
  return 0;
}

int
ek_literal_rewrite(ek_literal *out, enum ek_dialect dialect, ek_str in, char *why, size_t why_size)
{
  frame stack[EK_NESTING_MAX];
  reader r = { in.ptr, in.ptr, in.ptr + in.len, out, dialect == EK_DIALECT_PYTHON, stack, 0, why, why_size };
  enum state state = KEY_OR_CLOSE;

  out->n = 0;
  ek_text_clear(&out->text);
  blanks(&r);
  if (r.at == r.end || *r.at != '{')
    return refuse(&r, r.at, "the record is no object: expected '{'");
  enter(&r, '{');
  while (r.depth) {
    blanks(&r);
    if (step(&r, &state) < 0)
      return -1;
  }
  blanks(&r);
  if (r.at < r.end)
    return refuse(&r, r.at, "content after the record's end");
  ek_text_reserve(&out->text, EK_BLOCK_PADDING);
  memset(out->text.data + out->text.len, 0, EK_BLOCK_PADDING);
  return 0;
}

void
ek_literal_clear(ek_literal *l)
{
  ek_text_free(&l->text);
  free(l->at);
  *l = (ek_literal){ 0 };
}
