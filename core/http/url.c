/* SPDX-License-Identifier: BSD-3-Clause */
/* URLs are taken apart by the parser that will connect, so that what is judged is
 * what is asked; what it is lenient about is refused before.                */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "http/internal.h"

static const char not_url[] = "is not a URL", no_host[] = "has no host", not_http[] = "is not http or https",
                  has_user[] = "holds a user name or password", too_long[] = "is too long";

static int
is_alpha(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Length of "scheme", when a ':' follows; else 0. */
static size_t
scheme_length(const char *s)
{
  size_t n = 0;
  if (!is_alpha(s[0]))
    return 0;
  while (is_alpha(s[n]) || (s[n] >= '0' && s[n] <= '9') || s[n] == '+' || s[n] == '-' || s[n] == '.')
    n++;
  return s[n] == ':' ? n : 0;
}

static int
is_http(const char *s, size_t n)
{
  return (n == 4 && strncasecmp(s, "http", 4) == 0) || (n == 5 && strncasecmp(s, "https", 5) == 0);
}

static const char *
fault_of_bytes(const char *s)
{
  size_t n = strnlen(s, EK_URL_MAX + 1);
  if (n > EK_URL_MAX)
    return too_long;
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
      return not_url;
  return n ? NULL : not_url;
}

static const char *
fault_of_form(const char *url)
{
  size_t scheme, n;
  const char *word = fault_of_bytes(url), *at;
  if (word)
    return word;
  scheme = scheme_length(url);
  if (!scheme)
    return not_url;
  if (!is_http(url, scheme))
    return not_http;
  at = url + scheme + 1;
  if (at[0] != '/' || at[1] != '/')
    return not_url;
  at += 2;
  n = strcspn(at, "/?#");
  if (n == 0)
    return no_host;
  if (memchr(at, '@', n))
    return has_user;
  /* Escaped hosts and zones of link-local addresses serve nobody here. */
  return memchr(at, '%', n) || memchr(at, '\\', n) ? not_url : NULL;
}

static const char *
take_host(CURLU *u, ek_url *out)
{
  char *host = NULL, *port = NULL;
  const char *word = not_url, *from;
  size_t n;
  if (curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
      curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
    from = host;
    n = strlen(host);
    if (n >= 2 && host[0] == '[') {
      from++;
      n -= 2;
    } else if (n && host[n - 1] == '.')
      n--;
    long number = strtol(port, NULL, 10);
    if (n == 0 || (from[0] == '.' && n == 1))
      word = no_host;
    else if (n <= EK_HOST_MAX && number > 0 && number <= 65535) {
      for (size_t i = 0; i < n; i++)
        out->host[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] + 32 : from[i]);
      out->host[n] = 0;
      out->port = (uint16_t)number;
      word = NULL;
    }
  }
  curl_free(host);
  curl_free(port);
  return word;
}

/* What was set is complete: its text, and where it goes. */
static const char *
take_url(CURLU *u, ek_url *out)
{
  char *text = NULL;
  const char *word;
  curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
  if (curl_url_get(u, CURLUPART_URL, &text, 0) != CURLUE_OK)
    return not_url;
  word = strlen(text) > EK_URL_MAX * 3 ? too_long : take_host(u, out);
  if (!word) {
    out->text = ek_mem_strdup(text);
    out->https = strncasecmp(text, "https", 5) == 0;
  }
  curl_free(text);
  return word;
}

const char *
ek_url_parse(const char *url, int as_is, ek_url *out)
{
  const char *word;
  CURLUcode rc;
  CURLU *u;
  memset(out, 0, sizeof *out);
  word = url ? fault_of_form(url) : not_url;
  if (word)
    return word;
  u = curl_url();
  if (!u)
    return not_url;
  rc = curl_url_set(u, CURLUPART_URL, url, CURLU_URLENCODE | (as_is ? CURLU_PATH_AS_IS : 0u));
  word = rc == CURLUE_OK ? take_url(u, out) : rc == CURLUE_NO_HOST ? no_host : not_url;
  curl_url_cleanup(u);
  return word;
}

const char *
ek_url_join(const ek_url *base, ek_str location, ek_url *out)
{
  const char *word;
  char *text, *joined = NULL;
  CURLU *u;
  memset(out, 0, sizeof *out);
  if (location.len > EK_URL_MAX)
    return too_long;
  if (location.len == 0 || memchr(location.ptr, 0, location.len))
    return not_url;
  text = ek_mem_strndup(location.ptr, location.len);
  word = fault_of_bytes(text);
  if (!word && text[0] == '#')        /* the same again: curl would cut the path off */
    word = ek_url_parse(base->text, 0, out);
  else if (!word && scheme_length(text))
    word = ek_url_parse(text, 0, out);
  else if (!word) {
    word = not_url;
    u = curl_url();
    /* Parsed anew from its text: what is joined must pass as if it had been written so. */
    if (u && curl_url_set(u, CURLUPART_URL, base->text, 0) == CURLUE_OK &&
        curl_url_set(u, CURLUPART_URL, text, CURLU_URLENCODE) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_URL, &joined, 0) == CURLUE_OK)
      word = ek_url_parse(joined, 0, out);
    curl_free(joined);
    curl_url_cleanup(u);
  }
  free(text);
  return word;
}

int
ek_url_same_origin(const ek_url *a, const ek_url *b)
{
  return a->https == b->https && a->port == b->port && strcmp(a->host, b->host) == 0;
}

void
ek_url_free(ek_url *u)
{
  free(u->text);
  memset(u, 0, sizeof *u);
}

/* Where the host begins: behind user and password, also of a URL that is none. */
static const char *
behind_user(const char *authority)
{
  size_t n = strcspn(authority, "/?#\\"), all = strcspn(authority, "?#");
  const char *at = memrchr(authority, '@', n), *colon = memrchr(authority, ':', n);
  if (at)
    return at + 1;
  /* What looks like a port and is none may be the beginning of a password. */
  if (colon && authority[0] != '[' && strspn(colon + 1, "0123456789") != (size_t)(authority + n - colon - 1)) {
    at = memrchr(authority, '@', all);
    if (at)
      return at + 1;
  }
  return authority;
}

const char *
ek_http_show_url(const char *url, char *buf, size_t size)
{
  const char *from = url ? url : "", *slashes, *host;
  size_t scheme, cut = strcspn(from, "?#");
  ek_text t = { 0 };
  slashes = memmem(from, cut, "://", 3);
  scheme = slashes ? (size_t)(slashes - from) + 3 : 0;
  host = behind_user(from + scheme);
  ek_text_add(&t, from, scheme);
  ek_text_add(&t, host, cut - (size_t)(host - from));
  ek_show((ek_str){ t.data, t.len }, buf, size);
  ek_text_free(&t);
  return buf;
}
