/* SPDX-License-Identifier: BSD-3-Clause */
#include "plugin/options.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/text.h"
#include "base/utf8.h"
#include "config/value.h"
#include "plugin/internal.h"

#define MOST_LIST 10000u         /* the tree holds no more nodes               */

struct ek_config {
  const ek_enricher *enricher;
  ek_opt_value *values;          /* by option                                  */
  ek_arena arena;                /* all texts, each ending in NUL              */
};

/* ---- types ------------------------------------------------------------------ */

const char *
ek_option_type_name(uint32_t type)
{
  switch (type) {
  case EK_OPT_STRING: return "text";
  case EK_OPT_INT: return "int";
  case EK_OPT_FLOAT: return "float";
  case EK_OPT_BOOL: return "bool";
  case EK_OPT_DURATION: return "duration";
  case EK_OPT_SIZE: return "size";
  case EK_OPT_ENUM: return "choice";
  case EK_OPT_LIST: return "list";
  case EK_OPT_PATH: return "path";
  case EK_OPT_FIELD: return "field";
  case EK_OPT_FIELDS: return "fields";
  default: return NULL;
  }
}

static const char *
type_in_words(const ek_option *o)
{
  switch (o->type) {
  case EK_OPT_INT: return "a whole number";
  case EK_OPT_FLOAT: return "a number";
  case EK_OPT_BOOL: return "true or false";
  case EK_OPT_DURATION: return "a duration such as 250ms, 30s, 5m, 2h, 7d";
  case EK_OPT_SIZE: return "a size such as 512, 64K, 15M, 10G";
  case EK_OPT_LIST: return "a list of texts";
  case EK_OPT_FIELDS: return "a list of fields";
  case EK_OPT_FIELD: return "the name of a field";
  case EK_OPT_PATH: return "a path";
  default: return "a text";
  }
}

int
ek_option_is_list(const ek_option *o)
{
  return o->type == EK_OPT_LIST || o->type == EK_OPT_FIELDS;
}

static int
read_integer(uint32_t type, const char *text, int64_t *out)
{
  int flag;
  switch (type) {
  case EK_OPT_INT: return ek_value_int(text, out);
  case EK_OPT_DURATION: return ek_value_duration(text, out);
  case EK_OPT_SIZE: return ek_value_size(text, out);
  default:
    if (!ek_value_bool(text, &flag))
      return 0;
    *out = flag;
    return 1;
  }
}

enum ek_opt_verdict
ek_option_scalar(const ek_option *o, const char *text, ek_opt_value *out)
{
  int64_t bound;
  double edge;
  switch (o->type) {
  case EK_OPT_INT: case EK_OPT_DURATION: case EK_OPT_SIZE: case EK_OPT_BOOL:
    if (!read_integer(o->type, text, &out->integer))
      return EK_VALUE_TYPE;
    if (o->type == EK_OPT_BOOL)
      return EK_VALUE_OK;
    if ((o->min && read_integer(o->type, o->min, &bound) && out->integer < bound) ||
        (o->max && read_integer(o->type, o->max, &bound) && out->integer > bound))
      return EK_VALUE_RANGE;
    return EK_VALUE_OK;
  case EK_OPT_FLOAT:
    if (!ek_value_float(text, &out->number))
      return EK_VALUE_TYPE;
    if ((o->min && ek_value_float(o->min, &edge) && out->number < edge) ||
        (o->max && ek_value_float(o->max, &edge) && out->number > edge))
      return EK_VALUE_RANGE;
    return EK_VALUE_OK;
  case EK_OPT_ENUM:
    for (size_t i = 0; o->choices[i]; i++)
      if (strcmp(o->choices[i], text) == 0)
        return EK_VALUE_OK;
    return EK_VALUE_CHOICE;
  default:
    return EK_VALUE_OK;
  }
}

