/* SPDX-License-Identifier: BSD-3-Clause */
/* command/runs.h - arms of earlier runs, as `compare` names them: FOLDER or FOLDER:ARM. */
#ifndef EK_COMMAND_RUNS_H
#define EK_COMMAND_RUNS_H
#include "stage/stage.h"

#define EK_RUN_METRICS 7u          /* that a single user has                    */
extern const char *const ek_run_metrics[EK_RUN_METRICS];   /* columns of evaluation.csv */

typedef struct ek_past_run {
  const char *typed;               /* as the user wrote it                      */
  char *folder, *name;             /* name: of the run                          */
  ek_train_result result;
  const ek_arm_result *arm;
  ek_text ids; size_t *id;         /* user i: ids.data + id[i], NUL-terminated  */
  unsigned char *fold;
  float *values[EK_RUN_METRICS];   /* [n]                                       */
  size_t n;
  unsigned folds;                  /* bit mask                                  */
} ek_past_run;

/* The report of the folder, and which arm is meant: 0, or -1 and e. any: without a name
 * it may stay open (arm NULL) when there are several.                       */
int ek_past_run_open(ek_past_run *, const char *typed, int any, ek_error *e);
/* What its users got; the file is checked against the report.               */
int ek_past_run_users(ek_past_run *, ek_error *e);
/* Only users of these folds stay.                                           */
void ek_past_run_keep(ek_past_run *, unsigned folds);
void ek_past_run_clear(ek_past_run *);

#endif
