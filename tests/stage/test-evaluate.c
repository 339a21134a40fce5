/* SPDX-License-Identifier: BSD-3-Clause */
/* The protocol on small sets: against numbers worked out by hand, and against the same
 * protocol written down plainly on top of single queries.                   */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "chain/suite.h"
#include "stage-kit.h"
#include "stage/local/coldstart.h"
#include "stage/local/evaluate.h"
#include "stage/local/metrics.h"

static ek_evaluation
evaluation(const kit_set *s, ek_evaluated_arm *arms, size_t n, uint16_t folds)
{
  return (ek_evaluation){ .events = s->events, .hyper = ek_hyper_default(), .exclude_seen = 1, .folds = folds,
                          .threads = 1,
                          .arms = arms, .n_arms = n };
}

/* ---- by hand ------------------------------------------------------------------------- */

/* The test user is u37 (fold 0) with 20 events, so two are held out. Nobody else connects
 * items, so the list is by popularity: r1 .. r9 in order, but for the 18 that were seen.
 * Held out are those at places 2 and 5: Personalize's worked example.         */
START_TEST(personalize_s_own_example)
{
  ek_error e = { 0 };
  ek_events_builder *b = ek_events_begin();
  char user[16], item[16];
  for (int r = 1; r <= 9; r++)
    for (int k = 0; k < 20 - r; k++) {
      snprintf(user, sizeof user, "single-%d-%d", r, k);   /* one event each: too short to be tested */
      snprintf(item, sizeof item, "r%d", r);
      ek_events_add(b, ek_cstr(user), ek_cstr(item), 1);
    }
  for (int k = 0; k < 18; k++) {
    snprintf(item, sizeof item, "seen%02d", k);
    ek_events_add(b, ek_cstr("u37"), ek_cstr(item), k);
  }
  ek_events_add(b, ek_cstr("u37"), ek_cstr("r2"), 100);
  ek_events_add(b, ek_cstr("u37"), ek_cstr("r5"), 101);
  kit_set s = { ek_events_finish(b, &e), NULL };
  ek_evaluated_arm arms[2] = { { .name = "base" }, { .name = "popularity", .popularity = 1 } };
  ek_evaluation ev = evaluation(&s, arms, 2, 1);
  ck_assert_int_eq(ek_evaluate(&ev, NULL, &e), 0);
  for (int a = 0; a < 2; a++) {
    const ek_metrics *m = &arms[a].fold[0];
    ck_assert_uint_eq(m->test_users, 1);
    ck_assert_double_eq_tol(m->ndcg_at_5, 0.6241, 5e-5);
    ck_assert_double_eq_tol(m->ndcg_at_25, 0.6241, 5e-5);
    ck_assert_double_eq_tol(m->precision_at_5, 0.4, 1e-6);
    ck_assert_double_eq_tol(m->precision_at_10, 0.2, 1e-6);
    ck_assert_double_eq_tol(m->precision_at_25, 0.08, 1e-6);
    ck_assert_double_eq_tol(m->mrr_at_25, 0.5, 1e-6);
    ck_assert_double_eq_tol(m->coverage_at_5, 5.0 / 27, 1e-12);
    ck_assert_double_eq_tol(m->coverage_at_25, 9.0 / 27, 1e-12);
    ck_assert_uint_eq(arms[a].n_users, 1);
    ek_evaluated_arm_clear(&arms[a]);
  }
  kit_free(&s);
}
END_TEST

/* ---- against the protocol written plainly ------------------------------------------------ */

static double
plain_ndcg(const ek_scored *list, unsigned n, const uint8_t *relevant, uint64_t n_relevant, unsigned k)
{
  double gain = 0, ideal = 0;
  for (unsigned i = 0; i < n && i < k; i++)
    if (relevant[list[i].item])
      gain += 1 / log2(2.0 + i);
  for (unsigned i = 0; i < n_relevant && i < k; i++)
    ideal += 1 / log2(2.0 + i);
  return gain / ideal;
}

