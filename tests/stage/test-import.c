/* SPDX-License-Identifier: BSD-3-Clause */
/* Imports: what is taken, what is refused with file and line, and that nothing changes
 * when it is refused, stopped or killed.                                     */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "import-kit.h"

#define OK(result) ck_assert_msg((result) == 0, "%s:%d: %s", kit_error.file, (int)kit_error.line, kit_error.message)
#define REFUSED(result) ck_assert_int_eq((result), -1)

static void
expect(const char *code, int error, const char *file, uint64_t line, const char *says)
{
  const ek_violation *v = kit_found(code);
  ck_assert_msg(v != NULL, "no %s; %s", code, kit_result.n_violations ? kit_result.violations[0].message : kit_error.message);
  ck_assert_int_eq(v->error, error);
  ck_assert_str_eq(v->file, file);
  ck_assert_uint_eq(v->line, line);
  ck_assert_msg(strstr(v->message, says) != NULL, "%s", v->message);
}

/* ---- what is taken ---- */

START_TEST(full_import)
{
  kit_interactions("x.csv", 100, 12, 50, NULL);
  kit_items("items.csv", 50, NULL);
  kit_put("users.csv", "USER_ID,AGE,KIND\nu0,20,a\nu1,,b\nu2,31,\nu3,7,c\n");
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json", .interactions = "x.csv", .users = "users.csv"));
  ck_assert_uint_eq(kit_result.n_jobs, 3);
  for (size_t i = 0; i < 3; i++)
    ck_assert_str_eq(kit_result.jobs[i].status, "ACTIVE");
  ck_assert_uint_eq(kit_result.jobs[1].rows, 1200);
  ck_assert_uint_eq(kit_result.n_violations, 0);
  ck_assert_int_eq(kit_ask("SELECT rows FROM dataset WHERE type = 'Interactions'"), 1200);
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s WHERE c1 LIKE 'c%|d%' AND c2 = n + 0.5"), 50);
  ck_assert_int_eq(kit_ask_rows("Users", "SELECT count(*) FROM %s WHERE c1 IS NULL AND typeof(c1) = 'null'"), 1);
  ck_assert_int_eq(kit_ask_rows("Users", "SELECT sum(c1) FROM %s"), 58);
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM import_job WHERE status = 'ACTIVE' AND mode = 'FULL'"), 3);
}
END_TEST

START_TEST(history_in_order_of_time_and_line)
{
  char **items;
  kit_interactions("x.csv", 100, 12, 50, "me,b,1400000000\nme,c,1300000000\nme,a,1400000000\nme,d,1400000001\nme,b,1300000000\n");
  OK(IMPORT(.interactions = "x.csv"));
  ek_group *g = ek_group_open("st", "shop", EK_GROUP_READ, &kit_error);
  size_t n = ek_group_history(g, ek_cstr("me"), &items, &kit_error);
  ck_assert_uint_eq(n, 5);
  ck_assert_str_eq(items[0], "c");
  ck_assert_str_eq(items[1], "b");
  ck_assert_str_eq(items[2], "b");
  ck_assert_str_eq(items[3], "a");
  ck_assert_str_eq(items[4], "d");
  ek_history_free(items, n);
  ck_assert_uint_eq(ek_group_history(g, ek_cstr("nobody"), &items, &kit_error), 0);
  ck_assert_int_eq(kit_error.status, 0);
  ek_group_close(g);
}
END_TEST

START_TEST(full_replaces)
{
  kit_interactions("x.csv", 100, 12, 50, NULL);
  kit_interactions("y.csv", 40, 30, 20, NULL);
  OK(IMPORT(.interactions = "x.csv"));
  OK(IMPORT(.interactions = "y.csv"));
  ck_assert_int_eq(kit_ask("SELECT rows FROM dataset"), 1200);
  ck_assert_int_eq(kit_ask_rows("Interactions", "SELECT count(DISTINCT c0) FROM %s"), 40);
  /* The old tables are gone. */
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM sqlite_master WHERE name LIKE 'rows@_%' ESCAPE '@' AND type = 'table'"), 1);
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM sqlite_master WHERE name LIKE 'users@_%' ESCAPE '@' AND type = 'table'"), 1);
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM import_job"), 2);
}
END_TEST

