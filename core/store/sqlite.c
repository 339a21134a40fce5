/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sqlite.h"
#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/text.h"

/* Files up to this size are checked whole when they are opened for writing: it takes a
 * fraction of a second. Beyond it, and for readers who want one answer, SQLite's own
 * checks of every page that it reads must do, and ek_db_verify when asked.  */
#define CHECK_MAX ((off_t)64 << 20)
#define BUSY_MS 5000

struct ek_db {
  sqlite3 *handle;
  char *path;
  const char *what;                /* static: "store"                            */
  int begun;
};

struct ek_query { ek_db *db; sqlite3_stmt *statement; };

static void cleanup_sqlite(char **s) { sqlite3_free(*s); }

static int
fail_damaged(const ek_db *d, ek_error *e, const char *why)
{
  char shown[256];
  ek_fail(e, EK_EXIT_REFUSED, "damaged", "the %s is damaged: %s", d->what, ek_show(ek_cstr(why), shown, sizeof shown));
  ek_help(e, "move it away and make it anew (mv %s %s.damaged), or put a copy in its place", d->path, d->path);
  return ek_at(e, d->path, 0, 0);
}

/* What SQLite could not do, in our words. doing: "read the store". */
static int
fail_sqlite(const ek_db *d, ek_error *e, const char *doing)
{
  char why[256], shown[256];
  int code = d->handle ? sqlite3_errcode(d->handle) : SQLITE_NOMEM;
  int system = d->handle ? sqlite3_system_errno(d->handle) : 0;
  snprintf(why, sizeof why, "%s", d->handle ? sqlite3_errmsg(d->handle) : "out of memory");
  switch (code & 0xff) {
  case SQLITE_CORRUPT:
    return fail_damaged(d, e, why);
  case SQLITE_NOTADB:
    ek_fail(e, EK_EXIT_REFUSED, "not_a_store", "this is no %s of enrichkit: not an SQLite database, or damaged", d->what);
    ek_help(e, "move it away, or choose another place");
    break;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    ek_fail(e, EK_EXIT_REFUSED, "locked", "another process is writing to the %s", d->what);
    ek_help(e, "wait for it to end, and try again");
    break;
  case SQLITE_FULL:
  case SQLITE_IOERR:
    ek_fail(e, EK_EXIT_FAILED, "write_failed", "cannot %s: %s", doing,
            code == SQLITE_FULL ? "the disk is full" : system ? strerror(system) : why);
    ek_help(e, "what was there before is unchanged");
    break;
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH:
  case SQLITE_CANTOPEN:
    ek_fail(e, EK_EXIT_REFUSED, "no_permission", "cannot %s: %s", doing, system ? strerror(system) : why);
    break;
  default:
    ek_fail(e, EK_EXIT_FAILED, "store_failed", "cannot %s: %s", doing, ek_show(ek_cstr(why), shown, sizeof shown));
  }
  return ek_at(e, d->path, 0, 0);
}

/* ---- opening ---- */

/* One number: a pragma, or a count. 0 or -1. */
static int
number_of(ek_db *d, const char *sql, int64_t *out, ek_error *e)
{
  sqlite3_stmt *s = NULL;
  int code = sqlite3_prepare_v2(d->handle, sql, -1, &s, NULL);
  if (code == SQLITE_OK)
    code = sqlite3_step(s);
  *out = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
  int failed = code != SQLITE_ROW && code != SQLITE_DONE;
  if (failed)
    fail_sqlite(d, e, "read the file");
  sqlite3_finalize(s);
  return failed ? -1 : 0;
}

/* The first line of a check, which is "ok" or what is wrong. */
static int
check_pages(ek_db *d, const char *sql, ek_error *e)
{
  sqlite3_stmt *s = NULL;
  int result = 0;
  if (sqlite3_prepare_v2(d->handle, sql, -1, &s, NULL) != SQLITE_OK)
    return fail_sqlite(d, e, "check the file");
  int code = sqlite3_step(s);
  const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
  if (code != SQLITE_ROW)
    result = fail_sqlite(d, e, "check the file");
  else if (!text || strcmp(text, "ok") != 0)
    result = fail_damaged(d, e, text ? text : "unreadable");
  sqlite3_finalize(s);
  return result;
}

int
ek_db_verify(ek_db *d, ek_error *e)
{
  return check_pages(d, "PRAGMA integrity_check(1)", e);
}

