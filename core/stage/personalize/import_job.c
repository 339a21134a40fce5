/* SPDX-License-Identifier: BSD-3-Clause */
/* Import jobs: the same bytes into the same data set are imported once.     */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "stage/personalize/ensure.h"

/* "shop-interactions-2026-11-24-09-00-00-123": unique, and at most 63 characters. */
static void
job_name(const ek_cloud *c, const char *type, char name[80])
{
  struct timespec t;
  struct tm tm;
  char stamp[40], lower[20];
  size_t i;
  clock_gettime(CLOCK_REALTIME, &t);
  gmtime_r(&t.tv_sec, &tm);
  strftime(stamp, sizeof stamp, "%Y-%m-%d-%H-%M-%S", &tm);
  for (i = 0; type[i] && i + 1 < sizeof lower; i++)
    lower[i] = (char)(type[i] | 32);
  lower[i] = 0;
  snprintf(name, 80, "%.24s-%.14s-%.19s-%03u", c->settings->name, lower, stamp, (unsigned)(t.tv_nsec / 1000000) % 1000);
}

/* The newest job of the data set, if it has this digest: 1 and a copy of its name. An older one with it does not
 * count: the data set holds something else since. */
static int
find_same(const ek_cloud *c, const char *type, const char *digest, char name[80])
{
  size_t n = strlen(type);
  ek_thing t;
  for (size_t i = ek_state_count(c->state); i > 0; i--)
    if (ek_state_at(c->state, i - 1, &t) && strcmp(t.kind, "import_job") == 0 && t.digest &&
        strncmp(t.digest, type, n) == 0 && t.digest[n] == ' ') {
      snprintf(name, 80, "%s", t.name);
      return strcmp(t.digest, digest) == 0;
    }
  return 0;
}

static int
has_failed(ek_cloud *c, const char *name, ek_error *e)
{
  ek_thing t;
  json_t *out;
  if (!ek_state_find(c->state, "import_job", name, &t) || !t.arn)
    return 0;
  enum ek_pz r = ek_pz_describe_one(c, "DescribeDatasetImportJob", "datasetImportJobArn", t.arn, 0, &out, e);
  if (r == EK_PZ_NOT_FOUND)
    return 1;
  if (r != EK_PZ_OK)
    return -1;
  const char *s = json_string_value(json_object_get(json_object_get(out, "datasetImportJob"), "status"));
  int failed = s && strstr(s, "FAILED") != NULL;
  json_decref(out);
  return failed;
}

static json_t *
request_of(const ek_cloud *c, const char *name, const char *dataset_arn, const char *location, enum ek_import_mode mode)
{
  const ek_settings *s = c->settings;
  json_t *in = json_pack("{s:s, s:s, s:{s:s}, s:s}", "jobName", name, "datasetArn", dataset_arn, "dataSource",
                         "dataLocation", location, "roleArn", s->import.role_arn);
  if (mode == EK_IMPORT_INCREMENTAL)             /* FULL is what is done without */
    json_object_set_new(in, "importMode", json_string("INCREMENTAL"));
  ek_pz_add_tags(s, in);
  return in;
}

int
ek_pz_import_job(ek_cloud *c, const char *dataset_arn, const char *type, const char *location, const char *digest,
                 enum ek_import_mode mode, char arn[EK_ARN], ek_error *e)
{
  char name[80];
  if (find_same(c, type, digest, name)) {
    int failed = has_failed(c, name, e);
    if (failed < 0 || (failed && ek_state_forget(c->state, "import_job", name, e) < 0))
      return -1;
    if (failed)
      job_name(c, type, name);
  } else
    job_name(c, type, name);
  json_t *in = request_of(c, name, dataset_arn, location, mode), *of_set = json_pack("{s:s}", "datasetArn", dataset_arn);
  ek_ensure q = { .kind = "import_job", .name = name, .digest = digest, .create = "CreateDatasetImportJob", .in = in,
                  .arn_member = "datasetImportJobArn", .describe = "DescribeDatasetImportJob", .object = "datasetImportJob",
                  .list = "ListDatasetImportJobs", .list_member = "datasetImportJobs", .list_in = of_set,
                  .name_member = "jobName", .stage = "import", .what = type, .timeout_ns = c->settings->import.timeout_ns };
  int r = ek_pz_ensure_started(c, &q, arn, NULL, e);
  json_decref(in);
  json_decref(of_set);
  return r;
}
