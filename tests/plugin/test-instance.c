/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <math.h>
#include <pthread.h>
#include <time.h>
#include "base/pool.h"
#include "plugin/plugins/overlap.h"
#include "plugin/rig.h"

static ek_registry *registry;

static const ek_plugin *
plugin(const char *id)
{
  ek_error e = { 0 };
  const ek_plugin *p = ek_registry_find(registry, id, &e);
  ck_assert_msg(p != NULL, "%s; %s", e.message, e.help);
  return p;
}

static void
start(rig *r, const char *id, const char *options)
{
  ek_error e = { 0 };
  rig_start(r, plugin(id), options);
  ck_assert_msg(r->instance != NULL, "%s", r->findings.n ? r->findings.list[0].message : "no finding");
  ck_assert_msg(rig_bind(r, NULL, &e) == 0, "%s", e.message);
}

static const ek_str two[] = { { "Food", 4 }, { "Sweets", 6 } };

/* ---- in-test enrichers, called through the same host ------------------------------ */

static ek_module_info own_module = { .module = { .id = "org.enrichkit.test.own", .version = "1" },
                                     .lock = PTHREAD_MUTEX_INITIALIZER };
static const ek_host *own_host;
static int created, destroyed;

static ek_status
own_create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  (void)config;
  (void)call;
  (void)out;
  own_host = host;
  created++;
  return EK_OK;
}

static void
own_destroy(ek_inst *inst)
{
  (void)inst;
  destroyed++;
}

static const char *const no_reads[] = { NULL };

static ek_enricher
own(ek_status (*enrich)(ek_inst *, ek_call *, const ek_item *, ek_sink *))
{
  return (ek_enricher){ EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .id = "own", .summary = "",
                        .reads = no_reads,
                        .create = own_create, .destroy = own_destroy, .enrich = enrich };
}

static void
start_own(rig *r, const ek_enricher *en)
{
  static ek_plugin p;            /* must live as long as the instance          */
  ek_error e = { 0 };
  p = (ek_plugin){ &own_module, en };
  rig_start(r, &p, NULL);
  ck_assert(r->instance != NULL);
  ck_assert_int_eq(rig_bind(r, NULL, &e), 0);
}

/* ---- the life of an instance ------------------------------------------------------- */

START_TEST(passes_a_field_through)
{
  rig r;
  start(&r, "sleepy", "{max: 0ms}");
  ck_assert_uint_eq(ek_projection_slots(r.projection), 1);
  rig_field(&r, "category", two, 2);
  ck_assert_int_eq(rig_enrich(&r), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "Food|Sweets");
  ck_assert_uint_eq(r.sink.first->step, 2);
  ck_assert(r.sink.first->confidence < 0);
  rig_field(&r, "category", NULL, 0);
  ck_assert_int_eq(rig_enrich(&r), EK_NO_LABELS);
  rig_stop(&r);
}
END_TEST

START_TEST(field_option_names_the_field)
{
  rig r;
  start(&r, "sleepy", "{field: department, max: 0ms}");
  ck_assert_str_eq(ek_projection_name(r.projection, 0), "department");
  rig_field(&r, "department", two, 1);
  ck_assert_int_eq(rig_enrich(&r), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "Food");
  rig_stop(&r);
}
END_TEST

static const struct { const char *how; ek_status status; const char *labels, *why; } endings[] = {
  { "item_error", EK_ITEM_ERROR, "", "failed as asked" },
  { "retry", EK_RETRY, "", "failed as asked" },
  { "fatal", EK_FATAL, "", "failed as asked" },
  { "cancelled", EK_CANCELLED, "", "failed as asked" },
  { "skipped", EK_SKIPPED, "", "failed as asked" },
  { "no_labels", EK_NO_LABELS, "", "failed as asked" },
  { "ok_empty", EK_NO_LABELS, "", "failed as asked" },
  { "unknown", EK_ITEM_ERROR, "", "failed as asked" },
  { "unknown_good", EK_OK, "emitted, then failed", "failed as asked" },
  { "unset", EK_ITEM_ERROR, "", "failed as asked" },
  { "silent", EK_ITEM_ERROR, "", "the plugin gives no reason" },
  { "bad_empty", EK_ITEM_ERROR, "", "its name is empty" },
  { "bad_utf8", EK_ITEM_ERROR, "", "its name is not valid UTF-8" },
  { "bad_nul", EK_ITEM_ERROR, "", "its name holds U+0000" },
  { "bad_nan", EK_ITEM_ERROR, "", "its confidence is not a number" },
  { "bad_confidence", EK_ITEM_ERROR, "", "'label' was refused: its confidence is above 1" },
  { "bad_size", EK_ITEM_ERROR, "", "its struct_size is not set" },
  { "bad_parent", EK_ITEM_ERROR, "", "its parent is empty" },
};

