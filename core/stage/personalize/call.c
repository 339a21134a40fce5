/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/personalize/call.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/clock.h"

#define TRIES 10u
#define FIRST_TRIES 3u               /* of a host that has never been there      */
#define SEC INT64_C(1000000000)
#define CALL_NS (60 * SEC)
#define MOST_ANSWER ((uint64_t)8 << 20)

/* The model marks all others idempotent. */
static int
may_repeat(const char *operation)
{
  static const char *const once[] = { "CreateDatasetGroup", "CreateDatasetImportJob", "CreateSolution",
                                      "CreateSolutionVersion", "CreateEventTracker" };
  for (size_t i = 0; i < sizeof once / sizeof *once; i++)
    if (strcmp(once[i], operation) == 0)
      return 0;
  return 1;
}

int
ek_pz_stopped(void *arg)
{
  const ek_cloud *c = arg;
  return c->watch && c->watch->stop && *c->watch->stop;
}

int
ek_pz_sleep(ek_cloud *c, int64_t ns, ek_error *e)
{
  int64_t until = ek_monotonic_ns() + ns;
  for (;;) {
    int64_t left = until - ek_monotonic_ns();
    if (ek_pz_stopped(c)) {
      ek_fail(e, EK_EXIT_STOPPED, "interrupted", "interrupted; what was asked for goes on in the account");
      return ek_help(e, "run the same command again: it goes on from there");
    }
    if (left <= 0)
      return 0;
    if (left > SEC / 10)
      left = SEC / 10;
    nanosleep(&(struct timespec){ 0, (long)left }, NULL);
  }
}

/* ---- what went wrong, in words ------------------------------------------------------- */

/* As in ARNs: "dataset-group" of "CreateDatasetGroup". */
static const char *
noun_of(const char *operation)
{
  static const char *const of[][2] = { { "DatasetGroup", "dataset-group" }, { "Solution", "solution" }, { "Campaign", "campaign" },
                                       { "Schema", "schema" }, { "EventTracker", "event-tracker" } };
  for (size_t i = 0; i < sizeof of / sizeof *of; i++)
    if (strncmp(operation, "Create", 6) == 0 && strcmp(operation + 6, of[i][0]) == 0)
      return of[i][1];
  return "*";
}

/* "dataset/allstore/ITEMS", of the ARN that the operation is about; else its name. */
static void
resource_of(const char *operation, const json_t *in, char *buf, size_t size)
{
  char shown[160];
  static const char *const members[] = { "datasetImportJobArn", "campaignArn", "solutionVersionArn", "solutionArn",
                                         "datasetArn", "schemaArn", "datasetGroupArn" };
  const char *name = json_string_value(json_object_get(in, "name"));
  if (name) {                        /* of what it would make                    */
    snprintf(buf, size, "%s/%s", noun_of(operation), ek_show(ek_cstr(name), shown, sizeof shown));
    return;
  }
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    const char *s = json_string_value(json_object_get(in, members[i]));
    if (!s)
      continue;
    if (strncmp(s, "arn:", 4) == 0)
      for (int colons = 0; *s && colons < 5; s++)
        colons += *s == ':';
    snprintf(buf, size, "%s", ek_show(ek_cstr(s), shown, sizeof shown));
    return;
  }
  snprintf(buf, size, "*");
}

static enum ek_pz
say(enum ek_pz what, const char *operation, const json_t *in, const ek_aws_error *err, ek_error *e)
{
  char resource[200];
  resource_of(operation, in, resource, sizeof resource);
  switch (err->class) {
  case EK_AWS_DENIED:
    if (strstr(err->name, "AccessDenied") || strstr(err->name, "NotAuthorized")) {
      ek_fail(e, EK_EXIT_REFUSED, "access_denied", "access denied: the caller may not personalize:%s on %s", operation,
              resource);
      ek_help(e, "'enrichkit policy --caller' prints the least policy for this configuration. The service says: %s",
              err->message);
    } else {
      ek_fail(e, EK_EXIT_REFUSED, "credentials_refused", "Amazon Personalize refuses the credentials: %s: %s", err->name,
              err->message);
      ek_help(e, "see which they are with 'enrichkit check'; aws.profile picks others");
    }
    break;
  case EK_AWS_EXPIRED:
    ek_fail(e, EK_EXIT_STOPPED, "credentials_expired", "the credentials expired and there are no newer ones: %s",
            err->message);
    ek_help(e, "get new ones, then run the same command again: it goes on from here");
    break;
  case EK_AWS_QUOTA:
    ek_fail(e, EK_EXIT_STOPPED, "quota", "a quota of the account is reached at personalize:%s on %s: %s", operation,
            resource, err->message);
    ek_help(e, "delete what is no longer needed, or ask for a higher quota (Service Quotas, Amazon Personalize); then run "
               "the same command again");
    break;
  default:
    ek_fail(e, EK_EXIT_FAILED, "service_refused", "personalize:%s on %s: %s%s%s (HTTP %d, request %s)", operation,
            resource, err->name, err->name[0] ? ": " : "", err->message, err->http,
            err->request_id[0] ? err->request_id : "unknown");
  }
  return what;
}

