/* SPDX-License-Identifier: BSD-3-Clause */
/* gzip as it comes: many members, odd headers, padding; and every way to be damaged.
 * The same program passes with ISA-L and with zlib.                         */
#include "reading.h"
#include "catalog/gunzip.h"

static const char text[] = "{\"a\":1}\n{\"b\":2}\n{\"c\":\"abababababababababababab\"}\n";
#define DUMP \
  "input:1 @0 [{\"a\":1}]\ninput:2 @8 [{\"b\":2}]\ninput:3 @16 [{\"c\":\"abababababababababababab\"}]\n"

static void
read_packed(reading *g, const ek_text *packed, size_t block)
{
  file_write("input", packed->data, packed->len);
  reading_file(g, "input", &(ek_input_options){ .block_size = block });
}

/* Every optional field that RFC 1952 knows. */
static gz_header
full_header(void)
{
  static Bytef extra[300], name[] = "meta.json", comment[] = "a comment";
  memset(extra, 'E', sizeof extra);
  return (gz_header){ .text = 1, .time = 1234567890, .os = 3, .extra = extra, .extra_len = sizeof extra,
                      .name = name, .comment = comment, .hcrc = 1 };
}

START_TEST(header_fields)
{
  for (int mask = 0; mask < 16; mask++) {
    gz_header h = full_header();
    ek_text p = { 0 };
    reading g;
    if (!(mask & 1))
      h.extra = NULL;
    if (!(mask & 2))
      h.name = NULL;
    if (!(mask & 4))
      h.comment = NULL;
    h.hcrc = mask >> 3;
    if (mask & 1 && mask & 2)
      h.extra_len = 0;
    gzip_member(&p, text, strlen(text), 6, &h);
    gzip_member(&p, text, strlen(text), 6, &h);
    read_packed(&g, &p, 0);
    ck_assert_msg(g.r == 0, "mask %d: %s", mask, g.e.message);
    ck_assert_uint_eq(g.records, 6);
    ck_assert_int_eq(g.gzip, 1);
    reading_free(&g);
    ek_text_free(&p);
  }
}
END_TEST

START_TEST(two_thousand_members)
{
  ek_text p = { 0 };
  uint64_t total = 0;
  for (int i = 0; i < 2000; i++) {
    char record[64];
    int n = snprintf(record, sizeof record, "{\"n\":%d}%s", i, i % 7 ? "\n" : "");   /* a record over two members */
    if (i % 7 == 0)
      n = snprintf(record, sizeof record, "{\"n\":");
    else if (i % 7 == 1)
      n = snprintf(record, sizeof record, "%d}\n", i);
    gzip_member(&p, record, (size_t)n, i % 10, NULL);
    if (i % 50 == 0)
      gzip_member(&p, "", 0, 6, NULL);
    total += (uint64_t)n;
  }
  for (size_t block = 0; block < 100; block += 33) {
    reading g;
    read_packed(&g, &p, block);
    ck_assert_msg(g.r == 0, "%s", g.e.message);
    ck_assert_uint_eq(g.bytes, total);
    ck_assert_uint_eq(g.records, 2000 - 286);
    reading_free(&g);
  }
  ek_text_free(&p);
}
END_TEST

/* A long name in the header moves the end of the first member over the end of the
 * buffer that raw bytes are read into, byte by byte.                        */
START_TEST(member_ends_at_any_place_of_the_buffer)
{
  ek_text plain = { 0 };
  gzip_member(&plain, text, strlen(text), 6, NULL);
  for (size_t raw = 64 << 10; raw <= 256 << 10; raw *= 2)
    for (int shift = -30; shift <= 30; shift++) {
      ek_text p = { 0 };
      reading g;
      size_t want = (size_t)((long)raw + shift);
      Bytef *name = ek_mem_zero(want, 1);
      memset(name, 'n', want - plain.len - 1);
      gz_header h = { .name = name, .os = 3 };
      gzip_member(&p, text, strlen(text), 6, &h);
      ck_assert_uint_eq(p.len, want);
      gzip_member(&p, text, strlen(text), 6, NULL);
      read_packed(&g, &p, 0);
      ck_assert_msg(g.r == 0, "%s", g.e.message);
      ck_assert_uint_eq(g.records, 6);
      reading_free(&g);
      ek_text_free(&p);
      free(name);
    }
  ek_text_free(&plain);
}
END_TEST

