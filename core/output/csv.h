/* SPDX-License-Identifier: BSD-3-Clause */
/* output/csv.h - rows of a table as CSV, its header, and its Avro schema.   */
#ifndef EK_OUTPUT_CSV_H
#define EK_OUTPUT_CSV_H
#include "base/text.h"
#include "catalog/table.h"
#include "config/settings.h"

/* One cell, quoted as style and quote ask (configuration.md, output.csv): minimal
 * quotes what holds a comma, quote, CR or LF, and in Personalize's style a
 * backslash; nothing else, blanks and formulas are data. Null is empty.     */
void ek_csv_cell(ek_text *out, ek_str s, enum ek_csv_style, enum ek_quote);
/* values joined by '|' into one cell.                                       */
void ek_csv_joined(ek_text *out, const ek_str *values, size_t n, enum ek_csv_style, enum ek_quote);
void ek_csv_header(ek_text *out, const ek_table *, enum ek_csv_style, enum ek_quote);
/* A row with its LF. labels: for the label column, when the table has one.  */
void ek_csv_row(ek_text *out, const ek_table *, const ek_cell *cells, const ek_str *labels, size_t n_labels,
                enum ek_csv_style, enum ek_quote);
/* The Avro schema as Personalize wants it (facts 3.5), indented, ends in LF.
 * REQUIRED makes the label column not null. EVENT_VALUE, which may be empty
 * throughout, is ["float","null"], and `float` where a rule ends in "=nan".  */
void ek_avro_schema(ek_text *out, const ek_table *, enum ek_no_labels);

#endif
