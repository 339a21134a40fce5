/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/recommend.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "stage/local/tables.h"

struct ek_recommender {
  ek_group *group;
  ek_model *model;
  char *version, *event_type, *label_column;
  double threshold;
  /* Categories as the Items data set has them; NULL: it has none, or the model knows better. */
  ek_query *categories;
  uint32_t *history; size_t cap_history;
};

/* ---- opening ---- */

static char *
only_campaign(ek_group *g, ek_error *e)
{
  EK_QUERY ek_query *q = ek_query_new(ek_group_db(g), "SELECT solution || '/' || number, name = ?1 FROM campaign"
                                                      " ORDER BY name = ?1 DESC", e);
  if (!q)
    return NULL;
  ek_query_text(q, 1, ek_cstr(ek_group_name(g)));
  int found = ek_query_step(q, e);
  if (found < 0)
    return NULL;
  ek_str s = found ? ek_query_col_text(q, 0) : (ek_str){ "", 0 };
  char *version = ek_mem_strndup(s.ptr, s.len);
  int named = found && ek_query_col_int(q, 1);
  if (found && (named || ek_query_step(q, e) == 0))
    return version;
  free(version);
  ek_fail(e, EK_EXIT_REFUSED, "no_such_campaign", found ? "there are several campaigns: which one?" : "there is no campaign");
  ek_help(e, found ? "name one: --campaign NAME ('enrichkit describe campaign' lists them)" : "'enrichkit train' makes one");
  ek_at(e, ek_group_folder(g), 0, 0);
  return NULL;
}

static void
read_meta(ek_recommender *r)
{
  ek_str meta = ek_model_meta(r->model);
  json_t *j = json_loadb(meta.ptr, meta.len, 0, NULL);
  const char *type = json_string_value(json_object_get(j, "event_type"));
  const char *label = json_string_value(json_object_get(j, "label_column"));
  const json_t *threshold = json_object_get(j, "event_value_threshold");
  r->event_type = type ? ek_mem_strdup(type) : NULL;
  r->label_column = ek_mem_strdup(label ? label : "");
  r->threshold = json_is_number(threshold) ? json_number_value(threshold) : -HUGE_VAL;
  json_decref(j);
}

/* Only where the model has none: labels of an arm are in its model, and no data set has them. */
static int
prepare_categories(ek_recommender *r, ek_error *e)
{
  ek_dataset d = { 0 };
  if (ek_model_n_categories(r->model))
    return 0;
  int found = ek_dataset_get(r->group, EK_ITEMS, &d, e);
  int at = found == 1 ? ek_avro_find(d.schema, ek_cstr(r->label_column)) : -1;
  if (at >= 0)
    r->categories = ek_query_newf(ek_group_db(r->group), e, "SELECT c%d FROM rows_%lld WHERE c%d = ?1", at, (long long)d.data,
                                  ek_avro_find_role(d.schema, EK_AVRO_ITEM_ID));
  ek_dataset_clear(&d);
  return found < 0 || (at >= 0 && !r->categories) ? -1 : 0;
}

static int
open_all(ek_recommender *r, const char *store, const char *group, const char *campaign, const char *version, ek_error *e)
{
  r->group = ek_group_open(store, group, EK_GROUP_READ, e);
  /* One state of the store for all questions: an import may replace tables meanwhile. */
  if (!r->group || ek_db_exec(ek_group_db(r->group), "BEGIN", e) < 0)
    return -1;
  r->version = version ? ek_mem_strdup(version) : campaign ? ek_group_campaign(r->group, campaign, e) : only_campaign(r->group, e);
  if (!r->version)
    return -1;
  EK_FREE char *path = ek_group_model_path(r->group, r->version, e);
  if (!path || !(r->model = ek_model_open(path, e)))
    return -1;
  read_meta(r);
  return prepare_categories(r, e);
}

ek_recommender *
ek_recommender_open(const char *store, const char *group, const char *campaign, const char *solution_version, ek_error *e)
{
  ek_recommender *r = ek_mem_zero(1, sizeof *r);
  if (open_all(r, store, group, campaign, solution_version, e) == 0)
    return r;
  ek_recommender_close(r);
  return NULL;
}