static ek_metrics
evaluate_plainly(const kit_set *s, const ek_hyper *h, unsigned fold, int exclude_seen, double content)
{
  const ek_events *ev = s->events;
  ek_error e = { 0 };
  ek_metrics m = { 0 };
  uint8_t *mask = ek_mem_zero(ev->users.n, 1), *seen = ek_mem_zero(ev->items.n, 1),
    *relevant = ek_mem_zero(ev->items.n, 1);
  for (uint32_t u = 0; u < ev->users.n; u++)
    mask[u] = ek_fold_of(ek_id(&ev->users, u)) != fold || ev->start[u + 1] - ev->start[u] < 2;
  ek_skc *model = ek_skc_train(ev, (ek_train_mask){ mask }, h, s->categories, 1, NULL, NULL, NULL, &e);
  ek_scratch *x = ek_scratch_new(ev->items.n);
  for (uint32_t u = 0; u < ev->users.n; u++) {
    if (mask[u])
      continue;
    uint64_t n = ev->start[u + 1] - ev->start[u], held = n / 10 > 1 ? n / 10 : 1, n_relevant = 0;
    ek_query_options o = { content, exclude_seen, NULL };
    ek_scored list[25];
    unsigned got = ek_skc_query(model, x, ev->item + ev->start[u], (size_t)(n - held), &o, 25, list), hits = 0,
      first = 0;
    memset(relevant, 0, ev->items.n);
    for (uint64_t k = ev->start[u + 1] - held; k < ev->start[u + 1]; k++)
      relevant[ev->item[k]] = 1;
    for (uint32_t i = 0; i < ev->items.n; i++)
      n_relevant += relevant[i];
    for (unsigned i = 0; i < got; i++) {
      seen[list[i].item] = 1;
      hits += relevant[list[i].item];
      if (relevant[list[i].item] && !first)
        first = i + 1;
      if (i == 4)
        m.precision_at_5 += hits / 5.0;
    }
    m.precision_at_25 += hits / 25.0;
    m.ndcg_at_5 += plain_ndcg(list, got, relevant, n_relevant, 5);
    m.ndcg_at_25 += plain_ndcg(list, got, relevant, n_relevant, 25);
    m.mrr_at_25 += first ? 1.0 / first : 0;
    m.test_users++;
  }
  for (uint32_t i = 0; i < ev->items.n; i++)
    m.coverage_at_25 += (double)seen[i] / ev->items.n;
  ek_scratch_free(x);
  ek_skc_free(model);
  free(mask);
  free(seen);
  free(relevant);
  return m;
}

START_TEST(as_the_protocol_says)
{
  ek_error e = { 0 };
  kit_set s = kit_random(300, 150, 12, 20, 5);
  for (int exclude = 0; exclude < 2; exclude++)
    for (int boosted = 0; boosted < 2; boosted++) {
      ek_evaluated_arm arms[2] = { { .name = "source", .categories = s.categories, .content = 0.4 },
                                   { .name = "base" } };
      ek_evaluation ev = evaluation(&s, arms, boosted ? 1 : 2, 0x3ff);
      ev.exclude_seen = exclude;
      ev.hyper.boost = boosted ? 0.5 : 0;
      ck_assert_int_eq(ek_evaluate(&ev, NULL, &e), 0);
      for (unsigned fold = 0; fold < 10; fold++)
        for (size_t a = 0; a < ev.n_arms; a++) {
          ek_metrics p = evaluate_plainly(&s, &ev.hyper, fold, exclude, a ? 0 : 0.4);
          const ek_metrics *m = &arms[a].fold[fold];
          double n = (double)p.test_users;
          ck_assert_uint_eq(m->test_users, p.test_users);
          ck_assert_double_eq_tol(m->precision_at_5, p.precision_at_5 / n, 1e-6);
          ck_assert_double_eq_tol(m->precision_at_25, p.precision_at_25 / n, 1e-6);
          ck_assert_double_eq_tol(m->ndcg_at_5, p.ndcg_at_5 / n, 1e-6);
          ck_assert_double_eq_tol(m->ndcg_at_25, p.ndcg_at_25 / n, 1e-6);
          ck_assert_double_eq_tol(m->mrr_at_25, p.mrr_at_25 / n, 1e-6);
          ck_assert_double_eq_tol(m->coverage_at_25, p.coverage_at_25, 1e-9);
        }
      ck_assert_double_gt(arms[0].mean.ndcg_at_25, 0);
      for (size_t i = 1; i < arms[0].n_users; i++)
        ck_assert_uint_lt(arms[0].users[i - 1].user, arms[0].users[i].user);
      ek_evaluated_arm_clear(&arms[0]);
      ek_evaluated_arm_clear(&arms[1]);
    }
  kit_free(&s);
}
END_TEST

