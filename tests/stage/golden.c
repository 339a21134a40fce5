/* SPDX-License-Identifier: BSD-3-Clause */
/* The numbers of two independent implementations on two real sets (training.md,
 * training-golden.json), and the same bits for 1, 2 and 4 threads. Speaks TAP. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "stage-kit.h"
#include "stage/local/evaluate.h"

#define CLOSE 2e-4
#define CLOSE_INTERVAL 5e-4

static unsigned checks, failures;

static void
tap(int ok, const char *set, const char *setting, const char *what, const char *detail)
{
  checks++;
  failures += !ok;
  printf("%sok %u - %s, %s: %s%s%s\n", ok ? "" : "not ", checks, set, setting, what, *detail ? ": " : "", detail);
}

static double
now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- metrics by name ------------------------------------------------------------ */

static const struct { const char *name; size_t at, user; } metrics[] = {
#define METRIC(name) { #name, offsetof(ek_metrics, name), offsetof(ek_user_metrics, name) }
  METRIC(precision_at_5), METRIC(precision_at_10), METRIC(precision_at_25), METRIC(ndcg_at_5), METRIC(ndcg_at_10),
  METRIC(ndcg_at_25), METRIC(mrr_at_25),
#undef METRIC
  { "coverage_at_5", offsetof(ek_metrics, coverage_at_5), 0 },
  { "coverage_at_10", offsetof(ek_metrics, coverage_at_10), 0 },
  { "coverage_at_25", offsetof(ek_metrics, coverage_at_25), 0 },
};
#define N_METRICS (sizeof metrics / sizeof *metrics)

static double
metric(const ek_metrics *m, size_t i)
{
  double v;
  memcpy(&v, (const char *)m + metrics[i].at, sizeof v);
  return v;
}

/* Compares every number that the golden object names; what: where it is. */
static void
compare(const char *set, const char *setting, const char *what, const json_t *golden, const ek_metrics *m)
{
  char detail[512] = "";
  size_t at = 0, compared = 0;
  double worst = 0;
  for (size_t i = 0; i < N_METRICS; i++) {
    const json_t *v = json_object_get(golden, metrics[i].name);
    if (!v)
      continue;
    double off = fabs(metric(m, i) - json_number_value(v));
    compared++;
    worst = fmax(worst, off);
    if (!(off <= CLOSE) && at < sizeof detail - 80)
      at += (size_t)snprintf(detail + at, sizeof detail - at, "%s %.6f, not %.6f; ", metrics[i].name, metric(m, i),
                             json_number_value(v));
  }
  const json_t *users = json_object_get(golden, "test_users");
  if (users && (uint64_t)json_integer_value(users) != m->test_users)
    at += (size_t)snprintf(detail + at, sizeof detail - at, "%llu test users", (unsigned long long)m->test_users);
  int ok = !at && compared >= 7;
  if (!at)
    snprintf(detail, sizeof detail, "%zu metrics, at most %.1e off", compared, worst);
  tap(ok, set, setting, what, detail);
}

/* p comes from 10,000 draws each by two generators. Differences of precision balance exactly
 * in every tenth draw here, which counts on both sides in ours and on one, by rounding, in
 * the golden p: so its tolerance is wide.                                       */
static void
compare_interval(const char *set, const char *setting, const json_t *golden, const ek_evaluated_arm *arms)
{
  ek_bootstrap_pair pairs[N_METRICS];
  size_t which[N_METRICS], n = 0;
  for (size_t i = 0; i < N_METRICS; i++)
    if (json_object_get(golden, metrics[i].name)) {
      which[n] = i;
      pairs[n++] = (ek_bootstrap_pair){ .base = (const float *)((const char *)arms[0].users + metrics[i].user),
                                        .arm = (const float *)((const char *)arms[1].users + metrics[i].user),
                                        .stride = sizeof(ek_user_metrics) / sizeof(float) };
    }
  ek_bootstrap_pairs(pairs, n, arms[0].n_users, 2, NULL, NULL);
  for (size_t k = 0; k < n; k++) {
    const json_t *g = json_object_get(golden, metrics[which[k]].name);
    char detail[256];
    double p = json_number_value(json_object_get(g, "p"));
    int ok = fabs(pairs[k].difference - json_number_value(json_object_get(g, "diff"))) <= CLOSE_INTERVAL
      && fabs(pairs[k].low - json_number_value(json_object_get(g, "lo"))) <= CLOSE_INTERVAL
      && fabs(pairs[k].high - json_number_value(json_object_get(g, "hi"))) <= CLOSE_INTERVAL
      && fabs(pairs[k].p - p) <= (strncmp(metrics[which[k]].name, "precision", 9) ? 0.03 : 0.12);
    snprintf(detail, sizeof detail, "%+.6f, %+.6f .. %+.6f, p %.4f (golden p %.4f)", pairs[k].difference, pairs[k].low,
             pairs[k].high, pairs[k].p, p);
    tap(ok, set, setting, metrics[which[k]].name, detail);
  }
}

