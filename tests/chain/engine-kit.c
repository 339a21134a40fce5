/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine-kit.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "output/csv.h"

static ek_module_info module_of_the_test = { .module = { .id = "org.enrichkit.test", .version = "1" },
                                             .lock = PTHREAD_MUTEX_INITIALIZER };

static void
write_input(kit *k, const char *text, size_t len)
{
  snprintf(k->input, sizeof k->input, "/tmp/enrichkit-test-XXXXXX");
  int fd = mkstemp(k->input);
  ck_assert_int_ge(fd, 0);
  for (size_t done = 0; done < len;) {
    ssize_t n = write(fd, text + done, len - done);
    ck_assert_int_gt((int)n, 0);
    done += (size_t)n;
  }
  close(fd);
}

void
kit_make(kit *k, const char *yaml, const ek_enricher *const *enrichers, const char *text, size_t len)
{
  ek_error e = { 0 };
  ek_text all = { 0 };

  memset(k, 0, sizeof *k);
  write_input(k, text, len);
  ek_text_printf(&all, "catalog: {items: %s}\n%s", k->input, yaml);
  k->tree = ek_conf_parse("test.yaml", all.data, all.len, &k->findings);
  k->settings = k->tree ? ek_settings_make(k->tree, &k->findings) : NULL;
  if (!k->settings || k->findings.errors)
    ek_findings_show(&k->findings);
  ck_assert_ptr_nonnull(k->settings);
  ck_assert_uint_eq(k->findings.errors, 0);
  ek_text_free(&all);
  k->projection = ek_projection_new(k->settings->catalog.pick);
  ck_assert_int_eq(ek_table_make(&k->table, EK_ITEMS, k->settings, k->projection, &e), 0);
  for (size_t i = 0; i < k->settings->n_steps; i++) {
    const ek_step_settings *s = &k->settings->chain[i];
    const ek_enricher *const *found = enrichers;
    while (*found && strcmp((*found)->id, s->plugin) != 0)
      found++;
    ck_assert_msg(*found != NULL, "no enricher %s in this test", s->plugin);
    k->plugins[i] = (ek_plugin){ &module_of_the_test, *found };
    k->steps[i].settings = s;
    k->steps[i].instance = ek_instance_new(&k->plugins[i], k->settings, (unsigned)i, NULL, 0, &k->findings);
    if (!k->steps[i].instance)
      ek_findings_show(&k->findings);
    ck_assert_ptr_nonnull(k->steps[i].instance);
    ck_assert_int_eq(ek_instance_bind(k->steps[i].instance, k->projection, &k->settings->catalog.fields[EK_ITEMS], &e), 0);
  }
  k->arms[0] = (ek_arm){ .name = "chain", .steps = ~(uint64_t)0, .merge = &k->settings->merge };
  k->chain = (ek_chain){ .steps = k->steps, .n_steps = (unsigned)k->settings->n_steps, .arms = k->arms, .n_arms = 1,
                         .cleaner = ek_cleaner_new(&k->settings->clean) };
}

void
kit_arm(kit *k, const char *name, uint64_t mask)
{
  k->arms[k->chain.n_arms++] = (ek_arm){ .name = name, .steps = mask, .merge = &k->settings->merge };
}

void
kit_network(kit *k, int network)
{
  for (unsigned i = 0; i < k->chain.n_steps; i++)
    k->steps[i].instance->network = network && (k->plugins[i].enricher->flags & EK_ENR_NETWORK);
}

typedef struct memory_sink { ek_sink_target target; const kit *kit; outcome *out; } memory_sink;

static void
format(const ek_sink_target *t, const ek_unit *u, const ek_arm_cell *arms, unsigned n, ek_text *streams)
{
  const memory_sink *m = (const memory_sink *)t;
  for (unsigned a = 0; a < n; a++)
    ek_csv_row(&streams[a], &m->kit->table, u->cells, arms[a].values, arms[a].n, EK_CSV_PERSONALIZE, EK_QUOTE_MINIMAL);
}

static int
commit(ek_sink_target *t, const ek_text *streams, uint64_t rows, ek_error *e)
{
  memory_sink *m = (memory_sink *)t;
  (void)e;
  if (rows && m->out->commits < sizeof m->out->committed_ns / sizeof *m->out->committed_ns)
    m->out->committed_ns[m->out->commits++] = ek_monotonic_ns();
  for (unsigned a = 0; a < t->n_streams; a++)
    ek_text_add(&m->out->rows[a], streams[a].data, streams[a].len);
  return 0;
}

static int
reject(void *arg, const char *lines, size_t len, ek_error *e)
{
  outcome *o = arg;
  (void)e;
  ek_text_add(&o->rejects, lines, len);
  return 0;
}

void
kit_run(const kit *k, how h, outcome *o)
{
  kit_run_lane(k, (lane_how){ .threads = h.threads, .block_size = h.block_size, .limit = h.limit, .stop = h.stop }, o);
}

void
kit_run_lane(const kit *k, lane_how h, outcome *o)
{
  memory_sink sink = { .target = { .n_streams = k->chain.n_arms, .format = format, .commit = commit }, .kit = k, .out = o };
  ek_engine_spec spec = {
    .inputs = &k->settings->catalog.inputs[EK_ITEMS], .input = { .block_size = h.block_size },
    .projection = k->projection, .table = &k->table, .chain = &k->chain, .duplicates = k->settings->catalog.duplicates,
    .no_labels = k->settings->output.no_labels, .threads = h.threads, .limit = h.limit,
    .max_reject_share = k->settings->run.max_reject_share, .max_reject_count = k->settings->run.max_reject_count,
    .sink = &sink.target, .reject = reject, .reject_arg = o, .count_labels = 1, .stop = h.stop,
    .window = h.window, .image_workers = h.image_workers, .image_rate = h.image_rate, .services = h.services, .run_budget = h.budget,
    .budget_end = h.budget_end, .plan = h.plan, .gone_ns = h.gone_ns };

  memset(o, 0, sizeof *o);
  o->failed = ek_engine_run(&spec, &o->stats, &o->end, &o->error);
}

void
outcome_clear(outcome *o)
{
  ek_stats_clear(&o->stats);
  for (size_t i = 0; i < 4; i++)
    ek_text_free(&o->rows[i]);
  ek_text_free(&o->rejects);
}

void
kit_clear(kit *k)
{
  for (unsigned i = 0; i < k->chain.n_steps; i++)
    ek_instance_free(k->steps[i].instance);
  ek_cleaner_free((ek_cleaner *)k->chain.cleaner);
  ek_table_clear(&k->table);
  ek_projection_free(k->projection);
  ek_settings_free(k->settings);
  ek_conf_free(k->tree);
  ek_findings_free(&k->findings);
  unlink(k->input);
}

void
kit_item(ek_text *t, const char *id, const char *categories_json, const char *title)
{
  ek_text_printf(t, "{\"category\": %s, \"title\": \"%s\", \"asin\": \"%s\"}\n", categories_json, title, id);
}