START_TEST(incremental_appends_and_upserts)
{
  kit_interactions("x.csv", 100, 12, 50, NULL);
  kit_items("items.csv", 50, NULL);
  kit_put("more.csv", "USER_ID,ITEM_ID,TIMESTAMP\nu0,i1,1500000000\nnew,brandnew,1500000001\n");
  kit_put("more-items.csv", "ITEM_ID,CATEGORY,PRICE\ni3,changed,\nbrandnew,z,9\ni3,again,1\n");
  OK(IMPORT(.interactions = "x.csv", .items = "items.csv", .items_schema = "items.schema.json"));
  OK(IMPORT(.interactions = "more.csv", .items = "more-items.csv", .items_schema = "items.schema.json", .incremental = 1));
  expect("duplicate_id", 0, "more-items.csv", 4, "item 'i3' stands in line 2 already; the last row counts");
  ck_assert_int_eq(kit_ask("SELECT rows FROM dataset WHERE type = 'Interactions'"), 1202);
  ck_assert_int_eq(kit_ask("SELECT rows FROM dataset WHERE type = 'Items'"), 51);
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s"), 51);
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s WHERE c0 = 'i3' AND c1 = 'again' AND c2 = 1 AND n = 3"), 1);
  ck_assert_int_eq(kit_ask_rows("Interactions", "SELECT c0 FROM %s WHERE n = 1202"), 100);
  OK(IMPORT(.interactions = "more.csv", .incremental = 1));
  ck_assert_int_eq(kit_ask_rows("Interactions", "SELECT count(*) FROM %s WHERE c0 = 100 AND c1 = 50"), 2);
}
END_TEST

START_TEST(duplicates_of_items)
{
  kit_items("items.csv", 30, "i3,last,2.5\n");
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  expect("duplicate_id", 0, "items.csv", 32, "line 5 already");
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s"), 30);
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s WHERE c1 = 'last'"), 1);
  ck_assert_int_eq(kit_ask("SELECT rows FROM dataset"), 30);
}
END_TEST

START_TEST(both_styles)
{
  kit_put("a.csv", "ITEM_ID,CATEGORY,PRICE\n\"i,1\",\"say \\\"hi\\\"|b\\\\c\",1\ni2,\"x\ny\",2\n");
  kit_put("b.csv", "\"ITEM_ID\",\"CATEGORY\",\"PRICE\"\r\n\"i,1\",\"say \"\"hi\"\"|b\\c\",\"1\"\r\n\"i2\",\"x\ny\",\"2\"\r\n");
  OK(IMPORT(.items = "a.csv", .items_schema = "items.schema.json"));
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s WHERE c0 = 'i,1' AND c1 = 'say \"hi\"|b\\c' OR c1 = 'x' || char(10) || 'y'"), 2);
  OK(IMPORT(.items = "b.csv", .items_schema = "items.schema.json"));
  expect("quoted_header", 0, "b.csv", 1, "names without quotes");
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s WHERE c0 = 'i,1' AND c1 = 'say \"hi\"|b\\c' OR c1 = 'x' || char(10) || 'y'"), 2);
}
END_TEST

/* ---- rows that break a rule ---- */

#define LONG10 "xxxxxxxxxx"
#define LONG100 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10
#define LONG1000 LONG100 LONG100 LONG100 LONG100 LONG100 LONG100 LONG100 LONG100 LONG100 LONG100

static const struct { const char *row, *code, *says; int error; } item_rows[] = {
  { "i90,a\n", "cell_count", "2 cells; the header has 3", 1 },
  { "i90,a,1,2\n", "cell_count", "4 cells; the header has 3", 1 },
  { ",a,1\n", "empty_cell", "ITEM_ID '' is empty", 1 },
  { "\"\",a,1\n", "empty_cell", "ITEM_ID '' is empty", 1 },
  { LONG100 LONG100 LONG10 LONG10 LONG10 LONG10 LONG10 "1234567,a,1\n", "long_id", "longer than 256", 1 },
  { "i90," LONG1000 ",1\n", NULL, NULL, 0 },
  { "i90," LONG1000 "\xc3\xa9,1\n", "long_category", "longer than 1,000", 1 },
  { "i90,a,cheap\n", "bad_number", "PRICE 'cheap' is no number", 1 },
  { "i90,a,1e300\n", "bad_number", "does not fit a float", 1 },
  { "i90,a,nan\n", "not_finite", "PRICE 'nan'", 0 },
  { "i90,a,\n", NULL, NULL, 0 },
  { "i90,,1\n", NULL, NULL, 0 },
  { "i90,ITEM_ID,1\n", "reserved_word", "CATEGORY 'ITEM_ID' is a reserved word", 0 },
  { "i90,a\xff,1\n", "not_utf8", "not UTF-8", 1 },
  { "i90,\"open,1\n", "open_quote", "never closed", 1 },
  { "i90,\xe2\x80\xae,1\n", NULL, NULL, 0 },
};

