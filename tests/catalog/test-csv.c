/* SPDX-License-Identifier: BSD-3-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"
#include "catalog/csv.h"

/* What Python's csv.reader (dialect "excel") makes of a row. Cells end in a bar. */
static const struct { const char *row, *cells; char delimiter; } rows[] = {
  { "a,b,c", "<a><b><c>", 0 },
  { "", "<>", 0 },
  { ",", "<><>", 0 },
  { ",,", "<><><>", 0 },
  { "a,", "<a><>", 0 },
  { ",a", "<><a>", 0 },
  { "\"a\"", "<a>", 0 },
  { "\"a,b\",c", "<a,b><c>", 0 },
  { "\"\"", "<>", 0 },
  { "\"\",\"\"", "<><>", 0 },
  { "\"a\"\"b\"", "<a\"b>", 0 },
  { "\"\"\"\"", "<\">", 0 },
  { "\"\"\"a\"\"\",x", "<\"a\"><x>", 0 },
  { "a\"b\"c,d", "<a\"b\"c><d>", 0 },
  { " \"a,b\"", "< \"a><b\">", 0 },
  { "\"a\"b,c", "<ab><c>", 0 },
  { "\"a\" \"b\",c", "<a \"b\"><c>", 0 },
  { "\"a\"\"", NULL, 0 },
  { "a,\"b", NULL, 0 },
  { "\"", NULL, 0 },
  { "\"a\nb\",c", "<a\nb><c>", 0 },
  { "\"a\r\nb\"", "<a\r\nb>", 0 },
  { "5\" disk,x", "<5\" disk><x>", 0 },
  { "a;b,c;d", "<a><b,c><d>", ';' },
  { "\"a;b\";c", "<a;b><c>", ';' },
  { "a\tb", "<a><b>", '\t' },
  { "a|b|", "<a><b><>", '|' },
  { "\xff,\xc3\xa9", "<\xff><\xc3\xa9>", 0 },
};

START_TEST(cells_as_python_reads_them)
{
  ek_str cells[8];
  size_t n;
  char why[100] = "";
  size_t len = strlen(rows[_i].row);
  /* Exactly as long as the row, so that a sanitizer sees a byte read behind it. */
  char *row = ek_mem_strndup(rows[_i].row, len);
  row = ek_mem_resize(row, len);
  int r = ek_csv_row_cells(row, len, rows[_i].delimiter ? rows[_i].delimiter : ',', cells, 8, &n, why, sizeof why);
  if (!rows[_i].cells) {
    ck_assert_int_eq(r, -1);
    ck_assert_ptr_nonnull(strstr(why, "not closed"));
  } else {
    ek_text t = { 0 };
    ck_assert_msg(r == 0, "%s: %s", rows[_i].row, why);
    for (size_t i = 0; i < n; i++) {
      ek_text_char(&t, '<');
      ek_text_str(&t, cells[i]);
      ek_text_char(&t, '>');
    }
    ck_assert_str_eq(ek_text_c(&t), rows[_i].cells);
    ek_text_free(&t);
  }
  free(row);
}
END_TEST

START_TEST(nul_is_a_byte)
{
  char row[] = { 'a', 0, 'b', ',', 0 }, why[100];
  ek_str cells[4];
  size_t n;
  ck_assert_int_eq(ek_csv_row_cells(row, sizeof row, ',', cells, 4, &n, why, sizeof why), 0);
  ck_assert_uint_eq(n, 2);
  ck_assert_uint_eq(cells[0].len, 3);
  ck_assert_int_eq(memcmp(cells[0].ptr, "a\0b", 3), 0);
  ck_assert_uint_eq(cells[1].len, 1);
}
END_TEST

START_TEST(too_many_cells)
{
  char row[] = "a,b,c,\"d\",e", why[100];
  ek_str cells[3];
  size_t n;
  ck_assert_int_eq(ek_csv_row_cells(row, strlen(row), ',', cells, 3, &n, why, sizeof why), -1);
  ck_assert_uint_eq(n, 5);
  ck_assert_str_eq(why, "5 fields where 3 are expected");
}
END_TEST

/* Row ends in text that comes in two pieces, cut anywhere. */
static const struct { const char *text; size_t first, last; } ends[] = {
  { "a,b\nc\n", 4, 6 },
  { "a\n", 2, 2 },
  { "a", 0, 0 },
  { "\"a\nb\"\nc\n", 6, 8 },
  { "\"a\"\"\nb\"\nc", 8, 8 },
  { "a\"\nb\"\n", 3, 6 },
  { ",\"\n\"\n", 5, 5 },
  { "\"a\nb\n", 0, 0 },
  { "\"a\"x\"\n\"\nb\"\n", 6, 11 },
  { "\"\"\n\"\"\"\n\"\n", 3, 9 },
  { "x,\"\"\"\"\n\"y\"\n", 7, 11 },
};

START_TEST(row_ends)
{
  const char *text = ends[_i].text;
  size_t n = strlen(text);
  for (size_t cut = 0; cut <= n; cut++)
    for (int first = 0; first < 2; first++) {
      ek_csv_scan s = { .delimiter = ',' };
      size_t a = ek_csv_scan_rows(&s, text, cut, first), b = 0;
      if (!(first && a))
        b = ek_csv_scan_rows(&s, text + cut, n - cut, first);
      size_t got = b ? cut + b : a, want = first ? ends[_i].first : ends[_i].last;
      ck_assert_msg(got == want, "%s cut at %zu, first %d: %zu, not %zu", text, cut, first, got, want);
    }
}
END_TEST

START_TEST(unknown_delimiter_opens_a_quote_behind_any)
{
  const char text[] = "a;\"b\nc\"\n";
  ek_csv_scan any = { .delimiter = 0 }, comma = { .delimiter = ',' };
  ck_assert_uint_eq(ek_csv_scan_rows(&any, text, strlen(text), 1), 8);
  ck_assert_uint_eq(ek_csv_scan_rows(&comma, text, strlen(text), 1), 5);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("csv");
  TCase *t = tcase_create("csv");
  tcase_add_loop_test(t, cells_as_python_reads_them, 0, (int)(sizeof rows / sizeof rows[0]));
  tcase_add_test(t, nul_is_a_byte);
  tcase_add_test(t, too_many_cells);
  tcase_add_loop_test(t, row_ends, 0, (int)(sizeof ends / sizeof ends[0]));
  tcase_add_test(t, unknown_delimiter_opens_a_quote_behind_any);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed != 0;
}
