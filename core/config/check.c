/* SPDX-License-Identifier: BSD-3-Clause */
#include "config/check.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "config/value.h"

/* ---- the path ---------------------------------------------------------------------- */

size_t
ek_check_enter(ek_check *c, const char *key)
{
  size_t before = c->path.len;
  char shown[160];
  ek_show(ek_cstr(key), shown, sizeof shown);
  if (strpbrk(key, ".[]=' "))
    ek_text_printf(&c->path, "['%s']", shown);
  else
    ek_text_printf(&c->path, "%s%s", before ? "." : "", shown);
  return before;
}

size_t
ek_check_enter_element(ek_check *c, size_t i, const char *name)
{
  size_t before = c->path.len;
  if (name)
    ek_text_printf(&c->path, "[%s]", name);
  else
    ek_text_printf(&c->path, "[%zu]", i);
  return before;
}

void
ek_check_leave(ek_check *c, size_t before)
{
  c->path.len = before;
}

/* ---- findings ------------------------------------------------------------------------ */

void
ek_check_error(ek_check *c, const ek_place *p, const char *code, const char *help, const char *fmt, ...)
{
  ek_text t = { 0 };
  va_list ap;
  va_start(ap, fmt);
  ek_text_vprintf(&t, fmt, ap);
  va_end(ap);
  ek_findings_error(c->f, p, code, help, "%s", ek_text_c(&t));
  ek_text_free(&t);
}

static const char *
kind_name(const ek_node *n)
{
  return n->kind == EK_NODE_LIST ? "a list" : n->kind == EK_NODE_MAP ? "a map" : "a single text";
}

/* A number as it stands, a text in quotes; and what it was written as, when that
 * is not what came out of it.                                               */
static void
describe(const ek_node *n, ek_text *t)
{
  char shown[160];
  double number;
  if (n->kind != EK_NODE_SCALAR) {
    ek_text_cstr(t, kind_name(n));
    return;
  }
  const char *quote = ek_value_float(n->text, &number) ? "" : "'";
  ek_text_printf(t, "%s%s%s", quote, ek_show(ek_cstr(n->text), shown, sizeof shown), quote);
  if (n->raw != n->text)
    ek_text_printf(t, " (written %s)", ek_show(ek_cstr(n->raw), shown, sizeof shown));
}

void
ek_check_wrong(ek_check *c, const ek_node *n, const char *help, const char *expected)
{
  ek_text is = { 0 };
  describe(n, &is);
  ek_check_error(c, &n->place, n->kind == EK_NODE_SCALAR ? "bad_value" : "bad_type", help, "'%s' is %s; %s",
                 ek_text_c(&c->path), ek_text_c(&is), expected);
  ek_text_free(&is);
}

int
ek_check_scalar(ek_check *c, const ek_node *n)
{
  if (n->kind != EK_NODE_SCALAR) {
    ek_check_wrong(c, n, NULL, "it takes a single value");
    return 0;
  }
  return ek_node_check(n, c->f) == 0;
}

int
ek_check_kind(ek_check *c, const ek_node *n, enum ek_node_kind kind, const char *expected)
{
  if (n->kind == kind)
    return 1;
  if (n->kind == EK_NODE_SCALAR && ek_node_check(n, c->f))
    return 0;
  ek_check_wrong(c, n, NULL, expected);
  return 0;
}

int
ek_check_given(const ek_node *n)
{
  if (n->kind == EK_NODE_SCALAR)
    return !ek_node_null(n);
  if (n->kind == EK_NODE_LIST || !n->n)
    return 1;
  for (const ek_node *k = n->first; k; k = k->next)
    if (ek_check_given(k))
      return 1;
  return 0;
}

const ek_node *
ek_check_find(const ek_check *c, const char *path)
{
  const ek_node *n = ek_conf_at(c->tree, path);
  return n && !ek_node_null(n) ? n : NULL;
}

