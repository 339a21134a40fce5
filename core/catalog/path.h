/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/path.h - where in a record a field is: a.b, a[0].b, a[].b, ['odd.name'],
 * "=text" (a constant). Immutable once made; may be shared.
 *
 * [] and [0] of a value that is no list take the value itself (catalogues turn lists
 * of one into their element); of null, nothing. [] goes one level deep.     */
#ifndef EK_CATALOG_PATH_H
#define EK_CATALOG_PATH_H
#include <stddef.h>
#include <enrichkit/plugin.h>
#include "base/error.h"

enum ek_path_part_kind { EK_PART_KEY, EK_PART_INDEX, EK_PART_EACH };
typedef struct ek_path_part { enum ek_path_part_kind kind; ek_str key; size_t index; } ek_path_part;

typedef struct ek_path {
  char *text;                    /* as written                                */
  int constant; ek_str value;    /* "=text"                                   */
  ek_path_part *parts; size_t n; /* n >= 1 unless constant; parts[0] is a key  */
} ek_path;

/* 0, or -1: names the column of what cannot be read.                        */
int ek_path_parse(const char *text, ek_path *out, ek_error *e);
void ek_path_clear(ek_path *);

#endif