START_TEST(item_row)
{
  kit_items("items.csv", 40, item_rows[_i].row);
  int result = IMPORT(.items = "items.csv", .items_schema = "items.schema.json");
  ck_assert_msg(result == (item_rows[_i].error ? -1 : 0), "%s", kit_error.message);
  if (item_rows[_i].code)
    expect(item_rows[_i].code, item_rows[_i].error, "items.csv", 42, item_rows[_i].says);
  else
    ck_assert_uint_eq(kit_result.n_violations, 0);
  if (item_rows[_i].error) {
    ck_assert_str_eq(kit_error.code, "bad_data");
    ck_assert_int_eq(kit_error.status, EK_EXIT_REFUSED);
    ck_assert_uint_eq(kit_error.line, 42);
    ck_assert_str_eq(kit_result.jobs[0].status, "CREATE FAILED");
    ck_assert_int_eq(kit_ask("SELECT count(*) FROM dataset"), 0);
    ck_assert_int_eq(kit_ask("SELECT count(*) FROM import_job WHERE status = 'CREATE FAILED' AND errors = 1"), 1);
  }
}
END_TEST

static const struct { const char *row, *code, *says; } event_rows[] = {
  { "u1,i1,1400000000123\n", "milliseconds", "divide by 1000" },
  { "u1,i1,2014-05-13\n", "bad_time", "TIMESTAMP '2014-05-13' is no time" },
  { "u1,i1,-5\n", "bad_time", "before 1970" },
  { "u1,i1,1400000000.5\n", "bad_time", "is no time" },
  { "u1,i1,\n", "empty_cell", "TIMESTAMP '' is empty" },
  { "u1,,1400000000\n", "empty_cell", "ITEM_ID '' is empty" },
};

START_TEST(event_row)
{
  kit_interactions("x.csv", 100, 12, 50, event_rows[_i].row);
  REFUSED(IMPORT(.interactions = "x.csv"));
  expect(event_rows[_i].code, 1, "x.csv", 1202, event_rows[_i].says);
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM dataset"), 0);
}
END_TEST

START_TEST(types_of_all_kinds)
{
  kit_put("s.json", "{\"type\": \"record\", \"name\": \"Items\", \"fields\": [{\"name\": \"ITEM_ID\", \"type\": \"string\"},"
          "{\"name\": \"I\", \"type\": \"int\"}, {\"name\": \"L\", \"type\": \"long\"}, {\"name\": \"D\", \"type\": \"double\"},"
          "{\"name\": \"B\", \"type\": \"boolean\"}, {\"name\": \"S\", \"type\": \"string\", \"categorical\": true}]}");
  kit_put("items.csv", "ITEM_ID,I,L,D,B,S\na,2147483647,9223372036854775807,-1e300,true,x\nb,-2147483648,0,1,false,\"\"\n");
  OK(IMPORT(.items = "items.csv", .items_schema = "s.json"));
  expect("empty_cell", 0, "items.csv", 3, "S '' is empty");      /* as the notebook writes it */
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s WHERE c2 = 9223372036854775807 AND c4 = 1 AND c3 = -1e300"), 1);
  kit_put("items.csv", "ITEM_ID,I,L,D,B,S\na,2147483648,1.5,x,True,x\nb,1,9223372036854775808,,TRUE,\n");
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "s.json"));
  ck_assert_uint_eq(kit_result.jobs[0].errors, 8);
  expect("bad_boolean", 1, "items.csv", 2, "neither true nor false");
  expect("null_cell", 1, "items.csv", 3, "D '' is empty, and the schema does not let it be null");
}
END_TEST

