/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog.fields and catalog.columns. The form of a path into a record is judged
 * by who reads it, catalog/path.                                            */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "config/check.h"

static ek_field_rule *
add_rule(ek_field_rules *rules, const char *name)
{
  rules->list = ek_mem_resize(rules->list, (rules->n + 1) * sizeof *rules->list);
  ek_field_rule *r = &rules->list[rules->n++];
  *r = (ek_field_rule){ .name = ek_mem_strdup(name) };
  return r;
}

void
ek_make_default_rules(ek_check *c)
{
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++) {
    char prefix[64];
    int n = snprintf(prefix, sizeof prefix, "catalog.fields.%s.", ek_kind_names[kind]);
    for (size_t i = 0; i < ek_keys_n; i++) {
      const ek_key *k = &ek_keys[i];
      if (k->type != EK_KEY_RULE || !k->def || strncmp(k->path, prefix, (size_t)n) != 0)
        continue;
      ek_field_rule *r = add_rule(&c->s->catalog.fields[kind], k->path + n);
      for (unsigned p = 0;; p++) {
        ek_str path = ek_keys_choice(k->def, p);
        if (!path.len)
          break;
        r->paths = ek_mem_resize(r->paths, (r->n_paths + 1) * sizeof *r->paths);
        r->paths[r->n_paths++] = ek_mem_strndup(path.ptr, path.len);
      }
    }
  }
}

/* The rule that a user's key is about: a known one, emptied, or a new one. */
static ek_field_rule *
rule_for(ek_check *c, const ek_node *n, ek_field_rules *rules, size_t n_known)
{
  const char *known[32] = { 0 };
  char help[120];
  for (size_t i = 0; i < rules->n; i++) {
    ek_field_rule *r = &rules->list[i];
    if (i < n_known && i + 1 < sizeof known / sizeof *known)
      known[i] = r->name;
    if (strcmp(r->name, n->key) != 0)
      continue;
    for (size_t p = 0; p < r->n_paths; p++)
      free(r->paths[p]);
    free(r->paths);
    r->paths = NULL;
    r->n_paths = 0;
    return r;
  }
  const char *near = ek_did_you_mean(n->key, known);
  if (near) {
    char shown[160];
    snprintf(help, sizeof help, "did you mean '%s'?", near);
    ek_findings_warn(c->f, &n->key_place, "new_field", help, "'%s' is a new name for a field",
                     ek_show(ek_cstr(n->key), shown, sizeof shown));
  }
  return add_rule(rules, n->key);
}

static void
add_path(ek_check *c, const ek_node *n, ek_field_rule *r)
{
  if (!ek_check_scalar(c, n))
    return;
  if (!*n->text)
    ek_check_wrong(c, n, NULL, "it is a path into the record, such as a.b or images[].large, or \"=text\"");
  else
    r->paths[r->n_paths++] = ek_mem_strdup(n->text);
}

static void
make_rule(ek_check *c, const ek_node *n, ek_field_rules *rules, size_t n_known)
{
  size_t i = 0;
  if (n->kind == EK_NODE_MAP || (n->kind == EK_NODE_LIST && !n->n)) {
    ek_check_wrong(c, n, NULL, n->n ? "it is a path or a list of paths" : "it needs at least one path");
    return;
  }
  ek_field_rule *r = rule_for(c, n, rules, n_known);
  r->place = n->key_place;
  r->paths = ek_mem_zero(n->kind == EK_NODE_LIST ? n->n : 1, sizeof *r->paths);
  if (n->kind == EK_NODE_SCALAR)
    add_path(c, n, r);
  else
    for (const ek_node *e = n->first; e; e = e->next, i++) {
      size_t before = ek_check_enter_element(c, i, NULL);
      add_path(c, e, r);
      ek_check_leave(c, before);
    }
}

void
ek_make_rules(ek_check *c, const ek_node *map, enum ek_record_kind kind)
{
  ek_field_rules *rules = &c->s->catalog.fields[kind];
  size_t n_known = rules->n;
  if (!ek_check_kind(c, map, EK_NODE_MAP, "it is a map of field: path"))
    return;
  for (const ek_node *n = map->first; n; n = n->next) {
    if (ek_node_null(n))                   /* keeps the default                   */
      continue;
    size_t before = ek_check_enter(c, n->key);
    make_rule(c, n, rules, n_known);
    ek_check_leave(c, before);
  }
}

/* ---- columns ----------------------------------------------------------------------- */

static void
check_column(ek_check *c, const ek_node *n, const ek_column *col, enum ek_record_kind kind)
{
  const char *missing = !col->name ? "name" : !col->field ? "field" : NULL;
  if (missing)
    ek_check_error(c, &n->place, "missing_key", "write {name: PRICE, field: price, type: float}",
                   "a column of catalog.columns.%s has no '%s'", ek_kind_names[kind], missing);
  if ((col->categorical || col->textual) && col->type != EK_COL_STRING)
    ek_check_error(c, &n->place, "bad_column", "leave it out, or make the column a string",
                   "column '%s': only strings can be %s", col->name ? col->name : "?",
                   col->categorical ? "categorical" : "textual");
  if (col->textual && kind != EK_ITEMS)
    ek_check_error(c, &n->place, "bad_column", "leave it out", "column '%s': only columns of items can be textual",
                   col->name ? col->name : "?");
}

void
ek_make_columns(ek_check *c, const ek_node *list, enum ek_record_kind kind)
{
  char pattern[64], prefix[80];
  size_t i = 0;
  if (!ek_check_kind(c, list, EK_NODE_LIST, "it is a list of columns"))
    return;
  snprintf(pattern, sizeof pattern, "catalog.columns.%s[]", ek_kind_names[kind]);
  snprintf(prefix, sizeof prefix, "%s.", pattern);
  ek_column *columns = ek_mem_zero(list->n, sizeof *columns);
  c->s->catalog.columns[kind] = columns;
  for (const ek_node *n = list->first; n; n = n->next, i++) {
    size_t before = ek_check_enter_element(c, i, NULL);
    size_t errors = c->f->errors;
    if (ek_check_kind(c, n, EK_NODE_MAP, "a column is a map: {name: PRICE, field: price, type: float}")) {
      ek_column *col = &columns[c->s->catalog.n_columns[kind]++];
      col->place = n->place;
      ek_check_defaults(c, prefix, col);
      ek_check_map(c, n, pattern, col);
      if (c->f->errors == errors)
        check_column(c, n, col, kind);
    }
    ek_check_leave(c, before);
  }
}
