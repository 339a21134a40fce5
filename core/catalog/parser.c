/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/parser.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"
#include "base/utf8.h"
#include "catalog/csv.h"
#include "catalog/excerpt.h"
#include "catalog/json_shim.h"
#include "catalog/literal.h"
#include "catalog/walk.h"

/* Buffers that one giant record has blown up are not kept. */
#define KEEP_TOKENS ((size_t)1 << 20)

struct ek_parser {
  const ek_projection *p;
  ek_captures captures;
  ek_json_index *index;
  ek_literal literal;
  const ek_input_file *file;     /* whose columns are below                        */
  uint32_t *columns;             /* by slot and path: cell, or EK_NONE             */
  ek_str *cells;
};

ek_parser *
ek_parser_new(const ek_projection *p)
{
  ek_parser *r = ek_mem_zero(1, sizeof *r);
  r->p = p;
  ek_captures_init(&r->captures, p);
  r->index = ek_json_index_new();
  return r;
}

void
ek_parser_free(ek_parser *r)
{
  if (!r)
    return;
  ek_captures_clear(&r->captures);
  ek_json_index_free(r->index);
  ek_literal_clear(&r->literal);
  free(r->columns);
  free(r->cells);
  free(r);
}

/* s itself, or a repaired copy in the arena with readable bytes behind it. */
static ek_str
valid(ek_str s, ek_arena *arena, ek_parse_note *note)
{
  if (ek_utf8_valid(s))
    return s;
  ek_text t = { 0 };
  note->repaired += ek_utf8_repair(s, &t);
  char *copy = ek_arena_alloc(arena, t.len + EK_BLOCK_PADDING);
  memcpy(copy, t.data, t.len);
  memset(copy + t.len, 0, EK_BLOCK_PADDING);
  ek_str r = { copy, t.len };
  ek_text_free(&t);
  return r;
}

static int
finish(ek_captures *c, ek_walk *w, ek_field *fields, ek_parse_note *note)
{
  note->repaired += w->repaired;
  ek_captures_resolve(c, w->arena, fields);
  return 0;
}

static int
refuse_value(const ek_walk *w, ek_parse_note *note)
{
  char shown[128];
  ek_str rest = { w->text + w->error_at, w->len - w->error_at };
  snprintf(note->why, sizeof note->why, "%s at byte %zu: %s", w->error, w->error_at + 1,
           ek_show(ek_excerpt(rest, 12), shown, sizeof shown));
  return -1;
}

/* Everything that is not clean JSON. s is valid UTF-8. */
static int
slow(ek_captures *c, ek_literal *l, enum ek_dialect dialect, ek_str s, ek_arena *arena, ek_field *fields,
     ek_parse_note *note)
{
  int r = -1;
  if (ek_literal_rewrite(l, dialect, s, note->why, sizeof note->why) == 0) {
    ek_walk w = { .text = l->text.data, .len = l->text.len, .at = l->at, .n = (uint32_t)l->n,
                  .captures = c, .arena = arena, .copy = 1 };
    if (ek_walk_record(&w) == 0)
      r = finish(c, &w, fields, note);
    else if (w.error)
      refuse_value(&w, note);
    else
      snprintf(note->why, sizeof note->why, "the record cannot be read");
  }
  if (l->cap > KEEP_TOKENS || l->text.cap > KEEP_TOKENS)
    ek_literal_clear(l);
  return r;
}

/* The fast way: 0 or -1 as the record is, 1 when the slow way must decide. */
static int
fast(ek_parser *r, ek_str s, int *result, ek_arena *arena, ek_field *fields, ek_parse_note *note)
{
  ek_walk w = { .text = s.ptr, .len = s.len, .captures = &r->captures, .arena = arena };
  *result = ek_json_index_make(r->index, s.ptr, s.len, &w.at, &w.n);
  if (*result != EK_JSON_OK)
    return 1;
  if (ek_walk_record(&w) == 0)
    return finish(&r->captures, &w, fields, note);
  return w.error ? refuse_value(&w, note) : 1;
}

static int
json(ek_parser *r, ek_str s, ek_arena *arena, ek_field *fields, ek_parse_note *note)
{
  int result, done = fast(r, s, &result, arena, fields, note);
  if (done <= 0)
    return done;
  if (result != EK_JSON_OK)
    s = valid(s, arena, note);
  if (result == EK_JSON_UTF8) {
    done = fast(r, s, &result, arena, fields, note);
    if (done <= 0)
      return done;
  }
  return slow(&r->captures, &r->literal, EK_DIALECT_JSON, s, arena, fields, note);
}

