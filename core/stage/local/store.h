/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/store.h - data set groups, data sets, versions and campaigns of the local
 * engine. A group is a folder STORE/GROUP: data.db (SQLite), models/SOLUTION-N.ekm.
 *
 * A second writer is refused while one is at work (a lock beside the database); readers
 * go on with what was there. FULL replaces a data set in one transaction; a crash at any
 * moment leaves the previous version.                                       */
#ifndef EK_STAGE_LOCAL_STORE_H
#define EK_STAGE_LOCAL_STORE_H
#include "stage/local/data.h"
#include "store/sqlite.h"

typedef struct ek_group ek_group;
enum ek_group_access { EK_GROUP_READ, EK_GROUP_WRITE };      /* WRITE makes what is missing and locks */
ek_group *ek_group_open(const char *store, const char *name, enum ek_group_access, ek_error *e);
void ek_group_close(ek_group *);
ek_db *ek_group_db(ek_group *);
const char *ek_group_folder(const ek_group *);
int ek_store_name_ok(const char *name);            /* of a group, solution or campaign */

/* Interactions and item ids of the group, for training. event_type NULL: all; rows with a
 * value below threshold are left out (no value counts as enough).            */
ek_events *ek_group_events(ek_group *, const char *event_type, double threshold, ek_error *e);
/* Category cells from the Items data set, or from a labels CSV (an items.csv).  */
ek_categories *ek_group_categories(ek_group *, const ek_events *, const char *column, unsigned max_cats, ek_error *e);
ek_categories *ek_csv_categories(const char *items_csv, const ek_events *, const char *column, unsigned max_cats, ek_error *e);
/* History of one user, oldest first; 0 when unknown, and on failure: e->status is set then. */
size_t ek_group_history(ek_group *, ek_str user, char ***items, ek_error *e);
void ek_history_free(char **items, size_t n);

/* Solution versions and campaigns. */
int ek_group_new_version(ek_group *, const char *solution, unsigned *number, char **model_path, ek_error *e);
int ek_group_finish_version(ek_group *, const char *solution, unsigned number, const char *recipe, ek_str meta, ek_error *e);
int ek_group_fail_version(ek_group *, const char *solution, unsigned number, ek_error *e);
/* "shop-metadata" (its newest ACTIVE version) or "shop-metadata/2".          */
char *ek_group_model_path(ek_group *, const char *solution_version, ek_error *e);
int ek_group_set_campaign(ek_group *, const char *campaign, const char *solution_version, ek_error *e);
char *ek_group_campaign(ek_group *, const char *campaign, ek_error *e);    /* the version it serves */

#endif