/* ---- one set at one setting ------------------------------------------------------- */

static const char *const names[2] = { "base (no categories)", "source categories" };

static int
evaluate(const kit_set *s, double nto, unsigned threads, uint16_t folds, ek_evaluated_arm arms[2])
{
  ek_error e = { 0 };
  ek_evaluation ev = { .events = s->events, .hyper = ek_hyper_default(), .exclude_seen = !ek_events_repeat(s->events),
                       .folds = folds, .threads = threads, .arms = arms, .n_arms = 2 };
  ev.hyper.nto = nto;
  arms[0] = (ek_evaluated_arm){ .name = names[0] };
  arms[1] = (ek_evaluated_arm){ .name = names[1], .categories = s->categories, .content = ev.hyper.content };
  if (ek_evaluate(&ev, NULL, &e) == 0)
    return 0;
  printf("# %s\n", e.message);
  return -1;
}

static int
equal(const ek_evaluated_arm *a, const ek_evaluated_arm *b)
{
  return a->n_users == b->n_users && memcmp(a->users, b->users, a->n_users * sizeof *a->users) == 0
    && memcmp(a->fold, b->fold, sizeof a->fold) == 0 && memcmp(&a->mean, &b->mean, sizeof a->mean) == 0;
}

static void
check_setting(const char *set, const kit_set *s, const char *setting, const json_t *golden, double nto)
{
  static const unsigned others[2] = { 2, 4 };
  ek_evaluated_arm arms[2], again[2];
  double start = now();
  if (evaluate(s, nto, 1, 0x3ff, arms) < 0) {
    tap(0, set, setting, "evaluation", "");
    return;
  }
  printf("# %s, %s: ten folds, two arms: %.2f CPU-s\n", set, setting, now() - start);
  for (int a = 0; a < 2; a++) {
    const json_t *g = json_object_get(golden, names[a]);
    char what[80];
    snprintf(what, sizeof what, "%s, fold 0", names[a]);
    compare(set, setting, what, json_object_get(g, "fold0"), &arms[a].fold[0]);
    snprintf(what, sizeof what, "%s, mean of ten folds", names[a]);
    compare(set, setting, what, json_object_get(g, "mean10"), &arms[a].mean);
  }
  tap((size_t)json_integer_value(json_object_get(golden, "users_tested")) == arms[0].n_users, set, setting,
      "users tested", "");
  start = now();
  compare_interval(set, setting, json_object_get(golden,
                                                 "paired bootstrap: source categories minus base (no categories)"),
                   arms);
  printf("# %s, %s: bootstrap: %.2f CPU-s\n", set, setting, now() - start);
  for (int t = 0; t < 2; t++) {
    int ok = evaluate(s, nto, others[t], 0x3ff, again) == 0 && equal(&arms[0], &again[0]) && equal(&arms[1], &again[1]);
    tap(ok, set, setting, t ? "4 threads, the same bits" : "2 threads, the same bits", "");
    ek_evaluated_arm_clear(&again[0]);
    ek_evaluated_arm_clear(&again[1]);
  }
  start = now();
  evaluate(s, nto, 1, 1, again);
  printf("# %s, %s: fold 0, two arms: %.2f CPU-s\n", set, setting, now() - start);
  for (int a = 0; a < 2; a++) {
    ek_evaluated_arm_clear(&arms[a]);
    ek_evaluated_arm_clear(&again[a]);
  }
}

static void
check_set(const char *set, const json_t *golden)
{
  kit_set s;
  if (kit_load(set, &s) < 0) {
    printf("ok %u - %s # SKIP no data in $EK_SHARED/data/%s\n", ++checks, set, set);
    return;
  }
  check_setting(set, &s, "defaults", json_object_get(golden, "defaults"), 0);
  check_setting(set, &s, "nto=0.1", json_object_get(golden, "nto=0.1"), 0.1);
  kit_free(&s);
}

int
main(void)
{
  const char *shared = getenv("EK_SHARED");
  char path[4096];
  size_t n = 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  snprintf(path, sizeof path, "%s/facts/training-golden.json", shared ? shared : "");
  char *text = kit_read(path, &n);
  if (!text) {
    printf("1..0 # SKIP no %s: the data sets for developers are not here\n", path);
    return 0;
  }
  json_t *golden = json_loadb(text, n, 0, NULL);
  check_set("grocery", json_object_get(golden, "grocery"));
  check_set("toys", json_object_get(golden, "toys"));
  json_decref(golden);
  free(text);
  printf("1..%u\n", checks);
  return failures ? 1 : 0;
}
