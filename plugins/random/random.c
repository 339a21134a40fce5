/* SPDX-License-Identifier: 0BSD */
/* random - labels that mean nothing, as a control: an arm with them shows what labels of
 * this kind do when they tell nothing about the items.
 *
 * What an item gets depends on its id and the seed alone: the same in every run, for
 * any number of threads, whatever the order of the records.                 */
#include <enrichkit/plugin.h>
#include <stdlib.h>

struct ek_inst {
  const ek_host *host;
  const ek_str *labels; size_t n_labels;
  uint64_t seed;
  size_t count;
};

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  int64_t seed = 1, count = 1;
  ek_inst *self = calloc(1, sizeof *self);
  if (!self) {
    host->set_error(call, "out of memory");
    return EK_FATAL;
  }
  self->host = host;
  self->labels = host->opt_list(config, "labels", &self->n_labels);
  host->opt_int(config, "seed", &seed);
  host->opt_int(config, "count", &count);
  self->seed = (uint64_t)seed;
  self->count = (size_t)count;
  if (self->count > self->n_labels) {
    host->set_error(call, "option 'labels' has fewer labels than an item is to get");
    free(self);
    return EK_FATAL;
  }
  *out = self;
  return EK_OK;
}

static void
destroy(ek_inst *self)
{
  free(self);
}

static uint64_t
mix(uint64_t h)                    /* the finish of splitmix64                 */
{
  h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
  h = (h ^ h >> 27) * 0x94d049bb133111ebu;
  return h ^ h >> 31;
}

static uint64_t
hash(uint64_t seed, ek_str id)
{
  uint64_t h = mix(seed + 0x9e3779b97f4a7c15u);
  for (size_t i = 0; i < id.len; i++)
    h = (h ^ (unsigned char)id.ptr[i]) * 0x100000001b3u;
  return mix(h);
}

/* 1 when an earlier draw took it. */
static int
taken(const size_t *draws, size_t n, size_t label)
{
  for (size_t i = 0; i < n; i++)
    if (draws[i] == label)
      return 1;
  return 0;
}

static ek_status
enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  size_t draws[10];                /* count is at most that                    */
  uint64_t h = hash(self->seed, self->host->item_id(item));
  ek_status status = EK_OK;
  (void)call;
  for (size_t i = 0; i < self->count && status == EK_OK; i++) {
    do {
      h = mix(h + 0x9e3779b97f4a7c15u);
      draws[i] = (size_t)(h % self->n_labels);
    } while (taken(draws, i, draws[i]));
    ek_label label = { .struct_size = sizeof label, .name = self->labels[draws[i]], .confidence = -1 };
    status = self->host->emit(sink, &label);
  }
  return status;
}

static const ek_option options[] = {
  { .name = "labels", .type = EK_OPT_LIST, .flags = EK_OPT_REQUIRED,
    .help = "What is drawn from, each with the same chance." },
  { .name = "count", .type = EK_OPT_INT, .default_value = "1", .min = "1", .max = "10",
    .help = "Labels an item." },
  { .name = "seed", .type = EK_OPT_INT, .default_value = "1", .min = "0", .max = "1000000000",
    .help = "Another seed, other labels." },
};
static const char *const reads[] = { NULL };       /* nothing but the id         */

static const ek_enricher random_labels = {
  EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .flags = EK_ENR_DETERMINISTIC,
  .n_options = sizeof options / sizeof options[0], .id = "random",
  .summary = "Gives labels that mean nothing, as a control for comparisons.",
  .help = "An arm with this step shows what labels do that tell nothing about the items: whatever an enrichment\n"
          "reaches beyond that is its own. Which labels an item gets depends on its id and the seed alone.",
  .options = options, .reads = reads,
  .create = create, .destroy = destroy, .enrich = enrich,
};
static const ek_enricher *const enrichers[] = { &random_labels };
static const ek_module module = {
  EK_MODULE_INIT, .id = "org.enrichkit.random", .version = PLUGIN_VERSION, .vendor = "enrichkit",
  .license = "0BSD", .n_enrichers = 1, .enrichers = enrichers,
};

const ek_module *
enrichkit_module_v1(void)
{
  return &module;
}