/* One value of a default list: up to a comma, in quotes or bare. NULL: not readable. */
static const char *
list_value(const char *p, ek_str *out)
{
  p += strspn(p, " \t");
  if (*p == '"' || *p == '\'') {
    const char *end = strchr(p + 1, *p);
    if (!end)
      return NULL;
    *out = (ek_str){ p + 1, (size_t)(end - p - 1) };
    return end + 1 + strspn(end + 1, " \t");
  }
  size_t n = strcspn(p, ",]");
  const char *next = p + n;
  while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
    n--;
  *out = (ek_str){ p, n };
  return next;
}

int
ek_option_list(const char *text, ek_arena *arena, ek_opt_value *out)
{
  size_t most = 1, n = 0;
  for (const char *p = text; *p; p++)
    most += *p == ',';
  if (most > MOST_LIST)
    return -1;
  text += strspn(text, " \t");
  int open = *text == '[';
  ek_str *list = ek_arena_alloc(arena, most * sizeof *list), value;
  const char *p = text + open;
  p += strspn(p, " \t");
  while (*p && *p != ']') {
    p = list_value(p, &value);
    if (!p || !value.len || (*p && *p != ',' && *p != ']'))
      return -1;
    list[n++] = ek_arena_copy(arena, value);
    if (*p == ',')
      p += 1 + strspn(p + 1, " \t");
  }
  if (open != (*p == ']') || (open && p[1]))
    return -1;
  out->list = list;
  out->n = n;
  return 0;
}

int
ek_options_secret(const ek_enricher *en, const char *name)
{
  for (uint32_t i = 0; i < en->n_options; i++)
    if (strcmp(en->options[i].name, name) == 0)
      return (en->options[i].flags & EK_OPT_SECRET) != 0;
  return 0;
}

/* ---- from the tree -------------------------------------------------------------- */

typedef struct ek_maker {        /* what the functions below share             */
  const ek_enricher *enricher;
  const ek_conf_tree *tree;
  ek_config *config;
  ek_findings *f;
  size_t errors;
} ek_maker;

/* "for its range, choices, or what the plugin says of it"; NULL: nothing to add. */
static const char *
range_in_words(const ek_option *o, ek_text *t)
{
  if (o->min && o->max)
    ek_text_printf(t, "it goes from %s to %s", o->min, o->max);
  else
    ek_text_printf(t, o->min ? "it is at least %s" : "it is at most %s", o->min ? o->min : o->max);
  /* The unit stands in the help: "Least confidence (per cent)." */
  const char *open = o->help ? strchr(o->help, '(') : NULL, *shut = open ? strchr(open, ')') : NULL;
  if (shut && shut - open < 20)
    ek_text_printf(t, " %.*s", (int)(shut - open) + 1, open);
  return ek_text_c(t);
}

static void
choices_in_words(const ek_option *o, ek_text *t)
{
  for (size_t i = 0; o->choices[i]; i++)
    ek_text_printf(t, "%s%s", i == 0 ? "" : o->choices[i + 1] ? ", " : " or ", o->choices[i]);
}

static void
wrong_value(ek_maker *m, const ek_option *o, const ek_node *node, enum ek_opt_verdict why)
{
  char shown[400];
  ek_text words = { 0 }, help = { 0 };
  const char *value = o->flags & EK_OPT_SECRET ? "***" : ek_show(ek_cstr(node->text), shown, sizeof shown);
  const char *near = NULL;
  if (o->help)
    ek_text_printf(&help, "%s: %s", o->name, o->help);
  if (why == EK_VALUE_RANGE)
    range_in_words(o, &words);
  else if (why == EK_VALUE_CHOICE) {
    ek_text_cstr(&words, "it is one of ");
    choices_in_words(o, &words);
    near = ek_did_you_mean(node->text, o->choices);
  } else
    ek_text_printf(&words, "it must be %s", type_in_words(o));
  if (near) {
    ek_text_clear(&help);
    ek_text_printf(&help, "did you mean '%s'?", near);
  }
  static const char *const codes[] = { "", "wrong_type", "out_of_range", "not_a_choice" };
  const char *quote = why == EK_VALUE_RANGE ? "" : "'";
  ek_findings_error(m->f, &node->place, codes[why], help.len ? ek_text_c(&help) : NULL,
                    "option '%s' of %s is %s%s%s; %s", o->name, m->enricher->id, quote, value, quote,
                    ek_text_c(&words));
  m->errors++;
  ek_text_free(&words);
  ek_text_free(&help);
}

