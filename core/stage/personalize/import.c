/* SPDX-License-Identifier: BSD-3-Clause */
/* The import stage: rules, upload, group, schemas, data sets, jobs side by side. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "aws/s3.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "stage/local/avro.h"
#include "stage/personalize/cloud.h"

typedef struct job {
  const ek_dataset_source *source;
  const char *type;                  /* "Items"                                  */
  char digest[120], location[700];
  char dataset[EK_ARN], arn[EK_ARN];
} job;

typedef struct import {
  ek_cloud cloud;
  const ek_import_request *request;
  const ek_stage_watch *watch;
  char *avro[EK_RECORD_KINDS];
  char bucket[100]; char prefix[300];
  job jobs[EK_RECORD_KINDS]; size_t n;
} import;

/* ---- where to ------------------------------------------------------------------------------ */

static int
split_location(import *m, ek_error *e)
{
  const char *where = m->cloud.settings->import.data_location, *bucket, *key;
  EK_FREE char *buf = NULL;
  size_t n;
  if (!where || !m->cloud.settings->import.role_arn) {
    ek_fail(e, EK_EXIT_REFUSED, "missing_key", "engine personalize needs import.%s", where ? "role_arn" : "data_location");
    return ek_help(e, where ? "the role that the service takes to read the bucket: arn:aws:iam::ACCOUNT:role/NAME; 'enrichkit policy --role' prints what it must be allowed"
                            : "a bucket that the service may read: s3://BUCKET/PREFIX/");
  }
  buf = ek_mem_alloc(strlen(where) + 2);
  if (ek_s3_split(where, buf, &bucket, &key, e) < 0)
    return -1;
  n = strlen(key);
  if (strlen(bucket) >= sizeof m->bucket || n + 2 > sizeof m->prefix)
    return ek_fail(e, EK_EXIT_REFUSED, "bad_value", "import.data_location is longer than a bucket and a prefix can be");
  snprintf(m->bucket, sizeof m->bucket, "%s", bucket);
  snprintf(m->prefix, sizeof m->prefix, "%s%s", key, n && key[n - 1] != '/' ? "/" : "");
  return 0;
}

/* Where it is written. */
static int
at_location(const import *m, ek_error *e)
{
  const ek_conf_tree *tree = m->cloud.settings->tree;
  const ek_node *section = tree ? ek_node_get(ek_conf_root(tree), "import") : NULL;
  const ek_node *n = section && section->kind == EK_NODE_MAP ? ek_node_get(section, "data_location") : NULL;
  return n ? ek_at(e, n->place.file, n->place.line, n->place.column) : -1;
}

/* Message 13. A region that cannot be asked for is found out by the upload. */
static int
check_region(import *m, ek_error *e)
{
  char region[64] = "";
  ek_error unknown = { 0 };
  int r = ek_s3_bucket_region(m->cloud.aws, m->bucket, region, sizeof region, &unknown);
  if (r < 0 && unknown.code && strcmp(unknown.code, "no_bucket") == 0) {
    *e = unknown;
    return at_location(m, e);
  }
  if (r < 0 || !region[0] || strcmp(region, m->cloud.region) == 0)
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "other_region", "bucket '%s' is in %s, Personalize is asked in %s", m->bucket, region,
          m->cloud.region);
  ek_help(e, "set aws.region: %s, or use a bucket in %s", region, m->cloud.region);
  return at_location(m, e);
}

int
ek_pz_look(const ek_account *a, ek_error *e)
{
  import m = { 0 };
  int r = ek_pz_open(&m.cloud, a, NULL, e);
  if (r == 0)
    r = split_location(&m, e);
  if (r == 0)
    r = check_region(&m, e);
  ek_pz_close(&m.cloud);
  return r;
}

/* ---- upload ---------------------------------------------------------------------------------- */

static int
digest_file(const char *path, char hex[65], ek_error *e)
{
  EK_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
  return fd >= 0 && ek_sha256_file(fd, hex) == 0 ? 0 : ek_fail_errno(e, EK_EXIT_FAILED, "cannot_read", path, "read");
}

static void
show_upload(void *arg, uint64_t sent, uint64_t total)
{
  const import *m = arg;
  if (m->watch && m->watch->progress)
    m->watch->progress(m->watch->arg, "import", "upload", total ? (double)sent / (double)total : -1);
}

