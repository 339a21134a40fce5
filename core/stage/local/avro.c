/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/avro.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/mem.h"

#define NAME_LENGTH_MAX 150
#define SCHEMA_MAX 20000          /* characters; CreateSchema's limit             */

static void cleanup_json(json_t **j) { json_decref(*j); }

static const struct rules {
  const char *type;
  unsigned metadata_max; int metadata_needed;
  enum ek_avro_role needed[3]; unsigned n_needed;
} rules[EK_RECORD_KINDS] = {
  [EK_ITEMS] = { "Items", 100, 1, { EK_AVRO_ITEM_ID }, 1 },
  [EK_INTERACTIONS] = { "Interactions", 5, 0, { EK_AVRO_USER_ID, EK_AVRO_ITEM_ID, EK_AVRO_TIMESTAMP }, 3 },
  [EK_USERS] = { "Users", 25, 1, { EK_AVRO_USER_ID }, 1 },
};

#define ITEMS (1u << EK_ITEMS)
#define INTERACTIONS (1u << EK_INTERACTIONS)
#define USERS (1u << EK_USERS)

/* Words with a meaning of their own: in which data sets, of which type, and whether null
 * may stand beside it. Elsewhere the name is refused too: it could only mislead. */
static const struct reserved {
  const char *name; unsigned kinds; enum ek_avro_type type; enum ek_avro_role role; int may_be_null;
} reserved[] = {
  { "USER_ID", INTERACTIONS | USERS, EK_AVRO_STRING, EK_AVRO_USER_ID, 0 },
  { "ITEM_ID", INTERACTIONS | ITEMS, EK_AVRO_STRING, EK_AVRO_ITEM_ID, 0 },
  { "TIMESTAMP", INTERACTIONS, EK_AVRO_LONG, EK_AVRO_TIMESTAMP, 0 },
  { "EVENT_TYPE", INTERACTIONS, EK_AVRO_STRING, EK_AVRO_RESERVED, 1 },
  { "EVENT_VALUE", INTERACTIONS, EK_AVRO_FLOAT, EK_AVRO_RESERVED, 1 },
  { "IMPRESSION", INTERACTIONS, EK_AVRO_STRING, EK_AVRO_RESERVED, 1 },
  { "RECOMMENDATION_ID", INTERACTIONS, EK_AVRO_STRING, EK_AVRO_RESERVED, 1 },
  { "EVENT_ATTRIBUTION_SOURCE", INTERACTIONS, EK_AVRO_STRING, EK_AVRO_RESERVED, 1 },
  { "CREATION_TIMESTAMP", ITEMS, EK_AVRO_LONG, EK_AVRO_RESERVED, 1 },
};
#define N_RESERVED (sizeof reserved / sizeof *reserved)

static const char *const type_names[] = { "string", "int", "long", "float", "double", "boolean" };
#define N_TYPES (sizeof type_names / sizeof *type_names)

const char *ek_dataset_type(enum ek_record_kind kind) { return rules[kind].type; }
const char *ek_avro_type_name(enum ek_avro_type type) { return type_names[type]; }

static const struct reserved *
find_reserved(ek_str name)
{
  for (size_t i = 0; i < N_RESERVED; i++)
    if (ek_str_eqc(name, reserved[i].name))
      return &reserved[i];
  return NULL;
}

int
ek_avro_reserved_word(ek_str s)
{
  return s.len >= 7 && s.ptr[0] >= 'C' && s.ptr[0] <= 'U' && find_reserved(s) != NULL;
}

static const struct reserved *
by_role(enum ek_avro_role role)
{
  for (size_t i = 0; i < N_RESERVED; i++)
    if (reserved[i].role == role)
      return &reserved[i];
  return NULL;
}

/* ---- parsing ---- */

typedef struct parse {
  ek_avro *schema;
  const char *file;
  ek_violations *v;
} parse;

#define REFUSE(p, ...) ek_violation_add((p)->v, EK_ERROR, "bad_schema", (p)->file, 0, __VA_ARGS__)

static int
type_by_name(const char *name, enum ek_avro_type *type)
{
  for (size_t i = 0; i < N_TYPES; i++)
    if (strcmp(name, type_names[i]) == 0) {
      *type = (enum ek_avro_type)i;
      return 1;
    }
  return 0;
}

