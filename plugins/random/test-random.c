/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include "chain/plugin-host.h"
#include "chain/suite.h"

static const ek_enricher *
random_labels(void)
{
  return th_module("plugins/random/.libs/enrichkit-random.so")->enrichers[0];
}

static const char *
labels_of(th_plugin *p, const char *id)
{
  const ek_str value = { id, strlen(id) };
  th_field f = { "id", &value, 1, NULL, 0 };
  ck_assert_int_eq(th_enrich(p, &f, 1), EK_OK);
  return th_text(p);
}

START_TEST(depends_on_id_and_seed_alone)
{
  const char *first[] = { "labels=[A, B, C, D, E, F, G, H]", "count=2", NULL };
  const char *second[] = { "labels=[A, B, C, D, E, F, G, H]", "count=2", "seed=2", NULL };
  th_plugin *p = th_create(random_labels(), first), *again = th_create(random_labels(), first),
            *other = th_create(random_labels(), second);
  int same = 0;
  for (int i = 0; i < 200; i++) {
    char id[16], mine[64];
    snprintf(id, sizeof id, "B%04d", i);
    snprintf(mine, sizeof mine, "%s", labels_of(p, id));
    ck_assert_str_eq(labels_of(again, id), mine);
    same += strcmp(labels_of(other, id), mine) == 0;
  }
  ck_assert_int_lt(same, 20);      /* 1 in 56 by chance                         */
  th_destroy(p);
  th_destroy(again);
  th_destroy(other);
}
END_TEST

START_TEST(each_has_the_same_chance)
{
  const char *options[] = { "labels=[A, B, C, D]", "count=2", NULL };
  th_plugin *p = th_create(random_labels(), options);
  int count[4] = { 0 };
  for (int i = 0; i < 4000; i++) {
    char id[16];
    snprintf(id, sizeof id, "%d", i);
    const char *text = labels_of(p, id);
    ck_assert_uint_eq(strlen(text), 3);
    ck_assert_int_ne(text[0], text[2]);
    count[text[0] - 'A']++;
    count[text[2] - 'A']++;
  }
  for (int i = 0; i < 4; i++) {
    ck_assert_int_gt(count[i], 1850);
    ck_assert_int_lt(count[i], 2150);
  }
  th_destroy(p);
}
END_TEST

START_TEST(too_few_labels)
{
  const char *options[] = { "labels=[A, B]", "count=3", NULL }, *enough[] = { "labels=[A, B]", "count=2", NULL };
  ck_assert_ptr_null(th_create(random_labels(), options));
  ck_assert_ptr_nonnull(strstr(th_error(), "fewer labels"));
  th_plugin *p = th_create(random_labels(), enough);
  ck_assert_uint_eq(strlen(labels_of(p, "x")), 3);
  th_destroy(p);
}
END_TEST

START_TEST(manual_matches_the_table)
{
  th_check_manual(random_labels(), "plugins/random/enrichkit-random-plugin.7");
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { depends_on_id_and_seed_alone, each_has_the_same_chance, too_few_labels,
                           manual_matches_the_table,
                           NULL };
  return run_suite("random", tests);
}