/* With boost each arm has its own W: together as alone. */
START_TEST(boosted_arms_are_trained_apart)
{
  ek_error e = { 0 };
  kit_set s = kit_random(200, 100, 10, 10, 6), other = kit_random(200, 100, 10, 4, 6);
  ek_evaluated_arm both[2] = { { .name = "a", .categories = s.categories, .content = 0.4 },
                               { .name = "b", .categories = other.categories, .content = 0.4 } };
  ek_evaluated_arm alone = both[1];
  ek_evaluation ev = evaluation(&s, both, 2, 3);
  ev.hyper.boost = 1;
  ck_assert_int_eq(ek_evaluate(&ev, NULL, &e), 0);
  ev.arms = &alone;
  ev.n_arms = 1;
  ck_assert_int_eq(ek_evaluate(&ev, NULL, &e), 0);
  ck_assert_mem_eq(&both[1].mean, &alone.mean, sizeof alone.mean);
  ck_assert(memcmp(&both[0].mean, &alone.mean, sizeof alone.mean) != 0);
  ek_evaluated_arm_clear(&both[0]);
  ek_evaluated_arm_clear(&both[1]);
  ek_evaluated_arm_clear(&alone);
  kit_free(&s);
  kit_free(&other);
}
END_TEST

/* ---- edges ---------------------------------------------------------------------------------- */

START_TEST(nobody_to_test)
{
  static const char *const lines[] = { "u37 a 1", "u0 a 1", "u0 b 2", NULL };   /* u37: fold 0, one event */
  ek_error e = { 0 };
  kit_set s = { kit_events(lines, NULL), NULL };
  ek_evaluated_arm arm = { .name = "base" };
  ek_evaluation ev = evaluation(&s, &arm, 1, 1);
  ck_assert_int_eq(ek_evaluate(&ev, NULL, &e), -1);
  ck_assert_str_eq(e.code, "no_test_users");
  ck_assert_str_ne(e.help, "");
  ev.folds = 0x3ff;                        /* u0 is in fold 2: one fold with a user, and the mean is of it */
  ck_assert_int_eq(ek_evaluate(&ev, NULL, &e), 0);
  ck_assert_uint_eq(arm.mean.test_users, 1);
  ck_assert_double_eq(arm.mean.coverage_at_25, arm.fold[2].coverage_at_25);
  ck_assert(isfinite(arm.mean.ndcg_at_25));
  ek_evaluated_arm_clear(&arm);
  kit_free(&s);
}
END_TEST

START_TEST(one_user_all_times_equal)
{
  static const char *const lines[] = { "u37 a 1", "u37 b 1", "u37 c 1", NULL };
  ek_error e = { 0 };
  kit_set s = { kit_events(lines, NULL), NULL };
  ek_evaluated_arm arms[2] = { { .name = "base" }, { .name = "p", .popularity = 1 } };
  ek_evaluation ev = evaluation(&s, arms, 2, 1);
  ck_assert_int_eq(ek_evaluate(&ev, NULL, &e), 0);
  for (int a = 0; a < 2; a++) {            /* nobody trains: c is the only one not seen */
    ck_assert_double_eq_tol(arms[a].mean.ndcg_at_5, 1, 1e-6);
    ck_assert_double_eq_tol(arms[a].mean.coverage_at_5, 1.0 / 3, 1e-12);
    ek_evaluated_arm_clear(&arms[a]);
  }
  kit_free(&s);
}
END_TEST

static volatile int stop_now = 1;

START_TEST(stops_when_told)
{
  ek_error e = { 0 };
  kit_set s = kit_random(200, 100, 10, 10, 6);
  ek_evaluated_arm arm = { .name = "base" };
  ek_evaluation ev = evaluation(&s, &arm, 1, 0x3ff);
  ek_stage_watch watch = { NULL, NULL, &stop_now };
  ck_assert_int_eq(ek_evaluate(&ev, &watch, &e), -1);
  ck_assert_str_eq(e.code, "interrupted");
  ek_evaluated_arm_clear(&arm);
  kit_free(&s);
}
END_TEST

