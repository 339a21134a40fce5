/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine as a whole: order, accounts, arms, failures, stops - whatever the number
 * of threads and the size of blocks.                                        */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "engine-kit.h"

/* ---- enrichers of the test -------------------------------------------------- */

struct ek_inst { const ek_host *host; ek_str mode; };

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  ek_inst *self = calloc(1, sizeof *self);
  (void)call;
  self->host = host;
  self->mode = (ek_str){ "", 0 };
  host->opt_str(config, "mode", &self->mode);
  *out = self;
  return EK_OK;
}

static void
destroy(ek_inst *self)
{
  free(self);
}

static ek_status
emit(const ek_inst *self, ek_sink *sink, ek_str name, double confidence)
{
  ek_label l = { .struct_size = sizeof l, .name = name, .confidence = confidence };
  return self->host->emit(sink, &l);
}

static ek_status
emit_field(const ek_inst *self, const ek_item *item, const char *field, ek_sink *sink)
{
  size_t n;
  const ek_str *v = self->host->field(item, field, &n);
  for (size_t i = 0; i < n; i++)
    if (v[i].len && emit(self, sink, v[i], -1) != EK_OK)
      return EK_ITEM_ERROR;
  return n ? EK_OK : EK_NO_LABELS;
}

static ek_status
source_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  (void)call;
  return emit_field(self, item, "category", sink);
}

/* Sleeps by the item's id, so that blocks overtake each other. */
static ek_status
sleepy_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  ek_str id = self->host->item_id(item);
  unsigned h = 0;
  for (size_t i = 0; i < id.len; i++)
    h = h * 131 + (unsigned char)id.ptr[i];
  if (h % 41 == 0) {
    struct timespec t = { 0, (long)(h / 41 % 8) * 100000 };
    nanosleep(&t, NULL);
  }
  (void)call;
  return emit_field(self, item, "category", sink);
}

/* The title as a label of confidence 0.5; "tail" of the mode picks what else it does. */
static ek_status
title_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  size_t n;
  const ek_str *v = self->host->field(item, "title", &n);
  (void)call;
  return n && v[0].len ? (emit(self, sink, v[0], 0.5), EK_OK) : EK_SKIPPED;
}

/* Does what the title says: retry, error, fatal, exit, labels without OK. */
static ek_status
obey_enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  static _Thread_local unsigned tries;
  size_t n;
  const ek_str *v = self->host->field(item, "title", &n);
  ek_str t = n ? v[0] : (ek_str){ "", 0 };
  if (t.len == 5 && memcmp(t.ptr, "retry", 5) == 0) {
    self->host->set_retry_after(call, 1000);
    if (++tries % 3 != 0)
      return EK_RETRY;
    return emit(self, sink, (ek_str){ "third try", 9 }, -1);
  }
  if (t.len == 5 && memcmp(t.ptr, "never", 5) == 0) {
    self->host->set_retry_after(call, 1000);
    self->host->set_error(call, "still busy");
    return EK_RETRY;
  }
  if (t.len == 5 && memcmp(t.ptr, "error", 5) == 0) {
    emit(self, sink, (ek_str){ "lost", 4 }, -1);
    self->host->set_error(call, "no good");
    return EK_ITEM_ERROR;
  }
  if (t.len == 5 && memcmp(t.ptr, "fatal", 5) == 0) {
    self->host->set_error(call, "broken");
    return EK_FATAL;
  }
  if (t.len == 4 && memcmp(t.ptr, "exit", 4) == 0)
    pthread_exit(NULL);
  return emit(self, sink, (ek_str){ "fine", 4 }, -1);
}

static ek_status
many_enrich(ek_inst *self, ek_call *call, const ek_batch *b)
{
  (void)call;
  for (uint32_t i = 0; i < b->n; i++) {
    char text[32];
    size_t n;
    const ek_str *v = self->host->field(b->items[i], "title", &n);
    if (n && v[0].len == 5 && memcmp(v[0].ptr, "error", 5) == 0) {
      self->host->set_error(b->calls[i], "this one alone");
      b->status[i] = EK_ITEM_ERROR;
      continue;
    }
    int len = snprintf(text, sizeof text, "batch of %s", b->n > 1 ? "many" : "one");
    b->status[i] = emit(self, b->sinks[i], (ek_str){ text, (size_t)len }, -1);
  }
  return EK_OK;
}

static const ek_option mode_option[] = { { .name = "mode", .type = EK_OPT_STRING, .help = "Of the test." } };
static const char *const reads[] = { "category", "title", NULL };
#define ENRICHER(name, ...) \
  static const ek_enricher name = { EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .n_options = 1, .id = #name, \
    .summary = "Of the test.", .options = mode_option, .reads = reads, .create = create, .destroy = destroy, __VA_ARGS__ }
