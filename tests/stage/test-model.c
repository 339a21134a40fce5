/* SPDX-License-Identifier: BSD-3-Clause */
/* Model files: the same answers as the model in memory, and every flipped bit refused or
 * harmless. */
#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>
#include "folder.h"
#include "stage-kit.h"
#include "stage/local/model.h"
#include "stage/local/model_format.h"

static ek_error e;
static kit_set set;
static ek_skc *memory;             /* the same model, with W                        */

static int
write_model(const char *path, const kit_set *s, const ek_hyper *h, const uint8_t *candidates, unsigned threads)
{
  static const ek_train_mask all;
  static const ek_stage_watch nobody;
  ek_model_writer *w = ek_model_create(path, s->events, h, &e);
  if (!w)
    return -1;
  ek_skc *m = ek_skc_train(s->events, all, h, s->categories, threads, ek_model_row, w, &nobody, &e);
  if (!m) {
    ek_model_abandon(w);
    return -1;
  }
  if (candidates)
    ek_model_candidates(w, candidates);
  int result = ek_model_finish(w, m, ek_cstr("{\"recipe\": \"metadata\"}"), &e);
  ek_skc_free(m);
  return result;
}

static void
make(unsigned users, unsigned items, unsigned length, unsigned values, const ek_hyper *h)
{
  static const ek_train_mask all;
  static const ek_stage_watch nobody;
  set = kit_random(users, items, length, values, 7);
  memory = ek_skc_train(set.events, all, h, set.categories, 2, NULL, NULL, &nobody, &e);
  ck_assert_msg(memory != NULL, "%s", e.message);
  int result = write_model("m.ekm", &set, h, NULL, 2);
  ck_assert_msg(result == 0, "%s", e.message);
}

static void
teardown(void)
{
  ek_skc_free(memory);
  kit_free(&set);
  leave_folder();
}

static int
same(const ek_scored *a, const ek_scored *b, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    if (a[i].item != b[i].item || a[i].score != b[i].score)
      return 0;
  return 1;
}

static void
same_answers(ek_model *m, const ek_query_options *o, unsigned k, unsigned rounds)
{
  ek_scratch *x = ek_scratch_new(memory->n_items);
  ek_scored a[64], b[64];
  uint64_t seed = 99;
  for (unsigned r = 0; r < rounds; r++) {
    uint32_t history[40];
    size_t n = kit_next(&seed) % 40;
    unsigned n_b;
    for (size_t i = 0; i < n; i++)
      history[i] = (uint32_t)(kit_next(&seed) % memory->n_items);
    unsigned n_a = ek_skc_query(memory, x, history, n, o, k, a);
    ck_assert_msg(ek_model_recommend(m, history, n, o, k, b, &n_b, &e) == 0, "%s", e.message);
    ck_assert_uint_eq(n_a, n_b);
    for (unsigned i = 0; i < n_a; i++)
      ck_assert_msg(a[i].item == b[i].item && a[i].score == b[i].score, "round %u place %u: %u %.17g, %u %.17g", r, i,
                    a[i].item, a[i].score, b[i].item, b[i].score);
  }
  ek_scratch_free(x);
}

/* Bit for bit what ek_skc_query says, whatever the parameters. */
START_TEST(answers)
{
  ek_hyper h = ek_hyper_default();
  h.pop_exp = _i & 1 ? 0.1 : 0;
  h.nto = _i & 2 ? 0.1 : 0;
  h.topk = 5;
  make(300, 400, 12, 30, &h);
  uint8_t candidates[400];
  for (int i = 0; i < 400; i++)
    candidates[i] = i % 7 == 0;
  ek_model *m = ek_model_open("m.ekm", &e);
  ck_assert_msg(m != NULL, "%s", e.message);
  ck_assert_msg(ek_model_verify(m, &e) == 0, "%s", e.message);
  same_answers(m, &(ek_query_options){ .content = 0.4 }, 25, 60);
  same_answers(m, &(ek_query_options){ .content = 0 }, 25, 60);
  same_answers(m, &(ek_query_options){ .content = 0.4, .exclude_seen = 1 }, 10, 60);
  same_answers(m, &(ek_query_options){ .content = 0.4, .exclude_seen = 1, .candidates = candidates }, 64, 60);
  same_answers(m, &(ek_query_options){ .content = 0.1 }, 1, 20);
  ek_model_close(m);
}
END_TEST

