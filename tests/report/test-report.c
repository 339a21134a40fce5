/* SPDX-License-Identifier: BSD-3-Clause */
/* report.json and the summary, from figures that configuration.md shows: section 6 and
 * the picture in section 4. jansson reads back what we write ourselves. */
#include "config.h"
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "report/report.h"
#include "report/sample.h"

static json_t *
read_back(void)
{
  ek_text t = { 0 };
  json_error_t why;
  ek_report_json(&report, &t);
  json_t *j = json_loadb(t.data, t.len, JSON_REJECT_DUPLICATES, &why);
  ck_assert_msg(j != NULL, "%d: %s\n%s", why.line, why.text, ek_text_c(&t));
  ek_text_free(&t);
  return j;
}

/* Names of the members in the order in which they stand. */
static const char *
keys(json_t *object)
{
  static ek_text t;
  const char *key;
  json_t *value;
  ek_text_clear(&t);
  json_object_foreach(object, key, value)
  {
    if (t.len)
      ek_text_char(&t, ' ');
    ek_text_cstr(&t, key);
  }
  return ek_text_c(&t);
}

static const char *
compact(json_t *j)
{
  static char *text;
  free(text);
  text = json_dumps(j, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
  return text;
}

START_TEST(picture)
{
  ck_assert_str_eq(sample_text(),
    "Items         2,004 read = 1,702 enriched + 291 no labels + 0 skipped + 4 rejected + 7 duplicates\n"
    "Interactions 12,000 read = 12,000 written\n"
    "Steps         category   1,650 labels   343 none   0 skipped   0 failed       0 not asked\n"
    "              keywords      52 labels   291 none   0 skipped   0 failed   1,650 not asked\n"
    "Cleaned       581 entities, 34 equal neighbours, 12 sentences          Paid  nothing\n"
    "\n"
    "Rejected       4 records: 3 without id, 1 not JSON. See enrichkit-out/rejects.jsonl\n"
    "Results        enrichkit-out/items.csv  interactions.csv  report.json              0.9 s\n");
}
END_TEST

START_TEST(picture_of_one_step)
{
  chain.n_steps = 1;
  items->steps[0] = (ek_step_stats){ .labels = 1702, .none = 291 };
  ck_assert_ptr_nonnull(strstr(sample_text(),
    "\nSteps         category   1,702 labels   291 none   0 skipped   0 failed\n"));
}
END_TEST

START_TEST(summary_of_little)
{
  memset(items, 0, offsetof(ek_stats, labels));
  report.sets[EK_INTERACTIONS].present = 0;
  report.wall = 0.004;
  report.next = "no import: section, stopping after enrich";
  ck_assert_str_eq(sample_text(),
    "Items             0 read = 0 enriched + 0 no labels + 0 skipped + 0 rejected + 0 duplicates\n"
    "Steps         category   0 labels   0 none   0 skipped   0 failed\n"
    "              keywords   0 labels   0 none   0 skipped   0 failed\n"
    "Cleaned       nothing                                                  Paid  nothing\n"
    "\n"
    "Rejected       nothing\n"
    "Results        enrichkit-out/items.csv  interactions.csv  report.json             0.00 s\n"
    "no import: section, stopping after enrich\n");
}
END_TEST

START_TEST(summary_of_interactions_alone)
{
  report.sets[EK_ITEMS].present = 0;
  events->in = 123456789;
  events->written = 123456780;
  events->rejected = 8;
  events->not_done = 1;
  events->reasons[0].reason = "bad_value";
  events->reasons[0].n = 8;
  events->n_reasons = 1;
  report.out_dir = "/";
  files[1].file.format = EK_FORMAT_CSV;
  const char *text = sample_text();
  ck_assert_ptr_eq(strstr(text, "Interactions 123,456,789 read = 123,456,780 written + 8 rejected + 1 not done\n\n"),
    text);
  ck_assert_ptr_nonnull(strstr(text, "Rejected       8 records: 8 with an unreadable value. See /rejects.jsonl\n"));
}
END_TEST

START_TEST(summary_says_kept_and_unreadable)
{
  files[0].file.format = EK_FORMAT_CSV;
  items->kept_failures = 2;
  items->reasons[2].reason = "plugin_error";
  items->reasons[2].n = 2;
  items->n_reasons = 3;
  ck_assert_ptr_nonnull(strstr(sample_text(),
    "6 records: 3 without id, 2 plugin error, 1 unreadable; 2 kept all the same. See "));
}
END_TEST

START_TEST(members_and_their_order)
{
  json_t *j = read_back(), *records = json_object_get(j, "records");
  ck_assert_str_eq(keys(j),
    "format enrichkit abi name config status exit started seconds peak_rss_bytes records fields steps "
                            "clean merge labels rejects outputs warnings");
  ck_assert_str_eq(keys(records), "items interactions");
  ck_assert_str_eq(keys(json_object_get(records, "items")),
                   "in enriched no_labels skipped rejected duplicates not_done written kept_failures files");
  ck_assert_str_eq(keys(json_object_get(records, "interactions")), "in written rejected files");
  ck_assert_str_eq(keys(json_array_get(json_object_get(j, "steps"), 0)),
                   "name plugin version items labels none skipped failed not_asked seconds");
  ck_assert_str_eq(keys(json_object_get(j, "clean")),
                   "entities tags whitespace control bar aliases stop max_length sentences neighbours case_duplicates");
  ck_assert_str_eq(keys(json_object_get(j, "labels")), "distinct filled top singletons");
  json_decref(j);
}
END_TEST

START_TEST(values)
{
  json_t *j = read_back();
  ck_assert_str_eq(json_string_value(json_object_get(j, "enrichkit")), PACKAGE_VERSION);
  ck_assert_str_eq(compact(json_object_get(j, "abi")), "\"1.0\"");
  ck_assert_str_eq(compact(json_object_get(j, "started")), "\"2026-11-24T09:00:00Z\"");
  ck_assert_str_eq(compact(json_object_get(json_object_get(j, "seconds"), "cpu")), "0.4");
  ck_assert_str_eq(compact(json_object_get(json_object_get(j, "config"), "file")), "\"both.yaml\"");
  ck_assert_uint_eq(strlen(json_string_value(json_object_get(json_object_get(j, "config"), "sha256"))), 64);
  ck_assert_str_eq(compact(json_object_get(json_object_get(json_object_get(j, "records"), "items"), "files")),
                   "[{\"path\": \"meta.jsonl.gz\", \"format\": \"jsonl\", \"gzip\": true, \"in\": 2004, \"bytes\": "
                   "812345}]");
  ck_assert_str_eq(compact(json_object_get(j, "fields")),
    "{\"items\": {\"id\": {\"asin\": 2001}}, \"interactions\": {\"user\": {}}}");
  ck_assert_str_eq(compact(json_object_get(j, "labels")),
                   "{\"distinct\": 2, \"filled\": 0.854, \"top\": [{\"name\": \"Cooking & \\\"Baking\\\"\", "
                   "\"items\": 3}, "
                   "{\"name\": \"Tea\", \"items\": 1}], \"singletons\": 1}");
  ck_assert_str_eq(compact(json_object_get(j, "rejects")),
    "{\"total\": 4, \"by_reason\": {\"no_id\": 3, \"bad_record\": 1}}");
  ck_assert_str_eq(compact(json_object_get(j, "merge")),
    "{\"strategy\": \"union\", \"cut_by_max_labels\": 1465, \"cut_by_max_chars\": 0}");
  json_t *out = json_object_get(j, "outputs");
  ck_assert_uint_eq(json_array_size(out), 5);
  ck_assert_str_eq(keys(json_array_get(out, 0)), "path bytes sha256");
  ck_assert_str_eq(keys(json_array_get(out, 1)), "path rows bytes sha256");
  ck_assert_str_eq(compact(json_object_get(json_array_get(json_object_get(j, "steps"), 1), "version")), "\"1.2.0\"");
  ck_assert_str_eq(compact(json_object_get(json_array_get(json_object_get(j, "steps"), 0), "seconds")), "0.0042");
  json_decref(j);
}
END_TEST

/* What is nearly always nothing appears when it is not. */
START_TEST(rare_members)
{
  static const char *const warnings[] = { "a \"b\"", "caf\xe9" };
  chain.n_arms = 2;
  items->arms[1] = (ek_arm_stats){ 10, 20, 30, 40 };
  items->repaired = 5;
  items->nulled[2] = 6;
  items->steps[0].retries = 7;
  items->steps[0].not_done = 8;
  events->not_done = 9;
  report.warnings = warnings;
  report.n_warnings = 2;
  json_t *j = read_back(), *records = json_object_get(j, "records");
  ck_assert_str_eq(compact(json_object_get(j, "arms")),
                   "[{\"name\": \"source\", \"enriched\": 10, \"no_labels\": 20, \"skipped\": 30, \"labels\": 40}]");
  ck_assert_str_eq(compact(json_object_get(json_object_get(records, "items"), "nulled")), "{\"PRICE\": 6}");
  ck_assert_str_eq(compact(json_object_get(json_object_get(records, "items"), "repaired")), "5");
  ck_assert_str_eq(compact(json_object_get(json_object_get(records, "interactions"), "not_done")), "9");
  ck_assert_str_eq(keys(json_array_get(json_object_get(j, "steps"), 0)),
                   "name plugin version items labels none skipped failed not_asked not_done retries seconds");
  ck_assert_str_eq(compact(json_object_get(j, "warnings")), "[\"a \\\"b\\\"\", \"caf\xef\xbf\xbd\"]");
  json_decref(j);
}
END_TEST

/* The second step asks Rekognition: the figures of configuration.md section 6. */
static void
make_network_step(void)
{
  ek_instance *in = chain.steps[1].instance;
  ek_step_settings *s = (ek_step_settings *)chain.steps[1].settings;
  ek_step_stats *t = &items->steps[1];
  in->network = in->paid = 1;
  s->budget = (ek_budget){ .kind = EK_BUDGET_MONEY, .money = { 20000000000, "USD" } };
  t->calls = 61;
  t->cache_hits = 12;
  t->retries = 3;
  t->throttled = 2;
  t->spent_nano = 61000000;
  for (int i = 0; i < 57; i++)
    ek_latency_add(&t->latency, 200000000);
  for (int i = 0; i < 4; i++)
    ek_latency_add(&t->latency, 1904000000);
}

START_TEST(network_step)
{
  make_network_step();
  json_t *j = read_back(), *step = json_array_get(json_object_get(j, "steps"), 1);
  ck_assert_str_eq(keys(step), "name plugin version items labels none skipped failed not_asked calls cache_hits retries throttled "
                               "spent budget latency_ms seconds");
  ck_assert_str_eq(compact(json_object_get(step, "spent")), "\"0.061 USD\"");
  ck_assert_str_eq(compact(json_object_get(step, "budget")), "\"20 USD\"");
  ck_assert_str_eq(compact(json_object_get(j, "spent")), "\"0.061 USD\"");
  json_t *latency = json_object_get(step, "latency_ms");
  ck_assert_str_eq(keys(latency), "p50 p95 max");
  ck_assert_int_eq(json_integer_value(json_object_get(latency, "max")), 1904);
  ck_assert_int_ge(json_integer_value(json_object_get(latency, "p50")), 200);
  ck_assert_int_lt(json_integer_value(json_object_get(latency, "p50")), 250);
  ck_assert_int_eq(json_integer_value(json_object_get(latency, "p95")), 1904);
  ck_assert_str_eq(keys(json_array_get(json_object_get(j, "steps"), 0)),
                   "name plugin version items labels none skipped failed not_asked seconds");
  json_decref(j);
  const char *text = sample_text();
  ck_assert_ptr_nonnull(strstr(text, "Paid  0.061 USD for 61 calls; 12 answers from the cache\n"));
  ck_assert_ptr_nonnull(strstr(text, "   0 skipped   0 failed       0 not asked\n"));
  ck_assert_ptr_nonnull(strstr(text, "   1,650 not asked   61 calls   3 retries   12 from the cache   2 throttled\n"));
}
END_TEST

/* Earlier runs into the folder, budgets that are none, and steps that asked nobody. */
START_TEST(network_step_of_little)
{
  make_network_step();
  ek_step_stats *t = &items->steps[1];
  t->calls = t->retries = t->throttled = 0;
  t->spent_nano = 0;
  t->before_nano = 3000000001;
  t->cache_hits = 1;
  memset(&t->latency, 0, sizeof t->latency);
  ((ek_step_settings *)chain.steps[1].settings)->budget.kind = EK_BUDGET_NONE;
  json_t *j = read_back(), *step = json_array_get(json_object_get(j, "steps"), 1);
  ck_assert_str_eq(compact(json_object_get(step, "spent")), "\"0 USD\"");
  ck_assert_str_eq(compact(json_object_get(step, "spent_before")), "\"3.000000001 USD\"");
  ck_assert_str_eq(compact(json_object_get(step, "budget")), "\"none\"");
  ck_assert_str_eq(compact(json_object_get(step, "latency_ms")), "{\"p50\": 0, \"p95\": 0, \"max\": 0}");
  ck_assert_str_eq(compact(json_object_get(j, "spent")), "\"0 USD\"");
  json_decref(j);
  ck_assert_ptr_nonnull(strstr(sample_text(), "Paid  nothing; 1 answer from the cache\n"));
  /* One that leaves the machine and costs nothing. */
  chain.steps[1].instance->paid = 0;
  t->calls = 1;
  j = read_back();
  ck_assert_ptr_null(json_object_get(j, "spent"));
  ck_assert_ptr_null(json_object_get(json_array_get(json_object_get(j, "steps"), 1), "spent"));
  json_decref(j);
  ck_assert_ptr_nonnull(strstr(sample_text(), "Paid  nothing for 1 call; 1 answer from the cache\n"));
}
END_TEST

START_TEST(two_paid_steps)
{
  make_network_step();
  chain.steps[0].instance->network = chain.steps[0].instance->paid = 1;
  items->steps[0].spent_nano = 1500000;
  json_t *j = read_back();
  ck_assert_str_eq(compact(json_object_get(j, "spent")), "\"0.0625 USD\"");
  json_decref(j);
  ek_step_settings *s = (ek_step_settings *)chain.steps[0].settings;
  s->budget = (ek_budget){ .kind = EK_BUDGET_MONEY, .money = { 1, "EUR" } };
  j = read_back();
  ck_assert_str_eq(compact(json_object_get(j, "spent")), "\"0.0015 EUR, 0.061 USD\"");
  json_decref(j);
}
END_TEST

START_TEST(retried)
{
  static const ek_retried before[] = { { "throttled", 10 }, { "timeout", 2 } };
  report.retry = 1;
  report.retried = before;
  report.n_retried = 2;
  json_t *j = read_back();
  ck_assert_str_eq(compact(json_object_get(j, "retried")), "{\"total\": 12, \"by_reason\": {\"throttled\": 10, \"timeout\": 2}}");
  json_decref(j);
  ck_assert_ptr_nonnull(strstr(sample_text(), "\nRetried        12 records: 10 throttled, 2 timed out\nRejected       4 records"));
  report.n_retried = 0;
  ck_assert_ptr_nonnull(strstr(sample_text(), "\nRetried        nothing: the run before rejected nothing\n"));
}
END_TEST

/* What a retry reads of the run before: only of one that has its run.yaml. */
START_TEST(rejects_are_read_back)
{
  ek_error e = { 0 };
  ek_text t = { 0 };
  ek_retried *list = NULL;
  size_t n = 0;
  ek_outdir *d = (ek_outdir *)(uintptr_t)report.outdir;
  ck_assert_int_eq(ek_report_load_rejects("enrichkit-out", &list, &n, &e), -1);
  ck_assert_str_eq(e.code, "no_report");
  for (int stopped = 0; stopped < 2; stopped++) {
    report.status = stopped ? "stopped_budget" : "done";
    ek_text_clear(&t);
    ek_report_json(&report, &t);
    ek_outfile *f = ek_outfile_create(d, "report.json", 0, &e);
    ck_assert(ek_outfile_write(f, t.data, t.len, &e) == 0 && ek_outfile_finish(f, &e) == 0 && ek_outdir_commit(d, NULL, &e) == 0);
    int r = ek_report_load_rejects("enrichkit-out", &list, &n, &e);
    if (stopped) {
      ck_assert_int_eq(r, -1);
      ck_assert_str_eq(e.message, "the last run into this folder did not end well (stopped_budget), so there is nothing to complete");
      continue;
    }
    ck_assert_int_eq(r, 0);
    ck_assert_uint_eq(n, 2);
    ck_assert(strcmp(list[0].reason, "no_id") == 0 && list[0].n == 3 && strcmp(list[1].reason, "bad_record") == 0 && list[1].n == 1);
    free(list);
  }
  ek_text_free(&t);
}
END_TEST

START_TEST(stopped)
{
  report.status = "stopped_rejects";
  report.exit = 3;
  json_t *j = read_back(), *out = json_object_get(j, "outputs");
  ck_assert_uint_eq(json_array_size(out), 1);
  ck_assert_str_eq(compact(json_object_get(json_array_get(out, 0), "path")), "\"rejects.jsonl\"");
  ck_assert_str_eq(compact(json_object_get(j, "exit")), "3");
  json_decref(j);
  ck_assert_ptr_nonnull(strstr(sample_text(), "\nResults        none: the run was stopped "));
}
END_TEST

START_TEST(interactions_alone)
{
  report.sets[EK_ITEMS].present = 0;
  json_t *j = read_back();
  ck_assert_str_eq(keys(j),
    "format enrichkit abi name config status exit started seconds peak_rss_bytes records fields rejects "
                            "outputs warnings");
  json_decref(j);
}
END_TEST

/* What is written is what a later stage accepts. */
START_TEST(verified)
{
  ek_error e = { 0 };
  ek_text t = { 0 };
  ek_outdir *d = (ek_outdir *)(uintptr_t)report.outdir;
  ek_report_json(&report, &t);
  ek_outfile *f = ek_outfile_create(d, "report.json", 0, &e);
  ck_assert(ek_outfile_write(f, t.data, t.len, &e) == 0 && ek_outfile_finish(f, &e) == 0 && ek_outdir_commit(d, NULL,
    &e) == 0);
  ck_assert_msg(ek_outdir_verify("enrichkit-out", &e) == 0, "%s: %s", e.file, e.message);
  ck_assert_int_eq(system("echo >>enrichkit-out/items.csv"), 0);
  ck_assert_int_eq(ek_outdir_verify("enrichkit-out", &e), -1);
  ek_text_free(&t);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("report");
  TCase *c = tcase_create("report");
  tcase_add_checked_fixture(c, sample_setup, sample_teardown);
  tcase_add_test(c, picture);
  tcase_add_test(c, picture_of_one_step);
  tcase_add_test(c, summary_of_little);
  tcase_add_test(c, summary_of_interactions_alone);
  tcase_add_test(c, summary_says_kept_and_unreadable);
  tcase_add_test(c, members_and_their_order);
  tcase_add_test(c, values);
  tcase_add_test(c, rare_members);
  tcase_add_test(c, network_step);
  tcase_add_test(c, network_step_of_little);
  tcase_add_test(c, two_paid_steps);
  tcase_add_test(c, retried);
  tcase_add_test(c, rejects_are_read_back);
  tcase_add_test(c, stopped);
  tcase_add_test(c, interactions_alone);
  tcase_add_test(c, verified);
  suite_add_tcase(s, c);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
