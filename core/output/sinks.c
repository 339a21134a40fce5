/* SPDX-License-Identifier: BSD-3-Clause */
#include "output/sinks.h"
#include <stdlib.h>
#include "base/mem.h"
#include "output/story.h"

typedef struct sink {
  ek_sink_target target;          /* first: the chain hands it back             */
  ek_sink_spec spec;
  uint64_t rows;
} sink;

static const sink *
of(const ek_sink_target *t)
{
  return (const sink *)(const void *)t;
}

/* The cell of an arm; interactions and users come without arms. */
static ek_arm_cell
cell_of(const ek_arm_cell *arms, unsigned n_arms, unsigned arm)
{
  return arm < n_arms ? arms[arm] : (ek_arm_cell){ 0 };
}

static void
format_story(const sink *s, const ek_unit *unit, const ek_arm_cell *arms, unsigned n_arms, ek_text *streams)
{
  if (!s->spec.labels)
    return;
  ek_arm_cell whole = cell_of(arms, n_arms, 0);
  ek_story_format(&streams[s->spec.n_arms], unit, &whole, s->spec.step_names, s->spec.n_steps);
}

static void
format_csv(const ek_sink_target *t, const ek_unit *unit, const ek_arm_cell *arms, unsigned n_arms, ek_text *streams)
{
  const sink *s = of(t);
  for (unsigned i = 0; i < s->spec.n_arms; i++) {
    ek_arm_cell cell = cell_of(arms, n_arms, i);
    ek_csv_row(&streams[i], s->spec.table, unit->cells, cell.values, cell.n, s->spec.style, s->spec.quote);
  }
  format_story(s, unit, arms, n_arms, streams);
}

static void
add_json_list(ek_text *out, const ek_str *values, size_t n)
{
  ek_text_char(out, '[');
  for (size_t i = 0; i < n; i++) {
    if (i)
      ek_text_cstr(out, ", ");
    ek_text_json(out, values[i]);
  }
  ek_text_char(out, ']');
}

static void
add_json_cell(ek_text *out, enum ek_column_type type, const ek_cell *cell)
{
  if (cell->null) {
    ek_text_cstr(out, "null");
    return;
  }
  if (type == EK_COL_STRING) {
    ek_text_json(out, cell->text);
    return;
  }
  /* nan and inf are texts of numbers, but JSON has no such numbers. */
  ek_str s = cell->text;
  char c = s.len > 1 && s.ptr[0] == '-' ? s.ptr[1] : s.len ? s.ptr[0] : 0;
  if (type == EK_COL_BOOLEAN || (c >= '0' && c <= '9'))
    ek_text_str(out, s);
  else
    ek_text_cstr(out, "null");
}

static void
format_jsonl(const ek_sink_target *t, const ek_unit *unit, const ek_arm_cell *arms, unsigned n_arms, ek_text *streams)
{
  const sink *s = of(t);
  const ek_table *table = s->spec.table;
  for (unsigned i = 0; i < s->spec.n_arms; i++) {
    ek_arm_cell cell = cell_of(arms, n_arms, i);
    ek_text *out = &streams[i];
    for (size_t c = 0; c < table->n; c++) {
      ek_text_cstr(out, c ? ", " : "{");
      ek_text_json(out, ek_cstr(table->columns[c].name));
      ek_text_cstr(out, ": ");
      if ((int)c == table->label_column)
        add_json_list(out, cell.values, cell.n);
      else
        add_json_cell(out, table->columns[c].type, &unit->cells[c]);
    }
    ek_text_cstr(out, "}\n");
  }
  format_story(s, unit, arms, n_arms, streams);
}

static ek_drain *
drain_of(const sink *s, unsigned stream)
{
  return stream < s->spec.n_arms ? s->spec.arms[stream] : s->spec.labels;
}

static int
commit(ek_sink_target *t, const ek_text *streams, uint64_t rows, ek_error *e)
{
  sink *s = (sink *)(void *)t;
  s->rows += rows;
  for (unsigned i = 0; i < t->n_streams; i++) {
    ek_drain *d = drain_of(s, i);
    if (streams[i].len && ek_drain_write(d, streams[i].data, streams[i].len, e) < 0)
      return -1;
    ek_drain_rows(d, s->rows);
  }
  return 0;
}

static sink *
sink_new(const ek_sink_spec *spec)
{
  sink *s = ek_mem_zero(1, sizeof *s);
  s->spec = *spec;
  s->target.n_streams = spec->n_arms + (spec->labels ? 1 : 0);
  s->target.needs_story = spec->labels != NULL;
  s->target.commit = commit;
  for (unsigned i = 0; i < s->target.n_streams; i++)
    ek_drain_rows(drain_of(s, i), 0);
  return s;
}

ek_sink_target *
ek_csv_sink_new(const ek_sink_spec *spec, ek_error *e)
{
  sink *s = sink_new(spec);
  s->target.format = format_csv;
  ek_text header = { 0 };
  ek_csv_header(&header, spec->table, spec->style, spec->quote);
  for (unsigned i = 0; spec->header && i < spec->n_arms; i++) {
    if (ek_drain_write(spec->arms[i], header.data, header.len, e) < 0) {
      free(s);
      s = NULL;
      break;
    }
  }
  ek_text_free(&header);
  return s ? &s->target : NULL;
}

ek_sink_target *
ek_jsonl_sink_new(const ek_sink_spec *spec)
{
  sink *s = sink_new(spec);
  s->target.format = format_jsonl;
  return &s->target;
}

void
ek_sink_free(ek_sink_target *t)
{
  free(t);
}