START_TEST(candidates_in_the_file)
{
  ek_hyper h = ek_hyper_default();
  uint8_t candidates[200];
  for (int i = 0; i < 200; i++)
    candidates[i] = i % 5 == 0;
  make(100, 200, 10, 20, &h);
  ck_assert_int_eq(write_model("c.ekm", &set, &h, candidates, 1), 0);
  ek_model *m = ek_model_open("c.ekm", &e), *plain = ek_model_open("m.ekm", &e);
  ek_query_options o = { .content = 0.4, .candidates = candidates };
  for (uint32_t i = 0; i < 200; i++) {
    ek_scored a[50], b[50];
    unsigned n_a, n_b;
    ck_assert_int_eq(ek_model_recommend(plain, &i, 1, &o, 50, a, &n_a, &e), 0);
    ck_assert_int_eq(ek_model_recommend(m, &i, 1, NULL, 50, b, &n_b, &e), 0);
    ck_assert_uint_eq(n_b, 40);
    ck_assert_uint_eq(n_a, 40);
    ck_assert(same(a, b, n_a));
  }
  ek_model_close(m);
  ek_model_close(plain);
}
END_TEST

START_TEST(ids_and_categories)
{
  ek_hyper h = ek_hyper_default();
  make(100, 300, 10, 20, &h);
  ek_model *m = ek_model_open("m.ekm", &e);
  ck_assert_uint_eq(ek_model_n_items(m), set.events->items.n);
  for (uint32_t i = 0; i < set.events->items.n; i++) {
    uint32_t at;
    ek_str id;
    ek_text joined = { 0 }, want = { 0 };
    ck_assert_int_eq(ek_model_item(m, ek_id(&set.events->items, i), &at, &e), 1);
    ck_assert_uint_eq(at, i);
    ck_assert_int_eq(ek_model_item_id(m, i, &id, &e), 0);
    ck_assert(ek_str_eq(id, ek_id(&set.events->items, i)));
    ck_assert_int_eq(ek_model_categories_of(m, i, &joined, &e), 0);
    for (uint64_t k = set.categories->row[i]; k < set.categories->row[i + 1]; k++) {
      if (want.len)
        ek_text_char(&want, '|');
      ek_text_cstr(&want, set.categories->names[set.categories->row_cat[k]]);
    }
    ck_assert_str_eq(ek_text_c(&joined), ek_text_c(&want));
    ek_text_free(&joined);
    ek_text_free(&want);
  }
  static const char *const none[] = { "", "zzzz", "i", "I0000000000", "\xff" };
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    uint32_t at;
    ck_assert_int_eq(ek_model_item(m, ek_cstr(none[i]), &at, &e), 0);
  }
  ck_assert(ek_str_eqc(ek_model_meta(m), "{\"recipe\": \"metadata\"}"));
  ek_hyper back = ek_model_hyper(m);
  ck_assert(back.content == h.content && back.window == h.window && back.max_cats == h.max_cats && back.hist_decay == h.hist_decay);
  ek_model_close(m);
}
END_TEST

static void
no_bytes_differ(const char *a, const char *b)
{
  char command[128];
  snprintf(command, sizeof command, "cmp %s %s", a, b);
  ck_assert_int_eq(system(command), 0);
}

START_TEST(same_file_at_any_thread_count)
{
  ek_hyper h = ek_hyper_default();
  make(200, 300, 10, 20, &h);
  for (unsigned threads = 1; threads <= 4; threads++) {
    ck_assert_int_eq(write_model("n.ekm", &set, &h, NULL, threads), 0);
    no_bytes_differ("m.ekm", "n.ekm");
  }
}
END_TEST

/* ---- damage ---- */

static int
opens_and_verifies(const char *path)
{
  ek_model *m = ek_model_open(path, &e);
  int good = m && ek_model_verify(m, &e) == 0;
  ek_model_close(m);
  return good;
}

/* Everything a recommendation touches; 0 when all went well. */
static int
use(const char *path, ek_scored *out, unsigned *n_out)
{
  ek_model *m = ek_model_open(path, &e);
  int result = m ? 0 : -1;
  uint32_t history[3] = { 1, 5, 9 };
  *n_out = 0;
  if (result == 0)
    result = ek_model_recommend(m, history, 3, NULL, 25, out, n_out, &e);
  for (unsigned i = 0; i < *n_out && result == 0; i++) {
    ek_str id;
    uint32_t at;
    ek_text t = { 0 };
    result = ek_model_item_id(m, out[i].item, &id, &e);
    if (result == 0)
      result = ek_model_item(m, id, &at, &e) < 0 ? -1 : 0;
    if (result == 0)
      result = ek_model_categories_of(m, out[i].item, &t, &e);
    ek_text_free(&t);
  }
  ek_model_close(m);
  return result;
}

