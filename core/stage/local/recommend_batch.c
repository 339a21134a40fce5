/* SPDX-License-Identifier: BSD-3-Clause */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/utf8.h"
#include "stage/local/recommend.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)

static void
add_list(ek_text *out, const ek_answer *a, const char *name, int what)
{
  ek_text_printf(out, "\"%s\": [", name);
  for (size_t i = 0; i < a->n; i++) {
    if (i)
      ek_text_cstr(out, ", ");
    if (what == 0)
      ek_text_json(out, ek_cstr(a->list[i].item));
    else if (what == 1 && a->list[i].score < 0)
      ek_text_cstr(out, "null");       /* some recipes of the service give none   */
    else if (what == 1)
      ek_text_printf(out, "%.9g", a->list[i].score);
    else
      ek_text_json(out, ek_cstr(a->list[i].categories));
  }
  ek_text_char(out, ']');
}

void
ek_answer_json(const ek_answer *a, ek_str input, ek_text *out)
{
  ek_text_cstr(out, "{\"input\": ");
  ek_text_str(out, input);
  ek_text_cstr(out, ", \"output\": {");
  add_list(out, a, "recommendedItems", 0);
  ek_text_cstr(out, ", ");
  add_list(out, a, "scores", 1);
  ek_text_cstr(out, ", ");
  add_list(out, a, "categories", 2);
  ek_text_cstr(out, "}, \"error\": null}\n");
}

void
ek_answer_error_json(ek_text *out, ek_str input, const char *message)
{
  ek_text_cstr(out, "{\"input\": ");
  ek_text_str(out, input);
  ek_text_cstr(out, ", \"output\": null, \"error\": ");
  ek_text_json(out, ek_cstr(message));
  ek_text_cstr(out, "}\n");
}

/* ---- a line to a question ---- */

void
ek_asked_clear(ek_asked *a)
{
  json_decref(a->json);
  free(a->items);
  ek_text_free(&a->input);
}

static int
item_list(ek_asked *a, const json_t *list)
{
  size_t n = json_is_array(list) ? json_array_size(list) : 1;
  a->items = ek_mem_zero(n + 1, sizeof *a->items);
  for (size_t i = 0; i < n; i++) {
    a->items[i] = json_string_value(json_is_array(list) ? json_array_get(list, i) : list);
    if (!a->items[i])
      return 0;
  }
  a->q.items = a->items;
  a->q.n_items = n;
  return n > 0;
}

/* NULL, or what is wrong with the line. */
static const char *
understand(ek_asked *a, ek_str line)
{
  if (!ek_utf8_valid(line) || memchr(line.ptr, 0, line.len))
    return "the line is not UTF-8";
  if (line.ptr[0] != '{') {
    a->json = json_pack("{s:s%}", "userId", line.ptr, line.len);
    a->q.user = json_string_value(json_object_get(a->json, "userId"));
    return NULL;
  }
  a->json = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
  if (!a->json)
    return "the line is not JSON";
  const json_t *user = json_object_get(a->json, "userId"), *item = json_object_get(a->json, "itemId");
  const json_t *num = json_object_get(a->json, "numResults");
  if (!item)
    item = json_object_get(a->json, "itemIds");
  if (json_is_integer(num) && json_integer_value(num) > 0 && json_integer_value(num) <= EK_RECOMMEND_MAX)
    a->q.num = (unsigned)json_integer_value(num);
  else if (num)
    return "numResults goes from 1 to 500";
  a->q.user = json_string_value(user);
  if (user && !a->q.user)
    return "userId is no text";
  if (!a->q.user && (!item || !item_list(a, item)))
    return "the line has no userId and no itemId";
  return NULL;
}

void
ek_asked_read(ek_str line, unsigned num, int new_only, ek_asked *a)
{
  char *text;
  *a = (ek_asked){ .q = { .num = num, .new_only = new_only } };
  a->wrong = understand(a, line);
  text = a->json ? json_dumps(a->json, JSON_PRESERVE_ORDER) : NULL;
  ek_text_cstr(&a->input, text ? text : "null");
  free(text);
}

/* ---- the batch ---- */

typedef struct batch {
  ek_recommender *r;
  unsigned num; int new_only;
  ek_line_sink sink; void *arg;
  uint64_t answered, failed;
  ek_text out;
} batch;

static int
answer_line(batch *b, ek_str line, ek_error *e)
{
  ek_asked a;
  ek_answer answer = { 0 };
  int result = 0;
  ek_text_clear(&b->out);
  ek_asked_read(line, b->num, b->new_only, &a);
  const char *wrong = a.wrong;
  ek_str input = { a.input.data, a.input.len };
  if (!wrong && ek_recommender_ask(b->r, &a.q, &answer, e) < 0) {
    wrong = e->message;
    result = strcmp(e->code, "no_such_item") == 0 ? 0 : -1;
  }
  if (wrong)
    ek_answer_error_json(&b->out, input, wrong);
  else
    ek_answer_json(&answer, input, &b->out);
  b->failed += wrong != NULL;
  b->answered += wrong == NULL;
  ek_answer_clear(&answer);
  ek_asked_clear(&a);
  return result < 0 ? -1 : b->sink(b->arg, b->out.data, b->out.len, e);
}

int
ek_asked_line(FILE *in, const char *in_name, uint64_t number, ek_text *line, ek_error *e)
{
  int c;
  ek_text_clear(line);
  while ((c = getc_unlocked(in)) != EOF && c != '\n') {
    if (line->len == LINE_MAX_BYTES) {
      ek_fail(e, EK_EXIT_REFUSED, "long_line", "a line of more than 1 MiB");
      return ek_at(e, in_name, number, 0);
    }
    ek_text_char(line, (char)c);
  }
  if (c == EOF && ferror(in))
    return ek_fail_errno(e, EK_EXIT_FAILED, "read_failed", in_name, "read the batch");
  if (line->len && line->data[line->len - 1] == '\r')
    line->len--;
  return c == EOF && !line->len ? 0 : 1;
}

int
ek_recommender_batch(ek_recommender *r, FILE *in, const char *in_name, unsigned num, int new_only, ek_line_sink sink, void *arg,
                     uint64_t *answered, uint64_t *failed, ek_error *e)
{
  batch b = { .r = r, .num = num, .new_only = new_only, .sink = sink, .arg = arg };
  ek_text line = { 0 };
  uint64_t number = 0;
  int more;
  while ((more = ek_asked_line(in, in_name, ++number, &line, e)) == 1)
    if (line.len && (more = answer_line(&b, (ek_str){ line.data, line.len }, e)) < 0)
      break;
  ek_text_free(&line);
  ek_text_free(&b.out);
  *answered = b.answered;
  *failed = b.failed;
  return more;
}
