/* SPDX-License-Identifier: 0BSD */
/* A whole plugin in C: labels what is cheap or dear by its price. Build and run it as README.md shows.               */
#include <enrichkit/plugin.h>
#include <stdlib.h>

struct ek_inst {
  const ek_host *host;
  int64_t limit;
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
  host->opt_int(config, "limit", &self->limit);        /* has a default: cannot fail */
  *out = self;
  return EK_OK;
}

static void
destroy(ek_inst *self)
{
  free(self);
}

/* The whole dollars of "$12.50"; -1 for what is no such price.             */
static int64_t
dollars(ek_str text)
{
  int64_t n = -1;

  for (size_t i = text.len && text.ptr[0] == '$'; i < text.len && text.ptr[i] != '.'; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9' || n > 1000000)
      return -1;
    n = (n < 0 ? 0 : n) * 10 + (text.ptr[i] - '0');
  }
  return n;
}

static ek_status
enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  size_t n;
  const ek_str *values = self->host->field(item, "price", &n);
  int64_t price = n ? dollars(values[0]) : -1;
  ek_label label = { .struct_size = sizeof label, .confidence = -1 };

  (void)call;
  if (price < 0)
    return EK_NO_LABELS;
  label.name = ek_cstr(price < self->limit ? "Cheap" : "Dear");
  return self->host->emit(sink, &label);
}

static const ek_option options[] = {
  { .name = "limit", .type = EK_OPT_INT, .default_value = "20", .min = "0", .help = "Below this many dollars an item is cheap." },
};
static const char *const reads[] = { "price", NULL };
static const ek_enricher hello = {
  EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .flags = EK_ENR_DETERMINISTIC,
  .n_options = 1, .id = "hello", .summary = "labels an item cheap or dear by its price",
  .options = options, .reads = reads, .create = create, .destroy = destroy, .enrich = enrich,
};
static const ek_enricher *const enrichers[] = { &hello };
static const ek_module module = {
  EK_MODULE_INIT, .id = "org.example.hello", .version = "1.0", .license = "0BSD", .n_enrichers = 1, .enrichers = enrichers,
};

const ek_module *
enrichkit_module_v1(void)
{
  return &module;
}