START_TEST(lists_are_capped)
{
  ek_text t = { 0 };
  for (int i = 0; i < 300; i++)
    ek_text_printf(&t, "w%d,USER_ID,1\n", i);
  for (int i = 0; i < 200; i++)
    ek_text_printf(&t, "bad%d,a,x\n", i);
  kit_items("items.csv", 10, ek_text_c(&t));
  ek_text_free(&t);
  kit_interactions("x.csv", 100, 12, 50, "u1,i1,bad\n");
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "items.schema.json", .interactions = "x.csv"));
  ck_assert_uint_eq(kit_result.jobs[0].errors, 200);
  ck_assert_uint_eq(kit_result.jobs[0].warnings, 300);
  ck_assert_uint_eq(kit_result.jobs[1].errors, 1);
  ck_assert_uint_eq(kit_result.n_violations, 51);
  ck_assert_uint_eq(kit_result.violations[0].line, 312);
  ck_assert_uint_eq(kit_result.violations[49].line, 361);
  ck_assert(strstr(kit_error.message, "and 200 more errors") != NULL);
}
END_TEST

/* ---- headers ---- */

static const struct { const char *header, *code, *says; int error; } headers[] = {
  { "ITEM_ID,PRICE", "missing_columns", "lacks the following columns of the schema: CATEGORY", 1 },
  { "ITEM_ID,CATEGORY,PRICE,COLOUR", "unknown_columns", "lacks the following columns of the file: COLOUR", 1 },
  { "CATEGORY,ITEM_ID,PRICE", "column_order", "not in the order of the schema: ITEM_ID, CATEGORY, PRICE", 1 },
  { "ITEM_ID,CATEGORY,PRICE,PRICE", "column_order", "twice", 1 },
  { "ITEM_ID;CATEGORY;PRICE", "missing_columns", "separated by commas", 1 },
  { "item_id,category,price", "missing_columns", "ITEM_ID, CATEGORY, PRICE", 1 },
  { "\xef\xbb\xbfITEM_ID,CATEGORY,PRICE", "bom", "would ignore its first column (ITEM_ID)", 0 },
  { "\"ITEM_ID\",CATEGORY,PRICE", "quoted_header", "without quotes", 0 },
};

START_TEST(header)
{
  ek_text t = { 0 };
  ek_text_printf(&t, "%s\ni1,a,1\n", headers[_i].header);
  kit_put("items.csv", ek_text_c(&t));
  ek_text_free(&t);
  ck_assert_int_eq(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"), headers[_i].error ? -1 : 0);
  expect(headers[_i].code, headers[_i].error, "items.csv", 1, headers[_i].says);
}
END_TEST

/* ---- whole files ---- */

START_TEST(empty_files)
{
  kit_put("items.csv", "");
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  expect("empty_file", 1, "items.csv", 0, "empty");
  REFUSED(IMPORT(.items = "items.csv"));
  expect("empty_file", 1, "items.csv", 0, "empty");
  kit_put("items.csv", "ITEM_ID,CATEGORY,PRICE\n");
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  expect("no_rows", 1, "items.csv", 0, "a header and no rows");
  REFUSED(IMPORT(.items = "nope.csv"));
  ck_assert_str_eq(kit_error.code, "no_such_file");
  kit_put("items.csv", "ITEM_ID,CATEGORY,PRICE\na,b,1\n");
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "nope.json"));
  ck_assert_str_eq(kit_error.code, "no_such_file");
}
END_TEST

START_TEST(too_few)
{
  kit_interactions("x.csv", 31, 13, 50, "z1,a,1\nz2,a,1\nz3,a,1\nz4,a,1\nz5,a,1\nz6,a,1\nz7,a,1\nz8,a,1\nz9,a,1\n");
  REFUSED(IMPORT(.interactions = "x.csv"));
  expect("too_few", 1, "x.csv", 0, "412 interactions; Amazon Personalize needs 1,000, and 25 users with two or more (here: 31)");
  ck_assert_str_eq(kit_error.message, kit_result.violations[0].message);
  ck_assert_str_eq(kit_error.file, "x.csv");
  ck_assert(strstr(kit_error.help, "min_interactions: 1") != NULL);
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM dataset"), 0);
  OK(IMPORT(.interactions = "x.csv", .min = 1));
  expect("too_few", 0, "x.csv", 0, "412 interactions; Amazon Personalize needs 1,000");
  REFUSED(IMPORT(.interactions = "x.csv", .min = 500));
  expect("too_few", 1, "x.csv", 0, "412 interactions; this configuration needs 500");
}
END_TEST

