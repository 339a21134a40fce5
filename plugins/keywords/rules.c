/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define MAX_FILE ((size_t)64 << 20)
#define MAX_PHRASE 32u           /* words of one                               */
#define FORM "a line is WORD TAB LABEL [TAB CONFIDENCE [TAB PARENT]]"

/* A prefix of a phrase. Node 0 is the empty one and no node's child; rule 0 is none. */
typedef struct node {
  uint32_t parent, word;         /* the last step to it                        */
  uint32_t depth;
  uint32_t fail;                 /* its longest proper suffix that is a node    */
  uint32_t out;                  /* the longest one where a phrase ends; 0: none */
  uint32_t first, last;          /* rules whose phrase it is                   */
} node;
typedef struct slot { uint64_t key; uint32_t value; } slot;     /* value 0: free  */
typedef struct map { slot *slots; size_t size, n; } map;        /* size: power of two */
typedef struct text { const char *ptr; size_t len; } text;

struct kw_rules {
  char *data;                    /* the file; labels and parents point into it  */
  kw_rule *rules; size_t n_rules, cap_rules;
  text *labels; size_t n_labels, cap_labels;
  text *words; size_t n_words, cap_words;      /* word 0 is none                */
  node *nodes; size_t n_nodes, cap_nodes;
  uint32_t *roots;               /* by word: the node of that one word          */
  map word_map, label_map, edges;
  int exact;
};

/* What one file's reading needs. */
typedef struct reader { kw_rules *r; const char *path; size_t line; char *why; size_t size; } reader;

static int
fail(reader *in, const char *fmt, const char *value, size_t len)
{
  int n = in->line ? snprintf(in->why, in->size, "%s:%zu: ", in->path, in->line)
                   : snprintf(in->why, in->size, "%s: ", in->path);
  if (n >= 0 && (size_t)n < in->size)
    snprintf(in->why + n, in->size - (size_t)n, fmt, len > 60 ? 60 : (int)len, value);
  return -1;
}

/* Room for one more; 0 when there is no memory. */
static int
room(void *array, size_t *cap, size_t n, size_t size)
{
  void *p;
  if (n < *cap)
    return 1;
  size_t want = *cap ? *cap * 2 : 64;
  memcpy(&p, array, sizeof p);
  p = realloc(p, want * size);
  if (!p)
    return 0;
  memcpy(array, &p, sizeof p);
  *cap = want;
  return 1;
}

/* ---- maps: from a hash, or a pair of numbers, to a number -------------------- */

static size_t
spread(uint64_t key)
{
  key *= 0x9e3779b97f4a7c15u;
  return (size_t)(key ^ key >> 32);
}

static int
map_grow(map *m)
{
  map next = { NULL, m->size ? m->size * 2 : 256, m->n };
  if (m->n * 2 < m->size)
    return 1;
  next.slots = calloc(next.size, sizeof *next.slots);
  if (!next.slots)
    return 0;
  for (size_t i = 0; i < m->size; i++)
    if (m->slots[i].value) {
      size_t k = spread(m->slots[i].key) & (next.size - 1);
      while (next.slots[k].value)
        k = (k + 1) & (next.size - 1);
      next.slots[k] = m->slots[i];
    }
  free(m->slots);
  *m = next;
  return 1;
}

static void
map_put(map *m, uint64_t key, uint32_t value)
{
  size_t i = spread(key) & (m->size - 1);
  while (m->slots[i].value)
    i = (i + 1) & (m->size - 1);
  m->slots[i] = (slot){ key, value };
  m->n++;
}

/* The value of key whose text is s, or 0. */
static uint32_t
map_text(const map *m, uint64_t key, const text *texts, const char *s, size_t len)
{
  if (!m->size)
    return 0;
  for (size_t i = spread(key) & (m->size - 1); m->slots[i].value; i = (i + 1) & (m->size - 1)) {
    const text *t = &texts[m->slots[i].value];
    if (m->slots[i].key == key && t->len == len && !memcmp(t->ptr, s, len))
      return m->slots[i].value;
  }
  return 0;
}

