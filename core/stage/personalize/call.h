/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/personalize/call.h - one operation of Amazon Personalize, tried until it has an
 * answer or will never have one.
 *
 * Control plane: awsJson1.1 (X-Amz-Target AmazonPersonalize.OP). Throttles and transient
 * faults are tried again (full jitter, at most 20 s, ten tries) for idempotent
 * operations; one that is not (CreateDatasetGroup, CreateDatasetImportJob, CreateSolution,
 * CreateSolutionVersion) is sent once, and a lost reply is EK_PZ_LOST: look it up by name
 * before sending it again. Facts: the service model; which operations are idempotent is
 * marked there.                                                             */
#ifndef EK_STAGE_PERSONALIZE_CALL_H
#define EK_STAGE_PERSONALIZE_CALL_H
#include <jansson.h>
#include "aws/aws.h"
#include "stage/stage.h"

typedef struct ek_cloud {            /* what all of this room share            */
  ek_aws *aws;
  const ek_settings *settings;
  const ek_stage_watch *watch;
  struct ek_state *state;            /* state.h                                 */
  int64_t poll_ns;                   /* between two looks; 0: 30 s, less at first */
  int answered;                      /* once at least: the host is there         */
  json_t *seen;                      /* ARN: what was described last, until it is waited for or anything changes */
  char region[64], account[32];      /* account "": not known yet               */
} ek_cloud;

enum ek_pz {
  EK_PZ_OK,
  EK_PZ_LOST,                        /* the reply was lost: it may have been done */
  EK_PZ_EXISTS, EK_PZ_NOT_FOUND,
  EK_PZ_BUSY,                        /* ResourceInUse                           */
  EK_PZ_QUOTA,                       /* LimitExceeded: e names the quota        */
  EK_PZ_FAILED                       /* e: what, with which member and what to do */
};
/* in: borrowed. *out: new reference, NULL unless OK. EXISTS, NOT_FOUND, BUSY fill e too, for
 * callers that cannot go on. Denied: e names action and resource, help the least policy. */
enum ek_pz ek_pz_call(ek_cloud *, const char *operation, json_t *in, json_t **out, ek_error *e);
/* Describe of what has one ARN member. Remembered: the next wait for the ARN begins with it, so that what is as it should be is
 * asked for once. peek: what is remembered does, too.                         */
enum ek_pz ek_pz_describe_one(ek_cloud *, const char *operation, const char *member, const char *arn, int peek,
                              json_t **out,
                              ek_error *e);
/* What is remembered, which is forgotten by it; or NULL. New reference.       */
json_t *ek_pz_take_seen(ek_cloud *, const char *arn);
/* All pages of a List operation: member names the array. NULL and e.        */
json_t *ek_pz_list(ek_cloud *, const char *operation, json_t *in, const char *member, ek_error *e);
/* How long a List may lag behind a create whose reply was lost: so long it is looked for before anything that cannot be
 * told apart from it is asked for again. A wait too long costs half a minute; one too short a second training. */
#define EK_PZ_LAG_NS (30 * INT64_C(1000000000))
/* Looks until found or until the lists cannot lag any more: find's 1, 0, or -1 and e. */
int ek_pz_look_again(ek_cloud *, const char *stage, int (*find)(void *arg, ek_error *e), void *arg, ek_error *e);
/* For ek_aws_request.cancelled; arg: the ek_cloud.                           */
int ek_pz_stopped(void *arg);
/* Sleeps, looking at stop: 0, or -1 and e (interrupted).                    */
int ek_pz_sleep(ek_cloud *, int64_t ns, ek_error *e);

/* Looks (describe: an operation with one ARN member) until the status at path ("campaign.status",
 * "campaign.latestCampaignUpdate.status") is ACTIVE; reports status and elapsed time. 0; or -1 and e:
 * CREATE FAILED with the service's reason (EXIT_FAILED), timeout (EXIT_STOPPED: the job goes
 * on and `run` finds it again), interrupted. gone: waits for NOT_FOUND instead. *last: the last description. */
typedef struct ek_pz_wait {
  const char *stage, *what;          /* "import", "Items"                      */
  const char *operation, *member, *arn;   /* "DescribeDataset", "datasetArn"    */
  const char *path; int64_t timeout_ns; int gone;
} ek_pz_wait;
int ek_pz_wait_for(ek_cloud *, const ek_pz_wait *, size_t n, json_t **last, ek_error *e);   /* n at once, in parallel */

#endif
