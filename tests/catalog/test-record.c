/* SPDX-License-Identifier: BSD-3-Clause */
/* Records: the table of cases through both parsers, and every token place of ours
 * against simdjson's.                                                        */
#include <check.h>
#include <stdio.h>
#include "base/utf8.h"
#include "catalog/json_shim.h"
#include "catalog/literal.h"
#include "record-kit.h"

/* ---- the table -------------------------------------------------------------- */

static int
hex(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* <41>, <> and <[*100> of the table. */
static void
decode(const char *s, size_t len, ek_text *out)
{
  for (size_t i = 0; i < len; i++) {
    const char *close = s[i] == '<' ? memchr(s + i, '>', len - i) : NULL;
    if (!close) {
      ek_text_char(out, s[i]);
      continue;
    }
    const char *in = s + i + 1, *star = memchr(in, '*', (size_t)(close - in));
    if (star)
      for (long n = strtol(star + 1, NULL, 10); n > 0; n--)
        ek_text_add(out, in, (size_t)(star - in));
    else if (close - in == 2)
      ek_text_char(out, (char)(hex(in[0]) << 4 | hex(in[1])));
    i = (size_t)(close - s);
  }
}

typedef struct one_case { enum ek_dialect dialect; ek_text record; const char *expected; int line; } one_case;

/* "path value ; path value #n" */
static size_t
split_expected(const char *expected, ek_text *names, ek_text *values, size_t max, size_t *repaired)
{
  size_t n = 0;
  const char *mark = strstr(expected, " #"), *end = mark ? mark : expected + strlen(expected);
  *repaired = mark ? (size_t)strtoul(mark + 2, NULL, 10) : 0;
  for (const char *p = expected; p < end && n < max; n++) {
    const char *stop = strstr(p, " ; ");
    if (!stop || stop > end)
      stop = end;
    const char *blank = p;
    while (blank < stop && !(*blank == ' ' && strchr("-NSIFBLO", blank[1]) && blank[1] && (blank[2] == ' ' || blank + 2 >= stop)))
      blank++;
    decode(p, (size_t)(blank - p), &names[n]);
    if (blank < stop)
      decode(blank + 1, (size_t)(stop - blank - 1), &values[n]);
    p = stop + 3;
  }
  return n;
}

/* What a parser said, in the words of the table; repaired -1 for a bad record. */
static long
say(int r, const ek_field *fields, size_t n, const ek_parse_note *note, ek_text *said)
{
  for (size_t i = 0; i < n && r == 0; i++)
    kit_field(&said[i], &fields[i]);
  return r < 0 ? -1 : (long)note->repaired;
}

static void
compare(const one_case *c, const char *who, long repaired, const ek_parse_note *note, ek_text *said,
        ek_text *names, ek_text *values, size_t n, size_t expected_repaired)
{
  if (strncmp(c->expected, "bad", 3) == 0) {
    const char *part = c->expected[3] ? c->expected + 4 : "";
    ck_assert_msg(repaired < 0, "line %d, %s: taken, but it is bad", c->line, who);
    ck_assert_msg(note->why[0] && strstr(note->why, part), "line %d, %s: \"%s\" lacks \"%s\"", c->line, who, note->why,
                  part);
    ck_assert_msg(ek_utf8_valid(ek_cstr(note->why)), "line %d, %s: the message is no UTF-8", c->line, who);
    return;
  }
  ck_assert_msg(repaired >= 0, "line %d, %s: refused: %s", c->line, who, note->why);
  ck_assert_msg((size_t)repaired == expected_repaired, "line %d, %s: %ld repaired, not %zu", c->line, who, repaired,
                expected_repaired);
  for (size_t i = 0; i < n; i++)
    ck_assert_msg(said[i].len == values[i].len && memcmp(ek_text_c(&said[i]), ek_text_c(&values[i]), said[i].len) == 0,
                  "line %d, %s: %s is \"%s\", not \"%s\"", c->line, who, ek_text_c(&names[i]), ek_text_c(&said[i]),
                  ek_text_c(&values[i]));
}

static void
clear_texts(ek_text *t, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ek_text_free(&t[i]);
}

enum { PATHS = 12 };

static void
run_case(const one_case *c)
{
  ek_text names[PATHS] = { 0 }, values[PATHS] = { 0 }, said[PATHS] = { 0 };
  ek_field fields[PATHS];
  ek_arena arena = { 0 };
  ek_parse_note note;
  ek_error e = { 0 };
  size_t n = 0, repaired = 0;
  ek_str record = { ek_text_c((ek_text *)&c->record), c->record.len };
  ek_projection *p = ek_projection_new(EK_PICK_NON_EMPTY);

  if (strncmp(c->expected, "bad", 3) != 0)
    n = split_expected(c->expected, names, values, PATHS, &repaired);
  else
    ek_text_cstr(&names[0], "a");
  for (size_t i = 0; i < (n ? n : 1); i++)
    ck_assert_msg(ek_projection_add(p, ek_text_c(&names[i]), NULL, &e) == (int)i, "line %d: %s", c->line, e.message);

  kit_block k;
  kit_block_make(&k, record, c->dialect == EK_DIALECT_PYTHON ? EK_FORMAT_LOOSE : EK_FORMAT_JSONL);
  ek_parser *parser = ek_parser_new(p);
  for (int again = 0; again < 2; again++) {          /* nothing of the first may stay */
    long r = say(ek_parser_record(parser, &k.block, &k.span, &arena, fields, &note), fields, n, &note, said);
    ck_assert_msg(record.len == 0 || memcmp(k.block.data, record.ptr, record.len) == 0, "line %d: written to", c->line);
    compare(c, "parser", r, &note, said, names, values, n, repaired);
    clear_texts(said, PATHS);
  }
  long r = say(ek_literal_record(p, c->dialect, record, &arena, fields, &note), fields, n, &note, said);
  compare(c, "literal", r, &note, said, names, values, n, repaired);

  clear_texts(said, PATHS);
  clear_texts(names, PATHS);
  clear_texts(values, PATHS);
  ek_parser_free(parser);
  ek_projection_free(p);
  kit_block_clear(&k);
  ek_arena_free(&arena);
}

static FILE *
open_cases(void)
{
  char path[4096];
  const char *top = getenv("top_srcdir");
  snprintf(path, sizeof path, "%s/tests/data/record-cases.tsv", top ? top : ".");
  FILE *f = fopen(path, "re");
  ck_assert_msg(f != NULL, "%s cannot be read", path);
  return f;
}

/* 1 and the next case; its texts are the caller's to free (line holds expected). */
static int
next_case(FILE *f, one_case *c, char **line, size_t *cap)
{
  ssize_t n;
  while ((n = getline(line, cap, f)) > 0) {
    c->line++;
    if ((*line)[n - 1] == '\n')
      (*line)[n - 1] = 0;
    if (**line == '#' || !**line)
      continue;
    char *record = strchr(*line, '\t'), *expected = strrchr(*line, '\t');
    ck_assert_msg(record && expected > record, "line %d: three columns, please", c->line);
    c->dialect = strncmp(*line, "python", 6) == 0 ? EK_DIALECT_PYTHON : EK_DIALECT_JSON;
    c->record = (ek_text){ 0 };
    decode(record + 1, (size_t)(expected - record - 1), &c->record);
    c->expected = expected + 1;
    return 1;
  }
  return 0;
}

START_TEST(every_case_through_both_parsers)
{
  one_case c = { 0 };
  char *line = NULL;
  size_t cap = 0, cases = 0;
  FILE *f = open_cases();
  while (next_case(f, &c, &line, &cap)) {
    run_case(&c);
    ek_text_free(&c.record);
    cases++;
  }
  ck_assert_uint_ge(cases, 100);
  free(line);
  fclose(f);
}
END_TEST

/* ---- token places ------------------------------------------------------------ */

/* What the slow parser writes is clean, and simdjson finds the same tokens in it. */
static void
same_places(enum ek_dialect dialect, ek_str record, int line)
{
  char why[160];
  ek_literal l = { 0 };
  const uint32_t *at;
  uint32_t n;
  if (ek_literal_rewrite(&l, dialect, record, why, sizeof why) == 0 && ek_utf8_valid((ek_str){ l.text.data, l.text.len })) {
    ek_json_index *x = ek_json_index_new();
    ck_assert_msg(ek_json_index_make(x, l.text.data, l.text.len, &at, &n) == EK_JSON_OK, "line %d: not clean: %s", line,
                  l.text.data);
    ck_assert_msg(n == l.n, "line %d: %u tokens, ours %zu: %s", line, n, l.n, l.text.data);
    for (uint32_t i = 0; i < n; i++)
      ck_assert_msg(at[i] == l.at[i], "line %d: token %u at %u, ours at %u: %s", line, i, at[i], l.at[i], l.text.data);
    ek_json_index_free(x);
  }
  ek_literal_clear(&l);
}

START_TEST(token_places_are_those_of_simdjson)
{
  one_case c = { 0 };
  char *line = NULL;
  size_t cap = 0;
  FILE *f = open_cases();
  while (next_case(f, &c, &line, &cap)) {
    same_places(c.dialect, (ek_str){ ek_text_c(&c.record), c.record.len }, c.line);
    ek_text_free(&c.record);
  }
  free(line);
  fclose(f);
}
END_TEST

/* Every beginning of every case: never beyond the record, never a different verdict. */
START_TEST(cut_anywhere_both_parsers_agree)
{
  one_case c = { 0 };
  char *line = NULL;
  size_t cap = 0;
  FILE *f = open_cases();
  ek_error e;
  ek_projection *p = ek_projection_new(EK_PICK_NON_EMPTY);
  static const char *const paths[] = { "asin", "a", "l", "m[].x", "x" };
  for (size_t i = 0; i < 5; i++)
    ek_projection_add(p, paths[i], NULL, &e);
  ek_parser *parser = ek_parser_new(p);
  ek_arena arena = { 0 };
  while (next_case(f, &c, &line, &cap)) {
    for (size_t cut = 0; cut <= c.record.len && c.record.len < 300; cut++) {
      kit_block k;
      ek_field fields[2][5];
      ek_parse_note note[2];
      ek_text said[2][5] = { 0 };
      ek_str record = { ek_text_c(&c.record), cut };
      kit_block_make(&k, record, c.dialect == EK_DIALECT_PYTHON ? EK_FORMAT_LOOSE : EK_FORMAT_JSONL);
      int a = ek_parser_record(parser, &k.block, &k.span, &arena, fields[0], &note[0]);
      int b = ek_literal_record(p, c.dialect, record, &arena, fields[1], &note[1]);
      ck_assert_msg(a == b, "line %d cut at %zu: %d %s, %d %s", c.line, cut, a, note[0].why, b, note[1].why);
      for (size_t i = 0; i < 5 && a == 0; i++) {
        kit_field(&said[0][i], &fields[0][i]);
        kit_field(&said[1][i], &fields[1][i]);
        ck_assert_str_eq(ek_text_c(&said[0][i]), ek_text_c(&said[1][i]));
      }
      clear_texts(said[0], 5);
      clear_texts(said[1], 5);
      kit_block_clear(&k);
      ek_arena_reset(&arena);
    }
    ek_text_free(&c.record);
  }
  ek_arena_free(&arena);
  ek_parser_free(parser);
  ek_projection_free(p);
  free(line);
  fclose(f);
}
END_TEST

/* ---- giant records ------------------------------------------------------------ */

/* Too long for simdjson's table of places: the slow way takes it. */
START_TEST(a_record_of_megabytes)
{
  ek_text t = { 0 };
  ek_text_cstr(&t, "{\"skip\": [");
  while (t.len < EK_JSON_INDEX_MAX + 1000)
    ek_text_cstr(&t, "\"some text or other\", ");
  ek_text_cstr(&t, "1], \"asin\": \"B1\"}");
  ek_error e;
  ek_projection *p = ek_projection_new(EK_PICK_NON_EMPTY);
  ek_projection_add(p, "asin", NULL, &e);
  ek_parser *parser = ek_parser_new(p);
  ek_arena arena = { 0 };
  ek_field f;
  ek_parse_note note;
  kit_block k;
  kit_block_make(&k, (ek_str){ t.data, t.len }, EK_FORMAT_JSONL);
  ck_assert_int_eq(ek_parser_record(parser, &k.block, &k.span, &arena, &f, &note), 0);
  ck_assert(f.n == 1 && ek_str_eqc(f.values[0], "B1"));
  k.block.overlong = 123456789;
  ck_assert_int_eq(ek_parser_record(parser, &k.block, &k.span, &arena, &f, &note), -1);
  ck_assert_ptr_nonnull(strstr(note.why, "123456789"));
  kit_block_clear(&k);
  ek_parser_free(parser);
  ek_projection_free(p);
  ek_arena_free(&arena);
  ek_text_free(&t);
}
END_TEST

/* ---- CSV ---------------------------------------------------------------------- */

START_TEST(csv_rows)
{
  static char *header[] = { "sku", "sub.department", "picture", "sku", "" };
  static char *pictures[] = { "image", "picture", "=none" };
  const ek_field_rule picture = { .name = "image", .paths = pictures, .n_paths = 3 };
  ek_error e;
  ek_projection *p = ek_projection_new(EK_PICK_NON_EMPTY);
  ek_projection_add(p, "sku", NULL, &e);
  ek_projection_add(p, "['sub.department']", NULL, &e);
  ek_projection_add(p, "sub.department", NULL, &e);
  ek_projection_add(p, "image", &picture, &e);
  ek_projection_add(p, "nothing", NULL, &e);
  static const struct { const char *row, *expected[5]; } cases[] = {
    { "1,Tea,u,2,", { "S 1", "S Tea", "S Tea", "S u", "-" } },
    { "\"1,\"\"x\"\"\",,,2,", { "S 1,\"x\"", "S ", "S ", "S none", "-" } },
    { "1,Tea", { "S 1", "S Tea", "S Tea", "S none", "-" } },
    { "1,a\xff" "b,u,2,3", { "S 1", "S a\xef\xbf\xbd" "b", "S a\xef\xbf\xbd" "b", "S u", "-" } },
    { "1,2,3,4,5,6", { NULL } },
    { "\"1,2", { NULL } },
  };
  ek_parser *parser = ek_parser_new(p);
  ek_arena arena = { 0 };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    kit_block k;
    ek_field fields[5];
    ek_parse_note note;
    ek_str row = ek_cstr(cases[i].row);
    kit_block_make(&k, row, EK_FORMAT_CSV);
    k.file.header = header;
    k.file.n_header = 5;
    int r = ek_parser_record(parser, &k.block, &k.span, &arena, fields, &note);
    ck_assert_msg(memcmp(k.block.data, row.ptr, row.len) == 0, "row %zu was written to", i);
    ck_assert_int_eq(r, cases[i].expected[0] ? 0 : -1);
    for (size_t f = 0; f < 5 && r == 0; f++) {
      ek_text said = { 0 };
      kit_field(&said, &fields[f]);
      if (fields[f].n && !fields[f].values[0].len)
        ck_assert_uint_eq(fields[f].kind, EK_KIND_STRING);
      ck_assert_str_eq(ek_text_c(&said), cases[i].expected[f]);
      ek_text_free(&said);
    }
    if (r < 0)
      ck_assert(note.why[0]);
    kit_block_clear(&k);
  }
  ek_parser_free(parser);
  ek_projection_free(p);
  ek_arena_free(&arena);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("record");
  TCase *t = tcase_create("cases");
  tcase_set_timeout(t, 120);
  tcase_add_test(t, every_case_through_both_parsers);
  tcase_add_test(t, token_places_are_those_of_simdjson);
  tcase_add_test(t, cut_anywhere_both_parsers_agree);
  tcase_add_test(t, a_record_of_megabytes);
  tcase_add_test(t, csv_rows);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed != 0;
}
