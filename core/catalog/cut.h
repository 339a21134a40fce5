/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/cut.h - where whole records end in text that arrives piece by piece.
 *
 * For the reader, which must not do more than this in its serialised part: for
 * lines it looks for the last newline alone. Each byte is looked at once.   */
#ifndef EK_CATALOG_CUT_H
#define EK_CATALOG_CUT_H
#include <stddef.h>
#include "catalog/csv.h"
#include "config/settings.h"

typedef struct ek_json_scan {
  unsigned char state;           /* of cut.c                                  */
  size_t depth;
} ek_json_scan;

typedef struct ek_cutter {
  enum ek_format format;
  ek_csv_scan csv;
  ek_json_scan json;
  size_t scanned;                /* bytes of the text at hand that were walked */
  size_t cut;                    /* behind its last whole record; 0: none yet */
  size_t begin;                  /* array: where its current element begins   */
  const char *why;               /* array: what is wrong at scanned           */
} ek_cutter;

/* At a record's start; array: behind the opening bracket.                  */
void ek_cutter_start(ek_cutter *, enum ek_format, char delimiter);
/* Walks on to len, first: only to the end of the first record. 0; -1: a broken
 * array (why).                                                              */
int ek_cutter_scan(ek_cutter *, const char *data, size_t len, int first);
/* How many bytes at the start belong to no record, while there is no cut yet. */
size_t ek_cutter_loose(const ek_cutter *);
/* The first n bytes of the text at hand are gone.                           */
void ek_cutter_drop(ek_cutter *, size_t n);
/* At the end of the text: NULL, or what is missing (array).                 */
const char *ek_cutter_end(const ek_cutter *);

/* One element of an array (also for the walk over a block): from p, which stands
 * at its first byte, to behind its last; NULL when it does not end before end. */
const char *ek_json_element_end(const char *p, const char *end);
size_t ek_count_newlines(const char *p, size_t n);

#endif
