/* SPDX-License-Identifier: 0BSD */
/* Fails the item when calls overlap more than the declared thread model allows: over the module (overlap-process),
 * over an instance (overlap-instance), never (overlap-parallel, which only counts). Else passes a field through.  */
#include "common.h"
#include "overlap.h"
#include <stdatomic.h>

struct ek_inst {
  const ek_host *host;
  ek_str field;
  int64_t hold;
  int model;
  atomic_int inside, most;
};

static atomic_int module_inside, module_most, creating;

static void
note_most(atomic_int *most, int now)
{
  int was = atomic_load(most);
  while (was < now && !atomic_compare_exchange_weak(most, &was, now))
    ;
}

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out, int model)
{
  ek_status status = EK_OK;
  if (atomic_fetch_add(&creating, 1) != 0) {
    host->set_error(call, "two creates at once");
    status = EK_FATAL;
  }
  ek_inst *self = calloc(1, sizeof *self);
  if (!self)
    status = EK_FATAL;
  else {
    self->host = host;
    self->model = model;
    host->opt_str(config, "field", &self->field);
    host->opt_int(config, "hold", &self->hold);
  }
  atomic_fetch_sub(&creating, 1);
  if (status != EK_OK)
    free(self);
  else
    *out = self;
  return status;
}

static ek_status
create_process(const ek_host *h, const ek_config *c, ek_call *call, ek_inst **out)
{
  return create(h, c, call, out, EK_THREAD_SERIAL_PROCESS);
}
static ek_status
create_instance(const ek_host *h, const ek_config *c, ek_call *call, ek_inst **out)
{
  return create(h, c, call, out, EK_THREAD_SERIAL_INSTANCE);
}
static ek_status
create_parallel(const ek_host *h, const ek_config *c, ek_call *call, ek_inst **out)
{
  return create(h, c, call, out, EK_THREAD_PARALLEL);
}

static void
destroy(ek_inst *self)
{
  free(self);
}

static ek_status
enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  int here = atomic_fetch_add(&self->inside, 1) + 1, all = atomic_fetch_add(&module_inside, 1) + 1;
  note_most(&self->most, here);
  note_most(&module_most, all);
  ek_status status = pass_through(self->host, self->field, item, sink);
  if (self->hold && self->host->wait(call, self->hold) != EK_OK)
    status = EK_CANCELLED;
  /* Judged again after the wait: the other one may have come in meanwhile. */
  int now = atomic_load(&self->inside), now_all = atomic_load(&module_inside);
  if (now > here)
    here = now;
  if (now_all > all)
    all = now_all;
  atomic_fetch_sub(&module_inside, 1);
  atomic_fetch_sub(&self->inside, 1);
  if (self->model == EK_THREAD_SERIAL_INSTANCE && here > 1) {
    self->host->set_error(call, "calls overlap in one instance");
    return EK_ITEM_ERROR;
  }
  if (self->model == EK_THREAD_SERIAL_PROCESS && all > 1) {
    self->host->set_error(call, "calls overlap in the module");
    return EK_ITEM_ERROR;
  }
  return status;
}

static int
most_in_instance(ek_inst *self)
{
  return atomic_load(&self->most);
}

static int
most_in_module(void)
{
  return atomic_load(&module_most);
}

static const test_overlap overlap_table = { sizeof overlap_table, 0, most_in_instance, most_in_module };

static const void *
get_extension(ek_inst *self, const char *id)
{
  (void)self;
  return strcmp(id, TEST_EXT_OVERLAP) == 0 ? &overlap_table : NULL;
}

static const ek_option options[] = {
  FIELD_OPTION,
  { .name = "hold", .type = EK_OPT_DURATION, .default_value = "0ms", .max = "10s",
    .help = "how long a call stays inside" },
};
static const char *const reads[] = { NULL };
#define OVERLAP(name, model, maker) \
  static const ek_enricher name = { \
    EK_ENRICHER_INIT, .thread_model = model, .n_options = 2, .id = "overlap-" #name, \
      .summary = "watches overlapping calls", \
    .options = options, .reads = reads, .create = maker, .destroy = destroy, .enrich = enrich, \
      .get_extension = get_extension, \
  }
OVERLAP(process, EK_THREAD_SERIAL_PROCESS, create_process);
OVERLAP(instance, EK_THREAD_SERIAL_INSTANCE, create_instance);
OVERLAP(parallel, EK_THREAD_PARALLEL, create_parallel);
static const ek_enricher *const enrichers[] = { &process, &instance, &parallel };
TEST_MODULE("overlap", enrichers, 3)
