/* SPDX-License-Identifier: BSD-3-Clause */
/* The plan and message 16, letter by letter as the manual shows them.       */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "command/plan.h"

/* The program's, in main.c. */
const ek_flag ek_common_flags[] = { { NULL, NULL, NULL } };
const ek_command ek_commands[] = { { .name = NULL } };

static const char yaml[] =
  "name: both\n"
  "catalog: {items: meta.jsonl.gz, interactions: reviews.jsonl}\n"
  "chain:\n  - {plugin: category}\n  - {plugin: rekognition, when: no_labels, rate: 50/s, workers: 50, budget: 20 USD}\n"
  "output: {dir: enrichkit-out, labels: true}\n"
  "train: {recipe: metadata}\n";

static const char *const needs[] = { EK_EXT_ASSET, EK_EXT_METER, NULL };
static ek_enricher enrichers[2];
static ek_plugin plugins[2];
static ek_instance instances[2];
static ek_step steps[2];
static ek_findings findings;
static ek_conf_tree *tree;
static ek_settings *settings;
static ek_job job;
static ek_stats *stats;
static ek_run_plan *plan;

static void
setup(void)
{
  tree = ek_conf_parse("both.yaml", yaml, sizeof yaml - 1, &findings);
  settings = ek_settings_make(tree, &findings);
  ck_assert_ptr_nonnull(settings);
  enrichers[1].needs = needs;
  for (unsigned i = 0; i < 2; i++) {
    plugins[i].enricher = &enrichers[i];
    instances[i] = (ek_instance){ .plugin = &plugins[i], .network = i == 1, .paid = i == 1 };
    steps[i] = (ek_step){ &settings->chain[i], &instances[i] };
  }
  job = (ek_job){ .settings = settings, .chain = { .steps = steps, .n_steps = 2, .n_arms = 1 }, .present = { 1, 1, 0 } };
  stats = calloc(1, sizeof *stats);
  plan = calloc(1, sizeof *plan);
  plan->settings = settings;
  plan->job = &job;
  plan->until = EK_UNTIL_TRAIN;
  plan->stats = stats;
  plan->counted[EK_ITEMS] = (ek_counted){ 171760, 1100000000, 1 };
  plan->counted[EK_INTERACTIONS] = (ek_counted){ 151254, 5, 1 };
  plan->steps[0].items = 171760;
  plan->steps[1] = (ek_planned){ .items = 41380, .with_picture = 38911, .addresses = 36204, .cache_hits = 1200, .calls = 35004,
                                 .cost = 35004000000, .seconds = 35004 / 50.0, .reached = 1, .reached_after = 20000 };
}

static void
teardown(void)
{
  free(plan);
  free(stats);
  ek_settings_free(settings);
  ek_conf_free(tree);
  ek_findings_free(&findings);
}

static const char *
text(void)
{
  static ek_text t;
  ek_text_clear(&t);
  ek_plan_text(plan, &t);
  return ek_text_c(&t);
}

#define has(part) ck_assert_msg(strstr(text(), part) != NULL, "%s", text())

START_TEST(picture)
{
  ck_assert_str_eq(text(),
    "Reads    171,760 items (1.1 GB)  151,254 interactions          [counted]\n"
    "Step     category      171,760 items     no calls\n"
    "Step     rekognition    41,380 items without labels, 38,911 with a picture, 36,204 distinct URLs\n"
    "                         1,200 in the cache (free) -> 35,004 calls at 50/s: 12 min, 35.00 USD\n"
    "Budget   20 USD is reached after about 20,000 calls: the run would stop there and go on with a higher budget.\n"
    "Writes   enrichkit-out/: items.csv, interactions.csv, labels.jsonl     Imports local   Trains metadata\n"
    "Nothing was asked, changed or paid.\n");
}
END_TEST

START_TEST(other_words)
{
  ek_planned *p = &plan->steps[1];
  p->cache_hits = 0;
  p->calls = 1;
  p->addresses = 1;
  p->cost = 750000;
  p->seconds = 0.02;
  p->reached = 0;
  has("                             1 call at 50/s: 1 s, 0.00075 USD\n");
  has(", 1 distinct URL\n");
  has("Budget   20 USD is enough.\n");
  p->spent = 3100000000;
  has("Budget   20 USD, of which 3.10 USD are spent, is enough.\n");
  p->unknown = 17;
  p->more_for_arms = 12000;
  has("                            17 of the pictures are not known yet: those that equal others cost nothing\n");
  has("                        12,000 of the items for the arms alone: the whole chain would not ask about them\n");
  settings->chain[1].when = EK_WHEN_FEWER;
  settings->chain[1].fewer_than = 3;
  has(" items with fewer than 3 labels, ");
  p->guessed = 1;
  p->calls = 36000;
  p->seconds = 36000;
  has("36,000 calls, 50 at a time: about 10.0 h, ");
  settings->chain[1].budget.kind = EK_BUDGET_NONE;
  has("Budget   none: the run pays whatever it takes.\n");
  plan->asked_for[1] = 1;
  p->cost = 35004000000;
  has("Budget   none is set: a run wants   budget: 36 USD   in step 'rekognition', or   budget: none\n");
  settings->run.budget = (ek_budget){ .kind = EK_BUDGET_MONEY, .money = { 50000000000, "USD" } };
  has("Budget   of the run: 50 USD is enough.\n");
  plan->counted[EK_INTERACTIONS].known = 0;
  has("  interactions from standard input ");
  stats->rejected = 3;
  stats->reasons[0].reason = "no_id";
  stats->reasons[0].n = 3;
  stats->n_reasons = 1;
  has("\nRejects  3 items: 3 no_id\n");
  plan->until = EK_UNTIL_ENRICH;
  has("labels.jsonl\nNothing was asked");
}
END_TEST