static int
is_named(void)
{
  static const char *const codes[] = { "corrupt_model", "not_a_model", "newer_version", "byte_order", "float_format" };
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    if (strcmp(e.code, codes[i]) == 0)
      return e.help[0] && strcmp(e.file, "b.ekm") == 0;
  return 0;
}

static char *
load(const char *path, size_t *size)
{
  char *data = kit_read(path, size);
  ck_assert_ptr_nonnull(data);
  return data;
}

static void
store(const char *path, const char *data, size_t size)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  ck_assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
  close(fd);
}

/* Every bit of the header and the table, and of every 7th byte behind: verify refuses all; a
 * query either refuses, or says what it said before. */
START_TEST(every_bit)
{
  ek_hyper h = ek_hyper_default();
  h.topk = 3;
  size_t size, refused = 0, harmless = 0;
  ek_scored before[25], now[25];
  unsigned n_before, n_now;
  make(40, 30, 5, 6, &h);
  ck_assert_int_eq(use("m.ekm", before, &n_before), 0);
  char *data = load("m.ekm", &size);
  store("b.ekm", data, size);
  int fd = open("b.ekm", O_WRONLY);
  for (size_t i = 0; i < size; i += i < 600 || i >= 4096 ? 1 : 37)
    for (int bit = 0; bit < 8; bit += i < 600 ? 1 : 3) {
      char c = (char)(data[i] ^ 1 << bit);
      ck_assert(pwrite(fd, &c, 1, (off_t)i) == 1);
      memset(&e, 0, sizeof e);
      ck_assert_msg(!opens_and_verifies("b.ekm"), "bit %d of byte %zu goes through verify", bit, i);
      ck_assert_msg(is_named(), "bit %d of byte %zu: %s %s %s", bit, i, e.code, e.file, e.message);
      if (use("b.ekm", now, &n_now) == 0) {
        ck_assert_uint_eq(n_now, n_before);
        ck_assert(same(now, before, n_now));
        harmless++;
      } else
        refused++;
      ck_assert(pwrite(fd, data + i, 1, (off_t)i) == 1);
    }
  ck_assert(opens_and_verifies("b.ekm"));
  ck_assert_uint_gt(refused, 1000);
  ck_assert_uint_gt(harmless, 0);                   /* blocks that the query never touches, and what is between */
  close(fd);
  free(data);
}
END_TEST

START_TEST(every_length)
{
  ek_hyper h = ek_hyper_default();
  ek_scored now[25];
  unsigned n;
  size_t size;
  make(40, 30, 5, 6, &h);
  char *data = load("m.ekm", &size);
  for (size_t len = 0; len < size; len += len < 4200 ? 61 : 257) {
    store("b.ekm", data, len);
    ck_assert_int_eq(use("b.ekm", now, &n), -1);
    ck_assert_msg(is_named(), "%zu: %s", len, e.message);
    if (len >= 4096)
      ck_assert_msg(strstr(e.message, "truncated") != NULL, "%s", e.message);
  }
  store("b.ekm", data, size);
  ck_assert_int_eq(truncate("b.ekm", (off_t)size + 1), 0);
  ck_assert_int_eq(use("b.ekm", now, &n), -1);
  ck_assert_str_eq(e.code, "corrupt_model");
  free(data);
}
END_TEST

/* A header that is right about itself, as another machine or a newer program would write it. */
static void
rewrite_header(const char *data, size_t size, void (*change)(ek_model_header *))
{
  char *copy = malloc(size);
  ek_model_header h;
  memcpy(copy, data, size);
  memcpy(&h, data, sizeof h);
  change(&h);
  h.header_sum = 0;
  memcpy(copy, &h, sizeof h);
  h.header_sum = XXH3_64bits(copy, EK_MODEL_HEADER);
  memcpy(copy, &h, sizeof h);
  store("b.ekm", copy, size);
  free(copy);
}

static void set_newer(ek_model_header *h) { h->version = EK_MODEL_VERSION + 1; }
static void set_swapped(ek_model_header *h) { h->byte_order = __builtin_bswap32(h->byte_order); }
static void set_float(ek_model_header *h) { h->float_mark = 1.0; }
static void set_items(ek_model_header *h) { h->n_items++; }
static void set_far(ek_model_header *h) { h->sections[EK_MODEL_ITEMS].offset = (uint64_t)-64; }
static void set_huge(ek_model_header *h) { h->sections[EK_MODEL_ROWS].size = (uint64_t)-8; }
static void set_sums(ek_model_header *h) { h->sums.offset = h->file_size; h->sums.size = 0; }

