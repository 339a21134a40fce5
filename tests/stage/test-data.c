/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "chain/suite.h"
#include "stage-kit.h"
#include "stage/local/evaluate.h"

/* The items of one user joined by blanks. */
static const char *
sequence(const ek_events *ev, const char *user)
{
  static char text[4096];
  size_t at = 0;
  uint32_t u = ek_ids_find(&ev->users, ek_cstr(user));
  ck_assert_uint_ne(u, UINT32_MAX);
  text[0] = 0;
  for (uint64_t k = ev->start[u]; k < ev->start[u + 1]; k++) {
    ek_str id = ek_id(&ev->items, ev->item[k]);
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%.*s", at ? " " : "", (int)id.len, id.ptr);
  }
  return text;
}

START_TEST(events_by_time_then_line)
{
  static const char *const lines[] = { "u2 b 5", "u1 z 9", "u1 c 3", "u2 a 5", "u1 a 3", "u1 b 3", "u2 c 1", "u1 y -7",
                                       NULL };
  ek_events *ev = kit_events(lines, NULL);
  ck_assert_uint_eq(ev->n, 8);
  ck_assert_str_eq(sequence(ev, "u1"), "y c a b z");
  ck_assert_str_eq(sequence(ev, "u2"), "c b a");
  ck_assert_int_eq(ev->newest, 9);
  ck_assert_int_eq(ev->first_seen[ek_ids_find(&ev->items, ek_cstr("a"))], 3);
  ck_assert_int_eq(ev->first_seen[ek_ids_find(&ev->items, ek_cstr("c"))], 1);
  ek_events_free(ev);
}
END_TEST

/* Many events in many ties: each user's must stand as a stable sort leaves them. */
START_TEST(long_ties_keep_the_lines)
{
  enum { USERS = 7, EVENTS = 200000, TIMES = 50 };
  static uint32_t expected[USERS][EVENTS];
  static int when[EVENTS], whose[EVENTS];
  size_t n[USERS] = { 0 };
  uint64_t seed = 7;
  ek_error e = { 0 };
  ek_events_builder *b = ek_events_begin();
  for (unsigned k = 0; k < EVENTS; k++) {
    char user[8], item[16];
    whose[k] = (int)(kit_next(&seed) % USERS);
    when[k] = (int)(kit_next(&seed) % TIMES);
    snprintf(user, sizeof user, "u%d", whose[k]);
    snprintf(item, sizeof item, "%06u", k);
    ek_events_add(b, ek_cstr(user), ek_cstr(item), when[k]);
  }
  ek_events *ev = ek_events_finish(b, &e);
  for (int time = 0; time < TIMES; time++)
    for (unsigned k = 0; k < EVENTS; k++)
      if (when[k] == time)
        expected[whose[k]][n[whose[k]]++] = k;
  for (unsigned u = 0; u < USERS; u++) {
    ck_assert_uint_eq(ev->start[u + 1] - ev->start[u], n[u]);
    ck_assert_mem_eq(ev->item + ev->start[u], expected[u], n[u] * sizeof(uint32_t));
  }
  ek_events_free(ev);
}
END_TEST

/* Times that do not fit 32 bits around the first, also when it shows late. */
START_TEST(far_apart_times)
{
  ek_error e = { 0 };
  ek_events_builder *b = ek_events_begin();
  char item[16];
  for (int k = 0; k < 70000; k++) {
    snprintf(item, sizeof item, "i%d", k % 100);
    ek_events_add(b, ek_cstr("many"), ek_cstr(item), 70000 - k);
  }
  ek_events_add(b, ek_cstr("u"), ek_cstr("late"), INT64_MAX);
  ek_events_add(b, ek_cstr("u"), ek_cstr("early"), INT64_MIN);
  ek_events_add(b, ek_cstr("u"), ek_cstr("middle"), 1500000000);
  ek_events *ev = ek_events_finish(b, &e);
  ck_assert_str_eq(sequence(ev, "u"), "early middle late");
  ck_assert_int_eq(ev->newest, INT64_MAX);
  ck_assert_int_eq(ev->facts.first, INT64_MIN);
  ck_assert_int_eq(ev->first_seen[ek_ids_find(&ev->items, ek_cstr("i99"))], 1);
  ck_assert_uint_eq(ev->facts.n_months, 240);
  ek_events_free(ev);
}
END_TEST

