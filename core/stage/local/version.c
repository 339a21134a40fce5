/* SPDX-License-Identifier: BSD-3-Clause */
/* Solution versions and campaigns of a group. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/number.h"
#include "stage/local/tables.h"

static char *
model_path(const ek_group *g, const char *solution, unsigned number)
{
  ek_text t = { 0 };
  ek_text_printf(&t, "%s/models/%s-%u.ekm", ek_group_folder(g), solution, number);
  char *path = ek_mem_strdup(ek_text_c(&t));
  ek_text_free(&t);
  return path;
}

int
ek_group_new_version(ek_group *g, const char *solution, unsigned *number, char **path, ek_error *e)
{
  ek_db *db = ek_group_db(g);
  int64_t now = (int64_t)time(NULL);
  if (!ek_store_name_ok(solution)) {
    char shown[128];
    ek_fail(e, EK_EXIT_REFUSED, "bad_name", "'%s' is no name of a solution", ek_show(ek_cstr(solution), shown, sizeof shown));
    return ek_help(e, "letters, digits, '-' and '_', at most 63 of them (train.solution, and the arm's name after it)");
  }
  EK_QUERY ek_query *add = ek_query_new(db, "INSERT OR IGNORE INTO solution VALUES (?1, '', ?2)", e);
  EK_QUERY ek_query *last = ek_query_new(db, "SELECT coalesce(max(number), 0) FROM solution_version WHERE solution = ?1", e);
  EK_QUERY ek_query *new = ek_query_new(db, "INSERT INTO solution_version VALUES (?1, ?2, 'CREATE IN_PROGRESS', '', NULL, ?3, ?3)", e);
  if (!add || !last || !new || ek_db_begin(db, e) < 0)
    return -1;
  ek_query_text(add, 1, ek_cstr(solution));
  ek_query_int(add, 2, now);
  ek_query_text(last, 1, ek_cstr(solution));
  if (ek_query_step(add, e) < 0 || ek_query_step(last, e) < 0)
    goto fail;
  *number = (unsigned)ek_query_col_int(last, 0) + 1;
  ek_query_reset(last);
  ek_query_text(new, 1, ek_cstr(solution));
  ek_query_int(new, 2, *number);
  ek_query_int(new, 3, now);
  if (ek_query_step(new, e) < 0 || ek_db_commit(db, e) < 0)
    goto fail;
  *path = model_path(g, solution, *number);
  return 0;
fail:
  ek_db_rollback(db);
  return -1;
}

int
ek_group_finish_version(ek_group *g, const char *solution, unsigned number, const char *recipe, ek_str meta, ek_error *e)
{
  ek_db *db = ek_group_db(g);
  EK_QUERY ek_query *version = ek_query_new(db, "UPDATE solution_version SET status = 'ACTIVE', recipe = ?3, meta = ?4,"
                                                " updated = ?5 WHERE solution = ?1 AND number = ?2", e);
  EK_QUERY ek_query *name = ek_query_new(db, "UPDATE solution SET recipe = ?2 WHERE name = ?1", e);
  if (!version || !name || ek_db_begin(db, e) < 0)
    return -1;
  ek_query_text(version, 1, ek_cstr(solution));
  ek_query_int(version, 2, number);
  ek_query_text(version, 3, ek_cstr(recipe));
  ek_query_text(version, 4, meta);
  ek_query_int(version, 5, (int64_t)time(NULL));
  ek_query_text(name, 1, ek_cstr(solution));
  ek_query_text(name, 2, ek_cstr(recipe));
  if (ek_query_step(version, e) < 0 || ek_query_step(name, e) < 0 || ek_db_commit(db, e) < 0) {
    ek_db_rollback(db);
    return -1;
  }
  return 0;
}

int
ek_group_fail_version(ek_group *g, const char *solution, unsigned number, ek_error *e)
{
  EK_QUERY ek_query *q = ek_query_new(ek_group_db(g), "UPDATE solution_version SET status = 'CREATE FAILED', updated = ?3"
                                                      " WHERE solution = ?1 AND number = ?2", e);
  if (!q)
    return -1;
  ek_query_text(q, 1, ek_cstr(solution));
  ek_query_int(q, 2, number);
  ek_query_int(q, 3, (int64_t)time(NULL));
  return ek_query_step(q, e);
}

/* "shop-metadata/2" or "shop-metadata": name and number of an ACTIVE version. */
static int
find_version(ek_group *g, const char *wanted, char **solution, unsigned *number, ek_error *e)
{
  const char *slash = strchr(wanted, '/');
  int64_t n = 0;
  char shown[128];
  *solution = slash ? ek_mem_strndup(wanted, (size_t)(slash - wanted)) : ek_mem_strdup(wanted);
  if (slash && (!ek_number_int(ek_cstr(slash + 1), &n) || n < 1))
    n = -1;
  EK_QUERY ek_query *q = ek_query_new(ek_group_db(g), "SELECT number FROM solution_version WHERE solution = ?1 AND"
                                      " status = 'ACTIVE' AND (?2 = 0 OR number = ?2) ORDER BY number DESC LIMIT 1", e);
  int found = -1;
  if (q) {
    ek_query_text(q, 1, ek_cstr(*solution));
    ek_query_int(q, 2, n);
    found = ek_query_step(q, e);
  }
  if (found == 1) {
    *number = (unsigned)ek_query_col_int(q, 0);
    return 0;
  }
  free(*solution);
  *solution = NULL;
  if (found < 0)
    return -1;
  ek_fail(e, EK_EXIT_REFUSED, "no_such_version", "there is no trained solution version '%s'",
          ek_show(ek_cstr(wanted), shown, sizeof shown));
  ek_help(e, "'enrichkit describe version' lists them; 'enrichkit train' makes one");
  return ek_at(e, ek_group_folder(g), 0, 0);
}

