/* SPDX-License-Identifier: BSD-3-Clause */
/* Arms, tuning, dial and verdicts as a whole.                               */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "chain/suite.h"
#include "stage-kit.h"
#include "stage/local/hpo.h"
#include "stage/local/train.h"

/* Users buy within a taste; items have their taste as category, or a random one. */
static kit_set good, noise;

static void
make_sets(void)
{
  ek_error e = { 0 };
  char user[16], item[16], cell[16];
  for (int random = 0; random < 2; random++) {
    uint64_t seed = 11;
    ek_events_builder *b = ek_events_begin();
    for (unsigned u = 0; u < 800; u++)
      for (unsigned k = 0; k < 10; k++) {
        snprintf(user, sizeof user, "u%u", u);
        snprintf(item, sizeof item, "i%u", (unsigned)(kit_next(&seed) % 60) * 20 + (u * 7 + k / 5) % 20);
        ek_events_add(b, ek_cstr(user), ek_cstr(item), k);
      }
    kit_set s = { ek_events_finish(b, &e), NULL };
    ek_categories_builder *c = ek_categories_begin(s.events, 3);
    for (unsigned i = 0; i < 1200; i++) {
      snprintf(item, sizeof item, "i%u", i);
      snprintf(cell, sizeof cell, "c%u", random ? (unsigned)(kit_next(&seed) % 20) : i % 20);
      ek_categories_add(c, ek_cstr(item), ek_cstr(cell));
    }
    s.categories = ek_categories_finish(c);
    *(random ? &noise : &good) = s;
  }
}

static void
free_sets(void)
{
  kit_free(&good);
  kit_free(&noise);
}

static ek_train_request
request(ek_train_arm *arms, size_t n)
{
  return (ek_train_request){ .arms = arms, .n_arms = n, .hyper = ek_hyper_default(), .coldstart = { 5.0, 15, 0 },
                             .folds = 10,
                             .exclude_seen = -1, .threads = 2, .hpo_jobs = 40 };
}

static const ek_comparison *
comparison(const ek_train_result *r, const char *arm, const char *metric)
{
  for (size_t i = 0; i < r->n_comparisons; i++)
    if (strcmp(r->comparisons[i].arm, arm) == 0 && strcmp(r->comparisons[i].metric, metric) == 0)
      return &r->comparisons[i];
  ck_abort_msg("no comparison of %s by %s", arm, metric);
  return NULL;
}

static int
warned(const ek_train_result *r, const char *of)
{
  for (size_t i = 0; i < r->n_warnings; i++)
    if (strstr(r->warnings[i], of))
      return 1;
  return 0;
}

#define NDCG "normalized_discounted_cumulative_gain_at_25"

START_TEST(labels_that_help_and_labels_that_do_not)
{
  ek_error e = { 0 };
  ek_train_arm arms[] = { { "source", EK_RECIPE_METADATA, NULL }, { "random", EK_RECIPE_METADATA, NULL } };
  const ek_categories *categories[] = { good.categories, noise.categories };
  double dial[] = { 0, 0.1 };
  ek_train_request q = request(arms, 2);
  ek_train_result r;
  q.dial = dial;
  q.n_dial = 2;
  ck_assert_int_eq(ek_local_train_arms(good.events, categories, &q, NULL, &r, &e), 0);
  ck_assert_uint_eq(r.n_arms, 4);
  ck_assert_str_eq(r.arms[0].name, "base");
  ck_assert_str_eq(r.arms[1].name, "source");
  ck_assert_str_eq(r.arms[2].name, "random");
  ck_assert_str_eq(r.arms[3].name, "popularity");
  ck_assert_int_eq(r.arms[3].recipe, EK_RECIPE_POPULARITY);
  ck_assert_uint_eq(r.folds, 10);
  ck_assert_uint_eq(r.facts.items, good.events->items.n);
  ck_assert_uint_eq(r.n_comparisons, 10);  /* two arms, five metrics           */
  ck_assert_str_eq(comparison(&r, "source", NDCG)->verdict, "better");
  ck_assert_str_ne(comparison(&r, "random", NDCG)->verdict, "better");
  const ek_comparison *c = comparison(&r, "source", "precision_at_5");
  ck_assert_str_eq(c->against, "base");
  ck_assert_uint_eq(c->users, 800);
  ck_assert_uint_eq(c->folds, 10);
  ck_assert_double_eq_tol(c->base + c->difference, r.arms[1].mean.precision_at_5, 5e-4);   /* users against folds */
  ck_assert(c->low <= c->difference && c->difference <= c->high);
  ck_assert_double_eq(r.arms[0].hyper.content, 0);
  ck_assert_double_eq(r.arms[1].informative, 1);
  ck_assert_uint_eq(r.arms[1].categories, 20);
  ck_assert_double_eq(r.arms[0].informative, 0);
  for (size_t a = 0; a < 3; a++) {
    ck_assert_uint_eq(r.arms[a].n_dial, 2);
    ck_assert_double_eq(r.arms[a].dial[0].coverage_at_25, r.arms[a].fold0.coverage_at_25);
    ck_assert_double_eq(r.arms[a].dial[1].nto, 0.1);
    ck_assert_double_gt(r.arms[a].dial[1].coverage_at_5, 0);
    ck_assert_uint_gt(r.arms[a].fold0.test_users, 20);
    ck_assert_uint_eq(r.arms[a].mean.test_users, 800);
  }
  ck_assert_uint_eq(r.arms[3].n_dial, 0);
  ck_assert(!warned(&r, "tuned") && !warned(&r, "informative"));
  ek_train_result_clear(&r);
}
END_TEST

