/* SPDX-License-Identifier: BSD-3-Clause */
/* report/jsonw.h - JSON with our own order, layout and number formats. Commas come
 * by themselves. Depth at most 11.                                          */
#ifndef EK_REPORT_JSONW_H
#define EK_REPORT_JSONW_H
#include "base/text.h"

typedef struct ek_jsonw {
  ek_text *out;
  unsigned depth;
  unsigned char some[12];         /* this level has a member already            */
  unsigned char wide[12];         /* members of this level on lines of their own */
} ek_jsonw;

/* Opens { or [ as member name, or as an element (NULL). wide: see above.     */
void ek_jsonw_open(ek_jsonw *, const char *name, char bracket, int wide);
void ek_jsonw_close(ek_jsonw *, char bracket);
void ek_jsonw_text(ek_jsonw *, const char *name, const char *s);   /* input that may be no UTF-8 is mended */
void ek_jsonw_str(ek_jsonw *, const char *name, ek_str s);
void ek_jsonw_u64(ek_jsonw *, const char *name, uint64_t n);
void ek_jsonw_bool(ek_jsonw *, const char *name, int b);
/* At most `decimals` of them and at least one: 9.6, 0.0, 0.004.             */
void ek_jsonw_fixed(ek_jsonw *, const char *name, double d, unsigned decimals);
/* Any size and sign: six to eight decimals; null when it is no number.      */
void ek_jsonw_real(ek_jsonw *, const char *name, double d);
void ek_jsonw_null(ek_jsonw *, const char *name);

#endif
