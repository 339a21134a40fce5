/* SPDX-License-Identifier: BSD-3-Clause */
/* output/rejects.h - rejects.jsonl: what could not be done, and why. In input
 * order, one thread.                                                        */
#ifndef EK_OUTPUT_REJECTS_H
#define EK_OUTPUT_REJECTS_H
#include "base/text.h"

typedef struct ek_reject {
  const char *file; uint64_t line, offset;
  ek_str item;                       /* empty: absent from the object           */
  const char *step, *plugin;         /* NULL for the reader                     */
  const char *reason;                /* one of configuration.md section 6       */
  ek_str message, code;
  int http, attempts, kept;
  ek_str input;                      /* the record as it stood; empty when > 64 KiB
                                      * (invalid UTF-8 in it is replaced)        */
} ek_reject;

#define EK_REJECT_INPUT_MAX ((size_t)64 << 10)
/* Appends one JSON object and LF.                                           */
void ek_reject_format(ek_text *out, const ek_reject *);

#endif
