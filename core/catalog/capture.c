/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/capture.h"
#include <stdlib.h>

void
ek_captures_init(ek_captures *c, const ek_projection *p)
{
  *c = (ek_captures){ .p = p };
  c->list = ek_mem_zero(p->n_captures, sizeof *c->list);
  c->marks = ek_mem_zero(p->n_marks, sizeof *c->marks);
  c->seen = ek_mem_zero(p->n_nodes, sizeof *c->seen);
}

void
ek_captures_clear(ek_captures *c)
{
  for (uint32_t i = 0; c->p && i < c->p->n_captures; i++) {
    free(c->list[i].values);
    free(c->list[i].ends);
  }
  free(c->list);
  free(c->marks);
  free(c->seen);
  *c = (ek_captures){ 0 };
}

static void
set_back(ek_capture *to, const ek_capture *from)
{
  to->record = from->record;
  to->kind = from->kind;
  to->nested = from->nested;
  to->n = from->n;
  to->n_ends = from->n_ends;
  to->closed = from->closed;
}

void
ek_captures_again(ek_captures *c, const ek_trie_node *node, int again)
{
  for (uint32_t i = node->begin; i < node->end; i++) {
    if (node->marks == EK_NONE)
      c->list[i].record = 0;
    else if (again)
      set_back(&c->list[i], &c->marks[node->marks + (i - node->begin)]);
    else
      set_back(&c->marks[node->marks + (i - node->begin)], &c->list[i]);
  }
}

static int
has_value(const ek_capture *x)
{
  for (size_t i = 0; i < x->n; i++)
    if (x->values[i].len)
      return 1;
  return 0;
}

static void
fill(ek_field *f, const ek_capture *x, size_t path, ek_arena *arena)
{
  f->kind = x->kind;
  f->path = (int8_t)path;
  f->n = x->n;
  if (x->n) {
    ek_str *values = ek_arena_alloc(arena, x->n * sizeof *values);
    memcpy(values, x->values, x->n * sizeof *values);
    f->values = values;
  }
  if (x->n_ends) {
    size_t *ends = ek_arena_alloc(arena, x->n_ends * sizeof *ends);
    memcpy(ends, x->ends, x->n_ends * sizeof *ends);
    f->ends = ends;
    f->n_ends = x->n_ends;
  }
}

/* Whether path i of the slot exists, and whether it has a value worth taking. */
static int
exists(const ek_captures *c, const ek_slot *s, size_t i, int *valued)
{
  if (s->captures[i] == EK_NONE) {
    *valued = s->paths[i].value.len > 0;
    return 1;
  }
  const ek_capture *x = &c->list[s->captures[i]];
  if (x->record != c->record)
    return 0;
  *valued = has_value(x);
  return 1;
}

static void
pick(const ek_captures *c, const ek_slot *s, ek_arena *arena, ek_field *f)
{
  size_t best = s->n;
  for (size_t i = 0; i < s->n; i++) {
    int valued;
    if (!exists(c, s, i, &valued))
      continue;
    if (best == s->n || valued)
      best = i;
    if (valued || c->p->pick == EK_PICK_PRESENT)
      break;
  }
  if (best == s->n)
    return;
  if (s->captures[best] == EK_NONE)
    *f = (ek_field){ &s->paths[best].value, 1, NULL, 0, EK_KIND_STRING, (int8_t)best };
  else
    fill(f, &c->list[s->captures[best]], best, arena);
}

void
ek_captures_resolve(const ek_captures *c, ek_arena *arena, ek_field *fields)
{
  for (size_t i = 0; i < c->p->n; i++) {
    fields[i] = (ek_field){ .path = -1 };
    pick(c, &c->p->slots[i], arena, &fields[i]);
  }
}
