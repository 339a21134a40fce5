/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a module's tables, which may be older, newer or rubbish, into tables of
 * ours: min(theirs, ours), the rest zero; options by their own stride. Nothing
 * that could be wrong without a wild pointer gets past here, so the rest of the
 * program relies on what it finds.                                          */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"
#include "base/utf8.h"
#include "config/value.h"
#include "plugin/internal.h"

#define MOST_ENRICHERS 256u
#define MOST_OPTIONS 256u
#define MOST_NAMES 64u           /* of reads, needs, meters, choices           */
#define MOST_NAME 40u
#define MOST_ID 128u
#define MOST_LINE 1024u
#define MOST_HELP 65536u

typedef struct ek_checker {
  const char *path;
  ek_error *e;
  char where[128];               /* "enricher 'x': " or ""                     */
} ek_checker;

/* One line: the file, the enricher, what is wrong. Always -1. */
static int __attribute__((format(printf, 3, 4)))
refuse(const ek_checker *c, const char *code, const char *fmt, ...)
{
  char what[600], shown[400];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(what, sizeof what, fmt, ap);
  va_end(ap);
  return ek_fail(c->e, EK_EXIT_REFUSED, code, "%s%s%s %s", ek_escape(c->path, shown, sizeof shown),
                 c->where[0] ? ": " : "", c->where, what);
}

#define INVALID "plugin_invalid"

static const char *
article(const char *what)
{
  return strchr("aeio", what[0]) ? "an" : "a";
}

/* ---- texts ---------------------------------------------------------------- */

/* NULL passes when it may be absent; else at most `most` bytes of valid UTF-8 without control characters
 * (but newlines where lines is set). */
static int
check_text(const ek_checker *c, const char *what, const char *s, size_t most, int may_be_null, int lines)
{
  if (!s)
    return may_be_null ? 0 : refuse(c, INVALID, "has no %s (NULL)", what);
  size_t n = strnlen(s, most + 1);
  if (n > most)
    return refuse(c, INVALID, "has %s %s longer than %zu bytes", article(what), what, most);
  if (!ek_utf8_valid((ek_str){ s, n }))
    return refuse(c, INVALID, "has %s %s that is not UTF-8", article(what), what);
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)s[i] < 0x20 && !(lines && (s[i] == '\n' || s[i] == '\t')))
      return refuse(c, INVALID, "has a control character in its %s", what);
  return 0;
}

static int
is_alnum(char ch)
{
  return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
}

/* Letters and digits, and what `also` names. */
static int
check_name(const ek_checker *c, const char *what, const char *s, const char *also, size_t most)
{
  char shown[300];
  if (check_text(c, what, s, most, 0, 1) < 0)
    return -1;
  if (!s[0])
    return refuse(c, INVALID, "has an empty %s", what);
  for (const char *p = s; *p; p++)
    if (!is_alnum(*p) && !strchr(also, *p))
      return refuse(c, INVALID, "has the %s '%s': letters, digits and '%s' only", what,
                    ek_show(ek_cstr(s), shown, sizeof shown), also);
  return 0;
}

/* A NULL-terminated array of names; NULL passes. */
static int
check_names(const ek_checker *c, const char *what, const char *const *list, size_t most)
{
  if (!list)
    return 0;
  for (size_t i = 0; list[i]; i++) {
    if (i >= most)
      return refuse(c, INVALID, "has more than %zu entries in '%s'", most, what);
    if (check_text(c, what, list[i], MOST_LINE, 0, 0) < 0)
      return -1;
    if (!list[i][0])
      return refuse(c, INVALID, "has an empty entry in '%s'", what);
  }
  return 0;
}

/* ---- tables ---------------------------------------------------------------- */

/* Copies a sized table over zeroed memory. */
static int
take_table(const ek_checker *c, const char *what, const void *theirs, void *ours, size_t our_size, size_t least)
{
  uint32_t size;
  memcpy(&size, theirs, sizeof size);
  if (size < least || size > EK_MOST)
    return refuse(c, "plugin_size", "has %s %s table of %lu bytes (ABI 1.0 has %zu)", article(what), what,
                  (unsigned long)size, least);
  memset(ours, 0, our_size);
  memcpy(ours, theirs, size < our_size ? size : our_size);
  return 0;
}

