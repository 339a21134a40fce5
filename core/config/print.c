/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration as resolved, as YAML that reads back as the same settings. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/number.h"
#include "base/utf8.h"
#include "config/check.h"
#include "config/value.h"
#include "config/yaml.h"

typedef int (*option_kind)(void *arg, size_t step, const char *option);

typedef struct printer {
  const ek_settings *s;
  option_kind kind;
  void *arg;
  ek_text *out;
  int dash;                        /* the next line begins a list's element       */
} printer;

/* ---- texts ------------------------------------------------------------------------- */

/* Fit to stand without quotes, in flow and in block style. */
static int
safe(const char *s)
{
  static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.";
  static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.%<- ";
  size_t n = strlen(s);
  return n && strchr(first, s[0]) && strspn(s, more) == n && s[n - 1] != ' ' && s[n - 1] != '-' &&
         strcmp(s, "---") != 0 && strcmp(s, "...") != 0;
}

/* What other readers of YAML would take for something else than a text. */
static int
looks_typed(const char *s)
{
  static const char *const words[] = { "null", "true", "false", "yes", "no", "on", "off", "y", "n", NULL };
  char low[8] = "";
  size_t n = strlen(s);
  double number;
  if (ek_value_float(s, &number))
    return 1;
  if (n >= sizeof low)
    return 0;
  for (size_t i = 0; i < n; i++)
    low[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i]);
  for (const char *const *w = words; *w; w++)
    if (strcmp(low, *w) == 0)
      return 1;
  return 0;
}

/* dollar: how a '$' is written: doubled in values; keys are not expanded. */
static void
quoted(ek_text *out, const char *s, const char *dollar)
{
  ek_str rest = ek_cstr(s);
  ek_text_char(out, '"');
  while (rest.len) {
    uint32_t c;
    size_t n = ek_utf8_get(rest, &c);
    if (c == '"' || c == '\\')
      ek_text_printf(out, "\\%c", (int)c);
    else if (c == '$')
      ek_text_cstr(out, dollar);
    else if (c == '\n')
      ek_text_cstr(out, "\\n");
    else if (c == '\t')
      ek_text_cstr(out, "\\t");
    else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff || (c & 0xfffe) == 0xfffe)
      ek_text_printf(out, c > 0xffff ? "\\U%08X" : "\\u%04X", c);
    else
      ek_text_add(out, rest.ptr, n);
    rest.ptr += n;
    rest.len -= n;
  }
  ek_text_char(out, '"');
}

static void
text(ek_text *out, const char *s)
{
  if (safe(s) && !looks_typed(s))
    ek_text_cstr(out, s);
  else
    quoted(out, s, "$$");
}

static void
key_text(ek_text *out, const char *s)
{
  if (safe(s) && !looks_typed(s))
    ek_text_cstr(out, s);
  else
    quoted(out, s, "$");
}

static void
list_of(ek_text *out, char *const *list, size_t n)
{
  ek_text_char(out, '[');
  for (size_t i = 0; i < n; i++) {
    ek_text_cstr(out, i ? ", " : "");
    text(out, list[i]);
  }
  ek_text_char(out, ']');
}

/* ---- numbers ------------------------------------------------------------------------- */

static void
duration(ek_text *out, int64_t ns)
{
  static const struct { const char *name; int64_t ms; } unit[] = {
    { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 },
  };
  int64_t ms = ns / 1000000;
  size_t i = 0;
  while (ms % unit[i].ms || (!ms && unit[i].ms != 1000))
    i++;
  ek_text_printf(out, "%lld%s", (long long)(ms / unit[i].ms), unit[i].name);
}

static void
size(ek_text *out, int64_t bytes)
{
  static const char unit[] = "\0KMG";
  size_t i = 0;
  while (i < 3 && bytes && bytes % 1024 == 0) {
    bytes /= 1024;
    i++;
  }
  ek_text_printf(out, "%lld%.1s", (long long)bytes, unit + i);
}

/* The shortest per cent that reads back as the same share. */
static void
share(ek_text *out, double v)
{
  char buf[64];
  double back;
  for (int precision = 1; precision <= 17; precision++) {
    snprintf(buf, sizeof buf, "%.*g%%", precision, v * 100);
    if (!strchr(buf, 'e') && ek_value_share(buf, &back) && back == v)
      break;
  }
  if (strchr(buf, 'e'))
    snprintf(buf, sizeof buf, "%.20f%%", v * 100);
  ek_text_cstr(out, buf);
}

