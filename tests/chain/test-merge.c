/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "base/text.h"
#include "chain/merge.h"
#include "chain/suite.h"

static const ek_clean_settings clean_none = { .bar = EK_BAR_KEEP };
static const ek_clean_settings clean_default = { .control = 1, .entities = 1, .tags = 1, .whitespace = 1,
                                                 .sentences = 1, .neighbours = 1, .case_duplicates = 1,
                                                 .bar = EK_BAR_SPLIT, .max_length = 100 };
static const ek_merge_settings merge_default = { .strategy = EK_MERGE_UNION, .votes = 2, .max_labels = 3,
                                                 .max_chars = 1000 };

typedef struct given { unsigned step; const char *name; double confidence; const char *parents[4]; } given;
#define NONE (-1)

static ek_arena arena;
static ek_clean_counts counts;
static ek_merged merged;

static ek_unit
make_unit(const ek_cleaner *c, const given *g, size_t n, uint32_t arms)
{
  ek_unit u = { 0 };
  for (size_t i = 0; i < n; i++) {
    ek_tag *t = ek_arena_zero(&arena, sizeof *t);
    t->name = ek_cstr(g[i].name);
    t->confidence = g[i].confidence;
    t->step = (uint16_t)g[i].step;
    t->arms = arms;
    ek_str *parents = ek_arena_alloc(&arena, 4 * sizeof *parents);
    for (; t->n_parents < 4 && g[i].parents[t->n_parents]; t->n_parents++)
      parents[t->n_parents] = ek_cstr(g[i].parents[t->n_parents]);
    t->parents = parents;
    ek_clean_tag(c, &arena, t, &counts);
    if (u.last)
      u.last->next = t;
    else
      u.first = t;
    u.last = t;
  }
  return u;
}

static const char *
cell(void)
{
  static ek_text out;
  size_t in = 0;
  ek_text_clear(&out);
  for (size_t i = 0; i < merged.n; i++)
    if (!merged.values[i].removed) {
      if (in++)
        ek_text_char(&out, '|');
      ek_text_str(&out, merged.values[i].text);
    }
  ck_assert_uint_eq(in, merged.n_in);
  return ek_text_c(&out);
}

static const char *
merge_with(const ek_clean_settings *clean, const ek_merge_settings *s, const given *g, size_t n)
{
  ek_arena_reset(&arena);
  counts = (ek_clean_counts){ { 0 } };
  ek_cleaner *c = ek_cleaner_new(clean);
  ek_unit u = make_unit(c, g, n, 1);
  ek_merge(s, c, &u, 0, &arena, &merged, &counts);
  ek_cleaner_free(c);
  return cell();
}

START_TEST(notebook_keeps_repeats)
{
  static const given g[] = { { 0, "Gift Cards", NONE, { 0 } }, { 0, "Gift Cards", NONE, { 0 } } };
  ck_assert_str_eq(merge_with(&clean_none, &merge_default, g, 2), "Gift Cards|Gift Cards");
  ck_assert_str_eq(merge_with(&clean_default, &merge_default, g, 2), "Gift Cards");
  ck_assert_uint_eq(counts.n[EK_RM_NEIGHBOURS], 1);
  ck_assert_uint_eq(merged.values[1].removed, EK_RM_NEIGHBOURS);
}
END_TEST

START_TEST(union_in_chain_order)
{
  static const given g[] = { { 0, "Tea", NONE, { 0 } },      { 0, "Drinks", NONE, { 0 } }, { 1, "tea", 0.9, { 0 } },
                             { 1, "Green Tea", 0.8, { 0 } }, { 1, "Cups", 0.7, { 0 } } };
  ck_assert_str_eq(merge_with(&clean_default, &merge_default, g, N(g)), "Tea|Drinks|Green Tea");
  ck_assert_uint_eq(counts.n[EK_RM_CASE_DUPLICATES], 1);
  ck_assert_uint_eq(merged.values[2].removed, EK_RM_CASE_DUPLICATES);
  ck_assert_uint_eq(merged.values[4].removed, EK_RM_MERGE);
  ck_assert_uint_eq(merged.cut_labels, 1);
  ck_assert_uint_eq(merged.cut_chars, 0);
  ck_assert_str_eq(merge_with(&clean_default, &merge_default, g, 4), "Tea|Drinks|Green Tea");
  ck_assert_uint_eq(merged.cut_labels, 0);       /* exactly three                        */
  ck_assert_str_eq(merge_with(&clean_none, &merge_default, g, N(g)), "Tea|Drinks|tea");
  ck_assert_str_eq(merge_with(&clean_none, &merge_default, g, 0), "");
}
END_TEST

