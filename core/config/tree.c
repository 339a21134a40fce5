/* SPDX-License-Identifier: BSD-3-Clause */
#include "config/tree.h"
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/text.h"
#include "config/yaml.h"

/* ---- nodes ------------------------------------------------------------------ */

ek_node *
ek_node_new(ek_conf_tree *t, enum ek_node_kind kind)
{
  ek_node *n = ek_arena_zero(&t->arena, sizeof *n);
  n->kind = kind;
  if (kind == EK_NODE_SCALAR)
    n->text = n->raw = "";
  t->nodes++;
  return n;
}

void
ek_node_append(ek_node *parent, ek_node *child)
{
  child->next = NULL;
  if (!parent->first)
    parent->first = child;
  else
    parent->last->next = child;
  parent->last = child;
  parent->n++;
}

char *
ek_conf_copy(ek_conf_tree *t, const char *s, size_t len)
{
  char *p = ek_arena_alloc(&t->arena, len + 1);
  if (len)
    memcpy(p, s, len);
  p[len] = 0;
  return p;
}

const ek_node *
ek_node_get(const ek_node *map, const char *key)
{
  if (!map || map->kind != EK_NODE_MAP)
    return NULL;
  for (const ek_node *c = map->first; c; c = c->next)
    if (strcmp(c->key, key) == 0)
      return c;
  return NULL;
}

int
ek_node_null(const ek_node *n)
{
  if (n->kind != EK_NODE_SCALAR || !n->plain || n->problem)
    return 0;
  /* What the environment says is text, unless it says nothing. */
  return !*n->text || (n->raw == n->text && (strcmp(n->text, "null") == 0 || strcmp(n->text, "~") == 0));
}

int
ek_node_check(const ek_node *n, ek_findings *f)
{
  int bad = 0;
  if (n->problem)
    bad = ek_findings_error(f, &n->place, "unset_variable", n->problem_help, "%s", n->problem);
  for (const ek_node *c = n->first; c; c = c->next)
    bad |= ek_node_check(c, f);
  return bad;
}

/* ---- files and paths ---------------------------------------------------------- */

int
ek_file_slurp(const char *path, size_t max, char **data, size_t *len, ek_error *e)
{
  EK_CLOSE int opened = -1;
  ek_text t = { 0 };
  int fd = STDIN_FILENO;
  if (strcmp(path, "-") != 0) {
    fd = opened = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      return ek_fail_errno(e, EK_EXIT_REFUSED, "cannot_read", path, "open it");
  }
  for (;;) {
    ek_text_reserve(&t, 16384);
    ssize_t n = read(fd, t.data + t.len, 16384);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      ek_fail_errno(e, EK_EXIT_REFUSED, "cannot_read", path, "read it");
      break;
    }
    if (n == 0) {
      ek_text_c(&t);
      *data = t.data;
      *len = t.len;
      return 0;
    }
    t.len += (size_t)n;
    if (t.len > max) {
      ek_fail(e, EK_EXIT_REFUSED, "too_large", "more than %zu KiB", max / 1024);
      ek_at(e, path, 0, 0);
      break;
    }
  }
  ek_text_free(&t);
  return -1;
}

char *
ek_path_cwd(void)
{
  char *p = getcwd(NULL, 0);
  return p ? p : ek_mem_strdup(".");       /* the folder was removed under us     */
}

static const char *
home(void)
{
  const char *h = getenv("HOME");
  if (h && *h)
    return h;
  const struct passwd *pw = getpwuid(getuid());
  return pw && pw->pw_dir ? pw->pw_dir : "/";
}

char *
ek_path_resolve(const char *dir, const char *text)
{
  ek_text t = { 0 };
  if (text[0] == '~' && (!text[1] || text[1] == '/')) {
    ek_text_cstr(&t, home());
    text++;
  } else if (text[0] != '/') {
    while (text[0] == '.' && text[1] == '/')
      for (text += 2; *text == '/'; text++)
        ;
    ek_text_cstr(&t, dir);
    if (*text && (!t.len || t.data[t.len - 1] != '/'))
      ek_text_char(&t, '/');
    if (strcmp(text, ".") == 0)
      text++;
  }
  ek_text_cstr(&t, text);
  ek_text_c(&t);
  return t.data;
}

char *
ek_conf_path(const ek_conf_tree *t, const ek_node *n)
{
  EK_FREE char *cwd = NULL;
  if (strcmp(n->text, "-") == 0)
    return ek_mem_strdup("-");
  if (n->from_set)
    cwd = ek_path_cwd();
  return ek_path_resolve(cwd ? cwd : t->dir, n->text);
}

