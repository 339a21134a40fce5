/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "stage/local/tables.h"

static void cleanup_dataset(ek_dataset *d) { ek_dataset_clear(d); }

static int
load(ek_group *g, ek_str user, const char *event_type, double threshold, char ***items, size_t *n, ek_error *e)
{
  EK_AUTO(cleanup_dataset) ek_dataset d = { 0 };
  size_t cap = 0;
  char columns[64] = "NULL, NULL";
  int more, found = ek_dataset_get(g, EK_INTERACTIONS, &d, e);
  if (found != 1)
    return found;
  int type = ek_avro_find(d.schema, ek_cstr("EVENT_TYPE")), value = ek_avro_find(d.schema, ek_cstr("EVENT_VALUE"));
  if (type >= 0 && value >= 0)
    snprintf(columns, sizeof columns, "r.c%d, r.c%d", type, value);
  else if (type >= 0 || value >= 0)
    snprintf(columns, sizeof columns, type >= 0 ? "r.c%d, NULL" : "NULL, r.c%d", type >= 0 ? type : value);
  long long data = (long long)d.data;
  EK_QUERY ek_query *q = ek_query_newf(ek_group_db(g), e,
      "SELECT i.id, %s FROM users_%lld u JOIN rows_%lld r ON r.c%d = u.n JOIN items_%lld i ON i.n = r.c%d"
      " WHERE u.id = ?1 ORDER BY r.c%d, r.n", columns, data, data, ek_avro_find_role(d.schema, EK_AVRO_USER_ID), data,
      ek_avro_find_role(d.schema, EK_AVRO_ITEM_ID), ek_avro_find_role(d.schema, EK_AVRO_TIMESTAMP));
  if (!q)
    return -1;
  ek_query_text(q, 1, user);
  while ((more = ek_query_step(q, e)) == 1) {
    if (event_type && !ek_str_eqc(ek_query_col_text(q, 1), event_type))
      continue;
    if (isfinite(threshold) && !ek_query_col_is_null(q, 2) && ek_query_col_double(q, 2) < threshold)
      continue;
    ek_str id = ek_query_col_text(q, 0);
    *items = ek_mem_grow(*items, &cap, *n + 1, sizeof **items);
    (*items)[(*n)++] = ek_mem_strndup(id.ptr, id.len);
  }
  return more;
}

/* One look at one state of the store: an import may end between two statements. */
int
ek_group_history_of(ek_group *g, ek_str user, const char *event_type, double threshold, char ***items, size_t *n, ek_error *e)
{
  ek_error ignored;
  *items = NULL;
  *n = 0;
  if (ek_db_exec(ek_group_db(g), "SAVEPOINT history", e) < 0)
    return -1;
  int result = load(g, user, event_type, threshold, items, n, e);
  (void)ek_db_exec(ek_group_db(g), "RELEASE history", &ignored);
  if (result == 0)
    return 0;
  ek_history_free(*items, *n);
  *items = NULL;
  *n = 0;
  return -1;
}

size_t
ek_group_history(ek_group *g, ek_str user, char ***items, ek_error *e)
{
  size_t n;
  e->status = 0;
  return ek_group_history_of(g, user, NULL, -HUGE_VAL, items, &n, e) < 0 ? 0 : n;
}

void
ek_history_free(char **items, size_t n)
{
  for (size_t i = 0; i < n; i++)
    free(items[i]);
  free(items);
}