START_TEST(refused_by_name)
{
  static const struct { void (*change)(ek_model_header *); const char *code, *says; } cases[] = {
    { set_newer, "newer_version", "format 2; this enrichkit knows formats up to 1" },
    { set_swapped, "byte_order", "other byte order" },
    { set_float, "float_format", "floating-point" },
    { set_items, "corrupt_model", "table of sections" },
    { set_far, "corrupt_model", "table of sections" },
    { set_huge, "corrupt_model", "table of sections" },
    { set_sums, "corrupt_model", "table of sections" },
  };
  ek_hyper h = ek_hyper_default();
  size_t size;
  make(40, 30, 5, 6, &h);
  char *data = load("m.ekm", &size);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rewrite_header(data, size, cases[i].change);
    ck_assert_ptr_null(ek_model_open("b.ekm", &e));
    ck_assert_str_eq(e.code, cases[i].code);
    ck_assert_msg(strstr(e.message, cases[i].says) != NULL, "%s", e.message);
    ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  }
  free(data);
  ck_assert_ptr_null(ek_model_open("nope.ekm", &e));
  ck_assert_str_eq(e.code, "no_such_file");
  store("b.ekm", "", 0);
  ck_assert_ptr_null(ek_model_open("b.ekm", &e));
  ck_assert_str_eq(e.code, "not_a_model");
  store("b.ekm", "ITEM_ID,CATEGORY\n", 17);
  ck_assert_ptr_null(ek_model_open("b.ekm", &e));
  ck_assert_str_eq(e.code, "not_a_model");
}
END_TEST

/* Right checksums over wrong data: indices are looked at, never believed. */
static void
fix_sums(char *data)
{
  ek_model_header h;
  memcpy(&h, data, sizeof h);
  uint64_t n = 0, *sums = (uint64_t *)(void *)(data + h.sums.offset);
  for (int s = 0; s < EK_MODEL_SECTIONS; s++)
    for (uint64_t at = 0; at < h.sections[s].size; at += EK_MODEL_BLOCK, n++) {
      uint64_t left = h.sections[s].size - at;
      sums[n] = XXH3_64bits(data + h.sections[s].offset + at, left < EK_MODEL_BLOCK ? left : EK_MODEL_BLOCK);
    }
  h.sums_sum = XXH3_64bits(sums, h.sums.size);
  h.header_sum = 0;
  memcpy(data, &h, sizeof h);
  h.header_sum = XXH3_64bits(data, EK_MODEL_HEADER);
  memcpy(data, &h, sizeof h);
}

START_TEST(forged)
{
  ek_hyper h = ek_hyper_default();
  ek_model_header header;
  ek_scored now[25];
  unsigned n;
  size_t size;
  uint64_t seed = 5;
  make(40, 30, 5, 6, &h);
  char *data = load("m.ekm", &size), *copy = malloc(size);
  memcpy(&header, data, sizeof header);
  for (int round = 0; round < 3000; round++) {
    int s = (int)(kit_next(&seed) % EK_MODEL_META);
    if (!header.sections[s].size)
      continue;
    memcpy(copy, data, size);
    for (int k = 0; k < 3; k++)
      copy[header.sections[s].offset + kit_next(&seed) % header.sections[s].size] = (char)kit_next(&seed);
    fix_sums(copy);
    store("b.ekm", copy, size);
    (void)use("b.ekm", now, &n);
    (void)opens_and_verifies("b.ekm");
  }
  free(copy);
  free(data);
}
END_TEST

/* ---- writing ---- */

START_TEST(disk_full)
{
  ek_hyper h = ek_hyper_default();
  make(300, 400, 12, 30, &h);
  signal(SIGXFSZ, SIG_IGN);
  for (rlim_t size = 1000; size < 100000; size += 17000) {
    struct rlimit limit = { size, RLIM_INFINITY };
    setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert_int_eq(write_model("m.ekm", &set, &h, NULL, 2), -1);
    ck_assert_str_eq(e.code, "write_failed");
    ck_assert_int_eq(e.status, EK_EXIT_FAILED);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert_int_ne(access(".m.ekm.new", F_OK), 0);
    ck_assert(opens_and_verifies("m.ekm"));         /* the one that was there          */
  }
}
END_TEST