START_TEST(too_few_users)
{
  kit_interactions("x.csv", 24, 50, 50, "a,i1,1\nb,i1,1\n");
  REFUSED(IMPORT(.interactions = "x.csv"));
  expect("too_few", 1, "x.csv", 0, "25 users with two or more (here: 24)");
  kit_put("one.csv", "USER_ID,ITEM_ID,TIMESTAMP\nme,a,1\nme,b,2\n");
  REFUSED(IMPORT(.interactions = "one.csv"));
  OK(IMPORT(.interactions = "one.csv", .min = 1));
}
END_TEST

START_TEST(event_types)
{
  kit_put("s.json", "{\"type\": \"record\", \"name\": \"Interactions\", \"fields\": [{\"name\": \"USER_ID\", \"type\": \"string\"},"
          "{\"name\": \"ITEM_ID\", \"type\": \"string\"}, {\"name\": \"TIMESTAMP\", \"type\": \"long\"},"
          "{\"name\": \"EVENT_TYPE\", \"type\": [\"null\", \"string\"]}]}");
  kit_put("x.csv", "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\na,b,1,EVENT_TYPE\na,c,2,\n");
  REFUSED(IMPORT(.interactions = "x.csv", .interactions_schema = "s.json", .min = 1));
  expect("no_event_type", 1, "x.csv", 0, "ll values of EVENT_TYPE");
  kit_put("x.csv", "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\na,b,1,EVENT_TYPE\na,c,2,click\n");
  OK(IMPORT(.interactions = "x.csv", .interactions_schema = "s.json", .min = 1));
  expect("reserved_word", 0, "x.csv", 2, "EVENT_TYPE");
}
END_TEST

START_TEST(hardly_filled)
{
  kit_put("items.csv", "ITEM_ID,CATEGORY,PRICE\na,x,\nb,,\nc,y,1\n");
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  ck_assert_uint_eq(kit_result.jobs[0].warnings, 2);
  expect("hardly_filled", 0, "items.csv", 0, "CATEGORY is filled in 67 %");
}
END_TEST

START_TEST(bad_schema)
{
  kit_items("items.csv", 10, NULL);
  kit_put("s.json", "{\"type\": \"record\", \"name\": \"Items\", \"fields\": [{\"name\": \"ITEM_ID\", \"type\": \"string\"}, {\"name\": \"A\", \"type\": \"bytes\"}]}");
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "s.json"));
  expect("bad_schema", 1, "s.json", 0, "'bytes'");
  ck_assert_str_eq(kit_error.file, "s.json");
}
END_TEST

/* ---- changes of schema ---- */

static const char *const plus = "{\"type\": \"record\", \"name\": \"Items\", \"fields\": [{\"name\": \"NEW\", \"type\": [\"null\", \"int\"]},"
  "{\"name\": \"ITEM_ID\", \"type\": \"string\"}, {\"name\": \"PRICE\", \"type\": [\"float\", \"null\"]},"
  "{\"name\": \"CATEGORY\", \"type\": [\"null\", \"string\"], \"categorical\": true}]}";
static const char *const other = "{\"type\": \"record\", \"name\": \"Items\", \"fields\": [{\"name\": \"ITEM_ID\", \"type\": \"string\"},"
  "{\"name\": \"CATEGORY\", \"type\": [\"null\", \"string\"], \"categorical\": true}, {\"name\": \"PRICE\", \"type\": [\"string\", \"null\"]}]}";

