/* SPDX-License-Identifier: BSD-3-Clause */
#include "output/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/replace.h"
#include "base/sha256.h"
#include "output/files_inside.h"

#define BUFFER ((size_t)256 << 10)
#define DIRECT ((size_t)64 << 10)   /* pieces of this size are not copied first   */

/* Folders of arms, whose leftovers are ours too. */
static void
sweep_arms(int root)
{
  int arms = openat(root, "arms", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *dir = arms >= 0 ? fdopendir(arms) : NULL;
  if (!dir) {
    if (arms >= 0)
      close(arms);
    return;
  }
  for (struct dirent *entry; (entry = readdir(dir));) {
    if (entry->d_name[0] == '.')
      continue;
    EK_CLOSE int arm = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (arm >= 0)
      ek_folder_sweep(arm, NULL);
  }
  closedir(dir);
}

static int
open_folder(ek_outdir *d, const char *dir, ek_error *e)
{
  d->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return d->fd < 0 ? ek_fail_open(e, dir, "open the folder") : 0;
}

ek_outdir *
ek_outdir_open(const char *dir, ek_error *e)
{
  if (!*dir) {
    ek_fail(e, EK_EXIT_REFUSED, "bad_name", "the name of the output folder is empty");
    ek_help(e, "write '.' for the current folder");
    return NULL;
  }
  ek_outdir *d = ek_mem_zero(1, sizeof *d);
  d->fd = d->lock = -1;
  d->path = ek_mem_strdup(dir);
  if (ek_folder_make(d, d->path, e) < 0 || open_folder(d, d->path, e) < 0 || ek_folder_lock(d, e) < 0) {
    ek_outdir_close(d);
    return NULL;
  }
  ek_folder_sweep(d->fd, NULL);
  sweep_arms(d->fd);
  return d;
}

ek_outdir *
ek_outdir_open_plain(const char *dir, ek_error *e)
{
  ek_outdir *d = ek_mem_zero(1, sizeof *d);
  d->fd = d->lock = -1;
  d->path = ek_mem_strdup(strcmp(dir, ".") == 0 ? "" : dir);
  if (open_folder(d, *dir ? dir : ".", e) == 0)
    return d;
  ek_outdir_close(d);
  return NULL;
}

static void
stop_zip(ek_outfile *f)
{
  if (f->zip)
    deflateEnd(f->zip);
  free(f->zip);
  free(f->zipped);
  f->zip = NULL;
  f->zipped = NULL;
}

static void
discard_temp(ek_outfile *f)
{
  if (f->temp && !f->published)
    (void)unlinkat(f->folder, f->temp, 0);
  free(f->temp);
  f->temp = NULL;
}

static void
file_free(ek_outfile *f)
{
  discard_temp(f);
  stop_zip(f);
  EVP_MD_CTX_free(f->digest);
  if (f->fd >= 0)
    close(f->fd);
  if (f->folder >= 0)
    close(f->folder);
  free(f->buffer);
  free(f->shown);
  free(f->base);
  free((char *)f->info.name);
  free(f);
}

void
ek_outdir_close(ek_outdir *d)
{
  if (!d)
    return;
  for (size_t i = 0; i < d->n; i++)
    file_free(d->files[i]);
  free(d->files);
  /* Removed while it is still held: ek_folder_lock of another run looks again. */
  if (d->lock >= 0) {
    (void)unlinkat(d->fd, EK_LOCK_NAME, 0);
    close(d->lock);
  }
  if (d->fd >= 0)
    close(d->fd);
  for (size_t i = d->n_made; i-- > 0;) {
    if (!d->committed)
      (void)rmdir(d->made[i]);
    free(d->made[i]);
  }
  free(d->made);
  free(d->path);
  free(d);
}

/* Opens the folder of name and sets f->base. */
static int
enter_folder(ek_outdir *d, ek_outfile *f, const char *name, ek_error *e)
{
  const char *slash = strrchr(name, '/');
  f->base = ek_mem_strdup(slash ? slash + 1 : name);
  EK_FREE char *inner = slash ? ek_mem_strndup(name, (size_t)(slash - name)) : ek_mem_strdup(".");
  if (slash) {
    EK_FREE char *path = ek_path_join(d->path, inner);
    if (ek_folder_make(d, path, e) < 0)
      return -1;
  }
  f->folder = openat(d->fd, inner, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return f->folder < 0 ? ek_fail_open(e, f->shown, "open the folder of") : 0;
}

/* Level 6, no name, no time: gzip's bytes depend on the data alone. */
static void
start_zip(ek_outfile *f)
{
  f->zip = ek_mem_zero(1, sizeof *f->zip);
  f->zipped = ek_mem_alloc(BUFFER);
  if (deflateInit2(f->zip, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    abort();                       /* out of memory, or another zlib than we were built with */
  f->zip->next_out = f->zipped;
  f->zip->avail_out = BUFFER;
}

static int
start_digest(ek_outfile *f, ek_error *e)
{
  f->digest = EVP_MD_CTX_new();
  if (f->digest && EVP_DigestInit_ex(f->digest, EVP_sha256(), NULL) == 1)
    return 0;
  ek_fail(e, EK_EXIT_FAILED, "no_sha256", "OpenSSL offers no SHA-256 here");
  return ek_at(e, f->shown, 0, 0);
}

void
ek_outdir_drop(ek_outdir *d)
{
  size_t n = 0;
  for (size_t i = 0; i < d->n; i++)
    if (d->files[i]->published)
      d->files[n++] = d->files[i];
    else
      file_free(d->files[i]);
  d->n = n;
}

static void
forget_published(ek_outdir *d, const char *name)
{
  for (size_t i = 0; i < d->n; i++) {
    if (!d->files[i]->published || strcmp(d->files[i]->info.name, name) != 0)
      continue;
    file_free(d->files[i]);
    memmove(&d->files[i], &d->files[i + 1], (d->n - i - 1) * sizeof *d->files);
    d->n--;
    return;
  }
}

ek_outfile *
ek_outfile_create(ek_outdir *d, const char *name, int gzip, ek_error *e)
{
  int known = 0;
  forget_published(d, name);
  for (size_t i = 0; i < d->n; i++)
    known |= strcmp(d->files[i]->info.name, name) == 0;
  if (known || !ek_name_is_inside(name)) {
    char shown[128];
    ek_fail(e, EK_EXIT_FAILED, "bad_name",
            known ? "the file '%s' is written twice" : "'%s' is no name for an output file",
            ek_show(ek_cstr(name), shown, sizeof shown));
    return NULL;
  }
  ek_outfile *f = ek_mem_zero(1, sizeof *f);
  f->dir = d;
  f->fd = f->folder = -1;
  f->shown = ek_path_join(d->path, name);
  f->info.name = ek_mem_strdup(name);
  f->info.rows = EK_NO_ROWS;
  if (enter_folder(d, f, name, e) < 0 || ek_target_open(f, e) < 0 || start_digest(f, e) < 0) {
    file_free(f);
    return NULL;
  }
  if (gzip)
    start_zip(f);
  d->files = ek_mem_grow(d->files, &d->cap, d->n + 1, sizeof *d->files);
  d->files[d->n++] = f;
  return f;
}

static int
fail_write(ek_outfile *f, const char *doing, ek_error *e)
{
  f->failed = errno ? errno : EIO;
  return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", f->shown, doing);
}

/* To the disk, and into the digest. */
static int
put(ek_outfile *f, const void *data, size_t len, ek_error *e)
{
  if (ek_write_all(f->fd, data, len) < 0)
    return fail_write(f, "write", e);
  EVP_DigestUpdate(f->digest, data, len);
  f->info.bytes += len;
  return 0;
}

static int
flush(ek_outfile *f, ek_error *e)
{
  size_t n = f->used;
  f->used = 0;
  return n ? put(f, f->buffer, n, e) : 0;
}

/* zlib counts in unsigned ints. */
static int
put_zipped(ek_outfile *f, const char *data, size_t len, int end, ek_error *e)
{
  z_stream *z = f->zip;
  do {
    uInt some = len > ((size_t)1 << 30) ? (uInt)1 << 30 : (uInt)len;
    z->next_in = (Bytef *)data;
    z->avail_in = some;
    data += some;
    len -= some;
    int r;
    do {
      r = deflate(z, end && !len ? Z_FINISH : Z_NO_FLUSH);
      if (z->avail_out && r != Z_STREAM_END)
        continue;
      if (put(f, f->zipped, BUFFER - z->avail_out, e) < 0)
        return -1;
      z->next_out = f->zipped;
      z->avail_out = BUFFER;
    } while (z->avail_in || (end && !len && r != Z_STREAM_END));
  } while (len);
  return 0;
}

int
ek_outfile_write(ek_outfile *f, const void *data, size_t len, ek_error *e)
{
  if (f->failed) {
    errno = f->failed;
    return fail_write(f, "write", e);
  }
  if (f->zip)
    return len ? put_zipped(f, data, len, 0, e) : 0;
  if (f->used + len <= BUFFER && len < DIRECT) {
    if (!f->buffer)
      f->buffer = ek_mem_alloc(BUFFER);
    if (len)
      memcpy(f->buffer + f->used, data, len);
    f->used += len;
    return 0;
  }
  if (flush(f, e) < 0)
    return -1;
  return len < DIRECT ? ek_outfile_write(f, data, len, e) : put(f, data, len, e);
}

void
ek_outfile_rows(ek_outfile *f, uint64_t rows)
{
  f->info.rows = rows;
}

static void
take_digest(ek_outfile *f)
{
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  EVP_DigestFinal_ex(f->digest, sum, &n);
  ek_hex(sum, n < EK_SHA256_SIZE ? n : EK_SHA256_SIZE, f->info.sha256);
}

int
ek_outfile_finish(ek_outfile *f, ek_error *e)
{
  if (f->failed) {
    errno = f->failed;
    return fail_write(f, "write", e);
  }
  if (f->finished)
    return 0;
  if (f->zip ? put_zipped(f, "", 0, 1, e) < 0 : flush(f, e) < 0)
    return -1;
  if (fsync(f->fd) < 0 && errno != EINVAL && errno != ENOTSUP)
    return fail_write(f, "sync", e);
  /* The descriptor stays open: its lock tells other runs that the temporary file is
   * still wanted. */
  take_digest(f);
  stop_zip(f);
  free(f->buffer);
  f->buffer = NULL;
  f->finished = 1;
  return 0;
}

int
ek_outdir_put(ek_outdir *d, const char *name, ek_text *text, ek_error *e)
{
  ek_outfile *f = ek_outfile_create(d, name, 0, e);
  int failed = !f || ek_outfile_write(f, text->data, text->len, e) < 0 || ek_outfile_finish(f, e) < 0;
  ek_text_free(text);
  return failed ? -1 : 0;
}

size_t
ek_outdir_n(const ek_outdir *d)
{
  size_t n = 0;
  for (size_t i = 0; i < d->n; i++)
    n += (size_t)d->files[i]->finished;
  return n;
}

const ek_outfile_info *
ek_outdir_at(const ek_outdir *d, size_t wanted)
{
  for (size_t i = 0, k = 0; i < d->n; i++)
    if (d->files[i]->finished && k++ == wanted)
      return &d->files[i]->info;
  return NULL;
}
