/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "base/number.h"
#include "command/plugins.h"
#include "config/value.h"
#include "plugin/options.h"

static void
string_list(ek_text *out, const char *const *list)
{
  ek_text_char(out, '[');
  for (size_t i = 0; list && list[i]; i++) {
    ek_text_cstr(out, i ? ", " : "");
    ek_json_cstr(out, list[i]);
  }
  ek_text_char(out, ']');
}

static void
number(ek_text *out, const ek_option *o, const char *text)
{
  char buf[EK_NUMBER_MAX];
  double d = 0;
  int64_t i = 0;
  if (o->type == EK_OPT_FLOAT && ek_value_float(text, &d)) {
    ek_number_repr(d, buf);
    ek_text_cstr(out, buf);
  } else if (o->type == EK_OPT_INT && ek_value_int(text, &i))
    ek_text_printf(out, "%lld", (long long)i);
  else
    ek_json_cstr(out, text);
}

/* The default with its JSON type; lists through the same reader that the host uses. */
static void
default_value(ek_text *out, const ek_enricher *en, uint32_t i)
{
  const ek_option *o = &en->options[i];
  if (o->type == EK_OPT_BOOL)
    ek_text_cstr(out, o->default_value);
  else if (o->type == EK_OPT_LIST || o->type == EK_OPT_FIELDS) {
    ek_option only = *o;
    only.flags &= ~(uint32_t)EK_OPT_REQUIRED;
    ek_enricher one = { .id = en->id, .n_options = 1, .options = &only };
    ek_findings f = { 0 };
    ek_config *c = ek_options_make(&one, NULL, NULL, NULL, &f);
    size_t n = 0;
    const ek_str *list = c ? ek_options_list(c, only.name, &n) : NULL;
    ek_text_char(out, '[');
    for (size_t k = 0; k < n; k++) {
      ek_text_cstr(out, k ? ", " : "");
      ek_text_json(out, list[k]);
    }
    ek_text_char(out, ']');
    ek_options_free(c);
    ek_findings_free(&f);
  } else
    number(out, o, o->default_value);
}

static void
option_json(ek_text *out, const ek_enricher *en, uint32_t i)
{
  const ek_option *o = &en->options[i];
  static const struct { uint32_t flag; const char *name; } flags[] = {
    { EK_OPT_REQUIRED, "required" }, { EK_OPT_SECRET, "secret" }, { EK_OPT_DEPRECATED, "deprecated" },
    { EK_OPT_ADVANCED, "advanced" }, { EK_OPT_NO_RESULT, "no_result" }, { EK_OPT_ASSET, "asset" },
  };
  ek_text_cstr(out, "{\"name\": ");
  ek_json_cstr(out, o->name);
  ek_text_printf(out, ", \"type\": \"%s\"", ek_option_type_name(o->type));
  if (o->default_value) {
    ek_text_cstr(out, ", \"default\": ");
    default_value(out, en, i);
  }
  if (o->type == EK_OPT_ENUM) {
    ek_text_cstr(out, ", \"choices\": ");
    string_list(out, o->choices);
  }
  if (o->min) {
    ek_text_cstr(out, ", \"min\": ");
    number(out, o, o->min);
  }
  if (o->max) {
    ek_text_cstr(out, ", \"max\": ");
    number(out, o, o->max);
  }
  for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
    if (o->flags & flags[k].flag)
      ek_text_printf(out, ", \"%s\": true", flags[k].name);
  ek_text_cstr(out, ", \"help\": ");
  ek_json_cstr(out, o->help);
  ek_text_char(out, '}');
}

static void
member(ek_text *out, const char *name, const char *value)
{
  ek_text_printf(out, ",\n \"%s\": ", name);
  ek_json_cstr(out, value);
}

