/* SPDX-License-Identifier: BSD-3-Clause */
/* Data sets: one a type in a group, and what becomes of one with another schema. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "stage/local/avro.h"
#include "stage/personalize/ensure.h"

/* As the service writes it in ARNs: "ITEMS". */
const char *
ek_pz_type(enum ek_record_kind kind)
{
  static const char *const types[EK_RECORD_KINDS] = { "ITEMS", "INTERACTIONS", "USERS" };
  return types[kind];
}

typedef struct change {
  ek_cloud *cloud;
  const ek_dataset_source *source;
  const ek_import_request *request;
  const char *group;                 /* its name, for messages                   */
  const char *schema_arn;            /* wanted                                   */
  char *arn;
} change;

static ek_avro *
fetch_schema(ek_cloud *c, const char *schema_arn, enum ek_record_kind kind, ek_error *e)
{
  json_t *in = json_pack("{s:s}", "schemaArn", schema_arn), *out = NULL;
  ek_violations v = { 0 };
  enum ek_pz r = ek_pz_call(c, "DescribeSchema", in, &out, e);
  ek_avro *a = NULL;
  json_decref(in);
  if (r != EK_PZ_OK)
    return NULL;
  const char *text = json_string_value(json_object_get(json_object_get(out, "schema"), "schema"));
  if (text)
    a = ek_avro_parse(ek_cstr(text), kind, schema_arn, &v);
  if (!a)
    ek_fail(e, EK_EXIT_FAILED, "bad_schema", "schema '%s' of the account cannot be read as a schema of %s", schema_arn,
            ek_dataset_type(kind));
  ek_violations_clear(&v);
  json_decref(out);
  return a;
}

static int
fail_change(const change *m, const char *why, const char *help, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "schema_change", "does not fit data set '%s/%s': %s", m->group,
          ek_dataset_type(m->source->kind), why);
  ek_help(e, "%s", help);
  return ek_at(e, m->source->csv, 0, 0);
}

/* ---- in place --------------------------------------------------------------------------- */

static int
update(const change *m, ek_error *e)
{
  ek_cloud *c = m->cloud;
  json_t *in = json_pack("{s:s, s:s}", "datasetArn", m->arn, "schemaArn", m->schema_arn);
  ek_pz_wait w = { .stage = "import", .what = ek_dataset_type(m->source->kind), .operation = "DescribeDataset",
                   .member = "datasetArn", .arn = m->arn, .path = "dataset.latestDatasetUpdate.status",
                   .timeout_ns = c->settings->import.timeout_ns };
  enum ek_pz r = ek_pz_call(c, "UpdateDataset", in, NULL, e);
  json_decref(in);
  if (r != EK_PZ_OK)
    return -1;
  return ek_pz_wait_for(c, &w, 1, NULL, e);
}

/* ---- anew ------------------------------------------------------------------------------- */

static int
was_named(const ek_account *a, const char *arn, const char *name)
{
  for (size_t i = 0; a && i < a->n_named; i++)
    if (strcmp(a->named[i], arn) == 0 || strcmp(a->named[i], name) == 0)
      return 1;
  return 0;
}

static int
may_delete(const change *m, ek_error *e)
{
  const char *type = ek_pz_type(m->source->kind);
  ek_thing t;
  int ours = ek_state_find(m->cloud->state, "dataset", type, &t) && t.origin == EK_OURS;
  if (ours || was_named(m->request->account, m->arn, type))
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "adopted", "data set '%s/%s' was there before this configuration: it is not deleted unless it is named",
          m->group, ek_dataset_type(m->source->kind));
  return ek_help(e, "add   --named %s   to delete it, or give the column another name", m->arn);
}

static int
remove_set(const change *m, ek_error *e)
{
  ek_cloud *c = m->cloud;
  json_t *in = json_pack("{s:s}", "datasetArn", m->arn);
  ek_pz_wait w = { .stage = "import", .what = ek_dataset_type(m->source->kind), .operation = "DescribeDataset",
                   .member = "datasetArn", .arn = m->arn, .path = "dataset.status",
                   .timeout_ns = c->settings->import.timeout_ns, .gone = 1 };
  enum ek_pz r = ek_pz_call(c, "DeleteDataset", in, NULL, e);
  json_decref(in);
  if (r != EK_PZ_OK && r != EK_PZ_NOT_FOUND)
    return -1;
  if (r == EK_PZ_OK && ek_pz_wait_for(c, &w, 1, NULL, e) < 0)
    return -1;
  return ek_state_forget(c->state, "dataset", ek_pz_type(m->source->kind), e);
}

/* ---- which of them ------------------------------------------------------------------------- */

enum todo { KEEP, UPDATE, RECREATE, REFUSED };

