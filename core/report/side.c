/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/side.h"
#include <jansson.h>
#include <string.h>
#include "base/number.h"

#define GAP 2u

int
ek_side_has(const ek_figure *f)
{
  return !f->coverage || strcmp(f->name, "coverage_at_25") == 0;
}

static int
is_column(const ek_figure *f, const ek_figure *metric)
{
  return metric ? f == metric : f->table || (f->coverage && ek_side_has(f));
}

static const char *
title_of(const ek_figure *f)
{
  return f->coverage ? "coverage" : f->title;
}

static size_t
width_of(const ek_figure *f)
{
  size_t n = strlen(title_of(f));
  return (n > 6 ? n : 6) + GAP;
}

static size_t
longest_name(const ek_side_row *rows, size_t n)
{
  size_t longest = 0;
  for (size_t i = 0; i < n; i++)
    if (strlen(rows[i].name) > longest)
      longest = strlen(rows[i].name);
  return longest;
}

static void
add_when(const ek_arm_result *arm, ek_text *out)
{
  char utc[32];
  if (!arm->made)
    return;
  ek_number_utc(arm->made, utc);
  ek_text_printf(out, "   %.10s", utc);
}

void
ek_side_text(const ek_side_row *rows, size_t n, const ek_figure *metric, unsigned indent, ek_text *out)
{
  int names = (int)longest_name(rows, n);
  ek_text_printf(out, "%*s%-*s", (int)indent, "", names, "");
  for (size_t f = 0; f < EK_FIGURES; f++)
    if (is_column(&ek_figures[f], metric))
      ek_text_printf(out, "%*s", (int)width_of(&ek_figures[f]), title_of(&ek_figures[f]));
  ek_text_char(out, '\n');
  for (size_t i = 0; i < n; i++) {
    ek_text_printf(out, "%*s%-*s", (int)indent, "", names, rows[i].name);
    for (size_t f = 0; f < EK_FIGURES; f++)
      if (is_column(&ek_figures[f], metric))
        ek_text_printf(out, "%*.4f", (int)width_of(&ek_figures[f]), ek_figure_get(&rows[i].arm->mean, &ek_figures[f]));
    add_when(rows[i].arm, out);
    ek_text_char(out, '\n');
  }
}

static void
add_tuned(ek_jsonw *w, const char *text)
{
  json_t *tuned = json_loads(text, 0, NULL), *value;
  const char *name;
  ek_jsonw_open(w, "tuned", '{', 0);
  json_object_foreach(tuned, name, value)
    ek_jsonw_text(w, name, json_string_value(value));
  ek_jsonw_close(w, '}');
  json_decref(tuned);
}

void
ek_side_json(ek_jsonw *w, const char *name, const ek_arm_result *arm)
{
  char utc[32];
  ek_jsonw_open(w, NULL, '{', 1);
  ek_jsonw_text(w, "name", name);
  ek_jsonw_text(w, "recipe", arm->recipe_name ? arm->recipe_name : ek_recipe_name(arm->recipe));
  ek_jsonw_text(w, "solution_version", arm->solution_version);
  if (arm->arn)
    ek_jsonw_text(w, "solution_version_arn", arm->arn);
  if (arm->solution_arn)
    ek_jsonw_text(w, "solution_arn", arm->solution_arn);
  if (arm->made) {
    ek_number_utc(arm->made, utc);
    ek_jsonw_text(w, "created", utc);
  }
  if (arm->arn)
    ek_jsonw_real(w, "training_hours", arm->training_hours);
  if (arm->tuned)
    add_tuned(w, arm->tuned);
  ek_jsonw_open(w, "metrics", '{', 0);
  for (size_t i = 0; i < EK_FIGURES; i++)
    if (!ek_figures[i].coverage)
      ek_jsonw_real(w, ek_figures[i].name, ek_figure_get(&arm->mean, &ek_figures[i]));
  ek_jsonw_real(w, "coverage", arm->mean.coverage_at_25);
  ek_jsonw_close(w, '}');
  ek_jsonw_close(w, '}');
}
