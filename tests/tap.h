/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/tap.h - runs a suite as the environment asks; the status for main().   */
#ifndef EK_TESTS_TAP_H
#define EK_TESTS_TAP_H
#include <check.h>
#include <stdlib.h>

static inline int
run_whole_suite(Suite *s)
{
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
