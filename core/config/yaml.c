/* SPDX-License-Identifier: BSD-3-Clause */
/* libyaml's events to a tree. Events rather than documents, so that the limits
 * hold while the text is read and not after it has been swallowed.          */
#include "config/yaml.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>
#include "base/mem.h"
#include "base/text.h"
#include "base/utf8.h"

typedef struct anchor { struct anchor *next; const char *name; const ek_node *node; } anchor;

typedef struct reader {
  yaml_parser_t yaml;
  yaml_event_t event;
  int have_event;
  ek_conf_tree *tree;
  const ek_yaml_text *in;
  ek_findings *f;
  anchor *anchors;                 /* the latest of a name first               */
  char *display;                   /* the text with every line break as \n     */
  size_t *lines, n_lines;          /* where each line begins in it             */
} reader;

/* ---- lines, as libyaml counts them --------------------------------------- */

/* Length of the line break at p, 0: none. */
static size_t
line_break(const char *p, size_t left)
{
  const unsigned char *u = (const unsigned char *)p;
  if (u[0] == '\n')
    return 1;
  if (u[0] == '\r')
    return left > 1 && u[1] == '\n' ? 2 : 1;
  if (u[0] == 0xc2 && left > 1 && u[1] == 0x85)
    return 2;
  if (u[0] == 0xe2 && left > 2 && u[1] == 0x80 && (u[2] == 0xa8 || u[2] == 0xa9))
    return 3;
  return 0;
}

static void
find_lines(reader *r)
{
  size_t cap = 0;
  r->display = ek_conf_copy(r->tree, r->in->data, r->in->len);
  r->lines = ek_mem_grow(NULL, &cap, 64, sizeof *r->lines);
  r->lines[r->n_lines++] = 0;
  for (size_t i = 0; i < r->in->len;) {
    size_t n = line_break(r->in->data + i, r->in->len - i);
    if (!n) {
      i++;
      continue;
    }
    r->display[i] = '\n';
    i += n;
    r->lines = ek_mem_grow(r->lines, &cap, r->n_lines + 1, sizeof *r->lines);
    r->lines[r->n_lines++] = i;
  }
}

static ek_place
place_at(const reader *r, size_t line, size_t column, size_t width)
{
  ek_place p = { .file = r->in->file };
  if (r->in->set)
    return p;
  p.line = line + 1;
  p.column = (uint32_t)column + 1;
  p.width = width ? (uint32_t)width : 1;
  if (line < r->n_lines)
    p.source = r->display + r->lines[line];
  return p;
}

static ek_place
place_of(const reader *r, const yaml_mark_t *start, const yaml_mark_t *end)
{
  size_t width = end && end->line == start->line && end->column > start->column ? end->column - start->column : 1;
  return place_at(r, start->line, start->column, width);
}

static ek_place
event_place(const reader *r)
{
  return place_of(r, &r->event.start_mark, &r->event.end_mark);
}

/* ---- errors ---------------------------------------------------------------- */

static int
fail(reader *r, const ek_place *p, const char *code, const char *help, const char *what)
{
  return ek_findings_error(r->f, p, code, help, "%s", what);
}

/* Reader errors have an offset in bytes only. */
static ek_place
offset_place(const reader *r, size_t offset)
{
  size_t line = 0, column = 0;
  while (line + 1 < r->n_lines && r->lines[line + 1] <= offset)
    line++;
  for (size_t i = r->lines[line]; i < offset && i < r->in->len; i++)
    column += (r->in->data[i] & 0xc0) != 0x80;
  return place_at(r, line, column, 1);
}

static void
syntax_error(reader *r)
{
  const yaml_parser_t *y = &r->yaml;
  const char *problem = y->problem ? y->problem : "unreadable", *help = NULL;
  ek_text t = { 0 };
  ek_place p = y->error == YAML_READER_ERROR ? offset_place(r, y->problem_offset)
                                             : place_of(r, &y->problem_mark, NULL);
  ek_text_printf(&t, "this is not YAML: %s", problem);
  if (y->error != YAML_READER_ERROR && y->context) {
    ek_text_printf(&t, ", %s", y->context);
    if (!r->in->set && y->context_mark.line != y->problem_mark.line)
      ek_text_printf(&t, " that begins in line %zu", y->context_mark.line + 1);
  }
  if (p.source && strstr(problem, "did not find expected ','") && memmem(p.source, strcspn(p.source, "\n"), "${", 2))
    help = "between { } or [ ] put it in quotes: \"${NAME}\"";
  else if (strstr(problem, "cannot start any token"))
    help = p.source && p.source[strspn(p.source, " ")] == '\t' ? "indent with blanks: YAML knows no tabs there"
                                                              : "put the text in quotes";
  fail(r, &p, "bad_yaml", help, ek_text_c(&t));
  ek_text_free(&t);
}

