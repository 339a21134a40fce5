/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/model.h - a solution version as a file that can be mapped.
 *
 * Header: magic "EKMODEL\n", format version, byte order and float format marks,
 * section table with offsets, sizes and checksums, own checksum. Sections: meta (JSON:
 * recipe, hyper, names, metrics), item ids, counts, W (row, col, weight), categories
 * (names, idf, rows, columns); model_format.h has it byte for byte. Each section is cut
 * into blocks of 4 KiB with an XXH3-64 each; a block is checked when it is first touched,
 * all of it by ek_model_verify.
 * Refused by name: another byte order or float format, a newer version, a size that
 * does not fit, a bad checksum (which section and block).                   */
#ifndef EK_STAGE_LOCAL_MODEL_H
#define EK_STAGE_LOCAL_MODEL_H
#include "stage/local/skc.h"

/* Written beside its place, synced, verified once by reading it again, renamed. */
typedef struct ek_model_writer ek_model_writer;
ek_model_writer *ek_model_create(const char *path, const ek_events *, const ek_hyper *, ek_error *e);
/* An ek_row_sink: rows in order, straight to the file.                      */
/* Rows may be left out: they are empty.                                     */
int ek_model_row(void *writer, uint32_t item, const uint32_t *col, const double *weight, uint32_t n, ek_error *e);
/* counts and categories of the trained model; meta: a JSON object as text.  */
int ek_model_finish(ek_model_writer *, const ek_skc *, ek_str meta, ek_error *e);   /* frees the writer */
/* Before finish: the items that may be recommended, 0/1 by index; not called: all.   */
void ek_model_candidates(ek_model_writer *, const uint8_t *candidates);
void ek_model_abandon(ek_model_writer *);   /* NULL is fine               */

typedef struct ek_model ek_model;
ek_model *ek_model_open(const char *path, ek_error *e);       /* header and table checked; mmap */
void ek_model_close(ek_model *);
int ek_model_verify(ek_model *, ek_error *e);                 /* every block            */
ek_str ek_model_meta(const ek_model *);
uint32_t ek_model_n_items(const ek_model *);
uint32_t ek_model_n_categories(const ek_model *);
ek_hyper ek_model_hyper(const ek_model *);
/* These touch, and so check, only the blocks they need; -1 and e when one is bad. */
int ek_model_item(ek_model *, ek_str id, uint32_t *index, ek_error *e);   /* 1 found, 0 not */
int ek_model_item_id(ek_model *, uint32_t index, ek_str *id, ek_error *e);
int ek_model_categories_of(ek_model *, uint32_t index, ek_text *joined, ek_error *e);   /* "a|b|c" */
/* The k best for a history (oldest first). options NULL: content as the model was trained with,
 * all its candidates. Cold: milliseconds at 1 M items.                      */
int ek_model_recommend(ek_model *, const uint32_t *history, size_t n, const ek_query_options *, unsigned k, ek_scored *out,
                       unsigned *n_out, ek_error *e);

#endif
