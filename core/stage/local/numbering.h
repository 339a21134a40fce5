/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/numbering.h - texts to small numbers while reading, then to their order.
 *
 * One thread. Zero-initialise: ek_numbering in = {0}.                          */
#ifndef EK_STAGE_LOCAL_NUMBERING_H
#define EK_STAGE_LOCAL_NUMBERING_H
#include "base/text.h"
#include "stage/local/data.h"

#define EK_IDS_MAX (UINT32_MAX - 1)          /* UINT32_MAX means "none"          */

typedef struct ek_numbering {
  uint64_t *slots; unsigned bits;            /* high half: hash, low half: number + 1; 0: free */
  uint32_t n;
  int full;                                  /* more than EK_IDS_MAX were asked for */
  ek_text bytes;
  uint64_t *start; size_t cap;               /* [n + 1]                          */
  uint64_t seed;
} ek_numbering;

/* Number of the text, in order of first sight; UINT32_MAX when the table is full. */
uint32_t ek_numbering_add(ek_numbering *, ek_str);
static inline ek_str ek_numbering_text(const ek_numbering *in, uint32_t i)
{ ek_str s = { in->bytes.data + in->start[i], (size_t)(in->start[i + 1] - in->start[i]) }; return s; }
/* Orders by unsigned bytes: rank[number] is the place of each. out gets the texts in
 * that order; the table is emptied.                                          */
uint32_t *ek_numbering_order(ek_numbering *, ek_ids *out);
void ek_numbering_free(ek_numbering *);
void ek_ids_clear(ek_ids *);

#endif
