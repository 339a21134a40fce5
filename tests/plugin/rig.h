/* SPDX-License-Identifier: BSD-3-Clause */
/* One step around one item, without reader, engine or files: what the tests of this room call plugins with. */
#ifndef TESTS_PLUGIN_RIG_H
#define TESTS_PLUGIN_RIG_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config/findings.h"
#include "config/settings.h"
#include "config/tree.h"
#include "plugin/instance.h"

#define RIG_FIELDS 16u

typedef struct rig {
  ek_findings findings;
  ek_conf_tree *tree;
  ek_step_settings steps[4];
  ek_settings settings;
  ek_projection *projection;
  ek_instance *instance;
  ek_arena arena;
  ek_call call;
  ek_sink sink;
  ek_unit unit;
  ek_item item;
  ek_field fields[RIG_FIELDS];
} rig;

/* The folder of the test plugins that were built. */
static inline const char *
rig_folder(void)
{
  static char path[4096];
  const char *top = getenv("top_builddir");
  snprintf(path, sizeof path, "%s/tests/plugin/plugins/.libs", top ? top : ".");
  return path;
}

static inline ek_registry *
rig_registry(void)
{
  char *folder = (char *)rig_folder();
  return ek_registry_scan(&folder, 1, NULL, 0, NULL);
}

/* The instance of plugin as step 2 of "first", "second", "third". options: YAML flow map or NULL. step: its budget
 * and the like, or NULL. */
static inline void
rig_start_step(rig *r, const ek_plugin *plugin, const char *options, const ek_services *services,
               const ek_step_settings *step)
{
  static const char *const names[] = { "first", "second", "third" };
  char yaml[4096];
  memset(r, 0, sizeof *r);
  if (step)
    r->steps[2] = *step;
  snprintf(yaml, sizeof yaml, "options: %s\n", options ? options : "{}");
  r->tree = ek_conf_parse("test.yaml", yaml, strlen(yaml), &r->findings);
  for (int i = 0; i < 3; i++)
    r->steps[i].name = (char *)names[i];
  r->steps[2].plugin = (char *)plugin->enricher->id;
  r->steps[2].place = (ek_place){ .file = "test.yaml", .line = 7, .column = 5 };
  r->steps[2].options = r->tree ? ek_node_get(ek_conf_root(r->tree), "options") : NULL;
  r->settings = (ek_settings){ .tree = r->tree, .chain = r->steps, .n_steps = 3 };
  r->instance = ek_instance_new(plugin, &r->settings, 2, services, 0, &r->findings);
  r->projection = ek_projection_new(EK_PICK_NON_EMPTY);
  r->unit.id = ek_cstr("B0001");
  r->unit.fields = r->fields;
  r->item = (ek_item){ &r->unit, r->instance, &r->arena };
  r->call = (ek_call){ .step = "third", .item = r->unit.id, .deadline_ns = INT64_MAX };
  r->call.instance = r->instance;
  r->call.services = services;
  ek_call_reset(&r->call);
  r->sink = (ek_sink){ .arena = &r->arena, .call = &r->call };
}

static inline void
rig_start(rig *r, const ek_plugin *plugin, const char *options)
{
  rig_start_step(r, plugin, options, NULL, NULL);
}

static inline int
rig_bind(rig *r, const ek_field_rules *rules, ek_error *e)
{
  return ek_instance_bind(r->instance, r->projection, rules, e);
}

/* What the record holds for a projected field. */
static inline void
rig_field(rig *r, const char *name, const ek_str *values, size_t n)
{
  for (size_t i = 0; i < ek_projection_slots(r->projection); i++)
    if (strcmp(ek_projection_name(r->projection, i), name) == 0)
      r->fields[i] = (ek_field){ .values = values, .n = n, .kind = EK_KIND_LIST };
}

static inline ek_status
rig_enrich(rig *r)
{
  ek_call_reset(&r->call);
  r->sink.first = r->sink.last = NULL;
  r->sink.n = 0;
  return ek_instance_enrich(r->instance, &r->call, &r->item, &r->sink);
}

static inline void
rig_stop(rig *r)
{
  ek_instance_free(r->instance);
  ek_projection_free(r->projection);
  ek_conf_free(r->tree);
  ek_findings_free(&r->findings);
  ek_arena_free(&r->arena);
}

/* All labels of the sink as "a|b". */
static inline const char *
rig_labels(const rig *r)
{
  static char text[2000];
  size_t at = 0;
  text[0] = 0;
  for (const ek_tag *t = r->sink.first; t; t = t->next)
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%.*s", at ? "|" : "", (int)t->name.len, t->name.ptr);
  return text;
}

#endif
