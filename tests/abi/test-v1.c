/* SPDX-License-Identifier: BSD-3-Clause */
/* The frozen plugins of ABI 1.0 under today's host. */
#include <check.h>
#include "plugin/rig.h"

static ek_registry *registry;

static void
open_registry(void)
{
  static char path[4096];
  const char *top = getenv("top_builddir");
  char *folder = path;
  snprintf(path, sizeof path, "%s/tests/abi/.libs", top ? top : ".");
  registry = ek_registry_scan(&folder, 1, NULL, 0, NULL);
}

static void
close_registry(void)
{
  ek_registry_free(registry);
}

static const ek_plugin *
plugin(const char *id)
{
  ek_error e = { 0 };
  const ek_plugin *p = ek_registry_find(registry, id, &e);
  ck_assert_msg(p != NULL, "%s; %s", e.message, e.help);
  return p;
}

START_TEST(plugin_v1)
{
  static const ek_str values[] = { { "Food", 4 }, { "Tea", 3 } }, brand[] = { { "Acme", 4 } };
  static const size_t ends[] = { 1, 2 };
  ek_tag earlier = { .name = { "Drinks", 6 }, .step = 0, .confidence = -1 };
  ek_error e = { 0 };
  rig r;
  rig_start(&r, plugin("v1"), "{number: 9, share: 0.5}");
  ck_assert_msg(r.instance != NULL, "%s", r.findings.n ? r.findings.list[0].message : "");
  ck_assert_int_eq(rig_bind(&r, NULL, &e), 0);
  ck_assert_uint_eq(ek_projection_slots(r.projection), 4);       /* size, category, title, brand */
  ck_assert_uint_eq(r.instance->key_len, 8 + 6);
  ck_assert_int_eq(rig_enrich(&r), EK_RETRY);
  ck_assert_str_eq(r.call.error, "no values");
  ck_assert_int_eq(r.call.retry_after_ns, 2000000);
  rig_field(&r, "category", values, 2);
  rig_field(&r, "brand", brand, 1);
  for (size_t i = 0; i < RIG_FIELDS; i++)
    if (r.fields[i].values == values) {
      r.fields[i].ends = ends;
      r.fields[i].n_ends = 2;
    }
  r.unit.first = &earlier;
  ck_assert_int_eq(rig_enrich(&r), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "B0001 Food|B0001 Tea|ends in two|has:category|has:brand|of Acme|first>Drinks");
  const ek_tag *t = r.sink.first;
  ck_assert(t->confidence == 0.5);
  ck_assert_uint_eq(t->n_parents, 2);
  ck_assert_str_eq(t->parents[1].ptr, "above");
  ck_assert_str_eq(t->scheme.ptr, "v1");
  rig_stop(&r);
}
END_TEST

START_TEST(batch_v1)
{
  static const ek_str value[] = { { "Food", 4 } };
  ek_error e = { 0 };
  rig r;
  rig_start(&r, plugin("batch-v1"), NULL);
  ck_assert(r.instance != NULL);
  ck_assert_int_eq(rig_bind(&r, NULL, &e), 0);
  ek_unit empty = r.unit;
  ek_field nothing[RIG_FIELDS] = { { .n = 0 } };
  empty.fields = nothing;
  ek_item second = { &empty, r.instance, &r.arena };
  rig_field(&r, "category", value, 1);
  ek_call calls[2] = { r.call, r.call }, main_call = r.call;
  ek_sink sinks[2] = { { .arena = &r.arena, .call = &calls[0] }, { .arena = &r.arena, .call = &calls[1] } };
  const ek_item *items[] = { &r.item, &second };
  ek_sink *sink_list[] = { &sinks[0], &sinks[1] };
  ek_call *call_list[] = { &calls[0], &calls[1] };
  ek_status status[2];
  ek_batch batch = { sizeof batch, 2, items, sink_list, call_list, status };
  ek_instance_enrich_batch(r.instance, &main_call, &batch);
  ck_assert_int_eq(status[0], EK_OK);
  ck_assert_str_eq(sinks[0].first->name.ptr, "Food");
  ck_assert_int_eq(status[1], EK_ITEM_ERROR);
  ck_assert_str_eq(calls[1].error, "nothing to batch");
  rig_stop(&r);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("v1");
  TCase *t = tcase_create("v1");
  tcase_add_checked_fixture(t, open_registry, close_registry);
  tcase_add_test(t, plugin_v1);
  tcase_add_test(t, batch_v1);
  suite_add_tcase(s, t);
  SRunner *runner = srunner_create(s);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? 1 : 0;
}
