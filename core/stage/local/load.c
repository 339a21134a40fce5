/* SPDX-License-Identifier: BSD-3-Clause */
/* From the tables of a group to what the trainer takes: events, items, categories. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "stage/local/csv_read.h"
#include "stage/local/ids.h"
#include "stage/local/tables.h"

static void cleanup_dataset(ek_dataset *d) { ek_dataset_clear(d); }
static void cleanup_csv(ek_csv_file **f) { ek_csv_file_close(*f); }
#define DATASET EK_AUTO(cleanup_dataset)

/* The ids of a table users_N or items_N by their numbers, which have no gaps. */
static int
load_ids(ek_group *g, const char *what, int64_t data, ek_intern *out, ek_error *e)
{
  EK_QUERY ek_query *q = ek_query_newf(ek_group_db(g), e, "SELECT n, id FROM %s_%lld ORDER BY n", what, (long long)data);
  int more;
  if (!q)
    return -1;
  while ((more = ek_query_step(q, e)) == 1)
    if ((int64_t)ek_intern_add(out, ek_query_col_text(q, 1), NULL) != ek_query_col_int(q, 0)) {
      ek_fail(e, EK_EXIT_REFUSED, "damaged", "the store is damaged: the table of %s has a gap", what);
      ek_help(e, "import the data anew (import.import_mode: FULL)");
      return ek_at(e, ek_db_path(ek_group_db(g)), 0, 0);
    }
  return more;
}

static int
fail_range(ek_group *g, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "damaged", "the store is damaged: an interaction has a user or item that is not there");
  ek_help(e, "import the data anew (import.import_mode: FULL)");
  return ek_at(e, ek_db_path(ek_group_db(g)), 0, 0);
}

/* What of an interaction a training looks at, as an expression or NULL. */
static void
event_columns(const ek_avro *a, char *sql, size_t size)
{
  int type = ek_avro_find(a, ek_cstr("EVENT_TYPE")), value = ek_avro_find(a, ek_cstr("EVENT_VALUE"));
  char t[16] = "NULL", v[16] = "NULL";
  if (type >= 0)
    snprintf(t, sizeof t, "c%d", type);
  if (value >= 0)
    snprintf(v, sizeof v, "c%d", value);
  snprintf(sql, size, "c%d, c%d, c%d, %s, %s", ek_avro_find_role(a, EK_AVRO_USER_ID),
           ek_avro_find_role(a, EK_AVRO_ITEM_ID), ek_avro_find_role(a, EK_AVRO_TIMESTAMP), t, v);
}

static int
add_events(ek_group *g, const ek_dataset *d, const char *event_type, double threshold, ek_events_builder *b, ek_error *e)
{
  ek_intern users = { 0 }, items = { 0 };
  char columns[128];
  int result = -1, more;
  event_columns(d->schema, columns, sizeof columns);
  EK_QUERY ek_query *q = ek_query_newf(ek_group_db(g), e, "SELECT %s FROM rows_%lld ORDER BY n", columns, (long long)d->data);
  if (!q || load_ids(g, "users", d->data, &users, e) < 0 || load_ids(g, "items", d->data, &items, e) < 0)
    goto end;
  while ((more = ek_query_step(q, e)) == 1) {
    int64_t user = ek_query_col_int(q, 0), item = ek_query_col_int(q, 1);
    if (user < 0 || item < 0 || user >= (int64_t)users.n || item >= (int64_t)items.n) {
      more = fail_range(g, e);
      break;
    }
    if (event_type && !ek_str_eqc(ek_query_col_text(q, 3), event_type))
      continue;
    if (isfinite(threshold) && !ek_query_col_is_null(q, 4) && ek_query_col_double(q, 4) < threshold)
      continue;
    ek_events_add(b, ek_intern_at(&users, (uint32_t)user), ek_intern_at(&items, (uint32_t)item), ek_query_col_int(q, 2));
  }
  result = more;
end:
  ek_intern_free(&users);
  ek_intern_free(&items);
  return result;
}

static int
add_items(ek_group *g, const ek_dataset *d, ek_events_builder *b, ek_error *e)
{
  int created = ek_avro_find(d->schema, ek_cstr("CREATION_TIMESTAMP")), more;
  int id = ek_avro_find_role(d->schema, EK_AVRO_ITEM_ID);
  EK_QUERY ek_query *q = ek_query_newf(ek_group_db(g), e, "SELECT c%d, c%d FROM rows_%lld ORDER BY n", id,
                                       created < 0 ? id : created, (long long)d->data);
  if (!q)
    return -1;
  while ((more = ek_query_step(q, e)) == 1)
    ek_events_add_item_created(b, ek_query_col_text(q, 0),
                               created < 0 || ek_query_col_is_null(q, 1) ? EK_NO_TIME : ek_query_col_int(q, 1));
  return more;
}

