/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps that ask the machine: the container's agent, the instance's metadata service. */
#include "aws/provider.h"
#include <netdb.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>
#include "aws/hash.h"
#include "aws/secret.h"
#include "base/cleanup.h"
#include "base/mem.h"

#define TOKEN "AWS_CONTAINER_AUTHORIZATION_TOKEN"
#define TOKEN_FILE "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
#define CONTAINER_HOST "http://169.254.170.2"
#define METADATA "http://169.254.169.254"
#define METADATA_V6 "http://[fd00:ec2::254]"
#define ROLES "/latest/meta-data/iam/security-credentials/"

/* Keys go over plain http to this machine and to AWS's own link-local agents only. */
static int
full_uri_allowed(const char *url)
{
  if (!strncasecmp(url, "https://", 8))
    return url[8] && !strchr(url + 8, '@');
  if (strncasecmp(url, "http://", 7))
    return 0;
  const char *host = url + 7;
  size_t n = *host == '[' ? strcspn(host, "]") : strcspn(host, ":/?#");
  char name[80];
  if (strcspn(host, "@") < strcspn(host, "/?#") || n >= sizeof name)
    return 0;
  snprintf(name, sizeof name, "%.*s", (int)(*host == '[' ? n - 1 : n), *host == '[' ? host + 1 : host);
  struct in_addr v4;
  struct in6_addr v6, eks;
  inet_pton(AF_INET6, "fd00:ec2::23", &eks);
  if (*host != '[' && inet_pton(AF_INET, name, &v4) == 1)
    return (ntohl(v4.s_addr) >> 24) == 127 || !strcmp(name, "169.254.170.2") || !strcmp(name, "169.254.170.23");
  if (*host == '[')
    return host[n] == ']' && inet_pton(AF_INET6, name, &v6) == 1
           && (IN6_IS_ADDR_LOOPBACK(&v6) || !memcmp(&v6, &eks, sizeof v6));
  return !strcasecmp(name, "localhost");
}

/* "Authorization: ..." of the token variables; NULL and no error: none. */
static int
authorization(char **out, ek_error *e)
{
  const char *file = ek_aws_env(TOKEN_FILE), *plain = ek_aws_env(TOKEN);
  *out = NULL;
  if (!file && !plain)
    return 0;
  char *token = file ? ek_secret_file(file, e) : ek_mem_strdup(plain);
  if (!token)
    return -1;
  if (strpbrk(token, "\r\n")) {
    ek_secret_free(token);
    ek_step_fail(e, "%s holds a line break", file ? TOKEN_FILE : TOKEN);
    return -1;
  }
  size_t n = strlen(token) + sizeof "Authorization: ";
  *out = ek_mem_alloc(n);
  snprintf(*out, n, "Authorization: %s", token);
  ek_secret_free(token);
  return 0;
}

static int
ask_container(const ek_ask *a, const char *url, ek_found *out, ek_error *e)
{
  char *token = NULL, shown[300];
  if (authorization(&token, e))
    return EK_STEP_ERROR;
  const char *headers[] = { "Accept: application/json", token, NULL };
  int step = EK_STEP_ERROR;
  ek_http_show_url(url, shown, sizeof shown);
  for (int attempt = 0; attempt < 3; attempt++) {
    ek_http_answer answer = { 0 };
    ek_error why = { 0 };
    enum ek_http_fault fault = ek_ask_http(a, "GET", url, headers, 2, &answer, &why);
    int again = fault != EK_HTTP_FAULT_NONE ? fault != EK_HTTP_FAULT_CANCELLED : answer.code >= 500;
    if (fault != EK_HTTP_FAULT_NONE)
      ek_step_fail(e, "the container's agent at %s does not answer: %s", shown, why.message);
    else if (answer.code != 200)
      ek_step_fail(e, "the container's agent at %s answers HTTP %d", shown, answer.code);
    else {
      step = ek_found_json((ek_str){ answer.body.data, answer.body.len }, "the container's agent", out, e);
      again = 0;
    }
    ek_secret_answer_free(&answer);
    if (!again)
      break;
  }
  ek_secret_free(token);
  snprintf(out->source, sizeof out->source, "container");
  return step;
}

int
ek_provide_container(const ek_ask *a, ek_found *out, ek_text *tried, ek_error *e)
{
  (void)tried;                     /* named together with the metadata            */
  const char *relative = ek_aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const char *full = ek_aws_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative) {
    EK_AUTO(ek_text_free) ek_text url = { 0 };
    ek_text_printf(&url, CONTAINER_HOST "%s%s", *relative == '/' ? "" : "/", relative);
    return ask_container(a, ek_text_c(&url), out, e);
  }
  if (!full)
    return EK_STEP_NOTHING;
  if (!full_uri_allowed(full)) {
    char shown[300];
    ek_step_fail(e, "AWS_CONTAINER_CREDENTIALS_FULL_URI is %s, which keys must not be asked of",
                 ek_http_show_url(full, shown, sizeof shown));
    ek_help(e, "it must be https, or http to localhost, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]");
    return EK_STEP_ERROR;
  }
  return ask_container(a, full, out, e);
}

/* ---- instance metadata ---- */

