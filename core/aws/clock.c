/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/clock.h"
#include <string.h>
#include <time.h>
#include "base/date.h"

/* Services allow five minutes (S3 fifteen); the answer itself was some time on its way. */
#define CLOSE_ENOUGH 240

static int64_t
unmoved(const ek_aws_clock *c)
{
  struct timespec t;
  if (c->now)
    return c->now();
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec;
}

int64_t
ek_aws_now(ek_aws_clock *c)
{
  return unmoved(c) + atomic_load(&c->skew);
}

int
ek_skew_correct(ek_aws_clock *c, int64_t signed_at, const ek_http_answer *a, const ek_aws_error *err)
{
  int64_t theirs;
  /* The answer to a HEAD has no body that could say why. */
  int unsure = err->class == EK_AWS_DENIED
               && (!err->name[0] || !strcmp(err->name, "InvalidSignatureException") || !strcmp(err->name, "SignatureDoesNotMatch")
                   || !strcmp(err->name, "AuthFailure"));
  if ((err->class != EK_AWS_SKEWED && !unsure) || !ek_http_date(ek_http_header(a, "date"), &theirs))
    return 0;
  int64_t off = theirs - signed_at;
  if (off > -CLOSE_ENOUGH && off < CLOSE_ENOUGH)
    return 0;
  atomic_store(&c->skew, theirs - unmoved(c));
  return 1;
}
