/* SPDX-License-Identifier: BSD-3-Clause */
/* store/sqlite.h - the one wrapper of SQLite: opened safely, checked, in words.
 *
 * WAL, foreign keys on, busy time-out 5 s, application_id and user_version stated and
 * checked: a file of another program or of a newer enrichkit is refused by name.
 * A handle is for one thread at a time.                                     */
#ifndef EK_STORE_SQLITE_H
#define EK_STORE_SQLITE_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "base/error.h"

typedef struct ek_db ek_db;
typedef struct ek_query ek_query;          /* a prepared statement             */

/* One step of the schema: SQL that takes the file from version i to i + 1.  */
typedef struct ek_db_schema {
  uint32_t application_id;
  const char *const *steps; unsigned version;      /* == number of steps       */
  const char *what;                                /* "store", for messages    */
} ek_db_schema;

/* create: to write: make it if it is not there; files up to 64 MiB are checked whole.
 * A damaged file is an error that names it and says what to do, now or when the damage
 * is met. Without create a folder without the right to write will do.      */
ek_db *ek_db_open(const char *path, const ek_db_schema *, int create, ek_error *e);
void ek_db_close(ek_db *);                         /* NULL is fine             */
/* Every page and index of it. Takes as long as reading the file.               */
int ek_db_verify(ek_db *, ek_error *e);
const char *ek_db_path(const ek_db *);
int ek_db_exec(ek_db *, const char *sql, ek_error *e);
int ek_db_begin(ek_db *, ek_error *e);             /* IMMEDIATE                */
int ek_db_commit(ek_db *, ek_error *e);
void ek_db_rollback(ek_db *);

ek_query *ek_query_new(ek_db *, const char *sql, ek_error *e);
void ek_query_free(ek_query *);
/* i from 1, as in ?1. Texts are borrowed until they are bound anew.         */
void ek_query_text(ek_query *, int i, ek_str s);
void ek_query_blob(ek_query *, int i, const void *p, size_t n);    /* borrowed as texts are */
void ek_query_int(ek_query *, int i, int64_t v);
void ek_query_double(ek_query *, int i, double v);
void ek_query_null(ek_query *, int i);
/* 1 a row, 0 done (and reset), -1 e.                                        */
int ek_query_step(ek_query *, ek_error *e);
void ek_query_reset(ek_query *);
/* Columns from 0; texts until the next step.                                */
ek_str ek_query_col_text(ek_query *, int i);
ek_str ek_query_col_blob(ek_query *, int i);
int64_t ek_query_col_int(ek_query *, int i);
double ek_query_col_double(ek_query *, int i);
int ek_query_col_is_null(ek_query *, int i);

#endif
