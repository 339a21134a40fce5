/* SPDX-License-Identifier: BSD-3-Clause */
/* Cells, rows, headers and schemas. The doubled forms are what Python's csv module
 * writes (excel and unix dialects with "\n"); the escaped ones are Personalize's.  */
#include <check.h>
#include <stdlib.h>
#include "output/csv.h"

#define S(text) { text, sizeof text - 1 }

typedef struct cell_case { ek_str in; const char *minimal, *all, *minimal_rfc, *all_rfc; } cell_case;

static const cell_case cells[] = {
  { S(""), "", "\"\"", "", "\"\"" },
  { S("Tea"), "Tea", "\"Tea\"", "Tea", "\"Tea\"" },
  { S("Tea, Coffee"), "\"Tea, Coffee\"", "\"Tea, Coffee\"", "\"Tea, Coffee\"", "\"Tea, Coffee\"" },
  { S("6\" pan"), "\"6\\\" pan\"", "\"6\\\" pan\"", "\"6\"\" pan\"", "\"6\"\" pan\"" },
  { S("a\\b"), "\"a\\\\b\"", "\"a\\\\b\"", "a\\b", "\"a\\b\"" },
  { S("\\\""), "\"\\\\\\\"\"", "\"\\\\\\\"\"", "\"\\\"\"\"", "\"\\\"\"\"" },
  { S("\""), "\"\\\"\"", "\"\\\"\"", "\"\"\"\"", "\"\"\"\"" },
  { S("a\nb"), "\"a\nb\"", "\"a\nb\"", "\"a\nb\"", "\"a\nb\"" },
  { S("a\rb"), "\"a\rb\"", "\"a\rb\"", "\"a\rb\"", "\"a\rb\"" },
  { S(" x "), " x ", "\" x \"", " x ", "\" x \"" },
  { S("a\tb;c'd|e"), "a\tb;c'd|e", "\"a\tb;c'd|e\"", "a\tb;c'd|e", "\"a\tb;c'd|e\"" },
  { S("=1+1"), "=1+1", "\"=1+1\"", "=1+1", "\"=1+1\"" },
  { S("Th\xc3\xa9"), "Th\xc3\xa9", "\"Th\xc3\xa9\"", "Th\xc3\xa9", "\"Th\xc3\xa9\"" },
  { S("123456789,"), "\"123456789,\"", "\"123456789,\"", "\"123456789,\"", "\"123456789,\"" },
  { S("1234567,9ab"), "\"1234567,9ab\"", "\"1234567,9ab\"", "\"1234567,9ab\"", "\"1234567,9ab\"" }
};

START_TEST(cell)
{
  const cell_case *c = &cells[_i];
  ek_text t = { 0 };
  ek_csv_cell(&t, c->in, EK_CSV_PERSONALIZE, EK_QUOTE_MINIMAL);
  ck_assert_str_eq(ek_text_c(&t), c->minimal);
  ek_text_clear(&t);
  ek_csv_cell(&t, c->in, EK_CSV_PERSONALIZE, EK_QUOTE_ALL);
  ck_assert_str_eq(ek_text_c(&t), c->all);
  ek_text_clear(&t);
  ek_csv_cell(&t, c->in, EK_CSV_RFC4180, EK_QUOTE_MINIMAL);
  ck_assert_str_eq(ek_text_c(&t), c->minimal_rfc);
  ek_text_clear(&t);
  ek_csv_cell(&t, c->in, EK_CSV_RFC4180, EK_QUOTE_ALL);
  ck_assert_str_eq(ek_text_c(&t), c->all_rfc);
  /* One value is joined as a cell is written. */
  ek_text_clear(&t);
  ek_csv_joined(&t, &c->in, 1, EK_CSV_PERSONALIZE, EK_QUOTE_MINIMAL);
  ck_assert_str_eq(ek_text_c(&t), c->minimal);
  ek_text_free(&t);
}
END_TEST

/* Every special byte at every place of texts of every length up to 20: the scan
 * takes several bytes at once and must miss none. */
