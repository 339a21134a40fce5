/* SPDX-License-Identifier: BSD-3-Clause */
/* The least IAM policies that a configuration needs: of who runs enrichkit, and of the role that the service
 * takes to read the bucket (facts of the service's guide, "Giving Amazon Personalize access to S3").     */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/personalize/account.h"
#include "stage/personalize/ensure.h"

static json_t *
list_of(const char *const *names, const char *prefix)
{
  json_t *a = json_array();
  char name[100];
  for (; *names; names++) {
    snprintf(name, sizeof name, "%s%s", prefix, *names);
    json_array_append_new(a, json_string(name));
  }
  return a;
}

static void
allow(json_t *statements, const char *sid, json_t *actions, json_t *resources)
{
  json_array_append_new(statements, json_pack("{s:s, s:s, s:o, s:o}", "Sid", sid, "Effect", "Allow", "Action", actions, "Resource",
                                              resources));
}

static json_t *
one(const char *fmt, const char *a, const char *b)
{
  ek_text t = { 0 };
  ek_text_printf(&t, fmt, a, b);
  json_t *r = json_pack("[s]", ek_text_c(&t));
  ek_text_free(&t);
  return r;
}

typedef struct place { char *buf; const char *bucket, *key; char arn_bucket[120], arn_objects[500]; } place;

static int
find_place(const ek_settings *s, place *p, ek_error *e)
{
  if (!s->import.data_location) {
    ek_fail(e, EK_EXIT_REFUSED, "missing_key", "the policy needs import.data_location");
    return ek_help(e, "write   import: {engine: personalize, data_location: \"s3://BUCKET/PREFIX/\"}");
  }
  p->buf = ek_mem_alloc(strlen(s->import.data_location) + 2);
  if (ek_s3_split(s->import.data_location, p->buf, &p->bucket, &p->key, e) < 0)
    return -1;
  snprintf(p->arn_bucket, sizeof p->arn_bucket, "arn:aws:s3:::%.90s", p->bucket);
  snprintf(p->arn_objects, sizeof p->arn_objects, "%s/%.300s*", p->arn_bucket, p->key);
  return 0;
}

/* ---- who runs enrichkit ------------------------------------------------------------------- */

/* The user's own model of a step that asks Amazon Rekognition, or NULL. */
static const char *
own_model(const ek_step_settings *step)
{
  const ek_node *n = step->options ? ek_node_get(step->options, "project_version_arn") : NULL;
  return n && n->kind == EK_NODE_SCALAR && n->text && n->text[0] ? n->text : NULL;
}

/* DetectLabels is of no resource, and a model is one. */
static void
allow_chain(const ek_settings *s, json_t *st)
{
  json_t *models = json_array();
  int labels = 0;
  for (size_t i = 0; i < s->n_steps; i++) {
    const char *plugin = s->chain[i].plugin ? s->chain[i].plugin : "", *model = own_model(&s->chain[i]);
    if (strcmp(plugin, "rekognition") != 0 && strcmp(plugin, "rekognition/rekognition") != 0)
      continue;
    labels |= !model;
    if (model)
      json_array_append_new(models, json_string(model));
  }
  if (labels)
    allow(st, "Labels", json_pack("[s]", "rekognition:DetectLabels"), json_pack("[s]", "*"));
  if (json_array_size(models) > 0)
    allow(st, "CustomLabels", json_pack("[s]", "rekognition:DetectCustomLabels"), json_incref(models));
  json_decref(models);
}

static void
allow_bucket(const ek_settings *s, const place *p, json_t *st)
{
  static const char *const objects[] = { "PutObject", "GetObject", "DeleteObject", "AbortMultipartUpload",
                                         "ListMultipartUploadParts", NULL };
  static const char *const bucket[] = { "ListBucket", "GetBucketLocation", NULL };
  static const char *const keys[] = { "GenerateDataKey", "Decrypt", NULL };
  allow(st, "Upload", list_of(objects, "s3:"), json_pack("[s]", p->arn_objects));
  allow(st, "Bucket", list_of(bucket, "s3:"), json_pack("[s]", p->arn_bucket));
  if (s->import.kms_key_arn)
    allow(st, "Key", list_of(keys, "kms:"), json_pack("[s]", s->import.kms_key_arn));
}

