/* SPDX-License-Identifier: BSD-3-Clause */
#include "config/settings.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/pool.h"
#include "config/check.h"

const char *const ek_kind_names[EK_RECORD_KINDS] = { "items", "interactions", "users" };

/* ---- inputs ---------------------------------------------------------------------- */

static void
add_input(ek_check *c, const ek_node *n, ek_paths *to)
{
  if (!ek_check_scalar(c, n))
    return;
  if (!*n->text)
    ek_check_wrong(c, n, NULL, "it is a path, or \"-\" for standard input");
  else
    to->list[to->n++] = ek_conf_path(c->tree, n);
}

void
ek_make_inputs(ek_check *c, const ek_node *n, enum ek_record_kind kind)
{
  ek_paths *to = &c->s->catalog.inputs[kind];
  size_t i = 0;
  to->node = n;
  to->list = ek_mem_zero(n->kind == EK_NODE_LIST ? n->n : 1, sizeof *to->list);
  if (n->kind == EK_NODE_SCALAR)
    add_input(c, n, to);
  else if (n->kind == EK_NODE_MAP)
    ek_check_wrong(c, n, "format, fields and columns stand beside it, and hold for all files",
                   "it is a path or a list of paths");
  else
    for (const ek_node *e = n->first; e; e = e->next, i++) {
      size_t before = ek_check_enter_element(c, i, NULL);
      add_input(c, e, to);
      ek_check_leave(c, before);
    }
}

/* Standard input ends once, so it can be read once. */
static void
check_standard_input(ek_check *c)
{
  int seen = strcmp(ek_conf_file(c->tree), "-") == 0, last = c->s->catalog.duplicates == EK_DUP_LAST;
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++) {
    const ek_paths *p = &c->s->catalog.inputs[kind];
    for (size_t i = 0; i < p->n; i++) {
      if (strcmp(p->list[i], "-") != 0)
        continue;
      if (seen++)
        ek_check_error(c, &p->node->place, "stdin_twice", "put one of them in a file",
                       "catalog.%s: standard input is taken already, by %s", ek_kind_names[kind],
                       strcmp(ek_conf_file(c->tree), "-") == 0 ? "the configuration" : "another input");
      if (last && kind != EK_INTERACTIONS)
        ek_check_error(c, &p->node->place, "stdin_twice", "write the records to a file, or use duplicates: first",
                       "catalog.%s: standard input cannot be read twice, as 'duplicates: last' needs",
                       ek_kind_names[kind]);
    }
  }
}

/* ---- what several keys say together ------------------------------------------------ */

static char *
default_name(const char *file)
{
  const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
  size_t n = strlen(base), len = 0;
  char name[41];
  if (n > 5 && strcmp(base + n - 5, ".yaml") == 0)
    n -= 5;
  else if (n > 4 && strcmp(base + n - 4, ".yml") == 0)
    n -= 4;
  for (size_t i = 0; i < n && len < sizeof name - 1; i++) {
    char ch = base[i];
    int fit = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_';
    /* A run of what does not fit becomes one hyphen; none leads. */
    if (fit || (len && name[len - 1] != '-'))
      name[len++] = fit ? ch : '-';
  }
  while (len && name[len - 1] == '-')
    len--;
  return len ? ek_mem_strndup(name, len) : ek_mem_strdup("enrichkit");
}

static void
note_sections(ek_check *c)
{
  const ek_node *root = ek_conf_root(c->tree);
  struct { const char *key; int *at; } list[] = {
    { "import", &c->s->sections.import },
    { "train", &c->s->sections.train },
    { "deploy", &c->s->sections.deploy },
    { "arms", &c->s->sections.arms },
  };
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    const ek_node *n = ek_node_get(root, list[i].key);
    *list[i].at = n && ek_check_given(n);
  }
  c->s->sections.import |= c->s->sections.train;
}

/* ---- all of it ------------------------------------------------------------------------ */

ek_settings *
ek_settings_make(const ek_conf_tree *tree, ek_findings *f)
{
  ek_settings *s = ek_mem_zero(1, sizeof *s);
  ek_check c = { .tree = tree, .s = s, .f = f };
  s->tree = tree;
  ek_check_defaults(&c, "", s);
  s->train.engine = -1;
  s->images.rate.adapt = 1;
  s->train.event_value_threshold = -HUGE_VAL;
  s->deploy.exploration_weight = s->deploy.exploration_item_age_cut_off = -HUGE_VAL;
  ek_make_default_rules(&c);
  ek_check_map(&c, ek_conf_root(tree), "", s);
  if (!s->name)
    s->name = default_name(ek_conf_file(tree));
  if (!s->run.threads)
    s->run.threads = ek_pool_processors();
  ek_make_default_steps(&c);
  check_standard_input(&c);
  note_sections(&c);
  ek_settle_network(&c);
  ek_settle_stages(&c);
  ek_text_free(&c.path);
  if (!f->errors)
    return s;
  ek_settings_free(s);
  return NULL;
}

int
ek_settings_need_input(const ek_settings *s, ek_findings *f)
{
  const ek_node *catalog = ek_node_get(ek_conf_root(s->tree), "catalog");
  ek_place p = { .file = ek_conf_file(s->tree) };
  if (s->catalog.inputs[EK_ITEMS].n || s->catalog.inputs[EK_INTERACTIONS].n)
    return 0;
  return ek_findings_error(f, catalog ? &catalog->key_place : &p, "no_input",
                           "write   catalog: {items: FILE}      or  --set catalog.items=FILE",
                           "the configuration names no records: neither catalog.items nor catalog.interactions");
}

static void
free_list(char **list, size_t n)
{
  for (size_t i = 0; i < n; i++)
    free(list[i]);
  free(list);
}

static void
free_kind(ek_settings *s, int kind)
{
  ek_field_rules *rules = &s->catalog.fields[kind];
  free_list(s->catalog.inputs[kind].list, s->catalog.inputs[kind].n);
  for (size_t i = 0; i < rules->n; i++) {
    free(rules->list[i].name);
    free_list(rules->list[i].paths, rules->list[i].n_paths);
  }
  free(rules->list);
  for (size_t i = 0; i < s->catalog.n_columns[kind]; i++) {
    free(s->catalog.columns[kind][i].name);
    free(s->catalog.columns[kind][i].field);
  }
  free(s->catalog.columns[kind]);
}

void
ek_settings_free(ek_settings *s)
{
  if (!s)
    return;
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++)
    free_kind(s, kind);
  ek_free_network(s);
  for (size_t i = 0; i < s->n_steps; i++) {
    free(s->chain[i].plugin);
    free(s->chain[i].name);
  }
  free(s->chain);
  for (size_t i = 0; i < s->clean.n_aliases; i++) {
    free(s->clean.aliases[i].from);
    free(s->clean.aliases[i].to);
  }
  free(s->clean.aliases);
  free_list(s->clean.stop, s->clean.n_stop);
  free_list(s->plugin_path.list, s->plugin_path.n);
  ek_free_stages(s);
  ek_free_cloud(s);
  free(s->name);
  free(s->output.dir);
  free(s->output.label_column);
  free(s);
}
