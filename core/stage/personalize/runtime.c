/* SPDX-License-Identifier: BSD-3-Clause */
/* GetRecommendations: rest-json, POST /recommendations at personalize-runtime. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "stage/personalize/account.h"
#include "stage/personalize/cloud.h"

#define TRIES 4
#define SEC INT64_C(1000000000)

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

static int
ask(ek_cloud *c, json_t *in, ek_pz_hit **hits, size_t *n, ek_error *e)
{
  static const char *const headers[] = { "Content-Type: application/json", NULL };
  EK_FREE char *body = json_dumps(in, JSON_COMPACT);
  for (int i = 1; i <= TRIES; i++) {
    ek_http_answer a = { 0 };
    ek_aws_error err = { 0 };
    ek_aws_request q = { .service = "personalize-runtime", .region = c->region, .method = "POST", .path = "/recommendations",
                         .headers = headers, .body = ek_cstr(body), .max_response = (uint64_t)4 << 20,
                         .deadline_ns = ek_monotonic_ns() + 20 * SEC };
    enum ek_http_fault f = ek_aws_perform(c->aws, &q, &a, &err, e);
    int again = f == EK_HTTP_FAULT_CONNECT || f == EK_HTTP_FAULT_BROKEN || f == EK_HTTP_FAULT_DEADLINE;
    if (f == EK_HTTP_FAULT_NONE && err.class == EK_AWS_OK) {
      int r = read_hits(&a, hits, n, e);
      ek_http_answer_free(&a);
      return r;
    }
    if (f == EK_HTTP_FAULT_NONE) {
      again = err.class == EK_AWS_THROTTLED || err.class == EK_AWS_TRANSIENT;
      ek_fail(e, again ? EK_EXIT_STOPPED : EK_EXIT_FAILED, err.class == EK_AWS_DENIED ? "access_denied" : "service_refused",
              "personalize:GetRecommendations: %s%s%s (HTTP %d)", err.name, err.name[0] ? ": " : "", err.message, err.http);
    }
    ek_http_answer_free(&a);
    if (!again || i == TRIES || ek_pz_sleep(c, err.retry_after_ns > 0 ? err.retry_after_ns : SEC / 5 * i, e) < 0)
      return -1;
  }
  return -1;
}

int
ek_pz_recommend(const ek_account *a, const char *campaign, const char *user, const char *item, unsigned num, ek_pz_hit **hits,
                size_t *n, ek_error *e)
{
  ek_cloud c;
  char arn[EK_ARN];
  json_t *in = NULL;
  int r = ek_pz_open(&c, a, NULL, e);
  *hits = NULL;
  *n = 0;
  if (r == 0)
    r = campaign_arn(&c, campaign, arn, e);
  if (r == 0) {
    in = json_pack("{s:s, s:i}", "campaignArn", arn, "numResults", (int)num);
    if (user)
      json_object_set_new(in, "userId", json_string(user));
    if (item)
      json_object_set_new(in, "itemId", json_string(item));
    r = ask(&c, in, hits, n, e);
  }
  json_decref(in);
  ek_pz_close(&c);
  return r;
}

void
ek_pz_hits_free(ek_pz_hit *hits, size_t n)
{
  for (size_t i = 0; i < n; i++)
    free(hits[i].item);
  free(hits);
}
