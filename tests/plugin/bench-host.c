/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call and the host's functions on the hot path cost, in nanoseconds (best of twenty rounds). Not a test, since
 * machines differ: run tests/plugin/bench-host by hand.                                                            */
#include <time.h>
#include "plugin/rig.h"

enum { ROUNDS = 20, CALLS = 300000 };

static ek_module_info own_module = { .module = { .id = "org.enrichkit.test.bench", .version = "1" },
                                     .lock = PTHREAD_MUTEX_INITIALIZER };
static const char fields[8][8] = { "one", "two", "three", "four", "five", "six", "seven", "eight" };
static const char *const reads[] = { fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6],
                                     fields[7], NULL };
static const ek_host *host;
static int what;
static volatile size_t sum;

static ek_status
create(const ek_host *h, const ek_config *config, ek_call *call, ek_inst **out)
{
  (void)config;
  (void)call;
  (void)out;
  host = h;
  return EK_OK;
}

static ek_status
enrich(ek_inst *inst, ek_call *call, const ek_item *item, ek_sink *sink)
{
  static const ek_str parents[] = { { "Sweets", 6 }, { "Food & Drink", 12 } };
  char copy[] = "two";
  ek_label label = { .struct_size = sizeof label, .name = { "Chocolate bars", 14 }, .confidence = -1 };
  size_t n = 0;
  (void)inst;
  (void)call;
  switch (what) {
  case 1: host->field(item, fields[1], &n); break;
  case 2: host->field(item, fields[7], &n); break;
  case 3: host->field(item, copy, &n); break;
  case 4: return host->emit(sink, &label);
  case 5:
    label.parents = parents;
    label.n_parents = 2;
    return host->emit(sink, &label);
  default: break;
  }
  sum += n;
  return EK_NO_LABELS;
}

/* CPU time, not wall time: other programs are not ours to measure. */
static int64_t
now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int
main(void)
{
  static const char *const names[] = { "a call", "field(), declared pointer, 2nd of 8",
                                       "field(), declared pointer, 8th of 8",
                                       "field(), other pointer, 2nd of 8", "emit(), no parents", "emit(), 2 parents" };
  static const ek_str value[] = { { "Food", 4 } };
  static const ek_enricher en = { EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .id = "bench", .summary = "",
                                  .reads = reads,
                                  .create = create, .enrich = enrich };
  static const ek_plugin plugin = { &own_module, &en };
  ek_error e = { 0 };
  rig r;
  rig_start(&r, &plugin, NULL);
  if (!r.instance || rig_bind(&r, NULL, &e) < 0)
    return 1;
  for (int i = 0; i < 8; i++)
    rig_field(&r, fields[i], value, 1);
  double empty = 0;
  for (what = 0; what < 6; what++) {
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
      int64_t before = now();
      for (int i = 0; i < CALLS; i++) {
        rig_enrich(&r);
        if (i % 1000 == 0)                           /* as a block's end does      */
          ek_arena_reset(&r.arena);
      }
      double ns = (double)(now() - before) / CALLS;
      best = ns < best ? ns : best;
    }
    if (what == 0)
      empty = best;
    printf("%-36s %5.1f ns\n", names[what], what ? best - empty : best);
  }
  rig_stop(&r);
  return 0;
}
