/* SPDX-License-Identifier: 0BSD */
/* A whole plugin in C++20: labels an item by the first letter of its brand. Build and run it as README.md shows.     */
#include <enrichkit/plugin.h>
#include <new>
#include <string>

struct ek_inst {
  const ek_host *host;
  std::string prefix;
};

namespace {

/* No exception may leave a plugin: the host is C.                           */
ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
try {
  ek_str prefix{};
  host->opt_str(config, "prefix", &prefix);              // has a default: cannot fail
  *out = new ek_inst{host, std::string(prefix.ptr, prefix.len)};
  return EK_OK;
} catch (const std::bad_alloc &) {
  host->set_error(call, "out of memory");
  return EK_FATAL;
}

void
destroy(ek_inst *self)
{
  delete self;
}

ek_status
enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
try {
  size_t n = 0;
  const ek_str *brands = self->host->field(item, "brand", &n);
  if (!n || !brands[0].len)
    return EK_NO_LABELS;
  const std::string name = self->prefix + brands[0].ptr[0];
  ek_label label{};
  label.struct_size = sizeof label;
  label.confidence = -1;                                 // this plugin has none
  label.name = ek_str{name.data(), name.size()};
  return self->host->emit(sink, &label);                 // not EK_OK: a first byte that is half a letter
} catch (const std::bad_alloc &) {
  self->host->set_error(call, "out of memory");
  return EK_ITEM_ERROR;
}

const ek_option options[] = {
  {"prefix", EK_OPT_STRING, 0, "Brands in ", nullptr, nullptr, nullptr, "What stands before the letter."},
};
const char *const reads[] = {"brand", nullptr};
const ek_enricher hello = {
  EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .flags = EK_ENR_DETERMINISTIC, .n_options = 1,
  .id = "hello-cc", .summary = "labels an item by the first letter of its brand",
  .options = options, .reads = reads, .create = create, .destroy = destroy, .enrich = enrich,
};
const ek_enricher *const enrichers[] = {&hello};
const ek_module module = {
  EK_MODULE_INIT, .id = "org.example.hello-cc", .version = "1.0", .license = "0BSD", .n_enrichers = 1,
  .enrichers = enrichers,
};

}

const ek_module *
enrichkit_module_v1(void)
{
  return &module;
}
