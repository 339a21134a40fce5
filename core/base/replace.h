/* SPDX-License-Identifier: BSD-3-Clause */
/* base/replace.h - one file in the place of another, whole or not at all.
 *
 * It is written beside its place, as .NAME.new, synced and renamed; who is killed on
 * the way leaves the old file as it was. (Sets of files, and links that lead
 * elsewhere: output/files.h.) All functions return 0, or -1 with errno, which the
 * caller puts into words: ek_fail_errno(e, ..., path, doing). One owner.       */
#ifndef EK_BASE_REPLACE_H
#define EK_BASE_REPLACE_H
#include <stddef.h>
#include <sys/types.h>

typedef struct ek_replace {
  int fd;                          /* of the new file: to write, and to read   */
  int folder;                      /* borrowed: that of the names, or AT_FDCWD */
  char *name, *beside;             /* beside NULL: nothing is there            */
} ek_replace;

enum ek_replace_writers {
  EK_REPLACE_ALONE,                /* a lock keeps others out: what a killed one left is removed */
  EK_REPLACE_SHARED                /* others may write the same file now: .NAME.XXXXXXXX.new     */
};

/* The file beside is new in any case, so that no link of another leads it astray and
 * its rights are mode's. r may be dropped after a failure too.                */
int ek_replace_open(ek_replace *r, int folder, const char *name, enum ek_replace_writers who, mode_t mode);
/* The steps of ek_replace_commit, for who has something to do between them.   */
int ek_replace_sync(const ek_replace *r);
int ek_replace_rename(ek_replace *r);
int ek_replace_sync_folder(const ek_replace *r);
/* Synced, renamed and the name synced. After a failure the new file may be in its place and not yet safe. */
int ek_replace_commit(ek_replace *r);
/* Closes, and removes what was not renamed; keeps errno. Twice is once.       */
void ek_replace_drop(ek_replace *r);

/* All n bytes, whatever signals and short writes come between.                */
int ek_write_all(int fd, const void *data, size_t n);
/* The names in an open folder; a file system that cannot is no failure.       */
int ek_sync_folder(int folder);

#endif
