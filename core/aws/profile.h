/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/profile.h - ~/.aws/config and ~/.aws/credentials, as botocore reads them. */
#ifndef EK_AWS_PROFILE_H
#define EK_AWS_PROFILE_H
#include "base/error.h"

typedef struct ek_aws_profiles ek_aws_profiles;

/* Both files (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE; a missing one is empty). NULL
 * and e with file and line when one cannot be read as INI. Read-only afterwards. */
ek_aws_profiles *ek_aws_profiles_load(ek_error *e);
void ek_aws_profiles_free(ek_aws_profiles *);       /* wipes                       */
int ek_aws_profiles_has(const ek_aws_profiles *, const char *profile);
/* Of a profile, credentials file first; or of a `[services NAME]` section's nested
 * key "rekognition.endpoint_url". NULL: not there.                          */
const char *ek_aws_profile_get(const ek_aws_profiles *, const char *profile, const char *key);
const char *ek_aws_services_get(const ek_aws_profiles *, const char *services, const char *service, const char *key);
/* "a, b", for messages; "none".                                             */
const char *ek_aws_profiles_names(const ek_aws_profiles *);

/* The chain asks the files one at a time.                                   */
enum ek_aws_file { EK_AWS_CONFIG, EK_AWS_CREDENTIALS };
int ek_aws_file_has(const ek_aws_profiles *, enum ek_aws_file, const char *profile);
const char *ek_aws_file_get(const ek_aws_profiles *, enum ek_aws_file, const char *profile, const char *key);
const char *ek_aws_file_path(const ek_aws_profiles *, enum ek_aws_file);   /* "~/.aws/config", for messages */
int ek_aws_file_read(const ek_aws_profiles *, enum ek_aws_file);           /* 0: it is not there */

#endif
