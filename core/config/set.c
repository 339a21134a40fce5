/* SPDX-License-Identifier: BSD-3-Clause */
/* --set KEY=VALUE (configuration.md section 4).
 *
 * KEY: names joined by dots; after a name [2], [step], [+] or ['odd.name'].
 * A null VALUE leaves a null behind, which every table reads as "the default";
 * so a misspelt key is still found.                                         */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "config/keys.h"
#include "config/yaml.h"

enum part_kind { PART_KEY, PART_INDEX, PART_NAME, PART_APPEND };
typedef struct part { enum part_kind kind; const char *text; int64_t index; size_t end; } part;

typedef struct setting {
  ek_conf_tree *tree;
  ek_findings *f;
  ek_place place;
  const char *key;                 /* all that is left of the '='               */
  part parts[EK_YAML_LEVELS];
  size_t n;
} setting;

__attribute__((format(printf, 3, 4))) static int
refuse(setting *s, const char *help, const char *fmt, ...)
{
  ek_text t = { 0 };
  va_list ap;
  va_start(ap, fmt);
  ek_text_vprintf(&t, fmt, ap);
  va_end(ap);
  ek_findings_error(s->f, &s->place, "bad_set", help, "%s", ek_text_c(&t));
  ek_text_free(&t);
  return -1;
}

static const char *
show_key(const setting *s, size_t parts, char *buf, size_t size)
{
  return ek_show((ek_str){ s->key, parts ? s->parts[parts - 1].end : 0 }, buf, size);
}

/* ---- reading KEY ---------------------------------------------------------------- */

static int
add_part(setting *s, enum part_kind kind, const char *text, size_t len, size_t end)
{
  if (s->n == EK_YAML_LEVELS)
    return refuse(s, NULL, "the key has more than 64 parts");
  part *p = &s->parts[s->n++];
  *p = (part){ .kind = kind, .text = ek_conf_copy(s->tree, text, len), .end = end };
  if (kind == PART_INDEX && !ek_number_int((ek_str){ text, len }, &p->index))
    return refuse(s, NULL, "'%.20s...' is no place in a list", p->text);
  return 0;
}

/* From behind a '[': the part, and how many bytes it took, ']' included. 0: unreadable. */
static size_t
read_bracket(setting *s, const char *p, size_t at)
{
  size_t n;
  if (*p == '\'' || *p == '"') {
    const char *end = strchr(p + 1, *p);
    if (!end || end[1] != ']' || end == p + 1)
      return 0;
    n = (size_t)(end - p) + 2;
    return add_part(s, PART_KEY, p + 1, n - 3, at + n) ? SIZE_MAX : n;
  }
  n = strcspn(p, "[]");
  if (!n || p[n] != ']')
    return 0;
  enum part_kind kind = strspn(p, "0123456789") == n ? PART_INDEX : n == 1 && *p == '+' ? PART_APPEND : PART_NAME;
  return add_part(s, kind, p, n, at + n + 1) ? SIZE_MAX : n + 1;
}

static int
bad_key(setting *s, size_t at)
{
  char shown[160];
  return refuse(s, "write  --set output.dir=out  --set 'chain[0].floor=0.5'  --set \"catalog.fields.items['a.b']=x\"",
                "cannot read the key at '%s'", ek_show(ek_cstr(s->key + at), shown, sizeof shown));
}

static int
read_key(setting *s)
{
  const char *k = s->key;
  size_t i = 0;
  for (int first = 1; k[i]; first = 0) {
    if (k[i] == '[' && !first) {
      size_t n = read_bracket(s, k + i + 1, i + 1);
      if (n == SIZE_MAX)
        return -1;
      if (!n)
        return bad_key(s, i);
      i += 1 + n;
    } else {
      size_t start = first ? i : i + 1, n;
      if (!first && k[i] != '.')
        return bad_key(s, i);
      n = strcspn(k + start, ".[");
      if (!n)
        return bad_key(s, i);
      if (add_part(s, PART_KEY, k + start, n, start + n))
        return -1;
      i = start + n;
    }
  }
  return s->n ? 0 : refuse(s, "write  --set output.dir=out", "the key is empty");
}

/* ---- going there ------------------------------------------------------------------ */

static ek_node *
made(setting *s, enum ek_node_kind kind)
{
  ek_node *n = ek_node_new(s->tree, kind);
  n->place = n->key_place = s->place;
  n->from_set = 1;
  return n;
}

/* Turns a null scalar that stands in the way into what is needed there. */
static int
become(setting *s, ek_node *n, enum ek_node_kind kind, size_t depth)
{
  char shown[160];
  if (n->kind == kind)
    return 0;
  if (ek_node_null(n)) {
    n->kind = kind;
    n->place = s->place;
    n->from_set = 1;
    return 0;
  }
  return refuse(s, "set it as a whole: --set 'KEY=VALUE'", "'%s' is no %s", show_key(s, depth, shown, sizeof shown),
                kind == EK_NODE_MAP ? "map" : "list");
}

/* A list that the file leaves out begins as its default, which [0] and [+] then
 * count from.                                                               */
static int
default_list(setting *s, ek_node *n, size_t depth)
{
  ek_text t = { 0 };
  char key[256];
  int r = 0;
  if (n->kind != EK_NODE_SCALAR || s->parts[depth - 1].end >= sizeof key)
    return 0;
  memcpy(key, s->key, s->parts[depth - 1].end);
  key[s->parts[depth - 1].end] = 0;
  if (ek_keys_default_list(key, &t)) {
    ek_yaml_text in = { .file = s->place.file, .data = ek_text_c(&t), .len = t.len, .set = 1 };
    ek_node *list = ek_yaml_read(s->tree, &in, s->f);
    if (list) {
      n->kind = EK_NODE_LIST;
      n->first = list->first;
      n->last = list->last;
      n->n = list->n;
    } else
      r = -1;
  }
  ek_text_free(&t);
  return r;
}

