/* SPDX-License-Identifier: BSD-3-Clause */
/* The thread that owns every connection: one epoll for the sockets of both pools, so
 * that a wake-up costs what has happened, not what is in flight.            */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "http/internal.h"

enum { EVENTS = 64, CONNECTIONS = 512, STREAMS = 100 };

/* How often those that wait are asked whether to give up. From here and not by the threads that wait: a hundred of
 * them waking up ten times a second each cost more than the pictures that they wait for. */
static const int64_t ASK_NS = 90000000;

/* What epoll tells: the socket, and whose it is. WAKE: our own. */
static const uint32_t WAKE = EK_POOLS;

/* --- what curl wants to know of sockets and time ------------------------------ */

static unsigned char *
watched(ek_http_client *c, curl_socket_t fd)
{
  size_t n = (size_t)fd;
  if (n >= c->n_watched) {
    size_t had = c->n_watched;
    c->watched = ek_mem_grow(c->watched, &c->n_watched, n + 1, 1);
    memset(c->watched + had, 0, c->n_watched - had);
  }
  return &c->watched[n];
}

/* The kernel takes a closed socket out of the set. curl may say so only later, when its number is another's already:
 * one of the other pool, or of a thread that has nothing to do with us.     */
int
ek_http_close_socket(void *arg, curl_socket_t fd)
{
  *watched(arg, fd) = 0;
  return close(fd);
}

static int
socket_wanted(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
  ek_http_pool_state *pool = arg;
  struct epoll_event ev = { 0 };
  unsigned char *owner = watched(pool->client, fd), mine = (unsigned char)(pool - pool->client->pools + 1);
  (void)easy;
  if (what == CURL_POLL_REMOVE) {
    if (*owner == mine) {
      epoll_ctl(pool->client->epoll, EPOLL_CTL_DEL, fd, &ev);
      *owner = 0;
    }
    return 0;
  }
  ev.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
  ev.data.u64 = (uint64_t)(pool - pool->client->pools) << 32 | (uint32_t)fd;
  *owner = mine;
  /* A socket that was closed has left the set by itself, and its number may be a new one's. */
  if (epoll_ctl(pool->client->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &ev) < 0)
    epoll_ctl(pool->client->epoll, errno == ENOENT ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &ev);
  if (!known)
    curl_multi_assign(pool->multi, fd, pool);
  return 0;
}

static int
time_wanted(CURLM *multi, long ms, void *arg)
{
  ek_http_pool_state *pool = arg;
  (void)multi;
  pool->due_ns = ms < 0 ? INT64_MAX : ek_monotonic_ns() + (int64_t)ms * 1000000;
  return 0;
}

/* --- open and close ----------------------------------------------------------- */

static int
open_pool(ek_http_client *c, ek_http_pool_state *pool)
{
  pool->client = c;
  pool->due_ns = INT64_MAX;
  pool->multi = curl_multi_init();
  pool->share = curl_share_init();
  if (!pool->multi || !pool->share)
    return -1;
  /* One thread uses it, so it needs no locks. */
  curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
  curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
  curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, time_wanted);
  curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
  curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS);
  curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
  /* What servers allow, and curl's own figure: the calls of fifty workers fit on one connection. There is no limit on
   * the connections to a host: each call without one is a worker's, and those are limited. */
  curl_multi_setopt(pool->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS);
  return 0;
}

int
ek_http_loop_open(ek_http_client *c, ek_error *e)
{
  struct epoll_event ev = { .events = EPOLLIN, .data.u64 = (uint64_t)WAKE << 32 };
  c->epoll = epoll_create1(EPOLL_CLOEXEC);
  c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (c->epoll < 0 || c->wake < 0 || epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->wake, &ev) < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "no_network", NULL, "prepare for the network");
  for (int i = 0; i < EK_POOLS; i++)
    if (open_pool(c, &c->pools[i]) < 0)
      return ek_fail(e, EK_EXIT_FAILED, "no_network", "cannot prepare for the network: curl gives no handle");
  return 0;
}

static void
close_pool(ek_http_pool_state *pool)
{
  for (size_t i = 0; i < pool->n_idle; i++)
    curl_easy_cleanup(pool->idle[i]);
  free(pool->idle);
  curl_multi_cleanup(pool->multi);
  curl_share_cleanup(pool->share);
}

void
ek_http_loop_close(ek_http_client *c)
{
  for (int i = 0; i < EK_POOLS; i++)
    close_pool(&c->pools[i]);
  if (c->epoll >= 0)
    close(c->epoll);
  if (c->wake >= 0)
    close(c->wake);
  free(c->watched);
}

