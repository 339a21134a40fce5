/* SPDX-License-Identifier: BSD-3-Clause */
/* Formats, blocks and record boundaries. Folders: test-folder; gzip: test-gzip;
 * pipes: test-pipe.                                                         */
#include "reading.h"
#include "catalog/detect.h"
#include <sys/resource.h>

/* --- the same records whatever the size of a block ------------------------ */

static const struct {
  const char *name;
  enum ek_format format;
  const char *text, *dump;       /* dump NULL: an error, code and line follow */
  const char *header;
  const char *code; uint64_t line;
  size_t len;                    /* 0: strlen                                 */
} cases[] = {
  { "lines", EK_FORMAT_JSONL, "{\"a\":1}\n{\"b\":2}\n", "input:1 @0 [{\"a\":1}]\ninput:2 @8 [{\"b\":2}]\n", "", 0, 0, 0 },
  { "no newline at the end", EK_FORMAT_JSONL, "{\"a\":1}\n{\"b\":2}", "input:1 @0 [{\"a\":1}]\ninput:2 @8 [{\"b\":2}]\n", "", 0, 0, 0 },
  { "CRLF", EK_FORMAT_JSONL, "{\"a\":1}\r\n\r\n{\"b\":2}\r\n", "input:1 @0 [{\"a\":1}]\ninput:3 @11 [{\"b\":2}]\n", "", 0, 0, 0 },
  { "blank lines", EK_FORMAT_JSONL, "\n \t\n{\"a\":1}\n\n   \n{\"b\":2}\n\n", "input:3 @4 [{\"a\":1}]\ninput:6 @17 [{\"b\":2}]\n", "", 0, 0, 0 },
  { "BOM", EK_FORMAT_JSONL, "\xef\xbb\xbf{\"a\":1}\n{}\n", "input:1 @3 [{\"a\":1}]\ninput:2 @11 [{}]\n", "", 0, 0, 0 },
  { "BOM and blanks", EK_FORMAT_JSONL, "\xef\xbb\xbf\n\r\n {}\n", "input:3 @7 [{}]\n", "", 0, 0, 0 },
  { "blanks stay in later lines", EK_FORMAT_JSONL, "{}\n  {} \n", "input:1 @0 [{}]\ninput:2 @3 [  {} ]\n", "", 0, 0, 0 },
  { "rubbish lines are records", EK_FORMAT_JSONL, "{}\nnot json\n[1]\n", "input:1 @0 [{}]\ninput:2 @3 [not json]\ninput:3 @12 [[1]]\n", "", 0, 0, 0 },
  { "NUL bytes", EK_FORMAT_JSONL, "{}\n\0{\0}\n\0\n", "input:1 @0 [{}]\ninput:2 @3 [\0{\0}]\ninput:3 @8 [\0]\n", "", 0, 0, 10 },
  { "loose", EK_FORMAT_LOOSE, "{'a': \"it's\"}\n{'b': 2}\n", "input:1 @0 [{'a': \"it's\"}]\ninput:2 @14 [{'b': 2}]\n", "", 0, 0, 0 },
  { "empty file", EK_FORMAT_AUTO, "", "", "", 0, 0, 0 },
  { "blank file", EK_FORMAT_AUTO, " \n\n\t\n", "", "", 0, 0, 0 },
  { "BOM alone", EK_FORMAT_AUTO, "\xef\xbb\xbf", "", "", 0, 0, 0 },
  { "array", EK_FORMAT_JSON, "[{\"a\":1},{\"b\":2}]", "input:1 @1 [{\"a\":1}]\ninput:1 @9 [{\"b\":2}]\n", "", 0, 0, 0 },
  { "array over lines", EK_FORMAT_JSON, "\n[\n  {\n    \"a\": 1\n  },\n  {\"b\": 2}\n  ,\n {}\n]\n\n",
    "input:3 @5 [{\n    \"a\": 1\n  }]\ninput:6 @25 [{\"b\": 2}]\ninput:8 @39 [{}]\n", "", 0, 0, 0 },
  { "array of anything", EK_FORMAT_JSON, "[1, \"a,]\\\"\", [2,[3]], null, {\"x\":\"}]\\\\\"}, -1.5e3]",
    "input:1 @1 [1]\ninput:1 @4 [\"a,]\\\"\"]\ninput:1 @13 [[2,[3]]]\ninput:1 @22 [null]\ninput:1 @28 [{\"x\":\"}]\\\\\"}]\n"
    "input:1 @42 [-1.5e3]\n", "", 0, 0, 0 },
  { "empty array", EK_FORMAT_JSON, " [ \n ] \n", "", "", 0, 0, 0 },
  { "array with BOM", EK_FORMAT_JSON, "\xef\xbb\xbf[{}]", "input:1 @4 [{}]\n", "", 0, 0, 0 },
  { "broken elements are the parser's", EK_FORMAT_JSON, "[{\"a\":]},{},nonsense\n,{\"b\" 1}]",
    "input:1 @1 [{\"a\":]]\n", "", "bad_array", 1, 0 },
  { "nonsense element", EK_FORMAT_JSON, "[{},nonsense\n,{\"b\" 1}]", "input:1 @1 [{}]\ninput:1 @4 [nonsense]\ninput:2 @14 [{\"b\" 1}]\n", "", 0, 0, 0 },
  { "no comma", EK_FORMAT_JSON, "[{},\n{}\n{}]", "input:1 @1 [{}]\ninput:2 @5 [{}]\n", "", "bad_array", 3, 0 },
  { "two commas", EK_FORMAT_JSON, "[{},\n,{}]", "input:1 @1 [{}]\n", "", "bad_array", 2, 0 },
  { "comma first", EK_FORMAT_JSON, "[,{}]", "", "", "bad_array", 1, 0 },
  { "comma last", EK_FORMAT_JSON, "[{},\n\n]", "input:1 @1 [{}]\n", "", "bad_array", 3, 0 },
  { "no bracket", EK_FORMAT_JSON, "[{},\n{}\n", "input:1 @1 [{}]\ninput:2 @5 [{}]\n", "", "bad_array", 3, 0 },
  { "ends in an element", EK_FORMAT_JSON, "[{},\n{\"a\":\n[1", "input:1 @1 [{}]\n", "", "bad_array", 3, 0 },
  { "text behind", EK_FORMAT_JSON, "[{}]\n\nx", "input:1 @1 [{}]\n", "", "bad_array", 3, 0 },
  { "two arrays", EK_FORMAT_JSON, "[1]\n[2]\n", "input:1 @1 [1]\n", "", "bad_array", 2, 0 },
  { "bracket alone", EK_FORMAT_JSON, "[", "", "", "bad_array", 1, 0 },
  { "csv", EK_FORMAT_CSV, "id,title\n1,a\n2,b\n", "input:2 @9 [1,a]\ninput:3 @13 [2,b]\n", "id|title|", 0, 0, 0 },
  { "csv CRLF, no newline at the end", EK_FORMAT_CSV, "id;title\r\n1;a\r\n2;b", "input:2 @10 [1;a]\ninput:3 @15 [2;b]\n", "id|title|", 0, 0, 0 },
  { "csv BOM", EK_FORMAT_CSV, "\xef\xbb\xbfid\ttitle\n1\ta\n", "input:2 @12 [1\ta]\n", "id|title|", 0, 0, 0 },
  { "csv quotes", EK_FORMAT_CSV, "id,\"a\n\"\"b\"\"\"\n1,\"x\n\ny\"\n\n2,5\" disk\n3,\"\"\"\"\n",
    "input:3 @13 [1,\"x\n\ny\"]\ninput:7 @23 [2,5\" disk]\ninput:8 @33 [3,\"\"\"\"]\n", "id|a\n\"b\"|", 0, 0, 0 },
  { "csv blank lines first", EK_FORMAT_CSV, "\n\n,b\n1,2\n", "input:4 @5 [1,2]\n", "|b|", 0, 0, 0 },
  { "csv blanks in the first name", EK_FORMAT_CSV, "\n  a,b\n1,2\n", "input:3 @7 [1,2]\n", "  a|b|", 0, 0, 0 },
  { "csv header alone", EK_FORMAT_CSV, "id,title", "", "id|title|", 0, 0, 0 },
  { "csv header and newline", EK_FORMAT_CSV, "id,title\n", "", "id|title|", 0, 0, 0 },
  { "csv invalid header", EK_FORMAT_CSV, "id,t\xe9t\n1,2\n", "input:2 @7 [1,2]\n", "id|t\xef\xbf\xbdt|", 0, 0, 0 },
  { "csv bars", EK_FORMAT_CSV, "a|\"b,c,d\"|e\n1|2|3\n", "input:2 @12 [1|2|3]\n", "a|b,c,d|e|", 0, 0, 0 },
  { "csv a quote left open", EK_FORMAT_CSV, "a,b\n1,2\n3,\"x\n4,5\n", "input:2 @4 [1,2]\ninput:3 @8 [3,\"x\n4,5\n]\n", "a|b|", 0, 0, 0 },
  { "csv a header quote left open", EK_FORMAT_CSV, "a,\"b\n1,2\n", "", "", "bad_header", 1, 0 },
  { "control characters", EK_FORMAT_CSV, "\n\x01\x02\x03 nonsense\nx\n", "", "", "not_text", 2, 0 },
  { "NUL noise", EK_FORMAT_CSV, "ab\0cd\n", "", "", "not_text", 1, 6 },
  { "zstd", EK_FORMAT_CSV, "\x28\xb5\x2f\xfd rest\n", "", "", "not_text", 1, 0 },
  { "bzip2", EK_FORMAT_CSV, "BZh91AY&SY rest\n", "", "", "not_text", 1, 0 },
  { "not bzip2", EK_FORMAT_CSV, "BZh,a\n1,2\n", "input:2 @6 [1,2]\n", "BZh|a|", 0, 0, 0 },
  { "shorter than bzip2", EK_FORMAT_CSV, "BZ", "", "BZ|", 0, 0, 0 },
  { "Parquet", EK_FORMAT_CSV, "PAR1\x15\x04", "", "", "not_text", 1, 0 },
  { "not Parquet", EK_FORMAT_CSV, "PAR1,PAR2\n1,2\n", "input:2 @10 [1,2]\n", "PAR1|PAR2|", 0, 0, 0 },
  { "UTF-16", EK_FORMAT_CSV, "\xff\xfe{\0}\0\n\0", "", "", "not_text", 1, 8 },
};

