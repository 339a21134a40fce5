/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/kit.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"

void
fuzz_broken(const char *file, int line, const char *what)
{
  fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, what);
  abort();
}

const char *
fuzz_file(const void *data, size_t size)
{
  static int fd = -1;
  static char path[64];
  if (fd < 0) {
    fd = memfd_create("fuzz", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ek_log_setup(EK_LOG_TEXT, EK_COLOR_NEVER, 1, 0);
  }
  FUZZ_CHECK(fd >= 0 && ftruncate(fd, 0) == 0);
  FUZZ_CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
  return path;
}

const ek_projection *
fuzz_projection(void)
{
  static ek_projection *p;
  static char *id[] = { "ITEM_ID", "asin", "id" }, *title[] = { "title" }, *category[] = { "category", "categories" },
              *image[] = { "images[].large", "images[0].url", "image" }, *deep[] = { "details.Material", "a.b.c" },
              *odd[] = { "['odd.name'][1]", "=constant" };
  static const ek_field_rule rules[] = {
    { .name = "id", .paths = id, .n_paths = 3 }, { .name = "title", .paths = title, .n_paths = 1 },
    { .name = "category", .paths = category, .n_paths = 2 }, { .name = "image", .paths = image, .n_paths = 3 },
    { .name = "deep", .paths = deep, .n_paths = 2 }, { .name = "odd", .paths = odd, .n_paths = 2 },
  };
  if (!p) {
    ek_error e = { 0 };
    p = ek_projection_new(EK_PICK_NON_EMPTY);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
      FUZZ_CHECK(ek_projection_add(p, rules[i].name, &rules[i], &e) >= 0);
    FUZZ_CHECK(ek_projection_add(p, "price", NULL, &e) >= 0);
    FUZZ_CHECK(ek_projection_add(p, "a", NULL, &e) >= 0);
  }
  return p;
}

void
fuzz_fields(ek_text *out, const ek_field *fields)
{
  const ek_projection *p = fuzz_projection();
  for (size_t s = 0; s < ek_projection_slots(p); s++) {
    const ek_field *f = &fields[s];
    FUZZ_CHECK(f->kind <= EK_KIND_OBJECT);
    FUZZ_CHECK(f->path >= -1 && f->path < (int)ek_projection_paths(p, s));
    FUZZ_CHECK(f->kind != EK_KIND_ABSENT || (f->path == -1 && f->n == 0));
    FUZZ_CHECK(f->n == 0 || f->values);
    FUZZ_CHECK(f->n_ends == 0 || (f->ends && f->ends[f->n_ends - 1] == f->n));
    ek_text_printf(out, "%s %d %d:", ek_projection_name(p, s), f->kind, f->path);
    for (size_t i = 0; i < f->n; i++) {
      FUZZ_CHECK(ek_utf8_valid(f->values[i]));
      ek_text_char(out, '<');
      ek_text_str(out, f->values[i]);
      ek_text_char(out, '>');
    }
    for (size_t i = 0; i < f->n_ends; i++) {
      FUZZ_CHECK(i == 0 || f->ends[i] > f->ends[i - 1]);
      ek_text_printf(out, " %zu", f->ends[i]);
    }
    ek_text_char(out, '\n');
  }
}

/* A message is one line of printable text. */
static void
check_why(const ek_parse_note *note)
{
  ek_str why = ek_cstr(note->why);
  FUZZ_CHECK(why.len > 0 && why.len < sizeof note->why && ek_utf8_valid(why));
  for (size_t i = 0; i < why.len; i++)
    FUZZ_CHECK((unsigned char)why.ptr[i] >= ' ' && why.ptr[i] != 0x7f);
}

void
fuzz_parse(enum ek_format format, ek_str text, ek_text *out)
{
  static ek_parser *parser;
  static const ek_input_file file[] = { [EK_FORMAT_JSONL] = { .format = EK_FORMAT_JSONL },
                                        [EK_FORMAT_JSON] = { .format = EK_FORMAT_JSON },
                                        [EK_FORMAT_LOOSE] = { .format = EK_FORMAT_LOOSE } };
  const ek_projection *p = fuzz_projection();
  ek_arena arena = { 0 }, other = { 0 };
  ek_parse_note note = { 0 }, slow_note = { 0 };
  ek_text slow = { 0 };
  ek_field *fields = ek_mem_zero(ek_projection_slots(p), sizeof *fields);
  if (!parser)
    parser = ek_parser_new(p);

  char *exact = ek_mem_resize(ek_mem_strndup(text.ptr, text.len), text.len);
  int r_slow = ek_literal_record(p, format == EK_FORMAT_LOOSE ? EK_DIALECT_PYTHON : EK_DIALECT_JSON,
                                 (ek_str){ exact, text.len }, &other, fields, &slow_note);
  if (r_slow == 0)
    fuzz_fields(&slow, fields);
  else
    check_why(&slow_note);

  ek_block b = { .file = &file[format], .len = text.len, .cap = text.len + EK_BLOCK_PADDING };
  b.data = ek_mem_zero(b.cap, 1);
  memcpy(b.data, text.ptr, text.len);
  ek_span span = { 0, text.len, 1 };
  int r = ek_parser_record(parser, &b, &span, &arena, fields, &note);
  for (size_t i = 0; i < EK_BLOCK_PADDING; i++)
    FUZZ_CHECK(b.data[b.len + i] == 0);
  FUZZ_CHECK(r == r_slow);
  if (r == 0) {
    ek_text quick = { 0 };
    fuzz_fields(&quick, fields);
    FUZZ_CHECK(ek_str_eq((ek_str){ quick.data, quick.len }, (ek_str){ slow.data, slow.len }));
    FUZZ_CHECK(note.repaired == slow_note.repaired);
    ek_text_add(out, quick.data, quick.len);
    ek_text_free(&quick);
  } else
    check_why(&note);
  ek_block_clear(&b);
  free(exact);
  free(fields);
  ek_text_free(&slow);
  ek_arena_free(&arena);
  ek_arena_free(&other);
}

/* The records of one way of reading, written down. */
typedef struct way { ek_text dump; int r; ek_error e; } way;

static void
read_block(way *w, const ek_block *b, uint64_t *lines, ek_parser *parser, fuzz_record *each)
{
  const ek_projection *p = fuzz_projection();
  ek_arena arena = { 0 };
  ek_field *fields = ek_mem_zero(ek_projection_slots(p), sizeof *fields);
  size_t at = 0, last = 0;
  uint64_t newlines = 0;
  ek_span s;
  FUZZ_CHECK(b->len > 0 && b->cap >= b->len + EK_BLOCK_PADDING && b->file->format != EK_FORMAT_AUTO);
  while (ek_block_record(b, &at, &newlines, &s)) {
    FUZZ_CHECK(s.begin >= last && s.begin <= s.end && s.end <= b->len && at >= s.end && s.line > 0);
    last = s.end;
    ek_parse_note note = { 0 };
    ek_text_printf(&w->dump, "%llu @%llu [", (unsigned long long)(*lines + s.line),
                   (unsigned long long)(b->offset + s.begin));
    ek_text_add(&w->dump, b->data + s.begin, s.end - s.begin);
    ek_text_cstr(&w->dump, "]\n");
    if (each)
      each(b, &s);
    int r = ek_parser_record(parser, b, &s, &arena, fields, &note);
    if (r == 0)
      fuzz_fields(&w->dump, fields);
    else
      check_why(&note);
  }
  *lines += newlines;
  free(fields);
  ek_arena_free(&arena);
}

static void
read_way(way *w, const char *path, const ek_input_options *o, fuzz_record *each)
{
  char *list[] = { (char *)(uintptr_t)path };
  ek_paths paths = { .list = list, .n = 1 };
  ek_block b = { 0 };
  uint64_t lines = 0, seq = 0;
  ek_input *in = ek_input_open(&paths, o, &w->e);
  FUZZ_CHECK(in);
  ek_parser *parser = ek_parser_new(fuzz_projection());
  while ((w->r = ek_input_next(in, &b, &w->e)) == 1) {
    FUZZ_CHECK(b.seq == seq++);
    read_block(w, &b, &lines, parser, each);
  }
  if (w->r < 0) {
    FUZZ_CHECK(w->e.status && w->e.code && w->e.message[0]);
    w->e.line += lines;
  }
  ek_block_clear(&b);
  ek_parser_free(parser);
  ek_input_close(in);
}

int
fuzz_read(const uint8_t *data, size_t size, enum ek_format format, fuzz_record *each)
{
  const char *path = fuzz_file(data, size);
  way whole = { 0 }, pieces = { 0 };
  /* One block; the usual size would cost more than the reading. */
  read_way(&whole, path, &(ek_input_options){ .format = format, .block_size = 32768 }, each);
  read_way(&pieces, path, &(ek_input_options){ .format = format, .block_size = 1 + size % 67 }, NULL);
  FUZZ_CHECK(whole.r == pieces.r);
  FUZZ_CHECK(ek_str_eq((ek_str){ whole.dump.data, whole.dump.len }, (ek_str){ pieces.dump.data, pieces.dump.len }));
  FUZZ_CHECK(whole.r == 0 || (strcmp(whole.e.code, pieces.e.code) == 0 && whole.e.line == pieces.e.line));
  ek_text_free(&whole.dump);
  ek_text_free(&pieces.dump);
  return whole.r;
}
