/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/errors.h - what an answer of AWS means: one table a service.
 *
 * The error's name is in the body (__type, code, Code of XML) or in x-amzn-errortype;
 * "ns#Name:url" is cut to Name. Why a table: LimitExceededException is a throttle
 * from Rekognition and a quota from Personalize, and comes as HTTP 400 from both. */
#ifndef EK_AWS_ERRORS_H
#define EK_AWS_ERRORS_H
#include "http/http.h"

enum ek_aws_class {
  EK_AWS_OK,                         /* 2xx                                      */
  EK_AWS_THROTTLED,                  /* slow down and try again                  */
  EK_AWS_TRANSIENT,                  /* try again                                */
  EK_AWS_SKEWED,                     /* our clock is off: sign with theirs       */
  EK_AWS_EXPIRED,                    /* credentials expired: refresh             */
  EK_AWS_DENIED,                     /* credentials or permissions: no use going on */
  EK_AWS_QUOTA,                      /* a quota of the account: wait long or stop */
  EK_AWS_BUSY,                       /* ResourceInUse: poll, then try again      */
  EK_AWS_EXISTS, EK_AWS_NOT_FOUND,
  EK_AWS_REDIRECT,                   /* S3: another region                       */
  EK_AWS_BAD_REQUEST,                /* this input will never do                 */
  EK_AWS_BAD_ITEM                    /* this picture will never do; others may   */
};

typedef struct ek_aws_error {
  enum ek_aws_class class;
  int http;
  char name[80];                     /* "ThrottlingException"; "" when the body has none */
  char message[400];                 /* the service's, escaped and cut           */
  char request_id[80];
  int64_t retry_after_ns;            /* Retry-After or x-amz-retry-after; -1: none */
} ek_aws_error;

/* service: "rekognition", "personalize", "s3", "sts"; any other (NULL too) by
 * the common names and by code alone.                                      */
void ek_aws_classify(const char *service, const ek_http_answer *, ek_aws_error *out);

#endif
