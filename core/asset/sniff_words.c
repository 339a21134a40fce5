/* SPDX-License-Identifier: BSD-3-Clause */
/* What is served in a picture's place and can be read: an error page, an error message, a
 * drawing in XML. Told apart because each calls for something else.         */
#include "asset/sniff.h"
#include <string.h>
#include <strings.h>
#include "base/utf8.h"

enum { MARKUP_WINDOW = 4096, TEXT_WINDOW = 1024 };

static int
is_blank(uint8_t c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static size_t
after_blanks(const uint8_t *p, size_t size, size_t at)
{
  while (at < size && is_blank(p[at]))
    at++;
  return at;
}

/* Behind the next `end`, or size. */
static size_t
after(const uint8_t *p, size_t size, size_t at, const char *end)
{
  const uint8_t *found = memmem(p + at, size - at, end, strlen(end));
  return found ? (size_t)(found - p) + strlen(end) : size;
}

/* The name of an element stands at `at`, and ends there. */
static int
named(const uint8_t *p, size_t size, size_t at, const char *name)
{
  size_t n = strlen(name);
  if (size - at < n || strncasecmp((const char *)p + at, name, n) != 0)
    return 0;
  return size - at == n || is_blank(p[at + n]) || strchr(">/:", p[at + n]) != NULL;
}

static enum ek_media
element(const uint8_t *p, size_t size, size_t at)
{
  static const char *const html[] = { "html", "head", "body", "title", "meta", "link", "script", "style", "base", "div",
                                      "span", "table", "center", "font", "form", "iframe", "img", "a", "p", "h1", "h2",
                                      "br", "pre" };
  if (named(p, size, at, "!doctype"))
    at = after_blanks(p, size, at + strlen("!doctype"));
  if (named(p, size, at, "svg"))
    return EK_MEDIA_SVG;
  for (size_t i = 0; i < sizeof html / sizeof *html; i++)
    if (named(p, size, at, html[i]))
      return EK_MEDIA_HTML;
  return EK_MEDIA_UNKNOWN;
}

/* By the first element behind comments and declarations. */
static enum ek_media
markup(const uint8_t *p, size_t size, size_t at)
{
  if (size > MARKUP_WINDOW)
    size = MARKUP_WINDOW;
  while ((at = after_blanks(p, size, at)) < size && p[at] == '<') {
    at++;
    if (size - at >= 3 && memcmp(p + at, "!--", 3) == 0)
      at = after(p, size, at + 3, "-->");
    else if (at < size && p[at] == '?')
      at = after(p, size, at, "?>");
    else
      return element(p, size, at);
  }
  return EK_MEDIA_UNKNOWN;
}

static int
is_text(const uint8_t *p, size_t size)
{
  if (size >= 4 && ((p[0] == 0xff && p[1] == 0xfe && p[3] == 0) || (p[0] == 0xfe && p[1] == 0xff && p[2] == 0)))
    return 1;                              /* UTF-16 with its mark              */
  if (size > TEXT_WINDOW) {
    size = TEXT_WINDOW;
    for (int i = 0; i < 3 && (p[size] & 0xc0) == 0x80; i++)
      size--;                              /* not in the middle of a character  */
  }
  for (size_t i = 0; i < size; i++)
    if ((p[i] < 0x20 && !is_blank(p[i]) && p[i] != 0x1b) || p[i] == 0x7f)
      return 0;
  return ek_utf8_valid((ek_str){ (const char *)p, size });
}

enum ek_media
ek_sniff_words(const uint8_t *p, size_t size)
{
  size_t mark = size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  enum ek_media media = markup(p, size, mark);
  if (media != EK_MEDIA_UNKNOWN)
    return media;
  return is_text(p, size) ? EK_MEDIA_TEXT : EK_MEDIA_UNKNOWN;
}
