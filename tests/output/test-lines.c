/* SPDX-License-Identifier: BSD-3-Clause */
/* rejects.jsonl, labels.jsonl, and the sinks that write rows. Every line is also read
 * back by a parser that is not ours. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>
#include "chain/merge.h"
#include "output/rejects.h"
#include "output/sinks.h"
#include "output/story.h"

#define S(text) { text, sizeof text - 1 }

static json_t *
parse(const char *text, size_t len)
{
  json_error_t why;
  json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
  ck_assert_msg(j != NULL, "%s: %s", text, why.text);
  return j;
}

START_TEST(reject_in_full)
{
  ek_text t = { 0 };
  ek_reject r = { .file = "meta.jsonl.gz", .line = 48213, .offset = 110234511, .item = S("B00006FWVX"),
                  .step = "rekognition", .plugin = "rekognition", .reason = "throttled",
                  .message = S("ThrottlingException: Slow down"),
                  .http = 400,
                  .code = S("ThrottlingException"), .attempts = 6, .input = S("{\"asin\": \"B00006FWVX\"}") };
  ek_reject_format(&t, &r);
  /* configuration.md, section 6, to the letter */
  ck_assert_str_eq(ek_text_c(&t),
    "{\"file\": \"meta.jsonl.gz\", \"line\": 48213, \"offset\": 110234511, \"item\": \"B00006FWVX\", \"step\": "
    "\"rekognition\", "
    "\"plugin\": \"rekognition\", \"reason\": \"throttled\", \"message\": \"ThrottlingException: Slow down\", "
    "\"http\": 400, "
    "\"code\": \"ThrottlingException\", \"attempts\": 6, \"kept\": false, \"input\": \"{\\\"asin\\\": "
    "\\\"B00006FWVX\\\"}\"}\n");
  json_decref(parse(t.data, t.len));
  ek_text_free(&t);
}
END_TEST

START_TEST(reject_of_the_reader)
{
  ek_text t = { 0 };
  ek_reject r = { .file = "a.jsonl", .line = 1, .reason = "no_id", .message = S("no id"), .kept = 1 };
  ek_reject_format(&t, &r);
  ck_assert_str_eq(ek_text_c(&t), "{\"file\": \"a.jsonl\", \"line\": 1, \"offset\": 0, \"reason\": \"no_id\", "
                                  "\"message\": \"no id\", \"kept\": true}\n");
  ek_text_free(&t);
}
END_TEST

/* Bytes that are no UTF-8, in the record, the id and the file's name; a NUL. */
START_TEST(reject_of_bad_bytes)
{
  ek_text t = { 0 };
  ek_reject r = { .file = "caf\xe9", .line = 2, .reason = "bad_record", .item = S("a\xff"), .message = S("m\xc3"),
                  .input = S("x\xed\xa0\x80y\0z\n") };
  ek_reject_format(&t, &r);
  json_t *j = parse(t.data, t.len);
  ck_assert_str_eq(json_string_value(json_object_get(j, "file")), "caf\xef\xbf\xbd");
  ck_assert_str_eq(json_string_value(json_object_get(j, "item")), "a\xef\xbf\xbd");
  ck_assert_str_eq(json_string_value(json_object_get(j, "message")), "m\xef\xbf\xbd");
  const char *input = json_string_value(json_object_get(j, "input"));
  ck_assert_mem_eq(input, "x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy\0z\n", 15);
  ck_assert_ptr_null(memchr(t.data, 0, t.len));
  ck_assert_ptr_eq(memchr(t.data, '\n', t.len), t.data + t.len - 1);
  json_decref(j);
  ek_text_free(&t);
}
END_TEST

START_TEST(reject_of_a_long_record)
{
  ek_text t = { 0 }, input = { 0 };
  for (size_t i = 0; i <= EK_REJECT_INPUT_MAX; i++)
    ek_text_char(&input, 'x');
  ek_reject r = { .file = "f", .line = 1, .reason = "bad_record", .input = { input.data, input.len } };
  ek_reject_format(&t, &r);
  ck_assert_ptr_null(strstr(ek_text_c(&t), "input"));
  ek_text_clear(&t);
  r.input.len--;
  ek_reject_format(&t, &r);
  json_t *j = parse(t.data, t.len);
  ck_assert_uint_eq(json_string_length(json_object_get(j, "input")), EK_REJECT_INPUT_MAX);
  json_decref(j);
  ek_text_free(&t);
  ek_text_free(&input);
}
END_TEST

static const char *const steps[] = { "category", "rekognition" };

