/* SPDX-License-Identifier: BSD-3-Clause */
/* ek.labels/1: what earlier steps said of this item, as they emitted it. The unit's
 * list holds the labels of finished steps only, in the order of the chain.   */
#include <string.h>
#include "plugin/internal.h"

static int
is_earlier(const ek_item *item, const ek_tag *tag)
{
  return tag->step < item->instance->index;
}

static size_t
count(const ek_item *item)
{
  size_t n = 0;
  for (const ek_tag *t = item ? item->unit->first : NULL; t; t = t->next)
    n += is_earlier(item, t) ? 1u : 0u;
  return n;
}

static int
at(const ek_item *item, size_t i, ek_label *out, ek_str *step)
{
  const ek_tag *t = item ? item->unit->first : NULL;
  for (; t; t = t->next)
    if (is_earlier(item, t) && i-- == 0)
      break;
  if (!t)
    return 0;
  if (out) {
    uint32_t size = out->struct_size;
    ek_label whole = { .struct_size = size, .name = t->name, .confidence = t->confidence, .parents = t->parents,
                       .n_parents = t->n_parents, .scheme = t->scheme, .ref = t->ref };
    if (size < sizeof size)
      return 0;
    memcpy(out, &whole, size < sizeof whole ? size : sizeof whole);
  }
  if (step)
    *step = ek_cstr(item->instance->step_names[t->step]);
  return 1;
}

const ek_labels ek_labels_table = { .struct_size = sizeof(ek_labels), .count = count, .at = at };