START_TEST(schema_update)
{
  kit_items("items.csv", 10, NULL);
  kit_put("plus.json", plus);
  kit_put("plus.csv", "NEW,ITEM_ID,PRICE,CATEGORY\n7,i3,1,a\n8,k,2,b\n");
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  REFUSED(IMPORT(.items = "plus.csv", .items_schema = "plus.json", .on_change = EK_SCHEMA_STOP));
  ck_assert_str_eq(kit_error.code, "schema_change");
  OK(IMPORT(.items = "plus.csv", .items_schema = "plus.json", .incremental = 1));
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s"), 11);
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s WHERE c0 IS NULL AND c1 LIKE 'i%' AND c3 LIKE 'c%|d%'"), 9);
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT c0 FROM %s WHERE c1 = 'i3' AND c2 = 1 AND c3 = 'a'"), 7);
  OK(IMPORT(.items = "plus.csv", .items_schema = "plus.json"));
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s"), 2);
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM schema"), 2);
}
END_TEST

START_TEST(schema_recreate)
{
  kit_items("items.csv", 10, NULL);
  kit_put("other.json", other);
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "other.json"));
  ck_assert_str_eq(kit_error.code, "schema_change");
  ck_assert_str_eq(kit_error.file, "items.csv");
  ck_assert_str_eq(kit_error.message, "does not fit data set 'shop/Items': column PRICE is string here and float there; a type "
                                      "cannot be changed by an update");
  ck_assert(strstr(kit_error.help, "--set import.on_schema_change=recreate") != NULL);
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "other.json", .on_change = EK_SCHEMA_RECREATE));
  ck_assert(strstr(kit_error.help, "--yes") != NULL);
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "other.json", .on_change = EK_SCHEMA_RECREATE, .yes = 1, .incremental = 1));
  OK(IMPORT(.items = "items.csv", .items_schema = "other.json", .on_change = EK_SCHEMA_RECREATE, .yes = 1));
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s WHERE typeof(c2) = 'text'"), 10);
}
END_TEST

START_TEST(first_must_be_full)
{
  kit_items("items.csv", 10, NULL);
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "items.schema.json", .incremental = 1));
  ck_assert_str_eq(kit_error.code, "no_full_import");
}
END_TEST

/* ---- all or nothing ---- */

START_TEST(refused_changes_nothing)
{
  kit_interactions("x.csv", 100, 12, 50, NULL);
  kit_items("items.csv", 50, NULL);
  OK(IMPORT(.interactions = "x.csv", .items = "items.csv", .items_schema = "items.schema.json"));
  kit_items("items2.csv", 99, NULL);
  kit_interactions("bad.csv", 100, 13, 50, "u1,i1,x\n");
  REFUSED(IMPORT(.interactions = "bad.csv", .items = "items2.csv", .items_schema = "items.schema.json"));
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s"), 50);
  ck_assert_int_eq(kit_ask_rows("Interactions", "SELECT count(*) FROM %s"), 1200);
  REFUSED(IMPORT(.interactions = "bad.csv", .incremental = 1));
  ck_assert_int_eq(kit_ask_rows("Interactions", "SELECT count(*) FROM %s"), 1200);
}
END_TEST

START_TEST(two_writers)
{
  kit_items("items.csv", 10, NULL);
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  int to_child[2], from_child[2];
  char c;
  ck_assert(pipe(to_child) == 0 && pipe(from_child) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    ek_group *g = ek_group_open("st", "shop", EK_GROUP_WRITE, &kit_error);
    close(to_child[1]);
    if (!g || write(from_child[1], "x", 1) != 1 || read(to_child[0], &c, 1) < 0)
      _exit(1);
    ek_group_close(g);
    _exit(0);
  }
  ck_assert_int_eq((int)read(from_child[0], &c, 1), 1);
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  ck_assert_str_eq(kit_error.code, "locked");
  ck_assert_int_eq(kit_error.status, EK_EXIT_REFUSED);
  ck_assert(strstr(kit_error.message, "process ") && strstr(kit_error.help, "import.store"));
  ck_assert_int_eq(kit_ask_rows("Items", "SELECT count(*) FROM %s"), 10);      /* readers go on */
  close(to_child[1]);
  waitpid(pid, NULL, 0);
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
}
END_TEST

