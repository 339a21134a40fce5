/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration as resolved, as YAML that reads back as the same settings. */
#include <stdio.h>
#include <string.h>
#include "config/check.h"
#include "config/emit.h"
#include "config/print.h"

/* The maps that a row lies in, where the row before was not in them too. */
static int
print_headings(ek_printer *p, const char *rest, const char *before, int indent)
{
  const char *dot;
  size_t done = 0;
  for (const char *r = rest; (dot = strchr(r, '.')); r = dot + 1) {
    size_t n = (size_t)(dot - rest) + 1;
    if (strncmp(rest, before, n) != 0) {
      char key[64];
      snprintf(key, sizeof key, "%.*s", (int)(n - 1 - done), rest + done);
      ek_print_begin(p, indent, key);
      ek_print_end(p);
    }
    done = n;
    indent += 2;
  }
  return indent;
}

static void print_group(ek_printer *p, const ek_key *k, int indent);
static int print_train_list(ek_printer *p, const ek_key *k, const char *before, int indent);

static int
is_below(const ek_key *k, const char *prefix)
{
  return strncmp(k->path, prefix, strlen(prefix)) == 0;
}

/* What the file may not say, or what a warning would say of it: a default that nothing asks for. */
static int
is_without_effect(const ek_settings *s, const ek_key *k)
{
  static const char config[] = "train.solution_config.", parameters[] = "train.solution_config.algorithm_hyper_parameters.";
  if (!s->train.recipe)
    return 0;
  if (strcmp(k->path, "train.evaluation.fold") == 0)
    return s->train.evaluation.folds == 10;
  if (!is_below(k, config))
    return 0;
  if (is_below(k, parameters))
    return !ek_recipes_have(s, k->path + sizeof parameters - 1);
  if (is_below(k, "train.solution_config.hpo_config."))
    return !s->train.perform_hpo;
  return strstr(k->path, ".cold_start_") && !ek_recipes_include(s, "coldstart");
}

/* A section that is not in the file would be one, once it is printed. */
static int
is_left_out(const ek_printer *p, const ek_key *k)
{
  return (strncmp(k->path, "import.", 7) == 0 && !p->s->sections.import) ||
         (strncmp(k->path, "train.", 6) == 0 && !p->s->sections.train) ||
         (strncmp(k->path, "deploy.", 7) == 0 && !p->s->sections.deploy) ||
         (p->s->import.engine == EK_ENGINE_PERSONALIZE &&
          (is_below(k, "train.solution_config.") || is_below(k, "train.evaluation.") || strcmp(k->path, "import.store") == 0));
}

static void
print_prices(ek_printer *p, const ek_step_settings *step, int indent)
{
  char buf[EK_MONEY_MAX];
  if (!step->n_prices)
    return;
  ek_print_begin(p, indent, "prices");
  ek_print_end(p);
  for (size_t i = 0; i < step->n_prices; i++) {
    ek_print_begin(p, indent + 2, step->prices[i].meter);
    ek_text_printf(p->out, " %s", ek_money_text(step->prices[i].money, buf));
    ek_print_end(p);
  }
}

/* The service's own members stand as they were written: its parameters are not in our table. */
static void
print_as_given(ek_printer *p, const char *path, const char *before, int indent)
{
  const ek_node *n = ek_conf_at(p->s->tree, path);
  if (!n || !ek_check_given(n))
    return;
  int in = print_headings(p, path, before, indent);
  ek_print_begin(p, in, strrchr(path, '.') + 1);
  ek_text_char(p->out, ' ');
  ek_print_node(p, n, 0);
  ek_print_end(p);
}

static void
print_rows(ek_printer *p, const char *prefix, const void *base, int indent, size_t index)
{
  size_t n = strlen(prefix);
  const char *before = "";
  for (size_t i = 0; i < ek_keys_n; i++) {
    const ek_key *k = &ek_keys[i];
    if (!n && strcmp(k->path, "import.tags.*") == 0 && p->s->import.n_tags) {
      print_as_given(p, "import.tags", before, indent);
      before = "import.tags";
    }
    if (!n && strcmp(k->path, "train.evaluation.folds") == 0 && p->s->import.engine == EK_ENGINE_PERSONALIZE && p->s->sections.train) {
      print_as_given(p, "train.solution_config", before, indent);
      before = "train.solution_config";
    }
    if (strncmp(k->path, prefix, n) != 0 || !ek_part_built[k->part] || k->type == EK_KEY_CLEAN || is_left_out(p, k) ||
        is_without_effect(p->s, k))
      continue;
    const char *rest = k->path + n;
    if ((strcmp(k->path, "arms.*.steps") == 0 || strcmp(k->path, "rates.*.limit") == 0) && !n)
      print_group(p, k, indent);
    if (strcmp(k->path, "chain[].prices.*") == 0 && n)
      print_prices(p, base, indent);
    if (k->type == EK_KEY_RULE || strchr(rest, '[')) {
      print_group(p, k, indent);
      if (print_train_list(p, k, before, indent))
        before = rest;
      continue;
    }
    if (strchr(rest, '*') || k->type == EK_KEY_SAME || k->type == EK_KEY_RECENCY)
      continue;
    if (k->at && ek_print_none(k, base))          /* so that no heading stands over nothing */
      continue;
    int in = print_headings(p, rest, before, indent);
    before = rest;
    ek_print_row(p, k, base, in, index);
  }
}

