/* SPDX-License-Identifier: 0BSD */
/* A plugin of ABI 1.0, frozen: uses every function of the host table once, and one option of each type. */
#include "plugin.h"
#include <stdlib.h>
#include <string.h>

struct ek_inst {
  const ek_host *host;
  const ek_labels *labels;
  ek_str text, choice, field;
  int64_t number, flag, pause, room;
  double share;
  const ek_str *words; size_t n_words;
  const ek_str *fields; size_t n_fields;
};

static const char extra[] = "brand";

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  struct ek_inst *self = calloc(1, sizeof *self);
  ek_str unset = { "untouched", 9 };
  if (!self || host->struct_size < sizeof *host) {
    host->set_error(call, "no memory, or a host that is older than 1.0");
    free(self);
    return EK_FATAL;
  }
  self->host = host;
  self->labels = host->get_extension(host, EK_EXT_LABELS);
  int ok = host->opt_str(config, "text", &self->text) && host->opt_str(config, "choice", &self->choice) &&
           host->opt_str(config, "field", &self->field) && host->opt_int(config, "number", &self->number) &&
           host->opt_int(config, "flag", &self->flag) && host->opt_int(config, "pause", &self->pause) &&
           host->opt_int(config, "room", &self->room) && host->opt_float(config, "share", &self->share);
  self->words = host->opt_list(config, "words", &self->n_words);
  self->fields = host->opt_list(config, "fields", &self->n_fields);
  if (!ok || host->opt_str(config, "nothing", &unset) || unset.len != 9) {
    host->set_error(call, "an option is missing, or one is there that was not declared");
    free(self);
    return EK_FATAL;
  }
  host->use_field(call, extra);
  host->add_key(call, ek_cstr("frozen"));
  ek_logf(host, NULL, EK_LOG_DEBUG, "created with %lld", (long long)self->number);
  *out = self;
  return EK_OK;
}

static void
destroy(ek_inst *self)
{
  free(self);
}

static ek_status
say(ek_inst *self, ek_sink *sink, const char *format, const char *a, size_t a_len, const char *b, size_t b_len)
{
  char text[200];
  ek_label label = { 0 };
  int n = snprintf(text, sizeof text, format, (int)a_len, a, (int)b_len, b);
  label.struct_size = sizeof label;
  label.name.ptr = text;
  label.name.len = (size_t)n;
  label.confidence = self->share;
  label.parents = self->words;
  label.n_parents = self->n_words;
  label.scheme = ek_cstr("v1");
  return self->host->emit(sink, &label);
}

static ek_status
enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  const ek_host *host = self->host;
  size_t n, n_ends, n_names;
  ek_str id = host->item_id(item);
  const ek_str *values = host->field(item, self->field.ptr, &n);
  const size_t *ends = host->field_ends(item, self->field.ptr, &n_ends);
  const ek_str *names = host->field_names(item, &n_names);
  ek_label bad = { 0 };
  if (host->cancelled(call) || host->time_left_ns(call) <= 0 || host->wait(call, 1000) != EK_OK)
    return EK_CANCELLED;
  if (!n) {
    host->set_error(call, "no values");
    host->set_retry_after(call, self->pause);
    return EK_RETRY;
  }
  bad.struct_size = sizeof bad;
  if (host->emit(sink, &bad) == EK_OK)
    return EK_FATAL;
  for (size_t i = 0; i < n; i++)
    say(self, sink, "%.*s %.*s", id.ptr, id.len, values[i].ptr, values[i].len);
  if (ends)
    say(self, sink, "%.*s %.*s", "ends", 4, "in two", ends[n_ends - 1] == n ? 6 : 0);
  for (size_t i = 0; i < n_names; i++)
    say(self, sink, "%.*s:%.*s", "has", 3, names[i].ptr, names[i].len);
  values = host->field(item, extra, &n);
  if (values)
    say(self, sink, "%.*s %.*s", "of", 2, values[0].ptr, values[0].len);
  for (size_t i = 0; self->labels && i < self->labels->count(item); i++) {
    ek_label earlier = { 0 };
    ek_str step;
    earlier.struct_size = sizeof earlier;
    if (self->labels->at(item, i, &earlier, &step))
      say(self, sink, "%.*s>%.*s", step.ptr, step.len, earlier.name.ptr, earlier.name.len);
  }
  return EK_OK;
}

static const char *const choices[] = { "one", "two", NULL };
static const ek_option options[] = {
  { "text", EK_OPT_STRING, 0, "some text", NULL, NULL, NULL, "a text" },
  { "number", EK_OPT_INT, 0, "7", NULL, "0", "9", "a number" },
  { "share", EK_OPT_FLOAT, 0, "0.25", NULL, "0", "1", "a share" },
  { "flag", EK_OPT_BOOL, 0, "true", NULL, NULL, NULL, "a flag" },
  { "pause", EK_OPT_DURATION, EK_OPT_NO_RESULT, "2ms", NULL, NULL, "1m", "a pause" },
  { "room", EK_OPT_SIZE, EK_OPT_ADVANCED, "4K", NULL, NULL, NULL, "a size" },
  { "choice", EK_OPT_ENUM, 0, "two", choices, NULL, NULL, "a choice" },
  { "words", EK_OPT_LIST, 0, "[up, above]", NULL, NULL, NULL, "parents of all labels" },
  { "field", EK_OPT_FIELD, 0, "category", NULL, NULL, NULL, "a field" },
  { "fields", EK_OPT_FIELDS, 0, "[title]", NULL, NULL, NULL, "more fields" },
};
static const char *const reads[] = { "size", NULL };
static const char *const needs[] = { EK_EXT_LABELS, NULL };
static const ek_enricher v1 = {
  sizeof(ek_enricher), sizeof(ek_option), EK_THREAD_SERIAL_INSTANCE, EK_ENR_DETERMINISTIC, 0, 10, "v1",
    "a plugin of ABI 1.0", NULL,
  options, reads, needs, NULL, create, destroy, enrich, NULL, NULL, NULL
};
static const ek_enricher *const enrichers[] = { &v1 };
static const ek_module module = {
  sizeof(ek_module), EK_ABI_MAJOR, EK_ABI_MINOR, 0, "org.enrichkit.test.v1", "1.0", "enrichkit", NULL, "0BSD", 1, 0,
    enrichers
};

const ek_module *
enrichkit_module_v1(void)
{
  return &module;
}
