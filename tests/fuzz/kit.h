/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/fuzz/kit.h - what the fuzz targets of the readers have in common.
 *
 * A target gives bytes to a reader and aborts when a promise is broken: the same
 * records whatever the size of a block, the same fields from the quick parser and
 * the complete one, wherever the record stands, valid UTF-8 and nothing else.  */
#ifndef EK_FUZZ_KIT_H
#define EK_FUZZ_KIT_H
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"
#include "catalog/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Prints what is wrong and aborts. */
#define FUZZ_CHECK(cond) ((cond) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #cond))
_Noreturn void fuzz_broken(const char *file, int line, const char *what);

/* A path under which data can be opened. Good until the next call.          */
const char *fuzz_file(const void *data, size_t size);
/* The projection of all targets: paths of every kind.                       */
const ek_projection *fuzz_projection(void);
/* Appends the fields of a record; checks what projection.h promises of them. */
void fuzz_fields(ek_text *out, const ek_field *fields);

/* Called for each record, before it is parsed. May be NULL.                 */
typedef void fuzz_record(const ek_block *b, const ek_span *s);
/* Reads data in all ways and compares. What ek_input_next gave last.        */
int fuzz_read(const uint8_t *data, size_t size, enum ek_format format, fuzz_record *each);
/* Parses text at the end of an allocation of its own (but for the padding that a
 * block has), by the parser of a block and by the complete one, and compares. */
void fuzz_parse(enum ek_format format, ek_str text, ek_text *out);

#endif