static const size_t sizes[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 17, 31, 33, 64, 4096 };

START_TEST(same_records_in_any_block)
{
  size_t n = cases[_i].len ? cases[_i].len : strlen(cases[_i].text);
  for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
    for (int gz = 0; gz < 2; gz++) {
      ek_input_options o = { .block_size = sizes[k] };
      reading g;
      reading_bytes(&g, cases[_i].text, n, gz, &o);
      ck_assert_msg(g.r == (cases[_i].code ? -1 : 0), "%s, block %zu: %d %s", cases[_i].name, sizes[k], g.r, g.e.message);
      size_t want = cases[_i].len && !cases[_i].code ? g.dump.len : strlen(cases[_i].dump);
      ck_assert_msg(g.dump.len == want && memcmp(g.dump.data, cases[_i].dump, want) == 0, "%s, block %zu:\n%s---\n%s",
                    cases[_i].name, sizes[k], g.dump.data, cases[_i].dump);
      ck_assert_str_eq(g.header.data, cases[_i].header);
      if (cases[_i].code) {
        ck_assert_str_eq(g.e.code, cases[_i].code);
        ck_assert_str_eq(g.e.file, "input");
        ck_assert_msg(g.e.line == cases[_i].line, "%s, block %zu: line %llu", cases[_i].name, sizes[k],
                      (unsigned long long)g.e.line);
      } else {
        ck_assert_msg(g.format == cases[_i].format, "%s: format %d", cases[_i].name, g.format);
        ck_assert_uint_eq(g.bytes, n);
        ck_assert_int_eq(g.gzip, gz);
      }
      reading_free(&g);
    }
}
END_TEST

