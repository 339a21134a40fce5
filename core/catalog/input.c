/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/input.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/utf8.h"
#include "catalog/csv.h"
#include "catalog/cut.h"
#include "catalog/detect.h"
#include "catalog/folder.h"
#include "catalog/source.h"

enum { BLOCK = 1 << 20, KEPT = 64 << 10, LINE_ENOUGH = 64 << 10 };

struct ek_input {
  ek_input_options o;
  ek_input_file *files;
  size_t n;
  uint64_t total, seq;
  int wake[2];
  _Atomic uint64_t done;         /* bytes read from disk, for another thread  */
  uint64_t done_before;          /* of the files before this one              */
  size_t at;                     /* the file that is being read               */
  /* The file that is open: */
  ek_source *source;
  ek_cutter cutter;
  int begun, ended;              /* its format is known; all of it was read   */
  int failed, dead;              /* error says why; it has been reported      */
  uint64_t offset;               /* of the text at hand                       */
  uint64_t newlines;             /* passed over since the last block          */
  char *rest;                    /* what stood behind the last block's end    */
  size_t rest_len, rest_cap;
  ek_error error;
};

/* --- opening ------------------------------------------------------------- */

static void
clear_files(ek_input *in)
{
  for (size_t i = 0; i < in->n; i++) {
    free(in->files[i].path);
    free(in->files[i].name);
    for (size_t k = 0; k < in->files[i].n_header; k++)
      free(in->files[i].header[k]);
    free(in->files[i].header);
  }
  free(in->files);
}

