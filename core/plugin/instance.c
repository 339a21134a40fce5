/* SPDX-License-Identifier: BSD-3-Clause */
#include "plugin/instance.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "plugin/internal.h"

#define MOST_OPTION_FIELDS 256u

/* ---- making one ----------------------------------------------------------------- */

static int
needs(const ek_enricher *en, const char *id)
{
  for (size_t i = 0; en->needs && en->needs[i]; i++)
    if (strcmp(en->needs[i], id) == 0)
      return 1;
  return 0;
}

static int
check_needs(const ek_plugin *p, const char *step, const ek_place *where, const ek_services *services, ek_findings *f)
{
  const ek_enricher *en = p->enricher;
  for (size_t i = 0; en->needs && en->needs[i]; i++)
    if (!ek_host_extension(services, en->needs[i])) {
      char shown[400];
      return ek_findings_error(f, where, "extension_missing",
                               "install an enrichkit that offers it, or leave the step out",
                               "step '%s': plugin '%s' needs '%s', which this enrichkit does not offer", step, en->id,
                               ek_show(ek_cstr(en->needs[i]), shown, sizeof shown));
    }
  return 0;
}

static void
declare_fields(ek_instance *in)
{
  const ek_enricher *en = in->plugin->enricher;
  const char *names[MOST_OPTION_FIELDS];
  for (size_t i = 0; en->reads && en->reads[i]; i++)
    ek_instance_add_field(in, en->reads[i]);
  size_t n = ek_options_fields(in->config, names, MOST_OPTION_FIELDS);
  for (size_t i = 0; i < n && i < MOST_OPTION_FIELDS; i++)
    ek_instance_add_field(in, names[i]);
}

/* A plugin that ends the thread within create() would end the program with status 0. */
static void
thread_ended(void *what)
{
  ek_error e = { 0 };
  ek_fail(&e, EK_EXIT_FAILED, "plugin_ended_thread", "%s ended the thread: the run cannot go on", (const char *)what);
  ek_log_error(&e);
  _exit(EK_EXIT_FAILED);
}

static ek_status
call_create(ek_instance *in, ek_call *call)
{
  ek_status status;
  char what[128];
  snprintf(what, sizeof what, "create() of plugin '%s'", in->plugin->enricher->id);
  pthread_mutex_lock(&in->plugin->module->lock);
  pthread_cleanup_push(thread_ended, what);
  status = in->plugin->enricher->create(&in->host, in->config, call, &in->inst);
  pthread_cleanup_pop(0);
  pthread_mutex_unlock(&in->plugin->module->lock);
  return status;
}

static const char *
status_name(ek_status s)
{
  switch (s) {
  case EK_FATAL: return "EK_FATAL";
  case EK_RETRY: return "EK_RETRY";
  case EK_ITEM_ERROR: return "EK_ITEM_ERROR";
  case EK_CANCELLED: return "EK_CANCELLED";
  default: return "not EK_OK";
  }
}

static int
start(ek_instance *in, const ek_place *where, ek_findings *f)
{
  ek_create_state state = { .instance = in };
  ek_call call = { .create = &state, .instance = in, .services = in->services, .step = in->step,
                   .deadline_ns = INT64_MAX };
  if (in->settings->timeout_ns > 0)
    call.deadline_ns = ek_monotonic_ns() + in->settings->timeout_ns;
  ek_call_reset(&call);
  ek_status status = call_create(in, &call);
  ek_call_end(&call);
  const char *id = in->plugin->enricher->id;
  if (status != EK_OK && call.has_error)
    return ek_findings_error(f, where, "create_failed", NULL, "step '%s': plugin '%s' cannot start: %s", in->step, id,
                             call.error);
  if (status != EK_OK)
    return ek_findings_error(f, where, "create_failed", NULL,
                             "step '%s': plugin '%s' cannot start, and gives no reason (status %s)", in->step, id,
                             status_name(status));
  in->created = 1;
  if (state.full)
    return ek_findings_error(f, where, "create_failed", NULL,
                             "step '%s': plugin '%s' asked for a field without a usable name, for too many fields, "
                             "or for too long a key", in->step, id);
  return 0;
}

