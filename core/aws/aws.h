/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/aws.h - one signed exchange with an AWS service.
 *
 * Holds what all calls share: HTTP client, credentials, region, endpoints, the
 * clock's correction. Thread-safe.                                          */
#ifndef EK_AWS_AWS_H
#define EK_AWS_AWS_H
#include "aws/credentials.h"
#include "aws/errors.h"
#include "aws/sigv4.h"
#include "http/http.h"

typedef struct ek_aws ek_aws;
typedef struct ek_aws_options {
  ek_http_client *http;
  const char *region, *profile, *endpoint_url;   /* the configuration's aws section; NULL: the AWS chain */
  int64_t (*now)(void);              /* tests; NULL: the clock                  */
  int replay;                        /* answers come from a tape: nothing is signed, no credentials needed */
} ek_aws_options;

/* Reads profiles and environment; asks nobody. NULL and e: unreadable profile files, an
 * explicitly named profile that is not there, an endpoint that is no URL.  */
ek_aws *ek_aws_new(const ek_aws_options *, ek_error *e);
void ek_aws_free(ek_aws *);
/* Region of the configuration, AWS_REGION, AWS_DEFAULT_REGION, profile; NULL and e: none.
 * (Instance metadata is asked only by ek_aws_perform.)                      */
const char *ek_aws_region(ek_aws *, ek_error *e);
ek_credentials *ek_aws_credentials(ek_aws *);

typedef struct ek_aws_endpoint { char scheme_host[300]; char host[300]; char path[100]; int custom; } ek_aws_endpoint;
/* Where a service is asked (aws.md 5.4): "https://rekognition.eu-west-1.amazonaws.com".
 * service: "rekognition", "personalize", "personalize-events", "personalize-runtime", "s3", "sts".
 * 0, or -1 and e (FIPS or dual-stack beside a custom endpoint, no host).      */
int ek_aws_resolve(ek_aws *, const char *service, const char *region, ek_aws_endpoint *out, ek_error *e);

typedef struct ek_aws_request {
  const char *service;               /* whose endpoint and error table           */
  const char *region;                /* NULL: ek_aws_region                      */
  const char *method, *path, *query; /* path and query encoded; under the endpoint */
  const char *host_prefix;           /* "bucket." before the endpoint's host, or NULL */
  const char *const *headers;        /* NULL-terminated, or NULL                 */
  ek_str body; const char *body_sha256;
  uint64_t max_response;
  int64_t deadline_ns;
  unsigned sign_flags;               /* enum ek_sigv4_flag                       */
  int unsigned_call;                 /* STS with a web identity: no signature    */
  int (*cancelled)(void *arg); void *cancelled_arg;
} ek_aws_request;

/* Signs and performs once; again, once, after a clock skew (with the server's time, kept
 * for later calls) or expired credentials that could be refreshed. Returns the fault of
 * http.h; with NONE, err says what the answer means. e: for faults and for
 * missing credentials (then EK_HTTP_FAULT_URL, e->code "no_credentials" or "credentials_expired"). */
enum ek_http_fault ek_aws_perform(ek_aws *, const ek_aws_request *, ek_http_answer *out, ek_aws_error *err,
                                  ek_error *e);

/* "s3://bucket/key/with spaces": 0, or -1 and e. Both point into buf (a copy, size of url + 1). */
int ek_s3_split(const char *url, char *buf, const char **bucket, const char **key, ek_error *e);

#endif
