/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/endpoint.h - where a service is asked, and by what name it is signed for. */
#ifndef EK_AWS_ENDPOINT_H
#define EK_AWS_ENDPOINT_H
#include "aws/aws.h"

typedef struct ek_aws_place {
  const ek_aws_profiles *profiles;
  const char *profile;               /* whose settings count                      */
  const char *endpoint_url;          /* of the configuration: before all else; or NULL */
} ek_aws_place;

/* As ek_aws_resolve. region NULL or "" for sts: the global endpoint.         */
int ek_aws_find_endpoint(const ek_aws_place *, const char *service, const char *region, ek_aws_endpoint *out,
                         ek_error *e);
/* A custom endpoint's URL, for the check of the configuration.              */
int ek_aws_read_endpoint(const char *url, const char *whence, ek_aws_endpoint *out, ek_error *e);
const char *ek_aws_signing_name(const char *service);
/* The profile that counts: of the configuration, AWS_DEFAULT_PROFILE, AWS_PROFILE, "default". */
const char *ek_aws_profile_name(const char *configured);
/* Environment or profile key says "true".                                   */
int ek_aws_is_set(const ek_aws_profiles *, const char *profile, const char *variable, const char *key);
/* Not empty, or NULL.                                                       */
const char *ek_aws_env(const char *name);

#endif
