/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/share.h - work cut into parts that any thread may take.
 *
 * Which thread takes which part is left to chance, so a body writes only to places that
 * belong to its part (or to its thread, where the order does not matter).   */
#ifndef EK_STAGE_LOCAL_SHARE_H
#define EK_STAGE_LOCAL_SHARE_H
#include <stdint.h>
#include "stage/stage.h"

typedef struct ek_work {
  uint64_t n, grain;                 /* things; so many to a part              */
  unsigned threads;                  /* 0 counts as 1                          */
  void (*body)(void *arg, unsigned thread, uint64_t from, uint64_t to);
  void *arg;
  const char *text; double share, span;     /* progress: from share to share + span; text NULL: none */
} ek_work;

/* 0 when all is done; -1 and e: stopped, or no thread could be started. The calling
 * thread only waits.                                                        */
int ek_share(const ek_work *, const ek_stage_watch *, ek_error *e);
int ek_stopped(const ek_stage_watch *);
int ek_fail_stopped(ek_error *e);
/* Threads worth starting for n parts. */
unsigned ek_threads_for(unsigned threads, uint64_t parts);
void ek_note(const ek_stage_watch *, const char *text, double share);

#endif
