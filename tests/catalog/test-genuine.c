/* SPDX-License-Identifier: BSD-3-Clause */
/* Genuine records of all three releases: what both parsers find, against an evaluation
 * of the same paths by jansson that shares no code with them.                */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>
#include "catalog/path.h"
#include "record-kit.h"

/* ---- the same paths, the plain way ------------------------------------------- */

typedef struct oracle { ek_text said; size_t n, ends[512], n_ends, closed; int nested; char kind; } oracle;

static void
oracle_end(oracle *o)
{
  if (o->n > o->closed)
    o->ends[o->n_ends++] = o->closed = o->n;
}

static void
oracle_value(oracle *o, const char *s, size_t n)
{
  ek_text_char(&o->said, o->n++ ? '|' : ' ');
  ek_text_add(&o->said, s, n);
}

static char
oracle_flatten(oracle *o, const json_t *v, int level)
{
  char buf[64];
  switch (json_typeof(v)) {
  case JSON_STRING: oracle_value(o, json_string_value(v), json_string_length(v)); return 'S';
  case JSON_INTEGER:
    oracle_value(o, buf, (size_t)snprintf(buf, sizeof buf, "%" JSON_INTEGER_FORMAT, json_integer_value(v)));
    return 'I';
  case JSON_REAL: oracle_value(o, "<real>", 6); return 'F';
  case JSON_TRUE: oracle_value(o, "true", 4); return 'B';
  case JSON_FALSE: oracle_value(o, "false", 5); return 'B';
  case JSON_NULL: return 'N';
  case JSON_OBJECT: return 'O';
  case JSON_ARRAY: break;
  }
  if (level) {
    oracle_end(o);
    o->nested = 1;
  }
  for (size_t i = 0; i < json_array_size(v); i++)
    oracle_flatten(o, json_array_get(v, i), level + 1);
  if (level || o->nested)
    oracle_end(o);
  return 'L';
}

static void
oracle_walk(oracle *o, const json_t *v, const ek_path_part *p, size_t n, int each)
{
  if (!v)
    return;
  if (!n) {
    char kind = oracle_flatten(o, v, 0);
    o->kind = each ? 'L' : kind;
    if (each)
      oracle_end(o);
    return;
  }
  if (p->kind == EK_PART_KEY) {
    if (json_is_object(v))
      oracle_walk(o, json_object_getn(v, p->key.ptr, p->key.len), p + 1, n - 1, each);
    return;
  }
  int list = json_is_array(v);
  size_t size = list ? json_array_size(v) : json_is_null(v) ? 0 : 1;
  for (size_t i = 0; i < size; i++)
    if (p->kind == EK_PART_EACH || p->index == i)
      oracle_walk(o, list ? json_array_get(v, i) : v, p + 1, n - 1, each || p->kind == EK_PART_EACH);
}

static void
oracle_say(oracle *o, const json_t *record, const char *path)
{
  ek_path p;
  ek_error e;
  *o = (oracle){ .kind = '-' };
  ck_assert_int_eq(ek_path_parse(path, &p, &e), 0);
  oracle_walk(o, record, p.parts, p.n, 0);
  ek_text line = { 0 };
  ek_text_char(&line, o->kind);
  ek_text_add(&line, o->said.data, o->said.len);
  for (size_t i = 0; i < o->n_ends; i++)
    ek_text_printf(&line, i ? ",%zu" : " @%zu", o->ends[i]);
  ek_text_free(&o->said);
  o->said = line;
  ek_path_clear(&p);
}

static const char *const genuine_paths[] = {
  "asin", "parent_asin", "category", "categories", "title", "description", "price", "imageURLHighRes", "image",
  "images[].hi_res", "images[0].large", "details", "details.Publisher:", "rank", "also_buy", "overall", "unixReviewTime",
  "verified", "style", "helpful", "feature[0]", "description[]", "style['Format:']", "related.also_bought[1]",
};
enum { GENUINE_PATHS = sizeof genuine_paths / sizeof *genuine_paths };

typedef struct tally { size_t records, present[GENUINE_PATHS], paths_of_categories[5], compared; } tally;

static void
compare_genuine(const ek_field *f, const json_t *record, const char *path, const char *file, uint64_t line)
{
  oracle o;
  ek_text said = { 0 };
  oracle_say(&o, record, path);
  if (f->kind == EK_KIND_FLOAT)                       /* jansson does not keep the text */
    ck_assert_msg(strncmp(ek_text_c(&o.said), "F ", 2) == 0, "%s:%zu: %s", file, (size_t)line, path);
  else {
    kit_field(&said, f);
    ck_assert_msg(said.len == o.said.len && memcmp(ek_text_c(&said), ek_text_c(&o.said), said.len) == 0,
                  "%s:%zu: %s is %s, not %s", file, (size_t)line, path, ek_text_c(&said), ek_text_c(&o.said));
  }
  ek_text_free(&said);
  ek_text_free(&o.said);
}

typedef struct reading { ek_projection *p; ek_parser *parser; ek_arena arena; ek_field fast[GENUINE_PATHS], slow[GENUINE_PATHS]; } reading;

