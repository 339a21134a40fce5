/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/personalize/live.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/sha256.h"
#include "base/clock.h"
#include "stage/personalize/cloud.h"

#define SEC INT64_C(1000000000)
#define TRIES 8u
#define MOST_BATCH 10u               /* the API's                                */

/* The published sizes: characters of `properties`. */
static const size_t most_properties[] = { [EK_LIVE_ITEMS] = 32000, [EK_LIVE_USERS] = 24000, [EK_LIVE_EVENTS] = 1024 };

typedef struct waiting { json_t *entry; char *user; uint64_t tag; int settled; } waiting;      /* settled: sent or given back */

struct ek_live {
  ek_cloud cloud;
  enum ek_live_kind kind;
  char target[EK_ARN], tracking[300];            /* data set's ARN, or trackingId   */
  void (*refused)(void *, uint64_t, const char *, int, const char *);
  void *arg;
  waiting list[MOST_BATCH]; unsigned n, most;
  int64_t first_ns, max_wait_ns, next_ns, gap_ns;
  uint64_t sent, calls;
};

/* ---- what it is put into ------------------------------------------------------------------- */

/* The group as it is: what is sent live goes into what is there, and makes nothing. */
static int
find_dataset(ek_live *l, enum ek_record_kind kind, ek_error *e)
{
  char group[EK_ARN];
  return ek_pz_group_there(&l->cloud, EK_ENSURE_LOOK, group, e) < 0 ? -1 : ek_pz_dataset_there(&l->cloud, group, kind,
                                                                                               l->target, e);
}

/* The group's event tracker gives the trackingId; one is made where there is none. */
static int
find_tracker(ek_live *l, ek_error *e)
{
  char group[EK_ARN], arn[EK_ARN], name[80];
  json_t *in, *of_group, *d = NULL;
  if (ek_pz_group_there(&l->cloud, EK_ENSURE_LOOK, group, e) < 0)
    return -1;
  snprintf(name, sizeof name, "%.50s-events", l->cloud.settings->name);
  in = json_pack("{s:s, s:s}", "name", name, "datasetGroupArn", group);
  of_group = json_pack("{s:s}", "datasetGroupArn", group);
  ek_pz_add_tags(l->cloud.settings, in);
  ek_ensure q = { .kind = "event_tracker", .name = name, .create = "CreateEventTracker", .in = in, .arn_member = "eventTrackerArn",
                  .describe = "DescribeEventTracker", .object = "eventTracker", .list = "ListEventTrackers",
                  .list_member = "eventTrackers", .list_in = of_group, .name_member = "name", .remove = "DeleteEventTracker",
                  .stage = "put-events", .what = "event tracker", .timeout_ns = l->cloud.settings->import.timeout_ns };
  int r = ek_pz_ensure(&l->cloud, &q, arn, NULL, &d, e);
  const char *id = json_string_value(json_object_get(json_object_get(d, "eventTracker"), "trackingId"));
  if (r == 0 && !id)
    r = ek_fail(e, EK_EXIT_FAILED, "bad_answer", "personalize:DescribeEventTracker says no trackingId");
  if (r == 0)
    snprintf(l->tracking, sizeof l->tracking, "%s", id);
  json_decref(in);
  json_decref(of_group);
  json_decref(d);
  return r;
}

ek_live *
ek_live_open(const ek_account *a, enum ek_live_kind kind, void (*refused)(void *, uint64_t, const char *, int, const char *),
             void *arg, ek_error *e)
{
  const ek_settings *s = a->settings;
  ek_live *l = ek_mem_zero(1, sizeof *l);
  l->kind = kind;
  l->refused = refused;
  l->arg = arg;
  l->most = s->live.max_batch && s->live.max_batch < MOST_BATCH ? s->live.max_batch : MOST_BATCH;
  l->max_wait_ns = s->live.max_wait_ns;
  l->gap_ns = s->live.rate > 0 ? (int64_t)((double)SEC / s->live.rate) : 0;
  if (ek_pz_open(&l->cloud, a, NULL, e) == 0 &&
      (kind == EK_LIVE_EVENTS ? find_tracker(l, e) : find_dataset(l, kind == EK_LIVE_ITEMS ? EK_ITEMS : EK_USERS,
                                                                  e)) == 0)
    return l;
  ek_pz_close(&l->cloud);
  free(l);
  return NULL;
}