static void
wrong_shape(ek_maker *m, const ek_option *o, const ek_node *node)
{
  static const char *const shapes[] = { "a single value", "a map", "a list" };
  char help[200];
  snprintf(help, sizeof help, "write %s: [one, two]", o->name);
  ek_findings_error(m->f, &node->place, "wrong_type", ek_option_is_list(o) ? help : o->help,
                    "option '%s' of %s is %s; it must be %s", o->name,
                    m->enricher->id, shapes[node->kind], type_in_words(o));
  m->errors++;
}

static int
check_secret(ek_maker *m, const ek_option *o, const ek_node *node)
{
  const char *fallback = node->raw ? strstr(node->raw, ":-") : NULL;
  if (!(o->flags & EK_OPT_SECRET) || (node->indirect && !(fallback && fallback[2] != '}')))
    return 0;
  ek_text help = { 0 };
  ek_text_cstr(&help, "write ${");
  for (const char *p = m->enricher->id; *p; p++)
    ek_text_char(&help, *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p == '-' ? '_' : *p);
  ek_text_char(&help, '_');
  for (const char *p = o->name; *p; p++)
    ek_text_char(&help, *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p);
  ek_text_printf(&help, "} or ${file:/run/secrets/%s}, and change the %s: it is on disk now", o->name, o->name);
  ek_findings_secret(m->f, &node->place, "secret_in_clear", ek_text_c(&help),
                     "'%s' is a secret and stands here in clear text", o->name);
  m->errors++;
  ek_text_free(&help);
  return -1;
}

static int
check_text(ek_maker *m, const ek_option *o, const ek_node *node)
{
  if (!ek_utf8_valid(ek_cstr(node->text))) {
    ek_findings_error(m->f, &node->place, "bad_text", NULL, "option '%s' of %s is not valid UTF-8", o->name,
                      m->enricher->id);
    m->errors++;
    return -1;
  }
  if (!node->text[0] && (o->type == EK_OPT_FIELD || o->type == EK_OPT_FIELDS || o->type == EK_OPT_PATH)) {
    ek_findings_error(m->f, &node->place, "wrong_type", o->help, "option '%s' of %s is empty; it must be %s", o->name,
                      m->enricher->id,
                      type_in_words(o));
    m->errors++;
    return -1;
  }
  return 0;
}

/* Absolute, and there: a plugin that could not open it would know neither line nor column. */
static void
take_path(ek_maker *m, const ek_option *o, const ek_node *node, ek_opt_value *v)
{
  char shown[400], *path = ek_conf_path(m->tree, node);
  if (access(path, R_OK) < 0) {
    const char *why = errno == ENOENT ? "no such file or folder" : strerrordesc_np(errno);
    char help[600], full[400];
    snprintf(help, sizeof help, "looked for %s. Relative paths are relative to the folder of the configuration file",
             ek_escape(path, full, sizeof full));
    ek_findings_error(m->f, &node->place, "no_file", help, "option '%s' of %s: %s: %s", o->name, m->enricher->id,
                      ek_show(ek_cstr(node->text), shown, sizeof shown), why ? why : "cannot be read");
    m->errors++;
  }
  v->text = ek_arena_copy(&m->config->arena, ek_cstr(path));
  v->set = 1;
  free(path);
}