ek_input *
ek_input_open(const ek_paths *paths, const ek_input_options *o, ek_error *e)
{
  ek_found_list found = { .quiet = o->quiet };
  if (ek_folder_resolve(paths, &found, e) != 0) {
    ek_found_list_free(&found);
    return NULL;
  }
  ek_input *in = ek_mem_zero(1, sizeof *in);
  if (pipe2(in->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
    ek_fail_errno(e, EK_EXIT_FAILED, "read_error", NULL, "make a pipe");
    ek_found_list_free(&found);
    free(in);
    return NULL;
  }
  in->o = *o;
  in->o.block_size = !o->block_size ? BLOCK : o->block_size < EK_RECORD_MAX ? o->block_size : EK_RECORD_MAX;
  in->o.timeout_ms = o->timeout_ms > 0 ? o->timeout_ms : 100;
  in->n = found.n;
  in->files = ek_mem_zero(found.n, sizeof *in->files);
  int known = 1;
  for (size_t i = 0; i < found.n; i++) {
    ek_found *f = &found.list[i];
    in->files[i] = (ek_input_file){ .path = f->path, .name = f->name, .format = o->format,
                                    .delimiter = o->delimiter, .disk_bytes = f->size };
    f->path = f->name = NULL;
    known &= f->regular;
    in->total += f->size;
  }
  if (!known)
    in->total = 0;
  ek_found_list_free(&found);
  return in;
}

void
ek_input_close(ek_input *in)
{
  if (!in)
    return;
  ek_source_close(in->source);
  clear_files(in);
  close(in->wake[0]);
  close(in->wake[1]);
  free(in->rest);
  free(in);
}

void
ek_block_clear(ek_block *b)
{
  free(b->data);
  *b = (ek_block){ 0 };
}

size_t
ek_input_n_files(const ek_input *in)
{
  return in->n;
}

const ek_input_file *
ek_input_file_at(const ek_input *in, size_t i)
{
  return &in->files[i];
}

void
ek_input_interrupt(ek_input *in)
{
  int err = errno;
  ssize_t r = write(in->wake[1], "", 1);
  (void)r;                       /* full: it was asked for already            */
  errno = err;
}

void
ek_input_progress(const ek_input *in, uint64_t *done, uint64_t *total)
{
  *done = atomic_load_explicit(&in->done, memory_order_relaxed);
  *total = in->total;
}

/* --- the text at hand: b->data[0 .. have) -------------------------------- */

static ek_input_file *
current(ek_input *in)
{
  return &in->files[in->at];
}

/* Room for size bytes and the padding. A block that grew for one very long
 * record does not stay so large for ever.                                   */
static void
room(ek_block *b, size_t size, size_t keep)
{
  size += EK_BLOCK_PADDING;
  if (b->cap < size || (b->cap > 4 * size && keep < size)) {
    if (!keep) {
      free(b->data);
      b->data = NULL;
    }
    b->data = ek_mem_resize(b->data, size);
    b->cap = size;
  }
}

static void
keep_rest(ek_input *in, const char *p, size_t n)
{
  if (in->rest_cap > (size_t)4 * BLOCK && n < BLOCK) {
    free(in->rest);
    in->rest = NULL;
    in->rest_cap = 0;
  }
  in->rest = ek_mem_grow(in->rest, &in->rest_cap, n, 1);
  if (n)
    memcpy(in->rest, p, n);
  in->rest_len = n;
}

static int64_t
now_ms(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads on behind have, up to size. > 0, END (in->ended), IDLE, or BAD: the damage is kept in
 * in->error, so that what stands before it can be handed on first.           */
static ssize_t
more(ek_input *in, ek_block *b, size_t *have, size_t size, int timeout_ms)
{
  ssize_t n = ek_source_read(in->source, b->data + *have, size - *have, timeout_ms, &in->error);
  if (n > 0) {
    *have += (size_t)n;
    current(in)->bytes += (uint64_t)n;
  } else if (n == EK_SOURCE_END)
    in->ended = 1;
  else if (n == EK_SOURCE_BAD)
    in->failed = 1;
  atomic_store_explicit(&in->done, in->done_before + ek_source_taken(in->source), memory_order_relaxed);
  return n;
}

/* Forgets the first n bytes, which belong to no record. */
static void
drop(ek_input *in, ek_block *b, size_t *have, size_t n)
{
  if (!n)
    return;
  in->newlines += ek_count_newlines(b->data, n);
  in->offset += n;
  memmove(b->data, b->data + n, *have - n);
  *have -= n;
  ek_cutter_drop(&in->cutter, n);
}

/* --- how a file begins --------------------------------------------------- */

static int
bad_begin(ek_input *in, const char *code, const char *what, const char *help)
{
  ek_fail(&in->error, EK_EXIT_FAILED, code, "%s", what);
  if (help)
    ek_help(&in->error, "%s", help);
  in->failed = 1;
  return -1;
}

/* Past a byte order mark and blank lines: 1 when something else stands there, 0
 * while nothing does or it cannot be told yet.                              */
static int
skip_leading(ek_input *in, ek_block *b, size_t *have)
{
  static const char bom[] = "\xef\xbb\xbf";
  size_t n = 0, limit = *have < 3 ? *have : 3;
  if (in->offset == 0 && limit && memcmp(b->data, bom, limit) == 0) {
    if (limit < 3 && !in->ended && !in->failed)
      return 0;
    if (limit == 3)
      drop(in, b, have, 3);
  }
  while (n < *have && (b->data[n] == ' ' || b->data[n] == '\t' || b->data[n] == '\r' || b->data[n] == '\n'))
    n++;
  /* Blanks in front of a CSV's header belong to its first name, which may be empty. */
  size_t line = n;
  if (n == *have ? !in->ended : ek_detect_format(b->data + n, 1) == EK_FORMAT_CSV)
    while (line > 0 && (b->data[line - 1] == ' ' || b->data[line - 1] == '\t'))
      line--;
  int something = n < *have;
  drop(in, b, have, line);
  return something;
}

static void
warn_twice(const ek_input_file *f)
{
  char buf[256];
  for (size_t i = 1; i < f->n_header; i++)
    for (size_t k = 0; k < i && i < 1000; k++)
      if (f->header[i][0] && strcmp(f->header[i], f->header[k]) == 0) {
        ek_warn("column_twice", "%s: the header has a column '%s' twice (columns %zu and %zu)", f->name,
                ek_show(ek_cstr(f->header[i]), buf, sizeof buf), k + 1, i + 1);
        return;
      }
}

/* The header row becomes the names of the columns. */
static int
read_header(ek_input *in, const char *row, size_t len)
{
  ek_input_file *f = current(in);
  char why[160];
  size_t n = 0;
  while (len && (row[len - 1] == '\n' || row[len - 1] == '\r'))
    len--;
  EK_FREE char *data = ek_mem_strndup(row, len);
  size_t max = len < EK_CSV_COLUMNS_MAX ? len + 1 : EK_CSV_COLUMNS_MAX;
  EK_FREE ek_str *cells = ek_mem_alloc(max * sizeof *cells);
  if (in->o.format == EK_FORMAT_AUTO)
    for (size_t i = 0; i < len; i++)
      if ((unsigned char)data[i] < ' ' && data[i] != '\t' && data[i] != '\n' && data[i] != '\r')
        return bad_begin(in, "not_text", "this is neither JSON nor CSV: its first line holds control characters",
                         "JSON lines, JSON arrays and CSV are read, plain or as gzip");
  if (!f->delimiter)
    f->delimiter = ek_detect_delimiter(data, len);
  if (ek_csv_row_cells(data, len, f->delimiter, cells, max, &n, why, sizeof why) != 0) {
    ek_fail(&in->error, EK_EXIT_FAILED, "bad_header", "the CSV header cannot be read: %s", why);
    in->failed = 1;
    return -1;
  }
  f->header = ek_mem_alloc(n * sizeof *f->header);
  for (size_t i = 0; i < n; i++) {
    ek_text name = { 0 };
    ek_utf8_repair(cells[i], &name);
    ek_text_c(&name);
    f->header[i] = name.data;
  }
  f->n_header = n;
  if (!in->o.quiet)
    warn_twice(f);
  return 0;
}

/* Sets the format once enough of the first line is there: 1, 0 not yet, -1.  */
static int
settle(ek_input *in, ek_block *b, size_t *have)
{
  ek_input_file *f = current(in);
  const char *help = NULL;
  int all = in->ended || in->failed, undecided = 0;
  const char *what = in->offset ? NULL : ek_detect_foreign(b->data, *have, &help, &undecided);
  if (what) {
    ek_fail(&in->error, EK_EXIT_FAILED, "not_text", "this is %s", what);
    ek_help(&in->error, "%s", help);
    in->failed = 1;
    return -1;
  }
  if (undecided && !all)
    return 0;
  enum ek_format format = in->o.format;
  if (format == EK_FORMAT_AUTO) {
    /* A bracket decides at once; a brace or a header needs its line, as far as it is looked at. */
    if (!all && b->data[0] != '[' && *have < LINE_ENOUGH && !memchr(b->data, '\n', *have))
      return 0;
    format = ek_detect_format(b->data, *have);
  }
  if (format == EK_FORMAT_CSV) {
    ek_csv_scan scan = { .delimiter = f->delimiter };
    size_t n = ek_csv_scan_rows(&scan, b->data, *have, 1);
    if (!n && !in->ended)
      return in->failed ? -1 : 0;
    n = n ? n : *have;
    if (read_header(in, b->data, n) != 0)
      return -1;
    drop(in, b, have, n);
  }
  if (format == EK_FORMAT_JSON) {
    if (b->data[0] != '[')
      return bad_begin(in, "bad_array", "this is not a JSON array: it does not begin with '['",
                       "leave catalog.format out, and it is found out");
    drop(in, b, have, 1);
  }
  f->format = format;
  ek_cutter_start(&in->cutter, format, f->delimiter);
  return 1;
}

/* 1: the format is known, 0: nothing but blanks in this file, -1.           */
static int
begin(ek_input *in, ek_block *b, size_t *have)
{
  size_t size = in->o.block_size;
  for (;;) {
    int r = skip_leading(in, b, have) ? settle(in, b, have) : 0;
    if (r || in->failed)
      return in->failed ? -1 : r;
    if (in->ended)
      return 0;
    if (*have == size) {
      if (size > EK_RECORD_MAX)
        return bad_begin(in, "bad_header", "the first line is longer than 16 MiB", "is this a CSV file?");
      size = size * 2 > EK_RECORD_MAX ? EK_RECORD_MAX + 1 : size * 2;
      room(b, size, *have);
    }
    more(in, b, have, size, -1);
    current(in)->gzip = ek_source_gzip(in->source);
  }
}

/* --- blocks -------------------------------------------------------------- */

static void
bad_array(ek_input *in, const char *why, const char *help)
{
  ek_fail(&in->error, EK_EXIT_FAILED, "bad_array", "%s", why);
  ek_help(&in->error, "%s", help);
  in->failed = 1;
}

/* Nothing more can be read: the error at the line that stands behind n bytes of
 * the text at hand, counted from the end of the last block.                 */
static int
give_up(ek_input *in, ek_block *b, size_t n, ek_error *e)
{
  uint64_t line = 1 + in->newlines + ek_count_newlines(b->data, n);
  b->len = 0;
  in->dead = 1;
  if (strcmp(in->error.code, "interrupted") != 0)
    ek_at(&in->error, current(in)->name, line, 0);
  *e = in->error;
  return -1;
}

void
ek_input_records_read(ek_error *e, uint64_t records)
{
  ek_text n = { 0 };
  if (strcmp(e->code, "gzip_truncated") == 0) {
    ek_text_printf(&n, "%s (", e->message);
    ek_text_thousands(&n, records);
    ek_text_cstr(&n, records == 1 ? " record was read)" : " records were read)");
    snprintf(e->message, sizeof e->message, "%s", ek_text_c(&n));
    if (records)
      ek_help(e, "the file is cut off; fetch it again. Nothing was written. "
              "To use what is there: --set run.max_rejects=100%% --limit %llu", (unsigned long long)records);
  }
  ek_text_free(&n);
}

/* The first n of have bytes are whole records: the block. */
static int
hand_on(ek_input *in, ek_block *b, size_t n, size_t have)
{
  keep_rest(in, b->data + n, have - n);
  memset(b->data + n, 0, EK_BLOCK_PADDING);
  b->len = n;
  b->offset = in->offset;
  b->newlines_before = in->newlines;
  in->newlines = 0;
  in->offset += n;
  ek_cutter_drop(&in->cutter, n);
  return 1;
}

/* No whole record is at hand and none will come: the end of the file, or what is
 * wrong with it.                                                            */
static int
no_more(ek_input *in, ek_block *b, size_t have, ek_error *e)
{
  const char *why = in->failed ? NULL : ek_cutter_end(&in->cutter);
  if (why) {
    bad_array(in, why, "the file is cut off; fetch it again. Nothing was written");
  } else if (!in->failed)
    return 0;
  if (have && strcmp(in->error.code, "gzip_truncated") == 0)
    snprintf(in->error.message, sizeof in->error.message, "the gzip stream ends in the middle of a record");
  return give_up(in, b, in->cutter.why ? in->cutter.scanned : have, e);
}

/* The record at hand is too long to be held: its beginning becomes the block, the
 * rest is walked over.                                                      */
static int
pass_overlong(ek_input *in, ek_block *b, size_t have, ek_error *e)
{
  ek_cutter *c = &in->cutter;
  uint64_t total = have, newlines = ek_count_newlines(b->data, have);
  char *piece = b->data + KEPT;
  size_t used = 0, len = 0;
  while (!c->cut && !in->ended) {
    size_t end = KEPT;
    ek_cutter_drop(c, c->scanned);
    more(in, b, &end, KEPT + BLOCK, -1);
    len = end - KEPT;
    if (in->failed || (in->ended && ek_cutter_end(c))) {
      in->newlines += newlines;
      return no_more(in, b, 0, e);
    }
    ek_cutter_scan(c, piece, len, 1);
    used = c->cut ? c->cut : len;
    total += used;
    newlines += ek_count_newlines(piece, used);
  }
  int at_newline = used && piece[used - 1] == '\n' && c->format != EK_FORMAT_JSON;
  keep_rest(in, piece + used, len - used);
  ek_cutter_drop(c, used);
  b->len = KEPT;
  b->offset = in->offset;
  b->newlines_before = in->newlines;
  b->newlines_after = newlines;
  b->overlong = total - (at_newline ? 1 : 0);
  memset(b->data + KEPT, 0, EK_BLOCK_PADDING);
  in->newlines = 0;
  in->offset += total;
  return 1;
}

/* How long to wait for more: for ever while there is no whole record yet.   */
static int
patience(const ek_input *in, int64_t *since)
{
  if (!in->cutter.cut)
    return -1;
  int64_t now = now_ms();
  if (!*since)
    *since = now;
  int64_t left = in->o.timeout_ms - (now - *since);
  return left > 0 ? (int)left : 0;
}

/* A full block without the end of a record: makes room. 0 when the record is too
 * long for that.                                                            */
static int
make_room(ek_input *in, ek_block *b, size_t *have, size_t *size)
{
  size_t loose = ek_cutter_loose(&in->cutter);
  if (loose) {
    drop(in, b, have, loose);
    return 1;
  }
  if (*have > EK_RECORD_MAX)
    return 0;
  *size = *have * 2 > EK_RECORD_MAX ? EK_RECORD_MAX + 1 : *have * 2;
  room(b, *size, *have);
  return 1;
}

static int
next_of_file(ek_input *in, ek_block *b, ek_error *e)
{
  ek_cutter *c = &in->cutter;
  size_t have = in->rest_len, size = have > in->o.block_size ? have : in->o.block_size;
  int64_t since = 0;
  room(b, size, 0);
  if (have)
    memcpy(b->data, in->rest, have);
  in->rest_len = 0;
  if (!in->begun) {
    int r = begin(in, b, &have);
    if (r <= 0)
      return r ? give_up(in, b, 0, e) : 0;
    in->begun = 1;
    size = have > size ? have : size;
  }
  for (;;) {
    if (!c->why && ek_cutter_scan(c, b->data, have, 0) != 0)
      bad_array(in, c->why, "the file must be one JSON array of objects; JSON lines need no brackets and no commas");
    if (in->ended && c->format != EK_FORMAT_JSON)
      c->cut = have;
    if (in->ended || in->failed || (c->cut && have >= size))
      break;
    if (have >= size && !make_room(in, b, &have, &size))
      return pass_overlong(in, b, have, e);
    if (more(in, b, &have, size, patience(in, &since)) == EK_SOURCE_IDLE)
      break;
  }
  return c->cut ? hand_on(in, b, c->cut, have) : no_more(in, b, have, e);
}

static int
open_current(ek_input *in, ek_error *e)
{
  ek_input_file *f = current(in);
  in->source = ek_source_open(f->path, f->name, in->wake[0], e);
  if (!in->source)
    return -1;
  in->begun = in->ended = in->failed = 0;
  in->offset = in->newlines = 0;
  in->rest_len = 0;
  in->cutter = (ek_cutter){ 0 };
  return 0;
}

static void
close_current(ek_input *in)
{
  in->done_before += ek_source_taken(in->source);
  ek_source_close(in->source);
  in->source = NULL;
  in->at++;
}

int
ek_input_next(ek_input *in, ek_block *b, ek_error *e)
{
  b->file = NULL;
  b->len = 0;
  b->lines = b->offset = b->newlines_before = b->newlines_after = b->overlong = 0;
  b->seq = in->seq;
  if (in->dead) {
    *e = in->error;
    return -1;
  }
  while (in->at < in->n) {
    b->file = current(in);
    b->file_index = (unsigned)in->at;
    if (!in->source && open_current(in, &in->error) != 0) {
      in->dead = 1;
      *e = in->error;
      return -1;
    }
    int r = next_of_file(in, b, e);
    if (r) {
      in->seq += r > 0;
      return r;
    }
    close_current(in);
  }
  b->file = NULL;
  return 0;
}