/* ---- a record as the API wants it ------------------------------------------------------------ */

/* CREATION_TIMESTAMP to creationTimestamp: how the service names schema fields in these calls. */
static void
camel(const char *name, char *out, size_t size)
{
  size_t n = 0;
  int upper = 0;
  for (; *name && n + 1 < size; name++) {
    if (*name == '_') {
      upper = n > 0;
      continue;
    }
    char c = *name;
    if (upper && c >= 'a' && c <= 'z')
      c = (char)(c - 32);
    if (!upper && c >= 'A' && c <= 'Z')
      c = (char)(c + 32);
    out[n++] = c;
    upper = 0;
  }
  out[n] = 0;
}

static json_t *
value_of(const ek_column_value *v)
{
  int64_t whole;
  char text[64];
  if (v->is_null)
    return NULL;
  switch (v->type) {
  case EK_COL_INT: case EK_COL_LONG: case EK_COL_TIMESTAMP:
    return ek_number_int(v->value, &whole) ? json_integer(whole) : NULL;
  case EK_COL_FLOAT: case EK_COL_DOUBLE:
    snprintf(text, sizeof text, "%.*s", (int)(v->value.len < 60 ? v->value.len : 60), v->value.ptr);
    return v->value.len ? json_real(strtod(text, NULL)) : NULL;
  case EK_COL_BOOLEAN:
    return json_boolean(ek_str_eqc(v->value, "true"));
  default:
    return json_stringn(v->value.ptr, v->value.len);
  }
}

static int
is_one_of(const char *name, const char *const *list)
{
  for (; *list; list++)
    if (strcmp(*list, name) == 0)
      return 1;
  return 0;
}

/* The rest of the columns as one JSON text; NULL: there are none. */
static char *
properties_of(const ek_live_record *r, const char *const *but)
{
  json_t *o = json_object();
  char name[200], *text;
  for (size_t i = 0; i < r->n; i++) {
    json_t *v = is_one_of(r->columns[i].name, but) ? NULL : value_of(&r->columns[i]);
    camel(r->columns[i].name, name, sizeof name);
    if (v)
      json_object_set_new(o, name, v);
  }
  text = json_object_size(o) ? json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
  json_decref(o);
  return text;
}

static const ek_column_value *
column(const ek_live_record *r, const char *name)
{
  for (size_t i = 0; i < r->n; i++)
    if (strcmp(r->columns[i].name, name) == 0 && !r->columns[i].is_null && r->columns[i].value.len)
      return &r->columns[i];
  return NULL;
}

static void
add_column(json_t *o, const char *member, const ek_column_value *v)
{
  json_t *value = v ? value_of(v) : NULL;
  if (value)
    json_object_set_new(o, member, value);
}

/* Its id is made from what it says, so that one that is sent twice counts once. */
static json_t *
event_of(const ek_live_record *r, char *properties)
{
  json_t *o = json_object();
  ek_text all = { 0 };
  char id[65];
  add_column(o, "itemId", column(r, "ITEM_ID"));
  add_column(o, "sentAt", column(r, "TIMESTAMP"));
  add_column(o, "eventType", column(r, "EVENT_TYPE"));
  add_column(o, "eventValue", column(r, "EVENT_VALUE"));
  ek_text_str(&all, r->id);
  for (size_t i = 0; i < r->n; i++) {
    ek_text_char(&all, '\n');
    ek_text_str(&all, r->columns[i].value);
  }
  ek_sha256_hex((ek_str){ all.data, all.len }, id);
  json_object_set_new(o, "eventId", json_string(id));
  if (properties)
    json_object_set_new(o, "properties", json_string(properties));
  ek_text_free(&all);
  return o;
}

