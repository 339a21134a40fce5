/* SPDX-License-Identifier: BSD-3-Clause */
/* What cannot go because something that stays needs it: a group with data sets, a solution with a campaign, a schema with
 * a data set. The service would say ResourceInUse, and never anything else; so it is found out before.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "stage/personalize/cloud.h"
#include "stage/personalize/kinds.h"

/* In what, what, and how it is listed. */
typedef struct listing { const char *of, *of_member, *kind, *operation, *member, *arn_member, *name_member; } listing;
static const listing listings[] = {
  { "dataset_group", "datasetGroupArn", "dataset", "ListDatasets", "datasets", "datasetArn", "datasetType" },
  { "dataset_group", "datasetGroupArn", "solution", "ListSolutions", "solutions", "solutionArn", "name" },
  { "dataset_group", "datasetGroupArn", "event_tracker", "ListEventTrackers", "eventTrackers", "eventTrackerArn",
    "name" },
  { "dataset_group", "datasetGroupArn", "filter", "ListFilters", "Filters", "filterArn", "name" },
  { "solution", "solutionArn", "campaign", "ListCampaigns", "campaigns", "campaignArn", "name" },
};
/* Whose names are the account's. A group first: others are looked for in it. */
static const listing by_name[] = {
  { NULL, NULL, "dataset_group", "ListDatasetGroups", "datasetGroups", "datasetGroupArn", "name" },
  { NULL, NULL, "schema", "ListSchemas", "schemas", "schemaArn", "name" },
  { NULL, NULL, "campaign", "ListCampaigns", "campaigns", "campaignArn", "name" },
};

typedef struct use { const char *kind; char *name, *arn, *of; } use;       /* the thing that needs; of: what it needs */

typedef struct search {
  ek_cloud *cloud;
  const ek_account *account;
  ek_doomed *list; size_t n, cap;
  use *uses; size_t n_uses, cap_uses;
} search;

static int
order_of(const ek_doomed *d)
{
  const ek_pz_kind *k = ek_pz_kind_of(d->kind);
  return k ? k->order : 0;
}

static const ek_doomed *
find_doomed(const search *s, const char *arn)
{
  for (size_t i = 0; i < s->n; i++)
    if (strcmp(s->list[i].arn, arn) == 0)
      return &s->list[i];
  return NULL;
}

/* Only by its ARN: what this folder does not know could be anybody's, of any group. */
static int
is_named(const ek_account *a, const char *arn)
{
  for (size_t i = 0; i < a->n_named; i++)
    if (strcmp(a->named[i], arn) == 0)
      return 1;
  return 0;
}

static void
add_use(search *s, const char *kind, const char *name, const char *arn, const char *of)
{
  use u = { kind, ek_mem_strdup(name), ek_mem_strdup(arn), ek_mem_strdup(of) };
  for (char *p = u.name; *p && strcmp(kind, "dataset") == 0; p++)
    if (*p >= 'a' && *p <= 'z')
      *p = (char)(*p - 32);          /* as in the state and in ARNs              */
  s->uses = ek_mem_grow(s->uses, &s->cap_uses, s->n_uses + 1, sizeof *s->uses);
  s->uses[s->n_uses++] = u;
  if (find_doomed(s, arn) || !is_named(s->account, arn))
    return;
  s->list = ek_mem_grow(s->list, &s->cap, s->n + 1, sizeof *s->list);
  s->list[s->n++] = (ek_doomed){ .kind = ek_mem_strdup(kind), .name = ek_mem_strdup(u.name),
                                 .arn = ek_mem_strdup(arn), .named = 1 };
}

/* What may not be seen is left to the deletion. */
static int
pass_over(const ek_error *e)
{
  if (!e->code || strcmp(e->code, "access_denied") != 0)
    return 0;
  ek_debug("destroy: %s", e->message);
  return 1;
}

