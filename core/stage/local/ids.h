/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/ids.h - ids to numbers 0, 1, 2 ... in order of appearance, by hash.
 * One thread.                                                               */
#ifndef EK_STAGE_LOCAL_IDS_H
#define EK_STAGE_LOCAL_IDS_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>

#define EK_INTERN_MAX (UINT32_MAX - 1)

typedef struct ek_intern {
  char *bytes; size_t len, cap;
  uint64_t *start; size_t cap_start;     /* n + 1 of them                          */
  uint32_t n;
  uint64_t *slots; size_t mask;          /* upper half of the hash, number + 1; 0 is free */
} ek_intern;

/* The number of an id; UINT32_MAX when there would be more than EK_INTERN_MAX. *is_new
 * may be NULL. */
uint32_t ek_intern_add(ek_intern *, ek_str id, int *is_new);
ek_str ek_intern_at(const ek_intern *, uint32_t number);    /* until the next add  */
void ek_intern_free(ek_intern *);

#endif
