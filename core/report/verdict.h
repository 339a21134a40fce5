/* SPDX-License-Identifier: BSD-3-Clause */
/* report/verdict.h - does it help? What the comparisons say, in words, and what they
 * cannot say (training.md section 5). The same for the terminal, the page and
 * `compare`.                                                                */
#ifndef EK_REPORT_VERDICT_H
#define EK_REPORT_VERDICT_H
#include "base/text.h"
#include "stage/stage.h"

enum ek_helps {
  EK_HELPS_YES,
  EK_HELPS_NO,
  EK_HELPS_EVEN,                   /* the interval holds zero                   */
  EK_HELPS_UNUSED                  /* the labels have no weight: content 0       */
};

typedef struct ek_verdict {
  const ek_comparison *comparison; /* of the headline metric                    */
  const ek_arm_result *arm;        /* NULL: not among the arms                  */
  enum ek_helps helps;
} ek_verdict;

/* One a compared pair, in the order of the comparisons; the yardstick is no
 * enrichment and gets none. Returns how many there are; out may be NULL.    */
size_t ek_verdicts(const ek_train_result *, ek_verdict *out, size_t max);

/* What the table shows of both. The same figures as the arms have where these are of the
 * same users: a mean of folds and a mean of users differ in the last places.   */
void ek_compared_values(const ek_train_result *, const ek_comparison *, double *base, double *arm);
/* The dial may be turned on one fold, for its cost, where the metrics are of ten.   */
int ek_dial_is_of_one_fold(const ek_train_result *);

/* "Yes", "No", "No difference"; then "source finds more than base".         */
const char *ek_verdict_answer(enum ek_helps);
void ek_verdict_sentence(const ek_verdict *, ek_text *out);
/* "nDCG@25 +9.1 %, 95 % interval +7.4 % to +10.9 %, 850 users"; in absolute terms
 * when base finds nothing at all.                                           */
void ek_verdict_figures(const ek_verdict *, ek_text *out);
/* Its recipe takes labels, but gives them no weight: content is 0.          */
int ek_arm_is_unweighted(const ek_arm_result *);
/* Too few of the items (facts.items: those that coverage counts) with an informative
 * category to show much. 1 and the sentence, or 0.                          */
int ek_verdict_few(const ek_arm_result *, uint64_t items, ek_text *out);
/* The arm was tuned and what it is compared with was not: the labels are not all that
 * differs. 1 and the sentence, or 0.                                        */
int ek_verdict_tuned(const ek_train_result *, const char *against, const ek_arm_result *, ek_text *out);
/* Fewer folds than ten. 1 and the sentence, or 0.                           */
int ek_verdict_folds(unsigned folds, ek_text *out);

/* "one fold", "ten folds". */
void ek_folds_words(unsigned folds, ek_text *out);
/* "+9.1 %" and "0.0 %", never "-0.0 %". */
void ek_signed_percent(double share, ek_text *out);
/* Signed with so many decimals; zero has no sign. */
void ek_signed_fixed(double d, unsigned decimals, ek_text *out);

#endif