static int
no_dataset(ek_group *g, const char *type, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "no_dataset", "group '%s' has no %s data set", ek_group_name(g), type);
  ek_help(e, "import one first: 'enrichkit run' with catalog.interactions, or 'enrichkit import --interactions CSV'");
  return ek_at(e, ek_group_folder(g), 0, 0);
}

ek_events *
ek_group_events(ek_group *g, const char *event_type, double threshold, ek_error *e)
{
  DATASET ek_dataset interactions = { 0 };
  DATASET ek_dataset items = { 0 };
  int found = ek_dataset_get(g, EK_INTERACTIONS, &interactions, e);
  if (found == 0)
    no_dataset(g, "Interactions", e);
  if (found != 1)
    return NULL;
  int catalogue = ek_dataset_get(g, EK_ITEMS, &items, e);
  if (catalogue < 0)
    return NULL;
  ek_events_builder *b = ek_events_begin();
  if (add_events(g, &interactions, event_type, threshold, b, e) < 0 || (catalogue && add_items(g, &items, b, e) < 0)) {
    ek_error ignored;
    ek_events_free(ek_events_finish(b, &ignored));
    return NULL;
  }
  return ek_events_finish(b, e);
}

ek_categories *
ek_group_categories(ek_group *g, const ek_events *events, const char *column, unsigned max_cats, ek_error *e)
{
  DATASET ek_dataset items = { 0 };
  char shown[128];
  int found = ek_dataset_get(g, EK_ITEMS, &items, e), more;
  if (found == 0)
    no_dataset(g, "Items", e);
  if (found != 1)
    return NULL;
  int at = ek_avro_find(items.schema, ek_cstr(column));
  if (at < 0) {
    ek_fail(e, EK_EXIT_REFUSED, "no_label_column", "the Items data set has no column '%s'",
            ek_show(ek_cstr(column), shown, sizeof shown));
    ek_help(e, "name the column that holds the labels: output.label_column");
    ek_at(e, ek_group_folder(g), 0, 0);
    return NULL;
  }
  EK_QUERY ek_query *q = ek_query_newf(ek_group_db(g), e, "SELECT c%d, c%d FROM rows_%lld ORDER BY n",
                                       ek_avro_find_role(items.schema, EK_AVRO_ITEM_ID), at, (long long)items.data);
  if (!q)
    return NULL;
  ek_categories_builder *b = ek_categories_begin(events, max_cats);
  while ((more = ek_query_step(q, e)) == 1)
    ek_categories_add(b, ek_query_col_text(q, 0), ek_query_col_text(q, 1));
  ek_categories *c = ek_categories_finish(b);
  if (more == 0)
    return c;
  ek_categories_free(c);
  return NULL;
}

/* The places of the id and of the labels in a header. */
static int
find_columns(const ek_csv_file *f, const ek_csv_field *cells, size_t n, const char *column, size_t *id, size_t *label,
             ek_error *e)
{
  char shown[128];
  *id = *label = SIZE_MAX;
  for (size_t i = 0; i < n; i++) {
    if (ek_str_eqc(cells[i].text, "ITEM_ID"))
      *id = i;
    if (ek_str_eqc(cells[i].text, column))
      *label = i;
  }
  if (*id != SIZE_MAX && *label != SIZE_MAX)
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "missing_columns", "the file has no column '%s'",
          *id == SIZE_MAX ? "ITEM_ID" : ek_show(ek_cstr(column), shown, sizeof shown));
  return ek_at(e, ek_csv_file_path(f), 1, 0);
}

ek_categories *
ek_csv_categories(const char *items_csv, const ek_events *events, const char *column, unsigned max_cats, ek_error *e)
{
  EK_AUTO(cleanup_csv) ek_csv_file *f = ek_csv_file_open(items_csv, e);
  const ek_csv_field *cells;
  size_t n, id, label, columns = 0;
  if (!f)
    return NULL;
  int more = ek_csv_file_row(f, &cells, &n, e);
  if (more == 0) {
    ek_fail(e, EK_EXIT_REFUSED, "empty_file", "the file is empty");
    ek_at(e, items_csv, 0, 0);
  }
  if (more != 1 || find_columns(f, cells, n, column, &id, &label, e) < 0)
    return NULL;
  ek_csv_file_expect(f, columns = n);
  ek_categories_builder *b = ek_categories_begin(events, max_cats);
  while ((more = ek_csv_file_row(f, &cells, &n, e)) == 1) {
    if (n != columns) {
      ek_fail(e, EK_EXIT_REFUSED, "cell_count", "%zu cells; the header has %zu", n, columns);
      more = ek_at(e, items_csv, ek_csv_file_line(f), 0);
      break;
    }
    ek_categories_add(b, cells[id].text, cells[label].text);
  }
  ek_categories *c = ek_categories_finish(b);
  if (more == 0)
    return c;
  ek_categories_free(c);
  return NULL;
}
