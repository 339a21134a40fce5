/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/personalize/account.h - what the commands destroy, policy and recommend ask of this room. */
#ifndef EK_STAGE_PERSONALIZE_ACCOUNT_H
#define EK_STAGE_PERSONALIZE_ACCOUNT_H
#include "stage/stage.h"
#include "stage/personalize/state.h"

/* What this configuration created (state.json), in order of deletion: campaign, solution versions go with
 * their solution, solution, import jobs stay, data sets, schemas, group, uploaded objects. Adopted things
 * only when they are in account->named.                                     */
typedef struct ek_doomed { char *kind, *name, *arn; } ek_doomed;
int ek_pz_doomed(const ek_account *, ek_doomed **list, size_t *n, ek_error *e);
void ek_pz_doomed_free(ek_doomed *, size_t n);
/* Deletes them, waiting for each to be gone; what is gone already is fine. May be called again. */
int ek_pz_destroy(const ek_account *, const ek_doomed *, size_t n, const ek_stage_watch *, ek_error *e);

/* What a run would be refused for, before it does any work: a state of another account, a bucket that is not there or
 * in another region. What cannot be seen (a HEAD that is denied) is left to the upload. */
int ek_pz_look(const ek_account *, ek_error *e);

/* Least IAM policy as JSON: of the caller, or of the service's role (with its trust policy). Asks nobody. */
enum ek_policy { EK_POLICY_CALLER, EK_POLICY_ROLE };
int ek_pz_policy(const ek_settings *, enum ek_policy, ek_text *out, ek_error *e);

/* personalize-runtime: GetRecommendations for a user or an item; metadata when the campaign has it. */
typedef struct ek_pz_hit { char *item; double score; } ek_pz_hit;     /* score < 0: none */
int ek_pz_recommend(const ek_account *, const char *campaign, const char *user, const char *item, unsigned num,
                    ek_pz_hit **hits, size_t *n, ek_error *e);
void ek_pz_hits_free(ek_pz_hit *, size_t n);

#endif
