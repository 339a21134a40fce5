/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include "stage/local/avro.h"
#include "stage/personalize/ensure.h"

static int
import_first(ek_error *e)
{
  return ek_help(e, "import first: enrichkit import -c FILE, or enrichkit run -c FILE --until import");
}

static int
ensure(ek_cloud *c, enum ek_ensure_how how, char arn[EK_ARN], ek_error *e)
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
                  .remove = "DeleteDatasetGroup", .how = how, .stage = "import", .what = "data set group",
                  .timeout_ns = s->import.timeout_ns };
  if (given)
    snprintf(arn, EK_ARN, "%s", written);
  r = ek_pz_ensure(c, &q, arn, NULL, NULL, e);
  json_decref(in);
  if (r < 0 && how != EK_ENSURE_MAKE && e->code && strcmp(e->code, "not_found") == 0) {
    char shown[160];
    ek_fail(e, EK_EXIT_REFUSED, "no_dataset_group", "there is no data set group '%s' in this account and region",
            ek_show(ek_cstr(written), shown, sizeof shown));
    return import_first(e);
  }
  return r;
}

int
ek_pz_group(ek_cloud *c, char arn[EK_ARN], ek_error *e)
{
  return ensure(c, EK_ENSURE_MAKE, arn, e);
}

int
ek_pz_group_there(ek_cloud *c, enum ek_ensure_how how, char arn[EK_ARN], ek_error *e)
{
  return ensure(c, how, arn, e);
}

int
ek_pz_dataset_there(ek_cloud *c, const char *group_arn, enum ek_record_kind kind, char arn[EK_ARN], ek_error *e)
{
  const char *type = ek_dataset_type(kind);
  json_t *in = json_pack("{s:s}", "datasetGroupArn", group_arn), *all, *one;
  size_t i;
  arn[0] = 0;
  all = ek_pz_list(c, "ListDatasets", in, "datasets", e);
  json_decref(in);
  if (!all)
    return -1;
  json_array_foreach(all, i, one) {
    const char *t = json_string_value(json_object_get(one, "datasetType")),
      *a = json_string_value(json_object_get(one, "datasetArn"));
    if (t && a && ek_pz_same_word(t, type))
      snprintf(arn, EK_ARN, "%s", a);
  }
  json_decref(all);
  if (arn[0])
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "no_dataset", "data set group '%s' has no data set %s", ek_pz_arn_name(group_arn), type);
  return import_first(e);
}
