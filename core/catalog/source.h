/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/source.h - the bytes of one file, pipe or standard input, unpacked.
 *
 * For the reader alone, one thread at a time.                               */
#ifndef EK_CATALOG_SOURCE_H
#define EK_CATALOG_SOURCE_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"

typedef struct ek_source ek_source;

/* path: a file, or "-". name: for messages. wake: a descriptor that becomes
 * readable when reading is to be given up.                                  */
ek_source *ek_source_open(const char *path, const char *name, int wake, ek_error *e);
void ek_source_close(ek_source *);
int ek_source_gzip(const ek_source *);     /* known after the first read        */
uint64_t ek_source_taken(const ek_source *);         /* bytes read from disk */

enum { EK_SOURCE_END = 0, EK_SOURCE_BAD = -1, EK_SOURCE_IDLE = -2 };
/* The next bytes, as many as there are up to size: > 0. IDLE: nothing came in
 * timeout_ms (< 0: no limit). BAD: e, also code "interrupted".              */
ssize_t ek_source_read(ek_source *, char *buf, size_t size, int timeout_ms, ek_error *e);

#endif
