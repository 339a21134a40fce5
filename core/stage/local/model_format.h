/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/model_format.h - the model file, byte for byte; for the files of model.h.
 *
 *   header     ek_model_header, 4096 bytes
 *   sections   in order of their numbers, each at a multiple of 64, zeros between. Only
 *              what `sections` says of them is read; what is between must be zero.
 *   sums       XXH3-64 of every block of 4 KiB of every section, in order; a section's
 *              last block may be shorter. Itself checked by `sums_sum` in the header.
 *
 * Numbers are in the byte order of the machine that wrote the file, IEEE 754 binary64, two's
 * complement; the header has marks that tell. Item i, category c: by index from 0; items in
 * byte order of their ids, so that an id is found by binary search.
 *
 *   ID_STARTS       u64[n_items + 1], into ID_BYTES
 *   ID_BYTES        ids, one after the other
 *   ROWS            of item i the bytes ROW_STARTS[i] .. ROW_STARTS[i+1]: n weights (f64), then n
 *                   neighbours (u32), zeros up to a multiple of 8. So n = bytes / 12.
 *   ROW_STARTS      u64[n_items + 1]
 *   ITEMS           ek_model_of_item[n_items]: training events, and where the item's kind is
 *   POPULAR         ek_model_counted[n_popular]: the items that may be recommended, by count, largest first, ties by index
 *   CANDIDATE       u8[n_items]: 1 where an item is in POPULAR; absent (size 0): all are
 *   CATEGORY_STARTS u64[n_categories + 1], into CATEGORY_BYTES
 *   CATEGORY_BYTES  names, in order of their index
 *   IDF             f64[n_categories]
 *   KINDS           records at multiples of 16 bytes: ek_model_kind, then its categories (ek_model_entry: u32 category, zero,
 *                   weight), then its items (ek_model_counted, by count, largest first, ties by index), zeros. A kind is a
 *                   row of categories: items with the same row differ in popularity alone. Kinds with the same heaviest
 *                   category lie together.
 *   OF_CATEGORY_STARTS  u64[n_categories + 1], into OF_CATEGORY, in entries
 *   OF_CATEGORY     ek_model_entry: u32 place of a kind in KINDS / 16, zero, weight; largest weight first
 *   PARAMETERS      ek_model_parameters
 *   META            JSON text
 *
 * A change of this file's meaning raises EK_MODEL_VERSION.                  */
#ifndef EK_STAGE_LOCAL_MODEL_FORMAT_H
#define EK_STAGE_LOCAL_MODEL_FORMAT_H
#include <stdint.h>

#define EK_MODEL_MAGIC "EKMODEL\n"
#define EK_MODEL_VERSION 1u
#define EK_MODEL_BYTE_ORDER 0x01020304u
#define EK_MODEL_FLOAT (-1234.56640625)            /* exact in binary64        */
#define EK_MODEL_BLOCK ((uint64_t)4 << 10)    /* a page: a recommendation touches a thousand places */
#define EK_MODEL_HEADER 4096u
#define EK_MODEL_ALIGN 64u

enum ek_model_section {
  EK_MODEL_ID_STARTS, EK_MODEL_ID_BYTES, EK_MODEL_ROWS, EK_MODEL_ROW_STARTS, EK_MODEL_ITEMS, EK_MODEL_POPULAR,
  EK_MODEL_CANDIDATE, EK_MODEL_CATEGORY_STARTS, EK_MODEL_CATEGORY_BYTES, EK_MODEL_IDF, EK_MODEL_KINDS,
  EK_MODEL_OF_CATEGORY_STARTS, EK_MODEL_OF_CATEGORY, EK_MODEL_PARAMETERS, EK_MODEL_META, EK_MODEL_SECTIONS
};

typedef struct ek_model_place { uint64_t offset, size; } ek_model_place;

typedef struct ek_model_header {
  char magic[8];
  uint32_t version, byte_order;
  double float_mark;
  uint64_t file_size;
  uint32_t n_items, n_categories, n_kinds, n_popular, n_sections, zero;
  ek_model_place sections[EK_MODEL_SECTIONS];
  ek_model_place sums; uint64_t sums_sum;
  uint64_t header_sum;             /* XXH3-64 of the 4096 bytes, this one as zero */
} ek_model_header;

typedef struct ek_model_parameters {
  double pair_decay, back, nfrom, nto, hist_decay, content, pop_exp, boost, min_history, max_history;
  uint32_t window, topk, max_cats, max_count;
  uint32_t longest, zero;          /* categories of the kind that has most       */
} ek_model_parameters;

typedef struct ek_model_of_item { uint32_t count, kind; } ek_model_of_item;     /* kind: its place / 16 + 1; 0: none */
typedef struct ek_model_counted { uint32_t item, count; } ek_model_counted;
typedef struct ek_model_kind { uint32_t n_categories, n_items; uint64_t zero; } ek_model_kind;
typedef struct ek_model_entry { uint32_t index, zero; double weight; } ek_model_entry;

_Static_assert(sizeof(ek_model_header) <= EK_MODEL_HEADER, "the header has its place");
_Static_assert(sizeof(ek_model_entry) == 16 && sizeof(ek_model_kind) == 16 && sizeof(ek_model_counted) == 8 &&
               sizeof(ek_model_of_item) == 8, "records have no padding but their own");

#endif
