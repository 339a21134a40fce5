/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON Schema (2020-12) for editors. What it lets through enrichkit may still
 * refuse; what it marks, enrichkit does refuse.                             */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config/check.h"
#include "config/value.h"

static json_t *
choices(const char *list)
{
  json_t *a = json_array();
  for (unsigned i = 0;; i++) {
    ek_str c = ek_keys_choice(list, i);
    if (!c.len)
      return json_pack("{s:o}", "enum", a);
    /* An editor reads true as a boolean before the schema is asked. */
    if (ek_str_eqc(c, "true") || ek_str_eqc(c, "false"))
      json_array_append_new(a, json_boolean(c.len == 4));
    else
      json_array_append_new(a, json_stringn(c.ptr, c.len));
  }
}

static json_t *
pattern(const char *regex)
{
  return json_pack("{s:s, s:s}", "type", "string", "pattern", regex);
}

static json_t *
any_text(void)
{
  return json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
}

static json_t *
numeric(const ek_key *k, const char *type)
{
  json_t *o = json_pack("{s:s}", "type", type);
  int whole = k->type == EK_KEY_INT || k->type == EK_KEY_VERSION;
  if (k->max > k->min) {
    json_object_set_new(o, "minimum", whole ? json_integer((json_int_t)k->min) : json_real(k->min));
    json_object_set_new(o, "maximum", whole ? json_integer((json_int_t)k->max) : json_real(k->max));
  } else if (whole)
    json_object_set_new(o, "minimum", json_integer(k->type == EK_KEY_VERSION));
  return o;
}

static json_t *
one_or_many(json_t *one)
{
  return json_pack("{s:[O, {s:s, s:o}]}", "anyOf", one, "type", "array", "items", one);
}

static json_t *
value_of(const ek_key *k)
{
  switch (k->type) {
  case EK_KEY_INT: case EK_KEY_VERSION: return numeric(k, "integer");
  case EK_KEY_FLOAT: return numeric(k, "number");
  case EK_KEY_BOOL: return json_pack("{s:s}", "type", "boolean");
  case EK_KEY_ENUM: return choices(k->choices);
  case EK_KEY_NAME: return pattern("^[A-Za-z0-9_-]{1,40}$");
  case EK_KEY_NAME_OR_ARN: return pattern("^([A-Za-z0-9_-]{1,40}|arn:.+)$");
  case EK_KEY_DURATION: return pattern("^[0-9]+(ms|s|m|h|d)$");
  case EK_KEY_SIZE: return json_pack("{s:[{s:s}, o]}", "anyOf", "type", "integer", pattern("^[0-9]+[KMG]?$"));
  case EK_KEY_SHARE: return pattern("^[0-9]+(\\.[0-9]+)?%$");
  case EK_KEY_REJECTS:
    return json_pack("{s:[{s:s, s:i}, o]}", "anyOf", "type", "integer", "minimum", 0, pattern("^[0-9]+(\\.[0-9]+)?%$"));
  case EK_KEY_WHEN: return pattern("^(always|no_labels|labels *< *[0-9]+)$");
  case EK_KEY_RATE_OR_NAME: return pattern("^([0-9]+(\\.[0-9]+)?/[sm]|[A-Za-z0-9_-]{1,40})$");
  case EK_KEY_URL: return pattern("^https?://.");
  case EK_KEY_RATE: return pattern("^[0-9]+(\\.[0-9]+)?/[sm]$");
  case EK_KEY_MONEY: return pattern("^[0-9]+(\\.[0-9]{1,9})? [A-Z]{3}$");
  case EK_KEY_MONEY_OR_NONE: return pattern("^(none|[0-9]+(\\.[0-9]{1,9})? [A-Z]{3})$");
  case EK_KEY_INPUTS: case EK_KEY_RULE: return one_or_many(any_text());
  case EK_KEY_STOP: return one_or_many(any_text());
  case EK_KEY_PATHS: case EK_KEY_TEXTS: case EK_KEY_ALLOW: case EK_KEY_STEPS: return json_pack("{s:s, s:o}", "type", "array", "items", any_text());
  case EK_KEY_DIAL: return json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", "number");
  case EK_KEY_ALIASES:
    return json_pack("{s:[{s:s}, {s:s}]}", "anyOf", "type", "string", "type", "object");
  case EK_KEY_RECENCY: return json_pack("{s:s}", "type", "boolean");
  case EK_KEY_SAME: return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
  case EK_KEY_OPTIONS: case EK_KEY_MAP: case EK_KEY_DATASET_COLUMNS: return json_pack("{s:s}", "type", "object");
  default: return any_text();
  }
}