START_TEST(statuses_are_mapped)
{
  rig r;
  char options[100];
  snprintf(options, sizeof options, "{how: %s}", endings[_i].how);
  start(&r, "failing", options);
  ck_assert_int_eq(rig_enrich(&r), endings[_i].status);
  ck_assert_str_eq(rig_labels(&r), endings[_i].labels);
  ck_assert_uint_eq(r.sink.n, endings[_i].labels[0] ? 1 : 0);
  ck_assert(r.call.has_error);
  ck_assert_msg(strstr(r.call.error, endings[_i].why) != NULL, "%s", r.call.error);
  rig_stop(&r);
}
END_TEST

START_TEST(unknown_status_is_told_without_reason_of_its_own)
{
  rig r;
  start(&r, "failing", "{how: unknown}");
  ck_assert_int_eq(rig_enrich(&r), EK_ITEM_ERROR);
  ck_assert_int_eq(r.instance->warned, 1);
  rig_stop(&r);
}
END_TEST

START_TEST(retry_after_and_attempts)
{
  rig r;
  start(&r, "failing", "{how: retry, times: 2, retry_after: 7ms}");
  rig_field(&r, "category", two, 2);
  ck_assert_int_eq(rig_enrich(&r), EK_RETRY);
  ck_assert_int_eq(r.call.retry_after_ns, 7000000);
  ck_assert_int_eq(rig_enrich(&r), EK_RETRY);
  ck_assert_int_eq(rig_enrich(&r), EK_OK);
  ck_assert_int_eq(r.call.retry_after_ns, -1);
  ck_assert(!r.call.has_error);
  ck_assert_str_eq(rig_labels(&r), "Food|Sweets");
  rig_stop(&r);
}
END_TEST

static void
expect_no_instance(const char *id, const char *options, const char *code, const char *why)
{
  rig r;
  rig_start(&r, plugin(id), options);
  ck_assert(r.instance == NULL);
  ck_assert_uint_eq(r.findings.errors, 1);
  ck_assert_str_eq(r.findings.list[0].code, code);
  ck_assert_msg(strstr(r.findings.list[0].message, why) != NULL, "%s", r.findings.list[0].message);
  rig_stop(&r);
}

START_TEST(create_fails_with_its_reason)
{
  expect_no_instance("failing", "{how: create}", "create_failed",
                     "step 'third': plugin 'failing' cannot start: asked to fail\\nin create");
  expect_no_instance("failing", "{how: create_silent}", "create_failed", "gives no reason (status EK_ITEM_ERROR)");
}
END_TEST

START_TEST(create_that_ends_the_thread_ends_the_run_with_failure)
{
  rig r;
  rig_start(&r, plugin("failing"), "{how: create_exit}");
  ck_abort_msg("create returned");
}
END_TEST

START_TEST(destroy_follows_create_alone)
{
  ek_enricher en = own(NULL);
  rig r;
  created = destroyed = 0;
  start_own(&r, &en);
  ck_assert_int_eq(created, 1);
  rig_stop(&r);
  ck_assert_int_eq(destroyed, 1);
  rig_start(&r, &(ek_plugin){ &own_module, &en }, NULL);
  ek_instance_free(r.instance);
  r.instance = ek_instance_new(&(ek_plugin){ &own_module, &en }, &r.settings, 2, NULL, 1, &r.findings);
  ck_assert(r.instance != NULL);
  ck_assert_int_eq(created, 2);                      /* --no-create */
  rig_stop(&r);
  ck_assert_int_eq(destroyed, 2);
}
END_TEST

