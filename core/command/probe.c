/* SPDX-License-Identifier: BSD-3-Clause */
/* A look at the first records: what `check` tells, and what `run` refuses early. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/mem.h"
#include "catalog/csv.h"
#include "command/internal.h"

/* Names seen in the first records, with how many values differ: only for messages. */
typedef struct seen { char *name; uint64_t records, distinct; char *last[EK_PROBE_RECORDS]; } seen;
typedef struct seen_list { seen list[64]; size_t n; } seen_list;

static void
see(seen_list *l, const char *name, const char *value)
{
  size_t i = 0;
  while (i < l->n && strcmp(l->list[i].name, name) != 0)
    i++;
  if (i == l->n) {
    if (l->n == sizeof l->list / sizeof l->list[0])
      return;
    l->list[l->n++] = (seen){ .name = ek_mem_strdup(name) };
  }
  seen *s = &l->list[i];
  s->records++;
  for (uint64_t k = 0; k < s->distinct; k++)
    if (strcmp(s->last[k], value) == 0)
      return;
  if (s->distinct < EK_PROBE_RECORDS)
    s->last[s->distinct++] = ek_mem_strdup(value);
}

static void
see_json(seen_list *l, const char *record, size_t len)
{
  json_t *o = json_loadb(record, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL), *v;
  const char *key;
  if (json_is_object(o)) {
    json_object_foreach(o, key, v) {
      char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
      see(l, key, text ? text : "");
      free(text);
    }
  }
  json_decref(o);
}

static void
see_row(seen_list *l, const ek_block *b, const ek_span *span)
{
  ek_str cells[64];
  char why[160];
  size_t n = 0, names = b->file->n_header;
  char *copy = ek_mem_strndup(b->data + span->begin, span->end - span->begin);
  if (ek_csv_row_cells(copy, span->end - span->begin, b->file->delimiter, cells, 64, &n, why, sizeof why) == 0)
    for (size_t i = 0; i < n && i < names; i++) {
      char *value = ek_mem_strndup(cells[i].ptr, cells[i].len);
      see(l, b->file->header[i], value);
      free(value);
    }
  free(copy);
}

/* "sku (100 distinct of 100), product_name, department": likely ids with their counts. */
static void
describe(const seen_list *l, int counts, char *out, size_t size)
{
  ek_text t = { 0 };
  char shown[128];
  for (size_t i = 0; i < l->n; i++) {
    const seen *s = &l->list[i];
    if (i)
      ek_text_cstr(&t, ", ");
    ek_text_cstr(&t, ek_show(ek_cstr(s->name), shown, sizeof shown));
    if (counts && s->records > 1 && s->distinct == s->records && strlen(s->last[0]) <= 40)
      ek_text_printf(&t, " (%llu distinct of %llu)", (unsigned long long)s->distinct, (unsigned long long)s->records);
    if (t.len > size - 80) {
      ek_text_cstr(&t, ", ...");
      break;
    }
  }
  snprintf(out, size, "%s", ek_text_c(&t));
  ek_text_free(&t);
}

static void
clear_seen(seen_list *l)
{
  for (size_t i = 0; i < l->n; i++) {
    for (uint64_t k = 0; k < l->list[i].distinct; k++)
      free(l->list[i].last[k]);
    free(l->list[i].name);
  }
  free(l);
}

typedef struct probing {
  const ek_job *job;
  enum ek_record_kind kind;
  int quiet;
  ek_parser *parser;
  ek_arena arena;
  seen_list *seen;
  ek_text copy;
} probing;

static void
probe_record(probing *g, ek_probe_file *p, const ek_block *b, const ek_span *span, uint64_t lines)
{
  const ek_projection *projection = g->job->projection[g->kind];
  const ek_table *table = &g->job->table[g->kind];
  size_t slots = ek_projection_slots(projection);
  ek_field *fields = ek_arena_alloc(&g->arena, slots * sizeof *fields);
  ek_cell *cells = ek_arena_alloc(&g->arena, table->n * sizeof *cells);
  ek_parse_note note = { 0 };
  ek_refusal why;
  ek_str id;

  p->records++;
  if (p->format == EK_FORMAT_CSV)
    see_row(g->seen, b, span);      /* before the parser unquotes it in place    */
  if (ek_parser_record(g->parser, b, span, &g->arena, fields, &note) < 0) {
    if (!p->bad++) {
      snprintf(p->first_bad, sizeof p->first_bad, "%s", note.why);
      p->first_bad_line = lines + span->line;
    }
    return;
  }
  for (size_t s = 0; s < slots && s < 64; s++)
    for (size_t v = 0; v < fields[s].n; v++)
      if (fields[s].values[v].len) {
        p->with[s]++;
        break;
      }
  if (ek_table_row(table, fields, &g->arena, &id, cells, NULL, &why) < 0) {
    p->refused++;
    if (strcmp(why.reason, "no_id") == 0)
      p->no_id++;
  }
  /* Only messages name the columns, and jansson is slow: look where one may come. */
  if (p->format != EK_FORMAT_CSV && p->format != EK_FORMAT_LOOSE && (p->no_id || !g->quiet || g->job->settings->catalog.n_columns[g->kind]))
    see_json(g->seen, b->data + span->begin, span->end - span->begin);
}

/* What is wrong, where the user named it. A file that has some records is the run's matter. */
static int
tell_damage(ek_probe_file *p, uint64_t lines, ek_error *e)
{
  if (e->line)
    e->line += lines;
  if (e->file[0])
    snprintf(e->file, sizeof e->file, "%s", p->name);
  ek_input_records_read(e, p->records);
  if (!p->records)
    return -1;
  p->is_damaged = 1;
  p->damage = *e;
  return 0;
}