START_TEST(base_comes_first_and_once)
{
  ek_error e = { 0 };
  ek_train_arm arms[] = { { "plain", EK_RECIPE_METADATA, NULL }, { "pop", EK_RECIPE_POPULARITY, NULL },
                          { "without", EK_RECIPE_BASE, NULL } };
  const ek_categories *categories[] = { NULL, NULL, good.categories };
  ek_train_request q = request(arms, 3);
  ek_train_result r;
  q.folds = 1;
  q.fold = 4;
  ck_assert_int_eq(ek_local_train_arms(good.events, categories, &q, NULL, &r, &e), 0);
  ck_assert_uint_eq(r.n_arms, 3);
  ck_assert_str_eq(r.arms[0].name, "without");
  ck_assert_str_eq(r.arms[1].name, "plain");
  ck_assert_str_eq(r.arms[2].name, "pop");
  ck_assert_mem_eq(&r.arms[0].fold0, &r.arms[1].fold0, sizeof r.arms[0].fold0);    /* no labels: the same model */
  ck_assert_str_eq(comparison(&r, "plain", NDCG)->verdict, "no difference");
  ck_assert_double_eq(comparison(&r, "plain", NDCG)->p, 1);
  ck_assert_str_eq(comparison(&r, "plain", NDCG)->against, "without");
  ck_assert_str_eq(comparison(&r, "pop", NDCG)->verdict, "worse");
  ck_assert_double_eq(r.arms[0].fold0.ndcg_at_5, r.arms[0].mean.ndcg_at_5);
  ck_assert(warned(&r, "'plain': no item has an informative category"));
  ek_train_result_clear(&r);
  q.fold = 10;
  ck_assert_int_eq(ek_local_train_arms(good.events, categories, &q, NULL, &r, &e), -1);
  ck_assert_str_eq(e.code, "bad_fold");
  ek_train_result_clear(&r);
}
END_TEST

START_TEST(nobody_to_test_is_a_warning)
{
  static const char *const lines[] = { "u0 a 1", "u0 b 2", "u1 a 1", NULL };
  ek_error e = { 0 };
  ek_events *ev = kit_events(lines, NULL);
  ek_train_arm arms[] = { { "m", EK_RECIPE_METADATA, NULL }, { "cold", EK_RECIPE_COLDSTART, NULL } };
  const ek_categories *categories[] = { NULL, NULL };
  double dial[] = { 0, 0.1 };
  ek_train_request q = request(arms, 2);
  ek_train_result r;
  q.folds = 1;
  q.hpo = 1;
  q.dial = dial;
  q.n_dial = 2;
  ck_assert_int_eq(ek_local_train_arms(ev, categories, &q, NULL, &r, &e), 0);
  ck_assert_int_eq(e.status, 0);
  ck_assert(warned(&r, "has no metrics") && warned(&r, "was not tuned") && warned(&r, "are cold"));
  ck_assert_uint_eq(r.arms[0].fold0.test_users, 0);
  ck_assert_uint_eq(r.n_comparisons, 0);
  ck_assert_uint_eq(r.arms[1].n_dial, 0);
  ck_assert(isfinite(r.arms[0].mean.ndcg_at_25) && isfinite(r.arms[0].fold0.coverage_at_5));
  ek_train_result_clear(&r);
  ek_events_free(ev);
}
END_TEST

/* ---- tuning ---------------------------------------------------------------------------- */

static ek_hpo_search
search_of(const kit_set *s)
{
  return (ek_hpo_search){ .events = s->events, .categories = s->categories, .start = ek_hyper_default(),
                          .exclude_seen = 1,
                          .threads = 2 };
}

/* What must hold of any search: the first is the base run, trials differ, the accepted get
 * better, none is below the coverage asked for, and the last accepted is the result. */
