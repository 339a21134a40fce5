/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/s3.h - files into a bucket, and what is there.
 *
 * One PUT up to 16 MiB; above it multipart, parts in parallel, the part size growing so
 * that 10,000 parts suffice for 100 GB. Every body carries its SHA-256 (x-amz-content-sha256),
 * so the service refuses what was changed on the way; the object's metadata keep the
 * whole file's digest (x-amz-meta-sha256), by which an unchanged file is known
 * again. A broken multipart upload is gone on with: a note beside the file (.NAME.upload) says which it
 * is and of which bytes, and ListParts what is there; one of other bytes is aborted.
 * Another region of the bucket (301, x-amz-bucket-region) is followed once and kept.
 * Members of the answers: REST XML. Any thread; one upload a call.          */
#ifndef EK_AWS_S3_H
#define EK_AWS_S3_H
#include <stdint.h>
#include "aws/aws.h"

typedef struct ek_s3_upload {
  const char *bucket, *key, *file;
  const char *sse, *kms_key;         /* "AES256", "aws:kms" or NULL; key's ARN or NULL */
  unsigned workers;                  /* parts in flight; 0: 4                    */
  uint64_t part_size;                /* 0: chosen                                */
  const volatile int *stop;          /* may be NULL                              */
  void (*progress)(void *arg, uint64_t sent, uint64_t total); void *arg;   /* may be NULL; from any thread, one at a time */
} ek_s3_upload;
enum ek_s3_done { EK_S3_SENT, EK_S3_UNCHANGED, EK_S3_RESUMED };
/* Retries throttles and transient faults itself (full jitter, 6 tries a request). 0, or -1 and e:
 * the bucket is not there, or not ours (which permission, the least policy that
 * would do), another region, disk, interrupted (EXIT_STOPPED).              */
int ek_s3_put_file(ek_aws *, const ek_s3_upload *, enum ek_s3_done *done, ek_error *e);
/* Size and stored digest ("" when it has none). 1 there, 0 not, -1 e.        */
int ek_s3_head(ek_aws *, const char *bucket, const char *key, uint64_t *size, char sha256[65], ek_error *e);
/* "us-east-1", into out. 0, or -1 and e.                                     */
int ek_s3_bucket_region(ek_aws *, const char *bucket, char *out, size_t size, ek_error *e);
int ek_s3_delete(ek_aws *, const char *bucket, const char *key, ek_error *e);

#endif
