/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include "base/mem.h"
#include "base/text.h"
#include "catalog/projection_internal.h"

static uint32_t
new_node(ek_projection *p, int repeats)
{
  p->nodes = ek_mem_grow(p->nodes, &p->cap_nodes, p->n_nodes + 1, sizeof *p->nodes);
  p->nodes[p->n_nodes] =
      (ek_trie_node){ .capture = EK_NONE, .marks = EK_NONE, .each = EK_NONE, .repeats = (uint8_t)repeats };
  return (uint32_t)p->n_nodes++;
}

ek_projection *
ek_projection_new(enum ek_pick pick)
{
  ek_projection *p = ek_mem_zero(1, sizeof *p);
  p->pick = pick;
  new_node(p, 0);
  return p;
}

static void
clear_trie(ek_projection *p)
{
  for (size_t i = 0; i < p->n_nodes; i++) {
    free(p->nodes[i].keys);
    free(p->nodes[i].indexes);
  }
  p->n_nodes = 0;
}

static void
clear_slot(ek_slot *s)
{
  for (size_t i = 0; i < s->n; i++)
    ek_path_clear(&s->paths[i]);
  free(s->paths);
  free(s->captures);
  free(s->name);
  *s = (ek_slot){ 0 };
}

void
ek_projection_free(ek_projection *p)
{
  if (!p)
    return;
  clear_trie(p);
  free(p->nodes);
  for (size_t i = 0; i < p->n; i++)
    clear_slot(&p->slots[i]);
  free(p);
}

/* While the trie grows, keys is a plain list of n_keys; index_keys makes the table. */
static uint32_t
child_key(ek_projection *p, uint32_t node, ek_str key)
{
  ek_trie_node *n = &p->nodes[node];
  for (uint32_t i = 0; i < n->n_keys; i++)
    if (n->keys[i].len == key.len && memcmp(n->keys[i].text, key.ptr, key.len) == 0)
      return n->keys[i].node;
  uint32_t child = new_node(p, n->repeats);
  n = &p->nodes[node];
  n->keys = ek_mem_resize(n->keys, (n->n_keys + 1) * sizeof *n->keys);
  n->keys[n->n_keys++] = (ek_trie_key){ 0, 0, key.ptr, (uint32_t)key.len, child };
  return child;
}

static uint32_t
child_index(ek_projection *p, uint32_t node, size_t index)
{
  ek_trie_node *n = &p->nodes[node];
  for (uint32_t i = 0; i < n->n_indexes; i++)
    if (n->indexes[i].index == index)
      return n->indexes[i].node;
  uint32_t child = new_node(p, n->repeats);
  n = &p->nodes[node];
  n->indexes = ek_mem_resize(n->indexes, (n->n_indexes + 1) * sizeof *n->indexes);
  n->indexes[n->n_indexes++] = (ek_trie_index){ index, child };
  return child;
}

static uint32_t
child_each(ek_projection *p, uint32_t node)
{
  if (p->nodes[node].each == EK_NONE) {
    uint32_t child = new_node(p, 1);
    p->nodes[node].each = child;
  }
  return p->nodes[node].each;
}

static uint32_t
leaf(ek_projection *p, const ek_path *path)
{
  uint32_t node = 0;
  for (size_t i = 0; i < path->n; i++) {
    const ek_path_part *part = &path->parts[i];
    switch (part->kind) {
    case EK_PART_KEY: node = child_key(p, node, part->key); break;
    case EK_PART_INDEX: node = child_index(p, node, part->index); break;
    case EK_PART_EACH: node = child_each(p, node); break;
    }
  }
  return node;
}

/* Numbers the captures below node, so that each subtree's are a range, and gives
 * room for marks to nodes whose captures gather over the elements of a list. */
static void
number(ek_projection *p, uint32_t node)
{
  ek_trie_node *n = &p->nodes[node];
  n->begin = p->n_captures;
  if (n->capture != EK_NONE)
    n->capture = p->n_captures++;
  for (uint32_t i = 0; i < n->n_keys; i++)
    number(p, n->keys[i].node);
  for (uint32_t i = 0; i < n->n_indexes; i++)
    number(p, n->indexes[i].node);
  if (n->each != EK_NONE)
    number(p, n->each);
  n->end = p->n_captures;
  if (n->repeats) {
    n->marks = p->n_marks;
    p->n_marks += n->end - n->begin;
  }
}

