/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/csv_read.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/text.h"

#define READ_SIZE ((size_t)1 << 20)
#define ROW_MAX ((size_t)16 << 20)

struct ek_csv_file {
  char *path;
  int fd, bom, eof;
  off_t size, done;                /* done: bytes read                           */
  char *data; size_t at, len, cap; /* data[at..len) is not yet given out          */
  uint64_t line, next_line;
  ek_str raw;
  ek_csv_field *cells; size_t n, cap_cells;
  size_t expect;
  int plain;                       /* backslashes are plain text, as the last odd row had it */
  ek_text store;                   /* cells that had to be unescaped              */
};

/* ---- the file ---- */

static int
refuse(ek_error *e, const char *path, const char *code, const char *what, const char *help)
{
  ek_fail(e, EK_EXIT_REFUSED, code, "%s", what);
  ek_help(e, "%s", help);
  return ek_at(e, path, 0, 0);
}

static int
fill(ek_csv_file *f, ek_error *e)
{
  if (f->at) {
    memmove(f->data, f->data + f->at, f->len - f->at);
    f->len -= f->at;
    f->at = 0;
  }
  if (f->cap - f->len < READ_SIZE)
    f->data = ek_mem_grow(f->data, &f->cap, f->len + READ_SIZE, 1);
  while (!f->eof) {
    ssize_t n = read(f->fd, f->data + f->len, f->cap - f->len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return ek_fail_errno(e, EK_EXIT_FAILED, "read_failed", f->path, "read the file");
    f->eof = n == 0;
    f->len += (size_t)n;
    f->done += n;
    break;
  }
  return 0;
}

static int
begins(const ek_csv_file *f, const char *magic, size_t n)
{
  return f->len >= n && memcmp(f->data, magic, n) == 0;
}

static int
check_start(ek_csv_file *f, ek_error *e)
{
  if (fill(f, e) < 0)
    return -1;
  if (begins(f, "\x1f\x8b", 2) || begins(f, "PK\3\4", 4) || begins(f, "BZh", 3) || begins(f, "\xfd" "7zXZ", 5) ||
      begins(f, "\x28\xb5\x2f\xfd", 4))
    return refuse(e, f->path, "compressed", "the file is compressed; Amazon Personalize imports plain CSV",
                  "unpack it first (gunzip FILE), or leave output.gzip out");
  if (begins(f, "\xff\xfe", 2) || begins(f, "\xfe\xff", 2))
    return refuse(e, f->path, "not_utf8", "the file is UTF-16; it must be UTF-8",
                  "iconv -f UTF-16 -t UTF-8 FILE >NEW.csv");
  f->bom = begins(f, "\xef\xbb\xbf", 3);
  if (f->bom)
    f->at = 3;
  return 0;
}

ek_csv_file *
ek_csv_file_open(const char *path, ek_error *e)
{
  struct stat st;
  ek_csv_file *f = ek_mem_zero(1, sizeof *f);
  f->path = ek_mem_strdup(path);
  f->next_line = 1;
  f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (f->fd < 0)
    ek_fail_errno(e, EK_EXIT_REFUSED, errno == ENOENT ? "no_such_file" : "no_permission", path, "read the file");
  else if (fstat(f->fd, &st) < 0 || !S_ISREG(st.st_mode))
    refuse(e, path, "not_a_file", "not a regular file", "a data set is imported from a CSV file");
  else {
    f->size = st.st_size;
    (void)posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (check_start(f, e) == 0)
      return f;
  }
  ek_csv_file_close(f);
  return NULL;
}

void
ek_csv_file_close(ek_csv_file *f)
{
  if (!f)
    return;
  if (f->fd >= 0)
    close(f->fd);
  ek_text_free(&f->store);
  free(f->cells);
  free(f->data);
  free(f->path);
  free(f);
}

int
ek_csv_file_rewind(ek_csv_file *f, ek_error *e)
{
  if (lseek(f->fd, 0, SEEK_SET) < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "read_failed", f->path, "read the file");
  f->at = f->len = 0;
  f->done = 0;
  f->eof = 0;
  f->line = 0;
  f->next_line = 1;
  return check_start(f, e);
}

uint64_t ek_csv_file_line(const ek_csv_file *f) { return f->line; }
ek_str ek_csv_file_raw(const ek_csv_file *f) { return f->raw; }
void ek_csv_file_expect(ek_csv_file *f, size_t n) { f->expect = n; }
int ek_csv_file_bom(const ek_csv_file *f) { return f->bom; }
const char *ek_csv_file_path(const ek_csv_file *f) { return f->path; }

double
ek_csv_file_share(const ek_csv_file *f)
{
  return f->size > 0 ? (double)(f->done - (off_t)(f->len - f->at)) / (double)f->size : 1;
}

/* ---- rows ---- */

static void
add_cell(ek_csv_file *f, ek_str text, int quoted)
{
  if (f->n == f->cap_cells)
    f->cells = ek_mem_grow(f->cells, &f->cap_cells, f->n + 1, sizeof *f->cells);
  f->cells[f->n++] = (ek_csv_field){ text, quoted };
}

/* A row without a quote, which nearly all are. */
static void
split_plain(ek_csv_file *f, const char *p, size_t len)
{
  f->n = 0;
  for (;;) {
    const char *comma = memchr(p, ',', len);
    size_t n = comma ? (size_t)(comma - p) : len;
    add_cell(f, (ek_str){ p, n }, 0);
    if (!comma)
      return;
    p += n + 1;
    len -= n + 1;
  }
}

typedef struct quoted_row {
  const char *p, *end;
  int escapes, eof;
  int clean;                       /* nothing stood behind a closing quote        */
  int open;                        /* the data end inside quotes                  */
} quoted_row;

/* Of a quoted cell, p behind its first quote: into the store, p behind the closing one. */
static void
quoted_cell(ek_csv_file *f, quoted_row *r)
{
  while (r->p < r->end) {
    char c = *r->p++;
    if (c == '\\' && r->escapes && r->p < r->end && (*r->p == '"' || *r->p == '\\'))
      c = *r->p++;
    else if (c == '"') {
      if (r->p == r->end || *r->p != '"')
        return;
      r->p++;
    }
    ek_text_char(&f->store, c);
  }
  r->open = 1;
}

/* One cell; p stands at the delimiter, the newline or the end behind it. */
static void
one_cell(ek_csv_file *f, quoted_row *r)
{
  size_t from = f->store.len;
  int quoted = r->p < r->end && *r->p == '"';
  if (quoted) {
    r->p++;
    quoted_cell(f, r);
  }
  const char *rest = r->p;
  while (r->p < r->end && *r->p != ',' && *r->p != '\n')
    r->p++;
  size_t n = (size_t)(r->p - rest);
  if (n && rest[n - 1] == '\r' && (r->p == r->end || *r->p == '\n'))
    n--;
  if (quoted && n)
    r->clean = 0;
  ek_text_add(&f->store, rest, n);
  /* The store moves as it grows: places until the row is whole. */
  add_cell(f, (ek_str){ (const char *)(uintptr_t)from, f->store.len - from }, quoted);
}

/* Cells of the row at p, and where it ends: at a newline, or at the end of the data. */
static void
split_quoted(ek_csv_file *f, quoted_row *r)
{
  f->n = 0;
  r->clean = 1;
  r->open = 0;
  ek_text_clear(&f->store);
  for (;;) {
    one_cell(f, r);
    if (r->p == r->end || *r->p == '\n')
      break;
    r->p++;
  }
  ek_text_reserve(&f->store, 1);
  for (size_t i = 0; i < f->n; i++)
    f->cells[i].text.ptr = f->store.data + (uintptr_t)f->cells[i].text.ptr;
}

/* 1 when the row may be taken as it came out. */
static int
is_well(const ek_csv_file *f, const quoted_row *r)
{
  return !r->open && r->clean && (!f->expect || f->n == f->expect);
}

static int
has_escapes(const char *p, const char *end)
{
  for (; (p = memchr(p, '\\', (size_t)(end - p))); p++)
    if (p + 1 < end && (p[1] == '"' || p[1] == '\\'))
      return 1;
  return 0;
}

static int
fail_quote(ek_csv_file *f, ek_error *e)
{
  ek_fail(e, EK_EXIT_REFUSED, "open_quote", f->eof ? "a quote opens in this row and is never closed"
                                                   : "a row of more than 16 MiB: a quote opens in it and is not closed");
  ek_help(e, "a quote inside a cell is written \\\" or \"\" and the cell stands in quotes");
  return ek_at(e, f->path, f->line, 0);
}

/* Takes len bytes and the newline behind them, if any, off the buffer. */
static void
take(ek_csv_file *f, size_t len)
{
  const char *p = f->data + f->at;
  f->raw = (ek_str){ p, len };
  for (const char *q = p; (q = memchr(q, '\n', (size_t)(p + len - q))); q++)
    f->next_line++;
  f->next_line++;
  f->at += len;
  if (f->at < f->len)
    f->at++;
}

static int
row_with_quotes(ek_csv_file *f, ek_error *e)
{
  for (;;) {
    const char *start = f->data + f->at, *end = f->data + f->len;
    quoted_row r = { .p = start, .end = end, .escapes = !f->plain };
    split_quoted(f, &r);
    int whole = r.p < end || f->eof, bounded = f->len - f->at <= ROW_MAX;
    if (!whole && bounded) {
      if (fill(f, e) < 0)
        return -1;
      continue;
    }
    if (!is_well(f, &r) && has_escapes(start, r.p)) {
      quoted_row other = { .p = start, .end = end, .escapes = f->plain };
      split_quoted(f, &other);
      if (is_well(f, &other) && (other.p < end || f->eof)) {
        f->plain = !f->plain;
        r = other;
      } else {
        r.p = start;
        split_quoted(f, &r);
      }
    }
    if (r.open || (r.p == end && !f->eof))
      return fail_quote(f, e);
    size_t len = (size_t)(r.p - start);
    take(f, len);
    return 1;
  }
}

int
ek_csv_file_row(ek_csv_file *f, const ek_csv_field **cells, size_t *n, ek_error *e)
{
  for (;;) {
    const char *start = f->data + f->at;
    size_t left = f->len - f->at;
    const char *newline = left ? memchr(start, '\n', left) : NULL;
    f->line = f->next_line;
    if (!newline && !f->eof && left <= ROW_MAX) {
      if (fill(f, e) < 0)
        return -1;
      continue;
    }
    if (!left)
      return 0;
    size_t len = newline ? (size_t)(newline - start) : left;
    if (memchr(start, '"', len)) {
      if (row_with_quotes(f, e) < 0)
        return -1;
    } else if (!newline && !f->eof) {
      ek_fail(e, EK_EXIT_REFUSED, "long_row", "a row of more than 16 MiB");
      return ek_at(e, f->path, f->line, 0);
    } else {
      take(f, len);
      if (len && start[len - 1] == '\r')
        len--;
      if (!len)
        continue;
      split_plain(f, start, len);
    }
    *cells = f->cells;
    *n = f->n;
    return 1;
  }
}
