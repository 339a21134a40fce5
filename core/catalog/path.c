/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/path.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"

#define PARTS_MAX 32

typedef struct reader { const char *text, *at; ek_path *out; size_t cap; ek_error *e; } reader;

static int
refuse(reader *r, const char *at, const char *what)
{
  char shown[256];
  return ek_fail(r->e, EK_EXIT_REFUSED, "bad_path", "path '%s' cannot be read at column %zu: %s",
                 ek_show(ek_cstr(r->text), shown, sizeof shown), (size_t)(at - r->text) + 1, what);
}

static int
add(reader *r, enum ek_path_part_kind kind, const char *key, size_t len, size_t index)
{
  ek_path *p = r->out;
  if (p->n == PARTS_MAX)
    return refuse(r, r->at, "more than 32 parts");
  p->parts = ek_mem_grow(p->parts, &r->cap, p->n + 1, sizeof *p->parts);
  p->parts[p->n++] = (ek_path_part){ kind, { key, len }, index };
  return 0;
}

/* ['odd.name'] or ["it's"]: no escapes, so a name with both quotes has no path. */
static int
quoted(reader *r)
{
  const char *begin = r->at + 2, *end = strchr(begin, r->at[1]);
  if (!end)
    return refuse(r, r->at + 1, "the quote is not closed");
  if (end[1] != ']')
    return refuse(r, end + 1, "']' is missing after the quoted name");
  if (end == begin)
    return refuse(r, begin, "the name is empty");
  if (add(r, EK_PART_KEY, begin, (size_t)(end - begin), 0) < 0)
    return -1;
  r->at = end + 2;
  return 0;
}

static int
bracket(reader *r)
{
  const char *p = r->at + 1;
  size_t index = 0;
  if (*p == '\'' || *p == '"')
    return quoted(r);
  if (r->out->n == 0)
    return refuse(r, r->at, "it must begin with a name");
  if (*p == ']') {
    r->at = p + 1;
    return add(r, EK_PART_EACH, "", 0, 0);
  }
  for (; *p >= '0' && *p <= '9'; p++) {
    index = index * 10 + (size_t)(*p - '0');
    if (index > 999999)
      return refuse(r, r->at + 1, "the number is too large");
  }
  if (p == r->at + 1)
    return refuse(r, p, "expected a number from 0, a quoted name, or ']'");
  if (*p != ']')
    return refuse(r, p, "']' is missing after the number");
  r->at = p + 1;
  return add(r, EK_PART_INDEX, "", 0, index);
}

static int
bare(reader *r)
{
  size_t len = strcspn(r->at, ".[");
  if (!len)
    return refuse(r, r->at, "a name is missing");
  if (add(r, EK_PART_KEY, r->at, len, 0) < 0)
    return -1;
  r->at += len;
  return 0;
}

static int
parts(reader *r)
{
  if (*r->at != '[' && bare(r) < 0)
    return -1;
  while (*r->at) {
    if (*r->at == '[') {
      if (bracket(r) < 0)
        return -1;
    } else if (*r->at == '.') {
      r->at++;
      if (bare(r) < 0)
        return -1;
    } else
      return refuse(r, r->at, "expected '.', '[' or the end");
  }
  return 0;
}

int
ek_path_parse(const char *text, ek_path *out, ek_error *e)
{
  *out = (ek_path){ .text = ek_mem_strdup(text) };
  if (*text == '=') {
    out->constant = 1;
    out->value = ek_cstr(out->text + 1);
    return 0;
  }
  reader r = { out->text, out->text, out, 0, e };
  if (parts(&r) == 0)
    return 0;
  ek_path_clear(out);
  return -1;
}

void
ek_path_clear(ek_path *p)
{
  free(p->text);
  free(p->parts);
  *p = (ek_path){ 0 };
}
