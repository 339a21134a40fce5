/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of one source: checked, and written to the tables of tables.h.    */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "stage/local/import.h"

#define STEP 4096                 /* rows between looks at stop and progress      */

static void cleanup_csv(ek_csv_file **f) { ek_csv_file_close(*f); }

/* ---- tables ---- */

static const char *
sql_type(const ek_avro_field *f, enum ek_record_kind kind)
{
  if (kind == EK_INTERACTIONS && (f->role == EK_AVRO_USER_ID || f->role == EK_AVRO_ITEM_ID))
    return "INTEGER";
  switch (f->type) {
  case EK_AVRO_STRING: return "TEXT";
  case EK_AVRO_FLOAT:
  case EK_AVRO_DOUBLE: return "REAL";
  default: return "INTEGER";
  }
}

static int
create_tables(ek_import_source *s, ek_db *db, ek_error *e)
{
  ek_text sql = { 0 };
  long long n = (long long)s->data;
  ek_text_printf(&sql, "CREATE TABLE rows_%lld (n INTEGER PRIMARY KEY", n);
  for (size_t i = 0; i < s->schema->n; i++)
    ek_text_printf(&sql, ", c%zu %s", i, sql_type(&s->schema->fields[i], s->kind));
  ek_text_cstr(&sql, ");");
  if (s->kind == EK_INTERACTIONS)
    ek_text_printf(&sql, "CREATE TABLE users_%lld (n INTEGER PRIMARY KEY, id TEXT NOT NULL);"
                         "CREATE TABLE items_%lld (n INTEGER PRIMARY KEY, id TEXT NOT NULL);", n, n);
  int result = ek_db_exec(db, ek_text_c(&sql), e);
  ek_text_free(&sql);
  return result;
}

static int
drop_tables(enum ek_record_kind kind, int64_t data, ek_db *db, ek_error *e)
{
  long long n = (long long)data;
  if (ek_db_execf(db, e, "DROP TABLE rows_%lld", n) < 0)
    return -1;
  return kind == EK_INTERACTIONS ? ek_db_execf(db, e, "DROP TABLE users_%lld; DROP TABLE items_%lld", n, n) : 0;
}

static int
index_tables(const ek_import_source *s, ek_db *db, ek_error *e)
{
  long long n = (long long)s->data;
  int user = ek_avro_find_role(s->schema, EK_AVRO_USER_ID), item = ek_avro_find_role(s->schema, EK_AVRO_ITEM_ID);
  if (s->kind != EK_INTERACTIONS)
    return ek_db_execf(db, e, "CREATE UNIQUE INDEX rows_%lld_id ON rows_%lld (c%d)", n, n, s->kind == EK_ITEMS ? item : user);
  return ek_db_execf(db, e, "CREATE INDEX rows_%lld_user ON rows_%lld (c%d);"
                            "CREATE UNIQUE INDEX users_%lld_id ON users_%lld (id)", n, n, user, n, n);
}

/* Into tables of the new schema, before rows are added: INCREMENTAL with an update. */
static int
copy_old(ek_import_source *s, ek_db *db, ek_error *e)
{
  ek_text sql = { 0 };
  ek_text_printf(&sql, "INSERT INTO rows_%lld SELECT n", (long long)s->data);
  for (size_t i = 0; i < s->schema->n; i++) {
    int at = ek_avro_find(s->old.schema, ek_cstr(s->schema->fields[i].name));
    if (at < 0)
      ek_text_cstr(&sql, ", NULL");
    else
      ek_text_printf(&sql, ", c%d", at);
  }
  ek_text_printf(&sql, " FROM rows_%lld", (long long)s->old.data);
  int result = ek_db_exec(db, ek_text_c(&sql), e);
  ek_text_free(&sql);
  return result;
}

static int
read_ids(ek_db *db, const char *column, const char *table, int64_t data, ek_intern *ids, ek_error *e)
{
  int more;
  EK_QUERY ek_query *q = ek_query_newf(db, e, "SELECT %s FROM %s_%lld ORDER BY n", column, table, (long long)data);
  if (!q)
    return -1;
  while ((more = ek_query_step(q, e)) == 1)
    ek_intern_add(ids, ek_query_col_text(q, 0), NULL);
  return more;
}

