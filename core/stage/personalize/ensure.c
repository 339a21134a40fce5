/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/personalize/ensure.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"

#define LOSSES 5                     /* of replies in a row                      */
#define BUSY_NS (600 * SEC)          /* to wait for what is in use, where no time is given */
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

int
ek_pz_same_word(const char *a, const char *b)
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
    if (name && (q->any_case ? ek_pz_same_word(name, q->name) : strcmp(name, q->name) == 0)) {
      keep_arn(arn, json_string_value(json_object_get(one, q->arn_member)));
      found = arn[0] != 0;
    }
  }
  json_decref(all);
  return found;
}

typedef struct looking { ek_cloud *cloud; const ek_ensure *q; char *arn; } looking;

static int
look(void *arg, ek_error *e)
{
  const looking *l = arg;
  return find_by_name(l->cloud, l->q, l->arn, e);
}

static int
read_arn(const ek_ensure *q, json_t *out, char arn[EK_ARN], ek_error *e)
{
  keep_arn(arn, json_string_value(json_object_get(out, q->arn_member)));
  json_decref(out);
  return arn[0] ? 1 : ek_fail(e, EK_EXIT_FAILED, "bad_answer", "personalize:%s answered without '%s'", q->create,
                              q->arn_member);
}

/* It exists: the lists show it soon. 1, or -1 and e: as the service refused it. */
static int
find_existing(ek_cloud *c, const ek_ensure *q, enum ek_pz why, char arn[EK_ARN], ek_error *e)
{
  looking l = { c, q, arn };
  ek_error refusal = *e;
  int found = ek_pz_look_again(c, q->stage, look, &l, e);
  if (found)
    return found;
  *e = refusal;
  if (why == EK_PZ_EXISTS)
    ek_fail(e, EK_EXIT_FAILED, "service_refused", "personalize:%s: '%s' exists, but %s does not show it", q->create,
            q->name, q->list);
  return -1;
}

/* The create, until it is there or cannot be. All names are unique, so one that was done and whose reply was lost is
 * refused when it is sent again. 1: made. 0: it was there before. -1: e.    */
static int
make(ek_cloud *c, const ek_ensure *q, char arn[EK_ARN], ek_error *e)
{
  const int64_t began = ek_monotonic_ns(), busy_ns = q->timeout_ns ? q->timeout_ns : BUSY_NS;
  int64_t pause = c->poll_ns ? c->poll_ns : 2 * SEC;
  int lost = 0, found;
  for (;;) {
    json_t *out = NULL;
    enum ek_pz r = ek_pz_call(c, q->create, q->in, &out, e);
    switch (r) {
    case EK_PZ_OK: return read_arn(q, out, arn, e);
    case EK_PZ_LOST:
      if ((c->watch && c->watch->stop && *c->watch->stop) || ++lost == LOSSES)
        return -1;                   /* the intent stays: the next run looks     */
      ek_debug("personalize:%s: the reply was lost; looking for '%s'", q->create, q->name);
      break;
    case EK_PZ_EXISTS: case EK_PZ_QUOTA:         /* of one event tracker in a group */
      if (r == EK_PZ_QUOTA && !lost)
        return -1;
      found = find_existing(c, q, r, arn, e);
      return found < 0 ? -1 : lost > 0;
    case EK_PZ_BUSY:
      if (ek_monotonic_ns() - began >= busy_ns) {
        e->status = EK_EXIT_STOPPED;
        return ek_help(e, "run the same command again when what it waits for is done");
      }
      ek_debug("personalize:%s: something else is under way; waiting", q->create);
      break;
    default: return -1;
    }
    if (ek_pz_sleep(c, pause, e) < 0)
      return -1;
    if (!c->poll_ns && r == EK_PZ_BUSY)
      pause = pause * 3 / 2 < 30 * SEC ? pause * 3 / 2 : 30 * SEC;
    if ((found = find_by_name(c, q, arn, e)))
      return found < 0 ? -1 : lost > 0;
  }
}

enum fate { GOOD, FAILED, GOING };

