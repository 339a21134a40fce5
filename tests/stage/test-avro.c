/* SPDX-License-Identifier: BSD-3-Clause */
/* The rules of schemas, one case each; updates; guesses. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "stage/local/avro.h"

#define ITEMS(fields) "{\"type\": \"record\", \"name\": \"Items\", \"namespace\": \"x\", \"fields\": [" fields "], \"version\": \"1.0\"}"
#define INTERACTIONS(fields) "{\"type\": \"record\", \"name\": \"Interactions\", \"fields\": [" \
  "{\"name\": \"USER_ID\", \"type\": \"string\"}, {\"name\": \"ITEM_ID\", \"type\": \"string\"}," \
  "{\"name\": \"TIMESTAMP\", \"type\": \"long\"}" fields "]}"
#define ID "{\"name\": \"ITEM_ID\", \"type\": \"string\"}"
#define CAT "{\"name\": \"CATEGORY\", \"type\": [\"null\", \"string\"], \"categorical\": true}"
#define F(name, type, more) "{\"name\": \"" name "\", \"type\": " type more "}"
#define STR "\"string\""

typedef struct rule { enum ek_record_kind kind; const char *schema, *says; } rule;    /* says NULL: it is fine */

static const rule rules[] = {
  { EK_ITEMS, ITEMS(ID "," CAT), NULL },
  { EK_ITEMS, ITEMS(CAT "," ID), NULL },
  { EK_ITEMS, ITEMS(ID "," F("P", "[\"float\", \"null\"]", "") "," F("Q", "[\"null\", \"double\"]", "")), NULL },
  { EK_ITEMS, ITEMS(ID "," F("A", "\"int\"", "") "," F("B", "\"long\"", "") "," F("C", "\"boolean\"", "")), NULL },
  { EK_ITEMS, ITEMS(ID "," F("T", STR, ", \"textual\": true") "," F("CREATION_TIMESTAMP", "[\"null\", \"long\"]", "")), NULL },
  { EK_INTERACTIONS, INTERACTIONS(""), NULL },
  { EK_INTERACTIONS, INTERACTIONS("," F("EVENT_TYPE", STR, "") "," F("EVENT_VALUE", "[\"float\", \"null\"]", "")), NULL },
  { EK_INTERACTIONS, INTERACTIONS("," F("EVENT_VALUE", "\"float\"", "")), NULL },
  { EK_ITEMS, "", "not JSON" },
  { EK_ITEMS, "{\"type\": \"record\", \"name\": \"Items\", \"fields\": [" ID "," CAT "]", "not JSON" },
  { EK_ITEMS, "[]", "\"type\": \"record\" is missing" },
  { EK_ITEMS, "{\"type\": \"record\", \"fields\": [" ID "," CAT "]}", "\"name\" is missing; it must be \"Items\"" },
  { EK_USERS, ITEMS(ID "," CAT), "\"name\" is 'Items'; for this data set it must be \"Users\"" },
  { EK_ITEMS, "{\"type\": \"record\", \"name\": \"Items\"}", "\"fields\" is missing" },
  { EK_ITEMS, ITEMS(CAT), "field 'ITEM_ID' is missing" },
  { EK_ITEMS, ITEMS(ID), "no metadata field" },
  { EK_ITEMS, ITEMS(ID "," F("CREATION_TIMESTAMP", "\"long\"", "")), "no metadata field" },
  { EK_INTERACTIONS, "{\"type\": \"record\", \"name\": \"Interactions\", \"fields\": [" ID "]}", "field 'TIMESTAMP' is missing" },
  { EK_ITEMS, ITEMS(ID "," F("A", "\"bytes\"", "")), "field 'A' has type 'bytes'" },
  { EK_ITEMS, ITEMS(ID "," F("A", "{\"type\": \"array\", \"items\": \"string\"}", "")), "field 'A' is nested" },
  { EK_ITEMS, ITEMS(ID "," F("A", "[\"null\", {\"type\": \"map\"}]", "")), "field 'A' is nested" },
  { EK_ITEMS, ITEMS(ID "," F("A", "[\"null\", \"int\", \"string\"]", "")), "union of 3 types" },
  { EK_ITEMS, ITEMS(ID "," F("A", "[\"int\", \"string\"]", "")), "two types" },
  { EK_ITEMS, ITEMS(ID "," F("A", "\"null\"", "")), "nothing but null" },
  { EK_ITEMS, ITEMS(ID "," F("A", "[\"null\", \"null\"]", "")), "nothing but null" },
  { EK_ITEMS, ITEMS(ID "," F("A", "[]", "")), "union of 0 types" },
  { EK_ITEMS, ITEMS(ID ", {\"name\": \"A\"}"), "field 'A' has no type" },
  { EK_ITEMS, ITEMS(ID ", {\"type\": \"int\"}"), "field 2 has no name" },
  { EK_ITEMS, ITEMS(ID ", 5"), "field 2 has no name" },
  { EK_ITEMS, ITEMS(ID "," F("A B", STR, "")), "letters, digits and '_'" },
  { EK_ITEMS, ITEMS(ID "," F("1A", STR, "")), "begins with no digit" },
  { EK_ITEMS, ITEMS(ID "," F("", STR, "")), "empty name" },
  { EK_ITEMS, ITEMS(ID "," CAT "," CAT), "'CATEGORY' stands there twice" },
  { EK_ITEMS, ITEMS(ID "," F("GENRES_FIELD_1", STR, "") "," F("GENRESFIELD1", STR, "")), "differ in underscores only" },
  { EK_ITEMS, ITEMS("{\"name\": \"ITEM_ID\", \"type\": [\"null\", \"string\"]}," CAT), "'ITEM_ID' may not be null" },
  { EK_ITEMS, ITEMS("{\"name\": \"ITEM_ID\", \"type\": \"long\"}," CAT), "'ITEM_ID' is long; it must be string" },
  { EK_ITEMS, ITEMS("{\"name\": \"ITEM_ID\", \"type\": \"string\", \"categorical\": true}," CAT), "neither categorical nor textual" },
  { EK_ITEMS, ITEMS(ID "," F("EVENT_TYPE", STR, "")), "'EVENT_TYPE' has no place in Items" },
  { EK_ITEMS, ITEMS(ID "," CAT "," F("CREATION_TIMESTAMP", "\"int\"", "")), "it must be long" },
  { EK_INTERACTIONS, INTERACTIONS("," F("EVENT_VALUE", "\"double\"", "")), "it must be float" },
  { EK_INTERACTIONS, INTERACTIONS("," F("EVENT_TYPE", STR, ", \"categorical\": true")), "neither categorical nor textual" },
  { EK_INTERACTIONS, INTERACTIONS("," F("A", STR, ", \"textual\": true")), "only fields of Items" },
  { EK_INTERACTIONS, INTERACTIONS("," F("A", "\"int\"", "") "," F("B", "\"int\"", "") "," F("C", "\"int\"", "") "," F("D", "\"int\"", "") ","
                                  F("E", "\"int\"", "") "," F("G", "\"int\"", "")), "6 metadata fields; Interactions can have 5" },
  { EK_ITEMS, ITEMS(ID "," F("A", "\"int\"", ", \"categorical\": true")), "'A' is categorical and int" },
  { EK_ITEMS, ITEMS(ID "," F("A", STR, ", \"categorical\": true, \"textual\": true")), "categorical and textual" },
  { EK_ITEMS, ITEMS(ID "," F("A", STR, ", \"categorical\": \"true\"")), "'categorical' of field 'A' is neither true nor false" },
};

