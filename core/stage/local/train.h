/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/train.h - all arms of a request: tuned, tested, compared.     */
#ifndef EK_STAGE_LOCAL_TRAIN_H
#define EK_STAGE_LOCAL_TRAIN_H
#include "stage/local/evaluate.h"

/* arm_categories: one for each arm of the request (NULL: none). Fills the result but for
 * solution_version; no model is kept. Arms of the result: `base` first, whether the
 * request names it or not, then the request's others in their order, then the yardstick
 * `popularity` unless an arm of the request is one (it is not compared).
 *
 * A tuned arm is compared with base at the arm's own parameters, content = 0, on the
 * folds that it was not tuned on: so the difference is what the labels do, and not what
 * tuning does. An arm of recipe coldstart is tested by the protocol of coldstart.h, and
 * compared with base under the same. Where no user can be tested, that is a warning: the
 * metrics are then 0, test_users too, and nothing is compared.               */
int ek_local_train_arms(const ek_events *, const ek_categories *const *arm_categories, const ek_train_request *,
                        const ek_stage_watch *, ek_train_result *, ek_error *e);

#endif