/* The shortest that reads back as the same rate: 50/s, 100/m. */
static void
rate(ek_text *out, double v)
{
  char buf[80];
  double back;
  for (int precision = 1; precision <= 17; precision++)
    for (int minute = 0; minute < 2; minute++) {
      snprintf(buf, sizeof buf, "%.*g/%c", precision, minute ? v * 60 : v, minute ? 'm' : 's');
      if (!strchr(buf, 'e') && ek_value_rate(buf, &back) && back == v) {
        ek_text_cstr(out, buf);
        return;
      }
    }
  snprintf(buf, sizeof buf, "%.30f/s", v);
  ek_text_cstr(out, buf);
}

static void
budget(ek_text *out, const ek_budget *b)
{
  char buf[EK_MONEY_MAX];
  ek_text_cstr(out, b->kind == EK_BUDGET_MONEY ? ek_money_text(b->money, buf) : "none");
}

static void
number(ek_text *out, double v)
{
  char buf[EK_NUMBER_MAX];
  ek_text_add(out, buf, ek_number_repr(v, buf));
}

/* ---- lines ------------------------------------------------------------------------------ */

static void
begin(printer *p, int indent, const char *key)
{
  if (p->dash)
    ek_text_printf(p->out, "%*s- ", indent - 2, "");
  else
    ek_text_printf(p->out, "%*s", indent, "");
  p->dash = 0;
  key_text(p->out, key);
  ek_text_char(p->out, ':');
}

static void
end(printer *p)
{
  ek_text_char(p->out, '\n');
}

/* ---- plugin options, and maps, from their nodes ------------------------------------------ */

static void
node_value(printer *p, const ek_node *n, int absolute)
{
  if (n->kind != EK_NODE_SCALAR) {
    ek_text_char(p->out, n->kind == EK_NODE_MAP ? '{' : '[');
    for (const ek_node *c = n->first; c; c = c->next) {
      ek_text_cstr(p->out, c == n->first ? "" : ", ");
      if (n->kind == EK_NODE_MAP) {
        key_text(p->out, c->key);
        ek_text_cstr(p->out, ": ");
      }
      node_value(p, c, absolute);
    }
    ek_text_char(p->out, n->kind == EK_NODE_MAP ? '}' : ']');
  } else if (ek_node_null(n))
    ek_text_cstr(p->out, "null");
  else if (absolute) {
    char *path = ek_conf_path(p->s->tree, n);
    text(p->out, path);
    free(path);
  } else if (n->plain && n->raw == n->text && safe(n->text))
    ek_text_cstr(p->out, n->text);         /* 5 and true stay what they look like   */
  else
    text(p->out, n->text);
}

/* ---- what is secret ----------------------------------------------------------------------- */

/* Length of a reference at s that has no default: ${NAME}, ${NAME:-}, ${file:PATH}; else 0. */
static size_t
reference(const char *s)
{
  const char *close = s[0] == '$' && s[1] == '{' ? strchr(s, '}') : NULL, *fallback = close ? strstr(s, ":-") : NULL;
  return close && !(fallback && fallback < close && fallback + 2 < close) ? (size_t)(close + 1 - s) : 0;
}

/* A text as it was written, with its ${...} as they are: they hold no secret, and whoever reads
 * the file again knows what they stand for. Paths of files are made absolute.   */
static void
as_written(printer *p, const char *raw)
{
  static const char file[] = "${file:";
  ek_text t = { 0 };
  while (*raw) {
    size_t n = reference(raw);
    if (n && strncmp(raw, file, sizeof file - 1) == 0) {
      char *name = ek_mem_strndup(raw + sizeof file - 1, n - sizeof file);
      char *path = ek_path_resolve(ek_conf_dir(p->s->tree), name);
      ek_text_printf(&t, "%s%s}", file, path);
      free(path);
      free(name);
    } else
      ek_text_add(&t, raw, n ? n : 1);
    raw += n ? n : 1;
  }
  quoted(p->out, ek_text_c(&t), "$");
  ek_text_free(&t);
}

