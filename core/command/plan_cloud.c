/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run would make in the account, as far as the folder's state.json knows: nobody is asked, so what is there
 * under the same name and not known here is adopted by the run, not made.   */
#include <stdio.h>
#include <string.h>
#include "command/plan.h"
#include "stage/personalize/ensure.h"

#define MOST 16u

typedef struct thing { const char *kind, *word; char name[EK_ARN]; int known; } thing;
typedef struct things { thing list[MOST]; size_t n; } things;

static void
add(things *t, const ek_state *state, const char *kind, const char *word, const char *name)
{
  ek_thing found;
  thing *new = &t->list[t->n];
  if (t->n == MOST)
    return;
  t->n++;
  new->kind = kind;
  new->word = word;
  /* What was named by its ARN is there already. */
  new->known = ek_pz_is_arn(name) || (state && ek_state_find(state, kind, name, &found) && found.arn != NULL);
  snprintf(new->name, sizeof new->name, "%s", ek_pz_is_arn(name) ? ek_pz_arn_name(name) : name);
}

static void
find_things(const ek_run_plan *p, things *t)
{
  const ek_settings *s = p->settings;
  ek_error e = { 0 };
  char campaign[EK_ARN + 10];
  ek_state *state = ek_state_open(s->output.dir, NULL, NULL, &e);
  add(t, state, "dataset_group", "group", s->import.dataset_group);
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    if (p->job->present[k])
      add(t, state, "dataset", "dataset", ek_pz_type((enum ek_record_kind)k));
  if (p->until >= EK_UNTIL_TRAIN && s->sections.train)
    add(t, state, "solution", "solution", s->train.solution);
  if (p->until >= EK_UNTIL_DEPLOY) {
    snprintf(campaign, sizeof campaign, "%s%s", s->deploy.campaign, s->deploy.canary ? "-canary" : "");
    add(t, state, "campaign", "campaign", s->deploy.canary && ek_pz_is_arn(campaign) ? ek_pz_arn_name(campaign) : campaign);
  }
  ek_state_close(state);
}

static void
add_those(ek_text *out, const things *t, int known, const char *head)
{
  int first = 1;
  for (size_t i = 0; i < t->n; i++) {
    char shown[160];
    if (t->list[i].known != known)
      continue;
    ek_text_printf(out, "%s%s %s", first ? head : ", ", t->list[i].word, ek_show(ek_cstr(t->list[i].name), shown, sizeof shown));
    first = 0;
  }
  if (!first)
    ek_text_char(out, '\n');
}

void
ek_plan_cloud_text(const ek_run_plan *p, ek_text *out)
{
  const ek_settings *s = p->settings;
  things t = { .n = 0 };
  char shown[160];
  if (p->until < EK_UNTIL_IMPORT || !ek_in_cloud(s))
    return;
  find_things(p, &t);
  add_those(out, &t, 0, "Account  makes, or adopts what has the name: ");
  add_those(out, &t, 1, "Account  has, as this folder knows: ");
  ek_text_printf(out, "Account  uploads to %s; an import job for a file that changed", ek_show(ek_cstr(s->import.data_location), shown, sizeof shown));
  if (p->until >= EK_UNTIL_TRAIN && s->sections.train)
    ek_text_cstr(out, "; then a solution version, paid by the hour of training");
  if (p->until >= EK_UNTIL_DEPLOY)
    ek_text_printf(out, "; the campaign costs %u request%s a second at least, as long as it is there", s->deploy.min_provisioned_tps,
                   s->deploy.min_provisioned_tps == 1 ? "" : "s");
  ek_text_char(out, '\n');
}

void
ek_plan_cloud_json(const ek_run_plan *p, ek_jsonw *w)
{
  things t = { .n = 0 };
  if (p->until < EK_UNTIL_IMPORT || !ek_in_cloud(p->settings))
    return;
  find_things(p, &t);
  ek_jsonw_open(w, "account", '{', 0);
  ek_jsonw_text(w, "data_location", p->settings->import.data_location);
  ek_jsonw_open(w, "resources", '[', 1);
  for (size_t i = 0; i < t.n; i++) {
    ek_jsonw_open(w, NULL, '{', 0);
    ek_jsonw_text(w, "kind", t.list[i].word);
    ek_jsonw_text(w, "name", t.list[i].name);
    ek_jsonw_bool(w, "known", t.list[i].known);
    ek_jsonw_close(w, '}');
  }
  ek_jsonw_close(w, ']');
  ek_jsonw_close(w, '}');
}