/* ---- a configuration ------------------------------------------------------------ */

const ek_node *
ek_conf_root(const ek_conf_tree *t)
{
  return t->root;
}

const char *
ek_conf_file(const ek_conf_tree *t)
{
  return t->file;
}

const char *
ek_conf_dir(const ek_conf_tree *t)
{
  return t->dir;
}

const char *
ek_conf_sha256(const ek_conf_tree *t)
{
  return t->sha256;
}

void
ek_conf_free(ek_conf_tree *t)
{
  if (!t)
    return;
  ek_arena_free(&t->arena);
  free(t);
}

/* The folder that relative paths start from: the file's as it was named, links
 * and all, since that is where its owner sees it.                           */
static const char *
folder(ek_conf_tree *t, const char *file)
{
  EK_FREE char *cwd = ek_path_cwd();
  EK_FREE char *whole = NULL;
  const char *slash = strrchr(file, '/');
  if (!slash || strcmp(file, "-") == 0)
    return ek_conf_copy(t, cwd, strlen(cwd));
  whole = ek_mem_strndup(file, slash == file ? 1 : (size_t)(slash - file));
  if (*whole == '/')
    return ek_conf_copy(t, whole, strlen(whole));
  ek_text joined = { 0 };
  ek_text_printf(&joined, "%s%s%s", cwd, strcmp(cwd, "/") == 0 ? "" : "/", whole);
  const char *dir = ek_conf_copy(t, joined.data, joined.len);
  ek_text_free(&joined);
  return dir;
}

/* x-* parks anchors: whatever stands there has been used by now. */
static void
drop_parked(ek_node *root)
{
  ek_node *c = root->first;
  root->first = root->last = NULL;
  root->n = 0;
  while (c) {
    ek_node *after = c->next;
    if (strncmp(c->key, "x-", 2) != 0)
      ek_node_append(root, c);
    c = after;
  }
}

static ek_node *
as_root(ek_conf_tree *t, ek_node *n, ek_findings *f)
{
  if (n->kind == EK_NODE_MAP)
    return n;
  if (ek_node_null(n)) {
    ek_node *map = ek_node_new(t, EK_NODE_MAP);
    map->place = n->place;
    return map;
  }
  ek_findings_error(f, &n->place, "bad_type", "it begins with a key, such as   catalog: {items: FILE}",
                    "a configuration is a map of keys, and this is a %s",
                    n->kind == EK_NODE_LIST ? "list" : "single text");
  return NULL;
}

ek_conf_tree *
ek_conf_parse(const char *name, const char *yaml, size_t len, ek_findings *f)
{
  static const char bom[] = "\xef\xbb\xbf";
  ek_conf_tree *t = ek_mem_zero(1, sizeof *t);
  t->file = ek_conf_copy(t, name, strlen(name));
  t->dir = folder(t, name);
  ek_sha256_hex((ek_str){ yaml, len }, t->sha256);
  if (len >= 3 && memcmp(yaml, bom, 3) == 0) {
    yaml += 3;
    len -= 3;
  }
  ek_yaml_text in = { .file = t->file, .data = yaml, .len = len };
  ek_node *n = ek_yaml_read(t, &in, f);
  if (n)
    t->root = as_root(t, n, f);
  if (!t->root) {
    ek_conf_free(t);
    return NULL;
  }
  drop_parked(t->root);
  ek_yaml_expand(t, t->root);
  return t;
}

ek_conf_tree *
ek_conf_load(const char *path, ek_findings *f)
{
  EK_FREE char *data = NULL;
  size_t len = 0;
  ek_error e = { 0 };
  ek_place p = { .file = path };
  if (ek_file_slurp(path, EK_YAML_BYTES + 3, &data, &len, &e)) {
    if (strcmp(e.code, "too_large") == 0)
      ek_findings_error(f, &p, e.code, "long lists belong in data files (aliases, stop lists, rules)",
                        "a configuration is at most 1 MiB");
    else
      ek_findings_error(f, &p, e.code, NULL, "%s", e.message);
    return NULL;
  }
  return ek_conf_parse(path, data, len, f);
}

const ek_node *
ek_conf_at(const ek_conf_tree *t, const char *path)
{
  const ek_node *n = ek_conf_root(t);
  while (n && *path) {
    char name[64];
    size_t len = strcspn(path, ".");
    snprintf(name, sizeof name, "%.*s", (int)len, path);
    n = n->kind == EK_NODE_MAP ? ek_node_get(n, name) : NULL;
    path += len + (path[len] == '.');
  }
  return n;
}
