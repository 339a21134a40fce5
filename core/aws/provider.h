/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/provider.h - the steps of the credential chain, each in a file of its own.
 *
 * A step says: found, nothing here (and why, if it was worth a look), or an error that
 * ends the search: whoever set up this step means it.                       */
#ifndef EK_AWS_PROVIDER_H
#define EK_AWS_PROVIDER_H
#include "aws/credentials.h"
#include "aws/clock.h"
#include "aws/endpoint.h"

typedef struct ek_found {
  char *id, *secret, *token;         /* token NULL: none                         */
  int64_t expires;                   /* 0: never                                 */
  char source[160];
} ek_found;
void ek_found_clear(ek_found *);     /* wipes                                    */

typedef struct ek_ask {
  ek_http_client *http;
  const ek_aws_profiles *profiles;
  const char *profile;               /* the one that is looked at                */
  int explicit_profile;              /* the configuration chose it: no environment variables */
  const char *region;                /* for STS; may be NULL                     */
  const char *endpoint_url;          /* for STS; of the configuration            */
  ek_aws_clock *clock;
  int (*cancelled)(void *arg); void *arg;
  int64_t process_ns;                /* most time of a credential_process; 0: a minute */
  const char *visited[8]; unsigned n_visited;    /* profiles on the way to this one */
} ek_ask;

static inline int64_t ek_ask_now(const ek_ask *a) { return ek_aws_now(a->clock); }

enum ek_step { EK_STEP_ERROR = -1, EK_STEP_NOTHING = 0, EK_STEP_FOUND = 1 };

/* tried: "AWS_ACCESS_KEY_ID (not set)", to which each step appends.         */
typedef int ek_provider(const ek_ask *, ek_found *, ek_text *tried, ek_error *);
ek_provider ek_provide_env, ek_provide_role, ek_provide_web_identity, ek_provide_sso, ek_provide_shared,
  ek_provide_login, ek_provide_process, ek_provide_config, ek_provide_container, ek_provide_metadata;

/* The steps that look at one profile only, in their order (source_profile). */
int ek_provide_profile(const ek_ask *, ek_found *, ek_text *tried, ek_error *);

/* Appends "what (why)" to a list.                                           */
void ek_tried(ek_text *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "no AWS credentials: ..."; always EK_STEP_ERROR.                          */
int ek_step_fail(ek_error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* How keys come out of a profile that needs a person.                       */
void ek_export_help(ek_error *e, const char *profile, int explicit_profile);

/* {"AccessKeyId", "SecretAccessKey", "Token" or "SessionToken", "Expiration"}, as containers, metadata
 * and processes answer. who is for messages; nothing of the text is shown.  */
int ek_found_json(ek_str json, const char *who, ek_found *out, ek_error *e);
/* One request of the chain: no tape. 0 an answer, else the fault of http.h. headers may be NULL. */
enum ek_http_fault ek_ask_http(const ek_ask *, const char *method, const char *url, const char *const *headers,
                               double seconds, ek_http_answer *out, ek_error *e);
/* AssumeRole, signed with source, or AssumeRoleWithWebIdentity when web_token is not NULL. */
typedef struct ek_role { const char *arn, *session, *external_id, *duration, *web_token; } ek_role;
int ek_sts_assume(const ek_ask *, const ek_role *, const ek_found *source, ek_found *out, ek_error *e);
/* A small text file without the newline at its end; NULL and e. To be freed with ek_secret_free. */
char *ek_secret_file(const char *path, ek_error *e);
/* The region that instance metadata tell; NULL: no answer. Malloc'd.        */
char *ek_metadata_region(const ek_ask *);

#endif
