/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/suite.h - what the tests of this room share.                        */
#ifndef TEST_CHAIN_SUITE_H
#define TEST_CHAIN_SUITE_H
#include <check.h>
#include <stdlib.h>

#define N(a) (sizeof(a) / sizeof(a)[0])

/* Runs the NULL-ended list of tests as one suite. */
static inline int
run_suite(const char *name, const TTest *const *tests)
{
  Suite *s = suite_create(name);
  TCase *t = tcase_create(name);
  for (; *tests; tests++)
    tcase_add_test(t, *tests);
  tcase_set_timeout(t, 120);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
