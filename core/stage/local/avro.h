/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/avro.h - the schema of a data set, by Amazon Personalize's published rules.
 *
 * A flat Avro record named as the data set type; fields float, double, int, long, string
 * or boolean, each alone or in a union with null, in either order. Every violation of the
 * rules is named (ek_violations); warnings do not refuse.                   */
#ifndef EK_STAGE_LOCAL_AVRO_H
#define EK_STAGE_LOCAL_AVRO_H
#include "stage/local/violations.h"

enum ek_avro_type { EK_AVRO_STRING, EK_AVRO_INT, EK_AVRO_LONG, EK_AVRO_FLOAT, EK_AVRO_DOUBLE, EK_AVRO_BOOLEAN };
/* What a field is for. */
enum ek_avro_role { EK_AVRO_METADATA, EK_AVRO_USER_ID, EK_AVRO_ITEM_ID, EK_AVRO_TIMESTAMP, EK_AVRO_RESERVED };

typedef struct ek_avro_field {
  char *name;
  enum ek_avro_type type; enum ek_avro_role role;
  int nullable, categorical, textual;
} ek_avro_field;

typedef struct ek_avro {
  enum ek_record_kind kind;
  ek_avro_field *fields; size_t n;
} ek_avro;

const char *ek_dataset_type(enum ek_record_kind);   /* "Items"                 */
const char *ek_avro_type_name(enum ek_avro_type);

/* NULL: there is an error among the violations. file: for messages.         */
ek_avro *ek_avro_parse(ek_str text, enum ek_record_kind, const char *file, ek_violations *);
/* The same from a file; one that cannot be read is an error in e.           */
ek_avro *ek_avro_load(const char *path, enum ek_record_kind, ek_violations *, ek_error *e);
void ek_avro_free(ek_avro *);
void ek_avro_print(const ek_avro *, ek_text *out);  /* our normal form         */
/* The place of a field, or -1. */
int ek_avro_find(const ek_avro *, ek_str name);
int ek_avro_find_role(const ek_avro *, enum ek_avro_role);
int ek_avro_same(const ek_avro *, const ek_avro *);
/* May `to` take the place of `from` by the rules of UpdateDataset: Items and Users only,
 * every old field with its type, added ones nullable? 1, or 0 and why.      */
int ek_avro_may_update(const ek_avro *from, const ek_avro *to, ek_text *why);

/* For CSVs that came without a schema. header: names; look: `rows` rows of cells to judge
 * types by (column c of row r: look[r * n + c]). Not checked: check the result's print. */
ek_avro *ek_avro_guess(enum ek_record_kind, const ek_str *header, size_t n, const ek_str *look, size_t rows);

/* A word that Personalize keeps for itself; not allowed as a value either.  */
int ek_avro_reserved_word(ek_str s);

#endif
