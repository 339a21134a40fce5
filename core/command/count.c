/* SPDX-License-Identifier: BSD-3-Clause */
/* How many records there are: blocks are cut into records, and nothing is parsed. */
#include <string.h>
#include "catalog/parser.h"
#include "command/internal.h"

static uint64_t
count_block(const ek_block *b)
{
  size_t at = 0;
  uint64_t newlines = 0, n = 0;
  ek_span span;
  while (ek_block_record(b, &at, &newlines, &span))
    n++;
  return n;
}

int
ek_count_records(const ek_job *j, enum ek_record_kind kind, uint64_t limit, ek_counted *out, ek_error *e)
{
  const ek_settings *s = j->settings;
  const ek_paths *paths = &s->catalog.inputs[kind];
  ek_input_options o = { .format = s->catalog.format, .delimiter = s->catalog.delimiter, .quiet = 1 };
  ek_block b = { 0 };
  int r = 1;

  *out = (ek_counted){ .known = 1 };
  for (size_t i = 0; i < paths->n; i++)
    if (strcmp(paths->list[i], "-") == 0) {
      out->known = 0;
      return 0;
    }
  ek_input *in = ek_input_open(paths, &o, e);
  if (!in)
    return -1;
  while ((!limit || out->records < limit) && !ek_signal_stop && (r = ek_input_next(in, &b, e)) > 0)
    out->records += count_block(&b);
  if (limit && out->records > limit)
    out->records = limit;
  for (size_t i = 0; i < ek_input_n_files(in); i++)
    out->bytes += ek_input_file_at(in, i)->bytes;
  ek_block_clear(&b);
  ek_input_close(in);
  return r < 0 ? -1 : 0;
}
