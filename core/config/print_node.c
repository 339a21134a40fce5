/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines, and values that are printed as they were written.                   */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "config/emit.h"
#include "config/print.h"
#include "config/yaml.h"

void
ek_print_begin(ek_printer *p, int indent, const char *key)
{
  if (p->dash)
    ek_text_printf(p->out, "%*s- ", indent - 2, "");
  else
    ek_text_printf(p->out, "%*s", indent, "");
  p->dash = 0;
  ek_emit_key(p->out, key);
  ek_text_char(p->out, ':');
}

void
ek_print_end(ek_printer *p)
{
  ek_text_char(p->out, '\n');
}

void
ek_print_node(ek_printer *p, const ek_node *n, int absolute)
{
  if (n->kind != EK_NODE_SCALAR) {
    ek_text_char(p->out, n->kind == EK_NODE_MAP ? '{' : '[');
    for (const ek_node *c = n->first; c; c = c->next) {
      ek_text_cstr(p->out, c == n->first ? "" : ", ");
      if (n->kind == EK_NODE_MAP) {
        ek_emit_key(p->out, c->key);
        ek_text_cstr(p->out, ": ");
      }
      ek_print_node(p, c, absolute);
    }
    ek_text_char(p->out, n->kind == EK_NODE_MAP ? '}' : ']');
  } else if (ek_node_null(n))
    ek_text_cstr(p->out, "null");
  else if (absolute) {
    char *path = ek_conf_path(p->s->tree, n);
    ek_emit_text(p->out, path);
    free(path);
  } else if (n->plain && n->raw == n->text && ek_emit_safe(n->text))
    ek_text_cstr(p->out, n->text);         /* 5 and true stay what they look like   */
  else
    ek_emit_text(p->out, n->text);
}

/* Length of a reference at s that has no default: ${NAME}, ${NAME:-}, ${file:PATH}; else 0. */
static size_t
reference(const char *s)
{
  const char *close = s[0] == '$' && s[1] == '{' ? strchr(s, '}') : NULL, *fallback = close ? strstr(s, ":-") : NULL;
  return close && !(fallback && fallback < close && fallback + 2 < close) ? (size_t)(close + 1 - s) : 0;
}

void
ek_print_as_written(ek_printer *p, const char *raw)
{
  static const char file[] = "${file:";
  ek_text t = { 0 };
  while (*raw) {
    size_t n = reference(raw);
    if (n && strncmp(raw, file, sizeof file - 1) == 0) {
      char *name = ek_mem_strndup(raw + sizeof file - 1, n - sizeof file);
      char *path = ek_path_resolve(ek_conf_dir(p->s->tree), name);
      ek_text_printf(&t, "%s%s}", file, path);
      free(path);
      free(name);
    } else
      ek_text_add(&t, raw, n ? n : 1);
    raw += n ? n : 1;
  }
  ek_emit_quoted(p->out, ek_text_c(&t), "$");
  ek_text_free(&t);
}

void
ek_print_secret(ek_printer *p, const ek_node *n)
{
  if (n->kind == EK_NODE_SCALAR && n->indirect && n->raw && reference(n->raw) == strlen(n->raw))
    ek_print_as_written(p, n->raw);
  else
    ek_text_cstr(p->out, "\"***\"");
}
