/* SPDX-License-Identifier: BSD-3-Clause */
/* A plugin's options from YAML text: every type, every error with its place, what the plugin then gets. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "config/tree.h"
#include "plugin/options.h"

static const char *const takes[] = { "path", "leaf", "all", NULL };
static const ek_option options[] = {
  { .name = "text", .type = EK_OPT_STRING, .default_value = "|", .help = "a text" },
  { .name = "count", .type = EK_OPT_INT, .default_value = "3", .min = "0", .max = "20", .help = "how many" },
  { .name = "share", .type = EK_OPT_FLOAT, .default_value = "0.5", .min = "0" },
  { .name = "flag", .type = EK_OPT_BOOL, .default_value = "true" },
  { .name = "patience", .type = EK_OPT_DURATION, .default_value = "2s", .max = "1m" },
  { .name = "room", .type = EK_OPT_SIZE, .default_value = "4K" },
  { .name = "take", .type = EK_OPT_ENUM, .default_value = "path", .choices = takes },
  { .name = "words", .type = EK_OPT_LIST, .default_value = "[one, \"two, three\"]" },
  { .name = "file", .type = EK_OPT_PATH },
  { .name = "field", .type = EK_OPT_FIELD, .default_value = "category" },
  { .name = "fields", .type = EK_OPT_FIELDS, .default_value = "title, description" },
  { .name = "token", .type = EK_OPT_STRING, .flags = EK_OPT_SECRET },
  { .name = "old", .type = EK_OPT_STRING, .flags = EK_OPT_DEPRECATED, .help = "use text" },
  { .name = "bare", .type = EK_OPT_STRING },
};
static const ek_enricher brands = { EK_ENRICHER_INIT, .id = "brands", .n_options = sizeof options / sizeof *options,
                                    .options = options };
static const ek_option needed[] = { { .name = "file", .type = EK_OPT_PATH, .flags = EK_OPT_REQUIRED,
                                      .help = "the rules" } };
static const ek_enricher rules = { EK_ENRICHER_INIT, .id = "rules", .n_options = 1, .options = needed };

static ek_findings findings;
static ek_conf_tree *tree;
static ek_config *config;

static ek_config *
make(const ek_enricher *en, const char *text)
{
  static const ek_place where = { .file = "t.yaml", .line = 7, .column = 3 };
  char yaml[2048];
  snprintf(yaml, sizeof yaml, "options: %s\n", text);
  tree = ek_conf_parse("t.yaml", yaml, strlen(yaml), &findings);
  ck_assert_msg(tree != NULL, "%s", findings.n ? findings.list[0].message : "");
  config = ek_options_make(en, tree, text[0] ? ek_node_get(ek_conf_root(tree), "options") : NULL, &where, &findings);
  return config;
}

static void
start(void)
{
  findings = (ek_findings){ 0 };
  tree = NULL;
  config = NULL;
}

static void
stop(void)
{
  ek_options_free(config);
  ek_conf_free(tree);
  ek_findings_free(&findings);
}

static const char *
text_of(const char *name)
{
  static char buf[200];
  ek_str s = { "(unset)", 7 };
  int set = ek_options_str(config, name, &s);
  ck_assert_int_eq(s.ptr[s.len], 0);
  snprintf(buf, sizeof buf, "%d %s", set, s.ptr);
  return buf;
}

static int64_t
int_of(const char *name)
{
  int64_t v = -999;
  ek_options_int(config, name, &v);
  return v;
}

START_TEST(defaults)
{
  size_t n;
  double d = 0;
  ck_assert_ptr_nonnull(make(&brands, "{}"));
  ck_assert_uint_eq(findings.n, 0);
  ck_assert_str_eq(text_of("text"), "1 |");
  ck_assert_int_eq(int_of("count"), 3);
  ck_assert_int_eq(ek_options_float(config, "share", &d), 1);
  ck_assert(d == 0.5);
  ck_assert_int_eq(int_of("flag"), 1);
  ck_assert_int_eq(int_of("patience"), 2000000000);
  ck_assert_int_eq(int_of("room"), 4096);
  ck_assert_str_eq(text_of("take"), "1 path");
  const ek_str *words = ek_options_list(config, "words", &n);
  ck_assert_uint_eq(n, 2);
  ck_assert_str_eq(words[1].ptr, "two, three");
  ck_assert_str_eq(text_of("file"), "0 (unset)");
  ck_assert_str_eq(text_of("field"), "1 category");
  const ek_str *fields = ek_options_list(config, "fields", &n);
  ck_assert_uint_eq(n, 2);
  ck_assert_str_eq(fields[0].ptr, "title");
  ck_assert_str_eq(fields[1].ptr, "description");
  ck_assert_str_eq(text_of("token"), "0 (unset)");
  ck_assert_str_eq(text_of("bare"), "0 (unset)");
}
END_TEST

START_TEST(values)
{
  size_t n;
  double d = 0;
  ck_assert_ptr_nonnull(make(&brands,
                             "{text: no, count: 20, share: 7, flag: false, patience: 250ms, room: 2M, take: all,"
                             " words: [a], field: title, fields: [], bare: ''}"));
  ck_assert_str_eq(text_of("text"), "1 no");
  ck_assert_int_eq(int_of("count"), 20);
  ek_options_float(config, "share", &d);
  ck_assert(d == 7);
  ck_assert_int_eq(int_of("flag"), 0);
  ck_assert_int_eq(int_of("patience"), 250000000);
  ck_assert_int_eq(int_of("room"), 2097152);
  ck_assert_str_eq(text_of("take"), "1 all");
  ck_assert_str_eq(text_of("bare"), "1 ");
  ek_options_list(config, "words", &n);
  ck_assert_uint_eq(n, 1);
  ck_assert_ptr_null(ek_options_list(config, "fields", &n));
  ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(null_means_default)
{
  ck_assert_ptr_nonnull(make(&brands, "{text: ~, count: null, words: null}"));
  ck_assert_str_eq(text_of("text"), "1 |");
  ck_assert_int_eq(int_of("count"), 3);
}
END_TEST

START_TEST(wrong_getters_leave_out_alone)
{
  ek_str s = { "x", 1 };
  int64_t i = 5;
  double d = 5;
  size_t n = 9;
  ck_assert_ptr_nonnull(make(&brands, "{}"));
  ck_assert_int_eq(ek_options_str(config, "count", &s), 0);
  ck_assert_int_eq(ek_options_str(config, "words", &s), 0);
  ck_assert_int_eq(ek_options_str(config, "nothing", &s), 0);
  ck_assert_int_eq(ek_options_str(config, NULL, &s), 0);
  ck_assert_int_eq(ek_options_int(config, "text", &i), 0);
  ck_assert_int_eq(ek_options_float(config, "count", &d), 0);
  ck_assert_ptr_null(ek_options_list(config, "text", &n));
  ck_assert_str_eq(s.ptr, "x");
  ck_assert_int_eq(i, 5);
  ck_assert(d == 5);
  ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(fields_are_told_by_their_pointers)
{
  const char *names[8];
  size_t n;
  ek_str s;
  ck_assert_ptr_nonnull(make(&brands, "{field: department, fields: [a, b]}"));
  ck_assert_uint_eq(ek_options_fields(config, names, 8), 3);
  ck_assert_int_eq(ek_options_str(config, "field", &s), 1);
  ck_assert_ptr_eq(names[0], s.ptr);
  ck_assert_ptr_eq(names[2], ek_options_list(config, "fields", &n)[1].ptr);
  ck_assert_uint_eq(ek_options_fields(config, names, 1), 3);
}
END_TEST

static const struct { const char *yaml, *code, *message, *help; } mistakes[] = {
  { "{count: 600}", "out_of_range", "option 'count' of brands is 600; it goes from 0 to 20", "count: how many" },
  { "{share: -1}", "out_of_range", "option 'share' of brands is -1; it is at least 0", NULL },
  { "{patience: 2h}", "out_of_range", "option 'patience' of brands is 2h; it is at most 1m", NULL },
  { "{count: many}", "wrong_type", "option 'count' of brands is 'many'; it must be a whole number", "count: how many" },
  { "{count: 1_0}", "wrong_type", "option 'count' of brands is '1_0'; it must be a whole number", "count: how many" },
  { "{count: [1]}", "wrong_type", "option 'count' of brands is a list; it must be a whole number", "how many" },
  { "{flag: yes}", "wrong_type", "option 'flag' of brands is 'yes'; it must be true or false", NULL },
  { "{room: big}", "wrong_type", "option 'room' of brands is 'big'; it must be a size such as 512, 64K, 15M, 10G",
    NULL },
  { "{take: leav}", "not_a_choice", "option 'take' of brands is 'leav'; it is one of path, leaf or all",
    "did you mean 'leaf'?" },
  { "{words: one}", "wrong_type", "option 'words' of brands is a single value; it must be a list of texts",
    "write words: [one, two]" },
  { "{words: [[a]]}", "wrong_type", "option 'words' of brands is a list; it must be a list of texts",
    "write words: [one, two]" },
  { "{field: ''}", "wrong_type", "option 'field' of brands is empty; it must be the name of a field", NULL },
  { "{file: no-such-rules.tsv}", "no_file", "option 'file' of brands: no-such-rules.tsv: no such file or folder",
    "looked for /" },
  { "{cuont: 3}", "unknown_option", "unknown option 'cuont' of brands", "did you mean 'count'?" },
  { "{colour: red}", "unknown_option", "unknown option 'colour' of brands", "its options are: text, count, share" },
  { "{token: s3cr3t}", "secret_in_clear", "'token' is a secret and stands here in clear text",
    "write ${BRANDS_TOKEN} or ${file:/run/secrets/token}, and change the token: it is on disk now" },
  { "{token: \"${EK_TEST_NO_SUCH:-s3cr3t}\"}", "secret_in_clear", "'token' is a secret and stands here in clear text",
    "write ${BRANDS_TOKEN}" },
  { "[count]", "wrong_type", "'options' must be a map, as in options: {name: value}", NULL },
};

START_TEST(mistakes_are_told)
{
  ck_assert_ptr_null(make(&brands, mistakes[_i].yaml));
  ck_assert_uint_eq(findings.errors, 1);
  ck_assert_str_eq(findings.list[0].code, mistakes[_i].code);
  ck_assert_str_eq(findings.list[0].message, mistakes[_i].message);
  ck_assert_uint_eq(findings.list[0].place.line, 1);
  ck_assert_uint_gt(findings.list[0].place.column, 9);
  if (mistakes[_i].help)
    ck_assert_msg(findings.list[0].help && strncmp(findings.list[0].help, mistakes[_i].help,
                                                   strlen(mistakes[_i].help)) == 0, "%s",
                  findings.list[0].help ? findings.list[0].help : "(none)");
  ck_assert(!strstr(findings.list[0].message, "s3cr3t"));
}
END_TEST

START_TEST(all_mistakes_at_once)
{
  ck_assert_ptr_null(make(&brands, "{count: x, flag: x, colour: x, take: x}"));
  ck_assert_uint_eq(findings.errors, 4);
}
END_TEST

START_TEST(required)
{
  ck_assert_ptr_null(make(&rules, ""));
  ck_assert_str_eq(findings.list[0].message, "rules needs the option 'file' (a path)");
  ck_assert_str_eq(findings.list[0].help, "add 'options: {file: ...}': the rules");
  ck_assert_uint_eq(findings.list[0].place.line, 7);
}
END_TEST

START_TEST(required_and_null_is_missing)
{
  ck_assert_ptr_null(make(&rules, "{file: ~}"));
  ck_assert_str_eq(findings.list[0].code, "missing_option");
}
END_TEST

START_TEST(secrets_come_from_outside)
{
  setenv("EK_TEST_TOKEN", "s3cr3t", 1);
  ck_assert_ptr_nonnull(make(&brands, "{token: \"${EK_TEST_TOKEN}\"}"));
  ck_assert_str_eq(text_of("token"), "1 s3cr3t");
  ck_assert_int_eq(ek_options_secret(&brands, "token"), 1);
  ck_assert_int_eq(ek_options_secret(&brands, "text"), 0);
  ck_assert_int_eq(ek_options_secret(&brands, "nothing"), 0);
}
END_TEST

START_TEST(deprecated_warns)
{
  ck_assert_ptr_nonnull(make(&brands, "{old: x}"));
  ck_assert_uint_eq(findings.warnings, 1);
  ck_assert_str_eq(findings.list[0].message, "option 'old' of brands is deprecated");
}
END_TEST

START_TEST(paths_are_absolute)
{
  char name[] = "ek-test-XXXXXX", want[4200], cwd[4096];
  int fd = mkstemp(name);
  ck_assert_int_ge(fd, 0);
  close(fd);
  char yaml[200];
  snprintf(yaml, sizeof yaml, "{file: %s}", name);
  ck_assert_ptr_nonnull(make(&rules, yaml));
  snprintf(want, sizeof want, "1 %s/%s", getcwd(cwd, sizeof cwd), name);
  unlink(name);
  ek_str s;
  ck_assert_int_eq(ek_options_str(config, "file", &s), 1);
  ck_assert_str_eq(s.ptr, want + 2);
}
END_TEST

START_TEST(invalid_text_from_the_environment)
{
  setenv("EK_TEST_BYTES", "\xff\xfe", 1);
  make(&brands, "{text: \"${EK_TEST_BYTES}\"}");
  /* Either room may refuse it; none may hand it to a plugin. */
  ck_assert(config == NULL || !strstr(text_of("text"), "\xff"));
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("options");
  TCase *t = tcase_create("options");
  tcase_add_checked_fixture(t, start, stop);
  tcase_add_test(t, defaults);
  tcase_add_test(t, values);
  tcase_add_test(t, null_means_default);
  tcase_add_test(t, wrong_getters_leave_out_alone);
  tcase_add_test(t, fields_are_told_by_their_pointers);
  tcase_add_loop_test(t, mistakes_are_told, 0, (int)(sizeof mistakes / sizeof *mistakes));
  tcase_add_test(t, all_mistakes_at_once);
  tcase_add_test(t, required);
  tcase_add_test(t, required_and_null_is_missing);
  tcase_add_test(t, secrets_come_from_outside);
  tcase_add_test(t, deprecated_warns);
  tcase_add_test(t, paths_are_absolute);
  tcase_add_test(t, invalid_text_from_the_environment);
  suite_add_tcase(s, t);
  SRunner *runner = srunner_create(s);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? 1 : 0;
}
