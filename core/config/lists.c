/* SPDX-License-Identifier: BSD-3-Clause */
/* clean.aliases and clean.stop, in the file or as files of their own.
 *
 * Lines of such a file: one value; or value, TAB, value. Blank lines count for
 * nothing, nor does a line that begins with "# " (a hash alone, as in
 * "#1 Best Sellers", is data). UTF-8, a BOM and CR LF are fine.             */
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "config/check.h"
#include "config/yaml.h"

#define FILE_MAX ((size_t)64 << 20)
#define MISTAKES_MAX 20u

typedef struct line_reader {
  ek_check *c;
  const char *path;
  char *data, *at, *end;
  uint64_t line;
  unsigned mistakes;
} line_reader;

static int
open_lines(line_reader *r, ek_check *c, const char *path, const ek_node *named)
{
  ek_error e = { 0 };
  char shown[300];
  size_t len = 0;
  *r = (line_reader){ .c = c, .path = path };
  if (ek_file_slurp(path, FILE_MAX, &r->data, &len, &e)) {
    ek_check_error(c, &named->place, e.code, e.help[0] ? e.help : NULL, "'%s': %s: %s", ek_text_c(&c->path),
                   ek_show(ek_cstr(path), shown, sizeof shown), e.message);
    return -1;
  }
  r->at = r->data;
  r->end = r->data + len;
  if (len >= 3 && memcmp(r->data, "\xef\xbb\xbf", 3) == 0)
    r->at += 3;
  return 0;
}

static void
mistake(line_reader *r, const char *help, const char *what)
{
  ek_place p = { .file = r->path, .line = r->line };
  r->mistakes++;
  ek_check_error(r->c, &p, "bad_line", help, "%s", what);
}

/* The next line that says something, NUL-terminated; NULL at the end. */
static char *
next_line(line_reader *r, size_t *len)
{
  while (r->at < r->end && r->mistakes < MISTAKES_MAX) {
    char *line = r->at, *stop = memchr(line, '\n', (size_t)(r->end - line));
    if (!stop)
      stop = r->end;
    r->at = stop + 1;
    r->line++;
    if (stop > line && stop[-1] == '\r')
      stop--;
    *stop = 0;
    *len = (size_t)(stop - line);
    if (!*len || strcmp(line, "#") == 0 || strncmp(line, "# ", 2) == 0)
      continue;
    if (memchr(line, 0, *len) || !ek_utf8_valid((ek_str){ line, *len })) {
      mistake(r, "save the file as UTF-8", "this line is not UTF-8 text");
      continue;
    }
    return line;
  }
  return NULL;
}

/* ---- aliases ----------------------------------------------------------------------- */

static void
add_alias(ek_clean_settings *k, size_t *cap, const char *from, const char *to)
{
  k->aliases = ek_mem_grow(k->aliases, cap, k->n_aliases + 1, sizeof *k->aliases);
  k->aliases[k->n_aliases++] = (ek_alias){ ek_mem_strdup(from), ek_mem_strdup(to) };
}

static void
aliases_from_map(ek_check *c, const ek_node *map)
{
  size_t cap = 0;
  for (const ek_node *n = map->first; n; n = n->next) {
    size_t before = ek_check_enter(c, n->key);
    if (ek_check_scalar(c, n))
      add_alias(&c->s->clean, &cap, n->key, ek_node_null(n) ? "" : n->text);
    ek_check_leave(c, before);
  }
}

typedef struct origin { const ek_alias *alias; uint64_t line; } origin;

static int
by_from(const void *a, const void *b)
{
  const origin *x = a, *y = b;
  int c = strcmp(x->alias->from, y->alias->from);
  return c ? c : x->line < y->line ? -1 : x->line > y->line;
}

