/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/aws.h"
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include "aws/endpoint.h"
#include "aws/hash.h"
#include "aws/provider.h"
#include "aws/secret.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/sha256.h"

struct ek_aws {
  ek_http_client *http;
  ek_aws_profiles *profiles;
  ek_credentials *credentials;
  ek_aws_clock *clock;
  char *profile, *endpoint_url;
  int explicit_profile, replay;
  char *region;                      /* NULL: nobody said                        */
  pthread_mutex_t lock;              /* of what instance metadata say            */
  int asked_metadata;
  char *metadata_region;
};

static char *
copy(const char *s)
{
  return s && *s ? ek_mem_strdup(s) : NULL;
}

static const char *
find_region(const ek_aws *a, const char *configured)
{
  const char *r = configured && *configured ? configured : ek_aws_env("AWS_REGION");
  if (!r)
    r = ek_aws_env("AWS_DEFAULT_REGION");
  return r ? r : ek_aws_profile_get(a->profiles, a->profile, "region");
}

/* A profile that somebody named must be there: going on with another identity would be worse than
 * an error. */
static int
check_profile(const ek_aws *a, ek_error *e)
{
  if (ek_aws_profiles_has(a->profiles, a->profile))
    return 0;
  /* Named by the environment, which may hold keys as well: those go first. */
  if (!a->explicit_profile && (!strcmp(a->profile, "default") || ek_aws_env("AWS_ACCESS_KEY_ID")))
    return 0;
  return ek_credentials_missing(a->profiles, a->profile, a->explicit_profile, "not asked", e);
}

ek_aws *
ek_aws_new(const ek_aws_options *o, ek_error *e)
{
  ek_aws_endpoint unused;
  if (o->endpoint_url && *o->endpoint_url && ek_aws_read_endpoint(o->endpoint_url, "aws.endpoint_url", &unused, e))
    return NULL;
  ek_aws *a = ek_mem_zero(1, sizeof *a);
  pthread_mutex_init(&a->lock, NULL);
  a->http = o->http;
  a->replay = o->replay;
  a->explicit_profile = o->profile && *o->profile;
  a->profile = ek_mem_strdup(ek_aws_profile_name(o->profile));
  a->endpoint_url = copy(o->endpoint_url);
  a->profiles = ek_aws_profiles_load(e);
  if (!a->profiles || (!a->replay && check_profile(a, e))) {
    ek_aws_free(a);
    return NULL;
  }
  a->region = copy(find_region(a, o->region));
  ek_credentials_options c = { .http = o->http, .profiles = a->profiles, .profile = o->profile, .region = a->region,
    .endpoint_url = a->endpoint_url, .now = o->now };
  a->credentials = ek_credentials_new(&c);
  a->clock = ek_credentials_clock(a->credentials);
  return a;
}

void
ek_aws_free(ek_aws *a)
{
  if (!a)
    return;
  ek_credentials_free(a->credentials);
  ek_aws_profiles_free(a->profiles);
  pthread_mutex_destroy(&a->lock);
  free(a->profile);
  free(a->endpoint_url);
  free(a->region);
  free(a->metadata_region);
  free(a);
}

static int
no_region(ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "no_region",
          "no AWS region: tried aws.region, AWS_REGION, AWS_DEFAULT_REGION and the profile");
  return ek_help(e, "set aws.region: eu-west-1, or export AWS_REGION=eu-west-1");
}

const char *
ek_aws_region(ek_aws *a, ek_error *e)
{
  if (!a->region)
    no_region(e);
  return a->region;
}

ek_credentials *
ek_aws_credentials(ek_aws *a)
{
  return a->credentials;
}

int
ek_aws_resolve(ek_aws *a, const char *service, const char *region, ek_aws_endpoint *out, ek_error *e)
{
  ek_aws_place place = { a->profiles, a->profile, a->endpoint_url };
  if ((!region || !*region) && strcmp(service, "sts") && !(region = ek_aws_region(a, e)))
    return -1;
  return ek_aws_find_endpoint(&place, service, region ? region : a->region, out, e);
}

/* Of the request, of everything that has a say, at last of the machine we are on; asked once. */
static const char *
region_for(ek_aws *a, const ek_aws_request *r, ek_error *e)
{
  if (r->region && *r->region)
    return r->region;
  if (a->region)
    return a->region;
  if (a->replay)
    return "us-east-1";
  pthread_mutex_lock(&a->lock);
  if (!a->asked_metadata) {
    ek_ask ask = { .http = a->http, .profiles = a->profiles, .profile = a->profile, .clock = a->clock,
      .cancelled = r->cancelled, .arg = r->cancelled_arg };
    a->metadata_region = ek_metadata_region(&ask);
    a->asked_metadata = a->metadata_region || !r->cancelled || !r->cancelled(r->cancelled_arg);
  }
  const char *region = a->metadata_region;
  pthread_mutex_unlock(&a->lock);
  if (!region)
    no_region(e);
  return region;
}