/* As the service's model counts: characters, not bytes. */
static size_t
characters(const char *utf8)
{
  size_t n = 0;
  for (; *utf8; utf8++)
    n += ((unsigned char)*utf8 & 0xc0) != 0x80;
  return n;
}

static json_t *
entry_of(const ek_live *l, const ek_live_record *r, const char **why)
{
  static const char *const but_items[] = { "ITEM_ID", NULL }, *const but_users[] = { "USER_ID", NULL };
  static const char *const but_events[] = { "USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE", NULL };
  const char *const *but = l->kind == EK_LIVE_ITEMS ? but_items : l->kind == EK_LIVE_USERS ? but_users : but_events;
  EK_FREE char *properties = properties_of(r, but);
  *why = NULL;
  if (properties && characters(properties) > most_properties[l->kind])
    *why = l->kind == EK_LIVE_ITEMS   ? "its properties are longer than the 32,000 characters that PutItems takes"
           : l->kind == EK_LIVE_USERS ? "its properties are longer than the 24,000 characters that PutUsers takes"
                                      : "its properties are longer than the 1,024 characters that PutEvents takes";
  if (l->kind == EK_LIVE_EVENTS && (!column(r, "TIMESTAMP") || !column(r, "EVENT_TYPE")))
    *why = "an event needs a time and a type";
  if (*why)
    return NULL;
  if (l->kind == EK_LIVE_EVENTS)
    return event_of(r, properties);
  json_t *o = json_object();
  json_object_set_new(o, l->kind == EK_LIVE_ITEMS ? "itemId" : "userId", json_stringn(r->id.ptr, r->id.len));
  if (properties)
    json_object_set_new(o, "properties", json_string(properties));
  return o;
}

/* ---- sending ------------------------------------------------------------------------------------ */

static json_t *
body_of(const ek_live *l, const waiting *list, unsigned n)
{
  json_t *entries = json_array();
  for (unsigned i = 0; i < n; i++)
    json_array_append(entries, list[i].entry);
  if (l->kind == EK_LIVE_EVENTS)
    return json_pack("{s:s, s:s, s:s, s:o}", "trackingId", l->tracking, "userId", list[0].user, "sessionId", list[0].user,
                     "eventList", entries);
  return json_pack("{s:s, s:o}", "datasetArn", l->target, l->kind == EK_LIVE_ITEMS ? "items" : "users", entries);
}

enum sent { SENT, SPOILED, FAILED };

static int
keep_rate(ek_live *l, ek_error *e)
{
  int64_t now = ek_monotonic_ns();
  if (l->next_ns > now && ek_pz_sleep(&l->cloud, l->next_ns - now, e) < 0)
    return -1;
  now = ek_monotonic_ns();
  l->next_ns = (l->next_ns > now ? l->next_ns : now) + l->gap_ns;
  return 0;
}