static void
check_search(const ek_hpo_search *s, unsigned jobs)
{
  double best = -1;
  size_t last = 0;
  ck_assert_uint_ge(s->n_trials, 1);
  ck_assert_uint_le(s->n_trials, jobs);
  ck_assert_double_eq(s->trials[0].hyper.content, 0);
  ck_assert_str_eq(s->trials[0].parameter, "content");
  for (size_t i = 0; i < s->n_trials; i++) {
    const ek_hpo_trial *t = &s->trials[i];
    int covers = t->coverage_at_25 >= 0.95 * s->trials[0].coverage_at_25;
    ck_assert_int_eq(t->accepted, covers && t->objective > best);
    if (t->accepted) {
      best = t->objective;
      last = i;
    }
    for (size_t k = 0; k < i; k++)
      ck_assert(memcmp(&s->trials[k].hyper, &t->hyper, sizeof t->hyper) != 0);
  }
  ck_assert_mem_eq(&s->best, &s->trials[last].hyper, sizeof s->best);
}

START_TEST(good_labels_are_used_and_noise_is_not)
{
  ek_error e = { 0 };
  ek_hpo_search a = search_of(&good), b = search_of(&noise), again = search_of(&good);
  ck_assert_int_eq(ek_hpo_run(&a, NULL, &e), 0);
  check_search(&a, 40);
  ck_assert_double_gt(a.best.content, 0);
  ck_assert_int_eq(ek_hpo_run(&b, NULL, &e), 0);
  check_search(&b, 40);
  ck_assert_double_lt(b.trials[1].objective, b.trials[0].objective);      /* noise at 0.4 hurts */
  again.threads = 1;
  again.jobs = 7;
  ck_assert_int_eq(ek_hpo_run(&again, NULL, &e), 0);
  check_search(&again, 7);
  ck_assert_uint_eq(again.n_trials, 7);
  for (size_t i = 0; i < 7; i++)
    ck_assert_double_eq(again.trials[i].objective, a.trials[i].objective);
  free(a.trials);
  free(b.trials);
  free(again.trials);
}
END_TEST

START_TEST(ranges_and_objectives_of_the_request)
{
  ek_error e = { 0 };
  double content[] = { 0.7 }, windows[] = { 3, 5 }, mask[] = { 0 }, none[1] = { 0 };
  ek_hpo_range ranges[] = { { "content", content, 1 }, { "bptt", windows, 2 }, { "recency_mask", mask, 1 },
                            { "nfrom", none, 0 },
                            { "nto", none, 0 }, { "pop_exp", none, 0 }, { "back", none, 0 }, { "pair_decay", none, 0 },
                            { "hist_decay", none, 0 } };
  ek_hpo_search s = search_of(&good);
  s.ranges = ranges;
  s.n_ranges = N(ranges);
  s.objective = "mean_reciprocal_rank_at_25";
  ck_assert_int_eq(ek_hpo_run(&s, NULL, &e), 0);
  check_search(&s, 40);
  int seen[4] = { 0 };
  for (size_t i = 0; i < s.n_trials; i++) {
    const ek_hpo_trial *t = &s.trials[i];
    seen[0] += t->hyper.content == 0.7;
    seen[1] += t->hyper.window == 3;
    seen[2] += t->hyper.window == 5;
    seen[3] += t->hyper.hist_decay == 1e9;
    ck_assert(t->hyper.content == 0 || t->hyper.content == 0.4 || t->hyper.content == 0.7);
    ck_assert(t->hyper.nfrom == 0.4 && t->hyper.nto == 0);
  }
  ck_assert(seen[0] && seen[1] && seen[2] && seen[3]);
  free(s.trials);
}
END_TEST

START_TEST(what_cannot_be_tuned_is_refused)
{
  static double bad_window[] = { 2.5 }, negative[] = { -1 }, nan_value[] = { NAN };
  static const struct { ek_hpo_range range; const char *objective, *code; } cases[] = {
    { { "dimension", negative, 1 }, NULL, "unknown_parameter" },
    { { "max_cats", bad_window, 1 }, NULL, "unknown_parameter" },
    { { "bptt", bad_window, 1 }, NULL, "bad_range" }, { { "content", negative, 1 }, NULL, "bad_range" },
    { { "nto", nan_value, 1 }, NULL, "bad_range" }, { { "content", negative, 0 }, "accuracy", "unknown_metric" },
  };
  for (size_t i = 0; i < N(cases); i++) {
    ek_error e = { 0 };
    ek_hpo_search s = search_of(&good);
    s.ranges = &cases[i].range;
    s.n_ranges = 1;
    s.objective = cases[i].objective;
    ck_assert_int_eq(ek_hpo_run(&s, NULL, &e), -1);
    ck_assert_str_eq(e.code, cases[i].code);
    ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
    ck_assert_uint_eq(s.n_trials, 0);
    free(s.trials);
  }
}
END_TEST