static enum ek_pz
meaning(enum ek_aws_class class)
{
  switch (class) {
  case EK_AWS_OK: return EK_PZ_OK;
  case EK_AWS_EXISTS: return EK_PZ_EXISTS;
  case EK_AWS_NOT_FOUND: return EK_PZ_NOT_FOUND;
  case EK_AWS_BUSY: return EK_PZ_BUSY;
  case EK_AWS_QUOTA: return EK_PZ_QUOTA;
  default: return EK_PZ_FAILED;
  }
}

/* ---- one operation ---------------------------------------------------------------------- */

static int64_t
jitter(unsigned attempt)
{
  int64_t top = SEC / 4;
  for (unsigned i = 1; i < attempt && top < 20 * SEC; i++)
    top *= 2;
  if (top > 20 * SEC)
    top = 20 * SEC;
  return (int64_t)((double)top * ((double)((uint64_t)ek_monotonic_ns() * 2654435761u % 1000000) / 1e6));
}

static enum ek_pz
read_answer(const char *operation, const ek_http_answer *a, json_t **out, ek_error *e)
{
  json_error_t je;
  *out = a->body.len ? json_loadb(a->body.data, a->body.len, 0, &je) : json_object();
  if (json_is_object(*out))
    return EK_PZ_OK;
  json_decref(*out);
  *out = NULL;
  ek_fail(e, EK_EXIT_FAILED, "bad_answer", "personalize:%s: the answer is not a JSON object", operation);
  return EK_PZ_FAILED;
}

/* Whether a fault can be tried again: the request never left, or asking twice does no harm. */
static int
worth_another(enum ek_http_fault f)
{
  return f == EK_HTTP_FAULT_RESOLVE || f == EK_HTTP_FAULT_CONNECT || f == EK_HTTP_FAULT_BROKEN ||
         f == EK_HTTP_FAULT_DEADLINE;
}

/* A host that has never been there is more likely a region without the service than a network that is away. */
static void
say_fault(const ek_cloud *c, enum ek_http_fault fault, ek_error *e)
{
  e->status = EK_EXIT_STOPPED;       /* the network may come back              */
  if (fault == EK_HTTP_FAULT_RESOLVE && !c->answered)
    ek_help(e, "is there Amazon Personalize in region %s? aws.region names another; if the network was away, run the same "
               "command again: it goes on from there", c->region);
  else
    ek_help(e, "run the same command again: it goes on from there");
}

typedef struct attempt { enum ek_pz result; int again; unsigned tries; int64_t wait_ns; } attempt;