/* "string", or ["null", "string"] in either order. */
static int
parse_type(parse *p, ek_avro_field *f, const char *shown, const json_t *type)
{
  size_t n = json_is_array(type) ? json_array_size(type) : 1, others = 0;
  if (!n || n > 2) {
    REFUSE(p, "field '%s' has a union of %zu types; a type, or a type and null, can stand there", shown, n);
    return 0;
  }
  for (size_t i = 0; i < n; i++) {
    const json_t *t = json_is_array(type) ? json_array_get(type, i) : type;
    const char *name = json_string_value(t);
    char text[128];
    if (!name) {
      REFUSE(p, json_is_object(t) || json_is_array(t) ? "field '%s' is nested; a data set is flat: no arrays, maps, records"
                                                       : "field '%s' has no type", shown);
      return 0;
    }
    if (strcmp(name, "null") == 0)
      f->nullable++;
    else if (type_by_name(name, &f->type))
      others++;
    else {
      REFUSE(p, "field '%s' has type '%s'; Personalize takes float, double, int, long, string, boolean and null", shown,
             ek_show(ek_cstr(name), text, sizeof text));
      return 0;
    }
  }
  if (others != 1 || f->nullable > 1) {
    REFUSE(p, others ? "field '%s' has two types; one and null are allowed" : "field '%s' can be nothing but null", shown);
    return 0;
  }
  return 1;
}

static int
parse_flag(parse *p, const json_t *field, const char *shown, const char *name)
{
  const json_t *flag = json_object_get(field, name);
  if (flag && !json_is_boolean(flag))
    REFUSE(p, "'%s' of field '%s' is neither true nor false", name, shown);
  return json_is_true(flag);
}

static int
check_name(parse *p, const char *name, const char *shown)
{
  size_t n = strlen(name), i = 0;
  while (i < n && (name[i] == '_' || (name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= 'a' && name[i] <= 'z') ||
                   (i && name[i] >= '0' && name[i] <= '9')))
    i++;
  if (!n)
    REFUSE(p, "a field has an empty name");
  else if (i < n)
    REFUSE(p, "field '%s': a name is made of letters, digits and '_', and begins with no digit", shown);
  else if (n > NAME_LENGTH_MAX)
    REFUSE(p, "field '%s' has a name of %zu characters; at most %d", shown, n, NAME_LENGTH_MAX);
  return n && i == n && n <= NAME_LENGTH_MAX;
}

static int
same_but_underscores(const char *a, const char *b)
{
  for (;; a++, b++) {
    while (*a == '_')
      a++;
    while (*b == '_')
      b++;
    if (*a != *b)
      return 0;
    if (!*a)
      return 1;
  }
}

static void
check_unique(parse *p, const char *name)
{
  for (size_t i = 0; i < p->schema->n; i++) {
    const char *other = p->schema->fields[i].name;
    if (strcmp(other, name) == 0)
      REFUSE(p, "field '%s' stands there twice", name);
    else if (same_but_underscores(other, name))
      REFUSE(p, "fields '%s' and '%s' differ in underscores only; Personalize takes them for one", other, name);
    else
      continue;
    return;
  }
}

static void
check_reserved(parse *p, ek_avro_field *f)
{
  const struct reserved *r = find_reserved(ek_cstr(f->name));
  const char *type = rules[p->schema->kind].type;
  if (!r)
    return;
  if (!(r->kinds & 1u << p->schema->kind)) {
    REFUSE(p, "field '%s' has no place in %s: the word is reserved", f->name, type);
    return;
  }
  f->role = r->role;
  if (f->type != r->type)
    REFUSE(p, "field '%s' is %s; it must be %s", f->name, type_names[f->type], type_names[r->type]);
  if (f->nullable && !r->may_be_null)
    REFUSE(p, "field '%s' may not be null", f->name);
  if (f->categorical || f->textual)
    REFUSE(p, "field '%s' is reserved: it can be neither categorical nor textual", f->name);
}

static void
check_metadata(parse *p, const ek_avro_field *f)
{
  if (f->textual && p->schema->kind != EK_ITEMS)
    REFUSE(p, "field '%s' is textual; only fields of Items can be", f->name);
  if ((f->categorical || f->textual) && f->type != EK_AVRO_STRING)
    REFUSE(p, "field '%s' is %s and %s; only strings can be", f->name, f->textual ? "textual" : "categorical",
           type_names[f->type]);
  if (f->categorical && f->textual)
    REFUSE(p, "field '%s' is categorical and textual; it can be one of them", f->name);
  if (f->role == EK_AVRO_METADATA && f->type == EK_AVRO_STRING && !f->categorical && !f->textual)
    ek_violation_add(p->v, EK_WARNING, "not_trained_on", p->file, 0,
                     "field '%s' is a string without \"categorical\": true: it is stored, and no model is trained on it", f->name);
}

