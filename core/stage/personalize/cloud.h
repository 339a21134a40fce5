/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/personalize/cloud.h - what an entry of the engine opens first and closes last. */
#ifndef EK_STAGE_PERSONALIZE_CLOUD_H
#define EK_STAGE_PERSONALIZE_CLOUD_H
#include "stage/personalize/account.h"
#include "stage/personalize/ensure.h"

int ek_pz_open(ek_cloud *, const ek_account *, const ek_stage_watch *, ek_error *e);
void ek_pz_close(ek_cloud *);                  /* also after a failed open       */

int ek_pz_import(const ek_import_request *, const ek_stage_watch *, ek_import_result *, ek_error *e);
int ek_pz_train(const ek_train_request *, const ek_stage_watch *, ek_train_result *, ek_error *e);
int ek_pz_deploy(const ek_deploy_request *, const ek_stage_watch *, ek_deploy_result *, ek_error *e);
int ek_pz_describe(const ek_account *, const char *kind, const char *name, int json, ek_text *out, ek_error *e);

/* holders.c: completes the list of what would go by what the account has in it and is named; and finds what needs a
 * thing of the list and stays. 0, or -1 and e.                               */
int ek_pz_find_holders(ek_cloud *, const ek_account *, ek_doomed **list, size_t *n, ek_error *e);

/* What a killed run asked for and did not see made is looked for by its name, as the next run would: so that it
 * goes, too.                                                                 */
int ek_pz_find_intents(ek_cloud *, ek_error *e);

/* rules.c: every rule of the local engine, before anything is uploaded: a data set that the service would
 * refuse costs nothing. avro[kind]: the schemas, to be freed. 0; or -1 and e, with the violations in out. */
int ek_pz_check_rules(const ek_import_request *, const char *folder, const ek_stage_watch *, char *avro[EK_RECORD_KINDS],
                      ek_import_result *out, ek_error *e);

#endif
