/* SPDX-License-Identifier: BSD-3-Clause */
/* plugin/instance.h - one configured enricher: a step's plugin, ready to be called.
 *
 * Makes the ek_host table of the step, runs create() and destroy() under the
 * module's lock, keeps the fields it may ask for, and calls enrich() under the
 * lock that its thread model asks for.                                      */
#ifndef EK_PLUGIN_INSTANCE_H
#define EK_PLUGIN_INSTANCE_H
#include "catalog/projection.h"
#include "config/settings.h"
#include "plugin/call.h"
#include "plugin/item.h"
#include "plugin/options.h"
#include "plugin/registry.h"
#include "plugin/services.h"

struct ek_instance {
  ek_host host;                   /* first: host functions cast it back          */
  const ek_plugin *plugin;
  const char *step;               /* the configured name                        */
  unsigned index;                 /* in the chain                               */
  ek_config *config;
  ek_inst *inst;
  const char **names; int *slots; size_t n_fields;   /* declared; slots after bind */
  uint8_t *key; size_t key_len;   /* add_key                                    */
  pthread_mutex_t lock;           /* SERIAL_INSTANCE                            */
  const char *const *step_names;  /* of the chain, for ek.labels                */
  const ek_services *services;    /* of the run; NULL: none                     */
  const ek_step_settings *settings;
  const int64_t *prices; size_t n_meters;      /* 1e-9 of the currency, by meter; no meters: one, "call" */
  char currency[4];               /* of the prices; "": none has a price         */
  int network;                    /* its lane: leaves the machine, needs a service that does, or costs money */
  int paid;                       /* EK_ENR_COSTS_MONEY                         */
  int keeps;                      /* it has asked for ek.cache/1                */
  /* instance.c's own: */
  size_t cap_fields, n_declared;  /* names before those of the field map         */
  unsigned char *first;           /* by name: 1 for the first of its slot        */
  int created;                    /* create() was EK_OK: destroy() is due        */
  int warned;                     /* of an unknown status                        */
};

/* Types the options, checks `needs` against what this host offers and the step's money
 * (messages 7 of configuration.md: a paid step without a budget; a price for a unit that
 * is not the plugin's; a unit without a price), and calls create() (unless no_create).
 * services: outlive the instance; NULL: extensions are offered for `check`, but no call
 * may be made. NULL and findings: also what set_error said.                 */
ek_instance *ek_instance_new(const ek_plugin *, const ek_settings *, unsigned step, const ek_services *services,
                             int no_create, ek_findings *f);
/* Name of meter i of a plugin: "image"; "call" when it declares none.         */
const char *ek_instance_meter(const ek_instance *, size_t i);
/* Adds slots for reads, FIELD options and use_field to the projection. With
 * reads NULL: every name of the field map.                                  */
int ek_instance_bind(ek_instance *, ek_projection *, const ek_field_rules *, ek_error *e);
void ek_instance_free(ek_instance *);      /* destroy()                          */

/* One item. Labels are in sink's list, not yet in the unit. The status is what
 * the plugin said, with unknown ones mapped as plugin.h says (a warning once). */
ek_status ek_instance_enrich(ek_instance *, ek_call *, const ek_item *, ek_sink *);
/* Several, up to max_batch; status[i] is never EK_UNSET afterwards.         */
void ek_instance_enrich_batch(ek_instance *, ek_call *, const ek_batch *);
/* Extensions this host offers by id, or NULL: all of them without services (`check`),
 * and while planning; else those whose service is there. Also used to check `needs`. */
const void *ek_host_extension(const ek_services *, const char *id);

#endif
