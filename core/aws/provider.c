/* SPDX-License-Identifier: BSD-3-Clause */
/* What the steps of the credential chain share. */
#include "aws/provider.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include "aws/hash.h"
#include "aws/secret.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/number.h"

#define MOST_FILE ((size_t)64 << 10)

void
ek_found_clear(ek_found *f)
{
  free(f->id);
  ek_secret_free(f->secret);
  ek_secret_free(f->token);
  *f = (ek_found){ 0 };
}

void
ek_tried(ek_text *t, const char *fmt, ...)
{
  if (!t)
    return;
  va_list ap;
  if (t->len)
    ek_text_cstr(t, ", ");
  va_start(ap, fmt);
  ek_text_vprintf(t, fmt, ap);
  va_end(ap);
}

int
ek_step_fail(ek_error *e, const char *fmt, ...)
{
  char text[900];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  ek_fail(e, EK_EXIT_REFUSED, "no_credentials", "no AWS credentials: %s", text);
  return EK_STEP_ERROR;
}

void
ek_export_help(ek_error *e, const char *profile, int explicit_profile)
{
  ek_help(e, "sign in with the AWS command line, then: "
          "eval \"$(aws configure export-credentials --profile %s --format env)\"%s", profile,
          explicit_profile ? ", and leave aws.profile out" : "");
}

static const char *
member(const json_t *j, const char *name)
{
  const char *s = json_string_value(json_object_get(j, name));
  return s && *s ? s : NULL;
}

/* jansson gives its memory back unwiped. */
static void
wipe(const json_t *j, const char *name)
{
  json_t *v = json_object_get(j, name);
  if (json_is_string(v))
    OPENSSL_cleanse((char *)json_string_value(v), json_string_length(v));
}

static int
take(const json_t *j, const char *who, ek_found *out, ek_error *e)
{
  const char *id = member(j, "AccessKeyId"), *secret = member(j, "SecretAccessKey"), *token = member(j, "Token");
  const char *expires = member(j, "Expiration");
  if (!token)
    token = member(j, "SessionToken");
  if (!id || !secret)
    return ek_step_fail(e, "the answer of %s has no %s", who, id ? "SecretAccessKey" : "AccessKeyId");
  int64_t t = 0;
  if (expires && !ek_number_iso8601(ek_aws_str(expires), &t)) {
    char shown[160];
    return ek_step_fail(e, "the answer of %s expires at '%s', which is no time", who,
                        ek_show(ek_aws_str(expires), shown, sizeof shown));
  }
  out->id = ek_mem_strdup(id);
  out->secret = ek_mem_strdup(secret);
  out->token = token ? ek_mem_strdup(token) : NULL;
  out->expires = t;
  return EK_STEP_FOUND;
}

int
ek_found_json(ek_str json, const char *who, ek_found *out, ek_error *e)
{
  json_t *j = json_loadb(json.len ? json.ptr : "", json.len, 0, NULL);
  int step = json_is_object(j) ? take(j, who, out, e) : ek_step_fail(e, "the answer of %s is no JSON object", who);
  if (j) {
    wipe(j, "SecretAccessKey");
    wipe(j, "Token");
    wipe(j, "SessionToken");
  }
  json_decref(j);
  return step;
}

enum ek_http_fault
ek_ask_http(const ek_ask *a, const char *method, const char *url, const char *const *headers, double seconds,
            ek_http_answer *out, ek_error *e)
{
  int64_t wait = (int64_t)(seconds * 1e9);
  ek_http_request_spec spec = { .method = method, .url = url, .headers = headers, .max_response = 256 << 10,
    .deadline_ns = ek_monotonic_ns() + wait, .connect_timeout_ns = wait,
    .flags = EK_HTTP_TRUSTED | EK_HTTP_NO_PROXY | EK_HTTP_NO_TAPE, .cancelled = a->cancelled, .cancelled_arg = a->arg };
  return ek_http_perform(a->http, &spec, out, e);
}

char *
ek_secret_file(const char *path, ek_error *e)
{
  char shown[160];
  ek_show(ek_aws_str(path), shown, sizeof shown);
  EK_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
  EK_AUTO(ek_secret_text_free) ek_text t = { 0 };
  ek_text_reserve(&t, MOST_FILE + 1);
  for (ssize_t n = 1; fd >= 0 && n != 0 && t.len <= MOST_FILE;) {
    n = read(fd, t.data + t.len, MOST_FILE + 1 - t.len);
    if (n < 0 && errno != EINTR)
      break;
    t.len += n > 0 ? (size_t)n : 0;
    if (n == 0) {
      while (t.len && strchr("\r\n \t", t.data[t.len - 1]))
        t.len--;
      if (t.len && !memchr(t.data, 0, t.len))
        return ek_mem_strndup(t.data, t.len);
      ek_step_fail(e, "%s is empty, or no text", shown);
      return NULL;
    }
  }
  int err = errno;
  const char *why = fd >= 0 && t.len > MOST_FILE ? "it is too long" : strerrordesc_np(err);
  ek_step_fail(e, "cannot read %s: %s", shown, why ? why : "unknown error");
  return NULL;
}