char *
ek_check_path(ek_check *c, const ek_node *n)
{
  if (!*n->text)
    ek_check_wrong(c, n, NULL, "it is a path");
  else if (strcmp(n->text, "-") == 0)
    ek_check_wrong(c, n, NULL, "standard input can be read for catalog.items, interactions or users only");
  else
    return ek_conf_path(c->tree, n);
  return NULL;
}

/* ---- unknown keys ---------------------------------------------------------------------- */

/* Options of the plugins that the manual names. Only a hint hangs on it: their own
 * tables are not loaded when keys are checked.                              */
static int
is_known_option(const char *plugin, const char *word)
{
  static const struct { const char *plugin, *options; } known[] = {
    { "category", "|field|separator|take|skip_levels|levels|" },
    { "keywords", "|file|fields|case|" },
    { "rekognition", "|field|max_labels|min_confidence|emit|include|exclude|include_categories|exclude_categories|"
                     "image_properties|source|region|project_version_arn|request|" },
    { "image", "|field|model|top|" },
  };
  const char *id = strrchr(plugin, '/');
  char framed[64];
  if ((size_t)snprintf(framed, sizeof framed, "|%s|", word) >= sizeof framed || strchr(word, '|'))
    return 0;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(known[i].plugin, id ? id + 1 : plugin) == 0)
      return strstr(known[i].options, framed) != NULL;
  return 0;
}

/* The same word elsewhere in the table: "'workers' belongs to a step". */
static void
add_elsewhere(const char *word, int in_step, ek_text *help)
{
  size_t n = strlen(word);
  for (size_t i = 0; i < ek_keys_n && strcmp(word, "*") != 0; i++) {
    const char *path = ek_keys[i].path, *last = strrchr(path, '.');
    size_t top = strcspn(path, ".[");
    if (strncmp(path, word, n) == 0 && top == n && path[n]) {
      ek_text_printf(help, "%s'%s' belongs to the top of the file, without indentation", help->len ? " " : "", word);
      return;
    }
    if (!last || strcmp(last + 1, word) != 0)
      continue;
    const char *gap = help->len ? " " : "";
    if (strncmp(path, "chain[].", 8) == 0 && last == path + 7)
      ek_text_printf(help, "%s'%s' belongs to a step", gap, word);
    else if (in_step && help->len)
      ek_text_printf(help, "%s(%s %s.)", gap, path, ek_keys[i].help);
    else
      ek_text_printf(help, "%s'%s' belongs under '%.*s' (%s %s)", gap, word, (int)(last - path), path, path,
                     ek_keys[i].help);
    return;
  }
}

void
ek_check_unknown(ek_check *c, const ek_node *child, const char *pattern, const ek_step_settings *step)
{
  static const char *const open[] = { "train.solution_config.algorithm_hyper_parameters",
                                      "train.solution_config.feature_transformation_parameters" };
  /* The service's own parameters: it knows them, and its recipes change. */
  for (size_t i = 0; i < sizeof open / sizeof *open; i++)
    if (strcmp(pattern, open[i]) == 0 && ek_check_cloud(c))
      return;
  char **names = ek_keys_below(pattern);
  const char *near = ek_did_you_mean(child->key, (const char *const *)names);
  const char *name = step ? (step->name ? step->name : step->plugin) : NULL;
  char shown[160], other[160];
  ek_text where = { 0 }, help = { 0 };
  ek_show(ek_cstr(child->key), shown, sizeof shown);
  if (near)
    ek_text_printf(&help, "did you mean '%s'?", near);
  else if (step && step->plugin && is_known_option(step->plugin, child->key))
    ek_text_printf(&help, "'%s' is an option of the plugin: put it under 'options:'.", shown);
  else if (step)
    ek_text_printf(&help, "if '%s' is an option of the plugin, put it under 'options:'.", shown);
  add_elsewhere(child->key, step != NULL, &help);
  if (step && (near || !name))
    ek_text_cstr(&where, " in a step");
  else if (step)
    ek_text_printf(&where, " in step '%s'", ek_show(ek_cstr(name), other, sizeof other));
  else if (c->path.len)
    ek_text_printf(&where, " in '%s'", ek_text_c(&c->path));
  ek_check_error(c, &child->key_place, "unknown_key", help.len ? ek_text_c(&help) : NULL, "unknown key '%s'%s", shown,
                 ek_text_c(&where));
  ek_text_free(&where);
  ek_text_free(&help);
  ek_keys_names_free(names);
}

