/* SPDX-License-Identifier: BSD-3-Clause */
/* The local engine imports into a store of its own that is thrown away: what passes there passes here. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "stage/local/avro.h"
#include "stage/local/data.h"
#include "stage/local/store.h"
#include "stage/local/tables.h"
#include "stage/personalize/cloud.h"

#define SERVICE_MINIMUM 1000

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  (void)st;
  (void)ftw;
  if (type == FTW_DP)
    (void)rmdir(path);
  else
    (void)unlink(path);
  return 0;
}

static char *
read_schema(ek_group *g, enum ek_record_kind kind, ek_error *e)
{
  ek_dataset d = { 0 };
  ek_text t = { 0 };
  char *text = NULL;
  if (ek_dataset_get(g, kind, &d, e) == 1) {
    ek_avro_print(d.schema, &t);
    text = ek_mem_strdup(ek_text_c(&t));
  } else if (!e->status)
    ek_fail(e, EK_EXIT_FAILED, "bad_schema", "the schema of %s got lost", ek_dataset_type(kind));
  ek_dataset_clear(&d);
  ek_text_free(&t);
  return text;
}

static int
read_schemas(const ek_import_request *q, char *avro[EK_RECORD_KINDS], ek_error *e)
{
  ek_group *g = ek_group_open(q->store, q->dataset_group, EK_GROUP_READ, e);
  int r = g ? 0 : -1;
  for (size_t i = 0; r == 0 && i < q->n; i++) {
    enum ek_record_kind kind = q->sources[i].kind;
    avro[kind] = read_schema(g, kind, e);
    r = avro[kind] ? 0 : -1;
  }
  ek_group_close(g);
  return r;
}

int
ek_pz_check_rules(const ek_import_request *given, const char *folder, const ek_stage_watch *watch,
                  char *avro[EK_RECORD_KINDS], ek_import_result *out, ek_error *e)
{
  ek_import_request q = *given;
  char store[4200];
  int r;
  snprintf(store, sizeof store, "%.4000s/.check-XXXXXX", folder);
  if ((mkdir(folder, 0777) < 0 && errno != EEXIST) || !mkdtemp(store))
    return ek_fail_errno(e, EK_EXIT_FAILED, "cannot_create", store, "make the folder");
  q.store = store;
  q.dataset_group = "check";
  q.mode = EK_IMPORT_FULL;
  q.on_schema_change = EK_SCHEMA_UPDATE;
  /* What is added need not be enough for a training by itself. */
  if (given->mode == EK_IMPORT_INCREMENTAL)
    q.min_interactions = 1;
  else if (q.min_interactions < SERVICE_MINIMUM)
    q.min_interactions = SERVICE_MINIMUM;
  r = ek_local_engine.import(&q, watch, out, e);
  if (r == 0)
    r = read_schemas(&q, avro, e);
  else if (strcmp(e->code, "bad_data") == 0)
    ek_help(e, strstr(e->message, "interactions;") ? "nothing was uploaded. To try locally with few: import: {engine: local, min_interactions: 1}"
                                                    : "nothing was uploaded; the account is as it was");
  (void)nftw(store, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  return r;
}