/* --- detection ------------------------------------------------------------ */

static const struct { const char *line; enum ek_format format; } first_lines[] = {
  { "{\"asin\": \"1\"}", EK_FORMAT_JSONL },
  { "{}", EK_FORMAT_JSONL },
  { "{", EK_FORMAT_JSONL },
  { "{ 'asin': '1'}", EK_FORMAT_LOOSE },
  { "{\"it's\": 1, 'b': 2}", EK_FORMAT_LOOSE },
  { "{\"it's\": None}", EK_FORMAT_LOOSE },
  { "{\"a\": True}", EK_FORMAT_LOOSE },
  { "{\"a\": (1, 2)}", EK_FORMAT_LOOSE },
  { "{\"a\": \"it's (None)\", \"b\": null}", EK_FORMAT_JSONL },
  { "{\"a\": \"\\\"it's\", \"b\": 1}", EK_FORMAT_JSONL },
  { "{\"a\": true, \"b\": x'y}", EK_FORMAT_JSONL },
  { "{\"a\": 1}\n{'b': 2}", EK_FORMAT_JSONL },
  { "{\"unfinished", EK_FORMAT_JSONL },
  { "[1]", EK_FORMAT_JSON },
  { "a,b", EK_FORMAT_CSV },
  { "\"a\",b", EK_FORMAT_CSV },
  { "'a'", EK_FORMAT_CSV },
  { "", EK_FORMAT_CSV },
};