START_TEST(story_of_the_reference)
{
  static const ek_str food = S("Food"), parent[] = { S("Plant"), S("Thing") };
  ek_tag text = { .name = S("Text"), .confidence = 0.61, .arms = 1, .step = 1, .removed = EK_RM_STOP };
  ek_tag tag = { .next = &text, .name = S("Food"), .confidence = (double)98.2f / 100, .arms = 1, .step = 1,
                 .clean = &food, .n_clean = 1, .parents = parent, .n_parents = 2 };
  uint8_t outcomes[] = { EK_OUT_NONE, EK_OUT_LABELS };
  ek_unit unit = { .id = S("B00006FWVX"), .first = &tag, .last = &text, .outcomes = outcomes };
  ek_value value = { .text = food, .tag = &tag };
  ek_merged merged = { .values = &value, .n = 1, .n_in = 1 };
  ek_arm_cell cell = { .values = &food, .n = 1, .merged = &merged };
  ek_text t = { 0 };
  ek_story_format(&t, &unit, &cell, steps, 2);
  ck_assert_str_eq(ek_text_c(&t),
    "{\"item\": \"B00006FWVX\", \"cell\": \"Food\", \"steps\": {\"category\": \"none\", \"rekognition\": "
    "\"labels\"}, \"labels\": ["
    "{\"name\": \"Food\", \"step\": \"rekognition\", \"confidence\": 0.982, \"parents\": [\"Plant\", \"Thing\"], "
    "\"in\": true}, "
    "{\"name\": \"Text\", \"step\": \"rekognition\", \"confidence\": 0.61, \"parents\": [], \"in\": \"stop\"}]}\n");
  ek_text_free(&t);
}
END_TEST

/* A label that `bar` split, a parent in the cell, a value cut by the merge, labels of
 * another arm, quotes in the cell. */
START_TEST(story_of_everything)
{
  static const ek_str parts[] = { S("A \"x\""), S("B") }, top[] = { S("Top") }, cut = S("Cut");
  ek_tag other = { .name = S("Other arm"), .confidence = -1, .arms = 2, .removed = EK_RM_STOP };
  ek_tag low = { .next = &other, .name = S("Low"), .confidence = 0, .arms = 1, .step = 0, .removed = EK_RM_FLOOR };
  ek_tag late = { .next = &low, .name = S("Cut"), .confidence = 1, .arms = 1, .clean = &cut, .n_clean = 1 };
  ek_tag split = { .next = &late, .name = S("A \"x\"|B"), .confidence = -1, .arms = 1, .clean = parts, .n_clean = 2,
                   .parents = top, .n_parents = 1 };
  uint8_t outcomes[] = { EK_OUT_LABELS, EK_OUT_NOT_ASKED };
  ek_unit unit = { .id = S("1"), .first = &split, .last = &other, .outcomes = outcomes };
  ek_value values[] = { { parts[0], &split, 0, EK_IN }, { parts[1], &split, 0, EK_RM_CASE_DUPLICATES },
                        { top[0], &split, 1, EK_IN }, { cut, &late, 0, EK_RM_MERGE } };
  ek_merged merged = { .values = values, .n = 4, .n_in = 2 };
  const ek_str in[] = { parts[0], top[0] };
  ek_arm_cell cell = { .values = in, .n = 2, .merged = &merged };
  ek_text t = { 0 };
  ek_story_format(&t, &unit, &cell, steps, 2);
  json_decref(parse(t.data, t.len));
  ck_assert_str_eq(ek_text_c(&t),
    "{\"item\": \"1\", \"cell\": \"A \\\"x\\\"|Top\", \"steps\": {\"category\": \"labels\", \"rekognition\": "
    "\"not_asked\"}, \"labels\": ["
    "{\"name\": \"A \\\"x\\\"\", \"step\": \"category\", \"parents\": [\"Top\"], \"in\": true}, "
    "{\"name\": \"B\", \"step\": \"category\", \"parents\": [\"Top\"], \"in\": \"case_duplicates\"}, "
    "{\"name\": \"Top\", \"parent_of\": \"A \\\"x\\\"|B\", \"step\": \"category\", \"parents\": [], \"in\": true}, "
    "{\"name\": \"Cut\", \"step\": \"category\", \"confidence\": 1.0, \"parents\": [], \"in\": \"merge\"}, "
    "{\"name\": \"Low\", \"step\": \"category\", \"confidence\": 0.0, \"parents\": [], \"in\": \"floor\"}]}\n");
  ek_text_free(&t);
}
END_TEST