static uint64_t
padded_word(const char *p, size_t len)
{
  char buf[8] = { 0 };
  memcpy(buf, p, len < 8 ? len : 8);
  return ek_trie_word(buf, len);
}

static void
index_keys(ek_trie_node *n)
{
  uint32_t size = 8;
  while (size < n->n_keys * 4)
    size *= 2;
  ek_trie_key *table = ek_mem_zero(size, sizeof *table);
  for (uint32_t i = 0; i < n->n_keys; i++) {
    ek_trie_key k = n->keys[i];
    k.head = padded_word(k.text, k.len);
    k.tail = k.len > 8 ? padded_word(k.text + k.len - 8, 8) : 0;
    uint32_t h = ek_trie_hash(k.head, k.tail, k.len);
    while (table[h & (size - 1)].text)
      h++;
    table[h & (size - 1)] = k;
  }
  free(n->keys);
  n->keys = table;
  n->mask = size - 1;
}

/* A projection is small and made once, so each new slot builds the trie anew: it
 * is whole and unchanging at any time that a parser can look at it. */
static void
build(ek_projection *p)
{
  clear_trie(p);
  new_node(p, 0);
  for (size_t i = 0; i < p->n; i++)
    for (size_t k = 0; k < p->slots[i].n; k++)
      if (!p->slots[i].paths[k].constant) {
        uint32_t node = leaf(p, &p->slots[i].paths[k]);
        p->nodes[node].capture = 0;
        p->slots[i].captures[k] = node;      /* for now; below: its number         */
      }
  p->n_captures = p->n_marks = 0;
  number(p, 0);
  for (size_t i = 0; i < p->n; i++)
    for (size_t k = 0; k < p->slots[i].n; k++)
      if (!p->slots[i].paths[k].constant)
        p->slots[i].captures[k] = p->nodes[p->slots[i].captures[k]].capture;
  for (size_t i = 0; i < p->n_nodes; i++)
    index_keys(&p->nodes[i]);
}

int
ek_projection_add(ek_projection *p, const char *name, const ek_field_rule *rule, ek_error *e)
{
  char shown[256];
  for (size_t i = 0; i < p->n; i++)
    if (strcmp(p->slots[i].name, name) == 0)
      return (int)i;
  if (p->n == EK_SLOTS_MAX)
    return ek_fail(e, EK_EXIT_REFUSED, "too_many_fields", "field '%s' is one too many: a chain reads at most %d",
                   ek_show(ek_cstr(name), shown, sizeof shown), EK_SLOTS_MAX);
  size_t n = rule ? rule->n_paths : 1;
  if (n > EK_SLOT_PATHS_MAX)
    return ek_fail(e, EK_EXIT_REFUSED, "too_many_paths", "field '%s' has %zu paths, at most %d are looked at",
                   ek_show(ek_cstr(name), shown, sizeof shown), n, EK_SLOT_PATHS_MAX);
  ek_slot s = { .name = ek_mem_strdup(name), .paths = ek_mem_zero(n, sizeof *s.paths),
                .captures = ek_mem_alloc(n * sizeof *s.captures) };
  for (; s.n < n; s.n++) {
    s.captures[s.n] = EK_NONE;
    if (ek_path_parse(rule ? rule->paths[s.n] : name, &s.paths[s.n], e) < 0) {
      clear_slot(&s);
      return -1;
    }
  }
  p->slots[p->n] = s;
  p->n++;
  build(p);
  return (int)p->n - 1;
}

int
ek_projection_use(ek_projection *p, const ek_field_rules *rules, const char *name, ek_error *e)
{
  for (size_t i = 0; rules && i < rules->n; i++)
    if (strcmp(rules->list[i].name, name) == 0)
      return ek_projection_add(p, name, &rules->list[i], e);
  return ek_projection_add(p, name, NULL, e);
}

size_t ek_projection_slots(const ek_projection *p) { return p->n; }
const char *ek_projection_name(const ek_projection *p, size_t slot) { return p->slots[slot].name; }
size_t ek_projection_paths(const ek_projection *p, size_t slot) { return p->slots[slot].n; }

const char *
ek_projection_path(const ek_projection *p, size_t slot, size_t path)
{
  return p->slots[slot].paths[path].text;
}