START_TEST(needs_must_be_offered)
{
  static const char *const needs[] = { EK_EXT_LABELS, "ek.http/9", NULL };
  ek_enricher en = own(NULL);
  rig r;
  en.needs = needs;
  rig_start(&r, &(ek_plugin){ &own_module, &en }, NULL);
  ck_assert(r.instance == NULL);
  ck_assert_str_eq(r.findings.list[0].message,
                   "step 'third': plugin 'own' needs 'ek.http/9', which this enrichkit does not offer");
  rig_stop(&r);
}
END_TEST

/* ---- fields ------------------------------------------------------------------------- */

START_TEST(fields_with_ends_and_names)
{
  static const ek_str paths[] = { { "a", 1 }, { "b", 1 }, { "c", 1 } };
  static const size_t ends[] = { 2, 3 };
  static char *title_paths[] = { "title" }, *category_paths[] = { "categories" }, *price_paths[] = { "price" };
  ek_field_rule list[] = { { .name = "title", .paths = title_paths, .n_paths = 1 },
                           { .name = "category", .paths = category_paths, .n_paths = 1 },
                           { .name = "price", .paths = price_paths, .n_paths = 1 } };
  ek_field_rules rules = { list, 3 };
  ek_error e = { 0 };
  rig r;
  rig_start(&r, plugin("fields"), NULL);
  ck_assert_int_eq(rig_bind(&r, &rules, &e), 0);
  ck_assert_int_eq(rig_bind(&r, &rules, &e), 0);     /* again: the same */
  ck_assert_uint_eq(ek_projection_slots(r.projection), 3);
  rig_field(&r, "title", two, 1);
  rig_field(&r, "category", paths, 3);
  r.fields[1].ends = ends;
  r.fields[1].n_ends = 2;
  ck_assert_int_eq(rig_enrich(&r), EK_OK);
  /* A list of one is told from a text by its end. */
  ck_assert_str_eq(rig_labels(&r), "title=Food|title/ENDS=1|category=a|category=b|category=c|category/ENDS=2,3");
  r.fields[0].kind = EK_KIND_STRING;
  ck_assert_int_eq(rig_enrich(&r), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "title=Food|category=a|category=b|category=c|category/ENDS=2,3");
  rig_stop(&r);
}
END_TEST

static const char from_rules[] = "brand";
static int late;

static ek_status
using_create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  (void)config;
  (void)out;
  own_host = host;
  host->use_field(call, from_rules);
  host->use_field(call, from_rules);
  host->add_key(call, ek_cstr("model 7"));
  return EK_OK;
}

static ek_status
using_enrich(ek_inst *inst, ek_call *call, const ek_item *item, ek_sink *sink)
{
  (void)inst;
  size_t n;
  char copy[] = "brand";
  const ek_str *by_pointer = own_host->field(item, from_rules, &n), *by_text = own_host->field(item, copy, &n);
  const ek_str *none = own_host->field(item, "colour", &n);
  ck_assert_ptr_eq(by_pointer, by_text);
  ck_assert_ptr_null(none);
  ck_assert_uint_eq(n, 0);
  ck_assert_ptr_null(own_host->field(item, NULL, &n));
  ck_assert_ptr_null(own_host->field_ends(item, from_rules, &n));
  ck_assert_str_eq(own_host->item_id(item).ptr, "B0001");
  if (late) {
    own_host->use_field(call, "colour");
    return EK_ITEM_ERROR;
  }
  ek_label label = { .struct_size = sizeof label, .name = by_pointer[0], .confidence = -1 };
  return own_host->emit(sink, &label);
}

START_TEST(use_field_and_add_key)
{
  ek_enricher en = own(using_enrich);
  rig r;
  en.create = using_create;
  start_own(&r, &en);
  rig_field(&r, "brand", two, 2);
  ck_assert_int_eq(rig_enrich(&r), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "Food");
  ck_assert_uint_eq(r.instance->key_len, 8 + 7);
  ck_assert_mem_eq(r.instance->key + 8, "model 7", 7);
  late = 1;
  ck_assert_int_eq(rig_enrich(&r), EK_ITEM_ERROR);
  ck_assert_str_eq(r.call.error, "the plugin called use_field outside create()");
  rig_stop(&r);
}
END_TEST

/* ---- labels -------------------------------------------------------------------------- */