START_TEST(ids_in_order_of_bytes)
{
  static const char *const lines[] = { "user-\xc3\xa9 pre-b 1", "user-z pre-\xff 1", "user- pre-aaaaaaaaaa 1",
                                       "user-z pre-aaaaaaaaa 1",
                                       "user-Z pre- 1", "user-zz pre-aaaaaaaaab 1", NULL };
  static const char *const users[] = { "user-", "user-Z", "user-z", "user-zz", "user-\xc3\xa9" };
  static const char *const items[] = { "pre-", "pre-aaaaaaaaa", "pre-aaaaaaaaaa", "pre-aaaaaaaaab", "pre-b",
                                       "pre-\xff" };
  ek_events *ev = kit_events(lines, NULL);
  ck_assert_uint_eq(ev->users.n, N(users));
  ck_assert_uint_eq(ev->items.n, N(items));
  for (uint32_t i = 0; i < N(users); i++)
    ck_assert_uint_eq(ek_ids_find(&ev->users, ek_cstr(users[i])), i);
  for (uint32_t i = 0; i < N(items); i++)
    ck_assert_uint_eq(ek_ids_find(&ev->items, ek_cstr(items[i])), i);
  ck_assert_uint_eq(ek_ids_find(&ev->items, ek_cstr("pre-aaaaaaaaaaa")), UINT32_MAX);
  ck_assert_uint_eq(ek_ids_find(&ev->items, ek_cstr("")), UINT32_MAX);
  ck_assert_uint_eq(ek_ids_find(&ev->items, ek_cstr("zzz")), UINT32_MAX);
  ek_events_free(ev);
}
END_TEST

START_TEST(many_ids)
{
  enum { MANY = 100000 };
  ek_error e = { 0 };
  ek_events_builder *b = ek_events_begin();
  char id[24];
  for (uint32_t k = 0; k < 2 * MANY; k++) {
    snprintf(id, sizeof id, "%08u", (unsigned)(k % MANY * 7919ull % MANY));
    ek_events_add(b, ek_cstr(id), ek_cstr(id), 1);
  }
  ek_events *ev = ek_events_finish(b, &e);
  ck_assert_uint_eq(ev->items.n, MANY);
  ck_assert_uint_eq(ev->users.n, MANY);
  for (uint32_t k = 0; k < MANY; k++) {
    snprintf(id, sizeof id, "%08u", k);
    ck_assert(ek_str_eqc(ek_id(&ev->items, k), id));
    ck_assert_uint_eq(ev->item[2 * k], k);
  }
  ek_events_free(ev);
}
END_TEST

START_TEST(folds_as_written_down)
{
  /* worked out by another program */
  static const struct { const char *id; unsigned fold; } known[] = {
    { "", 8 }, { "a", 3 }, { "U00001", 4 }, { "U02177", 5 }, { "AKJHHD5VEH7VG", 4 }, { "\xc3\xa9", 2 }, { "u37", 0 },
  };
  for (size_t i = 0; i < N(known); i++)
    ck_assert_uint_eq(ek_fold_of(ek_cstr(known[i].id)), known[i].fold);
}
END_TEST

START_TEST(nothing_to_train_on)
{
  ek_error e = { 0 };
  ek_events_builder *b = ek_events_begin();
  ek_events_add_item(b, ek_cstr("only in Items"));
  ck_assert_ptr_null(ek_events_finish(b, &e));
  ck_assert_str_eq(e.code, "no_interactions");
  ck_assert_str_ne(e.help, "");
  ck_assert_ptr_null(ek_events_finish(ek_events_begin(), NULL));
}
END_TEST

/* ---- facts ------------------------------------------------------------------------- */

START_TEST(facts_by_hand)
{
  /* 10 events: u1 buys a three times (once twice at the same time); x is not in Items;
   * y and z of Items are never bought; the newest event is by a new user with a new item. */
  static const char *const lines[] = { "u1 a 100", "u1 a 100", "u1 a 200", "u1 b 300", "u2 a 100", "u2 b 200",
                                       "u2 x 300",
                                       "u3 a 100", "u3 b 150", "u4 c 5000000", NULL };
  static const char *const items[] = { "a", "b", "c", "y", "z", NULL };
  ek_events *ev = kit_events(lines, items);
  const ek_data_facts *f = &ev->facts;
  ck_assert_uint_eq(f->items, 6);
  ck_assert_uint_eq(f->users, 4);
  ck_assert_uint_eq(f->interactions, 10);
  ck_assert_uint_eq(f->items_in_catalogue, 5);
  ck_assert_double_eq_tol(f->repeat_rate, 0.2, 1e-12);
  ck_assert_double_eq_tol(f->duplicate_rate, 0.1, 1e-12);
  ck_assert_double_eq_tol(f->cold_item_rate, 0.4, 1e-12);
  ck_assert_double_eq_tol(f->unknown_item_rate, 0.1, 1e-12);
  ck_assert_double_eq_tol(f->new_item_rate_late, 1, 1e-12);
  ck_assert_double_eq_tol(f->new_user_rate_late, 1, 1e-12);
  ck_assert_int_eq(f->first, 100);
  ck_assert_int_eq(f->last, 5000000);
  ck_assert_uint_eq(f->n_months, 2);                       /* 1970-01 and 1970-02 */
  ck_assert_uint_eq(f->by_month[0], 9);
  ck_assert_uint_eq(f->by_month[1], 1);
  ck_assert_int_eq(ek_events_repeat(ev), 1);
  ek_events_free(ev);
}
END_TEST

