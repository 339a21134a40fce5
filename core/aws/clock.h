/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/clock.h - the time as the services have it. Any thread.                 */
#ifndef EK_AWS_CLOCK_H
#define EK_AWS_CLOCK_H
#include <stdatomic.h>
#include "aws/errors.h"

typedef struct ek_aws_clock {
  int64_t (*now)(void);              /* NULL: the system's                        */
  _Atomic int64_t skew;              /* what is added                             */
} ek_aws_clock;

int64_t ek_aws_now(ek_aws_clock *);
/* The answer refused a signature that was made for signed_at, and its Date is far from that:
 * takes the server's time for all later calls. 1, or 0: that was not why. (Not far from
 * the time by now: another thread may have put that right since.)           */
int ek_skew_correct(ek_aws_clock *, int64_t signed_at, const ek_http_answer *, const ek_aws_error *);

#endif
