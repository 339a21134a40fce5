/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/parser.h - from the bytes of one record to its projected fields.
 *
 * One parser a worker (it owns simdjson's buffers); not shared.             */
#ifndef EK_CATALOG_PARSER_H
#define EK_CATALOG_PARSER_H
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "catalog/input.h"
#include "catalog/projection.h"

typedef struct ek_parser ek_parser;

/* The next record's place in a block, before it is parsed. line counts from the
 * block: 1 is the line after block->lines newlines of the file.             */
typedef struct ek_span { size_t begin, end; uint64_t line; } ek_span;  /* end excludes the newline */

ek_parser *ek_parser_new(const ek_projection *);
void ek_parser_free(ek_parser *);

/* Walks the records of a block: *at and *newlines start at 0. 1 and the next span
 * (blank lines are passed over), 0 at the end. The record's line in the file is
 * block->lines + out->line, its first one. At the end *newlines is how many
 * newlines the block stands for: what the next block of the file has more in
 * lines. CSV: the header is no record; JSON array: the elements. An over-long
 * block is one record.                                                      */
int ek_block_record(const ek_block *b, size_t *at, uint64_t *newlines, ek_span *out);

typedef struct ek_parse_note {
  size_t repaired;               /* invalid UTF-8 sequences replaced          */
  char why[160];                 /* on -1: "bad_record" message, input escaped */
} ek_parse_note;

/* Fills fields[0 .. slots-1]. 0; or -1 for a bad record (why says what and at
 * which byte). The record is walked to its end and the end is checked; the last
 * of duplicate keys wins; escaped keys are found. block->data may be written to
 * (never beyond the record).                                                */
int ek_parser_record(ek_parser *, const ek_block *block, const ek_span *span,
                     ek_arena *arena, ek_field *fields, ek_parse_note *note);

/* The slow, complete parser behind it (JSON with NaN and lone surrogates let
 * through in unread fields, or Python literals), also the one under fuzzing.
 * text need not be padded.                                                  */
enum ek_dialect { EK_DIALECT_JSON, EK_DIALECT_PYTHON };
int ek_literal_record(const ek_projection *, enum ek_dialect, ek_str text,
                      ek_arena *arena, ek_field *fields, ek_parse_note *note);

#endif
