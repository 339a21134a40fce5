/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/csv.h - rows and cells of CSV, read as Python's "excel" dialect does.
 *
 * A quote is special only where a field begins; in a quoted field "" is a quote,
 * and delimiters and newlines are text; what follows the closing quote belongs
 * to the field. Rows end at a newline, a CR before it goes with it.         */
#ifndef EK_CATALOG_CSV_H
#define EK_CATALOG_CSV_H
#include <stddef.h>
#include <enrichkit/plugin.h>

#define EK_CSV_COLUMNS_MAX 16384

/* Where the walk over the bytes stands; zero but for the delimiter at a row's
 * start. delimiter 0: not known yet, any of EK_CSV_DELIMITERS counts.       */
typedef struct ek_csv_scan { char delimiter, last; unsigned char quoted; } ek_csv_scan;
#define EK_CSV_DELIMITERS ",;\t|"

/* Walks n bytes; returns the place behind the first (first != 0, the walk then
 * stops there) or the last newline that ends a row; 0 when there is none.   */
size_t ek_csv_scan_rows(ek_csv_scan *, const char *p, size_t n, int first);

/* Splits one row (without its newline) in place: cells point into it, unquoted.
 * 0, or -1 and why (with the number of cells in *n where it is too many).   */
int ek_csv_row_cells(char *row, size_t len, char delimiter, ek_str *cells, size_t max, size_t *n,
                     char *why, size_t why_size);

#endif