START_TEST(first_step_with_labels)
{
  ek_merge_settings s = merge_default;
  s.strategy = EK_MERGE_FIRST;
  static const given g[] = { { 0, "<b></b>", NONE, { 0 } }, { 1, "Tea", NONE, { 0 } }, { 2, "Cups", NONE, { 0 } },
                             { 1, "Jam", NONE, { 0 } } };
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "Tea|Jam");
  ck_assert_str_eq(merge_with(&clean_none, &s, g, N(g)), "<b></b>");
  ck_assert_uint_eq(merged.n, 4);
  ck_assert_uint_eq(merged.values[1].removed, EK_RM_MERGE);
}
END_TEST

START_TEST(votes_ignore_case_and_count_a_step_once)
{
  ek_merge_settings s = merge_default;
  s.strategy = EK_MERGE_VOTE;
  static const given g[] = { { 0, "Cups", NONE, { 0 } }, { 0, "cups", NONE, { 0 } },   { 0, "STRASSE", NONE, { 0 } },
                             { 1, "Tea", NONE, { 0 } },  { 2, "stra\xc3\x9f" "e", NONE, { 0 } },
                             { 2, "TEA", NONE, { 0 } },  { 3, "tea", NONE, { 0 } } };
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "STRASSE|Tea");
  ck_assert_str_eq(merge_with(&clean_none, &s, g, N(g)), "STRASSE|Tea");
  s.votes = 3;
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "Tea");
  s.votes = 1;
  ck_assert_str_eq(merge_with(&clean_none, &s, g, N(g)), "Cups|STRASSE|Tea");
  s.votes = 4;
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "");
}
END_TEST

START_TEST(parents_do_not_vote)
{
  ek_merge_settings s = merge_default;
  s.strategy = EK_MERGE_VOTE;
  s.parents = EK_PARENTS_APPEND;
  static const given g[] = { { 0, "Tea", 0.5, { "Drinks" } }, { 1, "Drinks", 0.5, { 0 } },
                             { 1, "tea", 0.5, { "Food" } } };
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "Tea|Drinks");
  static const given late[] = { { 0, "Tea", NONE, { 0 } }, { 0, "Jam", NONE, { 0 } }, { 1, "TEA", 0.5, { "Drinks" } },
                                { 2, "tea", 0.5, { "Food" } } };
  ck_assert_str_eq(merge_with(&clean_default, &s, late, N(late)), "Tea|Drinks");
  s.parents = EK_PARENTS_ONLY;
  ck_assert_str_eq(merge_with(&clean_default, &s, late, N(late)), "Drinks");
}
END_TEST

START_TEST(by_confidence_ties_by_name)
{
  ek_merge_settings s = merge_default;
  s.strategy = EK_MERGE_CONFIDENCE;
  s.max_labels = 0;
  static const given g[] = { { 0, "zebra", NONE, { 0 } }, { 0, "ant", NONE, { 0 } }, { 1, "b", 0.5, { 0 } },
                             { 1, "a", 0.5, { 0 } },      { 1, "B", 0.5, { 0 } },    { 2, "top", 1, { 0 } },
                             { 2, "low", 0, { 0 } },      { 2, "ab", 0.5, { 0 } } };
  ck_assert_str_eq(merge_with(&clean_none, &s, g, N(g)), "top|B|a|ab|b|low|zebra|ant");
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "top|B|a|ab|low|zebra|ant");
}
END_TEST

START_TEST(parents_after_or_in_place)
{
  static const given g[] = { { 0, "Green Tea", 0.9, { " Tea ", "Drinks", 0 } }, { 0, "Jam", NONE, { 0 } },
                             { 1, "Cup|Mug", 0.5, { "Ware|Pots &amp; Pans", "Made by hand.", "", 0 } } };
  ek_merge_settings s = merge_default;
  s.max_labels = 0;
  s.parents = EK_PARENTS_APPEND;
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)),
                   "Green Tea|Tea|Drinks|Jam|Cup|Mug|Ware|Pots & Pans");
  ck_assert_uint_eq(merged.values[0].parent, 0);
  ck_assert_uint_eq(merged.values[1].parent, 1);
  ck_assert_ptr_eq(merged.values[1].tag, merged.values[0].tag);
  ck_assert_uint_eq(counts.n[EK_RM_WHITESPACE], 1);
  ck_assert_uint_eq(counts.n[EK_RM_SENTENCES], 1);
  s.parents = EK_PARENTS_ONLY;
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "Tea|Drinks|Ware|Pots & Pans");
  ck_assert_uint_eq(merged.values[0].removed, EK_RM_MERGE);
  s.parents = EK_PARENTS_NONE;
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "Green Tea|Jam|Cup|Mug");
  s.parents = EK_PARENTS_APPEND;
  s.max_labels = 2;
  ck_assert_str_eq(merge_with(&clean_none, &s, g, N(g)), "Green Tea| Tea ");
}
END_TEST

