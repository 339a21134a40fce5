/* SPDX-License-Identifier: BSD-3-Clause */
/* What curl, the guard or we ourselves ended an exchange with, in one word and one
 * sentence. The sentence names the URL without its query, which may hold secrets. */
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "http/internal.h"
#include "base/clock.h"

static const char *const codes[] = {
  [EK_HTTP_FAULT_NONE] = "ok", [EK_HTTP_FAULT_URL] = "bad_url", [EK_HTTP_FAULT_GUARD] = "address_refused",
  [EK_HTTP_FAULT_REDIRECTS] = "bad_redirect", [EK_HTTP_FAULT_TOO_LARGE] = "too_large",
  [EK_HTTP_FAULT_DEADLINE] = "deadline", [EK_HTTP_FAULT_CANCELLED] = "cancelled",
  [EK_HTTP_FAULT_RESOLVE] = "no_such_host", [EK_HTTP_FAULT_CONNECT] = "no_connection",
  [EK_HTTP_FAULT_TLS] = "tls_failed", [EK_HTTP_FAULT_CERTIFICATE] = "bad_certificate",
  [EK_HTTP_FAULT_BROKEN] = "broken_answer", [EK_HTTP_FAULT_TAPE] = "not_on_tape"
};

enum ek_http_fault
ek_http_say(ek_error *e, enum ek_http_fault fault, const char *url, const char *fmt, ...)
{
  char shown[256], why[512];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(why, sizeof why, fmt, ap);
  va_end(ap);
  ek_fail(e, EK_EXIT_FAILED, codes[fault], "%s: %s", ek_http_show_url(url, shown, sizeof shown), why);
  return fault;
}

/* An errno for people, or curl's own words. */
static const char *
system_words(const ek_exchange *x, char *buf, size_t size)
{
  long err = 0;
  const char *text = NULL;
  curl_easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &err);
  if (err)
    text = strerrordesc_np((int)err);
  if (text) {
    snprintf(buf, size, "%c%s", text[0] >= 'A' && text[0] <= 'Z' ? text[0] + 32 : text[0], text + 1);
    return buf;
  }
  return ek_show(ek_cstr(x->why), buf, size);
}

static const char *
host(const ek_exchange *x, char *buf, size_t size)
{
  char shown[300];
  ek_show(ek_cstr(x->url.host), shown, sizeof shown);
  snprintf(buf, size, strchr(shown, ':') ? "[%s]:%u" : "%s:%u", shown, x->url.port);
  return buf;
}

static const char *
proxy(const ek_exchange *x, char *buf, size_t size)
{
  char shown[256];
  snprintf(buf, size, "the proxy %s", ek_http_show_url(x->proxy, shown, sizeof shown));
  return buf;
}

/* Who was to be connected to. */
static const char *
peer(const ek_exchange *x, char *buf, size_t size)
{
  return x->proxy && !x->probing ? proxy(x, buf, size) : host(x, buf, size);
}

static enum ek_http_fault
say_guard(ek_exchange *x)
{
  char shown[300];
  ek_show(ek_cstr(x->url.host), shown, sizeof shown);
  ek_http_say(x->e, EK_HTTP_FAULT_GUARD, x->url.text, "%s is not a public address: %s", x->refused_address, x->refused);
  ek_help(x->e, "if this host is meant to be asked, add '%s' to network.allow", shown);
  return EK_HTTP_FAULT_GUARD;
}

static enum ek_http_fault
say_too_late(ek_exchange *x)
{
  char who[300];
  if (ek_monotonic_ns() >= x->spec->deadline_ns)
    return ek_http_say(x->e, EK_HTTP_FAULT_DEADLINE, x->url.text, x->sends ? "the answer was not complete in time" :
                                                                            "there was no connection in time");
  return ek_http_say(x->e, EK_HTTP_FAULT_CONNECT, x->url.text, "no connection to %s in time", peer(x, who, sizeof who));
}

/* TLS is spoken with the host through the tunnel of a proxy, and with a proxy only where its own address says so. */
static const char *
tls_peer(const ek_exchange *x, char *buf, size_t size)
{
  return x->proxy && strncasecmp(x->proxy, "https:", 6) == 0 ? proxy(x, buf, size) : host(x, buf, size);
}

static enum ek_http_fault
say_tls(ek_exchange *x)
{
  char why[256], who[300];
  return ek_http_say(x->e, EK_HTTP_FAULT_TLS, x->url.text, "no trusted TLS connection to %s: %s",
                     tls_peer(x, who, sizeof who), ek_show(ek_cstr(x->why), why, sizeof why));
}

static const char *
of_dates(long verdict)
{
  return verdict == X509_V_ERR_CERT_HAS_EXPIRED ? "has expired" :
         verdict == X509_V_ERR_CERT_NOT_YET_VALID ? "is not valid yet" : NULL;
}

