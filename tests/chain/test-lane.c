/* SPDX-License-Identifier: BSD-3-Clause */
/* The network lane: whatever the number of threads and workers, the window, the batches, the delays and the
 * retries, what comes out is what a chain without it writes; nothing is lost; bounds hold; a stop is quick. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "chain/money.h"
#include "engine-kit.h"
#include "suite.h"

#define MS INT64_C(1000000)
#define MOST 4000

/* ---- what the enrichers do, and what they saw --------------------------------- */

struct ek_inst { const ek_host *host; unsigned number; };

static struct world {
  atomic_int tries[4][MOST], parks[4][MOST];
  atomic_int calling, most_calling, begun, most_begun, total;
  int64_t delay_ns;                     /* of a call, at most                    */
  int64_t steady_ns, fetch_ns;          /* of a call, and of a picture           */
  int whole_fails;                      /* of a batch                            */
  int claims, pictures;                 /* every item is set aside once; wants a picture */
  int64_t price; int pays, admits;
  atomic_int held, most_held, fetched, fail_fetch;
  int hosts;                            /* pictures come from these: from one for items that are "busy", from one each
                                         * else, and from both for those that are "both" */
  int one_host;                         /* is asked by all                      */
  int dead_after;                       /* so many of the others nobody answers; "dead" items: never */
  int busy_until;                       /* so many of the others are fetched: until then it throttles */
  atomic_int others, throttled;
  _Atomic int64_t spent;
  atomic_int asking, most_asking;
  atomic_int instances;
} world;

static void
reset_world(void)
{
  int instances = world.instances;
  memset(&world, 0, sizeof world);
  world.instances = instances;
}

static void
raise_to(atomic_int *most, int n)
{
  int was = *most;
  while (n > was && !atomic_compare_exchange_weak(most, &was, n))
    ;
}

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  ek_inst *self = calloc(1, sizeof *self);
  (void)config;
  (void)call;
  self->host = host;
  self->number = (unsigned)world.instances++ % 4;
  *out = self;
  return EK_OK;
}

static void
destroy(ek_inst *self)
{
  free(self);
}

static ek_status
emit(const ek_inst *self, ek_sink *sink, ek_str name, ek_str parent, double confidence)
{
  ek_label l = { .struct_size = sizeof l, .name = name, .confidence = confidence, .parents = &parent,
                 .n_parents = parent.len ? 1 : 0 };
  return self->host->emit(sink, &l);
}

static unsigned
number_of(const ek_inst *self, const ek_item *item)
{
  ek_str id = self->host->item_id(item);
  unsigned n = 0;
  for (size_t i = 0; i < id.len; i++)
    if (id.ptr[i] >= '0' && id.ptr[i] <= '9')
      n = n * 10 + (unsigned)(id.ptr[i] - '0');
  return n % MOST;
}

static ek_str
title_of(const ek_inst *self, const ek_item *item)
{
  size_t n;
  const ek_str *v = self->host->field(item, "title", &n);
  return n ? v[0] : (ek_str){ "", 0 };
}

static int
is(ek_str s, const char *word)
{
  return s.len == strlen(word) && memcmp(s.ptr, word, s.len) == 0;
}

static uint32_t
mixed(uint32_t x)
{
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  return x ^ x >> 16;
}

static ek_status
inline_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  size_t n;
  const ek_str *v = self->host->field(item, "category", &n);
  (void)call;
  for (size_t i = 0; i < n; i++)
    emit(self, sink, v[i], (ek_str){ "", 0 }, -1);
  return n ? EK_OK : EK_NO_LABELS;
}

/* Between and behind: says how many labels came before, which depends on every step in front. */
static ek_status
tail_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  char text[64];
  size_t labels = 0;
  for (const ek_tag *t = item->unit->first; t; t = t->next)
    labels++;
  int len = snprintf(text, sizeof text, "after %zu", labels);
  if (is(title_of(self, item), "tail error")) {
    self->host->set_error(call, "the tail will not");
    return EK_ITEM_ERROR;
  }
  return emit(self, sink, (ek_str){ text, (size_t)len }, (ek_str){ "count", 5 }, -1);
}

/* What the title asks for: labels, none, skipped, three tries, never, an error. */
static ek_status
answer(const ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink, unsigned number)
{
  ek_str t = title_of(self, item);
  char text[64];
  int len = snprintf(text, sizeof text, "seen %u", mixed(number) % 50);
  if (is(t, "none"))
    return EK_NO_LABELS;
  if (is(t, "skip"))
    return EK_SKIPPED;
  if (is(t, "retry") || is(t, "never")) {
    self->host->set_retry_after(call, (int64_t)(mixed(number) % 1000) * 1000);
    if (is(t, "never") || ++world.tries[self->number][number] % 3 != 0) {
      emit(self, sink, (ek_str){ "lost", 4 }, (ek_str){ "", 0 }, -1);
      self->host->set_error(call, "busy");
      call->reason = is(t, "never") ? "throttled" : NULL;
      call->http = is(t, "never") ? 429 : 0;
      snprintf(call->code, sizeof call->code, "%s", is(t, "never") ? "SlowDown" : "");
      return EK_RETRY;
    }
    call->reason = NULL;
    call->http = 0;
    call->code[0] = 0;
  }
  if (is(t, "lost") || is(t, "lost too")) {
    self->host->set_error(call, "no route");
    call->reason = "service_error";
    call->asked = is(t, "lost") ? 8 : 9;
    return EK_RETRY;
  }
  call->asked = world.one_host ? 8 : number % 3;
  if (is(t, "error")) {
    self->host->set_error(call, "no good");
    return EK_ITEM_ERROR;
  }
  if (is(t, "fatal")) {
    self->host->set_error(call, "broken");
    return EK_FATAL;
  }
  if (is(t, "exit"))
    pthread_exit(NULL);
  if (is(t, "login")) {
    self->host->set_error(call, "expired");
    snprintf(call->code, sizeof call->code, "ExpiredTokenException");
    return EK_ITEM_ERROR;
  }
  if (is(t, "late"))
    return self->host->wait(call, INT64_C(3600) * 1000 * MS);
  ek_str name = { text, (size_t)len };
  if (emit(self, sink, name, (ek_str){ "things", 6 }, 0.25 + 0.5 * (mixed(number + 7) % 2)) != EK_OK)
    return EK_ITEM_ERROR;
  return emit(self, sink, (ek_str){ "picture", 7 }, (ek_str){ "", 0 }, 0.9);
}

static void
count_in(void)
{
  raise_to(&world.most_calling, ++world.calling);
  world.total++;
}

static void
count_out(void *arg)
{
  (void)arg;
  world.calling--;
}

/* 1: set aside, to be called again. */
static int
set_aside(const ek_inst *self, ek_call *call, unsigned number)
{
  if (!world.claims || !call->parks || world.parks[self->number][number]++)
    return 0;
  raise_to(&world.most_begun, ++world.begun);
  call->parked = EK_PARKED_CLAIM;
  return 1;
}

static ek_status
want_picture(const ek_inst *self, ek_call *call, const ek_item *item)
{
  ek_str t = title_of(self, item);
  unsigned have = 0;
  if (!world.pictures || !call->held)
    return EK_OK;
  for (ek_held *h = *call->held; h; h = h->next)
    if (h->picture && h->picture->state == EK_ASSET_TRANSIENT) {
      call->reason = "asset_failed";
      self->host->set_error(call, "the picture's host is busy");
      return EK_RETRY;
    } else if (h->picture)
      have++;
  if (have == (is(t, "both") ? 2u : 1u))
    return EK_OK;
  ek_held *h = calloc(1, sizeof *h);
  const char *form = !world.hosts ? "id%u"
                     : is(t, "busy") || have ? "http://busy/%u"
                     : is(t, "dead") ? "http://dead/%u" : "http://host%u/";
  if (asprintf(&h->address, form, number_of(self, item)) < 0)
    abort();
  h->next = *call->held;
  *call->held = h;
  call->parked = EK_PARKED_PICTURE;
  return EK_RETRY;
}