static ek_node *
child_of_map(setting *s, ek_node *map, const part *p)
{
  for (ek_node *c = map->first; c; c = c->next)
    if (strcmp(c->key, p->text) == 0)
      return c;
  ek_node *n = made(s, EK_NODE_SCALAR);
  n->plain = 1;
  n->key = p->text;
  ek_node_append(map, n);
  return n;
}

static int
has_name(const ek_node *element, const char *name)
{
  const ek_node *n = ek_node_get(element, "name"), *plugin = ek_node_get(element, "plugin");
  if (n && n->kind == EK_NODE_SCALAR && !ek_node_null(n))
    return strcmp(n->text, name) == 0;
  if (!plugin || plugin->kind != EK_NODE_SCALAR)
    return 0;
  const char *id = strrchr(plugin->text, '/');
  return strcmp(plugin->text, name) == 0 || (id && strcmp(id + 1, name) == 0);
}

static ek_node *
element_by_name(setting *s, ek_node *list, size_t depth)
{
  const char *name = s->parts[depth].text;
  char shown[160];
  ek_node *found = NULL;
  if (depth != 1 || (strcmp(s->parts[0].text, "chain") != 0 && strcmp(s->parts[0].text, "tests") != 0)) {
    refuse(s, "elsewhere count from 0, or write .name for a key", "only steps and tests go by name, and '%s' is neither",
           show_key(s, depth + 1, shown, sizeof shown));
    return NULL;
  }
  for (ek_node *c = list->first; c; c = c->next) {
    if (!has_name(c, name))
      continue;
    if (found) {
      refuse(s, "count from 0 instead, or give them names", "more than one element of '%s' is named '%s'",
             s->parts[0].text, ek_show(ek_cstr(name), shown, sizeof shown));
      return NULL;
    }
    found = c;
  }
  if (!found)
    refuse(s, "[+] adds one", "no element of '%s' is named '%s'", s->parts[0].text,
           ek_show(ek_cstr(name), shown, sizeof shown));
  return found;
}

static ek_node *
child_of_list(setting *s, ek_node *list, size_t depth)
{
  const part *p = &s->parts[depth];
  char shown[160];
  if (p->kind == PART_NAME)
    return element_by_name(s, list, depth);
  if (p->kind == PART_APPEND) {
    ek_node *n = made(s, EK_NODE_SCALAR);
    n->plain = 1;
    ek_node_append(list, n);
    return n;
  }
  int64_t i = p->index;
  for (ek_node *c = list->first; c; c = c->next)
    if (i-- == 0)
      return c;
  show_key(s, depth, shown, sizeof shown);
  refuse(s, "places count from 0; [+] adds one at the end", "'%s' has %zu element%s, so there is no [%lld]", shown,
         list->n, list->n == 1 ? "" : "s", (long long)p->index);
  return NULL;
}

static ek_node *
find_target(setting *s)
{
  ek_node *n = s->tree->root;
  for (size_t i = 0; i < s->n && n; i++) {
    if (s->parts[i].kind == PART_KEY) {
      if (become(s, n, EK_NODE_MAP, i))
        return NULL;
      n = child_of_map(s, n, &s->parts[i]);
    } else {
      if ((ek_node_null(n) && default_list(s, n, i)) || become(s, n, EK_NODE_LIST, i))
        return NULL;
      n = child_of_list(s, n, i);
    }
  }
  return n;
}

/* ---- the value ---------------------------------------------------------------------- */

static void
put(const setting *s, ek_node *target, const ek_node *value)
{
  ek_node old = *target;
  *target = *value;
  target->next = old.next;
  target->key = old.key;
  target->key_place = s->place;
  target->from_set = 1;
}

static int
apply(setting *s, const char *value)
{
  char shown[160];
  /* To YAML a dash alone is a list of one null; whoever types it means standard input. */
  if (strcmp(value, "-") == 0)
    value = "\"-\"";
  ek_yaml_text in = { .file = s->place.file, .data = value, .len = strlen(value), .set = 1 };
  size_t errors = s->f->errors;
  ek_node *v = ek_yaml_read(s->tree, &in, s->f);
  if (!v || s->f->errors != errors || read_key(s))
    return -1;
  if (strncmp(s->parts[0].text, "x-", 2) == 0)
    return refuse(s, NULL, "keys that begin with x- are for anchors in the file; nothing reads them");
  if (s->parts[s->n - 1].kind != PART_KEY && ek_node_null(v))
    return refuse(s, "set the list as a whole", "'%s' has no default to go back to",
                  show_key(s, s->n, shown, sizeof shown));
  ek_node *target = find_target(s);
  if (!target)
    return -1;
  put(s, target, v);
  return 0;
}

int
ek_conf_set(ek_conf_tree *tree, const char *assignment, ek_findings *f)
{
  setting s = { .tree = tree, .f = f };
  ek_text t = { 0 };
  char shown[300];
  const char *equals = strchr(assignment, '=');
  ek_text_printf(&t, "--set %s", ek_show(ek_cstr(assignment), shown, sizeof shown));
  s.place.file = ek_conf_copy(tree, ek_text_c(&t), t.len);
  ek_text_free(&t);
  if (!equals)
    return refuse(&s, "write KEY=VALUE, for example  --set output.dir=out", "no '=' in it");
  s.key = ek_conf_copy(tree, assignment, (size_t)(equals - assignment));
  return apply(&s, equals + 1);
}
