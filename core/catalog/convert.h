/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/convert.h - one field's value as one cell of a column's type. Pure.
 *
 * EK_CELL_EMPTY: there is nothing (absent, null, an empty text or list).
 * EK_CELL_BAD: there is something that this type cannot hold; then *what says what
 * is wrong with it.                                                          */
#ifndef EK_CATALOG_CONVERT_H
#define EK_CATALOG_CONVERT_H
#include "catalog/table.h"

enum ek_cell_result { EK_CELL_OK, EK_CELL_EMPTY, EK_CELL_BAD };

typedef struct ek_conversion {
  enum ek_column_type type;
  enum ek_time_unit time_unit;
  int iso;                       /* timestamps may be ISO 8601                     */
  int textual;                   /* a list's texts are joined by a blank, not a bar */
  int python;                    /* numbers as Python's int() reads them           */
} ek_conversion;

enum ek_cell_result ek_convert(const ek_conversion *, const ek_field *, ek_arena *, ek_cell *, const char **what);
/* As Python's float() reads it, nan and inf included, and repr() writes it. */
enum ek_cell_result ek_convert_python_float(const ek_field *, ek_arena *, ek_cell *, const char **what);

#endif