static ek_status
delay(const ek_inst *self, ek_call *call, unsigned number)
{
  if (world.steady_ns)
    return self->host->wait(call, world.steady_ns);
  if (!world.delay_ns)
    return EK_OK;
  uint32_t r = mixed(number * 31u + (uint32_t)world.total);
  return self->host->wait(call, (int64_t)((double)world.delay_ns * (r % 1000) / 1000));
}

static ek_status
net_call(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  unsigned number = number_of(self, item);
  uint64_t one = 1;
  ek_status s = want_picture(self, call, item);
  if (s != EK_OK)
    return s;
  if (set_aside(self, call, number))
    return EK_RETRY;
  if (world.pays && (s = call->ops->reserve(call, &one, 1)) != EK_OK)
    return s;
  if (world.admits && (s = call->ops->admit(call)) != EK_OK)
    return s;
  if ((s = delay(self, call, number)) != EK_OK)
    return s;
  if (call->ops->replied)
    call->ops->replied(call, EK_REPLY_OK, 1000);
  if (world.pays) {
    world.spent += world.price;
    call->ops->charge(call, &one, 1);
  }
  s = answer(self, call, item, sink, number);
  if (world.claims && call->parks && s != EK_RETRY)
    world.begun--;
  return s;
}

static ek_status
net_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  ek_status s;
  count_in();
  pthread_cleanup_push(count_out, NULL);
  s = net_call(self, call, item, sink);
  pthread_cleanup_pop(1);
  return s;
}

/* Asks for pictures in other words, and counts on the host's tables alone. */
static ek_status
host_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  const ek_asset *asset = self->host->get_extension(self->host, EK_EXT_ASSET);
  const ek_http *http = self->host->get_extension(self->host, EK_EXT_HTTP);
  const ek_http_request q = { .struct_size = sizeof q, .method = "GET", .url = "http://127.0.0.1:1/" };
  const char *field = item->instance->plugin->enricher->reads[0];
  ek_http_response *r;
  ek_str bytes, type;
  ek_status s = EK_OK;
  (void)sink;
  if (strcmp(field, "image") == 0)
    s = asset->load(call, item, field, 0, 0, &bytes, &type);
  return s == EK_OK ? http->perform(call, &q, &r) : s;
}

/* Pays by the host's table. */
static ek_status
dear_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  const ek_meter *meter = self->host->get_extension(self->host, EK_EXT_METER);
  const uint64_t one = 1;
  ek_status s = meter->reserve(call, &one, 1);
  (void)item;
  if (s != EK_OK)
    return s;
  meter->charge(call, &one, 1);
  return emit(self, sink, (ek_str){ "dear", 4 }, (ek_str){ "", 0 }, -1);
}

/* In two parts. */
static ek_status
twice_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  const ek_meter *meter = self->host->get_extension(self->host, EK_EXT_METER);
  const uint64_t one = 1, two = 2;
  ek_status s = meter->reserve(call, &one, 1);
  (void)item;
  if (s == EK_OK && (s = self->host->wait(call, 5 * MS)) == EK_OK)
    s = meter->reserve(call, &one, 1);
  if (s != EK_OK)
    return s;
  meter->charge(call, &two, 1);
  return emit(self, sink, (ek_str){ "dear", 4 }, (ek_str){ "", 0 }, -1);
}

/* Each item of a batch by itself. */
static ek_status
each_batch(ek_inst *self, ek_call *call, const ek_batch *b)
{
  const ek_meter *meter = self->host->get_extension(self->host, EK_EXT_METER);
  const uint64_t one = 1;
  (void)call;
  for (uint32_t i = 0; i < b->n; i++)
    b->status[i] = meter->reserve(b->calls[i], &one, 1);
  for (uint32_t i = 0; i < b->n; i++)
    if (b->status[i] == EK_OK) {
      meter->charge(b->calls[i], &one, 1);
      b->status[i] = emit(self, b->sinks[i], (ek_str){ "dear", 4 }, (ek_str){ "", 0 }, -1);
    }
  return EK_OK;
}

static ek_status
serial_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  ek_status s = self->host->wait(call, world.steady_ns);
  (void)item;
  return s == EK_OK ? emit(self, sink, (ek_str){ "serial", 6 }, (ek_str){ "", 0 }, -1) : s;
}

static ek_status
net_batch(ek_inst *self, ek_call *call, const ek_batch *b)
{
  ek_status s = delay(self, call, b->n);
  if (s != EK_OK)
    return s;
  if (world.whole_fails) {
    call->reason = "throttled";
    call->http = 429;
    call->requests++;
    call->cache_hits++;
    snprintf(call->code, sizeof call->code, "SlowDown");
    self->host->set_error(call, "all of them: slow down");
    return EK_RETRY;
  }
  ck_assert_uint_le(b->n, 7);
  for (uint32_t i = 0; i < b->n; i++)
    b->status[i] = answer(self, b->calls[i], b->items[i], b->sinks[i], number_of(self, b->items[i]));
  return EK_OK;
}

/* Between its turn and the answer there are as many requests as workers, and no more. Every third call ends
 * without an answer, as when the request could not leave. */
static ek_status
leaves_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  ek_status s;
  raise_to(&world.most_calling, ++world.calling);
  if ((s = call->ops->admit(call)) == EK_OK) {
    raise_to(&world.most_asking, ++world.asking);
    s = self->host->wait(call, 2 * MS);
    world.asking--;
    if (s == EK_OK && world.total++ % 3)
      call->ops->replied(call, EK_REPLY_OK, 1000);
  }
  if (s == EK_OK)
    s = self->host->wait(call, MS);      /* what is done with an answer          */
  world.calling--;
  return s == EK_OK ? answer(self, call, item, sink, number_of(self, item)) : s;
}

static const char *const reads[] = { "category", "title", NULL };
static const char *const http[] = { EK_EXT_HTTP, NULL };
#define ENRICHER(name, ...) \
  static const ek_enricher name = { EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .id = #name, \
    .summary = "Of the test.", .reads = reads, .create = create, .destroy = destroy, __VA_ARGS__ }
ENRICHER(source, .enrich = inline_enrich);
ENRICHER(tail, .enrich = tail_enrich);
ENRICHER(net, .flags = EK_ENR_NETWORK, .enrich = net_enrich);
ENRICHER(netmany, .flags = EK_ENR_NETWORK, .enrich = net_enrich, .max_batch = 7, .enrich_batch = net_batch);
static const char *const image[] = { "image", NULL };
static const char *const image_and_title[] = { "image", "title", NULL };
static const char *const title[] = { "title", NULL };
static const char *const asks_needs[] = { EK_EXT_HTTP, NULL };
static const char *const shows_needs[] = { EK_EXT_HTTP, EK_EXT_ASSET, NULL };
static const char *const keeps_needs[] = { EK_EXT_HTTP, EK_EXT_ASSET, EK_EXT_CACHE, NULL };
static const char *const dear_needs[] = { EK_EXT_METER, NULL };
#define OTHER(name, model, ...) \
  static const ek_enricher name = { EK_ENRICHER_INIT, .thread_model = model, .id = #name, .summary = "Of the test.", \
    .create = create, .destroy = destroy, __VA_ARGS__ }
OTHER(asks, EK_THREAD_PARALLEL, .flags = EK_ENR_NETWORK, .reads = title, .needs = asks_needs, .enrich = host_enrich);
OTHER(shows, EK_THREAD_PARALLEL, .flags = EK_ENR_NETWORK, .reads = image, .needs = shows_needs, .enrich = host_enrich);
OTHER(keeps, EK_THREAD_PARALLEL, .flags = EK_ENR_NETWORK, .reads = image, .needs = keeps_needs, .enrich = host_enrich);
OTHER(reads_more, EK_THREAD_PARALLEL, .flags = EK_ENR_NETWORK, .reads = image_and_title, .needs = keeps_needs,
      .enrich = host_enrich);
