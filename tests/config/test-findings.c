/* SPDX-License-Identifier: BSD-3-Clause */
#include "config-test.h"
#include <fcntl.h>

/* ---- did you mean ------------------------------------------------------------------ */

static const char *const words[] = { "options", "on_error", "when", "perform_hpo", "min_provisioned_tps", "id", "rate", "rates", NULL };

static const struct { const char *word, *found; } guesses[] = {
  { "optons", "options" }, { "option", "options" }, { "optiosn", "options" }, { "optoin", "options" },
  { "opinion", NULL }, { "onerror", "on_error" }, { "onError", "on_error" }, { "on-error", "on_error" },
  { "performHPO", "perform_hpo" }, { "minProvisionedTPS", "min_provisioned_tps" }, { "performHP", "perform_hpo" },
  { "whne", "when" }, { "wen", "when" }, { "xen", "when" }, { "xy", NULL }, { "i", NULL }, { "ids", "id" }, { "ed", "id" },
  { "", NULL }, { "raet", "rate" }, { "ratse", "rate" }, { "ratess", "rates" }, { "W", NULL }, { "WHEN", "when" },
  { "a-word-that-is-so-very-long-that-no-name-in-the-whole-table-is-near-it", NULL },
};

START_TEST(did_you_mean)
{
  const char *found = ek_did_you_mean(guesses[_i].word, words);
  if (guesses[_i].found)
    ck_assert_pstr_eq(found, guesses[_i].found);
  else
    ck_assert_ptr_null(found);
}
END_TEST

/* ---- the list ---------------------------------------------------------------------- */

START_TEST(texts_are_copied)
{
  ek_findings f = { 0 };
  char file[] = "a.yaml", source[] = "one: 1\ntwo: 2\n", help[] = "do this";
  ek_place p = { .file = file, .source = source, .line = 3, .column = 2, .width = 1 };
  ck_assert_int_eq(ek_findings_error(&f, &p, "code", help, "%d of %s", 3, "them"), -1);
  memset(file, 'x', 6);
  memset(source, 'x', 14);
  memset(help, 'x', 7);
  ck_assert_str_eq(f.list[0].message, "3 of them");
  ck_assert_str_eq(f.list[0].help, "do this");
  ck_assert_str_eq(f.list[0].place.file, "a.yaml");
  ck_assert_str_eq(f.list[0].place.source, "one: 1");
  ck_assert_str_eq(f.list[0].code, "code");
  ck_assert_int_eq(f.list[0].level, EK_LOG_ERROR);
  ek_findings_free(&f);
  ck_assert_uint_eq(f.n, 0);
}
END_TEST

START_TEST(no_place_no_help)
{
  ek_findings f = { 0 };
  ck_assert_int_eq(ek_findings_warn(&f, NULL, "code", NULL, "plain"), -1);
  ck_assert_uint_eq(f.warnings, 1);
  ck_assert_uint_eq(f.errors, 0);
  ck_assert_ptr_null(f.list[0].help);
  ck_assert_str_eq(f.list[0].place.file, "");
  ek_findings_free(&f);
}
END_TEST

START_TEST(the_same_once)
{
  ek_findings f = { 0 };
  ek_place p = { .file = "a", .line = 1, .column = 1 }, q = p;
  q.column = 2;
  ek_findings_error(&f, &p, "c", NULL, "m");
  ek_findings_error(&f, &p, "c", NULL, "m");
  ek_findings_error(&f, &q, "c", NULL, "m");
  ek_findings_error(&f, &p, "c", NULL, "n");
  ek_findings_warn(&f, &p, "c", NULL, "m");
  ck_assert_uint_eq(f.errors, 3);
  ck_assert_uint_eq(f.warnings, 1);
  ek_findings_free(&f);
}
END_TEST

