/* SPDX-License-Identifier: BSD-3-Clause */
#include "output/drain.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "output/files_inside.h"

struct ek_drain {
  ek_outfile *file;
  ek_outdir *own;                 /* of a file on its own                      */
  int fd, own_fd;                 /* -1: a file                                */
  char *name;
};

static ek_drain *
drain_new(ek_outfile *file, int fd, const char *name)
{
  ek_drain *d = ek_mem_zero(1, sizeof *d);
  d->file = file;
  d->fd = fd;
  d->name = ek_mem_strdup(name);
  return d;
}

ek_drain *
ek_drain_file(ek_outfile *file)
{
  return drain_new(file, -1, "");
}

ek_drain *
ek_drain_fd(int fd, const char *name)
{
  return drain_new(NULL, fd, name);
}

static ek_drain *
open_as_it_stands(const char *path, ek_error *e)
{
  int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    ek_fail_open(e, path, "open for writing");
    return NULL;
  }
  ek_drain *d = drain_new(NULL, fd, path);
  d->own_fd = 1;
  return d;
}

static ek_drain *
open_alone(const char *path, ek_error *e)
{
  EK_FREE char *folder = ek_mem_strdup(path);
  char *slash = strrchr(folder, '/');
  const char *name = slash ? path + (slash - folder) + 1 : path;
  if (slash)
    slash[slash == folder] = 0;
  ek_outdir *own = ek_outdir_open_plain(slash ? folder : ".", e);
  ek_outfile *file = own ? ek_outfile_create(own, name, 0, e) : NULL;
  if (!file) {
    ek_outdir_close(own);
    return NULL;
  }
  ek_drain *d = drain_new(file, -1, path);
  d->own = own;
  return d;
}

ek_drain *
ek_drain_open(const char *path, ek_error *e)
{
  struct stat st;
  if (strcmp(path, "-") == 0)
    return ek_drain_fd(STDOUT_FILENO, "standard output");
  int there = stat(path, &st) == 0;
  if (strncmp(path, "/dev/", 5) == 0 || (there && !S_ISREG(st.st_mode)))
    return open_as_it_stands(path, e);
  return open_alone(path, e);
}

static int
fail_fd(const ek_drain *d, ek_error *e)
{
  if (errno != EPIPE)
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", d->name, "write");
  ek_fail(e, EK_EXIT_FAILED, "closed_output", "the reader has closed it");
  return ek_at(e, d->name, 0, 0);
}

static int
write_fd(const ek_drain *d, const char *p, size_t left, ek_error *e)
{
  while (left) {
    ssize_t n = write(d->fd, p, left);
    if (n > 0) {
      p += n;
      left -= (size_t)n;
    } else if (n < 0 && errno == EAGAIN) {
      /* Standard output may be a pipe that another program made non-blocking. */
      struct pollfd wait = { .fd = d->fd, .events = POLLOUT };
      (void)poll(&wait, 1, -1);
    } else if (n == 0 || errno != EINTR) {
      if (n == 0)
        errno = ENOSPC;
      return fail_fd(d, e);
    }
  }
  return 0;
}

int
ek_drain_write(ek_drain *d, const void *data, size_t len, ek_error *e)
{
  return d->file ? ek_outfile_write(d->file, data, len, e) : write_fd(d, data, len, e);
}

void
ek_drain_rows(ek_drain *d, uint64_t rows)
{
  if (d->file)
    ek_outfile_rows(d->file, rows);
}

int
ek_drain_publish(ek_drain *d, ek_error *e)
{
  if (!d->own)
    return 0;
  return ek_outfile_finish(d->file, e) < 0 ? -1 : ek_outdir_commit(d->own, NULL, e);
}

void
ek_drain_close(ek_drain *d)
{
  if (!d)
    return;
  ek_outdir_close(d->own);
  if (d->own_fd)
    close(d->fd);
  free(d->name);
  free(d);
}