/* "***" stands for what cannot be told. */
static void
secret(printer *p, const ek_node *n)
{
  if (n->kind == EK_NODE_SCALAR && n->indirect && n->raw && reference(n->raw) == strlen(n->raw))
    as_written(p, n->raw);
  else
    ek_text_cstr(p->out, "\"***\"");
}

static void
print_options(printer *p, const ek_step_settings *step, size_t index, int indent)
{
  if (!step->options || !step->options->n)
    return;
  begin(p, indent, "options");
  end(p);
  for (const ek_node *c = step->options->first; c; c = c->next) {
    int kind = p->kind ? p->kind(p->arg, index, c->key) : 0;
    begin(p, indent + 2, c->key);
    ek_text_char(p->out, ' ');
    if (kind == EK_OPTION_SECRET)
      secret(p, c);
    else
      node_value(p, c, kind == EK_OPTION_PATH);
    end(p);
  }
}

/* ---- rows of the table -------------------------------------------------------------------- */

static void
print_when(printer *p, const ek_step_settings *step)
{
  if (step->when == EK_WHEN_ALWAYS)
    ek_text_cstr(p->out, "always");
  else if (step->fewer_than == 1)
    ek_text_cstr(p->out, "no_labels");
  else
    ek_text_printf(p->out, "labels < %u", step->fewer_than);
}

static void
print_delimiter(printer *p, char c)
{
  char one[2] = { c, 0 };
  if (c)
    quoted(p->out, one, "$$");
  else
    ek_text_cstr(p->out, "auto");
}

static void
print_rate(printer *p, const ek_rate *r)
{
  if (r->name)
    text(p->out, r->name);
  else
    rate(p->out, r->per_second);
}

/* The node at a path of names, NULL where nothing was written. */
static const ek_node *
node_at(const ek_settings *s, const char *path)
{
  const ek_node *n = ek_conf_root(s->tree);
  while (n && *path) {
    char name[64];
    size_t len = strcspn(path, ".");
    snprintf(name, sizeof name, "%.*s", (int)len, path);
    n = n->kind == EK_NODE_MAP ? ek_node_get(n, name) : NULL;
    path += len + (path[len] == '.');
  }
  return n;
}

static void
print_proxy(printer *p, const char *proxy)
{
  const ek_node *n = node_at(p->s, "network.proxy");
  if (strchr(proxy, '@') && n && n->raw)
    as_written(p, n->raw);
  else
    text(p->out, proxy);
}

static void
print_value(printer *p, const ek_key *k, const void *base)
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
  case EK_KEY_FLOAT: number(p->out, *(const double *)at); break;
  case EK_KEY_SHARE: share(p->out, *(const double *)at); break;
  case EK_KEY_DURATION: duration(p->out, *(const int64_t *)at); break;
  case EK_KEY_SIZE: size(p->out, *(const int64_t *)at); break;
  case EK_KEY_RATE: rate(p->out, *(const double *)at); break;
  case EK_KEY_RATE_OR_NAME: print_rate(p, at); break;
  case EK_KEY_MONEY_OR_NONE: budget(p->out, at); break;
  case EK_KEY_PROXY: print_proxy(p, *(char *const *)at); break;
  case EK_KEY_WHEN: print_when(p, base); break;
  case EK_KEY_DELIMITER: print_delimiter(p, *(const char *)at); break;
  case EK_KEY_REJECTS:
    if (p->s->run.max_reject_share < 0)
      ek_text_printf(p->out, "%lld", (long long)p->s->run.max_reject_count);
    else
      share(p->out, p->s->run.max_reject_share);
    break;
  default: text(p->out, *(char *const *)at);
  }
  end(p);
}

static void
print_inputs(printer *p, const ek_key *k, int indent)
{
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++) {
    const ek_paths *in = &p->s->catalog.inputs[kind];
    const char *key = strrchr(k->path, '.') + 1;
    if (strcmp(key, ek_kind_names[kind]) != 0 || (!in->n && !in->node))
      continue;
    begin(p, indent, key);
    ek_text_char(p->out, ' ');
    if (in->n == 1 && in->node->kind == EK_NODE_SCALAR)
      text(p->out, in->list[0]);
    else
      list_of(p->out, in->list, in->n);
    end(p);
  }
}