ENRICHER(source, .enrich = source_enrich);
ENRICHER(sleepy, .enrich = sleepy_enrich);
ENRICHER(title, .enrich = title_enrich);
ENRICHER(obey, .enrich = obey_enrich);
ENRICHER(many, .enrich = obey_enrich, .max_batch = 7, .enrich_batch = many_enrich);
static const ek_enricher *const all[] = { &source, &sleepy, &title, &obey, &many, NULL };

/* ---- helpers ---------------------------------------------------------------- */

static void
run_text(const char *yaml, const char *text, how h, outcome *o)
{
  kit k;
  kit_make(&k, yaml, all, text, strlen(text));
  kit_run(&k, h, o);
  kit_clear(&k);
}

static void
balanced(const outcome *o)
{
  const ek_stats *s = &o->stats;
  ck_assert_uint_eq(s->in, s->enriched + s->no_labels + s->skipped + s->rejected + s->duplicates + s->not_done);
}

#define ROWS(o, expected) ck_assert_str_eq(ek_text_c(&(o)->rows[0]), expected)

/* ---- determinism ------------------------------------------------------------- */

/* About 6 MB with all sorts of dirt, over 1,000 blocks of 4 kB. */
static void
dirty_text(ek_text *t, unsigned n)
{
  for (unsigned i = 0; i < n; i++) {
    if (i % 97 == 96)
      ek_text_printf(t, "{\"category\": [\"Lost\"], \"title\": \"no id %u\"}\n", i);
    else if (i % 211 == 210)
      ek_text_printf(t, "not a record %u\n", i);
    else if (i % 50 == 49)
      ek_text_printf(t, "{\"category\": [\"Again\"], \"asin\": \"B%07u\"}\n", i / 2);
    else
      ek_text_printf(t, "{\"category\": [\"Top &amp; More\", \"c%u\", \"c%u\", \"%.*s\"], \"title\": \"t%u\", "
                     "\"description\": [\"%.*s\"], \"asin\": \"B%07u\"}\n", i % 7, i % 7, (int)(i % 30),
                     "a long value with, commas and \\\" quotes", i, (int)(i % 200),
                     "filler filler filler filler filler filler filler filler filler filler filler filler filler filler "
                     "filler filler filler filler filler filler filler filler filler filler filler filler filler", i);
  }
}

START_TEST(same_bytes_whatever_the_threads_and_blocks)
{
  static const char yaml[] = "chain: [{plugin: sleepy}, {plugin: title, when: no_labels}]\nrun: {max_rejects: 100%}\n";
  ek_text t = { 0 };
  kit k;
  outcome first, o;
  static const how hows[] = { { 2, 4096, 0, 0 }, { 3, 4096, 0, 0 }, { 7, 4096, 0, 0 }, { 7, 511, 0, 0 }, { 2, 0, 0, 0 } };

  dirty_text(&t, 24000);
  ck_assert_uint_ge(t.len, 1000 * 4096);
  kit_make(&k, yaml, all, t.data, t.len);
  kit_run(&k, (how){ 1, 4096, 0, 0 }, &first);
  ck_assert_int_eq(first.failed, 0);
  balanced(&first);
  ck_assert_uint_eq(first.stats.in, 24000);
  ck_assert_uint_gt(first.stats.duplicates, 200);
  for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++) {
    kit_run(&k, hows[i], &o);
    ck_assert_int_eq(o.failed, 0);
    ck_assert_uint_eq(o.rows[0].len, first.rows[0].len);
    ck_assert_int_eq(memcmp(o.rows[0].data, first.rows[0].data, first.rows[0].len), 0);
    ck_assert_str_eq(ek_text_c(&o.rejects), ek_text_c(&first.rejects));
    ck_assert_int_eq(memcmp(&o.stats.clean, &first.stats.clean, sizeof o.stats.clean), 0);
    ck_assert_uint_eq(o.stats.steps[1].items, first.stats.steps[1].items);
    ck_assert_uint_eq(ek_label_counts_distinct(o.stats.labels), ek_label_counts_distinct(first.stats.labels));
    outcome_clear(&o);
  }
  outcome_clear(&first);
  kit_clear(&k);
  ek_text_free(&t);
}
END_TEST

/* ---- accounts ----------------------------------------------------------------- */