/* A tuned arm is held against base at its own parameters, on eight folds. */
START_TEST(tuned_arms_are_compared_alike)
{
  ek_error e = { 0 };
  double content[] = { 0 }, nto[] = { 0.1 };
  ek_hpo_range ranges[] = { { "content", content, 1 }, { "nto", nto, 1 } };
  ek_train_arm arms[] = { { "source", EK_RECIPE_METADATA, NULL }, { "random", EK_RECIPE_METADATA, NULL } };
  const ek_categories *categories[] = { good.categories, noise.categories };
  ek_train_request q = request(arms, 2);
  ek_train_result r;
  q.hpo = 1;
  q.hpo_jobs = 30;
  ck_assert_int_eq(ek_local_train_arms(good.events, categories, &q, NULL, &r, &e), 0);
  ck_assert_uint_eq(r.arms[0].n_trials, 0);
  ck_assert(r.arms[1].n_trials > 15 && r.arms[1].n_trials <= 30);
  ck_assert_double_gt(r.arms[1].hyper.content, 0);
  ck_assert_str_eq(comparison(&r, "source", NDCG)->verdict, "better");
  ck_assert_uint_eq(comparison(&r, "source", NDCG)->folds, 8);
  ck_assert_uint_lt(comparison(&r, "source", NDCG)->users, 700);
  ck_assert(warned(&r, "'source' was tuned"));
  if (r.arms[2].hyper.content == 0) {      /* tuned to do without labels: no help, whatever tuning brought */
    ck_assert_str_eq(comparison(&r, "random", NDCG)->verdict, "no difference");
    ck_assert_double_eq(comparison(&r, "random", NDCG)->difference, 0);
    ck_assert(warned(&r, "best without labels"));
  }
  ek_train_result_clear(&r);
  q.ranges = ranges;                       /* nothing but content 0 to choose from, and the start is worse */
  q.n_ranges = 2;
  q.arms = &arms[1];
  q.n_arms = 1;
  categories[0] = noise.categories;
  ck_assert_int_eq(ek_local_train_arms(good.events, categories, &q, NULL, &r, &e), 0);
  ck_assert_double_eq(r.arms[1].hyper.content, 0);
  ck_assert_double_eq(comparison(&r, "random", NDCG)->difference, 0);
  ck_assert(warned(&r, "best without labels"));
  ek_train_result_clear(&r);
}
END_TEST

START_TEST(cold_arm_against_base_on_hidden_items)
{
  ek_error e = { 0 };
  ek_train_arm arms[] = { { "new", EK_RECIPE_COLDSTART, NULL } };
  const ek_categories *categories[] = { good.categories };
  ek_train_request q = request(arms, 1);
  ek_train_result r;
  ck_assert_int_eq(ek_local_train_arms(good.events, categories, &q, NULL, &r, &e), 0);
  ck_assert_uint_eq(r.n_arms, 3);
  ck_assert_uint_lt(r.arms[1].mean.test_users, r.arms[0].mean.test_users / 5);
  ck_assert_str_eq(comparison(&r, "new", NDCG)->verdict, "better");
  ck_assert_uint_eq(comparison(&r, "new", NDCG)->users, r.arms[1].mean.test_users);
  ek_train_result_clear(&r);
}
END_TEST

static volatile int stop_now;
static double furthest;

static void
note_progress(void *arg, const char *stage, const char *text, double share)
{
  (void)arg;
  ck_assert_str_eq(stage, "train");
  ck_assert_ptr_nonnull(strstr(text, "base, source"));
  ck_assert(share >= 0 && share <= 1 + 1e-9);
  if (share > furthest)
    furthest = share;
  if (share > 0.3)
    stop_now = 1;
}

START_TEST(stops_when_told)
{
  ek_error e = { 0 };
  ek_train_arm arms[] = { { "source", EK_RECIPE_METADATA, NULL } };
  const ek_categories *categories[] = { good.categories };
  ek_train_request q = request(arms, 1);
  ek_train_result r;
  volatile int at_once = 1;
  ek_stage_watch watch = { NULL, NULL, &at_once };
  ck_assert_int_eq(ek_local_train_arms(good.events, categories, &q, &watch, &r, &e), -1);
  ck_assert_str_eq(e.code, "interrupted");
  ek_train_result_clear(&r);
  q.hpo = 1;
  watch = (ek_stage_watch){ note_progress, NULL, &stop_now };
  ek_local_train_arms(good.events, categories, &q, &watch, &r, &e);
  ek_train_result_clear(&r);
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { labels_that_help_and_labels_that_do_not, base_comes_first_and_once,
                           nobody_to_test_is_a_warning,
                           good_labels_are_used_and_noise_is_not, ranges_and_objectives_of_the_request,
                           what_cannot_be_tuned_is_refused, tuned_arms_are_compared_alike,
                           cold_arm_against_base_on_hidden_items, stops_when_told, NULL };
  make_sets();
  int r = run_suite("train", tests);
  free_sets();
  return r;
}