START_TEST(first_line_tells_the_format)
{
  ck_assert_int_eq(ek_detect_format(first_lines[_i].line, strlen(first_lines[_i].line)), first_lines[_i].format);
}
END_TEST

START_TEST(header_tells_the_delimiter)
{
  static const struct { const char *header; char delimiter; } all[] = {
    { "a", ',' }, { "", ',' }, { "a,b", ',' }, { "a;b;c,d", ';' }, { "a\tb", '\t' }, { "a|b|c", '|' },
    { "\"a;b;c;d\",e", ',' }, { "a,b;c", ',' }, { "a|b;c;d", ';' },
  };
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    ck_assert_int_eq(ek_detect_delimiter(all[i].header, strlen(all[i].header)), all[i].delimiter);
}
END_TEST

START_TEST(format_and_delimiter_as_configured)
{
  reading g;
  reading_bytes(&g, "[1]\n[2]\n", 8, 0, &(ek_input_options){ .format = EK_FORMAT_JSONL });
  ck_assert_str_eq(g.dump.data, "input:1 @0 [[1]]\ninput:2 @4 [[2]]\n");
  reading_free(&g);
  reading_bytes(&g, "{a};b,c\n1;2,3\n", 14, 0, &(ek_input_options){ .format = EK_FORMAT_CSV, .delimiter = ';' });
  ck_assert_str_eq(g.header.data, "{a}|b,c|");
  ck_assert_int_eq(g.delimiter, ';');
  reading_free(&g);
  reading_bytes(&g, "{}\n", 3, 0, &(ek_input_options){ .format = EK_FORMAT_JSON });
  ck_assert_int_eq(g.r, -1);
  ck_assert_str_eq(g.e.code, "bad_array");
  reading_free(&g);
  reading_bytes(&g, "\xef\xbb\xbf{\"a\":1}\n", 11, 0, &(ek_input_options){ .format = EK_FORMAT_LOOSE });
  ck_assert_int_eq(g.format, EK_FORMAT_LOOSE);
  ck_assert_str_eq(g.dump.data, "input:1 @3 [{\"a\":1}]\n");
  reading_free(&g);
}
END_TEST

START_TEST(long_first_line)
{
  /* Longer than what detection looks at, in both cases. */
  ek_text t = { 0 };
  for (int csv = 0; csv < 2; csv++) {
    ek_text_clear(&t);
    ek_text_cstr(&t, csv ? "a," : "{\"a\": \"");
    for (int i = 0; i < 200000; i++)
      ek_text_char(&t, 'x');
    ek_text_cstr(&t, csv ? "\n1,2\n" : "\"}\n{}\n");
    for (size_t size = 1; size < (1 << 20); size *= 37) {
      reading g;
      reading_bytes(&g, t.data, t.len, 0, &(ek_input_options){ .block_size = size });
      ck_assert_int_eq(g.r, 0);
      ck_assert_int_eq(g.format, csv ? EK_FORMAT_CSV : EK_FORMAT_JSONL);
      ck_assert_uint_eq(g.records, csv ? 1 : 2);
      ck_assert_uint_eq(g.total_lines, 2);
      reading_free(&g);
    }
  }
  ek_text_free(&t);
}
END_TEST