static void
read_genuine(reading *r, const ek_block *b, const ek_span *span, tally *t)
{
  ek_parse_note note, slow_note;
  ek_str text = { b->data + span->begin, span->end - span->begin };
  int loose = b->file->format == EK_FORMAT_LOOSE;
  ck_assert_msg(ek_parser_record(r->parser, b, span, &r->arena, r->fast, &note) == 0, "%s:%zu: %s", b->file->name,
                (size_t)span->line, note.why);
  int again = ek_literal_record(r->p, loose ? EK_DIALECT_PYTHON : EK_DIALECT_JSON, text, &r->arena, r->slow, &slow_note);
  ck_assert_msg(again == 0, "%s:%zu: %s", b->file->name, (size_t)span->line, slow_note.why);
  ck_assert_uint_eq(note.repaired, slow_note.repaired);
  json_t *record = loose ? NULL : json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, NULL);
  for (size_t i = 0; i < GENUINE_PATHS; i++) {
    ek_text fast = { 0 }, slow = { 0 };
    kit_field(&fast, &r->fast[i]);
    kit_field(&slow, &r->slow[i]);
    ck_assert_str_eq(ek_text_c(&fast), ek_text_c(&slow));
    t->present[i] += r->fast[i].kind != EK_KIND_ABSENT;
    if (record)
      compare_genuine(&r->fast[i], record, genuine_paths[i], b->file->name, span->line);
    ek_text_free(&fast);
    ek_text_free(&slow);
  }
  t->paths_of_categories[r->fast[3].n_ends < 4 ? r->fast[3].n_ends : 4]++;
  t->compared += record != NULL;
  t->records++;
  json_decref(record);
}

/* 1 when the file is there. */
static int
genuine_path(const char *name, char *path, size_t size)
{
  const char *shared = getenv("EK_SHARED");
  snprintf(path, size, "%s/data/raw-samples/%s", shared ? shared : "../shared", name);
  return access(path, R_OK) == 0;
}

static void
genuine(const char *name, tally *t)
{
  char path[4096];
  *t = (tally){ 0 };
  ck_assert_msg(genuine_path(name, path, sizeof path), "%s: not there", path);
  char *list[] = { path };
  const ek_paths paths = { .list = list, .n = 1 };
  const ek_input_options o = { .block_size = 65536 };
  ek_error e = { 0 };
  ek_input *in = ek_input_open(&paths, &o, &e);
  ck_assert_msg(in != NULL, "%s", e.message);
  reading r = { .p = ek_projection_new(EK_PICK_NON_EMPTY) };
  for (size_t i = 0; i < GENUINE_PATHS; i++)
    ck_assert_int_eq(ek_projection_add(r.p, genuine_paths[i], NULL, &e), (int)i);
  r.parser = ek_parser_new(r.p);
  ek_block b = { 0 };
  int more;
  while ((more = ek_input_next(in, &b, &e)) > 0) {
    size_t at = 0;
    uint64_t newlines = 0;
    ek_span span;
    while (ek_block_record(&b, &at, &newlines, &span))
      read_genuine(&r, &b, &span, t);
    ek_arena_reset(&r.arena);
  }
  ck_assert_msg(more == 0, "%s", e.message);
  ek_block_clear(&b);
  ek_parser_free(r.parser);
  ek_projection_free(r.p);
  ek_arena_free(&r.arena);
  ek_input_close(in);
}

static const struct { const char *name; size_t records; int loose; } genuine_files[] = {
  { "2014/meta_Musical_Instruments_first100.loose.json", 100, 1 },
  { "2014/reviews_Musical_Instruments_first100.json", 100, 0 },
  { "2014/reviews_Grocery_and_Gourmet_Food_5_first111.json", 111, 0 },
  { "2014/items_Sports_and_Outdoors_projected.json.gz", 18345, 0 },
  { "2018/meta_Magazine_Subscriptions.json.gz", 3385, 0 },
  { "2018/meta_Magazine_Subscriptions.rev1.json.gz", 3385, 0 },
  { "2018/Magazine_Subscriptions_5.json.gz", 2375, 0 },
  { "2023/meta_rebuilt.jsonl", 44, 0 },
  { "2023/reviews_rebuilt.jsonl", 13, 0 },
};

START_TEST(genuine_file)
{
  tally t;
  genuine(genuine_files[_i].name, &t);
  ck_assert_uint_eq(t.records, genuine_files[_i].records);
  if (!genuine_files[_i].loose) {
    ck_assert_uint_eq(t.compared, t.records);
    return;
  }
  /* data/README.md: 21 lack a title, 34 the price, 16 the description; ten have 2 to 4 paths. */
  ck_assert_uint_eq(t.present[0], 100);
  ck_assert_uint_eq(t.present[4], 100 - 21);
  ck_assert_uint_eq(t.present[6], 100 - 34);
  ck_assert_uint_eq(t.present[5], 100 - 16);
  ck_assert_uint_eq(t.paths_of_categories[2] + t.paths_of_categories[3] + t.paths_of_categories[4], 10);
}
END_TEST

int
main(void)
{
  char path[4096];
  if (!genuine_path(genuine_files[0].name, path, sizeof path)) {
    printf("1..0 # SKIP %s is not there (set EK_SHARED)\n", path);
    return 0;
  }
  Suite *s = suite_create("genuine");
  TCase *t = tcase_create("genuine");
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, genuine_file, 0, sizeof genuine_files / sizeof *genuine_files);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed != 0;
}
