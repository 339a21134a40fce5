/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/sigv4.h - AWS Signature Version 4, header and query form.
 *
 * Rules: ../facts of the service's documentation "Signature Version 4 signing
 * process" and botocore's auth.py; every case of both public test suites passes
 * (tests/aws). Pure: no clock, no environment. Any thread.                  */
#ifndef EK_AWS_SIGV4_H
#define EK_AWS_SIGV4_H
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "base/text.h"

typedef struct ek_aws_keys { const char *id, *secret, *token; } ek_aws_keys;   /* token NULL: none */

enum ek_sigv4_flag {
  EK_SIGV4_S3 = 1,                   /* path encoded once and not normalised; x-amz-content-sha256 is sent */
  EK_SIGV4_UNSIGNED_PAYLOAD = 2,     /* over https only                          */
  EK_SIGV4_TOKEN_AFTER = 4,          /* token is added but not signed            */
  EK_SIGV4_BODY_HEADER = 8,          /* x-amz-content-sha256 also without S3     */
  EK_SIGV4_RAW_PATH = 16             /* encode, but do not normalise             */
};

typedef struct ek_sigv4_request {
  const char *method, *host;         /* host with port where it is not the default */
  const char *path, *query;          /* as they will be sent: path begins with '/', query without '?', or NULL */
  /* "Name: value" that go out too, NULL-terminated; all are signed but those that proxies change.
   * None of what is added below, nor Host.                                   */
  const char *const *headers;
  ek_str body;
  const char *body_sha256;           /* hex of the body, when known; else NULL   */
  const char *region, *service;
  int64_t time;                      /* seconds since the epoch                  */
  unsigned flags;
} ek_sigv4_request;

/* For tests. No secret key is in it; the session token is.                  */
typedef struct ek_sigv4_steps { ek_text canonical, to_sign; } ek_sigv4_steps;

/* Appends what is to be sent beside req->headers, one "Name: value\n" a header (host
 * among them is only signed, never listed): X-Amz-Date, X-Amz-Security-Token,
 * X-Amz-Content-Sha256, Authorization. steps may be NULL.                    */
void ek_sigv4_headers(const ek_sigv4_request *, const ek_aws_keys *, ek_text *out, ek_sigv4_steps *steps);
/* The query of a presigned request, ready to stand behind '?'.              */
void ek_sigv4_query(const ek_sigv4_request *, const ek_aws_keys *, unsigned expires_s, ek_text *out,
                    ek_sigv4_steps *steps);
/* Percent-encoding of AWS: all but A-Z a-z 0-9 - . _ ~ (and '/' when keep_slash). */
void ek_aws_encode(ek_text *out, ek_str s, int keep_slash);
/* Lower-case hex SHA-256; out holds 65.                                     */

#endif