static void
take_scalar(ek_maker *m, const ek_option *o, const ek_node *node, ek_opt_value *v)
{
  if (node->kind != EK_NODE_SCALAR) {
    wrong_shape(m, o, node);
    return;
  }
  if (check_secret(m, o, node) < 0 || check_text(m, o, node) < 0)
    return;
  enum ek_opt_verdict verdict = ek_option_scalar(o, node->text, v);
  if (verdict != EK_VALUE_OK)
    wrong_value(m, o, node, verdict);
  else if (o->type == EK_OPT_PATH)
    take_path(m, o, node, v);
  else {
    v->text = ek_arena_copy(&m->config->arena, ek_cstr(node->text));
    v->set = 1;
  }
}

static void
take_list(ek_maker *m, const ek_option *o, const ek_node *node, ek_opt_value *v)
{
  if (node->kind != EK_NODE_LIST) {
    wrong_shape(m, o, node);
    return;
  }
  v->list = ek_arena_alloc(&m->config->arena, (node->n + 1) * sizeof *v->list);
  for (const ek_node *c = node->first; c; c = c->next) {
    if (c->kind != EK_NODE_SCALAR) {
      wrong_shape(m, o, c);
      return;
    }
    if (check_secret(m, o, c) < 0 || check_text(m, o, c) < 0)
      return;
    v->list[v->n++] = ek_arena_copy(&m->config->arena, ek_cstr(c->text));
  }
  v->set = 1;
}

static void
take_default(ek_maker *m, const ek_option *o, ek_opt_value *v, const ek_place *where)
{
  ek_node node = { .kind = EK_NODE_SCALAR, .text = o->default_value };
  if (where)
    node.place = *where;
  if (ek_option_is_list(o))
    ek_option_list(o->default_value, &m->config->arena, v);     /* was read once, at load */
  else if (o->type == EK_OPT_PATH) {
    take_path(m, o, &node, v);
    return;
  } else {
    ek_option_scalar(o, o->default_value, v);
    v->text = ek_arena_copy(&m->config->arena, ek_cstr(o->default_value));
  }
  v->set = 1;
}

static void
missing(ek_maker *m, const ek_option *o, const ek_place *where)
{
  char help[700];
  snprintf(help, sizeof help, "add 'options: {%s: ...}'%s%.500s", o->name, o->help ? ": " : "", o->help ? o->help : "");
  ek_findings_error(m->f, where, "missing_option", help, "%s needs the option '%s' (%s)", m->enricher->id, o->name,
                    type_in_words(o));
  m->errors++;
}

static void
make_option(ek_maker *m, uint32_t i, const ek_node *options, const ek_place *where)
{
  const ek_option *o = &m->enricher->options[i];
  ek_opt_value *v = &m->config->values[i];
  const ek_node *node = options ? ek_node_get(options, o->name) : NULL;
  if (node && ek_node_null(node))
    node = NULL;
  if (node && (o->flags & EK_OPT_DEPRECATED))
    ek_findings_warn(m->f, &node->key_place, "deprecated_option", o->help, "option '%s' of %s is deprecated", o->name,
                     m->enricher->id);
  if (node && ek_option_is_list(o))
    take_list(m, o, node, v);
  else if (node)
    take_scalar(m, o, node, v);
  else if (o->flags & EK_OPT_REQUIRED)
    missing(m, o, options ? &options->place : where);
  else if (o->default_value)
    take_default(m, o, v, where);
}

static void
unknown_keys(ek_maker *m, const ek_node *options)
{
  const ek_enricher *en = m->enricher;
  const char **names = ek_mem_zero(en->n_options + 1u, sizeof *names);
  for (uint32_t i = 0; i < en->n_options; i++)
    names[i] = en->options[i].name;
  for (const ek_node *c = options->first; c; c = c->next) {
    char shown[400];
    size_t k = 0;
    while (names[k] && strcmp(names[k], c->key) != 0)
      k++;
    if (names[k])
      continue;
    ek_text help = { 0 };
    const char *near = ek_did_you_mean(c->key, names);
    if (near)
      ek_text_printf(&help, "did you mean '%s'?", near);
    else if (!names[0])
      ek_text_cstr(&help, "it has no options");
    else {
      ek_text_cstr(&help, "its options are: ");
      for (k = 0; names[k]; k++)
        ek_text_printf(&help, "%s%s", k ? ", " : "", names[k]);
    }
    ek_findings_error(m->f, &c->key_place, "unknown_option", ek_text_c(&help), "unknown option '%s' of %s",
                      ek_show(ek_cstr(c->key), shown, sizeof shown), en->id);
    m->errors++;
    ek_text_free(&help);
  }
  free(names);
}