/* Columns of data sets as they were given. */
static void
print_given(printer *p, const ek_key *k, int indent)
{
  const ek_node *n = node_at(p->s, k->path);
  begin(p, indent, strrchr(k->path, '.') + 1);
  ek_text_char(p->out, ' ');
  if (n)
    node_value(p, n, 0);
  else
    ek_text_cstr(p->out, "null");
  end(p);
}

static void
print_steps(printer *p, const ek_arm_settings *arm, int indent)
{
  char *names[64];
  size_t n = 0;
  for (size_t i = 0; i < p->s->n_steps; i++)
    if (arm->steps >> i & 1)
      names[n++] = p->s->chain[i].name;
  begin(p, indent, "steps");
  ek_text_char(p->out, ' ');
  list_of(p->out, names, n);
  end(p);
}

static void
print_dial(printer *p, int indent)
{
  begin(p, indent, "dial");
  ek_text_cstr(p->out, " [");
  for (size_t i = 0; i < p->s->report.n_dial; i++) {
    ek_text_cstr(p->out, i ? ", " : "");
    number(p->out, p->s->report.dial[i]);
  }
  ek_text_char(p->out, ']');
  end(p);
}

static void
print_values(printer *p, const ek_range_settings *r, int indent)
{
  begin(p, indent, "values");
  ek_text_char(p->out, ' ');
  list_of(p->out, r->values, r->n_values);
  end(p);
}

/* What has no value says nothing: the default is "none". */
static int
is_none(const ek_key *k, const void *base)
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
print_words(printer *p, const ek_key *k, int indent)
{
  const char *key = strrchr(k->path, '.') + 1;
  const ek_node *n = ek_node_get(ek_node_get(ek_conf_root(p->s->tree), "clean"), key);
  if (!n || ek_node_null(n))
    return;
  begin(p, indent, key);
  ek_text_char(p->out, ' ');
  node_value(p, n, n->kind == EK_NODE_SCALAR);
  end(p);
}

static void
print_row(printer *p, const ek_key *k, const void *base, int indent, size_t index)
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
    begin(p, indent, "allow");
    ek_text_char(p->out, ' ');
    list_of(p->out, p->s->network.allow, p->s->network.n_allow);
    end(p);
    return;
  case EK_KEY_PATHS:
    begin(p, indent, k->path);
    ek_text_char(p->out, ' ');
    list_of(p->out, p->s->plugin_path.list, p->s->plugin_path.n);
    end(p);
    return;
  case EK_KEY_WHEN: case EK_KEY_REJECTS: break;
  default:
    if (!k->at)
      return;
  }
  const char *dot = strrchr(k->path, '.');
  begin(p, indent, dot ? dot + 1 : k->path);
  print_value(p, k, base);
}

/* The maps that a row lies in, where the row before was not in them too. */
static int
print_headings(printer *p, const char *rest, const char *before, int indent)
{
  const char *dot;
  size_t done = 0;
  for (const char *r = rest; (dot = strchr(r, '.')); r = dot + 1) {
    size_t n = (size_t)(dot - rest) + 1;
    if (strncmp(rest, before, n) != 0) {
      char key[64];
      snprintf(key, sizeof key, "%.*s", (int)(n - 1 - done), rest + done);
      begin(p, indent, key);
      end(p);
    }
    done = n;
    indent += 2;
  }
  return indent;
}

static void print_group(printer *p, const ek_key *k, int indent);
static int print_train_list(printer *p, const ek_key *k, const char *before, int indent);

static int
is_below(const ek_key *k, const char *prefix)
{
  return strncmp(k->path, prefix, strlen(prefix)) == 0;
}

static int
some_recipe_is(const ek_settings *s, int (*is)(const char *recipe, const char *hyper), const char *hyper)
{
  int yes = is(s->train.recipe, hyper);
  for (size_t i = 0; i < s->n_arms; i++)
    yes |= is(s->arms[i].recipe, hyper);
  return yes;
}

static int
is_coldstart(const char *recipe, const char *hyper)
{
  (void)hyper;
  return strcmp(recipe, "coldstart") == 0;
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
    return !some_recipe_is(s, ek_recipe_has, k->path + sizeof parameters - 1);
  if (is_below(k, "train.solution_config.hpo_config."))
    return !s->train.perform_hpo;
  return strstr(k->path, ".cold_start_") && !some_recipe_is(s, is_coldstart, NULL);
}