static ek_status
rich_enrich(ek_inst *inst, ek_call *call, const ek_item *item, ek_sink *sink)
{
  (void)inst;
  (void)call;
  (void)item;
  char name[] = "Chocolate", parent[] = "Sweets", scheme[] = "shop", ref[] = "17";
  ek_str parents[] = { ek_cstr(parent), ek_cstr("Food") };
  ek_label label = { .struct_size = sizeof label, .name = ek_cstr(name), .confidence = 0.75, .parents = parents,
                     .n_parents = 2,
                     .scheme = ek_cstr(scheme), .ref = ek_cstr(ref) };
  ek_status status = own_host->emit(sink, &label);
  /* Everything was copied (rule O4). */
  memset(name, 'x', sizeof name - 1);
  memset(parent, 'x', sizeof parent - 1);
  memset(scheme, 'x', sizeof scheme - 1);
  memset(ref, 'x', sizeof ref - 1);
  memset(parents, 0, sizeof parents);
  return status;
}

START_TEST(labels_are_copied_whole)
{
  ek_enricher en = own(rich_enrich);
  rig r;
  start_own(&r, &en);
  ck_assert_int_eq(rig_enrich(&r), EK_OK);
  const ek_tag *t = r.sink.first;
  ck_assert_str_eq(t->name.ptr, "Chocolate");
  ck_assert(t->confidence == 0.75);
  ck_assert_uint_eq(t->n_parents, 2);
  ck_assert_str_eq(t->parents[0].ptr, "Sweets");
  ck_assert_str_eq(t->parents[1].ptr, "Food");
  ck_assert_str_eq(t->scheme.ptr, "shop");
  ck_assert_str_eq(t->ref.ptr, "17");
  rig_stop(&r);
}
END_TEST

/* A label of ABI 1.0 cut short: the tail is rubbish and must not be read (T, "asked and answered"). */
static uint32_t short_size;

static ek_status
short_enrich(ek_inst *inst, ek_call *call, const ek_item *item, ek_sink *sink)
{
  (void)inst;
  (void)call;
  (void)item;
  ek_label label;
  memset(&label, 0xee, sizeof label);
  label.struct_size = short_size;
  label.flags = 0;
  label.name = ek_cstr("short");
  label.confidence = -1;
  return own_host->emit(sink, &label);
}

START_TEST(shorter_labels_are_taken)
{
  ek_enricher en = own(short_enrich);
  rig r;
  start_own(&r, &en);
  static const uint32_t good[] = { 32, 40, 44 };
  for (size_t i = 0; i < 3; i++) {
    short_size = good[i];
    ck_assert_int_eq(rig_enrich(&r), EK_OK);
    ck_assert_uint_eq(r.sink.first->n_parents, 0);
    ck_assert_uint_eq(r.sink.first->ref.len, 0);
    ck_assert_str_eq(r.sink.first->scheme.ptr, "");
  }
  static const uint32_t bad[] = { 0, 4, 31, 0x80000000u };
  for (size_t i = 0; i < 4; i++) {
    short_size = bad[i];
    ck_assert_int_eq(rig_enrich(&r), EK_ITEM_ERROR);
  }
  rig_stop(&r);
}
END_TEST

static ek_str odd_name;

static ek_status
odd_enrich(ek_inst *inst, ek_call *call, const ek_item *item, ek_sink *sink)
{
  (void)inst;
  (void)call;
  (void)item;
  ek_label label = { .struct_size = sizeof label, .name = odd_name, .confidence = 1 };
  return own_host->emit(sink, &label);
}

/* Each length and each place of a bad byte: the fast check must agree with the slow one. */
START_TEST(names_are_checked_at_every_place)
{
  ek_enricher en = own(odd_enrich);
  rig r;
  start_own(&r, &en);
  for (size_t n = 1; n <= 33; n++)
    for (size_t at = 0; at < n; at++) {
      char text[40];
      memset(text, 'a', sizeof text);
      odd_name = (ek_str){ text, n };
      ck_assert_int_eq(rig_enrich(&r), EK_OK);
      static const struct { char byte; ek_status status; } cases[] = { { 0, EK_ITEM_ERROR },
                                                                       { (char)0xff, EK_ITEM_ERROR },
                                                                       { 0x7f, EK_OK }, { 1, EK_OK } };
      for (size_t c = 0; c < 4; c++) {
        text[at] = cases[c].byte;
        ck_assert_msg(rig_enrich(&r) == cases[c].status, "length %zu, byte %d at %zu", n, cases[c].byte, at);
      }
      text[at] = 'a';
      if (at + 1 < n) {
        text[at] = (char)0xc3;
        text[at + 1] = (char)0xa9;
        ck_assert_int_eq(rig_enrich(&r), EK_OK);
      }
    }
  rig_stop(&r);
}
END_TEST

