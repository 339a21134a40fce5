/* SPDX-License-Identifier: BSD-3-Clause */
/* ${NAME}, ${NAME:-default}, ${file:PATH} and $$ (configuration.md 1.6).
 *
 * A dollar that begins none of these is a dollar. Nothing nests. An expanded
 * text is never read again, so no value can smuggle in another expansion.   */
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/utf8.h"
#include "config/yaml.h"

typedef struct expansion {
  ek_conf_tree *tree;
  ek_node *node;
  ek_text out;
} expansion;

__attribute__((format(printf, 3, 4))) static int
problem(expansion *x, const char *help, const char *fmt, ...)
{
  ek_text t = { 0 };
  va_list ap;
  va_start(ap, fmt);
  ek_text_vprintf(&t, fmt, ap);
  va_end(ap);
  x->node->problem = ek_conf_copy(x->tree, ek_text_c(&t), t.len);
  x->node->problem_help = help ? ek_conf_copy(x->tree, help, strlen(help)) : NULL;
  ek_text_free(&t);
  return -1;
}

static int
add(expansion *x, const char *s, size_t len)
{
  x->tree->expanded += len;
  if (x->tree->expanded > EK_EXPANDED_BYTES)
    return problem(x, NULL, "${} brings in more than 16 MiB of text");
  ek_text_add(&x->out, s, len);
  return 0;
}

/* What comes from outside must be fit to travel as text. */
static int
add_foreign(expansion *x, const char *what, const char *s, size_t len)
{
  if (memchr(s, 0, len) || !ek_utf8_valid((ek_str){ s, len }))
    return problem(x, NULL, "%s is not UTF-8 text", what);
  x->node->indirect = 1;
  return add(x, s, len);
}

static size_t
name_length(const char *s)
{
  static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
  return *s && strchr(first, *s) ? strspn(s, more) : 0;
}

static int
from_file(expansion *x, const char *s, size_t len)
{
  EK_FREE char *name = ek_mem_strndup(s, len);
  EK_FREE char *path = NULL;
  EK_FREE char *data = NULL;
  size_t n = 0;
  ek_error e = { 0 };
  char shown[256];
  if (!*name)
    return problem(x, "write ${file:/run/secrets/token}", "${file:} names no file");
  path = ek_path_resolve(x->tree->dir, name);
  if (ek_file_slurp(path, EK_YAML_BYTES, &data, &n, &e))
    return problem(x, e.help[0] ? e.help : NULL, "${file:%s}: %s", ek_show(ek_cstr(name), shown, sizeof shown),
                   e.message);
  if (n && data[n - 1] == '\n')
    n -= n > 1 && data[n - 2] == '\r' ? 2 : 1;
  return add_foreign(x, "the file's text", data, n);
}

static int
from_default(expansion *x, const char *s, size_t len)
{
  for (size_t i = 0; i < len; i++) {
    if (s[i] == '$' && i + 1 < len && s[i + 1] == '{')
      return problem(x, NULL, "a default inside ${} cannot hold another ${}");
    if (s[i] == '$' && i + 1 < len && s[i + 1] == '$')
      i++;
    if (add(x, s + i, 1))
      return -1;
  }
  return 0;
}

static int
from_variable(expansion *x, const char *s, size_t len)
{
  char name[200], what[256], help[512];
  size_t n = name_length(s);
  int fallback = n && n + 1 < len && s[n] == ':' && s[n + 1] == '-';
  if (!n || n >= sizeof name || (n != len && !fallback)) {
    char shown[160];
    return problem(x, "write ${NAME}, ${NAME:-default} or ${file:PATH}; $$ is a dollar",
                   "cannot read '${%s}'", ek_show((ek_str){ s, len }, shown, sizeof shown));
  }
  memcpy(name, s, n);
  name[n] = 0;
  const char *value = getenv(name);
  if (value && (*value || !fallback)) {
    snprintf(what, sizeof what, "environment variable %s", name);
    return add_foreign(x, what, value, strlen(value));
  }
  if (fallback)
    return from_default(x, s + n + 2, len - n - 2);
  snprintf(help, sizeof help, "export %s=..., or give a default: ${%s:-name}", name, name);
  return problem(x, help, "environment variable %s is not set", name);
}

static int
reference(expansion *x, const char *s, size_t len)
{
  if (len >= 5 && memcmp(s, "file:", 5) == 0)
    return from_file(x, s + 5, len - 5);
  return from_variable(x, s, len);
}

static int
run(expansion *x, const char *s)
{
  while (*s) {
    const char *dollar = strchr(s, '$');
    if (!dollar)
      return add(x, s, strlen(s));
    if (add(x, s, (size_t)(dollar - s)))
      return -1;
    s = dollar + 1;
    if (*s == '{') {
      const char *end = strchr(s, '}');
      if (!end)
        return problem(x, "close it, or write $$ for a dollar", "'${' has no '}'");
      if (reference(x, s + 1, (size_t)(end - s - 1)))
        return -1;
      s = end + 1;
    } else {
      if (add(x, "$", 1))
        return -1;
      s += *s == '$';
    }
  }
  return 0;
}

void
ek_yaml_expand(ek_conf_tree *tree, ek_node *n)
{
  for (ek_node *c = n->first; c; c = c->next)
    ek_yaml_expand(tree, c);
  if (n->kind != EK_NODE_SCALAR || !strchr(n->text, '$'))
    return;
  expansion x = { .tree = tree, .node = n };
  n->raw = n->text;
  if (run(&x, n->raw))
    n->text = "";
  else
    n->text = ek_conf_copy(tree, ek_text_c(&x.out), x.out.len);
  ek_text_free(&x.out);
}
