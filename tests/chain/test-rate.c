/* SPDX-License-Identifier: BSD-3-Clause */
/* What rate.h promises, against services made of a token bucket, in virtual time: 50 workers that ask,
 * are answered after 150 ms or thrown out after 5 ms, and try again with jitter.  */
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "chain/hosts.h"
#include "chain/rate.h"
#include "chain/suite.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define WORKERS_MAX 128

/* ---- the service ---- */

typedef struct service {
  double cap, burst, tokens;            /* cap 0: none                         */
  int64_t now, latency, reject;
  int64_t jitter;                       /* of the way there, up to             */
  int64_t retry_after;
  double next_cap; int64_t change_at;   /* the cap changes then; 0: never      */
  double last_cap; int64_t change_again_at;
} service;

/* A worker's next event. */
enum what { ASK, ARRIVE, ANSWERED, REJECTED, IDLE };
typedef struct worker { enum what what; int64_t at, first; uint64_t turn; unsigned tries; } worker;

typedef struct figures {
  unsigned answered, throttled, asked;  /* asked: of the service               */
  int64_t end, longest_wait;            /* of one request for tokens           */
  unsigned most_tries, wakeups;
  unsigned per_second[600];
} figures;

static uint64_t seed;
static double
chance(void)
{
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return (double)(seed >> 11) / 9007199254740992.0;
}

static int
serves(service *s, int64_t now)
{
  if (s->change_at && now >= s->change_at)
    s->cap = s->burst = s->next_cap, s->change_at = 0;
  if (s->change_again_at && now >= s->change_again_at)
    s->cap = s->burst = s->last_cap, s->change_again_at = 0;
  if (s->cap <= 0)
    return 1;
  s->tokens = fmin(s->burst, s->tokens + (double)(now - s->now) / SECOND * s->cap);
  s->now = now;
  if (s->tokens < 1)
    return 0;
  s->tokens -= 1;
  return 1;
}

static void
step(worker *w, service *s, ek_bucket *b, figures *f, unsigned *left)
{
  int64_t now = w->at, wait;
  switch (w->what) {
  case ASK:
    wait = ek_bucket_take_turn(b, now, &w->turn);
    f->wakeups++;
    if (wait) {
      ck_assert_int_gt(wait, 0);
      w->at += wait;
      break;
    }
    if (now - w->first > f->longest_wait)
      f->longest_wait = now - w->first;
    w->what = ARRIVE;
    w->at += s->jitter ? (int64_t)(chance() * (double)s->jitter) : 0;
    break;
  case ARRIVE:
    f->asked++;
    w->what = serves(s, now) ? ANSWERED : REJECTED;
    w->at += w->what == ANSWERED ? s->latency : s->reject;
    break;
  case ANSWERED:
    ek_bucket_answered(b, now);
    f->answered++;
    f->end = now;
    if (now / SECOND < 600)
      f->per_second[now / SECOND]++;
    w->tries = 0;
    w->what = *left ? ASK : IDLE;
    *left -= *left > 0;
    w->first = now;
    break;
  case REJECTED:
    ek_bucket_throttled(b, now, s->retry_after ? s->retry_after : -1);
    f->throttled++;
    if (++w->tries > f->most_tries)
      f->most_tries = w->tries;
    /* As the lane does it: full jitter over 200 ms, 400 ms, ... 20 s. */
    w->at += (int64_t)(chance() * fmin(20e9, 200e6 * exp2(w->tries - 1)));
    w->first = w->at;
    w->what = ASK;
    break;
  case IDLE:
    break;
  }
}

static figures
simulate(const ek_rate *rate, service s, unsigned workers, unsigned requests, int64_t until)
{
  worker all[WORKERS_MAX];
  figures f = { 0 };
  unsigned left = requests > workers ? requests - workers : 0;
  ek_bucket *b = ek_bucket_new(rate, 0);
  memset(all, 0, sizeof all);
  seed = 88172645463325252u;
  for (unsigned i = 0; i < workers; i++)
    all[i].at = all[i].first = i;
  for (;;) {
    worker *next = NULL;
    for (unsigned i = 0; i < workers; i++)
      if (all[i].what != IDLE && (!next || all[i].at < next->at))
        next = &all[i];
    if (!next || (until && next->at > until))
      break;
    step(next, &s, b, &f, &left);
  }
  ek_bucket_free(b);
  return f;
}