/* A value with two targets is a mistake that no order makes good. */
static void
check_twice(line_reader *r, const ek_clean_settings *k, const uint64_t *lines)
{
  origin *o = ek_mem_zero(k->n_aliases, sizeof *o);
  for (size_t i = 0; i < k->n_aliases; i++)
    o[i] = (origin){ &k->aliases[i], lines[i] };
  qsort(o, k->n_aliases, sizeof *o, by_from);
  for (size_t i = 1; i < k->n_aliases && r->mistakes < MISTAKES_MAX; i++) {
    ek_text t = { 0 };
    char shown[160];
    if (strcmp(o[i].alias->from, o[i - 1].alias->from) != 0 || strcmp(o[i].alias->to, o[i - 1].alias->to) == 0)
      continue;
    ek_text_printf(&t, "'%s' has another target in line %llu", ek_show(ek_cstr(o[i].alias->from), shown, sizeof shown),
                   (unsigned long long)o[i - 1].line);
    r->line = o[i].line;
    mistake(r, "keep one of them", ek_text_c(&t));
    ek_text_free(&t);
  }
  free(o);
}

static void
aliases_from_file(ek_check *c, const char *path, const ek_node *named)
{
  ek_clean_settings *k = &c->s->clean;
  EK_FREE uint64_t *lines = NULL;
  size_t cap = 0, line_cap = 0, len;
  line_reader r;
  char *line;
  if (open_lines(&r, c, path, named))
    return;
  while ((line = next_line(&r, &len))) {
    char *tab = strchr(line, '\t');
    if (!tab || tab == line || strchr(tab + 1, '\t')) {
      mistake(&r, "write  value TAB value, or  value TAB  to drop it",
              !tab ? "this line has no tab" : tab == line ? "this line begins with a tab" : "this line has more than one tab");
      continue;
    }
    *tab = 0;
    add_alias(k, &cap, line, tab + 1);
    lines = ek_mem_grow(lines, &line_cap, k->n_aliases, sizeof *lines);
    lines[k->n_aliases - 1] = r.line;
  }
  check_twice(&r, k, lines);
  free(r.data);
}

void
ek_make_aliases(ek_check *c, const ek_node *n)
{
  EK_FREE char *path = NULL;
  if (n->kind == EK_NODE_MAP)
    aliases_from_map(c, n);
  else if (n->kind == EK_NODE_LIST)
    ek_check_wrong(c, n, NULL, "it is a map of value: value, or the path of a file");
  else if (ek_check_scalar(c, n) && (path = ek_check_path(c, n)))
    aliases_from_file(c, path, n);
}

/* ---- stop list ------------------------------------------------------------------------ */

static void
add_stop(ek_clean_settings *k, size_t *cap, const char *value)
{
  k->stop = ek_mem_grow(k->stop, cap, k->n_stop + 1, sizeof *k->stop);
  k->stop[k->n_stop++] = ek_mem_strdup(value);
}

static void
stop_from_list(ek_check *c, const ek_node *list)
{
  size_t i = 0, cap = 0;
  for (const ek_node *n = list->first; n; n = n->next, i++) {
    size_t before = ek_check_enter_element(c, i, NULL);
    if (ek_check_scalar(c, n)) {
      if (*n->text)
        add_stop(&c->s->clean, &cap, n->text);
      else
        ek_check_wrong(c, n, NULL, "it is a value to drop");
    }
    ek_check_leave(c, before);
  }
}

static void
stop_from_file(ek_check *c, const char *path, const ek_node *named)
{
  size_t cap = 0, len;
  line_reader r;
  const char *line;
  if (open_lines(&r, c, path, named))
    return;
  while ((line = next_line(&r, &len)))
    add_stop(&c->s->clean, &cap, line);
  free(r.data);
}

void
ek_make_stop(ek_check *c, const ek_node *n)
{
  EK_FREE char *path = NULL;
  if (n->kind == EK_NODE_LIST)
    stop_from_list(c, n);
  else if (n->kind == EK_NODE_MAP)
    ek_check_wrong(c, n, NULL, "it is a list of values, or the path of a file");
  else if (ek_check_scalar(c, n) && (path = ek_check_path(c, n)))
    stop_from_file(c, path, n);
}
