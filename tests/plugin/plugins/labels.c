/* SPDX-License-Identifier: 0BSD */
/* labels: what earlier steps said, as "STEP:NAME", with their confidence, parents, scheme and ref.
 * fields: what the item has, as "FIELD=VALUE", "FIELD/ENDS=2,3" where paths end; reads every field of the map.    */
#include "common.h"

struct ek_inst {
  const ek_host *host;
  const ek_labels *labels;
};

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  (void)config;
  ek_inst *self = calloc(1, sizeof *self);
  if (!self) {
    host->set_error(call, "out of memory");
    return EK_FATAL;
  }
  self->host = host;
  self->labels = host->get_extension(host, EK_EXT_LABELS);
  *out = self;
  return EK_OK;
}

static void
destroy(ek_inst *self)
{
  free(self);
}

static ek_status
emit(ek_inst *self, ek_sink *sink, const char *text, const ek_label *like)
{
  ek_label label = { .struct_size = sizeof label, .confidence = -1 };
  if (like)
    label = *like;
  label.name = ek_cstr(text);
  return self->host->emit(sink, &label);
}

static ek_status
enrich_labels(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  (void)call;
  size_t n = self->labels->count(item);
  for (size_t i = 0; i < n; i++) {
    char text[600];
    ek_label earlier = { .struct_size = sizeof earlier };
    ek_str step;
    if (!self->labels->at(item, i, &earlier, &step))
      return EK_ITEM_ERROR;
    snprintf(text, sizeof text, "%.*s:%.*s", (int)step.len, step.ptr, (int)earlier.name.len, earlier.name.ptr);
    ek_status status = emit(self, sink, text, &earlier);
    if (status != EK_OK)
      return status;
  }
  return EK_OK;
}

static ek_status
enrich_fields(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  (void)call;
  const ek_host *host = self->host;
  size_t n_names;
  const ek_str *names = host->field_names(item, &n_names);
  for (size_t i = 0; i < n_names; i++) {
    char text[600];
    size_t n, n_ends;
    const ek_str *values = host->field(item, names[i].ptr, &n);
    const size_t *ends = host->field_ends(item, names[i].ptr, &n_ends);
    for (size_t k = 0; k < n; k++) {
      snprintf(text, sizeof text, "%s=%.*s", names[i].ptr, (int)values[k].len, values[k].ptr);
      emit(self, sink, text, NULL);
    }
    int at = snprintf(text, sizeof text, "%s/ENDS=", names[i].ptr);
    for (size_t k = 0; k < n_ends && at < 500; k++)
      at += snprintf(text + at, sizeof text - (size_t)at, "%s%zu", k ? "," : "", ends[k]);
    if (n_ends)
      emit(self, sink, text, NULL);
  }
  return EK_OK;
}

static const char *const no_reads[] = { NULL };
static const char *const needs[] = { EK_EXT_LABELS, NULL };
static const ek_enricher labels = {
  EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .flags = EK_ENR_DETERMINISTIC, .id = "labels",
  .summary = "repeats the labels of earlier steps", .reads = no_reads, .needs = needs,
  .create = create, .destroy = destroy, .enrich = enrich_labels,
};
static const ek_enricher fields = {
  EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .flags = EK_ENR_DETERMINISTIC, .id = "fields",
  .summary = "tells all fields of the item", .create = create, .destroy = destroy, .enrich = enrich_fields,
};
static const ek_enricher *const enrichers[] = { &labels, &fields };
TEST_MODULE("labels", enrichers, 2)