static figures
told(const char *name, figures f, double cap)
{
  double s = (double)f.end / SECOND;
  printf("# %s: %u answered in %.1f s, %.3f of the cap, %u throttled (%.2f %%), ", name, f.answered, s,
         cap > 0 ? f.answered / s / cap : 0, f.throttled, 100.0 * f.throttled / f.answered);
  printf("longest wait %.2f s, %u tries, %.1f wakeups each\n", (double)f.longest_wait / SECOND, f.most_tries,
         (double)f.wakeups / f.answered);
  return f;
}

static double
share(figures f, double cap) { return f.answered / ((double)f.end / SECOND) / cap; }
static double
thrown(figures f) { return (double)f.throttled / f.answered; }
static double
between(const figures *f, unsigned from, unsigned to)
{
  double n = 0;
  for (unsigned i = from; i < to; i++)
    n += f->per_second[i];
  return n / (to - from);
}

static const ek_rate none = { .adapt = 1 }, fifty = { .per_second = 50, .adapt = 1 }, stubborn = { .per_second = 100 };
static const service fair = { .cap = 50, .burst = 50, .tokens = 50, .latency = 150 * MS, .reject = 5 * MS };

/* ---- the figures that the issue asks for ---- */

START_TEST(nothing_configured_finds_the_cap)
{
  figures f = told("no rate, 50/s", simulate(&none, fair, 50, 5000, 0), 50);
  ck_assert_uint_eq(f.answered, 5000);
  ck_assert_double_ge(share(f, 50), 0.93);
  ck_assert_double_le(thrown(f), 0.03);
  ck_assert_int_le(f.longest_wait, 5 * SECOND);
  ck_assert_uint_le(f.most_tries, 6);
}
END_TEST

START_TEST(a_configured_rate_is_used_up)
{
  figures f = told("50/s, 50/s", simulate(&fifty, fair, 50, 5000, 0), 50);
  ck_assert_double_ge(share(f, 50), 0.97);
  ck_assert_double_le(thrown(f), 0.01);
  service late = fair;
  late.jitter = 30 * MS;
  f = told("50/s, 50/s, jitter", simulate(&fifty, late, 50, 5000, 0), 50);
  ck_assert_double_ge(share(f, 50), 0.97);
  ck_assert_double_le(thrown(f), 0.01);
}
END_TEST

START_TEST(without_a_cap_nothing_is_held_back)
{
  service open = fair;
  open.cap = 0;
  figures f = told("no rate, no cap", simulate(&none, open, 50, 5000, 0), 0);
  ck_assert_int_eq(f.longest_wait, 0);
  ck_assert_int_eq(f.end, 100 * 150 * MS + 49);
}
END_TEST

/* Services that save up more or less than a second's worth, are near or far, or know other caps. */
START_TEST(other_services)
{
  static const struct {
    double cap, burst;
    int64_t latency, reject, jitter;
    unsigned workers;
    double least, most;
  } cases[] = {
    { 50, 1, 150, 5, 0, 50, 0.85, 0.03 },    { 50, 5, 150, 5, 40, 50, 0.75, 0.03 },
    { 50, 500, 150, 5, 0, 50, 0.93, 0.04 },  { 50, 10, 150, 150, 5, 50, 0.85, 0.03 },
    { 200, 50, 150, 5, 5, 50, 0.80, 0.03 },  { 300, 10, 150, 5, 5, 50, 0.60, 0.03 },
    { 5, 5, 300, 20, 5, 16, 0.85, 0.12 },    { 50, 50, 1500, 5, 5, 50, 0.60, 0.03 },
    { 50, 50, 40, 2, 3, 128, 0.85, 0.04 },   { 1, 1, 150, 5, 5, 8, 0.70, 0.50 },
  };
  for (size_t i = 0; i < N(cases); i++) {
    service s = { .cap = cases[i].cap, .burst = cases[i].burst, .tokens = cases[i].burst,
                  .latency = cases[i].latency * MS, .reject = cases[i].reject * MS, .jitter = cases[i].jitter * MS };
    char name[80];
    double worth = fmin(s.cap, (double)cases[i].workers * SECOND / (double)s.latency);
    unsigned n = (unsigned)(s.cap * 100);
    snprintf(name, sizeof name, "no rate, %g/s, burst %g, %u workers", s.cap, s.burst, cases[i].workers);
    figures f = told(name, simulate(&none, s, cases[i].workers, n, 0), worth);
    ck_assert_uint_eq(f.answered, n);
    ck_assert_double_ge(share(f, worth), cases[i].least);
    ck_assert_double_le(thrown(f), cases[i].most);
  }
}
END_TEST