START_TEST(readers_keep_the_old)
{
  kit_items("items.csv", 10, NULL);
  kit_items("items2.csv", 20, NULL);
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  ek_error e = { 0 };
  ek_group *g = ek_group_open("st", "shop", EK_GROUP_READ, &e);
  ek_query *q = ek_query_new(ek_group_db(g), "SELECT rows FROM dataset", &e);
  ck_assert_int_eq(ek_db_exec(ek_group_db(g), "BEGIN", &e), 0);
  ck_assert_int_eq(ek_query_step(q, &e), 1);
  ck_assert_int_eq(ek_query_col_int(q, 0), 10);
  ek_query_reset(q);
  OK(IMPORT(.items = "items2.csv", .items_schema = "items.schema.json"));
  ck_assert_int_eq(ek_query_step(q, &e), 1);
  ck_assert_int_eq(ek_query_col_int(q, 0), 10);
  ek_query_reset(q);
  ck_assert_int_eq(ek_db_exec(ek_group_db(g), "COMMIT", &e), 0);
  ck_assert_int_eq(ek_query_step(q, &e), 1);
  ck_assert_int_eq(ek_query_col_int(q, 0), 20);
  ek_query_free(q);
  ek_group_close(g);
}
END_TEST

START_TEST(killed_at_random)
{
  int kills = 0;
  kit_interactions("x.csv", 100, 12, 50, NULL);
  kit_interactions("y.csv", 2000, 30, 900, NULL);
  OK(IMPORT(.interactions = "x.csv"));
  for (unsigned i = 0; i < 40; i++) {
    pid_t pid = fork();
    if (pid == 0)
      _exit(IMPORT(.interactions = "y.csv") == 0 ? 0 : 1);
    usleep(1000 + (i * 7919) % 120000);
    kill(pid, SIGKILL);
    int status;
    waitpid(pid, &status, 0);
    kills += WIFSIGNALED(status) != 0;
    int64_t rows = kit_ask("SELECT rows FROM dataset");
    ck_assert(rows == 1200 || rows == 60000);
    ck_assert_int_eq(kit_ask_rows("Interactions", "SELECT count(*) FROM %s"), rows);
    ek_group *g = ek_group_open("st", "shop", EK_GROUP_WRITE, &kit_error);
    ck_assert_msg(g != NULL, "%s", kit_error.message);
    ck_assert_msg(ek_db_verify(ek_group_db(g), &kit_error) == 0, "%s", kit_error.message);
    ek_group_close(g);
    if (rows == 60000)
      OK(IMPORT(.interactions = "x.csv"));
  }
  ck_assert_int_gt(kills, 5);
}
END_TEST

START_TEST(disk_full)
{
  kit_interactions("x.csv", 100, 12, 50, NULL);
  kit_interactions("y.csv", 2000, 30, 900, NULL);
  OK(IMPORT(.interactions = "x.csv"));
  signal(SIGXFSZ, SIG_IGN);
  for (rlim_t size = 20 << 10; size < 2 << 20; size *= 2) {
    struct rlimit limit = { size, RLIM_INFINITY };
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    REFUSED(IMPORT(.interactions = "y.csv"));
    ck_assert_str_eq(kit_error.code, "write_failed");
    ck_assert_int_eq(kit_error.status, EK_EXIT_FAILED);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert_int_eq(kit_ask_rows("Interactions", "SELECT count(*) FROM %s"), 1200);
  }
  OK(IMPORT(.interactions = "y.csv"));
}
END_TEST

static volatile int stop;
static void
stop_there(void *arg, const char *stage, const char *text, double share)
{
  (void)arg, (void)text;
  ck_assert_str_eq(stage, "import");
  ck_assert(share >= 0 && share <= 1);
  stop = share > 0.3;
}

START_TEST(stopped)
{
  kit_interactions("x.csv", 100, 12, 50, NULL);
  kit_interactions("y.csv", 2000, 30, 900, NULL);
  OK(IMPORT(.interactions = "x.csv"));
  ek_stage_watch watch = { stop_there, NULL, &stop };
  ek_import_request r = { .store = "st", .dataset_group = "shop", .n = 1, .min_interactions = 1000,
                          .sources = { { EK_INTERACTIONS, (char *)(uintptr_t)"y.csv", NULL } } };
  ek_import_result_clear(&kit_result);
  REFUSED(ek_local_import(&r, &watch, &kit_result, &kit_error));
  ck_assert_str_eq(kit_error.code, "interrupted");
  ck_assert_int_eq(kit_error.status, EK_EXIT_STOPPED);
  ck_assert_int_eq(kit_ask_rows("Interactions", "SELECT count(*) FROM %s"), 1200);
}
END_TEST