OTHER(dear, EK_THREAD_PARALLEL, .flags = EK_ENR_COSTS_MONEY, .reads = title, .needs = dear_needs, .enrich = dear_enrich);
OTHER(twice, EK_THREAD_PARALLEL, .flags = EK_ENR_COSTS_MONEY, .reads = title, .needs = dear_needs, .enrich = twice_enrich);
OTHER(each, EK_THREAD_PARALLEL, .flags = EK_ENR_COSTS_MONEY, .reads = title, .needs = dear_needs, .enrich = dear_enrich,
      .max_batch = 7, .enrich_batch = each_batch);
OTHER(serial, EK_THREAD_SERIAL_PROCESS, .flags = EK_ENR_NETWORK, .reads = title, .enrich = serial_enrich);
ENRICHER(leaves, .flags = EK_ENR_NETWORK, .enrich = leaves_enrich, .needs = http);
static const ek_enricher *const all[] = { &source, &tail, &net, &netmany, &asks, &leaves, &shows, &keeps,
                                          &reads_more, &dear, &twice, &each, &serial, NULL };

/* ---- pictures that are made up ------------------------------------------------------- */

ek_picture *__wrap_ek_asset_fetch(ek_assets *, const char *, const char *, int (*)(void *), void *);
void __wrap_ek_picture_unref(ek_picture *);

ek_picture *
__wrap_ek_asset_fetch(ek_assets *a, const char *address, const char *base, int (*cancelled)(void *), void *arg)
{
  ek_picture *p = calloc(1, sizeof *p);
  struct timespec t = { 0, world.fetch_ns ? world.fetch_ns : (long)(mixed((uint32_t)world.fetched) % 1000) * 1000 };
  (void)a;
  ck_assert_str_eq(base, "/tmp");
  ck_assert(address[0]);
  nanosleep(&t, NULL);
  p->state = cancelled(arg) ? EK_ASSET_CANCELLED : EK_ASSET_OK;
  if (world.fail_fetch && world.fetched % world.fail_fetch == 0)
    p->state = EK_ASSET_TRANSIENT;
  p->retry_after_ns = -1;
  p->http = world.hosts ? 200 : 0;
  if (strncmp(address, "http://dead/", 12) == 0 || (world.dead_after && world.others >= world.dead_after)) {
    p->state = EK_ASSET_TRANSIENT;
    p->http = 0;
    snprintf(p->message, sizeof p->message, "no route");
  } else if (strncmp(address, "http://busy/", 12) != 0)
    world.others++;
  else if (world.others < world.busy_until) {
    world.throttled++;
    p->state = EK_ASSET_TRANSIENT;
    p->http = 429;
    p->retry_after_ns = 2000 * MS;
  }
  world.fetched++;
  raise_to(&world.most_held, ++world.held);
  return p;
}

void
__wrap_ek_picture_unref(ek_picture *p)
{
  if (p)
    world.held--;
  free(p);
}

/* ---- helpers ---------------------------------------------------------------------------- */

static void
make_items(ek_text *t, unsigned n, const char *const *titles, size_t n_titles)
{
  for (unsigned i = 0; i < n; i++) {
    char id[32], category[64];
    snprintf(id, sizeof id, "id%u", i % 97 == 96 ? i - 1 : i);          /* some twice */
    snprintf(category, sizeof category, i % 5 ? "[\"c%u\", \"x\"]" : "[]", i % 13);
    if (i % 53 == 52)
      ek_text_cstr(t, "{\"broken\": \n");
    else
      kit_item(t, id, category, titles[mixed(i) % n_titles]);
  }
}

static const char *const usual[] = { "plain", "other", "none", "skip", "retry", "never", "error", "tail error", "plain" };

static void
set_price(kit *k, unsigned step, int64_t nano)
{
  int64_t *price = malloc(sizeof *price);
  *price = nano;
  free((void *)k->steps[step].instance->prices);
  k->steps[step].instance->prices = price;
  k->steps[step].instance->n_meters = 1;
}

static void
set_workers(kit *k, unsigned workers, unsigned batch)
{
  for (size_t i = 0; i < k->settings->n_steps; i++) {
    k->settings->chain[i].workers = workers;
    k->settings->chain[i].batch = batch;
  }
}

static void
check_accounts(const ek_stats *s)
{
  ck_assert_uint_eq(s->in, s->enriched + s->no_labels + s->skipped + s->rejected + s->duplicates + s->not_done);
}

static void
check_same(const outcome *a, const outcome *b, unsigned steps, unsigned arms)
{
  for (unsigned i = 0; i < arms; i++) {
    ck_assert_uint_eq(a->rows[i].len, b->rows[i].len);
    ck_assert(a->rows[i].len == 0 || memcmp(a->rows[i].data, b->rows[i].data, a->rows[i].len) == 0);
  }
  ck_assert_uint_eq(a->rejects.len, b->rejects.len);
  ck_assert(a->rejects.len == 0 || memcmp(a->rejects.data, b->rejects.data, a->rejects.len) == 0);
  ck_assert_int_eq(a->failed, b->failed);
  ck_assert_int_eq(a->end, b->end);
  ck_assert_uint_eq(a->stats.in, b->stats.in);
  ck_assert_uint_eq(a->stats.enriched, b->stats.enriched);
  ck_assert_uint_eq(a->stats.no_labels, b->stats.no_labels);
  ck_assert_uint_eq(a->stats.skipped, b->stats.skipped);
  ck_assert_uint_eq(a->stats.rejected, b->stats.rejected);
  ck_assert_uint_eq(a->stats.duplicates, b->stats.duplicates);
  ck_assert_uint_eq(a->stats.written, b->stats.written);
  ck_assert_uint_eq(a->stats.kept_failures, b->stats.kept_failures);
  ck_assert_mem_eq(a->stats.clean.n, b->stats.clean.n, sizeof a->stats.clean.n);
  ck_assert_uint_eq(ek_label_counts_distinct(a->stats.labels), ek_label_counts_distinct(b->stats.labels));
  for (unsigned i = 0; i < steps; i++) {
    const ek_step_stats *x = &a->stats.steps[i], *y = &b->stats.steps[i];
    ck_assert_uint_eq(x->items, y->items);
    ck_assert_uint_eq(x->labels, y->labels);
    ck_assert_uint_eq(x->none, y->none);
    ck_assert_uint_eq(x->skipped, y->skipped);
    ck_assert_uint_eq(x->failed, y->failed);
    ck_assert_uint_eq(x->not_asked, y->not_asked);
    ck_assert_uint_eq(x->not_done, y->not_done);
  }
  check_accounts(&a->stats);
}

#define CHAIN \
  "chain:\n" \
  "- {plugin: source}\n" \
  "- {plugin: net, name: first, when: labels < 2, floor: 0.5, retry: {attempts: 4, first_delay: 1ms, max_delay: 4ms, max_share: 100%}}\n" \
  "- {plugin: tail, name: between}\n" \
  "- {plugin: net, name: second, on_error: continue, retry: {attempts: 3, first_delay: 1ms, max_delay: 2ms, max_share: 100%}}\n" \
  "- {plugin: netmany, name: many, when: labels < 9, on_error: continue, retry: {attempts: 3, first_delay: 1ms, max_share: 100%}}\n" \
  "- {plugin: tail, name: last, on_error: continue}\n" \
  "run: {max_rejects: 100%}\n"

static void
reference(kit *k, outcome *o)
{
  reset_world();
  kit_network(k, 0);
  kit_run_lane(k, (lane_how){ .threads = 1 }, o);
  kit_network(k, 1);
}

static int64_t
now_ns(void)
{
  return ek_monotonic_ns();
}

/* ---- the same, whatever ------------------------------------------------------------------- */