void
ek_plugin_json(const ek_plugin *p, ek_text *out)
{
  const ek_enricher *en = p->enricher;
  const ek_module *m = &p->module->module;
  static const struct { uint32_t flag; const char *name; } flags[] = {
    { EK_ENR_DETERMINISTIC, "deterministic" }, { EK_ENR_NETWORK, "network" }, { EK_ENR_COSTS_MONEY, "costs_money" },
    { EK_ENR_VOLATILE, "volatile" },
  };
  ek_text_cstr(out, "{\"id\": ");
  ek_json_cstr(out, en->id);
  member(out, "summary", en->summary);
  member(out, "help", en->help);
  member(out, "module", m->id);
  member(out, "version", m->version);
  member(out, "vendor", m->vendor);
  member(out, "url", m->url);
  member(out, "license", m->license);
  member(out, "path", p->module->path);
  member(out, "sha256", p->module->sha256);
  ek_text_printf(out, ",\n \"bundled\": %s,\n \"abi\": \"%lu.%lu\",\n \"threads\": \"%s\",\n \"max_batch\": %lu",
                 p->module->bundled ? "true" : "false", (unsigned long)m->abi_major, (unsigned long)m->abi_minor,
                 en->thread_model == EK_THREAD_PARALLEL ? "parallel"
                 : en->thread_model == EK_THREAD_SERIAL_INSTANCE ? "serial_instance" : "serial_process",
                 (unsigned long)en->max_batch);
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
    ek_text_printf(out, ",\n \"%s\": %s", flags[i].name, en->flags & flags[i].flag ? "true" : "false");
  ek_text_cstr(out, ",\n \"reads\": ");
  if (en->reads)
    string_list(out, en->reads);
  else
    ek_text_cstr(out, "null");
  ek_text_cstr(out, ",\n \"needs\": ");
  string_list(out, en->needs);
  ek_text_cstr(out, ",\n \"meters\": ");
  string_list(out, en->meters);
  ek_text_cstr(out, ",\n \"options\": [");
  for (uint32_t i = 0; i < en->n_options; i++) {
    ek_text_cstr(out, i ? ",\n  " : "\n  ");
    option_json(out, en, i);
  }
  ek_text_cstr(out, "]}\n");
}

/* ---- schema ------------------------------------------------------------------------- */

/* Any value may also be written as ${NAME}. */
#define OR_REFERENCE ", {\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}]"

static void
bounds(ek_text *out, const ek_option *o)
{
  if (o->min) {
    ek_text_cstr(out, ", \"minimum\": ");
    number(out, o, o->min);
  }
  if (o->max) {
    ek_text_cstr(out, ", \"maximum\": ");
    number(out, o, o->max);
  }
}

static void
schema_type(ek_text *out, const ek_option *o)
{
  switch (o->type) {
  case EK_OPT_INT: case EK_OPT_FLOAT:
    ek_text_printf(out, "\"anyOf\": [{\"type\": \"%s\"", o->type == EK_OPT_INT ? "integer" : "number");
    bounds(out, o);
    ek_text_cstr(out, "}" OR_REFERENCE);
    break;
  case EK_OPT_BOOL: ek_text_cstr(out, "\"anyOf\": [{\"type\": \"boolean\"}" OR_REFERENCE); break;
  case EK_OPT_ENUM:
    ek_text_cstr(out, "\"anyOf\": [{\"enum\": ");
    string_list(out, o->choices);
    ek_text_cstr(out, "}" OR_REFERENCE);
    break;
  case EK_OPT_DURATION:
    ek_text_cstr(out, "\"anyOf\": [{\"type\": \"string\", \"pattern\": \"^[0-9]+(\\\\.[0-9]+)?(ms|s|m|h|d)$\"}"
                      OR_REFERENCE);
    break;
  case EK_OPT_SIZE:
    ek_text_cstr(out, "\"anyOf\": [{\"type\": \"integer\", \"minimum\": 0}, "
                      "{\"type\": \"string\", \"pattern\": \"^[0-9]+[KMG]?$\"}" OR_REFERENCE);
    break;
  case EK_OPT_LIST: case EK_OPT_FIELDS:
    ek_text_cstr(out, "\"type\": \"array\", \"items\": {\"type\": \"string\"}");
    break;
  default:                       /* a scalar stays text, however YAML would type it */
    ek_text_cstr(out, o->flags & EK_OPT_SECRET ? "\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\""
                                               : "\"type\": [\"string\", \"number\", \"boolean\"]");
    break;
  }
}

void
ek_plugin_schema(const ek_plugin *p, ek_text *out)
{
  const ek_enricher *en = p->enricher;
  size_t required = 0;
  ek_text_cstr(out, "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n \"title\": ");
  ek_json_cstr(out, en->id);
  ek_text_cstr(out, ",\n \"description\": ");
  ek_json_cstr(out, en->summary);
  ek_text_cstr(out, ",\n \"type\": \"object\",\n \"additionalProperties\": false,\n \"properties\": {");
  for (uint32_t i = 0; i < en->n_options; i++) {
    const ek_option *o = &en->options[i];
    ek_text_printf(out, "%s\n  \"%s\": {", i ? "," : "", o->name);
    schema_type(out, o);
    if (o->default_value) {
      ek_text_cstr(out, ", \"default\": ");
      default_value(out, en, i);
    }
    if (o->help) {
      ek_text_cstr(out, ", \"description\": ");
      ek_json_cstr(out, o->help);
    }
    ek_text_cstr(out, o->flags & EK_OPT_DEPRECATED ? ", \"deprecated\": true}" : "}");
  }
  ek_text_cstr(out, "},\n \"required\": [");
  for (uint32_t i = 0; i < en->n_options; i++)
    if (en->options[i].flags & EK_OPT_REQUIRED)
      ek_text_printf(out, "%s\"%s\"", required++ ? ", " : "", en->options[i].name);
  ek_text_cstr(out, "]}\n");
}
