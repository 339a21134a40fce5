/* SPDX-License-Identifier: BSD-3-Clause */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "output/files.h"
#include "stage/local/import.h"

#define LOOK_ROWS 1000            /* for a guess at types                        */
#define PARENTS 3                 /* arms/NAME/items.csv stands two below        */

static void cleanup_json(json_t **j) { json_decref(*j); }
static void cleanup_csv(ek_csv_file **f) { ek_csv_file_close(*f); }

/* ---- belonging to a run ---- */

static int
names_file(const char *report_path, const char *name)
{
  EK_AUTO(cleanup_json) json_t *report = json_load_file(report_path, 0, NULL);
  const json_t *outputs = json_object_get(report, "outputs"), *output;
  size_t i;
  json_array_foreach(outputs, i, output)
  {
    const char *path = json_string_value(json_object_get(output, "path"));
    if (path && strcmp(path, name) == 0)
      return 1;
  }
  return 0;
}

int
ek_import_check_set(const char *csv, char **verified, ek_error *e)
{
  EK_FREE char *path = ek_mem_strdup(csv);
  char *end = path + strlen(path);
  for (int i = 0; i < PARENTS; i++) {
    char *slash = memrchr(path, '/', (size_t)(end - path));
    const char *name = slash ? csv + (slash - path) + 1 : csv;
    EK_FREE char *folder = slash ? ek_mem_strndup(csv, (size_t)(slash - path) + (slash == path)) : ek_mem_strdup(".");
    EK_FREE char *report = ek_mem_alloc(strlen(folder) + sizeof "/report.json");
    stpcpy(stpcpy(report, folder), "/report.json");
    if (access(report, F_OK) == 0 && names_file(report, name)) {
      if (*verified && strcmp(*verified, folder) == 0)
        return 0;
      free(*verified);
      *verified = ek_mem_strdup(folder);
      return ek_outdir_verify(folder, e);
    }
    if (!slash || slash == path)
      break;
    end = slash;
  }
  return 0;
}

/* ---- the schema ---- */

typedef struct look { ek_str *header, *cells; size_t n, rows; } look;

static ek_str
copy(ek_str s)
{
  return (ek_str){ ek_mem_strndup(s.ptr, s.len), s.len };
}

static void
look_clear(look *l)
{
  for (size_t i = 0; i < l->n; i++)
    free((char *)l->header[i].ptr);
  for (size_t i = 0; i < l->n * l->rows; i++)
    free((char *)l->cells[i].ptr);
  free(l->header);
  free(l->cells);
}

/* The header and the first rows. Rows that do not fit are passed over: they are errors
 * later. -1 e, 0 an empty file, 1. */
static int
look_at(const char *path, look *l, ek_error *e)
{
  EK_AUTO(cleanup_csv) ek_csv_file *f = ek_csv_file_open(path, e);
  const ek_csv_field *cells;
  size_t n;
  int more = f ? ek_csv_file_row(f, &cells, &n, e) : -1;
  if (more != 1)
    return more;
  l->n = n;
  ek_csv_file_expect(f, n);
  l->header = ek_mem_zero(n, sizeof *l->header);
  l->cells = ek_mem_zero(n * LOOK_ROWS, sizeof *l->cells);
  for (size_t i = 0; i < n; i++)
    l->header[i] = copy(cells[i].text);
  while (l->rows < LOOK_ROWS && (more = ek_csv_file_row(f, &cells, &n, e)) == 1) {
    if (n != l->n)
      continue;
    for (size_t i = 0; i < n; i++)
      l->cells[l->rows * n + i] = copy(cells[i].text);
    l->rows++;
  }
  return more < 0 ? -1 : 1;
}

static int
guess(ek_import_source *s, ek_error *e)
{
  look l = { 0 };
  int result = look_at(s->from->csv, &l, e);
  if (result == 0)
    ek_violation_add(&s->v, EK_ERROR, "empty_file", s->from->csv, 0, "the file is empty");
  if (result == 1) {
    ek_avro *guessed = ek_avro_guess(s->kind, l.header, l.n, l.cells, l.rows);
    ek_text text = { 0 };
    ek_avro_print(guessed, &text);
    ek_avro_free(guessed);
    s->schema = ek_avro_parse((ek_str){ text.data, text.len }, s->kind, s->from->csv, &s->v);
    ek_text_free(&text);
  }
  look_clear(&l);
  return result < 0 ? -1 : 0;
}

int
ek_import_schema(ek_import_source *s, ek_error *e)
{
  if (!s->from->schema)
    return guess(s, e);
  e->status = 0;
  s->schema = ek_avro_load(s->from->schema, s->kind, &s->v, e);
  return e->status ? -1 : 0;
}

static int
fail_change(ek_import_source *s, const char *group, const char *why, const char *help, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "schema_change", "does not fit data set '%s/%s': %s", group, ek_dataset_type(s->kind), why);
  ek_help(e, "%s", help);
  return ek_at(e, s->from->csv, 0, 0);
}

int
ek_import_change(ek_import_source *s, const ek_import_request *r, const char *group, ek_error *e)
{
  ek_text why = { 0 };
  int result = 0;
  s->full = r->mode == EK_IMPORT_FULL;
  if (!s->exists && !s->full) {
    ek_fail(e, EK_EXIT_REFUSED, "no_full_import", "the first import into a data set must be FULL: '%s/%s' has none", group,
            ek_dataset_type(s->kind));
    ek_help(e, "--set import.import_mode=FULL");
    return ek_at(e, s->from->csv, 0, 0);
  }
  if (!s->exists || !s->schema || ek_avro_same(s->old.schema, s->schema))
    return 0;
  if (r->on_schema_change == EK_SCHEMA_STOP)
    result = fail_change(s, group, "the schema has changed, and import.on_schema_change is 'stop'",
                         "--set import.on_schema_change=update, if the change is wanted", e);
  else if (ek_avro_may_update(s->old.schema, s->schema, &why))
    s->update = 1;
  else if (r->on_schema_change == EK_SCHEMA_UPDATE)
    result = fail_change(s, group, ek_text_c(&why), "--set import.on_schema_change=recreate deletes the data set and imports "
                         "anew, or give the column another name", e);
  else if (!r->yes)
    result = fail_change(s, group, ek_text_c(&why), "import.on_schema_change is 'recreate': say --yes to delete the data set "
                         "and import anew", e);
  else if (!s->full)
    result = fail_change(s, group, ek_text_c(&why), "a data set that is made anew needs all its data: --set "
                         "import.import_mode=FULL", e);
  else
    s->update = 1;
  ek_text_free(&why);
  return result;
}