START_TEST(every_record_is_accounted_for)
{
  outcome o;
  run_text("chain: [{plugin: source}, {plugin: title, when: no_labels}]\n",
           "{\"category\": [\"Tea\"], \"title\": \"x\", \"asin\": \"A\"}\n"
           "{\"category\": [], \"title\": \"Green\", \"asin\": \"B\"}\n"
           "{\"category\": [\"Tea\"], \"asin\": \"A\"}\n"
           "{\"category\": [\"<b></b>\"], \"asin\": \"C\"}\n"
           "{\"title\": \"\"}\n"
           "[1]\n"
           "{\"asin\": \"D\"}\n", (how){ 1, 0, 0, 0 }, &o);
  ck_assert_int_eq(o.failed, 0);
  balanced(&o);
  ck_assert_uint_eq(o.stats.in, 7);
  ck_assert_uint_eq(o.stats.enriched, 2);
  ck_assert_uint_eq(o.stats.no_labels, 2);
  ck_assert_uint_eq(o.stats.duplicates, 1);
  ck_assert_uint_eq(o.stats.rejected, 2);
  ROWS(&o, "A,Tea\nB,Green\nC,\nD,\n");
  for (unsigned i = 0; i < 2; i++) {
    const ek_step_stats *s = &o.stats.steps[i];
    ck_assert_uint_eq(s->items, s->labels + s->none + s->skipped + s->failed);
    ck_assert_uint_eq(s->items + s->not_asked, 4);
  }
  ck_assert_uint_eq(o.stats.files[0].in, 7);
  ck_assert_ptr_nonnull(strstr(ek_text_c(&o.rejects), "\"line\": 5, "));
  ck_assert_ptr_nonnull(strstr(ek_text_c(&o.rejects), "\"line\": 6, "));
  outcome_clear(&o);
}
END_TEST

START_TEST(duplicates_as_configured)
{
  static const char text[] = "{\"category\": [\"one\"], \"asin\": \"A\"}\n{\"category\": [\"two\"], \"asin\": \"B\"}\n"
                             "{\"category\": [\"three\"], \"asin\": \"A\"}\n";
  static const struct { const char *mode, *rows; uint64_t duplicates, rejected; } cases[] = {
    { "first", "A,one\nB,two\n", 1, 0 }, { "last", "B,two\nA,three\n", 1, 0 },
    { "all", "A,one\nB,two\nA,three\n", 0, 0 }, { "refuse", "A,one\nB,two\n", 0, 1 } };
  for (size_t i = 0; i < 4; i++) {
    char yaml[200];
    outcome o;
    snprintf(yaml, sizeof yaml, "  # behind the input's line\nchain: [{plugin: source}]\nrun: {max_rejects: 100%%}\n");
    kit k;
    kit_make(&k, yaml, all, text, strlen(text));
    k.settings->catalog.duplicates = i == 0 ? EK_DUP_FIRST : i == 1 ? EK_DUP_LAST : i == 2 ? EK_DUP_ALL : EK_DUP_REFUSE;
    kit_run(&k, (how){ 2, 64, 0, 0 }, &o);
    ck_assert_int_eq(o.failed, 0);
    balanced(&o);
    ROWS(&o, cases[i].rows);
    ck_assert_uint_eq(o.stats.duplicates, cases[i].duplicates);
    ck_assert_uint_eq(o.stats.rejected, cases[i].rejected);
    outcome_clear(&o);
    kit_clear(&k);
  }
}
END_TEST

START_TEST(limit_stops_after_exactly_so_many)
{
  ek_text t = { 0 };
  kit k;
  dirty_text(&t, 3000);
  kit_make(&k, "chain: [{plugin: source}]\n", all, t.data, t.len);
  for (unsigned threads = 1; threads <= 3; threads++)
    for (uint64_t limit = 1; limit < 2000; limit += 333) {
      outcome o;
      kit_run(&k, (how){ threads, 1000, limit, 0 }, &o);
      ck_assert_int_eq(o.failed, 0);
      ck_assert_uint_eq(o.stats.in, limit);
      balanced(&o);
      outcome_clear(&o);
    }
  kit_clear(&k);
  ek_text_free(&t);
}
END_TEST