START_TEST(a_cap_that_changes)
{
  service s = fair;
  s.change_at = 60 * SECOND, s.next_cap = 20;
  s.change_again_at = 120 * SECOND, s.last_cap = 100;
  figures f = told("50, 20, 100", simulate(&none, s, 50, 1000000, 240 * SECOND), 0);
  printf("# 50: %.1f; 20: first 5 s %.1f, then %.1f; ", between(&f, 5, 60), between(&f, 60, 65), between(&f, 65, 120));
  printf("100: first 15 s %.1f, %.1f, %.1f, after a minute %.1f\n", between(&f, 120, 135), between(&f, 135, 150),
         between(&f, 150, 180), between(&f, 180, 240));
  ck_assert_double_ge(between(&f, 5, 60), 0.93 * 50);
  ck_assert_double_ge(between(&f, 65, 120), 0.9 * 20);
  ck_assert_double_ge(between(&f, 180, 240), 0.93 * 100);
  ck_assert_double_le(thrown(f), 0.03);
}
END_TEST

/* ---- single promises ---- */

START_TEST(burst_then_pace)
{
  ek_rate r = { .per_second = 10, .burst = 3, .adapt = 1 };
  ek_bucket *b = ek_bucket_new(&r, 5 * SECOND);
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq(ek_bucket_take(b, 5 * SECOND), 0);
  int64_t wait = ek_bucket_take(b, 5 * SECOND);
  ck_assert_int_ge(wait, 100 * MS);
  ck_assert_int_le(wait, 101 * MS);
  ck_assert_int_gt(ek_bucket_take(b, 5 * SECOND + wait - 2 * MS), 0);
  ck_assert_int_eq(ek_bucket_take(b, 5 * SECOND + wait), 0);
  /* After long idleness no more than the burst. */
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq(ek_bucket_take(b, 500 * SECOND), 0);
  ck_assert_int_gt(ek_bucket_take(b, 500 * SECOND), 0);
  ck_assert_double_eq(ek_bucket_rate(b), 10);
  ek_bucket_free(b);
}
END_TEST

START_TEST(slow_rates)
{
  ek_rate r = { .per_second = 0.1, .adapt = 1 };
  ek_bucket *b = ek_bucket_new(&r, 0);
  ck_assert_int_eq(ek_bucket_take(b, 0), 0);
  int64_t wait = ek_bucket_take(b, 0);
  ck_assert_int_ge(wait, 10 * SECOND);
  ck_assert_int_le(wait, 10 * SECOND + MS);
  ck_assert_int_eq(ek_bucket_take(b, wait), 0);
  ek_bucket_throttled(b, wait, -1);
  ck_assert_double_le(ek_bucket_rate(b), 0.1);
  ck_assert_double_gt(ek_bucket_rate(b), 0);
  ek_bucket_free(b);
}
END_TEST

START_TEST(retry_after_is_waited_for)
{
  for (int i = 0; i < 3; i++) {
    ek_bucket *b = ek_bucket_new(i == 0 ? &none : i == 1 ? &fifty : &stubborn, 0);
    ck_assert_int_eq(ek_bucket_take(b, 0), 0);
    ek_bucket_throttled(b, SECOND, 3 * SECOND);
    ek_bucket_throttled(b, SECOND, 1 * SECOND);          /* a shorter one does not shorten it */
    ck_assert_int_eq(ek_bucket_take(b, SECOND), 3 * SECOND);
    ck_assert_int_eq(ek_bucket_take(b, 4 * SECOND - 1), 1);
    unsigned let_out = 0;
    for (int64_t t = 4 * SECOND; t < 5 * SECOND; t += MS)
      let_out += ek_bucket_take(b, t) == 0;
    ck_assert_uint_gt(let_out, 0);
    ck_assert_uint_le(let_out, i == 0 ? 7 : i == 1 ? 50 : 200);
    /* Nonsense does not stop a run for a year. */
    ek_bucket_throttled(b, 6 * SECOND, INT64_MAX);
    ck_assert_int_le(ek_bucket_take(b, 6 * SECOND), 900 * SECOND);
    ek_bucket_free(b);
  }
}
END_TEST

