/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/check.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/number.h"
#include "base/utf8.h"

#define CATEGORICAL_MAX 1000
#define TEXTUAL_MAX 20000
#define MILLISECONDS ((int64_t)100000000000)     /* 12 digits: no second before the year 5138 */
#define FILLED_ADVISED 0.7

void
ek_row_check_begin(ek_row_check *k, const ek_avro *schema, const char *file, ek_violations *v)
{
  *k = (ek_row_check){ .schema = schema, .file = file, .v = v };
  k->values = ek_mem_zero(schema->n + 1, sizeof *k->values);
  k->filled = ek_mem_zero(schema->n + 1, sizeof *k->filled);
  k->odd = ek_mem_zero(schema->n + 1, sizeof *k->odd);
}

void
ek_row_check_clear(ek_row_check *k)
{
  free(k->values);
  free(k->filled);
  free(k->odd);
}

/* ---- the header ---- */

static void
list_names(ek_text *t, const char *name)
{
  if (t->len)
    ek_text_cstr(t, ", ");
  ek_text_cstr(t, name);
}

static int
has_name(const ek_csv_field *cells, size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (ek_str_eqc(cells[i].text, name))
      return 1;
  return 0;
}

static void
name_differences(ek_row_check *k, const ek_csv_field *cells, size_t n)
{
  ek_text missing = { 0 }, extra = { 0 }, order = { 0 };
  char shown[128];
  for (size_t i = 0; i < k->schema->n; i++) {
    list_names(&order, k->schema->fields[i].name);
    if (!has_name(cells, n, k->schema->fields[i].name))
      list_names(&missing, k->schema->fields[i].name);
  }
  for (size_t i = 0; i < n; i++)
    if (ek_avro_find(k->schema, cells[i].text) < 0)
      list_names(&extra, ek_show(cells[i].text, shown, sizeof shown));
  if (missing.len)
    ek_violation_add(k->v, EK_ERROR, "missing_columns", k->file, 1,
                     "the file lacks the following columns of the schema: %.400s%s", ek_text_c(&missing),
                     n == 1 && strpbrk(ek_show(cells[0].text, shown, sizeof shown), ";\t|")
                       ? "; columns are separated by commas, not by anything else" : "");
  if (extra.len)
    ek_violation_add(k->v, EK_ERROR, "unknown_columns", k->file, 1, "the schema lacks the following columns of the file: %.400s",
                     ek_text_c(&extra));
  if (!missing.len && !extra.len)
    ek_violation_add(k->v, EK_ERROR, "column_order", k->file, 1,
                     n == k->schema->n ? "the columns are not in the order of the schema: %.400s"
                                       : "a column stands there twice; the schema has %.400s", ek_text_c(&order));
  ek_text_free(&missing);
  ek_text_free(&extra);
  ek_text_free(&order);
}

int
ek_header_check(ek_row_check *k, const ek_csv_file *f, const ek_csv_field *cells, size_t n)
{
  int same = n == k->schema->n, quoted = 0;
  char shown[128];
  for (size_t i = 0; i < n; i++) {
    same = same && ek_str_eqc(cells[i].text, k->schema->fields[i].name);
    quoted |= cells[i].quoted;
  }
  if (ek_csv_file_bom(f))
    ek_violation_add(k->v, EK_WARNING, "bom", k->file, 1,
                     "the file begins with a byte order mark: Amazon Personalize would ignore its first column (%s)",
                     ek_show(cells[0].text, shown, sizeof shown));
  if (quoted)
    ek_violation_add(k->v, EK_WARNING, "quoted_header", k->file, 1,
                     "the header is quoted; Amazon Personalize takes names without quotes (output.quote: minimal)");
  if (!same)
    name_differences(k, cells, n);
  return same;
}

/* ---- cells ---- */

typedef struct place { ek_row_check *k; const ek_avro_field *field; uint64_t line; } place;

#define CELL_ERROR(p, code, ...) cell_violation(p, EK_ERROR, code, __VA_ARGS__)

