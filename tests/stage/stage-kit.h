/* SPDX-License-Identifier: BSD-3-Clause */
/* Data for the tests of the stage: small sets written by hand, and the real ones. */
#ifndef TESTS_STAGE_STAGE_KIT_H
#define TESTS_STAGE_STAGE_KIT_H
#include <stddef.h>
#include "stage/local/data.h"

typedef struct kit_set { ek_events *events; ek_categories *categories; } kit_set;

/* Reviews and metadata of $EK_SHARED/data/NAME. 0, or -1 when they are not there. */
int kit_load(const char *name, kit_set *out);
void kit_free(kit_set *);

/* Lines "user item time", and "item" or "item categories"; both end with NULL. */
ek_events *kit_events(const char *const *lines, const char *const *items);
ek_categories *kit_categories(const ek_events *, const char *const *items, unsigned max_cats);

/* A made-up set: users, items, events a user, values; the same for the same seed. */
kit_set kit_random(unsigned users, unsigned items, unsigned length, unsigned values, uint64_t seed);
uint64_t kit_next(uint64_t *state);

/* All bytes of a small file; NULL when it is not there. */
char *kit_read(const char *path, size_t *n);

#endif
