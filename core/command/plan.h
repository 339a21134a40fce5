/* SPDX-License-Identifier: BSD-3-Clause */
/* command/plan.h - what a run would do, as `enrichkit plan` finds and tells it. Shared by
 * plan*.c only.                                                             */
#ifndef EK_COMMAND_PLAN_H
#define EK_COMMAND_PLAN_H
#include "command/internal.h"
#include "report/jsonw.h"

/* One step of the chain. Amounts are 1e-9 of the currency.                  */
typedef struct ek_planned {
  uint64_t items;                  /* that it would be asked about              */
  uint64_t with_picture, addresses, unknown, cache_hits, calls;
  int64_t cost, spent;             /* spent: by earlier runs into the folder    */
  double seconds;                  /* of its calls; 0: none                     */
  int guessed;                     /* seconds: no rate is set, so by workers and a usual latency */
  int reached;                     /* its budget stops the run ...              */
  uint64_t reached_after;          /* ... after about so many calls             */
  uint64_t more_for_arms;          /* items that only an arm needs it for       */
} ek_planned;

typedef struct ek_run_plan {
  const ek_settings *settings;
  ek_job *job;
  enum ek_until until;
  ek_counted counted[EK_RECORD_KINDS];
  ek_stats *stats;                 /* of the items                              */
  ek_planned steps[EK_MAX_STEPS];
  uint8_t asked_for[EK_MAX_STEPS]; /* has no budget yet: the run would refuse  */
  int64_t cost, spent;             /* of all steps                              */
  int reached; uint64_t reached_after;   /* run.budget                          */
} ek_run_plan;

/* Files that the run would write, in order; NULL-terminated. Caller frees the array and each name. */
char **ek_plan_files(const ek_run_plan *);
/* Of the engine personalize: lines, or the member `account`; else nothing.   */
void ek_plan_cloud_text(const ek_run_plan *, ek_text *out);
void ek_plan_cloud_json(const ek_run_plan *, ek_jsonw *);
void ek_plan_text(const ek_run_plan *, ek_text *out);
void ek_plan_json(const ek_run_plan *, ek_text *out);

#endif