void
ek_http_loop_wake(ek_http_client *c)
{
  uint64_t one = 1;
  if (c->woken)
    return;
  c->woken = 1;
  ssize_t n = write(c->wake, &one, sizeof one);
  (void)n;                           /* it can only be full, and then it wakes too */
}

/* --- the thread ---------------------------------------------------------------- */

static ek_exchange *
next_queued(ek_http_client *c)
{
  pthread_mutex_lock(&c->lock);
  ek_exchange *x = c->queue;
  if (x) {
    c->queue = x->next;
    if (!c->queue)
      c->queue_end = &c->queue;
  } else
    c->woken = 0;
  pthread_mutex_unlock(&c->lock);
  return x;
}

static void
take_queue(ek_http_client *c)
{
  ek_exchange *x;
  while ((x = next_queued(c)))
    ek_exchange_start(x);
}

static void
ask_whether_to_give_up(ek_http_client *c, int64_t now)
{
  ek_exchange *next;
  if (now < c->ask_ns)
    return;
  c->ask_ns = now + ASK_NS;
  for (ek_exchange *x = c->live; x; x = next) {
    const ek_http_request_spec *spec = x->spec;
    next = x->after;
    if (spec->cancelled && spec->cancelled(spec->cancelled_arg))
      ek_exchange_stop(x, EK_HTTP_FAULT_CANCELLED);
  }
}

static void
take_ended(ek_http_pool_state *pool)
{
  CURLMsg *m;
  int left;
  while ((m = curl_multi_info_read(pool->multi, &left))) {
    char *x = NULL;
    CURLcode rc = m->data.result;
    if (m->msg != CURLMSG_DONE)
      continue;
    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x);
    ek_exchange_ended((ek_exchange *)(void *)x, rc);
  }
}

static int
wait_ms(const ek_http_client *c)
{
  int64_t due = c->live ? c->ask_ns : INT64_MAX, now;
  for (int i = 0; i < EK_POOLS; i++)
    if (c->pools[i].due_ns < due)
      due = c->pools[i].due_ns;
  if (due == INT64_MAX)
    return -1;
  now = ek_monotonic_ns();
  if (due <= now)
    return 0;
  int64_t ms = (due - now + 999999) / 1000000;
  return ms > INT_MAX ? INT_MAX : (int)ms;
}

static void
handle_event(ek_http_client *c, const struct epoll_event *ev)
{
  uint32_t whose = (uint32_t)(ev->data.u64 >> 32);
  curl_socket_t fd = (curl_socket_t)(uint32_t)ev->data.u64;
  int bits = 0, running;
  if (whose == WAKE) {
    uint64_t n;
    ssize_t r = read(c->wake, &n, sizeof n);
    (void)r;
    return;
  }
  if (ev->events & EPOLLIN)
    bits |= CURL_CSELECT_IN;
  if (ev->events & EPOLLOUT)
    bits |= CURL_CSELECT_OUT;
  /* Reading or writing tells what is wrong better than "an error" does. */
  if (ev->events & (EPOLLERR | EPOLLHUP))
    bits |= CURL_CSELECT_IN | CURL_CSELECT_OUT;
  curl_multi_socket_action(c->pools[whose].multi, fd, bits, &running);
}

static int
stopping(ek_http_client *c)
{
  pthread_mutex_lock(&c->lock);
  int stop = c->stop;
  pthread_mutex_unlock(&c->lock);
  return stop;
}

void
ek_http_loop_run(void *client, unsigned index)
{
  ek_http_client *c = client;
  struct epoll_event events[EVENTS];
  int running;
  (void)index;
  for (;;) {
    take_queue(c);
    if (stopping(c)) {
      take_queue(c);                 /* who came just before; nobody comes after */
      while (c->live)
        ek_exchange_stop(c->live, EK_HTTP_FAULT_CANCELLED);
      return;
    }
    int n = epoll_wait(c->epoll, events, EVENTS, wait_ms(c));
    for (int i = 0; i < n; i++) {
      handle_event(c, &events[i]);
      take_queue(c);                 /* one event may be megabytes               */
      ask_whether_to_give_up(c, ek_monotonic_ns());
    }
    int64_t now = ek_monotonic_ns();
    for (int i = 0; i < EK_POOLS; i++) {
      if (c->pools[i].due_ns <= now) {
        c->pools[i].due_ns = INT64_MAX;
        curl_multi_socket_action(c->pools[i].multi, CURL_SOCKET_TIMEOUT, 0, &running);
      }
      take_ended(&c->pools[i]);
    }
    if (c->waiting)
      ek_exchange_end_waits(c, now);
    ask_whether_to_give_up(c, now);
  }
}