/* ---- one exchange ---- */

typedef struct exchange {
  const ek_aws_request *r;
  ek_aws_endpoint at;
  const char *region;
  unsigned flags;
  ek_text host, path, url;
  const char **headers; size_t n;    /* the caller's, without what is ours to say */
  char sha256[65];
  int64_t signed_at;
} exchange;

static void
exchange_free(exchange *x)
{
  ek_text_free(&x->host);
  ek_text_free(&x->path);
  ek_text_free(&x->url);
  free(x->headers);
}

static int
ours(const char *line)
{
  static const char *const names[] = { "authorization:", "host:", "x-amz-content-sha256:", "x-amz-date:",
    "x-amz-security-token:" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strncasecmp(line, names[i], strlen(names[i])))
      return 1;
  return 0;
}

static int
prepare(ek_aws *a, const ek_aws_request *r, exchange *x, ek_error *e)
{
  x->r = r;
  x->region = region_for(a, r, e);
  if (!x->region || ek_aws_resolve(a, r->service, x->region, &x->at, e))
    return -1;
  const char *prefix = r->host_prefix ? r->host_prefix : "", *scheme_end = strstr(x->at.scheme_host, "://");
  ek_text_printf(&x->host, "%s%s", prefix, x->at.host);
  ek_text_printf(&x->path, "%s%s", x->at.path, r->path && *r->path ? r->path : "/");
  ek_text_printf(&x->url, "%.*s://%s%s", (int)(scheme_end - x->at.scheme_host), x->at.scheme_host, ek_text_c(&x->host),
                 ek_text_c(&x->path));
  if (r->query && *r->query)
    ek_text_printf(&x->url, "?%s", r->query);
  x->flags = r->sign_flags;
  if (strncmp(x->at.scheme_host, "https://", 8))
    x->flags &= ~(unsigned)EK_SIGV4_UNSIGNED_PAYLOAD;      /* nothing else would protect the body */
  size_t n = 0;
  while (r->headers && r->headers[n])
    n++;
  x->headers = ek_mem_alloc((n + 6) * sizeof *x->headers);
  for (size_t i = 0; i < n; i++)
    if (!ours(r->headers[i]))
      x->headers[x->n++] = r->headers[i];
  x->headers[x->n] = NULL;
  return 0;
}

static ek_sigv4_request
to_sign(exchange *x)
{
  return (ek_sigv4_request){ .method = x->r->method, .host = ek_text_c(&x->host), .path = ek_text_c(&x->path),
    .query = x->r->query, .headers = x->headers, .body = x->r->body,
    .body_sha256 = x->r->body_sha256 ? x->r->body_sha256 : x->sha256,
    .region = x->region, .service = ek_aws_signing_name(x->r->service), .time = x->signed_at,
    .flags = x->flags };
}

/* Lines of text become headers, after the caller's. */
static void
add_lines(exchange *x, ek_text *lines)
{
  size_t n = x->n;
  ek_text_c(lines);
  for (char *p = lines->data, *end; n < x->n + 5 && (end = strchr(p, '\n')) != NULL; p = end + 1) {
    *end = 0;
    x->headers[n++] = p;
  }
  x->headers[n] = NULL;
}

static enum ek_http_fault
once(ek_aws *a, exchange *x, const ek_aws_keys *keys, ek_http_answer *out, ek_error *e)
{
  EK_AUTO(ek_secret_text_free) ek_text lines = { 0 };
  const ek_aws_request *r = x->r;
  x->headers[x->n] = NULL;
  if (keys) {
    /* Once, though it may be signed twice: a picture is large. */
    if (!r->body_sha256 && !x->sha256[0] && !(x->flags & EK_SIGV4_UNSIGNED_PAYLOAD))
      ek_sha256_hex(r->body, x->sha256);
    x->signed_at = ek_aws_now(a->clock);
    ek_sigv4_request sign = to_sign(x);
    ek_sigv4_headers(&sign, keys, &lines, NULL);
    add_lines(x, &lines);
  }
  ek_http_request_spec spec = { .method = r->method, .url = ek_text_c(&x->url), .headers = x->headers, .body = r->body,
    .max_response = r->max_response, .deadline_ns = r->deadline_ns, .flags = EK_HTTP_TRUSTED,
    .cancelled = r->cancelled, .cancelled_arg = r->cancelled_arg };
  return ek_http_perform(a->http, &spec, out, e);
}

