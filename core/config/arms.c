/* SPDX-License-Identifier: BSD-3-Clause */
/* arms: named subsets of the chain's steps. Made when all else is, since an arm
 * begins with what `chain`, `merge` and `train` came to, wherever these stand. */
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "config/check.h"
#include "config/value.h"

#define ARMS_MAX 31u               /* the whole chain is one of 32 (plugin/item.h) */

static int
find_step(const ek_settings *s, const char *name)
{
  for (size_t i = 0; i < s->n_steps; i++)
    if (s->chain[i].name && strcmp(s->chain[i].name, name) == 0)
      return (int)i;
  return -1;
}

static void
no_such_step(ek_check *c, const ek_node *n, const char *arm)
{
  const char *names[65] = { 0 }, *near;
  char shown[160];
  ek_text help = { 0 };
  for (size_t i = 0; i < c->s->n_steps && i < 64; i++)
    names[i] = c->s->chain[i].name ? c->s->chain[i].name : "";
  near = ek_did_you_mean(n->text, names);
  if (near)
    ek_text_printf(&help, "did you mean '%s'? ", near);
  ek_text_cstr(&help, "The steps are: ");
  for (size_t i = 0; names[i]; i++)
    ek_text_printf(&help, "%s%s", i ? ", " : "", names[i]);
  ek_check_error(c, &n->place, "no_such_step", ek_text_c(&help), "arm '%s' names step '%s', which the chain lacks", arm,
                 ek_show(ek_cstr(n->text), shown, sizeof shown));
  ek_text_free(&help);
}

void
ek_make_arm_steps(ek_check *c, const ek_node *list, ek_arm_settings *arm)
{
  size_t i = 0;
  if (!ek_check_kind(c, list, EK_NODE_LIST, "it is a list of names of steps"))
    return;
  arm->place = list->place;
  if (!list->n)
    ek_check_wrong(c, list, "the arm without labels, 'base', is always there", "it needs at least one step");
  for (const ek_node *n = list->first; n; n = n->next, i++) {
    size_t before = ek_check_enter_element(c, i, NULL);
    if (ek_check_scalar(c, n)) {
      int step = find_step(c->s, n->text);
      if (step < 0)
        no_such_step(c, n, arm->name);
      else if (arm->steps >> step & 1)
        ek_check_error(c, &n->place, "bad_value", "write it once; the order is the chain's",
                       "arm '%s' names step '%s' twice",
                       arm->name, n->text);
      else
        arm->steps |= (uint64_t)1 << step;
    }
    ek_check_leave(c, before);
  }
}

static int
fit_name(ek_check *c, const ek_node *n)
{
  char shown[160];
  if (strcmp(n->key, "base") == 0) {
    ek_check_error(c, &n->key_place, "bad_value", "give the arm another name; 'base', without labels, is always there",
                   "the name 'base' is reserved for the arm without labels");
    return 0;
  }
  if (ek_value_name(n->key))
    return 1;
  ek_check_error(c, &n->key_place, "bad_value", NULL,
                 "'%s' is no name for an arm: letters, digits, - and _, at most 40",
                 ek_show(ek_cstr(n->key), shown, sizeof shown));
  return 0;
}

static void
make_arm(ek_check *c, const ek_node *n)
{
  ek_settings *s = c->s;
  if (ek_node_null(n) || !fit_name(c, n) || !ek_check_kind(c, n, EK_NODE_MAP, "an arm is a map: {steps: [category]}"))
    return;
  ek_arm_settings *arm = &s->arms[s->n_arms++];
  *arm = (ek_arm_settings){ .name = ek_mem_strdup(n->key), .merge = s->merge, .place = n->key_place };
  ek_check_map(c, n, "arms.*", arm);
  const ek_node *steps = ek_node_get(n, "steps"), *recipe = ek_node_get(n, "recipe");
  if (!steps || ek_node_null(steps))
    ek_check_error(c, &n->key_place, "missing_key", "write   steps: [category]", "arm '%s' has no 'steps'", arm->name);
  if (arm->recipe)
    ek_check_recipe(c, recipe, arm->recipe);
  else
    arm->recipe = ek_mem_strdup(s->train.recipe ? s->train.recipe : "metadata");
}

void
ek_make_arms(ek_check *c)
{
  const ek_node *map = ek_node_get(ek_conf_root(c->tree), "arms");
  if (!map || ek_node_null(map))
    return;
  size_t before = ek_check_enter(c, "arms");
  if (ek_check_kind(c, map, EK_NODE_MAP, "it is a map of arms: {source: {steps: [category]}}")) {
    if (map->n > ARMS_MAX)
      ek_check_error(c, &map->place, "too_large", NULL, "there are %zu arms; at most %u", map->n, ARMS_MAX);
    else {
      c->s->arms = ek_mem_zero(map->n ? map->n : 1, sizeof *c->s->arms);
      for (const ek_node *n = map->first; n; n = n->next) {
        size_t in = ek_check_enter(c, n->key);
        make_arm(c, n);
        ek_check_leave(c, in);
      }
    }
  }
  ek_check_leave(c, before);
}