START_TEST(earlier_labels)
{
  static const ek_str parents[] = { { "Food", 4 } };
  ek_tag later = { .name = { "no", 2 }, .step = 2, .confidence = -1 };
  ek_tag second = { .next = &later, .name = { "Cocoa", 5 }, .step = 1, .confidence = -1, .removed = EK_RM_STOP };
  ek_tag first = { .next = &second, .name = { "Sweets", 6 }, .step = 0, .confidence = 0.5, .parents = parents,
                   .n_parents = 1 };
  rig r;
  start(&r, "labels", NULL);
  r.unit.first = &first;
  ck_assert_int_eq(rig_enrich(&r), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "first:Sweets|second:Cocoa");
  ck_assert(r.sink.first->confidence == 0.5);
  ck_assert_str_eq(r.sink.first->parents[0].ptr, "Food");
  ek_label out = { .struct_size = 40 };
  memset((char *)&out + 40, 0x77, sizeof out - 40);
  const ek_labels *table = ek_host_extension(NULL, EK_EXT_LABELS);
  ck_assert_int_eq(table->at(&r.item, 0, &out, NULL), 1);
  ck_assert_uint_eq(out.struct_size, 40);
  ck_assert_int_eq(((unsigned char *)&out)[40], 0x77);
  ck_assert_int_eq(table->at(&r.item, 2, &out, NULL), 0);
  ck_assert_ptr_null(ek_host_extension(NULL, "ek.labels/2"));
  ck_assert_ptr_null(ek_host_extension(NULL, NULL));
  r.unit.first = NULL;
  ck_assert_int_eq(rig_enrich(&r), EK_NO_LABELS);
  rig_stop(&r);
}
END_TEST

/* ---- batches ------------------------------------------------------------------------- */

typedef struct batch_rig {
  rig r;
  ek_call main_call, calls[20];
  ek_sink sinks[20];
  const ek_item *items[20];
  ek_sink *sink_list[20];
  ek_call *call_list[20];
  ek_status status[20];
  ek_batch batch;
} batch_rig;

static void
start_batch(batch_rig *b, const char *options, uint32_t n)
{
  memset(b, 0, sizeof *b);
  start(&b->r, "batch", options);
  rig_field(&b->r, "category", two, 1);
  for (uint32_t i = 0; i < n; i++) {
    b->items[i] = &b->r.item;
    b->calls[i] = b->r.call;
    b->sinks[i] = (ek_sink){ .arena = &b->r.arena, .call = &b->calls[i] };
    b->sink_list[i] = &b->sinks[i];
    b->call_list[i] = &b->calls[i];
    b->status[i] = EK_OK;
  }
  b->main_call = b->r.call;
  b->batch = (ek_batch){ sizeof b->batch, n, b->items, b->sink_list, b->call_list, b->status };
}

START_TEST(batch_slots_speak_for_themselves)
{
  batch_rig b;
  start_batch(&b, "{unset: 3, error: 4, returns: retry}", 8);
  ek_instance_enrich_batch(b.r.instance, &b.main_call, &b.batch);
  static const ek_status want[] = { EK_OK, EK_OK, EK_RETRY, EK_ITEM_ERROR, EK_OK, EK_RETRY, EK_OK, EK_ITEM_ERROR };
  for (int i = 0; i < 8; i++)
    ck_assert_int_eq(b.status[i], want[i]);
  ck_assert_str_eq(b.calls[3].error, "item 4 of the call failed as asked");
  ck_assert_str_eq(b.calls[7].error, "item 8 of the call failed as asked");
  ck_assert_str_eq(b.calls[2].error, "the call failed as asked");
  ck_assert_int_eq(b.calls[2].retry_after_ns, 1000000);
  ck_assert_int_eq(b.calls[3].retry_after_ns, -1);
  ck_assert(!b.calls[0].has_error);
  ck_assert_uint_eq(b.sinks[0].n, 1);
  ck_assert_uint_eq(b.sinks[0].first->step, 2);
  ck_assert_uint_eq(b.sinks[2].n, 0);
  rig_stop(&b.r);
}
END_TEST