static json_t *
default_of(const ek_key *k)
{
  int64_t i;
  double d;
  if (k->type == EK_KEY_RULE || k->type == EK_KEY_DIAL) {
    json_t *a = json_array();
    for (unsigned n = 0;; n++) {
      ek_str c = ek_keys_choice(k->def, n);
      if (!c.len)
        return a;
      json_array_append_new(a, k->type == EK_KEY_DIAL ? json_real(strtod(c.ptr, NULL)) : json_stringn(c.ptr, c.len));
    }
  }
  if (k->type == EK_KEY_BOOL)
    return json_boolean(strcmp(k->def, "true") == 0);
  if ((k->type == EK_KEY_INT || k->type == EK_KEY_VERSION) && ek_value_int(k->def, &i))
    return json_integer(i);
  if (k->type == EK_KEY_FLOAT && ek_value_float(k->def, &d))
    return json_real(d);
  return json_string(k->def);
}

/* Every single value may also be null, for the default, or come from ${}. */
static json_t *
row_schema(const ek_key *k)
{
  const char *dot = strrchr(k->path, '.'), *key = dot ? dot + 1 : k->path;
  json_t *about = *key == '*' ? json_string(k->help) : json_sprintf("'%s' %s", key, k->help);
  json_t *o = json_pack("{s:o, s:[o, {s:s}]}", "description", about, "anyOf", value_of(k), "$ref", "#/$defs/elsewhere");
  if (k->def)
    json_object_set_new(o, "default", default_of(k));
  return o;
}

static json_t *schema_at(const char *path);

static json_t *
map_schema(const char *path)
{
  json_t *properties = json_object(), *required = json_array(), *o;
  char **names = ek_keys_below(path), below[160], **n;
  for (n = names; *n; n++) {
    snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", *n);
    const ek_key *k = ek_keys_find(below);
    if (ek_keys_part(below) != EK_PART_FIRST)
      continue;
    json_object_set_new(properties, *n, schema_at(below));
    if (k && k->required)
      json_array_append_new(required, json_string(*n));
  }
  ek_keys_names_free(names);
  o = json_pack("{s:[s,s], s:o}", "type", "object", "null", "properties", properties);
  snprintf(below, sizeof below, "%s.*", path);
  json_object_set_new(o, "additionalProperties", *path && ek_keys_known(below) ? schema_at(below) : json_false());
  if (json_array_size(required))
    json_object_set(o, "required", required);
  json_decref(required);
  return o;
}

static json_t *
schema_at(const char *path)
{
  const ek_key *k = ek_keys_find(path);
  char element[160];
  if (k && k->type == EK_KEY_CLEAN)
    return json_pack("{s:s, s:[{s:s}, o]}", "description", k->help, "anyOf", "const", "none", map_schema(path));
  if (k)
    return row_schema(k);
  snprintf(element, sizeof element, "%s[]", path);
  if (!ek_keys_known(element))
    return map_schema(path);
  json_t *o = json_pack("{s:[s,s], s:o}", "type", "array", "null", "items", map_schema(element));
  if (strcmp(path, "chain") == 0)
    json_object_set_new(o, "minItems", json_integer(1));
  return o;
}

void
ek_settings_schema(ek_text *out)
{
  json_t *top = json_pack("{s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
                          "enrichkit configuration", "description", "one file, one run, top to bottom");
  json_t *map = map_schema("");
  json_object_update(top, map);
  json_decref(map);
  json_object_set_new(top, "patternProperties", json_pack("{s:{s:s}}", "^x-", "description", "ignored: for anchors"));
  json_object_set_new(top, "$defs", json_pack("{s:{s:[{s:s}, {s:s, s:s}], s:s}}", "elsewhere", "anyOf", "type", "null",
                                              "type", "string", "pattern", "\\$\\{", "description",
                                              "null: the default; ${NAME}: from the environment"));
  char *text = json_dumps(top, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
  ek_text_cstr(out, text ? text : "{}");
  ek_text_char(out, '\n');
  free(text);
  json_decref(top);
}
