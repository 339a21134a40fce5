/* SPDX-License-Identifier: BSD-3-Clause */
/* What sqlite.h promises of files that are ours, another's, newer, damaged, or not there. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "folder.h"
#include "store/sqlite.h"

static const char *const steps[] = {
  "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, v REAL);",
  "ALTER TABLE t ADD COLUMN more TEXT;",
  "CREATE INDEX t_name ON t (name);"
};
static const ek_db_schema v1 = { 0x454b0001, steps, 1, "store" }, v3 = { 0x454b0001, steps, 3, "store" };

static ek_error e;

static void
raw(const char *path, const char *sql)
{
  sqlite3 *h;
  ck_assert_int_eq(sqlite3_open(path, &h), SQLITE_OK);
  ck_assert_int_eq(sqlite3_exec(h, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(h);
}

static int64_t
ask(ek_db *db, const char *sql)
{
  ek_query *q = ek_query_new(db, sql, &e);
  ck_assert_msg(q != NULL, "%s", e.message);
  ck_assert_int_eq(ek_query_step(q, &e), 1);
  int64_t n = ek_query_col_int(q, 0);
  ek_query_free(q);
  return n;
}

static void
fill(ek_db *db, int n)
{
  ek_query *q = ek_query_new(db, "INSERT INTO t (name, v) VALUES (?1, ?2)", &e);
  ck_assert_int_eq(ek_db_begin(db, &e), 0);
  for (int i = 0; i < n; i++) {
    ek_query_text(q, 1, ek_cstr("a name of some length, so that pages fill"));
    ek_query_double(q, 2, i / 2.0);
    ck_assert_int_eq(ek_query_step(q, &e), 0);
  }
  ek_query_free(q);
  ck_assert_int_eq(ek_db_commit(db, &e), 0);
}

START_TEST(values)
{
  ek_db *db = ek_db_open("a.db", &v3, 1, &e);
  ck_assert_msg(db != NULL, "%s", e.message);
  ek_query *q = ek_query_new(db, "INSERT INTO t VALUES (?1, ?2, ?3, ?4)", &e);
  ek_query_int(q, 1, INT64_MAX);
  ek_query_text(q, 2, (ek_str){ "a\0b", 3 });
  ek_query_double(q, 3, 0.1);
  ek_query_null(q, 4);
  ck_assert_int_eq(ek_query_step(q, &e), 0);
  ek_query_free(q);
  q = ek_query_new(db, "SELECT * FROM t", &e);
  ck_assert_int_eq(ek_query_step(q, &e), 1);
  ck_assert(ek_query_col_int(q, 0) == INT64_MAX);
  ek_str s = ek_query_col_text(q, 1);
  ck_assert_uint_eq(s.len, 3);
  ck_assert_mem_eq(s.ptr, "a\0b", 3);
  ck_assert(ek_query_col_double(q, 2) == 0.1);
  ck_assert(ek_query_col_is_null(q, 3) && !ek_query_col_is_null(q, 2));
  ck_assert_int_eq(ek_query_step(q, &e), 0);
  ck_assert_int_eq(ek_query_step(q, &e), 1);        /* it is reset: once more       */
  ek_query_free(q);
  ck_assert_int_eq(ek_db_verify(db, &e), 0);
  ck_assert_str_eq(ek_db_path(db), "a.db");
  ek_db_close(db);
  ck_assert_int_ne(access("a.db-wal", F_OK), 0);    /* closed well, nothing stays    */
}
END_TEST

