/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/describe.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/number.h"
#include "stage/local/model.h"
#include "stage/local/recipes.h"
#include "stage/local/tables.h"

#define COLUMNS_MAX 12

/* A kind of thing: how it is asked for, and what its columns are. */
enum format { TEXT, WHOLE, TIME, JSON };
typedef struct column { const char *name; enum format format; } column;
typedef struct kind {
  const char *name, *title;        /* as asked for; as the JSON member           */
  const char *heading;             /* in text                                    */
  const char *sql;                 /* ?1 is a name, or null for all              */
  column columns[COLUMNS_MAX];             /* the last has no name                       */
} kind;

static const kind kinds[] = {
  { "group", "dataset_groups", "Data set group", "SELECT name, created FROM dataset_group WHERE ?1 IS NULL OR name = ?1",
    { { "name", TEXT }, { "created", TIME } } },
  { "dataset", "datasets", "Data sets", "SELECT type, 'ACTIVE', rows, schema, created, updated FROM dataset WHERE ?1 IS NULL OR"
    " lower(type) = lower(?1) ORDER BY type",
    { { "type", TEXT }, { "status", TEXT }, { "rows", WHOLE }, { "schema", TEXT }, { "created", TIME }, { "updated", TIME } } },
  { "schema", "schemas", "Schemas", "SELECT name, type, created, body FROM schema WHERE ?1 IS NULL OR name = ?1 ORDER BY rowid",
    { { "name", TEXT }, { "type", TEXT }, { "created", TIME }, { "schema", JSON } } },
  { "import", "dataset_import_jobs", "Import jobs", "SELECT CAST(id AS TEXT), type, mode, status, rows, errors, warnings, source, created,"
    " failure_reason FROM import_job WHERE ?1 IS NULL OR CAST(id AS TEXT) = ?1 OR lower(type) = lower(?1) ORDER BY id",
    { { "name", TEXT }, { "type", TEXT }, { "import_mode", TEXT }, { "status", TEXT }, { "rows", WHOLE }, { "errors", WHOLE },
      { "warnings", WHOLE }, { "data_location", TEXT }, { "created", TIME }, { "failure_reason", TEXT } } },
  { "solution", "solutions", "Solutions", "SELECT name, recipe, (SELECT count(*) FROM solution_version v WHERE v.solution = name AND"
    " v.status = 'ACTIVE'), created FROM solution WHERE ?1 IS NULL OR name = ?1 ORDER BY name",
    { { "name", TEXT }, { "recipe", TEXT }, { "versions", WHOLE }, { "created", TIME } } },
  { "version", "solution_versions", "Solution versions", "SELECT solution || '/' || number, status, recipe, created, meta FROM solution_version"
    " WHERE ?1 IS NULL OR solution = ?1 OR solution || '/' || number = ?1 ORDER BY solution, number",
    { { "name", TEXT }, { "status", TEXT }, { "recipe", TEXT }, { "created", TIME }, { "meta", JSON } } },
  { "campaign", "campaigns", "Campaigns", "SELECT name, 'ACTIVE', solution || '/' || number, created, updated FROM campaign"
    " WHERE ?1 IS NULL OR name = ?1 ORDER BY name",
    { { "name", TEXT }, { "status", TEXT }, { "solution_version", TEXT }, { "created", TIME }, { "updated", TIME } } },
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

/* ---- rows as JSON ---- */

static json_t *
value_of(ek_query *q, int i, enum format format)
{
  ek_str s = ek_query_col_text(q, i);
  char when[32];
  if (ek_query_col_is_null(q, i))
    return NULL;
  switch (format) {
  case WHOLE: return json_integer((json_int_t)ek_query_col_int(q, i));
  case TIME:
    ek_number_utc(ek_query_col_int(q, i), when);
    return json_string(when);
  case JSON: return json_loadb(s.ptr, s.len, 0, NULL);
  case TEXT: break;
  }
  return json_stringn(s.ptr, s.len);
}

static json_t *
rows_of(ek_group *g, const kind *k, const char *name, ek_error *e)
{
  EK_QUERY ek_query *q = ek_query_new(ek_group_db(g), k->sql, e);
  int more;
  if (!q)
    return NULL;
  if (name)
    ek_query_text(q, 1, ek_cstr(name));
  json_t *rows = json_array();
  while ((more = ek_query_step(q, e)) == 1) {
    json_t *row = json_object();
    for (int i = 0; k->columns[i].name; i++) {
      json_t *v = value_of(q, i, k->columns[i].format);
      if (v)
        json_object_set_new(row, k->columns[i].name, v);
    }
    json_array_append_new(rows, row);
  }
  if (more == 0)
    return rows;
  json_decref(rows);
  return NULL;
}

static int
fail_unknown(ek_error *e, const char *what, const char *name, const char *help)
{
  char shown[128];
  ek_fail(e, EK_EXIT_REFUSED, "no_such_thing", "there is no %s '%s'", what, ek_show(ek_cstr(name), shown, sizeof shown));
  return ek_help(e, "%s", help);
}

/* All kinds, or one; its rows by its title. */
static json_t *
collect(ek_group *g, const char *kind_name, const char *name, ek_error *e)
{
  json_t *all = json_object();
  for (size_t i = 0; i < N_KINDS; i++) {
    if (kind_name && strcmp(kinds[i].name, kind_name) != 0)
      continue;
    json_t *rows = rows_of(g, &kinds[i], name, e);
    if (rows && name && json_array_size(rows) == 0) {
      fail_unknown(e, kinds[i].name, name, "'enrichkit describe' without a name lists what is there");
      json_decref(rows);
      rows = NULL;
    }
    if (!rows) {
      json_decref(all);
      return NULL;
    }
    json_object_set_new(all, kinds[i].title, rows);
  }
  return all;
}

/* ---- verifying ---- */

static int
verify_model(ek_group *g, json_t *version, ek_error *e)
{
  const char *status = json_string_value(json_object_get(version, "status"));
  if (!status || strcmp(status, EK_STATUS_ACTIVE) != 0)
    return 0;
  EK_FREE char *path = ek_group_model_path(g, json_string_value(json_object_get(version, "name")), e);
  ek_model *m = path ? ek_model_open(path, e) : NULL;
  int result = m ? ek_model_verify(m, e) : -1;
  ek_model_close(m);
  if (result == 0)
    json_object_set_new(version, "verified", json_true());
  return result;
}

static int
verify_all(ek_group *g, json_t *all, ek_error *e)
{
  size_t i;
  json_t *version;
  if (ek_db_verify(ek_group_db(g), e) < 0)
    return -1;
  json_array_foreach(json_object_get(all, "solution_versions"), i, version)
    if (verify_model(g, version, e) < 0)
      return -1;
  return 0;
}

/* ---- as text ---- */


#define LINE_WIDTH 110

static void
add_value(ek_text *out, const json_t *v)
{
  char shown[512];
  if (json_is_integer(v))
    ek_text_thousands(out, (uint64_t)json_integer_value(v));
  else if (json_is_real(v))
    ek_text_printf(out, "%.6g", json_real_value(v));
  else if (json_is_boolean(v))
    ek_text_cstr(out, json_is_true(v) ? "true" : "false");
  else
    ek_text_cstr(out, ek_show(ek_cstr(json_string_value(v) ? json_string_value(v) : ""), shown, sizeof shown));
}

/* Members of an object: "content 0.4, nto 0", broken where a line is full. */
static void
add_members(ek_text *out, const char *title, json_t *object)
{
  const char *name;
  json_t *v;
  size_t start = out->len;
  int some = 0;
  ek_text_printf(out, "    %-12s", title);
  json_object_foreach(object, name, v)
  {
    if (some++)
      ek_text_char(out, ',');
    if (out->len - start > LINE_WIDTH - strlen(name) - 14) {
      ek_text_printf(out, "\n%16s", "");
      start = out->len - 16;
    } else if (some > 1)
      ek_text_char(out, ' ');
    ek_text_printf(out, "%s ", name);
    add_value(out, v);
  }
  ek_text_char(out, '\n');
}

static void
add_meta(ek_text *out, json_t *meta)
{
  const char *name;
  json_t *v, *plain = json_object();
  json_object_foreach(meta, name, v)
    if (!json_is_object(v))
      json_object_set(plain, name, v);
  add_members(out, "about", plain);
  json_decref(plain);
  add_members(out, "parameters", json_object_get(meta, "algorithm_hyper_parameters"));
  add_members(out, "metrics", json_object_get(meta, "metrics"));
}

static void
add_fields(ek_text *out, json_t *schema)
{
  size_t i;
  json_t *f;
  json_array_foreach(json_object_get(schema, "fields"), i, f)
  {
    json_t *type = json_object_get(f, "type");
    const char *name = json_string_value(json_object_get(f, "name"));
    const char *one = json_string_value(json_is_array(type) ? json_array_get(type, 1) : type);
    ek_text_printf(out, "    %s  %s%s%s%s\n", name ? name : "", one ? one : "", json_is_array(type) ? " or null" : "",
                   json_is_true(json_object_get(f, "categorical")) ? ", categorical" : "",
                   json_is_true(json_object_get(f, "textual")) ? ", textual" : "");
  }
}

/* A cell of the table; numbers bear their name. */
static void
add_cell(ek_text *out, const column *c, const json_t *v)
{
  if (!v)
    return;
  add_value(out, v);
  if (c->format == WHOLE)
    ek_text_printf(out, " %s", c->name);
}

static int
is_shown(const column *c)
{
  return c->format != JSON && strcmp(c->name, "updated") != 0;
}

static void
measure(const kind *k, json_t *rows, int *width)
{
  size_t r;
  json_t *row;
  ek_text cell = { 0 };
  json_array_foreach(rows, r, row)
    for (int i = 0; k->columns[i].name; i++) {
      ek_text_clear(&cell);
      add_cell(&cell, &k->columns[i], json_object_get(row, k->columns[i].name));
      if ((int)cell.len > width[i])
        width[i] = (int)cell.len;
    }
  ek_text_free(&cell);
}

static void
add_row(ek_text *out, const kind *k, json_t *row, const int *width)
{
  ek_text cell = { 0 };
  for (int i = 0; k->columns[i].name; i++) {
    if (!is_shown(&k->columns[i]) || !width[i])
      continue;
    ek_text_clear(&cell);
    add_cell(&cell, &k->columns[i], json_object_get(row, k->columns[i].name));
    ek_text_printf(out, k->columns[i].format == WHOLE ? "  %*s" : "  %-*s", width[i], ek_text_c(&cell));
  }
  if (json_object_get(row, "verified"))
    ek_text_cstr(out, "  verified");
  while (out->data[out->len - 1] == ' ')
    out->len--;
  ek_text_char(out, '\n');
  ek_text_free(&cell);
  json_t *more = json_object_get(row, "meta");
  if (more)
    add_meta(out, more);
  if ((more = json_object_get(row, "schema")) && json_is_object(more))
    add_fields(out, more);
}

static void
print_text(ek_text *out, json_t *all)
{
  for (size_t i = 0; i < N_KINDS; i++) {
    int width[COLUMNS_MAX] = { 0 };
    size_t r;
    json_t *rows = json_object_get(all, kinds[i].title), *row;
    if (!rows)
      continue;
    ek_text_printf(out, "%s%s\n", kinds[i].heading, json_array_size(rows) ? "" : "  none");
    measure(&kinds[i], rows, width);
    json_array_foreach(rows, r, row)
      add_row(out, &kinds[i], row, width);
  }
}

static void
print_json(ek_text *out, const json_t *all)
{
  char *text = json_dumps(all, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));
  ek_text_cstr(out, text);
  ek_text_char(out, '\n');
  free(text);
}

/* ---- */

static int
check_kind(const char *name, ek_error *e)
{
  for (size_t i = 0; i < N_KINDS; i++)
    if (strcmp(kinds[i].name, name) == 0)
      return 0;
  return fail_unknown(e, "kind", name, "kinds: group, dataset, schema, import, solution, version, campaign, recipe");
}

int
ek_local_describe(const char *store, const char *group, const char *kind_name, const char *name, int verify, int json,
                  ek_text *out, ek_error *e)
{
  if (kind_name && strcmp(kind_name, "recipe") == 0)
    return ek_describe_recipes(name, json, out, e);
  if (kind_name && check_kind(kind_name, e) < 0)
    return -1;
  ek_group *g = ek_group_open(store, group, EK_GROUP_READ, e);
  json_t *all = g ? collect(g, kind_name, name, e) : NULL;
  int result = all ? 0 : -1;
  if (result == 0 && verify)
    result = verify_all(g, all, e);
  if (result == 0 && json)
    print_json(out, all);
  else if (result == 0)
    print_text(out, all);
  json_decref(all);
  ek_group_close(g);
  return result;
}
