/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/internal.h"

void
ek_turnstile_init(ek_turnstile *t)
{
  pthread_mutex_init(&t->lock, NULL);
  pthread_cond_init(&t->moved, NULL);
  t->next = 0;
  t->open = 0;
}

void
ek_turnstile_destroy(ek_turnstile *t)
{
  pthread_mutex_destroy(&t->lock);
  pthread_cond_destroy(&t->moved);
}

int
ek_turnstile_enter(ek_turnstile *t, uint64_t seq)
{
  pthread_mutex_lock(&t->lock);
  while (t->next != seq && !t->open)
    pthread_cond_wait(&t->moved, &t->lock);
  int mine = !t->open;
  pthread_mutex_unlock(&t->lock);
  return mine;
}

void
ek_turnstile_leave(ek_turnstile *t, uint64_t seq)
{
  pthread_mutex_lock(&t->lock);
  t->next = seq + 1;
  pthread_cond_broadcast(&t->moved);
  pthread_mutex_unlock(&t->lock);
}

void
ek_turnstile_throw_open(ek_turnstile *t)
{
  pthread_mutex_lock(&t->lock);
  t->open = 1;
  pthread_cond_broadcast(&t->moved);
  pthread_mutex_unlock(&t->lock);
}