START_TEST(one_of_each)
{
  plan->steps[1].unknown = plan->steps[1].more_for_arms = 1;
  has(" 1 of the pictures is not known yet: if it equals another, it costs nothing\n");
  has(" 1 of the items for the arms alone: the whole chain would not ask about it\n");
}
END_TEST

START_TEST(as_json)
{
  ek_text t = { 0 };
  ek_plan_json(plan, &t);
  json_error_t e;
  json_t *j = json_loads(ek_text_c(&t), JSON_REJECT_DUPLICATES, &e);
  ck_assert_msg(j != NULL, "%s", e.text);
  json_t *step = json_array_get(json_object_get(j, "steps"), 1);
  ck_assert_int_eq(json_integer_value(json_object_get(step, "calls")), 35004);
  ck_assert_str_eq(json_string_value(json_object_get(step, "cost")), "35.004 USD");
  ck_assert_str_eq(json_string_value(json_object_get(step, "budget")), "20 USD");
  ck_assert_int_eq(json_integer_value(json_object_get(step, "budget_reached_after_calls")), 20000);
  ck_assert(json_is_true(json_object_get(step, "network")));
  ck_assert_ptr_null(json_object_get(json_array_get(json_object_get(j, "steps"), 0), "calls"));
  ck_assert_str_eq(json_string_value(json_object_get(j, "trains")), "metadata");
  json_decref(j);
  ek_text_free(&t);
}
END_TEST

/* ---- message 16 ------------------------------------------------------------------------- */

static const char *
said(const ek_cli *cli, const char *command, const char *out)
{
  static char buf[4096];
  const ek_command c = { .name = command };
  int pipes[2], old = dup(STDERR_FILENO);
  ck_assert_int_eq(pipe(pipes), 0);
  dup2(pipes[1], STDERR_FILENO);
  ek_say_budget(cli, &c, &job, stats, out, 0);
  dup2(old, STDERR_FILENO);
  close(old);
  close(pipes[1]);
  ssize_t n = read(pipes[0], buf, sizeof buf - 1);
  close(pipes[0]);
  buf[n > 0 ? n : 0] = 0;
  return buf;
}

START_TEST(message_16)
{
  ek_cli cli = { .config = "both.yaml" };
  char *sets[] = { (char *)(uintptr_t)"run.budget=0.001 EUR", (char *)(uintptr_t)"catalog.items=a b.jsonl" };
  job.budget_end = (ek_budget_end){ 1, 20000000000, 20000000000, "USD" };
  stats->in = 35004;
  stats->not_done = 15004;
  stats->steps[1].calls = 20000;
  stats->steps[1].spent_nano = 20000000000;
  ck_assert_str_eq(said(&cli, "run", NULL),
    "stopped: the budget of step 'rekognition' is reached: 20.00 of 20 USD, 20,000 calls, 15,004 items to go. What is paid for is kept.\n"
    "       help: go on with   enrichkit run -c both.yaml --set 'chain[rekognition].budget=40 USD'   (about 15.00 USD more)\n");
  /* What was typed is typed again; a shell reads it as it was meant. */
  cli.config = NULL;
  cli.sets = sets;
  cli.n_sets = 2;
  job.budget_end = (ek_budget_end){ -1, 5000000, 5000000, "EUR" };
  stats->in = 11;
  stats->not_done = 1;
  stats->steps[1].spent_nano = 500000000;
  stats->steps[1].calls = 1;
  ck_assert_str_eq(said(&cli, "run", "it's"),
    "stopped: the budget of the run is reached: 0.005 of 0.005 EUR, 1 call, 1 item to go. What is paid for is kept.\n"
    "       help: go on with   enrichkit run --set 'catalog.items=a b.jsonl' --out 'it'\\''s' --set 'run.budget=0.06 EUR'   (about 0.05 EUR more)\n");
  ck_assert_ptr_nonnull(strstr(said(&cli, "retry", "out"), "help: go on with   enrichkit retry out --set "));
}
END_TEST

int
main(void)
{
  ek_log_setup(EK_LOG_TEXT, EK_COLOR_NEVER, 0, 0);
  Suite *s = suite_create("plan");
  TCase *c = tcase_create("plan");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, picture);
  tcase_add_test(c, other_words);
  tcase_add_test(c, one_of_each);
  tcase_add_test(c, as_json);
  tcase_add_test(c, message_16);
  suite_add_tcase(s, c);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
