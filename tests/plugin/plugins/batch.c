/* SPDX-License-Identifier: 0BSD */
/* Passes a field through, at most eight items a call. Every `unset`-th item of a call gets no status of its own, every
 * `error`-th fails with a reason of its own, and the call returns what `returns` says.                             */
#include "common.h"

struct ek_inst {
  const ek_host *host;
  ek_str field, returns;
  int64_t unset, error, sizes;
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
  host->opt_str(config, "returns", &self->returns);
  host->opt_int(config, "unset", &self->unset);
  host->opt_int(config, "error", &self->error);
  host->opt_int(config, "sizes", &self->sizes);
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
  (void)call;
  return pass_through(self->host, self->field, item, sink);
}

static ek_status
enrich_batch(ek_inst *self, ek_call *call, const ek_batch *b)
{
  const ek_host *host = self->host;
  for (uint32_t i = 0; i < b->n; i++) {
    char text[64];
    if (b->status[i] != EK_UNSET)
      return EK_FATAL;
    if (self->unset && (i + 1) % (uint64_t)self->unset == 0)
      continue;
    if (self->error && (i + 1) % (uint64_t)self->error == 0) {
      snprintf(text, sizeof text, "item %u of the call failed as asked", i + 1);
      host->set_error(b->calls[i], text);
      b->status[i] = EK_ITEM_ERROR;
      continue;
    }
    b->status[i] = pass_through(host, self->field, b->items[i], b->sinks[i]);
    if (self->sizes) {
      ek_label label = { .struct_size = sizeof label, .confidence = -1 };
      snprintf(text, sizeof text, "%u of %u", i + 1, b->n);
      label.name = ek_cstr(text);
      b->status[i] = host->emit(b->sinks[i], &label);
    }
  }
  if (str_is(self->returns, "retry"))
    host->set_retry_after(call, 1000000);
  if (!str_is(self->returns, "ok"))
    host->set_error(call, "the call failed as asked");
  return str_is(self->returns, "ok") ? EK_OK : str_is(self->returns, "retry") ? EK_RETRY : EK_ITEM_ERROR;
}

static const char *const returns[] = { "ok", "retry", "item_error", NULL };
static const ek_option options[] = {
  FIELD_OPTION,
  { .name = "unset", .type = EK_OPT_INT, .default_value = "0", .min = "0", .help = "every n-th item gets no status" },
  { .name = "error", .type = EK_OPT_INT, .default_value = "0", .min = "0", .help = "every n-th item fails" },
  { .name = "returns", .type = EK_OPT_ENUM, .default_value = "ok", .choices = returns,
    .help = "what the call returns" },
  { .name = "sizes", .type = EK_OPT_BOOL, .default_value = "false", .help = "also emits the item's place in the call" },
};
static const char *const reads[] = { NULL };
static const ek_enricher batch = {
  EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .max_batch = 8, .n_options = 5, .id = "batch",
  .summary = "takes several items a call", .options = options, .reads = reads,
  .create = create, .destroy = destroy, .enrich = enrich, .enrich_batch = enrich_batch,
};
static const ek_enricher *const enrichers[] = { &batch };
TEST_MODULE("batch", enrichers, 1)
