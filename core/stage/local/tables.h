/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/tables.h - how a group lies in its database; for the files of this room.
 *
 * dataset.data is N, the number of the FULL import job that made its tables:
 *   rows_N       n INTEGER PRIMARY KEY and a column c<i> for field i of the schema.
 *                Interactions: in the order of the lines; the columns of USER_ID and
 *                ITEM_ID hold numbers of users_N and items_N, and USER_ID is indexed.
 *                Items, Users: n is the number of the id, the id's column is indexed.
 *   users_N, items_N    n INTEGER PRIMARY KEY, id TEXT: of Interactions alone.
 * FULL makes new tables and drops the old ones in one transaction; numbers never return. */
#ifndef EK_STAGE_LOCAL_TABLES_H
#define EK_STAGE_LOCAL_TABLES_H
#include "stage/local/avro.h"
#include "base/cleanup.h"
#include "stage/local/store.h"

/* A data set as it stands. */
typedef struct ek_dataset {
  int64_t data;                    /* N                                          */
  ek_avro *schema;
  char *schema_name;
  int64_t rows;
} ek_dataset;

/* 1, 0 when there is none, -1 e. */
int ek_dataset_get(ek_group *, enum ek_record_kind, ek_dataset *out, ek_error *e);
void ek_dataset_clear(ek_dataset *);
const char *ek_group_name(const ek_group *);

/* History of one user among events of a type (NULL: all) and of a value not below threshold, as
 * ek_group_events has them. 0, *n 0 when unknown; -1 e. Free with ek_history_free. */
int ek_group_history_of(ek_group *, ek_str user, const char *event_type, double threshold, char ***items, size_t *n,
                        ek_error *e);

/* A statement made of text; freed with ek_query_free. */
ek_query *ek_query_newf(ek_db *, ek_error *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int ek_db_execf(ek_db *, ek_error *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static inline void ek_cleanup_query_(ek_query **q) { ek_query_free(*q); }
#define EK_QUERY EK_AUTO(ek_cleanup_query_)

#endif
