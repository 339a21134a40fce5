/* SPDX-License-Identifier: BSD-3-Clause */
/* What came back, and what of it counts: the service's filters are applied here, so that an
 * answer that was paid for once serves every choice: names and categories, confidence, the most
 * certain first, then the limit.                                             */
#include "rekognition.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LABELS 10000u               /* the service's cap is 1000            */
#define MOST_PARENTS 64u
#define MOST_COLORS 1000u                /* the service's cap is 20              */
#define MOST_NAME 1000u

static const char *const no_memory = "out of memory";

/* ---- reading ---------------------------------------------------------------- */

/* A name that is fit to be one; {NULL, 0} otherwise. */
static ek_str
name_of(const json_t *object, const char *member)
{
  const json_t *s = json_object_get(object, member);
  size_t n = s && json_is_string(s) ? json_string_length(s) : 0;
  return n && n <= MOST_NAME ? (ek_str){ json_string_value(s), n } : (ek_str){ NULL, 0 };
}

static int
same(ek_str a, ek_str b)
{
  return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static int
is_among(rk_names names, ek_str name)
{
  for (size_t i = 0; i < names.n; i++)
    if (same(names.list[i], name))
      return 1;
  return 0;
}

static int
has_category(const json_t *label, rk_names names)
{
  const json_t *list = json_object_get(label, "Categories");
  for (size_t i = 0; names.n && i < json_array_size(list); i++) {
    ek_str name = name_of(json_array_get(list, i), "Name");
    if (name.ptr && is_among(names, name))
      return 1;
  }
  return 0;
}

/* Included by its name or by a category, if anything is to be included; and excluded by neither. */
static int
passes(const json_t *label, ek_str name, const rk_options *o)
{
  if ((o->include.n || o->include_categories.n) && !is_among(o->include, name) &&
      !has_category(label, o->include_categories))
    return 0;
  return !is_among(o->exclude, name) && !has_category(label, o->exclude_categories);
}

static const char *
check_parents(const json_t *label)
{
  const json_t *list = json_object_get(label, "Parents");
  if (list && !json_is_array(list) && !json_is_null(list))
    return "its 'Parents' is no list";
  if (json_array_size(list) > MOST_PARENTS)
    return "it has a label with too many parents";
  for (size_t i = 0; i < json_array_size(list); i++)
    if (!name_of(json_array_get(list, i), "Name").ptr)
      return "it has a parent without a name";
  return NULL;
}

static const char *
read_parents(const json_t *label, rk_label *out)
{
  const json_t *list = json_object_get(label, "Parents");
  size_t n = json_array_size(list);
  if (!n)
    return NULL;
  out->parents = calloc(n, sizeof *out->parents);
  if (!out->parents)
    return no_memory;
  for (size_t i = 0; i < n; i++)
    out->parents[i] = name_of(json_array_get(list, i), "Name");
  out->n_parents = n;
  return NULL;
}

static const char *
read_label(const json_t *label, const rk_options *o, rk_answer *a)
{
  const json_t *confidence = json_object_get(label, "Confidence");
  ek_str name = name_of(label, "Name");
  double percent = json_number_value(confidence);
  if (!name.ptr)
    return "it has a label without a name";
  if (!confidence || !json_is_number(confidence) || !(percent >= 0) || percent > 100.01)
    return "it has a label whose confidence is no per cent";
  /* Also of one that is not chosen: what can be read for one choice can be read for all. */
  const char *why = o->arn.len ? NULL : check_parents(label);
  if (why)
    return why;
  if (percent < o->min_confidence || !passes(label, name, o))
    return NULL;
  rk_label *to = &a->labels[a->n++];
  to->name = name;
  to->confidence = percent < 100 ? percent / 100 : 1;
  return o->arn.len ? NULL : read_parents(label, to);
}

static const char *
read_labels(const json_t *list, const rk_options *o, rk_answer *a)
{
  size_t n = json_array_size(list);
  if (!json_is_array(list))
    return "it has no list of labels";
  if (n > MOST_LABELS)
    return "it has too many labels";
  a->labels = calloc(n + 1, sizeof *a->labels);
  if (!a->labels)
    return no_memory;
  for (size_t i = 0; i < n; i++) {
    const char *why = read_label(json_array_get(list, i), o, a);
    if (why)
      return why;
  }
  return NULL;
}

/* ---- choosing ----------------------------------------------------------------- */

static int
by_name(const void *x, const void *y)
{
  const rk_label *a = x, *b = y;
  size_t n = a->name.len < b->name.len ? a->name.len : b->name.len;
  int order = memcmp(a->name.ptr, b->name.ptr, n);
  if (order)
    return order;
  return a->name.len < b->name.len ? -1 : a->name.len > b->name.len;
}

static int
by_confidence(const void *x, const void *y)
{
  const rk_label *a = x, *b = y;
  if (a->confidence > b->confidence || a->confidence < b->confidence)
    return a->confidence > b->confidence ? -1 : 1;
  return by_name(x, y);
}

static int
by_name_then_confidence(const void *x, const void *y)
{
  int order = by_name(x, y);
  return order ? order : by_confidence(x, y);
}

static void
drop(rk_label *l)
{
  free(l->parents);
  l->parents = NULL;
}

/* One of each name, the surest (a model may see a thing twice); the surest first; no more than wanted. */
static void
order_and_cut(rk_answer *a, const rk_options *o)
{
  size_t kept = 0;
  if (a->n)
    qsort(a->labels, a->n, sizeof *a->labels, by_name_then_confidence);
  for (size_t i = 0; i < a->n; i++) {
    if (kept && same(a->labels[kept - 1].name, a->labels[i].name))
      drop(&a->labels[i]);
    else
      a->labels[kept++] = a->labels[i];
  }
  if (kept)
    qsort(a->labels, kept, sizeof *a->labels, by_confidence);
  for (a->n = kept; a->n > (size_t)o->max_labels; a->n--)
    drop(&a->labels[a->n - 1]);
}

static rk_label *
look_up(rk_label *sorted, size_t n, ek_str name)
{
  rk_label key = { .name = name };
  return n ? bsearch(&key, sorted, n, sizeof *sorted, by_name) : NULL;
}

/* Nearest first: what has more parents of its own is nearer. Only where all of them are known; else as they came. */
static void
order_parents(rk_label *l, rk_label *sorted, size_t n)
{
  size_t depth[MOST_PARENTS];
  for (size_t i = 0; i < l->n_parents; i++) {
    const rk_label *p = look_up(sorted, n, l->parents[i]);
    if (!p)
      return;
    depth[i] = p->depth;
  }
  for (size_t i = 1; i < l->n_parents; i++) {
    ek_str name = l->parents[i];
    size_t d = depth[i], k = i;
    for (; k && depth[k - 1] < d; k--) {
      l->parents[k] = l->parents[k - 1];
      depth[k] = depth[k - 1];
    }
    l->parents[k] = name;
    depth[k] = d;
  }
}

/* Leaves are no other's parent, among those that were kept. */
static const char *
apply_emit(rk_answer *a, const rk_options *o)
{
  size_t n = a->n, kept = 0;
  rk_label *sorted = malloc((n + 1) * sizeof *sorted);
  if (!sorted)
    return no_memory;
  for (size_t i = 0; i < n; i++) {
    a->labels[i].depth = a->labels[i].n_parents;
    sorted[i] = a->labels[i];
  }
  if (n)
    qsort(sorted, n, sizeof *sorted, by_name);
  for (size_t i = 0; i < n; i++) {
    order_parents(&a->labels[i], sorted, n);
    for (size_t k = 0; k < a->labels[i].n_parents; k++) {
      rk_label *p = look_up(sorted, n, a->labels[i].parents[k]);
      if (p && !same(p->name, a->labels[i].name))
        p->is_parent = 1;
    }
  }
  for (size_t i = 0; i < n; i++) {
    const rk_label *l = look_up(sorted, n, a->labels[i].name);
    if (o->emit == RK_BOTH || (l && l->is_parent) == (o->emit == RK_PARENTS))
      a->labels[kept++] = a->labels[i];
    else
      drop(&a->labels[i]);
  }
  a->n = kept;
  free(sorted);
  return NULL;
}

/* ---- colours ------------------------------------------------------------------- */

static const json_t *
color_list(const json_t *properties)
{
  const json_t *front = json_object_get(json_object_get(properties, "Foreground"), "DominantColors");
  return json_array_size(front) ? front : json_object_get(properties, "DominantColors");
}

/* The simple names of the foreground's colours, with their share of its pixels. */
static const char *
add_colors(rk_answer *a, const rk_options *o)
{
  const json_t *properties = json_object_get(a->json, "ImageProperties");
  const json_t *list = color_list(properties);
  size_t n = json_array_size(list), found = 0;
  if (!json_is_object(properties))
    return "it has no image properties";
  if (n > MOST_COLORS)
    return "it has too many colours";
  rk_label *colors = calloc(n + 1, sizeof *colors), *all;
  if (!colors)
    return no_memory;
  for (size_t i = 0; i < n; i++) {
    const json_t *color = json_array_get(list, i);
    const json_t *pixels = json_object_get(color, "PixelPercent");
    ek_str name = name_of(color, "SimplifiedColor");
    double share = json_number_value(pixels) / 100;
    if (!name.ptr || !json_is_number(pixels) || !(share >= 0))
      continue;
    size_t k = 0;
    while (k < found && !same(colors[k].name, name))
      k++;
    if (k == found)
      colors[found++] = (rk_label){ .name = name, .is_color = 1 };
    colors[k].confidence = colors[k].confidence + share < 1 ? colors[k].confidence + share : 1;
  }
  if (found)
    qsort(colors, found, sizeof *colors, by_confidence);
  if (found > (size_t)o->max_labels)
    found = (size_t)o->max_labels;
  all = realloc(a->labels, (a->n + found + 1) * sizeof *all);
  if (all) {
    a->labels = all;
    memcpy(all + a->n, colors, found * sizeof *colors);
    a->n += found;
  }
  free(colors);
  return all ? NULL : no_memory;
}

/* ---- all of it ------------------------------------------------------------------- */

int
rk_answer_read(ek_str body, const rk_options *o, rk_answer *out, const char **why)
{
  json_error_t e;
  memset(out, 0, sizeof *out);
  out->json = json_loadb(body.ptr, body.len, 0, &e);
  if (!out->json) {
    *why = "it is no JSON";
    return -1;
  }
  const json_t *list = json_object_get(out->json, o->arn.len ? "CustomLabels" : "Labels");
  int whole = json_is_array(list);
  *why = read_labels(list, o, out);
  if (!*why) {
    order_and_cut(out, o);
    *why = o->arn.len ? NULL : apply_emit(out, o);
  }
  if (!*why && o->properties)
    *why = add_colors(out, o);
  return !*why ? 0 : whole && *why != no_memory ? -2 : -1;
}

void
rk_answer_clear(rk_answer *a)
{
  for (size_t i = 0; i < a->n; i++)
    drop(&a->labels[i]);
  free(a->labels);
  json_decref(a->json);
  memset(a, 0, sizeof *a);
}