START_TEST(journal_and_marks)
{
  ek_db *db = ek_db_open("a.db", &v1, 1, &e);
  ck_assert_int_eq(ask(db, "PRAGMA application_id"), 0x454b0001);
  ck_assert_int_eq(ask(db, "PRAGMA user_version"), 1);
  ck_assert_int_eq(ask(db, "PRAGMA foreign_keys"), 1);
  ck_assert_int_eq(ask(db, "PRAGMA synchronous"), 2);
  ck_assert_int_eq(ask(db, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
  ek_db_close(db);
}
END_TEST

START_TEST(upgrade_keeps_rows)
{
  ek_db *db = ek_db_open("a.db", &v1, 1, &e);
  fill(db, 10);
  ek_db_close(db);
  db = ek_db_open("a.db", &v3, 1, &e);
  ck_assert_msg(db != NULL, "%s", e.message);
  ck_assert_int_eq(ask(db, "SELECT count(*) FROM t WHERE more IS NULL"), 10);
  ck_assert_int_eq(ask(db, "PRAGMA user_version"), 3);
  ek_db_close(db);
}
END_TEST

START_TEST(newer_is_refused)
{
  ek_db_close(ek_db_open("a.db", &v3, 1, &e));
  for (int create = 0; create < 2; create++) {
    ck_assert_ptr_null(ek_db_open("a.db", &v1, create, &e));
    ck_assert_str_eq(e.code, "newer_version");
    ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
    ck_assert_str_eq(e.file, "a.db");
    ck_assert(strstr(e.message, "format 3") && strstr(e.message, "up to 1"));
  }
}
END_TEST

START_TEST(anothers_is_refused)
{
  raw("a.db", "CREATE TABLE bookmarks (url)");
  raw("b.db", "PRAGMA application_id = 77; PRAGMA user_version = 1");
  for (int create = 0; create < 2; create++) {
    ck_assert_ptr_null(ek_db_open("a.db", &v1, create, &e));
    ck_assert_str_eq(e.code, "not_a_store");
    ck_assert_ptr_null(ek_db_open("b.db", &v1, create, &e));
    ck_assert_str_eq(e.code, "not_a_store");
  }
  ck_assert_int_eq(mkdir("c.db", 0777), 0);
  ck_assert_ptr_null(ek_db_open("c.db", &v1, 1, &e));
  ck_assert_str_eq(e.code, "not_a_store");
  FILE *f = fopen("d.db", "w");
  for (int i = 0; i < 1000; i++)
    fputs("this is a text, no database", f);
  fclose(f);
  ck_assert_ptr_null(ek_db_open("d.db", &v1, 1, &e));
  ck_assert_str_eq(e.code, "not_a_store");
  ck_assert(e.help[0]);
}
END_TEST

START_TEST(nothing_there)
{
  ck_assert_ptr_null(ek_db_open("a.db", &v1, 0, &e));
  ck_assert_str_eq(e.code, "no_store");
  ck_assert_int_ne(access("a.db", F_OK), 0);        /* and looking makes nothing     */
  /* What a crash between making the file and its tables leaves is made on. */
  fclose(fopen("a.db", "w"));
  ck_assert_ptr_null(ek_db_open("a.db", &v1, 0, &e));
  ck_assert_str_eq(e.code, "no_store");
  ek_db *db = ek_db_open("a.db", &v1, 1, &e);
  ck_assert_msg(db != NULL, "%s", e.message);
  ek_db_close(db);
  ck_assert_ptr_null(ek_db_open("no/such/folder/a.db", &v1, 1, &e));
  ck_assert_str_eq(e.code, "no_permission");
}
END_TEST

static void
damage(const char *path, off_t at, size_t len)
{
  char noise[4096];
  int fd = open(path, O_WRONLY);
  memset(noise, 0xa5, sizeof noise);
  ck_assert_int_ge(fd, 0);
  ck_assert(pwrite(fd, noise, len, at) == (ssize_t)len);
  close(fd);
}

/* Every page in turn: found on open, or when it is met, or it held nothing. */
START_TEST(damage_is_named)
{
  struct stat st;
  int found = 0, pages = 0;
  ek_db *db = ek_db_open("a.db", &v3, 1, &e);
  fill(db, 2000);
  ek_db_close(db);
  ck_assert_int_eq(stat("a.db", &st), 0);
  for (off_t at = 4096; at < st.st_size; at += 4096, pages++) {
    ck_assert_int_eq(system("cp a.db b.db"), 0);
    damage("b.db", at, 4096);
    memset(&e, 0, sizeof e);
    db = ek_db_open("b.db", &v3, 1, &e);
    if (db) {
      ek_db_close(db);
      continue;
    }
    ck_assert_str_eq(e.code, "damaged");
    ck_assert_str_eq(e.file, "b.db");
    ck_assert(strstr(e.help, "mv b.db b.db.damaged") != NULL);
    found++;
  }
  ck_assert_int_gt(pages, 20);
  ck_assert_int_eq(found, pages);
}
END_TEST

START_TEST(damage_is_met_by_readers)
{
  struct stat st;
  ek_db *db = ek_db_open("a.db", &v3, 1, &e);
  fill(db, 2000);
  ek_db_close(db);
  ck_assert_int_eq(stat("a.db", &st), 0);
  for (off_t at = 4096; at < st.st_size; at += 4096)
    damage("a.db", at, 4096);
  db = ek_db_open("a.db", &v3, 0, &e);
  if (db) {
    ek_query *q = ek_query_new(db, "SELECT sum(v), count(name) FROM t", &e);
    int step = q ? ek_query_step(q, &e) : -1;
    ck_assert_int_eq(step, -1);
    ek_query_free(q);
    ek_db_close(db);
  }
  ck_assert_str_eq(e.code, "damaged");
  /* Cut off in the middle. */
  ck_assert_int_eq(truncate("a.db", st.st_size / 2), 0);
  ck_assert_ptr_null(ek_db_open("a.db", &v3, 1, &e));
  ck_assert_str_eq(e.code, "damaged");
}
END_TEST

START_TEST(rollback_and_readers)
{
  ek_db *writer = ek_db_open("a.db", &v1, 1, &e);
  fill(writer, 5);
  ek_db *reader = ek_db_open("a.db", &v1, 0, &e);
  ck_assert_msg(reader != NULL, "%s", e.message);
  ck_assert_int_eq(ek_db_begin(writer, &e), 0);
  ck_assert_int_eq(ek_db_exec(writer, "DELETE FROM t", &e), 0);
  ck_assert_int_eq(ask(reader, "SELECT count(*) FROM t"), 5);
  ek_db_rollback(writer);
  ck_assert_int_eq(ask(writer, "SELECT count(*) FROM t"), 5);
  ck_assert_int_eq(ek_db_begin(writer, &e), 0);
  ck_assert_int_eq(ek_db_exec(writer, "DELETE FROM t", &e), 0);
  ek_db_close(writer);                              /* without commit: as before     */
  ck_assert_int_eq(ask(reader, "SELECT count(*) FROM t"), 5);
  ek_db_close(reader);
}
END_TEST

START_TEST(read_only_folder)
{
  if (geteuid() == 0) {
    /* Root may write anywhere, so ask as nobody. */
    ck_assert_int_eq(chmod(test_folder, 0755), 0);
  }
  ek_db *db = ek_db_open("a.db", &v1, 1, &e);
  fill(db, 5);
  ek_db_close(db);
  ck_assert_int_eq(chmod("a.db", 0444), 0);
  ck_assert_int_eq(chmod(test_folder, 0555), 0);
  pid_t pid = fork();
  if (pid == 0) {
    if (geteuid() == 0 && setuid(65534) < 0)
      _exit(9);
    db = ek_db_open("a.db", &v1, 0, &e);
    ek_query *q = db ? ek_query_new(db, "SELECT count(*) FROM t", &e) : NULL;
    _exit(!q ? 1 : ek_query_step(q, &e) != 1 ? 2 : ek_query_col_int(q, 0) != 5 ? 3 : 0);
  }
  int status;
  ck_assert_int_eq(waitpid(pid, &status, 0), pid);
  ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(disk_full)
{
  ek_db *db = ek_db_open("a.db", &v1, 1, &e);
  fill(db, 100);
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit = { 200 << 10, RLIM_INFINITY };
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  ck_assert_int_eq(ek_db_begin(db, &e), 0);
  ek_query *q = ek_query_new(db, "INSERT INTO t (name) VALUES (hex(zeroblob(2000)))", &e);
  int step = 0;
  for (int i = 0; i < 5000 && step == 0; i++)
    step = ek_query_step(q, &e);
  ek_query_free(q);
  if (step == 0)
    step = ek_db_commit(db, &e);
  ck_assert_int_eq(step, -1);
  ck_assert_str_eq(e.code, "write_failed");
  ck_assert_int_eq(e.status, EK_EXIT_FAILED);
  ek_db_rollback(db);
  limit.rlim_cur = RLIM_INFINITY;
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  ck_assert_int_eq(ask(db, "SELECT count(*) FROM t"), 100);
  ek_db_close(db);
  db = ek_db_open("a.db", &v1, 1, &e);
  ck_assert_int_eq(ask(db, "SELECT count(*) FROM t"), 100);
  ek_db_close(db);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("sqlite");
  TCase *t = tcase_create("sqlite");
  tcase_add_checked_fixture(t, enter_folder, leave_folder);
  tcase_set_timeout(t, 120);
  tcase_add_test(t, values);
  tcase_add_test(t, journal_and_marks);
  tcase_add_test(t, upgrade_keeps_rows);
  tcase_add_test(t, newer_is_refused);
  tcase_add_test(t, anothers_is_refused);
  tcase_add_test(t, nothing_there);
  tcase_add_test(t, damage_is_named);
  tcase_add_test(t, damage_is_met_by_readers);
  tcase_add_test(t, rollback_and_readers);
  tcase_add_test(t, read_only_folder);
  tcase_add_test(t, disk_full);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? 1 : 0;
}
