/* SPDX-License-Identifier: 0BSD */
/* Fails in the way that its options say, for all items or those whose id ends in `only`, at the first `times` attempts
 * at each; else passes a field through.                                                                            */
#include "common.h"
#include <pthread.h>

typedef struct attempt attempt;
struct attempt { attempt *next; uint64_t id; int64_t n; };

struct ek_inst {
  const ek_host *host;
  ek_str field, how, only;
  int64_t times, retry_after;
  pthread_mutex_t lock;
  attempt *seen[1024];
};

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  ek_str how = { "", 0 };
  host->opt_str(config, "how", &how);
  if (str_is(how, "create")) {
    host->set_error(call, "asked to fail\nin create");
    return EK_FATAL;
  }
  if (str_is(how, "create_silent"))
    return EK_ITEM_ERROR;
  if (str_is(how, "create_exit"))
    pthread_exit(NULL);
  ek_inst *self = calloc(1, sizeof *self);
  if (!self)
    return EK_FATAL;
  self->host = host;
  self->how = how;
  host->opt_str(config, "field", &self->field);
  host->opt_str(config, "only", &self->only);
  host->opt_int(config, "times", &self->times);
  self->retry_after = -1;
  host->opt_int(config, "retry_after", &self->retry_after);
  pthread_mutex_init(&self->lock, NULL);
  *out = self;
  return EK_OK;
}

static void
destroy(ek_inst *self)
{
  for (size_t i = 0; i < 1024; i++)
    for (attempt *a = self->seen[i], *next; a; a = next) {
      next = a->next;
      free(a);
    }
  pthread_mutex_destroy(&self->lock);
  free(self);
}

/* Which attempt at this item this is, from 1. */
static int64_t
count_attempt(ek_inst *self, ek_str id)
{
  uint64_t h = hash_id(id);
  int64_t n = 1;
  pthread_mutex_lock(&self->lock);
  attempt *a = self->seen[h % 1024];
  while (a && a->id != h)
    a = a->next;
  if (a)
    n = ++a->n;
  else if ((a = malloc(sizeof *a)) != NULL) {
    *a = (attempt){ self->seen[h % 1024], h, 1 };
    self->seen[h % 1024] = a;
  }
  pthread_mutex_unlock(&self->lock);
  return n;
}

static ek_status
emit_bad(ek_inst *self, ek_sink *sink)
{
  static const ek_str empty_parent[] = { { "above", 5 }, { "", 0 } };
  ek_label label = { .struct_size = sizeof label, .name = { "label", 5 }, .confidence = 0.5 };
  const double zero = 0;
  if (str_is(self->how, "bad_empty"))
    label.name.len = 0;
  else if (str_is(self->how, "bad_utf8"))
    label.name = (ek_str){ "caf\xc3", 4 };
  else if (str_is(self->how, "bad_nul"))
    label.name = (ek_str){ "a\0b", 3 };
  else if (str_is(self->how, "bad_nan"))
    label.confidence = (zero / zero);
  else if (str_is(self->how, "bad_confidence"))
    label.confidence = 98.5;
  else if (str_is(self->how, "bad_size"))
    label.struct_size = 0;
  else if (str_is(self->how, "bad_parent")) {
    label.parents = empty_parent;
    label.n_parents = 2;
  }
  return self->host->emit(sink, &label);
}

static ek_status
fail(ek_inst *self, ek_call *call, ek_sink *sink)
{
  static const struct { const char *how; ek_status status; } plain[] = {
    { "no_labels", EK_NO_LABELS }, { "skipped", EK_SKIPPED }, { "retry", EK_RETRY }, { "item_error", EK_ITEM_ERROR },
    { "cancelled", EK_CANCELLED }, { "fatal", EK_FATAL }, { "unset", EK_UNSET }, { "unknown", -77 },
      { "silent", EK_ITEM_ERROR },
    { "ok_empty", EK_OK }, { "unknown_good", 77 },
  };
  const ek_host *host = self->host;
  ek_label label = { .struct_size = sizeof label, .name = { "emitted, then failed", 20 }, .confidence = -1 };
  if (strncmp(self->how.ptr, "bad_", 4) == 0)
    return emit_bad(self, sink);
  if (str_is(self->how, "exit_thread"))
    pthread_exit(NULL);
  if (str_is(self->how, "hang"))                     /* never returns, but does no harm: not even to cancelled() */
    for (;;)
      host->wait(call, 1000000000);
  if (!str_is(self->how, "ok_empty"))
    host->emit(sink, &label);                        /* must be dropped (rule O5) */
  if (self->retry_after >= 0)
    host->set_retry_after(call, self->retry_after);
  if (!str_is(self->how, "silent"))
    host->set_error(call, "failed as asked");
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
    if (str_is(self->how, plain[i].how))
      return plain[i].status;
  return EK_OK;
}

static ek_status
enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  ek_str id = self->host->item_id(item);
  int concerned = id.len >= self->only.len && memcmp(id.ptr + id.len - self->only.len, self->only.ptr,
                                                     self->only.len) == 0;
  if (concerned && (self->times == 0 || count_attempt(self, id) <= self->times))
    return fail(self, call, sink);
  return pass_through(self->host, self->field, item, sink);
}

static const char *const ways[] = {
  "item_error", "retry", "fatal", "cancelled", "skipped", "no_labels", "ok_empty", "unknown", "unknown_good", "unset",
    "silent",
  "bad_empty", "bad_utf8", "bad_nul", "bad_nan", "bad_confidence", "bad_size", "bad_parent", "exit_thread", "hang",
  "create", "create_silent", "create_exit", NULL
};
static const ek_option options[] = {
  FIELD_OPTION,
  { .name = "how", .type = EK_OPT_ENUM, .default_value = "item_error", .choices = ways, .help = "in which way" },
  { .name = "only", .type = EK_OPT_STRING, .default_value = "", .help = "only items whose id ends so" },
  { .name = "times", .type = EK_OPT_INT, .default_value = "0", .min = "0", .max = "1000",
    .help = "only the first attempts; 0: all" },
  { .name = "retry_after", .type = EK_OPT_DURATION, .help = "given with it" },
};
static const char *const reads[] = { NULL };
static const ek_enricher failing = {
  EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .n_options = 5, .id = "failing", .summary = "fails as asked",
  .options = options, .reads = reads, .create = create, .destroy = destroy, .enrich = enrich,
};
static const ek_enricher *const enrichers[] = { &failing };
TEST_MODULE("failing", enrichers, 1)