/* The ids that are there, so that new rows find them. */
static int
read_old_ids(ek_import_source *s, ek_db *db, ek_error *e)
{
  char column[16];
  if (s->kind == EK_INTERACTIONS) {
    if (read_ids(db, "id", "users", s->data, &s->ids, e) < 0 || read_ids(db, "id", "items", s->data, &s->items, e) < 0)
      return -1;
  } else {
    snprintf(column, sizeof column, "c%d",
             ek_avro_find_role(s->schema, s->kind == EK_ITEMS ? EK_AVRO_ITEM_ID : EK_AVRO_USER_ID));
    if (read_ids(db, column, "rows", s->data, &s->ids, e) < 0)
      return -1;
    s->lines = ek_mem_grow(s->lines, &s->cap_lines, (size_t)s->ids.n + 1, sizeof *s->lines);
    memset(s->lines, 0, ((size_t)s->ids.n + 1) * sizeof *s->lines);
  }
  s->had_ids = s->ids.n;
  s->had_items = s->items.n;
  return 0;
}

static int
prepare_tables(ek_import_source *s, ek_db *db, ek_error *e)
{
  s->data = s->full || s->update ? s->job : s->old.data;
  s->total = s->full ? 0 : (uint64_t)s->old.rows;
  if (s->data == s->job && create_tables(s, db, e) < 0)
    return -1;
  if (s->full)
    return 0;
  if (s->update && copy_old(s, db, e) < 0)
    return -1;
  return read_old_ids(s, db, e);
}

/* ---- rows ---- */

typedef struct writer {
  ek_import_source *s;
  ek_row_check check;
  ek_query *insert;
  int user, item;                  /* fields of the ids; -1: none                 */
} writer;

static ek_query *
insert_statement(const ek_import_source *s, ek_db *db, ek_error *e)
{
  ek_text sql = { 0 };
  ek_text_printf(&sql, "INSERT%s INTO rows_%lld VALUES (?1", s->kind == EK_INTERACTIONS ? "" : " OR REPLACE", (long long)s->data);
  for (size_t i = 0; i < s->schema->n; i++)
    ek_text_printf(&sql, ", ?%zu", i + 2);
  ek_text_char(&sql, ')');
  ek_query *q = ek_query_new(db, ek_text_c(&sql), e);
  ek_text_free(&sql);
  return q;
}

static int
fail_too_many(const ek_import_source *s, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "too_many_ids", "more than %u different ids", EK_INTERN_MAX);
  return ek_at(e, s->from->csv, 0, 0);
}

/* The number that the row gets. */
static int
number_row(writer *w, uint64_t line, int64_t *n, ek_error *e)
{
  ek_import_source *s = w->s;
  ek_value *values = w->check.values;
  char shown[256];
  int is_new;
  *n = 0;
  if (s->kind == EK_INTERACTIONS) {
    uint32_t user = ek_intern_add(&s->ids, values[w->user].s, NULL), item = ek_intern_add(&s->items, values[w->item].s, NULL);
    if (user == UINT32_MAX || item == UINT32_MAX)
      return fail_too_many(s, e);
    values[w->user] = (ek_value){ .kind = EK_VALUE_INT, .i = user };
    values[w->item] = (ek_value){ .kind = EK_VALUE_INT, .i = item };
    *n = (int64_t)++s->total;
    return 0;
  }
  ek_str id = values[s->kind == EK_ITEMS ? w->item : w->user].s;
  uint32_t number = ek_intern_add(&s->ids, id, &is_new);
  if (number == UINT32_MAX)
    return fail_too_many(s, e);
  *n = number;
  s->total += (uint64_t)is_new;
  s->lines = ek_mem_grow(s->lines, &s->cap_lines, (size_t)number + 1, sizeof *s->lines);
  if (!is_new && s->lines[number])
    ek_violation_add(&s->v, EK_WARNING, "duplicate_id", s->from->csv, line,
                     "%s '%s' stands in line %llu already; the last row counts", s->kind == EK_ITEMS ? "item" : "user",
                     ek_show(id, shown, sizeof shown), (unsigned long long)s->lines[number]);
  if (is_new || !s->lines[number])
    s->lines[number] = line;
  return 0;
}

