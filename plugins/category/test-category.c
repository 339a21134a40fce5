/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "chain/plugin-host.h"
#include "chain/suite.h"

#define S(text) { text, sizeof text - 1 }

static const ek_enricher *
category(void)
{
  const ek_module *m = th_module("plugins/category/.libs/enrichkit-category.so");
  ck_assert_uint_eq(m->n_enrichers, 1);
  return m->enrichers[0];
}

static void
check_labels(const char *const *options, const ek_str *values, size_t n, const size_t *ends, size_t n_ends,
             const char *want)
{
  th_plugin *p = th_create(category(), options);
  ck_assert_msg(p != NULL, "%s", th_error());
  th_field f = { "category", values, n, ends, n_ends };
  ck_assert_int_eq(th_enrich(p, &f, 1), *want ? EK_OK : EK_NO_LABELS);
  ck_assert_str_eq(th_text(p), want);
  th_destroy(p);
}

static const ek_str list[] = { S("Gift Cards"), S("Gift Cards"), S(""), S(" No fees. ") };
static const ek_str paths[] = { S("Books"), S("Grocery"), S("Tea"), S("Green Tea") };
static const size_t ends[] = { 1, 4 };

START_TEST(lists_are_passed_as_they_stand)
{
  check_labels(NULL, list, N(list), NULL, 0, "Gift Cards|Gift Cards| No fees. ");
  check_labels(NULL, list, 0, NULL, 0, "");
  check_labels(NULL, list + 2, 1, NULL, 0, "");
}
END_TEST

START_TEST(texts_are_split)
{
  static const ek_str bars[] = { S("A|B||C|") }, arrows[] = { S("Home > Tea > Green") };
  const char *greater[] = { "separator= > ", NULL }, *none[] = { "separator=", NULL };
  check_labels(NULL, bars, 1, NULL, 0, "A|B|C");
  check_labels(greater, arrows, 1, NULL, 0, "Home|Tea|Green");
  check_labels(greater, bars, 1, NULL, 0, "A|B||C|");
  check_labels(none, bars, 1, NULL, 0, "A|B||C|");
  const char *cut[] = { "separator= > ", "skip_levels=1", "levels=1", NULL };
  check_labels(cut, arrows, 1, NULL, 0, "Tea");
  char *many = calloc(1, 2001);
  for (size_t i = 0; i < 1000; i++)
    memcpy(many + 2 * i, "x|", 2);
  const ek_str long_text = { many, 2000 };
  const char *last[] = { "take=leaf", NULL };
  check_labels(last, &long_text, 1, NULL, 0, "x");
  free(many);
}
END_TEST

START_TEST(several_paths)
{
  const struct { const char *options[4], *want; } cases[] = {
    { { NULL }, "Books" },
    { { "take=path", NULL }, "Books" },
    { { "take=leaf", NULL }, "Books|Green Tea" },
    { { "take=all", NULL }, "Books|Grocery|Tea|Green Tea" },
    { { "skip_levels=1", NULL }, "Tea|Green Tea" },
    { { "take=leaf", "levels=2", NULL }, "Books|Tea" },
    { { "take=all", "skip_levels=1", "levels=1", NULL }, "Tea" },
    { { "take=leaf", "skip_levels=9", NULL }, "" },
    { { "levels=20", NULL }, "Books" },
  };
  for (size_t i = 0; i < N(cases); i++)
    check_labels(cases[i].options, paths, N(paths), ends, N(ends), cases[i].want);
  static const size_t gaps[] = { 0, 1, 1, 4 };      /* [[], ["Books"], [], [...]]    */
  check_labels(NULL, paths, N(paths), gaps, N(gaps), "Books");
  static const size_t single[] = { 1, 2, 3, 4 };    /* images[].x                   */
  const char *leaf[] = { "take=leaf", NULL };
  check_labels(leaf, paths, N(paths), single, N(single), "Books|Grocery|Tea|Green Tea");
}
END_TEST

START_TEST(nul_is_left_out)
{
  static const ek_str odd[] = { S("Te\0a"), S("\0\0"), S("B") };
  check_labels(NULL, odd, N(odd), NULL, 0, "Tea|B");
}
END_TEST

START_TEST(another_field)
{
  th_plugin *p = th_create(category(), (const char *[]){ "field=department", NULL });
  th_field f[] = { { "category", paths, 1, NULL, 0 }, { "department", paths + 2, 2, NULL, 0 } };
  ck_assert_int_eq(th_enrich(p, f, 2), EK_OK);
  ck_assert_str_eq(th_text(p), "Tea|Green Tea");
  ck_assert_int_eq(th_enrich(p, f, 1), EK_NO_LABELS);
  th_destroy(p);
}
END_TEST

START_TEST(manual_matches_the_table)
{
  th_check_manual(category(), "plugins/category/enrichkit-category-plugin.7");
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { lists_are_passed_as_they_stand, texts_are_split, several_paths, nul_is_left_out,
                           another_field, manual_matches_the_table, NULL };
  return run_suite("category", tests);
}
