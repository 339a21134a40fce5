/* SPDX-License-Identifier: BSD-3-Clause */
/* CSV: header, delimiter, rows; and the cells of a row, which come back the same
 * when they are written with quotes and read again.                         */
#include "fuzz/kit.h"
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "catalog/csv.h"

enum { CELLS = 4096 };

static void
quoted(ek_text *t, const ek_str *cells, size_t n, char delimiter)
{
  for (size_t i = 0; i < n; i++) {
    if (i)
      ek_text_char(t, delimiter);
    ek_text_char(t, '"');
    for (size_t k = 0; k < cells[i].len; k++) {
      if (cells[i].ptr[k] == '"')
        ek_text_char(t, '"');
      ek_text_char(t, cells[i].ptr[k]);
    }
    ek_text_char(t, '"');
  }
}

static void
each(const ek_block *b, const ek_span *s)
{
  static ek_str cells[CELLS], again[CELLS];
  size_t n = 0, m = 0, len = s->end - s->begin;
  char why[160] = "";
  /* Nothing behind the row that a slip could read unseen. */
  char *row = ek_mem_resize(ek_mem_strndup(b->data + s->begin, len), len);
  if (ek_csv_row_cells(row, len, b->file->delimiter, cells, CELLS, &n, why, sizeof why) == 0) {
    ek_text t = { 0 };
    FUZZ_CHECK(n >= 1 && n <= CELLS);
    for (size_t i = 0; i < n; i++)
      FUZZ_CHECK(cells[i].ptr >= row && cells[i].ptr + cells[i].len <= row + len);
    quoted(&t, cells, n, b->file->delimiter);
    char *copy = ek_mem_resize(ek_mem_strndup(t.data, t.len), t.len);
    ek_csv_scan scan = { .delimiter = b->file->delimiter };
    FUZZ_CHECK(ek_csv_scan_rows(&scan, copy, t.len, 1) == 0);      /* one row, whatever is in it */
    FUZZ_CHECK(ek_csv_row_cells(copy, t.len, b->file->delimiter, again, CELLS, &m, why, sizeof why) == 0);
    FUZZ_CHECK(m == n);
    for (size_t i = 0; i < n; i++)
      FUZZ_CHECK(ek_str_eq(cells[i], again[i]));
    free(copy);
    ek_text_free(&t);
  } else
    FUZZ_CHECK(why[0]);
  free(row);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_read(data, size, EK_FORMAT_CSV, each);
  if (size && data[0] != '{' && data[0] != '[')
    fuzz_read(data, size, EK_FORMAT_AUTO, NULL);
  return 0;
}