START_TEST(too_many_rejects_are_judged_at_record_1000)
{
  ek_text t = { 0 };
  kit k;
  for (unsigned i = 0; i < 5000; i++)
    if (i % 2 || i >= 990)
      ek_text_printf(&t, "{\"category\": [\"x\"]}\n");
    else
      ek_text_printf(&t, "{\"category\": [\"x\"], \"asin\": \"A%u\"}\n", i);
  kit_make(&k, "chain: [{plugin: source}]\n", all, t.data, t.len);
  static const how hows[] = { { 1, 0, 0, 0 }, { 1, 300, 0, 0 }, { 3, 4096, 0, 0 } };
  for (size_t i = 0; i < 3; i++) {
    outcome o;
    kit_run(&k, hows[i], &o);
    ck_assert_int_eq(o.failed, 0);
    ck_assert_int_eq(o.end, EK_END_REJECTS);
    ck_assert_uint_eq(o.stats.in, 1000);
    ck_assert_uint_eq(o.stats.rejected, 505);
    balanced(&o);
    outcome_clear(&o);
  }
  kit_clear(&k);
  ek_text_free(&t);
}
END_TEST

/* ---- steps --------------------------------------------------------------------- */

START_TEST(failures_by_on_error)
{
  ek_text t = { 0 };
  outcome o;
  kit_item(&t, "A", "[\"Tea\"]", "fine");
  kit_item(&t, "B", "[\"Tea\"]", "error");
  kit_item(&t, "C", "[\"Tea\"]", "retry");
  kit_item(&t, "D", "[\"Tea\"]", "never");
  run_text("chain: [{plugin: source}, {plugin: obey, retry: {attempts: 4}}]\nrun: {max_rejects: 100%}\n", ek_text_c(&t),
           (how){ 1, 0, 0, 0 }, &o);
  ck_assert_int_eq(o.failed, 0);
  balanced(&o);
  ROWS(&o, "A,Tea|fine\nC,Tea|third try\n");
  ck_assert_uint_eq(o.stats.rejected, 2);
  ck_assert_uint_eq(o.stats.steps[1].failed, 2);
  ck_assert_uint_eq(o.stats.steps[1].retries, 5);
  ck_assert_ptr_nonnull(strstr(ek_text_c(&o.rejects), "\"message\": \"no good\""));
  ck_assert_ptr_nonnull(strstr(ek_text_c(&o.rejects), "\"attempts\": 4"));
  outcome_clear(&o);

  run_text("chain: [{plugin: obey, on_error: continue, retry: {attempts: 2}}, {plugin: source}]\nrun: {max_rejects: 100%}\n",
           ek_text_c(&t), (how){ 1, 0, 0, 0 }, &o);
  ck_assert_int_eq(o.failed, 0);
  balanced(&o);
  ck_assert_uint_eq(o.stats.kept_failures, 3);
  ck_assert_uint_eq(o.stats.rejected, 0);
  ck_assert_ptr_nonnull(strstr(ek_text_c(&o.rows[0]), "B,Tea\n"));
  ck_assert_ptr_nonnull(strstr(ek_text_c(&o.rejects), "\"kept\": true"));
  outcome_clear(&o);

  run_text("chain: [{plugin: obey, on_error: stop}]\n", ek_text_c(&t), (how){ 1, 0, 0, 0 }, &o);
  ck_assert_int_eq(o.failed, -1);
  ck_assert_int_eq(o.error.status, EK_EXIT_FAILED);
  ck_assert_uint_eq(o.error.line, 2);
  balanced(&o);
  outcome_clear(&o);
  ek_text_free(&t);
}
END_TEST

START_TEST(a_fatal_plugin_stops_the_run_at_the_first_such_item)
{
  ek_text t = { 0 };
  kit k;
  for (unsigned i = 0; i < 500; i++) {
    char id[16];
    snprintf(id, sizeof id, "A%u", i);
    kit_item(&t, id, "[]", i == 321 || i == 400 ? "fatal" : "fine");
  }
  kit_make(&k, "chain: [{plugin: obey}]\n", all, t.data, t.len);
  for (unsigned threads = 1; threads < 4; threads++) {
    outcome o;
    kit_run(&k, (how){ threads, 600, 0, 0 }, &o);
    ck_assert_int_eq(o.failed, -1);
    ck_assert_uint_eq(o.error.line, 322);
    ck_assert_ptr_nonnull(strstr(o.error.message, "broken"));
    balanced(&o);
    outcome_clear(&o);
  }
  kit_clear(&k);
  ek_text_free(&t);
}
END_TEST

START_TEST(a_plugin_that_ends_a_thread_fails_the_run)
{
  ek_text t = { 0 };
  outcome o;
  kit_item(&t, "A", "[]", "fine");
  kit_item(&t, "B", "[]", "exit");
  run_text("chain: [{plugin: obey}]\n", ek_text_c(&t), (how){ 2, 0, 0, 0 }, &o);
  ck_assert_int_eq(o.failed, -1);
  ck_assert_int_eq(o.error.status, EK_EXIT_FAILED);
  outcome_clear(&o);
  ek_text_free(&t);
}
END_TEST

