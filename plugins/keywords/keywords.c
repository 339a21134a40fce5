/* SPDX-License-Identifier: BSD-3-Clause */
/* keywords - labels by the words and phrases in a record's texts, as a file of
 * rules says.                                                               */
#include <enrichkit/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rules.h"
#include "words.h"

struct ek_inst {
  const ek_host *host;
  kw_rules *rules;
  const ek_str *fields; size_t n_fields;
  int exact;
};

#define FEW 48u

/* The labels of one item, in order of appearance, each with its best rule. */
typedef struct hits {
  const kw_rules *rules;
  uint32_t few[FEW], *list; size_t n, cap;
  uint32_t *place;               /* by label: 1 + index in list; NULL up to FEW  */
  int no_memory;
} hits;

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  ek_str file;
  int64_t exact = 0;
  char why[512];
  ek_inst *self = calloc(1, sizeof *self);
  if (!self || !host->opt_str(config, "file", &file)) {
    host->set_error(call, self ? "option 'file' is missing" : "out of memory");
    free(self);
    return EK_FATAL;
  }
  host->opt_int(config, "case", &exact);
  self->host = host;
  self->exact = exact != 0;
  self->fields = host->opt_list(config, "fields", &self->n_fields);
  self->rules = kw_rules_load(file.ptr, self->exact, why, sizeof why);
  if (!self->rules) {
    host->set_error(call, why);
    free(self);
    return EK_FATAL;
  }
  if (!kw_rules_count(self->rules))
    ek_logf(host, call, EK_LOG_WARN, "%s: no rules, so no item will get a label here", file.ptr);
  *out = self;
  return EK_OK;
}

static void
destroy(ek_inst *self)
{
  kw_rules_free(self->rules);
  free(self);
}

static size_t
find_label(const hits *h, uint32_t label)
{
  if (h->place)
    return h->place[label] ? h->place[label] - 1 : h->n;
  size_t i = 0;
  while (i < h->n && kw_rules_at(h->rules, h->list[i])->label != label)
    i++;
  return i;
}

/* Past FEW labels: a list that grows, and a table instead of looking through it. */
static int
make_room(hits *h)
{
  if (h->n < h->cap)
    return 1;
  uint32_t *bigger = malloc(2 * h->cap * sizeof *bigger);
  if (!h->place && (h->place = calloc(kw_rules_labels(h->rules), sizeof *h->place)))
    for (size_t i = 0; i < h->n; i++)
      h->place[kw_rules_at(h->rules, h->list[i])->label] = (uint32_t)i + 1;
  if (!bigger || !h->place) {
    free(bigger);
    h->no_memory = 1;
    return 0;
  }
  memcpy(bigger, h->list, h->n * sizeof *bigger);
  if (h->list != h->few)
    free(h->list);
  h->list = bigger;
  h->cap *= 2;
  return 1;
}

static void
hit(hits *h, uint32_t rule)
{
  const kw_rule *r = kw_rules_at(h->rules, rule);
  size_t i = find_label(h, r->label);
  if (i < h->n) {                /* the higher confidence stays, then the earlier rule */
    const kw_rule *known = kw_rules_at(h->rules, h->list[i]);
    if (r->confidence > known->confidence || (!(r->confidence < known->confidence) && rule < h->list[i]))
      h->list[i] = rule;
    return;
  }
  if (!make_room(h))
    return;
  if (h->place)
    h->place[r->label] = (uint32_t)h->n + 1;
  h->list[h->n++] = rule;
}

/* One text, once through; phrases do not reach from one text to the next. */
static void
walk(const ek_inst *self, ek_str text, hits *h)
{
  kw_words w;
  uint32_t state = 0;
  kw_words_start(&w, text, self->exact, 0);
  while (kw_words_next(&w)) {
    uint32_t at = state = kw_rules_step(self->rules, state, &w), rule;
    while ((rule = kw_rules_ending(self->rules, &at)))
      for (; rule; rule = kw_rules_at(self->rules, rule)->next)
        hit(h, rule);
  }
}

static ek_status
emit_all(const ek_inst *self, const hits *h, ek_sink *sink)
{
  ek_status status = EK_OK;
  for (size_t i = 0; i < h->n && status == EK_OK; i++) {
    const kw_rule *r = kw_rules_at(self->rules, h->list[i]);
    ek_label label = { .struct_size = sizeof label, .name = kw_rules_label(self->rules, r->label),
                       .confidence = r->confidence, .parents = &r->parent, .n_parents = r->parent.len > 0 };
    status = self->host->emit(sink, &label);
  }
  return status;
}

static ek_status
enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  hits h;
  h.rules = self->rules;
  h.list = h.few;
  h.n = 0;
  h.cap = FEW;
  h.place = NULL;
  h.no_memory = 0;
  for (size_t i = 0; i < self->n_fields; i++) {
    size_t n;
    const ek_str *texts = self->host->field(item, self->fields[i].ptr, &n);
    for (size_t k = 0; k < n; k++)
      walk(self, texts[k], &h);
  }
  ek_status status = h.n ? emit_all(self, &h, sink) : EK_NO_LABELS;
  if (h.list != h.few)
    free(h.list);
  free(h.place);
  if (h.no_memory) {
    self->host->set_error(call, "out of memory");
    return EK_FATAL;
  }
  return status;
}

static const ek_option options[] = {
  { .name = "file", .type = EK_OPT_PATH, .flags = EK_OPT_REQUIRED,
    .help = "File of rules, one a line: word or phrase TAB label [TAB confidence [TAB parent]]." },
  { .name = "fields", .type = EK_OPT_FIELDS, .default_value = "[title, description]",
    .help = "Fields whose texts are searched, in this order." },
  { .name = "case", .type = EK_OPT_BOOL, .default_value = "false",
    .help = "Whether upper and lower case differ." },
};
static const char *const reads[] = { NULL };       /* only what `fields` names     */

static const ek_enricher keywords = {
  EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .flags = EK_ENR_DETERMINISTIC,
  .n_options = sizeof options / sizeof options[0], .id = "keywords",
  .summary = "Gives labels by words and phrases in a record's texts.",
  .help = "Words are matched whole and, unless `case` is set, without regard to case. A phrase matches where its\n"
          "words follow one another. Each label comes once an item, with the highest confidence of its rules.",
  .options = options, .reads = reads,
  .create = create, .destroy = destroy, .enrich = enrich,
};
static const ek_enricher *const enrichers[] = { &keywords };
static const ek_module module = {
  EK_MODULE_INIT, .id = "org.enrichkit.keywords", .version = PLUGIN_VERSION, .vendor = "enrichkit",
  .license = "BSD-3-Clause", .n_enrichers = 1, .enrichers = enrichers,
};

const ek_module *
enrichkit_module_v1(void)
{
  return &module;
}
