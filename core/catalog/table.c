/* SPDX-License-Identifier: BSD-3-Clause */
/* The making of a table. Rules by name: Personalize's (developer guide, "data
 * preparation, formatting" and "schema"; quotas as of 2026).                 */
#include "catalog/table.h"
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"

#define NAME_MAX_LENGTH 150

typedef struct fixed { const char *name, *field; enum ek_column_type type; int nullable; } fixed;

static const fixed item_columns[] = { { "ITEM_ID", "id", EK_COL_STRING, 0 } };
static const fixed user_columns[] = { { "USER_ID", "id", EK_COL_STRING, 0 } };
static const fixed interaction_columns[] = { { "USER_ID", "user", EK_COL_STRING, 0 },
                                             { "ITEM_ID", "item", EK_COL_STRING, 0 },
                                             { "TIMESTAMP", "time", EK_COL_TIMESTAMP, 0 },
                                             { "EVENT_TYPE", "event_type", EK_COL_STRING, 0 },
                                             { "EVENT_VALUE", "event_value", EK_COL_FLOAT, 1 } };

static const struct kind {
  const fixed *columns; size_t n;
  unsigned metadata_max;         /* columns beside the fixed ones                  */
  const char *noun;
} kinds[EK_RECORD_KINDS] = {
  [EK_ITEMS] = { item_columns, 1, 100, "items" },
  [EK_INTERACTIONS] = { interaction_columns, 5, 5, "interactions" },
  [EK_USERS] = { user_columns, 1, 25, "users" },
};

/* Names with a meaning of their own, in any data set, and the types they must have. */
static const struct reserved { const char *name; unsigned types; const char *say; } reserved[] = {
  { "ITEM_ID", 1u << EK_COL_STRING, "string" },
  { "USER_ID", 1u << EK_COL_STRING, "string" },
  { "TIMESTAMP", 1u << EK_COL_LONG | 1u << EK_COL_TIMESTAMP, "timestamp or long" },
  { "CREATION_TIMESTAMP", 1u << EK_COL_LONG | 1u << EK_COL_TIMESTAMP, "timestamp or long" },
  { "EVENT_TYPE", 1u << EK_COL_STRING, "string" },
  { "EVENT_VALUE", 1u << EK_COL_FLOAT, "float" },
  { "IMPRESSION", 1u << EK_COL_STRING, "string" },
  { "RECOMMENDATION_ID", 1u << EK_COL_STRING, "string" },
  { "EVENT_ATTRIBUTION_SOURCE", 1u << EK_COL_STRING, "string" },
};

static int
at_place(ek_error *e, const ek_place *p)
{
  return p && p->file ? ek_at(e, p->file, p->line, p->column) : -1;
}

static int
refuse(ek_error *e, const ek_place *p, const char *name, const char *what, const char *help)
{
  char shown[256];
  ek_fail(e, EK_EXIT_REFUSED, "bad_column", "column '%s' %s", ek_show(ek_cstr(name), shown, sizeof shown), what);
  if (help)
    ek_help(e, "%s", help);
  return at_place(e, p);
}

static int
check_spelling(const char *name, const ek_place *p, ek_error *e)
{
  size_t n = strlen(name);
  if (!n)
    return refuse(e, p, name, "has no name", NULL);
  if (n > NAME_MAX_LENGTH)
    return refuse(e, p, name, "has a name of more than 150 characters", NULL);
  for (size_t i = 0; i < n; i++) {
    char c = name[i];
    int digit = c >= '0' && c <= '9';
    if (!(c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (digit && i)))
      return refuse(e, p, name, digit ? "begins with a digit" : "has a character that Personalize does not take",
                    "letters, digits and '_' make a name, and it begins with no digit");
  }
  return 0;
}

/* Personalize takes GENRES_1 and GENRES1 for one name. */
static int
same_name(const char *a, const char *b)
{
  for (;;) {
    while (*a == '_')
      a++;
    while (*b == '_')
      b++;
    if (*a != *b)
      return 0;
    if (!*a)
      return 1;
    a++;
    b++;
  }
}

static int
check_unique(const ek_table *t, const char *name, const ek_place *p, ek_error *e)
{
  char shown[256];
  for (size_t i = 0; i < t->n; i++)
    if (same_name(t->columns[i].name, name)) {
      if (strcmp(t->columns[i].name, name) == 0)
        return refuse(e, p, name, t->columns[i].fixed ? "is always there already" : "stands here twice", NULL);
      refuse(e, p, name, "differs from another one in underscores only", NULL);
      ek_help(e, "Personalize takes it for '%s': choose another name",
              ek_show(ek_cstr(t->columns[i].name), shown, sizeof shown));
      return -1;
    }
  return 0;
}

static int
check_type(enum ek_record_kind kind, const ek_column *c, ek_error *e)
{
  if (c->textual && kind != EK_ITEMS)
    return refuse(e, &c->place, c->name, "is textual, which only columns of items can be", NULL);
  if ((c->textual || c->categorical) && c->type != EK_COL_STRING)
    return refuse(e, &c->place, c->name, c->textual ? "is textual and no string" : "is categorical and no string",
                  "leave 'type' out, or leave out 'categorical' and 'textual'");
  for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
    if (strcmp(reserved[i].name, c->name) != 0)
      continue;
    if (!(reserved[i].types & 1u << c->type)) {
      refuse(e, &c->place, c->name, "has a name with a meaning, and not the type that goes with it", NULL);
      ek_help(e, "write 'type: %s', or choose another name", reserved[i].say);
      return -1;
    }
    if (c->categorical || c->textual)
      return refuse(e, &c->place, c->name, "has a name with a meaning: it is neither categorical nor textual", NULL);
  }
  return 0;
}