/* --- records that are too long -------------------------------------------- */

static void
fill(ek_text *t, const char *before, size_t n, const char *after)
{
  ek_text_cstr(t, before);
  ek_text_reserve(t, n);
  memset(t->data + t->len, 'x', n);
  t->len += n;
  ek_text_cstr(t, after);
}

START_TEST(record_of_the_greatest_length)
{
  for (int over = 0; over < 2; over++) {
    ek_text t = { 0 };
    reading g;
    fill(&t, "{}\n", EK_RECORD_MAX + (size_t)over, "\n{}\n");
    reading_bytes(&g, t.data, t.len, 0, &(ek_input_options){ 0 });
    ck_assert_int_eq(g.r, 0);
    ck_assert_uint_eq(g.records, 3);
    ck_assert_uint_eq(g.overlong, over ? EK_RECORD_MAX + 1 : 0);
    ck_assert_uint_eq(g.total_lines, 3);
    reading_free(&g);
    ek_text_free(&t);
  }
}
END_TEST

static const struct { const char *before, *after, *dump; uint64_t extra; } too_long[] = {
  { "{\"a\":1}\n", "\n{\"b\":2}\n", "input:1 @0 [{\"a\":1}]\ninput:2 @8 overlong [xxxxxxxx]\ninput:3 @104857609 [{\"b\":2}]\n", 0 },
  { "{\"a\":1}\n", "", "input:1 @0 [{\"a\":1}]\ninput:2 @8 overlong [xxxxxxxx]\n", 0 },
  { "[1,\n\"\n", "\n,]\\\"\", \n{}]", "input:1 @1 [1]\ninput:2 @4 overlong [\"\nxxxxxx]\ninput:5 @104857615 [{}]\n", 8 },
  { "a,b\n\n1,\"\"\"\n", "\n\",2\n3,4\n", "input:3 @5 overlong [1,\"\"\"\nxx]\ninput:6 @104857616 [3,4]\n", 10 },
};

START_TEST(record_of_100_MB)
{
  ek_text t = { 0 };
  fill(&t, too_long[_i].before, 104857600, too_long[_i].after);
  for (int gz = 0; gz < 2; gz++) {
    reading g;
    reading_bytes(&g, t.data, t.len, gz, &(ek_input_options){ 0 });
    ck_assert_msg(g.r == 0, "%s", g.e.message);
    ck_assert_str_eq(g.dump.data, too_long[_i].dump);
    ck_assert_uint_eq(g.overlong, 104857600 + too_long[_i].extra);
    ck_assert_uint_le(g.largest, EK_RECORD_MAX + 1 + EK_BLOCK_PADDING);
    ck_assert_uint_eq(g.bytes, t.len);
    reading_free(&g);
  }
  ek_text_free(&t);
}
END_TEST

START_TEST(block_shrinks_again)
{
  ek_text t = { 0 };
  fill(&t, "{}\n", 12 << 20, "\n");
  for (int i = 0; i < 2000000; i++)
    ek_text_cstr(&t, "{}\n");
  file_write("input", t.data, t.len);
  char *list[] = { "input" };
  ek_error e = { 0 };
  ek_input *in = ek_input_open(&(ek_paths){ .list = list, .n = 1 }, &(ek_input_options){ 0 }, &e);
  ek_block b = { 0 };
  size_t largest = 0;
  while (ek_input_next(in, &b, &e) == 1)
    largest = b.cap > largest ? b.cap : largest;
  ck_assert_uint_gt(largest, 12 << 20);
  ck_assert_uint_le(b.cap, (1 << 20) + EK_BLOCK_PADDING);
  ek_block_clear(&b);
  ek_input_close(in);
  ek_text_free(&t);
}
END_TEST

START_TEST(header_that_does_not_end)
{
  ek_text t = { 0 };
  reading g;
  fill(&t, "a,", 17 << 20, "\n1,2\n");
  reading_bytes(&g, t.data, t.len, 0, &(ek_input_options){ 0 });
  ck_assert_int_eq(g.r, -1);
  ck_assert_str_eq(g.e.code, "bad_header");
  reading_free(&g);
  ek_text_free(&t);
}
END_TEST

