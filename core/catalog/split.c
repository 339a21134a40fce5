/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "catalog/csv.h"
#include "catalog/cut.h"
#include "catalog/parser.h"

static size_t
without_cr(const char *data, size_t begin, size_t end)
{
  return end > begin && data[end - 1] == '\r' ? end - 1 : end;
}

static int
is_blank_line(const char *p, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
      return 0;
  return 1;
}

static int
next_line(const ek_block *b, size_t *at, uint64_t *newlines, ek_span *out)
{
  while (*at < b->len) {
    const char *p = b->data + *at, *q = memchr(p, '\n', b->len - *at);
    size_t begin = *at, end = q ? (size_t)(q - b->data) : b->len;
    uint64_t line = *newlines + 1;
    *at = q ? end + 1 : end;
    *newlines += q != NULL;
    end = without_cr(b->data, begin, end);
    /* A record begins with a brace, so that nearly always one byte decides. */
    if (end == begin || (*p <= ' ' && is_blank_line(p, end - begin)))
      continue;
    *out = (ek_span){ begin, end, line };
    return 1;
  }
  return 0;
}

static int
next_row(const ek_block *b, size_t *at, uint64_t *newlines, ek_span *out)
{
  while (*at < b->len) {
    const char *p = b->data + *at;
    ek_csv_scan scan = { .delimiter = b->file->delimiter };
    size_t n = ek_csv_scan_rows(&scan, p, b->len - *at, 1), begin = *at;
    size_t end = n ? begin + n - 1 : b->len;
    uint64_t line = *newlines + 1;
    *at = n ? end + 1 : end;
    *newlines += ek_count_newlines(p, *at - begin);
    end = without_cr(b->data, begin, end);
    if (end == begin)
      continue;
    *out = (ek_span){ begin, end, line };
    return 1;
  }
  return 0;
}

static int
next_element(const ek_block *b, size_t *at, uint64_t *newlines, ek_span *out)
{
  const char *p = b->data + *at, *end = b->data + b->len;
  while (p < end && (*p == ',' || *p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    *newlines += *p++ == '\n';
  *at = (size_t)(p - b->data);
  if (p == end)
    return 0;
  /* The reader has cut behind a whole element, so that one ends here. */
  const char *stop = ek_json_element_end(p, end);
  if (!stop)
    stop = end;
  *out = (ek_span){ *at, (size_t)(stop - b->data), *newlines + 1 };
  *newlines += ek_count_newlines(p, (size_t)(stop - p));
  *at = out->end;
  return 1;
}

int
ek_block_record(const ek_block *b, size_t *at, uint64_t *newlines, ek_span *out)
{
  if (*at == 0)
    *newlines += b->newlines_before;
  if (b->overlong) {
    if (*at)
      return 0;
    *out = (ek_span){ 0, b->len, *newlines + 1 };
    *newlines += b->newlines_after;
    *at = b->len;
    return 1;
  }
  switch (b->file->format) {
  case EK_FORMAT_CSV: return next_row(b, at, newlines, out);
  case EK_FORMAT_JSON: return next_element(b, at, newlines, out);
  default: return next_line(b, at, newlines, out);
  }
}