/* What is left out of training must not be seen by it. */
START_TEST(left_out_folds_do_not_train)
{
  ek_error e = { 0 };
  kit_set s = kit_random(400, 100, 10, 10, 6);
  ek_events_builder *b = ek_events_begin();
  for (uint32_t u = 0; u < s.events->users.n; u++)
    for (uint64_t k = s.events->start[u]; k < s.events->start[u + 1]; k++)
      if (ek_fold_of(ek_id(&s.events->users, u)) != 0)
        ek_events_add(b, ek_id(&s.events->users, u), ek_id(&s.events->items, s.events->item[k]), (int64_t)k);
  for (uint32_t i = 0; i < s.events->items.n; i++)
    ek_events_add_item(b, ek_id(&s.events->items, i));
  kit_set without = { ek_events_finish(b, &e), NULL };
  ek_evaluated_arm arms[3] = { { .name = "left out" }, { .name = "not there" }, { .name = "trained" } };
  ek_evaluation ev = evaluation(&s, &arms[0], 1, 6);
  ev.left_out = 1;
  ck_assert_int_eq(ek_evaluate(&ev, NULL, &e), 0);
  ev = evaluation(&without, &arms[1], 1, 6);
  ck_assert_int_eq(ek_evaluate(&ev, NULL, &e), 0);
  ev = evaluation(&s, &arms[2], 1, 6);
  ck_assert_int_eq(ek_evaluate(&ev, NULL, &e), 0);
  ck_assert_mem_eq(&arms[0].mean, &arms[1].mean, sizeof arms[0].mean);
  ck_assert(memcmp(&arms[0].mean, &arms[2].mean, sizeof arms[0].mean) != 0);
  for (int a = 0; a < 3; a++)
    ek_evaluated_arm_clear(&arms[a]);
  kit_free(&s);
  kit_free(&without);
}
END_TEST

/* ---- cold start -------------------------------------------------------------------------------- */

/* Items of a category are bought by the same users. Categories must find the hidden ones;
 * without them it is chance.                                                  */
START_TEST(hidden_items_are_found_by_category)
{
  ek_error e = { 0 };
  uint64_t seed = 4;
  char user[16], item[16], cell[16];
  ek_events_builder *b = ek_events_begin();
  for (unsigned u = 0; u < 600; u++)
    for (unsigned k = 0; k < 12; k++) {
      snprintf(user, sizeof user, "u%u", u);
      snprintf(item, sizeof item, "i%u", (unsigned)(kit_next(&seed) % 30) * 10 + u % 10);
      ek_events_add(b, ek_cstr(user), ek_cstr(item), k);
    }
  kit_set s = { ek_events_finish(b, &e), NULL };
  ek_categories_builder *c = ek_categories_begin(s.events, 3);
  for (unsigned i = 0; i < 300; i++) {
    snprintf(item, sizeof item, "i%u", i);
    snprintf(cell, sizeof cell, "c%u", i % 10);
    ek_categories_add(c, ek_cstr(item), ek_cstr(cell));
  }
  s.categories = ek_categories_finish(c);
  ek_evaluated_arm arms[2] = { { .name = "base" }, { .name = "cold", .categories = s.categories, .content = 0.4 } };
  ek_evaluation ev = evaluation(&s, arms, 2, 0x3ff);
  ev.hide_items = 1;
  ck_assert_int_eq(ek_evaluate(&ev, NULL, &e), 0);
  ck_assert_uint_gt(arms[0].mean.test_users, 30);
  ck_assert_uint_lt(arms[0].mean.test_users, 120);          /* a tenth of the users have a hidden item held out */
  ck_assert_double_lt(arms[0].mean.precision_at_5, 0.1);
  ck_assert_double_gt(arms[1].mean.mrr_at_25, 2 * arms[0].mean.mrr_at_25);
  ck_assert_double_gt(arms[1].mean.coverage_at_25, arms[0].mean.coverage_at_25 - 1e-9);
  ck_assert_double_le(arms[1].mean.coverage_at_25, 1);
  uint32_t hidden, all = 0;
  for (unsigned fold = 0; fold < 10; fold++) {
    free(ek_cold_hidden(s.events, fold, &hidden));
    all += hidden;
  }
  ck_assert_uint_eq(all, s.events->items.n);
  ek_evaluated_arm_clear(&arms[0]);
  ek_evaluated_arm_clear(&arms[1]);
  kit_free(&s);
}
END_TEST

START_TEST(metric_names)
{
  ek_metrics m = { .ndcg_at_25 = 0.25, .coverage_at_25 = 0.5 };
  ck_assert_double_eq(ek_metric_value(ek_metric_find("normalized_discounted_cumulative_gain_at_25"), &m), 0.25);
  ck_assert_double_eq(ek_metric_value(ek_metric_find("coverage"), &m), 0.5);
  ck_assert_ptr_null(ek_metric_find("ndcg"));
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { personalize_s_own_example, as_the_protocol_says, boosted_arms_are_trained_apart,
                           nobody_to_test,
                           one_user_all_times_equal, stops_when_told, left_out_folds_do_not_train,
                           hidden_items_are_found_by_category, metric_names, NULL };
  return run_suite("evaluate", tests);
}
