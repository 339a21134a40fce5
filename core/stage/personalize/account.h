/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/personalize/account.h - what the commands destroy, policy and recommend ask of this room. */
#ifndef EK_STAGE_PERSONALIZE_ACCOUNT_H
#define EK_STAGE_PERSONALIZE_ACCOUNT_H
#include "stage/stage.h"
#include "stage/personalize/state.h"

/* What this configuration created (state.json), in order of deletion: campaign, solution versions go with
 * their solution, solution, import jobs stay, data sets, schemas, group, uploaded objects. Adopted things
 * only when they are in account->named.                                     */
typedef struct ek_doomed {
  char *kind, *name, *arn;
  int named;                         /* on the command line                     */
  struct ek_doomed *holders; size_t n_holders; /* what needs it and is not deleted: so it stays   */
} ek_doomed;
/* Asks the account what is in a group, and what uses a solution or a schema, that it would delete: what is named
 * by its ARN there is in the list too.                                        */
int ek_pz_doomed(const ek_account *, ek_doomed **list, size_t *n, ek_error *e);
void ek_pz_doomed_free(ek_doomed *, size_t n);
/* Deletes them, waiting for each to be gone; what is gone already is fine. May be called again. */
int ek_pz_destroy(const ek_account *, const ek_doomed *, size_t n, const ek_stage_watch *, ek_error *e);

/* What a run would be refused for, before it does any work: a state of another account, a bucket that is not there or
 * in another region. What cannot be seen (a HEAD that is denied) is left to the upload. */
int ek_pz_look(const ek_account *, ek_error *e);

/* The recipes that the configuration may name short, and what is passed to them. name NULL: all. Asks nobody. */
int ek_pz_describe_recipes(const char *name, int json, ek_text *out, ek_error *e);

/* Least IAM policy as JSON: of the caller, or of the service's role (with its trust policy). Asks nobody. */
enum ek_policy { EK_POLICY_CALLER, EK_POLICY_ROLE };
int ek_pz_policy(const ek_settings *, enum ek_policy, ek_text *out, ek_error *e);
/* That of the caller as far as the chain alone needs it, with the engine local. 0: it needs none. */
int ek_pz_policy_chain(const ek_settings *, ek_text *out);

/* personalize-runtime: GetRecommendations for a user or an item. Opened once for many questions, which several threads
 * may ask at a time; together they keep to the published rate of a campaign. filter: name or ARN of one in the
 * account, or NULL.
 * ask: code "bad_question" when this question was refused and another need not be. */
typedef struct ek_pz_hit { char *item; double score; } ek_pz_hit;     /* score < 0: none */
typedef struct ek_pz_runtime ek_pz_runtime;
ek_pz_runtime *ek_pz_runtime_open(const ek_account *, const char *campaign, const char *filter,
                                  const ek_stage_watch *, ek_error *e);
void ek_pz_runtime_close(ek_pz_runtime *);
int ek_pz_runtime_ask(ek_pz_runtime *, const char *user, const char *item, unsigned num, ek_pz_hit **hits, size_t *n,
                      ek_error *e);
void ek_pz_hits_free(ek_pz_hit *, size_t n);

#endif
