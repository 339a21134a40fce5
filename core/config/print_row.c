/* SPDX-License-Identifier: BSD-3-Clause */
/* One row of the table of keys, with its value.                              */
#include <math.h>
#include <string.h>
#include "config/check.h"
#include "config/emit.h"
#include "config/print.h"
#include "config/yaml.h"

static void
print_options(ek_printer *p, const ek_step_settings *step, size_t index, int indent)
{
  if (!step->options || !step->options->n)
    return;
  ek_print_begin(p, indent, "options");
  ek_print_end(p);
  for (const ek_node *c = step->options->first; c; c = c->next) {
    int kind = p->kind ? p->kind(p->arg, index, c->key) : 0;
    ek_print_begin(p, indent + 2, c->key);
    ek_text_char(p->out, ' ');
    if (kind == EK_OPTION_SECRET)
      ek_print_secret(p, c);
    else
      ek_print_node(p, c, kind == EK_OPTION_PATH);
    ek_print_end(p);
  }
}

static void
print_when(ek_printer *p, const ek_step_settings *step)
{
  if (step->when == EK_WHEN_ALWAYS)
    ek_text_cstr(p->out, "always");
  else if (step->fewer_than == 1)
    ek_text_cstr(p->out, "no_labels");
  else
    ek_text_printf(p->out, "labels < %u", step->fewer_than);
}

static void
print_delimiter(ek_printer *p, char c)
{
  char one[2] = { c, 0 };
  if (c)
    ek_emit_quoted(p->out, one, "$$");
  else
    ek_text_cstr(p->out, "auto");
}

static void
print_rate(ek_printer *p, const ek_rate *r)
{
  if (r->name)
    ek_emit_text(p->out, r->name);
  else
    ek_emit_rate(p->out, r->per_second);
}

static void
print_proxy(ek_printer *p, const char *proxy)
{
  const ek_node *n = ek_conf_at(p->s->tree, "network.proxy");
  if (strchr(proxy, '@') && n && n->raw)
    ek_print_as_written(p, n->raw);
  else
    ek_emit_text(p->out, proxy);
}

static void
print_value(ek_printer *p, const ek_key *k, const void *base)
{
  const void *at = (const char *)base + k->at - 1;
  ek_str choice;
  ek_text_char(p->out, ' ');
  switch (k->type) {
  case EK_KEY_INT: ek_text_printf(p->out, "%u", *(const unsigned *)at); break;
  case EK_KEY_VERSION: ek_text_printf(p->out, "%d", *(const int *)at); break;
  case EK_KEY_BOOL: ek_text_cstr(p->out, *(const int *)at ? "true" : "false"); break;
  case EK_KEY_ENUM:
    choice = ek_keys_choice(k->choices, *(const unsigned *)at);
    ek_text_str(p->out, choice);
    break;
  case EK_KEY_FLOAT: ek_emit_number(p->out, *(const double *)at); break;
  case EK_KEY_SHARE: ek_emit_share(p->out, *(const double *)at); break;
  case EK_KEY_DURATION: ek_emit_duration(p->out, *(const int64_t *)at); break;
  case EK_KEY_SIZE: ek_emit_size(p->out, *(const int64_t *)at); break;
  case EK_KEY_RATE: ek_emit_rate(p->out, *(const double *)at); break;
  case EK_KEY_RATE_OR_NAME: print_rate(p, at); break;
  case EK_KEY_MONEY_OR_NONE: ek_emit_budget(p->out, at); break;
  case EK_KEY_PROXY: print_proxy(p, *(char *const *)at); break;
  case EK_KEY_WHEN: print_when(p, base); break;
  case EK_KEY_DELIMITER: print_delimiter(p, *(const char *)at); break;
  case EK_KEY_REJECTS:
    if (p->s->run.max_reject_share < 0)
      ek_text_printf(p->out, "%lld", (long long)p->s->run.max_reject_count);
    else
      ek_emit_share(p->out, p->s->run.max_reject_share);
    break;
  default: ek_emit_text(p->out, *(char *const *)at);
  }
  ek_print_end(p);
}

static void
print_inputs(ek_printer *p, const ek_key *k, int indent)
{
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++) {
    const ek_paths *in = &p->s->catalog.inputs[kind];
    const char *key = strrchr(k->path, '.') + 1;
    if (strcmp(key, ek_kind_names[kind]) != 0 || (!in->n && !in->node))
      continue;
    ek_print_begin(p, indent, key);
    ek_text_char(p->out, ' ');
    if (in->n == 1 && in->node->kind == EK_NODE_SCALAR)
      ek_emit_text(p->out, in->list[0]);
    else
      ek_emit_list(p->out, in->list, in->n);
    ek_print_end(p);
  }
}

