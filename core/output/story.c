/* SPDX-License-Identifier: BSD-3-Clause */
#include "output/story.h"
#include "base/number.h"

static const char *
outcome_name(unsigned outcome)
{
  static const char *const names[] = {
    [EK_OUT_NOT_ASKED] = "not_asked", [EK_OUT_LABELS] = "labels", [EK_OUT_NONE] = "none",
    [EK_OUT_SKIPPED] = "skipped",     [EK_OUT_FAILED] = "failed", [EK_OUT_NOT_DONE] = "not_done"
  };
  return names[outcome];
}

/* Six decimals: what a service says in float must not come out as 0.98199999. */
static void
add_confidence(ek_text *out, double c)
{
  char buf[EK_NUMBER_MAX];
  if (!(c >= 0))
    return;
  size_t n = ek_number_repr((double)(int64_t)(c * 1e6 + 0.5) / 1e6, buf);
  ek_text_cstr(out, ", \"confidence\": ");
  ek_text_add(out, buf, n);
}

/* parent_of: empty for a label itself, else whose parent this is. */
static void
add_entry(ek_text *out, int *first, ek_str name, const ek_tag *tag, ek_str parent_of, unsigned removed,
          const char *const *step_names)
{
  if (!*first)
    ek_text_cstr(out, ", ");
  *first = 0;
  ek_text_cstr(out, "{\"name\": ");
  ek_text_json(out, name);
  if (parent_of.len) {
    ek_text_cstr(out, ", \"parent_of\": ");
    ek_text_json(out, parent_of);
  }
  ek_text_cstr(out, ", \"step\": ");
  ek_text_json(out, ek_cstr(step_names[tag->step]));
  add_confidence(out, tag->confidence);
  ek_text_cstr(out, ", \"parents\": [");
  for (size_t i = 0; i < tag->n_parents && !parent_of.len; i++) {
    if (i)
      ek_text_cstr(out, ", ");
    ek_text_json(out, tag->parents[i]);
  }
  ek_text_cstr(out, "], \"in\": ");
  if (removed == EK_IN)
    ek_text_cstr(out, "true");
  else
    ek_text_json(out, ek_cstr(ek_removed_names[removed]));
  ek_text_char(out, '}');
}

static void
add_labels(ek_text *out, const ek_unit *unit, const ek_merged *merged, const char *const *step_names)
{
  int first = 1;
  for (size_t i = 0; i < merged->n; i++) {
    const ek_value *v = &merged->values[i];
    ek_str of = v->parent ? v->tag->name : (ek_str){ "", 0 };
    if (!v->tag->removed)
      add_entry(out, &first, v->text, v->tag, of, v->removed, step_names);
  }
  for (const ek_tag *tag = unit->first; tag; tag = tag->next)
    if (tag->removed && tag->arms & 1)        /* of the whole chain              */
      add_entry(out, &first, tag->name, tag, (ek_str){ "", 0 }, tag->removed, step_names);
}

/* A JSON string of the values with bars between them. */
static void
add_cell(ek_text *out, const ek_arm_cell *cell)
{
  ek_text_char(out, '"');
  for (size_t i = 0; i < cell->n; i++) {
    if (i)
      ek_text_char(out, '|');
    /* Strings side by side become one when the quotes between them go. */
    size_t at = out->len;
    ek_text_json(out, cell->values[i]);
    memmove(out->data + at, out->data + at + 1, out->len - at - 2);
    out->len -= 2;
  }
  ek_text_char(out, '"');
}

void
ek_story_format(ek_text *out, const ek_unit *unit, const ek_arm_cell *whole, const char *const *step_names,
                unsigned n_steps)
{
  ek_text_cstr(out, "{\"item\": ");
  ek_text_json(out, unit->id);
  ek_text_cstr(out, ", \"cell\": ");
  add_cell(out, whole);
  ek_text_cstr(out, ", \"steps\": {");
  for (unsigned i = 0; i < n_steps; i++) {
    if (i)
      ek_text_cstr(out, ", ");
    ek_text_json(out, ek_cstr(step_names[i]));
    ek_text_cstr(out, ": \"");
    ek_text_cstr(out, outcome_name(unit->outcomes[i]));
    ek_text_char(out, '"');
  }
  ek_text_cstr(out, "}, \"labels\": [");
  if (whole->merged)
    add_labels(out, unit, whole->merged, step_names);
  ek_text_cstr(out, "]}\n");
}
