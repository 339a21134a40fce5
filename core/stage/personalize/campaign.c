/* SPDX-License-Identifier: BSD-3-Clause */
/* Campaigns. An update leaves `status` ACTIVE all the while: what tells is latestCampaignUpdate. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "stage/personalize/ensure.h"

#define SEC INT64_C(1000000000)

static void
text_of(json_t *o, const char *member, double v)
{
  char buf[40];
  if (!(v >= 0))
    return;
  snprintf(buf, sizeof buf, "%.10g", v);
  json_object_set_new(o, member, json_string(buf));
}

/* NULL: nothing was written, the service's defaults hold. */
static json_t *
config_of(const ek_settings *s)
{
  json_t *o = json_object(), *explore = json_object();
  text_of(explore, "explorationWeight", s->deploy.exploration_weight);
  text_of(explore, "explorationItemAgeCutOff", s->deploy.exploration_item_age_cut_off);
  if (json_object_size(explore))
    json_object_set(o, "itemExplorationConfig", explore);
  json_decref(explore);
  if (s->deploy.enable_metadata)
    json_object_set_new(o, "enableMetadataWithRecommendations", json_true());
  if (json_object_size(o))
    return o;
  json_decref(o);
  return NULL;
}

static json_t *
request_of(const ek_settings *s, const char *version_arn)
{
  json_t *in = json_pack("{s:s, s:i}", "solutionVersionArn", version_arn, "minProvisionedTPS",
                         (int)s->deploy.min_provisioned_tps);
  json_t *config = config_of(s);
  if (config)
    json_object_set_new(in, "campaignConfig", config);
  return in;
}

/* All that we ask for is so already: an update without a change would leave latestCampaignUpdate as it was. */
static int
is_so(const json_t *campaign, const json_t *wanted)
{
  const char *key;
  json_t *v, *theirs = json_object_get(campaign, "campaignConfig"), *config = json_object_get(wanted, "campaignConfig");
  if (!json_equal(json_object_get(campaign, "solutionVersionArn"), json_object_get(wanted, "solutionVersionArn")) ||
      !json_equal(json_object_get(campaign, "minProvisionedTPS"), json_object_get(wanted, "minProvisionedTPS")))
    return 0;
  json_object_foreach(config, key, v) {
    const char *inner;
    json_t *iv, *has = json_object_get(theirs, key);
    if (!json_is_object(v)) {
      if (!json_equal(v, has))
        return 0;
      continue;
    }
    json_object_foreach(v, inner, iv)
      if (!json_equal(iv, json_object_get(has, inner)))
        return 0;
  }
  return 1;
}

/* An update of a killed run that is still under way: it has to end before another can begin. */
static int
wait_for_update(ek_cloud *c, const char *arn, json_t **last, ek_error *e)
{
  ek_pz_wait w = { .stage = "deploy", .what = "campaign", .operation = "DescribeCampaign", .member = "campaignArn", .arn = arn,
                   .path = "campaign.latestCampaignUpdate.status", .timeout_ns = c->settings->deploy.timeout_ns };
  return ek_pz_wait_for(c, &w, 1, last, e);
}

static int
update_busy(const json_t *campaign)
{
  const char *s = json_string_value(json_object_get(json_object_get(campaign, "latestCampaignUpdate"), "status"));
  return s && strcmp(s, EK_STATUS_ACTIVE) != 0 && !strstr(s, "FAILED");
}

/* latestCampaignUpdate may still be that of an earlier update just after ours was taken. */
static int
wait_for_ours(ek_cloud *c, const char *arn, const json_t *wanted, ek_error *e)
{
  for (int look = 0;; look++) {
    json_t *d = NULL;
    if (wait_for_update(c, arn, &d, e) < 0) {
      json_decref(d);
      return -1;
    }
    int done = is_so(json_object_get(d, "campaign"), wanted);
    json_decref(d);
    if (done)
      return 0;
    if (look == 20)
      return ek_fail(e, EK_EXIT_FAILED, "not_updated", "campaign '%s' was updated, and does not serve the new version",
                     ek_pz_arn_name(arn));
    if (ek_pz_sleep(c, c->poll_ns ? c->poll_ns : SEC / 5 * (look + 1), e) < 0)
      return -1;
  }
}

static int
update(ek_cloud *c, const char *arn, json_t *wanted, ek_error *e)
{
  json_t *in = json_copy(wanted);
  json_object_set_new(in, "campaignArn", json_string(arn));
  enum ek_pz r = ek_pz_call(c, "UpdateCampaign", in, NULL, e);
  json_decref(in);
  return r == EK_PZ_OK ? wait_for_ours(c, arn, wanted, e) : -1;
}

int
ek_pz_campaign(ek_cloud *c, const char *version_arn, char arn[EK_ARN], int *created, int *updated, ek_error *e)
{
  const ek_settings *s = c->settings;
  const char *written = s->deploy.campaign;
  int given = ek_pz_is_arn(written), r;
  char name[80];
  json_t *wanted = request_of(s, version_arn), *in = json_copy(wanted), *d = NULL;

  *updated = 0;
  snprintf(name, sizeof name, "%.56s%s", given ? ek_pz_arn_name(written) : written, s->deploy.canary ? "-canary" : "");
  json_object_set_new(in, "name", json_string(name));
  ek_pz_add_tags(s, in);
  given = given && !s->deploy.canary;            /* the canary is another one    */
  if (given)
    snprintf(arn, EK_ARN, "%s", written);
  ek_ensure q = { .kind = "campaign", .name = name, .create = "CreateCampaign", .in = given ? NULL : in,
                  .arn_member = "campaignArn", .describe = "DescribeCampaign", .object = "campaign", .list = "ListCampaigns",
                  .list_member = "campaigns", .name_member = "name", .remove = "DeleteCampaign", .stage = "deploy",
                  .what = "campaign", .timeout_ns = s->deploy.timeout_ns };
  r = ek_pz_ensure(c, &q, arn, created, &d, e);
  if (r == 0 && !*created && update_busy(json_object_get(d, "campaign")))
    r = wait_for_update(c, arn, &d, e);
  if (r == 0 && !is_so(json_object_get(d, "campaign"), wanted)) {
    r = update(c, arn, wanted, e);
    *updated = r == 0;
  }
  json_decref(wanted);
  json_decref(in);
  json_decref(d);
  return r;
}