/* Any number of bytes at a time in, and any amount of room. */
START_TEST(bytes_in_any_portions)
{
  ek_text p = { 0 };
  gz_header h = full_header();
  for (int level = 0; level < 10; level += 3)
    gzip_member(&p, text, strlen(text), level, level ? NULL : &h);
  ek_text_char(&p, 0);
  for (size_t in_step = 1; in_step < 40; in_step++)
    for (size_t out_step = 1; out_step < 40; out_step++) {
      ek_gunzip *z = ek_gunzip_new();
      uint8_t got[4 * sizeof text + 64], *out = got;
      const uint8_t *in = (const uint8_t *)p.data, *in_end = in, *all = in + p.len;
      int r = 0;
      while (in_end < all && r >= 0) {
        in_end = (size_t)(all - in_end) < in_step ? all : in_end + in_step;
        do
          r = ek_gunzip_run(z, &in, in_end, &out, out + out_step);
        while (r == EK_GUNZIP_FULL);
      }
      ck_assert_msg(r == EK_GUNZIP_MORE, "%zu, %zu: %s", in_step, out_step, ek_gunzip_why(z));
      ck_assert(ek_gunzip_ended(z));
      ck_assert_uint_eq((size_t)(out - got), 4 * strlen(text));
      for (int i = 0; i < 4; i++)
        ck_assert_int_eq(memcmp(got + (size_t)i * strlen(text), text, strlen(text)), 0);
      ek_gunzip_free(z);
    }
  ek_text_free(&p);
}
END_TEST

START_TEST(cut_off_anywhere)
{
  ek_text p = { 0 };
  gz_header h = full_header();
  h.extra_len = 5;
  gzip_member(&p, text, strlen(text), 6, &h);
  size_t member = p.len;
  gzip_member(&p, text, strlen(text), 6, NULL);
  gzip_member(&p, "", 0, 6, NULL);
  size_t empty = p.len - 20;
  for (size_t n = 0; n <= p.len; n++) {
    ek_text cut = { .data = p.data, .len = n };
    reading g;
    read_packed(&g, &cut, 0);
    if (n == 0 || n == member || n == empty || n == p.len) {
      ck_assert_msg(g.r == 0, "%zu bytes: %s", n, g.e.message);
      ck_assert_uint_eq(g.records, n == 0 ? 0 : n == member ? 3 : 6);
    } else {
      ck_assert_msg(g.r == -1, "%zu of %zu bytes pass for a whole file", n, p.len);
      ck_assert_str_eq(g.e.code, n == 1 ? "not_text" : "gzip_truncated");
      ck_assert_str_eq(g.e.file, "input");
      ck_assert_uint_eq(g.e.line, g.records + 1);
      ck_assert(g.records >= (n > member ? 3u : 0u) && g.records <= 6);
    }
    reading_free(&g);
  }
  ek_text_free(&p);
}
END_TEST

START_TEST(cut_off_says_where)
{
  ek_text t = { 0 }, p = { 0 };
  reading g;
  for (int i = 0; i < 60000; i++)
    ek_text_printf(&t, "{\"n\":%d,\"m\":%d}\n", i, i * 7919 % 10007);
  gzip_member(&p, t.data, t.len, 6, NULL);
  p.len = p.len * 3 / 4;
  read_packed(&g, &p, 0);
  ck_assert_int_eq(g.r, -1);
  ck_assert_int_eq(g.e.status, EK_EXIT_FAILED);
  ck_assert_str_eq(g.e.code, "gzip_truncated");
  ck_assert_str_eq(g.e.message, "the gzip stream ends in the middle of a record");
  ck_assert_ptr_nonnull(strstr(g.e.help, "fetch it again. Nothing was written"));
  ck_assert_uint_gt(g.records, 40000);
  ck_assert_uint_eq(g.e.line, g.records + 1);
  reading_free(&g);
  ek_text_free(&t);
  ek_text_free(&p);
}
END_TEST

