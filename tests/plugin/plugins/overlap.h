/* SPDX-License-Identifier: 0BSD */
#ifndef TESTS_PLUGIN_OVERLAP_H
#define TESTS_PLUGIN_OVERLAP_H
#include <enrichkit/plugin.h>
/* Plugin side, for tests: how many calls were inside at once. */
#define TEST_EXT_OVERLAP "org.enrichkit.test.overlap/1"
typedef struct test_overlap {
  uint32_t struct_size, flags;
  int (*most_in_instance)(ek_inst *);
  int (*most_in_module)(void);
} test_overlap;
#endif