void
ek_recommender_close(ek_recommender *r)
{
  if (!r)
    return;
  ek_query_free(r->categories);
  ek_model_close(r->model);
  ek_group_close(r->group);
  free(r->history);
  free(r->version);
  free(r->event_type);
  free(r->label_column);
  free(r);
}

const char *ek_recommender_version(const ek_recommender *r) { return r->version; }

/* ---- asking ---- */

static int
number_items(ek_recommender *r, const char *const *items, size_t n, ek_answer *out, ek_error *e)
{
  r->history = ek_mem_grow(r->history, &r->cap_history, n + 1, sizeof *r->history);
  for (size_t i = 0; i < n; i++) {
    int found = ek_model_item(r->model, ek_cstr(items[i]), &r->history[out->known], e);
    if (found < 0)
      return -1;
    if (found)
      out->known++;
    else
      out->unknown++;
  }
  return 0;
}

static int
user_history(ek_recommender *r, const char *user, ek_answer *out, ek_error *e)
{
  char **items;
  size_t n;
  if (ek_group_history_of(r->group, ek_cstr(user), r->event_type, r->threshold, &items, &n, e) < 0)
    return -1;
  int result = number_items(r, (const char *const *)items, n, out, e);
  ek_history_free(items, n);
  return result;
}

static int
history_of(ek_recommender *r, const ek_question *q, ek_answer *out, ek_error *e)
{
  char shown[128];
  if (q->user)
    return user_history(r, q->user, out, e);
  if (number_items(r, q->items, q->n_items, out, e) < 0)
    return -1;
  if (out->known || !q->n_items)
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "no_such_item", "item '%s' is not in the model", ek_show(ek_cstr(q->items[0]), shown, sizeof shown));
  return ek_help(e, "it was trained before the item came; import the item and train again");
}

static int
name_categories(ek_recommender *r, uint32_t index, ek_str id, ek_text *out, ek_error *e)
{
  if (!r->categories)
    return ek_model_categories_of(r->model, index, out, e);
  ek_query_text(r->categories, 1, id);
  int found = ek_query_step(r->categories, e);
  if (found == 1)
    ek_text_str(out, ek_query_col_text(r->categories, 0));
  ek_query_reset(r->categories);
  return found < 0 ? -1 : 0;
}

static int
fill(ek_recommender *r, const ek_scored *scored, unsigned n, ek_answer *out, ek_error *e)
{
  out->list = ek_mem_zero((size_t)n + 1, sizeof *out->list);
  for (unsigned i = 0; i < n; i++) {
    ek_text categories = { 0 };
    ek_str id;
    if (ek_model_item_id(r->model, scored[i].item, &id, e) < 0 || name_categories(r, scored[i].item, id, &categories, e) < 0) {
      ek_text_free(&categories);
      return -1;
    }
    out->list[out->n++] = (ek_recommendation){ ek_mem_strndup(id.ptr, id.len), scored[i].score,
                                               ek_mem_strdup(ek_text_c(&categories)) };
    ek_text_free(&categories);
  }
  return 0;
}

int
ek_recommender_ask(ek_recommender *r, const ek_question *q, ek_answer *out, ek_error *e)
{
  ek_scored scored[EK_RECOMMEND_MAX];
  unsigned n;
  *out = (ek_answer){ 0 };
  if (!q->num || q->num > EK_RECOMMEND_MAX) {
    ek_fail(e, EK_EXIT_REFUSED, "bad_number", "%u recommendations; 1 to %d can be asked for", q->num, EK_RECOMMEND_MAX);
    return -1;
  }
  ek_query_options o = { .content = ek_model_hyper(r->model).content, .exclude_seen = q->new_only || !q->user };
  if (history_of(r, q, out, e) < 0 || ek_model_recommend(r->model, r->history, out->known, &o, q->num, scored, &n, e) < 0 ||
      fill(r, scored, n, out, e) < 0) {
    ek_answer_clear(out);
    return -1;
  }
  return 0;
}

void
ek_answer_clear(ek_answer *a)
{
  for (size_t i = 0; i < a->n; i++) {
    free(a->list[i].item);
    free(a->list[i].categories);
  }
  free(a->list);
  *a = (ek_answer){ 0 };
}