/* No single wrong bit goes unnoticed, unless it is in what says nothing about the text. */
START_TEST(any_wrong_bit)
{
  ek_text p = { 0 };
  gzip_member(&p, text, strlen(text), 6, NULL);
  for (size_t i = 0; i < p.len * 8; i++) {
    ek_text bad = { 0 };
    reading g;
    ek_text_add(&bad, p.data, p.len);
    bad.data[i / 8] = (char)(bad.data[i / 8] ^ 1 << (i % 8));
    read_packed(&g, &bad, 0);
    size_t byte = i / 8;
    /* FTEXT, time, extra flags and system; and in the last byte of the deflate stream
     * the bits behind its end. */
    int harmless = i == 24 || (byte >= 4 && byte <= 9), unused = byte == p.len - 9 && g.r == 0;
    ck_assert_msg(g.r == (harmless || unused ? 0 : -1), "bit %zu of byte %zu: %d %s", i % 8, byte, g.r, g.e.message);
    if (harmless || unused)
      ck_assert_str_eq(g.dump.data, DUMP);
    if (byte >= p.len - 8) {
      ck_assert_str_eq(g.e.code, "gzip_damaged");
      ck_assert_ptr_nonnull(strstr(g.e.message, byte < p.len - 4 ? "a wrong checksum" : "a wrong length"));
      ck_assert_ptr_nonnull(strstr(g.e.message, "(member 1, which begins at byte 0 of the file)"));
    }
    reading_free(&g);
    ek_text_free(&bad);
  }
  ek_text_free(&p);
}
END_TEST

START_TEST(wrong_checksums_in_a_later_member)
{
  for (int back = 1; back <= 8; back += 4) {
    ek_text p = { 0 };
    reading g;
    char why[128];
    gzip_member(&p, text, strlen(text), 6, NULL);
    size_t first = p.len;
    gzip_member(&p, text, strlen(text), 6, NULL);
    p.data[p.len - (size_t)back]++;
    gzip_member(&p, text, strlen(text), 6, NULL);
    read_packed(&g, &p, 0);
    ck_assert_int_eq(g.r, -1);
    ck_assert_str_eq(g.e.code, "gzip_damaged");
    snprintf(why, sizeof why, "(member 2, which begins at byte %zu of the file)", first);
    ck_assert_ptr_nonnull(strstr(g.e.message, why));
    ck_assert_uint_eq(g.records, 6);           /* handed on, but the run publishes nothing */
    reading_free(&g);
    ek_text_free(&p);
  }
}
END_TEST

START_TEST(wrong_header_checksum)
{
  ek_text p = { 0 };
  reading g;
  gz_header h = full_header();
  h.extra = NULL;
  gzip_member(&p, text, strlen(text), 6, &h);
  char *at = memmem(p.data, p.len, "a comment", 10);
  ck_assert_ptr_nonnull(at);
  at[0] = 'A';
  read_packed(&g, &p, 0);
  ck_assert_int_eq(g.r, -1);
  ck_assert_ptr_nonnull(strstr(g.e.message, "a wrong checksum of the header"));
  reading_free(&g);
  ek_text_free(&p);
}
END_TEST

START_TEST(behind_the_last_member)
{
  static const struct { const char *what; size_t n; int ok; } all[] = {
    { "\0", 1, 1 }, { "\0\0\0", 3, 1 }, { "x", 1, 0 }, { "\0x", 2, 0 }, { "\n", 1, 0 }, { "{\"a\":1}\n", 8, 0 },
    { "\x1f\x8c", 2, 0 }, { "\x1f", 1, 0 }, { "\0\x1f\x8b", 3, 0 }, { "PK", 2, 0 },
  };
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    ek_text p = { 0 };
    reading g;
    gzip_member(&p, text, strlen(text), 6, NULL);
    ek_text_add(&p, all[i].what, all[i].n);
    read_packed(&g, &p, 0);
    ck_assert_msg(g.r == (all[i].ok ? 0 : -1), "%zu: %s", i, g.e.message);
    ck_assert_str_eq(g.dump.data, DUMP);
    if (!all[i].ok)
      ck_assert_str_eq(g.e.code, strcmp(all[i].what, "\x1f") == 0 ? "gzip_truncated" : "gzip_damaged");
    reading_free(&g);
    ek_text_free(&p);
  }
}
END_TEST

START_TEST(zeros_to_the_end_of_a_tape)
{
  ek_text p = { 0 };
  reading g;
  gzip_member(&p, text, strlen(text), 6, NULL);
  for (int i = 0; i < 1000000; i++)
    ek_text_char(&p, 0);
  read_packed(&g, &p, 0);
  ck_assert_int_eq(g.r, 0);
  ck_assert_str_eq(g.dump.data, DUMP);
  reading_free(&g);
  ek_text_char(&p, 'x');
  read_packed(&g, &p, 0);
  ck_assert_int_eq(g.r, -1);
  reading_free(&g);
  ek_text_free(&p);
}
END_TEST

