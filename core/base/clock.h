/* SPDX-License-Identifier: BSD-3-Clause */
/* base/clock.h - time that only goes forward: for deadlines and waits, not for dates. */
#ifndef EK_BASE_CLOCK_H
#define EK_BASE_CLOCK_H
#include <stdint.h>
#include <time.h>

#define EK_SECOND INT64_C(1000000000)

/* Nanoseconds of CLOCK_MONOTONIC. Any thread, signal handlers too.           */
static inline int64_t
ek_monotonic_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * EK_SECOND + t.tv_nsec;
}

#endif
