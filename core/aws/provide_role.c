/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps that ask STS: a role assumed with other credentials, or with a web identity. */
#include "aws/provider.h"
#include <stdio.h>
#include <time.h>
#include "aws/errors.h"
#include "aws/hash.h"
#include "aws/secret.h"
#include "aws/xml.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/number.h"

#define SECONDS 30

static void
field(ek_text *body, const char *name, const char *value)
{
  if (!value || !*value)
    return;
  ek_text_printf(body, "&%s=", name);
  ek_aws_encode(body, ek_aws_str(value), 0);
}

static void
form(const ek_ask *a, const ek_role *r, ek_text *body)
{
  char session[40], duration[EK_NUMBER_MAX];
  int64_t seconds = 0;
  snprintf(session, sizeof session, "enrichkit-%lld", (long long)ek_ask_now(a));
  if (!ek_number_int(ek_aws_str(r->duration), &seconds))
    seconds = 0;                   /* as botocore: what is no number is not sent   */
  snprintf(duration, sizeof duration, "%lld", (long long)seconds);
  ek_text_reserve(body, 1024 + 3 * ek_aws_str(r->web_token).len);
  ek_text_printf(body, "Action=%s&Version=2011-06-15", r->web_token ? "AssumeRoleWithWebIdentity" : "AssumeRole");
  field(body, "RoleArn", r->arn);
  field(body, "RoleSessionName", r->session && *r->session ? r->session : session);
  field(body, "DurationSeconds", seconds > 0 ? duration : NULL);
  field(body, "ExternalId", r->external_id);
  field(body, "WebIdentityToken", r->web_token);
}

static char *
value(ek_str xml, const char *name)
{
  EK_AUTO(ek_secret_text_free) ek_text t = { 0 };
  return ek_xml_value(xml, name, &t) && t.len ? ek_mem_strndup(t.data, t.len) : NULL;
}

static int
read_answer(const ek_http_answer *answer, const ek_aws_error *err, const char *role, ek_found *out, ek_error *e)
{
  if (err->class != EK_AWS_OK) {
    ek_step_fail(e, "STS does not give role %s: %s%s%s (HTTP %d)", role, err->name, *err->message ? ": " : "",
                 err->message, err->http);
    if (err->class == EK_AWS_DENIED)
      ek_help(e, "the role's trust policy must name the caller, who must be allowed sts:AssumeRole");
    return EK_STEP_ERROR;
  }
  ek_str xml = { answer->body.data, answer->body.len };
  EK_FREE char *expires = value(xml, "Expiration");
  out->id = value(xml, "AccessKeyId");
  out->secret = value(xml, "SecretAccessKey");
  out->token = value(xml, "SessionToken");
  if (!out->id || !out->secret || !out->token || !expires || !ek_number_iso8601(ek_aws_str(expires), &out->expires)) {
    ek_found_clear(out);
    return ek_step_fail(e, "the answer of STS for role %s holds no whole credentials", role);
  }
  return EK_STEP_FOUND;
}

/* Headers of a signed or plain form, each in place in text. */
static void
split_lines(ek_text *text, const char **headers, size_t most)
{
  size_t n = 0;
  while (headers[n])
    n++;
  ek_text_c(text);
  for (char *p = text->data, *end; n < most && (end = strchr(p, '\n')) != NULL; p = end + 1) {
    *end = 0;
    headers[n++] = p;
  }
}

/* One exchange: the fault of http.h. */
static enum ek_http_fault
exchange(const ek_ask *a, const ek_aws_endpoint *at, ek_str body, const ek_found *source, int64_t now,
         ek_http_answer *out, ek_error *e)
{
  EK_AUTO(ek_secret_text_free) ek_text lines = { 0 };
  char url[420], path[110];
  snprintf(path, sizeof path, "%s/", at->path);
  snprintf(url, sizeof url, "%s%s", at->scheme_host, path);
  const char *headers[8] = { "Content-Type: application/x-www-form-urlencoded; charset=utf-8" };
  if (source) {
    ek_sigv4_request sign = { .method = "POST", .host = at->host, .path = path, .headers = headers, .body = body,
      .region = a->region && *a->region ? a->region : "us-east-1", .service = "sts", .time = now };
    ek_aws_keys keys = { source->id, source->secret, source->token };
    ek_sigv4_headers(&sign, &keys, &lines, NULL);
    split_lines(&lines, headers, 7);
  }
  ek_http_request_spec spec = { .method = "POST", .url = url, .headers = headers, .body = body,
    .max_response = 256 << 10, .deadline_ns = ek_monotonic_ns() + SECONDS * EK_SECOND,
    .flags = EK_HTTP_TRUSTED | EK_HTTP_NO_TAPE, .cancelled = a->cancelled, .cancelled_arg = a->arg };
  return ek_http_perform(a->http, &spec, out, e);
}

