/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of the AWS room share. */
#ifndef AWS_TEST_H
#define AWS_TEST_H
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

/* A whole file; NULL: not there. */
static inline char *
read_whole(const char *path, size_t *len)
{
  FILE *f = fopen(path, "rb");
  ek_text t = { 0 };
  char buf[4096];
  size_t n;
  if (!f)
    return NULL;
  while ((n = fread(buf, 1, sizeof buf, f)) > 0)
    ek_text_add(&t, buf, n);
  fclose(f);
  ek_text_c(&t);
  if (len)
    *len = t.len;
  return t.data;
}

static inline void
write_whole(const char *path, const char *text)
{
  FILE *f = fopen(path, "wb");
  ck_assert_ptr_nonnull(f);
  ck_assert_uint_eq(fwrite(text, 1, strlen(text), f), strlen(text));
  ck_assert_int_eq(fclose(f), 0);
}

/* Nothing of this machine's AWS settings reaches a test. */
static inline void
clear_aws_environment(void)
{
  extern char **environ;
  for (;;) {
    char **v = environ;
    while (*v && strncmp(*v, "AWS_", 4))
      v++;
    if (!*v)
      return;
    char *name = ek_mem_strndup(*v, strcspn(*v, "="));
    unsetenv(name);
    free(name);
  }
}

/* Runs all tests in a scratch folder of their own, which is also HOME. */
static inline int
run_suite(Suite *suite)
{
  char dir[] = "/tmp/ek-aws-XXXXXX", cmd[64];
  if (!mkdtemp(dir) || chdir(dir))
    return 99;
  setenv("HOME", dir, 1);
  clear_aws_environment();
  ek_log_setup(EK_LOG_TEXT, EK_COLOR_NEVER, 0, 0);
  SRunner *r = srunner_create(suite);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
  if (chdir("/") || system(cmd))
    return 99;
  return failed ? 1 : 0;
}

#endif