/* ---- events ---------------------------------------------------------------- */

static int
next(reader *r)
{
  if (r->have_event)
    yaml_event_delete(&r->event);
  r->have_event = yaml_parser_parse(&r->yaml, &r->event) == 1;
  if (!r->have_event)
    syntax_error(r);
  return r->have_event ? 0 : -1;
}

static ek_node *
new_node(reader *r, enum ek_node_kind kind, const ek_place *p)
{
  if (r->tree->nodes >= EK_YAML_NODES) {
    fail(r, p, "too_large", "long lists belong in data files (aliases, stop lists, rules)",
         "more than 10,000 values, aliases counted as often as they are used");
    return NULL;
  }
  ek_node *n = ek_node_new(r->tree, kind);
  n->place = *p;
  n->from_set = r->in->set;
  return n;
}

/* Tags say what a type is; here the table says it. Those that change nothing
 * are let through, since tools write them.                                  */
static int
check_tag(reader *r, const yaml_char_t *tag, const ek_place *p)
{
  static const char core[] = "tag:yaml.org,2002:";
  static const char *const fine[] = { "str", "int", "float", "bool", "map", "seq", NULL };
  const char *t = (const char *)tag;
  char shown[160];
  if (!t || strcmp(t, "!") == 0)
    return 0;
  if (strncmp(t, core, sizeof core - 1) == 0)
    for (const char *const *k = fine; *k; k++)
      if (strcmp(t + sizeof core - 1, *k) == 0)
        return 0;
  return ek_findings_error(r->f, p, "bad_tag", "leave the tag away", "the tag '%s' has no meaning here",
                           ek_show(ek_cstr(t), shown, sizeof shown));
}

static int
remember(reader *r, const yaml_char_t *name, const ek_node *n)
{
  if (!name)
    return 0;
  anchor *a = ek_arena_alloc(&r->tree->arena, sizeof *a);
  *a = (anchor){ r->anchors, ek_conf_copy(r->tree, (const char *)name, strlen((const char *)name)), n };
  r->anchors = a;
  return 0;
}

static ek_node *read_node(reader *r, unsigned level);

static ek_node *
read_scalar(reader *r)
{
  ek_place p = event_place(r);
  const char *text = (const char *)r->event.data.scalar.value;
  size_t len = r->event.data.scalar.length;
  if (check_tag(r, r->event.data.scalar.tag, &p))
    return NULL;
  if (memchr(text, 0, len)) {
    fail(r, &p, "bad_text", NULL, "a value holds U+0000");
    return NULL;
  }
  ek_node *n = new_node(r, EK_NODE_SCALAR, &p);
  if (!n)
    return NULL;
  n->text = n->raw = ek_conf_copy(r->tree, text, len);
  n->plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !r->event.data.scalar.tag;
  remember(r, r->event.data.scalar.anchor, n);
  return n;
}

static ek_node *
copy_node(reader *r, const ek_node *from, unsigned level, const ek_place *use)
{
  if (level > EK_YAML_LEVELS) {
    fail(r, use, "too_deep", NULL, "an alias brings in more than 64 levels");
    return NULL;
  }
  ek_node *n = new_node(r, from->kind, use);
  if (!n)
    return NULL;
  n->place = from->place;
  n->text = from->text;
  n->raw = from->raw;
  n->plain = from->plain;
  for (const ek_node *c = from->first; c; c = c->next) {
    ek_node *child = copy_node(r, c, level + 1, use);
    if (!child)
      return NULL;
    child->key = c->key;
    child->key_place = c->key_place;
    ek_node_append(n, child);
  }
  return n;
}

static ek_node *
read_alias(reader *r, unsigned level)
{
  const char *name = (const char *)r->event.data.alias.anchor;
  ek_place p = event_place(r);
  char shown[160];
  for (const anchor *a = r->anchors; a; a = a->next)
    if (strcmp(a->name, name) == 0)
      return copy_node(r, a->node, level, &p);
  ek_findings_error(r->f, &p, "bad_alias", "an anchor, &name, stands before its aliases, and not around them",
                    "no anchor '%s' ends before this", ek_show(ek_cstr(name), shown, sizeof shown));
  return NULL;
}