static int
upload(import *m, job *j, ek_error *e)
{
  const char *slash = strrchr(j->source->csv, '/'), *base = slash ? slash + 1 : j->source->csv;
  char hex[65], key[560];
  enum ek_s3_done done;
  if (strlen(base) > 200)
    return ek_fail(e, EK_EXIT_REFUSED, "bad_value", "%s: the name is too long for an object", j->source->csv);
  snprintf(key, sizeof key, "%s%s", m->prefix, base);
  snprintf(j->location, sizeof j->location, "s3://%s/%s", m->bucket, key);
  if (strlen(j->location) > 256)                 /* the service takes no more     */
    return ek_fail(e, EK_EXIT_REFUSED, "bad_value", "import.data_location: %zu characters with the name of the file; the service takes 256",
                   strlen(j->location));
  if (digest_file(j->source->csv, hex, e) < 0)
    return -1;
  snprintf(j->digest, sizeof j->digest, "%s %s %s", ek_pz_type(j->source->kind),
           m->request->mode == EK_IMPORT_FULL ? "FULL" : "INCREMENTAL", hex);
  ek_s3_upload u = { .bucket = m->bucket, .key = key, .file = j->source->csv,
                     .sse = m->cloud.settings->import.kms_key_arn ? "aws:kms" : NULL,
                     .kms_key = m->cloud.settings->import.kms_key_arn, .stop = m->watch ? m->watch->stop : NULL,
                     .progress = show_upload, .arg = m };
  /* One that was there with the same bytes is somebody's, unless a run of ours was killed behind its intent. */
  ek_thing t;
  int known = ek_state_find(m->cloud.state, "object", j->location, &t);
  enum ek_origin origin = known ? t.origin : EK_ADOPTED;
  if ((!known && ek_state_intend(m->cloud.state, "object", j->location, hex, e) < 0) ||
      ek_s3_put_file(m->cloud.aws, &u, &done, e) < 0)
    return -1;
  if (done != EK_S3_UNCHANGED)
    origin = EK_OURS;
  ek_debug("import: %s: %s", j->location, done == EK_S3_UNCHANGED ? "there already, unchanged" : "uploaded");
  return ek_state_done(m->cloud.state, "object", j->location, j->location, origin, hex, e);
}

/* ---- the service's side ------------------------------------------------------------------------ */

static int
prepare(import *m, job *j, const char *group_arn, ek_error *e)
{
  char name[80], schema[EK_ARN], lower[20];
  const char *type = ek_dataset_type(j->source->kind);
  size_t i;
  for (i = 0; type[i] && i + 1 < sizeof lower; i++)
    lower[i] = (char)(type[i] | 32);
  lower[i] = 0;
  snprintf(name, sizeof name, "%.36s-schema-%.12s", m->cloud.settings->name, lower);
  if (ek_pz_schema(&m->cloud, name, m->avro[j->source->kind], schema, e) < 0)
    return -1;
  return ek_pz_dataset(&m->cloud, group_arn, j->source, schema, m->request, j->dataset, e);
}

static int
run_jobs(import *m, ek_error *e)
{
  ek_pz_wait waits[EK_RECORD_KINDS];
  for (size_t i = 0; i < m->n; i++) {
    job *j = &m->jobs[i];
    if (ek_pz_import_job(&m->cloud, j->dataset, ek_pz_type(j->source->kind), j->location, j->digest, m->request->mode, j->arn,
                         e) < 0)
      return -1;
    waits[i] = (ek_pz_wait){ .stage = "import", .what = j->type, .operation = "DescribeDatasetImportJob",
                             .member = "datasetImportJobArn", .arn = j->arn, .path = "datasetImportJob.status",
                             .timeout_ns = m->cloud.settings->import.timeout_ns };
  }
  return ek_pz_wait_for(&m->cloud, waits, m->n, NULL, e);
}

static void
fill_result(const import *m, ek_import_result *out)
{
  for (size_t i = 0; i < out->n_jobs; i++)
    for (size_t k = 0; k < m->n; k++) {
      const job *j = &m->jobs[k];
      ek_import_job *to = &out->jobs[i];
      if (strcmp(to->type, j->type) != 0)
        continue;
      to->status = EK_STATUS_ACTIVE;
      to->arn = ek_mem_strdup(j->arn);
      to->dataset_arn = ek_mem_strdup(j->dataset);
      to->location = ek_mem_strdup(j->location);
    }
}

static int
run(import *m, ek_import_result *out, ek_error *e)
{
  char group[EK_ARN];
  if (split_location(m, e) < 0 ||
      ek_pz_check_rules(m->request, m->request->account->folder, m->watch, m->avro, out, e) < 0 || check_region(m, e) < 0)
    return -1;
  for (size_t i = 0; i < out->n_jobs; i++)
    out->jobs[i].status = "CREATE PENDING";
  for (size_t i = 0; i < m->n; i++)
    if (upload(m, &m->jobs[i], e) < 0)
      return -1;
  if (ek_pz_group(&m->cloud, group, e) < 0)
    return -1;
  for (size_t i = 0; i < m->n; i++)
    if (prepare(m, &m->jobs[i], group, e) < 0)
      return -1;
  if (run_jobs(m, e) < 0)
    return -1;
  fill_result(m, out);
  return 0;
}

int
ek_pz_import(const ek_import_request *q, const ek_stage_watch *watch, ek_import_result *out, ek_error *e)
{
  import m = { .request = q, .watch = watch };
  int r = ek_pz_open(&m.cloud, q->account, watch, e);
  for (size_t i = 0; i < q->n; i++)
    m.jobs[m.n++] = (job){ .source = &q->sources[i], .type = ek_dataset_type(q->sources[i].kind) };
  if (r == 0)
    r = run(&m, out, e);
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    free(m.avro[k]);
  ek_pz_close(&m.cloud);
  return r;
}
