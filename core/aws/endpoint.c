/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/endpoint.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "aws/hash.h"
#include "base/cleanup.h"

/* By the beginning of a region's name; the first that fits. */
static const struct { const char *prefix, *suffix, *dual; } partitions[] = {
  { "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn" },
  { "us-gov-", "amazonaws.com", "api.aws" },
  { "us-isob-", "sc2s.sgov.gov", NULL },
  { "us-isof-", "csp.hci.ic.gov", NULL },
  { "us-iso-", "c2s.ic.gov", NULL },
  { "eu-isoe-", "cloud.adc-e.uk", NULL },
  { "eusc-", "amazonaws.eu", "api.amazonwebservices.eu" },
  { "", "amazonaws.com", "api.aws" }
};

const char *
ek_aws_env(const char *name)
{
  const char *v = getenv(name);
  return v && *v ? v : NULL;
}

const char *
ek_aws_profile_name(const char *configured)
{
  if (configured && *configured)
    return configured;
  const char *v = ek_aws_env("AWS_DEFAULT_PROFILE");
  if (!v)
    v = ek_aws_env("AWS_PROFILE");
  return v ? v : "default";
}

int
ek_aws_is_set(const ek_aws_profiles *p, const char *profile, const char *variable, const char *key)
{
  const char *v = ek_aws_env(variable);
  if (!v && key)
    v = ek_aws_profile_get(p, profile, key);
  return v && !strcasecmp(v, "true");
}

const char *
ek_aws_signing_name(const char *service)
{
  return !strncmp(service, "personalize-", 12) ? "personalize" : service;
}

static int
refuse(const char *url, const char *whence, const char *why, ek_error *e)
{
  char shown[160];
  const char *at = strrchr(url, '@');
  /* What stands before '@' may be a password. */
  ek_str s = ek_aws_str(at ? at : url);
  ek_fail(e, EK_EXIT_REFUSED, "bad_endpoint", "%s is no endpoint: '%s%s' %s", whence, at ? "..." : "",
          ek_show(s, shown, sizeof shown), why);
  return ek_help(e, "write scheme, host and port: https://rekognition.eu-west-1.amazonaws.com, http://127.0.0.1:4566");
}

static int
host_byte(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr(".-_", c);
}

/* Length of "host" or "[v6]"; 0: none. */
static size_t
host_length(const char *s)
{
  size_t n = 0;
  if (*s == '[') {
    n = strspn(s + 1, "0123456789abcdefABCDEF:.");
    return n && s[n + 1] == ']' ? n + 2 : 0;
  }
  while (s[n] && host_byte(s[n]))
    n++;
  return n;
}

/* ":port" after a host: its length, 0 where there is none, -1: not a port. */
static int
port_length(const char *s)
{
  if (*s != ':')
    return 0;
  size_t n = strspn(s + 1, "0123456789");
  long port = n && n <= 5 ? strtol(s + 1, NULL, 10) : 0;
  return port > 0 && port <= 65535 ? (int)n + 1 : -1;
}

int
ek_aws_read_endpoint(const char *url, const char *whence, ek_aws_endpoint *out, ek_error *e)
{
  int https = !strncasecmp(url, "https://", 8);
  if (!https && strncasecmp(url, "http://", 7))
    return refuse(url, whence, "does not begin with https:// or http://", e);
  const char *host = url + (https ? 8 : 7);
  size_t n = host_length(host);
  int port = n ? port_length(host + n) : 0;
  const char *path = host + n + (port > 0 ? port : 0);
  if (strchr(host, '@'))
    return refuse(url, whence, "holds a user name", e);
  if (!n || n > 250)
    return refuse(url, whence, "has no host", e);
  if (port < 0 || (*path && *path != '/'))
    return refuse(url, whence, "has something that is no port after the host", e);
  size_t path_len = strlen(path);
  while (path_len && path[path_len - 1] == '/')
    path_len--;
  if (strpbrk(path, "?# \t\r\n") || path_len >= sizeof out->path)
    return refuse(url, whence, "has a path that is no path to a service", e);
  /* A client leaves the default port out of the Host header: what is signed does too. */
  const char *standard = https ? ":443" : ":80";
  if (port > 0 && (size_t)port == strlen(standard) && !strncmp(host + n, standard, (size_t)port))
    port = 0;
  memset(out, 0, sizeof *out);
  snprintf(out->host, sizeof out->host, "%.*s%.*s", (int)n, host, port, host + n);
  for (char *p = out->host; *p; p++)
    *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 'a' - 'A' : *p);
  snprintf(out->scheme_host, sizeof out->scheme_host, "%s://%.290s", https ? "https" : "http", out->host);
  snprintf(out->path, sizeof out->path, "%.*s", (int)path_len, path);
  out->custom = 1;
  return 0;
}

