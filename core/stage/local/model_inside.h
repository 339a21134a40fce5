/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/model_inside.h - a mapped model; for the files of model.h.     */
#ifndef EK_STAGE_LOCAL_MODEL_INSIDE_H
#define EK_STAGE_LOCAL_MODEL_INSIDE_H
#include "stage/local/model.h"
#include "stage/local/model_format.h"

/* Sums of a query, kept between queries: as long as nothing was added they are zero. */
typedef struct ek_model_sums {
  double *w;                       /* [n_items]                                  */
  uint8_t *state;                  /* [n_items]: reached by W, seen              */
  uint32_t *touched; size_t n, cap;
  uint8_t *visited;                /* by place of a kind                         */
  uint32_t *kinds; size_t n_kinds, cap_kinds;
} ek_model_sums;

struct ek_model {
  char *path;
  const char *base; size_t size;   /* the mapping                                */
  ek_model_header header;          /* a copy                                     */
  const uint64_t *sums;            /* in the mapping                             */
  uint64_t first_block[EK_MODEL_SECTIONS + 1];
  uint8_t *checked;                /* a byte a block                             */
  ek_model_parameters parameters;
  ek_model_sums query;
};

const char *ek_model_section_name(enum ek_model_section);
/* len bytes at `at` of a section, checked; NULL and e when they are not there or bad. */
const void *ek_model_bytes(ek_model *, enum ek_model_section, uint64_t at, uint64_t len, ek_error *e);
/* starts[i] .. starts[i + 1] of a section of starts into `limit` units. 0 or -1. */
int ek_model_range(ek_model *, enum ek_model_section starts, uint64_t i, uint64_t limit, uint64_t *from, uint64_t *to,
                   ek_error *e);
/* A kind by its place; -1 and e when there is none. */
typedef struct ek_model_kind_view { const ek_model_entry *categories; const ek_model_counted *items; uint32_t n_categories, n_items; }
  ek_model_kind_view;
int ek_model_kind_at(ek_model *, uint32_t place, ek_model_kind_view *out, ek_error *e);
const ek_model_of_item *ek_model_item_at(ek_model *, uint32_t item, ek_error *e);
/* Tells the system that these bytes will be wanted: reads for many places then overlap. */
void ek_model_will_need(ek_model *, enum ek_model_section, uint64_t at, uint64_t len);
int ek_model_fail_corrupt(const ek_model *, enum ek_model_section, const char *what, ek_error *e);
void ek_model_sums_free(ek_model_sums *);

#endif
