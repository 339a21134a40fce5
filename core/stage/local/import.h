/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/import.h - CSVs into the data sets of a group; see stage.h for the request. */
#ifndef EK_STAGE_LOCAL_IMPORT_H
#define EK_STAGE_LOCAL_IMPORT_H
#include "stage/local/check.h"
#include "stage/local/ids.h"
#include "stage/local/tables.h"

int ek_local_import(const ek_import_request *, const ek_stage_watch *, ek_import_result *, ek_error *e);

/* ---- between the files of the import ---- */

/* One source on its way. */
typedef struct ek_import_source {
  const ek_dataset_source *from;
  enum ek_record_kind kind;
  ek_avro *schema;                 /* NULL: it was refused                       */
  ek_violations v;
  ek_dataset old; int exists;      /* what is there                              */
  int full;                        /* this source replaces; else upserts or appends */
  int update;                      /* the schema changes                         */
  int64_t job, data;               /* numbers of the job and of the tables       */
  uint64_t rows;                   /* read                                       */
  uint64_t total;                  /* in the data set afterwards                 */
  /* Interactions: users and items; Items and Users: the first alone.           */
  ek_intern ids, items;
  uint32_t had_ids, had_items;     /* that many are in the tables already        */
  uint64_t *lines; size_t cap_lines;     /* of the first row of an id; 0: from before */
} ek_import_source;

/* A file that stands in the folder of a report.json that names it must be as the report
 * says, and with it all of that set. *verified: the folder that was looked at last (NULL at
 * first, the caller frees it), so that one set is read once. 0 or -1.        */
int ek_import_check_set(const char *csv, char **verified, ek_error *e);
/* The schema of a source, from its file or guessed. 0, also with violations; -1 e. */
int ek_import_schema(ek_import_source *, ek_error *e);
/* What on_schema_change allows: sets update and full, or message 18. 0 or -1. */
int ek_import_change(ek_import_source *, const ek_import_request *, const char *group, ek_error *e);
/* Checks all rows, and while there is no error writes them. Inside a transaction. *errors
 * counts over all sources: nothing more is written once there is one.       */
int ek_import_rows(ek_import_source *, ek_group *, const ek_stage_watch *, uint64_t *errors, ek_error *e);
/* Indexes, ids, the old tables dropped, the data set's entry.               */
int ek_import_finish(ek_import_source *, ek_group *, ek_error *e);

#endif