static int
of_issuer(long verdict)
{
  return verdict == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT || verdict == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
         verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         verdict == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

/* What is wrong with it stays wrong, so each says what to do. */
static enum ek_http_fault
say_certificate(ek_exchange *x, CURLcode rc)
{
  enum ek_http_fault f = EK_HTTP_FAULT_CERTIFICATE;
  char why[256], who[300];
  long ours = 0, theirs = 0;
  ek_show(ek_cstr(x->why[0] ? x->why : curl_easy_strerror(rc)), why, sizeof why);
  if (rc == CURLE_SSL_CACERT_BADFILE) {
    ek_http_say(x->e, f, x->url.text, "the trusted certificates cannot be read: %s", why);
    ek_help(x->e, x->client->options.ca_bundle ?
                  "network.ca_bundle (or AWS_CA_BUNDLE) is to name a file of certificates" :
                  "install the package ca-certificates, or name a file of certificates in network.ca_bundle");
    return f;
  }
  curl_easy_getinfo(x->easy, CURLINFO_SSL_VERIFYRESULT, &ours);
  curl_easy_getinfo(x->easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &theirs);
  if (theirs)
    ours = theirs;
  const char *name = theirs ? proxy(x, who, sizeof who) : host(x, who, sizeof who), *dates = of_dates(ours);
  if (dates) {
    ek_http_say(x->e, f, x->url.text, "the certificate of %s %s", name, dates);
    ek_help(x->e, "if the clock of this machine is right, those who run the server must renew it");
  } else if (of_issuer(ours)) {
    ek_http_say(x->e, f, x->url.text, "the certificate of %s is of an authority that is not trusted here (%s)", name,
                X509_verify_cert_error_string(ours));
    ek_help(x->e, "if this is the server that you mean, name the file of its authority's certificate in "
                  "network.ca_bundle");
  } else if (strstr(x->why, "target host name")) {   /* curl judges names itself, and says so in words only */
    ek_http_say(x->e, f, x->url.text, "the certificate of %s is for another name (%s)", name, why);
    ek_help(x->e, "ask it by a name that stands in the certificate, if this is the server that you mean");
  } else
    ek_http_say(x->e, f, x->url.text, "the certificate of %s is not accepted: %s", name, why);
  return f;
}

static enum ek_http_fault
say_connect(ek_exchange *x)
{
  char why[256], who[300];
  return ek_http_say(x->e, EK_HTTP_FAULT_CONNECT, x->url.text, "cannot connect to %s: %s", peer(x, who, sizeof who),
                     system_words(x, why, sizeof why));
}

static enum ek_http_fault
say_resolve(ek_exchange *x)
{
  char who[300];
  ek_http_say(x->e, EK_HTTP_FAULT_RESOLVE, x->url.text, "the name of %s is not known", peer(x, who, sizeof who));
  if (x->probing)
    ek_help(x->e, "behind a proxy, names are looked up here too, to see that their addresses are public; "
                  "a host in network.allow is left to the proxy");
  return EK_HTTP_FAULT_RESOLVE;
}

static enum ek_http_fault
say_broken(ek_exchange *x, CURLcode rc)
{
  char why[256];
  if (x->headers_too_large)
    return ek_http_say(x->e, EK_HTTP_FAULT_BROKEN, x->url.text, "the answer's headers are too large");
  if (rc == CURLE_GOT_NOTHING)
    return ek_http_say(x->e, EK_HTTP_FAULT_BROKEN, x->url.text, "the connection was closed without an answer");
  if (rc == CURLE_PARTIAL_FILE)
    return ek_http_say(x->e, EK_HTTP_FAULT_BROKEN, x->url.text, "the answer was cut off");
  if (rc == CURLE_ABORTED_BY_CALLBACK)
    return ek_http_say(x->e, EK_HTTP_FAULT_BROKEN, x->url.text, "the connection was closed while the request was sent");
  const char *words = x->why[0] ? x->why : curl_easy_strerror(rc);
  return ek_http_say(x->e, EK_HTTP_FAULT_BROKEN, x->url.text, "the answer is broken: %s",
                     ek_show(ek_cstr(words), why, sizeof why));
}

static int
is_certificate(CURLcode rc)
{
  return rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_SSL_ISSUER_ERROR ||
         rc == CURLE_SSL_INVALIDCERTSTATUS;
}

static int
is_tls(CURLcode rc)
{
  switch (rc) {
  case CURLE_SSL_CONNECT_ERROR: case CURLE_SSL_CERTPROBLEM: case CURLE_SSL_CIPHER: case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_PINNEDPUBKEYNOTMATCH: case CURLE_SSL_ENGINE_NOTFOUND: case CURLE_SSL_ENGINE_SETFAILED:
  case CURLE_SSL_ENGINE_INITFAILED: case CURLE_USE_SSL_FAILED:
    return 1;
  default:
    return 0;
  }
}

enum ek_http_fault
ek_exchange_fault(ek_exchange *x, CURLcode rc)
{
  char shown[300];
  /* A host may have several addresses: only one that was tried can have failed otherwise. */
  if (x->refused && (x->probing || !x->opened))
    return say_guard(x);
  if (x->too_large)
    return ek_http_say(x->e, EK_HTTP_FAULT_TOO_LARGE, x->url.text, "the answer is larger than %llu bytes",
                       (unsigned long long)ek_exchange_limit(x));
  if (rc == CURLE_OPERATION_TIMEDOUT)
    return say_too_late(x);
  if (rc == CURLE_COULDNT_RESOLVE_HOST)
    return say_resolve(x);
  if (rc == CURLE_COULDNT_RESOLVE_PROXY)
    return ek_http_say(x->e, EK_HTTP_FAULT_RESOLVE, x->url.text, "the name of the proxy %s is not known",
                       ek_http_show_url(x->proxy, shown, sizeof shown));
  if (is_certificate(rc))
    return say_certificate(x, rc);
  if (is_tls(rc))
    return say_tls(x);
  if (rc == CURLE_URL_MALFORMAT)
    return ek_http_say(x->e, EK_HTTP_FAULT_URL, x->url.text, "the URL is not valid");
  return x->sends ? say_broken(x, rc) : say_connect(x);
}