/* 1: it is in the account. 0: it is not, or it may not be seen. -1: e. */
static int
is_there(search *s, const ek_doomed *d, json_t **out, ek_error *e)
{
  const ek_pz_kind *k = ek_pz_kind_of(d->kind);
  json_t *in = json_pack("{s:s}", k->arn_member, d->arn);
  enum ek_pz r = ek_pz_call(s->cloud, k->describe, in, out, e);
  json_decref(in);
  return r == EK_PZ_OK ? 1 : r == EK_PZ_NOT_FOUND || pass_over(e) ? 0 : -1;
}

static int
list_in(search *s, const listing *l, const char *of, ek_error *e)
{
  json_t *in = json_pack("{s:s}", l->of_member, of), *all = ek_pz_list(s->cloud, l->operation, in, l->member, e), *one;
  size_t i;
  json_decref(in);
  if (!all)
    return pass_over(e) ? 0 : -1;
  json_array_foreach(all, i, one) {
    const char *arn = json_string_value(json_object_get(one, l->arn_member)),
      *name = json_string_value(json_object_get(one, l->name_member));
    const char *status = json_string_value(json_object_get(one, "status"));
    if (arn && !(status && strncmp(status, "DELETE", 6) == 0))
      add_use(s, l->kind, name ? name : ek_pz_arn_name(arn), arn, of);
  }
  json_decref(all);
  return 0;
}

static int
list_uses(search *s, const char *of_kind, ek_error *e)
{
  for (size_t i = 0; i < s->n; i++) {
    if (strcmp(s->list[i].kind, of_kind) != 0)
      continue;
    char *arn = ek_mem_strdup(s->list[i].arn);   /* the list grows               */
    int r = is_there(s, &s->list[i], NULL, e);
    for (size_t k = 0; r > 0 && k < sizeof listings / sizeof *listings; k++)
      if (strcmp(listings[k].of, of_kind) == 0 && list_in(s, &listings[k], arn, e) < 0)
        r = -1;
    free(arn);
    if (r < 0)
      return -1;
  }
  return 0;
}

/* The schema of a data set that stays. */
static int
add_schema_use(search *s, const char *name, const char *arn, ek_error *e)
{
  const ek_doomed d = { .kind = (char *)"dataset", .arn = (char *)arn };
  json_t *out = NULL;
  if (find_doomed(s, arn))
    return 0;
  int r = is_there(s, &d, &out, e);
  const json_t *set = json_object_get(out, "dataset"), *newer = json_object_get(set, "latestDatasetUpdate");
  const char *schemas[] = { json_string_value(json_object_get(set, "schemaArn")),
                            json_string_value(json_object_get(newer, "schemaArn")) };
  for (size_t i = 0; i < 2; i++)
    if (schemas[i] && (i == 0 || !schemas[0] || strcmp(schemas[0], schemas[i]) != 0))
      add_use(s, "dataset", name, arn, schemas[i]);
  json_decref(out);
  return r < 0 ? -1 : 0;
}

static int
list_schema_uses(search *s, ek_error *e)
{
  int any = 0;
  ek_thing t;
  for (size_t i = 0; i < s->n; i++)
    any |= strcmp(s->list[i].kind, "schema") == 0;
  for (size_t i = 0; any && i < ek_state_count(s->cloud->state); i++)
    if (ek_state_at(s->cloud->state, i, &t) && strcmp(t.kind, "dataset") == 0 && t.arn &&
        add_schema_use(s, t.name, t.arn, e) < 0)
      return -1;
  return 0;
}

static int
by_order(const void *a, const void *b)
{
  const ek_doomed *x = a, *y = b;
  int d = order_of(x) - order_of(y);
  return d ? d : strcmp(x->arn, y->arn);
}