int
ek_sts_assume(const ek_ask *a, const ek_role *r, const ek_found *source, ek_found *out, ek_error *e)
{
  ek_aws_place place = { a->profiles, a->profile, a->endpoint_url };
  ek_aws_endpoint at;
  if (ek_aws_find_endpoint(&place, "sts", a->region, &at, e))
    return EK_STEP_ERROR;
  EK_AUTO(ek_secret_text_free) ek_text body = { 0 };
  char role[160];
  int step = EK_STEP_ERROR;
  form(a, r, &body);
  ek_show(ek_aws_str(r->arn), role, sizeof role);
  for (int attempt = 0, again = 1; again && attempt < 3; attempt++) {
    ek_http_answer answer = { 0 };
    ek_error why = { 0 };
    ek_aws_error err;
    int64_t now = ek_ask_now(a);
    enum ek_http_fault fault = exchange(a, &at, (ek_str){ body.data, body.len }, source, now, &answer, &why);
    again = 0;
    if (fault != EK_HTTP_FAULT_NONE) {
      ek_step_fail(e, "STS, asked for role %s, does not answer: %s", role, why.message);
      again = fault == EK_HTTP_FAULT_CONNECT || fault == EK_HTTP_FAULT_BROKEN;
    } else {
      ek_aws_classify("sts", &answer, &err);
      step = read_answer(&answer, &err, role, out, e);
      again = err.class == EK_AWS_TRANSIENT || err.class == EK_AWS_THROTTLED
              || (attempt == 0 && source && ek_skew_correct(a->clock, now, &answer, &err));
    }
    ek_secret_answer_free(&answer);
  }
  return step;
}

int
ek_provide_web_identity(const ek_ask *a, ek_found *out, ek_text *tried, ek_error *e)
{
  (void)tried;
  const char *file = a->explicit_profile ? NULL : ek_aws_env("AWS_WEB_IDENTITY_TOKEN_FILE");
  ek_role r = { .arn = a->explicit_profile ? NULL : ek_aws_env("AWS_ROLE_ARN"),
    .session = a->explicit_profile ? NULL : ek_aws_env("AWS_ROLE_SESSION_NAME") };
  if (!file)
    file = ek_aws_profile_get(a->profiles, a->profile, "web_identity_token_file");
  if (!file)
    return EK_STEP_NOTHING;
  if (!r.arn)
    r.arn = ek_aws_profile_get(a->profiles, a->profile, "role_arn");
  if (!r.session)
    r.session = ek_aws_profile_get(a->profiles, a->profile, "role_session_name");
  if (!r.arn) {
    ek_step_fail(e, "there is a web identity token file, but no role");
    ek_help(e, "set AWS_ROLE_ARN, or role_arn in the profile");
    return EK_STEP_ERROR;
  }
  char *token = ek_secret_file(file, e);       /* anew each time: it is replaced before it expires */
  if (!token)
    return EK_STEP_ERROR;
  char shown[160];
  r.web_token = token;
  int step = ek_sts_assume(a, &r, NULL, out, e);
  ek_secret_free(token);
  snprintf(out->source, sizeof out->source, "web identity as %.120s", ek_show(ek_aws_str(r.arn), shown, sizeof shown));
  return step;
}

int
ek_provide_profile(const ek_ask *a, ek_found *out, ek_text *tried, ek_error *e)
{
  static ek_provider *const steps[] = { ek_provide_web_identity, ek_provide_sso, ek_provide_shared, ek_provide_login,
    ek_provide_process, ek_provide_config };
  int step = EK_STEP_NOTHING;
  for (size_t i = 0; i < sizeof steps / sizeof *steps && step == EK_STEP_NOTHING; i++)
    step = steps[i](a, out, tried, e);
  return step;
}

static int
is_role(const ek_ask *a, const char *profile)
{
  return ek_aws_profile_get(a->profiles, profile, "role_arn")
         && !ek_aws_profile_get(a->profiles, profile, "web_identity_token_file");
}

static int
has_keys(const ek_ask *a, const char *profile)
{
  return ek_aws_profile_get(a->profiles, profile, "aws_access_key_id")
         || ek_aws_profile_get(a->profiles, profile, "aws_secret_access_key");
}