static uint32_t
edge(const kw_rules *r, uint32_t from, uint32_t word)
{
  uint64_t key = (uint64_t)from << 32 | word;
  for (size_t i = spread(key) & (r->edges.size - 1); r->edges.slots[i].value; i = (i + 1) & (r->edges.size - 1))
    if (r->edges.slots[i].key == key)
      return r->edges.slots[i].value;
  return 0;
}

/* ---- building ---------------------------------------------------------------- */

static uint64_t
hash_text(const char *p, size_t n)
{
  uint64_t h = 0xcbf29ce484222325u;
  for (size_t i = 0; i < n; i++)
    h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
  return h;
}

/* Index of a label, new or known; 0 when there is no memory. */
static uint32_t
intern_label(kw_rules *r, const char *p, size_t len)
{
  uint64_t hash = hash_text(p, len);
  uint32_t known = map_text(&r->label_map, hash, r->labels, p, len);
  if (known)
    return known;
  if (!room(&r->labels, &r->cap_labels, r->n_labels, sizeof *r->labels) || !map_grow(&r->label_map))
    return 0;
  r->labels[r->n_labels] = (text){ p, len };
  map_put(&r->label_map, hash, (uint32_t)r->n_labels);
  return (uint32_t)r->n_labels++;
}

static uint32_t
intern_word(kw_rules *r, const kw_words *w)
{
  uint32_t known = map_text(&r->word_map, w->hash, r->words, w->word, w->len);
  if (known)
    return known;
  char *copy = malloc(w->len);
  if (!copy)
    return 0;
  if (!room(&r->words, &r->cap_words, r->n_words, sizeof *r->words) || !map_grow(&r->word_map)) {
    free(copy);
    return 0;
  }
  memcpy(copy, w->word, w->len);
  r->words[r->n_words] = (text){ copy, w->len };
  map_put(&r->word_map, w->hash, (uint32_t)r->n_words);
  return (uint32_t)r->n_words++;
}

static uint32_t
child(kw_rules *r, uint32_t from, uint32_t word)
{
  if (!room(&r->nodes, &r->cap_nodes, r->n_nodes, sizeof *r->nodes) || !map_grow(&r->edges))
    return 0;
  uint32_t known = edge(r, from, word);
  if (known)
    return known;
  uint32_t made = (uint32_t)r->n_nodes++;
  r->nodes[made] = (node){ .parent = from, .word = word, .depth = r->nodes[from].depth + 1 };
  map_put(&r->edges, (uint64_t)from << 32 | word, made);
  return made;
}

/* Walks to the node of a phrase; 0 and why when it cannot be one. */
static uint32_t
add_phrase(reader *in, const char *p, size_t len)
{
  kw_words w;
  uint32_t at = 0, words = 0;
  kw_words_start(&w, (ek_str){ p, len }, in->r->exact, 1);
  while (kw_words_next(&w)) {
    if (w.len > KW_MAX_WORD || ++words > MAX_PHRASE) {
      fail(in, words > MAX_PHRASE ? "'%.*s' has more than 32 words" : "'%.*s' is too long for a word", p, len);
      return 0;
    }
    uint32_t word = intern_word(in->r, &w);
    at = word ? child(in->r, at, word) : 0;
    if (!at) {
      fail(in, "out of memory%.*s", "", 0);
      return 0;
    }
  }
  if (!at)
    fail(in, "there is no letter or digit in '%.*s', so it can match nothing", p, len);
  return at;
}

static int
add_rule(reader *in, uint32_t at, const text *label, double confidence, const text *parent)
{
  kw_rules *r = in->r;
  uint32_t l = intern_label(r, label->ptr, label->len);
  if (!l || !room(&r->rules, &r->cap_rules, r->n_rules, sizeof *r->rules))
    return fail(in, "out of memory%.*s", "", 0);
  uint32_t made = (uint32_t)r->n_rules++;
  r->rules[made] = (kw_rule){ l, 0, confidence, { parent->ptr, parent->len } };
  node *n = &r->nodes[at];
  if (n->last)
    r->rules[n->last].next = made;
  else
    n->first = made;
  n->last = made;
  return 0;
}