static ek_node *
read_list(reader *r, unsigned level)
{
  ek_place p = event_place(r);
  p.width = 1;
  char *name = NULL;
  ek_node *n = check_tag(r, r->event.data.sequence_start.tag, &p) ? NULL : new_node(r, EK_NODE_LIST, &p);
  if (!n)
    return NULL;
  if (r->event.data.sequence_start.anchor)
    name = ek_mem_strdup((const char *)r->event.data.sequence_start.anchor);
  for (;;) {
    if (next(r))
      break;
    if (r->event.type == YAML_SEQUENCE_END_EVENT) {
      remember(r, (const yaml_char_t *)name, n);
      free(name);
      return n;
    }
    ek_node *child = read_node(r, level + 1);
    if (!child)
      break;
    ek_node_append(n, child);
  }
  free(name);
  return NULL;
}

/* ---- maps ------------------------------------------------------------------ */

static int
by_key(const void *a, const void *b)
{
  const ek_node *x = *(ek_node *const *)a, *y = *(ek_node *const *)b;
  int c = strcmp(x->key, y->key);
  if (c)
    return c;
  if (x->key_place.line != y->key_place.line)
    return x->key_place.line < y->key_place.line ? -1 : 1;
  return x->key_place.column < y->key_place.column ? -1 : x->key_place.column > y->key_place.column;
}

/* Leaves out what lost its key. */
static void
relink(ek_node *map)
{
  ek_node *c = map->first;
  map->first = map->last = NULL;
  map->n = 0;
  while (c) {
    ek_node *after = c->next;
    if (c->key)
      ek_node_append(map, c);
    c = after;
  }
}

/* Every duplicate is told, so that one look mends all, and only the first stays:
 * nobody who reads the tree meets a key twice.                              */
static void
drop_duplicates(reader *r, ek_node *map)
{
  size_t i = 0, kept = 0;
  if (map->n < 2)
    return;
  ek_node **sorted = ek_mem_alloc(map->n * sizeof *sorted);
  for (ek_node *c = map->first; c; c = c->next)
    sorted[i++] = c;
  qsort(sorted, map->n, sizeof *sorted, by_key);
  for (i = 1; i < map->n; i++) {
    char shown[160];
    if (strcmp(sorted[kept]->key, sorted[i]->key) != 0) {
      kept = i;
      continue;
    }
    ek_show(ek_cstr(sorted[i]->key), shown, sizeof shown);
    if (r->in->set)
      ek_findings_error(r->f, &sorted[i]->key_place, "duplicate_key", NULL, "the key '%s' stands here twice", shown);
    else
      ek_findings_error(r->f, &sorted[i]->key_place, "duplicate_key", "keep one of them",
                        "the key '%s' stands here twice; first in line %llu", shown,
                        (unsigned long long)sorted[kept]->key_place.line);
    sorted[i]->key = NULL;
  }
  free(sorted);
  relink(map);
}

/* `<<: *map` or `<<: [*one, *two]`: what the map itself says wins, then the first. */
static int
merge(reader *r, ek_node *map, ek_node *from)
{
  static const char help[] = "write <<: *name, or <<: [*one, *two]";
  if (from->kind == EK_NODE_SCALAR)
    return fail(r, &from->place, "bad_merge", help, "'<<' takes a map, or a list of maps");
  if (from->kind == EK_NODE_LIST) {
    for (ek_node *c = from->first; c; c = c->next)
      if (c->kind != EK_NODE_MAP)
        return fail(r, &c->place, "bad_merge", help, "'<<' takes a map, or a list of maps");
      else if (merge(r, map, c))
        return -1;
    return 0;
  }
  for (ek_node *c = from->first, *after; c; c = after) {
    after = c->next;
    if (!ek_node_get(map, c->key))
      ek_node_append(map, c);
  }
  return 0;
}

/* The key of the next entry, or NULL; *merging: it is an unquoted <<. */
static ek_node *
read_key(reader *r, int *merging)
{
  ek_place p = event_place(r);
  ek_node *key = NULL;
  if (r->event.type == YAML_SCALAR_EVENT || r->event.type == YAML_ALIAS_EVENT)
    key = read_node(r, 1);
  else {
    fail(r, &p, "bad_key", NULL, "a key must be one text, not a list or a map");
    return NULL;
  }
  if (key && (key->kind != EK_NODE_SCALAR || !*key->text)) {
    fail(r, &p, "bad_key", NULL, "a key must be one text, and not empty");
    return NULL;
  }
  if (key) {
    key->place = p;
    r->tree->nodes--;                      /* values count, keys do not          */
    *merging = key->plain && strcmp(key->text, "<<") == 0;
  }
  return key;
}

