/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/recipes.h"
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/number.h"
#include "stage/local/hpo.h"

#define OF_BASE 1u
#define OF_LABELS 2u
#define OF_COLD 4u

static const struct recipe { enum ek_recipe recipe; unsigned flags; const char *what; } recipes[] = {
  { EK_RECIPE_BASE, OF_BASE, "decayed, directed co-occurrence of items; labels are not looked at (content = 0)" },
  { EK_RECIPE_METADATA, OF_BASE | OF_LABELS, "base, and the similarity of the items' labels" },
  { EK_RECIPE_COLDSTART, OF_BASE | OF_LABELS | OF_COLD, "metadata, with new items alone as candidates" },
  { EK_RECIPE_POPULARITY, 0, "the most frequent items for everybody: the yardstick" },
};
#define N_RECIPES (sizeof recipes / sizeof *recipes)

static const struct parameter { const char *name; unsigned flags; size_t at; int whole; const char *what; } parameters[] = {
  { "pair_decay", OF_BASE, offsetof(ek_hyper, pair_decay), 0, "how far apart events still count" },
  { "back", OF_BASE, offsetof(ek_hyper, back), 0, "weight of the reversed order; 1: no order" },
  { "nfrom", OF_BASE, offsetof(ek_hyper, nfrom), 0, "damping of popular items in the history" },
  { "nto", OF_BASE, offsetof(ek_hyper, nto), 0, "damping of popular items recommended: accuracy against coverage" },
  { "hist_decay", OF_BASE, offsetof(ek_hyper, hist_decay), 0, "how far back the history counts (recency_mask false: 1e9)" },
  { "content", OF_LABELS, offsetof(ek_hyper, content), 0, "weight of the labels; 0: no help" },
  { "pop_exp", OF_LABELS, offsetof(ek_hyper, pop_exp), 0, "popularity inside the labels' share" },
  { "boost", OF_LABELS, offsetof(ek_hyper, boost), 0, "strengthens pairs with like labels; costs coverage" },
  { "window", OF_BASE, offsetof(ek_hyper, window), 1, "events ahead that make a pair (bptt)" },
  { "topk", OF_BASE, offsetof(ek_hyper, topk), 1, "neighbours kept an item (hidden_dimension); 0: 200, or 50 above 100,000 items" },
  { "max_cats", OF_LABELS, offsetof(ek_hyper, max_cats), 1, "labels used an item" },
};
#define N_PARAMETERS (sizeof parameters / sizeof *parameters)

static const struct cold { const char *name, *value, *what; } cold[] = {
  { "cold_start_max_duration", "5.0", "days since the first event" },
  { "cold_start_max_interactions", "15", "events an item may have" },
  { "cold_start_relative_from", "latestItem", "or currentTime" },
};

static double
default_of(const struct parameter *p)
{
  ek_hyper h = ek_hyper_default();
  double d;
  unsigned whole;
  memcpy(&whole, (const char *)&h + p->at, sizeof whole);
  memcpy(&d, (const char *)&h + p->at, sizeof d);
  return p->whole ? whole : d;
}

static json_t *
range_of(const struct parameter *p)
{
  json_t *range = json_array();
  const double *values;
  size_t n = ek_hpo_default_range(p->name, &values);
  for (size_t i = 0; i < n; i++)
    json_array_append_new(range, json_real(values[i]));
  return range;
}

static json_t *
recipe_json(const struct recipe *r)
{
  json_t *list = json_array();
  for (size_t i = 0; i < N_PARAMETERS; i++) {
    const struct parameter *p = &parameters[i];
    if (!(p->flags & r->flags))
      continue;
    json_t *j = json_pack("{s:s, s:o, s:o, s:s}", "name", p->name, "default",
                          p->whole ? json_integer((json_int_t)default_of(p)) : json_real(default_of(p)), "hpo_range", range_of(p),
                          "description", p->what);
    json_array_append_new(list, j);
  }
  json_t *features = json_array();
  for (size_t i = 0; r->flags & OF_COLD && i < sizeof cold / sizeof *cold; i++)
    json_array_append_new(features, json_pack("{s:s, s:s, s:s}", "name", cold[i].name, "default", cold[i].value, "description",
                                              cold[i].what));
  return json_pack("{s:s, s:s, s:o, s:o}", "name", ek_recipe_name(r->recipe), "description", r->what,
                   "algorithm_hyper_parameters", list, "feature_transformation_parameters", features);
}

static void
print_text(ek_text *out, const json_t *r)
{
  size_t i, k;
  json_t *p, *v;
  ek_text_printf(out, "%s - %s\n", json_string_value(json_object_get(r, "name")),
                 json_string_value(json_object_get(r, "description")));
  json_array_foreach(json_object_get(r, "algorithm_hyper_parameters"), i, p)
  {
    ek_text range = { 0 };
    json_array_foreach(json_object_get(p, "hpo_range"), k, v)
      ek_text_printf(&range, "%s%g", k ? ", " : "", json_real_value(v));
    ek_text_printf(out, "  %-12s %-6g %-24s %s\n", json_string_value(json_object_get(p, "name")),
                   json_number_value(json_object_get(p, "default")), range.len ? ek_text_c(&range) : "-",
                   json_string_value(json_object_get(p, "description")));
    ek_text_free(&range);
  }
  json_array_foreach(json_object_get(r, "feature_transformation_parameters"), i, p)
    ek_text_printf(out, "  %-28s %-12s %s\n", json_string_value(json_object_get(p, "name")),
                   json_string_value(json_object_get(p, "default")), json_string_value(json_object_get(p, "description")));
}

int
ek_describe_recipes(const char *name, int json, ek_text *out, ek_error *e)
{
  enum ek_recipe wanted = EK_RECIPE_BASE;
  char shown[128];
  if (name && !ek_recipe_by_name(name, &wanted)) {
    ek_fail(e, EK_EXIT_REFUSED, "no_such_thing", "there is no local recipe '%s'", ek_show(ek_cstr(name), shown, sizeof shown));
    return ek_help(e, "recipes: base, metadata, coldstart, popularity");
  }
  json_t *all = json_object(), *list = json_array();
  json_object_set_new(all, "recipes", list);
  for (size_t i = 0; i < N_RECIPES; i++)
    if (!name || recipes[i].recipe == wanted)
      json_array_append_new(list, recipe_json(&recipes[i]));
  if (json) {
    char *text = json_dumps(all, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));
    ek_text_cstr(out, text);
    ek_text_char(out, '\n');
    free(text);
  } else {
    if (!name)
      ek_text_cstr(out, "                default  tuned over               meaning\n");
    for (size_t i = 0; i < json_array_size(list); i++)
      print_text(out, json_array_get(list, i));
  }
  json_decref(all);
  return 0;
}
