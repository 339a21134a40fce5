/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/input.h - files, folders and standard input as blocks of whole records.
 *
 * The reader of bytes: opens what `catalog.items` names, tells gzip from plain by
 * content (many members, checked CRC and end), tells the format by the first
 * non-blank line after a BOM, and cuts at record boundaries. No parsing here.
 * Memory: one block, plus one carried rest of at most EK_RECORD_MAX.
 *
 *   for (;;) { lock; r = ek_input_next(in, &block, &e); unlock; ... parse block ... }
 * ek_input_next is for one thread at a time; blocks are independent of it and of
 * each other, so workers parse them in parallel.                            */
#ifndef EK_CATALOG_INPUT_H
#define EK_CATALOG_INPUT_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "config/settings.h"

#define EK_RECORD_MAX ((size_t)16 << 20)   /* a longer record is a bad_record  */
#define EK_BLOCK_PADDING 64                /* readable bytes behind a block (simdjson) */

/* One input file as found out so far. Grows while it is read; whoever reports
 * it does so after the end, or under the same lock as ek_input_next.        */
typedef struct ek_input_file {
  char *path;                    /* absolute, or "-"                          */
  char *name;                    /* as to be shown and written in rejects     */
  enum ek_format format;         /* never AUTO once the first block is out    */
  int gzip;
  char delimiter;                /* CSV                                       */
  uint64_t bytes;                /* of the uncompressed text read so far      */
  uint64_t disk_bytes;           /* size on disk; 0 for a pipe                */
  char **header; size_t n_header;/* CSV: column names, UTF-8                  */
} ek_input_file;

typedef struct ek_block {
  uint64_t seq;                  /* 0, 1, 2 ... over all files                */
  const ek_input_file *file;
  unsigned file_index;
  char *data; size_t len, cap;   /* owned by the caller, reused; cap counts the padding */
  uint64_t offset;               /* of data[0] in the file's uncompressed text */
  uint64_t lines;                /* newlines in the file before this block: left 0 here.
                                  * The caller knows it once the file's earlier blocks are
                                  * walked: their newlines as ek_block_record counted them */
  uint64_t newlines_before;      /* passed over between the last block and data[0] */
  uint64_t newlines_after;       /* of an over-long record, not in data       */
  uint64_t overlong;             /* this block is one over-long record, of so many bytes:
                                  * data holds its first 64 KiB only          */
} ek_block;

typedef struct ek_input ek_input;

typedef struct ek_input_options {
  enum ek_format format; char delimiter;
  size_t block_size;             /* 0: 1 MiB; tests use 4 kB                  */
  int timeout_ms;                /* a pipe: a whole record is not kept longer than that
                                  * while nothing more is there to read (architecture,
                                  * decision 0: also from a steady trickle); 0: 100 */
  int quiet;                     /* no warnings: whoever reads the same again gives them */
} ek_input_options;

/* Resolves folders (sorted by bytes, one level, hidden names skipped, endings as
 * configured; others are named in one warning) and opens nothing yet. Errors:
 * no such file or folder (with "did you mean" and file counts), no permission,
 * a folder without files.                                                   */
ek_input *ek_input_open(const ek_paths *paths, const ek_input_options *o, ek_error *e);
void ek_input_close(ek_input *);

/* 1: *b holds at least one byte of whole records of one file (maybe blank lines
 * alone); 0: the end; -1: e. b->data is grown as needed with ek_mem, and with it
 * shrinks again after a very long record.
 *
 * After -1 nothing more can be read. What was whole before the damage has been
 * handed on. b is then an empty block: seq, file and file_index tell whose turn
 * it would have been (file NULL: of none), so that the caller can take the error
 * in input order; and e->line counts from there: the caller adds the newlines of
 * the file's earlier blocks, as for a record. Codes: "gzip_truncated" (for
 * ek_input_records_read), "gzip_damaged", "bad_array", "bad_header",
 * "not_text", "read_error", "interrupted".                                  */
int ek_input_next(ek_input *, ek_block *b, ek_error *e);
void ek_block_clear(ek_block *);           /* frees data                        */
/* Completes an error of a cut-off file: how many records came before.       */
void ek_input_records_read(ek_error *e, uint64_t records);

size_t ek_input_n_files(const ek_input *);
const ek_input_file *ek_input_file_at(const ek_input *, size_t i);
/* For progress: bytes read from disk so far and in all (0: unknown).        */
void ek_input_progress(const ek_input *, uint64_t *done, uint64_t *total);
/* Makes a blocked ek_input_next of another thread return -1 soon (code
 * "interrupted"). Async-signal-safe: writes to a pipe.                      */
void ek_input_interrupt(ek_input *);

#endif