static const ek_field_rule *
find_rule(const ek_field_rules *rules, const char *name)
{
  for (size_t i = 0; i < rules->n; i++)
    if (strcmp(rules->list[i].name, name) == 0)
      return &rules->list[i];
  return NULL;
}

/* The projection's slot for a field, and an error where the rule, else the column, stands. */
static int
use_field(ek_projection *p, const ek_field_rules *rules, const char *field, const ek_place *place, ek_error *e)
{
  const ek_field_rule *rule = find_rule(rules, field);
  int slot = ek_projection_use(p, rules, field, e);
  if (slot < 0)
    at_place(e, rule && rule->place.file ? &rule->place : place);
  return slot;
}

static void
add(ek_table *t, ek_table_column c)
{
  t->columns[t->n++] = c;
}

static int
add_configured(ek_table *t, const ek_settings *s, ek_projection *p, ek_error *e)
{
  for (size_t i = 0; i < s->catalog.n_columns[t->kind]; i++) {
    const ek_column *c = &s->catalog.columns[t->kind][i];
    if (check_spelling(c->name, &c->place, e) < 0 || check_unique(t, c->name, &c->place, e) < 0 ||
        check_type(t->kind, c, e) < 0)
      return -1;
    int slot = use_field(p, &s->catalog.fields[t->kind], c->field, &c->place, e);
    if (slot < 0)
      return -1;
    add(t, (ek_table_column){ .name = c->name, .type = c->type, .slot = slot, .nullable = c->nullable,
                              .categorical = c->categorical, .textual = c->textual });
  }
  return 0;
}

/* output.label_column, and where it is written, for messages. */
static int
add_label_column(ek_table *t, const ek_settings *s, ek_error *e)
{
  const char *name = s->output.label_column;
  const ek_node *root = s->tree ? ek_conf_root(s->tree) : NULL;
  const ek_node *output = root ? ek_node_get(root, "output") : NULL;
  const ek_node *node = output && output->kind == EK_NODE_MAP ? ek_node_get(output, "label_column") : NULL;
  const ek_place *place = node ? &node->place : NULL;
  if (check_spelling(name, place, e) < 0 || check_unique(t, name, place, e) < 0)
    return -1;
  for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
    if (strcmp(reserved[i].name, name) == 0)
      return refuse(e, place, name, "cannot hold the labels: the name has a meaning of its own",
                    "the usual name is CATEGORY");
  t->label_column = (int)t->n;
  add(t, (ek_table_column){ .name = name, .type = EK_COL_STRING, .slot = -1, .categorical = 1, .fixed = 1,
                            .nullable = s->output.no_labels != EK_NO_LABELS_REQUIRED });
  return 0;
}

static int
check_count(const ek_settings *s, enum ek_record_kind kind, ek_error *e)
{
  size_t n = s->catalog.n_columns[kind], max = kinds[kind].metadata_max, taken = kind == EK_ITEMS;
  if (n + taken <= max)
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "too_many_columns", "%zu columns of %s: Personalize takes at most %zu%s", n,
          kinds[kind].noun, max - taken, taken ? " beside the labels" : " more than the fixed ones");
  return at_place(e, &s->catalog.columns[kind][max - taken].place);
}

/* Notebook mode: what a record does not have is Python's float("nan"). */
static int
ends_in_nan(const ek_field_rule *r)
{
  return r && r->n_paths && strcmp(r->paths[r->n_paths - 1], "=nan") == 0;
}

static int
add_fixed(ek_table *t, const ek_settings *s, ek_projection *p, ek_error *e)
{
  const ek_field_rules *rules = &s->catalog.fields[t->kind];
  for (size_t i = 0; i < kinds[t->kind].n; i++) {
    const fixed *c = &kinds[t->kind].columns[i];
    int slot = use_field(p, rules, c->field, NULL, e);
    if (slot < 0)
      return -1;
    add(t, (ek_table_column){ .name = c->name, .type = c->type, .slot = slot, .nullable = c->nullable, .fixed = 1 });
  }
  if (t->kind == EK_INTERACTIONS) {
    t->python_floats = ends_in_nan(find_rule(rules, "event_value"));
    t->columns[t->n - 1].nullable = !t->python_floats;
  } else
    t->id_slot = t->columns[0].slot;
  return 0;
}

int
ek_table_make(ek_table *t, enum ek_record_kind kind, const ek_settings *s, ek_projection *p, ek_error *e)
{
  size_t room = kinds[kind].n + 1 + s->catalog.n_columns[kind];
  *t = (ek_table){ .kind = kind, .id_slot = -1, .label_column = -1, .time_unit = s->catalog.time_unit };
  t->columns = ek_mem_zero(room, sizeof *t->columns);
  if (check_count(s, kind, e) == 0 && add_fixed(t, s, p, e) == 0 &&
      (kind != EK_ITEMS || add_label_column(t, s, e) == 0) && add_configured(t, s, p, e) == 0)
    return 0;
  ek_table_clear(t);
  return -1;
}

void
ek_table_clear(ek_table *t)
{
  free(t->columns);
  *t = (ek_table){ 0 };
}
