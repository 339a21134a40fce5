/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/personalize/kinds.h - what describe and destroy need to know of each kind of thing. */
#ifndef EK_STAGE_PERSONALIZE_KINDS_H
#define EK_STAGE_PERSONALIZE_KINDS_H
#include "base/text.h"

typedef struct ek_pz_kind {
  const char *kind;                  /* in the state: "dataset_group"            */
  const char *word;                  /* on the command line: "group"             */
  const char *describe, *arn_member, *object;      /* NULL: the service has no such thing (an object in a bucket) */
  const char *remove;                /* NULL: goes with another, or stays        */
  int order;                         /* of deletion                              */
} ek_pz_kind;
extern const ek_pz_kind ek_pz_kinds[];           /* ends with kind NULL           */
const ek_pz_kind *ek_pz_kind_of(const char *kind);      /* by `kind`; or NULL      */

/* Whole, as people copy it; what no ARN has is shown as '?'.                 */
void ek_pz_add_arn(const char *arn, ek_text *out);

#endif
