/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/source.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "catalog/gunzip.h"

/* Large enough that the cost of a call into the inflater is nothing, small
 * enough to stay in the processor's second cache beside the block.          */
enum { RAW = 128 << 10 };

struct ek_source {
  const char *name;
  int fd, wake, regular, begun;
  uint64_t taken;
  ek_gunzip *gz;
  const uint8_t *in, *in_end;    /* in raw: what is read and not yet used     */
  int raw_end;                   /* the file is at its end                    */
  uint8_t raw[EK_INFLATE_BACK + RAW];
};

ek_source *
ek_source_open(const char *path, const char *name, int wake, ek_error *e)
{
  struct stat st;
  int std = strcmp(path, "-") == 0;
  /* Not to hang in open() on a pipe that nobody writes to yet: poll() waits for it. */
  int fd = std ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    ek_fail_errno(e, EK_EXIT_FAILED, "read_error", name, "open");
    return NULL;
  }
  ek_source *s = ek_mem_alloc(sizeof *s);
  memset(s, 0, offsetof(ek_source, raw));
  s->name = name;
  s->fd = fd;
  s->wake = wake;
  s->in = s->in_end = s->raw + EK_INFLATE_BACK;
  s->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
  if (s->regular)
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return s;
}

void
ek_source_close(ek_source *s)
{
  if (!s)
    return;
  ek_gunzip_free(s->gz);
  if (s->fd != STDIN_FILENO)
    close(s->fd);
  free(s);
}

int
ek_source_gzip(const ek_source *s)
{
  return s->gz != NULL;
}

uint64_t
ek_source_taken(const ek_source *s)
{
  return s->taken;
}

/* Waits for input: 1, IDLE or BAD. A file is always ready, but may be given up. */
static int
wait_input(ek_source *s, int timeout_ms, ek_error *e)
{
  struct pollfd p[2] = { { s->wake, POLLIN, 0 }, { s->fd, POLLIN, 0 } };
  int n;
  do
    n = poll(p, s->regular ? 1 : 2, s->regular ? 0 : timeout_ms);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "read_error", s->name, "wait for input");
  if (p[0].revents)
    return ek_fail(e, EK_EXIT_FAILED, "interrupted", "interrupted");
  return s->regular || n ? 1 : EK_SOURCE_IDLE;
}

/* Bytes as they are in the file. */
static ssize_t
read_raw(ek_source *s, void *buf, size_t size, int timeout_ms, ek_error *e)
{
  for (;;) {
    int ready = wait_input(s, timeout_ms, e);
    if (ready != 1)
      return ready;
    ssize_t n = read(s->fd, buf, size);
    if (n >= 0) {
      s->taken += (uint64_t)n;
      return n;
    }
    if (errno != EINTR && errno != EAGAIN)
      return ek_fail_errno(e, EK_EXIT_FAILED, "read_error", s->name, "read");
  }
}

/* More raw bytes behind those there are. 1, END, IDLE or BAD.               */
static int
more_raw(ek_source *s, int timeout_ms, ek_error *e)
{
  uint8_t *base = s->raw + EK_INFLATE_BACK;
  size_t left = (size_t)(s->in_end - s->in);
  /* With the bytes before in: the inflater may want them back.              */
  size_t before = (size_t)(s->in - s->raw) < EK_INFLATE_BACK ? (size_t)(s->in - s->raw) : EK_INFLATE_BACK;
  memmove(base - before, s->in - before, before + left);
  s->in = base;
  s->in_end = base + left;
  ssize_t n = read_raw(s, base + left, RAW - left, timeout_ms, e);
  if (n <= 0) {
    s->raw_end |= n == 0;
    return (int)n;
  }
  s->in_end += n;
  return 1;
}

/* Tells gzip from plain by the first two bytes. 1 or as more_raw. */
static int
begin(ek_source *s, int timeout_ms, ek_error *e)
{
  while (s->in_end - s->in < 2 && !s->raw_end) {
    int r = more_raw(s, timeout_ms, e);
    if (r < 0)
      return r;
  }
  if (s->in_end - s->in >= 2 && s->in[0] == 0x1f && s->in[1] == 0x8b)
    s->gz = ek_gunzip_new();
  s->begun = 1;
  return 1;
}

static ssize_t
read_gzip(ek_source *s, char *buf, size_t size, int timeout_ms, ek_error *e)
{
  uint8_t *out = (uint8_t *)buf, *out_end = out + size;
  for (;;) {
    enum ek_gunzip_result r = ek_gunzip_run(s->gz, &s->in, s->in_end, &out, out_end);
    size_t made = (size_t)(out - (uint8_t *)buf);
    /* What was unpacked before the damage goes first; the next call meets it again. */
    if (made && (r != EK_GUNZIP_MORE || s->raw_end))
      return (ssize_t)made;
    if (r == EK_GUNZIP_BAD) {
      ek_fail(e, EK_EXIT_FAILED, "gzip_damaged", "the gzip stream is damaged: %s", ek_gunzip_why(s->gz));
      ek_help(e, "fetch the file again. Nothing was written");
      return EK_SOURCE_BAD;
    }
    if (s->raw_end) {
      if (ek_gunzip_ended(s->gz))
        return EK_SOURCE_END;
      ek_fail(e, EK_EXIT_FAILED, "gzip_truncated", "the gzip stream ends in the middle");
      ek_help(e, "the file is cut off; fetch it again. Nothing was written");
      return EK_SOURCE_BAD;
    }
    /* A file goes on until buf is full: fewer, larger blocks. A pipe hands on. */
    if (made && !s->regular)
      return (ssize_t)made;
    int more = more_raw(s, timeout_ms, e);
    if (more < 0)                /* met again by the next call, if it is an error */
      return made ? (ssize_t)made : more;
  }
}

ssize_t
ek_source_read(ek_source *s, char *buf, size_t size, int timeout_ms, ek_error *e)
{
  if (!s->begun) {
    int r = begin(s, timeout_ms, e);
    if (r != 1)
      return r;
  }
  if (s->gz)
    return read_gzip(s, buf, size, timeout_ms, e);
  if (s->in < s->in_end) {
    size_t n = (size_t)(s->in_end - s->in);
    n = n < size ? n : size;
    memcpy(buf, s->in, n);
    s->in += n;
    return (ssize_t)n;
  }
  return s->raw_end ? EK_SOURCE_END : read_raw(s, buf, size, timeout_ms, e);
}