ek_instance *
ek_instance_new(const ek_plugin *plugin, const ek_settings *settings, unsigned step, const ek_services *services,
                int no_create, ek_findings *f)
{
  const ek_step_settings *st = &settings->chain[step];
  if (check_needs(plugin, st->name, &st->place, services, f) < 0)
    return NULL;
  ek_config *config = ek_options_make(plugin->enricher, settings->tree, st->options, &st->place, f);
  if (!config)
    return NULL;
  ek_instance *in = ek_mem_zero(1, sizeof *in);
  const char **names = ek_mem_zero(settings->n_steps + 1, sizeof *names);
  for (size_t i = 0; i < settings->n_steps; i++)
    names[i] = settings->chain[i].name;
  ek_host_init(&in->host);
  in->plugin = plugin;
  in->step = st->name;
  in->index = step;
  in->config = config;
  in->step_names = names;
  in->services = services;
  in->settings = st;
  /* What costs money goes that way too: there alone budgets are kept. */
  in->network = (plugin->enricher->flags & (EK_ENR_NETWORK | EK_ENR_COSTS_MONEY)) || st->n_prices > 0 ||
                needs(plugin->enricher, EK_EXT_HTTP) || needs(plugin->enricher, EK_EXT_ASSET) ||
                needs(plugin->enricher, EK_EXT_METER);
  pthread_mutex_init(&in->lock, NULL);
  declare_fields(in);
  if (ek_instance_price(in, f) < 0 || (!no_create && start(in, &st->place, f) < 0)) {
    ek_instance_free(in);
    return NULL;
  }
  /* What is answered from a tape was paid for when it was recorded, or never. */
  if (settings->network.replay && services && !services->planning)
    for (size_t i = 0; i < in->n_meters; i++)
      ((int64_t *)(uintptr_t)in->prices)[i] = 0;
  in->n_declared = in->n_fields;
  return in;
}

int
ek_instance_bind(ek_instance *in, ek_projection *p, const ek_field_rules *rules, ek_error *e)
{
  in->n_fields = in->n_declared;                     /* binding again starts anew */
  if (!in->plugin->enricher->reads)
    for (size_t i = 0; rules && i < rules->n; i++)
      ek_instance_add_field(in, rules->list[i].name);
  for (size_t i = 0; i < in->n_fields; i++) {
    in->slots[i] = ek_projection_use(p, rules, in->names[i], e);
    if (in->slots[i] < 0)
      return -1;
    in->first[i] = 1;
    for (size_t k = 0; k < i; k++)
      if (in->slots[k] == in->slots[i])
        in->first[i] = 0;
  }
  return 0;
}

void
ek_instance_free(ek_instance *in)
{
  if (!in)
    return;
  if (in->created && in->plugin->enricher->destroy) {
    char what[128];
    snprintf(what, sizeof what, "destroy() of plugin '%s'", in->plugin->enricher->id);
    pthread_mutex_lock(&in->plugin->module->lock);
    pthread_cleanup_push(thread_ended, what);
    in->plugin->enricher->destroy(in->inst);
    pthread_cleanup_pop(0);
    pthread_mutex_unlock(&in->plugin->module->lock);
  }
  ek_options_free(in->config);
  pthread_mutex_destroy(&in->lock);
  free((void *)in->step_names);
  free((void *)in->names);
  free((void *)in->prices);
  free(in->slots);
  free(in->first);
  free(in->key);
  free(in);
}

/* ---- calling it ----------------------------------------------------------------- */

static pthread_mutex_t *
lock_of(ek_instance *in)
{
  switch (in->plugin->enricher->thread_model) {
  case EK_THREAD_PARALLEL: return NULL;
  case EK_THREAD_SERIAL_INSTANCE: return &in->lock;
  default: return &in->plugin->module->lock;         /* the strictest           */
  }
}

static void
unlock(void *mutex)
{
  pthread_mutex_unlock(mutex);
}

/* The time that a call waits for others to be over is not its own: it would be late before it has begun. */
static void
enter(pthread_mutex_t *lock, ek_call *call, const ek_batch *b)
{
  if (pthread_mutex_trylock(lock) == 0)
    return;
  int64_t since = ek_monotonic_ns();
  pthread_mutex_lock(lock);
  int64_t waited = ek_monotonic_ns() - since;
  ek_call_extend(call, waited);
  for (uint32_t i = 0; b && i < b->n; i++)
    ek_call_extend(b->calls[i], waited);
}

static int
is_known(ek_status s)
{
  return s == EK_OK || s == EK_NO_LABELS || s == EK_SKIPPED || s == EK_RETRY || s == EK_ITEM_ERROR ||
         s == EK_CANCELLED || s == EK_FATAL;
}

/* A status that this host does not know, as plugin.h says. */
static ek_status
map_unknown(ek_instance *in, ek_call *call, ek_status s)
{
  if (s == EK_UNSET) {
    ek_call_note(call, 0, "the plugin set no status");
    return EK_ITEM_ERROR;
  }
  if (!__atomic_exchange_n(&in->warned, 1, __ATOMIC_RELAXED))
    ek_warn("unknown_status",
            "step '%s': plugin '%s' returns status %ld, which this enrichkit does not know: taken as %s", in->step,
            in->plugin->enricher->id, (long)s, s > 0 ? "success" : "an error of the item");
  if (s > 0)
    return EK_OK;
  ek_call_note(call, 0, "the plugin returned the unknown status %ld", (long)s);
  return EK_ITEM_ERROR;
}