START_TEST(abandoned)
{
  ek_hyper h = ek_hyper_default();
  make(40, 30, 5, 6, &h);
  ek_model_writer *w = ek_model_create("a.ekm", set.events, &h, &e);
  uint32_t col = 3;
  double weight = 0.5;
  ck_assert_int_eq(ek_model_row(w, 4, &col, &weight, 1, &e), 0);
  ck_assert_int_eq(ek_model_row(w, 4, &col, &weight, 1, &e), -1);
  ck_assert_str_eq(e.code, "bad_row");
  ck_assert_int_eq(access(".a.ekm.new", F_OK), 0);
  ek_model_abandon(w);
  ck_assert_int_ne(access(".a.ekm.new", F_OK), 0);
  ck_assert_int_ne(access("a.ekm", F_OK), 0);
  ck_assert_ptr_null(ek_model_create("no/such/folder/a.ekm", set.events, &h, &e));
}
END_TEST

/* No labels, no rows: popularity. */
START_TEST(popularity)
{
  static const char *const lines[] = { "u a 1", "u b 2", "v b 1", "v c 2", "w b 1", "w c 2", NULL };
  ek_hyper h = ek_hyper_default();
  uint32_t count[] = { 1, 3, 2 };
  ek_scored out[5];
  unsigned n;
  set.events = kit_events(lines, NULL);
  ek_skc m = { .n_items = 3, .count = count, .max_count = 3, .hyper = h };
  ek_model_writer *w = ek_model_create("p.ekm", set.events, &h, &e);
  ck_assert_msg(ek_model_finish(w, &m, ek_cstr("{}"), &e) == 0, "%s", e.message);
  ek_model *p = ek_model_open("p.ekm", &e);
  uint32_t seen = 1;
  ck_assert_int_eq(ek_model_recommend(p, NULL, 0, NULL, 5, out, &n, &e), 0);
  ck_assert_uint_eq(n, 3);
  ck_assert(out[0].item == 1 && out[1].item == 2 && out[2].item == 0);
  ck_assert_int_eq(ek_model_recommend(p, &seen, 1, &(ek_query_options){ .exclude_seen = 1 }, 5, out, &n, &e), 0);
  ck_assert_uint_eq(n, 2);
  ck_assert(out[0].item == 2);
  seen = 3;
  ck_assert_int_eq(ek_model_recommend(p, &seen, 1, NULL, 5, out, &n, &e), -1);
  ck_assert_int_eq(ek_model_recommend(p, NULL, 0, NULL, 0, out, &n, &e), 0);
  ek_model_close(p);
}
END_TEST

/* Blocks are many here, so that "which section and block" is more than the first. */
START_TEST(names_section_and_block)
{
  ek_hyper h = ek_hyper_default();
  h.topk = 40;
  make(3000, 2000, 30, 50, &h);
  ek_model_header header;
  size_t size;
  char *data = load("m.ekm", &size);
  memcpy(&header, data, sizeof header);
  ck_assert_uint_gt(header.sections[EK_MODEL_ROWS].size, 4 * EK_MODEL_BLOCK);
  data[header.sections[EK_MODEL_ROWS].offset + 3 * EK_MODEL_BLOCK + 100] ^= 16;
  store("b.ekm", data, size);
  ek_model *m = ek_model_open("b.ekm", &e);
  ck_assert_msg(m != NULL, "%s", e.message);
  ck_assert_int_eq(ek_model_verify(m, &e), -1);
  ck_assert_msg(strstr(e.message, "block 3 of section 'rows'") != NULL, "%s", e.message);
  /* What is in other blocks is still good. */
  uint32_t item = 0;
  ek_scored out[5];
  unsigned n;
  ck_assert_int_eq(ek_model_recommend(m, &item, 1, NULL, 5, out, &n, &e), 0);
  ek_model_close(m);
  free(data);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("model");
  TCase *t = tcase_create("model");
  tcase_add_checked_fixture(t, enter_folder, teardown);
  tcase_set_timeout(t, 600);
  tcase_add_loop_test(t, answers, 0, 4);
  tcase_add_test(t, candidates_in_the_file);
  tcase_add_test(t, ids_and_categories);
  tcase_add_test(t, same_file_at_any_thread_count);
  tcase_add_test(t, every_bit);
  tcase_add_test(t, every_length);
  tcase_add_test(t, refused_by_name);
  tcase_add_test(t, forged);
  tcase_add_test(t, disk_full);
  tcase_add_test(t, abandoned);
  tcase_add_test(t, popularity);
  tcase_add_test(t, names_section_and_block);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? 1 : 0;
}
