/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/json_shim.h - simdjson's first stage, for C.
 *
 * Of simdjson only the part that is fast because of SIMD is used: it finds where
 * every token begins (brackets, commas, colons, opening quotes, first bytes of
 * scalars), knows which quotes are escaped, and checks UTF-8 and that no raw
 * control character stands in a text. The library picks the code for this
 * processor at run time, so no -march is needed. Its on-demand interface is not
 * used: without -march it is compiled for no SIMD at all, and it does not look at
 * the grammar of what it skips. catalog/walk.h walks the places instead.
 *
 * What neither this nor the walk looks at, in values that nobody asked for: the
 * escapes inside texts (a lone surrogate, "\q", "\u12"). A check of those costs 0.09x
 * of bench's limit on 2.2 kB items (measured), and lone surrogates in fields that
 * nobody reads must not cost the record anyway. Brackets, commas, colons, keys and
 * scalars are checked everywhere.
 *
 * One owner: not thread-safe.                                                */
#ifndef EK_CATALOG_JSON_SHIM_H
#define EK_CATALOG_JSON_SHIM_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Longer records go through the slow parser: the places of a record take four
 * times its size. */
#define EK_JSON_INDEX_MAX ((size_t)1 << 20)

typedef struct ek_json_index ek_json_index;

enum ek_json_result {
  EK_JSON_OK,
  EK_JSON_UTF8,                  /* not valid UTF-8; all else may be well          */
  EK_JSON_OTHER                  /* an open text, a control character in one, nothing at
                                  * all, too long, no memory: the slow parser tells */
};

ek_json_index *ek_json_index_new(void);                /* NULL: no memory           */
void ek_json_index_free(ek_json_index *);
/* On EK_JSON_OK, *at holds the *n places, valid until the next call. Reads text
 * [0, len) only. */
int ek_json_index_make(ek_json_index *, const char *text, size_t len, const uint32_t **at, uint32_t *n);

#ifdef __cplusplus
}
#endif
#endif