START_TEST(secrets_are_not_shown)
{
  ek_findings f = { 0 };
  ek_place p = { .file = "a.yaml", .line = 3, .column = 2, .source = "  token: hunter2\n" };
  ek_place set = { .file = "--set chain[0].options.token=hunter2=x" };
  ck_assert_int_eq(ek_findings_secret(&f, &p, "c", "help", "'%s' is a secret", "token"), -1);
  ck_assert_int_eq(ek_findings_secret(&f, &set, "c", NULL, "'%s' is a secret", "token"), -1);
  ck_assert_ptr_null(f.list[0].place.source);
  ck_assert_str_eq(f.list[0].place.file, "a.yaml");
  ck_assert_uint_eq(f.list[0].place.line, 3);
  ck_assert_str_eq(f.list[1].place.file, "--set chain[0].options.token=***");
  ck_assert_uint_eq(f.errors, 2);
  ek_findings_free(&f);
}
END_TEST

START_TEST(memory_is_bounded)
{
  ek_findings f = { 0 };
  ek_place p = { .file = "a", .line = 1 };
  for (unsigned i = 0; i < 3000; i++) {
    p.column = i + 1;
    ek_findings_error(&f, &p, "c", NULL, "m");
  }
  ck_assert_uint_eq(f.errors, 3000);
  ck_assert_uint_eq(f.n, 1000);
  ek_findings_free(&f);
}
END_TEST

/* ---- as shown ------------------------------------------------------------------------ */

