/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/folder.h - an empty folder of the test's own to work in, gone afterwards:
 * tcase_add_checked_fixture(t, enter_folder, leave_folder).                   */
#ifndef EK_TESTS_FOLDER_H
#define EK_TESTS_FOLDER_H
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char test_folder[] = "/tmp/ek-unit.XXXXXX";

static inline void
enter_folder(void)
{
  if (!mkdtemp(test_folder) || chdir(test_folder) < 0 || chmod(test_folder, 0755) < 0)
    abort();
}

static inline void
leave_folder(void)
{
  char command[128];
  snprintf(command, sizeof command, "chmod -R u+rwx '%s'; rm -rf '%s'", test_folder, test_folder);
  if (chdir("/") < 0 || system(command) != 0)
    abort();
}

#endif
