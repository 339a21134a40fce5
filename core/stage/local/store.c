/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/store.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "output/files.h"
#include "stage/local/tables.h"

#define NAME_LENGTH_MAX 63

static const char *const steps[] = {
  "CREATE TABLE dataset_group (name TEXT PRIMARY KEY, created INTEGER NOT NULL);"
  "CREATE TABLE schema (name TEXT PRIMARY KEY, type TEXT NOT NULL, body TEXT NOT NULL, created INTEGER NOT NULL);"
  "CREATE TABLE dataset (type TEXT PRIMARY KEY, schema TEXT NOT NULL REFERENCES schema (name), data INTEGER NOT NULL,"
  " rows INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL);"
  "CREATE TABLE import_job (id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, mode TEXT NOT NULL,"
  " status TEXT NOT NULL, source TEXT NOT NULL, rows INTEGER NOT NULL, errors INTEGER NOT NULL,"
  " warnings INTEGER NOT NULL, failure_reason TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL);"
  "CREATE TABLE solution (name TEXT PRIMARY KEY, recipe TEXT NOT NULL, created INTEGER NOT NULL);"
  "CREATE TABLE solution_version (solution TEXT NOT NULL REFERENCES solution (name), number INTEGER NOT NULL,"
  " status TEXT NOT NULL, recipe TEXT NOT NULL, meta TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL,"
  " PRIMARY KEY (solution, number));"
  "CREATE TABLE campaign (name TEXT PRIMARY KEY, solution TEXT NOT NULL, number INTEGER NOT NULL,"
  " created INTEGER NOT NULL, updated INTEGER NOT NULL,"
  " FOREIGN KEY (solution, number) REFERENCES solution_version (solution, number));"
};

static const ek_db_schema schema = {
  0x454b5354 /* "EKST" */, steps, sizeof steps / sizeof *steps, "store"
};

struct ek_group {
  char *name, *folder;
  ek_db *db;
  ek_outdir *lock;                 /* of a writer                                */
};

/* As the service's names, and so never a path. */
int
ek_store_name_ok(const char *name)
{
  size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
  return n && !name[n] && n <= NAME_LENGTH_MAX && name[0] != '-' && name[0] != '_';
}

static int
fail_name(ek_error *e, const char *what, const char *name)
{
  char shown[128];
  ek_fail(e, EK_EXIT_REFUSED, "bad_name", "'%s' is no name of a %s", ek_show(ek_cstr(name), shown, sizeof shown), what);
  return ek_help(e, "a name is made of letters, digits, '-' and '_', at most 63 of them, and begins with a letter or digit");
}

static char *
join(const char *folder, const char *name)
{
  size_t size = strlen(folder) + strlen(name) + 2;
  char *path = ek_mem_alloc(size);
  snprintf(path, size, "%s/%s", folder, name);
  return path;
}

/* Models that a killed training left half written. We hold the lock. */
static void
sweep_models(const char *models)
{
  DIR *dir = opendir(models);
  if (!dir)
    return;
  for (struct dirent *entry; (entry = readdir(dir));) {
    size_t n = strlen(entry->d_name);
    if (entry->d_name[0] == '.' && n > 9 && strcmp(entry->d_name + n - 8, ".ekm.new") == 0)
      (void)unlinkat(dirfd(dir), entry->d_name, 0);
  }
  closedir(dir);
}

static int
prepare_folder(ek_group *g, ek_error *e)
{
  g->lock = ek_outdir_open(g->folder, e);
  if (!g->lock) {
    if (e && strcmp(e->code, "locked") == 0) {
      char file[sizeof e->file];
      memcpy(file, e->file, sizeof file);
      ek_help(e, "wait for it to end, or choose another store (import.store) or group (import.dataset_group)");
      ek_at(e, file, 0, 0);
    }
    return -1;
  }
  EK_FREE char *models = join(g->folder, "models");
  if (mkdir(models, 0777) < 0 && errno != EEXIST)
    return ek_fail_errno(e, errno == ENOSPC ? EK_EXIT_FAILED : EK_EXIT_REFUSED, "cannot_create", models, "make the folder");
  sweep_models(models);
  return 0;
}

/* Versions whose training was cut off: their number is spent, and they say so. */
static int
note_group(ek_group *g, ek_error *e)
{
  EK_QUERY ek_query *q = ek_query_new(g->db, "INSERT OR IGNORE INTO dataset_group VALUES (?1, ?2)", e);
  if (!q)
    return -1;
  ek_query_text(q, 1, ek_cstr(g->name));
  ek_query_int(q, 2, (int64_t)time(NULL));
  if (ek_query_step(q, e) < 0)
    return -1;
  return ek_db_exec(g->db, "UPDATE solution_version SET status = 'CREATE FAILED' WHERE status = 'CREATE IN_PROGRESS'", e);
}