/* ---- what the user names or counts ----------------------------------------------------------- */

static void
print_fields(ek_printer *p)
{
  ek_text_cstr(p->out, "  fields:\n");
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++) {
    const ek_field_rules *rules = &p->s->catalog.fields[kind];
    ek_text_printf(p->out, "    %s:\n", ek_kind_names[kind]);
    for (size_t i = 0; i < rules->n; i++) {
      ek_print_begin(p, 6, rules->list[i].name);
      ek_text_char(p->out, ' ');
      ek_emit_list(p->out, rules->list[i].paths, rules->list[i].n_paths);
      ek_print_end(p);
    }
  }
}

static void
print_columns(ek_printer *p)
{
  size_t all = 0;
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++)
    all += p->s->catalog.n_columns[kind];
  if (!all)
    return;
  ek_text_cstr(p->out, "  columns:\n");
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++) {
    char prefix[64];
    if (!p->s->catalog.n_columns[kind])
      continue;
    ek_text_printf(p->out, "    %s:\n", ek_kind_names[kind]);
    snprintf(prefix, sizeof prefix, "catalog.columns.%s[].", ek_kind_names[kind]);
    for (size_t i = 0; i < p->s->catalog.n_columns[kind]; i++) {
      p->dash = 1;
      print_rows(p, prefix, &p->s->catalog.columns[kind][i], 8, 0);
    }
  }
}

static void
print_arms(ek_printer *p, int indent)
{
  if (!p->s->n_arms)
    return;
  ek_print_begin(p, indent, "arms");
  ek_print_end(p);
  for (size_t i = 0; i < p->s->n_arms; i++) {
    ek_print_begin(p, indent + 2, p->s->arms[i].name);
    ek_print_end(p);
    print_rows(p, "arms.*.", &p->s->arms[i], indent + 4, 0);
  }
}

static void
print_rates(ek_printer *p, int indent)
{
  if (!p->s->n_rates)
    return;
  ek_print_begin(p, indent, "rates");
  ek_print_end(p);
  for (size_t i = 0; i < p->s->n_rates; i++) {
    ek_print_begin(p, indent + 2, p->s->rates[i].name);
    ek_print_end(p);
    print_rows(p, "rates.*.", &p->s->rates[i], indent + 4, 0);
  }
}

/* The lists in train.solution_config, which stand deeper than others: 1 when it is one
 * of them and holds anything.                                               */
static int
print_train_list(ek_printer *p, const ek_key *k, const char *before, int indent)
{
  static const char *const kinds[] = { "ranges.integer[].name", "ranges.continuous[].name", "ranges.categorical[].name" };
  const ek_settings *s = p->s;
  const char *bracket = strchr(k->path, '[');
  const char *base = (const char *)s->train.events;
  size_t n = 0, size = sizeof *s->train.events;
  char path[160], prefix[164];
  if (strncmp(k->path, "train.", 6) != 0)
    return 0;
  if (strstr(k->path, "events_config[].event_type"))
    n = s->train.n_events;
  for (int i = 0; i < EK_RANGE_KINDS; i++)
    if (strstr(k->path, kinds[i])) {
      base = (const char *)s->train.hpo.ranges[i];
      n = s->train.hpo.n_ranges[i];
      size = sizeof(ek_range_settings);
    }
  if (!n)
    return 0;
  snprintf(path, sizeof path, "%.*s", (int)(bracket - k->path), k->path);
  snprintf(prefix, sizeof prefix, "%s[].", path);
  int in = print_headings(p, path, before, indent);
  ek_print_begin(p, in, strrchr(path, '.') + 1);
  ek_print_end(p);
  for (size_t i = 0; i < n; i++) {
    p->dash = 1;
    print_rows(p, prefix, base + i * size, in + 4, 0);
  }
  return 1;
}

/* Each group once, at its first row. */
static void
print_group(ek_printer *p, const ek_key *k, int indent)
{
  if (strcmp(k->path, "catalog.fields.items.id") == 0)
    print_fields(p);
  else if (strcmp(k->path, "catalog.columns.items[].name") == 0)
    print_columns(p);
  else if (strcmp(k->path, "arms.*.steps") == 0)
    print_arms(p, indent);
  else if (strcmp(k->path, "rates.*.limit") == 0)
    print_rates(p, indent);
  else if (strcmp(k->path, "chain[].plugin") == 0) {
    ek_print_begin(p, indent, "chain");
    ek_print_end(p);
    for (size_t i = 0; i < p->s->n_steps; i++) {
      p->dash = 1;
      print_rows(p, "chain[].", &p->s->chain[i], 4, i);
    }
  }
}

void
ek_settings_print(const ek_settings *s, int (*kind)(void *arg, size_t step, const char *option), void *arg, ek_text *out)
{
  ek_printer p = { .s = s, .kind = kind, .arg = arg, .out = out };
  print_rows(&p, "", s, 0, 0);
}
