/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables: Personalize's rules on columns, ids, and fields as cells.           */
#include <check.h>
#include <stdio.h>
#include "catalog/table.h"
#include "record-kit.h"

/* ---- settings as the configuration's defaults make them ------------------------ */

static char *item_ids[] = { "ITEM_ID", "asin", "id" }, *prices[] = { "price" }, *users[] = { "user" }, *items[] = { "item" },
            *times[] = { "time" }, *types[] = { "EVENT_TYPE", "event", "=interaction" }, *values[] = { "EVENT_VALUE", "overall" },
            *nan_values[] = { "overall", "price", "=nan" };
static ek_field_rule item_rules[] = { { "id", item_ids, 3, { 0 } }, { "price", prices, 1, { 0 } } };
static ek_field_rule event_rules[] = { { "user", users, 1, { 0 } }, { "item", items, 1, { 0 } }, { "time", times, 1, { 0 } },
                                       { "event_type", types, 3, { 0 } }, { "event_value", values, 2, { 0 } } };
static ek_field_rule nan_rules[] = { { "user", users, 1, { 0 } }, { "item", items, 1, { 0 } }, { "time", times, 1, { 0 } },
                                     { "event_type", types, 3, { 0 } }, { "event_value", nan_values, 3, { 0 } } };

static ek_settings
settings(void)
{
  ek_settings s = { 0 };
  s.catalog.fields[EK_ITEMS] = (ek_field_rules){ item_rules, 2 };
  s.catalog.fields[EK_INTERACTIONS] = (ek_field_rules){ event_rules, 5 };
  s.catalog.fields[EK_USERS] = (ek_field_rules){ item_rules, 1 };
  s.output.label_column = "CATEGORY";
  return s;
}

/* ---- rows ---------------------------------------------------------------------- */

/* The cells of one record joined by '#', "~" for a null, "!" before a number; or
 * "reason: why". */
static void
row(enum ek_record_kind kind, const ek_settings *s, const char *record, uint64_t *nulled, ek_text *said)
{
  ek_table t;
  ek_error e = { 0 };
  ek_arena arena = { 0 };
  ek_field fields[64];
  ek_cell cells[64];
  ek_parse_note note;
  ek_refusal why = { "", "" };
  ek_str id;
  ek_projection *p = ek_projection_new(s->catalog.pick);
  ck_assert_msg(ek_table_make(&t, kind, s, p, &e) == 0, "%s", e.message);
  ck_assert_msg(ek_literal_record(p, EK_DIALECT_JSON, ek_cstr(record), &arena, fields, &note) == 0, "%s", note.why);
  if (ek_table_row(&t, fields, &arena, &id, cells, nulled, &why) < 0)
    ek_text_printf(said, "%s: %s", why.reason, why.why);
  else
    for (size_t i = 0; i < t.n; i++) {
      if (i)
        ek_text_char(said, '#');
      if ((int)i == t.label_column)
        ek_text_char(said, '*');
      else if (cells[i].null) {
        ck_assert(t.columns[i].nullable && cells[i].text.len == 0);
        ek_text_char(said, '~');
      } else {
        ek_text_cstr(said, cells[i].number ? "!" : "");
        ek_text_str(said, cells[i].text);
      }
    }
  ek_table_clear(&t);
  ek_projection_free(p);
  ek_arena_free(&arena);
}

static void
expect_row(enum ek_record_kind kind, const ek_settings *s, const char *record, const char *expected)
{
  ek_text said = { 0 };
  uint64_t nulled[64] = { 0 };
  row(kind, s, record, nulled, &said);
  ck_assert_msg(strncmp(ek_text_c(&said), expected, strlen(expected)) == 0 &&
                    (strchr(expected, ':') || strlen(expected) == said.len),
                "%s: \"%s\", not \"%s\"", record, ek_text_c(&said), expected);
  ek_text_free(&said);
}