/* 1: ours, 0: nothing in it yet, -1: e. */
static int
check_owner(ek_db *d, const ek_db_schema *schema, int64_t *version, ek_error *e)
{
  int64_t id, tables;
  /* In one transaction: another process may be making it just now. */
  if (ek_db_exec(d, "BEGIN", e) < 0 || number_of(d, "SELECT count(*) FROM sqlite_master", &tables, e) < 0 ||
      number_of(d, "PRAGMA application_id", &id, e) < 0 || number_of(d, "PRAGMA user_version", version, e) < 0 ||
      ek_db_exec(d, "COMMIT", e) < 0)
    return -1;
  if (id == 0 && *version == 0 && tables == 0)
    return 0;
  if ((uint32_t)id != schema->application_id) {
    ek_fail(e, EK_EXIT_REFUSED, "not_a_store", "this is no %s of enrichkit, but another program's database", d->what);
    ek_help(e, "nothing in it was changed; choose another place");
    return ek_at(e, d->path, 0, 0);
  }
  if (*version > (int64_t)schema->version || *version < 1) {
    ek_fail(e, EK_EXIT_REFUSED, "newer_version", "this %s has format %lld; this enrichkit knows formats up to %u", d->what,
            (long long)*version, schema->version);
    ek_help(e, "it was written by a newer enrichkit: use that one, or choose another place");
    return ek_at(e, d->path, 0, 0);
  }
  return 1;
}

static int
upgrade(ek_db *d, const ek_db_schema *schema, int64_t version, ek_error *e)
{
  char sql[96];
  /* Another process may have made it since this one looked. */
  if (ek_db_begin(d, e) < 0 || number_of(d, "PRAGMA user_version", &version, e) < 0)
    return -1;
  for (int64_t v = version; v < (int64_t)schema->version; v++)
    if (ek_db_exec(d, schema->steps[v], e) < 0)
      return -1;
  snprintf(sql, sizeof sql, "PRAGMA application_id = %lld; PRAGMA user_version = %u", (long long)(int32_t)schema->application_id,
           schema->version);
  return ek_db_exec(d, sql, e) < 0 || ek_db_commit(d, e) < 0 ? -1 : 0;
}