/* Of environment and profile, in that order; *whence says which. NULL: none. */
static const char *
configured(const ek_aws_place *p, const char *service, char *whence, size_t size)
{
  char name[64], key[64];
  if (ek_aws_is_set(p->profiles, p->profile, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"))
    return NULL;
  snprintf(key, sizeof key, "%.40s", service);
  for (char *c = key; *c; c++)
    *c = *c == '-' ? '_' : *c;
  int n = snprintf(name, sizeof name, "AWS_ENDPOINT_URL_%s", key);
  for (int i = 0; i < n; i++)
    name[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] + 'A' - 'a' : name[i]);
  const char *url = ek_aws_env(name);
  snprintf(whence, size, "%s", name);
  if (!url && (url = ek_aws_env("AWS_ENDPOINT_URL")) != NULL)
    snprintf(whence, size, "AWS_ENDPOINT_URL");
  const char *services = url ? NULL : ek_aws_profile_get(p->profiles, p->profile, "services");
  if (services && (url = ek_aws_services_get(p->profiles, services, key, "endpoint_url")) != NULL)
    snprintf(whence, size, "endpoint_url of %s in [services %.60s]", key, services);
  if (!url && (url = ek_aws_profile_get(p->profiles, p->profile, "endpoint_url")) != NULL)
    snprintf(whence, size, "endpoint_url of profile '%.60s'", p->profile);
  return url && *url ? url : NULL;
}

/* Letters, digits, hyphens, as in a host's name: nothing else may become part of one. */
static int
label(const char *s)
{
  size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
  return n && n < 64 && !s[n] && s[0] != '-' && s[n - 1] != '-';
}

static int
standard(const char *service, const char *region, int fips, int dual, ek_aws_endpoint *out, ek_error *e)
{
  char shown[160];
  int s3 = !strcmp(service, "s3"), sts = !strcmp(service, "sts");
  if (!label(service) || (*region && !label(region))) {
    ek_show(ek_aws_str(region), shown, sizeof shown);
    ek_fail(e, EK_EXIT_REFUSED, "bad_region", "'%s' is no AWS region", shown);
    return ek_help(e, "a region is written like eu-west-1");
  }
  size_t i = 0;
  while (strncmp(region, partitions[i].prefix, strlen(partitions[i].prefix)))
    i++;
  const char *suffix = dual && !s3 ? partitions[i].dual : partitions[i].suffix;
  if (!suffix) {
    ek_fail(e, EK_EXIT_REFUSED, "bad_endpoint", "there are no dual-stack endpoints in %s", region);
    return ek_help(e, "unset AWS_USE_DUALSTACK_ENDPOINT");
  }
  /* In the government's regions the plain endpoint of STS is the FIPS one. */
  const char *f = fips && !(sts && !strncmp(region, "us-gov-", 7)) ? "-fips" : "";
  memset(out, 0, sizeof *out);
  if (sts && !*region)
    snprintf(out->host, sizeof out->host, "sts.amazonaws.com");
  else
    snprintf(out->host, sizeof out->host, "%s%s%s.%s.%s", service, f, dual && s3 ? ".dualstack" : "", region, suffix);
  snprintf(out->scheme_host, sizeof out->scheme_host, "https://%.290s", out->host);
  return 0;
}

int
ek_aws_find_endpoint(const ek_aws_place *p, const char *service, const char *region, ek_aws_endpoint *out, ek_error *e)
{
  char whence[200] = "aws.endpoint_url";
  const char *url = p->endpoint_url && *p->endpoint_url ? p->endpoint_url
                    : configured(p, service, whence, sizeof whence);
  int fips = ek_aws_is_set(p->profiles, p->profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
  int dual = ek_aws_is_set(p->profiles, p->profile, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
  if (!url)
    return standard(service, region ? region : "", fips, dual, out, e);
  if (fips || dual) {
    ek_fail(e, EK_EXIT_REFUSED, "bad_endpoint", "%s names an endpoint, and %s (or the profile) asks for another",
            whence, fips ? "AWS_USE_FIPS_ENDPOINT" : "AWS_USE_DUALSTACK_ENDPOINT");
    return ek_help(e, "unset one of them");
  }
  return ek_aws_read_endpoint(url, whence, out, e);
}
