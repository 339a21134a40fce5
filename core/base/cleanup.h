/* SPDX-License-Identifier: BSD-3-Clause */
/* base/cleanup.h - scope-bound release of what a function owns.
 *
 * One idiom a function: either these attributes or none. Never in a public
 * header (house style C1).                                                  */
#ifndef EK_BASE_CLEANUP_H
#define EK_BASE_CLEANUP_H
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void ek_cleanup_free_(void *p) { free(*(void **)p); }
static inline void ek_cleanup_close_(int *fd) { if (*fd >= 0) close(*fd); }
static inline void ek_cleanup_fclose_(FILE **f) { if (*f) fclose(*f); }

#define EK_FREE   __attribute__((cleanup(ek_cleanup_free_)))    /* char *p = NULL */
#define EK_CLOSE  __attribute__((cleanup(ek_cleanup_close_)))   /* int fd = -1    */
#define EK_FCLOSE __attribute__((cleanup(ek_cleanup_fclose_)))  /* FILE *f = NULL */
#define EK_AUTO(fn) __attribute__((cleanup(fn)))

#endif