static int
check_default(const ek_checker *c, const ek_option *o)
{
  ek_opt_value v = { 0 };
  char shown[300];
  const char *text = o->default_value;
  if (!text)
    return 0;
  if (check_text(c, "default", text, MOST_LINE, 1, 1) < 0)
    return -1;
  ek_show(ek_cstr(text), shown, sizeof shown);
  if (ek_option_is_list(o)) {
    ek_arena arena = { 0 };
    int rc = ek_option_list(text, &arena, &v);
    ek_arena_free(&arena);
    return rc == 0 ? 0 : refuse(c, INVALID, "has option '%s' whose default '%s' is no list", o->name, shown);
  }
  switch (ek_option_scalar(o, text, &v)) {
  case EK_VALUE_OK: break;
  case EK_VALUE_TYPE:
    return refuse(c, INVALID, "has option '%s' whose default '%s' is no %s", o->name, shown,
                  ek_option_type_name(o->type));
  case EK_VALUE_RANGE:
    return refuse(c, INVALID, "has option '%s' whose default '%s' is out of its range", o->name, shown);
  case EK_VALUE_CHOICE:
    return refuse(c, INVALID, "has option '%s' whose default '%s' is none of its choices", o->name, shown);
  }
  if ((o->type == EK_OPT_FIELD || o->type == EK_OPT_PATH) && !text[0])
    return refuse(c, INVALID, "has option '%s' whose default is empty", o->name);
  return 0;
}

static int
check_range(const ek_checker *c, const ek_option *o)
{
  if (check_text(c, "min", o->min, MOST_NAME, 1, 0) < 0 || check_text(c, "max", o->max, MOST_NAME, 1, 0) < 0)
    return -1;
  if (o->type != EK_OPT_INT && o->type != EK_OPT_FLOAT && o->type != EK_OPT_DURATION && o->type != EK_OPT_SIZE)
    return 0;
  ek_option open = *o;           /* the bounds themselves are read without bounds */
  open.min = open.max = NULL;
  ek_opt_value low = { 0 }, high = { 0 };
  if ((o->min && ek_option_scalar(&open, o->min, &low) != EK_VALUE_OK) ||
      (o->max && ek_option_scalar(&open, o->max, &high) != EK_VALUE_OK))
    return refuse(c, INVALID, "has option '%s' whose min or max is no %s", o->name, ek_option_type_name(o->type));
  if (o->min && o->max && (o->type == EK_OPT_FLOAT ? low.number > high.number : low.integer > high.integer))
    return refuse(c, INVALID, "has option '%s' whose min is above its max", o->name);
  return 0;
}

static int
check_choices(const ek_checker *c, const ek_option *o)
{
  if (o->type != EK_OPT_ENUM)
    return 0;
  if (!o->choices || !o->choices[0])
    return refuse(c, INVALID, "has option '%s' without choices", o->name);
  if (check_names(c, "choices", o->choices, MOST_NAMES) < 0)
    return -1;
  for (size_t i = 0; o->choices[i]; i++)
    for (size_t k = 0; k < i; k++)
      if (strcmp(o->choices[i], o->choices[k]) == 0)
        return refuse(c, INVALID, "has option '%s' with a choice twice", o->name);
  return 0;
}

static int
check_option(const ek_checker *c, const ek_option *list, size_t i)
{
  const ek_option *o = &list[i];
  char shown[300];
  if (!o->name)
    return refuse(c, INVALID, "has no name for option %zu (NULL)", i + 1);
  if (check_name(c, "option name", o->name, "_", MOST_NAME) < 0)
    return -1;
  for (const char *p = o->name; *p; p++)
    if ((*p >= 'A' && *p <= 'Z') || (p == o->name && !(*p >= 'a' && *p <= 'z')))
      return refuse(c, INVALID, "has the option name '%s': it must be lower_snake",
                    ek_show(ek_cstr(o->name), shown, sizeof shown));
  for (size_t k = 0; k < i; k++)
    if (strcmp(list[k].name, o->name) == 0)
      return refuse(c, INVALID, "declares option '%s' twice", o->name);
  if (!ek_option_type_name(o->type))
    return refuse(c, INVALID, "has option '%s' of type %lu, which this enrichkit does not know", o->name,
                  (unsigned long)o->type);
  if (check_text(c, "help text of an option", o->help, MOST_HELP, 1, 1) < 0 || check_choices(c, o) < 0 ||
      check_range(c, o) < 0)
    return -1;
  return check_default(c, o);
}

