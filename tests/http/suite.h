/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/http/suite.h - what the tests of this room share.                    */
#ifndef EK_TESTS_HTTP_SUITE_H
#define EK_TESTS_HTTP_SUITE_H
#include <check.h>
#include <stdlib.h>

static inline int
run_suite(Suite *s, TCase *c)
{
  tcase_set_timeout(c, 120);
  suite_add_tcase(s, c);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