START_TEST(item_ids_are_judged)
{
  static const struct { const char *record, *expected; } cases[] = {
    { "{\"asin\": \"B1\"}", "B1#*" },
    { "{\"asin\": 17}", "17#*" },
    { "{\"asin\": 12345678901234567890123}", "12345678901234567890123#*" },
    { "{\"asin\": \"\"}", "no_id: ITEM_ID: the id is empty" },
    { "{\"asin\": null}", "no_id: ITEM_ID: the id is null" },
    { "{\"x\": 1}", "no_id: ITEM_ID: the record has none" },
    { "{\"asin\": 1.5}", "bad_id: ITEM_ID: the id is a number with a fraction or an exponent: '1.5'" },
    { "{\"asin\": 5.0}", "bad_id:" },
    { "{\"asin\": 1e3}", "bad_id:" },
    { "{\"asin\": true}", "bad_id: ITEM_ID: the id is a truth value: 'true'" },
    { "{\"asin\": [\"B1\"]}", "bad_id: ITEM_ID: the id is a list" },
    { "{\"asin\": {\"x\": 1}}", "bad_id: ITEM_ID: the id is an object" },
    { "{\"asin\": \"a\\u0000b\"}", "bad_id: ITEM_ID: the id holds a NUL character: 'a\\x00b'" },
    { "{\"asin\": \"\", \"id\": \"B2\"}", "B2#*" },
    { "{\"asin\": [], \"id\": 3}", "3#*" },
  };
  ek_settings s = settings();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    expect_row(EK_ITEMS, &s, cases[i].record, cases[i].expected);
}
END_TEST

START_TEST(ids_of_256_characters)
{
  ek_settings s = settings();
  ek_text said = { 0 };
  for (int n = 256; n <= 257; n++) {
    ek_text t = { 0 };
    ek_text_cstr(&t, "{\"asin\": \"");
    for (int i = 0; i < n; i++)
      ek_text_cstr(&t, "\xe2\x82\xac");
    ek_text_cstr(&t, "\"}");
    ek_text_clear(&said);
    row(EK_ITEMS, &s, ek_text_c(&t), NULL, &said);
    if (n == 256)
      ck_assert_uint_eq(said.len, 256 * 3 + 2);
    else
      ck_assert_ptr_nonnull(strstr(ek_text_c(&said), "bad_id: ITEM_ID: the id has more than 256 characters: '\xe2\x82\xac"));
    ek_text_free(&t);
  }
  ek_text_free(&said);
}
END_TEST

START_TEST(events)
{
  static const struct { const char *record, *expected; } cases[] = {
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1400000000, \"overall\": 5.0}", "U#I#!1400000000#interaction#!5.0" },
    { "{\"user\": 1, \"item\": 2, \"time\": \"1400000000\", \"overall\": 4, \"event\": \"buy\"}", "1#2#!1400000000#buy#!4.0" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1400000000123}", "U#I#!1400000000#interaction#~" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 99999999999}", "U#I#!99999999999#interaction#~" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 100000000000}", "U#I#!100000000#interaction#~" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1400000000.75}", "U#I#!1400000000#interaction#~" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1.4e9, \"overall\": \"3.50\"}", "U#I#!1400000000#interaction#!3.5" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": \" 007 \", \"overall\": \"good\"}", "U#I#!7#interaction#~" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": \"2014-05-13T16:53:20Z\", \"overall\": \"\"}", "U#I#!1400000000#interaction#~" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": -5, \"overall\": null}", "U#I#!-5#interaction#~" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1, \"event\": [\"x\"]}", "bad_value: EVENT_TYPE: it is a list or an object: 'x'" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": \"soon\"}", "bad_value: TIMESTAMP: it is neither a number nor an ISO 8601 date: 'soon'" },
    { "{\"user\": \"U\", \"item\": \"I\"}", "bad_value: TIMESTAMP: there is none" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": true}", "bad_value: TIMESTAMP:" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1e40}", "bad_value: TIMESTAMP:" },
    { "{\"user\": \"U\", \"time\": 1}", "no_id: ITEM_ID: the record has none" },
    { "{\"item\": \"I\", \"time\": 1}", "no_id: USER_ID: the record has none" },
    { "{\"user\": false, \"item\": \"I\", \"time\": 1}", "bad_id: USER_ID" },
  };
  ek_settings s = settings();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    expect_row(EK_INTERACTIONS, &s, cases[i].record, cases[i].expected);
}
END_TEST

