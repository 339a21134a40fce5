/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/replace.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/random.h"

enum { TRIES = 100 };

static int
create(ek_replace *r, mode_t mode)
{
  r->fd = openat(r->folder, r->beside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  return r->fd < 0 ? -1 : 0;
}

static int
create_shared(ek_replace *r, size_t size, int dir, const char *base, mode_t mode)
{
  for (int i = 0; i < TRIES; i++) {
    snprintf(r->beside, size, "%.*s.%s.%08x.new", dir, r->name, base, (unsigned)(uint32_t)ek_random_bits());
    if (create(r, mode) == 0)
      return 0;
    if (errno != EEXIST)
      break;
  }
  return -1;
}

int
ek_replace_open(ek_replace *r, int folder, const char *name, enum ek_replace_writers who, mode_t mode)
{
  const char *slash = strrchr(name, '/');
  int dir = slash ? (int)(slash - name) + 1 : 0, failed;
  size_t size = strlen(name) + sizeof "..00000000.new";
  *r = (ek_replace){ .fd = -1, .folder = folder, .name = ek_mem_strdup(name), .beside = ek_mem_alloc(size) };
  if (who == EK_REPLACE_SHARED)
    failed = create_shared(r, size, dir, name + dir, mode);
  else {
    snprintf(r->beside, size, "%.*s.%s.new", dir, name, name + dir);
    (void)unlinkat(folder, r->beside, 0);
    failed = create(r, mode);
  }
  if (failed) {                    /* nothing there is ours to remove          */
    free(r->beside);
    r->beside = NULL;
  }
  return failed;
}

int
ek_replace_sync(const ek_replace *r)
{
  return fsync(r->fd);
}

int
ek_replace_rename(ek_replace *r)
{
  if (renameat(r->folder, r->beside, r->folder, r->name) < 0)
    return -1;
  free(r->beside);
  r->beside = NULL;
  return 0;
}

int
ek_replace_sync_folder(const ek_replace *r)
{
  const char *slash = strrchr(r->name, '/');
  if (!slash && r->folder != AT_FDCWD)
    return ek_sync_folder(r->folder);
  EK_FREE char *parent = slash ? ek_mem_strndup(r->name, (size_t)(slash - r->name) + 1) : ek_mem_strdup(".");
  EK_CLOSE int fd = openat(r->folder, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? -1 : ek_sync_folder(fd);
}

int
ek_replace_commit(ek_replace *r)
{
  return ek_replace_sync(r) < 0 || ek_replace_rename(r) < 0 ? -1 : ek_replace_sync_folder(r);
}

void
ek_replace_drop(ek_replace *r)
{
  int kept = errno;
  if (r->beside)
    (void)unlinkat(r->folder, r->beside, 0);
  if (r->fd >= 0)
    close(r->fd);
  free(r->name);
  free(r->beside);
  *r = (ek_replace){ .fd = -1 };
  errno = kept;
}

int
ek_write_all(int fd, const void *data, size_t n)
{
  const char *p = data;
  while (n) {
    ssize_t w = write(fd, p, n);
    if (w < 0 && errno == EINTR)
      continue;
    if (w == 0)
      errno = ENOSPC;
    if (w <= 0)
      return -1;
    p += w;
    n -= (size_t)w;
  }
  return 0;
}

int
ek_sync_folder(int folder)
{
  return fsync(folder) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP ? 0 : -1;
}