/* The message holds one %s, for the value, and nothing else. */
static int
cell_violation(const place *p, enum ek_severity severity, const char *code, const char *what, ek_str value)
{
  char shown[256];
  if (!ek_violations_room(p->k->v, severity))
    ek_violation_add(p->k->v, severity, code, p->k->file, p->line, "%s", "");
  else
    ek_violation_add(p->k->v, severity, code, p->k->file, p->line, "%s '%s' %s", p->field->name,
                     ek_show(value, shown, sizeof shown), what);
  return severity != EK_ERROR;
}

/* Characters; only long texts are counted, since there are no more than bytes. */
static int
is_longer(ek_str s, size_t max)
{
  size_t n = 0;
  if (s.len <= max)
    return 0;
  for (size_t i = 0; i < s.len; i++)
    n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
  return n > max;
}

static int
check_text(const place *p, size_t column, ek_str s, ek_value *out)
{
  const ek_avro_field *f = p->field;
  *out = (ek_value){ .kind = EK_VALUE_TEXT, .s = s };
  if (f->role == EK_AVRO_USER_ID || f->role == EK_AVRO_ITEM_ID)
    return is_longer(s, EK_ID_MAX) ? CELL_ERROR(p, "long_id", "is longer than 256 characters", s) : 1;
  if (f->categorical && is_longer(s, CATEGORICAL_MAX))
    return CELL_ERROR(p, "long_category", "is longer than 1,000 characters; one such cell fails the whole import", s);
  if (f->textual && is_longer(s, TEXTUAL_MAX))
    cell_violation(p, EK_WARNING, "long_text", "is longer than 20,000 characters and will be cut", s);
  if ((f->categorical || f->role == EK_AVRO_RESERVED) && ek_avro_reserved_word(s)) {
    p->k->odd[column]++;
    cell_violation(p, EK_WARNING, "reserved_word", "is a reserved word; Amazon Personalize does not take it as a value", s);
  }
  return 1;
}

static int
check_time(const place *p, ek_str s, int64_t v)
{
  if (v >= MILLISECONDS)
    return CELL_ERROR(p, "milliseconds", "is in milliseconds; seconds since 1970 are wanted: divide by 1000 (or catalog.time_unit: ms)", s);
  return v < 0 ? CELL_ERROR(p, "bad_time", "is before 1970; seconds since 1970 are wanted", s) : 1;
}

static int
check_whole(const place *p, ek_str s, ek_value *out)
{
  const ek_avro_field *f = p->field;
  int is_time = f->role == EK_AVRO_TIMESTAMP || (f->role == EK_AVRO_RESERVED && f->type == EK_AVRO_LONG);
  *out = (ek_value){ .kind = EK_VALUE_INT };
  if (!ek_number_int(s, &out->i))
    return CELL_ERROR(p, is_time ? "bad_time" : "bad_number",
                      is_time ? "is no time; seconds since 1970 are wanted" : "is no whole number", s);
  if (f->type == EK_AVRO_INT && (out->i > INT32_MAX || out->i < INT32_MIN))
    return CELL_ERROR(p, "bad_number", "does not fit an int; make the field a long", s);
  return is_time ? check_time(p, s, out->i) : 1;
}

static int
check_number(const place *p, ek_str s, ek_value *out)
{
  *out = (ek_value){ .kind = EK_VALUE_DOUBLE };
  if (!ek_number_double(s, 1, &out->d))
    return CELL_ERROR(p, "bad_number", "is no number", s);
  if (!isfinite(out->d)) {
    cell_violation(p, EK_WARNING, "not_finite", "is no finite number; it is kept as null", s);
    out->kind = EK_VALUE_NULL;
  } else if (p->field->type == EK_AVRO_FLOAT && fabs(out->d) > (double)FLT_MAX)
    return CELL_ERROR(p, "bad_number", "does not fit a float; make the field a double", s);
  return 1;
}