/* A section that is not in the file would be one, once it is printed. */
static int
is_left_out(const printer *p, const ek_key *k)
{
  return (strncmp(k->path, "import.", 7) == 0 && !p->s->sections.import) ||
         (strncmp(k->path, "train.", 6) == 0 && !p->s->sections.train) ||
         (strncmp(k->path, "deploy.", 7) == 0 && !p->s->sections.deploy) ||
         (p->s->import.engine == EK_ENGINE_PERSONALIZE &&
          (is_below(k, "train.solution_config.") || is_below(k, "train.evaluation.") || strcmp(k->path, "import.store") == 0));
}

static void
print_prices(printer *p, const ek_step_settings *step, int indent)
{
  char buf[EK_MONEY_MAX];
  if (!step->n_prices)
    return;
  begin(p, indent, "prices");
  end(p);
  for (size_t i = 0; i < step->n_prices; i++) {
    begin(p, indent + 2, step->prices[i].meter);
    ek_text_printf(p->out, " %s", ek_money_text(step->prices[i].money, buf));
    end(p);
  }
}

/* The service's own members stand as they were written: its parameters are not in our table. */
static void
print_as_given(printer *p, const char *path, const char *before, int indent)
{
  const ek_node *n = node_at(p->s, path);
  if (!n || !ek_check_given(n))
    return;
  int in = print_headings(p, path, before, indent);
  begin(p, in, strrchr(path, '.') + 1);
  ek_text_char(p->out, ' ');
  node_value(p, n, 0);
  end(p);
}

static void
print_rows(printer *p, const char *prefix, const void *base, int indent, size_t index)
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
    if (k->at && is_none(k, base))          /* so that no heading stands over nothing */
      continue;
    int in = print_headings(p, rest, before, indent);
    before = rest;
    print_row(p, k, base, in, index);
  }
}

/* ---- what the user names or counts ----------------------------------------------------------- */

static void
print_fields(printer *p)
{
  ek_text_cstr(p->out, "  fields:\n");
  for (int kind = 0; kind < EK_RECORD_KINDS; kind++) {
    const ek_field_rules *rules = &p->s->catalog.fields[kind];
    ek_text_printf(p->out, "    %s:\n", ek_kind_names[kind]);
    for (size_t i = 0; i < rules->n; i++) {
      begin(p, 6, rules->list[i].name);
      ek_text_char(p->out, ' ');
      list_of(p->out, rules->list[i].paths, rules->list[i].n_paths);
      end(p);
    }
  }
}

static void
print_columns(printer *p)
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
print_arms(printer *p, int indent)
{
  if (!p->s->n_arms)
    return;
  begin(p, indent, "arms");
  end(p);
  for (size_t i = 0; i < p->s->n_arms; i++) {
    begin(p, indent + 2, p->s->arms[i].name);
    end(p);
    print_rows(p, "arms.*.", &p->s->arms[i], indent + 4, 0);
  }
}

static void
print_rates(printer *p, int indent)
{
  if (!p->s->n_rates)
    return;
  begin(p, indent, "rates");
  end(p);
  for (size_t i = 0; i < p->s->n_rates; i++) {
    begin(p, indent + 2, p->s->rates[i].name);
    end(p);
    print_rows(p, "rates.*.", &p->s->rates[i], indent + 4, 0);
  }
}

/* The lists in train.solution_config, which stand deeper than others: 1 when it is one
 * of them and holds anything.                                               */
static int
print_train_list(printer *p, const ek_key *k, const char *before, int indent)
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
  begin(p, in, strrchr(path, '.') + 1);
  end(p);
  for (size_t i = 0; i < n; i++) {
    p->dash = 1;
    print_rows(p, prefix, base + i * size, in + 4, 0);
  }
  return 1;
}

/* Each group once, at its first row. */
static void
print_group(printer *p, const ek_key *k, int indent)
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
    begin(p, indent, "chain");
    end(p);
    for (size_t i = 0; i < p->s->n_steps; i++) {
      p->dash = 1;
      print_rows(p, "chain[].", &p->s->chain[i], 4, i);
    }
  }
}

void
ek_settings_print(const ek_settings *s, option_kind kind, void *arg, ek_text *out)
{
  printer p = { .s = s, .kind = kind, .arg = arg, .out = out };
  print_rows(&p, "", s, 0, 0);
}