static void
parse_field(parse *p, const json_t *field, size_t place)
{
  const char *name = json_string_value(json_object_get(field, "name"));
  char shown[128];
  ek_avro_field f = { 0 };
  if (!name) {
    REFUSE(p, "field %zu has no name", place + 1);
    return;
  }
  ek_show(ek_cstr(name), shown, sizeof shown);
  int named = check_name(p, name, shown);
  int typed = parse_type(p, &f, shown, json_object_get(field, "type"));
  f.categorical = parse_flag(p, field, shown, "categorical");
  f.textual = parse_flag(p, field, shown, "textual");
  if (!named || !typed)
    return;
  check_unique(p, name);
  f.name = ek_mem_strdup(name);
  check_reserved(p, &f);
  check_metadata(p, &f);
  p->schema->fields[p->schema->n++] = f;
}

static void
check_whole(parse *p)
{
  const struct rules *r = &rules[p->schema->kind];
  unsigned metadata = 0;
  int trained_on = 0;
  for (size_t i = 0; i < r->n_needed; i++)
    if (ek_avro_find_role(p->schema, r->needed[i]) < 0)
      REFUSE(p, "field '%s' is missing; %s must have it", by_role(r->needed[i])->name, r->type);
  for (size_t i = 0; i < p->schema->n; i++) {
    const ek_avro_field *f = &p->schema->fields[i];
    metadata += f->role == EK_AVRO_METADATA;
    trained_on |= f->role == EK_AVRO_METADATA;
  }
  if (metadata > r->metadata_max)
    REFUSE(p, "%u metadata fields; %s can have %u", metadata, r->type, r->metadata_max);
  if (r->metadata_needed && !trained_on)
    REFUSE(p, "no metadata field; %s must have one at least", r->type);
}

static void
check_record(parse *p, const json_t *root)
{
  const char *type = json_string_value(json_object_get(root, "type"));
  const char *name = json_string_value(json_object_get(root, "name"));
  char shown[128];
  if (!type || strcmp(type, "record") != 0)
    REFUSE(p, "the schema is no Avro record: \"type\": \"record\" is missing");
  if (!name)
    REFUSE(p, "\"name\" is missing; it must be \"%s\"", rules[p->schema->kind].type);
  else if (strcmp(name, rules[p->schema->kind].type) != 0)
    REFUSE(p, "\"name\" is '%s'; for this data set it must be \"%s\"", ek_show(ek_cstr(name), shown, sizeof shown),
           rules[p->schema->kind].type);
}

ek_avro *
ek_avro_parse(ek_str text, enum ek_record_kind kind, const char *file, ek_violations *v)
{
  json_error_t why;
  uint64_t before = v->errors;
  EK_AUTO(cleanup_json) json_t *root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &why);
  const json_t *fields = json_object_get(root, "fields"), *field;
  size_t i;
  if (!root) {
    char shown[256];
    ek_violation_add(v, EK_ERROR, "bad_schema", file, why.line > 0 ? (uint64_t)why.line : 0, "not JSON: %s",
                     ek_show(ek_cstr(why.text), shown, sizeof shown));
    return NULL;
  }
  parse p = { ek_mem_zero(1, sizeof(ek_avro)), file, v };
  p.schema->kind = kind;
  p.schema->fields = ek_mem_zero(json_array_size(fields) + 1, sizeof *p.schema->fields);
  check_record(&p, root);
  if (text.len > SCHEMA_MAX)
    REFUSE(&p, "the schema has %zu characters; at most %d", text.len, SCHEMA_MAX);
  if (!json_is_array(fields))
    REFUSE(&p, "\"fields\" is missing, or no list");
  json_array_foreach(fields, i, field)
    parse_field(&p, field, i);
  if (v->errors == before)
    check_whole(&p);
  if (v->errors == before)
    return p.schema;
  ek_avro_free(p.schema);
  return NULL;
}