static int
write_row(writer *w, int64_t n, ek_error *e)
{
  ek_query_int(w->insert, 1, n);
  for (size_t i = 0; i < w->s->schema->n; i++) {
    const ek_value *v = &w->check.values[i];
    switch (v->kind) {
    case EK_VALUE_NULL: ek_query_null(w->insert, (int)i + 2); break;
    case EK_VALUE_INT: ek_query_int(w->insert, (int)i + 2, v->i); break;
    case EK_VALUE_DOUBLE: ek_query_double(w->insert, (int)i + 2, v->d); break;
    case EK_VALUE_TEXT: ek_query_text(w->insert, (int)i + 2, v->s); break;
    }
  }
  return ek_query_step(w->insert, e);
}

/* Now and then: somebody may want us to stop, or to see how far we are. */
static int
look_up(const ek_import_source *s, const ek_csv_file *f, const ek_stage_watch *watch, ek_error *e)
{
  if (watch->stop && *watch->stop)
    return ek_fail(e, EK_EXIT_STOPPED, "interrupted", "the import was interrupted; the store is as it was");
  if (watch->progress) {
    ek_text t = { 0 };
    ek_text_printf(&t, "%s ", ek_dataset_type(s->kind));
    ek_text_thousands(&t, s->rows);
    watch->progress(watch->arg, "import", ek_text_c(&t), ek_csv_file_share(f));
    ek_text_free(&t);
  }
  return 0;
}

static int
all_rows(writer *w, ek_csv_file *f, const ek_stage_watch *watch, uint64_t *errors, ek_error *e)
{
  const ek_csv_field *cells;
  size_t n;
  int64_t number;
  int more;
  while ((more = ek_csv_file_row(f, &cells, &n, e)) == 1) {
    if (w->s->rows++ % STEP == 0 && look_up(w->s, f, watch, e) < 0)
      return -1;
    if (!ek_row_check_row(&w->check, f, cells, n)) {
      ++*errors;
      continue;
    }
    if (number_row(w, ek_csv_file_line(f), &number, e) < 0 || (!*errors && write_row(w, number, e) < 0))
      return -1;
  }
  /* A quote that is never closed is an error of the data, with its line, like others. */
  if (more < 0 && strcmp(e->code, "open_quote") == 0) {
    ek_violation_add(&w->s->v, EK_ERROR, "open_quote", w->s->from->csv, e->line, "%s", e->message);
    more = 0;
  }
  return more;
}

static int
read_file(writer *w, ek_csv_file *f, const ek_stage_watch *watch, uint64_t *errors, ek_error *e)
{
  const ek_csv_field *cells;
  size_t n;
  int more = ek_csv_file_row(f, &cells, &n, e);
  if (more < 0)
    return -1;
  if (!more)
    ek_violation_add(&w->s->v, EK_ERROR, "empty_file", w->s->from->csv, 0, "the file is empty");
  else if (ek_header_check(&w->check, f, cells, n)) {
    ek_csv_file_expect(f, n);
    if (all_rows(w, f, watch, errors, e) < 0)
      return -1;
    if (w->s->rows == 0)
      ek_violation_add(&w->s->v, EK_ERROR, "no_rows", w->s->from->csv, 0, "the file has a header and no rows");
    ek_row_check_end(&w->check);
  }
  return 0;
}