static int
no_group(ek_group *g, const char *store, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "no_such_group", "there is no data set group '%s' in this store", g->name);
  ek_help(e, "'enrichkit run' with an import: section, or 'enrichkit import', makes it");
  return ek_at(e, store, 0, 0);
}

static int
open_group(ek_group *g, const char *store, enum ek_group_access access_, ek_error *e)
{
  EK_FREE char *path = join(g->folder, "data.db");
  if (access_ == EK_GROUP_WRITE && prepare_folder(g, e) < 0)
    return -1;
  if (access_ == EK_GROUP_READ && access(path, F_OK) < 0 && errno == ENOENT)
    return no_group(g, store, e);
  g->db = ek_db_open(path, &schema, access_ == EK_GROUP_WRITE, e);
  if (!g->db)
    return -1;
  return access_ == EK_GROUP_WRITE ? note_group(g, e) : 0;
}

ek_group *
ek_group_open(const char *store, const char *name, enum ek_group_access access_, ek_error *e)
{
  if (!ek_store_name_ok(name)) {
    fail_name(e, "data set group", name);
    return NULL;
  }
  ek_group *g = ek_mem_zero(1, sizeof *g);
  g->name = ek_mem_strdup(name);
  g->folder = join(store, name);
  if (open_group(g, store, access_, e) == 0)
    return g;
  ek_group_close(g);
  return NULL;
}

void
ek_group_close(ek_group *g)
{
  if (!g)
    return;
  ek_db_close(g->db);
  ek_outdir_close(g->lock);
  free(g->folder);
  free(g->name);
  free(g);
}

ek_db *ek_group_db(ek_group *g) { return g->db; }
const char *ek_group_folder(const ek_group *g) { return g->folder; }
const char *ek_group_name(const ek_group *g) { return g->name; }

/* ---- statements ---- */

ek_query *
ek_query_newf(ek_db *db, ek_error *e, const char *fmt, ...)
{
  ek_text sql = { 0 };
  va_list ap;
  va_start(ap, fmt);
  ek_text_vprintf(&sql, fmt, ap);
  va_end(ap);
  ek_query *q = ek_query_new(db, ek_text_c(&sql), e);
  ek_text_free(&sql);
  return q;
}

int
ek_db_execf(ek_db *db, ek_error *e, const char *fmt, ...)
{
  ek_text sql = { 0 };
  va_list ap;
  va_start(ap, fmt);
  ek_text_vprintf(&sql, fmt, ap);
  va_end(ap);
  int result = ek_db_exec(db, ek_text_c(&sql), e);
  ek_text_free(&sql);
  return result;
}

/* ---- data sets ---- */

int
ek_dataset_get(ek_group *g, enum ek_record_kind kind, ek_dataset *out, ek_error *e)
{
  ek_violations v = { 0 };
  *out = (ek_dataset){ 0 };
  EK_QUERY ek_query *q = ek_query_new(g->db, "SELECT d.data, d.rows, s.name, s.body FROM dataset d JOIN schema s ON"
                                             " s.name = d.schema WHERE d.type = ?1", e);
  if (!q)
    return -1;
  ek_query_text(q, 1, ek_cstr(ek_dataset_type(kind)));
  int found = ek_query_step(q, e);
  if (found != 1)
    return found;
  out->data = ek_query_col_int(q, 0);
  out->rows = ek_query_col_int(q, 1);
  ek_str name = ek_query_col_text(q, 2);
  out->schema_name = ek_mem_strndup(name.ptr, name.len);
  out->schema = ek_avro_parse(ek_query_col_text(q, 3), kind, ek_db_path(g->db), &v);
  ek_violations_clear(&v);
  if (out->schema)
    return 1;
  ek_dataset_clear(out);
  ek_fail(e, EK_EXIT_REFUSED, "damaged", "the store's schema of %s cannot be read", ek_dataset_type(kind));
  ek_help(e, "import the data anew into another store");
  return ek_at(e, ek_db_path(g->db), 0, 0);
}

void
ek_dataset_clear(ek_dataset *d)
{
  ek_avro_free(d->schema);
  free(d->schema_name);
  *d = (ek_dataset){ 0 };
}
