/* SPDX-License-Identifier: BSD-3-Clause */
/* output/files.h - the files of a run: all of them, or none.
 *
 * Written beside their targets as .NAME.ekXXXXXXXX, synced, renamed at the end,
 * report.json last; it holds size and SHA-256 of the others, so a mixture of two
 * runs is found by whoever reads them next (ek_outdir_verify). A target that is a
 * symbolic link is written through, and the link stays; one that is neither a
 * file nor absent is refused. New files get their mode from the umask, replaced
 * ones keep theirs. One thread.                                             */
#ifndef EK_OUTPUT_FILES_H
#define EK_OUTPUT_FILES_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/text.h"

typedef struct ek_outdir ek_outdir;
typedef struct ek_outfile ek_outfile;

/* Makes the folder if need be, takes its .lock (else: whose it is, status 2),
 * removes leftovers of killed runs: regular files of ours of that very form of
 * name, which no living process holds.                                      */
ek_outdir *ek_outdir_open(const char *dir, ek_error *e);
/* For a file on its own (`enrich -o FILE`): the folder must be there, no lock, no
 * report. Errors name files as path, without "./" before them.              */
ek_outdir *ek_outdir_open_plain(const char *dir, ek_error *e);
/* Unlocks; temporary files that were not committed are removed, and the folders
 * that were made for them, if nothing was committed.                        */
void ek_outdir_close(ek_outdir *);

/* name may hold '/': "arms/source/items.csv"; folders are made. A name that was
 * committed may be created anew, and takes the old one's place. gzip: compressed
 * (the same bytes for the same data, always), name should end in .gz. The digest
 * is of the bytes on disk.                                                  */
ek_outfile *ek_outfile_create(ek_outdir *, const char *name, int gzip, ek_error *e);
/* After an error every later call on the file fails too.                    */
int ek_outfile_write(ek_outfile *, const void *data, size_t len, ek_error *e);
#define EK_NO_ROWS UINT64_MAX
void ek_outfile_rows(ek_outfile *, uint64_t rows);       /* in all, for the report  */
/* Flushes and syncs: size and digest are final. Still temporary.            */
int ek_outfile_finish(ek_outfile *, ek_error *e);
/* A whole file at once; frees the text in any case. 0, or -1 and e.           */
int ek_outdir_put(ek_outdir *, const char *name, ek_text *text, ek_error *e);

typedef struct ek_outfile_info {
  const char *name;
  uint64_t rows;                   /* EK_NO_ROWS: the file has none             */
  uint64_t bytes;                  /* on disk                                   */
  char sha256[65];
} ek_outfile_info;
size_t ek_outdir_n(const ek_outdir *);                   /* finished files          */
const ek_outfile_info *ek_outdir_at(const ek_outdir *, size_t i);   /* in order of creation */

/* Renames all finished files, in order of creation; then removes those of `stale`
 * (NULL-terminated names; may be NULL) that are not part of this run and that the
 * report.json in the folder names, so that a user's own file is never taken for
 * one of ours; then syncs the folders and renames report.json. Killed at any
 * point this leaves the old set, the new one, or one that ek_outdir_verify
 * refuses.                                                                  */
int ek_outdir_commit(ek_outdir *, const char *const *stale, ek_error *e);
/* Drops what was created and not committed, open files too: what a failed stage has
 * written so far.                                                           */
void ek_outdir_drop(ek_outdir *);
/* A stopped run: only the named files (rejects.jsonl, report.json) are published.
 * The CSVs of an earlier run stay, but no longer belong to report.json; `stale` goes as above. */
int ek_outdir_commit_only(ek_outdir *, const char *const *names, const char *const *stale, ek_error *e);

/* Checks the files that dir/report.json names against their sizes and digests,
 * and that it is the report of a run that was done, or at least enriched. 0, or -1:
 * which file does not match, or why the report cannot be used.              */
int ek_outdir_verify(const char *dir, ek_error *e);
/* The same for one of its files; the others may be gone.                     */
int ek_outdir_verify_file(const char *dir, const char *name, ek_error *e);

#endif