int
ek_import_rows(ek_import_source *s, ek_group *g, const ek_stage_watch *watch, uint64_t *errors, ek_error *e)
{
  ek_db *db = ek_group_db(g);
  EK_AUTO(cleanup_csv) ek_csv_file *f = ek_csv_file_open(s->from->csv, e);
  writer w = { .s = s, .user = ek_avro_find_role(s->schema, EK_AVRO_USER_ID),
               .item = ek_avro_find_role(s->schema, EK_AVRO_ITEM_ID) };
  uint64_t before = s->v.errors;
  if (!f || prepare_tables(s, db, e) < 0 || !(w.insert = insert_statement(s, db, e)))
    return -1;
  ek_row_check_begin(&w.check, s->schema, s->from->csv, &s->v);
  int result = read_file(&w, f, watch, errors, e);
  if (s->v.errors > before)
    ++*errors;
  ek_row_check_clear(&w.check);
  ek_query_free(w.insert);
  return result;
}

/* ---- the end of it ---- */

static int
write_ids(ek_db *db, const char *table, int64_t data, const ek_intern *ids, uint32_t from, ek_error *e)
{
  EK_QUERY ek_query *q = ek_query_newf(db, e, "INSERT INTO %s_%lld VALUES (?1, ?2)", table, (long long)data);
  if (!q)
    return -1;
  for (uint32_t i = from; i < ids->n; i++) {
    ek_query_int(q, 1, i);
    ek_query_text(q, 2, ek_intern_at(ids, i));
    if (ek_query_step(q, e) < 0)
      return -1;
  }
  return 0;
}

static int
write_schema(ek_import_source *s, ek_group *g, ek_text *name, ek_error *e)
{
  ek_text body = { 0 };
  if (s->exists && !s->update) {
    ek_text_cstr(name, s->old.schema_name);
    return 0;
  }
  static const char *const kinds[] = { "items", "interactions", "users" };
  ek_text_printf(name, "%s-%s-%lld", ek_group_name(g), kinds[s->kind], (long long)s->job);
  EK_QUERY ek_query *q = ek_query_new(ek_group_db(g), "INSERT INTO schema VALUES (?1, ?2, ?3, ?4)", e);
  if (!q)
    return -1;
  ek_avro_print(s->schema, &body);
  ek_query_text(q, 1, (ek_str){ name->data, name->len });
  ek_query_text(q, 2, ek_cstr(ek_dataset_type(s->kind)));
  ek_query_text(q, 3, (ek_str){ body.data, body.len });
  ek_query_int(q, 4, (int64_t)time(NULL));
  int result = ek_query_step(q, e);
  ek_text_free(&body);
  return result;
}

static int
write_dataset(ek_import_source *s, ek_group *g, ek_error *e)
{
  ek_text name = { 0 };
  int result = write_schema(s, g, &name, e);
  EK_QUERY ek_query *q = ek_query_new(ek_group_db(g), "INSERT INTO dataset VALUES (?1, ?2, ?3, ?4, ?5, ?5)"
      " ON CONFLICT (type) DO UPDATE SET schema = excluded.schema, data = excluded.data, rows = excluded.rows,"
      " updated = excluded.updated", result < 0 ? &(ek_error){ 0 } : e);
  if (result == 0 && q) {
    ek_query_text(q, 1, ek_cstr(ek_dataset_type(s->kind)));
    ek_query_text(q, 2, (ek_str){ name.data, name.len });
    ek_query_int(q, 3, s->data);
    ek_query_int(q, 4, (int64_t)s->total);
    ek_query_int(q, 5, (int64_t)time(NULL));
    result = ek_query_step(q, e);
  } else
    result = -1;
  ek_text_free(&name);
  return result;
}

int
ek_import_finish(ek_import_source *s, ek_group *g, ek_error *e)
{
  ek_db *db = ek_group_db(g);
  if (s->kind == EK_INTERACTIONS && (write_ids(db, "users", s->data, &s->ids, s->had_ids, e) < 0 ||
                                     write_ids(db, "items", s->data, &s->items, s->had_items, e) < 0))
    return -1;
  if (s->data == s->job && index_tables(s, db, e) < 0)
    return -1;
  if (s->exists && s->data != s->old.data && drop_tables(s->kind, s->old.data, db, e) < 0)
    return -1;
  return write_dataset(s, g, e);
}
