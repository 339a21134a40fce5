/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/rate.h - how fast a step may ask: a token bucket that learns from throttles.
 *
 * With a limit: `burst` tokens, refilled at the limit; adapt lowers the rate when
 * throttled (at most once in a round trip) and lets it recover slowly up to the limit.
 * Without a limit: unlimited until the service first throttles; then the rate goes
 * to a little under what was answered in the last second, and feels its way up.
 * The source of the law: the AWS SDKs' adaptive mode (CUBIC; scale 0.4, beta 0.7, capped at
 * twice the measured rate), slower near the ceiling, so that under 3 % is throttled.
 * Pure but for its lock: time is given, so tests need no clock. Any thread.  */
#ifndef EK_CHAIN_RATE_H
#define EK_CHAIN_RATE_H
#include <stdint.h>
#include "config/settings.h"

typedef struct ek_bucket ek_bucket;
ek_bucket *ek_bucket_new(const ek_rate *, int64_t now_ns);
void ek_bucket_free(ek_bucket *);
/* Takes a token if one is there: 0. Else takes none, and returns for how long (ns, > 0)
 * to wait before asking again. First come, first served: *turn is 0 at first, keeps the caller's
 * place in the queue while it waits, and is 0 again with the token. Who gives up leaves. */
int64_t ek_bucket_take_turn(ek_bucket *, int64_t now_ns, uint64_t *turn);
void ek_bucket_leave(ek_bucket *, int64_t now_ns, uint64_t *turn);
int64_t ek_bucket_take(ek_bucket *, int64_t now_ns);        /* without a place: after all who wait */
void ek_bucket_answered(ek_bucket *, int64_t now_ns);                   /* a request was served */
/* retry_after_ns -1: not told. Nothing is let out before it has passed.      */
void ek_bucket_throttled(ek_bucket *, int64_t now_ns, int64_t retry_after_ns);
/* More than its share of retries: the step slows down as if throttled.      */
void ek_bucket_slow(ek_bucket *, int64_t now_ns);
double ek_bucket_rate(const ek_bucket *);                               /* now; 0: unlimited */

#endif