static int
take_options(const ek_checker *c, ek_enricher *en, ek_option **out)
{
  *out = NULL;
  if (en->n_options == 0) {
    en->options = NULL;
    return 0;
  }
  if (en->n_options > MOST_OPTIONS)
    return refuse(c, INVALID, "declares %lu options (at most %u)", (unsigned long)en->n_options, MOST_OPTIONS);
  if (!en->options)
    return refuse(c, INVALID, "declares %lu options and no table of them (NULL)", (unsigned long)en->n_options);
  if (en->option_size < EK_LEAST_OPTION || en->option_size > EK_MOST || en->option_size % sizeof(void *) != 0)
    return refuse(c, "plugin_size", "has an option_size of %lu bytes (ABI 1.0 has %zu)", (unsigned long)en->option_size,
                  EK_LEAST_OPTION);
  ek_option *list = ek_mem_zero(en->n_options, sizeof *list);
  size_t n = en->option_size < sizeof *list ? en->option_size : sizeof *list;
  for (size_t i = 0; i < en->n_options; i++)
    memcpy(&list[i], (const char *)en->options + i * en->option_size, n);
  for (size_t i = 0; i < en->n_options; i++)
    if (check_option(c, list, i) < 0) {
      free(list);
      return -1;
    }
  en->options = *out = list;
  en->option_size = sizeof *list;
  return 0;
}

static int
check_functions(const ek_checker *c, const ek_enricher *en)
{
  if (!en->create)
    return refuse(c, INVALID, "has no create function (NULL)");
  if (!en->enrich)
    return refuse(c, INVALID, "has no enrich function (NULL)");
  if (en->max_batch && !en->enrich_batch)
    return refuse(c, INVALID, "has max_batch %lu and no enrich_batch (NULL)", (unsigned long)en->max_batch);
  if (en->thread_model == 0)
    return refuse(c, INVALID, "declares no thread model");
  if (en->thread_model != EK_THREAD_SERIAL_PROCESS && en->thread_model != EK_THREAD_SERIAL_INSTANCE &&
      en->thread_model != EK_THREAD_PARALLEL)
    return refuse(c, INVALID, "declares thread model %lu, which this enrichkit does not know",
                  (unsigned long)en->thread_model);
  return 0;
}

/* Units, and what they cost by the plugin's own word. */
static int
check_meters(const ek_checker *c, const ek_enricher *en)
{
  size_t n = 0;
  if (check_names(c, "meters", en->meters, EK_MOST_METERS) < 0)
    return -1;
  for (; en->meters && en->meters[n]; n++)
    if (check_name(c, "unit", en->meters[n], "-_", MOST_NAME) < 0)
      return -1;
  for (size_t i = 0; en->meter_prices && i < (n ? n : 1); i++) {
    const char *text = en->meter_prices[i];
    ek_money money;
    char shown[300];
    if (check_text(c, "price", text, MOST_NAME, 1, 0) < 0)
      return -1;
    if (text && (!ek_value_money(text, &money) || money.nano < 0))
      return refuse(c, INVALID, "has the price '%s' for unit '%s': it is written as '0.001 USD'",
                    ek_show(ek_cstr(text), shown, sizeof shown), n ? en->meters[i] : "call");
  }
  return 0;
}

/* Copies enricher i of the module and judges it. */
static int
take_enricher(ek_checker *c, const ek_enricher *theirs, uint32_t i, ek_module_info *out)
{
  ek_enricher *en = &out->enrichers[i];
  snprintf(c->where, sizeof c->where, "enricher %lu", (unsigned long)i + 1);
  if (!theirs)
    return refuse(c, INVALID, "is NULL");
  if (take_table(c, "enricher", theirs, en, sizeof *en, EK_LEAST_ENRICHER) < 0 ||
      check_name(c, "id", en->id, "-_", MOST_NAME) < 0)
    return -1;
  for (uint32_t k = 0; k < i; k++)
    if (strcmp(out->enrichers[k].id, en->id) == 0)
      return refuse(c, INVALID, "has the id '%s' of enricher %lu", en->id, (unsigned long)k + 1);
  snprintf(c->where, sizeof c->where, "enricher '%s'", en->id);
  if (check_functions(c, en) < 0 || check_text(c, "summary", en->summary, MOST_LINE, 1, 0) < 0 ||
      check_text(c, "help text", en->help, MOST_HELP, 1, 1) < 0 || check_names(c, "reads", en->reads, MOST_NAMES) < 0 ||
      check_names(c, "needs", en->needs, MOST_NAMES) < 0 || check_meters(c, en) < 0)
    return -1;
  if (!en->summary)
    en->summary = "";
  if (take_options(c, en, &out->options[i]) < 0)
    return -1;
  en->struct_size = sizeof *en;
  c->where[0] = 0;
  return 0;
}