/* ---- the walk ------------------------------------------------------------------------------- */

static void
refuse_part(ek_check *c, const ek_node *n, enum ek_part part)
{
  if (!ek_check_given(n))
    return;
  ek_check_error(c, n->key ? &n->key_place : &n->place, "not_in_this_build", NULL,
                 "'%s' comes with the %s stage, which this build lacks", ek_text_c(&c->path), ek_part_names[part]);
}

static void
check_clean(ek_check *c, const ek_node *n, void *base)
{
  ek_clean_settings *k = &c->s->clean;
  if (n->kind == EK_NODE_MAP) {
    ek_check_map(c, n, "clean", base);
    return;
  }
  if (n->kind == EK_NODE_SCALAR && ek_node_check(n, c->f))
    return;
  if (n->kind == EK_NODE_SCALAR && strcmp(n->text, "none") == 0)
    *k = (ek_clean_settings){ .bar = EK_BAR_KEEP };
  else
    ek_check_wrong(c, n, NULL, "it is a map of cleaning steps, or none");
}

static void
check_paths(ek_check *c, const ek_node *n)
{
  size_t i = 0;
  if (!ek_check_kind(c, n, EK_NODE_LIST, "it is a list of folders"))
    return;
  c->s->plugin_path.list = ek_mem_zero(n->n, sizeof *c->s->plugin_path.list);
  for (const ek_node *e = n->first; e; e = e->next, i++) {
    size_t before = ek_check_enter_element(c, i, NULL);
    char *path = ek_check_scalar(c, e) ? ek_check_path(c, e) : NULL;
    if (path)
      c->s->plugin_path.list[c->s->plugin_path.n++] = path;
    ek_check_leave(c, before);
  }
}

static void
check_options(ek_check *c, const ek_node *n, ek_step_settings *step)
{
  if (ek_check_kind(c, n, EK_NODE_MAP, "it is a map of the plugin's options") && ek_node_check(n, c->f) == 0)
    step->options = n;
}

static void
check_row(ek_check *c, const ek_key *k, const ek_node *n, void *base)
{
  switch (k->type) {
  case EK_KEY_INPUTS:
    for (int kind = 0; kind < EK_RECORD_KINDS; kind++)
      if (strcmp(k->path + strlen("catalog."), ek_kind_names[kind]) == 0)
        ek_make_inputs(c, n, (enum ek_record_kind)kind);
    break;
  case EK_KEY_OPTIONS: check_options(c, n, base); break;
  case EK_KEY_CLEAN: check_clean(c, n, base); break;
  case EK_KEY_ALIASES: ek_make_aliases(c, n); break;
  case EK_KEY_STOP: ek_make_stop(c, n); break;
  case EK_KEY_PATHS: check_paths(c, n); break;
  case EK_KEY_ALLOW: ek_make_allow(c, n); break;
  case EK_KEY_TEXTS: ek_make_values(c, n, base); break;
  case EK_KEY_STEPS: ek_make_arm_steps(c, n, base); break;
  case EK_KEY_DIAL: ek_make_dial(c, k, n); break;
  case EK_KEY_DATASET_COLUMNS: ek_make_dataset_columns(c, n); break;
  default:
    if (ek_check_scalar(c, n))
      ek_check_store(c, k, n, base);
  }
}

