/* SPDX-License-Identifier: BSD-3-Clause */
/* output/files.h - the files of a run: all of them, or none.
 *
 * Written beside their targets as .NAME.XXXXXX, synced, renamed at the end,
 * report.json last; it holds size and SHA-256 of the others, so a mixture of two
 * runs is found by whoever reads them next (ek_outdir_verify). A target that is a
 * symbolic link is written through. Umask honoured. One thread.             */
#ifndef EK_OUTPUT_FILES_H
#define EK_OUTPUT_FILES_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

typedef struct ek_outdir ek_outdir;
typedef struct ek_outfile ek_outfile;

/* Makes the folder if need be, takes its .lock (else: whose it is, status 2),
 * removes leftovers of killed runs.                                         */
ek_outdir *ek_outdir_open(const char *dir, ek_error *e);
/* Unlocks; temporary files that were not committed are removed.             */
void ek_outdir_close(ek_outdir *);

/* name may hold one '/': "arms/source/items.csv". gzip: compressed, name should
 * end in .gz. The digest is of the bytes on disk.                           */
ek_outfile *ek_outfile_create(ek_outdir *, const char *name, int gzip, ek_error *e);
int ek_outfile_write(ek_outfile *, const void *data, size_t len, ek_error *e);
void ek_outfile_rows(ek_outfile *, uint64_t rows);       /* for the report          */
/* Flushes, syncs, closes: size and digest are final. Still temporary.       */
int ek_outfile_finish(ek_outfile *, ek_error *e);

typedef struct ek_outfile_info { const char *name; uint64_t rows, bytes; char sha256[65]; } ek_outfile_info;
size_t ek_outdir_n(const ek_outdir *);                   /* finished files          */
const ek_outfile_info *ek_outdir_at(const ek_outdir *, size_t i);

/* Renames all finished files, in order of creation, the folder synced between
 * the last of them and report.json; files of an earlier run in `stale` (NULL-
 * terminated names, not part of this run) are removed.                      */
int ek_outdir_commit(ek_outdir *, const char *const *stale, ek_error *e);
/* A stopped run: only the named files (rejects.jsonl, report.json) are published. */
int ek_outdir_commit_only(ek_outdir *, const char *const *names, ek_error *e);

/* Checks the files that dir/report.json names against their sizes and digests.
 * 0, or -1: which file does not match.                                      */
int ek_outdir_verify(const char *dir, ek_error *e);

#endif