static attempt
try_once(ek_cloud *c, const char *operation, const json_t *in, ek_str body, json_t **out, ek_error *e)
{
  char target[120];
  snprintf(target, sizeof target, "X-Amz-Target: AmazonPersonalize.%s", operation);
  const char *headers[] = { "Content-Type: application/x-amz-json-1.1", target, NULL };
  ek_aws_request q = { .service = "personalize", .region = c->region[0] ? c->region : NULL, .method = "POST",
                       .path = "/", .headers = headers, .body = body, .max_response = MOST_ANSWER,
                       .deadline_ns = ek_monotonic_ns() + CALL_NS, .cancelled = ek_pz_stopped, .cancelled_arg = c };
  ek_http_answer a = { 0 };
  ek_aws_error err;
  attempt r = { .result = EK_PZ_FAILED, .tries = TRIES, .wait_ns = -1 };
  enum ek_http_fault fault = ek_aws_perform(c->aws, &q, &a, &err, e);
  int repeat = may_repeat(operation);
  c->answered |= fault == EK_HTTP_FAULT_NONE;

  if (fault == EK_HTTP_FAULT_CANCELLED) {
    ek_fail(e, EK_EXIT_STOPPED, "interrupted", "interrupted; what was asked for goes on in the account");
    ek_help(e, "run the same command again: it goes on from there");
    r.result = a.sent && !repeat ? EK_PZ_LOST : EK_PZ_FAILED;
  } else if (fault != EK_HTTP_FAULT_NONE) {
    if (worth_another(fault)) {
      say_fault(c, fault, e);
      if (fault == EK_HTTP_FAULT_RESOLVE && !c->answered)
        r.tries = FIRST_TRIES;
      r.again = repeat || !a.sent;
      r.result = r.again ? EK_PZ_FAILED : EK_PZ_LOST;
    }
  } else if (err.class == EK_AWS_OK)
    r.result = read_answer(operation, &a, out, e);
  else if (err.class == EK_AWS_THROTTLED || err.class == EK_AWS_TRANSIENT) {
    say(EK_PZ_FAILED, operation, in, &err, e);
    e->status = EK_EXIT_STOPPED;
    r.wait_ns = err.retry_after_ns;
    /* A throttle was not done; behind a 500 it may have been. */
    r.again = repeat || err.class == EK_AWS_THROTTLED;
    r.result = r.again ? EK_PZ_FAILED : EK_PZ_LOST;
  } else
    r.result = say(meaning(err.class), operation, in, &err, e);
  ek_http_answer_free(&a);
  return r;
}

enum ek_pz
ek_pz_call(ek_cloud *c, const char *operation, json_t *in, json_t **out, ek_error *e)
{
  EK_FREE char *body = json_dumps(in, JSON_COMPACT);
  json_t *ignored = NULL;
  attempt r = { .result = EK_PZ_FAILED };
  if (strncmp(operation, "Describe", 8) != 0 && strncmp(operation, "List", 4) != 0 && strncmp(operation, "Get", 3) != 0)
    json_object_clear(c->seen);

  if (!out)
    out = &ignored;
  *out = NULL;
  for (unsigned i = 1; i <= TRIES; i++) {
    r = try_once(c, operation, in, ek_cstr(body), out, e);
    if (!r.again || i == r.tries)
      break;
    ek_debug("personalize:%s: try %u failed: %s", operation, i, e->message);
    if (ek_pz_sleep(c, r.wait_ns >= 0 ? r.wait_ns : jitter(i), e) < 0)
      return EK_PZ_FAILED;
  }
  if (r.result == EK_PZ_OK)
    *e = (ek_error){ 0 };
  json_decref(ignored);
  return r.result;
}

enum ek_pz
ek_pz_describe_one(ek_cloud *c, const char *operation, const char *member, const char *arn, int peek, json_t **out,
                   ek_error *e)
{
  json_t *in;
  enum ek_pz r;
  *out = peek ? json_incref(json_object_get(c->seen, arn)) : NULL;
  if (*out)
    return EK_PZ_OK;
  in = json_pack("{s:s}", member, arn);
  r = ek_pz_call(c, operation, in, out, e);
  json_decref(in);
  if (!c->seen)
    c->seen = json_object();
  if (r == EK_PZ_OK)
    json_object_set(c->seen, arn, *out);
  else
    json_object_del(c->seen, arn);
  return r;
}

json_t *
ek_pz_take_seen(ek_cloud *c, const char *arn)
{
  json_t *d = json_incref(json_object_get(c->seen, arn));
  if (d)
    json_object_del(c->seen, arn);
  return d;
}

json_t *
ek_pz_list(ek_cloud *c, const char *operation, json_t *in, const char *member, ek_error *e)
{
  json_t *all = json_array(), *page = NULL, *q = in ? json_deep_copy(in) : json_object();
  json_object_set_new(q, "maxResults", json_integer(100));
  for (;;) {
    if (ek_pz_call(c, operation, q, &page, e) != EK_PZ_OK) {
      json_decref(all);
      all = NULL;
      break;
    }
    json_array_extend(all, json_object_get(page, member));
    json_t *next = json_object_get(page, "nextToken");
    int more = json_is_string(next) && json_string_length(next) > 0;
    if (more)
      json_object_set(q, "nextToken", next);
    json_decref(page);
    if (!more)
      break;
  }
  json_decref(q);
  return all;
}
