/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/check.h - the cells of a CSV against a schema and the data rules (facts, 3.5). */
#ifndef EK_STAGE_LOCAL_CHECK_H
#define EK_STAGE_LOCAL_CHECK_H
#include "stage/local/avro.h"
#include "stage/local/csv_read.h"

#define EK_ID_MAX 256               /* characters                                */

typedef struct ek_value {
  enum { EK_VALUE_NULL, EK_VALUE_INT, EK_VALUE_DOUBLE, EK_VALUE_TEXT } kind;
  int64_t i; double d; ek_str s;    /* s: of the row                             */
} ek_value;

typedef struct ek_row_check {
  const ek_avro *schema;
  const char *file;
  ek_violations *v;
  ek_value *values;                 /* of the last row, by field                 */
  uint64_t rows;                    /* all, also those with errors               */
  uint64_t *filled, *odd;           /* by field: not null; null or a reserved word */
} ek_row_check;

void ek_row_check_begin(ek_row_check *, const ek_avro *, const char *file, ek_violations *);
/* The header row. 1, or 0 when the columns are not those of the schema in its order: the
 * rows then cannot be checked.                                              */
int ek_header_check(ek_row_check *, const ek_csv_file *, const ek_csv_field *cells, size_t n);
/* 1 and values, or 0: errors in this row. */
int ek_row_check_row(ek_row_check *, const ek_csv_file *, const ek_csv_field *cells, size_t n);
/* What shows at the end: columns that are hardly filled, event types that are none. */
void ek_row_check_end(ek_row_check *);
void ek_row_check_clear(ek_row_check *);

#endif
