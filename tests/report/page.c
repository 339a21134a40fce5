/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/page.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static char fault[512];

static const char *const elements[] = {
  "a", "b", "bdi", "body", "caption", "circle", "code", "dd", "desc", "details", "div", "dl", "dt", "footer", "g", "h1",
  "h2", "h3", "head", "header", "html", "i", "li", "line", "main", "meta", "nav", "ol", "p", "path", "rect", "section",
  "span", "style", "summary", "svg", "table", "tbody", "td", "text", "tfoot", "th", "thead", "time", "title",
  "tr", "ul", NULL
};
static const char *const attributes[] = {
  "aria-hidden", "aria-label", "aria-labelledby", "charset", "class", "content", "cx", "cy", "d", "datetime", "height",
  "href", "http-equiv", "id", "lang", "name", "overflow", "r", "role", "scope", "style", "text-anchor", "width", "x",
  "x1", "x2", "y", "y1", "y2", "dx", NULL
};
/* Not even in a style sheet. */
static const char *const never[] = { "http:", "https:", "url(", "@import", "<script", "<link", "<img", "javascript:",
                                     "src=", "expression(", NULL };

static int
is_in(const char *const *list, const char *word, size_t len)
{
  for (; *list; list++)
    if (strlen(*list) == len && memcmp(*list, word, len) == 0)
      return 1;
  return 0;
}

static const char *
wrong(const char *what, const char *at)
{
  snprintf(fault, sizeof fault, "%s: %.80s", what, at);
  return fault;
}

/* ---- ids ---- */

typedef struct names { char name[400][64]; unsigned n; } names;

static int
has(const names *l, const char *name)
{
  for (unsigned i = 0; i < l->n; i++)
    if (strcmp(l->name[i], name) == 0)
      return 1;
  return 0;
}

static const char *
add_words(names *l, const char *words, size_t len)
{
  for (size_t i = 0; i < len;) {
    size_t n = 0;
    while (i + n < len && words[i + n] != ' ')
      n++;
    if (n >= sizeof l->name[0] || l->n >= sizeof l->name / sizeof *l->name)
      return wrong("too many names for this test", words);
    if (n)
      snprintf(l->name[l->n++], sizeof l->name[0], "%.*s", (int)n, words + i);
    i += n + 1;
  }
  return NULL;
}

/* ---- tags ---- */

typedef struct reader { names ids, used; char open[64][16]; unsigned depth; const char *why; } reader;

static int
is_width(const char *v, size_t len)
{
  return len > 7 && memcmp(v, "width:", 6) == 0 && strspn(v + 6, "0123456789.") == len - 7 && v[len - 1] == '%';
}

static const char *
check_value(reader *r, const char *name, size_t name_len, const char *v, size_t len)
{
  if (is_in((const char *const[]){ "style", NULL }, name, name_len))
    return is_width(v, len) ? NULL : wrong("a style of its own", v);
  if (is_in((const char *const[]){ "href", NULL }, name, name_len))
    return len > 1 && *v == '#' ? add_words(&r->used, v + 1, len - 1) : wrong("a link out", v);
  if (is_in((const char *const[]){ "aria-labelledby", NULL }, name, name_len))
    return add_words(&r->used, v, len);
  if (is_in((const char *const[]){ "id", NULL }, name, name_len)) {
    char id[64];
    snprintf(id, sizeof id, "%.*s", (int)len, v);
    return has(&r->ids, id) ? wrong("the same id twice", v) : add_words(&r->ids, v, len);
  }
  return NULL;
}

/* At the blank or end after the element's name; returns what follows '>', or NULL. */
static const char *
read_attributes(reader *r, const char *p, int *empty)
{
  for (;;) {
    p += strspn(p, " \n");
    *empty = *p == '/';
    p += *empty;
    if (*p == '>')
      return p + 1;
    size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (!len || !is_in(attributes, p, len))
      return r->why = wrong("an attribute that has no place here", p), NULL;
    const char *v = p + len;
    if (v[0] != '=' || (v[1] != '\'' && v[1] != '"'))
      return r->why = wrong("an attribute without a quoted value", p), NULL;
    const char *end = strchr(v + 2, v[1]);
    if (!end)
      return r->why = wrong("a quote that does not end", p), NULL;
    if (memchr(v + 2, '<', (size_t)(end - v - 2)) || (r->why = check_value(r, p, len, v + 2, (size_t)(end - v - 2))))
      return r->why = r->why ? r->why : wrong("'<' in a value", p), NULL;
    p = end + 1;
  }
}

static const char *
read_tag(reader *r, const char *p)
{
  int closing = p[1] == '/', empty = 0;
  const char *name = p + 1 + closing;
  size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");
  if (strncmp(p, "<!DOCTYPE html>", 15) == 0)
    return p + 15;
  if (!len || !is_in(elements, name, len))
    return r->why = wrong("an element that has no place here", p), NULL;
  if (closing) {
    if (name[len] != '>' || !r->depth || strlen(r->open[r->depth - 1]) != len ||
        memcmp(r->open[r->depth - 1], name, len) != 0)
      return r->why = wrong(r->depth ? r->open[r->depth - 1] : "nothing is open", p), NULL;
    r->depth--;
    return name + len + 1;
  }
  const char *next = read_attributes(r, name + len, &empty);
  if (!next || empty || (len == 4 && memcmp(name, "meta", 4) == 0))
    return next;
  if (r->depth == sizeof r->open / sizeof *r->open)
    return r->why = wrong("too deep", p), NULL;
  snprintf(r->open[r->depth++], sizeof r->open[0], "%.*s", (int)len, name);
  return len == 5 && memcmp(name, "style", 5) == 0 ? strstr(next, "</style>") : next;
}

/* A reference that we write, or a bare '&' that came through. */
static int
is_reference(const char *p)
{
  static const char *const ours[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;", NULL };
  for (const char *const *o = ours; *o; o++)
    if (strncmp(p, *o, strlen(*o)) == 0)
      return 1;
  return 0;
}

static const char *
check_text(const char *p)
{
  unsigned char c = (unsigned char)*p;
  if (*p == '&' && !is_reference(p))
    return wrong("a bare ampersand", p);
  if (*p == '>')
    return wrong("a bare '>'", p);
  if ((c < ' ' && c != '\n') || c == 0x7f)
    return wrong("a control character", p);
  return NULL;
}

const char *
page_fault(const char *html)
{
  static reader r;
  memset(&r, 0, sizeof r);
  for (const char *const *n = never; *n; n++)
    if (strstr(html, *n))
      return wrong("what may not be here", strstr(html, *n));
  for (const char *p = html; *p;) {
    if (*p == '<') {
      if (!(p = read_tag(&r, p)))
        return r.why ? r.why : wrong("the style sheet does not end", "");
    } else if ((r.why = check_text(p++)))
      return r.why;
  }
  if (r.depth)
    return wrong("not closed", r.open[r.depth - 1]);
  for (unsigned i = 0; i < r.used.n; i++)
    if (!has(&r.ids, r.used.name[i]))
      return wrong("no such id", r.used.name[i]);
  return NULL;
}

const char *
page_text(const char *html, const char *text)
{
  for (const char *p = html; (p = strstr(p, text)) != NULL; p++) {
    const char *back = p;
    while (back > html && *back != '<' && *back != '>')
      back--;
    if (*back == '>')
      return p;
  }
  return NULL;
}

unsigned
page_count(const char *html, const char *text)
{
  unsigned n = 0;
  for (const char *p = html; (p = strstr(p, text)) != NULL; p += strlen(text))
    n++;
  return n;
}