static ek_node *
read_entries(reader *r, ek_node *map, unsigned level)
{
  ek_node merges = { .kind = EK_NODE_LIST };
  for (;;) {
    int merging = 0;
    if (next(r))
      return NULL;
    if (r->event.type == YAML_MAPPING_END_EVENT)
      break;
    ek_node *key = read_key(r, &merging);
    if (!key || next(r))
      return NULL;
    ek_node *value = read_node(r, level + 1);
    if (!value)
      return NULL;
    value->key = key->text;
    value->key_place = key->place;
    if (merging && merges.n) {
      fail(r, &key->place, "duplicate_key", "write <<: [*one, *two]", "'<<' stands here twice");
      return NULL;
    }
    ek_node_append(merging ? &merges : map, value);
  }
  drop_duplicates(r, map);
  return merges.n && merge(r, map, merges.first) ? NULL : map;
}

static ek_node *
read_map(reader *r, unsigned level)
{
  ek_place p = event_place(r);
  p.width = 1;
  char *name = NULL;
  ek_node *n = check_tag(r, r->event.data.mapping_start.tag, &p) ? NULL : new_node(r, EK_NODE_MAP, &p);
  if (!n)
    return NULL;
  if (r->event.data.mapping_start.anchor)
    name = ek_mem_strdup((const char *)r->event.data.mapping_start.anchor);
  n = read_entries(r, n, level);
  if (n)
    remember(r, (const yaml_char_t *)name, n);
  free(name);
  return n;
}

static ek_node *
read_node(reader *r, unsigned level)
{
  ek_place p = event_place(r);
  if (level > EK_YAML_LEVELS) {
    fail(r, &p, "too_deep", NULL, "more than 64 levels");
    return NULL;
  }
  switch (r->event.type) {
  case YAML_SCALAR_EVENT: return read_scalar(r);
  case YAML_ALIAS_EVENT: return read_alias(r, level);
  case YAML_SEQUENCE_START_EVENT: return read_list(r, level);
  case YAML_MAPPING_START_EVENT: return read_map(r, level);
  default:
    fail(r, &p, "bad_yaml", NULL, "a value was expected");
    return NULL;
  }
}

/* ---- a whole text ---------------------------------------------------------- */

static ek_node *
empty(reader *r)
{
  ek_place p = place_at(r, 0, 0, 1);
  ek_node *n = new_node(r, EK_NODE_SCALAR, &p);
  if (n) {
    n->text = n->raw = "";
    n->plain = 1;
  }
  return n;
}

static ek_node *
read_document(reader *r)
{
  ek_node *n;
  if (next(r) || next(r))                  /* the stream's start, then what is in it */
    return NULL;
  if (r->event.type == YAML_STREAM_END_EVENT)
    return empty(r);
  if (next(r) || !(n = read_node(r, 1)) || next(r) || next(r))
    return NULL;
  if (r->event.type != YAML_STREAM_END_EVENT) {
    ek_place p = event_place(r);
    fail(r, &p, "two_documents", "one file, one run: put it in a file of its own", "a second document begins here");
    return NULL;
  }
  return n;
}

/* libyaml would guess UTF-16 and pass U+0000 on in places: neither is asked for. */
static int
check_bytes(reader *r)
{
  const char *nul = memchr(r->in->data, 0, r->in->len);
  if (nul) {
    ek_place p = offset_place(r, (size_t)(nul - r->in->data));
    p.source = NULL;
    return fail(r, &p, "bad_text", "is this a text file?", "a NUL byte");
  }
  if (ek_utf8_valid((ek_str){ r->in->data, r->in->len }))
    return 0;
  size_t line = 0;
  while (line + 1 < r->n_lines &&
         ek_utf8_valid((ek_str){ r->in->data + r->lines[line], r->lines[line + 1] - r->lines[line] }))
    line++;
  ek_place p = place_at(r, line, 0, 1);
  p.column = 0;
  p.source = NULL;                         /* it cannot be shown                  */
  return fail(r, &p, "bad_text", "save the file as UTF-8", "this line is not UTF-8");
}

ek_node *
ek_yaml_read(ek_conf_tree *tree, const ek_yaml_text *in, ek_findings *f)
{
  reader r = { .tree = tree, .in = in, .f = f };
  ek_node *n = NULL;
  if (in->len > EK_YAML_BYTES) {
    ek_place p = { .file = in->file };
    fail(&r, &p, "too_large", "long lists belong in data files (aliases, stop lists, rules)",
         "a configuration is at most 1 MiB");
    return NULL;
  }
  find_lines(&r);
  if (check_bytes(&r) == 0) {
    if (!yaml_parser_initialize(&r.yaml))
      abort();                             /* out of memory, as in base/mem       */
    yaml_parser_set_encoding(&r.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.yaml, (const unsigned char *)in->data, in->len);
    n = read_document(&r);
    if (r.have_event)
      yaml_event_delete(&r.event);
    yaml_parser_delete(&r.yaml);
  }
  free(r.lines);
  return n;
}