START_TEST(header_with_too_many_columns)
{
  ek_text t = { 0 };
  reading g;
  for (int i = 0; i < 20000; i++)
    ek_text_cstr(&t, "a,");
  reading_bytes(&g, t.data, t.len, 0, &(ek_input_options){ 0 });
  ck_assert_int_eq(g.r, -1);
  ck_assert_str_eq(g.e.code, "bad_header");
  reading_free(&g);
  ek_text_free(&t);
}
END_TEST

START_TEST(megabytes_around_an_array)
{
  ek_text t = { 0 };
  reading g;
  for (int i = 0; i < 20; i++)
    fill(&t, "\n", 1 << 20, "");
  for (size_t i = 0; i < t.len; i++)
    t.data[i] = t.data[i] == 'x' ? ' ' : t.data[i];
  ek_text blank = { 0 };
  ek_text_add(&blank, t.data, t.len);
  ek_text_cstr(&t, "[{},");
  ek_text_add(&t, blank.data, blank.len);
  ek_text_cstr(&t, "{}");
  ek_text_add(&t, blank.data, blank.len);
  ek_text_cstr(&t, "]");
  ek_text_add(&t, blank.data, blank.len);
  reading_bytes(&g, t.data, t.len, 0, &(ek_input_options){ 0 });
  ck_assert_int_eq(g.r, 0);
  ck_assert_uint_eq(g.overlong, 0);
  ck_assert_str_eq(g.dump.data, "input:21 @20971541 [{}]\ninput:41 @41943084 [{}]\n");
  ck_assert_uint_lt(g.largest, 4 << 20);
  reading_free(&g);
  ek_text_free(&t);
  ek_text_free(&blank);
}
END_TEST

/* --- several files, numbers, what a caller may rely on --------------------- */

START_TEST(files_in_turn)
{
  file_write("a.jsonl", "{\"a\":1}\n{\"a\":2}", 15);
  file_write("b.csv", "x;y\n1;2\n", 8);
  file_write("c.json", "[]", 2);
  file_write("d.json", "[{}\n]", 5);
  char *list[] = { "a.jsonl", "b.csv", "c.json", "d.json" };
  ek_paths paths = { .list = list, .n = 4 };
  ek_error e = { 0 };
  reading g = { 0 };
  uint64_t done, total;
  ek_input *in = ek_input_open(&paths, &(ek_input_options){ .block_size = 4 }, &e);
  ck_assert_ptr_nonnull(in);
  ek_input_progress(in, &done, &total);
  ck_assert_uint_eq(done, 0);
  ck_assert_uint_eq(total, 30);
  reading_go(&g, in);
  ck_assert_int_eq(g.r, 0);
  ck_assert_str_eq(g.dump.data, "a.jsonl:1 @0 [{\"a\":1}]\na.jsonl:2 @8 [{\"a\":2}]\nb.csv:2 @4 [1;2]\nd.json:1 @1 [{}]\n");
  ek_input_progress(in, &done, &total);
  ck_assert_uint_eq(done, 30);
  ck_assert_uint_eq(ek_input_n_files(in), 4);
  ck_assert_int_eq(ek_input_file_at(in, 1)->delimiter, ';');
  ck_assert_uint_eq(ek_input_file_at(in, 0)->bytes, 15);
  ck_assert_uint_eq(ek_input_file_at(in, 0)->disk_bytes, 15);
  ck_assert_int_eq(ek_input_file_at(in, 2)->format, EK_FORMAT_JSON);
  ek_block b = { 0 };
  ck_assert_int_eq(ek_input_next(in, &b, &e), 0);
  ck_assert_ptr_null(b.file);
  ek_block_clear(&b);
  ek_input_close(in);
  reading_free(&g);
}
END_TEST

