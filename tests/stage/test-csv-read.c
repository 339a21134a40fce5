/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows and cells of both styles, lines, bounds; and what our writer writes reads back. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "folder.h"
#include "output/csv.h"
#include "stage/local/csv_read.h"

static ek_error e;

static void
put(const char *data, size_t len)
{
  FILE *f = fopen("f.csv", "w");
  ck_assert(f && fwrite(data, 1, len, f) == len && fclose(f) == 0);
}

/* All rows: cells in <>, rows with their line: "1<a><b>2<c><d>"; an error as "!code@line". */
static const char *
rows(size_t expect)
{
  static char text[8192];
  const ek_csv_field *cells;
  size_t n, at = 0;
  int more;
  ek_csv_file *f = ek_csv_file_open("f.csv", &e);
  if (!f) {
    snprintf(text, sizeof text, "!%s", e.code);
    return text;
  }
  ek_csv_file_expect(f, expect);
  text[0] = 0;
  while ((more = ek_csv_file_row(f, &cells, &n, &e)) == 1) {
    at += (size_t)snprintf(text + at, sizeof text - at, "%d", (int)ek_csv_file_line(f));
    for (size_t i = 0; i < n; i++)
      at += (size_t)snprintf(text + at, sizeof text - at, "<%s%.*s>", cells[i].quoted ? "q:" : "", (int)cells[i].text.len, cells[i].text.ptr);
  }
  if (more < 0)
    snprintf(text + at, sizeof text - at, "!%s@%d", e.code, (int)e.line);
  ek_csv_file_close(f);
  return text;
}

static const struct { const char *in, *out; size_t expect; } cases[] = {
  { "a,b\n1,2\n", "1<a><b>2<1><2>", 2 },
  { "a,b\r\n1,2\r\n", "1<a><b>2<1><2>", 2 },
  { "a,b\n1,2", "1<a><b>2<1><2>", 2 },
  { "a,b\n1,2\r", "1<a><b>2<1><2>", 2 },
  { "a\n\n\r\nb\n", "1<a>4<b>", 1 },
  { "", "", 1 },
  { "\n", "", 1 },
  { ",\n", "1<><>", 2 },
  { "\"a\",\"b\"\n\"1\",\"\"\n", "1<q:a><q:b>2<q:1><q:>", 2 },
  { "\"a\",\"b\"\r\n\"1\",\"2\"\r\n3,\"4\"", "1<q:a><q:b>2<q:1><q:2>3<3><q:4>", 2 },
  { "x,\"a \"\"b\"\" c\"\n", "1<x><q:a \"b\" c>", 2 },
  { "x,\"a \\\"b\\\" c\"\n", "1<x><q:a \"b\" c>", 2 },
  { "x,\"a\\\\b\"\n", "1<x><q:a\\b>", 2 },
  { "x,\"a\\nb\"\n", "1<x><q:a\\nb>", 2 },
  { "x,a\\b\n", "1<x><a\\b>", 2 },
  { "x,\"a,b\nc\r\nd\"\ny,z\n", "1<x><q:a,b\nc\r\nd>4<y><z>", 2 },
  { "x,a\"b\ny,2\n", "1<x><a\"b>2<y><2>", 2 },
  { "x,6\" pan\n\"y\",2\n", "1<x><6\" pan>2<q:y><2>", 2 },
  /* A backslash before the closing quote: Personalize reads on, others do not. */
  { "x,\"a\\\"\ny,2\n", "1<x><q:a\\>2<y><2>", 2 },
  { "x,\"a\\\",z\ny,2,3\n", "1<x><q:a\\><z>2<y><2><3>", 3 },
  { "1,\"a\\\",x\n2,\"b\",y\n", "1<1><q:a\\><x>2<2><q:b><y>", 3 },
  { "1,\"C:\\\\\",\"x\\\"\"y\"\n2,\"b\",y\n", "1<1><q:C:\\\\><q:x\\\"y>2<2><q:b><y>", 3 },
  { "x,\"a\ny,2\n", "!open_quote@1", 2 },
  { "a,b\nx,\"a\ny,2\n", "1<a><b>!open_quote@2", 2 },
  { "x,\"a\"b\n", "1<x><q:ab>", 2 },
  { "\xef\xbb\xbf" "a,b\n", "1<a><b>", 2 },
  { "\x1f\x8b\x08xxxx", "!compressed", 1 },
  { "PK\3\4xxxx", "!compressed", 1 },
  { "\xff\xfe" "a", "!not_utf8", 1 },
  { "a,b\r1,2\r", "1<a><b\r1><2>", 0 },
};

START_TEST(case_by_case)
{
  put(cases[_i].in, strlen(cases[_i].in));
  ck_assert_str_eq(rows(cases[_i].expect), cases[_i].out);
}
END_TEST