static int
check_versions(const ek_checker *c, const ek_module *m)
{
  if (m->abi_major != EK_ABI_MAJOR) {
    refuse(c, "plugin_abi", "was built for plugin ABI %lu, this enrichkit speaks ABI %u", (unsigned long)m->abi_major,
           EK_ABI_MAJOR);
    return ek_help(c->e, "rebuild it against this enrichkit's plugin.h, or install enrichkit %lu or later",
                   (unsigned long)m->abi_major);
  }
  if (m->needs_minor > EK_ABI_MINOR) {
    refuse(c, "plugin_abi", "needs plugin ABI %u.%lu, this enrichkit speaks ABI %u.%u", EK_ABI_MAJOR,
           (unsigned long)m->needs_minor, EK_ABI_MAJOR, EK_ABI_MINOR);
    return ek_help(c->e, "install a newer enrichkit, or a build of the plugin for this one");
  }
  return 0;
}

static int
take_module(ek_checker *c, const ek_module *theirs, ek_module_info *out)
{
  ek_module *m = &out->module;
  /* The major stands right behind the size, so that a module of another one is named as such, whatever its size. */
  uint32_t size, major;
  memcpy(&size, theirs, sizeof size);
  if (size >= sizeof size + sizeof major && size <= EK_MOST) {
    memcpy(&major, (const char *)theirs + sizeof size, sizeof major);
    if (major != EK_ABI_MAJOR)
      return check_versions(c, &(ek_module){ .abi_major = major });
  }
  if (take_table(c, "module", theirs, m, sizeof *m, EK_LEAST_MODULE) < 0 || check_versions(c, m) < 0 ||
      check_name(c, "module id", m->id, "._-", MOST_ID) < 0 ||
      check_text(c, "version", m->version, MOST_NAME, 1, 0) < 0 ||
      check_text(c, "vendor", m->vendor, MOST_LINE, 1, 0) < 0 || check_text(c, "url", m->url, MOST_LINE, 1, 0) < 0 ||
      check_text(c, "license", m->license, MOST_LINE, 1, 0) < 0)
    return -1;
  if (!m->version)
    m->version = "";
  if (m->n_enrichers == 0)
    return refuse(c, INVALID, "offers no enricher");
  if (m->n_enrichers > MOST_ENRICHERS)
    return refuse(c, INVALID, "claims to offer %lu enrichers (at most %u)", (unsigned long)m->n_enrichers,
                  MOST_ENRICHERS);
  if (!m->enrichers)
    return refuse(c, INVALID, "offers %lu enrichers and no table of them (NULL)", (unsigned long)m->n_enrichers);
  out->enrichers = ek_mem_zero(m->n_enrichers, sizeof *out->enrichers);
  out->options = ek_mem_zero(m->n_enrichers, sizeof *out->options);
  for (uint32_t i = 0; i < m->n_enrichers; i++)
    if (take_enricher(c, m->enrichers[i], i, out) < 0)
      return -1;
  m->struct_size = sizeof *m;
  return 0;
}

void
ek_module_clear(ek_module_info *m)
{
  for (uint32_t i = 0; m->options && i < m->module.n_enrichers; i++)
    free(m->options[i]);
  free(m->options);
  free(m->enrichers);
  m->options = NULL;
  m->enrichers = NULL;
}

int
ek_module_check(const ek_module *theirs, const char *path, ek_module_info *out, ek_error *e)
{
  ek_error unused;
  ek_checker c = { .path = path, .e = e ? e : &unused };
  out->enrichers = NULL;
  out->options = NULL;
  if (!theirs)
    return refuse(&c, INVALID, "has an entry function that returns nothing (NULL)");
  if (take_module(&c, theirs, out) < 0) {
    ek_module_clear(out);
    return -1;
  }
  return 0;
}