/* One file: its first records. */
static int
probe_file(probing *g, const char *path, ek_probe_file *p, ek_error *e)
{
  const ek_settings *s = g->job->settings;
  ek_paths one = { .list = (char **)&path, .n = 1 };
  ek_input_options o = { .format = s->catalog.format, .delimiter = s->catalog.delimiter, .block_size = (size_t)256 << 10,
                         .quiet = g->quiet };
  ek_input *in = ek_input_open(&one, &o, e);
  ek_block b = { 0 };
  uint64_t lines = 0;
  int r = 0;

  if (!in)
    return -1;
  g->seen = ek_mem_zero(1, sizeof *g->seen);
  while (p->records < EK_PROBE_RECORDS && (r = ek_input_next(in, &b, e)) > 0) {
    size_t at = 0;
    uint64_t newlines = 0;
    ek_span span;
    p->format = b.file->format;
    p->gzip = b.file->gzip;
    p->delimiter = b.file->delimiter;
    if (b.overlong)
      p->records++;
    while (!b.overlong && p->records < EK_PROBE_RECORDS && ek_block_record(&b, &at, &newlines, &span))
      probe_record(g, p, &b, &span, lines);
    lines += newlines;
    ek_arena_reset(&g->arena);
  }
  const ek_input_file *f = ek_input_file_at(in, 0);
  p->format = f->format;
  p->n_header = f->n_header;
  p->header = ek_mem_zero(f->n_header, sizeof *p->header);
  for (size_t i = 0; i < f->n_header; i++)
    p->header[i] = ek_mem_strdup(f->header[i]);
  if (!g->seen->n)                  /* a CSV without a readable row              */
    for (size_t i = 0; i < p->n_header; i++)
      see(g->seen, p->header[i], "");
  describe(g->seen, 0, p->names, sizeof p->names);
  describe(g->seen, 1, p->columns, sizeof p->columns);
  clear_seen(g->seen);
  ek_block_clear(&b);
  ek_input_close(in);
  return r < 0 ? tell_damage(p, lines, e) : 0;
}

static int
regular(const char *path)
{
  struct stat st;
  return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

ek_probe_file *
ek_probe(const ek_job *j, enum ek_record_kind kind, int quiet, size_t *n, ek_error *e)
{
  const ek_settings *s = j->settings;
  ek_input_options o = { .format = s->catalog.format, .delimiter = s->catalog.delimiter, .quiet = quiet };
  ek_input *in = ek_input_open(&s->catalog.inputs[kind], &o, e);
  if (!in)
    return NULL;
  size_t files = ek_input_n_files(in);
  ek_probe_file *list = ek_mem_zero(files, sizeof *list);
  probing g = { .job = j, .kind = kind, .quiet = quiet, .parser = ek_parser_new(j->projection[kind]) };
  int r = 0;

  *n = files;
  for (size_t i = 0; i < files && r == 0; i++) {
    const ek_input_file *f = ek_input_file_at(in, i);
    list[i].name = ek_mem_strdup(f->name);
    if (regular(f->path))
      r = probe_file(&g, f->path, &list[i], e);
  }
  ek_parser_free(g.parser);
  ek_arena_free(&g.arena);
  ek_input_close(in);
  if (r < 0) {
    ek_probe_free(list, files);
    return NULL;
  }
  return list;
}

void
ek_probe_free(ek_probe_file *list, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < list[i].n_header; k++)
      free(list[i].header[k]);
    free(list[i].header);
    free(list[i].name);
  }
  free(list);
}

/* The column that looks most like an id: distinct in every record. */
static void
guess(const ek_probe_file *p, char *out, size_t size)
{
  const char *end = strstr(p->columns, " (");
  const char *start = end;
  while (start && start > p->columns && start[-1] != ' ')
    start--;
  if (end)
    snprintf(out, size, "%.*s", (int)(end - start), start);
  else
    snprintf(out, size, "PATH");
}

int
ek_probe_no_id(const ek_job *j, enum ek_record_kind kind, const ek_probe_file *p, ek_error *e)
{
  const ek_field_rules *rules = &j->settings->catalog.fields[kind];
  const char *field = kind == EK_INTERACTIONS ? "item" : "id";
  ek_text tried = { 0 };
  char name[80];

  if (!p->records || p->no_id + p->bad < p->records || !p->no_id)
    return 0;
  for (size_t i = 0; i < rules->n; i++)
    for (size_t k = 0; strcmp(rules->list[i].name, field) == 0 && k < rules->list[i].n_paths; k++)
      ek_text_printf(&tried, "%s%s", tried.len ? ", " : "", rules->list[i].paths[k]);
  ek_fail(e, EK_EXIT_REFUSED, "no_id_found", "no %s id in the first %llu record%s (looked for: %s)%s%s",
          kind == EK_USERS ? "user" : "item", (unsigned long long)p->records, p->records == 1 ? "" : "s", ek_text_c(&tried),
          p->columns[0] ? "\n       Columns seen: " : "", p->columns);
  ek_text_free(&tried);
  guess(p, name, sizeof name);
  ek_help(e, "tell where the id is:   catalog: {fields: {%s: {%s: %s}}}      or  --set catalog.fields.%s.%s=%s",
          ek_kind_nouns[kind], field, name, ek_kind_nouns[kind], field, name);
  ek_at(e, p->name, 0, 0);
  return 1;
}