START_TEST(batches_have_a_status_an_item)
{
  ek_text t = { 0 };
  outcome o;
  for (unsigned i = 0; i < 20; i++) {
    char id[16];
    snprintf(id, sizeof id, "A%u", i);
    kit_item(&t, id, "[]", i == 11 ? "error" : "fine");
  }
  run_text("chain: [{plugin: many}]\n", ek_text_c(&t), (how){ 1, 0, 0, 0 }, &o);
  ck_assert_int_eq(o.failed, 0);
  ck_assert_uint_eq(o.stats.rejected, 1);
  ck_assert_uint_eq(o.stats.enriched, 19);
  ck_assert_ptr_nonnull(strstr(ek_text_c(&o.rejects), "this one alone"));
  ck_assert_ptr_nonnull(strstr(ek_text_c(&o.rows[0]), "A0,batch of many\n"));
  outcome_clear(&o);
  ek_text_free(&t);
}
END_TEST

START_TEST(floor_and_when)
{
  ek_text t = { 0 };
  outcome o;
  kit_item(&t, "A", "[\"Tea\", \"Green\"]", "weak");
  kit_item(&t, "B", "[]", "weak");
  run_text("chain: [{plugin: title, floor: 0.6}, {plugin: source, when: labels < 2}, {plugin: title, name: again, when: labels < 2}]\n",
           ek_text_c(&t), (how){ 1, 0, 0, 0 }, &o);
  ROWS(&o, "A,Tea|Green\nB,weak\n");
  ck_assert_uint_eq(o.stats.steps[2].not_asked, 1);
  outcome_clear(&o);
  ek_text_free(&t);
}
END_TEST

/* ---- arms ------------------------------------------------------------------------ */

START_TEST(arms_judge_when_for_themselves_and_call_once)
{
  ek_text t = { 0 };
  kit k;
  outcome o;
  kit_item(&t, "A", "[\"Tea\"]", "Pot");
  kit_item(&t, "B", "[]", "Cup");
  kit_make(&k, "chain: [{plugin: source}, {plugin: title, when: no_labels}]\n", all, t.data, t.len);
  kit_arm(&k, "source", 1);
  kit_arm(&k, "title", 2);
  kit_run(&k, (how){ 1, 0, 0, 0 }, &o);
  ROWS(&o, "A,Tea\nB,Cup\n");
  ck_assert_str_eq(ek_text_c(&o.rows[1]), "A,Tea\nB,\n");
  ck_assert_str_eq(ek_text_c(&o.rows[2]), "A,Pot\nB,Cup\n");
  ck_assert_uint_eq(o.stats.steps[1].items, 2);
  ck_assert_uint_eq(o.stats.arms[1].enriched, 1);
  ck_assert_uint_eq(o.stats.arms[1].no_labels, 1);
  ck_assert_uint_eq(o.stats.arms[2].enriched, 2);
  outcome_clear(&o);
  kit_clear(&k);
  ek_text_free(&t);
}
END_TEST

START_TEST(a_stop_ends_the_run_and_publishes_nothing_more)
{
  static volatile int stop = SIGINT;
  ek_text t = { 0 };
  kit k;
  outcome o;
  dirty_text(&t, 2000);
  kit_make(&k, "chain: [{plugin: sleepy}]\n", all, t.data, t.len);
  kit_run(&k, (how){ 2, 400, 0, &stop }, &o);
  ck_assert_int_eq(o.failed, 0);
  ck_assert_int_eq(o.end, EK_END_INTERRUPTED);
  balanced(&o);
  outcome_clear(&o);
  kit_clear(&k);
  ek_text_free(&t);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("engine");
  TCase *c = tcase_create("engine");
  tcase_set_timeout(c, 120);
  tcase_add_test(c, same_bytes_whatever_the_threads_and_blocks);
  tcase_add_test(c, every_record_is_accounted_for);
  tcase_add_test(c, duplicates_as_configured);
  tcase_add_test(c, limit_stops_after_exactly_so_many);
  tcase_add_test(c, too_many_rejects_are_judged_at_record_1000);
  tcase_add_test(c, failures_by_on_error);
  tcase_add_test(c, a_fatal_plugin_stops_the_run_at_the_first_such_item);
  tcase_add_test(c, a_plugin_that_ends_a_thread_fails_the_run);
  tcase_add_test(c, batches_have_a_status_an_item);
  tcase_add_test(c, floor_and_when);
  tcase_add_test(c, arms_judge_when_for_themselves_and_call_once);
  tcase_add_test(c, a_stop_ends_the_run_and_publishes_nothing_more);
  suite_add_tcase(s, c);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