/* ---- stores and sets ---- */

START_TEST(newer_store)
{
  kit_items("items.csv", 10, NULL);
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  ek_group *g = ek_group_open("st", "shop", EK_GROUP_WRITE, &kit_error);
  ck_assert_int_eq(ek_db_exec(ek_group_db(g), "PRAGMA user_version = 99", &kit_error), 0);
  ek_group_close(g);
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  ck_assert_str_eq(kit_error.code, "newer_version");
  ck_assert_ptr_null(ek_group_open("st", "shop", EK_GROUP_READ, &kit_error));
  ck_assert_str_eq(kit_error.code, "newer_version");
}
END_TEST

START_TEST(names_of_groups)
{
  static const char *const bad[] = { "", "../x", "a/b", "-a", ".", "a b", "\xc3\xa9" };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    ck_assert_ptr_null(ek_group_open("st", bad[i], EK_GROUP_WRITE, &kit_error));
    ck_assert_str_eq(kit_error.code, "bad_name");
  }
  ck_assert_ptr_null(ek_group_open("st", "nothere", EK_GROUP_READ, &kit_error));
  ck_assert_str_eq(kit_error.code, "no_such_group");
  ck_assert_int_ne(access("st", F_OK), 0);
}
END_TEST

START_TEST(mixed_set)
{
  kit_items("items.csv", 10, NULL);
  kit_put("report.json", "{\"format\": 1, \"status\": \"done\", \"outputs\": [{\"path\": \"items.csv\", \"bytes\": 7, \"sha256\": \"00\"}]}");
  REFUSED(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  ck_assert_str_eq(kit_error.code, "mixed_set");
  ck_assert(access("st", F_OK) != 0);
  /* One of an arm, two folders below the report. */
  ck_assert_int_eq(system("mkdir -p arms/a && cp items.csv arms/a"), 0);
  kit_put("report.json", "{\"format\": 1, \"status\": \"done\", \"outputs\": [{\"path\": \"arms/a/items.csv\", \"bytes\": 7, \"sha256\": \"00\"}]}");
  REFUSED(IMPORT(.items = "arms/a/items.csv", .items_schema = "items.schema.json"));
  ck_assert_str_eq(kit_error.code, "mixed_set");
  /* A report that does not name the file has nothing to say about it. */
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
}
END_TEST

static void
add_tests(TCase *t)
{
  tcase_add_test(t, full_import);
  tcase_add_test(t, history_in_order_of_time_and_line);
  tcase_add_test(t, full_replaces);
  tcase_add_test(t, incremental_appends_and_upserts);
  tcase_add_test(t, duplicates_of_items);
  tcase_add_test(t, both_styles);
  tcase_add_loop_test(t, item_row, 0, (int)(sizeof item_rows / sizeof *item_rows));
  tcase_add_loop_test(t, event_row, 0, (int)(sizeof event_rows / sizeof *event_rows));
  tcase_add_test(t, types_of_all_kinds);
  tcase_add_test(t, lists_are_capped);
  tcase_add_loop_test(t, header, 0, (int)(sizeof headers / sizeof *headers));
  tcase_add_test(t, empty_files);
  tcase_add_test(t, too_few);
  tcase_add_test(t, too_few_users);
  tcase_add_test(t, event_types);
  tcase_add_test(t, hardly_filled);
  tcase_add_test(t, bad_schema);
  tcase_add_test(t, schema_update);
  tcase_add_test(t, schema_recreate);
  tcase_add_test(t, first_must_be_full);
  tcase_add_test(t, refused_changes_nothing);
  tcase_add_test(t, two_writers);
  tcase_add_test(t, readers_keep_the_old);
  tcase_add_test(t, killed_at_random);
  tcase_add_test(t, disk_full);
  tcase_add_test(t, stopped);
  tcase_add_test(t, newer_store);
  tcase_add_test(t, names_of_groups);
  tcase_add_test(t, mixed_set);
}

int
main(void)
{
  Suite *s = suite_create("import");
  TCase *t = tcase_create("import");
  tcase_add_checked_fixture(t, kit_setup, kit_teardown);
  tcase_set_timeout(t, 300);
  add_tests(t);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? 1 : 0;
}