/* Columns of data sets as they were given. */
static void
print_given(ek_printer *p, const ek_key *k, int indent)
{
  const ek_node *n = ek_conf_at(p->s->tree, k->path);
  ek_print_begin(p, indent, strrchr(k->path, '.') + 1);
  ek_text_char(p->out, ' ');
  if (n)
    ek_print_node(p, n, 0);
  else
    ek_text_cstr(p->out, "null");
  ek_print_end(p);
}

static void
print_steps(ek_printer *p, const ek_arm_settings *arm, int indent)
{
  char *names[64];
  size_t n = 0;
  for (size_t i = 0; i < p->s->n_steps; i++)
    if (arm->steps >> i & 1)
      names[n++] = p->s->chain[i].name;
  ek_print_begin(p, indent, "steps");
  ek_text_char(p->out, ' ');
  ek_emit_list(p->out, names, n);
  ek_print_end(p);
}

static void
print_dial(ek_printer *p, int indent)
{
  ek_print_begin(p, indent, "dial");
  ek_text_cstr(p->out, " [");
  for (size_t i = 0; i < p->s->report.n_dial; i++) {
    ek_text_cstr(p->out, i ? ", " : "");
    ek_emit_number(p->out, p->s->report.dial[i]);
  }
  ek_text_char(p->out, ']');
  ek_print_end(p);
}

static void
print_values(ek_printer *p, const ek_range_settings *r, int indent)
{
  ek_print_begin(p, indent, "values");
  ek_text_char(p->out, ' ');
  ek_emit_list(p->out, r->values, r->n_values);
  ek_print_end(p);
}

int
ek_print_none(const ek_key *k, const void *base)
{
  const char *at = (const char *)base + k->at - 1;
  const void *v = at;
  switch (k->type) {
  case EK_KEY_TEXT: case EK_KEY_NAME: case EK_KEY_NAME_OR_ARN: case EK_KEY_PATH: case EK_KEY_PROXY: case EK_KEY_URL:
    return *(char *const *)v == NULL;
  case EK_KEY_FLOAT: return *(const double *)v == -HUGE_VAL;
  case EK_KEY_RATE: return *(const double *)v == 0;
  case EK_KEY_RATE_OR_NAME: return !((const ek_rate *)v)->name && ((const ek_rate *)v)->per_second == 0;
  case EK_KEY_MONEY_OR_NONE: return ((const ek_budget *)v)->kind == EK_BUDGET_UNSET;
  case EK_KEY_BOOL: return *(const int *)v < 0;
  case EK_KEY_DURATION: return !k->def && *(const int64_t *)v == 0;
  case EK_KEY_INT:
    /* Of a step that does not leave the machine workers would be an error. */
    if (strcmp(k->path, "chain[].workers") == 0)
      return !((const ek_step_settings *)base)->workers_given;
    return strcmp(k->path, "rates.*.burst") == 0 && *(const unsigned *)v == 0;
  default: return 0;
  }
}

/* Aliases and stop lists as they were given: what a file holds stays there. */
static void
print_words(ek_printer *p, const ek_key *k, int indent)
{
  const char *key = strrchr(k->path, '.') + 1;
  const ek_node *n = ek_node_get(ek_node_get(ek_conf_root(p->s->tree), "clean"), key);
  if (!n || ek_node_null(n))
    return;
  ek_print_begin(p, indent, key);
  ek_text_char(p->out, ' ');
  ek_print_node(p, n, n->kind == EK_NODE_SCALAR);
  ek_print_end(p);
}

void
ek_print_row(ek_printer *p, const ek_key *k, const void *base, int indent, size_t index)
{
  switch (k->type) {
  case EK_KEY_INPUTS: print_inputs(p, k, indent); return;
  case EK_KEY_ALIASES: case EK_KEY_STOP: print_words(p, k, indent); return;
  case EK_KEY_OPTIONS: print_options(p, base, index, indent); return;
  case EK_KEY_DATASET_COLUMNS: print_given(p, k, indent); return;
  case EK_KEY_STEPS: print_steps(p, base, indent); return;
  case EK_KEY_DIAL: print_dial(p, indent); return;
  case EK_KEY_TEXTS: print_values(p, base, indent); return;
  case EK_KEY_ALLOW:
    ek_print_begin(p, indent, "allow");
    ek_text_char(p->out, ' ');
    ek_emit_list(p->out, p->s->network.allow, p->s->network.n_allow);
    ek_print_end(p);
    return;
  case EK_KEY_PATHS:
    ek_print_begin(p, indent, k->path);
    ek_text_char(p->out, ' ');
    ek_emit_list(p->out, p->s->plugin_path.list, p->s->plugin_path.n);
    ek_print_end(p);
    return;
  case EK_KEY_WHEN: case EK_KEY_REJECTS: break;
  default:
    if (!k->at)
      return;
  }
  const char *dot = strrchr(k->path, '.');
  ek_print_begin(p, indent, dot ? dot + 1 : k->path);
  print_value(p, k, base);
}
