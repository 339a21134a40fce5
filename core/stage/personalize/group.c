/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include "stage/personalize/ensure.h"

int
ek_pz_group(ek_cloud *c, char arn[EK_ARN], ek_error *e)
{
  const ek_settings *s = c->settings;
  const char *written = s->import.dataset_group;
  int given = ek_pz_is_arn(written), r;
  json_t *in = given ? NULL : json_pack("{s:s}", "name", written);
  if (in && s->import.kms_key_arn) {
    json_object_set_new(in, "roleArn", json_string(s->import.role_arn));
    json_object_set_new(in, "kmsKeyArn", json_string(s->import.kms_key_arn));
  }
  if (in)
    ek_pz_add_tags(s, in);
  ek_ensure q = { .kind = "dataset_group", .name = given ? ek_pz_arn_name(written) : written, .create = "CreateDatasetGroup",
                  .in = in, .arn_member = "datasetGroupArn", .describe = "DescribeDatasetGroup", .object = "datasetGroup",
                  .list = "ListDatasetGroups", .list_member = "datasetGroups", .name_member = "name",
                  .remove = "DeleteDatasetGroup", .stage = "import", .what = "data set group",
                  .timeout_ns = s->import.timeout_ns };
  if (given)
    snprintf(arn, EK_ARN, "%s", written);
  r = ek_pz_ensure(c, &q, arn, NULL, NULL, e);
  json_decref(in);
  return r;
}
