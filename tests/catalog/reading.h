/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/catalog/reading.h - makes input files and writes down what the reader finds. */
#ifndef EK_TEST_READING_H
#define EK_TEST_READING_H
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "base/mem.h"
#include "base/text.h"
#include "catalog/parser.h"

/* Each test program works in a folder of its own, which goes with it. */
static char folder_[64];

static inline void
folder_remove(void)
{
  char cmd[192];
  snprintf(cmd, sizeof cmd, "chmod -R u+rwx '%s'; rm -rf '%s'", folder_, folder_);
  if (system(cmd) != 0)
    fprintf(stderr, "%s is left behind\n", folder_);
}

static inline void
folder_make(void)
{
  const char *tmp = getenv("TMPDIR");
  snprintf(folder_, sizeof folder_, "%.40s/ek-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
  if (!mkdtemp(folder_) || chdir(folder_) != 0) {
    perror(folder_);
    exit(99);
  }
}

static inline void
file_write(const char *path, const void *data, size_t n)
{
  FILE *f = fopen(path, "wbe");
  ck_assert_ptr_nonnull(f);
  ck_assert_uint_eq(fwrite(data, 1, n, f), n);
  ck_assert_int_eq(fclose(f), 0);
}

/* Adds one gzip member to out. head may be NULL.                            */
static inline void
gzip_member(ek_text *out, const void *data, size_t n, int level, gz_headerp head)
{
  z_stream z = { 0 };
  ck_assert_int_eq(deflateInit2(&z, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  if (head)
    ck_assert_int_eq(deflateSetHeader(&z, head), Z_OK);
  uLong bound = deflateBound(&z, (uLong)n) + 64;
  ek_text_reserve(out, bound);
  z.next_in = (Bytef *)(uintptr_t)data;
  z.avail_in = (uInt)n;
  z.next_out = (Bytef *)out->data + out->len;
  z.avail_out = (uInt)bound;
  ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
  out->len += z.total_out;
  deflateEnd(&z);
}

typedef struct reading {
  ek_text dump;                  /* "FILE:LINE @OFFSET [TEXT]\n" for each record */
  size_t records, blocks, files;
  uint64_t overlong, bytes, total_lines;
  size_t largest;                /* room of the block                         */
  int r;                         /* of the last ek_input_next                 */
  ek_error e;                    /* with the line in the file                 */
  enum ek_format format;
  int gzip;
  char delimiter;
  ek_text header;                /* names, each followed by a bar             */
} reading;

static inline void
reading_free(reading *g)
{
  ek_text_free(&g->dump);
  ek_text_free(&g->header);
}

static inline void
reading_block(reading *g, const ek_block *b, uint64_t *lines)
{
  size_t at = 0;
  uint64_t newlines = 0;
  ek_span s;
  ck_assert(b->len > 0);
  ck_assert(b->cap >= b->len + EK_BLOCK_PADDING);
  ck_assert_uint_eq(b->lines, 0);
  ck_assert_int_ne(b->file->format, EK_FORMAT_AUTO);
  g->largest = b->cap > g->largest ? b->cap : g->largest;
  while (ek_block_record(b, &at, &newlines, &s)) {
    ck_assert(s.begin <= s.end && s.end <= b->len);
    size_t shown = b->overlong ? 8 : s.end - s.begin;
    ek_text_printf(&g->dump, "%s:%llu @%llu%s [", b->file->name, (unsigned long long)(*lines + s.line),
                   (unsigned long long)(b->offset + s.begin), b->overlong ? " overlong" : "");
    ek_text_add(&g->dump, b->data + s.begin, shown);
    ek_text_cstr(&g->dump, "]\n");
    g->records++;
  }
  g->overlong += b->overlong;
  *lines += newlines;
}

/* Reads everything as the engine does. Fills g, which must be zero.         */
static inline void
reading_go(reading *g, ek_input *in)
{
  ek_block b = { 0 };
  uint64_t lines = 0;
  unsigned file = 0;
  while ((g->r = ek_input_next(in, &b, &g->e)) == 1) {
    ck_assert_uint_eq(b.seq, g->blocks);
    if (b.file_index != file)
      lines = 0;
    file = b.file_index;
    reading_block(g, &b, &lines);
    g->blocks++;
  }
  if (g->r < 0 && b.file) {
    ck_assert_uint_eq(b.len, 0);
    g->e.line += b.file_index == file ? lines : 0;
  }
  const ek_input_file *f = ek_input_file_at(in, ek_input_n_files(in) - 1);
  g->files = ek_input_n_files(in);
  g->format = f->format;
  g->gzip = f->gzip;
  g->delimiter = f->delimiter;
  g->bytes = f->bytes;
  g->total_lines = lines;
  for (size_t i = 0; i < f->n_header; i++)
    ek_text_printf(&g->header, "%s|", f->header[i]);
  ek_text_c(&g->header);
  ek_text_c(&g->dump);
  ek_block_clear(&b);
}

static inline void
reading_file(reading *g, const char *path, const ek_input_options *o)
{
  char *list[] = { (char *)(uintptr_t)path };
  ek_paths paths = { .list = list, .n = 1 };
  *g = (reading){ 0 };
  ek_input *in = ek_input_open(&paths, o, &g->e);
  if (!in) {
    g->r = -2;
    return;
  }
  reading_go(g, in);
  ek_input_close(in);
}

/* The same from bytes; gz: packed first. */
static inline void
reading_bytes(reading *g, const void *data, size_t n, int gz, const ek_input_options *o)
{
  ek_text packed = { 0 };
  if (gz)
    gzip_member(&packed, data, n, 6, NULL);
  file_write("input", gz ? packed.data : data, gz ? packed.len : n);
  ek_text_free(&packed);
  reading_file(g, "input", o);
}

#endif
