/* SPDX-License-Identifier: BSD-3-Clause */
/* Deletion, in the order that the service allows. What was there before us stays, unless it is named. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "aws/s3.h"
#include "base/mem.h"
#include "stage/personalize/account.h"
#include "stage/personalize/cloud.h"
#include "stage/personalize/kinds.h"

#define SEC INT64_C(1000000000)
#define WAIT_NS (INT64_C(3600) * SEC)
#define BUSY_NS (INT64_C(600) * SEC) /* of what is in use: by what is going, or by something that stays */
#define LAST_ORDER 7

static int
is_named(const ek_account *a, const ek_thing *t)
{
  for (size_t i = 0; i < a->n_named; i++)
    if (strcmp(a->named[i], t->name) == 0 || (t->arn && strcmp(a->named[i], t->arn) == 0))
      return 1;
  return 0;
}

int
ek_pz_doomed(const ek_account *a, ek_doomed **list, size_t *n, ek_error *e)
{
  ek_cloud c;
  ek_thing t;
  *list = NULL;
  *n = 0;
  if (ek_pz_open(&c, a, NULL, e) < 0 || ek_pz_find_intents(&c, e) < 0) {
    ek_pz_close(&c);
    return -1;
  }
  *list = ek_mem_zero(ek_state_count(c.state) + 1, sizeof **list);
  for (int order = 1; order <= LAST_ORDER; order++)
    for (size_t i = 0; i < ek_state_count(c.state); i++) {
      if (!ek_state_at(c.state, i, &t))
        break;
      const ek_pz_kind *k = ek_pz_kind_of(t.kind);
      if (!k || k->order != order || !t.arn || (t.origin == EK_ADOPTED && !is_named(a, &t)))
        continue;
      (*list)[(*n)++] = (ek_doomed){ .kind = ek_mem_strdup(t.kind), .name = ek_mem_strdup(t.name),
                                     .arn = ek_mem_strdup(t.arn),
                                     .named = is_named(a, &t) };
    }
  int r = ek_pz_find_holders(&c, a, list, n, e);
  ek_pz_close(&c);
  return r;
}

void
ek_pz_doomed_free(ek_doomed *list, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    free(list[i].kind);
    free(list[i].name);
    free(list[i].arn);
    ek_pz_doomed_free(list[i].holders, list[i].n_holders);
  }
  free(list);
}

static int
delete_object(ek_cloud *c, const char *url, ek_error *e)
{
  char *buf = ek_mem_alloc(strlen(url) + 2);
  const char *bucket, *key;
  int r = ek_s3_split(url, buf, &bucket, &key, e);
  if (r == 0)
    r = ek_s3_delete(c->aws, bucket, key, e);
  free(buf);
  return r;
}

/* Things that hang on it may take a moment to be gone: ResourceInUse is waited out. */
static int
delete_thing(ek_cloud *c, const ek_pz_kind *k, const ek_doomed *d, ek_error *e)
{
  char path[80];
  json_t *in = json_pack("{s:s}", k->arn_member, d->arn);
  ek_pz_wait w = { .stage = "destroy", .what = d->name, .operation = k->describe, .member = k->arn_member, .arn = d->arn,
                   .path = path, .timeout_ns = WAIT_NS, .gone = 1 };
  enum ek_pz r;
  int64_t waited = 0, pause = c->poll_ns ? c->poll_ns : SEC / 5;
  snprintf(path, sizeof path, "%s.status", k->object);
  while ((r = ek_pz_call(c, k->remove, in, NULL, e)) == EK_PZ_BUSY && waited < BUSY_NS) {
    if (c->watch && c->watch->progress)
      c->watch->progress(c->watch->arg, "destroy", e->message, -1);
    if (ek_pz_sleep(c, pause, e) < 0)
      break;
    waited += pause;
    if (!c->poll_ns && (pause *= 2) > 5 * SEC)
      pause = 5 * SEC;
  }
  json_decref(in);
  if (r == EK_PZ_NOT_FOUND)
    return 0;
  return r == EK_PZ_OK ? ek_pz_wait_for(c, &w, 1, NULL, e) : -1;
}

/* Versions and jobs of what is gone are gone. */
static int
forget_parts(ek_cloud *c, const ek_doomed *d, ek_error *e)
{
  const char *part = strcmp(d->kind, "solution") == 0 ? "solution_version" : strcmp(d->kind, "dataset") == 0 ? "import_job" : NULL;
  ek_thing t;
  for (size_t i = ek_state_count(c->state); part && i > 0; i--) {
    if (!ek_state_at(c->state, i - 1, &t) || strcmp(t.kind, part) != 0)
      continue;
    size_t n = strlen(d->name);
    int of_it = strcmp(part, "import_job") == 0 ? t.digest && strncmp(t.digest, d->name, n) == 0
                                                : strncmp(t.name, d->name, n) == 0 && t.name[n] == '/';
    char name[200];
    snprintf(name, sizeof name, "%s", t.name);
    if (of_it && ek_state_forget(c->state, part, name, e) < 0)
      return -1;
  }
  return 0;
}

int
ek_pz_destroy(const ek_account *a, const ek_doomed *list, size_t n, const ek_stage_watch *watch, ek_error *e)
{
  ek_cloud c;
  int r = ek_pz_open(&c, a, watch, e);
  for (size_t i = 0; r == 0 && i < n; i++) {
    const ek_pz_kind *k = ek_pz_kind_of(list[i].kind);
    if (!k || list[i].n_holders)
      continue;
    r = k->describe ? delete_thing(&c, k, &list[i], e) : delete_object(&c, list[i].arn, e);
    if (r == 0)
      r = forget_parts(&c, &list[i], e);
    if (r == 0)
      r = ek_state_forget(c.state, list[i].kind, list[i].name, e);
  }
  ek_pz_close(&c);
  return r;
}