START_TEST(batch_ok_for_the_unset_is_no_labels)
{
  batch_rig b;
  start_batch(&b, "{unset: 1}", 3);
  ek_instance_enrich_batch(b.r.instance, &b.main_call, &b.batch);
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq(b.status[i], EK_NO_LABELS);
  rig_stop(&b.r);
}
END_TEST

START_TEST(batch_is_cut_at_max_batch)
{
  batch_rig b;
  start_batch(&b, "{sizes: true}", 20);
  ek_instance_enrich_batch(b.r.instance, &b.main_call, &b.batch);
  ck_assert_str_eq(b.sinks[0].last->name.ptr, "1 of 8");
  ck_assert_str_eq(b.sinks[8].last->name.ptr, "1 of 8");
  ck_assert_str_eq(b.sinks[19].last->name.ptr, "4 of 4");
  rig_stop(&b.r);
}
END_TEST

/* ---- threads -------------------------------------------------------------------------- */

#define THREADS 4
#define ROUNDS 25

typedef struct crowd {
  rig *rigs[2];                  /* threads take them in turn                  */
  int direct;                    /* past the host: ek_enricher.enrich itself   */
  int failed[THREADS];
} crowd;

static void
call_often(void *arg, unsigned index)
{
  crowd *c = arg;
  rig *shared = c->rigs[index % 2], own_rig = *shared;
  own_rig.arena = (ek_arena){ 0 };
  own_rig.item.unit = &own_rig.unit;
  own_rig.unit.fields = own_rig.fields;
  own_rig.item.arena = &own_rig.arena;
  own_rig.sink = (ek_sink){ .arena = &own_rig.arena, .call = &own_rig.call };
  for (int i = 0; i < ROUNDS; i++) {
    ek_status status;
    if (c->direct) {
      ek_call_reset(&own_rig.call);
      own_rig.sink.first = own_rig.sink.last = NULL;
      status = shared->instance->plugin->enricher->enrich(shared->instance->inst, &own_rig.call, &own_rig.item,
                                                          &own_rig.sink);
    } else
      status = rig_enrich(&own_rig);
    c->failed[index] += status != EK_OK;
  }
  ek_arena_free(&own_rig.arena);
}

/* Calls from four threads into two instances (or one); returns how many items failed. */
static int
run_crowd(const char *id, int instances, int direct, int *most_in_instance)
{
  rig rigs[2];
  ek_error e = { 0 };
  crowd c = { .rigs = { &rigs[0], &rigs[instances - 1] }, .direct = direct };
  for (int i = 0; i < instances; i++) {
    start(&rigs[i], id, "{hold: 1ms}");
    rig_field(&rigs[i], "category", two, 2);
  }
  ek_pool *pool = ek_pool_start(THREADS, call_often, &c, &e);
  ck_assert(pool != NULL);
  ek_pool_join(pool);
  const ek_enricher *en = rigs[0].instance->plugin->enricher;
  const test_overlap *seen = en->get_extension(rigs[0].instance->inst, TEST_EXT_OVERLAP);
  if (most_in_instance)
    *most_in_instance = seen->most_in_instance(rigs[0].instance->inst);
  int failed = 0;
  for (int i = 0; i < THREADS; i++)
    failed += c.failed[i];
  for (int i = 0; i < instances; i++)
    rig_stop(&rigs[i]);
  return failed;
}

START_TEST(thread_models_are_honoured)
{
  int most = 0;
  ck_assert_int_eq(run_crowd("overlap-process", 1, 0, NULL), 0);
  ck_assert_int_eq(run_crowd("overlap-process", 2, 0, NULL), 0);
  ck_assert_int_eq(run_crowd("overlap-instance", 1, 0, &most), 0);
  ck_assert_int_eq(most, 1);
  ck_assert_int_eq(run_crowd("overlap-instance", 2, 0, NULL), 0);
  ck_assert_int_eq(run_crowd("overlap-parallel", 1, 0, &most), 0);
  ck_assert_int_gt(most, 1);                         /* and not stricter than it need be */
}
END_TEST

