/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/detect.h - what a text is, told by how it begins. Pure functions.  */
#ifndef EK_CATALOG_DETECT_H
#define EK_CATALOG_DETECT_H
#include <stddef.h>
#include "config/settings.h"

/* The format of a text whose first non-blank line is line (or as much of it as
 * there is). A brace alone does not tell JSON lines from the Python literals of
 * 2014: the tokens of the line do.                                          */
enum ek_format ek_detect_format(const char *line, size_t len);
/* Of , ; tab and bar the most frequent outside quotes; , when there is none. */
char ek_detect_delimiter(const char *header, size_t len);
/* Text that begins so cannot be a catalogue: says what it is ("compressed with
 * zstd") and sets *help; NULL when nothing speaks against it. *more is set when
 * it takes more bytes to tell.                                              */
const char *ek_detect_foreign(const char *data, size_t len, const char **help, int *more);
/* "JSON lines", "JSON array", "Python literals", "CSV", for messages.       */
const char *ek_format_name(enum ek_format);

#endif