START_TEST(parents_equal_to_labels_go)
{
  static const given g[] = { { 0, "Tea", 0.9, { "Drinks", 0 } }, { 0, "Coffee", 0.8, { "drinks", 0 } } };
  ek_merge_settings s = merge_default;
  s.max_labels = 0;
  s.parents = EK_PARENTS_APPEND;
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "Tea|Drinks|Coffee");
}
END_TEST

START_TEST(max_chars_cuts_whole_values)
{
  static const given g[] = { { 0, "\xc3\xa9\xc3\xa9\xc3\xa9", NONE, { 0 } }, { 0, "four", NONE, { 0 } },
                             { 0, "x", NONE, { 0 } } };
  ek_merge_settings s = merge_default;
  s.max_chars = 8;
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "\xc3\xa9\xc3\xa9\xc3\xa9|four");
  ck_assert_uint_eq(merged.cut_chars, 1);
  s.max_chars = 7;                       /* x would fit, but order is order      */
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "\xc3\xa9\xc3\xa9\xc3\xa9");
  s.max_chars = 2;
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "");
  s.max_chars = 10;
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "\xc3\xa9\xc3\xa9\xc3\xa9|four|x");
  ck_assert_uint_eq(merged.cut_chars, 0);
  s.max_chars = 0;
  ck_assert_str_eq(merge_with(&clean_default, &s, g, N(g)), "\xc3\xa9\xc3\xa9\xc3\xa9|four|x");
}
END_TEST

START_TEST(only_labels_of_the_arm)
{
  static const given a[] = { { 0, "Tea", NONE, { 0 } } };
  static const given b[] = { { 1, "Cups", NONE, { 0 } }, { 1, "Jam", NONE, { 0 } } };
  ek_cleaner *c = ek_cleaner_new(&clean_default);
  ek_unit u = make_unit(c, a, 1, 1u | 1u << 5), v = make_unit(c, b, 2, 1u | 1u << 31);
  u.last->next = v.first;
  v.last->removed = EK_RM_FLOOR;
  ek_merge(&merge_default, c, &u, 0, &arena, &merged, NULL);
  ck_assert_str_eq(cell(), "Tea|Cups");
  ck_assert_uint_eq(merged.n, 2);                /* what floor took never comes          */
  ek_merge(&merge_default, c, &u, 5, &arena, &merged, NULL);
  ck_assert_str_eq(cell(), "Tea");
  ek_merge(&merge_default, c, &u, 31, &arena, &merged, NULL);
  ck_assert_str_eq(cell(), "Cups");
  ek_merge(&merge_default, c, &u, 1, &arena, &merged, NULL);
  ck_assert_uint_eq(merged.n, 0);
  ek_cleaner_free(c);
}
END_TEST

START_TEST(many_values)
{
  enum { MANY = 20000 };
  given *g = calloc(MANY, sizeof *g);
  char (*names)[16] = calloc(MANY, sizeof *names);
  for (size_t i = 0; i < MANY; i++) {
    snprintf(names[i], sizeof names[i], i % 2 ? "label %zu" : "LABEL %zu", i / 2 % 5000);
    g[i] = (given){ (unsigned)(i % 7), names[i], NONE, { 0 } };
  }
  ek_merge_settings s = merge_default;
  s.max_labels = s.max_chars = 0;
  merge_with(&clean_default, &s, g, MANY);
  ck_assert_uint_eq(merged.n_in, 5000);
  ck_assert_uint_eq(counts.n[EK_RM_CASE_DUPLICATES], MANY - 5000);
  s.strategy = EK_MERGE_VOTE;
  merge_with(&clean_none, &s, g, MANY);
  ck_assert_uint_eq(merged.n_in, 5000);
  free(names);
  free(g);
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { notebook_keeps_repeats, union_in_chain_order, first_step_with_labels,
                           votes_ignore_case_and_count_a_step_once, parents_do_not_vote, by_confidence_ties_by_name,
                           parents_after_or_in_place, parents_equal_to_labels_go, max_chars_cuts_whole_values,
                           only_labels_of_the_arm, many_values, NULL };
  return run_suite("merge", tests);
}