START_TEST(rule_by_rule)
{
  ek_violations v = { 0 };
  const rule *r = &rules[_i];
  ek_avro *a = ek_avro_parse(ek_cstr(r->schema), r->kind, "s.json", &v);
  ck_assert_msg((a != NULL) == (r->says == NULL), "%s: %s", r->schema, v.n ? v.list[0].message : "no violation");
  int said = r->says == NULL;
  for (size_t i = 0; i < v.n; i++)
    said |= r->says && v.list[i].error && strstr(v.list[i].message, r->says) != NULL;
  ck_assert_msg(said, "%s\n said: %s", r->schema, v.n ? v.list[0].message : "nothing");
  ek_avro_free(a);
  ek_violations_clear(&v);
}
END_TEST

START_TEST(all_at_once)
{
  ek_violations v = { 0 };
  ck_assert_ptr_null(ek_avro_parse(ek_cstr(ITEMS(F("A", "\"bytes\"", "") "," F("B", STR, ", \"x\": 1") "," F("1", "[]", ""))), EK_ITEMS,
                                   "s.json", &v));
  ck_assert_uint_eq(v.errors, 3);
  ck_assert_uint_eq(v.warnings, 1);                 /* B is a string that nobody trains on */
  ek_violations_clear(&v);
}
END_TEST

static ek_avro *
parse(const char *text, enum ek_record_kind kind)
{
  ek_violations v = { 0 };
  ek_avro *a = ek_avro_parse(ek_cstr(text), kind, "s", &v);
  ck_assert_msg(a != NULL, "%s", v.n ? v.list[0].message : "?");
  ek_violations_clear(&v);
  return a;
}

