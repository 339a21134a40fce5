/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/personalize/resources.h - each noun of the service: found, made, waited for, compared.
 *
 * ensure: finds it by the state's ARN or by name, adopts what is there, else creates it with
 * an intent before and a look-up behind a lost reply; waits until it is ACTIVE. So it may be called
 * at any point, as often as wanted, and never makes a second one. ARNs are written into buffers
 * of EK_ARN bytes. 0, or -1 and e.                                           */
#ifndef EK_STAGE_PERSONALIZE_RESOURCES_H
#define EK_STAGE_PERSONALIZE_RESOURCES_H
#include "stage/personalize/call.h"

#define EK_ARN 300

/* dataset.c: as in ARNs, "ITEMS".                                          */
const char *ek_pz_type(enum ek_record_kind);
/* schema.c: by name; content compared as JSON (order of fields counts, of members not).
 * A schema of that name with other content: the name gets a number behind it. */
int ek_pz_schema(ek_cloud *, const char *name, const char *avro, char arn[EK_ARN], ek_error *e);
/* group.c: data set group by name or ARN (import.dataset_group).             */
int ek_pz_group(ek_cloud *, char arn[EK_ARN], ek_error *e);
/* For those who make none: it, and its data set of a kind; where there is none, e says to import first. */
enum ek_ensure_how {
  EK_ENSURE_MAKE,
  EK_ENSURE_FIND,                    /* nothing is made: code "not_found" where it is not there */
  EK_ENSURE_LOOK                     /* and the state does not learn of it       */
};
int ek_pz_group_there(ek_cloud *, enum ek_ensure_how, char arn[EK_ARN], ek_error *e);
int ek_pz_dataset_there(ek_cloud *, const char *group_arn, enum ek_record_kind, char arn[EK_ARN], ek_error *e);
/* dataset.c: of a type; schema changes per on_schema_change: UpdateDataset where its rules allow
 * (Items, Users; all old fields kept with their types; added ones nullable), delete, wait and create where not and
 * the user agreed. Message 18 of configuration.md.                          */
int ek_pz_dataset(ek_cloud *, const char *group_arn, const ek_dataset_source *, const char *schema_arn,
                  const ek_import_request *, char arn[EK_ARN], ek_error *e);
/* import_job.c: starts one, unless the data set's newest one had this digest ("ITEMS FULL sha256..."); unique names. */
int ek_pz_import_job(ek_cloud *, const char *dataset_arn, const char *type, const char *location, const char *digest,
                     enum ek_import_mode, char arn[EK_ARN], ek_error *e);
/* recipe.c: short name or ARN of the configuration to an ARN; retired names are message 19. */
int ek_pz_recipe(const char *written, char arn[EK_ARN], ek_error *e);
/* solution.c: solutionConfig from the settings.                              */
json_t *ek_pz_solution_config(const ek_settings *, ek_error *e);
/* before: what must be so before one is made; or NULL.                        */
int ek_pz_solution(ek_cloud *, const char *group_arn, int (*before)(ek_cloud *, ek_error *e), char arn[EK_ARN],
                   ek_error *e);
/* version.c: a version for the data that are imported now; found again by state. */
int ek_pz_version(ek_cloud *, const char *solution_arn, const char *data_digest, char arn[EK_ARN], json_t **description, ek_error *e);
int ek_pz_metrics(ek_cloud *, const char *version_arn, ek_metrics *out, json_t **all, ek_error *e);
/* campaign.c: created, or updated to the version and configuration; latestCampaignUpdate is polled. */
int ek_pz_campaign(ek_cloud *, const char *version_arn, char arn[EK_ARN], int *created, int *updated, ek_error *e);

#endif
