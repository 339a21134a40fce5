/* SPDX-License-Identifier: BSD-3-Clause */
/* What we know of (state.json), and how the account sees it.                */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "stage/personalize/cloud.h"
#include "stage/personalize/kinds.h"

static const char *const asked_kinds[] = { "group", "schema", "dataset", "import", "solution", "version", "campaign", "tracker",
                                           "object" };

static int
is_kind(const char *word)
{
  for (size_t i = 0; i < sizeof asked_kinds / sizeof *asked_kinds; i++)
    if (strcmp(asked_kinds[i], word) == 0)
      return 1;
  return 0;
}

/* The account's description of a thing, with its status at "status" and a reason at "failureReason". */
static json_t *
ask(ek_cloud *c, const ek_pz_kind *k, const ek_thing *t, ek_error *e)
{
  if (!t->arn)
    return json_pack("{s:s}", "status", "ASKED FOR, NOT SEEN YET");
  if (!k->describe)
    return json_object();
  json_t *in = json_pack("{s:s}", k->arn_member, t->arn), *out = NULL, *object;
  enum ek_pz r = ek_pz_call(c, k->describe, in, &out, e);
  json_decref(in);
  if (r == EK_PZ_NOT_FOUND)
    return json_pack("{s:s}", "status", "NOT THERE");
  if (r != EK_PZ_OK)
    return NULL;
  object = json_incref(json_object_get(out, k->object));
  json_decref(out);
  return object ? object : json_object();
}

static void
add_text(ek_text *out, const ek_pz_kind *k, const ek_thing *t, const json_t *d)
{
  char name[400], text[1300];
  const char *status = json_string_value(json_object_get(d, "status"));
  const char *reason = json_string_value(json_object_get(d, "failureReason"));
  const json_t *newer = json_object_get(d, "latestCampaignUpdate");
  ek_text_printf(out, "%-9s %-40s %-18s %s", k->word, ek_show(ek_cstr(t->name), name, sizeof name), status ? status : "-",
                 t->origin == EK_ADOPTED ? "was there" : "ours");
  if (newer)
    ek_text_printf(out, "   update: %s", ek_show(ek_cstr(json_string_value(json_object_get(newer, "status")) ? json_string_value(json_object_get(newer, "status")) : "-"), text, sizeof text));
  if (reason)
    ek_text_printf(out, "   %s", ek_show(ek_cstr(reason), text, sizeof text));
  if (t->arn) {
    ek_text_cstr(out, "\n          ");
    ek_pz_add_arn(t->arn, out);
  }
  ek_text_char(out, '\n');
}

static void
add_json(json_t *all, const ek_pz_kind *k, const ek_thing *t, json_t *d)
{
  json_t *o = json_pack("{s:s, s:s, s:s, s:O}", "kind", k->word, "name", t->name, "origin",
                        t->origin == EK_ADOPTED ? "adopted" : "ours", "account", d);
  json_object_set_new(o, "arn", t->arn ? json_string(t->arn) : json_null());
  json_array_append_new(all, o);
}

static int
describe(ek_cloud *c, const char *kind, const char *name, json_t *all, ek_text *out, ek_error *e)
{
  size_t shown = 0;
  ek_thing t;
  for (size_t i = 0; i < ek_state_count(c->state); i++) {
    if (!ek_state_at(c->state, i, &t))
      break;
    const ek_pz_kind *k = ek_pz_kind_of(t.kind);
    if (!k || (kind && strcmp(kind, k->word) != 0) || (name && strcmp(name, t.name) != 0))
      continue;
    json_t *d = ask(c, k, &t, e);
    if (!d)
      return -1;
    if (all)
      add_json(all, k, &t, d);
    else
      add_text(out, k, &t, d);
    json_decref(d);
    shown++;
  }
  if (name && !shown)
    return ek_fail(e, EK_EXIT_REFUSED, "not_found", "this output folder knows no %s '%s'", kind, name);
  if (!shown && !all && kind)
    ek_text_printf(out, "this output folder knows of no %s\n", kind);
  else if (!shown && !all)
    ek_text_cstr(out, "nothing was created from this output folder yet\n");
  return 0;
}

int
ek_pz_describe(const ek_account *a, const char *kind, const char *name, int json, ek_text *out, ek_error *e)
{
  ek_cloud c;
  json_t *all = json ? json_array() : NULL;
  int r;
  if (kind && !is_kind(kind)) {
    ek_fail(e, EK_EXIT_REFUSED, "bad_kind", "there is no kind '%s' in the account", kind);
    ek_help(e, "kinds are group, schema, dataset, import, solution, version, campaign, tracker, object");
    json_decref(all);
    return -1;
  }
  r = ek_pz_open(&c, a, NULL, e);
  if (r == 0)
    r = describe(&c, kind, name, all, out, e);
  if (r == 0 && all) {
    char *text = json_dumps(all, JSON_INDENT(1));
    ek_text_cstr(out, text);
    ek_text_char(out, '\n');
    free(text);
  }
  json_decref(all);
  ek_pz_close(&c);
  return r;
}
