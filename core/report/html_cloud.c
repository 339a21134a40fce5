/* SPDX-License-Identifier: BSD-3-Clause */
/* What Amazon Personalize trained and serves: its figures are means over all users, so nothing is judged here. */
#include <jansson.h>
#include "base/number.h"
#include "report/side.h"

static const ek_arm_result *
version_at(const ek_train_result *t, size_t i)
{
  return i < t->n_arms ? &t->arms[i] : &t->earlier[i - t->n_arms];
}

static void
add_versions(ek_text *out, const ek_train_result *t)
{
  static const char *const heads[] = { "Solution version", "Recipe", "Created", "#Training hours", "ARN", NULL };
  char utc[32] = "";
  ek_html_table(out, "long", t->n_earlier ? "What was trained, the newest first" : "What was trained", heads);
  for (size_t i = 0; i < t->n_arms + t->n_earlier; i++) {
    const ek_arm_result *a = version_at(t, i);
    ek_text_cstr(out, "<tr><th scope='row'>");
    ek_html_data(out, a->solution_version);
    ek_text_cstr(out, "</th><td>");
    ek_html_data(out, a->recipe_name ? a->recipe_name : "");
    if (a->made)
      ek_number_utc(a->made, utc);
    ek_text_printf(out, "</td><td>%s</td><td class='n'>%.2f</td><td><code class='sum'>", a->made ? utc : "",
                   a->training_hours);
    ek_html_data(out, a->arn ? a->arn : "");
    ek_text_cstr(out, "</code></td></tr>\n");
  }
  ek_html_table_end(out);
}

static void
add_metrics(ek_text *out, const ek_train_result *t)
{
  ek_text_cstr(out, "<div class='scroll'><table><caption>Metrics side by side</caption>\n<thead><tr><th scope='col'>Metric</th>");
  for (size_t i = 0; i < t->n_arms + t->n_earlier; i++) {
    ek_text_cstr(out, "<th scope='col' class='n'>");
    ek_html_data(out, version_at(t, i)->solution_version);
    ek_text_cstr(out, "</th>");
  }
  ek_text_cstr(out, "</tr></thead>\n<tbody>\n");
  for (size_t f = 0; f < EK_FIGURES; f++) {
    if (!ek_side_has(&ek_figures[f]))
      continue;
    ek_text_printf(out, "<tr><th scope='row'>%s</th>", ek_figures[f].coverage ? "Coverage" : ek_figures[f].title);
    for (size_t i = 0; i < t->n_arms + t->n_earlier; i++)
      ek_text_printf(out, "<td class='n'>%.6f</td>", ek_figure_get(&version_at(t, i)->mean, &ek_figures[f]));
    ek_text_cstr(out, "</tr>\n");
  }
  ek_text_cstr(out, "</tbody></table></div>\n");
}

static void
add_tuned(ek_text *out, const ek_arm_result *a)
{
  static const char *const heads[] = { "Parameter", "#Value", NULL };
  json_t *tuned = a->tuned ? json_loads(a->tuned, 0, NULL) : NULL, *value;
  const char *name;
  if (!json_object_size(tuned)) {
    json_decref(tuned);
    return;
  }
  ek_html_table(out, NULL, "Hyperparameters that the search found", heads);
  json_object_foreach(tuned, name, value) {
    ek_text_cstr(out, "<tr><th scope='row'>");
    ek_html_data(out, name);
    ek_text_cstr(out, "</th><td class='n'>");
    ek_html_data(out, json_is_string(value) ? json_string_value(value) : "");
    ek_text_cstr(out, "</td></tr>\n");
  }
  ek_html_table_end(out);
  json_decref(tuned);
}

void
ek_html_versions(ek_text *out, const ek_report *r)
{
  const ek_train_result *t = r->train;
  ek_html_section(out, "measured", "Metrics side by side");
  ek_text_cstr(out, "<p>Amazon Personalize holds out a part of the interactions and tells means over all users, not what "
                    "each user got: so there are no intervals here and no verdict. It advises against comparing metrics of "
                    "different data. Whether labels help is answered by the engine local, on the same files.</p>\n");
  add_versions(out, t);
  add_metrics(out, t);
  if (t->n_arms)
    add_tuned(out, &t->arms[0]);
  ek_text_cstr(out, "</section>\n");
}

void
ek_html_deploy(ek_text *out, const ek_report *r)
{
  const ek_deploy_result *d = r->deploy;
  if (!d)
    return;
  ek_html_section(out, "campaign", "Campaign");
  ek_text_cstr(out, "<p>Campaign ");
  ek_html_data(out, d->campaign);
  ek_text_printf(out, " %s and is %s. <code class='sum'>", d->created ? "was created" : d->updated ? "was updated" :
                 "was as it should be", d->status);
  ek_html_data(out, d->arn);
  ek_text_cstr(out, "</code></p>\n<p>It serves <code class='sum'>");
  ek_html_data(out, d->version_arn);
  ek_text_cstr(out, "</code>.</p>\n</section>\n");
}
