/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "command/plugins.h"
#include "plugin/options.h"

#define EXAMPLE "Example:\n"

/* ---- pieces that the forms share ---------------------------------------------- */

void
ek_json_cstr(ek_text *out, const char *s)
{
  if (s)
    ek_text_json(out, ek_cstr(s));
  else
    ek_text_cstr(out, "null");
}

void
ek_option_type_text(const ek_option *o, ek_text *out)
{
  if (o->type == EK_OPT_ENUM) {
    for (size_t i = 0; o->choices[i]; i++)
      ek_text_printf(out, "%s%s", i ? "|" : "", o->choices[i]);
    return;
  }
  ek_text_cstr(out, ek_option_type_name(o->type));
  if ((o->min || o->max) && (o->type == EK_OPT_INT || o->type == EK_OPT_FLOAT || o->type == EK_OPT_DURATION ||
                             o->type == EK_OPT_SIZE))
    ek_text_printf(out, " %s..%s", o->min ? o->min : "", o->max ? o->max : "");
}

void
ek_option_default_text(const ek_option *o, ek_text *out)
{
  if (o->flags & EK_OPT_REQUIRED)
    ek_text_cstr(out, "required");
  else if (!o->default_value)
    ek_text_char(out, '-');
  else if (o->type == EK_OPT_STRING)
    ek_text_json(out, ek_cstr(o->default_value));
  else
    ek_text_cstr(out, o->default_value);
}

/* All that an item's projection gets for this plugin, as far as its table tells. */
void
ek_plugin_reads(const ek_plugin *p, ek_text *out)
{
  const ek_enricher *en = p->enricher;
  size_t n = 0;
  if (!en->reads) {
    ek_text_cstr(out, "Reads every field.");
    return;
  }
  ek_text_cstr(out, "Reads ");
  for (size_t i = 0; en->reads[i]; i++)
    ek_text_printf(out, "%s%s", n++ ? ", " : "", en->reads[i]);
  for (uint32_t i = 0; i < en->n_options; i++) {
    const ek_option *o = &en->options[i];
    if (!o->default_value || (o->type != EK_OPT_FIELD && o->type != EK_OPT_FIELDS))
      continue;
    size_t len = strlen(o->default_value);
    int bracket = o->type == EK_OPT_FIELDS && len > 1 && o->default_value[0] == '[';
    ek_text_printf(out, "%s%.*s", n++ ? ", " : "", (int)(len - 2 * (size_t)bracket), o->default_value + bracket);
  }
  ek_text_cstr(out, n ? "." : "what its options name.");
}

static void
needs(const ek_plugin *p, ek_text *out)
{
  const char *const *list = p->enricher->needs;
  ek_text_cstr(out, "Needs ");
  for (size_t i = 0; list && list[i]; i++)
    ek_text_printf(out, "%s%s", i ? ", " : "", list[i]);
  ek_text_cstr(out, list && list[0] ? "." : "nothing.");
}

static void
costs(const ek_plugin *p, ek_text *out)
{
  const char *const *list = p->enricher->meters;
  if (!(p->enricher->flags & EK_ENR_COSTS_MONEY)) {
    ek_text_cstr(out, "Free.");
    return;
  }
  ek_text_cstr(out, "Costs money per ");
  for (size_t i = 0; list && list[i]; i++)
    ek_text_printf(out, "%s%s", i ? ", " : "", list[i]);
  ek_text_cstr(out, list && list[0] ? "." : "call.");
}

const char *
ek_plugin_threads(const ek_plugin *p)
{
  switch (p->enricher->thread_model) {
  case EK_THREAD_PARALLEL: return "Any number of threads.";
  case EK_THREAD_SERIAL_INSTANCE: return "One thread a step.";
  default: return "One thread at a time.";
  }
}

static void
facts(const ek_plugin *p, const char *gap, ek_text *out)
{
  ek_plugin_reads(p, out);
  ek_text_cstr(out, gap);
  needs(p, out);
  ek_text_cstr(out, gap);
  costs(p, out);
  if (p->enricher->flags & EK_ENR_NETWORK)
    ek_text_printf(out, "%sLeaves the machine.", gap);
  if (p->enricher->flags & EK_ENR_VOLATILE)
    ek_text_printf(out, "%sIts results are never kept.", gap);
  ek_text_printf(out, "%s%s", gap, ek_plugin_threads(p));
  if (p->enricher->max_batch)
    ek_text_printf(out, "%sUp to %lu items a call.", gap, (unsigned long)p->enricher->max_batch);
}

