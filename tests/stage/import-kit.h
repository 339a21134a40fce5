/* SPDX-License-Identifier: BSD-3-Clause */
/* A folder of its own, CSVs to import, and what came of it.                 */
#ifndef TESTS_STAGE_IMPORT_KIT_H
#define TESTS_STAGE_IMPORT_KIT_H
#include "stage/local/import.h"

void kit_setup(void);                       /* makes a folder and goes there      */
void kit_teardown(void);
void kit_put(const char *path, const char *text);
/* USER_ID,ITEM_ID,TIMESTAMP: users u0.. with `each` events, over `items` items. */
void kit_interactions(const char *path, unsigned users, unsigned each, unsigned items, const char *more);
/* ITEM_ID,CATEGORY,PRICE: i0.. with categories c0..c4 by turns. */
void kit_items(const char *path, unsigned items, const char *more);
extern const char *const kit_items_schema;  /* written by kit_setup: items.schema.json */

/* An import into st/shop; NULL: no such source. Result and error stand in the globals. */
extern ek_import_result kit_result;
extern ek_error kit_error;
typedef struct kit_import { const char *items, *items_schema, *interactions, *interactions_schema, *users, *users_schema;
  int incremental, on_change, yes; uint64_t min; } kit_import;
int kit_run(const kit_import *);
#define IMPORT(...) kit_run(&(kit_import){ __VA_ARGS__ })     /* min 0: 1000    */
/* The first violation with this code; NULL: there is none. */
const ek_violation *kit_found(const char *code);
/* One number from the group's database. */
int64_t kit_ask(const char *sql);
/* rows of the tables of a data set: "SELECT ... FROM %s" with the table's name in it. */
int64_t kit_ask_rows(const char *type, const char *sql);

#endif