/* Status of what an ARN names: 1 and *fate; 0 it is gone; -1 e. */
static int
status_of(ek_cloud *c, const ek_ensure *q, const char *arn, enum fate *fate, ek_error *e)
{
  json_t *out;
  enum ek_pz r = ek_pz_describe_one(c, q->describe, q->arn_member, arn, 1, &out, e);
  *fate = GOOD;
  if (r == EK_PZ_NOT_FOUND)
    return 0;
  if (r != EK_PZ_OK)
    return -1;
  const char *s = q->object ? json_string_value(json_object_get(json_object_get(out, q->object), "status")) : NULL;
  *fate = !s ? GOOD : strstr(s, "FAILED") ? FAILED : strncmp(s, "DELETE", 6) == 0 ? GOING : GOOD;
  json_decref(out);
  return 1;
}

/* Until it is gone; one that failed is deleted first, one that somebody deletes is only waited for. */
static int
make_room(ek_cloud *c, const ek_ensure *q, const char *arn, enum fate fate, ek_error *e)
{
  char path[80];
  snprintf(path, sizeof path, "%s.status", q->object);
  ek_pz_wait w = { .stage = q->stage, .what = q->what, .operation = q->describe, .member = q->arn_member, .arn = arn,
                   .path = path, .timeout_ns = q->timeout_ns, .gone = 1 };
  if (fate == FAILED) {
    json_t *in = json_pack("{s:s}", q->arn_member, arn);
    ek_info("%s %s: the last try failed; it is deleted and made anew", q->stage, q->what);
    enum ek_pz r = ek_pz_call(c, q->remove, in, NULL, e);
    json_decref(in);
    if (r != EK_PZ_OK)
      return r == EK_PZ_NOT_FOUND ? 0 : -1;
  } else
    ek_info("%s %s: it is being deleted; it is made anew when it is gone", q->stage, q->what);
  return ek_pz_wait_for(c, &w, 1, NULL, e);
}

/* 1: arn is good to use. 0: there is none. -1 e. */
static int
known(ek_cloud *c, const ek_ensure *q, char arn[EK_ARN], enum ek_origin *origin, ek_error *e)
{
  ek_thing t;
  int had = ek_state_find(c->state, q->kind, q->name, &t), there;
  enum fate fate;
  *origin = had ? t.origin : EK_ADOPTED;
  if (had && t.arn)
    keep_arn(arn, t.arn);
  else {
    there = q->in ? find_by_name(c, q, arn, e) : 1;
    if (there <= 0)
      return there;
    *origin = had ? EK_OURS : EK_ADOPTED;      /* an intent of ours whose reply was lost */
  }
  there = status_of(c, q, arn, &fate, e);
  if (there < 0)
    return -1;
  if (!there && !q->in)
    return ek_fail(e, EK_EXIT_REFUSED, "not_found", "%s '%s' is not in this account and region", q->what, arn);
  if (!there)
    return 0;
  if (q->how == EK_ENSURE_MAKE && q->in && q->remove && (fate == GOING || (fate == FAILED && *origin == EK_OURS)))
    return make_room(c, q, arn, fate, e);
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
  ek_thing t;
  int there, ours_before = ek_state_find(c->state, q->kind, q->name, &t) && t.origin == EK_OURS;
  if (created)
    *created = 0;
  there = known(c, q, arn, &origin, e);
  if (there < 0)
    return -1;
  if (there && q->how == EK_ENSURE_LOOK)
    return 0;
  if (there)
    return ek_state_done(c->state, q->kind, q->name, arn, origin, q->digest, e);
  if (q->how != EK_ENSURE_MAKE)
    return ek_fail(e, EK_EXIT_REFUSED, "not_found", "%s '%s' is not in this account and region", q->what, q->name);
  if ((q->before && q->before(c, e) < 0) || forget_parts(c, q, e) < 0 ||
      ek_state_intend(c->state, q->kind, q->name, q->digest, e) < 0)
    return -1;
  int made = make(c, q, arn, e);
  if (made < 0)
    return -1;
  if (created)
    *created = made;
  /* Somebody else's, that was made in this moment or is listed late, is adopted like any other. */
  return ek_state_done(c->state, q->kind, q->name, arn, made || ours_before ? EK_OURS : EK_ADOPTED, q->digest, e);
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