START_TEST(every_place)
{
  static const char specials[] = ",\"\\\r\n";
  char in[20];
  for (size_t len = 1; len <= sizeof in; len++)
    for (size_t at = 0; at < len; at++)
      for (const char *c = specials; *c; c++) {
        ek_text t = { 0 };
        memset(in, 'x', len);
        in[at] = *c;
        ek_csv_cell(&t, (ek_str){ in, len }, EK_CSV_PERSONALIZE, EK_QUOTE_MINIMAL);
        size_t escaped = *c == '"' || *c == '\\';
        ck_assert_uint_eq(t.len, len + 2 + escaped);
        ck_assert(t.data[0] == '"' && t.data[t.len - 1] == '"' && t.data[1 + at + escaped] == *c);
        ck_assert(!escaped || t.data[1 + at] == '\\');
        ek_text_free(&t);
      }
}
END_TEST

START_TEST(nul_byte_is_data)
{
  ek_text t = { 0 };
  ek_csv_cell(&t, (ek_str)S("a\0b"), EK_CSV_PERSONALIZE, EK_QUOTE_MINIMAL);
  ck_assert_mem_eq(t.data, "a\0b", 3);
  ck_assert_uint_eq(t.len, 3);
  ek_text_free(&t);
}
END_TEST

START_TEST(joined)
{
  static const ek_str plain[] = { S("Grocery"), S("Tea"), S("Green") }, quoted[] = { S("A"), S("6\" x"), S("b,c") };
  ek_text t = { 0 };
  ek_csv_joined(&t, plain, 3, EK_CSV_PERSONALIZE, EK_QUOTE_MINIMAL);
  ck_assert_str_eq(ek_text_c(&t), "Grocery|Tea|Green");
  ek_text_clear(&t);
  ek_csv_joined(&t, quoted, 3, EK_CSV_PERSONALIZE, EK_QUOTE_MINIMAL);
  ck_assert_str_eq(ek_text_c(&t), "\"A|6\\\" x|b,c\"");
  ek_text_clear(&t);
  ek_csv_joined(&t, quoted, 3, EK_CSV_RFC4180, EK_QUOTE_MINIMAL);
  ck_assert_str_eq(ek_text_c(&t), "\"A|6\"\" x|b,c\"");
  ek_text_clear(&t);
  ek_csv_joined(&t, NULL, 0, EK_CSV_PERSONALIZE, EK_QUOTE_MINIMAL);
  ck_assert_str_eq(ek_text_c(&t), "");
  ek_csv_joined(&t, NULL, 0, EK_CSV_RFC4180, EK_QUOTE_ALL);
  ck_assert_str_eq(ek_text_c(&t), "\"\"");
  ek_text_free(&t);
}
END_TEST

static ek_table_column item_columns[] = {
  { .name = "ITEM_ID", .type = EK_COL_STRING, .fixed = 1 },
  { .name = "CATEGORY", .type = EK_COL_STRING, .slot = -1, .nullable = 1, .categorical = 1, .fixed = 1 },
  { .name = "PRICE", .type = EK_COL_FLOAT, .nullable = 1 },
  { .name = "CREATION_TIMESTAMP", .type = EK_COL_TIMESTAMP, .nullable = 0 },
  { .name = "DESCRIPTION", .type = EK_COL_STRING, .nullable = 1, .textual = 1 },
  { .name = "ADULT", .type = EK_COL_BOOLEAN, .nullable = 1 }
};
static const ek_table items = { .kind = EK_ITEMS, .columns = item_columns, .n = 6, .label_column = 1 };

static ek_table_column event_columns[] = {
  { .name = "USER_ID", .type = EK_COL_STRING, .fixed = 1 },    { .name = "ITEM_ID", .type = EK_COL_STRING, .fixed = 1 },
  { .name = "TIMESTAMP", .type = EK_COL_TIMESTAMP, .fixed = 1 },
  { .name = "EVENT_TYPE", .type = EK_COL_STRING, .fixed = 1 },
  { .name = "EVENT_VALUE", .type = EK_COL_FLOAT, .nullable = 1, .fixed = 1 },
  { .name = "DEVICE", .type = EK_COL_STRING, .nullable = 1, .categorical = 1 }
};
static ek_table events = { .kind = EK_INTERACTIONS, .columns = event_columns, .n = 6, .label_column = -1 };

START_TEST(row)
{
  static const ek_str labels[] = { S("Tea"), S("Green") };
  const ek_cell cut[] = { { .text = S("B\"1") }, { .null = 1 }, { .text = S("5.0"), .number = 1 },
                         { .text = S("1609459200"), .number = 1 }, { .null = 1 }, { .text = S("true"), .number = 1 } };
  ek_text t = { 0 };
  ek_csv_row(&t, &items, cut, labels, 2, EK_CSV_PERSONALIZE, EK_QUOTE_MINIMAL);
  ck_assert_str_eq(ek_text_c(&t), "\"B\\\"1\",Tea|Green,5.0,1609459200,,true\n");
  ek_text_clear(&t);
  ek_csv_row(&t, &items, cut, NULL, 0, EK_CSV_RFC4180, EK_QUOTE_ALL);
  ck_assert_str_eq(ek_text_c(&t), "\"B\"\"1\",\"\",\"5.0\",\"1609459200\",\"\",\"true\"\n");
  ek_text_free(&t);
}
END_TEST