START_TEST(events_as_the_notebook)
{
  static const struct { const char *record, *expected; } cases[] = {
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1400000000123, \"overall\": 5}", "U#I#!1400000000123#interaction#!5.0" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1}", "U#I#!1#interaction#!nan" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1, \"price\": \"1e-7\"}", "U#I#!1#interaction#!1e-07" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1, \"overall\": \"-Infinity\"}", "U#I#!1#interaction#!-inf" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1, \"overall\": NaN}", "U#I#!1#interaction#!nan" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1, \"overall\": true}", "U#I#!1#interaction#!1.0" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1, \"overall\": \"$5\"}", "bad_value: EVENT_VALUE: it is no number: '$5'" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1, \"overall\": null}", "bad_value: EVENT_VALUE:" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": 1, \"overall\": \"\"}", "bad_value: EVENT_VALUE:" },
    { "{\"user\": \"U\", \"item\": \"I\", \"time\": \"2014-05-13\", \"overall\": 1}", "bad_value: TIMESTAMP: it is no number" },
  };
  ek_settings s = settings();
  s.catalog.pick = EK_PICK_PRESENT;
  s.catalog.time_unit = EK_TIME_S;
  s.catalog.fields[EK_INTERACTIONS] = (ek_field_rules){ nan_rules, 5 };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    expect_row(EK_INTERACTIONS, &s, cases[i].record, cases[i].expected);
  s.catalog.time_unit = EK_TIME_MS;
  expect_row(EK_INTERACTIONS, &s, "{\"user\": \"U\", \"item\": \"I\", \"time\": 1999, \"overall\": 1}", "U#I#!1#interaction#!1.0");
}
END_TEST

