/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/random.h"
#include "output/files_inside.h"

#define LINKS_MAX 40               /* as the kernel's own limit                  */

/* Splits path, relative to `from`, into an open folder and a name in it. */
static int
open_parent(int from, const char *path, char **base)
{
  EK_FREE char *folder = ek_mem_strdup(path);
  char *slash = strrchr(folder, '/');
  const char *name = slash ? path + (slash - folder) + 1 : path;
  if (slash)
    slash[slash == folder] = 0;
  if (!*name) {
    errno = EISDIR;
    return -1;
  }
  *base = ek_mem_strdup(name);
  return openat(from, slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Follows f->folder/f->base while it is a symbolic link, dangling ones too, so that
 * what is renamed is what the link means and not the link. */
static int
follow_links(ek_outfile *f, ek_error *e)
{
  char to[PATH_MAX];
  for (int i = 0; i < LINKS_MAX; i++) {
    ssize_t n = readlinkat(f->folder, f->base, to, sizeof to - 1);
    if (n < 0)
      return errno == EINVAL || errno == ENOENT ? 0 : ek_fail_open(e, f->shown, "look at the file");
    to[n] = 0;
    char *base = NULL;
    int folder = open_parent(f->folder, to, &base);
    if (folder < 0) {
      free(base);
      return ek_fail_open(e, f->shown, "follow the link");
    }
    close(f->folder);
    free(f->base);
    f->folder = folder;
    f->base = base;
  }
  errno = ELOOP;
  return ek_fail_open(e, f->shown, "follow the link");
}

/* 1: *st is a regular file there, 0: nothing, -1: something that is no file. */
static int
look(const ek_outfile *f, struct stat *st, ek_error *e)
{
  if (fstatat(f->folder, f->base, st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? 0 : ek_fail_open(e, f->shown, "look at the file");
  if (S_ISREG(st->st_mode))
    return 1;
  /* Renaming over a device or a pipe would destroy it. */
  ek_fail(e, EK_EXIT_REFUSED, "not_a_file", "cannot write: %s",
          S_ISDIR(st->st_mode) ? "there is a folder of that name" : "it is not a regular file");
  ek_help(e, "move it away, or choose another folder with --out DIR; nothing was changed");
  return ek_at(e, f->shown, 0, 0);
}

/* Opened with 0666 and O_EXCL, so that the kernel applies umask and default ACLs;
 * mkstemp's 0600 could only be mended by asking for the umask, which cannot be done
 * without setting it. The lock tells other runs that this is no leftover. */
static int
open_temp(ek_outfile *f, ek_error *e)
{
  size_t size = strlen(f->base) + 16;
  f->temp = ek_mem_alloc(size);
  for (int i = 0; i < 100; i++) {
    struct stat st;
    snprintf(f->temp, size, ".%s.ek%08x", f->base, (unsigned)(uint32_t)ek_random_bits());
    f->fd = openat(f->folder, f->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (f->fd < 0 && errno == EEXIST)
      continue;
    if (f->fd < 0)
      break;
    (void)flock(f->fd, LOCK_EX | LOCK_NB);
    if (fstat(f->fd, &st) == 0 && st.st_nlink > 0)
      return 0;
    close(f->fd);                  /* swept between open and lock                */
    f->fd = -1;
  }
  free(f->temp);
  f->temp = NULL;
  return ek_fail_open(e, f->shown, "create the file");
}

int
ek_target_open(ek_outfile *f, ek_error *e)
{
  struct stat st;
  if (follow_links(f, e) < 0)
    return -1;
  int there = look(f, &st, e);
  if (there < 0)
    return -1;
  ek_folder_sweep(f->folder, f->base);
  if (open_temp(f, e) < 0)
    return -1;
  if (there) {
    mode_t mode = st.st_mode & 0777;
    /* Another owner or group cannot always be kept; then ours must not be let in by
     * the rights that were meant for theirs. */
    if (fchown(f->fd, (uid_t)-1, st.st_gid) < 0)
      mode &= ~(mode_t)070 | (mode & 07) << 3;
    if (st.st_uid != geteuid())
      (void)!fchown(f->fd, st.st_uid, (gid_t)-1);
    (void)fchmod(f->fd, mode);
  }
  return 0;
}