/* Suffix links, from the shorter prefixes to the longer ones. */
static int
link_nodes(kw_rules *r)
{
  uint32_t *order = malloc(r->n_nodes * sizeof *order), start[MAX_PHRASE + 2] = { 0 };
  r->roots = calloc(r->n_words, sizeof *r->roots);
  if (!order || !r->roots || !map_grow(&r->edges)) {
    free(order);
    return 0;
  }
  for (size_t i = 1; i < r->n_nodes; i++)
    start[r->nodes[i].depth + 1]++;
  for (size_t d = 1; d < MAX_PHRASE + 2; d++)
    start[d] += start[d - 1];
  for (uint32_t i = 1; i < r->n_nodes; i++)
    order[start[r->nodes[i].depth]++] = i;
  for (size_t i = 0; i + 1 < r->n_nodes; i++) {
    node *n = &r->nodes[order[i]];
    if (!n->parent) {
      r->roots[n->word] = order[i];
      continue;
    }
    uint32_t f = r->nodes[n->parent].fail, next;
    while (!(next = edge(r, f, n->word)) && f)
      f = r->nodes[f].fail;
    n->fail = next;
    n->out = r->nodes[next].first ? next : r->nodes[next].out;
  }
  free(order);
  return 1;
}

/* ---- the file ---------------------------------------------------------------- */

static text
trimmed(const char *p, size_t n)
{
  while (n && (*p == ' ' || *p == '\r')) {
    p++;
    n--;
  }
  while (n && (p[n - 1] == ' ' || p[n - 1] == '\r'))
    n--;
  return (text){ p, n };
}

/* 0 to 1 with up to 15 digits after the point: exact without the locale's help. */
static int
read_confidence(const text *t, double *out)
{
  uint64_t value = 0;
  double scale = 1;
  size_t i = 0, digits = 0;
  for (; i < t->len && t->ptr[i] >= '0' && t->ptr[i] <= '9' && digits < 4; i++, digits++)
    value = value * 10 + (uint64_t)(t->ptr[i] - '0');
  if (i < t->len && t->ptr[i] == '.') {
    size_t from = ++i;
    for (; i < t->len && t->ptr[i] >= '0' && t->ptr[i] <= '9' && i - from < 15; i++, digits++) {
      value = value * 10 + (uint64_t)(t->ptr[i] - '0');
      scale *= 10;
    }
  }
  *out = (double)value / scale;
  return digits && i == t->len && *out <= 1;
}

static int
is_utf8(const char *p, size_t n)
{
  utf8proc_int32_t c;
  utf8proc_ssize_t used;
  for (; n; p += used, n -= (size_t)used) {
    used = utf8proc_iterate((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)n, &c);
    if (used <= 0 || !c)
      return 0;
  }
  return 1;
}

static int
read_line(reader *in, const char *p, size_t n)
{
  text part[4] = { { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 } };
  size_t parts = 0;
  double confidence = -1;
  text line = trimmed(p, n);
  if (!line.len || line.ptr[0] == '#')
    return 0;
  if (!is_utf8(p, n))
    return fail(in, "not valid UTF-8, or a NUL byte%.*s", "", 0);
  for (const char *end = p + n; p; parts++) {
    const char *tab = memchr(p, '\t', (size_t)(end - p));
    if (parts == 4)
      return fail(in, "more than four columns: '%.*s'; " FORM, p, (size_t)(end - p));
    part[parts] = trimmed(p, (size_t)((tab ? tab : end) - p));
    p = tab ? tab + 1 : NULL;
  }
  if (parts < 2 || !part[1].len)
    return fail(in, "no label for '%.*s'; " FORM, part[0].ptr, part[0].len);
  if (part[2].len && !read_confidence(&part[2], &confidence))
    return fail(in, "confidence '%.*s' is not a number from 0 to 1, such as 0.85", part[2].ptr, part[2].len);
  uint32_t at = add_phrase(in, part[0].ptr, part[0].len);
  return at ? add_rule(in, at, &part[1], confidence, &part[3]) : -1;
}