/* The same plugins under a host that ignores the model: the check above can fail. */
START_TEST(a_host_that_ignores_the_model_is_caught)
{
  ck_assert_int_gt(run_crowd("overlap-process", 1, 1, NULL), 0);
  ck_assert_int_gt(run_crowd("overlap-process", 2, 1, NULL), 0);
  ck_assert_int_gt(run_crowd("overlap-instance", 1, 1, NULL), 0);
}
END_TEST

/* A plugin that ends the thread gives the lock of its model back. */
static ek_status
leaving_enrich(ek_inst *inst, ek_call *call, const ek_item *item, ek_sink *sink)
{
  (void)inst;
  (void)call;
  (void)item;
  (void)sink;
  pthread_exit(NULL);
}

static void
leave(void *arg, unsigned index)
{
  (void)index;
  rig_enrich(arg);
}

START_TEST(a_thread_that_ends_leaves_no_lock)
{
  static const uint32_t models[] = { EK_THREAD_SERIAL_INSTANCE, EK_THREAD_SERIAL_PROCESS };
  for (int i = 0; i < 2; i++) {
    ek_enricher en = own(leaving_enrich);
    ek_error e = { 0 };
    rig r;
    en.thread_model = models[i];
    start_own(&r, &en);
    for (int k = 0; k < 2; k++) {
      ek_pool *pool = ek_pool_start(1, leave, &r, &e);
      ck_assert(pool != NULL);
      ck_assert_int_eq(ek_pool_wait(pool, 5000), 1);
      ek_pool_join(pool);
    }
    rig_stop(&r);                                    /* takes the module's lock */
  }
}
END_TEST

/* One call used from the plugin's own threads (rule T5). */
typedef struct helper { ek_sink *sink; ek_call *call; const ek_item *item; } helper;

static void *
help(void *arg)
{
  helper *h = arg;
  for (int i = 0; i < 500; i++) {
    size_t n;
    ek_label label = { .struct_size = sizeof label, .name = ek_cstr("from a thread"), .confidence = -1 };
    own_host->emit(h->sink, &label);
    own_host->set_error(h->call, "a message from one of several threads");
    own_host->field_names(h->item, &n);
  }
  return NULL;
}

static ek_status
threaded_enrich(ek_inst *inst, ek_call *call, const ek_item *item, ek_sink *sink)
{
  (void)inst;
  helper h = { sink, call, item };
  pthread_t threads[3];
  for (int i = 0; i < 3; i++)
    pthread_create(&threads[i], NULL, help, &h);
  help(&h);
  for (int i = 0; i < 3; i++)
    pthread_join(threads[i], NULL);
  return EK_OK;
}

START_TEST(a_call_may_be_used_from_several_threads)
{
  ek_enricher en = own(threaded_enrich);
  rig r;
  start_own(&r, &en);
  ck_assert_int_eq(rig_enrich(&r), EK_OK);
  ck_assert_uint_eq(r.sink.n, 2000);
  size_t n = 0;
  for (const ek_tag *t = r.sink.first; t; t = t->next, n++)
    ck_assert_str_eq(t->name.ptr, "from a thread");
  ck_assert_uint_eq(n, 2000);
  ck_assert_str_eq(r.call.error, "a message from one of several threads");
  rig_stop(&r);
}
END_TEST

/* ---- deadline, cancel, wait -------------------------------------------------------------- */

static int stopping;
static int
told_cancelled(ek_call *call)
{
  (void)call;
  return stopping;
}
static ek_status
told_wait(ek_call *call, int64_t ns)
{
  (void)call;
  return ns == 42 ? EK_CANCELLED : EK_OK;
}