static int
visited(const ek_ask *a, const char *profile)
{
  for (unsigned i = 0; i < a->n_visited; i++)
    if (!strcmp(a->visited[i], profile))
      return 1;
  return 0;
}

/* Credentials of the profile that this one names as its source. */
static int
from_source_profile(const ek_ask *a, const char *name, const char *shown, ek_found *out, ek_error *e)
{
  char source[160];
  ek_show(ek_aws_str(name), source, sizeof source);
  if (!ek_aws_profiles_has(a->profiles, name)) {
    ek_step_fail(e, "profile '%s' has source_profile '%s', and there is no such profile", shown, source);
    ek_help(e, "profiles there are: %s", ek_aws_profiles_names(a->profiles));
    return EK_STEP_ERROR;
  }
  ek_ask next = *a;
  int keys = has_keys(a, name), self = !strcmp(name, a->profile);
  /* A profile may name itself when it has keys of its own beside the role. */
  if ((visited(a, name) && !(self && keys)) || a->n_visited == sizeof a->visited / sizeof *a->visited)
    return ek_step_fail(e, "source_profile of '%s' leads in a circle back to '%s'", shown, source);
  next.profile = name;
  next.explicit_profile = 1;
  next.visited[next.n_visited++] = name;
  int step = keys || !is_role(a, name) ? ek_provide_profile(&next, out, NULL, e) : ek_provide_role(&next, out, NULL, e);
  if (step == EK_STEP_NOTHING)
    return ek_step_fail(e, "profile '%s' has source_profile '%s', which has no credentials", shown, source);
  return step;
}

static int
from_credential_source(const ek_ask *a, const char *name, const char *shown, ek_found *out, ek_error *e)
{
  static const struct { const char *name; ek_provider *step; } sources[] = {
    { "Environment", ek_provide_env }, { "Ec2InstanceMetadata", ek_provide_metadata },
    { "EcsContainer", ek_provide_container }
  };
  char source[160];
  ek_show(ek_aws_str(name), source, sizeof source);
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
    if (!strcmp(name, sources[i].name)) {
      ek_ask next = *a;
      next.explicit_profile = 0;
      int step = sources[i].step(&next, out, NULL, e);
      return step != EK_STEP_NOTHING ? step
             : ek_step_fail(e, "profile '%s' has credential_source %s, which has no credentials", shown, source);
    }
  ek_step_fail(e, "profile '%s' has credential_source '%s', which is none", shown, source);
  ek_help(e, "it is Environment, Ec2InstanceMetadata or EcsContainer");
  return EK_STEP_ERROR;
}

int
ek_provide_role(const ek_ask *a, ek_found *out, ek_text *tried, ek_error *e)
{
  (void)tried;
  if (!is_role(a, a->profile))
    return EK_STEP_NOTHING;
  ek_role r = { .arn = ek_aws_profile_get(a->profiles, a->profile, "role_arn"),
    .session = ek_aws_profile_get(a->profiles, a->profile, "role_session_name"),
    .external_id = ek_aws_profile_get(a->profiles, a->profile, "external_id"),
    .duration = ek_aws_profile_get(a->profiles, a->profile, "duration_seconds") };
  const char *profile = ek_aws_profile_get(a->profiles, a->profile, "source_profile");
  const char *source = ek_aws_profile_get(a->profiles, a->profile, "credential_source");
  char shown[160], arn[160];
  ek_show(ek_aws_str(a->profile), shown, sizeof shown);
  ek_show(ek_aws_str(r.arn), arn, sizeof arn);
  if (ek_aws_profile_get(a->profiles, a->profile, "mfa_serial")) {
    ek_step_fail(e, "profile '%s' wants a code of a device (mfa_serial), which is not asked for here", shown);
    ek_export_help(e, shown, a->explicit_profile);
    return EK_STEP_ERROR;
  }
  if (!profile == !source)
    return ek_step_fail(e, "profile '%s' has role_arn and %s", shown, profile
                        ? "both source_profile and credential_source" : "neither source_profile nor credential_source");
  ek_ask here = *a;
  if (!here.n_visited)
    here.visited[here.n_visited++] = a->profile;
  ek_found with = { 0 };
  int step = profile ? from_source_profile(&here, profile, shown, &with, e)
                     : from_credential_source(&here, source, shown, &with, e);
  if (step == EK_STEP_FOUND)
    step = ek_sts_assume(a, &r, &with, out, e);
  ek_found_clear(&with);
  snprintf(out->source, sizeof out->source, "role %.80s of profile '%.50s'", arn, shown);
  return step;
}
