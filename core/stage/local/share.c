/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/share.h"
#include <stdatomic.h>
#include "base/pool.h"

#define SLICE_MS 50

typedef struct shared { const ek_work *work; _Atomic uint64_t next; atomic_int stop; } shared;

int
ek_stopped(const ek_stage_watch *watch)
{
  return watch && watch->stop && *watch->stop;
}

int
ek_fail_stopped(ek_error *e)
{
  return ek_fail(e, EK_EXIT_STOPPED, "interrupted", "training was interrupted");
}

void
ek_note(const ek_stage_watch *watch, const char *text, double share)
{
  if (watch && watch->progress && text)
    watch->progress(watch->arg, "train", text, share);
}

unsigned
ek_threads_for(unsigned threads, uint64_t parts)
{
  if (threads > parts)
    threads = (unsigned)parts;
  return threads ? threads : 1;
}

static void
worker(void *arg, unsigned thread)
{
  shared *s = arg;
  while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
    uint64_t from = atomic_fetch_add(&s->next, s->work->grain);
    if (from >= s->work->n)
      break;
    uint64_t left = s->work->n - from;
    s->work->body(s->work->arg, thread, from, from + (left < s->work->grain ? left : s->work->grain));
  }
}

int
ek_share(const ek_work *w, const ek_stage_watch *watch, ek_error *e)
{
  shared s = { .work = w };
  if (!w->n)
    return 0;
  ek_pool *pool = ek_pool_start(ek_threads_for(w->threads, (w->n + w->grain - 1) / w->grain), worker, &s, e);
  if (!pool)
    return -1;
  while (!ek_pool_wait(pool, SLICE_MS)) {
    uint64_t done = atomic_load(&s.next);
    if (ek_stopped(watch))
      atomic_store(&s.stop, 1);
    ek_note(watch, w->text, w->share + w->span * (double)(done < w->n ? done : w->n) / (double)w->n);
  }
  ek_pool_join(pool);
  ek_note(watch, w->text, w->share + w->span);       /* however short it was      */
  return ek_stopped(watch) ? ek_fail_stopped(e) : 0;
}
