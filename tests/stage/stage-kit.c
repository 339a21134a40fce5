/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage-kit.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/mem.h"
#include "base/text.h"

/* ---- real sets ----------------------------------------------------------------- */

static char *
whole_gzip(const char *name, const char *file, size_t *n)
{
  char path[4096];
  const char *shared = getenv("EK_SHARED");
  ek_text all = { 0 };
  int got;
  snprintf(path, sizeof path, "%s/data/%s/%s", shared ? shared : "", name, file);
  gzFile f = shared && *shared ? gzopen(path, "rb") : NULL;
  if (!f)
    return NULL;
  do {
    ek_text_reserve(&all, 1 << 20);
    got = gzread(f, all.data + all.len, 1 << 20);
    all.len += got > 0 ? (size_t)got : 0;
  } while (got > 0);
  gzclose(f);
  ek_text_c(&all);
  *n = all.len;
  return all.data;
}

typedef void line_reader(void *arg, const json_t *record);

static int
each_line(const char *name, const char *file, line_reader *reader, void *arg)
{
  size_t n = 0;
  char *all = whole_gzip(name, file, &n);
  if (!all)
    return -1;
  for (char *at = all, *end; at < all + n; at = end + 1) {
    end = memchr(at, '\n', (size_t)(all + n - at));
    if (!end)
      end = all + n;
    json_t *record = json_loadb(at, (size_t)(end - at), 0, NULL);
    if (record)
      reader(arg, record);
    json_decref(record);
  }
  free(all);
  return 0;
}

static ek_str
text_of(const json_t *record, const char *member)
{
  const json_t *v = json_object_get(record, member);
  return (ek_str){ json_string_value(v), json_string_length(v) };
}

static void
add_review(void *arg, const json_t *record)
{
  ek_events_add(arg, text_of(record, "reviewerID"), text_of(record, "asin"),
                json_integer_value(json_object_get(record, "unixReviewTime")));
}

static void
add_item(void *arg, const json_t *record)
{
  ek_events_add_item(arg, text_of(record, "asin"));
}

static void
add_categories(void *arg, const json_t *record)
{
  const json_t *list = json_object_get(record, "category");
  ek_text cell = { 0 };
  for (size_t i = 0; i < json_array_size(list); i++) {
    if (i)
      ek_text_char(&cell, '|');
    ek_text_cstr(&cell, json_string_value(json_array_get(list, i)));
  }
  ek_categories_add(arg, text_of(record, "asin"), (ek_str){ cell.data, cell.len });
  ek_text_free(&cell);
}

int
kit_load(const char *name, kit_set *out)
{
  ek_error e = { 0 };
  ek_events_builder *b = ek_events_begin();
  int missing = each_line(name, "reviews.jsonl.gz", add_review, b) < 0
    || each_line(name, "meta.jsonl.gz", add_item, b) < 0;
  *out = (kit_set){ ek_events_finish(b, &e), NULL };
  if (missing || !out->events) {
    kit_free(out);
    return -1;
  }
  ek_categories_builder *c = ek_categories_begin(out->events, 3);
  each_line(name, "meta.jsonl.gz", add_categories, c);
  out->categories = ek_categories_finish(c);
  return 0;
}

void
kit_free(kit_set *s)
{
  ek_events_free(s->events);
  ek_categories_free(s->categories);
  *s = (kit_set){ 0 };
}

/* ---- sets by hand ----------------------------------------------------------------- */

ek_events *
kit_events(const char *const *lines, const char *const *items)
{
  ek_error e = { 0 };
  ek_events_builder *b = ek_events_begin();
  for (; lines && *lines; lines++) {
    char user[64], item[64];
    long long time;
    if (sscanf(*lines, "%63s %63s %lld", user, item, &time) != 3)
      abort();
    ek_events_add(b, ek_cstr(user), ek_cstr(item), time);
  }
  for (; items && *items; items++)
    ek_events_add_item(b, (ek_str){ *items, strcspn(*items, " ") });
  return ek_events_finish(b, &e);
}

ek_categories *
kit_categories(const ek_events *ev, const char *const *items, unsigned max_cats)
{
  ek_categories_builder *b = ek_categories_begin(ev, max_cats);
  for (; *items; items++) {
    size_t n = strcspn(*items, " ");
    ek_categories_add(b, (ek_str){ *items, n }, ek_cstr((*items)[n] ? *items + n + 1 : ""));
  }
  return ek_categories_finish(b);
}

/* ---- made-up sets ------------------------------------------------------------------- */

uint64_t
kit_next(uint64_t *state)
{
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* Small numbers come more often: popular items, ties of counts. */
static unsigned
skewed(uint64_t *state, unsigned n)
{
  uint64_t a = kit_next(state) % n, b = kit_next(state) % n;
  return (unsigned)(a * b / n);
}

kit_set
kit_random(unsigned users, unsigned items, unsigned length, unsigned values, uint64_t seed)
{
  ek_error e = { 0 };
  ek_events_builder *b = ek_events_begin();
  char id[32], user[32], cell[96];
  for (unsigned k = 0; k < users * length; k++) {
    snprintf(user, sizeof user, "u%u", (unsigned)(kit_next(&seed) % users));
    snprintf(id, sizeof id, "i%u", skewed(&seed, items));
    ek_events_add(b, ek_cstr(user), ek_cstr(id), (int64_t)(kit_next(&seed) % 50));
  }
  for (unsigned i = 0; i < items; i++) {
    snprintf(id, sizeof id, "i%u", i);
    ek_events_add_item(b, ek_cstr(id));
  }
  kit_set s = { ek_events_finish(b, &e), NULL };
  ek_categories_builder *c = ek_categories_begin(s.events, 3);
  for (unsigned i = 0; values && i < items; i++) {
    snprintf(id, sizeof id, "i%u", i);
    snprintf(cell, sizeof cell, "c%u|c%u|c%u", skewed(&seed, values), skewed(&seed, values), skewed(&seed, values));
    ek_categories_add(c, ek_cstr(id), ek_cstr(cell));
  }
  s.categories = ek_categories_finish(c);
  return s;
}

char *
kit_read(const char *path, size_t *n)
{
  ek_text all = { 0 };
  FILE *f = fopen(path, "rbe");
  size_t got;
  if (!f)
    return NULL;
  do {
    ek_text_reserve(&all, 65536);
    got = fread(all.data + all.len, 1, 65536, f);
    all.len += got;
  } while (got);
  fclose(f);
  ek_text_c(&all);
  *n = all.len;
  return all.data;
}
