/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit sample: a uniform random record, and what the field map finds in it.
 * Reservoir sampling (Vitter 1985, algorithm R): one pass, nothing held but the picks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/random.h"
#include "base/utf8.h"
#include "command/internal.h"

enum { SAMPLE_SEED, SAMPLE_COUNT };

typedef struct pick { ek_block block; ek_span span; char *file; uint64_t line; } pick;
typedef struct sampling { uint64_t state, seen, count; pick *picks; uint64_t lines; unsigned file; } sampling;

/* splitmix64 (Steele et al. 2014). */
static uint64_t
next_random(uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* Uniform in [0, n): rejects the remainder, so no value is more likely. */
static uint64_t
below(uint64_t *state, uint64_t n)
{
  uint64_t limit = UINT64_MAX - UINT64_MAX % n, r;
  do
    r = next_random(state);
  while (r >= limit);
  return r % n;
}

static void
keep(sampling *s, size_t slot, const ek_block *b, const ek_span *span)
{
  pick *p = &s->picks[slot];
  size_t len = span->end - span->begin;
  free(p->block.data);
  free(p->file);
  p->block = *b;
  p->block.cap = len + EK_BLOCK_PADDING;
  p->block.data = ek_mem_zero(p->block.cap, 1);
  p->block.len = len;
  memcpy(p->block.data, b->data + span->begin, len);
  p->span = (ek_span){ 0, len, 1 };
  p->file = ek_mem_strdup(b->file->name);
  p->line = s->lines + span->line;
}

static int
draw(sampling *s, ek_input *in, ek_error *e)
{
  ek_block b = { 0 };
  int r;
  while ((r = ek_input_next(in, &b, e)) > 0 && !ek_signal_stop) {
    size_t at = 0;
    uint64_t newlines = 0;
    ek_span span;
    if (b.file_index != s->file) {
      s->file = b.file_index;
      s->lines = 0;
    }
    while (ek_block_record(&b, &at, &newlines, &span)) {
      if (b.overlong)                /* only its beginning is there */
        continue;
      size_t slot = s->seen < s->count ? (size_t)s->seen : (size_t)below(&s->state, s->seen + 1);
      s->seen++;
      if (slot < s->count)
        keep(s, slot, &b, &span);
    }
    s->lines += newlines;
  }
  ek_block_clear(&b);
  return r;
}

static void
print_field(ek_text *t, const char *name, const ek_projection *p, size_t slot, const ek_field *f)
{
  char shown[128];
  ek_text_printf(t, "  %-12s ", name);
  if (f->path < 0)
    ek_text_cstr(t, "(not found)");
  for (size_t i = 0; i < f->n && i < 8; i++)
    ek_text_printf(t, "%s%s", i ? " | " : "", ek_show(f->values[i], shown, sizeof shown));
  if (f->n > 8)
    ek_text_printf(t, " | ... (%zu values)", f->n);
  if (f->path >= 0 && strcmp(ek_projection_path(p, slot, (size_t)f->path), name) != 0)
    ek_text_printf(t, "   (%s)", ek_projection_path(p, slot, (size_t)f->path));
  ek_text_char(t, '\n');
}

static void
json_field(ek_text *t, const char *name, const ek_projection *p, size_t slot, const ek_field *f)
{
  ek_text_cstr(t, slot ? ", " : "");
  ek_text_json(t, ek_cstr(name));
  ek_text_cstr(t, ": {\"path\": ");
  if (f->path < 0)
    ek_text_cstr(t, "null");
  else
    ek_text_json(t, ek_cstr(ek_projection_path(p, slot, (size_t)f->path)));
  ek_text_cstr(t, ", \"values\": [");
  for (size_t i = 0; i < f->n; i++) {
    ek_text_cstr(t, i ? ", " : "");
    ek_text_json(t, f->values[i]);
  }
  ek_text_cstr(t, "]}");
}

static void
print_pick(const ek_job *j, const pick *p, ek_text *t, int json)
{
  const ek_projection *pr = j->projection[EK_ITEMS];
  size_t slots = ek_projection_slots(pr);
  ek_field *fields = ek_mem_zero(slots, sizeof *fields);
  ek_parser *parser = ek_parser_new(pr);
  ek_arena arena = { 0 };
  ek_parse_note note = { 0 };
  ek_text repaired = { 0 };

  ek_utf8_repair((ek_str){ p->block.data, p->block.len }, &repaired);
  int bad = ek_parser_record(parser, &p->block, &p->span, &arena, fields, &note) < 0;
  if (json) {
    ek_text_cstr(t, "{\"file\": ");
    ek_text_json(t, ek_cstr(p->file));
    ek_text_printf(t, ", \"line\": %llu, \"record\": ", (unsigned long long)p->line);
    ek_text_json(t, (ek_str){ repaired.data, repaired.len });
    ek_text_cstr(t, bad ? ", \"error\": " : ", \"fields\": {");
    if (bad)
      ek_text_json(t, ek_cstr(note.why));
    for (size_t s = 0; s < slots && !bad; s++)
      json_field(t, ek_projection_name(pr, s), pr, s, &fields[s]);
    ek_text_cstr(t, bad ? "}" : "}}");
  } else {
    ek_text_printf(t, "%s:%llu:\n%.*s\n", p->file, (unsigned long long)p->line, (int)repaired.len, ek_text_c(&repaired));
    if (bad)
      ek_text_printf(t, "  cannot be read: %s\n", note.why);
    for (size_t s = 0; s < slots && !bad; s++)
      print_field(t, ek_projection_name(pr, s), pr, s, &fields[s]);
  }
  ek_text_free(&repaired);
  ek_arena_free(&arena);
  ek_parser_free(parser);
  free(fields);
}

/* Every name of the items' field map, whatever the chain reads. */
static int
use_all_fields(ek_job *j, ek_error *e)
{
  const ek_field_rules *rules = &j->settings->catalog.fields[EK_ITEMS];
  for (size_t i = 0; i < rules->n; i++)
    if (ek_projection_add(j->projection[EK_ITEMS], rules->list[i].name, &rules->list[i], e) < 0)
      return -1;
  return 0;
}

static int
sample_path(const ek_cli *cli, const ek_settings *s, const char *path, sampling *g)
{
  char *absolute = strcmp(path, "-") == 0 ? ek_mem_strdup(path) : NULL;
  ek_paths one = { .list = absolute ? &absolute : (char **)&path, .n = 1 };
  ek_input_options o = { .format = s->catalog.format, .delimiter = s->catalog.delimiter };
  ek_job job = { .settings = s };
  ek_error e;
  ek_text out = { 0 };
  int status = EK_EXIT_REFUSED;

  job.projection[EK_ITEMS] = ek_projection_new(s->catalog.pick);
  ek_input *in = ek_input_open(&one, &o, &e);
  if (!in || use_all_fields(&job, &e) < 0 || draw(g, in, &e) < 0)
    ek_log_error(&e);
  else {
    size_t n = g->seen < g->count ? (size_t)g->seen : (size_t)g->count;
    if (cli->json)
      ek_text_printf(&out, "{\"records\": %llu, \"sample\": [", (unsigned long long)g->seen);
    else {
      ek_text_thousands(&out, g->seen);
      ek_text_cstr(&out, " records\n");
    }
    for (size_t i = 0; i < n; i++) {
      if (cli->json && i)
        ek_text_cstr(&out, ", ");
      print_pick(&job, &g->picks[i], &out, cli->json);
    }
    if (cli->json)
      ek_text_cstr(&out, "]}\n");
    ek_print(&out);
    status = EK_EXIT_OK;
  }
  ek_text_free(&out);
  ek_input_close(in);
  ek_projection_free(job.projection[EK_ITEMS]);
  free(absolute);
  return status;
}

static int
take_number(const ek_command *cmd, const ek_arg *row, const char *value)
{
  uint64_t *out = row->to;
  int64_t n;
  int counts = strcmp(row->name, "--count") == 0;
  if (!ek_number_int(ek_cstr(value), &n) || n < 0 || (counts && (n < 1 || n > 1000)))
    return ek_usage(cmd, NULL, "%s is a whole number%s, not '%s'", row->name, counts ? " from 1 to 1000" : "", value), -1;
  *out = (uint64_t)n;
  return 0;
}

static int
take_path(const ek_command *cmd, const ek_arg *row, const char *value)
{
  const char **path = row->to;
  if (*path)
    return ek_usage(cmd, "name one file or folder", "sample takes one path"), -1;
  *path = value;
  return 0;
}

int
ek_cmd_sample(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  sampling g = { .count = 1, .state = ek_random_bits() };
  const char *path = NULL;
  const ek_arg rows[] = {
    EK_ARG_TAKEN("--seed", take_number, &g.state), EK_ARG_TAKEN("--count", take_number, &g.count),
    EK_ARG_TAKEN("", take_path, &path), EK_ARGS_END
  };
  int status;
  ek_loaded l;

  if (ek_args_read(cmd, argc, argv, rows) < 0)
    return EK_EXIT_REFUSED;
  if (!path)
    return ek_usage(cmd, cmd->example, "sample of which file or folder?");
  status = ek_cli_load(cli, &l);
  if (status)
    return status;
  g.picks = ek_mem_zero((size_t)g.count, sizeof *g.picks);
  status = sample_path(cli, l.settings, path, &g);
  for (size_t i = 0; i < g.count; i++) {
    free(g.picks[i].block.data);
    free(g.picks[i].file);
  }
  free(g.picks);
  ek_loaded_free(&l);
  return status;
}
