/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/literal.h - the slow, complete reader of one record.
 *
 * Reads JSON as people write it, or a Python literal as the 2014 release holds it, checks
 * all of it, and writes it down again as clean JSON together with the places of its
 * tokens, for the one walk that serves both (walk.h). So what the fast way finds in
 * a record and what this one finds differ in nothing but who found the tokens.
 *
 * JSON: control characters in texts (not NUL, not a line end) are let through; so is
 * any escape, since the walk judges those of wanted texts.
 * Python: dict, list, tuple, str with its escapes and prefixes u b r, texts side by side,
 * numbers, True False None nan inf; JSON's words too; comma before a closing bracket.
 * Neither recurses. Not thread-safe; reusable.                                */
#ifndef EK_CATALOG_LITERAL_H
#define EK_CATALOG_LITERAL_H
#include "base/text.h"
#include "catalog/parser.h"

typedef struct ek_literal {
  ek_text text;                  /* clean JSON, with 64 readable bytes behind it   */
  uint32_t *at; size_t n, cap;   /* where its tokens begin                         */
} ek_literal;

/* 0, or -1 and why (what and at which byte, from 1). in may be any bytes up to
 * EK_RECORD_MAX; bytes from 0x80 are passed on. */
int ek_literal_rewrite(ek_literal *, enum ek_dialect, ek_str in, char *why, size_t why_size);
void ek_literal_clear(ek_literal *);

#endif
