/* SPDX-License-Identifier: BSD-3-Clause */
/* bench/train.c - what building and training of the local engine take.
 *
 *   bench/train EVENTS [ITEMS [USERS [THREADS [evaluate]]]]        default 20000000 1000000 1000000
 * Makes events up (item popularity falls like a power of rank, tastes of users, times of
 * two years, in order of time), builds, gives three categories to each item, trains to a
 * sink that only counts, and asks 200 histories. With `evaluate` it also tests base and
 * metadata on fold 0. Prints CPU and wall seconds and the peak of resident memory after
 * each step. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include "base/mem.h"
#include "base/pool.h"
#include "stage/local/evaluate.h"

#define VALUES 8420
#define TASTES 1000

static uint64_t state = 42;

static uint64_t
next(void)
{
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static double
uniform(void)
{
  return (double)(next() >> 11) / 9007199254740992.0;
}

static double
seconds(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
step(const char *what)
{
  static double cpu, wall;
  struct rusage u;
  double c = seconds(CLOCK_PROCESS_CPUTIME_ID), w = seconds(CLOCK_MONOTONIC);
  getrusage(RUSAGE_SELF, &u);
  printf("%-28s %8.2f CPU-s %8.2f s   peak %6ld MB\n", what, c - cpu, wall > 0 ? w - wall : 0, u.ru_maxrss / 1024);
  fflush(stdout);
  cpu = c;
  wall = w;
}

static ek_str
id(char *buf, size_t size, char kind, uint64_t n)
{
  int len = snprintf(buf, size, "%c%09" PRIu64, kind, n * 7919 % 1000000007);
  return (ek_str){ buf, (size_t)len };
}

/* Rank r with a chance of about 1 / (r + 10). */
static uint64_t
popular(uint64_t n)
{
  double r = 10 * (pow((double)n / 10 + 1, uniform()) - 1);
  return r < (double)n ? (uint64_t)r : n - 1;
}

/* Half of what a user takes is of the user's taste. */
static uint64_t
choose(uint64_t user, uint64_t n_items)
{
  if (n_items < 10 * TASTES || next() % 2)
    return popular(n_items);
  return popular(n_items / TASTES) * TASTES + user % TASTES;
}

static ek_events *
build(uint64_t events, uint64_t items, uint64_t users)
{
  ek_error e = { 0 };
  char a[32], b[32];
  ek_events_builder *builder = ek_events_begin();
  for (uint64_t k = 0; k < events; k++) {
    uint64_t user = k < users ? k : next() % users;
    ek_events_add(builder, id(a, sizeof a, 'u', user), id(b, sizeof b, 'i', choose(user, items)),
                  (int64_t)(1600000000 + k * 63072000 / events));
  }
  for (uint64_t i = 0; i < items; i++)
    ek_events_add_item(builder, id(b, sizeof b, 'i', i));
  step("read");
  ek_events *ev = ek_events_finish(builder, &e);
  if (!ev) {
    fprintf(stderr, "%s\n", e.message);
    exit(1);
  }
  return ev;
}

static ek_categories *
categorise(const ek_events *ev, uint64_t items)
{
  char a[32], cell[64];
  ek_categories_builder *b = ek_categories_begin(ev, 3);
  for (uint64_t i = 0; i < items; i++) {
    int n = snprintf(cell, sizeof cell, "c%" PRIu64 "|c%" PRIu64 "|c%" PRIu64, popular(VALUES), popular(VALUES),
                     i % TASTES);
    ek_categories_add(b, id(a, sizeof a, 'i', i), (ek_str){ cell, (size_t)n });
  }
  return ek_categories_finish(b);
}

static int
count(void *arg, uint32_t item, const uint32_t *col, const double *weight, uint32_t n, ek_error *e)
{
  (void)item;
  (void)col;
  (void)weight;
  (void)e;
  *(uint64_t *)arg += n;
  return 0;
}

static void
ask(const ek_events *ev, const ek_skc *s)
{
  double longest = 0, sum = 0;
  ek_scratch *x = ek_scratch_new(ev->items.n);
  ek_query_options o = { 0.4, 1, NULL };
  ek_scored out[25];
  for (unsigned q = 0; q < 200; q++) {
    uint64_t u = next() % ev->users.n;
    double from = seconds(CLOCK_THREAD_CPUTIME_ID);
    ek_skc_query(s, x, ev->item + ev->start[u], (size_t)(ev->start[u + 1] - ev->start[u]), &o, 25, out);
    double took = seconds(CLOCK_THREAD_CPUTIME_ID) - from;
    sum += took;
    longest = took > longest ? took : longest;
  }
  printf("one query by categories alone: mean %.2f CPU-ms, longest %.2f CPU-ms\n",
         sum / 200 * 1e3, longest * 1e3);
  ek_scratch_free(x);
}

static void
evaluate(const ek_events *ev, const ek_categories *cats, unsigned threads)
{
  ek_error e = { 0 };
  ek_evaluated_arm arms[2] = { { .name = "base" }, { .name = "metadata", .categories = cats, .content = 0.4 } };
  ek_evaluation v = { .events = ev, .hyper = ek_hyper_default(), .exclude_seen = 1, .folds = 1, .threads = threads,
                      .arms = arms, .n_arms = 2 };
  if (ek_evaluate(&v, NULL, &e) < 0)
    fprintf(stderr, "%s\n", e.message);
  for (int a = 0; a < 2; a++) {
    printf("%s: %" PRIu64 " users, nDCG@25 %.6f, coverage@25 %.4f\n", arms[a].name, arms[a].mean.test_users,
           arms[a].mean.ndcg_at_25, arms[a].mean.coverage_at_25);
    ek_evaluated_arm_clear(&arms[a]);
  }
  step("evaluate fold 0, two arms");
}

int
main(int argc, char **argv)
{
  uint64_t numbers[4] = { 20000000, 1000000, 1000000, ek_pool_processors() }, kept = 0;
  ek_error e = { 0 };
  for (int i = 1; i < argc && i < 5; i++)
    numbers[i - 1] = strtoull(argv[i], NULL, 10);
  unsigned threads = (unsigned)numbers[3];
  step("start");
  ek_events *ev = build(numbers[0], numbers[1], numbers[2]);
  step("order");
  ek_categories *cats = categorise(ev, numbers[1]);
  step("categories");
  ek_hyper h = ek_hyper_default();
  ek_skc *s = ek_skc_train(ev, (ek_train_mask){ NULL }, &h, cats, threads, count, &kept, NULL, &e);
  if (!s) {
    fprintf(stderr, "%s\n", e.message);
    return 1;
  }
  step("train to a sink");
  printf("%" PRIu64 " events, %u items, %u users, %" PRIu64 " neighbours, %u threads\n", ev->n, ev->items.n,
         ev->users.n, kept,
         threads);
  ask(ev, s);
  ek_skc_free(s);
  if (argc > 5 && strcmp(argv[5], "evaluate") == 0)
    evaluate(ev, cats, threads);
  ek_categories_free(cats);
  ek_events_free(ev);
  return 0;
}