/* What the plugin itself makes of an answer or a picture: of a service's answer it is the service's error, and of a
 * picture that nobody was asked about, a refusal of the picture. */
static void
find_reason(ek_call *call, const ek_scratch *scratch, ek_status s)
{
  if (call->reason || (s != EK_RETRY && s != EK_ITEM_ERROR) || call->parked != EK_PARKED_NOT)
    return;
  if (call->requests)
    call->reason = "service_error";
  else if (scratch && scratch->loaded && s == EK_ITEM_ERROR)
    call->reason = "asset_refused";
}

/* Books one item: labels count only with EK_OK (rule O5), and EK_OK without labels is EK_NO_LABELS. */
static ek_status
settle(ek_instance *in, ek_call *call, ek_sink *sink, ek_status s)
{
  const ek_scratch *scratch = call->scratch;
  if (__builtin_expect(!is_known(s), 0))
    s = map_unknown(in, call, s);
  if (scratch && scratch->blocked == EK_FATAL)       /* the ledger is lost, say: whatever the plugin made of it */
    s = EK_FATAL;
  find_reason(call, scratch, s);
  if (s == EK_OK && sink->n) {
    for (ek_tag *t = sink->first; t; t = t->next)
      t->step = (uint16_t)in->index;
    return EK_OK;
  }
  sink->first = sink->last = NULL;
  sink->n = 0;
  if (s == EK_OK)
    return EK_NO_LABELS;
  if (s == EK_ITEM_ERROR || s == EK_FATAL)
    ek_call_note(call, 0, "the plugin gives no reason");
  return s;
}

ek_status
ek_instance_enrich(ek_instance *in, ek_call *call, const ek_item *item, ek_sink *sink)
{
  const ek_enricher *en = in->plugin->enricher;
  pthread_mutex_t *lock = lock_of(in);
  ek_status s;
  if (!lock)
    return settle(in, call, sink, en->enrich(in->inst, call, item, sink));
  enter(lock, call, NULL);
  pthread_cleanup_push(unlock, lock);                /* a plugin may end this thread */
  s = en->enrich(in->inst, call, item, sink);
  pthread_cleanup_pop(1);
  return settle(in, call, sink, s);
}

/* What the function returned, and its reason, go to the items that have no status of their own. */
static void
spread(const ek_call *from, const ek_batch *b, ek_status s)
{
  for (uint32_t i = 0; i < b->n; i++) {
    if (b->status[i] != EK_UNSET)
      continue;
    b->status[i] = s;
    if (from->has_error && from != b->calls[i])
      ek_call_note(b->calls[i], 0, "%s", from->error);
    if (b->calls[i]->retry_after_ns < 0)
      b->calls[i]->retry_after_ns = from->retry_after_ns;
  }
}

static ek_status
call_locked(ek_instance *in, ek_call *call, const ek_batch *b, pthread_mutex_t *lock)
{
  ek_status s;
  pthread_cleanup_push(unlock, lock);
  s = in->plugin->enricher->enrich_batch(in->inst, call, b);
  pthread_cleanup_pop(1);
  return s;
}

static void
one_batch(ek_instance *in, ek_call *call, const ek_batch *b)
{
  pthread_mutex_t *lock = lock_of(in);
  ek_status s;
  for (uint32_t i = 0; i < b->n; i++)
    b->status[i] = EK_UNSET;
  if (lock) {
    enter(lock, call, b);
    s = call_locked(in, call, b, lock);
  } else
    s = in->plugin->enricher->enrich_batch(in->inst, call, b);
  spread(call, b, s);
  for (uint32_t i = 0; i < b->n; i++)
    b->status[i] = settle(in, b->calls[i], b->sinks[i], b->status[i]);
}

/* Of each part its own reason; the last one's, and what all have asked, is the caller's to read. */
static void
forget_part(ek_call *call)
{
  uint32_t requests = call->requests, hits = call->cache_hits;
  ek_call_reset(call);
  call->requests = requests;
  call->cache_hits = hits;
}

void
ek_instance_enrich_batch(ek_instance *in, ek_call *call, const ek_batch *batch)
{
  const ek_enricher *en = in->plugin->enricher;
  if (!en->max_batch) {
    for (uint32_t i = 0; i < batch->n; i++)
      batch->status[i] = ek_instance_enrich(in, batch->calls[i], batch->items[i], batch->sinks[i]);
    return;
  }
  for (uint32_t at = 0; at < batch->n; at += en->max_batch) {
    ek_batch part = { .struct_size = sizeof part, .n = batch->n - at < en->max_batch ? batch->n - at : en->max_batch,
                      .items = batch->items + at, .sinks = batch->sinks + at, .calls = batch->calls + at,
                      .status = batch->status + at };
    if (at)
      forget_part(call);
    one_batch(in, call, &part);
  }
}
