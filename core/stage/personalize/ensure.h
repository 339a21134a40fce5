/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/personalize/ensure.h - the one way in which a named thing comes to be there once.
 *
 * State, then the account by name, then an intent and a create; a lost reply is looked up by
 * name before anything is sent again.                                       */
#ifndef EK_STAGE_PERSONALIZE_ENSURE_H
#define EK_STAGE_PERSONALIZE_ENSURE_H
#include "stage/personalize/resources.h"
#include "stage/personalize/state.h"

typedef struct ek_ensure {
  const char *kind, *name, *digest;  /* in the state; digest may be NULL         */
  const char *create; json_t *in;    /* operation and its members, borrowed; NULL: an ARN was given, nothing is made */
  const char *arn_member;            /* "solutionArn": of the create's answer, the list's elements, Describe */
  const char *describe, *object;     /* "DescribeSolution", "solution"; object NULL: has no status */
  const char *list, *list_member;    /* "ListSolutions", "solutions"             */
  json_t *list_in;                   /* borrowed; may be NULL                    */
  const char *name_member;           /* "name", "jobName"                        */
  int any_case;                      /* a data set's type is spelled in several ways */
  int (*before)(ek_cloud *, ek_error *e);          /* NULL; or what must be so before one is made */
  const char *remove;                /* "DeleteSolution": what failed and is ours is removed and made anew */
  enum ek_ensure_how how;
  const char *parts;                 /* "import_job": the state forgets those whose digest begins with the name when a new one is made */
  const char *stage, *what; int64_t timeout_ns;
} ek_ensure;

/* Found or made, and ACTIVE. created may be NULL: 1 when this call made it. description: may be NULL; new reference. */
int ek_pz_ensure(ek_cloud *, const ek_ensure *, char arn[EK_ARN], int *created, json_t **description, ek_error *e);
/* The same without the wait.                                                */
int ek_pz_ensure_started(ek_cloud *, const ek_ensure *, char arn[EK_ARN], int *created, ek_error *e);
/* Last part of an ARN: "allstore" of "...:dataset-group/allstore".           */
const char *ek_pz_arn_name(const char *arn);
/* tags of the configuration into a request.                                  */
void ek_pz_add_tags(const ek_settings *, json_t *in);
int ek_pz_is_arn(const char *s);
/* Equal but for case: "Items", "ITEMS".                                      */
int ek_pz_same_word(const char *a, const char *b);

#endif