START_TEST(months_over_years)
{
  /* 2000-02-29, 2000-03-01, 2000-12-31 23:59:59, 2001-01-01 */
  static const char *const lines[] = { "u a 951782400", "u b 951868800", "u c 978307199", "u d 978307200", NULL };
  ek_events *ev = kit_events(lines, NULL);
  ck_assert_uint_eq(ev->facts.n_months, 12);
  ck_assert_uint_eq(ev->facts.by_month[0], 1);
  ck_assert_uint_eq(ev->facts.by_month[1], 1);
  ck_assert_uint_eq(ev->facts.by_month[10], 1);
  ck_assert_uint_eq(ev->facts.by_month[11], 1);
  ck_assert_int_eq(ek_events_repeat(ev), 0);
  ek_events_free(ev);
}
END_TEST

START_TEST(all_times_equal)
{
  static const char *const lines[] = { "u a 5", "v b 5", "u c 5", "w a 5", "u b 5", NULL };
  ek_events *ev = kit_events(lines, NULL);
  ck_assert_str_eq(sequence(ev, "u"), "a c b");
  ck_assert_double_eq(ev->facts.new_item_rate_late, 0);
  ck_assert_double_eq(ev->facts.new_user_rate_late, 0);
  ck_assert_uint_eq(ev->facts.n_months, 1);
  ek_events_free(ev);
}
END_TEST

START_TEST(items_of_the_catalogue)
{
  ek_error e = { 0 };
  ek_events_builder *b = ek_events_begin();
  ek_events_add(b, ek_cstr("u"), ek_cstr("sold"), 5);
  ek_events_add_item_created(b, ek_cstr("new"), 1234);
  ek_events_add_item(b, ek_cstr("old"));
  ek_events *ev = ek_events_finish(b, &e);
  uint32_t sold = ek_ids_find(&ev->items, ek_cstr("sold")), new = ek_ids_find(&ev->items, ek_cstr("new")),
           old = ek_ids_find(&ev->items, ek_cstr("old"));
  ck_assert_int_eq(ev->in_catalogue[sold], 0);
  ck_assert_int_eq(ev->in_catalogue[new], 1);
  ck_assert_int_eq(ev->first_seen[new], INT64_MAX);
  ck_assert_int_eq(ev->created[new], 1234);
  ck_assert_int_eq(ev->created[old], EK_NO_TIME);
  ek_events_free(ev);
}
END_TEST

/* ---- categories --------------------------------------------------------------------- */

/* "name=weight" of an item's row. */
static const char *
row_of(const ek_events *ev, const ek_categories *c, const char *item)
{
  static char text[512];
  uint32_t i = ek_ids_find(&ev->items, ek_cstr(item));
  size_t at = 0;
  text[0] = 0;
  for (uint64_t k = c->row[i]; k < c->row[i + 1]; k++)
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%s=%.4f", at ? " " : "", c->names[c->row_cat[k]],
                           c->row_w[k]);
  return text;
}

static void
check_both_ways(const ek_events *ev, const ek_categories *c)
{
  uint64_t n = 0;
  ck_assert_uint_eq(c->row[ev->items.n], c->col[c->n]);
  for (uint32_t v = 0; v < c->n; v++)
    for (uint64_t k = c->col[v]; k < c->col[v + 1]; k++, n++) {
      ck_assert(k == c->col[v] || c->col_item[k - 1] < c->col_item[k]);
      uint64_t at = c->row[c->col_item[k]];
      while (at < c->row[c->col_item[k] + 1] && c->row_cat[at] != v)
        at++;
      ck_assert_uint_lt(at, c->row[c->col_item[k] + 1]);
      ck_assert_double_eq(c->row_w[at], c->col_w[k]);
    }
  ck_assert_uint_eq(n, c->row[ev->items.n]);
}