START_TEST(header)
{
  ek_text t = { 0 };
  ek_csv_header(&t, &events, EK_CSV_PERSONALIZE, EK_QUOTE_MINIMAL);
  ck_assert_str_eq(ek_text_c(&t), "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\n");
  ek_text_clear(&t);
  ek_csv_header(&t, &events, EK_CSV_RFC4180, EK_QUOTE_ALL);
  ck_assert_str_eq(ek_text_c(&t), "\"USER_ID\",\"ITEM_ID\",\"TIMESTAMP\",\"EVENT_TYPE\",\"EVENT_VALUE\",\"DEVICE\"\n");
  ek_text_free(&t);
}
END_TEST

#define SCHEMA(name, fields) \
  "{\n  \"type\": \"record\",\n  \"name\": \"" name "\",\n  \"namespace\": \"com.amazonaws.personalize.schema\",\n" \
  "  \"fields\": [\n" fields "  ],\n  \"version\": \"1.0\"\n}\n"

START_TEST(schema_items)
{
  ek_text t = { 0 };
  ek_avro_schema(&t, &items, EK_NO_LABELS_EMPTY);
  ck_assert_str_eq(ek_text_c(&t), SCHEMA("Items",
    "    {\"name\": \"ITEM_ID\", \"type\": \"string\"},\n"
    "    {\"name\": \"CATEGORY\", \"type\": [\"null\", \"string\"], \"categorical\": true},\n"
    "    {\"name\": \"PRICE\", \"type\": [\"null\", \"float\"]},\n"
    "    {\"name\": \"CREATION_TIMESTAMP\", \"type\": \"long\"},\n"
    "    {\"name\": \"DESCRIPTION\", \"type\": [\"null\", \"string\"], \"textual\": true},\n"
    "    {\"name\": \"ADULT\", \"type\": [\"null\", \"boolean\"]}\n"));
  ek_text_clear(&t);
  ek_avro_schema(&t, &items, EK_NO_LABELS_REQUIRED);
  ck_assert_ptr_nonnull(strstr(ek_text_c(&t), "{\"name\": \"CATEGORY\", \"type\": \"string\", \"categorical\": true}"));
  ek_text_free(&t);
}
END_TEST

START_TEST(schema_interactions)
{
  ek_text t = { 0 };
  ek_avro_schema(&t, &events, EK_NO_LABELS_EMPTY);
  ck_assert_str_eq(ek_text_c(&t), SCHEMA("Interactions",
    "    {\"name\": \"USER_ID\", \"type\": \"string\"},\n    {\"name\": \"ITEM_ID\", \"type\": \"string\"},\n"
    "    {\"name\": \"TIMESTAMP\", \"type\": \"long\"},\n    {\"name\": \"EVENT_TYPE\", \"type\": \"string\"},\n"
    "    {\"name\": \"EVENT_VALUE\", \"type\": [\"float\", \"null\"]},\n"
    "    {\"name\": \"DEVICE\", \"type\": [\"null\", \"string\"], \"categorical\": true}\n"));
  /* The notebook's schema: float alone, since a missing value is nan there. */
  ek_table notebook = events;
  notebook.python_floats = 1;
  ek_text_clear(&t);
  ek_avro_schema(&t, &notebook, EK_NO_LABELS_REQUIRED);
  ck_assert_ptr_nonnull(strstr(ek_text_c(&t), "{\"name\": \"EVENT_VALUE\", \"type\": \"float\"}"));
  ek_text_free(&t);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("csv");
  TCase *c = tcase_create("csv");
  tcase_add_loop_test(c, cell, 0, (int)(sizeof cells / sizeof *cells));
  tcase_add_test(c, every_place);
  tcase_add_test(c, nul_byte_is_data);
  tcase_add_test(c, joined);
  tcase_add_test(c, row);
  tcase_add_test(c, header);
  tcase_add_test(c, schema_items);
  tcase_add_test(c, schema_interactions);
  suite_add_tcase(s, c);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