static int
get_grant(ek_aws *a, const ek_aws_request *r, int force, ek_aws_grant *g, ek_error *e)
{
  if (r->unsigned_call || a->replay)
    return 0;
  return ek_credentials_get(a->credentials, force, r->cancelled, r->cancelled_arg, g, e);
}

static enum ek_http_fault
no_grant(const ek_error *e)
{
  return e->code && !strcmp(e->code, "cancelled") ? EK_HTTP_FAULT_CANCELLED : EK_HTTP_FAULT_URL;
}

/* AWS has no name for what it does not offer: a region with a slip in it, or without this service. */
static void
explain(const exchange *x, enum ek_http_fault fault, ek_error *e)
{
  char shown[160];
  if (fault == EK_HTTP_FAULT_RESOLVE && !x->at.custom && !e->help[0])
    ek_help(e, "no name server, or no %s in region '%s'; the region is set by aws.region, a step's option, AWS_REGION "
            "or the profile", x->r->service, ek_show(ek_aws_str(x->region), shown, sizeof shown));
}

/* Refused as expired even when they are new: nobody can go on with these. */
static enum ek_http_fault
still_expired(const ek_aws_grant *g, const ek_aws_error *err, ek_error *e)
{
  ek_fail(e, EK_EXIT_STOPPED, "credentials_expired", "the AWS credentials (%s) have expired, says %s: %s", g->source,
          err->name, err->message);
  ek_help(e, "get new ones and run again: what is done is kept");
  return EK_HTTP_FAULT_URL;
}

enum ek_http_fault
ek_aws_perform(ek_aws *a, const ek_aws_request *r, ek_http_answer *out, ek_aws_error *err, ek_error *e)
{
  EK_AUTO(exchange_free) exchange x = { 0 };
  EK_AUTO(ek_aws_grant_clear) ek_aws_grant g = { 0 };
  ek_error own = { 0 };
  int skewed = 0, refreshed = 0;
  memset(err, 0, sizeof *err);
  err->retry_after_ns = -1;
  if (!e)
    e = &own;
  if (prepare(a, r, &x, e))
    return EK_HTTP_FAULT_URL;
  if (get_grant(a, r, 0, &g, e))
    return no_grant(e);
  for (;;) {
    enum ek_http_fault fault = once(a, &x, g.owned ? &g.keys : NULL, out, e);
    if (fault != EK_HTTP_FAULT_NONE) {
      explain(&x, fault, e);
      return fault;
    }
    ek_aws_classify(r->service, out, err);
    if (!g.owned || err->class == EK_AWS_OK)
      return EK_HTTP_FAULT_NONE;
    if (!skewed && ek_skew_correct(a->clock, x.signed_at, out, err)) {
      skewed = 1;
    } else if (err->class == EK_AWS_EXPIRED) {
      if (refreshed)
        return still_expired(&g, err, e);
      if (get_grant(a, r, 1, &g, e))
        return no_grant(e);
      refreshed = 1;
    } else
      return EK_HTTP_FAULT_NONE;
    ek_http_answer_free(out);
    *out = (ek_http_answer){ 0 };
  }
}

int
ek_s3_split(const char *url, char *buf, const char **bucket, const char **key, ek_error *e)
{
  char shown[160];
  const char *why = NULL;
  size_t n = 0;
  if (strncmp(url, "s3://", 5))
    why = "does not begin with s3://";
  else {
    strcpy(buf, url);
    n = strspn(buf + 5, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    if (n < 3 || n > 63 || (buf[5 + n] && buf[5 + n] != '/') || strchr(".-", buf[5]) || strchr(".-", buf[4 + n]))
      why = "has no bucket's name (3 to 63 of a-z 0-9 . -)";
    else if (strlen(buf + 5 + n) > 1025)
      why = "has a key of more than 1024 bytes";
  }
  if (why) {
    ek_fail(e, EK_EXIT_REFUSED, "bad_s3_url", "'%s' %s", ek_show(ek_aws_str(url), shown, sizeof shown), why);
    return ek_help(e, "write s3://bucket/folder/file.csv");
  }
  *bucket = buf + 5;
  *key = buf[5 + n] ? buf + 6 + n : buf + 5 + n;
  buf[5 + n] = 0;
  return 0;
}