static void
compare(const char *yaml, unsigned n, const lane_how *hows, size_t n_hows, const unsigned *workers, size_t n_workers, int arms)
{
  ek_text text = { 0 };
  kit k;
  outcome want, got;
  make_items(&text, n, usual, N(usual));
  kit_make(&k, yaml, all, text.data, text.len);
  if (arms) {
    kit_arm(&k, "base", 1);
    kit_arm(&k, "net", 2 + 8);
    kit_arm(&k, "none", 0);
  }
  set_workers(&k, 1, 0);
  reference(&k, &want);
  ck_assert_int_eq(want.failed, 0);
  for (size_t h = 0; h < n_hows; h++)
    for (size_t w = 0; w < n_workers; w++) {
      reset_world();
      world.delay_ns = 2 * MS;
      world.claims = (h + w) % 2 && hows[h].window > 20;  /* 20 ms each */
      world.admits = 1;
      set_workers(&k, workers[w], (unsigned)w * 2);
      kit_run_lane(&k, hows[h], &got);
      check_same(&got, &want, k.chain.n_steps, k.chain.n_arms);
      ck_assert_int_eq(world.calling, 0);
      outcome_clear(&got);
    }
  outcome_clear(&want);
  kit_clear(&k);
  ek_text_free(&text);
}

START_TEST(same_output)
{
  static const lane_how hows[] = {
    { .threads = 1, .window = 1 },  { .threads = 1, .window = 7, .block_size = 4096 },
    { .threads = 2, .window = 50 }, { .threads = 3, .window = 1000, .block_size = 4096 },
    { .threads = 3, .window = 3, .block_size = 4096 }, { .threads = 2, .window = 0, .block_size = 8192 },
  };
  static const unsigned workers[] = { 1, 2, 7, 64 };
  compare(CHAIN, 160, hows, N(hows), workers, N(workers), 0);
}
END_TEST

START_TEST(same_output_by_arm)
{
  static const lane_how hows[] = { { .threads = 2, .window = 20, .block_size = 4096 }, { .threads = 3, .window = 500 } };
  static const unsigned workers[] = { 1, 16 };
  compare(CHAIN, 300, hows, N(hows), workers, N(workers), 1);
}
END_TEST

START_TEST(same_output_past_a_thousand)
{
  static const lane_how hows[] = { { .threads = 2, .window = 300 }, { .threads = 3, .window = 1000, .block_size = 4096 },
                              { .threads = 1, .window = 64, .limit = 1003, .block_size = 65536 } };
  static const unsigned workers[] = { 32 };
  compare(CHAIN, 1003, hows, N(hows), workers, N(workers), 0);
}
END_TEST

START_TEST(network_first_and_alone)
{
  static const lane_how hows[] = { { .threads = 2, .window = 20, .block_size = 4096 }, { .threads = 1, .window = 500 } };
  static const unsigned workers[] = { 1, 16 };
  compare("chain: [{plugin: net, retry: {attempts: 2, first_delay: 1ms, max_share: 100%}}]\nrun: {max_rejects: 100%}\n", 200, hows, N(hows),
          workers, N(workers), 0);
}
END_TEST

START_TEST(duplicates_last)
{
  static const lane_how hows[] = { { .threads = 2, .window = 20, .block_size = 4096 } };
  static const unsigned workers[] = { 8 };
  kit k;
  ek_text text = { 0 };
  outcome want, got;
  make_items(&text, 300, usual, N(usual));
  kit_make(&k, CHAIN, all, text.data, text.len);
  k.settings->catalog.duplicates = EK_DUP_LAST;
  set_workers(&k, workers[0], 0);
  reference(&k, &want);
  reset_world();
  kit_run_lane(&k, hows[0], &got);
  check_same(&got, &want, k.chain.n_steps, 1);
  ck_assert_uint_gt(got.stats.duplicates, 0);
  outcome_clear(&got);
  outcome_clear(&want);
  kit_clear(&k);
  ek_text_free(&text);
}
END_TEST

/* ---- one chain, one text -------------------------------------------------------------- */

typedef struct lane_case { kit k; ek_text text; outcome o; } lane_case;

static void
case_make(lane_case *c, const char *yaml, unsigned n, const char *const *titles, size_t n_titles, unsigned workers)
{
  memset(c, 0, sizeof *c);
  reset_world();
  for (unsigned i = 0; i < n; i++) {
    char id[32];
    snprintf(id, sizeof id, "id%u", i);
    kit_item(&c->text, id, "[\"c\"]", titles[i < n_titles ? i : n_titles - 1]);
  }
  kit_make(&c->k, yaml, all, c->text.data, c->text.len);
  kit_network(&c->k, 1);
  set_workers(&c->k, workers, 0);
}

static void
case_clear(lane_case *c)
{
  outcome_clear(&c->o);
  kit_clear(&c->k);
  ek_text_free(&c->text);
}

static const char *const plain[] = { "plain" };
#define NET "chain: [{plugin: net, name: image, retry: {attempts: 3, first_delay: 1ms, max_delay: 1ms}}]\nrun: {max_rejects: 100%}\n"

START_TEST(rejects_say_why)
{
  static const char *const titles[] = { "never", "error", "late", "plain" };
  lane_case c;
  case_make(&c, NET, 4, titles, N(titles), 4);
  c.k.settings->chain[0].timeout_ns = 20 * MS;
  kit_run_lane(&c.k, (lane_how){ .threads = 1, .window = 10 }, &c.o);
  ck_assert_int_eq(c.o.failed, 0);
  const char *r = ek_text_c(&c.o.rejects);
  ck_assert_msg(strstr(r, "\"reason\": \"throttled\", \"message\": \"busy\", \"http\": 429, \"code\": \"SlowDown\", "
                          "\"attempts\": 3") != NULL, "%s", r);
  ck_assert_msg(strstr(r, "\"reason\": \"plugin_error\", \"message\": \"no good\", \"attempts\": 1") != NULL, "%s", r);
  ck_assert_msg(strstr(r, "\"reason\": \"timeout\", \"message\": \"no answer within the time for one call (timeout: 0.02 s)\", "
                          "\"attempts\": 3") != NULL, "%s", r);
  ck_assert_uint_eq(c.o.stats.steps[0].retries, 4);
  ck_assert_uint_eq(c.o.stats.steps[0].calls, 8);
  ck_assert_uint_eq(c.o.stats.steps[0].latency.n, 8);
  case_clear(&c);
}
END_TEST

START_TEST(a_step_stops_the_run)
{
  static const struct { const char *title, *yaml, *code; } cases[] = {
    { "fatal", NET, "plugin_fatal" },
    { "error", "chain: [{plugin: net, name: image, on_error: stop}]\n", "step_failed" },
  };
  for (size_t i = 0; i < N(cases); i++)
    for (unsigned block = 0; block < 2; block++) {
      const char *titles[] = { "plain", "plain", "plain", cases[i].title, "plain", cases[i].title };
      lane_case c;
      case_make(&c, cases[i].yaml, 300, titles, N(titles), 5);
      world.delay_ns = 3 * MS;
      int64_t start = now_ns();
      kit_run_lane(&c.k, (lane_how){ .threads = 2, .window = 10, .block_size = block ? 4096 : 0 }, &c.o);
      ck_assert_int_lt((int)((now_ns() - start) / MS), 1000);
      ck_assert_int_eq(c.o.failed, -1);
      ck_assert_int_eq(c.o.end, EK_END_FAILED);
      ck_assert_str_eq(c.o.error.code, cases[i].code);
      ck_assert_msg(strstr(c.o.error.message, "step 'image' stopped the run at item 'id3'") != NULL, "%s", c.o.error.message);
      ck_assert_uint_eq(c.o.error.line, 4);
      ck_assert_int_lt(world.total, 40);
      check_accounts(&c.o.stats);
      case_clear(&c);
    }
}
END_TEST

