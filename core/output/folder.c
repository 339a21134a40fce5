/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/replace.h"
#include "output/files_inside.h"

int
ek_fail_open(ek_error *e, const char *path, const char *doing)
{
  int err = errno;
  int work = err == ENOSPC || err == EDQUOT || err == EIO || err == EFBIG;
  const char *code = work ? "write_failed" : err == EACCES || err == EPERM || err == EROFS ? "no_permission"
                                                                                            : "cannot_create";
  ek_fail_errno(e, work ? EK_EXIT_FAILED : EK_EXIT_REFUSED, code, path, doing);
  if (err == EACCES || err == EPERM || err == EROFS)
    ek_help(e, "choose a folder that you may write to (--out DIR, or output.dir); nothing was changed");
  return -1;
}

char *
ek_path_join(const char *dir, const char *name)
{
  size_t d = strlen(dir), n = strlen(name);
  int slash = d > 0 && dir[d - 1] != '/';
  char *p = ek_mem_alloc(d + n + 2);
  memcpy(p, dir, d);
  if (slash)
    p[d++] = '/';
  memcpy(p + d, name, n + 1);
  return p;
}

int
ek_folder_sync(int folder, const char *shown, ek_error *e)
{
  if (ek_sync_folder(folder) == 0)
    return 0;
  return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", shown, "sync the folder");
}

/* So that the new folder's name outlives a power cut. Nothing depends on it while
 * the machine runs, so a file system that cannot is no error. */
static void
sync_parent(const char *dir)
{
  EK_FREE char *parent = ek_mem_strdup(dir);
  char *slash = strrchr(parent, '/');
  if (slash)
    slash[slash == parent] = 0;
  EK_CLOSE int fd = open(slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0)
    (void)fsync(fd);
}

static int
make_one(ek_outdir *d, const char *dir, ek_error *e)
{
  if (mkdir(dir, 0777) == 0) {
    d->made = ek_mem_grow(d->made, &d->cap_made, d->n_made + 1, sizeof *d->made);
    d->made[d->n_made++] = ek_mem_strdup(dir);
    sync_parent(dir);
    return 0;
  }
  int err = errno;
  struct stat st;
  if (stat(dir, &st) == 0) {
    if (S_ISDIR(st.st_mode))
      return 0;
    err = ENOTDIR;
  }
  errno = err;
  return ek_fail_open(e, dir, "make the folder");
}

int
ek_folder_make(ek_outdir *d, const char *dir, ek_error *e)
{
  EK_FREE char *path = ek_mem_strdup(dir);
  size_t len = strlen(path);
  while (len > 1 && path[len - 1] == '/')
    path[--len] = 0;
  for (char *p = path + 1; *p; p++) {
    if (*p != '/' || p[-1] == '/')
      continue;
    *p = 0;
    int failed = make_one(d, path, e) < 0;
    *p = '/';
    if (failed)
      return -1;
  }
  return make_one(d, path, e);
}

static int
fail_locked(const ek_outdir *d, int lock, ek_error *e)
{
  char text[256], shown[300];
  ssize_t n = pread(lock, text, sizeof text - 1, 0);
  while (n > 0 && text[n - 1] == '\n')
    n--;
  const char *whose = n > 0 ? ek_show((ek_str){ text, (size_t)n }, shown, sizeof shown) : "another process";
  ek_fail(e, EK_EXIT_REFUSED, "locked", "another run is writing into this folder: %s", whose);
  ek_help(e, "wait for it to end, or choose another folder with --out DIR");
  return ek_at(e, d->path, 0, 0);
}

/* For whoever finds the folder locked. Failing to write it changes nothing. */
static void
write_owner(int lock)
{
  char host[65] = "", when[32], text[160];
  gethostname(host, sizeof host - 1);
  ek_number_utc((int64_t)time(NULL), when);
  int n = snprintf(text, sizeof text, "process %ld on %s, since %s\n", (long)getpid(), host, when);
  if (ftruncate(lock, 0) == 0 && pwrite(lock, text, (size_t)n, 0) != n)
    (void)ftruncate(lock, 0);
}

int
ek_folder_lock(ek_outdir *d, ek_error *e)
{
  for (;;) {
    EK_CLOSE int fd = openat(d->fd, EK_LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    struct stat mine, there;
    if (fd < 0) {
      EK_FREE char *path = ek_path_join(d->path, EK_LOCK_NAME);
      return ek_fail_open(e, path, "open the lock file");
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
      if (errno == EWOULDBLOCK)
        return fail_locked(d, fd, e);
      ek_warn("no_locks", "%s: this file system has no locks: do not start a second run here", d->path);
    }
    /* The owner may have removed the file between our open and our lock. */
    if (fstat(fd, &mine) < 0 || fstatat(d->fd, EK_LOCK_NAME, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
        mine.st_ino != there.st_ino || mine.st_dev != there.st_dev)
      continue;
    write_owner(fd);
    d->lock = fd;
    fd = -1;
    return 0;
  }
}

/* .BASE.ekXXXXXXXX, with base NULL for any. */
static int
is_leftover(const char *name, const char *base)
{
  size_t len = strlen(name);
  if (name[0] != '.' || len < 1 + 1 + 11 || memcmp(name + len - 11, ".ek", 3) != 0)
    return 0;
  for (size_t i = len - 8; i < len; i++)
    if (!strchr("0123456789abcdef", name[i]))
      return 0;
  return !base || (strlen(base) == len - 12 && memcmp(name + 1, base, len - 12) == 0);
}

/* A file that a living process writes is locked by it: see target.c. */
static void
remove_leftover(int folder, const char *name)
{
  struct stat st;
  EK_CLOSE int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid())
    return;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0)
    (void)unlinkat(folder, name, 0);
}

void
ek_folder_sweep(int folder, const char *base)
{
  int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
  if (!dir) {
    if (fd >= 0)
      close(fd);
    return;
  }
  for (struct dirent *entry; (entry = readdir(dir));)
    if (is_leftover(entry->d_name, base))
      remove_leftover(folder, entry->d_name);
  closedir(dir);
}
