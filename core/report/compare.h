/* SPDX-License-Identifier: BSD-3-Clause */
/* report/compare.h - `enrichkit compare`: the table, the verdict, and the results of
 * earlier runs to make them from.
 *
 * For one run its own result will do, fresh from the stage or read back by
 * ek_report_load. For two runs: load both, pair the users' values, and put the arms
 * (named as the user named the runs) and the comparisons into one ek_train_result. */
#ifndef EK_REPORT_COMPARE_H
#define EK_REPORT_COMPARE_H
#include "base/error.h"
#include "base/text.h"
#include "stage/stage.h"

typedef struct ek_compare {
  const char *name;                /* of the run or the data, before the colon   */
  const ek_train_result *result;   /* arms, comparisons, facts                   */
  const char *metric;              /* this alone, as --metric says; NULL: those of the picture */
  const char *see;                 /* where the dial is: NULL: "report.html" */
} ek_compare;

/* The picture of configuration.md section 4; of several arms one table each.  */
void ek_compare_text(const ek_compare *, ek_text *out);
/* An object: name, data, arms (as in report.json's `train`), compare, verdicts. */
void ek_compare_json(const ek_compare *, ek_text *out);
/* 1 when an arm is worse than what it is compared with, on the metric (NULL: on any
 * that the table shows): --fail-if worse.                                   */
int ek_compare_worse(const ek_compare *);
/* The sentence without its full stop: "source is better than base on relevance". */
void ek_compare_verdict(const ek_compare *, const char *against, const char *arm, ek_text *out);

/* What report.json of a folder says of `train` and `compare`; `name` (may be NULL) is
 * the run's, to be freed. Months are left out. -1 and e: no report, none of this
 * format, or the run did not train. ek_train_result_clear frees.            */
int ek_report_load(const char *dir, char **name, ek_train_result *out, ek_error *e);

#endif