void
ek_plugin_origin(const ek_plugin *p, ek_text *out)
{
  const ek_module *m = &p->module->module;
  const char *dot = strrchr(m->id, '.'), *name = p->module->bundled && dot && dot[1] ? dot + 1 : m->id;
  ek_text_printf(out, "%s%s%s, %s, ABI %lu.%lu, in process", name, m->version[0] ? " " : "", m->version,
                 p->module->bundled ? "bundled" : "not bundled", (unsigned long)m->abi_major,
                   (unsigned long)m->abi_minor);
}

static const char *
example_in_help(const ek_plugin *p)
{
  const char *help = p->enricher->help, *at = help ? strstr(help, EXAMPLE) : NULL;
  return at && (at == help || at[-1] == '\n') && at[sizeof EXAMPLE - 1] ? at : NULL;
}

int
ek_plugin_help(const ek_plugin *p, ek_text *out)
{
  const char *help = p->enricher->help, *example = example_in_help(p);
  size_t n = !help ? 0 : example ? (size_t)(example - help) : strlen(help);
  while (n && help[n - 1] == '\n')
    n--;
  ek_text_add(out, help, n);
  return n != 0;
}

void
ek_plugin_example(const ek_plugin *p, ek_text *out)
{
  const char *own = example_in_help(p);
  if (own) {
    ek_text_cstr(out, own + sizeof EXAMPLE - 1);
    if (out->data[out->len - 1] != '\n')
      ek_text_char(out, '\n');
    return;
  }
  size_t n = 0;
  ek_text_printf(out, "  - plugin: %s\n", p->enricher->id);
  for (uint32_t i = 0; i < p->enricher->n_options; i++) {
    const ek_option *o = &p->enricher->options[i];
    if (!(o->flags & EK_OPT_REQUIRED))
      continue;
    ek_text_printf(out, "%s%s: %s", n++ ? ", " : "    options: {", o->name,
                   o->flags & EK_OPT_SECRET ? "\"${SECRET}\"" : o->default_value ? o->default_value : "...");
  }
  if (n)
    ek_text_cstr(out, "}\n");
}

/* ---- for people ----------------------------------------------------------------- */

static void
pad(ek_text *out, size_t from, size_t width)
{
  size_t have = out->len - from;
  do
    ek_text_char(out, ' ');
  while (++have < width);
}

/* The widths of the columns: wide enough for all, and two blanks between. */
static void
measure(const ek_enricher *en, size_t width[3])
{
  ek_text t = { 0 };
  width[0] = 14;
  width[1] = 17;
  width[2] = 10;
  for (uint32_t i = 0; i < en->n_options; i++) {
    size_t n[3] = { strlen(en->options[i].name) };
    ek_text_clear(&t);
    ek_option_type_text(&en->options[i], &t);
    n[1] = t.len;
    ek_text_clear(&t);
    ek_option_default_text(&en->options[i], &t);
    n[2] = t.len;
    for (int k = 0; k < 3; k++)
      if (n[k] + 2 > width[k] && n[k] < 40)
        width[k] = n[k] + 2;
  }
  ek_text_free(&t);
}

static void
option_row(const ek_option *o, const size_t width[3], ek_text *out)
{
  size_t indent = 2 + width[0] + width[1] + width[2];
  ek_text_cstr(out, "  ");
  size_t from = out->len;
  ek_text_cstr(out, o->name);
  pad(out, from, width[0]);
  from = out->len;
  ek_option_type_text(o, out);
  pad(out, from, width[1]);
  from = out->len;
  ek_option_default_text(o, out);
  pad(out, from, width[2]);
  for (const char *p = o->help ? o->help : ""; *p; p++) {
    ek_text_char(out, *p);
    if (*p == '\n')
      ek_text_printf(out, "%*s", (int)indent, "");
  }
  if (o->flags & EK_OPT_SECRET)
    ek_text_cstr(out, " (secret: from ${NAME} or ${file:PATH} only)");
  if (o->flags & EK_OPT_DEPRECATED)
    ek_text_cstr(out, " (deprecated)");
  while (out->data[out->len - 1] == ' ')
    out->len--;
  ek_text_char(out, '\n');
}