START_TEST(cancel_and_deadline)
{
  static const ek_call_ops ops = { .cancelled = told_cancelled, .wait = told_wait };
  rig r;
  start(&r, "sleepy", NULL);
  const ek_host *h = &r.instance->host;
  ck_assert_int_eq(h->cancelled(&r.call), 0);
  ck_assert(h->time_left_ns(&r.call) == INT64_MAX);
  ck_assert_int_eq(h->wait(&r.call, 1000), EK_OK);
  r.call.deadline_ns = ek_monotonic_ns() + 20000000;
  ck_assert_int_gt(h->time_left_ns(&r.call), 0);
  int64_t before = ek_monotonic_ns();
  ck_assert_int_eq(h->wait(&r.call, 10000000000), EK_CANCELLED);
  ck_assert_int_lt(ek_monotonic_ns() - before, 2000000000);
  ck_assert_int_eq(h->cancelled(&r.call), 1);
  ck_assert(h->time_left_ns(&r.call) == 0);
  r.call.ops = &ops;
  r.call.deadline_ns = INT64_MAX;
  ck_assert_int_eq(h->cancelled(&r.call), 0);
  stopping = 1;
  ck_assert_int_eq(h->cancelled(&r.call), 1);
  ck_assert_int_eq(h->wait(&r.call, 42), EK_CANCELLED);
  ck_assert_int_eq(h->wait(&r.call, 41), EK_OK);
  h->set_retry_after(&r.call, INT64_MAX);            /* an item must come to its end */
  ck_assert(r.call.retry_after_ns == INT64_C(3600) * 1000000000);
  rig_stop(&r);
}
END_TEST

START_TEST(messages_are_escaped_and_cut)
{
  rig r;
  char huge[5000];
  start(&r, "sleepy", NULL);
  const ek_host *h = &r.instance->host;
  h->set_error(&r.call, "a\nb\033[31m \xff caf\xc3\xa9");
  ck_assert_str_eq(r.call.error, "a\\nb\\x1b[31m \\xff caf\xc3\xa9");
  for (size_t i = 0; i + 2 < sizeof huge; i += 2)
    memcpy(huge + i, "\xc3\xa9", 2);
  huge[sizeof huge - 2] = 0;
  h->set_error(&r.call, huge);
  size_t n = strlen(r.call.error);
  ck_assert_uint_lt(n, sizeof r.call.error);
  ck_assert_str_eq(r.call.error + n - 3, "...");
  ck_assert_mem_eq(r.call.error + n - 5, "\xc3\xa9", 2);
  h->set_error(&r.call, NULL);
  ck_assert_str_eq(r.call.error, "(no message)");
  h->set_error(NULL, "nobody");
  h->log(h, NULL, EK_LOG_INFO, "outside a call");
  h->log(h, &r.call, 9999, "of a level that is not known\n");
  h->log(h, &r.call, EK_LOG_WARN, NULL);
  rig_stop(&r);
}
END_TEST

static void
open_registry(void)
{
  registry = rig_registry();
}

static void
close_registry(void)
{
  ek_registry_free(registry);
}

int
main(void)
{
  Suite *s = suite_create("instance");
  TCase *t = tcase_create("instance");
  tcase_set_timeout(t, 60);
  tcase_add_checked_fixture(t, open_registry, close_registry);
  tcase_add_test(t, passes_a_field_through);
  tcase_add_test(t, field_option_names_the_field);
  tcase_add_loop_test(t, statuses_are_mapped, 0, (int)(sizeof endings / sizeof *endings));
  tcase_add_test(t, unknown_status_is_told_without_reason_of_its_own);
  tcase_add_test(t, retry_after_and_attempts);
  tcase_add_test(t, create_fails_with_its_reason);
  tcase_add_exit_test(t, create_that_ends_the_thread_ends_the_run_with_failure, 1);
  tcase_add_test(t, destroy_follows_create_alone);
  tcase_add_test(t, needs_must_be_offered);
  tcase_add_test(t, fields_with_ends_and_names);
  tcase_add_test(t, use_field_and_add_key);
  tcase_add_test(t, labels_are_copied_whole);
  tcase_add_test(t, shorter_labels_are_taken);
  tcase_add_test(t, names_are_checked_at_every_place);
  tcase_add_test(t, earlier_labels);
  tcase_add_test(t, batch_slots_speak_for_themselves);
  tcase_add_test(t, batch_ok_for_the_unset_is_no_labels);
  tcase_add_test(t, batch_is_cut_at_max_batch);
  tcase_add_test(t, thread_models_are_honoured);
  tcase_add_test(t, a_host_that_ignores_the_model_is_caught);
  tcase_add_test(t, a_thread_that_ends_leaves_no_lock);
  tcase_add_test(t, a_call_may_be_used_from_several_threads);
  tcase_add_test(t, cancel_and_deadline);
  tcase_add_test(t, messages_are_escaped_and_cut);
  suite_add_tcase(s, t);
  SRunner *runner = srunner_create(s);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? 1 : 0;
}
