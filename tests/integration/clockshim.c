/* SPDX-License-Identifier: BSD-3-Clause */
/* clockshim.c - a wall clock that is set while a program runs: preloaded, it moves CLOCK_REALTIME, time() and
 * gettimeofday() by the steps in EK_CLOCK_STEPS, "MS:SECONDS,MS:SECONDS": so many milliseconds of CLOCK_MONOTONIC
 * after the start of the program the clock is that many seconds off. CLOCK_MONOTONIC is left alone.           */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static struct timespec start;

static long
milliseconds_since_start(void)
{
  struct timespec now;
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return (long)(now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
}

/* Before main, and before any other thread. */
__attribute__((constructor)) static void
note_start(void)
{
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &start);
}

static long
offset(void)
{
  const char *p = getenv("EK_CLOCK_STEPS");
  long off = 0;
  while (p != NULL && *p != '\0') {
    char *end;
    long at = strtol(p, &end, 10);
    if (*end != ':')
      break;
    long seconds = strtol(end + 1, &end, 10);
    if (milliseconds_since_start() >= at)
      off = seconds;
    p = *end == ',' ? end + 1 : end;
  }
  return off;
}

EXPORT int
clock_gettime(clockid_t id, struct timespec *t)
{
  int rc = (int)syscall(SYS_clock_gettime, id, t);
  if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
    t->tv_sec += offset();
  return rc;
}

EXPORT time_t
time(time_t *out)
{
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  if (out != NULL)
    *out = t.tv_sec;
  return t.tv_sec;
}

EXPORT int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
  struct timespec t;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &t);
  out->tv_sec = t.tv_sec;
  out->tv_usec = t.tv_nsec / 1000;
  return 0;
}