/* Rows at every place against the ends of the buffer. */
START_TEST(long_files)
{
  FILE *f = fopen("f.csv", "w");
  const ek_csv_field *cells;
  size_t n, k = 0;
  for (int i = 0; i < 120000; i++)
    fprintf(f, "%d,\"quoted, \\\"%d\\\"\nnext\",%*s\n", i, i, i % 37, "");
  fclose(f);
  ek_csv_file *r = ek_csv_file_open("f.csv", &e);
  ek_csv_file_expect(r, 3);
  while (ek_csv_file_row(r, &cells, &n, &e) == 1) {
    char want[64];
    ck_assert_uint_eq(n, 3);
    ck_assert_uint_eq(ek_csv_file_line(r), 2 * k + 1);
    snprintf(want, sizeof want, "%zu", k);
    ck_assert(ek_str_eqc(cells[0].text, want));
    snprintf(want, sizeof want, "quoted, \"%zu\"\nnext", k);
    ck_assert(ek_str_eqc(cells[1].text, want));
    ck_assert_uint_eq(cells[2].text.len, k % 37);
    k++;
  }
  ck_assert_uint_eq(k, 120000);
  ck_assert(ek_csv_file_share(r) > 0.999);
  ck_assert_int_eq(ek_csv_file_rewind(r, &e), 0);
  ck_assert_int_eq(ek_csv_file_row(r, &cells, &n, &e), 1);
  ck_assert_uint_eq(ek_csv_file_line(r), 1);
  ck_assert(ek_str_eqc(cells[0].text, "0"));
  ek_csv_file_close(r);
}
END_TEST

START_TEST(bounds)
{
  size_t size = (size_t)40 << 20;
  char *big = malloc(size);
  memset(big, 'x', size);
  put(big, size);
  ck_assert_str_eq(rows(1), "!long_row@1");
  big[0] = '"';
  put(big, size);
  ck_assert_str_eq(rows(1), "!open_quote@1");
  memset(big, ',', (size_t)1 << 20);                /* a million empty cells          */
  put(big, (size_t)1 << 20);
  const ek_csv_field *cells;
  size_t n;
  ek_csv_file *f = ek_csv_file_open("f.csv", &e);
  ck_assert_int_eq(ek_csv_file_row(f, &cells, &n, &e), 1);
  ck_assert_uint_eq(n, ((size_t)1 << 20) + 1);
  ek_csv_file_close(f);
  free(big);
}
END_TEST

START_TEST(no_files)
{
  ck_assert_ptr_null(ek_csv_file_open("nope.csv", &e));
  ck_assert_str_eq(e.code, "no_such_file");
  ck_assert_int_eq(mkdir("d", 0777), 0);
  ck_assert_ptr_null(ek_csv_file_open("d", &e));
  ck_assert_str_eq(e.code, "not_a_file");
  ck_assert_int_eq(mkfifo("p", 0666), 0);
  ck_assert_ptr_null(ek_csv_file_open("p", &e));
  ck_assert_str_eq(e.code, "not_a_file");
}
END_TEST

/* Whatever our writer writes, in every style, comes back as it was. */
START_TEST(reads_what_we_write)
{
  static const char alphabet[] = { 'a', '"', '\\', ',', '\n', '\r', ' ', '|' };
  enum ek_csv_style style = _i & 1 ? EK_CSV_RFC4180 : EK_CSV_PERSONALIZE;
  enum ek_quote quote = _i & 2 ? EK_QUOTE_ALL : EK_QUOTE_MINIMAL;
  unsigned seed = 12345;
  for (int round = 0; round < 400; round++) {
    char cells_in[4][12];
    size_t lens[4], n;
    ek_text t = { 0 };
    const ek_csv_field *cells;
    ek_text_cstr(&t, "a,b,c,d\n");
    for (int c = 0; c < 4; c++) {
      lens[c] = (seed = seed * 1103515245 + 12345) >> 16 & 7;
      for (size_t i = 0; i < lens[c]; i++)
        cells_in[c][i] = alphabet[(seed = seed * 1103515245 + 12345) >> 16 & 7];
      /* A CR at the end of a line is the line's, unless it is quoted: as it will be. RFC style with
       * backslashes before quotes cannot be told from the other style in all cases. */
      if (style == EK_CSV_RFC4180)
        for (size_t i = 0; i < lens[c]; i++)
          cells_in[c][i] = cells_in[c][i] == '\\' ? '/' : cells_in[c][i];
      if (c)
        ek_text_char(&t, ',');
      ek_csv_cell(&t, (ek_str){ cells_in[c], lens[c] }, style, quote);
    }
    ek_text_char(&t, '\n');
    put(t.data, t.len);
    ek_csv_file *f = ek_csv_file_open("f.csv", &e);
    ek_csv_file_expect(f, 4);
    ck_assert_int_eq(ek_csv_file_row(f, &cells, &n, &e), 1);
    ck_assert_int_eq(ek_csv_file_row(f, &cells, &n, &e), 1);
    ck_assert_uint_eq(n, 4);
    for (int c = 0; c < 4; c++)
      ck_assert_msg(cells[c].text.len == lens[c] && memcmp(cells[c].text.ptr, cells_in[c], lens[c]) == 0, "%s", ek_text_c(&t));
    ck_assert_int_eq(ek_csv_file_row(f, &cells, &n, &e), 0);
    ek_csv_file_close(f);
    ek_text_free(&t);
  }
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("csv-read");
  TCase *t = tcase_create("csv-read");
  tcase_add_checked_fixture(t, enter_folder, leave_folder);
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, case_by_case, 0, (int)(sizeof cases / sizeof *cases));
  tcase_add_test(t, long_files);
  tcase_add_test(t, bounds);
  tcase_add_test(t, no_files);
  tcase_add_loop_test(t, reads_what_we_write, 0, 4);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? 1 : 0;
}