static int
open_handle(ek_db *d, const char *name, int flags, ek_error *e)
{
  if (sqlite3_open_v2(name, &d->handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK)
    return fail_sqlite(d, e, "open the file");
  sqlite3_busy_timeout(d->handle, BUSY_MS);
  sqlite3_db_config(d->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(d->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config(d->handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
  return ek_db_exec(d, "PRAGMA cell_size_check = ON", e);
}

/* A folder that may not be written to cannot hold the WAL's shared memory. A file that
 * nobody is writing to is then read as it stands. */
static int
open_immutable(ek_db *d, ek_error *e)
{
  struct stat st;
  EK_FREE char *wal = ek_mem_alloc(strlen(d->path) + 5);
  EK_AUTO(cleanup_sqlite) char *uri = NULL;
  sprintf(wal, "%s-wal", d->path);
  if (stat(wal, &st) == 0 && st.st_size > 0)
    return fail_sqlite(d, e, "open the file");
  ek_text escaped = { 0 };
  for (const unsigned char *p = (const unsigned char *)d->path; *p; p++)
    if (*p == '%' || *p == '?' || *p == '#')
      ek_text_printf(&escaped, "%%%02x", *p);
    else
      ek_text_char(&escaped, (char)*p);
  uri = sqlite3_mprintf("file:%s?immutable=1", ek_text_c(&escaped));
  ek_text_free(&escaped);
  sqlite3_close(d->handle);
  d->handle = NULL;
  return open_handle(d, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, e);
}

/* Reads something, so that a folder without rights shows now and not later. */
static int
open_existing(ek_db *d, ek_error *e)
{
  int64_t n;
  ek_error first = { 0 };
  if (access(d->path, W_OK) == 0 && open_handle(d, d->path, SQLITE_OPEN_READWRITE, &first) == 0 &&
      number_of(d, "SELECT count(*) FROM sqlite_master", &n, &first) == 0)
    return 0;
  if (first.status && strcmp(first.code, "no_permission") != 0) {
    *e = first;
    return -1;
  }
  sqlite3_close(d->handle);
  d->handle = NULL;
  if (open_handle(d, d->path, SQLITE_OPEN_READONLY, e) < 0)
    return -1;
  if (number_of(d, "SELECT count(*) FROM sqlite_master", &n, &first) == 0)
    return 0;
  if (strcmp(first.code, "no_permission") != 0) {
    *e = first;
    return -1;
  }
  return open_immutable(d, e);
}

static int
prepare(ek_db *d, const ek_db_schema *schema, int create, ek_error *e)
{
  struct stat st;
  int64_t version, pages;
  int there = stat(d->path, &st) == 0;
  if (there && !S_ISREG(st.st_mode)) {
    ek_fail(e, EK_EXIT_REFUSED, "not_a_store", "this is no %s of enrichkit: not a regular file", d->what);
    return ek_at(e, d->path, 0, 0);
  }
  if (!there && !create) {
    ek_fail(e, EK_EXIT_REFUSED, "no_store", "there is no %s here", d->what);
    return ek_at(e, d->path, 0, 0);
  }
  if (create ? open_handle(d, d->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e) : open_existing(d, e))
    return -1;
  int ours = check_owner(d, schema, &version, e);
  if (ours < 0)
    return -1;
  if (!ours && !create) {
    ek_fail(e, EK_EXIT_REFUSED, "no_store", "there is nothing in this %s", d->what);
    return ek_at(e, d->path, 0, 0);
  }
  if (ours && create && st.st_size <= CHECK_MAX && check_pages(d, "PRAGMA quick_check(1)", e) < 0)
    return -1;
  if (create && (number_of(d, "PRAGMA journal_mode = WAL", &pages, e) < 0 ||
                 ek_db_exec(d, "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 1048576", e) < 0))
    return -1;
  return version < (int64_t)schema->version ? upgrade(d, schema, version, e) : 0;
}

ek_db *
ek_db_open(const char *path, const ek_db_schema *schema, int create, ek_error *e)
{
  ek_db *d = ek_mem_zero(1, sizeof *d);
  d->path = ek_mem_strdup(path);
  d->what = schema->what;
  if (prepare(d, schema, create, e) == 0)
    return d;
  ek_db_close(d);
  return NULL;
}

void
ek_db_close(ek_db *d)
{
  if (!d)
    return;
  ek_db_rollback(d);
  sqlite3_close_v2(d->handle);
  free(d->path);
  free(d);
}

const char *ek_db_path(const ek_db *d) { return d->path; }

/* ---- statements ---- */

int
ek_db_exec(ek_db *d, const char *sql, ek_error *e)
{
  return sqlite3_exec(d->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail_sqlite(d, e, "write to the file");
}

int
ek_db_begin(ek_db *d, ek_error *e)
{
  if (ek_db_exec(d, "BEGIN IMMEDIATE", e) < 0)
    return -1;
  d->begun = 1;
  return 0;
}

int
ek_db_commit(ek_db *d, ek_error *e)
{
  if (ek_db_exec(d, "COMMIT", e) < 0)
    return -1;
  d->begun = 0;
  return 0;
}

void
ek_db_rollback(ek_db *d)
{
  /* SQLite may have rolled back by itself, after a full disk say. */
  if (d->begun && d->handle && !sqlite3_get_autocommit(d->handle))
    (void)sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
  d->begun = 0;
}

ek_query *
ek_query_new(ek_db *d, const char *sql, ek_error *e)
{
  sqlite3_stmt *s = NULL;
  if (sqlite3_prepare_v3(d->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) != SQLITE_OK) {
    fail_sqlite(d, e, "ask the file");
    return NULL;
  }
  ek_query *q = ek_mem_zero(1, sizeof *q);
  q->db = d;
  q->statement = s;
  return q;
}

void
ek_query_free(ek_query *q)
{
  if (!q)
    return;
  sqlite3_finalize(q->statement);
  free(q);
}

/* Binding fails only out of memory or by a mistake of ours (index, size); the step then
 * sees NULL, so say it there: a wrong value must never be written. */
static void
bound(int code)
{
  if (code == SQLITE_OK)
    return;
  fprintf(stderr, "enrichkit: cannot bind a value: %s\n", sqlite3_errstr(code));
  abort();
}

void
ek_query_text(ek_query *q, int i, ek_str s)
{
  bound(sqlite3_bind_text64(q->statement, i, s.len ? s.ptr : "", s.len, SQLITE_STATIC, SQLITE_UTF8));
}

void
ek_query_blob(ek_query *q, int i, const void *p, size_t n)
{
  bound(sqlite3_bind_blob64(q->statement, i, n ? p : "", n, SQLITE_STATIC));
}

void ek_query_int(ek_query *q, int i, int64_t v) { bound(sqlite3_bind_int64(q->statement, i, v)); }
void ek_query_double(ek_query *q, int i, double v) { bound(sqlite3_bind_double(q->statement, i, v)); }
void ek_query_null(ek_query *q, int i) { bound(sqlite3_bind_null(q->statement, i)); }

int
ek_query_step(ek_query *q, ek_error *e)
{
  int code = sqlite3_step(q->statement);
  if (code == SQLITE_ROW)
    return 1;
  if (code != SQLITE_DONE)
    fail_sqlite(q->db, e, sqlite3_stmt_readonly(q->statement) ? "read the file" : "write to the file");
  sqlite3_reset(q->statement);
  return code == SQLITE_DONE ? 0 : -1;
}

void ek_query_reset(ek_query *q) { sqlite3_reset(q->statement); }

ek_str
ek_query_col_text(ek_query *q, int i)
{
  const char *text = (const char *)sqlite3_column_text(q->statement, i);
  ek_str s = { text ? text : "", text ? (size_t)sqlite3_column_bytes(q->statement, i) : 0 };
  return s;
}

ek_str
ek_query_col_blob(ek_query *q, int i)
{
  const char *p = sqlite3_column_blob(q->statement, i);
  ek_str s = { p ? p : "", p ? (size_t)sqlite3_column_bytes(q->statement, i) : 0 };
  return s;
}

int64_t ek_query_col_int(ek_query *q, int i) { return sqlite3_column_int64(q->statement, i); }
double ek_query_col_double(ek_query *q, int i) { return sqlite3_column_double(q->statement, i); }
int ek_query_col_is_null(ek_query *q, int i) { return sqlite3_column_type(q->statement, i) == SQLITE_NULL; }