START_TEST(a_plugin_ends_the_thread)
{
  static const char *const titles[] = { "plain", "plain", "plain", "exit", "plain" };
  for (unsigned i = 0; i < 20; i++) {
    lane_case c;
    case_make(&c, i % 2 ? NET : "chain: [{plugin: netmany}]\n", 200, titles, N(titles), 1 + i % 5);
    world.delay_ns = MS;
    world.pays = 1;
    kit_run_lane(&c.k, (lane_how){ .threads = 1 + i % 3, .window = 30, .block_size = i % 4 ? 4096 : 0 }, &c.o);
    ck_assert_int_eq(c.o.failed, -1);
    ck_assert_str_eq(c.o.error.code, "thread_ended");
    case_clear(&c);
  }
}
END_TEST

START_TEST(bounds_hold)
{
  static const unsigned windows[] = { 1, 5, 40 };
  for (size_t i = 0; i < N(windows); i++) {
    lane_case c;
    unsigned n = windows[i] > 6 ? 300 : 40;
    case_make(&c, NET, n, plain, 1, 6);
    world.claims = 1;
    world.delay_ns = MS;
    kit_run_lane(&c.k, (lane_how){ .threads = 2, .window = windows[i], .block_size = 4096 }, &c.o);
    ck_assert_int_eq(c.o.failed, 0);
    ck_assert_uint_eq(c.o.stats.enriched, n);
    ck_assert_int_le(world.most_calling, 6);
    ck_assert_int_le(world.most_begun, (int)windows[i]);
    if (windows[i] > 6)
      ck_assert_int_eq(world.most_calling, 6);
    ck_assert_uint_eq(c.o.stats.steps[0].retries, 0);     /* to be set aside is no try */
    case_clear(&c);
  }
}
END_TEST

/* While all workers ask, others get ready; but no more ask. */
START_TEST(workers_are_requests)
{
  lane_case c;
  case_make(&c, "chain:\n- {plugin: leaves}\n", 400, plain, 1, 8);
  kit_run_lane(&c.k, (lane_how){ .threads = 2, .window = 100 }, &c.o);
  ck_assert_int_eq(c.o.failed, 0);
  ck_assert_uint_eq(c.o.stats.enriched, 400);
  ck_assert_int_eq(world.most_asking, 8);
  ck_assert_int_gt(world.most_calling, 8);
  ck_assert_int_le(world.most_calling, 10);
  ck_assert_int_eq(world.asking, 0);
  case_clear(&c);
}
END_TEST

START_TEST(judged_at_a_thousand)
{
  static const char *const titles[] = { "error" };
  lane_case c;
  outcome want;
  case_make(&c, "chain: [{plugin: net}]\nrun: {max_rejects: 10%}\n", 1500, titles, 1, 8);
  reference(&c.k, &want);
  reset_world();
  world.delay_ns = MS;
  kit_run_lane(&c.k, (lane_how){ .threads = 2, .window = 100 }, &c.o);
  ck_assert_int_eq(want.end, EK_END_REJECTS);
  check_same(&c.o, &want, 1, 1);
  ck_assert_uint_eq(c.o.stats.in, 1000);
  ck_assert_uint_eq(c.o.stats.steps[0].items, 1000);
  ck_assert_int_lt(world.total, 1300);
  outcome_clear(&want);
  case_clear(&c);
}
END_TEST

START_TEST(expired_credentials)
{
  static const char *const titles[] = { "plain", "plain", "login", "plain" };
  lane_case c;
  case_make(&c, NET, 400, titles, N(titles), 4);
  world.delay_ns = MS;
  kit_run_lane(&c.k, (lane_how){ .threads = 2, .window = 10 }, &c.o);
  ck_assert_int_eq(c.o.failed, 0);
  ck_assert_int_eq(c.o.end, EK_END_STOPPED);
  ck_assert_str_eq(c.o.error.code, "credentials");
  ck_assert_int_eq((int)c.o.error.status, EK_EXIT_STOPPED);
  ck_assert_uint_eq(c.o.stats.rejected, 0);
  ck_assert_uint_gt(c.o.stats.not_done, 300);
  check_accounts(&c.o.stats);
  case_clear(&c);
}
END_TEST

/* ---- nobody answers ------------------------------------------------------------------- */

#define LOST "chain: [{plugin: net, name: image, retry: {attempts: 2, first_delay: 1ms, max_delay: 1ms, max_share: 100%}}]\n" \
             "run: {max_rejects: 100%}\n"

static void
check_gone(const lane_case *c, const char *message, unsigned done)
{
  ck_assert_int_eq(c->o.failed, 0);
  ck_assert_int_eq(c->o.end, EK_END_STOPPED);
  ck_assert_str_eq(c->o.error.code, "network_gone");
  ck_assert_int_eq((int)c->o.error.status, EK_EXIT_STOPPED);
  ck_assert_msg(strstr(c->o.error.message, message) != NULL, "%s", c->o.error.message);
  ck_assert_msg(strstr(c->o.error.help, "run again") != NULL, "%s", c->o.error.help);
  ck_assert_uint_eq(c->o.stats.enriched, done);
  ck_assert_uint_gt(c->o.stats.not_done, 0);
  check_accounts(&c->o.stats);
}

static void
check_not_gone(const lane_case *c, unsigned done, unsigned rejected)
{
  ck_assert_int_eq(c->o.failed, 0);
  ck_assert_msg(c->o.end == EK_END_DONE, "%d %s", (int)c->o.end, c->o.error.message);
  ck_assert_uint_eq(c->o.stats.enriched, done);
  ck_assert_uint_eq(c->o.stats.rejected, rejected);
}

START_TEST(the_network_is_gone)
{
  static const char *const rows[][4] = { { "plain", "plain", "plain", "lost" }, { "plain", "plain", "lost too", "lost" },
                                         { "lost", "lost", "lost", "lost" } };
  for (size_t i = 0; i < N(rows); i++) {
    lane_case c;
    const unsigned done[] = { 3, 2, 0 };
    case_make(&c, LOST, 300, rows[i], 4, 4);
    c.k.settings->chain[0].retry.attempts = 1000000;
    world.admits = 1;
    world.one_host = i != 1;
    int64_t start = now_ns();
    kit_run_lane(&c.k, (lane_how){ .threads = 1, .window = 50, .gone_ns = 1100 * MS }, &c.o);
    check_gone(&c, "step 'image': nobody has answered for 1 s: no route", done[i]);
    ck_assert_int_ge((int)((now_ns() - start) / MS), 1100);
    case_clear(&c);
  }
}
END_TEST

/* One worker, so that the order is known. */
START_TEST(one_host_that_is_down_is_not_the_network)
{
  const char *titles[60];
  for (unsigned last = 0; last < 2; last++) {
    lane_case c;
    for (unsigned i = 0; i < N(titles); i++)             /* by turns; and three of others, then none */
      titles[i] = (last ? i < 3 : i % 2) ? "plain" : "lost";
    case_make(&c, LOST, N(titles), titles, N(titles), 1);
    world.admits = 1;
    c.k.settings->chain[0].retry.attempts = last ? 3 : 1;
    kit_run_lane(&c.k, (lane_how){ .threads = 1, .window = 20, .gone_ns = 1 }, &c.o);
    check_not_gone(&c, last ? 3 : 30, last ? 57 : 30);
    case_clear(&c);
  }
}
END_TEST

