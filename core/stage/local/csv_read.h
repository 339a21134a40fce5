/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/csv_read.h - the CSVs of data sets, a row at a time, as Personalize reads them.
 *
 * In a quoted cell \" and "" are a quote and \\ is a backslash; delimiters and newlines
 * are text. Files of other tools do not escape backslashes, so a row that does not come
 * out well (too few or many cells, text behind a closing quote) is read again without
 * escapes. Lines end in LF or CR LF. The buffer grows with the longest row, up to a bound;
 * the file is never held whole.                                             */
#ifndef EK_STAGE_LOCAL_CSV_READ_H
#define EK_STAGE_LOCAL_CSV_READ_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "base/error.h"

typedef struct ek_csv_file ek_csv_file;
typedef struct ek_csv_field { ek_str text; int quoted; } ek_csv_field;

/* Plain files only: compressed ones, UTF-16 and pipes are refused with the reason.
 * A folder or a missing file is an error too.                               */
ek_csv_file *ek_csv_file_open(const char *path, ek_error *e);
void ek_csv_file_close(ek_csv_file *);             /* NULL is fine             */
/* 1: a row, until the next call; 0: the end; -1 e. Lines without a byte are passed over. */
int ek_csv_file_row(ek_csv_file *, const ek_csv_field **cells, size_t *n, ek_error *e);
uint64_t ek_csv_file_line(const ek_csv_file *);    /* where the last row begins, from 1 */
ek_str ek_csv_file_raw(const ek_csv_file *);       /* its bytes, without the newline    */
void ek_csv_file_expect(ek_csv_file *, size_t n);  /* cells a row, once known           */
/* Begins anew. 0 or -1. */
int ek_csv_file_rewind(ek_csv_file *, ek_error *e);
int ek_csv_file_bom(const ek_csv_file *);          /* it begins with one                */
double ek_csv_file_share(const ek_csv_file *);     /* of the file that is read, 0..1    */
const char *ek_csv_file_path(const ek_csv_file *);

#endif
