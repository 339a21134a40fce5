/* SPDX-License-Identifier: BSD-3-Clause */
/* GetRecommendations: rest-json, POST /recommendations at personalize-runtime. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "stage/personalize/account.h"
#include "stage/personalize/cloud.h"

#define TRIES 8
#define SEC INT64_C(1000000000)
#define GAP_NS (SEC / 500)           /* a campaign answers 500 a second at most */

struct ek_pz_runtime {
  ek_cloud cloud;
  char campaign[EK_ARN], filter[EK_ARN];         /* filter "": none               */
  pthread_mutex_t lock;              /* next_ns                                  */
  int64_t next_ns;
};

/* The campaign's ARN: as written, from the state, or found by name. */
static int
campaign_arn(ek_cloud *c, const char *campaign, char arn[EK_ARN], ek_error *e)
{
  ek_thing t;
  json_t *all, *one;
  size_t i;
  arn[0] = 0;
  if (ek_pz_is_arn(campaign))
    snprintf(arn, EK_ARN, "%s", campaign);
  else if (ek_state_find(c->state, "campaign", campaign, &t) && t.arn)
    snprintf(arn, EK_ARN, "%s", t.arn);
  if (arn[0])
    return 0;
  all = ek_pz_list(c, "ListCampaigns", NULL, "campaigns", e);
  if (!all)
    return -1;
  json_array_foreach(all, i, one) {
    const char *name = json_string_value(json_object_get(one, "name")), *a = json_string_value(json_object_get(one, "campaignArn"));
    if (name && a && strcmp(name, campaign) == 0)
      snprintf(arn, EK_ARN, "%s", a);
  }
  json_decref(all);
  if (arn[0])
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "no_campaign", "there is no campaign '%s' in this account and region", campaign);
  return ek_help(e, "--campaign NAME asks another one; 'enrichkit describe campaign' lists those of this configuration");
}

static int
no_filter(const char *filter, const char *group_arn, ek_error *e)
{
  char shown[160];
  ek_fail(e, EK_EXIT_REFUSED, "no_filter", "there is no filter '%s' in data set group '%s'",
          ek_show(ek_cstr(filter), shown, sizeof shown),
          ek_pz_arn_name(group_arn));
  if (strcmp(filter, "new") == 0)
    return ek_help(e, "'new' is the local engine's; one of Amazon Personalize is made in the account, and named by its name "
                   "or ARN");
  return ek_help(e, "a filter is made in the account, and named by its name or ARN");
}

/* The filter's ARN: as written, or found by name in the group. */
static int
filter_arn(ek_cloud *c, const char *filter, char arn[EK_ARN], ek_error *e)
{
  char group[EK_ARN];
  json_t *in, *all, *one;
  size_t i;
  arn[0] = 0;
  if (!filter)
    return 0;
  if (ek_pz_is_arn(filter)) {
    snprintf(arn, EK_ARN, "%s", filter);
    return 0;
  }
  if (ek_pz_group_there(c, EK_ENSURE_LOOK, group, e) < 0)
    return -1;
  in = json_pack("{s:s}", "datasetGroupArn", group);
  all = ek_pz_list(c, "ListFilters", in, "Filters", e);
  json_decref(in);
  if (!all)
    return -1;
  json_array_foreach(all, i, one) {
    const char *name = json_string_value(json_object_get(one, "name")),
      *a = json_string_value(json_object_get(one, "filterArn"));
    if (name && a && strcmp(name, filter) == 0)
      snprintf(arn, EK_ARN, "%s", a);
  }
  json_decref(all);
  return arn[0] ? 0 : no_filter(filter, group, e);
}

static int
read_hits(const ek_http_answer *a, ek_pz_hit **hits, size_t *n, ek_error *e)
{
  json_t *o = json_loadb(a->body.data ? a->body.data : "", a->body.len, 0, NULL), *list = json_object_get(o, "itemList"), *one;
  size_t i;
  if (!json_is_array(list)) {
    json_decref(o);
    return ek_fail(e, EK_EXIT_FAILED, "bad_answer", "personalize:GetRecommendations: the answer has no itemList");
  }
  *hits = ek_mem_zero(json_array_size(list) + 1, sizeof **hits);
  json_array_foreach(list, i, one) {
    const char *id = json_string_value(json_object_get(one, "itemId"));
    const json_t *score = json_object_get(one, "score");
    if (id)
      (*hits)[(*n)++] = (ek_pz_hit){ ek_mem_strdup(id), score ? json_number_value(score) : -1 };
  }
  json_decref(o);
  return 0;
}