START_TEST(pictures_and_the_network)
{
  static const char *const plains[] = { "plain" }, *const dead[] = { "plain", "plain", "dead" };
  ek_services services = { .assets = (ek_assets *)&services };
  const lane_how h = { .threads = 1, .window = 40, .image_workers = 4, .services = &services, .gone_ns = 1 };
  static const struct { const char *const *titles; size_t n_titles; unsigned n; int dead_after; } cases[] = {
    { plains, 1, 300, 100 },                 /* nobody answers any more              */
    { dead, 3, 300, 0 },                     /* one of several hosts                 */
    { plains, 1, 130, 100 },                 /* all that is left is with the dead    */
  };
  for (size_t i = 0; i < N(cases); i++) {
    lane_case c;
    case_make(&c, LOST, cases[i].n, cases[i].titles, cases[i].n_titles, 4);
    world.pictures = world.hosts = 1;
    world.dead_after = cases[i].dead_after;
    kit_run_lane(&c.k, h, &c.o);
    if (i == 0)
      check_gone(&c, "pictures: nobody has answered for 0 s: no route", (unsigned)c.o.stats.enriched);
    ck_assert_uint_le(c.o.stats.enriched, 100);
    if (i > 0)
      check_not_gone(&c, i == 1 ? 2 : 100, i == 1 ? 298 : 30);
    ck_assert_int_eq(world.held, 0);
    case_clear(&c);
  }
}
END_TEST

/* ---- pictures ------------------------------------------------------------------------ */

START_TEST(pictures)
{
  static const lane_how hows[] = { { .threads = 1, .window = 200, .image_workers = 3 },
                              { .threads = 2, .window = 1000, .image_workers = 16, .block_size = 4096 } };
  static const unsigned workers[] = { 2, 12 };
  ek_services services = { .assets = (ek_assets *)&services };
  for (size_t i = 0; i < N(hows); i++)
    for (int fail = 0; fail < 8; fail += 7) {
      lane_case c;
      lane_how h = hows[i];
      outcome want;
      case_make(&c, "chain: [{plugin: net, retry: {attempts: 99, first_delay: 1ms, max_delay: 1ms}}, {plugin: tail}]\n", 600,
                plain, 1, workers[i]);
      reference(&c.k, &want);
      reset_world();
      world.delay_ns = MS;
      world.pictures = 1;
      world.fail_fetch = fail;
      h.services = &services;
      kit_run_lane(&c.k, h, &c.o);
      check_same(&c.o, &want, 2, 1);
      ck_assert_int_eq(world.held, 0);
      ck_assert_int_ge(world.fetched, fail ? 601 : 600);
      if (!fail)
        ck_assert_int_eq(world.fetched, 600);
      ck_assert_int_le(world.most_held, (int)(h.image_workers + workers[i] + 16));
      ck_assert_int_gt(world.most_held, (int)workers[i]);
      outcome_clear(&want);
      case_clear(&c);
    }
}
END_TEST

/* A host that asks for a pause holds up its own pictures and no others, though they come first and are more than
 * there are threads. With a rate for all hosts together, too. */
START_TEST(a_busy_host_is_busy_alone)
{
  static const char *const titles[] = { "busy", "busy", "busy", "busy", "busy", "plain" };
  static const ek_rate fast = { .per_second = 100000, .adapt = 1 };
  ek_services services = { .assets = (ek_assets *)&services };
  for (int rate = 0; rate < 2; rate++) {
    lane_case c;
    case_make(&c, NET, 300, titles, N(titles), 4);
    world.pictures = world.hosts = 1;
    world.busy_until = 300 - 5;
    kit_run_lane(&c.k, (lane_how){ .threads = 1, .window = 1000, .image_workers = 2, .services = &services,
                                   .image_rate = rate ? &fast : NULL }, &c.o);
    ck_assert_uint_eq(c.o.stats.enriched, 300);
    ck_assert_int_ge(world.throttled, 1);
    ck_assert_int_le(world.throttled, 2);                /* those that were under way */
    ck_assert_int_eq(world.held, 0);
    case_clear(&c);
  }
}
END_TEST

/* Who holds a picture and waits for the busy host with another does not wait for those who have no room to begin,
 * though their turn comes first: there is no room before he is through. */
START_TEST(who_holds_a_picture_goes_first)
{
  static const char *const titles[] = { "busy", "both", "both", "both" };
  ek_services services = { .assets = (ek_assets *)&services };
  lane_case c;
  case_make(&c, "chain: [{plugin: net, retry: {attempts: 99, first_delay: 1ms, max_delay: 1ms}}]\n", 60, titles,
            N(titles), 2);
  world.pictures = world.hosts = 1;
  world.busy_until = 10;
  kit_run_lane(&c.k, (lane_how){ .threads = 1, .window = 1000, .image_workers = 2, .services = &services }, &c.o);
  ck_assert_uint_eq(c.o.stats.enriched, 60);
  ck_assert_int_eq(world.held, 0);
  ck_assert_int_le(world.most_held, 2 * (2 + 2 + 16));
  case_clear(&c);
}
END_TEST

/* A picture that fails is fetched again as often as the attempts say, and no plugin is to blame. */
START_TEST(a_picture_has_all_attempts)
{
  static const char *const titles[] = { "dead" };
  ek_services services = { .assets = (ek_assets *)&services };
  lane_case c;
  case_make(&c, "chain: [{plugin: net, retry: {attempts: 100, first_delay: 1ms, max_delay: 1ms}}]\nrun: {max_rejects: 100%}\n", 1,
            titles, 1, 2);
  world.pictures = world.hosts = 1;
  kit_run_lane(&c.k, (lane_how){ .threads = 1, .window = 10, .image_workers = 2, .services = &services }, &c.o);
  ck_assert_int_eq(world.fetched, 100);
  const char *r = ek_text_c(&c.o.rejects);
  ck_assert_msg(strstr(r, "\"reason\": \"asset_failed\"") && strstr(r, "\"attempts\": 100"), "%s", r);
  case_clear(&c);
}
END_TEST

/* ---- money and rate -------------------------------------------------------------------- */

START_TEST(a_budget_is_never_passed)
{
  for (unsigned i = 0; i < 12; i++) {
    lane_case c;
    ek_budget_end end = { 0 };
    ek_budget of_run = { .kind = EK_BUDGET_MONEY, .money = { .nano = 1000 * 50 + 999, .currency = "USD" } };
    case_make(&c, NET, 200, plain, 1, 1 + 3 * i);
    world.price = 1000;
    world.pays = 1;
    world.admits = 1;
    world.delay_ns = 2 * MS;
    set_price(&c.k, 0, 1000);
    if (i % 2)
      c.k.settings->chain[0].budget = of_run;
    int64_t start = now_ns();
    kit_run_lane(&c.k, (lane_how){ .threads = 2, .window = 60, .budget = i % 2 ? NULL : &of_run, .budget_end = &end,
                         .block_size = i % 3 ? 4096 : 0 }, &c.o);
    ck_assert_int_lt((int)((now_ns() - start) / MS), 2000);
    ck_assert_int_eq(c.o.failed, 0);
    ck_assert_int_eq(c.o.end, EK_END_BUDGET);
    ck_assert_int_eq((int)world.spent, 50000);            /* to the last call that fits */
    ck_assert_int_eq((int)c.o.stats.steps[0].spent_nano, 50000);
    ck_assert_uint_eq(c.o.stats.steps[0].units[0], 50);
    ck_assert_uint_eq(c.o.stats.enriched, 50);            /* none that was paid for is lost */
    ck_assert_uint_eq(c.o.stats.not_done + c.o.stats.enriched, c.o.stats.in);
    ck_assert_int_eq(end.step, i % 2 ? 0 : -1);
    ck_assert_int_eq((int)end.spent_nano, 50000);
    ck_assert_str_eq(end.currency, "USD");
    case_clear(&c);
  }
}
END_TEST

START_TEST(a_rate_is_kept)
{
  lane_case c;
  case_make(&c, NET, 60, plain, 1, 16);
  world.admits = 1;
  c.k.settings->chain[0].rate.per_second = 100;
  c.k.settings->chain[0].rate.burst = 10;
  c.k.settings->chain[0].timeout_ns = 100 * MS;           /* waiting for a turn is not the call's time */
  int64_t start = now_ns();
  kit_run_lane(&c.k, (lane_how){ .threads = 1, .window = 60 }, &c.o);
  int64_t ms = (now_ns() - start) / MS;
  ck_assert_uint_eq(c.o.stats.enriched, 60);
  ck_assert_int_ge((int)ms, 480);
  ck_assert_int_lt((int)ms, 1500);
  case_clear(&c);
}
END_TEST

