/* SPDX-License-Identifier: BSD-3-Clause */
/* aheadshim.c - a minute that passes in a moment: preloaded, it sets CLOCK_MONOTONIC 70 seconds ahead as soon as the file
 * is there that EK_CLOCK_AHEAD names. Waits until a moment of that clock end when they should.               */
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static time_t
ahead(void)
{
  static int there;
  const char *file = getenv("EK_CLOCK_AHEAD");
  if (!__atomic_load_n(&there, __ATOMIC_RELAXED) && file != NULL && access(file, F_OK) == 0)
    __atomic_store_n(&there, 1, __ATOMIC_RELAXED);
  return __atomic_load_n(&there, __ATOMIC_RELAXED) ? 70 : 0;
}

EXPORT int
clock_gettime(clockid_t id, struct timespec *t)
{
  int rc = (int)syscall(SYS_clock_gettime, id, t);
  if (rc == 0 && (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE || id == CLOCK_MONOTONIC_RAW))
    t->tv_sec += ahead();
  return rc;
}

/* All waits of the program go by CLOCK_MONOTONIC. Those until a moment that the clock was set past are over. */
EXPORT int
pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict lock, const struct timespec *restrict t)
{
  struct timespec until = { .tv_sec = t->tv_sec - ahead(), .tv_nsec = t->tv_nsec };
  return pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &until);
}
