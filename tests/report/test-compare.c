/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of `compare` byte by byte as configuration.md section 4 shows it, verdicts,
 * the lines of the stages in the summary, and report.json written and read back. */
#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "report/compare.h"
#include "report/figures.h"
#include "report/sample.h"
#include "report/verdict.h"

static ek_compare shown = { .name = "toys", .result = &sample_result };

static const char *
table(void)
{
  static ek_text t;
  ek_text_clear(&t);
  ek_compare_text(&shown, &t);
  return ek_text_c(&t);
}

static const char *
verdict(const char *arm)
{
  static ek_text t;
  ek_text_clear(&t);
  ek_compare_verdict(&shown, "base", arm, &t);
  return ek_text_c(&t);
}

static void
has_line(const char *text, const char *line)
{
  const char *at = strstr(text, line);
  ck_assert_msg(at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n', "'%s' is not in:\n%s", line, text);
}

/* ---- the table ---- */

START_TEST(picture)
{
  sample_train();
  ck_assert_str_eq(table(),
    "toys: 11,924 items, 167,597 interactions, 19,412 users tested (ten folds).  Items with an informative category: "
    "100 %\n"
    "                               base     source    difference, 95 % interval\n"
    "precision_at_5               0.0208     0.0231    +0.0023  +0.0018 .. +0.0028   better\n"
    "normalized_..._gain_at_5     0.0735     0.0807    +0.0073  +0.0059 .. +0.0087   better\n"
    "normalized_..._gain_at_25    0.0920     0.1009    +0.0088  +0.0075 .. +0.0102   better\n"
    "mean_reciprocal_rank_at_25   0.0746     0.0814    +0.0068  +0.0056 .. +0.0081   better\n"
    "coverage_at_5, nto 0          0.336      0.376    +0.040\n"
    "coverage_at_5, nto 0.1        0.427      0.414    -0.012                        read the dial, not one number\n"
    "Verdict: source is better than base on relevance, on this file and this protocol. Coverage depends on nto: see "
    "report.html.\n");
}
END_TEST

START_TEST(several_arms)
{
  sample_train_more();
  const char *text = table();
  ck_assert_ptr_nonnull(strstr(text, "category: source 100 %, keywords 4.2 %, random 100 %\n"));
  has_line(text, "                               base   keywords    difference, 95 % interval");
  has_line(text, "precision_at_5               0.0208     0.0195    -0.0013  -0.0018 .. -0.0008   worse");
  has_line(text, "Verdict: source is better than base on relevance, on this file and this protocol.");
  has_line(text, "Verdict: keywords and base cannot be told apart on relevance, on this file and this protocol.");
  has_line(text, "         Only 498 of 11,924 items (4.2 %) have an informative category in keywords, so its labels "
                 "can show little effect here.");
  has_line(text, "Verdict: random is worse than base on relevance, on this file and this protocol. Coverage depends "
                 "on nto: see report.html.");
}
END_TEST

/* Names of runs are as long as paths are. */
START_TEST(long_names)
{
  sample_train();
  sample_result.arms[1].name = (char *)(uintptr_t)"out-version-two:image";
  for (size_t i = 0; i < sample_result.n_comparisons; i++)
    sample_result.comparisons[i].arm = sample_result.arms[1].name;
  has_line(table(), "                               base  out-version-two:image    difference, 95 % interval");
  has_line(table(), "precision_at_5               0.0208                 0.0231    +0.0023  +0.0018 .. +0.0028   "
                    "better");
}
END_TEST

START_TEST(one_metric)
{
  sample_train();
  shown.metric = "nDCG@10";
  const char *text = table();
  has_line(text, "normalized_..._gain_at_10    0.0817     0.0900    +0.0083  +0.0069 .. +0.0097   better");
  ck_assert_ptr_null(strstr(text, "precision"));
  ck_assert_ptr_null(strstr(text, "coverage_at_5"));
  shown.metric = NULL;
}
END_TEST

START_TEST(one_fold)
{
  sample_train();
  sample_result.folds = 1;
  for (size_t i = 0; i < sample_result.n_comparisons; i++)
    sample_result.comparisons[i].folds = 1;
  has_line(table(), "This is one fold of ten: train.evaluation.folds: 10 tests every user once.");
}
END_TEST

/* A dial of one fold beside metrics of ten says so. */
START_TEST(dial_of_one_fold)
{
  sample_train();
  sample_result.arms[0].dial[0].coverage_at_5 = 0.322459;
  sample_result.arms[1].dial[0].coverage_at_5 = 0.370178;
  has_line(table(), "coverage_at_5, nto 0          0.322      0.370    +0.048                        on one fold");
}
END_TEST

START_TEST(no_dial)
{
  sample_train();
  sample_result.arms[0].n_dial = sample_result.arms[1].n_dial = 0;
  has_line(table(), "coverage_at_5, nto 0          0.336      0.376    +0.040");
}
END_TEST

/* ---- verdicts ---- */

START_TEST(mixed_verdicts)
{
  sample_train();
  ek_comparison *c = sample_result.comparisons;
  c[0].verdict = "no difference";
  ck_assert_str_eq(verdict("source"), "source is better than base on normalized_discounted_cumulative_gain_at_5, "
                                      "normalized_discounted_cumulative_gain_at_25 and mean_reciprocal_rank_at_25, "
                                      "the same within the interval on the rest");
  c[1].verdict = "worse";
  c[3].verdict = c[4].verdict = "no difference";
  ck_assert_str_eq(verdict("source"), "source is worse than base on normalized_discounted_cumulative_gain_at_5, the "
                                      "same within the interval on the rest");
  ck_assert_int_eq(ek_compare_worse(&shown), 1);
  c[0].verdict = c[3].verdict = c[4].verdict = "better";
  ck_assert_str_eq(verdict("source"), "source is better than base on precision_at_5, "
                                      "normalized_discounted_cumulative_gain_at_25 and mean_reciprocal_rank_at_25, "
                                      "worse on normalized_discounted_cumulative_gain_at_5");
  c[1].verdict = "better";
  c[2].verdict = "worse";                        /* nDCG@10, which the table does not show */
  ck_assert_int_eq(ek_compare_worse(&shown), 0);
}
END_TEST

START_TEST(labels_without_weight)
{
  sample_train();
  sample_result.arms[1].hyper.content = 0;
  has_line(table(), "         The labels of source have no weight (content 0): what differs is not theirs.");
  has_line(sample_text(), "Does it help?  No help: the labels of source have no weight (content 0), so a difference "
                          "from base is not theirs (nDCG@25 +9.6 %, 95 % interval +8.2 % to +11.0 %, 19,412 users).");
}
END_TEST

/* ---- the summary ---- */

START_TEST(does_it_help)
{
  sample_train();
  has_line(sample_text(), "Does it help?  Yes: source finds more than base (nDCG@25 +9.6 %, 95 % interval +8.2 % to "
                          "+11.0 %, 19,412 users).");
  ck_assert_ptr_null(strstr(sample_text(), "Imported"));
  ck_assert_ptr_null(strstr(sample_text(), "Trained"));
}
END_TEST

START_TEST(summary_of_several_arms)
{
  sample_train_more();
  const char *text = sample_text();
  has_line(text, "Imported       Interactions 167,597, Items 11,924; 291 warnings");
  has_line(text, "               No difference: keywords and base cannot be told apart (nDCG@25 +0.2 %, 95 % "
                 "interval -0.2 % to +0.7 %, 19,412 users).");
  has_line(text, "               Only 498 of 11,924 items (4.2 %) have an informative category in keywords, so its "
                 "labels can show little effect here.");
  has_line(text, "               No: random finds less than base (nDCG@25 -5.3 %, 95 % interval -6.6 % to -4.0 %, "
                 "19,412 users).");
}
END_TEST

START_TEST(tuned_against_untuned)
{
  sample_train_more();
  has_line(sample_text(), "               source was tuned and base was not, so a part of the difference may come "
                          "from tuning.");
  sample_result.arms[0].trials = sample_result.arms[1].trials;
  sample_result.arms[0].n_trials = 1;
  ck_assert_ptr_null(strstr(sample_text(), "was tuned"));
}
END_TEST

START_TEST(nothing_informative)
{
  sample_train();
  sample_result.arms[1].informative = 0;
  sample_result.arms[1].informative_items = 0;
  has_line(sample_text(), "               No item has an informative category in source, so its labels can show no "
                          "effect here.");
}
END_TEST

START_TEST(base_that_finds_nothing)
{
  sample_train();
  sample_result.comparisons[3].base = 0;
  has_line(sample_text(), "Does it help?  Yes: source finds more than base (nDCG@25 +0.0088, 95 % interval +0.0075 "
                          "to +0.0102, 19,412 users).");
}
END_TEST

START_TEST(nothing_to_compare)
{
  sample_train();
  sample_result.n_comparisons = 0;
  sample_result.n_arms = 1;
  has_line(sample_text(), "Trained        toys-base/1: nDCG@25 0.0920, precision@5 0.0208, coverage@25 0.796, ten "
                          "folds");
}
END_TEST

START_TEST(import_alone)
{
  sample_train();
  report.train = NULL;
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    report.sets[k].present = 0;
  ck_assert_int_eq(strncmp(sample_text(), "Imported       Interactions 167,597, Items 11,924\nResults        ", 64), 0);
}
END_TEST

/* ---- figures ---- */

START_TEST(signs)
{
  static const struct { double d; unsigned decimals; const char *text; } cases[] = {
    { 0.00226, 4, "+0.0023" }, { -0.00226, 4, "-0.0023" }, { 0, 4, "0.0000" }, { -0.00001, 4, "0.0000" },
    { 0.00004, 4, "0.0000" },  { -1234.5, 1, "-1234.5" },  { 7, 0, "+7" },     { -0.0, 1, "0.0" }
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ek_text t = { 0 };
    ek_signed_fixed(cases[i].d, cases[i].decimals, &t);
    ck_assert_str_eq(ek_text_c(&t), cases[i].text);
    ek_text_free(&t);
  }
}
END_TEST

START_TEST(names_of_metrics)
{
  ck_assert_ptr_eq(ek_figure_find("coverage"), ek_figure_find("coverage_at_25"));
  ck_assert_ptr_eq(ek_figure_find("nDCG@25"), ek_figure_find(ek_headline_figure));
  ck_assert_ptr_null(ek_figure_find("recall_at_5"));
}
END_TEST

/* ---- report.json ---- */

static json_t *
parse(ek_text *t)
{
  json_error_t why;
  json_t *j = json_loadb(t->data, t->len, JSON_REJECT_DUPLICATES, &why);
  ck_assert_msg(j != NULL, "%d: %s\n%s", why.line, why.text, ek_text_c(t));
  ek_text_free(t);
  return j;
}

static json_t *
written(void)
{
  ek_text t = { 0 };
  ek_report_json(&report, &t);
  return parse(&t);
}

static const json_t *
at(const json_t *j, const char *path)
{
  char part[80];
  for (size_t n; j && *path; path += n + (path[n] == '.')) {
    n = strcspn(path, ".");
    snprintf(part, sizeof part, "%.*s", (int)n, path);
    j = json_is_array(j) ? json_array_get(j, (size_t)atoi(part)) : json_object_get(j, part);
  }
  return j;
}

static double
real(const json_t *j, const char *path)
{
  const json_t *v = at(j, path);
  ck_assert_msg(json_is_number(v), "%s", path);
  return json_number_value(v);
}

START_TEST(json_of_the_stages)
{
  sample_train_more();
  json_t *j = written();
  ck_assert_str_eq(json_string_value(at(j, "import.dataset_group")), "toys");
  ck_assert_str_eq(json_string_value(at(j, "import.import_mode")), "FULL");
  ck_assert_str_eq(json_string_value(at(j, "import.datasets.0.status")), "ACTIVE");
  ck_assert_int_eq((int)real(j, "import.datasets.0.rows"), 167597);
  ck_assert_str_eq(json_string_value(at(j, "import.violations.1.severity")), "error");
  ck_assert_int_eq((int)real(j, "train.folds"), 10);
  ck_assert(json_is_true(at(j, "train.exclude_seen")));
  ck_assert_int_eq((int)real(j, "train.data.users"), 19412);
  ck_assert_uint_eq(json_array_size(at(j, "train.data.months.interactions")), 158);
  ck_assert_str_eq(json_string_value(at(j, "train.data.months.from")), "2001-06");
  ck_assert_uint_eq(json_array_size(at(j, "train.arms")), 4);
  ck_assert(json_is_null(at(j, "train.arms.0.hpo")));
  ck_assert_uint_eq(json_array_size(at(j, "train.arms.1.hpo.trials")), 28);
  ck_assert_str_eq(json_string_value(at(j, "train.arms.1.recipe")), "metadata");
  ck_assert_ptr_null(at(j, "train.arms.2.fold_0"));
  ck_assert_uint_eq(json_array_size(at(j, "compare")), 13);
  ck_assert_str_eq(json_string_value(at(j, "compare.3.verdict")), "better");
  ck_assert(fabs(real(j, "compare.9.low") + 0.001762) < 1e-9);
  ck_assert_uint_eq(json_array_size(at(j, "train.warnings")), 1);
  json_decref(j);
}
END_TEST

/* Fold 0 and the mean, every metric under the service's name, six decimals at least. */
START_TEST(json_of_metrics)
{
  ek_text t = { 0 };
  sample_train();
  ek_report_json(&report, &t);
  ck_assert_ptr_nonnull(strstr(ek_text_c(&t), "\"metrics\": {\"precision_at_5\": 0.020806, \"precision_at_10\": "
                                              "0.013100, "));
  json_t *j = parse(&t);
  for (size_t a = 0; a < 2; a++)
    for (size_t i = 0; i < EK_FIGURES; i++) {
      char path[120];
      const ek_arm_result *arm = &sample_result.arms[a];
      snprintf(path, sizeof path, "train.arms.%zu.metrics.%s", a, ek_figures[i].name);
      ck_assert(fabs(real(j, path) - ek_figure_get(&arm->mean, &ek_figures[i])) < 1e-9);
      snprintf(path, sizeof path, "train.arms.%zu.fold_0.%s", a, ek_figures[i].name);
      ck_assert(fabs(real(j, path) - ek_figure_get(&arm->fold0, &ek_figures[i])) < 1e-9);
    }
  ck_assert(fabs(real(j, "train.arms.1.metrics.coverage") - 0.822685) < 1e-9);
  ck_assert_int_eq((int)real(j, "train.arms.0.fold_0.test_users"), 1926);
  json_decref(j);
}
END_TEST

START_TEST(json_of_strange_numbers)
{
  ek_text t = { 0 };
  sample_train();
  sample_result.comparisons[0].p = NAN;
  sample_result.comparisons[0].low = -INFINITY;
  sample_result.comparisons[0].high = 1e300;
  sample_result.comparisons[0].difference = -1e-12;
  ek_report_json(&report, &t);
  ck_assert_ptr_null(strstr(ek_text_c(&t), "-0.000000"));
  json_t *j = parse(&t);
  ck_assert(json_is_null(at(j, "compare.0.p")) && json_is_null(at(j, "compare.0.low")));
  ck_assert(fabs(real(j, "compare.0.high") / 1e300 - 1) < 1e-9);
  json_decref(j);
}
END_TEST

START_TEST(json_of_a_stage_alone)
{
  sample_train();
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    report.sets[k].present = 0;
  json_t *j = written();
  ck_assert_ptr_null(at(j, "records"));
  ck_assert_ptr_null(at(j, "rejects"));
  ck_assert_ptr_nonnull(at(j, "train"));
  json_decref(j);
}
END_TEST

START_TEST(json_of_compare)
{
  ek_text t = { 0 };
  sample_train();
  ek_compare_json(&shown, &t);
  json_t *j = parse(&t);
  ck_assert_str_eq(json_string_value(at(j, "name")), "toys");
  ck_assert_uint_eq(json_array_size(at(j, "compare")), 5);
  ck_assert_str_eq(json_string_value(at(j, "verdicts.0")), "source is better than base on relevance");
  json_decref(j);
}
END_TEST

static void
put_report(const char *text, size_t len)
{
  FILE *f = fopen("report.json", "w");
  ck_assert(f && fwrite(text, 1, len, f) == len && fclose(f) == 0);
}

/* What comes back makes the same table. */
START_TEST(read_back)
{
  ek_train_result r;
  ek_text t = { 0 };
  ek_error e;
  char *name = NULL, *before;
  sample_train_more();
  before = strdup(table());
  ek_report_json(&report, &t);
  put_report(t.data, t.len);
  ck_assert_int_eq(ek_report_load(".", &name, &r, &e), 0);
  ck_assert_str_eq(name, "both");
  ek_compare again = { .name = "toys", .result = &r };
  ek_text_clear(&t);
  ek_compare_text(&again, &t);
  ck_assert_str_eq(ek_text_c(&t), before);
  ck_assert_uint_eq(r.facts.digest, sample_result.facts.digest);
  ck_assert(r.arms[1].hyper.content == 0.4 && r.arms[0].recipe == EK_RECIPE_BASE);
  ek_train_result_clear(&r);
  ek_text_free(&t);
  free(before);
  free(name);
}
END_TEST

static const struct { const char *text, *code; } unreadable[] = {
  { "", "bad_report" },
  { "{", "bad_report" },
  { "[1]", "bad_report" },
  { "{\"format\": 2, \"train\": {}}", "bad_report" },
  { "{\"format\": 1, \"format\": 1}", "bad_report" },
  { "{\"format\": 1, \"name\": \"x\"}", "no_train" },
  { "{\"format\": 1, \"train\": 5}", "no_train" }
};

START_TEST(not_read_back)
{
  ek_train_result r;
  ek_error e = { 0 };
  put_report(unreadable[_i].text, strlen(unreadable[_i].text));
  ck_assert_int_eq(ek_report_load(".", NULL, &r, &e), -1);
  ck_assert_str_eq(e.code, unreadable[_i].code);
  ck_assert(e.help[0] && e.file[0]);
  ck_assert_uint_eq(r.n_arms, 0);
}
END_TEST

START_TEST(no_report)
{
  ek_train_result r;
  ek_error e = { 0 };
  ck_assert_int_eq(ek_report_load("nowhere", NULL, &r, &e), -1);
  ck_assert_str_eq(e.code, "no_report");
  ck_assert_int_eq(mkdir("report.json", 0700), 0);
  ck_assert_int_eq(ek_report_load(".", NULL, &r, &e), -1);
}
END_TEST

/* Members of any other type read as nothing, and comparisons of unknown arms go. */
START_TEST(odd_members)
{
  static const char odd[] = "{\"format\": 1, \"train\": {\"folds\": \"x\", \"data\": [], \"arms\": [5, {\"name\": 7, "
                            "\"dial\": {}}, {\"name\": \"a\", \"recipe\": \"new\"}]}, \"compare\": [3, {\"against\": "
                            "\"a\", \"arm\": \"b\", \"metric\": \"precision_at_5\"}, {\"against\": \"a\", \"arm\": "
                            "\"a\", \"metric\": \"precision_at_5\", \"verdict\": \"?\"}]}";
  ek_train_result r;
  ek_error e = { 0 };
  put_report(odd, sizeof odd - 1);
  ck_assert_int_eq(ek_report_load(".", NULL, &r, &e), 0);
  ck_assert_uint_eq(r.n_arms, 3);
  ck_assert_uint_eq(r.n_comparisons, 1);
  ck_assert_str_eq(r.comparisons[0].verdict, "no difference");
  ek_train_result_clear(&r);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("compare");
  TCase *c = tcase_create("compare");
  static const TTest *const *const tests[] = {
    &picture, &several_arms, &long_names, &one_metric, &one_fold, &dial_of_one_fold, &no_dial, &mixed_verdicts,
    &labels_without_weight, &does_it_help, &summary_of_several_arms, &tuned_against_untuned,
    &nothing_informative, &base_that_finds_nothing,
    &nothing_to_compare, &import_alone, &signs, &names_of_metrics, &json_of_the_stages, &json_of_metrics,
    &json_of_strange_numbers, &json_of_a_stage_alone, &json_of_compare, &read_back, &no_report, &odd_members
  };
  tcase_add_checked_fixture(c, sample_setup, sample_teardown);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
    tcase_add_test(c, *tests[i]);
  tcase_add_loop_test(c, not_read_back, 0, (int)(sizeof unreadable / sizeof *unreadable));
  suite_add_tcase(s, c);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
