/* SPDX-License-Identifier: 0BSD */
/* Passes a field through after a sleep that depends on the item's id alone, so that calls end in another order than
 * they began, and yet the same on every run.                                                                       */
#include "common.h"

struct ek_inst {
  const ek_host *host;
  ek_str field;
  int64_t max;
};

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  ek_inst *self = calloc(1, sizeof *self);
  if (!self) {
    host->set_error(call, "out of memory");
    return EK_FATAL;
  }
  self->host = host;
  host->opt_str(config, "field", &self->field);
  host->opt_int(config, "max", &self->max);
  *out = self;
  return EK_OK;
}

static void
destroy(ek_inst *self)
{
  free(self);
}

static ek_status
enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  const ek_host *host = self->host;
  if (self->max > 0) {
    ek_status status = host->wait(call, (int64_t)(hash_id(host->item_id(item)) % (uint64_t)self->max));
    if (status != EK_OK)
      return status;
  }
  return pass_through(host, self->field, item, sink);
}

static const ek_option options[] = {
  FIELD_OPTION,
  { .name = "max", .type = EK_OPT_DURATION, .default_value = "1ms", .min = "0ms", .max = "10s",
    .help = "the longest sleep" },
};
static const char *const reads[] = { NULL };
static const ek_enricher sleepy = {
  EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .flags = EK_ENR_DETERMINISTIC, .n_options = 2, .id = "sleepy",
  .summary = "sleeps, then passes a field through", .options = options, .reads = reads,
  .create = create, .destroy = destroy, .enrich = enrich,
};
static const ek_enricher *const enrichers[] = { &sleepy };
TEST_MODULE("sleepy", enrichers, 1)