/* In order of deletion: a solution that stays for its campaign keeps its group, too. */
static void
judge(search *s)
{
  for (size_t i = 0; i < s->n; i++) {
    ek_doomed *d = &s->list[i];
    size_t cap = 0;
    for (size_t k = 0; k < s->n_uses; k++) {
      const use *u = &s->uses[k];
      const ek_doomed *goes = find_doomed(s, u->arn);
      if (strcmp(u->of, d->arn) != 0 || (goes && !goes->n_holders))
        continue;
      d->holders = ek_mem_grow(d->holders, &cap, d->n_holders + 1, sizeof *d->holders);
      d->holders[d->n_holders++] = (ek_doomed){ .kind = ek_mem_strdup(u->kind), .name = ek_mem_strdup(u->name),
                                                .arn = ek_mem_strdup(u->arn) };
    }
  }
}

int
ek_pz_find_holders(ek_cloud *c, const ek_account *a, ek_doomed **list, size_t *n, ek_error *e)
{
  search s = { .cloud = c, .account = a, .list = *list, .n = *n, .cap = *n };
  int r = list_uses(&s, "dataset_group", e) < 0 || list_uses(&s, "solution", e) < 0 ||
    list_schema_uses(&s, e) < 0 ? -1 : 0;
  if (r == 0 && s.n > *n)
    qsort(s.list, s.n, sizeof *s.list, by_order);
  if (r == 0)
    judge(&s);
  for (size_t i = 0; i < s.n_uses; i++) {
    free(s.uses[i].name);
    free(s.uses[i].arn);
    free(s.uses[i].of);
  }
  free(s.uses);
  *list = s.list;
  *n = s.n;
  if (r == 0)
    *e = (ek_error){ 0 };
  return r;
}

/* ---- what was asked for, and whose reply nobody read ------------------------------------------ */

/* An intent of which nothing is in the account stays one. 0, or -1 and e.     */
static int
find_intent(ek_cloud *c, const listing *l, const char *of_arn, const ek_thing *t, ek_error *e)
{
  json_t *in = l->of_member ? json_pack("{s:s}", l->of_member, of_arn) : NULL, *one;
  json_t *all = ek_pz_list(c, l->operation, in, l->member, e);
  char name[EK_ARN], digest[200], arn[EK_ARN] = "";
  size_t i;
  json_decref(in);
  if (!all)
    return pass_over(e) ? 0 : -1;
  json_array_foreach(all, i, one) {
    const char *n = json_string_value(json_object_get(one, l->name_member)),
      *a = json_string_value(json_object_get(one, l->arn_member));
    if (n && a && ek_pz_same_word(n, t->name) && (strcmp(l->kind, "dataset") == 0 || strcmp(n, t->name) == 0))
      snprintf(arn, sizeof arn, "%s", a);
  }
  json_decref(all);
  if (!arn[0])
    return 0;
  snprintf(name, sizeof name, "%s", t->name);
  snprintf(digest, sizeof digest, "%s", t->digest ? t->digest : "");
  return ek_state_done(c->state, l->kind, name, arn, t->origin, digest[0] ? digest : NULL, e);
}

static int
find_intents(ek_cloud *c, const listing *l, const char *of_arn, ek_error *e)
{
  ek_thing t;
  for (size_t i = 0; i < ek_state_count(c->state); i++)
    if (ek_state_at(c->state, i, &t) && !t.arn && strcmp(t.kind, l->kind) == 0 && find_intent(c, l, of_arn, &t, e) < 0)
      return -1;
  return 0;
}

int
ek_pz_find_intents(ek_cloud *c, ek_error *e)
{
  char group[EK_ARN] = "";
  ek_thing t;
  for (size_t k = 0; k < sizeof by_name / sizeof *by_name; k++)
    if (find_intents(c, &by_name[k], NULL, e) < 0)
      return -1;
  for (size_t i = 0; i < ek_state_count(c->state); i++)
    if (ek_state_at(c->state, i, &t) && strcmp(t.kind, "dataset_group") == 0 && t.arn)
      snprintf(group, sizeof group, "%s", t.arn);
  for (size_t k = 0; group[0] && k < sizeof listings / sizeof *listings; k++)
    if (strcmp(listings[k].of, "dataset_group") == 0 && find_intents(c, &listings[k], group, e) < 0)
      return -1;
  return 0;
}
