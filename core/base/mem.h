/* SPDX-License-Identifier: BSD-3-Clause */
/* base/mem.h - allocation that does not fail.
 *
 * A command-line program that is out of memory can do nothing better than say
 * so and end: what it has not renamed yet was never there (architecture,
 * decision 5). So these print one line and exit with status 1; callers need no
 * branch. Sizes that come from input are bounded before they get here.
 * Thread-safe.                                                              */
#ifndef EK_BASE_MEM_H
#define EK_BASE_MEM_H
#include <stddef.h>

void *ek_mem_alloc(size_t size);                        /* malloc; size 0 gives 1 byte */
void *ek_mem_zero(size_t count, size_t size);           /* calloc                      */
void *ek_mem_resize(void *p, size_t size);              /* realloc                     */
/* Room for at least want elements of size bytes: doubles *cap. Returns the array. */
void *ek_mem_grow(void *p, size_t *cap, size_t want, size_t size);
char *ek_mem_strdup(const char *s);
char *ek_mem_strndup(const char *s, size_t n);          /* copies n bytes, adds NUL    */

/* Before threads that hand buffers of some 100 KB around all day: the allocator keeps their memory
 * rather than asking the kernel for fresh pages, and shares it among few arenas. Once a process. */
void ek_mem_expect_transfers(void);

#endif
