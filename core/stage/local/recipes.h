/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/recipes.h - the recipes of the local engine, their parameters and ranges. */
#ifndef EK_STAGE_LOCAL_RECIPES_H
#define EK_STAGE_LOCAL_RECIPES_H
#include "base/text.h"
#include "stage/stage.h"

/* name NULL: all of them. */
int ek_describe_recipes(const char *name, int json, ek_text *out, ek_error *e);

#endif