void
ek_plugin_manual(const ek_plugin *p, ek_text *out)
{
  const ek_enricher *en = p->enricher;
  size_t width[3], from = out->len;
  ek_text_printf(out, "%s - %s", en->id, en->summary);
  pad(out, from, 68);
  ek_text_char(out, '(');
  ek_plugin_origin(p, out);
  ek_text_cstr(out, ")\n");
  facts(p, "  ", out);
  ek_text_char(out, '\n');
  measure(en, width);
  for (uint32_t i = 0; i < en->n_options; i++)
    option_row(&en->options[i], width, out);
  if (ek_plugin_help(p, out))
    ek_text_char(out, '\n');
  ek_text_cstr(out, EXAMPLE);
  ek_plugin_example(p, out);
  if (!p->module->bundled)
    ek_text_printf(out, "File: %s\n", p->module->path);
}

/* ---- roff ------------------------------------------------------------------------- */

/* Text as roff shows it, literally. bold: no hyphenation, real minus signs. */
static void
roff(ek_text *out, const char *s, int literal)
{
  int bol = 1;
  for (; *s; s++) {
    if (bol && (*s == '.' || *s == '\''))
      ek_text_cstr(out, "\\&");
    if (*s == '\\')
      ek_text_cstr(out, "\\e");
    else if (*s == '-' && literal)
      ek_text_cstr(out, "\\-");
    else
      ek_text_char(out, *s);
    bol = *s == '\n';
  }
}

static void
roff_text(ek_text *out, ek_text *t, int literal)
{
  roff(out, ek_text_c(t), literal);
  ek_text_clear(t);
}

static void
man_option(const ek_option *o, ek_text *out)
{
  ek_text t = { 0 };
  ek_text_cstr(out, ".TP\n.B ");
  roff(out, o->name, 1);
  ek_text_cstr(out, "\n.RI ( ");
  ek_option_type_text(o, &t);
  ek_text_char(out, '"');
  roff_text(out, &t, 1);
  ek_text_cstr(out, "\" )\n");
  if (o->flags & EK_OPT_REQUIRED)
    ek_text_cstr(out, "Required.\n");
  else if (o->default_value) {
    ek_text_cstr(out, "Default: ");
    ek_option_default_text(o, &t);
    roff_text(out, &t, 1);
    ek_text_cstr(out, ".\n");
  }
  if (o->flags & EK_OPT_SECRET)
    ek_text_cstr(out, "Secret: its value comes from ${NAME} or ${file:PATH} only.\n");
  if (o->flags & EK_OPT_DEPRECATED)
    ek_text_cstr(out, "Deprecated.\n");
  if (o->help) {
    ek_text_cstr(out, ".br\n");
    roff(out, o->help, 0);
    ek_text_char(out, '\n');
  }
  ek_text_free(&t);
}

void
ek_plugin_man(const ek_plugin *p, ek_text *out)
{
  const ek_enricher *en = p->enricher;
  ek_text t = { 0 };
  ek_text_cstr(out, ".TH \"enrichkit\\-");
  roff(out, en->id, 1);
  ek_text_cstr(out, "\\-plugin\" 7 \"\" \"");
  ek_plugin_origin(p, &t);
  t.len = strcspn(ek_text_c(&t), ",");                 /* name and version        */
  roff_text(out, &t, 0);
  ek_text_cstr(out, "\" \"enrichkit plugins\"\n.SH NAME\nenrichkit\\-");
  roff(out, en->id, 1);
  ek_text_cstr(out, "\\-plugin \\- ");
  roff(out, en->summary, 0);
  ek_text_cstr(out, "\n.SH DESCRIPTION\n");
  if (ek_plugin_help(p, &t)) {
    roff_text(out, &t, 0);
    ek_text_cstr(out, "\n.PP\n");
  }
  facts(p, "\n", &t);
  roff_text(out, &t, 0);
  ek_text_cstr(out, "\n.SH OPTIONS\n");
  for (uint32_t i = 0; i < en->n_options; i++)
    man_option(&en->options[i], out);
  if (!en->n_options)
    ek_text_cstr(out, "None.\n");
  ek_text_cstr(out, ".SH EXAMPLE\n.nf\n");
  ek_plugin_example(p, &t);
  roff_text(out, &t, 1);
  ek_text_cstr(out, ".fi\n.SH SEE ALSO\n.BR enrichkit (1)\n");
  ek_text_free(&t);
}
