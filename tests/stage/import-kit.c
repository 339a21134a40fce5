/* SPDX-License-Identifier: BSD-3-Clause */
#include "import-kit.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ek_import_result kit_result;
ek_error kit_error;
static char work[] = "/tmp/ek-import.XXXXXX";

const char *const kit_items_schema =
  "{\"type\": \"record\", \"name\": \"Items\", \"namespace\": \"x\", \"fields\": [{\"name\": \"ITEM_ID\", \"type\": \"string\"},"
  "{\"name\": \"CATEGORY\", \"type\": [\"null\", \"string\"], \"categorical\": true},"
  "{\"name\": \"PRICE\", \"type\": [\"float\", \"null\"]}], \"version\": \"1.0\"}";

void
kit_setup(void)
{
  if (!mkdtemp(work) || chdir(work) < 0)
    abort();
  kit_put("items.schema.json", kit_items_schema);
}

void
kit_teardown(void)
{
  char command[128];
  ek_import_result_clear(&kit_result);
  snprintf(command, sizeof command, "rm -rf '%s'", work);
  if (chdir("/") < 0 || system(command) != 0)
    abort();
}

void
kit_put(const char *path, const char *text)
{
  FILE *f = fopen(path, "w");
  if (!f || fputs(text, f) < 0 || fclose(f) != 0)
    abort();
}

void
kit_interactions(const char *path, unsigned users, unsigned each, unsigned items, const char *more)
{
  FILE *f = fopen(path, "w");
  if (!f)
    abort();
  fputs("USER_ID,ITEM_ID,TIMESTAMP\n", f);
  for (unsigned k = 0; k < each; k++)
    for (unsigned u = 0; u < users; u++)
      fprintf(f, "u%u,i%u,%u\n", u, (u * 7 + k * k * 3 + k) % items, 1400000000 + k * 86400);
  fputs(more ? more : "", f);
  if (fclose(f) != 0)
    abort();
}

void
kit_items(const char *path, unsigned items, const char *more)
{
  FILE *f = fopen(path, "w");
  if (!f)
    abort();
  fputs("ITEM_ID,CATEGORY,PRICE\n", f);
  for (unsigned i = 0; i < items; i++)
    fprintf(f, "i%u,c%u|d%u,%u.5\n", i, i % 5, i % 3, i);
  fputs(more ? more : "", f);
  if (fclose(f) != 0)
    abort();
}

static void
add(ek_import_request *r, enum ek_record_kind kind, const char *csv, const char *schema)
{
  if (csv)
    r->sources[r->n++] = (ek_dataset_source){ kind, (char *)(uintptr_t)csv, (char *)(uintptr_t)schema };
}

int
kit_run(const kit_import *k)
{
  ek_import_request r = { .store = "st", .dataset_group = "shop", .min_interactions = k->min ? k->min : 1000,
                          .mode = k->incremental ? EK_IMPORT_INCREMENTAL : EK_IMPORT_FULL,
                          .on_schema_change = (enum ek_schema_change)k->on_change, .yes = k->yes };
  add(&r, EK_ITEMS, k->items, k->items_schema);
  add(&r, EK_INTERACTIONS, k->interactions, k->interactions_schema);
  add(&r, EK_USERS, k->users, k->users_schema);
  ek_import_result_clear(&kit_result);
  memset(&kit_error, 0, sizeof kit_error);
  return ek_local_import(&r, NULL, &kit_result, &kit_error);
}

const ek_violation *
kit_found(const char *code)
{
  for (size_t i = 0; i < kit_result.n_violations; i++)
    if (strcmp(kit_result.violations[i].code, code) == 0)
      return &kit_result.violations[i];
  return NULL;
}

int64_t
kit_ask(const char *sql)
{
  ek_error e = { 0 };
  ek_group *g = ek_group_open("st", "shop", EK_GROUP_READ, &e);
  ck_assert_msg(g != NULL, "%s", e.message);
  ek_query *q = ek_query_new(ek_group_db(g), sql, &e);
  ck_assert_msg(q != NULL, "%s", e.message);
  int step = ek_query_step(q, &e);
  ck_assert_msg(step == 1, "%s: %s", sql, e.message);
  int64_t n = ek_query_col_int(q, 0);
  ek_query_free(q);
  ek_group_close(g);
  return n;
}

int64_t
kit_ask_rows(const char *type, const char *sql)
{
  char text[256], table[64];
  snprintf(text, sizeof text, "SELECT data FROM dataset WHERE type = '%s'", type);
  snprintf(table, sizeof table, "rows_%lld", (long long)kit_ask(text));
  char *full = NULL;
  ek_text t = { 0 };
  const char *at = strstr(sql, "%s");
  ek_text_add(&t, sql, (size_t)(at - sql));
  ek_text_cstr(&t, table);
  ek_text_cstr(&t, at + 2);
  full = t.data;
  ek_text_c(&t);
  int64_t n = kit_ask(full = t.data);
  ek_text_free(&t);
  return n;
}