ek_config *
ek_options_make(const ek_enricher *en, const ek_conf_tree *tree, const ek_node *options, const ek_place *where,
                ek_findings *f)
{
  ek_config *c = ek_mem_zero(1, sizeof *c);
  c->enricher = en;
  c->values = ek_mem_zero(en->n_options + 1u, sizeof *c->values);
  ek_maker m = { en, tree, c, f, 0 };
  if (options && ek_node_null(options))
    options = NULL;
  if (options && options->kind != EK_NODE_MAP) {
    ek_findings_error(f, &options->place, "wrong_type", NULL, "'options' must be a map, as in options: {name: value}");
    m.errors++;
  } else {
    if (options)
      unknown_keys(&m, options);
    for (uint32_t i = 0; i < en->n_options; i++)
      make_option(&m, i, options, where);
  }
  if (m.errors) {
    ek_options_free(c);
    return NULL;
  }
  return c;
}

void
ek_options_free(ek_config *c)
{
  if (!c)
    return;
  ek_arena_free(&c->arena);
  free(c->values);
  free(c);
}

/* ---- what the plugin asks -------------------------------------------------------- */

static const ek_opt_value *
find(const ek_config *c, const char *name, const ek_option **option)
{
  for (uint32_t i = 0; c && name && i < c->enricher->n_options; i++) {
    const ek_option *o = &c->enricher->options[i];
    if (o->name == name || strcmp(o->name, name) == 0) {
      *option = o;
      return c->values[i].set ? &c->values[i] : NULL;
    }
  }
  return NULL;
}

int
ek_options_str(const ek_config *c, const char *name, ek_str *out)
{
  const ek_option *o;
  const ek_opt_value *v = find(c, name, &o);
  if (!v || !out
      || (o->type != EK_OPT_STRING && o->type != EK_OPT_ENUM && o->type != EK_OPT_PATH && o->type != EK_OPT_FIELD))
    return 0;
  *out = v->text;
  return 1;
}

int
ek_options_int(const ek_config *c, const char *name, int64_t *out)
{
  const ek_option *o;
  const ek_opt_value *v = find(c, name, &o);
  if (!v || !out
      || (o->type != EK_OPT_INT && o->type != EK_OPT_BOOL && o->type != EK_OPT_DURATION && o->type != EK_OPT_SIZE))
    return 0;
  *out = v->integer;
  return 1;
}

int
ek_options_float(const ek_config *c, const char *name, double *out)
{
  const ek_option *o;
  const ek_opt_value *v = find(c, name, &o);
  if (!v || !out || o->type != EK_OPT_FLOAT)
    return 0;
  *out = v->number;
  return 1;
}

const ek_str *
ek_options_list(const ek_config *c, const char *name, size_t *n)
{
  const ek_option *o;
  const ek_opt_value *v = find(c, name, &o);
  if (!v || !n || !ek_option_is_list(o) || v->n == 0) {
    if (n)
      *n = 0;
    return NULL;
  }
  *n = v->n;
  return v->list;
}

size_t
ek_options_fields(const ek_config *c, const char **out, size_t max)
{
  size_t n = 0;
  for (uint32_t i = 0; i < c->enricher->n_options; i++) {
    const ek_opt_value *v = &c->values[i];
    uint32_t type = c->enricher->options[i].type;
    if (!v->set)
      continue;
    if (type == EK_OPT_FIELD && n++ < max)
      out[n - 1] = v->text.ptr;
    for (size_t k = 0; type == EK_OPT_FIELDS && k < v->n; k++)
      if (n++ < max)
        out[n - 1] = v->list[k].ptr;
  }
  return n;
}
