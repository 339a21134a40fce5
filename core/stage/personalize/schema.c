/* SPDX-License-Identifier: BSD-3-Clause */
/* Schemas cannot be changed, only made under another name. They have no status. */
#include <stdio.h>
#include <string.h>
#include "stage/personalize/ensure.h"

#define MOST_NUMBERS 1000

/* 1: the account's schema is the same. 0: another. -1: e. */
static int
same(ek_cloud *c, const char *arn, const json_t *ours, ek_error *e)
{
  json_t *out;
  enum ek_pz r = ek_pz_describe_one(c, "DescribeSchema", "schemaArn", arn, 1, &out, e);
  if (r != EK_PZ_OK)
    return -1;
  const char *text = json_string_value(json_object_get(json_object_get(out, "schema"), "schema"));
  json_t *theirs = text ? json_loads(text, 0, NULL) : NULL;
  int equal = json_equal(theirs, ours);
  json_decref(theirs);
  json_decref(out);
  return equal;
}

int
ek_pz_schema(ek_cloud *c, const char *name, const char *avro, char arn[EK_ARN], ek_error *e)
{
  json_error_t je;
  json_t *ours = json_loads(avro, 0, &je), *in = NULL;
  char numbered[80];
  int r = -1;
  if (!ours)
    return ek_fail(e, EK_EXIT_REFUSED, "bad_schema", "schema of %s: line %d: %s", name, je.line, je.text);
  for (int i = 1; i < MOST_NUMBERS; i++) {
    snprintf(numbered, sizeof numbered, i > 1 ? "%.50s-%d" : "%.55s", name, i);
    in = json_pack("{s:s, s:s}", "name", numbered, "schema", avro);
    ek_ensure q = { .kind = "schema", .name = numbered, .create = "CreateSchema", .in = in, .arn_member = "schemaArn",
                    .describe = "DescribeSchema", .list = "ListSchemas", .list_member = "schemas", .name_member = "name",
                    .stage = "import", .what = "schema" };
    r = ek_pz_ensure(c, &q, arn, NULL, NULL, e);
    json_decref(in);
    if (r < 0)
      break;
    int equal = same(c, arn, ours, e);
    if (equal < 0)
      r = -1;
    if (equal)
      break;
    r = -1;
    ek_fail(e, EK_EXIT_FAILED, "bad_schema", "there are %d schemas named like '%s' with other content", i, name);
  }
  json_decref(ours);
  return r;
}
