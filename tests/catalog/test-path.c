/* SPDX-License-Identifier: BSD-3-Clause */
/* Paths as written, and projections: slots, limits, which path is picked.    */
#include <check.h>
#include <stdio.h>
#include "catalog/path.h"
#include "record-kit.h"

/* ---- paths -------------------------------------------------------------------- */

static void
spell(const ek_path *p, ek_text *t)
{
  for (size_t i = 0; i < p->n; i++) {
    if (i)
      ek_text_char(t, ' ');
    if (p->parts[i].kind == EK_PART_KEY)
      ek_text_str(t, p->parts[i].key);
    else if (p->parts[i].kind == EK_PART_INDEX)
      ek_text_printf(t, "#%zu", p->parts[i].index);
    else
      ek_text_char(t, '*');
  }
}

START_TEST(paths_that_read)
{
  static const struct { const char *path, *parts; } cases[] = {
    { "asin", "asin" }, { "a.b", "a b" }, { "a[0].b", "a #0 b" }, { "a[].b", "a * b" }, { "a[]", "a *" },
    { "a[12][3]", "a #12 #3" }, { "['odd.name']", "odd.name" }, { "[\"it's\"]", "it's" }, { "a['b.c'].d", "a b.c d" },
    { "a['b'][0]", "a b #0" }, { "details.Shipping Weight:", "details Shipping Weight:" }, { "a]b", "a]b" },
    { "x=y", "x=y" }, { "a[999999]", "a #999999" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ek_path p;
    ek_error e = { 0 };
    ek_text t = { 0 };
    ck_assert_msg(ek_path_parse(cases[i].path, &p, &e) == 0, "%s", e.message);
    ck_assert_str_eq(p.text, cases[i].path);
    ck_assert(!p.constant);
    spell(&p, &t);
    ck_assert_str_eq(ek_text_c(&t), cases[i].parts);
    ek_text_free(&t);
    ek_path_clear(&p);
  }
}
END_TEST

START_TEST(constants)
{
  ek_path p;
  ek_error e;
  ck_assert_int_eq(ek_path_parse("=a[.b", &p, &e), 0);
  ck_assert(p.constant && ek_str_eqc(p.value, "a[.b") && p.n == 0);
  ek_path_clear(&p);
  ck_assert_int_eq(ek_path_parse("=", &p, &e), 0);
  ck_assert(p.constant && p.value.len == 0 && p.value.ptr);
  ek_path_clear(&p);
}
END_TEST

START_TEST(paths_that_do_not_read)
{
  static const struct { const char *path; unsigned column; const char *part; } cases[] = {
    { "", 1, "a name is missing" }, { ".a", 1, "missing" }, { "a..b", 3, "missing" }, { "a.", 3, "missing" },
    { "[0]", 1, "begin with a name" }, { "[]", 1, "begin with a name" }, { "a[", 3, "expected a number" },
    { "a[x]", 3, "expected a number" }, { "a[1", 4, "']' is missing" }, { "a[1000000]", 3, "too large" },
    { "a['b", 3, "not closed" }, { "a['b'", 6, "']' is missing" }, { "a['']", 4, "empty" }, { "a[0]b", 5, "expected '.'" },
    { "a.[0]", 3, "missing" }, { "a[-1]", 3, "expected a number" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ek_path p;
    ek_error e = { 0 };
    char column[32];
    snprintf(column, sizeof column, "column %u:", cases[i].column);
    ck_assert_msg(ek_path_parse(cases[i].path, &p, &e) == -1, "'%s' was read", cases[i].path);
    ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
    ck_assert_msg(strstr(e.message, column) && strstr(e.message, cases[i].part), "'%s': %s", cases[i].path, e.message);
  }
  char deep[200] = "a";
  for (int i = 0; i < 40; i++)
    strcat(deep, ".a");
  ek_path p;
  ek_error e;
  ck_assert_int_eq(ek_path_parse(deep, &p, &e), -1);
  ck_assert_ptr_nonnull(strstr(e.message, "32 parts"));
}
END_TEST

/* ---- projections -------------------------------------------------------------- */

START_TEST(slots_and_names)
{
  ek_error e;
  char *paths[] = { "x", "y.z", "=none" };
  const ek_field_rule rule = { .name = "sub", .paths = paths, .n_paths = 3 };
  ek_field_rules rules = { (ek_field_rule *)&rule, 1 };
  ek_projection *p = ek_projection_new(EK_PICK_NON_EMPTY);
  ck_assert_int_eq(ek_projection_use(p, &rules, "sub", &e), 0);
  ck_assert_int_eq(ek_projection_use(p, &rules, "a.b", &e), 1);
  ck_assert_int_eq(ek_projection_use(p, NULL, "sub", &e), 0);
  ck_assert_uint_eq(ek_projection_slots(p), 2);
  ck_assert_str_eq(ek_projection_name(p, 0), "sub");
  ck_assert_uint_eq(ek_projection_paths(p, 0), 3);
  ck_assert_str_eq(ek_projection_path(p, 0, 1), "y.z");
  ck_assert_str_eq(ek_projection_path(p, 1, 0), "a.b");
  ck_assert_int_eq(ek_projection_add(p, "a[", NULL, &e), -1);
  ck_assert_uint_eq(ek_projection_slots(p), 2);
  ek_projection_free(p);
}
END_TEST

START_TEST(limits)
{
  ek_error e;
  ek_projection *p = ek_projection_new(EK_PICK_NON_EMPTY);
  char *paths[33], names[64][16];
  for (int i = 0; i < 33; i++)
    paths[i] = "x";
  ek_field_rule rule = { .name = "many", .paths = paths, .n_paths = 33 };
  ck_assert_int_eq(ek_projection_add(p, "many", &rule, &e), -1);
  ck_assert_ptr_nonnull(strstr(e.message, "33 paths"));
  rule.n_paths = 32;
  ck_assert_int_eq(ek_projection_add(p, "many", &rule, &e), 0);
  for (int i = 1; i < 64; i++) {
    snprintf(names[i], sizeof names[i], "f%d", i);
    ck_assert_int_eq(ek_projection_add(p, names[i], NULL, &e), i);
  }
  ck_assert_int_eq(ek_projection_add(p, "more", NULL, &e), -1);
  ck_assert_ptr_nonnull(strstr(e.message, "'more'"));
  ck_assert_int_eq(ek_projection_add(p, "f63", NULL, &e), 63);
  ek_projection_free(p);
}
END_TEST

/* All 64 slots in one record, so that every key must be told from every other. */
START_TEST(many_keys)
{
  ek_error e;
  ek_projection *p = ek_projection_new(EK_PICK_NON_EMPTY);
  ek_text record = { 0 };
  char name[64];
  ek_text_char(&record, '{');
  for (int i = 0; i < 200; i++) {
    snprintf(name, sizeof name, "%.*s%d%s", i % 19, "a_long_common_prefix", i, i % 3 ? "" : "and_a_long_tail");
    ek_text_printf(&record, "%s\"%s\": %d", i ? ", " : "", name, i);
    if (i % 4 == 0 && i / 4 < 50)
      ck_assert_int_eq(ek_projection_add(p, name, NULL, &e), i / 4);
  }
  ek_text_char(&record, '}');
  kit_block k;
  kit_block_make(&k, (ek_str){ record.data, record.len }, EK_FORMAT_JSONL);
  ek_parser *parser = ek_parser_new(p);
  ek_arena arena = { 0 };
  ek_field fields[64];
  ek_parse_note note;
  ck_assert_int_eq(ek_parser_record(parser, &k.block, &k.span, &arena, fields, &note), 0);
  for (int i = 0; i < 50; i++) {
    snprintf(name, sizeof name, "%d", i * 4);
    ck_assert(fields[i].n == 1 && ek_str_eqc(fields[i].values[0], name));
  }
  ek_arena_free(&arena);
  ek_parser_free(parser);
  kit_block_clear(&k);
  ek_text_free(&record);
  ek_projection_free(p);
}
END_TEST

static void
expect_pick(enum ek_pick pick, const char *record, char **paths, size_t n, int path, const char *said)
{
  ek_error e;
  const ek_field_rule rule = { .name = "f", .paths = paths, .n_paths = n };
  ek_projection *p = ek_projection_new(pick);
  ek_arena arena = { 0 };
  ek_parse_note note;
  ek_field f;
  ek_text t = { 0 };
  ck_assert_int_eq(ek_projection_add(p, "f", &rule, &e), 0);
  ck_assert_msg(ek_literal_record(p, EK_DIALECT_JSON, ek_cstr(record), &arena, &f, &note) == 0, "%s", note.why);
  kit_field(&t, &f);
  ck_assert_msg(f.path == path && strcmp(ek_text_c(&t), said) == 0, "%s: path %d, \"%s\"", record, f.path, ek_text_c(&t));
  ek_text_free(&t);
  ek_arena_free(&arena);
  ek_projection_free(p);
}

START_TEST(picking)
{
  char *abc[] = { "a", "b", "c" }, *constant[] = { "a", "=k", "b" }, *empty[] = { "a", "=", "b" };
  expect_pick(EK_PICK_NON_EMPTY, "{\"b\": \"x\", \"c\": \"y\"}", abc, 3, 1, "S x");
  expect_pick(EK_PICK_NON_EMPTY, "{\"a\": \"\", \"b\": [], \"c\": \"y\"}", abc, 3, 2, "S y");
  expect_pick(EK_PICK_NON_EMPTY, "{\"a\": null, \"b\": [\"\"], \"c\": {\"x\": 1}}", abc, 3, 0, "N");
  expect_pick(EK_PICK_NON_EMPTY, "{\"b\": [\"\", \"z\"]}", abc, 3, 1, "L |z");
  expect_pick(EK_PICK_NON_EMPTY, "{\"c\": false}", abc, 3, 2, "B false");
  expect_pick(EK_PICK_NON_EMPTY, "{}", abc, 3, -1, "-");
  expect_pick(EK_PICK_PRESENT, "{\"a\": \"\", \"b\": \"x\"}", abc, 3, 0, "S ");
  expect_pick(EK_PICK_PRESENT, "{\"b\": null, \"c\": \"y\"}", abc, 3, 1, "N");
  expect_pick(EK_PICK_PRESENT, "{}", abc, 3, -1, "-");
  expect_pick(EK_PICK_NON_EMPTY, "{\"a\": \"\", \"b\": \"x\"}", constant, 3, 1, "S k");
  expect_pick(EK_PICK_PRESENT, "{\"a\": \"\", \"b\": \"x\"}", constant, 3, 0, "S ");
  expect_pick(EK_PICK_PRESENT, "{\"b\": \"x\"}", constant, 3, 1, "S k");
  expect_pick(EK_PICK_NON_EMPTY, "{\"b\": \"x\"}", empty, 3, 2, "S x");
  expect_pick(EK_PICK_NON_EMPTY, "{}", empty, 3, 1, "S ");
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("path");
  TCase *t = tcase_create("paths");
  tcase_add_test(t, paths_that_read);
  tcase_add_test(t, constants);
  tcase_add_test(t, paths_that_do_not_read);
  tcase_add_test(t, slots_and_names);
  tcase_add_test(t, limits);
  tcase_add_test(t, many_keys);
  tcase_add_test(t, picking);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed != 0;
}