START_TEST(updates)
{
  static const struct { const char *from, *to, *why; enum ek_record_kind kind; } cases[] = {
    { ITEMS(ID "," CAT), ITEMS(CAT "," ID "," F("N", "[\"null\", \"int\"]", "")), NULL, EK_ITEMS },
    { ITEMS(ID "," CAT), ITEMS(ID "," CAT "," F("N", "\"int\"", "")), "N is new and may not be null", EK_ITEMS },
    { ITEMS(ID "," CAT "," F("PRICE", STR, "")), ITEMS(ID "," CAT), "PRICE is there and missing here", EK_ITEMS },
    { ITEMS(ID "," F("PRICE", STR, "")), ITEMS(ID "," F("PRICE", "\"float\"", "")),
      "column PRICE is float here and string there; a type cannot be changed by an update", EK_ITEMS },
    { ITEMS(ID "," CAT), ITEMS(ID "," F("CATEGORY", STR, "")), "CATEGORY may not be null here and may be there", EK_ITEMS },
    { INTERACTIONS(""), INTERACTIONS("," F("A", "[\"null\", \"int\"]", "")), "Interactions cannot be changed", EK_INTERACTIONS },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ek_text why = { 0 };
    ek_avro *from = parse(cases[i].from, cases[i].kind), *to = parse(cases[i].to, cases[i].kind);
    int may = ek_avro_may_update(from, to, &why);
    ck_assert_int_eq(may, cases[i].why == NULL);
    ck_assert_msg(may || strstr(ek_text_c(&why), cases[i].why), "%s", ek_text_c(&why));
    ck_assert(ek_avro_same(from, from) && !ek_avro_same(from, to));
    ek_avro_free(from);
    ek_avro_free(to);
    ek_text_free(&why);
  }
}
END_TEST

START_TEST(print_reads_back)
{
  ek_text one = { 0 }, two = { 0 };
  ek_avro *a = parse(ITEMS(ID "," CAT "," F("P", "[\"float\", \"null\"]", "") "," F("T", STR, ", \"textual\": true")), EK_ITEMS);
  ek_avro_print(a, &one);
  ek_avro *b = parse(ek_text_c(&one), EK_ITEMS);
  ek_avro_print(b, &two);
  ck_assert_str_eq(ek_text_c(&one), ek_text_c(&two));
  ek_avro_free(a);
  ek_avro_free(b);
  ek_text_free(&one);
  ek_text_free(&two);
}
END_TEST

START_TEST(guesses)
{
  const ek_str header[] = { ek_cstr("ITEM_ID"), ek_cstr("GENRE"), ek_cstr("YEAR"), ek_cstr("PRICE"), ek_cstr("ADULT"), ek_cstr("ZIP"),
                            ek_cstr("TEXT"), ek_cstr("EMPTY") };
  char prose[300];
  memset(prose, 'x', sizeof prose);
  const ek_str look[] = { ek_cstr("1"), ek_cstr("1"), ek_cstr("1999"), ek_cstr("1.5"), ek_cstr("true"), ek_cstr("00123"), { prose, 300 }, ek_cstr(""),
                          ek_cstr("2"), ek_cstr("2"), ek_cstr(""), ek_cstr("7"), ek_cstr("false"), ek_cstr("123"), ek_cstr("y"), ek_cstr("") };
  static const char want[] =
    "{\"type\": \"record\", \"name\": \"Items\", \"namespace\": \"com.amazonaws.personalize.schema\", \"fields\": ["
    "{\"name\": \"ITEM_ID\", \"type\": \"string\"}, {\"name\": \"GENRE\", \"type\": [\"null\", \"string\"], \"categorical\": true}, "
    "{\"name\": \"YEAR\", \"type\": [\"null\", \"long\"]}, {\"name\": \"PRICE\", \"type\": [\"null\", \"double\"]}, "
    "{\"name\": \"ADULT\", \"type\": [\"null\", \"boolean\"]}, {\"name\": \"ZIP\", \"type\": [\"null\", \"string\"], \"categorical\": true}, "
    "{\"name\": \"TEXT\", \"type\": [\"null\", \"string\"], \"textual\": true}, "
    "{\"name\": \"EMPTY\", \"type\": [\"null\", \"string\"], \"categorical\": true}], \"version\": \"1.0\"}";
  ek_text t = { 0 };
  ek_avro *a = ek_avro_guess(EK_ITEMS, header, 8, look, 2);
  ek_avro_print(a, &t);
  ck_assert_str_eq(ek_text_c(&t), want);
  ek_avro_free(a);
  ek_text_free(&t);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("avro");
  TCase *t = tcase_create("avro");
  tcase_add_loop_test(t, rule_by_rule, 0, (int)(sizeof rules / sizeof *rules));
  tcase_add_test(t, all_at_once);
  tcase_add_test(t, updates);
  tcase_add_test(t, print_reads_back);
  tcase_add_test(t, guesses);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? 1 : 0;
}