static enum todo
choose(const change *m, const ek_avro *from, const ek_avro *to, ek_error *e)
{
  const ek_import_request *r = m->request;
  ek_text why = { 0 };
  enum todo todo = REFUSED;
  if (ek_avro_same(from, to))
    todo = KEEP;
  else if (r->on_schema_change == EK_SCHEMA_STOP)
    fail_change(m, "the schema has changed, and import.on_schema_change is 'stop'",
                "--set import.on_schema_change=update, if the change is wanted", e);
  else if (ek_avro_may_update(from, to, &why))
    todo = UPDATE;
  else if (r->on_schema_change == EK_SCHEMA_UPDATE)
    fail_change(m, ek_text_c(&why), "--set import.on_schema_change=recreate deletes the data set and imports anew, or give "
                "the column another name", e);
  else if (!r->yes)
    fail_change(m, ek_text_c(&why), "import.on_schema_change is 'recreate': say --yes to delete the data set and import anew", e);
  else if (r->mode != EK_IMPORT_FULL)
    fail_change(m, ek_text_c(&why), "a data set that is made anew needs all its data: --set import.import_mode=FULL", e);
  else if (may_delete(m, e) == 0)
    todo = RECREATE;
  ek_text_free(&why);
  return todo;
}

static enum todo
compare(const change *m, const char *old_arn, ek_error *e)
{
  enum ek_record_kind kind = m->source->kind;
  enum todo todo = REFUSED;
  if (!old_arn || strcmp(old_arn, m->schema_arn) == 0)
    return KEEP;
  ek_avro *from = fetch_schema(m->cloud, old_arn, kind, e), *to = from ? fetch_schema(m->cloud, m->schema_arn, kind, e) : NULL;
  if (from && to)
    todo = choose(m, from, to, e);
  ek_avro_free(from);
  ek_avro_free(to);
  return todo;
}

static int
ensure(const change *m, const char *group_arn, json_t **description, int *created, ek_error *e)
{
  const ek_settings *s = m->cloud->settings;
  const char *type = ek_pz_type(m->source->kind);
  char name[80];
  ek_text lower = { 0 };
  for (const char *p = type; *p; p++)
    ek_text_char(&lower, (char)(*p + 32));
  snprintf(name, sizeof name, "%.40s-%s", m->group, ek_text_c(&lower));
  ek_text_free(&lower);
  json_t *in = json_pack("{s:s, s:s, s:s, s:s}", "name", name, "datasetType", type, "datasetGroupArn", group_arn, "schemaArn",
                         m->schema_arn);
  json_t *of_group = json_pack("{s:s}", "datasetGroupArn", group_arn);
  ek_pz_add_tags(s, in);
  ek_ensure q = { .kind = "dataset", .name = type, .create = "CreateDataset", .in = in, .arn_member = "datasetArn",
                  .describe = "DescribeDataset", .object = "dataset", .list = "ListDatasets", .list_member = "datasets",
                  .list_in = of_group, .name_member = "datasetType", .any_case = 1, .remove = "DeleteDataset", .parts = "import_job",
                  .stage = "import", .what = ek_dataset_type(m->source->kind), .timeout_ns = s->import.timeout_ns };
  int r = ek_pz_ensure(m->cloud, &q, m->arn, created, description, e);
  json_decref(in);
  json_decref(of_group);
  return r;
}

int
ek_pz_dataset(ek_cloud *c, const char *group_arn, const ek_dataset_source *source, const char *schema_arn,
              const ek_import_request *request, char arn[EK_ARN], ek_error *e)
{
  change m = { .cloud = c, .source = source, .request = request, .group = ek_pz_arn_name(group_arn), .schema_arn = schema_arn,
               .arn = arn };
  json_t *d = NULL;
  int created = 0, r = ensure(&m, group_arn, &d, &created, e);
  if (r == 0 && created == 0) {
    const json_t *set = json_object_get(d, "dataset"), *newer = json_object_get(set, "latestDatasetUpdate");
    const char *status = json_string_value(json_object_get(newer, "status"));
    const char *old = json_string_value(json_object_get(set, "schemaArn"));
    /* A killed run's update may be under way. */
    if (status && strcmp(status, EK_STATUS_ACTIVE) != 0 && !strstr(status, "FAILED"))
      old = json_string_value(json_object_get(newer, "schemaArn"));
    switch (compare(&m, old, e)) {
    case KEEP: break;
    case UPDATE:
      ek_info("import   %s: its schema is updated", ek_dataset_type(source->kind));
      r = update(&m, e);
      break;
    case RECREATE:
      ek_info("import   %s: it is deleted and made anew", ek_dataset_type(source->kind));
      r = remove_set(&m, e) < 0 ? -1 : ensure(&m, group_arn, NULL, &created, e);
      break;
    default: r = -1;
    }
  }
  json_decref(d);
  return r;
}
