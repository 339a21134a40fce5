/* SPDX-License-Identifier: BSD-3-Clause */
/* Pictures beside the catalogue. A catalogue is somebody else's words: it may name what lies in its
 * own folder, and nothing else of this machine, by whatever detour.          */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "asset/internal.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

enum { SLICE = 1 << 20, TRIES = 8 };
/* A pipe or a terminal must neither block nor become ours. */
#define HOW (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* ---- opening -------------------------------------------------------------------- */

/* What is no folder may be a link to one. */
static void
tell_link(int folder, const char *name)
{
  struct stat st;
  if (errno != ENOTDIR)
    return;
  errno = fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode) ? ELOOP : ENOTDIR;
}

/* One component after the other, none of them a link: for kernels before 5.6, and for
 * sandboxes that know no openat2. */
static int
open_plainly(int folder, const char *path)
{
  EK_CLOSE int at = -1;
  for (;;) {
    char name[NAME_MAX + 1];
    path += strspn(path, "/");
    size_t n = strcspn(path, "/");
    if (n >= sizeof name) {
      errno = ENAMETOOLONG;
      return -1;
    }
    memcpy(name, path, n);
    name[n] = 0;
    const char *rest = path + n + strspn(path + n, "/");
    if (!*rest)
      return openat(at < 0 ? folder : at, n ? name : ".", HOW | O_NOFOLLOW | (path[n] ? O_DIRECTORY : 0));
    int next = openat(at < 0 ? folder : at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0) {
      tell_link(at < 0 ? folder : at, name);
      return -1;
    }
    if (at >= 0)
      close(at);
    at = next;
    path = rest;
  }
}

int
ek_open_below(int folder, const char *path, int plain)
{
  struct open_how how = { .flags = HOW, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
  for (int i = 0; !plain && i < TRIES; i++) {
    long fd = syscall(SYS_openat2, folder, path, &how, sizeof how);
    if (fd >= 0)
      return (int)fd;
    if (errno == ENOSYS || errno == EPERM)
      break;
    if (errno != EAGAIN && errno != EINTR)   /* EAGAIN: something was renamed on the way */
      return -1;
  }
  return open_plainly(folder, path);
}

/* ---- saying why not ------------------------------------------------------------- */

static ek_picture *
say_errno(ek_picture *p, int err)
{
  switch (err) {
  case ENOENT:
  case ENOTDIR: return ek_picture_say(p, EK_ASSET_FAILED, "no such file in the catalogue's folder");
  case EXDEV: return ek_picture_say(p, EK_ASSET_REFUSED, "leads out of the catalogue's folder");
  case ELOOP: return ek_picture_say(p, EK_ASSET_REFUSED, "is reached by a symbolic link that cannot be followed");
  case ENAMETOOLONG: return ek_picture_say(p, EK_ASSET_REFUSED, "is too long for the name of a file");
  case ENXIO: return ek_picture_say(p, EK_ASSET_REFUSED, "is not a regular file");
  default: break;
  }
  int again = err == EMFILE || err == ENFILE || err == ENOMEM || err == EINTR || err == EAGAIN || err == EIO ||
              err == ESTALE || err == ETIMEDOUT;
  const char *why = strerrordesc_np(err);
  return ek_picture_say(p, again ? EK_ASSET_TRANSIENT : EK_ASSET_FAILED, "cannot be read: %s",
                        why ? why : "unknown error");
}

/* NULL: may be looked for. */
static const char *
refused_path(const char *path)
{
  if (path[0] == '/')
    return "is an absolute path; name it from the catalogue's folder on";
  for (const char *p = path; *p; p += strcspn(p, "/"), p += strspn(p, "/"))
    if (strcspn(p, "/") == 2 && p[0] == '.' && p[1] == '.')
      return "leads out of the catalogue's folder (..)";
  return NULL;
}

/* ---- reading -------------------------------------------------------------------- */

/* A file may grow or shrink meanwhile, and its size may be a lie (/proc): read until its end. */
static ek_picture *
read_all(const ek_fetch *f, ek_picture *p, int fd, size_t likely, ek_text *out)
{
  uint64_t max = f->options->max_bytes ? f->options->max_bytes : UINT64_MAX;
  ek_text_reserve(out, likely + 1);
  for (;;) {
    if (f->cancelled && f->cancelled(f->arg))
      return ek_picture_say(p, EK_ASSET_CANCELLED, "cancelled");
    if (ek_monotonic_ns() > f->deadline_ns)
      return ek_picture_say(p, EK_ASSET_TRANSIENT, "could not be read within images.timeout");
    if (out->cap - out->len < 2)
      ek_text_reserve(out, SLICE);
    size_t room = out->cap - out->len - 1;
    ssize_t n = read(fd, out->data + out->len, room < SLICE ? room : SLICE);
    if (n == 0)
      return NULL;
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return say_errno(p, errno);
    out->len += (size_t)n;
    if (out->len > max)
      return ek_picture_too_large(p, max);
  }
}

static ek_picture *
read_regular(const ek_fetch *f, ek_picture *p, int fd, ek_text *out)
{
  struct stat st;
  if (fstat(fd, &st))
    return say_errno(p, errno);
  if (S_ISDIR(st.st_mode))
    return ek_picture_say(p, EK_ASSET_REFUSED, "is a folder");
  if (!S_ISREG(st.st_mode))
    return ek_picture_say(p, EK_ASSET_REFUSED, "is not a regular file");
  if (f->options->max_bytes && (uint64_t)st.st_size > f->options->max_bytes)
    return ek_picture_too_large(p, f->options->max_bytes);
  return read_all(f, p, fd, st.st_size < SLICE ? (size_t)st.st_size : SLICE, out);
}

ek_picture *
ek_picture_local(const ek_fetch *f, const char *base)
{
  ek_picture *p = ek_picture_new();
  const char *why = refused_path(f->address);
  if (why)
    return ek_picture_say(p, EK_ASSET_REFUSED, "%s", why);
  if (!base)
    return ek_picture_say(p, EK_ASSET_REFUSED, "is no URL, and this input has no folder for files to lie in");
  EK_CLOSE int folder = open(*base ? base : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return say_errno(p, errno);
  EK_CLOSE int fd = ek_open_below(folder, f->address, 0);
  if (fd < 0)
    return say_errno(p, errno);
  EK_AUTO(ek_text_free) ek_text bytes = { 0 };
  ek_picture *no = read_regular(f, p, fd, &bytes);
  return no ? no : ek_picture_judge(p, &bytes, f->options);
}
