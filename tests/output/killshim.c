/* SPDX-License-Identifier: BSD-3-Clause */
/* killshim.c - preloaded: ends the process, or fails, at the n-th operation that
 * changes files below a folder.
 *
 *   EK_KILL_DIR   absolute folder, or several with ':' between; nothing else counts
 *   EK_KILL_AT    n: _exit(137) instead of the n-th operation
 *   EK_KILL_PART  1: where the n-th is a write, half of it is done first
 *   EK_FAIL_AT    n: the n-th fails with EK_FAIL_ERRNO (a number; ENOSPC if unset)
 *   EK_FAIL_ON    1: and so does every later one that takes room: open, write, sync, mkdir
 *   EK_OPS_LOG    file: one line an operation, "NUMBER OPERATION PATH", and what was done
 *
 * Counted: open with O_CREAT, write, pwrite, writev, ftruncate, fsync, fdatasync,
 * rename, renameat, renameat2, unlink, unlinkat, rmdir, mkdir, mkdirat, and the names
 * that large-file builds use. Everything is done by system call, so that neither
 * dlsym nor a sanitizer's own interceptors come in between. 64-bit machines only.   */
/* Both names of a call are defined here, so the headers must not turn one into the other. */
#undef _FILE_OFFSET_BITS
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum verdict { DO_IT, FAIL_IT };

static atomic_long count;

static long
number(const char *name)
{
  const char *s = getenv(name);
  return s ? strtol(s, NULL, 10) : 0;
}

static int
is_below(const char *path)
{
  const char *dirs = getenv("EK_KILL_DIR");
  while (dirs && *dirs) {
    size_t n = strcspn(dirs, ":");
    if (n && strncmp(path, dirs, n) == 0 && (path[n] == '/' || path[n] == 0))
      return 1;
    dirs += n;
    dirs += *dirs == ':';
  }
  return 0;
}