/* ---- stops ------------------------------------------------------------------------------- */

static volatile int stop_now;
static volatile int64_t stopped_at;

static void
on_signal(int number)
{
  (void)number;
  stopped_at = now_ns();
  stop_now = 1;
}

/* As a user does: by a signal, which only the thread that waits sees. */
static void
run_and_stop(unsigned i, lane_case *c, lane_how h)
{
  struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
  struct itimerspec after = { .it_value = { 0, (long)(mixed(i) % 20000) * 1000 + 1 } };
  timer_t timer;
  stop_now = 0;
  h.stop = &stop_now;
  signal(SIGUSR1, on_signal);
  ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  timer_settime(timer, 0, &after, NULL);
  kit_run_lane(&c->k, h, &c->o);
  int64_t end = now_ns();
  timer_delete(timer);
  ck_assert_int_eq(c->o.failed, 0);
  ck_assert(c->o.end == EK_END_INTERRUPTED || c->o.end == EK_END_DONE);
  if (c->o.end == EK_END_INTERRUPTED)
    ck_assert_int_lt((int)((end - stopped_at) / MS), 1000);
  check_accounts(&c->o.stats);
  ck_assert_int_eq(world.calling, 0);
  ck_assert_int_eq(world.held, 0);
}

START_TEST(stops_at_any_moment)
{
  static const char *const slow[] = { "busy", "both", "plain" };
  const char *times = getenv("EK_TEST_STOPS");
  unsigned n = times ? (unsigned)atoi(times) : 200, interrupted = 0;
  ek_services services = { .assets = (ek_assets *)&services };
  for (unsigned i = 0; i < n; i++) {
    lane_case c;
    lane_how h = { .threads = 1 + i % 3, .window = 1 + mixed(i) % 100, .image_workers = 4, .block_size = i % 2 ? 4096 : 0 };
    int busy = i % 6 == 4;            /* most pictures are put off           */
    case_make(&c, i % 5 ? CHAIN : NET, 200, busy ? slow : usual, busy ? N(slow) : N(usual), 1 + mixed(i + 1) % 16);
    world.hosts = busy;
    world.busy_until = busy ? 1000000 : 0;
    world.delay_ns = i % 4 ? 5 * MS : 10000 * MS;
    world.claims = i % 3 == 0;
    world.pictures = i % 3 == 1;
    world.admits = 1;
    if (world.pictures)
      h.services = &services;
    run_and_stop(i, &c, h);
    interrupted += c.o.end == EK_END_INTERRUPTED;
    case_clear(&c);
  }
  ck_assert_uint_gt(interrupted, n / 4);
}
END_TEST

START_TEST(what_is_paid_for_may_arrive)
{
  lane_case c;
  case_make(&c, NET, 8, plain, 1, 8);
  world.price = 1000;
  world.pays = world.admits = 1;
  world.delay_ns = 200 * MS;                              /* within the grace       */
  set_price(&c.k, 0, 1000);
  run_and_stop(3, &c, (lane_how){ .threads = 1, .window = 8 });
  ck_assert_int_eq((int)world.spent, world.total * 1000);
  ck_assert_uint_eq(c.o.stats.enriched, 8);
  case_clear(&c);
}
END_TEST

START_TEST(a_stop_ends_a_wait)
{
  lane_case c;
  case_make(&c, NET, 50, plain, 1, 4);
  world.admits = 1;
  world.delay_ns = INT64_C(20000) * MS;
  c.k.settings->chain[0].rate.per_second = 0.1;
  run_and_stop(1, &c, (lane_how){ .threads = 1, .window = 10 });
  ck_assert_int_eq(c.o.end, EK_END_INTERRUPTED);
  ck_assert_uint_gt(c.o.stats.not_done, 40);
  ck_assert_int_lt((int)((now_ns() - stopped_at) / MS), 300);
  case_clear(&c);
}
END_TEST

/* ---- time ------------------------------------------------------------------------------- */

static void *
trickle(void *arg)
{
  FILE *f = fopen(arg, "w");
  for (unsigned i = 0; f && i < 4; i++) {
    struct timespec t = { 0, 300000000 };
    fprintf(f, "{\"asin\": \"id%u\", \"title\": \"plain\"}\n", i);
    fflush(f);
    nanosleep(&t, NULL);
  }
  if (f)
    fclose(f);
  return NULL;
}

START_TEST(a_pipe_that_trickles_is_served)
{
  lane_case c;
  pthread_t thread;
  case_make(&c, NET, 1, plain, 1, 4);
  unlink(c.k.input);
  ck_assert_int_eq(mkfifo(c.k.input, 0600), 0);
  pthread_create(&thread, NULL, trickle, c.k.input);
  int64_t start = now_ns();
  kit_run_lane(&c.k, (lane_how){ .threads = 2, .window = 10 }, &c.o);
  int64_t end = now_ns();
  pthread_join(thread, NULL);
  ck_assert_uint_eq(c.o.stats.enriched, 4);
  ck_assert_uint_eq(c.o.commits, 4);
  for (unsigned i = 0; i < 4; i++)               /* each before the next one comes */
    ck_assert_int_lt((int)((c.o.committed_ns[i] - start) / MS), 300 * (int)i + 290);
  ck_assert_int_lt((int)((end - c.o.committed_ns[3]) / MS), 300 + 100);
  case_clear(&c);
}
END_TEST

/* Half of the time is the pictures', half the calls'; together they take little more than one of them. */
START_TEST(fetching_and_asking_overlap)
{
  ek_services services = { .assets = (ek_assets *)&services };
  lane_case c;
  case_make(&c, NET, 600, plain, 1, 20);
  world.pictures = 1;
  world.fetch_ns = 30 * MS;
  world.steady_ns = 30 * MS;
  int64_t start = now_ns();
  kit_run_lane(&c.k, (lane_how){ .threads = 2, .window = 1000, .image_workers = 20, .services = &services }, &c.o);
  int ms = (int)((now_ns() - start) / MS);
  ck_assert_uint_eq(c.o.stats.enriched, 600);
  ck_assert_msg(ms < 900 * 3 / 2, "%d ms, of 900 at best", ms);
  if (getenv("EK_TEST_TELL"))
    fprintf(stderr, "# %d ms, of 930 at best\n", ms);
  case_clear(&c);
}
END_TEST

/* ---- a plan ---------------------------------------------------------------------------------- */

START_TEST(a_plan_asks_nobody)
{
  lane_case c;
  case_make(&c, "chain: [{plugin: source}, {plugin: net, when: labels < 2}, {plugin: tail}]\n", 100, plain, 1, 8);
  world.pays = world.admits = 1;
  set_price(&c.k, 1, 1000);
  kit_run_lane(&c.k, (lane_how){ .threads = 2, .plan = 1, .block_size = 4096 }, &c.o);
  ck_assert_int_eq(c.o.failed, 0);
  ck_assert_uint_eq(c.o.stats.steps[1].items, 100);
  ck_assert_uint_eq(c.o.stats.steps[1].would_call, 100);
  ck_assert_uint_eq(c.o.stats.steps[1].would_units[0], 100);
  ck_assert_int_eq((int)c.o.stats.steps[1].would_spend_nano, 100000);
  ck_assert_int_eq((int)world.spent, 0);
  check_accounts(&c.o.stats);
  case_clear(&c);
}
END_TEST