/* Maps and lists whose entries the user names or counts. 1: it was one. */
static int
check_group(ek_check *c, const ek_node *n, const char *pattern, void *base)
{
  static const char fields[] = "catalog.fields.", columns[] = "catalog.columns.";
  static const char ranges[] = "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.";
  if (strcmp(pattern, "chain") == 0) {
    ek_make_steps(c, n);
    return 1;
  }
  if (strcmp(pattern, "rates") == 0) {
    ek_make_rates(c, n);
    return 1;
  }
  if (strcmp(pattern, "chain[].prices") == 0) {
    ek_make_prices(c, n, base);
    return 1;
  }
  if (strcmp(pattern, "import.tags") == 0) {
    ek_make_tags(c, n);
    return 1;
  }
  if (strcmp(pattern, "arms") == 0)          /* when the chain is known: ek_settle_stages */
    return 1;
  if (strcmp(pattern, "train.solution_config.events_config") == 0) {
    ek_make_events(c, n);
    return 1;
  }
  for (int kind = 0; kind < EK_RANGE_KINDS; kind++)
    if (strncmp(pattern, ranges, sizeof ranges - 1) == 0 && strcmp(pattern + sizeof ranges - 1, ek_range_names[kind]) == 0) {
      ek_make_ranges(c, n, (enum ek_range_kind)kind);
      return 1;
    }
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++) {
    if (strncmp(pattern, fields, sizeof fields - 1) == 0 && strcmp(pattern + sizeof fields - 1, ek_kind_names[kind]) == 0) {
      ek_make_rules(c, n, (enum ek_record_kind)kind);
      return 1;
    }
    if (strncmp(pattern, columns, sizeof columns - 1) == 0 && strcmp(pattern + sizeof columns - 1, ek_kind_names[kind]) == 0) {
      ek_make_columns(c, n, (enum ek_record_kind)kind);
      return 1;
    }
  }
  return 0;
}

void
ek_check_value(ek_check *c, const ek_node *n, const char *pattern, void *base)
{
  enum ek_part part = ek_keys_part(pattern);
  const ek_key *k = ek_keys_find(pattern);
  if (part != EK_PART_FIRST)
    refuse_part(c, n, part);
  else if (ek_node_null(n) || check_group(c, n, pattern, base))
    return;
  else if (k)
    check_row(c, k, n, base);
  else if (ek_check_kind(c, n, EK_NODE_MAP, "it is a map of keys"))
    ek_check_map(c, n, pattern, base);
}

void
ek_check_map(ek_check *c, const ek_node *map, const char *pattern, void *base)
{
  int in_step = strcmp(pattern, "chain[]") == 0;
  for (const ek_node *n = map->first; n; n = n->next) {
    char below[160];
    int len = snprintf(below, sizeof below, "%s%s%s", pattern, *pattern ? "." : "", n->key);
    /* A key with a dot in it must not be taken for two keys. */
    if (len < 0 || (size_t)len >= sizeof below || strpbrk(n->key, ".[]*") || !ek_keys_known(below)) {
      ek_check_unknown(c, n, pattern, in_step ? base : NULL);
      continue;
    }
    size_t before = ek_check_enter(c, n->key);
    ek_check_value(c, n, below, base);
    ek_check_leave(c, before);
  }
}

void
ek_check_defaults(ek_check *c, const char *prefix, void *base)
{
  size_t n = strlen(prefix);
  for (size_t i = 0; i < ek_keys_n; i++) {
    const ek_key *k = &ek_keys[i];
    if (!k->def || k->type == EK_KEY_RULE || strncmp(k->path, prefix, n) != 0 || strpbrk(k->path + n, "[*") ||
        (!k->at && k->type != EK_KEY_REJECTS && k->type != EK_KEY_WHEN))
      continue;
    ek_node text = { .kind = EK_NODE_SCALAR, .text = k->def, .raw = k->def, .from_set = 1 };
    ek_check_store(c, k, &text, base);
  }
}