START_TEST(categories_by_rule_nine)
{
  /* "all" is on 9 of 10 items: dropped. "late" would be fourth: never seen. "unknown" is no item. */
  static const char *const lines[] = { "u i0 1", NULL };
  static const char *const items[] = { "i0 all|tea|tea||green|late", "i1 all|tea", "i2 all|coffee", "i3 all",
                                       "i4 all|tea", "i5 all|coffee", "i6 all|tea|coffee", "i7 all", "i8 all|",
                                       "i9 |||", "unknown only", NULL };
  static const char *const known[] = { "i0", "i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8", "i9", NULL };
  ek_events *ev = kit_events(lines, known);
  ek_categories *c = kit_categories(ev, items, 3);
  ck_assert_uint_eq(c->n, 3);
  ck_assert_str_eq(c->names[0], "coffee");
  ck_assert_str_eq(c->names[1], "green");
  ck_assert_str_eq(c->names[2], "tea");
  ck_assert_double_eq_tol(c->idf[0], log(10.0 / 3), 1e-12);
  ck_assert_double_eq_tol(c->idf[1], log(10.0), 1e-12);
  ck_assert_double_eq_tol(c->idf[2], log(10.0 / 4), 1e-12);
  ck_assert_uint_eq(c->informative, 6);
  ck_assert_str_eq(row_of(ev, c, "i0"), "green=0.9291 tea=0.3697");
  ck_assert_str_eq(row_of(ev, c, "i1"), "tea=1.0000");
  ck_assert_str_eq(row_of(ev, c, "i6"), "coffee=0.7958 tea=0.6056");
  ck_assert_str_eq(row_of(ev, c, "i3"), "");
  check_both_ways(ev, c);
  ek_categories_free(c);
  ek_events_free(ev);
}
END_TEST

START_TEST(last_row_of_an_item_counts)
{
  static const char *const lines[] = { "u a 1", "u b 1", "u c 1", NULL };
  static const char *const items[] = { "a x|y", "b z", "a z", NULL };
  ek_events *ev = kit_events(lines, NULL);
  ek_categories *c = kit_categories(ev, items, 3);
  ck_assert_uint_eq(c->n, 1);
  ck_assert_str_eq(row_of(ev, c, "a"), "z=1.0000");
  ek_categories_free(c);
  ek_events_free(ev);
}
END_TEST

START_TEST(categories_that_tell_nothing)
{
  static const char *const lines[] = { "u a 1", "u b 1", NULL };
  static const char *const one[] = { "a all", "b all", NULL }, *const none[] = { "a", "b |", NULL };
  ek_events *ev = kit_events(lines, NULL);
  for (int i = 0; i < 2; i++) {
    ek_categories *c = kit_categories(ev, i ? none : one, 3);
    ck_assert_uint_eq(c->n, 0);
    ck_assert_uint_eq(c->informative, 0);
    ck_assert_uint_eq(c->row[2], 0);
    ek_categories_free(c);
  }
  ek_events_free(ev);
}
END_TEST

START_TEST(ten_thousand_categories)
{
  enum { MANY = 10000 };
  ek_error e = { 0 };
  ek_events_builder *b = ek_events_begin();
  char id[16], cell[64];
  for (unsigned i = 0; i < MANY; i++) {
    snprintf(id, sizeof id, "i%u", i);
    ek_events_add(b, ek_cstr("u"), ek_cstr(id), i);
  }
  ek_events *ev = ek_events_finish(b, &e);
  ek_categories_builder *cb = ek_categories_begin(ev, 3);
  for (unsigned i = 0; i < MANY; i++) {
    snprintf(id, sizeof id, "i%u", i);
    snprintf(cell, sizeof cell, "c%u|c%u|c%u", i, (i + 1) % MANY, (i + 7) % MANY);
    ek_categories_add(cb, ek_cstr(id), ek_cstr(cell));
  }
  ek_categories *c = ek_categories_finish(cb);
  ck_assert_uint_eq(c->n, MANY);
  ck_assert_uint_eq(c->informative, MANY);
  check_both_ways(ev, c);
  for (uint32_t i = 0; i < MANY; i++) {
    double square = 0;
    for (uint64_t k = c->row[i]; k < c->row[i + 1]; k++)
      square += c->row_w[k] * c->row_w[k];
    ck_assert_double_eq_tol(square, 1, 1e-12);
  }
  ek_categories_free(c);
  ek_events_free(ev);
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { events_by_time_then_line, long_ties_keep_the_lines, far_apart_times, ids_in_order_of_bytes,
                           many_ids, folds_as_written_down, nothing_to_train_on, facts_by_hand, months_over_years,
                           all_times_equal, items_of_the_catalogue, categories_by_rule_nine, last_row_of_an_item_counts,
                           categories_that_tell_nothing, ten_thousand_categories, NULL };
  return run_suite("data", tests);
}