static enum sent
send_batch(ek_live *l, const waiting *list, unsigned n, ek_aws_error *err, ek_error *e)
{
  static const char *const headers[] = { "Content-Type: application/json", NULL };
  static const char *const paths[] = { [EK_LIVE_ITEMS] = "/items", [EK_LIVE_USERS] = "/users", [EK_LIVE_EVENTS] = "/events" };
  json_t *in = body_of(l, list, n);
  EK_FREE char *body = json_dumps(in, JSON_COMPACT);
  enum sent result = FAILED;
  json_decref(in);
  for (unsigned i = 1; i <= TRIES; i++) {
    ek_http_answer a = { 0 };
    if (keep_rate(l, e) < 0)
      return FAILED;
    ek_aws_request q = { .service = "personalize-events", .region = l->cloud.region, .method = "POST", .path = paths[l->kind],
                         .headers = headers, .body = ek_cstr(body), .max_response = 1 << 20,
                         .deadline_ns = ek_monotonic_ns() + 30 * SEC };
    *err = (ek_aws_error){ .retry_after_ns = -1 };
    enum ek_http_fault f = ek_aws_perform(l->cloud.aws, &q, &a, err, e);
    int again = f == EK_HTTP_FAULT_CONNECT || f == EK_HTTP_FAULT_BROKEN || f == EK_HTTP_FAULT_DEADLINE || f == EK_HTTP_FAULT_RESOLVE;
    l->calls++;
    ek_http_answer_free(&a);
    if (f == EK_HTTP_FAULT_NONE) {
      if (err->class == EK_AWS_OK)
        return SENT;
      if (err->class == EK_AWS_BAD_REQUEST || err->class == EK_AWS_BAD_ITEM)
        return SPOILED;
      again = err->class == EK_AWS_THROTTLED || err->class == EK_AWS_TRANSIENT || err->class == EK_AWS_BUSY;
      ek_fail(e, again ? EK_EXIT_STOPPED : EK_EXIT_FAILED, err->class == EK_AWS_DENIED ? "access_denied" : "service_refused",
              "personalize-events%s: %s%s%s (HTTP %d)", paths[l->kind], err->name, err->name[0] ? ": " : "", err->message, err->http);
    }
    if (!again || i == TRIES)
      break;
    int64_t pause = err->retry_after_ns > 0 ? err->retry_after_ns : (SEC / 5) << (i < 7 ? i : 7);
    if (ek_pz_sleep(&l->cloud, pause, e) < 0)
      break;
  }
  return result;
}

/* One record spoils the call: halves are tried until it stands alone. */
static int
send_halves(ek_live *l, waiting *list, unsigned n, ek_error *e)
{
  ek_aws_error err;
  switch (send_batch(l, list, n, &err, e)) {
  case SENT:
    l->sent += n;
    for (unsigned i = 0; i < n; i++)
      list[i].settled = 1;
    return 0;
  case SPOILED:
    if (n == 1) {
      l->refused(l->arg, list[0].tag, err.message[0] ? err.message : err.name, err.http, err.name);
      *e = (ek_error){ 0 };
      list[0].settled = 1;
      return 0;
    }
    return send_halves(l, list, n / 2, e) < 0 ? -1 : send_halves(l, list + n / 2, n - n / 2, e);
  default:
    return -1;
  }
}

static void
clear(ek_live *l)
{
  for (unsigned i = 0; i < l->n; i++) {
    json_decref(l->list[i].entry);
    free(l->list[i].user);
  }
  l->n = 0;
}

static int
flush(ek_live *l, ek_error *e)
{
  int r = l->n ? send_halves(l, l->list, l->n, e) : 0;
  if (r == 0)
    clear(l);
  return r;
}

int
ek_live_add(ek_live *l, const ek_live_record *r, ek_error *e)
{
  const char *why;
  json_t *entry = entry_of(l, r, &why);
  if (!entry) {
    l->refused(l->arg, r->tag, why, 0, "");
    return 0;
  }
  /* A call of PutEvents is of one user. */
  EK_FREE char *user = ek_mem_strndup(r->id.ptr, r->id.len);
  if (l->kind == EK_LIVE_EVENTS && l->n && strcmp(l->list[0].user, user) != 0 && flush(l, e) < 0) {
    json_decref(entry);
    return -1;
  }
  if (!l->n)
    l->first_ns = ek_monotonic_ns();
  l->list[l->n++] = (waiting){ entry, ek_mem_strdup(user), r->tag, 0 };
  return l->n == l->most ? flush(l, e) : 0;
}

int
ek_live_tick(ek_live *l, ek_error *e)
{
  return l->n && ek_monotonic_ns() - l->first_ns >= l->max_wait_ns ? flush(l, e) : 0;
}

int
ek_live_close(ek_live *l, uint64_t *sent, uint64_t *calls, ek_error *e)
{
  int r = flush(l, e);
  /* What could not be sent is given back: nothing is lost. */
  for (unsigned i = 0; i < l->n; i++)
    if (!l->list[i].settled)
      l->refused(l->arg, l->list[i].tag, e->message, 0, e->code ? e->code : "");
  clear(l);
  *sent = l->sent;
  *calls = l->calls;
  ek_pz_close(&l->cloud);
  free(l);
  return r;
}