static int
read_file(reader *in, size_t *len)
{
  size_t cap = 0;
  FILE *f = fopen(in->path, "rbe");
  if (!f)
    return fail(in, "%.*s", strerror(errno), 60);
  do {
    if (!room(&in->r->data, &cap, *len + 4096, 1)) {
      fclose(f);
      return fail(in, "out of memory%.*s", "", 0);
    }
    *len += fread(in->r->data + *len, 1, cap - *len, f);
  } while (!feof(f) && !ferror(f) && *len <= MAX_FILE);
  int bad = ferror(f), error = errno;
  fclose(f);
  if (bad)
    return fail(in, "%.*s", strerror(error), 60);
  return *len > MAX_FILE ? fail(in, "larger than 64 MiB%.*s", "", 0) : 0;
}

static int
read_rules(reader *in)
{
  kw_rules *r = in->r;
  size_t len = 0;
  /* Place 0 of these means "none". */
  if (!room(&r->rules, &r->cap_rules, 0, sizeof *r->rules) || !room(&r->labels, &r->cap_labels, 0, sizeof *r->labels) ||
      !room(&r->words, &r->cap_words, 0, sizeof *r->words) || !room(&r->nodes, &r->cap_nodes, 0, sizeof *r->nodes))
    return fail(in, "out of memory%.*s", "", 0);
  r->n_rules = r->n_labels = r->n_words = r->n_nodes = 1;
  r->words[0] = r->labels[0] = (text){ NULL, 0 };
  r->nodes[0] = (node){ 0 };
  if (read_file(in, &len))
    return -1;
  const char *p = r->data, *end = p + len;
  if (len >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
    p += 3;
  while (p < end) {
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    in->line++;
    if (read_line(in, p, (size_t)((newline ? newline : end) - p)))
      return -1;
    p = newline ? newline + 1 : end;
  }
  in->line = 0;
  return link_nodes(r) ? 0 : fail(in, "out of memory%.*s", "", 0);
}

kw_rules *
kw_rules_load(const char *path, int exact, char *why, size_t size)
{
  kw_rules *r = calloc(1, sizeof *r);
  reader in = { r, path, 0, why, size };
  if (r) {
    r->exact = exact;
    if (!read_rules(&in))
      return r;
    kw_rules_free(r);
  } else
    fail(&in, "out of memory%.*s", "", 0);
  return NULL;
}

void
kw_rules_free(kw_rules *r)
{
  if (!r)
    return;
  for (size_t i = 1; i < r->n_words; i++)
    free((char *)(uintptr_t)r->words[i].ptr);
  free(r->data);
  free(r->rules);
  free(r->labels);
  free(r->words);
  free(r->nodes);
  free(r->roots);
  free(r->word_map.slots);
  free(r->label_map.slots);
  free(r->edges.slots);
  free(r);
}

/* ---- walking ----------------------------------------------------------------- */

size_t
kw_rules_count(const kw_rules *r)
{
  return r->n_rules - 1;
}

size_t
kw_rules_labels(const kw_rules *r)
{
  return r->n_labels;
}

ek_str
kw_rules_label(const kw_rules *r, uint32_t label)
{
  return (ek_str){ r->labels[label].ptr, r->labels[label].len };
}

const kw_rule *
kw_rules_at(const kw_rules *r, uint32_t rule)
{
  return &r->rules[rule];
}

uint32_t
kw_rules_step(const kw_rules *r, uint32_t state, const kw_words *w)
{
  if (w->len > KW_MAX_WORD)
    return 0;
  uint32_t word = map_text(&r->word_map, w->hash, r->words, w->word, w->len), next;
  if (!word)
    return 0;
  while (state) {
    if ((next = edge(r, state, word)))
      return next;
    state = r->nodes[state].fail;
  }
  return r->roots[word];
}

uint32_t
kw_rules_ending(const kw_rules *r, uint32_t *at)
{
  while (*at) {
    const node *n = &r->nodes[*at];
    *at = n->out;
    if (n->first)
      return n->first;
  }
  return 0;
}