int
ek_literal_record(const ek_projection *p, enum ek_dialect dialect, ek_str text, ek_arena *arena, ek_field *fields,
                  ek_parse_note *note)
{
  ek_captures c;
  ek_literal l = { 0 };
  *note = (ek_parse_note){ 0 };
  ek_captures_init(&c, p);
  int r = slow(&c, &l, dialect, valid(text, arena, note), arena, fields, note);
  ek_captures_clear(&c);
  ek_literal_clear(&l);
  return r;
}

/* ---- CSV ------------------------------------------------------------------- */

/* The column that a path means: its text as written, or its one name. The first of
 * two columns with the same name. */
static uint32_t
find_column(const ek_input_file *f, const ek_path *p)
{
  for (uint32_t i = 0; i < f->n_header; i++)
    if (strcmp(f->header[i], p->text) == 0 || (p->n == 1 && ek_str_eqc(p->parts[0].key, f->header[i])))
      return i;
  return EK_NONE;
}

static void
learn_header(ek_parser *r, const ek_input_file *f)
{
  r->columns = ek_mem_resize(r->columns, EK_SLOTS_MAX * EK_SLOT_PATHS_MAX * sizeof *r->columns);
  r->cells = ek_mem_resize(r->cells, (f->n_header + 1) * sizeof *r->cells);
  for (size_t i = 0; i < r->p->n; i++)
    for (size_t k = 0; k < r->p->slots[i].n; k++) {
      const ek_path *p = &r->p->slots[i].paths[k];
      r->columns[i * EK_SLOT_PATHS_MAX + k] = p->constant ? EK_NONE : find_column(f, p);
    }
  r->file = f;
}

static void
csv_field(const ek_parser *r, size_t slot, size_t n_cells, ek_arena *arena, ek_field *out)
{
  const ek_slot *s = &r->p->slots[slot];
  *out = (ek_field){ .path = -1 };
  for (size_t k = 0; k < s->n; k++) {
    uint32_t column = r->columns[slot * EK_SLOT_PATHS_MAX + k];
    const ek_str *value;
    if (s->paths[k].constant)
      value = &s->paths[k].value;
    else if (column < n_cells)
      value = &r->cells[column];
    else
      continue;
    if (out->path < 0 || value->len)
      *out = (ek_field){ value, 1, NULL, 0, EK_KIND_STRING, (int8_t)k };
    if (value->len || r->p->pick == EK_PICK_PRESENT)
      break;
  }
  if (out->n) {
    ek_str *copy = ek_arena_alloc(arena, sizeof *copy);
    *copy = *out->values;
    out->values = copy;
  }
}

/* Cells are unquoted in place; a rejected row is to be shown as it stood, though. */
static int
csv(ek_parser *r, const ek_block *b, ek_str row, ek_arena *arena, ek_field *fields, ek_parse_note *note)
{
  size_t n = 0, columns = b->file->n_header;
  if (r->file != b->file)
    learn_header(r, b->file);
  char *text = b->data + (row.ptr - b->data);
  if (row.len && memchr(text, '"', row.len))
    text = memcpy(ek_arena_alloc(arena, row.len), text, row.len);
  if (ek_csv_row_cells(text, row.len, b->file->delimiter, r->cells, columns, &n, note->why, sizeof note->why) < 0) {
    if (n > columns)
      snprintf(note->why, sizeof note->why, "the row has %zu fields, the header has %zu", n, columns);
    return -1;
  }
  for (size_t i = 0; i < n; i++)
    r->cells[i] = valid(r->cells[i], arena, note);
  for (size_t i = 0; i < r->p->n; i++)
    csv_field(r, i, n, arena, &fields[i]);
  return 0;
}

int
ek_parser_record(ek_parser *r, const ek_block *b, const ek_span *span, ek_arena *arena, ek_field *fields,
                 ek_parse_note *note)
{
  ek_str s = { b->data + span->begin, span->end - span->begin };
  *note = (ek_parse_note){ 0 };
  if (b->overlong) {
    snprintf(note->why, sizeof note->why, "the record has %llu bytes, at most %zu are read",
             (unsigned long long)b->overlong, EK_RECORD_MAX);
    return -1;
  }
  switch (b->file->format) {
  case EK_FORMAT_LOOSE:
    return slow(&r->captures, &r->literal, EK_DIALECT_PYTHON, valid(s, arena, note), arena, fields, note);
  case EK_FORMAT_CSV:
    return csv(r, b, s, arena, fields, note);
  default:
    return json(r, s, arena, fields, note);
  }
}
