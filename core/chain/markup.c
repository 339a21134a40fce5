/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/scan.h"
#include <string.h>

static unsigned char
lower(char c)
{
  return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static int
is_letter(char c)
{
  return lower(c) >= 'a' && lower(c) <= 'z';
}

static int
starts_with(ek_str s, const char *lower_case)
{
  size_t n = strlen(lower_case);
  for (size_t i = 0; i < n; i++)
    if (i >= s.len || lower(s.ptr[i]) != (unsigned char)lower_case[i])
      return 0;
  return 1;
}

/* "<" starts markup only before a letter, '/', '!' or '?': "<3" and "a < b" stay. */
static const char *
find_markup(ek_str s)
{
  const char *p = s.ptr, *end = s.ptr + s.len;
  while (p < end && (p = memchr(p, '<', (size_t)(end - p))) != NULL) {
    if (p + 1 < end && (is_letter(p[1]) || p[1] == '/' || p[1] == '!' || p[1] == '?'))
      return p;
    p++;
  }
  return NULL;
}

static size_t
end_after(ek_str s, const char *closing)
{
  size_t n = strlen(closing);
  for (size_t i = 0; i + n <= s.len; i++)
    if (starts_with((ek_str){ s.ptr + i, n }, closing))
      return i + n;
  return s.len;                  /* unclosed: to the end                       */
}

/* Elements that stand on a line of their own: between words they leave a space. */
static int
is_block(ek_str name)
{
  static const char names[][12] = { "br", "p", "li", "div", "tr", "td", "th", "ul", "ol", "dl", "dt", "dd", "hr",
                                    "h1", "h2", "h3", "h4", "h5", "h6", "table", "section", "article" };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strlen(names[i]) == name.len && starts_with(name, names[i]))
      return 1;
  return 0;
}

/* Length of the markup that s begins with, its content included for scripts and
 * styles; *gap is set when it parts words.                                  */
static size_t
markup_length(ek_str s, int *gap)
{
  if (starts_with(s, "<!--"))
    return end_after(s, "-->");
  size_t from = s.len > 1 && s.ptr[1] == '/' ? 2 : 1, to = from;
  while (to < s.len && (is_letter(s.ptr[to]) || (s.ptr[to] >= '0' && s.ptr[to] <= '9')))
    to++;
  ek_str name = { s.ptr + from, to - from };
  size_t n = end_after(s, ">");
  *gap |= is_block(name);
  const char *closing = from == 2                                          ? NULL
                        : name.len == 6 && starts_with(name, "script") ? "</script"
                        : name.len == 5 && starts_with(name, "style")  ? "</style"
                                                                       : NULL;
  if (closing) {
    n += end_after((ek_str){ s.ptr + n, s.len - n }, closing);
    n += end_after((ek_str){ s.ptr + n, s.len - n }, ">");
  }
  return n;
}

int
ek_strip_markup(ek_str s, ek_arena *arena, ek_str *out)
{
  const char *next = find_markup(s);
  if (!next)
    return 0;
  char *to = ek_arena_alloc(arena, s.len);
  size_t len = 0;
  int gap = 0;
  for (;;) {
    size_t n = next ? (size_t)(next - s.ptr) : s.len;
    if (n) {
      if (gap && len && to[len - 1] != ' ' && s.ptr[0] != ' ')
        to[len++] = ' ';
      memcpy(to + len, s.ptr, n);
      len += n;
      gap = 0;
    }
    if (!next)
      break;
    s.ptr += n;
    s.len -= n;
    n = markup_length(s, &gap);
    s.ptr += n;
    s.len -= n;
    next = find_markup(s);
  }
  *out = (ek_str){ to, len };
  return 1;
}
