/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/final.h - the models that are served: trained on all users, a file an arm. */
#ifndef EK_STAGE_LOCAL_FINAL_H
#define EK_STAGE_LOCAL_FINAL_H
#include "stage/local/skc.h"
#include "stage/local/store.h"

/* Trains what the result's arms came to (their hyper), writes a solution version for each
 * and names it in the result. Arms that differ in labels alone share one training: rows of
 * W go to all their files. categories: one an arm of the result (NULL: none). The campaign
 * named as the request's solution is pointed to the newest version of the arm it serves,
 * and made for the last arm with labels, else base.                         */
int ek_local_final_models(ek_group *, const ek_events *, const ek_categories *const *categories, const ek_train_request *,
                          const ek_stage_watch *, ek_train_result *, ek_error *e);
/* "both-base", "both-metadata" (of the arm named "chain"), "both-image". To be freed. */
char *ek_local_solution_name(const char *prefix, const char *arm, enum ek_recipe);

#endif