START_TEST(without_adapt_it_never_goes_down)
{
  ek_bucket *b = ek_bucket_new(&stubborn, 0);
  for (int i = 0; i < 100; i++)
    ek_bucket_throttled(b, i * SECOND, -1);
  ck_assert_double_eq(ek_bucket_rate(b), 100);
  ek_bucket_free(b);
}
END_TEST

START_TEST(one_cut_a_round_trip)
{
  ek_bucket *b = ek_bucket_new(&fifty, 0);
  for (int i = 0; i < 40; i++)
    ek_bucket_throttled(b, 10 * SECOND + i * MS, -1);
  double once = ek_bucket_rate(b);
  ck_assert_double_ge(once, 45);
  ck_assert_double_lt(once, 50);
  ek_bucket_throttled(b, 10 * SECOND + 300 * MS, -1);
  ck_assert_double_lt(ek_bucket_rate(b), 0.8 * once);
  ek_bucket_slow(b, 10 * SECOND + 600 * MS);
  ck_assert_double_lt(ek_bucket_rate(b), 0.6 * once);
  /* And back, not past the limit. */
  for (int64_t t = 11 * SECOND; t < 60 * SECOND; t += 20 * MS)
    if (ek_bucket_take(b, t) == 0)
      ek_bucket_answered(b, t);
  ck_assert_double_eq(ek_bucket_rate(b), 50);
  ek_bucket_free(b);
}
END_TEST

START_TEST(first_come_first_served)
{
  ek_rate r = { .per_second = 10, .burst = 1, .adapt = 1 };
  ek_bucket *b = ek_bucket_new(&r, 0);
  uint64_t turn[4] = { 0 };
  ck_assert_int_eq(ek_bucket_take(b, 0), 0);
  for (int i = 0; i < 4; i++)
    ck_assert_int_gt(ek_bucket_take_turn(b, i, &turn[i]), 0);
  /* Neither the second in the queue nor a newcomer goes before the first. */
  ck_assert_int_gt(ek_bucket_take_turn(b, 110 * MS, &turn[1]), 0);
  ck_assert_int_gt(ek_bucket_take(b, 110 * MS), 0);
  ck_assert_int_eq(ek_bucket_take_turn(b, 110 * MS, &turn[0]), 0);
  ck_assert_uint_eq(turn[0], 0);
  /* Who leaves makes room. */
  ek_bucket_leave(b, 150 * MS, &turn[1]);
  ck_assert_int_gt(ek_bucket_take_turn(b, 210 * MS, &turn[3]), 0);
  ck_assert_int_eq(ek_bucket_take_turn(b, 210 * MS, &turn[2]), 0);
  /* Who neither comes nor leaves holds the others up for two seconds, and then comes last. */
  uint64_t newcomer = 0;
  ck_assert_int_gt(ek_bucket_take_turn(b, SECOND, &newcomer), 0);
  ck_assert_int_gt(ek_bucket_take_turn(b, 2 * SECOND, &newcomer), 0);
  ck_assert_int_eq(ek_bucket_take_turn(b, 4 * SECOND, &newcomer), 0);
  ck_assert_int_eq(ek_bucket_take_turn(b, 5 * SECOND, &turn[3]), 0);
  /* More callers than places. */
  for (int i = 0; i < 5000; i++) {
    uint64_t many = 0;
    ck_assert_int_gt(ek_bucket_take_turn(b, 5 * SECOND + 1, &many), 0);
  }
  ek_bucket_free(b);
}
END_TEST

START_TEST(unlimited_says_so)
{
  ek_bucket *b = ek_bucket_new(&none, 0);
  ck_assert_double_eq(ek_bucket_rate(b), 0);
  for (int i = 0; i < 1000; i++)
    ck_assert_int_eq(ek_bucket_take(b, 0), 0);
  ek_bucket_slow(b, SECOND);
  ck_assert_double_gt(ek_bucket_rate(b), 0);
  ek_bucket_free(b);
}
END_TEST

