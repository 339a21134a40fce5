/* SPDX-License-Identifier: BSD-3-Clause */
/* report.html: well-formed whatever the data, nothing from elsewhere, nothing hidden. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/utf8.h"
#include "report/page.h"
#include "report/sample.h"

#define CLEAN(html) do { const char *why = page_fault(html); ck_assert_msg(!why, "%s", why ? why : ""); } while (0)

static const char *const sections[] = { "measured", "dial", "tuning", "flow", "labels", "data", "import", "run" };

static int
has_section(const char *html, const char *id)
{
  char open[64], link[64];
  snprintf(open, sizeof open, "<section id='%s'", id);
  snprintf(link, sizeof link, "<a href='#%s'>", id);
  int there = strstr(html, open) != NULL;
  ck_assert_msg(there == (strstr(html, link) != NULL), "%s is in the page or in its contents alone", id);
  return there;
}

static void
check_sections(const char *html, const char *wanted)
{
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
    ck_assert_msg(has_section(html, sections[i]) == (strstr(wanted, sections[i]) != NULL), "section %s", sections[i]);
}

START_TEST(everything)
{
  sample_labels(214);
  sample_train_more();
  const char *html = sample_html();
  CLEAN(html);
  check_sections(html, "measured dial tuning flow labels data import run");
  ck_assert_ptr_nonnull(strstr(html, "<b>Yes.</b> <bdi>source finds more than base</bdi>."));
  ck_assert_ptr_nonnull(strstr(html, "<b>No difference.</b> <bdi>keywords and base cannot be told apart</bdi>."));
  ck_assert_ptr_nonnull(strstr(html, "<b>No.</b> <bdi>random finds less than base</bdi>."));
  ck_assert_ptr_nonnull(strstr(html, "Only 498 of 11,924 items (4.2 %) have an informative category in keywords"));
  ck_assert_uint_eq(page_count(html, "<table class='whiskers'>"), 3);
  ck_assert_uint_eq(page_count(html, "class='trial "), 28 + 3);
}
END_TEST

/* The security policy forbids what the page does not do anyway. */
START_TEST(head)
{
  const char *html = sample_html();
  ck_assert_ptr_eq(strstr(html, "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"), html);
  ck_assert_ptr_nonnull(strstr(html, "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; "
                                     "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">"));
  ck_assert_ptr_nonnull(strstr(html, "<meta name='viewport' content='width=device-width, initial-scale=1'>"));
  ck_assert_ptr_nonnull(strstr(html, "<title>both \xc2\xb7 enrichkit report</title>"));
  ck_assert_ptr_nonnull(strstr(html, "@media screen and (prefers-color-scheme:dark)"));
  ck_assert_ptr_nonnull(strstr(html, "@media print"));
}
END_TEST

START_TEST(enrichment_alone)
{
  const char *html = sample_html();
  CLEAN(html);
  check_sections(html, "flow labels data run");
  ck_assert_ptr_nonnull(strstr(html, "Nothing was trained"));
  ck_assert_ptr_nonnull(strstr(html, "1,702 items have labels, 85.4"));
}
END_TEST

START_TEST(one_fold_of_two_arms)
{
  sample_train();
  sample_result.folds = 1;
  const char *html = sample_html();
  CLEAN(html);
  check_sections(html, "measured dial flow labels data import run");
  ck_assert_ptr_nonnull(strstr(html, "This is one fold of ten"));
}
END_TEST

START_TEST(a_stage_alone)
{
  sample_train();
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    report.sets[k].present = 0;
  report.chain = NULL;
  const char *html = sample_html();
  CLEAN(html);
  check_sections(html, "measured dial data import run");
}
END_TEST

START_TEST(interactions_alone)
{
  report.sets[EK_ITEMS].present = 0;
  const char *html = sample_html();
  CLEAN(html);
  check_sections(html, "flow data run");
}
END_TEST

START_TEST(nothing_read)
{
  ek_label_counts_free(items->labels);
  memset(items, 0, sizeof *items);
  events->in = events->written = 0;
  const char *html = sample_html();
  CLEAN(html);
  check_sections(html, "flow data run");
  ck_assert_ptr_null(strstr(html, "nan"));
}
END_TEST

START_TEST(one_item_with_one_label)
{
  sample_labels(1);
  ek_label_counts_clear(items->labels);
  ek_label_counts_add(items->labels, ek_cstr("Tea"), 1);
  items->in = items->written = items->enriched = 1;
  const char *html = sample_html();
  CLEAN(html);
  ck_assert_ptr_nonnull(strstr(html, "<b>1 distinct label</b> on 1 item (100"));
  ck_assert_ptr_nonnull(strstr(html, "stands on a single item"));
  ck_assert_ptr_null(strstr(html, "nan"));
}
END_TEST

/* Trained, but on so little that all is zero: nothing is divided by it. */
START_TEST(all_zero)
{
  static ek_dial_point dial[1];
  static ek_hpo_trial trial[1];
  static ek_arm_result arms[2];
  arms[0].name = arms[1].name = arms[0].solution_version = arms[1].solution_version = (char *)(uintptr_t)"x";
  arms[1].recipe = EK_RECIPE_METADATA;
  arms[1].dial = dial;
  arms[1].trials = trial;
  arms[1].n_dial = arms[1].n_trials = 1;
  ek_comparison c = { .against = "x", .arm = "x", .metric = "normalized_discounted_cumulative_gain_at_25",
                      .verdict = "no difference" };
  ek_train_result r = { .arms = arms, .n_arms = 2, .comparisons = &c, .n_comparisons = 1, .facts = { .n_months = 1 } };
  report.train = &r;
  const char *html = sample_html();
  CLEAN(html);
  ck_assert_ptr_null(strstr(html, "nan"));
  ck_assert_ptr_null(strstr(html, "inf%"));
}
END_TEST

START_TEST(stopped)
{
  report.status = "stopped_rejects";
  const char *html = sample_html();
  CLEAN(html);
  ck_assert_ptr_nonnull(strstr(html, "did not end well"));
  ck_assert_ptr_null(strstr(html, "<caption>Written</caption>"));
}
END_TEST

/* ---- hostile data ---- */

/* As it stands in the data, and what the reader of the page is to see. */
static const struct { const char *data, *page; } hostile[] = {
  { "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
  { "\"onload=alert(1) x=\"", "&quot;onload=alert(1) x=&quot;" },
  { "'onload='alert(1)", "&#39;onload=&#39;alert(1)" },
  { "</bdi></td></table><b>", "&lt;/bdi&gt;&lt;/td&gt;&lt;/table&gt;&lt;b&gt;" },
  { "&lt;b&gt;", "&amp;lt;b&amp;gt;" },
  { "--><!--", "--&gt;&lt;!--" },
  { "abc\xe2\x80\xae" "fed", "abc<span class='cp'>U+202E</span>fed" },
  { "\xe2\x81\xa6x\xe2\x81\xa9", "<span class='cp'>U+2066</span>x<span class='cp'>U+2069</span>" },
  { "\xe2\x80\x8fr\xd8\x9cl", "<span class='cp'>U+200F</span>r<span class='cp'>U+061C</span>l" },
  { "a\x01\tb\x7f\n", "a<span class='cp'>U+0001</span><span class='cp'>U+0009</span>b<span class='cp'>U+007F</span>"
                      "<span class='cp'>U+000A</span>" },
  { "c1\xc2\x85", "c1<span class='cp'>U+0085</span>" },
  { "zero\xe2\x80\x8bwidth\xef\xbb\xbf", "zero<span class='cp'>U+200B</span>width<span class='cp'>U+FEFF</span>" },
  { "tag\xf3\xa0\x81\x81", "tag<span class='cp'>U+E0041</span>" },
  { "bad\xff\xc3", "bad\xef\xbf\xbd\xef\xbf\xbd" },
  { "\xd7\xa6\xd7\xa2", "\xd7\xa6\xd7\xa2" },
  { "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae" }
};
#define HOSTILE (sizeof hostile / sizeof *hostile)

/* Each in its own <bdi>, so that its direction ends where it does. */
static void
check_shown(const char *html, const char *page)
{
  char isolated[512];
  snprintf(isolated, sizeof isolated, "<bdi>%s</bdi>", page);
  ck_assert_msg(strstr(html, isolated) != NULL, "%s", page);
}

START_TEST(hostile_label)
{
  ek_label_counts_clear(items->labels);
  ek_label_counts_add(items->labels, ek_cstr(hostile[_i].data), 1);
  const char *html = sample_html();
  CLEAN(html);
  check_shown(html, hostile[_i].page);
}
END_TEST

/* Everything else that can come from elsewhere, at once. */
START_TEST(hostile_everywhere)
{
  char *bad = (char *)(uintptr_t)hostile[_i].data;
  const char *const warnings[] = { bad };
  ek_violation v = { .error = 1, .code = "x", .file = bad, .line = 3, .message = bad };
  sample_train_more();
  sample_import.violations = &v;
  sample_import.n_violations = 1;
  sample_result.warnings = &bad;
  report.warnings = warnings;
  report.n_warnings = 1;
  report.dataset_group = bad;
  files[0].file.name = bad;
  ek_arm_result *arm = &sample_result.arms[1];
  const char *name = arm->name;
  arm->solution_version = bad;
  arm->name = bad;
  for (size_t i = 0; i < sample_result.n_comparisons; i++)
    if (strcmp(sample_result.comparisons[i].arm, name) == 0)
      sample_result.comparisons[i].arm = bad;
  const char *html = sample_html();
  CLEAN(html);
  check_shown(html, hostile[_i].page);
  ck_assert_uint_ge(page_count(html, hostile[_i].page), 10);
  ck_assert(ek_utf8_valid(ek_cstr(html)));
}
END_TEST

START_TEST(long_label_is_cut)
{
  char longish[4001];
  memset(longish, 'x', sizeof longish - 1);
  longish[4000] = '\0';
  ek_label_counts_clear(items->labels);
  ek_label_counts_add(items->labels, ek_cstr(longish), 1);
  longish[160] = '\0';
  const char *html = sample_html(), *at = strstr(html, longish);
  CLEAN(html);
  ck_assert_ptr_nonnull(at);
  ck_assert_int_eq(strncmp(at + 160, "\xe2\x80\xa6</bdi>", 9), 0);
}
END_TEST

/* A name on an SVG mark is an attribute's kind of text: no markup at all. */
START_TEST(titles_hold_no_markup)
{
  sample_train_more();
  sample_result.arms[1].name = (char *)(uintptr_t)"a\xe2\x80\xae<b>";
  const char *html = sample_html();
  CLEAN(html);
  ck_assert_ptr_nonnull(strstr(html, "<title>aU+202E&lt;b&gt;, nto 0: "));
}
END_TEST

START_TEST(the_same_every_time)
{
  sample_train_more();
  char *first = ek_mem_strdup(sample_html());
  ck_assert_str_eq(first, sample_html());
  free(first);
}
END_TEST

/* A million labels make no larger a page than a thousand. */
START_TEST(many_labels)
{
  char name[32];
  ek_label_counts_clear(items->labels);
  for (unsigned i = 0; i < 100000; i++) {
    snprintf(name, sizeof name, "l%u", i);
    ek_label_counts_add(items->labels, ek_cstr(name), i);
  }
  const char *html = sample_html();
  CLEAN(html);
  ck_assert_uint_lt(strlen(html), 120000);
  ck_assert_ptr_nonnull(strstr(html, "100,000 distinct labels"));
}
END_TEST

/* ---- the reader itself ---- */

START_TEST(faults_are_seen)
{
  static const char *const bad[] = {
    "<p>", "<p></b>", "</p>", "<p class=x></p>", "<p onload='x'></p>", "<p class='x></p>", "<script></script>",
    "<p style='color:red'></p>", "<a href='http://x'></a>", "<a href='#x'></a>", "<p id='a'></p><p id='a'></p>",
    "a & b",
    "a > b", "\x01", "<iframe></iframe>", "<p style='width:1%;x:y%'></p>"
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    ck_assert_msg(page_fault(bad[i]) != NULL, "%s", bad[i]);
  CLEAN("<!DOCTYPE html><p id='a' class='x'>a &amp; b</p><meta charset='x'><a href='#a'></a><svg><line x1='1'/></svg>");
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("page");
  TCase *c = tcase_create("page");
  tcase_add_checked_fixture(c, sample_setup, sample_teardown);
  tcase_add_test(c, everything);
  tcase_add_test(c, head);
  tcase_add_test(c, enrichment_alone);
  tcase_add_test(c, one_fold_of_two_arms);
  tcase_add_test(c, a_stage_alone);
  tcase_add_test(c, interactions_alone);
  tcase_add_test(c, nothing_read);
  tcase_add_test(c, one_item_with_one_label);
  tcase_add_test(c, all_zero);
  tcase_add_test(c, stopped);
  tcase_add_loop_test(c, hostile_label, 0, (int)HOSTILE);
  tcase_add_loop_test(c, hostile_everywhere, 0, (int)HOSTILE);
  tcase_add_test(c, long_label_is_cut);
  tcase_add_test(c, titles_hold_no_markup);
  tcase_add_test(c, the_same_every_time);
  tcase_add_test(c, many_labels);
  tcase_add_test(c, faults_are_seen);
  suite_add_tcase(s, c);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
