/* SPDX-License-Identifier: BSD-3-Clause */
/* Users in which no pair differs are not looked up: one row of zeros stands for all of
 * them. Each resample has a generator of its own, so threads change nothing.  */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/evaluate.h"
#include "stage/local/share.h"

#define RESAMPLES 10000
#define GRAIN 50
#define LANES 8                              /* pairs that are summed at once   */

typedef struct resampling {
  size_t n_users, n_rows;                    /* users; of these, with a difference */
  const double (*rows)[LANES];               /* [n_rows + 1]: the last is of zeros */
  double (*means)[LANES];                    /* [RESAMPLES]                      */
} resampling;

static inline uint64_t
splitmix(uint64_t *state)
{
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* A user by the upper half of a product: no division, and a bias of n / 2^32. */
static inline size_t
row_of(const resampling *r, uint32_t random)
{
  size_t user = (size_t)((uint64_t)random * r->n_users >> 32);
  return user < r->n_rows ? user : r->n_rows;
}

static void
resample(void *arg, unsigned thread, uint64_t from, uint64_t to)
{
  resampling *r = arg;
  (void)thread;
  for (uint64_t k = from; k < to; k++) {
    uint64_t seed = k, state = splitmix(&seed);
    double sum[LANES] = { 0 };
    for (size_t i = 0; i < r->n_users; i += 2) {
      uint64_t random = splitmix(&state);
      const double *a = r->rows[row_of(r, (uint32_t)random)];
      const double *b = r->rows[i + 1 < r->n_users ? row_of(r, (uint32_t)(random >> 32)) : r->n_rows];
      for (size_t l = 0; l < LANES; l++)
        sum[l] += a[l] + b[l];
    }
    for (size_t l = 0; l < LANES; l++)
      r->means[k][l] = sum[l] / (double)r->n_users;
  }
}

static int
compare_doubles(const void *pa, const void *pb)
{
  const double *a = pa, *b = pb;
  return (*a > *b) - (*a < *b);
}

static double
percentile(const double *sorted, double share)
{
  double at = share * (RESAMPLES - 1);
  size_t low = (size_t)at;
  return low + 1 < RESAMPLES ? sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]) : sorted[low];
}

/* Differences of precision are small multiples of 1/K, so resamples often balance exactly:
 * a difference of 0 counts on both sides, and rounding must not tip it to one. */
#define BALANCED 1e-6

static void
conclude(ek_bootstrap_pair *p, const resampling *r, size_t lane, double *work)
{
  size_t not_above = 0, not_below = 0;
  double zero = BALANCED / (double)r->n_users;
  for (size_t k = 0; k < RESAMPLES; k++) {
    work[k] = r->means[k][lane];
    not_above += work[k] <= zero;
    not_below += work[k] >= -zero;
  }
  qsort(work, RESAMPLES, sizeof *work, compare_doubles);
  p->low = percentile(work, 0.025);
  p->high = percentile(work, 0.975);
  p->p = 2.0 * (double)(not_above < not_below ? not_above : not_below) / RESAMPLES;
  if (p->p > 1)
    p->p = 1;
}

static float
difference_of(const ek_bootstrap_pair *p, size_t user)
{
  return p->arm[user * p->stride] - p->base[user * p->stride];
}

/* Users in whom any pair differs. All pairs are resampled by this list, eight at a time, so
 * all of them see the same draws.                                             */
static size_t *
users_that_differ(const ek_bootstrap_pair *pairs, size_t n_pairs, size_t n_users, size_t *n)
{
  size_t *users = ek_mem_alloc((n_users + 1) * sizeof *users);
  *n = 0;
  for (size_t u = 0; u < n_users; u++) {
    int differs = 0;
    for (size_t i = 0; i < n_pairs && !differs; i++)
      differs = difference_of(&pairs[i], u) != 0;
    users[*n] = u;
    *n += (size_t)differs;
  }
  return users;
}

static void
fill_rows(const ek_bootstrap_pair *pairs, size_t n_pairs, const size_t *users, size_t n, double (*rows)[LANES])
{
  memset(rows, 0, (n + 1) * sizeof *rows);
  for (size_t k = 0; k < n; k++)
    for (size_t l = 0; l < n_pairs; l++)
      rows[k][l] = (double)pairs[l].arm[users[k] * pairs[l].stride] - (double)pairs[l].base[users[k] * pairs[l].stride];
}

static void
conclude_all(ek_bootstrap_pair *pairs, size_t n_pairs, const resampling *r)
{
  double *work = ek_mem_alloc(RESAMPLES * sizeof *work);
  for (size_t l = 0; l < n_pairs; l++) {
    double sum = 0;
    for (size_t k = 0; k < r->n_rows; k++)
      sum += r->rows[k][l];
    pairs[l].difference = r->n_rows ? sum / (double)r->n_users : 0;
    pairs[l].low = pairs[l].high = 0;
    pairs[l].p = 1;
    if (r->n_rows)
      conclude(&pairs[l], r, l, work);
  }
  free(work);
}

int
ek_bootstrap_pairs(ek_bootstrap_pair *pairs, size_t n_pairs, size_t n_users, unsigned threads,
                   const ek_stage_watch *watch,
                   ek_error *e)
{
  size_t n_rows = 0, *users = users_that_differ(pairs, n_pairs, n_users, &n_rows);
  double (*rows)[LANES] = ek_mem_alloc((n_rows + 1) * sizeof *rows);
  double (*means)[LANES] = ek_mem_zero(RESAMPLES, sizeof *means);
  int r = 0;
  for (size_t from = 0; from < n_pairs && r == 0; from += LANES) {
    size_t n = n_pairs - from < LANES ? n_pairs - from : LANES;
    resampling s = { n_users, n_rows, (const double (*)[LANES])rows, means };
    ek_work w = { n_rows ? RESAMPLES : 0, GRAIN, threads, resample, &s, NULL, 0, 0 };
    fill_rows(pairs + from, n, users, n_rows, rows);
    r = ek_share(&w, watch, e);
    if (r == 0)
      conclude_all(pairs + from, n, &s);
  }
  free(users);
  free(rows);
  free(means);
  return r;
}

void
ek_bootstrap(const float *base, const float *arm, size_t n, unsigned threads, double *difference, double *low,
             double *high, double *p)
{
  ek_bootstrap_pair pair = { .base = base, .arm = arm, .stride = 1 };
  ek_bootstrap_pairs(&pair, 1, n, threads, NULL, NULL);
  *difference = pair.difference;
  *low = pair.low;
  *high = pair.high;
  *p = pair.p;
}