/* What goes to stderr while f is shown. Caller frees. */
static char *
shown(const ek_findings *f, size_t *errors)
{
  static char buf[65536];
  fflush(stderr);
  int saved = dup(2), fd = open("shown", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ck_assert_int_ge(fd, 0);
  dup2(fd, 2);
  *errors = ek_findings_show(f);
  dup2(saved, 2);
  ssize_t n = pread(fd, buf, sizeof buf - 1, 0);
  close(fd);
  close(saved);
  ck_assert_int_ge((int)n, 0);
  buf[n] = 0;
  return buf;
}

static void
shows(const char *yaml, const char *expected)
{
  loaded l = load(yaml);
  size_t errors;
  char *text = shown(&l.f, &errors);
  ck_assert_uint_eq(errors, l.f.errors);
  ck_assert_str_eq(text, expected);
  unload(&l);
}

START_TEST(as_the_manual_shows_it)
{
  shows("version: 1\nchain:\n  - plugin: category\n    optons: {levels: 2}\n",
        "chain.yaml:4:5: error: unknown key 'optons' in a step\n"
        "     4 |     optons: {levels: 2}\n"
        "       |     ^^^^^^  help: did you mean 'options'?\n");
  shows("chain:\n  - plugin: rekognition\n    max_labels: 5\n",
        "chain.yaml:3:5: error: unknown key 'max_labels' in step 'rekognition'\n"
        "     3 |     max_labels: 5\n"
        "       |     ^^^^^^^^^^  help: 'max_labels' is an option of the plugin: put it under 'options:'. "
        "(merge.max_labels limits the final list.)\n");
  unsetenv("STAGING_BUCKET");
  shows("output:\n  dir: ${STAGING_BUCKET}/x\n",
        "chain.yaml:2:8: error: environment variable STAGING_BUCKET is not set\n"
        "     2 |   dir: ${STAGING_BUCKET}/x\n"
        "       |        ^^^^^^^^^^^^^^^^^^^  help: export STAGING_BUCKET=..., or give a default: ${STAGING_BUCKET:-name}\n");
}
END_TEST

START_TEST(in_order_of_lines)
{
  /* The step's name is judged after its keys, and the run's keys before the chain's. */
  shows("run: {threads: 0}\nchain:\n  - {plugin: category}\n  - {plugin: category, floor: 2}\nnmae: x\n",
        "chain.yaml:1:16: error: 'run.threads' is 0; it goes from 1 to 1024\n"
        "     1 | run: {threads: 0}\n"
        "       |                ^\n"
        "chain.yaml:4:14: error: two steps are named 'category'; the first is in line 3\n"
        "     4 |   - {plugin: category, floor: 2}\n"
        "       |              ^^^^^^^^  help: name one of them: {plugin: category, name: category-2}\n"
        "chain.yaml:4:31: error: 'chain[category].floor' is 2; it goes from 0 to 1\n"
        "     4 |   - {plugin: category, floor: 2}\n"
        "       |                               ^\n"
        "chain.yaml:5:1: error: unknown key 'nmae'\n"
        "     5 | nmae: x\n"
        "       | ^^^^  help: did you mean 'name'?\n");
}
END_TEST

START_TEST(at_most_twenty)
{
  ek_text yaml = { 0 };
  size_t errors, lines = 0;
  for (int i = 0; i < 33; i++)
    ek_text_printf(&yaml, "zzzz%d: 1\n", i);
  loaded l = load(ek_text_c(&yaml));
  char *text = shown(&l.f, &errors);
  ck_assert_uint_eq(errors, 33);
  for (const char *p = text; (p = strstr(p, "error: ")); p++)
    lines++;
  ck_assert_uint_eq(lines, 20);
  ck_assert_ptr_nonnull(strstr(text, "'zzzz19'"));
  ck_assert_ptr_null(strstr(text, "'zzzz20'"));
  ck_assert_str_eq(text + strlen(text) - 19, "and 13 more errors\n");
  unload(&l);
  ek_text_free(&yaml);
}
END_TEST

START_TEST(set_names_itself)
{
  static const char *const sets[] = { "run.threads=many", NULL };
  size_t errors;
  loaded l = load_named("chain.yaml", "", 0, sets);
  ck_assert_str_eq(shown(&l.f, &errors),
                   "--set run.threads=many: error: 'run.threads' is 'many'; it is a whole number, written in digits\n");
  unload(&l);
}
END_TEST

START_TEST(what_is_shown_is_escaped)
{
  shows("\"a\\e[31m\\u202e\": 1\n", "chain.yaml:1:1: error: unknown key 'a\\x1b[31m\\u{202e}'\n"
                                   "     1 | \"a\\e[31m\\u202e\": 1\n"
                                   "       | ^^^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(long_and_odd_lines)
{
  /* 120 columns of something else first: the caret still stands below the key. */
  shows("{name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, x-1: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, zzzzzz: 1}\n",
        "chain.yaml:1:114: error: unknown key 'zzzzzz'\n"
        "     1 | ...bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, zzzzzz: 1}\n"
        "       |                                           ^^^^^^\n");
  shows("{x-1: \"\xe2\x80\xae\t\xc3\xa4\", zzzzzz: 1}\n",
        "chain.yaml:1:14: error: unknown key 'zzzzzz'\n"
        "     1 | {x-1: \"? \xc3\xa4\", zzzzzz: 1}\n"
        "       |              ^^^^^^\n");
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("config/findings");
  TCase *t = tcase_create("guesses");
  tcase_add_loop_test(t, did_you_mean, 0, (int)(sizeof guesses / sizeof *guesses));
  suite_add_tcase(s, t);
  t = tcase_create("list");
  tcase_add_test(t, texts_are_copied);
  tcase_add_test(t, no_place_no_help);
  tcase_add_test(t, the_same_once);
  tcase_add_test(t, secrets_are_not_shown);
  tcase_add_test(t, memory_is_bounded);
  suite_add_tcase(s, t);
  t = tcase_create("shown");
  tcase_add_test(t, as_the_manual_shows_it);
  tcase_add_test(t, in_order_of_lines);
  tcase_add_test(t, at_most_twenty);
  tcase_add_test(t, set_names_itself);
  tcase_add_test(t, what_is_shown_is_escaped);
  tcase_add_test(t, long_and_odd_lines);
  suite_add_tcase(s, t);
  return run_suite(s);
}