static ek_table_column columns[] = {
  { .name = "ITEM_ID", .type = EK_COL_STRING },
  { .name = "CATEGORY", .type = EK_COL_STRING, .slot = -1 },
  { .name = "PRICE", .type = EK_COL_FLOAT },
  { .name = "ADULT", .type = EK_COL_BOOLEAN },
  { .name = "DESCRIPTION", .type = EK_COL_STRING }
};
static const ek_table table = { .kind = EK_ITEMS, .columns = columns, .n = 5, .label_column = 1 };
static ek_cell first_cells[] = { { .text = S("B1") }, { .null = 1 }, { .text = S("-5.0"), .number = 1 },
  { .text = S("true"), .number = 1 },
                                 { .text = S("a \"b\"\n") } };
static ek_cell other_cells[] = { { .text = S("B2") }, { .null = 1 }, { .text = S("nan"), .number = 1 }, { .null = 1 },
  { .null = 1 } };
static uint8_t outcome[] = { EK_OUT_LABELS };
static const ek_unit first = { .id = S("B1"), .cells = first_cells, .outcomes = outcome };
static const ek_unit second = { .id = S("B2"), .cells = other_cells, .outcomes = outcome };

/* Formats two units as the chain does and commits them as one block; what came out
 * of each pipe is in text[]. */
static void
run_sink(ek_sink_target *sink, ek_str *read_back, int (*pipes)[2], unsigned n, ek_text *bufs)
{
  static const ek_str tea[] = { S("Tea"), S("Green, loose") };
  const ek_arm_cell arms[] = { { .values = tea, .n = 2 }, { .values = tea, .n = 1 } };
  const ek_arm_cell none[] = { { .n = 0 }, { .n = 0 } };
  ek_text streams[EK_SINK_STREAMS] = { { 0 } };
  ek_error e;
  sink->format(sink, &first, arms, 2, streams);
  sink->format(sink, &second, none, 2, streams);
  ck_assert_int_eq(sink->commit(sink, streams, 2, &e), 0);
  for (unsigned i = 0; i < n; i++) {
    ek_text_reserve(&bufs[i], 4096);
    ssize_t got = read(pipes[i][0], bufs[i].data, 4096);
    ck_assert_int_gt((int)got, 0);
    bufs[i].len = (size_t)got;
    read_back[i] = (ek_str){ ek_text_c(&bufs[i]), (size_t)got };
  }
  for (unsigned i = 0; i < EK_SINK_STREAMS; i++)
    ek_text_free(&streams[i]);
}

START_TEST(csv_sink_with_arms_and_labels)
{
  int pipes[3][2];
  ek_sink_spec spec = { .table = &table, .n_arms = 2, .step_names = steps, .n_steps = 1, .header = 1 };
  ek_drain *drains[3];
  ek_text bufs[3] = { { 0 } };
  ek_str out[3];
  ek_error e;
  for (int i = 0; i < 3; i++) {
    ck_assert_int_eq(pipe(pipes[i]), 0);
    drains[i] = ek_drain_fd(pipes[i][1], "pipe");
  }
  spec.arms[0] = drains[0];
  spec.arms[1] = drains[1];
  spec.labels = drains[2];
  ek_sink_target *sink = ek_csv_sink_new(&spec, &e);
  ck_assert(sink && sink->n_streams == 3 && sink->needs_story);
  run_sink(sink, out, pipes, 3, bufs);
  ck_assert_str_eq(out[0].ptr, "ITEM_ID,CATEGORY,PRICE,ADULT,DESCRIPTION\n"
                               "B1,\"Tea|Green, loose\",-5.0,true,\"a \\\"b\\\"\n\"\nB2,,nan,,\n");
  ck_assert_str_eq(out[1].ptr,
    "ITEM_ID,CATEGORY,PRICE,ADULT,DESCRIPTION\nB1,Tea,-5.0,true,\"a \\\"b\\\"\n\"\nB2,,nan,,\n");
  ck_assert_str_eq(out[2].ptr,
    "{\"item\": \"B1\", \"cell\": \"Tea|Green, loose\", \"steps\": {\"category\": \"labels\"}, \"labels\": []}\n"
                               "{\"item\": \"B2\", \"cell\": \"\", \"steps\": {\"category\": \"labels\"}, "
                               "\"labels\": []}\n");
  ek_sink_free(sink);
  for (int i = 0; i < 3; i++) {
    ek_drain_close(drains[i]);
    ek_text_free(&bufs[i]);
  }
}
END_TEST