/* Each takes the next moment that is free, and waits for it. */
static int
keep_rate(ek_pz_runtime *r, ek_error *e)
{
  int64_t now = ek_monotonic_ns(), at;
  pthread_mutex_lock(&r->lock);
  at = r->next_ns > now ? r->next_ns : now;
  r->next_ns = at + GAP_NS;
  pthread_mutex_unlock(&r->lock);
  return at > now ? ek_pz_sleep(&r->cloud, at - now, e) : 0;
}

/* 0 answered; 1 worth another try; -1: not. */
static int
ask_once(ek_pz_runtime *r, ek_str body, ek_pz_hit **hits, size_t *n, int64_t *pause_ns, ek_error *e)
{
  static const char *const headers[] = { "Content-Type: application/json", NULL };
  ek_http_answer a = { 0 };
  ek_aws_error err = { .retry_after_ns = -1 };
  ek_aws_request q = { .service = "personalize-runtime", .region = r->cloud.region, .method = "POST",
                       .path = "/recommendations",
                       .headers = headers, .body = body, .max_response = (uint64_t)4 << 20,
                       .deadline_ns = ek_monotonic_ns() + 20 * SEC, .cancelled = ek_pz_stopped,
                         .cancelled_arg = &r->cloud };
  enum ek_http_fault f = ek_aws_perform(r->cloud.aws, &q, &a, &err, e);
  int again = f == EK_HTTP_FAULT_CONNECT || f == EK_HTTP_FAULT_BROKEN || f == EK_HTTP_FAULT_DEADLINE, result = -1;
  if (f == EK_HTTP_FAULT_NONE && err.class == EK_AWS_OK)
    result = read_hits(&a, hits, n, e);
  else {
    if (f == EK_HTTP_FAULT_NONE) {
      int bad = err.class == EK_AWS_BAD_REQUEST || err.class == EK_AWS_BAD_ITEM;
      again = err.class == EK_AWS_THROTTLED || err.class == EK_AWS_TRANSIENT;
      const char *code = err.class == EK_AWS_DENIED ? "access_denied" : bad ? "bad_question" : "service_refused";
      ek_fail(e, again ? EK_EXIT_STOPPED : EK_EXIT_FAILED, code,
              "personalize:GetRecommendations: %s%s%s (HTTP %d)", err.name, err.name[0] ? ": " : "", err.message, err.http);
    } else if (again)
      e->status = EK_EXIT_STOPPED;
    result = again ? 1 : -1;
    *pause_ns = err.retry_after_ns;
  }
  ek_http_answer_free(&a);
  return result;
}

int
ek_pz_runtime_ask(ek_pz_runtime *r, const char *user, const char *item, unsigned num, ek_pz_hit **hits, size_t *n,
                  ek_error *e)
{
  json_t *in = json_pack("{s:s, s:i}", "campaignArn", r->campaign, "numResults", (int)num);
  int result = 1;
  *hits = NULL;
  *n = 0;
  if (user)
    json_object_set_new(in, "userId", json_string(user));
  if (item)
    json_object_set_new(in, "itemId", json_string(item));
  if (r->filter[0])
    json_object_set_new(in, "filterArn", json_string(r->filter));
  EK_FREE char *body = json_dumps(in, JSON_COMPACT);
  json_decref(in);
  for (int i = 1; result == 1 && i <= TRIES; i++) {
    int64_t pause = -1;
    result = keep_rate(r, e) < 0 ? -1 : ask_once(r, ek_cstr(body), hits, n, &pause, e);
    if (result == 1 && i < TRIES && ek_pz_sleep(&r->cloud, pause > 0 ? pause : (SEC / 10) << i, e) < 0)
      result = -1;
  }
  return result ? -1 : 0;
}

ek_pz_runtime *
ek_pz_runtime_open(const ek_account *a, const char *campaign, const char *filter, const ek_stage_watch *watch,
                   ek_error *e)
{
  ek_pz_runtime *r = ek_mem_zero(1, sizeof *r);
  pthread_mutex_init(&r->lock, NULL);
  if (ek_pz_open(&r->cloud, a, watch, e) == 0 && campaign_arn(&r->cloud, campaign, r->campaign, e) == 0 &&
      filter_arn(&r->cloud, filter, r->filter, e) == 0)
    return r;
  ek_pz_runtime_close(r);
  return NULL;
}

void
ek_pz_runtime_close(ek_pz_runtime *r)
{
  if (!r)
    return;
  ek_pz_close(&r->cloud);
  pthread_mutex_destroy(&r->lock);
  free(r);
}

void
ek_pz_hits_free(ek_pz_hit *hits, size_t n)
{
  for (size_t i = 0; i < n; i++)
    free(hits[i].item);
  free(hits);
}