/* Idle times are no proof: neither of what a service can, nor of what it cannot. */
START_TEST(idleness_teaches_nothing)
{
  ek_bucket *b = ek_bucket_new(&fifty, 0);
  ek_bucket_take(b, 100 * SECOND);
  ek_bucket_throttled(b, 100 * SECOND, -1);
  ck_assert_double_ge(ek_bucket_rate(b), 45);
  ek_bucket_free(b);
  b = ek_bucket_new(&none, 0);
  for (int i = 0; i < 20; i++)
    ek_bucket_answered(b, 10 * SECOND + i * 45 * MS);
  ek_bucket_throttled(b, 11 * SECOND, -1);
  double then = ek_bucket_rate(b);
  ek_bucket_take(b, 1000 * SECOND);
  ck_assert_double_le(ek_bucket_rate(b), 2 * then);
  ek_bucket_free(b);
}
END_TEST

/* ---- threads ---- */

static ek_bucket *shared;
static unsigned taken[8];
static void *
grab(void *arg)
{
  unsigned *n = arg;
  for (int64_t t = 0; t < 10 * SECOND; t += MS) {
    *n += ek_bucket_take(shared, t) == 0;
    ek_bucket_answered(shared, t);
    ek_bucket_rate(shared);
  }
  return NULL;
}

START_TEST(several_steps_share_one)
{
  pthread_t threads[8];
  unsigned sum = 0;
  shared = ek_bucket_new(&fifty, 0);
  for (int i = 0; i < 8; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, grab, &taken[i]), 0);
  for (int i = 0; i < 8; i++) {
    pthread_join(threads[i], NULL);
    sum += taken[i];
  }
  /* 50 saved up, and 10 s at 50. */
  ck_assert_uint_ge(sum, 540);
  ck_assert_uint_le(sum, 550);
  ek_bucket_free(shared);
}
END_TEST

/* ---- hosts ---- */

START_TEST(hosts_are_remembered_and_bounded)
{
  ek_hosts *hosts = ek_hosts_new();
  ek_host_rate *used[EK_HOSTS_KEPT + 9], *busy = ek_hosts_use(hosts, "busy:80");
  char name[32];
  ek_bucket_throttled(busy->bucket, ek_monotonic_ns(), 600 * SECOND);
  for (unsigned i = 0; i < 3 * EK_HOSTS_KEPT; i++) {
    snprintf(name, sizeof name, "h%u:80", i);
    ek_host_rate *r = ek_hosts_use(hosts, name);
    ck_assert_int_eq((int)ek_bucket_take(r->bucket, ek_monotonic_ns()), 0);
    ek_hosts_give_back(hosts, r);
    ek_hosts_give_back(hosts, busy);            /* used last, but for one       */
    busy = ek_hosts_use(hosts, "busy:80");
    ck_assert_int_gt((int)(ek_bucket_take(busy->bucket, ek_monotonic_ns()) / SECOND), 60);
  }
  ck_assert_uint_eq(ek_hosts_count(hosts), EK_HOSTS_KEPT);
  /* As many as are used at once, and then fewer again. */
  for (unsigned i = 0; i < N(used); i++) {
    snprintf(name, sizeof name, "u%u:80", i);
    used[i] = ek_hosts_use(hosts, name);
  }
  ck_assert_uint_eq(ek_hosts_count(hosts), N(used) + 1);
  for (unsigned i = 0; i < N(used); i++)
    ek_hosts_give_back(hosts, used[i]);
  ck_assert_uint_eq(ek_hosts_count(hosts), EK_HOSTS_KEPT);
  ck_assert_int_gt((int)(ek_bucket_take(busy->bucket, ek_monotonic_ns()) / SECOND), 60);
  ek_hosts_give_back(hosts, busy);
  ek_hosts_free(hosts);
}
END_TEST

int
main(void)
{
  const TTest *const tests[] = {
    nothing_configured_finds_the_cap, a_configured_rate_is_used_up, without_a_cap_nothing_is_held_back, other_services,
    a_cap_that_changes, burst_then_pace, slow_rates, retry_after_is_waited_for, without_adapt_it_never_goes_down,
    one_cut_a_round_trip, first_come_first_served, unlimited_says_so, idleness_teaches_nothing,
    several_steps_share_one, hosts_are_remembered_and_bounded, NULL,
  };
  return run_suite("rate", tests);
}