START_TEST(method_and_flags_that_do_not_exist)
{
  for (int i = 0; i < 4; i++) {
    ek_text p = { 0 };
    reading g;
    gzip_member(&p, text, strlen(text), 6, NULL);
    if (i == 0)
      p.data[2] = 7;
    else
      p.data[3] = (char)(0x10 << i);
    read_packed(&g, &p, 0);
    ck_assert_int_eq(g.r, -1);
    ck_assert_str_eq(g.e.code, "gzip_damaged");
    reading_free(&g);
    ek_text_free(&p);
  }
}
END_TEST

START_TEST(plain_text_that_looks_like_it)
{
  reading g;
  file_write("input", "\x1f{}\n", 4);
  reading_file(&g, "input", &(ek_input_options){ .format = EK_FORMAT_JSONL });
  ck_assert_int_eq(g.r, 0);
  ck_assert_int_eq(g.gzip, 0);
  ck_assert_str_eq(g.dump.data, "input:1 @0 [\x1f{}]\n");
  reading_free(&g);
}
END_TEST

/* Far distances, stored blocks and long runs over many blocks of ours. */
START_TEST(large_texts)
{
  ek_text t = { 0 };
  uint32_t seed = 1;
  while (t.len < 6 << 20) {
    seed = seed * 1103515245u + 12345u;
    unsigned kind = seed >> 28;
    if (kind < 8)
      ek_text_printf(&t, "%08x\n", seed);
    else if (kind < 12 && t.len > 40000) {
      size_t back = 1 + (seed & 32767), n = 1 + (seed >> 15 & 1023);
      for (size_t i = 0; i < n; i++)
        ek_text_char(&t, t.data[t.len - back]);
    } else
      for (unsigned i = 0; i < (seed & 4095); i++)
        ek_text_char(&t, kind == 15 ? (char)((seed = seed * 69069u + 1) >> 24) : 'r');
  }
  for (int level = 0; level < 10; level += 3) {
    ek_text p = { 0 };
    reading g;
    gzip_member(&p, t.data, t.len / 2, level, NULL);
    gzip_member(&p, t.data + t.len / 2, t.len - t.len / 2, 9 - level, NULL);
    file_write("input", p.data, p.len);
    ek_text got = { 0 };
    char *list[] = { "input" };
    ek_input *in = ek_input_open(&(ek_paths){ .list = list, .n = 1 }, &(ek_input_options){ .format = EK_FORMAT_JSONL }, &g.e);
    ek_block b = { 0 };
    int r;
    while ((r = ek_input_next(in, &b, &g.e)) == 1)
      ek_text_add(&got, b.data, b.len);
    ck_assert_int_eq(r, 0);
    /* Blank lines at the start are not handed on; there are none here.      */
    ck_assert_uint_eq(got.len, t.len);
    ck_assert_int_eq(memcmp(got.data, t.data, t.len), 0);
    ek_block_clear(&b);
    ek_input_close(in);
    ek_text_free(&got);
    ek_text_free(&p);
  }
  ek_text_free(&t);
}
END_TEST

int
main(void)
{
  folder_make();
  Suite *s = suite_create("gzip");
  TCase *t = tcase_create("gzip");
  tcase_set_timeout(t, 120);
  tcase_add_test(t, header_fields);
  tcase_add_test(t, two_thousand_members);
  tcase_add_test(t, member_ends_at_any_place_of_the_buffer);
  tcase_add_test(t, bytes_in_any_portions);
  tcase_add_test(t, cut_off_anywhere);
  tcase_add_test(t, cut_off_says_where);
  tcase_add_test(t, any_wrong_bit);
  tcase_add_test(t, wrong_checksums_in_a_later_member);
  tcase_add_test(t, wrong_header_checksum);
  tcase_add_test(t, behind_the_last_member);
  tcase_add_test(t, zeros_to_the_end_of_a_tape);
  tcase_add_test(t, method_and_flags_that_do_not_exist);
  tcase_add_test(t, plain_text_that_looks_like_it);
  tcase_add_test(t, large_texts);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  folder_remove();
  return failed != 0;
}