START_TEST(error_takes_the_turn_of_a_block)
{
  file_write("a.json", "[1,\n2,\n", 7);
  file_write("b.json", "[3]", 3);
  char *list[] = { "b.json", "a.json", "b.json" };
  ek_paths paths = { .list = list, .n = 3 };
  ek_error e = { 0 };
  ek_block b = { 0 };
  ek_input *in = ek_input_open(&paths, &(ek_input_options){ 0 }, &e);
  ck_assert_int_eq(ek_input_next(in, &b, &e), 1);
  ck_assert_int_eq(ek_input_next(in, &b, &e), 1);
  ck_assert_uint_eq(b.seq, 1);
  ck_assert_int_eq(ek_input_next(in, &b, &e), -1);
  ck_assert_uint_eq(b.seq, 2);
  ck_assert_uint_eq(b.file_index, 1);
  ck_assert_str_eq(b.file->name, "a.json");
  ck_assert_str_eq(e.code, "bad_array");
  ck_assert_uint_eq(e.line, 2);                /* one newline in the block before */
  for (int i = 0; i < 3; i++) {                /* and so it stays             */
    e = (ek_error){ 0 };
    ck_assert_int_eq(ek_input_next(in, &b, &e), -1);
    ck_assert_str_eq(e.code, "bad_array");
  }
  ek_block_clear(&b);
  ek_input_close(in);
}
END_TEST

START_TEST(padding_can_be_read)
{
  file_write("input", "{}\n{\"a\":1}\n", 11);
  char *list[] = { "input" };
  ek_paths paths = { .list = list, .n = 1 };
  ek_error e = { 0 };
  ek_block b = { 0 };
  ek_input *in = ek_input_open(&paths, &(ek_input_options){ .block_size = 5 }, &e);
  while (ek_input_next(in, &b, &e) == 1)
    for (size_t i = 0; i < EK_BLOCK_PADDING; i++)
      ck_assert_int_eq(b.data[b.len + i], 0);
  ek_block_clear(&b);
  ek_input_close(in);
}
END_TEST

START_TEST(many_lines)
{
  /* More than one block of the usual size, with a record over each border.  */
  ek_text t = { 0 };
  for (unsigned i = 0; i < 40000; i++) {
    ek_text_printf(&t, "{\"n\": %u, \"t\": \"", i);
    for (unsigned k = 0; k < i % 97; k++)
      ek_text_char(&t, 'x');
    ek_text_cstr(&t, "\"}\n");
  }
  for (int gz = 0; gz < 2; gz++)
    for (size_t size = 0; size < 3; size++) {
      reading g;
      reading_bytes(&g, t.data, t.len, gz, &(ek_input_options){ .block_size = size * 5000 });
      ck_assert_int_eq(g.r, 0);
      ck_assert_uint_eq(g.records, 40000);
      ck_assert_uint_eq(g.total_lines, 40000);
      ck_assert_uint_eq(g.bytes, t.len);
      ck_assert_uint_ge(g.blocks, size ? t.len / (size * 5000) : 3);
      ck_assert_uint_le(g.blocks, size ? t.len / (size * 4700) : 4);
      reading_free(&g);
    }
  ek_text_free(&t);
}
END_TEST

int
main(void)
{
  folder_make();
  Suite *s = suite_create("input");
  TCase *t = tcase_create("input");
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, same_records_in_any_block, 0, (int)(sizeof cases / sizeof cases[0]));
  tcase_add_loop_test(t, first_line_tells_the_format, 0, (int)(sizeof first_lines / sizeof first_lines[0]));
  tcase_add_test(t, header_tells_the_delimiter);
  tcase_add_test(t, format_and_delimiter_as_configured);
  tcase_add_test(t, long_first_line);
  tcase_add_test(t, record_of_the_greatest_length);
  tcase_add_loop_test(t, record_of_100_MB, 0, (int)(sizeof too_long / sizeof too_long[0]));
  tcase_add_test(t, block_shrinks_again);
  tcase_add_test(t, header_that_does_not_end);
  tcase_add_test(t, header_with_too_many_columns);
  tcase_add_test(t, megabytes_around_an_array);
  tcase_add_test(t, files_in_turn);
  tcase_add_test(t, error_takes_the_turn_of_a_block);
  tcase_add_test(t, padding_can_be_read);
  tcase_add_test(t, many_lines);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  folder_remove();
  return failed != 0;
}
