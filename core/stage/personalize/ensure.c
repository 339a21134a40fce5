/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/personalize/ensure.h"
#include <stdio.h>
#include <string.h>
#include "base/log.h"

#define LOOKS 5                      /* for a thing whose reply was lost: lists lag a little */
#define SEC INT64_C(1000000000)

int
ek_pz_is_arn(const char *s)
{
  return s && strncmp(s, "arn:", 4) == 0;
}

const char *
ek_pz_arn_name(const char *arn)
{
  const char *slash = strrchr(arn, '/');
  return slash ? slash + 1 : arn;
}

void
ek_pz_add_tags(const ek_settings *s, json_t *in)
{
  if (!s->import.n_tags)
    return;
  json_t *tags = json_array();
  for (size_t i = 0; i < s->import.n_tags; i++)
    json_array_append_new(tags, json_pack("{s:s, s:s}", "tagKey", s->import.tags[i].name, "tagValue",
                                          s->import.tags[i].value));
  json_object_set_new(in, "tags", tags);
}

static void
keep_arn(char arn[EK_ARN], const char *s)
{
  snprintf(arn, EK_ARN, "%s", s ? s : "");
}

static int
same_word(const char *a, const char *b)
{
  for (; *a && *b; a++, b++)
    if ((*a >= 'a' && *a <= 'z' ? *a - 32 : *a) != (*b >= 'a' && *b <= 'z' ? *b - 32 : *b))
      return 0;
  return *a == *b;
}

/* 1 found by name, 0 not there, -1 e. */
static int
find_by_name(ek_cloud *c, const ek_ensure *q, char arn[EK_ARN], ek_error *e)
{
  json_t *all = ek_pz_list(c, q->list, q->list_in, q->list_member, e), *one;
  size_t i;
  int found = 0;
  if (!all)
    return -1;
  json_array_foreach(all, i, one) {
    const char *name = json_string_value(json_object_get(one, q->name_member));
    if (name && (q->any_case ? same_word(name, q->name) : strcmp(name, q->name) == 0)) {
      keep_arn(arn, json_string_value(json_object_get(one, q->arn_member)));
      found = arn[0] != 0;
    }
  }
  json_decref(all);
  return found;
}

/* The create, until it is there or cannot be. */
static int
make(ek_cloud *c, const ek_ensure *q, char arn[EK_ARN], ek_error *e)
{
  json_t *out = NULL;
  for (int look = 0; look < LOOKS; look++) {
    enum ek_pz r = ek_pz_call(c, q->create, q->in, &out, e);
    if (r == EK_PZ_OK) {
      keep_arn(arn, json_string_value(json_object_get(out, q->arn_member)));
      json_decref(out);
      if (arn[0])
        return 0;
      return ek_fail(e, EK_EXIT_FAILED, "bad_answer", "personalize:%s answered without '%s'", q->create, q->arn_member);
    }
    if (r == EK_PZ_LOST) {
      if (c->watch && c->watch->stop && *c->watch->stop)
        return -1;                   /* the intent stays: the next run looks     */
      ek_debug("personalize:%s: the reply was lost; looking for '%s'", q->create, q->name);
    } else if (r == EK_PZ_BUSY) {
      ek_debug("personalize:%s: something else is under way; waiting", q->create);
    } else if (r != EK_PZ_EXISTS)
      return -1;
    if (ek_pz_sleep(c, c->poll_ns ? c->poll_ns : 2 * SEC, e) < 0)
      return -1;
    int found = find_by_name(c, q, arn, e);
    if (found)
      return found < 0 ? -1 : 0;
    if (r == EK_PZ_EXISTS && look + 1 == LOOKS)
      return ek_fail(e, EK_EXIT_FAILED, "service_refused", "personalize:%s: '%s' exists, but %s does not show it", q->create,
                     q->name, q->list);
  }
  if (!e->status)
    ek_fail(e, EK_EXIT_STOPPED, "service_busy", "personalize:%s: no answer for '%s' in %d tries", q->create, q->name, LOOKS);
  return -1;
}

/* Status of what an ARN names: 1 and *failed; 0 it is gone; -1 e. */
static int
status_of(ek_cloud *c, const ek_ensure *q, const char *arn, int *failed, ek_error *e)
{
  json_t *in = json_pack("{s:s}", q->arn_member, arn), *out = NULL;
  enum ek_pz r = ek_pz_call(c, q->describe, in, &out, e);
  json_decref(in);
  *failed = 0;
  if (r == EK_PZ_NOT_FOUND)
    return 0;
  if (r != EK_PZ_OK)
    return -1;
  const char *s = q->object ? json_string_value(json_object_get(json_object_get(out, q->object), "status")) : NULL;
  *failed = s && (strstr(s, "FAILED") || strncmp(s, "DELETE", 6) == 0);
  json_decref(out);
  return 1;
}