START_TEST(jsonl_sink)
{
  int pipes[1][2];
  ek_text buf = { 0 };
  ek_str out;
  ck_assert_int_eq(pipe(pipes[0]), 0);
  ek_drain *drain = ek_drain_fd(pipes[0][1], "pipe");
  ek_sink_spec spec = { .table = &table, .arms = { drain }, .n_arms = 1 };
  ek_sink_target *sink = ek_jsonl_sink_new(&spec);
  ck_assert(sink->n_streams == 1 && !sink->needs_story);
  run_sink(sink, &out, pipes, 1, &buf);
  ck_assert_str_eq(out.ptr,
    "{\"ITEM_ID\": \"B1\", \"CATEGORY\": [\"Tea\", \"Green, loose\"], \"PRICE\": -5.0, \"ADULT\": true, "
    "\"DESCRIPTION\": \"a \\\"b\\\"\\n\"}\n"
    "{\"ITEM_ID\": \"B2\", \"CATEGORY\": [], \"PRICE\": null, \"ADULT\": null, \"DESCRIPTION\": null}\n");
  const char *line_end = strchr(out.ptr, '\n');
  json_decref(parse(out.ptr, (size_t)(line_end - out.ptr)));
  ek_sink_free(sink);
  ek_drain_close(drain);
  ek_text_free(&buf);
}
END_TEST

/* Interactions: the chain gives no arms at all. */
START_TEST(sink_without_arms)
{
  static ek_table_column event_columns[] = { { .name = "USER_ID" }, { .name = "ITEM_ID" } };
  static const ek_table events = { .kind = EK_INTERACTIONS, .columns = event_columns, .n = 2, .label_column = -1 };
  int p[2];
  char got[64] = "";
  ck_assert_int_eq(pipe(p), 0);
  ek_drain *drain = ek_drain_fd(p[1], "pipe");
  ek_sink_spec spec = { .table = &events, .arms = { drain }, .n_arms = 1 };
  ek_error e;
  ek_sink_target *sink = ek_csv_sink_new(&spec, &e);
  ek_text stream = { 0 };
  sink->format(sink, &first, NULL, 0, &stream);
  ck_assert_int_eq(sink->commit(sink, &stream, 1, &e), 0);
  ck_assert_int_eq((int)read(p[0], got, sizeof got - 1), 4);
  ck_assert_str_eq(got, "B1,\n");
  ek_text_free(&stream);
  ek_sink_free(sink);
  ek_drain_close(drain);
}
END_TEST

/* Rows reach the report's figures. */
START_TEST(rows_are_told)
{
  char dir[] = "/tmp/ek-lines.XXXXXX", command[64];
  ek_error e;
  ck_assert_ptr_nonnull(mkdtemp(dir));
  ek_outdir *d = ek_outdir_open(dir, &e);
  ek_outfile *f = ek_outfile_create(d, "items.csv", 0, &e);
  ek_drain *drain = ek_drain_file(f);
  ek_sink_spec spec = { .table = &table, .arms = { drain }, .n_arms = 1, .header = 1 };
  ek_sink_target *sink = ek_csv_sink_new(&spec, &e);
  ek_text stream = { 0 };
  for (int i = 0; i < 3; i++) {
    ek_text_clear(&stream);
    sink->format(sink, &first, NULL, 0, &stream);
    sink->format(sink, &second, NULL, 0, &stream);
    ck_assert_int_eq(sink->commit(sink, &stream, 2, &e), 0);
  }
  ck_assert_int_eq(ek_outfile_finish(f, &e), 0);
  ck_assert_uint_eq(ek_outdir_at(d, 0)->rows, 6);
  ek_text_free(&stream);
  ek_sink_free(sink);
  ek_drain_close(drain);
  ek_outdir_close(d);
  snprintf(command, sizeof command, "rm -rf %s", dir);
  ck_assert_int_eq(system(command), 0);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("lines");
  TCase *c = tcase_create("lines");
  tcase_add_test(c, reject_in_full);
  tcase_add_test(c, reject_of_the_reader);
  tcase_add_test(c, reject_of_bad_bytes);
  tcase_add_test(c, reject_of_a_long_record);
  tcase_add_test(c, story_of_the_reference);
  tcase_add_test(c, story_of_everything);
  tcase_add_test(c, csv_sink_with_arms_and_labels);
  tcase_add_test(c, jsonl_sink);
  tcase_add_test(c, sink_without_arms);
  tcase_add_test(c, rows_are_told);
  suite_add_tcase(s, c);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
