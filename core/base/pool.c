/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/pool.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/mem.h"

struct ek_pool {
  pthread_mutex_t lock;
  pthread_cond_t ended;
  unsigned running;
  void (*body)(void *arg, unsigned index);
  void *arg;
  unsigned n;
  pthread_t *threads;
};

typedef struct start { ek_pool *pool; unsigned index; } start;

static void
one_ended(void *arg)
{
  ek_pool *p = arg;
  pthread_mutex_lock(&p->lock);
  p->running--;
  pthread_cond_broadcast(&p->ended);
  pthread_mutex_unlock(&p->lock);
}

static void *
thread_main(void *arg)
{
  start s = *(start *)arg;
  free(arg);
  /* A plugin that calls pthread_exit() ends the thread but not the book-keeping. */
  pthread_cleanup_push(one_ended, s.pool);
  s.pool->body(s.pool->arg, s.index);
  pthread_cleanup_pop(1);
  return NULL;
}

ek_pool *
ek_pool_start(unsigned n, void (*body)(void *arg, unsigned index), void *arg, ek_error *e)
{
  ek_pool *p = ek_mem_zero(1, sizeof *p);
  pthread_condattr_t attr;
  sigset_t all, old;

  pthread_mutex_init(&p->lock, NULL);
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(&p->ended, &attr);
  pthread_condattr_destroy(&attr);
  p->body = body;
  p->arg = arg;
  p->threads = ek_mem_zero(n, sizeof *p->threads);
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &old);
  for (unsigned i = 0; i < n; i++) {
    start *s = ek_mem_alloc(sizeof *s);
    s->pool = p;
    s->index = i;
    pthread_mutex_lock(&p->lock);
    p->running++;
    pthread_mutex_unlock(&p->lock);
    int err = pthread_create(&p->threads[i], NULL, thread_main, s);
    if (err) {
      free(s);
      one_ended(p);
      if (i == 0) {
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        ek_pool_join(p);
        ek_fail(e, EK_EXIT_FAILED, "no_thread", "cannot start a thread");
        return NULL;
      }
      break;                     /* fewer than wished is enough: bodies share the work */
    }
    p->n++;
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return p;
}

int
ek_pool_wait(ek_pool *p, int ms)
{
  struct timespec until;
  int done;

  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += ms / 1000;
  until.tv_nsec += (long)(ms % 1000) * 1000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000;
  }
  pthread_mutex_lock(&p->lock);
  while (p->running) {
    int err = ms < 0 ? pthread_cond_wait(&p->ended, &p->lock) : pthread_cond_timedwait(&p->ended, &p->lock, &until);
    if (err == ETIMEDOUT)
      break;
  }
  done = p->running == 0;
  pthread_mutex_unlock(&p->lock);
  return done;
}

void
ek_pool_join(ek_pool *p)
{
  for (unsigned i = 0; i < p->n; i++)
    pthread_join(p->threads[i], NULL);
  pthread_mutex_destroy(&p->lock);
  pthread_cond_destroy(&p->ended);
  free(p->threads);
  free(p);
}

void
ek_pool_abandon(ek_pool *p)
{
  for (unsigned i = 0; i < p->n; i++)
    pthread_detach(p->threads[i]);
}

/* cgroup v2 "max 100000" or "200000 100000": quota and period in microseconds. */
static unsigned
cgroup_limit(void)
{
  FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
  unsigned long quota = 0, period = 0;
  unsigned n = 0;

  if (!f)
    return 0;
  if (fscanf(f, "%lu %lu", &quota, &period) == 2 && period)
    n = (unsigned)((quota + period - 1) / period);
  fclose(f);
  return n;
}

unsigned
ek_pool_processors(void)
{
  cpu_set_t set;
  unsigned n = 1, limit = cgroup_limit();

  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
    n = (unsigned)CPU_COUNT(&set);
  return limit && limit < n ? limit : n;
}