static void
allow_personalize(const ek_settings *s, json_t *st)
{
  static const char *const import[] = { "CreateSchema", "DescribeSchema", "ListSchemas", "CreateDatasetGroup", "DescribeDatasetGroup",
    "ListDatasetGroups", "CreateDataset", "DescribeDataset", "ListDatasets", "UpdateDataset", "CreateDatasetImportJob",
    "DescribeDatasetImportJob", "ListDatasetImportJobs", NULL };
  static const char *const train[] = { "CreateSolution", "DescribeSolution", "ListSolutions", "CreateSolutionVersion",
    "DescribeSolutionVersion", "ListSolutionVersions", "GetSolutionMetrics", NULL };
  static const char *const deploy[] = { "CreateCampaign", "DescribeCampaign", "ListCampaigns", "UpdateCampaign",
    "GetRecommendations", "ListFilters", NULL };
  static const char *const remove[] = { "DeleteCampaign", "DeleteSolution", "DeleteDataset", "DeleteSchema", "DeleteDatasetGroup",
    "DeleteEventTracker", "ListSolutions", "ListCampaigns", "ListEventTrackers", "ListFilters", "DescribeFilter",
    "DeleteFilter", NULL };
  static const char *const live[] = { "PutItems", "PutUsers", "PutEvents", "CreateEventTracker", "DescribeEventTracker",
    "ListEventTrackers", NULL };
  static const char *const tag[] = { "TagResource", NULL };
  json_t *actions = list_of(import, "personalize:"), *more;
  if (s->sections.train) {
    more = list_of(train, "personalize:");
    json_array_extend(actions, more);
    json_decref(more);
  }
  if (s->sections.deploy) {
    more = list_of(deploy, "personalize:");
    json_array_extend(actions, more);
    json_decref(more);
  }
  if (s->import.n_tags) {
    more = list_of(tag, "personalize:");
    json_array_extend(actions, more);
    json_decref(more);
  }
  allow(st, "Personalize", actions, json_pack("[s]", "*"));
  allow(st, "PersonalizeDestroy", list_of(remove, "personalize:"), json_pack("[s]", "*"));
  allow(st, "PersonalizeLive", list_of(live, "personalize:"), json_pack("[s]", "*"));
}

static json_t *
caller(const ek_settings *s, const place *p)
{
  json_t *st = json_array();
  allow_chain(s, st);
  allow_bucket(s, p, st);
  allow_personalize(s, st);
  json_array_append_new(st, json_pack("{s:s, s:s, s:[s], s:[s], s:{s:{s:s}}}", "Sid", "PassRole", "Effect", "Allow", "Action",
                                      "iam:PassRole", "Resource", s->import.role_arn ? s->import.role_arn : "*", "Condition",
                                      "StringEquals", "iam:PassedToService", "personalize.amazonaws.com"));
  return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", st);
}

/* ---- the service's role ----------------------------------------------------------------------- */

static json_t *
role(const ek_settings *s, const place *p)
{
  static const char *const keys[] = { "Decrypt", NULL };
  json_t *st = json_array();
  allow(st, "ListBucket", json_pack("[s]", "s3:ListBucket"), json_pack("[s]", p->arn_bucket));
  allow(st, "ReadObjects", json_pack("[s]", "s3:GetObject"), one("%s%s", p->arn_objects, ""));
  if (s->import.kms_key_arn)
    allow(st, "Key", list_of(keys, "kms:"), json_pack("[s]", s->import.kms_key_arn));
  json_t *trust = json_pack("{s:s, s:[{s:s, s:{s:s}, s:s}]}", "Version", "2012-10-17", "Statement", "Effect", "Allow", "Principal",
                            "Service", "personalize.amazonaws.com", "Action", "sts:AssumeRole");
  json_t *bucket = json_pack("{s:s, s:[{s:s, s:s, s:{s:s}, s:[s,s], s:[s,s]}]}", "Version", "2012-10-17", "Statement", "Sid",
                             "PersonalizeReads", "Effect", "Allow", "Principal", "Service", "personalize.amazonaws.com", "Action",
                             "s3:GetObject", "s3:ListBucket", "Resource", p->arn_bucket, p->arn_objects);
  return json_pack("{s:o, s:o, s:o}", "TrustPolicy", trust, "RolePolicy",
                   json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", st), "BucketPolicy", bucket);
}

static void
print_policy(json_t *doc, ek_text *out)
{
  char *text = json_dumps(doc, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
  ek_text_cstr(out, text);
  ek_text_char(out, '\n');
  free(text);
  json_decref(doc);
}

int
ek_pz_policy_chain(const ek_settings *s, ek_text *out)
{
  json_t *st = json_array();
  allow_chain(s, st);
  int any = json_array_size(st) > 0;
  if (any)
    print_policy(json_pack("{s:s, s:O}", "Version", "2012-10-17", "Statement", st), out);
  json_decref(st);
  return any;
}

int
ek_pz_policy(const ek_settings *s, enum ek_policy which, ek_text *out, ek_error *e)
{
  place p = { 0 };
  int r = find_place(s, &p, e);
  if (r == 0)
    print_policy(which == EK_POLICY_CALLER ? caller(s, &p) : role(s, &p), out);
  free(p.buf);
  return r;
}
