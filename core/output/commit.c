/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "output/files_inside.h"

/* Why a kill at any point does no harm: the report in place names the old set
 * until the last rename. After the first rename of a file whose bytes differ, and
 * after the first removal, it no longer fits what is there, so verify refuses; if
 * no bytes differ, the old set is still whole. The last rename makes it fit again.
 * Removal of what is stale comes before that rename for the same reason.     */

static int
is_report(const ek_outfile *f)
{
  return strcmp(f->info.name, EK_REPORT_NAME) == 0;
}

static int
publish(ek_outfile *f, ek_error *e)
{
  if (renameat(f->folder, f->temp, f->folder, f->base) < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", f->shown, "put the new file in place");
  f->published = 1;
  f->dir->committed = 1;
  return 0;
}

static int
in_list(const char *const *names, const char *name)
{
  for (size_t i = 0; names && names[i]; i++)
    if (strcmp(names[i], name) == 0)
      return 1;
  return 0;
}

static int
is_new(const ek_outdir *d, const char *name)
{
  for (size_t i = 0; i < d->n; i++)
    if (d->files[i]->published && strcmp(d->files[i]->info.name, name) == 0)
      return 1;
  return 0;
}

static int
remove_one(ek_outdir *d, const char *name, ek_error *e)
{
  EK_FREE char *path = ek_mem_strdup(name);
  if (unlinkat(d->fd, name, 0) < 0 && errno != ENOENT && errno != ENOTDIR) {
    EK_FREE char *shown = ek_path_join(d->path, name);
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", shown, "remove the file of an earlier run");
  }
  for (char *slash; (slash = strrchr(path, '/'));) {
    *slash = 0;
    if (unlinkat(d->fd, path, AT_REMOVEDIR) < 0)
      break;
  }
  return 0;
}

static int
remove_stale(ek_outdir *d, const char *const *stale, ek_error *e)
{
  int r = 0;
  char **ours = stale ? ek_report_outputs(d->fd) : NULL;
  for (size_t i = 0; ours && ours[i]; i++) {
    if (r == 0 && in_list(stale, ours[i]) && !is_new(d, ours[i]))
      r = remove_one(d, ours[i], e);
    free(ours[i]);
  }
  free(ours);
  return r;
}

static int
same_folder(int a, int b)
{
  struct stat x, y;
  return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Each folder that a file was renamed in, once. Most are the root. */
static int
sync_folders(ek_outdir *d, ek_error *e)
{
  for (size_t i = 0; i < d->n; i++) {
    int done = !d->files[i]->published || same_folder(d->files[i]->folder, d->fd);
    for (size_t k = 0; k < i && !done; k++)
      done = d->files[k]->published && same_folder(d->files[i]->folder, d->files[k]->folder);
    if (!done && ek_folder_sync(d->files[i]->folder, d->files[i]->shown, e) < 0)
      return -1;
  }
  return ek_folder_sync(d->fd, *d->path ? d->path : ".", e);
}

static int
commit(ek_outdir *d, const char *const *only, const char *const *stale, ek_error *e)
{
  ek_outfile *report = NULL;
  for (size_t i = 0; i < d->n; i++) {
    ek_outfile *f = d->files[i];
    if (!f->finished || f->published || (only && !in_list(only, f->info.name)))
      continue;
    if (is_report(f))
      report = f;
    else if (publish(f, e) < 0)
      return -1;
  }
  if (remove_stale(d, stale, e) < 0 || sync_folders(d, e) < 0)
    return -1;
  if (!report)
    return 0;
  if (publish(report, e) < 0)
    return -1;
  return ek_folder_sync(report->folder, report->shown, e);
}

int
ek_outdir_commit(ek_outdir *d, const char *const *stale, ek_error *e)
{
  return commit(d, NULL, stale, e);
}

int
ek_outdir_commit_only(ek_outdir *d, const char *const *names, const char *const *stale, ek_error *e)
{
  return commit(d, names, stale, e);
}
