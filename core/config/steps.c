/* SPDX-License-Identifier: BSD-3-Clause */
/* chain: the steps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/number.h"
#include "config/check.h"
#include "config/value.h"

#define STEPS_MAX 64u

static const char *
id_of(const char *plugin)
{
  const char *slash = strrchr(plugin, '/');
  return slash ? slash + 1 : plugin;
}

/* always, no_labels, labels < N */
void
ek_make_when(ek_check *c, const ek_node *n, ek_step_settings *step)
{
  const char *t = n->text;
  int64_t count;
  if (strcmp(t, "always") == 0) {
    step->when = EK_WHEN_ALWAYS;
    return;
  }
  if (strcmp(t, "no_labels") == 0) {
    step->when = EK_WHEN_FEWER;
    step->fewer_than = 1;
    return;
  }
  if (strncmp(t, "labels", 6) == 0) {
    t += 6 + strspn(t + 6, " ");
    if (*t++ == '<') {
      t += strspn(t, " ");
      if (ek_value_int(t, &count) && count == 1) {
        ek_check_wrong(c, n, "write no_labels", "fewer than one label is no labels");
        return;
      }
      if (ek_value_int(t, &count) && count > 1 && count <= 1000000) {
        step->when = EK_WHEN_FEWER;
        step->fewer_than = (unsigned)count;
        return;
      }
    }
  }
  ek_check_wrong(c, n, NULL, "it is always, no_labels or labels < N, with N from 2 on");
}

/* What --set would call the step: its name where that is one, else its place. */
static const char *
name_in(const ek_node *n)
{
  const ek_node *name = ek_node_get(n, "name"), *plugin = ek_node_get(n, "plugin");
  if (name && name->kind == EK_NODE_SCALAR && ek_value_name(name->text) && !ek_node_null(name))
    return name->text;
  if (plugin && plugin->kind == EK_NODE_SCALAR && ek_value_name(id_of(plugin->text)))
    return id_of(plugin->text);
  return NULL;
}

static void
check_retry(ek_check *c, const ek_node *n, const ek_step_settings *step)
{
  const ek_node *retry = ek_node_get(n, "retry");
  if (retry && step->retry.first_delay_ns > step->retry.max_delay_ns)
    ek_check_error(c, &retry->place, "bad_value", "raise max_delay, or lower first_delay",
                   "'%s.retry': first_delay is longer than max_delay", ek_text_c(&c->path));
}

static void
name_step(ek_check *c, const ek_node *n, ek_step_settings *step)
{
  char shown[160];
  if (!step->plugin) {
    const ek_node *plugin = ek_node_get(n, "plugin");
    if (!plugin || ek_node_null(plugin))
      ek_check_error(c, &n->place, "missing_key", "write  - plugin: category", "a step has no 'plugin'");
    return;
  }
  if (step->name)
    return;
  step->name = ek_mem_strdup(id_of(step->plugin));
  if (!ek_value_name(step->name))
    ek_check_error(c, &step->place, "bad_value", NULL, "'%s' is no plugin's id: letters, digits, - and _, at most 40",
                   ek_show(ek_cstr(step->plugin), shown, sizeof shown));
}

/* In the order of the file, so that what is unknown in a step can name it even
 * when its plugin is told last.                                             */
static void
make_step(ek_check *c, const ek_node *n, ek_step_settings *step)
{
  const ek_node *plugin = ek_node_get(n, "plugin"), *name = ek_node_get(n, "name");
  ek_check_defaults(c, "chain[].", step);
  step->node = n;
  step->place = n->place;
  step->cache = -1;
  step->rate.adapt = 1;
  if (plugin && plugin->kind == EK_NODE_SCALAR && !plugin->problem && *plugin->text) {
    step->place = plugin->place;
    step->plugin = ek_mem_strdup(plugin->text);
  }
  if (name && name->kind == EK_NODE_SCALAR && !ek_node_null(name) && ek_value_name(name->text))
    step->name = ek_mem_strdup(name->text);
  ek_check_map(c, n, "chain[]", step);
  const ek_node *workers = ek_node_get(n, "workers");
  if (workers && !ek_node_null(workers)) {
    step->workers_given = 1;
    step->workers_place = workers->key_place;
  }
  name_step(c, n, step);
  check_retry(c, n, step);
}

static void
check_names(ek_check *c)
{
  const ek_settings *s = c->s;
  for (size_t i = 1; i < s->n_steps; i++)
    for (size_t k = 0; k < i; k++) {
      const ek_step_settings *a = &s->chain[k], *b = &s->chain[i];
      char help[160], shown[100];
      if (!a->name || !b->name || strcmp(a->name, b->name) != 0)
        continue;
      snprintf(help, sizeof help, "name one of them: {plugin: %s, name: %.30s-2}",
               ek_show(ek_cstr(b->plugin ? b->plugin : "..."), shown, sizeof shown), b->name);
      if (b->place.line)
        ek_check_error(c, &b->place, "duplicate_step", help, "two steps are named '%s'; the first is in line %llu",
                       b->name, (unsigned long long)a->place.line);
      else
        ek_check_error(c, &b->place, "duplicate_step", help, "two steps are named '%s'", b->name);
      break;
    }
}

void
ek_make_steps(ek_check *c, const ek_node *list)
{
  size_t i = 0;
  if (!ek_check_kind(c, list, EK_NODE_LIST, "it is a list of steps: [{plugin: category}]"))
    return;
  if (!list->n || list->n > STEPS_MAX) {
    if (list->n)
      ek_check_error(c, &list->place, "too_large", NULL, "the chain has %zu steps; at most %u", list->n, STEPS_MAX);
    else
      ek_check_error(c, &list->place, "bad_value", "leave 'chain' out for one step, category", "the chain has no steps");
    return;
  }
  c->s->chain = ek_mem_zero(list->n, sizeof *c->s->chain);
  for (const ek_node *n = list->first; n; n = n->next, i++) {
    size_t before = ek_check_enter_element(c, i, name_in(n));
    if (ek_check_kind(c, n, EK_NODE_MAP, "a step is a map: {plugin: category}"))
      make_step(c, n, &c->s->chain[c->s->n_steps++]);
    ek_check_leave(c, before);
  }
  check_names(c);
}

void
ek_make_default_steps(ek_check *c)
{
  const ek_node *given = ek_node_get(ek_conf_root(c->tree), "chain");
  if (c->s->n_steps || (given && !ek_node_null(given)))
    return;
  ek_step_settings *step = c->s->chain = ek_mem_zero(1, sizeof *step);
  c->s->n_steps = 1;
  ek_check_defaults(c, "chain[].", step);
  step->plugin = ek_mem_strdup("category");
  step->name = ek_mem_strdup("category");
  step->place.file = ek_conf_file(c->tree);
  step->cache = -1;
  step->rate.adapt = 1;
}