static const char *
metadata_base(const ek_ask *a, char *buf, size_t size)
{
  const char *url = ek_aws_env("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  const char *mode = ek_aws_env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
  if (!url)
    url = ek_aws_profile_get(a->profiles, a->profile, "ec2_metadata_service_endpoint");
  if (!mode)
    mode = ek_aws_profile_get(a->profiles, a->profile, "ec2_metadata_service_endpoint_mode");
  if (!url || !*url)
    url = mode && !strcasecmp(mode, "ipv6") ? METADATA_V6 : METADATA;
  size_t n = strlen(url);
  while (n && url[n - 1] == '/')
    n--;
  snprintf(buf, size, "%.*s", (int)n, url);
  return buf;
}

/* The token of version 2 as a header. 1: *out; 0: version 1 must do; -1: nobody there. */
static int
session(const ek_ask *a, const char *base, char **out)
{
  static const char *const headers[] = { "x-aws-ec2-metadata-token-ttl-seconds: 21600", NULL };
  char url[400];
  ek_http_answer answer = { 0 };
  int got = -1;
  snprintf(url, sizeof url, "%s/latest/api/token", base);
  enum ek_http_fault fault = ek_ask_http(a, "PUT", url, headers, 1, &answer, NULL);
  int v1 = fault == EK_HTTP_FAULT_DEADLINE
           || (fault == EK_HTTP_FAULT_NONE && (answer.code == 403 || answer.code == 404 || answer.code == 405));
  if (fault == EK_HTTP_FAULT_NONE && answer.code == 200 && answer.body.len && answer.body.len < 4096) {
    ek_str t = { answer.body.data, answer.body.len };
    while (t.len && strchr(" \r\n", t.ptr[t.len - 1]))
      t.len--;
    if (t.len && !memchr(t.ptr, '\n', t.len) && !memchr(t.ptr, '\r', t.len) && !memchr(t.ptr, 0, t.len)) {
      size_t n = t.len + sizeof "x-aws-ec2-metadata-token: ";
      *out = ek_mem_alloc(n);
      snprintf(*out, n, "x-aws-ec2-metadata-token: %.*s", (int)t.len, t.ptr);
      got = 1;
    }
  } else if (v1 && !ek_aws_is_set(a->profiles, a->profile, "AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled"))
    got = 0;
  ek_secret_answer_free(&answer);
  return got;
}

/* A path of the metadata as text; NULL: no answer, or *code is not 200. */
static char *
metadata_get(const ek_ask *a, const char *base, const char *path, const char *token, int *code)
{
  const char *headers[] = { token, NULL };
  char url[800], *text = NULL;
  ek_http_answer answer = { 0 };
  snprintf(url, sizeof url, "%s%s", base, path);
  *code = 0;
  if (ek_ask_http(a, "GET", url, headers, 1, &answer, NULL) == EK_HTTP_FAULT_NONE) {
    *code = answer.code;
    if (answer.code == 200 && answer.body.len)
      text = ek_mem_strndup(answer.body.data, answer.body.len);
  }
  ek_secret_answer_free(&answer);
  return text;
}

static int
disabled(void)
{
  const char *v = ek_aws_env("AWS_EC2_METADATA_DISABLED");
  return v && !strcasecmp(v, "true");
}

int
ek_provide_metadata(const ek_ask *a, ek_found *out, ek_text *tried, ek_error *e)
{
  char base[300], path[500], *token = NULL;
  int code = 0, step = EK_STEP_NOTHING;
  if (disabled()) {
    ek_tried(tried, "container and instance metadata (AWS_EC2_METADATA_DISABLED is set)");
    return EK_STEP_NOTHING;
  }
  metadata_base(a, base, sizeof base);
  int how = session(a, base, &token);
  char *role = how < 0 ? NULL : metadata_get(a, base, ROLES, token, &code);
  if (role) {
    role[strcspn(role, "\r\n")] = 0;
    EK_AUTO(ek_text_free) ek_text encoded = { 0 };
    ek_aws_encode(&encoded, ek_aws_str(role), 0);
    snprintf(path, sizeof path, ROLES "%.400s", ek_text_c(&encoded));
    char *json = metadata_get(a, base, path, token, &code);
    if (json)
      step = ek_found_json(ek_aws_str(json), "the instance metadata", out, e);
    ek_secret_free(json);
  }
  ek_secret_free(token);
  free(role);
  snprintf(out->source, sizeof out->source, "instance metadata");
  if (step == EK_STEP_NOTHING && code == 404)
    ek_tried(tried, "container and instance metadata (this machine has no role)");
  else if (step == EK_STEP_NOTHING && code && code != 200)
    ek_tried(tried, "container and instance metadata (HTTP %d)", code);
  else if (step == EK_STEP_NOTHING)
    ek_tried(tried, "container and instance metadata (no answer)");
  return step;
}

char *
ek_metadata_region(const ek_ask *a)
{
  char base[300], *token = NULL, *text = NULL;
  int code = 0;
  if (disabled())
    return NULL;
  metadata_base(a, base, sizeof base);
  if (session(a, base, &token) >= 0)
    text = metadata_get(a, base, "/latest/meta-data/placement/region", token, &code);
  ek_secret_free(token);
  if (text)
    text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] = 0;
  if (text && !*text) {
    free(text);
    text = NULL;
  }
  return text;
}
