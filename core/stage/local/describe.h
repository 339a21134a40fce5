/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/describe.h - what a store holds, as text or JSON; see stage.h. */
#ifndef EK_STAGE_LOCAL_DESCRIBE_H
#define EK_STAGE_LOCAL_DESCRIBE_H
#include "stage/local/store.h"

int ek_local_describe(const char *store, const char *group, const char *kind, const char *name, int verify, int json,
                      ek_text *out, ek_error *e);

#endif
