/* SPDX-License-Identifier: BSD-3-Clause */
#include "output/csv.h"
#include <string.h>

static const char *
avro_type(enum ek_column_type type)
{
  switch (type) {
  case EK_COL_INT: return "int";
  case EK_COL_LONG:
  case EK_COL_TIMESTAMP: return "long";
  case EK_COL_FLOAT: return "float";
  case EK_COL_DOUBLE: return "double";
  case EK_COL_BOOLEAN: return "boolean";
  case EK_COL_STRING: break;
  }
  return "string";
}

static void
add_field(ek_text *out, const ek_table *t, size_t i, enum ek_no_labels no_labels)
{
  const ek_table_column *c = &t->columns[i];
  int label = (int)i == t->label_column;
  int event_value = t->kind == EK_INTERACTIONS && c->fixed && strcmp(c->name, "EVENT_VALUE") == 0;
  int nullable = label ? no_labels != EK_NO_LABELS_REQUIRED : c->nullable;
  const char *type = label ? "string" : avro_type(c->type);
  /* EVENT_VALUE may be empty in every record, whatever the table says of it; where
   * a rule ends in "=nan" it never is. Its null comes last in Personalize's own text. */
  if (event_value)
    nullable = !t->python_floats;
  ek_text_cstr(out, "    {\"name\": ");
  ek_text_json(out, ek_cstr(c->name));
  if (!nullable)
    ek_text_printf(out, ", \"type\": \"%s\"", type);
  else if (event_value)
    ek_text_printf(out, ", \"type\": [\"%s\", \"null\"]", type);
  else
    ek_text_printf(out, ", \"type\": [\"null\", \"%s\"]", type);
  if (label || c->categorical)
    ek_text_cstr(out, ", \"categorical\": true");
  if (c->textual && !label)
    ek_text_cstr(out, ", \"textual\": true");
  ek_text_cstr(out, i + 1 < t->n ? "},\n" : "}\n");
}

void
ek_avro_schema(ek_text *out, const ek_table *t, enum ek_no_labels no_labels)
{
  static const char *const names[EK_RECORD_KINDS] = { "Items", "Interactions", "Users" };
  ek_text_printf(out, "{\n  \"type\": \"record\",\n  \"name\": \"%s\",\n", names[t->kind]);
  ek_text_cstr(out, "  \"namespace\": \"com.amazonaws.personalize.schema\",\n  \"fields\": [\n");
  for (size_t i = 0; i < t->n; i++)
    add_field(out, t, i, no_labels);
  ek_text_cstr(out, "  ],\n  \"version\": \"1.0\"\n}\n");
}
