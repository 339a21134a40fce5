/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/credentials.h - the AWS credential chain: environment, assumed role, web
 * identity, shared files, process, container, instance metadata (in botocore's
 * order; aws.md 5.2). Found once, refreshed before they expire.
 *
 * Thread-safe: one thread refreshes, others go on with what is still valid. Secrets
 * are wiped when freed and reach no message.                                */
#ifndef EK_AWS_CREDENTIALS_H
#define EK_AWS_CREDENTIALS_H
#include "aws/clock.h"
#include "aws/profile.h"
#include "aws/sigv4.h"
#include "http/http.h"

typedef struct ek_credentials ek_credentials;
typedef struct ek_credentials_options {
  ek_http_client *http;
  const ek_aws_profiles *profiles;
  /* aws.profile of the configuration: then keys in the environment are not looked at.
   * NULL: AWS_DEFAULT_PROFILE, AWS_PROFILE, "default".                       */
  const char *profile;
  const char *region;                /* for STS; may be NULL                     */
  const char *endpoint_url;          /* aws.endpoint_url, for STS; may be NULL   */
  int64_t (*now)(void);              /* seconds since the epoch; NULL: the clock */
} ek_credentials_options;

/* Looks nothing up yet.                                                      */
ek_credentials *ek_credentials_new(const ek_credentials_options *);
void ek_credentials_free(ek_credentials *);
ek_aws_clock *ek_credentials_clock(ek_credentials *);

typedef struct ek_aws_grant {        /* a copy for one request                   */
  ek_aws_keys keys;
  const char *source;                /* "environment", "profile 'shop'", ...     */
  int64_t expires;                   /* 0: never                                 */
  char *owned;
} ek_aws_grant;
/* force: those in out, got before, were refused as expired: fetch anew, unless another thread
 * did meanwhile. out must be zeroed or hold such a grant. 0, or -1 and e: none found (message
 * 14 of the configuration: what was tried, and why each gave nothing; EXIT_REFUSED),
 * or expired and not to be refreshed (EXIT_STOPPED). cancelled as in http.h. */
int ek_credentials_get(ek_credentials *, int force, int (*cancelled)(void *), void *arg, ek_aws_grant *out,
                       ek_error *e);
void ek_aws_grant_clear(ek_aws_grant *);          /* wipes                    */
/* The error that ek_credentials_get would give where nobody is asked over the network. Always -1. */
int ek_credentials_missing(const ek_aws_profiles *, const char *profile, int explicit_profile, const char *asked,
                           ek_error *e);

#endif