ek_avro *
ek_avro_load(const char *path, enum ek_record_kind kind, ek_violations *v, ek_error *e)
{
  EK_FCLOSE FILE *f = fopen(path, "rbe");
  EK_FREE char *text = ek_mem_alloc(16 * SCHEMA_MAX + 1);
  if (!f) {
    ek_fail_errno(e, EK_EXIT_REFUSED, "no_such_file", path, "read the schema");
    return NULL;
  }
  errno = 0;
  size_t n = fread(text, 1, 16 * SCHEMA_MAX + 1, f);
  if (ferror(f)) {
    ek_fail_errno(e, EK_EXIT_REFUSED, "read_failed", path, "read the schema");
    return NULL;
  }
  if (n > 16 * SCHEMA_MAX) {
    ek_violation_add(v, EK_ERROR, "bad_schema", path, 0, "the schema is longer than %d characters", SCHEMA_MAX);
    return NULL;
  }
  return ek_avro_parse((ek_str){ text, n }, kind, path, v);
}

void
ek_avro_free(ek_avro *a)
{
  if (!a)
    return;
  for (size_t i = 0; i < a->n; i++)
    free(a->fields[i].name);
  free(a->fields);
  free(a);
}

/* ---- what others ask of a schema ---- */

void
ek_avro_print(const ek_avro *a, ek_text *out)
{
  ek_text_printf(out, "{\"type\": \"record\", \"name\": \"%s\", \"namespace\": \"com.amazonaws.personalize.schema\", \"fields\": [",
                 rules[a->kind].type);
  for (size_t i = 0; i < a->n; i++) {
    const ek_avro_field *f = &a->fields[i];
    ek_text_cstr(out, i ? ", {\"name\": " : "{\"name\": ");
    ek_text_json(out, ek_cstr(f->name));
    ek_text_printf(out, f->nullable ? ", \"type\": [\"null\", \"%s\"]" : ", \"type\": \"%s\"", type_names[f->type]);
    ek_text_cstr(out, f->categorical ? ", \"categorical\": true}" : f->textual ? ", \"textual\": true}" : "}");
  }
  ek_text_cstr(out, "], \"version\": \"1.0\"}");
}

int
ek_avro_find(const ek_avro *a, ek_str name)
{
  for (size_t i = 0; i < a->n; i++)
    if (ek_str_eqc(name, a->fields[i].name))
      return (int)i;
  return -1;
}

int
ek_avro_find_role(const ek_avro *a, enum ek_avro_role role)
{
  for (size_t i = 0; i < a->n; i++)
    if (a->fields[i].role == role)
      return (int)i;
  return -1;
}

int
ek_avro_same(const ek_avro *a, const ek_avro *b)
{
  ek_text left = { 0 }, right = { 0 };
  ek_avro_print(a, &left);
  ek_avro_print(b, &right);
  int same = left.len == right.len && memcmp(left.data, right.data, left.len) == 0;
  ek_text_free(&left);
  ek_text_free(&right);
  return same;
}

int
ek_avro_may_update(const ek_avro *from, const ek_avro *to, ek_text *why)
{
  if (from->kind == EK_INTERACTIONS) {
    ek_text_cstr(why, "the schema of Interactions cannot be changed by an update");
    return 0;
  }
  for (size_t i = 0; i < from->n; i++) {
    const ek_avro_field *old = &from->fields[i];
    int at = ek_avro_find(to, ek_cstr(old->name));
    if (at < 0) {
      ek_text_printf(why, "column %s is there and missing here; an update keeps every column", old->name);
      return 0;
    }
    const ek_avro_field *new = &to->fields[at];
    if (new->type != old->type) {
      ek_text_printf(why, "column %s is %s here and %s there; a type cannot be changed by an update", old->name,
                     type_names[new->type], type_names[old->type]);
      return 0;
    }
    if (new->nullable != old->nullable) {
      ek_text_printf(why, "column %s %s null here and %s there; a type cannot be changed by an update", old->name,
                     new->nullable ? "may be" : "may not be", old->nullable ? "may be" : "may not be");
      return 0;
    }
  }
  for (size_t i = 0; i < to->n; i++)
    if (!to->fields[i].nullable && ek_avro_find(from, ek_cstr(to->fields[i].name)) < 0) {
      ek_text_printf(why, "column %s is new and may not be null; an update adds columns that may be", to->fields[i].name);
      return 0;
    }
  return 1;
}