static int
remove_failed(ek_cloud *c, const ek_ensure *q, const char *arn, ek_error *e)
{
  json_t *in = json_pack("{s:s}", q->arn_member, arn);
  char path[80];
  snprintf(path, sizeof path, "%s.status", q->object);
  ek_pz_wait w = { .stage = q->stage, .what = q->what, .operation = q->describe, .member = q->arn_member, .arn = arn,
                   .path = path, .timeout_ns = q->timeout_ns, .gone = 1 };
  ek_info("%s %s: the last try failed; it is deleted and made anew", q->stage, q->what);
  enum ek_pz r = ek_pz_call(c, q->remove, in, NULL, e);
  json_decref(in);
  if (r != EK_PZ_OK && r != EK_PZ_NOT_FOUND)
    return -1;
  return r == EK_PZ_NOT_FOUND ? 0 : ek_pz_wait_for(c, &w, 1, NULL, e);
}

/* 1: arn is good to use. 0: there is none. -1 e. */
static int
known(ek_cloud *c, const ek_ensure *q, char arn[EK_ARN], enum ek_origin *origin, ek_error *e)
{
  ek_thing t;
  int had = ek_state_find(c->state, q->kind, q->name, &t), failed = 0, there;
  *origin = had ? t.origin : EK_ADOPTED;
  if (had && t.arn)
    keep_arn(arn, t.arn);
  else {
    there = q->in ? find_by_name(c, q, arn, e) : 1;
    if (there <= 0)
      return there;
    *origin = had ? EK_OURS : EK_ADOPTED;      /* an intent of ours whose reply was lost */
  }
  there = status_of(c, q, arn, &failed, e);
  if (there < 0)
    return -1;
  if (!there && !q->in)
    return ek_fail(e, EK_EXIT_REFUSED, "not_found", "%s '%s' is not in this account and region", q->what, arn);
  if (!there)
    return 0;
  if (failed && *origin == EK_OURS && q->remove)
    return remove_failed(c, q, arn, e);
  return 1;
}

/* What went with the one before: a new data set is empty, whatever was imported into its predecessor. Before the
 * create, so that a kill between the two leaves nothing that is believed.   */
static int
forget_parts(ek_cloud *c, const ek_ensure *q, ek_error *e)
{
  size_t n = strlen(q->name);
  ek_thing t;
  char name[200];
  for (size_t i = ek_state_count(c->state); q->parts && i > 0; i--) {
    if (!ek_state_at(c->state, i - 1, &t) || strcmp(t.kind, q->parts) != 0 || !t.digest ||
        strncmp(t.digest, q->name, n) != 0 || t.digest[n] != ' ')
      continue;
    snprintf(name, sizeof name, "%s", t.name);
    if (ek_state_forget(c->state, q->parts, name, e) < 0)
      return -1;
  }
  return 0;
}

int
ek_pz_ensure_started(ek_cloud *c, const ek_ensure *q, char arn[EK_ARN], int *created, ek_error *e)
{
  enum ek_origin origin;
  int there;
  if (created)
    *created = 0;
  there = known(c, q, arn, &origin, e);
  if (there < 0)
    return -1;
  if (there)
    return ek_state_done(c->state, q->kind, q->name, arn, origin, q->digest, e);
  if (forget_parts(c, q, e) < 0 || ek_state_intend(c->state, q->kind, q->name, q->digest, e) < 0 || make(c, q, arn, e) < 0)
    return -1;
  if (created)
    *created = 1;
  return ek_state_done(c->state, q->kind, q->name, arn, EK_OURS, q->digest, e);
}

int
ek_pz_ensure(ek_cloud *c, const ek_ensure *q, char arn[EK_ARN], int *created, json_t **description, ek_error *e)
{
  char path[80];
  if (ek_pz_ensure_started(c, q, arn, created, e) < 0)
    return -1;
  if (!q->object)
    return 0;
  snprintf(path, sizeof path, "%s.status", q->object);
  ek_pz_wait w = { .stage = q->stage, .what = q->what, .operation = q->describe, .member = q->arn_member, .arn = arn,
                   .path = path, .timeout_ns = q->timeout_ns };
  return ek_pz_wait_for(c, &w, 1, description, e);
}