static int
check_boolean(const place *p, ek_str s, ek_value *out)
{
  *out = (ek_value){ .kind = EK_VALUE_INT, .i = ek_str_eqc(s, "true") };
  return out->i || ek_str_eqc(s, "false") ? 1 : CELL_ERROR(p, "bad_boolean", "is neither true nor false", s);
}

/* The notebook's schema says "string", and its cells are "" where it found nothing: the
 * service took them. Without quotes there is nothing at all. */
static int
check_empty(const place *p, size_t column, const ek_csv_field *cell, ek_value *out)
{
  const ek_avro_field *f = p->field;
  *out = (ek_value){ .kind = EK_VALUE_NULL };
  p->k->odd[column]++;
  if (f->nullable)
    return 1;
  if (f->type == EK_AVRO_STRING && cell->quoted && f->role == EK_AVRO_METADATA) {
    *out = (ek_value){ .kind = EK_VALUE_TEXT, .s = { "", 0 } };
    return cell_violation(p, EK_WARNING, "empty_cell", "is empty, and the schema does not let it be null", cell->text);
  }
  return CELL_ERROR(p, f->role == EK_AVRO_METADATA ? "null_cell" : "empty_cell",
                    "is empty, and the schema does not let it be null", cell->text);
}

static int
check_cell(const place *p, size_t column, const ek_csv_field *cell, ek_value *out)
{
  if (!cell->text.len)
    return check_empty(p, column, cell, out);
  p->k->filled[column]++;
  switch (p->field->type) {
  case EK_AVRO_INT:
  case EK_AVRO_LONG: return check_whole(p, cell->text, out);
  case EK_AVRO_FLOAT:
  case EK_AVRO_DOUBLE: return check_number(p, cell->text, out);
  case EK_AVRO_BOOLEAN: return check_boolean(p, cell->text, out);
  case EK_AVRO_STRING: break;
  }
  return check_text(p, column, cell->text, out);
}

int
ek_row_check_row(ek_row_check *k, const ek_csv_file *f, const ek_csv_field *cells, size_t n)
{
  uint64_t line = ek_csv_file_line(f);
  ek_str raw = ek_csv_file_raw(f);
  int good = 1;
  k->rows++;
  if (n != k->schema->n) {
    ek_violation_add(k->v, EK_ERROR, "cell_count", k->file, line, "%zu cells; the header has %zu%s", n, k->schema->n,
                     memchr(raw.ptr, '\r', raw.len ? raw.len - 1 : 0) ? " (lines end in LF or CR LF, never in CR alone)" : "");
    return 0;
  }
  if (!ek_utf8_valid(raw) || memchr(raw.ptr, 0, raw.len)) {
    ek_violation_add(k->v, EK_ERROR, "not_utf8", k->file, line, "the row is not UTF-8%s",
                     memchr(raw.ptr, 0, raw.len) ? ": it holds a zero byte" : "");
    return 0;
  }
  for (size_t i = 0; i < n; i++) {
    place p = { k, &k->schema->fields[i], line };
    good &= check_cell(&p, i, &cells[i], &k->values[i]);
  }
  return good;
}

void
ek_row_check_end(ek_row_check *k)
{
  for (size_t i = 0; i < k->schema->n && k->rows; i++) {
    const ek_avro_field *f = &k->schema->fields[i];
    double share = (double)k->filled[i] / (double)k->rows;
    if (strcmp(f->name, "EVENT_TYPE") == 0 && k->odd[i] == k->rows)
      ek_violation_add(k->v, EK_ERROR, "no_event_type", k->file, 0,
                       "all values of EVENT_TYPE are reserved words or null; give events a type, or leave the column out");
    else if (f->role == EK_AVRO_METADATA && share < FILLED_ADVISED)
      ek_violation_add(k->v, EK_WARNING, "hardly_filled", k->file, 0, "%s is filled in %.0f %% of the rows; 70 %% are advised",
                       f->name, 100 * share);
  }
}
