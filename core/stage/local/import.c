/* SPDX-License-Identifier: BSD-3-Clause */
/* One transaction over all data sets of a request: all of them, or none.     */
#include "stage/local/import.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/text.h"

#define INTERACTIONS_NEEDED 1000
#define USERS_NEEDED 25            /* with two interactions or more               */

typedef struct import {
  const ek_import_request *request;
  const ek_stage_watch *watch;
  ek_group *group;
  ek_import_source sources[EK_RECORD_KINDS]; size_t n;
  uint64_t errors;
} import;

static int
check_request(import *m, ek_error *e)
{
  const ek_import_request *r = m->request;
  unsigned seen = 0;
  EK_FREE char *verified = NULL;
  if (r->n == 0 || r->n > EK_RECORD_KINDS) {
    ek_fail(e, EK_EXIT_REFUSED, "nothing_to_import", "there is nothing to import");
    return ek_help(e, "name a CSV: --items, --interactions, --users");
  }
  for (size_t i = 0; i < r->n; i++) {
    const ek_dataset_source *from = &r->sources[i];
    if (seen & 1u << from->kind)
      return ek_fail(e, EK_EXIT_REFUSED, "two_sources", "two files for data set %s", ek_dataset_type(from->kind));
    seen |= 1u << from->kind;
    m->sources[m->n++] = (ek_import_source){ .from = from, .kind = from->kind };
    if (ek_import_check_set(from->csv, &verified, e) < 0)
      return -1;
  }
  return 0;
}

static int
prepare_source(import *m, ek_import_source *s, ek_error *e)
{
  if (ek_import_schema(s, e) < 0)
    return -1;
  s->exists = ek_dataset_get(m->group, s->kind, &s->old, e);
  if (s->exists < 0)
    return -1;
  if (s->v.errors)
    m->errors++;
  return ek_import_change(s, m->request, m->request->dataset_group, e);
}

/* ---- jobs ---- */

static int
write_job(import *m, ek_import_source *s, const char *status, const char *reason, ek_error *e)
{
  EK_QUERY ek_query *q = ek_query_new(ek_group_db(m->group), "INSERT OR REPLACE INTO import_job VALUES (?1, ?2, ?3, ?4,"
                                      " ?5, ?6, ?7, ?8, ?9, ?10, ?10)", e);
  if (!q)
    return -1;
  if (s->job)
    ek_query_int(q, 1, s->job);
  else
    ek_query_null(q, 1);
  ek_query_text(q, 2, ek_cstr(ek_dataset_type(s->kind)));
  ek_query_text(q, 3, ek_cstr(m->request->mode == EK_IMPORT_FULL ? "FULL" : "INCREMENTAL"));
  ek_query_text(q, 4, ek_cstr(status));
  ek_query_text(q, 5, ek_cstr(s->from->csv));
  ek_query_int(q, 6, (int64_t)s->rows);
  ek_query_int(q, 7, (int64_t)s->v.errors);
  ek_query_int(q, 8, (int64_t)s->v.warnings);
  if (reason)
    ek_query_text(q, 9, ek_cstr(reason));
  else
    ek_query_null(q, 9);
  ek_query_int(q, 10, (int64_t)time(NULL));
  return ek_query_step(q, e);
}

static int
new_job(import *m, ek_import_source *s, ek_error *e)
{
  if (write_job(m, s, "CREATE IN_PROGRESS", NULL, e) < 0)
    return -1;
  EK_QUERY ek_query *q = ek_query_new(ek_group_db(m->group), "SELECT last_insert_rowid()", e);
  if (!q || ek_query_step(q, e) < 0)
    return -1;
  s->job = ek_query_col_int(q, 0);
  return 0;
}

/* After the rollback, so that 'describe import' tells. What matters is said already: a
 * store that cannot note it is left alone. */
static void
note_failure(import *m, const ek_error *why)
{
  ek_error ignored = { 0 };
  ek_db *db = ek_group_db(m->group);
  if (ek_db_begin(db, &ignored) < 0)
    return;
  for (size_t i = 0; i < m->n; i++) {
    m->sources[i].job = 0;
    if (write_job(m, &m->sources[i], EK_STATUS_FAILED, why->message, &ignored) < 0)
      break;
  }
  if (ignored.status || ek_db_commit(db, &ignored) < 0)
    ek_db_rollback(db);
}

/* ---- the rules of a whole data set ---- */

static int
users_with_two(import *m, const ek_import_source *s, int64_t limit, int64_t *out, ek_error *e)
{
  EK_QUERY ek_query *q = ek_query_newf(ek_group_db(m->group), e,
      "SELECT count(*) FROM (SELECT 1 FROM rows_%lld GROUP BY c%d HAVING count(*) > 1 LIMIT %lld)", (long long)s->data,
      ek_avro_find_role(s->schema, EK_AVRO_USER_ID), (long long)limit);
  if (!q || ek_query_step(q, e) < 0)
    return -1;
  *out = ek_query_col_int(q, 0);
  return 0;
}

/* Message 20. Asked for fewer, as one may locally, it is a warning. users -1: not counted,
 * since the rows have errors.                                               */
