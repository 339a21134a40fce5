/* SPDX-License-Identifier: 0BSD */
/* A batch plugin of ABI 1.0, frozen: each slot speaks for itself. */
#include "plugin.h"

static const ek_host *host_;     /* one host in this test; a real plugin keeps it in ek_inst */

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  (void)config;
  (void)call;
  (void)out;                     /* an instance may be NULL                    */
  host_ = host;
  return EK_OK;
}

static ek_status
enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  size_t n;
  const ek_str *values = host_->field(item, "category", &n);
  ek_label label = { 0 };
  (void)self;
  (void)call;
  if (!n)
    return EK_NO_LABELS;
  label.struct_size = sizeof label;
  label.name = values[0];
  label.confidence = -1;
  return host_->emit(sink, &label);
}

static ek_status
enrich_batch(ek_inst *self, ek_call *call, const ek_batch *batch)
{
  (void)call;
  for (uint32_t i = 0; i < batch->n; i++) {
    ek_status status = enrich(self, batch->calls[i], batch->items[i], batch->sinks[i]);
    if (status == EK_NO_LABELS)
      host_->set_error(batch->calls[i], "nothing to batch");
    else
      batch->status[i] = status;
  }
  return EK_ITEM_ERROR;          /* for the slots still unset                  */
}

static const char *const reads[] = { "category", NULL };
static const ek_enricher batch_v1 = {
  sizeof(ek_enricher), sizeof(ek_option), EK_THREAD_PARALLEL, 0, 16, 0, "batch-v1", "a batch plugin of ABI 1.0", NULL,
    NULL, reads,
  NULL, NULL, create, NULL, enrich, enrich_batch, NULL, NULL
};
static const ek_enricher *const enrichers[] = { &batch_v1 };
static const ek_module module = {
  sizeof(ek_module), EK_ABI_MAJOR, EK_ABI_MINOR, 0, "org.enrichkit.test.batch-v1", "1.0", NULL, NULL, NULL, 1, 0,
    enrichers
};

const ek_module *
enrichkit_module_v1(void)
{
  return &module;
}