/* One column of each type, in JSON's spelling of what stands in the record. */
START_TEST(conversions)
{
  static const struct { enum ek_column_type type; const char *value, *cell; int nulled; } cases[] = {
    { EK_COL_FLOAT, "9.99", "!9.99", 0 }, { EK_COL_FLOAT, "9", "!9.0", 0 }, { EK_COL_FLOAT, "\"$9.99\"", "!9.99", 0 },
    { EK_COL_FLOAT, "\"9.90 \xe2\x82\xac\"", "!9.9", 0 }, { EK_COL_FLOAT, "\"-$1,234,567.89\"", "!-1234567.89", 0 },
    { EK_COL_FLOAT, "\"$ 1,000\"", "!1000.0", 0 }, { EK_COL_FLOAT, "\"\xc2\xa3\xc2\xa0" "12.00\"", "!12.0", 0 },
    { EK_COL_FLOAT, "\"12,50\"", "~", 1 }, { EK_COL_FLOAT, "\"1,23,456\"", "~", 1 }, { EK_COL_FLOAT, "\",100\"", "~", 1 },
    { EK_COL_FLOAT, "\"1.5,000\"", "~", 1 }, { EK_COL_FLOAT, "\"$\"", "~", 1 }, { EK_COL_FLOAT, "\"--5\"", "~", 1 },
    { EK_COL_FLOAT, "\".a-box-inner{background:#fff}\"", "~", 1 }, { EK_COL_FLOAT, "\"$5 - $9\"", "~", 1 },
    { EK_COL_FLOAT, "NaN", "~", 1 }, { EK_COL_FLOAT, "1e999", "~", 1 }, { EK_COL_FLOAT, "\"\"", "~", 0 },
    { EK_COL_FLOAT, "null", "~", 0 }, { EK_COL_FLOAT, "[]", "~", 0 }, { EK_COL_FLOAT, "[3]", "!3.0", 0 },
    { EK_COL_FLOAT, "[3, 4]", "~", 1 }, { EK_COL_FLOAT, "{}", "~", 1 }, { EK_COL_FLOAT, "true", "~", 1 },
    { EK_COL_FLOAT, "0.00001", "!1e-05", 0 }, { EK_COL_FLOAT, "0.0001", "!0.0001", 0 }, { EK_COL_FLOAT, "0.00", "!0.0", 0 },
    { EK_COL_FLOAT, "-0.0", "!-0.0", 0 }, { EK_COL_FLOAT, "1e16", "!1e+16", 0 }, { EK_COL_FLOAT, "100000000000000", "!100000000000000.0", 0 },
    { EK_COL_FLOAT, "12345678901234567890", "!1.2345678901234567e+19", 0 }, { EK_COL_FLOAT, "0.1234567890123456789", "!0.12345678901234568", 0 },
    { EK_COL_FLOAT, "\"007.50\"", "!7.5", 0 }, { EK_COL_DOUBLE, "1.10", "!1.1", 0 },
    { EK_COL_INT, "2147483647", "!2147483647", 0 }, { EK_COL_INT, "2147483648", "~", 1 }, { EK_COL_INT, "\"+5\"", "!5", 0 },
    { EK_COL_INT, "5.0", "!5", 0 }, { EK_COL_INT, "5.5", "~", 1 }, { EK_COL_INT, "\"x\"", "~", 1 }, { EK_COL_INT, "\"0012\"", "!12", 0 },
    { EK_COL_LONG, "9223372036854775807", "!9223372036854775807", 0 }, { EK_COL_LONG, "9223372036854775808", "~", 1 },
    { EK_COL_LONG, "-12", "!-12", 0 },
    { EK_COL_BOOLEAN, "true", "!true", 0 }, { EK_COL_BOOLEAN, "\"False\"", "!false", 0 }, { EK_COL_BOOLEAN, "1", "!true", 0 },
    { EK_COL_BOOLEAN, "\"yes\"", "~", 1 }, { EK_COL_BOOLEAN, "\"tru\"", "~", 1 }, { EK_COL_BOOLEAN, "\"truex\"", "~", 1 },
    { EK_COL_TIMESTAMP, "1400000000123", "!1400000000", 0 }, { EK_COL_TIMESTAMP, "\"2014-05-13 16:53:20\"", "!1400000000", 0 },
    { EK_COL_TIMESTAMP, "\"yesterday\"", "~", 1 },
    { EK_COL_STRING, "\"x\"", "x", 0 }, { EK_COL_STRING, "[\"x\", \"\", \"y\"]", "x|y", 0 }, { EK_COL_STRING, "\"\"", "~", 0 },
    { EK_COL_STRING, "12.50", "12.50", 0 }, { EK_COL_STRING, "false", "false", 0 }, { EK_COL_STRING, "{\"x\": 1}", "~", 1 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ek_column column = { .name = "X", .field = "x", .type = cases[i].type, .nullable = 1 };
    ek_settings s = settings();
    s.catalog.columns[EK_ITEMS] = &column;
    s.catalog.n_columns[EK_ITEMS] = 1;
    char record[256], expected[256];
    uint64_t nulled[64] = { 0 };
    ek_text said = { 0 };
    snprintf(record, sizeof record, "{\"id\": \"A\", \"x\": %s}", cases[i].value);
    snprintf(expected, sizeof expected, "A#*#%s", cases[i].cell);
    row(EK_ITEMS, &s, record, nulled, &said);
    ck_assert_msg(strcmp(ek_text_c(&said), expected) == 0, "%s: \"%s\", not \"%s\"", record, ek_text_c(&said), expected);
    ck_assert_msg(nulled[2] == (uint64_t)cases[i].nulled, "%s: %d nulled", record, (int)nulled[2]);
    column.nullable = 0;
    ek_text_clear(&said);
    row(EK_ITEMS, &s, record, NULL, &said);
    ck_assert_msg((strncmp(ek_text_c(&said), "bad_value: X: ", 14) == 0) == (*cases[i].cell == '~'), "%s: %s", record, ek_text_c(&said));
    ek_text_free(&said);
  }
}
END_TEST

START_TEST(textual_lists_are_joined_by_blanks)
{
  ek_column column = { .name = "DESCRIPTION", .field = "x", .type = EK_COL_STRING, .nullable = 1, .textual = 1 };
  ek_settings s = settings();
  s.catalog.columns[EK_ITEMS] = &column;
  s.catalog.n_columns[EK_ITEMS] = 1;
  expect_row(EK_ITEMS, &s, "{\"id\": 1, \"x\": [\"One.\", \"Two.\"]}", "1#*#One. Two.");
}
END_TEST

/* ---- columns -------------------------------------------------------------------- */

static void
expect_columns(enum ek_record_kind kind, ek_column *list, size_t n, const char *part)
{
  ek_settings s = settings();
  ek_table t;
  ek_error e = { 0 };
  ek_projection *p = ek_projection_new(EK_PICK_NON_EMPTY);
  for (size_t i = 0; i < n; i++)
    list[i].place = (ek_place){ .file = "chain.yaml", .line = 7, .column = 3 };
  s.catalog.columns[kind] = list;
  s.catalog.n_columns[kind] = n;
  int r = ek_table_make(&t, kind, &s, p, &e);
  if (part) {
    ck_assert_msg(r == -1 && strstr(e.message, part), "%s: %s", list->name, r ? e.message : "taken");
    ck_assert_str_eq(e.file, "chain.yaml");
    ck_assert_uint_eq(e.line, 7);
    ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  } else
    ck_assert_msg(r == 0, "%s: %s", list->name, e.message);
  ek_table_clear(&t);
  ek_projection_free(p);
}

static void
expect_column(enum ek_record_kind kind, ek_column c, const char *part)
{
  c.field = c.field ? c.field : "x";
  expect_columns(kind, &c, 1, part);
}

START_TEST(column_rules)
{
  char *long_name = ek_mem_alloc(152);
  memset(long_name, 'A', 151);
  long_name[151] = 0;
  expect_column(EK_ITEMS, (ek_column){ .name = "PRICE_1", .type = EK_COL_FLOAT }, NULL);
  expect_column(EK_ITEMS, (ek_column){ .name = "" }, "no name");
  expect_column(EK_ITEMS, (ek_column){ .name = "1A" }, "digit");
  expect_column(EK_ITEMS, (ek_column){ .name = "A-B" }, "character");
  expect_column(EK_ITEMS, (ek_column){ .name = "PR\xc3\x89" }, "character");
  expect_column(EK_ITEMS, (ek_column){ .name = long_name }, "150");
  expect_column(EK_ITEMS, (ek_column){ .name = long_name + 1 }, NULL);
  expect_column(EK_ITEMS, (ek_column){ .name = "ITEM_ID" }, "always there");
  expect_column(EK_ITEMS, (ek_column){ .name = "CATEGORY" }, "always there");
  expect_column(EK_ITEMS, (ek_column){ .name = "ITEMID" }, "underscores");
  expect_column(EK_ITEMS, (ek_column){ .name = "CATEGORY_" }, "underscores");
  expect_column(EK_ITEMS, (ek_column){ .name = "X", .field = "a[" }, "column 3");
  expect_column(EK_ITEMS, (ek_column){ .name = "X", .textual = 1 }, NULL);
  expect_column(EK_USERS, (ek_column){ .name = "X", .textual = 1 }, "only columns of items");
  expect_column(EK_INTERACTIONS, (ek_column){ .name = "X", .textual = 1 }, "only columns of items");
  expect_column(EK_ITEMS, (ek_column){ .name = "X", .textual = 1, .type = EK_COL_FLOAT }, "no string");
  expect_column(EK_ITEMS, (ek_column){ .name = "X", .categorical = 1, .type = EK_COL_LONG }, "no string");
  expect_column(EK_ITEMS, (ek_column){ .name = "CREATION_TIMESTAMP", .type = EK_COL_TIMESTAMP }, NULL);
  expect_column(EK_ITEMS, (ek_column){ .name = "CREATION_TIMESTAMP", .type = EK_COL_LONG }, NULL);
  expect_column(EK_ITEMS, (ek_column){ .name = "CREATION_TIMESTAMP" }, "not the type");
  expect_column(EK_ITEMS, (ek_column){ .name = "EVENT_VALUE", .type = EK_COL_DOUBLE }, "not the type");
  expect_column(EK_INTERACTIONS, (ek_column){ .name = "IMPRESSION", .categorical = 1 }, "neither categorical");
  expect_column(EK_INTERACTIONS, (ek_column){ .name = "EVENT_TYPE" }, "always there");
  expect_column(EK_INTERACTIONS, (ek_column){ .name = "TIME_STAMP", .type = EK_COL_LONG }, "underscores");
  ek_column twice[] = { { .name = "A_B", .field = "x" }, { .name = "AB", .field = "y" } };
  expect_columns(EK_ITEMS, twice, 2, "underscores");
  free(long_name);
}
END_TEST

START_TEST(column_counts)
{
  static const struct { enum ek_record_kind kind; size_t max; } cases[] = { { EK_ITEMS, 99 }, { EK_USERS, 25 }, { EK_INTERACTIONS, 5 } };
  ek_column list[101];
  char names[101][8];
  for (size_t i = 0; i < 101; i++) {
    snprintf(names[i], sizeof names[i], "C%zu", i);
    list[i] = (ek_column){ .name = names[i], .field = i % 2 ? "x" : "y", .nullable = 1 };
  }
  for (size_t i = 0; i < 3; i++) {
    expect_columns(cases[i].kind, list, cases[i].max, NULL);
    expect_columns(cases[i].kind, list, cases[i].max + 1, "Personalize takes at most");
  }
}
END_TEST

START_TEST(label_columns)
{
  static const struct { const char *name, *part; } cases[] = {
    { "GENRES", NULL }, { "ITEM_ID", "always there" }, { "CREATION_TIMESTAMP", "meaning of its own" }, { "A B", "character" },
  };
  for (size_t i = 0; i < 4; i++) {
    ek_settings s = settings();
    ek_table t;
    ek_error e = { 0 };
    ek_projection *p = ek_projection_new(EK_PICK_NON_EMPTY);
    s.output.label_column = (char *)cases[i].name;
    s.output.no_labels = EK_NO_LABELS_REQUIRED;
    int r = ek_table_make(&t, EK_ITEMS, &s, p, &e);
    ck_assert_msg(cases[i].part ? r < 0 && strstr(e.message, cases[i].part) : r == 0, "%s: %s", cases[i].name, e.message);
    if (r == 0)
      ck_assert(t.label_column == 1 && t.columns[1].categorical && !t.columns[1].nullable && t.columns[1].slot == -1);
    ek_table_clear(&t);
    ek_projection_free(p);
  }
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("table");
  TCase *t = tcase_create("table");
  tcase_add_test(t, item_ids_are_judged);
  tcase_add_test(t, ids_of_256_characters);
  tcase_add_test(t, events);
  tcase_add_test(t, events_as_the_notebook);
  tcase_add_test(t, conversions);
  tcase_add_test(t, textual_lists_are_joined_by_blanks);
  tcase_add_test(t, column_rules);
  tcase_add_test(t, column_counts);
  tcase_add_test(t, label_columns);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed != 0;
}