char *
ek_group_model_path(ek_group *g, const char *solution_version, ek_error *e)
{
  unsigned number;
  EK_FREE char *solution = NULL;
  return find_version(g, solution_version, &solution, &number, e) < 0 ? NULL : model_path(g, solution, number);
}

int
ek_group_set_campaign(ek_group *g, const char *campaign, const char *solution_version, ek_error *e)
{
  unsigned number;
  EK_FREE char *solution = NULL;
  char shown[128];
  if (!ek_store_name_ok(campaign)) {
    ek_fail(e, EK_EXIT_REFUSED, "bad_name", "'%s' is no name of a campaign", ek_show(ek_cstr(campaign), shown, sizeof shown));
    return ek_help(e, "letters, digits, '-' and '_', at most 63 of them");
  }
  if (find_version(g, solution_version, &solution, &number, e) < 0)
    return -1;
  EK_QUERY ek_query *q = ek_query_new(ek_group_db(g), "INSERT INTO campaign VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (name)"
      " DO UPDATE SET solution = excluded.solution, number = excluded.number, updated = excluded.updated", e);
  if (!q)
    return -1;
  ek_query_text(q, 1, ek_cstr(campaign));
  ek_query_text(q, 2, ek_cstr(solution));
  ek_query_int(q, 3, number);
  ek_query_int(q, 4, (int64_t)time(NULL));
  return ek_query_step(q, e);
}

char *
ek_group_campaign(ek_group *g, const char *campaign, ek_error *e)
{
  char shown[128];
  EK_QUERY ek_query *q = ek_query_new(ek_group_db(g), "SELECT solution || '/' || number FROM campaign WHERE name = ?1", e);
  if (!q)
    return NULL;
  ek_query_text(q, 1, ek_cstr(campaign));
  int found = ek_query_step(q, e);
  if (found == 1) {
    ek_str s = ek_query_col_text(q, 0);
    return ek_mem_strndup(s.ptr, s.len);
  }
  if (found == 0) {
    ek_fail(e, EK_EXIT_REFUSED, "no_such_campaign", "there is no campaign '%s'", ek_show(ek_cstr(campaign), shown, sizeof shown));
    ek_help(e, "'enrichkit describe campaign' lists them; 'enrichkit train' makes one");
    ek_at(e, ek_group_folder(g), 0, 0);
  }
  return NULL;
}