static void
path_of_fd(int fd, char *out)
{
  char proc[64];
  snprintf(proc, sizeof proc, fd == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", fd);
  long n = syscall(SYS_readlinkat, AT_FDCWD, proc, out, PATH_MAX - 1);
  out[n > 0 ? n : 0] = 0;
}

static void
path_of(int dir, const char *name, char *out)
{
  out[0] = 0;
  if (name[0] != '/') {
    path_of_fd(dir, out);
    strncat(out, "/", 2 * PATH_MAX - strlen(out) - 1);
  }
  strncat(out, name, 2 * PATH_MAX - strlen(out) - 1);
}

static void
note(long n, const char *op, const char *path, const char *what)
{
  const char *log = getenv("EK_OPS_LOG");
  char line[2 * PATH_MAX + 64];
  if (!log)
    return;
  long fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  int len = snprintf(line, sizeof line, "%ld %s %s%s\n", n, op, path, what);
  if (fd >= 0 && len > 0) {
    syscall(SYS_write, fd, line, (size_t)len);
    syscall(SYS_close, fd);
  }
}

/* takes_room: a full disk refuses it. half: does half of a write, or NULL. */
static enum verdict
judge(const char *op, const char *path, int takes_room, void (*half)(void *), void *arg)
{
  if (!is_below(path))
    return DO_IT;
  long n = atomic_fetch_add(&count, 1) + 1, kill_at = number("EK_KILL_AT"), fail_at = number("EK_FAIL_AT");
  if (kill_at == n) {
    note(n, op, path, " killed");
    if (half && number("EK_KILL_PART"))
      half(arg);
    syscall(SYS_exit_group, 137);
  }
  if (fail_at && (n == fail_at || (n > fail_at && takes_room && number("EK_FAIL_ON")))) {
    note(n, op, path, " failed");
    errno = number("EK_FAIL_ERRNO") ? (int)number("EK_FAIL_ERRNO") : ENOSPC;
    return FAIL_IT;
  }
  note(n, op, path, "");
  return DO_IT;
}

static enum verdict
judge_fd(const char *op, int fd, void (*half)(void *), void *arg)
{
  char path[2 * PATH_MAX];
  path_of_fd(fd, path);
  return judge(op, path, 1, half, arg);
}

static enum verdict
judge_at(const char *op, int dir, const char *name, int takes_room)
{
  char path[2 * PATH_MAX];
  path_of(dir, name, path);
  return judge(op, path, takes_room, NULL, NULL);
}

typedef struct piece { int fd; const void *data; size_t len; off_t at; } piece;

static void
half_write(void *arg)
{
  const piece *p = arg;
  syscall(SYS_write, p->fd, p->data, p->len / 2);
}

static void
half_pwrite(void *arg)
{
  const piece *p = arg;
  syscall(SYS_pwrite64, p->fd, p->data, p->len / 2, p->at);
}

EXPORT ssize_t
write(int fd, const void *data, size_t len)
{
  piece p = { fd, data, len, 0 };
  return judge_fd("write", fd, half_write, &p) == FAIL_IT ? -1 : syscall(SYS_write, fd, data, len);
}

EXPORT ssize_t
writev(int fd, const struct iovec *v, int n)
{
  return judge_fd("writev", fd, NULL, NULL) == FAIL_IT ? -1 : syscall(SYS_writev, fd, v, n);
}

static ssize_t
do_pwrite(int fd, const void *data, size_t len, off_t at)
{
  piece p = { fd, data, len, at };
  return judge_fd("pwrite", fd, half_pwrite, &p) == FAIL_IT ? -1 : syscall(SYS_pwrite64, fd, data, len, at);
}

static int
do_ftruncate(int fd, off_t len)
{
  return judge_fd("ftruncate", fd, NULL, NULL) == FAIL_IT ? -1 : (int)syscall(SYS_ftruncate, fd, len);
}

static int
do_open(int dir, const char *name, int flags, mode_t mode)
{
  if (flags & O_CREAT && judge_at("open", dir, name, 1) == FAIL_IT)
    return -1;
  return (int)syscall(SYS_openat, dir, name, flags, mode);
}

#define WITH_MODE(last) \
  mode_t mode = 0; \
  if (flags & (O_CREAT | __O_TMPFILE)) { va_list ap; va_start(ap, last); mode = va_arg(ap, mode_t); va_end(ap); }

EXPORT ssize_t pwrite(int fd, const void *d, size_t n, off_t at) { return do_pwrite(fd, d, n, at); }
EXPORT ssize_t pwrite64(int fd, const void *d, size_t n, off_t at) { return do_pwrite(fd, d, n, at); }
EXPORT int ftruncate(int fd, off_t n) { return do_ftruncate(fd, n); }
EXPORT int ftruncate64(int fd, off_t n) { return do_ftruncate(fd, n); }
EXPORT int open(const char *name, int flags, ...)
{ WITH_MODE(flags) return do_open(AT_FDCWD, name, flags, mode); }
EXPORT int open64(const char *name, int flags, ...)
{ WITH_MODE(flags) return do_open(AT_FDCWD, name, flags, mode); }
EXPORT int openat(int dir, const char *name, int flags, ...)
{ WITH_MODE(flags) return do_open(dir, name, flags, mode); }
EXPORT int openat64(int dir, const char *name, int flags, ...)
{ WITH_MODE(flags) return do_open(dir, name, flags, mode); }

EXPORT int
fsync(int fd)
{
  return judge_fd("fsync", fd, NULL, NULL) == FAIL_IT ? -1 : (int)syscall(SYS_fsync, fd);
}

EXPORT int
fdatasync(int fd)
{
  return judge_fd("fdatasync", fd, NULL, NULL) == FAIL_IT ? -1 : (int)syscall(SYS_fdatasync, fd);
}

EXPORT int
renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
  return judge_at("rename", to, new, 0) == FAIL_IT ? -1 : (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

EXPORT int renameat(int from, const char *old, int to, const char *new) { return renameat2(from, old, to, new, 0); }
EXPORT int rename(const char *old, const char *new) { return renameat2(AT_FDCWD, old, AT_FDCWD, new, 0); }

EXPORT int
unlinkat(int dir, const char *name, int flags)
{
  return judge_at("unlink", dir, name, 0) == FAIL_IT ? -1 : (int)syscall(SYS_unlinkat, dir, name, flags);
}

EXPORT int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
EXPORT int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

EXPORT int
mkdirat(int dir, const char *name, mode_t mode)
{
  return judge_at("mkdir", dir, name, 1) == FAIL_IT ? -1 : (int)syscall(SYS_mkdirat, dir, name, mode);
}

EXPORT int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }
