/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/s3_request.h - one request to S3, for the files of s3 alone.          */
#ifndef EK_AWS_S3_REQUEST_H
#define EK_AWS_S3_REQUEST_H
#include "aws/s3.h"

typedef struct ek_s3_target {
  ek_aws *aws;
  const char *bucket, *key;          /* key NULL: the bucket itself              */
  char region[64];                   /* "": the configuration's; filled by a redirect */
  const volatile int *stop;
} ek_s3_target;

/* method on bucket/key?query, tried until there is an answer or none to be had. A redirect to the bucket's
 * region is followed once and kept in the target. action: "s3:PutObject", for messages. found: may be NULL: then
 * "not there" is an error; else 0 when the answer was 404. 0, or -1 and e.    */
int ek_s3_ask(ek_s3_target *, const char *method, const char *query, const char *const *headers, ek_str body,
              const char *action, int *found, ek_http_answer *out, ek_error *e);
/* Text between <tag> and </tag>, entities undone, from *at on (moved behind it). 1, or 0. */
int ek_s3_xml(ek_str xml, size_t *at, const char *tag, ek_text *out);

#endif
