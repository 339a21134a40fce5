/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/hosts.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"

struct ek_hosts {
  pthread_mutex_t lock;
  ek_host_rate *first;                  /* used last                            */
  unsigned n;
};

ek_hosts *
ek_hosts_new(void)
{
  ek_hosts *h = ek_mem_zero(1, sizeof *h);
  pthread_mutex_init(&h->lock, NULL);
  return h;
}

static void
discard(ek_host_rate *r)
{
  ek_bucket_free(r->bucket);
  free(r);
}

void
ek_hosts_free(ek_hosts *h)
{
  if (!h)
    return;
  while (h->first) {
    ek_host_rate *next = h->first->next;
    discard(h->first);
    h->first = next;
  }
  pthread_mutex_destroy(&h->lock);
  free(h);
}

static void
forget_oldest(ek_hosts *h)
{
  ek_host_rate **oldest = NULL;
  for (ek_host_rate **at = &h->first; *at; at = &(*at)->next)
    if (!(*at)->users)
      oldest = at;
  if (!oldest)
    return;
  ek_host_rate *r = *oldest;
  *oldest = r->next;
  h->n--;
  discard(r);
}

static ek_host_rate *
new_host(const char *name)
{
  const ek_rate unlimited = { .adapt = 1 };
  size_t n = strlen(name) + 1;
  ek_host_rate *r = ek_mem_alloc(sizeof *r + n);
  *r = (ek_host_rate){ .bucket = ek_bucket_new(&unlimited, ek_monotonic_ns()) };
  memcpy(r->name, name, n);
  return r;
}

ek_host_rate *
ek_hosts_use(ek_hosts *h, const char *name)
{
  pthread_mutex_lock(&h->lock);
  ek_host_rate **at = &h->first;
  while (*at && strcmp((*at)->name, name) != 0)
    at = &(*at)->next;
  ek_host_rate *r = *at;
  if (r) {
    *at = r->next;
  } else {
    if (h->n >= EK_HOSTS_KEPT)
      forget_oldest(h);
    r = new_host(name);
    h->n++;
  }
  r->users++;
  r->next = h->first;
  h->first = r;
  pthread_mutex_unlock(&h->lock);
  return r;
}

void
ek_hosts_give_back(ek_hosts *h, ek_host_rate *r)
{
  pthread_mutex_lock(&h->lock);
  r->users--;
  if (h->n > EK_HOSTS_KEPT)
    forget_oldest(h);
  pthread_mutex_unlock(&h->lock);
}

unsigned
ek_hosts_count(ek_hosts *h)
{
  pthread_mutex_lock(&h->lock);
  unsigned n = h->n;
  pthread_mutex_unlock(&h->lock);
  return n;
}