/* What would be asked is counted for plugins without a meter too: each item, or each picture where its answer is kept. */
START_TEST(a_plan_counts_what_a_run_would_ask)
{
  static const struct { const char *yaml; uint64_t calls, addresses; } cases[] = {
    { "chain: [{plugin: asks}]\n", 10, 0 },
    { "chain: [{plugin: shows}]\n", 10, 5 },
    { "chain: [{plugin: keeps}]\n", 5, 5 },
    { "chain: [{plugin: keeps, cache: false}]\n", 10, 5 },
    { "chain: [{plugin: reads_more}]\n", 10, 5 },
  };
  ek_text text = { 0 };
  for (unsigned i = 0; i < 10; i++)
    ek_text_printf(&text, "{\"asin\": \"id%u\", \"title\": \"t\", \"image\": \"http://127.0.0.1:1/%u.jpg\"}\n", i, i % 5);
  for (size_t i = 0; i < N(cases); i++) {
    ek_asset_options none = { 0 };
    ek_services services = { .assets = ek_assets_new(&none), .planning = 1 };
    kit k;
    outcome o;
    reset_world();
    kit_make(&k, cases[i].yaml, all, text.data, text.len);
    kit_run_lane(&k, (lane_how){ .threads = 2, .plan = 1, .services = &services }, &o);
    ck_assert_int_eq(o.failed, 0);
    ck_assert_uint_eq(o.stats.steps[0].items, 10);
    ck_assert_uint_eq(o.stats.steps[0].addresses, cases[i].addresses);
    ck_assert_msg(o.stats.steps[0].would_call == cases[i].calls, "%s: %llu", cases[i].yaml,
                  (unsigned long long)o.stats.steps[0].would_call);
    outcome_clear(&o);
    kit_clear(&k);
    ek_assets_free(services.assets);
  }
  ek_text_free(&text);
}
END_TEST

/* ---- what the whole of a batch, a lock or a price means --------------------------------------- */

START_TEST(a_whole_batch_says_why)
{
  lane_case c;
  case_make(&c, "chain: [{plugin: netmany, name: many, retry: {attempts: 2, first_delay: 1ms, max_delay: 1ms}}]\n"
            "run: {max_rejects: 100%}\n", 3, plain, 1, 4);
  world.whole_fails = 1;
  kit_run_lane(&c.k, (lane_how){ .threads = 1, .window = 10 }, &c.o);
  const char *r = ek_text_c(&c.o.rejects);
  ck_assert_uint_eq(c.o.stats.rejected, 3);
  ck_assert_msg(strstr(r, "\"reason\": \"throttled\", \"message\": \"all of them: slow down\", \"http\": 429, "
                          "\"code\": \"SlowDown\", \"attempts\": 2") != NULL, "%s", r);
  ck_assert_uint_ge(c.o.stats.steps[0].calls, 2);
  ck_assert_uint_eq(c.o.stats.steps[0].cache_hits, c.o.stats.steps[0].calls);
  case_clear(&c);
}
END_TEST

/* Two steps of a module that takes one call at a time: the wait for the other is not the call's own time. */
START_TEST(who_waits_for_another_call_is_not_late)
{
  lane_case c;
  case_make(&c, "chain: [{plugin: serial, name: one}, {plugin: serial, name: two}, {plugin: serial, name: three}]\n", 6, plain,
            1, 4);
  for (unsigned i = 0; i < 3; i++)
    c.k.settings->chain[i].timeout_ns = 150 * MS;
  world.steady_ns = 90 * MS;
  kit_run_lane(&c.k, (lane_how){ .threads = 1, .window = 10 }, &c.o);
  ck_assert_uint_eq(c.o.stats.enriched, 6);
  for (unsigned i = 0; i < 3; i++)
    ck_assert_uint_eq(c.o.stats.steps[i].retries, 0);
  case_clear(&c);
}
END_TEST

/* A step that does not say that it leaves the machine, but costs money, has its budget all the same. */
START_TEST(a_budget_holds_for_all_that_costs)
{
  ek_services services = { 0 };
  ek_budget_end end = { 0 };
  lane_case c;
  memset(&c, 0, sizeof c);
  reset_world();
  for (unsigned i = 0; i < 10; i++) {
    char id[16];
    snprintf(id, sizeof id, "id%u", i);
    kit_item(&c.text, id, "[]", "t");
  }
  kit_make(&c.k, "chain: [{plugin: dear, budget: 0.003 USD, prices: {call: 0.001 USD}}]\n", all, c.text.data, c.text.len);
  kit_run_lane(&c.k, (lane_how){ .threads = 2, .window = 10, .services = &services, .budget_end = &end }, &c.o);
  ck_assert_int_eq(c.o.end, EK_END_BUDGET);
  ck_assert_int_eq((int)end.spent_nano, 3000000);
  ck_assert_uint_eq(c.o.stats.enriched, 3);
  ck_assert_uint_eq(c.o.stats.not_done, 7);
  check_accounts(&c.o.stats);
  case_clear(&c);
}
END_TEST

/* Who reserves twice in one call, or for each item of a batch, does not wait for himself at the end of a budget; nor do
 * two that hold a part each wait for each other.                             */
START_TEST(nobody_waits_for_his_own_money)
{
  static const struct { const char *yaml; int64_t spent; unsigned done; } cases[] = {
    { "chain: [{plugin: twice, workers: 1, budget: 0.005 USD, prices: {call: 0.001 USD}}]\n", 4000000, 2 },
    { "chain: [{plugin: twice, workers: 8, budget: 0.009 USD, prices: {call: 0.001 USD}}]\n", 8000000, 4 },
    { "chain: [{plugin: each, workers: 1, budget: 0.003 USD, prices: {call: 0.001 USD}}]\n", 3000000, 3 },
    { "chain: [{plugin: each, workers: 3, budget: 0.012 USD, prices: {call: 0.001 USD}}]\n", 12000000, 12 },
  };
  ek_services services = { 0 };
  for (size_t i = 0; i < N(cases); i++) {
    lane_case c;
    ek_budget_end end = { 0 };
    memset(&c, 0, sizeof c);
    reset_world();
    for (unsigned k = 0; k < 30; k++) {
      char id[16];
      snprintf(id, sizeof id, "id%u", k);
      kit_item(&c.text, id, "[]", "t");
    }
    kit_make(&c.k, cases[i].yaml, all, c.text.data, c.text.len);
    int64_t start = now_ns();
    kit_run_lane(&c.k, (lane_how){ .threads = 2, .window = 30, .services = &services, .budget_end = &end }, &c.o);
    ck_assert_int_lt((int)((now_ns() - start) / MS), 20000);         /* a call has 30 s */
    ck_assert_int_eq(c.o.end, EK_END_BUDGET);
    ck_assert_uint_eq(c.o.stats.steps[0].retries, 0);
    ck_assert_int_le((int)end.spent_nano, (int)cases[i].spent);
    if (c.k.settings->chain[0].workers == 1)
      ck_assert_uint_eq(c.o.stats.enriched, cases[i].done);
    ck_assert_uint_ge(c.o.stats.enriched, 1);
    ck_assert_uint_le(c.o.stats.enriched, cases[i].done);
    check_accounts(&c.o.stats);
    case_clear(&c);
  }
}
END_TEST

int
main(void)
{
  const TTest *const tests[] = {
    same_output, same_output_by_arm, same_output_past_a_thousand, network_first_and_alone, duplicates_last,
    rejects_say_why, a_step_stops_the_run, a_plugin_ends_the_thread, bounds_hold, workers_are_requests,
    judged_at_a_thousand, expired_credentials, pictures, the_network_is_gone,
    one_host_that_is_down_is_not_the_network, pictures_and_the_network, a_busy_host_is_busy_alone,
    who_holds_a_picture_goes_first, a_picture_has_all_attempts, a_budget_is_never_passed, a_rate_is_kept,
    stops_at_any_moment,
    what_is_paid_for_may_arrive, a_stop_ends_a_wait, a_pipe_that_trickles_is_served, fetching_and_asking_overlap,
    a_plan_asks_nobody, a_plan_counts_what_a_run_would_ask, a_whole_batch_says_why,
    who_waits_for_another_call_is_not_late, a_budget_holds_for_all_that_costs, nobody_waits_for_his_own_money, NULL };
  return run_suite("lane", tests);
}
