/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps that have keys at hand: environment, shared credentials file, config file. And those that
 * would have to sign in, which is not done here. */
#include "aws/provider.h"
#include <stdio.h>
#include "aws/hash.h"
#include "aws/secret.h"
#include "base/mem.h"
#include "base/number.h"

static int
found(ek_found *out, const char *id, const char *secret, const char *token)
{
  out->id = ek_mem_strdup(id);
  out->secret = ek_mem_strdup(secret);
  out->token = token && *token ? ek_mem_strdup(token) : NULL;
  return EK_STEP_FOUND;
}

int
ek_provide_env(const ek_ask *a, ek_found *out, ek_text *tried, ek_error *e)
{
  const char *id = ek_aws_env("AWS_ACCESS_KEY_ID"), *secret = ek_aws_env("AWS_SECRET_ACCESS_KEY");
  if (!id && secret && !a->explicit_profile) {
    ek_tried(tried, "AWS_ACCESS_KEY_ID (not set, but AWS_SECRET_ACCESS_KEY is)");
    return EK_STEP_NOTHING;
  }
  if (!id || a->explicit_profile) {
    ek_tried(tried, "AWS_ACCESS_KEY_ID (%s)", id ? "not looked at, because aws.profile is set" : "not set");
    return EK_STEP_NOTHING;
  }
  if (!secret) {
    ek_step_fail(e, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
    ek_help(e, "set both, or neither");
    return EK_STEP_ERROR;
  }
  const char *token = ek_aws_env("AWS_SESSION_TOKEN"), *expires = ek_aws_env("AWS_CREDENTIAL_EXPIRATION");
  if (!token)
    token = ek_aws_env("AWS_SECURITY_TOKEN");
  if (expires && !ek_number_iso8601(ek_aws_str(expires), &out->expires)) {
    char shown[160];
    return ek_step_fail(e, "AWS_CREDENTIAL_EXPIRATION is '%s', which is no time (2026-11-24T09:00:00Z)",
                        ek_show(ek_aws_str(expires), shown, sizeof shown));
  }
  snprintf(out->source, sizeof out->source, "environment");
  return found(out, id, secret, token);
}

static int
from_file(const ek_ask *a, enum ek_aws_file file, ek_found *out, ek_text *tried, ek_error *e)
{
  const char *path = ek_aws_file_path(a->profiles, file);
  char shown[160];
  ek_show(ek_aws_str(a->profile), shown, sizeof shown);
  const char *id = ek_aws_file_get(a->profiles, file, a->profile, "aws_access_key_id");
  const char *secret = ek_aws_file_get(a->profiles, file, a->profile, "aws_secret_access_key");
  const char *token = ek_aws_file_get(a->profiles, file, a->profile, "aws_session_token");
  int has = ek_aws_file_has(a->profiles, file, a->profile);
  if (!id || !*id) {
    /* Of the config file only what is odd is worth a word: it is there for other things. */
    if (file == EK_AWS_CREDENTIALS && !has)
      ek_tried(tried, ek_aws_file_read(a->profiles, file) ? "%s (no profile '%s')" : "%s (not there)", path, shown);
    else if (has)
      ek_tried(tried, "%s (no aws_access_key_id in profile '%s')", path, shown);
    return EK_STEP_NOTHING;
  }
  if (!secret || !*secret) {
    ek_step_fail(e, "profile '%s' of %s has aws_access_key_id, but no aws_secret_access_key", shown, path);
    ek_help(e, "aws configure --profile %s", shown);
    return EK_STEP_ERROR;
  }
  if (!token)
    token = ek_aws_file_get(a->profiles, file, a->profile, "aws_security_token");
  snprintf(out->source, sizeof out->source, "profile '%.100s'", shown);
  return found(out, id, secret, token);
}

int
ek_provide_shared(const ek_ask *a, ek_found *out, ek_text *tried, ek_error *e)
{
  return from_file(a, EK_AWS_CREDENTIALS, out, tried, e);
}

int
ek_provide_config(const ek_ask *a, ek_found *out, ek_text *tried, ek_error *e)
{
  return from_file(a, EK_AWS_CONFIG, out, tried, e);
}

static int
sign_in(const ek_ask *a, const char *how, ek_error *e)
{
  char shown[160];
  ek_show(ek_aws_str(a->profile), shown, sizeof shown);
  ek_step_fail(e, "profile '%s' signs in through %s, which is not supported here", shown, how);
  ek_export_help(e, shown, a->explicit_profile);
  return EK_STEP_ERROR;
}

int
ek_provide_sso(const ek_ask *a, ek_found *out, ek_text *tried, ek_error *e)
{
  (void)out, (void)tried;
  int sso = ek_aws_profile_get(a->profiles, a->profile, "sso_account_id")
            || ek_aws_profile_get(a->profiles, a->profile, "sso_role_name");
  return sso ? sign_in(a, "SSO (IAM Identity Center)", e) : EK_STEP_NOTHING;
}

int
ek_provide_login(const ek_ask *a, ek_found *out, ek_text *tried, ek_error *e)
{
  (void)out, (void)tried;
  return ek_aws_profile_get(a->profiles, a->profile, "login_session") ? sign_in(a, "'aws login'", e) : EK_STEP_NOTHING;
}