static void
too_few(import *m, ek_import_source *s, int64_t users)
{
  ek_text t = { 0 };
  uint64_t min = m->request->min_interactions, needed = min < INTERACTIONS_NEEDED ? INTERACTIONS_NEEDED : min;
  int refused = min >= INTERACTIONS_NEEDED || s->total < min;
  ek_text_thousands(&t, s->total);
  ek_text_printf(&t, " interactions; %s needs ", refused && min != INTERACTIONS_NEEDED ? "this configuration" : "Amazon Personalize");
  ek_text_thousands(&t, refused ? min : needed);
  if (min >= INTERACTIONS_NEEDED || !refused)
    ek_text_printf(&t, ", and %d users with two or more", USERS_NEEDED);
  if (users >= 0 && (min >= INTERACTIONS_NEEDED || !refused)) {
    ek_text_cstr(&t, " (here: ");
    ek_text_thousands(&t, (uint64_t)users);
    ek_text_char(&t, ')');
  }
  ek_violation_add(&s->v, refused ? EK_ERROR : EK_WARNING, "too_few", s->from->csv, 0, "%s", ek_text_c(&t));
  ek_text_free(&t);
  m->errors += (uint64_t)refused;
}

static int
check_enough(import *m, ek_import_source *s, ek_error *e)
{
  int64_t users = -1;
  uint64_t min = m->request->min_interactions, needed = min < INTERACTIONS_NEEDED ? INTERACTIONS_NEEDED : min;
  if (!m->errors && users_with_two(m, s, USERS_NEEDED, &users, e) < 0)
    return -1;
  if (s->total >= needed && (users < 0 || users >= USERS_NEEDED))
    return 0;
  if (!m->errors && users_with_two(m, s, -1, &users, e) < 0)
    return -1;
  too_few(m, s, users);
  return 0;
}

/* ---- the import ---- */

static int
finish_sources(import *m, ek_error *e)
{
  for (size_t i = 0; i < m->n; i++) {
    ek_import_source *s = &m->sources[i];
    if (!m->errors && ek_import_finish(s, m->group, e) < 0)
      return -1;
    if (s->kind == EK_INTERACTIONS && s->schema && s->rows && check_enough(m, s, e) < 0)
      return -1;
  }
  return 0;
}

static int
fail_data(import *m, ek_error *e)
{
  const ek_violation *first = NULL;
  uint64_t total = 0;
  char message[sizeof e->message];
  for (size_t i = 0; i < m->n; i++) {
    ek_import_source *s = &m->sources[i];
    total += s->v.errors;
    for (size_t j = 0; j < s->v.n && !first; j++)
      if (s->v.list[j].error)
        first = &s->v.list[j];
  }
  snprintf(message, sizeof message, "%s", first ? first->message : "the data break a rule");
  if (total > 1)
    ek_fail(e, EK_EXIT_REFUSED, "bad_data", "%s (and %llu more errors)", message, (unsigned long long)total - 1);
  else
    ek_fail(e, EK_EXIT_REFUSED, "bad_data", "%s", message);
  if (first && strcmp(first->code, "too_few") == 0)
    ek_help(e, "nothing was changed. To try locally with few: import: {engine: local, min_interactions: 1}");
  else
    ek_help(e, "nothing was imported; the store is as it was");
  return ek_at(e, first ? first->file : m->sources[0].from->csv, first ? first->line : 0, 0);
}

static int
run(import *m, ek_error *e)
{
  ek_db *db = ek_group_db(m->group);
  for (size_t i = 0; i < m->n; i++)
    if (prepare_source(m, &m->sources[i], e) < 0)
      return -1;
  if (ek_db_begin(db, e) < 0)
    return -1;
  for (size_t i = 0; i < m->n; i++) {
    ek_import_source *s = &m->sources[i];
    if (s->schema && (new_job(m, s, e) < 0 || ek_import_rows(s, m->group, m->watch, &m->errors, e) < 0))
      return -1;
  }
  if (finish_sources(m, e) < 0)
    return -1;
  if (m->errors)
    return fail_data(m, e);
  for (size_t i = 0; i < m->n; i++)
    if (write_job(m, &m->sources[i], EK_STATUS_ACTIVE, NULL, e) < 0)
      return -1;
  return ek_db_commit(db, e);
}

static void
fill_result(import *m, const char *status, ek_import_result *out)
{
  size_t cap = 0;
  for (size_t i = 0; i < m->n; i++) {
    ek_import_source *s = &m->sources[i];
    out->jobs[out->n_jobs++] = (ek_import_job){ .type = ek_dataset_type(s->kind), .status = status, .rows = s->rows,
                                                .errors = s->v.errors, .warnings = s->v.warnings };
    ek_violations_trim(&s->v);
    if (s->v.n)
      out->violations = ek_mem_grow(out->violations, &cap, out->n_violations + s->v.n, sizeof *out->violations);
    for (size_t j = 0; j < s->v.n; j++)
      out->violations[out->n_violations++] = s->v.list[j];
    s->v.n = 0;
    ek_violations_clear(&s->v);
    ek_avro_free(s->schema);
    ek_dataset_clear(&s->old);
    ek_intern_free(&s->ids);
    ek_intern_free(&s->items);
    free(s->lines);
  }
}

int
ek_local_import(const ek_import_request *request, const ek_stage_watch *watch, ek_import_result *out, ek_error *e)
{
  static const ek_stage_watch nobody;
  import m = { .request = request, .watch = watch ? watch : &nobody };
  *out = (ek_import_result){ 0 };
  int result = check_request(&m, e);
  if (result == 0) {
    m.group = ek_group_open(request->store, request->dataset_group, EK_GROUP_WRITE, e);
    result = m.group ? run(&m, e) : -1;
  }
  if (result < 0 && m.group) {
    ek_db_rollback(ek_group_db(m.group));
    note_failure(&m, e);
  }
  ek_group_close(m.group);
  fill_result(&m, result == 0 ? EK_STATUS_ACTIVE : EK_STATUS_FAILED, out);
  return result;
}
