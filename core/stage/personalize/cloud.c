/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/personalize/cloud.h"
#include <stdio.h>
#include <string.h>

int
ek_pz_open(ek_cloud *c, const ek_account *a, const ek_stage_watch *watch, ek_error *e)
{
  const char *region = ek_aws_region(a->aws, e);
  *c = (ek_cloud){ .aws = a->aws, .settings = a->settings, .watch = watch, .poll_ns = a->poll_ns };
  if (!region)
    return -1;
  snprintf(c->region, sizeof c->region, "%s", region);
  c->state = ek_state_open(a->folder, c->region, ek_pz_arn_name(a->settings->import.dataset_group), e);
  return c->state ? 0 : -1;
}

void
ek_pz_close(ek_cloud *c)
{
  ek_state_close(c->state);
  c->state = NULL;
  json_decref(c->seen);
  c->seen = NULL;
}
